//! Groups at the broker that coordinates them: ListGroups, DescribeGroups, ConsumerGroupDescribe, FindCoordinator.
//!
//! Rules: `GroupCoordinatorService`, `GroupMetadataManager`. FindCoordinator makes no `__consumer_offsets`.

use crate::model::cluster::Mode;
use crate::sim::serve::call::Call;
use crate::sim::serve::seat::{Seat, id, text, uuid};
use crate::sim::world::{GroupError, GroupKind, GroupState, GroupView, Image, MemberView};
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::consumer_group_describe_response as consumer;
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerProtocolAssignment,
    ConsumerProtocolSubscription, DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, GroupId, ListGroupsRequest, ListGroupsResponse, consumer_protocol_assignment,
};
use kafka_protocol::protocol::{Encodable, StrBytes};

/// What every principal may do with a group where nothing forbids it, a bit per `AclOperation`.
const GROUP_OPERATIONS: i32 = 0b1_0100_1000;
/// The key type of groups in FindCoordinator; 1 stands for transactions, 2 for share groups.
const GROUP: i8 = 0;
/// Version of the embedded consumer protocol that the simulated members speak.
const EMBEDDED: i16 = 1;

/// The code that tells a client why a broker tells nothing of a group.
pub(super) fn code(error: GroupError) -> ResponseError {
    match error {
        GroupError::NotCoordinator => ResponseError::NotCoordinator,
        GroupError::Loading => ResponseError::CoordinatorLoadInProgress,
        GroupError::NotAvailable => ResponseError::CoordinatorNotAvailable,
        GroupError::Unknown => ResponseError::GroupIdNotFound,
        GroupError::UnknownPartition => ResponseError::UnknownTopicOrPartition,
    }
}

/// The protocol of a group; in ZooKeeper mode there is only one.
fn kind(seat: &Seat, group: &GroupView) -> GroupKind {
    match seat.mode() {
        Mode::ZooKeeper => GroupKind::Classic,
        Mode::Kraft => group.kind,
    }
}

fn type_word(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Classic => "classic",
        GroupKind::Consumer => "consumer",
    }
}

/// The groups that this broker coordinates. While it reads some of them it answers with an error: in ZooKeeper mode beside
/// those that it has (`GroupCoordinator.handleListGroups`), in `KRaft` alone (`GroupCoordinatorService.listGroups`).
pub(super) fn list_groups(seat: &Seat, request: &ListGroupsRequest, call: &Call) -> ListGroupsResponse {
    let loads = seat.world().loads_groups(seat.broker);
    let error = if loads {
        code(GroupError::Loading).code()
    } else {
        0
    };
    let response = ListGroupsResponse::default().with_error_code(error);
    if loads && seat.mode() == Mode::Kraft {
        return response;
    }
    let passes = |wanted: &[StrBytes], word: &str| {
        wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(word))
    };
    let world = seat.world();
    let groups = world
        .groups(seat.broker)
        .filter(|group| passes(&request.states_filter, group.state.word()))
        .filter(|group| passes(&request.types_filter, type_word(kind(seat, group))))
        .map(|group| {
            let listed = ListedGroup::default()
                .with_group_id(text(&group.name).into())
                .with_protocol_type(text("consumer"));
            let listed = if call.version >= 4 {
                listed.with_group_state(text(group.state.word()))
            } else {
                listed
            };
            if call.version >= 5 {
                listed.with_group_type(text(type_word(kind(seat, group))))
            } else {
                listed
            }
        });
    response.with_groups(groups.collect())
}

/// Classic groups and their members. One that is not there is dead, from version 6 on an error (KIP-1043).
pub(super) fn describe_groups(
    seat: &Seat,
    request: &DescribeGroupsRequest,
    call: &Call,
) -> DescribeGroupsResponse {
    let world = seat.world();
    let groups = request.groups.iter().map(|name| {
        let shown = classic::DescribedGroup::default().with_group_id(name.clone());
        let shown = match world.group(seat.broker, name) {
            Ok(group) if kind(seat, group) == GroupKind::Classic => classic_group(shown, group, call.version),
            Ok(_) => missing(shown, name, "is not a classic group.", call.version),
            Err(GroupError::Unknown) => missing(shown, name, "not found.", call.version),
            Err(error) => shown.with_error_code(code(error).code()),
        };
        if request.include_authorized_operations {
            shown.with_authorized_operations(GROUP_OPERATIONS)
        } else {
            shown
        }
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn missing(shown: classic::DescribedGroup, name: &str, why: &str, version: i16) -> classic::DescribedGroup {
    let shown = shown.with_group_state(text("Dead"));
    if version < 6 {
        return shown;
    }
    shown
        .with_error_code(ResponseError::GroupIdNotFound.code())
        .with_error_message(Some(format!("Group {name} {why}").into()))
}

fn classic_group(shown: classic::DescribedGroup, group: &GroupView, version: i16) -> classic::DescribedGroup {
    let settled = group.state == GroupState::Stable;
    let members = group.members.iter().map(|member| {
        // Only a stable group tells what its members read (`GroupMetadata.summary`).
        let (subscription, assignment) = if settled {
            (subscription(group), assignment(member))
        } else {
            (Bytes::new(), Bytes::new())
        };
        let shown = classic::DescribedGroupMember::default()
            .with_member_id(text(&member.id))
            .with_client_id(text(&member.client_id))
            .with_client_host(text(&member.host))
            .with_member_metadata(subscription)
            .with_member_assignment(assignment);
        if version >= 4 {
            shown.with_group_instance_id(None)
        } else {
            shown
        }
    });
    shown
        .with_group_state(text(group.state.word()))
        .with_protocol_type(text("consumer"))
        .with_protocol_data(text(if settled { group.assignor } else { "" }))
        .with_members(members.collect())
}

/// A member's part, as the leader of a classic group hands it out.
fn assignment(member: &MemberView) -> Bytes {
    let topics = member.assignment.iter().map(|(topic, partitions)| {
        consumer_protocol_assignment::TopicPartition::default()
            .with_topic(text(topic).into())
            .with_partitions(partitions.clone())
    });
    embedded(&ConsumerProtocolAssignment::default().with_assigned_partitions(topics.collect()))
}

fn subscription(group: &GroupView) -> Bytes {
    let topics = group.subscription.iter().map(|topic| text(topic));
    embedded(&ConsumerProtocolSubscription::default().with_topics(topics.collect()))
}

/// A message of the embedded consumer protocol: its version in front.
fn embedded(message: &impl Encodable) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(EMBEDDED);
    match message.encode(&mut bytes, EMBEDDED) {
        Ok(()) => bytes.freeze(),
        Err(_) => Bytes::new(),
    }
}

/// Groups of the consumer protocol and their members (KIP-848).
pub(super) fn consumer_group_describe(
    seat: &Seat,
    request: &ConsumerGroupDescribeRequest,
    call: &Call,
) -> ConsumerGroupDescribeResponse {
    let image = seat.image();
    let world = seat.world();
    let groups = request.group_ids.iter().map(|name| {
        let shown = consumer::DescribedGroup::default().with_group_id(name.clone());
        let missing = |shown: consumer::DescribedGroup, why: &str| {
            shown
                .with_error_code(ResponseError::GroupIdNotFound.code())
                .with_error_message(Some(format!("Group {} {why}", &**name).into()))
        };
        let shown = match world.group(seat.broker, name) {
            _ if seat.mode() == Mode::ZooKeeper => {
                shown.with_error_code(ResponseError::UnsupportedVersion.code())
            }
            Ok(group) if group.kind == GroupKind::Consumer => {
                consumer_group(shown, group, &image, call.version)
            }
            Ok(_) => missing(shown, "is not a consumer group."),
            Err(GroupError::Unknown) => missing(shown, "not found."),
            Err(error) => shown.with_error_code(code(error).code()),
        };
        if request.include_authorized_operations {
            shown.with_authorized_operations(GROUP_OPERATIONS)
        } else {
            shown
        }
    });
    ConsumerGroupDescribeResponse::default().with_groups(groups.collect())
}

fn consumer_group(
    shown: consumer::DescribedGroup,
    group: &GroupView,
    image: &Image,
    version: i16,
) -> consumer::DescribedGroup {
    let members = group.members.iter().map(|member| {
        let topics = member.assignment.iter().map(|(topic, partitions)| {
            let id = image.topic(topic).map(|topic| uuid(topic.id));
            consumer::TopicPartitions::default()
                .with_topic_id(id.unwrap_or_default())
                .with_topic_name(text(topic).into())
                .with_partitions(partitions.clone())
        });
        let assignment = consumer::Assignment::default().with_topic_partitions(topics.collect());
        let subscribed = group.subscription.iter().map(|topic| text(topic).into());
        let shown = consumer::Member::default()
            .with_member_id(text(&member.id))
            .with_member_epoch(group.generation)
            .with_client_id(text(&member.client_id))
            .with_client_host(text(&member.host))
            .with_subscribed_topic_names(subscribed.collect())
            .with_assignment(assignment.clone())
            .with_target_assignment(assignment);
        if version >= 1 {
            // 1 stands for a member that itself speaks the consumer protocol.
            shown.with_member_type(1)
        } else {
            shown
        }
    });
    shown
        .with_group_state(text(group.state.word()))
        .with_group_epoch(group.generation)
        .with_assignment_epoch(group.generation)
        .with_assignor_name(text(group.assignor))
        .with_members(members.collect())
}

/// Who coordinates groups. There are no transactions, and a client that asks for their coordinator is refused for good.
pub(super) fn find_coordinator(
    seat: &Seat,
    request: &FindCoordinatorRequest,
    call: &Call,
) -> FindCoordinatorResponse {
    let find = |key: &str| -> Result<i32, (ResponseError, &'static str)> {
        if request.key_type != GROUP {
            let why = "The simulated cluster has no transactions and no share groups.";
            return Err((ResponseError::TransactionalIdAuthorizationFailed, why));
        }
        let coordinator = seat.world().coordinator(seat.broker, key);
        coordinator.ok_or((
            ResponseError::CoordinatorNotAvailable,
            "The coordinator is not available.",
        ))
    };
    if call.version >= 4 {
        let coordinators = request.coordinator_keys.iter().map(|key| {
            let shown = Coordinator::default().with_key(key.clone());
            match find(key) {
                Ok(broker) => shown
                    .with_node_id(broker.into())
                    .with_host(seat.host())
                    .with_port(seat.port(broker)),
                Err((error, why)) => shown
                    .with_node_id(id(None))
                    .with_port(-1)
                    .with_error_code(error.code())
                    .with_error_message(Some(text(why))),
            }
        });
        return FindCoordinatorResponse::default().with_coordinators(coordinators.collect());
    }
    let shown = FindCoordinatorResponse::default();
    match find(&request.key) {
        Ok(broker) => shown
            .with_node_id(broker.into())
            .with_host(seat.host())
            .with_port(seat.port(broker)),
        Err((error, why)) => {
            let shown = shown
                .with_node_id(id(None))
                .with_port(-1)
                .with_error_code(error.code());
            if call.version >= 1 {
                shown.with_error_message(Some(text(why)))
            } else {
                shown
            }
        }
    }
}

/// A group's id as text.
pub(super) fn name(group: &GroupId) -> &str {
    group
}
