//! One act on one process at a time, whoever begins it: locks in the state directory, which end with the process that holds
//! them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::disk::{RecordError, beside, make_directory};
use crate::model::text::{Name, printable};

/// The most bytes of a lock that are read.
const LARGEST: u64 = 1024;
/// How often a lock is tried that somebody else takes away meanwhile.
const TRIES: usize = 5;

/// What is held until it is dropped.
#[derive(Debug, Default)]
pub struct Held(Vec<(PathBuf, File)>);

impl Drop for Held {
    fn drop(&mut self) {
        for (path, _) in &self.0 {
            // Nobody misses it: what counts is the lock, which ends with the file's closing.
            drop(fs::remove_file(path));
        }
    }
}

/// The locks of one user.
#[derive(Debug)]
pub struct Locks {
    directory: Option<PathBuf>,
}

impl Locks {
    pub(super) fn on_disk(directory: PathBuf) -> Self {
        Self {
            directory: Some(directory),
        }
    }

    /// No other process sees what is kept in memory.
    pub(super) fn none() -> Self {
        Self { directory: None }
    }

    /// Takes the locks of these processes, all or none; where another process holds one, what that wrote into it.
    pub async fn take(&self, handles: Vec<Name>, words: String) -> Result<Result<Held, String>, RecordError> {
        let Some(directory) = &self.directory else {
            return Ok(Ok(Held::default()));
        };
        beside("lock", directory.clone(), move |directory| {
            take(directory, &handles, &words)
        })
        .await
    }
}

fn take(directory: &Path, handles: &[Name], words: &str) -> io::Result<Result<Held, String>> {
    make_directory(directory)?;
    let mut held = Held::default();
    for handle in handles {
        let path = directory.join(format!("{}.lock", file_name(handle)));
        match take_one(&path, words)? {
            Ok(file) => held.0.push((path, file)),
            Err(other) => return Ok(Err(other)),
        }
    }
    Ok(Ok(held))
}

/// What stands for a process in a file's name; two that come to the same only wait for each other.
fn file_name(handle: &Name) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    handle.raw().chars().take(64).map(safe).collect()
}

fn take_one(path: &Path, words: &str) -> io::Result<Result<File, String>> {
    for _ in 0..TRIES {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut other = String::new();
                file.take(LARGEST).read_to_string(&mut other)?;
                return Ok(Err(printable(&other).into_owned()));
            }
            locked => locked?,
        }
        // Whoever held it before may have taken the file away since it was opened: then this locks nothing.
        let is_there = fs::metadata(path).is_ok_and(|there| {
            file.metadata()
                .is_ok_and(|own| (own.dev(), own.ino()) == (there.dev(), there.ino()))
        });
        if is_there {
            file.set_len(0)?;
            file.write_all(words.as_bytes())?;
            return Ok(Ok(file));
        }
    }
    Err(io::Error::other("others take it again and again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_holds_it_and_the_other_is_told_who() {
        let directory = std::env::temp_dir().join(format!("kaftop-locks-{}", std::process::id()));
        drop(fs::remove_dir_all(&directory));
        let locks = || Locks::on_disk(directory.clone());
        let take = async |locks: &Locks, handles: &[&str], words: &str| {
            let handles = handles.iter().map(|handle| Name::from(*handle)).collect();
            locks.take(handles, words.to_owned()).await.unwrap()
        };
        let (one, other) = (locks(), locks());
        let held = take(&one, &["a", "b"], "ann (process 7) to stop\u{1b} broker 2")
            .await
            .unwrap();
        let refused = take(&other, &["c", "b"], "x").await.unwrap_err();
        assert_eq!(refused, "ann (process 7) to stop\\u{1b} broker 2");
        // What was not taken whole is given back.
        let c = take(&one, &["c"], "y").await.unwrap();
        drop(c);
        drop(held);
        let held = take(&other, &["b"], "z").await.unwrap();
        drop(held);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        // What a dead process left locks nothing, whatever stands in it.
        fs::write(directory.join("a.lock"), "bob (process 1) to stop broker 1").unwrap();
        take(&one, &["a"], "w").await.unwrap();
        fs::remove_dir_all(&directory).unwrap();
    }
}
