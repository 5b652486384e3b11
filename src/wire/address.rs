//! Host and port of one listener.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// Longest host name of the DNS (RFC 1035).
const LONGEST_HOST: usize = 253;

/// Host and port of one Kafka listener; displays as `HOST:PORT`, IPv6 in brackets.
///
/// The host is checked: it holds only characters that a name or an IP address can have, so it is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why text is no address. Control and direction characters of the text are shown escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text has no `:PORT`.
    #[error("{0} names no port: write HOST:PORT, for example localhost:9092")]
    NoPort(String),
    /// The port is not a number from 1 to 65535.
    #[error("{port} is no port: a port is a number from 1 to 65535 (in {text})")]
    Port {
        /// What stands where the port should.
        port: String,
        /// The whole text.
        text: String,
    },
    /// Nothing stands before the port.
    #[error("{0} names no host: write HOST:PORT")]
    NoHost(String),
    /// The host holds a character that neither a name nor an IP address can have.
    #[error("{0} is no host name: letters, digits, dots, hyphens and underscores only, or an IP address")]
    Host(String),
    /// An IPv6 address without brackets, where the port cannot be told from the address.
    #[error("{0} has several colons: write an IPv6 address in brackets, [::1]:9092")]
    Brackets(String),
    /// A URL or a listener string instead of a bare address.
    #[error("{0} starts with a scheme: write only HOST:PORT")]
    Scheme(String),
}

impl Address {
    /// An address from its two parts, as brokers announce them.
    pub fn new(host: &str, port: i32) -> Result<Self, AddressError> {
        let number = u16::try_from(port).ok().filter(|port| *port > 0);
        let Some(port) = number else {
            return Err(AddressError::Port {
                port: port.to_string(),
                text: shown(host),
            });
        };
        if host.is_empty() {
            return Err(AddressError::NoHost(format!(":{port}")));
        }
        if !is_host(host) {
            return Err(AddressError::Host(shown(host)));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }

    /// Host name or IP address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port, never 0.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(out, "[{}]:{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.contains("://") {
            return Err(AddressError::Scheme(shown(text)));
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest
                .split_once("]:")
                .ok_or_else(|| AddressError::NoPort(shown(text)))?,
            None => text
                .rsplit_once(':')
                .ok_or_else(|| AddressError::NoPort(shown(text)))?,
        };
        if host.contains(':') && !text.starts_with('[') {
            return Err(AddressError::Brackets(shown(text)));
        }
        // A sign would be taken by the number parser, and is no part of a port.
        let number = port
            .parse::<u16>()
            .ok()
            .filter(|number| *number > 0 && !port.starts_with('+'));
        let Some(number) = number else {
            return Err(AddressError::Port {
                port: shown(port),
                text: shown(text),
            });
        };
        if host.is_empty() {
            return Err(AddressError::NoHost(shown(text)));
        }
        if text.starts_with('[') && !host.contains(':') {
            return Err(AddressError::Host(shown(host)));
        }
        Self::new(host, i32::from(number))
    }
}

/// Whether the text can be a DNS name or an IP address; underscores are let through since container names have them.
fn is_host(text: &str) -> bool {
    if text.parse::<IpAddr>().is_ok() {
        return true;
    }
    if let Some((address, zone)) = text.split_once('%') {
        let zone_fits = !zone.is_empty() && zone.len() <= 32 && zone.chars().all(is_name_letter);
        return zone_fits && address.parse::<Ipv6Addr>().is_ok();
    }
    text.len() <= LONGEST_HOST && text.chars().all(is_name_letter) && !text.starts_with(['-', '.'])
}

fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_')
}

/// Text for an error: quoted, everything but plain ASCII escaped, cut to a sane length.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    let dots = if cut.len() < text.len() { "..." } else { "" };
    format!("\"{}{dots}\"", cut.escape_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read_and_written() {
        let cases = [
            ("localhost:9092", "localhost", 9092, "localhost:9092"),
            (
                " kafka_1.example.com:1 ",
                "kafka_1.example.com",
                1,
                "kafka_1.example.com:1",
            ),
            ("127.0.0.1:65535", "127.0.0.1", 65535, "127.0.0.1:65535"),
            ("[::1]:9092", "::1", 9092, "[::1]:9092"),
            ("[fe80::1%eth0]:9092", "fe80::1%eth0", 9092, "[fe80::1%eth0]:9092"),
        ];
        for (text, host, port, written) in cases {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port()), (host, port), "{text}");
            assert_eq!(address.to_string(), written);
        }
    }

    #[test]
    fn other_text_is_refused_with_a_sentence() {
        let long = format!("{}:9092", "a".repeat(300));
        let cases = [
            ("localhost", "names no port"),
            ("", "names no port"),
            ("[::1]", "names no port"),
            ("::1:9092", "brackets"),
            ("localhost:", "is no port"),
            ("localhost:0", "is no port"),
            ("localhost:+9092", "is no port"),
            ("localhost:65536", "is no port"),
            (":9092", "names no host"),
            ("[]:9092", "names no host"),
            ("[localhost]:9092", "is no host name"),
            ("local host:9092", "is no host name"),
            ("-x:9092", "is no host name"),
            ("a\u{1b}[31mb:9092", "is no host name"),
            ("a\u{202e}b:9092", "is no host name"),
            ("PLAINTEXT://a:9092", "scheme"),
            (long.as_str(), "is no host name"),
        ];
        for (text, part) in cases {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(part), "{text:?}: {error}");
            assert!(error.is_ascii() && !error.contains('\u{1b}'), "{error:?}");
        }
        assert!(Address::new("a", -1).is_err());
        assert!(Address::new("", 1).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_that_reads_back_or_an_error(text in "\\PC*|[a-z:\\[\\]0-9%.]{0,20}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
            }
        }
    }
}
