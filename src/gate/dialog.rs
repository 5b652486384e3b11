//! The dialog in which a plan is confirmed, as a value: what was typed before it could be read does not count.

use crate::model::plan::{Confirm, Plan};
use crate::model::time::{At, Span};

/// How long after it was drawn nobody can have read it: what comes before was typed ahead.
const UNREAD: Span = Span(300);

/// The longest word that is taken.
const MOST: usize = 249;

/// One key, as far as the dialog minds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// A character.
    Letter(char),
    /// Take back the last one.
    Back,
    /// Done with typing.
    Enter,
    /// Away with it.
    Escape,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The dialog stays open.
    Open,
    /// The engineer does not want it.
    Cancelled,
    /// The plan is confirmed: it is to be done, if it still holds.
    Confirmed(Box<Plan>),
}

/// A plan that waits for its confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    plan: Plan,
    typed: String,
    drawn: Option<At>,
    changed: bool,
    wrong: bool,
    waiting: bool,
}

impl Dialog {
    /// Opened, and not yet on the screen.
    pub fn open(plan: Plan) -> Self {
        Self {
            plan,
            typed: String::new(),
            drawn: None,
            changed: false,
            wrong: false,
            waiting: false,
        }
    }

    /// The plan that it shows.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What was typed so far; raw.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether the plan is another one than the one that was confirmed.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether the word that was typed last is not the one that is asked for.
    pub fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// Whether it was confirmed, and waits for what becomes of it.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// It is on the screen, for the first time or again.
    pub fn drawn(&mut self, now: At) {
        self.drawn.get_or_insert(now);
    }

    /// The plan no longer holds: nothing was done, and this one is shown in its place. It must be read anew.
    pub fn changed(&mut self, plan: Plan) {
        *self = Self {
            changed: true,
            ..Self::open(plan)
        };
    }

    /// A key. What came before the dialog could be read is dropped, but for the wish to get away.
    pub fn press(&mut self, press: Press, now: At) -> Answer {
        if press == Press::Escape {
            return Answer::Cancelled;
        }
        let readable = self.drawn.is_some_and(|drawn| now >= drawn.plus(UNREAD));
        if !readable || self.waiting {
            return Answer::Open;
        }
        let confirmed = match (&self.plan.confirm, press) {
            (Confirm::Key, Press::Letter('y' | 'Y')) => true,
            (Confirm::Key, Press::Letter('n' | 'N')) => return Answer::Cancelled,
            (Confirm::Key, _) | (_, Press::Escape) => false,
            (_, Press::Letter(letter)) => {
                if self.typed.len() < MOST && !letter.is_control() {
                    self.typed.push(letter);
                }
                self.wrong = false;
                false
            }
            (_, Press::Back) => {
                self.typed.pop();
                self.wrong = false;
                false
            }
            (Confirm::Id(word) | Confirm::Cluster(word), Press::Enter) => {
                self.wrong = self.typed != *word;
                !self.wrong
            }
        };
        if !confirmed {
            return Answer::Open;
        }
        self.waiting = true;
        Answer::Confirmed(Box::new(self.plan.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::act::{Act, Node, Verb};
    use crate::model::ids::BrokerId;

    fn plan(confirm: Confirm) -> Plan {
        Plan {
            act: Act::on(Verb::Stop, Node::Broker(BrokerId(2)), "test"),
            on: None,
            does: vec!["Ends it.".to_owned()],
            blockers: Vec::new(),
            notes: Vec::new(),
            confirm,
        }
    }

    fn shown(confirm: Confirm) -> Dialog {
        let mut dialog = Dialog::open(plan(confirm));
        dialog.drawn(At(1_000));
        dialog
    }

    fn type_in(dialog: &mut Dialog, text: &str, now: At) -> Answer {
        let mut answer = Answer::Open;
        for letter in text.chars() {
            let press = match letter {
                '\n' => Press::Enter,
                '<' => Press::Back,
                letter => Press::Letter(letter),
            };
            answer = dialog.press(press, now);
        }
        answer
    }

    #[test]
    fn what_is_typed_ahead_is_dropped() {
        let mut dialog = Dialog::open(plan(Confirm::Key));
        assert_eq!(
            dialog.press(Press::Letter('y'), At(5_000)),
            Answer::Open,
            "not drawn"
        );
        dialog.drawn(At(5_000));
        dialog.drawn(At(5_200));
        assert_eq!(
            dialog.press(Press::Letter('y'), At(5_299)),
            Answer::Open,
            "not read"
        );
        assert!(matches!(
            dialog.press(Press::Letter('y'), At(5_300)),
            Answer::Confirmed(_)
        ));
        assert!(dialog.is_waiting());
        assert_eq!(dialog.press(Press::Letter('y'), At(9_000)), Answer::Open, "once");
        let mut typing = Dialog::open(plan(Confirm::Id("2".to_owned())));
        type_in(&mut typing, "2\n", At(5_000));
        assert_eq!(typing.typed(), "");
    }

    #[test]
    fn only_the_word_that_is_asked_for_confirms() {
        let table = [
            (Confirm::Key, "\n", false),
            (Confirm::Key, "2", false),
            (Confirm::Key, "y", true),
            (Confirm::Id("2".to_owned()), "y", false),
            (Confirm::Id("2".to_owned()), "2", false),
            (Confirm::Id("2".to_owned()), "\n", false),
            (Confirm::Id("2".to_owned()), "3\n", false),
            (Confirm::Id("2".to_owned()), "22\n", false),
            (Confirm::Id("2".to_owned()), "22<\n", true),
            (Confirm::Cluster("main".to_owned()), "2\n", false),
            (Confirm::Cluster("main".to_owned()), "Main\n", false),
            (Confirm::Cluster("main".to_owned()), "main\n", true),
        ];
        for (confirm, typed, confirmed) in table {
            let mut dialog = shown(confirm.clone());
            let answer = type_in(&mut dialog, typed, At(2_000));
            assert_eq!(
                matches!(answer, Answer::Confirmed(_)),
                confirmed,
                "{confirm:?} {typed:?}"
            );
        }
        let mut wrong = shown(Confirm::Id("2".to_owned()));
        type_in(&mut wrong, "3\n", At(2_000));
        assert!(wrong.is_wrong());
        type_in(&mut wrong, "<", At(2_000));
        assert!(!wrong.is_wrong());
    }

    #[test]
    fn escape_and_no_lead_away_at_any_time() {
        let mut dialog = Dialog::open(plan(Confirm::Key));
        assert_eq!(dialog.press(Press::Escape, At(0)), Answer::Cancelled);
        let mut dialog = shown(Confirm::Key);
        assert_eq!(dialog.press(Press::Letter('n'), At(2_000)), Answer::Cancelled);
        let mut dialog = shown(Confirm::Id("n".to_owned()));
        assert_eq!(
            dialog.press(Press::Letter('n'), At(2_000)),
            Answer::Open,
            "a letter"
        );
    }

    #[test]
    fn a_changed_plan_is_shown_and_must_be_confirmed_anew() {
        let mut dialog = shown(Confirm::Key);
        assert!(matches!(
            dialog.press(Press::Letter('y'), At(2_000)),
            Answer::Confirmed(_)
        ));
        let newer = plan(Confirm::Id("2".to_owned()));
        dialog.changed(newer.clone());
        assert!(dialog.is_changed() && !dialog.is_waiting());
        assert_eq!(
            type_in(&mut dialog, "2\n", At(2_100)),
            Answer::Open,
            "not drawn yet"
        );
        dialog.drawn(At(2_200));
        assert_eq!(
            type_in(&mut dialog, "2\n", At(2_600)),
            Answer::Confirmed(Box::new(newer))
        );
    }
}
