//! What a container prints: the last words of one that has stopped, and what is followed.

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::docker::log;
use super::docker_tests::{Following, options};
use crate::engine::fake::{FakeContainer, FakeEngine, PATIENCE};
use crate::model::container::ContainerState;
use crate::model::fleet::EngineFact;
use crate::model::log::{LogFeed, LogLine, LogRequest, LogState};
use crate::model::observation::Fact;

fn framed(lines: &[&str]) -> Vec<u8> {
    let mut output = Vec::new();
    for line in lines {
        let text = format!("2026-01-02T03:04:05Z {line}\n");
        output.extend([1, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).expect("short")]);
        output.extend(text.as_bytes());
    }
    output
}

#[tokio::test]
async fn a_container_that_has_stopped_says_its_last_words_unasked_and_once() {
    let fake = FakeEngine::start("1.41");
    let output = framed(&["[x] INFO up", "[x] FATAL disk full"]);
    let one = fake.put(
        1,
        FakeContainer {
            status: "exited".into(),
            output,
            ..FakeContainer::running("kafka-1")
        },
    );
    let mut following = Following::engine(&fake);
    following.wanted.send_replace([one.clone()].into());
    let last = following
        .until("its last words", |fact| match fact {
            Fact::Engine(EngineFact::LastWords(id, lines)) if *id == one => {
                lines.last().map(|line| line.text().to_owned())
            }
            _ => None,
        })
        .await;
    assert_eq!(last, "[x] FATAL disk full");
    following
        .inspected(&one, ContainerState::Exited { code: Some(0) })
        .await;
    let asked = fake
        .asked()
        .iter()
        .filter(|asked| asked.contains("/logs"))
        .count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn an_output_is_followed_and_the_next_takes_its_place() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(
        1,
        FakeContainer {
            output: framed(&["a", "b"]),
            ..FakeContainer::running("kafka-1")
        },
    );
    let two = fake.put(
        2,
        FakeContainer {
            output: framed(&["c"]),
            ..FakeContainer::running("kafka-2")
        },
    );
    let options = options(&fake.address().to_string());
    let (ask, requests) = mpsc::channel(4);
    let (feeds, mut feed) = watch::channel(None::<LogFeed>);
    let task = tokio::spawn(log::follow(options, requests, feeds));
    for (id, newest) in [(one, "b"), (two.clone(), "c")] {
        ask.send(LogRequest::Follow(id.clone()))
            .await
            .expect("it listens");
        let shown = |feed: &Option<LogFeed>| {
            feed.as_ref().is_some_and(|feed| {
                let last = feed
                    .lines
                    .end()
                    .checked_sub(1)
                    .and_then(|last| feed.lines.line(last));
                feed.container == id
                    && feed.state == LogState::Following
                    && last.map(LogLine::text) == Some(newest)
            })
        };
        timeout(PATIENCE, feed.wait_for(shown))
            .await
            .expect("in time")
            .expect("it goes on");
    }
    fake.remove(&two);
    ask.send(LogRequest::Follow(two)).await.expect("it listens");
    let failed = |feed: &Option<LogFeed>| {
        matches!(
            feed,
            Some(LogFeed {
                state: LogState::Failed(_),
                ..
            })
        )
    };
    timeout(PATIENCE, feed.wait_for(failed))
        .await
        .expect("in time")
        .expect("it goes on");
    ask.send(LogRequest::Leave).await.expect("it listens");
    timeout(PATIENCE, feed.wait_for(Option::is_none))
        .await
        .expect("in time")
        .expect("it goes on");
    drop(ask);
    timeout(PATIENCE, task)
        .await
        .expect("it ends when nobody asks")
        .expect("no fault");
}
