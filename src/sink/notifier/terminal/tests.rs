//! The terminal behind a glass that remembers, and tmux as a program that answers, refuses or hangs.

use std::sync::{Arc, Mutex};

use super::super::carrier::Carrier;
use super::super::fixture::notice;
use super::*;
use crate::model::notice::{Notice, NoticeState};
use crate::model::severity::Severity;
use crate::model::time::At;

fn remembering() -> (Glass, Arc<Mutex<Vec<u8>>>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&written);
    let glass = screen(move |bytes| {
        into.lock().unwrap().extend(bytes);
        Shown::Taken
    });
    (glass, written)
}

fn parcel(notice: Notice) -> Parcel {
    Parcel::one(Arc::new(notice), At(0))
}

fn critical() -> Parcel {
    parcel(notice("a", Severity::Critical, NoticeState::Firing))
}

const IN_TMUX: TerminalKind = TerminalKind {
    protocol: Protocol::Bell,
    wrap: Wrap::Tmux,
};

/// A program that prints this line, as tmux would.
fn tmux(name: &str, script: &str, chosen: bool) -> Tmux {
    use std::os::unix::fs::PermissionsExt;

    let path = std::env::temp_dir().join(format!("kaftop-tmux-{}-{name}", std::process::id()));
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    Tmux {
        program: path.to_string_lossy().into_owned(),
        pane: Some("%1".to_owned()),
        chosen,
    }
}

#[tokio::test]
async fn tmux_says_which_terminal_is_outside() {
    let (glass, written) = remembering();
    let outside = tmux(
        "kitty",
        "[ \"$4\" = %1 ] && printf '1\\txterm-kitty\\t\\n'",
        false,
    );
    let program = outside.program.clone();
    let terminal = Terminal::new(glass, IN_TMUX, Some(outside));
    let Receipt(said) = terminal.deliver(&critical()).await.unwrap();
    assert_eq!(
        said.as_str(),
        "written as OSC 99 through tmux; a terminal does not say whether it showed it"
    );
    assert!(written.lock().unwrap().starts_with(b"\x1bPtmux;\x1b\x1b]99;"));
    // It is asked once.
    std::fs::remove_file(program).unwrap();
    assert!(terminal.deliver(&critical()).await.is_ok());
}

#[tokio::test]
async fn tmux_that_keeps_or_hangs_is_said() {
    let table = [
        (
            "off",
            "printf 'off\\txterm-kitty\\t\\n'",
            "not available: tmux keeps notifications",
        ),
        ("odd", "echo what", "tmux answered what is not understood: what"),
        (
            "fails",
            "echo no server >&2; exit 1",
            "tmux cannot be asked: no server",
        ),
        (
            "hangs",
            "exec sleep 1000",
            "tmux cannot be asked: no answer within 1 s",
        ),
    ];
    for (name, script, expected) in table {
        let (glass, written) = remembering();
        let asked = tmux(name, script, true);
        let program = asked.program.clone();
        let terminal = Terminal::new(glass, IN_TMUX, Some(asked));
        let refusal = terminal.deliver(&critical()).await.unwrap_err();
        assert!(refusal.to_string().starts_with(expected), "{refusal}");
        assert!(written.lock().unwrap().is_empty());
        std::fs::remove_file(program).unwrap();
    }
}

#[tokio::test]
async fn a_terminal_that_can_only_ring_is_not_available() {
    let (glass, written) = remembering();
    let kind = TerminalKind {
        wrap: Wrap::Bare,
        ..IN_TMUX
    };
    let refusal = Terminal::new(glass, kind, None).deliver(&critical()).await;
    assert!(matches!(refusal, Err(Refusal::Absent(_))), "{refusal:?}");
    assert!(written.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_bell_rings_for_what_is_critical_and_goes_on() {
    let (glass, written) = remembering();
    let bell = Bell(glass);
    let table = [
        (Severity::Critical, NoticeState::Firing, true),
        (Severity::Critical, NoticeState::Resolved, false),
        (Severity::Warning, NoticeState::Firing, false),
    ];
    for (severity, state, wanted) in table {
        assert_eq!(bell.wants(&notice("a", severity, state)), wanted);
    }
    bell.deliver(&critical()).await.unwrap();
    assert_eq!(*written.lock().unwrap(), [7]);
}

#[tokio::test]
async fn a_screen_without_room_is_a_failure() {
    let glass = screen(|_| Shown::NoRoom);
    let refusal = Bell(glass).deliver(&critical()).await.unwrap_err();
    assert!(matches!(&refusal, Refusal::Passing(_)), "{refusal}");
}
