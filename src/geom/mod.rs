//! Geometry: reference systems, envelopes, binary and GeoJSON encodings.
//!
//! One rule holds everywhere inside the program: **x is easting or longitude, y is northing or latitude**.
//! Authority axis order (EPSG:4326 and EPSG:4756 are latitude first) is a matter of the wire and is decided in
//! [`crs::Crs::is_latitude_first`] alone. Nothing here measures: lengths and areas need a metric CRS.

pub mod crs;
pub mod curve;
pub mod envelope;
pub mod geojson;
pub mod lattice;
pub mod patches;
pub mod project;
pub mod reproject;
pub mod shape;
pub mod validity;
pub mod wkb;

pub use crs::Crs;
pub use envelope::Envelope;
pub use shape::{GeometryKind, Shape};
