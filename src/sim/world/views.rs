//! Answers of the world to those who serve clients.

use std::sync::Arc;

use bytes::Bytes;

/// Whether what a broker forwards to a controller is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forward {
    /// It is.
    Answers,
    /// No answer will come now.
    Silent,
}

/// The KRaft quorum, as its leader describes it (DescribeQuorum, KIP-595 and KIP-836).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumView {
    /// The active controller.
    pub leader: i32,
    /// Its epoch.
    pub leader_epoch: i32,
    /// How far the metadata log is committed.
    pub high_watermark: i64,
    /// Those who vote.
    pub voters: Vec<QuorumReplica>,
    /// Those who only read: brokers that are not voters.
    pub observers: Vec<QuorumReplica>,
}

/// One reader of the metadata log. Times are wall time in ms; none where the leader has not heard of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumReplica {
    /// The id.
    pub id: i32,
    /// Up to where it has the log; -1 where unknown.
    pub log_end: i64,
    /// When it fetched last.
    pub last_fetch: Option<i64>,
    /// When it had everything last.
    pub last_caught_up: Option<i64>,
}

/// What a member of the ensemble says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnsembleMode {
    /// It leads.
    Leader,
    /// It follows.
    Follower,
    /// It is the only one by configuration.
    Standalone,
    /// It runs and serves nobody: "This ZooKeeper instance is not currently serving requests".
    NotServing,
}

/// One member of the ZooKeeper ensemble, as its four-letter words tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnsembleView {
    /// What it is.
    pub mode: EnsembleMode,
    /// Open client connections.
    pub connections: u64,
    /// Latency of requests: minimum, average, maximum in ms.
    pub latency: (u64, u64, u64),
    /// Packets received and sent.
    pub packets: (u64, u64),
    /// The last transaction.
    pub zxid: i64,
    /// How many nodes the tree has.
    pub nodes: u64,
    /// For the leader: how many followers are in step with it.
    pub synced_followers: Option<u32>,
}

/// One log, as the broker that was asked leads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogView {
    /// The first offset that is kept.
    pub start: i64,
    /// Up to where consumers see it.
    pub high_watermark: i64,
    /// The offset of the next record.
    pub end: i64,
    /// The leader epoch.
    pub leader_epoch: i32,
}

/// Why a broker tells nothing of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LogError {
    /// It knows no such topic or partition (`UNKNOWN_TOPIC_OR_PARTITION`).
    #[error("the broker knows no such partition")]
    Unknown,
    /// It does not lead it (`NOT_LEADER_OR_FOLLOWER`).
    #[error("the broker does not lead this partition")]
    NotLeader,
    /// It knows of no leader (`LEADER_NOT_AVAILABLE`).
    #[error("the partition has no leader")]
    LeaderNotAvailable,
    /// The asker's epoch is older (`FENCED_LEADER_EPOCH`).
    #[error("the epoch of the request is older than the broker's")]
    FencedEpoch,
    /// The asker's epoch is newer (`UNKNOWN_LEADER_EPOCH`).
    #[error("the epoch of the request is newer than the broker's")]
    UnknownEpoch,
    /// The offset lies outside of the log (`OFFSET_OUT_OF_RANGE`).
    #[error("the offset is not in the log")]
    OutOfRange,
}

/// The one log directory of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDirs {
    /// Its path.
    pub path: &'static str,
    /// The size of its volume in bytes.
    pub total: u64,
    /// What is left of it.
    pub usable: u64,
    /// What lies in it.
    pub replicas: Vec<ReplicaDir>,
}

/// One replica on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaDir {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number.
    pub partition: i32,
    /// Bytes.
    pub size: u64,
    /// How far its end is behind its own high watermark; 0 for what the broker leads.
    pub offset_lag: i64,
    /// Whether it is to replace the replica on another disk.
    pub is_future: bool,
}

/// A record batch that a client wrote: opaque but for what stands here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its bytes, as they came.
    pub bytes: Bytes,
    /// How many offsets it takes.
    pub records: u32,
    /// The greatest timestamp in it, in ms since the epoch.
    pub max_timestamp: i64,
    /// Producer id, epoch and first sequence number of an idempotent producer.
    pub producer: Option<(i64, i16, i32)>,
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The first offset.
    pub base_offset: i64,
    /// The last offset.
    pub last_offset: i64,
    /// The epoch under which it was written.
    pub leader_epoch: i32,
    /// The broker's wall time then, in ms.
    pub log_append_time: i64,
}

/// Why nothing was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AppendError {
    /// It knows no such topic or partition.
    #[error("the broker knows no such partition")]
    Unknown,
    /// It does not lead it.
    #[error("the broker does not lead this partition")]
    NotLeader,
    /// The ISR is smaller than min ISR, and `acks=all` was asked (`NOT_ENOUGH_REPLICAS`).
    #[error("the ISR is smaller than min.insync.replicas")]
    NotEnoughReplicas,
    /// The batch has no record, or the log cannot take that many.
    #[error("the batch cannot be appended")]
    Invalid,
}

/// How it is with a record for which a client waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acked {
    /// Every member of the ISR has it.
    Yes,
    /// Not yet.
    NotYet,
    /// They have it, but meanwhile too few are in sync (`NOT_ENOUGH_REPLICAS_AFTER_APPEND`).
    NotEnoughReplicasAfterAppend,
    /// The broker no longer leads it under that epoch.
    NotLeader,
}

/// A stretch of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A batch that a client wrote; its bytes still carry the base offset that the client gave.
    Batch {
        /// Its first offset.
        base_offset: i64,
        /// The leader epoch under which it was written.
        leader_epoch: i32,
        /// The batch.
        batch: Batch,
    },
    /// Records of the simulated producers.
    Synthetic {
        /// The first offset.
        base_offset: i64,
        /// How many.
        records: u32,
        /// The leader epoch under which they were written.
        leader_epoch: i32,
        /// When the first was written, in ms since the epoch.
        timestamp: i64,
        /// The size of one in bytes.
        record_bytes: u32,
    },
}

/// Why a topic was not made or deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// There is one of this name already.
    #[error("topic `{0}` exists already")]
    Exists(String),
    /// There is none.
    #[error("there is no topic `{0}`")]
    Unknown(String),
    /// The name cannot be one.
    #[error("`{0}` cannot be a topic's name")]
    BadName(String),
    /// Too few brokers for the replication factor.
    #[error("replication factor {wanted} with {live} live brokers")]
    TooFewBrokers {
        /// What was asked.
        wanted: u32,
        /// How many are live.
        live: u32,
    },
    /// Numbers out of bounds.
    #[error("{0}")]
    Bad(String),
    /// Nobody can decide now.
    #[error("no controller answers")]
    NoController,
}
