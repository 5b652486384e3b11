//! The themes to choose from: those that kaftop brings, and the user's files.

use std::collections::BTreeMap;

use ratatui::style::{Color, Style};

use super::Theme;
use super::contrast::contrast;
use super::depth::Depth;
use super::file::{self, Look, Swatch, ThemeFile};
use super::role::{ROLES, Role};
use crate::config::{Problem, Shelf, UserFile};

/// The themes that kaftop brings, by name.
const BUILT_IN: [(&str, &str); 6] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    (
        "colour-blind-safe",
        include_str!("../../../themes/colour-blind-safe.toml"),
    ),
    (
        "colour-blind-safe-light",
        include_str!("../../../themes/colour-blind-safe-light.toml"),
    ),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// The least contrast of text (WCAG 2, level AA).
const READABLE: f64 = 4.5;

/// The themes to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Themes(Shelf<ThemeFile>);

/// A theme, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedTheme {
    /// What could be read of it.
    pub theme: Theme,
    /// Whether it can be used; where not, another one has to stand in.
    pub usable: bool,
    /// The background that it is made for.
    pub background: Option<Color>,
    /// Every fault of its files, a printable line each.
    pub problems: Vec<String>,
}

impl LoadedTheme {
    /// The roles whose text cannot be read well on the background that the theme is made for, with their contrast.
    /// Nothing where the theme does not say which background that is.
    pub fn hard_to_read(&self) -> Vec<(&'static str, f64)> {
        let Some(background) = self.background else {
            return Vec::new();
        };
        Role::all()
            .filter(|role| role.is_text())
            .filter_map(|role| {
                let style = self.theme.style(role);
                let found = contrast(style.fg?, style.bg.unwrap_or(background))?;
                (found < READABLE).then_some((role.name(), found))
            })
            .collect()
    }
}

impl Default for Themes {
    fn default() -> Self {
        Self::load(&[])
    }
}

impl Themes {
    /// The name that stands for `dark` or `light`, whichever suits the terminal.
    pub const AUTO: &'static str = "auto";

    /// Those that kaftop brings, and these files.
    pub fn load(files: &[UserFile]) -> Self {
        Self(Shelf::load("theme", &BUILT_IN, files, file::parse))
    }

    /// The files, for a list of them.
    pub fn shelf(&self) -> &Shelf<ThemeFile> {
        &self.0
    }

    /// The theme of that name for a terminal of that depth; a sentence where there is none.
    pub fn theme(&self, name: &str, depth: Depth) -> Result<LoadedTheme, String> {
        let chain = self
            .0
            .chain(name)
            .map_err(|_| self.0.unknown(name, &[Self::AUTO]))?;
        let mut palette: BTreeMap<String, Swatch> = BTreeMap::new();
        let mut looks: BTreeMap<&str, (Role, &Look)> = BTreeMap::new();
        let mut background = None;
        for entry in &chain.entries {
            let file = &entry.sheet.content;
            palette.extend(file.palette.clone());
            looks.extend(file.looks.iter().map(|(role, look)| (role.name(), (*role, look))));
            background = file.background.or(background);
        }
        let mut theme = Theme::default();
        let mut problems = chain.problems;
        for (role, look) in looks.values() {
            theme.dress(*role, style(look, &palette, depth, &mut problems));
        }
        let missing: Vec<&str> = ROLES
            .iter()
            .map(|(_, name)| *name)
            .filter(|name| !looks.contains_key(name))
            .collect();
        // Of a file that builds on nothing: one whose parent is missing has that fault already.
        if let Some(root) = chain.entries.first()
            && root.sheet.inherits.is_none()
            && !missing.is_empty()
        {
            problems.push(file::without_look(
                &missing,
                root.path.as_ref().unwrap_or(&root.name),
            ));
        }
        problems.sort();
        problems.dedup();
        Ok(LoadedTheme {
            theme,
            usable: chain.usable,
            background,
            problems: problems.iter().map(Problem::to_string).collect(),
        })
    }
}

fn style(
    look: &Look,
    palette: &BTreeMap<String, Swatch>,
    depth: Depth,
    problems: &mut Vec<Problem>,
) -> Style {
    let mut colour = |names: [&str; 2]| {
        let mut found = None;
        for name in names {
            // Both are looked at, so that a fault of the one that is not drawn with is found too.
            let Some(named) = look.colours.get(name) else {
                continue;
            };
            match named.colour(palette, depth) {
                Ok(colour) => found = found.or(Some(colour)),
                Err(problem) => problems.push(problem),
            }
        }
        found
    };
    let (fg, bg) = if depth == Depth::Sixteen {
        (colour(["fg16", "fg"]), colour(["bg16", "bg"]))
    } else {
        (colour(["fg", "fg16"]), colour(["bg", "bg16"]))
    };
    Style {
        fg,
        bg,
        ..Style::default()
    }
    .add_modifier(look.modifiers)
}
