//! Conformance to OGC API - Tiles Part 1 (OGC 20-057): every class that `/conformance` declares, asked of the built binary.
//! Tiles are read by a decoder that is not ours. Comments name the requirements of 20-057.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod changes;
mod documents;
mod exact;
mod http;
mod tiles;
