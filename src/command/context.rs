//! The parts of the screen that keys are bound in.

/// Where a command works, and so where its keys are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// On every page and over it.
    Everywhere,
    /// On the Overview page.
    Overview,
    /// On the Brokers page.
    Brokers,
    /// On the Topics page.
    Topics,
    /// On the Partitions page.
    Partitions,
    /// On the Groups page.
    Groups,
    /// On the Quorum page.
    Quorum,
    /// On the Events page.
    Events,
    /// On the Alerts page.
    Alerts,
    /// In the log of a node.
    Log,
    /// Over every page, while a question of the story waits for its answer.
    Quiz,
}

impl Context {
    /// Every context, in the order of help.
    pub const ALL: [Self; 11] = [
        Self::Everywhere,
        Self::Overview,
        Self::Brokers,
        Self::Topics,
        Self::Partitions,
        Self::Groups,
        Self::Quorum,
        Self::Events,
        Self::Alerts,
        Self::Log,
        Self::Quiz,
    ];

    /// The name of its section in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Overview => "overview",
            Self::Brokers => "brokers",
            Self::Topics => "topics",
            Self::Partitions => "partitions",
            Self::Groups => "groups",
            Self::Quorum => "quorum",
            Self::Events => "events",
            Self::Alerts => "alerts",
            Self::Log => "log",
            Self::Quiz => "quiz",
        }
    }
}
