//! Floor 4: wiring. Sources feed one bounded queue, one pipeline folds it, every sink shows its bulletins.
//! What the screen asks for is read beside them.
//!
//! Two threads: the screen blocks on the terminal in its own, so that a terminal that stops reading never
//! holds up the eye; everything else runs on a single-threaded runtime beside it.

mod alerting;
mod collect;
mod deeds;
mod demo;
mod director;
mod effects;
mod errand;
mod export;
mod flow;
mod logs;
mod notice;
mod notify;
mod observe;
mod oldest;
mod oldest_reads;
mod options;
#[cfg(test)]
mod patience_tests;
mod pipeline;
mod serve;
mod told;
mod topic_config;
mod watch;

pub use alerting::Alerting;
pub use collect::collect;
pub use demo::{Demo, DemoError, DemoOptions};
pub use errand::{Clerk, Ended, Errand, Said, Task, errand};
pub use export::{Metrics, export};
pub use notice::notice;
pub use notify::{Telling, try_ways};
pub use observe::observe;
pub use options::{Target, target};
pub use serve::serve;
pub use watch::{Exit, Left, License, watch};
