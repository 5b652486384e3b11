//! A panic while the screen is up: the terminal is given back first, then the report is printed.

use std::io::Read;

use kaftop::ui::terminal::Guard;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Set for the child, which takes the terminal and panics.
const CHILD: &str = "KAFTOP_TEST_PANICS";

#[test]
fn the_terminal_is_given_back_before_the_report() {
    if std::env::var_os(CHILD).is_some() {
        kaftop::cli::install_hooks().unwrap();
        let _guard = Guard::enter(false).unwrap();
        // What a fault of kaftop would do, with the screen up.
        panic!("a fault, for the test");
    }
    let pair = native_pty_system()
        .openpty(PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        })
        .unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "the_terminal_is_given_back_before_the_report",
        "--nocapture",
    ]);
    command.env(CHILD, "1");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut output = pair.master.try_clone_reader().unwrap();
    let mut bytes = Vec::new();
    // A terminal whose last user is gone ends with an error on Linux; what was read before it counts.
    let _ = output.read_to_end(&mut bytes);
    assert!(!child.wait().unwrap().success());
    let text = String::from_utf8_lossy(&bytes);
    let place = |what: &str| {
        text.find(what)
            .unwrap_or_else(|| panic!("no {what:?} in {text:?}"))
    };
    let (taken, left) = (place("\u{1b}[?1049h"), place("\u{1b}[?1049l"));
    let report = place("a fault, for the test");
    assert!(taken < left && left < report, "{text:?}");
    assert!(place("\u{1b}[?25h") < report, "the cursor is shown again");
}
