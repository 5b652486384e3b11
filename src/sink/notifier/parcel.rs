//! What a way is given at once: one notice, or many of them as a digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::severity::Severity;
use crate::model::text::Name;
use crate::model::time::At;

/// How many notices a digest names.
const NAMED: usize = 10;

/// The key of a digest.
pub const DIGEST: &str = "kaftop-digest";

/// One or many notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The notices, the gravest first.
    pub notices: Vec<Arc<Notice>>,
    /// Notices that found no room, which are told as a number.
    pub left_out: u64,
    /// Whether all of them were delivered before, and are only repeated.
    pub repeated: bool,
    /// When it was made.
    pub at: At,
}

impl Parcel {
    /// A parcel of one notice.
    pub fn one(notice: Arc<Notice>, at: At) -> Self {
        Self {
            notices: vec![notice],
            left_out: 0,
            repeated: false,
            at,
        }
    }

    /// A parcel of these notices, the gravest first.
    pub fn many(mut notices: Vec<Arc<Notice>>, left_out: u64, at: At) -> Self {
        notices.sort_by_key(|notice| {
            let over = notice.state == NoticeState::Resolved;
            (over, std::cmp::Reverse(notice.severity), notice.since)
        });
        Self {
            notices,
            left_out,
            repeated: false,
            at,
        }
    }

    /// Whether it is told in one message although there are many.
    pub fn is_digest(&self) -> bool {
        self.notices.len() > 1 || self.left_out > 0
    }

    /// The one notice that it is told as: its own, or one about all of them.
    pub fn headline(&self) -> Notice {
        match self.notices.as_slice() {
            [one] if self.left_out == 0 => Notice::clone(one),
            many => self.digest(many),
        }
    }

    fn digest(&self, many: &[Arc<Notice>]) -> Notice {
        let first = many.first();
        let going_on = || many.iter().filter(|notice| notice.state != NoticeState::Resolved);
        let gravest = going_on().map(|notice| notice.severity).max();
        let of = |severity| going_on().filter(|notice| notice.severity == severity).count();
        let over = many.len() - going_on().count();
        let counts = [
            (of(Severity::Critical), "critical"),
            (of(Severity::Warning), "warning"),
            (of(Severity::Info), "info"),
            (over, "over"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let all = u64::try_from(many.len())
            .unwrap_or(u64::MAX)
            .saturating_add(self.left_out);
        let mut body: Vec<Line> = many.iter().take(NAMED).map(|notice| named(notice)).collect();
        let rest = all.saturating_sub(NAMED as u64);
        if rest > 0 {
            body.push(Line::new(&format!("and {rest} more")));
        }
        if self.left_out > 0 {
            body.push(Line::new(&format!(
                "{} of them found no room and are not kept",
                self.left_out
            )));
        }
        Notice {
            key: Name::from(DIGEST),
            severity: gravest.unwrap_or(Severity::Info),
            state: if gravest.is_some() {
                NoticeState::Firing
            } else {
                NoticeState::Resolved
            },
            title: Line::new(&format!("{all} alerts: {}", counts.join(", "))),
            body,
            labels: BTreeMap::new(),
            since: many.iter().map(|notice| notice.since).min().unwrap_or(self.at),
            at: self.at,
            runbook: None,
            cluster: first.map_or_else(|| Line::new(""), |notice| notice.cluster.clone()),
        }
    }
}

fn named(notice: &Notice) -> Line {
    let word = match notice.state {
        NoticeState::Resolved => "over",
        NoticeState::Firing | NoticeState::Changed => notice.severity.word(),
    };
    Line::new(&format!("{word}: {}", notice.title))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::notice;
    use super::*;

    #[test]
    fn one_notice_is_told_as_it_is() {
        let one = Arc::new(notice("a", Severity::Warning, NoticeState::Firing));
        let parcel = Parcel::one(Arc::clone(&one), At(5));
        assert!(!parcel.is_digest());
        assert_eq!(parcel.headline(), *one);
    }

    #[test]
    fn many_are_told_the_gravest_first_and_counted() {
        let of = |key: &str, severity, state| Arc::new(notice(key, severity, state));
        let mut all = vec![
            of("over", Severity::Critical, NoticeState::Resolved),
            of("small", Severity::Info, NoticeState::Firing),
            of("grave", Severity::Critical, NoticeState::Changed),
        ];
        let headline = Parcel::many(all.clone(), 0, At(9)).headline();
        assert_eq!(headline.title.as_str(), "3 alerts: 1 critical, 1 info, 1 over");
        let lines: Vec<&str> = headline.body.iter().map(Line::as_str).collect();
        assert_eq!(
            lines,
            ["critical: grave broke", "info: small broke", "over: over broke"]
        );
        assert_eq!(
            (headline.severity, headline.state),
            (Severity::Critical, NoticeState::Firing)
        );
        for number in 0..97 {
            all.push(of(&format!("w{number}"), Severity::Warning, NoticeState::Firing));
        }
        let headline = Parcel::many(all, 9_900, At(9)).headline();
        assert_eq!(
            headline.title.as_str(),
            "10000 alerts: 1 critical, 97 warning, 1 info, 1 over"
        );
        let last: Vec<&str> = headline.body.iter().rev().take(2).map(Line::as_str).collect();
        assert_eq!(
            last,
            ["9900 of them found no room and are not kept", "and 9990 more"]
        );
    }

    #[test]
    fn when_all_are_over_so_is_the_digest() {
        let of = |key: &str| Arc::new(notice(key, Severity::Critical, NoticeState::Resolved));
        let headline = Parcel::many(vec![of("a"), of("b")], 0, At(9)).headline();
        assert_eq!(
            (headline.severity, headline.state),
            (Severity::Info, NoticeState::Resolved)
        );
        assert_eq!(headline.title.as_str(), "2 alerts: 2 over");
    }
}
