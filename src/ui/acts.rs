//! Acts on the screen: what a key means, the dialog in which a plan is confirmed, and the line of what goes on.

use std::collections::BTreeMap;

use crate::command::{Chord, Command, Key};
use crate::gate::{Answer, Dialog, Press};
use crate::health::{Bulletin, Cause};
use crate::model::act::{Act, Deed, Node, Scope, Verb};
use crate::model::plan::Plan;
use crate::model::progress::{Control, Happening, Leftover, Progress, Reply};
use crate::model::snapshot::Snapshot;
use crate::model::time::At;

use super::going::Going;
use super::screen::{Page, RowKey, Screen};
use super::undo::Offer;
use super::update::{Effect, pin};

/// Why an act is asked for here, for the audit log.
const WHY: &str = "screen";

/// What the screen knows of acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// The plan that waits for its confirmation.
    pub dialog: Option<Dialog>,
    /// The act whose plan is asked for.
    asked: Option<Act>,
    /// Every act that goes on.
    going: BTreeMap<u64, Going>,
    /// What earlier runs left undone.
    pub offer: Offer,
    /// Whether the line that is read says no more than that a plan is looked for: any news takes its place.
    pub is_looking: bool,
    /// Whether whoever leaves was told what goes on.
    pub warned: bool,
}

/// What a reply means for the rest of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// A new frame.
    Draw,
    /// This line is to be read.
    Toast(String),
}

/// An act is asked for: it is about the row that has the keys, which stays selected.
pub(super) fn asked(screen: &mut Screen, command: Command) -> Effect {
    if screen.overlay.is_some() {
        return Effect::None;
    }
    Effect::Act(command, row(screen))
}

/// The row that a command is about: whose log is read, else the selected one, which stays selected.
pub(super) fn row(screen: &mut Screen) -> Option<RowKey> {
    if let Some(log) = &screen.log {
        return Some(log.row.clone());
    }
    let row = screen.selected_key(screen.list()).cloned();
    if row.is_some() {
        pin(screen);
    }
    row
}

/// The node that a row is about.
pub fn node(row: Option<&RowKey>, snapshot: &Snapshot) -> Option<Node> {
    match row? {
        RowKey::Broker(id) => Some(Node::Broker(*id)),
        RowKey::Replica(id) if snapshot.broker(*id).is_some() => Some(Node::Broker(*id)),
        RowKey::Replica(id) => Some(Node::Controller(*id)),
        RowKey::Member(address) => Some(Node::ZooKeeper(address.clone())),
        _ => None,
    }
}

/// The row that a command is about: the selected one where that is a node, on the Overview else the node that the verdict
/// names first.
pub fn aim(row: Option<RowKey>, bulletin: &Bulletin, page: Page) -> Option<RowKey> {
    let snapshot = &bulletin.snapshot;
    if page != Page::Overview || node(row.as_ref(), snapshot).is_some() {
        return row;
    }
    let named = bulletin.health.verdict.cause.first().map(|cause| match cause {
        Cause::Broker(id) => RowKey::Broker(*id),
        Cause::Controller(id) => RowKey::Replica(*id),
        Cause::ZooKeeper(address) => RowKey::Member(address.clone()),
    });
    named.or(row)
}

/// What a command means on a row; an error is a sentence.
pub fn deed(command: Command, row: Option<&RowKey>, snapshot: &Snapshot) -> Result<Deed, String> {
    let verb = match command {
        Command::Stop => Verb::Stop,
        Command::Start => Verb::Start,
        Command::Restart => Verb::Restart,
        Command::Kill => Verb::Kill,
        Command::Pause => Verb::Pause,
        Command::Resume => Verb::Resume,
        Command::Cut => Verb::Cut,
        Command::Reconnect => Verb::Reconnect,
        Command::Roll => return Ok(Deed::Roll),
        _ => return Ok(Deed::Elect(scope(row))),
    };
    let node = node(row, snapshot).ok_or_else(|| {
        format!(
            "Select what to {}: a broker, or a node on the Quorum page.",
            verb.word()
        )
    })?;
    Ok(Deed::Node(verb, node))
}

/// On a topic or a partition preferred leaders are elected there, elsewhere everywhere.
fn scope(row: Option<&RowKey>) -> Scope {
    match row {
        Some(RowKey::Topic(name)) => Scope::Topic(name.clone()),
        Some(RowKey::Partition(id)) => Scope::Partition(id.clone()),
        _ => Scope::All,
    }
}

impl Acts {
    /// The plan of a deed is asked for.
    pub fn ask(&mut self, deed: Deed) -> Act {
        let act = Act {
            deed,
            why: WHY.into(),
        };
        self.dialog = None;
        self.asked = Some(act.clone());
        act
    }

    /// A key while the dialog is open: the plan, where that was confirmed.
    pub fn press(&mut self, chord: Chord, now: At) -> Option<Box<Plan>> {
        let dialog = self.dialog.as_mut()?;
        let press = match chord.key {
            Key::Esc => Press::Escape,
            Key::Enter => Press::Enter,
            Key::Backspace => Press::Back,
            Key::Space => Press::Letter(' '),
            Key::Char(letter) if !chord.ctrl && !chord.alt => Press::Letter(letter),
            _ => return None,
        };
        match dialog.press(press, now) {
            Answer::Open => None,
            Answer::Cancelled => {
                self.dialog = None;
                None
            }
            Answer::Confirmed(plan) => Some(plan),
        }
    }

    /// The gate replied.
    pub fn hear(&mut self, reply: Reply) -> Heard {
        match reply {
            // A plan that nobody waits for any more opens nothing.
            Reply::Planned(plan) if self.asked.as_ref() == Some(&plan.act) => {
                self.asked = None;
                self.dialog = Some(Dialog::open(*plan));
                Heard::Draw
            }
            Reply::Planned(_) => Heard::Nothing,
            Reply::Changed(plan) => {
                let mut dialog = Dialog::open((*plan).clone());
                dialog.changed(*plan);
                self.dialog = Some(dialog);
                Heard::Draw
            }
            Reply::Refused(refusal) => {
                self.forget(&refusal.act);
                Heard::Toast(refusal.to_string())
            }
            Reply::Progress(progress) => self.goes_on(progress),
            Reply::Leftovers(left) => {
                self.offer.take(left);
                Heard::Draw
            }
        }
    }

    fn forget(&mut self, act: &Act) {
        self.asked.take_if(|asked| asked == act);
        self.dialog.take_if(|dialog| dialog.plan().act == *act);
    }

    fn goes_on(&mut self, progress: Progress) -> Heard {
        // The dialog has done its work once the act has begun.
        self.dialog
            .take_if(|dialog| dialog.is_waiting() && dialog.plan().act == progress.act);
        if let Happening::Ended(outcome) = &progress.what {
            self.going.remove(&progress.number);
            return Heard::Toast(format!(
                "{}: {}. {}",
                progress.act.deed,
                outcome.ending.word(),
                outcome.words
            ));
        }
        match self.going.get_mut(&progress.number) {
            Some(going) => going.take(progress),
            None => {
                self.going.insert(progress.number, Going::of(progress));
            }
        }
        Heard::Draw
    }

    /// The first of what is left that is not being acted on already.
    pub fn to_undo(&self) -> Option<&Leftover> {
        let is_busy = |left: &Leftover| {
            let deeds = self.going.values().map(|going| &going.act.deed);
            deeds
                .into_iter()
                .any(|deed| matches!(deed, Deed::Node(_, node) if *node == left.node))
        };
        self.offer.left().iter().find(|left| !is_busy(left))
    }

    /// Whether an act goes on, or is about to.
    pub fn is_busy(&self) -> bool {
        !self.going.is_empty() || self.dialog.as_ref().is_some_and(Dialog::is_waiting)
    }

    /// The rolling restart that goes on, with its number.
    pub fn roll(&self) -> Option<(u64, &Going)> {
        let mut all = self.going.iter();
        all.find(|(_, going)| going.is_roll())
            .map(|(number, going)| (*number, going))
    }

    /// Steers the rolling restart that goes on: which act, and how. To be held and to go on take turns.
    pub fn steer(&mut self, command: Command) -> Option<(u64, Control)> {
        let (number, going) = self.going.iter_mut().find(|(_, going)| going.is_roll())?;
        going.control = match (command, going.control) {
            (Command::EndRoll, _) => Control::Abort,
            (_, Control::Go) => Control::Hold,
            (_, Control::Hold | Control::Abort) => Control::Go,
        };
        Some((*number, going.control))
    }

    /// The acts that go on, in one line.
    pub fn line(&self, now: At) -> Option<String> {
        let newest = self.going.values().max_by_key(|going| going.heard)?;
        let more = match self.going.len() {
            1 => String::new(),
            many => format!(" ({many} acts go on)"),
        };
        Some(newest.line(&more, now))
    }

    /// What whoever wants to leave is to know first, once; none where there is nothing to wait for.
    pub fn warns(&mut self) -> Option<String> {
        if !self.is_busy() || std::mem::replace(&mut self.warned, true) {
            return None;
        }
        let newest = self.going.values().max_by_key(|going| going.heard);
        Some(newest.map_or_else(
            || "An act is about to begin. If you leave now, nobody sees what comes of it.".to_owned(),
            Going::left_behind,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::BrokerId;
    use crate::model::plan::{Confirm, Refusal};
    use crate::model::progress::{Ending, Outcome};
    use crate::model::time::Span;
    use crate::ui::fixture;

    fn plan(act: &Act) -> Plan {
        Plan {
            act: act.clone(),
            on: None,
            does: Vec::new(),
            blockers: Vec::new(),
            notes: Vec::new(),
            confirm: Confirm::Key,
        }
    }

    fn stop() -> Deed {
        Deed::Node(Verb::Stop, Node::Broker(BrokerId(2)))
    }

    #[test]
    fn a_key_means_what_the_selected_row_is() {
        let snapshot = fixture::healthy().snapshot;
        let table = [
            (Command::Stop, Some(RowKey::Broker(BrokerId(2))), "stop broker 2"),
            (Command::Kill, Some(RowKey::Replica(BrokerId(2))), "kill broker 2"),
            (
                Command::Pause,
                Some(RowKey::Replica(BrokerId(3001))),
                "pause controller 3001",
            ),
            (
                Command::Cut,
                Some(RowKey::Member("zk:1".into())),
                "cut ZooKeeper zk:1",
            ),
            (
                Command::ElectLeaders,
                Some(RowKey::Topic("t".into())),
                "elect the preferred leaders of topic t",
            ),
            (
                Command::ElectLeaders,
                None,
                "elect the preferred leaders of all partitions",
            ),
            (Command::Roll, None, "restart all brokers, one after the other"),
        ];
        for (command, row, words) in table {
            let deed = deed(command, row.as_ref(), &snapshot).unwrap();
            assert_eq!(deed.to_string(), words);
        }
        let refused = deed(Command::Stop, Some(&RowKey::Topic("t".into())), &snapshot);
        assert!(refused.unwrap_err().contains("Select what to stop"));
    }

    #[test]
    fn on_the_overview_keys_are_about_the_node_that_the_verdict_names() {
        let bulletin = fixture::degraded();
        let cause = bulletin.health.verdict.cause.first().cloned();
        let Some(Cause::Broker(down)) = cause else {
            panic!("{cause:?}");
        };
        let topic = Some(RowKey::Topic("t".into()));
        let other = Some(RowKey::Broker(BrokerId(3)));
        let named = Some(RowKey::Broker(down));
        for (row, page, aimed) in [
            (topic.clone(), Page::Overview, named.clone()),
            (None, Page::Overview, named),
            (other.clone(), Page::Overview, other),
            (topic.clone(), Page::Topics, topic.clone()),
        ] {
            assert_eq!(aim(row.clone(), &bulletin, page), aimed, "{row:?} {page:?}");
        }
        assert_eq!(aim(topic.clone(), &fixture::never(), Page::Overview), topic);
    }

    #[test]
    fn a_plan_opens_a_dialog_only_where_it_is_waited_for() {
        let mut acts = Acts::default();
        let act = acts.ask(stop());
        assert_eq!(acts.hear(Reply::Planned(Box::new(plan(&act)))), Heard::Draw);
        assert!(acts.dialog.is_some());
        acts.dialog = None;
        assert_eq!(acts.hear(Reply::Planned(Box::new(plan(&act)))), Heard::Nothing);
        assert!(acts.dialog.is_none());
        acts.ask(stop());
        let refused = acts.hear(Reply::Refused(Refusal {
            act: act.clone(),
            why: "read-only.".to_owned(),
        }));
        assert_eq!(
            refused,
            Heard::Toast("Refused to stop broker 2: read-only.".to_owned())
        );
        assert_eq!(acts.hear(Reply::Planned(Box::new(plan(&act)))), Heard::Nothing);
    }

    #[test]
    fn a_confirmed_act_is_told_until_it_ends() {
        let mut acts = Acts::default();
        let act = acts.ask(stop());
        acts.hear(Reply::Planned(Box::new(plan(&act))));
        acts.dialog.as_mut().unwrap().drawn(At(0));
        assert!(acts.press("y".parse().unwrap(), At(100)).is_none(), "too early");
        assert!(acts.press("y".parse().unwrap(), At(1_000)).is_some());
        let progress = |what| Progress {
            number: 1,
            act: act.clone(),
            began: At(1_000),
            at: At(2_000),
            what,
        };
        acts.hear(Reply::Progress(progress(Happening::Waiting {
            what: "it to end".to_owned(),
            until: At(11_000),
        })));
        assert!(acts.dialog.is_none() && acts.is_busy());
        assert_eq!(
            acts.line(At(4_000)).as_deref(),
            Some("stop broker 2, for 3s: waiting for it to end, at most 7s more")
        );
        let ended = acts.hear(Reply::Progress(progress(Happening::Ended(Outcome {
            ending: Ending::Done,
            words: "It has ended.".to_owned(),
            took: Span(1_000),
        }))));
        assert_eq!(
            ended,
            Heard::Toast("stop broker 2: done. It has ended.".to_owned())
        );
        assert!(!acts.is_busy());
    }

    #[test]
    fn escape_closes_the_dialog_and_nothing_is_done() {
        let mut acts = Acts::default();
        let act = acts.ask(stop());
        acts.hear(Reply::Planned(Box::new(plan(&act))));
        assert!(acts.press("esc".parse().unwrap(), At(0)).is_none());
        assert!(acts.dialog.is_none());
    }
}
