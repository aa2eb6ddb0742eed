//! langxanh: the spatial service with which a city reviews its industrial clusters and craft villages.

pub mod geom;

pub mod text;

pub mod domain;

pub mod query;

pub mod compliance;

pub mod store;

pub mod publish;

pub mod ogc;

pub mod api;

pub mod sample;

pub mod config;

pub mod telemetry;

pub mod cli;
