//! What the screen is told at its start.

use crate::command::Keymap;

use super::background::Ground;
use super::glyph::{Glyphs, Graphs};
use super::theme::{Depth, Theme, Themes};

/// The theme that is drawn with where no colour may be used.
const WITHOUT_COLOUR: &str = "mono";

/// How the screen looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    /// The name of the theme; [`Themes::AUTO`] and every name that cannot be used stand for `dark` or `light`.
    pub theme: String,
    /// The themes to choose from.
    pub themes: Themes,
    /// What the terminal's background is, as far as is known.
    pub ground: Ground,
    /// Whether the terminal can be asked what its background is.
    pub can_be_asked: bool,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Whether colours may be used (`NO_COLOR` is not set).
    pub colour: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// What trends are drawn with, where more than ASCII may be drawn.
    pub graphs: Graphs,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            theme: Themes::AUTO.to_owned(),
            themes: Themes::default(),
            ground: Ground::Dark,
            can_be_asked: false,
            depth: Depth::Sixteen,
            colour: true,
            ascii: false,
            graphs: Graphs::Block,
        }
    }
}

impl Looks {
    /// The theme to draw with.
    pub fn theme(&self) -> Theme {
        let loaded = self.themes.theme(self.name(), self.depth);
        loaded.map(|loaded| loaded.theme).unwrap_or_default()
    }

    /// The name of the theme to draw with.
    pub fn name(&self) -> &str {
        if !self.colour {
            return WITHOUT_COLOUR;
        }
        match self.themes.theme(&self.theme, self.depth) {
            Ok(loaded) if loaded.usable => &self.theme,
            _ => self.ground.theme(),
        }
    }

    /// Every fault of the theme that was asked for, with what stands in for it; nothing where there is none.
    pub fn problems(&self) -> Vec<String> {
        if self.theme == Themes::AUTO {
            return Vec::new();
        }
        match self.themes.theme(&self.theme, self.depth) {
            Ok(loaded) => loaded.problems,
            Err(sentence) => vec![sentence],
        }
    }

    /// Whether the terminal's background decides how the screen looks.
    pub fn depends_on_the_ground(&self) -> bool {
        self.colour && self.name() == self.ground.theme() && self.theme != self.ground.theme()
    }

    /// Takes the next theme; where no colour may be used, there is none but the one.
    pub fn next(&mut self) {
        let names = self.themes.shelf().names();
        let usable: Vec<&str> = names
            .into_iter()
            .filter(|name| {
                self.themes
                    .theme(name, self.depth)
                    .is_ok_and(|loaded| loaded.usable)
            })
            .collect();
        let now = usable.iter().position(|name| *name == self.name());
        let next = now.map_or(0, |now| (now + 1) % usable.len().max(1));
        if let Some(name) = usable.get(next).filter(|_| self.colour) {
            self.theme = (*name).to_owned();
        }
    }

    /// The glyphs to draw with.
    pub fn glyphs(&self) -> Glyphs {
        if self.ascii {
            Glyphs::ASCII
        } else {
            Glyphs::UNICODE.with(self.graphs)
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiSettings {
    /// How it looks.
    pub looks: Looks,
    /// The keys.
    pub keymap: Keymap,
    /// Which cluster this is.
    pub standing: Standing,
    /// What is worth telling as the screen opens, a printable sentence each: a theme or keymap that cannot be used.
    pub notices: Vec<String>,
    /// Where no cluster was named: the lines that say how to name one. Then nothing else is shown.
    pub how_to_connect: Option<Vec<String>>,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self {
            looks: Looks::default(),
            keymap: Keymap::standard(),
            standing: Standing::default(),
            notices: Vec::new(),
            how_to_connect: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UserFile;

    fn looks(theme: &str) -> Looks {
        let file = |name: &str, text: &str| UserFile {
            name: name.to_owned(),
            path: format!("{name}.toml"),
            text: Ok(text.to_owned()),
        };
        Looks {
            theme: theme.to_owned(),
            themes: Themes::load(&[file("mine", "inherits = \"dark\""), file("broken", "[[[")]),
            ..Looks::default()
        }
    }

    #[test]
    fn the_background_chooses_where_nothing_else_does() {
        let table = [
            ("auto", "dark", "light", true),
            ("nord", "dark", "light", true),
            ("broken", "dark", "light", true),
            ("mine", "mine", "mine", false),
            ("light", "light", "light", false),
        ];
        for (asked, on_dark, on_light, depends) in table {
            let mut looks = looks(asked);
            assert_eq!(
                (looks.name(), looks.depends_on_the_ground()),
                (on_dark, depends),
                "{asked}"
            );
            looks.ground = Ground::Light;
            assert_eq!(looks.name(), on_light, "{asked}");
            looks.colour = false;
            assert_eq!(
                (looks.name(), looks.depends_on_the_ground()),
                ("mono", false),
                "{asked}"
            );
        }
    }

    #[test]
    fn trends_are_drawn_with_what_is_asked_for_and_with_ascii_where_nothing_else_may_be_drawn() {
        for (graphs, level) in [(Graphs::Braille, "█"), (Graphs::Block, "█"), (Graphs::Ascii, "#")] {
            let mut looks = Looks {
                graphs,
                ..Looks::default()
            };
            let glyphs = looks.glyphs();
            assert_eq!((glyphs.graphs, glyphs.levels[7]), (graphs, level));
            assert!(!glyphs.is_ascii());
            looks.ascii = true;
            assert_eq!(looks.glyphs(), Glyphs::ASCII);
        }
        for (term, graphs) in [
            (None, Graphs::Block),
            (Some("xterm-256color"), Graphs::Block),
            (Some("linux"), Graphs::Ascii),
            (Some("linux-16color"), Graphs::Ascii),
        ] {
            assert_eq!(Graphs::promised(term), graphs, "{term:?}");
        }
    }

    #[test]
    fn a_theme_that_cannot_be_used_is_said() {
        assert_eq!(looks("auto").problems(), Vec::<String>::new());
        assert_eq!(looks("mine").problems(), Vec::<String>::new());
        assert_eq!(looks("nord").problems().len(), 1);
        assert!(looks("broken").problems()[0].starts_with("broken.toml:1: "));
    }

    #[test]
    fn the_next_theme_comes_round_and_leaves_the_broken_one_out() {
        let mut looks = looks("auto");
        let mut seen = Vec::new();
        for _ in 0..7 {
            looks.next();
            seen.push(looks.name().to_owned());
        }
        let expected = [
            "light",
            "high-contrast",
            "colour-blind-safe",
            "colour-blind-safe-light",
            "mono",
            "mine",
            "dark",
        ];
        assert_eq!(seen, expected);
        looks.colour = false;
        looks.next();
        assert_eq!(looks.name(), "mono");
    }
}
