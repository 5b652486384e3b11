//! Floor 1: what a user can ask of the screen. Pure: no terminal, no clock.
//!
//! Each [`Command`] is written once, in the catalogue, with its name and one sentence; a [`Keymap`] binds
//! [`Chord`]s, alone or as a [`Sequence`], to commands per [`Context`]; help and footer are made from both, so that they cannot drift
//! from what the keys do. No command of this catalogue changes anything outside kaftop.

mod catalogue;
mod chord;
mod context;
mod keymap;
mod keymap_file;
mod keymaps;
mod sequence;
mod table;

pub use catalogue::Command;
pub use chord::{Chord, Key};
pub use context::Context;
pub use keymap::{Fed, Keymap, Pending};
pub use keymap_file::KeymapFile;
pub use keymaps::{Keymaps, LoadedKeymap};
pub use sequence::Sequence;
