//! When one record was written: how long a group has let it wait.

use super::EyeOptions;
use super::failure::failure;
use crate::model::failure::Failure;
use crate::model::ids::{PartitionId, TopicId};
use crate::model::time::At;
use crate::wire::{Address, Connection, Deadline, request};
use std::time::Duration;
use uuid::Uuid;

/// When the record at an offset was written, by its own timestamp; none where no record is there.
///
/// Asks the partition's leader for a single batch, over a connection of its own. Of a record in a compressed batch the time
/// of the batch's first record is taken.
pub async fn record_time(
    options: &EyeOptions,
    leader: &Address,
    (partition, id): (&PartitionId, Option<TopicId>),
    offset: i64,
    limit: Duration,
) -> Result<Option<At>, Failure> {
    let deadline = Deadline::after(limit);
    let id = id.map(|id| Uuid::from_bytes(id.0));
    let request = request::fetch_record(partition.topic.raw(), id, partition.partition, offset);
    let read = async {
        let mut connection = Connection::open(leader, deadline, &options.connection()).await?;
        connection.call(&request, deadline).await
    };
    let batches = read.await.map_err(|error| failure(&error))?;
    Ok(batches.time_of(offset).map(At))
}
