//! Real commands: one that works, and those that hang, flood, fail and leave something running.

use std::sync::Arc;
use std::time::Instant;

use super::super::fixture::notice;
use super::*;
use crate::config::Sourced;
use crate::model::notice::NoticeState;
use crate::model::severity::Severity;
use crate::model::time::At;

fn hook(line: HookLine, deadline: Duration) -> Hook {
    let settings = CommandHook {
        run: Sourced::default_value(line),
        deadline: Sourced::default_value(deadline),
    };
    Hook::new("test", &settings)
}

fn shell(line: &str, deadline: Duration) -> Hook {
    hook(HookLine::Shell(line.to_owned()), deadline)
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

fn parcel() -> Parcel {
    let hostile = notice("a", Severity::Critical, NoticeState::Firing);
    Parcel::one(Arc::new(hostile), At(0))
}

async fn said(hook: &Hook) -> String {
    match hook.deliver(&parcel()).await {
        Ok(Receipt(said)) => format!("taken: {said}"),
        Err(refusal) => refusal.to_string(),
    }
}

#[tokio::test]
async fn a_command_is_given_the_notice_twice() {
    let line = "echo \"$KAFTOP_ALERT_SEVERITY $KAFTOP_ALERT_STATE $KAFTOP_ALERT_COUNT $KAFTOP_ALERT_TITLE\"; \
                head -c 40";
    let said = said(&shell(line, LONG)).await;
    assert!(
        said.starts_with("taken: exit code 0: critical firing 1 a broke {\"digest\":false,\"headline\":{"),
        "{said}"
    );
}

#[tokio::test]
async fn without_a_shell_nothing_is_interpreted() {
    let line = HookLine::Program {
        program: "printf".to_owned(),
        arguments: vec!["%s|".to_owned(), "$HOME; exit 1".to_owned(), "b c".to_owned()],
    };
    assert_eq!(
        said(&hook(line, LONG)).await,
        "taken: exit code 0: $HOME; exit 1|b c|"
    );
}

#[tokio::test]
async fn what_goes_wrong_is_said() {
    let missing = HookLine::Program {
        program: "/nowhere/page".to_owned(),
        arguments: Vec::new(),
    };
    let refusal = hook(missing, LONG).deliver(&parcel()).await.unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Lasting(why) if why.as_str().contains("No such file")),
        "{refusal}"
    );
    let table = [
        ("echo no pager >&2; exit 3", "exit status: 3: no pager"),
        ("kill -9 $$", "signal: 9 (SIGKILL)"),
    ];
    for (line, expected) in table {
        let refusal = shell(line, LONG).deliver(&parcel()).await.unwrap_err();
        assert!(
            matches!(&refusal, Refusal::Passing(why) if why.as_str().ends_with(expected)),
            "{line}: {refusal}"
        );
    }
}

#[tokio::test]
async fn a_command_that_hangs_is_killed_with_all_that_it_started() {
    // The child says who it is in a pipe that only it and its own child hold.
    let line = "sleep 1000 & echo $!; echo $$; wait";
    let folder = std::env::temp_dir().join(format!("kaftop-hook-{}", std::process::id()));
    let line = format!("({line}) > {}", folder.display());
    let started = Instant::now();
    let said = said(&shell(&line, SHORT)).await;
    assert!(said.contains("was killed after 0.3 s, its deadline"), "{said}");
    assert!(started.elapsed() < LONG);
    let ids = std::fs::read_to_string(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids.len(), 2);
    for id in ids {
        assert!(gone(id), "{id} still runs");
    }
}

/// Whether a process has ended, or is about to: it was killed, and that takes a moment.
fn gone(id: &str) -> bool {
    let state = || std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let ended = |stat: &str| stat.is_empty() || stat.contains(") Z ") || stat.contains(") X ");
    (0..10_000).any(|_| {
        std::thread::yield_now();
        ended(&state())
    })
}

#[tokio::test]
async fn a_command_that_floods_is_read_and_forgotten() {
    let said = said(&shell("head -c 50000000 /dev/zero | tr '\\0' x", LONG)).await;
    assert!(
        said.starts_with("taken: exit code 0: xxx") && said.len() < 400,
        "{said}"
    );
}

#[tokio::test]
async fn a_command_that_leaves_something_running_is_not_waited_for() {
    let started = Instant::now();
    let said = said(&shell("sleep 1000 & echo done", LONG)).await;
    assert_eq!(said, "taken: exit code 0: done");
    assert!(started.elapsed() < LONG);
}

#[tokio::test]
async fn a_command_that_does_not_read_gets_no_error_of_ours() {
    assert_eq!(
        said(&shell("exec <&-; echo deaf", LONG)).await,
        "taken: exit code 0: deaf"
    );
}
