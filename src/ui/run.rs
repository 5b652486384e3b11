//! The screen's loop: it sleeps until a key, news, another size, or the next second of a shown age.
//!
//! It waits for no source: bulletins are taken as they are, and a frame is made from the newest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use ratatui::layout::Rect;

use crate::command::{Keymap, Pending};
use crate::health::Bulletin;
use crate::model::log::LogRequest;
use crate::model::progress::Wish;
use crate::model::question::Question;
use crate::model::story::Score;
use crate::model::time::Span;

use super::inbox::{Inbox, StopReason, Wake};
use super::prompt::{self, Prompt};
use super::screen::Screen;
use super::settings::UiSettings;
use super::sorter::{Job, LARGE, Rows, Sorter};
use super::terminal::Guard;
use super::theme::Theme;
use super::update::{Effect, Hit};
use super::view::{self, Frame};
use super::{UiError, input};
use logs::Logs;

/// Rows change their order at most this often.
const SETTLE: Duration = Duration::from_secs(1);
/// Rows hold still for this long after a key.
const STILL: Duration = Duration::from_millis(500);

/// How the screen ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user left; how the quiz went, where there was one.
    Quit(Option<Score>),
    /// It was told to end.
    Stopped(StopReason),
}

/// Where the screen asks for what is beyond bulletins; all of them are bounded, and none is waited for.
#[derive(Clone, Debug)]
pub struct Asks {
    /// What is read once.
    pub questions: mpsc::Sender<Question>,
    /// What is to be done.
    pub wishes: mpsc::Sender<Wish>,
    /// Whose output is to be read.
    pub logs: mpsc::Sender<LogRequest>,
}

/// Shows the bulletins until the user leaves or the screen is told to stop.
/// Blocks: to be called on a thread of its own. The terminal is given back on every way out.
#[expect(
    clippy::needless_pass_by_value,
    reason = "one screen, one inbox: it is of no use to anyone afterwards"
)]
pub fn run(
    inbox: Inbox,
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    asks: Asks,
    settings: UiSettings,
) -> Result<Ended, UiError> {
    let asked = settings.looks.depends_on_the_ground() && settings.looks.can_be_asked;
    let mut guard = Guard::enter(asked)?;
    input::start(inbox.input(), asked).map_err(|source| UiError::Terminal {
        doing: "starting to read the keyboard",
        source,
    })?;
    let sorter = Sorter::start(inbox.input()).map_err(|source| UiError::Terminal {
        doing: "starting the thread that sorts rows",
        source,
    })?;
    let mut session = Session::new(bulletins, asks.questions, settings, sorter, Instant::now());
    session.wishes = Some(asks.wishes);
    session.logs = Logs::of(asks.logs);
    let ended = 'shown: loop {
        if let Some(text) = session.copied.take() {
            guard.copy(&text)?;
        }
        if std::mem::take(&mut session.suspend) {
            guard.suspend()?;
            session.forget = true;
            session.dirty = true;
        }
        if session.dirty && Instant::now() >= session.next_frame() {
            if std::mem::take(&mut session.forget) {
                guard.forget()?;
            }
            let now = Instant::now();
            guard.draw(|buffer| session.draw(buffer, now))?;
        }
        // After a whole frame, so that they never land inside one.
        guard.write(&inbox.take_bytes())?;
        let mut wake = inbox.wait(session.patience(Instant::now()));
        while let Some(happened) = wake {
            if session.take(happened, Instant::now())? {
                break 'shown Ended::Quit(session.screen.score());
            }
            wake = inbox.next();
        }
        if inbox.take_news() {
            session.look(Instant::now());
            session.hear_news(&inbox);
        }
        session.take_rows()?;
        session.ask_for_log();
        if let Some(reason) = inbox.stopped() {
            break Ended::Stopped(reason);
        }
        session.tick(Instant::now());
    };
    // Where the terminal is gone there is nobody to tell.
    drop(guard.write(&inbox.last_bytes()));
    Ok(ended)
}

/// Everything that the loop remembers between two frames.
pub(super) struct Session {
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    /// The one that is shown.
    bulletin: Option<Arc<Bulletin>>,
    sorter: Sorter,
    questions: mpsc::Sender<Question>,
    /// Where acts are asked for; none where nothing can be done.
    wishes: Option<mpsc::Sender<Wish>>,
    /// Where outputs are asked for.
    logs: Logs,
    /// What is asked once, when the cluster is known: what kaftop has left undone.
    first_wish: Option<Wish>,
    began: Instant,
    arrived: Instant,
    settings: UiSettings,
    keymap: Keymap,
    pending: Pending,
    theme: Theme,
    screen: Screen,
    times: Times,
    /// What the places of the last frame mean to the mouse.
    hits: Vec<(Rect, Hit)>,
    /// Text on its way to the clipboard.
    copied: Option<String>,
    /// The newest bulletin while the screen stands still, and the one before it was told to.
    missed: Option<Missed>,
    dirty: bool,
    forget: bool,
    suspend: bool,
}

/// What came while the screen stands still.
struct Missed {
    since: Instant,
    first: u64,
    newest: Arc<Bulletin>,
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
    pub(super) fn new(
        bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
        questions: mpsc::Sender<Question>,
        settings: UiSettings,
        sorter: Sorter,
        now: Instant,
    ) -> Self {
        let mut session = Self {
            bulletins,
            bulletin: None,
            sorter,
            questions,
            wishes: None,
            logs: Logs::default(),
            first_wish: Some(Wish::Leftovers),
            began: now,
            arrived: now,
            keymap: settings.keymap.clone(),
            pending: Pending::default(),
            theme: settings.looks.theme(),
            screen: looks::opening(&settings),
            settings,
            times: Times {
                drawn: None,
                settled: None,
                seq: None,
                key: None,
                ages: false,
            },
            hits: Vec::new(),
            copied: None,
            missed: None,
            dirty: true,
            forget: false,
            suspend: false,
        };
        session.look(now);
        session
    }

    pub(super) fn draw(&mut self, buffer: &mut ratatui::buffer::Buffer, now: Instant) {
        // Rows are made here and not as bulletins come: of those between two frames only the last counts.
        let seq = self.bulletin.as_ref().map(|bulletin| bulletin.seq);
        if seq != self.times.seq {
            self.settle(self.holds(now), now);
        }
        self.tell_missed(now);
        // Of a screen that stands still the ages stand still too.
        let since_arrival = if self.missed.is_some() {
            Span(0)
        } else {
            now.duration_since(self.arrived).into()
        };
        let seen = view::draw(
            buffer,
            &Frame {
                bulletin: self.bulletin.as_deref(),
                since_arrival,
                screen: &self.screen,
                settings: &self.settings,
                keymap: &self.keymap,
                theme: &self.theme,
            },
        );
        self.dialog_is_drawn(now);
        self.screen.saw(seen.windows);
        self.hits = seen.hits;
        self.times.ages = seen.ages || self.missed.is_some();
        self.times.drawn = Some(now);
        self.dirty = false;
    }

    /// Whether there is something new to draw.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Takes the newest bulletin.
    pub(super) fn look(&mut self, now: Instant) {
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
        if let Some(missed) = &mut self.missed {
            // It is told with the next second: what stands still is not drawn for every bulletin.
            missed.newest = newest;
            return;
        }
        self.arrived = now;
        self.ask_for_leftovers(&newest);
        if is_large(&newest) {
            // It is shown with its rows, once they are made.
            self.order(newest, self.holds(now));
        } else {
            self.bulletin = Some(newest);
            self.dirty = true;
        }
    }

    /// Whether rows are to keep their order now.
    fn holds(&self, now: Instant) -> bool {
        let recent = |at: Option<Instant>, span: Duration| at.is_some_and(|at| now < at + span);
        recent(self.times.settled, SETTLE) || recent(self.times.key, STILL)
    }

    /// Has the rows of a large cluster made.
    fn order(&self, bulletin: Arc<Bulletin>, hold: bool) {
        self.sorter.give(Job {
            bulletin,
            asked: self.screen.asked.clone(),
            order: hold.then(|| Arc::clone(&self.screen.lists)),
        });
    }

    /// Takes the rows that were made beside the loop; whether there were any that are asked for.
    pub(super) fn take_rows(&mut self) -> Result<bool, UiError> {
        let mut taken = false;
        while let Some(Rows { job, lists }) = self.sorter.take() {
            // Rows of another narrowing or sorting are out of date: those asked for since are on their way.
            if job.asked != self.screen.asked {
                continue;
            }
            taken = true;
            self.screen.settled(lists);
            self.times.seq = Some(job.bulletin.seq);
            if job.order.is_none() {
                self.times.settled = Some(Instant::now());
            }
            if let Some(before) = self.bulletin.replace(job.bulletin) {
                self.sorter.discard(before);
            }
            self.dirty = true;
        }
        if self.sorter.is_gone() {
            return Err(UiError::SorterLost);
        }
        Ok(taken)
    }

    fn settle(&mut self, hold: bool, now: Instant) {
        let shown = self.bulletin.clone();
        let newest = match self.missed {
            Some(_) => shown,
            None => self.bulletins.borrow().clone().or(shown),
        };
        if let Some(large) = newest.filter(|bulletin| is_large(bulletin)) {
            self.order(large, hold);
        } else if let Some(bulletin) = &self.bulletin {
            self.screen.settle(bulletin, hold);
            self.times.seq = Some(bulletin.seq);
            if !hold {
                self.times.settled = Some(now);
            }
        }
        self.dirty = true;
    }

    /// Takes what woke the loop; true where the user leaves.
    pub(super) fn take(&mut self, wake: Wake, now: Instant) -> Result<bool, UiError> {
        match wake {
            Wake::News => {}
            Wake::Answer(answer) => self.dirty |= self.screen.answered(answer),
            // Shrinking may have lost cells that the last frame drew, so all of it is drawn anew.
            Wake::Resized => (self.dirty, self.forget) = (true, true),
            Wake::Ground(ground) => self.lie_on(ground),
            Wake::InputLost(why) => return Err(UiError::InputLost { why }),
            Wake::Key(chord) => {
                self.times.key = Some(now);
                self.dirty |= self.screen.toast.take().is_some();
                return Ok(self.key(chord, now));
            }
            Wake::Paste(text) => {
                let effect = prompt::paste(&mut self.screen, &text);
                return Ok(self.follow(effect, now));
            }
            Wake::Mouse(mouse) => {
                self.times.key = Some(now);
                return Ok(self.mouse(mouse, now));
            }
        }
        Ok(false)
    }

    /// Does what a key asked for; true where the user leaves.
    fn follow(&mut self, effect: Effect, now: Instant) -> bool {
        match effect {
            Effect::None => {}
            Effect::Draw => self.dirty = true,
            Effect::Settle => self.settle(false, now),
            Effect::NextTheme => self.next_theme(),
            Effect::Search => {
                let bulletin = self.bulletin.clone();
                if let Some(Prompt::Palette(palette)) = &mut self.screen.prompt {
                    palette.search(bulletin.as_deref().map(|bulletin| &*bulletin.snapshot));
                }
                self.dirty = true;
            }
            Effect::Ask(question) => self.ask(question),
            Effect::Act(command, row) => self.act(command, row.as_ref()),
            Effect::Acknowledge(key) => self.acknowledge(&key),
            Effect::Silence(key) => self.silence(key),
            Effect::Hush(key, hush) => self.hush(&key, hush),
            Effect::Steer(number, how) => self.steer(number, how),
            Effect::Undo => self.undo(),
            Effect::Log(row) => self.read_log(row),
            Effect::Copy(rows) => self.copy(&rows),
            Effect::CopyText(text) => self.copy_text(text),
            Effect::Freeze => self.freeze(now),
            Effect::Suspend => self.suspend = true,
            Effect::Redraw => {
                self.dirty = true;
                self.forget = true;
            }
            Effect::Quit => return true,
        }
        false
    }
}

/// Whether rows are made beside the loop.
fn is_large(bulletin: &Bulletin) -> bool {
    bulletin.health.survey.tallies.total >= LARGE
}

mod acts;
mod frozen;
mod hearing;
mod keys;
mod logs;
mod looks;
mod mouse;
mod orders;
mod pace;
#[cfg(test)]
pub(super) mod testbed;
#[cfg(test)]
mod tests;
