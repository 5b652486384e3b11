//! From the facts that came in to a snapshot: reconcile, judge who takes part, place the numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::broker::{Endpoint, Load};
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Ask, MetadataView};
use crate::model::reading::{Failing, Reading};
use crate::model::snapshot::{Intake, Metadata, Missing, Snapshot, Times};
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::model::topic::Topic;

use super::matching::Wanted;
use super::offices::Coordinators;
use super::past::{Changes, Present};
use super::reconcile::{Sides, Table, Witness, reconcile, sides};
use super::standing::Evidence;
use super::{Pending, Store};

/// Most topics, and most groups, of which each is named that something of it is denied.
const MOST_DENIED: usize = 5;
/// A fact that any broker can tell is not missing while one of them told it within this time, which is longer
/// than the longest pause between two reads of such a fact.
const TOLD_LATELY: Span = Span::seconds(90);

/// A broker's usable metadata with its stamps.
pub(super) struct Word {
    pub broker: BrokerId,
    asked: At,
    at: At,
    pub content: Arc<MetadataView>,
}

impl Store {
    /// Whether the newest views contradict each other, so that a one-shot should ask again.
    pub fn disagrees(&self) -> bool {
        self.accepted.contradicted
    }

    /// Everything known at `now`.
    pub fn publish(&mut self, now: At) -> Snapshot {
        self.churn.advance(now);
        let words = self.words(now);
        let (sides, table, changes) = self.accept(&words, now);
        self.place_pending();
        let viewed_asked: BTreeMap<BrokerId, At> =
            words.iter().map(|word| (word.broker, word.asked)).collect();
        self.judge(&words, &sides, &table, &viewed_asked, now);
        self.fail_unread(now);
        let topics = self.numbers.topics(&self.accepted.topics);
        let loads = self.accepted.read.value().is_some().then(|| loads(&topics));
        let brokers = self.standings.brokers(&self.links, loads.as_ref());
        let gone = self.silent_failures();
        let up = brokers
            .values()
            .filter(|broker| broker.is_up())
            .map(|broker| broker.id);
        let coordinators =
            Coordinators::of(&topics).unwrap_or_else(|| Coordinators::any_of(up.chain(gone.keys().copied())));
        let quorum = self.quorum_with_observers(now);
        let cluster = self.cluster(&quorum);
        let groups = self
            .groups
            .publish(&self.numbers, &gone, &coordinators, self.patience(), now);
        let sources = self.links.sources();
        let fleet = self.berths.fleet();
        self.keep(
            changes,
            Present {
                words: &words,
                brokers: &brokers,
                cluster: &cluster,
                quorum: &quorum,
                groups: &groups,
                sources: &sources,
                fleet: &fleet,
            },
            now,
        );
        Snapshot {
            times: Times {
                taken_at: now,
                watching_since: self.started,
                patience: self.patience(),
            },
            cluster,
            metadata: Metadata {
                read: self.accepted.read.clone(),
                reassignments: self.reassignments.clone(),
                eligible: self.eligible.clone(),
                disputed: self.accepted.disputed,
            },
            groups,
            brokers,
            topics,
            quorum,
            ensemble: self.ensemble.clone(),
            fleet: Arc::new(fleet),
            churn: self.churn.table(),
            history: self.recorder.history(),
            events: self.chronicle.log(),
            intake: Intake {
                sources,
                missing: self.missing(&words, now),
            },
        }
    }

    /// The words that count: of brokers that answer and told lately; before any broker is known, those of
    /// bootstrap addresses, under negative ids since it is not known which brokers stand behind them.
    fn words(&self, now: At) -> Vec<Word> {
        let patience = Span(self.patience().0.saturating_add(self.refresh.0));
        let word = |broker: BrokerId, view: &super::View| Word {
            broker,
            asked: view.asked,
            at: view.at,
            content: Arc::clone(&view.content),
        };
        let fresh = |view: &super::View| view.at.age(now) <= patience;
        let brokers: Vec<Word> = self
            .views
            .iter()
            .filter_map(|(origin, view)| match origin {
                Origin::Broker(id) if fresh(view) && !self.links.is_silent(*id) => Some(word(*id, view)),
                _ => None,
            })
            .collect();
        if !brokers.is_empty() {
            return brokers;
        }
        let bootstraps = self
            .views
            .iter()
            .filter(|(origin, view)| matches!(origin, Origin::Bootstrap(_)) && fresh(view));
        // Once brokers spoke for themselves, an old word of a bootstrap address is no news of them.
        let spoken = self
            .views
            .keys()
            .any(|origin| matches!(origin, Origin::Broker(_)));
        if spoken {
            return Vec::new();
        }
        let pseudonyms = (1..).map(|n: i32| BrokerId(-n));
        pseudonyms
            .zip(bootstraps)
            .map(|(id, (_, view))| word(id, view))
            .collect()
    }

    /// Reconciles the words and takes the result as the accepted table.
    fn accept(&mut self, words: &[Word], now: At) -> (Sides, Table, Option<Changes>) {
        let witnesses: Vec<Witness<'_>> = words
            .iter()
            .map(|word| Witness {
                broker: word.broker,
                view: &word.content,
            })
            .collect();
        let mut sides = sides(&witnesses);
        sides.dropped.retain(|id| id.0 >= 0);
        let mut table = reconcile(&witnesses, &sides, &self.accepted.topics);
        self.accepted.contradicted = !table.contradictions.is_empty() || !sides.dropped.is_empty();
        let Some(newest) = words
            .iter()
            .filter(|word| sides.accepted.contains(&word.broker))
            .max_by_key(|word| word.at)
        else {
            let why = self.why_no_metadata();
            if let Some(why) = why {
                self.accepted.read.fail(why, now);
            }
            return (sides, table, None);
        };
        self.accepted.read.succeed((), newest.at);
        self.accepted.controller = majority(
            words
                .iter()
                .filter(|word| sides.accepted.contains(&word.broker))
                .map(|word| word.content.controller),
        );
        if self.accepted.controller.is_some() {
            self.accepted.no_controller_since = None;
        } else {
            self.accepted.no_controller_since.get_or_insert(now);
        }
        let topics = std::mem::take(&mut table.topics);
        let changes = self.compare(&topics, newest.at);
        // A broker that a replica list names is a row, also when nobody lists it.
        for (name, topic) in &topics {
            let before = self.accepted.topics.get(name);
            if before.is_some_and(|before| Arc::ptr_eq(&before.partitions, &topic.partitions)) {
                continue;
            }
            for replica in topic.partitions.iter().flat_map(|partition| &partition.replicas) {
                self.standings.entry(*replica);
            }
        }
        self.numbers.follow(&topics);
        self.accepted.topics = topics;
        (sides, table, Some(changes))
    }

    /// Why nobody tells; of the kind `Refused` only where every one refuses.
    fn why_no_metadata(&self) -> Option<Failure> {
        let silent = self.silent_failures();
        if silent.is_empty() {
            return most_telling(self.links.failed_bootstraps()).cloned();
        }
        let first = most_telling(silent.values())?;
        Some(Failure::new(first.kind, &format!("no broker answers; {first}")))
    }

    /// Places what waited for the question of who leads what.
    fn place_pending(&mut self) {
        if self.accepted.read.value().is_none() {
            return;
        }
        let topics = &self.accepted.topics;
        for pending in self.pending.drain(..) {
            match pending {
                Pending::Ends(broker, ends, read) => self.numbers.ends(topics, broker, &ends, read),
                Pending::Starts(broker, starts, at) => self.numbers.starts(topics, broker, &starts, at),
                Pending::Sizes(broker, sizes) => self.numbers.sizes(topics, broker, &sizes),
                Pending::MinIsr(read, at) => self.numbers.min_isr(read, at),
                Pending::MinIsrFailed(why, at) => self.numbers.min_isr_failed(&why, at),
                Pending::Settings(broker, read, at) => {
                    let changes = self.numbers.settings(broker, read, at);
                    self.chronicle.settings(changes, at);
                }
                Pending::SettingsFailed(why, at) => self.numbers.settings_failed(&why, at),
            }
        }
    }

    fn judge(
        &mut self,
        words: &[Word],
        sides: &Sides,
        table: &Table,
        viewed_asked: &BTreeMap<BrokerId, At>,
        now: At,
    ) {
        let viewed = words.iter().map(|word| (word.broker, word.at)).collect();
        let silent: BTreeMap<BrokerId, At> = self
            .links
            .silent_brokers()
            .filter(|(id, _, _)| self.standings.is_listed(*id))
            .map(|(id, since, _)| (id, since))
            .collect();
        let replicating = self
            .numbers
            .replicating(&self.accepted.topics, &silent, viewed_asked);
        let fenced = self.fenced(sides, now);
        let controlled = self.controlled(now);
        self.settle_berths();
        let stopped = self.berths.stopped();
        let evidence = Evidence {
            links: &self.links,
            stopped: &stopped,
            sides,
            table,
            viewed: &viewed,
            fenced: &fenced,
            replicating: &replicating,
            controlled,
        };
        self.standings.judge(&evidence, now);
        self.accepted.disputed = self.standings.disputed(table);
    }

    /// Settles which container is which node's: of brokers, of ZooKeepers, and of voters that are no brokers.
    fn settle_berths(&mut self) {
        if !self.berths.is_watched() {
            return;
        }
        let brokers = self.standings.endpoints().map(|(id, endpoint)| Wanted {
            node: Node::Broker(id),
            endpoint: endpoint.cloned(),
        });
        let members = self.ensemble.members.iter().map(|member| Wanted {
            node: Node::ZooKeeper(member.address.clone()),
            endpoint: Endpoint::parse(&member.address),
        });
        let voters: BTreeSet<BrokerId> = self
            .quorums
            .values()
            .filter_map(Reading::value)
            .flat_map(|quorum| quorum.voters.iter().map(|voter| voter.id))
            .chain(self.berths.voters(self.accepted.cluster_id.as_ref()))
            .collect();
        let controllers = voters
            .into_iter()
            .filter(|id| !self.standings.endpoints().any(|(broker, _)| broker == *id))
            .map(|id| Wanted {
                node: Node::Controller(id),
                endpoint: None,
            });
        let wanted = brokers.chain(members).chain(controllers).collect();
        self.berths.settle(wanted, self.accepted.cluster_id.as_ref());
    }

    fn silent_failures(&self) -> BTreeMap<BrokerId, Failure> {
        self.links
            .silent_brokers()
            .map(|(id, _, why)| (id, why.clone()))
            .collect()
    }

    /// Marks what cannot be read now since its leader does not tell.
    fn fail_unread(&mut self, now: At) {
        let silent = self.links.silent_brokers().map(|(id, since, why)| {
            (
                id,
                Arc::new(Failing {
                    since,
                    why: why.clone(),
                }),
            )
        });
        let mut failing: BTreeMap<BrokerId, Arc<Failing>> = silent.collect();
        for ((ask, origin), why) in &self.missing {
            if let (Ask::EndOffsets, Origin::Broker(id)) = (ask, origin) {
                failing.entry(*id).or_insert_with(|| {
                    Arc::new(Failing {
                        since: now,
                        why: why.clone(),
                    })
                });
            }
        }
        self.numbers.fail_ends(&self.accepted.topics, &failing, now);
    }

    fn missing(&self, words: &[Word], now: At) -> Vec<Missing> {
        let mut by_ask: BTreeMap<Ask, Vec<(Name, Failure)>> = BTreeMap::new();
        let told_by_another = |ask: Ask| {
            ask.is_shared()
                && self
                    .read_at
                    .get(&ask)
                    .is_some_and(|at| at.age(now) <= TOLD_LATELY)
        };
        for ((ask, origin), why) in self.missing.iter().filter(|((ask, _), _)| !told_by_another(*ask)) {
            by_ask
                .entry(*ask)
                .or_default()
                .push((Name::from(origin.to_string()), why.clone()));
        }
        let denied: BTreeMap<&Name, &Failure> = words
            .iter()
            .flat_map(|word| &word.content.denied)
            .map(|(topic, why)| (topic, why))
            .collect();
        for (topic, why) in denied {
            by_ask
                .entry(Ask::Metadata)
                .or_default()
                .push((topic.clone(), why.clone()));
        }
        let topics = self
            .numbers
            .denied()
            .map(|(topic, why)| (Ask::MinIsr, topic, why));
        let mut denied: BTreeMap<Ask, Vec<(Name, Failure)>> = BTreeMap::new();
        for (ask, name, why) in topics.chain(self.groups.denied()) {
            denied.entry(ask).or_default().push((name.clone(), why.clone()));
        }
        for (ask, some) in denied {
            by_ask.entry(ask).or_default().extend(first_few(some));
        }
        by_ask.into_iter().map(|(ask, by)| Missing { ask, by }).collect()
    }
}

/// The first few of what is denied, and how many more there are: an ACL seldom denies one alone.
fn first_few(mut denied: Vec<(Name, Failure)>) -> Vec<(Name, Failure)> {
    let more = denied.len().saturating_sub(MOST_DENIED);
    denied.truncate(MOST_DENIED);
    if more > 0 {
        let why = Failure::new(FailureKind::Denied, "denied likewise");
        denied.push((Name::from(format!("{more} more")), why));
    }
    denied
}

/// The first failure that is no refusal, else the first.
fn most_telling<'a>(mut failures: impl Iterator<Item = &'a Failure>) -> Option<&'a Failure> {
    let first = failures.next()?;
    if first.kind != FailureKind::Refused {
        return Some(first);
    }
    failures
        .find(|why| why.kind != FailureKind::Refused)
        .or(Some(first))
}

/// What most say, none included; on a tie the highest id.
fn majority(said: impl Iterator<Item = Option<BrokerId>>) -> Option<BrokerId> {
    let mut votes: BTreeMap<Option<BrokerId>, usize> = BTreeMap::new();
    for id in said {
        *votes.entry(id).or_default() += 1;
    }
    votes
        .into_iter()
        .max_by_key(|(id, count)| (*count, *id))
        .and_then(|(id, _)| id)
}

fn loads(topics: &BTreeMap<Name, Arc<Topic>>) -> BTreeMap<BrokerId, Load> {
    let mut loads: BTreeMap<BrokerId, Load> = BTreeMap::new();
    for partition in topics.values().flat_map(|topic| &topic.partitions) {
        if let Some(leader) = partition.leader {
            loads.entry(leader).or_default().leaders += 1;
        }
        if let Some(preferred) = partition.preferred() {
            loads.entry(preferred).or_default().preferred += 1;
        }
        for replica in &partition.replicas {
            loads.entry(*replica).or_default().replicas += 1;
        }
        for replica in &partition.isr {
            loads.entry(*replica).or_default().in_sync += 1;
        }
    }
    loads
}
