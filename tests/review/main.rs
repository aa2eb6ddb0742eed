//! Targets, duties, data quality, outcomes and effluent series over HTTP, and `langxanh assess`, asked of the built binary.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod assess;
mod dossier;
mod http;
mod plans;
mod report;
mod sites;
