//! Acts on real clusters: each verb once in each mode, refusals that refuse, what is left after SIGKILL, starts that fail, and
//! a rolling restart under load.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::containers::Watch;
use crate::hands::Hands;
use crate::kit::ledger::{Load, read_all};
use crate::kit::rig::{Cluster, Layout, kafka, zookeeper};
use crate::kit::screen::Screen;
use crate::kit::snapshot::Partition;

const OVERLAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kit/acts.yml");
const TOPICS: Option<&str> = Some("messages:24 dlq:3");
const PROPERTIES: &str = "/var/lib/kafka/data/meta.properties";

#[test]
fn every_act_on_kraft() {
    let cluster = Cluster::start_with(Layout::KraftCut, "4.1.2", TOPICS, Some(OVERLAY));
    let hands = Hands::new(&cluster, "kraft");
    hands.is_healthy();
    let watch = Watch::of(&cluster);
    watch.knows_the_brokers(&cluster);
    nothing_without_leave(&hands);

    watch.sees_an_end(&cluster, 1, 143, || stop(&hands, 1));
    // Of three voters two are left, and of three replicas two where min ISR is 2.
    let why = ["majority", "would refuse acks=all writes"];
    hands.refused(&["act", "kill", "3", "--yes"], &kafka(3), &why);
    start(&hands, 1);
    watch.sees_an_end(&cluster, 2, 137, || kill(&hands, 2));
    start(&hands, 2);
    drop(watch);
    cut(&hands, 3);
    reconnect(&hands, 3);
    elect(&hands);

    killed_in_a_pause(&hands, 2);
    roll_under_load(&hands);
    killed_in_a_stop(&hands, 3);
    ends_at_once(&hands, 3);
    joins_late(&hands, 3);
    past_its_grace(&hands, 3);
    removed_while_selected(&hands, 3);
}

#[test]
fn every_act_on_zookeeper() {
    let cluster = Cluster::start_with(Layout::ZookeeperCut, "3.9.2", TOPICS, Some(OVERLAY));
    let hands = Hands::new(&cluster, "zookeeper");
    hands.is_healthy();
    a_member_of_the_ensemble(&hands);
    members_in_turn(&hands);

    stop(&hands, 1);
    let refuse = ["would refuse acks=all writes"];
    hands.refused(&["act", "stop", "2", "--yes"], &kafka(2), &refuse);
    // Whoever types its id is obeyed; the last replica in sync is then refused in turn.
    hands.run(&["act", "stop", "2", "--confirm", "2"]).exits(0);
    let offline = ["would go offline"];
    hands.refused(&["act", "stop", "3", "--yes"], &kafka(3), &offline);
    hands.done(&["act", "start", "2"]);
    start(&hands, 1);

    hands.done(&["act", "restart", "3"]);
    hands.done(&["act", "pause", "2"]).says("no longer answers");
    assert_eq!(hands.state(&kafka(2)), "paused");
    hands.done(&["act", "resume", "2"]);
    kill(&hands, 1);
    start(&hands, 1);
    killed_in_a_cut(&hands, 3);
    cut(&hands, 2);
    reconnect(&hands, 2);
    elect(&hands);
    within_its_old_session(&hands, 3);
}

fn stop(hands: &Hands<'_>, broker: i32) {
    let over = hands.done(&["act", "stop", &broker.to_string()]);
    over.says(&format!("the cluster has dropped broker {broker}"));
    assert_eq!(hands.state(&kafka(broker)), "exited");
    hands.is_gone(broker, broker % 3 + 1);
    assert_eq!(hands.left(), 1, "what is to be undone");
}

fn kill(hands: &Hands<'_>, broker: i32) {
    let over = hands.done(&["act", "kill", &broker.to_string()]);
    over.says(&format!("the cluster has dropped broker {broker}"));
    assert_eq!(
        hands.cluster.inspect(&kafka(broker), "{{.State.ExitCode}}"),
        "137"
    );
    hands.is_gone(broker, broker % 3 + 1);
}

fn start(hands: &Hands<'_>, broker: i32) {
    hands.done(&["act", "start", &broker.to_string()]);
    assert_eq!(hands.state(&kafka(broker)), "running");
    hands.is_whole(broker % 3 + 1);
    assert_eq!(hands.left(), 0, "nothing is to be undone");
}

/// Whether a node reaches a peer from inside.
fn reaches(hands: &Hands<'_>, broker: i32) -> bool {
    let peer = format!("broker-{}", broker % 3 + 1);
    hands.cluster.connects_from(&kafka(broker), &peer, 29092)
}

fn cut(hands: &Hands<'_>, broker: i32) {
    hands
        .done(&["act", "cut", &broker.to_string()])
        .says("It reaches no peer.");
    assert!(!reaches(hands, broker));
    let published = std::net::TcpStream::connect(hands.cluster.address(broker));
    assert!(published.is_ok(), "clients are cut off, too");
    assert_eq!(hands.left(), 1);
}

fn reconnect(hands: &Hands<'_>, broker: i32) {
    hands.done(&["act", "reconnect", &broker.to_string()]);
    assert!(reaches(hands, broker));
    // Asked through a peer: it is about its peers' view of it.
    hands.is_whole(broker % 3 + 1);
    assert_eq!(hands.left(), 0);
}

fn elect(hands: &Hands<'_>) {
    hands.done(&["act", "elect", "messages"]);
    for ((topic, partition), placement) in hands.topics(1).partitions {
        if topic == "messages" {
            let first = placement.replicas.first().copied();
            assert_eq!(placement.leader, first, "{topic}-{partition}");
        }
    }
}

/// A plan alone, read-only mode and a missing confirmation do nothing.
fn nothing_without_leave(hands: &Hands<'_>) {
    let plan = hands.run(&["act", "stop", "2", "--dry-run"]);
    plan.exits(0);
    assert_eq!(plan.event("plan")["confirm"], "key");
    let node = kafka(2);
    hands.refused(
        &["act", "stop", "2", "--yes", "--read-only"],
        &node,
        &["--read-only"],
    );
    hands.refused(&["act", "stop", "2"], &node, &["--yes"]);
    assert_eq!(hands.state(&node), "running");
    assert_eq!(hands.left(), 0);
}

fn a_member_of_the_ensemble(hands: &Hands<'_>) {
    let member = format!("zookeeper:{}", hands.cluster.zookeeper()[2]);
    hands.done(&["act", "stop", &member]);
    assert_eq!(hands.state(&zookeeper(3)), "exited");
    let majority = ["would lose its majority"];
    hands.refused(&["act", "stop", "zookeeper:2", "--yes"], &zookeeper(2), &majority);
    hands.done(&["act", "start", &member]);
    assert!(hands.cluster.zookeeper_mode(3).is_some());
}

/// What else is done to members of the ensemble, each in turn.
fn members_in_turn(hands: &Hands<'_>) {
    let cluster = hands.cluster;
    let name = |number: usize| format!("zookeeper:{}", cluster.zookeeper()[number - 1]);
    let act = |verb: &str, number: usize| hands.done(&["act", verb, &name(number)]);
    act("kill", 1);
    assert_eq!(cluster.inspect(&zookeeper(1), "{{.State.ExitCode}}"), "137");
    assert_eq!(hands.left(), 1);
    act("start", 1);
    assert!(cluster.zookeeper_mode(1).is_some());

    act("pause", 2).says("no longer answers");
    assert_eq!(hands.state(&zookeeper(2)), "paused");
    act("resume", 2);
    assert!(cluster.zookeeper_mode(2).is_some());

    let started = || cluster.inspect(&zookeeper(3), "{{.State.StartedAt}}");
    let before = started();
    act("restart", 3);
    assert_ne!(started(), before);

    let reaches = || cluster.connects_from(&zookeeper(1), "ensemble-2", 3888);
    assert!(reaches());
    act("cut", 1).says("It reaches no peer.");
    assert!(!reaches());
    act("reconnect", 1);
    assert!(reaches());
    assert!(cluster.zookeeper_mode(1).is_some());
    assert_eq!(hands.left(), 0);
}

/// Docker's own word that a container is being signalled.
struct Signal(Child);

impl Signal {
    fn wait(&mut self) {
        let mut event = String::new();
        BufReader::new(self.0.stdout.take().unwrap())
            .read_line(&mut event)
            .unwrap();
        assert!(event.contains("container kill"), "{event}");
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn signalled(hands: &Hands<'_>, node: &str) -> Signal {
    let container = format!("container={}", hands.cluster.container(node));
    let events = Command::new("docker")
        .args(["events", "--filter", &container, "--filter", "event=kill"])
        .stdout(Stdio::piped())
        .spawn();
    Signal(events.unwrap())
}

/// Killed while the process that it asked to end is still ending.
fn killed_in_a_stop(hands: &Hands<'_>, broker: i32) {
    let mut events = signalled(hands, &kafka(broker));
    let running = hands.start_to_kill(&["act", "stop", &broker.to_string(), "--yes"]);
    events.wait();
    running.kill();
    assert_eq!(hands.left(), 1);
}

fn killed_in_a_pause(hands: &Hands<'_>, broker: i32) {
    // A voter that comes back may call an election, and until that is over there is no majority to spare.
    hands.is_healthy();
    let mut running = hands.start_to_kill(&["act", "pause", &broker.to_string(), "--yes"]);
    running.until("to fall silent");
    running.kill();
    assert_eq!(
        (hands.state(&kafka(broker)).as_str(), hands.left()),
        ("paused", 1)
    );
    hands.heal();
    assert_eq!(hands.state(&kafka(broker)), "running");
}

fn killed_in_a_cut(hands: &Hands<'_>, broker: i32) {
    let mut running = hands.start_to_kill(&["act", "cut", &broker.to_string(), "--yes"]);
    running.until("is cut off.");
    running.kill();
    assert!(!reaches(hands, broker));
    assert_eq!(hands.left(), 1);
    hands.heal();
    assert!(reaches(hands, broker));
    hands.is_whole(broker % 3 + 1);
}

/// Every broker restarted under a load with acks=all: each record that was acknowledged stands there afterwards.
fn roll_under_load(hands: &Hands<'_>) {
    let bootstrap = hands.cluster.bootstrap();
    let started = |id: i32| hands.cluster.inspect(&kafka(id), "{{.State.StartedAt}}");
    let before = [1, 2, 3].map(started);
    hands.is_healthy();
    let partitions: Vec<Partition> = (0..24).map(|number| ("messages".to_owned(), number)).collect();
    let load = Load::start(&bootstrap, partitions.clone());
    hands.done(&["act", "roll"]).says("All 3 brokers were restarted");
    let account = load.end();
    let after = [1, 2, 3].map(started);
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    hands.is_whole(1);
    assert!(account.lost.is_empty(), "{:?}", account.lost);
    let (read, again) = read_all(&bootstrap, &partitions);
    let missing: Vec<_> = account.acknowledged.difference(&read).collect();
    println!(
        "  {} records acknowledged during the roll, {} missing, {again} twice; longest gap {:.1?}",
        account.acknowledged.len(),
        missing.len(),
        account.longest_gap
    );
    assert!(account.acknowledged.len() > 1_000);
    assert!(missing.is_empty(), "{missing:?}");
    // Three parts and the whole, each with a line before and one after.
    let parts = hands.audit().into_iter().rev().take(8);
    assert!(
        parts
            .map(|line| line.to_string())
            .all(|line| line.contains("roll"))
    );
}

/// A paused broker that is let go on for the stop, and then has no time to end in: it is killed after its grace time.
fn past_its_grace(hands: &Hands<'_>, broker: i32) {
    let id = broker.to_string();
    hands.is_healthy();
    hands.done(&["act", "pause", &id]);
    let mut events = signalled(hands, &kafka(broker));
    let running = hands.start(&["act", "stop", &id, "--yes"]);
    events.wait();
    hands.cluster.starve(&kafka(broker));
    let over = running.end();
    over.exits(0);
    over.says("is paused. Docker lets it go on");
    over.says("It did not end within its grace time: it was killed.");
    assert_eq!(
        hands.cluster.inspect(&kafka(broker), "{{.State.ExitCode}}"),
        "137"
    );
    assert_eq!(hands.left(), 1, "the pause is gone with the process");
}

/// What a crash left behind is still ending when it is to be healed; then it cannot start: its exit code and the reason stand in the outcome.
fn ends_at_once(hands: &Hands<'_>, broker: i32) {
    let node = kafka(broker);
    let own = format!("node.id={broker}");
    hands
        .cluster
        .edit(&node, PROPERTIES, |text| text.replace(&own, "node.id=77"));
    let over = hands.run(&["heal", "--yes"]);
    over.exits(1);
    over.says("ended again at once: exited 1");
    over.says("77");
    assert_eq!(hands.left(), 1, "it is still to be undone");
    hands
        .cluster
        .edit(&node, PROPERTIES, |text| text.replace("node.id=77", &own));
}

/// A broker that starts and reaches nobody: that it has not joined is said, and it is waited for.
fn joins_late(hands: &Hands<'_>, broker: i32) {
    hands.cluster.take_off_peers(&kafka(broker));
    let mut running = hands.start(&["heal", "--yes"]);
    running.until("has not joined the cluster: kaftop waits on");
    hands.cluster.cut_or_heal("heal", &[kafka(broker)]);
    running.end().exits(0);
    hands.is_whole(1);
    assert_eq!(hands.left(), 0);
}

/// A broker killed and started at once: its old session keeps it out for a while, and it is started again.
fn within_its_old_session(hands: &Hands<'_>, broker: i32) {
    let mut running = hands.start_to_kill(&["act", "kill", &broker.to_string(), "--yes"]);
    running.until("has ended after");
    running.kill();
    assert_eq!(
        (hands.state(&kafka(broker)).as_str(), hands.left()),
        ("exited", 1)
    );
    hands.heal().says("NodeExistsException");
    assert_eq!(hands.state(&kafka(broker)), "running");
    hands.is_whole(broker % 3 + 1);
}

/// Its container is removed while a broker is selected on the screen: a sentence, and nothing left half done.
fn removed_while_selected(hands: &Hands<'_>, broker: i32) {
    let state = hands.state.to_string_lossy().into_owned();
    let variables = [("TERM", "xterm-256color"), ("XDG_STATE_HOME", state.as_str())];
    let mut screen = Screen::start_in(&variables, hands.kaftop.target());
    let within = Duration::from_secs(20);
    // What was stopped before, and not undone, is offered.
    screen
        .await_words(
            within,
            &["DEGRADED", &format!("kaftop left broker {broker} stopped")],
        )
        .unwrap();
    screen.press("2");
    screen.await_words(within, &["Brokers", "exited"]).unwrap();
    screen.press("G");
    hands.cluster.docker("rm", &[kafka(broker)]);
    screen.press("U");
    screen
        .await_words(
            within,
            &[&format!("Refused to start broker {broker}"), "no longer exists"],
        )
        .unwrap();
    screen.press("q");
    // There is nothing to restore any more: the journal is closed, here or by the screen.
    hands.heal();
}
