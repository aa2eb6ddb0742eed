//! Hotspots as the built program gives them: the standing run, runs of one's own, why a place is hot, OGC API - Processes
//! Part 1 (18-062r2), and the command.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod command;
mod http;
mod processes;
mod standing;
