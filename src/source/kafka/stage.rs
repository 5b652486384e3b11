//! The stages in which one broker is read once.

use super::bootstrap::Found;
use super::failure::{failure, unreached};
use super::read;
use super::release::release;
use super::session::{Patience, Session};
use super::supervisor::Target;
use crate::model::cluster::Mode;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::observation::{Ask, Fact, MetadataView, Observation};
use crate::model::text::Name;
use crate::source::council::Ensemble;
use crate::source::voice::{Closed, Voice};
use crate::wire::request::Which;
use crate::wire::{Address, Api, Connection, Options, WireError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the scribe waits to hear of the ensemble.
const ENSEMBLE_WITHIN: Duration = Duration::from_millis(300);

/// A broker that answers, between two stages.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) mode: Mode,
    pub(super) view: Option<Arc<MetadataView>>,
}

/// Why a stage came to its end early.
enum Stop {
    /// Nobody listens.
    Closed,
    /// The broker fell silent, which has been told.
    Silent,
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// The stages of one broker.
#[derive(Debug, Clone)]
pub(super) struct Stages {
    pub(super) id: BrokerId,
    pub(super) voice: Voice,
    pub(super) patience: Patience,
    pub(super) options: Options,
    pub(super) ensemble: watch::Receiver<Ensemble>,
}

impl Stages {
    /// Connects where no connection was found, then reads views and groups; none where the broker does not answer.
    pub(super) async fn first(self, target: Target, found: Option<Found>) -> Option<Open> {
        self.try_first(target, found).await.ok()
    }

    async fn try_first(&self, target: Target, found: Option<Found>) -> Result<Open, Stop> {
        let (connection, round_trip, known) = if let Some(Found { open, .. }) = found {
            (open.connection, open.round_trip, Some((open.asked, open.view)))
        } else {
            let connection = self.connect(&target).await?;
            let round_trip = connection.round_trip();
            (connection, round_trip, None)
        };
        let release = release(connection.versions());
        let mode = release.mode.unwrap_or(Mode::ZooKeeper);
        self.voice.tell(Fact::Versions(release)).await?;
        if let Some(round_trip) = round_trip {
            self.voice.tell(Fact::Answered { round_trip }).await?;
        }
        let mut session = Session {
            id: self.id,
            connection,
            clock: self.voice.clock,
            patience: self.patience,
            describes_cluster: None,
        };
        let view = match known {
            Some((asked, view)) => {
                self.voice.say(asked, Fact::Metadata(view.clone())).await?;
                Some(view)
            }
            None => match read::metadata(&mut session).await {
                Ok((observation, view)) => {
                    self.voice.pass(observation).await?;
                    view
                }
                Err(error) => return Err(self.lost(&error, &[]).await),
            },
        };
        let rest = [Ask::EndOffsets, Ask::StartOffsets, Ask::LogDirs];
        if session.speaks(Api::DescribeCluster) {
            let outcome = read::fencing(&mut session).await;
            let [ends, starts, dirs] = rest;
            self.pass(Ask::Fencing, outcome, &[Ask::Groups, ends, starts, dirs])
                .await?;
        }
        if let Some(rights) = read::group_rights(&session) {
            self.voice.tell(rights).await?;
        }
        let outcome = read::groups(&mut session, true).await;
        self.pass(Ask::Groups, outcome, &rest).await?;
        Ok(Open { session, mode, view })
    }

    async fn connect(&self, target: &Target) -> Result<Connection, Stop> {
        let shown = Name::from(target.address.to_string());
        self.voice.tell(Fact::Connecting { address: shown }).await?;
        match Connection::open(&target.address, self.patience.deadline(), &self.options).await {
            Ok(connection) => Ok(connection),
            Err(error) => {
                let why = unreached(self.id, &target.advertised, &error, true);
                self.voice.tell(Fact::Lost { why, retry_at: None }).await?;
                Err(Stop::Silent)
            }
        }
    }

    /// Reads what one broker can answer for all.
    pub(super) async fn scribe(self, mut open: Open) -> Option<Open> {
        let Some(view) = open.view.clone() else {
            return Some(open);
        };
        let topics = read::topic_names(&view);
        let rest = [Ask::EndOffsets, Ask::StartOffsets, Ask::LogDirs];
        let ensemble = self.ensemble_word().await;
        let outcome = if open.mode == Mode::Kraft || ensemble == Ensemble::Serves {
            read::min_isr(&mut open.session, &topics).await
        } else {
            self.voice
                .tell(read::topic_settings_not_asked(ensemble))
                .await
                .ok()?;
            read::default_min_isr(&mut open.session, &topics).await
        };
        self.pass(Ask::MinIsr, outcome, &rest).await.ok()?;
        if open.session.speaks(Api::DescribeTopicPartitions) {
            let outcome = read::eligible(&mut open.session, &topics).await;
            self.pass(Ask::Eligible, outcome, &rest).await.ok()?;
        }
        Some(open)
    }

    /// What is known of the ensemble, once it was looked at.
    async fn ensemble_word(&self) -> Ensemble {
        let mut ensemble = self.ensemble.clone();
        let looked = ensemble.wait_for(|word| *word != Ensemble::NotRead);
        match timeout(ENSEMBLE_WITHIN, looked).await {
            Ok(Ok(word)) => *word,
            _ => Ensemble::NotRead,
        }
    }

    /// Reads both ends of the logs that the broker leads, then its log directories.
    pub(super) async fn second(self, mut open: Open) -> Option<Open> {
        let led = open
            .view
            .as_deref()
            .map(|view| read::led_by(self.id, view))
            .unwrap_or_default();
        if !led.is_empty() {
            let outcome = read::offsets(&mut open.session, led.clone(), Which::Latest).await;
            self.pass(Ask::EndOffsets, outcome, &[Ask::StartOffsets, Ask::LogDirs])
                .await
                .ok()?;
            let outcome = read::offsets(&mut open.session, led, Which::Earliest).await;
            self.pass(Ask::StartOffsets, outcome, &[Ask::LogDirs])
                .await
                .ok()?;
        }
        let outcome = read::log_dirs(&mut open.session).await;
        self.pass(Ask::LogDirs, outcome, &[]).await.ok()?;
        Some(open)
    }

    /// Reads what the broker passes on to the controller, over a connection of its own.
    pub(super) async fn lane(self, address: &Address, quorum: bool, reassignments: bool) {
        let asked = self.voice.clock.now();
        let wanted = [(Ask::Quorum, quorum), (Ask::Reassignments, reassignments)];
        let wanted = wanted
            .into_iter()
            .filter(|(_, wanted)| *wanted)
            .map(|(ask, _)| ask);
        let mut session = match Connection::open(address, self.patience.deadline(), &self.options).await {
            Ok(connection) => Session {
                id: self.id,
                connection,
                clock: self.voice.clock,
                patience: self.patience,
                describes_cluster: None,
            },
            Err(error) => {
                for ask in wanted {
                    let _ = self.voice.say(asked, Fact::Failed(ask, failure(&error))).await;
                }
                return;
            }
        };
        for ask in wanted {
            let asked = self.voice.clock.now();
            let outcome = match ask {
                Ask::Quorum => read::quorum(&mut session).await,
                _ => read::reassignments(&mut session).await,
            };
            let told = match outcome {
                Ok(observation) => self.voice.pass(observation).await,
                Err(error) => self.voice.say(asked, Fact::Failed(ask, failure(&error))).await,
            };
            if told.is_err() {
                return;
            }
        }
    }

    async fn pass(
        &self,
        ask: Ask,
        outcome: Result<Observation, WireError>,
        rest: &[Ask],
    ) -> Result<(), Stop> {
        match outcome {
            Ok(observation) => Ok(self.voice.pass(observation).await?),
            // The broker has answered before: what fails is this read, unless the connection was ended from there.
            Err(error @ WireError::Timeout { .. }) => {
                let why = failure(&error);
                self.voice.tell(Fact::Failed(ask, why)).await?;
                self.unasked(&error, rest).await?;
                Err(Stop::Silent)
            }
            Err(error) => Err(self.lost(&error, rest).await),
        }
    }

    async fn lost(&self, error: &WireError, rest: &[Ask]) -> Stop {
        let lost = Fact::Lost {
            why: failure(error),
            retry_at: None,
        };
        match self.voice.tell(lost).await {
            Ok(()) => self
                .unasked(error, rest)
                .await
                .err()
                .map_or(Stop::Silent, Stop::from),
            Err(closed) => closed.into(),
        }
    }

    /// Says of each further read that there was nobody left to ask.
    async fn unasked(&self, error: &WireError, rest: &[Ask]) -> Result<(), Closed> {
        for ask in rest {
            let detail = format!(
                "broker {} was not asked for {}, since {error}",
                self.id,
                ask.what()
            );
            let why = Failure::new(FailureKind::NotAsked, &detail);
            self.voice.tell(Fact::Failed(*ask, why)).await?;
        }
        Ok(())
    }
}

/// Reads the views of one broker once more; the session where it is still good.
pub(super) async fn view_again(mut session: Session, voice: Voice) -> Option<Session> {
    let metadata = read::metadata(&mut session)
        .await
        .map(|(observation, _)| observation);
    let fencing = match &metadata {
        Ok(_) if session.speaks(Api::DescribeCluster) => Some(read::fencing(&mut session).await),
        _ => None,
    };
    for outcome in std::iter::once(metadata).chain(fencing) {
        let told = match outcome {
            Ok(observation) => voice.pass(observation).await,
            Err(error) => {
                let lost = Fact::Lost {
                    why: failure(&error),
                    retry_at: None,
                };
                let _ = voice.tell(lost).await;
                return None;
            }
        };
        if told.is_err() {
            return None;
        }
    }
    Some(session)
}
