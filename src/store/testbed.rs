//! A small cluster on paper for tests: what each broker would say, second by second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::broker::Endpoint;
use crate::model::cluster::Mode;
use crate::model::ensemble::{MemberMode, MemberReport};
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, TopicId};
use crate::model::intake::Origin;
use crate::model::observation::{
    Ask, Fact, GroupView, ListedBroker, MetadataView, Observation, PartitionView, Release, TopicView,
};
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::settings::TopicSettings;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::Store;

/// How a broker meets our requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Answers,
    Refuses,
    Hangs,
}

/// Three brokers, topic `orders` with six partitions, RF 3, min ISR 2; leaders go round.
pub(crate) struct World {
    pub store: Store,
    pub now: At,
    pub mode: Mode,
    pub links: BTreeMap<i32, Link>,
    /// What each broker would say.
    pub views: BTreeMap<i32, MetadataView>,
    /// `None`: nobody tells of the quorum.
    pub quorum: Option<Quorum>,
    /// Members of the ensemble by address; `None` is a member that does not answer.
    pub ensemble: BTreeMap<&'static str, Option<MemberMode>>,
    pub min_isr: i32,
    pub caps_min_isr: bool,
    /// A topic whose min ISR nobody tells.
    pub unread_min_isr: Option<&'static str>,
    /// The high watermark of every partition.
    pub end: i64,
    /// The groups that each broker coordinates.
    pub groups: BTreeMap<i32, Vec<GroupView>>,
    /// Settings that broker 1 tells of the topics; where there are none it is not asked.
    pub settings: BTreeMap<Name, Result<TopicSettings, Failure>>,
}

fn ids(list: &[i32]) -> Vec<BrokerId> {
    list.iter().map(|id| BrokerId(*id)).collect()
}

fn listed(id: i32) -> ListedBroker {
    ListedBroker {
        id: BrokerId(id),
        endpoint: Endpoint {
            host: format!("kafka-{id}").into(),
            port: 9092,
        },
        rack: None,
    }
}

pub(crate) fn partition(
    index: i32,
    leader: Option<i32>,
    epoch: i32,
    replicas: &[i32],
    isr: &[i32],
) -> PartitionView {
    PartitionView {
        index,
        leader: leader.map(BrokerId),
        leader_epoch: Some(epoch),
        replicas: ids(replicas),
        isr: ids(isr),
        offline: vec![],
    }
}

pub(crate) fn topic(name: &str, id: u8, partitions: Vec<PartitionView>) -> TopicView {
    TopicView {
        name: name.into(),
        id: Some(TopicId([id; 16])),
        partitions: Arc::new(partitions.into_iter().map(Arc::new).collect()),
    }
}

/// The partitions of a topic, to be changed.
pub(crate) fn views(topic: &mut TopicView) -> impl Iterator<Item = &mut PartitionView> {
    Arc::make_mut(&mut topic.partitions).iter_mut().map(Arc::make_mut)
}

impl World {
    pub fn new(mode: Mode) -> Self {
        let rotation = [[1, 2, 3], [2, 3, 1], [3, 1, 2]];
        let partitions = (0..6).map(|index| {
            let replicas = rotation[usize::try_from(index).expect("small") % 3];
            partition(index, Some(replicas[0]), 0, &replicas, &replicas)
        });
        let view = MetadataView {
            cluster_id: Some("cluster".into()),
            controller: Some(BrokerId(2)),
            brokers: [1, 2, 3].map(listed).to_vec(),
            topics: vec![topic("orders", 7, partitions.collect())],
            denied: vec![],
        };
        let voter = |id| QuorumReplica {
            id: BrokerId(id),
            log_end: Some(100),
            last_fetch: Some(At(500_000)),
            last_caught_up: Some(At(500_000)),
        };
        let quorum = Quorum {
            missed: vec![],
            leader: Some(BrokerId(2)),
            epoch: 4,
            high_watermark: 100,
            voters: [1, 2, 3].map(voter).to_vec(),
            observers: vec![],
        };
        let start = At(1_000_000);
        let mut store = Store::new(start, Span::seconds(1));
        let mut ensemble = BTreeMap::new();
        if mode == Mode::ZooKeeper {
            for (address, role) in [
                ("zk-1:2181", MemberMode::Follower),
                ("zk-2:2181", MemberMode::Leader),
                ("zk-3:2181", MemberMode::Follower),
            ] {
                ensemble.insert(address, Some(role));
            }
            store.watch_ensemble(ensemble.keys().map(|address| Name::from(*address)));
        }
        Self {
            store,
            now: start,
            mode,
            links: [1, 2, 3].map(|id| (id, Link::Answers)).into(),
            views: [1, 2, 3].map(|id| (id, view.clone())).into(),
            quorum: (mode == Mode::Kraft).then_some(quorum),
            ensemble,
            min_isr: 2,
            caps_min_isr: true,
            unread_min_isr: None,
            end: 100,
            groups: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }

    pub fn say(&mut self, from: Origin, fact: Fact) {
        let (asked, at) = (self.now.minus(Span(2)), self.now);
        self.store.apply(Observation {
            from,
            asked,
            at,
            fact,
        });
    }

    /// One second later, everybody was asked once.
    pub fn poll(&mut self) -> Snapshot {
        self.now = self.now.plus(Span::seconds(1));
        for (id, link) in self.links.clone() {
            let from = Origin::Broker(BrokerId(id));
            let why = match link {
                Link::Answers => {
                    self.answers(id);
                    continue;
                }
                Link::Refuses => Failure::new(FailureKind::Refused, "connection refused"),
                Link::Hangs => Failure::new(FailureKind::Timeout, "no answer within 900ms"),
            };
            self.say(
                from.clone(),
                Fact::Lost {
                    why: why.clone(),
                    retry_at: None,
                },
            );
            if self.mode == Mode::Kraft {
                self.say(from, Fact::Failed(Ask::Quorum, why));
            }
        }
        for (address, mode) in self.ensemble.clone() {
            let from = Origin::ZooKeeper(address.into());
            let fact = match mode {
                Some(mode) => Fact::Member(MemberReport {
                    mode,
                    version: None,
                    latency_ms: None,
                    connections: None,
                    round_trip: Duration::ZERO,
                }),
                None => Fact::Lost {
                    why: Failure::new(FailureKind::Refused, "connection refused"),
                    retry_at: None,
                },
            };
            self.say(from, fact);
        }
        self.store.publish(self.now)
    }

    fn answers(&mut self, id: i32) {
        let from = Origin::Broker(BrokerId(id));
        let release = Release {
            mode: Some(self.mode),
            caps_min_isr: Some(self.caps_min_isr),
            note: None,
        };
        self.say(
            from.clone(),
            Fact::Answered {
                round_trip: Duration::from_micros(600),
            },
        );
        self.say(from.clone(), Fact::Versions(release));
        let view = self.views[&id].clone();
        let min_isr = view
            .topics
            .iter()
            .filter(|topic| Some(topic.name.raw()) != self.unread_min_isr)
            .map(|topic| (topic.name.clone(), Ok(self.min_isr)))
            .collect();
        let ends = view
            .topics
            .iter()
            .map(|topic| {
                let led = topic
                    .partitions
                    .iter()
                    .filter(|view| view.leader == Some(BrokerId(id)));
                (
                    topic.name.clone(),
                    led.map(|view| (view.index, Ok(self.end))).collect(),
                )
            })
            .collect();
        self.say(from.clone(), Fact::Metadata(Arc::new(view)));
        self.say(from.clone(), Fact::MinIsr(min_isr));
        self.say(from.clone(), Fact::EndOffsets(ends));
        let groups = self.groups.get(&id).cloned().unwrap_or_default();
        self.say(from.clone(), Fact::Groups(groups));
        if id == 1 && !self.settings.is_empty() {
            self.say(from.clone(), Fact::TopicSettings(self.settings.clone()));
        }
        if self.mode == Mode::Kraft {
            let fact = match &self.quorum {
                Some(quorum) => Fact::Quorum(quorum.clone()),
                None => Fact::Failed(
                    Ask::Quorum,
                    Failure::new(FailureKind::Timeout, "no answer within 900ms"),
                ),
            };
            self.say(from, fact);
        }
    }

    /// The survivors drop `gone`: out of the list, out of every ISR, leaders moved, epochs raised where
    /// the leader changed.
    pub fn drop_brokers(&mut self, gone: &[i32]) {
        let gone: BTreeSet<BrokerId> = gone.iter().map(|id| BrokerId(*id)).collect();
        for (id, view) in &mut self.views {
            if gone.contains(&BrokerId(*id)) {
                continue;
            }
            view.brokers.retain(|broker| !gone.contains(&broker.id));
            for partition in view.topics.iter_mut().flat_map(views) {
                partition.isr.retain(|replica| !gone.contains(replica));
                if partition.leader.is_some_and(|leader| gone.contains(&leader)) {
                    partition.leader = partition.isr.first().copied();
                    partition.leader_epoch = partition.leader_epoch.map(|epoch| epoch + 1);
                }
            }
        }
    }

    /// The brokers list everybody again, and every replica is in sync; leaders stay where they are.
    pub fn heal(&mut self) {
        let newest = self.views.values().max_by_key(|view| {
            view.topics
                .iter()
                .flat_map(|topic| topic.partitions.iter().map(|of| of.leader_epoch))
                .max()
        });
        let Some(mut healed) = newest.cloned() else { return };
        healed.brokers = [1, 2, 3].map(listed).to_vec();
        for partition in healed.topics.iter_mut().flat_map(views) {
            partition.isr.clone_from(&partition.replicas);
        }
        for view in self.views.values_mut() {
            *view = healed.clone();
        }
    }

    /// The voters other than the leader of which no fetch came for 10 s.
    pub fn lose_voters(&mut self, lost: &[i32]) {
        for voter in self.quorum.iter_mut().flat_map(|quorum| &mut quorum.voters) {
            if lost.contains(&voter.id.0) {
                voter.last_fetch = Some(At(490_000));
            }
        }
    }
}
