//! What the screen is told at its start: looks, keys, which cluster, and what is worth telling as it opens.

use crate::command::{Keymaps, LoadedKeymap};
use crate::config::{self, Look, Settings};
use crate::model::text::printable;
use crate::ui::{Depth, Graphs, Ground, Looks, Standing, Themes, UiSettings};

use super::args::GlobalArgs;
use super::inputs::{Lookup, read_folder};

/// What to do where no cluster is named.
pub const HOW_TO_CONNECT: &[&str] = &[
    "Name a cluster in one of these ways:",
    "  kaftop -b kafka-1:9092,kafka-2:9092      one address that answers is enough",
    "  kaftop --cluster prod                    a cluster of the config file",
    "  KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092     in the environment",
    "  default_cluster = \"prod\"                 in the config file",
    "`kaftop config sample` prints a config file to begin with.",
];

/// The themes and keymaps there are: those that kaftop brings, and the user's files.
pub struct Stock {
    /// The themes.
    pub themes: Themes,
    /// The keymaps.
    pub keymaps: Keymaps,
    /// Why a directory could not be read, a printable sentence each.
    pub warnings: Vec<String>,
}

impl Stock {
    /// Reads the directories `themes` and `keymaps` beside the config file.
    pub fn read(args: &GlobalArgs, variable: Lookup<'_>) -> Self {
        let (themes, unread) = read_folder(args, variable, "themes");
        let (keymaps, also_unread) = read_folder(args, variable, "keymaps");
        Self {
            themes: Themes::load(&themes),
            keymaps: Keymaps::load(&keymaps),
            warnings: unread.into_iter().chain(also_unread).collect(),
        }
    }
}

/// What the screen is told at its start. A theme or keymap that cannot be used never keeps it from opening: another one
/// stands in, and a notice says so.
pub fn ui_settings(settings: &Settings, args: &GlobalArgs, variable: Lookup<'_>) -> UiSettings {
    let stock = Stock::read(args, variable);
    let cluster = settings.cluster.as_ref();
    let keys = stock.keymaps.keymap(&settings.look.keymap.value);
    let looks = looks(&settings.look, stock.themes, variable);
    let mut notices = stock.warnings;
    notices.extend(theme_notice(&settings.look, &looks));
    notices.extend(keymap_notice(&settings.look, &keys));
    if variable("TERM").is_none_or(|term| term.is_empty()) {
        notices.push("TERM is not set: drawn as for an ANSI terminal of 16 colours".to_owned());
    }
    UiSettings {
        looks,
        keymap: keys.keymap,
        notices,
        standing: Standing {
            label: cluster
                .and_then(|cluster| cluster.name.as_ref())
                .map(|name| name.value.clone())
                .unwrap_or_default(),
            production: cluster.is_some_and(|cluster| cluster.production.value),
            read_only: settings.read_only.value,
        },
        how_to_connect: cluster
            .is_none()
            .then(|| HOW_TO_CONNECT.iter().map(|line| (*line).to_owned()).collect()),
    }
}

/// How the screen looks on the terminal that the environment tells of.
pub fn looks(look: &Look, themes: Themes, variable: Lookup<'_>) -> Looks {
    let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
    let term = text("TERM");
    Looks {
        theme: look.theme.value.clone(),
        themes,
        ground: Ground::hinted(text("COLORFGBG").as_deref()),
        can_be_asked: Ground::can_be_asked(term.as_deref()),
        depth: Depth::promised(text("COLORTERM").as_deref(), term.as_deref()),
        colour: look.color.value,
        ascii: look.ascii.value,
        graphs: match look.graphs.value {
            config::Graphs::Auto => Graphs::promised(term.as_deref()),
            config::Graphs::Braille => Graphs::Braille,
            config::Graphs::Block => Graphs::Block,
            config::Graphs::Ascii => Graphs::Ascii,
        },
    }
}

fn theme_notice(look: &Look, looks: &Looks) -> Option<String> {
    let problems = looks.problems();
    let stand_in = if !looks.colour || looks.name() == looks.theme {
        String::new()
    } else {
        format!("; drawn with {}", looks.name())
    };
    notice("theme", &look.theme.origin.to_string(), &problems, &stand_in)
}

fn keymap_notice(look: &Look, keys: &LoadedKeymap) -> Option<String> {
    let stand_in = if keys.fallback {
        format!("; the keymap {} holds", Keymaps::STANDARD)
    } else {
        String::new()
    };
    notice(
        "keymap",
        &look.keymap.origin.to_string(),
        &keys.problems,
        &stand_in,
    )
}

/// The first fault with the number of the others, and what stands in; none where there is no fault.
fn notice(kind: &str, named_by: &str, problems: &[String], stand_in: &str) -> Option<String> {
    let first = problems.first()?;
    let more = match problems.len() - 1 {
        0 => String::new(),
        more => {
            let command = if kind == "theme" { "themes" } else { "keys" };
            format!(" (and {more} more: kaftop {command})")
        }
    };
    let text = format!("{kind} of {named_by}: {first}{more}{stand_in}");
    Some(printable(&text).into_owned())
}
