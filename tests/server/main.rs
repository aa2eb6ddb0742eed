//! The built program as its keeper meets it: start, stop, stores of others' making, changes under way, bad clients.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod basemap;
mod busy;
mod changes;
mod foreign;
mod malformed;
mod past;
mod start;
mod stop;
