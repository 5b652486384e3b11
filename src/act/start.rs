//! A start, which may have to be repeated: on ZooKeeper a broker's old session outlives it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::check::Check;
use super::hand::{Hand, Step};
use super::node::{CATCH_UP, Done, step};
use super::post::Post;
use super::watching::{Seen, wait};
use crate::model::act::Node;
use crate::model::broker::Broker;
use crate::model::cluster::Mode;
use crate::model::log::LogLevel;
use crate::model::sighting::{Condition, Runs, Sighting};

/// How long an old ZooKeeper session is waited out at most.
const OLD_SESSION: Duration = Duration::from_secs(75);
/// The rest between two starts.
const REST: Duration = Duration::from_secs(3);
/// How long a node takes to join as a rule; after that it is said that it has not.
const LATE: Duration = Duration::from_secs(15);
/// After so many starts by the engine itself it is said that a process ends again and again.
const LOOPS: u64 = 2;
/// How many of the last lines are shown.
const LINES: usize = 3;
/// How many characters of a line are shown.
const LONGEST: usize = 300;

/// Starts a process, and waits until its node is whole.
pub(super) async fn carry_out<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Done {
    let began = post.now();
    let give_up = Instant::now() + OLD_SESSION;
    loop {
        let runs = |now: &Sighting| now.condition == Condition::Running;
        if let Err(fault) = step(post, sighting, Step::Start, runs).await {
            return Done::failed(fault.words);
        }
        post.say(format!("{} is started.", sighting.shown));
        post.waits(&format!("{node} to join and to catch up"), CATCH_UP);
        // Where that cannot be looked at, the engine counts from here on.
        let first = post.hand().look(&sighting.handle).await;
        let first = first.map(|now| now.runs).unwrap_or_default();
        let seen = joins(post, node, sighting, &first).await;
        let again = again(&seen, &first);
        if again > 0 && !seen.is_all() {
            return Done::failed(looping(post, sighting, &seen, &first).await);
        }
        let Some(now) = seen.sighting.as_ref().filter(|now| now.condition.is_ended()) else {
            return Done::of(&seen, &sighting.shown, began);
        };
        let lines = post.hand().last_lines(&sighting.handle, None).await;
        let old_session = post.mode() == Some(Mode::ZooKeeper)
            && matches!(node, Node::Broker(_))
            && lines.iter().any(|line| line.contains("NodeExists"));
        if !old_session || Instant::now() >= give_up {
            let ended = format!("{} ended again at once: {}.", sighting.shown, now.condition);
            return Done::failed(ended + &last_words(&lines));
        }
        post.say(
            "Its old ZooKeeper session has not ended yet (NodeExistsException): it is started again."
                .to_owned(),
        );
        post.waits("the old session to end", REST);
        sleep(REST).await;
    }
}

/// How often a process was started again by itself since it was first seen to run.
fn again(seen: &Seen, first: &Runs) -> u64 {
    let now = seen.sighting.as_ref().map_or(0, |now| now.runs.again);
    now.saturating_sub(first.again)
}

/// That a process ends and is started again by its engine, with how it ended and what it told since its first start.
async fn looping<H: Hand>(post: &Post<'_, H>, sighting: &Sighting, seen: &Seen, first: &Runs) -> String {
    let times = match again(seen, first) {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        times => format!("{times} times"),
    };
    let how = seen
        .last_end
        .as_ref()
        .map_or_else(String::new, |how| format!(": {how}"));
    let lines = post.hand().last_lines(&sighting.handle, first.started).await;
    let ended = format!(
        "{} has ended and was started again {times} by its engine{how}.",
        sighting.shown
    );
    ended + &last_words(&lines)
}

/// Waits until a node is whole, or its process ends for good; when it takes long, or when it ends again and again, that is said
/// once.
async fn joins<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting, first: &Runs) -> Seen {
    let checks = || vec![Check::Running, Check::Whole(node.clone())];
    let ended = |now: &Sighting| now.condition.is_ended();
    let handle = Some(&sighting.handle);
    let loops = |now: &Sighting| ended(now) || now.runs.again >= first.again + LOOPS;
    let mut seen = wait(post, handle, checks(), LATE, loops).await;
    if seen.is_all() || seen.gone || seen.sighting.as_ref().is_some_and(ended) {
        return seen;
    }
    let is_up = |id| {
        post.bulletin()
            .is_some_and(|bulletin| bulletin.snapshot.broker(id).is_some_and(Broker::is_up))
    };
    let how = match node {
        Node::Broker(id) if is_up(*id) => "has joined and is not yet back in every ISR",
        Node::Broker(_) => "has not joined the cluster",
        Node::Controller(_) | Node::ZooKeeper(_) => "does not serve",
    };
    if again(&seen, first) > 0 {
        let words = looping(post, sighting, &seen, first).await;
        post.say(format!("{}. Kaftop waits on.", words.trim_end_matches('.')));
    } else {
        post.say(format!(
            "After {} s {node} {how}: kaftop waits on.",
            LATE.as_secs()
        ));
    }
    let rest = CATCH_UP.saturating_sub(Duration::from(seen.began.age(seen.ended)));
    let later = wait(post, handle, checks(), rest, ended).await;
    // What held all the time held from the first moment on.
    for ((_, at), (_, before)) in seen.checks.iter_mut().zip(&later.checks) {
        *at = before.and(at.or(*before));
    }
    Seen {
        checks: seen.checks,
        last_end: later.last_end.clone().or(seen.last_end),
        ..later
    }
}

/// What a process that ended told: its first error with what it says of it, and its last lines.
fn last_words(lines: &[String]) -> String {
    let short = |line: &String| {
        let line: String = line.chars().take(LONGEST).collect();
        line.trim_end_matches('.').to_owned()
    };
    // Where an exception was thrown matters to nobody here.
    let lines: Vec<&String> = lines
        .iter()
        .filter(|line| !line.trim_start().starts_with("at "))
        .collect();
    let mut words = String::new();
    let is_error = |line: &&String| matches!(LogLevel::of(line), Some(LogLevel::Error | LogLevel::Fatal));
    let tail = lines.len().saturating_sub(LINES);
    let first = lines.iter().position(is_error);
    let told = first.filter(|first| *first < tail).and_then(|first| {
        let error: &String = lines.get(first)?;
        Some((error, lines.get(first + 1)))
    });
    if let Some((error, next)) = told {
        words.push_str(" Its first error: ");
        words.push_str(&short(error));
        // An exception stands on the line after it.
        if let Some(thrown) = next.filter(|line| LogLevel::of(line).is_none()) {
            words.push_str(" | ");
            words.push_str(&short(thrown));
        }
        words.push('.');
    }
    if let Some(last) = lines.get(tail..).filter(|last| !last.is_empty()) {
        words.push_str(" Its last lines: ");
        words.push_str(&last.iter().copied().map(short).collect::<Vec<_>>().join(" | "));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_told_though_many_lines_follow_it() {
        let line = |text: &str| text.to_owned();
        let mut lines = vec![
            line("[2026-01-02 03:04:05,678] INFO starting (kafka.server.KafkaServer)"),
            line("[2026-01-02 03:04:06,000] ERROR Fatal error during startup (kafka.server.KafkaServer)"),
            line("java.lang.RuntimeException: Invalid cluster.id"),
            line("    at kafka.server.KafkaServer.startup(KafkaServer.scala:240)"),
        ];
        assert_eq!(last_words(&lines[..1]), format!(" Its last lines: {}", lines[0]));
        // Short enough to be told whole, but for where it was thrown.
        assert_eq!(
            last_words(&lines),
            format!(" Its last lines: {}", lines[..3].join(" | "))
        );
        for part in 0..100 {
            lines.push(format!("[2026-01-02 03:04:06,100] INFO shut down part {part}"));
        }
        let words = last_words(&lines);
        assert!(
            words.starts_with(&format!(
                " Its first error: {} | {}. Its last lines: ",
                lines[1], lines[2]
            )),
            "{words}"
        );
        assert!(words.ends_with(&lines[101..].join(" | ")), "{words}");
        assert_eq!(last_words(&[]), "");
        assert!(last_words(&["x".repeat(10_000)]).len() < 400);
    }
}
