//! One reading of everything, within a limit of time.
//!
//! Each broker is read in two stages: first what the cluster says of itself and what groups have committed, then, once
//! all brokers are done with that, the ends of the logs, so that no lag comes out negative. A broker that hangs holds up
//! the others for half a second at most, and itself is told as lost when its own deadline has passed.

use super::EyeOptions;
use super::bootstrap::{self, Found, OneCluster};
use super::failure::{failure, unreached};
use super::peers::listed_by_others;
use super::roles::{SMALL, WITNESSES};
use super::session::{Patience, Session};
use super::stage::{Greeted, Open, Stages};
use super::supervisor::{Target, target};
use crate::model::cluster::Mode;
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Fact, ListedBroker, MetadataView, Observation};
use crate::model::text::Name;
use crate::source::voice::Voice;
use crate::wire::{Address, WireError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a connection or an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// How long the brokers that are done with their first stage wait for the others.
const HOLD: Duration = Duration::from_millis(500);
/// Time kept back from the limit, to say what did not answer.
const RESERVE: Duration = Duration::from_millis(50);
/// Observations that may wait to be taken.
const QUEUE: usize = 1_024;

/// The open connections after one reading, to look once more where the brokers disagreed.
#[derive(Debug)]
pub struct OneShot {
    sessions: Vec<Session>,
}

/// What a task came to.
enum Done {
    /// A bootstrap address was looked through.
    Looked(Address, Result<Found, WireError>),
    /// The greeting of a broker; none where the broker does not answer.
    Greeted(Option<Greeted>),
    /// The first stage of a broker; none where the broker fell silent over it.
    First(Option<Open>),
    /// The scribe's reads; none where the broker fell silent over them.
    Scribe(Option<Open>),
    /// The second stage.
    Second(Option<Open>),
    /// The controller lane, or a word that had to wait for room in the queue.
    Told,
}

/// One reading under way.
struct Reading<'a> {
    options: &'a EyeOptions,
    patience: Patience,
    queue: mpsc::Sender<Observation>,
    tasks: JoinSet<Done>,
    /// Bootstrap addresses that are being looked through.
    looking: BTreeSet<Address>,
    /// Brokers that listen at an address that is being looked through: they wait for its connection.
    awaited: BTreeMap<Address, (BrokerId, Target)>,
    cluster: OneCluster,
    started: BTreeSet<BrokerId>,
    /// Views that were read or asked for.
    views: usize,
    /// The first view that was found.
    table: Option<Arc<MetadataView>>,
    /// Brokers in their first stage.
    first: usize,
    /// When the second stage begins at the latest.
    hold: Option<Instant>,
    second: bool,
    waiting: Vec<Open>,
    /// Whether the scribe's reads are done or under way.
    scribe: bool,
    lanes: usize,
    reassignments: bool,
    over: Vec<Session>,
}

impl OneShot {
    /// Reads everything once and stops at the limit at the latest; what did not come by then is told as failed.
    pub async fn collect(options: &EyeOptions, limit: Duration) -> (Self, Vec<Observation>) {
        let end = Instant::now() + limit;
        let (queue, mut incoming) = mpsc::channel(QUEUE);
        let mut reading = Reading::new(options, queue, end);
        let mut observations = Vec::new();
        for address in &options.bootstrap {
            reading.look(address.clone());
        }
        loop {
            reading.advance();
            let hold = reading.hold.filter(|_| !reading.second).unwrap_or(end);
            tokio::select! {
                Some(observation) = incoming.recv() => {
                    reading.heard(&observation.fact);
                    observations.push(observation);
                }
                done = reading.tasks.join_next() => match done {
                    Some(Ok(done)) => reading.take(done),
                    // A task that died of a fault of its own has said what it had to say.
                    Some(Err(_)) => {}
                    None => break,
                },
                () = tokio::time::sleep_until(hold) => if Instant::now() >= end {
                    break;
                },
            }
        }
        let sessions = reading.finish();
        while let Some(observation) = incoming.recv().await {
            observations.push(observation);
        }
        (Self { sessions }, observations)
    }

    /// Asks every broker that answered for its view once more, over the connections that are open.
    pub async fn again(&mut self, limit: Duration) -> Vec<Observation> {
        let end = Instant::now() + limit;
        let (queue, mut incoming) = mpsc::channel(QUEUE);
        let mut tasks = JoinSet::new();
        for mut session in self.sessions.drain(..) {
            session.patience.end = Some(end);
            let voice = Voice::new(Origin::Broker(session.id), session.clock, queue.clone());
            tasks.spawn(super::stage::view_again(session, voice));
        }
        drop(queue);
        let mut observations = Vec::new();
        loop {
            tokio::select! {
                Some(observation) = incoming.recv() => observations.push(observation),
                done = tasks.join_next() => match done {
                    Some(Ok(Some(session))) => self.sessions.push(session),
                    Some(_) => {}
                    None => break,
                },
            }
        }
        while let Some(observation) = incoming.recv().await {
            observations.push(observation);
        }
        observations
    }
}

impl<'a> Reading<'a> {
    fn new(options: &'a EyeOptions, queue: mpsc::Sender<Observation>, end: Instant) -> Self {
        Self {
            options,
            patience: Patience {
                answer: PATIENCE,
                end: Some(end.checked_sub(RESERVE).unwrap_or(end)),
            },
            queue,
            tasks: JoinSet::new(),
            looking: BTreeSet::new(),
            awaited: BTreeMap::new(),
            cluster: OneCluster::default(),
            started: BTreeSet::new(),
            views: 0,
            table: None,
            first: 0,
            hold: None,
            second: false,
            waiting: Vec::new(),
            scribe: false,
            lanes: 0,
            reassignments: false,
            over: Vec::new(),
        }
    }

    fn voice(&self, origin: Origin) -> Voice {
        Voice::new(origin, self.options.clock, self.queue.clone())
    }

    fn stages(&self, id: BrokerId) -> Stages {
        Stages {
            id,
            voice: self.voice(Origin::Broker(id)),
            patience: self.patience,
            options: self.options.connection(),
            ensemble: self.options.ensemble.clone(),
        }
    }

    fn look(&mut self, address: Address) {
        if !self.looking.insert(address.clone()) {
            return;
        }
        let voice = self.voice(Origin::Bootstrap(Name::from(address.to_string())));
        let (patience, options) = (self.patience, self.options.connection());
        self.tasks.spawn(async move {
            let outcome = bootstrap::look(&address, &options, patience, &voice).await;
            let outcome = outcome.unwrap_or_else(|_| {
                Err(WireError::Abandoned {
                    address: address.clone(),
                })
            });
            if let Err(error) = &outcome {
                let lost = Fact::Lost {
                    why: failure(error),
                    retry_at: None,
                };
                // Nobody listening means that the reading is over.
                let _ = voice.tell(lost).await;
            }
            Done::Looked(address, outcome)
        });
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Looked(address, outcome) => self.looked(&address, outcome),
            Done::Greeted(None) => self.first = self.first.saturating_sub(1),
            Done::Greeted(Some(greeted)) => {
                if greeted.mode == Mode::Kraft {
                    self.lane(&greeted.session, greeted.mode, None);
                }
                let stages = self.stages(greeted.session.id);
                self.tasks
                    .spawn(async move { Done::First(stages.first(greeted).await) });
            }
            Done::First(open) => {
                self.first = self.first.saturating_sub(1);
                if let Some(open) = open {
                    self.hold.get_or_insert(Instant::now() + HOLD);
                    if open.mode != Mode::Kraft {
                        self.lane(&open.session, open.mode, open.view.as_deref());
                    }
                    self.waiting.push(open);
                }
            }
            Done::Scribe(open) => match open {
                Some(open) => self.waiting.push(open),
                // The next one is asked.
                None => self.scribe = false,
            },
            Done::Second(open) => self.over.extend(open.map(|open| open.session)),
            Done::Told => {}
        }
    }

    fn looked(&mut self, address: &Address, outcome: Result<Found, WireError>) {
        self.looking.remove(address);
        let awaited = self.awaited.remove(address);
        match outcome {
            Ok(found) => {
                let view = found.open.view.clone();
                if let Some(why) = self.cluster.refuses(address, &view) {
                    let voice = self.voice(Origin::Bootstrap(Name::from(address.to_string())));
                    self.tasks.spawn(async move {
                        // Nobody listening means that the reading is over.
                        let _ = voice.tell(Fact::Lost { why, retry_at: None }).await;
                        Done::Told
                    });
                    return;
                }
                self.found(&view, Some(found));
                // The broker that was said to listen here is another one by now, by its own word.
                if let Some((id, target)) = awaited {
                    self.start(id, target, None);
                }
            }
            Err(error) => {
                if let Some((id, target)) = awaited
                    && self.started.insert(id)
                {
                    let why = unreached(id, &target.advertised, &error, true);
                    let voice = self.voice(Origin::Broker(id));
                    self.tasks.spawn(async move {
                        // Nobody listening means that the reading is over.
                        let _ = voice.tell(Fact::Lost { why, retry_at: None }).await;
                        Done::Told
                    });
                }
            }
        }
    }

    /// Starts the brokers of a view. One that listens at an address that is being looked through waits for that
    /// connection instead of making another.
    fn found(&mut self, view: &Arc<MetadataView>, found: Option<Found>) {
        let mut found = found;
        self.table.get_or_insert_with(|| Arc::clone(view));
        for broker in &view.brokers {
            let Some((target, here)) = self.place(broker, found.as_ref()) else {
                continue;
            };
            if here {
                self.start(broker.id, target, found.take());
            } else if self.looking.contains(&target.address) && !self.started.contains(&broker.id) {
                self.awaited.insert(target.address.clone(), (broker.id, target));
            } else {
                self.start(broker.id, target, None);
            }
        }
    }

    /// Tries fenced brokers too: they are in no view, and how they fail is to be told.
    fn heard(&mut self, fact: &Fact) {
        let Fact::Fencing(brokers) = fact else { return };
        for (broker, _) in brokers {
            let Some((target, _)) = self.place(broker, None) else {
                continue;
            };
            if self.looking.contains(&target.address) && !self.started.contains(&broker.id) {
                self.awaited.insert(target.address.clone(), (broker.id, target));
            } else {
                self.start(broker.id, target, None);
            }
        }
    }

    fn place(&self, broker: &ListedBroker, found: Option<&Found>) -> Option<(Target, bool)> {
        let target = target(broker, &self.options.overrides)?;
        let here = found.is_some_and(|found| found.address == target.address);
        Some((target, here))
    }

    fn start(&mut self, id: BrokerId, target: Target, found: Option<Found>) {
        if !self.started.insert(id) {
            return;
        }
        self.first += 1;
        // Of a large cluster a few tell their view, as while watching: each is as large as the whole table.
        let table = self.table.as_ref().filter(|table| table.brokers.len() > SMALL);
        let borrowed = table
            .filter(|_| found.is_none() && self.views >= WITNESSES)
            .cloned();
        self.views += usize::from(borrowed.is_none());
        let stages = self.stages(id);
        self.tasks
            .spawn(async move { Done::Greeted(stages.greet(target, found, borrowed).await) });
    }

    /// Starts the controller lane of a broker where it is to be asked something there.
    fn lane(&mut self, session: &Session, mode: Mode, view: Option<&MetadataView>) {
        let kraft = mode == Mode::Kraft;
        let names_itself = view.is_some_and(|view| view.controller == Some(session.id));
        let quorum = kraft && self.lanes < SMALL;
        let reassignments = (kraft || names_itself) && !self.reassignments;
        if !quorum && !reassignments {
            return;
        }
        self.lanes += 1;
        self.reassignments |= reassignments;
        let stages = self.stages(session.id);
        let address = session.connection.address().clone();
        self.tasks.spawn(async move {
            stages.lane(&address, quorum, reassignments).await;
            Done::Told
        });
    }

    /// Who is asked what one broker can answer for all. In ZooKeeper mode that is one that the others list, once their
    /// views are there: a broker that was cut off waits for its ZooKeeper on the thread that serves the request.
    ///
    /// Its peers list it for some seconds more. So it is any of them, by chance: of one that does not answer, each
    /// reading costs a thread, and a command that is run again and again would take all that it has.
    fn next_scribe(&mut self, all_there: bool) -> Option<Open> {
        if self.waiting.last()?.mode == Mode::Kraft {
            return self.waiting.pop();
        }
        if !all_there {
            return None;
        }
        let views: Vec<_> = self
            .waiting
            .iter()
            .map(|open| (open.session.id, open.view.as_deref()))
            .collect();
        let listed = listed_by_others(&views);
        let place = *listed.get(fastrand::usize(0..listed.len().max(1)))?;
        Some(self.waiting.swap_remove(place))
    }

    /// Starts what can be started.
    fn advance(&mut self) {
        let discovered = self.looking.is_empty() && self.first == 0;
        let held = self.hold.is_some_and(|hold| Instant::now() >= hold);
        if !self.scribe
            && let Some(open) = self.next_scribe(discovered || held)
        {
            self.scribe = true;
            let stages = self.stages(open.session.id);
            self.tasks
                .spawn(async move { Done::Scribe(stages.scribe(open).await) });
        }
        self.second |= held || (discovered && self.hold.is_some());
        if self.second {
            for open in std::mem::take(&mut self.waiting) {
                let stages = self.stages(open.session.id);
                self.tasks
                    .spawn(async move { Done::Second(stages.second(open).await) });
            }
        }
    }

    /// Ends everything; the sessions that are still good.
    fn finish(mut self) -> Vec<Session> {
        self.tasks.abort_all();
        std::mem::take(&mut self.over)
    }
}
