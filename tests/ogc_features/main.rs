//! Conformance to OGC API - Features Part 1 (OGC 17-069r4), Part 2 (systems), Part 3 with CQL2, Part 5 (schemas) and Common
//! Parts 1 and 2: every class
//! that `/conformance` declares, asked of the built binary. Comments name the requirements, of 17-069r4 unless they say otherwise.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod choosing;
mod cql2;
mod crs;
mod documents;
mod exact;
mod filters;
mod formats;
mod http;
mod items;
mod links;
mod pages;
mod posted;
mod search;
