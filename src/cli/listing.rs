//! What `kaftop themes` and `kaftop keys` print alike: faults, and the file that is checked as if it were the user's.

use std::fmt::Write as _;
use std::path::Path;

use super::args::EXIT_USAGE;
use super::inputs::read_text;
use crate::config::{UserFile, printable};

/// The file as one of the user's, by the name that it would have. Text and exit code where it cannot be read.
pub fn file(path: &Path, command: &str) -> Result<UserFile, (String, u8)> {
    let text =
        read_text(path, command).map_err(|failure| (format!("error: {}\n", failure.text), failure.code))?;
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(UserFile {
        name,
        path: path.to_string_lossy().into_owned(),
        text: Ok(text),
    })
}

/// The faults and notes of a file, then that all is well where there is no fault; and the exit code.
pub fn verdict(path: &Path, problems: &[String], notes: &[String], well: &str) -> (String, u8) {
    let mut text = faults(problems);
    for note in notes {
        let _ = writeln!(text, "note: {note}");
    }
    if problems.is_empty() {
        let _ = writeln!(text, "{}: ok, {well}", printable(&path.to_string_lossy()));
        (text, 0)
    } else {
        (text, EXIT_USAGE)
    }
}

/// A line for each fault.
pub fn faults(problems: &[String]) -> String {
    let lines = problems
        .iter()
        .map(|problem| format!("error: {}\n", printable(problem)));
    lines.collect()
}
