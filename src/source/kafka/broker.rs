//! The task of one broker: connects, reads cycle by cycle, says when the broker falls silent, and tries again.
//!
//! It has two lanes. Kafka answers the requests of one connection in their order, and a request that a broker passes on
//! to the controller waits as long as no controller answers; on the same connection it would hold up metadata and
//! offsets of a broker that is well. So such requests go over a second connection, the controller lane,
//! and what fails there is a failed read and never the loss of the broker.

use super::bootstrap::Inherited;
use super::failure::{failure, unreached};
use super::lane::{self, Duty};
use super::pace::{Change, Pace};
use super::plan::{Part, Plan, Step};
use super::read;
use super::roles::Roles;
use super::session::{Patience, Session};
use super::supervisor::{Report, Target};
use super::table::Table;
use super::{EyeOptions, release::release};
use crate::model::failure::Failure;
use crate::model::ids::BrokerId;
use crate::model::observation::{Ask, Fact, MetadataView, Observation};
use crate::model::text::Name;
use crate::model::time::At;
use crate::source::council::Ensemble;
use crate::source::voice::{Closed, Voice};
use crate::wire::request::Which;
use crate::wire::{Api, Backoff, Connection, Fingerprint, Options, WireError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// The pause before a task begins that replaces one which died of a fault of its own.
const AFTER_FAULT: Duration = Duration::from_secs(1);

/// What a broker's task is started with.
pub(super) struct BrokerTask {
    /// The broker.
    pub(super) id: BrokerId,
    /// What is wanted of all tasks.
    pub(super) options: Arc<EyeOptions>,
    /// Its way into the queue.
    pub(super) voice: Voice,
    /// Where it is to be reached.
    pub(super) target: watch::Receiver<Target>,
    /// Who is asked what.
    pub(super) roles: watch::Receiver<Roles>,
    /// Its way to the supervisor.
    pub(super) reports: mpsc::Sender<Report>,
    /// A connection that led here, and what it told.
    pub(super) inherited: Option<Inherited>,
    /// What another broker of a large cluster says that it leads, until it is asked itself.
    pub(super) borrowed: Option<Table>,
    /// Why an earlier task of this broker came to its end, where it did.
    pub(super) relapse: Option<Failure>,
}

/// How serving a connection came to its end.
enum End {
    /// The broker does not answer any more.
    Lost(WireError),
    /// One read came to nothing and took the connection with it; whether the broker still answers is seen by
    /// connecting again.
    Reopen,
}

/// The main lane of a broker.
struct Lane {
    id: BrokerId,
    options: Arc<EyeOptions>,
    voice: Voice,
    target: watch::Receiver<Target>,
    roles: watch::Receiver<Roles>,
    reports: mpsc::Sender<Report>,
    duty: watch::Sender<Duty>,
    patience: Patience,
    pace: Pace,
    plan: Plan,
    table: Option<Table>,
    /// The newest Metadata on this connection.
    seen: Option<Fingerprint>,
    reached: bool,
    /// Whether a question for topics' settings was left unanswered in ZooKeeper mode.
    unanswered: bool,
    /// Whether topics' settings, or the default for them, were read.
    settings_read: bool,
}

impl BrokerTask {
    /// Runs both lanes until nobody listens.
    pub(super) async fn run(self) {
        let (duty, duties) = watch::channel(Duty::default());
        let patience = Patience::of_refresh(self.options.refresh);
        let beside = lane::run(
            self.id,
            self.voice.clone(),
            duties,
            self.roles.clone(),
            patience,
            self.options.connection(),
        );
        let main = Lane {
            id: self.id,
            voice: self.voice,
            target: self.target,
            roles: self.roles,
            reports: self.reports,
            duty,
            patience,
            pace: Pace::new(self.options.refresh),
            plan: Plan::default(),
            table: self.borrowed,
            seen: None,
            reached: false,
            unanswered: false,
            settings_read: false,
            options: self.options,
        };
        tokio::select! {
            Closed = main.run(self.inherited, self.relapse) => {}
            Closed = beside => {}
        }
    }
}

impl Lane {
    async fn run(mut self, inherited: Option<Inherited>, relapse: Option<Failure>) -> Closed {
        match self.work(inherited, relapse).await {
            Ok(never) => match never {},
            Err(closed) => closed,
        }
    }

    async fn work(
        &mut self,
        inherited: Option<Inherited>,
        relapse: Option<Failure>,
    ) -> Result<std::convert::Infallible, Closed> {
        let mut backoff = Backoff::new();
        if let Some(table) = &self.table {
            self.plan.size(table.partitions);
            self.pace.size(table.partitions);
            self.plan.postpone(self.voice.clock.now(), fastrand::u32(0..1000));
        }
        if let Some(why) = relapse {
            self.rest(why, AFTER_FAULT).await?;
        }
        let mut ready = match inherited {
            Some(open) => {
                let session = self.session(open.connection);
                self.greet(&session, open.round_trip).await?;
                let known = session.observation(open.asked, Fact::Metadata(open.view.clone()));
                self.learn(known, Some(open.view)).await?;
                Some(session)
            }
            None => None,
        };
        loop {
            let session = match ready.take() {
                Some(session) => Ok(session),
                None => self.open().await?,
            };
            let end = match session {
                Ok(mut session) => {
                    self.reached = true;
                    self.seen = None;
                    self.serve(&mut session, &mut backoff).await?
                }
                Err(error) => End::Lost(error),
            };
            if let End::Lost(error) = end {
                let advertised = self.target.borrow().advertised.clone();
                let why = unreached(self.id, &advertised, &error, !self.reached);
                let wait = backoff.failed(&mut fastrand::Rng::new());
                self.rest(why, wait).await?;
            }
        }
    }

    fn session(&self, connection: Connection) -> Session {
        Session {
            id: self.id,
            connection,
            clock: self.voice.clock,
            patience: self.patience,
            describes_cluster: None,
        }
    }

    async fn open(&mut self) -> Result<Result<Session, WireError>, Closed> {
        let address = self.target.borrow_and_update().address.clone();
        let shown = Name::from(address.to_string());
        self.voice.tell(Fact::Connecting { address: shown }).await?;
        let options: Options = self.options.connection();
        match Connection::open(&address, self.patience.deadline(), &options).await {
            Ok(connection) => {
                let session = self.session(connection);
                let round_trip = session.connection.round_trip();
                self.greet(&session, round_trip).await?;
                Ok(Ok(session))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Says what the handshake told.
    async fn greet(&self, session: &Session, round_trip: Option<Duration>) -> Result<(), Closed> {
        let release = release(session.connection.versions());
        let mode = release.mode;
        self.voice.tell(Fact::Versions(release)).await?;
        self.answered(round_trip).await?;
        let address = session.connection.address().clone();
        self.duty.send_modify(|duty| {
            duty.address = Some(address);
            duty.mode = mode;
        });
        self.report(Report::Live(self.id)).await
    }

    async fn answered(&self, round_trip: Option<Duration>) -> Result<(), Closed> {
        match round_trip {
            Some(round_trip) => self.voice.tell(Fact::Answered { round_trip }).await,
            None => Ok(()),
        }
    }

    /// Says that the broker is lost, and waits until it is to be tried again.
    async fn rest(&mut self, why: Failure, wait: Duration) -> Result<(), Closed> {
        let retry = Instant::now() + wait;
        self.duty.send_modify(|duty| duty.address = None);
        let retry_at = Some(self.voice.clock.at(retry));
        self.voice.tell(Fact::Lost { why, retry_at }).await?;
        self.report(Report::Lost(self.id)).await?;
        tokio::select! {
            () = tokio::time::sleep_until(retry) => Ok(()),
            // Another address, or word that the broker answers: try at once.
            changed = self.target.changed() => changed.map_err(|_| Closed),
        }
    }

    async fn report(&self, report: Report) -> Result<(), Closed> {
        self.reports.send(report).await.map_err(|_| Closed)
    }

    /// Cycle after cycle, until the connection ends.
    async fn serve(&mut self, session: &mut Session, backoff: &mut Backoff) -> Result<End, Closed> {
        loop {
            let began = Instant::now();
            let before = session.traffic();
            if let Some(end) = self.cycle(session, backoff).await? {
                return Ok(end);
            }
            let after = session.traffic();
            let requests = after.requests - before.requests;
            let bytes = (after.sent - before.sent) + (after.received - before.received);
            match self.pace.spent(requests, bytes) {
                Some(Change::Slowed(interval)) => self.voice.tell(Fact::Paced(Some(interval.into()))).await?,
                Some(Change::Restored) => self.voice.tell(Fact::Paced(None)).await?,
                None => {}
            }
            let interval = self.pace.interval(fastrand::u32(0..=200));
            // A connection that ends while it rests is the fastest word of a broker that died.
            if let Err(error) = session.connection.rest(began + interval).await {
                return Ok(End::Lost(error));
            }
        }
    }

    /// One cycle; what ended the connection, if something did.
    async fn cycle(&mut self, session: &mut Session, backoff: &mut Backoff) -> Result<Option<End>, Closed> {
        let mut steps = self.plan.next(self.voice.clock.now(), self.part());
        if !session.speaks(Api::DescribeCluster) {
            // Before 2.8: Metadata is then what shows that the broker answers.
            steps.retain(|step| *step != Step::Fencing);
        }
        for (place, step) in steps.into_iter().enumerate() {
            let asked = self.voice.clock.now();
            if let Err(error) = self.step(session, step).await? {
                return self.ended(step.ask(), asked, error, place == 0).await.map(Some);
            }
            if place == 0 {
                backoff.succeeded();
                self.answered(session.connection.round_trip()).await?;
            }
        }
        for ask in [Ask::MinIsr, Ask::Eligible] {
            let asked = self.voice.clock.now();
            if let Err(error) = self.scribe(session, ask).await? {
                return self.ended(ask, asked, error, false).await.map(Some);
            }
        }
        Ok(None)
    }

    /// Its roles at this moment; in the first cycle they are only given out while it runs.
    fn part(&self) -> Part {
        let roles = self.roles.borrow();
        Part {
            witness: roles.is_witness(self.id),
            scribe: roles.is_scribe(self.id),
        }
    }

    /// What it means that a read took the connection with it.
    ///
    /// The first and small request of a cycle decides whether the broker answers. When a later and larger one is not
    /// answered in time, the read has failed; the broker as such is asked again by connecting.
    async fn ended(&self, ask: Ask, asked: At, error: WireError, first: bool) -> Result<End, Closed> {
        let timed_out = matches!(error, WireError::Timeout { .. });
        if first || !timed_out {
            return Ok(End::Lost(error));
        }
        self.voice.say(asked, Fact::Failed(ask, failure(&error))).await?;
        Ok(End::Reopen)
    }

    async fn step(&mut self, session: &mut Session, step: Step) -> Result<Result<(), WireError>, Closed> {
        let outcome = match step {
            Step::Fencing => read::fencing(session).await,
            Step::Metadata => match read::metadata_unless(session, &mut self.seen).await {
                Ok((observation, view)) => {
                    self.learn(observation, view).await?;
                    return Ok(Ok(()));
                }
                Err(error) => Err(error),
            },
            Step::Groups(members) => {
                if let Some(rights) = read::group_rights(session) {
                    self.voice.tell(rights).await?;
                }
                read::groups(session, members).await
            }
            Step::EndOffsets => return self.ends(session, Which::Latest).await,
            Step::StartOffsets => return self.ends(session, Which::Earliest).await,
            Step::LogDirs => {
                let outcome = read::log_dirs(session).await;
                self.plan.disks_told(outcome.is_ok());
                outcome
            }
        };
        self.pass(outcome).await
    }

    async fn ends(&mut self, session: &mut Session, which: Which) -> Result<Result<(), WireError>, Closed> {
        let led = self
            .table
            .as_ref()
            .map(|table| table.led.clone())
            .unwrap_or_default();
        if led.is_empty() {
            return Ok(Ok(()));
        }
        let outcome = read::offsets(session, led, which).await;
        if let Ok(observation) = &outcome
            && has_errors(&observation.fact)
        {
            self.plan.mark_stale();
        }
        self.pass(outcome).await
    }

    async fn scribe(&mut self, session: &mut Session, ask: Ask) -> Result<Result<(), WireError>, Closed> {
        let (now, part) = (self.voice.clock.now(), self.part());
        let Some((topics, born)) = self
            .table
            .as_ref()
            .filter(|_| part.scribe)
            .map(|table| (Arc::clone(&table.topics), Arc::clone(&table.born)))
        else {
            self.plan.configs(now, part, &[]);
            return Ok(Ok(()));
        };
        let outcome = match ask {
            Ask::MinIsr if self.plan.configs(now, part, &born) => {
                return self.min_isr(session, &topics).await;
            }
            Ask::Eligible
                if session.speaks(Api::DescribeTopicPartitions) && self.plan.eligible(now, part) =>
            {
                read::eligible(session, &topics).await
            }
            _ => return Ok(Ok(())),
        };
        self.pass(outcome).await
    }

    /// Reads min ISR of the topics: in ZooKeeper mode only while the ensemble serves, and never again of a broker that
    /// left the question unanswered, for it may still be at it on one of its few threads.
    async fn min_isr(
        &mut self,
        session: &mut Session,
        topics: &[String],
    ) -> Result<Result<(), WireError>, Closed> {
        let kraft = session.speaks(Api::DescribeQuorum);
        let ensemble = *self.options.ensemble.borrow();
        if !kraft && (ensemble != Ensemble::Serves || self.unanswered) {
            self.voice.tell(read::topic_settings_not_asked(ensemble)).await?;
            if ensemble != Ensemble::NotWatched {
                self.plan.ask_configs_again();
                // What was read while the ensemble served is better than the default.
                if std::mem::replace(&mut self.settings_read, true) {
                    return Ok(Ok(()));
                }
            }
            return self.pass(read::default_min_isr(session, topics).await).await;
        }
        let outcome = read::settings(session, topics).await;
        self.unanswered |= !kraft && matches!(outcome, Err(WireError::Timeout { .. }));
        self.settings_read |= outcome.is_ok();
        match outcome {
            Ok((settings, min_isr)) => {
                self.voice.tell(settings).await?;
                self.pass(Ok(min_isr)).await
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn pass(&self, outcome: Result<Observation, WireError>) -> Result<Result<(), WireError>, Closed> {
        match outcome {
            Ok(observation) => {
                if let Fact::Fencing(brokers) = &observation.fact {
                    let listed = brokers.iter().map(|(broker, _)| broker.clone()).collect();
                    self.report(Report::Listed(listed)).await?;
                }
                self.voice.pass(observation).await?;
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Takes a view of the cluster: for the reads that follow, for the supervisor, and for the queue.
    async fn learn(
        &mut self,
        observation: Observation,
        view: Option<Arc<MetadataView>>,
    ) -> Result<(), Closed> {
        if let Some(view) = view {
            let acts = view.controller == Some(self.id);
            self.duty
                .send_if_modified(|duty| std::mem::replace(&mut duty.named_controller, acts) != acts);
            let table = Table::of(self.id, &view);
            self.plan.size(table.partitions);
            self.pace.size(table.partitions);
            let before = self.table.take().map(|table| table.brokers).unwrap_or_default();
            let returned = table.brokers.difference(&before).copied().collect();
            self.report(Report::Listed(view.brokers.clone())).await?;
            self.report(Report::Returned(returned)).await?;
            self.table = Some(table);
        }
        self.voice.pass(observation).await
    }
}

fn has_errors(fact: &Fact) -> bool {
    match fact {
        Fact::EndOffsets(offsets) | Fact::StartOffsets(offsets) => {
            offsets.values().flatten().any(|(_, offset)| offset.is_err())
        }
        _ => false,
    }
}
