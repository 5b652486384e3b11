//! The faults of one broker, which both tours go through in the same way.

use std::time::Duration;

use crate::expected::{BROKERS, Expected};
use crate::kit::rig::{Cluster, kafka};
use crate::kit::scripts::Scripts;
use crate::tour::{AT_REST, Tour, leads, leads_most};

impl Tour {
    /// A controlled shutdown of `victim`, and its return.
    pub fn stop_a_broker(&mut self, victim: i32, through: i32) {
        self.act("stop", &[kafka(victim)]);
        let stopped = self.expect_down(&[victim], "refused");
        let down = format!("Broker {victim} is down");
        self.settle("a broker stopped", &stopped, &[&down]);
        self.walk_the_pages(victim);
        self.prove(&stopped, through);
        self.start_again(&[kafka(victim)]);
    }

    /// The death of the controller, which stays dead.
    pub fn kill_the_controller(&mut self, controller: i32, through: i32) -> Expected {
        self.act("kill", &[kafka(controller)]);
        self.prove_silence(controller, "refused", &[&format!("Broker {controller} refuses")]);
        let killed = self.expect_down(&[controller], "refused");
        let down = format!("Broker {controller} is down");
        self.settle("the controller killed", &killed, &[&down]);
        self.prove(&killed, through);
        killed
    }

    /// A broker that hangs, and that holds the only replica of a topic; and its return.
    pub fn pause_a_broker(&mut self, victim: i32, through: i32) {
        let topics = Scripts::through(&self.cluster, 1).topics();
        assert!(leads(&topics, victim) >= 50, "the one to pause leads too little");
        self.act("pause", &[kafka(victim)]);
        let does_not = format!("Broker {victim} does not answer");
        self.prove_silence(victim, "timeout", &[&does_not]);
        // The topic with its one replica there has no leader any more: clients wait for one.
        let hung = self.expect_down(&[victim], "timeout").critical("stalled");
        self.settle("a broker paused", &hung, &[&format!("Broker {victim} is down")]);
        self.prove(&hung, through);
        self.act("unpause", &[kafka(victim)]);
        self.await_healthy("unpaused");
    }

    /// One of two brokers cut off from its peers, and healed.
    pub fn cut_a_broker_off(&mut self, candidates: [i32; 2]) {
        let topics = Scripts::through(&self.cluster, 1).topics();
        let victim = leads_most(&topics, &candidates);
        let [one, other] = candidates;
        let peer = if victim == one { other } else { one };
        self.act("cut", &[kafka(victim)]);
        let cut = Expected::without(&[victim], "cut_off", None, self.healthy);
        let dropped = format!("Broker {victim} answers clients but its peers dropped it");
        // The screen tells when it is so: in ZooKeeper mode the readings until then could each take one of the few
        // threads of the broker, which looks for its ensemble.
        self.await_screen(AT_REST, &["DEGRADED", &dropped]);
        self.settle("a broker cut off from its peers", &cut, &[&dropped]);
        assert_cut(&self.cluster, victim);
        self.prove(&cut, peer);
        self.act("heal", &[kafka(victim)]);
        self.await_healthy("healed");
    }

    /// Starts nodes again, and waits until all is well.
    pub fn start_again(&mut self, nodes: &[String]) {
        self.act("start", nodes);
        self.await_healthy("started again");
    }

    /// The small screen, and the end.
    pub fn end_on_a_small_screen(mut self) {
        self.screen.resize(80, 24);
        let small = self
            .screen
            .await_words(Duration::from_secs(5), &["HEALTHY", "Brokers"]);
        self.note(small);
        self.end();
    }

    /// The brokers without this one, as nodes in the order in which they can be started again.
    pub fn all_but(&self, survivor: i32) -> (Vec<i32>, Vec<String>) {
        let dead: Vec<i32> = BROKERS.into_iter().filter(|id| *id != survivor).collect();
        let nodes = dead.iter().map(|id| kafka(*id)).collect();
        (dead, self.cluster.in_address_order(nodes))
    }
}

/// Inside the victim's network namespace no peer is reached by name or by any address, while its published
/// port answers: the fault is what its name says.
fn assert_cut(cluster: &Cluster, victim: i32) {
    let node = kafka(victim);
    for peer in BROKERS.into_iter().filter(|id| *id != victim) {
        let mut hosts = cluster.addresses_of(&kafka(peer));
        hosts.push(format!("broker-{peer}"));
        hosts.push(kafka(peer));
        for host in hosts {
            assert!(
                !cluster.connects_from(&node, &host, 29092),
                "{node} still reaches {host}"
            );
        }
    }
    assert!(
        std::net::TcpStream::connect(cluster.address(victim)).is_ok(),
        "the published port of {node} is closed"
    );
}
