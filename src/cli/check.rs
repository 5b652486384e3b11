//! `kaftop check`: one line and an exit code, in the style of monitoring plugins.

use crate::health::{Bulletin, Level};

/// The line and the exit code: 0 ok, 1 degraded, 2 critical, 3 unknown.
pub fn line(bulletin: &Bulletin) -> (String, u8) {
    let verdict = &bulletin.health.verdict;
    let (word, code) = match verdict.level {
        Level::Ok => ("OK", 0),
        Level::Degraded => ("DEGRADED", 1),
        Level::Critical => ("CRITICAL", 2),
        Level::Unknown => ("UNKNOWN", 3),
    };
    let tallies = &bulletin.health.survey.tallies;
    let brokers = bulletin.snapshot.brokers.values();
    let up = brokers.clone().filter(|broker| broker.is_up()).count();
    let text = format!(
        "KAFTOP {word} - {} Writes: {}. | brokers_up={up} brokers={} partitions={} offline={} under_min_isr={} at_min_isr={} out_of_sync={} stalled={}\n",
        verdict.sentence,
        verdict.writes_note,
        brokers.count(),
        tallies.total,
        tallies.offline,
        tallies.under_min_isr,
        tallies.at_min_isr,
        tallies.out_of_sync,
        tallies.stalled,
    );
    (text, code)
}

/// The line for a failure of kaftop itself, which is unknown to the monitoring system.
pub fn own_failure(why: &str) -> (String, u8) {
    (format!("KAFTOP UNKNOWN - kaftop failed: {why}\n"), 3)
}
