//! The simulated ZooKeepers: four-letter words, and nothing else of the protocol.
//!
//! The answers have the lines and the order of ZooKeeper 3.8.4, which Kafka 3.9 ships; of the some 400 lines of `mntr` those
//! are here that tell how a member is.

use super::door::{Door, opened};
use super::seat::Shared;
use crate::sim::world::{EnsembleMode, EnsembleView};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a client may take for its word, and for taking the answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The version that it names.
const VERSION: &str = "3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC";
/// Words that are known and not in the whitelist.
const NOT_LISTED: &[&str] = &[
    "conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "srst", "stmk", "wchc", "wchp",
    "wchs",
];
const NOT_SERVING: &str = "This ZooKeeper instance is not currently serving requests\n";

/// Answers one word and closes the connection.
pub(super) async fn serve(
    mut stream: TcpStream,
    member: i32,
    shared: Arc<Shared>,
    mut door: watch::Receiver<Door>,
) {
    opened(&mut door).await;
    let mut word = [0; 4];
    let Ok(Ok(_)) = timeout(PATIENCE, stream.read_exact(&mut word)).await else {
        return;
    };
    opened(&mut door).await;
    let view = shared.world().ensemble(member);
    if let Some(answer) = std::str::from_utf8(&word)
        .ok()
        .and_then(|word| reply(word, view.as_ref()))
    {
        let _ = timeout(PATIENCE, stream.write_all(answer.as_bytes())).await;
    }
    let _ = timeout(PATIENCE, stream.shutdown()).await;
}

/// The answer to a word; none to what is none, which a ZooKeeper takes for the length of a request and hangs up on.
fn reply(word: &str, view: Option<&EnsembleView>) -> Option<String> {
    let view = view?;
    let serves = view.mode != EnsembleMode::NotServing;
    match word {
        "ruok" => Some("imok".to_owned()),
        "srvr" | "stat" | "mntr" if !serves => Some(NOT_SERVING.to_owned()),
        "srvr" => Some(format!("Zookeeper version: {VERSION}\n{}", state(view))),
        "stat" => Some(format!(
            "Zookeeper version: {VERSION}\nClients:\n\n{}",
            state(view)
        )),
        "mntr" => Some(monitored(view)),
        other if NOT_LISTED.contains(&other) => Some(format!(
            "{other} is not executed because it is not in the whitelist.\n"
        )),
        _ => None,
    }
}

fn mode(view: &EnsembleView) -> &'static str {
    match view.mode {
        EnsembleMode::Leader => "leader",
        EnsembleMode::Follower => "follower",
        EnsembleMode::Standalone => "standalone",
        EnsembleMode::NotServing => "not serving",
    }
}

fn state(view: &EnsembleView) -> String {
    let (least, average, most) = view.latency;
    let (received, sent) = view.packets;
    let mut text =
        format!("Latency min/avg/max: {least}/{average}.0/{most}\nReceived: {received}\nSent: {sent}\n");
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "Connections: {}\nOutstanding: 0\nZxid: 0x{:x}\nMode: {}\nNode count: {}\n",
        view.connections,
        view.zxid,
        mode(view),
        view.nodes
    );
    if view.mode == EnsembleMode::Leader {
        text.push_str("Proposal sizes last/min/max: 48/36/1506\n");
    }
    text
}

fn monitored(view: &EnsembleView) -> String {
    let (least, average, most) = view.latency;
    let (received, sent) = view.packets;
    let mut lines: Vec<(&str, String)> = vec![
        ("zk_version", VERSION.to_owned()),
        ("zk_server_state", mode(view).to_owned()),
        ("zk_num_alive_connections", view.connections.to_string()),
        ("zk_avg_latency", format!("{average}.0")),
        ("zk_outstanding_requests", "0".to_owned()),
        ("zk_znode_count", view.nodes.to_string()),
        ("zk_packets_sent", sent.to_string()),
        ("zk_packets_received", received.to_string()),
        ("zk_min_latency", least.to_string()),
        ("zk_max_latency", most.to_string()),
    ];
    if let Some(synced) = view.synced_followers {
        lines.push(("zk_synced_followers", synced.to_string()));
        lines.push(("zk_learners", synced.to_string()));
    }
    let mut text = String::new();
    for (key, value) in lines {
        let _ = writeln!(text, "{key}\t{value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(mode: EnsembleMode) -> EnsembleView {
        EnsembleView {
            mode,
            connections: 3,
            latency: (0, 2, 31),
            packets: (260, 259),
            zxid: 0x1_0000_01e5,
            nodes: 448,
            synced_followers: (mode == EnsembleMode::Leader).then_some(2),
        }
    }

    #[test]
    fn srvr_has_the_lines_of_the_real_one() {
        let expected = format!(
            "Zookeeper version: {VERSION}\nLatency min/avg/max: 0/2.0/31\nReceived: 260\nSent: 259\nConnections: 3\n\
             Outstanding: 0\nZxid: 0x1000001e5\nMode: follower\nNode count: 448\n"
        );
        assert_eq!(reply("srvr", Some(&view(EnsembleMode::Follower))), Some(expected));
    }

    #[test]
    fn words_and_modes() {
        let leader = view(EnsembleMode::Leader);
        let lost = view(EnsembleMode::NotServing);
        let answer = |word, view| reply(word, view).unwrap_or_default();
        assert!(answer("stat", Some(&leader)).contains("\nClients:\n"));
        assert!(answer("srvr", Some(&leader)).contains("Mode: leader\n"));
        assert!(answer("mntr", Some(&leader)).contains("zk_synced_followers\t2\n"));
        for word in ["srvr", "stat", "mntr"] {
            assert_eq!(answer(word, Some(&lost)), NOT_SERVING);
        }
        assert_eq!(answer("ruok", Some(&lost)), "imok");
        assert_eq!(
            answer("conf", Some(&leader)),
            "conf is not executed because it is not in the whitelist.\n"
        );
        assert_eq!(reply("zzzz", Some(&leader)), None);
        assert_eq!(reply("srvr", None), None);
    }
}
