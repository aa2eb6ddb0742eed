//! Files of strangers over HTTP: hostile ones are refused with a reason, good ones become the rows that the command line makes, and
//! whatever a file does to the process that reads it, the service goes on.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "made for the tests of imports, of which this takes a part")]
#[path = "../import/fixtures.rs"]
mod fixtures;

#[allow(dead_code, reason = "made for the tests of drawings, of which this takes a part")]
#[path = "../plan_drawing/fixtures.rs"]
mod drawings;

mod bench;
// The worker's probe is part of debug builds alone.
#[cfg(debug_assertions)]
mod confinement;
mod crashes;
mod flow;
mod good;
mod hostile;
mod pictures;
mod plans;
mod wire;
