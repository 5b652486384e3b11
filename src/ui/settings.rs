//! What the screen is told at its start.

use super::glyph::Glyphs;
use super::theme::{Depth, Theme};

/// How the screen looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    /// The name of the theme; an unknown one, or any where `colour` is off, is drawn as `dark` or `mono`.
    pub theme: String,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Whether colours may be used (`NO_COLOR` is not set).
    pub colour: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            depth: Depth::Sixteen,
            colour: true,
            ascii: false,
        }
    }
}

impl Looks {
    /// The theme to draw with.
    pub fn theme(&self) -> Theme {
        let name = if self.colour { self.theme.as_str() } else { "mono" };
        Theme::named(name, self.depth)
            .or_else(|| Theme::named("dark", self.depth))
            .unwrap_or_default()
    }

    /// The glyphs to draw with.
    pub fn glyphs(&self) -> Glyphs {
        if self.ascii {
            Glyphs::ASCII
        } else {
            Glyphs::UNICODE
        }
    }
}

/// Which cluster this is, as its owner calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its label; empty where it has none, then the cluster id stands for it.
    pub label: String,
    /// Whether it is a production cluster.
    pub production: bool,
    /// Whether kaftop was told to change nothing.
    pub read_only: bool,
}

/// What the screen is told at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UiSettings {
    /// How it looks.
    pub looks: Looks,
    /// Which cluster this is.
    pub standing: Standing,
    /// Where no cluster was named: the lines that say how to name one. Then nothing else is shown.
    pub how_to_connect: Option<Vec<String>>,
}
