//! Scenarios as they are shipped, and what kaftop's own rules tell of them.

use kaftop::alert::Rules;
use kaftop::sim::scenario::{Scenario, Wishes, built_in};

use super::feed::Feed;

/// A scenario until so many seconds after its beginning; what is told, a line each.
fn told(name: &str, until: i64) -> Vec<String> {
    let built_in = built_in(name).unwrap();
    let scenario = Scenario::parse(built_in.text, &built_in.path()).unwrap();
    let plan = scenario.plan(Wishes::default()).unwrap();
    let mut feed = Feed::new(&plan.spec, &Rules::built_in());
    for step in &plan.steps {
        feed.to(i64::try_from(step.at.as_secs()).unwrap());
        if let Some(act) = &step.act {
            feed.act(&act.value);
        }
    }
    feed.to(until);
    let lines = feed.told.iter().flat_map(|(_, transition)| {
        let first = format!("{} {}", transition.turn.word(), transition.alert.key);
        std::iter::once(first).chain(transition.inside.iter().map(|line| format!("- {line}")))
    });
    lines.collect()
}

#[test]
fn a_replica_that_comes_and_goes_is_told_once_and_its_end_once() {
    let mut told = told("slow-replica", 1_200);
    // Groups of the guide's cluster that nobody reads for, whatever else happens.
    told.retain(|line| !line.contains("KafkaGroup"));
    assert_eq!(told[0], "firing KafkaBrokerLagging broker:3");
    assert!(told[1].starts_with("- ISRs shrink "), "{told:#?}");
    told.retain(|line| !line.starts_with('-'));
    assert_eq!(told[1..], ["resolved KafkaBrokerLagging broker:3"]);
}
