//! Pictures of features: sent, drawn anew apart, kept with who sent them, shown as nothing but pictures.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::collections::find;
use super::edits::{closed, failed, message};
use super::imports::{file_name, only, problem, receive};
use super::negotiate::{Offer, representation};
use super::reply::{Reply, begin, send, value};
use super::visitor::{Action, Visitor};
use super::{App, Ask, Segments, remote};
use crate::domain::{Collection, FeatureId};
use crate::ogc::link::representations;
use crate::ogc::media_type::JSON;
use crate::ogc::problem::{Fault, Problem};
use crate::publish::collection::PublishedCollection;
use crate::store::{Attachment, Draft, NewAttachment, Origin, Row, SourceFile};
use crate::text::hex;
use crate::upload::{self, Leash, UploadError};

pub const METHODS: &str = "GET, HEAD, POST, OPTIONS";
pub const ONE_METHODS: &str = "GET, HEAD, DELETE, OPTIONS";

/// Bytes of a picture as it comes.
const MOST: u64 = 10 << 20;

/// What a picture may be.
const TAKEN: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// A picture may do nothing where it is shown, whatever a browser takes it for.
const SANDBOX: &str = "sandbox; default-src 'none'";

/// Pictures that a feature has at the most.
const PICTURES: usize = 100;

/// Name of a picture in the worker's folder and in the store where its sender gives none.
const NAME: &str = "picture";

fn missing(collection: &str, feature: &str) -> Problem {
    Problem::NotFound(format!(
        "'{collection}' không có đối tượng '{feature}' / there is no feature '{feature}' in '{collection}'"
    ))
}

/// Whether a visitor may put pictures to a row and take them away: as he may change it.
fn may_show(app: &App, visitor: &Visitor, collection: &Collection, row: &Row) -> Result<(), Problem> {
    if !collection.is_editable() {
        return Err(Problem::MethodNotAllowed);
    }
    let same = Draft { id: Some(row.id.clone()), values: row.values.clone(), shape: row.shape.clone() };
    app.may(visitor, Action::Update, collection, Some(row), Some(&same))
}

/// The feature that is meant, which must be there.
async fn feature<'a>(
    app: &App,
    ask: &'a Ask,
    collection: &str,
    feature: &str,
) -> Result<(&'a PublishedCollection, FeatureId, Row), Problem> {
    let missing = || missing(collection, feature);
    let published = find(&ask.snapshot, collection)?;
    let id = FeatureId::parse(feature).map_err(|_| missing())?;
    let alone = remote::of_id(app, published, &id).await?;
    let held = alone.as_ref().unwrap_or(published);
    let row = held.find(&id).and_then(|at| held.row(at)).ok_or_else(missing)?;
    Ok((published, id, row))
}

fn describe(base: &str, collection: &str, id: &FeatureId, picture: &Attachment) -> Value {
    let href = format!("{base}/collections/{collection}/items/{}/attachments/{}", percent(id), picture.sha256);
    json!({
        "sha256": picture.sha256, "name": picture.name, "type": picture.media_type, "bytes": picture.bytes,
        "width": picture.width, "height": picture.height,
        "at": picture.at.to_rfc3339_opts(SecondsFormat::Millis, true), "who": picture.who, "href": href,
    })
}

/// An id in a path.
fn percent(id: &FeatureId) -> String {
    form_urlencoded::byte_serialize(id.as_str().as_bytes()).collect::<String>().replace('+', "%20")
}

fn broke_off(error: tokio::task::JoinError) -> Problem {
    tracing::error!(%error, "drawing a picture broke off");
    Problem::Internal
}

/// The pictures of a feature.
pub async fn list(
    State(app): State<Arc<App>>,
    Segments((collection, id)): Segments<(String, String)>,
    _: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    const OFFERED: [Offer; 1] = [("json", JSON)];
    ask.params().only(&["f"])?;
    representation(ask.params().get("f"), &ask.headers, &OFFERED)?;
    let (published, id, _) = feature(&app, &ask, &collection, &id).await?;
    let (declaration, of) = (published.declaration.clone(), id.clone());
    let known = match app.registrar() {
        Ok(registrar) => {
            let known = registrar.read(move |store| store.attachments(&declaration, &of)).await;
            known.map_err(closed)?.map_err(failed)?
        }
        // A store of somebody else has none.
        Err(_) => Vec::new(),
    };
    let there = known.iter().filter(|picture| picture.removed.is_none());
    let pictures: Vec<Value> = there.map(|picture| describe(&ask.base, &collection, &id, picture)).collect();
    let links = representations(&ask.url(), JSON, &OFFERED);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &json!({"attachments": pictures, "links": links}))).await)
}

/// Takes a picture in, as the body of the request.
pub async fn add(
    State(app): State<Arc<App>>,
    Segments((collection, id)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["filename"])?;
    let desk = app.desk()?;
    let (published, id, row) = feature(&app, &ask, &collection, &id).await?;
    let declaration = published.declaration.clone();
    may_show(&app, &visitor, &declaration, &row)?;
    only(&ask.headers, &TAKEN)?;
    let why = message(&ask.headers)?;
    let bad_name = |detail| Problem::Parameters(vec![Fault { parameter: "filename".to_owned(), detail }]);
    let name = params.get("filename").map(file_name).transpose().map_err(bad_name)?;
    let (place, receiving) = desk.place(&visitor)?;
    receive(&place, &ask.headers, body, MOST).await?;
    drop(receiving);
    let (workers, places) = desk.workers();
    let turn = Arc::clone(places).acquire_owned().await.map_err(|_| Problem::NotReady)?;
    let workers = workers.clone();
    let drawn = tokio::task::spawn_blocking(move || {
        let folder = place.work(NAME).map_err(|e| UploadError::Machine(e.to_string()))?;
        let drawn = upload::redraw(&workers, folder.path(), NAME, &Leash::default());
        drop(turn);
        drawn
    });
    let picture = drawn.await.map_err(broke_off)?.map_err(|error| problem(&error))?;
    let sha256 = hex(&Sha256::digest(&picture.bytes));
    let ending = if picture.is_jpeg { "jpg" } else { "png" };
    // Its ending says what it is now.
    let stem = name.as_deref().and_then(|name| name.rsplit_once('.').map(|(stem, _)| stem)).or(name.as_deref());
    let name = format!("{}.{ending}", stem.filter(|stem| !stem.is_empty()).unwrap_or(NAME));
    let origin = Origin { who: visitor.name.clone(), what: format!("attach {name} to {id} sha256:{sha256}"), why };
    let (of, clerks) = (id.clone(), Arc::clone(&app));
    let kept = app.registrar()?.write(move |store| {
        // A picture may be long under way: what was true when it began is asked again.
        let row =
            store.find(&declaration, &of).map_err(failed)?.ok_or_else(|| missing(&declaration.id, of.as_str()))?;
        may_show(&clerks, &visitor, &declaration, &row)?;
        let known = store.attachments(&declaration, &of).map_err(failed)?;
        if known.iter().filter(|picture| picture.removed.is_none()).count() >= PICTURES {
            let detail =
                format!("một đối tượng có nhiều nhất {PICTURES} ảnh / a feature has at most {PICTURES} pictures");
            return Err(Problem::Conflict { detail, rows: Vec::new() });
        }
        let mut content = picture.bytes.as_slice();
        let source = SourceFile { sha256, name, content: &mut content };
        let media_type = picture.media_type();
        let new = NewAttachment { media_type, width: picture.width, height: picture.height, source };
        store.attach(&declaration, &of, new, &origin).map_err(failed)
    });
    let kept = kept.await.map_err(closed)??;
    let document = describe(&ask.base, &collection, &id, &kept);
    let mut response = Response::new(Body::from(crate::ogc::json::to_bytes(&document)));
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response.headers_mut().insert(LOCATION, value(document["href"].as_str().unwrap_or_default()));
    Ok(response)
}

/// A hash in a path.
fn hash(text: &str) -> Result<&str, Problem> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase());
    if is_hash { Ok(text) } else { Err(no_picture()) }
}

fn no_picture() -> Problem {
    Problem::NotFound("đối tượng không có ảnh này / the feature has no such picture".to_owned())
}

/// One picture.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments((collection, id, sha256)): Segments<(String, String, String)>,
    _: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let (published, id, _) = feature(&app, &ask, &collection, &id).await?;
    let sha256 = hash(&sha256)?.to_owned();
    let declaration = published.declaration.clone();
    let found = app.registrar().map_err(|_| no_picture())?.read(move |store| {
        // A picture is found by its feature alone: other kept files are not for everybody.
        let known = store.attachments(&declaration, &id)?;
        let known = known.into_iter().find(|picture| picture.sha256 == sha256 && picture.removed.is_none());
        let Some(known) = known else { return Ok(None) };
        let mut content = Vec::new();
        store.source(&known.sha256, &mut |piece| {
            content.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Some((known, content)))
    });
    let found = found.await.map_err(closed)?.map_err(failed)?;
    let (picture, content) = found.ok_or_else(no_picture)?;
    let media_type = if picture.media_type == "image/png" { "image/png" } else { "image/jpeg" };
    let headers = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
        (CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    // Whoever may see the feature may see its pictures: asked anew each time.
    let (mut response, is_known) =
        begin(&ask.headers, &format!("\"{}\"", picture.sha256), "private, no-cache", &headers);
    if !is_known {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        *response.body_mut() = Body::from(content);
    }
    Ok(response)
}

/// Takes a picture away. What it was stays in the history.
pub async fn remove(
    State(app): State<Arc<App>>,
    Segments((collection, id, sha256)): Segments<(String, String, String)>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let registrar = app.registrar()?;
    let (published, id, row) = feature(&app, &ask, &collection, &id).await?;
    may_show(&app, &visitor, &published.declaration, &row)?;
    let sha256 = hash(&sha256)?.to_owned();
    let why = message(&ask.headers)?;
    let declaration = published.declaration.clone();
    let origin = Origin { who: visitor.name.clone(), what: format!("detach sha256:{sha256} from {id}"), why };
    let removed = registrar.write(move |store| store.detach(&declaration, &id, &sha256, &origin)).await;
    if !removed.map_err(closed)?.map_err(failed)? {
        return Err(no_picture());
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
