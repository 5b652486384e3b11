//! An engine on paper beside the cluster on paper: a container for each broker.

use std::sync::Arc;

use crate::model::cluster::Mode;
use crate::model::container::{
    Container, ContainerHealth, ContainerState, EngineId, Life, Make, NodeSettings,
};
use crate::model::fleet::{EngineFact, EngineReport, Vantage};
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Fact, Observation};
use crate::model::time::At;

use super::testbed::World;

/// The id of the container of broker `number`.
pub(crate) fn id(number: i32) -> EngineId {
    EngineId::parse(&format!("{number:064x}")).expect("an id")
}

/// The container of broker `number` of the testbed, which its address names.
pub(crate) fn container(number: i32, state: ContainerState, finished: Option<At>) -> Container {
    Container {
        id: id(number),
        name: format!("kafka-{number}").into(),
        life: Life {
            state,
            health: ContainerHealth::Unchecked,
            started: Some(At(1)),
            finished,
            restarts: 0,
            oom_killed: false,
            code: None,
            error: None,
        },
        make: Make {
            image: "image".into(),
            hostname: None,
            host_network: false,
            terminal: false,
            grace: None,
            settings: NodeSettings {
                node_id: Some(BrokerId(number)),
                ..NodeSettings::default()
            },
            compose: None,
        },
        ports: vec![],
        networks: vec![],
    }
}

impl World {
    /// What the engine says.
    pub fn engine(&mut self, fact: EngineFact) {
        self.store.apply(Observation {
            from: Origin::Engine,
            asked: self.now,
            at: self.now,
            fact: Fact::Engine(fact),
        });
    }

    /// The same with an engine, in which each broker has its container.
    pub fn with_engine(mode: Mode) -> Self {
        let mut world = Self::new(mode);
        world.store.watch_engine([].into());
        world.engine(EngineFact::Is(EngineReport {
            address: "unix:///x".into(),
            why: "asked for".into(),
            version: "Docker".into(),
            vantage: Vantage::Here { names: vec![] },
        }));
        for number in 1..=3 {
            world.engine(EngineFact::Inspected(Arc::new(container(
                number,
                ContainerState::Running,
                None,
            ))));
        }
        world
    }
}
