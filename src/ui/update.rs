//! What a command does to the screen. Nothing here reaches out of kaftop.

use crate::command::Command;
use crate::model::question::Question;

use super::screen::{
    Cursor, GroupSort, ListId, Overlay, Page, Panel, PartitionSort, RowKey, Scope, Screen, Sort, Spot,
};

/// What the loop has to do after a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing changed.
    None,
    /// A new frame.
    Draw,
    /// The rows have to be narrowed and sorted anew, then a new frame.
    Settle,
    /// The question has to be asked, then a new frame.
    Ask(Question),
    /// The next theme has to be taken, then a new frame.
    NextTheme,
    /// Everything drawn again, from an empty screen.
    Redraw,
    /// Leave.
    Quit,
}

/// Applies a command to the screen.
pub fn update(screen: &mut Screen, command: Command) -> Effect {
    let effect = apply(screen, command);
    screen.keep_enquiry();
    effect
}

fn apply(screen: &mut Screen, command: Command) -> Effect {
    match command {
        Command::Quit => return Effect::Quit,
        Command::Redraw => return Effect::Redraw,
        Command::NextTheme => return Effect::NextTheme,
        Command::PageOverview => open(screen, Page::Overview),
        Command::PagePartitions => {
            open(screen, Page::Partitions);
            screen.partitions.scope = Scope::All;
            return Effect::Settle;
        }
        Command::PageGroups => open(screen, Page::Groups),
        Command::NextPanel => turn_panel(screen, 1),
        Command::PreviousPanel => turn_panel(screen, Panel::ALL.len() - 1),
        Command::Help => toggle(screen, Overlay::Help),
        Command::Sources => toggle(screen, Overlay::Sources),
        Command::Story if screen.tale.is_none() => return Effect::None,
        Command::Story => toggle(screen, Overlay::Story),
        Command::FirstOption => return choose(screen, 0),
        Command::SecondOption => return choose(screen, 1),
        Command::ThirdOption => return choose(screen, 2),
        Command::FourthOption => return choose(screen, 3),
        Command::Up => step(screen, |place, _| place.saturating_sub(1)),
        Command::Down => step(screen, |place, _| place.saturating_add(1)),
        Command::PageUp => step(screen, usize::saturating_sub),
        Command::PageDown => step(screen, usize::saturating_add),
        Command::First => step(screen, |_, _| 0),
        Command::Last => step(screen, |_, _| usize::MAX),
        Command::Enter => return enter(screen),
        Command::Back => return back(screen),
        Command::OldestUnread => return oldest_unread(screen),
        Command::SortNext | Command::SortReverse | Command::OnlyAtRisk => return arrange(screen, command),
    }
    Effect::Draw
}

fn open(screen: &mut Screen, page: Page) {
    screen.page = page;
    screen.overlay = None;
    screen.detail = false;
    screen.trail.clear();
}

fn toggle(screen: &mut Screen, overlay: Overlay) {
    screen.overlay = if screen.overlay == Some(overlay) {
        None
    } else {
        Some(overlay)
    };
}

/// Answers the question of the story that is shown.
fn choose(screen: &mut Screen, option: usize) -> Effect {
    let shown = screen.overlay == Some(Overlay::Story);
    let Some(tale) = screen.tale.as_mut().filter(|_| shown) else {
        return Effect::None;
    };
    if !tale.choose(option) {
        return Effect::None;
    }
    // What comes next stands where it is read from its beginning.
    screen.cursors.remove(&ListId::Story);
    Effect::Draw
}

fn turn_panel(screen: &mut Screen, by: usize) {
    if screen.page == Page::Overview && screen.overlay.is_none() {
        let now = Panel::ALL
            .iter()
            .position(|panel| *panel == screen.panel)
            .unwrap_or(0);
        screen.panel = Panel::ALL
            .get((now + by) % Panel::ALL.len())
            .copied()
            .unwrap_or_default();
    }
}

/// Moves in the list that has the keys, to where `to` leads from the present place and the rows shown.
fn step(screen: &mut Screen, to: impl Fn(usize, usize) -> usize) {
    let list = screen.focus();
    let window = screen.windows.get(&list).copied().unwrap_or_default();
    let rows = window.rows.max(1);
    let cursor = if matches!(list, ListId::Help | ListId::Sources | ListId::Story) {
        let place = screen.scroll(list, window.rows, window.total);
        Cursor {
            key: None,
            place: to(place, rows).min(window.total.saturating_sub(window.rows)),
        }
    } else {
        let Some(place) = screen.selected(list) else {
            return;
        };
        let last = screen.lists.rows(list).len().saturating_sub(1);
        let place = to(place, rows).min(last);
        Cursor {
            key: screen.lists.rows(list).get(place).cloned(),
            place,
        }
    };
    screen.cursors.insert(list, cursor);
}

fn enter(screen: &mut Screen) -> Effect {
    if screen.overlay.is_some() {
        return Effect::None;
    }
    let Some(key) = screen.selected_key(screen.focus()).cloned() else {
        return Effect::None;
    };
    if screen.page != Page::Overview {
        // The row that was opened stays the one that is shown, wherever it moves.
        step(screen, |place, _| place);
        screen.detail = !screen.detail;
        return Effect::Draw;
    }
    let spot = Spot {
        page: screen.page,
        scope: screen.partitions.scope.clone(),
    };
    step(screen, |place, _| place);
    match key {
        RowKey::Broker(id) => screen.partitions.scope = Scope::Broker(id),
        RowKey::Topic(name) => screen.partitions.scope = Scope::Topic(name),
        RowKey::Group(_) => {
            let cursor = Cursor {
                key: Some(key),
                place: 0,
            };
            screen.cursors.insert(ListId::Groups, cursor);
            screen.page = Page::Groups;
            screen.trail.push(spot);
            return Effect::Draw;
        }
        RowKey::Partition(_) => return Effect::None,
    }
    screen.cursors.remove(&ListId::Partitions);
    screen.page = Page::Partitions;
    screen.trail.push(spot);
    Effect::Settle
}

/// The answer belongs to the row and stands in its detail: both stay as they are then.
fn oldest_unread(screen: &mut Screen) -> Effect {
    if screen.overlay.is_some() || screen.page != Page::Groups {
        return Effect::None;
    }
    let Some(RowKey::Group(group)) = screen.selected_key(ListId::Groups).cloned() else {
        return Effect::None;
    };
    step(screen, |place, _| place);
    screen.detail = true;
    Effect::Ask(Question::OldestUnread { group })
}

fn back(screen: &mut Screen) -> Effect {
    if screen.overlay.take().is_some() {
        return Effect::Draw;
    }
    if std::mem::take(&mut screen.detail) {
        return Effect::Draw;
    }
    if let Some(spot) = screen.trail.pop() {
        screen.page = spot.page;
        screen.partitions.scope = spot.scope;
        return Effect::Settle;
    }
    if screen.page == Page::Partitions && screen.partitions.scope != Scope::All {
        screen.partitions.scope = Scope::All;
        return Effect::Settle;
    }
    if screen.page == Page::Overview {
        return Effect::None;
    }
    screen.page = Page::Overview;
    Effect::Draw
}

fn arrange(screen: &mut Screen, command: Command) -> Effect {
    let (partitions, groups) = (&mut screen.partitions, &mut screen.groups);
    match (screen.page, command) {
        _ if screen.overlay.is_some() => return Effect::None,
        (Page::Partitions, Command::OnlyAtRisk) => partitions.only_at_risk = !partitions.only_at_risk,
        (Page::Partitions, Command::SortReverse) => partitions.sort.reversed = !partitions.sort.reversed,
        (Page::Groups, Command::SortReverse) => groups.reversed = !groups.reversed,
        (Page::Partitions, Command::SortNext) => {
            partitions.sort = Sort {
                by: partitions.sort.by.next(),
                reversed: false,
            };
        }
        (Page::Groups, Command::SortNext) => {
            *groups = Sort {
                by: groups.by.next(),
                reversed: false,
            };
        }
        _ => return Effect::None,
    }
    Effect::Settle
}

impl PartitionSort {
    /// The sort after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Harm => Self::Name,
            Self::Name => Self::InSync,
            Self::InSync => Self::Rate,
            Self::Rate => Self::Size,
            Self::Size => Self::Churn,
            Self::Churn => Self::Harm,
        }
    }

    /// The word for it, in the title of the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Harm => "harm",
            Self::Name => "name",
            Self::InSync => "in sync",
            Self::Rate => "rate",
            Self::Size => "size",
            Self::Churn => "churn",
        }
    }
}

impl GroupSort {
    /// The sort after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Worst => Self::Name,
            Self::Name => Self::Lag,
            Self::Lag => Self::Slope,
            Self::Slope => Self::Age,
            Self::Age => Self::Worst,
        }
    }

    /// The word for it, in the title of the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worst => "harm",
            Self::Name => "name",
            Self::Lag => "lag",
            Self::Slope => "growth",
            Self::Age => "age",
        }
    }
}
