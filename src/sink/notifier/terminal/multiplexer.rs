//! tmux is asked whether it passes sequences on, and which terminal is outside it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::super::carrier::Refusal;
use super::super::wording::excerpt;
use super::kind::{Protocol, TerminalKind, by_name};
use crate::model::notice::Line;

/// How long tmux may take to answer.
const DEADLINE: Duration = Duration::from_secs(1);

/// The tmux that kaftop runs in.
pub struct Tmux {
    /// The program.
    pub program: String,
    /// The pane, from `TMUX_PANE`.
    pub pane: Option<String>,
    /// Whether the user chose the protocol, so that it does not matter what the terminal calls itself.
    pub chosen: bool,
}

impl Tmux {
    /// The kind of the terminal outside.
    ///
    /// # Errors
    /// tmux keeps sequences from the terminal, or does not answer.
    pub async fn outside(&self, inside: TerminalKind) -> Result<TerminalKind, Refusal> {
        let answer = self.ask().await?;
        let outside = read(&answer).ok_or_else(|| {
            let heard = excerpt(answer.as_bytes());
            Refusal::Passing(Line::new(&format!(
                "tmux answered what is not understood: {heard}"
            )))
        })?;
        if !outside.passes {
            let why = "tmux keeps notifications from the terminal; `tmux set -g allow-passthrough on` lets them through";
            return Err(Refusal::Absent(Line::new(why)));
        }
        let protocol = outside.protocol.filter(|_| !self.chosen);
        Ok(TerminalKind {
            protocol: protocol.unwrap_or(inside.protocol),
            ..inside
        })
    }

    async fn ask(&self) -> Result<String, Refusal> {
        let passing = |why: &str| Refusal::Passing(Line::new(&format!("tmux cannot be asked: {why}")));
        let mut command = Command::new(&self.program);
        command.args(["display-message", "-p"]);
        if let Some(pane) = &self.pane {
            command.args(["-t", pane]);
        }
        // An option that an older tmux does not have is empty: that one passes everything on.
        command.arg("#{allow-passthrough}\t#{client_termname}\t#{client_termtype}");
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = timeout(DEADLINE, command.output())
            .await
            .map_err(|_| passing("no answer within 1 s"))?
            .map_err(|error| passing(&error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(passing(excerpt(&output.stderr).as_str()))
        }
    }
}

/// What tmux says of the outside.
#[derive(Debug, PartialEq, Eq)]
struct Outside {
    passes: bool,
    protocol: Option<Protocol>,
}

fn read(answer: &str) -> Option<Outside> {
    let mut fields = answer.trim_end_matches('\n').split('\t');
    let (passthrough, name, kind) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Outside {
        passes: !matches!(passthrough, "off" | "0"),
        protocol: by_name(name).or_else(|| by_name(kind)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_tmux_is_read() {
        let table = [
            (
                "1\txterm-kitty\tkitty(0.35.2)\n",
                Some((true, Some(Protocol::Osc99))),
            ),
            (
                "all\txterm-256color\tiTerm2 3.5.0\n",
                Some((true, Some(Protocol::Osc9))),
            ),
            (
                "\txterm-256color\tWezTerm 2024\n",
                Some((true, Some(Protocol::Osc777))),
            ),
            ("off\tfoot\t\n", Some((false, Some(Protocol::Osc777)))),
            ("0\t\t\n", Some((false, None))),
            ("on\txterm\t", Some((true, None))),
            ("no server running", None),
            ("", None),
        ];
        for (answer, expected) in table {
            let expected = expected.map(|(passes, protocol)| Outside { passes, protocol });
            assert_eq!(read(answer), expected, "{answer:?}");
        }
    }
}
