//! The desk at which the screen asks the gate: wishes in, replies out; acts go on beside each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};

use super::elector::Elector;
use super::guard::{Gate, Unmet};
use super::hand::Hand;
use crate::model::act::Act;
use crate::model::plan::{Plan, Refusal};
use crate::model::progress::{Control, Leftover, Reply, Wish};

/// The most wishes that are worked on at once.
const MOST: usize = 16;

/// Fulfils wishes until nobody wishes any more. `tell` must not block.
pub async fn desk<H: Hand, E: Elector>(
    gate: Arc<Gate<H, E>>,
    mut wishes: mpsc::Receiver<Wish>,
    tell: impl Fn(Reply) + Send + Sync + 'static,
) {
    let tell: Arc<dyn Fn(Reply) + Send + Sync> = Arc::new(tell);
    let mut work = JoinSet::new();
    let mut acts: BTreeMap<Id, (u64, Act, watch::Sender<Control>)> = BTreeMap::new();
    loop {
        tokio::select! {
            wish = wishes.recv(), if work.len() < MOST => {
                let Some(wish) = wish else { return };
                let (gate, tell) = (Arc::clone(&gate), Arc::clone(&tell));
                match wish {
                    Wish::Plan(act) => {
                        work.spawn(async move {
                            tell(match gate.plan(&act).await {
                                Ok(plan) => Reply::Planned(Box::new(plan)),
                                Err(refusal) => Reply::Refused(refusal),
                            });
                        });
                    }
                    Wish::Do(plan) => {
                        let number = gate.number();
                        let (control, steer) = watch::channel(Control::Go);
                        let act = plan.act.clone();
                        let task = work.spawn(carry_out(gate, plan, None, (number, steer), tell));
                        acts.insert(task.id(), (number, act, control));
                    }
                    Wish::Undo(leftover) => {
                        let number = gate.number();
                        let (control, steer) = watch::channel(Control::Go);
                        let act = act_of(&leftover);
                        let task = work.spawn(undo(gate, leftover, (number, steer), tell));
                        acts.insert(task.id(), (number, act, control));
                    }
                    Wish::Steer(number, how) => {
                        let meant = acts.values().find(|(own, ..)| *own == number);
                        if let Some((_, _, control)) = meant {
                            control.send_replace(how);
                        }
                    }
                    Wish::Leftovers => {
                        work.spawn(async move { tell(Reply::Leftovers(gate.offered().await)) });
                    }
                }
            }
            Some(over) = work.join_next_with_id(), if !work.is_empty() => match over {
                Ok((id, ())) => {
                    acts.remove(&id);
                }
                Err(died) => if let Some((_, act, _)) = acts.remove(&died.id()) {
                    tell(Reply::Refused(Refusal {
                        act,
                        why: format!("a fault of kaftop ended it half way ({died}); look at what is left in the journal."),
                    }));
                }
            }
        }
    }
}

fn act_of(leftover: &Leftover) -> Act {
    let undo = leftover.verb.undo().unwrap_or(crate::model::act::Verb::Start);
    Act::on(undo, leftover.node.clone(), "undo what kaftop left")
}

type Told = Arc<dyn Fn(Reply) + Send + Sync>;

async fn carry_out<H: Hand, E: Elector>(
    gate: Arc<Gate<H, E>>,
    plan: Box<Plan>,
    entry: Option<super::records::Entry>,
    (number, steer): (u64, watch::Receiver<Control>),
    tell: Told,
) {
    let progress = {
        let tell = Arc::clone(&tell);
        move |progress| tell(Reply::Progress(progress))
    };
    let done = match &entry {
        None => gate.carry_out(&plan, number, steer, &progress).await,
        Some(entry) => gate.undo(&plan, entry, number, steer, &progress).await,
    };
    match done {
        // The progress has told of it.
        Ok(_) => {}
        Err(Unmet::Changed(plan)) => tell(Reply::Changed(plan)),
        Err(Unmet::Refused(refusal)) => tell(Reply::Refused(refusal)),
    }
}

/// What is left is undone without another question: it was asked for by name.
async fn undo<H: Hand, E: Elector>(
    gate: Arc<Gate<H, E>>,
    leftover: Leftover,
    steering: (u64, watch::Receiver<Control>),
    tell: Told,
) {
    let refused = |why: String| {
        tell(Reply::Refused(Refusal {
            act: act_of(&leftover),
            why,
        }));
    };
    let Some(entry) = gate.entry_of(&leftover).await else {
        return refused("it no longer stands in the journal.".to_owned());
    };
    if let Some(why) = gate.is_moot(&entry).await {
        return refused(why);
    }
    match gate.plan_undo(&entry, "undo what kaftop left").await {
        Ok(plan) => carry_out(gate, Box::new(plan), Some(entry), steering, tell).await,
        Err(refusal) => tell(Reply::Refused(refusal)),
    }
}
