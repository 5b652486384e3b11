//! The parts that pages are made of.

pub mod containers;
pub mod dialog;
pub mod footer;
pub mod header;
pub mod help;
pub mod log;
pub mod palette;
pub mod panel;
pub mod said;
pub mod shape;
pub mod sources;
pub mod story;
pub mod table;
pub mod trend;
pub mod typed;
pub mod verdict;
