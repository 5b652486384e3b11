//! Frames of a large cluster in memory: the very loop that the screen runs, while everything is updated, sorted, filtered
//! and moved through.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use color_eyre::eyre::{bail, eyre};
use kaftop::health::Bulletin;
use kaftop::ui::Rehearsal;

use super::scale::observed;
use super::table::{Table, Unit, seconds};
use super::{Outcome, say};

/// How long the frames are measured on each page.
const ON_A_PAGE: Duration = Duration::from_secs(10);
/// Between two turns of the loop: a frame is drawn at most so often.
const FRAME: Duration = Duration::from_millis(67);
/// The keys of the pages.
const PAGES: [(&str, &str); 8] = [
    ("1", "overview"),
    ("2", "brokers"),
    ("3", "topics"),
    ("4", "partitions"),
    ("5", "groups"),
    ("6", "quorum"),
    ("7", "events"),
    ("8", "alerts"),
];
/// Keys that change the order of rows and move in them.
const KEYS: [&str; 6] = ["s", "n", "down", "r", "down", "up"];
/// A filter that every row with a name passes, a key each.
const FILTER: [&str; 4] = ["~", "^", ".", "+"];
/// The longest wait for rows.
const PATIENCE: Duration = Duration::from_secs(2);

/// Measures each page, and how long a key of a filter takes on the longest list.
pub fn run(flags: &[String], table: &mut Table) -> Outcome {
    say("measuring frames");
    let bulletins = observed(flags)?;
    let mut rehearsal = Rehearsal::new(200, 60)?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !rehearsal.text().contains("60 of 60 up") {
        if Instant::now() > deadline {
            bail!("the large cluster does not appear:\n{}", rehearsal.text());
        }
        if let Ok(bulletin) = bulletins.recv_timeout(FRAME) {
            rehearsal.publish(bulletin);
        }
        rehearsal.turn()?;
    }
    for (key, name) in PAGES {
        rehearsal.press(key)?;
        rehearsal.press("/")?;
        for key in FILTER {
            rehearsal.press(key)?;
        }
        rehearsal.press("enter")?;
        page(name, &bulletins, &mut rehearsal, table)?;
    }
    filter(&bulletins, &mut rehearsal, table)
}

fn page(name: &str, bulletins: &Receiver<Bulletin>, rehearsal: &mut Rehearsal, table: &mut Table) -> Outcome {
    let mut taken = Vec::new();
    let mut published = 0_u64;
    let began = Instant::now();
    let mut keys = KEYS.iter().cycle();
    while began.elapsed() < ON_A_PAGE {
        match bulletins.recv_timeout(FRAME) {
            Ok(bulletin) => {
                published += 1;
                rehearsal.publish(bulletin);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("nothing is published any more"),
        }
        rehearsal.press(keys.next().ok_or_else(|| eyre!("no keys"))?)?;
        taken.extend(rehearsal.turn()?);
    }
    taken.sort_unstable();
    let at = |share: usize| taken.get((taken.len().saturating_sub(1)) * share / 100).copied();
    let (Some(half), Some(most)) = (at(50), at(99)) else {
        bail!("no frame was drawn on the page of {name}");
    };
    table.row(
        &format!("frame at 200 x 60, filtered, {name}: median"),
        Unit::Time,
        seconds(&[half]),
        "",
    );
    table.row("  p99", Unit::Time, seconds(&[most]), "<= 10 ms");
    table.note(format!("{} frames, {published} bulletins", taken.len()));
    Ok(())
}

/// Keys of a filter on the partitions and on the topics.
fn filter(bulletins: &Receiver<Bulletin>, rehearsal: &mut Rehearsal, table: &mut Table) -> Outcome {
    for (page, name) in [("4", "partitions"), ("3", "topics")] {
        rehearsal.press(page)?;
        let mut taken = Vec::new();
        for word in ["topic-1", "isr=3 rate>=0", "!leader=2"] {
            rehearsal.press("/")?;
            rehearsal.press("ctrl-u")?;
            // What was filtered before is taken off before the first key is measured.
            let settled = Instant::now() + Duration::from_secs(1);
            while Instant::now() < settled {
                if let Ok(bulletin) = bulletins.recv_timeout(FRAME) {
                    rehearsal.publish(bulletin);
                }
                rehearsal.turn()?;
            }
            for letter in word.chars() {
                let key = if letter == ' ' {
                    "space".to_owned()
                } else {
                    letter.to_string()
                };
                // A key that leaves the filter as it was, like half of a comparison, asks for no other rows.
                taken.extend(rehearsal.narrow(&key, PATIENCE)?);
            }
            rehearsal.press("enter")?;
        }
        if taken.is_empty() {
            bail!("no key of a filter changed the rows of {name}");
        }
        table.row(
            &format!("a key of a filter to its frame, {name}"),
            Unit::Time,
            seconds(&taken),
            "<= 50 ms",
        );
    }
    Ok(())
}
