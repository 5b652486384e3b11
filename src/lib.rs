//! kaftop: a full-screen terminal monitor for Apache Kafka that tells the truth while brokers die.

pub mod app;
pub mod cli;
pub mod command;
pub mod config;
pub mod health;
pub mod model;
pub mod source;
pub mod store;
pub mod ui;
pub mod wire;
