//! What changes a container. Nothing here asks whether it should: that is the gate's to say, before it calls.

use std::time::Duration;

use bollard::models::{
    EndpointIpamConfig, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest,
};
use bollard::query_parameters::{
    KillContainerOptions, RestartContainerOptions, StartContainerOptions, StopContainerOptions,
};

use super::client::Engine;
use super::error::{EngineError, Operation};
use crate::model::container::{Attachment, EngineId};
use crate::model::text::Name;

/// How long the engine waits after the stop signal, where neither the container nor the caller says.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(10);

/// How a container is to be attached to a network: as it was before it was taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attach {
    /// Names that its peers find it under.
    pub aliases: Vec<Name>,
    /// A fixed IPv4 address.
    pub ipv4: Option<Name>,
    /// A fixed IPv6 address.
    pub ipv6: Option<Name>,
}

impl From<&Attachment> for Attach {
    /// The aliases, and the addresses that were asked for; those that the engine chose it may choose anew.
    fn from(attachment: &Attachment) -> Self {
        Self {
            aliases: attachment.aliases.clone(),
            ipv4: attachment.fixed_ipv4.clone(),
            ipv6: attachment.fixed_ipv6.clone(),
        }
    }
}

impl Engine {
    /// Stops a container: its stop signal, and after `grace` a kill. Returns when it has stopped; one that had stopped
    /// already is no error.
    pub async fn stop(&self, container: &EngineId, grace: Duration) -> Result<(), EngineError> {
        let options = StopContainerOptions {
            t: Some(whole_seconds(grace)),
            ..StopContainerOptions::default()
        };
        let stopping = self.docker.stop_container(container.raw(), Some(options));
        self.act(Operation::Stop, container, grace, stopping).await
    }

    /// Starts a container; one that runs already is no error.
    pub async fn start(&self, container: &EngineId) -> Result<(), EngineError> {
        let starting = self
            .docker
            .start_container(container.raw(), None::<StartContainerOptions>);
        self.act(Operation::Start, container, Duration::ZERO, starting)
            .await
    }

    /// Stops a container as [`Engine::stop`] does, and starts it.
    pub async fn restart(&self, container: &EngineId, grace: Duration) -> Result<(), EngineError> {
        let options = RestartContainerOptions {
            t: Some(whole_seconds(grace)),
            ..RestartContainerOptions::default()
        };
        let restarting = self.docker.restart_container(container.raw(), Some(options));
        self.act(Operation::Restart, container, grace, restarting).await
    }

    /// Sends a container's process `SIGKILL`; a conflict where it does not run.
    pub async fn kill(&self, container: &EngineId) -> Result<(), EngineError> {
        let options = KillContainerOptions {
            signal: "SIGKILL".to_owned(),
        };
        let killing = self.docker.kill_container(container.raw(), Some(options));
        self.act(Operation::Kill, container, Duration::ZERO, killing)
            .await
    }

    /// Freezes a container's processes; a conflict where it does not run or is frozen.
    pub async fn pause(&self, container: &EngineId) -> Result<(), EngineError> {
        let pausing = self.docker.pause_container(container.raw());
        self.act(Operation::Pause, container, Duration::ZERO, pausing)
            .await
    }

    /// Lets a frozen container go on; a conflict where it is not frozen.
    pub async fn unpause(&self, container: &EngineId) -> Result<(), EngineError> {
        let resuming = self.docker.unpause_container(container.raw());
        self.act(Operation::Unpause, container, Duration::ZERO, resuming)
            .await
    }

    /// Takes a container off a network.
    pub async fn disconnect(&self, network: &EngineId, container: &EngineId) -> Result<(), EngineError> {
        let request = NetworkDisconnectRequest {
            container: container.raw().to_owned(),
            force: Some(false),
        };
        let disconnecting = self.docker.disconnect_network(network.raw(), request);
        self.act(Operation::Disconnect, container, Duration::ZERO, disconnecting)
            .await
    }

    /// Puts a container on a network.
    pub async fn attach(
        &self,
        network: &EngineId,
        container: &EngineId,
        attach: &Attach,
    ) -> Result<(), EngineError> {
        let text = |name: &Name| name.raw().to_owned();
        let fixed = (attach.ipv4.is_some() || attach.ipv6.is_some()).then(|| EndpointIpamConfig {
            ipv4_address: attach.ipv4.as_ref().map(text),
            ipv6_address: attach.ipv6.as_ref().map(text),
            link_local_ips: None,
        });
        let request = NetworkConnectRequest {
            container: container.raw().to_owned(),
            endpoint_config: Some(EndpointSettings {
                aliases: Some(attach.aliases.iter().map(text).collect()),
                ipam_config: fixed,
                ..EndpointSettings::default()
            }),
        };
        let connecting = self.docker.connect_network(network.raw(), request);
        self.act(Operation::Connect, container, Duration::ZERO, connecting)
            .await
    }

    /// One act, which may take `grace` longer than others.
    async fn act(
        &self,
        operation: Operation,
        container: &EngineId,
        grace: Duration,
        call: impl Future<Output = Result<(), bollard::errors::Error>>,
    ) -> Result<(), EngineError> {
        let limit = self.deadlines().act.saturating_add(grace);
        self.timed(operation, container, limit, call).await
    }
}

fn whole_seconds(grace: Duration) -> i32 {
    i32::try_from(grace.as_secs()).unwrap_or(i32::MAX)
}
