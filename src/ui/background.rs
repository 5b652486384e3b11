//! Whether the terminal's background is dark or light: the terminal is asked, and its answer comes as if it were typed.
//!
//! The answer is taken out of what the keyboard says, whenever it comes: nothing waits for it, no key before or after it is
//! lost, and a late one is not taken for keys. A terminal that does not know the question says nothing, and the hint of
//! `COLORFGBG` or a dark background is taken for true.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::style::Color;

use super::theme::contrast::luminance;

/// The question: which colour is the background (OSC 11)?
pub const QUESTION: &str = "\x1b]11;?\x07";

/// The longest answer, in characters after its first one.
const LONGEST: usize = 40;

/// Between this and lighter backgrounds dark text can be read better than light text.
const LIGHT: f64 = 0.18;

/// The kind of background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ground {
    /// Light text on it can be read best.
    #[default]
    Dark,
    /// Dark text on it can be read best.
    Light,
}

impl Ground {
    /// What the environment variable `COLORFGBG` hints at: its last part is the number of the background's colour.
    pub fn hinted(colorfgbg: Option<&str>) -> Self {
        match colorfgbg.and_then(|value| value.rsplit(';').next()) {
            Some("7" | "9" | "10" | "11" | "12" | "13" | "14" | "15") => Self::Light,
            _ => Self::Dark,
        }
    }

    /// Whether a terminal of this kind (`TERM`) can be asked. The others print the question, or mix up the answer.
    pub fn can_be_asked(term: Option<&str>) -> bool {
        let mute = ["", "dumb", "linux", "screen", "Eterm", "cygwin"];
        let term = term.unwrap_or_default();
        !mute.contains(&term) && !term.starts_with("screen.") && !term.starts_with("vt")
    }

    /// The theme that suits it.
    pub fn theme(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// What an answer says, without its beginning and its end: `rgb:ffff/ffff/ffff`, `rgba:`, or `#ffffff`.
    fn told(answer: &str) -> Option<Self> {
        let parts: Vec<&str> = match answer.split_once(':') {
            Some(("rgb" | "rgba", parts)) => parts.split('/').collect(),
            Some(_) => return None,
            None => {
                let hex = answer.strip_prefix('#')?;
                let size = hex.len() / 3;
                (0..3)
                    .filter_map(|part| hex.get(part * size..(part + 1) * size))
                    .collect()
            }
        };
        let &[r, g, b, ..] = parts.as_slice() else {
            return None;
        };
        let colour = Color::Rgb(part(r)?, part(g)?, part(b)?);
        Self::of(colour)
    }

    /// The kind of a background of this colour; none where it is the terminal's own.
    pub fn of(colour: Color) -> Option<Self> {
        let light = luminance(colour)? > LIGHT;
        Some(if light { Self::Light } else { Self::Dark })
    }
}

/// One to four hexadecimal digits, as eight bits.
fn part(text: &str) -> Option<u8> {
    let most = [15, 255, 4_095, 65_535_u32].get(text.len().checked_sub(1)?)?;
    let value = u32::from_str_radix(text, 16).ok()?;
    u8::try_from(value * 255 / most).ok()
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It may belong to an answer: more has to come.
    Waiting,
    /// These are no answer: they are what they are.
    Events(Vec<Event>),
    /// An answer came to its end; none where it made no sense.
    Answer(Option<Ground>),
}

/// Listens for an answer among the events of the keyboard.
#[derive(Debug, Default)]
pub struct Listener {
    held: Vec<Event>,
    text: String,
    /// An answer just came to its end by Escape: one backslash after it belongs to it.
    ending: bool,
    /// The last event was Escape, which a slow line may cut off from the bracket after it.
    escaped: bool,
}

impl Listener {
    /// Whether something is held that more has to follow.
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// What was held, where no more followed.
    pub fn give_up(&mut self) -> Vec<Event> {
        self.text.clear();
        std::mem::take(&mut self.held)
    }

    /// Takes an event.
    pub fn hear(&mut self, event: Event) -> Heard {
        let ending = std::mem::take(&mut self.ending);
        let escaped = std::mem::take(&mut self.escaped);
        let Some((code, modifiers)) = pressed(&event) else {
            let mut events = self.give_up();
            events.push(event);
            return Heard::Events(events);
        };
        let alt = modifiers.contains(KeyModifiers::ALT);
        if !self.is_waiting() {
            return match code {
                // Escape and a bracket are how the terminal begins, and how Alt with a bracket looks.
                KeyCode::Char(']') if alt || escaped => {
                    self.held.push(event);
                    Heard::Waiting
                }
                KeyCode::Esc => {
                    self.escaped = true;
                    Heard::Events(vec![event])
                }
                KeyCode::Char('\\') if ending && !alt => Heard::Events(Vec::new()),
                _ => Heard::Events(vec![event]),
            };
        }
        let ends = match code {
            KeyCode::Char('g') => modifiers.contains(KeyModifiers::CONTROL),
            KeyCode::Char('\\') => alt,
            KeyCode::Esc => true,
            _ => false,
        };
        self.held.push(event);
        if ends && let Some(answer) = self.text.strip_prefix("11;") {
            let ground = Ground::told(answer);
            self.give_up();
            self.ending = code == KeyCode::Esc;
            return Heard::Answer(ground);
        }
        match code {
            KeyCode::Char(c) if !ends && !alt && !modifiers.contains(KeyModifiers::CONTROL) => {
                self.text.push(c);
            }
            _ => return Heard::Events(self.give_up()),
        }
        let expected = "11;";
        let fits = expected.starts_with(&self.text)
            || self.text.strip_prefix(expected).is_some_and(|rest| {
                rest.len() <= LONGEST
                    && rest
                        .chars()
                        .all(|c| c.is_ascii_hexdigit() || matches!(c, 'r' | 'g' | ':' | '/' | '#'))
            });
        if fits {
            Heard::Waiting
        } else {
            Heard::Events(self.give_up())
        }
    }
}

fn pressed(event: &Event) -> Option<(KeyCode, KeyModifiers)> {
    match event {
        Event::Key(KeyEvent {
            code,
            modifiers,
            kind: KeyEventKind::Press,
            ..
        }) => Some((*code, *modifiers)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The events that crossterm makes of these bytes: `^` is Control, `~` is Escape before what follows.
    fn events(text: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut modifiers = KeyModifiers::NONE;
        for c in text.chars() {
            match c {
                '^' => modifiers |= KeyModifiers::CONTROL,
                '~' => modifiers |= KeyModifiers::ALT,
                '!' => events.push(Event::Key(KeyCode::Esc.into())),
                c => {
                    events.push(Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers)));
                    modifiers = KeyModifiers::NONE;
                }
            }
        }
        events
    }

    /// What comes through, and the answers.
    fn heard(text: &str) -> (Vec<Event>, Vec<Option<Ground>>) {
        let mut listener = Listener::default();
        let (mut through, mut answers) = (Vec::new(), Vec::new());
        for event in events(text) {
            match listener.hear(event) {
                Heard::Waiting => {}
                Heard::Events(events) => through.extend(events),
                Heard::Answer(answer) => answers.push(answer),
            }
        }
        through.extend(listener.give_up());
        (through, answers)
    }

    #[test]
    fn answers_are_taken_out_of_what_is_typed() {
        let (dark, light) = (Some(Ground::Dark), Some(Ground::Light));
        let table: [(&str, &str, &[Option<Ground>]); 13] = [
            ("~]11;rgb:0000/0000/0000^g", "", &[dark]),
            ("~]11;rgb:ffff/ffff/ffff~\\", "", &[light]),
            ("~]11;rgb:FFFF/FFFF/FFFF!\\", "", &[light]),
            ("~]11;rgb:ff/ff/ff!j", "j", &[light]),
            ("~]11;rgba:1e1e/1e1e/2e2e/ffff^g", "", &[dark]),
            ("~]11;#fdf6e3^g", "", &[light]),
            ("q2~]11;rgb:2828/2c2c/3434^gjj", "q2jj", &[dark]),
            ("!]11;rgb:0/0/0!\\", "!", &[dark]),
            ("~]11;rgb:zz^g", "~]11;rgb:zz^g", &[]),
            ("~]11;^g", "", &[None]),
            ("~]1q", "~]1q", &[]),
            ("~]~]", "~]~]", &[]),
            ("\\]11;rgb:0/0/0^g", "\\]11;rgb:0/0/0^g", &[]),
        ];
        for (typed, through, answers) in table {
            assert_eq!(heard(typed), (events(through), answers.to_vec()), "{typed}");
        }
    }

    #[test]
    fn what_is_held_is_given_up_by_what_is_no_key() {
        let mut listener = Listener::default();
        for event in events("~]1") {
            assert_eq!(listener.hear(event), Heard::Waiting);
        }
        assert!(listener.is_waiting());
        let mut expected = events("~]1");
        expected.push(Event::Resize(80, 24));
        assert_eq!(listener.hear(Event::Resize(80, 24)), Heard::Events(expected));
        assert!(!listener.is_waiting());
    }

    #[test]
    fn hints_and_mute_terminals_are_known() {
        for (hint, expected) in [
            (Some("0;15"), Ground::Light),
            (Some("15;default;0"), Ground::Dark),
            (Some("0;7"), Ground::Light),
            (Some("12;8"), Ground::Dark),
            (Some(""), Ground::Dark),
            (None, Ground::Dark),
        ] {
            assert_eq!(Ground::hinted(hint), expected, "{hint:?}");
        }
        for (term, asked) in [
            (Some("xterm-256color"), true),
            (Some("tmux-256color"), true),
            (Some("screen-256color"), true),
            (Some("screen"), false),
            (Some("dumb"), false),
            (Some("linux"), false),
            (None, false),
        ] {
            assert_eq!(Ground::can_be_asked(term), asked, "{term:?}");
        }
    }

    proptest! {
        #[test]
        fn no_key_is_lost_and_none_is_made_up(typed in "([~^!]|[a-z0-9;:/#\\]\\\\g]|~\\]11;rgb:f/f/f){0,40}") {
            let (through, answers) = heard(&typed);
            if answers.is_empty() {
                prop_assert_eq!(through, events(&typed));
            } else {
                prop_assert!(through.len() < events(&typed).len());
            }
        }
    }
}
