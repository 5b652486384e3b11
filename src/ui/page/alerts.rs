//! The Alerts page: what fires, what is pending with its countdown, what is over; with the detail of the selected one.

use ratatui::layout::Rect;

use crate::model::alert::{Alert, Phase};
use crate::model::severity::Severity;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::page::{Shown, alert_detail, layout};
use crate::ui::rows::alerts::{find, span, state};
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, RowKey};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;
use crate::ui::widget::table::{Column, Fit, Row, Table};

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let list = ListId::Alerts;
    let selected = scene.screen.selected_key(list);
    let alert = selected.and_then(|key| find(scene.bulletin, key));
    let places = layout::places(area, scene.screen.detail && alert.is_some(), u16::MAX);
    if let Some(place) = places.list {
        let note = layout::note(scene, list, &counts(scene));
        let mut inner = panel::open(canvas, place, "Alerts", &note, true);
        if let Some(words) = missing(scene) {
            inner = panel::banner(canvas, inner, &words);
        }
        table(canvas, inner, place, scene, &mut shown);
    }
    if let Some(place) = places.detail {
        alert_detail::draw(canvas, place, scene, alert, &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

/// How many fire and are pending, in words.
fn counts(scene: &Scene) -> String {
    let alerts = &scene.bulletin.alerts;
    let alone = alerts.firing.iter().filter(|alert| alert.stands_alone()).count();
    // Also those whose alert does not fire: until when is told by the one that ends last.
    let until = alerts.silences.iter().map(|silence| silence.until).max();
    let silences = until.map_or_else(String::new, |until| {
        let silences = text::plural(alerts.silences.len(), "silence");
        format!(", {silences} for {}", scene.span(scene.now().age(until)))
    });
    format!(
        "alerts, {alone} firing, {} pending{silences}",
        alerts.pending.len()
    )
}

/// What is not there, or does not work: broken rules, alerts that were left out, news that found no room.
fn missing(scene: &Scene) -> Option<String> {
    let alerts = &scene.bulletin.alerts;
    let mut parts = Vec::new();
    if let Some(first) = alerts.broken.first() {
        let faults = text::plural(alerts.broken.len(), "fault");
        parts.push(format!(
            "{faults} in rules, told by kaftop rules: {}: {}",
            first.name, first.why
        ));
    }
    if alerts.losses.left_out > 0 {
        parts.push(format!("{} alerts are left out", alerts.losses.left_out));
    }
    if alerts.losses.untold > 0 {
        parts.push(format!("{} notices found no room", alerts.losses.untold));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn table(canvas: &mut Canvas, inner: Rect, place: Rect, scene: &Scene, shown: &mut Shown) {
    let list = ListId::Alerts;
    let rows = scene.screen.lists.rows(list);
    if rows.is_empty() {
        let words = layout::all_hidden(scene, list)
            .unwrap_or_else(|| "No alert fires, and none is pending.".to_owned());
        panel::empty(canvas, inner, &words, Role::Dim);
        return;
    }
    let row = |place: usize| {
        let alert = rows.get(place).and_then(|key| find(scene.bulletin, key));
        alert.map_or_else(Row::default, |alert| row(scene, alert))
    };
    let of = |field, fit, least| Column::of(Subject::Alert, field, fit, least);
    let table = Table {
        columns: vec![
            of(Field::State, Fit::Word, 8),
            of(Field::Kind, Fit::Word, 8).leaving(2),
            of(Field::Time, Fit::Number, 6).leaving(1),
            of(Field::What, Fit::Sentence(42), 20),
            of(Field::Id, Fit::Name(14), 9).leaving(3),
            of(Field::Name, Fit::Name(30), 0).leaving(4),
        ],
        list: Some(list),
        from: 0,
        total: rows.len(),
        row: &row,
    };
    let window = table.draw(canvas, inner, scene.screen);
    panel::range(canvas, place, window);
    shown.push((list, window));
}

/// The role in which a severity is written.
pub fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Critical => Role::Bad,
        Severity::Warning => Role::Warn,
        Severity::Info => Role::Text,
    }
}

/// The word of its state, and its length of time: `in 40s` until it fires.
fn row(scene: &Scene, alert: &Alert) -> Row {
    let news = alert.fires() && alert.is_news();
    let loud = severity_role(alert.severity);
    let calm = |role| if news { role } else { Role::Dim };
    let lasting = scene.span(span(alert, scene.now()));
    let lasting = match alert.phase {
        Phase::Pending { .. } => format!("in {lasting}"),
        Phase::Firing { .. } => lasting,
        Phase::Resolved { .. } => format!("{lasting} ago"),
    };
    let indent = if alert.kinship.cause.is_some() { "  " } else { "" };
    let inside = match alert.kinship.consequences.len() {
        0 => String::new(),
        count => format!(" (+{count})"),
    };
    let summary = format!("{indent}{}{inside}", alert.words.summary);
    Row {
        mark: news.then_some(loud),
        cells: vec![
            Strip::of(state(alert), calm(loud)),
            Strip::of(alert.severity.word(), calm(loud)),
            Strip::of(lasting, calm(Role::Text)),
            Strip::of(summary, calm(Role::Strong)),
            Strip::of(alert.key.subject.to_string(), calm(Role::Text)),
            Strip::of(alert.key.rule.to_string(), Role::Dim),
        ],
    }
}

/// How many lines the panel of the Overview needs; none where nothing fires.
pub fn height(scene: &Scene) -> u16 {
    match standing(scene).len() {
        0 => 0,
        count => u16::try_from(count.min(3)).unwrap_or(3) + 1,
    }
}

/// The alerts that fire by themselves, the gravest first.
fn standing<'a>(scene: &'a Scene) -> Vec<&'a Alert> {
    let firing = scene.bulletin.alerts.firing.iter();
    firing
        .filter(|alert| alert.stands_alone())
        .map(|alert| &**alert)
        .collect()
}

/// Draws the panel of the Overview: the gravest alerts, a line each.
pub fn overview(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let all = standing(scene);
    let key = scene.key(crate::command::Command::PageAlerts).unwrap_or_default();
    let note = match scene.bulletin.alerts.pending.len() {
        0 => format!("{} firing", all.len()),
        pending => format!("{} firing, {pending} pending", all.len()),
    };
    let inner = panel::open(canvas, area, "Alerts", &note, false);
    let tag = Strip::of(format!(" {key} "), Role::Key).and("opens them ", Role::Dim);
    panel::tag_right(canvas, area, &tag);
    let word = |alert: &Alert| {
        if alert.is_news() {
            alert.severity.word()
        } else {
            state(alert)
        }
    };
    let shown = || all.iter().take(usize::from(inner.height));
    let wide = shown().map(|alert| word(alert).len()).max().unwrap_or(0).max(9);
    for (offset, alert) in shown().enumerate() {
        let y = inner.y + u16::try_from(offset).unwrap_or(0);
        let news = alert.is_news();
        let role = if news {
            severity_role(alert.severity)
        } else {
            Role::Dim
        };
        let lasting = scene.span(span(alert, scene.now()));
        let strip = Strip::of(format!("{:<wide$} ", word(alert)), role)
            .and(format!("{lasting:>7}  "), Role::Dim)
            .and(
                alert.words.summary.clone(),
                if news { Role::Strong } else { Role::Dim },
            );
        let room = inner.width.saturating_sub(4);
        let line = text::start(&strip.plain(), room, scene.glyphs.cut);
        let fits = line == strip.plain();
        if fits {
            canvas.strip(inner.x + 3, y, room, &strip);
        } else {
            canvas.put(inner.x + 3, y, room, &line, role);
        }
        if news {
            canvas.put(inner.x + 1, y, 1, "!", role);
        }
    }
}

/// What the header says of alerts in `room` cells: how many fire, by how grave they are; none where none does.
pub fn badge(scene: &Scene, room: u16) -> Option<Strip> {
    let alerts = &scene.bulletin.alerts;
    let (critical, warning) = (alerts.count(Severity::Critical), alerts.count(Severity::Warning));
    if critical + warning == 0 {
        return None;
    }
    let mut strip = Strip::of("alerts", Role::Dim);
    if critical > 0 {
        strip.push(format!(" {critical} critical"), Role::Bad);
    }
    if warning > 0 {
        strip.push(format!(" {warning} warning"), Role::Warn);
    }
    if strip.width() <= room {
        return Some(strip);
    }
    // The gravest alone, where there is no room for all.
    Some(if critical > 0 {
        Strip::of(format!("{critical} critical"), Role::Bad)
    } else {
        Strip::of(format!("{warning} warning"), Role::Warn)
    })
}

/// The alert of the selected row, where it can still be acted on.
pub fn acted_on(key: &RowKey) -> Option<&crate::model::alert::AlertKey> {
    match key {
        RowKey::Alert(key, None) => Some(key),
        _ => None,
    }
}
