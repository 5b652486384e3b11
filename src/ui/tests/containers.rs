//! Containers on the screen: a column, the engine in the header, and the evidence on request.

use std::sync::Arc;

use super::Stage;
use crate::health::{Bulletin, derive};
use crate::model::container::{ContainerState, Flow, NodeSettings, Usage};
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::{EngineReport, Evidence, Fleet, Hosted, Match, Node, Vantage};
use crate::model::ids::BrokerId;
use crate::model::reading::Reading;
use crate::model::time::At;
use crate::store::testbed_engine;
use crate::ui::fixture;
use crate::ui::screen::ListId;

pub(super) use testbed_engine::id;

fn ago(seconds: i64) -> At {
    At(fixture::NOW.0 - seconds * 1000)
}

fn hosted(number: i32, state: ContainerState) -> Hosted {
    let mut container = testbed_engine::container(number, state, Some(ago(70)));
    container.name = format!("cut-\u{1b}kafka-{number}").as_str().into();
    container.life.started = Some(ago(7200));
    container.life.restarts = 2;
    container.life.oom_killed = state.is_stopped();
    container.make.settings = NodeSettings::default();
    let usage = Usage {
        cpus: Some(0.07),
        memory: Some(331 << 20),
        memory_limit: Some(1 << 30),
        network: Flow {
            inward: Some(2048.0),
            outward: Some(4096.0),
        },
        disk: Flow::default(),
    };
    Hosted {
        container: Reading::fresh(Arc::new(container), fixture::NOW),
        usage: if state.is_stopped() {
            Reading::default()
        } else {
            Reading::fresh(usage, fixture::NOW)
        },
        seen: fixture::NOW,
        last_words: None,
        starved: None,
    }
}

/// A healthy cluster whose brokers 1 and 2 have containers; for broker 3 there are two.
pub(super) fn bulletin() -> Bulletin {
    let mut bulletin = fixture::healthy();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let mut fleet = Fleet {
        engine: Some(Reading::fresh(
            EngineReport {
                address: "unix:///var/run/docker.sock".into(),
                why: "the default socket".into(),
                version: "Docker Engine 20.10.24, API 1.41".into(),
                vantage: Vantage::Here { names: vec![] },
            },
            fixture::NOW,
        )),
        ..Fleet::default()
    };
    for (number, state) in [
        (1, ContainerState::Running),
        (2, ContainerState::Exited { code: Some(137) }),
        (3, ContainerState::Running),
        (4, ContainerState::Running),
    ] {
        fleet.containers.insert(id(number), hosted(number, state));
    }
    let broker = |number| Node::Broker(BrokerId(number));
    fleet.matches.insert(
        broker(1),
        Match::One(id(1), vec![Evidence::HoldsPort(9092), Evidence::NodeId]),
    );
    fleet
        .matches
        .insert(broker(2), Match::One(id(2), vec![Evidence::NodeId]));
    fleet.matches.insert(
        broker(3),
        Match::Several(vec![(id(3), vec![]), (id(4), vec![Evidence::NodeId])]),
    );
    snapshot.fleet = Arc::new(fleet);
    bulletin.health = Arc::new(derive(&bulletin.snapshot, None));
    bulletin
}

fn holds(frame: &str, words: &[&str]) {
    for word in words {
        assert!(frame.contains(word), "{word:?} is not in:\n{frame}");
    }
    assert!(!frame.contains('\u{1b}'), "an escape reached the screen");
}

#[test]
fn a_brokers_container_stands_in_its_row_and_leaves_first() {
    let mut stage = Stage::new(bulletin());
    let frame = stage.frame(180, 40);
    holds(
        &frame,
        &[
            "CONTAINER",
            "running 2h, 2 restarts 7% 331",
            "exited 137 1m10s out of memory",
            "? 2 fit",
            "docker",
        ],
    );
    assert!(!stage.frame(80, 24).contains("CONTAINER"));
    let mut without = Stage::new(fixture::healthy());
    assert!(!without.frame(180, 40).contains("CONTAINER"));
}

#[test]
fn what_a_container_uses_stands_in_the_rows_of_the_page_and_can_be_sorted_and_filtered_by() {
    let mut stage = Stage::new(bulletin());
    stage.press("2");
    let frame = stage.frame(300, 40);
    holds(&frame, &["CPU", "331M/1.0G", "NET I/O", "2.0K/4.0K", "DISK I/O"]);
    // Where room is short, traffic leaves first.
    let narrow = stage.frame(130, 40);
    assert!(!narrow.contains("NET I/O"), "{narrow}");
    stage.press("/ m e m > 3 0 0 M enter");
    assert_eq!(
        stage.screen.lists.hidden(ListId::AllBrokers),
        2,
        "one has ended, one is not settled"
    );
}

#[test]
fn the_evidence_is_shown_on_request() {
    let mut stage = Stage::new(bulletin());
    stage.press("i");
    let frame = stage.frame(180, 50);
    holds(
        &frame,
        &[
            "Docker Engine 20.10.24, API 1.41 at unix:///var/run/docker.sock: the default socket",
            "broker 1: cut-\\u{1b}kafka-1 running 2h, 2 restarts by the engine",
            "0.07 CPUs, memory 331",
            "it publishes the advertised port 9092; its settings have the id",
            "broker 3 may be any of the containers",
        ],
    );
}

#[test]
fn an_engine_that_is_lost_or_absent_is_told_in_the_header() {
    for (has_answered, words) in [(true, "docker lost"), (false, "no docker")] {
        let mut bulletin = bulletin();
        let snapshot = Arc::make_mut(&mut bulletin.snapshot);
        let fleet = Arc::make_mut(&mut snapshot.fleet);
        if !has_answered {
            *fleet = Fleet {
                engine: Some(Reading::default()),
                ..Fleet::default()
            };
        }
        let engine = fleet.engine.as_mut().unwrap();
        engine.fail(
            Failure::new(FailureKind::Refused, "there is no socket"),
            fixture::NOW,
        );
        let mut stage = Stage::new(bulletin);
        holds(&stage.frame(180, 40), &[words]);
    }
}

#[test]
fn a_zookeeper_that_is_lost_tells_its_age_once_and_one_that_never_told_has_no_unit() {
    let mut bulletin = bulletin();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let refused = || Failure::new(FailureKind::Refused, "refused");
    snapshot.ensemble.members[0].report.fail(refused(), fixture::NOW);
    snapshot.ensemble.members[1].report = Reading::default();
    snapshot.ensemble.members[1].report.fail(refused(), fixture::NOW);
    let mut stage = Stage::new(bulletin);
    stage.press("6");
    let frame = stage.frame(120, 40);
    assert!(!frame.contains("?ms"), "{frame}");
    // In the row and in the detail, each once.
    let marks = frame.matches('✖').count();
    assert_eq!(marks, 3, "{frame}");
}
