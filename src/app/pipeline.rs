//! The pipeline: the only writer. It drains what came in, folds it, and publishes once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::alerting::Alerting;
use crate::health::{Bulletin, derive};
use crate::model::alert::Alerts;
use crate::model::observation::Observation;
use crate::source::clock::Clock;
use crate::store::Store;

/// Facts that may wait; a full queue makes the sources wait, each for itself.
pub(super) const QUEUE: usize = 1024;
/// While the first facts come in, so that the screen fills at once.
const OPENING: Duration = Duration::from_secs(2);
/// The least time between two publications in the opening.
const OPENING_PAUSE: Duration = Duration::from_millis(100);
/// The least time between two publications later on: every broker's facts come once in a refresh, each at its own
/// moment, and a publication for each would cost more than it tells.
const LEAST_PAUSE: Duration = Duration::from_millis(250);
/// A publication is followed by a pause of so many times what it cost: on large clusters it is rarer. The tick still
/// publishes each second.
const PAUSE_PER_COST: u32 = 25;
/// Ages move on without news.
const TICK: Duration = Duration::from_secs(1);

/// Publishes bulletins until the sources are gone. `news` is called with each, after it was published.
pub(super) async fn run(
    mut store: Store,
    clock: Clock,
    mut facts: mpsc::Receiver<Observation>,
    bulletins: watch::Sender<Option<Arc<Bulletin>>>,
    (mut alerting, news): (Alerting, impl FnMut(&Bulletin)),
) {
    let mut press = Press::new(clock, bulletins, news);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut acts = alerting.take_acts();
    let mut changed = false;
    loop {
        tokio::select! {
            fact = facts.recv() => {
                let Some(fact) = fact else { return };
                store.apply(fact);
                while let Ok(fact) = facts.try_recv() {
                    store.apply(fact);
                }
                changed = true;
            }
            _ = tick.tick() => press.publish(&mut store, &mut alerting),
            () = sleep_until(press.due), if changed => {
                press.publish(&mut store, &mut alerting);
                changed = false;
            }
            Some(news) = acts.recv() => {
                store.acted(&news);
                changed = true;
            }
            Some(order) = alerting.order() => {
                alerting.obey(order, clock.now());
                changed = true;
            }
        }
    }
}

/// What makes bulletins, and when the next one may be made.
struct Press<N> {
    clock: Clock,
    bulletins: watch::Sender<Option<Arc<Bulletin>>>,
    news: N,
    seq: u64,
    opened: Instant,
    due: Instant,
}

impl<N: FnMut(&Bulletin)> Press<N> {
    fn new(clock: Clock, bulletins: watch::Sender<Option<Arc<Bulletin>>>, news: N) -> Self {
        Self {
            clock,
            bulletins,
            news,
            seq: 0,
            opened: Instant::now(),
            due: Instant::now(),
        }
    }

    fn publish(&mut self, store: &mut Store, alerting: &mut Alerting) {
        let began = Instant::now();
        let previous = self.bulletins.borrow().clone();
        self.seq += 1;
        let mut bulletin = bulletin(store, self.clock, self.seq, previous.as_deref());
        bulletin.alerts = alerting.step(&bulletin.snapshot, &bulletin.health);
        let bulletin = Arc::new(bulletin);
        self.bulletins.send_replace(Some(Arc::clone(&bulletin)));
        (self.news)(&bulletin);
        let cost = began.elapsed();
        let least = if self.opened.elapsed() < OPENING {
            OPENING_PAUSE
        } else {
            LEAST_PAUSE
        };
        self.due = Instant::now() + least.max(cost.saturating_mul(PAUSE_PER_COST));
    }
}

/// One bulletin of what the store knows now; its alerts are the engine's to add.
pub(super) fn bulletin(store: &mut Store, clock: Clock, seq: u64, previous: Option<&Bulletin>) -> Bulletin {
    let snapshot = store.publish(clock.now());
    let health = derive(&snapshot, previous.map(|bulletin| &*bulletin.health));
    Bulletin {
        seq,
        snapshot: Arc::new(snapshot),
        health: Arc::new(health),
        alerts: Arc::new(Alerts::default()),
    }
}
