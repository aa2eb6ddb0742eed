//! Media types, each once (IANA registry; OGC 17-069r4, clause 6).

pub const JSON: &str = "application/json";
pub const GEO_JSON: &str = "application/geo+json";
/// OGC 21-045r1, clause on media types.
pub const JSON_FG: &str = "application/vnd.ogc.fg+json";
pub const SCHEMA_JSON: &str = "application/schema+json";
pub const PROBLEM_JSON: &str = "application/problem+json";
/// RFC 7396.
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// Exactly this spelling: QGIS, GDAL and the conformance suites look for it.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
pub const HTML: &str = "text/html";
/// One feature on each line.
pub const NDJSON: &str = "application/x-ndjson";
/// RFC 8142: as [`NDJSON`], each line after a record separator.
pub const GEO_JSON_SEQ: &str = "application/geo+json-seq";
/// Parameters in the body of a request.
pub const FORM: &str = "application/x-www-form-urlencoded";
pub const MVT: &str = "application/vnd.mapbox-vector-tile";
pub const TILE_JSON: &str = "application/vnd.mapbox.tile+json";
pub const MAPBOX_STYLE: &str = "application/vnd.mapbox.style+json";
/// Registered nowhere yet.
pub const PMTILES: &str = "application/vnd.pmtiles";
/// UTF-8 with a byte order mark and a header row.
pub const CSV: &str = "text/csv";
pub const GEOPACKAGE: &str = "application/geopackage+sqlite3";
pub const FLATGEOBUF: &str = "application/flatgeobuf";
/// A drawing as AutoCAD and others exchange it (registered with IANA).
pub const DXF: &str = "image/vnd.dxf";
/// A file of any kind.
pub const OCTETS: &str = "application/octet-stream";
pub const PDF: &str = "application/pdf";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// A QGIS project, packed; registered nowhere.
pub const QGIS_PROJECT: &str = "application/x-qgis-project";
/// A style of QGIS; registered nowhere.
pub const QML: &str = "application/x-qgis-layer-settings";
/// OGC 05-078r4.
pub const SLD: &str = "application/vnd.ogc.sld+xml;version=1.1";
/// RFC 4287.
pub const ATOM: &str = "application/atom+xml";
