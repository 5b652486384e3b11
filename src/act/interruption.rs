//! An act that goes on when kaftop is told to end: what is seen of it then, and what is left of it.

use std::future::pending;
use std::time::Duration;

use tokio::time::timeout;

use super::hand::Hand;
use super::node::Done;
use super::post::Post;
use super::watching::capital;
use crate::gate::Sightings;
use crate::model::act::{Deed, Node, Verb};
use crate::model::progress::{Control, Ending};
use crate::model::sighting::{Condition, Sighting};

/// How long the last look may take: whoever ends kaftop waits for it.
const LOOK: Duration = Duration::from_secs(2);

/// Waits until this one act is to be left as it is, and says what that leaves. A rolling restart ends between two brokers, by
/// itself.
pub(super) async fn interrupted<H: Hand>(post: &Post<'_, H>, deed: &Deed, sightings: &Sightings) -> Done {
    let mut steer = post.steer.clone();
    let is_asked = match deed {
        Deed::Roll => false,
        Deed::Node(..) | Deed::Elect(_) => steer.wait_for(|how| *how == Control::Abort).await.is_ok(),
    };
    if !is_asked {
        return pending().await;
    }
    let words = match deed {
        Deed::Node(verb, node) => match sightings.get(node) {
            Some(sighting) => left(post, *verb, node, sighting).await,
            None => "What is left of it is not known.".to_owned(),
        },
        Deed::Elect(_) | Deed::Roll => "Kafka goes on with what it was asked for.".to_owned(),
    };
    Done {
        ending: Ending::Unverified,
        words: format!("Kaftop was told to end before that was seen. {words}"),
    }
}

async fn left<H: Hand>(post: &Post<'_, H>, verb: Verb, node: &Node, sighting: &Sighting) -> String {
    let shown = &sighting.shown;
    let seen = timeout(LOOK, post.hand().look(&sighting.handle)).await;
    let now = match seen {
        Ok(Ok(now)) => Some(now.condition),
        Ok(Err(_)) | Err(_) => None,
    };
    let ends = matches!(verb, Verb::Stop | Verb::Restart | Verb::Kill);
    let is = match &now {
        None => format!("{shown} could not be looked at"),
        Some(Condition::Running) if ends => format!("{shown} runs still, and its end goes on"),
        Some(condition) => format!("{shown} is {condition}"),
    };
    let way = match verb.undo() {
        Some(Verb::Start) => "; `kaftop heal` starts it again.".to_owned(),
        Some(Verb::Resume) => "; `kaftop heal` ends the freeze.".to_owned(),
        Some(_) => "; `kaftop heal` connects it again.".to_owned(),
        None => format!("; whether {node} is whole again was not seen."),
    };
    capital(&is) + &way
}
