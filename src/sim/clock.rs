//! The clock that lets a simulated cluster go on with the machine's time.

use crate::sim::SimError;
use crate::sim::serve::Shared;
use crate::sim::world::{STEP, SimTime};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The shortest and the longest rest between two looks at the machine's clock.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(STEP);
/// The most simulated time that passes at once, in ticks. A machine that cannot keep up lets the simulated clock lose time.
const MOST_TICKS: u64 = 100;

/// Moves the simulated clock, for ever.
pub(super) async fn run(shared: Arc<Shared>, speed: f64) -> SimError {
    let rest = LONGEST.div_f64(speed.max(1.0)).clamp(SHORTEST, LONGEST);
    let (mut real, mut simulated) = (Instant::now(), shared.world().now());
    loop {
        sleep(rest).await;
        let wanted = simulated + real.elapsed().mul_f64(speed);
        let now = shared.world().now();
        let most = SimTime(now.0.saturating_add(MOST_TICKS * STEP));
        if wanted > most {
            (real, simulated) = (Instant::now(), most);
        }
        let to = wanted.min(most);
        if to.0 >= now.0.saturating_add(STEP) {
            shared.change(|world| world.advance(to));
        }
    }
}
