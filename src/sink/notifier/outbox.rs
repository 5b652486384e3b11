//! What waits for one way, and when it may be sent: gathered for a moment, at a bounded rate, later after a failure.
//! Pure: time is an argument.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::carrier::Refusal;
use super::parcel::Parcel;
use super::sieve::merged;
use crate::model::notice::{Notice, NoticeState};
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// Notices of one moment are waited for, so that they are told together.
pub const GATHER: Span = Span(500);
/// So many are told one by one; more of them are one digest.
const SEPARATE: usize = 3;
/// The window of the rate.
const WINDOW: Span = Span::seconds(60);
/// How many notices wait at most.
pub const ROOM: usize = 2_000;
/// How long a notice is tried for.
const PATIENCE: Span = Span::seconds(3_600);
/// The first wait after a failure; it doubles.
const FIRST_WAIT: Span = Span::seconds(1);
/// The longest wait between two tries.
const LONGEST_WAIT: Span = Span::seconds(60);

/// A notice that waits.
#[derive(Clone, Debug)]
struct Waiting {
    notice: Arc<Notice>,
    since: At,
}

/// How notices were lost or told since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Delivered.
    pub delivered: u64,
    /// Of these, those in a digest.
    pub digested: u64,
    /// Lost.
    pub lost: u64,
}

/// What waits for one way.
#[derive(Debug)]
pub struct Outbox {
    rate: usize,
    repeat: Option<Span>,
    waiting: BTreeMap<Name, Waiting>,
    /// What is being delivered.
    flight: Option<Vec<Waiting>>,
    /// Notices without room, of which the next parcel tells the number.
    left_out: u64,
    gathered: Option<At>,
    sent: VecDeque<At>,
    failures: u32,
    rest_until: Option<At>,
    /// What goes on, where the other side has to be told again and again.
    lasting: BTreeMap<Name, Arc<Notice>>,
    repeated: At,
}

impl Outbox {
    /// An empty one for at most so many messages in a minute.
    pub fn new(rate: u64, repeat: Option<Span>) -> Self {
        Self {
            rate: usize::try_from(rate).unwrap_or(usize::MAX).max(1),
            repeat,
            waiting: BTreeMap::new(),
            flight: None,
            left_out: 0,
            gathered: None,
            sent: VecDeque::new(),
            failures: 0,
            rest_until: None,
            lasting: BTreeMap::new(),
            repeated: At(0),
        }
    }

    /// Adds a notice; how many were lost, since there is no room.
    pub fn put(&mut self, notice: &Arc<Notice>, now: At) -> u64 {
        if let Some(waiting) = self.waiting.get_mut(&notice.key) {
            waiting.notice = merged(&waiting.notice, notice);
            return 0;
        }
        if self.waiting.len() >= ROOM {
            self.left_out += 1;
            return 1;
        }
        if self.waiting.is_empty() {
            self.gathered = Some(now.plus(GATHER));
        }
        let waiting = Waiting {
            notice: Arc::clone(notice),
            since: now,
        };
        self.waiting.insert(notice.key.clone(), waiting);
        0
    }

    /// How many notices wait or are being delivered.
    pub fn len(&self) -> u64 {
        (self.waiting.len() + self.flight.as_ref().map_or(0, Vec::len)) as u64
    }

    /// Whether nothing waits to be told.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it rests after a failure.
    pub fn rests(&self, now: At) -> bool {
        self.rest_until.is_some_and(|until| now < until)
    }

    /// When it is tried again after a failure.
    pub fn again(&self) -> Option<At> {
        self.rest_until
    }

    /// When the next parcel can be made; none while nothing is to be sent, or a parcel is under way.
    pub fn due(&self) -> Option<At> {
        if self.flight.is_some() {
            return None;
        }
        let wanted = if self.waiting.is_empty() {
            let repeat = self.repeat.filter(|_| !self.lasting.is_empty())?;
            self.repeated.plus(repeat)
        } else {
            let full = self.sent.len() >= self.rate;
            let free = self.sent.front().filter(|_| full).map(|first| first.plus(WINDOW));
            self.gathered.max(free)?
        };
        Some(self.rest_until.map_or(wanted, |rest| rest.max(wanted)))
    }

    /// The next parcel, if one is due; it has to be settled.
    pub fn take(&mut self, now: At) -> Option<Parcel> {
        while self.sent.front().is_some_and(|sent| sent.plus(WINDOW) <= now) {
            self.sent.pop_front();
        }
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        if self.waiting.is_empty() {
            self.flight = Some(Vec::new());
            let all = self.lasting.values().cloned().collect();
            let mut parcel = Parcel::many(all, 0, now);
            parcel.repeated = true;
            return Some(parcel);
        }
        self.sent.push_back(now);
        let budget = self.rate.saturating_sub(self.sent.len()) + 1;
        let separate = self.waiting.len() <= SEPARATE.min(budget) && self.left_out == 0;
        let taken: Vec<Waiting> = if separate {
            let first = self
                .waiting
                .iter()
                .min_by_key(|(_, waiting)| (Reverse(waiting.notice.severity), waiting.since));
            let key = first.map(|(key, _)| key.clone())?;
            self.waiting.remove(&key).into_iter().collect()
        } else {
            std::mem::take(&mut self.waiting).into_values().collect()
        };
        let notices = taken.iter().map(|waiting| Arc::clone(&waiting.notice)).collect();
        self.flight = Some(taken);
        Some(Parcel::many(notices, self.left_out, now))
    }

    /// Has all that waits sent now, whatever it waits for: there is no later.
    pub fn hurry(&mut self, now: At) {
        self.gathered = (!self.waiting.is_empty()).then_some(now);
        self.rest_until = None;
        self.sent.clear();
    }

    /// Gives up all that waits or is being delivered; the gravest first.
    pub fn abandon(&mut self) -> Vec<Arc<Notice>> {
        let waiting = std::mem::take(&mut self.waiting).into_values();
        let all = waiting.chain(self.flight.take().into_iter().flatten());
        let mut all: Vec<Arc<Notice>> = all.map(|waiting| waiting.notice).collect();
        all.sort_by_key(|notice| Reverse(notice.severity));
        all
    }

    /// Takes note of how the parcel was received.
    pub fn settle(&mut self, outcome: Result<(), &Refusal>, now: At) -> Moved {
        let flight = self.flight.take().unwrap_or_default();
        match outcome {
            Ok(()) => self.delivered(flight, now),
            Err(Refusal::Lasting(_)) => {
                self.rest(now);
                self.repeated = now;
                self.left_out = 0;
                Moved {
                    lost: flight.len() as u64,
                    ..Moved::default()
                }
            }
            Err(Refusal::Absent(_) | Refusal::Passing(_)) => {
                self.rest(now);
                self.keep(flight, now)
            }
        }
    }

    /// Gives everything that waits away, after a parcel was not received.
    pub fn empty(&mut self) -> Vec<Arc<Notice>> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_values().map(|waiting| waiting.notice).collect()
    }

    fn delivered(&mut self, flight: Vec<Waiting>, now: At) -> Moved {
        let delivered = flight.len() as u64;
        let digest = delivered > 1 || self.left_out > 0;
        self.failures = 0;
        self.rest_until = None;
        self.left_out = 0;
        self.repeated = now;
        if self.repeat.is_some() {
            for Waiting { notice, .. } in flight {
                if notice.state == NoticeState::Resolved {
                    self.lasting.remove(&notice.key);
                } else if self.lasting.len() < ROOM {
                    self.lasting.insert(notice.key.clone(), notice);
                }
            }
        }
        Moved {
            delivered,
            digested: if digest { delivered } else { 0 },
            lost: 0,
        }
    }

    /// Rests for a while that doubles with each failure in a row.
    fn rest(&mut self, now: At) {
        let doubled = FIRST_WAIT.0.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        self.rest_until = Some(now.plus(Span(doubled.min(LONGEST_WAIT.0))));
    }

    /// Keeps what was not delivered, but for what was tried too long or found no room.
    fn keep(&mut self, flight: Vec<Waiting>, now: At) -> Moved {
        let mut moved = Moved::default();
        for old in flight {
            let room = self.waiting.len() < ROOM;
            match self.waiting.get_mut(&old.notice.key) {
                Some(newer) => {
                    newer.notice = merged(&old.notice, &newer.notice);
                    newer.since = old.since;
                }
                None if old.since.age(now) < PATIENCE && room => {
                    self.waiting.insert(old.notice.key.clone(), old);
                }
                None => moved.lost += 1,
            }
        }
        if !self.waiting.is_empty() && self.gathered.is_none() {
            self.gathered = Some(now);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::notice;
    use super::*;
    use crate::model::severity::Severity;

    const START: At = At(1_000_000);

    fn of(key: &str, state: NoticeState) -> Arc<Notice> {
        Arc::new(notice(key, Severity::Warning, state))
    }

    fn later(seconds: u64) -> At {
        START.plus(Span::seconds(seconds))
    }

    fn passing() -> Refusal {
        Refusal::Passing("HTTP 500".into())
    }

    fn keys(parcel: &Parcel) -> Vec<String> {
        parcel
            .notices
            .iter()
            .map(|notice| notice.key.to_string())
            .collect()
    }

    #[test]
    fn a_few_are_told_one_by_one_after_a_moment() {
        let mut outbox = Outbox::new(6, None);
        assert_eq!(outbox.due(), None);
        outbox.put(&of("a", NoticeState::Firing), START);
        outbox.put(&of("a", NoticeState::Changed), START);
        outbox.put(
            &Arc::new(notice("b", Severity::Critical, NoticeState::Firing)),
            START,
        );
        assert_eq!(outbox.due(), Some(START.plus(GATHER)));
        assert_eq!(outbox.take(START), None);
        let now = later(1);
        let first = outbox.take(now).unwrap();
        assert_eq!(keys(&first), ["b"], "the gravest first");
        assert_eq!(outbox.due(), None, "one delivery at a time");
        assert_eq!(outbox.settle(Ok(()), now).delivered, 1);
        let second = outbox.take(now).unwrap();
        assert_eq!(
            (keys(&second), second.notices[0].state),
            (vec!["a".to_owned()], NoticeState::Firing)
        );
        outbox.settle(Ok(()), now);
        assert!(outbox.is_empty());
    }

    #[test]
    fn ten_thousand_at_once_are_one_digest_in_bounded_room() {
        let mut outbox = Outbox::new(6, None);
        let lost: u64 = (0..10_000)
            .map(|number| outbox.put(&of(&number.to_string(), NoticeState::Firing), START))
            .sum();
        assert_eq!((outbox.len(), lost), (ROOM as u64, 8_000));
        let parcel = outbox.take(later(1)).unwrap();
        assert!(parcel.headline().title.as_str().starts_with("10000 alerts: "));
        let moved = outbox.settle(Ok(()), later(1));
        assert_eq!((moved.delivered, moved.digested), (2_000, 2_000));
        assert!(outbox.is_empty() && outbox.due().is_none());
    }

    #[test]
    fn what_is_above_the_rate_waits_and_is_told_together() {
        let mut outbox = Outbox::new(2, None);
        for key in ["a", "b"] {
            outbox.put(&of(key, NoticeState::Firing), START);
            outbox.take(later(1)).unwrap();
            outbox.settle(Ok(()), later(1));
        }
        for key in ["c", "d"] {
            outbox.put(&of(key, NoticeState::Firing), later(2));
        }
        assert_eq!(outbox.take(later(60)), None);
        assert_eq!(outbox.due(), Some(later(61)));
        let parcel = outbox.take(later(61)).unwrap();
        outbox.settle(Ok(()), later(61));
        assert_eq!(keys(&parcel), ["c"], "the window is free again");
        assert_eq!(keys(&outbox.take(later(61)).unwrap()), ["d"]);
    }

    #[test]
    fn a_failure_is_tried_again_later_and_later_with_the_newest_word() {
        let mut outbox = Outbox::new(100, None);
        outbox.put(&of("a", NoticeState::Firing), START);
        let mut now = later(1);
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(outbox.take(now).is_some());
            outbox.settle(Err(&passing()), now);
            assert!(outbox.rests(now));
            let due = outbox.due().unwrap();
            assert_eq!(due, now.plus(Span::seconds(wait)));
            now = due;
        }
        outbox.put(&of("a", NoticeState::Resolved), now);
        let parcel = outbox.take(now).unwrap();
        assert_eq!(parcel.notices[0].state, NoticeState::Resolved);
        assert_eq!(outbox.settle(Ok(()), now).delivered, 1);
        assert_eq!(outbox.again(), None);
    }

    #[test]
    fn what_is_refused_or_tried_for_an_hour_is_lost_and_counted() {
        let mut outbox = Outbox::new(100, None);
        outbox.put(&of("a", NoticeState::Firing), START);
        outbox.take(later(1)).unwrap();
        assert_eq!(
            outbox
                .settle(Err(&Refusal::Lasting("HTTP 400".into())), later(1))
                .lost,
            1
        );
        outbox.put(&of("b", NoticeState::Firing), later(10));
        outbox.take(later(11)).unwrap();
        assert_eq!(outbox.settle(Err(&passing()), later(11)).lost, 0);
        outbox.take(later(3_611)).unwrap();
        assert_eq!(outbox.settle(Err(&passing()), later(3_611)).lost, 1);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_goes_on_is_repeated_where_the_other_side_forgets() {
        let mut outbox = Outbox::new(100, Some(Span::seconds(60)));
        for key in ["a", "b"] {
            outbox.put(&of(key, NoticeState::Firing), START);
        }
        let now = later(1);
        for _ in 0..2 {
            outbox.take(now).unwrap();
            outbox.settle(Ok(()), now);
        }
        assert_eq!(outbox.due(), Some(later(61)));
        let parcel = outbox.take(later(61)).unwrap();
        assert!(parcel.repeated);
        assert_eq!(keys(&parcel), ["a", "b"]);
        assert_eq!(outbox.settle(Err(&passing()), later(61)), Moved::default());
        assert!(outbox.take(later(62)).is_some_and(|parcel| parcel.repeated));
        assert_eq!(outbox.settle(Ok(()), later(62)), Moved::default());
        for key in ["a", "b"] {
            outbox.put(&of(key, NoticeState::Resolved), later(70));
            outbox.take(later(71)).unwrap();
            outbox.settle(Ok(()), later(71));
        }
        assert_eq!(outbox.due(), None);
    }
}
