//! What goes on is marked for those who tell of alerts, and no longer than it goes on.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::kit::{Bench, broker};
use crate::model::act::{Act, Deed, Verb};
use crate::model::alert::Works;
use crate::model::cluster::Mode;
use crate::model::ids::BrokerId;
use crate::model::progress::{Control, Ending};
use crate::model::time::{At, Span};
use crate::sim::world::{self, Act as Happens};

/// The names of what is marked, with whether it goes on.
fn marked(works: &Works) -> Vec<(String, bool)> {
    let mark =
        |(name, work): (&String, &crate::model::alert::Maintenance)| (name.clone(), work.until.is_none());
    works.iter().map(mark).collect()
}

/// All that was marked while this went on, each change of it.
async fn course<T>(bench: &Bench, act: impl Future<Output = T>) -> (T, Vec<Vec<(String, bool)>>) {
    let mut works = bench.works.clone();
    works.mark_unchanged();
    let mut course = Vec::new();
    tokio::pin!(act);
    loop {
        tokio::select! {
            biased;
            changed = works.changed() => {
                changed.unwrap();
                course.push(marked(&works.borrow_and_update()));
            }
            ended = &mut act => {
                if works.has_changed().unwrap() {
                    course.push(marked(&works.borrow_and_update()));
                }
                return (ended, course);
            }
        }
    }
}

fn goes_on(id: i32) -> Vec<(String, bool)> {
    vec![(format!("broker {id}"), true)]
}

#[tokio::test(start_paused = true)]
async fn what_takes_away_stays_marked_for_ten_minutes_and_what_gives_back_does_not() {
    let bench = Bench::new(Mode::Kraft).await;
    let (outcome, stop) = course(&bench, bench.on(Verb::Stop, broker(2))).await;
    assert_eq!(outcome.unwrap().ending, Ending::Done);
    assert_eq!(stop, [goes_on(2), vec![("broker 2".to_owned(), false)]]);
    let now = bench.clock.now();
    let left = bench.works.borrow().get("broker 2").cloned().unwrap();
    assert_eq!(
        (left.brokers.as_slice(), left.why.as_str()),
        (&[BrokerId(2)][..], "stop broker 2")
    );
    let until: At = left.until.unwrap();
    assert!(now.age(until) <= Span::seconds(600) && now.age(until) > Span::seconds(590));
    // Its start takes its place, and leaves nothing.
    let (outcome, start) = course(&bench, bench.on(Verb::Start, broker(2))).await;
    assert_eq!(outcome.unwrap().ending, Ending::Done);
    assert_eq!(start, [goes_on(2), vec![]]);
    let (_, restart) = course(&bench, bench.on(Verb::Restart, broker(2))).await;
    assert_eq!(restart, [goes_on(2), vec![]]);
}

#[tokio::test(start_paused = true)]
async fn a_rolling_restart_marks_one_broker_at_a_time() {
    let bench = Bench::new(Mode::Kraft).await;
    let roll = Act {
        deed: Deed::Roll,
        why: "test".into(),
    };
    let (outcome, course) = course(&bench, bench.act(&roll)).await;
    assert_eq!(outcome.unwrap().ending, Ending::Done);
    assert_eq!(course.len(), 6, "{course:?}");
    assert!(course.iter().all(|marks| marks.len() <= 1), "{course:?}");
    assert_eq!(*bench.works.borrow(), Works::new());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_seen_to_have_worked_and_what_is_dropped_half_way_leaves_no_mark() {
    let bench = Bench::new(Mode::Kraft).await;
    // It dies again as soon as it is started.
    let breaking = async {
        sleep(Duration::from_secs(3)).await;
        while bench.works.borrow().contains_key("broker 2") {
            let kill = Happens::Kill(world::Node::Broker(2));
            let _ = bench.model.world().act(&kill);
            sleep(Duration::from_millis(200)).await;
        }
    };
    let restart = bench.on(Verb::Restart, broker(2));
    let (outcome, ()) = tokio::join!(restart, breaking);
    assert_ne!(outcome.unwrap().ending, Ending::Done);
    assert_eq!(*bench.works.borrow(), Works::new());

    let other = Bench::new(Mode::Kraft).await;
    let plan = other
        .gate
        .plan(&Act::on(Verb::Stop, broker(1), "test"))
        .await
        .unwrap();
    let (_control, steer) = watch::channel(Control::Go);
    let number = other.gate.number();
    let tell = |_| {};
    let dropped = tokio::time::timeout(
        Duration::from_secs(1),
        other.gate.carry_out(&plan, number, steer, &tell),
    );
    assert!(dropped.await.is_err(), "it was still under way");
    assert_eq!(*other.works.borrow(), Works::new());
}
