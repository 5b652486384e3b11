//! What an hour of history takes at full size: a store is driven through it on a simulated clock, from what one
//! reading of the cluster told, in a process of its own.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{WrapErr, bail, eyre};
use kaftop::health::{Health, derive};
use kaftop::model::history::{STEP, STEPS};
use kaftop::model::ids::BrokerId;
use kaftop::model::observation::{Fact, MetadataView, Observation, PartitionView};
use kaftop::model::snapshot::Snapshot;
use kaftop::model::time::{At, Span};
use kaftop::source::kafka::OneShot;
use kaftop::store::Store;
use tokio::runtime::Builder;

use super::process::kibibytes;
use super::simulated::{Simulator, Size};
use super::table::{Table, Unit, figure};
use super::{Options, Outcome, say, scale};

/// The argument with which this program is its own child.
pub const FLAG: &str = "--fill-hour";

/// The longest reading.
const READING: Duration = Duration::from_secs(10);
/// Steps until everything was told, rates included.
const BEGINNING: usize = 6;
/// A broker leaves the ISRs of others and comes back after so many steps each.
const CHANGES: usize = 6;
const CHANGING: BrokerId = BrokerId(2);
/// Records that come in to each partition in a step.
const RECORDS: i64 = 50;

/// Measures it, and the watching process itself.
pub fn run(options: &Options, size: Size, table: &mut Table) -> Outcome {
    say("filling an hour of history");
    let simulator = Simulator::start(size, "quiet")?;
    let there = format!("{0} of {0} up", size.brokers);
    let watching = scale::watched(&simulator.flags(), &there, options.watched * 2)?.memory;
    let own = std::env::current_exe()?;
    let output = Command::new(own)
        .args(["--bench", FLAG, &simulator.bootstrap])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let &[begun, filled, history, events] = numbers.as_slice() else {
        bail!(
            "the store that was to be filled printed {text:?} and said {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let grown = filled.saturating_sub(begun);
    table.head("An hour of history at this size, in 5 s steps, a broker leaving and joining ISRs each 30 s");
    table.row(
        "the watching process: peak memory",
        Unit::Bytes,
        vec![figure(watching)],
        "",
    );
    table.row(
        "the store alone, at its beginning",
        Unit::Bytes,
        vec![figure(begun)],
        "",
    );
    table.row("  after an hour", Unit::Bytes, vec![figure(filled)], "");
    table.row("  the samples in it", Unit::Bytes, vec![figure(history)], "");
    table.row("  events in it", Unit::Count, vec![figure(events)], "");
    table.row(
        "the watching process and what an hour adds",
        Unit::Bytes,
        vec![figure(watching + grown)],
        "<= 250 MB",
    );
    Ok(())
}

/// The child: fills a store, and prints its resident memory at the beginning and at the end, the bytes of the samples,
/// and how many events there are.
pub fn fill(bootstrap: &str) -> Outcome {
    let target = scale::target(bootstrap)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (_, told) = runtime.block_on(OneShot::collect(&target.eye, READING));
    drop(runtime);
    let mut hour = Hour::new(told)?;
    for _ in 0..BEGINNING {
        hour.step();
    }
    let begun = resident()?;
    for _ in 0..STEPS {
        hour.step();
    }
    let Some((snapshot, _)) = &hour.published else {
        bail!("nothing was published");
    };
    let groups = snapshot.history.groups.values();
    let whole = groups.filter(|series| series.iter().flatten().count() >= STEPS - BEGINNING);
    if whole.count() < snapshot.groups.table.len() {
        bail!("the hour has gaps");
    }
    super::print(&format!(
        "{begun} {} {} {}\n",
        resident()?,
        snapshot.history.bytes(),
        snapshot.events.len()
    ))
}

/// A store on its way through the hour.
struct Hour {
    store: Store,
    told: Vec<Observation>,
    /// The table, and the same while a broker is out of the ISRs that others lead.
    tables: [Arc<MetadataView>; 2],
    began: At,
    steps: usize,
    /// The last publication: a screen holds it while the next one is made.
    published: Option<(Snapshot, Health)>,
}

impl Hour {
    fn new(told: Vec<Observation>) -> Outcome<Self> {
        let began = told.iter().map(|one| one.at).max();
        let began = began.ok_or_else(|| eyre!("nothing was told"))?;
        let table = told.iter().find_map(|one| match &one.fact {
            Fact::Metadata(view) => Some(Arc::clone(view)),
            _ => None,
        });
        let table = table.ok_or_else(|| eyre!("nobody told the table"))?;
        let shrunk = Arc::new(shrunk(&table));
        Ok(Self {
            store: Store::new(began, STEP),
            told,
            tables: [table, shrunk],
            began,
            steps: 0,
            published: None,
        })
    }

    /// Tells everything again, five seconds later, and publishes.
    fn step(&mut self) {
        let later = Span(STEP.0.saturating_mul(self.steps as u64));
        let changes = self.steps.is_multiple_of(CHANGES);
        let [whole, shrunk] = &self.tables;
        let table = if (self.steps / CHANGES).is_multiple_of(2) {
            whole
        } else {
            shrunk
        };
        let written = RECORDS.saturating_mul(i64::try_from(self.steps).unwrap_or(0));
        for one in &self.told {
            let mut one = one.clone();
            one.asked = one.asked.plus(later);
            one.at = one.at.plus(later);
            match &mut one.fact {
                Fact::Metadata(view) if changes => view.clone_from(table),
                Fact::Metadata(_) => one.fact = Fact::SameMetadata,
                Fact::EndOffsets(ends) => {
                    let known = ends.values_mut().flatten();
                    for end in known.filter_map(|(_, end)| end.as_mut().ok()) {
                        *end += written;
                    }
                }
                _ => {}
            }
            self.store.apply(one);
        }
        let snapshot = self.store.publish(self.began.plus(later));
        let health = derive(&snapshot, self.published.as_ref().map(|(_, health)| health));
        self.published = Some((snapshot, health));
        self.steps += 1;
    }
}

fn shrunk(table: &MetadataView) -> MetadataView {
    let mut table = table.clone();
    let shrunk = |view: &Arc<PartitionView>| {
        let mut view = PartitionView::clone(view);
        if view.leader != Some(CHANGING) {
            view.isr.retain(|id| *id != CHANGING);
        }
        Arc::new(view)
    };
    for topic in &mut table.topics {
        topic.partitions = Arc::new(topic.partitions.iter().map(shrunk).collect());
    }
    table
}

/// Resident memory now, in bytes.
fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status").wrap_err("cannot read /proc/self/status")?;
    let resident = kibibytes(&status, "VmRSS").ok_or_else(|| eyre!("/proc/self/status names no VmRSS"))?;
    Ok(resident * 1024)
}
