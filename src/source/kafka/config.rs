//! The whole configuration of one topic, read because someone wants to see it.

use super::failure::failure;
use super::{EyeOptions, convert};
use crate::model::failure::Failure;
use crate::model::question::ConfigEntry;
use crate::model::text::Name;
use crate::wire::request::{self, ConfigKeys};
use crate::wire::{Address, Connection, Deadline};
use std::time::Duration;

/// The whole configuration of a topic, by the names of the settings.
///
/// Asks one broker, over a connection of its own. On ZooKeeper that broker asks the ensemble on the thread that serves the
/// request: it must be seen to serve ([`council`](crate::source::council)).
pub async fn topic_config(
    options: &EyeOptions,
    broker: &Address,
    topic: &Name,
    limit: Duration,
) -> Result<Vec<ConfigEntry>, Failure> {
    let deadline = Deadline::after(limit);
    let wanted = ConfigKeys::of_topics(&[topic.raw().to_owned()], &[]);
    let read = async {
        let mut connection = Connection::open(broker, deadline, &options.connection()).await?;
        connection
            .call(&request::describe_configs(wanted), deadline)
            .await
    };
    let answer = read.await.map_err(|error| failure(&error))?;
    convert::configuration(topic, answer)
}
