//! Who is told of alerts away from the screen, in which way, and when not.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::origin::Sourced;
use super::secret::Secret;
use crate::model::severity::Severity;

/// Everything that is set of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifySettings {
    /// Whether anybody is told at all.
    pub enabled: Sourced<bool>,
    /// What is told.
    pub filter: NotifyFilter,
    /// In each way, the most messages in a minute; what is above is gathered into one digest.
    pub rate: Sourced<u64>,
    /// Popups on this machine's desktop.
    pub desktop: Sourced<WayUse>,
    /// Notifications through the terminal.
    pub terminal: TerminalSettings,
    /// Commands by name.
    pub commands: BTreeMap<String, CommandHook>,
    /// Webhooks by name.
    pub webhooks: BTreeMap<String, Webhook>,
}

impl NotifySettings {
    /// Whether something in it must not be read by others.
    pub fn holds_secret(&self) -> bool {
        let secret = |hook: &Webhook| hook.authorization.is_some() || hook.url.value.path.expose() != "/";
        self.webhooks.values().any(secret)
    }
}

/// What is told, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyFilter {
    /// The least severity that is told.
    pub severity: Sourced<Severity>,
    /// Whether it is told that an alert is over.
    pub resolved: Sourced<bool>,
    /// The hours in which only grave alerts are told at once.
    pub quiet_hours: Sourced<Option<QuietHours>>,
    /// The least severity that is told in these hours.
    pub quiet_severity: Sourced<Severity>,
    /// The time zone of these hours: `local`, `UTC`, or a name of the IANA database.
    pub time_zone: Sourced<String>,
}

/// Whether a way is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayUse {
    /// Where it makes sense: a desktop outside SSH sessions, the terminal where no desktop takes the notice.
    Auto,
    /// For every notice.
    Always,
    /// Not at all.
    Never,
}

impl WayUse {
    /// The words of the config file.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
    ];
}

impl fmt::Display for WayUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(*self, &Self::WORDS))
    }
}

/// The word of a value.
fn word_of<T: Copy + PartialEq>(value: T, words: &[(&'static str, T)]) -> &'static str {
    let found = words.iter().find(|(_, meant)| *meant == value);
    found.map_or("", |(word, _)| *word)
}

/// How a terminal is asked to notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalProtocol {
    /// By what the terminal says of itself.
    Auto,
    /// `OSC 9`: one text (iTerm2).
    Osc9,
    /// `OSC 777;notify`: a title and a text (rxvt-unicode, foot, VTE, ghostty, WezTerm).
    Osc777,
    /// `OSC 99`: a title, a text, urgency, and a notification that can be replaced (kitty).
    Osc99,
    /// The bell alone.
    Bell,
}

impl TerminalProtocol {
    /// The words of the config file.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("osc9", Self::Osc9),
        ("osc777", Self::Osc777),
        ("osc99", Self::Osc99),
        ("bell", Self::Bell),
    ];
}

impl fmt::Display for TerminalProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(*self, &Self::WORDS))
    }
}

/// Notifications through the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalSettings {
    /// Whether the terminal shows notifications.
    pub way_use: Sourced<WayUse>,
    /// How it is asked to.
    pub protocol: Sourced<TerminalProtocol>,
    /// Whether it rings for every new critical alert.
    pub bell: Sourced<bool>,
}

/// A command that is run for each message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandHook {
    /// What is run.
    pub run: Sourced<HookLine>,
    /// How long it may take; then it is killed with everything that it started.
    pub deadline: Sourced<Duration>,
}

/// What a hook runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookLine {
    /// A program with its arguments, without a shell.
    Program {
        /// Its name or path.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// A line for `sh -c`; only where it was asked for.
    Shell(String),
}

/// The program with its arguments, each in quotes.
impl fmt::Display for HookLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program { program, arguments } => {
                write!(f, "{program:?}")?;
                arguments
                    .iter()
                    .try_for_each(|argument| write!(f, " {argument:?}"))
            }
            Self::Shell(line) => write!(f, "sh -c {line:?}"),
        }
    }
}

/// What a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookFormat {
    /// kaftop's own JSON, schema `kaftop.notice/1`.
    Json,
    /// Alerts as Alertmanager's API takes them (`POST /api/v2/alerts`).
    Alertmanager,
    /// A text as Slack's incoming webhooks take it; Mattermost, Rocket.Chat and others do too.
    Slack,
}

impl WebhookFormat {
    /// The words of the config file.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("json", Self::Json),
        ("alertmanager", Self::Alertmanager),
        ("slack", Self::Slack),
    ];
}

impl fmt::Display for WebhookFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(*self, &Self::WORDS))
    }
}

/// Where messages are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The address. Its path may be a secret, as Slack's is.
    pub url: Sourced<WebAddress>,
    /// What is sent.
    pub format: Sourced<WebhookFormat>,
    /// The value of the header `Authorization`.
    pub authorization: Option<Sourced<Secret>>,
    /// How long one try may take.
    pub deadline: Sourced<Duration>,
}

/// An address of a web server: `http://` or `https://`, a host, perhaps a port, a path and a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The host and perhaps the port.
    pub authority: String,
    /// The path and the query, with the leading slash; may hold a secret.
    pub path: Secret,
}

/// The address without its path.
impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)?;
        if self.path.expose() == "/" {
            Ok(())
        } else {
            write!(f, "/{}", Secret::MASK)
        }
    }
}

/// Hours of each day, which may span midnight: from the first minute on, before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first minute, counted from midnight.
    pub from: u16,
    /// The minute in which they are over.
    pub to: u16,
}

impl QuietHours {
    /// Reads `HH:MM-HH:MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let hours = Self {
            from: minute(from)?,
            to: minute(to)?,
        };
        (hours.from != hours.to).then_some(hours)
    }

    /// Whether the minute, counted from midnight, is one of them.
    pub fn hold(&self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// `22:00-07:00`.
impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

/// The minute of the day that `HH:MM` names.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The longest that one try may take.
pub const LONGEST_DEADLINE: Duration = Duration::from_secs(60);

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            enabled: Sourced::default_value(true),
            filter: NotifyFilter::default(),
            rate: Sourced::default_value(6),
            desktop: Sourced::default_value(WayUse::Auto),
            terminal: TerminalSettings::default(),
            commands: BTreeMap::new(),
            webhooks: BTreeMap::new(),
        }
    }
}

impl Default for NotifyFilter {
    fn default() -> Self {
        Self {
            severity: Sourced::default_value(Severity::Warning),
            resolved: Sourced::default_value(true),
            quiet_hours: Sourced::default_value(None),
            quiet_severity: Sourced::default_value(Severity::Critical),
            time_zone: Sourced::default_value("local".to_owned()),
        }
    }
}

impl Default for TerminalSettings {
    fn default() -> Self {
        Self {
            way_use: Sourced::default_value(WayUse::Auto),
            protocol: Sourced::default_value(TerminalProtocol::Auto),
            bell: Sourced::default_value(true),
        }
    }
}

/// The default deadline of a command.
pub const COMMAND_DEADLINE: Duration = Duration::from_secs(10);
/// The default deadline of one try of a webhook.
pub const WEBHOOK_DEADLINE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_read_and_may_span_midnight() {
        let table = [
            ("22:00-07:00", Some("22:00-07:00")),
            (" 09:30 - 10:05 ", Some("09:30-10:05")),
            ("00:00-23:59", Some("00:00-23:59")),
            ("7:00-8:00", None),
            ("24:00-01:00", None),
            ("10:60-11:00", None),
            ("10:00-10:00", None),
            ("10:00", None),
            ("", None),
            ("+1:00-02:00", None),
        ];
        for (text, expected) in table {
            let read = QuietHours::parse(text).map(|hours| hours.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        let night = QuietHours::parse("22:00-07:00").unwrap();
        let noon = QuietHours::parse("12:00-13:00").unwrap();
        for (hours, minute, quiet) in [
            (night, 22 * 60, true),
            (night, 21 * 60 + 59, false),
            (night, 0, true),
            (night, 7 * 60 - 1, true),
            (night, 7 * 60, false),
            (noon, 12 * 60, true),
            (noon, 13 * 60, false),
            (noon, 0, false),
        ] {
            assert_eq!(hours.hold(minute), quiet, "{hours} {minute}");
        }
    }
}
