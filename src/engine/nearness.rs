//! Whether an engine's published ports are on our own loopback, by the one thing that settles it: the network that its
//! process is in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::timeout;

use super::address::EngineAddress;

/// How long the socket may take to be connected.
const WITHIN: Duration = Duration::from_secs(2);

/// Whether who listens on this socket is in our own network namespace. No where that is not so, and where it cannot be told:
/// the process is not seen from here, or not ours to look at.
pub async fn shares_our_network(address: &EngineAddress) -> bool {
    match address {
        EngineAddress::Unix(path) => timeout(WITHIN, is_neighbour(path)).await.unwrap_or(false),
        _ => false,
    }
}

async fn is_neighbour(path: &Path) -> bool {
    let Ok(stream) = UnixStream::connect(path).await else {
        return false;
    };
    // A process outside of our own view has the number 0.
    let listener = stream.peer_cred().ok().and_then(|peer| peer.pid());
    let Some(listener) = listener.filter(|process| *process > 0) else {
        return false;
    };
    network("self").is_some_and(|own| network(&listener.to_string()) == Some(own))
}

/// The network namespace of a process, as the kernel names it.
fn network(process: &str) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{process}/ns/net")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_socket_of_our_own_is_near_and_what_is_no_socket_of_this_machine_is_not() {
        let path = std::env::temp_dir().join(format!("kaftop-near-{}.sock", std::process::id()));
        drop(std::fs::remove_file(&path));
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let socket = EngineAddress::Unix(path.clone());
        assert!(shares_our_network(&socket).await);
        drop(listener);
        assert!(!shares_our_network(&socket).await, "nobody listens");
        std::fs::remove_file(&path).unwrap();
        assert!(!shares_our_network(&socket).await, "no socket");
        let tcp = EngineAddress::Tcp {
            host: "127.0.0.1".to_owned(),
            port: 1,
        };
        assert!(!shares_our_network(&tcp).await);
    }
}
