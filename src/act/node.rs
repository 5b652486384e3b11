//! An act on one process: what is written into the journal, what is done, and how it is verified.

use std::time::Duration;

use super::check::Check;
use super::hand::{Fault, Hand, Step};
use super::post::Post;
use super::records::Entry;
use super::watching::{Seen, capital, wait};
use super::{cut, start};
use crate::model::act::{Node, Verb};
use crate::model::progress::{Ending, Leftover};
use crate::model::sighting::{Condition, Severing, Sighting, Tie};
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// How long the engine may take over the grace time, and the cluster to drop what is gone: ZooKeeper's session is 18 s by
/// default, and sessions of a minute are not unheard of.
const DROP: Duration = Duration::from_secs(75);
/// How long a frozen process may go on to be seen answering.
const SILENCE: Duration = Duration::from_secs(15);
/// The same of a controller, which only its peers tell of. Where the active one is frozen, brokers go on asking it for the
/// quorum until their requests time out, and others tell nothing meanwhile: 33 s were seen on 4.1.2.
const PEERS_MISS: Duration = Duration::from_secs(75);
/// How long a broker may take to catch up.
pub(super) const CATCH_UP: Duration = Duration::from_secs(120);
/// What the engine may take beyond the grace time.
const MORE: Duration = Duration::from_secs(10);

/// How an act ended, before it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) ending: Ending,
    pub(super) words: String,
}

impl Done {
    pub(super) fn failed(words: impl Into<String>) -> Self {
        Self {
            ending: Ending::Failed,
            words: words.into(),
        }
    }

    /// Done where all was seen, else not verified.
    pub(super) fn of(seen: &Seen, shown: &Name, from: At) -> Self {
        Self {
            ending: if seen.is_all() {
                Ending::Done
            } else {
                Ending::Unverified
            },
            words: seen.words(shown, from),
        }
    }
}

/// Carries out a verb on a node, whose process was just seen.
pub(super) async fn carry_out<H: Hand>(
    post: &Post<'_, H>,
    verb: Verb,
    node: &Node,
    sighting: &Sighting,
) -> Done {
    let entry = entry(post, verb, node, sighting);
    if verb.is_harmful()
        && let Err(error) = post.means.records.journal.open(entry.clone()).await
    {
        // Without it a crash would leave behind what nobody knows of.
        return Done::failed(format!("Nothing was done: {error}."));
    }
    let done = match verb {
        Verb::Stop | Verb::Kill => end(post, verb, node, sighting).await,
        Verb::Restart => restart(post, node, sighting).await,
        Verb::Start => start::carry_out(post, node, sighting).await,
        Verb::Pause => pause(post, node, sighting).await,
        Verb::Resume => resume(post, node, sighting).await,
        Verb::Cut => cut::cut(post, node, sighting).await,
        Verb::Reconnect => cut::reconnect(post, node, sighting).await,
    };
    settle(post, sighting, &entry).await;
    done
}

/// What an act leaves to be undone.
fn entry<H: Hand>(post: &Post<'_, H>, verb: Verb, node: &Node, sighting: &Sighting) -> Entry {
    let means = post.means;
    let now = post.now();
    let cluster_id = post
        .bulletin()
        .and_then(|bulletin| bulletin.snapshot.cluster.id.clone());
    let ties = match (&sighting.severing, verb) {
        (Severing::Possible { ties, .. }, Verb::Cut) => ties.clone(),
        _ => Vec::new(),
    };
    Entry {
        left: Leftover {
            id: format!("{}-{}-{}", now.0, std::process::id(), post.number).into(),
            at: now,
            verb,
            node: node.clone(),
            shown: sighting.shown.clone(),
        },
        handle: sighting.handle.clone(),
        world: means.hand.world(),
        cluster: means.mandate.cluster.as_str().into(),
        cluster_id,
        ties,
    }
}

/// Closes what is no longer left: what was undone, and what was never done.
async fn settle<H: Hand>(post: &Post<'_, H>, before: &Sighting, own: &Entry) {
    let journal = &post.means.records.journal;
    let now = match post.hand().look(&before.handle).await {
        Ok(now) => Some(now),
        // What no longer exists can never be undone.
        Err(fault) if fault.missing => None,
        // Not known: what is written stays.
        Err(_) => return,
    };
    let Ok(left) = journal.left().await else {
        post.say("The journal cannot be read: what is undone may still stand there.");
        return;
    };
    let here = left.entries.iter().filter(|entry| entry.handle == before.handle);
    for entry in here {
        let own = entry.left.id == own.left.id;
        let over = now.as_ref().is_none_or(|now| match entry.undo() {
            Verb::Start => now.condition == Condition::Running || (own && now.condition == before.condition),
            Verb::Resume => now.condition != Condition::Paused,
            _ => hangs_on(now, &entry.ties),
        });
        if over && let Err(error) = journal.close(&entry.left.id).await {
            post.say(format!("{error}; it is undone all the same."));
        }
    }
}

/// Whether a process hangs on all of these networks; where none are named, whether it is not cut off.
pub(super) fn hangs_on(now: &Sighting, ties: &[Tie]) -> bool {
    match &now.severing {
        Severing::Possible { ties: here, .. } => ties
            .iter()
            .all(|tie| here.iter().any(|here| here.network == tie.network)),
        Severing::Already | Severing::Impossible(_) => false,
    }
}

/// Does one step; where that fails the process is looked at, since the answer may be all that was lost.
pub(super) async fn step<H: Hand>(
    post: &Post<'_, H>,
    sighting: &Sighting,
    step: Step,
    took_effect: impl Fn(&Sighting) -> bool,
) -> Result<(), Fault> {
    let Err(fault) = post.hand().act(&sighting.handle, &step).await else {
        return Ok(());
    };
    match post.hand().look(&sighting.handle).await {
        Ok(now) if took_effect(&now) => {
            post.say(format!("It took effect, although: {fault}"));
            Ok(())
        }
        _ => Err(fault),
    }
}

/// Ends a process, and waits until the cluster has dropped the node.
async fn end<H: Hand>(post: &Post<'_, H>, verb: Verb, node: &Node, sighting: &Sighting) -> Done {
    let began = post.now();
    if let Err(done) = end_process(post, verb, sighting).await {
        return done;
    }
    post.waits(&format!("the cluster to drop {node}"), DROP);
    let checks = vec![Check::Ended, Check::Dropped(node.clone())];
    let seen = wait(post, Some(&sighting.handle), checks, DROP, |_| false).await;
    Done::of(&seen, &sighting.shown, began)
}

/// Ends a process; an error is how the act ended.
async fn end_process<H: Hand>(post: &Post<'_, H>, verb: Verb, sighting: &Sighting) -> Result<(), Done> {
    let grace = Duration::from(sighting.grace);
    let what = if verb == Verb::Kill {
        Step::Kill
    } else {
        post.waits(&format!("{} to end; then it is killed", sighting.shown), grace);
        Step::Stop {
            grace: sighting.grace,
        }
    };
    let began = post.now();
    step(post, sighting, what, |now| now.condition.is_ended())
        .await
        .map_err(|fault| Done::failed(fault.words))?;
    let limit = if verb == Verb::Kill { MORE } else { grace + MORE };
    let seen = wait(post, Some(&sighting.handle), vec![Check::Ended], limit, |_| false).await;
    if seen.gone {
        // Nobody can start it again, and its peers need time to miss it.
        return Err(Done::failed(format!(
            "{} was removed while it was to be ended; make it again, and kaftop finds it.",
            capital(&sighting.shown.to_string())
        )));
    }
    if !seen.is_all() {
        return Err(Done::failed(seen.words(&sighting.shown, began)));
    }
    let took = began.age(post.now());
    let how = seen
        .sighting
        .map_or_else(String::new, |now| format!(": {}", now.condition));
    post.say(format!(
        "{} has ended after {}{how}.",
        sighting.shown,
        super::watching::tenths(took)
    ));
    if verb != Verb::Kill && took > sighting.grace.max(Span::seconds(1)) {
        post.say("It did not end within its grace time: it was killed.");
    }
    Ok(())
}

async fn restart<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Done {
    if let Err(done) = end_process(post, Verb::Restart, sighting).await {
        return done;
    }
    start::carry_out(post, node, sighting).await
}

async fn pause<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Done {
    let began = post.now();
    let frozen = |now: &Sighting| now.condition == Condition::Paused;
    if let Err(fault) = step(post, sighting, Step::Pause, frozen).await {
        return Done::failed(fault.words);
    }
    let limit = match node {
        Node::Controller(_) => PEERS_MISS,
        Node::Broker(_) | Node::ZooKeeper(_) => SILENCE,
    };
    post.waits(&format!("{node} to fall silent"), limit);
    let checks = vec![Check::Frozen, Check::Silent(node.clone())];
    let seen = wait(post, Some(&sighting.handle), checks, limit, |_| false).await;
    Done::of(&seen, &sighting.shown, began)
}

async fn resume<H: Hand>(post: &Post<'_, H>, node: &Node, sighting: &Sighting) -> Done {
    let began = post.now();
    let runs = |now: &Sighting| now.condition == Condition::Running;
    if let Err(fault) = step(post, sighting, Step::Resume, runs).await {
        return Done::failed(fault.words);
    }
    post.waits(&format!("{node} to catch up"), CATCH_UP);
    let checks = vec![Check::Running, Check::Kept(node.clone())];
    let ended = |now: &Sighting| now.condition.is_ended();
    let seen = wait(post, Some(&sighting.handle), checks, CATCH_UP, ended).await;
    Done::of(&seen, &sighting.shown, began)
}
