//! What changes the level and what does not, since when it holds, and what is said before anything is read.

use super::tests::{lose, settled, slots};
use super::*;
use crate::model::cluster::Mode;
use crate::model::ensemble::MemberMode;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact};
use crate::model::time::{At, Span};
use crate::store::Store;
use crate::store::testbed::{Link, World, partition, topic, views};

#[test]
fn thin_partitions_and_imbalance_do_not_change_the_level() {
    let mut world = World::new(Mode::Kraft);
    for view in world.views.values_mut() {
        view.topics
            .push(topic("thin", 8, vec![partition(0, Some(1), 0, &[1], &[1])]));
        views(&mut view.topics[0]).next().expect("one").leader = Some(BrokerId(2));
    }
    let snapshot = settled(&mut world);
    let health = derive(&snapshot, None);
    assert_eq!(health.verdict.level, Level::Ok);
    assert_eq!(
        (health.survey.tallies.thin, health.survey.tallies.not_preferred),
        (1, 1)
    );
    let check = stop_check(&snapshot, &health.survey, &health.council, BrokerId(1)).expect("read");
    assert_eq!((check.blockers, check.notes), (vec![], vec![Note::Thin(1)]));
    let check = stop_check(&snapshot, &health.survey, &health.council, BrokerId(2)).expect("read");
    assert_eq!(check.notes, [Note::ActiveController]);
}

#[test]
fn min_isr_above_the_replica_count_refuses_only_where_it_is_not_capped() {
    for (caps, writes_note) in [
        (true, "none refused"),
        (
            false,
            "none refused but 1 partition, with fewer replicas than min ISR",
        ),
    ] {
        let mut world = World::new(Mode::ZooKeeper);
        world.caps_min_isr = caps;
        for view in world.views.values_mut() {
            view.topics
                .push(topic("thin", 8, vec![partition(0, Some(1), 0, &[1], &[1])]));
        }
        let verdict = derive(&settled(&mut world), None).verdict;
        assert_eq!(
            (verdict.level, verdict.writes, verdict.writes_note.as_str()),
            (Level::Ok, Writes::Ok, writes_note)
        );
    }
}

#[test]
fn a_broker_without_replicas_never_counts() {
    let mut world = World::new(Mode::ZooKeeper);
    for view in world.views.values_mut() {
        for partition in views(&mut view.topics[0]) {
            partition.replicas.retain(|id| id.0 != 3);
            partition.isr.retain(|id| id.0 != 3);
            partition.leader = partition.replicas.first().copied();
        }
    }
    settled(&mut world);
    lose(&mut world, &[3], Link::Refuses);
    world.drop_brokers(&[3]);
    let snapshot = settled(&mut world);
    assert_eq!(slots(&snapshot).0, Level::Ok);
    assert!(snapshot.brokers.contains_key(&BrokerId(3)), "it stays a row");
}

#[test]
fn an_outage_keeps_its_beginning_while_its_cause_stays_and_its_form_changes() {
    let mut world = World::new(Mode::Kraft);
    let healthy = derive(&settled(&mut world), None);
    world.lose_voters(&[3]);
    let hangs = derive(&settled(&mut world), Some(&healthy));
    assert_eq!(hangs.verdict.level, Level::Critical);
    let began = hangs.verdict.since.expect("known");
    // Its peers drop it: writes go on, one replica is short.
    lose(&mut world, &[3], Link::Answers);
    world.drop_brokers(&[3]);
    let dropped = derive(&settled(&mut world), Some(&hangs));
    assert_eq!(dropped.verdict.level, Level::Degraded);
    assert_eq!(dropped.verdict.since, Some(began));
    // Another broker goes, too; then that one is the only cause, and the outage is another.
    lose(&mut world, &[1], Link::Refuses);
    let both = derive(&settled(&mut world), Some(&dropped));
    assert_eq!(both.verdict.since, Some(began));
}

#[test]
fn what_was_not_known_to_be_well_is_well_for_an_unknown_time() {
    let mut world = World::new(Mode::Kraft);
    let quorum = world.quorum.take();
    let unknown = derive(&settled(&mut world), None);
    assert_eq!(unknown.verdict.level, Level::Unknown);
    world.quorum = quorum;
    let snapshot = settled(&mut world);
    let well = derive(&snapshot, Some(&unknown));
    assert_eq!(well.verdict.level, Level::Ok);
    assert_eq!(well.verdict.since, Some(Since::AtLeast(snapshot.now())));
}

#[test]
fn that_nothing_is_written_any_more_is_told() {
    let note = |samples: &[Option<f32>]| {
        let mut world = World::new(Mode::Kraft);
        let mut snapshot = settled(&mut world);
        let history = std::sync::Arc::make_mut(&mut snapshot.history);
        for sample in samples {
            history.cluster.records_in = history.cluster.records_in.then(0, *sample);
        }
        derive(&snapshot, None).verdict.writes_note
    };
    let flowed = [Some(40.0); 12];
    let then = |rest: &[Option<f32>]| note(&[&flowed[..], rest].concat());
    assert_eq!(then(&[Some(0.0)]), "none refused", "a pause");
    assert_eq!(
        then(&[Some(0.0); 3]),
        "none refused, but nothing was written for 15s"
    );
    assert_eq!(then(&[Some(0.0); 13]), "none refused", "no news after a minute");
    assert_eq!(then(&[Some(0.0), None]), "none refused", "not known");
    assert_eq!(note(&[Some(0.0); 20]), "none refused", "nobody ever wrote");
    assert_eq!(
        note(&[Some(40.0), Some(0.0), Some(0.0)]),
        "none refused",
        "a burst"
    );
    assert_eq!(
        note(&[Some(40.0), Some(40.0), Some(0.0), Some(0.0)]),
        "none refused, but nothing was written for 10s"
    );
}

#[test]
fn since_is_when_the_broker_fell_silent_and_at_least_when_kaftop_came_later() {
    let mut world = World::new(Mode::Kraft);
    let first = derive(&settled(&mut world), None);
    lose(&mut world, &[1], Link::Refuses);
    let silent_at = world.now.plus(Span::seconds(1));
    let health = derive(&settled(&mut world), Some(&first));
    assert_eq!(health.verdict.since, Some(Since::Exactly(silent_at)));
    world.drop_brokers(&[1]);
    let later = derive(&settled(&mut world), Some(&health));
    assert_eq!(
        later.verdict.since,
        Some(Since::Exactly(silent_at)),
        "fencing does not restart the clock"
    );
    let mut late = World::new(Mode::Kraft);
    lose(&mut late, &[1], Link::Refuses);
    late.drop_brokers(&[1]);
    assert!(matches!(
        derive(&settled(&mut late), None).verdict.since,
        Some(Since::AtLeast(_))
    ));
}

#[test]
fn refusal_by_every_bootstrap_address_is_critical_and_anything_else_unknown() {
    for (kinds, level) in [
        ([FailureKind::Refused, FailureKind::Refused], Level::Critical),
        ([FailureKind::Refused, FailureKind::Timeout], Level::Unknown),
        ([FailureKind::Timeout, FailureKind::Timeout], Level::Unknown),
    ] {
        let mut store = Store::new(At(0), Span::seconds(1));
        for (address, kind) in ["a:9092", "b:9092"].into_iter().zip(kinds) {
            store.apply(crate::model::observation::Observation {
                from: Origin::Bootstrap(address.into()),
                asked: At(1),
                at: At(2),
                fact: Fact::Lost {
                    why: Failure::new(kind, "x"),
                    retry_at: None,
                },
            });
        }
        let verdict = derive(&store.publish(At(3)), None).verdict;
        assert_eq!(
            (verdict.level, verdict.writes),
            (level, Writes::Unknown),
            "{kinds:?}"
        );
    }
}

#[test]
fn before_the_first_answer_nothing_is_claimed() {
    let verdict = derive(&Store::new(At(0), Span::seconds(1)).publish(At(1)), None).verdict;
    assert_eq!(
        (verdict.level, verdict.writes, verdict.safe_to_stop),
        (Level::Unknown, Writes::Unknown, None)
    );
    assert_eq!(verdict.since, None);
}

#[test]
fn a_partition_without_a_leader_is_offline_and_stalls_its_writers() {
    let mut world = World::new(Mode::ZooKeeper);
    for view in world.views.values_mut() {
        view.topics
            .push(topic("solo", 8, vec![partition(0, None, 1, &[3], &[3])]));
    }
    let snapshot = settled(&mut world);
    assert_eq!(
        (slots(&snapshot).0, slots(&snapshot).1),
        (Level::Critical, Writes::Stalled)
    );
    let verdict = derive(&snapshot, None).verdict;
    assert_eq!(verdict.sentence, "1 of 7 partitions is offline.");
    assert_eq!(verdict.writes_note, "stalled on 1 of 7");
}

#[test]
fn an_ensemble_that_is_seen_to_be_lost_is_critical_also_when_no_broker_answers() {
    for (members, link, level) in [
        (
            [Some(MemberMode::NotServing), None, None],
            Link::Hangs,
            Level::Critical,
        ),
        (
            [Some(MemberMode::Leader), Some(MemberMode::Follower), None],
            Link::Hangs,
            Level::Unknown,
        ),
    ] {
        let mut world = World::new(Mode::ZooKeeper);
        settled(&mut world);
        lose(&mut world, &[1, 2, 3], link);
        for (address, mode) in ["zk-1:2181", "zk-2:2181", "zk-3:2181"].into_iter().zip(members) {
            world.ensemble.insert(address, mode);
        }
        settled(&mut world);
        assert_eq!(slots(&settled(&mut world)).0, level, "{members:?}");
    }
}

#[test]
fn other_topics_with_fewer_replicas_do_not_blur_the_sentence() {
    let mut world = World::new(Mode::ZooKeeper);
    for view in world.views.values_mut() {
        view.topics
            .push(topic("solo", 8, vec![partition(0, Some(2), 0, &[2], &[2])]));
    }
    settled(&mut world);
    lose(&mut world, &[1], Link::Refuses);
    world.drop_brokers(&[1]);
    let verdict = derive(&settled(&mut world), None).verdict;
    assert!(
        verdict
            .sentence
            .ends_with("6 of 7 partitions run on 2 of 3 replicas."),
        "{}",
        verdict.sentence
    );
}

#[test]
fn without_min_isr_nothing_is_said_to_be_safe() {
    let mut world = World::new(Mode::Kraft);
    for view in world.views.values_mut() {
        view.topics.push(topic(
            "new",
            8,
            vec![partition(0, Some(2), 0, &[2, 3, 1], &[2, 3, 1])],
        ));
    }
    world.unread_min_isr = Some("new");
    let snapshot = settled(&mut world);
    let judged: Vec<_> = snapshot
        .partitions()
        .map(|(topic, partition)| (topic.name.raw(), judge(&snapshot, topic, partition)))
        .map(|(topic, judged)| (topic == "new", judged.inferred))
        .collect();
    assert!(
        judged.iter().all(|(unread, inferred)| unread == inferred),
        "{judged:?}"
    );
    let verdict = derive(&snapshot, None).verdict;
    assert_eq!(
        (verdict.safe_to_stop, verdict.safe_note.as_str()),
        (None, "not known")
    );
    assert_eq!(verdict.next_loss, "not known: min ISR is not read");
}

#[test]
fn a_quorum_that_may_not_be_asked_for_is_no_silent_one() {
    let mut world = World::new(Mode::Kraft);
    world.quorum = None;
    settled(&mut world);
    let denied = || {
        Failure::new(
            FailureKind::Denied,
            "denied DescribeQuorum: CLUSTER_AUTHORIZATION_FAILED",
        )
    };
    for id in [1, 2, 3] {
        world.say(Origin::Broker(BrokerId(id)), Fact::Failed(Ask::Quorum, denied()));
    }
    let verdict = derive(&world.store.publish(world.now), None).verdict;
    assert_eq!(verdict.level, Level::Unknown);
    assert_eq!(
        verdict.sentence,
        "This client may not ask for the controller quorum: whether a failing broker would be replaced is not known."
    );
    assert!(
        verdict.next_step.starts_with("Allow this client Describe"),
        "{}",
        verdict.next_step
    );
}
