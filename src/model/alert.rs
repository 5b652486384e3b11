//! Alerts as every sink shows them: what is wrong, since when, by which rule, and what is done about it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::ids::BrokerId;
use super::severity::Severity;
use super::text::{Name, printable};
use super::time::{At, Span};

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The cluster as a whole.
    Cluster,
    /// Those who can elect leaders: the KRaft quorum, or the ZooKeeper ensemble.
    Quorum,
    /// A broker.
    Broker(BrokerId),
    /// A topic.
    Topic(Name),
    /// A group.
    Group(Name),
    /// A container.
    Container(Name),
    /// A source of facts: a broker, a ZooKeeper, or one kind of read.
    Source(Name),
}

impl Subject {
    /// What kind of thing it is; the word of rule files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Quorum => "quorum",
            Self::Broker(_) => "broker",
            Self::Topic(_) => "topic",
            Self::Group(_) => "group",
            Self::Container(_) => "container",
            Self::Source(_) => "source",
        }
    }
}

/// `cluster`, `broker:1`, `topic:orders`; safe to print.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster | Self::Quorum => f.write_str(self.kind()),
            Self::Broker(id) => write!(f, "broker:{id}"),
            Self::Topic(name) | Self::Group(name) | Self::Container(name) | Self::Source(name) => {
                write!(f, "{}:{name}", self.kind())
            }
        }
    }
}

/// What tells one alert from all others: its rule and its subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertKey {
    /// The rule's name.
    pub rule: Name,
    /// What it is about.
    pub subject: Subject,
}

/// `KafkaBrokerOffline broker:1`; safe to print.
impl fmt::Display for AlertKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rule, self.subject)
    }
}

/// Whether a condition holds, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// What it rests on could not be read: it neither fires nor resolves.
    Unknown,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// How far an alert has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its condition holds, and not yet for long enough.
    Pending {
        /// When it fires, if the condition goes on to hold.
        due: At,
    },
    /// It fires.
    Firing {
        /// Since when it fires.
        at: At,
    },
    /// It is over.
    Resolved {
        /// Since when it fired.
        fired: At,
        /// When it was over.
        at: At,
    },
}

/// A value of the condition at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: At,
    /// The value.
    pub value: f64,
}

/// What an alert rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The condition as its rule writes it.
    pub condition: Arc<str>,
    /// The values that the condition names, with how they are to be shown; printable.
    pub values: Vec<(&'static str, String)>,
    /// The left side of the condition's first comparison over time, the newest last; bounded.
    pub samples: Vec<Sample>,
}

/// What an alert says of itself; every text is printable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub summary: String,
    /// One or two sentences.
    pub description: String,
}

/// What a rule says of all of its alerts; every text is printable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub runbook: String,
    /// Labels by name.
    pub labels: Vec<(String, String)>,
}

/// That a person has taken note of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When.
    pub at: At,
    /// What the person said; printable, may be empty.
    pub reason: String,
}

/// Which alerts are not to be told for a while, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The rule; none for every rule.
    pub rule: Option<Name>,
    /// The subject; none for every subject.
    pub subject: Option<Subject>,
    /// When it ends.
    pub until: At,
    /// Why; printable.
    pub reason: String,
}

impl Silence {
    /// Whether it covers this alert now.
    pub fn covers(&self, key: &AlertKey, now: At) -> bool {
        now < self.until
            && self.rule.as_ref().is_none_or(|rule| *rule == key.rule)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == key.subject)
    }
}

/// What an act or a drill of our own works on: what that does is no news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// The brokers that it works on.
    pub brokers: Vec<BrokerId>,
    /// What it is, in a few words; printable.
    pub why: String,
    /// When what it left behind becomes news; none while it goes on.
    pub until: Option<At>,
}

/// Everything of our own that is no news, each under a name of its own.
pub type Works = BTreeMap<String, Maintenance>;

/// Why an alert that fires is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// A person took note of it.
    pub acknowledged: Option<Acknowledgement>,
    /// The silence that covers it.
    pub silenced: Option<Silence>,
    /// What of our own causes it.
    pub maintenance: Option<String>,
    /// Its rule holds back while that other rule's alerts last.
    pub inhibited_by: Option<Name>,
    /// It came and went so often that its end is believed late only.
    pub flapping: bool,
}

/// What an alert has to do with others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinship {
    /// The alert that it is a consequence of, inside which it is told.
    pub cause: Option<AlertKey>,
    /// The alerts that are consequences of it and that fire or are pending, by key.
    pub consequences: Vec<AlertKey>,
}

/// One alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its rule and its subject.
    pub key: AlertKey,
    /// How much it matters.
    pub severity: Severity,
    /// How far it has come.
    pub phase: Phase,
    /// Since when its condition holds.
    pub since: At,
    /// Whether its condition holds now.
    pub truth: Truth,
    /// What it says of itself.
    pub words: Words,
    /// What its rule says of all its alerts.
    pub about: Arc<About>,
    /// What it rests on.
    pub evidence: Evidence,
    /// Why it is not told, where it is not.
    pub handling: Handling,
    /// What it has to do with others.
    pub kinship: Kinship,
}

impl Alert {
    /// Whether it fires.
    pub fn fires(&self) -> bool {
        matches!(self.phase, Phase::Firing { .. })
    }

    /// Whether it stands by itself: told inside no other, and held back by none.
    pub fn stands_alone(&self) -> bool {
        self.kinship.cause.is_none() && self.handling.inhibited_by.is_none()
    }

    /// Whether a person wants to be told of it now.
    pub fn is_news(&self) -> bool {
        let handling = &self.handling;
        self.stands_alone()
            && handling.acknowledged.is_none()
            && handling.silenced.is_none()
            && handling.maintenance.is_none()
    }

    /// How long it will still be pending; none when it is not.
    pub fn fires_in(&self, now: At) -> Option<Span> {
        match self.phase {
            Phase::Pending { due } => Some(now.age(due)),
            Phase::Firing { .. } | Phase::Resolved { .. } => None,
        }
    }
}

/// A rule that cannot be used, or a fault of a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The rule's name, or the file's.
    pub name: String,
    /// What is wrong; printable.
    pub why: String,
}

/// Every alert at one moment.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    /// Those that are pending, the first to fire first.
    pub pending: Vec<Arc<Alert>>,
    /// Those that fire, the gravest first, then the newest.
    pub firing: Vec<Arc<Alert>>,
    /// Those that are over, the newest first; bounded.
    pub resolved: Vec<Arc<Alert>>,
    /// Rules that cannot be used, and faults of rule files; the others run.
    pub broken: Arc<Vec<BrokenRule>>,
    /// The silences in force.
    pub silences: Arc<Vec<Silence>>,
    /// What is not there.
    pub losses: Losses,
}

/// What of the alerts is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Alerts that are not kept since there are too many at once.
    pub left_out: u64,
    /// Transitions that found no room on their way to the notifiers.
    pub untold: u64,
}

impl Alerts {
    /// How many alerts of this severity fire and stand by themselves.
    pub fn count(&self, severity: Severity) -> usize {
        let of_it = |alert: &&Arc<Alert>| alert.severity == severity && alert.stands_alone();
        self.firing.iter().filter(of_it).count()
    }

    /// The alert of that key, the one that fires before one that is over.
    pub fn find(&self, key: &AlertKey) -> Option<&Arc<Alert>> {
        let all = self.firing.iter().chain(&self.pending).chain(&self.resolved);
        all.into_iter().find(|alert| alert.key == *key)
    }
}

/// What happened to an alert that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// It began to fire.
    Fired,
    /// Something grave was added to it while it fires.
    Changed,
    /// It is over, and so are its consequences.
    Resolved,
}

impl Turn {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fired => "firing",
            Self::Changed => "changed",
            Self::Resolved => "resolved",
        }
    }
}

/// What goes to the notifiers: an alert, and what happened to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// What happened.
    pub turn: Turn,
    /// The alert as it is now.
    pub alert: Arc<Alert>,
    /// One line each of the consequences that fire inside it, bounded; printable.
    pub inside: Vec<String>,
    /// When.
    pub at: At,
}

/// What a person asks of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Takes note of an alert, until it is over.
    Acknowledge {
        /// Which.
        key: AlertKey,
        /// What to remember of it.
        reason: String,
    },
    /// Takes that back.
    Unacknowledge(AlertKey),
    /// Adds a silence.
    Silence(Silence),
    /// Ends every silence that covers this alert.
    Unsilence(AlertKey),
}

/// A text that a person typed, made printable and cut to a length that fits everywhere.
pub fn short_reason(text: &str) -> String {
    let cut: String = text.chars().take(200).collect();
    printable(cut.trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(rule: &str, subject: Subject) -> AlertKey {
        AlertKey {
            rule: rule.into(),
            subject,
        }
    }

    #[test]
    fn a_silence_covers_what_it_names_until_it_ends() {
        let broker = key("A", Subject::Broker(BrokerId(1)));
        let table = [
            (None, None, true),
            (Some("A"), None, true),
            (Some("B"), None, false),
            (Some("A"), Some(Subject::Broker(BrokerId(1))), true),
            (Some("A"), Some(Subject::Broker(BrokerId(2))), false),
            (None, Some(Subject::Cluster), false),
        ];
        for (rule, subject, covered) in table {
            let silence = Silence {
                rule: rule.map(Name::from),
                subject,
                until: At(10),
                reason: String::new(),
            };
            assert_eq!(silence.covers(&broker, At(9)), covered, "{silence:?}");
            assert!(!silence.covers(&broker, At(10)), "it has ended");
        }
    }

    #[test]
    fn keys_print_safely() {
        let hostile = key("R\u{1b}", Subject::Topic("a\u{202e}".into()));
        assert_eq!(hostile.to_string(), "R\\u{1b} topic:a\\u{202e}");
        assert_eq!(short_reason(" a\u{7}b "), "a\\u{7}b");
    }
}
