//! Every scenario that kaftop brings: it loads, fits its clusters, and runs to its end on the model.

use std::time::Duration;

use super::*;
use crate::model::cluster::Mode;
use crate::sim::world::{SimTime, World};

/// How long a scenario is watched after its last step.
const AFTER: Duration = Duration::from_secs(30);

fn loaded(built_in: BuiltIn) -> Scenario {
    Scenario::parse(built_in.text, &built_in.path())
        .unwrap_or_else(|problems| panic!("{}: {problems:#?}", built_in.name))
}

/// The modes that a scenario works in.
fn modes(scenario: &Scenario) -> Vec<Mode> {
    match &scenario.cluster.mode {
        Some(mode) => vec![mode.value],
        None => vec![Mode::Kraft, Mode::ZooKeeper],
    }
}

#[test]
fn every_scenario_runs_to_its_end() {
    for built_in in BUILT_IN {
        let scenario = loaded(*built_in);
        for mode in modes(&scenario) {
            let plan = scenario
                .plan(Wishes {
                    mode: Some(mode),
                    ..Wishes::default()
                })
                .unwrap_or_else(|error| panic!("{} {mode:?}: {error}", built_in.name));
            let mut world = World::new(&plan.spec, 1, 0).unwrap();
            for step in &plan.steps {
                world.advance(SimTime::default() + step.at);
                if let Some(act) = &step.act {
                    world.act(&act.value).unwrap_or_else(|error| {
                        panic!("{} {mode:?}: {:?} at {:?}: {error}", built_in.name, act, step.at)
                    });
                }
            }
            let last = plan.steps.last().map_or(Duration::ZERO, |step| step.at);
            world.advance(SimTime::default() + last + AFTER);
        }
    }
}

#[test]
fn every_scenario_begins_healthy_tells_its_steps_and_can_be_learnt_from() {
    for built_in in BUILT_IN {
        let scenario = loaded(*built_in);
        let name = built_in.name;
        let Some(first) = scenario.steps.first() else {
            assert_eq!(name, "quiet", "a scenario without steps");
            continue;
        };
        assert!(
            first.at >= Duration::from_secs(8),
            "{name}: the first seconds are calm"
        );
        assert!(scenario.steps.iter().any(|step| step.note.is_some()), "{name}");
        let lesson = &scenario.lesson;
        assert!(lesson.conclusion.is_some(), "{name}");
        assert!((1..=3).contains(&lesson.questions.len()), "{name}");
        assert!(
            Duration::from(lesson.from) > first.at,
            "{name}: the conclusion comes after the first step"
        );
    }
    let rights: Vec<usize> = BUILT_IN
        .iter()
        .flat_map(|built_in| loaded(*built_in).lesson.questions.clone())
        .map(|question| question.right)
        .collect();
    let most = (0..4)
        .map(|place| rights.iter().filter(|right| **right == place).count())
        .max();
    assert!(
        most.is_some_and(|most| most * 10 <= rights.len() * 6),
        "the place of the right answer can be guessed: {rights:?}"
    );
}

#[test]
fn names_are_found_and_the_nearest_is_told() {
    assert!(built_in(DEFAULT).is_some());
    let names: std::collections::BTreeSet<&str> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), BUILT_IN.len());
    assert_eq!(built_in("craash"), None);
    assert!(unknown_name("craash").contains("the nearest valid name is \"crash\""));
    assert!(unknown_name("\u{1b}").contains("the valid ones are"));
}

#[test]
fn what_the_cluster_does_not_have_is_told_with_its_line() {
    let text = |steps: &str| format!("title = \"t\"\nstory = \"s\"\n{steps}");
    let step = |rest: &str| format!("[[step]]\nat = \"1s\"\n{rest}\n");
    let table = [
        (
            step("act = \"kill\"\nnode = \"broker:7\""),
            "x.toml:6: step.node: there is no broker 7: the cluster has brokers 1 to 3; the nearest is \"broker:3\"",
        ),
        (
            step("act = \"kill\"\nnode = \"zookeeper:1\""),
            "x.toml:6: step.node: there is no zookeeper 1: a cluster in KRaft mode has no ZooKeeper",
        ),
        (
            step("act = \"slow\"\nnode = \"broker:0\"\nfactor = 0.5"),
            "x.toml:6: step.node: there is no broker 0",
        ),
        (
            step("act = \"behave\"\ngroup = \"message-ruter-group\"\nbehaviour = \"stalled\""),
            "x.toml:6: step.group: there is no group \"message-ruter-group\"; the nearest valid group is \"message-router-group\"",
        ),
        (
            step("act = \"delete-topic\"\ntopic = \"dlq\"")
                + &step("act = \"delete-topic\"\ntopic = \"dlq\""),
            "x.toml:10: step.topic: there is no topic \"dlq\"",
        ),
        (
            step("act = \"create-topic\"\ntopic = \"dlq\""),
            "x.toml:6: step.topic: there is a topic \"dlq\" already",
        ),
    ];
    for (steps, expected) in table {
        let scenario = Scenario::parse(&text(&steps), "x.toml").unwrap();
        let said = scenario.plan(Wishes::default()).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}\n{expected}");
    }
    let kraft = Scenario::parse(&text("mode = \"kraft\""), "x.toml").unwrap();
    let wishes = Wishes {
        mode: Some(Mode::ZooKeeper),
        ..Wishes::default()
    };
    let said = kraft.plan(wishes).unwrap_err().to_string();
    assert!(
        said.contains("in kraft mode, and does not work in zookeeper mode"),
        "{said}"
    );
}

#[test]
fn sizes_can_be_wished_and_absurd_ones_are_refused_with_limit_and_memory() {
    let scenario = loaded(built_in("crash").unwrap());
    let large = Wishes {
        brokers: Some(60),
        partitions: Some(50_000),
        groups: Some(1_000),
        mode: None,
    };
    let spec = scenario.plan(large).unwrap().spec;
    assert_eq!((spec.brokers, spec.groups.len()), (60, 1_000));
    let more = scenario
        .plan(Wishes {
            brokers: Some(5),
            ..Wishes::default()
        })
        .unwrap();
    assert_eq!(more.spec.brokers, 5);
    assert!(more.spec.topics.iter().any(|topic| topic.name == "messages"));
    let table = [
        (Some(5_000), None, None, "5000 asked, at most 1000"),
        (None, Some(u32::MAX), None, "4294967295 asked, at most 1000000"),
        (None, None, Some(u32::MAX), "4294967295 asked, at most 20000"),
        (Some(0), None, None, "one at least"),
    ];
    for (brokers, partitions, groups, expected) in table {
        let wishes = Wishes {
            mode: None,
            brokers,
            partitions,
            groups,
        };
        let said = scenario.plan(wishes).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
        assert!(!expected.contains("asked") || said.contains("MiB"), "{said}");
    }
}

#[test]
fn the_page_for_users_explains_every_key_and_its_example_is_valid() {
    const PAGE: &str = include_str!("../../../assets/scenarios/README.md");
    let keys = reader::TOP_KEYS
        .iter()
        .chain(cluster_form::CLUSTER_KEYS)
        .chain(cluster_form::TOPIC_KEYS)
        .chain(cluster_form::GROUP_KEYS)
        .chain(cluster_form::BEHAVIOUR_KEYS)
        .chain(step_form::STEP_KEYS)
        .copied()
        .chain(step_form::act_names());
    for key in keys {
        assert!(
            PAGE.contains(&format!("`{key}`"))
                || PAGE.contains(&format!("[{key}]"))
                || PAGE.contains(&format!("[{key}.")),
            "{key} is not explained"
        );
    }
    let example = PAGE
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let scenario = Scenario::parse(example.unwrap(), "README.md").unwrap();
    assert!(scenario.plan(Wishes::default()).is_ok());
}
