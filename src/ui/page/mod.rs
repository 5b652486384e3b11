//! The pages: one file each, with the tables and details that they are made of.

pub mod alert_detail;
pub mod alerts;
pub mod broker_detail;
pub mod brokers;
pub mod detail;
pub mod event_detail;
pub mod event_table;
pub mod events;
pub mod group_detail;
pub mod group_table;
pub mod groups;
pub mod keeper_detail;
pub mod keepers;
pub mod layout;
pub mod oldest_unread;
pub mod overview;
pub mod partition_detail;
pub mod partitions;
pub mod quorum;
pub mod topic_config;
pub mod topic_detail;
pub mod topics;

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, Page, Window};

/// What a page showed, list by list.
pub type Shown = Vec<(ListId, Window)>;

/// Draws the open page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    match scene.screen.page() {
        Page::Overview => overview::draw(canvas, area, scene),
        Page::Brokers => brokers::page(canvas, area, scene),
        Page::Topics => topics::page(canvas, area, scene),
        Page::Partitions => partitions::draw(canvas, area, scene),
        Page::Groups => groups::draw(canvas, area, scene),
        Page::Quorum => quorum::draw(canvas, area, scene),
        Page::Events => events::draw(canvas, area, scene),
        Page::Alerts => alerts::draw(canvas, area, scene),
    }
}
