//! How a theme looks, on one line of text with the codes that colour it.

use ratatui::style::{Color, Modifier, Style};

use super::depth::{Depth, number};
use super::role::Role;
use super::themes::LoadedTheme;
use crate::ui::background::Ground;

/// What is shown, with the roles: those that tell the state of a cluster first.
const WORDS: [(&str, Role); 15] = [
    ("HEALTHY", Role::StateOk),
    ("DEGRADED", Role::StateDegraded),
    ("CRITICAL", Role::StateCritical),
    ("UNKNOWN", Role::StateUnknown),
    ("text", Role::Text),
    ("strong", Role::Strong),
    ("dim", Role::Dim),
    ("key", Role::Key),
    ("good", Role::Good),
    ("warn", Role::Warn),
    ("bad", Role::Bad),
    ("stale", Role::Stale),
    ("trend", Role::Trend),
    ("banner", Role::Banner),
    ("selected", Role::Selected),
];

/// The line, on a background like the one that the theme is made for: the terminal's own may be the other kind.
pub fn sample(loaded: &LoadedTheme, depth: Depth) -> String {
    let theme = &loaded.theme;
    let mut screen = theme.style(Role::Screen);
    if let (None, Some(background)) = (screen.bg, loaded.background) {
        let text = match Ground::of(background) {
            Some(Ground::Light) => Color::Black,
            _ => Color::White,
        };
        screen = screen.bg(depth.fit(background)).fg(text);
    }
    let words = WORDS.iter().map(|(word, role)| {
        let style = screen.patch(theme.style(*role));
        format!("{}{word}\x1b[0m{} ", codes(style), codes(screen))
    });
    format!("{}{}\x1b[0m", codes(screen), words.collect::<String>())
}

/// The codes that switch a style on.
fn codes(style: Style) -> String {
    let weights = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ];
    let mut codes: Vec<String> = weights
        .iter()
        .filter(|(modifier, _)| style.add_modifier.contains(*modifier))
        .map(|(_, code)| (*code).to_owned())
        .collect();
    codes.extend(style.fg.map(|colour| code(colour, 30)));
    codes.extend(style.bg.map(|colour| code(colour, 40)));
    if codes.is_empty() {
        String::new()
    } else {
        format!("\x1b[{}m", codes.join(";"))
    }
}

/// The code of a colour; `base` is 30 for the text and 40 for what lies under it.
fn code(colour: Color, base: u8) -> String {
    match (colour, number(colour)) {
        (Color::Rgb(r, g, b), _) => format!("{};2;{r};{g};{b}", base + 8),
        (Color::Indexed(index), _) => format!("{};5;{index}", base + 8),
        (_, Some(number @ 0..8)) => (base + number).to_string(),
        (_, Some(number)) => (base + 60 + number - 8).to_string(),
        _ => (base + 9).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Themes;
    use super::*;

    #[test]
    fn a_sample_is_coloured_for_the_depth_and_leaves_nothing_behind() {
        let shown = |name: &str, depth| sample(&Themes::default().theme(name, depth).unwrap(), depth);
        assert!(shown("dark", Depth::True).contains("\x1b[1;38;2;255;128;128;48;2;40;44;52mCRITICAL\x1b[0m"));
        assert!(shown("dark", Depth::Sixteen).contains("\x1b[1;91;40mCRITICAL\x1b[0m"));
        assert!(shown("dark", Depth::Indexed).contains("\x1b[1;38;5;"));
        assert!(shown("mono", Depth::True).starts_with("\x1b[1mHEALTHY\x1b[0m "));
        let contrast = shown("high-contrast", Depth::Sixteen);
        assert!(
            contrast.contains("\x1b[97;40mtext\x1b[0m\x1b[97;40m "),
            "{contrast:?}"
        );
        assert!(contrast.ends_with("\x1b[0m"));
    }
}
