//! What the keys do to a log.

use super::Effect;
use crate::command::{Command, Context};
use crate::ui::acts;
use crate::ui::log::{Move, Quarry};
use crate::ui::screen::{Screen, Window};

/// Moves in the log, whose rows have no number of their own: where `to` leads from the middle of all says how far.
pub(super) fn scroll(screen: &mut Screen, window: Window, to: impl Fn(usize, usize) -> usize) {
    const HERE: usize = usize::MAX / 4;
    let to = match to(HERE, window.rows.max(1)) {
        0 => Move::First,
        usize::MAX => Move::Last,
        place => Move::By(place.cast_signed().saturating_sub(HERE.cast_signed())),
    };
    if let Some(log) = &mut screen.log {
        log.scroll(to, window);
    }
}

/// Opens the log of the node that has the keys, or closes the one that is open.
pub(super) fn open(screen: &mut Screen) -> Effect {
    if screen.log.take().is_some() {
        return Effect::Draw;
    }
    screen.overlay = None;
    Effect::Log(acts::row(screen))
}

pub(super) fn seek(screen: &mut Screen, quarry: Quarry, back: bool) -> Effect {
    if screen.context() != Context::Log {
        return Effect::None;
    }
    if !screen.seek(quarry, back) {
        let what = match quarry {
            Quarry::Hit => "Nothing more was found",
            Quarry::Error => "There is no error",
        };
        let where_to = if back { "before this" } else { "after this" };
        screen.toast = Some(format!("{what} {where_to}."));
    }
    Effect::Draw
}

/// Breaks the long lines of the log, or moves them sideways.
pub(super) fn lay_out(screen: &mut Screen, command: Command) -> Effect {
    let covered = screen.overlay.is_some();
    let Some(log) = screen.log.as_mut().filter(|_| !covered) else {
        return Effect::None;
    };
    match command {
        Command::Wrap => log.wraps = !log.wraps,
        side => {
            log.wraps = false;
            log.sideways(side == Command::Right);
        }
    }
    Effect::Draw
}
