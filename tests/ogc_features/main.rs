//! Conformance to OGC API - Features Part 1 (OGC 17-069r4), Common Parts 1 and 2, Part 3 and CQL2: every class
//! that `/conformance` declares, asked of the built binary. Comments name the requirements, of 17-069r4 unless they say otherwise.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod cql2;
mod documents;
mod filters;
mod http;
mod items;
mod links;
mod pages;
