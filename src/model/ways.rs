//! The ways in which notices reach people, each with its state, so that what was not delivered is seen.

use std::collections::VecDeque;

use super::notice::Line;
use super::time::{At, Span};

/// Whether a way works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayState {
    /// Nothing was sent yet.
    Untried,
    /// The last message was taken.
    Working {
        /// Since when.
        since: At,
        /// What came back, or what was done.
        said: Line,
    },
    /// The last message was not taken.
    Failing {
        /// Since when.
        since: At,
        /// Why.
        why: Line,
        /// When it is tried again; none when that takes another notice.
        again: Option<At>,
    },
    /// It does not exist here; it is looked for again with another notice.
    Unavailable {
        /// Since when that is known.
        since: At,
        /// Why.
        why: Line,
    },
}

/// What became of the notices that were given to a way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Taken, each by itself or in a digest.
    pub delivered: u64,
    /// Of these, those in a digest.
    pub digested: u64,
    /// Given to the way that stands in for this one.
    pub passed_on: u64,
    /// Lost: refused, tried for too long, or without room.
    pub undelivered: u64,
    /// Not sent yet.
    pub waiting: u64,
}

/// One way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its name: `desktop`, `terminal`, `bell`, `command NAME`, `webhook NAME`.
    pub name: Line,
    /// Whether it works.
    pub state: WayState,
    /// What became of its notices.
    pub tally: Tally,
}

/// Something about a way that was worth writing down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayEvent {
    /// When.
    pub at: At,
    /// The name of the way.
    pub way: Line,
    /// What happened, in one sentence.
    pub what: Line,
}

/// The notices that were told to nobody, on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Below the least severity, or an end that is not to be told.
    pub filtered: u64,
    /// The same as what was told last under the same key.
    pub repeated: u64,
    /// Held until the quiet hours are over.
    pub quiet: u64,
}

/// Every way at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// The ways, in the order of the configuration.
    pub ways: Vec<Way>,
    /// What is told to nobody.
    pub withheld: Withheld,
    /// The last events, the newest last.
    pub events: VecDeque<WayEvent>,
}

impl Ways {
    /// How many events are kept.
    pub const EVENTS: usize = 100;

    /// Writes an event down; the oldest is forgotten.
    pub fn note(&mut self, event: WayEvent) {
        if self.events.len() >= Self::EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// How many notices a way could not deliver, over all ways.
    pub fn undelivered(&self) -> u64 {
        self.ways.iter().map(|way| way.tally.undelivered).sum()
    }

    /// One sentence about what a person should know of the ways; none while all is well.
    pub fn complaint(&self, now: At) -> Option<String> {
        let failing = self.ways.iter().find_map(|way| match &way.state {
            WayState::Failing { since, why, .. } => {
                let age: Span = since.age(now);
                Some(format!("{} fails since {age}: {why}", way.name))
            }
            _ => None,
        });
        match (failing, self.undelivered()) {
            (None, 0) => None,
            (Some(failing), 0) => Some(failing),
            (None, lost) => Some(format!("{} not delivered", notices(lost))),
            (Some(failing), lost) => Some(format!("{failing}; {} not delivered", notices(lost))),
        }
    }
}

/// `1 notice`, `3 notices`.
fn notices(count: u64) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} notice{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(state: WayState, undelivered: u64) -> Way {
        Way {
            name: "webhook chat".into(),
            state,
            tally: Tally {
                undelivered,
                ..Tally::default()
            },
        }
    }

    #[test]
    fn only_what_is_wrong_is_complained_of() {
        let failing = WayState::Failing {
            since: At(0),
            why: "HTTP 500".into(),
            again: None,
        };
        let absent = WayState::Unavailable {
            since: At(0),
            why: "no bus".into(),
        };
        let table = [
            (way(WayState::Untried, 0), None),
            (way(absent, 0), None),
            (
                way(failing.clone(), 0),
                Some("webhook chat fails since 1m: HTTP 500"),
            ),
            (
                way(failing, 2),
                Some("webhook chat fails since 1m: HTTP 500; 2 notices not delivered"),
            ),
            (way(WayState::Untried, 1), Some("1 notice not delivered")),
        ];
        for (way, expected) in table {
            let ways = Ways {
                ways: vec![way],
                ..Ways::default()
            };
            assert_eq!(ways.complaint(At(60_000)).as_deref(), expected);
        }
    }

    #[test]
    fn the_oldest_events_are_forgotten() {
        let mut ways = Ways::default();
        for at in 0..250 {
            ways.note(WayEvent {
                at: At(at),
                way: "bell".into(),
                what: "x".into(),
            });
        }
        assert_eq!(ways.events.len(), Ways::EVENTS);
        assert_eq!(ways.events.back().map(|event| event.at), Some(At(249)));
    }
}
