//! Containers on a real engine: which one runs which broker, what it does, and that its end is seen before Kafka notices.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
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

use crate::kit::rig::{Cluster, kafka};
use crate::kit::{Checked, ensure};

/// Longer than anything here takes; only a test that fails waits for it.
const WITHIN: Duration = Duration::from_secs(60);
/// Within which a container's end is on the screen.
const AT_ONCE: i64 = 1_000;

/// Every bulletin of a watch that looks at the engine too.
pub struct Watch {
    bulletins: Receiver<Bulletin>,
}

impl Watch {
    /// Begins to watch.
    pub fn of(cluster: &Cluster) -> Self {
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

    /// The first bulletin, of those not yet looked at, that holds what is expected.
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

    /// Knows each broker's container, by every kind of evidence that there is, and what it uses.
    pub fn knows_the_brokers(&self, cluster: &Cluster) {
        let known = self.until("every broker's container", |bulletin| {
            for id in 1..=3 {
                let container = runs(bulletin, id)?;
                let state = container.life.state;
                ensure!(state == ContainerState::Running, "{state}");
                let hosted = bulletin.snapshot.fleet.of_broker(BrokerId(id));
                let usage = hosted.and_then(|hosted| hosted.usage.value());
                let usage = usage.ok_or("no counters yet")?;
                ensure!(
                    usage.cpus.is_some() && usage.network.inward.is_some(),
                    "{usage:?}"
                );
                ensure!(usage.memory.is_some_and(|memory| memory > 50 << 20), "{usage:?}");
            }
            Ok(())
        });
        for id in 1..=3 {
            let found = match known.snapshot.fleet.matches.get(&Node::Broker(BrokerId(id))) {
                Some(Match::One(_, evidence)) => evidence,
                other => panic!("broker {id}: {other:?}"),
            };
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
    }

    /// Ends a broker, and looks that it was down by its container's word at once, with the engine's own moment.
    pub fn sees_an_end(&self, cluster: &Cluster, id: i32, code: i64, end: impl FnOnce()) {
        end();
        let finished = cluster.inspect(&kafka(id), "{{.State.FinishedAt}}");
        let finished = At(finished.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let seen = self.until("down by its container's word", |bulletin| {
            let state = runs(bulletin, id)?.life.state;
            ensure!(state == ContainerState::Exited { code: Some(code) }, "{state}");
            let row = bulletin.snapshot.broker(BrokerId(id)).ok_or("no broker")?;
            ensure!(row.state == Some(BrokerState::Down), "{:?}", row.state);
            ensure!(row.since == Since::Exactly(finished), "{:?}", row.since);
            Ok(())
        });
        let after = seen.snapshot.now().0 - finished.0;
        println!("  broker {id}: on screen {after} ms after its process ended");
        assert!(after <= AT_ONCE, "{after} ms");
        let row = seen.snapshot.broker(BrokerId(id)).unwrap();
        if code == 137 {
            // Only the end of its session, seconds later, tells Kafka.
            assert_eq!(row.listing.listed, Some(true), "the cluster dropped it first");
        }
        let sentence = &seen.health.verdict.sentence;
        let expected = format!(
            "Broker {id} is down: container exited {code} at {}",
            finished.clock()
        );
        assert!(sentence.starts_with(&expected), "{sentence}");
        let next = &seen.health.verdict.next_step;
        assert!(next.contains(&cluster.container(&kafka(id))), "{next}");
    }
}

/// The container of a broker, by the name that the rig gave it.
fn runs(bulletin: &Bulletin, id: i32) -> Result<&Container, String> {
    let (fleet, node) = (&bulletin.snapshot.fleet, Node::Broker(BrokerId(id)));
    let hosted = fleet.of(&node);
    let hosted = hosted.ok_or_else(|| fleet.why_none(&node).unwrap_or_default())?;
    let container = hosted.container.value().ok_or("not inspected")?;
    let name = &container.name;
    ensure!(name.raw().ends_with(&kafka(id)), "{node} is run by {name}");
    Ok(container)
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
