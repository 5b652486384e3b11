//! The protocol side of the simulated cluster: brokers that answer requests of the Kafka protocol over TCP, and ZooKeepers
//! that answer four-letter words.
//!
//! One task listens for each node, and each connection has one that answers its requests in their order. A request is
//! read by [`frame`], checked by [`shape`] and [`call`], and answered by a file of [`answer`] from the broker's image or the world.
//!
//! # How nodes behave
//!
//! - **Gone or starting**: the port is closed, and open connections end.
//! - **Paused or hidden from clients**: the kernel takes connections, and nothing is read or answered. A real black hole
//!   would not even take them; on one machine that cannot be shown.
//! - What a broker passes on to a controller that does not answer stays silent; later requests of that connection wait behind it.
//! - In ZooKeeper mode without an ensemble each question for a topic's settings takes one of the broker's eight threads for
//!   requests; after eight of them it answers nobody, until there is an ensemble.
//! - On a disk that hangs DescribeLogDirs is not answered, and takes a thread each in the same way.
//!
//! # What is not as in Kafka
//!
//! - Only what [`table`] names is served: there are no group members from outside, no transactions, no ACLs, no quotas.
//! - A length of more than 100 MiB, an API or version that is not served, or a body that does not hold what it names ends the
//!   connection, as in Kafka. So do more than 400,000 items in one request, more than 1,000 connections to one broker, and more
//!   than 512 MiB of unread requests in all.
//! - A wait that a client names (`timeout.ms`, `max.wait.ms`) ends by the client's clock or the simulated one, whichever runs it out first.

mod answer;
mod batch;
mod call;
mod connection;
mod door;
mod frame;
mod keeper;
mod seat;
mod shape;
mod table;
#[cfg(test)]
mod tests;

pub(in crate::sim) use door::Port;
pub(in crate::sim) use seat::Shared;

use crate::sim::world::{Acks, ActError, AppendError, Node, World};
use bytes::BytesMut;
use connection::Place;
use frame::Held;
use std::io;
use std::sync::Arc;

/// Most connections that one node takes at a time.
const MOST_CONNECTIONS: usize = 1_000;

/// Bytes of the value of a record that is written by itself.
const RECORD: u32 = 40;

/// Bytes of requests that all connections of a simulation hold together.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Budget(Held);

/// Listens for a node of the world, for as long as the port can be had; the error says why it no longer can.
pub(in crate::sim) async fn listen(node: Node, port: Port, shared: Arc<Shared>, budget: Budget) -> io::Error {
    let Some(door) = shared.door(node) else {
        return io::Error::other(format!("{node} has no door"));
    };
    match node {
        Node::Broker(id) => {
            let place = Place {
                broker: id,
                shared,
                door: door.clone(),
                held: budget.0,
            };
            let serve = move |stream| connection::serve(stream, place.clone());
            door::keep(port, door, MOST_CONNECTIONS, serve).await
        }
        Node::ZooKeeper(id) => {
            let watch = door.clone();
            let serve = move |stream| keeper::serve(stream, id, shared.clone(), watch.clone());
            door::keep(port, door, MOST_CONNECTIONS, serve).await
        }
        // Clients never speak to a controller.
        Node::Controller(_) => std::future::pending().await,
    }
}

/// Writes one record to a partition through its leader, as a producer with `acks=1` does; the offset that it got.
pub(in crate::sim) fn write(
    world: &mut World,
    topic: &str,
    partition: i32,
    time: i64,
) -> Result<i64, ActError> {
    let image = world.truth();
    let found = image
        .topic(topic)
        .ok_or_else(|| ActError::NoSuchTopic(topic.to_owned()))?;
    let nowhere =
        |why: &str| ActError::Impossible(format!("nothing can be written to {topic}-{partition}: {why}"));
    let at = found
        .place(partition)
        .ok_or_else(|| nowhere("there is no such partition"))?;
    let leader = found.partition(partition).and_then(|partition| partition.leader);
    let leader = leader.ok_or_else(|| nowhere("it has no leader"))?;
    let record = batch::Synthetic {
        offset: 0,
        time,
        size: RECORD,
    };
    let mut bytes = BytesMut::new();
    batch::put_synthetic(&mut bytes, &[record], -1);
    let batch = batch::check(Some(bytes.freeze())).map_err(|(error, _)| nowhere(&error.to_string()))?;
    let appended = world.append(leader, at, batch, Acks::Leader);
    appended
        .map(|appended| appended.base_offset)
        .map_err(|error: AppendError| nowhere(&error.to_string()))
}
