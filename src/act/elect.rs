//! An election of preferred leaders: asked for, and seen.

use std::time::Duration;

use super::check::Check;
use super::elector::Elector;
use super::hand::Hand;
use super::node::Done;
use super::post::Post;
use super::watching::wait;
use crate::gate::ballot;
use crate::model::act::Scope;
use crate::model::progress::Ending;
use crate::model::text::Name;

/// How long the brokers may take to learn of new leaders.
const LEARN: Duration = Duration::from_secs(30);
/// How many partitions are named that were not elected.
const NAMED: usize = 3;

/// Lets the preferred leaders of a scope be elected, and waits until they lead.
pub(super) async fn carry_out<H: Hand, E: Elector>(post: &Post<'_, H>, elector: &E, scope: &Scope) -> Done {
    let Some(bulletin) = post.bulletin() else {
        return Done::failed("Nothing is known of the cluster.");
    };
    let began = post.now();
    let eligible = ballot(&bulletin.snapshot, scope).eligible;
    let unelected = match elector.elect(eligible.clone(), &bulletin).await {
        Ok(unelected) => unelected,
        Err(why) => return Done::failed(format!("Not elected: {why}.")),
    };
    let asked: Vec<_> = eligible
        .into_iter()
        .filter(|id| !unelected.iter().any(|(other, _)| other == id))
        .collect();
    let refused = refused(&unelected);
    if asked.is_empty() {
        return Done::failed(format!("Not elected: {refused}."));
    }
    post.waits("the brokers to name the new leaders", LEARN);
    let seen = wait(post, None, vec![Check::Led(asked)], LEARN, |_| false).await;
    let mut done = Done::of(&seen, &Name::from("Kafka"), began);
    if !unelected.is_empty() {
        done.ending = Ending::Unverified;
        done.words = format!("{} Not elected: {refused}.", done.words);
    }
    done
}

fn refused(unelected: &super::elector::Unelected) -> String {
    let named = unelected.iter().take(NAMED);
    let mut parts: Vec<String> = named.map(|(id, why)| format!("{id} ({why})")).collect();
    let more = unelected.len().saturating_sub(NAMED);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}
