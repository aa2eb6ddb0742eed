//! Files that are built whole before they are sent: GeoPackage, FlatGeobuf, Excel. Built beside the runtime, a few at a time,
//! kept by what they hold, and sent in whatever ranges a client asks for.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use chrono::Utc;
use http_body::{Frame, SizeHint};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use xxhash_rust::xxh3::xxh3_64;

use super::reply::{REVALIDATE, begin, value};
use crate::ogc::media_type::{FLATGEOBUF, GEOPACKAGE, XLSX};
use crate::ogc::problem::{Fault, Problem};
use crate::publish::files::{FileWriter, Order};

/// So many files are built at a time; further requests wait their turn.
const AT_A_TIME: usize = 2;

/// Bytes of disk that built files may hold together.
const DISK: u64 = 1 << 30;

/// Built files that are kept. Each holds one of the descriptors that a process may have, often 1,024, so that small files
/// must not fill the disk space by their number.
const KEPT: u64 = 64;

/// Bytes that are read at a time.
const BLOCK: u64 = 256 << 10;

/// Rows that a sheet of Excel holds below its head.
const MAX_SHEET_ROWS: usize = 1_048_575;

/// A file that was built. It has no name any more, so it goes with the value, and with the process however that ends.
pub struct Built {
    file: File,
    length: u64,
    /// Tells this file from others of the same order.
    tag: u64,
}

/// Weighs files by their bytes, and small ones so that their number is bounded too.
#[derive(Clone)]
pub struct Weight;

impl Weighter<u128, Arc<Built>> for Weight {
    fn weight(&self, _: &u128, built: &Arc<Built>) -> u64 {
        built.length.max(DISK / KEPT)
    }
}

impl Built {
    /// A file of these bytes. Equal bytes have one tag, since they are one file to whoever has a part of it.
    ///
    /// # Errors
    /// [`Problem::Internal`] where the disk does not take it.
    pub fn of(bytes: &[u8]) -> Result<Built, Problem> {
        let written = tempfile::tempfile().and_then(|file| file.write_all_at(bytes, 0).map(|()| file));
        let file = written.map_err(|error| {
            tracing::error!(%error, "a file to be sent could not be written");
            Problem::Internal
        })?;
        Ok(Built { file, length: bytes.len() as u64, tag: xxh3_64(bytes) })
    }
}

impl Built {
    /// A file that lies on the disk already. Written anew it is another one.
    ///
    /// # Errors
    /// Where the disk does not tell of it.
    pub fn opened(file: File) -> io::Result<Built> {
        let facts = file.metadata()?;
        let written = facts.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let length = facts.len();
        let tag = xxh3_64(&[length.to_le_bytes(), (written.as_nanos() as u64).to_le_bytes()].concat());
        Ok(Built { file, length, tag })
    }
}

/// A file that comes in pieces.
pub struct Incoming {
    file: File,
    length: u64,
}

impl Incoming {
    /// An empty one.
    ///
    /// # Errors
    /// Where the disk gives no room.
    pub fn new() -> io::Result<Incoming> {
        Ok(Incoming { file: tempfile::tempfile()?, length: 0 })
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all_at(piece, self.length)?;
        self.length += piece.len() as u64;
        Ok(())
    }

    /// The whole file; equal contents have equal tags.
    pub fn whole(self, tag: u64) -> Built {
        Built { file: self.file, length: self.length, tag }
    }
}

/// Builds files and keeps them.
pub struct Files {
    writer: Arc<dyn FileWriter>,
    built: Cache<u128, Arc<Built>, Weight>,
    places: Semaphore,
}

/// The ending of a media type that is built as a file.
pub fn ending(media_type: &str) -> Option<&'static str> {
    match media_type {
        GEOPACKAGE => Some("gpkg"),
        FLATGEOBUF => Some("fgb"),
        XLSX => Some("xlsx"),
        _ => None,
    }
}

/// Makes the file of an order.
fn build(order: Order, writer: &dyn FileWriter) -> Result<Built, Problem> {
    let name = order.name().to_owned();
    let failed = |reason: String| {
        tracing::error!(of = name, reason, "a file to be sent could not be made");
        Problem::Internal
    };
    let on_disk = |error: io::Error| failed(error.to_string());
    let folder = tempfile::tempdir().map_err(on_disk)?;
    let path = folder.path().join(format!("{}.{}", order.file_stem(), order.ending()));
    order.write(writer, &path).map_err(failed)?;
    let file = File::open(&path).map_err(on_disk)?;
    let length = file.metadata().map_err(on_disk)?.len();
    // Two files of one order differ in the time that is written in them.
    let made = Utc::now().timestamp_nanos_opt().unwrap_or_default();
    // What is open can be read without a name.
    folder.close().map_err(on_disk)?;
    Ok(Built { file, length, tag: made.cast_unsigned() })
}

/// What no file of the format can hold.
fn fault(order: &Order) -> Option<Problem> {
    let Order::Features(order) = order else { return None };
    let detail = match order.ending {
        "fgb" if !order.has_places() => "là fgb, định dạng cần vị trí, mà ở đây không có: hãy chọn csv hoặc gpkg / is fgb, which holds places, and there are none: choose csv or gpkg".to_owned(),
        "xlsx" if order.count() > MAX_SHEET_ROWS => {
            format!("là xlsx, mỗi trang có {MAX_SHEET_ROWS} dòng, mà ở đây có {0}: hãy chọn csv / is xlsx, whose sheets have {MAX_SHEET_ROWS} rows, and there are {0}: choose csv", order.count())
        }
        _ => return None,
    };
    Some(Problem::Parameters(vec![Fault { parameter: "f".to_owned(), detail }]))
}

impl Files {
    pub fn new(writer: Arc<dyn FileWriter>) -> Files {
        // An estimate of 32 makes a cache of one part. Of several parts each would have its share of the bytes for itself,
        // and no file larger than that were kept.
        Files { writer, built: Cache::with_weighter(32, DISK, Weight), places: Semaphore::new(AT_A_TIME) }
    }

    /// The file of an order, built now or before; `key` names what it holds.
    ///
    /// # Errors
    /// 400 for what no such file can hold; else what went wrong.
    pub async fn get(&self, key: u128, order: Order) -> Result<Arc<Built>, Problem> {
        if let Some(fault) = fault(&order) {
            return Err(fault);
        }
        self.made(key, async {
            let place = self.places.acquire().await.map_err(|_| Problem::NotReady)?;
            let writer = Arc::clone(&self.writer);
            let built = tokio::task::spawn_blocking(move || build(order, &*writer)).await;
            drop(place);
            built.unwrap_or_else(|error| {
                tracing::error!(%error, "building a file broke off");
                Err(Problem::Internal)
            })
        })
        .await
    }

    /// A file that is made otherwise, now or before; who asks for the same one meanwhile waits for this one.
    ///
    /// # Errors
    /// What `make` says.
    pub async fn made(
        &self,
        key: u128,
        make: impl Future<Output = Result<Built, Problem>>,
    ) -> Result<Arc<Built>, Problem> {
        self.built.get_or_insert_async(&key, async { make.await.map(Arc::new) }).await
    }
}

/// First and last byte of the one range that is asked for; `None` where the whole is to be sent.
fn range(headers: &HeaderMap, etag: &str, length: u64) -> Result<Option<(u64, u64)>, ()> {
    let Some(text) = headers.get(RANGE).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    // A range of another state of the file would be joined to what the client has of that state.
    if headers.get(IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes()) {
        return Ok(None);
    }
    // Several ranges may be answered by the whole (RFC 9110, 14.2).
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Ok(None);
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) if last.is_empty() => (first, length.saturating_sub(1)),
        (Err(_), Ok(count)) if first.is_empty() && count > 0 => {
            (length.saturating_sub(count), length.saturating_sub(1))
        }
        (Err(_), Ok(0)) if first.is_empty() => return Err(()),
        _ => return Ok(None),
    };
    if range.0 < length { Ok(Some(range)) } else { Err(()) }
}

/// Sends a file, or the range of it that is asked for.
pub fn send(
    request: &HeaderMap,
    built: &Arc<Built>,
    media_type: &'static str,
    headers: &[(HeaderName, HeaderValue)],
) -> Response<Body> {
    let etag = format!("\"{:016x}\"", built.tag);
    let (mut response, is_known) = begin(request, &etag, REVALIDATE, headers);
    if is_known {
        return response;
    }
    let (first, last) = match range(request, &etag, built.length) {
        Ok(None) => (0, built.length.saturating_sub(1)),
        Ok(Some((first, last))) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let text = format!("bytes {first}-{last}/{}", built.length);
            response.headers_mut().insert(CONTENT_RANGE, value(&text));
            (first, last)
        }
        Err(()) => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            response.headers_mut().insert(CONTENT_RANGE, value(&format!("bytes */{}", built.length)));
            return response;
        }
    };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    out.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let left = if built.length == 0 { 0 } else { last - first + 1 };
    out.insert(CONTENT_LENGTH, HeaderValue::from(left));
    *response.body_mut() = Body::new(Blocks { built: Arc::clone(built), at: first, left, reading: None });
    response
}

/// A stretch of a file, read block by block beside the runtime.
struct Blocks {
    built: Arc<Built>,
    at: u64,
    left: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl http_body::Body for Blocks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let (built, at, count) = (Arc::clone(&self.built), self.at, self.left.min(BLOCK));
        let reading = self.reading.get_or_insert_with(|| {
            tokio::task::spawn_blocking(move || {
                let mut block = vec![0; count as usize];
                built.file.read_exact_at(&mut block, at)?;
                Ok(block.into())
            })
        });
        let read = ready!(Pin::new(reading).poll(context));
        self.reading = None;
        let block = read.unwrap_or_else(|error| Err(io::Error::other(error)));
        if let Ok(block) = &block {
            self.at += block.len() as u64;
            self.left -= block.len() as u64;
        }
        Poll::Ready(Some(block.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Result<Option<(u64, u64)>, ()> {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, text.parse().unwrap());
        range(&headers, "\"a\"", 100)
    }

    #[test]
    fn a_range_beyond_the_end_cannot_be_had_and_what_is_no_range_is_not_heeded() {
        assert_eq!((asked("bytes=100-"), asked("bytes=-0")), (Err(()), Err(())));
        for text in ["bytes=5-2", "bytes=x-", "lines=0-1", "bytes=0-1,5-6", "bytes=-"] {
            assert_eq!(asked(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn ranges_are_read_from_either_end() {
        assert_eq!(asked("bytes=0-0"), Ok(Some((0, 0))));
        assert_eq!(asked("bytes=10-"), Ok(Some((10, 99))));
        assert_eq!(asked("bytes=10-500"), Ok(Some((10, 99))));
        assert_eq!(asked("bytes=-30"), Ok(Some((70, 99))));
        assert_eq!(asked("bytes=-500"), Ok(Some((0, 99))));
    }

    #[test]
    fn a_range_of_another_state_is_answered_by_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, "bytes=0-9".parse().unwrap());
        headers.insert(IF_RANGE, "\"b\"".parse().unwrap());
        assert_eq!(range(&headers, "\"a\"", 100), Ok(None));
        headers.insert(IF_RANGE, "\"a\"".parse().unwrap());
        assert_eq!(range(&headers, "\"a\"", 100), Ok(Some((0, 9))));
    }
}
