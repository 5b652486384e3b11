//! The settings of topics, and what changed in them.

use std::collections::BTreeMap;

use crate::model::event::SettingMove;
use crate::model::failure::Failure;
use crate::model::ids::BrokerId;
use crate::model::reading::Reading;
use crate::model::settings::{Setting, TopicSettings};
use crate::model::text::Name;
use crate::model::time::At;

/// Settings by topic, each as it was told or with why it was not.
pub(super) type SettingsRead = BTreeMap<Name, Result<TopicSettings, Failure>>;
/// What differs between two reads, by the key of the setting.
pub(super) type SettingMoves = BTreeMap<&'static str, Vec<SettingMove>>;

/// What is kept of the settings of one topic.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptSettings {
    reading: Reading<TopicSettings>,
    /// Who told the last good value.
    by: Option<BrokerId>,
}

impl KeptSettings {
    pub fn reading(&self) -> Reading<TopicSettings> {
        self.reading.clone()
    }

    pub fn fail(&mut self, why: &Failure, at: At) {
        self.reading.fail(why.clone(), at);
    }

    /// Takes what a broker told of the topic, and notes what differs from what was told before.
    ///
    /// What a broker tells of a setting that the topic does not carry itself is what its own file says: two brokers that
    /// say otherwise are no change.
    pub fn take(
        &mut self,
        topic: &Name,
        read: Result<TopicSettings, Failure>,
        by: BrokerId,
        at: At,
        moves: &mut SettingMoves,
    ) {
        let settings = match read {
            Ok(settings) => settings,
            Err(why) => return self.reading.fail(why, at),
        };
        if let Some(last) = self.reading.last() {
            if last.at > at {
                return;
            }
            let same = self.by == Some(by);
            let before: BTreeMap<&str, Setting<String>> = last.value.told().collect();
            for (key, told) in settings.told() {
                let Some(old) = before.get(key) else { continue };
                if old.value != told.value && (same || old.own || told.own) {
                    moves.entry(key).or_default().push(SettingMove {
                        topic: topic.clone(),
                        from: Name::from(old.value.as_str()),
                        to: Name::from(told.value),
                    });
                }
            }
        }
        self.reading.succeed(settings, at);
        self.by = Some(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::FailureKind;

    #[test]
    fn a_change_is_told_once_and_a_failed_read_or_another_brokers_file_is_none() {
        let told = |min, own| {
            Ok(TopicSettings {
                min_isr: Some(Setting { value: min, own }),
                ..TopicSettings::default()
            })
        };
        let mut kept = KeptSettings::default();
        let mut take = |read, by: i32, second: i64| {
            let mut moves = SettingMoves::new();
            kept.take(&"t".into(), read, BrokerId(by), At(second * 1000), &mut moves);
            let moved = moves.remove("min.insync.replicas").unwrap_or_default();
            moved
                .into_iter()
                .map(|moved| format!("{}→{}", moved.from, moved.to))
                .collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(take(told(2, false), 1, 1), none, "the first read");
        assert_eq!(take(told(1, false), 2, 2), none, "of another broker's file");
        assert_eq!(take(told(2, true), 2, 3), ["1→2"]);
        assert_eq!(take(told(2, true), 2, 4), none);
        assert_eq!(take(Err(Failure::new(FailureKind::Denied, "x")), 2, 5), none);
        assert_eq!(take(told(1, true), 1, 3), none, "late");
        assert_eq!(take(told(3, false), 1, 6), ["2→3"], "its own was removed");
        assert_eq!(
            take(told(4, false), 1, 7),
            ["3→4"],
            "the default of the same broker"
        );
    }
}
