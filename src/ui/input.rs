//! The keyboard: a thread that waits for it, and what its events mean.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};

use crate::command::{Chord, Key};

use super::background::{Heard, Listener};
use super::inbox::{Gesture, Mouse, Wake};

/// The pieces of one answer of the terminal come closer together than this.
const PIECES: Duration = Duration::from_millis(200);

/// Starts the thread that waits for the keyboard. It ends with the process, or when the screen is gone. Where the
/// terminal was `asked` for its background, its answer is taken out of what is typed.
pub fn start(sender: SyncSender<Wake>, asked: bool) -> std::io::Result<()> {
    // The first look installs what notices another size; before the first frame is drawn, none may be missed.
    event::poll(Duration::ZERO)?;
    let read = move || {
        let mut listener = asked.then(Listener::default);
        loop {
            let (wakes, lost) = match next(&mut listener) {
                Ok(wakes) => (wakes, false),
                Err(error) => (vec![Wake::InputLost(error.to_string())], true),
            };
            // The channel is bounded: typing faster than frames are drawn waits in the terminal.
            let gone = wakes.into_iter().any(|wake| sender.send(wake).is_err());
            if lost || gone {
                return;
            }
        }
    };
    thread::Builder::new().name("keyboard".to_owned()).spawn(read)?;
    Ok(())
}

/// Waits for the keyboard: what its next event means, with those before it that could have been the terminal's answer.
fn next(listening: &mut Option<Listener>) -> std::io::Result<Vec<Wake>> {
    let Some(listener) = listening else {
        return Ok(meaning(&event::read()?).into_iter().collect());
    };
    if listener.is_waiting() && !event::poll(PIECES)? {
        return Ok(listener.give_up().iter().filter_map(meaning).collect());
    }
    match listener.hear(event::read()?) {
        Heard::Waiting => Ok(Vec::new()),
        Heard::Events(events) => Ok(events.iter().filter_map(meaning).collect()),
        Heard::Answer(ground) => Ok(ground.map(Wake::Ground).into_iter().collect()),
    }
}

/// The longest pasted text that is looked at; a prompt takes less.
const LONGEST_PASTE: usize = 1_000;

/// What an event means to the screen. Pasted text is no typing: it goes to an open prompt alone.
pub fn meaning(event: &Event) -> Option<Wake> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => chord(*key).map(Wake::Key),
        Event::Resize(..) | Event::FocusGained => Some(Wake::Resized),
        Event::Paste(text) => Some(Wake::Paste(text.chars().take(LONGEST_PASTE).collect())),
        Event::Mouse(mouse) => {
            let does = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
                MouseEventKind::ScrollUp => Gesture::WheelUp,
                MouseEventKind::ScrollDown => Gesture::WheelDown,
                _ => return None,
            };
            Some(Wake::Mouse(Mouse {
                does,
                x: mouse.column,
                y: mouse.row,
            }))
        }
        _ => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    let key = match event.code {
        KeyCode::Char(' ') => Key::Space,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    Some(Chord {
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_the_chords_of_keymaps() {
        let table = [
            (KeyCode::Char('l'), KeyModifiers::CONTROL, "ctrl-l"),
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('?'), KeyModifiers::NONE, "?"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::Tab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::PageDown, KeyModifiers::NONE, "pagedown"),
            (KeyCode::Char(' '), KeyModifiers::ALT, "alt-space"),
        ];
        for (code, modifiers, text) in table {
            let event = Event::Key(KeyEvent::new(code, modifiers));
            assert_eq!(meaning(&event), Some(Wake::Key(text.parse().unwrap())), "{text}");
        }
    }

    #[test]
    fn pasted_text_is_not_typed_and_a_release_is_not_a_press() {
        let pasted = meaning(&Event::Paste("q".repeat(9_999)));
        assert_eq!(pasted, Some(Wake::Paste("q".repeat(LONGEST_PASTE))));
        let release = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(meaning(&Event::Key(release)), None);
        assert_eq!(meaning(&Event::Resize(80, 24)), Some(Wake::Resized));
    }
}
