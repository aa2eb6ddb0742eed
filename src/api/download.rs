//! Whole collections as one file: streamed where a format allows it, else built beside the runtime.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response};
use chrono::NaiveDate;
use http_body::Body as _;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::changes::Lines;
use super::collections::find;
use super::gzipped::Gzipped;
use super::items::{asked, not_transformed, page, page_headers};
use super::negotiate::{Offer, representation, takes};
use super::reply::{MIN_COMPRESSED, REVALIDATE, begin, value};
use super::sealed::Coding;
use super::stream::{Pieces, Stream};
use super::{App, Ask, Segments, files, params, remote, walk};
use crate::ogc::media_type::{CSV, FLATGEOBUF, GEO_JSON, GEO_JSON_SEQ, GEOPACKAGE, JSON_FG, NDJSON, XLSX};
use crate::ogc::problem::Problem;
use crate::publish::collection::PublishedCollection;
use crate::publish::files::{FileOrder, Order, Rows};
use crate::publish::remote::Remotely;
use crate::query::{ItemsQuery, Rendering};

/// Formats that hold a collection in one piece. The words are endings of files as well, but for those of JSON.
pub const WHOLE: [Offer; 6] = [
    ("ndjson", NDJSON),
    ("geojsonseq", GEO_JSON_SEQ),
    ("csv", CSV),
    ("gpkg", GEOPACKAGE),
    ("xlsx", XLSX),
    ("fgb", FLATGEOBUF),
];

/// Formats of a download.
const DOWNLOADS: [Offer; 8] = [
    ("geojson", GEO_JSON),
    ("jsonfg", JSON_FG),
    ("ndjson", NDJSON),
    ("geojsonseq", GEO_JSON_SEQ),
    ("csv", CSV),
    ("gpkg", GEOPACKAGE),
    ("xlsx", XLSX),
    ("fgb", FLATGEOBUF),
];

/// What is asked for in one piece.
pub struct Whole<'a> {
    pub id: &'a str,
    pub collection: &'a PublishedCollection,
    pub query: ItemsQuery,
    pub rendering: Rendering,
    pub media_type: &'static str,
    /// The day, where it is another than that of the snapshot.
    pub day: Option<NaiveDate>,
    /// Whether the client wants a page of it and no more.
    pub is_page: bool,
    /// The mark of the walk that the page belongs to.
    pub walk: String,
}

/// The name under which a browser keeps the file.
fn file_name(whole: &Whole<'_>) -> String {
    let ending = match whole.media_type {
        GEO_JSON => "geojson",
        JSON_FG => "fg.json",
        GEO_JSON_SEQ => "geojsons",
        other => WHOLE.iter().find(|(_, media_type)| *media_type == other).map_or("json", |(word, _)| word),
    };
    match whole.day {
        Some(day) => format!("{}_{day}.{ending}", whole.id),
        None => format!("{}.{ending}", whole.id),
    }
}

/// The rows that are meant, how many match, and the next page's token where a page is meant.
async fn select(app: &App, whole: &Whole<'_>) -> Result<(Rows, Option<usize>, Option<String>), Problem> {
    let Whole { collection, query, .. } = whole;
    if query.is_unfiltered() && query.sort.is_empty() && !whole.is_page {
        return Ok((Rows::All, Some(collection.len()), None));
    }
    let query = ItemsQuery { limit: if whole.is_page { query.limit } else { usize::MAX }, ..query.clone() };
    let page = page(app, collection, &query).await?;
    Ok((Rows::Some(page.rows), page.matched, page.next.map(|next| params::token(&whole.walk, &next))))
}

/// Answers with a collection in one piece.
pub async fn send(app: &App, ask: &Ask, mut whole: Whole<'_>) -> Result<Response<Body>, Problem> {
    let held: PublishedCollection;
    let (rows, matched, next) = match &whole.collection.remote {
        Some(remote) => {
            let is_file = files::ending(whole.media_type).is_some();
            if !whole.is_page && !is_file {
                return send_remote(ask, whole, remote).await;
            }
            let found = match whole.is_page {
                true => remote::page(app, whole.collection, remote, &whole.query).await?,
                false => remote::for_file(app, whole.collection, remote, &whole.query).await?,
            };
            let next = found.page.next.map(|next| params::token(&whole.walk, &next));
            held = found.collection;
            whole.collection = &held;
            let is_all = !whole.is_page && whole.query.is_unfiltered() && whole.query.sort.is_empty();
            let rows = if is_all { Rows::All } else { Rows::Some(found.page.rows) };
            (rows, found.page.matched, next)
        }
        None => select(app, &whole).await?,
    };
    let mut headers = page_headers(&whole.rendering.crs, matched, Some(rows.count(whole.collection)));
    headers.push(disposition(&whole));
    headers.extend(next.map(|token| walk::next_header(ask, whole.id, &token, whole.media_type)));
    let key = key(ask, &whole);
    if let Some(ending) = files::ending(whole.media_type) {
        let is_sorted = !whole.query.sort.is_empty();
        let collection = whole.collection.clone();
        let order =
            Order::Features(Box::new(FileOrder { collection, rendering: whole.rendering, rows, is_sorted, ending }));
        let built = app.files.get(xxh3_128_with_seed(key.as_bytes(), app.seed), order).await?;
        return Ok(files::send(&ask.headers, &built, whole.media_type, &headers));
    }
    let etag = format!("W/\"{:016x}\"", xxh3_64(key.as_bytes()));
    let (mut response, is_known) = begin(&ask.headers, &etag, REVALIDATE, &headers);
    if is_known {
        return Ok(response);
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type_of(whole.media_type)));
    let stream = Stream::new(whole.collection.clone(), whole.rendering, whole.media_type, rows);
    let stream = stream.map_err(not_transformed)?.ok_or(Problem::Internal)?;
    let is_short = stream.size_hint().exact().is_some_and(|length| length < MIN_COMPRESSED as u64);
    *response.body_mut() = if !is_short && takes(&ask.headers, Coding::Gzip) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(Coding::Gzip.name()));
        Body::new(Gzipped::new(stream))
    } else {
        Body::new(stream)
    };
    Ok(response)
}

/// Answers with a collection that stays in the database, while it is read there.
async fn send_remote(ask: &Ask, whole: Whole<'_>, remote: &Arc<Remotely>) -> Result<Response<Body>, Problem> {
    let mut headers = page_headers(&whole.rendering.crs, None, None);
    headers.push(disposition(&whole));
    let etag = format!("W/\"{:016x}\"", xxh3_64(key(ask, &whole).as_bytes()));
    let (mut response, is_known) = begin(&ask.headers, &etag, REVALIDATE, &headers);
    if is_known {
        return Ok(response);
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type_of(whole.media_type)));
    let is_all = whole.query.is_unfiltered() && whole.query.sort.is_empty();
    let pieces = Pieces::new(whole.collection, whole.rendering, whole.media_type, is_all);
    let pieces = pieces.map_err(not_transformed)?.ok_or(Problem::Internal)?;
    let taken = remote::stream(whole.collection, remote, &whole.query, pieces).await?;
    let body = Lines(taken);
    *response.body_mut() = if takes(&ask.headers, Coding::Gzip) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(Coding::Gzip.name()));
        Body::new(Gzipped::new(body))
    } else {
        Body::new(body)
    };
    Ok(response)
}

/// What tells an answer from others in its place.
fn key(ask: &Ask, whole: &Whole<'_>) -> String {
    format!("{:x} {} {} {}", whole.collection.hash, whole.id, whole.media_type, ask.query)
}

fn disposition(whole: &Whole<'_>) -> (HeaderName, HeaderValue) {
    (CONTENT_DISPOSITION, value(&format!("attachment; filename=\"{}\"", file_name(whole))))
}

/// The media type as a header says it.
fn media_type_of(media_type: &'static str) -> &'static str {
    if media_type == CSV { "text/csv; charset=utf-8; header=present" } else { media_type }
}

/// All features of a collection, or all that match, as one file.
pub async fn whole(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_collection_recorded(&app, &id).await?;
    let params = ask.params();
    let (query, rendering) = params::download(&params, &find(&ask.snapshot, &id)?.declaration)?;
    let day = params.as_of()?;
    let collection = asked(&app, &ask, &id, day).await?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &DOWNLOADS)?;
    let walk = params::walk(&params, &collection.declaration);
    let whole = Whole { id: &id, collection: &collection, query, rendering, media_type, day, is_page: false, walk };
    send(&app, &ask, whole).await
}
