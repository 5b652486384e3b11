//! Configuration of topics and brokers.

use super::super::failure::item;
use crate::model::failure::{Failure, FailureKind};
use crate::model::question::{ConfigEntry, ConfigOrigin};
use crate::model::settings::{Cleanup, Setting, TopicSettings};
use crate::model::text::Name;
use crate::model::time::Span;
use crate::wire::answer::{self, ConfigSource};
use std::collections::BTreeMap;

/// Effective `min.insync.replicas` by topic.
pub(in crate::source::kafka) fn min_isr(
    answer: &answer::Configs,
    into: &mut BTreeMap<Name, Result<i32, Failure>>,
) {
    for resource in &answer.resources {
        let answer::Resource::Topic(topic) = &resource.resource else {
            continue;
        };
        let what = format!("min.insync.replicas of {topic}");
        let entry = resource
            .configs
            .iter()
            .find(|config| config.name == "min.insync.replicas");
        let value = entry.and_then(|entry| entry.value.as_deref());
        let read = match (resource.error, value.map(str::parse::<i32>)) {
            (Some(code), _) => Err(item(&what, code)),
            (None, Some(Ok(number))) if number > 0 => Ok(number),
            (None, Some(_)) => {
                let value = value.unwrap_or_default();
                let detail = format!("{what}: the broker answered {value}, which is no number above zero");
                Err(Failure::new(FailureKind::Rubbish, &detail))
            }
            (None, None) => Err(Failure::new(
                FailureKind::Answered,
                &format!("{what}: the broker answered without a value"),
            )),
        };
        into.insert(Name::from(topic.as_str()), read);
    }
}

/// The broker's own value of `min.insync.replicas`.
pub(in crate::source::kafka) fn default_min_isr(answer: &answer::Configs) -> Result<i32, Failure> {
    let what = "the broker's min.insync.replicas";
    let Some(resource) = answer.resources.first() else {
        return Err(Failure::new(
            FailureKind::Answered,
            &format!("{what}: the broker answered without it"),
        ));
    };
    if let Some(code) = resource.error {
        return Err(item(what, code));
    }
    let entry = resource
        .configs
        .iter()
        .find(|config| config.name == "min.insync.replicas");
    let value = entry
        .and_then(|entry| entry.value.as_deref())
        .and_then(|value| value.parse().ok());
    value.filter(|number| *number > 0).ok_or_else(|| {
        Failure::new(
            FailureKind::Rubbish,
            &format!("{what}: the broker answered no number above zero"),
        )
    })
}

/// The handful of settings by topic; a value that is none of its kind is left out.
pub(in crate::source::kafka) fn settings(
    answer: &answer::Configs,
    into: &mut BTreeMap<Name, Result<TopicSettings, Failure>>,
) {
    for resource in &answer.resources {
        let answer::Resource::Topic(topic) = &resource.resource else {
            continue;
        };
        let read = match resource.error {
            Some(code) => Err(item(&format!("settings of {topic}"), code)),
            None => Ok(of_topic(&resource.configs)),
        };
        into.insert(Name::from(topic.as_str()), read);
    }
}

fn of_topic(configs: &[answer::Config]) -> TopicSettings {
    let [min_isr, unclean, retention, bytes, cleanup] = TopicSettings::KEYS;
    TopicSettings {
        min_isr: setting(configs, min_isr, |value| value.parse().ok()),
        unclean_election: setting(configs, unclean, |value| value.parse().ok()),
        retention: bound(configs, retention).map(|bound| Setting {
            value: bound.value.map(Span),
            own: bound.own,
        }),
        retention_bytes: bound(configs, bytes),
        cleanup: setting(configs, cleanup, cleanup_policy),
    }
}

fn setting<T>(
    configs: &[answer::Config],
    key: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<Setting<T>> {
    let config = configs.iter().find(|config| config.name == key)?;
    Some(Setting {
        value: parse(config.value.as_deref()?)?,
        own: config.source == ConfigSource::Topic,
    })
}

/// A bound of which a negative number stands for none.
fn bound(configs: &[answer::Config], key: &str) -> Option<Setting<Option<u64>>> {
    let told = setting(configs, key, |value| value.parse::<i64>().ok())?;
    Some(Setting {
        value: u64::try_from(told.value).ok(),
        own: told.own,
    })
}

fn cleanup_policy(value: &str) -> Option<Cleanup> {
    let mut cleanup = Cleanup::default();
    for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "delete" => cleanup.delete = true,
            "compact" => cleanup.compact = true,
            _ => return None,
        }
    }
    Some(cleanup)
}

/// The whole configuration of the one topic that was asked for, by name.
pub(in crate::source::kafka) fn configuration(
    topic: &Name,
    answer: answer::Configs,
) -> Result<Vec<ConfigEntry>, Failure> {
    let what = format!("the configuration of {topic}");
    let is_its = |resource: &answer::ResourceConfigs| matches!(&resource.resource, answer::Resource::Topic(name) if name == topic.raw());
    let Some(resource) = answer.resources.into_iter().find(is_its) else {
        return Err(Failure::new(
            FailureKind::Answered,
            &format!("{what}: the broker answered without it"),
        ));
    };
    if let Some(code) = resource.error {
        return Err(item(&what, code));
    }
    let mut entries: Vec<ConfigEntry> = resource.configs.into_iter().map(entry).collect();
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    entries.dedup_by(|later, kept| later.name == kept.name);
    Ok(entries)
}

fn entry(config: answer::Config) -> ConfigEntry {
    ConfigEntry {
        name: Name::from(config.name),
        // Whatever a broker shows of a secret, kaftop does not.
        value: config.value.filter(|_| !config.sensitive).map(Name::from),
        sensitive: config.sensitive,
        origin: match config.source {
            ConfigSource::Topic => ConfigOrigin::Topic,
            ConfigSource::Broker => ConfigOrigin::Broker,
            ConfigSource::AllBrokers => ConfigOrigin::AllBrokers,
            ConfigSource::File => ConfigOrigin::File,
            ConfigSource::Default => ConfigOrigin::Default,
            ConfigSource::Other(number) => ConfigOrigin::Other(number),
        },
        read_only: config.read_only,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::KafkaCode;

    fn code(number: i16) -> Option<KafkaCode> {
        KafkaCode::from_wire(number)
    }

    fn config(name: &str, value: Option<&str>, source: ConfigSource) -> answer::Config {
        answer::Config {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            source,
            sensitive: name.contains("password"),
            read_only: false,
        }
    }

    fn topic(name: &str, error: Option<KafkaCode>, configs: Vec<answer::Config>) -> answer::ResourceConfigs {
        answer::ResourceConfigs {
            error,
            message: None,
            resource: answer::Resource::Topic(name.to_owned()),
            configs,
        }
    }

    #[test]
    fn settings_are_read_with_their_origin_and_rubbish_is_left_out() {
        let configs = vec![
            config("min.insync.replicas", Some("2"), ConfigSource::File),
            config(
                "unclean.leader.election.enable",
                Some("perhaps"),
                ConfigSource::Topic,
            ),
            config("retention.ms", Some("-1"), ConfigSource::Topic),
            config("retention.bytes", Some("1000"), ConfigSource::Default),
            config("cleanup.policy", Some("compact, delete"), ConfigSource::Topic),
        ];
        let mut read = BTreeMap::new();
        settings(
            &answer::Configs {
                resources: vec![
                    topic("orders", None, configs),
                    topic("denied", code(29), vec![]),
                    topic(
                        "bare",
                        None,
                        vec![config("retention.ms", None, ConfigSource::Default)],
                    ),
                ],
            },
            &mut read,
        );
        let own = |value| Some(Setting { value, own: true });
        let expected = TopicSettings {
            min_isr: Some(Setting { value: 2, own: false }),
            unclean_election: None,
            retention: own(None),
            retention_bytes: Some(Setting {
                value: Some(1_000),
                own: false,
            }),
            cleanup: Some(Setting {
                value: Cleanup {
                    delete: true,
                    compact: true,
                },
                own: true,
            }),
        };
        assert_eq!(read["orders"], Ok(expected));
        assert_eq!(read["bare"], Ok(TopicSettings::default()));
        assert_eq!(read["denied"].as_ref().unwrap_err().kind, FailureKind::Denied);
    }

    #[test]
    fn the_whole_configuration_stands_by_name_and_hides_secrets() {
        let answer = |resources| answer::Configs { resources };
        let entries = configuration(
            &"orders".into(),
            answer(vec![
                topic("other", None, vec![]),
                topic(
                    "orders",
                    None,
                    vec![
                        config("z", Some("1"), ConfigSource::Topic),
                        config("a.password", Some("leaked"), ConfigSource::Other(9)),
                        config("m", None, ConfigSource::Default),
                    ],
                ),
            ]),
        )
        .unwrap();
        let shown: Vec<_> = entries
            .iter()
            .map(|entry| {
                (
                    entry.name.raw(),
                    entry.value.as_ref().map(Name::raw),
                    entry.sensitive,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("a.password", None, true),
                ("m", None, false),
                ("z", Some("1"), false)
            ]
        );
        let gone = configuration(&"orders".into(), answer(vec![topic("orders", code(3), vec![])]));
        assert_eq!(gone.unwrap_err().kind, FailureKind::Answered);
        assert!(configuration(&"orders".into(), answer(vec![])).is_err());
    }

    #[test]
    fn min_isr_is_a_number_or_says_why_not() {
        use crate::wire::answer::{Config, Configs, Resource, ResourceConfigs};
        let resource = |name: &str, error, value: Option<&str>| ResourceConfigs {
            error,
            message: None,
            resource: Resource::Topic(name.to_owned()),
            configs: vec![Config {
                name: "min.insync.replicas".to_owned(),
                value: value.map(str::to_owned),
                source: ConfigSource::Default,
                sensitive: false,
                read_only: false,
            }],
        };
        let mut read = BTreeMap::new();
        min_isr(
            &Configs {
                resources: vec![
                    resource("good", None, Some("2")),
                    resource("word", None, Some("many")),
                    resource("zero", None, Some("0")),
                    resource("none", None, None),
                    resource("denied", code(29), None),
                ],
            },
            &mut read,
        );
        let kinds: Vec<_> = read
            .iter()
            .map(|(name, read)| (name.raw(), read.as_ref().map_err(|failure| failure.kind).copied()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("denied", Err(FailureKind::Denied)),
                ("good", Ok(2)),
                ("none", Err(FailureKind::Answered)),
                ("word", Err(FailureKind::Rubbish)),
                ("zero", Err(FailureKind::Rubbish)),
            ]
        );
    }
}
