//! A start, which may have to be repeated: on ZooKeeper a broker's old session outlives it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::check::Check;
use super::hand::{Hand, Step};
use super::node::{CATCH_UP, Done, step};
use super::post::Post;
use super::watching::wait;
use crate::model::act::Node;
use crate::model::cluster::Mode;
use crate::model::sighting::{Condition, Sighting};

/// How long an old ZooKeeper session is waited out at most.
const OLD_SESSION: Duration = Duration::from_secs(75);
/// The rest between two starts.
const REST: Duration = Duration::from_secs(3);
/// How many of the last lines are shown.
const LINES: usize = 5;

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
        let checks = vec![Check::Running, Check::Whole(node.clone())];
        let ended = |now: &Sighting| now.condition.is_ended();
        let seen = wait(post, Some(&sighting.handle), checks, CATCH_UP, ended).await;
        let Some(now) = seen.sighting.as_ref().filter(|now| ended(now)) else {
            return Done::of(&seen, &sighting.shown, began);
        };
        let lines = post.hand().last_lines(&sighting.handle).await;
        let old_session = post.mode() == Some(Mode::ZooKeeper)
            && matches!(node, Node::Broker(_))
            && lines.iter().any(|line| line.contains("NodeExists"));
        if !old_session || Instant::now() >= give_up {
            let mut words = format!("{} ended again at once: {}.", sighting.shown, now.condition);
            let from = lines.len().saturating_sub(LINES);
            if let Some(last) = lines.get(from..).filter(|last| !last.is_empty()) {
                words.push_str(" Its last lines: ");
                words.push_str(&last.join(" | "));
            }
            return Done::failed(words);
        }
        post.say(
            "Its old ZooKeeper session has not ended yet (NodeExistsException): it is started again."
                .to_owned(),
        );
        post.waits("the old session to end", REST);
        sleep(REST).await;
    }
}
