//! The service over HTTP: a table of routes, one handler per resource.
//!
//! Handlers read the current snapshot and nothing else: no GDAL, no SQL, no lock. A handler extracts, calls and wraps. What is
//! written is handed to the registrar, which alone speaks to the store.

mod apart;
mod base_url;
mod collections;
mod common;
mod compliance;
mod dossier;
mod download;
mod edits;
mod explained;
mod files;
mod gzipped;
mod hotspots;
mod html;
mod items;
mod json_fg;
mod lists;
mod maps;
mod metrics;
mod negotiate;
mod page;
mod params;
mod plans;
mod posted;
mod processes;
mod qgis;
mod rendering;
mod reply;
mod review;
mod sealed;
mod search;
pub mod server;
mod stream;
mod styles;
mod tile_store;
mod tiles;
mod visitor;
mod walk;

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::routing::{MethodRouter, get, post};
use chrono::NaiveDate;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

pub use base_url::PublicUrl;

use crate::compliance::Review;
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::collection::Page;
use crate::publish::files::FileWriter;
use crate::publish::registrar::Registrar;
use apart::Places;
use dossier::Dossiers;
use files::Files;
use hotspots::{Answer, AnswerWeight};
use items::ReadyPage;
use metrics::Metrics;
use params::Params;
use processes::Jobs;
use sealed::{Coding, Sealed};
use tile_store::Tiles;

/// What all handlers share.
pub struct App {
    snapshot: ArcSwap<Snapshot>,
    public_url: PublicUrl,
    /// Assembled pages by hash of snapshot and query.
    pages: Cache<u128, Arc<ReadyPage>, Weight>,
    /// What was found by filters, by the same hash: many more of them than of assembled pages find room.
    found: Cache<u128, Arc<Page>, Weight>,
    /// Compressed bodies by key of what they hold and coding.
    sealed: Cache<(u128, Coding), Sealed, Weight>,
    /// Files that were built for downloads.
    files: Files,
    dossiers: Dossiers,
    tiles: Arc<Tiles>,
    metrics: Metrics,
    /// Places for long bodies of requests, from their first byte to the answer.
    bodies: Semaphore,
    /// Places for what takes longer than a request may hold the runtime.
    apart: Places,
    /// What runs of hotspots have found.
    runs: Cache<String, Arc<Answer>, AnswerWeight>,
    jobs: Jobs,
    /// Reviews of plans that were asked for.
    plans: plans::Reviews,
    /// Who writes to the store.
    registrar: OnceLock<Registrar>,
    /// Whether everybody may edit.
    is_open: bool,
    /// Keys both caches differently in every process, so that nobody can aim at collisions.
    seed: u64,
}

/// Bytes that each of the two caches may hold.
const CACHE_BYTES: u64 = 64 << 20;

/// Bytes that what was found may take.
const FOUND_BYTES: u64 = 8 << 20;

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

impl Weighter<(u128, Coding), Sealed> for Weight {
    fn weight(&self, _: &(u128, Coding), sealed: &Sealed) -> u64 {
        sealed.bytes.len() as u64 + 128
    }
}

impl App {
    pub fn new(snapshot: Snapshot, public_url: PublicUrl, writer: Arc<dyn FileWriter>, is_open: bool) -> App {
        use std::hash::{BuildHasher, RandomState};
        let metrics = Metrics::default();
        metrics.published(&snapshot);
        let snapshot = Arc::new(snapshot);
        let tiles = Arc::new(Tiles::new(metrics.tiles_made.clone()));
        tiles.warm(&snapshot);
        App {
            snapshot: ArcSwap::new(snapshot),
            public_url,
            pages: Cache::with_weighter(1000, CACHE_BYTES, Weight),
            found: Cache::with_weighter(1000, FOUND_BYTES, Weight),
            sealed: Cache::with_weighter(1000, CACHE_BYTES, Weight),
            files: Files::new(writer),
            dossiers: Dossiers::default(),
            tiles,
            metrics,
            bodies: Semaphore::new(posted::MAX_LONG),
            apart: Places::default(),
            runs: Cache::with_weighter(64, CACHE_BYTES, AnswerWeight),
            jobs: Jobs::default(),
            plans: plans::Reviews::default(),
            registrar: OnceLock::new(),
            is_open,
            seed: RandomState::new().hash_one("pages"),
        }
    }

    /// Swaps in a new snapshot; answers under way finish with the old one.
    pub fn publish(&self, snapshot: Snapshot) {
        self.metrics.published(&snapshot);
        let snapshot = Arc::new(snapshot);
        self.snapshot.store(Arc::clone(&snapshot));
        self.pages.clear();
        self.found.clear();
        self.tiles.warm(&snapshot);
    }

    /// Lets the registrar write what clients send. Without one, and with a second one, nothing changes.
    pub fn employ(&self, registrar: Registrar) {
        let _ = self.registrar.set(registrar);
    }

    /// Who writes to the store.
    ///
    /// # Errors
    /// 403 where nothing can be written, because the store is not ours.
    fn registrar(&self) -> Result<&Registrar, Problem> {
        let read_only = || Problem::Forbidden("this store is read-only: it was not made by langxanh".to_owned());
        self.registrar.get().filter(|_| self.snapshot.load().has_registers()).ok_or_else(read_only)
    }

    /// The snapshot that requests are answered from at this moment.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }
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
}

impl Ask {
    fn params(&self) -> Params {
        Params::parse(&self.query)
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
        Ok(Ask {
            snapshot: app.snapshot(),
            base: app.public_url.of(&parts.headers)?,
            path: parts.uri.path().to_owned(),
            query: percent_encoded(parts.uri.query().unwrap_or_default()),
            headers: std::mem::take(&mut parts.headers),
            is_posted: false,
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
        path.map(|axum::extract::Path(segments)| Segments(segments))
            .map_err(|e| Problem::NotFound(format!("there is no such resource: {}", e.body_text())))
    }
}

/// What may be done with nearly every resource of this release: QGIS reads it from OPTIONS before it offers to edit.
const METHODS: &str = "GET, HEAD, OPTIONS";

/// What may be done where parameters are posted to.
const POSTED_METHODS: &str = "POST, OPTIONS";

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
            "Accept, Content-Crs, If-Match, If-None-Match, Authorization, Content-Type, Prefer, Langxanh-Message",
        ),
        ("access-control-max-age", "86400"),
    ];
    out.extend(cors.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))));
    Some(response)
}

fn method_not_allowed(methods: &'static str) -> Response<Body> {
    use axum::response::IntoResponse;
    let mut response = Problem::MethodNotAllowed.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
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
    Problem::NotFound(format!("there is nothing at {}", uri.path()))
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
        .route("/edits", with_methods(post(edits::batch), POSTED_METHODS))
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
        .route("/compliance/targets", resource(review::targets))
        .route("/compliance/duties", resource(review::duties))
        .route("/compliance/quality", resource(review::quality))
        .route("/compliance/outcomes", resource(review::outcomes))
        .route("/compliance/{collection}/{feature}", resource(compliance::assessment))
        .route("/compliance/{collection}/{feature}/history", resource(compliance::history))
        .route("/compliance/{collection}/{feature}/effluent", resource(review::effluent))
        .route("/hotspots", resource(hotspots::list))
        .route("/hotspots/pressure", resource(hotspots::pressures))
        .route("/hotspots/why", resource(hotspots::why))
        .route("/processes", resource(processes::list))
        .route("/processes/{process}", resource(processes::describe))
        .route("/processes/{process}/execution", with_methods(post(processes::execute), POSTED_METHODS))
        .route("/jobs/{job}", with_methods(get(processes::job).delete(processes::dismiss), JOB_METHODS))
        .route("/jobs/{job}/results", resource(processes::results))
        .route("/plans", resource(plans::list))
        .route("/plans/{plan}/review", resource(plans::review))
        .route("/plans/{plan}/compare", resource(plans::comparison))
        .route("/assets/{*file}", resource(page::asset))
        .route("/favicon.svg", resource(page::favicon))
        .route("/healthz", resource(common::alive))
        .route("/readyz", resource(common::ready))
        .route("/metrics", resource(metrics::scrape))
        .fallback(not_found)
        .with_state(app)
}
