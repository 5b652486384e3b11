//! The desktop without a bus that answers.

use std::os::unix::net::UnixListener;
use std::time::Duration;

use super::{config, folder, notify_test};

const DESKTOP_ALONE: &str = "[notify]\ndesktop = \"always\"\nterminal = { use = \"never\", bell = false }\n";

/// A wedged bus costs 2 s; the rest is for a busy machine.
const IN_TIME: Duration = Duration::from_secs(10);

#[test]
fn without_a_bus_the_desktop_is_not_available() {
    let place = folder("no-bus");
    let ran = notify_test(&config(&place, DESKTOP_ALONE), &[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.line("desktop").contains("FAILED"), "{ran:?}");
    assert!(ran.line("desktop").contains("the session bus: "), "{ran:?}");
    // Where it is used only if it is there, that is no failure of its own, but nobody was told either.
    let auto = config(&place, "[notify]\nterminal = { bell = false }\n");
    let ran = notify_test(&auto, &[]);
    assert_eq!(ran.code, Some(2));
    for way in ["desktop", "terminal"] {
        assert!(ran.line(way).contains("not here"), "{ran:?}");
    }
}

#[test]
fn a_dead_bus_is_said() {
    let place = folder("dead-bus");
    let socket = place.join("bus");
    drop(UnixListener::bind(&socket).unwrap());
    let address = format!("unix:path={}", socket.display());
    let ran = notify_test(
        &config(&place, DESKTOP_ALONE),
        &[("DBUS_SESSION_BUS_ADDRESS", &address)],
    );
    assert_eq!(ran.code, Some(2));
    assert!(ran.line("desktop").contains("refused"), "{ran:?}");
}

#[test]
fn a_bus_that_never_answers_costs_two_seconds_and_no_other_way() {
    let place = folder("wedged-bus");
    let socket = place.join("bus");
    // The kernel accepts for it, and nobody ever reads.
    let _wedged = UnixListener::bind(&socket).unwrap();
    let address = format!("unix:path={}", socket.display());
    let text = format!("{DESKTOP_ALONE}[notify.commands.a]\nrun = [\"true\"]\n");
    let ran = notify_test(&config(&place, &text), &[("DBUS_SESSION_BUS_ADDRESS", &address)]);
    assert_eq!(ran.code, Some(1));
    let line = ran.line("desktop");
    assert!(line.contains("did not answer within 2 s"), "{ran:?}");
    assert!(ran.line("command a").contains("taken"), "{ran:?}");
    assert!(ran.took < IN_TIME, "{ran:?}");
}
