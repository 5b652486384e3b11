//! Watching without a screen: every bulletin goes to a function.

use std::ops::ControlFlow;

use color_eyre::eyre::{Report, eyre};
use tokio::sync::{oneshot, watch};

use crate::health::Bulletin;

use super::flow::{self, runtime};
use super::options::Target;

/// Watches a cluster and calls `see` with each bulletin, in order and without leaving one out, until it breaks.
///
/// It takes the calling thread. A bulletin comes at least once a second, whatever the cluster does. `see` holds up
/// the pipeline for as long as it runs.
///
/// # Errors
/// No runtime could be had, or a part ended by a fault of kaftop. A cluster that does not answer is no error: the
/// bulletins say so.
pub fn observe(
    target: Target,
    mut see: impl FnMut(&Bulletin) -> ControlFlow<()> + Send + 'static,
) -> Result<(), Report> {
    let runtime = runtime()?;
    let (bulletins, _newest) = watch::channel(None);
    let (enough, ended) = oneshot::channel::<()>();
    let mut enough = Some(enough);
    let news = move |bulletin: &Bulletin| {
        if enough.is_some() && see(bulletin).is_break() {
            // Dropped, never used: that it was enough is all there is to know.
            enough = None;
        }
    };
    let fault = runtime.block_on(async {
        tokio::select! {
            fault = flow::run(target, bulletins, news) => Some(fault),
            _ = ended => None,
        }
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    fault.map_or(Ok(()), |fault| Err(eyre!(fault)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::clock::Clock;
    use crate::source::council::ensemble;
    use crate::source::kafka::EyeOptions;
    use crate::wire::Address;
    use std::collections::BTreeMap;
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn every_bulletin_is_seen_in_order_until_it_is_enough() {
        // A port at which nobody answers: that too is told.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (word, ensemble) = ensemble(0);
        let target = Target {
            eye: EyeOptions {
                bootstrap: vec![Address::new("127.0.0.1", i32::from(port)).unwrap()],
                overrides: BTreeMap::new(),
                client_id: "kaftop".to_owned(),
                refresh: Duration::from_millis(500),
                ensemble,
                clock: Clock::start(),
            },
            zookeeper: Vec::new(),
            engine: None,
            containers: BTreeMap::new(),
            ensemble: word,
            alerting: crate::app::Alerting::default(),
            telling: None,
        };
        let (tell, told) = mpsc::channel();
        let ended = observe(target, move |bulletin| {
            tell.send(bulletin.seq).unwrap();
            if bulletin.seq < 3 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
