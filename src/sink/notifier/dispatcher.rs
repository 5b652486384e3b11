//! From the queue of notices to every way: sieved once, then for each way gathered, sent, tried again and counted.
//!
//! One task owns all of it. Each delivery is a task of its own, so that a way that hangs holds up no other and a way
//! that panics is noticed; none has more than one under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::carrier::{Carrier, Receipt, Refusal};
use super::outbox::Outbox;
use super::parcel::Parcel;
use super::sieve::{Sieve, Sieved};
use super::zone::Zone;
use crate::config::QuietHours;
use crate::model::notice::{Line, Notice};
use crate::model::time::{At, Span};
use crate::model::ways::{Tally, Way, WayEvent, WayState, Ways};

/// How many notices are taken from the queue at once.
const BATCH: usize = 256;
/// How much longer than its own deadline a way is waited for.
const GRACE: Duration = Duration::from_millis(500);
/// How often it is looked whether the quiet hours are over.
const LOOK: Duration = Duration::from_secs(30);
/// How long is left for deliveries once the queue has ended.
const FAREWELL: Duration = Duration::from_secs(2);

/// One way with what waits for it.
pub struct Route {
    /// How it delivers.
    pub carrier: Arc<dyn Carrier>,
    /// Whether its absence is no loss.
    pub optional: bool,
    /// The name of the way that takes over where this one does not deliver, and takes nothing else.
    pub stand_in: Option<Line>,
}

/// What the quiet hours are.
pub struct Quiet {
    /// The hours; none where there are none.
    pub hours: Option<QuietHours>,
    /// Whose clock they go by.
    pub zone: Zone,
}

impl Quiet {
    fn is_now(&self, now: At) -> bool {
        let minute = self.zone.minute(now);
        self.hours.is_some_and(|hours| hours.hold(minute))
    }
}

struct Slot {
    route: Route,
    name: Line,
    outbox: Outbox,
    state: WayState,
    tally: Tally,
}

/// Tells notices to people.
pub struct Dispatcher<C> {
    sieve: Sieve,
    quiet: Quiet,
    slots: Vec<Slot>,
    shown: Ways,
    ways: watch::Sender<Arc<Ways>>,
    clock: C,
}

type Flights = JoinSet<Result<Receipt, Refusal>>;

impl<C: Fn() -> At> Dispatcher<C> {
    /// A dispatcher for these routes; `rate` is the most messages in a minute in each. The state of the ways goes to
    /// `ways`, and the time comes from `clock`.
    pub fn new(
        sieve: Sieve,
        quiet: Quiet,
        (routes, rate): (Vec<Route>, u64),
        ways: watch::Sender<Arc<Ways>>,
        clock: C,
    ) -> Self {
        let slots = routes.into_iter().map(|route| Slot {
            name: route.carrier.name(),
            outbox: Outbox::new(rate, route.carrier.repeat()),
            state: WayState::Untried,
            tally: Tally::default(),
            route,
        });
        Self {
            sieve,
            quiet,
            slots: slots.collect(),
            shown: Ways::default(),
            ways,
            clock,
        }
    }

    /// Writes down what is wrong with the settings.
    pub fn warn(&mut self, what: &str) {
        let now = (self.clock)();
        self.note("settings", what, now);
    }

    /// Tells what comes through the queue until that has ended; then it tries once more to deliver what is left, and writes
    /// down what could not be.
    pub async fn run(mut self, mut notices: mpsc::Receiver<Notice>) {
        let mut flights = Flights::new();
        let mut places: HashMap<Id, usize> = HashMap::new();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            self.start_due(&mut flights, &mut places);
            self.publish();
            tokio::select! {
                count = notices.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        break;
                    }
                    for notice in batch.drain(..) {
                        self.take(Arc::new(notice));
                    }
                }
                Some(landed) = flights.join_next_with_id() => self.land(landed, &mut places),
                () = sleep(self.patience()) => self.release(),
            }
        }
        // What happens when the time is up is the same as what happens when all was tried.
        drop(timeout(FAREWELL, self.say_farewell(&mut flights, &mut places)).await);
        self.write_off();
        self.publish();
    }

    async fn say_farewell(&mut self, flights: &mut Flights, places: &mut HashMap<Id, usize>) {
        let now = (self.clock)();
        for slot in &mut self.slots {
            slot.outbox.hurry(now);
        }
        // What fails now rests, and there is no time for that.
        while self.slots.iter().any(|slot| slot.is_to_be_told((self.clock)())) {
            self.start_due(flights, places);
            tokio::select! {
                Some(landed) = flights.join_next_with_id() => self.land(landed, places),
                () = sleep(self.patience()) => {}
            }
        }
    }

    /// Writes down what is lost with the end.
    fn write_off(&mut self) {
        let now = (self.clock)();
        let mut lost: Vec<(Line, String)> = Vec::new();
        for slot in self.slots.iter_mut().filter(|slot| !slot.outbox.is_empty()) {
            let left = slot.outbox.abandon();
            slot.tally.undelivered += left.len() as u64;
            lost.push((slot.name.clone(), lost_with_the_end(&left)));
        }
        let held = self.sieve.release();
        if !held.is_empty() {
            lost.push((Line::new("quiet hours"), lost_with_the_end(&held)));
        }
        for (way, what) in lost {
            self.note(way.as_str(), &what, now);
        }
    }

    fn take(&mut self, notice: Arc<Notice>) {
        let now = (self.clock)();
        let quiet = self.quiet.is_now(now);
        match self.sieve.take(notice, quiet) {
            Sieved::Tell(notice) => self.put(&notice, now),
            Sieved::Held | Sieved::Dropped => {}
            Sieved::NoRoom => {
                for slot in &mut self.slots {
                    slot.tally.undelivered += 1;
                }
                self.note(
                    "quiet hours",
                    "a notice found no room among those that are held, and is lost",
                    now,
                );
            }
        }
    }

    /// Gives a notice to every way that takes it.
    fn put(&mut self, notice: &Arc<Notice>, now: At) {
        let stand_ins: Vec<Line> = self
            .slots
            .iter()
            .filter_map(|slot| slot.route.stand_in.clone())
            .collect();
        let mut passed = false;
        for slot in &mut self.slots {
            if stand_ins.contains(&slot.name) || !slot.route.carrier.wants(notice) {
                continue;
            }
            // Where the way has just failed, nobody waits for it to fail again.
            if slot.route.stand_in.is_some() && slot.outbox.rests(now) {
                slot.tally.passed_on += 1;
                passed = true;
            } else {
                slot.tally.undelivered += slot.outbox.put(notice, now);
            }
        }
        if passed {
            self.put_on_stand_ins(&[Arc::clone(notice)], &stand_ins, now);
        }
    }

    fn put_on_stand_ins(&mut self, notices: &[Arc<Notice>], names: &[Line], now: At) {
        for slot in self.slots.iter_mut().filter(|slot| names.contains(&slot.name)) {
            for notice in notices {
                slot.tally.undelivered += slot.outbox.put(notice, now);
            }
        }
    }

    fn start_due(&mut self, flights: &mut Flights, places: &mut HashMap<Id, usize>) {
        let now = (self.clock)();
        for (place, slot) in self.slots.iter_mut().enumerate() {
            if let Some(parcel) = slot.outbox.take(now) {
                let started = flights.spawn(carry(Arc::clone(&slot.route.carrier), parcel));
                places.insert(started.id(), place);
            }
        }
    }

    /// How long nothing has to be done, unless something comes.
    fn patience(&self) -> Duration {
        let now = (self.clock)();
        let due = self.slots.iter().filter_map(|slot| slot.outbox.due()).min();
        let due = due.map_or(LOOK, |due| Duration::from(now.age(due)));
        // At least a millisecond, which is what the clock tells apart.
        due.clamp(Duration::from_millis(1), LOOK)
    }

    /// Tells what was held, where the quiet hours are over.
    fn release(&mut self) {
        let now = (self.clock)();
        if self.sieve.holds() && !self.quiet.is_now(now) {
            for notice in self.sieve.release() {
                self.put(&notice, now);
            }
        }
    }

    fn land(
        &mut self,
        landed: Result<(Id, Result<Receipt, Refusal>), JoinError>,
        places: &mut HashMap<Id, usize>,
    ) {
        let (id, outcome) = match landed {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => {
                let why = format!("stopped by a fault of kaftop: {error}");
                (error.id(), Err(Refusal::Lasting(Line::new(&why))))
            }
        };
        if let Some(place) = places.remove(&id) {
            self.settle(place, outcome);
        }
    }

    fn settle(&mut self, place: usize, outcome: Result<Receipt, Refusal>) {
        let now = (self.clock)();
        let Some(slot) = self.slots.get_mut(place) else {
            return;
        };
        let flown = slot.outbox.len();
        let moved = slot.outbox.settle(outcome.as_ref().map(|_| ()), now);
        slot.tally.delivered += moved.delivered;
        slot.tally.digested += moved.digested;
        slot.tally.undelivered += moved.lost;
        let mut passed_on = Vec::new();
        if let Err(refusal) = &outcome {
            let absent = matches!(refusal, Refusal::Absent(_));
            if slot.route.stand_in.is_some() || (slot.route.optional && absent) {
                passed_on = slot.outbox.empty();
                slot.tally.passed_on += passed_on.len() as u64;
            }
        }
        let stand_in: Vec<Line> = slot.route.stand_in.iter().cloned().collect();
        let name = slot.name.clone();
        let news = slot.turn(outcome, now);
        let lost = moved.lost;
        self.put_on_stand_ins(&passed_on, &stand_in, now);
        if let Some(news) = news {
            self.note(name.as_str(), &news, now);
        }
        if lost > 0 {
            let what =
                format!("{lost} of {flown} notices are lost: they were refused, or tried for too long");
            self.note(name.as_str(), &what, now);
        }
    }

    fn note(&mut self, way: &str, what: &str, at: At) {
        self.shown.note(WayEvent {
            at,
            way: Line::new(way),
            what: Line::new(what),
        });
    }

    /// Publishes the state of the ways where it changed.
    fn publish(&mut self) {
        let ways = self.slots.iter().map(|slot| Way {
            name: slot.name.clone(),
            state: slot.state.clone(),
            tally: Tally {
                waiting: slot.outbox.len(),
                ..slot.tally
            },
        });
        self.shown.ways = ways.collect();
        self.shown.withheld = self.sieve.withheld();
        let shown = &self.shown;
        self.ways.send_if_modified(|published| {
            let changed = **published != *shown;
            if changed {
                *published = Arc::new(shown.clone());
            }
            changed
        });
    }
}

/// `2 notices are lost with the end of kaftop: Broker 1 is offline; and 1 more`.
fn lost_with_the_end(lost: &[Arc<Notice>]) -> String {
    const NAMED: usize = 3;
    let named = lost.iter().take(NAMED);
    let mut named: Vec<String> = named.map(|notice| notice.title.to_string()).collect();
    if lost.len() > NAMED {
        named.push(format!("and {} more", lost.len() - NAMED));
    }
    let notices = match lost.len() {
        1 => "1 notice is".to_owned(),
        all => format!("{all} notices are"),
    };
    format!("{notices} lost with the end of kaftop: {}", named.join("; "))
}

impl Slot {
    /// Whether something waits that may be sent, or is being delivered.
    fn is_to_be_told(&self, now: At) -> bool {
        !self.outbox.is_empty() && !self.outbox.rests(now)
    }

    /// Takes over what an outcome says of the way; a sentence where that is news.
    fn turn(&mut self, outcome: Result<Receipt, Refusal>, now: At) -> Option<String> {
        let before = self.state.clone();
        let was_working = matches!(before, WayState::Working { .. });
        self.state = match outcome {
            Ok(Receipt(said)) => WayState::Working {
                since: match before {
                    WayState::Working { since, .. } => since,
                    _ => now,
                },
                said,
            },
            // A way that worked a moment ago exists.
            Err(Refusal::Absent(why)) if !was_working => WayState::Unavailable {
                since: match before {
                    WayState::Unavailable { since, .. } => since,
                    _ => now,
                },
                why,
            },
            Err(refusal) => WayState::Failing {
                since: match before {
                    WayState::Failing { since, .. } => since,
                    _ => now,
                },
                why: refusal.why().clone(),
                again: self.outbox.again().filter(|_| !self.outbox.is_empty()),
            },
        };
        match (&before, &self.state) {
            (WayState::Failing { since, .. }, WayState::Working { .. }) => {
                let age: Span = since.age(now);
                Some(format!("works again after {age}"))
            }
            (WayState::Failing { why: old, .. }, WayState::Failing { why, .. }) if old == why => None,
            (WayState::Unavailable { why: old, .. }, WayState::Unavailable { why, .. }) if old == why => None,
            (_, WayState::Failing { why, .. }) => Some(format!("does not work: {why}")),
            (_, WayState::Unavailable { why, .. }) => Some(format!("is not available: {why}")),
            _ => None,
        }
    }
}

/// One delivery, which ends soon after the way's deadline at the latest.
pub async fn carry(carrier: Arc<dyn Carrier>, parcel: Parcel) -> Result<Receipt, Refusal> {
    let deadline = carrier.deadline();
    let delivered = timeout(deadline + GRACE, carrier.deliver(&parcel)).await;
    delivered.unwrap_or_else(|_| {
        let why = format!("no answer within {:.1} s", deadline.as_secs_f64());
        Err(Refusal::Passing(Line::new(&why)))
    })
}

#[cfg(test)]
mod tests;
