//! Whom an event concerns, up to a bound.

use std::cmp::Ordering;
use std::sync::Arc;

/// The most members of one kind that one line keeps by name.
pub const MOST_MEMBERS: usize = 2_000;

/// A bounded set of members, shared between the copies of an event, and a count of all changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members<T> {
    /// In order, each once.
    kept: Arc<Vec<T>>,
    changes: u32,
    left_out: u32,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self {
            kept: Arc::default(),
            changes: 0,
            left_out: 0,
        }
    }
}

impl<T: Ord + Clone> FromIterator<T> for Members<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Self::default();
        set.add(members.into_iter().collect());
        set
    }
}

impl<T> Members<T> {
    /// The members that are kept by name, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.kept.iter()
    }

    /// How many there are: those that are kept, and those that were left out.
    pub fn count(&self) -> u32 {
        u32::try_from(self.kept.len())
            .unwrap_or(u32::MAX)
            .saturating_add(self.left_out)
    }

    /// Changes that befell them; more than [`count`](Self::count) where one changed repeatedly.
    pub fn changes(&self) -> u32 {
        self.changes
    }

    /// Changes of members that are not kept by name, since there are too many.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// The one member, where there is one only.
    pub fn only(&self) -> Option<&T> {
        match self.kept.as_slice() {
            [only] if self.left_out == 0 => Some(only),
            _ => None,
        }
    }

    /// Whether a member is kept for which `order`, by which the members stand in order, says `Equal`.
    pub fn any_by(&self, order: impl FnMut(&T) -> Ordering) -> bool {
        self.kept.binary_search_by(order).is_ok()
    }

    /// Forgets the names; the counts stay.
    pub fn forget(&mut self) {
        self.left_out = self.count();
        self.kept = Arc::default();
    }
}

impl<'a, T> IntoIterator for &'a Members<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Ord> Members<T> {
    /// Whether it is kept by name.
    pub fn contains(&self, member: &T) -> bool {
        self.any_by(|kept| kept.cmp(member))
    }
}

impl<T: Ord + Clone> Members<T> {
    /// Takes changes of these, in any order.
    pub fn add(&mut self, mut changed: Vec<T>) {
        changed.sort_unstable();
        self.changes = self
            .changes
            .saturating_add(u32::try_from(changed.len()).unwrap_or(u32::MAX));
        changed.dedup();
        changed.retain(|member| !self.contains(member));
        let room = MOST_MEMBERS.saturating_sub(self.kept.len());
        let over = changed.len().saturating_sub(room);
        changed.truncate(room);
        self.left_out = self
            .left_out
            .saturating_add(u32::try_from(over).unwrap_or(u32::MAX));
        if self.kept.is_empty() {
            self.kept = Arc::new(changed);
        } else if !changed.is_empty() {
            let kept = Arc::make_mut(&mut self.kept);
            kept.append(&mut changed);
            // Two runs that are in order: this sort only merges them.
            kept.sort();
        }
    }

    /// These members, which stand for all that befell those of `parts`.
    pub fn merged(members: Vec<T>, parts: [&Self; 2]) -> Self {
        let mut merged = Self::default();
        merged.add(members);
        merged.changes = parts.iter().fold(0, |sum, part| sum.saturating_add(part.changes));
        let left_out = parts.iter().map(|part| part.left_out);
        merged.left_out = left_out.fold(merged.left_out, u32::saturating_add);
        merged
    }

    /// Takes the members of another.
    pub fn join(&mut self, other: &Self) {
        let changes = self.changes.saturating_add(other.changes);
        self.add(other.kept.to_vec());
        self.changes = changes;
        self.left_out = self.left_out.saturating_add(other.left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_bounded_and_all_changes_are_counted() {
        let mut members: Members<u32> = (0..1_500).collect();
        members.add((1_000..3_000).rev().collect());
        assert_eq!(members.iter().len(), MOST_MEMBERS);
        assert_eq!(
            (members.changes(), members.left_out(), members.count()),
            (3_500, 1_000, 3_000)
        );
        assert!(members.iter().is_sorted());
        assert!(members.contains(&1_999) && !members.contains(&2_500));
        members.forget();
        assert_eq!((members.iter().len(), members.count()), (0, 3_000));
    }

    #[test]
    fn one_that_changes_twice_is_one_member() {
        let mut members: Members<u32> = [7].into_iter().collect();
        members.add(vec![7]);
        assert_eq!(members.only(), Some(&7));
        assert_eq!((members.changes(), members.count()), (2, 1));
        members.join(&[8, 7].into_iter().collect());
        assert_eq!((members.only(), members.changes(), members.count()), (None, 4, 2));
    }
}
