//! A tap between kaftop and the brokers: it passes frames on and notes when which request and answer went through.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::Outcome;

/// `ListOffsets` in the protocol.
pub const LIST_OFFSETS: i16 = 2;
/// `Metadata` in the protocol.
pub const METADATA: i16 = 3;
/// No frame of these clusters is longer; whatever says it is, is no frame.
const LONGEST: u32 = 64 << 20;

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the broker.
    Request,
    /// From the broker.
    Answer,
}

/// A frame that went through.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// When the whole of it had come.
    pub at: Instant,
    /// The broker, counted from 1.
    pub broker: u16,
    /// Which way.
    pub way: Way,
    /// The kind of request by its number in the protocol.
    pub api: i16,
    /// Its length, with the four bytes that tell it.
    pub bytes: u64,
}

type Log = Arc<Mutex<Vec<Passed>>>;

/// A tap on three brokers.
pub struct Tap {
    ports: Vec<u16>,
    log: Log,
}

impl Tap {
    /// Opens a tap on brokers that listen at `first`, `first + 1`, ... of this machine. It stays until the process ends.
    pub fn open(first: u16, brokers: u16) -> Outcome<Self> {
        let log = Log::default();
        let mut ports = Vec::new();
        for broker in 1..=brokers {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            ports.push(listener.local_addr()?.port());
            let log = Arc::clone(&log);
            let upstream = first + broker - 1;
            thread::spawn(move || {
                for client in listener.incoming().flatten() {
                    let log = Arc::clone(&log);
                    thread::spawn(move || {
                        // A connection that ends, ends for both sides; that is all there is to do about it.
                        let _ = pass(&client, upstream, broker, &log);
                    });
                }
            });
        }
        Ok(Self { ports, log })
    }

    /// The flags with which kaftop goes through the tap to every broker.
    pub fn flags(&self) -> Vec<String> {
        let at = |port: &u16| format!("127.0.0.1:{port}");
        let mut flags = vec![
            "-b".to_owned(),
            self.ports.iter().map(at).collect::<Vec<_>>().join(","),
        ];
        for (id, port) in (1..).zip(&self.ports) {
            flags.extend(["--address".to_owned(), format!("{id}={}", at(port))]);
        }
        flags
    }

    /// What went through since this was last asked.
    pub fn take(&self) -> Vec<Passed> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Passes frames on in both directions until one side ends.
fn pass(client: &TcpStream, upstream: u16, broker: u16, log: &Log) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream));
    let server = match server {
        Ok(server) => server,
        Err(error) => {
            client.shutdown(Shutdown::Both)?;
            return Err(error);
        }
    };
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let asked = Mutex::new(VecDeque::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let note = |frame: &[u8]| {
                let api = api_of(frame);
                asked
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_back(api);
                note(log, broker, Way::Request, api, frame);
            };
            frames(client, &server, note)
        });
        let _ = frames(&server, client, |frame| {
            // Kafka answers the requests of a connection in their order.
            let api = asked.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            note(log, broker, Way::Answer, api.unwrap_or(-1), frame);
        });
    });
    Ok(())
}

/// Passes on whole frames, each noted first; when one side ends, both are ended.
fn frames(mut from: &TcpStream, mut to: &TcpStream, note: impl Fn(&[u8])) -> io::Result<()> {
    let mut work = || -> io::Result<()> {
        loop {
            let mut head = [0; 4];
            from.read_exact(&mut head)?;
            let length = u32::from_be_bytes(head);
            if length > LONGEST {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut frame = head.to_vec();
            from.take(length.into()).read_to_end(&mut frame)?;
            note(&frame);
            to.write_all(&frame)?;
        }
    };
    let outcome = work();
    for side in [from, to] {
        // It may have ended by itself.
        let _ = side.shutdown(Shutdown::Both);
    }
    outcome
}

/// The kind of a request: the two bytes after its length.
fn api_of(frame: &[u8]) -> i16 {
    match frame {
        [_, _, _, _, high, low, ..] => i16::from_be_bytes([*high, *low]),
        _ => -1,
    }
}

fn note(log: &Log, broker: u16, way: Way, api: i16, frame: &[u8]) {
    log.lock().unwrap_or_else(PoisonError::into_inner).push(Passed {
        at: Instant::now(),
        broker,
        way,
        api,
        bytes: u64::try_from(frame.len()).unwrap_or(u64::MAX),
    });
}
