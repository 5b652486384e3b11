//! The catalogue: every command once, with its name, where it works, and one sentence.

/// Where a command works, and so where its keys are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// On every page and over it.
    Everywhere,
    /// On the Overview page.
    Overview,
    /// On the Partitions page.
    Partitions,
    /// On the Groups page.
    Groups,
    /// Over every page, while a question of the story waits for its answer.
    Quiz,
}

impl Context {
    /// Every context, in the order of help.
    pub const ALL: [Self; 5] = [
        Self::Everywhere,
        Self::Overview,
        Self::Partitions,
        Self::Groups,
        Self::Quiz,
    ];

    /// The name of its section in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Overview => "overview",
            Self::Partitions => "partitions",
            Self::Groups => "groups",
            Self::Quiz => "quiz",
        }
    }
}

/// Something that a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Opens the Overview page.
    PageOverview,
    /// Opens the Partitions page.
    PagePartitions,
    /// Opens the Groups page.
    PageGroups,
    /// Moves to the next panel of the page.
    NextPanel,
    /// Moves to the panel before.
    PreviousPanel,
    /// Selects the row above.
    Up,
    /// Selects the row below.
    Down,
    /// Moves up by a screenful.
    PageUp,
    /// Moves down by a screenful.
    PageDown,
    /// Selects the first row.
    First,
    /// Selects the last row.
    Last,
    /// Goes into what is selected.
    Enter,
    /// Goes back to where one came from.
    Back,
    /// Sorts by the next column.
    SortNext,
    /// Turns the order round.
    SortReverse,
    /// Shows only the partitions at risk, or all.
    OnlyAtRisk,
    /// Reads when the oldest unread record of the selected group was written.
    OldestUnread,
    /// Shows every source of facts.
    Sources,
    /// Tells the story of a demonstration.
    Story,
    /// Takes the first answer to the question of the story.
    FirstOption,
    /// Takes the second one.
    SecondOption,
    /// Takes the third one.
    ThirdOption,
    /// Takes the fourth one.
    FourthOption,
    /// Shows the keys.
    Help,
    /// Takes the next theme.
    NextTheme,
    /// Draws the whole screen anew.
    Redraw,
    /// Leaves kaftop.
    Quit,
}

impl Command {
    /// Every command, in the order of help.
    pub const ALL: [Self; 27] = [
        Self::PageOverview,
        Self::PagePartitions,
        Self::PageGroups,
        Self::NextPanel,
        Self::PreviousPanel,
        Self::Up,
        Self::Down,
        Self::PageUp,
        Self::PageDown,
        Self::First,
        Self::Last,
        Self::Enter,
        Self::Back,
        Self::SortNext,
        Self::SortReverse,
        Self::OnlyAtRisk,
        Self::OldestUnread,
        Self::Sources,
        Self::Story,
        Self::FirstOption,
        Self::SecondOption,
        Self::ThirdOption,
        Self::FourthOption,
        Self::Help,
        Self::NextTheme,
        Self::Redraw,
        Self::Quit,
    ];

    /// Whether it is of use in a demonstration only.
    pub fn needs_story(self) -> bool {
        matches!(
            self,
            Self::Story | Self::FirstOption | Self::SecondOption | Self::ThirdOption | Self::FourthOption
        )
    }

    /// The name in keymap files.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Two words at most, for the footer.
    pub fn label(self) -> &'static str {
        self.entry().1
    }

    /// One sentence, for help.
    pub fn sentence(self) -> &'static str {
        self.entry().2
    }

    /// The command of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    fn entry(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::PageOverview => ("page-overview", "overview", "Open the overview."),
            Self::PagePartitions => ("page-partitions", "partitions", "Open all partitions."),
            Self::PageGroups => ("page-groups", "groups", "Open all consumer groups."),
            Self::NextPanel => ("next-panel", "panel", "Move to the next panel of this page."),
            Self::PreviousPanel => ("previous-panel", "panel back", "Move to the panel before."),
            Self::Up => ("up", "up", "Select the row above."),
            Self::Down => ("down", "down", "Select the row below."),
            Self::PageUp => ("page-up", "page up", "Move up by a screenful."),
            Self::PageDown => ("page-down", "page down", "Move down by a screenful."),
            Self::First => ("first", "first", "Select the first row."),
            Self::Last => ("last", "last", "Select the last row."),
            Self::Enter => (
                "enter",
                "open",
                "Open what is selected: a broker's or topic's partitions, a group, the detail of a row.",
            ),
            Self::Back => (
                "back",
                "back",
                "Close what is open, drop the filter, or go back to where you came from.",
            ),
            Self::SortNext => ("sort-next", "sort", "Sort by the next column."),
            Self::SortReverse => ("sort-reverse", "reverse", "Turn the order round."),
            Self::OnlyAtRisk => (
                "only-at-risk",
                "only at risk",
                "Show only the partitions at risk, or all of them again.",
            ),
            Self::OldestUnread => (
                "oldest-unread",
                "exact age",
                "Read when the oldest unread record of this group was written.",
            ),
            Self::Sources => (
                "sources",
                "sources",
                "Show every source of facts: its state, its address, its last good answer, its error.",
            ),
            Self::Story => (
                "story",
                "story",
                "Tell what happened in this demonstration, and what to conclude from it.",
            ),
            Self::FirstOption => ("option-1", "answer 1", "Take the first answer."),
            Self::SecondOption => ("option-2", "answer 2", "Take the second answer."),
            Self::ThirdOption => ("option-3", "answer 3", "Take the third answer."),
            Self::FourthOption => ("option-4", "answer 4", "Take the fourth answer."),
            Self::Help => ("help", "help", "Show the keys and what the marks mean."),
            Self::NextTheme => (
                "next-theme",
                "theme",
                "Draw with the next theme; the config file says which one to begin with.",
            ),
            Self::Redraw => ("redraw", "redraw", "Draw the whole screen anew."),
            Self::Quit => ("quit", "quit", "Leave kaftop."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_is_written_once_and_tells_what_it_does() {
        let names: BTreeSet<&str> = Command::ALL.iter().map(|command| command.name()).collect();
        assert_eq!(names.len(), Command::ALL.len());
        for command in Command::ALL {
            assert_eq!(Command::named(command.name()), Some(command));
            assert!(
                command.sentence().ends_with('.') && command.sentence().len() < 100,
                "{command:?}"
            );
            assert!(command.label().split(' ').count() <= 3, "{command:?}");
        }
        assert_eq!(Command::named("no-such"), None);
    }
}
