//! Answers: bytes with a media type and a validator, plain or compressed, once for all resources.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::App;
use super::negotiate::{coding, takes};
use super::sealed::{Coding, Sealed};
use crate::ogc::problem::Problem;
use crate::ogc::{json, media_type};
use crate::publish::version::RowVersion;

/// Headers that an answer carries at the most.
const HEADERS: usize = 16;

/// Shorter bodies are not worth compressing.
pub const MIN_COMPRESSED: usize = 1024;

/// Longer ones are sent as they lie in memory.
const MAX_COMPRESSED: usize = 16 << 20;

/// From this length on compression leaves the async runtime.
const LONG: usize = 64 << 10;

/// Clients ask again each time: an answer may change with the next import, and QGIS keeps what it may keep for ever.
pub const REVALIDATE: &str = "no-cache";

/// When a client that could not be served may come back.
const RETRY_AFTER_SECONDS: &str = "5";

/// Names with a hash of their content never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A representation that is ready to be sent.
#[derive(Clone)]
pub struct Reply {
    pub media_type: &'static str,
    /// The part that is the same for every answer with this `etag`; kept compressed.
    pub kept: Vec<Bytes>,
    /// The part that is new for each answer.
    pub end: Bytes,
    /// Opaque validator, without quotes. Weak, because of `timeStamp`, where there is no `version`.
    pub etag: u64,
    /// The version of the row that it shows, which writers name.
    pub version: Option<RowVersion>,
    /// Key of the kept part in this process, where it has one that nobody can aim at; otherwise its content is hashed.
    pub key: Option<u128>,
    /// The whole as Brotli, made beforehand with more patience than a waiting client has.
    pub packed: Option<Bytes>,
    /// Whether the URL names its content for ever.
    pub immutable: bool,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    /// A whole document.
    pub fn document(media_type: &'static str, bytes: Vec<u8>) -> Reply {
        let etag = xxhash_rust::xxh3::xxh3_64_with_seed(&bytes, media_type.len() as u64);
        let kept = vec![bytes.into()];
        let (key, version, immutable) = (None, None, false);
        Reply { media_type, kept, end: Bytes::new(), etag, version, key, packed: None, immutable, headers: Vec::new() }
    }

    /// A JSON document.
    pub fn json(media_type: &'static str, document: &serde_json::Value) -> Reply {
        Reply::document(media_type, json::to_bytes(document))
    }

    /// What its compressed form is kept under. The validator will not do: who asks shapes what is hashed, and two answers
    /// with one validator would share a body.
    fn key(&self, seed: u64) -> u128 {
        self.key.unwrap_or_else(|| {
            let mut hash = xxhash_rust::xxh3::Xxh3::with_seed(seed);
            self.kept.iter().for_each(|piece| hash.update(piece));
            hash.digest128()
        })
    }

    /// Bytes that its pieces hold.
    pub fn weight(&self) -> usize {
        self.kept_length() + self.end.len() + 512
    }

    fn kept_length(&self) -> usize {
        self.kept.iter().map(Bytes::len).sum()
    }
}

/// Pieces of known length, sent one after the other without being joined.
struct Pieces {
    queue: VecDeque<Bytes>,
    left: u64,
}

impl Pieces {
    fn new(pieces: impl IntoIterator<Item = Bytes>) -> Pieces {
        let queue: VecDeque<Bytes> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        let left = queue.iter().map(|piece| piece.len() as u64).sum();
        Pieces { queue, left }
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.queue.pop_front();
        self.left -= next.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.queue.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn entity_tag(etag: u64) -> String {
    format!("W/\"{etag:016x}\"")
}

/// The validator of a feature: the version of its row, which writers are held to, and the representation.
pub fn validator(version: RowVersion, representation: u64, coding: Option<Coding>) -> String {
    let coding = coding.map(|coding| format!("-{}", coding.name())).unwrap_or_default();
    format!("\"{version}-{representation:016x}{coding}\"")
}

/// Whether the client already has what a reply with this validator would hold: then that need not be made.
pub fn is_known_to(request: &HeaderMap, etag: u64) -> bool {
    is_known(request, &entity_tag(etag))
}

/// Whether the client already has what it would get (weak comparison, RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.trim().trim_start_matches("W/")
    }
    let wanted = opaque(etag);
    let sent = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == wanted)
}

/// A header of what we made ourselves.
pub fn value(text: &str) -> HeaderValue {
    // Everything we put into headers is ASCII that we made ourselves.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// An answer with its validator and how long it holds, still without a body, and whether it is complete so: 304, because the
/// client has what it would get.
pub fn begin(
    request: &HeaderMap,
    etag: &str,
    lifetime: &'static str,
    more: &[(HeaderName, HeaderValue)],
) -> (Response<Body>, bool) {
    let mut response = Response::new(Body::empty());
    // All headers of an answer fit, those of the connection too: the map never grows.
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS);
    let headers = response.headers_mut();
    headers.insert(ETAG, value(etag));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(lifetime));
    headers.extend(more.iter().cloned());
    let is_known = is_known(request, etag);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    (response, is_known)
}

/// Sends a reply in the coding that the client prefers, or 304 when it has it.
pub async fn send(app: &App, request: &HeaderMap, reply: Reply) -> Response<Body> {
    let length = reply.kept_length();
    let wanted = coding(request).filter(|_| (MIN_COMPRESSED..=MAX_COMPRESSED).contains(&length));
    let etag = match reply.version {
        Some(version) => validator(version, reply.etag, wanted),
        None => entity_tag(reply.etag),
    };
    let lifetime = if reply.immutable { IMMUTABLE } else { REVALIDATE };
    let (mut response, is_known) = begin(request, &etag, lifetime, &reply.headers);
    if is_known {
        return response;
    }
    let headers = response.headers_mut();
    let media_type = match reply.media_type {
        media_type::HTML => "text/html; charset=utf-8",
        media_type::CSV => "text/csv; charset=utf-8",
        other => other,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(packed) = reply.packed.as_ref().filter(|_| takes(request, Coding::Brotli)) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(Coding::Brotli.name()));
        *response.body_mut() = Body::from(packed.clone());
        return response;
    }
    let sealed = match wanted {
        Some(coding) => seal(app, coding, &reply, length).await,
        None => None,
    };
    *response.body_mut() = match sealed {
        Some(sealed) => {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(sealed.coding.name()));
            if sealed.is_whole {
                Body::from(sealed.bytes)
            } else {
                let close = sealed.close(&reply.end, length);
                Body::new(Pieces::new([sealed.bytes, close]))
            }
        }
        None => Body::new(Pieces::new(reply.kept.into_iter().chain([reply.end]))),
    };
    response
}

/// The compressed form of the kept part, made at most once while it is in the cache.
async fn seal(app: &App, coding: Coding, reply: &Reply, length: usize) -> Option<Sealed> {
    let key = (reply.key(app.seed), coding);
    let is_whole = reply.end.is_empty();
    if let Some(known) = app.sealed.get(&key).filter(|known| known.is_whole == is_whole) {
        return Some(known);
    }
    let pieces = reply.kept.clone();
    let make = if is_whole { Sealed::whole } else { Sealed::new };
    let made = if length < LONG {
        make(coding, &pieces)
    } else {
        let task = tokio::task::spawn_blocking(move || make(coding, &pieces));
        task.await.unwrap_or_else(|e| Err(std::io::Error::other(e)))
    };
    match made {
        Ok(sealed) => {
            app.sealed.insert(key, sealed.clone());
            Some(sealed)
        }
        Err(error) => {
            tracing::error!(%error, "a body could not be compressed and was sent plain");
            None
        }
    }
}

/// What a problem document says, beside it: for the page that a person gets in its place.
#[derive(Clone)]
pub struct Told {
    pub title: String,
    pub detail: String,
}

impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let document = self.document();
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let told = Told { title: text("title"), detail: text("detail") };
        let mut response = Response::new(Body::from(json::to_bytes(&document)));
        response.extensions_mut().insert(told);
        *response.status_mut() = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type::PROBLEM_JSON));
        let retry_after = match &self {
            Problem::TooMany(seconds) => Some(HeaderValue::from(*seconds)),
            _ if self.status() == 503 => Some(HeaderValue::from_static(RETRY_AFTER_SECONDS)),
            _ => None,
        };
        response.headers_mut().extend(retry_after.map(|seconds| (RETRY_AFTER, seconds)));
        response
    }
}
