//! Each fault of a real cluster, as it was measured on real ones: the order of what happens is theirs, and the times
//! lie in their ranges.

use std::time::Duration;

use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

const ONE: Node = Node::Broker(1);

/// One fault done to broker 1 and undone: when it is taken out and back in, and what becomes of the partitions.
struct Case {
    name: &'static str,
    mode: Mode,
    does: Act,
    undoes: Act,
    leads: bool,
    /// When new leaders are there, in seconds after the act.
    elected: std::ops::Range<f64>,
    /// When the ISRs are whole, in seconds after it was undone.
    whole: std::ops::Range<f64>,
}

fn cases() -> Vec<Case> {
    let case = |name, mode, does, undoes, leads, elected, whole| Case {
        name,
        mode,
        does,
        undoes,
        leads,
        elected,
        whole,
    };
    let (kraft, zookeeper) = (Mode::Kraft, Mode::ZooKeeper);
    let (stop, start, kill) = (Act::Stop(ONE), Act::Start(ONE), Act::Kill(ONE));
    let (pause, resume, cut, heal) = (Act::Pause(ONE), Act::Resume(ONE), Act::Cut(ONE), Act::Heal(ONE));
    vec![
        case(
            "stop",
            kraft,
            stop.clone(),
            start.clone(),
            false,
            0.0..0.5,
            3.0..6.0,
        ),
        case(
            "kill",
            kraft,
            kill.clone(),
            start.clone(),
            false,
            6.9..9.2,
            5.0..8.0,
        ),
        case(
            "kill",
            kraft,
            kill.clone(),
            start.clone(),
            true,
            10.0..13.0,
            5.0..8.0,
        ),
        case(
            "pause",
            kraft,
            pause.clone(),
            resume.clone(),
            false,
            6.9..9.2,
            0.0..1.0,
        ),
        case(
            "pause",
            kraft,
            pause.clone(),
            resume.clone(),
            true,
            10.0..15.0,
            0.0..1.0,
        ),
        case("cut", kraft, cut.clone(), heal.clone(), false, 6.9..9.2, 0.0..1.0),
        case("stop", zookeeper, stop, start.clone(), false, 0.0..0.5, 3.0..6.0),
        case(
            "kill",
            zookeeper,
            kill.clone(),
            start.clone(),
            false,
            17.5..18.5,
            5.0..8.0,
        ),
        case("kill", zookeeper, kill, start, true, 17.5..19.5, 5.0..8.0),
        case(
            "pause",
            zookeeper,
            pause.clone(),
            resume.clone(),
            false,
            17.5..18.5,
            0.0..1.0,
        ),
        case("pause", zookeeper, pause, resume, true, 17.5..19.5, 0.0..1.0),
        case("cut", zookeeper, cut, heal, true, 17.5..19.5, 0.0..1.0),
    ]
}

#[test]
fn a_broker_goes_and_comes_back() {
    for case in cases() {
        let name = format!("{:?} {} controller {}", case.mode, case.name, case.leads);
        let seed = if case.leads {
            seed_with(case.mode, 1)
        } else {
            seed_without(case.mode, 1)
        };
        let mut watched = Watched::new(&spec(case.mode), seed);
        watched.run(5.0);
        watched.act(&case.does);
        watched.run(40.0);
        let epoch = i32::from(case.mode == Mode::ZooKeeper);
        let gone = watched.timed();
        for (line, expected) in [
            ("p0", "p0 leader 2 isr [2, 3] epoch 1".to_owned()),
            ("p1", format!("p1 leader 2 isr [2, 3] epoch {epoch}")),
            ("p2", format!("p2 leader 3 isr [3, 2] epoch {epoch}")),
            ("out", "out [1]".to_owned()),
        ] {
            let lines: Vec<_> = gone.iter().filter(|(_, told)| told.starts_with(line)).collect();
            assert!(
                lines.len() == 1 && lines[0].1 == expected,
                "{name}: {lines:?} for {expected}"
            );
            let after = lines[0].0 - 5.0;
            // A broker that is stopped is out when it has handed over.
            let late = if line == "out" && case.name == "stop" {
                1.6
            } else {
                0.0
            };
            assert!(
                after >= case.elected.start && after <= case.elected.end + late,
                "{name}: {line} after {after}"
            );
        }
        watched.act(&case.undoes);
        watched.run(20.0);
        let back = watched.timed();
        let last = back.last().unwrap();
        assert!(
            case.whole.contains(&(last.0 - 45.0)),
            "{name}: whole after {}",
            last.0 - 45.0
        );
        let truth = watched.world.truth();
        let whole = truth
            .topic("t")
            .unwrap()
            .partitions
            .iter()
            .all(|partition| partition.isr.len() == 3);
        assert!(whole, "{name}: {back:?}");
        assert_eq!(back[0].1, "out []", "{name}");
    }
}

#[test]
fn a_cut_off_broker_lies_calmly_and_what_it_took_is_lost() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut spec = spec(mode);
        spec.timing.process.reconnect = (Duration::from_secs(9), Duration::from_secs(18));
        let mut watched = Watched::new(&spec, seed_without(mode, 1));
        watched.run(5.0);
        watched.act(&Act::Cut(ONE));
        watched.run(43.0);
        assert_eq!(watched.told_by(1, 0), "Some(1) [1, 2, 3] 0", "{mode:?}");
        assert_eq!(watched.told_by(2, 0), "Some(2) [2, 3] 1", "{mode:?}");
        // Where it only follows, KRaft's survivors show the same epoch and another ISR.
        let epoch = i32::from(mode == Mode::ZooKeeper);
        assert_eq!(watched.told_by(1, 1), "Some(2) [2, 3, 1] 0", "{mode:?}");
        assert_eq!(
            watched.told_by(2, 1),
            format!("Some(2) [2, 3] {epoch}"),
            "{mode:?}"
        );
        assert_eq!(watched.write(1, 0, Acks::All, 5.0), Wrote::Hangs, "{mode:?}");
        let at = watched.at(0);
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            mine.push(watched.world.append(1, at, batch(b"lost"), Acks::Leader).unwrap());
            theirs.push(watched.world.append(2, at, batch(b"kept"), Acks::All).unwrap());
            watched.run(0.1);
        }
        assert!(
            theirs
                .iter()
                .all(|one| watched.world.acked(2, at, one) == Acked::Yes)
        );
        assert!(watched.world.append(1, at, batch(b"x"), Acks::Leader).is_ok());
        watched.act(&Act::Heal(ONE));
        watched.run(8.0);
        // The network is whole, and connections are not back yet: it goes on.
        assert!(watched.world.append(1, at, batch(b"lost"), Acks::Leader).is_ok());
        watched.run(15.0);
        assert_eq!(watched.told_by(1, 0), "Some(2) [2, 3, 1] 1", "{mode:?}");
        assert_eq!(watched.world.acked(1, at, &mine[0]), Acked::NotLeader);
        let found = all_batches(&watched.world, 2, at);
        assert!(!found.iter().any(|bytes| bytes == "lost"), "{mode:?}");
        assert_eq!(
            found.iter().filter(|bytes| *bytes == "kept").count(),
            20,
            "{mode:?}"
        );
    }
}

fn all_batches(world: &World, broker: i32, at: Place) -> Vec<String> {
    let mut offset = world.log(broker, at, None).unwrap().start;
    let mut found = Vec::new();
    loop {
        let read = world.read(broker, at, offset, 100_000).unwrap();
        let Some(last) = read.last() else { return found };
        offset = match last {
            Stored::Batch {
                base_offset, batch, ..
            } => base_offset + i64::from(batch.records),
            Stored::Synthetic {
                base_offset, records, ..
            } => base_offset + i64::from(*records),
        };
        for stored in read {
            if let Stored::Batch { batch, .. } = stored {
                found.push(String::from_utf8_lossy(&batch.bytes).into_owned());
            }
        }
    }
}

#[test]
fn acks_all_stalls_also_where_the_victim_only_follows() {
    for (mode, least, most) in [(Mode::Kraft, 6.9, 9.5), (Mode::ZooKeeper, 17.5, 19.0)] {
        let mut watched = Watched::new(&spec(mode), seed_without(mode, 1));
        watched.run(5.0);
        assert_eq!(watched.write(2, 1, Acks::All, 1.0), Wrote::Acked(0.0));
        watched.act(&Act::Kill(ONE));
        let Wrote::Acked(waited) = watched.write(2, 1, Acks::All, 30.0) else {
            panic!("{mode:?}: never acknowledged");
        };
        assert!((least..most).contains(&waited), "{mode:?}: {waited}");
    }
}

#[test]
fn a_zookeeper_broker_that_comes_back_too_soon_ends_itself() {
    let mut watched = Watched::new(&spec(Mode::ZooKeeper), seed_without(Mode::ZooKeeper, 1));
    watched.run(1.0);
    watched.act(&Act::Kill(ONE));
    watched.act(&Act::Start(ONE));
    watched.run(7.0);
    assert_eq!(watched.world.process(ONE).state, ProcessState::Gone);
    watched.run(12.0);
    watched.act(&Act::Start(ONE));
    watched.run(8.0);
    assert_eq!(watched.world.process(ONE).state, ProcessState::Running);
}

#[test]
fn a_paused_process_that_is_stopped_is_killed_in_the_end() {
    let mut watched = Watched::new(&spec(Mode::Kraft), seed_without(Mode::Kraft, 1));
    watched.run(5.0);
    watched.act(&Act::Pause(ONE));
    watched.act(&Act::Stop(ONE));
    watched.run(6.0);
    assert_eq!(watched.world.process(ONE).state, ProcessState::Paused);
    watched.run(5.0);
    assert_eq!(watched.world.process(ONE).state, ProcessState::Gone);
}
