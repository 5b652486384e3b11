//! Acts in the loop.

use super::*;

#[test]
fn a_refusal_is_read_also_while_another_act_goes_on() {
    use crate::model::act::{Act, Node, Verb};
    use crate::model::ids::BrokerId;
    use crate::model::plan::Refusal;
    use crate::model::progress::{Happening, Progress, Reply};
    let mut bench = Bench::new();
    let (wisher, _wishes) = mpsc::channel(4);
    bench.session.wishes = Some(wisher);
    bench.publish(1, fixture::healthy(), 0);
    bench.draw(0);
    bench.press("2", 0);
    bench.press("U", 0);
    let looking = bench.session.screen.toast.clone().unwrap();
    assert!(
        looking.starts_with("Looking at what it means to start"),
        "{looking}"
    );
    let act = |verb| Act::on(verb, Node::Broker(BrokerId(1)), "test");
    let step = Reply::Progress(Progress {
        number: 1,
        act: act(Verb::Stop),
        began: fixture::NOW,
        at: fixture::NOW,
        what: Happening::Step("a step".to_owned()),
    });
    bench.session.hear(step.clone());
    assert_eq!(bench.session.screen.toast, None, "news takes the place of a wait");
    bench.session.hear(Reply::Refused(Refusal {
        act: act(Verb::Start),
        why: "it runs.".to_owned(),
    }));
    bench.session.hear(step);
    assert_eq!(
        bench.session.screen.toast.as_deref(),
        Some("Refused to start broker 1: it runs.")
    );
}

#[test]
fn a_rolling_restart_is_steered_through_the_gate() {
    use crate::model::act::{Act, Deed};
    use crate::model::progress::{Control, Happening, Progress, Reply};
    let mut bench = Bench::new();
    let (wisher, mut wishes) = mpsc::channel(4);
    bench.session.wishes = Some(wisher);
    bench.publish(1, fixture::healthy(), 0);
    drop(wishes.try_recv());
    bench.session.hear(Reply::Progress(Progress {
        number: 9,
        act: Act {
            deed: Deed::Roll,
            why: "test".into(),
        },
        began: fixture::NOW,
        at: fixture::NOW,
        what: Happening::Step("Broker 1 is restarted (1 of 3).".to_owned()),
    }));
    for (key, how) in [("B", Control::Hold), ("B", Control::Go), ("F", Control::Abort)] {
        bench.press(key, 10);
        assert_eq!(wishes.try_recv(), Ok(Wish::Steer(9, how)), "{key}");
    }
    assert!(!bench.press("q", 20), "it is said first what goes on");
    assert!(bench.press("q", 30));
}

#[test]
fn where_nothing_can_be_done_a_key_says_so() {
    let mut bench = Bench::new();
    bench.publish(1, fixture::healthy(), 0);
    bench.draw(0);
    bench.press("2", 0);
    bench.press("K", 0);
    let toast = bench.session.screen.toast.clone().unwrap();
    assert!(toast.contains("Nothing can be done here"), "{toast}");
}
