//! What is refused, what is confirmed how, and what is said.

mod absent;

use std::sync::Arc;

use super::*;
use crate::health::{Bulletin, derive};
use crate::model::act::{Act, Deed, Node, Scope, Verb};
use crate::model::cluster::Mode;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::plan::{Confirm, Plan, Refusal};
use crate::model::sighting::{Condition, Runs, Severing, Sighting, Tie};
use crate::model::time::Span;
use crate::store::testbed::{Link, World, views};

fn bulletin(world: &mut World) -> Bulletin {
    world.poll();
    world.poll();
    let snapshot = world.poll();
    let health = derive(&snapshot, None);
    Bulletin {
        seq: 1,
        snapshot: Arc::new(snapshot),
        health: Arc::new(health),
        alerts: Arc::default(),
    }
}

fn whole(mode: Mode) -> Bulletin {
    bulletin(&mut World::new(mode))
}

/// Broker 3 is down, and the others have dropped it.
fn one_down(mode: Mode) -> Bulletin {
    let mut world = World::new(mode);
    bulletin(&mut world);
    world.links.insert(3, Link::Refuses);
    world.drop_brokers(&[3]);
    world.lose_voters(&[3]);
    bulletin(&mut world)
}

fn broker(id: i32) -> Node {
    Node::Broker(BrokerId(id))
}

fn seen(condition: Condition) -> Sighting {
    let tie = Tie {
        network: "peers".into(),
        id: "0123456789ab".into(),
        aliases: vec!["broker-2".into()],
        ipv4: None,
        ipv6: None,
    };
    Sighting {
        handle: "0123456789ab".into(),
        shown: "container kafka-2".into(),
        condition,
        runs: Runs::default(),
        grace: Span::seconds(10),
        severing: Severing::Possible {
            ties: vec![tie],
            also: Vec::new(),
        },
    }
}

fn ended() -> Condition {
    Condition::Ended("exited 137".into())
}

fn planned(act: &Act, mandate: &Mandate, bulletin: &Bulletin, sighting: &Sighting) -> Result<Plan, Refusal> {
    let nodes = nodes(act, &bulletin.snapshot);
    let sightings = nodes.into_iter().map(|node| (node, sighting.clone()));
    plan(act, mandate, bulletin, &sightings.collect(), Ok(&[]))
}

fn at_once(verb: Verb, node: Node, bulletin: &Bulletin, condition: Condition) -> Result<Plan, Refusal> {
    let act = Act::on(verb, node, "test");
    planned(&act, &Mandate::default(), bulletin, &seen(condition))
}

#[test]
fn a_verb_that_does_not_fit_the_process_is_refused_with_a_way_on() {
    let bulletin = whole(Mode::Kraft);
    let between = || Condition::Between("restarting".into());
    let table = [
        (Verb::Stop, Condition::Running, None),
        (Verb::Stop, Condition::Paused, None),
        (Verb::Stop, ended(), Some("is exited 137 already")),
        (Verb::Stop, between(), Some("is restarting: wait")),
        (Verb::Start, ended(), None),
        (Verb::Start, Condition::Running, Some("is running already")),
        (Verb::Start, Condition::Paused, Some("resume it")),
        (Verb::Restart, Condition::Running, None),
        (Verb::Restart, ended(), Some("start it")),
        (Verb::Kill, Condition::Paused, None),
        (Verb::Kill, ended(), Some("already")),
        (Verb::Pause, Condition::Running, None),
        (Verb::Pause, Condition::Paused, Some("already")),
        (Verb::Pause, ended(), Some("nothing to pause")),
        (Verb::Resume, Condition::Paused, None),
        (Verb::Resume, Condition::Running, Some("nothing to resume")),
        (Verb::Cut, Condition::Running, None),
        (Verb::Cut, Condition::Paused, Some("could not be proven")),
        (Verb::Reconnect, Condition::Running, Some("knows of no cut")),
    ];
    for (verb, condition, refused) in table {
        let said = at_once(verb, broker(2), &bulletin, condition.clone());
        match (refused, said) {
            (None, Ok(_)) => {}
            (Some(part), Err(refusal)) if refusal.why.contains(part) => {}
            (refused, said) => panic!("{} {condition:?}: {refused:?} but {said:?}", verb.word()),
        }
    }
}

#[test]
fn the_confirmation_is_in_proportion() {
    let named = |production| Mandate {
        cluster: "main".to_owned(),
        production,
        allowed: true,
        ..Mandate::default()
    };
    let (whole, short) = (whole(Mode::Kraft), one_down(Mode::Kraft));
    let id = || Confirm::Id("2".to_owned());
    let table = [
        (Verb::Stop, &whole, false, Confirm::Key),
        (Verb::Stop, &short, false, id()),
        (Verb::Kill, &short, false, id()),
        (Verb::Cut, &short, false, id()),
        (Verb::Pause, &short, false, id()),
        (Verb::Restart, &short, false, id()),
        (Verb::Stop, &whole, true, Confirm::Cluster("main".to_owned())),
        (Verb::Stop, &short, true, Confirm::Cluster("main".to_owned())),
    ];
    for (verb, bulletin, production, confirm) in table {
        let act = Act::on(verb, broker(2), "test");
        let plan = planned(&act, &named(production), bulletin, &seen(Condition::Running)).unwrap();
        assert_eq!(plan.confirm, confirm, "{}", verb.word());
    }
    // What gives back is never held up by the state of the cluster.
    let start = at_once(Verb::Start, broker(3), &short, ended()).unwrap();
    assert_eq!((start.confirm, start.blockers), (Confirm::Key, vec![]));
}

#[test]
fn read_only_and_production_refuse_every_act() {
    let bulletin = one_down(Mode::Kraft);
    let mandates = [
        Mandate {
            read_only: Some("flag --read-only".to_owned()),
            ..Mandate::default()
        },
        Mandate {
            production: true,
            ..Mandate::default()
        },
    ];
    let mut acts: Vec<Act> = Verb::ALL.map(|verb| Act::on(verb, broker(3), "test")).to_vec();
    acts.extend([Deed::Elect(Scope::All), Deed::Roll].map(|deed| Act {
        deed,
        why: "test".into(),
    }));
    for mandate in &mandates {
        for act in &acts {
            for condition in [Condition::Running, Condition::Paused, ended()] {
                let refused = planned(act, mandate, &bulletin, &seen(condition));
                let why = refused.unwrap_err().why;
                assert!(why.contains("read-only") || why.contains("--allow-acts"), "{why}");
            }
        }
    }
}

#[test]
fn the_plan_says_what_it_does_to_the_cluster() {
    let said = |plan: &Plan| {
        [
            plan.does.join("\n"),
            plan.blockers.join("\n"),
            plan.notes.join("\n"),
        ]
        .join("\n--\n")
    };
    let kraft = whole(Mode::Kraft);
    let stop = at_once(Verb::Stop, broker(2), &kraft, Condition::Running).unwrap();
    insta::assert_snapshot!("plan_stop", said(&stop));
    let frozen = at_once(Verb::Stop, broker(1), &kraft, Condition::Paused).unwrap();
    insta::assert_snapshot!("plan_stop_paused", said(&frozen));
    let kill = at_once(Verb::Kill, broker(2), &one_down(Mode::Kraft), Condition::Running).unwrap();
    insta::assert_snapshot!("plan_kill_second", said(&kill));
    let start = at_once(Verb::Start, broker(3), &one_down(Mode::ZooKeeper), ended()).unwrap();
    insta::assert_snapshot!("plan_start_zookeeper", said(&start));
    let keeper = at_once(
        Verb::Stop,
        Node::ZooKeeper("zk-2:2181".into()),
        &whole(Mode::ZooKeeper),
        Condition::Running,
    );
    insta::assert_snapshot!("plan_stop_keeper", said(&keeper.unwrap()));
    let cut = at_once(Verb::Cut, broker(1), &kraft, Condition::Running).unwrap();
    insta::assert_snapshot!("plan_cut", said(&cut));
}

#[test]
fn the_last_member_of_a_majority_is_a_blocker() {
    let mut world = World::new(Mode::ZooKeeper);
    world.ensemble.insert("zk-3:2181", None);
    let bulletin = bulletin(&mut world);
    let stop = |address: &str| {
        at_once(
            Verb::Stop,
            Node::ZooKeeper(address.into()),
            &bulletin,
            Condition::Running,
        )
        .unwrap()
    };
    assert_eq!(stop("zk-2:2181").confirm, Confirm::Id("zk-2:2181".to_owned()));
    assert_eq!(
        stop("zk-3:2181").blockers,
        Vec::<String>::new(),
        "it does not serve anyway"
    );
    let notes = |address: &str| stop(address).notes;
    let leads = "it leads the ensemble: the others serve nobody until they have elected another leader";
    let told = ["zk-1:2181", "zk-2:2181"].map(|address| notes(address).concat());
    assert!(told.iter().filter(|told| *told == leads).count() == 1, "{told:?}");
    let unknown = stop("elsewhere:2181");
    assert!(
        unknown.blockers[0].contains("not known"),
        "{:?}",
        unknown.blockers
    );
}

#[test]
fn the_last_replica_in_sync_is_a_blocker_though_writes_are_refused_already() {
    let mut world = World::new(Mode::ZooKeeper);
    bulletin(&mut world);
    for id in [2, 3] {
        world.links.insert(id, Link::Refuses);
    }
    world.drop_brokers(&[2, 3]);
    let bulletin = bulletin(&mut world);
    let stop = at_once(Verb::Stop, broker(1), &bulletin, Condition::Running).unwrap();
    assert_eq!(stop.confirm, Confirm::Id("1".to_owned()));
    assert_eq!(stop.blockers[0], "6 partitions would go offline");
    assert!(
        stop.does[1].starts_with("6 partitions that it leads have no other replica in sync"),
        "{:?}",
        stop.does
    );
    assert!(!stop.does.concat().contains("other leaders"), "{:?}", stop.does);
}

#[test]
fn what_else_is_cut_is_said_and_what_cannot_be_cut_is_refused() {
    let bulletin = whole(Mode::Kraft);
    let act = Act::on(Verb::Cut, broker(2), "test");
    let with = |severing| {
        let sighting = Sighting {
            severing,
            ..seen(Condition::Running)
        };
        planned(&act, &Mandate::default(), &bulletin, &sighting)
    };
    let also = Severing::Possible {
        ties: Vec::new(),
        also: vec!["its clients: it has no other network".to_owned()],
    };
    assert_eq!(
        with(also).unwrap().notes,
        [
            "cuts off as well its clients: it has no other network",
            "it is the active controller: another one must be elected"
        ]
    );
    assert!(with(Severing::Already).unwrap_err().why.contains("reconnect"));
    assert_eq!(
        with(Severing::Impossible("no.".to_owned())).unwrap_err().why,
        "no."
    );
}

#[test]
fn nothing_is_safe_before_anything_was_read() {
    let mut world = World::new(Mode::Kraft);
    world.unread_min_isr = Some("orders");
    let bulletin = bulletin(&mut world);
    let stop = at_once(Verb::Stop, broker(2), &bulletin, Condition::Running).unwrap();
    assert_eq!(stop.confirm, Confirm::Id("2".to_owned()));
    assert!(stop.blockers[0].contains("not known"), "{:?}", stop.blockers);
}

#[test]
fn a_rolling_restart_ends_with_the_active_controller_and_needs_a_whole_cluster() {
    let act = Act {
        deed: Deed::Roll,
        why: "test".into(),
    };
    let whole = whole(Mode::Kraft);
    assert_eq!(order(&whole.snapshot), [1, 3, 2].map(BrokerId));
    let plan = planned(&act, &Mandate::default(), &whole, &seen(Condition::Running)).unwrap();
    assert!(plan.does[0].contains("1, 3, 2"), "{:?}", plan.does);
    let short = one_down(Mode::Kraft);
    let refused = planned(&act, &Mandate::default(), &short, &seen(Condition::Running));
    assert!(refused.unwrap_err().why.contains("broker 3 is not up"));
    assert!(matches!(unfit(&short, BrokerId(1)), Some(Unfit::Yet(_))));
    let refused = planned(&act, &Mandate::default(), &whole, &seen(Condition::Paused));
    assert!(refused.unwrap_err().why.contains("is paused"));
    // The quorum takes a voter back some seconds after its broker: that passes by itself.
    let mut world = World::new(Mode::Kraft);
    bulletin(&mut world);
    world.lose_voters(&[1]);
    match unfit(&bulletin(&mut world), BrokerId(3)) {
        Some(Unfit::Yet(why)) => assert!(why.contains("majority"), "{why}"),
        other => panic!("{other:?}"),
    }
    // Two replicas and min ISR 2: a restart would refuse writes, and no waiting changes that.
    let mut thin = World::new(Mode::Kraft);
    thin.min_isr = 3;
    for view in thin.views.values_mut() {
        for partition in view.topics.iter_mut().flat_map(views) {
            partition.replicas.push(BrokerId(4));
            partition.isr.truncate(3);
        }
    }
    assert!(unfit(&bulletin(&mut thin), BrokerId(1)).is_some());
}

#[test]
fn only_first_replicas_that_are_in_sync_are_elected() {
    let mut world = World::new(Mode::Kraft);
    for view in world.views.values_mut() {
        for partition in view.topics.iter_mut().flat_map(views) {
            // Partition 0 is led by its second replica; partition 1 too, and its first is not in sync.
            if partition.index < 2 {
                partition.leader = partition.replicas.get(1).copied();
            }
            if partition.index == 1 {
                partition.isr.remove(0);
            }
        }
    }
    let bulletin = bulletin(&mut world);
    let id = |partition| PartitionId {
        topic: "orders".into(),
        partition,
    };
    let elect = |scope: Scope| {
        let act = Act {
            deed: Deed::Elect(scope),
            why: "test".into(),
        };
        planned(&act, &Mandate::default(), &bulletin, &seen(Condition::Running))
    };
    let found = ballot(&bulletin.snapshot, &Scope::All);
    assert_eq!(
        (found.eligible, found.waiting, found.all),
        (vec![id(0)], vec![id(1)], 6)
    );
    let plan = elect(Scope::Topic("orders".into())).unwrap();
    assert!(
        plan.does[0].starts_with("1 partition goes back"),
        "{:?}",
        plan.does
    );
    assert_eq!(plan.notes.len(), 1);
    for (scope, part) in [
        (Scope::Partition(id(1)), "not in sync"),
        (Scope::Partition(id(5)), "already"),
        (Scope::Partition(id(9)), "no partition orders-9"),
        (Scope::Topic("gone".into()), "no topic gone"),
    ] {
        let why = elect(scope).unwrap_err().why;
        assert!(why.contains(part), "{why}");
    }
}
