//! One act without a screen: the cluster is watched for as long as it takes, the act passes the same gate.

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, eyre};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::deeds::elector;
use super::flow::{self, runtime};
use super::options::Target;
use super::told;
use crate::act::records::{Entry, Records};
use crate::act::{Containers, Gate, ThroughKafka, Unmet};
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::act::{Act, Deed, Node};
use crate::model::cluster::Mode;
use crate::model::plan::{Plan, Refusal};
use crate::model::progress::{Control, Ending, Outcome, Progress};

/// How long the first facts of the cluster are waited for: what was not read by then speaks against an act.
const KNOWN: Duration = Duration::from_secs(8);
/// How often is looked meanwhile.
const LOOK: Duration = Duration::from_millis(100);
/// How often a plan that changed is shown anew.
const SHOWN: usize = 3;

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Task {
    /// One act.
    Act(Act),
    /// What kaftop has stopped, paused or cut off is undone.
    Heal,
}

/// What an errand tells.
#[derive(Debug)]
pub enum Said<'a> {
    /// What an act would come to.
    Plan(&'a Plan),
    /// What was confirmed no longer holds; the plan that follows does.
    Changed,
    /// An act is not done.
    Refused(&'a Refusal),
    /// An act goes on.
    Progress(&'a Progress),
    /// A sentence.
    Note(&'a str),
}

/// Whom an errand tells, and who confirms its plans.
pub trait Clerk: Send + Sync + 'static {
    /// Something happened.
    fn tell(&self, said: &Said<'_>);

    /// Whether the plan is confirmed; it may wait for a person.
    fn confirms(&self, plan: &Plan) -> bool;

    /// Whether a person can be shown a plan that changed.
    fn is_there(&self) -> bool;
}

/// How an errand is run.
#[derive(Debug)]
pub struct Errand {
    /// What is to be done.
    pub task: Task,
    /// What may be done.
    pub mandate: Mandate,
    /// Where it is written down.
    pub records: Records,
    /// Whether nothing is to be done but to say what would be.
    pub dry_run: bool,
}

/// How an errand ended, the worst of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// Done and verified, or nothing to do.
    Done,
    /// Done, and not verified.
    Unverified,
    /// Not done, or not confirmed.
    Refused,
    /// It failed.
    Failed,
}

/// Runs an errand on a cluster.
///
/// # Errors
/// No runtime could be had, or a part ended by a fault of kaftop.
pub fn errand(target: Target, errand: Errand, clerk: &Arc<impl Clerk>) -> Result<Ended, Report> {
    let runtime = runtime()?;
    let clerk = Arc::clone(clerk);
    let ended = runtime.block_on(async {
        let (bulletins, newest) = watch::channel(None);
        let Errand {
            task,
            mandate,
            records,
            dry_run,
        } = errand;
        let hand = Containers::new(target.engine.clone());
        let elector = elector(&target);
        let gate = Gate::new(hand, elector, mandate, newest, records, target.eye.clock);
        let (end, told) = watch::channel(false);
        let session = Session {
            gate,
            clerk,
            dry_run,
            told,
        };
        tokio::select! {
            never = told::listen(end) => match never {},
            fault = flow::run(target, bulletins, |_| {}) => Err(eyre!(fault)),
            ended = session.run(task) => Ok(ended),
        }
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    ended
}

struct Session<C> {
    gate: Gate<Containers, ThroughKafka>,
    clerk: Arc<C>,
    dry_run: bool,
    /// Whether kaftop was told to end.
    told: watch::Receiver<bool>,
}

impl<C: Clerk> Session<C> {
    /// Does this, unless kaftop is told to end; what is dropped then must have changed nothing.
    async fn unless_told<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let mut told = self.told.clone();
        tokio::select! {
            biased;
            Ok(_) = told.wait_for(|told| *told) => None,
            done = what => Some(done),
        }
    }

    fn left_off(&self) -> Ended {
        self.clerk
            .tell(&Said::Note("Kaftop was told to end: nothing more was done."));
        Ended::Refused
    }

    async fn run(&self, task: Task) -> Ended {
        // What is not allowed reads nothing.
        if let (Some(why), Task::Act(act)) = (self.gate.mandate().refusal(), &task) {
            self.clerk.tell(&Said::Refused(&Refusal {
                act: act.clone(),
                why,
            }));
            return Ended::Refused;
        }
        match task {
            Task::Act(act) => {
                if self.unless_told(self.known(&act.deed)).await.is_none() {
                    return self.left_off();
                }
                Box::pin(self.one(&act, None)).await
            }
            Task::Heal => Box::pin(self.heal()).await,
        }
    }

    /// Waits until enough is known of the cluster to say what a deed would do, or for as long as that may take.
    async fn known(&self, deed: &Deed) {
        self.wait_until(|bulletin| {
            let fleet = &bulletin.snapshot.fleet;
            let found = |node: &Node| {
                let engine = fleet.engine.as_ref();
                let none = engine.is_none_or(|engine| engine.failing().is_some());
                none || fleet.why_none(node).is_none()
            };
            // Nothing speaks against what gives back.
            let known = if deed.gives_back() {
                is_read(bulletin)
            } else {
                is_known(bulletin)
            };
            known
                && match deed {
                    Deed::Node(_, node) => found(node),
                    Deed::Elect(_) => true,
                    Deed::Roll => {
                        let mut brokers = bulletin.snapshot.brokers.keys().copied().map(Node::Broker);
                        brokers.all(|node| found(&node))
                    }
                }
        })
        .await;
    }

    async fn wait_until(&self, enough: impl Fn(&Bulletin) -> bool) {
        let end = Instant::now() + KNOWN;
        while Instant::now() < end {
            if self.gate.newest().is_some_and(|bulletin| enough(&bulletin)) {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Plans an act, has it confirmed, and carries it out; where `entry` is given, it undoes that.
    async fn one(&self, act: &Act, entry: Option<&Entry>) -> Ended {
        for _ in 0..SHOWN {
            let planned = self.unless_told(async {
                match entry {
                    None => self.gate.plan(act).await,
                    Some(entry) => self.gate.plan_undo(entry, act.why.raw()).await,
                }
            });
            let plan = match Box::pin(planned).await {
                Some(Ok(plan)) => plan,
                Some(Err(refusal)) => return self.refused(&refusal),
                None => return self.left_off(),
            };
            self.clerk.tell(&Said::Plan(&plan));
            if self.dry_run {
                return Ended::Done;
            }
            match self.unless_told(self.confirmed(&plan)).await {
                Some(true) => {}
                Some(false) => return Ended::Refused,
                None => return self.left_off(),
            }
            match Box::pin(self.carry_out(&plan, entry)).await {
                Ok(outcome) => return ended(&outcome),
                Err(Unmet::Refused(refusal)) => return self.refused(&refusal),
                Err(Unmet::Changed(newer)) => {
                    self.clerk.tell(&Said::Changed);
                    if !self.clerk.is_there() {
                        self.clerk.tell(&Said::Plan(&newer));
                        return Ended::Refused;
                    }
                }
            }
        }
        self.clerk.tell(&Said::Note(
            "The cluster changes too fast to act on it: nothing was done.",
        ));
        Ended::Refused
    }

    fn refused(&self, refusal: &Refusal) -> Ended {
        self.clerk.tell(&Said::Refused(refusal));
        Ended::Refused
    }

    /// Asks beside the runtime: a person takes their time, and the cluster is read meanwhile.
    async fn confirmed(&self, plan: &Plan) -> bool {
        let (clerk, plan) = (Arc::clone(&self.clerk), plan.clone());
        let asked = tokio::task::spawn_blocking(move || clerk.confirms(&plan));
        asked.await.unwrap_or(false)
    }

    async fn carry_out(&self, plan: &Plan, entry: Option<&Entry>) -> Result<Outcome, Unmet> {
        let (control, steer) = watch::channel(Control::Go);
        let clerk = &self.clerk;
        let tell = |progress: Progress| clerk.tell(&Said::Progress(&progress));
        let number = self.gate.number();
        let doing = async {
            match entry {
                Some(entry) => self.gate.undo(plan, entry, number, steer, &tell).await,
                None => self.gate.carry_out(plan, number, steer, &tell).await,
            }
        };
        tokio::pin!(doing);
        if let Some(outcome) = self.unless_told(&mut doing).await {
            return outcome;
        }
        if plan.act.deed == Deed::Roll {
            clerk.tell(&Said::Note("Ends after this broker; nothing is left half done."));
        }
        // The gate says what is left, and writes it down.
        control.send_replace(Control::Abort);
        doing.await
    }

    async fn heal(&self) -> Ended {
        if self.unless_told(self.wait_until(is_read)).await.is_none() {
            return self.left_off();
        }
        let (entries, said) = self.gate.leftovers().await;
        for line in &said {
            self.clerk.tell(&Said::Note(line));
        }
        if entries.is_empty() {
            self.clerk
                .tell(&Said::Note("kaftop has left nothing undone here."));
        }
        let mut worst = Ended::Done;
        for entry in &entries {
            let why = self.unless_told(async {
                if self.dry_run {
                    let why = self.gate.why_moot(entry).await;
                    why.map(|why| format!("{why}; nothing is left to undo."))
                } else {
                    self.gate.is_moot(entry).await
                }
            });
            match Box::pin(why).await {
                None => return worst.max(self.left_off()),
                Some(Some(why)) => {
                    self.clerk.tell(&Said::Note(&why));
                    continue;
                }
                Some(None) => {}
            }
            let act = Act::on(entry.undo(), entry.left.node.clone(), "heal");
            worst = worst.max(Box::pin(self.one(&act, Some(entry))).await);
        }
        worst
    }
}

fn ended(outcome: &Outcome) -> Ended {
    match outcome.ending {
        Ending::Done => Ended::Done,
        Ending::Unverified => Ended::Unverified,
        Ending::Failed | Ending::Aborted => Ended::Failed,
    }
}

/// Whether the cluster and its partitions were read, which is what a start and its like are planned by.
fn is_read(bulletin: &Bulletin) -> bool {
    let snapshot = &bulletin.snapshot;
    snapshot.cluster.id.is_some()
        && snapshot.cluster.mode.is_some()
        && snapshot.metadata.read.last().is_some()
}

/// Whether what speaks against an act could be told from this.
fn is_known(bulletin: &Bulletin) -> bool {
    let snapshot = &bulletin.snapshot;
    // Nobody can try a broker whose address nobody tells.
    let tried = snapshot
        .brokers
        .values()
        .all(|broker| broker.endpoint.is_none() || broker.answers.known().is_some());
    let quorum = snapshot.cluster.mode != Some(Mode::Kraft) || snapshot.quorum.last().is_some();
    let ensemble = snapshot.ensemble.state().is_some();
    bulletin.health.verdict.safe_to_stop.is_some() && tried && quorum && ensemble
}
