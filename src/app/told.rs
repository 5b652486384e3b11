//! Being told to end without a screen: Ctrl-C, or SIGTERM.

use std::convert::Infallible;
use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Marks there that kaftop is to end, whenever it is told to; never ends by itself.
pub(super) async fn listen(told: watch::Sender<bool>) -> Infallible {
    // Where a signal cannot be heard it does what it does by itself.
    let mut interrupt = signal(SignalKind::interrupt()).ok();
    let mut terminate = signal(SignalKind::terminate()).ok();
    loop {
        tokio::select! {
            () = heard(&mut interrupt) => {}
            () = heard(&mut terminate) => {}
        }
        told.send_replace(true);
    }
}

async fn heard(signal: &mut Option<Signal>) {
    let is_heard = match signal {
        Some(signal) => signal.recv().await.is_some(),
        None => false,
    };
    if !is_heard {
        pending::<()>().await;
    }
}
