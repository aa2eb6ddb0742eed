//! Query strings, answered by the service itself over a little of the sample.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Uri};
use chrono::NaiveDate;
use langxanh::api::access::Entry;
use langxanh::api::{App, PublicUrl, router};
use langxanh::compliance::Standards;
use langxanh::domain::Collection;
use langxanh::filter::STACK;
use langxanh::publish::files::FileWriter;
use langxanh::publish::publish;
use langxanh::sample;
use langxanh::store::memory::MemoryStore;
use langxanh::store::{Change, Mode, Origin, Row, Store};
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

/// Rows of each register: fewer than a page, more than the leads.
const ROWS: usize = 15;

/// What the first byte of the input chooses among, `0` to `7`.
const RESOURCES: [&str; 8] = [
    "/collections/clusters/items",
    "/collections/plan_parcels/items",
    "/collections/effluent_samples/items",
    "/collections/clusters/download",
    "/collections/craft_villages/items/1",
    "/search",
    "/compliance/targets",
    "/compliance/outcomes",
];

/// Writes the ids alone: GDAL is not what is tried here.
struct Ids;

impl FileWriter for Ids {
    fn write(&self, file: &Path, _: &Collection, rows: &mut dyn Iterator<Item = Row>, _: bool) -> Result<(), String> {
        let ids: Vec<_> = rows.map(|row| row.id.to_string()).collect();
        std::fs::write(file, ids.join("\n")).map_err(|error| error.to_string())
    }

    fn write_plan(&self, file: &Path, layers: Vec<(Collection, Vec<Row>)>) -> Result<(), String> {
        let ids: Vec<_> = layers.iter().flat_map(|(_, rows)| rows).map(|row| row.id.to_string()).collect();
        std::fs::write(file, ids.join("\n")).map_err(|error| error.to_string())
    }
}

struct Served {
    runtime: Runtime,
    router: Router,
    /// A village that is there.
    village: String,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let store = MemoryStore::default();
    let mut village = String::new();
    for table in sample::tables().unwrap() {
        if table.collection.id == "craft_villages" {
            village = table.drafts[0].id.as_ref().unwrap().to_string();
        }
        let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
        let drafts = &mut table.drafts.into_iter().take(ROWS).map(Ok);
        store.apply(Change { collection: table.collection, mode: Mode::Append, drafts, origin }).unwrap();
    }
    let day = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    let snapshot = publish(&store, &Arc::new(Standards::bundled().unwrap()), day).unwrap();
    let public_url = PublicUrl { fixed: Some("http://localhost".to_owned()), ..PublicUrl::default() };
    let app = Arc::new(App::new(snapshot, public_url, Arc::new(Ids), Entry::default()).unwrap());
    let runtime = Builder::new_current_thread().enable_all().thread_stack_size(STACK).build().unwrap();
    Served { runtime, router: router(app), village }
});

/// A target that a client can send: what may not stand in one is encoded.
fn target(data: &[u8]) -> Option<Uri> {
    let (first, query) = data.split_first()?;
    let path = RESOURCES[usize::from(*first) % RESOURCES.len()];
    let mut target = path.replace("/items/1", &format!("/items/{}", SERVED.village));
    target.push('?');
    for byte in query {
        match byte {
            b'#' | b' ' | 0x00..=0x1F | 0x7F..=0xFF => target.push_str(&format!("%{byte:02X}")),
            _ => target.push(char::from(*byte)),
        }
    }
    target.parse().ok()
}

/// The first byte chooses the resource, the others are the query.
pub fn check(data: &[u8]) {
    let Some(uri) = target(data) else { return };
    let request = Request::get(uri.clone()).body(Body::empty()).unwrap();
    let (status, media_type, body) = SERVED.runtime.block_on(async {
        let response = SERVED.router.clone().call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let media_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok().map(str::to_owned));
        (head.status, media_type.unwrap_or_default(), to_bytes(body, usize::MAX).await.unwrap())
    });
    assert!(status.is_success() || status.is_client_error(), "{uri}: {status} {}", String::from_utf8_lossy(&body));
    if media_type.ends_with("json") && !media_type.ends_with("ndjson") {
        let read = serde_json::from_slice::<serde_json::Value>(&body);
        assert!(read.is_ok(), "{uri}: {media_type}: {read:?} {}", String::from_utf8_lossy(&body));
    }
}
