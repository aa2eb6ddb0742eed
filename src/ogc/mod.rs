//! The nouns of OGC API as documents: landing page, conformance, collections, queryables, schema, tilesets, styles, OpenAPI.
//!
//! Documents are made from the declaration of the collections and a base URL; nothing here knows HTTP or the store.

pub mod collection;
pub mod compliance;
pub mod conformance;
pub mod csv;
pub mod duties;
pub mod effluent;
pub mod history;
pub mod json;
pub mod landing_page;
pub mod link;
pub mod media_type;
pub mod openapi;
pub mod outcomes;
pub mod problem;
pub mod quality;
pub mod schema;
pub mod styles;
pub mod summary;
pub mod targets;
pub mod tiles;

/// Page size without `limit`.
pub const DEFAULT_LIMIT: usize = 100;

/// A larger `limit` is clamped to this (OGC 17-069r4, permission 5).
pub const MAX_LIMIT: usize = 10_000;

/// The parameter that asks for a day other than today; registers and all of compliance know it.
pub const AS_OF: &str = "as-of";

/// The parameter that chooses the year of the plan that targets are held against.
pub const PLAN_YEAR: &str = "plan-year";

/// The parameter that groups targets.
pub const BY: &str = "by";

/// Parameters of `items` that are not properties.
pub const ITEMS_PARAMETERS: [&str; 5] = ["f", "limit", "bbox", "datetime", "token"];
