//! The journal: what kaftop has stopped, paused or cut off, and not undone. One file for each, written before the act.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::disk::{RecordError, beside, place, take_away};
use crate::model::act::{Node, Verb};
use crate::model::ids::BrokerId;
use crate::model::progress::Leftover;
use crate::model::sighting::Tie;
use crate::model::text::{Name, printable};
use crate::model::time::{At, Span};

/// The largest entry that is read, in bytes.
const LARGEST: u64 = 64 * 1024;
/// The most entries that are read.
const MOST: usize = 1_000;

/// One thing that is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is in words of the screen.
    pub left: Leftover,
    /// What the process is called in requests.
    pub handle: Name,
    /// Where it is: what the hand calls itself.
    pub world: Name,
    /// The cluster's name or the word for it.
    pub cluster: Name,
    /// The cluster's id, where it was known.
    pub cluster_id: Option<Name>,
    /// What was cut.
    pub ties: Vec<Tie>,
}

impl Entry {
    /// What undoes it.
    pub fn undo(&self) -> Verb {
        self.left.verb.undo().unwrap_or(Verb::Start)
    }
}

/// What the engine may take beyond the grace time.
const ENGINE: Span = Span::seconds(10);

impl Entry {
    /// Whether it is of this cluster, as far as both ids are known.
    pub(in crate::act) fn is_of(&self, cluster: Option<&Name>) -> bool {
        self.cluster_id.is_none() || cluster.is_none() || self.cluster_id.as_ref() == cluster
    }

    /// Whether what was asked of the engine for it may be under way still; only an orderly end takes a process's grace time.
    pub(in crate::act) fn may_land(&self, grace: Span, now: At) -> bool {
        let grace = match self.left.verb {
            Verb::Stop | Verb::Restart => grace.0,
            _ => 0,
        };
        grace.saturating_add(ENGINE.0) > self.left.at.age(now).0
    }
}

/// What is left, and what could not be read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The entries, the oldest first.
    pub entries: Vec<Entry>,
    /// Files that are no entries, each with why; safe to print.
    pub unreadable: Vec<String>,
}

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
struct Form {
    at_ms: i64,
    verb: String,
    node: NodeForm,
    shown: String,
    handle: String,
    world: String,
    cluster: String,
    #[serde(default)]
    cluster_id: Option<String>,
    #[serde(default)]
    ties: Vec<TieForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NodeForm {
    Broker(i32),
    Controller(i32),
    Zookeeper(String),
}

#[derive(Serialize, Deserialize)]
struct TieForm {
    network: String,
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    ipv4: Option<String>,
    #[serde(default)]
    ipv6: Option<String>,
}

fn raw(name: &Name) -> String {
    name.raw().to_owned()
}

impl From<&Entry> for Form {
    fn from(entry: &Entry) -> Self {
        Self {
            at_ms: entry.left.at.0,
            verb: entry.left.verb.word().to_owned(),
            node: match &entry.left.node {
                Node::Broker(id) => NodeForm::Broker(id.0),
                Node::Controller(id) => NodeForm::Controller(id.0),
                Node::ZooKeeper(address) => NodeForm::Zookeeper(raw(address)),
            },
            shown: raw(&entry.left.shown),
            handle: raw(&entry.handle),
            world: raw(&entry.world),
            cluster: raw(&entry.cluster),
            cluster_id: entry.cluster_id.as_ref().map(raw),
            ties: entry
                .ties
                .iter()
                .map(|tie| TieForm {
                    network: raw(&tie.network),
                    id: raw(&tie.id),
                    aliases: tie.aliases.iter().map(raw).collect(),
                    ipv4: tie.ipv4.as_ref().map(raw),
                    ipv6: tie.ipv6.as_ref().map(raw),
                })
                .collect(),
        }
    }
}

impl Form {
    fn entry(self, id: &str) -> Result<Entry, String> {
        let verb = Verb::of(&self.verb).filter(|verb| verb.is_harmful());
        let verb = verb.ok_or_else(|| format!("`{}` is nothing that can be undone", self.verb))?;
        let node = match self.node {
            NodeForm::Broker(id) => Node::Broker(BrokerId(id)),
            NodeForm::Controller(id) => Node::Controller(BrokerId(id)),
            NodeForm::Zookeeper(address) => Node::ZooKeeper(address.into()),
        };
        let ties = self.ties.into_iter().map(|tie| Tie {
            network: tie.network.into(),
            id: tie.id.into(),
            aliases: tie.aliases.into_iter().map(Into::into).collect(),
            ipv4: tie.ipv4.map(Into::into),
            ipv6: tie.ipv6.map(Into::into),
        });
        Ok(Entry {
            left: Leftover {
                id: id.into(),
                at: At(self.at_ms),
                verb,
                node,
                shown: self.shown.into(),
            },
            handle: self.handle.into(),
            world: self.world.into(),
            cluster: self.cluster.into(),
            cluster_id: self.cluster_id.map(Into::into),
            ties: ties.collect(),
        })
    }
}

/// The journal.
#[derive(Debug)]
pub struct Journal {
    directory: Option<PathBuf>,
    kept: Mutex<BTreeMap<String, Entry>>,
}

impl Journal {
    pub(super) fn on_disk(directory: PathBuf) -> Self {
        Self {
            directory: Some(directory),
            kept: Mutex::default(),
        }
    }

    pub(super) fn in_memory() -> Self {
        Self {
            directory: None,
            kept: Mutex::default(),
        }
    }

    /// Writes an entry down; when this returns it survives a crash.
    pub async fn open(&self, entry: Entry) -> Result<(), RecordError> {
        let id = raw(&entry.left.id);
        let Some(directory) = &self.directory else {
            self.memory().insert(id, entry);
            return Ok(());
        };
        let text = serde_json::to_string(&Form::from(&entry))
            .map_err(|error| RecordError(format!("cannot write a journal entry as JSON: {error}")))?;
        let path = directory.join(format!("{id}.json"));
        beside("write the journal entry", path, move |path| place(path, &text)).await
    }

    /// It is undone, or was never done.
    pub async fn close(&self, id: &Name) -> Result<(), RecordError> {
        let Some(directory) = &self.directory else {
            self.memory().remove(id.raw());
            return Ok(());
        };
        let path = directory.join(format!("{}.json", id.raw()));
        beside("remove the journal entry", path, take_away).await
    }

    /// What is not undone.
    pub async fn left(&self) -> Result<Left, RecordError> {
        match &self.directory {
            None => Ok(Left {
                entries: self.memory().values().cloned().collect(),
                unreadable: Vec::new(),
            }),
            Some(directory) => beside("read the journal", directory.clone(), read).await,
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Entry>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(directory: &Path) -> io::Result<Left> {
    let mut left = Left::default();
    let listed = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(left),
        listed => listed?,
    };
    let mut files = Vec::new();
    for file in listed.take(MOST) {
        files.push(file?.path());
    }
    files.sort();
    for path in files {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // A draft that a crash left behind stands for nothing: the act begins after it has its name.
        let Some(id) = name.strip_suffix(".json").filter(|id| !id.starts_with('.')) else {
            continue;
        };
        match read_entry(&path, id) {
            Ok(entry) => left.entries.push(entry),
            Err(why) => {
                let said = format!("{}: {why}", path.display());
                left.unreadable.push(printable(&said).into_owned());
            }
        }
    }
    left.entries.sort_by_key(|entry| entry.left.at);
    Ok(left)
}

fn read_entry(path: &Path, id: &str) -> Result<Entry, String> {
    let metadata = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err("it is no file that kaftop has written".to_owned());
    }
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    let form: Form = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    form.entry(id)
}
