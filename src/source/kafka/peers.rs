//! Who of the brokers that answer is believed to be among its peers, before the store judges it.

use crate::model::ids::BrokerId;
use crate::model::observation::MetadataView;

/// The places of the brokers that most of the others list; also of one that is alone.
pub(super) fn listed_by_others(views: &[(BrokerId, Option<&MetadataView>)]) -> Vec<usize> {
    let is_listed = |id: BrokerId| {
        let others = views.iter().filter(|(other, _)| *other != id);
        let (mut yes, mut all) = (0, 0);
        for view in others.filter_map(|(_, view)| *view) {
            all += 1;
            yes += usize::from(view.brokers.iter().any(|broker| broker.id == id));
        }
        yes * 2 > all || all == 0
    };
    let places = views.iter().enumerate();
    places
        .filter(|(_, (id, _))| is_listed(*id))
        .map(|(place, _)| place)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::broker::Endpoint;
    use crate::model::observation::ListedBroker;
    use crate::model::text::Name;

    fn view(ids: &[i32]) -> MetadataView {
        let broker = |id: &i32| ListedBroker {
            id: BrokerId(*id),
            endpoint: Endpoint {
                host: Name::from("kafka"),
                port: 9092,
            },
            rack: None,
        };
        MetadataView {
            brokers: ids.iter().map(broker).collect(),
            cluster_id: None,
            controller: None,
            topics: Vec::new(),
            denied: Vec::new(),
        }
    }

    type Views<'a> = &'a [(i32, Option<&'a MetadataView>)];

    #[test]
    fn in_zookeeper_mode_a_broker_that_its_peers_dropped_is_not_asked() {
        let (all, without_one) = (view(&[1, 2, 3]), view(&[2, 3]));
        let table: [(Views<'_>, &[usize]); 6] = [
            (&[(2, Some(&all)), (1, Some(&all)), (3, Some(&all))], &[0, 1, 2]),
            (
                &[(1, Some(&all)), (2, Some(&without_one)), (3, Some(&without_one))],
                &[1, 2],
            ),
            // Half of the others is no majority.
            (
                &[(1, Some(&all)), (2, Some(&all)), (3, Some(&without_one))],
                &[1, 2],
            ),
            (&[(1, Some(&all)), (2, None), (3, Some(&without_one))], &[1, 2]),
            (&[(1, Some(&all))], &[0]),
            (&[], &[]),
        ];
        for (views, expected) in table {
            let views: Vec<_> = views.iter().map(|(id, view)| (BrokerId(*id), *view)).collect();
            assert_eq!(listed_by_others(&views), expected, "{views:?}");
        }
    }
}
