//! What the user looks at: the open page, what is selected, how it is filtered and sorted.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::Context;
use crate::health::Bulletin;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::text::Name;

use super::enquiry::Enquiry;
use super::lists::Lists;
use super::tale::Tale;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Page {
    /// Brokers, topics at risk and groups on one page.
    #[default]
    Overview,
    /// Every partition.
    Partitions,
    /// Every consumer group.
    Groups,
}

impl Page {
    /// Every page, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Overview, Self::Partitions, Self::Groups];

    /// Its name on the tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Partitions => "Partitions",
            Self::Groups => "Groups",
        }
    }

    /// Where its keys are bound.
    pub fn context(self) -> Context {
        match self {
            Self::Overview => Context::Overview,
            Self::Partitions => Context::Partitions,
            Self::Groups => Context::Groups,
        }
    }
}

/// What lies over a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys, and what the marks mean.
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
    /// The Partitions page.
    Partitions,
    /// The Groups page.
    Groups,
    /// The lines of help.
    Help,
    /// The sources.
    Sources,
    /// The lines of the story.
    Story,
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

/// By what the Partitions page is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartitionSort {
    /// The closest to losing service first.
    #[default]
    Harm,
    /// By topic and number.
    Name,
    /// The fewest replicas in sync first.
    InSync,
    /// The most records per second first.
    Rate,
    /// The largest first.
    Size,
    /// The most restless first.
    Churn,
}

/// By what the Groups page is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupSort {
    /// Losing data first, then falling behind, then by lag.
    #[default]
    Worst,
    /// By name.
    Name,
    /// The largest lag first.
    Lag,
    /// The fastest growing lag first.
    Slope,
    /// The oldest unread record first.
    Age,
}

/// A sort, and whether it is turned round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort<T> {
    /// By what.
    pub by: T,
    /// Whether the order is turned round.
    pub reversed: bool,
}

/// How the Partitions page is narrowed and sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionView {
    /// Which partitions it is about.
    pub scope: Scope,
    /// Whether only those at risk are shown.
    pub only_at_risk: bool,
    /// The order.
    pub sort: Sort<PartitionSort>,
}

/// Where Esc leads back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The page.
    pub page: Page,
    /// What the Partitions page was narrowed to.
    pub scope: Scope,
}

/// The state of the screen; changed by [`update`](super::update::update) and by each bulletin.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The open page.
    pub page: Page,
    /// The panel of the Overview page that has the keys.
    pub panel: Panel,
    /// What lies over the page.
    pub overlay: Option<Overlay>,
    /// Whether the detail of the selected row was opened where it does not fit beside the list.
    pub detail: bool,
    /// How the Partitions page is narrowed and sorted.
    pub partitions: PartitionView,
    /// How the Groups page is sorted.
    pub groups: Sort<GroupSort>,
    /// What was asked about the selected group.
    pub enquiry: Option<Enquiry>,
    /// The story that is told, in a demonstration.
    pub tale: Option<Tale>,
    /// The rows of every list, in order.
    pub lists: Arc<Lists>,
    pub(super) cursors: BTreeMap<ListId, Cursor>,
    pub(super) windows: BTreeMap<ListId, Window>,
    pub(super) trail: Vec<Spot>,
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
}

impl Panel {
    /// Every panel, in the order of Tab.
    pub const ALL: [Self; 3] = [Self::Brokers, Self::Topics, Self::Groups];

    /// Its list.
    pub fn list(self) -> ListId {
        match self {
            Self::Brokers => ListId::Brokers,
            Self::Topics => ListId::Topics,
            Self::Groups => ListId::WorstGroups,
        }
    }
}

impl Screen {
    /// Where the keys are looked up: the open page, unless a question of the story waits for its answer.
    pub fn context(&self) -> Context {
        let asks = self.tale.as_ref().is_some_and(|tale| tale.question().is_some());
        if asks && self.overlay == Some(Overlay::Story) {
            Context::Quiz
        } else {
            self.page.context()
        }
    }

    /// The list that the keys move through.
    pub fn focus(&self) -> ListId {
        match (self.overlay, self.page) {
            (Some(Overlay::Help), _) => ListId::Help,
            (Some(Overlay::Sources), _) => ListId::Sources,
            (Some(Overlay::Story), _) => ListId::Story,
            (None, Page::Overview) => self.panel.list(),
            (None, Page::Partitions) => ListId::Partitions,
            (None, Page::Groups) => ListId::Groups,
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
        self.windows.extend(windows);
    }

    /// Takes a bulletin: the rows of every list anew. With `hold` rows keep their order, the new ones last.
    pub fn settle(&mut self, bulletin: &Bulletin, hold: bool) {
        let lists = Lists::of(bulletin, &self.partitions, self.groups);
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
