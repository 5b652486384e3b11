//! The dialog of a plan: what it does, what speaks against it, and how it is confirmed; over the upper part of the page.

use ratatui::layout::Rect;

use crate::gate::Dialog;
use crate::model::plan::Confirm;
use crate::model::text::printable;
use crate::ui::canvas::Canvas;
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;

/// How wide it is at most.
const WIDTH: u16 = 78;
/// The most lines that one sentence takes.
const LINES: usize = 4;

/// Draws the dialog where one is open.
pub fn draw(canvas: &mut Canvas, page: Rect, scene: &Scene) {
    let Some(dialog) = &scene.screen.acts.dialog else {
        return;
    };
    let width = page.width.min(WIDTH);
    let room = width.saturating_sub(4);
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut add = |label: &str, words: &str, role: Role| {
        let words = format!("{label}{words}");
        let wrapped = text::wrap(&words, room, LINES, canvas.glyphs.cut);
        lines.extend(wrapped.into_iter().map(|line| (line, role)));
    };
    let plan = dialog.plan();
    if dialog.is_changed() {
        add(
            "",
            "Nothing was done: things have changed since. Now it would be:",
            Role::Warn,
        );
    }
    for does in &plan.does {
        add("", does, Role::Text);
    }
    for blocker in &plan.blockers {
        add("Against it: ", blocker, Role::Bad);
    }
    for note in &plan.notes {
        add("Note: ", note, Role::Dim);
    }
    // The way to confirm is never cut off: what does not fit above it is.
    let most = usize::from(page.height.saturating_sub(4));
    if lines.len() > most {
        lines.truncate(most.saturating_sub(1));
        lines.push((
            "... enlarge the terminal to read all of it".to_owned(),
            Role::Warn,
        ));
    }
    let rows = u16::try_from(lines.len()).unwrap_or(page.height);
    let area = Rect {
        x: page.x + (page.width - width) / 2,
        y: page.y,
        width,
        height: (rows + 4).min(page.height),
    };
    let mut title = plan.act.deed.to_string();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let on = plan.on.as_ref().map_or_else(String::new, ToString::to_string);
    let inner = panel::boxed(canvas, page, area, &title, &on);
    let bottom = area.bottom().saturating_sub(2);
    for ((line, role), y) in lines.iter().zip(inner.y..bottom) {
        canvas.put(inner.x + 1, y, room, line, *role);
    }
    let last = Rect {
        x: inner.x + 1,
        y: bottom,
        width: room,
        height: 1,
    };
    ask(canvas, last, dialog);
}

fn ask(canvas: &mut Canvas, line: Rect, dialog: &Dialog) {
    if dialog.is_waiting() {
        canvas.put(
            line.x,
            line.y,
            line.width,
            "Looking again, then doing it ...",
            Role::Dim,
        );
        return;
    }
    match &dialog.plan().confirm {
        Confirm::Key => {
            canvas.put(line.x, line.y, line.width, "y does it   esc leaves it", Role::Key);
        }
        Confirm::Id(word) | Confirm::Cluster(word) => {
            let why = if dialog.is_wrong() {
                "That is not it"
            } else if matches!(dialog.plan().confirm, Confirm::Cluster(_)) {
                "People depend on this cluster"
            } else {
                "Something speaks against it"
            };
            let words = format!("{why}: type {word} and enter, or esc: ");
            let words = printable(&words);
            let typed = printable(dialog.typed());
            // As much room for what is typed as the word takes; of more its end is in sight.
            let kept = (text::width(&printable(word)) + 2).min(line.width / 2);
            let shown = text::start(&words, line.width.saturating_sub(kept), canvas.glyphs.cut);
            let x = canvas.put(line.x, line.y, line.width, &shown, Role::Warn);
            let at = line.x.saturating_add(x);
            let room = line.right().saturating_sub(at);
            canvas.put(at, line.y, room, text::end(&typed, room), Role::Strong);
        }
    }
}
