//! dunst on a D-Bus of its own under Xvfb: what it shows is read back.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::ends::ALWAYS;
use super::kit::export::{Export, until};
use super::{config, folder, notify_test};

/// How long each part may take to come up.
const SOON: Duration = Duration::from_secs(30);

/// A process that is killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program and gives the first line that it prints.
fn start(command: &mut Command) -> (Running, String, BufReader<ChildStdout>) {
    let name = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}; tests/all installs it"));
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let running = Running(child);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(!line.trim().is_empty(), "{name} printed nothing");
    (running, line.trim().to_owned(), output)
}

/// An X server, a bus and dunst, for a test alone.
struct Desktop {
    bus: String,
    // Ended in this order: each needs the ones below it.
    _dunst: Running,
    _bus: (Running, BufReader<ChildStdout>),
    _x: (Running, BufReader<ChildStdout>),
}

impl Desktop {
    fn start(place: &Path) -> Self {
        let (x, number, x_output) = start(
            Command::new("Xvfb")
                .args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    "640x240x24",
                    "-nolisten",
                    "tcp",
                ])
                .stderr(Stdio::null()),
        );
        let display = format!(":{number}");
        let address = format!("unix:path={}", place.join("bus").display());
        let (bus, address, bus_output) = start(Command::new("dbus-daemon").args([
            "--session",
            "--nofork",
            "--print-address=1",
            "--address",
            &address,
        ]));
        let settings = place.join("dunstrc");
        std::fs::write(&settings, DUNSTRC).unwrap();
        let dunst = Command::new("dunst")
            .arg("-config")
            .arg(&settings)
            .env("DISPLAY", &display)
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("dunst: {error}; tests/all installs it"));
        let desktop = Self {
            bus: address,
            _dunst: Running(dunst),
            _bus: (bus, bus_output),
            _x: (x, x_output),
        };
        let deadline = Instant::now() + SOON;
        while !desktop.has_server() {
            assert!(Instant::now() < deadline, "dunst does not answer");
        }
        desktop
    }

    /// Whether dunst has taken its name on the bus. The bus itself is asked: a question to that name would start another.
    fn has_server(&self) -> bool {
        let words = [
            "--print-reply=literal",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.Notifications",
        ];
        let bus = format!("--bus={}", self.bus);
        let output = Command::new("dbus-send").arg(bus).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("true")
    }

    /// Runs `dunstctl` and gives what it prints.
    fn control(&self, words: &[&str]) -> String {
        let output = Command::new("dunstctl")
            .args(words)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What was shown and is closed now, the newest first.
    fn history(&self) -> Vec<Value> {
        self.control(&["close-all"]);
        let text = self.control(&["history"]);
        let all: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        all["data"][0].as_array().unwrap().clone()
    }
}

const DUNSTRC: &str = r##"
[global]
    font = DejaVu Sans 11
    width = 520
    height = 200
    origin = top-right
    offset = 20x20
    markup = full
    format = "<b>%s</b>\n%b"
    frame_width = 2
    corner_radius = 6
[urgency_critical]
    background = "#3b1618"
    foreground = "#ffffff"
    frame_color = "#e05561"
    timeout = 0
"##;

fn field<'a>(popup: &'a Value, name: &str) -> &'a Value {
    &popup[name]["data"]
}

#[test]
fn dunst_shows_the_text_with_its_urgency() {
    let place = folder("dunst");
    let desktop = Desktop::start(&place);
    let text = "[notify]\ndesktop = \"always\"\nterminal = { use = \"never\", bell = false }\n\
                [clusters.\"a <b> & c\"]\nbootstrap = [\"a\"]\n";
    let config = config(&place, text);
    let variables = [
        ("DBUS_SESSION_BUS_ADDRESS", desktop.bus.as_str()),
        ("KAFTOP_CLUSTER", "a <b> & c"),
    ];
    let ran = notify_test(&config, &variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line = ran.line("desktop");
    assert!(line.contains("taken") && line.contains("dunst 1."), "{line}");
    let history = desktop.history();
    assert_eq!(history.len(), 1, "{history:?}");
    let popup = &history[0];
    assert_eq!(field(popup, "appname"), "kaftop");
    // The rule for critical popups alone says that they stay.
    assert_eq!(field(popup, "timeout"), 0);
    assert_eq!(
        field(popup, "summary"),
        "a <b> & c: a trial of kaftop's notifications (critical)"
    );
    assert_eq!(
        field(popup, "body"),
        "Nothing is wrong: somebody ran `kaftop notify --test`."
    );
}

#[test]
fn the_button_of_a_popup_takes_note_of_its_alert() {
    let place = folder("button");
    let desktop = Desktop::start(&place);
    let text = "[notify]\ndesktop = \"always\"\nterminal = { use = \"never\", bell = false }\n\
                [clusters.c]\nbootstrap = [\"127.0.0.1:1\"]\n";
    let config = config(&place, text);
    std::fs::create_dir(place.join("rules")).unwrap();
    std::fs::write(place.join("rules/always.toml"), ALWAYS).unwrap();
    let state = place.join("state");
    let _export = Export::start(
        &["--config", config.to_str().unwrap(), "--cluster", "c"].map(str::to_owned),
        &["--no-docker"],
        &[
            ("DBUS_SESSION_BUS_ADDRESS", desktop.bus.as_str()),
            ("XDG_STATE_HOME", state.to_str().unwrap()),
        ],
    );
    until("the popup is shown", SOON, || {
        desktop.control(&["count", "displayed"]).trim() == "1"
    });
    let kept = state.join("kaftop/alerts/c.json");
    until("the alert is acknowledged", SOON, || {
        // As a click on it does: it is its only action.
        desktop.control(&["action"]);
        let text = std::fs::read_to_string(&kept).unwrap_or_default();
        let Ok(kept) = serde_json::from_str::<Value>(&text) else {
            return false;
        };
        let note = &kept["acknowledged"][0];
        note["rule"] == "Always" && note["reason"] == "at the popup"
    });
}
