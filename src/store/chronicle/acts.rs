//! What this kaftop does itself.

use crate::model::event::{ActMove, What, When};
use crate::model::progress::{Happening, Progress};

use super::Chronicle;

impl Chronicle {
    /// Takes news of an act: that it has begun, and how it ended.
    pub fn act(&mut self, news: &Progress) {
        let outcome = match &news.what {
            Happening::Ended(outcome) => Some((outcome.ending, outcome.took)),
            Happening::Step(_) | Happening::Waiting { .. } => None,
        };
        if outcome.is_none() && !self.acts.insert(news.number) {
            return;
        }
        if outcome.is_some() {
            self.acts.remove(&news.number);
        }
        let what = What::Act(ActMove {
            number: news.number,
            deed: news.act.deed.clone(),
            outcome,
        });
        let when = When {
            first: news.began,
            last: news.at.max(news.began),
            exact: true,
        };
        self.folder.act(when, what, news.number);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;
    use crate::model::act::{Act, Verb};
    use crate::model::fleet::Node;
    use crate::model::ids::BrokerId;
    use crate::model::progress::{Ending, Outcome};
    use crate::model::time::{At, Span};

    #[test]
    fn an_act_is_one_line_from_its_beginning_to_its_end() {
        let mut chronicle = Chronicle::default();
        let mut news = |number, at, what| {
            chronicle.act(&Progress {
                number,
                act: Act::on(Verb::Stop, Node::Broker(BrokerId(2)), "test"),
                began: At(1_000),
                at: At(at),
                what,
            });
            told(&chronicle.log())
        };
        let step = || Happening::Step("told to stop".to_owned());
        let under_way = "kaftop: stop broker 2: under way";
        assert_eq!(news(1, 1_000, step()), [under_way]);
        assert_eq!(news(1, 3_000, step()), [under_way]);
        // Longer than any line of another kind lasts.
        let ended = Happening::Ended(Outcome {
            ending: Ending::Done,
            words: String::new(),
            took: Span::seconds(900),
        });
        let done = "kaftop: stop broker 2: done in 15m";
        assert_eq!(news(1, 901_000, ended), [done]);
        assert_eq!(news(2, 902_000, step()), [done, under_way], "another one");
    }
}
