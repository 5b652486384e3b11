//! Roles by meaning, and the styles that a theme file gives them.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of the screen means; a theme says how that looks. Colour never speaks alone: a glyph or a
/// word always stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Text that leads the eye: names of what is selected, totals.
    Strong,
    /// Labels and what matters less.
    Dim,
    /// Rules between panels.
    Border,
    /// The title of a panel.
    Title,
    /// The title of the panel that has the keys.
    Focus,
    /// The heads of columns.
    Head,
    /// A key in the footer or in help.
    Key,
    /// The tab of the open page.
    Tab,
    /// Well, where that has to be said.
    Good,
    /// One loss away.
    Warn,
    /// Broken.
    Bad,
    /// The state word and bar of a healthy cluster.
    StateOk,
    /// The same of a degraded one.
    StateDegraded,
    /// The same of a critical one.
    StateCritical,
    /// The same where nothing can be said.
    StateUnknown,
    /// A last good value that is older than it should be.
    Stale,
    /// Not known.
    Unknown,
    /// A line that says that what stands below is old or missing.
    Banner,
    /// The label of a production cluster.
    Production,
    /// The selected row of the panel that has the keys.
    Selected,
    /// The selected row of another panel.
    Resting,
    /// A line of history.
    Trend,
    /// The place where the next typed character goes.
    Cursor,
}

/// Every role with its name in theme files.
const ROLES: [(Role, &str); 24] = [
    (Role::Text, "text"),
    (Role::Strong, "strong"),
    (Role::Dim, "dim"),
    (Role::Border, "border"),
    (Role::Title, "title"),
    (Role::Focus, "focus"),
    (Role::Head, "head"),
    (Role::Key, "key"),
    (Role::Tab, "tab"),
    (Role::Good, "good"),
    (Role::Warn, "warn"),
    (Role::Bad, "bad"),
    (Role::StateOk, "state-ok"),
    (Role::StateDegraded, "state-degraded"),
    (Role::StateCritical, "state-critical"),
    (Role::StateUnknown, "state-unknown"),
    (Role::Stale, "stale"),
    (Role::Unknown, "unknown"),
    (Role::Banner, "banner"),
    (Role::Production, "production"),
    (Role::Selected, "selected"),
    (Role::Resting, "resting"),
    (Role::Trend, "trend"),
    (Role::Cursor, "cursor"),
];

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Depth {
    /// The 16 colours that every terminal has.
    #[default]
    Sixteen,
    /// 24 bits.
    True,
}

impl Depth {
    /// The depth that the environment variable `COLORTERM` promises.
    pub fn promised(colorterm: Option<&str>) -> Self {
        match colorterm {
            Some("truecolor" | "24bit") => Self::True,
            _ => Self::Sixteen,
        }
    }
}

/// The themes that kaftop brings, by name.
const THEMES: [(&str, &str); 3] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// A style for each role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; ROLES.len()],
}

impl Theme {
    /// The names of the themes that kaftop brings.
    pub fn names() -> impl Iterator<Item = &'static str> {
        THEMES.iter().map(|(name, _)| *name)
    }

    /// The theme of that name, `None` where kaftop has none.
    pub fn named(name: &str, depth: Depth) -> Option<Self> {
        let (_, text) = THEMES.iter().find(|(own, _)| *own == name)?;
        Some(Self::parse(text, depth).0)
    }

    /// Reads a theme: a line per role, `bad = { fg = "#f7768e", fg16 = "lightred", bold = true }`. What cannot
    /// be used is left out, and a warning in words says what and why.
    pub fn parse(text: &str, depth: Depth) -> (Self, Vec<String>) {
        let mut theme = Self::default();
        let mut warnings = Vec::new();
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                warnings.push(format!("the theme is no TOML: {}", error.message()));
                return (theme, warnings);
            }
        };
        for (name, value) in &table {
            let slot = ROLES
                .iter()
                .position(|(_, own)| own == name)
                .and_then(|place| theme.styles.get_mut(place));
            match (slot, value.as_table()) {
                (Some(slot), Some(look)) => *slot = style(name, look, depth, &mut warnings),
                (None, _) => warnings.push(format!("{name:?} is no role")),
                (Some(_), None) => warnings.push(format!("{name} is not a look like {{ fg = \"red\" }}")),
            }
        }
        for (_, name) in ROLES {
            if !table.contains_key(name) {
                warnings.push(format!("the role {name} has no look"));
            }
        }
        (theme, warnings)
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        ROLES
            .iter()
            .position(|(own, _)| *own == role)
            .and_then(|place| self.styles.get(place))
            .copied()
            .unwrap_or_default()
    }
}

fn style(role: &str, look: &toml::Table, depth: Depth, warnings: &mut Vec<String>) -> Style {
    let mut style = Style::default();
    let (mut fg, mut bg) = (None, None);
    for (field, value) in look {
        let (text, on) = (value.as_str().unwrap_or_default(), value.as_bool());
        let sixteen = matches!(field.as_str(), "fg16" | "bg16");
        let colour = text.parse::<Color>().ok();
        match (field.as_str(), colour, on) {
            ("fg" | "fg16" | "bg" | "bg16", None, _) => {
                warnings.push(format!("{role}: {field} = {text:?} is no colour"));
            }
            ("fg16", colour, _) if depth == Depth::Sixteen => fg = colour,
            ("bg16", colour, _) if depth == Depth::Sixteen => bg = colour,
            ("fg", colour, _) => fg = fg.or(colour),
            ("bg", colour, _) => bg = bg.or(colour),
            _ if sixteen => {}
            ("bold", _, Some(true)) => style = style.add_modifier(Modifier::BOLD),
            ("faint", _, Some(true)) => style = style.add_modifier(Modifier::DIM),
            ("reverse", _, Some(true)) => style = style.add_modifier(Modifier::REVERSED),
            ("underline", _, Some(true)) => style = style.add_modifier(Modifier::UNDERLINED),
            _ => warnings.push(format!("{role}: {field} is no part of a look")),
        }
    }
    style.fg = fg;
    style.bg = bg;
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_gives_every_role_a_look_without_warnings() {
        for (name, text) in THEMES {
            for depth in [Depth::Sixteen, Depth::True] {
                assert_eq!(Theme::parse(text, depth).1, Vec::<String>::new(), "{name}");
            }
        }
    }

    #[test]
    fn sixteen_colours_are_enough_for_every_theme() {
        for name in Theme::names() {
            let theme = Theme::named(name, Depth::Sixteen).unwrap();
            for style in theme.styles {
                for colour in [style.fg, style.bg].into_iter().flatten() {
                    assert!(
                        !matches!(colour, Color::Rgb(..) | Color::Indexed(_)),
                        "{name}: {colour}"
                    );
                }
            }
        }
    }

    #[test]
    fn mono_has_no_colour_at_all() {
        for depth in [Depth::Sixteen, Depth::True] {
            let mono = Theme::named("mono", depth).unwrap();
            assert!(
                mono.styles
                    .iter()
                    .all(|style| style.fg.is_none() && style.bg.is_none())
            );
        }
    }

    #[test]
    fn what_is_wrong_in_a_theme_is_named() {
        let table = [
            ("bad = { fg = \"rot\" }", "is no colour"),
            ("bad = 3", "is not a look"),
            ("worse = { bold = true }", "is no role"),
            ("bad = { blink = true }", "no part of a look"),
            ("[[[", "no TOML"),
        ];
        for (text, expected) in table {
            let (_, warnings) = Theme::parse(text, Depth::True);
            assert!(warnings[0].contains(expected), "{warnings:?}");
        }
        let (theme, _) = Theme::parse(
            "bad = { fg = \"#ff0000\", fg16 = \"red\", bold = true }",
            Depth::True,
        );
        assert_eq!(
            theme.style(Role::Bad),
            Style::new()
                .fg(Color::Rgb(255, 0, 0))
                .add_modifier(Modifier::BOLD)
        );
    }

    #[test]
    fn truecolour_is_taken_on_promise_only() {
        assert_eq!(Depth::promised(Some("truecolor")), Depth::True);
        assert_eq!(Depth::promised(Some("yes")), Depth::Sixteen);
        assert_eq!(Depth::promised(None), Depth::Sixteen);
    }
}
