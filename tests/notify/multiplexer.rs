//! Which bytes leave tmux and GNU screen for the terminal outside.

use std::path::Path;

use super::pty::Pty;
use super::{config, folder};

const TERMINAL_ALONE: &str =
    "[notify]\ndesktop = \"never\"\nterminal = { use = \"always\", protocol = \"osc777\" }\n";

const SHOWN: &str = "\x1b]777;notify;kafka: a trial of kaftop's notifications (critical);Nothing is wrong: somebody ran \
                     `kaftop notify --test`.\x07";

/// A line for `sh` that runs the trial and keeps its report in a file, so that only what is for the terminal gets there.
fn trial(config: &Path, report: &Path) -> String {
    format!(
        "{} notify --test --config {} > {} 2>&1",
        env!("CARGO_BIN_EXE_kaftop"),
        config.display(),
        report.display()
    )
}

fn report(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    println!("{text}");
    text
}

#[test]
fn a_bare_terminal_gets_the_sequence_and_the_bell() {
    let place = folder("bare");
    let (config, told) = (config(&place, TERMINAL_ALONE), place.join("report"));
    let mut pty = Pty::start(&["sh", "-c", &trial(&config, &told)], &[]);
    let bytes = pty.read_to_end();
    assert!(
        bytes == format!("{SHOWN}\x07") || bytes == format!("\x07{SHOWN}"),
        "{bytes:?}\n{}",
        report(&told)
    );
    assert!(report(&told).contains("written as OSC 777;"));
}

fn through_tmux(name: &str, passthrough: &str) -> (String, String) {
    let place = folder(name);
    let (config, told) = (config(&place, TERMINAL_ALONE), place.join("report"));
    let settings = place.join("tmux.conf");
    std::fs::write(&settings, format!("set -g allow-passthrough {passthrough}\n")).unwrap();
    let socket = place.join("socket");
    let command = trial(&config, &told);
    let words = [
        "tmux",
        "-S",
        socket.to_str().unwrap(),
        "-f",
        settings.to_str().unwrap(),
        "new-session",
        &command,
    ];
    let bytes = Pty::start(&words, &[("LANG", "C.UTF-8")]).read_to_end();
    (bytes, report(&told))
}

#[test]
fn tmux_passes_the_sequence_on_where_it_is_allowed_to() {
    let (bytes, told) = through_tmux("tmux-on", "on");
    assert!(bytes.contains(SHOWN), "{bytes:?}\n{told}");
    assert!(told.contains("written as OSC 777 through tmux;"), "{told}");
}

#[test]
fn tmux_that_keeps_the_sequence_is_said_and_still_rings() {
    let (bytes, told) = through_tmux("tmux-off", "off");
    assert!(!bytes.contains("777;notify"), "{bytes:?}");
    assert!(bytes.contains('\x07'), "{bytes:?}");
    assert!(
        told.contains("`tmux set -g allow-passthrough on` lets them through"),
        "{told}"
    );
    let bell = told.lines().find(|line| line.starts_with("bell"));
    assert!(bell.is_some_and(|line| line.contains("taken")), "{told}");
}

#[test]
fn screen_passes_the_sequence_on_in_chunks() {
    let place = folder("screen");
    let (config, told) = (config(&place, TERMINAL_ALONE), place.join("report"));
    let command = trial(&config, &told);
    let sockets = place.join("sockets");
    std::fs::create_dir(&sockets).unwrap();
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&sockets, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let words = ["screen", "-U", "-c", "/dev/null", "sh", "-c", &command];
    let variables = [("LANG", "C.UTF-8"), ("SCREENDIR", sockets.to_str().unwrap())];
    let bytes = Pty::start(&words, &variables).read_to_end();
    let told = report(&told);
    assert!(bytes.contains(SHOWN), "{bytes:?}\n{told}");
    assert!(told.contains("written as OSC 777 through GNU screen;"), "{told}");
}
