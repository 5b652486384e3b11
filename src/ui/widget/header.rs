//! The first line: which cluster, what keeps its metadata, who controls it, and how old what we see is.

use ratatui::layout::Rect;

use crate::model::cluster::{Controller, Mode};
use crate::model::failure::FailureKind;
use crate::model::intake::Origin;
use crate::model::time::Span;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::alerts;
use crate::ui::scene::{Live, Scene};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::story;

/// With nothing new for this long the pipeline itself is silent: it publishes once a second.
const SILENT_AFTER: Span = Span::seconds(3);

/// Draws the header. The age of the sources and the clock stay; the rest leaves from the middle.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let clock = text::clock(scene.snapshot().now().0);
    let mut right = intake(scene);
    if scene.settings.standing.read_only && area.width >= 100 {
        right.push("  READ-ONLY", Role::Dim);
    }
    right.push(format!("  {clock} "), Role::Text);
    let room = area.width.saturating_sub(right.width() + 2);
    let mut left = Strip::of(" kaftop", Role::Strong);
    let label = label(scene);
    let label_room = room.saturating_sub(left.width() + 2).min(40);
    left.push("  ", Role::Text);
    if let Some(title) = story::title(scene, room.saturating_sub(left.width()).min(60)) {
        left.extend(title);
    } else if scene.settings.standing.production {
        let short = text::middle(&label, label_room.saturating_sub(7), canvas.glyphs.cut);
        left.push(format!(" PROD {short} "), Role::Production);
    } else {
        left.push(text::middle(&label, label_room, canvas.glyphs.cut), Role::Strong);
    }
    for part in [
        alerts::badge(scene, room.saturating_sub(left.width() + 2)),
        Some(controller(scene)),
        mode(scene),
        version(scene),
    ]
    .into_iter()
    .flatten()
    {
        if left.width() + part.width() + 2 <= room {
            left.push("  ", Role::Text);
            left.extend(part);
        }
    }
    canvas.strip(area.x, area.y, room, &left);
    canvas.strip_right(area.x, area.y, area.width, &right);
}

fn label(scene: &Scene) -> String {
    let standing = &scene.settings.standing;
    if !standing.label.is_empty() {
        return crate::model::text::printable(&standing.label).into_owned();
    }
    let id = scene.snapshot().cluster.id.as_ref();
    id.map_or_else(|| "?".to_owned(), ToString::to_string)
}

fn mode(scene: &Scene) -> Option<Strip> {
    let snapshot = scene.snapshot();
    let (word, serving, all) = match snapshot.cluster.mode? {
        Mode::ZooKeeper => {
            let members = &snapshot.ensemble.members;
            let serving = members
                .iter()
                .filter(|member| member.serves() == Some(true))
                .count();
            ("zookeeper", serving, members.len())
        }
        Mode::Kraft => {
            let (lost, all) = snapshot
                .quorum
                .value()
                .map_or((0, 0), |quorum| (quorum.lost_voters().len(), quorum.voters.len()));
            ("kraft", all.saturating_sub(lost), all)
        }
    };
    let mut strip = Strip::of(word, Role::Dim);
    if snapshot.cluster.mode == Some(Mode::Kraft) && snapshot.quorum.failing().is_some() {
        strip.push(" ?", Role::Unknown);
    } else if all > 0 {
        strip.push(
            format!(" {serving}/{all}"),
            if serving == all { Role::Dim } else { Role::Warn },
        );
    }
    Some(strip)
}

fn controller(scene: &Scene) -> Strip {
    match &scene.snapshot().cluster.controller {
        Controller::Known(id) => Strip::of(format!("controller {id}"), Role::Dim),
        Controller::Unknown => Strip::of("controller ", Role::Dim).and("?", Role::Unknown),
        Controller::None { since } => Strip::of(format!("no controller {}", scene.age(*since)), Role::Bad),
        Controller::NoAnswer { why, .. } if why.kind == FailureKind::Denied => {
            Strip::of("controller ", Role::Dim)
                .and("?", Role::Unknown)
                .and(" denied", Role::Warn)
        }
        Controller::NoAnswer { since, last, .. } => {
            let was = last.map_or_else(String::new, |id| format!(" was {id}"));
            Strip::of("controller ", Role::Dim)
                .and("?", Role::Unknown)
                .and(format!("{was}, no answer {}", scene.age(*since)), Role::Warn)
        }
    }
}

fn version(scene: &Scene) -> Option<Strip> {
    let note = scene.snapshot().cluster.version_note.as_ref()?;
    let note = crate::model::text::printable(note).into_owned();
    let strip = Strip::of(note, Role::Warn);
    let short = scene
        .key(crate::command::Command::Sources)
        .map_or_else(String::new, |key| format!(": {key}"));
    Some(if strip.width() <= 40 {
        strip
    } else {
        Strip::of(format!("! versions{short}"), Role::Warn)
    })
}

/// One state for all sources of a kind, from the last successful reads.
fn intake(scene: &Scene) -> Strip {
    if scene.since_arrival >= SILENT_AFTER {
        return Strip::of(
            format!("nothing new for {}", scene.span(scene.since_arrival)),
            Role::Bad,
        );
    }
    let mut strip = Strip::default();
    let brokers = scene.live(|origin| matches!(origin, Origin::Broker(_)));
    let first = scene.live(|origin| matches!(origin, Origin::Bootstrap(_)));
    if brokers.all == 0 {
        strip.extend(state("bootstrap", first));
    } else {
        strip.extend(state("brokers", brokers));
    }
    let keepers = scene.live(|origin| matches!(origin, Origin::ZooKeeper(_)));
    if keepers.all > 0 {
        strip.push(format!(" {} ", scene.glyphs.dot), Role::Dim);
        strip.extend(state("zk", keepers));
    }
    strip.extend(engine(scene));
    let missing = scene.snapshot().intake.missing.len();
    if missing > 0 {
        strip.push(format!(" {} ", scene.glyphs.dot), Role::Dim);
        strip.push(format!("{missing} not read"), Role::Warn);
    }
    if scene.screen.ways.complaint(scene.now()).is_some() {
        strip.push(format!(" {} ", scene.glyphs.dot), Role::Dim);
        strip.push("telling fails", Role::Warn);
    }
    if scene.metadata_is_old()
        && let Some(age) = scene.snapshot().metadata.read.age(scene.now())
    {
        strip.push(format!(" {} ", scene.glyphs.dot), Role::Dim);
        strip.push(format!("metadata {} old", scene.span(age)), Role::Bad);
    }
    strip
}

/// The container engine, where one is looked for: that it answers, that it no longer does, or that there is none.
fn engine(scene: &Scene) -> Strip {
    let fleet = &scene.snapshot().fleet;
    let (words, role) = match &fleet.engine {
        None => return Strip::default(),
        Some(_) if fleet.answers() => ("docker", Role::Dim),
        Some(engine) if engine.value().is_some() => ("docker lost", Role::Warn),
        Some(engine) if engine.failing().is_some() => ("no docker", Role::Dim),
        Some(_) => ("docker ?", Role::Unknown),
    };
    Strip::of(format!(" {} ", scene.glyphs.dot), Role::Dim).and(words, role)
}

fn state(what: &str, sum: Live) -> Strip {
    match (sum.live, sum.all) {
        (_, 0) => Strip::of("no source yet", Role::Unknown),
        (live, all) if live == all => Strip::of(format!("{what} live"), Role::Dim),
        (0, all) if sum.connecting == all => Strip::of(format!("{what} connecting"), Role::Unknown),
        (0, _) => Strip::of(format!("{what} none live"), Role::Bad),
        (live, all) => Strip::of(format!("{what} {live}/{all} live"), Role::Warn),
    }
}
