//! Media types, each once (IANA registry; OGC 17-069r4, clause 6).

pub const JSON: &str = "application/json";
pub const GEO_JSON: &str = "application/geo+json";
pub const SCHEMA_JSON: &str = "application/schema+json";
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Exactly this spelling: QGIS, GDAL and the conformance suites look for it.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
pub const HTML: &str = "text/html";
pub const MVT: &str = "application/vnd.mapbox-vector-tile";
pub const TILE_JSON: &str = "application/vnd.mapbox.tile+json";
pub const MAPBOX_STYLE: &str = "application/vnd.mapbox.style+json";
/// UTF-8 with a byte order mark and a header row.
pub const CSV: &str = "text/csv";
