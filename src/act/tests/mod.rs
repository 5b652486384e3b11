//! The whole gate on a simulated cluster, in simulated time, without a port or a container.

mod crash;
mod engine;
mod fake;
mod gates;
mod kit;
mod marks;
mod nodes;
mod rolls;
mod starts;
