//! The vocabulary of rules: every name that an expression or a template may use.

use crate::config::advice;
use crate::model::container::ContainerState;

/// Over what a rule fans out, and whose words it may use besides those of the cluster and the quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One alert for the cluster.
    Cluster,
    /// One for the KRaft quorum or the ZooKeeper ensemble.
    Quorum,
    /// One for each broker.
    Broker,
    /// One for each topic.
    Topic,
    /// One for each group.
    Group,
    /// One for each container that runs a node.
    Container,
    /// One for each source of facts.
    Source,
}

impl Scope {
    /// Every scope with its word in rule files.
    pub const ALL: &'static [(&'static str, Scope)] = &[
        ("cluster", Self::Cluster),
        ("quorum", Self::Quorum),
        ("broker", Self::Broker),
        ("topic", Self::Topic),
        ("group", Self::Group),
        ("container", Self::Container),
        ("source", Self::Source),
    ];

    /// Its word in rule files.
    pub fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, scope)| *scope == self);
        found.map_or("cluster", |(word, _)| word)
    }

    /// Whether a rule of this scope may use words of the other one.
    pub fn sees(self, other: Scope) -> bool {
        self == other || matches!(other, Self::Cluster | Self::Quorum)
    }
}

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number in this unit.
    Number(Unit),
    /// One of these texts; any text where there are none.
    Text(&'static [&'static str]),
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count, or 1 and 0 for yes and no.
    Count,
    /// Seconds.
    Seconds,
    /// Percent from 0 to 100.
    Percent,
    /// Bytes.
    Bytes,
    /// So many a second.
    PerSecond,
    /// So many a minute.
    PerMinute,
}

/// What is known of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Of what it tells.
    pub scope: Scope,
    /// What it stands for.
    pub kind: Kind,
    /// What it means, in one clause.
    pub meaning: &'static str,
}

macro_rules! words {
    ($($id:ident $scope:ident $name:literal $kind:expr => $meaning:literal;)*) => {
        /// A name of the vocabulary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Word {
            $(#[doc = $meaning] $id,)*
        }

        impl Word {
            /// Every word.
            pub const ALL: &'static [Word] = &[$(Word::$id),*];

            /// What is known of it.
            pub fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$id => &Entry { name: $name, scope: Scope::$scope, kind: $kind, meaning: $meaning },)*
                }
            }
        }
    };
}

const COUNT: Kind = Kind::Number(Unit::Count);
const SECONDS: Kind = Kind::Number(Unit::Seconds);
const PERCENT: Kind = Kind::Number(Unit::Percent);
const ANY: Kind = Kind::Text(&[]);
const WRITES: Kind = Kind::Text(&["ok", "refused", "stalled", "unknown"]);

words! {
    ClusterBrokers Cluster "cluster.brokers" COUNT => "brokers that hold replicas, whether they run or not";
    ClusterBrokersOnline Cluster "cluster.brokers_online" COUNT => "brokers that are listed, unfenced, and answer";
    ClusterTopics Cluster "cluster.topics" COUNT => "topics";
    ClusterPartitions Cluster "cluster.partitions" COUNT => "partitions";
    ClusterOffline Cluster "cluster.offline" COUNT => "partitions without a leader that serves";
    ClusterUnderReplicated Cluster "cluster.under_replicated" COUNT => "partitions with a replica outside the ISR";
    ClusterUnderMinIsr Cluster "cluster.under_min_isr" COUNT => "partitions with fewer replicas in sync than min ISR";
    ClusterAtMinIsr Cluster "cluster.at_min_isr" COUNT => "partitions that run short of a replica and refuse writes when they lose one more";
    ClusterRefused Cluster "cluster.refused" COUNT => "partitions that refuse writes with acks=all, without those that always do by configuration";
    ClusterStalled Cluster "cluster.stalled" COUNT => "partitions on which writes with acks=all hang";
    ClusterWrites Cluster "cluster.writes" WRITES => "what producers with acks=all meet, the worst over all partitions";
    ClusterNextLoss Cluster "cluster.next_loss" COUNT => "partitions that refuse writes or go offline when the worst single broker is lost";
    ClusterController Cluster "cluster.controller" Kind::Text(&["known", "none", "no_answer"]) => "whether a controller acts: `none` where the cluster says so, `no_answer` where nobody tells";
    ClusterUnreadFor Cluster "cluster.unread_for" SECONDS => "for how long no broker has told of the partitions; 0 while one does";
    ClusterNotPreferredShare Cluster "cluster.not_preferred_share" PERCENT => "partitions that their preferred replica does not lead";
    ClusterShrinksPerMinute Cluster "cluster.shrinks_per_minute" Kind::Number(Unit::PerMinute) => "times that an ISR lost replicas, over the last 5 minutes";
    ClusterWorstShrinks Cluster "cluster.worst_shrinks" COUNT => "the same of the worst partition, in the last 5 minutes";
    ClusterLeaderChangesPerMinute Cluster "cluster.leader_changes_per_minute" Kind::Number(Unit::PerMinute) => "changes of leaders, over the last 5 minutes";
    ClusterDisputed Cluster "cluster.disputed" COUNT => "partitions on which answering brokers contradict each other";

    QuorumKind Quorum "quorum.kind" Kind::Text(&["kraft", "zookeeper"]) => "what keeps the metadata";
    QuorumState Quorum "quorum.state" Kind::Text(&["whole", "minority_lost", "majority_lost", "no_answer"]) => "how it is with those who can elect leaders";
    QuorumVoters Quorum "quorum.voters" COUNT => "how many vote";
    QuorumLost Quorum "quorum.lost" COUNT => "how many of them are lost";
    QuorumSpare Quorum "quorum.spare" COUNT => "how many more may be lost before the majority is";
    QuorumMembers Quorum "quorum.members" ANY => "the lost ones by name";

    BrokerId Broker "broker.id" COUNT => "its id";
    BrokerHost Broker "broker.host" ANY => "its advertised host";
    BrokerPort Broker "broker.port" COUNT => "its advertised port";
    BrokerRack Broker "broker.rack" ANY => "its rack";
    BrokerState Broker "broker.state" Kind::Text(&["up", "cut_off", "unreachable", "down"]) => "its state";
    BrokerOnline Broker "broker.online" COUNT => "1 when it is listed, unfenced, and answers, else 0";
    BrokerReplicates Broker "broker.replicates" COUNT => "1 when it is seen to replicate although it does not answer";
    BrokerSilentFor Broker "broker.silent_for" SECONDS => "for how long it has not answered; 0 while it does";
    BrokerReplicas Broker "broker.replicas" COUNT => "replicas assigned to it";
    BrokerInSync Broker "broker.in_sync" COUNT => "replicas of it in an ISR";
    BrokerLeaders Broker "broker.leaders" COUNT => "partitions that it leads";
    BrokerDiskUsed Broker "broker.disk_used" PERCENT => "how full its disks are";
    BrokerDiskUsable Broker "broker.disk_usable" Kind::Number(Unit::Bytes) => "what is left of them";
    BrokerRoundTrip Broker "broker.round_trip" SECONDS => "the round trip of the newest small request";

    TopicName Topic "topic.name" ANY => "its name";
    TopicPartitions Topic "topic.partitions" COUNT => "its partitions";
    TopicMinIsr Topic "topic.min_isr" COUNT => "its min.insync.replicas";
    TopicOffline Topic "topic.offline" COUNT => "partitions without a leader that serves";
    TopicUnderReplicated Topic "topic.under_replicated" COUNT => "partitions with a replica outside the ISR";
    TopicUnderMinIsr Topic "topic.under_min_isr" COUNT => "partitions with fewer replicas in sync than min ISR";
    TopicAtMinIsr Topic "topic.at_min_isr" COUNT => "partitions that run short of a replica and refuse writes when they lose one more";
    TopicRefused Topic "topic.refused" COUNT => "partitions that refuse writes with acks=all";
    TopicStalled Topic "topic.stalled" COUNT => "partitions on which writes with acks=all hang";
    TopicShrinksPerMinute Topic "topic.shrinks_per_minute" Kind::Number(Unit::PerMinute) => "times that an ISR of it lost replicas, over the last 5 minutes";
    TopicWorstShrinks Topic "topic.worst_shrinks" COUNT => "the same of its worst partition, in the last 5 minutes";

    GroupName Group "group.name" ANY => "its name";
    GroupKind Group "group.kind" ANY => "its type: classic, consumer, share, streams, connect, or another";
    GroupState Group "group.state" Kind::Text(&[
        "Stable", "Empty", "Dead", "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "NotReady",
    ]) => "its state in the protocol's word";
    GroupMembers Group "group.members" COUNT => "its members";
    GroupLag Group "group.lag" COUNT => "records that it has not read";
    GroupLagAge Group "group.lag_age" SECONDS => "how old the oldest of them is, at least";
    GroupLagSlope Group "group.lag_slope" Kind::Number(Unit::PerSecond) => "how fast the lag grows, from the two newest reads";
    GroupLagGrowth Group "group.lag_growth" Kind::Number(Unit::PerSecond) => "how fast it grew over the last 2 minutes";
    GroupStalledFor Group "group.stalled_for" SECONDS => "for how long no commit of it moved although it lags; 0 while one does";
    GroupLost Group "group.lost" COUNT => "records that retention took before it read them";
    GroupRetentionUsed Group "group.retention_used" PERCENT => "the age of its oldest unread record against the shortest retention.ms of its topics";
    GroupLogLeft Group "group.log_left" PERCENT => "how much of what is kept it has read, of its worst partition from which retention has taken something";

    ContainerName Container "container.name" ANY => "its name";
    ContainerNode Container "container.node" ANY => "the node that it runs: `broker 1`, `controller 101`, `ZooKeeper zk-1:2181`";
    ContainerState Container "container.state" Kind::Text(&ContainerState::WORDS) => "what it does, in the engine's word";
    ContainerHealth Container "container.health" Kind::Text(&["unchecked", "starting", "healthy", "unhealthy"]) => "what its own health check says";
    ContainerRestarts Container "container.restarts" COUNT => "times that its engine started it again by its restart policy, in the last 10 minutes";
    ContainerRunsFor Container "container.runs_for" SECONDS => "for how long its process has run, by the engine's clock; 0 while it does not";
    ContainerOutOfMemory Container "container.out_of_memory" COUNT => "1 when the kernel killed a process of it for want of memory in the last 10 minutes, or so that it stopped, else 0";
    ContainerMemoryUsed Container "container.memory_used" PERCENT => "memory in use against its limit, or against its machine's where it has none";

    SourceName Source "source.name" ANY => "its name";
    SourceKind Source "source.kind" Kind::Text(&["broker", "zookeeper", "bootstrap", "docker", "read"]) => "what it is: `read` stands for one kind of question";
    SourceFailingFor Source "source.failing_for" SECONDS => "for how long it has told nothing; 0 while it does";
    SourceWhy Source "source.why" ANY => "why, in its newest failure";
}

impl Word {
    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The word of this name that a rule of this scope may use.
    ///
    /// # Errors
    /// A sentence with the nearest name.
    pub(super) fn named(name: &str, scope: Scope) -> Result<Self, String> {
        match Self::ALL.iter().find(|word| word.name() == name) {
            Some(word) if scope.sees(word.entry().scope) => Ok(*word),
            Some(word) => Err(format!(
                "`{name}` tells of one {}, and this rule is per {}",
                word.entry().scope.word(),
                scope.word()
            )),
            None => {
                let seen = Self::ALL.iter().filter(|word| scope.sees(word.entry().scope));
                let names: Vec<&str> = seen.map(|word| word.name()).collect();
                let shown = crate::config::quoted(name);
                // All names are too many for one line.
                let hint = match crate::config::nearest(name, names.iter().copied()) {
                    Some(_) => advice(name, "value", &names),
                    None => "assets/rules/README.md lists the values".to_owned(),
                };
                Err(format!("there is no value {shown}; {hint}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_begin_with_their_scope() {
        let names: BTreeSet<&str> = Word::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(names.len(), Word::ALL.len());
        for word in Word::ALL {
            let prefix = format!("{}.", word.entry().scope.word());
            assert!(word.name().starts_with(&prefix), "{}", word.name());
        }
    }

    #[test]
    fn the_page_on_rules_explains_every_name() {
        let page = include_str!("../../assets/rules/README.md");
        for word in Word::ALL {
            let row = format!("| `{}` | {} |", word.name(), word.entry().meaning);
            assert!(page.contains(&row), "missing:\n{row}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        let told = Word::named("broker.onlin", Scope::Broker).unwrap_err();
        assert!(
            told.contains("the nearest valid value is \"broker.online\""),
            "{told}"
        );
        let told = Word::named("topic.offline", Scope::Broker).unwrap_err();
        assert_eq!(
            told,
            "`topic.offline` tells of one topic, and this rule is per broker"
        );
        assert!(Word::named("cluster.offline", Scope::Group).is_ok());
    }
}
