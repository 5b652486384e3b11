//! A simulated cluster under observation: what its brokers would tell is folded as in a run, and published twice a second of
//! simulated time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::act::records::Records;
use crate::act::simulated::{Simulated, Stage};
use crate::act::{Elector, Gate, Unelected, Unmet};
use crate::gate::Mandate;
use crate::health::{Bulletin, derive};
use crate::model::act::{Act, Node, Verb};
use crate::model::alert::Works;
use crate::model::broker::Endpoint;
use crate::model::cluster::Mode;
use crate::model::ensemble::{MemberMode, MemberReport};
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::observation::{
    Ask, Fact, ListedBroker, MetadataView, Observation, PartitionView, Release, TopicView,
};
use crate::model::progress::{Control, Happening, Outcome, Progress};
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::sim::world::{self, ActError, ClusterSpec, Process, ProcessState, TopicSpec, World};
use crate::source::clock::Clock;
use crate::store::Store;

/// How often the cluster is read.
const READ: Duration = Duration::from_millis(500);
/// The wall clock of the model at its start.
const EPOCH: i64 = 1_700_000_000_000;

/// A simulated cluster, shared with the gate.
#[derive(Clone, Debug)]
pub(super) struct Model(pub(super) Arc<Mutex<World>>);

impl Model {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage for Model {
    fn act(&self, act: &world::Act) -> Result<(), ActError> {
        self.world().act(act)
    }

    fn process(&self, node: world::Node) -> Process {
        self.world().process(node)
    }

    fn keeper(&self, address: &str) -> Option<i32> {
        address.strip_prefix("zk-")?.strip_suffix(":2181")?.parse().ok()
    }
}

/// The election through the model itself.
impl Elector for Model {
    async fn elect(&self, _partitions: Vec<PartitionId>, _bulletin: &Bulletin) -> Result<Unelected, String> {
        self.world()
            .act(&world::Act::ElectPreferred)
            .map(|()| Vec::new())
            .map_err(|error| error.to_string())
    }
}

/// A cluster that is watched, and a gate to it.
pub(super) struct Bench {
    pub(super) model: Model,
    pub(super) gate: Arc<Gate<Simulated<Model>, Model>>,
    pub(super) told: Arc<Mutex<Vec<Progress>>>,
    pub(super) newest: watch::Receiver<Option<Arc<Bulletin>>>,
    pub(super) clock: Clock,
    /// The acts that are marked as going on.
    pub(super) works: watch::Receiver<Works>,
    /// Held by the reader: dropped, nothing new is learnt.
    reader: JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

pub(super) fn spec(mode: Mode) -> ClusterSpec {
    let mut spec = ClusterSpec::bare(mode, 3);
    spec.topics = vec![
        TopicSpec::named("t", 3)
            .assigned(&[&[1, 2, 3], &[2, 3, 1], &[3, 1, 2]])
            .at_rate(60.0),
    ];
    spec
}

impl Bench {
    pub(super) async fn new(mode: Mode) -> Self {
        Self::with(mode, Mandate::default(), Records::in_memory("tester")).await
    }

    pub(super) async fn with(mode: Mode, mandate: Mandate, records: Records) -> Self {
        let world = World::new(&spec(mode), 7, EPOCH).unwrap();
        let model = Model(Arc::new(Mutex::new(world)));
        let (bulletins, newest) = watch::channel(None);
        let clock = Clock::set(At(EPOCH));
        let reader = tokio::spawn(read(model.clone(), bulletins, clock));
        // The judgement needs some reads.
        sleep(Duration::from_secs(4)).await;
        let gate = Gate::new(
            Simulated(model.clone()),
            model.clone(),
            mandate,
            newest.clone(),
            records,
            clock,
        );
        let (mark, works) = watch::channel(Works::new());
        Self {
            model,
            gate: Arc::new(gate.marking(mark)),
            told: Arc::default(),
            newest,
            clock,
            works,
            reader,
        }
    }

    /// Plans an act, confirms it, and carries it out.
    pub(super) async fn act(&self, act: &Act) -> Result<Outcome, Unmet> {
        let plan = self.gate.plan(act).await.map_err(Unmet::Refused)?;
        let (_control, steer) = watch::channel(Control::Go);
        let told = Arc::clone(&self.told);
        let tell = move |progress| told.lock().unwrap().push(progress);
        self.gate.carry_out(&plan, self.gate.number(), steer, &tell).await
    }

    pub(super) async fn on(&self, verb: Verb, node: Node) -> Result<Outcome, Unmet> {
        self.act(&Act::on(verb, node, "test")).await
    }

    /// What was told of acts, as sentences.
    pub(super) fn steps(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let words = told.iter().filter_map(|progress| match &progress.what {
            Happening::Step(words) => Some(words.clone()),
            Happening::Waiting { .. } | Happening::Ended(_) => None,
        });
        words.collect()
    }

    /// What is not undone, as verbs and nodes.
    pub(super) async fn left(&self) -> Vec<(Verb, Node)> {
        let (entries, said) = self.gate.leftovers().await;
        assert_eq!(said, Vec::<String>::new());
        entries
            .into_iter()
            .map(|entry| (entry.left.verb, entry.left.node))
            .collect()
    }

    pub(super) fn state(&self, node: world::Node) -> ProcessState {
        self.model.world().process(node).state
    }
}

pub(super) fn broker(id: i32) -> Node {
    Node::Broker(BrokerId(id))
}

/// Lets the model go on with the clock, reads it, and publishes.
async fn read(model: Model, bulletins: watch::Sender<Option<Arc<Bulletin>>>, clock: Clock) {
    let mut store = Store::new(clock.now(), Span::seconds(1));
    store.watch_ensemble(keepers(&model).into_keys());
    let mut seq = 0;
    loop {
        let now = clock.now();
        {
            let mut world = model.world();
            let to = world::SimTime(u64::try_from(now.0 - EPOCH).unwrap());
            world.advance(to);
            for id in 1..=3 {
                for fact in facts(&world, id) {
                    store.apply(observed(Origin::Broker(BrokerId(id)), fact, now));
                }
            }
        }
        for (address, id) in keepers(&model) {
            let fact = keeper(&model.world(), id);
            store.apply(observed(Origin::ZooKeeper(address), fact, now));
        }
        let snapshot = store.publish(now);
        let before = bulletins.borrow().clone();
        let health = derive(
            &snapshot,
            before.as_ref().map(|bulletin: &Arc<Bulletin>| &*bulletin.health),
        );
        seq += 1;
        bulletins.send_replace(Some(Arc::new(Bulletin {
            seq,
            snapshot: Arc::new(snapshot),
            health: Arc::new(health),
            alerts: Arc::default(),
        })));
        sleep(READ).await;
    }
}

fn keepers(model: &Model) -> BTreeMap<Name, i32> {
    let nodes = model.world().nodes();
    let ids = nodes.into_iter().filter_map(|node| match node {
        world::Node::ZooKeeper(id) => Some(id),
        _ => None,
    });
    ids.map(|id| (Name::from(format!("zk-{id}:2181")), id)).collect()
}

fn observed(from: Origin, fact: Fact, now: At) -> Observation {
    Observation {
        from,
        asked: now.minus(Span(1)),
        at: now,
        fact,
    }
}

fn lost(kind: FailureKind) -> Vec<Fact> {
    let why = Failure::new(kind, "no answer");
    vec![
        Fact::Lost {
            why: why.clone(),
            retry_at: None,
        },
        Fact::Failed(Ask::Quorum, why),
    ]
}

/// What one broker would tell.
fn facts(world: &World, id: i32) -> Vec<Fact> {
    match world.process(world::Node::Broker(id)).state {
        ProcessState::Starting | ProcessState::Gone => return lost(FailureKind::Refused),
        ProcessState::Paused => return lost(FailureKind::Timeout),
        ProcessState::Running | ProcessState::ShuttingDown => {}
    }
    let image = world.image(id);
    let ids = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect::<Vec<_>>();
    let topics = image.topics.iter().map(|topic| TopicView {
        name: Name::from(&*topic.name),
        id: Some(topic.id),
        partitions: Arc::new(
            (0..)
                .zip(&topic.partitions)
                .map(|(index, partition)| {
                    Arc::new(PartitionView {
                        index,
                        leader: partition.leader.map(BrokerId),
                        leader_epoch: Some(partition.leader_epoch),
                        replicas: ids(&partition.replicas),
                        isr: ids(&partition.isr),
                        offline: ids(&partition.offline(&image)),
                    })
                })
                .collect(),
        ),
    });
    let listed = |id: i32| ListedBroker {
        id: BrokerId(id),
        endpoint: Endpoint {
            host: format!("kafka-{id}").into(),
            port: 9092,
        },
        rack: None,
    };
    let view = MetadataView {
        cluster_id: Some(Name::from(&*image.cluster_id)),
        controller: world.told_controller(id).map(BrokerId),
        brokers: image.live().map(listed).collect(),
        topics: topics.collect(),
        denied: Vec::new(),
    };
    let min_isr = image
        .topics
        .iter()
        .map(|topic| {
            let min = i32::try_from(topic.min_isr).unwrap();
            (Name::from(&*topic.name), Ok(min))
        })
        .collect();
    let mut facts = vec![
        Fact::Answered {
            round_trip: Duration::from_micros(700),
        },
        Fact::Versions(Release {
            mode: Some(image.mode),
            caps_min_isr: Some(true),
            note: None,
        }),
        Fact::Metadata(Arc::new(view)),
        Fact::MinIsr(min_isr),
    ];
    if image.mode == Mode::Kraft {
        facts.push(world.quorum(id).map_or_else(
            || {
                let why = Failure::new(FailureKind::Timeout, "no answer");
                Fact::Failed(Ask::Quorum, why)
            },
            |told| Fact::Quorum(quorum(&told)),
        ));
    }
    facts
}

fn quorum(told: &world::QuorumView) -> Quorum {
    let replica = |replica: &world::QuorumReplica| QuorumReplica {
        id: BrokerId(replica.id),
        log_end: Some(replica.log_end),
        last_fetch: replica.last_fetch.map(At),
        last_caught_up: replica.last_caught_up.map(At),
    };
    Quorum {
        missed: vec![],
        leader: Some(BrokerId(told.leader)),
        epoch: told.leader_epoch,
        high_watermark: told.high_watermark,
        voters: told.voters.iter().map(replica).collect(),
        observers: told.observers.iter().map(replica).collect(),
    }
}

fn keeper(world: &World, id: i32) -> Fact {
    let Some(view) = world.ensemble(id) else {
        return Fact::Lost {
            why: Failure::new(FailureKind::Refused, "connection refused"),
            retry_at: None,
        };
    };
    Fact::Member(MemberReport {
        mode: match view.mode {
            world::EnsembleMode::Leader => MemberMode::Leader,
            world::EnsembleMode::Follower => MemberMode::Follower,
            world::EnsembleMode::Standalone => MemberMode::Standalone,
            world::EnsembleMode::NotServing => MemberMode::NotServing,
        },
        version: None,
        latency_ms: None,
        connections: None,
        round_trip: Duration::ZERO,
    })
}
