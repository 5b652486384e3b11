//! What became of containers, as events.

use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::text::Name;

/// A container that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerMove {
    /// Its name.
    pub name: Name,
    /// The node that it runs; none where that is not known.
    pub node: Option<Node>,
    /// What became of it.
    pub turn: ContainerTurn,
}

/// What became of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerTurn {
    /// Its process ended.
    Ended {
        /// The exit code of the newest end; none where only a later start showed that it ended.
        code: Option<i64>,
        /// Whether the kernel killed it for want of memory.
        starved: bool,
    },
    /// The kernel killed a process in it for want of memory, and it runs on.
    Starved,
    /// It was frozen.
    Paused,
    /// It is gone from the engine.
    Removed,
    /// Its engine started it again by its restart policy, so often.
    Restarted(u64),
    /// It was started.
    Started,
    /// It was frozen, and goes on.
    Resumed,
}

impl ContainerTurn {
    /// Whether something was lost.
    pub fn is_loss(self) -> bool {
        !matches!(self, Self::Started | Self::Resumed)
    }

    /// Whether both are turns of the same kind.
    pub fn is_alike(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Takes a newer turn of the same kind.
    pub fn join(&mut self, newer: Self) {
        match (self, newer) {
            (
                Self::Ended { code, starved },
                Self::Ended {
                    code: newest,
                    starved: too,
                },
            ) => {
                *code = newest.or(*code);
                *starved |= too;
            }
            (Self::Restarted(times), Self::Restarted(more)) => *times = times.saturating_add(more),
            _ => {}
        }
    }
}

impl ContainerMove {
    /// The broker that it runs.
    pub fn broker(&self) -> Option<BrokerId> {
        match self.node {
            Some(Node::Broker(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether it runs the broker or controller of this id.
    pub fn runs(&self, id: BrokerId) -> bool {
        matches!(self.node, Some(Node::Broker(own) | Node::Controller(own)) if own == id)
    }

    /// What became of it, in a sentence without times.
    pub fn sentence(&self) -> String {
        let of = self
            .node
            .as_ref()
            .map_or_else(String::new, |node| format!(" ({node})"));
        let turn = match self.turn {
            ContainerTurn::Ended { code, starved } => {
                let code = code.map_or_else(|| "ended".to_owned(), |code| format!("exited {code}"));
                let why = if starved {
                    ", killed for want of memory"
                } else {
                    ""
                };
                format!("{code}{why}")
            }
            ContainerTurn::Starved => {
                "runs on after a process in it was killed for want of memory".to_owned()
            }
            ContainerTurn::Paused => "paused".to_owned(),
            ContainerTurn::Removed => "removed".to_owned(),
            ContainerTurn::Restarted(1) => "restarted by its engine".to_owned(),
            ContainerTurn::Restarted(times) => format!("restarted by its engine {times} times"),
            ContainerTurn::Started => "started".to_owned(),
            ContainerTurn::Resumed => "resumed".to_owned(),
        };
        format!("container {}{of} {turn}", self.name)
    }
}
