//! The alert engine in the pipeline: what is asked of it, what it has to tell, and what it keeps across restarts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use crate::alert::{Engine, Rules};
use crate::health::Health;
use crate::model::alert::{Alerts, Order, Transition};
use crate::model::snapshot::Snapshot;
use crate::model::time::At;

/// Orders that may wait.
const ORDERS: usize = 64;
/// Transitions that may wait for those who tell them; what finds no room is counted and shown.
const TRANSITIONS: usize = 1024;

/// The alert engine with its queues.
#[derive(Debug)]
pub struct Alerting {
    engine: Engine,
    // Kept, so that the queue never closes.
    asker: mpsc::Sender<Order>,
    orders: mpsc::Receiver<Order>,
    teller: Option<mpsc::Sender<Transition>>,
    keep: watch::Sender<Option<String>>,
    path: Option<PathBuf>,
}

impl Default for Alerting {
    /// The built-in rules; nobody is told, and nothing is kept.
    fn default() -> Self {
        Self::new(&Rules::built_in())
    }
}

impl Alerting {
    /// An engine with these rules; nobody is told, and nothing is kept.
    pub fn new(rules: &Rules) -> Self {
        let (asker, orders) = mpsc::channel(ORDERS);
        Self {
            engine: Engine::new(rules),
            asker,
            orders,
            teller: None,
            keep: watch::Sender::new(None),
            path: None,
        }
    }

    /// Keeps silences and acknowledgements in this file, and takes what it holds from an earlier run.
    ///
    /// # Errors
    /// A sentence, where there is a file and nothing can be taken from it; it is written over once something changes.
    pub fn keep_in(&mut self, path: PathBuf, now: At) -> Result<(), String> {
        let read = read(&path);
        let told = match read {
            Ok(Some(text)) => self
                .engine
                .restore(&text, now)
                .map_err(|why| format!("{}: {why}", path.display())),
            Ok(None) => Ok(()),
            Err(error) => Err(format!("{}: it cannot be read: {error}", path.display())),
        };
        self.path = Some(path);
        told
    }

    /// Where orders go.
    pub fn orders(&self) -> mpsc::Sender<Order> {
        self.asker.clone()
    }

    /// What there is to tell, from now on; it goes to the newest receiver only.
    pub fn transitions(&mut self) -> mpsc::Receiver<Transition> {
        let (teller, told) = mpsc::channel(TRANSITIONS);
        self.teller = Some(teller);
        told
    }

    /// What writes the file, to be run beside the pipeline; it never ends.
    pub(super) fn keeper(&self) -> impl Future<Output = ()> + Send + 'static {
        write_changes(self.keep.subscribe(), self.path.clone())
    }

    /// Waits for an order.
    pub(super) async fn order(&mut self) -> Option<Order> {
        self.orders.recv().await
    }

    /// Does what was asked.
    pub(super) fn obey(&mut self, order: Order, now: At) {
        self.engine.order(order, now);
    }

    /// Looks at a snapshot and what it means.
    pub(super) fn step(&mut self, snapshot: &Snapshot, health: &Health) -> Arc<Alerts> {
        let step = self.engine.step(snapshot, health);
        if let Some(teller) = &self.teller {
            let lost = step
                .transitions
                .into_iter()
                .filter(|transition| teller.try_send(transition.clone()).is_err());
            let lost = lost.count();
            self.engine.lost(lost);
        }
        if let Some(text) = self.engine.to_keep() {
            self.keep.send_replace(Some(text));
        }
        step.alerts
    }
}

/// The largest file that is read, in bytes.
const FILE_MAX: u64 = 4 * 1024 * 1024;

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(about) if about.is_file() && about.len() <= FILE_MAX => fs::read_to_string(path).map(Some),
        Ok(_) => Err(io::Error::other("it is no file of at most 4 MiB")),
    }
}

/// Writes the newest state whenever it changes. A disk that hangs holds up nobody but the next write.
async fn write_changes(mut newest: watch::Receiver<Option<String>>, path: Option<PathBuf>) {
    while newest.changed().await.is_ok() {
        let text = newest.borrow_and_update().clone();
        if let (Some(text), Some(path)) = (text, path.clone()) {
            // Where nothing can be written, silences last as long as this run: nothing else rests on the file.
            drop(spawn_blocking(move || write(&path, &text)).await);
        }
    }
    std::future::pending().await
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("json.new");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alert::{AlertKey, Silence, Subject};
    use crate::ui::fixture;

    fn silence() -> Order {
        Order::Silence(Silence {
            rule: Some("KafkaBrokerOffline".into()),
            subject: None,
            until: At(fixture::NOW.0 + 60_000),
            reason: "planned".to_owned(),
        })
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("kaftop-alerting-{name}-{}", std::process::id()))
    }

    #[tokio::test]
    async fn what_was_silenced_is_known_after_a_restart() {
        let path = folder("kept").join("alerts.json");
        let bulletin = fixture::healthy();
        let mut first = Alerting::default();
        assert_eq!(first.keep_in(path.clone(), fixture::NOW), Ok(()));
        let keeper = tokio::spawn(first.keeper());
        first.obey(silence(), fixture::NOW);
        first.step(&bulletin.snapshot, &bulletin.health);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !path.exists() {
            assert!(std::time::Instant::now() < deadline, "the file is written");
            tokio::task::yield_now().await;
        }
        keeper.abort();
        let mut second = Alerting::default();
        assert_eq!(second.keep_in(path.clone(), fixture::NOW), Ok(()));
        let alerts = second.step(&bulletin.snapshot, &bulletin.health);
        assert_eq!(alerts.silences.len(), 1);
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_file_of_rubbish_is_told_and_costs_nothing_else() {
        let path = folder("rubbish").join("alerts.json");
        write(&path, "{\"version\": 7}").unwrap();
        let told = Alerting::default().keep_in(path.clone(), At(0)).unwrap_err();
        assert!(told.contains("cannot be read"), "{told}");
        write(&path, "{\"version\": 7, \"silences\": [], \"acknowledged\": []}").unwrap();
        let told = Alerting::default().keep_in(path.clone(), At(0)).unwrap_err();
        assert!(told.contains("version 7"), "{told}");
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut alerting = Alerting::default();
        let mut told = alerting.transitions();
        let mut bulletin = fixture::critical();
        for second in 0..200 {
            let snapshot = Arc::make_mut(&mut bulletin.snapshot);
            snapshot.times.taken_at = At(fixture::NOW.0 + second * 1000);
            alerting.step(&bulletin.snapshot, &bulletin.health);
        }
        let key = told.try_recv().unwrap().alert.key.clone();
        assert!(
            matches!(
                key,
                AlertKey {
                    subject: Subject::Broker(_) | Subject::Cluster,
                    ..
                }
            ),
            "{key}"
        );
        drop(told);
        let mut deaf = Alerting::default();
        drop(deaf.transitions());
        let mut untold = 0;
        for second in 0..200 {
            let snapshot = Arc::make_mut(&mut bulletin.snapshot);
            snapshot.times.taken_at = At(fixture::NOW.0 + second * 1000);
            untold = deaf.step(&bulletin.snapshot, &bulletin.health).losses.untold;
        }
        assert!(untold > 0);
    }
}
