//! Network addresses as they are written in flags, variables and files.

use std::fmt;
use std::net::Ipv6Addr;

use super::catalogue::TLS_AND_SASL_REFUSED;
use super::problem::Mismatch;

/// The port of a Kafka address that names none.
pub const KAFKA_PORT: u16 = 9092;

/// The port of a `ZooKeeper` address that names none.
pub const ZOOKEEPER_PORT: u16 = 2181;

/// The longest host name, in bytes (RFC 1035 allows 253 without the final dot).
const HOST_MAX: usize = 253;

const EXPECTED: &str = "HOST:PORT, such as \"kafka-1:9092\" or \"[::1]:9092\"";

/// A host and a port. The host is a name, an IPv4 address, or an IPv6 address without its brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// ASCII letters, digits, `-`, `_` and `.`, or an IPv6 address.
    pub host: String,
    /// From 1 to 65535.
    pub port: u16,
}

impl Address {
    /// Reads one address. White space around it is ignored, `PLAINTEXT://` is taken off, and a scheme that
    /// asks for TLS or SASL is refused.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, Mismatch> {
        let trimmed = text.trim();
        // What stands before an @ may be a password, so nothing of such a text is quoted.
        if trimmed.contains('@') {
            return Err(Mismatch::described("a user name in the address", EXPECTED));
        }
        let rest = strip_scheme(trimmed)?;
        let wrong = |expected: &str| Mismatch::text(trimmed, expected);
        if rest.contains('/') {
            return Err(wrong("HOST:PORT without a path"));
        }
        if let Some(bracketed) = rest.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']').ok_or_else(|| wrong(EXPECTED))?;
            check_ipv6(host).ok_or_else(|| wrong("an IPv6 address inside the brackets"))?;
            let port = match after.strip_prefix(':') {
                Some(port) => parse_port(port).ok_or_else(|| wrong("a port from 1 to 65535"))?,
                None if after.is_empty() => default_port,
                None => return Err(wrong(EXPECTED)),
            };
            return Ok(Self {
                host: host.to_owned(),
                port,
            });
        }
        if rest.matches(':').count() > 1 {
            return Err(wrong("brackets around an IPv6 address, such as \"[::1]:9092\""));
        }
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (
                host,
                parse_port(port).ok_or_else(|| wrong("a port from 1 to 65535"))?,
            ),
            None => (rest, default_port),
        };
        if host.is_empty() {
            return Err(wrong(EXPECTED));
        }
        if host.len() > HOST_MAX {
            return Err(wrong("a host name of at most 253 characters"));
        }
        if !host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        {
            return Err(wrong(
                "a host name of ASCII letters, digits, \"-\", \"_\" and \".\"",
            ));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The addresses of a list, each once and in the order given, beside the faults of those that are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressList {
    /// The addresses that could be read.
    pub addresses: Vec<Address>,
    /// One fault for each that could not, or one that says that there is none.
    pub faults: Vec<Mismatch>,
}

impl AddressList {
    /// Reads addresses separated by commas; empty places between commas are skipped, as Kafka's own
    /// clients do (`ClientUtils.parseAndValidateAddresses`).
    pub fn parse(text: &str, default_port: u16) -> Self {
        let mut list = Self::default();
        for item in text.split(',').filter(|item| !item.trim().is_empty()) {
            match Address::parse(item, default_port) {
                Ok(address) => list.push(address),
                Err(fault) => list.faults.push(fault),
            }
        }
        if list.addresses.is_empty() && list.faults.is_empty() {
            list.faults.push(Mismatch::text(text, EXPECTED));
        }
        list
    }

    /// Adds what another list holds.
    pub(super) fn extend(&mut self, other: Self) {
        for address in other.addresses {
            self.push(address);
        }
        self.faults.extend(other.faults);
    }

    fn push(&mut self, address: Address) {
        if !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }
}

fn strip_scheme(text: &str) -> Result<&str, Mismatch> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok(text);
    };
    match scheme.to_ascii_uppercase().as_str() {
        "PLAINTEXT" => Ok(rest),
        "SSL" | "TLS" | "SASL_PLAINTEXT" | "SASL_SSL" => Err(Mismatch::Refused(format!(
            "{} asks for more than plaintext: {TLS_AND_SASL_REFUSED}",
            super::printable::quoted(text)
        ))),
        _ => Err(Mismatch::text(text, EXPECTED)),
    }
}

fn parse_port(text: &str) -> Option<u16> {
    // `u16::from_str` would accept a plus sign.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0)
}

fn check_ipv6(host: &str) -> Option<()> {
    let (address, zone) = host.split_once('%').unwrap_or((host, "0"));
    let zone_ok = !zone.is_empty()
        && zone
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    (zone_ok && zone.len() <= 32 && address.parse::<Ipv6Addr>().is_ok()).then_some(())
}
