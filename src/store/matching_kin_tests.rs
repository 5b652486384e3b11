//! Containers that are found by what they have in common with others of their cluster.

use crate::model::container::Container;
use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::text::Name;

use super::matching::Wanted;
use super::matching_tests::{Found, at, broker, found, one, plain, table};

#[test]
fn a_broker_whose_address_nobody_tells_is_found_by_what_its_cluster_depends_on() {
    let running = |number: u8, node: i32, network: &str, path: Option<&str>| -> Container {
        let name = format!("kafka-{node}");
        let mut container = plain(number, &name).node(node).on(network, &name);
        container.make.settings.zookeepers.push(at("zk-1", 2181));
        container.make.settings.zookeeper_path = path.map(Name::from);
        container
    };
    let gone = Wanted {
        node: Node::Broker(BrokerId(2)),
        endpoint: None,
    };
    let peer = || running(1, 1, "net", Some("/a")).publishing("0.0.0.0", 9092);
    for (other, expected) in [
        (running(2, 2, "net", Some("/a")).exited(), one(2)),
        // Another cluster on the same ensemble, another network, another id.
        (running(2, 2, "net", Some("/b")).exited(), Found::Nothing),
        (running(2, 2, "net", None).exited(), Found::Nothing),
        (running(2, 2, "elsewhere", Some("/a")).exited(), Found::Nothing),
        (running(2, 3, "net", Some("/a")).exited(), Found::Nothing),
    ] {
        let wanted = [broker(1, "127.0.0.1", 9092), gone.clone()];
        let found_all = table(vec![peer(), other]).of(&wanted);
        assert_eq!(found(found_all.get(&gone.node)), expected);
    }
    // Nothing is plain by itself: nothing is known of the cluster that it would belong to.
    let alone = table(vec![running(2, 2, "net", Some("/a"))]).of(std::slice::from_ref(&gone));
    assert_eq!(found(alone.get(&gone.node)), Found::Nothing);
    // Two that nothing tells apart are none.
    let twins = table(vec![
        peer(),
        running(2, 2, "net", Some("/a")).exited(),
        running(3, 2, "net", Some("/a")).exited(),
    ]);
    let found_all = twins.of(&[broker(1, "127.0.0.1", 9092), gone.clone()]);
    assert_eq!(found(found_all.get(&gone.node)), Found::Several);
}
