//! Prometheus metrics of the process.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::App;
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;

/// Upper bounds of the duration histogram, in seconds.
const BOUNDS: [f64; 9] = [0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    status: u16,
}

pub struct Metrics {
    registry: Registry,
    requests: Family<Answer, Counter>,
    durations: Histogram,
    features: Gauge,
    published_at: Gauge<f64, AtomicU64>,
    /// Tiles that were made and not taken from memory.
    pub tiles_made: Counter,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("langxanh");
        let requests = Family::<Answer, Counter>::default();
        let durations = Histogram::new(BOUNDS);
        let features = Gauge::default();
        let published_at = Gauge::<f64, AtomicU64>::default();
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
        Metrics { registry, requests, durations, features, published_at, tiles_made }
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
    }
}

/// The metrics in OpenMetrics text.
pub async fn scrape(
    State(app): State<Arc<App>>,
) -> Result<([(axum::http::HeaderName, &'static str); 1], String), Problem> {
    let mut text = String::new();
    encode(&mut text, &app.metrics.registry).map_err(|error| {
        tracing::error!(%error, "metrics could not be written");
        Problem::Internal
    })?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
