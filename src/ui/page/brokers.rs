//! The table of brokers.

use ratatui::layout::Rect;

use crate::health;
use crate::model::broker::{Answers, Broker, BrokerState};
use crate::model::history::{BrokerHistory, Fold, Series};
use crate::model::intake::Origin;
use crate::model::reading::Face;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::page::{Shown, broker_detail, layout};
use crate::ui::rows::brokers::{is_bad, word};
use crate::ui::scene::{Scene, failure_word, none, unknown};
use crate::ui::screen::{ListId, RowKey};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::containers;
use crate::ui::widget::panel;
use crate::ui::widget::table::{Column, Fit, Row, Table};
use crate::ui::widget::trend::{Shared, shrinks_per_minute};

/// How many lines the detail of a broker has below the list.
const DETAIL: u16 = 12;

/// Draws the Brokers page; gives what was shown.
pub fn page(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let broker = match scene.screen.selected_key(ListId::AllBrokers) {
        Some(RowKey::Broker(id)) => scene.snapshot().broker(*id),
        _ => None,
    };
    let places = layout::places(area, scene.screen.detail && broker.is_some(), DETAIL);
    if let Some(list) = places.list {
        let note = layout::note(scene, ListId::AllBrokers, &format!("brokers, {}", up(scene)));
        table(canvas, list, scene, ListId::AllBrokers, &note, &mut shown);
    }
    if let Some(detail) = places.detail {
        broker_detail::draw(canvas, detail, scene, broker, &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

/// Draws the panel of brokers on the Overview page.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, shown: &mut Shown) {
    table(canvas, area, scene, ListId::Brokers, &up(scene), shown);
}

/// How many are up.
fn up(scene: &Scene) -> String {
    let brokers = &scene.snapshot().brokers;
    let up = brokers.values().filter(|broker| broker.is_up()).count();
    if brokers.is_empty() {
        String::new()
    } else {
        format!("{up} of {} up", brokers.len())
    }
}

fn table(canvas: &mut Canvas, area: Rect, scene: &Scene, list: ListId, note: &str, shown: &mut Shown) {
    let focused = scene.screen.focus() == list;
    let inner = panel::open(canvas, area, "Brokers", note, focused);
    let inner = panel::metadata_banner(canvas, inner, scene);
    let rows = scene.screen.lists.rows(list);
    if rows.is_empty() {
        let (words, role) = why_empty(scene, list, "No broker exists.");
        panel::empty(canvas, inner, &words, role);
        return;
    }
    let brokers = &scene.snapshot().brokers;
    let history = &scene.snapshot().history;
    let shared = |fold, of: fn(&BrokerHistory) -> &Series| {
        Shared::of(scene, area.width, fold, history.brokers.values().map(of))
    };
    let flow = shared(Fold::Mean, |of| &of.records_in);
    let trip = shared(Fold::Max, |of| &of.round_trip);
    let shrinks = shared(Fold::Sum, |of| &of.shrinks);
    let mut columns = columns(brokers.values().any(|broker| broker.rack.is_some()));
    columns.extend([
        Column::of(Subject::Broker, Field::Rate, Fit::Number, 5).leaving(6),
        Column::new(&flow.head("in"), Fit::Word, flow.cells())
            .leaving(12)
            .picture(),
        Column::new(&trip.head("answers, ms"), Fit::Word, trip.cells())
            .leaving(13)
            .picture(),
        Column::of(Subject::Broker, Field::Shrinks, Fit::Number, 4).leaving(14),
        Column::new(&shrinks.head("shrinks"), Fit::Word, shrinks.cells())
            .leaving(15)
            .picture(),
    ]);
    let contained = containers::any(scene);
    // A page has room for what the panel of another page says in short.
    let in_full = list == ListId::AllBrokers;
    if contained {
        columns.push(Column::of(Subject::Broker, Field::Container, Fit::Sentence(16), 12).leaving(9));
    }
    if contained && in_full {
        columns.extend(usage_columns());
    }
    let racks = columns.iter().any(|column| column.field == Some(Field::Rack));
    let table = Table {
        columns,
        list: Some(list),
        from: 0,
        total: rows.len(),
        row: &|place| match rows.get(place) {
            Some(RowKey::Broker(id)) => scene.snapshot().broker(*id).map_or_else(Row::default, |broker| {
                let mut row = row(scene, broker);
                if !racks {
                    row.cells.pop();
                }
                let of = history.brokers.get(id);
                row.cells.extend([
                    per_second(of.map(|of| &of.records_in)),
                    flow.line(of.map(|of| &of.records_in)),
                    trip.line(of.map(|of| &of.round_trip)),
                    shrinks_per_minute(of.map(|of| &of.shrinks)),
                    shrinks.line(of.map(|of| &of.shrinks)),
                ]);
                if contained {
                    row.cells.push(containers::cell(scene, *id, !in_full));
                }
                if contained && in_full {
                    row.cells.extend(containers::usage_cells(scene, *id));
                }
                row
            }),
            _ => Row::default(),
        },
    };
    let window = table.draw(canvas, inner, scene.screen);
    panel::range(canvas, area, window);
    shown.push((list, window));
}

/// What containers use.
fn usage_columns() -> [Column; 4] {
    let of = |field, least, turn| Column::of(Subject::Broker, field, Fit::Number, least).leaving(turn);
    [
        of(Field::Cpu, 4, 10),
        of(Field::Memory, 9, 10),
        of(Field::Network, 9, 11),
        of(Field::DiskTraffic, 9, 11),
    ]
}

/// The newest sample of a rate.
fn per_second(series: Option<&Series>) -> Strip {
    let last = series.and_then(Series::last);
    last.map_or_else(unknown, |last| Strip::of(text::rate(f64::from(last)), Role::Text))
}

/// Why a list of what the partition table tells is empty; `none` is said where there is nothing to list.
pub fn why_empty(scene: &Scene, list: ListId, none: &str) -> (String, Role) {
    if let Some(words) = layout::all_hidden(scene, list) {
        return (words, Role::Text);
    }
    let metadata = &scene.snapshot().metadata.read;
    match (metadata.value(), metadata.failing()) {
        // Rows of a large cluster are made beside the screen, and come in a moment.
        (Some(()), _) if !scene.screen.lists.has(list) => (String::new(), Role::Dim),
        (Some(()), _) => (none.to_owned(), Role::Dim),
        (None, Some(failing)) => (format!("Not read: {}", failing.why), Role::Warn),
        (None, None) => (
            not_yet(scene, "Not read yet: asking for brokers and partitions."),
            Role::Unknown,
        ),
    }
}

/// What is tried, and the newest error of a source that does not deliver.
pub fn not_yet(scene: &Scene, words: &str) -> String {
    let sources = &scene.snapshot().intake.sources;
    // That there is no container engine is no reason why brokers do not answer.
    let brokers = sources.iter().filter(|source| source.origin != Origin::Engine);
    let failed = brokers.into_iter().find_map(|source| {
        let error = source.error.as_ref()?;
        Some(format!("{words} The last error of {}: {error}", source.origin))
    });
    failed.map_or_else(
        || words.to_owned(),
        |words| crate::model::text::printable(&words).into_owned(),
    )
}

/// The columns; racks only where a broker has one.
fn columns(racks: bool) -> Vec<Column> {
    let of = |field, fit, least| Column::of(Subject::Broker, field, fit, least);
    let mut columns = vec![
        of(Field::Id, Fit::Number, 2),
        of(Field::State, Fit::Word, 14),
        of(Field::Leads, Fit::Number, 5),
        of(Field::Moved, Fit::Number, 4).leaving(3),
        of(Field::InSync, Fit::Number, 9),
        of(Field::Answers, Fit::Number, 7),
        of(Field::Disk, Fit::Number, 4).leaving(4),
        of(Field::Log, Fit::Number, 5).leaving(5),
        of(Field::Address, Fit::Name(12), 0).leaving(7),
        of(Field::Rack, Fit::Name(4), 0).leaving(8),
    ];
    if !racks {
        columns.pop();
    }
    columns
}

fn row(scene: &Scene, broker: &Broker) -> Row {
    // What a broker that is gone leads and holds in sync is what those who cannot miss it go on saying.
    let hearsay = health::is_gone(scene.snapshot(), broker.id)
        && broker
            .load
            .is_some_and(|load| load.leaders > 0 || load.in_sync > 0);
    let counted = |strip: Option<Strip>| {
        let strip = strip.map_or_else(unknown, |strip| scene.from_metadata(strip));
        if hearsay { strip.recast(Role::Stale) } else { strip }
    };
    let mark = is_bad(broker).then_some(Role::Bad);
    let load = broker.load;
    Row {
        mark,
        cells: vec![
            Strip::of(broker.id.to_string(), Role::Strong),
            state(scene, broker),
            counted(load.map(|load| Strip::of(text::count(load.leaders.into()), Role::Text))),
            counted(load.map(|load| delta(i64::from(load.leaders) - i64::from(load.preferred)))),
            counted(load.map(|load| {
                let role = if load.in_sync < load.replicas {
                    Role::Warn
                } else {
                    Role::Text
                };
                let text = format!(
                    "{}/{}",
                    text::count(load.in_sync.into()),
                    text::count(load.replicas.into())
                );
                Strip::of(text, role)
            })),
            answers(scene, broker),
            disk(scene, broker),
            log_size(scene, broker),
            broker.endpoint.as_ref().map_or_else(unknown, |endpoint| {
                Strip::of(format!("{}:{}", endpoint.host, endpoint.port), Role::Dim)
            }),
            broker
                .rack
                .as_ref()
                .map_or_else(none, |rack| Strip::of(rack.to_string(), Role::Dim)),
        ],
    }
}

/// The state in words, since when, and what else is to be said of its standing.
pub fn state(scene: &Scene, broker: &Broker) -> Strip {
    let glyphs = &scene.glyphs;
    let word = match word(broker.state) {
        None => return unknown().and(" not known", Role::Unknown),
        Some(word) => Some(word).filter(|_| !broker.is_up()),
    };
    // One that holds no replica hurts nobody by its absence.
    let role = if broker.holds_replicas() {
        Role::Bad
    } else {
        Role::Dim
    };
    let mut strip = match word {
        None => Strip::of(glyphs.leader, Role::Good).and(" up", Role::Text),
        Some(word) => Strip::of(
            format!("{} {word} {}", glyphs.down, scene.lasting(broker.since)),
            role,
        ),
    };
    if broker.listing.fenced == Some(true) && broker.state != Some(BrokerState::Down) {
        strip.push(", fenced", Role::Warn);
    }
    if scene.snapshot().cluster.controller.id() == Some(broker.id) {
        strip.push(format!(" {}", glyphs.star), Role::Dim);
    }
    strip
}

/// How many partitions it leads beyond those that prefer it.
fn delta(delta: i64) -> Strip {
    match delta {
        0 => Strip::of("0", Role::Dim),
        1.. => Strip::of(format!("+{}", text::count(delta.unsigned_abs())), Role::Text),
        _ => Strip::of(format!("-{}", text::count(delta.unsigned_abs())), Role::Text),
    }
}

/// The round trip, or how it failed.
pub fn answers(scene: &Scene, broker: &Broker) -> Strip {
    match &broker.answers {
        Answers::Yes { at, .. } if at.age(scene.now()) > scene.patience() => {
            Strip::of(format!("{} ago", scene.age(*at)), Role::Stale)
        }
        Answers::Untried | Answers::Yes { round_trip: None, .. } => unknown(),
        Answers::Yes {
            round_trip: Some(round_trip),
            ..
        } => {
            let micros = round_trip.as_micros();
            let text = if micros < 100 {
                "<0.1ms".to_owned()
            } else if micros < 10_000 {
                format!("{}.{}ms", micros / 1000, micros % 1000 / 100)
            } else {
                format!("{}ms", micros / 1000)
            };
            Strip::of(text, Role::Text)
        }
        Answers::No { why, .. } => Strip::of(failure_word(why.kind), Role::Warn),
    }
}

/// How full its disks are.
pub fn disk(scene: &Scene, broker: &Broker) -> Strip {
    scene.reading(&broker.log_dirs, scene.disk_patience(), |dirs| {
        let (Some(total), Some(usable)) = (dirs.total.filter(|total| *total > 0), dirs.usable) else {
            return unknown();
        };
        let used = u128::from(total.saturating_sub(usable)) * 100 / u128::from(total);
        let role = match used {
            95.. => Role::Bad,
            85.. => Role::Warn,
            _ => Role::Text,
        };
        Strip::of(format!("{used}%"), role)
    })
}

/// The size of its logs. The disks beside it are of the same reading and carry its age: said twice it would
/// push the table apart.
pub fn log_size(scene: &Scene, broker: &Broker) -> Strip {
    let dirs = &broker.log_dirs;
    match (dirs.face(scene.now(), scene.disk_patience()), dirs.value()) {
        (Face::Fresh, Some(dirs)) => Strip::of(text::bytes(dirs.log_bytes), Role::Text),
        (_, Some(dirs)) => Strip::of(text::bytes(dirs.log_bytes), Role::Stale),
        (Face::Failed, None) => Strip::of(scene.glyphs.down, Role::Warn),
        (_, None) => unknown(),
    }
}
