//! Floor 3: acts. The one gate that every act passes, wherever it comes from.
//!
//! [`Gate::plan`] says what an act would come to; [`Gate::carry_out`] takes a plan that was confirmed, looks again, and does
//! it only if nothing has changed. What is done is written into the [audit log](records) before and after, what it leaves
//! behind into the journal before it is done, and it counts as done only when it was seen to have taken effect: by the
//! process itself, and by the cluster.
//!
//! The gate knows no container. It acts through a [`Hand`]: [`Containers`] or a [`Simulated`] cluster; what Kafka itself
//! does goes through an [`Elector`].

mod absent;
mod check;
mod containers;
mod cut;
mod desk;
mod elect;
mod elector;
mod guard;
mod hand;
mod interruption;
mod left;
mod marking;
mod networks;
mod node;
mod post;
pub mod records;
mod roll;
mod simulated;
mod start;
#[cfg(test)]
mod tests;
mod watching;

pub use containers::Containers;
pub use desk::desk;
pub use elector::{Elector, ThroughKafka, Unelected};
pub use guard::{Gate, Unmet};
pub use hand::{Fault, Hand, Severed, Step};
pub use post::Tell;
pub use simulated::{Simulated, Stage};
