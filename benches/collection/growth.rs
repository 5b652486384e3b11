//! How cost grows: the large cluster, and others of which one measure alone is another one.

use std::thread;
use std::time::Duration;

use super::requests::Inside;
use super::screen::Screen;
use super::simulated::Size;
use super::table::{Table, Unit, figure, seconds};
use super::{Options, Outcome, oneshot, say};

/// How long a watch settles before it is measured.
const SETTLE: Duration = Duration::from_secs(8);

const fn size(brokers: u32, partitions: u32, groups: u32) -> Size {
    Size {
        brokers,
        partitions,
        groups,
    }
}

/// The sizes, with the measure in which each differs from the first.
const SIZES: [(&str, Size); 5] = [
    ("the large cluster", size(60, 50_000, 1_000)),
    ("fewer brokers", size(6, 50_000, 1_000)),
    ("fewer partitions", size(60, 5_000, 1_000)),
    ("no groups", size(60, 50_000, 0)),
    ("the small cluster", size(3, 200, 5)),
];

/// Measures a collection and a watch at each size.
pub fn run(options: &Options, table: &mut Table) -> Outcome {
    for (words, size) in SIZES {
        let Size {
            brokers,
            partitions,
            groups,
        } = size;
        let what = format!("{words}: {brokers} brokers, {partitions} partitions, {groups} groups");
        say(&format!("measuring {what}"));
        let cluster = Inside::start(size)?;
        let flags = cluster.flags();
        table.head(format!("Simulated in this process, {what}"));
        let (collected, asked) = cluster.during(|| oneshot::collect(&flags))?;
        table.row(
            "kaftop snapshot: time",
            Unit::Time,
            seconds([&collected.timed.wall]),
            "",
        );
        table.row("  CPU", Unit::Time, seconds([&collected.timed.cpu]), "");
        asked.write_sums(table);
        let screen = Screen::start(&flags)?;
        let all = format!("{brokers} of {brokers} up");
        screen.first(&all, |text| text.contains(&all))?;
        thread::sleep(SETTLE);
        let (cost, asked) = cluster.during(|| screen.watch(options.watched))?;
        screen.quit()?;
        table.row(
            "watching: CPU, share of a core",
            Unit::Share,
            vec![cost.share],
            "",
        );
        table.row("  peak memory", Unit::Bytes, vec![figure(cost.memory)], "");
        asked.write_rates(table);
    }
    Ok(())
}
