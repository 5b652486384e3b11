//! Groups, their members and their commits.

use super::super::failure::item;
use crate::model::failure::Failure;
use crate::model::group::{Description, GroupKind, Member};
use crate::model::ids::PartitionId;
use crate::model::observation::{Commits, SharePlace};
use crate::model::text::Name;
use crate::wire::answer;

/// The type of a listed group; before ListGroups version 5 the protocol type alone tells.
pub(in crate::source::kafka) fn kind(group: &answer::ListedGroup) -> GroupKind {
    // Kafka writes the type in lower case, its enums in capitals; both have been seen in answers.
    let kind = group.kind.as_deref().map(str::to_ascii_lowercase);
    match kind.as_deref() {
        None | Some("classic") => match group.protocol_type.as_str() {
            // A group without a protocol type has only commits: a consumer that assigns its partitions itself.
            "consumer" | "" => GroupKind::Classic,
            "connect" => GroupKind::Connect,
            other => GroupKind::Other(Name::from(other)),
        },
        Some("consumer") => GroupKind::Consumer,
        Some("share") => GroupKind::Share,
        Some("streams") => GroupKind::Streams,
        Some(other) => GroupKind::Other(Name::from(other)),
    }
}

/// The state of a listed group.
pub(in crate::source::kafka) fn state(group: &answer::ListedGroup) -> Option<Name> {
    group.state.as_deref().map(Name::from)
}

/// What DescribeGroups tells of a group: its state, and its members or why they are not known.
pub(in crate::source::kafka) fn with_classic(
    group: &answer::ClassicGroup,
) -> (Option<Name>, Result<Description, Failure>) {
    if let Some(code) = group.error {
        return (None, Err(item(&format!("members of group {}", group.id), code)));
    }
    let members = group.members.iter();
    let description = Description {
        assignor: group.protocol.as_deref().map(Name::from),
        members: members
            .map(|member| member_of(&member.id, &member.client, member.assignment.as_deref()))
            .collect(),
    };
    (Some(Name::from(group.state.as_str())), Ok(description))
}

/// What `ConsumerGroupDescribe` tells of a group: its state, and its members or why they are not known.
pub(in crate::source::kafka) fn with_consumer(
    group: &answer::ConsumerGroup,
) -> (Option<Name>, Result<Description, Failure>) {
    if let Some(code) = group.error {
        return (None, Err(item(&format!("members of group {}", group.id), code)));
    }
    let members = group.members.iter();
    let description = Description {
        assignor: group.assignor.as_deref().map(Name::from),
        members: members
            .map(|member| member_of(&member.id, &member.client, Some(&member.assignment)))
            .collect(),
    };
    (Some(Name::from(group.state.as_str())), Ok(description))
}

/// What `ShareGroupDescribe` tells of a group: its state, and its members or why they are not known.
pub(in crate::source::kafka) fn with_share(
    group: &answer::ShareGroup,
) -> (Option<Name>, Result<Description, Failure>) {
    if let Some(code) = group.error {
        return (None, Err(item(&format!("members of group {}", group.id), code)));
    }
    let members = group.members.iter();
    let description = Description {
        assignor: group.assignor.as_deref().map(Name::from),
        members: members
            .map(|member| member_of(&member.id, &member.client, Some(&member.assignment)))
            .collect(),
    };
    (Some(Name::from(group.state.as_str())), Ok(description))
}

fn member_of(id: &str, client: &answer::Client, assignment: Option<&[answer::AssignedTopic]>) -> Member {
    let topics = |topics: &[answer::AssignedTopic]| {
        let topics = topics.iter();
        topics
            .map(|assigned| (Name::from(assigned.topic.as_str()), assigned.partitions.clone()))
            .collect()
    };
    Member {
        id: Name::from(id),
        client: Name::from(client.id.as_str()),
        host: Name::from(client.host.as_str()),
        assignment: assignment.map(topics),
    }
}

/// Where a share group is, or why that is not known: as with commits, one partition that cannot be read makes all of
/// them unknown.
pub(in crate::source::kafka) fn share_places(
    group: &answer::ShareGroupOffsets,
) -> Result<Vec<SharePlace>, Failure> {
    let what = || format!("start offsets of group {}", group.group);
    if let Some(code) = group.error {
        return Err(item(&what(), code));
    }
    let places = group.places.iter().map(|place| {
        if let Some(code) = place.error {
            let what = format!("{} on {}-{}", what(), place.topic, place.partition);
            return Err(item(&what, code));
        }
        Ok(SharePlace {
            place: PartitionId {
                topic: Name::from(place.topic.as_str()),
                partition: place.partition,
            },
            start: place.start,
            lag: place.lag.and_then(|lag| u64::try_from(lag).ok()),
        })
    });
    places.collect()
}

/// The commits of a group, or why they are not known.
///
/// One partition that cannot be read makes all of them unknown: a sum over the others would look complete.
pub(in crate::source::kafka) fn commits(group: &answer::GroupCommits) -> Result<Commits, Failure> {
    let what = || format!("commits of group {}", group.group);
    if let Some(code) = group.error {
        return Err(item(&what(), code));
    }
    let mut topic = Name::from("");
    let offsets = group.offsets.iter();
    let mut commits = offsets
        .map(|commit| {
            if let Some(code) = commit.error {
                let what = format!("{} on {}-{}", what(), commit.topic, commit.partition);
                return Err(item(&what, code));
            }
            // Commits of one topic stand together, so one name serves for all of them.
            if topic.raw() != commit.topic {
                topic = Name::from(commit.topic.as_str());
            }
            let place = PartitionId {
                topic: topic.clone(),
                partition: commit.partition,
            };
            Ok((place, commit.offset))
        })
        .collect::<Result<Commits, Failure>>()?;
    commits.sort_unstable();
    commits.dedup_by(|later, kept| later.0 == kept.0);
    Ok(commits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::FailureKind;
    use crate::wire::KafkaCode;
    use crate::wire::answer::{CommittedOffset, GroupCommits, ListedGroup};

    #[test]
    fn types_follow_from_type_and_protocol() {
        let cases = [
            ("consumer", None, GroupKind::Classic),
            ("", None, GroupKind::Classic),
            ("connect", None, GroupKind::Connect),
            ("sr", None, GroupKind::Other("sr".into())),
            ("consumer", Some("classic"), GroupKind::Classic),
            ("consumer", Some("Classic"), GroupKind::Classic),
            ("connect", Some("classic"), GroupKind::Connect),
            ("consumer", Some("consumer"), GroupKind::Consumer),
            ("share", Some("share"), GroupKind::Share),
            ("streams", Some("streams"), GroupKind::Streams),
            ("x", Some("newer"), GroupKind::Other("newer".into())),
        ];
        for (protocol, kind_word, expected) in cases {
            let group = ListedGroup {
                id: "g".to_owned(),
                protocol_type: protocol.to_owned(),
                state: None,
                kind: kind_word.map(str::to_owned),
            };
            assert_eq!(kind(&group), expected, "{protocol} {kind_word:?}");
        }
    }

    fn commit(topic: &str, partition: i32, offset: Option<i64>, error: Option<KafkaCode>) -> CommittedOffset {
        CommittedOffset {
            error,
            topic: topic.to_owned(),
            partition,
            offset,
            leader_epoch: None,
            metadata: None,
        }
    }

    fn group(error: Option<KafkaCode>, offsets: Vec<CommittedOffset>) -> GroupCommits {
        GroupCommits {
            error,
            group: "g".to_owned(),
            offsets,
        }
    }

    #[test]
    fn commits_are_whole_or_a_failure() {
        let read = commits(&group(
            None,
            vec![
                commit("b", 0, Some(4), None),
                commit("a", 1, None, None),
                commit("a", 0, Some(0), None),
            ],
        ));
        let shown: Vec<_> = read
            .unwrap()
            .iter()
            .map(|(place, offset)| (place.to_string(), *offset))
            .collect();
        assert_eq!(
            shown,
            [
                ("a-0".to_owned(), Some(0)),
                ("a-1".to_owned(), None),
                ("b-0".to_owned(), Some(4))
            ]
        );

        let moved = commits(&group(KafkaCode::from_wire(16), vec![])).unwrap_err();
        assert_eq!(
            moved.detail(),
            "commits of group g: the broker answered NOT_COORDINATOR"
        );
        let denied = commit("b", 0, None, KafkaCode::from_wire(29));
        let partly = commits(&group(None, vec![commit("a", 0, Some(1), None), denied])).unwrap_err();
        assert_eq!(partly.kind, FailureKind::Denied);
    }

    #[test]
    fn a_share_group_has_members_and_start_offsets() {
        let member = |id: &str| answer::ShareMember {
            id: id.to_owned(),
            client: answer::Client {
                id: "worker".to_owned(),
                host: "/10.0.0.7".to_owned(),
            },
            assignment: vec![answer::AssignedTopic {
                id: None,
                topic: "jobs".to_owned(),
                partitions: vec![0, 1],
            }],
        };
        let described = answer::ShareGroup {
            error: None,
            id: "g".to_owned(),
            state: "Stable".to_owned(),
            assignor: Some("simple".to_owned()),
            members: vec![member("a"), member("b")],
        };
        let (state, description) = with_share(&described);
        let description = description.unwrap();
        assert_eq!(state, Some("Stable".into()));
        assert_eq!(description.assignor, Some("simple".into()));
        // Both read both partitions.
        let assigned: Vec<_> = description
            .members
            .iter()
            .map(|member| member.assignment.clone())
            .collect();
        assert_eq!(assigned, vec![Some(vec![("jobs".into(), vec![0, 1])]); 2]);
        let denied = answer::ShareGroup {
            error: KafkaCode::from_wire(30),
            ..described
        };
        assert_eq!(with_share(&denied).1.unwrap_err().kind, FailureKind::Denied);

        let place = |start, lag, error| answer::ShareOffset {
            error,
            topic: "jobs".to_owned(),
            partition: 0,
            start,
            lag,
        };
        let of = |error, places| answer::ShareGroupOffsets {
            error,
            group: "g".to_owned(),
            places,
        };
        let told = share_places(&of(None, vec![place(Some(7), Some(2), None)])).unwrap();
        assert_eq!((told[0].start, told[0].lag), (Some(7), Some(2)));
        let untold = share_places(&of(None, vec![place(None, None, None)])).unwrap();
        assert_eq!((untold[0].start, untold[0].lag), (None, None));
        let failed = share_places(&of(KafkaCode::from_wire(15), vec![])).unwrap_err();
        assert!(
            failed.detail().starts_with("start offsets of group g: "),
            "{failed}"
        );
        let partly = of(
            None,
            vec![
                place(Some(7), None, None),
                place(None, None, KafkaCode::from_wire(29)),
            ],
        );
        assert_eq!(share_places(&partly).unwrap_err().kind, FailureKind::Denied);
    }
}
