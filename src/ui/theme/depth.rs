//! How many colours the terminal has, and the nearest one that it has.

use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Depth {
    /// The 16 colours that every terminal has.
    #[default]
    Sixteen,
    /// 256 colours.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// The depth that the environment variables `COLORTERM` and `TERM` promise.
    pub fn promised(colorterm: Option<&str>, term: Option<&str>) -> Self {
        let colorterm = colorterm.unwrap_or_default().to_ascii_lowercase();
        let term = term.unwrap_or_default().to_ascii_lowercase();
        if colorterm.contains("truecolor") || colorterm.contains("24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }

    /// The nearest colour that a terminal of this depth has.
    pub fn fit(self, colour: Color) -> Color {
        match (self, rgb(colour)) {
            (Self::Indexed, Some(rgb)) if matches!(colour, Color::Rgb(..)) => {
                nearest(rgb, (16..=255).map(Color::Indexed))
            }
            (Self::Sixteen, Some(rgb)) if matches!(colour, Color::Rgb(..) | Color::Indexed(16..)) => {
                nearest(rgb, NAMED.iter().map(|(colour, _)| *colour))
            }
            (Self::Sixteen, _) => match colour {
                Color::Indexed(index) => NAMED.get(usize::from(index)).map_or(colour, |(named, _)| *named),
                other => other,
            },
            _ => colour,
        }
    }
}

/// The 16 colours by number, with the values that xterm gives them; each terminal has its own.
const NAMED: [(Color, (u8, u8, u8)); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 0, 0)),
    (Color::Green, (0, 205, 0)),
    (Color::Yellow, (205, 205, 0)),
    (Color::Blue, (0, 0, 238)),
    (Color::Magenta, (205, 0, 205)),
    (Color::Cyan, (0, 205, 205)),
    (Color::Gray, (229, 229, 229)),
    (Color::DarkGray, (127, 127, 127)),
    (Color::LightRed, (255, 0, 0)),
    (Color::LightGreen, (0, 255, 0)),
    (Color::LightYellow, (255, 255, 0)),
    (Color::LightBlue, (92, 92, 255)),
    (Color::LightMagenta, (255, 0, 255)),
    (Color::LightCyan, (0, 255, 255)),
    (Color::White, (255, 255, 255)),
];

/// The names of the 16 colours in theme files.
pub(super) const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
];

/// The steps of each part of the 216 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Red, green and blue; none for the terminal's own colour.
pub fn rgb(colour: Color) -> Option<(u8, u8, u8)> {
    match colour {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index @ 232..) => {
            let level = 8 + 10 * (index - 232);
            Some((level, level, level))
        }
        Color::Indexed(index @ 16..) => {
            let cube = index - 16;
            let step = |place: u8| STEPS.get(usize::from(place % 6)).copied().unwrap_or_default();
            Some((step(cube / 36), step(cube / 6), step(cube)))
        }
        Color::Indexed(index) => NAMED.get(usize::from(index)).map(|(_, rgb)| *rgb),
        named => NAMED
            .iter()
            .find(|(colour, _)| *colour == named)
            .map(|(_, rgb)| *rgb),
    }
}

/// The number of one of the 16 colours.
pub(super) fn number(colour: Color) -> Option<u8> {
    let place = NAMED.iter().position(|(named, _)| *named == colour)?;
    u8::try_from(place).ok()
}

/// The candidate that looks most like the colour.
fn nearest(wanted: (u8, u8, u8), candidates: impl Iterator<Item = Color>) -> Color {
    // "Redmean": a distance that weighs red, green and blue as eyes do, without leaving whole numbers.
    let distance = |(r, g, b): (u8, u8, u8)| {
        let part = |a: u8, b: u8| i64::from(a) - i64::from(b);
        let red = i64::midpoint(i64::from(r), i64::from(wanted.0));
        let (dr, dg, db) = (part(r, wanted.0), part(g, wanted.1), part(b, wanted.2));
        (512 + red) * dr * dr + 1024 * dg * dg + (767 - red) * db * db
    };
    candidates
        .filter_map(|colour| Some((distance(rgb(colour)?), colour)))
        .min_by_key(|(distance, _)| *distance)
        .map_or(Color::Reset, |(_, colour)| colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_depth_is_taken_on_promise_only() {
        let table = [
            (Some("truecolor"), Some("xterm"), Depth::True),
            (Some("24bit"), None, Depth::True),
            (None, Some("xterm-direct"), Depth::True),
            (Some("yes"), Some("xterm-256color"), Depth::Indexed),
            (None, Some("tmux-256color"), Depth::Indexed),
            (Some("yes"), Some("xterm"), Depth::Sixteen),
            (None, None, Depth::Sixteen),
        ];
        for (colorterm, term, expected) in table {
            assert_eq!(
                Depth::promised(colorterm, term),
                expected,
                "{colorterm:?} {term:?}"
            );
        }
    }

    #[test]
    fn a_colour_that_the_terminal_lacks_becomes_the_nearest_one() {
        let table = [
            (Depth::True, Color::Rgb(1, 2, 3), Color::Rgb(1, 2, 3)),
            (Depth::Indexed, Color::Rgb(255, 0, 0), Color::Indexed(196)),
            (Depth::Indexed, Color::Rgb(8, 8, 9), Color::Indexed(232)),
            (Depth::Indexed, Color::Rgb(0x87, 0xaf, 0xd7), Color::Indexed(110)),
            (Depth::Indexed, Color::LightRed, Color::LightRed),
            (Depth::Sixteen, Color::Rgb(250, 10, 10), Color::LightRed),
            (Depth::Sixteen, Color::Rgb(20, 20, 30), Color::Black),
            (Depth::Sixteen, Color::Indexed(231), Color::White),
            (Depth::Sixteen, Color::Indexed(9), Color::LightRed),
            (Depth::Sixteen, Color::Reset, Color::Reset),
        ];
        for (depth, colour, expected) in table {
            assert_eq!(depth.fit(colour), expected, "{depth:?} {colour:?}");
        }
        for index in 16..=255 {
            let (r, g, b) = rgb(Color::Indexed(index)).unwrap();
            let fitted = Depth::Indexed.fit(Color::Rgb(r, g, b));
            assert_eq!(rgb(fitted), Some((r, g, b)), "{index}");
        }
        for ((colour, _), name) in NAMED.into_iter().zip(NAMES) {
            assert_eq!(name.parse(), Ok(colour), "{name}");
        }
    }
}
