//! What happened while kaftop looked: one line for each cause, which opens into its consequences.

mod act;
mod container;
mod log;
mod members;
mod words;
#[cfg(test)]
mod words_tests;

pub use act::ActMove;
pub use container::{ContainerMove, ContainerTurn};
pub use log::EventLog;
pub use members::{MOST_MEMBERS, Members};

use std::fmt;

use super::broker::BrokerState;
use super::failure::FailureKind;
use super::fleet::Node;
use super::ids::{BrokerId, PartitionId};
use super::intake::Origin;
use super::text::Name;
use super::time::{At, Span};

/// The number of an event in its run: it stays while the event grows, and is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u64);

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The first of it.
    pub first: At,
    /// The last of it that is folded into the same line.
    pub last: At,
    /// Whether `first` is the moment itself; else it is the moment at which a poll saw it, and it happened then or up to
    /// one refresh earlier.
    pub exact: bool,
}

impl When {
    /// Seen by a poll at `at`.
    pub fn polled(at: At) -> Self {
        Self {
            first: at,
            last: at,
            exact: false,
        }
    }

    /// How long it took from the first to the last of it.
    pub fn took(self) -> Span {
        self.first.age(self.last)
    }
}

/// Leaders that moved the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The broker that led them; `None` where there was no leader.
    pub from: Option<BrokerId>,
    /// The broker that leads them now; `None` where nobody does.
    pub to: Option<BrokerId>,
    /// The partitions.
    pub partitions: Members<PartitionId>,
}

/// Who acts as the controller, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chair {
    /// This one.
    Taken(BrokerId),
    /// Nobody.
    Empty,
    /// Nobody tells.
    NoAnswer,
}

/// What became of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicChange {
    /// They are new.
    Created,
    /// They are gone.
    Deleted,
    /// They were deleted and made again under the same name: another topic id.
    Recreated,
    /// They have more partitions.
    Grown,
}

/// What became of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupMove {
    /// Its name.
    pub name: Name,
    /// Its state before, in the protocol's own word; `None` where it was not there or had none.
    pub from: Option<Name>,
    /// Its state after; `None` where it is gone or has none.
    pub to: Option<Name>,
}

/// What kind of change befell groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupChange {
    /// They were not there before.
    Appeared,
    /// No coordinator lists them any more.
    Gone,
    /// Their state is another.
    State,
}

/// One setting of one topic that changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingMove {
    /// The topic.
    pub topic: Name,
    /// The value before.
    pub from: Name,
    /// The value after.
    pub to: Name,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A broker's state changed.
    Broker {
        /// The broker.
        id: BrokerId,
        /// The state before the first change; `None` for a broker that is new to the cluster.
        from: Option<BrokerState>,
        /// The states since, with the moment of each, the newest last; at most 16, the oldest go first.
        states: Vec<(At, BrokerState)>,
        /// How long it had been gone, where it came back.
        absence: Option<Span>,
    },
    /// Leaders moved from one broker to another.
    LeadersMoved(Vec<Route>),
    /// Partitions lost their leader, and nobody leads them.
    LeadersLost(Vec<Route>),
    /// Partitions that had no leader have one.
    LeadersFound(Vec<Route>),
    /// ISRs lost this broker.
    IsrsLost {
        /// The broker that left.
        broker: BrokerId,
        /// The partitions.
        partitions: Members<PartitionId>,
    },
    /// This broker came into ISRs.
    IsrsGained {
        /// The broker that came.
        broker: BrokerId,
        /// The partitions.
        partitions: Members<PartitionId>,
    },
    /// Another controller acts, or none does, or nobody tells.
    Controller {
        /// Who acted before.
        from: Chair,
        /// Who acts now.
        to: Chair,
    },
    /// A voter of the `KRaft` quorum no longer follows the leader, or does again.
    Voter {
        /// The voter.
        id: BrokerId,
        /// Whether it is lost.
        lost: bool,
    },
    /// A ZooKeeper no longer serves, or does again.
    Keeper {
        /// Its address as it was given.
        address: Name,
        /// Whether it is lost.
        lost: bool,
    },
    /// Topics came, went, or were made anew.
    Topics {
        /// Which of it.
        change: TopicChange,
        /// The topics.
        names: Members<Name>,
    },
    /// Groups came, went, or changed their state.
    Groups {
        /// Which of it.
        change: GroupChange,
        /// The groups, each with its newest move.
        groups: Members<GroupMove>,
    },
    /// A setting of topics changed.
    Setting {
        /// Its name, as Kafka spells it.
        key: &'static str,
        /// The topics, each with its values before and after.
        topics: Members<SettingMove>,
    },
    /// Brokers that answer contradict each other, or no longer do.
    Disputed {
        /// On how many partitions at most; zero where they agree again.
        partitions: u32,
    },
    /// A container ended, paused, or started.
    Container(ContainerMove),
    /// Something that this kaftop did.
    Act(ActMove),
    /// A source fell silent, or answers again.
    Source {
        /// Which.
        origin: Origin,
        /// How it fails; `None` where it answers again.
        lost: Option<FailureKind>,
    },
}

/// The kinds of events, to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// States of brokers.
    Broker,
    /// Leaders that moved, were lost or found.
    Leader,
    /// ISRs that shrank or grew.
    Isr,
    /// The controller.
    Controller,
    /// Voters of the quorum and members of the ensemble.
    Council,
    /// Topics that came and went.
    Topic,
    /// Groups.
    Group,
    /// Settings of topics.
    Setting,
    /// Contradictions between brokers.
    Disputed,
    /// Containers.
    Container,
    /// Acts of this kaftop.
    Act,
    /// Sources of kaftop.
    Source,
}

impl EventKind {
    /// Every kind, in the order in which a filter offers them.
    pub const ALL: [Self; 12] = [
        Self::Broker,
        Self::Leader,
        Self::Isr,
        Self::Controller,
        Self::Council,
        Self::Topic,
        Self::Group,
        Self::Setting,
        Self::Disputed,
        Self::Container,
        Self::Act,
        Self::Source,
    ];

    /// The word of filters and of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Leader => "leader",
            Self::Isr => "isr",
            Self::Controller => "controller",
            Self::Council => "quorum",
            Self::Topic => "topic",
            Self::Group => "group",
            Self::Setting => "config",
            Self::Disputed => "disputed",
            Self::Container => "container",
            Self::Act => "act",
            Self::Source => "source",
        }
    }
}

/// Which way things went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// Something was lost.
    Worse,
    /// Neither.
    Neutral,
    /// Something came back.
    Better,
}

/// One line: something that happened, with what it brought about.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// When.
    pub when: When,
    /// What.
    pub what: What,
    /// How often: more than once where the same thing came and went.
    pub times: u32,
    /// What it brought about, by the moment of its first; these have no consequences of their own.
    pub consequences: Vec<Event>,
}

impl Event {
    /// Its kind.
    pub fn kind(&self) -> EventKind {
        match &self.what {
            What::Broker { .. } => EventKind::Broker,
            What::LeadersMoved(_) | What::LeadersLost(_) | What::LeadersFound(_) => EventKind::Leader,
            What::IsrsLost { .. } | What::IsrsGained { .. } => EventKind::Isr,
            What::Controller { .. } => EventKind::Controller,
            What::Voter { .. } | What::Keeper { .. } => EventKind::Council,
            What::Topics { .. } => EventKind::Topic,
            What::Groups { .. } => EventKind::Group,
            What::Setting { .. } => EventKind::Setting,
            What::Disputed { .. } => EventKind::Disputed,
            What::Container(_) => EventKind::Container,
            What::Act(_) => EventKind::Act,
            What::Source { .. } => EventKind::Source,
        }
    }

    /// Which way things went.
    pub fn turn(&self) -> Turn {
        let lost = |lost: bool| if lost { Turn::Worse } else { Turn::Better };
        match &self.what {
            What::Broker { .. } => lost(self.what.state() != Some(BrokerState::Up)),
            What::LeadersLost(_) | What::IsrsLost { .. } => Turn::Worse,
            What::LeadersFound(_) | What::IsrsGained { .. } => Turn::Better,
            What::Controller { from, to } => match (from, to) {
                (_, Chair::Empty | Chair::NoAnswer) => Turn::Worse,
                (Chair::Taken(_), Chair::Taken(_)) => Turn::Neutral,
                _ => Turn::Better,
            },
            What::Voter { lost: gone, .. } | What::Keeper { lost: gone, .. } => lost(*gone),
            What::Disputed { partitions } => lost(*partitions > 0),
            What::Source { lost: why, .. } => lost(why.is_some()),
            What::Container(moved) => lost(moved.turn.is_loss()),
            What::Act(act) if act.has_failed() => Turn::Worse,
            What::LeadersMoved(_)
            | What::Topics { .. }
            | What::Groups { .. }
            | What::Setting { .. }
            | What::Act(_) => Turn::Neutral,
        }
    }

    /// The partitions that it names, those of its consequences not among them. Some may be left out: see
    /// [`Members::left_out`].
    pub fn partitions(&self) -> impl Iterator<Item = &PartitionId> {
        self.what.members().flat_map(Members::iter)
    }

    /// Whether it, or a consequence of it, concerns this partition: by name, or as one of a topic that came, went, or was
    /// set otherwise.
    pub fn touches(&self, id: &PartitionId) -> bool {
        self.what.members().any(|members| members.contains(id))
            || self.what.names_topic(&id.topic)
            || self.consequences.iter().any(|event| event.touches(id))
    }

    /// Whether it, or a consequence of it, concerns this topic or a partition of it.
    pub fn touches_topic(&self, topic: &Name) -> bool {
        let of_topic = |members: &Members<PartitionId>| members.any_by(|id| id.topic.cmp(topic));
        self.what.members().any(of_topic)
            || self.what.names_topic(topic)
            || self.consequences.iter().any(|event| event.touches_topic(topic))
    }

    /// Whether it, or a consequence of it, names this broker.
    pub fn touches_broker(&self, id: BrokerId) -> bool {
        self.what.names_broker(id) || self.consequences.iter().any(|event| event.touches_broker(id))
    }

    /// Whether it, or a consequence of it, names the ZooKeeper at this address.
    pub fn touches_keeper(&self, keeper: &Name) -> bool {
        let named = match &self.what {
            What::Keeper { address, .. } => address == keeper,
            What::Container(moved) => moved.node == Some(Node::ZooKeeper(keeper.clone())),
            What::Act(act) => act.node() == Some(&Node::ZooKeeper(keeper.clone())),
            What::Source { origin, .. } => *origin == Origin::ZooKeeper(keeper.clone()),
            _ => false,
        };
        named || self.consequences.iter().any(|event| event.touches_keeper(keeper))
    }

    /// Whether it, or a consequence of it, concerns this group.
    pub fn touches_group(&self, group: &Name) -> bool {
        let named = match &self.what {
            What::Groups { groups, .. } => groups.any_by(|moved| moved.name.cmp(group)),
            _ => false,
        };
        named || self.consequences.iter().any(|event| event.touches_group(group))
    }
}

impl What {
    /// The newest state of the broker that it is about.
    pub fn state(&self) -> Option<BrokerState> {
        match self {
            Self::Broker { states, .. } => states.last().map(|(_, state)| *state),
            _ => None,
        }
    }

    /// The state that its line is about: up where the broker came back, else the gravest of those since it was lost, for
    /// on its way back a broker that was down may pass for one that is cut off.
    pub fn gravest(&self) -> Option<BrokerState> {
        let Self::Broker { states, .. } = self else {
            return None;
        };
        let newest = self.state()?;
        if newest == BrokerState::Up {
            return Some(newest);
        }
        let gravity = |state: &BrokerState| match state {
            BrokerState::Up => 0,
            BrokerState::Unreachable => 1,
            BrokerState::CutOff => 2,
            BrokerState::Down => 3,
        };
        states.iter().map(|(_, state)| *state).max_by_key(gravity)
    }

    /// The partitions that it names.
    pub fn members(&self) -> impl Iterator<Item = &Members<PartitionId>> {
        let (routes, isr): (&[Route], _) = match self {
            Self::LeadersMoved(routes) | Self::LeadersLost(routes) | Self::LeadersFound(routes) => {
                (routes, None)
            }
            Self::IsrsLost { partitions, .. } | Self::IsrsGained { partitions, .. } => {
                (&[], Some(partitions))
            }
            _ => (&[], None),
        };
        routes.iter().map(|route| &route.partitions).chain(isr)
    }

    fn names_topic(&self, topic: &Name) -> bool {
        match self {
            Self::Topics { names, .. } => names.contains(topic),
            Self::Setting { topics, .. } => topics.any_by(|moved| moved.topic.cmp(topic)),
            _ => false,
        }
    }

    fn names_broker(&self, broker: BrokerId) -> bool {
        match self {
            Self::Broker { id, .. } | Self::Voter { id, .. } => *id == broker,
            Self::LeadersMoved(routes) | Self::LeadersLost(routes) | Self::LeadersFound(routes) => {
                let named = |route: &Route| route.from == Some(broker) || route.to == Some(broker);
                routes.iter().any(named)
            }
            Self::IsrsLost { broker: own, .. } | Self::IsrsGained { broker: own, .. } => *own == broker,
            Self::Controller { from, to } => [from, to].contains(&&Chair::Taken(broker)),
            Self::Source { origin, .. } => *origin == Origin::Broker(broker),
            Self::Container(moved) => moved.runs(broker),
            Self::Act(act) => act.is_on(broker),
            Self::Keeper { .. }
            | Self::Topics { .. }
            | Self::Groups { .. }
            | Self::Setting { .. }
            | Self::Disputed { .. } => false,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.sentence())
    }
}
