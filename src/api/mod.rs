//! The service over HTTP: a table of routes, one handler per resource.
//!
//! Handlers read the current snapshot and nothing else: no GDAL, no SQL, no lock. A handler extracts, calls and wraps. What is
//! written is handed to the registrar, which alone speaks to the store.

pub mod access;
mod apart;
mod attachments;
mod base_url;
mod basemap;
mod changes;
mod collections;
mod common;
mod compliance;
mod dossier;
mod download;
mod edits;
mod explained;
mod files;
mod gzipped;
mod health;
mod hotspots;
mod html;
mod imports;
mod items;
mod json_fg;
mod lists;
mod maps;
mod me;
mod metrics;
mod moment;
mod negotiate;
mod not_before;
mod overviews;
mod page;
mod params;
mod plans;
mod posted;
mod processes;
mod proposed;
mod qgis;
mod quarters;
mod remote;
mod rendering;
mod reply;
mod reports;
mod review;
mod sealed;
mod search;
pub mod server;
mod sites;
mod stream;
mod styles;
mod tile_store;
mod tiles;
mod visitor;
mod walk;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post};
use chrono::NaiveDate;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::{Semaphore, watch};

pub use base_url::PublicUrl;
pub use basemap::{Basemap, BasemapError};
pub use imports::Uploads;

use crate::compliance::Review;
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::collection::Page;
use crate::publish::files::FileWriter;
use crate::publish::registrar::Registrar;
use crate::publish::veil::{Restricted, Telling};
use crate::store::StoreError;
use crate::store::commit::Commit;
use access::{Access, Entry};
use apart::Places;
use dossier::Dossiers;
use files::Files;
use hotspots::{Answer, AnswerWeight};
use items::ReadyPage;
use metrics::Metrics;
use params::Params;
use processes::Jobs;
use reply::Reply;
use sealed::{Coding, Sealed};
use tile_store::Tiles;
use visitor::Visitor;

/// What all handlers share.
pub struct App {
    snapshot: ArcSwap<Snapshot>,
    /// What is shown to who has not signed in: the same where nothing is restricted.
    open: ArcSwap<Snapshot>,
    /// What all instances call the state that both have.
    commits: watch::Sender<Option<Commit>>,
    restricted: Restricted,
    access: Access,
    public_url: PublicUrl,
    /// Assembled pages by hash of snapshot and query.
    pages: Cache<u128, Arc<ReadyPage>, Weight>,
    /// What was found by filters, by the same hash: many more of them than of assembled pages find room.
    found: Cache<u128, Arc<Page>, Weight>,
    /// Small answers that cost more to make than to keep, by hash of snapshot and request.
    answers: Cache<u128, Arc<Reply>, Weight>,
    /// Compressed bodies by key of what they hold and coding.
    sealed: Cache<(u128, Coding), Sealed, Weight>,
    /// Files that were built for downloads.
    files: Files,
    dossiers: Dossiers,
    tiles: Arc<Tiles>,
    metrics: Metrics,
    health: health::Watched,
    /// Places for long bodies of requests, from their first byte to the answer.
    bodies: Semaphore,
    /// Places for what takes longer than a request may hold the runtime.
    apart: Places,
    /// What runs of hotspots have found.
    runs: Cache<String, Arc<Answer>, AnswerWeight>,
    jobs: Jobs,
    /// Reviews of plans that were asked for.
    plans: plans::Reviews,
    /// What was recorded at moments that were asked for.
    moments: moment::Moments,
    /// Who writes to the store.
    registrar: OnceLock<Registrar>,
    /// Where files of others are taken in.
    desk: OnceLock<imports::Desk>,
    /// What the page lays beneath the city's own layers.
    basemap: OnceLock<Basemap>,
    /// Keys both caches differently in every process, so that nobody can aim at collisions.
    seed: u64,
    /// Names of requests; the first is another one in every process.
    requests: AtomicU64,
}

/// Bytes that each of the two caches may hold.
const CACHE_BYTES: u64 = 64 << 20;

/// Bytes that what was found may take.
const FOUND_BYTES: u64 = 8 << 20;

/// Bytes that ready answers may hold.
const ANSWER_BYTES: u64 = 16 << 20;

#[derive(Clone)]
struct Weight;

impl Weighter<u128, Arc<ReadyPage>> for Weight {
    fn weight(&self, _: &u128, page: &Arc<ReadyPage>) -> u64 {
        page.weight() as u64
    }
}

impl Weighter<u128, Arc<Page>> for Weight {
    fn weight(&self, _: &u128, page: &Arc<Page>) -> u64 {
        (page.rows.len() * size_of::<u32>()) as u64 + 256
    }
}

impl Weighter<u128, Arc<Reply>> for Weight {
    fn weight(&self, _: &u128, reply: &Arc<Reply>) -> u64 {
        reply.weight() as u64
    }
}

impl Weighter<(u128, Coding), Sealed> for Weight {
    fn weight(&self, _: &(u128, Coding), sealed: &Sealed) -> u64 {
        sealed.bytes.len() as u64 + 128
    }
}

impl App {
    /// # Errors
    /// When what is restricted cannot be taken out of the snapshot.
    pub fn new(
        snapshot: Snapshot,
        public_url: PublicUrl,
        writer: Arc<dyn FileWriter>,
        entry: Entry,
    ) -> Result<App, StoreError> {
        use std::hash::{BuildHasher, RandomState};
        let metrics = Metrics::default();
        metrics.published(&snapshot);
        let snapshot = Arc::new(snapshot);
        let (access, restricted) = Access::new(entry);
        let open = opened(&snapshot, &restricted)?;
        let tiles = Arc::new(Tiles::new(metrics.tiles_made.clone()));
        tiles.warm(served(&snapshot, &open));
        Ok(App {
            snapshot: ArcSwap::new(snapshot),
            commits: watch::Sender::new(open.commit),
            open: ArcSwap::new(open),
            restricted,
            access,
            public_url,
            pages: Cache::with_weighter(1000, CACHE_BYTES, Weight),
            found: Cache::with_weighter(1000, FOUND_BYTES, Weight),
            answers: Cache::with_weighter(5000, ANSWER_BYTES, Weight),
            sealed: Cache::with_weighter(1000, CACHE_BYTES, Weight),
            files: Files::new(writer),
            dossiers: Dossiers::default(),
            tiles,
            metrics,
            health: health::Watched::default(),
            bodies: Semaphore::new(posted::MAX_LONG),
            apart: Places::default(),
            runs: Cache::with_weighter(64, CACHE_BYTES, AnswerWeight),
            jobs: Jobs::default(),
            plans: plans::Reviews::default(),
            moments: moment::Moments::default(),
            registrar: OnceLock::new(),
            desk: OnceLock::new(),
            basemap: OnceLock::new(),
            seed: RandomState::new().hash_one("pages"),
            requests: AtomicU64::new(RandomState::new().hash_one("requests")),
        })
    }

    /// Swaps in a new snapshot; answers under way finish with the old one.
    pub fn publish(&self, snapshot: Snapshot) {
        self.metrics.published(&snapshot);
        let snapshot = Arc::new(snapshot);
        match opened(&snapshot, &self.restricted) {
            Ok(open) => self.open.store(open),
            // What may be seen is not known: nothing new is shown.
            Err(error) => tracing::error!(%error, "what is open cannot be made: the earlier state is shown on"),
        }
        self.snapshot.store(Arc::clone(&snapshot));
        self.commits.send_replace(self.open.load().commit);
        self.pages.clear();
        self.found.clear();
        self.answers.clear();
        self.tiles.warm(served(&snapshot, &self.open.load()));
    }

    /// Lets the registrar write what clients send. Without one, and with a second one, nothing changes.
    pub fn employ(&self, registrar: Registrar) {
        let _ = self.registrar.set(registrar);
    }

    /// Lets the page have a basemap. A second one changes nothing.
    pub fn lay(&self, basemap: Basemap) {
        let _ = self.basemap.set(basemap);
    }

    /// The basemap; an empty one where none is configured.
    fn basemap(&self) -> &Basemap {
        self.basemap.get_or_init(Basemap::default)
    }

    /// Who writes to the store.
    ///
    /// # Errors
    /// 403 where nothing can be written, because the store is not ours.
    fn registrar(&self) -> Result<&Registrar, Problem> {
        let read_only = || {
            Problem::Forbidden(
                "kho này chỉ đọc: không do langxanh tạo ra / this store is read-only: it was not made by langxanh"
                    .to_owned(),
            )
        };
        self.registrar.get().filter(|_| self.snapshot.load().has_registers()).ok_or_else(read_only)
    }

    /// The snapshot with everything, at this moment.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The snapshot from which strangers are answered at this moment.
    pub fn open_snapshot(&self) -> Arc<Snapshot> {
        self.open.load_full()
    }

    /// What all instances that share the store call the state that every answer has from now on.
    fn commit(&self) -> Option<Commit> {
        *self.commits.borrow()
    }

    /// The snapshot from which a visitor is answered at this moment.
    fn snapshot_for(&self, visitor: &Visitor) -> Arc<Snapshot> {
        if visitor.is_anonymous() { self.open_snapshot() } else { self.snapshot() }
    }

    /// Whether some answers differ by who asks.
    fn restricts(&self) -> bool {
        !self.restricted.is_nothing()
    }
}

/// What is left of a snapshot for who has not signed in.
fn opened(full: &Arc<Snapshot>, restricted: &Restricted) -> Result<Arc<Snapshot>, StoreError> {
    if restricted.is_nothing() { Ok(Arc::clone(full)) } else { Snapshot::open(full, restricted).map(Arc::new) }
}

/// The snapshots that are served, each once.
fn served(full: &Arc<Snapshot>, open: &Arc<Snapshot>) -> Vec<Arc<Snapshot>> {
    let open = Some(open).filter(|open| !Arc::ptr_eq(full, open));
    std::iter::once(full).chain(open).map(Arc::clone).collect()
}

impl App {
    /// Every site as it stood on a day; without one, on the day of the snapshot.
    pub async fn review(&self, snapshot: &Arc<Snapshot>, day: Option<NaiveDate>) -> Result<Arc<Review>, Problem> {
        let day = day.unwrap_or(snapshot.as_of);
        if snapshot.has_review_on(day) {
            return Ok(snapshot.review_on(day));
        }
        let snapshot = Arc::clone(snapshot);
        self.apart(move || snapshot.review_on(day)).await
    }
}

/// A request, as handlers need it.
struct Ask {
    snapshot: Arc<Snapshot>,
    /// Where links start.
    base: String,
    path: String,
    query: String,
    headers: HeaderMap,
    /// Whether the parameters came in the body of the request.
    is_posted: bool,
    /// Whether the snapshot is of the moment that `as-of` names.
    is_of_moment: bool,
    /// Whether all may be shown to who asks.
    sees_all: bool,
}

impl Ask {
    fn params(&self) -> Params {
        let params = Params::parse(&self.query);
        if self.is_of_moment { params.of_moment() } else { params }
    }

    /// The URL that was asked for, as links name it.
    fn url(&self) -> String {
        let path = self.path.trim_end_matches('/');
        if self.query.is_empty() {
            format!("{}{path}", self.base)
        } else {
            format!("{}{path}?{}", self.base, self.query)
        }
    }
}

/// A query as links repeat it: what a client sent unencoded (`name_vi=Dương`) is encoded, the rest stays as it came.
fn percent_encoded(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    for byte in query.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl FromRequestParts<Arc<App>> for Ask {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Ask, Problem> {
        // Before the headers are taken.
        let visitor = Visitor::from_request_parts(parts, app).await?;
        Ok(Ask {
            snapshot: app.snapshot_for(&visitor),
            base: app.public_url.of(&parts.headers)?,
            path: parts.uri.path().to_owned(),
            query: percent_encoded(parts.uri.query().unwrap_or_default()),
            headers: std::mem::take(&mut parts.headers),
            is_posted: false,
            is_of_moment: false,
            sees_all: !(app.restricts() && visitor.is_anonymous()),
        })
    }
}

/// Segments of the path, percent-decoded.
struct Segments<T>(T);

impl<T, S> FromRequestParts<S> for Segments<T>
where
    T: serde::de::DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Segments<T>, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(segments)| Segments(segments)).map_err(|e| {
            Problem::NotFound(format!("không có tài nguyên này: {0} / there is no such resource: {0}", e.body_text()))
        })
    }
}

/// What may be done with nearly every resource of this release: QGIS reads it from OPTIONS before it offers to edit.
const METHODS: &str = "GET, HEAD, OPTIONS";

/// What may be done where parameters are posted to.
const POSTED_METHODS: &str = "POST, OPTIONS";

/// What may be done with the sign-off of a quarter.
const SIGN_OFF_METHODS: &str = "POST, DELETE, OPTIONS";

/// What may be done with a job.
const JOB_METHODS: &str = "GET, HEAD, DELETE, OPTIONS";

/// A read-only resource. OPTIONS is answered here and not by a CORS layer, which would swallow `Allow`.
fn resource<H, T>(handler: H) -> MethodRouter<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    with_methods(get(handler), METHODS)
}

fn with_methods(router: MethodRouter<Arc<App>>, methods: &'static str) -> MethodRouter<Arc<App>> {
    let refuse = move || std::future::ready(method_not_allowed(methods));
    router.options(move |headers| std::future::ready(options(&headers, methods))).fallback(refuse)
}

fn options(headers: &HeaderMap, methods: &'static str) -> Response<Body> {
    preflight(headers, methods).unwrap_or_else(|| {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
        response
    })
}

/// The answer to a browser that asks whether a page may ask; `None` for every other request.
fn preflight(headers: &HeaderMap, methods: &'static str) -> Option<Response<Body>> {
    if !headers.contains_key(ORIGIN) || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let out = response.headers_mut();
    out.insert(ALLOW, HeaderValue::from_static(methods));
    let cors = [
        ("access-control-allow-methods", methods),
        (
            "access-control-allow-headers",
            "Accept, Content-Crs, If-Match, If-None-Match, Authorization, Content-Type, Prefer, Langxanh-Message, \
             Langxanh-Not-Before",
        ),
        ("access-control-max-age", "86400"),
    ];
    out.extend(cors.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))));
    Some(response)
}

fn method_not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = Problem::MethodNotAllowed.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// A read-only resource that tells more of sites and their rows than collections do.
fn telling<H, T>(telling: Telling, app: &Arc<App>, handler: H) -> MethodRouter<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    for_known(telling, app, resource(handler))
}

/// A resource that is for who has signed in where answers of a kind tell of what is restricted.
fn for_known(telling: Telling, app: &Arc<App>, router: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    if app.restricted.is_told_by(telling) { for_known_alone(app, router) } else { router }
}

/// A read-only resource that tells of rows whatever they are: of those too that are kept from strangers.
fn past<H, T>(app: &Arc<App>, handler: H) -> MethodRouter<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    if app.restricts() { for_known_alone(app, resource(handler)) } else { resource(handler) }
}

/// A resource that is for who has signed in.
fn for_known_alone(app: &Arc<App>, router: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    let only_known = |visitor: Visitor, request: axum::extract::Request, next: Next| async move {
        // A browser asks without credentials whether it may ask with them.
        let is_let = !visitor.is_anonymous() || request.method() == Method::OPTIONS;
        if is_let { next.run(request).await } else { access::sign_in().into_response() }
    };
    router.route_layer(from_fn_with_state(Arc::clone(app), only_known))
}

/// The features of a collection: read, and written by who may.
fn features() -> MethodRouter<Arc<App>> {
    get(items::list).post(edits::create).options(edits::options_of_items).fallback(edits::refuse_of_items)
}

/// One feature: read, and written by who may.
fn feature() -> MethodRouter<Arc<App>> {
    let writing = get(items::one).put(edits::replace).patch(edits::update).delete(edits::delete);
    writing.options(edits::options_of_item).fallback(edits::refuse_of_item)
}

async fn not_found(uri: axum::http::Uri) -> Problem {
    Problem::NotFound(format!("không có gì ở {0} / there is nothing at {0}", uri.path()))
}

/// Every resource of the service.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", resource(common::landing_page))
        .route("/conformance", resource(common::conformance))
        .route("/functions", resource(common::functions))
        .route("/api", resource(common::api))
        .route("/api.html", resource(common::api_documentation))
        .route("/collections", resource(collections::list))
        .route("/collections/{collection}", resource(collections::one))
        .route("/collections/{collection}/queryables", resource(collections::queryables))
        .route("/collections/{collection}/sortables", resource(collections::sortables))
        .route("/collections/{collection}/schema", resource(collections::schema))
        .route("/collections/{collection}/items", features())
        .route("/collections/{collection}/search", with_methods(post(items::search), POSTED_METHODS))
        .route("/collections/{collection}/download", resource(download::whole))
        .route("/collections/{collection}/items/{feature}", feature())
        .route("/collections/{collection}/items/{feature}/versions", past(&app, changes::versions))
        .route("/collections/{collection}/items/{feature}/versions/{change}", past(&app, changes::version))
        .route("/changes", past(&app, changes::list))
        .route("/changes.atom", past(&app, changes::feed))
        .route("/changes/audit", past(&app, changes::audit))
        .route("/changes/{change}", past(&app, changes::one))
        .route("/changes/{change}/undo", with_methods(post(changes::take_back), POSTED_METHODS))
        .route("/quarters", telling(Telling::Sites, &app, quarters::list))
        .route("/quarters/{quarter}", telling(Telling::Sites, &app, quarters::one))
        .route(
            "/quarters/{quarter}/sign-off",
            with_methods(post(quarters::sign_off).delete(quarters::reopen), SIGN_OFF_METHODS),
        )
        .route("/edits", with_methods(post(edits::batch), POSTED_METHODS))
        .route(
            "/collections/{collection}/items/{feature}/attachments",
            with_methods(get(attachments::list).post(attachments::add), attachments::METHODS),
        )
        .route(
            "/collections/{collection}/items/{feature}/attachments/{sha256}",
            with_methods(get(attachments::one).delete(attachments::remove), attachments::ONE_METHODS),
        )
        .route("/imports", with_methods(post(imports::create), imports::METHODS))
        .route(
            "/imports/{import}",
            with_methods(get(imports::one).patch(imports::change).delete(imports::delete), imports::ONE_METHODS),
        )
        .route("/imports/{import}/commit", with_methods(post(imports::commit), imports::METHODS))
        .route("/qgis/langxanh.qgz", resource(qgis::project))
        .route("/search", resource(search::search))
        .route("/collections/{collection}/tiles", resource(tiles::collection_list))
        .route("/collections/{collection}/tiles/WebMercatorQuad", resource(tiles::collection_metadata))
        .route("/collections/{collection}/tiles/WebMercatorQuad/{z}/{row}/{col}", resource(tiles::of_collection))
        .route("/tiles", resource(tiles::dataset_list))
        .route("/tiles/WebMercatorQuad", resource(tiles::dataset_metadata))
        .route("/tiles/WebMercatorQuad/{z}/{row}/{col}", resource(tiles::of_dataset))
        .route("/tileMatrixSets", resource(tiles::matrix_sets))
        .route("/tileMatrixSets/WebMercatorQuad", resource(tiles::matrix_set))
        .route("/styles", resource(styles::list))
        .route("/styles/{style}", resource(styles::one))
        .route("/styles/{style}/legend", resource(styles::legend))
        .route("/compliance/rules", resource(compliance::rules))
        .route("/compliance/targets", telling(Telling::Sites, &app, review::targets))
        .route("/compliance/duties", telling(Telling::Facts, &app, review::duties))
        .route("/compliance/quality", telling(Telling::Facts, &app, review::quality))
        .route("/compliance/summary", telling(Telling::Facts, &app, reports::summary))
        .route("/compliance/outcomes", telling(Telling::Facts, &app, review::outcomes))
        .route("/compliance/{collection}/{feature}", resource(compliance::assessment))
        .route("/compliance/{collection}/{feature}/history", telling(Telling::Facts, &app, compliance::history))
        .route("/compliance/{collection}/{feature}/effluent", telling(Telling::Facts, &app, review::effluent))
        .route("/sites/{collection}/{feature}", telling(Telling::Sites, &app, sites::page))
        .route("/sites/{collection}/{feature}/neighbours", telling(Telling::Sites, &app, sites::around))
        .route("/compare", resource(sites::compared))
        .route("/reports", telling(Telling::Facts, &app, reports::list))
        .route("/reports/{month}", telling(Telling::Facts, &app, reports::one))
        .route("/hotspots", telling(Telling::Sites, &app, hotspots::list))
        .route("/hotspots/pressure", telling(Telling::Discharge, &app, hotspots::pressures))
        .route("/hotspots/why", telling(Telling::Discharge, &app, hotspots::why))
        .route("/processes", resource(processes::list))
        .route("/processes/{process}", resource(processes::describe))
        .route(
            "/processes/{process}/execution",
            for_known(Telling::Sites, &app, with_methods(post(processes::execute), POSTED_METHODS)),
        )
        .route("/jobs/{job}", with_methods(get(processes::job).delete(processes::dismiss), JOB_METHODS))
        .route("/jobs/{job}/results", resource(processes::results))
        .route("/plans", telling(Telling::Plans, &app, plans::list))
        .route("/plans/{plan}/review", telling(Telling::Plans, &app, plans::review))
        .route("/plans/{plan}/compare", telling(Telling::Plans, &app, plans::comparison))
        .route("/plans/{plan}/drawing", telling(Telling::Plans, &app, plans::drawing))
        .route("/plans/{plan}/source", telling(Telling::Plans, &app, plans::source))
        .route("/plans/{plan}/proposed", telling(Telling::Plans, &app, proposed::list))
        .route("/plans/{plan}/proposed/{proposal}/accept", with_methods(post(proposed::accept), POSTED_METHODS))
        .route("/plans/{plan}/proposed/{proposal}/dismiss", with_methods(post(proposed::dismiss), POSTED_METHODS))
        .route("/me", resource(me::me))
        .route("/proposals", resource(edits::proposed::list))
        .route("/proposals/{proposal}", resource(edits::proposed::one))
        .route("/proposals/{proposal}/accept", with_methods(post(edits::proposed::accept), POSTED_METHODS))
        .route("/proposals/{proposal}/reject", with_methods(post(edits::proposed::reject), POSTED_METHODS))
        .route("/assets/{*file}", resource(page::asset))
        .route("/favicon.svg", resource(page::favicon))
        .route("/sw.js", resource(page::service_worker))
        .route("/basemap", resource(basemap::describe))
        .route("/basemap.pmtiles", resource(basemap::file))
        .route("/healthz", resource(common::alive))
        .route("/readyz", resource(common::ready))
        .route("/metrics", resource(metrics::scrape))
        .fallback(not_found)
        .with_state(app)
}
