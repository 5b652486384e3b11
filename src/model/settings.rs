//! The settings of a topic that decide what may be lost: the handful that is read of every topic.

use super::time::Span;

/// A value that holds, and whether the topic itself carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value that holds.
    pub value: T,
    /// Whether it was set on the topic; else it is the broker's, or Kafka's own default.
    pub own: bool,
}

/// What becomes of old records (`cleanup.policy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    /// Segments that are past retention are deleted.
    pub delete: bool,
    /// Of each key only the newest record is kept for certain.
    pub compact: bool,
}

impl Cleanup {
    /// The policy as Kafka spells it.
    pub fn word(self) -> &'static str {
        match (self.delete, self.compact) {
            (true, true) => "compact,delete",
            (true, false) => "delete",
            (false, true) => "compact",
            (false, false) => "none",
        }
    }
}

/// The settings of one topic; what the broker did not tell, or told as no such value, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopicSettings {
    /// `min.insync.replicas` as it is set. What counts is [`Topic::min_isr`](super::topic::Topic::min_isr).
    pub min_isr: Option<Setting<i32>>,
    /// `unclean.leader.election.enable`.
    pub unclean_election: Option<Setting<bool>>,
    /// `retention.ms`; `None` inside is for ever.
    pub retention: Option<Setting<Option<Span>>>,
    /// `retention.bytes` of one partition; `None` inside is without bound.
    pub retention_bytes: Option<Setting<Option<u64>>>,
    /// `cleanup.policy`.
    pub cleanup: Option<Setting<Cleanup>>,
}

impl TopicSettings {
    /// The settings that are read, as Kafka spells them.
    pub const KEYS: [&'static str; 5] = [
        "min.insync.replicas",
        "unclean.leader.election.enable",
        "retention.ms",
        "retention.bytes",
        "cleanup.policy",
    ];

    /// The settings of which values were told, each with its key and its value as Kafka spells it, in the order of
    /// [`KEYS`](Self::KEYS).
    pub fn told(&self) -> impl Iterator<Item = (&'static str, Setting<String>)> {
        let spell = |value: String, own: bool| Setting { value, own };
        let bounded = |bound: Option<u64>| bound.map_or_else(|| "-1".to_owned(), |bound| bound.to_string());
        let values = [
            self.min_isr.map(|min| spell(min.value.to_string(), min.own)),
            self.unclean_election
                .map(|unclean| spell(unclean.value.to_string(), unclean.own)),
            self.retention
                .map(|kept| spell(bounded(kept.value.map(|span| span.0)), kept.own)),
            self.retention_bytes
                .map(|kept| spell(bounded(kept.value), kept.own)),
            self.cleanup
                .map(|cleanup| spell(cleanup.value.word().to_owned(), cleanup.own)),
        ];
        Self::KEYS
            .into_iter()
            .zip(values)
            .filter_map(|(key, value)| Some((key, value?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_spelt_as_kafka_spells_it() {
        let own = |value| Some(Setting { value, own: true });
        let settings = TopicSettings {
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
        let told: Vec<_> = settings.told().collect();
        let expected = [
            ("min.insync.replicas", "2", false),
            ("retention.ms", "-1", true),
            ("retention.bytes", "1000", false),
            ("cleanup.policy", "compact,delete", true),
        ];
        let told = told
            .iter()
            .map(|(key, told)| (*key, told.value.as_str(), told.own));
        assert!(told.eq(expected));
    }
}
