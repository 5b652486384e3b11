//! The state of each broker, from two independent facts: does the cluster list it, does it answer us.

use std::collections::BTreeMap;

use crate::model::broker::{Answers, Broker, BrokerState, Endpoint, Listing, Load, LogDirs};
use crate::model::ids::BrokerId;
use crate::model::observation::{ListedBroker, Release};
use crate::model::reading::Reading;
use crate::model::text::Name;
use crate::model::time::{At, Since, Span};

use super::berths::Stop;
use super::links::{Link, Links};
use super::reconcile::{Sides, Table};

/// How long a broker may be silent on its way down, so that its silence belongs to the end of its process.
const SHUTDOWN: Span = Span::seconds(15);
/// Polls after which a contradiction counts.
const POLLS: u32 = 2;
/// A silent broker that a working controller still lists after this long is alive to its peers: the
/// default sessions end after 9 s (KRaft) and 18 s (ZooKeeper).
pub(super) const LISTED_ALL_THE_SAME: Span = Span::seconds(30);
/// How long one sight of replication counts as proof that a broker we cannot reach replicates.
const PROOF_LASTS: Span = Span::seconds(30);

/// What is kept of a broker between publications.
#[derive(Clone, Debug)]
pub(super) struct Known {
    endpoint: Option<Endpoint>,
    rack: Option<Name>,
    listing: Listing,
    state: Option<BrokerState>,
    since: Since,
    /// Whether its process was seen to end in the absence that lasts: what is started in vain ends again, and is gone since
    /// the first time.
    ended: bool,
    pub log_dirs: Reading<LogDirs>,
    pub release: Option<Release>,
    /// When its view was last compared, and for how many polls in a row it was dropped or out of date.
    compared_at: Option<At>,
    dropped_polls: u32,
    outdated_polls: u32,
    contradicting_polls: u32,
    replication_seen: Option<At>,
}

/// The brokers, each that was ever seen.
#[derive(Debug)]
pub(super) struct Standings {
    started: At,
    known: BTreeMap<BrokerId, Known>,
}

/// What a publication knows that the states rest on.
pub(super) struct Evidence<'a> {
    pub links: &'a Links,
    pub sides: &'a Sides,
    pub table: &'a Table,
    /// When the newest view of each witness came.
    pub viewed: &'a BTreeMap<BrokerId, At>,
    /// Fenced flags of DescribeCluster v2, by accepted witnesses.
    pub fenced: &'a BTreeMap<BrokerId, bool>,
    /// Brokers in whose presence in the ISR a high watermark was seen to move while they were silent.
    pub replicating: &'a [BrokerId],
    /// Brokers whose containers are known to have stopped, or to be frozen.
    pub stopped: &'a BTreeMap<BrokerId, Stop>,
    /// Whether a controller is known to work, which would have fenced a dead broker.
    pub controlled: bool,
}

impl Standings {
    pub fn new(started: At) -> Self {
        Self {
            started,
            known: BTreeMap::new(),
        }
    }

    /// The entry of a broker, made on first sight.
    pub fn entry(&mut self, id: BrokerId) -> &mut Known {
        let started = self.started;
        self.known.entry(id).or_insert_with(|| Known {
            endpoint: None,
            rack: None,
            listing: Listing::default(),
            state: None,
            since: Since::AtLeast(started),
            ended: false,
            log_dirs: Reading::default(),
            release: None,
            compared_at: None,
            dropped_polls: 0,
            outdated_polls: 0,
            contradicting_polls: 0,
            replication_seen: None,
        })
    }

    /// Takes the address and rack that somebody lists.
    pub fn learn(&mut self, listed: &ListedBroker) {
        let known = self.entry(listed.id);
        known.endpoint = Some(listed.endpoint.clone());
        known.rack.clone_from(&listed.rack);
    }

    /// Whether it is a broker that was ever seen.
    pub fn is_known(&self, id: BrokerId) -> bool {
        self.known.contains_key(&id)
    }

    /// Brokers that the accepted witnesses list.
    pub fn is_listed(&self, id: BrokerId) -> bool {
        self.known
            .get(&id)
            .is_some_and(|known| known.listing.listed == Some(true))
    }

    /// The number of partitions on which a witness contradicts the accepted table, for polls in a row.
    pub fn disputed(&self, table: &Table) -> u32 {
        let settled = |id: &BrokerId| {
            self.known
                .get(id)
                .is_some_and(|known| known.contradicting_polls >= POLLS)
        };
        table
            .contradictions
            .iter()
            .filter(|(id, _)| settled(id))
            .map(|(_, count)| *count)
            .max()
            .unwrap_or(0)
    }

    /// The brokers with their advertised addresses.
    pub fn endpoints(&self) -> impl Iterator<Item = (BrokerId, Option<&Endpoint>)> {
        self.known
            .iter()
            .map(|(id, known)| (*id, known.endpoint.as_ref()))
    }

    pub fn releases(&self) -> impl Iterator<Item = (BrokerId, &Release)> {
        self.known
            .iter()
            .filter_map(|(id, known)| Some((*id, known.release.as_ref()?)))
    }

    /// Judges every broker anew.
    pub fn judge(&mut self, evidence: &Evidence<'_>, now: At) {
        let first_look = !self.known.values().any(|known| known.state.is_some());
        for (id, known) in &mut self.known {
            known.judge(*id, evidence, now, first_look);
        }
    }

    /// The rows, with what each broker carries.
    pub fn brokers(
        &self,
        links: &Links,
        loads: Option<&BTreeMap<BrokerId, Load>>,
    ) -> BTreeMap<BrokerId, Broker> {
        let row = |(id, known): (&BrokerId, &Known)| {
            let answers = links.broker(*id).map_or(Answers::Untried, Link::answers);
            let broker = Broker {
                id: *id,
                endpoint: known.endpoint.clone(),
                rack: known.rack.clone(),
                listing: known.listing,
                answers,
                state: known.state,
                since: known.since,
                replicates: known.replication_seen.is_some(),
                caps_min_isr: known.release.as_ref().and_then(|release| release.caps_min_isr),
                load: loads.map(|loads| loads.get(id).copied().unwrap_or_default()),
                log_dirs: known.log_dirs.clone(),
            };
            (*id, broker)
        };
        self.known.iter().map(row).collect()
    }
}

impl Known {
    fn judge(&mut self, id: BrokerId, evidence: &Evidence<'_>, now: At, first_look: bool) {
        self.count_polls(id, evidence);
        let read = !evidence.viewed.is_empty();
        if read {
            let fenced = evidence.fenced.get(&id).copied();
            self.listing = Listing {
                listed: Some(evidence.sides.listed.contains(&id) && fenced != Some(true)),
                fenced,
            };
        }
        let link = evidence.links.broker(id);
        let silence = link.and_then(|link| link.silence());
        let answers = match link.map(Link::answers) {
            Some(Answers::Yes { .. }) => Some(true),
            Some(Answers::No { .. }) => Some(false),
            // Nobody can ask a broker whose address nobody tells.
            None if read && self.endpoint.is_none() => Some(false),
            Some(Answers::Untried) | None => None,
        };
        let stop = evidence
            .stopped
            .get(&id)
            .filter(|stop| link.is_none_or(|link| link.last_good().is_none_or(|good| good <= stop.seen)));
        self.see_replication(id, evidence, silence.map(|(since, _)| since), now);
        let contradicts = self.dropped_polls >= POLLS || self.outdated_polls >= POLLS;
        let state = match (self.listing.listed, answers) {
            // An answer since then would show that the container is not this broker's.
            _ if stop.is_some_and(|stop| !stop.frozen) => Some(BrokerState::Down),
            // What is frozen answers nobody, though no question of ours has timed out yet.
            (Some(false), _) if stop.is_some() => Some(BrokerState::Down),
            _ if stop.is_some() => Some(BrokerState::Unreachable),
            (_, Some(true)) if contradicts => Some(BrokerState::CutOff),
            // Dropped in the newest view only: the state before holds until the next poll settles it.
            (Some(false), Some(true)) => self.state.or(Some(BrokerState::Up)),
            (_, Some(true)) => Some(BrokerState::Up),
            // Not tried yet, and listed as fenced or named by replica lists only, is as good as silent.
            (Some(false), Some(false) | None) => Some(BrokerState::Down),
            (_, Some(false)) => Some(BrokerState::Unreachable),
            (_, None) => self.state,
        };
        let gone =
            |state: Option<BrokerState>| matches!(state, Some(BrokerState::Unreachable | BrokerState::Down));
        if let Some(stop) = stop {
            self.since = self.stopped_since(stop, gone(self.state), now);
            self.state = state;
            self.ended = true;
        } else if state != self.state {
            // Fencing only confirms what its silence showed before: the outage began with the silence.
            if !(gone(self.state) && gone(state)) {
                let at = silence.map_or(now, |(since, _)| since);
                self.since = if first_look || self.state.is_none() {
                    Since::AtLeast(at)
                } else {
                    Since::Exactly(at)
                };
            }
            self.state = state;
            self.ended &= gone(state);
        }
    }

    /// Since when a broker is gone whose container has stopped or is frozen: since its process ended, which the engine knows exactly,
    /// but for one that was gone long before.
    fn stopped_since(&self, stop: &Stop, was_gone: bool, now: At) -> Since {
        let finished = stop.finished.unwrap_or(stop.seen).min(now);
        if was_gone && self.ended && self.since.at() < finished {
            return self.since;
        }
        if was_gone && self.since.at().plus(SHUTDOWN) < finished {
            return self.since;
        }
        Since::Exactly(finished)
    }

    /// Counts the polls in a row in which this broker's own view was dropped by or behind its peers'.
    fn count_polls(&mut self, id: BrokerId, evidence: &Evidence<'_>) {
        let Some(viewed) = evidence.viewed.get(&id) else {
            if evidence.links.is_silent(id) {
                (self.dropped_polls, self.outdated_polls, self.contradicting_polls) = (0, 0, 0);
                self.compared_at = None;
            }
            return;
        };
        if self.compared_at == Some(*viewed) {
            return;
        }
        self.compared_at = Some(*viewed);
        let count = |polls: u32, holds: bool| if holds { polls.saturating_add(1) } else { 0 };
        self.dropped_polls = count(self.dropped_polls, evidence.sides.dropped.contains(&id));
        self.outdated_polls = count(self.outdated_polls, evidence.table.outdated.contains_key(&id));
        self.contradicting_polls = count(
            self.contradicting_polls,
            evidence.table.contradictions.contains_key(&id),
        );
    }

    fn see_replication(&mut self, id: BrokerId, evidence: &Evidence<'_>, silent: Option<At>, now: At) {
        let Some(silent) = silent else {
            self.replication_seen = None;
            return;
        };
        let listed = self.listing.listed == Some(true);
        if listed && evidence.replicating.contains(&id)
            || (listed && evidence.controlled && silent.age(now) > LISTED_ALL_THE_SAME)
        {
            self.replication_seen = Some(now);
        } else if !listed
            || self
                .replication_seen
                .is_some_and(|seen| seen.age(now) > PROOF_LASTS)
        {
            self.replication_seen = None;
        }
    }
}
