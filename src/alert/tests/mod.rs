//! The engine on a cluster on paper: what fires when, what is one alert, what is unknown, and what it costs.

mod causes;
mod containers;
mod faults;
mod handling;
mod times;

use std::sync::Arc;

use super::*;
use crate::health::{Health, derive};
use crate::model::alert::{Alerts, Transition};
use crate::model::cluster::Mode;
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;
use crate::store::testbed::{Link, World};

/// A cluster on paper that an engine looks at each second.
struct Watch {
    world: World,
    engine: Engine,
    alerts: Arc<Alerts>,
    /// What was told, with the second of it.
    told: Vec<(i64, Transition)>,
    second: i64,
}

/// Rules of a file of their own, without the built-in ones.
fn only(text: &str) -> Rules {
    let mut rules = Rules::with(&[file(text)]);
    assert_eq!(rules.problems, []);
    rules
        .used
        .retain(|rule| matches!(&rule.origin, crate::config::Origin::File { path, .. } if path == "t.toml"));
    rules
}

fn file(text: &str) -> RuleFile {
    RuleFile {
        path: "t.toml".to_owned(),
        text: text.to_owned(),
    }
}

impl Watch {
    fn new(mode: Mode, rules: &Rules) -> Self {
        Self::at(World::new(mode), rules)
    }

    fn at(world: World, rules: &Rules) -> Self {
        let mut watch = Self {
            world,
            engine: Engine::new(rules),
            alerts: Arc::default(),
            told: Vec::new(),
            second: 0,
        };
        watch.seconds(3);
        watch.second = 0;
        assert_eq!(watch.lines(), [""; 0], "a healthy cluster is quiet");
        watch
    }

    fn look(&mut self, snapshot: &Snapshot, health: &Health) {
        let step = self.engine.step(snapshot, health);
        self.alerts = step.alerts;
        let second = self.second;
        self.told.extend(
            step.transitions
                .into_iter()
                .map(|transition| (second, transition)),
        );
    }

    fn seconds(&mut self, count: i64) {
        for _ in 0..count {
            let snapshot = self.world.poll();
            self.second += 1;
            let health = derive(&snapshot, None);
            self.look(&snapshot, &health);
        }
    }

    /// What was told, a line each.
    fn lines(&self) -> Vec<String> {
        let told = self.told.iter();
        told.map(|(second, transition)| {
            format!("{second} {} {}", transition.turn.word(), transition.alert.key)
        })
        .collect()
    }

    /// The keys of what fires, those inside others in parentheses.
    fn firing(&self) -> Vec<String> {
        let firing = self.alerts.firing.iter();
        firing
            .map(|alert| {
                if alert.stands_alone() {
                    alert.key.to_string()
                } else {
                    format!("({})", alert.key)
                }
            })
            .collect()
    }

    fn stop(&mut self, brokers: &[i32]) {
        for id in brokers {
            self.world.links.insert(*id, Link::Refuses);
        }
        self.world.drop_brokers(brokers);
        self.world.lose_voters(brokers);
    }

    /// All of them are back and in sync.
    fn recover(&mut self) {
        let fresh = World::new(self.world.mode);
        let survivor = self.world.views.values().max_by_key(|view| {
            let epochs = view.topics.iter().flat_map(|topic| topic.partitions.iter());
            epochs.filter_map(|partition| partition.leader_epoch).sum::<i32>()
        });
        let mut view = survivor.unwrap().clone();
        view.brokers.clone_from(&fresh.views[&1].brokers);
        for partition in view.topics.iter_mut().flat_map(crate::store::testbed::views) {
            partition.isr.clone_from(&partition.replicas);
            partition.leader = partition.replicas.first().copied();
            partition.leader_epoch = partition.leader_epoch.map(|epoch| epoch + 1);
        }
        self.world.views = [1, 2, 3].map(|id| (id, view.clone())).into();
        self.world.links = fresh.links;
        self.world.quorum = fresh.quorum;
    }

    /// Lets the clock jump.
    fn jump(&mut self, by: i64) {
        self.world.now.0 += by;
    }
}

/// A rule over the state of broker 1.
const ONE: &str = "[[rule]]\nname = \"Down\"\nper = \"broker\"\nwhen = \"broker.online == 0\"\nseverity = \"critical\"\n\
    summary = \"{broker.id} is down\"\n";

const MINUTE: Span = Span::seconds(60);
