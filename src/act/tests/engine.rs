//! Killed with SIGKILL at every step of every act on an engine's containers: the journal then names what is left, and undoing
//! it restores it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::act::records::Records;
use crate::act::{Containers, Elector, Gate, Unelected};
use crate::engine::fake::{FakeContainer, FakeEngine};
use crate::engine::{Deadlines, Engine, EngineAddress, Surroundings};
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::act::{Act, Node, Verb};
use crate::model::container::EngineId;
use crate::model::fleet::{Hosted, Match};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::progress::{Control, Ending};
use crate::model::reading::Reading;
use crate::model::time::Span;
use crate::source::clock::Clock;
use crate::source::docker::EngineOptions;
use crate::ui::fixture;

/// What the child does: a verb, the engine's address, and the directory of its records.
const ROLE: &str = "KAFTOP_TEST_ENGINE_CRASH";
/// Longer than any answer takes; the engine stands still for as long as that at one step.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most steps of an act that are tried.
const MOST: usize = 80;
/// After the last request that changes something this many more steps are tried: the looks that follow are all alike.
const LOOKS: usize = 6;

struct Nobody;

impl Elector for Nobody {
    async fn elect(&self, _partitions: Vec<PartitionId>, _bulletin: &Bulletin) -> Result<Unelected, String> {
        Err("nobody".to_owned())
    }
}

fn id(number: u8) -> EngineId {
    EngineId::parse(&format!("{number:064x}")).unwrap()
}

fn options(address: &str) -> EngineOptions {
    EngineOptions {
        asked: Some(address.to_owned()),
        surroundings: Surroundings::default(),
        deadlines: Deadlines {
            connect: PATIENCE,
            read: PATIENCE,
            act: PATIENCE,
        },
        clock: Clock::start(),
    }
}

/// Which of both gates it is: time lies between them, and the facts of the fixture count as read after every act.
#[derive(Clone, Copy)]
enum When {
    /// That of the act.
    Act,
    /// That at which what is left is undone: nothing of the act can be under way any more.
    Heal,
}

impl When {
    fn clock(self) -> Clock {
        let minutes = match self {
            Self::Act => 60,
            Self::Heal => 30,
        };
        Clock::set(fixture::NOW.minus(Span::seconds(minutes * 60)))
    }
}

/// A gate to a healthy cluster whose brokers run in these containers of the engine.
async fn gate(address: &str, directory: &Path, when: When) -> Gate<Containers, Nobody> {
    let options = options(address);
    let at = EngineAddress::parse(address, None).unwrap();
    let engine = Engine::connect(at, options.deadlines).await.unwrap();
    let mut bulletin = fixture::healthy();
    let fleet = Arc::make_mut(&mut Arc::make_mut(&mut bulletin.snapshot).fleet);
    for number in 1..=3_u8 {
        let container = engine.inspect(&id(number)).await.unwrap();
        fleet.matches.insert(
            Node::Broker(BrokerId(number.into())),
            Match::One(id(number), Vec::new()),
        );
        fleet.containers.insert(
            id(number),
            Hosted {
                container: Reading::fresh(Arc::new(container), fixture::NOW),
                usage: Reading::default(),
                seen: fixture::NOW,
                last_words: None,
                starved: None,
            },
        );
    }
    let (_, bulletins) = watch::channel(Some(Arc::new(bulletin)));
    let records = Records::on_disk(directory, "tester");
    let mut gate = Gate::new(
        Containers::new(Some(options)),
        Nobody,
        Mandate::default(),
        bulletins,
        records,
        when.clock(),
    );
    // No peer of these nodes makes anything of their absence.
    gate.means.steady = Span(0);
    gate
}

/// Carries out one act in a process of its own. Without its role it is no test at all.
#[tokio::test]
async fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let parts: Vec<&str> = role.splitn(3, ' ').collect();
    let gate = gate(parts[1], Path::new(parts[2]), When::Act).await;
    let act = Act::on(Verb::of(parts[0]).unwrap(), Node::Broker(BrokerId(2)), "test");
    let plan = gate.plan(&act).await.unwrap();
    let (_control, steer) = watch::channel(Control::Go);
    gate.carry_out(&plan, 1, steer, &|_| {}).await.unwrap();
}

/// Three brokers, each on two networks with its peers and one with its clients.
fn cluster(fake: &FakeEngine) {
    for number in 1..=3_u8 {
        let name = format!("broker-{number}");
        let network = |id: &str, aliases: Vec<String>| (id.repeat(32), aliases);
        let networks = BTreeMap::from([
            ("peers-a".to_owned(), network("aa", vec![name.clone()])),
            ("peers-b".to_owned(), network("bb", vec![name.clone()])),
            ("clients".to_owned(), network("cc", vec![])),
        ]);
        fake.put(
            number,
            FakeContainer {
                environment: vec![
                    format!("KAFKA_NODE_ID={number}"),
                    format!("KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{name}:9092"),
                ],
                networks,
                ..FakeContainer::running(&name)
            },
        );
    }
}

/// What must be as it was.
fn state(fake: &FakeEngine) -> (String, Vec<String>) {
    let container = fake.container(&id(2));
    (container.status, container.networks.into_keys().collect())
}

fn start(verb: Verb, address: &str, directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "act::tests::engine::child", "--test-threads", "1"])
        .env(ROLE, format!("{} {address} {}", verb.word(), directory.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Runs an act until the engine has come to that step, and kills it there; none where the act came to its end before.
async fn killed_at(fake: &FakeEngine, verb: Verb, step: usize, directory: &Path) -> Option<ExitStatus> {
    let reached = fake.halt_at(step);
    let mut child = start(verb, &fake.address().to_string(), directory);
    let status = tokio::select! {
        () = reached.notified() => {
            child.kill().await.unwrap();
            Some(child.wait().await.unwrap())
        }
        status = child.wait() => {
            assert!(status.unwrap().success(), "{} failed before step {step}", verb.word());
            None
        }
    };
    fake.go_on();
    status
}

fn fresh(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("kaftop-engine-crash-{}-{name}", std::process::id()));
    drop(fs::remove_dir_all(&directory));
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// An act, and how many requests of it change something.
struct Case {
    verb: Verb,
    changes: usize,
    /// What was done before, and up to which step, where the act undoes that.
    after: Option<(Verb, usize)>,
}

/// Kills the act at one step after the other; the step at which all of it was done.
async fn killed_at_every_step(case: &Case) -> usize {
    let Case { verb, changes, .. } = *case;
    let (mut broken, mut last_change) = (0, None);
    for step in 0.. {
        assert!(step < MOST, "{} never comes to its end", verb.word());
        let fake = FakeEngine::start("1.41");
        cluster(&fake);
        let whole = state(&fake);
        let directory = fresh(&format!("{}-{step}", verb.word()));
        if let Some((first, done)) = case.after {
            assert!(killed_at(&fake, first, done, &directory).await.is_some());
            assert_ne!(state(&fake), whole, "there is nothing to undo");
        }
        let before = fake.asked().len();
        let killed = killed_at(&fake, verb, step, &directory).await;
        let asked = &fake.asked()[before..];
        let changed = asked.iter().filter(|asked| is_change(asked)).count();
        if changed == changes && last_change.is_none() {
            last_change = Some(step);
        }
        let is_broken = state(&fake) != whole;
        broken += usize::from(is_broken);
        heals(&fake, &directory, (verb, step, is_broken)).await;
        assert_eq!(state(&fake), whole, "{} killed at {step}: {asked:?}", verb.word());
        fs::remove_dir_all(&directory).unwrap();
        if killed.is_none() || last_change.is_some_and(|last| step >= last + LOOKS) {
            break;
        }
    }
    assert!(broken >= changes, "{} was never killed half way", verb.word());
    last_change.unwrap_or_else(|| panic!("{} changed nothing", verb.word()))
}

#[tokio::test]
async fn what_sigkill_leaves_on_an_engine_is_named_and_restored() {
    // A rolling restart is a restart of each, and an election leaves nothing behind.
    let table = [
        (Verb::Stop, 1, None),
        (Verb::Kill, 1, Some((Verb::Start, 1))),
        (Verb::Pause, 1, Some((Verb::Resume, 1))),
        (Verb::Cut, 2, Some((Verb::Reconnect, 2))),
        (Verb::Restart, 2, None),
    ];
    for (verb, changes, undo) in table {
        let case = Case {
            verb,
            changes,
            after: None,
        };
        // One step further the last of it is done.
        let done = killed_at_every_step(&case).await + 1;
        if let Some((undo, changes)) = undo {
            let case = Case {
                verb: undo,
                changes,
                after: Some((verb, done)),
            };
            killed_at_every_step(&case).await;
        }
    }
}

fn is_change(asked: &str) -> bool {
    asked.starts_with("POST ") && !asked.contains("/exec")
}

/// The journal names what is left, and undoing it restores it.
async fn heals(fake: &FakeEngine, directory: &Path, (verb, step, is_broken): (Verb, usize, bool)) {
    let gate = gate(&fake.address().to_string(), directory, When::Heal).await;
    let (left, said) = gate.leftovers().await;
    assert_eq!(said, Vec::<String>::new());
    if is_broken {
        let named: Vec<&Node> = left.iter().map(|entry| &entry.left.node).collect();
        assert_eq!(
            named,
            [&Node::Broker(BrokerId(2))],
            "{} killed at {step}",
            verb.word()
        );
    }
    for entry in left {
        if gate.is_moot(&entry).await.is_some() {
            continue;
        }
        let plan = gate.plan_undo(&entry, "heal").await.unwrap();
        let (_control, steer) = watch::channel(Control::Go);
        let outcome = gate.undo(&plan, &entry, 1, steer, &|_| {}).await.unwrap();
        assert_eq!(
            outcome.ending,
            Ending::Done,
            "{} killed at {step}: {}",
            verb.word(),
            outcome.words
        );
    }
    let (left, _) = gate.leftovers().await;
    assert!(left.is_empty(), "{} killed at {step}: {left:?}", verb.word());
}
