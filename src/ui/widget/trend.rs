//! A line of small bars for a history.

use crate::ui::canvas::Strip;
use crate::ui::glyph::Glyphs;
use crate::ui::theme::Role;

/// The newest `room` values as bars, the highest of them full; zero is the lowest bar.
pub fn bars(values: &[u32], room: usize, glyphs: &Glyphs) -> Strip {
    let shown = values
        .get(values.len().saturating_sub(room)..)
        .unwrap_or_default();
    let top = shown.iter().copied().max().unwrap_or(0).max(1);
    let mut text = String::new();
    for value in shown {
        let steps = glyphs.levels.len() - 1;
        let level = if *value == 0 {
            0
        } else {
            (*value as usize * steps).div_ceil(top as usize).max(1)
        };
        text.push_str(glyphs.levels.get(level).copied().unwrap_or_default());
    }
    let calm = shown.iter().all(|value| *value == 0);
    Strip::of(text, if calm { Role::Dim } else { Role::Trend })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_value_is_full_and_zero_is_lowest() {
        let table: [(&[u32], usize, &str); 5] = [
            (&[0, 0, 54, 0], 8, "▁▁█▁"),
            (&[9, 0, 1, 2], 3, "▁▅█"),
            (&[0, 0], 4, "▁▁"),
            (&[], 4, ""),
            (&[1, 100], 4, "▂█"),
        ];
        for (values, room, expected) in table {
            assert_eq!(bars(values, room, &Glyphs::UNICODE).plain(), expected);
        }
    }
}
