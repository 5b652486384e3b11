//! Commands inside a container: whether it reaches another, and what a name means there.

use std::net::IpAddr;
use std::time::Duration;

use bollard::exec::CreateExecOptions;
use hyper::Method;
use hyper::body::Bytes;

use super::client::Engine;
use super::error::{EngineError, Operation, Trouble};
use super::frames::{Demultiplexer, Flow};
use crate::model::container::EngineId;
use crate::model::text::printable;

/// The most lines and bytes that are kept of what a command prints.
const MOST_LINES: usize = 200;

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// Its exit code.
    pub code: Option<i64>,
    /// What it printed on both its streams, its first lines, safe to print.
    pub output: Vec<String>,
}

/// Whether a TCP connection came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It did.
    Yes,
    /// It did not; how, in the words of the system.
    No(String),
    /// It cannot be told from there; why.
    Unknown(String),
}

/// What a name means inside a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// These addresses; none where nobody has the name.
    To(Vec<IpAddr>),
    /// It cannot be told from there; why.
    Unknown(String),
}

/// Exit code of our own script where the container has no program for the question.
const NO_PROGRAM: i64 = 99;

const REACH: &str = r#"if command -v bash >/dev/null 2>&1; then exec timeout "$2" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$0" "$1"
elif command -v nc >/dev/null 2>&1; then exec nc -z -w "$2" "$0" "$1"
else exit 99; fi"#;

const RESOLVE: &str = r#"command -v getent >/dev/null 2>&1 || exit 99
exec timeout "$1" getent ahosts "$0""#;

impl Engine {
    /// Runs a command inside a running container and waits at most `limit` for its end. It must change nothing.
    pub async fn execute(
        &self,
        container: &EngineId,
        command: &[&str],
        limit: Duration,
    ) -> Result<Executed, EngineError> {
        let running = self.run(container, command);
        tokio::time::timeout(limit, running).await.unwrap_or_else(|_| {
            Err(EngineError::new(
                Operation::Exec,
                container,
                Trouble::Hung { waited: limit },
            ))
        })
    }

    async fn run(&self, container: &EngineId, command: &[&str]) -> Result<Executed, EngineError> {
        let options = CreateExecOptions {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.to_vec()),
            ..CreateExecOptions::default()
        };
        let creating = self.docker.create_exec(container.raw(), options);
        let made = self
            .timed(Operation::Exec, container, self.deadlines().read, creating)
            .await?;
        let rubbish = |detail| EngineError::new(Operation::Exec, container, Trouble::Rubbish { detail });
        let id =
            EngineId::parse(&made.id).ok_or_else(|| rubbish("the command's id is not one".to_owned()))?;
        let body = Bytes::from_static(br#"{"Detach":false,"Tty":false}"#);
        let path = format!("/exec/{}/start", id.raw());
        let response = self
            .open(Operation::Exec, container, (Method::POST, path, body))
            .await?;
        let mut flow = Flow::new(response.into_body());
        let mut lines = Demultiplexer::new(true);
        let mut output = Vec::new();
        loop {
            let more = flow
                .more()
                .await
                .map_err(|error| self.broken(Operation::Exec, container, error.into()))?;
            while let Some((_, line)) = lines.next(&mut flow.waiting).map_err(rubbish)? {
                keep(&mut output, &line);
            }
            if !more {
                break;
            }
        }
        while let Some((_, line)) = lines.rest() {
            keep(&mut output, &line);
        }
        let asking = self.docker.inspect_exec(id.raw());
        let report = self
            .timed(Operation::Exec, container, self.deadlines().read, asking)
            .await?;
        Ok(Executed {
            code: report.exit_code,
            output,
        })
    }

    /// Whether a TCP connection from inside a running container to `host` and `port` comes about within `limit`.
    pub async fn reaches(
        &self,
        container: &EngineId,
        host: &str,
        port: u16,
        limit: Duration,
    ) -> Result<Reached, EngineError> {
        let seconds = limit.as_secs().max(1).to_string();
        let port = port.to_string();
        let command = ["sh", "-c", REACH, host, &port, &seconds];
        let ran = self
            .execute(container, &command, limit + self.deadlines().read)
            .await?;
        Ok(reached(&ran))
    }

    /// The addresses that `name` means inside a running container.
    pub async fn resolves(
        &self,
        container: &EngineId,
        name: &str,
        limit: Duration,
    ) -> Result<Resolved, EngineError> {
        let seconds = limit.as_secs().max(1).to_string();
        let command = ["sh", "-c", RESOLVE, name, &seconds];
        let ran = self
            .execute(container, &command, limit + self.deadlines().read)
            .await?;
        Ok(resolved(&ran))
    }
}

fn keep(output: &mut Vec<String>, line: &[u8]) {
    if output.len() < MOST_LINES {
        output.push(printable(&String::from_utf8_lossy(line)).into_owned());
    }
}

fn reached(ran: &Executed) -> Reached {
    let said = ran.output.last().cloned().unwrap_or_default();
    match ran.code {
        Some(0) => Reached::Yes,
        Some(NO_PROGRAM) => Reached::Unknown("the container has neither bash nor nc".to_owned()),
        Some(124 | 143) => Reached::No("no answer in time".to_owned()),
        // What the engine says where it cannot run sh, and what a shell says of a program that is not there.
        Some(126 | 127) => Reached::Unknown(said),
        Some(_) => Reached::No(said),
        None => Reached::Unknown("the engine does not tell how the command ended".to_owned()),
    }
}

fn resolved(ran: &Executed) -> Resolved {
    match ran.code {
        Some(0) => {
            let mut addresses: Vec<IpAddr> = ran
                .output
                .iter()
                .filter_map(|line| line.split_whitespace().next()?.parse().ok())
                .collect();
            addresses.sort();
            addresses.dedup();
            Resolved::To(addresses)
        }
        // getent: "one or more supplied key could not be found".
        Some(2) => Resolved::To(Vec::new()),
        Some(NO_PROGRAM) => Resolved::Unknown("the container has no getent".to_owned()),
        Some(124 | 143) => Resolved::Unknown("its name service does not answer".to_owned()),
        code => Resolved::Unknown(format!(
            "getent ended with {code:?}: {}",
            ran.output.last().map_or("", String::as_str)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(code: i64, output: &[&str]) -> Executed {
        Executed {
            code: Some(code),
            output: output.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn how_a_command_ended_says_yes_no_or_unknown() {
        assert_eq!(reached(&ran(0, &[])), Reached::Yes);
        assert_eq!(
            reached(&ran(1, &["bash: connect: Connection refused", "last"])),
            Reached::No("last".to_owned())
        );
        assert_eq!(
            reached(&ran(124, &[])),
            Reached::No("no answer in time".to_owned())
        );
        for code in [99, 126, 127] {
            assert!(matches!(reached(&ran(code, &[])), Reached::Unknown(_)), "{code}");
        }
    }

    #[test]
    fn a_names_addresses_are_counted_once() {
        let output = [
            "172.20.0.3     STREAM broker-1",
            "172.20.0.3     DGRAM  ",
            "172.20.0.3     RAW    ",
            "172.19.0.5     STREAM",
        ];
        assert_eq!(
            resolved(&ran(0, &output)),
            Resolved::To(vec![
                "172.19.0.5".parse().expect("ip"),
                "172.20.0.3".parse().expect("ip")
            ])
        );
        assert_eq!(resolved(&ran(2, &[])), Resolved::To(vec![]));
        assert!(matches!(resolved(&ran(124, &[])), Resolved::Unknown(_)));
    }
}
