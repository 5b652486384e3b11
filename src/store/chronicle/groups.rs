//! Groups that come, go, and change their state.

use std::collections::BTreeMap;

use crate::model::event::{GroupChange, GroupMove, What, When};
use crate::model::snapshot::Groups;
use crate::model::text::Name;
use crate::model::time::At;

use super::Chronicle;

/// The groups as they were seen last.
#[derive(Debug, Default)]
pub(super) struct SeenGroups {
    states: BTreeMap<Name, Option<Name>>,
}

impl Chronicle {
    /// Takes the groups as they are listed now. `settled` says whether one that is new in the table is new in the cluster;
    /// the table itself keeps one that lists lack until it is gone for sure.
    pub fn groups(&mut self, groups: &Groups, settled: bool, now: At) {
        let mut moved: BTreeMap<u8, (GroupChange, Vec<GroupMove>)> = BTreeMap::new();
        let mut note = |change: GroupChange, one: GroupMove| {
            moved
                .entry(change as u8)
                .or_insert((change, Vec::new()))
                .1
                .push(one);
        };
        for (name, group) in &groups.table {
            match self.groups.states.get_mut(name) {
                Some(before) if *before == group.state => {}
                Some(before) => {
                    let from = std::mem::replace(before, group.state.clone());
                    // A coordinator that is new in its office may not tell the state at first.
                    if from.is_some() && group.state.is_some() {
                        let one = GroupMove {
                            name: name.clone(),
                            from,
                            to: group.state.clone(),
                        };
                        note(GroupChange::State, one);
                    }
                }
                None => {
                    self.groups.states.insert(name.clone(), group.state.clone());
                    if settled {
                        let one = GroupMove {
                            name: name.clone(),
                            from: None,
                            to: group.state.clone(),
                        };
                        note(GroupChange::Appeared, one);
                    }
                }
            }
        }
        if self.groups.states.len() > groups.table.len() {
            self.groups.states.retain(|name, state| {
                let kept = groups.table.contains_key(name);
                if !kept {
                    let one = GroupMove {
                        name: name.clone(),
                        from: state.take(),
                        to: None,
                    };
                    note(GroupChange::Gone, one);
                }
                kept
            });
        }
        for (change, groups) in moved.into_values() {
            let groups = groups.into_iter().collect();
            self.folder
                .take(When::polled(now), What::Groups { change, groups });
        }
    }
}
