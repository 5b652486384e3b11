//! The dispatcher with ways that take, fail, hang and panic, on a paused clock.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::time::{Instant, advance};

use super::super::carrier::Delivery;
use super::super::fixture::notice;
use super::*;
use crate::config::NotifyFilter;
use crate::model::notice::NoticeState;
use crate::model::severity::Severity;

/// What a way does with its next parcel.
#[derive(Clone, Copy, Debug)]
enum Does {
    Takes,
    Fails,
    IsAbsent,
    Hangs,
    Panics,
}

/// A way that does as it is told, and remembers the titles that it took.
struct Fake {
    name: &'static str,
    script: Mutex<VecDeque<Does>>,
    took: Mutex<Vec<String>>,
}

impl Fake {
    fn new(name: &'static str, script: &[Does]) -> Arc<Self> {
        Arc::new(Self {
            name,
            script: Mutex::new(script.iter().copied().collect()),
            took: Mutex::default(),
        })
    }

    fn took(&self) -> Vec<String> {
        self.took.lock().unwrap().clone()
    }
}

impl Carrier for Fake {
    fn name(&self) -> Line {
        Line::new(self.name)
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a> {
        Box::pin(async move {
            let does = self.script.lock().unwrap().pop_front();
            match does.unwrap_or(Does::Takes) {
                Does::Takes => {
                    let headline = parcel.headline();
                    let title = format!("{} {}", headline.state.word(), headline.title);
                    self.took.lock().unwrap().push(title);
                    Ok(Receipt(Line::new("thanks")))
                }
                Does::Fails => Err(Refusal::Passing(Line::new("HTTP 500"))),
                Does::IsAbsent => Err(Refusal::Absent(Line::new("nobody is there"))),
                Does::Hangs => std::future::pending().await,
                Does::Panics => panic!("a fault"),
            }
        })
    }
}

/// A running dispatcher.
struct Stage {
    notices: mpsc::Sender<Notice>,
    ways: watch::Receiver<Arc<Ways>>,
    running: tokio::task::JoinHandle<()>,
}

fn route(carrier: &Arc<Fake>) -> Route {
    Route {
        carrier: Arc::clone(carrier) as Arc<dyn Carrier>,
        optional: false,
        stand_in: None,
    }
}

fn stage(routes: Vec<Route>, quiet: Option<&str>) -> Stage {
    let (notices, incoming) = mpsc::channel(64);
    let (shown, ways) = watch::channel(Arc::default());
    let quiet = Quiet {
        hours: quiet.and_then(QuietHours::parse),
        zone: Zone::utc(),
    };
    let started = Instant::now();
    // The first of January 2026 at noon.
    let clock = move || At(1_767_268_800_000).plus(started.elapsed().into());
    let sieve = Sieve::new(&NotifyFilter::default());
    let dispatcher = Dispatcher::new(sieve, quiet, (routes, 6), shown, clock);
    Stage {
        notices,
        ways,
        running: tokio::spawn(dispatcher.run(incoming)),
    }
}

impl Stage {
    async fn tell(&self, key: &str, severity: Severity, state: NoticeState) {
        self.notices.send(notice(key, severity, state)).await.unwrap();
    }

    /// Lets the time pass, and everything happen that is due.
    async fn pass(&self, seconds: u64) {
        for _ in 0..seconds * 4 {
            advance(Duration::from_millis(250)).await;
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn way(&self, name: &str) -> Way {
        let ways = self.ways.borrow();
        ways.ways
            .iter()
            .find(|way| way.name.as_str() == name)
            .unwrap()
            .clone()
    }

    fn events(&self) -> Vec<String> {
        let ways = self.ways.borrow();
        ways.events
            .iter()
            .map(|event| format!("{} {}", event.way, event.what))
            .collect()
    }
}

use NoticeState::{Firing, Resolved};
use Severity::{Critical, Warning};

#[tokio::test(start_paused = true)]
async fn one_alert_is_one_message_and_its_end_another() {
    let a = Fake::new("a", &[]);
    let stage = stage(vec![route(&a)], None);
    for _ in 0..5 {
        stage.tell("broker", Critical, Firing).await;
    }
    stage.pass(3).await;
    stage.tell("broker", Critical, Resolved).await;
    stage.pass(3).await;
    assert_eq!(a.took(), ["firing broker broke", "resolved broker broke"]);
    let way = stage.way("a");
    assert_eq!((way.tally.delivered, way.tally.waiting), (2, 0));
    assert!(matches!(way.state, WayState::Working { .. }));
    assert_eq!(stage.ways.borrow().withheld.repeated, 4);
    assert!(stage.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_at_once_are_one_digest() {
    let a = Fake::new("a", &[]);
    let stage = stage(vec![route(&a)], None);
    for number in 0..10_000 {
        stage.tell(&number.to_string(), Warning, Firing).await;
    }
    stage.pass(60).await;
    assert_eq!(a.took(), ["firing 10000 alerts: 2000 warning"]);
    let tally = stage.way("a").tally;
    assert_eq!(
        (tally.digested, tally.undelivered, tally.waiting),
        (2_000, 8_000, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_way_that_hangs_holds_up_no_other_and_is_tried_again() {
    let (a, b) = (Fake::new("a", &[Does::Hangs, Does::Fails]), Fake::new("b", &[]));
    let stage = stage(vec![route(&a), route(&b)], None);
    stage.tell("x", Critical, Firing).await;
    stage.pass(1).await;
    assert_eq!((a.took().len(), b.took().len()), (0, 1));
    stage.pass(3).await;
    let failing = stage.way("a");
    assert!(
        matches!(&failing.state, WayState::Failing { why, .. } if why.as_str() == "no answer within 2.0 s"),
        "{failing:?}"
    );
    assert_eq!(failing.tally.waiting, 1);
    stage.pass(10).await;
    assert_eq!(a.took(), ["firing x broke"]);
    assert_eq!(
        stage.events(),
        [
            "a does not work: no answer within 2.0 s",
            "a does not work: HTTP 500",
            "a works again after 3s",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_way_that_panics_is_noticed_and_lives_on() {
    let a = Fake::new("a", &[Does::Panics]);
    let stage = stage(vec![route(&a)], None);
    stage.tell("x", Critical, Firing).await;
    stage.pass(3).await;
    let way = stage.way("a");
    assert_eq!(way.tally.undelivered, 1);
    assert!(
        matches!(&way.state, WayState::Failing { why, .. } if why.as_str().contains("a fault of kaftop"))
    );
    let events = stage.events();
    assert!(
        events
            .iter()
            .any(|event| event.contains("1 of 1 notices are lost")),
        "{events:?}"
    );
    stage.tell("y", Critical, Firing).await;
    stage.pass(3).await;
    assert_eq!(a.took(), ["firing y broke"]);
}

#[tokio::test(start_paused = true)]
async fn the_terminal_stands_in_where_the_desktop_does_not_deliver() {
    let desktop = Fake::new("desktop", &[Does::Takes, Does::IsAbsent, Does::Takes]);
    let terminal = Fake::new("terminal", &[]);
    let mut first = route(&desktop);
    first.stand_in = Some(Line::new("terminal"));
    let stage = stage(vec![first, route(&terminal)], None);
    stage.tell("a", Critical, Firing).await;
    stage.pass(2).await;
    assert_eq!((desktop.took().len(), terminal.took().len()), (1, 0));
    stage.tell("b", Critical, Firing).await;
    stage.pass(2).await;
    assert_eq!(terminal.took(), ["firing b broke"]);
    assert_eq!(stage.way("desktop").tally.passed_on, 1);
    stage.pass(5).await;
    // It is probed again, with the next notice.
    stage.tell("c", Critical, Firing).await;
    stage.pass(2).await;
    assert_eq!(desktop.took(), ["firing a broke", "firing c broke"]);
    assert_eq!(terminal.took().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_optional_way_that_is_absent_loses_nothing() {
    let a = Fake::new("a", &[Does::IsAbsent, Does::IsAbsent]);
    let mut optional = route(&a);
    optional.optional = true;
    let stage = stage(vec![optional], None);
    for key in ["x", "y"] {
        stage.tell(key, Critical, Firing).await;
        stage.pass(3).await;
    }
    let way = stage.way("a");
    assert!(matches!(way.state, WayState::Unavailable { .. }), "{way:?}");
    assert_eq!(
        (way.tally.undelivered, way.tally.waiting, way.tally.passed_on),
        (0, 0, 2)
    );
    assert_eq!(
        stage.events(),
        ["a is not available: nobody is there"],
        "said once"
    );
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_end_with_a_digest() {
    let a = Fake::new("a", &[]);
    let stage = stage(vec![route(&a)], Some("11:00-12:01"));
    for number in 0..5 {
        stage.tell(&number.to_string(), Warning, Firing).await;
    }
    stage.tell("grave", Critical, Firing).await;
    stage.pass(50).await;
    assert_eq!(a.took(), ["firing grave broke"]);
    assert_eq!(stage.ways.borrow().withheld.quiet, 5);
    stage.pass(60).await;
    assert_eq!(
        a.took().last().map(String::as_str),
        Some("firing 5 alerts: 5 warning")
    );
}

impl Stage {
    /// Nothing more comes; the events of the end, and how long it took.
    async fn end(self) -> (Vec<String>, Duration) {
        let began = Instant::now();
        let before = self.events().len();
        drop(self.notices);
        self.running.await.unwrap();
        let ways = self.ways.borrow();
        let waiting: u64 = ways.ways.iter().map(|way| way.tally.waiting).sum();
        assert_eq!(waiting, 0, "what is lost no longer waits");
        let events = ways.events.iter().skip(before);
        let events = events.map(|event| format!("{} {}", event.way, event.what));
        (events.collect(), began.elapsed())
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_queue_ends_is_delivered_or_said_to_be_lost() {
    let (a, b) = (Fake::new("a", &[]), Fake::new("b", &[Does::Hangs]));
    let stage = stage(vec![route(&a), route(&b)], Some("11:00-12:01"));
    stage.tell("x", Critical, Firing).await;
    stage.tell("small", Warning, Firing).await;
    let (said, took) = stage.end().await;
    assert_eq!(a.took(), ["firing x broke"]);
    assert_eq!(
        said,
        [
            "b 1 notice is lost with the end of kaftop: x broke",
            "quiet hours 1 notice is lost with the end of kaftop: small broke",
        ]
    );
    assert!(took <= Duration::from_secs(3), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn at_the_end_what_failed_before_is_tried_once_more_without_a_wait() {
    let fails = [Does::Fails; 5];
    let (a, b) = (Fake::new("a", &fails[..4]), Fake::new("b", &fails));
    let stage = stage(vec![route(&a), route(&b)], None);
    for key in ["x", "y", "z", "u", "v"] {
        stage.tell(key, Critical, Firing).await;
    }
    // After 1, 2 and 4 s: both rest for 8 s now.
    stage.pass(9).await;
    assert_eq!(a.took(), [""; 0]);
    let (said, took) = stage.end().await;
    assert_eq!(a.took(), ["firing 5 alerts: 5 critical"]);
    assert_eq!(
        said,
        [
            "a works again after 8s",
            "b 5 notices are lost with the end of kaftop: u broke; v broke; x broke; and 2 more",
        ]
    );
    assert!(
        took < Duration::from_secs(1),
        "a way that fails at once holds up nothing: {took:?}"
    );
}
