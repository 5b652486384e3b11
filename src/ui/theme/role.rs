//! Roles: what a piece of the screen means.

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
    /// What lies under all of it: a background where the theme does not take that of the terminal.
    Screen,
}

/// Every role with its name in theme files, in the order of the declaration.
pub(super) const ROLES: [(Role, &str); 25] = [
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
    (Role::Screen, "screen"),
];

impl Role {
    /// The name in theme files.
    pub fn name(self) -> &'static str {
        ROLES.get(self as usize).map_or("", |(_, name)| *name)
    }

    /// Every role.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES.iter().map(|(role, _)| *role)
    }

    /// Whether text is written in it, so that it has to be readable. Rules and what lies under text are not read.
    pub fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Border | Self::Selected | Self::Resting | Self::Cursor | Self::Screen
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_stands_at_its_own_place() {
        for (place, (role, name)) in ROLES.iter().enumerate() {
            assert_eq!((*role as usize, role.name()), (place, *name));
        }
    }
}
