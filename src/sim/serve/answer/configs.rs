//! DescribeConfigs of topics and of the asked broker itself (`ConfigHelper.describeConfigs`).

use super::broker_settings::{self, BrokerSetting, Origin};
use super::metadata::is_topic_name;
use super::settings::{self, TopicSetting};
use crate::model::cluster::Mode;
use crate::sim::serve::call::{Call, Outcome};
use crate::sim::serve::seat::{Seat, text};
use crate::sim::world::{Image, Release, TopicImage};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

/// The resource type of topics (`org.apache.kafka.common.config.ConfigResource.Type`).
const TOPIC: i8 = 2;
/// The resource type of brokers.
const BROKER: i8 = 4;
/// The resource type of a broker's loggers.
const LOGGER: i8 = 8;
/// Source of a setting that the topic itself carries (`DescribeConfigsResponse.ConfigSource`).
const OF_TOPIC: i8 = 1;
/// Source of a setting from the broker's file.
const OF_FILE: i8 = 4;
/// Source of a default.
const BY_DEFAULT: i8 = 5;

/// What of each setting is wanted.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    version: i16,
    synonyms: bool,
}

/// Settings of topics and of the broker itself.
///
/// In ZooKeeper mode a topic's settings are read from ZooKeeper on the thread that serves the request: without an ensemble
/// there is no answer, and the thread is lost until there is one again.
pub(super) fn describe_configs(
    seat: &Seat,
    request: DescribeConfigsRequest,
    call: &Call,
) -> Outcome<DescribeConfigsResponse> {
    let wanted = Wanted {
        version: call.version,
        synonyms: request.include_synonyms,
    };
    let reads_zookeeper = seat.mode() == Mode::ZooKeeper
        && request
            .resources
            .iter()
            .any(|resource| resource.resource_type == TOPIC);
    if reads_zookeeper && !seat.world().settings_answered(seat.broker) {
        seat.lose_thread();
    }
    let seat = seat.clone();
    Outcome::until(move || {
        let (image, answered) = {
            let world = seat.world();
            (world.image(seat.broker), world.settings_answered(seat.broker))
        };
        if reads_zookeeper && !answered {
            return None;
        }
        let results = request
            .resources
            .iter()
            .map(|resource| described(&seat, &image, resource, wanted));
        Some(DescribeConfigsResponse::default().with_results(results.collect()))
    })
}

fn described(
    seat: &Seat,
    image: &Image,
    resource: &DescribeConfigsResource,
    wanted: Wanted,
) -> DescribeConfigsResult {
    let shown = DescribeConfigsResult::default()
        .with_resource_type(resource.resource_type)
        .with_resource_name(resource.resource_name.clone());
    let refused = |error: ResponseError, why: String| {
        shown
            .clone()
            .with_error_code(error.code())
            .with_error_message(Some(why.into()))
    };
    let name: &str = &resource.resource_name;
    let mut configs = match resource.resource_type {
        TOPIC if !is_topic_name(name) => {
            return refused(
                ResponseError::InvalidTopicException,
                format!("Topic name is invalid: {name:?}"),
            );
        }
        TOPIC => match image.topic(name) {
            Some(topic) => of_topic(seat, topic, wanted),
            None => {
                return shown.with_error_code(ResponseError::UnknownTopicOrPartition.code());
            }
        },
        BROKER if name.parse() == Ok(seat.broker) => of_broker(seat, wanted),
        // No name stands for what is set for all brokers, and nothing is.
        BROKER if name.is_empty() => Vec::new(),
        LOGGER if name.parse() == Ok(seat.broker) => Vec::new(),
        BROKER | LOGGER => {
            return refused(
                ResponseError::InvalidRequest,
                format!(
                    "Unexpected broker id, expected {} or empty string, but received {name}",
                    seat.broker
                ),
            );
        }
        other => {
            return refused(
                ResponseError::InvalidRequest,
                format!("Unsupported resource type: {other}"),
            );
        }
    };
    if let Some(keys) = &resource.configuration_keys
        && !keys.is_empty()
    {
        configs.retain(|config| keys.contains(&config.name));
    }
    shown.with_configs(configs)
}

fn of_topic(seat: &Seat, topic: &TopicImage, wanted: Wanted) -> Vec<DescribeConfigsResourceResult> {
    settings::TOPIC
        .iter()
        .filter(|setting| !setting.old || seat.release() == Release::V3_9)
        .map(|setting| topic_setting(seat, topic, setting, wanted))
        .collect()
}

fn topic_setting(
    seat: &Seat,
    topic: &TopicImage,
    setting: &TopicSetting,
    wanted: Wanted,
) -> DescribeConfigsResourceResult {
    let spec = seat.spec();
    let mut from = Vec::new();
    if let Some(own) = topic.configs.get(setting.name) {
        from.push((setting.name, own.clone(), OF_TOPIC));
    }
    // Of what the simulated brokers set in their files these stand behind settings of topics.
    match setting.name {
        "min.insync.replicas" => {
            from.push((setting.name, broker_settings::min_isr(spec).to_string(), OF_FILE));
        }
        "unclean.leader.election.enable" => {
            from.push((setting.name, spec.election.unclean.to_string(), OF_FILE));
        }
        _ => {}
    }
    if !setting.behind.is_empty() {
        from.push((setting.behind, setting.default.to_owned(), BY_DEFAULT));
    }
    let (value, source) = from.first().map_or_else(
        || (setting.default.to_owned(), BY_DEFAULT),
        |(_, value, source)| (value.clone(), *source),
    );
    let synonyms = from
        .into_iter()
        .map(|(name, value, source)| synonym(name, Some(&value), source));
    let shown = DescribeConfigsResourceResult::default()
        .with_name(text(setting.name))
        .with_value(Some(value.into()))
        .with_config_source(source);
    finished(shown, wanted, setting.kind, synonyms)
}

fn of_broker(seat: &Seat, wanted: Wanted) -> Vec<DescribeConfigsResourceResult> {
    let listener = format!("PLAINTEXT://{}:{}", &*seat.host(), seat.port(seat.broker));
    let all = broker_settings::of_broker(seat.spec(), seat.broker, &listener);
    all.into_iter()
        .map(|setting| broker_setting(&setting, wanted))
        .collect()
}

fn broker_setting(setting: &BrokerSetting, wanted: Wanted) -> DescribeConfigsResourceResult {
    let value = setting.value.as_deref();
    let by_default = |value| synonym(setting.name, value, BY_DEFAULT);
    let by_file = || synonym(setting.name, value, OF_FILE);
    let (source, from) = match setting.origin {
        Origin::File => (OF_FILE, vec![by_file()]),
        Origin::FileOver(default) => (OF_FILE, vec![by_file(), by_default(Some(default))]),
        Origin::Default if value.is_none() => (BY_DEFAULT, Vec::new()),
        Origin::Default => (BY_DEFAULT, vec![by_default(value)]),
    };
    let shown = DescribeConfigsResourceResult::default()
        .with_name(text(setting.name))
        .with_value(value.map(text))
        .with_read_only(source == OF_FILE)
        .with_config_source(source);
    finished(shown, wanted, setting.kind, from.into_iter())
}

fn synonym(name: &str, value: Option<&str>, source: i8) -> DescribeConfigsSynonym {
    DescribeConfigsSynonym::default()
        .with_name(text(name))
        .with_value(value.map(text))
        .with_source(source)
}

fn finished(
    shown: DescribeConfigsResourceResult,
    wanted: Wanted,
    kind: settings::Kind,
    synonyms: impl Iterator<Item = DescribeConfigsSynonym>,
) -> DescribeConfigsResourceResult {
    let shown = if wanted.synonyms {
        shown.with_synonyms(synonyms.collect())
    } else {
        shown
    };
    if wanted.version >= 3 {
        shown.with_config_type(kind as i8)
    } else {
        shown
    }
}
