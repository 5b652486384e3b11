//! Scripted incidents: what is done to the cluster when, and all that is told of it.

use std::fmt::Write as _;
use std::time::Duration;

use kaftop::alert::Rules;
use kaftop::model::alert::Turn;
use kaftop::model::cluster::Mode::{self, Kraft, ZooKeeper};
use kaftop::sim::world::{
    Act, Behaviour, ClusterSpec, Controllers, GroupSpec, Node, RetentionSpec, TopicSpec,
};

use super::feed::Feed;

const ONE: Node = Node::Broker(1);
const TWO: Node = Node::Broker(2);
const THREE: Node = Node::Broker(3);

/// Three brokers, a topic with 24 partitions on three replicas with min ISR 2, and a group that follows.
fn small(mode: Mode) -> ClusterSpec {
    ClusterSpec {
        topics: vec![TopicSpec::named("orders", 24).at_rate(120.0)],
        groups: vec![GroupSpec::following("billing", &["orders"], 3)],
        ..ClusterSpec::bare(mode, 3)
    }
}

fn separate() -> ClusterSpec {
    ClusterSpec {
        controllers: Controllers::Separate { count: 3 },
        ..small(Kraft)
    }
}

fn group_that(behaviour: Behaviour, members: u32) -> ClusterSpec {
    ClusterSpec {
        groups: vec![GroupSpec::following("billing", &["orders"], members).behaving(behaviour, 10)],
        ..small(Kraft)
    }
}

/// A topic whose retention takes what a stalled group has not read.
fn short_retention() -> ClusterSpec {
    let mut spec = group_that(Behaviour::Stalled, 2);
    spec.topics[0].retention = RetentionSpec {
        records: None,
        time: Some(Duration::from_secs(120)),
    };
    spec
}

/// One topic more, whose partitions have one replica each.
fn with_single_copies() -> ClusterSpec {
    let mut spec = small(Kraft);
    spec.topics
        .push(TopicSpec::named("scratch", 3).replicated(1, 1).at_rate(3.0));
    spec
}

/// What is done, at which second.
type Script = Vec<(i64, Act)>;

struct Incident {
    name: &'static str,
    spec: ClusterSpec,
    script: Script,
    /// Its end, in seconds.
    until: i64,
}

fn incident(name: &'static str, spec: ClusterSpec, script: Script, until: i64) -> Incident {
    Incident {
        name,
        spec,
        script,
        until,
    }
}

fn slow(factor: f64) -> Act {
    Act::Slow { broker: 3, factor }
}

fn rolling() -> Script {
    let mut script = Vec::new();
    for (place, node) in (0..).zip([ONE, TWO, THREE]) {
        script.push((60 + place * 120, Act::Stop(node)));
        script.push((60 + place * 120 + 40, Act::Start(node)));
    }
    script
}

#[expect(clippy::too_many_lines, reason = "one table of all incidents")]
fn incidents() -> Vec<Incident> {
    let keeper = Node::ZooKeeper;
    let controller = Node::Controller;
    let hide_all = || [ONE, TWO, THREE].map(|node| (120, Act::Hide(node)));
    vec![
        incident("quiet, on KRaft", small(Kraft), vec![], 900),
        incident("quiet, with ZooKeeper", small(ZooKeeper), vec![], 900),
        incident(
            "a broker crashes, and is back after 5 minutes",
            small(Kraft),
            vec![(10, Act::Kill(ONE)), (310, Act::Start(ONE))],
            900,
        ),
        incident(
            "the same with ZooKeeper, for 20 minutes",
            small(ZooKeeper),
            vec![(10, Act::Kill(ONE)), (1_210, Act::Start(ONE))],
            1_800,
        ),
        incident(
            "a broker is restarted in order",
            small(Kraft),
            vec![(10, Act::Stop(ONE)), (50, Act::Start(ONE))],
            900,
        ),
        incident("a rolling restart", small(Kraft), rolling(), 1_200),
        incident(
            "a broker hangs, on KRaft",
            small(Kraft),
            vec![(10, Act::Pause(ONE)), (200, Act::Resume(ONE))],
            900,
        ),
        incident(
            "a broker hangs, with ZooKeeper",
            small(ZooKeeper),
            vec![(10, Act::Pause(ONE)), (200, Act::Resume(ONE))],
            900,
        ),
        incident(
            "two of three KRaft nodes die",
            small(Kraft),
            vec![
                (10, Act::Kill(ONE)),
                (10, Act::Kill(TWO)),
                (310, Act::Start(ONE)),
                (310, Act::Start(TWO)),
            ],
            900,
        ),
        incident(
            "two of three brokers die, with ZooKeeper",
            small(ZooKeeper),
            vec![
                (10, Act::Kill(ONE)),
                (100, Act::Kill(TWO)),
                (310, Act::Start(ONE)),
                (310, Act::Start(TWO)),
            ],
            900,
        ),
        incident(
            "all brokers die, with ZooKeeper",
            small(ZooKeeper),
            vec![
                (10, Act::Kill(ONE)),
                (10, Act::Kill(TWO)),
                (10, Act::Kill(THREE)),
                (200, Act::Start(ONE)),
                (200, Act::Start(TWO)),
                (200, Act::Start(THREE)),
            ],
            900,
        ),
        incident(
            "one of three controllers dies",
            separate(),
            vec![
                (10, Act::Kill(controller(3001))),
                (400, Act::Start(controller(3001))),
            ],
            900,
        ),
        incident(
            "two of three controllers die",
            separate(),
            vec![
                (10, Act::Kill(controller(3001))),
                (10, Act::Kill(controller(3002))),
                (200, Act::Start(controller(3001))),
                (200, Act::Start(controller(3002))),
            ],
            900,
        ),
        incident(
            "one of three ZooKeepers dies",
            small(ZooKeeper),
            vec![(10, Act::Kill(keeper(1))), (400, Act::Start(keeper(1)))],
            900,
        ),
        incident(
            "two of three ZooKeepers die",
            small(ZooKeeper),
            vec![
                (10, Act::Kill(keeper(1))),
                (10, Act::Kill(keeper(2))),
                (200, Act::Start(keeper(1))),
                (200, Act::Start(keeper(2))),
            ],
            900,
        ),
        incident(
            "a broker is cut off from its peers",
            small(Kraft),
            vec![(10, Act::Cut(ONE)), (200, Act::Heal(ONE))],
            900,
        ),
        incident(
            "a broker cannot be reached from here",
            small(Kraft),
            vec![(10, Act::Hide(ONE)), (200, Act::Show(ONE))],
            900,
        ),
        incident(
            "a broker is down, then the network of kaftop is cut for 10 minutes",
            small(Kraft),
            [(10, Act::Kill(ONE))]
                .into_iter()
                .chain(hide_all())
                .chain([
                    (720, Act::Show(ONE)),
                    (720, Act::Show(TWO)),
                    (720, Act::Show(THREE)),
                ])
                .chain([(800, Act::Start(ONE))])
                .collect(),
            1_400,
        ),
        incident(
            "a slow replica falls out and comes back again and again",
            small(Kraft),
            vec![(10, slow(0.3)), (1_500, slow(1.0))],
            2_400,
        ),
        incident(
            "a broker with the only copies of some partitions dies",
            with_single_copies(),
            vec![(10, Act::Kill(ONE)), (200, Act::Start(ONE))],
            900,
        ),
        incident(
            "a group stops",
            small(Kraft),
            vec![
                (
                    60,
                    Act::Behave {
                        group: "billing".to_owned(),
                        behaviour: Behaviour::Stalled,
                    },
                ),
                (
                    700,
                    Act::Behave {
                        group: "billing".to_owned(),
                        behaviour: Behaviour::Steady,
                    },
                ),
            ],
            1_200,
        ),
        incident(
            "a group is too slow",
            group_that(Behaviour::Slow { share: 0.9 }, 2),
            vec![(
                1_500,
                Act::Behave {
                    group: "billing".to_owned(),
                    behaviour: Behaviour::Steady,
                },
            )],
            2_000,
        ),
        incident(
            "a group that comes in bursts is no news",
            group_that(
                Behaviour::Bursty {
                    every: Duration::from_secs(20),
                },
                2,
            ),
            vec![],
            1_800,
        ),
        incident(
            "a group without members falls behind",
            group_that(Behaviour::Empty, 0),
            vec![],
            1_500,
        ),
        incident(
            "retention takes what a group has not read",
            short_retention(),
            vec![],
            900,
        ),
    ]
}

/// What is told of one incident, a line each.
fn told(incident: &Incident) -> String {
    let mut feed = Feed::new(&incident.spec, &Rules::built_in());
    for (second, act) in &incident.script {
        feed.to(*second);
        feed.act(act);
    }
    feed.to(incident.until);
    let mut text = format!("{}\n", incident.name);
    for (second, act) in &incident.script {
        let _ = writeln!(text, "    {second:>5} s  {}", short(act));
    }
    for (second, transition) in &feed.told {
        let (turn, alert) = (transition.turn, &transition.alert);
        let _ = writeln!(text, "  {second:>5} s  {} {}", turn.word(), alert.key);
        if turn != Turn::Resolved {
            let _ = writeln!(text, "           {}", alert.words.summary);
        }
        for line in &transition.inside {
            let _ = writeln!(text, "           - {line}");
        }
    }
    for alert in &feed.last.alerts.firing {
        let _ = writeln!(text, "  at the end fires {}", alert.key);
    }
    assert_eq!(
        *feed.last.alerts.broken,
        [],
        "every rule could be evaluated throughout"
    );
    text
}

fn short(act: &Act) -> String {
    let text = format!("{act:?}");
    text.chars().take(60).collect()
}

/// Each alert at its time, and none else: the file was read line by line against what was done.
#[test]
fn each_incident_is_told_as_it_should_be() {
    let texts: Vec<String> = incidents().iter().map(told).collect();
    insta::assert_snapshot!("incidents", texts.join("\n"));
}

#[test]
fn a_stopped_broker_with_200_partitions_is_told_once_and_its_end_once() {
    for mode in [Kraft, ZooKeeper] {
        let spec = ClusterSpec::sized(mode, 3, 200, 0);
        let mut feed = Feed::new(&spec, &Rules::built_in());
        feed.to(20);
        feed.act(&Act::Stop(ONE));
        feed.to(600);
        feed.act(&Act::Start(ONE));
        feed.to(1_000);
        let turns: Vec<String> = feed
            .told
            .iter()
            .map(|(_, transition)| format!("{} {}", transition.turn.word(), transition.alert.key))
            .collect();
        assert_eq!(
            turns,
            [
                "firing KafkaBrokerOffline broker:1",
                "resolved KafkaBrokerOffline broker:1"
            ],
            "{mode:?}"
        );
        let at = feed.told[0].0;
        assert!((80..=86).contains(&at), "{at}");
    }
}

/// Whatever happens while kaftop sees nothing: no alert is said to be over.
#[test]
fn a_blind_kaftop_resolves_nothing() {
    for mode in [Kraft, ZooKeeper] {
        let mut feed = Feed::new(&small(mode), &Rules::built_in());
        feed.to(10);
        feed.act(&Act::Kill(ONE));
        feed.to(100);
        let before = feed.told.len();
        assert!(before >= 1);
        for node in feed.world.nodes() {
            if !matches!(node, Node::Controller(_)) {
                feed.act(&Act::Hide(node));
            }
        }
        feed.act(&Act::Start(ONE));
        feed.to(1_900);
        let over = feed.told[before..]
            .iter()
            .filter(|(_, transition)| transition.turn == Turn::Resolved);
        assert_eq!(over.count(), 0, "{mode:?}");
        let blind = feed.told[before..]
            .iter()
            .any(|(_, transition)| transition.alert.key.rule.raw() == "KaftopBlind");
        assert!(blind, "{mode:?}");
    }
}
