//! DescribeCluster, and what a broker forwards to the controller to describe: the quorum and the reassignments.

use super::metadata::CLUSTER_OPERATIONS;
use crate::model::cluster::Mode;
use crate::sim::serve::call::{Call, Outcome};
use crate::sim::serve::seat::{Seat, id, text};
use crate::sim::world::{QuorumReplica, QuorumView};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_quorum_response::{
    Listener, Node, PartitionData, ReplicaState, TopicData,
};
use kafka_protocol::messages::{
    DescribeClusterRequest, DescribeClusterResponse, DescribeQuorumRequest, DescribeQuorumResponse,
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};

/// The endpoint type that stands for brokers (KIP-919).
const BROKERS: i8 = 1;
/// The one topic of the controllers.
const METADATA_TOPIC: &str = "__cluster_metadata";
/// The port that simulated controllers name; nothing listens there.
const CONTROLLER_PORT: u16 = 9_093;

/// The brokers as the asked broker believes them, from version 2 on with the fenced ones (KIP-1073).
pub(super) fn describe_cluster(
    seat: &Seat,
    request: &DescribeClusterRequest,
    call: &Call,
) -> DescribeClusterResponse {
    let (image, controller) = {
        let world = seat.world();
        (world.image(seat.broker), world.told_controller(seat.broker))
    };
    if call.version >= 1 && request.endpoint_type != BROKERS {
        let refused = DescribeClusterResponse::default()
            .with_error_code(ResponseError::MismatchedEndpointType.code())
            .with_error_message(Some(text(
                "The request was sent to an endpoint of the wrong type.",
            )))
            .with_endpoint_type(BROKERS);
        return refused;
    }
    let brokers = image
        .brokers
        .iter()
        .filter(|(_, broker)| request.include_fenced_brokers || !broker.fenced)
        .map(|(id, broker)| {
            let shown = DescribeClusterBroker::default()
                .with_broker_id((*id).into())
                .with_host(seat.host())
                .with_port(seat.port(*id))
                .with_rack(broker.rack.as_deref().map(text));
            if call.version >= 2 {
                shown.with_is_fenced(broker.fenced)
            } else {
                shown
            }
        });
    let response = DescribeClusterResponse::default()
        .with_cluster_id(text(&image.cluster_id))
        .with_controller_id(id(controller))
        .with_brokers(brokers.collect());
    if request.include_cluster_authorized_operations {
        response.with_cluster_authorized_operations(CLUSTER_OPERATIONS)
    } else {
        response
    }
}

/// The controller quorum, as its leader tells it; silent while no controller answers the broker.
pub(super) fn describe_quorum(
    seat: &Seat,
    request: DescribeQuorumRequest,
    call: &Call,
) -> Outcome<DescribeQuorumResponse> {
    let (seat, version) = (seat.clone(), call.version);
    Outcome::until(move || {
        let view = seat.world().quorum(seat.broker)?;
        Some(quorum(&request, &view, version))
    })
}

fn quorum(request: &DescribeQuorumRequest, view: &QuorumView, version: i16) -> DescribeQuorumResponse {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            let shown = PartitionData::default().with_partition_index(index);
            if &*topic.topic_name.0 == METADATA_TOPIC && index == 0 {
                described(shown, view, version)
            } else {
                shown.with_error_code(ResponseError::UnknownTopicOrPartition.code())
            }
        });
        TopicData::default()
            .with_topic_name(topic.topic_name.clone())
            .with_partitions(partitions.collect())
    });
    let response = DescribeQuorumResponse::default().with_topics(topics.collect());
    if version < 2 {
        return response;
    }
    let nodes = view.voters.iter().map(|voter| {
        let listener = Listener::default()
            .with_name(text("CONTROLLER"))
            .with_host(format!("controller-{}", voter.id).into())
            .with_port(CONTROLLER_PORT);
        Node::default()
            .with_node_id(voter.id.into())
            .with_listeners(vec![listener])
    });
    response.with_nodes(nodes.collect())
}

fn described(shown: PartitionData, view: &QuorumView, version: i16) -> PartitionData {
    let replicas = |all: &[QuorumReplica]| {
        all.iter()
            .map(|replica| replica_state(replica, version))
            .collect()
    };
    shown
        .with_leader_id(view.leader.into())
        .with_leader_epoch(view.leader_epoch)
        .with_high_watermark(view.high_watermark)
        .with_current_voters(replicas(&view.voters))
        .with_observers(replicas(&view.observers))
}

fn replica_state(replica: &QuorumReplica, version: i16) -> ReplicaState {
    // Directory ids stay zero, as in a quorum whose voters are configured (KIP-853).
    let shown = ReplicaState::default()
        .with_replica_id(replica.id.into())
        .with_log_end_offset(replica.log_end);
    if version >= 1 {
        shown
            .with_last_fetch_timestamp(replica.last_fetch.unwrap_or(-1))
            .with_last_caught_up_timestamp(replica.last_caught_up.unwrap_or(-1))
    } else {
        shown
    }
}

/// The reassignments under way: none, for the model has none. Silent while no controller answers; in ZooKeeper mode only
/// the controller answers.
pub(super) fn list_reassignments(
    seat: &Seat,
    _request: ListPartitionReassignmentsRequest,
    _call: &Call,
) -> Outcome<ListPartitionReassignmentsResponse> {
    let seat = seat.clone();
    Outcome::until(move || {
        if seat.is_not_controller() {
            let code = ResponseError::NotController.code();
            return Some(ListPartitionReassignmentsResponse::default().with_error_code(code));
        }
        (seat.forwards() || seat.mode() == Mode::ZooKeeper).then(ListPartitionReassignmentsResponse::default)
    })
}
