//! The gate itself: the one place that every act passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::absent::absent;
use super::check::STEADY;
use super::elector::Elector;
use super::hand::{Fault, Hand};
use super::interruption::interrupted;
use super::marking::Mark;
use super::node::Done;
use super::post::{Means, Post, Tell};
use super::records::{self, Entry, Line, RecordError, Records};
use super::{elect, node, roll};
use crate::gate::{self, Mandate, Sightings};
use crate::health::Bulletin;
use crate::model::act::{Act, Deed, Node, Verb};
use crate::model::alert::Works;
use crate::model::plan::{Plan, Refusal};
use crate::model::progress::{Control, Ending, Happening, Outcome};
use crate::model::sighting::{Severing, Sighting};
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::source::clock::Clock;

/// How long one look before an act may take.
const LOOK: Duration = Duration::from_secs(10);
/// The longest that an act may take in all; what is reached only by a fault.
const LONGEST: Duration = Duration::from_secs(600);

/// Why a confirmed plan was not carried out. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// It no longer holds; this is the plan now.
    Changed(Box<Plan>),
    /// The act is not to be done.
    Refused(Refusal),
}

/// The gate through which every act passes.
#[derive(Debug)]
pub struct Gate<H, E> {
    pub(super) means: Means<H>,
    elector: E,
    busy: Mutex<BTreeMap<u64, Deed>>,
    numbers: AtomicU64,
    /// When it was made: what was written down before is of earlier runs.
    pub(super) made: At,
}

/// An act that is under way; no other one on its target begins before it is dropped.
struct Claim<'a> {
    busy: &'a Mutex<BTreeMap<u64, Deed>>,
    number: u64,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        locked(self.busy).remove(&self.number);
    }
}

fn locked(busy: &Mutex<BTreeMap<u64, Deed>>) -> MutexGuard<'_, BTreeMap<u64, Deed>> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether two acts must not be under way at once.
fn clash(one: &Deed, other: &Deed) -> bool {
    match (one, other) {
        (Deed::Node(_, one), Deed::Node(_, other)) => one == other,
        (Deed::Node(..), Deed::Elect(_)) | (Deed::Elect(_), Deed::Node(..)) => false,
        _ => true,
    }
}

impl<H: Hand, E: Elector> Gate<H, E> {
    /// A gate to a cluster that is watched.
    pub fn new(
        hand: H,
        elector: E,
        mandate: Mandate,
        bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
        records: Records,
        clock: Clock,
    ) -> Self {
        Self {
            means: Means {
                hand,
                mandate,
                bulletins,
                records,
                clock,
                steady: STEADY,
                works: watch::Sender::default(),
            },
            elector,
            busy: Mutex::default(),
            numbers: AtomicU64::new(1),
            made: clock.now(),
        }
    }

    /// Has every act that goes on marked there.
    #[must_use]
    pub fn marking(mut self, works: watch::Sender<Works>) -> Self {
        self.means.works = works;
        self
    }

    /// A number for the next act, other than that of any act before it.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// What may be done here.
    pub fn mandate(&self) -> &Mandate {
        &self.means.mandate
    }

    /// Where acts and what is not undone are written down.
    pub fn records(&self) -> &Records {
        &self.means.records
    }

    /// The newest that is known of the cluster.
    pub fn newest(&self) -> Option<Arc<Bulletin>> {
        self.means.bulletins.borrow().clone()
    }

    /// What an act would come to, by what is known now.
    ///
    /// # Errors
    /// It is not to be done.
    pub async fn plan(&self, act: &Act) -> Result<Plan, Refusal> {
        self.plan_on(act, None).await.map(|(plan, _)| plan)
    }

    /// What undoing this would come to.
    ///
    /// # Errors
    /// It cannot be undone, or there is nothing to undo.
    pub async fn plan_undo(&self, entry: &Entry, why: &str) -> Result<Plan, Refusal> {
        let act = Act::on(entry.undo(), entry.left.node.clone(), why);
        self.plan_on(&act, Some(entry)).await.map(|(plan, _)| plan)
    }

    async fn plan_on(&self, act: &Act, entry: Option<&Entry>) -> Result<(Plan, Sightings), Refusal> {
        let refused = |why: String| Refusal {
            act: act.clone(),
            why,
        };
        // What is refused anyway looks at nothing.
        if let Some(why) = self.means.mandate.refusal() {
            return Err(refused(why));
        }
        let bulletin = self.means.bulletins.borrow().clone();
        let Some(bulletin) = bulletin else {
            return Err(refused(
                "nothing is known of the cluster yet; wait a moment.".to_owned(),
            ));
        };
        let sightings = self.sight_all(act, entry, &bulletin).await.map_err(refused)?;
        let absent = Box::pin(absent(&self.means, &act.deed, &bulletin)).await;
        let absent = absent.as_deref().map_err(String::as_str);
        let plan = gate::plan(act, &self.means.mandate, &bulletin, &sightings, absent)?;
        Ok((plan, sightings))
    }

    /// Looks at all processes that an act is about.
    async fn sight_all(
        &self,
        act: &Act,
        entry: Option<&Entry>,
        bulletin: &Bulletin,
    ) -> Result<Sightings, String> {
        let mut sightings = Sightings::new();
        for node in gate::nodes(act, &bulletin.snapshot) {
            let sighting = self.sight(&node, entry, bulletin).await;
            sightings.insert(node, sighting.map_err(|fault| fault.sentence())?);
        }
        Ok(sightings)
    }

    /// Keeps every other kaftop of this user from the processes that an act is about. Where that cannot be done, what gives
    /// back goes on without, and this says why.
    async fn locked(
        &self,
        act: &Act,
        entry: Option<&Entry>,
    ) -> Result<Result<records::Held, RecordError>, Refusal> {
        let refused = |why: String| Refusal {
            act: act.clone(),
            why,
        };
        let Some(bulletin) = self.newest() else {
            return Ok(Ok(records::Held::default()));
        };
        let sightings = self.sight_all(act, entry, &bulletin).await.map_err(refused)?;
        let handles: BTreeSet<Name> = sightings.into_values().map(|seen| seen.handle).collect();
        let records = &self.means.records;
        let words = format!("{} is about to {}", records.who, act.deed);
        match records.locks.take(handles.into_iter().collect(), words).await {
            Ok(Ok(held)) => Ok(Ok(held)),
            Ok(Err(other)) => Err(refused(if other.is_empty() {
                "another kaftop acts on it; wait until that is over.".to_owned()
            } else {
                format!("another kaftop acts on it: {other}; wait until that is over, or end that process.")
            })),
            Err(error) if act.deed.gives_back() => Ok(Err(error)),
            Err(error) => Err(refused(format!(
                "{error}; what cannot be written down is not done."
            ))),
        }
    }

    /// Looks at the process of a node, and at what the journal says of it.
    async fn sight(
        &self,
        node: &Node,
        entry: Option<&Entry>,
        bulletin: &Bulletin,
    ) -> Result<Sighting, Fault> {
        let hand = &self.means.hand;
        let look = async {
            match entry {
                Some(entry) if entry.world != hand.world() => Err(Fault::new(&format!(
                    "{} belongs to {}, and this is {}",
                    entry.left.shown,
                    entry.world,
                    hand.world()
                ))),
                Some(entry) => hand.look(&entry.handle).await,
                None => hand.find(node, bulletin).await,
            }
        };
        let mut sighting = timeout(LOOK, look)
            .await
            .unwrap_or_else(|_| Err(Fault::new("the process could not be looked at within 10 s")))?;
        let left = self.means.records.journal.left().await;
        let cut = left.is_ok_and(|left| {
            left.entries.iter().any(|entry| {
                entry.left.verb == Verb::Cut
                    && entry.handle == sighting.handle
                    && !node::hangs_on(&sighting, &entry.ties)
            })
        });
        if cut {
            sighting.severing = Severing::Already;
        }
        Ok(sighting)
    }

    /// Carries out a confirmed plan, if it still holds when all is looked at again.
    ///
    /// # Errors
    /// It no longer holds, or is not to be done: nothing has changed then.
    pub async fn carry_out(
        &self,
        plan: &Plan,
        number: u64,
        steer: watch::Receiver<Control>,
        tell: Tell<'_>,
    ) -> Result<Outcome, Unmet> {
        self.carry_out_on(plan, None, (number, steer), tell).await
    }

    /// Undoes what is left, if the confirmed plan still holds.
    ///
    /// # Errors
    /// It no longer holds, or is not to be done: nothing has changed then.
    pub async fn undo(
        &self,
        plan: &Plan,
        entry: &Entry,
        number: u64,
        steer: watch::Receiver<Control>,
        tell: Tell<'_>,
    ) -> Result<Outcome, Unmet> {
        self.carry_out_on(plan, Some(entry), (number, steer), tell).await
    }

    async fn carry_out_on(
        &self,
        plan: &Plan,
        entry: Option<&Entry>,
        (number, steer): (u64, watch::Receiver<Control>),
        tell: Tell<'_>,
    ) -> Result<Outcome, Unmet> {
        let claim = self.claim(number, &plan.act).map_err(Unmet::Refused)?;
        let held = self.locked(&plan.act, entry).await.map_err(Unmet::Refused)?;
        let (now, sightings) = self.plan_on(&plan.act, entry).await.map_err(Unmet::Refused)?;
        if now != *plan {
            return Err(Unmet::Changed(Box::new(now)));
        }
        let post = Post {
            means: &self.means,
            act: plan.act.clone(),
            number,
            began: self.means.clock.now(),
            steer,
            tell,
        };
        if let Err(error) = &held {
            post.say(format!(
                "WARNING: {error}. It is done all the same; let no other kaftop act on it."
            ));
        }
        let outcome = Box::pin(self.recorded(&post, &now, &sightings))
            .await
            .map_err(Unmet::Refused)?;
        drop((held, claim));
        post.happened(Happening::Ended(outcome.clone()));
        Ok(outcome)
    }

    fn claim(&self, number: u64, act: &Act) -> Result<Claim<'_>, Refusal> {
        let mut busy = locked(&self.busy);
        if let Some(other) = busy.values().find(|other| clash(other, &act.deed)) {
            return Err(Refusal {
                act: act.clone(),
                why: format!("kaftop is about to {other}; wait until that is over."),
            });
        }
        busy.insert(number, act.deed.clone());
        Ok(Claim {
            busy: &self.busy,
            number,
        })
    }

    /// Writes the act down, carries it out, and writes down what became of it.
    async fn recorded(
        &self,
        post: &Post<'_, H>,
        plan: &Plan,
        sightings: &Sightings,
    ) -> Result<Outcome, Refusal> {
        let records = &self.means.records;
        let id = format!("{}-{}-{}", post.began.0, std::process::id(), post.number);
        let cluster_id = post
            .bulletin()
            .and_then(|bulletin| Some(bulletin.snapshot.cluster.id.as_ref()?.to_string()));
        let cluster = (self.means.mandate.cluster.as_str(), cluster_id);
        let line = Line::before(&id, &records.who, cluster, plan, post.began);
        if let Err(error) = records.audit.write(&line).await {
            if !plan.act.deed.gives_back() {
                return Err(Refusal {
                    act: plan.act.clone(),
                    why: format!("{error}; what cannot be written down is not done."),
                });
            }
            post.say(format!(
                "WARNING: {error}. It is done all the same, without a record."
            ));
        }
        let longest = match &plan.act.deed {
            Deed::Roll => roll::longest(sightings.len()),
            _ => LONGEST,
        };
        let mark = match &plan.act.deed {
            Deed::Node(verb, node) => Some(Mark::begin(&self.means.works, *verb, node)),
            // A rolling restart consists of acts that are marked each; an election is no outage.
            Deed::Elect(_) | Deed::Roll => None,
        };
        let doing = async {
            match &plan.act.deed {
                Deed::Node(verb, node) => match sightings.get(node) {
                    Some(sighting) => node::carry_out(post, *verb, node, sighting).await,
                    None => Done::failed("Nothing was done: its process was not looked at."),
                },
                Deed::Elect(scope) => elect::carry_out(post, &self.elector, scope).await,
                // A rolling restart consists of acts that are recorded each.
                Deed::Roll => Box::pin(roll::carry_out(self, post)).await,
            }
        };
        let done = tokio::select! {
            done = timeout(longest, doing) => done.unwrap_or_else(|_| Done {
                ending: Ending::Unverified,
                words: "It was given up: it took too long. What is left stands in the journal.".to_owned(),
            }),
            done = interrupted(post, &plan.act.deed, sightings) => done,
        };
        let now = post.now();
        if let Some(mark) = mark.filter(|_| done.ending == Ending::Done) {
            mark.done(now);
        }
        let outcome = Outcome {
            ending: done.ending,
            words: done.words,
            took: post.began.age(now),
        };
        if let Err(error) = records.audit.write(&line.after(&outcome, now)).await {
            post.say(format!(
                "WARNING: {error}. What became of the act is not recorded."
            ));
        }
        Ok(outcome)
    }

    /// One act that is a part of another: planned anew, and never done against a blocker.
    pub(super) async fn part(&self, post: &Post<'_, H>, act: Act) -> Outcome {
        let failed = |words: String| Outcome {
            ending: Ending::Failed,
            words,
            took: Span(0),
        };
        let (plan, sightings) = match self.plan_on(&act, None).await {
            Ok(planned) => planned,
            Err(refusal) => return failed(refusal.why),
        };
        if let Some(blocker) = plan.blockers.first() {
            return failed(format!("{blocker}."));
        }
        let part = Post {
            means: post.means,
            act,
            number: post.number,
            began: post.now(),
            // Each part is brought to its end.
            steer: watch::channel(Control::Go).1,
            tell: post.tell,
        };
        Box::pin(self.recorded(&part, &plan, &sightings))
            .await
            .unwrap_or_else(|refusal| failed(refusal.why))
    }
}
