//! What the tests against real clusters, real processes and real terminals share.

pub mod export;
pub mod http;
pub mod kaftop;
pub mod ledger;
pub mod lock;
pub mod monitoring;
pub mod relay;
pub mod rig;
pub mod screen;
pub mod scripts;
pub mod snapshot;
pub mod streams;
pub mod writer;

/// Ends the enclosing check with a sentence unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($sentence:tt)+) => {
        if !$holds {
            return Err(format!($($sentence)+));
        }
    };
}
pub(crate) use ensure;

/// A check: nothing, or a sentence that says what does not hold.
pub type Checked = Result<(), String>;
