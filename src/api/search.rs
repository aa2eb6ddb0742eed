//! `/search`: names across all collections.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use serde_json::{Value, json};

use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, html, params};
use crate::geom::Envelope;
use crate::ogc::link::{link, representations};
use crate::ogc::media_type::{GEO_JSON, HTML};
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::search::Hit;

const FOUND: [Offer; 3] = [("json", GEO_JSON), ("geojson", GEO_JSON), ("html", HTML)];

/// For links: each media type once.
const LINKED: [Offer; 2] = [("json", GEO_JSON), ("html", HTML)];

/// A hit as a feature: a point to go to, the box to look at, and where the feature itself is.
fn feature(base: &str, hit: &Hit<'_>) -> Value {
    let declared = &hit.collection.declaration;
    let id = hit.collection.id(hit.row);
    let extent = hit.collection.geometry(hit.row).and_then(Envelope::of);
    let item = format!("{base}/collections/{}/items/{id}", declared.id);
    let middle = extent.map(|e| {
        let nine_digits = |n: f64| (n * 1e9).round() / 1e9;
        [nine_digits((e.min_x + e.max_x) / 2.0), nine_digits((e.min_y + e.max_y) / 2.0)]
    });
    let mut feature = json!({
        "type": "Feature",
        // Ids of two collections may be alike.
        "id": format!("{}/{id}", declared.id),
        "geometry": middle.map(|middle| json!({"type": "Point", "coordinates": middle})),
        "properties": {
            "collection": declared.id,
            "collection_title": {"vi": declared.title.vi, "en": declared.title.en},
            "id": id,
            "name": hit.name,
            "distance": hit.distance,
            "as_typed": hit.is_as_typed,
        },
        "links": [link(item, "item", GEO_JSON, "Đối tượng / Feature")],
    });
    if let Some(extent) = extent {
        feature["bbox"] = json!(extent.to_array());
    }
    feature
}

/// What was found, ready to be sent.
struct Found {
    features: Vec<Value>,
    rows: Vec<html::Hit>,
    matched: usize,
}

fn find(snapshot: &Snapshot, base: &str, search: &params::Search) -> Found {
    let (hits, matched) = snapshot.search(&search.typed, &search.words, search.limit);
    Found {
        features: hits.iter().map(|hit| feature(base, hit)).collect(),
        rows: hits.iter().map(|hit| html::Hit::new(base, hit)).collect(),
        matched,
    }
}

/// Features whose names have the words of `q`, best first.
pub async fn search(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let search = params::search(&params)?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &FOUND)?;
    let typed = search.typed.clone();
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let found = app.apart(move || find(&snapshot, &base, &search)).await?;
    let reply = if media_type == HTML {
        html::search(&ask.base, &typed, found.rows, found.matched).reply()
    } else {
        let mut document = json!({
            "type": "FeatureCollection",
            "numberMatched": found.matched,
            "numberReturned": found.features.len(),
            "features": found.features,
            "links": representations(&ask.url(), GEO_JSON, &LINKED),
        });
        let unsearched: Vec<&str> = ask.snapshot.unsearched().collect();
        if !unsearched.is_empty() {
            document["langxanh:notSearched"] = json!(unsearched);
        }
        Reply::json(GEO_JSON, &document)
    };
    Ok(send(&app, &ask.headers, reply).await)
}
