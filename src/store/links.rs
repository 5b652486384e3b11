//! Each source's connection: does it answer, since when not, and why.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::broker::Answers;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::intake::{Origin, Source, SourceState};
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// What is known of one source's connection.
#[derive(Clone, Debug)]
pub(super) struct Link {
    address: Option<Name>,
    state: SourceState,
    last_good: Option<At>,
    round_trip: Option<Duration>,
    measured_at: Option<At>,
    failing: Option<(At, Failure)>,
    failures: u32,
    slowed_to: Option<Span>,
}

impl Link {
    fn new() -> Self {
        Self {
            address: None,
            state: SourceState::Connecting,
            last_good: None,
            round_trip: None,
            measured_at: None,
            failing: None,
            failures: 0,
            slowed_to: None,
        }
    }

    /// Since when it does not answer, and why; `None` while it does or while that is not settled.
    ///
    /// One missed deadline of a source that answered before is not yet silence: a pause of the garbage
    /// collector looks the same. A refusal or a reset is settled at once.
    pub fn silence(&self) -> Option<(At, &Failure)> {
        let (since, why) = self.failing.as_ref()?;
        let settled = self.failures >= 2 || self.last_good.is_none() || why.kind != FailureKind::Timeout;
        settled.then_some((*since, why))
    }

    /// Its last answer.
    pub fn last_good(&self) -> Option<At> {
        self.last_good
    }

    /// The newest round trip, where it was measured at `earliest` or later and it answers.
    pub fn round_trip_since(&self, earliest: At) -> Option<Duration> {
        let lately = self.measured_at.is_some_and(|at| at >= earliest);
        self.round_trip.filter(|_| lately && self.silence().is_none())
    }

    /// Whether it answers, for a broker's row.
    pub fn answers(&self) -> Answers {
        match (self.silence(), self.last_good) {
            (Some((since, why)), last) => Answers::No {
                why: why.clone(),
                since,
                last,
            },
            (None, Some(at)) => Answers::Yes {
                round_trip: self.round_trip,
                at,
            },
            (None, None) => Answers::Untried,
        }
    }
}

/// All sources by origin.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeMap<Origin, Link>);

impl Links {
    fn entry(&mut self, from: &Origin) -> &mut Link {
        self.0.entry(from.clone()).or_insert_with(Link::new)
    }

    pub fn connecting(&mut self, from: &Origin, address: Name) {
        self.entry(from).address = Some(address);
    }

    pub fn answered(&mut self, from: &Origin, round_trip: Option<Duration>, at: At) {
        let link = self.entry(from);
        link.state = SourceState::Live;
        link.last_good = Some(at);
        if round_trip.is_some() {
            (link.round_trip, link.measured_at) = (round_trip, Some(at));
        }
        link.failing = None;
        link.failures = 0;
    }

    pub fn lost(&mut self, from: &Origin, why: Failure, retry_at: Option<At>, at: At) {
        let link = self.entry(from);
        link.state = retry_at.map_or(SourceState::Failed, |until| SourceState::BackingOff { until });
        let since = link.failing.as_ref().map_or(at, |(since, _)| *since);
        link.failing = Some((since, why));
        link.failures = link.failures.saturating_add(1);
    }

    pub fn paced(&mut self, from: &Origin, pace: Option<Span>) {
        self.entry(from).slowed_to = pace;
    }

    /// The longest interval to which a source has slowed itself.
    pub fn slowest_pace(&self) -> Option<Span> {
        self.0.values().filter_map(|link| link.slowed_to).max()
    }

    /// The link of a broker.
    pub fn broker(&self, id: BrokerId) -> Option<&Link> {
        self.0.get(&Origin::Broker(id))
    }

    /// Whether a broker does not answer; unknown counts as not silent.
    pub fn is_silent(&self, id: BrokerId) -> bool {
        self.broker(id).is_some_and(|link| link.silence().is_some())
    }

    /// The brokers that do not answer, since when, and why.
    pub fn silent_brokers(&self) -> impl Iterator<Item = (BrokerId, At, &Failure)> {
        self.0
            .iter()
            .filter_map(|(origin, link)| match (origin, link.silence()) {
                (Origin::Broker(id), Some((since, why))) => Some((*id, since, why)),
                _ => None,
            })
    }

    /// The bootstrap addresses that fail, with why.
    pub fn failed_bootstraps(&self) -> impl Iterator<Item = &Failure> + Clone {
        self.0.iter().filter_map(|(origin, link)| match origin {
            Origin::Bootstrap(_) => link.failing.as_ref().map(|(_, why)| why),
            _ => None,
        })
    }

    /// Every source as it is shown. A bootstrap address that did its work is left out: the broker behind
    /// it speaks for itself from then on.
    pub fn sources(&self) -> Vec<Source> {
        let done = |origin: &Origin, link: &Link| {
            matches!(origin, Origin::Bootstrap(_)) && link.failing.is_none() && link.last_good.is_some()
        };
        let shown = self.0.iter().filter(|(origin, link)| !done(origin, link));
        shown
            .map(|(origin, link)| Source {
                origin: origin.clone(),
                address: link.address.clone(),
                state: link.state.clone(),
                last_good: link.last_good,
                error: link.failing.as_ref().map(|(_, why)| why.clone()),
                slowed_to: link.slowed_to,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "x")
    }

    #[test]
    fn one_missed_deadline_is_not_yet_silence_and_a_refusal_is() {
        let mut links = Links::default();
        let id = Origin::Broker(BrokerId(1));
        links.answered(&id, Some(Duration::from_millis(1)), At(1000));
        links.lost(&id, failure(FailureKind::Timeout), Some(At(2100)), At(2000));
        assert!(!links.is_silent(BrokerId(1)));
        links.lost(&id, failure(FailureKind::Timeout), Some(At(3100)), At(3000));
        let link = links.broker(BrokerId(1)).expect("known");
        assert_eq!(link.silence().map(|(since, _)| since), Some(At(2000)));
        assert_eq!(
            link.answers(),
            Answers::No {
                why: failure(FailureKind::Timeout),
                since: At(2000),
                last: Some(At(1000))
            }
        );
        links.answered(&id, None, At(4000));
        assert!(!links.is_silent(BrokerId(1)));
        let kept = Answers::Yes {
            round_trip: Some(Duration::from_millis(1)),
            at: At(4000),
        };
        assert_eq!(links.broker(BrokerId(1)).map(Link::answers), Some(kept));
        links.lost(&id, failure(FailureKind::Refused), None, At(5000));
        assert!(links.is_silent(BrokerId(1)));
    }

    #[test]
    fn a_broker_that_never_answered_is_silent_at_its_first_failure() {
        let mut links = Links::default();
        let id = Origin::Broker(BrokerId(1));
        links.lost(&id, failure(FailureKind::Timeout), None, At(1000));
        assert!(links.is_silent(BrokerId(1)));
    }

    #[test]
    fn a_round_trip_that_was_not_measured_is_unknown_and_not_zero() {
        let mut links = Links::default();
        let id = Origin::Broker(BrokerId(1));
        links.answered(&id, None, At(1000));
        let unmeasured = Answers::Yes {
            round_trip: None,
            at: At(1000),
        };
        assert_eq!(links.broker(BrokerId(1)).map(Link::answers), Some(unmeasured));
    }
}
