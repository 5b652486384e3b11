//! The arguments of `kaftop export`.

use clap::Args;

use crate::sink::exporter::PARTITION_SERIES;

/// The arguments of `export`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Export")]
pub struct ExportArgs {
    /// Time between two pages of values and two looks at what is worth a line of the log, from 1s to 1h;
    /// without it `KAFKA_HEALTH_CHECK_INTERVAL`, else 30s. The cluster is read more often, see --refresh.
    #[arg(long, value_name = "DURATION")]
    pub interval: Option<String>,

    /// Write series of the topics whose whole name matches, and of no others. Sums count all topics.
    #[arg(long, value_name = "REGEX")]
    pub topics: Option<String>,

    /// Write no series of topics whose whole name matches.
    #[arg(long, value_name = "REGEX")]
    pub not_topics: Option<String>,

    /// Write series of the groups whose whole name matches, and of no others.
    #[arg(long, value_name = "REGEX")]
    pub groups: Option<String>,

    /// Write no series of groups whose whole name matches.
    #[arg(long, value_name = "REGEX")]
    pub not_groups: Option<String>,

    /// Most series of each metric with a label "partition"; what is left out is counted in
    /// `kaftop_exporter_series_left_out`.
    #[arg(long, value_name = "NUMBER", default_value_t = PARTITION_SERIES)]
    #[arg(
        help = "Most series of each metric with a label \"partition\"; kaftop_exporter_series_left_out counts the rest"
    )]
    pub partition_series: usize,
}

impl Default for ExportArgs {
    fn default() -> Self {
        Self {
            interval: None,
            topics: None,
            not_topics: None,
            groups: None,
            not_groups: None,
            partition_series: PARTITION_SERIES,
        }
    }
}
