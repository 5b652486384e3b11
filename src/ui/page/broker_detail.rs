//! The detail of one broker: how it stands in the cluster, what it carries, what its loss would do.

use ratatui::layout::Rect;

use crate::health::{Blocker, stop_check};
use crate::model::broker::{Answers, Broker, BrokerState};
use crate::model::fleet::Node;
use crate::model::history::{BrokerHistory, Fold, Series};
use crate::model::ids::BrokerId;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::brokers::{answers, disk, log_size, state};
use crate::ui::page::detail::{Detail, Fact, Section};
use crate::ui::page::{Shown, event_table};
use crate::ui::scene::{Scene, none, unknown};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::{containers, log, panel, trend};

/// Draws the detail of the selected broker.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, broker: Option<&Broker>, shown: &mut Shown) {
    let title = broker.map_or_else(|| "Detail".to_owned(), |broker| format!("Broker {}", broker.id));
    let inner = panel::open(canvas, area, &title, "", false);
    let Some(broker) = broker else {
        panel::empty(canvas, inner, "No broker is selected.", Role::Dim);
        return;
    };
    let detail = Detail {
        facts: lines(scene, broker),
        sections: vec![
            Section {
                title: "The last lines of its container",
                lines: log::last_words(scene, &Node::Broker(broker.id)),
                is_tail: true,
            },
            Section {
                title: "What happened to it",
                lines: event_table::lines(scene, |event| event.touches_broker(broker.id)),
                is_tail: false,
            },
            Section {
                title: "Why this container is taken for it",
                lines: containers::evidence(scene, &Node::Broker(broker.id)),
                is_tail: false,
            },
        ],
    };
    detail.draw(canvas, inner, scene, shown);
}

fn lines(scene: &Scene, broker: &Broker) -> Vec<Fact> {
    let yes_no = |known: Option<bool>| {
        known.map_or_else(unknown, |yes| {
            Strip::of(if yes { "yes" } else { "no" }, Role::Text)
        })
    };
    let load = |count: fn(&crate::model::broker::Load) -> u32| {
        let strip = broker.load.as_ref().map_or_else(unknown, |load| {
            let count = i64::from(count(load));
            Strip::of(text::exact(count), Role::Text)
        });
        scene.from_metadata(strip)
    };
    let mut lines = vec![
        ("state", state(scene, broker)),
        ("listed", yes_no(broker.listing.listed)),
        ("fenced", yes_no(broker.listing.fenced)),
        ("answers", answers(scene, broker)),
    ];
    if let Answers::No { why, last, .. } = &broker.answers {
        lines.push(("last error", Strip::of(why.to_string(), Role::Warn)));
        lines.push((
            "last answer",
            last.map_or_else(none, |at| Strip::of(format!("{} ago", scene.age(at)), Role::Text)),
        ));
    }
    lines.extend([
        ("leads", load(|load| load.leaders)),
        ("preferred by", load(|load| load.preferred)),
        ("replicas", load(|load| load.replicas)),
        ("in sync", load(|load| load.in_sync)),
        ("stopping it", stopping(scene, broker)),
        ("disk", disk(scene, broker)),
        ("logs", log_size(scene, broker)),
        (
            "records in/s",
            trend_of(scene, broker.id, Fold::Mean, |history| &history.records_in),
        ),
        (
            "round trip",
            trend_of(scene, broker.id, Fold::Max, |history| &history.round_trip).and(" ms", Role::Dim),
        ),
        (
            "ISRs lost it",
            trend_of(scene, broker.id, Fold::Sum, |history| &history.shrinks),
        ),
        (
            "address",
            broker.endpoint.as_ref().map_or_else(unknown, |endpoint| {
                Strip::of(format!("{}:{}", endpoint.host, endpoint.port), Role::Text)
            }),
        ),
        (
            "rack",
            broker
                .rack
                .as_ref()
                .map_or_else(none, |rack| Strip::of(rack.to_string(), Role::Text)),
        ),
    ]);
    if scene.snapshot().fleet.engine.is_some() {
        lines.extend(containers::facts(scene, &Node::Broker(broker.id)));
    }
    lines
}

/// A series of a broker over the window, with its newest value.
fn trend_of(scene: &Scene, id: BrokerId, fold: Fold, of: fn(&BrokerHistory) -> &Series) -> Strip {
    /// Bars beside a label: of a column of facts there is room for these and a number.
    const BARS: usize = 15;
    let history = &scene.snapshot().history;
    let series = history.brokers.get(&id).map(of);
    let line = trend::line(history, series, BARS, fold, None, &scene.glyphs);
    let last = series.and_then(Series::last);
    let number = last.map_or_else(unknown, |last| Strip::of(text::rate(f64::from(last)), Role::Text));
    let mut strip = line.and(" ", Role::Text);
    strip.extend(number);
    strip
}

/// What stopping it would do: the first thing that speaks against it, else that nothing does.
fn stopping(scene: &Scene, broker: &Broker) -> Strip {
    if broker.state == Some(BrokerState::Down) {
        return none();
    }
    let health = &scene.bulletin.health;
    let Some(check) = stop_check(scene.snapshot(), &health.survey, &health.council, broker.id) else {
        return unknown();
    };
    let Some(blocker) = check.blockers.first() else {
        return Strip::of("safe", Role::Text);
    };
    let partitions = |number: u32| text::plural(number as usize, "partition");
    let words = match blocker {
        Blocker::WouldRefuse(number) => format!("{} would refuse writes", partitions(*number)),
        Blocker::WouldGoOffline(number) => format!("{} would go offline", partitions(*number)),
        Blocker::QuorumMajority => "the quorum would lose its majority".to_owned(),
        Blocker::EnsembleMajority => "the ensemble would lose its majority".to_owned(),
        Blocker::EnsembleLost => "the ensemble has no majority".to_owned(),
        Blocker::NoElection => "nobody could elect new leaders".to_owned(),
        Blocker::QuorumNotRead => "not known: the quorum was not read".to_owned(),
        Blocker::OutOfSyncElsewhere(number) => format!("{} out of sync elsewhere", partitions(*number)),
    };
    Strip::of(words, Role::Warn)
}
