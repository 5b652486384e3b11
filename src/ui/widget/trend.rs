//! A line of small bars for a history: a gap is drawn as a gap, and every bar stands on zero.

use crate::model::history::{Fold, History, Series};
use crate::model::time::Span;
use crate::ui::canvas::Strip;
use crate::ui::glyph::{Glyphs, Graphs};
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;

/// The window of every trend on every page: what stands one over the other happened at the same time.
pub const WINDOW: Span = Span::seconds(300);

/// The window in words, for heads.
pub const WINDOW_WORDS: &str = "5m";

/// How many bars a trend has on a page of that width: a number that divides the steps of the window.
pub fn bars_for(width: u16) -> usize {
    match width {
        ..=119 => 15,
        120..=179 => 20,
        _ => 30,
    }
}

/// How many cells so many bars take.
pub fn cells(bars: usize, glyphs: &Glyphs) -> u16 {
    let cells = match glyphs.graphs {
        Graphs::Braille => bars.div_ceil(2),
        Graphs::Block | Graphs::Ascii => bars,
    };
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// The highest value of several series over the window, for a scale that they share.
pub fn top<'a>(
    history: &History,
    all: impl Iterator<Item = &'a Series>,
    bars: usize,
    fold: Fold,
) -> Option<f32> {
    let values = all.flat_map(|series| history.columns(series, WINDOW, bars, fold));
    values.flatten().max_by(f32::total_cmp)
}

/// The window of a series; `top` is the value of a full bar, its own highest where none is given.
pub fn line(
    history: &History,
    series: Option<&Series>,
    bars: usize,
    fold: Fold,
    top: Option<f32>,
    glyphs: &Glyphs,
) -> Strip {
    let values = match series {
        Some(series) => history.columns(series, WINDOW, bars, fold),
        None => vec![None; bars],
    };
    drawn(&values, top, glyphs)
}

/// Draws values as bars.
pub fn drawn(values: &[Option<f32>], top: Option<f32>, glyphs: &Glyphs) -> Strip {
    let own = || values.iter().flatten().copied().max_by(f32::total_cmp);
    let top = top.or_else(own).unwrap_or(0.0);
    let calm = values.iter().flatten().all(|value| *value <= 0.0);
    let role = if calm { Role::Dim } else { Role::Trend };
    let text: String = match glyphs.graphs {
        Graphs::Braille => values
            .chunks(2)
            .map(|pair| {
                let level = |place: usize| {
                    let value = pair.get(place).copied().flatten();
                    value.map_or(0, |value| 1 + level(value, top, 4))
                };
                braille(level(0), level(1))
            })
            .collect(),
        Graphs::Block | Graphs::Ascii => values
            .iter()
            .map(|value| match value {
                Some(value) => {
                    let level = level(*value, top, glyphs.levels.len());
                    glyphs.levels.get(level).copied().unwrap_or(" ")
                }
                None => " ",
            })
            .collect(),
    };
    Strip::of(text, role)
}

/// Trends of the rows of one column, on one scale so that rows can be compared.
pub struct Shared<'a> {
    history: &'a History,
    glyphs: &'a Glyphs,
    bars: usize,
    fold: Fold,
    top: Option<f32>,
}

impl<'a> Shared<'a> {
    /// Trends for a table of that width; `all` are the series of every row there is.
    pub fn of(scene: &'a Scene, width: u16, fold: Fold, all: impl Iterator<Item = &'a Series>) -> Self {
        let history = &*scene.snapshot().history;
        let bars = bars_for(width);
        Self {
            history,
            glyphs: &scene.glyphs,
            bars,
            fold,
            top: top(history, all, bars, fold),
        }
    }

    /// The head of the column: the window, and what a full bar stands for.
    pub fn head(&self, what: &str) -> String {
        match self.top.filter(|top| *top > 0.0) {
            Some(top) => format!("{what} {WINDOW_WORDS}, top {}", text::rate(f64::from(top))),
            None => format!("{what} {WINDOW_WORDS}"),
        }
    }

    /// The cells that a trend takes.
    pub fn cells(&self) -> u16 {
        cells(self.bars, self.glyphs)
    }

    /// The trend of a row.
    pub fn line(&self, series: Option<&Series>) -> Strip {
        line(self.history, series, self.bars, self.fold, self.top, self.glyphs)
    }
}

/// ISR shrinks in the last minute.
pub fn shrinks_per_minute(series: Option<&Series>) -> Strip {
    match series.and_then(|series| series.sum(Span::seconds(60))) {
        None => crate::ui::scene::unknown(),
        Some(0.0) => Strip::of("0", Role::Dim),
        Some(sum) => Strip::of(text::rate(f64::from(sum)), Role::Warn),
    }
}

/// Which of `levels` bars a value is: zero is the lowest, and nothing but zero, as far as there are enough of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share between nothing and all of a few levels"
)]
fn level(value: f32, top: f32, levels: usize) -> usize {
    let last = levels.saturating_sub(1);
    if value <= 0.0 || top <= 0.0 || value.is_nan() {
        return 0;
    }
    let share = (value / top).clamp(0.0, 1.0);
    ((share * last as f32).ceil() as usize).clamp(1, last)
}

/// Two columns of up to four dots; none at all is a gap.
fn braille(left: usize, right: usize) -> char {
    const LEFT: [u32; 5] = [0, 0x40, 0x44, 0x46, 0x47];
    const RIGHT: [u32; 5] = [0, 0x80, 0xa0, 0xb0, 0xb8];
    let dots = |of: [u32; 5], level: usize| of.get(level).copied().unwrap_or(0);
    let bits = dots(LEFT, left) | dots(RIGHT, right);
    if bits == 0 {
        return ' ';
    }
    char::from_u32(0x2800 + bits).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values, the value of a full bar, and how they look in blocks, in braille, and in ASCII.
    type Case<'a> = (&'a [Option<f32>], Option<f32>, [&'a str; 3]);

    #[test]
    fn the_highest_value_is_full_zero_is_lowest_and_a_gap_is_a_gap() {
        let gap = None;
        let table: [Case<'_>; 5] = [
            (&[Some(0.0), Some(54.0), Some(0.0)], None, ["▁█▁", "⣸⡀", "_#_"]),
            (
                &[Some(9.0), gap, Some(1.0), Some(2.0)],
                None,
                ["█ ▂▃", "⡇⣤", "# _."],
            ),
            (&[Some(0.0), Some(0.0)], None, ["▁▁", "⣀", "__"]),
            (&[gap, gap], None, ["  ", " ", "  "]),
            (&[Some(50.0), Some(300.0)], Some(100.0), ["▅█", "⣾", "-#"]),
        ];
        for (values, top, [block, braille, ascii]) in table {
            let with = |graphs, glyphs: Glyphs| drawn(values, top, &Glyphs { graphs, ..glyphs }).plain();
            assert_eq!(with(Graphs::Block, Glyphs::UNICODE), block, "{values:?}");
            assert_eq!(with(Graphs::Ascii, Glyphs::ASCII), ascii, "{values:?}");
            assert_eq!(with(Graphs::Braille, Glyphs::UNICODE), braille, "{values:?}");
        }
    }

    #[test]
    fn the_bars_of_every_width_stand_for_whole_steps() {
        let steps = WINDOW.0 / crate::model::history::STEP.0;
        for width in 0..300 {
            assert_eq!(steps % bars_for(width) as u64, 0, "{width}");
        }
    }
}
