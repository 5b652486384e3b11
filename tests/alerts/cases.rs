//! For each rule for Prometheus, series under which it fires and series under which it is quiet.

/// One rule: series under which it fires, series under which it is quiet, and how much longer than its `for` the first of them
/// take, in seconds, since rates need some samples. Values are given each 30 s.
pub struct Case {
    pub rule: &'static str,
    pub fires: &'static [(&'static str, &'static str)],
    pub quiet: &'static [(&'static str, &'static str)],
    pub settle: u64,
}

const READ: (&str, &str) = ("kaftop_exporter_read", "1x80");

pub const CASES: &[Case] = &[
    Case {
        rule: "KafkaBrokerOffline",
        fires: &[(
            "kafka_broker_online{broker_id=\"1\",host=\"kafka-1\",port=\"9092\"}",
            "0x80",
        )],
        quiet: &[(
            "kafka_broker_online{broker_id=\"1\",host=\"kafka-1\",port=\"9092\"}",
            "1x80",
        )],
        settle: 30,
    },
    Case {
        rule: "KafkaClusterDegraded",
        fires: &[("kafka_cluster_brokers", "2x80")],
        quiet: &[("kafka_cluster_brokers", "3x80")],
        settle: 30,
    },
    Case {
        rule: "KafkaUnderReplicatedPartitions",
        fires: &[("kafka_under_replicated_partitions{topic=\"orders\"}", "4x80")],
        quiet: &[
            ("kafka_under_replicated_partitions{topic=\"orders\"}", "0x80"),
            ("kafka_under_replicated_partitions{topic=\"__total__\"}", "4x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaOfflinePartitions",
        fires: &[("kafka_offline_partitions{topic=\"orders\"}", "2x80")],
        quiet: &[
            ("kafka_offline_partitions{topic=\"orders\"}", "0x80"),
            ("kafka_offline_partitions{topic=\"__total__\"}", "2x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaISRShrinkRateHigh",
        fires: &[(
            "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}",
            "0+4x80",
        )],
        quiet: &[(
            "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}",
            "0+2x80",
        )],
        settle: 300,
    },
    Case {
        rule: "KaftopTopicIsrShrinks",
        fires: &[
            ("kaftop_topic_isr_shrinks_total{topic=\"orders\"}", "0+1x80"),
            (
                "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}",
                "0+1x80",
            ),
        ],
        // A broker that stops once takes each partition along once.
        quiet: &[
            ("kaftop_topic_isr_shrinks_total{topic=\"orders\"}", "0 20x80"),
            (
                "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}",
                "0 1x80",
            ),
        ],
        settle: 300,
    },
    Case {
        rule: "KaftopIsrShrinks",
        fires: &[
            ("kaftop_isr_shrinks_total", "0+1x80"),
            (
                "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}",
                "0+1x80",
            ),
        ],
        quiet: &[
            ("kaftop_isr_shrinks_total", "0 20 40 60x80"),
            (
                "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}",
                "0 1 2 3x80",
            ),
        ],
        settle: 300,
    },
    Case {
        rule: "KafkaBrokerLagging",
        fires: &[
            ("kaftop_broker_replicas{broker_id=\"1\"}", "54x80"),
            ("kaftop_broker_in_sync_replicas{broker_id=\"1\"}", "50x80"),
            ("kaftop_broker_state{broker_id=\"1\",state=\"up\"}", "1x80"),
        ],
        // It is not up, which another rule tells.
        quiet: &[
            ("kaftop_broker_replicas{broker_id=\"1\"}", "54x80"),
            ("kaftop_broker_in_sync_replicas{broker_id=\"1\"}", "0x80"),
            ("kaftop_broker_state{broker_id=\"1\",state=\"up\"}", "0x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaWritesRefused",
        fires: &[("kaftop_writes_refused_partitions", "6x80")],
        quiet: &[("kaftop_writes_refused_partitions", "0x80")],
        settle: 30,
    },
    Case {
        rule: "KafkaWritesStalled",
        fires: &[("kaftop_writes_stalled_partitions", "6x80")],
        quiet: &[("kaftop_writes_stalled_partitions", "0x80")],
        settle: 30,
    },
    Case {
        rule: "KafkaOneLossFromRefusingWrites",
        fires: &[("kaftop_at_min_isr_partitions", "11x80")],
        quiet: &[("kaftop_at_min_isr_partitions", "10x80")],
        settle: 30,
    },
    Case {
        rule: "KafkaClusterDown",
        fires: &[("kafka_cluster_brokers", "0x80")],
        quiet: &[("kafka_cluster_brokers", "1x80")],
        settle: 30,
    },
    Case {
        rule: "KafkaNoActiveController",
        fires: &[("kaftop_controller_active", "0x80"), READ],
        quiet: &[("kaftop_controller_active", "1x80"), READ],
        settle: 30,
    },
    Case {
        // Nobody tells, while the partitions are read.
        rule: "KafkaNoActiveController",
        fires: &[READ],
        quiet: &[("kaftop_exporter_read", "0x80")],
        settle: 30,
    },
    Case {
        rule: "KafkaQuorumMajorityLost",
        fires: &[("kaftop_council_state{state=\"majority_lost\"}", "1x80")],
        quiet: &[
            ("kaftop_council_state{state=\"majority_lost\"}", "0x80"),
            ("kaftop_council_state{state=\"minority_lost\"}", "1x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaQuorumOneLossLeft",
        fires: &[
            ("kaftop_council_voters", "3x80"),
            ("kaftop_council_voters_lost", "1x80"),
        ],
        quiet: &[
            ("kaftop_council_voters", "5x80"),
            ("kaftop_council_voters_lost", "1x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaQuorumMemberLost",
        fires: &[
            ("kaftop_council_voters", "5x80"),
            ("kaftop_council_voters_lost", "1x80"),
        ],
        quiet: &[
            ("kaftop_council_voters", "5x80"),
            ("kaftop_council_voters_lost", "0x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaBrokerCutOff",
        fires: &[("kaftop_broker_state{broker_id=\"1\",state=\"cut_off\"}", "1x80")],
        quiet: &[
            ("kaftop_broker_state{broker_id=\"1\",state=\"cut_off\"}", "0x80"),
            ("kaftop_broker_state{broker_id=\"1\",state=\"down\"}", "1x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaBrokerDiskFilling",
        fires: &[
            ("kaftop_broker_disk_usable_bytes{broker_id=\"1\"}", "14x80"),
            ("kaftop_broker_disk_size_bytes{broker_id=\"1\"}", "100x80"),
        ],
        quiet: &[
            ("kaftop_broker_disk_usable_bytes{broker_id=\"1\"}", "16x80"),
            ("kaftop_broker_disk_size_bytes{broker_id=\"1\"}", "100x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaBrokerDiskFull",
        fires: &[
            ("kaftop_broker_disk_usable_bytes{broker_id=\"1\"}", "4x80"),
            ("kaftop_broker_disk_size_bytes{broker_id=\"1\"}", "100x80"),
        ],
        quiet: &[
            ("kaftop_broker_disk_usable_bytes{broker_id=\"1\"}", "6x80"),
            ("kaftop_broker_disk_size_bytes{broker_id=\"1\"}", "100x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaLeaderImbalance",
        fires: &[
            ("kaftop_not_preferred_leader_partitions", "30x80"),
            ("kaftop_partitions", "100x80"),
            ("kafka_under_replicated_partitions{topic=\"__total__\"}", "0x80"),
        ],
        quiet: &[
            ("kaftop_not_preferred_leader_partitions", "30x80"),
            ("kaftop_partitions", "100x80"),
            ("kafka_under_replicated_partitions{topic=\"__total__\"}", "12x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaContainerRestarting",
        fires: &[(
            "kaftop_container_restarts_total{container=\"kafka-1\",node=\"broker 1\"}",
            "0+1x80",
        )],
        // One restart, and a count that its engine begins anew.
        quiet: &[(
            "kaftop_container_restarts_total{container=\"kafka-1\",node=\"broker 1\"}",
            "7 8 0x80",
        )],
        settle: 90,
    },
    Case {
        rule: "KafkaContainerOutOfMemory",
        fires: &[(
            "kaftop_container_out_of_memory{container=\"kafka-1\",node=\"broker 1\"}",
            "1x80",
        )],
        quiet: &[(
            "kaftop_container_out_of_memory{container=\"kafka-1\",node=\"broker 1\"}",
            "0x80",
        )],
        settle: 30,
    },
    Case {
        rule: "KafkaGroupStalled",
        fires: &[
            ("kaftop_group_lag_records{group=\"g\"}", "100+1x80"),
            ("kaftop_group_members{group=\"g\"}", "2x80"),
            (
                "kaftop_group_state{group=\"g\",type=\"classic\",state=\"Stable\"}",
                "1x80",
            ),
            ("kaftop_group_lag_seconds{group=\"g\"}", "90+30x80"),
            ("kaftop_group_lag_slope_records_per_second{group=\"g\"}", "1x80"),
        ],
        quiet: &[
            ("kaftop_group_lag_records{group=\"g\"}", "100+1x80"),
            ("kaftop_group_members{group=\"g\"}", "0x80"),
            (
                "kaftop_group_state{group=\"g\",type=\"classic\",state=\"Empty\"}",
                "1x80",
            ),
            ("kaftop_group_lag_seconds{group=\"g\"}", "90+30x80"),
            ("kaftop_group_lag_slope_records_per_second{group=\"g\"}", "1x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaGroupLagGrowing",
        fires: &[
            ("kaftop_group_lag_records{group=\"g\"}", "2000+90x80"),
            ("kaftop_group_members{group=\"g\"}", "2x80"),
        ],
        quiet: &[
            ("kaftop_group_lag_records{group=\"g\"}", "900000-90x80"),
            ("kaftop_group_members{group=\"g\"}", "2x80"),
        ],
        settle: 180,
    },
    Case {
        rule: "KafkaGroupAbandoned",
        fires: &[
            (
                "kaftop_group_state{group=\"g\",type=\"classic\",state=\"Empty\"}",
                "1x80",
            ),
            ("kaftop_group_lag_records{group=\"g\"}", "2000+90x80"),
        ],
        quiet: &[
            (
                "kaftop_group_state{group=\"g\",type=\"classic\",state=\"Stable\"}",
                "1x80",
            ),
            ("kaftop_group_lag_records{group=\"g\"}", "2000+90x80"),
        ],
        settle: 180,
    },
    Case {
        rule: "KafkaGroupLosesRecords",
        fires: &[
            ("kaftop_group_lost_records{group=\"g\"}", "5x80"),
            ("kaftop_group_members{group=\"g\"}", "2x80"),
        ],
        quiet: &[
            ("kaftop_group_lost_records{group=\"g\"}", "5x80"),
            ("kaftop_group_members{group=\"g\"}", "0x80"),
        ],
        settle: 30,
    },
    Case {
        rule: "KafkaGroupNearRetention",
        fires: &[
            (
                "kaftop_group_partition_lag_records{group=\"g\",topic=\"t\",partition=\"0\"}",
                "950x80",
            ),
            (
                "kaftop_group_partition_lag_records{group=\"h\",topic=\"t\",partition=\"0\"}",
                "5x80",
            ),
            (
                "kaftop_partition_end_offset{topic=\"t\",partition=\"0\"}",
                "6000x80",
            ),
            (
                "kaftop_partition_start_offset{topic=\"t\",partition=\"0\"}",
                "5000x80",
            ),
        ],
        // From that log nothing was deleted yet.
        quiet: &[
            (
                "kaftop_group_partition_lag_records{group=\"g\",topic=\"t\",partition=\"0\"}",
                "950x80",
            ),
            (
                "kaftop_partition_end_offset{topic=\"t\",partition=\"0\"}",
                "1000x80",
            ),
            (
                "kaftop_partition_start_offset{topic=\"t\",partition=\"0\"}",
                "0x80",
            ),
        ],
        settle: 30,
    },
    Case {
        rule: "KaftopBlind",
        fires: &[("kaftop_exporter_read", "0x80")],
        quiet: &[READ],
        settle: 30,
    },
    Case {
        rule: "KaftopSourceFailing",
        fires: &[("kaftop_source_up{source=\"broker:1\"}", "0x80")],
        quiet: &[("kaftop_source_up{source=\"broker:1\"}", "1x80")],
        settle: 30,
    },
];
