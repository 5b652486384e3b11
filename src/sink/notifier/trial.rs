//! A trial of every way: one notice through each, and what came back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::carrier::{Receipt, Refusal};
use super::dispatcher::{Route, carry};
use super::parcel::Parcel;
use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::severity::Severity;
use crate::model::text::Name;
use crate::model::time::At;

/// How a way took the trial.
#[derive(Debug)]
pub struct Tried {
    /// The way.
    pub name: Line,
    /// Whether it is no fault that it is not there.
    pub optional: bool,
    /// How long it took.
    pub took: Duration,
    /// What came back.
    pub outcome: Result<Receipt, Refusal>,
}

/// The notice of a trial: as grave as it gets, so that every way takes it.
pub fn trial_notice(cluster: Line, now: At) -> Notice {
    Notice {
        key: Name::from("kaftop-trial"),
        severity: Severity::Critical,
        state: NoticeState::Firing,
        title: Line::new("a trial of kaftop's notifications"),
        body: vec![Line::new(
            "Nothing is wrong: somebody ran `kaftop notify --test`.",
        )],
        labels: BTreeMap::from([
            (Line::new("alertname"), Line::new("KaftopTrial")),
            (Line::new("trial"), Line::new("true")),
        ]),
        since: now,
        at: now,
        runbook: None,
        cluster,
    }
}

/// Sends the notice through every way at once, in the order of the routes; each has its own deadline.
pub async fn trial(routes: Vec<Route>, notice: Notice) -> Vec<Tried> {
    let notice = Arc::new(notice);
    let mut under_way = JoinSet::new();
    let mut tried: Vec<Tried> = Vec::new();
    for (place, route) in routes.into_iter().enumerate() {
        let parcel = Parcel::one(Arc::clone(&notice), notice.at);
        tried.push(Tried {
            name: route.carrier.name(),
            optional: route.optional,
            took: Duration::ZERO,
            outcome: Err(Refusal::Lasting(Line::new("stopped by a fault of kaftop"))),
        });
        under_way.spawn(async move {
            let started = Instant::now();
            let outcome = carry(route.carrier, parcel).await;
            (place, started.elapsed(), outcome)
        });
    }
    while let Some(ended) = under_way.join_next().await {
        // One that panicked keeps the words that it has.
        let Ok((place, took, outcome)) = ended else {
            continue;
        };
        if let Some(way) = tried.get_mut(place) {
            (way.took, way.outcome) = (took, outcome);
        }
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::super::carrier::{Carrier, Delivery};
    use super::*;

    enum Fake {
        Takes,
        Hangs,
        Panics,
    }

    impl Carrier for Fake {
        fn name(&self) -> Line {
            Line::new("fake")
        }

        fn deadline(&self) -> Duration {
            Duration::from_secs(2)
        }

        fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a> {
            Box::pin(async move {
                match self {
                    Self::Takes => Ok(Receipt(parcel.headline().title)),
                    Self::Hangs => std::future::pending().await,
                    Self::Panics => panic!("a fault"),
                }
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_way_is_tried_and_none_waits_for_another() {
        let route = |fake| Route {
            carrier: Arc::new(fake),
            optional: false,
            stand_in: None,
        };
        let routes = vec![route(Fake::Hangs), route(Fake::Takes), route(Fake::Panics)];
        let tried = trial(routes, trial_notice("prod".into(), At(0))).await;
        let said: Vec<String> = tried
            .iter()
            .map(|way| match &way.outcome {
                Ok(Receipt(said)) => format!("{:.1}: {said}", way.took.as_secs_f64()),
                Err(refusal) => format!("{:.1}: {refusal}", way.took.as_secs_f64()),
            })
            .collect();
        assert_eq!(
            said,
            [
                "2.5: no answer within 2.0 s",
                "0.0: a trial of kaftop's notifications",
                "0.0: stopped by a fault of kaftop",
            ]
        );
    }
}
