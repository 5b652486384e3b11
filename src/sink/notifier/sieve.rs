//! Which notices are told at all: severity, quiet hours, and nothing twice. Pure: whether it is a quiet hour is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::config::NotifyFilter;
use crate::model::notice::{Notice, NoticeState};
use crate::model::severity::Severity;
use crate::model::text::Name;
use crate::model::ways::Withheld;

/// How many keys are remembered, and how many notices are held in quiet hours.
const ROOM: usize = 4_096;

/// What to do with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sieved {
    /// It is told now.
    Tell(Arc<Notice>),
    /// It is told when the quiet hours are over.
    Held,
    /// It is not told.
    Dropped,
    /// It was to be held, and there is no room.
    NoRoom,
}

/// Looks at each notice once.
#[derive(Debug)]
pub struct Sieve {
    severity: Severity,
    quiet_severity: Severity,
    resolved: bool,
    /// What was told last, by key.
    told: BTreeMap<Name, Arc<Notice>>,
    /// The keys of it, the one that was told first first.
    order: VecDeque<Name>,
    held: BTreeMap<Name, Arc<Notice>>,
    withheld: Withheld,
}

impl Sieve {
    /// A sieve for these settings.
    pub fn new(filter: &NotifyFilter) -> Self {
        Self {
            severity: filter.severity.value,
            quiet_severity: filter.quiet_severity.value,
            resolved: filter.resolved.value,
            told: BTreeMap::new(),
            order: VecDeque::new(),
            held: BTreeMap::new(),
            withheld: Withheld::default(),
        }
    }

    /// Looks at a notice.
    pub fn take(&mut self, notice: Arc<Notice>, quiet: bool) -> Sieved {
        let known = self.told.get(&notice.key);
        if known.is_some_and(|told| is_same(told, &notice)) {
            self.withheld.repeated += 1;
            return Sieved::Dropped;
        }
        let over = notice.state == NoticeState::Resolved;
        let known = known.is_some_and(|told| told.state != NoticeState::Resolved);
        // What was told as grave is also told when it has become less so, and when it is over.
        if (over && !self.resolved) || (notice.severity < self.severity && !known) {
            self.withheld.filtered += 1;
            if over {
                self.told.remove(&notice.key);
                self.held.remove(&notice.key);
            }
            return Sieved::Dropped;
        }
        if quiet && notice.severity < self.quiet_severity {
            return self.hold(notice);
        }
        self.held.remove(&notice.key);
        self.remember(&notice);
        Sieved::Tell(notice)
    }

    fn hold(&mut self, notice: Arc<Notice>) -> Sieved {
        let room = self.held.len() < ROOM;
        match self.held.get_mut(&notice.key) {
            Some(held) => *held = merged(held, &notice),
            None if room => {
                self.held.insert(notice.key.clone(), notice);
            }
            None => return Sieved::NoRoom,
        }
        Sieved::Held
    }

    fn remember(&mut self, notice: &Arc<Notice>) {
        let before = self.told.insert(notice.key.clone(), Arc::clone(notice));
        if before.is_some() {
            return;
        }
        self.order.push_back(notice.key.clone());
        while self.order.len() > ROOM {
            if let Some(oldest) = self.order.pop_front() {
                self.told.remove(&oldest);
            }
        }
    }

    /// Whether something is held.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// What was held: the quiet hours are over.
    pub fn release(&mut self) -> Vec<Arc<Notice>> {
        let held: Vec<Arc<Notice>> = std::mem::take(&mut self.held).into_values().collect();
        for notice in &held {
            self.remember(notice);
        }
        held
    }

    /// What is told to nobody.
    pub fn withheld(&self) -> Withheld {
        Withheld {
            quiet: self.held.len() as u64,
            ..self.withheld
        }
    }
}

/// Whether a person would read the same in both.
fn is_same(a: &Notice, b: &Notice) -> bool {
    let said = |state| {
        if state == NoticeState::Changed {
            NoticeState::Firing
        } else {
            state
        }
    };
    said(a.state) == said(b.state)
        && a.severity == b.severity
        && a.title == b.title
        && a.body == b.body
        && a.labels == b.labels
}

/// Two notices of one key, of which neither was told, as one.
pub fn merged(older: &Notice, newer: &Arc<Notice>) -> Arc<Notice> {
    let began = older.state == NoticeState::Firing && newer.state == NoticeState::Changed;
    if !began {
        return Arc::clone(newer);
    }
    Arc::new(Notice {
        state: NoticeState::Firing,
        ..Notice::clone(newer)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::notice;
    use super::*;
    use NoticeState::{Changed, Firing, Resolved};
    use Severity::{Critical, Info, Warning};

    fn sieve(change: impl FnOnce(&mut NotifyFilter)) -> Sieve {
        let mut filter = NotifyFilter::default();
        change(&mut filter);
        Sieve::new(&filter)
    }

    fn of(key: &str, severity: Severity, state: NoticeState) -> Arc<Notice> {
        Arc::new(notice(key, severity, state))
    }

    fn word(sieved: &Sieved) -> &'static str {
        match sieved {
            Sieved::Tell(_) => "tell",
            Sieved::Held => "held",
            Sieved::Dropped => "dropped",
            Sieved::NoRoom => "no room",
        }
    }

    #[test]
    fn what_is_small_or_repeated_is_not_told() {
        let mut sieve = sieve(|_| {});
        let table = [
            (of("a", Info, Firing), "dropped"),
            (of("b", Warning, Firing), "tell"),
            (of("b", Warning, Firing), "dropped"),
            (of("b", Warning, Changed), "dropped"),
            (of("b", Critical, Changed), "tell"),
            // It was told, so that it is told that it is less grave now, and that it is over.
            (of("b", Info, Changed), "tell"),
            (of("b", Info, Resolved), "tell"),
            (of("b", Info, Resolved), "dropped"),
            (of("b", Info, Firing), "dropped"),
            (of("b", Warning, Firing), "tell"),
        ];
        for (step, (notice, expected)) in table.into_iter().enumerate() {
            assert_eq!(word(&sieve.take(notice, false)), expected, "step {step}");
        }
        let withheld = sieve.withheld();
        assert_eq!((withheld.filtered, withheld.repeated, withheld.quiet), (2, 3, 0));
    }

    #[test]
    fn ends_are_told_only_where_they_are_asked_for() {
        let mut sieve = sieve(|filter| filter.resolved.value = false);
        assert_eq!(word(&sieve.take(of("a", Critical, Firing), false)), "tell");
        assert_eq!(word(&sieve.take(of("a", Critical, Resolved), false)), "dropped");
        assert_eq!(word(&sieve.take(of("a", Critical, Firing), false)), "tell");
    }

    #[test]
    fn quiet_hours_hold_what_is_not_grave_and_lose_none_of_it() {
        let mut sieve = sieve(|_| {});
        let table = [
            (of("w", Warning, Firing), "held"),
            (of("w", Warning, Changed), "held"),
            (of("over", Warning, Firing), "held"),
            (of("over", Warning, Resolved), "held"),
            (of("up", Warning, Firing), "held"),
            (of("up", Critical, Changed), "tell"),
            (of("c", Critical, Firing), "tell"),
            (of("c", Critical, Resolved), "tell"),
        ];
        for (notice, expected) in table {
            assert_eq!(word(&sieve.take(notice, true)), expected);
        }
        assert!(sieve.holds());
        assert_eq!(sieve.withheld().quiet, 2);
        let released: Vec<(String, NoticeState)> = sieve
            .release()
            .iter()
            .map(|notice| (notice.key.to_string(), notice.state))
            .collect();
        assert_eq!(
            released,
            [("over".to_owned(), Resolved), ("w".to_owned(), Firing)]
        );
        assert!(!sieve.holds());
        assert_eq!(word(&sieve.take(of("w", Warning, Changed), false)), "dropped");
    }

    #[test]
    fn memory_is_bounded_and_what_finds_no_room_is_said() {
        let mut sieve = sieve(|_| {});
        for number in 0..ROOM + 10 {
            let key = format!("{number:05}");
            assert_eq!(word(&sieve.take(of(&key, Warning, Firing), false)), "tell");
            let expected = if number < ROOM { "held" } else { "no room" };
            assert_eq!(
                word(&sieve.take(of(&format!("q{key}"), Warning, Firing), true)),
                expected
            );
        }
        assert_eq!(
            (sieve.told.len(), sieve.order.len(), sieve.held.len()),
            (ROOM, ROOM, ROOM)
        );
    }
}
