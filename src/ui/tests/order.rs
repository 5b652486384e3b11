//! Sorting: each order by its own column, equal rows by name, what is not known last.

use std::sync::Arc;

use super::Stage;
use crate::health::Bulletin;
use crate::model::group::{Group, LagAge, Trend};
use crate::model::text::Name;
use crate::model::time::Span;
use crate::ui::fixture;
use crate::ui::screen::{ListId, RowKey, Scope};

fn names(stage: &Stage, list: ListId) -> Vec<String> {
    let name = |row: &RowKey| match row {
        RowKey::Partition(id) => id.partition.to_string(),
        RowKey::Group(name) | RowKey::Topic(name) | RowKey::Member(name) => name.to_string(),
        RowKey::Broker(id) | RowKey::Replica(id) => id.to_string(),
        RowKey::Event(id) => id.0.to_string(),
        RowKey::Alert(key, _) => key.to_string(),
    };
    stage.screen.lists.rows(list).iter().map(name).collect()
}

/// A topic of four partitions that differ in everything.
fn four() -> Bulletin {
    let mut bulletin = fixture::healthy();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let topic = Arc::make_mut(snapshot.topics.get_mut(&Name::from("messages")).unwrap());
    topic.partitions.truncate(4);
    let rates = [Some(1.0), None, Some(30.0), Some(2.0)];
    let sizes = [Some(5), Some(50), None, Some(500)];
    for ((partition, rate), bytes) in topic.partitions.iter_mut().zip(rates).zip(sizes) {
        partition.rate = rate;
        partition.bytes = bytes;
    }
    Arc::make_mut(&mut topic.partitions[3].view).isr.truncate(1);
    Arc::make_mut(&mut topic.partitions[1].view).isr.truncate(2);
    fixture::judged(&mut bulletin);
    bulletin
}

#[test]
fn partitions_sort_by_every_column() {
    let table = [
        ("space", "3 1 0 2"),
        ("p", "0 1 2 3"),
        ("y", "3 1 0 2"),
        ("n", "2 3 0 1"),
        ("z", "3 1 0 2"),
        ("c", "0 2 1 3"),
    ];
    for (letter, expected) in table {
        let mut stage = Stage::new(four());
        stage.press("4");
        stage.screen.asked.scope = Scope::Topic(Name::from("messages"));
        // The order by harm is there from the beginning; its letter once more would turn it round.
        stage.press(if letter == "space" { "a a" } else { "s" });
        stage.press(if letter == "space" { "a a" } else { letter });
        assert_eq!(names(&stage, ListId::Partitions).join(" "), expected, "{letter}");
        stage.press("r");
        let reversed = names(&stage, ListId::Partitions);
        assert_ne!(reversed.join(" "), expected, "{letter} reversed");
        stage.press("r s");
        stage.press(letter);
        assert_eq!(
            names(&stage, ListId::Partitions),
            reversed,
            "the same letter turns round: {letter}"
        );
    }
}

fn lagging(name: &str, lag: u64, slope: Option<f64>, age: Option<u64>, lost: u64) -> Group {
    let mut group = fixture::group(name, "Stable", lag, slope, 1);
    group.trend = Trend {
        slope,
        still: None,
        age: age.map(|age| LagAge::About(Span::seconds(age))),
    };
    group.partitions[0].lost = lost;
    group
}

#[test]
fn groups_sort_by_every_column() {
    let mut bulletin = fixture::healthy();
    let groups = &mut Arc::make_mut(&mut bulletin.snapshot).groups.table;
    groups.clear();
    for group in [
        lagging("a", 10, Some(0.0), Some(2), 0),
        lagging("b", 900, Some(-5.0), Some(400), 0),
        lagging("c", 500, Some(7.0), Some(100), 0),
        lagging("d", 5, None, None, 3),
    ] {
        groups.insert(group.name.clone(), Arc::new(group));
    }
    fixture::judged(&mut bulletin);
    let table = [
        ("g", "a b c d"),
        ("l", "b c a d"),
        ("s", "c a b d"),
        ("a", "b c a d"),
        ("o", "d c b a"),
    ];
    let mut stage = Stage::new(bulletin);
    stage.press("5");
    assert_eq!(names(&stage, ListId::Groups).join(" "), "d c b a", "by harm");
    for (letter, expected) in table {
        stage.press("s");
        stage.press(letter);
        assert_eq!(names(&stage, ListId::Groups).join(" "), expected, "{letter}");
    }
    stage.press("1");
    assert_eq!(
        names(&stage, ListId::WorstGroups).join(" "),
        "d c b a",
        "the overview keeps its own order"
    );
}

#[test]
fn topics_stand_by_harm_then_by_name() {
    let stage = Stage::new(four());
    assert_eq!(
        names(&stage, ListId::Topics),
        ["messages", "dlq", "file_merge_requests", "__consumer_offsets"]
    );
}

#[test]
fn a_partition_without_a_spare_replica_by_configuration_is_not_at_risk() {
    let mut bulletin = fixture::healthy();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let topic = Arc::make_mut(snapshot.topics.get_mut(&Name::from("dlq")).unwrap());
    for partition in &mut topic.partitions {
        let view = Arc::make_mut(&mut partition.view);
        view.replicas.truncate(1);
        view.isr.truncate(1);
    }
    fixture::judged(&mut bulletin);
    assert_eq!(bulletin.health.survey.tallies.thin, 3);
    let mut stage = Stage::new(bulletin);
    assert!(stage.screen.lists.at_risk.is_empty());
    stage.press("4 a");
    assert!(stage.screen.lists.rows(ListId::Partitions).is_empty());
    stage.press("a s t G");
    assert!(stage.frame(120, 40).contains("messages"));
    stage.press("g");
    assert!(!stage.frame(120, 40).contains("one loss away"));
}
