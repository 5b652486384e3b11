//! What the mouse does to the screen.

use super::{Effect, Hit, step_in, update};
use crate::command::Command;
use crate::ui::screen::{ListId, Page, Panel, Screen};

/// A click; one on the row that is selected already opens it.
pub fn click(screen: &mut Screen, hit: &Hit) -> Effect {
    match *hit {
        Hit::Command(command) => update(screen, command),
        Hit::List(list) => {
            focus(screen, list);
            Effect::Draw
        }
        Hit::Row(list, place) => {
            let again = screen.focus() == list && screen.selected(list) == Some(place);
            if again && screen.is_pinned(list) {
                return update(screen, Command::Enter);
            }
            focus(screen, list);
            step_in(screen, list, |_, _| place);
            screen.keep_enquiry();
            Effect::Draw
        }
        Hit::Head(list, field) => {
            focus(screen, list);
            screen.sort_by(list, Some(field));
            Effect::Settle
        }
    }
}

/// The wheel over a place: three rows.
pub fn wheel(screen: &mut Screen, hit: Option<&Hit>, down: bool) -> Effect {
    let list = match hit {
        Some(Hit::Row(list, _) | Hit::Head(list, _) | Hit::List(list)) => *list,
        Some(Hit::Command(_)) | None => screen.focus(),
    };
    focus(screen, list);
    step_in(screen, list, |place, _| {
        if down {
            place.saturating_add(3)
        } else {
            place.saturating_sub(3)
        }
    });
    screen.keep_enquiry();
    Effect::Draw
}

fn focus(screen: &mut Screen, list: ListId) {
    if let Some(panel) = Panel::of(list).filter(|_| screen.page() == Page::Overview && !screen.is_covered()) {
        screen.panel = panel;
        screen.panels.chosen = true;
    }
}
