//! The catalogue: every command once, with its name, where it works, and one sentence.

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
    /// Opens the Events page.
    PageEvents,
    /// Opens the Alerts page.
    PageAlerts,
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
    /// Reads every setting of the selected topic.
    TopicConfig,
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
    /// Takes note of the selected alert.
    Acknowledge,
    /// Silences the selected alert for a while.
    Silence,
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
    /// Gives the terminal back to the shell for a while.
    Suspend,
    /// Leaves kaftop.
    Quit,
}

/// A command with its name in keymap files, its label in the footer, and its sentence in help.
type Entry = (Command, &'static str, &'static str, &'static str);

/// Every command, in the order of help.
const TABLE: [Entry; 52] = [
    (
        Command::PageOverview,
        "page-overview",
        "overview",
        "Open the overview.",
    ),
    (
        Command::PageBrokers,
        "page-brokers",
        "brokers",
        "Open all brokers.",
    ),
    (Command::PageTopics, "page-topics", "topics", "Open all topics."),
    (
        Command::PagePartitions,
        "page-partitions",
        "partitions",
        "Open all partitions.",
    ),
    (
        Command::PageGroups,
        "page-groups",
        "groups",
        "Open all consumer groups.",
    ),
    (
        Command::PageQuorum,
        "page-quorum",
        "quorum",
        "Open those who keep the metadata: the KRaft quorum, or the ZooKeeper ensemble.",
    ),
    (
        Command::PageEvents,
        "page-events",
        "events",
        "Open what happened since kaftop looks, each cause with what it brought about.",
    ),
    (
        Command::PageAlerts,
        "page-alerts",
        "alerts",
        "Open the alerts: what fires, what is pending, what is over.",
    ),
    (
        Command::NextPanel,
        "next-panel",
        "panel",
        "Move to the next panel of this page.",
    ),
    (
        Command::PreviousPanel,
        "previous-panel",
        "panel back",
        "Move to the panel before.",
    ),
    (Command::Up, "up", "up", "Select the row above."),
    (Command::Down, "down", "down", "Select the row below."),
    (Command::PageUp, "page-up", "page up", "Move up by a screenful."),
    (
        Command::PageDown,
        "page-down",
        "page down",
        "Move down by a screenful.",
    ),
    (Command::First, "first", "first", "Select the first row."),
    (Command::Last, "last", "last", "Select the last row."),
    (
        Command::Enter,
        "enter",
        "open",
        "Open what is selected: a broker's or topic's partitions, a group, the detail of a row.",
    ),
    (
        Command::Detail,
        "detail",
        "detail",
        "Open the detail of the selected row over the whole page, or close it.",
    ),
    (
        Command::Back,
        "back",
        "back",
        "Close what is open, drop the filter, or go back to where you came from.",
    ),
    (
        Command::Palette,
        "palette",
        "go",
        "Go to a page, broker, topic, group or command by a few of its letters.",
    ),
    (
        Command::Filter,
        "filter",
        "filter",
        "Filter this list: words, ~regex, lag>1000, isr<rf, state=empty, !not.",
    ),
    (
        Command::OnlyBad,
        "only-bad",
        "only bad",
        "Show only the rows that need eyes, or all of them again.",
    ),
    (
        Command::Sort,
        "sort",
        "sort",
        "Sort by the column whose letter comes next; space sorts by harm.",
    ),
    (
        Command::SortReverse,
        "sort-reverse",
        "reverse",
        "Turn the order round.",
    ),
    (
        Command::Mark,
        "mark",
        "watch",
        "Watch the selected row: it stays on top, and no filter hides it.",
    ),
    (
        Command::Copy,
        "copy",
        "copy",
        "Copy the selected row, or the watched rows, to the clipboard (OSC 52).",
    ),
    (
        Command::Freeze,
        "freeze",
        "freeze",
        "Hold the screen still, or let it go on; what is missed is told.",
    ),
    (
        Command::OldestUnread,
        "oldest-unread",
        "exact age",
        "Read when the oldest unread record of this group was written.",
    ),
    (
        Command::TopicConfig,
        "topic-config",
        "settings",
        "Read every setting of this topic, and where its value comes from.",
    ),
    (
        Command::Stop,
        "stop",
        "stop",
        "Stop the selected node in order, after a look at what that does to the cluster.",
    ),
    (
        Command::Start,
        "start",
        "start",
        "Start the selected node, and wait until it is back in every ISR.",
    ),
    (
        Command::Restart,
        "restart",
        "restart",
        "Stop the selected node in order, and start it.",
    ),
    (
        Command::Kill,
        "kill",
        "kill",
        "Kill the selected node at once: nothing is handed over.",
    ),
    (
        Command::Pause,
        "pause",
        "pause",
        "Freeze the selected node: its port is open, and nothing answers.",
    ),
    (
        Command::Resume,
        "resume",
        "resume",
        "End the freeze of the selected node.",
    ),
    (
        Command::Cut,
        "cut",
        "cut off",
        "Cut the selected node off from its peers; clients still reach it.",
    ),
    (
        Command::Reconnect,
        "reconnect",
        "reconnect",
        "Connect the selected node with its peers again.",
    ),
    (
        Command::ElectLeaders,
        "elect-leaders",
        "elect",
        "Elect the preferred leaders of the selected topic or partition, or of all.",
    ),
    (
        Command::Roll,
        "roll",
        "roll",
        "Restart all brokers, one after the other, the active controller last.",
    ),
    (
        Command::Acknowledge,
        "acknowledge",
        "acknowledge",
        "Take note of the selected alert, until it is over; or take that back.",
    ),
    (
        Command::Silence,
        "silence",
        "silence",
        "Silence the selected alert for as long as is typed, with the reason; or end its silence.",
    ),
    (
        Command::Sources,
        "sources",
        "sources",
        "Show every source of facts: its state, its address, its last good answer, its error.",
    ),
    (
        Command::Story,
        "story",
        "story",
        "Tell what happened in this demonstration, and what to conclude from it.",
    ),
    (
        Command::FirstOption,
        "option-1",
        "answer 1",
        "Take the first answer.",
    ),
    (
        Command::SecondOption,
        "option-2",
        "answer 2",
        "Take the second answer.",
    ),
    (
        Command::ThirdOption,
        "option-3",
        "answer 3",
        "Take the third answer.",
    ),
    (
        Command::FourthOption,
        "option-4",
        "answer 4",
        "Take the fourth answer.",
    ),
    (
        Command::Help,
        "help",
        "help",
        "Show the keys and what the marks mean.",
    ),
    (
        Command::NextTheme,
        "next-theme",
        "theme",
        "Draw with the next theme; the config file says which one to begin with.",
    ),
    (Command::Redraw, "redraw", "redraw", "Draw the whole screen anew."),
    (
        Command::Suspend,
        "suspend",
        "suspend",
        "Give the terminal back to the shell; fg comes back.",
    ),
    (Command::Quit, "quit", "quit", "Leave kaftop."),
];

impl Command {
    /// Every command, in the order of help.
    pub const ALL: [Self; TABLE.len()] = {
        let mut all = [Self::Quit; TABLE.len()];
        let mut rest: &[Entry] = &TABLE;
        let mut place: &mut [Self] = &mut all;
        while let ([(command, ..), others @ ..], [slot, slots @ ..]) = (rest, place) {
            *slot = *command;
            rest = others;
            place = slots;
        }
        all
    };

    /// Whether it is of use in a demonstration only.
    pub fn needs_story(self) -> bool {
        matches!(
            self,
            Self::Story | Self::FirstOption | Self::SecondOption | Self::ThirdOption | Self::FourthOption
        )
    }

    /// The name in keymap files.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// Two words at most, for the footer.
    pub fn label(self) -> &'static str {
        self.entry().2
    }

    /// One sentence, for help.
    pub fn sentence(self) -> &'static str {
        self.entry().3
    }

    /// The command of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    fn entry(self) -> Entry {
        let found = TABLE.iter().find(|(command, ..)| *command == self);
        found.copied().unwrap_or((self, "", "", ""))
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
