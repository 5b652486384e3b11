//! The watching screen on a real pseudo terminal of 120 columns and 40 rows, read by a terminal emulator.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use color_eyre::eyre::{bail, eyre};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use super::Outcome;
use super::process::{KAFTOP, VARIABLES, cpu_of, no_config, peak_of, ticks_a_second};
use super::table::figure;

const SIZE: PtySize = PtySize {
    rows: 40,
    cols: 120,
    pixel_width: 0,
    pixel_height: 0,
};
/// The longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest wait for the end after the key to quit.
const LEAVE: Duration = Duration::from_secs(3);

/// A running screen; killed on drop.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    glass: Arc<Glass>,
    started: Instant,
}

/// What the terminal shows, and a bell for each change.
struct Glass {
    seen: Mutex<Seen>,
    changed: Condvar,
}

struct Seen {
    parser: vt100::Parser,
    bytes: u64,
    closed: bool,
}

impl Glass {
    fn look(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What watching for a while cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Share of one core, in percent.
    pub share: f64,
    /// The most memory held since the start, in bytes.
    pub memory: u64,
    /// Bytes written to the terminal, a second.
    pub written: f64,
}

impl Screen {
    /// Starts the screen.
    pub fn start(flags: &[String]) -> Outcome<Self> {
        let pair = native_pty_system()
            .openpty(SIZE)
            .map_err(|error| eyre!("no pseudo terminal: {error}"))?;
        let mut command = CommandBuilder::new(KAFTOP);
        command.args(flags);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", no_config());
        command.env("TERM", "xterm-256color");
        let told = |error| eyre!("cannot start kaftop in a pseudo terminal: {error}");
        let mut output = pair.master.try_clone_reader().map_err(told)?;
        let keys = pair.master.take_writer().map_err(told)?;
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(told)?;
        drop(pair.slave);
        let glass = Arc::new(Glass {
            seen: Mutex::new(Seen {
                parser: vt100::Parser::new(SIZE.rows, SIZE.cols, 0),
                bytes: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let behind = Arc::clone(&glass);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            loop {
                let read = output.read(&mut buffer).unwrap_or(0);
                let mut seen = behind.look();
                seen.parser.process(buffer.get(..read).unwrap_or_default());
                seen.bytes += u64::try_from(read).unwrap_or(0);
                seen.closed = read == 0;
                behind.changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            keys,
            glass,
            started,
        })
    }

    /// How long after its start the screen first passed the check.
    pub fn first(&self, what: &str, check: impl Fn(&str) -> bool) -> Outcome<Duration> {
        self.appears(what, check).map(|at| at - self.started)
    }

    /// When the screen passes the check.
    fn appears(&self, what: &str, check: impl Fn(&str) -> bool) -> Outcome<Instant> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.glass.look();
        loop {
            let text = seen.parser.screen().contents();
            let now = Instant::now();
            if check(&text) {
                return Ok(now);
            }
            if seen.closed || now > deadline {
                bail!("the screen does not show {what}:\n{text}");
            }
            seen = self
                .glass
                .changed
                .wait_timeout(seen, deadline - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Watches for a while.
    pub fn watch(&self, length: Duration) -> Outcome<Cost> {
        let id = self.id()?;
        let ticks = ticks_a_second()?;
        let (began, cpu, bytes) = (Instant::now(), cpu_of(id, ticks)?, self.glass.look().bytes);
        thread::sleep(length);
        let taken = began.elapsed().as_secs_f64();
        let cpu = cpu_of(id, ticks)?.saturating_sub(cpu);
        let bytes = self.glass.look().bytes - bytes;
        Ok(Cost {
            share: cpu.as_secs_f64() * 100.0 / taken,
            memory: peak_of(id)?,
            written: figure(bytes) / taken,
        })
    }

    /// Presses keys: how long until the screen passes the check.
    pub fn press(&mut self, keys: &str, what: &str, check: impl Fn(&str) -> bool) -> Outcome<Duration> {
        let pressed = Instant::now();
        self.keys.write_all(keys.as_bytes())?;
        self.keys.flush()?;
        self.appears(what, check).map(|at| at - pressed)
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.glass.look().parser.screen().contents()
    }

    fn id(&self) -> Outcome<u32> {
        self.child
            .process_id()
            .ok_or_else(|| eyre!("the screen has ended:\n{}", self.text()))
    }

    /// Leaves it.
    pub fn quit(mut self) -> Outcome {
        self.keys.write_all(b"q")?;
        self.keys.flush()?;
        let deadline = Instant::now() + LEAVE;
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("the screen has not ended {LEAVE:?} after the key to quit")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // It may end by itself meanwhile.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
