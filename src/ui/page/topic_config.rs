//! Every setting of a topic in its detail, as it was read on request: first what somebody set, then Kafka's defaults.

use crate::model::question::{Answer, ConfigEntry, ConfigOrigin, Question, Reply};
use crate::model::time::Span;
use crate::model::topic::Topic;
use crate::ui::canvas::Strip;
use crate::ui::enquiry::State;
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;

/// Cells for the name of a setting; the longest of Kafka's own for topics has 39.
const NAME: usize = 40;
/// Cells for where a value comes from; the value stands behind that, as long as it is.
const ORIGIN: usize = 16;

/// The lines of the settings, where they were asked for.
pub fn lines(scene: &Scene, topic: &Topic) -> Option<Vec<Strip>> {
    let question = Question::TopicConfig {
        topic: topic.name.clone(),
    };
    let lines = match scene.screen.enquiry_of(&question)? {
        State::Asking => vec![Strip::of(scene.asking(), Role::Dim)],
        State::NotAsked(why) => vec![Strip::of(scene.failed(why), Role::Warn)],
        State::Answered(Answer {
            reply: Reply::TopicConfig(Ok(entries)),
            asked,
            ..
        }) => {
            let read = format!("{}, read {} ago", settings(entries.len()), scene.age(*asked));
            let mut lines = vec![Strip::of(read, Role::Dim)];
            lines.extend(sorted(entries).into_iter().map(|entry| line(scene, entry)));
            lines
        }
        State::Answered(Answer {
            reply: Reply::TopicConfig(Err(why)) | Reply::OldestUnread(Err(why)),
            asked,
            ..
        }) => {
            let words = format!("{}; asked {} ago", scene.failed(why), scene.age(*asked));
            vec![Strip::of(words, Role::Warn)]
        }
        // Another question's: that answer stands elsewhere.
        State::Answered(_) => return None,
    };
    Some(lines)
}

fn settings(number: usize) -> String {
    text::plural(number, "setting")
}

/// Those that differ from Kafka's own default first, each kind by name.
fn sorted(entries: &[ConfigEntry]) -> Vec<&ConfigEntry> {
    let mut sorted: Vec<&ConfigEntry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.origin, entry.name.to_string()));
    sorted
}

/// A time or a size as people write it; Kafka counts them in milliseconds and bytes.
fn in_words(name: &str, value: &str) -> Option<String> {
    let number: u64 = value.parse().ok()?;
    if number == i64::MAX.unsigned_abs() {
        return Some("no limit".to_owned());
    }
    match name.rsplit('.').next() {
        Some("ms") if number >= 1_000 => Some(Span(number).to_string()),
        Some("bytes") if number >= 10_000 => Some(text::bytes(number)),
        _ => None,
    }
}

fn line(scene: &Scene, entry: &ConfigEntry) -> Strip {
    let default = entry.origin == ConfigOrigin::Default;
    let name = text::start(&entry.name.to_string(), 39, scene.glyphs.cut);
    let value = match (&entry.value, entry.sensitive) {
        (_, true) => "(secret)".to_owned(),
        (None, false) => "-".to_owned(),
        (Some(value), false) if value.raw().is_empty() => "(empty)".to_owned(),
        (Some(value), false) => match in_words(entry.name.raw(), value.raw()) {
            Some(words) => format!("{value} ({words})"),
            None => value.to_string(),
        },
    };
    let pad = |text: &str, cells: usize| {
        let missing = cells.saturating_sub(usize::from(text::width(text)));
        format!("{text}{} ", " ".repeat(missing))
    };
    Strip::of(pad(&name, NAME), Role::Dim)
        .and(pad(entry.origin.word(), ORIGIN), Role::Dim)
        .and(value, if default { Role::Dim } else { Role::Text })
}
