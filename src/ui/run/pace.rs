//! When the loop draws, and how long it sleeps.

use std::time::{Duration, Instant};

use super::Session;

/// The least time between two frames while nobody touches the keys: 15 a second.
const FRAME: Duration = Duration::from_millis(67);
/// The same behind a key, so that it is answered at once, and so are its rows where they are made beside the loop.
const KEY_FRAME: Duration = Duration::from_millis(8);
/// How long that holds.
const BEHIND_A_KEY: Duration = Duration::from_millis(150);
/// How often ages are drawn anew.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// How long it sleeps where nothing on the screen changes by itself.
const SLEEP: Duration = Duration::from_secs(3_600);
/// With no bulletin for this long the header says so.
pub(super) const SILENT: Duration = Duration::from_secs(3);

impl Session {
    /// When the next frame may be drawn.
    pub(super) fn next_frame(&self) -> Instant {
        let Some(drawn) = self.times.drawn else {
            return self.arrived;
        };
        let touched = self.times.key.is_some_and(|key| drawn < key + BEHIND_A_KEY);
        drawn + if touched { KEY_FRAME } else { FRAME }
    }

    /// How long to sleep.
    pub(super) fn patience(&self, now: Instant) -> Duration {
        let until = if self.dirty {
            Some(self.next_frame())
        } else {
            self.due()
        };
        until.map_or(SLEEP, |until| until.saturating_duration_since(now))
    }

    /// When the frame that is shown becomes wrong by itself: with the next second of an age in it, or when
    /// the silence of the pipeline has to be said.
    fn due(&self) -> Option<Instant> {
        let forgotten = self.pending.forgotten_at().filter(|_| self.screen.half.is_some());
        let old = self.becomes_old();
        old.map_or(forgotten, |old| Some(forgotten.map_or(old, |at| at.min(old))))
    }

    fn becomes_old(&self) -> Option<Instant> {
        let drawn = self.times.drawn?;
        let silent = self.arrived + SILENT;
        if self.times.ages {
            Some(drawn + TICK)
        } else {
            (self.bulletin.is_some() && drawn < silent).then_some(silent)
        }
    }

    /// Notes that the frame that is shown has become wrong by itself.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.due().is_some_and(|due| now >= due) {
            self.screen.half = self.pending.typed(now);
            self.dirty = true;
        }
    }
}
