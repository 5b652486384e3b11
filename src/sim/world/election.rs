//! What a controller makes of one partition when brokers come and go, in either mode.

use super::ids::Ids;
use super::image::PartitionImage;

/// The rules under which a partition gets another leader or ISR.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// `min.insync.replicas` of the topic.
    pub(super) min_isr: u32,
    /// Whether replicas outside of the ISR may lead.
    pub(super) unclean: bool,
    /// Whether eligible leader replicas are kept (KIP-966).
    pub(super) elr: bool,
}

/// Which replica is wanted as leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The present one as long as it may lead.
    Present,
    /// The first one.
    Preferred,
}

/// A change that KRaft's controller is asked for (`PartitionChangeBuilder`).
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The ISR that is wanted.
    pub(super) isr: Ids,
    /// A replica that came back without having ended in order: it is no longer eligible.
    pub(super) unclean_replica: Option<i32>,
    /// Which leader is wanted.
    pub(super) wanted: Wanted,
}

impl Change {
    /// Another ISR, with the leader that there is.
    pub(super) fn isr(isr: Ids) -> Self {
        Self {
            isr,
            unclean_replica: None,
            wanted: Wanted::Present,
        }
    }
}

struct Elected {
    leader: Option<i32>,
    unclean: bool,
}

/// Makes a change as KRaft's controller does (`PartitionChangeBuilder.build`); whether anything became different.
/// `may_lead` says which brokers are active.
pub(super) fn change_kraft(
    partition: &mut PartitionImage,
    change: &Change,
    rules: Rules,
    may_lead: impl Fn(i32) -> bool,
) -> bool {
    let enough = partition.replicas.len().min(rules.min_isr as usize);
    let mut target = PartitionImage {
        isr: change.isr.clone(),
        ..partition.clone()
    };
    if rules.elr {
        if target.isr.len() >= enough {
            target.elr = Ids::none();
            target.last_known_elr = Ids::none();
        } else {
            let fits = |id: &i32| !target.isr.contains(id) && change.unclean_replica != Some(*id);
            let fresh = partition.isr.iter().filter(|id| !partition.elr.contains(id));
            target.elr = partition.elr.iter().chain(fresh).copied().filter(fits).collect();
        }
    }
    let elected = elect(&target, change, rules, &may_lead);
    target.leader = elected.leader;
    if let Some(leader) = elected.leader {
        if elected.unclean {
            target.isr = Ids::from(&[leader][..]);
            target.elr = Ids::none();
            target.last_known_elr = Ids::none();
        } else if target.elr.contains(&leader) {
            target.isr = Ids::from(&[leader][..]);
            target.elr = target.elr.without(leader);
            target.last_known_elr = Ids::none();
        }
    } else if rules.elr
        && target.isr.is_empty()
        && let Some(last) = partition.leader
    {
        target.last_known_elr = Ids::from(&[last][..]);
    }
    if target.isr.is_empty() && !rules.elr {
        // Without eligible replicas the last member stays, so that it is known who may lead.
        target.isr = partition.isr.clone();
    }
    if target == *partition {
        return false;
    }
    if target.leader != partition.leader {
        target.leader_epoch = target.leader_epoch.saturating_add(1);
    }
    target.partition_epoch = target.partition_epoch.saturating_add(1);
    *partition = target;
    true
}

fn elect(target: &PartitionImage, change: &Change, rules: Rules, may_lead: &impl Fn(i32) -> bool) -> Elected {
    let clean = |leader: Option<i32>| Elected {
        leader,
        unclean: false,
    };
    let fits = |id: i32| {
        let eligible = rules.elr && target.isr.is_empty() && target.elr.contains(&id);
        (target.isr.contains(&id) || eligible) && may_lead(id)
    };
    let preferred = target.replicas.first().copied().filter(|id| fits(*id));
    if change.wanted == Wanted::Preferred && preferred.is_some() {
        return clean(preferred);
    }
    if target.leader.is_some_and(fits) {
        return clean(target.leader);
    }
    if let Some(first) = target.replicas.iter().copied().find(|id| fits(*id)) {
        return clean(Some(first));
    }
    let unclean = |leader| Elected {
        leader: Some(leader),
        unclean: true,
    };
    // The last leader may lead again where nobody else is known to have everything (`canElectLastKnownLeader`).
    if rules.elr
        && target.isr.is_empty()
        && target.elr.is_empty()
        && let [last] = target.last_known_elr[..]
        && may_lead(last)
    {
        return unclean(last);
    }
    let any = target.replicas.iter().copied().find(|id| may_lead(*id));
    match any {
        Some(any) if rules.unclean => unclean(any),
        _ => clean(None),
    }
}

/// ZooKeeper mode: another leader is sought for a partition whose leader is gone or is to go
/// (`PartitionLeaderElectionAlgorithms`). `live` says which brokers count. Whether there is one now.
pub(super) fn elect_zookeeper(
    partition: &mut PartitionImage,
    rules: Rules,
    wanted: Wanted,
    live: impl Fn(i32) -> bool,
) -> bool {
    let in_sync = |id: i32| live(id) && partition.isr.contains(&id);
    let mut leader = if wanted == Wanted::Preferred {
        partition.replicas.first().copied().filter(|id| in_sync(*id))
    } else {
        partition.replicas.iter().copied().find(|id| in_sync(*id))
    };
    let mut isr: Ids = partition.isr.iter().copied().filter(|id| live(*id)).collect();
    if leader.is_none() && rules.unclean && wanted == Wanted::Present {
        leader = partition.replicas.iter().copied().find(|id| live(*id));
        isr = leader.into_iter().collect();
    }
    if leader.is_none() || (leader == partition.leader && isr == partition.isr) {
        return leader.is_some();
    }
    partition.leader = leader;
    partition.isr = isr;
    bump_both(partition);
    true
}

/// ZooKeeper mode: takes a replica out of an ISR, and out of the lead (`ReplicaStateMachine.removeReplicasFromIsr`,
/// with a new leader epoch in every case). Whether anything became different.
pub(super) fn remove_zookeeper(partition: &mut PartitionImage, id: i32) -> bool {
    if !partition.isr.contains(&id) {
        return false;
    }
    let last = partition.isr.len() == 1;
    if last && partition.leader != Some(id) {
        return false;
    }
    if partition.leader == Some(id) {
        partition.leader = None;
    }
    if !last {
        partition.isr = partition.isr.without(id);
    }
    bump_both(partition);
    true
}

/// ZooKeeper mode: the ISR that a leader proposes.
pub(super) fn alter_zookeeper(partition: &mut PartitionImage, isr: Ids) -> bool {
    if partition.isr == isr || isr.is_empty() {
        return false;
    }
    partition.isr = isr;
    partition.partition_epoch = partition.partition_epoch.saturating_add(1);
    true
}

fn bump_both(partition: &mut PartitionImage) {
    partition.leader_epoch = partition.leader_epoch.saturating_add(1);
    partition.partition_epoch = partition.partition_epoch.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(leader: Option<i32>, isr: &[i32], elr: &[i32], last: &[i32]) -> PartitionImage {
        PartitionImage {
            leader,
            leader_epoch: 5,
            partition_epoch: 9,
            replicas: Ids::from(&[1, 2, 3][..]),
            isr: isr.into(),
            elr: elr.into(),
            last_known_elr: last.into(),
        }
    }

    fn shown(partition: &PartitionImage) -> String {
        format!(
            "{:?} {}/{} isr {:?} elr {:?} last {:?}",
            partition.leader,
            partition.leader_epoch,
            partition.partition_epoch,
            partition.isr,
            partition.elr,
            partition.last_known_elr
        )
    }

    /// Takes one broker out of the ISR while these are live.
    fn removal(mut from: PartitionImage, gone: i32, live: &[i32], rules: Rules) -> String {
        let change = Change::isr(from.isr.without(gone));
        change_kraft(&mut from, &change, rules, |id| live.contains(&id));
        shown(&from)
    }

    const OLD: Rules = Rules {
        min_isr: 2,
        unclean: false,
        elr: false,
    };
    const NEW: Rules = Rules { elr: true, ..OLD };

    #[test]
    fn kraft_takes_brokers_out_as_kafka_does() {
        let whole = || partition(Some(1), &[1, 2, 3], &[], &[]);
        let two = || partition(Some(2), &[2, 3], &[], &[]);
        let one = |elr: &[i32]| partition(Some(3), &[3], elr, &[]);
        let unclean = Rules { unclean: true, ..OLD };
        let table = [
            (
                removal(whole(), 1, &[2, 3], OLD),
                "Some(2) 6/10 isr [2, 3] elr [] last []",
            ),
            (
                removal(whole(), 3, &[1, 2], NEW),
                "Some(1) 5/10 isr [1, 2] elr [] last []",
            ),
            (
                removal(two(), 2, &[3], OLD),
                "Some(3) 6/10 isr [3] elr [] last []",
            ),
            (
                removal(two(), 2, &[3], NEW),
                "Some(3) 6/10 isr [3] elr [2] last []",
            ),
            (removal(one(&[]), 3, &[], OLD), "None 6/10 isr [3] elr [] last []"),
            (
                removal(one(&[2]), 3, &[], NEW),
                "None 6/10 isr [] elr [2, 3] last [3]",
            ),
            (
                removal(one(&[]), 3, &[1], OLD),
                "None 6/10 isr [3] elr [] last []",
            ),
            (
                removal(one(&[]), 3, &[1], unclean),
                "Some(1) 6/10 isr [1] elr [] last []",
            ),
        ];
        for (found, expected) in table {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn kraft_elects_again_when_a_broker_is_back() {
        let back = |mut from: PartitionImage, live: &[i32], rules| {
            let change = Change::isr(from.isr.clone());
            change_kraft(&mut from, &change, rules, |id| live.contains(&id));
            shown(&from)
        };
        let table = [
            (
                back(partition(None, &[3], &[], &[]), &[1], OLD),
                "None 5/9 isr [3] elr [] last []",
            ),
            (
                back(partition(None, &[3], &[], &[]), &[1, 3], OLD),
                "Some(3) 6/10 isr [3] elr [] last []",
            ),
            (
                back(partition(None, &[], &[1, 2], &[1]), &[2], NEW),
                "Some(2) 6/10 isr [2] elr [1] last []",
            ),
            (
                back(partition(None, &[], &[], &[3]), &[2], NEW),
                "None 5/9 isr [] elr [] last [3]",
            ),
            (
                back(partition(None, &[], &[], &[3]), &[2, 3], NEW),
                "Some(3) 6/10 isr [3] elr [] last []",
            ),
        ];
        for (found, expected) in table {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn zookeeper_counts_an_epoch_for_every_removal() {
        let mut led = partition(Some(1), &[1, 2, 3], &[], &[]);
        assert!(elect_zookeeper(&mut led, OLD, Wanted::Present, |id| id != 1));
        assert_eq!(shown(&led), "Some(2) 6/10 isr [2, 3] elr [] last []");
        let mut followed = partition(Some(1), &[1, 2, 3], &[], &[]);
        assert!(remove_zookeeper(&mut followed, 3));
        assert_eq!(shown(&followed), "Some(1) 6/10 isr [1, 2] elr [] last []");
        let mut last = partition(Some(3), &[3], &[], &[]);
        assert!(remove_zookeeper(&mut last, 3));
        assert_eq!(shown(&last), "None 6/10 isr [3] elr [] last []");
        assert!(!remove_zookeeper(&mut last, 3) || last.leader.is_none());
    }
}
