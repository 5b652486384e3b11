//! What is read only when the screen asks for it: one question at a time, beside the pipeline.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::health::Bulletin;
use crate::model::alert::Order;
use crate::model::failure::Failure;
use crate::model::question::{Answer, Oldest, Question, Reply};
use crate::model::text::Name;
use crate::source::kafka::EyeOptions;

use super::oldest::{choose, conclude, not_asked};
use super::oldest_reads;
use super::topic_config;

/// Questions that may wait.
pub(super) const QUESTIONS: usize = 8;
/// The longest that the answers are waited for.
const WITHIN: Duration = Duration::from_secs(2);

/// Answers the questions until nobody asks any more.
pub(super) async fn run(
    options: EyeOptions,
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    (mut questions, orders): (mpsc::Receiver<Question>, mpsc::Sender<Order>),
    tell: impl Fn(Answer),
) {
    while let Some(question) = questions.recv().await {
        // The screen shows one answer, and waits for that to its newest question only; but every order counts.
        let (mut next, mut newest_question) = (Some(question), None);
        while let Some(question) = next {
            match question {
                Question::Order(order) => pass_on(&orders, order).await,
                question => newest_question = Some(question),
            }
            next = questions.try_recv().ok();
        }
        let Some(question) = newest_question else { continue };
        let newest = bulletins.borrow().clone();
        let asked = options.clock.now();
        let reply = match &question {
            Question::OldestUnread { group } => {
                Reply::OldestUnread(oldest_unread(&options, newest.as_deref(), group, WITHIN).await)
            }
            Question::TopicConfig { topic } => {
                let snapshot = newest.as_deref().map(|bulletin| &*bulletin.snapshot);
                Reply::TopicConfig(topic_config::read(&options, snapshot, topic, WITHIN).await)
            }
            Question::Order(_) => continue,
        };
        tell(Answer {
            question,
            asked,
            reply,
        });
    }
}

/// The pipeline takes orders as they come; one that it does not take within the limit is lost with the pipeline.
async fn pass_on(orders: &mpsc::Sender<Order>, order: Order) {
    drop(tokio::time::timeout(WITHIN, orders.send(order)).await);
}

async fn oldest_unread(
    options: &EyeOptions,
    newest: Option<&Bulletin>,
    group: &Name,
    limit: Duration,
) -> Result<Option<Oldest>, Failure> {
    let snapshot = newest.map(|bulletin| &*bulletin.snapshot);
    let known = snapshot.and_then(|snapshot| Some((snapshot, snapshot.groups.table.get(group)?)));
    let (snapshot, group) = known.ok_or_else(|| not_asked("no broker lists the group any more"))?;
    let choice = choose(snapshot, group)?;
    let told = oldest_reads::all(options, choice.aims, limit).await;
    conclude(told, choice.untold)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::broker::Endpoint;
    use crate::model::cluster::Mode;
    use crate::model::failure::FailureKind;
    use crate::model::group::{GroupPartition, Lag};
    use crate::model::ids::BrokerId;
    use crate::model::question::{ConfigOrigin, Untold};
    use crate::model::time::At;
    use crate::model::topic::Topic;
    use crate::sim::testbed::Testbed;
    use crate::source::clock::Clock;
    use crate::source::council::ensemble;
    use crate::ui::fixture;
    use crate::wire::{Address, Api};

    fn options(overrides: BTreeMap<i32, Address>) -> EyeOptions {
        EyeOptions {
            bootstrap: vec![],
            overrides,
            client_id: "kaftop".to_owned(),
            refresh: Duration::from_secs(1),
            ensemble: ensemble(0).1,
            clock: Clock::set(fixture::NOW),
        }
    }

    /// The first three brokers and the topic of the cluster as a bulletin tells them; a group has read up to these
    /// offsets of the partitions that brokers 1, 2 and 3 lead.
    fn bulletin(cluster: &Testbed, committed: [i64; 3]) -> Bulletin {
        let mut bulletin = fixture::healthy();
        let snapshot = Arc::make_mut(&mut bulletin.snapshot);
        for (id, address) in (1..).zip(cluster.addresses()) {
            snapshot.brokers.get_mut(&BrokerId(id)).unwrap().endpoint = Some(Endpoint {
                host: Name::from(address.host()),
                port: address.port(),
            });
        }
        let mut orders = Topic::clone(&snapshot.topics[&Name::from("messages")]);
        let truth = cluster.simulation.with_world(|world| world.truth());
        orders.name = Name::from("orders");
        orders.id = truth.topic("orders").map(|topic| topic.id);
        snapshot.topics.insert(orders.name.clone(), Arc::new(orders));
        let mut group = fixture::group("router", "Stable", 30, None, 1);
        group.partitions = (0..)
            .zip(committed)
            .map(|(partition, committed)| GroupPartition {
                topic: Name::from("orders"),
                partition,
                committed: Some(committed),
                end: Some(committed + 10),
                lag: Lag::Known(10),
                lost: 0,
            })
            .collect();
        snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
        bulletin
    }

    fn question(group: &str) -> Question {
        Question::OldestUnread {
            group: Name::from(group),
        }
    }

    async fn oldest_unread_of(bulletin: &Bulletin, limit: Duration) -> Result<Option<Oldest>, Failure> {
        oldest_unread(&options(BTreeMap::new()), Some(bulletin), &"router".into(), limit).await
    }

    async fn ask(cluster: &Testbed, committed: [i64; 3], limit: Duration) -> Result<Option<Oldest>, Failure> {
        oldest_unread_of(&bulletin(cluster, committed), limit).await
    }

    #[tokio::test]
    async fn every_leader_is_asked_and_the_oldest_record_wins() {
        let cluster = Testbed::start(3).await;
        let committed = cluster.ends();
        for (id, time) in [(1, 5_000), (2, 3_000), (3, 4_000)] {
            cluster.hold(id, time);
        }
        let oldest = ask(&cluster, committed, WITHIN).await.unwrap().unwrap();
        assert_eq!(
            (
                oldest.partition.to_string().as_str(),
                oldest.offset,
                oldest.written
            ),
            ("orders-1", committed[1], At(3_000))
        );
        assert_eq!(oldest.untold, Untold::default());
        assert!((1..=3).all(|id| cluster.asked(id, Api::Fetch) == 1));
    }

    #[tokio::test]
    async fn a_silent_leader_costs_its_own_partition_only() {
        let cluster = Testbed::start(3).await;
        let committed = cluster.ends();
        cluster.hold(1, 5_000);
        cluster.kill(2);
        let oldest = ask(&cluster, committed, WITHIN).await.unwrap().unwrap();
        assert_eq!(oldest.written, At(5_000));
        // Broker 3 answers, and has no record.
        assert_eq!(
            oldest.untold,
            Untold {
                failed: 2,
                unasked: 0
            }
        );
        cluster.pause(1);
        cluster.pause(3);
        let silent = ask(&cluster, committed, Duration::from_millis(60))
            .await
            .unwrap_err();
        assert_eq!(silent.kind, FailureKind::Timeout);
        assert!(
            silent.detail().contains("none of 3 partitions told; orders-0"),
            "{silent}"
        );
    }

    #[tokio::test]
    async fn many_partitions_are_all_asked_and_of_a_leader_that_is_gone_each_is_counted() {
        let cluster = Testbed::start(3).await;
        let committed = cluster.ends();
        cluster.hold(1, 5_000);
        let mut bulletin = bulletin(&cluster, committed);
        let snapshot = Arc::make_mut(&mut bulletin.snapshot);
        let group = Arc::make_mut(snapshot.groups.table.get_mut(&Name::from("router")).unwrap());
        // A hundred records of the partition that broker 1 leads, and fifty of that which broker 2 leads.
        let many = (0..150).map(|number| group.partitions[usize::from(number >= 100)].clone());
        group.partitions = many.collect();
        let question = || oldest_unread_of(&bulletin, WITHIN);
        let oldest = question().await.unwrap().unwrap();
        assert_eq!((oldest.written, oldest.untold.unasked), (At(5_000), 0));
        assert_eq!(cluster.asked(1, Api::Fetch), 100);
        cluster.kill(2);
        let oldest = question().await.unwrap().unwrap();
        let untold = Untold {
            failed: 50,
            unasked: 0,
        };
        assert_eq!((oldest.written, oldest.untold), (At(5_000), untold));
    }

    #[tokio::test]
    async fn the_override_of_an_address_is_kept_to() {
        let cluster = Testbed::start(3).await;
        let committed = cluster.ends();
        cluster.hold(3, 4_000);
        let third = cluster.addresses()[2].clone();
        let overrides = (1..=3).map(|id| (id, third.clone())).collect();
        let bulletin = bulletin(&cluster, committed);
        let oldest = oldest_unread(&options(overrides), Some(&bulletin), &"router".into(), WITHIN).await;
        assert_eq!(oldest.unwrap().unwrap().written, At(4_000));
        assert_eq!(cluster.all_asked(), [3]);
    }

    #[tokio::test]
    async fn of_waiting_questions_the_newest_is_answered_and_a_gone_group_is_said_to_be_gone() {
        let cluster = Testbed::start(3).await;
        let committed = cluster.ends();
        cluster.hold(1, 5_000);
        let (_news, bulletins) = watch::channel(Some(Arc::new(bulletin(&cluster, committed))));
        let (asker, questions) = mpsc::channel(QUESTIONS);
        for group in ["gone", "auditor", "router"] {
            asker.send(question(group)).await.unwrap();
        }
        let (sender, mut answers) = mpsc::channel(4);
        let running = tokio::spawn(run(
            options(BTreeMap::new()),
            bulletins,
            (questions, mpsc::channel(1).0),
            move |answer| sender.try_send(answer).unwrap(),
        ));
        let answer = answers.recv().await.unwrap();
        assert_eq!(answer.question, question("router"));
        let Reply::OldestUnread(Ok(Some(oldest))) = answer.reply else {
            panic!("{:?}", answer.reply);
        };
        assert_eq!(oldest.written, At(5_000));
        asker.send(question("gone")).await.unwrap();
        let answer = answers.recv().await.unwrap();
        assert_eq!(answer.question, question("gone"));
        let Reply::OldestUnread(Err(why)) = answer.reply else {
            panic!("{:?}", answer.reply);
        };
        assert_eq!(why.kind, FailureKind::NotAsked);
        drop(asker);
        running.await.unwrap();
    }

    #[tokio::test]
    async fn a_topics_configuration_is_read_of_one_broker_and_on_zookeeper_not_without_the_ensemble() {
        let cluster = Testbed::start(3).await;
        let mut bulletin = bulletin(&cluster, cluster.ends());
        let snapshot = Arc::make_mut(&mut bulletin.snapshot);
        let options = options(BTreeMap::new());
        let orders = Name::from("orders");
        assert_eq!(snapshot.cluster.mode, Some(Mode::ZooKeeper));
        let blocked = topic_config::read(&options, Some(&*snapshot), &orders, WITHIN).await;
        assert_eq!(blocked.unwrap_err().kind, FailureKind::NotAsked);
        assert_eq!(cluster.asked_of_all(Api::DescribeConfigs), 0);
        snapshot.cluster.mode = Some(Mode::Kraft);
        let entries = topic_config::read(&options, Some(&*snapshot), &orders, WITHIN)
            .await
            .unwrap();
        let min_isr = entries
            .iter()
            .find(|entry| entry.name.raw() == "min.insync.replicas");
        let told = min_isr.map(|entry| (entry.value.as_ref().map(Name::raw), entry.origin));
        assert_eq!(told, Some((Some("1"), ConfigOrigin::Topic)));
        assert!(entries.len() > 20 && entries.is_sorted_by(|one, other| one.name < other.name));
        assert_eq!(cluster.asked_of_all(Api::DescribeConfigs), 1);
        let gone = topic_config::read(&options, Some(&*snapshot), &"gone".into(), WITHIN).await;
        assert_eq!(gone.unwrap_err().kind, FailureKind::NotAsked);
    }
}
