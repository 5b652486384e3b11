//! The answer to `srvr` (`org.apache.zookeeper.server.command.StatCommand`).

use crate::model::ensemble::MemberMode;
use crate::model::text::Name;

/// Most characters of a version that are kept.
const LONGEST_VERSION: usize = 64;
/// Most characters of an unknown answer that are shown.
const LONGEST_QUOTE: usize = 60;

/// What a member answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Its state.
    Report(Report),
    /// The word is not allowed.
    Forbidden,
    /// Something that is no answer to `srvr`; its beginning.
    Unknown(String),
}

/// The state of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) mode: MemberMode,
    pub(super) version: Option<Name>,
    pub(super) latency_ms: Option<u64>,
    pub(super) connections: Option<u64>,
}

/// Reads an answer. Lines that are not known are passed over, since releases differ in them.
pub(super) fn parse(text: &str) -> Answer {
    if text.contains("is not executed because it is not in the whitelist") {
        return Answer::Forbidden;
    }
    let mut report = Report {
        mode: MemberMode::NotServing,
        version: None,
        latency_ms: None,
        connections: None,
    };
    if text.contains("not currently serving requests") {
        return Answer::Report(report);
    }
    let mut mode = None;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key.trim() {
            "Zookeeper version" => report.version = Some(version(value)),
            "Latency min/avg/max" => report.latency_ms = average(value),
            "Connections" => report.connections = value.parse().ok(),
            "Mode" => mode = mode_of(value),
            _ => {}
        }
    }
    match mode {
        Some(mode) => {
            report.mode = mode;
            Answer::Report(report)
        }
        None => Answer::Unknown(text.trim().chars().take(LONGEST_QUOTE).collect()),
    }
}

fn mode_of(word: &str) -> Option<MemberMode> {
    match word {
        "leader" => Some(MemberMode::Leader),
        "follower" => Some(MemberMode::Follower),
        "observer" => Some(MemberMode::Observer),
        "standalone" => Some(MemberMode::Standalone),
        // "read-only" and whatever may come: it does not take part in serving writes.
        _ if word.starts_with("read-only") => Some(MemberMode::NotServing),
        _ => None,
    }
}

/// The release in front of the build's hash: `3.8.4-9316c2a7a97e..., built on ...`.
fn version(value: &str) -> Name {
    let release = value.split([',', ' ']).next().unwrap_or_default();
    let release = match release.rsplit_once('-') {
        Some((release, hash)) if hash.len() >= 7 && hash.chars().all(|c| c.is_ascii_hexdigit()) => release,
        _ => release,
    };
    Name::from(release.chars().take(LONGEST_VERSION).collect::<String>())
}

/// The middle of `0/0.5/12`, which is a whole number before 3.5; rounded up, so that some latency is not none.
fn average(value: &str) -> Option<u64> {
    let average: f64 = value.split('/').nth(1)?.trim().parse().ok()?;
    let fits = average.is_finite() && (0.0..1e12).contains(&average);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a small number above zero"
    )]
    fits.then(|| average.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FOLLOWER: &str = "Zookeeper version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC\n\
        Latency min/avg/max: 0/0.5231/25\nReceived: 1412\nSent: 1411\nConnections: 3\nOutstanding: 0\n\
        Zxid: 0x100000045\nMode: follower\nNode count: 140\n";

    #[test]
    fn answers_of_releases_are_read() {
        let report = |mode, version: Option<&str>, latency_ms, connections| {
            Answer::Report(Report {
                mode,
                version: version.map(Name::from),
                latency_ms,
                connections,
            })
        };
        let cases = [
            (
                FOLLOWER,
                report(MemberMode::Follower, Some("3.8.4"), Some(1), Some(3)),
            ),
            (
                "Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on x\r\nLatency min/avg/max: 0/2/9\r\nMode: leader\r\n",
                report(MemberMode::Leader, Some("3.4.14"), Some(2), None),
            ),
            (
                "Zookeeper version: 3.10.0-SNAPSHOT\nMode: standalone",
                report(MemberMode::Standalone, Some("3.10.0-SNAPSHOT"), None, None),
            ),
            (
                "Latency min/avg/max: 0/NaN/0\nConnections: -4\nMode: observer",
                report(MemberMode::Observer, None, None, None),
            ),
            (
                "Mode: read-only",
                report(MemberMode::NotServing, None, None, None),
            ),
            (
                "This ZooKeeper instance is not currently serving requests\n",
                report(MemberMode::NotServing, None, None, None),
            ),
            (
                "srvr is not executed because it is not in the whitelist.\n",
                Answer::Forbidden,
            ),
            ("", Answer::Unknown(String::new())),
            ("Mode: king", Answer::Unknown("Mode: king".to_owned())),
            (
                "HTTP/1.1 400 Bad Request",
                Answer::Unknown("HTTP/1.1 400 Bad Request".to_owned()),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_kept_short(text in "(Mode: (leader|x)|Zookeeper version: |Latency min/avg/max: |Connections: |[0-9/.:-]|\\PC|\n){0,40}") {
            match parse(&text) {
                Answer::Report(report) => {
                    prop_assert!(report.version.is_none_or(|version| version.raw().chars().count() <= LONGEST_VERSION));
                }
                Answer::Unknown(quote) => prop_assert!(quote.chars().count() <= LONGEST_QUOTE),
                Answer::Forbidden => {}
            }
        }
    }
}
