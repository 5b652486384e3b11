//! A command of the user's: the parcel as JSON on its stdin and in its environment, a deadline, and no shell unless
//! that was asked for. With its deadline it is killed together with everything that it started.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::carrier::{Carrier, Delivery, Receipt, Refusal};
use super::document::document;
use super::parcel::Parcel;
use super::wording::{cut, excerpt, rfc3339, text};
use crate::config::{CommandHook, HookLine};
use crate::model::notice::Line;

/// How much of what a command prints is kept, in bytes; the rest is read and thrown away.
const KEPT: usize = 4_096;
/// The longest value of an environment variable, in characters: the kernel refuses what is far longer.
const LONGEST: usize = 8_000;
/// How long a command's output is waited for after its end: what it left running may hold it open.
const AFTER: Duration = Duration::from_millis(200);

/// A command of the user's.
pub struct Hook {
    name: Line,
    line: HookLine,
    deadline: Duration,
}

impl Hook {
    /// The hook of this name in the configuration.
    pub fn new(name: &str, hook: &CommandHook) -> Self {
        Self {
            name: Line::new(&format!("command {name}")),
            line: hook.run.value.clone(),
            deadline: hook.deadline.value,
        }
    }

    fn command(&self, parcel: &Parcel) -> Command {
        let mut command = match &self.line {
            HookLine::Program { program, arguments } => {
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
            HookLine::Shell(line) => {
                let mut command = Command::new("sh");
                command.arg("-c").arg(line);
                command
            }
        };
        command.envs(environment(parcel));
        command
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn run(&self, parcel: &Parcel) -> Result<Receipt, Refusal> {
        let mut child = self.command(parcel).spawn().map_err(|error| {
            let why = format!("{} cannot be started: {error}", self.line);
            Refusal::Lasting(Line::new(&why))
        })?;
        let _group = Group::of(&child);
        let input = document(parcel).to_string();
        let Ok((status, printed)) = timeout(self.deadline, attend(&mut child, input)).await else {
            let why = format!(
                "{} was killed after {:.1} s, its deadline",
                self.line,
                self.deadline.as_secs_f64()
            );
            return Err(Refusal::Passing(Line::new(&why)));
        };
        judge(&self.line, status, &printed)
    }
}

impl Carrier for Hook {
    fn name(&self) -> Line {
        self.name.clone()
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }

    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a> {
        Box::pin(self.run(parcel))
    }
}

/// The process group of a command, killed when it is done with: nothing that the command started outlives it.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // The group is gone where all of it has ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Feeds a command, listens to it, and waits for its end: how it ended, and the beginning of what it printed.
async fn attend(child: &mut Child, input: String) -> (std::io::Result<ExitStatus>, Vec<u8>) {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A command may well end without reading what it is given.
            drop(stdin.write_all(input.as_bytes()).await);
        }
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = {
        let listening = async { tokio::join!(listen(stdout, &mut out), listen(stderr, &mut err)) };
        tokio::pin!(listening);
        let ended = async {
            tokio::select! {
                // It closed its output, and may still work.
                _ = &mut listening => child.wait().await,
                status = child.wait() => {
                    // What it left running is killed soon after; what it printed itself is there already.
                    drop(timeout(AFTER, &mut listening).await);
                    status
                }
            }
        };
        tokio::join!(feed, ended).1
    };
    if err.is_empty() {
        (status, out)
    } else {
        (status, err)
    }
}

/// Reads to the end and keeps the beginning.
async fn listen(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    let mut buffer = [0; 4_096];
    while let Ok(read) = stream.read(&mut buffer).await {
        if read == 0 {
            return;
        }
        let room = KEPT.saturating_sub(kept.len()).min(read);
        kept.extend(buffer.iter().take(room));
    }
}

fn judge(line: &HookLine, status: std::io::Result<ExitStatus>, printed: &[u8]) -> Result<Receipt, Refusal> {
    let said = excerpt(printed);
    let said = if said.as_str().is_empty() {
        String::new()
    } else {
        format!(": {said}")
    };
    match status {
        Ok(status) if status.success() => Ok(Receipt(Line::new(&format!("exit code 0{said}")))),
        // `exit status: 3` or `signal: 9 (SIGKILL)`.
        Ok(status) => Err(Refusal::Passing(Line::new(&format!("{line}: {status}{said}")))),
        Err(error) => Err(Refusal::Passing(Line::new(&format!(
            "{line} cannot be waited for: {error}"
        )))),
    }
}

/// The variables that a command finds in its environment.
fn environment(parcel: &Parcel) -> [(&'static str, String); 9] {
    let headline = parcel.headline();
    let runbook = headline.runbook.as_ref().map(Line::to_string);
    let count = parcel.left_out.saturating_add(parcel.notices.len() as u64);
    [
        ("KAFTOP_ALERT_KEY", headline.key.to_string()),
        ("KAFTOP_ALERT_STATE", headline.state.word().to_owned()),
        ("KAFTOP_ALERT_SEVERITY", headline.severity.word().to_owned()),
        ("KAFTOP_ALERT_CLUSTER", headline.cluster.to_string()),
        ("KAFTOP_ALERT_TITLE", headline.title.to_string()),
        ("KAFTOP_ALERT_TEXT", cut(&text(&headline), LONGEST)),
        ("KAFTOP_ALERT_SINCE", rfc3339(headline.since)),
        ("KAFTOP_ALERT_RUNBOOK", runbook.unwrap_or_default()),
        ("KAFTOP_ALERT_COUNT", count.to_string()),
    ]
}

#[cfg(test)]
mod tests;
