//! Replication drawn: one slot per broker, `●` leader, `•` in sync, `○` out of sync, `✖` broker lost.

use crate::health::is_gone;
use crate::model::ids::BrokerId;
use crate::model::topic::{Partition, Topic};
use crate::ui::canvas::Strip;
use crate::ui::scene::Scene;
use crate::ui::theme::Role;

/// Up to this many brokers each have a column of their own.
const COLUMNS: usize = 12;

/// The brokers that have a column each; `None` where there are too many for that.
pub fn columns(scene: &Scene) -> Option<Vec<BrokerId>> {
    let ids = scene.broker_ids();
    (ids.len() <= COLUMNS).then_some(ids)
}

/// The head over the columns: `B1 B2 B3`.
pub fn head(ids: Option<&[BrokerId]>) -> String {
    let Some(ids) = ids else {
        return "REPLICAS".to_owned();
    };
    let names: Vec<String> = ids.iter().map(|id| format!("B{id}")).collect();
    names.join(" ")
}

/// The state of one replica, from best to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    InSync,
    Leader,
    OutOfSync,
    Lost,
}

fn slot(scene: &Scene, partition: &Partition, id: BrokerId) -> Slot {
    if is_gone(scene.snapshot(), id) {
        Slot::Lost
    } else if !partition.isr.contains(&id) {
        Slot::OutOfSync
    } else if partition.leader == Some(id) {
        Slot::Leader
    } else {
        Slot::InSync
    }
}

fn glyph(scene: &Scene, slot: Slot) -> (&'static str, Role) {
    match slot {
        Slot::Leader => (scene.glyphs.leader, Role::Text),
        Slot::InSync => (scene.glyphs.in_sync, Role::Dim),
        Slot::OutOfSync => (scene.glyphs.out_of_sync, Role::Warn),
        Slot::Lost => (scene.glyphs.down, Role::Bad),
    }
}

/// The glyphs under the head: each centred as well as its column allows.
fn row(scene: &Scene, ids: &[BrokerId], of: impl Fn(BrokerId) -> Option<Slot>) -> Strip {
    let mut strip = Strip::default();
    for (place, id) in ids.iter().enumerate() {
        let wide = format!("B{id}").len();
        let (text, role) = of(*id).map_or((" ", Role::Dim), |slot| glyph(scene, slot));
        let gap = usize::from(place > 0);
        strip.push(" ".repeat(gap + wide / 2), Role::Text);
        strip.push(text, role);
        strip.push(" ".repeat(wide - wide / 2 - 1), Role::Text);
    }
    strip
}

/// The shape of one partition, by broker columns or, without them, by its replicas in their order.
pub fn of_partition(scene: &Scene, ids: Option<&[BrokerId]>, partition: &Partition) -> Strip {
    let Some(ids) = ids else {
        let mut strip = Strip::default();
        for id in &partition.replicas {
            let (text, role) = glyph(scene, slot(scene, partition, *id));
            strip.push(text, role);
        }
        return strip;
    };
    row(scene, ids, |id| {
        partition
            .replicas
            .contains(&id)
            .then(|| slot(scene, partition, id))
    })
}

/// The shape of a topic: per broker the worst of its replicas, or that it leads some. Empty where there are
/// too many brokers for columns.
pub fn of_topic(scene: &Scene, ids: Option<&[BrokerId]>, topic: &Topic) -> Strip {
    let Some(ids) = ids else {
        return Strip::default();
    };
    row(scene, ids, |id| {
        let held = topic
            .partitions
            .iter()
            .filter(|partition| partition.replicas.contains(&id));
        held.map(|partition| slot(scene, partition, id)).max()
    })
}

/// The word for the state of one replica.
pub fn word(scene: &Scene, partition: &Partition, id: BrokerId) -> Strip {
    let slot = slot(scene, partition, id);
    let (text, role) = glyph(scene, slot);
    let word = match slot {
        Slot::Leader => "leads",
        Slot::InSync => "in sync",
        Slot::OutOfSync => "out of sync",
        Slot::Lost if partition.isr.contains(&id) => "lost, in the ISR",
        Slot::Lost => "lost",
    };
    Strip::of(format!("{text} "), role).and(word, role)
}
