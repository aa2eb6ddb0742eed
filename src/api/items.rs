//! Items: pages of features and single features. The hot path: ready bytes, joined and sent.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT, IF_NONE_MATCH};
use axum::http::{HeaderName, HeaderValue, Response};
use bytes::Bytes;
use chrono::{NaiveDate, SecondsFormat, Utc};
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128_with_seed};

use super::collections::find;
use super::download::{WHOLE, Whole};
use super::moment::no_past;
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, Segments, download, html, json_fg, params, posted, remote, walk};
use crate::compliance::SiteCollection;
use crate::domain::{FeatureId, Kind};
use crate::geom::Crs;
use crate::geom::reproject::ReprojectError;
use crate::ogc::json;
use crate::ogc::link::{COLLECTION, VERSION_HISTORY, link, representations, with_parameter};
use crate::ogc::media_type::{GEO_JSON, HTML, JSON, JSON_FG};
use crate::ogc::problem::Problem;
use crate::publish::collection::{Page, PublishedCollection};
use crate::query::{ItemsQuery, Rendering};

/// Formats of pages, then those that hold all features in one piece.
const FEATURES: [Offer; 10] = {
    let [a, b, c, d, e, f] = WHOLE;
    [("json", GEO_JSON), ("geojson", GEO_JSON), ("html", HTML), ("jsonfg", JSON_FG), a, b, c, d, e, f]
};

/// Formats of a single feature.
const FEATURE: [Offer; 4] = [("json", GEO_JSON), ("geojson", GEO_JSON), ("html", HTML), ("jsonfg", JSON_FG)];

/// For links of a page: each media type once. The last one holds places and nothing without them.
const LINKED: [Offer; 9] = {
    let [a, b, c, d, e, f] = WHOLE;
    [("json", GEO_JSON), ("html", HTML), ("jsonfg", JSON_FG), a, b, c, d, e, f]
};

/// For links of a feature.
const FEATURE_LINKED: [Offer; 3] = [("json", GEO_JSON), ("html", HTML), ("jsonfg", JSON_FG)];

/// A page of HTML holds at most so many rows.
const MAX_HTML_ROWS: usize = 1000;

/// More slices than this are joined into one copy: so many go out in one system call, head and end beside them. The largest
/// page spans about six chunks of rows; a page by place or filter has a slice for each stretch of neighbours.
const MAX_SLICES: usize = 60;

/// Collections with more rows are searched and sorted beside the async runtime.
const MANY_ROWS: usize = 20_000;

/// More features than this are brought into another form beside the async runtime.
const MANY_RENDERED: usize = 500;

/// The features of a page, ready to be sent, without what differs between two answers.
pub struct ReadyPage {
    features: Vec<Bytes>,
    returned: usize,
    /// `None` where it is not counted.
    matched: Option<usize>,
    /// Token of the next page.
    next: Option<String>,
    /// Whether the features are a copy of their own and not slices of the snapshot.
    copied: bool,
}

impl ReadyPage {
    /// A page of a collection in the form that is wanted.
    fn new(
        collection: &PublishedCollection,
        page: &Page,
        rendering: &Rendering,
        media_type: &str,
        walk: &str,
    ) -> Result<ReadyPage, ReprojectError> {
        let (features, copied) = match media_type {
            JSON_FG => {
                let pieces =
                    [json_fg::head(collection, rendering), json_fg::features(collection, rendering, &page.rows)?];
                (pieces.map(Bytes::from).to_vec(), true)
            }
            _ if rendering.is_plain() => ReadyPage::published(collection, &page.rows),
            _ => (vec![GEO_JSON_HEAD, rendered(collection, rendering, &page.rows)?.into()], true),
        };
        Ok(ReadyPage {
            features,
            returned: page.rows.len(),
            matched: page.matched,
            next: page.next.as_ref().map(|next| params::token(walk, next)),
            copied,
        })
    }

    /// Features as they lie in the snapshot, and whether they had to be copied.
    fn published(collection: &PublishedCollection, rows: &[u32]) -> (Vec<Bytes>, bool) {
        let runs = collection.runs(rows);
        let copied = runs.len() > MAX_SLICES;
        let mut features = Vec::with_capacity(runs.len() + 1);
        features.push(GEO_JSON_HEAD);
        if copied {
            features.push(runs.concat().into());
        } else {
            features.extend(runs);
        }
        (features, copied)
    }

    /// Bytes it keeps in memory besides the snapshot.
    pub fn weight(&self) -> usize {
        let copied: usize = if self.copied { self.features.iter().map(Bytes::len).sum() } else { 0 };
        copied + self.features.len() * size_of::<Bytes>() + 512
    }

    /// What follows the features: counts, links, time.
    fn end(&self, ask: &Ask, collection: &PublishedCollection, media_type: &'static str) -> Bytes {
        let declared = &collection.declaration;
        let id = &declared.id;
        let linked = LINKED.len() - usize::from(declared.geometry.is_none());
        let mut links = walk::pages(ask, id, media_type, &LINKED[..linked]);
        links.extend(self.next.as_ref().map(|next| walk::next(ask, id, next, media_type)));
        links.push(link(format!("{}/collections/{id}", ask.base), COLLECTION, JSON, "Tập dữ liệu / Collection"));
        let mut end = Vec::with_capacity(2048);
        end.push(b']');
        if let Some(matched) = self.matched {
            end.extend_from_slice(b",\"numberMatched\":");
            end.extend_from_slice(itoa::Buffer::new().format(matched).as_bytes());
        }
        end.extend_from_slice(b",\"numberReturned\":");
        end.extend_from_slice(itoa::Buffer::new().format(self.returned).as_bytes());
        end.extend_from_slice(b",\"links\":");
        json::append(&mut end, &links);
        end.extend_from_slice(b",\"timeStamp\":\"");
        end.extend_from_slice(Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true).as_bytes());
        end.extend_from_slice(b"\"}");
        end.into()
    }
}

/// What a page of GeoJSON begins with.
const GEO_JSON_HEAD: Bytes = Bytes::from_static(b"{\"type\":\"FeatureCollection\",\"features\":[");

/// Features in another form than the published one, separated by commas.
fn rendered(collection: &PublishedCollection, rendering: &Rendering, rows: &[u32]) -> Result<Vec<u8>, ReprojectError> {
    let renderer = collection.renderer(rendering)?;
    let mut out = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        renderer.feature(&mut out, *row);
    }
    Ok(out)
}

/// The system of an answer's coordinates (OGC 18-058r1, requirement 16).
pub fn content_crs(crs: &Crs) -> (HeaderName, HeaderValue) {
    let uri = crs.uri().and_then(|uri| HeaderValue::from_str(&format!("<{uri}>")).ok());
    // Only systems with a name are offered.
    let crs84 = HeaderValue::from_static("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    (HeaderName::from_static("content-crs"), uri.unwrap_or(crs84))
}

/// Headers of an answer with many features; numbers that are not known are left out.
pub fn page_headers(crs: &Crs, matched: Option<usize>, returned: Option<usize>) -> Vec<(HeaderName, HeaderValue)> {
    let number = |name, number: Option<usize>| Some((HeaderName::from_static(name), HeaderValue::from(number?)));
    let numbers = [number("ogc-numbermatched", matched), number("ogc-numberreturned", returned)];
    std::iter::once(content_crs(crs)).chain(numbers.into_iter().flatten()).collect()
}

/// A system is offered only when places can be had in it, so this is our fault.
pub fn not_transformed(error: ReprojectError) -> Problem {
    tracing::error!(%error, "an offered reference system cannot be served");
    Problem::Internal
}

/// Whether finding the rows of a query takes longer than a request may hold the runtime.
fn is_found_long(collection: &PublishedCollection, query: &ItemsQuery) -> bool {
    let has_order = query.sort.is_empty() || collection.has_order(&query.sort);
    let is_transformed = query.bbox.as_ref().is_some_and(|bbox| bbox.local.is_some());
    // A filter may take long over few rows too.
    query.filter.is_some() || collection.len() > MANY_ROWS && (!query.words.is_empty() || !has_order || is_transformed)
}

/// Whether bringing so many features into a form takes longer than a request may hold the runtime.
fn is_rendered_long(rendering: &Rendering, media_type: &str, count: usize) -> bool {
    (!rendering.is_plain() || media_type == JSON_FG) && count > MANY_RENDERED
}

/// The rows that a query gets.
pub async fn page(app: &App, collection: &PublishedCollection, query: &ItemsQuery) -> Result<Page, Problem> {
    let page = if is_found_long(collection, query) {
        let (collection, query) = (collection.clone(), query.clone());
        if query.filter.is_some() {
            app.filtering(move |work| collection.page_within(&query, work)).await?
        } else {
            app.apart(move || collection.page(&query)).await?
        }
    } else {
        collection.page(query)
    };
    page.map_err(|error| params::filter_fault(&error))
}

/// The rows that a query gets, in the collection that holds them: rows that stay in the database come in one of their own.
async fn in_place<'a>(
    app: &App,
    collection: &'a PublishedCollection,
    query: &ItemsQuery,
) -> Result<(Cow<'a, PublishedCollection>, Page), Problem> {
    match &collection.remote {
        Some(remote) => {
            let found = remote::page(app, collection, remote, query).await?;
            Ok((Cow::Owned(found.collection), found.page))
        }
        None => Ok((Cow::Borrowed(collection), page(app, collection, query).await?)),
    }
}

/// As [`page`], kept where finding it costs more than putting the page together.
async fn found(
    app: &App,
    key: u128,
    collection: &PublishedCollection,
    query: &ItemsQuery,
) -> Result<Arc<Page>, Problem> {
    if query.filter.is_none() {
        return page(app, collection, query).await.map(Arc::new);
    }
    if let Some(found) = app.found.get(&key) {
        return Ok(found);
    }
    let found = Arc::new(page(app, collection, query).await?);
    app.found.insert(key, Arc::clone(&found));
    Ok(found)
}

/// The collection that is asked for: as it stands, or as it stood on the day that `as-of` names.
pub enum Asked<'a> {
    Now(&'a PublishedCollection),
    Then(Arc<PublishedCollection>),
}

impl std::ops::Deref for Asked<'_> {
    type Target = PublishedCollection;

    fn deref(&self) -> &PublishedCollection {
        match self {
            Asked::Now(collection) => collection,
            Asked::Then(collection) => collection,
        }
    }
}

/// The collection of an id as it stands, or as it stood on a day.
pub async fn asked<'a>(app: &App, ask: &'a Ask, id: &str, day: Option<NaiveDate>) -> Result<Asked<'a>, Problem> {
    let now = find(&ask.snapshot, id)?;
    let Some(day) = day.filter(|_| ask.snapshot.has_past(now)) else { return Ok(Asked::Now(now)) };
    if let Some(stays) = ask.snapshot.without_past(id) {
        return if day == ask.snapshot.as_of { Ok(Asked::Now(now)) } else { Err(no_past(stays)) };
    }
    let (snapshot, id) = (Arc::clone(&ask.snapshot), id.to_owned());
    let made = move || snapshot.collection_on(&id, day);
    let made = if ask.snapshot.has_collection_on(&now.declaration.id, day) { made() } else { app.apart(made).await? };
    match made {
        Ok(Some(then)) => Ok(Asked::Then(then)),
        Ok(None) => Ok(Asked::Now(now)),
        Err(error) => {
            tracing::error!(%error, %day, "an earlier day cannot be made");
            Err(Problem::Internal)
        }
    }
}

/// A page of features.
pub async fn list(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_collection_recorded(&app, &id).await?;
    answer(&app, &id, &ask).await
}

/// A page of features whose parameters come in the body of the request.
pub async fn search(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    mut ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    find(&ask.snapshot, &id)?;
    let _place = match posted::is_long(&ask.headers) {
        true => Some(app.bodies.acquire().await.map_err(|_| Problem::NotReady)?),
        false => None,
    };
    let posted = posted::read(&ask.headers, body).await?;
    let pairs = ask.params().into_pairs().chain(posted);
    ask.query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    ask.path = format!("/collections/{id}/items");
    ask.is_posted = true;
    // Only what is got can be known already.
    ask.headers.remove(IF_NONE_MATCH);
    let ask = ask.into_collection_recorded(&app, &id).await?;
    answer(&app, &id, &ask).await
}

async fn answer(app: &App, id: &str, ask: &Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let (query, rendering) = params::items(&params, &find(&ask.snapshot, id)?.declaration)?;
    let day = params.as_of()?;
    let collection = &*asked(app, ask, id, day).await?;
    let walk = params::walk(&params, &collection.declaration);
    let (_, media_type) = representation(params.get("f"), &ask.headers, &FEATURES)?;
    if WHOLE.iter().any(|(_, whole)| *whole == media_type) {
        let is_page = params.get("limit").is_some() || params.get("token").is_some();
        let whole = Whole { id, collection, query, rendering, media_type, day, is_page, walk };
        return download::send(app, ask, whole).await;
    }
    let reply = if media_type == HTML {
        let query = ItemsQuery { limit: query.limit.min(MAX_HTML_ROWS), ..query };
        let (collection, page) = in_place(app, collection, &query).await?;
        let next = page.next.as_ref().map(|next| with_parameter(&ask.url(), "token", &params::token(&walk, next)));
        html::items(&ask.base, &collection, &page, next).reply()
    } else {
        let key = format!("{:x} {:x} {} {media_type} {}", ask.snapshot.version, collection.hash, id, ask.query);
        let key = xxh3_128_with_seed(key.as_bytes(), app.seed);
        let crs = rendering.crs.clone();
        let ready = match app.pages.get(&key) {
            Some(ready) => ready,
            None => {
                let (held, page) = match &collection.remote {
                    Some(_) => {
                        let (held, page) = in_place(app, collection, &query).await?;
                        (held, Arc::new(page))
                    }
                    None => (Cow::Borrowed(collection), found(app, key, collection, &query).await?),
                };
                let made = if is_rendered_long(&rendering, media_type, page.rows.len()) {
                    let (held, rendering) = (held.into_owned(), rendering);
                    app.apart(move || ReadyPage::new(&held, &page, &rendering, media_type, &walk)).await?
                } else {
                    ReadyPage::new(&held, &page, &rendering, media_type, &walk)
                };
                let mut ready = made.map_err(not_transformed)?;
                // A slice would keep all the rows beside it that nothing else holds.
                if !ready.copied && (collection.remote.is_some() || day.is_some()) {
                    ready.features = vec![ready.features.concat().into()];
                    ready.copied = true;
                }
                let ready = Arc::new(ready);
                app.pages.insert(key, Arc::clone(&ready));
                ready
            }
        };
        Reply {
            media_type,
            end: ready.end(ask, collection, media_type),
            etag: collection.hash ^ xxh3_64(format!("{id}?{} {media_type}", ask.query).as_bytes()),
            key: Some(key),
            version: None,
            packed: None,
            immutable: false,
            headers: page_headers(&crs, ready.matched, Some(ready.returned)),
            kept: ready.features.clone(),
        }
    };
    Ok(send(app, &ask.headers, reply).await)
}

/// All that an answer without parts of its own depends on, but for its coding.
pub fn answer_key(ask: &Ask, seed: u64) -> u128 {
    let mut hash = Xxh3::with_seed(seed);
    let asked = [ask.base.as_bytes(), ask.path.as_bytes(), ask.query.as_bytes()];
    hash.update(&ask.snapshot.version.to_le_bytes());
    // Some of what an answer shows is no part of what is published, such as places as surveyed.
    hash.update(&ask.snapshot.store_version.to_le_bytes());
    for part in asked.into_iter().chain(ask.headers.get_all(ACCEPT).iter().map(HeaderValue::as_bytes)) {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.digest128()
}

/// One feature.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let ask = ask.into_collection_recorded(&app, &id).await?;
    let key = answer_key(&ask, app.seed);
    if let Some(ready) = app.answers.get(&key) {
        return Ok(send(&app, &ask.headers, Reply::clone(&ready)).await);
    }
    let params = ask.params();
    let now = find(&ask.snapshot, &id)?;
    let rendering = params::item(&params, &now.declaration, ask.snapshot.has_past(now))?;
    let day = params.as_of()?;
    let collection = &*asked(&app, &ask, &id, day).await?;
    let missing = || {
        Problem::NotFound(format!(
            "tập dữ liệu '{id}' không có đối tượng '{feature}' / collection '{id}' has no feature '{feature}'"
        ))
    };
    let wanted = FeatureId::parse(&feature).map_err(|_| missing())?;
    let alone = remote::of_id(&app, collection, &wanted).await?;
    let collection = alone.as_ref().unwrap_or(collection);
    let row = collection.find(&wanted).ok_or_else(missing)?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &FEATURE)?;
    let reply = if media_type == HTML {
        let snapshot = &ask.snapshot;
        let key = SiteCollection::parse(&id).map(|kind| (kind, feature.clone()));
        let assessment = key.and_then(|key| snapshot.assessment_on(&key, day.unwrap_or(snapshot.as_of)));
        html::item(&ask.base, &snapshot.standards, assessment.as_deref(), collection, row).reply()
    } else {
        let bytes: Bytes = match media_type {
            JSON_FG => json_fg::feature(collection, &rendering, row).map_err(not_transformed)?.into(),
            _ if rendering.is_plain() => collection.feature(row),
            _ => rendered(collection, &rendering, &[row]).map_err(not_transformed)?.into(),
        };
        // Nobody edits an earlier day.
        let version = collection.version(row).filter(|_| day.is_none());
        let mut links = representations(&ask.url(), media_type, &FEATURE_LINKED);
        links.push(link(format!("{}/collections/{id}", ask.base), COLLECTION, JSON, "Tập dữ liệu / Collection"));
        if ask.snapshot.has_registers() && now.declaration.kind != Kind::Derived {
            let versions = format!("{}/collections/{id}/items/{feature}/versions", ask.base);
            links.push(link(versions, VERSION_HISTORY, JSON, "Lịch sử / Version history"));
        }
        let mut end = Vec::with_capacity(1024);
        end.extend_from_slice(b",\"links\":");
        json::append(&mut end, &links);
        end.push(b'}');
        let reply = Reply {
            media_type,
            etag: xxh3_64(&bytes),
            key: None,
            version,
            packed: None,
            immutable: false,
            headers: vec![content_crs(&rendering.crs)],
            // The links go into the feature: its closing brace moves behind them.
            // A copy: a slice would keep all the rows beside it as long as the answer is kept.
            kept: vec![Bytes::copy_from_slice(&bytes[..bytes.len() - 1])],
            end: end.into(),
        };
        app.answers.insert(key, Arc::new(reply.clone()));
        reply
    };
    Ok(send(&app, &ask.headers, reply).await)
}
