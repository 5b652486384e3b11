//! How the screen looks: what the layers say of it, and what holds.

use std::fmt;

use toml::de::DeValue;

use super::file_reader::wrong;
use super::layers::{Environment, Layers};
use super::origin::{Origin, Sourced};
use super::problem::Mismatch;

/// What a config file says of how the screen looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenLook {
    /// The theme's name.
    pub theme: Option<Sourced<String>>,
    /// The keymap's name.
    pub keymap: Option<Sourced<String>>,
    /// Whether colours are used.
    pub color: Option<Sourced<bool>>,
    /// Whether only ASCII characters are drawn.
    pub ascii: Option<Sourced<Ascii>>,
    /// What trends are drawn with.
    pub graphs: Option<Sourced<Graphs>>,
}

/// Whether only ASCII characters are drawn, as the config file says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ascii {
    /// Where the locale is not one of UTF-8.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl Ascii {
    /// Reads `true`, `false` or `"auto"`.
    pub(super) fn read(value: &DeValue<'_>) -> Result<Self, Mismatch> {
        match (value.as_bool(), value.as_str()) {
            (Some(true), _) => Ok(Self::Always),
            (Some(false), _) => Ok(Self::Never),
            (None, Some("auto")) => Ok(Self::Auto),
            _ => Err(wrong(value, "true, false or \"auto\"")),
        }
    }
}

/// What trends are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Graphs {
    /// What the terminal can draw.
    #[default]
    Auto,
    /// Two bars a cell, of dots.
    Braille,
    /// A bar a cell.
    Block,
    /// A character a cell.
    Ascii,
}

impl Graphs {
    /// Reads `"auto"`, `"braille"`, `"block"` or `"ascii"`.
    pub(super) fn read(value: &DeValue<'_>) -> Result<Self, Mismatch> {
        match value.as_str() {
            Some("auto") => Ok(Self::Auto),
            Some("braille") => Ok(Self::Braille),
            Some("block") => Ok(Self::Block),
            Some("ascii") => Ok(Self::Ascii),
            _ => Err(wrong(value, "\"auto\", \"braille\", \"block\" or \"ascii\"")),
        }
    }
}

impl fmt::Display for Graphs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Braille => "braille",
            Self::Block => "block",
            Self::Ascii => "ascii",
        })
    }
}

/// How the screen looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The theme's name.
    pub theme: Sourced<String>,
    /// The keymap's name.
    pub keymap: Sourced<String>,
    /// Whether colours are used.
    pub color: Sourced<bool>,
    /// Whether only ASCII characters are drawn.
    pub ascii: Sourced<bool>,
    /// What trends are drawn with, where more than ASCII may be drawn.
    pub graphs: Sourced<Graphs>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            theme: Sourced::default_value("auto".to_owned()),
            keymap: Sourced::default_value("default".to_owned()),
            color: Sourced::default_value(true),
            ascii: Sourced::default_value(false),
            graphs: Sourced::default_value(Graphs::Auto),
        }
    }
}

/// Lays what the layers say of the look over each other.
pub(super) fn resolve(layers: &Layers) -> Look {
    let mut look = Look::default();
    let given = layers
        .file
        .as_ref()
        .map(|file| file.look.clone())
        .unwrap_or_default();
    look.theme = given.theme.unwrap_or(look.theme);
    look.keymap = given.keymap.unwrap_or(look.keymap);
    look.color = given.color.unwrap_or(look.color);
    look.graphs = given.graphs.unwrap_or(look.graphs);
    let ascii = given.ascii.unwrap_or(Sourced::default_value(Ascii::Auto));
    look.ascii = match (ascii.value, &layers.environment.locale) {
        (Ascii::Auto, Some((name, locale))) if !is_utf8(locale) => {
            Sourced::new(true, Origin::Environment { name })
        }
        (value, _) => ascii.map(|_| value == Ascii::Always),
    };
    let (environment, flags) = (&layers.environment, &layers.flags);
    let variable = |name| Origin::Environment { name };
    let flag = |name| Origin::Flag { name };
    for (given, origin) in [
        (&environment.theme, variable(Environment::THEME)),
        (&flags.theme, flag("--theme")),
    ] {
        let given = given.clone().map(|name| Sourced::new(name, origin));
        look.theme = given.unwrap_or(look.theme);
    }
    for (given, origin) in [
        (&environment.keymap, variable(Environment::KEYMAP)),
        (&flags.keymap, flag("--keymap")),
    ] {
        let given = given.clone().map(|name| Sourced::new(name, origin));
        look.keymap = given.unwrap_or(look.keymap);
    }
    if environment.no_color.is_some() {
        look.color = Sourced::new(false, variable(Environment::NO_COLOR));
    }
    for name in &flags.switches {
        match *name {
            "--no-color" => look.color = Sourced::new(false, flag(name)),
            "--ascii" => look.ascii = Sourced::new(true, flag(name)),
            "--unicode" => look.ascii = Sourced::new(false, flag(name)),
            _ => {}
        }
    }
    look
}

/// Whether a locale, such as `de_DE.UTF-8`, is one of UTF-8.
fn is_utf8(locale: &str) -> bool {
    let lower = locale.to_ascii_lowercase();
    lower.contains("utf-8") || lower.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::super::config_file::ConfigFile;
    use super::super::layers::Flags;
    use super::*;

    fn looked(file: &str, variables: &[(&str, &str)], flags: Flags) -> [String; 3] {
        let environment = Environment::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let look = resolve(&Layers {
            file: Some(ConfigFile::parse(file, "c")),
            environment,
            flags,
            ..Layers::default()
        });
        let told = |value: String, origin: &Origin| format!("{value}, {origin}");
        [
            told(look.theme.value, &look.theme.origin),
            told(look.keymap.value, &look.keymap.origin),
            told(look.ascii.value.to_string(), &look.ascii.origin),
        ]
    }

    #[test]
    fn a_later_layer_wins() {
        let file = "theme = \"a\"\nkeymap = \"b\"";
        let flags = Flags {
            theme: Some("e".to_owned()),
            ..Flags::default()
        };
        let variables = [("KAFTOP_THEME", "c"), ("KAFTOP_KEYMAP", "d")];
        assert_eq!(
            looked("", &[], Flags::default()),
            ["auto, default", "default, default", "false, default"]
        );
        assert_eq!(looked(file, &[], Flags::default())[..2], ["a, c:1", "b, c:2"]);
        assert_eq!(
            looked(file, &variables, flags)[..2],
            ["e, flag --theme", "d, environment KAFTOP_KEYMAP"]
        );
    }

    /// The config file, the environment, the switches, and what holds with its origin.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'static str], &'a str);

    #[test]
    fn the_locale_decides_only_where_nobody_else_does() {
        let table: [Case; 11] = [
            ("", &[], &[], "false, default"),
            ("", &[("LANG", "en_GB.UTF-8")], &[], "false, default"),
            ("", &[("LANG", "C")], &[], "true, environment LANG"),
            (
                "",
                &[("LANG", "de_DE.ISO-8859-1"), ("LC_CTYPE", "C.utf8")],
                &[],
                "false, default",
            ),
            (
                "",
                &[("LANG", "C.UTF-8"), ("LC_ALL", "POSIX")],
                &[],
                "true, environment LC_ALL",
            ),
            ("", &[("LANG", "C.UTF-8"), ("LC_ALL", "")], &[], "false, default"),
            (
                "ascii = \"auto\"",
                &[("LANG", "C")],
                &[],
                "true, environment LANG",
            ),
            ("ascii = false", &[("LANG", "C")], &[], "false, c:1"),
            ("ascii = true", &[("LANG", "C.UTF-8")], &[], "true, c:1"),
            ("ascii = true", &[], &["--unicode"], "false, flag --unicode"),
            ("ascii = false", &[], &["--ascii"], "true, flag --ascii"),
        ];
        for (file, variables, switches, expected) in table {
            let flags = Flags {
                switches: switches.to_vec(),
                ..Flags::default()
            };
            assert_eq!(
                looked(file, variables, flags)[2],
                expected,
                "{file} {variables:?} {switches:?}"
            );
        }
    }
}
