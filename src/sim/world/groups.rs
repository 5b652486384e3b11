//! Groups at their coordinators.

use super::{GroupError, GroupView, Place, World};

impl World {
    /// The groups that a broker coordinates, as far as it believes.
    pub fn groups(&self, _broker: i32) -> impl Iterator<Item = &GroupView> {
        self.groups.iter()
    }

    /// One group, asked of the broker that coordinates it.
    pub fn group(&self, _broker: i32, _name: &str) -> Result<&GroupView, GroupError> {
        Err(GroupError::Unknown)
    }

    /// The coordinator of a group, as far as this broker believes; none while its partition has no leader, or
    /// `__consumer_offsets` does not exist.
    pub fn coordinator(&self, _broker: i32, _group: &str) -> Option<i32> {
        None
    }

    /// Commits offsets of a group without members, which is made where it is not there.
    pub fn commit(
        &mut self,
        _broker: i32,
        _group: &str,
        _offsets: &[(Place, i64)],
    ) -> Result<(), GroupError> {
        Err(GroupError::NotCoordinator)
    }
}
