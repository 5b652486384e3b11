//! The eye against a simulated cluster. Its clock moves only where a test says so.

use super::{EyeOptions, OneShot, record_time, watch};
use crate::model::failure::FailureKind;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact, Observation};
use crate::model::time::At;
use crate::sim::testbed::Testbed;
use crate::sim::world::{Act, Node};
use crate::source::clock::Clock;
use crate::source::council::{Ensemble, ensemble};
use crate::wire::{Address, Api};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Long enough for anything that does happen.
const PATIENT: Duration = Duration::from_secs(20);

fn options(bootstrap: Vec<Address>, refresh: Duration) -> EyeOptions {
    EyeOptions {
        bootstrap,
        overrides: BTreeMap::new(),
        client_id: "kaftop".to_owned(),
        refresh,
        ensemble: ensemble(0).1,
        clock: Clock::start(),
    }
}

/// The kind of a fact in one word.
fn word(fact: &Fact) -> String {
    match fact {
        Fact::Connecting { .. } => "connecting".to_owned(),
        Fact::Answered { .. } => "answered".to_owned(),
        Fact::Lost { why, .. } => format!("lost {}", why.kind.word()),
        Fact::Paced(_) => "paced".to_owned(),
        Fact::TopicSettings(_) => "topic settings".to_owned(),
        Fact::AllGroups => "all groups".to_owned(),
        Fact::Versions(_) => "versions".to_owned(),
        Fact::Metadata(_) | Fact::SameMetadata => "metadata".to_owned(),
        Fact::Fencing(_) => "fencing".to_owned(),
        Fact::Quorum(_) => "quorum".to_owned(),
        Fact::MinIsr(_) => "min isr".to_owned(),
        Fact::EndOffsets(_) => "ends".to_owned(),
        Fact::StartOffsets(_) => "starts".to_owned(),
        Fact::Groups(_) => "groups".to_owned(),
        Fact::LogDirs(..) => "log dirs".to_owned(),
        Fact::Reassignments(_) => "reassignments".to_owned(),
        Fact::Eligible(_) => "eligible".to_owned(),
        Fact::Member(_) => "member".to_owned(),
        Fact::Engine(_) => "engine".to_owned(),
        Fact::Failed(ask, why) => format!("{ask:?} failed {}", why.kind.word()),
    }
}

fn of(observations: &[Observation], id: i32) -> BTreeSet<String> {
    let origin = Origin::Broker(BrokerId(id));
    let own = observations
        .iter()
        .filter(|observation| observation.from == origin);
    own.map(|observation| word(&observation.fact)).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const EVERYTHING: [&str; 10] = [
    "versions",
    "answered",
    "metadata",
    "fencing",
    "all groups",
    "groups",
    "ends",
    "starts",
    "log dirs",
    "quorum",
];

#[tokio::test]
async fn one_reading_reads_everything_with_few_requests() {
    let cluster = Testbed::start(3).await;
    let options = options(cluster.addresses(), Duration::from_secs(1));
    let (mut shot, observations) = OneShot::collect(&options, PATIENT).await;
    let mut all = BTreeSet::new();
    for id in 1..=3 {
        let words = of(&observations, id);
        assert!(words.is_superset(&set(&EVERYTHING)), "broker {id}: {words:?}");
        all.extend(words);
    }
    all.retain(|word| !EVERYTHING.contains(&word.as_str()));
    assert_eq!(
        all,
        set(&["min isr", "topic settings", "eligible", "reassignments"]),
        "what one answers for all, and no failure"
    );
    // The bootstrap connections went over to the brokers: one connection each, and one each for the controller.
    assert_eq!(cluster.asked_of_all(Api::ApiVersions), 6);
    assert_eq!(cluster.asked_of_all(Api::DescribeConfigs), 1);
    let all: u64 = Api::ALL.iter().map(|api| cluster.asked_of_all(*api)).sum();
    assert!(all <= 40, "{all} requests");

    let again = shot.again(PATIENT).await;
    for id in 1..=3 {
        assert_eq!(of(&again, id), set(&["metadata", "fencing"]));
    }
}

#[tokio::test]
async fn the_ends_of_logs_are_asked_for_after_all_commits_are_known() {
    let cluster = Testbed::start(3).await;
    let options = options(cluster.addresses(), Duration::from_secs(1));
    let (_, observations) = OneShot::collect(&options, PATIENT).await;
    let commits = observations
        .iter()
        .filter(|observation| matches!(observation.fact, Fact::Groups(_)));
    let ends = observations
        .iter()
        .filter(|observation| matches!(observation.fact, Fact::EndOffsets(_)));
    let known = commits.map(|observation| observation.at).max().unwrap();
    assert!(ends.map(|observation| observation.asked).min().unwrap() >= known);
}

#[tokio::test]
async fn one_reading_of_a_cluster_with_a_mute_broker_names_it_and_has_the_rest() {
    let cluster = Testbed::start(3).await;
    cluster.pause(2);
    // It no longer reaches the controller, and goes on answering clients.
    cluster.act(&Act::Cut(Node::Broker(3)));
    let options = options(cluster.addresses(), Duration::from_secs(1));
    let limit = Duration::from_millis(900);
    let began = tokio::time::Instant::now();
    let (_, observations) = OneShot::collect(&options, limit).await;
    assert!(
        began.elapsed() <= limit + Duration::from_millis(200),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(of(&observations, 2), set(&["lost timeout"]));
    assert!(of(&observations, 1).is_superset(&set(&EVERYTHING)));
    let third = of(&observations, 3);
    assert!(
        third.contains("Quorum failed timeout") && third.contains("ends"),
        "{third:?}"
    );
}

#[tokio::test]
async fn one_reading_of_nobody_says_who_did_not_answer() {
    let cluster = Testbed::start(1).await;
    cluster.kill(1);
    let options = options(cluster.addresses(), Duration::from_secs(1));
    let (mut shot, observations) = OneShot::collect(&options, PATIENT).await;
    let words: Vec<_> = observations
        .iter()
        .map(|observation| word(&observation.fact))
        .collect();
    assert_eq!(words, ["connecting", "lost refused"]);
    assert!(shot.again(PATIENT).await.is_empty());
}

/// A watched cluster, and everything that was learnt so far.
struct Watched {
    incoming: mpsc::Receiver<Observation>,
    _task: tokio::task::JoinHandle<()>,
}

impl Watched {
    fn start(options: EyeOptions) -> Self {
        let (queue, incoming) = mpsc::channel(64);
        let task = tokio::spawn(watch(options, queue));
        Self {
            incoming,
            _task: task,
        }
    }

    /// Takes observations until one fits.
    async fn until(&mut self, what: &str, fits: impl Fn(&Observation) -> bool) -> Observation {
        let wait = async {
            loop {
                let observation = self.incoming.recv().await.expect("the eye ended");
                if fits(&observation) {
                    return observation;
                }
            }
        };
        timeout(PATIENT, wait)
            .await
            .unwrap_or_else(|_| panic!("never came: {what}"))
    }

    async fn word(&mut self, id: i32, expected: &str) -> Observation {
        let origin = Origin::Broker(BrokerId(id));
        self.until(&format!("broker {id}: {expected}"), |observation| {
            observation.from == origin && word(&observation.fact) == expected
        })
        .await
    }
}

const QUICK: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_broker_that_dies_is_lost_and_comes_back() {
    let cluster = Testbed::start(3).await;
    let mut watched = Watched::start(options(cluster.addresses(), QUICK));
    for id in [2, 3] {
        watched.word(id, "answered").await;
    }
    cluster.kill(3);
    let lost = watched.word(3, "lost reset").await;
    assert!(matches!(
        lost.fact,
        Fact::Lost {
            retry_at: Some(_),
            ..
        }
    ));
    watched.word(1, "ends").await;
    cluster.revive(3);
    watched.word(3, "connecting").await;
    watched.word(3, "answered").await;
    watched.word(3, "ends").await;
}

#[tokio::test]
async fn a_mute_broker_is_lost_and_its_scribe_role_goes_to_another() {
    let cluster = Testbed::start(2).await;
    let first = cluster.addresses()[0].clone();
    let mut watched = Watched::start(options(vec![first], QUICK));
    let scribe = watched
        .until("a scribe", |observation| {
            matches!(observation.fact, Fact::MinIsr(_))
        })
        .await;
    let Origin::Broker(BrokerId(scribe)) = scribe.from else {
        panic!("{:?}", scribe.from);
    };
    cluster.pause(scribe);
    watched.word(scribe, "lost timeout").await;
    watched.word(3 - scribe, "min isr").await;
}

#[tokio::test]
async fn without_a_controller_only_the_quorum_fails() {
    let cluster = Testbed::start(1).await;
    let mut watched = Watched::start(options(cluster.addresses(), QUICK));
    watched.word(1, "quorum").await;
    cluster.kill_controller();
    let failed = watched
        .until("a failed read of the quorum", |observation| {
            assert!(
                !matches!(observation.fact, Fact::Lost { .. }),
                "{:?}",
                observation.fact
            );
            matches!(observation.fact, Fact::Failed(Ask::Quorum, _))
        })
        .await;
    let Fact::Failed(_, why) = failed.fact else {
        panic!("{:?}", failed.fact);
    };
    assert_eq!(why.kind, FailureKind::Timeout);
    watched.word(1, "metadata").await;
    watched.word(1, "ends").await;
}

#[tokio::test]
async fn when_all_are_lost_the_bootstrap_addresses_are_asked_again() {
    let cluster = Testbed::start(1).await;
    let mut watched = Watched::start(options(cluster.addresses(), QUICK));
    watched.word(1, "ends").await;
    cluster.kill(1);
    watched.word(1, "lost reset").await;
    watched
        .until("the bootstrap address", |observation| {
            matches!(observation.from, Origin::Bootstrap(_)) && word(&observation.fact) == "connecting"
        })
        .await;
    cluster.revive(1);
    watched.word(1, "answered").await;
}

#[tokio::test]
async fn an_override_takes_the_place_of_the_advertised_address() {
    let cluster = Testbed::start(2).await;
    let addresses = cluster.addresses();
    let mut options = options(vec![addresses[0].clone()], QUICK);
    // Broker 2 is looked for where broker 1 listens.
    options.overrides.insert(2, addresses[0].clone());
    let mut watched = Watched::start(options);
    watched.word(2, "ends").await;
    assert_eq!(cluster.all_asked(), [1]);
}

#[tokio::test]
async fn the_time_of_a_record_is_known_or_not_or_says_why() {
    let cluster = Testbed::start(1).await;
    let options = options(cluster.addresses(), QUICK);
    let partition = PartitionId {
        topic: "orders".into(),
        partition: 0,
    };
    let leader = &options.bootstrap[0];
    let written = cluster.hold(1, 5_000);
    let time = async |offset, limit| record_time(&options, leader, (&partition, None), offset, limit).await;
    assert_eq!(time(written, PATIENT).await, Ok(Some(At(5_000))));
    // The log ends there.
    assert_eq!(time(written + 1, PATIENT).await, Ok(None));
    assert_eq!(cluster.asked(1, Api::Fetch), 2);
    cluster.pause(1);
    let silent = time(written, QUICK).await.unwrap_err();
    assert_eq!(silent.kind, FailureKind::Timeout);
}

/// The min ISR of a topic that carries a setting of its own; the default of three brokers is 2.
const OWN_MIN_ISR: (&str, i32) = ("orders", 1);

#[tokio::test]
async fn on_zookeeper_topics_settings_are_asked_for_only_while_the_ensemble_serves() {
    for (members, word, is_asked) in [
        (0, Ensemble::NotWatched, false),
        (3, Ensemble::Lost, false),
        (3, Ensemble::NotRead, false),
        (3, Ensemble::Serves, true),
    ] {
        let cluster = Testbed::start_on_zookeeper(3).await;
        let (sender, receiver) = ensemble(members);
        sender.send_replace(word);
        let options = EyeOptions {
            ensemble: receiver,
            ..options(cluster.addresses(), Duration::from_secs(1))
        };
        let (_, observations) = OneShot::collect(&options, PATIENT).await;
        // The one question was either for the topics' own settings or for the broker's.
        assert_eq!(cluster.asked_of_all(Api::DescribeConfigs), 1, "{word:?}");
        assert_eq!(own_min_isr(&observations), Some(is_asked), "{word:?}");
        let told = |ask: Ask| {
            observations
                .iter()
                .any(|told| matches!(&told.fact, Fact::Failed(failed, _) if *failed == ask))
        };
        assert_eq!(
            told(Ask::TopicSettings),
            !is_asked,
            "{word:?}: that they are not asked for is told"
        );
    }
}

/// Whether the topic's own setting was read; none where nothing of it was.
fn own_min_isr(observations: &[Observation]) -> Option<bool> {
    observations.iter().find_map(|told| {
        let Fact::MinIsr(read) = &told.fact else {
            return None;
        };
        let (topic, own) = OWN_MIN_ISR;
        Some(read.get(topic)?.as_ref().ok() == Some(&own))
    })
}

#[tokio::test]
async fn watching_on_zookeeper_asks_for_topics_settings_once_the_ensemble_serves() {
    let cluster = Testbed::start_on_zookeeper(3).await;
    let (sender, receiver) = ensemble(3);
    sender.send_replace(Ensemble::Lost);
    let options = EyeOptions {
        ensemble: receiver,
        ..options(cluster.addresses(), Duration::from_millis(20))
    };
    let mut watched = Watched::start(options);
    for _ in 0..3 {
        watched
            .until("that they are not asked for", |told| {
                assert_ne!(own_min_isr(std::slice::from_ref(told)), Some(true));
                matches!(told.fact, Fact::Failed(Ask::TopicSettings, _))
            })
            .await;
    }
    sender.send_replace(Ensemble::Serves);
    watched
        .until("the topics' own settings", |told| {
            own_min_isr(std::slice::from_ref(told)) == Some(true)
        })
        .await;
}

#[tokio::test]
async fn a_disk_that_hangs_costs_one_reading_nothing_but_the_log_directories() {
    let cluster = Testbed::start(3).await;
    cluster.act(&Act::HangDisk(Node::Broker(2)));
    let options = options(cluster.addresses(), Duration::from_secs(1));
    let (_, observations) = OneShot::collect(&options, PATIENT).await;
    let well = set(&EVERYTHING);
    for id in [1, 3] {
        assert!(of(&observations, id).is_superset(&well), "broker {id}");
    }
    let mut second = of(&observations, 2);
    assert!(second.remove("LogDirs failed timeout"), "{second:?}");
    let failed = |word: &String| word.contains("failed") || word.contains("lost");
    assert!(!second.iter().any(failed), "{second:?}");
    second.insert("log dirs".to_owned());
    assert!(second.is_superset(&well), "{second:?}");
}

#[tokio::test]
async fn a_disk_that_hangs_while_watching_costs_nothing_but_the_log_directories() {
    let cluster = Testbed::start(2).await;
    let mut watched = Watched::start(options(cluster.addresses(), QUICK));
    cluster.act(&Act::HangDisk(Node::Broker(2)));
    watched.word(2, "LogDirs failed timeout").await;
    for word in ["metadata", "groups", "ends"] {
        watched.word(2, word).await;
    }
}
