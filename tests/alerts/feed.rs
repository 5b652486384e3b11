//! What kaftop would read of a simulated cluster in each second, without a network between: a world goes in, observations
//! come out, and the store, the judgement and the alert engine are driven by them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kaftop::alert::{Engine, Rules, Step};
use kaftop::health::{Health, derive};
use kaftop::model::alert::Transition;
use kaftop::model::broker::{Endpoint, LogDirs};
use kaftop::model::cluster::Mode;
use kaftop::model::ensemble::{MemberMode, MemberReport};
use kaftop::model::failure::{Failure, FailureKind};
use kaftop::model::group::{Description, GroupKind, Member};
use kaftop::model::ids::{BrokerId, PartitionId};
use kaftop::model::intake::Origin;
use kaftop::model::observation::{
    Ask, Fact, GroupView, ListedBroker, MetadataView, Observation, Offsets, PartitionView, Release, TopicView,
};
use kaftop::model::quorum::{Quorum, QuorumReplica};
use kaftop::model::text::Name;
use kaftop::model::time::{At, Span};
use kaftop::sim::world::{Act, ClusterSpec, EnsembleMode, Image, Node, ProcessState, SimTime, World};
use kaftop::store::Store;

/// When the simulated clusters begin.
const START: i64 = 1_800_000_000_000;
/// Brokers are asked for their groups and first offsets so often, and for their disks.
const GROUPS_EVERY: i64 = 2;
const DISKS_EVERY: i64 = 10;

/// A simulated cluster and the engine that looks at it.
pub struct Feed {
    pub world: World,
    store: Store,
    engine: Engine,
    health: Option<Health>,
    second: i64,
    pub last: Step,
    /// What was told, with the second of it.
    pub told: Vec<(i64, Transition)>,
}

/// How a node meets clients.
enum Door {
    Open,
    Shut,
    Mute,
}

impl Feed {
    pub fn new(spec: &ClusterSpec, rules: &Rules) -> Self {
        let world = World::new(spec, 7, START).unwrap();
        let mut store = Store::new(At(START), Span::seconds(1));
        let keepers = world.nodes().into_iter().filter_map(|node| match node {
            Node::ZooKeeper(id) => Some(address(id)),
            _ => None,
        });
        store.watch_ensemble(keepers);
        Self {
            world,
            store,
            engine: Engine::new(rules),
            health: None,
            second: 0,
            last: Step::default(),
            told: Vec::new(),
        }
    }

    pub fn act(&mut self, act: &Act) {
        self.world
            .act(act)
            .unwrap_or_else(|error| panic!("at {} s: {error}", self.second));
    }

    /// Goes on to this second, and looks at each on the way.
    pub fn to(&mut self, second: i64) {
        while self.second < second {
            self.second += 1;
            let now = SimTime::seconds(u64::try_from(self.second).unwrap());
            self.world.advance(now);
            self.read();
            let snapshot = self.store.publish(self.now());
            let health = derive(&snapshot, self.health.as_ref());
            self.last = self.engine.step(&snapshot, &health);
            self.health = Some(health);
            let news = self.last.transitions.iter().cloned();
            self.told.extend(news.map(|transition| (self.second, transition)));
        }
    }

    fn now(&self) -> At {
        At(START + self.second * 1_000)
    }

    fn say(&mut self, from: &Origin, fact: Fact) {
        let at = self.now();
        self.store.apply(Observation {
            from: from.clone(),
            asked: at.minus(Span(2)),
            at,
            fact,
        });
    }

    fn door(&self, node: Node) -> Door {
        let process = self.world.process(node);
        match process.state {
            ProcessState::Starting | ProcessState::Gone => Door::Shut,
            ProcessState::Running | ProcessState::ShuttingDown if process.reached => Door::Open,
            _ => Door::Mute,
        }
    }

    fn read(&mut self) {
        for node in self.world.nodes() {
            let from = match node {
                Node::Broker(id) => Origin::Broker(BrokerId(id)),
                Node::ZooKeeper(id) => Origin::ZooKeeper(address(id)),
                Node::Controller(_) => continue,
            };
            let why = match (self.door(node), node) {
                (Door::Open, Node::Broker(id)) => {
                    self.broker(id, &from);
                    continue;
                }
                (Door::Open, Node::ZooKeeper(id)) => {
                    self.keeper(id, &from);
                    continue;
                }
                (Door::Shut, _) => Failure::new(FailureKind::Refused, "connection refused"),
                _ => Failure::new(FailureKind::Timeout, "no answer within 900ms"),
            };
            let retry_at = Some(self.now().plus(Span::seconds(1)));
            self.say(
                &from,
                Fact::Lost {
                    why: why.clone(),
                    retry_at,
                },
            );
            if self.world.spec().mode == Mode::Kraft {
                self.say(&from, Fact::Failed(Ask::Quorum, why));
            }
        }
    }

    fn keeper(&mut self, id: i32, from: &Origin) {
        let Some(view) = self.world.ensemble(id) else {
            let why = Failure::new(FailureKind::Timeout, "no answer within 900ms");
            self.say(from, Fact::Lost { why, retry_at: None });
            return;
        };
        let mode = match view.mode {
            EnsembleMode::Leader => MemberMode::Leader,
            EnsembleMode::Follower => MemberMode::Follower,
            EnsembleMode::Standalone => MemberMode::Standalone,
            EnsembleMode::NotServing => MemberMode::NotServing,
        };
        let report = MemberReport {
            mode,
            version: None,
            latency_ms: None,
            connections: None,
            round_trip: Duration::from_millis(1),
        };
        self.say(from, Fact::Member(report));
    }

    fn broker(&mut self, id: i32, from: &Origin) {
        let mode = self.world.spec().mode;
        let image = self.world.image(id);
        self.say(
            from,
            Fact::Answered {
                round_trip: Duration::from_millis(1),
            },
        );
        self.say(
            from,
            Fact::Versions(Release {
                mode: Some(mode),
                caps_min_isr: Some(mode == Mode::Kraft),
                note: None,
            }),
        );
        let metadata = metadata(&image, self.world.told_controller(id));
        self.say(from, Fact::Metadata(Arc::new(metadata)));
        if mode == Mode::Kraft {
            let fact = match self.world.quorum(id) {
                Some(view) => Fact::Quorum(quorum(&view)),
                None => Fact::Failed(
                    Ask::Quorum,
                    Failure::new(FailureKind::Timeout, "no answer within 900ms"),
                ),
            };
            self.say(from, fact);
            let fenced = image
                .brokers
                .iter()
                .map(|(id, broker)| (listed(*id), broker.fenced))
                .collect();
            self.say(from, Fact::Fencing(fenced));
        }
        let settings = image
            .topics
            .iter()
            .map(|topic| (name(&topic.name), Ok(i32::try_from(topic.min_isr).unwrap())));
        self.say(from, Fact::MinIsr(settings.collect()));
        self.offsets(id, &image, from);
        if self.second % GROUPS_EVERY == 0 {
            let groups = self.groups(id);
            self.say(from, Fact::Groups(groups));
        }
        if self.second % DISKS_EVERY == 0 {
            let dirs = self.world.log_dirs(id);
            let dirs = LogDirs {
                log_bytes: dirs.replicas.iter().map(|replica| replica.size).sum(),
                total: Some(dirs.total),
                usable: Some(dirs.usable),
            };
            self.say(from, Fact::LogDirs(dirs, BTreeMap::new()));
        }
    }

    fn offsets(&mut self, id: i32, image: &Image, from: &Origin) {
        let mut ends = Offsets::new();
        let mut starts = ends.clone();
        for topic in &image.topics {
            for index in 0..i32::try_from(topic.partitions.len()).unwrap() {
                if topic.partition(index).unwrap().leader != Some(id) {
                    continue;
                }
                let Ok(log) = self.world.log(id, topic.place(index).unwrap(), None) else {
                    continue;
                };
                let of = |all: &mut BTreeMap<Name, Vec<_>>, offset| {
                    all.entry(name(&topic.name))
                        .or_default()
                        .push((index, Ok(offset)));
                };
                of(&mut ends, log.high_watermark);
                of(&mut starts, log.start);
            }
        }
        self.say(from, Fact::EndOffsets(ends));
        if self.second % GROUPS_EVERY == 0 {
            self.say(from, Fact::StartOffsets(starts));
        }
    }

    fn groups(&self, broker: i32) -> Vec<GroupView> {
        let groups = self.world.groups(broker).map(|view| {
            let members = view.members.iter().map(|member| Member {
                id: Name::from(member.id.as_str()),
                client: Name::from(member.client_id.as_str()),
                host: Name::from(member.host.as_str()),
                assignment: None,
            });
            let mut commits = Vec::new();
            for topic in &view.commits {
                for (partition, offset) in (0..).zip(&topic.offsets) {
                    let id = PartitionId {
                        topic: name(&topic.topic),
                        partition,
                    };
                    commits.push((id, (*offset >= 0).then_some(*offset)));
                }
            }
            GroupView {
                name: name(&view.name),
                kind: GroupKind::Classic,
                state: Some(Name::from(view.state.word())),
                description: Some(Ok(Description {
                    assignor: None,
                    members: members.collect(),
                })),
                commits: Some(Ok(commits)),
                share: None,
            }
        });
        groups.collect()
    }
}

fn name(text: &Arc<str>) -> Name {
    Name::from(text.as_ref())
}

fn address(zookeeper: i32) -> Name {
    Name::from(format!("zookeeper-{zookeeper}:2181"))
}

fn ids(ids: &[i32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId).collect()
}

fn listed(id: i32) -> ListedBroker {
    ListedBroker {
        id: BrokerId(id),
        endpoint: Endpoint {
            host: Name::from(format!("kafka-{id}")),
            port: 9092,
        },
        rack: None,
    }
}

fn metadata(image: &Image, controller: Option<i32>) -> MetadataView {
    let topics = image.topics.iter().map(|topic| {
        let partitions = (0..).zip(&topic.partitions).map(|(index, partition)| {
            Arc::new(PartitionView {
                index,
                leader: partition.leader.map(BrokerId),
                leader_epoch: Some(partition.leader_epoch),
                replicas: ids(&partition.replicas),
                isr: ids(&partition.isr),
                offline: ids(&partition.offline(image)),
            })
        });
        TopicView {
            name: name(&topic.name),
            id: (image.mode == Mode::Kraft).then_some(topic.id),
            partitions: Arc::new(partitions.collect()),
        }
    });
    MetadataView {
        cluster_id: Some(name(&image.cluster_id)),
        controller: controller.map(BrokerId),
        brokers: image.live().map(listed).collect(),
        topics: topics.collect(),
        denied: Vec::new(),
    }
}

fn quorum(view: &kaftop::sim::world::QuorumView) -> Quorum {
    let replica = |replica: &kaftop::sim::world::QuorumReplica| QuorumReplica {
        id: BrokerId(replica.id),
        log_end: Some(replica.log_end),
        last_fetch: replica.last_fetch.map(At),
        last_caught_up: replica.last_caught_up.map(At),
    };
    Quorum {
        missed: vec![],
        leader: Some(BrokerId(view.leader)),
        epoch: view.leader_epoch,
        high_watermark: view.high_watermark,
        voters: view.voters.iter().map(replica).collect(),
        observers: view.observers.iter().map(replica).collect(),
    }
}
