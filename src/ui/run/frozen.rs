//! A screen that stands still, and what it misses meanwhile.

use std::sync::Arc;
use std::time::Instant;

use super::{Missed, Session};
use crate::health::{Cause, Level, Verdict};
use crate::ui::screen::Frozen;

impl Session {
    /// Stands still, or goes on with the newest bulletin.
    pub(super) fn freeze(&mut self, now: Instant) {
        self.dirty = true;
        if self.missed.take().is_some() {
            self.screen.frozen = None;
            self.bulletins.mark_changed();
            self.look(now);
        } else if let Some(shown) = &self.bulletin {
            self.missed = Some(Missed {
                since: now,
                first: shown.seq,
                newest: Arc::clone(shown),
            });
        }
    }

    /// Tells the screen what it misses while it stands still.
    pub(super) fn tell_missed(&mut self, now: Instant) {
        let (Some(missed), Some(shown)) = (&self.missed, &self.bulletin) else {
            return;
        };
        let (then, newest) = (&shown.health.verdict, &missed.newest);
        let verdict = &newest.health.verdict;
        let last = shown.snapshot.events.newest().map(|event| event.id);
        let events = newest.snapshot.events.iter();
        let fresh = events.filter(|event| last.is_none_or(|last| event.id > last));
        self.screen.frozen = Some(Frozen {
            seconds: now.duration_since(missed.since).as_secs(),
            bulletins: newest.seq.saturating_sub(missed.first),
            events: fresh.count(),
            now: (kind(verdict) != kind(then)).then(|| (verdict.level, verdict.sentence.clone())),
        });
    }
}

/// What a verdict says but for its numbers: an age or a lag that went on is no news.
fn kind(verdict: &Verdict) -> (Level, &[Cause], Vec<&str>) {
    let words = verdict.sentence.split(' ');
    let has_number = |word: &&str| word.contains(|letter: char| letter.is_ascii_digit());
    let words = words.filter(|word| !has_number(word)).collect();
    (verdict.level, &verdict.cause, words)
}
