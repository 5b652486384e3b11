//! What a command does to the screen. Nothing here reaches out of kaftop.

mod logs;
mod mouse;

use std::sync::Arc;

pub use mouse::{click, wheel};

use crate::command::Command;
use crate::model::alert::AlertKey;
use crate::model::progress::Control;
use crate::model::question::Question;

use super::acts;
use super::enquiry;
use super::field::Field;
use super::handling;
use super::log::Quarry;
use super::prompt;
use super::prompt::silence::Hush;
use super::rows::View;
use super::screen::{Cursor, ListId, Overlay, Page, Panel, RowKey, Scope, Screen, Spot};

/// How far back Esc leads at most.
const LONGEST_TRAIL: usize = 32;
/// The most rows that are watched.
const MOST_MARKS: usize = 200;

/// What the loop has to do after a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing changed.
    None,
    /// A new frame.
    Draw,
    /// The rows have to be narrowed and sorted anew, then a new frame.
    Settle,
    /// The palette has to look for what was typed, then a new frame.
    Search,
    /// The question has to be asked, then a new frame.
    Ask(Question),
    /// An act is asked for, on the selected row where it needs one.
    Act(Command, Option<RowKey>),
    /// The act of this number is steered, then a new frame.
    Steer(u64, Control),
    /// What an earlier run left is undone.
    Undo,
    /// The log of the node that this row is about is to be read.
    Log(Option<RowKey>),
    /// This text goes to the clipboard.
    CopyText(String),
    /// The next theme has to be taken, then a new frame.
    NextTheme,
    /// A person takes note of this alert, or takes that back.
    Acknowledge(AlertKey),
    /// The silence of this alert ends; where there is none, it has to be asked for how long there is to be one.
    Silence(AlertKey),
    /// This alert is silenced.
    Hush(AlertKey, Hush),
    /// These rows go to the clipboard.
    Copy(Vec<RowKey>),
    /// The screen stands still, or goes on.
    Freeze,
    /// The process gives the terminal back to the shell until it is told to go on.
    Suspend,
    /// Everything drawn again, from an empty screen.
    Redraw,
    /// Leave.
    Quit,
}

/// What a place on the screen means to the mouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A row of a list, by its place.
    Row(ListId, usize),
    /// The head of a column.
    Head(ListId, Field),
    /// Anything of a list.
    List(ListId),
    /// What a key would do.
    Command(Command),
}

/// Applies a command to the screen.
pub fn update(screen: &mut Screen, command: Command) -> Effect {
    screen.acts.warned &= command == Command::Quit;
    let effect = apply(screen, command);
    screen.keep_enquiry();
    effect
}

fn apply(screen: &mut Screen, command: Command) -> Effect {
    match command {
        Command::Quit => return leave(screen),
        Command::Redraw => return Effect::Redraw,
        Command::NextTheme => return Effect::NextTheme,
        Command::Suspend => return Effect::Suspend,
        Command::Freeze => return Effect::Freeze,
        Command::PageOverview => return open(screen, Page::Overview),
        Command::PageBrokers => return open(screen, Page::Brokers),
        Command::PageTopics => return open(screen, Page::Topics),
        Command::PagePartitions => {
            screen.asked.scope = Scope::All;
            return open(screen, Page::Partitions);
        }
        Command::PageGroups => return open(screen, Page::Groups),
        Command::PageQuorum => return open(screen, Page::Quorum),
        Command::PageEvents => return open(screen, Page::Events),
        Command::PageAlerts => return open(screen, Page::Alerts),
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
        Command::Detail => return detail(screen),
        Command::Back => return back(screen),
        Command::Filter => return prompt::open_filter(screen),
        Command::Palette => return prompt::open_palette(screen),
        Command::Sort => return prompt::open_sort(screen),
        Command::SortReverse | Command::OnlyBad => return arrange(screen, command),
        Command::Mark => return mark(screen),
        Command::Copy => return copy(screen),
        Command::OldestUnread => return enquiry::oldest_unread(screen),
        Command::TopicConfig => return enquiry::topic_config(screen),
        Command::Stop
        | Command::Start
        | Command::Restart
        | Command::Kill
        | Command::Pause
        | Command::Resume
        | Command::Cut
        | Command::Reconnect
        | Command::ElectLeaders
        | Command::Roll => return acts::asked(screen, command),
        Command::HoldRoll | Command::EndRoll => return steer(screen, command),
        Command::Heal => return Effect::Undo,
        Command::Log => return logs::open(screen),
        Command::Search => return prompt::search::open(screen),
        Command::NextHit | Command::PreviousHit => {
            return logs::seek(screen, Quarry::Hit, command == Command::PreviousHit);
        }
        Command::NextError | Command::PreviousError => {
            return logs::seek(screen, Quarry::Error, command == Command::PreviousError);
        }
        Command::Wrap | Command::Left | Command::Right => return logs::lay_out(screen, command),
        Command::Acknowledge | Command::Silence => return handling::asked(screen, command),
    }
    Effect::Draw
}

/// Leaves; while an act goes on only whoever was told so.
fn leave(screen: &mut Screen) -> Effect {
    let Some(warning) = screen.acts.warns() else {
        return Effect::Quit;
    };
    screen.toast = Some(format!("{warning} The same key again leaves."));
    Effect::Draw
}

/// Holds or ends the rolling restart that goes on.
fn steer(screen: &mut Screen, command: Command) -> Effect {
    if let Some((number, how)) = screen.acts.steer(command) {
        return Effect::Steer(number, how);
    }
    screen.toast = Some("No rolling restart goes on.".to_owned());
    Effect::Draw
}

/// Opens a page as a whole: what lay over it and the way back are forgotten.
fn open(screen: &mut Screen, page: Page) -> Effect {
    screen.asked.page = page;
    screen.overlay = None;
    screen.log = None;
    screen.detail = false;
    screen.trail.clear();
    Effect::Settle
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
    if screen.page() == Page::Overview && !screen.is_covered() {
        screen.panels.chosen = true;
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
pub(super) fn step(screen: &mut Screen, to: impl Fn(usize, usize) -> usize) {
    step_in(screen, screen.focus(), to);
}

fn step_in(screen: &mut Screen, list: ListId, to: impl Fn(usize, usize) -> usize) {
    let window = screen.windows.get(&list).copied().unwrap_or_default();
    if list == ListId::Log {
        return logs::scroll(screen, window, to);
    }
    let rows = window.rows.max(1);
    let cursor = if list.subject().is_none() {
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

/// The row that is opened stays the one that is shown, wherever it moves.
pub(super) fn pin(screen: &mut Screen) {
    step_in(screen, screen.list(), |place, _| place);
}

fn spot(screen: &Screen) -> Spot {
    Spot {
        page: screen.page(),
        scope: screen.asked.scope.clone(),
        partitions: screen.view(ListId::Partitions),
    }
}

/// Goes to another page in a way that Esc leads back from.
fn leave_for(screen: &mut Screen, page: Page) {
    screen.log = None;
    let spot = spot(screen);
    if screen.trail.len() >= LONGEST_TRAIL {
        screen.trail.remove(0);
    }
    screen.trail.push(spot);
    screen.asked.page = page;
    screen.detail = false;
}

fn enter(screen: &mut Screen) -> Effect {
    if screen.is_covered() || screen.detail {
        return Effect::None;
    }
    let Some(key) = screen.selected_key(screen.focus()).cloned() else {
        return Effect::None;
    };
    pin(screen);
    let scope = match (screen.page(), key) {
        (Page::Overview | Page::Brokers, RowKey::Broker(id)) => Scope::Broker(id),
        (Page::Overview | Page::Topics, RowKey::Topic(name)) => Scope::Topic(name),
        (Page::Overview, key @ RowKey::Group(_)) => {
            leave_for(screen, Page::Groups);
            select(screen, ListId::Groups, key);
            return Effect::Settle;
        }
        (Page::Overview, key @ RowKey::Event(_)) => {
            go(screen, key);
            screen.detail = true;
            return Effect::Settle;
        }
        _ => return detail(screen),
    };
    leave_for(screen, Page::Partitions);
    screen.asked.scope = scope;
    // A filter that was meant for all partitions would hide those that were asked for.
    screen.asked.views.remove(&ListId::Partitions);
    screen.cursors.remove(&ListId::Partitions);
    Effect::Settle
}

/// Goes to the page of a row, with the row selected and nothing hiding it.
pub(super) fn go(screen: &mut Screen, key: RowKey) -> Effect {
    let (page, list) = match &key {
        RowKey::Broker(_) => (Page::Brokers, ListId::AllBrokers),
        RowKey::Topic(_) => (Page::Topics, ListId::AllTopics),
        RowKey::Group(_) => (Page::Groups, ListId::Groups),
        RowKey::Partition(_) => (Page::Partitions, ListId::Partitions),
        RowKey::Replica(_) | RowKey::Member(_) => (Page::Quorum, ListId::Keepers),
        RowKey::Event(_) => (Page::Events, ListId::Events),
        RowKey::Alert(..) => (Page::Alerts, ListId::Alerts),
    };
    leave_for(screen, page);
    let view = screen.view_mut(list);
    *view = View {
        sort: view.sort,
        ..View::default()
    };
    select(screen, list, key);
    Effect::Settle
}

fn select(screen: &mut Screen, list: ListId, key: RowKey) {
    let cursor = Cursor {
        key: Some(key),
        place: 0,
    };
    screen.cursors.insert(list, cursor);
}

/// Opens the detail of the selected row over the whole page, or closes it.
fn detail(screen: &mut Screen) -> Effect {
    if screen.is_covered() {
        return Effect::None;
    }
    if screen.page() == Page::Overview {
        let Some(key) = screen.selected_key(screen.focus()).cloned() else {
            return Effect::None;
        };
        pin(screen);
        return go(screen, key);
    }
    if !screen.detail && screen.selected_key(screen.list()).is_none() {
        return Effect::None;
    }
    pin(screen);
    screen.detail = !screen.detail;
    screen.cursors.remove(&ListId::Detail);
    Effect::Draw
}

fn back(screen: &mut Screen) -> Effect {
    if screen.overlay.take().is_some() || screen.log.take().is_some() {
        return Effect::Draw;
    }
    if std::mem::take(&mut screen.detail) {
        return Effect::Draw;
    }
    let list = screen.list();
    let view = screen.view_mut(list);
    if view.narrows() {
        *view = View {
            sort: view.sort,
            ..View::default()
        };
        return Effect::Settle;
    }
    if let Some(spot) = screen.trail.pop() {
        screen.asked.page = spot.page;
        screen.asked.scope = spot.scope;
        screen.asked.views.insert(ListId::Partitions, spot.partitions);
        return Effect::Settle;
    }
    if screen.page() == Page::Partitions && screen.asked.scope != Scope::All {
        screen.asked.scope = Scope::All;
        return Effect::Settle;
    }
    if screen.page() == Page::Overview {
        let hidden = screen.acts.offer.hide();
        return if hidden { Effect::Draw } else { Effect::None };
    }
    screen.asked.page = Page::Overview;
    Effect::Settle
}

fn arrange(screen: &mut Screen, command: Command) -> Effect {
    let list = screen.list();
    if screen.is_covered() || screen.detail || list.subject().is_none() {
        return Effect::None;
    }
    let view = screen.view_mut(list);
    if command == Command::OnlyBad {
        view.only_bad = !view.only_bad;
    } else {
        view.sort.reversed = !view.sort.reversed;
    }
    Effect::Settle
}

/// Watches the selected row, or watches it no more.
fn mark(screen: &mut Screen) -> Effect {
    let list = screen.list();
    let Some(key) = screen.selected_key(list).cloned() else {
        return Effect::None;
    };
    if screen.is_covered() {
        return Effect::None;
    }
    pin(screen);
    let marks = Arc::make_mut(&mut screen.asked.marks);
    if !marks.remove(&key) {
        if marks.len() >= MOST_MARKS {
            screen.toast = Some(format!("{MOST_MARKS} rows are watched already."));
            return Effect::Draw;
        }
        marks.insert(key);
    }
    Effect::Settle
}

/// The watched rows of the list go to the clipboard, or where there is none the selected one.
fn copy(screen: &mut Screen) -> Effect {
    if let Some(log) = screen.log.as_ref().filter(|_| screen.overlay.is_none()) {
        let window = screen.windows.get(&ListId::Log).copied().unwrap_or_default();
        return Effect::CopyText(log.copied(window).join("\n"));
    }
    let list = screen.list();
    let watched = screen.lists.marked(list);
    let rows = screen.lists.rows(list);
    let rows = match (watched, screen.selected(list)) {
        (0, Some(place)) => rows.get(place..=place),
        (0, None) => None,
        (watched, _) => rows.get(..watched),
    };
    match rows {
        Some(rows) if screen.overlay.is_none() => Effect::Copy(rows.to_vec()),
        _ => Effect::None,
    }
}
