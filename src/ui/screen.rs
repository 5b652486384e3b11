//! What the user looks at: the open page, what is selected, how it is filtered and sorted, what lies over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::{Command, Context, Sequence};
use crate::health::{Bulletin, Level};
use crate::model::alert::AlertKey;
use crate::model::event::EventId;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::text::Name;
use crate::model::time::At;
use crate::model::ways::Ways;

use super::acts::Acts;
use super::enquiry::Enquiry;
use super::field::Subject;
use super::lists::{Asked, Lists};
use super::log::LogView;
use super::prompt::Prompt;
use super::rows::{Marks, Sort, View};
use super::tale::Tale;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Page {
    /// Brokers, topics at risk and groups on one page.
    #[default]
    Overview,
    /// Every broker.
    Brokers,
    /// Every topic.
    Topics,
    /// Every partition.
    Partitions,
    /// Every consumer group.
    Groups,
    /// The KRaft quorum, or the ZooKeeper ensemble.
    Quorum,
    /// What happened.
    Events,
    /// What fires, what is pending, what is over.
    Alerts,
}

impl Page {
    /// Every page, in the order of the tabs.
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Brokers,
        Self::Topics,
        Self::Partitions,
        Self::Groups,
        Self::Quorum,
        Self::Events,
        Self::Alerts,
    ];

    /// Its name on the tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Brokers => "Brokers",
            Self::Topics => "Topics",
            Self::Partitions => "Partitions",
            Self::Groups => "Groups",
            Self::Quorum => "Quorum",
            Self::Events => "Events",
            Self::Alerts => "Alerts",
        }
    }

    /// Where its keys are bound.
    pub fn context(self) -> Context {
        match self {
            Self::Overview => Context::Overview,
            Self::Brokers => Context::Brokers,
            Self::Topics => Context::Topics,
            Self::Partitions => Context::Partitions,
            Self::Groups => Context::Groups,
            Self::Quorum => Context::Quorum,
            Self::Events => Context::Events,
            Self::Alerts => Context::Alerts,
        }
    }

    /// The command that opens it.
    pub fn command(self) -> Command {
        match self {
            Self::Overview => Command::PageOverview,
            Self::Brokers => Command::PageBrokers,
            Self::Topics => Command::PageTopics,
            Self::Partitions => Command::PagePartitions,
            Self::Groups => Command::PageGroups,
            Self::Quorum => Command::PageQuorum,
            Self::Events => Command::PageEvents,
            Self::Alerts => Command::PageAlerts,
        }
    }

    /// The lists on it whose rows can be selected.
    pub fn lists(self) -> &'static [ListId] {
        match self {
            Self::Overview => &[
                ListId::Brokers,
                ListId::Topics,
                ListId::WorstGroups,
                ListId::Latest,
            ],
            Self::Brokers => &[ListId::AllBrokers],
            Self::Topics => &[ListId::AllTopics],
            Self::Partitions => &[ListId::Partitions],
            Self::Groups => &[ListId::Groups],
            Self::Quorum => &[ListId::Keepers],
            Self::Events => &[ListId::Events],
            Self::Alerts => &[ListId::Alerts],
        }
    }
}

/// What lies over a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys and columns of this page, and what the marks mean.
    Help,
    /// The sources of facts.
    Sources,
    /// The story of a demonstration.
    Story,
}

/// Every list that can be moved through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListId {
    /// Brokers on the Overview page.
    Brokers,
    /// Topics on the Overview page.
    Topics,
    /// Groups on the Overview page.
    WorstGroups,
    /// Events on the Overview page.
    Latest,
    /// The Brokers page.
    AllBrokers,
    /// The Topics page.
    AllTopics,
    /// The Partitions page.
    Partitions,
    /// The Groups page.
    Groups,
    /// The Quorum page.
    Keepers,
    /// The Events page.
    Events,
    /// The Alerts page.
    Alerts,
    /// The lines of the detail of a row.
    Detail,
    /// The lines of help.
    Help,
    /// The sources.
    Sources,
    /// The lines of the story.
    Story,
    /// The lines of a log.
    Log,
}

impl ListId {
    /// What its rows are about; none for texts that are only scrolled.
    pub fn subject(self) -> Option<Subject> {
        Some(match self {
            Self::Brokers | Self::AllBrokers => Subject::Broker,
            Self::Topics | Self::AllTopics => Subject::Topic,
            Self::Partitions => Subject::Partition,
            Self::WorstGroups | Self::Groups => Subject::Group,
            Self::Keepers => Subject::Keeper,
            Self::Latest | Self::Events => Subject::Event,
            Self::Alerts => Subject::Alert,
            Self::Detail | Self::Help | Self::Sources | Self::Story | Self::Log => return None,
        })
    }
}

/// The identity of a row, by which it stays selected wherever it moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// A broker.
    Broker(BrokerId),
    /// A topic.
    Topic(Name),
    /// A partition.
    Partition(PartitionId),
    /// A group.
    Group(Name),
    /// A replica of the KRaft metadata log.
    Replica(BrokerId),
    /// A member of the ZooKeeper ensemble, by its address.
    Member(Name),
    /// Something that happened.
    Event(EventId),
    /// An alert; what is over is told apart by when it was.
    Alert(AlertKey, Option<At>),
}

/// Where a list stands. Before the first move nothing is pinned, and the first row counts as selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The row that was selected, by identity.
    pub key: Option<RowKey>,
    /// Its place when it was last seen: where the cursor stays if the row goes.
    pub place: usize,
}

/// Which rows of a list the last frame showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first row shown.
    pub top: usize,
    /// How many rows there was room for.
    pub rows: usize,
    /// How many rows the list had.
    pub total: usize,
    /// How many cells a row had for its text; of a log alone.
    pub cells: u16,
}

/// Which partitions the Partitions page is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// Those of one topic.
    Topic(Name),
    /// Those with a replica on one broker.
    Broker(BrokerId),
}

/// Where Esc leads back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The page.
    pub page: Page,
    /// What the Partitions page was narrowed to.
    pub scope: Scope,
    /// How it was narrowed and sorted beside that.
    pub partitions: View,
}

/// A screen that was told to stand still, and what it misses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    /// How many whole seconds it has stood.
    pub seconds: u64,
    /// How many bulletins came since.
    pub bulletins: u64,
    /// How many events there were since.
    pub events: usize,
    /// The level and the sentence of the newest verdict, where it says something else than the one that is shown.
    pub now: Option<(Level, String)>,
}

/// The state of the screen; changed by [`update`](super::update::update) and by each bulletin.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The open page, its scope, and how each list is narrowed and sorted.
    pub asked: Asked,
    /// The panel of the Overview page that has the keys.
    pub panel: Panel,
    /// What lies over the page.
    pub overlay: Option<Overlay>,
    /// The log that takes the whole page, below what lies over it.
    pub log: Option<LogView>,
    /// What is being typed, or chosen by a letter.
    pub prompt: Option<Prompt>,
    /// Whether the detail of the selected row takes the whole page.
    pub detail: bool,
    /// Whether the screen stands still.
    pub frozen: Option<Frozen>,
    /// One line that says what a key did, until the next key.
    pub toast: Option<String>,
    /// The first strokes of a command of several, while the others are waited for.
    pub half: Option<Sequence>,
    /// What goes on of acts, and the plan that waits for its confirmation.
    pub acts: Acts,
    /// What was asked about the selected group.
    pub enquiry: Option<Enquiry>,
    /// The story that is told, in a demonstration.
    pub tale: Option<Tale>,
    /// In which ways people are told of alerts, and whether these work; empty where nobody is told.
    pub ways: Arc<Ways>,
    /// The rows of every list, in order.
    pub lists: Arc<Lists>,
    pub(super) cursors: BTreeMap<ListId, Cursor>,
    pub(super) windows: BTreeMap<ListId, Window>,
    pub(super) trail: Vec<Spot>,
    /// Whether the last frame showed the detail of the selected row.
    pub(super) detail_seen: bool,
    pub(super) panels: Panels,
}

/// How the panel of the Overview page that has the keys came to have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Panels {
    /// Whether the user chose it.
    pub(super) chosen: bool,
    /// Whether there is room for one panel alone.
    pub(super) alone: bool,
}

/// A panel of the Overview page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Panel {
    /// Brokers.
    Brokers,
    /// Topics.
    #[default]
    Topics,
    /// Groups.
    Groups,
    /// What happened.
    Events,
}

impl Panel {
    /// Every panel, in the order of Tab.
    pub const ALL: [Self; 4] = [Self::Brokers, Self::Topics, Self::Groups, Self::Events];

    /// Its list.
    pub fn list(self) -> ListId {
        match self {
            Self::Brokers => ListId::Brokers,
            Self::Topics => ListId::Topics,
            Self::Groups => ListId::WorstGroups,
            Self::Events => ListId::Latest,
        }
    }

    /// The panel of that list.
    pub fn of(list: ListId) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.list() == list)
    }
}

impl Screen {
    /// The open page.
    pub fn page(&self) -> Page {
        self.asked.page
    }

    /// How a list is narrowed and sorted.
    pub fn view(&self, list: ListId) -> View {
        self.asked.views.get(&list).cloned().unwrap_or_default()
    }

    /// The order of a list.
    pub fn sort(&self, list: ListId) -> Sort {
        self.asked
            .views
            .get(&list)
            .map(|view| view.sort)
            .unwrap_or_default()
    }

    pub(super) fn view_mut(&mut self, list: ListId) -> &mut View {
        self.asked.views.entry(list).or_default()
    }

    /// The rows that the user watches.
    pub fn marks(&self) -> &Marks {
        &self.asked.marks
    }

    /// Where the keys are looked up: the open page, unless a question of the story waits for its answer.
    pub fn context(&self) -> Context {
        let asks = self.tale.as_ref().is_some_and(|tale| tale.question().is_some());
        if asks && self.overlay == Some(Overlay::Story) {
            Context::Quiz
        } else if self.log.is_some() && self.overlay.is_none() {
            Context::Log
        } else {
            self.page().context()
        }
    }

    /// Whether something hides the page.
    pub fn is_covered(&self) -> bool {
        self.overlay.is_some() || self.log.is_some()
    }

    /// The list of the page that is moved through, filtered and sorted, whatever lies over it.
    pub fn list(&self) -> ListId {
        match self.page() {
            Page::Overview => self.panel.list(),
            Page::Brokers => ListId::AllBrokers,
            Page::Topics => ListId::AllTopics,
            Page::Partitions => ListId::Partitions,
            Page::Groups => ListId::Groups,
            Page::Quorum => ListId::Keepers,
            Page::Events => ListId::Events,
            Page::Alerts => ListId::Alerts,
        }
    }

    /// The list that the keys move through.
    pub fn focus(&self) -> ListId {
        match self.overlay {
            Some(Overlay::Help) => ListId::Help,
            Some(Overlay::Sources) => ListId::Sources,
            Some(Overlay::Story) => ListId::Story,
            None if self.log.is_some() => ListId::Log,
            None if self.detail => ListId::Detail,
            None => self.list(),
        }
    }

    /// The place of the selected row, `None` in an empty list.
    pub fn selected(&self, list: ListId) -> Option<usize> {
        let rows = self.lists.rows(list);
        let last = rows.len().checked_sub(1)?;
        let Some(cursor) = self.cursors.get(&list) else {
            return Some(0);
        };
        let Some(key) = &cursor.key else {
            return Some(cursor.place.min(last));
        };
        if rows.get(cursor.place) == Some(key) {
            return Some(cursor.place);
        }
        let found = rows.iter().position(|row| row == key);
        Some(found.unwrap_or_else(|| cursor.place.min(last)))
    }

    /// Whether a row of the list was selected by the user, by moving or opening.
    pub fn is_pinned(&self, list: ListId) -> bool {
        self.cursors.get(&list).is_some_and(|cursor| cursor.key.is_some())
    }

    /// The identity of the selected row.
    pub fn selected_key(&self, list: ListId) -> Option<&RowKey> {
        self.lists.rows(list).get(self.selected(list)?)
    }

    /// The first row to show where there is room for `rows` of `total`: as little moved as possible from the
    /// last frame, with the selected row in sight.
    pub fn top(&self, list: ListId, rows: usize, total: usize) -> usize {
        let hint = self.windows.get(&list).map_or(0, |window| window.top);
        let selected = self.selected(list).unwrap_or(0);
        let top = hint.min(selected).max((selected + 1).saturating_sub(rows));
        top.min(total.saturating_sub(rows))
    }

    /// The first line to show of a text that is scrolled, not selected in.
    pub fn scroll(&self, list: ListId, rows: usize, total: usize) -> usize {
        let place = self.cursors.get(&list).map_or(0, |cursor| cursor.place);
        place.min(total.saturating_sub(rows))
    }

    /// Remembers what a frame showed, for paging and for the next frame.
    pub fn saw(&mut self, windows: impl IntoIterator<Item = (ListId, Window)>) {
        self.detail_seen = false;
        let mut panels = 0;
        for (list, window) in windows {
            self.detail_seen |= list == ListId::Detail;
            panels += usize::from(Panel::of(list).is_some());
            self.windows.insert(list, window);
        }
        if panels > 0 {
            self.panels.alone = panels == 1;
        }
    }

    /// Where one panel of the Overview stands alone and the user chose none, it is the one with what is broken.
    fn choose_panel(&mut self, bulletin: &Bulletin) {
        let is_chosen = self.panels.chosen || Panel::ALL.iter().any(|panel| self.is_pinned(panel.list()));
        if self.panels.alone && !is_chosen && self.prompt.is_none() && self.page() == Page::Overview {
            let mut brokers = bulletin.snapshot.brokers.values();
            let is_broken = brokers.any(super::rows::brokers::is_bad);
            self.panel = if is_broken {
                Panel::Brokers
            } else {
                Panel::default()
            };
        }
    }

    /// Takes a bulletin: the rows of the page's lists anew. With `hold` rows keep their order, the new ones last.
    pub fn settle(&mut self, bulletin: &Bulletin, hold: bool) {
        self.choose_panel(bulletin);
        let lists = Lists::of(bulletin, &self.asked);
        self.settled(if hold {
            lists.in_order_of(&self.lists)
        } else {
            lists
        });
    }

    /// Takes rows that were made elsewhere.
    pub(super) fn settled(&mut self, lists: Lists) {
        self.lists = Arc::new(lists);
        let places: Vec<(ListId, usize)> = self
            .cursors
            .keys()
            .filter_map(|list| Some((*list, self.selected(*list)?)))
            .collect();
        for (list, place) in places {
            if let Some(cursor) = self.cursors.get_mut(&list).filter(|cursor| cursor.key.is_some()) {
                cursor.place = place;
            }
        }
        self.keep_enquiry();
    }
}
