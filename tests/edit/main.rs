//! Writing features (OGC API - Features, Part 4), asked of the built binary: what it takes, what it refuses, and that nothing
//! acknowledged is ever lost.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/postgres.rs"]
mod postgres;

mod batch;
mod crash;
mod locks;
mod places;
mod service;
mod single;
