//! Who was just taken away counts as gone, whether or not the cluster has noticed.

use super::*;

fn without(ids: &[i32]) -> Vec<Absent> {
    let absent = ids.iter().map(|id| Absent {
        node: broker(*id),
        how: format!("broker {id} was cut off by kaftop"),
    });
    absent.collect()
}

#[test]
fn who_was_just_taken_away_counts_as_gone_before_the_cluster_notices() {
    let own = "broker 2 was cut off by kaftop, and the cluster has not noticed yet";
    let refused = "6 partitions would refuse acks=all writes";
    let short = "6 partitions have a replica elsewhere that is not in sync";
    let majority = "the controller quorum would lose its majority: no leader could be elected";
    let offline = "6 partitions would go offline";
    let table = [
        (Mode::Kraft, vec![2], vec![own, refused, majority, short]),
        (Mode::ZooKeeper, vec![2], vec![own, refused, short]),
        (Mode::ZooKeeper, vec![2, 3], vec![offline]),
        (Mode::Kraft, vec![], vec![]),
    ];
    for (mode, gone, blockers) in table {
        let bulletin = whole(mode);
        let act = Act::on(Verb::Stop, broker(1), "test");
        let sightings = [(broker(1), seen(Condition::Running))].into();
        let absent = without(&gone);
        let plan = plan(&act, &Mandate::default(), &bulletin, &sightings, Ok(&absent)).unwrap();
        for blocker in &blockers {
            assert!(
                plan.blockers.iter().any(|told| told == blocker),
                "{mode:?} {gone:?}: {plan:?}"
            );
        }
        assert_eq!(plan.blockers.is_empty(), blockers.is_empty(), "{plan:?}");
        let confirm = if blockers.is_empty() {
            Confirm::Key
        } else {
            Confirm::Id("1".to_owned())
        };
        assert_eq!(plan.confirm, confirm);
        // What gives back is not held up, and a rolling restart does not begin.
        let roll = Act {
            deed: Deed::Roll,
            why: "test".into(),
        };
        let all = (1..=3).map(|id| (broker(id), seen(Condition::Running))).collect();
        match super::plan(&roll, &Mandate::default(), &bulletin, &all, Ok(&absent)) {
            Ok(_) => assert!(gone.is_empty()),
            Err(refusal) => assert!(refusal.why.contains("has not noticed yet"), "{refusal}"),
        }
        let start = Act::on(Verb::Start, broker(1), "test");
        let stopped = [(broker(1), seen(ended()))].into();
        let start = super::plan(&start, &Mandate::default(), &bulletin, &stopped, Ok(&absent)).unwrap();
        assert_eq!(start.blockers, Vec::<String>::new());
    }
    // Where it has been noticed, nothing is said twice.
    let noticed = one_down(Mode::Kraft);
    let act = Act::on(Verb::Stop, broker(1), "test");
    let sightings = [(broker(1), seen(Condition::Running))].into();
    let with = plan(
        &act,
        &Mandate::default(),
        &noticed,
        &sightings,
        Ok(&without(&[3])),
    )
    .unwrap();
    let alone = plan(&act, &Mandate::default(), &noticed, &sightings, Ok(&[])).unwrap();
    assert_eq!(with.blockers, alone.blockers);
}

#[test]
fn a_member_that_was_just_paused_counts_as_lost() {
    let bulletin = whole(Mode::ZooKeeper);
    let node = |address: &str| Node::ZooKeeper(address.into());
    let absent = [Absent {
        node: node("zk-3:2181"),
        how: "ZooKeeper zk-3:2181 was paused by kaftop".to_owned(),
    }];
    let act = Act::on(Verb::Stop, node("zk-2:2181"), "test");
    let sightings = [(node("zk-2:2181"), seen(Condition::Running))].into();
    let plan = plan(&act, &Mandate::default(), &bulletin, &sightings, Ok(&absent)).unwrap();
    assert!(plan.blockers[0].contains("not noticed"), "{:?}", plan.blockers);
    assert!(
        plan.blockers[1].contains("lose its majority"),
        "{:?}",
        plan.blockers
    );
}
