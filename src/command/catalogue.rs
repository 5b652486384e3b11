//! The catalogue: every command once.

use super::table::{Entry, TABLE};

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
    /// Holds a rolling restart, or lets it go on.
    HoldRoll,
    /// Ends a rolling restart after the broker whose turn it is.
    EndRoll,
    /// Undoes what kaftop had left.
    Heal,
    /// Shows what the selected node prints.
    Log,
    /// Searches a log.
    Search,
    /// Goes to the next line that was searched for.
    NextHit,
    /// Goes to the one before.
    PreviousHit,
    /// Goes to the next error of a log.
    NextError,
    /// Goes to the one before.
    PreviousError,
    /// Breaks the long lines of a log, or cuts them.
    Wrap,
    /// Moves a log's lines to their beginning.
    Left,
    /// Moves a log's lines to their end.
    Right,
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
