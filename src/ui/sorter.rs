//! Makes the rows of large clusters beside the screen's loop, so that no frame and no key waits for them.
//!
//! One job runs and one waits; a newer one takes the place of the one that waits. Where the thread is gone, what it was
//! given is lost and the screen keeps its rows; that it is gone is told by [`Sorter::is_gone`].

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::health::Bulletin;

use super::inbox::Wake;
use super::lists::{Asked, Lists};

/// From this many partitions on rows are made beside the loop; with fewer they take less than a millisecond.
pub(super) const LARGE: u32 = 5_000;

/// What rows are made from.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) bulletin: Arc<Bulletin>,
    pub(super) asked: Asked,
    /// The rows whose order is to be kept, where it is.
    pub(super) order: Option<Arc<Lists>>,
}

impl Job {
    /// Makes the rows.
    pub(super) fn rows(&self) -> Lists {
        let lists = Lists::of(&self.bulletin, &self.asked);
        match &self.order {
            Some(before) => lists.in_order_of(before),
            None => lists,
        }
    }
}

/// Rows, and what they were made from.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) job: Job,
    pub(super) lists: Lists,
}

/// Where the newest job waits.
#[derive(Debug, Default)]
struct Slot {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

/// What the thread has to do.
#[derive(Debug, Default)]
struct Waiting {
    job: Option<Job>,
    /// A bulletin that is shown no more: to free one of a large cluster takes longer than a frame may.
    shown_before: Option<Arc<Bulletin>>,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that holds the lock can fail half way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that makes rows.
#[derive(Debug)]
pub(super) struct Sorter {
    slot: Arc<Slot>,
    made: Receiver<Rows>,
    gone: bool,
}

impl Sorter {
    /// Starts the thread; it ends with the process. `wake` is told when rows are there.
    pub(super) fn start(wake: SyncSender<Wake>) -> io::Result<Self> {
        let slot = Arc::new(Slot::default());
        let (sender, made) = sync_channel(1);
        let own = Arc::clone(&slot);
        thread::Builder::new().name("rows".to_owned()).spawn(move || {
            loop {
                let mut waiting = own.lock();
                let (job, shown_before) = loop {
                    if let Some(job) = waiting.job.take() {
                        break (job, waiting.shown_before.take());
                    }
                    waiting = own.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                };
                drop(waiting);
                drop(shown_before);
                let lists = job.rows();
                // Waits while the rows before were not taken yet; ends with the screen.
                if sender.send(Rows { job, lists }).is_err() {
                    return;
                }
                // Where the channel is full the loop is awake, and looks for rows before it sleeps.
                drop(wake.try_send(Wake::News));
            }
        })?;
        Ok(Self {
            slot,
            made,
            gone: false,
        })
    }

    /// Gives a job; one that still waits is replaced.
    pub(super) fn give(&self, job: Job) {
        // One that is replaced is dropped here, and its bulletin lives on elsewhere or was never shown.
        let replaced = self.slot.lock().job.replace(job);
        self.slot.filled.notify_one();
        drop(replaced);
    }

    /// Takes a bulletin that is shown no more, to be freed with the next job.
    pub(super) fn discard(&self, bulletin: Arc<Bulletin>) {
        let before = self.slot.lock().shown_before.replace(bulletin);
        drop(before);
    }

    /// The newest rows, if some were made.
    pub(super) fn take(&mut self) -> Option<Rows> {
        match self.made.try_recv() {
            Ok(rows) => Some(rows),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.gone = true;
                None
            }
        }
    }

    /// Whether the thread died of a fault.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;
    use crate::ui::screen::{ListId, Page};
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    fn job(seq: u64) -> Job {
        let mut bulletin = fixture::degraded();
        bulletin.seq = seq;
        Job {
            bulletin: Arc::new(bulletin),
            asked: Asked {
                page: Page::Partitions,
                ..Asked::default()
            },
            order: None,
        }
    }

    #[test]
    fn the_newest_job_is_done_and_the_loop_is_woken() {
        let (wake, woken) = sync_channel(8);
        let mut sorter = Sorter::start(wake).unwrap();
        for seq in 1..=50 {
            sorter.give(job(seq));
        }
        let mut newest = 0;
        while newest < 50 {
            assert_eq!(woken.recv_timeout(Duration::from_secs(20)), Ok(Wake::News));
            while let Some(rows) = sorter.take() {
                assert!(rows.job.bulletin.seq > newest, "rows come in order");
                newest = rows.job.bulletin.seq;
                assert_eq!(
                    rows.lists.rows(ListId::Partitions),
                    job(newest).rows().rows(ListId::Partitions)
                );
            }
        }
        assert!(sorter.take().is_none() && !sorter.is_gone());
    }
}
