//! Groups in trouble: what is said of each, and of the worst.

use std::sync::Arc;

use super::group_trouble::{GROWS, STILL, roughly};
use crate::health::{Level, derive};
use crate::model::group::{Group, Lag, LagAge};
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::Span;
use crate::ui::fixture;

/// A healthy cluster with one group alone.
fn with(change: impl FnOnce(&mut Group)) -> Snapshot {
    let mut snapshot = Snapshot::clone(&fixture::healthy().snapshot);
    let mut group = fixture::group("router", "Stable", 5_000, Some(0.0), 2);
    change(&mut group);
    snapshot.groups.table.clear();
    snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
    snapshot
}

fn said(snapshot: &Snapshot) -> (Level, String, String) {
    let verdict = derive(snapshot, None).verdict;
    (verdict.level, verdict.sentence, verdict.next_step)
}

fn old(group: &mut Group, slope: f64) {
    group.trend.age = Some(LagAge::About(Span::seconds(90)));
    group.trend.slope = Some(slope);
}

/// What is done to a group.
type Change = Box<dyn FnOnce(&mut Group)>;

#[test]
fn each_trouble_is_said_with_what_to_do_and_the_level_stays() {
    let incoming: f64 = {
        let snapshot = with(|_| ());
        let group = snapshot.groups.table.values().next().unwrap();
        let rate = |place: &crate::model::group::GroupPartition| {
            snapshot.topics[&place.topic].partitions[usize::try_from(place.partition).unwrap()].rate
        };
        group.partitions.iter().map(rate).sum::<Option<f64>>().unwrap()
    };
    assert!(incoming >= GROWS, "the fixture's records flow: {incoming}");
    // Seen for 5 s only; its lag takes 200 s to come in.
    let new = move |group: &mut Group, slope: f64| {
        group.trend.age = Some(LagAge::AtLeast(Span::seconds(5)));
        group.trend.slope = Some(slope);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a round lag"
        )]
        let lag = (incoming * 200.0) as u64;
        group.lag.records = Some(lag);
    };
    let silent = |group: &mut Group| group.trend.still = Some(STILL);
    let table: [(Change, &str, &str); 9] = [
        (
            Box::new(move |group| {
                old(group, incoming);
                silent(group);
            }),
            "Group router reads nothing: 5000 wait, the oldest 1m30s; its members commit nothing.",
            "Look at what the consumers of router wait for",
        ),
        (
            Box::new(move |group| {
                old(group, incoming);
                group.state = Some(Name::from("Empty"));
                group.description = crate::model::reading::Reading::default();
            }),
            "Group router reads nothing: 5000 wait, the oldest 1m30s; it has no member.",
            "Start the consumers of router",
        ),
        // Its commits moved a moment ago, however fast its lag seems to grow.
        (
            Box::new(move |group| {
                old(group, incoming);
                group.trend.still = Some(Span::seconds(5));
            }),
            "more come in than it reads.",
            "Add consumers to router",
        ),
        (
            Box::new(move |group| old(group, incoming / 2.0)),
            "Group router is 1m30s behind and falls further: 5000 wait, more come in than it reads.",
            "Add consumers to router",
        ),
        (
            Box::new(move |group| {
                new(group, incoming);
                silent(group);
            }),
            "the oldest about 3m; its members commit nothing.",
            "Look at what the consumers of router wait for",
        ),
        (
            Box::new(move |group| new(group, incoming / 2.0)),
            "more come in than it reads.",
            "Add consumers to router",
        ),
        // What hardly grows is looked at for longer.
        (
            Box::new(move |group| new(group, incoming / 50.0)),
            "on 3 of 3 replicas.",
            "Nothing to do.",
        ),
        (
            Box::new(|group| group.partitions[0].lag = Lag::AboveEnd),
            "Group router has committed beyond the end of messages: it was made anew or truncated.",
            "Set the offsets of router anew",
        ),
        (Box::new(|_| ()), "on 3 of 3 replicas.", "Nothing to do."),
    ];
    for (change, sentence, step) in table {
        let (level, said, next) = said(&with(change));
        assert_eq!(level, Level::Ok);
        assert!(said.ends_with(sentence), "{said}");
        assert!(next.starts_with(step), "{next}");
    }
}

#[test]
fn the_worst_group_is_named_and_the_others_are_counted() {
    let mut snapshot = with(|group| old(group, 0.5 + GROWS));
    for (name, lag) in [("a", 9_000), ("z", 10_000)] {
        let mut group = fixture::group(name, "Stable", lag, None, 1);
        old(&mut group, GROWS);
        snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
    }
    let (_, sentence, _) = said(&snapshot);
    assert!(sentence.contains("Group z "), "the largest lag: {sentence}");
    assert!(sentence.ends_with("2 more groups need eyes."), "{sentence}");
}

#[test]
fn members_that_miss_deleted_records_degrade_and_what_nobody_reads_does_not() {
    let lost = |group: &mut Group| group.partitions[0].lost = 7;
    let (level, sentence, step) = said(&with(lost));
    assert_eq!(level, Level::Degraded);
    assert!(
        sentence.starts_with("Group router has lost 7 records: retention deleted them unread."),
        "{sentence}"
    );
    assert!(
        step.starts_with("Keep the records of its topics for longer"),
        "{step}"
    );
    let (level, ..) = said(&with(|group| {
        lost(group);
        group.state = Some(Name::from("Empty"));
        group.description = crate::model::reading::Reading::default();
    }));
    assert_eq!(level, Level::Ok);
}

#[test]
fn what_retention_is_about_to_take_is_told_before() {
    let table = [(120, false), (110, true), (60, true), (90, true)];
    for (kept, near) in table {
        let mut snapshot = with(|group| {
            old(group, 0.0);
            group.trend.still = Some(STILL);
        });
        let topic = Arc::make_mut(snapshot.topics.get_mut(&Name::from("messages")).unwrap());
        let mut settings = *topic.settings.value().unwrap();
        settings.retention = Some(crate::model::settings::Setting {
            value: Some(Span::seconds(kept)),
            ..settings.retention.unwrap()
        });
        topic.settings = crate::model::reading::Reading::fresh(settings, fixture::NOW);
        let (level, sentence, step) = said(&snapshot);
        let told = sentence.ends_with(
            "Group router is about to lose records: 5000 wait, the oldest 1m30s, and retention deletes what is that old.",
        );
        assert_eq!(told, near, "{kept}: {sentence}");
        assert_eq!(level, Level::Ok);
        assert_eq!(step.starts_with("Keep the records"), near, "{step}");
    }
}

#[test]
fn an_estimate_is_no_finer_than_a_rate() {
    let table = [
        (3, 0),
        (47, 50),
        (125, 120),
        (254, 240),
        (1_227, 1_200),
        (1_348, 1_200),
        (1_360, 1_500),
        (4_000, 3_600),
    ];
    for (seconds, told) in table {
        assert_eq!(roughly(Span::seconds(seconds)), Span::seconds(told), "{seconds}");
    }
}
