//! A screen that stands still.

use super::*;

#[test]
fn an_age_or_a_lag_that_goes_on_is_no_news_and_another_verdict_is() {
    let mut bench = Bench::new();
    bench.publish(1, fixture::degraded(), 0);
    bench.draw(0);
    bench.press("space", 10);
    let mut later = fixture::degraded();
    let health = Arc::make_mut(&mut later.health);
    let sentence = health.verdict.sentence.clone();
    health.verdict.sentence = format!("{sentence} Group g has read nothing for 5m: 7 wait.");
    bench.publish(2, later.clone(), 20);
    let frame = bench.text(1_000);
    assert!(
        frame.contains("By now it is DEGRADED: "),
        "another sentence is told:\n{frame}"
    );
    bench.press("space", 1_010);
    bench.publish(3, later.clone(), 1_020);
    bench.draw(1_030);
    bench.press("space", 1_040);
    let health = Arc::make_mut(&mut later.health);
    health.verdict.sentence = format!("{sentence} Group g has read nothing for 6m: 9 wait.");
    bench.publish(4, later, 1_050);
    let frame = bench.text(2_000);
    assert!(frame.contains("The verdict is still this one."), "{frame}");
    assert!(!frame.contains("missed."), "{frame}");
}

#[test]
fn the_events_that_are_missed_are_counted() {
    let mut bench = Bench::new();
    bench.publish(1, fixture::healthy(), 0);
    bench.draw(0);
    bench.press("space", 10);
    let newest = fixture::degraded();
    let events = |bulletin: &Bulletin| bulletin.snapshot.events.newest().map(|event| event.id);
    assert_ne!(events(&newest), events(&fixture::healthy()));
    bench.publish(2, newest, 20);
    let frame = bench.text(1_000);
    assert!(frame.contains("1 event missed. By now it is DEGRADED"), "{frame}");
}
