//! The exporter on bulletins of clusters on paper.

mod guide;
mod pages;
mod serving;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::health::{Bulletin, derive};
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;
use crate::store::testbed::World;

use super::page::{self, Material};
use super::sources::Failures;
use super::{Exporter, ExporterOptions, Log, Selection};

fn every_second() -> Exporter {
    let options = ExporterOptions {
        interval: Span::seconds(1),
        selection: Selection::default(),
    };
    Exporter::new(options, Log::silent())
}

fn written(bulletin: Bulletin, selection: &Selection) -> Page {
    let material = Material {
        bulletin: Some(bulletin),
        failures: Failures::default(),
        bulletins: 1,
        lost_lines: 0,
    };
    Page::read(&page::write(&material, selection))
}

/// The bulletin of a snapshot.
fn judged(snapshot: Snapshot, seq: u64) -> Bulletin {
    Bulletin {
        seq,
        health: derive(&snapshot, None).into(),
        snapshot: snapshot.into(),
        alerts: std::sync::Arc::default(),
    }
}

/// Polls for so many seconds, with every bulletin seen.
fn pass(world: &mut World, exporter: &Exporter, seconds: u64) {
    for seq in 0..seconds {
        exporter.see(&judged(world.poll(), seq));
    }
}

/// The page that is served now.
fn page(exporter: &Exporter) -> Page {
    let served = exporter.served();
    Page::read(&page::write(&served.material, &exporter.options.selection))
}

/// An exporter whose lines come out at the other end.
fn logged(interval: u64) -> (Exporter, Lines) {
    let (lines, read) = channel();
    let options = ExporterOptions {
        interval: Span::seconds(interval),
        selection: Selection::default(),
    };
    let exporter = Exporter::new(options, Log::to(Pipe(lines)).unwrap());
    (exporter, Lines(read))
}

/// Where a log writes to.
struct Pipe(Sender<String>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.0.send(text).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a log wrote.
struct Lines(Receiver<String>);

impl Lines {
    /// The lines until the marker, which is written here.
    fn until_now(&self, exporter: &Exporter) -> Vec<String> {
        exporter.log().line("-");
        let next = || self.0.recv_timeout(Duration::from_secs(10)).unwrap();
        std::iter::repeat_with(next)
            .map(|line| line.trim_end().to_owned())
            .take_while(|line| line != "-")
            .collect()
    }
}

/// A page, read as strictly as Prometheus does: every family has its type and its help, no series comes twice.
#[derive(Debug)]
struct Page {
    types: BTreeMap<String, String>,
    samples: BTreeMap<String, String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let (mut types, mut samples, mut helped) = (BTreeMap::new(), BTreeMap::new(), String::new());
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(help.ends_with('.') && !help.contains('\\'), "{line}");
                name.clone_into(&mut helped);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(name, helped, "{line}");
                let again = types.insert(name.to_owned(), kind.to_owned());
                assert!(again.is_none(), "{line}: the family comes twice");
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let name = series.split('{').next().unwrap();
                assert_eq!(name, helped, "{line}: outside of its family");
                assert!(value.parse::<f64>().is_ok(), "{line}");
                let again = samples.insert(series.to_owned(), value.to_owned());
                assert!(again.is_none(), "{line}: the series comes twice");
            }
        }
        Self { types, samples }
    }

    fn value(&self, series: &str) -> Option<&str> {
        self.samples.get(series).map(String::as_str)
    }

    /// The values of a family, by the rest of its series.
    fn family(&self, name: &str) -> Vec<(&str, &str)> {
        self.samples
            .iter()
            .filter_map(|(series, value)| {
                let rest = series.strip_prefix(name)?;
                (rest.is_empty() || rest.starts_with('{')).then_some((rest, value.as_str()))
            })
            .collect()
    }
}
