//! The faults.

use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

#[test]
fn explore() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        for (name, act, back) in [
            ("stop", Act::Stop(Node::Broker(1)), Act::Start(Node::Broker(1))),
            ("kill", Act::Kill(Node::Broker(1)), Act::Start(Node::Broker(1))),
            ("pause", Act::Pause(Node::Broker(1)), Act::Resume(Node::Broker(1))),
            ("cut", Act::Cut(Node::Broker(1)), Act::Heal(Node::Broker(1))),
        ] {
            let mut w = Watched::new(&spec(mode), 1);
            w.run(5.0);
            println!("== {mode:?} {name} controller {:?}", w.world.truth().controller);
            w.act(&act);
            w.run(35.0);
            println!("told by 1: {}", w.told_by(1, 0));
            w.act(&back);
            w.run(15.0);
            for line in w.timed() {
                println!("{line:?}");
            }
        }
    }
}
