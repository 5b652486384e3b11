//! How the screen's thread is woken: one bounded channel for keys, news, answers, and the order to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::background::Ground;
use crate::command::Chord;
use crate::model::log::LogFeed;
use crate::model::progress::{Happening, Reply};
use crate::model::question::Answer;
use crate::model::story::Story;
use crate::model::ways::Ways;

/// How many keys may wait while a frame is drawn.
const ROOM: usize = 64;
/// How many bytes for the terminal may wait beside the frames: a notification has less than 2,000.
const BYTES: usize = 16 * 1024;

/// Why the screen is told to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The process was asked to end (SIGTERM, SIGINT).
    Terminated,
    /// The terminal went away (SIGHUP).
    HungUp,
    /// A part without which nothing can be shown has failed; the sentence says which and why.
    Failed(String),
}

/// Something that woke the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// There is a newer bulletin, or an order to stop.
    News,
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// A question was answered.
    Answer(Answer),
    /// The terminal has another size, or came back to the front.
    Resized,
    /// The terminal told what its background is.
    Ground(Ground),
    /// The keyboard cannot be read any more; how that failed.
    InputLost(String),
}

/// Something that the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mouse {
    pub(super) does: Gesture,
    pub(super) x: u16,
    pub(super) y: u16,
}

/// What the mouse can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gesture {
    /// The left button was pressed.
    Click,
    /// The wheel was turned away.
    WheelUp,
    /// The wheel was turned nearer.
    WheelDown,
}

/// What was read of a log; nothing where none is read any more.
#[derive(Debug)]
pub(super) struct LogNews(pub(super) Option<Arc<LogFeed>>);

/// What both ends look at besides the channel, so that nothing is lost where it is full.
#[derive(Debug, Default)]
struct Flags {
    news: AtomicBool,
    stop: OnceLock<StopReason>,
    /// The newest state of the story that was not taken yet.
    story: Mutex<Option<Arc<Story>>>,
    /// What the gate said and nobody has read yet.
    replies: Mutex<Vec<Reply>>,
    /// The newest state of the ways in which people are told, where it was not taken yet.
    ways: Mutex<Option<Arc<Ways>>>,
    /// The newest of the log that is read, where it was not taken yet.
    log: Mutex<Option<LogNews>>,
    /// Bytes for the terminal that were not taken yet.
    bytes: Mutex<Bytes>,
}

/// Bytes for the terminal; none once the screen has left it.
#[derive(Debug)]
struct Bytes(Option<Vec<u8>>);

impl Default for Bytes {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

/// What became of bytes for the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// They are written after the next frame.
    Taken,
    /// There is no room, since the terminal does not read.
    NoRoom,
    /// The screen has left the terminal.
    Left,
}

/// The end that wakes the screen; clones wake the same one.
#[derive(Clone, Debug)]
pub struct Handle {
    sender: SyncSender<Wake>,
    flags: Arc<Flags>,
}

/// The screen's own end.
#[derive(Debug)]
pub struct Inbox {
    receiver: Receiver<Wake>,
    sender: SyncSender<Wake>,
    flags: Arc<Flags>,
}

/// Makes both ends.
pub fn channel() -> (Handle, Inbox) {
    let (sender, receiver) = sync_channel(ROOM);
    let flags = Arc::new(Flags::default());
    let handle = Handle {
        sender: sender.clone(),
        flags: Arc::clone(&flags),
    };
    let inbox = Inbox {
        receiver,
        sender,
        flags,
    };
    (handle, inbox)
}

impl Handle {
    /// Says that there is a newer bulletin. Never waits; news that was not looked at yet is said once.
    pub fn news(&self) {
        if !self.flags.news.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Gives the screen the newest state of the story. Never waits long; of two that were not looked at the newer counts.
    pub fn story(&self, story: Arc<Story>) {
        *self.flags.story.lock().unwrap_or_else(PoisonError::into_inner) = Some(story);
        self.news();
    }

    /// Passes on what the gate says. Steps of an act are dropped where the screen does not keep up; what an act came to is not.
    pub fn reply(&self, reply: Reply) {
        let mut replies = self.flags.replies.lock().unwrap_or_else(PoisonError::into_inner);
        if replies.len() >= ROOM {
            let passing = |reply: &Reply| matches!(reply, Reply::Progress(progress) if !matches!(progress.what, Happening::Ended(_)));
            let place = replies.iter().position(passing).unwrap_or(0);
            replies.remove(place);
        }
        replies.push(reply);
        drop(replies);
        self.news();
    }

    /// Gives the screen the newest state of the ways in which people are told of alerts. Never waits long.
    pub fn ways(&self, ways: Arc<Ways>) {
        *self.flags.ways.lock().unwrap_or_else(PoisonError::into_inner) = Some(ways);
        self.news();
    }

    /// Gives the screen the newest of the log that is read. Never waits long; of two that were not looked at the newer
    /// counts.
    pub fn log(&self, feed: Option<LogFeed>) {
        *self.flags.log.lock().unwrap_or_else(PoisonError::into_inner) = Some(LogNews(feed.map(Arc::new)));
        self.news();
    }

    /// Gives the screen an answer. Never waits: where the channel is full the answer is dropped, and the screen can ask
    /// again.
    pub fn answer(&self, answer: Answer) {
        drop(self.sender.try_send(Wake::Answer(answer)));
    }

    /// Has bytes written to the terminal between two frames: notifications and the bell, which change no cell. Never waits.
    pub fn bytes(&self, bytes: &[u8]) -> Handed {
        {
            let mut held = self.flags.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(waiting) = &mut held.0 else {
                return Handed::Left;
            };
            if waiting.len().saturating_add(bytes.len()) > BYTES {
                return Handed::NoRoom;
            }
            waiting.extend(bytes);
        }
        self.news();
        Handed::Taken
    }

    /// Tells the screen to end. Never waits; the first reason stands.
    pub fn stop(&self, reason: StopReason) {
        // A second order adds nothing to the first.
        drop(self.flags.stop.set(reason));
        self.wake();
    }

    /// Where the channel is full the screen is awake anyway, and looks at the flags before it sleeps.
    fn wake(&self) {
        drop(self.sender.try_send(Wake::News));
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        drop(self.last_bytes());
    }
}

impl Inbox {
    /// The end for the thread that reads the keyboard.
    pub(super) fn input(&self) -> SyncSender<Wake> {
        self.sender.clone()
    }

    /// Waits for the next thing to happen, at most `patience`; `None` where nothing did.
    pub(super) fn wait(&self, patience: Duration) -> Option<Wake> {
        if self.flags.stop.get().is_some() || self.flags.news.load(Ordering::Acquire) {
            return self.next();
        }
        // The inbox holds a sender itself, so the channel cannot close.
        self.receiver.recv_timeout(patience).ok()
    }

    /// The next thing that already happened.
    pub(super) fn next(&self) -> Option<Wake> {
        self.receiver.try_recv().ok()
    }

    /// Whether there was news since the last call.
    pub(super) fn take_news(&self) -> bool {
        self.flags.news.swap(false, Ordering::AcqRel)
    }

    /// The newest state of the story, where one came since the last call.
    pub(super) fn take_story(&self) -> Option<Arc<Story>> {
        self.flags
            .story
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Takes what the gate said, in order.
    pub(super) fn take_replies(&self) -> Vec<Reply> {
        std::mem::take(&mut *self.flags.replies.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest state of the ways in which people are told, where one came since the last call.
    pub(super) fn take_ways(&self) -> Option<Arc<Ways>> {
        self.flags
            .ways
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The newest of the log that is read, where one came since the last call.
    pub(super) fn take_log(&self) -> Option<LogNews> {
        self.flags
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The bytes for the terminal that came since the last call.
    pub(super) fn take_bytes(&self) -> Vec<u8> {
        let mut held = self.flags.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        held.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The last bytes for the terminal: from now on none are taken.
    pub(super) fn last_bytes(&self) -> Vec<u8> {
        let mut held = self.flags.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        held.0.take().unwrap_or_default()
    }

    /// The order to stop, if it came.
    pub(super) fn stopped(&self) -> Option<StopReason> {
        self.flags.stop.get().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Key;
    use crate::model::question::{Question, Reply};
    use crate::model::time::At;

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn news_is_said_once_until_it_is_looked_at() {
        let (handle, inbox) = channel();
        for _ in 0..1_000 {
            handle.news();
        }
        assert_eq!(inbox.wait(MOMENT), Some(Wake::News));
        assert!(inbox.take_news());
        assert!(!inbox.take_news());
        assert_eq!(inbox.wait(MOMENT), None);
        handle.clone().news();
        assert_eq!(inbox.wait(MOMENT), Some(Wake::News));
    }

    #[test]
    fn an_answer_wakes_the_screen_and_is_dropped_where_there_is_no_room() {
        let (handle, inbox) = channel();
        let answer = Answer {
            question: Question::OldestUnread {
                group: "router".into(),
            },
            asked: At(1),
            reply: Reply::OldestUnread(Ok(None)),
        };
        handle.answer(answer.clone());
        assert_eq!(inbox.wait(Duration::MAX), Some(Wake::Answer(answer.clone())));
        let mut waiting = 0;
        for _ in 0..2 * ROOM {
            handle.answer(answer.clone());
        }
        while inbox.next().is_some() {
            waiting += 1;
        }
        assert_eq!(waiting, ROOM);
    }

    #[test]
    fn of_two_states_of_the_story_the_newer_is_taken_once() {
        let (handle, inbox) = channel();
        let told = |title: &str| {
            Arc::new(Story {
                title: title.to_owned(),
                ..Story::default()
            })
        };
        handle.story(told("a"));
        handle.story(told("b"));
        assert_eq!(inbox.wait(MOMENT), Some(Wake::News));
        assert!(inbox.take_news());
        assert_eq!(inbox.take_story(), Some(told("b")));
        assert_eq!(inbox.take_story(), None);
    }

    #[test]
    fn bytes_are_taken_once_in_their_order_and_bounded() {
        let (handle, inbox) = channel();
        assert_eq!(handle.bytes(b"a"), Handed::Taken);
        assert_eq!(handle.bytes(b"b"), Handed::Taken);
        assert_eq!(inbox.wait(MOMENT), Some(Wake::News));
        assert!(inbox.take_news());
        assert_eq!(
            (inbox.take_bytes(), inbox.take_bytes()),
            (b"ab".to_vec(), Vec::new())
        );
        assert_eq!(handle.bytes(&[0; BYTES]), Handed::Taken);
        assert_eq!(handle.bytes(b"c"), Handed::NoRoom);
        assert_eq!(inbox.take_bytes().len(), BYTES);
        assert_eq!(handle.bytes(b"c"), Handed::Taken);
        assert_eq!(inbox.last_bytes(), b"c");
        assert_eq!(handle.bytes(b"d"), Handed::Left);
        assert_eq!(inbox.take_bytes(), b"");
    }

    #[test]
    fn the_order_to_stop_and_news_arrive_also_where_the_channel_is_full() {
        let (handle, inbox) = channel();
        let key = Wake::Key(Chord::plain(Key::Down));
        while inbox.input().try_send(key.clone()).is_ok() {}
        handle.news();
        handle.stop(StopReason::Terminated);
        handle.stop(StopReason::HungUp);
        assert_eq!(inbox.wait(Duration::MAX), Some(key.clone()));
        assert!(inbox.take_news());
        assert_eq!(inbox.stopped(), Some(StopReason::Terminated));
        while inbox.next().is_some() {}
        assert_eq!(
            inbox.wait(Duration::MAX),
            None,
            "an order to stop is not waited with"
        );
    }
}
