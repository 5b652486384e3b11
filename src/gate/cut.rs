//! What a cut comes to: whether it cuts what it should, and what else.

use crate::model::act::Verb;
use crate::model::sighting::{Condition, Severing, Sighting};

/// What is said of a cut or a reconnection, beside the rest: effects and notes. An error is why it cannot be done.
pub(super) fn severing(verb: Verb, sighting: &Sighting) -> Result<(Vec<String>, Vec<String>), String> {
    match (verb, &sighting.severing) {
        (Verb::Cut, Severing::Already) => Err("it is cut off already; reconnect it.".to_owned()),
        (Verb::Cut, Severing::Impossible(why)) => Err(why.clone()),
        (Verb::Cut, Severing::Possible { .. }) if sighting.condition != Condition::Running => Err(format!(
            "{} is {}, so that a cut could not be proven; it must run first.",
            sighting.shown, sighting.condition
        )),
        (Verb::Cut, Severing::Possible { ties, also }) => {
            let networks: Vec<String> = ties.iter().map(|tie| tie.network.to_string()).collect();
            let does = if networks.is_empty() {
                Vec::new()
            } else {
                vec![format!("It is taken off network {}.", networks.join(" and "))]
            };
            let notes = also.iter().map(|also| format!("cuts off as well {also}"));
            Ok((does, notes.collect()))
        }
        (Verb::Reconnect, Severing::Already) => Ok((Vec::new(), Vec::new())),
        (Verb::Reconnect, _) => Err(
            "kaftop knows of no cut of it, and so not what to connect it to; use the engine's own tools."
                .to_owned(),
        ),
        _ => Ok((Vec::new(), Vec::new())),
    }
}
