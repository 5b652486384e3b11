//! What a container's environment tells of the node in it. Everything else in there may be a secret, and is dropped.

use crate::model::broker::Endpoint;
use crate::model::container::NodeSettings;
use crate::model::ids::BrokerId;
use crate::model::text::Name;

/// The most addresses that are kept of one variable.
const MOST: usize = 64;

/// Reads the variables, each `NAME=value`.
pub(super) fn read(environment: &[String]) -> NodeSettings {
    let value = |wanted: &str| {
        environment
            .iter()
            .filter_map(|entry| entry.split_once('='))
            .find(|(name, value)| *name == wanted && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    };
    let either = |names: &[&str]| names.iter().find_map(|name| value(name));
    let connect = either(&["KAFKA_ZOOKEEPER_CONNECT", "KAFKA_CFG_ZOOKEEPER_CONNECT"]);
    NodeSettings {
        node_id: either(&[
            "KAFKA_NODE_ID",
            "KAFKA_CFG_NODE_ID",
            "KAFKA_BROKER_ID",
            "KAFKA_CFG_BROKER_ID",
        ])
        .and_then(|text| text.parse().ok())
        .filter(|id| *id >= 0)
        .map(BrokerId),
        cluster_id: either(&["CLUSTER_ID", "KAFKA_CLUSTER_ID", "KAFKA_KRAFT_CLUSTER_ID"]).map(Name::from),
        roles: either(&["KAFKA_PROCESS_ROLES", "KAFKA_CFG_PROCESS_ROLES"])
            .into_iter()
            .flat_map(|text| text.split(','))
            .map(|role| Name::from(role.trim()))
            .take(MOST)
            .collect(),
        advertised: endpoints(either(&[
            "KAFKA_ADVERTISED_LISTENERS",
            "KAFKA_CFG_ADVERTISED_LISTENERS",
        ])),
        voters: either(&[
            "KAFKA_CONTROLLER_QUORUM_VOTERS",
            "KAFKA_CFG_CONTROLLER_QUORUM_VOTERS",
        ])
        .into_iter()
        .flat_map(|text| text.split(','))
        .filter_map(|voter| {
            let (id, place) = voter.trim().split_once('@')?;
            Some((BrokerId(id.parse().ok()?), endpoint(place)?))
        })
        .take(MOST)
        .collect(),
        zookeepers: endpoints(connect.map(|text| text.split('/').next().unwrap_or_default())),
        zookeeper_path: connect
            .and_then(|text| text.find('/').and_then(|slash| text.get(slash..)))
            .map(|path| path.trim_end_matches('/'))
            .filter(|path| !path.is_empty())
            .map(Name::from),
        zookeeper_id: either(&["ZOOKEEPER_SERVER_ID", "ZOO_MY_ID", "ZOO_SERVER_ID"])
            .and_then(|text| text.parse().ok()),
        zookeeper_port: either(&["ZOOKEEPER_CLIENT_PORT", "ZOO_PORT_NUMBER"])
            .and_then(|text| text.parse().ok()),
    }
}

/// The addresses of a list with commas, each with or without `LISTENER://` before it.
fn endpoints(list: Option<&str>) -> Vec<Endpoint> {
    list.into_iter()
        .flat_map(|text| text.split(','))
        .filter_map(|entry| {
            let entry = entry.trim();
            endpoint(entry.split_once("://").map_or(entry, |(_, place)| place))
        })
        .take(MOST)
        .collect()
}

fn endpoint(place: &str) -> Option<Endpoint> {
    let (host, port) = place.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(Endpoint {
        host: Name::from(host),
        port: port.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, port: u16) -> Endpoint {
        Endpoint {
            host: host.into(),
            port,
        }
    }

    fn read_all(lines: &[&str]) -> NodeSettings {
        read(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_names_the_node_is_kept() {
        let settings = read_all(&[
            "PATH=/bin",
            "KAFKA_NODE_ID=2",
            "CLUSTER_ID=MkU3OEVBNTcwNTJENDM2Qk",
            "KAFKA_PROCESS_ROLES=broker,controller",
            "KAFKA_ADVERTISED_LISTENERS=INTERNAL://broker-2:29092,EXTERNAL://127.0.0.1:9093",
            "KAFKA_CONTROLLER_QUORUM_VOTERS=1@broker-1:9093,2@broker-2:9093",
        ]);
        assert_eq!(settings.node_id, Some(BrokerId(2)));
        assert_eq!(settings.cluster_id, Some("MkU3OEVBNTcwNTJENDM2Qk".into()));
        assert_eq!(settings.roles, [Name::from("broker"), Name::from("controller")]);
        assert_eq!(
            settings.advertised,
            [at("broker-2", 29092), at("127.0.0.1", 9093)]
        );
        assert_eq!(
            settings.voters,
            [
                (BrokerId(1), at("broker-1", 9093)),
                (BrokerId(2), at("broker-2", 9093))
            ]
        );
    }

    #[test]
    fn older_names_and_a_zookeeper_path_are_read() {
        let settings = read_all(&[
            "KAFKA_BROKER_ID=0",
            "KAFKA_ZOOKEEPER_CONNECT=zk-1:2181,zk-2:2181/kafka",
        ]);
        assert_eq!(settings.node_id, Some(BrokerId(0)));
        assert_eq!(settings.zookeepers, [at("zk-1", 2181), at("zk-2", 2181)]);
        assert_eq!(settings.zookeeper_path, Some("/kafka".into()));
        for bare in [
            "KAFKA_ZOOKEEPER_CONNECT=zk-1:2181",
            "KAFKA_ZOOKEEPER_CONNECT=zk-1:2181/",
        ] {
            assert_eq!(read_all(&[bare]).zookeeper_path, None);
        }
        let settings = read_all(&["ZOOKEEPER_SERVER_ID=3", "ZOOKEEPER_CLIENT_PORT=2181"]);
        assert_eq!(
            (settings.zookeeper_id, settings.zookeeper_port),
            (Some(3), Some(2181))
        );
    }

    #[test]
    fn nothing_else_is_kept_and_nonsense_is_nothing() {
        let settings = read_all(&[
            "KAFKA_SSL_KEYSTORE_PASSWORD=hunter2",
            "KAFKA_SASL_JAAS_CONFIG=password=hunter2",
            "KAFKA_NODE_ID=minus one",
            "KAFKA_BROKER_ID=-1",
            "KAFKA_ADVERTISED_LISTENERS=hunter2",
            "no equals sign",
        ]);
        assert!(!settings.is_any());
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
