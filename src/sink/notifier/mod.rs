//! From notices to a person: popups, the terminal, commands and webhooks.
//!
//! A [`Notice`](crate::model::notice::Notice) is one group of alerts with one cause. The
//! [`Dispatcher`](dispatcher::Dispatcher) owns all that waits; it lets the [`Sieve`](sieve::Sieve) look at each notice
//! once, and gives it to every way's [`Outbox`](outbox::Outbox), which gathers, keeps to a rate, makes digests and tries
//! again. Behind one seam, [`Carrier`](carrier::Carrier), stand the ways; each has a deadline, and what became of its
//! notices is published as [`Ways`](crate::model::ways::Ways), so that nothing is lost in silence.
//!
//! The texts are safe from the start: they are made of [`Line`](crate::model::notice::Line)s, which hold no control codes.

pub mod carrier;
mod desktop;
pub mod dispatcher;
mod document;
#[cfg(test)]
mod fixture;
mod hook;
pub mod outbox;
pub mod parcel;
pub mod setup;
pub mod sieve;
pub mod terminal;
pub mod trial;
mod webhook;
mod wording;
mod zone;
