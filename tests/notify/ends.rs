//! What still waits when kaftop ends.

use std::time::Duration;

use super::kit::export::{Export, until};
use super::{config, folder};

/// Fires at once, on whatever cluster.
pub const ALWAYS: &str = "[[rule]]\nname = \"Always\"\nwhen = \"cluster.unread_for >= 0\"\nseverity = \"critical\"\n\
    summary = \"it is always so\"\n";

const NOTHING_ELSE: &str = "[notify]\ndesktop = \"never\"\nterminal = { use = \"never\", bell = false }\n";

#[test]
fn what_could_not_be_delivered_is_said_at_the_end() {
    let place = folder("ends");
    // Nobody listens there.
    let text = format!(
        "{NOTHING_ELSE}[notify.webhooks.gone]\nurl = \"http://127.0.0.1:1/hunter2\"\n\
         [clusters.c]\nbootstrap = [\"127.0.0.1:1\"]\n"
    );
    let config = config(&place, &text);
    std::fs::create_dir(place.join("rules")).unwrap();
    std::fs::write(place.join("rules/always.toml"), ALWAYS).unwrap();
    let state = place.join("state");
    let mut export = Export::start(
        &["--config", config.to_str().unwrap(), "--cluster", "c"].map(str::to_owned),
        &["--no-docker"],
        &[("XDG_STATE_HOME", state.to_str().unwrap())],
    );
    let says = |export: &Export, words: &str| export.said().iter().any(|line| line.contains(words));
    until("the webhook is tried", Duration::from_secs(20), || {
        says(&export, "notifications: webhook gone does not work")
    });
    assert_eq!(export.end("-TERM"), Some(0));
    until("its log is read", Duration::from_secs(5), || {
        says(
            &export,
            "notifications: webhook gone 1 notice is lost with the end of kaftop: it is always so",
        )
    });
    assert!(!says(&export, "hunter2"));
}
