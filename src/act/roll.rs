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

/// Restarts every broker.
pub(super) async fn carry_out<H: Hand, E: Elector>(gate: &Gate<H, E>, post: &Post<'_, H>) -> Done {
    let Some(bulletin) = post.bulletin() else {
        return Done::failed("Nothing is known of the cluster.");
    };
    let order = order(&bulletin.snapshot);
    let mut over: Vec<BrokerId> = Vec::new();
    for id in &order {
        let place = format!("{} of {}", over.len() + 1, order.len());
        if let Err(done) = ready(post, *id, &over, order.len()).await {
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

/// Waits until the next broker may be restarted, and is to be.
async fn ready<H: Hand>(
    post: &Post<'_, H>,
    next: BrokerId,
    over: &[BrokerId],
    all: usize,
) -> Result<(), Done> {
    let mut held = false;
    loop {
        match *post.steer.borrow() {
            Control::Abort => {
                return Err(Done {
                    ending: Ending::Aborted,
                    words: format!("Ended as asked before broker {next}, {}.", so_far(over, all)),
                });
            }
            Control::Hold => {
                if !held {
                    post.say(format!("Held before broker {next}, {}.", so_far(over, all)));
                }
                held = true;
            }
            Control::Go => break,
        }
        sleep(LOOK).await;
    }
    whole(post, Some(next), over, all).await
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
