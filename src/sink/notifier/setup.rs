//! From the settings and the environment to the ways that there are.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::desktop::Desktop;
use super::dispatcher::{Quiet, Route};
use super::hook::Hook;
use super::terminal::{Bell, Glass, Terminal, Tmux, Wrap, detect};
use super::webhook::{Authorities, Webhook};
use super::zone::Zone;
use crate::config::{NotifySettings, TerminalProtocol, WayUse};
use crate::model::notice::Line;
use crate::model::text::Name;

/// What the ways are made from beside the settings.
pub struct Surroundings {
    /// The environment, by name.
    pub variable: fn(&str) -> Option<String>,
    /// The terminal.
    pub glass: Glass,
    /// Where the keys go of what a person takes note of on the desktop; without it popups have no button.
    pub pressed: Option<mpsc::Sender<Name>>,
}

/// The ways that the settings name, the desktop first.
pub fn routes(settings: &NotifySettings, around: &Surroundings) -> Vec<Route> {
    let Surroundings {
        variable,
        glass,
        pressed,
    } = around;
    let (variable, glass) = (*variable, glass.clone());
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let remote = set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some();
    let desktop = match settings.desktop.value {
        WayUse::Always => true,
        WayUse::Never => false,
        // A popup on the far machine is seen by nobody.
        WayUse::Auto => !remote,
    };
    let terminal = settings.terminal.way_use.value;
    let mut routes = Vec::new();
    if desktop {
        routes.push(Route {
            carrier: Arc::new(Desktop::new(pressed.clone())),
            optional: settings.desktop.value == WayUse::Auto,
            stand_in: (terminal == WayUse::Auto).then(|| Line::new("terminal")),
        });
    }
    if terminal != WayUse::Never {
        routes.push(Route {
            carrier: Arc::new(through_terminal(settings, &variable, glass.clone())),
            optional: terminal == WayUse::Auto,
            stand_in: None,
        });
    }
    if settings.terminal.bell.value {
        routes.push(Route {
            carrier: Arc::new(Bell(glass)),
            optional: true,
            stand_in: None,
        });
    }
    let firm = |carrier| Route {
        carrier,
        optional: false,
        stand_in: None,
    };
    let authorities = Authorities {
        file: set("SSL_CERT_FILE").map(PathBuf::from),
    };
    for (name, hook) in &settings.commands {
        routes.push(firm(Arc::new(Hook::new(name, hook))));
    }
    for (name, webhook) in &settings.webhooks {
        routes.push(firm(Arc::new(Webhook::new(name, webhook, authorities.clone()))));
    }
    routes
}

fn through_terminal(
    settings: &NotifySettings,
    variable: &dyn Fn(&str) -> Option<String>,
    glass: Glass,
) -> Terminal {
    let chosen = settings.terminal.protocol.value;
    let kind = detect(chosen, variable);
    let asked = kind.wrap == Wrap::Tmux && chosen != TerminalProtocol::Bell;
    let tmux = asked.then(|| Tmux {
        program: "tmux".to_owned(),
        pane: variable("TMUX_PANE"),
        chosen: chosen != TerminalProtocol::Auto,
    });
    Terminal::new(glass, kind, tmux)
}

/// The quiet hours, and a warning where their time zone is not known: then there are none, since telling too much is
/// better than telling nothing.
pub fn quiet(settings: &NotifySettings) -> (Quiet, Option<String>) {
    let hours = settings.filter.quiet_hours.value;
    let none = |warning| {
        let quiet = Quiet {
            hours: None,
            zone: Zone::utc(),
        };
        (quiet, warning)
    };
    if hours.is_none() {
        return none(None);
    }
    match Zone::named(&settings.filter.time_zone.value) {
        Ok(zone) => (Quiet { hours, zone }, None),
        Err(why) => none(Some(format!("the quiet hours are not kept: {why}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::terminal::{Shown, screen};
    use super::*;
    use crate::config::ConfigFile;

    fn made(text: &str, remote: bool) -> BTreeMap<String, (bool, bool)> {
        let file = ConfigFile::parse(text, "test");
        assert!(file.problems.is_empty(), "{:?}", file.problems);
        let around = Surroundings {
            variable: if remote {
                |name| (name == "SSH_CONNECTION").then(|| "a b c d".to_owned())
            } else {
                |_| None
            },
            glass: screen(|_| Shown::Taken),
            pressed: None,
        };
        let routes = routes(&file.notify, &around);
        let of = |route: &Route| (route.optional, route.stand_in.is_some());
        routes
            .iter()
            .map(|route| (route.carrier.name().to_string(), of(route)))
            .collect()
    }

    #[test]
    fn the_terminal_stands_in_for_the_desktop_unless_told_otherwise() {
        let of = |text, remote| {
            let made = made(text, remote);
            let words = made.iter().map(|(name, (optional, stand_in))| {
                format!(
                    "{name}{}{}",
                    if *optional { "?" } else { "" },
                    if *stand_in { ">" } else { "" }
                )
            });
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("", false), "bell? desktop?> terminal?");
        assert_eq!(of("", true), "bell? terminal?");
        assert_eq!(
            of("[notify]\ndesktop = \"always\"", true),
            "bell? desktop> terminal?"
        );
        assert_eq!(
            of("[notify.terminal]\nuse = \"always\"\nbell = false", false),
            "desktop? terminal"
        );
        let hooks = "[notify]\ndesktop = \"never\"\nterminal = { use = \"never\", bell = false }\n\
                     [notify.commands.a]\nrun = [\"a\"]\n[notify.webhooks.b]\nurl = \"http://b\"";
        assert_eq!(of(hooks, false), "command a webhook b");
    }

    #[test]
    fn quiet_hours_of_an_unknown_zone_are_not_kept_and_that_is_said() {
        let of = |text: &str| quiet(&ConfigFile::parse(text, "test").notify);
        let (none, warning) = of("[notify]\ntime_zone = \"Middle/Earth\"");
        assert!(none.hours.is_none() && warning.is_none());
        let (kept, warning) = of("[notify]\nquiet_hours = \"22:00-07:00\"\ntime_zone = \"UTC\"");
        assert!(kept.hours.is_some() && warning.is_none());
        let (lost, warning) = of("[notify]\nquiet_hours = \"22:00-07:00\"\ntime_zone = \"Middle/Earth\"");
        assert!(lost.hours.is_none());
        assert!(warning.is_some_and(|text| text.contains("not kept") && text.contains("Middle/Earth")));
    }
}
