//! Groups at a broker that has just become their coordinator.

use super::answers::{codes, read, seat, world};
use super::request::frame;
use crate::model::cluster::Mode;
use crate::sim::serve::answer;
use crate::sim::serve::call::{self, Asked, Outcome};
use crate::sim::world::{Act, Node, Release, SimTime};
use kafka_protocol::messages::ApiKey;

#[test]
fn a_coordinator_that_still_reads_groups_does_not_pass_for_one_that_has_none() {
    for (release, mode, lists_the_others) in [
        (Release::V4_1, Mode::Kraft, false),
        (Release::V3_9, Mode::ZooKeeper, true),
    ] {
        let (seat, names) = seat(world(release, mode));
        let list = || {
            let Ok(Asked::Call(call)) = call::read(frame(ApiKey::ListGroups, 4, &names), &seat) else {
                panic!("not a request that is answered");
            };
            let Ok(Outcome::Now(Ok(bytes))) = answer::answer(&seat, &call) else {
                panic!("no answer");
            };
            read(ApiKey::ListGroups, 4, bytes)
        };
        let before = list();
        assert!(
            codes(&before).is_empty() && before.contains("classic-"),
            "{before}"
        );
        let victim = if seat.broker == 3 { 2 } else { 3 };
        let killed = seat
            .shared
            .change(|world| world.act(&Act::Kill(Node::Broker(victim))));
        assert!(killed.is_ok());
        // Until the broker that died is missed, and its leaders move.
        let loads = (0..1_200).any(|_| {
            seat.shared.change(|world| {
                let next = SimTime(world.now().0 + 50);
                world.advance(next);
                world.loads_groups(seat.broker)
            })
        });
        assert!(loads, "nothing moved to broker {}", seat.broker);
        let during = list();
        // COORDINATOR_LOAD_IN_PROGRESS
        assert_eq!(codes(&during), ["14"], "{during}");
        assert_eq!(during.contains("classic-"), lists_the_others, "{during}");
        seat.shared.change(|world| {
            let later = SimTime(world.now().0 + 1_000);
            world.advance(later);
        });
        let after = list();
        assert!(codes(&after).is_empty() && after.len() > before.len(), "{after}");
    }
}
