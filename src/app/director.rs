//! Who goes through a scenario: what is due, what was told, and when to look again. Time is an argument.

use std::sync::Arc;
use std::time::Duration;

use crate::model::story::{Progress, Story, Told};
use crate::model::time::Span;
use crate::sim::scenario::{Ending, Plan};
use crate::sim::world::{Act, SimTime};

/// The longest time between two tellings, on the wall clock.
const TELL: Duration = Duration::from_secs(1);
/// The most steps that are remembered: a scenario that repeats itself goes on for ever.
const REMEMBERED: usize = 200;

/// What is to be done now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Due {
    /// Something to the cluster.
    Act(Act),
    /// Nothing but to be told.
    Telling,
}

/// Who goes through a scenario.
#[derive(Clone, Debug)]
pub(super) struct Director {
    plan: Plan,
    quiz: bool,
    speed_percent: u32,
    /// How many steps of this round are done.
    done: usize,
    rounds: u32,
    /// When this round began.
    began: SimTime,
    told: Vec<Told>,
}

impl Director {
    /// At the beginning of a scenario.
    pub(super) fn new(plan: Plan, quiz: bool, speed_percent: u32) -> Self {
        Self {
            plan,
            quiz,
            speed_percent: speed_percent.max(1),
            done: 0,
            rounds: 0,
            began: SimTime::default(),
            told: Vec::new(),
        }
    }

    /// What the next step that is due asks for, if one is due; its outcome is to be told to [`done`](Self::done) before
    /// the next is asked for.
    pub(super) fn due(&mut self, now: SimTime) -> Option<Due> {
        self.begin_anew(now);
        let step = self.plan.steps.get(self.done)?;
        (self.elapsed(now) >= step.at).then(|| match &step.act {
            Some(act) => Due::Act(act.value.clone()),
            None => Due::Telling,
        })
    }

    /// The step that was due is done, or why it could not be.
    pub(super) fn done(&mut self, now: SimTime, fault: Option<String>) {
        let Some(step) = self.plan.steps.get(self.done) else {
            return;
        };
        self.done += 1;
        let words = match (step.note.clone(), fault) {
            (note, None) => note,
            (Some(note), Some(why)) => Some(format!("{note} It could not be done: {why}.")),
            (None, Some(why)) => Some(format!("A step could not be done: {why}.")),
        };
        if let Some(words) = words {
            let at = Span::from(self.elapsed(now));
            self.told.push(Told { at, words });
            let too_many = self.told.len().saturating_sub(REMEMBERED);
            self.told.drain(..too_many);
        }
    }

    /// The story as far as it has come.
    pub(super) fn story(&self, now: SimTime) -> Story {
        Story {
            title: self.plan.title.clone(),
            situation: self.plan.situation.clone(),
            progress: Progress {
                now: Span::from(self.elapsed(now)),
                speed_percent: self.speed_percent,
                rounds: self.rounds,
            },
            told: self.told.clone(),
            lesson: Arc::clone(&self.plan.lesson),
            quiz: self.quiz,
        }
    }

    /// How long to wait on the wall clock until there is something to do or to tell.
    pub(super) fn pause(&self, now: SimTime) -> Duration {
        let elapsed = self.elapsed(now);
        let next = match self.plan.steps.get(self.done) {
            Some(step) => Some(step.at),
            None => self.again(),
        };
        let simulated = next.map(|at| at.saturating_sub(elapsed));
        let step = simulated.map_or(TELL, |wait| wait.saturating_mul(100) / self.speed_percent);
        if self.speed_percent == 100 {
            // The seconds of the story's clock are told as they begin.
            let over = Duration::from_nanos(u64::from(elapsed.subsec_nanos()));
            return step.min(TELL.saturating_sub(over));
        }
        step.min(TELL)
    }

    fn elapsed(&self, now: SimTime) -> Duration {
        now.since(self.began)
    }

    /// When this round is over, where there is another one.
    fn again(&self) -> Option<Duration> {
        let last = self.plan.steps.last()?;
        match self.plan.ending {
            Ending::Stay => None,
            Ending::Repeat(after) => Some(last.at.saturating_add(after)),
        }
    }

    fn begin_anew(&mut self, now: SimTime) {
        if self.done < self.plan.steps.len() {
            return;
        }
        if let Some(length) = self.again().filter(|length| self.elapsed(now) >= *length) {
            self.done = 0;
            self.rounds = self.rounds.saturating_add(1);
            self.began = self.began + length.max(Duration::from_secs(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scenario::{Scenario, Wishes};

    const TEXT: &str = "title = \"t\"\nstory = \"s\"\nrepeat_after = \"2s\"\n\
        [[step]]\nat = \"8s\"\nact = \"kill\"\nnode = \"broker:1\"\nnote = \"Killed.\"\n\
        [[step]]\nat = \"8s\"\nact = \"tell\"\nnote = \"Told.\"\n\
        [[step]]\nat = \"10s\"\nact = \"start\"\nnode = \"broker:1\"\n";

    fn director(text: &str, speed_percent: u32) -> Director {
        let scenario = Scenario::parse(text, "t.toml").unwrap();
        Director::new(scenario.plan(Wishes::default()).unwrap(), false, speed_percent)
    }

    /// Does all that is due; how many steps that were.
    fn work(director: &mut Director, now: SimTime) -> usize {
        let mut done = 0;
        while director.due(now).is_some() {
            director.done(now, None);
            done += 1;
        }
        done
    }

    fn words(director: &Director) -> Vec<String> {
        let story = director.story(SimTime::default());
        story.told.into_iter().map(|told| told.words).collect()
    }

    #[test]
    fn steps_are_done_at_their_times_and_told() {
        let mut director = director(TEXT, 100);
        assert_eq!(work(&mut director, SimTime(7_999)), 0);
        assert_eq!(work(&mut director, SimTime(8_000)), 2);
        assert_eq!(words(&director), ["Killed.", "Told."]);
        assert_eq!(work(&mut director, SimTime(10_500)), 1);
        assert_eq!(words(&director).len(), 2, "a step without a note is not told");
    }

    #[test]
    fn a_round_follows_the_other_without_drift() {
        let mut director = director(TEXT, 100);
        work(&mut director, SimTime(10_000));
        assert_eq!(work(&mut director, SimTime(11_999)), 0);
        assert_eq!(work(&mut director, SimTime(12_100)), 0);
        let progress = director.story(SimTime(12_100)).progress;
        assert_eq!((progress.rounds, progress.now), (1, Span(100)));
        assert_eq!(work(&mut director, SimTime(20_000)), 2, "8 s after 12 s");
        let mut staying = self::director(&TEXT.replace("repeat_after = \"2s\"\n", ""), 100);
        work(&mut staying, SimTime(10_000));
        assert_eq!(work(&mut staying, SimTime::seconds(100_000)), 0);
    }

    #[test]
    fn a_step_that_cannot_be_done_is_told_too() {
        let mut director = director(TEXT, 100);
        assert!(matches!(
            director.due(SimTime(8_000)),
            Some(Due::Act(Act::Kill(_)))
        ));
        director.done(SimTime(8_000), Some("broker 1 is gone".to_owned()));
        assert_eq!(
            words(&director),
            ["Killed. It could not be done: broker 1 is gone."]
        );
    }

    #[test]
    fn the_pause_ends_with_the_second_or_the_step() {
        let millis = Duration::from_millis;
        let table = [
            (100, 0, 1_000),
            (100, 250, 750),
            (100, 7_900, 100),
            (1_000, 0, 800),
            (1_000, 7_000, 100),
            (10, 0, 1_000),
            (10, 7_990, 100),
        ];
        for (speed, now, expected) in table {
            let director = director(TEXT, speed);
            assert_eq!(director.pause(SimTime(now)), millis(expected), "{speed} {now}");
        }
    }
}
