//! Whether a node takes connections and answers them, and the port that stays its own while it does not.

use crate::sim::world::{Process, ProcessState};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Connections that the kernel takes before the node does.
const BACKLOG: u32 = 1_024;

/// How a node meets clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Door {
    /// It takes connections and answers.
    Open,
    /// The kernel takes connections, and nothing is read or answered.
    Mute,
    /// The port is closed.
    Shut,
}

impl From<Process> for Door {
    fn from(process: Process) -> Self {
        match process.state {
            ProcessState::Starting | ProcessState::Gone => Self::Shut,
            ProcessState::Running | ProcessState::ShuttingDown if process.reached => Self::Open,
            ProcessState::Running | ProcessState::ShuttingDown | ProcessState::Paused => Self::Mute,
        }
    }
}

/// Waits until the door is open. It never opens again once the simulation is gone.
pub(super) async fn opened(door: &mut watch::Receiver<Door>) {
    if door.wait_for(|door| *door == Door::Open).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A port that belongs to a node.
#[derive(Debug)]
pub(in crate::sim) struct Port {
    address: SocketAddr,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Bound, so that nobody else gets it, and closed to clients.
    Held(Option<TcpSocket>),
    Listening(TcpListener),
}

impl Port {
    /// Takes a port; port 0 stands for any that is free.
    pub(in crate::sim) fn take(address: SocketAddr) -> io::Result<Self> {
        // Only a listener meets others that listen on the port already.
        let listener = bind(address)?.listen(BACKLOG)?;
        Ok(Self {
            address: listener.local_addr()?,
            state: State::Listening(listener),
        })
    }

    /// Where clients find the node.
    pub(in crate::sim) fn address(&self) -> SocketAddr {
        self.address
    }

    fn open(&mut self) -> io::Result<&TcpListener> {
        if let State::Held(socket) = &mut self.state {
            let socket = match socket.take() {
                Some(socket) => socket,
                None => bind(self.address)?,
            };
            self.state = State::Listening(socket.listen(BACKLOG)?);
        }
        match &self.state {
            State::Listening(listener) => Ok(listener),
            State::Held(_) => Err(io::ErrorKind::AddrInUse.into()),
        }
    }

    fn close(&mut self) {
        if matches!(self.state, State::Listening(_)) {
            // The listener has to go before its port can be bound again.
            self.state = State::Held(None);
            self.state = State::Held(bind(self.address).ok());
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Else a port whose connections just ended could not be bound for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves a node's port as its door says. Ends only where the port cannot be had again.
pub(super) async fn keep<F>(
    mut port: Port,
    mut door: watch::Receiver<Door>,
    most: usize,
    serve: impl Fn(TcpStream) -> F,
) -> io::Error
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let now = *door.borrow_and_update();
        if now == Door::Shut {
            port.close();
            connections.shutdown().await;
        } else if let Err(error) = port.open() {
            return error;
        }
        let accepted = async {
            match (&port.state, now) {
                (State::Listening(listener), Door::Open) => listener.accept().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = door.changed() => {
                if changed.is_err() {
                    return io::Error::other("the simulation ended");
                }
            }
            Some(_) = connections.join_next() => {}
            // Errors of single connections (reset before they were taken) are theirs alone.
            accepted = accepted => {
                if let Ok((stream, _)) = accepted
                    && connections.len() < most
                {
                    connections.spawn(serve(stream));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    /// Longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(10);

    async fn echo(mut stream: TcpStream) {
        let mut byte = [0];
        while stream.read_exact(&mut byte).await.is_ok() {
            let _ = stream.write_all(&byte).await;
        }
    }

    /// Says a byte and reads one back; none at the end of the connection.
    async fn exchange(stream: &mut TcpStream) -> Option<u8> {
        let mut byte = [0];
        let exchanged = async {
            stream.write_all(b"k").await.ok()?;
            stream.read_exact(&mut byte).await.ok()
        };
        timeout(PATIENCE, exchanged).await.unwrap()?;
        Some(byte[0])
    }

    #[tokio::test]
    async fn connections_past_the_limit_are_closed_and_room_comes_back() {
        let port = Port::take((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = port.address();
        let (_keep, door) = watch::channel(Door::Open);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep(port, door, 2, echo));
        let mut first = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        assert_eq!(exchange(&mut first).await, Some(b'k'));
        assert_eq!(exchange(&mut second).await, Some(b'k'));
        let mut third = TcpStream::connect(address).await.unwrap();
        assert_eq!(exchange(&mut third).await, None);
        assert_eq!(exchange(&mut first).await, Some(b'k'));
        drop(first);
        let mut fourth = None;
        let again = async {
            while fourth.is_none() {
                fourth = exchange(&mut TcpStream::connect(address).await.unwrap()).await;
            }
        };
        timeout(PATIENCE, again).await.unwrap();
    }

    #[tokio::test]
    async fn a_port_stays_its_own_while_it_is_shut() {
        let port = Port::take((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = port.address();
        let (doors, door) = watch::channel(Door::Shut);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep(port, door, 2, echo));
        let shut = async { while TcpStream::connect(address).await.is_ok() {} };
        timeout(PATIENCE, shut).await.unwrap();
        // Anybody else who wants the port without sharing it is refused.
        assert!(TcpSocket::new_v4().unwrap().bind(address).is_err());
        doors.send_replace(Door::Open);
        let open = async {
            loop {
                if let Ok(mut stream) = TcpStream::connect(address).await {
                    return exchange(&mut stream).await;
                }
            }
        };
        assert_eq!(timeout(PATIENCE, open).await.unwrap(), Some(b'k'));
    }
}
