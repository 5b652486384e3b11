//! The supervisor: starts a task for each broker that anyone names, gives out the roles, and starts again what dies.
//!
//! It never waits for the queue of observations; only its tasks do.

use super::EyeOptions;
use super::bootstrap::{self, Found, Inherited, OneCluster};
use super::broker::BrokerTask;
use super::roles::{Roles, SMALL};
use super::table::Table;
use crate::model::broker::Endpoint;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Fact, ListedBroker, Observation};
use crate::model::text::Name;
use crate::source::voice::Voice;
use crate::wire::Address;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};

/// Most brokers that are watched; a cluster that names more is not to be believed.
const MOST_BROKERS: usize = 1_000;
/// Reports that may wait for the supervisor.
const REPORTS: usize = 256;

/// What tasks tell the supervisor.
pub(super) enum Report {
    /// A bootstrap address answered.
    Found(Box<Found>),
    /// Brokers that an answer names, fenced ones too.
    Listed(Vec<ListedBroker>),
    /// Brokers that another broker lists again, or for the first time.
    Returned(Vec<BrokerId>),
    /// The broker answers.
    Live(BrokerId),
    /// The broker does not.
    Lost(BrokerId),
}

/// Where a broker is to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The address to connect to.
    pub(super) address: Address,
    /// The address that the cluster advertises.
    pub(super) advertised: Endpoint,
}

/// Where a broker is to be reached: at its override, else at the advertised address; none where that is no address.
pub fn address(id: BrokerId, advertised: &Endpoint, overrides: &BTreeMap<i32, Address>) -> Option<Address> {
    match overrides.get(&id.0) {
        Some(address) => Some(address.clone()),
        None => Address::new(advertised.host.raw(), i32::from(advertised.port)).ok(),
    }
}

/// Where a listed broker is to be reached, if anywhere; see [`address`].
pub(super) fn target(broker: &ListedBroker, overrides: &BTreeMap<i32, Address>) -> Option<Target> {
    Some(Target {
        address: address(broker.id, &broker.endpoint, overrides)?,
        advertised: broker.endpoint.clone(),
    })
}

/// Whether a broker answers, as its task tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Untried,
    Live,
    Lost,
}

struct Known {
    target: watch::Sender<Target>,
    state: State,
}

/// What a task is for.
#[derive(Debug, Clone)]
enum Job {
    Bootstrap(Address),
    Broker(BrokerId),
}

struct Supervisor {
    options: Arc<EyeOptions>,
    queue: mpsc::Sender<Observation>,
    reports: mpsc::Sender<Report>,
    roles: watch::Sender<Roles>,
    seek: watch::Sender<bool>,
    cluster: OneCluster,
    brokers: BTreeMap<BrokerId, Known>,
    tasks: JoinSet<()>,
    jobs: HashMap<Id, Job>,
}

/// Watches the cluster until nobody listens or the future is dropped, which ends all its tasks.
pub(super) async fn watch(options: EyeOptions, queue: mpsc::Sender<Observation>) {
    let (reports, mut incoming) = mpsc::channel(REPORTS);
    let mut supervisor = Supervisor {
        options: Arc::new(options),
        queue: queue.clone(),
        reports,
        roles: watch::channel(Roles::default()).0,
        seek: watch::channel(true).0,
        cluster: OneCluster::default(),
        brokers: BTreeMap::new(),
        tasks: JoinSet::new(),
        jobs: HashMap::new(),
    };
    for address in supervisor.options.bootstrap.clone() {
        supervisor.start_bootstrap(address);
    }
    loop {
        tokio::select! {
            Some(report) = incoming.recv() => supervisor.take(report),
            Some(ended) = supervisor.tasks.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                let fault = ended.err().map(|error| error.to_string());
                supervisor.restart(id, fault.as_deref());
            }
            () = queue.closed() => return,
        }
    }
}

impl Supervisor {
    fn take(&mut self, report: Report) {
        match report {
            Report::Found(found) => self.found(*found),
            Report::Listed(brokers) => brokers.iter().for_each(|broker| self.listed(broker, None, None)),
            Report::Returned(ids) => ids.iter().for_each(|id| self.returned(*id)),
            Report::Live(id) => self.state(id, State::Live),
            Report::Lost(id) => self.state(id, State::Lost),
        }
    }

    /// Starts the brokers of a first view. The one that listens at the very address that was asked takes the open
    /// connection over.
    fn found(&mut self, found: Found) {
        let Found { address, open } = found;
        if let Some(why) = self.cluster.refuses(&address, &open.view) {
            let origin = Origin::Bootstrap(Name::from(address.to_string()));
            let voice = Voice::new(origin, self.options.clock, self.queue.clone());
            self.tasks.spawn(async move {
                // Nobody listening means that the watching is over.
                let _ = voice.tell(Fact::Lost { why, retry_at: None }).await;
            });
            return;
        }
        let view = open.view.clone();
        let mut open = Some(open);
        for broker in &view.brokers {
            let here =
                target(broker, &self.options.overrides).is_some_and(|target| target.address == address);
            let open = if here { open.take() } else { None };
            // Not every broker of a large cluster is to tell the whole table at the start.
            let borrowed = (view.brokers.len() > SMALL).then(|| Table::of(broker.id, &view));
            self.listed(broker, open, borrowed);
        }
        self.seek_or_rest();
    }

    /// A broker is named: a new one gets a task, one that is not live the address that it is named with.
    fn listed(&mut self, broker: &ListedBroker, open: Option<Inherited>, borrowed: Option<Table>) {
        let Some(target) = target(broker, &self.options.overrides) else {
            return;
        };
        match self.brokers.get(&broker.id) {
            Some(known) => {
                let asked_here = open.is_some();
                known.target.send_if_modified(|kept| {
                    let moved = known.state != State::Live && *kept != target;
                    if moved {
                        *kept = target;
                    }
                    // Its address answered us just now, so it need not wait for its turn.
                    moved || (asked_here && known.state == State::Lost)
                });
            }
            None if self.brokers.len() < MOST_BROKERS => {
                let known = Known {
                    target: watch::channel(target).0,
                    state: State::Untried,
                };
                self.brokers.insert(broker.id, known);
                self.start_broker(broker.id, open, borrowed, None);
            }
            None => {}
        }
    }

    /// The cluster has taken a broker back: one that is lost need not wait for its turn to be tried.
    fn returned(&mut self, id: BrokerId) {
        if let Some(known) = self.brokers.get(&id)
            && known.state == State::Lost
        {
            known.target.send_modify(|_| {});
        }
    }

    fn state(&mut self, id: BrokerId, state: State) {
        let Some(known) = self.brokers.get_mut(&id) else {
            return;
        };
        known.state = state;
        let live: BTreeSet<BrokerId> = self
            .brokers
            .iter()
            .filter(|(_, known)| known.state == State::Live)
            .map(|(id, _)| *id)
            .collect();
        let known = self.brokers.len();
        self.roles.send_if_modified(|roles| {
            let next = roles.assign(&live, known);
            let changed = *roles != next;
            *roles = next;
            changed
        });
        self.seek_or_rest();
    }

    /// The bootstrap addresses are asked while no broker answers by itself: at the start, and when all are lost.
    fn seek_or_rest(&self) {
        let wanted = self.brokers.values().all(|known| known.state == State::Lost);
        self.seek
            .send_if_modified(|seek| std::mem::replace(seek, wanted) != wanted);
    }

    fn start_bootstrap(&mut self, address: Address) {
        let places = self.options.bootstrap.iter();
        let place = places.take_while(|known| **known != address).count();
        let origin = Origin::Bootstrap(Name::from(address.to_string()));
        let voice = Voice::new(origin, self.options.clock, self.queue.clone());
        let run = bootstrap::run(
            address.clone(),
            place,
            self.options.clone(),
            voice,
            self.seek.subscribe(),
            self.reports.clone(),
        );
        let handle = self.tasks.spawn(run);
        self.jobs.insert(handle.id(), Job::Bootstrap(address));
    }

    fn start_broker(
        &mut self,
        id: BrokerId,
        inherited: Option<Inherited>,
        borrowed: Option<Table>,
        relapse: Option<Failure>,
    ) {
        let Some(known) = self.brokers.get(&id) else {
            return;
        };
        let task = BrokerTask {
            id,
            options: self.options.clone(),
            voice: Voice::new(Origin::Broker(id), self.options.clock, self.queue.clone()),
            target: known.target.subscribe(),
            roles: self.roles.subscribe(),
            reports: self.reports.clone(),
            inherited,
            borrowed,
            relapse,
        };
        let handle = self.tasks.spawn(task.run());
        self.jobs.insert(handle.id(), Job::Broker(id));
    }

    /// Starts a task again that came to its end, which none does of its own while anyone listens.
    fn restart(&mut self, id: Id, fault: Option<&str>) {
        match self.jobs.remove(&id) {
            Some(Job::Broker(broker)) => {
                let what = fault.unwrap_or("it came to its end");
                let detail = format!(
                    "the reader of broker {broker} stopped by a fault of kaftop ({what}); it is started again"
                );
                let relapse = Failure::new(FailureKind::NotAsked, &detail);
                self.state(broker, State::Lost);
                self.start_broker(broker, None, None, Some(relapse));
            }
            Some(Job::Bootstrap(address)) => self.start_bootstrap(address),
            None => {}
        }
    }
}
