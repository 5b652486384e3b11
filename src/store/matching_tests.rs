//! Tables of containers on one engine, and what is found for the nodes of a cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::broker::Endpoint;
use crate::model::container::{
    Attachment, Compose, Container, ContainerState, EngineId, NodeSettings, PublishedPort,
};
use crate::model::fleet::{Evidence, Match, Node, Vantage};
use crate::model::ids::BrokerId;
use crate::model::text::Name;

use super::matching::{Case, Wanted, matches};
use super::testbed_engine;

fn id(number: u8) -> EngineId {
    testbed_engine::id(number.into())
}

pub(super) fn at(host: &str, port: u16) -> Endpoint {
    Endpoint {
        host: host.into(),
        port,
    }
}

/// A running container with nothing that ties it to anything.
pub(super) fn plain(number: u8, name: &str) -> Container {
    let mut container = testbed_engine::container(number.into(), ContainerState::Running, None);
    container.name = name.into();
    container.life.started = None;
    container.make.settings = NodeSettings::default();
    container
}

impl Container {
    pub(super) fn exited(mut self) -> Self {
        self.life.state = ContainerState::Exited { code: Some(1) };
        self
    }

    pub(super) fn publishing(mut self, address: &str, port: u16) -> Self {
        self.ports.push(PublishedPort {
            inside: 9092,
            address: address.into(),
            port,
        });
        self
    }

    fn advertising(mut self, host: &str, port: u16) -> Self {
        self.make.settings.advertised.push(at(host, port));
        self
    }

    pub(super) fn node(mut self, node: i32) -> Self {
        self.make.settings.node_id = Some(BrokerId(node));
        self
    }

    fn cluster(mut self, cluster: &str) -> Self {
        self.make.settings.cluster_id = Some(cluster.into());
        self
    }

    fn roles(mut self, roles: &[&str]) -> Self {
        self.make.settings.roles = roles.iter().map(|role| Name::from(*role)).collect();
        self
    }

    fn voter(mut self, node: i32, host: &str) -> Self {
        self.make.settings.voters.push((BrokerId(node), at(host, 9093)));
        self
    }

    fn project(mut self, project: &str) -> Self {
        self.make.compose = Some(Compose {
            project: project.into(),
            service: "kafka".into(),
        });
        self
    }

    pub(super) fn on(mut self, network: &str, alias: &str) -> Self {
        self.networks.push(Attachment {
            network: network.into(),
            id: None,
            aliases: vec![alias.into()],
            ipv4: None,
            ipv6: None,
            fixed_ipv4: None,
            fixed_ipv6: None,
        });
        self
    }
}

/// A case with its parts, to be changed.
pub(super) struct Table {
    vantage: Vantage,
    cluster_id: Option<Name>,
    containers: Vec<Arc<Container>>,
    configured: BTreeMap<String, Name>,
    before: BTreeMap<Node, EngineId>,
}

pub(super) fn table(containers: Vec<Container>) -> Table {
    Table {
        vantage: Vantage::Here {
            names: vec!["workstation".into(), "10.0.0.5".into()],
        },
        cluster_id: Some("ours".into()),
        containers: containers.into_iter().map(Arc::new).collect(),
        configured: BTreeMap::new(),
        before: BTreeMap::new(),
    }
}

impl Table {
    fn elsewhere(mut self, host: &str) -> Self {
        self.vantage = Vantage::Elsewhere {
            host: Some(host.into()),
        };
        self
    }

    pub(super) fn of(&self, wanted: &[Wanted]) -> BTreeMap<Node, Match> {
        let case = Case {
            vantage: &self.vantage,
            cluster_id: self.cluster_id.as_ref(),
            containers: &self.containers,
            configured: &self.configured,
            before: &self.before,
        };
        matches(&case, wanted)
    }

    /// The number of the one container that is found for broker 1 at this address.
    fn broker_1(&self, host: &str, port: u16) -> Found {
        found(self.of(&[broker(1, host, port)]).get(&Node::Broker(BrokerId(1))))
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    One(EngineId),
    Several,
    Missing,
    Shared,
}

pub(super) fn found(outcome: Option<&Match>) -> Found {
    match outcome {
        None => Found::Nothing,
        Some(Match::One(id, _)) => Found::One(id.clone()),
        Some(Match::Several(_)) => Found::Several,
        Some(Match::Missing(_)) => Found::Missing,
        Some(Match::Shared(..)) => Found::Shared,
    }
}

pub(super) fn broker(node: i32, host: &str, port: u16) -> Wanted {
    Wanted {
        node: Node::Broker(BrokerId(node)),
        endpoint: Some(at(host, port)),
    }
}

pub(super) fn one(number: u8) -> Found {
    Found::One(id(number))
}

#[test]
fn a_published_port_is_the_address_only_where_it_is_reached_from_here() {
    let published = |address: &str| table(vec![plain(1, "x").publishing(address, 9092), plain(2, "y")]);
    for (address, host, expected) in [
        ("0.0.0.0", "127.0.0.1", one(1)),
        ("127.0.0.1", "localhost", one(1)),
        ("::", "::1", one(1)),
        ("0.0.0.0", "workstation", one(1)),
        ("0.0.0.0", "10.0.0.5", one(1)),
        ("10.0.0.5", "10.0.0.5", one(1)),
        // Published on loopback, advertised under another name: somebody else's port.
        ("127.0.0.1", "10.0.0.5", Found::Nothing),
        ("0.0.0.0", "10.0.0.99", Found::Nothing),
        ("0.0.0.0", "kafka-1.example.com", Found::Nothing),
    ] {
        assert_eq!(
            published(address).broker_1(host, 9092),
            expected,
            "{address} {host}"
        );
    }
    assert_eq!(published("0.0.0.0").broker_1("127.0.0.1", 9093), Found::Nothing);
}

#[test]
fn the_loopback_of_an_engine_elsewhere_is_not_ours() {
    let compose = || {
        plain(1, "kafka-1")
            .publishing("0.0.0.0", 9092)
            .advertising("127.0.0.1", 9092)
    };
    let far = |container: Container| table(vec![container]).elsewhere("engine.example.com");
    assert_eq!(far(compose()).broker_1("127.0.0.1", 9092), Found::Nothing);
    assert_eq!(far(compose().node(1)).broker_1("127.0.0.1", 9092), Found::Nothing);
    // Both ids tie it to this cluster, wherever it runs.
    assert_eq!(
        far(compose().node(1).cluster("ours")).broker_1("127.0.0.1", 9092),
        one(1)
    );
    assert_eq!(far(compose()).broker_1("engine.example.com", 9092), one(1));
    let advertised = plain(1, "x").advertising("kafka-1.example.com", 9092);
    assert_eq!(far(advertised).broker_1("kafka-1.example.com", 9092), one(1));
}

#[test]
fn ids_that_contradict_rule_a_container_out() {
    let published = || plain(1, "x").publishing("0.0.0.0", 9092);
    assert_eq!(
        table(vec![published().node(2)]).broker_1("127.0.0.1", 9092),
        Found::Nothing
    );
    assert_eq!(
        table(vec![published().cluster("theirs")]).broker_1("127.0.0.1", 9092),
        Found::Nothing
    );
    assert_eq!(
        table(vec![published().node(1).cluster("ours")]).broker_1("127.0.0.1", 9092),
        one(1)
    );
    // The same id alone is no tie: every cluster has a broker 1.
    assert_eq!(
        table(vec![plain(1, "x").node(1)]).broker_1("127.0.0.1", 9092),
        Found::Nothing
    );
    assert_eq!(
        table(vec![plain(1, "x").cluster("ours")]).broker_1("127.0.0.1", 9092),
        Found::Nothing
    );
}

#[test]
fn names_among_peers_count_and_two_of_a_name_are_none() {
    let named = |number, project: &str| {
        plain(number, &format!("{project}-x"))
            .on(project, "kafka-1")
            .project(project)
    };
    assert_eq!(table(vec![named(1, "a")]).broker_1("kafka-1", 29092), one(1));
    assert_eq!(
        table(vec![named(1, "a"), named(2, "b")]).broker_1("kafka-1", 29092),
        Found::Several
    );
    let told_apart = table(vec![
        named(1, "a").cluster("ours"),
        named(2, "b").cluster("theirs"),
    ]);
    assert_eq!(told_apart.broker_1("kafka-1", 29092), one(1));
    // Settled by the project of the others.
    let other = plain(3, "z").publishing("0.0.0.0", 9093).project("b");
    let wanted = [broker(1, "kafka-1", 29092), broker(2, "127.0.0.1", 9093)];
    let found_all = table(vec![named(1, "a"), named(2, "b"), other]).of(&wanted);
    assert_eq!(found(found_all.get(&Node::Broker(BrokerId(1)))), one(2));
}

#[test]
fn of_two_that_would_hold_the_port_the_one_that_runs_holds_it() {
    let old = || plain(1, "old").publishing("0.0.0.0", 9092).exited();
    let new = || plain(2, "new").publishing("0.0.0.0", 9092);
    assert_eq!(table(vec![old(), new()]).broker_1("127.0.0.1", 9092), one(2));
    // Both stopped: nothing tells them apart, until it was plain before.
    let mut both = table(vec![old(), new().exited()]);
    assert_eq!(both.broker_1("127.0.0.1", 9092), Found::Several);
    both.before.insert(Node::Broker(BrokerId(1)), id(2));
    assert_eq!(both.broker_1("127.0.0.1", 9092), one(2));
    // And one that takes the port of the one before speaks against it: none.
    both.containers
        .push(Arc::new(plain(3, "third").publishing("0.0.0.0", 9092)));
    assert_eq!(both.broker_1("127.0.0.1", 9092), Found::Several);
}

#[test]
fn evidence_that_points_two_ways_is_no_evidence() {
    let by_port = plain(1, "x").publishing("0.0.0.0", 9092);
    let by_settings = plain(2, "y").advertising("127.0.0.1", 9092);
    assert_eq!(
        table(vec![by_port, by_settings]).broker_1("127.0.0.1", 9092),
        Found::Several
    );
}

#[test]
fn one_container_is_not_two_brokers() {
    let both = plain(1, "x")
        .publishing("0.0.0.0", 9092)
        .publishing("0.0.0.0", 9093);
    let found_all = table(vec![both]).of(&[broker(1, "127.0.0.1", 9092), broker(2, "127.0.0.1", 9093)]);
    for node in [1, 2] {
        assert_eq!(found(found_all.get(&Node::Broker(BrokerId(node)))), Found::Shared);
    }
}

#[test]
fn the_configuration_decides_and_says_where_it_is_wrong() {
    let mut configured = table(vec![
        plain(1, "right"),
        plain(2, "wrong").publishing("0.0.0.0", 9092),
    ]);
    for (name, expected) in [
        ("right", one(1)),
        (
            "0000000000000000000000000000000000000000000000000000000000000001",
            one(1),
        ),
        ("gone", Found::Missing),
    ] {
        configured.configured.insert("1".to_owned(), name.into());
        assert_eq!(configured.broker_1("127.0.0.1", 9092), expected, "{name}");
    }
}

#[test]
fn zookeepers_and_controllers_are_found_likewise() {
    let member = plain(1, "zk").publishing("127.0.0.1", 2181);
    let decoy = plain(2, "kafka").publishing("127.0.0.1", 2181).node(7);
    let node = Node::ZooKeeper("127.0.0.1:2181".into());
    let wanted = Wanted {
        node: node.clone(),
        endpoint: Some(at("127.0.0.1", 2181)),
    };
    assert_eq!(found(table(vec![member, decoy]).of(&[wanted]).get(&node)), one(1));

    let controller = |number, cluster| {
        plain(number, "c")
            .node(3001)
            .roles(&["controller"])
            .cluster(cluster)
    };
    let node = Node::Controller(BrokerId(3001));
    let wanted = [Wanted {
        node: node.clone(),
        endpoint: None,
    }];
    let two_clusters = table(vec![controller(1, "theirs"), controller(2, "ours")]);
    assert_eq!(found(two_clusters.of(&wanted).get(&node)), one(2));
    // By the name that a broker of this cluster calls it on a network that they share.
    let peer = plain(1, "b")
        .node(1)
        .cluster("ours")
        .roles(&["broker"])
        .voter(3001, "voter-1")
        .on("net", "b");
    let by_name = table(vec![
        peer,
        plain(2, "c").on("net", "voter-1"),
        plain(3, "d").on("other", "voter-1"),
    ]);
    assert_eq!(found(by_name.of(&wanted).get(&node)), one(2));
    // A broker is no controller that stands alone, and the other way round.
    let combined = table(vec![
        plain(1, "x")
            .node(3001)
            .cluster("ours")
            .roles(&["broker", "controller"]),
    ]);
    assert_eq!(found(combined.of(&wanted).get(&node)), Found::Nothing);
    let alone = table(vec![
        plain(1, "x")
            .node(1)
            .cluster("ours")
            .roles(&["controller"])
            .publishing("0.0.0.0", 9092),
    ]);
    assert_eq!(alone.broker_1("127.0.0.1", 9092), Found::Nothing);
}

#[test]
fn the_evidence_is_kept() {
    let container = plain(1, "kafka-1")
        .publishing("127.0.0.1", 9092)
        .advertising("127.0.0.1", 9092)
        .node(1)
        .cluster("ours")
        .project("p");
    let found_all = table(vec![container]).of(&[broker(1, "127.0.0.1", 9092)]);
    let Some(Match::One(_, evidence)) = found_all.get(&Node::Broker(BrokerId(1))) else {
        panic!("one container");
    };
    assert_eq!(
        evidence,
        &[
            Evidence::HoldsPort(9092),
            Evidence::Advertises,
            Evidence::NodeId,
            Evidence::ClusterId,
            Evidence::Project("p".into()),
        ]
    );
}
