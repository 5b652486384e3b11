//! From an address to a TCP connection.

use crate::wire::address::Address;
use crate::wire::deadline::Deadline;
use crate::wire::error::{Waiting, WireError};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout_at;

/// Resolves the name and tries its addresses in turn; each gets an equal share of the time that is left, so that one
/// that swallows packets does not cost the others theirs.
pub(super) async fn connect(address: &Address, deadline: Deadline) -> Result<TcpStream, WireError> {
    let candidates = resolve(address, deadline).await?;
    let mut worst: Option<WireError> = None;
    for (place, candidate) in candidates.iter().enumerate() {
        let share = deadline.share(candidates.len() - place);
        let error = match timeout_at(share.at(), TcpStream::connect(candidate)).await {
            Ok(Ok(stream)) => {
                // Requests are small and waited for: holding them back would only add delay. A socket that refuses
                // the option still works.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => failed(address, &error, deadline),
            Err(_) => WireError::Timeout {
                address: address.clone(),
                waiting: Waiting::Connection,
                waited: deadline.waited(),
            },
        };
        if worst.as_ref().is_none_or(|worst| weight(&error) > weight(worst)) {
            worst = Some(error);
        }
    }
    Err(worst.unwrap_or_else(|| unresolved(address, "it has no address")))
}

async fn resolve(address: &Address, deadline: Deadline) -> Result<Vec<SocketAddr>, WireError> {
    if let Ok(ip) = address.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, address.port())]);
    }
    match timeout_at(deadline.at(), lookup_host((address.host(), address.port()))).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(error)) => Err(unresolved(address, &error.to_string())),
        Err(_) => Err(WireError::Timeout {
            address: address.clone(),
            waiting: Waiting::Name,
            waited: deadline.waited(),
        }),
    }
}

fn unresolved(address: &Address, detail: &str) -> WireError {
    WireError::Unresolved {
        address: address.clone(),
        detail: detail.to_owned(),
    }
}

fn failed(address: &Address, error: &io::Error, deadline: Deadline) -> WireError {
    let address = address.clone();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => WireError::Refused { address },
        io::ErrorKind::TimedOut => WireError::Timeout {
            address,
            waiting: Waiting::Connection,
            waited: deadline.waited(),
        },
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::AddrNotAvailable => WireError::Unreachable {
            address,
            detail: error.to_string(),
        },
        _ => WireError::System {
            address,
            operation: "connecting",
            detail: error.to_string(),
        },
    }
}

/// How much an error tells: that of an address family without a route tells least.
fn weight(error: &WireError) -> u8 {
    match error {
        WireError::Refused { .. } => 3,
        WireError::Timeout { .. } => 2,
        WireError::System { .. } => 1,
        _ => 0,
    }
}
