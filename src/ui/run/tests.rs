//! When the loop draws, sleeps, asks and ends.

mod acts;
mod frozen;

use super::pace::{SILENT, TICK};
use super::*;
use crate::model::alert::{Order, Silence};
use crate::model::question::{Answer, Reply};
use crate::model::text::Name;
use crate::model::time::Span;
use crate::ui::enquiry::State;
use crate::ui::fixture;
use crate::ui::screen::ListId;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

struct Bench {
    sender: watch::Sender<Option<Arc<Bulletin>>>,
    session: Session,
    questions: mpsc::Receiver<Question>,
    woken: std::sync::mpsc::Receiver<Wake>,
    start: Instant,
}

impl Bench {
    fn new() -> Self {
        let (sender, receiver) = watch::channel(None);
        let start = Instant::now();
        let (asker, questions) = mpsc::channel(1);
        let (wake, woken) = std::sync::mpsc::sync_channel(8);
        let sorter = Sorter::start(wake).unwrap();
        let session = Session::new(receiver, asker, UiSettings::default(), sorter, start);
        Self {
            sender,
            session,
            questions,
            woken,
            start,
        }
    }

    fn at(&self, millis: u64) -> Instant {
        self.start + Duration::from_millis(millis)
    }

    fn publish(&mut self, seq: u64, mut bulletin: Bulletin, millis: u64) {
        bulletin.seq = seq;
        self.sender.send_replace(Some(Arc::new(bulletin)));
        self.session.look(self.at(millis));
    }

    fn draw(&mut self, millis: u64) {
        self.text(millis);
    }

    /// Draws, and gives what stands on the screen.
    fn text(&mut self, millis: u64) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
        self.session.draw(&mut buffer, self.at(millis));
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    fn press(&mut self, key: &str, millis: u64) -> bool {
        let wake = Wake::Key(key.parse().unwrap());
        self.session.take(wake, self.at(millis)).unwrap()
    }
}

#[test]
fn frames_are_at_most_15_a_second_and_ages_tick_each_second() {
    let mut bench = Bench::new();
    assert!(bench.session.dirty, "the first frame is drawn at once");
    bench.draw(0);
    bench.publish(1, fixture::degraded(), 10);
    assert!(bench.session.dirty);
    assert_eq!(bench.session.patience(bench.at(10)), Duration::from_millis(57));
    bench.draw(67);
    assert_eq!(
        bench.session.patience(bench.at(67)),
        TICK,
        "down for so many seconds"
    );
    bench.session.tick(bench.at(1_066));
    assert!(!bench.session.dirty);
    bench.session.tick(bench.at(1_067));
    assert!(bench.session.dirty);
}

#[test]
fn a_key_is_answered_at_once_and_the_pace_is_calm_again_after_it() {
    let mut bench = Bench::new();
    bench.draw(0);
    bench.publish(1, fixture::degraded(), 10);
    bench.press("2", 20);
    assert_eq!(bench.session.patience(bench.at(20)), Duration::ZERO);
    bench.draw(20);
    // Rows that come a little later do not wait either.
    bench.publish(2, fixture::healthy(), 22);
    assert_eq!(bench.session.patience(bench.at(22)), Duration::from_millis(6));
    bench.draw(170);
    bench.publish(3, fixture::degraded(), 171);
    assert_eq!(bench.session.patience(bench.at(171)), Duration::from_millis(66));
}

#[test]
fn a_frame_without_ages_sleeps_until_silence_has_to_be_said() {
    let mut bench = Bench::new();
    let mut bulletin = fixture::healthy();
    let health = Arc::make_mut(&mut bulletin.health);
    health.verdict.since = None;
    bench.publish(1, bulletin, 0);
    bench.draw(0);
    assert_eq!(bench.session.patience(bench.at(0)), SILENT);
    bench.session.tick(bench.at(3_000));
    assert!(bench.session.dirty);
    bench.draw(3_000);
    assert_eq!(bench.session.patience(bench.at(3_000)), TICK);
}

#[test]
fn the_same_bulletin_is_not_drawn_twice() {
    let mut bench = Bench::new();
    bench.publish(1, fixture::healthy(), 0);
    bench.draw(0);
    bench.publish(1, fixture::healthy(), 500);
    assert!(!bench.session.dirty);
}

#[test]
fn rows_hold_still_within_a_second_and_after_a_key() {
    let first = |bench: &Bench| {
        bench
            .session
            .screen
            .lists
            .rows(ListId::WorstGroups)
            .first()
            .cloned()
    };
    let mut worse = fixture::healthy();
    let group = fixture::group("zebra", "Stable", 900_000, Some(500.0), 1);
    Arc::make_mut(&mut worse.snapshot)
        .groups
        .table
        .insert(group.name.clone(), Arc::new(group));
    fixture::judged(&mut worse);
    let mut bench = Bench::new();
    bench.publish(1, fixture::healthy(), 0);
    bench.draw(0);
    let before = first(&bench);
    bench.publish(2, worse.clone(), 500);
    bench.draw(500);
    assert_eq!(first(&bench), before, "within a second of the last order");
    bench.press("j", 1_400);
    bench.publish(3, worse.clone(), 1_500);
    bench.draw(1_500);
    assert_eq!(first(&bench), before, "right after a key");
    bench.publish(4, worse, 2_000);
    bench.draw(2_000);
    assert_ne!(first(&bench), before);
}

#[test]
fn the_rows_of_a_large_cluster_are_made_beside_the_loop_and_shown_with_their_bulletin() {
    let mut bench = Bench::new();
    let large = || {
        let mut bulletin = fixture::degraded();
        Arc::make_mut(&mut bulletin.health).survey.tallies.total = LARGE;
        bulletin
    };
    // Rows come when they are made; what comes before them may be of another order.
    let until = |bench: &mut Bench, there: &dyn Fn(&Bench) -> bool| {
        while !there(bench) {
            bench.woken.recv_timeout(Duration::from_secs(20)).unwrap();
            bench.session.take_rows().unwrap();
        }
    };
    let shown = |bench: &Bench| bench.session.bulletin.as_ref().map(|bulletin| bulletin.seq);
    let rows = |bench: &Bench| bench.session.screen.lists.rows(ListId::Partitions).to_vec();
    bench.draw(0);
    bench.publish(1, large(), 100);
    assert!(!bench.session.dirty && bench.session.bulletin.is_none());
    until(&mut bench, &|bench| shown(bench) == Some(1));
    assert!(bench.session.dirty);
    bench.draw(200);
    bench.press("4", 300);
    until(&mut bench, &|bench| !rows(bench).is_empty());
    let before = rows(&bench);
    bench.press("r", 300);
    assert_eq!(rows(&bench), before, "the key waits for nothing");
    until(&mut bench, &|bench| rows(bench) != before);
    bench.publish(2, large(), 2_000);
    bench.session.screen.view_mut(ListId::Partitions).only_bad = true;
    bench.publish(3, large(), 2_000);
    until(&mut bench, &|bench| {
        assert_ne!(shown(bench), Some(2), "made for a sorting that is no more");
        shown(bench) == Some(3)
    });
}

#[test]
fn without_a_cluster_only_help_and_quit_work() {
    let mut bench = Bench::new();
    bench.session.settings.how_to_connect = Some(vec![]);
    bench.press("2", 0);
    assert_eq!(bench.session.screen.page(), crate::ui::screen::Page::Overview);
    bench.press("i", 0);
    assert_eq!(bench.session.screen.overlay, None);
    bench.press("?", 0);
    assert!(bench.session.screen.overlay.is_some());
    assert!(bench.press("q", 0));
}

#[test]
fn a_question_is_sent_or_said_not_to_be_and_its_answer_makes_a_frame() {
    let mut bench = Bench::new();
    bench.publish(1, fixture::healthy(), 0);
    bench.draw(0);
    let group = |name: &str| Name::from(name);
    bench.press("5", 0);
    bench.press("w", 0);
    let asked = bench.questions.try_recv().unwrap();
    let first = group("message-router");
    assert_eq!(asked, Question::OldestUnread { group: first.clone() });
    bench.press("w", 0);
    bench.press("w", 0);
    let state = |bench: &Bench| bench.session.screen.enquiry.as_ref().unwrap().state.clone();
    assert_eq!(
        state(&bench),
        State::Asking,
        "the channel is full of the same question"
    );
    bench.press("esc", 0);
    bench.press("j", 0);
    bench.press("w", 0);
    assert!(matches!(state(&bench), State::NotAsked(_)));
    assert!(bench.questions.try_recv().is_ok());
    bench.press("w", 0);
    assert_eq!(state(&bench), State::Asking);
    bench.draw(0);
    for (name, dirty) in [("message-router", false), ("billing-export", true)] {
        let answer = Answer {
            question: Question::OldestUnread { group: group(name) },
            asked: fixture::NOW,
            reply: Reply::OldestUnread(Ok(None)),
        };
        bench.session.take(Wake::Answer(answer), bench.at(100)).unwrap();
        assert_eq!(bench.session.dirty, dirty, "{name}");
    }
    assert!(matches!(state(&bench), State::Answered(_)));
}

#[test]
fn an_act_is_planned_shown_confirmed_and_asked_for() {
    let mut bench = Bench::new();
    let (wisher, mut wishes) = mpsc::channel(4);
    bench.session.wishes = Some(wisher);
    bench.publish(1, fixture::healthy(), 0);
    assert_eq!(
        wishes.try_recv(),
        Ok(Wish::Leftovers),
        "asked once the cluster is known"
    );
    bench.draw(0);
    bench.press("2", 0);
    bench.press("S", 0);
    let Ok(Wish::Plan(act)) = wishes.try_recv() else {
        panic!("no plan is asked for");
    };
    let plan = Box::new(crate::model::plan::Plan {
        act,
        on: None,
        does: vec![],
        blockers: vec![],
        notes: vec![],
        confirm: crate::model::plan::Confirm::Key,
    });
    bench
        .session
        .hear(crate::model::progress::Reply::Planned(plan.clone()));
    // What was typed ahead confirms nothing.
    bench.press("y", 1);
    bench.draw(10);
    bench.press("y", 11);
    assert!(wishes.try_recv().is_err());
    // Keys mean nothing else meanwhile.
    bench.press("q", 400);
    bench.press("3", 400);
    assert_eq!(bench.session.screen.page(), crate::ui::screen::Page::Brokers);
    bench.press("y", 400);
    assert_eq!(wishes.try_recv(), Ok(Wish::Do(plan)));
    bench.press("esc", 500);
    assert!(bench.session.screen.acts.dialog.is_none());
}

#[test]
fn a_silence_is_asked_for_made_and_ended() {
    let mut bench = Bench::new();
    let mut bulletin = fixture::alarmed(400);
    bench.publish(1, bulletin.clone(), 0);
    bench.draw(0);
    bench.press("8", 0);
    bench.draw(10);
    bench.press("z", 20);
    for key in ["2", "h", "space", "w", "h", "y", "enter"] {
        bench.press(key, 30);
    }
    let now = bulletin.snapshot.now();
    let Ok(Question::Order(Order::Silence(silence))) = bench.questions.try_recv() else {
        panic!("{:?}", bench.session.screen.toast);
    };
    let expected = Silence {
        rule: Some(fixture::offline().rule),
        subject: Some(fixture::offline().subject),
        until: now.plus(Span::seconds(7_200)),
        reason: "why".to_owned(),
    };
    assert_eq!(silence, expected);
    let toast = bench.session.screen.toast.clone().unwrap();
    assert!(toast.starts_with("Silenced for 2h, until "), "{toast}");
    // While it is silenced the same key ends that, without a question.
    let alerts = Arc::make_mut(&mut bulletin.alerts);
    for alert in &mut alerts.firing {
        if alert.key == fixture::offline() {
            Arc::make_mut(alert).handling.silenced = Some(silence.clone());
        }
    }
    bench.publish(2, bulletin, 40);
    bench.draw(50);
    bench.press("z", 60);
    let asked = bench.questions.try_recv();
    assert_eq!(asked, Ok(Question::Order(Order::Unsilence(fixture::offline()))));
}

#[test]
fn a_lost_keyboard_ends_the_screen_with_the_reason() {
    let mut bench = Bench::new();
    let lost = Wake::InputLost("closed".to_owned());
    let error = bench.session.take(lost, bench.at(0)).unwrap_err();
    assert!(error.to_string().contains("closed"));
}

#[test]
fn half_of_a_command_is_shown_until_it_goes_on_or_is_forgotten() {
    let mut bench = Bench::new();
    bench.session.keymap = crate::command::Keymaps::default().keymap("vim").keymap;
    bench.publish(1, fixture::degraded(), 0);
    bench.press("2", 0);
    bench.draw(0);
    let half = |bench: &Bench| bench.session.screen.half.map(|half| half.to_string());
    bench.press("g", 100);
    assert_eq!((half(&bench).as_deref(), bench.session.dirty), (Some("g"), true));
    bench.draw(100);
    assert!(bench.text(100).contains(" g and then?"));
    bench.press("g", 200);
    assert_eq!(half(&bench), None);
    bench.press("Z", 300);
    bench.draw(300);
    assert_eq!(bench.session.patience(bench.at(300)), Duration::from_secs(1));
    bench.session.tick(bench.at(1_299));
    assert!(half(&bench).is_some());
    bench.session.tick(bench.at(1_300));
    assert_eq!((half(&bench), bench.session.dirty), (None, true));
}
