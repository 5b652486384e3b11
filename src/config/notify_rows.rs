//! The settings of notifications as rows of text.

use super::duration::Period;
use super::file_reader::join;
use super::notify::NotifySettings;
use super::secret::Secret;
use super::show::Row;
use crate::model::severity::Severity;

/// Every value of the settings of notifications.
pub(super) fn push_notify(rows: &mut Vec<Row>, notify: &NotifySettings) {
    let filter = &notify.filter;
    let terminal = &notify.terminal;
    let quiet = filter.quiet_hours.clone();
    rows.extend([
        Row::of("notify.enabled", &notify.enabled),
        Row::of("notify.severity", &filter.severity.clone().map(Severity::word)),
        Row::of("notify.resolved", &filter.resolved),
        Row::of(
            "notify.quiet_hours",
            &quiet.map(|hours| hours.map_or("none".to_owned(), |hours| hours.to_string())),
        ),
        Row::of(
            "notify.quiet_severity",
            &filter.quiet_severity.clone().map(Severity::word),
        ),
        Row::of("notify.time_zone", &filter.time_zone),
        Row::of("notify.rate", &notify.rate),
        Row::of("notify.desktop", &notify.desktop),
        Row::of("notify.terminal.use", &terminal.way_use),
        Row::of("notify.terminal.protocol", &terminal.protocol),
        Row::of("notify.terminal.bell", &terminal.bell),
    ]);
    for (name, command) in &notify.commands {
        let key = |last: &str| join(&join("notify.commands", name), last);
        rows.push(Row::of(key("run"), &command.run));
        rows.push(Row::of(key("deadline"), &command.deadline.clone().map(Period)));
    }
    for (name, webhook) in &notify.webhooks {
        let key = |last: &str| join(&join("notify.webhooks", name), last);
        rows.push(Row::of(key("url"), &webhook.url));
        rows.push(Row::of(key("format"), &webhook.format));
        if let Some(authorization) = &webhook.authorization {
            rows.push(Row::new(
                key("authorization"),
                Secret::MASK,
                &authorization.origin,
            ));
        }
        rows.push(Row::of(key("deadline"), &webhook.deadline.clone().map(Period)));
    }
}
