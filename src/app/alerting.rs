//! The alert engine in the pipeline: what is asked of it, what it has to tell, and what it keeps across restarts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use super::notice::notice;
use crate::alert::{Engine, Rules};
use crate::health::Health;
use crate::model::alert::{Alerts, Order, Works};
use crate::model::notice::{Line, Notice};
use crate::model::progress::Progress;
use crate::model::snapshot::Snapshot;
use crate::model::time::At;

/// Orders that may wait.
const ORDERS: usize = 64;
/// News of acts that may wait.
const ACTS: usize = 64;
/// Notices that may wait for those who tell them; what finds no room is counted and shown.
const NOTICES: usize = 1024;

/// The alert engine with its queues.
#[derive(Debug)]
pub struct Alerting {
    engine: Engine,
    // Kept, so that the queue never closes.
    asker: mpsc::Sender<Order>,
    orders: mpsc::Receiver<Order>,
    /// What of our own goes on.
    works: watch::Sender<Works>,
    /// News of our own acts, for the pipeline; the receiver until that takes it.
    acts: (mpsc::Sender<Progress>, Option<mpsc::Receiver<Progress>>),
    teller: Option<(mpsc::Sender<Notice>, Line)>,
    keep: watch::Sender<Option<String>>,
    path: Option<PathBuf>,
    /// Why what is kept could not be written last.
    unkept: watch::Sender<Option<String>>,
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
        let (actor, acts) = mpsc::channel(ACTS);
        Self {
            engine: Engine::new(rules),
            asker,
            orders,
            works: watch::Sender::default(),
            acts: (actor, Some(acts)),
            teller: None,
            keep: watch::Sender::new(None),
            path: None,
            unkept: watch::Sender::new(None),
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

    /// Where acts of our own are marked while they go on: what they do is no news.
    pub fn works(&self) -> watch::Sender<Works> {
        self.works.clone()
    }

    /// Where news of acts of our own goes, to become events.
    pub fn acts(&self) -> mpsc::Sender<Progress> {
        self.acts.0.clone()
    }

    /// That news; to be taken once. Later there is none.
    pub(super) fn take_acts(&mut self) -> mpsc::Receiver<Progress> {
        self.acts.1.take().unwrap_or_else(|| mpsc::channel(1).1)
    }

    /// What there is to tell of the cluster of this name, from now on; it goes to the newest receiver only.
    pub fn notices(&mut self, cluster: Line) -> mpsc::Receiver<Notice> {
        let (teller, told) = mpsc::channel(NOTICES);
        self.teller = Some((teller, cluster));
        told
    }

    /// What writes the file, to be run beside the pipeline; it never ends.
    pub(super) fn keeper(&self) -> impl Future<Output = ()> + Send + 'static {
        write_changes(self.keep.subscribe(), self.path.clone(), self.unkept.clone())
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
        self.engine.unkept(self.unkept.borrow().as_deref());
        let works = self.works.borrow().clone();
        self.engine.works(works);
        let step = self.engine.step(snapshot, health);
        if let Some((teller, cluster)) = &self.teller {
            let notices = step.transitions.iter().map(|news| notice(news, cluster));
            let lost = notices.filter(|notice| teller.try_send(notice.clone()).is_err());
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
async fn write_changes(
    mut newest: watch::Receiver<Option<String>>,
    path: Option<PathBuf>,
    unkept: watch::Sender<Option<String>>,
) {
    while newest.changed().await.is_ok() {
        let text = newest.borrow_and_update().clone();
        if let (Some(text), Some(path)) = (text, path.clone()) {
            let shown = path.display().to_string();
            let written = spawn_blocking(move || write(&path, &text)).await;
            let why = match written {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(died) => Some(died.to_string()),
            };
            unkept.send_replace(why.map(|why| {
                format!("{shown} cannot be written: {why}; what is silenced now is forgotten with this run")
            }));
        }
    }
    std::future::pending::<()>().await;
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
    use crate::alert::RuleFile;
    use crate::model::alert::{Maintenance, Silence};
    use crate::model::ids::BrokerId;
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

    #[tokio::test]
    async fn what_cannot_be_kept_is_told() {
        let bulletin = fixture::healthy();
        let file = folder("unkept");
        fs::write(&file, "a file where a directory is needed").unwrap();
        let mut alerting = Alerting::default();
        let told = alerting.keep_in(file.join("alerts.json"), fixture::NOW);
        assert!(told.unwrap_err().contains("cannot be read"));
        let mut unkept = alerting.unkept.subscribe();
        let keeper = tokio::spawn(alerting.keeper());
        alerting.obey(silence(), fixture::NOW);
        alerting.step(&bulletin.snapshot, &bulletin.health);
        unkept.changed().await.unwrap();
        let alerts = alerting.step(&bulletin.snapshot, &bulletin.health);
        assert!(
            alerts.broken[0].why.contains("cannot be written"),
            "{:?}",
            alerts.broken
        );
        keeper.abort();
        fs::remove_file(file).unwrap();
    }

    #[test]
    fn what_an_act_of_our_own_does_is_told_only_once_it_has_ended() {
        let rules = Rules::with(&[RuleFile {
            path: "t.toml".to_owned(),
            text: "[[rule]]\nname = \"Down\"\nper = \"broker\"\nwhen = \"broker.online == 0\"\n\
                severity = \"critical\"\nsummary = \"down\"\n"
                .to_owned(),
        }]);
        let mut alerting = Alerting::new(&rules);
        let mut told = alerting.notices(Line::new("prod"));
        let works = alerting.works();
        let bulletin = fixture::degraded();
        let work = Maintenance {
            brokers: vec![BrokerId(1)],
            why: "restart broker 1".to_owned(),
            until: None,
        };
        works.send_modify(|works| {
            works.insert("broker 1".to_owned(), work);
        });
        let alerts = alerting.step(&bulletin.snapshot, &bulletin.health);
        let own = alerts.firing.iter().find(|alert| alert.key.rule.raw() == "Down");
        let why = own.unwrap().handling.maintenance.as_deref();
        assert_eq!(why, Some("restart broker 1"));
        assert!(told.try_recv().is_err());
        works.send_modify(Works::clear);
        alerting.step(&bulletin.snapshot, &bulletin.health);
        assert_eq!(told.try_recv().unwrap().key.raw(), "Down broker:1");
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut alerting = Alerting::default();
        let mut told = alerting.notices(Line::new("prod"));
        let mut bulletin = fixture::critical();
        for second in 0..200 {
            let snapshot = Arc::make_mut(&mut bulletin.snapshot);
            snapshot.times.taken_at = At(fixture::NOW.0 + second * 1000);
            alerting.step(&bulletin.snapshot, &bulletin.health);
        }
        let first = told.try_recv().unwrap();
        assert_eq!(first.cluster.as_str(), "prod");
        drop(told);
        let mut deaf = Alerting::default();
        drop(deaf.notices(Line::new("prod")));
        let mut untold = 0;
        for second in 0..200 {
            let snapshot = Arc::make_mut(&mut bulletin.snapshot);
            snapshot.times.taken_at = At(fixture::NOW.0 + second * 1000);
            untold = deaf.step(&bulletin.snapshot, &bulletin.health).losses.untold;
        }
        assert!(untold > 0);
    }
}
