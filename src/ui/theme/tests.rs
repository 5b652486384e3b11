//! The themes that kaftop brings: complete, readable, and told apart by every eye.

use ratatui::style::{Color, Modifier, Style};

use super::contrast::{contrast, linear};
use super::*;
use crate::config::UserFile;

const DEPTHS: [Depth; 3] = [Depth::Sixteen, Depth::Indexed, Depth::True];

fn load(files: &[(&str, &str)], name: &str, depth: Depth) -> LoadedTheme {
    let files: Vec<UserFile> = files
        .iter()
        .map(|(name, text)| UserFile {
            name: (*name).to_owned(),
            path: format!("{name}.toml"),
            text: Ok((*text).to_owned()),
        })
        .collect();
    Themes::load(&files).theme(name, depth).unwrap()
}

fn built_in(name: &str, depth: Depth) -> LoadedTheme {
    load(&[], name, depth)
}

fn names() -> Vec<String> {
    Themes::default()
        .shelf()
        .names()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_theme_gives_every_role_a_look_without_a_word() {
    for name in names() {
        for depth in DEPTHS {
            let loaded = built_in(&name, depth);
            assert_eq!(loaded.problems, Vec::<String>::new(), "{name}");
            assert!(loaded.usable, "{name}");
        }
    }
}

#[test]
fn no_theme_uses_colours_that_the_terminal_lacks() {
    for name in names() {
        for depth in DEPTHS {
            for style in built_in(&name, depth).theme.styles {
                for colour in [style.fg, style.bg].into_iter().flatten() {
                    assert!(
                        depth == Depth::True
                            || !matches!(colour, Color::Rgb(..))
                                && (depth == Depth::Indexed || !matches!(colour, Color::Indexed(_))),
                        "{name}: {colour}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_text_can_be_read_also_in_a_selected_row_and_with_256_colours() {
    let least = |name: &str| match name {
        "high-contrast" => 7.0,
        _ => 4.5,
    };
    for name in names().into_iter().filter(|name| name != "mono") {
        // The 256 colours are coarse: they may lose some of it, and still have to be read.
        for (depth, slack) in [(Depth::True, 1.0), (Depth::Indexed, 0.9)] {
            let loaded = built_in(&name, depth);
            let terminal = loaded.background.unwrap();
            let mut unreadable = Vec::new();
            for role in Role::all().filter(|role| role.is_text()) {
                let own = loaded.theme.style(role);
                let Some(fg) = own.fg else { continue };
                let under = [Role::Selected, Role::Resting].map(|row| loaded.theme.style(row).bg);
                let grounds = match own.bg {
                    Some(bg) => vec![bg],
                    None => under.into_iter().flatten().chain([terminal]).collect(),
                };
                for ground in grounds {
                    let found = contrast(fg, ground).unwrap();
                    if found < least(&name) * slack {
                        unreadable.push(format!(
                            "{name} {depth:?} {}: {found:.2} on {ground}",
                            role.name()
                        ));
                    }
                }
            }
            assert!(unreadable.is_empty(), "{unreadable:#?}");
        }
    }
}

#[test]
fn rows_that_are_selected_stand_out_from_the_background() {
    for name in names() {
        let theme = built_in(&name, Depth::True).theme;
        let (selected, resting) = (theme.style(Role::Selected), theme.style(Role::Resting));
        assert_ne!(selected, resting, "{name}");
        assert!(
            selected.bg.is_some() || selected.add_modifier.contains(Modifier::REVERSED),
            "{name}"
        );
    }
}

#[test]
fn mono_has_no_colour_at_all() {
    for depth in DEPTHS {
        let mono = built_in("mono", depth).theme;
        assert!(
            mono.styles
                .iter()
                .all(|style| style.fg.is_none() && style.bg.is_none())
        );
    }
}

/// How a colour looks to who lacks the red (protan) or the green (deutan) cones, in the linear light of sRGB, after
/// Viénot, Brettel and Mollon (1999).
fn seen(colour: Color, protan: bool) -> [f64; 3] {
    let (r, g, b) = rgb(colour).unwrap();
    let [r, g, b] = [r, g, b].map(linear);
    if protan {
        let yellow = 0.112_38 * r + 0.887_62 * g;
        [yellow, yellow, 0.004_01 * (r - g) + b]
    } else {
        let yellow = 0.292_75 * r + 0.707_25 * g;
        [yellow, yellow, -0.022_34 * (r - g) + b]
    }
}

/// The distance of two colours of linear light, in CIE L*a*b*.
fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    /// From the linear light of sRGB to CIE XYZ, with the white of each row.
    const ROWS: [([f64; 3], f64); 3] = [
        ([0.4124, 0.3576, 0.1805], 0.950_5),
        ([0.2126, 0.7152, 0.0722], 1.0),
        ([0.0193, 0.1192, 0.9505], 1.089),
    ];
    let lab = |light: [f64; 3]| {
        let [x, y, z] = ROWS.map(|(row, white)| {
            let part: f64 = row.iter().zip(light).map(|(share, part)| share * part).sum();
            let part = part / white;
            if part > 0.008_856 {
                part.cbrt()
            } else {
                7.787 * part + 16.0 / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    let (one, other) = (lab(one), lab(other));
    let squares = one.iter().zip(other).map(|(own, their)| (own - their).powi(2));
    squares.sum::<f64>().sqrt()
}

#[test]
fn who_is_colour_blind_tells_well_from_warning_from_broken() {
    let closest = |name: &str| {
        let theme = built_in(name, Depth::True).theme;
        let colours = [Role::Good, Role::Warn, Role::Bad].map(|role| theme.style(role).fg.unwrap());
        let mut least = f64::INFINITY;
        for protan in [true, false] {
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                least = least.min(distance(seen(colours[one], protan), seen(colours[other], protan)));
            }
        }
        least
    };
    assert!(
        closest("colour-blind-safe") > 25.0,
        "{}",
        closest("colour-blind-safe")
    );
    let light = closest("colour-blind-safe-light");
    assert!(light > 15.0, "{light}");
    // That the test can fail: green and red of the ordinary themes are nearly one.
    assert!(closest("light") < 15.0, "{}", closest("light"));
}

#[test]
fn a_palette_alone_makes_a_theme_out_of_another() {
    let files = [
        ("mine", "inherits = \"dark\"\n[palette]\nred = \"#ff0000\""),
        (
            "dark",
            "inherits = \"dark\"\n[roles]\nbad = { fg = \"red\", underline = true }",
        ),
    ];
    let theme = load(&files, "mine", Depth::True).theme;
    assert_eq!(
        theme.style(Role::Bad),
        Style::new().fg(Color::Rgb(255, 0, 0)).underlined()
    );
    let dark = built_in("dark", Depth::True).theme;
    assert_eq!(theme.style(Role::Good), dark.style(Role::Good));
    // The palette of the child has no stand-in for 16 colours: the nearest one is taken.
    let sixteen = load(&files, "mine", Depth::Sixteen).theme;
    assert_eq!(sixteen.style(Role::Bad).fg, Some(Color::LightRed));
}

#[test]
fn a_look_can_say_what_stands_in_where_there_are_16_colours() {
    let text = "inherits = \"mono\"\n[roles]\nbad = { fg = \"#102030\", fg16 = \"cyan\", bg16 = \"blue\" }";
    let bad = |depth| load(&[("mine", text)], "mine", depth).theme.style(Role::Bad);
    assert_eq!(bad(Depth::Sixteen), Style::new().fg(Color::Cyan).bg(Color::Blue));
    assert_eq!(
        bad(Depth::True),
        Style::new().fg(Color::Rgb(0x10, 0x20, 0x30)).bg(Color::Blue)
    );
}

#[test]
fn a_theme_that_is_not_there_is_said_with_the_nearest_name() {
    let said = |name: &str| Themes::default().theme(name, Depth::True).unwrap_err();
    assert_eq!(
        said("drak"),
        "there is no theme \"drak\"; the nearest valid name is \"dark\""
    );
    assert!(said("zzz").contains("\"auto\""), "{}", said("zzz"));
}
