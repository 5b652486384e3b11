//! What a key does to an alert: it is acknowledged, or silenced for a while, or that is taken back.

use crate::model::alert::{Alert, Order, Silence};
use crate::model::time::{At, Span};

/// Takes note of an alert, or takes that back; with what the screen says of it.
pub(super) fn acknowledgement(alert: &Alert, _now: At) -> (Order, &'static str) {
    let key = alert.key.clone();
    if alert.handling.acknowledged.is_some() {
        (Order::Unacknowledge(key), "The note is taken back.")
    } else {
        let reason = "at the screen".to_owned();
        (
            Order::Acknowledge { key, reason },
            "Noted: it is shown, and not told again, until it is over.",
        )
    }
}

/// How long the screen silences an alert.
const SILENCE: Span = Span::seconds(3_600);

/// Silences an alert, or ends its silence; with what the screen says of it.
pub(super) fn silence(alert: &Alert, now: At) -> (Order, &'static str) {
    if alert.handling.silenced.is_some() {
        return (Order::Unsilence(alert.key.clone()), "Its silence has ended.");
    }
    let silence = Silence {
        rule: Some(alert.key.rule.clone()),
        subject: Some(alert.key.subject.clone()),
        until: now.plus(SILENCE),
        reason: "at the screen".to_owned(),
    };
    (
        Order::Silence(silence),
        "Silenced for an hour: it is shown, and not told.",
    )
}
