//! The palette: go to anything by its name, or ask for a command, by a few of its letters.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::line::Line;
use crate::command::Command;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::ui::screen::{Page, RowKey};

/// The most matches that are kept; a longer list is not read by anyone.
pub const MOST: usize = 80;
/// The most brokers that are offered before anything is typed.
const BROKERS: usize = 9;

/// What a match leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A command, that of a page included.
    Command(Command),
    /// A broker, topic or group.
    Row(RowKey),
}

/// Something whose name matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What it leads to.
    pub target: Target,
    /// Its name.
    pub name: Name,
    /// What it is, in a word.
    pub kind: &'static str,
}

/// What was typed, what matches, and which match is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// What was typed.
    pub line: Line,
    /// The best matches first.
    pub matches: Vec<Match>,
    /// The place of the chosen one.
    pub at: usize,
}

impl Palette {
    /// What the chosen match leads to.
    pub fn chosen(&self) -> Option<&Target> {
        self.matches.get(self.at).map(|chosen| &chosen.target)
    }

    /// Chooses the next match, or the one before; round the ends.
    pub fn turn(&mut self, by: isize) {
        let all = self.matches.len();
        if all > 0 {
            self.at = self.at.saturating_add_signed(by.rem_euclid(all.cast_signed())) % all;
        }
    }

    /// Looks for what matches what was typed; without anything typed, pages, then brokers, then commands are offered.
    pub fn search(&mut self, snapshot: Option<&Snapshot>) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(self.line.text(), CaseMatching::Smart, Normalization::Smart);
        let mut found: Vec<(u32, u8, Match)> = Vec::new();
        let mut buffer = Vec::new();
        let mut look = |rank: u8, text: &str, of: &dyn Fn() -> Match| {
            if let Some(score) = pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher) {
                found.push((score, rank, of()));
            }
        };
        let typed = !self.line.text().trim().is_empty();
        for command in Command::ALL
            .into_iter()
            .filter(|command| super::is_offered(*command))
        {
            let is_page = Page::ALL.iter().any(|page| page.command() == command);
            look(if is_page || typed { 0 } else { 2 }, command.name(), &|| Match {
                target: Target::Command(command),
                name: Name::from(command.name()),
                kind: "command",
            });
        }
        if let Some(snapshot) = snapshot {
            let brokers = if typed { usize::MAX } else { BROKERS };
            for id in snapshot.brokers.keys().take(brokers) {
                let name = format!("broker {id}");
                look(1, &name, &|| {
                    row(RowKey::Broker(*id), Name::from(name.as_str()), "broker")
                });
            }
        }
        if let Some(snapshot) = snapshot.filter(|_| typed) {
            for name in snapshot.topics.keys() {
                look(2, name.raw(), &|| {
                    row(RowKey::Topic(name.clone()), name.clone(), "topic")
                });
            }
            for name in snapshot.groups.table.keys() {
                look(3, name.raw(), &|| {
                    row(RowKey::Group(name.clone()), name.clone(), "group")
                });
            }
        }
        // Among equals the shorter name is what was meant.
        found.sort_by(|a, b| {
            // What is offered without a letter stands as it is known elsewhere.
            let length = |one: &Match| if typed { one.name.raw().len() } else { 0 };
            (b.0, a.1, length(&a.2)).cmp(&(a.0, b.1, length(&b.2)))
        });
        found.truncate(MOST);
        self.matches = found.into_iter().map(|(_, _, found)| found).collect();
        self.at = 0;
    }
}

fn row(key: RowKey, name: Name, kind: &'static str) -> Match {
    Match {
        target: Target::Row(key),
        name,
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    fn found(text: &str) -> Vec<String> {
        let bulletin = fixture::degraded();
        let mut palette = Palette {
            line: Line::of(text),
            ..Palette::default()
        };
        palette.search(Some(&bulletin.snapshot));
        palette
            .matches
            .iter()
            .map(|found| format!("{} {}", found.kind, found.name))
            .collect()
    }

    #[test]
    fn a_few_letters_find_what_is_meant() {
        let table = [
            ("bilexp", "group billing-export"),
            ("fmr", "topic file_merge_requests"),
            ("broker 2", "broker broker 2"),
            ("page-gr", "command page-groups"),
            ("offsets", "topic __consumer_offsets"),
        ];
        for (text, expected) in table {
            assert_eq!(found(text).first().map(String::as_str), Some(expected), "{text}");
        }
        assert!(found("zzzz").is_empty());
        let offered = found("");
        let first: Vec<&str> = offered.iter().map(String::as_str).take(12).collect();
        assert_eq!(first[0], "command page-overview");
        assert_eq!(
            first[7..11],
            [
                "command page-alerts",
                "broker broker 1",
                "broker broker 2",
                "broker broker 3",
            ]
        );
        assert!(offered[11..].iter().all(|name| name.starts_with("command")));
        assert!(offered.contains(&"command quit".to_owned()));
    }

    #[test]
    fn choosing_goes_round() {
        let mut palette = Palette::default();
        palette.turn(1);
        assert_eq!(palette.chosen(), None);
        palette.search(None);
        let all = palette.matches.len();
        palette.turn(-1);
        assert_eq!(palette.at, all - 1);
        palette.turn(1);
        assert_eq!(palette.at, 0);
    }
}
