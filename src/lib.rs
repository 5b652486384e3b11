//! kaftop: a full-screen terminal monitor for Apache Kafka that **tells the truth while brokers die**.
//!
//! This page is the architecture of the crate.
//!
//! # In one paragraph
//!
//! Facts flow one way. **Sources** read stamped facts from brokers, ZooKeepers and the engine that runs their containers;
//! one **pipeline** folds them into an immutable [snapshot](model::snapshot::Snapshot); pure functions derive
//! [health](health::Health) from it; every sink (the screen, `check`, `snapshot`) shows the same
//! [bulletin](health::Bulletin). Nothing that kaftop sends changes the cluster it looks at.
//!
//! ```text
//! a task per broker    \                                      +-> watch<Bulletin> -> ui      (latest wins)
//! a task per ZooKeeper --> bounded queue -> app::pipeline ----+
//! the container engine /    Observation     store.apply       +-> cli: snapshot, check       (one bulletin)
//!                                           store.publish -> Snapshot
//!                                           health::derive -> Health
//!                                           alert.step -> Alerts, Transitions
//! ```
//!
//! The same flow without a screen, for whoever wants every bulletin, is [`app::observe`]: so the fault tours record what real
//! clusters go through (`tests/recordings/README.md`).
//!
//! Against that flow goes only what a key asks for: a [question](model::question::Question) from `ui` through a bounded
//! queue to `app::effects`, which reads from the brokers for it and gives the screen the answer.
//!
//! `kaftop demo` watches a [simulated cluster](sim::Simulation) on a thread of its own, through its ports, as any other. Past
//! them goes only the [story](model::story::Story): from `app::demo` to the screen, which knows of no simulation.
//!
//! # Floors
//!
//! A module imports only from lower floors; neighbours do not import each other, except that `source` speaks
//! through `wire` and `engine`, `command` reads its files with the reader of `config`, `gate` judges by `health`, and `alert` speaks
//! through `health` and `config`. `tests/floors.rs` reads the imports and fails on a breach, also of the walls behind which
//! third-party crates stay (kafka-protocol in `wire`, ratatui and crossterm in `ui`, and so on).
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 0 words | [`model`] | one noun per file; no I/O, no clock, no runtime |
//! | 1 thought | [`store`] | the single writer's state: observations in, snapshots out; time is an argument |
//! | | [`health`] | what the facts mean: classes, causes, the verdict, who may be stopped |
//! | | [`alert`] | which facts are worth telling a person: rules, and what became of them; speaks through `health` and `config` |
//! | | [`gate`] | what an act would come to, whether it may be done, how it is confirmed |
//! | | [`command`] | the catalogue of commands, each written once; chords and keymaps |
//! | | [`config`] | layers of settings, each value with its origin; client properties; secrets |
//! | 2 edges | [`wire`] | the Kafka client: connections, deadlines, hostile bytes; knows no cluster |
//! | | [`engine`] | the container engine's client: Docker and Podman; knows no cluster |
//! | | [`source`] | who is asked what and how often: the eye, and ZooKeeper's four-letter words |
//! | | [`sim`] | a simulated cluster: the demo, tests without Docker, the largest sizes |
//! | | [`sink`] | where bulletins go besides the screen: metrics for Prometheus |
//! | | [`ui`] | the screen: views are functions of a bulletin, a state and a size |
//! | 3 wiring | [`app`] | queues, pipeline, threads, signals |
//! | 4 door | [`cli`] | arguments, one file per subcommand, what is printed, exit codes |
//!
//! # Invariants
//!
//! - **A failed read is a value.** It is a [`Reading`](model::reading::Reading) that keeps the last good value and
//!   its age; never zero, never empty, never gone. Held by the tests of `model::reading` and `store`.
//! - **One broker's silence costs only its own rows.** Each broker has its own task, connections, deadline and
//!   backoff. Held by the fault tours `tests/outside/tour_kraft.rs` and `tests/outside/tour_zookeeper.rs` on real clusters.
//! - **Metadata alone is never green.** Healthy needs that every listed broker answers, that a quorum majority
//!   answers (in ZooKeeper mode the ensemble, where it is watched), and that the views agree. Held by the tests of
//!   `health` (`two_of_three_kraft_nodes_killed_leave_a_green_survivor_that_is_not_believed`) and by the tours.
//! - **A leader epoch never goes backwards**, and a lie is not counted back and forth. Held by the tests of `store`.
//! - **No number mixes reads.** A lag is computed from an end that was asked for after the commit was read, and a sum
//!   says whether it is complete. Held by the tests of `store`.
//! - **A gap stays a gap.** A sample of the [history](model::history) that was not read is neither zero nor what stands
//!   beside it, and no rate reaches across one. Held by the tests of `store` (`what_a_silent_leader_does_not_tell_is_a_gap_in_each_sum_and_nowhere_else`).
//! - **Nothing that was so before kaftop looked is an [event](model::event)**, and late or repeated facts make none. One
//!   cause is one line, which loses nothing that it folds. Held by the tests of `store::chronicle`.
//! - **Nothing that came over a network or from a file is trusted.** The decoder bounds every length
//!   ([`wire::guard`]), names are printable or escaped ([`model::text`]). Held by property tests.
//! - **The screen waits for no source**, and the eye for no terminal: they have a thread each, and meet in a watch
//!   channel where the latest wins.
//! - **Nobody is asked more than a bounded number of times.** What is asked of whom and how often, and how its cost grows
//!   with brokers, partitions, groups and history, stands in [`source::kafka`]. Held by the tests of its plan and pace.
//! - There is no unbounded queue, no await without a deadline, no `unsafe`, and no task whose death goes unnoticed.
//!
//! # Where this differs from the obvious
//!
//! - A broker has **two connections**: Kafka answers one connection's requests in order, and a request that the broker
//!   forwards to a controller hangs while there is none; on one connection it would hold up everything else.
//! - Only **flexible versions** (KIP-482) of every request are spoken: there every length is a varint, which lets one
//!   small guard bound them all before anything is allocated.
//! - On ZooKeeper **topics' settings are asked for only while the ensemble is seen to serve** (`--zookeeper`): a broker
//!   reads them from ZooKeeper on the thread that serves the request, and without an ensemble that thread waits for
//!   ever. A handful of such questions takes a broker out of service ([`source::council`]). Without them the broker's
//!   own default of `min.insync.replicas` stands for the topics', and kaftop says so.
//! - A broker that does not answer **us** may still replicate. A high watermark that moves past it on a partition whose
//!   ISR names it proves that it does, and the verdict then speaks of the network from here.

pub mod alert;
pub mod app;
pub mod cli;
pub mod command;
pub mod config;
pub mod engine;
pub mod gate;
pub mod health;
pub mod model;
pub mod sim;
pub mod sink;
pub mod source;
pub mod store;
pub mod ui;
pub mod wire;
