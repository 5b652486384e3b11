//! Waiting until an act is seen to have taken effect.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::check::Check;
use super::hand::Hand;
use super::post::Post;
use crate::model::sighting::Sighting;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(250);
/// The longest that one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

/// What was waited for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Each check with when it was first seen to hold without a break; none where it does not hold.
    pub(super) checks: Vec<(Check, Option<At>)>,
    /// The newest look at the process.
    pub(super) sighting: Option<Sighting>,
    /// How a run of it ended that was followed by another, where that was seen.
    pub(super) last_end: Option<Name>,
    /// Why the process could not be looked at last, where it could not.
    pub(super) blind: Option<String>,
    /// Whether that is because its place no longer exists: it will never be seen again.
    pub(super) gone: bool,
    /// How long a node must stay whole that was out of reach.
    pub(super) steady: Span,
    /// When the wait began.
    pub(super) began: At,
    /// When it ended.
    pub(super) ended: At,
}

impl Seen {
    pub(super) fn is_all(&self) -> bool {
        self.checks
            .iter()
            .all(|(check, at)| at.is_some_and(|at| at.age(self.ended) >= check.hold(self.steady)))
    }

    /// What was seen, each with how long after `from`; and what was not.
    pub(super) fn words(&self, shown: &Name, from: At) -> String {
        let mut parts = Vec::new();
        for (check, at) in &self.checks {
            let held = at.filter(|at| at.age(self.ended) >= check.hold(self.steady));
            parts.push(match held {
                Some(at) => format!("{} after {}", check.seen(shown), tenths(at.age_from(from))),
                None => format!(
                    "{} within {}",
                    check.unseen(shown),
                    tenths(self.ended.age_from(from))
                ),
            });
        }
        if let (Some(why), false) = (&self.blind, self.is_all()) {
            parts.push(if self.gone {
                format!("{shown} was removed meanwhile")
            } else {
                format!("it could not be looked at: {why}")
            });
        }
        format!("{}.", capital(&parts.join("; ")))
    }
}

/// The text as a sentence begins.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

trait AgeFrom {
    fn age_from(self, from: At) -> Span;
}

impl AgeFrom for At {
    fn age_from(self, from: At) -> Span {
        from.age(self)
    }
}

/// `1.4s`; from a minute on in its two largest units.
pub(super) fn tenths(span: Span) -> String {
    if span.0 < 60_000 {
        format!("{}.{}s", span.0 / 1_000, span.0 % 1_000 / 100)
    } else {
        span.to_string()
    }
}

/// Waits until all checks hold at once, until `stop` says that it is no use, or until the limit.
pub(super) async fn wait<H: Hand>(
    post: &Post<'_, H>,
    handle: Option<&Name>,
    checks: Vec<Check>,
    limit: Duration,
    stop: impl Fn(&Sighting) -> bool,
) -> Seen {
    let began = post.now();
    let end = Instant::now() + limit;
    let mut seen = Seen {
        checks: checks.into_iter().map(|check| (check, None)).collect(),
        sighting: None,
        last_end: None,
        blind: None,
        gone: false,
        steady: post.steady(),
        began,
        ended: began,
    };
    loop {
        if let Some(handle) = handle {
            look(post, handle, &mut seen).await;
        }
        let now = post.now();
        seen.ended = now;
        if let Some(bulletin) = post.bulletin() {
            for (check, at) in &mut seen.checks {
                let of_nobody = seen.gone && *check == Check::Ended;
                if of_nobody || check.holds(seen.sighting.as_ref(), &bulletin, began) {
                    at.get_or_insert(now);
                } else {
                    *at = None;
                }
            }
        }
        let in_vain = seen.gone && seen.checks.iter().any(|(check, _)| check.needs_process());
        let over = in_vain || seen.sighting.as_ref().is_some_and(&stop);
        if seen.is_all() || over || Instant::now() >= end {
            return seen;
        }
        sleep(LOOK).await;
    }
}

async fn look<H: Hand>(post: &Post<'_, H>, handle: &Name, seen: &mut Seen) {
    match timeout(LOOK_WITHIN, post.hand().look(handle)).await {
        Ok(Ok(sighting)) => {
            seen.last_end = sighting.runs.last_end.clone().or(seen.last_end.take());
            seen.sighting = Some(sighting);
            seen.blind = None;
            seen.gone = false;
        }
        // What was seen last does not prove anything now.
        Ok(Err(fault)) => {
            seen.sighting = None;
            seen.gone = fault.missing;
            seen.blind = Some(fault.words);
        }
        Err(_) => {
            seen.sighting = None;
            seen.gone = false;
            seen.blind = Some("no answer within 5 s".to_owned());
        }
    }
}
