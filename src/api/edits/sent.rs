//! Requests that write, read into orders.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use serde_json::{Map, Value as Json};

use super::conditions::{Conditions, States};
use super::write::{Order, What};
use crate::api::visitor::Action;
use crate::api::{App, Ask, posted};
use crate::domain::FeatureId;
use crate::edit::reorders;
use crate::edit::{Form, Sent};
use crate::geom::Crs;
use crate::ogc::media_type::{GEO_JSON, JSON, MERGE_PATCH};
use crate::ogc::problem::{ContentFault, Problem};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::text::both;

/// Bytes of one feature.
const MAX_FEATURE: usize = 4 << 20;

/// Bytes of a batch, and how many edits it has.
const MAX_BATCH: usize = 16 << 20;
const MAX_EDITS: usize = 1000;

/// Longer bodies are read beside the async runtime.
const LONG: usize = 32 << 10;

/// Bytes that an edit is taken to have where they are not counted.
const EDIT: usize = 1 << 10;

/// Characters of a message.
const MAX_MESSAGE: usize = 1000;

const FEATURE_TYPES: [&str; 2] = [GEO_JSON, JSON];
const PATCH_TYPES: [&str; 3] = [MERGE_PATCH, JSON, GEO_JSON];
const BATCH_TYPES: [&str; 1] = [JSON];

/// What is asked for of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Create,
    Replace,
    Update,
    Delete,
}

impl Verb {
    const ALL: [Verb; 4] = [Verb::Create, Verb::Replace, Verb::Update, Verb::Delete];

    pub fn name(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Replace => "replace",
            Verb::Update => "update",
            Verb::Delete => "delete",
        }
    }

    pub fn action(self) -> Action {
        match self {
            Verb::Create => Action::Create,
            Verb::Replace | Verb::Update => Action::Update,
            Verb::Delete => Action::Delete,
        }
    }

    fn of(self, sent: Sent) -> What {
        match self {
            Verb::Create => What::Create(sent),
            Verb::Replace => What::Replace(sent),
            Verb::Update => What::Update(sent),
            Verb::Delete => What::Delete,
        }
    }

    fn form(self) -> Form {
        if self == Verb::Update { Form::Patch } else { Form::Whole }
    }
}

/// Whether the client wants to see what was written (RFC 7240).
pub fn wants_representation(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split([',', ';'])).any(|part| {
        let part: String = part.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
        part.eq_ignore_ascii_case("return=representation")
    })
}

/// Why somebody edits, percent-encoded in UTF-8.
///
/// # Errors
/// 400 where it is not so encoded, too long, or holds control characters.
pub fn message(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("langxanh-message") else { return Ok(None) };
    let bad = |detail: &str| {
        Problem::BadRequest(both!("phần đầu Langxanh-Message {detail}", "the header Langxanh-Message {detail}"; detail))
    };
    let text = value.to_str().map_err(|_| bad("không được mã hóa phần trăm / is not percent-encoded"))?;
    // A plus is a plus: this is no form.
    let encoded = format!("m={}", text.replace('+', "%2B").replace('&', "%26"));
    let decoded = form_urlencoded::parse(encoded.as_bytes()).next().map(|(_, text)| text.into_owned());
    let text = decoded.unwrap_or_default();
    checked(&text).map_err(bad)
}

/// A message without blanks around it; none where there is nothing in it.
pub fn checked(text: &str) -> Result<Option<String>, &'static str> {
    let text = text.trim();
    if text.chars().count() > MAX_MESSAGE {
        return Err("dài quá 1000 ký tự / is longer than 1000 characters");
    }
    if text.chars().any(|c| c.is_control() || c == '\u{fffd}' || reorders(c)) {
        return Err("có ký tự điều khiển, hoặc không phải UTF-8 / holds control characters, or is not in UTF-8");
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// The system that coordinates of a body are in: CRS84 where nothing is said.
fn content_crs(headers: &HeaderMap, collection: &PublishedCollection) -> Result<Crs, Problem> {
    let Some(value) = headers.get("content-crs") else { return Ok(Crs::Crs84) };
    let text = value.to_str().unwrap_or_default();
    let offered = collection.declaration.offered_crs();
    let crs = text.parse().ok().filter(|crs| offered.contains(crs));
    crs.ok_or_else(|| {
        let detail = format!("Content-Crs '{text}' không thuộc các hệ tọa độ mà tập dữ liệu này liệt kê ở crs / Content-Crs '{text}' is none of the systems that this collection lists in crs");
        Problem::BadRequest(detail)
    })
}

/// Reads the body of a request, in a place for long ones where it may be long.
async fn body(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    types: &'static [&'static str],
    most: usize,
) -> Result<Vec<u8>, Problem> {
    if !types.contains(&posted::media_type(headers).as_str()) {
        return Err(Problem::UnsupportedMediaType(types));
    }
    let _place = match posted::is_long(headers) {
        true => Some(app.bodies.acquire().await.map_err(|_| Problem::NotReady)?),
        false => None,
    };
    posted::bytes(headers, body, most).await
}

/// Runs what takes the longer the more bytes there are: beside the runtime where there are many.
async fn by_length<T: Send + 'static>(
    app: &App,
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    if bytes > LONG { app.apart(work).await } else { Ok(work()) }
}

fn json(bytes: &[u8]) -> Result<Json, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::BadRequest(format!("nội dung không phải JSON ({error}) / the body is no JSON: {error}"))
    })
}

/// The order that a request for one feature makes.
pub async fn single(
    app: &App,
    ask: &Ask,
    collection: &PublishedCollection,
    id: Option<FeatureId>,
    verb: Verb,
    content: Body,
) -> Result<Order, Problem> {
    let conditions = Conditions::of(&ask.headers);
    let declared = &collection.declaration;
    let what = if verb == Verb::Delete {
        What::Delete
    } else {
        let types: &'static [&'static str] = if verb == Verb::Update { &PATCH_TYPES } else { &FEATURE_TYPES };
        let crs = content_crs(&ask.headers, collection)?;
        let bytes = body(app, &ask.headers, content, types, MAX_FEATURE).await?;
        let declared = declared.clone();
        let read = by_length(app, bytes.len(), move || {
            json(&bytes).map(|body| Sent::read(&declared, body, verb.form(), &crs))
        });
        verb.of(read.await??)
    };
    let id = id.or_else(|| match &what {
        What::Create(sent) => sent.id.clone(),
        _ => None,
    });
    Ok(order(collection, id, what, conditions, String::new()))
}

fn order(
    collection: &PublishedCollection,
    id: Option<FeatureId>,
    what: What,
    conditions: Conditions,
    pointer: String,
) -> Order {
    let row = id.as_ref().and_then(|id| collection.find(id)).and_then(|row| collection.row(row));
    let served = row.map(|row| row.values).unwrap_or_default();
    Order { collection: collection.declaration.clone(), id, what, conditions, served, pointer }
}

/// A batch as it was read.
pub struct Batch {
    pub message: Option<String>,
    /// Whether it is only to be told what would happen.
    pub dry_run: bool,
    pub orders: Vec<Order>,
    /// What is wrong with its form, beside what is wrong with its features.
    pub faults: Vec<ContentFault>,
}

/// The JSON of a batch.
pub async fn batch(app: &App, ask: &Ask, content: Body) -> Result<Json, Problem> {
    let bytes = body(app, &ask.headers, content, &BATCH_TYPES, MAX_BATCH).await?;
    by_length(app, bytes.len(), move || json(&bytes)).await?
}

/// The orders of a batch.
pub async fn orders(app: &App, ask: &Ask, batch: Json) -> Result<Batch, Problem> {
    let (snapshot, headers) = (Arc::clone(&ask.snapshot), ask.headers.clone());
    let edits = batch["edits"].as_array().map_or(0, Vec::len);
    by_length(app, edits * EDIT, move || read_batch(&snapshot, &headers, batch)).await?
}

/// The batch that a request for one feature is.
pub async fn batch_of_one(
    app: &App,
    ask: &Ask,
    collection: &str,
    id: Option<FeatureId>,
    verb: Verb,
    content: Body,
) -> Result<Json, Problem> {
    let mut edit = Map::new();
    let conditions = Conditions::of(&ask.headers);
    // Who puts what must not be there creates it.
    let verb = if verb == Verb::Replace && conditions.only_creates() { Verb::Create } else { verb };
    edit.insert("collection".to_owned(), collection.into());
    edit.insert("operation".to_owned(), verb.name().into());
    if let Some(id) = id {
        edit.insert("id".to_owned(), id.as_str().into());
    }
    if conditions.is.is_some() {
        let sent: Vec<&str> = ask.headers.get_all(IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
        edit.insert("if_match".to_owned(), sent.join(",").into());
    }
    if verb != Verb::Delete {
        let types: &'static [&'static str] = if verb == Verb::Update { &PATCH_TYPES } else { &FEATURE_TYPES };
        let bytes = body(app, &ask.headers, content, types, MAX_FEATURE).await?;
        edit.insert("feature".to_owned(), by_length(app, bytes.len(), move || json(&bytes)).await??);
    }
    Ok(Json::Object(Map::from_iter([("edits".to_owned(), Json::Array(vec![Json::Object(edit)]))])))
}

pub fn read_batch(snapshot: &Snapshot, headers: &HeaderMap, body: Json) -> Result<Batch, Problem> {
    let Json::Object(members) = body else {
        return Err(Problem::BadRequest("nội dung không phải đối tượng JSON / the body is no JSON object".to_owned()));
    };
    let mut batch = Batch { message: None, dry_run: false, orders: Vec::new(), faults: Vec::new() };
    let mut edits = None;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("message", Json::Null) | ("dry_run", Json::Null) => {}
            ("message", Json::String(text)) => match checked(&text) {
                Ok(message) => batch.message = message,
                Err(detail) => batch.fault("/message", detail),
            },
            ("dry_run", Json::Bool(dry_run)) => batch.dry_run = dry_run,
            ("edits", Json::Array(all)) => edits = Some(all),
            ("message", _) => batch.fault("/message", "không phải chữ / is no text"),
            ("dry_run", _) => batch.fault("/dry_run", "không phải đúng hay sai / is neither true nor false"),
            ("edits", _) => batch.fault("/edits", "không phải danh sách / is no list"),
            (other, _) => batch.fault(&pointer(other), "không thuộc một lô sửa đổi / is no member of a batch"),
        }
    }
    let edits = edits.unwrap_or_default();
    if edits.is_empty() || edits.len() > MAX_EDITS {
        batch.fault("/edits", &format!("không có từ 1 đến {MAX_EDITS} sửa đổi / has not from 1 to {MAX_EDITS} edits"));
        return Ok(batch);
    }
    for (at, edit) in edits.into_iter().enumerate() {
        let pointer = format!("/edits/{at}");
        match edit {
            Json::Object(edit) => {
                if let Some(order) = read_edit(snapshot, headers, edit, &pointer, &mut batch)? {
                    batch.orders.push(order);
                }
            }
            _ => batch.fault(&pointer, "không phải đối tượng JSON / is no JSON object"),
        }
    }
    Ok(batch)
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl Batch {
    fn fault(&mut self, pointer: &str, detail: &str) {
        self.faults.push(ContentFault { pointer: pointer.to_owned(), detail: detail.to_owned() });
    }
}

/// One edit of a batch; `None` where it cannot be read, with its faults noted.
fn read_edit(
    snapshot: &Snapshot,
    headers: &HeaderMap,
    mut edit: Map<String, Json>,
    at: &str,
    batch: &mut Batch,
) -> Result<Option<Order>, Problem> {
    let known = batch.faults.len();
    let mut take = |name: &str| edit.remove(name).filter(|value| !value.is_null());
    let (collection, operation) = (take("collection"), take("operation"));
    let (id, if_match, feature) = (take("id"), take("if_match"), take("feature"));
    for name in edit.keys() {
        batch.fault(&format!("{at}{}", pointer(name)), "không thuộc một sửa đổi / is no member of an edit");
    }
    let collection = collection.as_ref().and_then(Json::as_str).and_then(|id| snapshot.collection(id));
    let collection = collection.filter(|collection| collection.declaration.is_editable());
    if collection.is_none() {
        batch.fault(
            &format!("{at}/collection"),
            "không phải tập dữ liệu sửa được / is no collection that can be edited",
        );
    }
    let verb =
        operation.as_ref().and_then(Json::as_str).and_then(|name| Verb::ALL.into_iter().find(|v| v.name() == name));
    if verb.is_none() {
        batch.fault(
            &format!("{at}/operation"),
            "không phải create, replace, update hay delete / is not one of create, replace, update, delete",
        );
    }
    let id = match &id {
        None => None,
        Some(id) => match id.as_str().map(FeatureId::parse) {
            Some(Ok(id)) => Some(id),
            Some(Err(error)) => {
                batch.fault(&format!("{at}/id"), &error.to_string());
                None
            }
            None => {
                batch.fault(&format!("{at}/id"), "không phải chữ / is no text");
                None
            }
        },
    };
    let is = match &if_match {
        None => None,
        Some(Json::String(text)) => Some(States::parse(text)),
        Some(_) => {
            batch.fault(&format!("{at}/if_match"), "không phải mã phiên bản / is no validator");
            None
        }
    };
    let (Some(collection), Some(verb)) = (collection, verb) else { return Ok(None) };
    match (verb, &id, &feature) {
        (Verb::Create, ..) => {}
        (_, None, _) if batch.faults.len() == known => batch.fault(&format!("{at}/id"), "còn thiếu / is missing"),
        (Verb::Delete, _, Some(_)) => {
            batch.fault(&format!("{at}/feature"), "không có chỗ trong việc xóa / has no place in a deletion")
        }
        _ => {}
    }
    if verb != Verb::Delete && feature.is_none() {
        batch.fault(&format!("{at}/feature"), "còn thiếu / is missing");
    }
    if batch.faults.len() > known {
        return Ok(None);
    }
    let what = match feature {
        Some(feature) => {
            let crs = content_crs(headers, collection)?;
            verb.of(Sent::read(&collection.declaration, feature, verb.form(), &crs))
        }
        None => What::Delete,
    };
    let id = id.or_else(|| match &what {
        What::Create(sent) => sent.id.clone(),
        _ => None,
    });
    let conditions = Conditions { is, is_not: None };
    Ok(Some(order(collection, id, what, conditions, format!("{at}/feature"))))
}
