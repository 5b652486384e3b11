//! How well text can be read: the contrast of WCAG 2.

use ratatui::style::Color;

use super::depth::rgb;

/// The contrast ratio of two colours, from 1 to 21; none where one of them is the terminal's own.
pub fn contrast(one: Color, other: Color) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// How much light a colour gives, from 0 for black to 1 for white.
pub fn luminance(colour: Color) -> Option<f64> {
    let (r, g, b) = rgb(colour)?;
    Some(0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b))
}

/// Light is not proportional to the value of a part of a colour (sRGB).
pub(super) fn linear(part: u8) -> f64 {
    let part = f64::from(part) / 255.0;
    if part <= 0.04045 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_specification() {
        let grey = Color::Rgb(0x76, 0x76, 0x76);
        let table = [
            (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255), 21.0),
            (Color::Rgb(255, 255, 255), Color::Rgb(255, 255, 255), 1.0),
            (grey, Color::Rgb(255, 255, 255), 4.54),
            (Color::Rgb(255, 0, 0), Color::Rgb(255, 255, 255), 4.0),
        ];
        for (one, other, expected) in table {
            let found = contrast(one, other).unwrap();
            assert!((found - expected).abs() < 0.01, "{one} {other}: {found}");
        }
        assert_eq!(contrast(Color::Reset, grey), None);
    }
}
