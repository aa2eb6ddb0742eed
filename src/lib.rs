//! langxanh: the spatial service with which a city reviews its industrial clusters and craft villages.

pub mod api;
pub mod cli;
pub mod compliance;
pub mod config;
pub mod domain;
pub mod geom;
pub mod ogc;
pub mod publish;
pub mod query;
pub mod sample;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod transfer;
