//! A cut, proven from inside; and the way back.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::check::Check;
use super::hand::{Hand, Severed, Step};
use super::node::{CATCH_UP, Done, hangs_on, step};
use super::post::Post;
use super::watching::wait;
use crate::model::act::Node;
use crate::model::progress::Ending;
use crate::model::sighting::{Severing, Sighting, Tie};

/// How long connections from before the cut may take to be gone.
const PROOF: Duration = Duration::from_secs(10);
/// How long the eye may take to ask again.
const ANSWER: Duration = Duration::from_secs(10);

/// Cuts a node off, and proves it.
pub(super) async fn cut<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Done {
    let Severing::Possible { ties, also } = &sighting.severing else {
        return Done::failed("There is nothing to cut.");
    };
    let began = post.now();
    let cut = |now: &Sighting| !hangs_on(now, ties);
    if let Err(fault) = step(post, sighting, Step::Cut(ties.clone()), cut).await {
        return back(post, sighting, ties, &fault.words).await;
    }
    post.say(format!("{} is cut off.", sighting.shown));
    post.waits("the proof that no peer is reached", PROOF);
    let severed = prove(post, node, sighting).await;
    if !severed.reached.is_empty() {
        let why = format!(
            "the cut cuts nothing: it still reaches {}",
            severed.reached.join(", ")
        );
        return back(post, sighting, ties, &why).await;
    }
    if let Some(why) = severed.untold {
        return Done {
            ending: Ending::Unverified,
            words: format!("It is cut off; that it reaches no peer could not be proven: {why}."),
        };
    }
    // Where the clients are cut off as well, that was said before.
    let checks = if also.is_empty() {
        vec![Check::Spared, Check::Answers(node.clone())]
    } else {
        vec![Check::Spared]
    };
    let seen = wait(post, Some(&sighting.handle), checks, ANSWER, |_| false).await;
    let mut done = Done::of(&seen, &sighting.shown, began);
    done.words = format!("It reaches no peer. {}", done.words);
    done
}

/// Looks from inside until no peer is reached, or it is no use.
async fn prove<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Severed {
    let end = Instant::now() + PROOF;
    loop {
        let severed = match post.bulletin() {
            None => Severed {
                reached: Vec::new(),
                untold: Some("nothing is known of the cluster".to_owned()),
            },
            Some(bulletin) => post
                .hand()
                .severed(node, &sighting.handle, &bulletin)
                .await
                .unwrap_or_else(|fault| Severed {
                    reached: Vec::new(),
                    untold: Some(fault.words),
                }),
        };
        if severed.reached.is_empty() || Instant::now() >= end {
            return severed;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// Connects again what was cut without effect.
async fn back<H: Hand>(post: &Post<'_, H>, sighting: &Sighting, ties: &[Tie], why: &str) -> Done {
    let again = post
        .hand()
        .act(&sighting.handle, &Step::Reconnect(ties.to_vec()))
        .await;
    Done::failed(match again {
        Ok(()) => format!("Not cut off: {why}. It was connected again."),
        Err(fault) => format!("Not cut off: {why}. Whether it is connected is not known: {fault}"),
    })
}

/// Connects a node again, and waits until it is whole.
pub(super) async fn reconnect<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Done {
    let began = post.now();
    let left = match post.means.records.journal.left().await {
        Ok(left) => left,
        Err(error) => return Done::failed(format!("{error}.")),
    };
    let cuts = left.entries.into_iter();
    let ties: Vec<Tie> = cuts
        .filter(|entry| entry.handle == sighting.handle)
        .flat_map(|entry| entry.ties)
        .collect();
    let whole = |now: &Sighting| hangs_on(now, &ties);
    if let Err(fault) = step(post, sighting, Step::Reconnect(ties.clone()), whole).await {
        return Done::failed(fault.words);
    }
    post.say(format!("{} is connected with its peers again.", sighting.shown));
    post.waits(&format!("{node} to catch up"), CATCH_UP);
    let checks = vec![Check::Running, Check::Kept(node.clone())];
    let ended = |now: &Sighting| now.condition.is_ended();
    let seen = wait(post, Some(&sighting.handle), checks, CATCH_UP, ended).await;
    Done::of(&seen, &sighting.shown, began)
}
