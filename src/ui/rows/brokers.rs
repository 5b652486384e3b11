//! What the columns of a broker hold.

use std::borrow::Cow;

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::Bulletin;
use crate::model::broker::{Answers, Broker, BrokerState};
use crate::model::fleet::Fleet;
use crate::model::history::{BrokerHistory, Series};
use crate::model::ids::BrokerId;
use crate::model::time::Span;
use crate::ui::field::{Field, Subject};
use crate::ui::screen::RowKey;

/// A broker, its past, and the containers.
struct Of<'a>(&'a Broker, Option<&'a BrokerHistory>, &'a Fleet);

/// Every broker that was ever seen, in the order of their ids.
pub fn rows(bulletin: &Bulletin, view: &View, marks: &Marks) -> Narrowed {
    let snapshot = &bulletin.snapshot;
    let of = |broker: &'_ Broker| snapshot.history.brokers.get(&broker.id);
    let rows: Vec<Of<'_>> = snapshot
        .brokers
        .values()
        .map(|broker| Of(broker, of(broker), &snapshot.fleet))
        .collect();
    narrow(rows, Subject::Broker, view, marks, 0)
}

/// Shows a broker to `look`, where it is known.
pub fn with(bulletin: &Bulletin, id: BrokerId, look: &mut dyn FnMut(&dyn Row)) {
    if let Some(broker) = bulletin.snapshot.broker(id) {
        let snapshot = &bulletin.snapshot;
        look(&Of(broker, snapshot.history.brokers.get(&id), &snapshot.fleet));
    }
}

/// The word for a state, as it stands in the table and in filters.
pub fn word(state: Option<BrokerState>) -> Option<&'static str> {
    Some(match state? {
        BrokerState::Up => "up",
        BrokerState::CutOff => "cut off",
        BrokerState::Unreachable => "unreachable",
        BrokerState::Down => "down",
    })
}

/// Whether a broker hurts by the state that it is in: one that holds no replica hurts nobody by its absence.
pub fn is_bad(broker: &Broker) -> bool {
    !matches!(broker.state, Some(BrokerState::Up) | None) && broker.holds_replicas()
}

impl Row for Of<'_> {
    fn value(&self, field: Field) -> Value<'_> {
        let broker = self.0;
        let load = broker.load;
        match field {
            Field::Id => Value::Number(f64::from(broker.id.0)),
            Field::State => word(broker.state).map_or(Value::Unknown, Value::text),
            Field::Leads => Value::counted(load.map(|load| load.leaders.into())),
            Field::Moved => {
                Value::known(load.map(|load| f64::from(load.leaders) - f64::from(load.preferred)))
            }
            Field::InSync => Value::counted(load.map(|load| load.in_sync.into())),
            Field::Replicas => Value::counted(load.map(|load| load.replicas.into())),
            Field::Answers => match &broker.answers {
                Answers::Yes {
                    round_trip: Some(round_trip),
                    ..
                } => Value::Number(round_trip.as_secs_f64()),
                Answers::No { .. } => Value::Nothing,
                Answers::Untried | Answers::Yes { .. } => Value::Unknown,
            },
            Field::Disk => {
                let dirs = broker.log_dirs.value();
                let used = dirs.and_then(|dirs| {
                    let total = dirs.total.filter(|total| *total > 0)?;
                    Some((total.saturating_sub(dirs.usable?), total))
                });
                Value::counted(used.map(|(used, total)| {
                    u64::try_from(u128::from(used) * 100 / u128::from(total)).unwrap_or(u64::MAX)
                }))
            }
            Field::Log => Value::counted(broker.log_dirs.value().map(|dirs| dirs.log_bytes)),
            Field::Rate => Value::known(self.1.and_then(|of| of.records_in.last()).map(f64::from)),
            Field::Shrinks => Value::known(self.1.and_then(|of| minute(&of.shrinks)).map(f64::from)),
            Field::Address => broker
                .endpoint
                .as_ref()
                .map_or(Value::Unknown, |endpoint| Value::text(address(endpoint))),
            Field::Rack => broker
                .rack
                .as_ref()
                .map_or(Value::Nothing, |rack| Value::Text(Cow::Borrowed(rack.raw()))),
            Field::Container => match self.2.of_broker(broker.id) {
                Some(hosted) => hosted.container.value().map_or(Value::Unknown, |container| {
                    Value::text(container.life.state.to_string())
                }),
                None => Value::Nothing,
            },
            Field::Cpu | Field::Memory | Field::Network | Field::DiskTraffic => self.used(field),
            _ => Value::Unknown,
        }
    }

    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
        let broker = self.0;
        passes(&broker.id.to_string())
            || broker
                .endpoint
                .as_ref()
                .is_some_and(|endpoint| passes(&address(endpoint)))
            || broker.rack.as_ref().is_some_and(|rack| passes(rack.raw()))
            || self
                .2
                .of_broker(broker.id)
                .and_then(|hosted| hosted.container.value())
                .is_some_and(|container| passes(container.name.raw()))
    }
}

impl Of<'_> {
    /// What its container uses; nothing where it has none.
    fn used(&self, field: Field) -> Value<'_> {
        let Some(hosted) = self.2.of_broker(self.0.id) else {
            return Value::Nothing;
        };
        let Some(usage) = hosted.usage.value() else {
            return Value::Unknown;
        };
        match field {
            Field::Cpu => Value::known(usage.cpus.map(|cpus| cpus * 100.0)),
            Field::Memory => Value::counted(usage.memory),
            Field::Network => Value::known(usage.network.total()),
            Field::DiskTraffic => Value::known(usage.disk.total()),
            _ => Value::Unknown,
        }
    }
}

/// What a series of counts says of the last minute.
pub fn minute(series: &Series) -> Option<f32> {
    series.sum(Span::seconds(60))
}

fn address(endpoint: &crate::model::broker::Endpoint) -> String {
    format!("{}:{}", endpoint.host.raw(), endpoint.port)
}

impl Listed for Of<'_> {
    fn key(&self) -> RowKey {
        RowKey::Broker(self.0.id)
    }

    fn is_bad(&self) -> bool {
        is_bad(self.0)
    }
}
