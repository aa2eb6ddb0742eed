//! Writing features (OGC API - Features, Part 4): one at a time, or several as one batch, all of it or none.
//!
//! Handlers read what is sent; [`write`] judges it and writes it on the one thread that does. What was written is served by the
//! next request.

mod conditions;
pub mod proposed;
mod sent;
mod write;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ALLOW, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_64;

use super::collections::find;
use super::items::content_crs;
use super::reply::{validator, value};
use super::visitor::{Action, Permit, Visitor};
use super::{App, Ask, Segments, preflight, remote};
use crate::domain::FeatureId;
use crate::geom::Crs;
use crate::ogc::media_type::{GEO_JSON, JSON};
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::publish::registrar::Closed;
use crate::publish::version::RowVersion;
use crate::store::{Edited, Operation, Origin};
use sent::{Batch, Verb};
pub use sent::{checked, message};
pub use write::failed;
use write::{Clerk, Order, Refused};

/// What may be done with every collection and feature.
const READING: &str = "GET, HEAD, OPTIONS";

/// What may be done with the features of a collection by a visitor.
fn allow_items(app: &App, visitor: &Visitor, collection: &PublishedCollection) -> String {
    let declared = &collection.declaration;
    let may_create = declared.is_editable() && app.may_propose(visitor, Action::Create, declared, None, None).is_ok();
    if may_create { format!("{READING}, POST") } else { READING.to_owned() }
}

/// What may be done with a feature by a visitor.
fn allow_item(app: &App, visitor: &Visitor, collection: &PublishedCollection, id: &str) -> String {
    let declared = &collection.declaration;
    let row = FeatureId::parse(id).ok().and_then(|id| collection.find(&id)).and_then(|row| collection.row(row));
    let may = |action| declared.is_editable() && app.may_propose(visitor, action, declared, row.as_ref(), None).is_ok();
    let mut allow = READING.to_owned();
    if may(Action::Update) {
        allow.push_str(", PUT, PATCH");
    }
    if may(Action::Delete) {
        allow.push_str(", DELETE");
    }
    allow
}

fn with_allow(mut response: Response<Body>, allow: &str) -> Response<Body> {
    response.headers_mut().insert(ALLOW, value(allow));
    response
}

/// QGIS reads from this what it may offer to edit.
pub async fn options_of_items(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    // A browser asks without credentials whether it may ask with them.
    if let Some(preflight) = preflight(&ask.headers, "GET, HEAD, OPTIONS, POST") {
        return Ok(preflight);
    }
    let collection = find(&ask.snapshot, &id)?;
    let mut response = with_allow(Response::new(Body::empty()), &allow_items(&app, &visitor, collection));
    // `Allow` is about this visitor. That features are taken at all is said to everybody: a page offers to sign in by it.
    if collection.declaration.is_editable() && app.registrar().is_ok() {
        response.headers_mut().insert(HeaderName::from_static("accept-post"), HeaderValue::from_static(GEO_JSON));
    }
    Ok(response)
}

/// As [`options_of_items`]. For a feature that is not there it answers as for others: QGIS asks so of empty collections.
pub async fn options_of_item(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    if let Some(preflight) = preflight(&ask.headers, "GET, HEAD, OPTIONS, PUT, PATCH, DELETE") {
        return Ok(preflight);
    }
    let allow = allow_item(&app, &visitor, find(&ask.snapshot, &id)?, &feature);
    Ok(with_allow(Response::new(Body::empty()), &allow))
}

/// Any other method.
pub async fn refuse_of_items(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let allow = allow_items(&app, &visitor, find(&ask.snapshot, &id)?);
    Ok(with_allow(Problem::MethodNotAllowed.into_response(), &allow))
}

pub async fn refuse_of_item(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let allow = allow_item(&app, &visitor, find(&ask.snapshot, &id)?, &feature);
    Ok(with_allow(Problem::MethodNotAllowed.into_response(), &allow))
}

pub async fn create(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    single(&app, visitor, &ask, (&id, None), Verb::Create, body).await
}

pub async fn replace(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    single(&app, visitor, &ask, (&id, Some(&feature)), Verb::Replace, body).await
}

pub async fn update(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    single(&app, visitor, &ask, (&id, Some(&feature)), Verb::Update, body).await
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    single(&app, visitor, &ask, (&id, Some(&feature)), Verb::Delete, body).await
}

/// Writes one feature.
async fn single(
    app: &Arc<App>,
    visitor: Visitor,
    ask: &Ask,
    (id, feature): (&str, Option<&str>),
    verb: Verb,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let collection = find(&ask.snapshot, id)?;
    let declared = &collection.declaration;
    if !declared.is_editable() {
        let allow = match feature {
            Some(feature) => allow_item(app, &visitor, collection, feature),
            None => allow_items(app, &visitor, collection),
        };
        return Ok(with_allow(Problem::MethodNotAllowed.into_response(), &allow));
    }
    let missing = || {
        Problem::NotFound(format!(
            "'{id}' không có đối tượng '{0}' / collection '{id}' has no feature '{0}'",
            feature.unwrap_or_default()
        ))
    };
    let feature = feature.map(FeatureId::parse).transpose().map_err(|_| missing())?;
    // Before a long body is read; the row itself is judged when it is written.
    let row = feature.as_ref().and_then(|id| collection.find(id)).and_then(|row| collection.row(row));
    let permit = app.may_propose(&visitor, verb.action(), declared, row.as_ref(), None)?;
    ask.params().only(&[])?;
    if permit == Permit::Propose {
        let batch = sent::batch_of_one(app, ask, id, feature, verb, body).await?;
        return proposed::propose(app, visitor, ask, batch, sent::message(&ask.headers)?, "/edits/0/feature").await;
    }
    let origin = Origin {
        who: visitor.name.clone(),
        what: format!("{} {}", verb.name(), declared.id),
        why: sent::message(&ask.headers)?,
    };
    let order = sent::single(app, ask, collection, feature, verb, body).await?;
    let (edited, _) = carry_out(app, visitor, &ask.snapshot, vec![order], origin, false).await?;
    let Some(edited) = edited.into_iter().next() else { return Err(Problem::Internal) };
    Ok(answer(app, ask, id, &edited))
}

/// The answer to whoever wrote one feature.
fn answer(app: &App, ask: &Ask, collection: &str, edited: &Edited) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let is_new = edited.operation == Some(Operation::Insert);
    *response.status_mut() = if is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    let snapshot = app.snapshot();
    let now = snapshot.collection(collection).and_then(|published| state(published, edited));
    let headers = response.headers_mut();
    if is_new {
        let url = format!("{}/collections/{collection}/items/{}", ask.base, edited.id);
        headers.insert(LOCATION, value(&url));
    }
    let Some((etag, feature)) = now else { return response };
    headers.insert(ETAG, value(&etag));
    if sent::wants_representation(&ask.headers) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(GEO_JSON));
        headers.extend([content_crs(&Crs::Crs84)]);
        headers.insert(HeaderName::from_static("preference-applied"), value("return=representation"));
        if !is_new {
            *response.status_mut() = StatusCode::OK;
        }
        *response.body_mut() = Body::from(feature);
    }
    response
}

/// A row that was written, as it is served: its validator and its feature. The version is that of what was written here, also
/// where somebody else has changed the row since: so the next edit of this client is told so.
fn state(published: &PublishedCollection, edited: &Edited) -> Option<(String, Bytes)> {
    let row = edited.row.as_ref()?;
    let version = RowVersion::of(&published.declaration, row);
    let alone: PublishedCollection;
    let published = if published.remote.is_some() {
        alone = published.of_rows(vec![row.clone()]).ok()?;
        &alone
    } else {
        published
    };
    let feature = published.feature(published.find(&edited.id)?);
    Some((validator(version, xxh3_64(&feature), None), feature))
}

/// Several edits, all of them or none.
pub async fn batch(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let permit = may_edit_something(&app, &visitor, &ask.snapshot)?;
    ask.params().only(&[])?;
    let sent = sent::batch(&app, &ask, body).await?;
    if permit == Permit::Propose && sent["dry_run"] != true {
        return proposed::propose(&app, visitor, &ask, sent, sent::message(&ask.headers)?, "").await;
    }
    let Batch { message, dry_run, orders, faults } = sent::orders(&app, &ask, sent).await?;
    let origin = Origin {
        who: visitor.name.clone(),
        what: format!("{} edits", orders.len()),
        why: message.or(sent::message(&ask.headers)?),
    };
    let is_planned = dry_run || !faults.is_empty();
    let carried_out = carry_out(&app, visitor, &ask.snapshot, orders, origin, is_planned).await;
    if !faults.is_empty() {
        // With those of the edits that could be read at all.
        let more = match carried_out {
            Err(Problem::Unprocessable(more)) => more,
            _ => Vec::new(),
        };
        return Err(Problem::Unprocessable(faults.into_iter().chain(more).collect()));
    }
    let (edited, orders) = carried_out?;
    let snapshot = app.snapshot();
    let mut changes = serde_json::Map::new();
    let each = orders.iter().zip(&edited).map(|(order, edited)| {
        let collection = &order.collection.id;
        if let Some(change) = edited.change_id {
            changes.insert(collection.clone(), change.into());
        }
        let is_named = !dry_run || order.id.is_some();
        let now = snapshot.collection(collection).filter(|_| !dry_run).and_then(|now| state(now, edited));
        json!({
            "collection": collection,
            "id": is_named.then(|| edited.id.as_str()),
            "operation": edited.operation.map_or("none", |operation| match operation {
                Operation::Insert => "create",
                Operation::Update => "update",
                Operation::Delete => "delete",
            }),
            "etag": now.map(|(etag, _)| etag),
        })
    });
    let each: Vec<Json> = each.collect();
    let first = edited.iter().find_map(|edited| edited.change_id);
    let document = json!({"change": first, "changes": changes, "dry_run": dry_run, "edited": each});
    let mut response = Response::new(Body::from(crate::ogc::json::to_bytes(&document)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    Ok(response)
}

/// Refuses whoever may edit nothing at all, before a long body is read.
fn may_edit_something(app: &App, visitor: &Visitor, snapshot: &Snapshot) -> Result<Permit, Problem> {
    let mut refused = None;
    let editable = snapshot.collections.iter().map(|published| &published.declaration).filter(|of| of.is_editable());
    for declared in editable {
        for action in [Action::Create, Action::Update, Action::Delete] {
            match app.may_propose(visitor, action, declared, None, None) {
                Ok(permit) => return Ok(permit),
                Err(problem) => refused = Some(problem),
            }
        }
    }
    let nothing =
        || Problem::Forbidden("không có gì ở đây sửa được / nothing that is served here can be edited".to_owned());
    Err(refused.unwrap_or_else(nothing))
}

/// Carries orders out, or tells what they would do.
async fn carry_out(
    app: &Arc<App>,
    visitor: Visitor,
    snapshot: &Arc<Snapshot>,
    orders: Vec<Order>,
    origin: Origin,
    is_planned: bool,
) -> Result<(Vec<Edited>, Vec<Order>), Problem> {
    let registrar = app.registrar()?;
    let (clerks, snapshot) = (Arc::clone(app), Arc::clone(snapshot));
    let work = move |store: &dyn crate::store::Store| {
        let clerk = Clerk { app: &clerks, visitor: &visitor, snapshot: &snapshot, store };
        let done = if is_planned { clerk.planned(&orders) } else { clerk.written(&orders, &origin) };
        (done, orders)
    };
    let done = if is_planned { registrar.read(work).await } else { registrar.write(work).await };
    let (done, orders) = done.map_err(closed)?;
    match done {
        Ok(edited) => Ok((edited, orders)),
        Err(refused) => Err(with_current(app, &orders, refused).await),
    }
}

/// What the client is told where the registrar has not done all of its work.
pub fn closed(closed: Closed) -> Problem {
    match closed {
        Closed::Ended => Problem::Busy(closed.to_string()),
        Closed::Unpublished(_) => Problem::NotServed(closed.to_string()),
    }
}

/// The problem of an order; where somebody else was first, with what there is now.
async fn with_current(app: &App, orders: &[Order], refused: Refused) -> Problem {
    let Problem::PreconditionFailed { detail, .. } = refused.problem else { return refused.problem };
    let Some(order) = orders.get(refused.at) else { return Problem::Internal };
    let snapshot = app.snapshot();
    let published = order.id.as_ref().zip(snapshot.collection(&order.collection.id));
    let alone = match published {
        Some((id, published)) => remote::of_id(app, published, id).await,
        None => Ok(None),
    };
    let alone = match alone {
        Ok(alone) => alone,
        Err(problem) => return problem,
    };
    let now = published.and_then(|(id, published)| {
        let published = alone.as_ref().unwrap_or(published);
        let row = published.find(id)?;
        let feature = published.feature(row);
        let etag = validator(published.version(row)?, xxh3_64(&feature), None);
        Some((etag, serde_json::from_slice::<Json>(&feature).ok()?))
    });
    let (etag, current) = now.unzip();
    let (detail, current) = (format!("'{}': {detail}", order.name()), current.map(Box::new));
    Problem::PreconditionFailed { detail, etag, current }
}

/// Why something is done that has no body but for its message: in the body `{"message": "…"}`, or in the header.
///
/// # Errors
/// What is wrong with either.
pub async fn message_of(headers: &HeaderMap, body: Body) -> Result<Option<String>, Problem> {
    let told = sent::message(headers)?;
    Ok(proposed::said(headers, body, "message").await?.or(told))
}
