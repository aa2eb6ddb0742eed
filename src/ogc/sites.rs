//! What lies around a site, as a document.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::compliance::site_name;
use super::link::Link;
use super::openapi::{operation, reference, response};
use super::{AS_OF, media_type::HTML, media_type::JSON};
use crate::compliance::duties::SiteName;
use crate::publish::neighbours::{MAX_METRES, Neighbour, Neighbours};

/// The parameter that says how far around a site is looked, in metres.
pub const DISTANCE: &str = "distance";

/// Rows that are told at the most, the nearest.
const MOST: usize = 500;

/// Metres to the decimetre: more says nothing of places on record.
fn metres(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn neighbour(base: &str, near: &Neighbour) -> Value {
    json!({
        "collection": near.collection,
        "id": near.id,
        "name": near.name,
        "compliance_status": near.status,
        "distance_m": metres(near.distance_m),
        "uncertainty_m": metres(near.uncertainty_m),
        "within": if near.is_certain { "yes" } else { "perhaps" },
        "is_demo": near.is_demo,
        "href": format!("{base}/collections/{}/items/{}", near.collection, near.id),
    })
}

/// The neighbours of a site within so many metres; those of collections that are `kept` from who asks are not among them.
pub fn neighbours(
    base: &str,
    site: &SiteName,
    day: NaiveDate,
    asked: f64,
    found: &Neighbours,
    kept: &[&str],
    links: Vec<Link>,
) -> Value {
    json!({
        "site": site_name(site),
        "as_of": day,
        "distance_m": asked,
        "measured_in": "EPSG:5897",
        "has_place": found.has_place,
        "uncertainty_m": metres(found.uncertainty_m),
        "numberMatched": found.all.len(),
        "neighbours": found.all.iter().take(MOST).map(|near| neighbour(base, near)).collect::<Vec<_>>(),
        "kept": kept,
        "links": links,
    })
}

/// The paths of sites in the API definition.
pub fn paths() -> Vec<(&'static str, Value)> {
    let of_site = || ["collectionId", "featureId", "f", AS_OF].map(|name| reference("parameters", name)).to_vec();
    let distance = json!({
        "name": DISTANCE, "in": "query", "required": false,
        "description": "Khoảng cách, mét. / Distance in metres.",
        "schema": {"type": "number", "minimum": 0, "maximum": MAX_METRES, "default": 2000},
    });
    let page = "Hồ sơ một địa điểm, để in / Everything about a site on one page, to be printed";
    let near = "Các địa điểm lân cận trong một khoảng cách / What lies around a site";
    vec![
        (
            "/sites/{collectionId}/{featureId}",
            operation("getSitePage", page, "Compliance", of_site(), response(page, &[(HTML, None)])),
        ),
        (
            "/sites/{collectionId}/{featureId}/neighbours",
            operation(
                "getNeighbours",
                near,
                "Compliance",
                of_site().into_iter().chain([distance]).collect(),
                response(near, &[(JSON, Some("Object"))]),
            ),
        ),
    ]
}
