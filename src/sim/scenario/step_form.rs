//! The steps of a scenario file: `[[step]]`.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::cluster_form::{BEHAVIOUR_KEYS, TOPIC_KEYS, behaviour, name, rate, topic};
use super::form::Step;
use super::value::{number, prose};
use crate::config::{FileReader, Mismatch, Period, Sourced, duration, one_of, wrong};
use crate::sim::world::{Act, Node};

/// The latest step.
pub(super) const LATEST: Duration = Duration::from_secs(24 * 3_600);

/// What a step may do.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Done to a node.
    ToNode(fn(Node) -> Act),
    Slow,
    CreateTopic,
    DeleteTopic,
    Rate,
    Behave,
    ElectPreferred,
    Tell,
}

const DEEDS: &[(&str, Deed)] = &[
    ("stop", Deed::ToNode(Act::Stop)),
    ("start", Deed::ToNode(Act::Start)),
    ("kill", Deed::ToNode(Act::Kill)),
    ("pause", Deed::ToNode(Act::Pause)),
    ("resume", Deed::ToNode(Act::Resume)),
    ("cut", Deed::ToNode(Act::Cut)),
    ("heal", Deed::ToNode(Act::Heal)),
    ("hide", Deed::ToNode(Act::Hide)),
    ("show", Deed::ToNode(Act::Show)),
    ("hang-disk", Deed::ToNode(Act::HangDisk)),
    ("free-disk", Deed::ToNode(Act::FreeDisk)),
    ("slow", Deed::Slow),
    ("create-topic", Deed::CreateTopic),
    ("delete-topic", Deed::DeleteTopic),
    ("rate", Deed::Rate),
    ("behave", Deed::Behave),
    ("elect-preferred", Deed::ElectPreferred),
    ("tell", Deed::Tell),
];

/// The keys of every step.
pub(super) const STEP_KEYS: &[&str] = &["act", "at", "note"];

const SCOPE: &str = "step";

/// The names of all acts.
#[cfg(test)]
pub(super) fn act_names() -> impl Iterator<Item = &'static str> {
    DEEDS.iter().map(|(name, _)| *name)
}

impl Deed {
    /// The keys that it needs or takes beside those of every step.
    fn keys(self) -> Vec<&'static [&'static str]> {
        match self {
            Self::ToNode(_) => vec![&["node"]],
            Self::Slow => vec![&["node", "factor"]],
            Self::CreateTopic => vec![&["topic"], TOPIC_KEYS],
            Self::DeleteTopic => vec![&["topic"]],
            Self::Rate => vec![&["topic", "records_per_second"]],
            Self::Behave => vec![&["group"], BEHAVIOUR_KEYS],
            Self::ElectPreferred | Self::Tell => vec![],
        }
    }
}

/// Reads one step; `None` where its time or its act is no good.
pub(super) fn read(reader: &mut FileReader<'_>, table: &DeTable<'_>, span: &Range<usize>) -> Option<Step> {
    for key in ["at", "act"] {
        if !table.contains_key(key) {
            reader.fault(span, &format!("{SCOPE}.{key}"), "is missing");
        }
    }
    let at = reader.field(SCOPE, table, "at", at);
    let note = reader.field(SCOPE, table, "note", prose).map(|note| note.value);
    let deed = reader
        .field(SCOPE, table, "act", |value| one_of(value, "act", DEEDS))?
        .value;
    let mut valid = deed.keys();
    valid.push(STEP_KEYS);
    reader.deny_unknown(SCOPE, table, &valid.concat(), |key| {
        let needs = |keys: &[&str]| keys.contains(&key);
        if key == "node" {
            Some("a step that is done to a node")
        } else if key == "factor" {
            Some("a step whose act is \"slow\"")
        } else if needs(&["topic"]) || needs(TOPIC_KEYS) {
            Some("a step whose act is about a topic, such as \"create-topic\"")
        } else if needs(&["group"]) || needs(BEHAVIOUR_KEYS) {
            Some("a step whose act is \"behave\"")
        } else {
            None
        }
    });
    let tells = matches!(deed, Deed::Tell);
    if tells && !table.contains_key("note") {
        reader.fault(span, "step.note", "is missing, and the step does nothing else");
    }
    let act = act(reader, table, span, deed);
    if act.is_none() && !tells {
        return None;
    }
    Some(Step {
        at: at?.value,
        act,
        note,
    })
}

fn at(value: &DeValue<'_>) -> Result<Duration, Mismatch> {
    let at = duration(value)?;
    if at > LATEST {
        return Err(wrong(value, format!("a time up to {}", Period(LATEST))));
    }
    Ok(at)
}

/// Reads what is done; its origin is the line that names to what.
fn act(
    reader: &mut FileReader<'_>,
    table: &DeTable<'_>,
    span: &Range<usize>,
    deed: Deed,
) -> Option<Sourced<Act>> {
    let target = ["node", "topic", "group", "act"]
        .into_iter()
        .find_map(|key| table.get(key));
    let origin = reader.origin(&target.map_or_else(|| span.clone(), toml::Spanned::span));
    let act = match deed {
        Deed::Tell => return None,
        Deed::ElectPreferred => Act::ElectPreferred,
        Deed::ToNode(made) => made(node(reader, table, span)?),
        Deed::Slow => slow(reader, table, span)?,
        Deed::CreateTopic => {
            let name = name(reader, SCOPE, table, span, "topic")?;
            Act::CreateTopic(topic(reader, SCOPE, table, &name))
        }
        Deed::DeleteTopic => Act::DeleteTopic(name(reader, SCOPE, table, span, "topic")?),
        Deed::Rate => {
            if !table.contains_key("records_per_second") {
                reader.fault(span, "step.records_per_second", "is missing, expected a number");
            }
            let topic = name(reader, SCOPE, table, span, "topic");
            let records_per_second = rate(reader, SCOPE, table)?;
            Act::SetRate {
                topic: topic?,
                records_per_second,
            }
        }
        Deed::Behave => {
            if !table.contains_key("behaviour") {
                reader.fault(span, "step.behaviour", "is missing, expected what the group does");
            }
            let group = name(reader, SCOPE, table, span, "group");
            let behaviour = behaviour(reader, SCOPE, table)?;
            Act::Behave {
                group: group?,
                behaviour,
            }
        }
    };
    Some(Sourced::new(act, origin))
}

fn slow(reader: &mut FileReader<'_>, table: &DeTable<'_>, span: &Range<usize>) -> Option<Act> {
    if !table.contains_key("factor") {
        reader.fault(
            span,
            "step.factor",
            "is missing, expected the share of time in which the broker copies, from 0 to 1",
        );
    }
    let node = node(reader, table, span);
    let factor = reader.field(SCOPE, table, "factor", |value| number(value, 0.0, 1.0))?;
    match node? {
        Node::Broker(broker) => Some(Act::Slow {
            broker,
            factor: factor.value,
        }),
        other => {
            let at = table
                .get("node")
                .map_or_else(|| span.clone(), toml::Spanned::span);
            reader.fault(
                &at,
                "step.node",
                format!("only a broker copies records, not {other}; expected such as \"broker:2\""),
            );
            None
        }
    }
}

fn node(reader: &mut FileReader<'_>, table: &DeTable<'_>, span: &Range<usize>) -> Option<Node> {
    const EXPECTED: &str = "a node, such as \"broker:2\", \"controller:3001\" or \"zookeeper:1\"";
    if !table.contains_key("node") {
        reader.fault(span, "step.node", format!("is missing, expected {EXPECTED}"));
    }
    let read = reader.field(SCOPE, table, "node", |value| {
        value
            .as_str()
            .and_then(|text| Node::from_str(text).ok())
            .ok_or_else(|| wrong(value, EXPECTED))
    });
    read.map(|read| read.value)
}
