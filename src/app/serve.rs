//! A demonstration without a screen: the cluster is there for other tools, and the steps are told as they happen.

use std::sync::Arc;

use color_eyre::eyre::{Report, WrapErr, eyre};
use tokio::signal::unix::{SignalKind, signal};

use super::demo::{Demo, Feed};
use super::flow::runtime;
use crate::model::story::{Story, Told};

/// Tells each step as it happens until SIGINT, SIGTERM or SIGHUP.
///
/// # Errors
/// The signals cannot be watched, or the simulated cluster ended by a fault.
pub fn serve(demo: &Demo, tell: impl FnMut(&Told)) -> Result<(), Report> {
    let feed = demo.feed.clone();
    runtime()?.block_on(async {
        let watched = |kind| signal(kind).wrap_err("cannot watch the signals");
        let mut interrupt = watched(SignalKind::interrupt())?;
        let mut terminate = watched(SignalKind::terminate())?;
        let mut hangup = watched(SignalKind::hangup())?;
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            _ = hangup.recv() => Ok(()),
            why = steps(feed, tell) => Err(eyre!("the simulated cluster ended by a fault of kaftop: {why}")),
        }
    })
}

/// Tells the steps; why the simulated cluster ended.
async fn steps(mut feed: Feed, mut tell: impl FnMut(&Told)) -> String {
    let mut before: Option<Arc<Story>> = None;
    loop {
        let newest = feed.borrow_and_update().clone();
        match newest {
            Ok(story) => {
                for told in new(before.as_deref(), &story) {
                    tell(told);
                }
                before = Some(story);
            }
            Err(why) => return why,
        }
        if feed.changed().await.is_err() {
            return "its thread came to its end".to_owned();
        }
    }
}

/// What was told since the state before; of a long story the oldest is forgotten, so that only the end is compared.
fn new<'a>(before: Option<&Story>, story: &'a Story) -> &'a [Told] {
    let known = before.and_then(|before| before.told.last());
    let place = known.and_then(|known| story.told.iter().rposition(|told| told == known));
    place
        .and_then(|place| story.told.get(place + 1..))
        .unwrap_or(&story.told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Span;

    #[test]
    fn each_step_is_told_once() {
        let story = |words: &[&str]| Story {
            told: (1..)
                .zip(words)
                .map(|(second, words)| Told {
                    at: Span::seconds(second),
                    words: (*words).to_owned(),
                })
                .collect(),
            ..Story::default()
        };
        let (none, one, three) = (story(&[]), story(&["a"]), story(&["a", "b", "c"]));
        let table = [
            (None, &one, 1),
            (Some(&none), &one, 1),
            (Some(&one), &one, 0),
            (Some(&one), &three, 2),
        ];
        for (before, now, expected) in table {
            assert_eq!(new(before, now).len(), expected);
        }
    }
}
