//! Short lists of broker ids.

use std::fmt;
use std::ops::Deref;

/// How many ids a list holds without an allocation of its own.
const INLINE: usize = 5;

/// A list of broker ids in their order, such as replicas or an ISR: 24 bytes, and for up to five ids no more.
#[derive(Clone)]
pub struct Ids(Form);

#[derive(Clone)]
enum Form {
    Short(u8, [i32; INLINE]),
    Long(Box<[i32]>),
}

impl Ids {
    /// No ids.
    pub const fn none() -> Self {
        Self(Form::Short(0, [0; INLINE]))
    }

    /// The same without one id.
    #[must_use]
    pub fn without(&self, id: i32) -> Self {
        self.iter().copied().filter(|other| *other != id).collect()
    }
}

impl Default for Ids {
    fn default() -> Self {
        Self::none()
    }
}

impl Deref for Ids {
    type Target = [i32];

    fn deref(&self) -> &[i32] {
        match &self.0 {
            Form::Short(count, ids) => ids.get(..usize::from(*count)).unwrap_or_default(),
            Form::Long(ids) => ids,
        }
    }
}

impl From<&[i32]> for Ids {
    fn from(ids: &[i32]) -> Self {
        let mut short = [0; INLINE];
        match (short.get_mut(..ids.len()), u8::try_from(ids.len())) {
            (Some(place), Ok(count)) => {
                place.copy_from_slice(ids);
                Self(Form::Short(count, short))
            }
            _ => Self(Form::Long(ids.into())),
        }
    }
}

impl FromIterator<i32> for Ids {
    fn from_iter<T: IntoIterator<Item = i32>>(ids: T) -> Self {
        let ids: Vec<i32> = ids.into_iter().collect();
        Self::from(&ids[..])
    }
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl Eq for Ids {}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_length_keep_their_order() {
        for length in 0..12 {
            let plain: Vec<i32> = (0..length).rev().collect();
            let ids = Ids::from(&plain[..]);
            assert_eq!(&ids[..], &plain[..]);
            assert_eq!(ids.without(3).len(), plain.iter().filter(|id| **id != 3).count());
        }
        assert!(size_of::<Ids>() <= 24);
    }
}
