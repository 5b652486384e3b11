//! A hand whose processes live in a file, so that they outlive the process that acts on them; it can be told to die at any
//! step.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::act::{Fault, Hand, Severed, Step};
use crate::health::Bulletin;
use crate::model::act::Node;
use crate::model::sighting::{Condition, Runs, Severing, Sighting, Tie};
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// One process in a file: `running`, `paused` or `exited`, and `tied` or `cut`.
pub(super) struct Fake {
    pub(super) file: PathBuf,
    /// At which step this process ends as by SIGKILL; never where none.
    pub(super) dies_at: Option<u32>,
    pub(super) steps: AtomicU32,
}

impl Fake {
    pub(super) fn new(file: PathBuf, dies_at: Option<u32>) -> Self {
        Self {
            file,
            dies_at,
            steps: AtomicU32::new(0),
        }
    }

    pub(super) fn read(&self) -> (String, String) {
        let text = fs::read_to_string(&self.file).unwrap();
        let (condition, tie) = text.split_once(' ').unwrap();
        (condition.to_owned(), tie.to_owned())
    }

    fn write(&self, condition: &str, tie: &str) {
        fs::write(&self.file, format!("{condition} {tie}")).unwrap();
    }

    /// One step further; or the end, in which nothing of this process can clean up.
    pub(super) fn step(&self) {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        if self.dies_at == Some(step) {
            std::process::abort();
        }
    }

    fn tie() -> Tie {
        Tie {
            network: "peers".into(),
            id: "0123456789ab".into(),
            aliases: vec!["broker-2".into()],
            ipv4: None,
            ipv6: None,
        }
    }

    fn sight(&self) -> Sighting {
        let (condition, tie) = self.read();
        let ties = if tie == "cut" {
            Vec::new()
        } else {
            vec![Self::tie()]
        };
        Sighting {
            handle: "fake-2".into(),
            shown: "container fake-2".into(),
            condition: match condition.as_str() {
                "running" => Condition::Running,
                "paused" => Condition::Paused,
                ended => Condition::Ended(ended.into()),
            },
            runs: Runs::default(),
            grace: Span::seconds(1),
            severing: Severing::Possible {
                ties,
                also: Vec::new(),
            },
        }
    }
}

impl Hand for Fake {
    fn world(&self) -> Name {
        "a file".into()
    }

    async fn find(&self, _node: &Node, _bulletin: &Bulletin) -> Result<Sighting, Fault> {
        self.step();
        Ok(self.sight())
    }

    async fn look(&self, _handle: &Name) -> Result<Sighting, Fault> {
        self.step();
        Ok(self.sight())
    }

    async fn act(&self, _handle: &Name, step: &Step) -> Result<(), Fault> {
        self.step();
        let (condition, tie) = self.read();
        match step {
            Step::Stop { .. } | Step::Kill => self.write("exited", &tie),
            Step::Start | Step::Resume => self.write("running", &tie),
            Step::Pause => self.write("paused", &tie),
            Step::Cut(_) => self.write(&condition, "cut"),
            Step::Reconnect(ties) => {
                assert_eq!(*ties, [Self::tie()], "with its names");
                self.write(&condition, "tied");
            }
        }
        self.step();
        Ok(())
    }

    async fn last_lines(&self, _handle: &Name, _since: Option<At>) -> Vec<String> {
        Vec::new()
    }

    async fn severed(&self, _node: &Node, _handle: &Name, _bulletin: &Bulletin) -> Result<Severed, Fault> {
        self.step();
        Ok(Severed::default())
    }
}
