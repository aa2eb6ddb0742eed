//! langxanh: the spatial service with which a city reviews its industrial clusters and craft villages.

pub mod geom;

pub mod text;

pub mod domain;

pub mod store;

pub mod transfer;
