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
        also.push(format!(
            "its clients: {} has no other network, so that its published port closes",
            own.name
        ));
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
