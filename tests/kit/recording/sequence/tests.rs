//! What counts in a comparison of recordings, and what does not.

use super::*;

/// A recording of one partition with replicas 1, 2, 3 and of another with 2, 1, 3, which stays as it is.
fn recording(lines: &[&str]) -> Recording {
    let head = r#"{"recording":1,"mode":"kraft","kafka":"4.1.2","topics":{"a":{"min_isr":2,"replicas":[[1,2,3],[2,1,3]]}}}"#;
    let begin = r#"{"ms":0,"change":{"level":"ok","writes":"ok","controller":"1","council":{"state":"whole"},"brokers":{"1":{"state":"up","fenced":false}},"partitions":[{"leader":1,"bump":5,"isr":[1,2,3],"class":"healthy","of":{"a":[0]}},{"leader":2,"bump":9,"isr":[1,2,3],"class":"healthy","of":{"a":[1]}}]}}"#;
    let text: Vec<String> = [head, begin]
        .iter()
        .chain(lines)
        .map(|line| format!("{line}\n"))
        .collect();
    Recording::from_lines(&text.concat()).unwrap()
}

fn act(verb: &str, nodes: &str) -> String {
    format!(r#"{{"ms":9000,"act":{{"verb":"{verb}","nodes":[{nodes}]}}}}"#)
}

fn partition(ms: u64, leader: &str, bump: i32, isr: &str) -> String {
    format!(
        r#"{{"ms":{ms},"change":{{"partitions":[{{"leader":{leader},"bump":{bump},"isr":[{isr}],"class":"at_min_isr","of":{{"a":[0]}}}}]}}}}"#
    )
}

fn change(ms: u64, what: &str) -> String {
    format!(r#"{{"ms":{ms},"change":{{{what}}}}}"#)
}

/// Differences of two recordings that begin alike and then have these lines.
fn between(one: &[String], other: &[String]) -> Vec<String> {
    let lines = |lines: &[String]| recording(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let (one, other) = (lines(one), lines(other));
    let found = differences(&one, &other, Match::ByName);
    let mirrored = differences(&other, &one, Match::ByName);
    assert_eq!(found.is_empty(), mirrored.is_empty(), "{found:#?} {mirrored:#?}");
    assert_eq!(differences(&one, &one, Match::ByName), [""; 0]);
    found
}

#[test]
fn times_do_not_count_and_order_does() {
    let kill = || act("kill", "\"kafka-1\"");
    let run = |times: [u64; 3]| {
        vec![
            kill(),
            partition(times[0], "1", 0, "1,2"),
            partition(times[1], "null", 1, "2"),
            partition(times[2], "2", 2, "2"),
        ]
    };
    assert_eq!(
        between(&run([100, 9_000, 19_000]), &run([3_000, 8_000, 30_000])),
        [""; 0]
    );
    let swapped = vec![
        kill(),
        partition(3_000, "null", 1, "2"),
        partition(9_000, "1", 0, "1,2"),
        partition(19_000, "2", 2, "2"),
    ];
    let found = between(&run([3_000, 9_000, 19_000]), &swapped);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("after kill kafka-1: partition a-0 (1 in all): the first alone has leader 1 +0 ISR [1, 2, 3] (3000 ms) > leader 1 +0 ISR [1, 2] (6000 ms)"), "{found:#?}");
}

#[test]
fn each_of_leader_epoch_and_isr_counts() {
    let end =
        |leader: &str, bump, isr: &str| vec![act("kill", "\"kafka-1\""), partition(9_000, leader, bump, isr)];
    let truth = end("2", 1, "2,3");
    for (leader, bump, isr) in [
        ("3", 1, "2,3"),
        ("2", 2, "2,3"),
        ("2", 0, "2,3"),
        ("2", 1, "2"),
        ("null", 1, "2,3"),
    ] {
        assert_eq!(
            between(&truth, &end(leader, bump, isr)).len(),
            1,
            "{leader} {bump} {isr}"
        );
    }
    assert_eq!(between(&truth, &[act("kill", "\"kafka-1\"")]).len(), 1);
    // Another act is no match at all.
    let found = between(
        &truth,
        &[act("stop", "\"kafka-1\""), partition(9_000, "2", 1, "2,3")],
    );
    assert!(found[0].starts_with("the acts are"), "{found:#?}");
}

#[test]
fn a_fleeting_state_may_be_missing_but_not_the_first_or_the_last() {
    let kill = || act("kill", "\"kafka-1\"");
    let with = |ms: u64| {
        vec![
            kill(),
            partition(9_000, "null", 1, "2,3"),
            partition(9_000 + ms, "2", 2, "2,3"),
        ]
    };
    let without = vec![kill(), partition(9_000, "2", 2, "2,3")];
    assert_eq!(between(&with(FLEETING - 1), &without), [""; 0]);
    assert_eq!(between(&with(FLEETING), &without).len(), 1);
    // A flash is no change.
    let flash = vec![
        kill(),
        change(300, r#""level":"critical""#),
        change(500, r#""level":"ok""#),
    ];
    assert_eq!(between(&flash, &[kill()]), [""; 0]);
    let last = vec![kill(), change(300, r#""level":"critical""#)];
    assert_eq!(between(&last, &[kill()]).len(), 1);
    let next = |mut lines: Vec<String>| {
        lines.push(r#"{"ms":301,"act":{"verb":"start","nodes":["kafka-1"]}}"#.to_owned());
        lines
    };
    assert_eq!(
        between(&next(last), &next(vec![kill()])).len(),
        2,
        "the last state, however short"
    );
}

#[test]
fn an_isr_grows_in_any_order() {
    let start = || act("start", "\"kafka-1\"");
    let shrunk = |grown: &[String]| {
        [
            &[act("kill", "\"kafka-1\""), partition(9_000, "1", 0, "1")],
            grown,
        ]
        .concat()
    };
    let whole = shrunk(&[start(), partition(5_000, "1", 0, "1,2,3")]);
    let by_two = shrunk(&[
        start(),
        partition(5_000, "1", 0, "1,2"),
        partition(9_000, "1", 0, "1,2,3"),
    ]);
    let by_three = shrunk(&[
        start(),
        partition(5_000, "1", 0, "1,3"),
        partition(9_000, "1", 0, "1,2,3"),
    ]);
    assert_eq!(between(&by_two, &by_three), [""; 0]);
    assert_eq!(between(&by_two, &whole), [""; 0]);
    assert_eq!(
        between(&by_two, &shrunk(&[start(), partition(5_000, "1", 0, "1,2")])).len(),
        1
    );
    let bumped = shrunk(&[
        start(),
        partition(5_000, "1", 0, "1,2"),
        partition(9_000, "1", 1, "1,2,3"),
    ]);
    assert_eq!(between(&by_two, &bumped).len(), 1);
}

#[test]
fn after_an_act_on_several_nodes_the_order_of_their_fates_does_not_count() {
    let end = |nodes: &str, bump| vec![act("start", nodes), partition(9_000, "2", bump, "1,2")];
    let two = "\"kafka-1\",\"kafka-3\"";
    assert_eq!(between(&end(two, 1), &end(two, 2)), [""; 0]);
    assert_eq!(between(&end(two, 0), &end(two, 2)).len(), 1);
    let apart = |nodes: &str, ms: u64| {
        vec![
            act("kill", nodes),
            partition(9_000, "2", 1, "1,2"),
            partition(9_000 + ms, "2", 2, "2"),
        ]
    };
    let at_once = |nodes: &str| vec![act("kill", nodes), partition(9_000, "2", 2, "2")];
    assert_eq!(between(&apart(two, TOGETHER - 1), &at_once(two)), [""; 0]);
    assert_eq!(between(&apart(two, TOGETHER), &at_once(two)).len(), 1);
    let one = "\"kafka-1\"";
    assert_eq!(between(&apart(one, TOGETHER - 1), &at_once(one)).len(), 1);
    assert_eq!(between(&end("\"kafka-1\"", 1), &end("\"kafka-1\"", 2)).len(), 1);
}

#[test]
fn brokers_controllers_and_writes_count() {
    let kill = || act("kill", "\"kafka-1\"");
    let broker = |ms, state: &str| {
        change(
            ms,
            &format!(r#""brokers":{{"1":{{"state":"{state}","fenced":true}}}}"#),
        )
    };
    let gone = vec![kill(), broker(200, "unreachable"), broker(9_000, "down")];
    assert_eq!(between(&gone, &[kill(), broker(9_000, "down")]).len(), 1);
    // But that a broker which is back was not asked again yet says nothing.
    let back = |wait: Option<u64>| {
        let mut lines = gone.clone();
        lines.push(act("start", "\"kafka-1\""));
        lines.extend(wait.map(|ms| broker(ms, "unreachable")));
        lines.push(broker(20_000, "up"));
        lines
    };
    assert_eq!(between(&back(Some(5_000)), &back(None)), [""; 0]);
    let controller = |id: &str| vec![kill(), change(9_000, &format!(r#""controller":"{id}""#))];
    assert_eq!(between(&controller("2"), &controller("3")), [""; 0]);
    assert_eq!(between(&controller("2"), &[kill()]).len(), 1);
    assert_eq!(between(&controller("2"), &controller("none")).len(), 1);
    let writes = |word: &str| vec![kill(), change(9_000, &format!(r#""writes":"{word}""#))];
    assert_eq!(between(&writes("stalled"), &writes("refused")).len(), 1);
    let met = |word: &str| {
        vec![
            kill(),
            format!(r#"{{"ms":9000,"met":{{"writes":"{word}","counts":{{"TimedOut":7}}}}}}"#),
        ]
    };
    assert_eq!(between(&met("stalled"), &met("refused")).len(), 1);
    let council = |lost: &str| {
        vec![
            kill(),
            change(
                9_000,
                &format!(r#""council":{{"state":"minority_lost","lost":["{lost}"]}}"#),
            ),
        ]
    };
    assert_eq!(between(&council("kafka-1"), &council("kafka-2")).len(), 1);
}

#[test]
fn partitions_of_other_names_are_matched_by_their_replicas() {
    let lines = [act("kill", "\"kafka-1\""), partition(9_000, "2", 1, "2,3")];
    let one = recording(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let mut other = one.clone();
    let mut topic = other.head.topics.remove("a").unwrap();
    topic.replicas.reverse();
    other.head.topics.insert("b".to_owned(), topic);
    for event in &mut other.events {
        let What::Change(change) = &mut event.what else {
            continue;
        };
        for row in &mut change.partitions {
            let numbers = row.of.remove("a").unwrap();
            row.of
                .insert("b".to_owned(), numbers.iter().map(|number| 1 - number).collect());
        }
    }
    assert_eq!(differences(&one, &other, Match::ByReplicas), [""; 0]);
    assert!(!differences(&one, &other, Match::ByName).is_empty());
    other.head.topics.get_mut("b").unwrap().replicas.reverse();
    assert!(!differences(&one, &other, Match::ByReplicas).is_empty());
}
