//! Prometheus metrics of the process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::App;
use super::health::Behind;
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::store::commit::Commit;
use crate::store::health::Health;

/// Upper bounds of the duration histogram, in seconds.
const BOUNDS: [f64; 9] = [0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfServer {
    server: u64,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPool {
    pool: String,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCache {
    cache: &'static str,
}

/// A number that goes up and down.
type Level = Gauge<f64, AtomicU64>;

/// A metric that a registry knows from now on.
fn known<M: Metric + Clone + Default>(of: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    of.register(name, help, metric.clone());
    metric
}

/// What is told of a database, beside what is told of every store.
struct OfDatabase {
    registry: Registry,
    writable: Gauge,
    up: Family<OfServer, Gauge>,
    is_replica: Family<OfServer, Gauge>,
    behind_changes: Family<OfServer, Gauge>,
    behind_seconds: Family<OfServer, Level>,
    connections: Family<OfPool, Gauge>,
    snapshot_version: Gauge,
    snapshot_behind_changes: Gauge,
    snapshot_behind_seconds: Level,
}

impl Default for OfDatabase {
    fn default() -> OfDatabase {
        let mut registry = Registry::with_prefix("langxanh");
        let of = &mut registry;
        OfDatabase {
            writable: known(of, "database_writable", "Whether writes are taken"),
            up: known(of, "database_up", "Whether a server answers"),
            is_replica: known(of, "database_replica", "Whether a server is a replica"),
            behind_changes: known(
                of,
                "database_behind_changes",
                "Changes that another server has and this one has not",
            ),
            behind_seconds: known(of, "database_behind_seconds", "Since a server that is behind last came on"),
            connections: known(
                of,
                "database_connections",
                "Connections by what they are for: most there may be, open, used, and who waits for one",
            ),
            snapshot_version: known(
                of,
                "snapshot_version",
                "The number of the newest change that the snapshot has, the same for all instances",
            ),
            snapshot_behind_changes: known(
                of,
                "snapshot_behind_changes",
                "Changes that the database has and the snapshot has not",
            ),
            snapshot_behind_seconds: known(
                of,
                "snapshot_behind_seconds",
                "Since when the database has the oldest of them",
            ),
            registry,
        }
    }
}

impl OfDatabase {
    fn set(&self, health: &Health, served: Option<Commit>, behind: Behind) {
        self.snapshot_version.set(served.map_or(0, |served| served.number));
        self.writable.set(i64::from(health.unwritable.is_none()));
        for server in &health.servers {
            let of = OfServer { server: server.number as u64 };
            self.up.get_or_create(&of).set(i64::from(server.state.is_ok()));
            if let Ok(state) = &server.state {
                self.is_replica.get_or_create(&of).set(i64::from(state.is_replica));
                self.behind_changes.get_or_create(&of).set(state.behind_changes);
                self.behind_seconds.get_or_create(&of).set(state.behind_seconds);
            }
        }
        for pool in &health.pools {
            let states = [("most", pool.most), ("open", pool.open), ("used", pool.used), ("waiting", pool.waiting)];
            for (state, count) in states {
                let of = OfPool { pool: pool.name.clone(), state };
                self.connections.get_or_create(&of).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        self.snapshot_behind_changes.set(behind.changes);
        self.snapshot_behind_seconds.set(behind.seconds);
    }
}

pub struct Metrics {
    registry: Registry,
    requests: Family<Answer, Counter>,
    durations: Histogram,
    features: Gauge,
    published_at: Level,
    /// How long each took to be made.
    published_in: Histogram,
    /// Tiles that were made and not taken from memory.
    pub tiles_made: Counter,
    /// Whether this instance does what one does for all.
    pub on_duty: Gauge,
    /// Once there is one.
    database: OnceLock<OfDatabase>,
    hits: Family<OfCache, Counter>,
    misses: Family<OfCache, Counter>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("langxanh");
        let requests = Family::<Answer, Counter>::default();
        let durations = Histogram::new(BOUNDS);
        let features = Gauge::default();
        let published_at = Level::default();
        let tiles_made = Counter::default();
        registry.register("http_requests", "Requests answered, by status", requests.clone());
        registry.register("http_request_duration_seconds", "Time until the answer is ready", durations.clone());
        registry.register("snapshot_features", "Features in the snapshot", features.clone());
        registry.register(
            "snapshot_published_timestamp_seconds",
            "When the snapshot was published",
            published_at.clone(),
        );
        registry.register("tiles_made", "Tiles made, not taken from memory", tiles_made.clone());
        let published_in = Histogram::new(BOUNDS);
        registry.register("publish_duration_seconds", "Time until a snapshot is made", published_in.clone());
        let on_duty = Gauge::default();
        registry.register("on_duty", "Whether this instance does what one does for all", on_duty.clone());
        let (hits, misses) = (Family::default(), Family::default());
        registry.register("cache_hits", "What was found in memory", hits.clone());
        registry.register("cache_misses", "What was looked for in memory and was not there", misses.clone());
        Metrics {
            registry,
            requests,
            durations,
            features,
            published_at,
            published_in,
            tiles_made,
            on_duty,
            database: OnceLock::new(),
            hits,
            misses,
        }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, status: u16, duration: Duration) {
        self.requests.get_or_create(&Answer { status }).inc();
        self.durations.observe(duration.as_secs_f64());
    }

    /// Notes what is served from now on.
    pub fn published(&self, snapshot: &Snapshot) {
        let features: usize = snapshot.collections.iter().map(PublishedCollection::features).sum();
        self.features.set(features as i64);
        self.published_at.set(snapshot.published_at.timestamp_millis() as f64 / 1000.0);
        self.published_in.observe(snapshot.made_in.as_secs_f64());
    }

    /// Notes how the database was found, and how far what is served is behind it.
    pub fn found(&self, health: &Health, served: Option<Commit>, behind: Behind) {
        self.database.get_or_init(OfDatabase::default).set(health, served, behind);
    }

    /// Notes what a cache has counted by itself.
    fn counted(&self, cache: &'static str, hits: u64, misses: u64) {
        for (family, count) in [(&self.hits, hits), (&self.misses, misses)] {
            family.get_or_create(&OfCache { cache }).inner().store(count, Ordering::Relaxed);
        }
    }
}

/// The metrics in OpenMetrics text.
pub async fn scrape(
    State(app): State<Arc<App>>,
) -> Result<([(axum::http::HeaderName, &'static str); 1], String), Problem> {
    let metrics = &app.metrics;
    metrics.counted("pages", app.pages.hits(), app.pages.misses());
    metrics.counted("found", app.found.hits(), app.found.misses());
    metrics.counted("answers", app.answers.hits(), app.answers.misses());
    metrics.counted("compressed", app.sealed.hits(), app.sealed.misses());
    let (hits, misses) = app.tiles.looked_up();
    metrics.counted("tiles", hits, misses);
    let mut text = String::new();
    let written = encode_registry(&mut text, &metrics.registry)
        .and_then(|()| metrics.database.get().map_or(Ok(()), |of| encode_registry(&mut text, &of.registry)))
        .and_then(|()| encode_eof(&mut text));
    written.map_err(|error| {
        tracing::error!(%error, "metrics could not be written");
        Problem::Internal
    })?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
