//! Acts that are done.

use super::check::{check_behaviour, is_rate};
use super::node::Node;
use super::numbers::{draw, topic_of_chance};
use super::time::ticks;
use super::{Act, ActError, TopicError, World};

impl World {
    /// Does something to it, now. What follows from it happens from the next tick on.
    pub fn act(&mut self, act: &Act) -> Result<(), ActError> {
        let now = self.clock.tick;
        match act {
            Act::Stop(node) => self.machines.stop(*node, now)?,
            Act::Start(node) => self.machines.start(*node, now, &self.spec.timing)?,
            Act::Kill(node) => self.machines.kill(*node)?,
            Act::Pause(node) => self.machines.pause(*node)?,
            Act::Resume(node) => self.machines.resume(*node)?,
            Act::Cut(node) => self.machines.cut(*node, now)?,
            Act::Heal(node) => {
                let wait = self.reconnection();
                self.machines.heal(*node, now, wait)?;
            }
            Act::Hide(node) => self.machines.hide(*node, true)?,
            Act::Show(node) => self.machines.hide(*node, false)?,
            Act::HangDisk(node) => self.machines.hang_disk(*node, true)?,
            Act::FreeDisk(node) => self.machines.hang_disk(*node, false)?,
            Act::Slow { broker, factor } => self.slow(*broker, *factor)?,
            Act::CreateTopic(spec) => self.create(spec).map(drop).map_err(as_act_error)?,
            Act::DeleteTopic(name) => self.delete(name).map_err(as_act_error)?,
            Act::SetRate {
                topic,
                records_per_second,
            } => self.set_rate(topic, *records_per_second)?,
            Act::Behave { group, behaviour } => {
                check_behaviour(*behaviour).map_err(ActError::Impossible)?;
                if !self.groups.behave(group, *behaviour, now) {
                    return Err(ActError::NoSuchGroup(group.clone()));
                }
            }
            Act::ElectPreferred => {
                if self.acting().is_none() {
                    return Err(ActError::Impossible("no controller acts".to_owned()));
                }
                self.prefer_all();
            }
        }
        self.refresh_abilities();
        Ok(())
    }

    fn reconnection(&self) -> u64 {
        let (least, most) = self.spec.timing.process.reconnect;
        let (least, most) = (ticks(least), ticks(most));
        let more = draw(
            self.seed,
            topic_of_chance::RECONNECT,
            self.clock.tick,
            most.saturating_sub(least).saturating_add(1),
        );
        least.saturating_add(more)
    }

    fn slow(&mut self, broker: i32, factor: f64) -> Result<(), ActError> {
        let node = Node::Broker(broker);
        let place = self.machines.index(node).ok_or(ActError::NoSuchNode(node))?;
        if !(0.0..=1.0).contains(&factor) {
            return Err(ActError::Impossible(format!(
                "a broker copies a share between 0 and 1 of the time, not {factor}"
            )));
        }
        self.replication.slow(place, factor, self.clock.tick);
        Ok(())
    }

    fn set_rate(&mut self, topic: &str, rate: f64) -> Result<(), ActError> {
        if !is_rate(rate) {
            return Err(ActError::Impossible(format!(
                "{rate} records per second cannot be simulated"
            )));
        }
        let slot = self.registry.truth.topic(topic).map(|image| image.slot.0);
        let producer = self
            .producers
            .iter_mut()
            .find(|producer| Some(producer.slot) == slot)
            .ok_or_else(|| ActError::NoSuchTopic(topic.to_owned()))?;
        producer.rate = rate;
        Ok(())
    }
}

fn as_act_error(error: TopicError) -> ActError {
    match error {
        TopicError::Exists(_) => ActError::AlreadyThere(error.to_string()),
        TopicError::Unknown(name) => ActError::NoSuchTopic(name),
        other => ActError::Impossible(other.to_string()),
    }
}
