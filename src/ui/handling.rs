//! What a key does to an alert: it is acknowledged, or silenced for a while, or that is taken back.

use super::prompt::silence::Hush;
use super::screen::{ListId, Page, RowKey, Screen};
use super::update::{Effect, pin};
use crate::command::Command;
use crate::model::alert::{Alert, Order, Silence};
use crate::model::time::At;

/// What is over is for nobody to take note of.
pub(super) fn asked(screen: &mut Screen, command: Command) -> Effect {
    if screen.is_covered() || screen.page() != Page::Alerts {
        return Effect::None;
    }
    let Some(RowKey::Alert(key, None)) = screen.selected_key(ListId::Alerts).cloned() else {
        return Effect::None;
    };
    pin(screen);
    if command == Command::Acknowledge {
        Effect::Acknowledge(key)
    } else {
        Effect::Silence(key)
    }
}

/// Takes note of an alert, or takes that back; with what the screen says of it.
pub(super) fn acknowledgement(alert: &Alert, _now: At) -> (Order, String) {
    let key = alert.key.clone();
    if alert.handling.acknowledged.is_some() {
        (Order::Unacknowledge(key), "The note is taken back.".to_owned())
    } else {
        let reason = "at the screen".to_owned();
        (
            Order::Acknowledge { key, reason },
            "Noted: it is shown, and not told again, until it is over.".to_owned(),
        )
    }
}

/// Ends the silence of an alert; with what the screen says of it.
pub(super) fn silence_ends(alert: &Alert, _now: At) -> (Order, String) {
    (
        Order::Unsilence(alert.key.clone()),
        "Its silence has ended.".to_owned(),
    )
}

/// Silences an alert; with what the screen says of it.
pub(super) fn silence(alert: &Alert, hush: Hush, now: At) -> (Order, String) {
    let words = format!("Silenced {}: it is shown, and not told.", hush.shown(now));
    let silence = Silence {
        rule: Some(alert.key.rule.clone()),
        subject: Some(alert.key.subject.clone()),
        until: now.plus(hush.span),
        reason: hush.reason,
    };
    (Order::Silence(silence), words)
}
