//! Conditions: what is read, what is refused and where, and what they are worth.

use proptest::prelude::*;

use super::*;
use crate::model::alert::Truth;

fn parse(text: &str) -> Result<Condition, ExprError> {
    Condition::parse(text, Scope::Broker)
}

/// The broker is down and unread in part: its disks are not known, and it has no rack.
fn facts(word: Word) -> Fact<'static> {
    match word {
        Word::BrokerOnline => Fact::Number(0.0),
        Word::BrokerReplicas => Fact::Number(54.0),
        Word::BrokerState => Fact::Text("down".into()),
        Word::BrokerRack | Word::BrokerRoundTrip => Fact::Nothing,
        Word::ClusterBrokers => Fact::Number(3.0),
        _ => Fact::Unknown,
    }
}

fn worth(text: &str) -> Result<Truth, String> {
    let condition = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    truth(&condition, &facts)
}

#[test]
fn conditions_are_worth_what_is_known() {
    let table = [
        ("broker.online == 0", Truth::Yes),
        ("broker.online != 0", Truth::No),
        ("not broker.online == 0", Truth::No),
        ("broker.state == \"down\" and broker.replicas >= 54", Truth::Yes),
        ("broker.state != \"up\"", Truth::Yes),
        ("broker.replicas > 53 and broker.replicas < 54", Truth::No),
        ("broker.replicas <= 54", Truth::Yes),
        ("cluster.brokers - 1 < 3", Truth::Yes),
        ("cluster.brokers * 2 + 1 == 7", Truth::Yes),
        ("-cluster.brokers == 0 - 3", Truth::Yes),
        ("cluster.brokers / 2 > 1.4", Truth::Yes),
        // Unknown, unless the rest settles it.
        ("broker.disk_used > 85", Truth::Unknown),
        ("not broker.disk_used > 85", Truth::Unknown),
        ("broker.disk_used > 85 and broker.online == 1", Truth::No),
        ("broker.online == 1 and broker.disk_used > 85", Truth::No),
        ("broker.disk_used > 85 or broker.online == 0", Truth::Yes),
        ("broker.disk_used > 85 or broker.online == 1", Truth::Unknown),
        ("broker.disk_used + 1 > 0", Truth::Unknown),
        // There is none: no comparison holds.
        ("broker.rack == \"a\"", Truth::No),
        ("broker.rack != \"a\"", Truth::No),
        ("broker.round_trip > 0", Truth::No),
        ("broker.round_trip + 1 < 5", Truth::No),
        // Times are seconds.
        ("5m == 300 and 1.5h == 5400 and 1d == 24h", Truth::Yes),
        (
            "(broker.online == 1 or broker.replicas == 54) and not (broker.online == 1)",
            Truth::Yes,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(worth(text), Ok(expected), "{text}");
    }
}

#[test]
fn arithmetic_without_a_result_is_an_error_unless_it_is_guarded() {
    assert!(
        worth("1 / broker.online > 0")
            .unwrap_err()
            .contains("gives no number")
    );
    assert_eq!(
        worth("broker.online > 0 and 1 / broker.online > 0"),
        Ok(Truth::No)
    );
}

#[test]
fn faults_are_told_with_their_column() {
    let table = [
        ("", 1, "ends too early"),
        ("broker.online =", 15, "write `==`"),
        ("broker.online == ", 18, "ends too early"),
        ("broker.onlin == 0", 1, "nearest valid value is \"broker.online\""),
        ("1 == 1 and topic.offline > 0", 12, "tells of one topic"),
        ("broker.online", 1, "compare it"),
        ("broker.online == \"a\"", 1, "a number, expected a text"),
        ("broker.state > \"up\"", 1, "`==` and `!=` only"),
        (
            "broker.state == \"cutoff\"",
            17,
            "nearest valid text is \"cut_off\"",
        ),
        ("(broker.online == 0", 20, "closing parenthesis"),
        ("broker.online == 0)", 19, "nothing can stand here"),
        ("broker.online == 0 && 1 == 1", 20, "`and` and `or`"),
        ("1 < 2 < 3", 9, "not chained"),
        ("broker.online > 5min", 17, "no unit of time"),
        ("broker.online > 1.2.3", 17, "no number"),
        ("broker.online > 99999999999999999999", 17, "too large"),
        ("broker.state == \"up", 17, "closing quote"),
        ("broker.online > ;", 17, "no number, name or sign"),
        ("not 5 > 3 > 2", 13, "not chained"),
        ("1 + (2 > 1) > 0", 5, "a condition, expected a number"),
    ];
    for (text, column, message) in table {
        let error = parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
    let deep = format!("{}1 == 1{}", "(".repeat(40), ")".repeat(40));
    assert!(parse(&deep).unwrap_err().message.contains("too deeply"));
    let long = format!("1 == 1{}", " and 1 == 1".repeat(100));
    assert!(parse(&long).unwrap_err().message.contains("longer than"));
}

#[test]
fn the_measure_is_the_left_side_of_the_first_comparison_of_numbers() {
    let table = [
        ("broker.state == \"down\" and broker.replicas > 5", Some(54.0)),
        ("not (cluster.brokers + 1 < 3)", Some(4.0)),
        ("broker.state == \"down\"", None),
        ("broker.disk_used > 3", None),
    ];
    for (text, expected) in table {
        let condition = parse(text).unwrap();
        let measured = condition.measure().and_then(|measure| measure.measured(&facts));
        assert_eq!(measured, expected, "{text}");
    }
    let words = parse("broker.replicas > 1 and broker.online < broker.replicas")
        .unwrap()
        .words();
    assert_eq!(words, [Word::BrokerReplicas, Word::BrokerOnline]);
}

/// Conditions over the values of a broker.
fn conditions() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        (0u32..1000).prop_map(|n| n.to_string()),
        (0u32..100).prop_map(|n| format!("{n}m")),
        Just("broker.online".to_owned()),
        Just("broker.disk_used".to_owned()),
        Just("cluster.brokers".to_owned()),
        Just("broker.round_trip".to_owned()),
    ];
    let sum = number.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), prop_oneof!["\\+", "-", "\\*", "/"], inner)
            .prop_map(|(left, op, right)| format!("({left} {op} {right})"))
    });
    let comparison = (sum.clone(), prop_oneof!["==", "!=", "<", "<=", ">", ">="], sum)
        .prop_map(|(left, op, right)| format!("{left} {op} {right}"));
    comparison.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof!["and", "or"], inner.clone())
                .prop_map(|(left, op, right)| format!("({left}) {op} ({right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
            prop_assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }

    #[test]
    fn texts_of_the_language_do_neither(text in "[a-z._ 0-9()<>=!\"+*/-]{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_written_is_read_again_and_means_the_same(text in conditions()) {
        prop_assume!(text.len() <= LONGEST);
        let first = parse(&text).unwrap();
        let written = first.root.to_string();
        if written.len() <= LONGEST && let Ok(second) = parse(&written) {
            prop_assert_eq!(&first.root, &second.root);
            prop_assert_eq!(truth(&first, &facts), truth(&second, &facts));
        }
    }

    /// An unknown that becomes known never turns a settled answer over.
    #[test]
    fn learning_more_never_overturns_an_answer(text in conditions(), disk in 0u32..100) {
        prop_assume!(text.len() <= LONGEST);
        let condition = parse(&text).unwrap();
        let more = |word| match word {
            Word::BrokerDiskUsed => Fact::Number(f64::from(disk)),
            other => facts(other),
        };
        if let (Ok(before), Ok(after)) = (truth(&condition, &facts), truth(&condition, &more))
            && before != Truth::Unknown
        {
            prop_assert_eq!(before, after);
        }
    }
}
