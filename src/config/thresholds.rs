//! Numbers above which a value is marked. None of them changes the health of a cluster.

use std::time::Duration;

use super::origin::Sourced;

/// The thresholds that one table of the config file sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenThresholds {
    /// See [`Thresholds::group_lag_warn`].
    pub group_lag_warn: Option<Sourced<u64>>,
    /// See [`Thresholds::group_lag_age_warn`].
    pub group_lag_age_warn: Option<Sourced<Duration>>,
    /// See [`Thresholds::disk_used_warn`].
    pub disk_used_warn: Option<Sourced<u8>>,
}

/// The thresholds in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Records: a group that lags by more is marked.
    pub group_lag_warn: Sourced<u64>,
    /// Time: a group that is behind by more is marked.
    pub group_lag_age_warn: Sourced<Duration>,
    /// Percent from 1 to 100: a broker with a fuller disk is marked.
    pub disk_used_warn: Sourced<u8>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            group_lag_warn: Sourced::default_value(10_000),
            group_lag_age_warn: Sourced::default_value(Duration::from_secs(300)),
            disk_used_warn: Sourced::default_value(85),
        }
    }
}

impl Thresholds {
    /// These thresholds with those of a later layer laid over them.
    #[must_use]
    pub fn overlaid(self, given: &GivenThresholds) -> Self {
        Self {
            group_lag_warn: given.group_lag_warn.clone().unwrap_or(self.group_lag_warn),
            group_lag_age_warn: given
                .group_lag_age_warn
                .clone()
                .unwrap_or(self.group_lag_age_warn),
            disk_used_warn: given.disk_used_warn.clone().unwrap_or(self.disk_used_warn),
        }
    }
}
