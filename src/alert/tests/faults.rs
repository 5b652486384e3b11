//! Rule files: the built-in ones are sound, and those of users are read as far as they are.

use proptest::prelude::*;

use super::*;

fn problems(text: &str) -> Vec<String> {
    let rules = Rules::with(&[file(text)]);
    rules.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_rules_are_sound() {
    let rules = Rules::built_in();
    assert_eq!(rules.problems, []);
    assert!(rules.disabled.is_empty());
    for rule in &rules.used {
        assert!(
            !rule.about.meaning.is_empty() && !rule.about.runbook.is_empty(),
            "{}",
            rule.name
        );
        assert!(rule.prometheus.is_some(), "{}", rule.name);
    }
    let (_, left_out) = rule_file(&rules);
    assert_eq!(left_out, []);
}

#[test]
fn a_file_changes_single_keys_turns_rules_off_and_adds_others() {
    let text = "disable = [\"KafkaLeaderImbalance\"]\n[[rule]]\nname = \"KafkaBrokerOffline\"\nfor = \"5m\"\n\
        [[rule]]\nname = \"KafkaGroupStalled\"\nenabled = false\n\
        [[rule]]\nname = \"Mine\"\nwhen = \"cluster.topics > 5\"\nseverity = \"info\"\nsummary = \"{value} topics\"\n";
    let rules = Rules::with(&[file(text)]);
    assert_eq!(rules.problems, []);
    let disabled: Vec<&str> = rules.disabled.iter().map(crate::model::text::Name::raw).collect();
    assert_eq!(disabled, ["KafkaLeaderImbalance", "KafkaGroupStalled"]);
    let offline = rules.find(&"KafkaBrokerOffline".into()).unwrap();
    assert_eq!(offline.times.hold, Span::seconds(300));
    assert!(!offline.about.runbook.is_empty(), "the other keys stay");
    assert!(rules.find(&"Mine".into()).is_some());
}

#[test]
fn a_subject_that_is_none_is_told_once() {
    let text = "[[rule]]\nname = \"Mine\"\nper = \"brokr\"\nwhen = \"broker.online == 0\"\nseverity = \"info\"\nsummary = \"{broker.id}\"\n";
    let told = problems(text);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("Mine.per") && told[0].contains("broker"),
        "{told:?}"
    );
    assert_eq!(problems(&text.replace("brokr", "broker")), [""; 0]);
}

#[test]
fn a_rule_with_a_fault_is_told_and_the_others_run() {
    let text = "[[rule]]\nname = \"KafkaBrokerOffline\"\nwhen = \"broker.onlin == 0\"\n\
        [[rule]]\nname = \"Mine\"\nwhen = \"cluster.topics > 5\"\nseverity = \"info\"\nsummary = \"{value}\"\n";
    let rules = Rules::with(&[file(text)]);
    let told: Vec<String> = rules.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "t.toml:3: KafkaBrokerOffline.when: column 1: there is no value \"broker.onlin\"; the nearest valid value is \"broker.online\""
        ]
    );
    let offline = rules.find(&"KafkaBrokerOffline".into()).unwrap();
    assert_eq!(
        offline.when.text(),
        "broker.online == 0 and broker.replicas > 0",
        "as before"
    );
    assert!(rules.find(&"Mine".into()).is_some());
    let alerts = Watch::new(Mode::Kraft, &rules).alerts;
    assert_eq!(alerts.broken.len(), 1, "and it is shown: {:?}", alerts.broken);
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_broken_and_the_others_run() {
    let text = "[[rule]]\nname = \"Broken\"\nwhen = \"1 / cluster.offline > 1\"\nseverity = \"info\"\nsummary = \"x\"\n";
    let mut watch = Watch::new(Mode::ZooKeeper, &only(&format!("{ONE}{text}")));
    assert_eq!(watch.alerts.broken[0].name, "Broken");
    assert!(
        watch.alerts.broken[0].why.contains("gives no number"),
        "{:?}",
        watch.alerts.broken
    );
    watch.stop(&[1]);
    watch.seconds(5);
    assert_eq!(watch.firing(), ["Down broker:1"]);
}

#[test]
fn a_circle_of_consequences_is_cut() {
    let rule = |name: &str, cause: &str| {
        format!(
            "[[rule]]\nname = \"{name}\"\nwhen = \"cluster.topics > 0\"\nseverity = \"info\"\nsummary = \"x\"\n\
            consequence_of = [\"{cause}\"]\n"
        )
    };
    let told = problems(&format!("{}{}", rule("A", "B"), rule("B", "A")));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("A is a consequence of itself"), "{told:?}");
}

/// Text that looks enough like rules to get past the first line, and other text.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("[[rule]]\n"),
        Just("name = \"A\"\n"),
        Just("name = \"KafkaBrokerOffline\"\n"),
        Just("name = \"\\u001b\"\n"),
        Just("per = \"broker\"\n"),
        Just("per = \"moon\"\n"),
        Just("when = \"broker.online == 0\"\n"),
        Just("when = \"cluster.topics > 1 and (\"\n"),
        Just("clear = \"\\u202e\"\n"),
        Just("for = \"1m\"\n"),
        Just("for = 5\n"),
        Just("clear_for = \"-1s\"\n"),
        Just("severity = \"critical\"\n"),
        Just("severity = \"\\u001b[2J\"\n"),
        Just("summary = \"{broker.id} {value} {{\"\n"),
        Just("summary = \"{x\"\n"),
        Just("description = \"\\u0007\"\n"),
        Just("labels = { a = \"b\", severity = \"c\" }\n"),
        Just("consequence_of = [\"A\", \"\"]\n"),
        Just("inhibited_by = [\"A\"]\n"),
        Just("enabled = 1\n"),
        Just("disable = [\"KafkaClusterDegraded\"]\n"),
        Just("[rule.prometheus]\n"),
        Just("expr = \"up\"\n"),
        Just("remark = \"\"\n"),
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(line, 0..24).prop_map(|lines| lines.concat())
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_the_reader_panic_or_print_a_raw_character(text in text()) {
        let rules = Rules::with(&[file(&text)]);
        for problem in &rules.problems {
            let raw = |c: char| c.is_control() || c == '\u{202e}';
            prop_assert!(!problem.to_string().contains(raw), "{problem}");
        }
        prop_assert!(rules.used.len() + rules.disabled.len() >= Rules::built_in().used.len());
        rule_file(&rules);
    }
}
