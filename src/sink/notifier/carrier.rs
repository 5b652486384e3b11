//! The seam that every way stands behind: it takes a parcel, and says what came back.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::parcel::Parcel;
use crate::model::notice::{Line, Notice};
use crate::model::time::Span;

/// A delivery under way.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<Receipt, Refusal>> + Send + 'a>>;

/// What came back for a parcel that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(pub Line);

/// Why a parcel was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The way does not exist here: no session bus, no terminal.
    #[error("not available: {0}")]
    Absent(Line),
    /// It may work later: no answer, an error of the other side.
    #[error("{0}")]
    Passing(Line),
    /// It will not work with this parcel: the other side understood, and refused.
    #[error("{0}")]
    Lasting(Line),
}

impl Refusal {
    /// Why, without what it means.
    pub fn why(&self) -> &Line {
        match self {
            Self::Absent(why) | Self::Passing(why) | Self::Lasting(why) => why,
        }
    }
}

/// One way to a person.
pub trait Carrier: Send + Sync {
    /// Its name, as it is shown.
    fn name(&self) -> Line;

    /// How long a delivery takes at most. The carrier keeps it itself, since it knows best what to say then; whoever
    /// calls it gives up soon after.
    fn deadline(&self) -> Duration;

    /// Whether it takes notices like this one.
    fn wants(&self, _notice: &Notice) -> bool {
        true
    }

    /// Where the other side forgets what is not repeated: how often that has to be.
    fn repeat(&self) -> Option<Span> {
        None
    }

    /// Delivers. Dropping the future ends everything that it started.
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a>;
}
