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
/// The most simulated time that passes at once, in ticks, so that nobody waits long for the world. A machine that cannot
/// keep up lets the simulated clock lose time.
const MOST_TICKS: u64 = 20;

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

#[cfg(test)]
mod tests {
    use crate::model::cluster::Mode;
    use crate::sim::world::ClusterSpec;
    use crate::sim::{Listen, Pace, SimError, Simulation};
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn simulated_time_goes_as_fast_as_is_asked() {
        let spec = ClusterSpec::bare(Mode::Kraft, 1);
        for speed in [0.5, 1.0, 20.0] {
            let started = Simulation::start(&spec, 1, Pace::Real { speed }, Listen::default());
            let simulation = started.await.unwrap();
            tokio::time::sleep(Duration::from_secs(10)).await;
            let passed = simulation.now().0;
            let expected = Duration::from_secs(10).mul_f64(speed).as_millis();
            let apart = u128::from(passed).abs_diff(expected);
            assert!(apart <= 1_000, "{passed} for {expected}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_a_test_moves_stands_otherwise() {
        let spec = ClusterSpec::bare(Mode::Kraft, 1);
        let started = Simulation::start(&spec, 1, Pace::Manual, Listen::default());
        let simulation = started.await.unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(simulation.now().0, 0);
        simulation.advance(Duration::from_millis(120));
        assert_eq!(simulation.now().0, 100, "whole ticks only");
    }

    #[tokio::test]
    async fn a_speed_that_cannot_be() {
        let spec = ClusterSpec::bare(Mode::Kraft, 1);
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, 101.0] {
            let started = Simulation::start(&spec, 1, Pace::Real { speed }, Listen::default());
            assert!(matches!(started.await, Err(SimError::Speed(_))), "{speed}");
        }
    }
}
