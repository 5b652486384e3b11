//! A screen that stands still, and what it misses meanwhile.

use std::sync::Arc;
use std::time::Instant;

use super::{Missed, Session};
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
        let (then, verdict) = (&shown.health.verdict, &missed.newest.health.verdict);
        let differs = (verdict.level, &verdict.sentence) != (then.level, &then.sentence);
        self.screen.frozen = Some(Frozen {
            seconds: now.duration_since(missed.since).as_secs(),
            bulletins: missed.newest.seq.saturating_sub(missed.first),
            now: differs.then(|| (verdict.level, verdict.sentence.clone())),
        });
    }
}
