//! The catalogue: every command once, with its name, where it works, and one sentence.

/// Where a command works, and so where its keys are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// On every page and over it.
    Everywhere,
    /// On the Overview page.
    Overview,
    /// On the Brokers page.
    Brokers,
    /// On the Topics page.
    Topics,
    /// On the Partitions page.
    Partitions,
    /// On the Groups page.
    Groups,
    /// On the Quorum page.
    Quorum,
    /// Over every page, while a question of the story waits for its answer.
    Quiz,
}

impl Context {
    /// Every context, in the order of help.
    pub const ALL: [Self; 8] = [
        Self::Everywhere,
        Self::Overview,
        Self::Brokers,
        Self::Topics,
        Self::Partitions,
        Self::Groups,
        Self::Quorum,
        Self::Quiz,
    ];

    /// The name of its section in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Overview => "overview",
            Self::Brokers => "brokers",
            Self::Topics => "topics",
            Self::Partitions => "partitions",
            Self::Groups => "groups",
            Self::Quorum => "quorum",
            Self::Quiz => "quiz",
        }
    }
}

/// Something that a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Opens the Overview page.
    PageOverview,
    /// Opens the Brokers page.
    PageBrokers,
    /// Opens the Topics page.
    PageTopics,
    /// Opens the Partitions page.
    PagePartitions,
    /// Opens the Groups page.
    PageGroups,
    /// Opens the Quorum page.
    PageQuorum,
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
    /// Opens the detail of the selected row over the whole page.
    Detail,
    /// Goes back to where one came from.
    Back,
    /// Opens the palette.
    Palette,
    /// Opens the filter of the list.
    Filter,
    /// Shows only rows that need eyes, or all.
    OnlyBad,
    /// Opens the choice of a column to sort by.
    Sort,
    /// Turns the order round.
    SortReverse,
    /// Watches the selected row.
    Mark,
    /// Copies the selected row, or those that are watched.
    Copy,
    /// Holds the screen still.
    Freeze,
    /// Reads when the oldest unread record of the selected group was written.
    OldestUnread,
    /// Stops the selected node.
    Stop,
    /// Starts the selected node.
    Start,
    /// Restarts the selected node.
    Restart,
    /// Kills the selected node.
    Kill,
    /// Freezes the selected node.
    Pause,
    /// Ends the freeze of the selected node.
    Resume,
    /// Cuts the selected node off from its peers.
    Cut,
    /// Connects the selected node again.
    Reconnect,
    /// Elects preferred leaders.
    ElectLeaders,
    /// Restarts all brokers in turn.
    Roll,
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
    /// Draws the whole screen anew.
    Redraw,
    /// Gives the terminal back to the shell for a while.
    Suspend,
    /// Leaves kaftop.
    Quit,
}

impl Command {
    /// Every command, in the order of help.
    pub const ALL: [Self; 46] = [
        Self::PageOverview,
        Self::PageBrokers,
        Self::PageTopics,
        Self::PagePartitions,
        Self::PageGroups,
        Self::PageQuorum,
        Self::NextPanel,
        Self::PreviousPanel,
        Self::Up,
        Self::Down,
        Self::PageUp,
        Self::PageDown,
        Self::First,
        Self::Last,
        Self::Enter,
        Self::Detail,
        Self::Back,
        Self::Palette,
        Self::Filter,
        Self::OnlyBad,
        Self::Sort,
        Self::SortReverse,
        Self::Mark,
        Self::Copy,
        Self::Freeze,
        Self::OldestUnread,
        Self::Stop,
        Self::Start,
        Self::Restart,
        Self::Kill,
        Self::Pause,
        Self::Resume,
        Self::Cut,
        Self::Reconnect,
        Self::ElectLeaders,
        Self::Roll,
        Self::Sources,
        Self::Story,
        Self::FirstOption,
        Self::SecondOption,
        Self::ThirdOption,
        Self::FourthOption,
        Self::Help,
        Self::Redraw,
        Self::Suspend,
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
            Self::PageBrokers => ("page-brokers", "brokers", "Open all brokers."),
            Self::PageTopics => ("page-topics", "topics", "Open all topics."),
            Self::PagePartitions => ("page-partitions", "partitions", "Open all partitions."),
            Self::PageGroups => ("page-groups", "groups", "Open all consumer groups."),
            Self::PageQuorum => (
                "page-quorum",
                "quorum",
                "Open those who keep the metadata: the KRaft quorum, or the ZooKeeper ensemble.",
            ),
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
            Self::Detail => (
                "detail",
                "detail",
                "Open the detail of the selected row over the whole page, or close it.",
            ),
            Self::Palette => (
                "palette",
                "go",
                "Go to a page, broker, topic, group or command by a few of its letters.",
            ),
            Self::Filter => (
                "filter",
                "filter",
                "Filter this list: words, ~regex, lag>1000, isr<rf, state=empty, !not.",
            ),
            Self::OnlyBad => (
                "only-bad",
                "only bad",
                "Show only the rows that need eyes, or all of them again.",
            ),
            Self::Sort => (
                "sort",
                "sort",
                "Sort by the column whose letter comes next; space sorts by harm.",
            ),
            Self::SortReverse => ("sort-reverse", "reverse", "Turn the order round."),
            Self::Mark => (
                "mark",
                "watch",
                "Watch the selected row: it stays on top, and no filter hides it.",
            ),
            Self::Copy => (
                "copy",
                "copy",
                "Copy the selected row, or the watched rows, to the clipboard (OSC 52).",
            ),
            Self::Freeze => (
                "freeze",
                "freeze",
                "Hold the screen still, or let it go on; what is missed is told.",
            ),
            Self::OldestUnread => (
                "oldest-unread",
                "exact age",
                "Read when the oldest unread record of this group was written.",
            ),
            Self::Stop => (
                "stop",
                "stop",
                "Stop the selected node in order, after a look at what that does to the cluster.",
            ),
            Self::Start => (
                "start",
                "start",
                "Start the selected node, and wait until it is back in every ISR.",
            ),
            Self::Restart => (
                "restart",
                "restart",
                "Stop the selected node in order, and start it.",
            ),
            Self::Kill => (
                "kill",
                "kill",
                "Kill the selected node at once: nothing is handed over.",
            ),
            Self::Pause => (
                "pause",
                "pause",
                "Freeze the selected node: its port is open, and nothing answers.",
            ),
            Self::Resume => ("resume", "resume", "End the freeze of the selected node."),
            Self::Cut => (
                "cut",
                "cut off",
                "Cut the selected node off from its peers; clients still reach it.",
            ),
            Self::Reconnect => (
                "reconnect",
                "reconnect",
                "Connect the selected node with its peers again.",
            ),
            Self::ElectLeaders => (
                "elect-leaders",
                "elect",
                "Elect the preferred leaders of the selected topic or partition, or of all.",
            ),
            Self::Roll => (
                "roll",
                "roll",
                "Restart all brokers, one after the other, the active controller last.",
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
            Self::Redraw => ("redraw", "redraw", "Draw the whole screen anew."),
            Self::Suspend => (
                "suspend",
                "suspend",
                "Give the terminal back to the shell; fg comes back.",
            ),
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
