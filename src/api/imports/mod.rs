//! Imports over HTTP: a file is sent, read apart, shown, and written whole or not at all.
//!
//! An import belongs to whoever sent its file and lives in this process: it is forgotten an hour after it was last asked for, and when
//! the service ends.

mod commit;
mod desk;
mod options;
mod plan;
mod read;
mod receive;
mod show;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, Response, StatusCode};
use chrono::Utc;
use serde_json::{Map, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::posted::{self, media_type};
use super::reply::value;
use super::visitor::{Action, Visitor};
use super::{App, Ask, Segments};
use crate::domain::{Collection, Kind, catalog};
use crate::ogc::problem::{ContentFault, Fault, Problem};
use crate::upload::UploadError;
use desk::{Import, MAX_IMPORTS, Progress};
use options::{NAMES, Options, changed_options, new_options};
use read::read;

pub use commit::commit;
pub use desk::{Desk, Uploads};
pub use receive::{file_name, only, receive};

/// Bytes of a body that is no file.
const MAX_BODY: usize = 1 << 20;

/// Methods of the collection of imports, of one, and of its commit.
pub const METHODS: &str = "POST, OPTIONS";
pub const ONE_METHODS: &str = "GET, HEAD, PATCH, DELETE, OPTIONS";

/// What is answered where a worker has nothing to show.
pub fn problem(error: &UploadError) -> Problem {
    match error {
        UploadError::Refused { message, .. } => unprocessable("", message),
        UploadError::Crashed { .. } | UploadError::TooSlow { .. } | UploadError::Untrue(_) => {
            tracing::warn!(%error, "an uploaded file was not read");
            unprocessable("", &error.to_string())
        }
        UploadError::Stopped => Problem::Busy(error.to_string()),
        UploadError::Unconfined => {
            tracing::error!("uploads are refused: neither Landlock nor seccomp can be had here");
            Problem::Forbidden(error.to_string())
        }
        UploadError::Machine(reason) => {
            tracing::error!(reason, "an uploaded file could not be read");
            Problem::Internal
        }
    }
}

fn unprocessable(pointer: &str, detail: &str) -> Problem {
    Problem::Unprocessable(vec![ContentFault { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}

/// A collection as the decision about it needs it: where there is none yet, one by its name.
fn declared(app: &App, id: &str) -> Collection {
    let published = app.snapshot();
    let known = published.collection(id).map(|collection| collection.declaration.clone());
    known.or_else(|| catalog::collection(id).cloned()).unwrap_or_else(|| Collection {
        id: id.to_owned(),
        title: crate::domain::Title::same(id),
        description: crate::domain::Title::same(""),
        kind: Kind::Table,
        has_ids: true,
        geometry: None,
        fields: Vec::new(),
        temporal: None,
    })
}

/// Takes a file in and begins to read it.
pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&[&NAMES[..], &plan::OPTIONS, &["filename"]].concat())?;
    let desk = app.desk()?;
    let options = new_options(&|name| params.get(name).map(str::to_owned))?;
    app.may_import(&visitor, &declared(&app, &options.collection))?;
    let named = params.get("filename").map(file_name).transpose();
    let bad_name = |detail| Problem::Parameters(vec![Fault { parameter: "filename".to_owned(), detail }]);
    let named = named.map_err(bad_name)?;
    only(&ask.headers, &receive::TAKEN)?;
    let (place, receiving) = desk.place(&visitor)?;
    let received = receive(&place, &ask.headers, body, desk.most).await?;
    drop(receiving);
    let name =
        match (named, received.name) {
            (Some(name), _) => name,
            (None, Some(name)) => file_name(&name).map_err(bad_name)?,
            (None, None) => return Err(bad_name(
                "còn thiếu: đuôi tên cho biết định dạng / is missing: the ending of the name says what format it is"
                    .to_owned(),
            )),
        };
    let import = Arc::new(Import {
        id: app.new_job_id(),
        who: visitor.name.clone(),
        name,
        sha256: received.sha256,
        bytes: received.bytes,
        created: Utc::now(),
        place,
        options: ArcSwap::from_pointee(options),
        progress: ArcSwap::from_pointee(Progress::Reading),
        rows: Default::default(),
        leash: ArcSwap::default(),
        turn: Arc::new(Semaphore::new(1)),
        asked: AtomicI64::new(Utc::now().timestamp()),
    });
    if !desk.add(&import) {
        return Err(Problem::Busy(format!(
            "đang nhập {MAX_IMPORTS} tệp: thử lại sau / {MAX_IMPORTS} imports are under way: try again later"
        )));
    }
    read(&app, &import);
    let mut response = show::answer(StatusCode::CREATED, &import.document(&ask.base));
    let location = format!("{}/imports/{}", ask.base, import.id);
    response.headers_mut().insert(LOCATION, value(&location));
    Ok(response)
}

impl App {
    /// Whether a visitor may import into a collection at all; single rows are looked at when they are written.
    pub(super) fn may_import(&self, visitor: &Visitor, collection: &Collection) -> Result<(), Problem> {
        if collection.kind == Kind::Derived {
            let detail = "được tính từ các sổ, không nhập được / is computed from the registers and cannot be imported"
                .to_owned();
            return Err(Problem::Parameters(vec![Fault { parameter: "collection".to_owned(), detail }]));
        }
        self.may(visitor, Action::Create, collection, None, None)
    }
}

/// What has become of a file.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let import = app.desk()?.find(&visitor, &id)?;
    Ok(show::answer(StatusCode::OK, &import.document(&ask.base)))
}

impl Import {
    /// The right to change it, which one request has at a time.
    fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.turn)
            .try_acquire_owned()
            .map_err(|_| conflict("tệp này đang được ghi hoặc sửa / this import is being written or changed"))
    }
}

fn conflict(detail: &str) -> Problem {
    Problem::Conflict { detail: detail.to_owned(), rows: Vec::new() }
}

/// The members of a JSON object that a request sends.
async fn members(headers: &HeaderMap, body: Body, known: &[&str]) -> Result<Map<String, Value>, Problem> {
    const JSON_TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];
    let bytes = posted::bytes(headers, body, MAX_BODY).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if !JSON_TYPES.contains(&media_type(headers).as_str()) {
        return Err(Problem::UnsupportedMediaType(&JSON_TYPES));
    }
    let read = serde_json::from_slice::<Map<String, Value>>(&bytes);
    let members = read.map_err(|error| {
        Problem::BadRequest(format!(
            "nội dung không phải đối tượng JSON: {error} / the body is no JSON object: {error}"
        ))
    })?;
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            Err(unprocessable(&format!("/{name}"), "không thuộc yêu cầu này / is no member of such a request"))
        }
        None => Ok(members),
    }
}

/// Reads a file again with other options.
pub async fn change(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let import = app.desk()?.find(&visitor, &id)?;
    let known = ["mapping", "crs", "encoding", "layer", "mode", "id-field"];
    let members = members(&ask.headers, body, &known).await?;
    let _turn = import.turn()?;
    if matches!(**import.progress.load(), Progress::Committed(_)) {
        return Err(conflict(
            "tệp này đã ghi rồi: hãy gửi lại tệp / this import has been written: send the file again",
        ));
    }
    let mut faults = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| *name != "mapping") {
        if !value.is_string() && !value.is_null() {
            faults.push(ContentFault {
                pointer: format!("/{name}"), detail: "không phải chữ / is no text".to_owned()
            });
        }
    }
    if members.get("mapping").is_some_and(|mapping| !mapping.is_object() && !mapping.is_null()) {
        faults.push(ContentFault {
            pointer: "/mapping".to_owned(),
            detail: "không phải đối tượng / is no object".to_owned(),
        });
    }
    if !faults.is_empty() {
        return Err(Problem::Unprocessable(faults));
    }
    let said = |name: &str| members.get(name).map(|value| value.as_str().unwrap_or_default().to_owned());
    let mut options = changed_options(Options::clone(&import.options.load()), &said)?;
    if let Some(mapping) = members.get("mapping") {
        options.mapping = Some(mapping.clone()).filter(|mapping| !mapping.is_null());
    }
    import.options.store(Arc::new(options));
    read(&app, &import);
    Ok(show::answer(StatusCode::OK, &import.document(&ask.base)))
}

/// Forgets an import. What was written stays.
pub async fn delete(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let desk = app.desk()?;
    let import = desk.find(&visitor, &id)?;
    let _turn = import.turn()?;
    import.leash.load().stop();
    desk.remove(&id);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
