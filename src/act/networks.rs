//! On which networks a container finds its peers: what must be cut, what is cut as well, and by which paths that is proven.
//! Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::model::container::{Attachment, Container};
use crate::model::sighting::{Severing, Tie};
use crate::model::text::Name;

/// What hangs a container on a network again as it was.
pub(super) fn tie(attachment: &Attachment) -> Tie {
    Tie {
        network: attachment.network.clone(),
        id: attachment
            .id
            .as_ref()
            .map_or_else(|| "".into(), |id| id.raw().into()),
        aliases: attachment.aliases.clone(),
        ipv4: attachment.fixed_ipv4.clone(),
        ipv6: attachment.fixed_ipv6.clone(),
    }
}

/// The names and addresses by which the nodes of a cluster call each other, as their settings have them; loopback, by which
/// clients on the engine's host call them, is none.
fn called<'a>(containers: impl Iterator<Item = &'a Container>) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for container in containers {
        let settings = &container.make.settings;
        let voters = settings.voters.iter().map(|(_, endpoint)| endpoint);
        let all = settings
            .advertised
            .iter()
            .chain(voters)
            .chain(&settings.zookeepers);
        names.extend(all.map(|endpoint| endpoint.host.clone()));
    }
    names.retain(|name| !is_loopback(name));
    names
}

fn is_loopback(name: &Name) -> bool {
    let address: Result<IpAddr, _> = name.raw().parse();
    name.raw() == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether this peer answers to one of these names on this network.
fn answers_to(peer: &Container, network: &Name, names: &BTreeSet<Name>) -> bool {
    let there = peer.networks.iter().find(|there| there.network == *network);
    there.is_some_and(|there| {
        // The service key and the container's name are aliases on every network; so is what the engine resolves itself.
        let own = [Some(&peer.name), peer.make.hostname.as_ref()];
        let own = own.into_iter().flatten();
        let addresses = there.ipv4.iter().chain(&there.ipv6);
        there
            .aliases
            .iter()
            .chain(own)
            .chain(addresses)
            .any(|name| names.contains(name))
    })
}

/// What cutting a container off from these peers comes to.
pub(super) fn severing(own: &Container, peers: &[Arc<Container>]) -> Severing {
    if own.make.host_network {
        return Severing::Impossible(format!(
            "container {} shares the network of its host: there is nothing that could be cut.",
            own.name
        ));
    }
    if peers.is_empty() {
        return Severing::Impossible(
            "no container of another node is known: there is nobody to cut it off from.".to_owned(),
        );
    }
    let names = called(peers.iter().map(|peer| &**peer).chain([own]));
    let (cut, rest): (Vec<&Attachment>, Vec<&Attachment>) = own.networks.iter().partition(|attachment| {
        peers
            .iter()
            .any(|peer| answers_to(peer, &attachment.network, &names))
    });
    if cut.is_empty() {
        return Severing::Impossible(format!(
            "on none of the networks of container {} do its peers answer to the names that they call each other by.",
            own.name
        ));
    }
    let mut also = Vec::new();
    if rest.is_empty() {
        also.push(if own.ports.is_empty() {
            format!("whoever else calls it: {} has no other network", own.name)
        } else {
            format!(
                "its clients: {} has no other network, so that its published port closes",
                own.name
            )
        });
    }
    if let [_, more @ ..] = cut.as_slice()
        && !more.is_empty()
    {
        let names: Vec<String> = more
            .iter()
            .map(|attachment| attachment.network.to_string())
            .collect();
        also.push(format!(
            "whoever reaches it through {}: its peers are found there, too",
            names.join(" and ")
        ));
    }
    Severing::Possible {
        ties: cut.into_iter().map(tie).collect(),
        also,
    }
}

/// Every path to a peer that is to be closed: names and addresses, each with the ports that nodes talk on.
pub(super) fn paths(own: &Container, peers: &[Arc<Container>]) -> Vec<(Name, u16)> {
    let names = called(peers.iter().map(|peer| &**peer).chain([own]));
    let mut paths = BTreeSet::new();
    let running = |peer: &&Arc<Container>| {
        peer.life.state == crate::model::container::ContainerState::Running && !peer.networks.is_empty()
    };
    for peer in peers.iter().filter(running) {
        let settings = &peer.make.settings;
        // A listener for clients on the engine's host is called by loopback, which leads the container to itself.
        let advertised = settings
            .advertised
            .iter()
            .filter(|endpoint| !is_loopback(&endpoint.host))
            .map(|endpoint| endpoint.port);
        let voters = settings
            .voters
            .iter()
            .filter(|(id, _)| Some(*id) == settings.node_id)
            .map(|(_, endpoint)| endpoint.port);
        let ports: BTreeSet<u16> = advertised.chain(voters).chain(settings.zookeeper_port).collect();
        let hosts: BTreeSet<Name> = peer
            .networks
            .iter()
            .flat_map(|there| {
                let names = there.aliases.iter().filter(|alias| names.contains(*alias));
                names.chain(&there.ipv4).cloned()
            })
            .collect();
        for host in &hosts {
            paths.extend(ports.iter().map(|port| (host.clone(), *port)));
        }
    }
    paths.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::broker::Endpoint;
    use crate::model::container::{ContainerHealth, ContainerState, EngineId, Life, Make, NodeSettings};
    use crate::model::ids::BrokerId;

    fn endpoint(host: &str, port: u16) -> Endpoint {
        Endpoint {
            host: host.into(),
            port,
        }
    }

    fn on(network: &str, aliases: &[&str], ipv4: &str) -> Attachment {
        Attachment {
            network: network.into(),
            id: EngineId::parse("0123456789ab"),
            aliases: aliases.iter().map(|alias| Name::from(*alias)).collect(),
            ipv4: Some(ipv4.into()),
            ipv6: None,
            fixed_ipv4: None,
            fixed_ipv6: None,
        }
    }

    /// A combined KRaft node whose peers call it by `called`.
    fn node(id: i32, called: &str, networks: Vec<Attachment>) -> Container {
        let voters = (1..=3).map(|voter| {
            let name = called.replace(&id.to_string(), &voter.to_string());
            (BrokerId(voter), endpoint(&name, 9093))
        });
        Container {
            id: EngineId::parse(&format!("{id:012x}")).unwrap(),
            name: format!("kafka-{id}").into(),
            life: Life {
                state: ContainerState::Running,
                health: ContainerHealth::Unchecked,
                started: None,
                finished: None,
                restarts: 0,
                oom_killed: false,
                code: None,
                error: None,
            },
            make: Make {
                image: "kafka".into(),
                hostname: None,
                host_network: false,
                terminal: false,
                grace: None,
                settings: NodeSettings {
                    node_id: Some(BrokerId(id)),
                    advertised: vec![endpoint(called, 29092), endpoint("127.0.0.1", 9092)],
                    voters: voters.collect(),
                    ..NodeSettings::default()
                },
                compose: None,
            },
            ports: Vec::new(),
            networks,
        }
    }

    /// Two networks: the names that peers call each other by resolve on one of them alone.
    fn two_networks(id: i32) -> Container {
        let clients = on("clients", &[&format!("kafka-{id}")], &format!("172.19.0.{id}"));
        let peers = on("peers", &[&format!("broker-{id}")], &format!("172.20.0.{id}"));
        node(id, &format!("broker-{id}"), vec![clients, peers])
    }

    fn one_network(id: i32) -> Container {
        let all = on("all", &[&format!("kafka-{id}")], &format!("172.19.0.{id}"));
        node(id, &format!("kafka-{id}"), vec![all])
    }

    fn possible(severing: Severing) -> (Vec<String>, Vec<String>) {
        match severing {
            Severing::Possible { ties, also } => {
                (ties.iter().map(|tie| tie.network.to_string()).collect(), also)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_the_network_of_the_peers_names_is_cut() {
        let peers = [two_networks(1), two_networks(3)].map(Arc::new);
        let (cut, also) = possible(severing(&two_networks(2), &peers));
        assert_eq!((cut, also), (vec!["peers".to_owned()], vec![]));
    }

    #[test]
    fn what_is_cut_as_well_is_said() {
        let peers = [one_network(1), one_network(3)].map(Arc::new);
        let (cut, also) = possible(severing(&one_network(2), &peers));
        assert_eq!(cut, ["all"]);
        assert!(also[0].starts_with("whoever else calls it"), "{also:?}");
        let published = Container {
            ports: vec![crate::model::container::PublishedPort {
                inside: 9092,
                address: "0.0.0.0".into(),
                port: 9092,
            }],
            ..one_network(2)
        };
        let (_, also) = possible(severing(&published, &peers));
        assert!(also[0].starts_with("its clients"), "{also:?}");
        // The names resolve on both networks: both are cut.
        let both = |id: i32| {
            let alias = format!("broker-{id}");
            let networks = vec![
                on("one", &[&alias], &format!("172.19.0.{id}")),
                on("other", &[&alias], &format!("172.20.0.{id}")),
                on("clients", &[], &format!("172.21.0.{id}")),
            ];
            node(id, &alias, networks)
        };
        let peers = [both(1), both(3)].map(Arc::new);
        let (cut, also) = possible(severing(&both(2), &peers));
        assert_eq!(cut, ["one", "other"]);
        assert!(also.len() == 1 && also[0].contains("other"), "{also:?}");
    }

    #[test]
    fn where_nothing_can_be_cut_that_is_said() {
        let host = Container {
            make: Make {
                host_network: true,
                ..one_network(2).make
            },
            ..one_network(2)
        };
        let peers = [one_network(1)].map(Arc::new);
        let apart = node(2, "broker-2", vec![on("elsewhere", &["broker-2"], "172.30.0.2")]);
        for (own, peers, part) in [
            (&host, &peers[..], "shares the network of its host"),
            (&one_network(2), &[], "nobody to cut it off from"),
            (&apart, &peers[..], "on none of the networks"),
        ] {
            match severing(own, peers) {
                Severing::Impossible(why) => assert!(why.contains(part), "{why}"),
                other => panic!("{part}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_path_by_name_and_address_is_tried() {
        let peers = [two_networks(1)].map(Arc::new);
        let paths: Vec<String> = paths(&two_networks(2), &peers)
            .iter()
            .map(|(host, port)| format!("{host}:{port}"))
            .collect();
        let expected = [
            "172.19.0.1:9093",
            "172.19.0.1:29092",
            "172.20.0.1:9093",
            "172.20.0.1:29092",
            "broker-1:9093",
            "broker-1:29092",
        ];
        assert_eq!(paths, expected);
        let stopped = Container {
            life: Life {
                state: ContainerState::Exited { code: Some(0) },
                ..two_networks(1).life
            },
            ..two_networks(1)
        };
        assert_eq!(super::paths(&two_networks(2), &[Arc::new(stopped)]), []);
    }
}
