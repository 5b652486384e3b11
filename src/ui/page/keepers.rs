//! The panel of those who keep the cluster's metadata: the KRaft quorum, or the ZooKeeper ensemble.

use ratatui::layout::Rect;

use crate::health;
use crate::model::cluster::Mode;
use crate::model::ensemble::{Member, MemberMode, MemberReport};
use crate::model::ids::BrokerId;
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::time::Span;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::page::Shown;
use crate::ui::page::brokers::not_yet;
use crate::ui::rows::keepers::{Seat, mode_word, seats};
use crate::ui::scene::{Scene, unknown};
use crate::ui::screen::{ListId, RowKey, Window};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;
use crate::ui::widget::table::{Column, Fit, Row, Table};

/// How many lines the panel needs; none where nobody keeps metadata that we watch.
pub fn height(scene: &Scene) -> u16 {
    let snapshot = scene.snapshot();
    let rows = match (snapshot.cluster.mode, snapshot.quorum.value()) {
        (Some(Mode::ZooKeeper), _) => snapshot.ensemble.members.len(),
        (_, Some(quorum)) => {
            quorum.voters.len()
                + quorum.observers.len()
                + quorum.missed.len()
                + usize::from(snapshot.quorum.failing().is_some())
        }
        (_, None) => 0,
    };
    match u16::try_from(rows).unwrap_or(u16::MAX) {
        0 => 0,
        rows => rows.min(8) + 2,
    }
}

/// Draws the panel: as a list that can be moved through on a page of its own, else as a table that only tells.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, list: Option<ListId>, shown: &mut Shown) {
    let window = match scene.snapshot().quorum.value() {
        Some(quorum) if scene.snapshot().cluster.mode != Some(Mode::ZooKeeper) => {
            Some(voters(canvas, area, scene, quorum, list))
        }
        _ => members(canvas, area, scene, list),
    };
    if let (Some(list), Some(window)) = (list, window) {
        panel::range(canvas, area, window);
        shown.push((list, window));
    }
}

/// Why there is nobody to show.
fn why_none(scene: &Scene) -> (String, Role) {
    let snapshot = scene.snapshot();
    match (snapshot.cluster.mode, snapshot.quorum.failing()) {
        (Some(Mode::ZooKeeper), _) => (
            "No ZooKeeper is watched: name the members with --zookeeper HOST:PORT,...".to_owned(),
            Role::Text,
        ),
        (_, Some(failing)) => (format!("The quorum was not read: {}", failing.why), Role::Warn),
        (_, None) => (
            not_yet(scene, "Not read yet: asking for the quorum."),
            Role::Unknown,
        ),
    }
}

fn voters(canvas: &mut Canvas, area: Rect, scene: &Scene, quorum: &Quorum, list: Option<ListId>) -> Window {
    let lost = quorum.lost_voters();
    let leader = quorum
        .leader
        .map_or_else(|| "none".to_owned(), |id| id.to_string());
    let reading = &scene.snapshot().quorum;
    let old = reading.fresh_value(scene.now(), scene.patience()).is_none();
    // Of those that are brokers it is seen that they are gone while the quorum tells nothing.
    let is_gone = |id: BrokerId| lost.contains(&id) || (old && health::is_gone(scene.snapshot(), id));
    let gone = quorum.voters.iter().filter(|voter| is_gone(voter.id)).count();
    let note = format!(
        "{} of {} voters {}, leader {leader}, epoch {}",
        quorum.voters.len() - gone,
        quorum.voters.len(),
        match (old, gone) {
            (false, _) => "follow",
            (true, 0) => "followed",
            (true, _) => "are left",
        },
        quorum.epoch
    );
    let mut inner = panel::open(canvas, area, "Quorum", &note, list.is_some());
    if let (Some(failing), Some(age)) = (reading.failing(), reading.age(scene.now())) {
        let words = format!(
            "The quorum was last read {} ago: {}",
            scene.span(age),
            failing.why
        );
        inner = panel::banner(canvas, inner, &words);
    }
    let all: Vec<(&QuorumReplica, Seat)> = seats(quorum).collect();
    let rows: Vec<(&QuorumReplica, Seat)> = match list {
        None => all,
        Some(list) => {
            let of = |key: &RowKey| {
                all.iter()
                    .find(|(replica, _)| RowKey::Replica(replica.id) == *key)
                    .copied()
            };
            scene.screen.lists.rows(list).iter().filter_map(of).collect()
        }
    };
    let row = |place: usize| {
        rows.get(place).map_or_else(Row::default, |(replica, seat)| {
            let gone = is_gone(replica.id);
            let cells = vec![
                Strip::of(replica.id.to_string(), Role::Strong),
                Strip::of(seat.word(), Role::Text),
                if gone {
                    Strip::of(format!("{} lost", scene.glyphs.down), Role::Bad)
                } else {
                    Strip::of("follows", Role::Dim)
                },
                lag_of(quorum, replica),
                last_fetch(scene, quorum, replica),
            ];
            let aged = |cell: Strip| if old { cell.recast(Role::Stale) } else { cell };
            Row {
                mark: gone.then_some(Role::Bad),
                cells: cells.into_iter().map(aged).collect(),
            }
        })
    };
    let table = Table {
        columns: vec![
            of(Field::Id, Fit::Number, 2).titled("ID"),
            of(Field::Role, Fit::Word, 8),
            of(Field::State, Fit::Word, 7),
            of(Field::Lag, Fit::Number, 6),
            of(Field::Age, Fit::Number, 10).leaving(1),
        ],
        list,
        from: 0,
        total: rows.len(),
        row: &row,
    };
    table.draw(canvas, inner, scene.screen)
}

/// How many records a replica of the metadata log is behind.
pub fn lag_of(quorum: &Quorum, replica: &QuorumReplica) -> Strip {
    quorum
        .lag(replica)
        .map_or_else(unknown, |lag| Strip::of(text::count(lag), Role::Text))
}

/// How long ago it last fetched; a fetch that is known from an older reading is older by as much.
pub fn last_fetch(scene: &Scene, quorum: &Quorum, replica: &QuorumReplica) -> Strip {
    let reading = &scene.snapshot().quorum;
    let old = reading.fresh_value(scene.now(), scene.patience()).is_none();
    quorum.fetch_age(replica).map_or_else(unknown, |age| {
        let words = if old {
            let since_read = reading.age(scene.now()).unwrap_or_default();
            scene.span(Span(age.0.saturating_add(since_read.0)))
        } else {
            age.to_string()
        };
        Strip::of(format!("{words} ago"), Role::Text)
    })
}

/// What a member says it is.
pub fn mode(scene: &Scene, member: &Member) -> Strip {
    scene.reading(&member.report, scene.patience(), |report| match report.mode {
        MemberMode::NotServing => Strip::of("not serving", Role::Bad),
        mode => Strip::of(mode_word(mode), Role::Text),
    })
}

/// The round trip to a member, or how it failed.
pub fn answer(member: &Member) -> Strip {
    match member.report.failing() {
        Some(failing) => Strip::of(crate::ui::scene::failure_word(failing.why.kind), Role::Warn),
        None => member.report.value().map_or_else(unknown, |report| {
            Strip::of(format!("{}ms", report.round_trip.as_millis()), Role::Text)
        }),
    }
}

fn of(field: Field, fit: Fit, least: u16) -> Column {
    Column::of(Subject::Keeper, field, fit, least)
}

fn members(canvas: &mut Canvas, area: Rect, scene: &Scene, list: Option<ListId>) -> Option<Window> {
    let members: Vec<&Member> = scene.snapshot().ensemble.members.iter().collect();
    let serving = members
        .iter()
        .filter(|member| member.serves() == Some(true))
        .count();
    let note = format!("{serving} of {} serve", members.len());
    let title = if members.is_empty() { "Quorum" } else { "ZooKeeper" };
    let note = if members.is_empty() { String::new() } else { note };
    let inner = panel::open(canvas, area, title, &note, list.is_some());
    if members.is_empty() {
        let (words, role) = why_none(scene);
        panel::empty(canvas, inner, &words, role);
        return None;
    }
    let members: Vec<&Member> = match list {
        None => members,
        Some(list) => {
            let of = |key: &RowKey| {
                let found = members
                    .iter()
                    .find(|member| RowKey::Member(member.address.clone()) == *key);
                found.copied()
            };
            scene.screen.lists.rows(list).iter().filter_map(of).collect()
        }
    };
    let table = Table {
        columns: vec![
            of(Field::Id, Fit::Name(12), 14).titled("MEMBER"),
            of(Field::Role, Fit::Word, 10),
            of(Field::Answers, Fit::Number, 7),
            Column::new("LATENCY", Fit::Number, 7).leaving(2),
            Column::new("CLIENTS", Fit::Number, 7).leaving(3),
            Column::new("VERSION", Fit::Name(6), 0).leaving(4),
        ],
        list,
        from: 0,
        total: members.len(),
        row: &|place| {
            members
                .get(place)
                .map_or_else(Row::default, |member| row(scene, member))
        },
    };
    Some(table.draw(canvas, inner, scene.screen))
}

fn row(scene: &Scene, member: &Member) -> Row {
    let tried = member.report.value().is_some() || member.report.failing().is_some();
    let number = |of: fn(&MemberReport) -> Option<u64>, unit: &str| {
        // The mode carries the age; a number beside a failing read is only dimmed.
        let value = member.report.value().and_then(of);
        let role = if member.report.failing().is_some() {
            Role::Stale
        } else {
            Role::Text
        };
        value.map_or_else(unknown, |value| {
            Strip::of(text::count(value), role).and(unit, Role::Dim)
        })
    };
    Row {
        mark: (tried && member.is_lost()).then_some(Role::Bad),
        cells: vec![
            Strip::of(member.address.to_string(), Role::Text),
            mode(scene, member),
            answer(member),
            number(|report| report.latency_ms, "ms"),
            number(|report| report.connections, ""),
            member
                .report
                .value()
                .and_then(|report| report.version.as_ref())
                .map_or_else(unknown, |version| Strip::of(version.to_string(), Role::Dim)),
        ],
    }
}
