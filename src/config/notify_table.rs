//! The `[notify]` table of the config file.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::duration::parse_within;
use super::file_reader::{FileReader, boolean, is_name, join, name, one_of, whole, wrong};
use super::notify::{
    COMMAND_DEADLINE, CommandHook, HookLine, LONGEST_DEADLINE, NotifyFilter, NotifySettings, QuietHours,
    TerminalProtocol, TerminalSettings, WEBHOOK_DEADLINE, WayUse, WebAddress, Webhook, WebhookFormat,
};
use super::origin::{Origin, Sourced};
use super::printable::quoted;
use super::problem::{Mismatch, Problem};
use super::secret::Secret;
use crate::model::severity::Severity;

/// The keys of the `notify` table.
pub(super) const NOTIFY_KEYS: &[&str] = &[
    "commands",
    "desktop",
    "enabled",
    "quiet_hours",
    "quiet_severity",
    "rate",
    "resolved",
    "severity",
    "terminal",
    "time_zone",
    "webhooks",
];

const TERMINAL_KEYS: &[&str] = &["bell", "protocol", "use"];
const COMMAND_KEYS: &[&str] = &["deadline", "run", "shell"];
const WEBHOOK_KEYS: &[&str] = &["authorization", "deadline", "format", "url"];

/// Reads the table, if there is one; what it leaves out keeps its built-in value.
pub(super) fn read(reader: &mut FileReader<'_>, top: &DeTable<'_>) -> NotifySettings {
    let built_in = NotifySettings::default();
    let scope = "notify";
    let Some(table) = reader.table("", top, scope) else {
        return built_in;
    };
    reader.deny_unknown(scope, table, NOTIFY_KEYS, |key| {
        if TERMINAL_KEYS.contains(&key) {
            Some("the table [notify.terminal]")
        } else if COMMAND_KEYS.contains(&key) {
            Some("a command's table, such as [notify.commands.pager]")
        } else if WEBHOOK_KEYS.contains(&key) {
            Some("a webhook's table, such as [notify.webhooks.chat]")
        } else {
            None
        }
    });
    let filter = built_in.filter;
    NotifySettings {
        enabled: reader
            .field(scope, table, "enabled", boolean)
            .unwrap_or(built_in.enabled),
        filter: NotifyFilter {
            severity: reader
                .field(scope, table, "severity", severity)
                .unwrap_or(filter.severity),
            resolved: reader
                .field(scope, table, "resolved", boolean)
                .unwrap_or(filter.resolved),
            quiet_hours: reader
                .field(scope, table, "quiet_hours", quiet_hours)
                .unwrap_or(filter.quiet_hours),
            quiet_severity: reader
                .field(scope, table, "quiet_severity", severity)
                .unwrap_or(filter.quiet_severity),
            time_zone: reader
                .field(scope, table, "time_zone", name)
                .unwrap_or(filter.time_zone),
        },
        rate: reader
            .field(scope, table, "rate", |v| whole(v, 1..=600))
            .unwrap_or(built_in.rate),
        desktop: reader
            .field(scope, table, "desktop", |v| one_of(v, "word", &WayUse::WORDS))
            .unwrap_or(built_in.desktop),
        terminal: read_terminal(reader, scope, table),
        commands: read_named(reader, scope, table, "commands", read_command),
        webhooks: read_named(reader, scope, table, "webhooks", read_webhook),
    }
}

fn read_terminal(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> TerminalSettings {
    let built_in = TerminalSettings::default();
    let Some(inner) = reader.table(scope, table, "terminal") else {
        return built_in;
    };
    let scope = &join(scope, "terminal");
    reader.deny_unknown(scope, inner, TERMINAL_KEYS, |_| None);
    TerminalSettings {
        way_use: reader
            .field(scope, inner, "use", |v| one_of(v, "word", &WayUse::WORDS))
            .unwrap_or(built_in.way_use),
        protocol: reader
            .field(scope, inner, "protocol", |v| {
                one_of(v, "protocol", &TerminalProtocol::WORDS)
            })
            .unwrap_or(built_in.protocol),
        bell: reader
            .field(scope, inner, "bell", boolean)
            .unwrap_or(built_in.bell),
    }
}

/// Reads tables that have a name each.
fn read_named<T>(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
    key: &str,
    read: impl Fn(&mut FileReader<'_>, &str, &DeTable<'_>, &Origin) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    let Some(named) = reader.table(scope, table, key) else {
        return found;
    };
    let scope = join(scope, key);
    for (key, value) in named {
        let name = key.get_ref().as_ref();
        let scope = join(&scope, name);
        if !is_name(name) {
            reader.fault(
                &key.span(),
                &scope,
                "the name is not 1 to 100 printable characters",
            );
            continue;
        }
        let origin = reader.origin(&key.span());
        let Some(inner) = reader.as_table(&scope, value) else {
            continue;
        };
        if let Some(read) = read(reader, &scope, inner, &origin) {
            found.insert(name.to_owned(), read);
        }
    }
    found
}

fn read_command(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
    origin: &Origin,
) -> Option<CommandHook> {
    reader.deny_unknown(scope, table, COMMAND_KEYS, |_| None);
    let deadline = reader.field(scope, table, "deadline", deadline);
    let shell = reader
        .field(scope, table, "shell", boolean)
        .is_some_and(|shell| shell.value);
    missing(reader, scope, table, "run", origin);
    let run = reader.field(scope, table, "run", |v| hook_line(v, shell))?;
    Some(CommandHook {
        run,
        deadline: deadline.unwrap_or(Sourced::default_value(COMMAND_DEADLINE)),
    })
}

fn read_webhook(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
    origin: &Origin,
) -> Option<Webhook> {
    reader.deny_unknown(scope, table, WEBHOOK_KEYS, |_| None);
    let format = reader.field(scope, table, "format", |v| {
        one_of(v, "format", &WebhookFormat::WORDS)
    });
    let authorization = reader.field(scope, table, "authorization", authorization);
    let deadline = reader.field(scope, table, "deadline", deadline);
    missing(reader, scope, table, "url", origin);
    let url = reader.field(scope, table, "url", web_address)?;
    Some(Webhook {
        url,
        format: format.unwrap_or(Sourced::default_value(WebhookFormat::Json)),
        authorization,
        deadline: deadline.unwrap_or(Sourced::default_value(WEBHOOK_DEADLINE)),
    })
}

/// Keeps the fault of a key that must be there and is not.
fn missing(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>, key: &str, origin: &Origin) {
    if !table.contains_key(key) {
        let message = format!("{} is missing", quoted(key));
        reader
            .problems
            .push(Problem::new(origin.clone(), scope, &message));
    }
}

fn severity(value: &DeValue<'_>) -> Result<Severity, Mismatch> {
    one_of(
        value,
        "severity",
        &Severity::ALL.map(|severity| (severity.word(), severity)),
    )
}

fn quiet_hours(value: &DeValue<'_>) -> Result<Option<QuietHours>, Mismatch> {
    const EXPECTED: &str = "hours of the day, such as \"22:00-07:00\", or \"\" for none";
    match value.as_str() {
        Some("") => Ok(None),
        Some(text) => QuietHours::parse(text)
            .map(Some)
            .ok_or_else(|| wrong(value, EXPECTED)),
        None => Err(wrong(value, EXPECTED)),
    }
}

fn deadline(value: &DeValue<'_>) -> Result<Duration, Mismatch> {
    match value.as_str() {
        Some(text) => parse_within(text, Duration::from_millis(100), LONGEST_DEADLINE),
        None => Err(wrong(value, "a string with a duration, such as \"5s\"")),
    }
}

/// Reads what a hook runs: an array without a shell, a string with one.
fn hook_line(value: &DeValue<'_>, shell: bool) -> Result<HookLine, Mismatch> {
    const PROGRAM: &str = "an array with a program and its arguments, such as [\"page\", \"--team\", \"kafka\"]; a line for the shell needs shell = true";
    const LINE: &str = "a string, the line for sh -c, since shell = true";
    let usable = |text: &str| !text.trim().is_empty() && !text.contains('\0');
    if shell {
        return match value.as_str() {
            Some(line) if usable(line) => Ok(HookLine::Shell(line.to_owned())),
            _ => Err(wrong(value, LINE)),
        };
    }
    let words: Option<Vec<&str>> = value
        .as_array()
        .and_then(|items| items.iter().map(|item| item.get_ref().as_str()).collect());
    match words.as_deref() {
        Some([program, arguments @ ..]) if usable(program) && !arguments.iter().any(|a| a.contains('\0')) => {
            Ok(HookLine::Program {
                program: (*program).to_owned(),
                arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            })
        }
        _ => Err(wrong(value, PROGRAM)),
    }
}

/// Reads the value of a header. It is never quoted: it is a secret.
fn authorization(value: &DeValue<'_>) -> Result<Secret, Mismatch> {
    const EXPECTED: &str = "the value of the header Authorization, such as \"Bearer ...\", in visible ASCII";
    let visible = |text: &&str| !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match value.as_str() {
        Some(text) => Some(text)
            .filter(visible)
            .map(Secret::from)
            .ok_or_else(|| Mismatch::described("another text", EXPECTED)),
        None => Err(wrong(value, EXPECTED)),
    }
}

/// Reads a web address. It is not quoted: its path may be a secret.
fn web_address(value: &DeValue<'_>) -> Result<WebAddress, Mismatch> {
    const EXPECTED: &str =
        "an address, such as \"https://example.com/hook\", of printable ASCII and without a user name";
    let Some(text) = value.as_str() else {
        return Err(wrong(value, EXPECTED));
    };
    let read = || {
        let (scheme, rest) = text.split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let ascii = text.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
        let usable = ascii && !authority.is_empty() && !authority.contains('@') && !text.contains('#');
        let slash = if path.starts_with('/') { "" } else { "/" };
        usable.then(|| WebAddress {
            tls,
            authority: authority.to_owned(),
            path: Secret::from(format!("{slash}{path}")),
        })
    };
    read().ok_or_else(|| Mismatch::described("another text", EXPECTED))
}
