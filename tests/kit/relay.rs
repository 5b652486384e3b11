//! Relays on loopback between a client and brokers, which can fall silent as a cut network does: nothing is refused, nothing is
//! answered.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Relays to some addresses, which end with the process.
pub struct Relays {
    /// HOST:PORT of each, in the order of what they lead to.
    pub addresses: Vec<String>,
    silent: Arc<AtomicBool>,
}

impl Relays {
    /// One relay to each of these addresses.
    pub fn to(addresses: &[String]) -> Self {
        let silent = Arc::new(AtomicBool::new(false));
        let relay = |address: &String| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let own = listener.local_addr().unwrap().to_string();
            let (address, silent) = (address.clone(), Arc::clone(&silent));
            thread::spawn(move || serve(&listener, &address, &silent));
            own
        };
        Self {
            addresses: addresses.iter().map(relay).collect(),
            silent,
        }
    }

    /// From now on nothing passes; what is under way is lost.
    pub fn cut(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    /// What comes from now on passes. Connections of before stay dead: what was lost on them would be missed.
    pub fn heal(&self) {
        self.silent.store(false, Ordering::SeqCst);
    }
}

fn serve(listener: &TcpListener, to: &str, silent: &Arc<AtomicBool>) {
    for client in listener.incoming().map_while(Result::ok) {
        if silent.load(Ordering::SeqCst) {
            // Taken by the kernel and never answered; held, since its end would be an answer.
            std::mem::forget(client);
            continue;
        }
        // Where nobody listens the end of the connection is as near to a refusal as a relay comes.
        let Ok(broker) = TcpStream::connect(to) else {
            continue;
        };
        for (from, to) in [(&client, &broker), (&broker, &client)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let silent = Arc::clone(silent);
            thread::spawn(move || pass(from, to, &silent));
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        if silent.load(Ordering::SeqCst) {
            // It neither passes nor ends.
            std::mem::forget((from, to));
            return;
        }
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whichever side ends first, the other one is told.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
