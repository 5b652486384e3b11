//! The screen on terminals of every kind: how many colours, which background, which characters, or none of it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

#[expect(dead_code, reason = "other tests use the rest of it")]
mod kit;

use std::cell::RefCell;
use std::time::Duration;

use kit::screen::Screen;
use vt100::Color;

const SOON: Duration = Duration::from_secs(20);

/// The colour of keys in the theme for dark backgrounds, and in the one for light ones.
const KEY_ON_DARK: Color = Color::Rgb(0x8a, 0xb4, 0xf8);
const KEY_ON_LIGHT: Color = Color::Rgb(0x18, 0x58, 0xa8);

const XTERM: (&str, &str) = ("TERM", "xterm-256color");
const TRUE: (&str, &str) = ("COLORTERM", "truecolor");

/// The screen without a cluster, which says how to connect: nothing on it changes by itself.
fn screen(variables: &[(&str, &str)], arguments: &[&str]) -> Screen {
    let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
    Screen::start_in(variables, &arguments)
}

fn opened(variables: &[(&str, &str)], arguments: &[&str]) -> Screen {
    let screen = screen(variables, arguments);
    screen.await_words(SOON, &["kaftop -b", "quit"]).unwrap();
    screen
}

/// The colours of the cells in which something stands: of the text, and under it.
fn colours(screen: &vt100::Screen) -> Vec<(Color, Color)> {
    let (rows, columns) = screen.size();
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let mut colours = Vec::new();
    for (row, column) in places {
        let cell = screen.cell(row, column);
        if let Some(cell) = cell.filter(|cell| !cell.contents().trim().is_empty()) {
            let pair = (cell.fgcolor(), cell.bgcolor());
            if !colours.contains(&pair) {
                colours.push(pair);
            }
        }
    }
    colours
}

/// The colours that are on the screen now.
fn shown(screen: &Screen) -> Vec<(Color, Color)> {
    let found = RefCell::new(Vec::new());
    let look = |screen: &vt100::Screen| {
        *found.borrow_mut() = colours(screen);
        true
    };
    screen.await_screen("colours", SOON, look).unwrap();
    found.into_inner()
}

fn has(screen: &Screen, colour: Color) -> bool {
    shown(screen).iter().any(|(text, _)| *text == colour)
}

fn await_colour(screen: &Screen, colour: Color) {
    let is_there = |screen: &vt100::Screen| colours(screen).iter().any(|(text, _)| *text == colour);
    screen.await_screen("another theme", SOON, is_there).unwrap();
}

fn leave(mut screen: Screen) {
    screen.press("q");
    let (code, left, text) = screen.await_end(SOON);
    assert_eq!((code, left), (0, vec![]), "{text}");
}

#[test]
fn a_dumb_terminal_is_refused_in_words() {
    let mut screen = screen(&[("TERM", "dumb")], &[]);
    let (code, left, text) = screen.await_end(SOON);
    assert_eq!((code, left), (1, vec![]), "{text}");
    assert!(
        text.contains("TERM is \"dumb\"") && text.contains("kaftop check"),
        "{text}"
    );
}

#[test]
fn a_terminal_of_an_unknown_kind_or_of_none_gets_16_colours() {
    for (variables, words) in [
        (&[("TERM", "no-such-terminal")][..], "quit"),
        (&[], "TERM is not set"),
    ] {
        let screen = screen(variables, &[]);
        screen.await_words(SOON, &["kaftop -b", words]).unwrap();
        let plain = |colour: &Color| matches!(colour, Color::Default | Color::Idx(0..16));
        assert!(
            shown(&screen)
                .iter()
                .all(|(text, under)| plain(text) && plain(under)),
            "{variables:?}: {:?}",
            shown(&screen)
        );
        leave(screen);
    }
}

#[test]
fn colours_are_as_many_as_the_terminal_promises() {
    let screen = opened(&[XTERM], &[]);
    assert!(
        shown(&screen)
            .iter()
            .any(|(text, _)| matches!(text, Color::Idx(16..)))
    );
    assert!(
        !shown(&screen)
            .iter()
            .any(|(text, _)| matches!(text, Color::Rgb(..)))
    );
    leave(screen);
    let screen = opened(&[XTERM, TRUE], &[]);
    assert!(has(&screen, KEY_ON_DARK), "{:?}", shown(&screen));
    leave(screen);
    for (variables, arguments) in [
        (&[XTERM, TRUE, ("NO_COLOR", "1")][..], &[][..]),
        (&[XTERM, TRUE], &["--no-color"]),
        (&[XTERM, TRUE], &["--theme", "mono"]),
    ] {
        let screen = opened(variables, arguments);
        assert_eq!(
            shown(&screen),
            [(Color::Default, Color::Default)],
            "{variables:?}"
        );
        leave(screen);
    }
}

#[test]
fn only_ascii_is_drawn_where_the_locale_is_not_one_of_utf_8() {
    for (variables, arguments, ascii) in [
        (&[XTERM, ("LANG", "C")][..], &[][..], true),
        (&[XTERM, ("LANG", "C.UTF-8")], &[], false),
        (&[XTERM], &[], false),
        (
            &[XTERM, ("LC_ALL", "en_US.ISO-8859-1"), ("LANG", "C.UTF-8")],
            &[],
            true,
        ),
        (&[XTERM, ("LANG", "C")], &["--unicode"], false),
        (&[XTERM, ("LANG", "C.UTF-8")], &["--ascii"], true),
    ] {
        let mut screen = opened(variables, arguments);
        screen.press("?");
        screen.await_words(SOON, &["Help"]).unwrap();
        let text = screen.text();
        assert_eq!(text.is_ascii(), ascii, "{variables:?} {arguments:?}: {text}");
        leave(screen);
    }
}

#[test]
fn the_background_chooses_the_theme_and_the_answer_costs_no_key() {
    let mut screen = opened(&[XTERM, TRUE], &[]);
    assert!(has(&screen, KEY_ON_DARK));
    // The terminal's answer, late, and between two keys.
    screen.press("?\x1b]11;rgb:fdfd/f6f6/e3e3\x07");
    screen.await_words(SOON, &["Help"]).unwrap();
    await_colour(&screen, KEY_ON_LIGHT);
    screen.press("\x1b");
    screen
        .await_text("no help", SOON, |text| !text.contains("Help"))
        .unwrap();
    leave(screen);
    // A dark one, cut in two by a slow line; no letter of it is taken for a key.
    let mut screen = opened(&[XTERM, TRUE, ("COLORFGBG", "0;15")], &[]);
    assert!(has(&screen, KEY_ON_LIGHT));
    screen.press("\x1b]11;rgb:1e1e/");
    screen.press("1e1e/2e2e\x1b\\?");
    screen.await_words(SOON, &["Help"]).unwrap();
    await_colour(&screen, KEY_ON_DARK);
    leave(screen);
}

#[test]
fn a_theme_by_name_is_not_changed_by_the_background_but_by_a_key() {
    let mut screen = opened(&[XTERM, TRUE, ("KAFTOP_THEME", "dark")], &[]);
    screen.press("t");
    screen.await_words(SOON, &["Theme light."]).unwrap();
    // Any key takes the word away, and the keys are there again.
    screen.press("j");
    await_colour(&screen, KEY_ON_LIGHT);
    screen.press("t");
    let white = (Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0));
    screen
        .await_screen("high contrast", SOON, |screen| colours(screen).contains(&white))
        .unwrap();
    leave(screen);
}

#[test]
fn a_theme_or_keymap_that_cannot_be_used_does_not_keep_the_screen_from_opening() {
    let mut screen = screen(&[XTERM, TRUE], &["--theme", "drak", "--keymap", "vmi"]);
    let words = [
        "theme of flag --theme: there is no theme \"drak\"; the nearest valid name is \"dark\"; drawn with dark",
        "kaftop -b",
    ];
    screen.await_words(SOON, &words).unwrap();
    // Any key takes the notice away.
    screen.press("j");
    screen.await_words(SOON, &["quit"]).unwrap();
    assert!(has(&screen, KEY_ON_DARK));
    leave(screen);
}

#[test]
fn keys_of_vim_work_with_the_keymap_of_that_name() {
    let mut screen = opened(&[XTERM], &["--keymap", "vim"]);
    screen.press("?");
    screen.await_words(SOON, &["Help", "g g"]).unwrap();
    screen.press("G");
    screen
        .await_text("the end of help", SOON, |text| !text.contains("Everywhere"))
        .unwrap();
    screen.press("gg");
    screen.await_words(SOON, &["Everywhere"]).unwrap();
    screen.press("ZZ");
    let (code, left, text) = screen.await_end(SOON);
    assert_eq!((code, left), (0, vec![]), "{text}");
}
