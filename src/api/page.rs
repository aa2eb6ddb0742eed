//! The map: files that the front-end build has left, embedded in the binary.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;

use super::reply::{Reply, send};
use super::{App, Ask, Segments};
use crate::ogc::media_type::HTML;
use crate::ogc::problem::Problem;
use crate::tile::picture;

/// The output of `npm run build`. A crate built without it serves the API alone.
#[derive(RustEmbed)]
#[folder = "static/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

/// Where the build leaves room for the drawing.
const DRAWING: &str = "<!--first-map-->";

const NOT_BUILT: &str = "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><title>langxanh</title>\
<p>Trang bản đồ chưa được dựng. Chạy <code>make build</code> rồi khởi động lại.</p>\
<p lang=\"en\">The map has not been built. Run <code>make build</code> and start again. \
The <a href=\"collections\">collections</a> are served.</p></html>";

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => HTML,
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "pbf" => "application/x-protobuf",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

fn bytes(name: &str) -> Option<Bytes> {
    Dist::get(name).map(|file| match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    })
}

fn reply(app: &App, name: &str, bytes: Bytes, immutable: bool) -> Reply {
    let mut reply = Reply::document(media_type(name), Vec::new());
    reply.etag = xxhash_rust::xxh3::xxh3_64(&bytes);
    reply.kept = vec![bytes];
    reply.immutable = immutable;
    reply.headers = vec![(CONTENT_SECURITY_POLICY, app.basemap().policy.clone())];
    reply
}

/// The map's page. Where it marks the place there stands a drawing of what the map will show, so that a reader sees the city
/// before code and data have come.
pub async fn index(app: &App, ask: &Ask) -> Result<Response<Body>, Problem> {
    let version = ask.snapshot.version;
    let key = xxhash_rust::xxh3::xxh3_128_with_seed(&version.to_le_bytes(), app.seed);
    if let Some(ready) = app.answers.get(&key) {
        return Ok(send(app, &ask.headers, Reply::clone(&ready)).await);
    }
    let page = bytes(INDEX).unwrap_or_default();
    let Some((before, after)) = std::str::from_utf8(&page).ok().and_then(|page| page.split_once(DRAWING)) else {
        return document(app, &ask.headers, INDEX).await;
    };
    let snapshot = Arc::clone(&ask.snapshot);
    // Not among what waits for a place: the page is of use without it, and it takes milliseconds.
    let drawn = tokio::task::spawn_blocking(move || picture(&snapshot)).await;
    let tag = |drawing| format!("<script type=\"application/json\" id=\"first-data\">{drawing}</script>");
    let drawing = drawn.ok().flatten().map(tag).unwrap_or_default();
    let reply = reply(app, INDEX, Bytes::from([before, &drawing, after].concat()), false);
    app.answers.insert(key, Arc::new(reply.clone()));
    Ok(send(app, &ask.headers, reply).await)
}

/// One of the pages that the build makes.
pub async fn document(app: &App, headers: &HeaderMap, name: &'static str) -> Result<Response<Body>, Problem> {
    let bytes = bytes(name).unwrap_or_else(|| Bytes::from_static(NOT_BUILT.as_bytes()));
    Ok(send(app, headers, reply(app, name, bytes, false)).await)
}

/// A file beside the page.
async fn beside(app: &App, headers: &HeaderMap, name: &str) -> Result<Response<Body>, Problem> {
    let bytes = bytes(name)
        .ok_or_else(|| Problem::NotFound("chưa dựng trang bản đồ / the map has not been built".to_owned()))?;
    Ok(send(app, headers, reply(app, name, bytes, false)).await)
}

/// The sign in the browser's tab.
pub async fn favicon(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    beside(&app, &headers, "favicon.svg").await
}

/// What lets the page work without a network. It lies beside the page, so that it may answer for all of it.
pub async fn service_worker(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    beside(&app, &headers, "sw.js").await
}

/// A file of the page; its name carries a hash of its content.
pub async fn asset(
    State(app): State<Arc<App>>,
    Segments(file): Segments<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let name = format!("assets/{file}");
    let missing = || Problem::NotFound(format!("không có tệp '{name}' / there is no file '{name}'"));
    let bytes = bytes(&name).ok_or_else(missing)?;
    let packed = self::bytes(&format!("{name}.br"));
    Ok(send(&app, &headers, Reply { packed, ..reply(&app, &name, bytes, true) }).await)
}
