//! The cluster beyond its topics: brokers, controller quorum, log directories, reassignments, versions.

use super::{Fault, id, ids, number, optional, owned, whole};
use crate::wire::address::{Address, AddressError};
use crate::wire::code::KafkaCode;
use crate::wire::versions::{VersionRange, Versions};
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_log_dirs_response::DescribeLogDirsResult;
use kafka_protocol::messages::describe_quorum_response::{Node, ReplicaState};
use uuid::Uuid;

/// Brokers as the controller sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Id of the cluster.
    pub cluster_id: String,
    /// The controller in `ZooKeeper` mode; a random live broker in `KRaft` mode.
    pub controller: Option<i32>,
    /// Registered brokers; the fenced ones are among them from version 2 on.
    pub brokers: Vec<ClusterBroker>,
    /// Whether we may describe the cluster as a whole (`AclOperation.DESCRIBE` on it); none where that is not told.
    pub describes_cluster: Option<bool>,
}

/// The bit of `AclOperation.DESCRIBE` (8) among authorized operations (KIP-430).
const DESCRIBE: i32 = 1 << 8;

/// A registered broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterBroker {
    /// Node id.
    pub id: i32,
    /// Advertised host, raw.
    pub host: String,
    /// Advertised port, raw.
    pub port: i32,
    /// Rack, where one is configured.
    pub rack: Option<String>,
    /// Registered but not to be used (KIP-631). Below version 2 fenced brokers are not listed.
    pub fenced: bool,
}

impl ClusterBroker {
    /// The advertised address, checked. A fenced broker may be listed without one.
    pub fn address(&self) -> Result<Address, AddressError> {
        Address::new(&self.host, self.port)
    }
}

pub(in crate::wire) fn cluster(response: &wire::DescribeClusterResponse) -> Result<Cluster, Fault> {
    whole(response.error_code, response.error_message.as_ref())?;
    let broker = |broker: &wire::describe_cluster_response::DescribeClusterBroker| ClusterBroker {
        id: broker.broker_id.0,
        host: owned(&broker.host),
        port: broker.port,
        rack: optional(broker.rack.as_ref()),
        fenced: broker.is_fenced,
    };
    Ok(Cluster {
        cluster_id: owned(&response.cluster_id),
        controller: id(response.controller_id),
        brokers: response.brokers.iter().map(broker).collect(),
        // The lowest number stands for an answer without operations.
        describes_cluster: (response.cluster_authorized_operations != i32::MIN)
            .then_some(response.cluster_authorized_operations & DESCRIBE != 0),
    })
}

/// The controller quorum as its leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The active controller.
    pub leader: Option<i32>,
    /// Epoch of the active controller.
    pub leader_epoch: Option<i32>,
    /// Offset up to which the metadata log is agreed.
    pub high_watermark: Option<i64>,
    /// Voters, the leader included.
    pub voters: Vec<QuorumReplica>,
    /// Replicas that only follow: brokers without a controller role.
    pub observers: Vec<QuorumReplica>,
    /// Where voters can be reached, from version 2 on.
    pub nodes: Vec<QuorumNode>,
}

/// A replica of the metadata log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumReplica {
    /// Node id.
    pub id: i32,
    /// Id of the replica's log directory (KIP-853), from version 2 on.
    pub directory: Option<Uuid>,
    /// Its log's end, as far as the leader knows.
    pub log_end_offset: Option<i64>,
    /// When the leader last heard from it, in milliseconds since 1970 on the leader's clock; from version 1 on.
    pub last_fetch_ms: Option<i64>,
    /// When it last had the whole log, in milliseconds since 1970 on the leader's clock; from version 1 on.
    pub last_caught_up_ms: Option<i64>,
}

/// Where a voter can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumNode {
    /// Node id.
    pub id: i32,
    /// Listeners: name, host, port.
    pub listeners: Vec<(String, String, u16)>,
}

pub(in crate::wire) fn quorum(response: &wire::DescribeQuorumResponse) -> Result<Quorum, Fault> {
    whole(response.error_code, response.error_message.as_ref())?;
    let partition = response.topics.first().and_then(|topic| topic.partitions.first());
    let Some(partition) = partition else {
        return Err(Fault::Rubbish(
            "no partition of __cluster_metadata in the answer".to_owned(),
        ));
    };
    whole(partition.error_code, partition.error_message.as_ref())?;
    Ok(Quorum {
        leader: id(partition.leader_id),
        leader_epoch: number(partition.leader_epoch),
        high_watermark: number(partition.high_watermark),
        voters: partition.current_voters.iter().map(quorum_replica).collect(),
        observers: partition.observers.iter().map(quorum_replica).collect(),
        nodes: response.nodes.iter().map(quorum_node).collect(),
    })
}

fn quorum_replica(replica: &ReplicaState) -> QuorumReplica {
    let directory = replica.replica_directory_id;
    QuorumReplica {
        id: replica.replica_id.0,
        directory: (!directory.is_nil()).then_some(directory),
        log_end_offset: number(replica.log_end_offset),
        last_fetch_ms: number(replica.last_fetch_timestamp),
        last_caught_up_ms: number(replica.last_caught_up_timestamp),
    }
}

fn quorum_node(node: &Node) -> QuorumNode {
    let listeners = node.listeners.iter();
    QuorumNode {
        id: node.node_id.0,
        listeners: listeners
            .map(|listener| (owned(&listener.name), owned(&listener.host), listener.port))
            .collect(),
    }
}

/// The log directories of the asked broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDirs {
    /// Directories. Below version 3 a missing right shows as no directory at all.
    pub dirs: Vec<LogDir>,
}

/// One log directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDir {
    /// `KAFKA_STORAGE_ERROR` where the disk is out of service.
    pub error: Option<KafkaCode>,
    /// Absolute path.
    pub path: String,
    /// Size of the volume in bytes (KIP-827), from version 4 on.
    pub total_bytes: Option<i64>,
    /// Room left on the volume in bytes (KIP-827), from version 4 on.
    pub usable_bytes: Option<i64>,
    /// Replicas in the directory.
    pub replicas: Vec<Replica>,
}

/// A replica on a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Name of the topic.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// Size of its segments in bytes.
    pub size: i64,
    /// How far its log is behind the high watermark, or behind the current log for a future one.
    pub offset_lag: i64,
    /// A copy that is to replace the current one (KIP-113).
    pub future: bool,
}

pub(in crate::wire) fn log_dirs(response: &wire::DescribeLogDirsResponse) -> Result<LogDirs, Fault> {
    whole(response.error_code, None)?;
    Ok(LogDirs {
        dirs: response.results.iter().map(log_dir).collect(),
    })
}

fn log_dir(dir: &DescribeLogDirsResult) -> LogDir {
    let replicas = dir.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| Replica {
            topic: owned(&topic.name),
            partition: partition.partition_index,
            size: partition.partition_size,
            offset_lag: partition.offset_lag,
            future: partition.is_future_key,
        })
    });
    LogDir {
        error: KafkaCode::from_wire(dir.error_code),
        path: owned(&dir.log_dir),
        total_bytes: number(dir.total_bytes),
        usable_bytes: number(dir.usable_bytes),
        replicas: replicas.collect(),
    }
}

/// Reassignments under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignments {
    /// One for each partition that is being moved.
    pub partitions: Vec<Reassignment>,
}

/// A partition that is being moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    /// Name of the topic.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// Current replicas, those on their way in or out included.
    pub replicas: Vec<i32>,
    /// Replicas on their way in.
    pub adding: Vec<i32>,
    /// Replicas on their way out.
    pub removing: Vec<i32>,
}

pub(in crate::wire) fn reassignments(
    response: &wire::ListPartitionReassignmentsResponse,
) -> Result<Reassignments, Fault> {
    whole(response.error_code, response.error_message.as_ref())?;
    let partitions = response.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| Reassignment {
            topic: owned(&topic.name),
            partition: partition.partition_index,
            replicas: ids(&partition.replicas),
            adding: ids(&partition.adding_replicas),
            removing: ids(&partition.removing_replicas),
        })
    });
    Ok(Reassignments {
        partitions: partitions.collect(),
    })
}

pub(in crate::wire) fn versions(response: &wire::ApiVersionsResponse) -> Result<Versions, Fault> {
    whole(response.error_code, None)?;
    let ranges = response.api_keys.iter();
    let finalized = response.finalized_features.iter();
    let supported = response.supported_features.iter();
    Ok(Versions {
        ranges: ranges
            .map(|api| (api.api_key, VersionRange::new(api.min_version, api.max_version)))
            .collect(),
        finalized: finalized
            .map(|feature| (owned(&feature.name), feature.max_version_level))
            .collect(),
        supported: supported
            .map(|feature| {
                (
                    owned(&feature.name),
                    VersionRange::new(feature.min_version, feature.max_version),
                )
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_the_cluster_may_be_described_is_told_or_not_known() {
        let all = 0x1ff8;
        let table = [
            (i32::MIN, None),
            (0, Some(false)),
            (1 << 8, Some(true)),
            (all, Some(true)),
            (all & !(1 << 8), Some(false)),
        ];
        for (operations, expected) in table {
            let response =
                wire::DescribeClusterResponse::default().with_cluster_authorized_operations(operations);
            assert_eq!(
                cluster(&response).unwrap().describes_cluster,
                expected,
                "{operations:b}"
            );
        }
        let default = wire::DescribeClusterResponse::default();
        assert_eq!(cluster(&default).unwrap().describes_cluster, None);
    }
}
