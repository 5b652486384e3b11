//! The scenarios that kaftop brings.

use crate::config::{advice, quoted};

/// A scenario that kaftop brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name on the command line.
    pub name: &'static str,
    /// The text of its file.
    pub text: &'static str,
}

impl BuiltIn {
    /// The name that stands for its file in messages.
    pub fn path(self) -> String {
        format!("{}.toml", self.name)
    }
}

/// The name of the scenario that is shown where none is named.
pub const DEFAULT: &str = "cut-off";

macro_rules! scenarios {
    ($($name:literal),* $(,)?) => {
        /// Every scenario that kaftop brings, the simplest first.
        pub const BUILT_IN: &[BuiltIn] = &[$(BuiltIn {
            name: $name,
            text: include_str!(concat!("../../../assets/scenarios/", $name, ".toml")),
        }),*];
    };
}

scenarios![
    "cut-off",
    "clean-stop",
    "crash",
    "hang",
    "two-down",
    "quorum-lost",
    "zookeeper-lost",
    "slow-replica",
    "stalled-consumer",
    "retention",
    "rolling-restart",
    "unreachable",
    "quiet",
];

/// The scenario of that name.
pub fn built_in(name: &str) -> Option<BuiltIn> {
    BUILT_IN.iter().find(|scenario| scenario.name == name).copied()
}

/// What to say of a name that is no scenario and no file.
pub fn unknown_name(name: &str) -> String {
    let names: Vec<&str> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
    format!(
        "there is no scenario {} and no such file; {}",
        quoted(name),
        advice(name, "name", &names)
    )
}
