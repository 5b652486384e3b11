//! Floor 2: where bulletins go besides the screen.

pub mod exporter;
pub mod notifier;
