//! The detail of one partition: everything that is known of it, numbers in full.

use ratatui::layout::Rect;

use crate::health::{self, Writes};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::reading::Reading;
use crate::model::snapshot::Tally;
use crate::model::time::Span;
use crate::model::topic::{Partition, Reassignment, Topic};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::detail::{Detail, Fact, Section};
use crate::ui::page::partitions::{class, min_isr};
use crate::ui::page::{Shown, event_table};
use crate::ui::scene::{Scene, none, unknown};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::{panel, shape};

/// How old what one broker tells of all partitions may be: it is read every 2 s or 5 s.
const SLOW: Span = Span::seconds(15);

/// Draws the detail of the selected partition.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, id: Option<&PartitionId>, shown: &mut Shown) {
    let title = id.map_or_else(
        || "Detail".to_owned(),
        |id| text::middle(&id.to_string(), area.width.saturating_sub(8), scene.glyphs.cut),
    );
    let inner = panel::open(canvas, area, &title, "", false);
    let snapshot = scene.snapshot();
    let found = id.and_then(|id| Some((id, snapshot.topics.get(&id.topic)?, snapshot.partition(id)?)));
    let Some((id, topic, partition)) = found else {
        let words = if id.is_some() {
            "This partition is gone."
        } else {
            "No partition is selected."
        };
        panel::empty(canvas, inner, words, Role::Dim);
        return;
    };
    let detail = Detail {
        facts: lines(scene, id, topic, partition),
        sections: vec![Section {
            title: "What happened to it",
            lines: event_table::lines(scene, |event| event.touches(id)),
            is_tail: false,
        }],
    };
    detail.draw(canvas, inner, scene, shown);
}

fn lines(scene: &Scene, id: &PartitionId, topic: &Topic, partition: &Partition) -> Vec<Fact> {
    let judged = health::judge(scene.snapshot(), topic, partition);
    let old = |strip: Strip| scene.from_metadata(strip);
    let mut classed = class(judged, partition);
    if judged.inferred {
        classed.push(" inferred", Role::Dim);
    }
    let mut lines = vec![("class", old(classed)), ("acks=all", old(writes(judged.writes)))];
    for (place, replica) in partition.replicas.iter().enumerate() {
        let mut strip = Strip::of(format!("{replica} "), Role::Strong);
        strip.extend(shape::word(scene, partition, *replica));
        if place == 0 {
            strip.push(", preferred", Role::Dim);
        }
        lines.push((if place == 0 { "replicas" } else { "" }, old(strip)));
    }
    let epoch = partition
        .leader_epoch
        .map_or_else(unknown, |epoch| Strip::of(epoch.to_string(), Role::Text));
    lines.push(("ISR", old(brokers(&partition.isr))));
    lines.push(("min ISR", min_isr(scene, topic).recast(Role::Text)));
    lines.push(("offline", old(brokers(&partition.offline))));
    let metadata = &scene.snapshot().metadata;
    let eligible = scene.reading(&metadata.eligible, SLOW, |all| {
        all.get(id).map_or_else(unknown, |ids| brokers(ids))
    });
    lines.push(("eligible", eligible));
    lines.push(("leader epoch", old(epoch)));
    let moving = scene.reading(&metadata.reassignments, SLOW, |all| reassignment(all.get(id)));
    lines.push(("moving", moving));
    lines.push(("start offset", exact(scene, &partition.start)));
    lines.push(("end offset", exact(scene, &partition.end)));
    lines.push((
        "records in/s",
        partition
            .rate
            .map_or_else(unknown, |rate| Strip::of(text::rate(rate), Role::Text)),
    ));
    lines.push((
        "size",
        partition.bytes.map_or_else(unknown, |bytes| {
            Strip::of(
                format!("{} bytes", text::exact(i64::try_from(bytes).unwrap_or(i64::MAX))),
                Role::Text,
            )
        }),
    ));
    let churn = scene
        .snapshot()
        .churn
        .by_partition
        .get(id)
        .copied()
        .unwrap_or_default();
    lines.push(("ISR shrinks", tally(churn.shrinks)));
    lines.push(("ISR expands", tally(churn.expands)));
    lines.push(("new leaders", tally(churn.leader_changes)));
    lines.push((
        "topic id",
        topic
            .id
            .map_or_else(unknown, |id| Strip::of(id.to_string(), Role::Dim)),
    ));
    lines
}

fn writes(writes: Writes) -> Strip {
    match writes {
        Writes::Ok => Strip::of("acknowledged", Role::Text),
        Writes::Unknown => unknown(),
        Writes::Stalled => Strip::of("hangs", Role::Bad),
        Writes::Refused => Strip::of("refused", Role::Bad),
    }
}

fn brokers(ids: &[BrokerId]) -> Strip {
    if ids.is_empty() {
        return none();
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Strip::of(ids.join(" "), Role::Text)
}

fn reassignment(moving: Option<&Reassignment>) -> Strip {
    let Some(moving) = moving else {
        return none();
    };
    let list = |ids: &[BrokerId]| brokers(ids).plain();
    Strip::of(
        format!(
            "adding {}, removing {}",
            list(&moving.adding),
            list(&moving.removing)
        ),
        Role::Warn,
    )
}

fn exact(scene: &Scene, reading: &Reading<i64>) -> Strip {
    scene.reading(reading, scene.patience(), |offset| {
        Strip::of(text::exact(*offset), Role::Text)
    })
}

fn tally(tally: Tally) -> Strip {
    let role = if tally.fifteen == 0 { Role::Dim } else { Role::Text };
    Strip::of(
        format!("{} / {} / {} (1/5/15m)", tally.one, tally.five, tally.fifteen),
        role,
    )
}
