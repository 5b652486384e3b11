//! The screen's loop: it sleeps until a key, news, another size, or the next second of a shown age.
//!
//! It waits for no source: bulletins are taken as they are, and a frame is made from the newest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::command::{Chord, Command, Keymap};
use crate::health::Bulletin;

use super::inbox::{Inbox, StopReason, Wake};
use super::screen::Screen;
use super::settings::UiSettings;
use super::terminal::Guard;
use super::theme::Theme;
use super::update::{Effect, update};
use super::view::{self, Frame};
use super::{UiError, input};

/// The least time between two frames: 15 a second.
const FRAME: Duration = Duration::from_millis(67);
/// How often ages are drawn anew.
const TICK: Duration = Duration::from_secs(1);
/// How long it sleeps where nothing on the screen changes by itself.
const SLEEP: Duration = Duration::from_secs(3_600);
/// With no bulletin for this long the header says so.
const SILENT: Duration = Duration::from_secs(3);
/// Rows change their order at most this often.
const SETTLE: Duration = Duration::from_secs(1);
/// Rows hold still for this long after a key.
const STILL: Duration = Duration::from_millis(500);

/// How the screen ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user left.
    Quit,
    /// It was told to end.
    Stopped(StopReason),
}

/// Shows the bulletins until the user leaves or the screen is told to stop. Blocks: to be called on a thread
/// of its own. The terminal is given back on every way out.
#[expect(
    clippy::needless_pass_by_value,
    reason = "one screen, one inbox: it is of no use to anyone afterwards"
)]
pub fn run(
    inbox: Inbox,
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    settings: UiSettings,
) -> Result<Ended, UiError> {
    let mut guard = Guard::enter()?;
    input::start(inbox.input()).map_err(|source| UiError::Terminal {
        doing: "starting to read the keyboard",
        source,
    })?;
    let mut session = Session::new(bulletins, settings, Instant::now());
    loop {
        if session.dirty && Instant::now() >= session.next_frame() {
            if std::mem::take(&mut session.forget) {
                guard.forget()?;
            }
            let now = Instant::now();
            guard.draw(|buffer| session.draw(buffer, now))?;
        }
        let mut wake = inbox.wait(session.patience(Instant::now()));
        while let Some(happened) = wake {
            if session.take(happened, Instant::now())? {
                return Ok(Ended::Quit);
            }
            wake = inbox.next();
        }
        if inbox.take_news() {
            session.look(Instant::now());
        }
        if let Some(reason) = inbox.stopped() {
            return Ok(Ended::Stopped(reason));
        }
        session.tick(Instant::now());
    }
}

/// Everything that the loop remembers between two frames.
struct Session {
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    bulletin: Option<Arc<Bulletin>>,
    arrived: Instant,
    settings: UiSettings,
    keymap: Keymap,
    theme: Theme,
    screen: Screen,
    times: Times,
    dirty: bool,
    forget: bool,
}

/// When what happened last.
struct Times {
    drawn: Option<Instant>,
    settled: Option<Instant>,
    /// The bulletin that the rows are of.
    seq: Option<u64>,
    key: Option<Instant>,
    ages: bool,
}

impl Session {
    fn new(bulletins: watch::Receiver<Option<Arc<Bulletin>>>, settings: UiSettings, now: Instant) -> Self {
        let mut session = Self {
            bulletins,
            bulletin: None,
            arrived: now,
            keymap: Keymap::standard(),
            theme: settings.looks.theme(),
            settings,
            screen: Screen::default(),
            times: Times {
                drawn: None,
                settled: None,
                seq: None,
                key: None,
                ages: false,
            },
            dirty: true,
            forget: false,
        };
        session.look(now);
        session
    }

    fn draw(&mut self, buffer: &mut ratatui::buffer::Buffer, now: Instant) {
        // Rows are made here and not as bulletins come: of those between two frames only the last counts.
        let seq = self.bulletin.as_ref().map(|bulletin| bulletin.seq);
        if seq != self.times.seq {
            let recent = |at: Option<Instant>, span: Duration| at.is_some_and(|at| now < at + span);
            self.settle(
                recent(self.times.settled, SETTLE) || recent(self.times.key, STILL),
                now,
            );
        }
        let seen = view::draw(
            buffer,
            &Frame {
                bulletin: self.bulletin.as_deref(),
                since_arrival: now.duration_since(self.arrived).into(),
                screen: &self.screen,
                settings: &self.settings,
                keymap: &self.keymap,
                theme: &self.theme,
            },
        );
        self.screen.saw(seen.windows);
        self.times.ages = seen.ages;
        self.times.drawn = Some(now);
        self.dirty = false;
    }

    /// When the next frame may be drawn.
    fn next_frame(&self) -> Instant {
        self.times.drawn.map_or(self.arrived, |drawn| drawn + FRAME)
    }

    /// How long to sleep.
    fn patience(&self, now: Instant) -> Duration {
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
        let drawn = self.times.drawn?;
        let silent = self.arrived + SILENT;
        if self.times.ages {
            Some(drawn + TICK)
        } else {
            (self.bulletin.is_some() && drawn < silent).then_some(silent)
        }
    }

    /// Notes that the frame that is shown has become wrong by itself.
    fn tick(&mut self, now: Instant) {
        if self.due().is_some_and(|due| now >= due) {
            self.dirty = true;
        }
    }

    /// Takes the newest bulletin.
    fn look(&mut self, now: Instant) {
        let newest = self.bulletins.borrow_and_update().clone();
        let Some(newest) = newest else {
            return;
        };
        if self
            .bulletin
            .as_ref()
            .is_some_and(|bulletin| bulletin.seq == newest.seq)
        {
            return;
        }
        self.bulletin = Some(newest);
        self.arrived = now;
        self.dirty = true;
    }

    fn settle(&mut self, hold: bool, now: Instant) {
        if let Some(bulletin) = &self.bulletin {
            self.screen.settle(bulletin, hold);
            self.times.seq = Some(bulletin.seq);
            if !hold {
                self.times.settled = Some(now);
            }
        }
        self.dirty = true;
    }

    /// Takes what woke the loop; true where the user leaves.
    fn take(&mut self, wake: Wake, now: Instant) -> Result<bool, UiError> {
        match wake {
            Wake::News => {}
            // Shrinking may have lost cells that the last frame drew, so all of it is drawn anew.
            Wake::Resized => (self.dirty, self.forget) = (true, true),
            Wake::InputLost(why) => return Err(UiError::InputLost { why }),
            Wake::Key(chord) => {
                self.times.key = Some(now);
                return Ok(self.key(chord, now));
            }
        }
        Ok(false)
    }

    fn key(&mut self, chord: Chord, now: Instant) -> bool {
        let Some(command) = self.keymap.command(self.screen.page.context(), chord) else {
            return false;
        };
        let without_cluster = matches!(
            command,
            Command::Help | Command::Quit | Command::Redraw | Command::Back | Command::Up | Command::Down
        );
        if self.settings.how_to_connect.is_some() && !without_cluster {
            return false;
        }
        match update(&mut self.screen, command) {
            Effect::None => {}
            Effect::Draw => self.dirty = true,
            Effect::Settle => self.settle(false, now),
            Effect::Redraw => {
                self.dirty = true;
                self.forget = true;
            }
            Effect::Quit => return true,
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;
    use crate::ui::screen::ListId;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    struct Bench {
        sender: watch::Sender<Option<Arc<Bulletin>>>,
        session: Session,
        start: Instant,
    }

    impl Bench {
        fn new() -> Self {
            let (sender, receiver) = watch::channel(None);
            let start = Instant::now();
            let session = Session::new(receiver, UiSettings::default(), start);
            Self {
                sender,
                session,
                start,
            }
        }

        fn at(&self, millis: u64) -> Instant {
            self.start + Duration::from_millis(millis)
        }

        fn publish(&mut self, seq: u64, mut bulletin: Bulletin, millis: u64) {
            bulletin.seq = seq;
            self.sender.send_replace(Some(Arc::new(bulletin)));
            self.session.look(self.at(millis));
        }

        fn draw(&mut self, millis: u64) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
            self.session.draw(&mut buffer, self.at(millis));
        }

        fn press(&mut self, key: &str, millis: u64) -> bool {
            let wake = Wake::Key(key.parse().unwrap());
            self.session.take(wake, self.at(millis)).unwrap()
        }
    }

    #[test]
    fn frames_are_at_most_15_a_second_and_ages_tick_each_second() {
        let mut bench = Bench::new();
        assert!(bench.session.dirty, "the first frame is drawn at once");
        bench.draw(0);
        bench.publish(1, fixture::degraded(), 10);
        assert!(bench.session.dirty);
        assert_eq!(bench.session.patience(bench.at(10)), Duration::from_millis(57));
        bench.draw(67);
        assert_eq!(
            bench.session.patience(bench.at(67)),
            TICK,
            "down for so many seconds"
        );
        bench.session.tick(bench.at(1_066));
        assert!(!bench.session.dirty);
        bench.session.tick(bench.at(1_067));
        assert!(bench.session.dirty);
    }

    #[test]
    fn a_frame_without_ages_sleeps_until_silence_has_to_be_said() {
        let mut bench = Bench::new();
        let mut bulletin = fixture::healthy();
        let health = Arc::make_mut(&mut bulletin.health);
        health.verdict.since = None;
        bench.publish(1, bulletin, 0);
        bench.draw(0);
        assert_eq!(bench.session.patience(bench.at(0)), SILENT);
        bench.session.tick(bench.at(3_000));
        assert!(bench.session.dirty);
        bench.draw(3_000);
        assert_eq!(bench.session.patience(bench.at(3_000)), TICK);
    }

    #[test]
    fn the_same_bulletin_is_not_drawn_twice() {
        let mut bench = Bench::new();
        bench.publish(1, fixture::healthy(), 0);
        bench.draw(0);
        bench.publish(1, fixture::healthy(), 500);
        assert!(!bench.session.dirty);
    }

    #[test]
    fn rows_hold_still_within_a_second_and_after_a_key() {
        let first = |bench: &Bench| bench.session.screen.lists.rows(ListId::Groups).first().cloned();
        let mut worse = fixture::healthy();
        let group = fixture::group("zebra", "Stable", 900_000, Some(500.0), 1);
        Arc::make_mut(&mut worse.snapshot)
            .groups
            .table
            .insert(group.name.clone(), Arc::new(group));
        let mut bench = Bench::new();
        bench.publish(1, fixture::healthy(), 0);
        bench.draw(0);
        let before = first(&bench);
        bench.publish(2, worse.clone(), 500);
        bench.draw(500);
        assert_eq!(first(&bench), before, "within a second of the last order");
        bench.press("j", 1_400);
        bench.publish(3, worse.clone(), 1_500);
        bench.draw(1_500);
        assert_eq!(first(&bench), before, "right after a key");
        bench.publish(4, worse, 2_000);
        bench.draw(2_000);
        assert_ne!(first(&bench), before);
    }

    #[test]
    fn without_a_cluster_only_help_and_quit_work() {
        let mut bench = Bench::new();
        bench.session.settings.how_to_connect = Some(vec![]);
        bench.press("2", 0);
        assert_eq!(bench.session.screen.page, crate::ui::screen::Page::Overview);
        bench.press("i", 0);
        assert_eq!(bench.session.screen.overlay, None);
        bench.press("?", 0);
        assert!(bench.session.screen.overlay.is_some());
        assert!(bench.press("q", 0));
    }

    #[test]
    fn a_lost_keyboard_ends_the_screen_with_the_reason() {
        let mut bench = Bench::new();
        let lost = Wake::InputLost("closed".to_owned());
        let error = bench.session.take(lost, bench.at(0)).unwrap_err();
        assert!(error.to_string().contains("closed"));
    }
}
