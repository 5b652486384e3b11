//! Metrics of the alerts of kaftop's own engine, which groups them by cause.

use std::collections::BTreeMap;

use crate::model::alert::Alerts;
use crate::model::severity::Severity;

use super::text::{Text, count, label, length};

/// Writes them.
pub(super) fn write(text: &mut Text, alerts: &Alerts) {
    let mut firing = text.gauge(
        "kaftop_alerts_firing",
        "Alerts of kaftop's own rules that fire and stand by themselves, not told inside another one.",
    );
    for severity in [Severity::Info, Severity::Warning, Severity::Critical] {
        let number = length(alerts.count(severity));
        firing.sample(&[("severity", severity.word())], number);
    }
    let mut rules: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    for alert in &alerts.firing {
        let rule = (label(&alert.key.rule), alert.severity.word());
        *rules.entry(rule).or_default() += 1;
    }
    let mut by_rule = text.gauge(
        "kaftop_rule_alerts_firing",
        "Alerts of the rule that fire, those told inside another one included; absent where none does.",
    );
    for ((rule, severity), number) in &rules {
        by_rule.sample(&[("rule", rule), ("severity", severity)], count(*number));
    }
    text.gauge(
        "kaftop_alerts_pending",
        "Alerts of kaftop's own rules whose condition holds, and not yet for long enough.",
    )
    .sample(&[], length(alerts.pending.len()));
    text.gauge(
        "kaftop_alert_rules_broken",
        "Alert rules that cannot be used, and faults of rule files.",
    )
    .sample(&[], length(alerts.broken.len()));
}
