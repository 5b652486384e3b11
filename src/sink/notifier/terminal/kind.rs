//! Which terminal this is, read off its environment, and by which sequence it shows notifications.

use std::fmt;

use crate::config::TerminalProtocol;

/// How a terminal is asked to show a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `OSC 9 ; text`
    Osc9,
    /// `OSC 777 ; notify ; title ; text`
    Osc777,
    /// `OSC 99`, kitty's protocol.
    Osc99,
    /// Not at all: it can only ring.
    Bell,
}

/// What stands between kaftop and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// Nothing, or nothing that is noticed (SSH).
    Bare,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

/// How a notification gets to the terminal and is shown there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalKind {
    /// The sequence.
    pub protocol: Protocol,
    /// What it is wrapped for.
    pub wrap: Wrap,
}

impl fmt::Display for TerminalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.protocol {
            Protocol::Osc9 => "OSC 9",
            Protocol::Osc777 => "OSC 777",
            Protocol::Osc99 => "OSC 99",
            Protocol::Bell => "the bell alone",
        })?;
        f.write_str(match self.wrap {
            Wrap::Bare => "",
            Wrap::Tmux => " through tmux",
            Wrap::Screen => " through GNU screen",
        })
    }
}

/// The kind of terminal that the environment names; what the user chose goes before it.
pub fn detect(chosen: TerminalProtocol, variable: &dyn Fn(&str) -> Option<String>) -> TerminalKind {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let wrap = if set("TMUX").is_some() {
        Wrap::Tmux
    } else if set("STY").is_some() {
        Wrap::Screen
    } else {
        Wrap::Bare
    };
    let protocol = match chosen {
        TerminalProtocol::Osc9 => Protocol::Osc9,
        TerminalProtocol::Osc777 => Protocol::Osc777,
        TerminalProtocol::Osc99 => Protocol::Osc99,
        TerminalProtocol::Bell => Protocol::Bell,
        TerminalProtocol::Auto => by_environment(&set),
    };
    TerminalKind { protocol, wrap }
}

fn by_environment(set: &dyn Fn(&str) -> Option<String>) -> Protocol {
    let named = ["TERM", "TERM_PROGRAM"]
        .iter()
        .find_map(|name| by_name(&set(name)?));
    let signs = [
        ("KITTY_WINDOW_ID", Protocol::Osc99),
        ("KITTY_PID", Protocol::Osc99),
        ("GHOSTTY_RESOURCES_DIR", Protocol::Osc777),
        ("WEZTERM_PANE", Protocol::Osc777),
        ("ITERM_SESSION_ID", Protocol::Osc9),
        ("VTE_VERSION", Protocol::Osc777),
    ];
    let sign = || signs.iter().find(|(name, _)| set(name).is_some());
    // iTerm2 sends this one through SSH.
    let sent = || set("LC_TERMINAL").filter(|name| name == "iTerm2");
    named
        .or_else(|| sign().map(|(_, protocol)| *protocol))
        .or_else(|| sent().map(|_| Protocol::Osc9))
        .unwrap_or(Protocol::Bell)
}

/// By the name that a terminal gives itself: in `TERM`, in `TERM_PROGRAM`, or in its answer to tmux.
pub fn by_name(name: &str) -> Option<Protocol> {
    let name = name.to_ascii_lowercase();
    let names = [
        ("kitty", Protocol::Osc99),
        ("ghostty", Protocol::Osc777),
        ("wezterm", Protocol::Osc777),
        ("foot", Protocol::Osc777),
        ("rxvt-unicode", Protocol::Osc777),
        ("vte", Protocol::Osc777),
        ("warpterminal", Protocol::Osc777),
        ("contour", Protocol::Osc777),
        ("iterm", Protocol::Osc9),
    ];
    let found = names.iter().find(|(sign, _)| name.contains(sign));
    found.map(|(_, protocol)| *protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(chosen: TerminalProtocol, variables: &str) -> TerminalKind {
        detect(chosen, &|name| {
            let pairs = variables.split_whitespace();
            pairs
                .filter_map(|pair| pair.split_once('='))
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.to_owned())
        })
    }

    #[test]
    fn terminals_are_known_by_their_environment() {
        use Protocol::{Bell, Osc9, Osc99, Osc777};
        use Wrap::{Bare, Screen, Tmux};
        let table = [
            ("TERM=xterm-kitty", Osc99, Bare),
            ("TERM=xterm-256color KITTY_WINDOW_ID=1", Osc99, Bare),
            ("TERM=xterm-ghostty", Osc777, Bare),
            ("TERM=xterm-256color TERM_PROGRAM=ghostty", Osc777, Bare),
            ("TERM=xterm-256color TERM_PROGRAM=WezTerm", Osc777, Bare),
            ("TERM=foot-extra", Osc777, Bare),
            ("TERM=rxvt-unicode-256color", Osc777, Bare),
            ("TERM=xterm-256color VTE_VERSION=7600", Osc777, Bare),
            ("TERM=xterm-256color TERM_PROGRAM=iTerm.app", Osc9, Bare),
            ("TERM=xterm-256color LC_TERMINAL=iTerm2", Osc9, Bare),
            ("TERM=xterm-256color", Bell, Bare),
            ("TERM=alacritty", Bell, Bare),
            ("TERM=linux", Bell, Bare),
            ("TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", Bell, Bare),
            ("TERM=xterm-256color WT_SESSION=x", Bell, Bare),
            ("", Bell, Bare),
            ("TERM=tmux-256color TERM_PROGRAM=tmux TMUX=/tmp/t,1,0", Bell, Tmux),
            (
                "TERM=screen-256color TMUX=/tmp/t,1,0 KITTY_WINDOW_ID=1",
                Osc99,
                Tmux,
            ),
            ("TERM=screen STY=1.x LC_TERMINAL=iTerm2", Osc9, Screen),
            ("TERM=screen STY=", Bell, Bare),
        ];
        for (variables, protocol, wrap) in table {
            let expected = TerminalKind { protocol, wrap };
            assert_eq!(kind(TerminalProtocol::Auto, variables), expected, "{variables}");
        }
    }

    #[test]
    fn what_the_user_chose_goes_first() {
        let table = [
            (TerminalProtocol::Osc9, Protocol::Osc9),
            (TerminalProtocol::Osc777, Protocol::Osc777),
            (TerminalProtocol::Osc99, Protocol::Osc99),
            (TerminalProtocol::Bell, Protocol::Bell),
        ];
        for (chosen, protocol) in table {
            let found = kind(chosen, "TERM=xterm-kitty TMUX=x");
            assert_eq!((found.protocol, found.wrap), (protocol, Wrap::Tmux));
        }
    }
}
