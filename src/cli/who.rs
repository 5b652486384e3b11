//! Who acts, for the audit log: by the system's account, and not by what the environment claims alone.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::inputs::Lookup;
use crate::model::text::printable;

/// Where accounts have their names.
const ACCOUNTS: &str = "/etc/passwd";
/// The most bytes of it that are read.
const LARGEST: u64 = 1024 * 1024;

/// The account that this process runs as, what the environment says beside it, and the process.
pub fn who(variable: Lookup<'_>) -> String {
    let uid = rustix::process::getuid().as_raw();
    words(
        uid,
        accounts(Path::new(ACCOUNTS)).as_deref(),
        variable,
        std::process::id(),
    )
}

fn accounts(path: &Path) -> Option<String> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut text));
    read.ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn words(uid: u32, accounts: Option<&str>, variable: Lookup<'_>, process: u32) -> String {
    let claim = |name: &str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some(format!("{name} says {}", value.to_string_lossy()))
    };
    let name = accounts.and_then(|accounts| name_of(uid, accounts));
    // A shell of another account says who it was before; an account without a name may be one of a directory service.
    let claimed = claim("SUDO_USER").or_else(|| match name {
        Some(_) => None,
        None => claim("USER").or_else(|| claim("LOGNAME")),
    });
    let account = name.map_or_else(|| format!("uid {uid}"), |name| format!("{name}, uid {uid}"));
    let claimed = claimed.map_or_else(String::new, |claimed| format!("; {claimed}"));
    printable(&format!("{account} (process {process}{claimed})")).into_owned()
}

/// The name of an account in lines of `name:password:uid:...`.
fn name_of(uid: u32, accounts: &str) -> Option<&str> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let own: u32 = fields.nth(1)?.parse().ok()?;
        (own == uid).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn the_account_counts_and_the_environment_only_claims() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:7:7::/:\nann:x:1000:1000:A\u{1b}:/home/ann:/bin/sh\n";
        let table = [
            (1000, Some(accounts), "", "ann, uid 1000 (process 7)"),
            (1000, Some(accounts), "USER=root", "ann, uid 1000 (process 7)"),
            (
                0,
                Some(accounts),
                "SUDO_USER=ann",
                "root, uid 0 (process 7; SUDO_USER says ann)",
            ),
            (0, Some(accounts), "USER=ann", "root, uid 0 (process 7)"),
            (7, Some(accounts), "", "uid 7 (process 7)"),
            (
                1234,
                Some(accounts),
                "USER=b\u{1b}ob",
                "uid 1234 (process 7; USER says b\\u{1b}ob)",
            ),
            (
                1234,
                None,
                "LOGNAME=bob",
                "uid 1234 (process 7; LOGNAME says bob)",
            ),
            (1234, None, "LOGNAME=", "uid 1234 (process 7)"),
        ];
        for (uid, accounts, set, expected) in table {
            let lookup = |name: &str| {
                let (key, value) = set.split_once('=')?;
                (key == name).then(|| OsString::from(value))
            };
            assert_eq!(words(uid, accounts, &lookup, 7), expected, "{uid} {set}");
        }
    }

    #[test]
    fn whoever_runs_this_is_told_with_the_process() {
        let told = who(&|_| None);
        let uid = rustix::process::getuid().as_raw();
        assert!(
            told.contains(&format!("uid {uid} (process {}", std::process::id())),
            "{told}"
        );
        assert_eq!(accounts(Path::new("/dev/null/none")), None);
    }
}
