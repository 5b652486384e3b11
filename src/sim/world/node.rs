//! The machines of the simulated cluster.

use std::fmt;
use std::str::FromStr;

/// One process of the cluster. Where brokers are their own controllers (combined nodes), `Controller` with a
/// broker's id means that same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A broker, by `node.id` or `broker.id`.
    Broker(i32),
    /// A KRaft controller, by `node.id`.
    Controller(i32),
    /// A member of the ZooKeeper ensemble, by its `myid`.
    ZooKeeper(i32),
}

/// As a person says it: `broker 2`.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Broker(id) => format!("broker {id}"),
            Self::Controller(id) => format!("controller {id}"),
            Self::ZooKeeper(id) => format!("zookeeper {id}"),
        };
        f.pad(&text)
    }
}

/// What is not the name of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no node: write broker:2, controller:3001 or zookeeper:1")]
pub struct NodeNameError(pub String);

/// As files say it: `broker:2`.
impl FromStr for Node {
    type Err = NodeNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NodeNameError(text.to_owned());
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let id: i32 = id.parse().map_err(|_| wrong())?;
        if id < 0 {
            return Err(wrong());
        }
        match kind {
            "broker" => Ok(Self::Broker(id)),
            "controller" => Ok(Self::Controller(id)),
            "zookeeper" => Ok(Self::ZooKeeper(id)),
            _ => Err(wrong()),
        }
    }
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessState {
    /// It starts: its client port is still closed.
    Starting,
    /// It serves.
    Running,
    /// It hands over what it leads; it still answers.
    ShuttingDown,
    /// It is frozen: the kernel takes connections for it, and nothing is read or answered.
    Paused,
    /// There is no process: its port is closed.
    Gone,
}

/// How it is with one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// What it does.
    pub state: ProcessState,
    /// Whether packets of clients reach it; false is a black hole: connections stay open and silent.
    pub reached: bool,
    /// Whether it is cut off from its peers.
    pub cut: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_read_as_files_write_them() {
        let table = [
            ("broker:2", Some(Node::Broker(2))),
            ("controller:3001", Some(Node::Controller(3001))),
            ("zookeeper:1", Some(Node::ZooKeeper(1))),
            ("broker:-1", None),
            ("broker", None),
            ("kafka:1", None),
            ("broker:x", None),
            ("", None),
        ];
        for (text, node) in table {
            assert_eq!(text.parse().ok(), node, "{text}");
        }
        assert_eq!(Node::Broker(2).to_string(), "broker 2");
    }
}
