//! How long conditions must hold, on a clock that stands, jumps, or goes on while nothing can be read.

use super::*;
use crate::model::alert::{Phase, Truth};

fn rules(times: &str) -> Rules {
    only(&format!("{ONE}{times}"))
}

#[test]
fn an_alert_is_pending_then_fires_then_is_over() {
    let mut watch = Watch::new(Mode::ZooKeeper, &rules("for = \"1m\"\nclear_for = \"10s\"\n"));
    watch.stop(&[1]);
    watch.seconds(2);
    let pending = watch.alerts.pending[0].clone();
    assert!(pending.fires_in(watch.world.now).unwrap() <= MINUTE);
    assert!(pending.fires_in(watch.world.now).unwrap() >= Span::seconds(58));
    watch.seconds(58);
    assert_eq!(watch.firing(), [""; 0], "not before its time");
    watch.seconds(1);
    assert_eq!(watch.lines(), ["61 firing Down broker:1"]);
    let alert = watch.alerts.firing[0].clone();
    assert_eq!(alert.words.summary, "1 is down");
    assert_eq!(alert.evidence.values, [("broker.online", "0".to_owned())]);
    assert!(
        (10..=13).contains(&alert.evidence.samples.len()),
        "{}",
        alert.evidence.samples.len()
    );
    watch.recover();
    watch.seconds(5);
    assert_eq!(watch.firing(), ["Down broker:1"], "its end must last, too");
    watch.seconds(10);
    assert_eq!(watch.firing(), [""; 0]);
    assert_eq!(watch.lines().len(), 2);
    assert!(
        watch.lines()[1].ends_with("resolved Down broker:1"),
        "{:?}",
        watch.lines()
    );
    assert!(matches!(watch.alerts.resolved[0].phase, Phase::Resolved { .. }));
    assert_eq!(
        watch.alerts.resolved[0].words.summary, "1 is down",
        "it says what it was"
    );
}

#[test]
fn what_it_says_stays_true_while_it_fires_and_nobody_is_told_again() {
    let text = "[[rule]]\nname = \"Down\"\nper = \"broker\"\nwhen = \"broker.online == 0\"\nfor = \"5s\"\nseverity = \"critical\"\n\
        summary = \"{broker.id} is {broker.state}\"\n";
    let mut watch = Watch::new(Mode::ZooKeeper, &only(text));
    watch.seconds(3);
    watch.world.links.insert(1, Link::Hangs);
    watch.seconds(15);
    let says = |watch: &Watch| watch.alerts.firing[0].words.summary.clone();
    assert_eq!(says(&watch), "1 is unreachable");
    watch.world.drop_brokers(&[1]);
    watch.seconds(5);
    assert_eq!(says(&watch), "1 is down");
    assert_eq!(watch.lines().len(), 1, "{:?}", watch.lines());
}

#[test]
fn a_clear_level_holds_an_alert_between_both() {
    let text = "[[rule]]\nname = \"Many\"\nwhen = \"cluster.under_replicated >= 6\"\nclear = \"cluster.under_replicated < 2\"\n\
        severity = \"info\"\nsummary = \"{value} partitions\"\n";
    let mut watch = Watch::new(Mode::ZooKeeper, &only(text));
    watch.stop(&[1]);
    watch.seconds(3);
    assert_eq!(watch.firing(), ["Many cluster"]);
    // All but two partitions are whole again.
    watch.recover();
    for view in watch.world.views.values_mut() {
        for partition in crate::store::testbed::views(&mut view.topics[0]).take(2) {
            partition.isr.retain(|id| id.0 != 3);
        }
    }
    watch.seconds(3);
    assert_eq!(watch.firing(), ["Many cluster"]);
    watch.recover();
    watch.seconds(3);
    assert_eq!(watch.firing(), [""; 0]);
}

#[test]
fn while_nothing_can_be_read_an_alert_neither_fires_nor_is_over() {
    let mut watch = Watch::new(Mode::Kraft, &rules("for = \"30s\"\n"));
    watch.stop(&[1]);
    watch.seconds(20);
    assert_eq!(watch.alerts.pending.len(), 1);
    for id in [2, 3] {
        watch.world.links.insert(id, Link::Hangs);
    }
    watch.world.links.insert(1, Link::Hangs);
    watch.seconds(300);
    assert_eq!(
        watch.lines(),
        [""; 0],
        "the others are silent, and none of them is known to be down"
    );
    assert_eq!(
        watch.alerts.pending.len(),
        1,
        "and the one that was pending still is"
    );
    assert_eq!(watch.alerts.pending[0].truth, Truth::Unknown);
    for id in [2, 3] {
        watch.world.links.insert(id, Link::Answers);
    }
    watch.world.links.insert(1, Link::Refuses);
    watch.seconds(30);
    assert_eq!(watch.lines().len(), 1);
    // Blind again: what fires goes on to fire.
    for id in [1, 2, 3] {
        watch.world.links.insert(id, Link::Hangs);
    }
    watch.seconds(600);
    assert_eq!(watch.lines().len(), 1);
    assert_eq!(watch.firing(), ["Down broker:1"]);
}

#[test]
fn a_clock_that_jumps_neither_fires_nor_clears() {
    let mut watch = Watch::new(Mode::ZooKeeper, &rules("for = \"1m\"\nclear_for = \"1m\"\n"));
    watch.stop(&[1]);
    watch.seconds(5);
    watch.jump(24 * 3_600_000);
    watch.seconds(20);
    assert_eq!(
        watch.lines(),
        [""; 0],
        "a day that was slept through is not a day of outage"
    );
    watch.jump(-24 * 3_600_000);
    watch.seconds(100);
    assert_eq!(
        watch.lines().len(),
        1,
        "it goes on where it was: {:?}",
        watch.lines()
    );
    watch.recover();
    watch.jump(3_600_000);
    watch.seconds(20);
    assert_eq!(watch.firing(), ["Down broker:1"]);
}

#[test]
fn what_flaps_is_told_three_times_and_then_stays() {
    let mut watch = Watch::new(Mode::ZooKeeper, &rules("for = \"5s\"\n"));
    for _ in 0..8 {
        watch.stop(&[1]);
        watch.seconds(15);
        watch.recover();
        watch.seconds(15);
    }
    let fired = watch
        .lines()
        .iter()
        .filter(|line| line.contains("firing"))
        .count();
    assert_eq!(fired, 3, "{:?}", watch.lines());
    assert!(watch.alerts.firing[0].handling.flapping);
    watch.seconds(320);
    assert_eq!(watch.firing(), [""; 0], "five quiet minutes are its end");
}
