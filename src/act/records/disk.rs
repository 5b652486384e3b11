//! Files that survive a crash and are nobody else's business.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::model::text::printable;

/// How long a disk may take: one that hangs must not hold up anything else.
const WITHIN: Duration = Duration::from_secs(3);

/// Why something could not be written down or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(pub String);

impl RecordError {
    pub(super) fn of(what: &str, path: &Path, error: &dyn std::fmt::Display) -> Self {
        let path = path.to_string_lossy();
        Self(printable(&format!("cannot {what} {path}: {error}")).into_owned())
    }
}

/// Runs file work beside the runtime, for no longer than a disk may take.
pub(super) async fn beside<T: Send + 'static>(
    what: &'static str,
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, RecordError> {
    let place = path.clone();
    let task = spawn_blocking(move || work(&place));
    match timeout(WITHIN, task).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(error))) => Err(RecordError::of(what, &path, &error)),
        Ok(Err(died)) => Err(RecordError::of(what, &path, &died)),
        Err(_) => Err(RecordError::of(
            what,
            &path,
            &"the disk did not answer within 3 s",
        )),
    }
}

/// Makes a directory that only its owner may enter, with those above it.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Appends one line, and returns when it is on the disk. The file is its owner's alone, whatever it was before.
pub(super) fn append(path: &Path, line: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        make_directory(directory)?;
    }
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    // One write, so that lines of two processes do not mix.
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

/// Puts a file in its place whole or not at all, and returns when that is on the disk.
pub(super) fn place(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .ok_or_else(|| io::Error::other("it has no directory"))?;
    make_directory(directory)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = directory.join(format!(".{name}.new"));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| fs::rename(&draft, path));
    if placed.is_err() {
        // The first error is the one that counts.
        drop(fs::remove_file(&draft));
    }
    placed?;
    File::open(directory)?.sync_all()
}

/// Takes a file away, and returns when that is on the disk; one that is gone is no error.
pub(super) fn take_away(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        removed => removed?,
    }
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}
