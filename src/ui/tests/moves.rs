//! What the keys do: moving, selecting by identity, opening, going back, filtering.

use std::sync::Arc;

use super::Stage;
use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::ui::fixture;
use crate::ui::screen::{ListId, Overlay, Page, Panel, RowKey, Scope};
use crate::ui::update::Effect;

/// At 80x24 the Partitions page shows this many of its 162 rows.
const SHOWN: usize = 13;

#[test]
fn keys_move_the_selection() {
    let table = [
        ("", 0),
        ("down", 1),
        ("j j k", 1),
        ("up", 0),
        ("end", 161),
        ("G g", 0),
        ("G home", 0),
        ("G down", 161),
        ("pagedown", SHOWN),
        ("pagedown pagedown pageup", SHOWN),
        ("ctrl-f ctrl-b", 0),
        ("G pageup", 161 - SHOWN),
    ];
    for (keys, expected) in table {
        let mut stage = Stage::new(fixture::degraded());
        stage.press("4");
        stage.frame(80, 24);
        stage.press(keys);
        assert_eq!(
            stage.screen.selected(ListId::Partitions),
            Some(expected),
            "{keys}"
        );
        let frame = stage.frame(80, 24);
        assert_eq!(
            frame.matches("\">").count(),
            1,
            "the selected row is in sight: {keys}\n{frame}"
        );
    }
}

#[test]
fn what_is_selected_stays_selected_wherever_it_moves() {
    let mut stage = Stage::new(fixture::healthy());
    stage.press("5 down");
    let key = stage.screen.selected_key(ListId::Groups).cloned();
    assert_eq!(key, Some(RowKey::Group(Name::from("billing-export"))));
    let mut later = fixture::healthy();
    let groups = &mut Arc::make_mut(&mut later.snapshot).groups.table;
    for name in ["zebra", "yak", "xerus"] {
        let group = fixture::group(name, "Stable", 900_000, Some(500.0), 1);
        groups.insert(group.name.clone(), Arc::new(group));
    }
    fixture::judged(&mut later);
    stage.screen.settle(&later, false);
    assert_eq!(stage.screen.selected_key(ListId::Groups).cloned(), key);
    assert_eq!(stage.screen.selected(ListId::Groups), Some(4));
    // When it goes, the cursor stays where it was.
    Arc::make_mut(&mut later.snapshot)
        .groups
        .table
        .remove(&Name::from("billing-export"));
    stage.screen.settle(&later, false);
    assert_eq!(stage.screen.selected(ListId::Groups), Some(4));
}

#[test]
fn held_rows_keep_their_order_and_new_ones_come_last() {
    let mut stage = Stage::new(fixture::healthy());
    let before = stage.screen.lists.rows(ListId::WorstGroups).to_vec();
    let mut later = fixture::healthy();
    let groups = &mut Arc::make_mut(&mut later.snapshot).groups.table;
    groups.remove(&Name::from("dlq-replay"));
    let group = fixture::group("zebra", "Stable", 900_000, Some(500.0), 1);
    groups.insert(group.name.clone(), Arc::new(group));
    fixture::judged(&mut later);
    let zebra = RowKey::Group(Name::from("zebra"));
    stage.screen.settle(&later, true);
    let mut expected = before;
    expected.retain(|row| *row != RowKey::Group(Name::from("dlq-replay")));
    expected.push(zebra.clone());
    assert_eq!(stage.screen.lists.rows(ListId::WorstGroups), expected);
    stage.screen.settle(&later, false);
    assert_eq!(stage.screen.lists.rows(ListId::WorstGroups).first(), Some(&zebra));
}

#[test]
fn enter_opens_and_esc_leads_back() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("shift-tab enter");
    assert_eq!(stage.screen.page(), Page::Partitions);
    assert_eq!(stage.screen.asked.scope, Scope::Broker(BrokerId(1)));
    assert_eq!(stage.screen.lists.rows(ListId::Partitions).len(), 162);
    stage.press("esc");
    assert_eq!(
        (stage.screen.page(), stage.screen.panel),
        (Page::Overview, Panel::Brokers)
    );
    assert_eq!(stage.screen.asked.scope, Scope::All);

    stage.press("tab down enter");
    assert_eq!(
        stage.screen.asked.scope,
        Scope::Topic(Name::from("file_merge_requests"))
    );
    assert_eq!(stage.screen.lists.rows(ListId::Partitions).len(), 50);
    assert_eq!(stage.screen.lists.hidden(ListId::Partitions), 112);
    assert!(
        stage
            .frame(120, 40)
            .contains("50 of topic file_merge_requests (112 hidden)")
    );
    stage.press("esc tab enter");
    assert_eq!(stage.screen.page(), Page::Groups);
    assert_eq!(
        stage.screen.selected_key(ListId::Groups),
        Some(&RowKey::Group(Name::from("message-router")))
    );
    stage.press("enter");
    assert!(stage.screen.detail);
    stage.press("esc esc");
    assert_eq!(stage.screen.page(), Page::Overview);
    assert_eq!(stage.press("esc"), Effect::None);
}

#[test]
fn page_keys_open_the_whole_page() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("enter");
    assert_eq!(stage.screen.asked.scope, Scope::Topic(Name::from("messages")));
    stage.press("4");
    assert_eq!(stage.screen.asked.scope, Scope::All);
    stage.press("5 4 1");
    assert_eq!(stage.screen.page(), Page::Overview);
}

#[test]
fn an_empty_list_says_why() {
    let mut stage = Stage::new(fixture::healthy());
    stage.press("4 a");
    assert_eq!(stage.screen.lists.hidden(ListId::Partitions), 162);
    let frame = stage.frame(120, 40);
    assert!(
        frame.contains("No partition here needs eyes; 162 partitions hidden: a shows all."),
        "{frame}"
    );
    stage.press("a");
    assert_eq!(stage.screen.lists.rows(ListId::Partitions).len(), 162);

    let mut bulletin = fixture::healthy();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    snapshot.topics.clear();
    snapshot.groups.table.clear();
    let mut stage = Stage::new(bulletin);
    for (key, words) in [
        ("1", "No topic exists."),
        ("3", "No topic exists."),
        ("4", "No partition exists."),
        ("5", "No consumer group exists."),
    ] {
        stage.press(key);
        let frame = stage.frame(80, 24);
        assert!(frame.contains(words), "{frame}");
    }
    let mut stage = Stage::new(fixture::never());
    for key in ["1", "2", "3", "4", "5", "6"] {
        stage.press(key);
        assert!(stage.frame(80, 24).contains("Not read yet"));
    }
}

#[test]
fn overlays_scroll_and_close() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("?");
    let top = stage.frame(80, 24);
    assert!(top.contains("Everywhere"));
    stage.press("down");
    assert_ne!(stage.frame(80, 24), top, "the first step already scrolls");
    stage.press("G");
    let end = stage.frame(80, 24);
    assert!(end.contains("both hold"), "{end}");
    stage.press("down down up");
    assert_ne!(stage.frame(80, 24), end, "the end is not overrun");
    assert_eq!(stage.press("enter"), Effect::None);
    stage.press("i");
    assert_eq!(stage.screen.overlay, Some(Overlay::Sources));
    let sources = stage.frame(120, 40);
    assert!(
        sources.contains("refused: connect to kafka-1:9092: connection refused"),
        "{sources}"
    );
    stage.press("esc");
    assert_eq!(
        (stage.screen.overlay, stage.screen.page()),
        (None, Page::Overview)
    );
    stage.press("i i");
    assert_eq!(stage.screen.overlay, None);
}

#[test]
fn quit_and_redraw_are_effects() {
    let mut stage = Stage::new(fixture::degraded());
    for (keys, effect) in [
        ("q", Effect::Quit),
        ("ctrl-c", Effect::Quit),
        ("? q", Effect::Quit),
        ("ctrl-l", Effect::Redraw),
        ("ctrl-z", Effect::Suspend),
        ("space", Effect::Freeze),
        ("x", Effect::None),
    ] {
        assert_eq!(stage.press(keys), effect, "{keys}");
    }
}

#[test]
fn a_filter_that_is_not_understood_is_told_in_every_size_and_is_not_kept() {
    let wrong = "f o o > 3 i s r < r f space t o p i c ~ ^ m e s s space l e a d e r = 2";
    for (width, height) in [(60, 15), (80, 24), (120, 40)] {
        let mut stage = Stage::new(fixture::degraded());
        stage.press("4 /");
        stage.press(wrong);
        let frame = stage.frame(width, height);
        assert!(frame.contains("foo is no column here: "), "{frame}");
        stage.press("enter");
        assert!(stage.screen.prompt.is_some(), "it stays until it is put right");
        stage.press("esc");
        assert!(stage.screen.prompt.is_none() && !stage.screen.view(stage.screen.list()).narrows());
    }
    let mut stage = Stage::new(fixture::degraded());
    stage.press("4 / l a g > 1 0 0 0");
    let frame = stage.frame(80, 24);
    assert!(frame.contains("lag is no column here: "), "{frame}");
    stage.press("ctrl-u i s r < r f enter");
    assert!(stage.screen.prompt.is_none() && stage.screen.view(stage.screen.list()).narrows());
}
