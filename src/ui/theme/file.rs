//! What one theme file says: a palette, and a look for each role.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier};
use toml::de::{DeTable, DeValue};

use super::depth::{Depth, NAMES};
use super::role::{ROLES, Role};
use crate::config::{
    FileReader, INHERITS, Mismatch, Origin, Problem, Sheet, Sourced, advice, boolean, join, nearest, quoted,
    some, wrong,
};

/// The table with the named colours.
const PALETTE: &str = "palette";
/// The table with a look for each role.
const ROLES_TABLE: &str = "roles";
/// The key with the background that the theme is made for.
const BACKGROUND: &str = "background";

/// The keys of a look that are colours.
const COLOURS: [&str; 4] = ["fg", "bg", "fg16", "bg16"];
/// The keys of a look that are true or false.
const WEIGHTS: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("faint", Modifier::DIM),
    ("reverse", Modifier::REVERSED),
    ("underline", Modifier::UNDERLINED),
];

/// What one theme file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeFile {
    /// The background that the theme is made for.
    pub(super) background: Option<Color>,
    /// Colours by name.
    pub(super) palette: BTreeMap<String, Swatch>,
    /// The look of each role that the file speaks of.
    pub(super) looks: Vec<(Role, Look)>,
}

/// A colour, and the one of 16 that stands in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Swatch {
    pub(super) colour: Color,
    pub(super) ansi: Option<Color>,
}

impl Swatch {
    /// The colour for a terminal of that depth.
    fn at(self, depth: Depth) -> Color {
        match (depth, self.ansi) {
            (Depth::Sixteen, Some(ansi)) => ansi,
            _ => depth.fit(self.colour),
        }
    }
}

/// The look of a role, its colours still by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// `fg`, `bg`, `fg16`, `bg16`.
    pub(super) colours: BTreeMap<&'static str, Named>,
    pub(super) modifiers: Modifier,
}

/// A colour as a look names it, with where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    text: Sourced<String>,
    /// The key with its tables, for messages.
    key: String,
}

impl Named {
    /// The colour for a terminal of that depth, by the palette or by itself.
    pub(super) fn colour(&self, palette: &BTreeMap<String, Swatch>, depth: Depth) -> Result<Color, Problem> {
        let text = self.text.value.as_str();
        if let Some(swatch) = palette.get(text) {
            return Ok(swatch.at(depth));
        }
        text.parse().map(|colour| depth.fit(colour)).map_err(|_| {
            let names = palette.keys().map(String::as_str).chain(NAMES);
            let mut expected =
                "a colour of the palette, \"#rrggbb\" or one of the 16, such as \"lightred\"".to_owned();
            if let Some(near) = nearest(text, names) {
                expected = format!("{expected}; the nearest valid name is {}", quoted(near));
            }
            let mismatch = Mismatch::text(text, expected);
            Problem::new(self.text.origin.clone(), &self.key, &mismatch.to_string())
        })
    }
}

/// Reads a theme file. What cannot be used is left out, with a problem that says what and why; the rest is taken.
pub(super) fn parse(text: &str, path: &str) -> Sheet<ThemeFile> {
    Sheet::read(text, path, |reader, table| {
        let mut file = ThemeFile::default();
        reader.deny_unknown("", table, &[BACKGROUND, INHERITS, PALETTE, ROLES_TABLE], |key| {
            let role = ROLES.iter().any(|(_, name)| *name == key);
            role.then_some("the table [roles]")
        });
        file.background = reader.field("", table, BACKGROUND, colour).map(|read| read.value);
        if let Some(colours) = reader.table("", table, PALETTE) {
            palette(&mut file, reader, colours);
        }
        if let Some(roles) = reader.table("", table, ROLES_TABLE) {
            let names: Vec<&str> = ROLES.iter().map(|(_, name)| *name).collect();
            reader.deny_unknown(ROLES_TABLE, roles, &names, |_| None);
            for (role, name) in ROLES {
                let Some(value) = roles.get(name) else { continue };
                let scope = join(ROLES_TABLE, name);
                if let Some(look) = value.get_ref().as_table() {
                    file.looks.push((role, read_look(reader, &scope, look)));
                } else {
                    let mismatch = wrong(value.get_ref(), "a look, such as { fg = \"red\", bold = true }");
                    reader.fault(&value.span(), &scope, mismatch);
                }
            }
        }
        file
    })
}

/// Reads `red = "#ff0000"` and `red = { rgb = "#ff0000", ansi = "lightred" }`.
fn palette(file: &mut ThemeFile, reader: &mut FileReader<'_>, colours: &DeTable<'_>) {
    for (key, value) in colours {
        let name = key.get_ref().as_ref();
        let scope = join(PALETTE, name);
        let swatch = match value.get_ref().as_table() {
            None => reader.field(PALETTE, colours, name, colour).map(|read| Swatch {
                colour: read.value,
                ansi: None,
            }),
            Some(pair) => {
                reader.deny_unknown(&scope, pair, &["ansi", "rgb"], |_| None);
                let ansi = reader.field(&scope, pair, "ansi", ansi).map(|read| read.value);
                let rgb = reader.field(&scope, pair, "rgb", colour).map(|read| read.value);
                if rgb.is_none() && pair.get("rgb").is_none() {
                    reader.fault(&value.span(), &scope, "rgb is missing, such as rgb = \"#ff0000\"");
                }
                rgb.map(|colour| Swatch { colour, ansi })
            }
        };
        if let Some(swatch) = swatch {
            file.palette.insert(name.to_owned(), swatch);
        }
    }
}

fn read_look(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> Look {
    let weights = WEIGHTS.iter().map(|(name, _)| *name);
    let valid: Vec<&str> = COLOURS.into_iter().chain(weights).collect();
    reader.deny_unknown(scope, table, &valid, |_| None);
    let mut look = Look::default();
    for name in COLOURS {
        let read = |value: &DeValue<'_>| match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(wrong(value, "a string with a colour, such as \"red\"")),
        };
        if let Some(text) = reader.field(scope, table, name, read) {
            let key = join(scope, name);
            look.colours.insert(name, Named { text, key });
        }
    }
    for (name, modifier) in WEIGHTS {
        let on = reader.field(scope, table, name, boolean);
        if on.is_some_and(|on| on.value) {
            look.modifiers |= modifier;
        }
    }
    look
}

fn colour(value: &DeValue<'_>) -> Result<Color, Mismatch> {
    let read = value.as_str().and_then(|text| text.parse().ok());
    read.ok_or_else(|| wrong(value, "a colour, such as \"#ff6b6b\" or \"lightred\""))
}

/// Reads one of the 16 colours.
fn ansi(value: &DeValue<'_>) -> Result<Color, Mismatch> {
    let text = value.as_str().unwrap_or_default();
    if NAMES.contains(&text) {
        return colour(value);
    }
    Err(wrong(
        value,
        format!("one of the 16 colours; {}", advice(text, "name", &NAMES)),
    ))
}

/// That a role has no look, said of the file that builds on nothing.
pub(super) fn without_look(missing: &[&str], path: &str) -> Problem {
    let many = format!("without a look: {}", some(missing));
    Problem::new(Origin::file(path, 1), ROLES_TABLE, &many)
}
