//! The whole state in lines, to be compared.

use std::fmt::Write as _;

use super::World;
use super::council::Council;

impl World {
    /// The whole state in lines, the same for the same specification, seed and acts.
    pub fn state_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_state(&mut text);
        text
    }

    fn write_state(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "tick {} acting {:?}", self.clock.tick, self.acting())?;
        match &self.council {
            Council::Quorum(quorum) => writeln!(text, "{quorum:?}")?,
            Council::Ensemble(ensemble) => writeln!(text, "{ensemble:?}")?,
        }
        for machine in &self.machines.all {
            writeln!(text, "{machine:?}")?;
        }
        writeln!(text, "slow {:?}", self.replication.slow_brokers())?;
        let truth = &self.registry.truth;
        writeln!(text, "image {} {:?}", truth.version, truth.brokers)?;
        for topic in &truth.topics {
            writeln!(text, "topic {} {}", topic.name, topic.id)?;
            for partition in &topic.partitions {
                writeln!(text, "  {partition:?}")?;
            }
        }
        for (slot, logs) in self.replication.all() {
            writeln!(text, "logs {slot} {}", logs.name)?;
            for number in 0..logs.partitions.len() {
                for replica in logs.replicas(number) {
                    let stored = replica
                        .stored
                        .as_ref()
                        .map_or(0, |stored| stored.newest().count());
                    let epochs: Vec<(i32, u64)> = replica.epochs().collect();
                    writeln!(
                        text,
                        "  {number} {} {} {} {epochs:?} {} {:b} {} {stored}",
                        replica.start,
                        replica.high_watermark,
                        replica.end,
                        replica.epoch,
                        replica.isr,
                        replica.follows
                    )?;
                }
            }
        }
        for group in &self.groups.all {
            writeln!(text, "{:?}", group.view)?;
        }
        Ok(())
    }
}
