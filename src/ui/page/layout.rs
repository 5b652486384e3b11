//! Where a list and the detail of its selected row stand: beside each other where there is width, one over the other
//! where there is height, else one at a time.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::scene::Scene;
use crate::ui::screen::ListId;
use crate::ui::text;

/// From this width on the detail stands beside the list.
const BESIDE: u16 = 170;
/// A detail beside the list is not wider than this: its facts and tables need no more, and the list has columns to show.
const WIDEST_DETAIL: u16 = 84;
/// From this height on it stands below.
const BELOW: u16 = 24;

/// The places of a list and of a detail; at least one of them is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Of the list.
    pub list: Option<Rect>,
    /// Of the detail.
    pub detail: Option<Rect>,
}

/// Divides a page. `opened`: the detail takes all of it; `height`: how many lines it has below the list.
pub fn places(area: Rect, opened: bool, height: u16) -> Places {
    if opened {
        return Places {
            list: None,
            detail: Some(area),
        };
    }
    if area.width >= BESIDE {
        let left = Rect {
            width: (area.width * 3 / 5).max(area.width.saturating_sub(WIDEST_DETAIL + 1)),
            ..area
        };
        let right = Rect {
            x: left.right() + 1,
            width: area.width - left.width - 1,
            ..area
        };
        return Places {
            list: Some(left),
            detail: Some(right),
        };
    }
    if area.height >= BELOW {
        let height = height.min(area.height / 2);
        let top = Rect {
            height: area.height - height,
            ..area
        };
        let below = Rect {
            y: top.bottom(),
            height,
            ..area
        };
        return Places {
            list: Some(top),
            detail: Some(below),
        };
    }
    Places {
        list: Some(area),
        detail: None,
    }
}

/// Draws the wall between a list and the detail beside it.
pub fn wall(canvas: &mut Canvas, area: Rect, places: Places) {
    if let (Some(list), Some(detail)) = (places.list, places.detail)
        && list.right() < detail.x
    {
        canvas.wall(detail.x - 1, area.y + 1, area.height.saturating_sub(1));
    }
}

/// What the title of a list says beside its name: how many rows there are, what narrows them, their order.
pub fn note(scene: &Scene, list: ListId, of: &str) -> String {
    let rows = scene.screen.lists.rows(list).len() as u64;
    let view = scene.screen.view(list);
    let mut parts = vec![text::count(rows)];
    if !of.is_empty() {
        parts.push(of.to_owned());
    }
    if view.only_bad {
        parts.push("only bad".to_owned());
    }
    if !view.filter.is_empty() {
        let filter = text::middle(&view.filter.to_string(), 30, scene.glyphs.cut);
        parts.push(format!("/{filter}"));
    }
    let hidden = scene.screen.lists.hidden(list) as u64;
    if hidden > 0 {
        parts.push(format!("({} hidden)", text::count(hidden)));
    }
    let by = view
        .sort
        .by
        .zip(list.subject())
        .and_then(|(field, subject)| subject.spec(field))
        .map(|spec| spec.name)
        .or_else(|| list.subject().map(crate::ui::field::Subject::order))
        .unwrap_or_default();
    let turned = if view.sort.reversed { " reversed" } else { "" };
    format!("{} {} by {by}{turned}", parts.join(" "), scene.glyphs.dot)
}

/// Why a list is empty although there are rows: what hides them, and which key shows them again.
pub fn all_hidden(scene: &Scene, list: ListId) -> Option<String> {
    use crate::command::Command;
    let view = scene.screen.view(list);
    let hidden = scene.screen.lists.hidden(list);
    if hidden == 0 || !view.narrows() {
        return None;
    }
    let noun = list.subject().map_or("row", |subject| subject.noun());
    let hides = text::plural(hidden, noun);
    let back = scene.key(Command::Back).unwrap_or_default();
    let toggle = scene.key(Command::OnlyBad).unwrap_or_default();
    Some(if view.filter.is_empty() {
        format!("No {noun} here needs eyes; {hides} hidden: {toggle} shows all.")
    } else {
        format!(
            "No {noun} passes /{}; {hides} hidden: {back} drops the filter.",
            view.filter
        )
    })
}
