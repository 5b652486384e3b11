//! Whether the ensemble serves, for those who must not ask a broker what the broker would ask ZooKeeper.
//!
//! A broker in ZooKeeper mode reads the settings of a topic from ZooKeeper on the thread that serves the request
//! (`ConfigHelper.describeConfigs`, `ZkConfigRepository`). Without a serving ensemble that thread waits until there is
//! one again, also when the asker has gone; after `num.io.threads` (8) such questions the broker serves nobody. So
//! topics' settings are asked for in ZooKeeper mode only while the ensemble is seen to serve.

use tokio::sync::watch;

/// What is known of the ensemble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ensemble {
    /// No address was given.
    #[default]
    NotWatched,
    /// It is asked for the first time.
    NotRead,
    /// A majority of the members serves.
    Serves,
    /// No majority of the members is known to serve.
    Lost,
}

impl Ensemble {
    /// The word on `members` of which `serving` were just seen to serve.
    pub(super) fn of(serving: usize, members: usize) -> Self {
        if members == 0 {
            Self::NotWatched
        } else if serving > members / 2 {
            Self::Serves
        } else {
            Self::Lost
        }
    }
}

/// Both ends of the word on the ensemble, before the first look.
pub fn ensemble(members: usize) -> (watch::Sender<Ensemble>, watch::Receiver<Ensemble>) {
    watch::channel(if members == 0 {
        Ensemble::NotWatched
    } else {
        Ensemble::NotRead
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_members_is_no_majority() {
        let table = [
            ((0, 0), Ensemble::NotWatched),
            ((1, 1), Ensemble::Serves),
            ((1, 2), Ensemble::Lost),
            ((2, 3), Ensemble::Serves),
            ((1, 3), Ensemble::Lost),
            ((2, 4), Ensemble::Lost),
        ];
        for ((serving, members), word) in table {
            assert_eq!(Ensemble::of(serving, members), word, "{serving} of {members}");
        }
    }
}
