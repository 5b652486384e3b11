//! Containers on a real engine: which one runs which node, what it does, and that its end is seen before Kafka notices.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use kaftop::app::{self, Target};
use kaftop::engine::{Deadlines, Surroundings};
use kaftop::health::Bulletin;
use kaftop::model::broker::BrokerState;
use kaftop::model::container::{Container, ContainerState};
use kaftop::model::fleet::{Evidence, Match, Node};
use kaftop::model::ids::BrokerId;
use kaftop::model::time::{At, Since};
use kaftop::source::clock::Clock;
use kaftop::source::council::ensemble;
use kaftop::source::docker::EngineOptions;
use kaftop::source::kafka::EyeOptions;
use kaftop::wire::Address;

use crate::kit::rig::{Cluster, Layout, kafka, zookeeper};
use crate::kit::{Checked, ensure};

/// Longer than anything here takes; only a test that fails waits for it.
const WITHIN: Duration = Duration::from_secs(60);

/// Every bulletin of a watch that looks at the engine too.
struct Watch {
    bulletins: Receiver<Bulletin>,
}

impl Watch {
    fn of(cluster: &Cluster) -> Self {
        let target = target(cluster);
        let (sender, bulletins) = sync_channel(10_000);
        thread::spawn(move || {
            let see = move |bulletin: &Bulletin| match sender.send(bulletin.clone()) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            };
            app::observe(target, see).unwrap();
        });
        Self { bulletins }
    }

    /// The first bulletin, of those from now on, that holds what is expected.
    fn until(&self, what: &str, check: impl Fn(&Bulletin) -> Checked) -> Bulletin {
        let started = Instant::now();
        let mut last = String::from("no bulletin came");
        while started.elapsed() < WITHIN {
            let Ok(bulletin) = self.bulletins.recv_timeout(Duration::from_secs(5)) else {
                continue;
            };
            match check(&bulletin) {
                Ok(()) => {
                    println!("  {what} after {:.1?}", started.elapsed());
                    return bulletin;
                }
                Err(why) => last = why,
            }
        }
        panic!("{what}: {last}")
    }

    /// Forgets the bulletins that came so far.
    fn skip(&self) {
        while self.bulletins.try_recv().is_ok() {}
    }
}

fn target(cluster: &Cluster) -> Target {
    let addresses = |texts: Vec<String>| -> Vec<Address> {
        let address = |text: &String| {
            let (host, port) = text.rsplit_once(':').unwrap();
            Address::new(host, port.parse().unwrap()).unwrap()
        };
        texts.iter().map(address).collect()
    };
    let zookeeper = addresses(cluster.zookeeper());
    let (word, ensemble) = ensemble(zookeeper.len());
    let clock = Clock::start();
    Target {
        eye: EyeOptions {
            bootstrap: addresses(cluster.bootstrap()),
            overrides: BTreeMap::new(),
            client_id: "kaftop".to_owned(),
            refresh: Duration::from_secs(1),
            ensemble,
            clock,
        },
        zookeeper,
        engine: Some(EngineOptions {
            asked: None,
            surroundings: Surroundings::of_this_process(),
            deadlines: Deadlines::default(),
            clock,
        }),
        containers: BTreeMap::new(),
        alerting: app::Alerting::default(),
        telling: None,
        ensemble: word,
    }
}

fn broker(id: i32) -> Node {
    Node::Broker(BrokerId(id))
}

/// The container of a node, by the name that the rig gave it.
fn runs<'a>(bulletin: &'a Bulletin, node: &Node, name: &str) -> Result<&'a Container, String> {
    let fleet = &bulletin.snapshot.fleet;
    let hosted = fleet
        .of(node)
        .ok_or_else(|| fleet.why_none(node).unwrap_or_default())?;
    let container = hosted.container.value().ok_or("not inspected")?;
    ensure!(
        container.name.raw().ends_with(name),
        "{node} is run by {}",
        container.name
    );
    Ok(container)
}

fn evidence<'a>(bulletin: &'a Bulletin, node: &Node) -> &'a [Evidence] {
    match bulletin.snapshot.fleet.matches.get(node) {
        Some(Match::One(_, evidence)) => evidence,
        other => panic!("{node}: {other:?}"),
    }
}

/// When a container's process ended, by Docker's own tool.
fn finished_at(container: &Container) -> At {
    let output = Command::new("docker")
        .args(["inspect", "-f", "{{.State.FinishedAt}}", container.id.raw()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let at: jiff::Timestamp = text.trim().parse().unwrap();
    At(at.as_millisecond())
}

fn all_up(bulletin: &Bulletin, brokers: i32) -> Checked {
    for id in 1..=brokers {
        let state = bulletin
            .snapshot
            .broker(BrokerId(id))
            .and_then(|broker| broker.state);
        ensure!(state == Some(BrokerState::Up), "broker {id} is {state:?}");
        let container = runs(bulletin, &broker(id), &kafka(id))?;
        ensure!(
            container.life.state == ContainerState::Running,
            "{}",
            container.life.state
        );
    }
    Ok(())
}

/// Ends a broker's container by `verb`, and looks that it is down by its container's word while the cluster lists it.
fn prove_an_end(cluster: &Cluster, watch: &Watch, verb: &str, id: i32, code: i64) {
    watch.skip();
    cluster.docker(verb, &[kafka(id)]);
    let seen = watch.until("down by its container's word", |bulletin| {
        let container = runs(bulletin, &broker(id), &kafka(id))?;
        ensure!(
            container.life.state == ContainerState::Exited { code: Some(code) },
            "{}",
            container.life.state
        );
        let row = bulletin.snapshot.broker(BrokerId(id)).ok_or("no broker")?;
        ensure!(row.state == Some(BrokerState::Down), "{:?}", row.state);
        Ok(())
    });
    let row = seen.snapshot.broker(BrokerId(id)).unwrap();
    if verb == "kill" {
        // Only its session's end, seconds later, tells Kafka.
        assert_eq!(row.listing.listed, Some(true), "the cluster dropped it first");
    }
    let container = runs(&seen, &broker(id), &kafka(id)).unwrap();
    let finished = finished_at(container);
    println!(
        "  {verb}: on screen {} ms after its process ended",
        seen.snapshot.now().0 - finished.0
    );
    let settled = watch.until("the container's own time", |bulletin| {
        let row = bulletin.snapshot.broker(BrokerId(id)).ok_or("no broker")?;
        ensure!(
            row.since == Since::Exactly(finished),
            "{:?} is not {finished:?}",
            row.since
        );
        Ok(())
    });
    let sentence = &settled.health.verdict.sentence;
    let expected = format!(
        "Broker {id} is down: container exited {code} at {}",
        finished.clock()
    );
    assert!(sentence.starts_with(&expected), "{sentence}");
    assert!(
        settled.health.verdict.next_step.contains(container.name.raw()),
        "{}",
        settled.health.verdict.next_step
    );
    let dropped = watch.until("the cluster drops it", |bulletin| {
        let row = bulletin.snapshot.broker(BrokerId(id)).ok_or("no broker")?;
        ensure!(row.listing.listed == Some(false), "still listed");
        Ok(())
    });
    assert_eq!(
        dropped.snapshot.broker(BrokerId(id)).unwrap().since,
        Since::Exactly(finished)
    );
    if verb == "kill" {
        assert!(dropped.seq > seen.seq, "Kafka noticed first");
    }
    cluster.docker("start", &[kafka(id)]);
    watch.until("all up again", |bulletin| all_up(bulletin, 3));
}

#[test]
fn containers_of_a_kraft_cluster_are_known_and_their_ends_seen_before_kafka_notices() {
    let cluster = Cluster::start(Layout::KraftCut, "4.1.2", Some("messages:6"));
    let watch = Watch::of(&cluster);
    let known = watch.until("every broker's container", |bulletin| {
        all_up(bulletin, 3)?;
        for id in 1..=3 {
            let hosted = bulletin
                .snapshot
                .fleet
                .of_broker(BrokerId(id))
                .ok_or("no container")?;
            let usage = hosted.usage.value().ok_or("no counters yet")?;
            ensure!(
                usage.cpus.is_some() && usage.network.inward.is_some(),
                "{usage:?}"
            );
            ensure!(usage.memory.is_some_and(|memory| memory > 50 << 20), "{usage:?}");
        }
        Ok(())
    });
    for id in 1..=3 {
        let found = evidence(&known, &broker(id));
        let port = cluster.address(id).rsplit_once(':').unwrap().1.parse().unwrap();
        for wanted in [
            Evidence::HoldsPort(port),
            Evidence::Advertises,
            Evidence::NodeId,
            Evidence::ClusterId,
        ] {
            assert!(found.contains(&wanted), "{found:?} lacks {wanted:?}");
        }
    }
    prove_an_end(&cluster, &watch, "kill", 2, 137);
    prove_an_end(&cluster, &watch, "stop", 1, 143);
    cluster.docker("pause", &[kafka(3)]);
    watch.until("a paused container", |bulletin| {
        let container = runs(bulletin, &broker(3), &kafka(3))?;
        ensure!(
            container.life.state == ContainerState::Paused,
            "{}",
            container.life.state
        );
        let state = bulletin
            .snapshot
            .broker(BrokerId(3))
            .and_then(|broker| broker.state);
        // It is no process that ended: that it does not answer is what the wire says.
        ensure!(state == Some(BrokerState::Unreachable), "{state:?}");
        Ok(())
    });
    cluster.docker("unpause", &[kafka(3)]);
    watch.until("all up again", |bulletin| all_up(bulletin, 3));
}

#[test]
fn containers_of_brokers_and_zookeepers_are_told_apart() {
    let cluster = Cluster::start(Layout::ZookeeperCut, "3.9.2", Some("messages:6"));
    let watch = Watch::of(&cluster);
    let member = |id: i32| {
        let address = cluster.zookeeper()[usize::try_from(id - 1).unwrap()].clone();
        Node::ZooKeeper(address.as_str().into())
    };
    watch.until("every node's container", |bulletin| {
        all_up(bulletin, 3)?;
        for id in 1..=3 {
            runs(bulletin, &member(id), &zookeeper(id))?;
        }
        Ok(())
    });
    cluster.docker("kill", &[zookeeper(3)]);
    let ended = watch.until("a ZooKeeper's end", |bulletin| {
        let container = runs(bulletin, &member(3), &zookeeper(3))?;
        ensure!(
            container.life.state == ContainerState::Exited { code: Some(137) },
            "{}",
            container.life.state
        );
        let sentence = &bulletin.health.verdict.sentence;
        ensure!(
            sentence.contains("is down: container exited 137 at"),
            "{sentence}"
        );
        Ok(())
    });
    println!("  {}", ended.health.verdict.sentence);
}
