//! Small simulated clusters for the tests of what reads clusters: the clock stands unless the test moves it.

use super::world::{Act, ClusterSpec, Controllers, FIRST_CONTROLLER, GroupSpec, Node, TopicSpec};
use super::{Listen, Pace, Simulation};
use crate::model::cluster::Mode;
use crate::wire::{Address, Api};
use std::sync::Arc;
use std::time::Duration;

/// Brokers with the ids 1, 2, 3 and so on, the topic `orders` of which each leads the partition of its own place and
/// nobody else has a copy, and a group that reads it. In KRaft there is one controller, which is no broker.
pub(crate) struct Testbed {
    /// The cluster itself.
    pub(crate) simulation: Simulation,
}

impl Testbed {
    /// A KRaft cluster.
    pub(crate) async fn start(brokers: u32) -> Self {
        Self::start_as(Mode::Kraft, brokers).await
    }

    /// A cluster on three ZooKeepers.
    pub(crate) async fn start_on_zookeeper(brokers: u32) -> Self {
        Self::start_as(Mode::ZooKeeper, brokers).await
    }

    async fn start_as(mode: Mode, brokers: u32) -> Self {
        let own: Vec<[i32; 1]> = (1..).take(brokers as usize).map(|id| [id]).collect();
        let own: Vec<&[i32]> = own.iter().map(<[i32; 1]>::as_slice).collect();
        let orders = TopicSpec {
            min_isr: 1,
            ..TopicSpec::named("orders", 1).assigned(&own)
        };
        let spec = ClusterSpec {
            controllers: Controllers::Separate { count: 1 },
            topics: vec![orders],
            groups: vec![GroupSpec::following("packers", &["orders"], 1)],
            ..ClusterSpec::bare(mode, brokers)
        };
        let started = Simulation::start(&spec, 7, Pace::Manual, Listen::default());
        Self {
            simulation: started.await.unwrap(),
        }
    }

    /// The brokers' addresses in the order of their ids.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        addresses(self.simulation.bootstrap())
    }

    /// The ZooKeepers' addresses in the order of their ids.
    pub(crate) fn zookeepers(&self) -> Vec<Address> {
        addresses(self.simulation.zookeepers())
    }

    /// Does something to the cluster, now.
    pub(crate) fn act(&self, act: &Act) {
        self.simulation
            .act(act)
            .unwrap_or_else(|why| panic!("{act:?}: {why}"));
    }

    /// Freezes a broker: it takes connections and answers nothing.
    pub(crate) fn pause(&self, broker: i32) {
        self.act(&Act::Pause(Node::Broker(broker)));
    }

    /// Ends a broker at once.
    pub(crate) fn kill(&self, broker: i32) {
        self.act(&Act::Kill(Node::Broker(broker)));
    }

    /// Starts a broker that was killed, and gives it the time to serve again.
    pub(crate) fn revive(&self, broker: i32) {
        self.act(&Act::Start(Node::Broker(broker)));
        self.seconds(60);
    }

    /// Ends the controller: what brokers pass on to it is not answered any more.
    pub(crate) fn kill_controller(&self) {
        self.act(&Act::Kill(Node::Controller(FIRST_CONTROLLER)));
        self.seconds(5);
    }

    /// Lets simulated time pass.
    pub(crate) fn seconds(&self, seconds: u64) {
        self.simulation.advance(Duration::from_secs(seconds));
    }

    /// Lets a broker hold one record more in its partition, written at that time; its offset.
    pub(crate) fn hold(&self, broker: i32, time: i64) -> i64 {
        let offset = self.simulation.write("orders", broker - 1, time).unwrap();
        self.seconds(1);
        offset
    }

    /// Where the logs of the first three brokers' partitions end.
    pub(crate) fn ends(&self) -> [i64; 3] {
        self.simulation.with_world(|world| {
            let orders = Arc::clone(world.truth().topic("orders").unwrap());
            [1, 2, 3].map(|id| {
                let at = orders.place(id - 1).unwrap();
                world.log(id, at, None).unwrap().end
            })
        })
    }

    /// How many requests of an API a broker has read.
    pub(crate) fn asked(&self, broker: i32, api: Api) -> u64 {
        let all = self.simulation.traffic();
        all.get(&(broker, api.key()))
            .map_or(0, |traffic| traffic.requests)
    }

    /// The same of all brokers.
    pub(crate) fn asked_of_all(&self, api: Api) -> u64 {
        let all = self.simulation.traffic();
        let of_api = all.iter().filter(|((_, key), _)| *key == api.key());
        of_api.map(|(_, traffic)| traffic.requests).sum()
    }

    /// The brokers that were asked anything.
    pub(crate) fn all_asked(&self) -> Vec<i32> {
        let mut asked: Vec<i32> = self.simulation.traffic().into_keys().map(|(id, _)| id).collect();
        asked.dedup();
        asked
    }
}

fn addresses(sockets: Vec<std::net::SocketAddr>) -> Vec<Address> {
    sockets
        .into_iter()
        .map(|socket| Address::new(&socket.ip().to_string(), i32::from(socket.port())).unwrap())
        .collect()
}
