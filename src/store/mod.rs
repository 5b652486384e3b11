//! Floor 1: the single writer's state. Observations go in, snapshots come out; time is an argument.
//!
//! [`Store::apply`] takes facts in any order, late ones and duplicates included; [`Store::publish`]
//! reconciles what the brokers say and judges which of them take part. Invariants, held by the tests
//! of this module: a failed read never erases a good one; a leader epoch never goes backwards; a
//! broker once known stays; a number is complete or marked partial.

mod berths;
mod chronicle;
mod churn;
mod ends;
#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod group_tests;
mod groups;
mod links;
mod matching;
#[cfg(test)]
mod matching_kin_tests;
#[cfg(test)]
mod matching_tests;
mod offices;
mod partitions;
mod past;
#[cfg(test)]
mod past_tests;
mod places;
mod publish;
mod reconcile;
mod recorder;
mod reign;
mod settings;
mod standing;
#[cfg(test)]
pub(crate) mod testbed;
#[cfg(test)]
pub(crate) mod testbed_engine;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ensemble::{Ensemble, Member, MemberReport};
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::EngineFact;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact, ListedBroker, MetadataView, Observation, Offsets, ReplicaSizes};
use crate::model::progress::Progress;
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::reading::Reading;
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::model::topic::Reassignment;

use berths::Berths;
use chronicle::Chronicle;
use churn::ChurnLog;
use groups::GroupBook;
use links::Links;
use partitions::{NumberTable, ReadAt};
use reconcile::{Agreed, share};
use recorder::Recorder;
use settings::SettingsRead;
use standing::Standings;

/// One source's newest metadata.
#[derive(Debug)]
struct View {
    asked: At,
    at: At,
    content: Arc<MetadataView>,
}

/// Facts that can be placed only once it is settled who leads what.
#[derive(Debug)]
enum Pending {
    Ends(BrokerId, Offsets, ReadAt),
    Starts(BrokerId, Offsets, At),
    Sizes(BrokerId, ReplicaSizes),
    MinIsr(BTreeMap<Name, Result<i32, Failure>>, At),
    MinIsrFailed(Failure, At),
    Settings(BrokerId, SettingsRead, At),
    SettingsFailed(Failure, At),
}

/// Facts that wait for a publication are bounded: beyond this many the oldest go, and newer ones of the
/// same kind follow within a refresh.
const MOST_PENDING: usize = 1024;

/// All that is known, written by one task only.
#[derive(Debug)]
pub struct Store {
    started: At,
    refresh: Span,
    links: Links,
    views: BTreeMap<Origin, View>,
    fencing: BTreeMap<BrokerId, Reading<Vec<(ListedBroker, bool)>>>,
    quorums: BTreeMap<BrokerId, Reading<Quorum>>,
    /// Brokers that observed the quorum, as its leader told of each last.
    observers: BTreeMap<BrokerId, QuorumReplica>,
    standings: Standings,
    accepted: Accepted,
    numbers: NumberTable,
    pending: Vec<Pending>,
    reassignments: Reading<Arc<BTreeMap<PartitionId, Reassignment>>>,
    eligible: Reading<Arc<BTreeMap<PartitionId, Vec<BrokerId>>>>,
    groups: GroupBook,
    ensemble: Ensemble,
    berths: Berths,
    churn: ChurnLog,
    recorder: Recorder,
    chronicle: Chronicle,
    missing: BTreeMap<(Ask, Origin), Failure>,
    /// When each kind of fact was last read from anyone.
    read_at: BTreeMap<Ask, At>,
}

/// The accepted metadata of the last publication.
#[derive(Debug, Default)]
struct Accepted {
    topics: BTreeMap<Name, Agreed>,
    cluster_id: Option<Name>,
    controller: Option<BrokerId>,
    no_controller_since: Option<At>,
    read: Reading<()>,
    disputed: u32,
    /// Whether the newest views contradict each other at all.
    contradicted: bool,
}

impl Store {
    /// An empty store of a run that began at `started` and reads every `refresh`.
    pub fn new(started: At, refresh: Span) -> Self {
        Self {
            started,
            refresh,
            links: Links::default(),
            views: BTreeMap::new(),
            fencing: BTreeMap::new(),
            quorums: BTreeMap::new(),
            observers: BTreeMap::new(),
            standings: Standings::new(started),
            accepted: Accepted::default(),
            numbers: NumberTable::default(),
            pending: Vec::new(),
            reassignments: Reading::default(),
            eligible: Reading::default(),
            groups: GroupBook::default(),
            ensemble: Ensemble::default(),
            berths: Berths::default(),
            churn: ChurnLog::new(started),
            recorder: Recorder::new(started),
            chronicle: Chronicle::default(),
            missing: BTreeMap::new(),
            read_at: BTreeMap::new(),
        }
    }

    /// Names the ZooKeepers that are watched, so that they are rows before they answer.
    pub fn watch_ensemble(&mut self, addresses: impl IntoIterator<Item = Name>) {
        for address in addresses {
            self.member(&address, |_| ());
        }
    }

    /// Names a bootstrap address, so that it is a source before it answers.
    pub fn watch_bootstrap(&mut self, address: &Name) {
        self.links
            .connecting(&Origin::Bootstrap(address.clone()), address.clone());
    }

    /// Says that a container engine is looked for. `configured` holds names of containers, by a broker's or controller's id or a
    /// ZooKeeper's address.
    pub fn watch_engine(&mut self, configured: BTreeMap<String, Name>) {
        self.berths.watch(configured);
    }

    /// How old a fact read at every refresh may be before it counts as stale: two missed polls.
    pub fn patience(&self) -> Span {
        let interval = self
            .links
            .slowest_pace()
            .map_or(self.refresh, |pace| pace.max(self.refresh));
        Span(interval.0.saturating_mul(2).saturating_add(500))
    }

    /// Folds one observation.
    pub fn apply(&mut self, observation: Observation) {
        let Observation {
            from,
            asked,
            at,
            fact,
        } = observation;
        match fact {
            Fact::Connecting { address } => self.links.connecting(&from, address),
            Fact::Lost { why, retry_at } => self.lost(&from, why, retry_at, at),
            Fact::Paced(pace) => self.links.paced(&from, pace),
            Fact::Failed(ask, why) => self.failed(ask, &from, why, at),
            Fact::Answered { round_trip } => self.links.answered(&from, Some(round_trip), at),
            // Of another cluster, as it was before.
            Fact::SameMetadata if !self.views.contains_key(&from) => self.links.answered(&from, None, at),
            fact => {
                if let Fact::TopicSettings(_) = fact {
                    self.missing.retain(|(ask, _), _| *ask != Ask::TopicSettings);
                }
                if let Some(ask) = ask_of(&fact) {
                    self.missing.remove(&(ask, from.clone()));
                    self.read_at.insert(ask, at);
                }
                // What the controller lane brings says nothing about the broker's own answers.
                let is_answer = !matches!(
                    fact,
                    Fact::Quorum(_) | Fact::Reassignments(_) | Fact::Engine(EngineFact::Absent(_))
                );
                if is_answer {
                    self.links.answered(&from, None, at);
                }
                self.learnt(from, asked, at, fact);
            }
        }
    }

    /// Takes news of an act of this kaftop, which is an event as well.
    pub fn acted(&mut self, news: &Progress) {
        self.chronicle.act(news);
    }

    fn learnt(&mut self, from: Origin, asked: At, at: At, fact: Fact) {
        match (fact, &from) {
            (Fact::Metadata(content), _) => {
                if let Some(why) = self.foreign(&from, &content) {
                    self.views.remove(&from);
                    self.missing.insert((Ask::Metadata, from), why);
                    return;
                }
                for broker in &content.brokers {
                    self.standings.learn(broker);
                }
                if self.views.get(&from).is_none_or(|view| view.asked <= asked) {
                    let mut content = content;
                    share(Arc::make_mut(&mut content), &self.accepted.topics);
                    self.views.insert(from, View { asked, at, content });
                }
            }
            (Fact::SameMetadata, _) => {
                if let Some(view) = self.views.get_mut(&from).filter(|view| view.asked <= asked) {
                    (view.asked, view.at) = (asked, at);
                }
            }
            (Fact::Member(report), Origin::ZooKeeper(address)) => {
                self.member(address, |known| known.succeed(report, at));
            }
            (Fact::Engine(fact), Origin::Engine) => self.berths.learn(fact, asked, at),
            (fact, Origin::Broker(id)) => self.learnt_of_broker(*id, asked, at, fact),
            // A bootstrap address tells of the whole cluster only; the broker behind it speaks for itself.
            _ => {}
        }
    }

    /// Why this view is not of the cluster that is read: the first cluster id that anyone named.
    fn foreign(&mut self, from: &Origin, content: &MetadataView) -> Option<Failure> {
        let theirs = content.cluster_id.as_ref()?;
        let ours = self.accepted.cluster_id.get_or_insert_with(|| theirs.clone());
        (ours != theirs).then(|| {
            let detail = format!(
                "{from} belongs to cluster {theirs}, and the cluster that is read is {ours}: name the addresses of one cluster"
            );
            Failure::new(FailureKind::NotAsked, &detail)
        })
    }

    fn learnt_of_broker(&mut self, id: BrokerId, asked: At, at: At, fact: Fact) {
        match fact {
            Fact::Versions(release) => self.standings.entry(id).release = Some(release),
            Fact::Fencing(listed) => {
                for (broker, _) in &listed {
                    self.standings.learn(broker);
                }
                self.fencing.entry(id).or_default().succeed(listed, at);
            }
            Fact::Quorum(quorum) => self.quorums.entry(id).or_default().succeed(quorum, at),
            Fact::MinIsr(read) => self.wait(Pending::MinIsr(read, at)),
            Fact::TopicSettings(read) => self.wait(Pending::Settings(id, read, at)),
            Fact::EndOffsets(ends) => self.wait(Pending::Ends(id, ends, ReadAt { asked, at })),
            Fact::StartOffsets(starts) => self.wait(Pending::Starts(id, starts, at)),
            Fact::Groups(views) => self.groups.listed(id, views, at),
            Fact::LogDirs(dirs, sizes) => {
                self.standings.entry(id).log_dirs.succeed(dirs, at);
                self.wait(Pending::Sizes(id, sizes));
            }
            Fact::Reassignments(all) => self.reassignments.succeed(Arc::new(all), at),
            Fact::Eligible(all) => self.eligible.succeed(Arc::new(all), at),
            _ => {}
        }
    }

    fn lost(&mut self, from: &Origin, why: Failure, retry_at: Option<At>, at: At) {
        match from {
            Origin::ZooKeeper(address) => self.member(address, |known| known.fail(why.clone(), at)),
            Origin::Broker(id) => {
                // What the source as such says covers what its single reads said before.
                self.missing.retain(|(_, origin), _| origin != from);
                self.standings.entry(*id).log_dirs.fail(why.clone(), at);
            }
            Origin::Engine => self.berths.lost(&why, at),
            Origin::Bootstrap(_) => {}
        }
        self.links.lost(from, why, retry_at, at);
    }

    fn failed(&mut self, ask: Ask, from: &Origin, why: Failure, at: At) {
        match (ask, from) {
            (Ask::Quorum, Origin::Broker(id)) => self.quorums.entry(*id).or_default().fail(why.clone(), at),
            (Ask::Groups, Origin::Broker(id)) => self.groups.unlisted(*id, why.clone(), at),
            (Ask::Fencing, Origin::Broker(id)) => self.fencing.entry(*id).or_default().fail(why.clone(), at),
            (Ask::LogDirs, Origin::Broker(id)) => self.standings.entry(*id).log_dirs.fail(why.clone(), at),
            (Ask::Reassignments, _) => self.reassignments.fail(why.clone(), at),
            (Ask::Eligible, _) => self.eligible.fail(why.clone(), at),
            (Ask::MinIsr, _) => self.wait(Pending::MinIsrFailed(why.clone(), at)),
            (Ask::TopicSettings, _) => self.wait(Pending::SettingsFailed(why.clone(), at)),
            (Ask::Member, Origin::ZooKeeper(address)) => {
                self.member(address, |known| known.fail(why.clone(), at));
            }
            _ => {}
        }
        self.missing.insert((ask, from.clone()), why);
    }

    fn wait(&mut self, pending: Pending) {
        if self.pending.len() >= MOST_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(pending);
    }

    /// Changes the report of the member of that address, which becomes a row on first sight.
    fn member(&mut self, address: &Name, change: impl FnOnce(&mut Reading<MemberReport>)) {
        let members = &mut self.ensemble.members;
        if let Some(member) = members.iter_mut().find(|member| member.address == *address) {
            change(&mut member.report);
        } else {
            let mut report = Reading::default();
            change(&mut report);
            members.push(Member {
                address: address.clone(),
                report,
            });
        }
    }
}

fn ask_of(fact: &Fact) -> Option<Ask> {
    Some(match fact {
        Fact::Metadata(_) | Fact::SameMetadata => Ask::Metadata,
        Fact::Fencing(_) => Ask::Fencing,
        Fact::Quorum(_) => Ask::Quorum,
        Fact::MinIsr(_) => Ask::MinIsr,
        Fact::TopicSettings(_) => Ask::TopicSettings,
        Fact::EndOffsets(_) => Ask::EndOffsets,
        Fact::StartOffsets(_) => Ask::StartOffsets,
        Fact::Groups(_) => Ask::Groups,
        Fact::AllGroups => Ask::AllGroups,
        Fact::LogDirs(..) => Ask::LogDirs,
        Fact::Reassignments(_) => Ask::Reassignments,
        Fact::Eligible(_) => Ask::Eligible,
        Fact::Member(_) => Ask::Member,
        _ => return None,
    })
}
