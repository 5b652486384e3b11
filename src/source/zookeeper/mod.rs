//! zookeeper.
