//! Themes: a style for each role. What a piece of the screen means is its [`Role`]; a theme says how that looks.
//!
//! A theme is a file, built in or the user's. It has a palette, a look for each role, and may build on another one.
//! Colour never speaks alone: a glyph or a word always stands beside it.

pub mod contrast;
mod depth;
mod file;
mod role;
mod sample;
mod themes;

#[cfg(test)]
mod tests;

use ratatui::style::Style;

pub use depth::{Depth, rgb};
pub use file::ThemeFile;
pub use role::Role;
pub use sample::sample;
pub use themes::{LoadedTheme, Themes};

/// A style for each role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; role::ROLES.len()],
}

impl Theme {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    fn dress(&mut self, role: Role, style: Style) {
        if let Some(slot) = self.styles.get_mut(role as usize) {
            *slot = style;
        }
    }
}
