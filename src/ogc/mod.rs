//! The nouns of OGC API as documents: landing page, conformance, collections, queryables, schema, tilesets, styles, OpenAPI.
//!
//! Documents are made from the declaration of the collections and a base URL; nothing here knows HTTP or the store.

pub mod access;
pub mod changes;
pub mod collection;
pub mod compliance;
pub mod conformance;
pub mod csv;
pub mod duties;
pub mod edits;
pub mod effluent;
pub mod feed;
pub mod functions;
pub mod history;
pub mod hotspots;
pub mod instances;
pub mod json;
pub mod landing_page;
pub mod link;
pub mod media_type;
pub mod openapi;
pub mod outcomes;
pub mod plans;
pub mod problem;
pub mod processes;
pub mod quality;
pub mod quarters;
pub mod report;
pub mod schema;
pub mod sites;
pub mod styles;
pub mod summary;
pub mod targets;
pub mod tiles;
pub mod uploads;

use crate::filter::Language;

/// Page size without `limit`.
pub const DEFAULT_LIMIT: usize = 100;

/// A larger `limit` is clamped to this (OGC 17-069r4, permission 5).
pub const MAX_LIMIT: usize = 10_000;

/// The parameter that asks for a day other than today; registers and all of compliance know it.
pub const AS_OF: &str = "as-of";

/// The parameter that chooses the year of the plan that targets are held against.
pub const PLAN_YEAR: &str = "plan-year";

/// The parameter that chooses the language of a page.
pub const LANG: &str = "lang";

/// The parameter that narrows lists to one site, such as `clusters/phung`.
pub const SITE: &str = "site";

/// The parameter that groups targets.
pub const BY: &str = "by";

/// Parameters of `items` that are not properties.
pub const ITEMS_PARAMETERS: [&str; 16] = [
    "f",
    "limit",
    "bbox",
    "bbox-crs",
    "datetime",
    "q",
    "sortby",
    "crs",
    "properties",
    "skipGeometry",
    "precision",
    "zoom-level",
    FILTER,
    FILTER_LANG,
    FILTER_CRS,
    "token",
];

/// Those of them that say how a feature looks, which a single one can be asked for too.
pub const FEATURE_PARAMETERS: [&str; 6] = ["f", "crs", "properties", "skipGeometry", "precision", "zoom-level"];

/// Those of them that only pages know.
pub const PAGE_PARAMETERS: [&str; 2] = ["limit", "token"];

/// The parameter that holds a filter.
pub const FILTER: &str = "filter";

/// The parameter that names the language of the filter.
pub const FILTER_LANG: &str = "filter-lang";

/// The parameter that names the reference system of coordinates in the filter.
pub const FILTER_CRS: &str = "filter-crs";

/// Languages of filters.
pub const FILTER_LANGUAGES: [(&str, Language); 2] = [("cql2-text", Language::Text), ("cql2-json", Language::Json)];
