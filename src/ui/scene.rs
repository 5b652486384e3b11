//! Everything that a frame is made from, with the few judgements that several views share.

use std::cell::Cell;

use crate::command::{Command, Keymap};
use crate::health::Bulletin;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::intake::{Origin, SourceState};
use crate::model::reading::{Face, Reading};
use crate::model::snapshot::Snapshot;
use crate::model::time::{At, Since, Span};

use super::canvas::Strip;
use super::glyph::Glyphs;
use super::screen::Screen;
use super::settings::UiSettings;
use super::theme::Role;

/// A bulletin with the screen that looks at it, at one moment.
pub struct Scene<'a> {
    /// The bulletin.
    pub bulletin: &'a Bulletin,
    /// The state of the screen.
    pub screen: &'a Screen,
    /// What the screen was told at its start.
    pub settings: &'a UiSettings,
    /// The keys.
    pub keymap: &'a Keymap,
    /// The glyphs in use.
    pub glyphs: Glyphs,
    /// How long ago the bulletin came.
    pub since_arrival: Span,
    /// Whether an age was drawn that the next second changes.
    pub(super) ages: Cell<bool>,
}

/// How old log sizes may be before they count as stale: three rounds of 15 s.
const LOG_DIRS_PATIENCE: Span = Span::seconds(45);

impl Scene<'_> {
    /// The facts.
    pub fn snapshot(&self) -> &Snapshot {
        &self.bulletin.snapshot
    }

    /// The moment that ages are counted to.
    pub fn now(&self) -> At {
        self.snapshot().now().plus(self.since_arrival)
    }

    /// How long ago `at` was, in words.
    pub fn age(&self, at: At) -> String {
        self.span(at.age(self.now()))
    }

    /// A length of time that grows with the clock, in words.
    pub fn span(&self, span: Span) -> String {
        if span < Span::seconds(3_600) {
            self.ages.set(true);
        }
        span.to_string()
    }

    /// How long something has lasted, in a table: `1m12s`, or `>=1m12s` where that is a lower bound.
    pub fn lasting(&self, since: Since) -> String {
        match since {
            Since::Exactly(at) => self.age(at),
            Since::AtLeast(at) => format!(">={}", self.age(at)),
        }
    }

    /// That a question is under way.
    pub fn asking(&self) -> String {
        format!("asking{}", if self.glyphs.is_ascii() { "..." } else { "…" })
    }

    /// Why a question has no answer.
    pub fn failed(&self, why: &Failure) -> String {
        format!("{} {}: {why}", self.glyphs.down, failure_word(why.kind))
    }

    /// How old a fact may be that is read at every refresh, or as often as the eye allows itself.
    pub fn patience(&self) -> Span {
        let slowest = self
            .snapshot()
            .intake
            .sources
            .iter()
            .filter_map(|source| source.slowed_to)
            .max();
        let asked = self.snapshot().times.patience;
        slowest.map_or(asked, |pace| asked.max(Span(pace.0.saturating_mul(5) / 2)))
    }

    /// How old what is read of groups may be: they are read half as often.
    pub fn group_patience(&self) -> Span {
        Span(self.patience().0.saturating_mul(2))
    }

    /// How old log sizes may be.
    pub fn disk_patience(&self) -> Span {
        LOG_DIRS_PATIENCE.max(self.patience())
    }

    /// How the partition table is to be shown: everything counted from it has this face.
    pub fn metadata_face(&self) -> Face {
        self.snapshot().metadata.read.face(self.now(), self.patience())
    }

    /// Whether what the partition table tells is older than it should be.
    pub fn metadata_is_old(&self) -> bool {
        matches!(self.metadata_face(), Face::Stale | Face::Failed)
    }

    /// A strip as it is, or dimmed where the partition table is old.
    pub fn from_metadata(&self, strip: Strip) -> Strip {
        if self.metadata_is_old() {
            strip.recast(Role::Stale)
        } else {
            strip
        }
    }

    /// A reading in its face: the value; the value dimmed with its age; `✖` with the last good value and its
    /// age, or with the word of the failure; `?` where nothing was ever read.
    pub fn reading<T>(&self, reading: &Reading<T>, patience: Span, write: impl FnOnce(&T) -> Strip) -> Strip {
        let now = self.now();
        match (reading.face(now, patience), reading.last(), reading.failing()) {
            (Face::Fresh, Some(last), _) => write(&last.value),
            (Face::Stale, Some(last), _) => {
                let age = self.age(last.at);
                write(&last.value)
                    .recast(Role::Stale)
                    .and(format!(" {age}"), Role::Stale)
            }
            (Face::Failed, Some(last), _) => {
                let age = self.age(last.at);
                Strip::of(self.glyphs.down, Role::Warn)
                    .and(write(&last.value).plain(), Role::Stale)
                    .and(format!(" {age}"), Role::Stale)
            }
            (Face::Failed, None, Some(failing)) => Strip::of(
                format!("{}{}", self.glyphs.down, failure_word(failing.why.kind)),
                Role::Warn,
            ),
            _ => unknown(),
        }
    }

    /// The brokers, in the order of their columns.
    pub fn broker_ids(&self) -> Vec<BrokerId> {
        self.snapshot().brokers.keys().copied().collect()
    }

    /// The key that asks for a command on this page, in its text form.
    pub fn key(&self, command: Command) -> Option<String> {
        let context = self.screen.context();
        let chord = self.keymap.first_chord(context, command)?;
        // A question of the story takes the keys of the pages while it waits.
        let leads = self.keymap.command(context, chord) == Some(command);
        leads.then(|| chord.to_string())
    }

    /// How the sources of a kind stand.
    pub fn live(&self, kind: impl Fn(&Origin) -> bool) -> Live {
        let mut sum = Live::default();
        for source in &self.snapshot().intake.sources {
            if kind(&source.origin) {
                sum.all += 1;
                sum.live += usize::from(source.state == SourceState::Live);
                sum.connecting += usize::from(source.state == SourceState::Connecting);
            }
        }
        sum
    }
}

/// How the sources of a kind stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// How many deliver.
    pub live: usize,
    /// How many are tried for the first time.
    pub connecting: usize,
    /// How many there are.
    pub all: usize,
}

/// What is not known.
pub fn unknown() -> Strip {
    Strip::of("?", Role::Unknown)
}

/// What does not exist.
pub fn none() -> Strip {
    Strip::of("-", Role::Dim)
}

/// A count of things that should not be: dim while there is none.
pub fn bad_count(value: u64, role: Role) -> Strip {
    Strip::of(
        super::text::count(value),
        if value == 0 { Role::Dim } else { role },
    )
}

/// How a request failed, in the engineer's words.
pub fn failure_word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Refused => "refused",
        FailureKind::Reset => "reset",
        FailureKind::Timeout => "no answer",
        FailureKind::Unresolved => "no such host",
        FailureKind::NoRoute => "no route",
        FailureKind::NotKafka => "not Kafka",
        FailureKind::Rubbish => "rubbish",
        FailureKind::Unsupported => "unsupported",
        FailureKind::Denied => "denied",
        FailureKind::Answered => "error",
        FailureKind::NotAsked => "not asked",
    }
}
