//! Killed at every step of every act: the journal then names what is left, and undoing it restores it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio::sync::watch;

use super::fake::Fake;
use super::kit::{Bench, broker};
use crate::act::records::Records;
use crate::act::{Elector, Gate, Unelected};
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::act::{Act, Verb};
use crate::model::cluster::Mode;
use crate::model::ids::PartitionId;
use crate::model::progress::{Control, Ending};
use crate::source::clock::Clock;

/// Which verb the child carries out, at which step it dies, and in which directory.
const ROLE: &str = "KAFTOP_TEST_CRASH";

struct Nobody;

impl Elector for Nobody {
    async fn elect(&self, _partitions: Vec<PartitionId>, _bulletin: &Bulletin) -> Result<Unelected, String> {
        Err("nobody".to_owned())
    }
}

fn gate(directory: &Path, dies_at: Option<u32>, bench: &Bench) -> Gate<Fake, Nobody> {
    let newest = bench.gate.newest();
    let (_, bulletins) = watch::channel(newest);
    Gate::new(
        Fake::new(directory.join("process"), dies_at),
        Nobody,
        Mandate::default(),
        bulletins,
        Records::on_disk(&directory.join("state"), "tester"),
        Clock::start(),
    )
}

/// Carries out one act in a process of its own, which dies on the way. Without its role it is no test at all.
#[tokio::test(start_paused = true)]
async fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let parts: Vec<&str> = role.splitn(3, ' ').collect();
    let verb = Verb::of(parts[0]).unwrap();
    let dies_at = parts[1].parse().unwrap();
    let bench = Bench::new(Mode::Kraft).await;
    let gate = gate(Path::new(parts[2]), Some(dies_at), &bench);
    let plan = gate.plan(&Act::on(verb, broker(2), "test")).await.unwrap();
    let (_control, steer) = watch::channel(Control::Go);
    // The cluster of the bench goes its own way: that the act is not verified is no matter here.
    gate.carry_out(&plan, 1, steer, &|_| {}).await.unwrap();
}

/// Runs the child; whether it died on the way.
fn dies(verb: Verb, step: u32, directory: &Path) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "act::tests::crash::child", "--test-threads", "1"])
        .env(ROLE, format!("{} {step} {}", verb.word(), directory.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    !status.success()
}

fn fresh(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("kaftop-crash-{}-{name}", std::process::id()));
    drop(fs::remove_dir_all(&directory));
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[tokio::test(start_paused = true)]
async fn the_journal_names_what_a_crash_left_and_it_is_undone() {
    let bench = Bench::new(Mode::Kraft).await;
    let mut crashes = 0;
    for verb in [Verb::Stop, Verb::Kill, Verb::Pause, Verb::Cut, Verb::Restart] {
        for step in 0.. {
            assert!(step < 40, "{} never comes to its end", verb.word());
            let directory = fresh(&format!("{}-{step}", verb.word()));
            fs::write(directory.join("process"), "running tied").unwrap();
            let died = dies(verb, step, &directory);
            let after = gate(&directory, None, &bench);
            let (left, said) = after.leftovers().await;
            assert_eq!(said, Vec::<String>::new());
            let process = fs::read_to_string(directory.join("process")).unwrap();
            let broken = process != "running tied";
            if broken {
                assert_eq!(left.len(), 1, "{} died at {step}: {process}", verb.word());
            }
            for entry in left {
                if after.is_moot(&entry).await.is_some() {
                    assert!(!broken, "{} died at {step}: {process}", verb.word());
                    continue;
                }
                let plan = after.plan_undo(&entry, "heal").await.unwrap();
                let (_control, steer) = watch::channel(Control::Go);
                let outcome = after.undo(&plan, &entry, 1, steer, &|_| {}).await.unwrap();
                assert_ne!(outcome.ending, Ending::Failed, "{}", outcome.words);
            }
            let process = fs::read_to_string(directory.join("process")).unwrap();
            assert_eq!(process, "running tied", "{} died at {step}", verb.word());
            assert_eq!(after.leftovers().await.0, [], "{} died at {step}", verb.word());
            fs::remove_dir_all(&directory).unwrap();
            if !died {
                break;
            }
            crashes += 1;
            // The waits for the cluster look again and again: these steps are all alike.
            if step >= 9 {
                break;
            }
        }
    }
    assert!(crashes >= 25, "{crashes} crashes only");
}

#[tokio::test]
async fn what_is_no_entry_of_the_journal_is_said_and_nothing_else_is_lost() {
    let directory = fresh("rubbish");
    let records = Records::on_disk(&directory, "tester");
    let journal = directory.join("journal");
    fs::create_dir_all(&journal).unwrap();
    fs::write(journal.join("1.json"), "{").unwrap();
    fs::write(journal.join("2.json"), "\u{1b}[2J").unwrap();
    fs::write(journal.join(".3.json.new"), "half").unwrap();
    fs::create_dir(journal.join("4.json")).unwrap();
    let form =
        r#"{"at_ms":5,"verb":"start","node":{"broker":2},"shown":"x","handle":"y","world":"z","cluster":""}"#;
    fs::write(journal.join("5.json"), form).unwrap();
    fs::write(journal.join("6.json"), form.replace("start", "pause")).unwrap();
    let left = records.journal.left().await.unwrap();
    assert_eq!(left.entries.len(), 1);
    assert_eq!(
        (left.entries[0].left.verb, left.entries[0].undo()),
        (Verb::Pause, Verb::Resume)
    );
    assert_eq!(left.unreadable.len(), 4, "{:?}", left.unreadable);
    assert!(!left.unreadable.concat().contains('\u{1b}'));
    fs::remove_dir_all(&directory).unwrap();
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn records_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = fresh("rights");
    let records = Records::on_disk(&directory.join("kaftop"), "tester");
    let bench = Bench::with(Mode::Kraft, Mandate::default(), records).await;
    bench.on(Verb::Pause, broker(3)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let state = directory.join("kaftop");
    assert_eq!(mode(&state.join("audit.jsonl")), 0o600);
    assert_eq!(mode(&state), 0o700);
    let entry = fs::read_dir(state.join("journal"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(mode(&entry.path()), 0o600);
    // One that others could read is closed to them.
    fs::set_permissions(state.join("audit.jsonl"), fs::Permissions::from_mode(0o644)).unwrap();
    bench.on(Verb::Resume, broker(3)).await.unwrap();
    assert_eq!(mode(&state.join("audit.jsonl")), 0o600);
    drop(Arc::clone(&bench.gate));
    fs::remove_dir_all(&directory).unwrap();
}
