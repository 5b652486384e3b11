//! `kaftop act` against a simulated cluster on ports: what is refused, what is asked of Kafka itself, and exit codes.

use std::fs;
use std::path::PathBuf;
use std::thread;

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, ClusterSpec, Node, TopicSpec};

use crate::kit::kaftop::{Ran, run};
use crate::simulated::Simulated;

fn cluster() -> Simulated {
    let mut spec = ClusterSpec::bare(Mode::Kraft, 3);
    spec.topics = vec![TopicSpec::named("t", 3).assigned(&[&[1, 2, 3], &[2, 3, 1], &[3, 1, 2]])];
    Simulated::start(&spec)
}

/// Runs kaftop while the simulated clock goes on.
fn while_time_passes(simulated: &Simulated, arguments: &[&str]) -> Ran {
    let kaftop = simulated.kaftop();
    thread::scope(|scope| {
        let running = scope.spawn(move || kaftop.run(arguments));
        while !running.is_finished() {
            simulated
                .simulation()
                .advance(std::time::Duration::from_millis(50));
            thread::yield_now();
        }
        running.join().unwrap()
    })
}

#[test]
fn preferred_leaders_are_elected_through_kafka_and_seen() {
    let simulated = cluster();
    let leader = |partition| {
        simulated.simulation().with_world(|world| {
            let truth = world.truth();
            truth.topic("t").unwrap().partition(partition).unwrap().leader
        })
    };
    let in_sync = || {
        simulated.simulation().with_world(|world| {
            let truth = world.truth();
            truth
                .topic("t")
                .unwrap()
                .partitions
                .iter()
                .all(|partition| partition.isr.len() == 3)
        })
    };
    simulated.act(&Act::Stop(Node::Broker(3)));
    simulated.until("another leader", || leader(2) != Some(3));
    // Its controlled shutdown goes on for a while after its partitions have other leaders.
    simulated.seconds(10);
    simulated.act(&Act::Start(Node::Broker(3)));
    simulated.until("the ISR", in_sync);
    // The brokers hear of it a little later.
    simulated.seconds(2);
    assert_ne!(leader(2), Some(3));

    let dry = while_time_passes(&simulated, &["act", "elect", "all", "--dry-run", "--no-docker"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.stdout.contains("1 partition goes back"), "{dry:?}");
    assert_ne!(leader(2), Some(3));
    let unconfirmed = while_time_passes(&simulated, &["act", "elect", "all", "--no-docker"]);
    assert_eq!(unconfirmed.code, Some(2), "{unconfirmed:?}");
    assert!(unconfirmed.stdout.contains("--yes"), "{unconfirmed:?}");
    let done = while_time_passes(&simulated, &["act", "elect", "t:2", "--yes", "--no-docker"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.stdout.contains("the first replica leads") || done.stdout.contains("The first replica leads"),
        "{done:?}"
    );
    assert_eq!(leader(2), Some(3));
    let again = while_time_passes(
        &simulated,
        &["act", "elect", "all", "--yes", "--json", "--no-docker"],
    );
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.stdout.contains(r#"{"event":"refused""#), "{again:?}");
}

#[test]
fn what_is_not_allowed_is_refused_at_once() {
    let simulated = cluster();
    for verb in [
        "stop",
        "start",
        "restart",
        "kill",
        "pause",
        "resume",
        "cut",
        "reconnect",
    ] {
        let ran = simulated
            .kaftop()
            .run(&["act", verb, "2", "--yes", "--read-only"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stdout.contains("read-only (flag --read-only)"), "{ran:?}");
    }
    let ran = simulated
        .kaftop()
        .run(&["act", "stop", "2", "--yes", "--no-docker"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stdout.contains("no container engine"), "{ran:?}");
}

#[test]
fn a_production_cluster_is_refused_until_it_is_allowed() {
    let simulated = cluster();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("production.toml");
    let bootstrap = simulated.bootstrap().join("\", \"");
    let text = format!("[clusters.main]\nbootstrap = [\"{bootstrap}\"]\nproduction = true\n");
    fs::write(&file, text).unwrap();
    let file = file.to_string_lossy().into_owned();
    let act = |more: &[&str]| {
        let base = [
            "act",
            "roll",
            "--yes",
            "--no-docker",
            "--config",
            &file,
            "--cluster",
            "main",
        ];
        run(&[&base[..], more].concat())
    };
    let refused = act(&[]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stdout.contains("--allow-acts"), "{refused:?}");
    // Allowed, it is refused for another reason.
    let allowed = act(&["--allow-acts"]);
    assert_eq!(allowed.code, Some(2), "{allowed:?}");
    assert!(allowed.stdout.contains("no container engine"), "{allowed:?}");
}

#[test]
fn wrong_usage_and_nothing_to_heal() {
    let simulated = cluster();
    for arguments in [
        &["act"][..],
        &["act", "stop"],
        &["act", "stop", "x"],
        &["act", "elect"],
    ] {
        let ran = simulated.kaftop().run(arguments);
        assert_eq!(ran.code, Some(64), "{ran:?}");
    }
    let nobody = run(&["act", "stop", "2"]);
    assert_eq!(nobody.code, Some(64), "{nobody:?}");
    let healed = simulated.kaftop().run(&["heal", "--no-docker"]);
    assert_eq!(healed.code, Some(0), "{healed:?}");
    assert!(healed.stdout.contains("left nothing undone"), "{healed:?}");
}
