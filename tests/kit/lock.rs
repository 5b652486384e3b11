//! One cluster at a time on this machine, across threads and processes.
//!
//! The lock is held by a `flock` process that ends when its standard input does: also when the test
//! that holds it is killed.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A held lock, given back on drop.
pub struct Lock(Child);

impl Lock {
    /// For a real cluster: alone. Waits without a limit, since those before it have theirs.
    pub fn alone() -> Self {
        Self::take("--exclusive")
    }

    /// For tests that may run beside each other, but not beside a real cluster, whose times they would spoil.
    pub fn beside_others() -> Self {
        Self::take("--shared")
    }

    fn take(how: &str) -> Self {
        let file = env::temp_dir().join("kaftop-tests.lock");
        let mut holder = Command::new("flock")
            .arg(how)
            .arg(&file)
            .args(["sh", "-c", "echo held; exec cat >/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("flock (of util-linux) cannot be started: {error}"));
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "held\n", "flock did not get {}", file.display());
        Self(holder)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
