//! The stages in which one broker is read once.

use super::bootstrap::Found;
use super::failure::{failure, unreached};
use super::read::{self, Listing};
use super::release::release;
use super::session::{Patience, Session};
use super::supervisor::Target;
use crate::model::cluster::Mode;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::observation::{Ask, Fact, MetadataView, Observation};
use crate::model::text::Name;
use crate::model::time::At;
use crate::source::council::Ensemble;
use crate::source::voice::{Closed, Voice};
use crate::wire::request::{TopicPartitions, Which};
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
    /// The partitions that it leads by its own word.
    pub(super) led: Vec<TopicPartitions>,
}

/// A broker that has told its versions.
pub(super) struct Greeted {
    pub(super) session: Session,
    pub(super) mode: Mode,
    known: Known,
}

/// What is known of a broker's view before its first stage.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// It was read already, and asked for at that time.
    Read(At, Arc<MetadataView>),
    /// It is not to be asked for, since enough brokers of a large cluster tell theirs; it leads what this one says.
    Borrowed(Arc<MetadataView>),
    /// It is to be asked for.
    Unread,
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
    /// Connects where no connection was found; none where the broker does not answer.
    pub(super) async fn greet(
        self,
        target: Target,
        found: Option<Found>,
        borrowed: Option<Arc<MetadataView>>,
    ) -> Option<Greeted> {
        self.try_greet(target, found, borrowed).await.ok()
    }

    async fn try_greet(
        &self,
        target: Target,
        found: Option<Found>,
        borrowed: Option<Arc<MetadataView>>,
    ) -> Result<Greeted, Stop> {
        let (connection, round_trip, known) = if let Some(Found { open, .. }) = found {
            (
                open.connection,
                open.round_trip,
                Known::Read(open.asked, open.view),
            )
        } else {
            let connection = self.connect(&target).await?;
            let round_trip = connection.round_trip();
            (
                connection,
                round_trip,
                borrowed.map_or(Known::Unread, Known::Borrowed),
            )
        };
        let release = release(connection.versions());
        let mode = release.mode.unwrap_or(Mode::ZooKeeper);
        self.voice.tell(Fact::Versions(release)).await?;
        if let Some(round_trip) = round_trip {
            self.voice.tell(Fact::Answered { round_trip }).await?;
        }
        let session = Session {
            id: self.id,
            connection,
            clock: self.voice.clock,
            patience: self.patience,
            describes_cluster: None,
        };
        Ok(Greeted { session, mode, known })
    }

    /// Reads views and groups, and what else is best asked beside them; none where the broker falls silent.
    pub(super) async fn first(self, greeted: Greeted) -> Option<Open> {
        self.try_first(greeted).await.ok()
    }

    /// As many requests as can be are under way at once, so that the broker never waits for the next one. No end of a
    /// log is asked for that must not be older than a commit.
    async fn try_first(&self, greeted: Greeted) -> Result<Open, Stop> {
        let Greeted {
            mut session,
            mode,
            known,
        } = greeted;
        let metadata = match &known {
            Known::Unread => Some(read::begin_metadata(&mut session).await),
            Known::Read(..) | Known::Borrowed(_) => None,
        };
        let fencing = if session.speaks(Api::DescribeCluster) {
            Some(read::begin_fencing(&mut session).await)
        } else {
            None
        };
        let listing = Listing::begin(&mut session).await;
        let view = match (known, metadata) {
            (Known::Read(asked, view), _) => {
                self.voice.say(asked, Fact::Metadata(view.clone())).await?;
                Some(view)
            }
            (Known::Borrowed(view), _) => Some(view),
            (Known::Unread, None) => None,
            (Known::Unread, Some(metadata)) => match read::finish_metadata(&mut session, metadata).await {
                Ok((observation, view)) => {
                    self.voice.pass(observation).await?;
                    view
                }
                Err(error) => return Err(self.lost(&error, &[]).await),
            },
        };
        let led = view
            .as_deref()
            .map(|view| read::led_by(self.id, view))
            .unwrap_or_default();
        let ends = [Ask::EndOffsets, Ask::StartOffsets];
        if let Some(fencing) = fencing {
            let outcome = read::finish_fencing(&mut session, fencing).await;
            self.pass(
                Ask::Fencing,
                outcome,
                &[Ask::Groups, ends[0], ends[1], Ask::LogDirs],
            )
            .await?;
        }
        if let Some(rights) = read::group_rights(&session) {
            self.voice.tell(rights).await?;
        }
        let rest = [ends[0], ends[1], Ask::LogDirs];
        let groups = match listing.follow(&mut session, true).await {
            Ok(groups) => groups,
            Err(error) => return Err(self.fell_silent(Ask::Groups, error, &rest).await),
        };
        let starts = if led.is_empty() {
            None
        } else {
            Some(read::begin_offsets(&mut session, led.clone(), Which::Earliest).await)
        };
        let outcome = groups.finish(&mut session).await;
        self.pass(Ask::Groups, outcome, &rest).await?;
        if let Some(starts) = starts {
            let outcome = starts.finish(&mut session).await;
            self.pass(Ask::StartOffsets, outcome, &[Ask::EndOffsets, Ask::LogDirs])
                .await?;
        }
        Ok(Open {
            session,
            mode,
            view,
            led,
        })
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
        let rest = [Ask::EndOffsets, Ask::LogDirs];
        let ensemble = self.ensemble_word().await;
        let outcome = if open.mode == Mode::Kraft || ensemble == Ensemble::Serves {
            match read::settings(&mut open.session, &topics).await {
                Ok((settings, min_isr)) => {
                    self.voice.tell(settings).await.ok()?;
                    Ok(min_isr)
                }
                Err(error) => Err(error),
            }
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

    /// Reads the ends of the logs that the broker leads, then its log directories: the last of all, since on a disk that
    /// hangs they are not answered, and answers come in order.
    pub(super) async fn second(self, mut open: Open) -> Option<Open> {
        let led = std::mem::take(&mut open.led);
        let ends = if led.is_empty() {
            None
        } else {
            Some(read::begin_offsets(&mut open.session, led, Which::Latest).await)
        };
        let dirs = read::begin_log_dirs(&mut open.session).await;
        if let Some(ends) = ends {
            let outcome = ends.finish(&mut open.session).await;
            self.pass(Ask::EndOffsets, outcome, &[Ask::LogDirs]).await.ok()?;
        }
        let outcome = dirs.finish(&mut open.session).await;
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
        let asked = self.voice.clock.now();
        let voters = if quorum {
            Some(read::begin_quorum(&mut session).await)
        } else {
            None
        };
        let moves = if reassignments {
            Some(read::begin_reassignments(&mut session).await)
        } else {
            None
        };
        if let Some(voters) = voters {
            let outcome = voters.finish(&mut session).await;
            if self.told(Ask::Quorum, asked, outcome).await.is_err() {
                return;
            }
        }
        if let Some(moves) = moves {
            let outcome = moves.finish(&mut session).await;
            // Nobody listening means that the reading is over.
            let _ = self.told(Ask::Reassignments, asked, outcome).await;
        }
    }

    async fn told(&self, ask: Ask, asked: At, outcome: Result<Observation, WireError>) -> Result<(), Closed> {
        match outcome {
            Ok(observation) => self.voice.pass(observation).await,
            Err(error) => self.voice.say(asked, Fact::Failed(ask, failure(&error))).await,
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
            Err(error) => Err(self.fell_silent(ask, error, rest).await),
        }
    }

    async fn fell_silent(&self, ask: Ask, error: WireError, rest: &[Ask]) -> Stop {
        if !matches!(error, WireError::Timeout { .. }) {
            return self.lost(&error, rest).await;
        }
        // The broker has answered before: what fails is this read, unless the connection was ended from there.
        let failed = Fact::Failed(ask, failure(&error));
        let told = match self.voice.tell(failed).await {
            Ok(()) => self.unasked(&error, rest).await,
            Err(closed) => Err(closed),
        };
        told.err().map_or(Stop::Silent, Stop::from)
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
