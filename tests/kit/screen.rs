//! The real binary in a real pseudo terminal, its output read by a terminal emulator.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::kaftop::{VARIABLES, empty_home};
use super::{Checked, ensure};

/// A running screen; killed on drop.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    glass: Arc<Glass>,
}

struct Glass {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// The first bytes, which say how the terminal was set up, and all that followed the last sight of a frame.
    bytes: u64,
    closed: bool,
    /// Whether nothing is read from the program, as over a link that stalls.
    stalled: bool,
}

/// How a terminal was left, beside how it was found: the modes that are still on.
pub type Left = Vec<&'static str>;

impl Screen {
    /// Starts the binary with these arguments on 120 columns and 40 rows.
    pub fn start(arguments: &[String]) -> Self {
        Self::start_in(&[("TERM", "xterm-256color")], arguments)
    }

    /// The same on a terminal that these variables tell of.
    pub fn start_in(variables: &[(&str, &str)], arguments: &[String]) -> Self {
        Self::run(variables, env!("CARGO_BIN_EXE_kaftop"), arguments)
    }

    /// Another program on such a terminal, which starts the binary itself.
    pub fn run(variables: &[(&str, &str)], program: &str, arguments: &[String]) -> Self {
        let size = size(120, 40);
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", empty_home());
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let glass = Arc::new(Glass {
            state: Mutex::new(State {
                parser: vt100::Parser::new(size.rows, size.cols, 0),
                bytes: 0,
                closed: false,
                stalled: false,
            }),
            changed: Condvar::new(),
        });
        let behind = Arc::clone(&glass);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let mut state = behind.state.lock().unwrap_or_else(PoisonError::into_inner);
                while state.stalled {
                    state = behind.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                drop(state);
                let read = output.read(&mut buffer).unwrap_or(0);
                let mut state = behind.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.parser.process(&buffer[..read]);
                state.bytes += read as u64;
                state.closed = read == 0;
                behind.changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            child,
            master: pair.master,
            keys,
            glass,
        }
    }

    /// What stands on the screen now.
    pub fn text(&self) -> String {
        let state = self.glass.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parser.screen().contents()
    }

    /// Waits until the text on the screen passes the check; the screen itself when it does not in time.
    pub fn await_text(&self, what: &str, within: Duration, check: impl Fn(&str) -> bool) -> Checked {
        self.await_screen(what, within, |screen| check(&screen.contents()))
    }

    /// The same of the whole screen, colours included.
    pub fn await_screen(
        &self,
        what: &str,
        within: Duration,
        check: impl Fn(&vt100::Screen) -> bool,
    ) -> Checked {
        let started = Instant::now();
        let mut state = self.glass.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if check(state.parser.screen()) {
                println!("  screen: {what} after {:.1?}", started.elapsed());
                return Ok(());
            }
            let left = within.saturating_sub(started.elapsed());
            ensure!(
                !left.is_zero() && !state.closed,
                "screen: no {what} within {within:?} (ended: {}):\n{}",
                state.closed,
                state.parser.screen().contents()
            );
            state = self
                .glass
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until all of the words stand on the screen.
    pub fn await_words(&self, within: Duration, words: &[&str]) -> Checked {
        self.await_text(&format!("{words:?}"), within, |text| {
            words.iter().all(|word| text.contains(word))
        })
    }

    /// Reads nothing from the program any more, or reads on.
    pub fn stall(&self, stalled: bool) {
        let mut state = self.glass.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.stalled = stalled;
        self.glass.changed.notify_all();
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        {
            let mut state = self.glass.state.lock().unwrap_or_else(PoisonError::into_inner);
            // The emulator cannot hold a wide character in a single column; the terminal itself is as small as was asked.
            state.parser.screen_mut().set_size(rows, columns.max(2));
        }
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {id}")])
            .status();
        assert!(sent.unwrap().success(), "kill -{name} {id}");
    }

    /// Panics when it has ended.
    pub fn assert_runs(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the screen ended: {ended:?}\n{}", self.text());
    }

    /// Waits until it has ended: its exit code, what the terminal is left as, and what stands on it.
    pub fn await_end(&mut self, within: Duration) -> (u32, Left, String) {
        let deadline = Instant::now() + within;
        let mut state = self.glass.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the screen has not ended within {within:?}:\n{}",
                state.parser.screen().contents()
            );
            state = self
                .glass
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let code = self.child.wait().unwrap().exit_code();
        let screen = state.parser.screen();
        let modes = [
            (screen.alternate_screen(), "alternate screen"),
            (screen.hide_cursor(), "hidden cursor"),
            (
                screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
                "mouse",
            ),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.application_cursor(), "application cursor"),
            (screen.application_keypad(), "application keypad"),
        ];
        let left = modes
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, mode)| *mode)
            .collect();
        (code, left, screen.contents())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("the screen at the end:\n{}", self.text());
        }
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}
