//! One cause is one alert.

use super::*;
use crate::model::alert::{Subject, Turn};
use crate::store::testbed::{partition, topic};

/// 300 topics more, with three replicas each.
fn many_topics(world: &mut World, count: i32) {
    for view in world.views.values_mut() {
        for index in 0..count {
            let replicas = [[1, 2, 3], [2, 3, 1], [3, 1, 2]][usize::try_from(index).unwrap() % 3];
            let id = u8::try_from(index % 200).unwrap() + 10;
            let parts = vec![partition(0, Some(replicas[0]), 0, &replicas, &replicas)];
            view.topics.push(topic(&format!("t{index:05}"), id, parts));
        }
        view.topics.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

#[test]
fn a_stopped_broker_with_hundreds_of_partitions_is_one_alert_and_one_end() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut watch = Watch::new(mode, &Rules::built_in());
        many_topics(&mut watch.world, 300);
        watch.seconds(3);
        watch.stop(&[1]);
        watch.seconds(400);
        assert_eq!(watch.lines().len(), 1, "{mode:?}: {:?}", watch.lines());
        let (second, told) = &watch.told[0];
        assert_eq!(told.alert.key.to_string(), "KafkaBrokerOffline broker:1");
        assert!((63..=67).contains(second), "{second}");
        let alert = &watch.alerts.firing[0];
        assert!(
            alert.kinship.consequences.len() >= 200,
            "{}",
            alert.kinship.consequences.len()
        );
        let alone = watch.alerts.firing.iter().filter(|alert| alert.stands_alone());
        assert_eq!(alone.count(), 1);
        watch.recover();
        watch.seconds(100);
        assert_eq!(watch.lines().len(), 2, "{mode:?}: {:?}", watch.lines());
        assert_eq!(watch.told[1].1.turn, Turn::Resolved);
        assert_eq!(watch.firing(), [""; 0]);
    }
}

#[test]
fn a_grave_consequence_makes_its_cause_fire_and_a_second_one_changes_it() {
    let mut watch = Watch::new(Mode::ZooKeeper, &Rules::built_in());
    watch.stop(&[1]);
    watch.seconds(70);
    assert_eq!(watch.lines().len(), 1);
    watch.stop(&[1, 2]);
    watch.seconds(30);
    assert_eq!(watch.lines().len(), 2, "{:?}", watch.lines());
    let changed = &watch.told[1].1;
    assert_eq!(changed.turn, Turn::Changed);
    assert!(
        changed
            .inside
            .iter()
            .any(|line| line.contains("Writes are refused on 6")),
        "{:?}",
        changed.inside
    );
    watch.seconds(60);
    assert_eq!(watch.lines().len(), 3, "{:?}", watch.lines());
    assert!(watch.lines()[2].ends_with("firing KafkaBrokerOffline broker:2"));
}

#[test]
fn all_brokers_down_are_one_alert() {
    let mut watch = Watch::new(Mode::ZooKeeper, &Rules::built_in());
    for id in [1, 2, 3] {
        watch.world.links.insert(id, Link::Refuses);
    }
    watch.seconds(400);
    let fired: Vec<String> = watch
        .lines()
        .into_iter()
        .filter(|line| line.contains("firing"))
        .collect();
    assert_eq!(fired.len(), 1, "{fired:?}");
    assert!(fired[0].ends_with("KafkaClusterDown cluster"), "{fired:?}");
}

#[test]
fn a_blind_kaftop_says_so_once_and_resolves_nothing() {
    let mut watch = Watch::new(Mode::Kraft, &Rules::built_in());
    watch.stop(&[1]);
    watch.seconds(70);
    assert_eq!(watch.lines().len(), 1);
    for id in [1, 2, 3] {
        watch.world.links.insert(id, Link::Hangs);
    }
    watch.seconds(900);
    assert_eq!(watch.lines().len(), 2, "{:?}", watch.lines());
    let (second, blind) = &watch.told[1];
    assert_eq!(blind.alert.key.to_string(), "KaftopBlind cluster");
    assert!((100..=106).contains(second), "{second}");
    watch.world.links.insert(1, Link::Refuses);
    for id in [2, 3] {
        watch.world.links.insert(id, Link::Answers);
    }
    watch.seconds(60);
    assert_eq!(watch.lines().len(), 3, "{:?}", watch.lines());
    assert!(watch.lines()[2].ends_with("resolved KaftopBlind cluster"));
    assert!(watch.firing().contains(&"KafkaBrokerOffline broker:1".to_owned()));
}

#[test]
fn a_replica_that_lags_beside_a_stopped_broker_is_no_consequence_of_it() {
    let text = "[[rule]]\nname = \"Short\"\nper = \"topic\"\nwhen = \"topic.under_replicated > 0\"\nseverity = \"warning\"\n\
        summary = \"{topic.name}\"\nconsequence_of = [\"Down\"]\n";
    let mut watch = Watch::new(Mode::ZooKeeper, &only(&format!("{ONE}{text}")));
    watch.stop(&[1]);
    watch.seconds(5);
    assert_eq!(watch.firing(), ["Down broker:1", "(Short topic:orders)"]);
    let mut watch = Watch::new(Mode::ZooKeeper, &only(&format!("{ONE}{text}")));
    watch.stop(&[1]);
    for view in watch.world.views.values_mut() {
        for partition in crate::store::testbed::views(&mut view.topics[0]).take(1) {
            partition.isr.retain(|id| id.0 != 3);
            partition.leader = partition.isr.first().copied();
        }
    }
    watch.seconds(5);
    assert_eq!(watch.firing(), ["Down broker:1", "Short topic:orders"]);
}

#[test]
fn ten_thousand_alerts_at_once_are_bounded_and_cost_in_proportion() {
    let text = "[[rule]]\nname = \"Short\"\nper = \"topic\"\nwhen = \"topic.under_replicated > 0\"\nseverity = \"warning\"\n\
        summary = \"{topic.name} {value}\"\n";
    let rules = only(text);
    let mut taken = Vec::new();
    for count in [2_500, 10_000] {
        let mut world = World::new(Mode::ZooKeeper);
        many_topics(&mut world, count);
        world.poll();
        world.links.insert(1, Link::Refuses);
        world.drop_brokers(&[1]);
        let mut engine = Engine::new(&rules);
        let snapshot = world.poll();
        let health = derive(&snapshot, None);
        engine.step(&snapshot, &health);
        let began = std::time::Instant::now();
        let mut step = Step::default();
        for _ in 0..5 {
            step = engine.step(&snapshot, &health);
        }
        taken.push(began.elapsed());
        assert_eq!(step.alerts.firing.len(), usize::try_from(count).unwrap() + 1);
        assert!(
            step.alerts
                .firing
                .iter()
                .all(|alert| matches!(alert.key.subject, Subject::Topic(_)))
        );
    }
    // Four times as many: were the cost quadratic, it would be sixteen times as high.
    assert!(taken[1] < taken[0] * 10, "{taken:?}");
    let mut world = World::new(Mode::ZooKeeper);
    many_topics(&mut world, 25_000);
    world.poll();
    world.links.insert(1, Link::Refuses);
    world.drop_brokers(&[1]);
    let snapshot = world.poll();
    let health = derive(&snapshot, None);
    let alerts = Engine::new(&rules).step(&snapshot, &health).alerts;
    assert_eq!((alerts.firing.len(), alerts.losses.left_out), (20_000, 5_001));
}
