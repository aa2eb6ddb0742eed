//! Items: pages of features and single features. The hot path: ready bytes, joined and sent.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Response};
use bytes::{BufMut, Bytes, BytesMut};
use chrono::{NaiveDate, SecondsFormat, Utc};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::collections::find;
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, Segments, html, params};
use crate::compliance::SiteCollection;
use crate::domain::FeatureId;
use crate::ogc::link::{COLLECTION, NEXT, link, representations, with_parameter};
use crate::ogc::media_type::{GEO_JSON, HTML, JSON};
use crate::ogc::problem::Problem;
use crate::ogc::{AS_OF, json};
use crate::publish::collection::{Page, PublishedCollection};
use crate::query::ItemsQuery;

const FEATURES: [Offer; 3] = [("json", GEO_JSON), ("geojson", GEO_JSON), ("html", HTML)];

/// For links: each media type once.
const LINKED: [Offer; 2] = [("json", GEO_JSON), ("html", HTML)];

/// A page of HTML holds at most so many rows.
const MAX_HTML_ROWS: usize = 1000;

/// More slices than this are joined into one.
const MAX_SLICES: usize = 8;

/// The features of a page, ready to be sent, without what differs between two answers.
pub struct ReadyPage {
    features: Vec<Bytes>,
    returned: usize,
    matched: usize,
    /// Cursor of the next page.
    next: Option<String>,
    /// Whether the features are a copy of their own and not slices of the snapshot.
    copied: bool,
}

impl ReadyPage {
    fn new(collection: &PublishedCollection, page: &Page) -> ReadyPage {
        let runs = collection.runs(&page.rows);
        let copied = runs.len() > MAX_SLICES;
        let mut features = Vec::with_capacity(2 * runs.len() + 1);
        features.push(Bytes::from_static(b"{\"type\":\"FeatureCollection\",\"features\":["));
        if copied {
            let mut joined = BytesMut::with_capacity(runs.iter().map(|run| run.len() + 1).sum());
            for (index, run) in runs.iter().enumerate() {
                if index > 0 {
                    joined.put_u8(b',');
                }
                joined.put_slice(run);
            }
            features.push(joined.freeze());
        } else {
            for (index, run) in runs.into_iter().enumerate() {
                if index > 0 {
                    features.push(Bytes::from_static(b","));
                }
                features.push(run);
            }
        }
        ReadyPage {
            features,
            returned: page.rows.len(),
            matched: page.matched,
            next: page.next.as_ref().map(ToString::to_string),
            copied,
        }
    }

    /// Bytes it keeps in memory besides the snapshot.
    pub fn weight(&self) -> usize {
        let copied: usize = if self.copied { self.features.iter().map(Bytes::len).sum() } else { 0 };
        copied + 512
    }

    /// What follows the features: counts, links, time.
    fn end(&self, ask: &Ask, id: &str) -> Bytes {
        let url = ask.url();
        let mut links = representations(&url, GEO_JSON, &LINKED);
        if let Some(next) = &self.next {
            // Clients follow it verbatim, so every parameter of this page must be in it.
            links.push(link(with_parameter(&url, "token", next), NEXT, GEO_JSON, "Trang sau / Next page"));
        }
        links.push(link(format!("{}/collections/{id}", ask.base), COLLECTION, JSON, "Tập dữ liệu / Collection"));
        let links = json::to_bytes(&links);
        let mut end = BytesMut::with_capacity(links.len() + 160);
        end.put_slice(b"],\"numberMatched\":");
        end.put_slice(itoa::Buffer::new().format(self.matched).as_bytes());
        end.put_slice(b",\"numberReturned\":");
        end.put_slice(itoa::Buffer::new().format(self.returned).as_bytes());
        end.put_slice(b",\"links\":");
        end.put_slice(&links);
        end.put_slice(b",\"timeStamp\":\"");
        end.put_slice(Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true).as_bytes());
        end.put_slice(b"\"}");
        end.freeze()
    }
}

/// The reference system of every answer of this release.
static CONTENT_CRS: (HeaderName, HeaderValue) = (
    HeaderName::from_static("content-crs"),
    HeaderValue::from_static("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"),
);

fn page_headers(matched: usize, returned: usize) -> Vec<(HeaderName, HeaderValue)> {
    vec![
        CONTENT_CRS.clone(),
        (HeaderName::from_static("ogc-numbermatched"), HeaderValue::from(matched)),
        (HeaderName::from_static("ogc-numberreturned"), HeaderValue::from(returned)),
    ]
}

/// The collection that is asked for: as it stands, or as it stood on the day that `as-of` names.
enum Asked<'a> {
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

async fn asked<'a>(app: &App, ask: &'a Ask, id: &str, day: Option<NaiveDate>) -> Result<Asked<'a>, Problem> {
    let now = find(&ask.snapshot, id)?;
    let Some(day) = day.filter(|_| ask.snapshot.has_past(now)) else { return Ok(Asked::Now(now)) };
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
    let params = ask.params();
    let query = params::items(&params, &find(&ask.snapshot, &id)?.declaration)?;
    let collection = &*asked(&app, &ask, &id, params.as_of()?).await?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &FEATURES)?;
    let reply = if media_type == HTML {
        let query = ItemsQuery { limit: query.limit.min(MAX_HTML_ROWS), ..query };
        let page = collection.page(&query);
        let next = page.next.as_ref().map(|next| with_parameter(&ask.url(), "token", &next.to_string()));
        html::items(&ask.base, collection, &page, next).reply()
    } else {
        let key = format!("{:x} {:x} {} {}", ask.snapshot.version, collection.hash, id, ask.query);
        let key = xxh3_128_with_seed(key.as_bytes(), app.seed);
        let ready = match app.pages.get(&key) {
            Some(ready) => ready,
            None => {
                let ready = Arc::new(ReadyPage::new(collection, &collection.page(&query)));
                app.pages.insert(key, Arc::clone(&ready));
                ready
            }
        };
        Reply {
            media_type: GEO_JSON,
            end: ready.end(&ask, &id),
            etag: collection.hash ^ xxh3_64(format!("{id}?{}", ask.query).as_bytes()),
            key: Some(key),
            immutable: false,
            headers: page_headers(ready.matched, ready.returned),
            kept: ready.features.clone(),
        }
    };
    Ok(send(&app, &ask.headers, reply).await)
}

/// One feature.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let has_past = ask.snapshot.has_past(find(&ask.snapshot, &id)?);
    params.only(if has_past { &["f", AS_OF] } else { &["f"] })?;
    let day = params.as_of()?;
    let collection = &*asked(&app, &ask, &id, day).await?;
    let missing = || Problem::NotFound(format!("collection '{id}' has no feature '{feature}'"));
    let row = FeatureId::parse(&feature).ok().and_then(|id| collection.find(&id)).ok_or_else(missing)?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &FEATURES)?;
    let reply = if media_type == HTML {
        let snapshot = &ask.snapshot;
        let key = SiteCollection::parse(&id).map(|kind| (kind, feature.clone()));
        let assessment = key.and_then(|key| snapshot.assessment_on(&key, day.unwrap_or(snapshot.as_of)));
        html::item(&ask.base, &snapshot.standards, assessment.as_deref(), collection, row).reply()
    } else {
        let bytes = collection.feature(row);
        let mut links = representations(&ask.url(), GEO_JSON, &LINKED);
        links.push(link(format!("{}/collections/{id}", ask.base), COLLECTION, JSON, "Tập dữ liệu / Collection"));
        let mut end = b",\"links\":".to_vec();
        end.extend(json::to_bytes(&links));
        end.push(b'}');
        Reply {
            media_type: GEO_JSON,
            etag: xxh3_64(&bytes),
            key: None,
            immutable: false,
            headers: vec![CONTENT_CRS.clone()],
            // The links go into the feature: its closing brace moves behind them.
            kept: vec![bytes.slice(..bytes.len() - 1)],
            end: end.into(),
        }
    };
    Ok(send(&app, &ask.headers, reply).await)
}
