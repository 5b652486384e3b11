//! Where an engine is.

use std::fmt;
use std::path::PathBuf;

/// Where an engine is, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineAddress {
    /// A socket of this machine.
    Unix(PathBuf),
    /// Plain HTTP.
    Tcp {
        /// Host name or address, without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// HTTP over TLS, with a client certificate.
    Tls {
        /// Host name or address, without brackets.
        host: String,
        /// Port.
        port: u16,
        /// The directory of `ca.pem`, `cert.pem` and `key.pem`.
        certificates: PathBuf,
    },
    /// The user's own ssh, which runs `docker system dial-stdio` there.
    Ssh {
        /// What ssh is given as the host: `user@host`, or `host`.
        destination: String,
        /// The port, where it is not ssh's own choice.
        port: Option<u16>,
        /// The socket on that machine, where it is not the default one.
        socket: Option<String>,
    },
}

impl EngineAddress {
    /// Reads an address as `DOCKER_HOST` has it. `certificates` is the directory of the TLS files where TLS is asked
    /// for. The error says what is wrong with the address, and what can stand there.
    pub fn parse(text: &str, certificates: Option<PathBuf>) -> Result<Self, String> {
        let text = text.trim();
        let wanted = "wanted unix:///PATH, tcp://HOST:PORT or ssh://[USER@]HOST[:PORT]";
        let (scheme, rest) = match text.split_once("://") {
            Some(parts) => parts,
            None if text.starts_with('/') => ("unix", text),
            None => return Err(format!("{text:?} is no address of an engine: {wanted}")),
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            "unix" => Err(format!("{text:?} has no absolute path: wanted unix:///PATH")),
            "tcp" | "http" | "https" => {
                let plain = rest.trim_end_matches('/');
                let (host, port) =
                    split_port(plain).map_err(|why| format!("{text:?} {why}: wanted tcp://HOST:PORT"))?;
                let secure = certificates.is_some() || scheme == "https";
                let port = port.unwrap_or(if secure { 2376 } else { 2375 });
                match (secure, certificates) {
                    (false, _) => Ok(Self::Tcp { host, port }),
                    (true, Some(certificates)) => Ok(Self::Tls {
                        host,
                        port,
                        certificates,
                    }),
                    (true, None) => Err(format!(
                        "{text:?} wants TLS, and no certificates are known: set DOCKER_CERT_PATH to the directory of ca.pem, cert.pem and key.pem"
                    )),
                }
            }
            "ssh" => {
                let (place, socket) = match rest.split_once('/') {
                    Some((place, "")) => (place, None),
                    Some((place, path)) => (place, Some(format!("/{path}"))),
                    None => (rest, None),
                };
                let (user, host) = match place.rsplit_once('@') {
                    Some((user, host)) => (Some(user), host),
                    None => (None, place),
                };
                let (host, port) = split_port(host)
                    .map_err(|why| format!("{text:?} {why}: wanted ssh://[USER@]HOST[:PORT]"))?;
                let destination = user.map_or_else(|| host.clone(), |user| format!("{user}@{host}"));
                // What begins with a dash would be taken for an option by ssh.
                if destination.starts_with('-') || user == Some("") {
                    return Err(format!("{text:?} names no host: wanted ssh://[USER@]HOST[:PORT]"));
                }
                Ok(Self::Ssh {
                    destination,
                    port,
                    socket,
                })
            }
            "npipe" => Err(format!(
                "{text:?} is a named pipe, which only Windows has: {wanted}"
            )),
            _ => Err(format!("{text:?} is no address of an engine: {wanted}")),
        }
    }

    /// Whether the engine runs its containers on this machine, as far as the address tells: only then are its
    /// published ports ports of our own loopback. An address on loopback may be a tunnel to elsewhere.
    pub fn is_this_machine(&self) -> bool {
        matches!(self, Self::Unix(_))
    }

    /// The host that the engine is reached at; none for a socket of this machine.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp { host, .. } | Self::Tls { host, .. } => Some(host),
            Self::Ssh { destination, .. } => Some(
                destination
                    .rsplit_once('@')
                    .map_or(destination.as_str(), |(_, host)| host),
            ),
        }
    }
}

/// Splits `HOST[:PORT]`, with an IPv6 address in brackets.
fn split_port(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("has a bracket that is not closed")?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err("has something between the bracket and the port".to_owned()),
        }
    } else {
        match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("has an IPv6 address without brackets".to_owned());
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let fits = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    if !fits {
        return Err("names no host".to_owned());
    }
    let port = match port {
        None => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err(format!("has the port {digits:?}, which is none")),
        },
    };
    Ok((host.to_owned(), port))
}

/// As `DOCKER_HOST` would have it.
impl fmt::Display for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = |host: &str| {
            if host.contains(':') {
                format!("[{host}]")
            } else {
                host.to_owned()
            }
        };
        let text = match self {
            Self::Unix(path) => format!("unix://{}", path.display()),
            Self::Tcp { host, port } => format!("tcp://{}:{port}", bracketed(host)),
            Self::Tls { host, port, .. } => format!("tcp://{}:{port} (TLS)", bracketed(host)),
            Self::Ssh {
                destination,
                port,
                socket,
            } => {
                let port = port.map_or_else(String::new, |port| format!(":{port}"));
                format!(
                    "ssh://{destination}{port}{}",
                    socket.as_deref().unwrap_or_default()
                )
            }
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_engines_own_tools_read_them() {
        let certificates = || Some(PathBuf::from("/certs"));
        let table = [
            ("unix:///var/run/docker.sock", None, "unix:///var/run/docker.sock"),
            ("/run/x.sock", None, "unix:///run/x.sock"),
            ("tcp://10.0.0.7:2375", None, "tcp://10.0.0.7:2375"),
            ("tcp://engine", None, "tcp://engine:2375"),
            ("tcp://engine/", certificates(), "tcp://engine:2376 (TLS)"),
            ("tcp://[fd00::1]:4243", None, "tcp://[fd00::1]:4243"),
            ("https://engine:2376", certificates(), "tcp://engine:2376 (TLS)"),
            ("ssh://ops@host", None, "ssh://ops@host"),
            (
                "ssh://host:2222/run/user/1000/docker.sock",
                None,
                "ssh://host:2222/run/user/1000/docker.sock",
            ),
        ];
        for (text, certificates, shown) in table {
            let address = EngineAddress::parse(text, certificates).expect(text);
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_says_what_is_wanted() {
        for (text, word) in [
            ("docker", "wanted unix:///PATH"),
            ("unix://relative", "no absolute path"),
            ("tcp://:2375", "names no host"),
            ("tcp://host:0", "port \"0\""),
            ("tcp://host:many", "port \"many\""),
            ("tcp://fd00::1:2375", "without brackets"),
            ("https://host", "DOCKER_CERT_PATH"),
            ("ssh://-oProxyCommand=x", "names no host"),
            ("ssh://@host", "names no host"),
            ("npipe:////./pipe/docker_engine", "Windows"),
            ("fd://", "is no address"),
        ] {
            let error = EngineAddress::parse(text, None).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn only_a_socket_is_this_machine() {
        for (text, here, host) in [
            ("unix:///x", true, None),
            ("tcp://127.0.0.1:2375", false, Some("127.0.0.1")),
            ("ssh://ops@far", false, Some("far")),
        ] {
            let address = EngineAddress::parse(text, None).expect(text);
            assert_eq!((address.is_this_machine(), address.host()), (here, host));
        }
    }
}
