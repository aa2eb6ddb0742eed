//! Imports over HTTP: a file is sent, read apart, shown, and written whole or not at all.
//!
//! An import belongs to whoever sent its file and lives in this process: it is forgotten an hour after it was last asked for, and when
//! the service ends.

mod plan;
mod receive;
mod show;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, Response, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::posted::media_type;
use super::reply::value;
use super::visitor::{Action, Visitor};
use super::{App, Ask, Segments};
use crate::domain::{Collection, Kind, catalog};
use crate::ogc::problem::{ContentFault, Fault, Problem};
use crate::store::{Draft, Mode, Origin, Row, SourceFile, Store, StoreError};
use crate::upload::{
    self, CommitError, Committed, Counts, ImportJob, Leash, Place, Reading, Spool, UploadError, Workers, mode_name,
    mode_named,
};

use receive::full;
pub use receive::{file_name, only, receive};

/// So many bodies of uploads are taken in at a time.
const RECEIVED_AT_A_TIME: usize = 8;

/// An import that nobody asked for in so long is forgotten.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// How often it is looked for such.
const LOOK: Duration = Duration::from_secs(60);

/// Imports that are kept, of all users.
const MAX_IMPORTS: usize = 64;

/// Bytes of a body that is no file.
const MAX_BODY: usize = 1 << 20;

/// Methods of the collection of imports, of one, and of its commit.
pub const METHODS: &str = "POST, OPTIONS";
pub const ONE_METHODS: &str = "GET, HEAD, PATCH, DELETE, OPTIONS";

/// How uploads are taken.
pub struct Uploads {
    pub spool: Arc<Spool>,
    pub workers: Workers,
    /// So many workers at a time.
    pub at_a_time: usize,
    /// Bytes of one file.
    pub most: u64,
}

/// The uploads of this process.
pub struct Desk {
    spool: Arc<Spool>,
    workers: Workers,
    most: u64,
    reading: Arc<Semaphore>,
    receiving: Arc<Semaphore>,
    imports: ArcSwap<Vec<Arc<Import>>>,
}

/// How a file is to be read, as the user says.
#[derive(Debug, Clone, PartialEq)]
struct Options {
    collection: String,
    mode: Mode,
    crs: Option<String>,
    encoding: Option<String>,
    layer: Option<String>,
    id_field: Option<String>,
    mapping: Option<Value>,
    /// Where the file is the drawing of a plan.
    plan: Option<plan::Asked>,
}

/// How far an import has come.
enum Progress {
    /// It waits for a worker, or one reads.
    Reading,
    Ready(Arc<Ready>),
    /// A drawing was read.
    Plan(Arc<plan::Drawn>),
    Refused {
        message: String,
        layers: Vec<String>,
    },
    Failed(String),
    Committed(Value),
}

/// A file that was read and met with the store.
struct Ready {
    reading: Reading,
    counts: Counts,
    /// When it was met.
    at: DateTime<Utc>,
    preview: Value,
}

struct Import {
    id: String,
    who: String,
    name: String,
    sha256: String,
    bytes: u64,
    created: DateTime<Utc>,
    place: Arc<Place>,
    options: ArcSwap<Options>,
    progress: ArcSwap<Progress>,
    /// Rows read and all rows.
    rows: (AtomicU64, AtomicU64),
    leash: ArcSwap<Leash>,
    /// Taken by what changes it.
    turn: Arc<Semaphore>,
    /// When it was last asked for, in seconds since 1970.
    asked: AtomicI64,
}

impl Drop for Import {
    fn drop(&mut self) {
        self.leash.load().stop();
    }
}

impl Desk {
    pub fn new(uploads: Uploads) -> Desk {
        Desk {
            spool: uploads.spool,
            workers: uploads.workers,
            most: uploads.most,
            reading: Arc::new(Semaphore::new(uploads.at_a_time.max(1))),
            receiving: Arc::new(Semaphore::new(RECEIVED_AT_A_TIME)),
            imports: ArcSwap::default(),
        }
    }

    /// The import of a visitor. That of another is not told of.
    fn find(&self, visitor: &Visitor, id: &str) -> Result<Arc<Import>, Problem> {
        let imports = self.imports.load();
        let import = imports.iter().find(|import| import.id == id && import.who == visitor.name);
        let missing = || {
            Problem::NotFound(format!(
                "there is no import '{id}' of yours: it was deleted, forgotten after an hour, or the service was started anew"
            ))
        };
        let import = import.ok_or_else(missing)?;
        import.asked.store(Utc::now().timestamp(), Ordering::Relaxed);
        Ok(Arc::clone(import))
    }

    fn add(&self, import: &Arc<Import>) -> bool {
        let mut is_in = false;
        self.imports.rcu(|imports| {
            let mut imports = Vec::clone(imports);
            is_in = imports.len() < MAX_IMPORTS;
            if is_in {
                imports.push(Arc::clone(import));
            }
            imports
        });
        is_in
    }

    fn remove(&self, id: &str) {
        self.imports.rcu(|imports| imports.iter().filter(|import| import.id != id).cloned().collect::<Vec<_>>());
    }

    fn forget_old(&self) {
        let oldest = Utc::now().timestamp() - KEPT.as_secs().cast_signed();
        let is_kept = |import: &Arc<Import>| import.asked.load(Ordering::Relaxed) >= oldest;
        if !self.imports.load().iter().all(is_kept) {
            self.imports.rcu(|imports| imports.iter().filter(|import| is_kept(import)).cloned().collect::<Vec<_>>());
        }
    }
}

impl App {
    /// Takes uploads from now on. A second time nothing changes.
    pub fn receive(self: &Arc<App>, uploads: Uploads) {
        if self.desk.set(Desk::new(uploads)).is_err() {
            return;
        }
        let app = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(app) = app.upgrade() else { return };
                if let Some(desk) = app.desk.get() {
                    desk.forget_old();
                }
            }
        });
    }

    /// Where uploads are taken.
    ///
    /// # Errors
    /// 403 where nothing can be written.
    pub(super) fn desk(&self) -> Result<&Desk, Problem> {
        self.registrar()?;
        self.desk.get().ok_or_else(|| Problem::Forbidden("this service takes no files".to_owned()))
    }
}

impl Desk {
    /// A place for the file of a visitor, while it is taken in.
    pub(super) async fn place(&self, visitor: &Visitor) -> Result<(Arc<Place>, OwnedSemaphorePermit), Problem> {
        let permit = Arc::clone(&self.receiving).try_acquire_owned();
        let busy = |_| Problem::Busy("other files are being taken in: try again in a few seconds".to_owned());
        let permit = permit.map_err(busy)?;
        let place = self.spool.place(&visitor.name).map_err(|error| {
            tracing::error!(%error, "there is no place for an uploaded file");
            Problem::Internal
        })?;
        Ok((Arc::new(place.map_err(|reason| full(reason, self.most))?), permit))
    }

    pub(super) fn workers(&self) -> (&Workers, &Arc<Semaphore>) {
        (&self.workers, &self.reading)
    }
}

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

/// Options that a request says, each by its name; `None` where it says nothing of them.
type Said<'a> = &'a dyn Fn(&str) -> Option<String>;

const OPTIONS: [&str; 6] = ["collection", "mode", "crs", "encoding", "layer", "id-field"];

/// The options of a new import.
fn new_options(said: Said<'_>) -> Result<Options, Problem> {
    let Some(collection) = said("collection") else {
        let detail = "is missing: name the collection that receives the rows".to_owned();
        return Err(Problem::Parameters(vec![Fault { parameter: "collection".to_owned(), detail }]));
    };
    let none = Options {
        collection,
        mode: Mode::Append,
        crs: None,
        encoding: None,
        layer: None,
        id_field: None,
        mapping: None,
        plan: plan::asked(said)?,
    };
    changed_options(none, said)
}

/// Options with what a request says of them; an empty text takes back what was said before.
fn changed_options(options: Options, said: Said<'_>) -> Result<Options, Problem> {
    let mut options = options;
    let mut faults = Vec::new();
    if let Some(name) = said("mode") {
        match mode_named(&name) {
            Some(mode) => options.mode = mode,
            None => faults.push(Fault {
                parameter: "mode".to_owned(),
                detail: format!("is none of append, upsert and replace: '{}'", name.escape_debug()),
            }),
        }
    }
    for (name, place) in [
        ("crs", &mut options.crs),
        ("encoding", &mut options.encoding),
        ("layer", &mut options.layer),
        ("id-field", &mut options.id_field),
    ] {
        if let Some(text) = said(name) {
            if text.len() > 500 || text.contains(char::is_control) {
                faults.push(Fault { parameter: name.to_owned(), detail: "is no such text".to_owned() });
            }
            *place = Some(text).filter(|text| !text.is_empty());
        }
    }
    if let Some(Err(error)) = options.crs.as_deref().map(str::parse::<crate::geom::Crs>) {
        faults.push(Fault { parameter: "crs".to_owned(), detail: error.to_string() });
    }
    let encoding = options.encoding.as_deref().filter(|name| !name.eq_ignore_ascii_case("auto"));
    if let Some(Err(error)) = encoding.map(str::parse::<crate::text::Encoding>) {
        faults.push(Fault { parameter: "encoding".to_owned(), detail: error.to_string() });
    }
    if faults.is_empty() { Ok(options) } else { Err(Problem::Parameters(faults)) }
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
    params.only(&[&OPTIONS[..], &plan::OPTIONS, &["filename"]].concat())?;
    let desk = app.desk()?;
    let options = new_options(&|name| params.get(name).map(str::to_owned))?;
    app.may_import(&visitor, &declared(&app, &options.collection))?;
    let named = params.get("filename").map(file_name).transpose();
    let bad_name = |detail| Problem::Parameters(vec![Fault { parameter: "filename".to_owned(), detail }]);
    let named = named.map_err(bad_name)?;
    only(&ask.headers, &receive::TAKEN)?;
    let (place, receiving) = desk.place(&visitor).await?;
    let received = receive(&place, &ask.headers, body, desk.most).await?;
    drop(receiving);
    let name = match (named, received.name) {
        (Some(name), _) => name,
        (None, Some(name)) => file_name(&name).map_err(bad_name)?,
        (None, None) => return Err(bad_name("is missing: the ending of the name says what format it is".to_owned())),
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
        return Err(Problem::Busy(format!("{MAX_IMPORTS} imports are under way: try again later")));
    }
    read(&app, &import);
    let mut response = show::answer(StatusCode::CREATED, &import.document(&ask.base));
    let location = format!("{}/imports/{}", ask.base, import.id);
    response.headers_mut().insert(LOCATION, value(&location));
    Ok(response)
}

impl App {
    /// Whether a visitor may import into a collection at all; single rows are looked at when they are written.
    fn may_import(&self, visitor: &Visitor, collection: &Collection) -> Result<(), Problem> {
        if collection.kind == Kind::Derived {
            let detail = "is computed from the registers and cannot be imported".to_owned();
            return Err(Problem::Parameters(vec![Fault { parameter: "collection".to_owned(), detail }]));
        }
        self.may(visitor, Action::Create, collection, None, None)
    }
}

/// Has a file read, in a task of its own.
fn read(app: &Arc<App>, import: &Arc<Import>) {
    let leash = Arc::new(Leash::default());
    // What read before reads what nobody wants.
    import.leash.swap(Arc::clone(&leash)).stop();
    import.rows.0.store(0, Ordering::Relaxed);
    import.rows.1.store(0, Ordering::Relaxed);
    import.progress.store(Arc::new(Progress::Reading));
    let (app, import) = (Arc::clone(app), Arc::downgrade(import));
    tokio::spawn(async move {
        let Ok(desk) = app.desk() else { return };
        let Ok(place) = Arc::clone(&desk.reading).acquire_owned().await else { return };
        // Deleted while it waited.
        let Some(import) = import.upgrade() else { return };
        let outcome = app.read_now(desk, &import, &leash, place).await;
        // Another reading has begun meanwhile: this one is not wanted.
        if Arc::ptr_eq(&import.leash.load(), &leash) {
            import.progress.store(Arc::new(outcome));
        }
    });
}

impl App {
    async fn read_now(
        &self,
        desk: &Desk,
        import: &Arc<Import>,
        leash: &Arc<Leash>,
        place: OwnedSemaphorePermit,
    ) -> Progress {
        let options = import.options.load_full();
        if let Some(asked) = &options.plan {
            return self.read_plan(desk, import, leash, place, &options, asked).await;
        }
        let Ok(registrar) = self.registrar() else { return Progress::Failed(String::new()) };
        let id = options.collection.clone();
        let target = match registrar.read(move |store| upload::target(store, &id)).await {
            Ok(Ok(target)) => target,
            Ok(Err(message)) => return Progress::Refused { message, layers: Vec::new() },
            Err(closed) => return Progress::Failed(closed.to_string()),
        };
        let (workers, import_of_task, leash) = (desk.workers.clone(), Arc::clone(import), Arc::clone(leash));
        let job = options.job(&import.name);
        let read = import.apart(move |folder, aside| {
            let import = import_of_task;
            let progress = |done: u64, all: u64| {
                import.rows.0.store(done, Ordering::Relaxed);
                import.rows.1.store(all, Ordering::Relaxed);
            };
            let reading = Reading::take(&workers, (folder, aside), job, &target, &leash, &progress);
            drop(place);
            reading
        });
        let reading = match read.await {
            Ok(reading) => reading,
            Err(progress) => return progress,
        };
        let met = registrar.read(move |store| {
            let counts = upload::count(store, &reading, options.mode);
            let preview = show::preview(&reading);
            (reading, counts, preview)
        });
        match met.await {
            Ok((reading, Ok(counts), Ok(preview))) => {
                Progress::Ready(Arc::new(Ready { reading, counts, at: Utc::now(), preview }))
            }
            Ok((_, Err(error), _)) => Progress::Failed(error.to_string()),
            Ok((_, _, Err(message))) => Progress::Refused { message, layers: Vec::new() },
            Err(closed) => Progress::Failed(closed.to_string()),
        }
    }
}

impl Options {
    fn job(&self, file: &str) -> ImportJob {
        ImportJob {
            file: file.to_owned(),
            collection: self.collection.clone(),
            declaration: None,
            is_stored: false,
            layer: self.layer.clone(),
            crs: self.crs.clone(),
            encoding: self.encoding.clone(),
            mode: self.mode,
            id_field: self.id_field.clone(),
            mapping: self.mapping.clone(),
        }
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
    /// Has the file read beside the runtime, in a folder of the worker's with a copy of it.
    async fn apart<T: Send + 'static>(
        self: &Arc<Import>,
        work: impl FnOnce(&Path, &Path) -> Result<T, UploadError> + Send + 'static,
    ) -> Result<T, Progress> {
        let import = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let folder = import.place.work(&import.name).map_err(|e| UploadError::Machine(e.to_string()))?;
            work(folder.path(), import.place.aside())
        });
        match read.await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(UploadError::Refused { message, layers })) => Err(Progress::Refused { message, layers }),
            Ok(Err(error)) => {
                // It is in the log, and said to whoever sent the file.
                drop(problem(&error));
                Err(Progress::Failed(error.to_string()))
            }
            Err(error) => {
                tracing::error!(%error, "reading an uploaded file broke off");
                Err(Progress::Failed(UploadError::Machine(String::new()).to_string()))
            }
        }
    }

    /// The right to change it, which one request has at a time.
    fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.turn).try_acquire_owned().map_err(|_| conflict("this import is being written or changed"))
    }
}

fn conflict(detail: &str) -> Problem {
    Problem::Conflict { detail: detail.to_owned(), rows: Vec::new() }
}

/// The members of a JSON object that a request sends.
async fn members(headers: &HeaderMap, body: Body, known: &[&str]) -> Result<Map<String, Value>, Problem> {
    const JSON_TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];
    let bytes = axum::body::to_bytes(body, MAX_BODY);
    let bytes = tokio::time::timeout(Duration::from_secs(20), bytes).await.map_err(|_| Problem::TooSlow)?;
    let bytes = bytes.map_err(|_| Problem::TooLarge(MAX_BODY))?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if !JSON_TYPES.contains(&media_type(headers).as_str()) {
        return Err(Problem::UnsupportedMediaType(&JSON_TYPES));
    }
    let read = serde_json::from_slice::<Map<String, Value>>(&bytes);
    let members = read.map_err(|error| Problem::BadRequest(format!("the body is no JSON object: {error}")))?;
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(unprocessable(&format!("/{name}"), "is no member of such a request")),
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
        return Err(conflict("this import has been written: send the file again"));
    }
    let mut faults = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| *name != "mapping") {
        if !value.is_string() && !value.is_null() {
            faults.push(ContentFault { pointer: format!("/{name}"), detail: "is no text".to_owned() });
        }
    }
    if members.get("mapping").is_some_and(|mapping| !mapping.is_object() && !mapping.is_null()) {
        faults.push(ContentFault { pointer: "/mapping".to_owned(), detail: "is no object".to_owned() });
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

/// Hashes what is read through it, and refuses at its end what is not as it came.
struct AsItCame<'a> {
    from: File,
    hash: Sha256,
    sha256: &'a str,
}

impl Read for AsItCame<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.hash.update(&into[..count]);
        if count == 0 && !into.is_empty() {
            let found: String = self.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            if found != self.sha256 {
                return Err(io::Error::other("it is not as it came"));
            }
        }
        Ok(count)
    }
}

/// Writes all of an import.
pub async fn commit(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let import = app.desk()?.find(&visitor, &id)?;
    let members = members(&ask.headers, body, &["message", "skip_bad"]).await?;
    let why = match members.get("message") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.chars().count() <= 2_000 => {
            Some(text.clone()).filter(|text| !text.is_empty())
        }
        Some(_) => return Err(unprocessable("/message", "is no text of at most 2000 letters")),
    };
    let skip_bad = match members.get("skip_bad") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(skip_bad)) => *skip_bad,
        Some(_) => return Err(unprocessable("/skip_bad", "is neither true nor false")),
    };
    let turn = import.turn()?;
    let ready = match &**import.progress.load() {
        Progress::Ready(ready) => Found::Rows(Arc::clone(ready)),
        Progress::Plan(drawn) => Found::Plan(Arc::clone(drawn)),
        Progress::Reading => return Err(conflict("the file is still being read")),
        Progress::Committed(_) => return Err(conflict("this import has been written already")),
        Progress::Refused { message, .. } | Progress::Failed(message) => return Err(unprocessable("", message)),
    };
    app.may_import(&visitor, &declared(&app, &import.options.load().collection))?;
    let mode = import.options.load().mode;
    let origin =
        Origin { who: visitor.name.clone(), what: format!("import {} sha256:{}", import.name, import.sha256), why };
    let (of_work, app_of_work) = (Arc::clone(&import), Arc::clone(&app));
    let work = move |store: &dyn Store| {
        let import = of_work;
        let _turn = turn;
        let written = write(&app_of_work, store, &import, &ready, (mode, skip_bad), &origin, &visitor);
        if let Ok(applied) = &written {
            import.progress.store(Arc::new(Progress::Committed(applied.clone())));
        }
        written
    };
    let done = app.registrar()?.write(work).await.map_err(|closed| {
        tracing::error!(%closed, "an import was not written, or cannot be served");
        Problem::Internal
    })?;
    done?;
    Ok(show::answer(StatusCode::OK, &import.document(&ask.base)))
}

/// What a commit writes.
enum Found {
    Rows(Arc<Ready>),
    Plan(Arc<plan::Drawn>),
}

/// What is answered where nothing was written.
fn not_written(error: CommitError<Problem>) -> Problem {
    let said = error.to_string();
    match error {
        CommitError::Denied(problem) => problem,
        CommitError::Changed | CommitError::Store(StoreError::Conflict { .. }) => conflict(&said),
        CommitError::Faulty(_) | CommitError::Replaced(_) => unprocessable("", &said),
        CommitError::Store(StoreError::Busy(_)) => Problem::Busy(said),
        CommitError::Store(_) | CommitError::Machine(_) => {
            tracing::error!(error = said, "an import was not written");
            Problem::Internal
        }
    }
}

/// Writes on the thread that does; gives what was done.
fn write(
    app: &App,
    store: &dyn Store,
    import: &Import,
    found: &Found,
    (mode, skip_bad): (Mode, bool),
    origin: &Origin,
    visitor: &Visitor,
) -> Result<Value, Problem> {
    let failed = |error: io::Error| {
        tracing::error!(%error, "an uploaded file cannot be read any more");
        Problem::Internal
    };
    let from = File::open(import.place.original()).map_err(failed)?;
    let mut content = AsItCame { from, hash: Sha256::new(), sha256: &import.sha256 };
    let source = SourceFile { sha256: import.sha256.clone(), name: import.name.clone(), content: &mut content };
    let mut allow = |collection: &Collection, before: Option<&Row>, after: Option<&Draft>| {
        app.may(visitor, Action::Import, collection, before, after)
    };
    match found {
        Found::Rows(ready) => {
            let committed = Committed { mode, skip_bad, origin: origin.clone(), source };
            let applied = upload::commit(store, &ready.reading, committed, &mut allow).map_err(not_written)?;
            Ok(show::counts(applied))
        }
        Found::Plan(drawn) => {
            let applied = drawn.reading.commit(store, origin, source, &mut allow).map_err(not_written)?;
            Ok(applied.into_iter().map(|(collection, applied)| (collection, show::counts(applied))).collect())
        }
    }
}
