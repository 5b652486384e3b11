//! Whole frames as reviewed files: each page in its conditions and sizes.

use insta::assert_snapshot;

use super::Stage;
use crate::model::time::Span;
use crate::ui::fixture;
use crate::ui::screen::Panel;

/// Every page with its key.
const PAGES: [(&str, &str); 8] = [
    ("overview", "1"),
    ("brokers", "2"),
    ("topics", "3"),
    ("partitions", "4"),
    ("groups", "5"),
    ("quorum", "6"),
    ("events", "7"),
    ("alerts", "8"),
];

#[test]
fn pages_healthy_and_degraded() {
    for (condition, bulletin) in [("healthy", fixture::healthy()), ("degraded", fixture::degraded())] {
        for (page, key) in PAGES {
            for (width, height) in [(80, 24), (120, 40)] {
                let mut stage = Stage::new(bulletin.clone());
                stage.press(key);
                assert_snapshot!(
                    format!("{page}_{condition}_{width}x{height}"),
                    stage.frame(width, height)
                );
            }
        }
    }
}

#[test]
fn pages_critical_never_read_and_failed() {
    let conditions = [
        ("critical", fixture::critical()),
        ("never", fixture::never()),
        ("failed", fixture::failed()),
    ];
    for (condition, bulletin) in conditions {
        for (page, key) in PAGES {
            let mut stage = Stage::new(bulletin.clone());
            stage.press(key);
            assert_snapshot!(format!("{page}_{condition}_80x24"), stage.frame(80, 24));
        }
    }
}

#[test]
fn the_overview_uses_a_large_screen_and_fits_a_small_one() {
    let mut stage = Stage::new(fixture::degraded());
    assert_snapshot!("overview_degraded_200x60", stage.frame(200, 60));
    assert_snapshot!("overview_degraded_60x15", stage.frame(60, 15));
    assert_snapshot!("too_small_59x15", stage.frame(59, 15));
}

#[test]
fn details_open_where_they_do_not_fit_beside() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("4 enter");
    assert_snapshot!("partition_detail_80x24", stage.frame(80, 24));
    let mut stage = Stage::new(fixture::degraded());
    stage.press("5 enter");
    assert_snapshot!("group_detail_80x24", stage.frame(80, 24));
    assert_snapshot!("group_detail_200x60", stage.frame(200, 60));
}

#[test]
fn help_and_sources_lie_over_the_page() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("?");
    assert_snapshot!("help_120x40", stage.frame(120, 40));
    stage.press("? i");
    assert_snapshot!("sources_80x24", stage.frame(80, 24));
}

#[test]
fn without_unicode_the_same_is_said() {
    let mut stage = Stage::new(fixture::degraded());
    stage.settings.looks.ascii = true;
    let frame = stage.frame(120, 40);
    assert!(frame.is_ascii());
    assert_snapshot!("ascii_degraded_120x40", frame);
}

#[test]
fn hostile_names_are_written_out_and_keep_the_columns() {
    let mut stage = Stage::new(fixture::hostile());
    stage.press("4");
    let frame = stage.frame(120, 40);
    assert!(!frame.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{7}', '\u{9b}']));
    assert_snapshot!("hostile_partitions_120x40", frame);
    stage.press("5");
    assert_snapshot!("hostile_groups_120x40", stage.frame(120, 40));
}

#[test]
fn without_a_cluster_the_screen_says_how_to_connect() {
    let mut stage = Stage::new(fixture::never());
    stage.bulletin = None;
    assert_snapshot!("before_the_first_bulletin_80x24", stage.frame(80, 24));
    let lines = [
        "No cluster was named.",
        "",
        "  kaftop -b HOST:PORT",
        "",
        "or name one in the config file.",
    ];
    stage.settings.how_to_connect = Some(lines.map(str::to_owned).to_vec());
    assert_snapshot!("how_to_connect_80x24", stage.frame(80, 24));
}

#[test]
fn silence_of_the_pipeline_is_said_and_ages_go_on() {
    let mut stage = Stage::new(fixture::degraded());
    stage.since_arrival = Span::seconds(12);
    let frame = stage.frame(80, 24);
    assert!(frame.contains("nothing new for 12s"), "{frame}");
    assert!(frame.contains("DEGRADED 1m24s"), "{frame}");
    assert!(
        frame.contains("14:03:23Z"),
        "the clock is the bulletin's: {frame}"
    );
}

#[test]
fn a_small_overview_opens_with_the_brokers_while_one_is_broken_unless_another_panel_was_chosen() {
    let panel = |stage: &mut Stage, bulletin: crate::health::Bulletin| {
        stage.frame(60, 15);
        stage.screen.settle(&bulletin, false);
        stage.bulletin = Some(bulletin);
        stage.screen.panel
    };
    let mut stage = Stage::new(fixture::healthy());
    assert_eq!(panel(&mut stage, fixture::healthy()), Panel::Topics);
    assert_eq!(panel(&mut stage, fixture::degraded()), Panel::Brokers);
    let frame = stage.frame(60, 15);
    assert!(frame.contains("down") && frame.contains("tab Topics"), "{frame}");
    assert_eq!(panel(&mut stage, fixture::healthy()), Panel::Topics);
    stage.press("tab");
    assert_eq!(panel(&mut stage, fixture::degraded()), Panel::Groups);
    // Where there is room for several, nothing moves.
    let mut stage = Stage::new(fixture::healthy());
    stage.frame(120, 40);
    stage.screen.settle(&fixture::degraded(), false);
    assert_eq!(stage.screen.panel, Panel::Topics);
}
