//! The lines that the exporter logs, at most once an interval: the guide's warnings, word for word.

use crate::health::Bulletin;

use super::guide;
use super::topics::{TopicTable, is_read};

/// What is worth a line now; empty where all is well.
pub(super) fn warnings(bulletin: &Bulletin, topics: &TopicTable<'_>) -> Vec<String> {
    let snapshot = &bulletin.snapshot;
    let mut lines = Vec::new();
    if let Some((up, all)) = guide::brokers(snapshot)
        && up < all
    {
        lines.push(format!(
            "WARNING - Kafka cluster degraded: only {up}/{all} brokers available"
        ));
    }
    if !is_read(snapshot) {
        let sentence = &bulletin.health.verdict.sentence;
        lines.push(format!("WARNING - Kafka cluster cannot be read: {sentence}"));
        return lines;
    }
    let total = &topics.total;
    if total.under_replicated > 0 {
        let count = total.under_replicated;
        lines.push(format!(
            "WARNING - Kafka cluster has {count} under-replicated partitions"
        ));
    }
    if total.offline > 0 {
        let count = total.offline;
        lines.push(format!("WARNING - Kafka cluster has {count} offline partitions"));
    }
    lines
}

/// The line that says that nothing of it holds any more.
pub(super) fn well(bulletin: &Bulletin) -> String {
    let (up, all) = guide::brokers(&bulletin.snapshot).unwrap_or_default();
    format!("INFO - Kafka cluster healthy: {up}/{all} brokers available, all partitions replicated")
}
