//! From single things that happened to lines: what a broker's loss or return brings about belongs to it, and alike things
//! within a short time are one line.
//!
//! The rule, in order:
//!
//! 1. A broker whose state changes is a cause. Where it comes and goes within a short time, each direction is one line.
//! 2. What names a broker as the loser (its ISRs, its leaders, its controllership, its vote, its answers, its container) and happened
//!    from 30 s before it was lost to 60 s after belongs to that loss; before it since a controlled shutdown gives all away
//!    first, and since the silence of a broker is settled only after its peers have dropped it. Likewise what it gains
//!    from 30 s before its return to 5 minutes after, for it has to catch up first.
//! 3. Else it joins the newest line that says the same of the same, where that is near enough (`merge::reach`).
//! 4. Else it is a line of its own.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::broker::BrokerState;
use crate::model::event::{Event, EventId, EventLog, What, When};
use crate::model::ids::BrokerId;
use crate::model::time::{At, Span};

use super::merge::{gainer, is_alike, is_of_the_same, loser, merge, reach, split};

/// Most lines that are kept.
const MOST_LINES: usize = 1_000;
/// Most partitions, groups and topics that all lines together keep by name; beyond it the oldest lines keep their counts only.
const MOST_NAMED: usize = 100_000;
/// How long before its cause something may happen that belongs to it.
const BEFORE: Span = Span::seconds(30);
/// How long after a loss something may happen that belongs to it: a follower that hangs leaves the ISR up to 45 s later
/// (`replica.lag.time.max.ms` and half of it).
const AFTER_LOSS: Span = Span::seconds(60);
/// How long after a return.
const AFTER_RETURN: Span = Span::seconds(300);
/// No line reaches back further from its last thing to its first.
const LONGEST: Span = Span::seconds(600);

/// The lines.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// By the moment of their first.
    lines: VecDeque<Arc<Event>>,
    next: u64,
    left_out: u64,
    published: Option<Arc<EventLog>>,
}

/// Which broker a thing belongs to, and which way it went.
#[derive(Clone, Copy)]
struct Belongs {
    broker: BrokerId,
    up: bool,
}

impl Belongs {
    fn holds(self, what: &What) -> bool {
        let named = if self.up { gainer(what) } else { loser(what) };
        named == Some(self.broker)
    }

    fn is_cause(self, what: &What) -> bool {
        matches!(what, What::Broker { id, .. } if *id == self.broker)
            && (what.state() == Some(BrokerState::Up)) == self.up
    }

    fn reach(self) -> Span {
        if self.up { AFTER_RETURN } else { AFTER_LOSS }
    }
}

impl Folder {
    /// Takes one thing that happened.
    pub fn take(&mut self, when: When, what: What) {
        self.published = None;
        if let What::Broker { id, .. } = &what {
            let cause = Belongs {
                broker: *id,
                up: what.state() == Some(BrokerState::Up),
            };
            let line = self.line(when, what);
            self.gather(line, cause);
        } else if let Some(place) = self.cause_of(when, &what) {
            self.bring_about(place, when, what);
        } else {
            self.line(when, what);
        }
        self.bound();
    }

    /// Takes news of an act of this kaftop, which is one line however long it takes.
    pub fn act(&mut self, when: When, what: What, number: u64) {
        let is_its = |line: &Arc<Event>| matches!(&line.what, What::Act(act) if act.number == number);
        let Some(place) = self.lines.iter().rposition(is_its) else {
            return self.take(when, what);
        };
        self.published = None;
        if let Some(line) = self.lines.get_mut(place) {
            join(Arc::make_mut(line), when, what);
        }
    }

    /// Brokers contradict each other on more partitions than at first.
    pub fn dispute_grew(&mut self, more: u32) {
        let disputed = |event: &Arc<Event>| matches!(event.what, What::Disputed { .. });
        let newest = self.lines.iter().rposition(disputed);
        if let Some(line) = newest.and_then(|place| self.lines.get_mut(place))
            && let What::Disputed { partitions } = line.what
            && partitions < more
        {
            Arc::make_mut(line).what = What::Disputed { partitions: more };
            self.published = None;
        }
    }

    /// The lines as every sink shows them.
    pub fn log(&mut self) -> Arc<EventLog> {
        let (lines, left_out) = (&self.lines, self.left_out);
        let log = self
            .published
            .get_or_insert_with(|| Arc::new(EventLog::new(lines.iter().cloned().collect(), left_out)));
        Arc::clone(log)
    }

    /// Joins a line that says the same, or makes one; its place.
    fn line(&mut self, when: When, what: What) -> usize {
        if let Some(place) = self.alike(when, &what) {
            if let Some(line) = self.lines.get_mut(place) {
                join(Arc::make_mut(line), when, what);
            }
            // It may begin earlier now.
            return self.settle(place);
        }
        let event = self.event(when, what);
        self.lines.push_back(Arc::new(event));
        self.settle(self.lines.len() - 1)
    }

    fn event(&mut self, when: When, what: What) -> Event {
        let id = EventId(self.next);
        self.next += 1;
        Event {
            id,
            when,
            what,
            times: 1,
            consequences: Vec::new(),
        }
    }

    /// Lines that may still grow or be a cause at `at`, the newest first.
    fn recent(&self, at: At) -> impl Iterator<Item = (usize, &Arc<Event>)> {
        let earliest = at.minus(LONGEST);
        let lines = self.lines.iter().enumerate().rev();
        lines.take_while(move |(_, line)| line.when.first >= earliest)
    }

    fn alike(&self, when: When, what: &What) -> Option<usize> {
        let reach = reach(what);
        let mut rested = true;
        for (place, line) in self.recent(when.last) {
            if is_of_the_same(&line.what, what) {
                // From one way of being gone to another there is no pause.
                let same_absence = matches!(what, What::Broker { from: Some(from), .. } if *from != BrokerState::Up)
                    && is_alike(&line.what, what)
                    && rested;
                let near = line.when.last.age(when.first) <= reach.pause;
                rested &= !near;
                let short = line.when.first.age(when.last) <= reach.whole;
                if is_alike(&line.what, what) && ((!rested && short) || same_absence) {
                    return Some(place);
                }
            }
        }
        None
    }

    /// Moves a line to where it stands by its first moment.
    fn settle(&mut self, mut place: usize) -> usize {
        while let Some(before) = place.checked_sub(1) {
            let (Some(earlier), Some(line)) = (self.lines.get(before), self.lines.get(place)) else {
                break;
            };
            if earlier.when.first <= line.when.first {
                break;
            }
            self.lines.swap(before, place);
            place = before;
        }
        place
    }

    fn cause_of(&self, when: When, what: &What) -> Option<usize> {
        let lost = loser(what).map(|broker| Belongs { broker, up: false });
        let gained = gainer(what).map(|broker| Belongs { broker, up: true });
        lost.into_iter().chain(gained).find_map(|belongs| {
            let mut causes = self
                .recent(when.last)
                .filter(|(_, line)| belongs.is_cause(&line.what));
            let near = |line: &Event| {
                when.last >= line.when.first.minus(BEFORE)
                    && when.first <= line.when.last.plus(belongs.reach())
            };
            causes.find(|(_, line)| near(line)).map(|(place, _)| place)
        })
    }

    /// Adds a consequence to the line at `place`.
    fn bring_about(&mut self, place: usize, when: When, what: What) {
        let event = self.event(when, what);
        if let Some(line) = self.lines.get_mut(place) {
            add(Arc::make_mut(line), event);
        }
    }

    /// Gathers what happened lately and belongs to the cause at `place`.
    fn gather(&mut self, mut place: usize, cause: Belongs) {
        let Some(line) = self.lines.get(place) else { return };
        let earliest = line.when.first.minus(BEFORE);
        let mut gathered = Vec::new();
        let mut at = self.lines.len();
        while let Some(before) = at.checked_sub(1) {
            at = before;
            let Some(line) = self.lines.get_mut(at) else { break };
            if line.when.first < earliest {
                break;
            }
            if at == place || matches!(line.what, What::Broker { .. }) {
                continue;
            }
            let mut what = line.what.clone();
            if let Some(its) = split(&mut what, |what| cause.holds(what)) {
                let rest = what.members().next().is_some();
                gathered.push((line.when, its, line.times));
                if rest {
                    Arc::make_mut(line).what = what;
                    continue;
                }
            } else if cause.holds(&what) {
                gathered.push((line.when, what, line.times));
            } else {
                continue;
            }
            self.lines.remove(at);
            if at < place {
                place -= 1;
            }
        }
        // The oldest first, as they came.
        for (when, what, times) in gathered.into_iter().rev() {
            let mut event = self.event(when, what);
            event.times = times;
            if let Some(line) = self.lines.get_mut(place) {
                add(Arc::make_mut(line), event);
            }
        }
    }

    fn bound(&mut self) {
        while self.lines.len() > MOST_LINES {
            self.lines.pop_front();
            self.left_out += 1;
        }
        let mut named = 0_usize;
        // The newest lines keep their names.
        for line in self.lines.iter_mut().rev() {
            let own = names(line);
            named = named.saturating_add(own);
            if named > MOST_NAMED && own > 0 {
                forget_names(Arc::make_mut(line));
            }
        }
    }
}

/// Takes a thing into a line that is alike.
fn join(line: &mut Event, when: When, what: What) {
    if when.first < line.when.first {
        (line.when.first, line.when.exact) = (when.first, when.exact);
    }
    // More is known of what was told already.
    let same = matches!(what, What::Container(_)) && line.when.last == when.first;
    line.when.last = line.when.last.max(when.last);
    if merge(&mut line.what, what) && !same {
        line.times = line.times.saturating_add(1);
    }
}

/// Adds a consequence to a line, where it joins one that is alike.
fn add(line: &mut Event, event: Event) {
    let alike = line
        .consequences
        .iter_mut()
        .find(|known| is_alike(&known.what, &event.what));
    match alike {
        Some(known) => join(known, event.when, event.what),
        None => line.consequences.push(event),
    }
    line.consequences
        .sort_by_key(|event| (event.when.first, event.id));
}

/// How many partitions a line keeps by name; the move of a group or of a setting takes as much room as two.
fn names(event: &Event) -> usize {
    let own = match &event.what {
        What::Topics { names, .. } => names.iter().len(),
        What::Groups { groups, .. } => groups.iter().len() * 2,
        What::Setting { topics, .. } => topics.iter().len() * 2,
        what => what.members().map(|members| members.iter().len()).sum(),
    };
    own + event.consequences.iter().map(names).sum::<usize>()
}

fn forget_names(event: &mut Event) {
    match &mut event.what {
        What::LeadersMoved(routes) | What::LeadersLost(routes) | What::LeadersFound(routes) => {
            for route in routes {
                route.partitions.forget();
            }
        }
        What::IsrsLost { partitions, .. } | What::IsrsGained { partitions, .. } => partitions.forget(),
        What::Topics { names, .. } => names.forget(),
        What::Groups { groups, .. } => groups.forget(),
        What::Setting { topics, .. } => topics.forget(),
        _ => {}
    }
    for event in &mut event.consequences {
        forget_names(event);
    }
}
