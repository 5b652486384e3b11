//! The detail of one that keeps the cluster's metadata: how it stands among its like, its container, and what happened to it.

use ratatui::layout::Rect;

use crate::model::ensemble::{Member, MemberReport};
use crate::model::event::Event;
use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::detail::{Detail, Fact, Section};
use crate::ui::page::keepers::{answer, lag_of, last_fetch, mode};
use crate::ui::page::{Shown, event_table};
use crate::ui::rows::keepers::seats;
use crate::ui::scene::{Scene, none, unknown};
use crate::ui::screen::RowKey;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::{containers, log, panel};

/// Draws the detail of the selected node.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, key: Option<&RowKey>, shown: &mut Shown) {
    let node = key.and_then(|key| node(scene, key));
    let title = node.as_ref().map_or_else(
        || "Detail".to_owned(),
        |node| match node {
            Node::Broker(id) => format!("Broker {id}"),
            Node::Controller(id) => format!("Controller {id}"),
            Node::ZooKeeper(address) => format!("ZooKeeper {address}"),
        },
    );
    let inner = panel::open(canvas, area, &title, "", false);
    let Some(node) = node else {
        panel::empty(canvas, inner, "No node is selected.", Role::Dim);
        return;
    };
    let mut facts = match &node {
        Node::Broker(id) | Node::Controller(id) => replica(scene, *id),
        Node::ZooKeeper(address) => {
            let mut members = scene.snapshot().ensemble.members.iter();
            let member = members.find(|member| member.address == *address);
            member.map_or_else(Vec::new, |member| facts_of(scene, member))
        }
    };
    if scene.snapshot().fleet.engine.is_some() {
        facts.extend(containers::facts(scene, &node));
    }
    let detail = Detail {
        facts,
        sections: vec![
            Section {
                title: "The last lines of its container",
                lines: log::last_words(scene, &node),
                is_tail: true,
            },
            Section {
                title: "What happened to it",
                lines: event_table::lines(scene, |event| concerns(event, &node)),
                is_tail: false,
            },
            Section {
                title: "Why this container is taken for it",
                lines: containers::evidence(scene, &node),
                is_tail: false,
            },
        ],
    };
    detail.draw(canvas, inner, scene, shown);
}

/// The node that a row stands for; a voter or observer that is a broker is that broker.
fn node(scene: &Scene, key: &RowKey) -> Option<Node> {
    match key {
        RowKey::Replica(id) if scene.snapshot().broker(*id).is_some() => Some(Node::Broker(*id)),
        RowKey::Replica(id) => Some(Node::Controller(*id)),
        RowKey::Member(address) => Some(Node::ZooKeeper(address.clone())),
        _ => None,
    }
}

fn concerns(event: &Event, node: &Node) -> bool {
    match node {
        Node::Broker(id) | Node::Controller(id) => event.touches_broker(*id),
        Node::ZooKeeper(address) => event.touches_keeper(address),
    }
}

fn replica(scene: &Scene, id: BrokerId) -> Vec<Fact> {
    let Some(quorum) = scene.snapshot().quorum.value() else {
        return Vec::new();
    };
    let Some((replica, seat)) = seats(quorum).find(|(replica, _)| replica.id == id) else {
        return Vec::new();
    };
    let lost = quorum.lost_voters().contains(&id);
    let words = |follows: bool| if follows { "follows the leader" } else { "lost" };
    let role = if lost { Role::Bad } else { Role::Text };
    vec![
        ("role", Strip::of(seat.word(), Role::Text)),
        ("state", Strip::of(words(!lost), role)),
        ("behind", lag_of(quorum, replica)),
        ("last fetch", last_fetch(scene, quorum, replica)),
        (
            "log end",
            replica
                .log_end
                .map_or_else(unknown, |end| Strip::of(text::exact(end), Role::Text)),
        ),
        ("epoch", Strip::of(quorum.epoch.to_string(), Role::Text)),
    ]
}

fn facts_of(scene: &Scene, member: &Member) -> Vec<Fact> {
    // How old what it told is stands beside its role, and once is enough.
    let role = if member.report.failing().is_some() {
        Role::Stale
    } else {
        Role::Text
    };
    let told = |write: &dyn Fn(&MemberReport) -> Option<String>| {
        let words = member.report.value().and_then(write);
        words.map_or_else(unknown, |words| Strip::of(words, role))
    };
    let mut facts = vec![
        ("role", mode(scene, member)),
        ("answers", answer(member)),
        (
            "latency",
            told(&|report| Some(format!("{}ms on average", report.latency_ms?))),
        ),
        ("clients", told(&|report| Some(text::count(report.connections?)))),
        (
            "version",
            told(&|report| report.version.as_ref().map(ToString::to_string)),
        ),
    ];
    if let Some(failing) = member.report.failing() {
        facts.push(("last error", Strip::of(failing.why.to_string(), Role::Warn)));
        let last = member.report.last();
        facts.push((
            "last answer",
            last.map_or_else(none, |last| {
                Strip::of(format!("{} ago", scene.age(last.at)), Role::Text)
            }),
        ));
    }
    facts
}
