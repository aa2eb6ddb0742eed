//! Collections and what can be asked of them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use serde_json::json;

use super::access::sign_in;
use super::common::{DOCUMENT, document};
use super::negotiate::Offer;
use super::{App, Ask, Segments, html};
use crate::domain::{Collection, DataType};
use crate::ogc::link::{Link, representations};
use crate::ogc::media_type::{HTML, JSON, SCHEMA_JSON};
use crate::ogc::problem::Problem;
use crate::ogc::{collection, schema as schemas};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;

const SCHEMA: [Offer; 3] = [("json", SCHEMA_JSON), ("schema", SCHEMA_JSON), ("html", HTML)];

/// The collection that a path names.
pub fn find<'a>(snapshot: &'a Snapshot, id: &str) -> Result<&'a PublishedCollection, Problem> {
    let missing = || match snapshot.keeps_back(id) {
        true => sign_in(),
        false => Problem::NotFound(format!(
            "không có tập dữ liệu '{id}': xem danh sách ở /collections / there is no collection '{id}': /collections lists those that are there"
        )),
    };
    snapshot.collection(id).ok_or_else(missing)
}

/// One collection, with what of it is kept back.
fn described(ask: &Ask, published: &PublishedCollection, links: Vec<Link>) -> serde_json::Value {
    let mut document = collection::document(&ask.base, published, links);
    if ask.snapshot.keeps_drafts_of(&published.declaration) {
        document["langxanh"]["keepsDrafts"] = true.into();
    }
    document
}

pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    ask.params().only(&["f"])?;
    let all = |_, links| {
        let each = ask.snapshot.collections.iter().map(|published| {
            let url = format!("{}/collections/{}", ask.base, published.declaration.id);
            let mut document = described(&ask, published, representations(&url, JSON, &DOCUMENT));
            collection::refer_to_common_crs(&mut document, &published.declaration);
            document
        });
        let collections: Vec<_> = each.collect();
        json!({"links": links, "collections": collections, "crs": collection::common_crs()})
    };
    document(&app, &ask, &DOCUMENT, all, || html::collections(&ask.base, &ask.snapshot)).await
}

pub async fn one(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let published = find(&ask.snapshot, &id)?;
    ask.params().only(&["f"])?;
    let described = |_, links| described(&ask, published, links);
    document(&app, &ask, &DOCUMENT, described, || html::collection(&ask.base, published)).await
}

type Describe = fn(&str, &Collection) -> serde_json::Value;

async fn describe(app: &App, id: &str, ask: &Ask, what: Describe) -> Result<Response<Body>, Problem> {
    let published = find(&ask.snapshot, id)?;
    ask.params().only(&["f"])?;
    let url = format!("{}{}", ask.base, ask.path.trim_end_matches('/'));
    let described = |_, _| what(&url, &published.declaration);
    document(app, ask, &SCHEMA, described, || html::collection(&ask.base, published)).await
}

pub async fn queryables(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    describe(&app, &id, &ask, schemas::queryables).await
}

pub async fn schema(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    describe(&app, &id, &ask, schemas::schema).await
}

/// What the database can sort by: it knows no Vietnamese order of texts.
fn sortables_of_database(url: &str, declared: &Collection) -> serde_json::Value {
    let mut declared = declared.clone();
    declared.fields.retain(|field| field.data_type != DataType::Text);
    schemas::sortables(url, &declared)
}

pub async fn sortables(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let in_database = find(&ask.snapshot, &id)?.remote.is_some();
    describe(&app, &id, &ask, if in_database { sortables_of_database } else { schemas::sortables }).await
}
