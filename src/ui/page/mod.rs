//! The pages: one file each, with the tables and details that they are made of.

pub mod brokers;
pub mod group_detail;
pub mod group_table;
pub mod groups;
pub mod keepers;
pub mod oldest_unread;
pub mod overview;
pub mod partition_detail;
pub mod partitions;
pub mod topics;

use crate::ui::screen::{ListId, Window};

/// What a page showed, list by list.
pub type Shown = Vec<(ListId, Window)>;
