//! An act that goes on: what is told of it, and how it is steered.

use crate::model::act::{Act, Deed};
use crate::model::progress::{Control, Happening, Progress};
use crate::model::time::At;

/// An act that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Going {
    /// The whole of it, of a rolling restart not the part that is under way.
    pub act: Act,
    began: At,
    /// When something was heard of it last.
    pub heard: At,
    /// How far a rolling restart has come: its own newest step, which its parts do not write over.
    place: Option<String>,
    newest: Happening,
    /// What it was told last.
    pub control: Control,
}

impl Going {
    /// The first that is heard of an act.
    pub fn of(progress: Progress) -> Self {
        let mut going = Self {
            act: progress.act.clone(),
            began: progress.began,
            heard: progress.at,
            place: None,
            newest: progress.what.clone(),
            control: Control::Go,
        };
        going.take(progress);
        going
    }

    /// More of it, or of a part of it.
    pub fn take(&mut self, progress: Progress) {
        self.heard = progress.at;
        if self.is_roll()
            && let (Deed::Roll, Happening::Step(words)) = (&progress.act.deed, &progress.what)
        {
            self.place = Some(words.clone());
        }
        self.newest = progress.what;
    }

    /// Whether every broker is restarted in turn.
    pub fn is_roll(&self) -> bool {
        self.act.deed == Deed::Roll
    }

    /// What goes on, since when, and what happens now.
    pub fn line(&self, more: &str, now: At) -> String {
        let what = match &self.newest {
            Happening::Step(words) => words.clone(),
            Happening::Waiting { what, until } => {
                format!("waiting for {what}, at most {} more", now.age(*until))
            }
            Happening::Ended(outcome) => outcome.words.clone(),
        };
        let lasts = self.began.age(now);
        match &self.place {
            None => format!("{}{more}, for {lasts}: {what}", self.act.deed),
            Some(place) if *place == what => format!("Rolling restart, {lasts}: {place}"),
            Some(place) => {
                let place = place.trim_end_matches('.');
                format!("Rolling restart, {lasts}: {place}: {what}")
            }
        }
    }

    /// The same in few words, for where there is no room: of a rolling restart how far it is.
    pub fn short(&self, now: At) -> Option<String> {
        let place = self.place.as_ref()?;
        let turn = place.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        Some(match turn {
            Some((turn, _)) => format!("Roll {turn}, {}: {place}", self.began.age(now)),
            None => place.clone(),
        })
    }

    /// How a rolling restart is steered: what it was told, and what the key that holds it and the one that ends it do now.
    pub fn steering(&self) -> (&'static str, &'static str, &'static str) {
        let is_held = self.place.as_ref().is_some_and(|place| place.starts_with("Held"));
        match self.control {
            Control::Go => ("", "holds it before the next broker", "ends it after this one"),
            Control::Hold if is_held => ("", "goes on", "ends it"),
            Control::Hold => ("To be held before the next broker.", "goes on", "ends it"),
            Control::Abort => ("To end after this broker.", "goes on all the same", ""),
        }
    }

    /// What whoever leaves now is to know.
    pub fn left_behind(&self) -> String {
        let deed = match &self.place {
            None => self.act.deed.to_string(),
            Some(place) => format!("rolling restart, {}", place.trim_end_matches('.')),
        };
        let how = match &self.act.deed {
            Deed::Elect(_) => "Kafka goes on with it, and nobody sees what comes of it",
            Deed::Roll => "it ends there: a broker that is down by then stays down until kaftop heal",
            deed if deed.gives_back() => "nobody sees what comes of it",
            Deed::Node(..) => {
                "nobody sees what comes of it: what is down or cut off by then stays so until kaftop heal"
            }
        };
        format!("Under way: {deed}. If you leave now, {how}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::act::{Node, Scope, Verb};
    use crate::model::ids::BrokerId;
    use crate::model::time::Span;

    fn act(deed: Deed) -> Act {
        Act {
            deed,
            why: "test".into(),
        }
    }

    fn told(deed: &Deed, seconds: u64, what: Happening) -> Progress {
        Progress {
            number: 1,
            act: act(deed.clone()),
            began: At(0),
            at: At(0).plus(Span::seconds(seconds)),
            what,
        }
    }

    #[test]
    fn how_far_a_rolling_restart_has_come_stays_readable() {
        let part = Deed::Node(Verb::Restart, Node::Broker(BrokerId(3)));
        let step = |words: &str| Happening::Step(words.to_owned());
        let mut going = Going::of(told(&Deed::Roll, 0, step("Broker 3 is restarted (2 of 3).")));
        let line = |going: &Going| going.line("", At(65_000));
        assert_eq!(
            line(&going),
            "Rolling restart, 1m5s: Broker 3 is restarted (2 of 3)."
        );
        let what = Happening::Waiting {
            what: "container kafka-3 to end".to_owned(),
            until: At(71_000),
        };
        going.take(told(&part, 60, what));
        assert_eq!(
            line(&going),
            "Rolling restart, 1m5s: Broker 3 is restarted (2 of 3): waiting for container kafka-3 to end, at most 6s more"
        );
        going.take(told(
            &Deed::Roll,
            64,
            step("Held before broker 1, 2 of 3 restarted."),
        ));
        assert_eq!(
            line(&going),
            "Rolling restart, 1m5s: Held before broker 1, 2 of 3 restarted."
        );
    }

    #[test]
    fn in_few_words_it_still_tells_how_far_it_is() {
        let step = |words: &str| told(&Deed::Roll, 1, Happening::Step(words.to_owned()));
        for (words, short) in [
            (
                "Broker 3 is restarted (2 of 3).",
                "Roll 2 of 3, 4s: Broker 3 is restarted (2 of 3).",
            ),
            (
                "Held before broker 1, 2 of 3 restarted.",
                "Held before broker 1, 2 of 3 restarted.",
            ),
        ] {
            assert_eq!(Going::of(step(words)).short(At(4_000)).as_deref(), Some(short));
        }
        let act = Deed::Elect(Scope::All);
        let other = Going::of(told(&act, 1, Happening::Step("a step".to_owned())));
        assert_eq!(other.short(At(4_000)), None);
    }

    #[test]
    fn what_the_keys_do_follows_what_it_was_told() {
        let step = |words: &str| told(&Deed::Roll, 1, Happening::Step(words.to_owned()));
        let mut going = Going::of(step("Broker 3 is restarted (2 of 3)."));
        let mut table = Vec::new();
        for control in [Control::Go, Control::Hold, Control::Abort] {
            going.control = control;
            table.push(going.steering().0);
        }
        assert_eq!(
            table,
            [
                "",
                "To be held before the next broker.",
                "To end after this broker."
            ]
        );
        going.control = Control::Hold;
        going.take(step("Held before broker 1, 2 of 3 restarted."));
        assert_eq!(going.steering(), ("", "goes on", "ends it"));
    }

    #[test]
    fn whoever_leaves_is_told_what_is_left() {
        let broker = Node::Broker(BrokerId(2));
        for (deed, words) in [
            (
                Deed::Node(Verb::Pause, broker.clone()),
                "stays so until kaftop heal.",
            ),
            (Deed::Node(Verb::Resume, broker), "nobody sees what comes of it."),
            (Deed::Elect(Scope::All), "Kafka goes on with it"),
            (Deed::Roll, "a broker that is down by then"),
        ] {
            let going = Going::of(told(&deed, 0, Happening::Step("a step".to_owned())));
            let said = going.left_behind();
            assert!(said.contains(words), "{said}");
        }
    }
}
