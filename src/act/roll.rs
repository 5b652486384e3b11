//! A rolling restart: one broker after the other, each when the cluster is whole again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::elector::Elector;
use super::guard::Gate;
use super::hand::Hand;
use super::node::Done;
use super::post::Post;
use crate::gate::{Unfit, order, unfit};
use crate::model::act::{Act, Deed, Node, Verb};
use crate::model::ids::BrokerId;
use crate::model::progress::{Control, Ending};

/// How long the cluster may take to be whole again between two brokers.
const WHOLE: Duration = Duration::from_secs(180);
/// How often is looked meanwhile.
const LOOK: Duration = Duration::from_millis(250);
/// How long the cluster must stay whole before the next one: leaders are still being given back meanwhile.
const STABLE: Duration = Duration::from_secs(2);
/// How long it is held at most, in all: nobody comes back to what was held for longer.
pub(super) const HELD: Duration = Duration::from_secs(3_600);
/// The longest that each broker may take.
const LONGEST_PER_BROKER: Duration = Duration::from_secs(600);

/// The longest that all of it may take.
pub(super) fn longest(brokers: usize) -> Duration {
    let brokers = u32::try_from(brokers).unwrap_or(u32::MAX);
    LONGEST_PER_BROKER.saturating_mul(brokers).saturating_add(HELD)
}

/// Restarts every broker.
pub(super) async fn carry_out<H: Hand, E: Elector>(gate: &Gate<H, E>, post: &Post<'_, H>) -> Done {
    let Some(bulletin) = post.bulletin() else {
        return Done::failed("Nothing is known of the cluster.");
    };
    let order = order(&bulletin.snapshot);
    let mut over: Vec<BrokerId> = Vec::new();
    let mut held = Duration::ZERO;
    for id in &order {
        let place = format!("{} of {}", over.len() + 1, order.len());
        if let Err(done) = ready(post, *id, &over, order.len(), &mut held).await {
            return done;
        }
        post.say(format!("Broker {id} is restarted ({place})."));
        let act = Act {
            deed: Deed::Node(Verb::Restart, Node::Broker(*id)),
            why: "rolling restart".into(),
        };
        let outcome = gate.part(post, act).await;
        if outcome.ending != Ending::Done {
            return Done {
                ending: outcome.ending,
                words: format!(
                    "Stopped at broker {id}, {}: {}",
                    so_far(&over, order.len()),
                    outcome.words
                ),
            };
        }
        over.push(*id);
    }
    // The last one counts only when nothing else broke meanwhile.
    match whole(post, order.last().copied(), &over, order.len()).await {
        Ok(()) => Done {
            ending: Ending::Done,
            words: format!(
                "All {} brokers were restarted, and every replica is in sync.",
                order.len()
            ),
        },
        Err(done) => done,
    }
}

/// Waits until the next broker may be restarted, and is to be. What is asked while the cluster is waited for is heeded, too.
async fn ready<H: Hand>(
    post: &Post<'_, H>,
    next: BrokerId,
    over: &[BrokerId],
    all: usize,
    held: &mut Duration,
) -> Result<(), Done> {
    let mut steer = post.steer.clone();
    loop {
        steered(post, next, over, all, held).await?;
        let asked = async {
            if steer.wait_for(|how| *how != Control::Go).await.is_err() {
                // Nobody steers any more.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = asked => {}
            whole = whole(post, Some(next), over, all) => return whole,
        }
    }
}

/// Waits while it is held; an error where it is to end.
async fn steered<H: Hand>(
    post: &Post<'_, H>,
    next: BrokerId,
    over: &[BrokerId],
    all: usize,
    held: &mut Duration,
) -> Result<(), Done> {
    let mut told = false;
    loop {
        let why = match *post.steer.borrow() {
            Control::Go => {
                if told {
                    post.say(format!("Goes on with broker {next}, {}.", so_far(over, all)));
                }
                return Ok(());
            }
            Control::Abort => Some("Ended as asked"),
            Control::Hold if *held >= HELD => Some("Ended after it was held for an hour"),
            Control::Hold => None,
        };
        if let Some(why) = why {
            return Err(Done {
                ending: Ending::Aborted,
                words: format!("{why}, before broker {next}, {}.", so_far(over, all)),
            });
        }
        if !std::mem::replace(&mut told, true) {
            post.say(format!("Held before broker {next}, {}.", so_far(over, all)));
        }
        sleep(LOOK).await;
        *held += LOOK;
    }
}

/// Waits until the cluster is whole, and stays so for a moment. What breaks that was not restarted ends it at once.
async fn whole<H: Hand>(
    post: &Post<'_, H>,
    next: Option<BrokerId>,
    over: &[BrokerId],
    all: usize,
) -> Result<(), Done> {
    let Some(next) = next else { return Ok(()) };
    let end = Instant::now() + WHOLE;
    let mut since: Option<Instant> = None;
    let mut told = false;
    loop {
        let stopped = |why: &str| {
            Done::failed(format!(
                "Stopped before broker {next}, {}: {why}.",
                so_far(over, all)
            ))
        };
        let bulletin = post.bulletin();
        let why = match bulletin.as_ref().map(|bulletin| unfit(bulletin, next)) {
            None => Some(Unfit::Yet("nothing is known of the cluster".to_owned())),
            Some(unfit) => unfit,
        };
        match why {
            None => {
                let since = *since.get_or_insert_with(Instant::now);
                if over.is_empty() || since.elapsed() >= STABLE {
                    return Ok(());
                }
            }
            Some(Unfit::Blocked(why)) => return Err(stopped(&why)),
            Some(Unfit::Yet(why)) => {
                since = None;
                let last = over.last();
                let broke = bulletin
                    .iter()
                    .flat_map(|bulletin| bulletin.snapshot.brokers.values());
                let mut broke = broke.filter(|broker| !broker.is_up() && Some(&broker.id) != last);
                if let Some(other) = broke.next() {
                    let why = format!("broker {} is not up, and it was not its turn", other.id);
                    return Err(stopped(&why));
                }
                if Instant::now() >= end {
                    return Err(stopped(&format!("after {} s still {why}", WHOLE.as_secs())));
                }
                if !told {
                    post.waits("every broker to be up and every replica in sync", WHOLE);
                    told = true;
                }
            }
        }
        sleep(LOOK).await;
    }
}

fn so_far(over: &[BrokerId], all: usize) -> String {
    match over.len() {
        0 => "no broker was restarted".to_owned(),
        one => format!("{one} of {all} restarted"),
    }
}
