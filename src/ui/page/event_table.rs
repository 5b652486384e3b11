//! The table of events, and the line that tells of one.

use ratatui::layout::Rect;

use crate::model::event::{Event, Turn, What};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::page::{Shown, layout};
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, RowKey};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;
use crate::ui::widget::table::{Column, Fit, Row, Table};

/// Draws the events of `list`; `area` is below the title, which stands in `title_row`.
pub fn draw(
    canvas: &mut Canvas,
    area: Rect,
    title_row: Rect,
    scene: &Scene,
    list: ListId,
    shown: &mut Shown,
) {
    let rows = scene.screen.lists.rows(list);
    if rows.is_empty() {
        let words = layout::all_hidden(scene, list).unwrap_or_else(|| {
            let since = scene.snapshot().times.watching_since;
            format!("Nothing happened since kaftop looks, for {}.", scene.age(since))
        });
        panel::empty(canvas, area, &words, Role::Dim);
        return;
    }
    let of = |field, fit, least| Column::of(Subject::Event, field, fit, least);
    let table = Table {
        columns: vec![
            of(Field::Time, Fit::Word, 8),
            of(Field::Kind, Fit::Word, 10).leaving(1),
            of(Field::What, Fit::Sentence(20), 20),
        ],
        list: Some(list),
        from: 0,
        total: rows.len(),
        row: &|place| match rows.get(place) {
            Some(RowKey::Event(id)) => scene
                .snapshot()
                .events
                .get(*id)
                .map_or_else(Row::default, |event| row(event)),
            _ => Row::default(),
        },
    };
    let window = table.draw(canvas, area, scene.screen);
    panel::range(canvas, title_row, window);
    shown.push((list, window));
}

fn row(event: &Event) -> Row {
    Row {
        mark: (event.turn() == Turn::Worse).then_some(Role::Warn),
        cells: vec![
            Strip::of(text::clock(event.when.first.0), Role::Dim),
            Strip::of(event.kind().word(), Role::Dim),
            Strip::of(told(event), Role::Text),
        ],
    }
}

/// What happened, and how much it brought about.
fn told(event: &Event) -> String {
    if event.consequences.is_empty() {
        return event.sentence();
    }
    let mut consequences: Vec<&Event> = event.consequences.iter().collect();
    consequences.sort_by_key(|event| match event.what {
        // Why, and then what hurts producers and consumers.
        What::Container(_) => 0,
        What::LeadersLost(_) => 1,
        What::IsrsLost { .. } => 2,
        What::LeadersMoved(_) => 3,
        What::Source { .. } => 5,
        _ => 4,
    });
    let first: Vec<String> = consequences.into_iter().take(2).map(Event::sentence).collect();
    let more = match event.consequences.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    format!("{}: {}{more}", event.sentence(), first.join("; "))
}

/// The events that `touches` lets pass as lines for a detail, the newest first.
pub fn lines(scene: &Scene, touches: impl Fn(&Event) -> bool) -> Vec<Strip> {
    /// More than this nobody reads in a detail; the Events page has them all.
    const MOST: usize = 50;
    let events = scene.snapshot().events.iter().rev();
    let mut lines: Vec<Strip> = events
        .filter(|event| touches(event))
        .take(MOST)
        .map(|event| {
            let role = if event.turn() == Turn::Worse {
                Role::Warn
            } else {
                Role::Text
            };
            Strip::of(format!("{}  ", text::clock(event.when.first.0)), Role::Dim).and(event.sentence(), role)
        })
        .collect();
    if lines.is_empty() {
        let since = scene.age(scene.snapshot().times.watching_since);
        lines.push(Strip::of(format!("nothing happened to it in {since}"), Role::Dim));
    }
    lines
}
