//! Connections: HTTP/1.1 through hyper, bounded, stopped gracefully.
//!
//! `axum::serve` cannot be used: it writes header names in small letters, and QGIS up to 3.40.6 looks for exactly
//! `Location`.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH,
    CONTENT_TYPE, REFERRER_POLICY, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::AsyncWrite;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutWriter;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use super::explained::Explained;
use super::reply::{REVALIDATE, Told, value};
use super::visitor::{Peer, is_safe};
use super::{App, html, not_before, router};
use crate::ogc::problem::Problem;

/// Connections beyond this wait in the backlog.
const MAX_CONNECTIONS: usize = 2048;

/// Bytes of a request before its body. An address has at most 65,534 of them, as hyper and `http::Uri` have it; what is
/// longer is read up to here all the same, so that it can be said to be too long.
const MAX_HEAD: usize = 256 << 10;

/// A client that has not sent its headers by then is dropped.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// A client that takes not one byte more of its answer for so long is dropped: it would hold a connection for ever, and
/// there are only so many.
const STALLED: Duration = Duration::from_secs(30);

/// Answers under way at the end may take so long.
const GRACE: Duration = Duration::from_secs(10);

/// Headers of every answer, errors too.
pub(super) static ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "Content-Crs, Link, Location, ETag, OGC-NumberMatched, OGC-NumberReturned, Langxanh-Version, \
             X-Request-Id",
        ),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response<Body> {
    tracing::error!("a request handler panicked");
    Problem::Internal.into_response()
}

/// The path without a trailing slash: clients append segments to whatever URL they have, and a redirect would make
/// QGIS forget its `Accept`.
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() {
        return None;
    }
    let target = uri.query().map_or_else(|| trimmed.to_owned(), |query| format!("{trimmed}?{query}"));
    target.parse().ok()
}

/// How a client may show who it is. A script of a page is not offered a password: the browser would ask for one, and would
/// then send it along with whatever other sites make it send.
fn challenge(is_script: bool) -> impl Iterator<Item = HeaderValue> {
    let bearer = HeaderValue::from_static("Bearer realm=\"langxanh\"");
    let basic = HeaderValue::from_static("Basic realm=\"langxanh\", charset=\"UTF-8\"");
    Some(basic).filter(|_| !is_script).into_iter().chain([bearer])
}

/// Says that an answer is for this visitor alone. A script of a page that has shown who it is, by itself or because the browser
/// does so for it, may keep nothing: a page's copies are there for whoever comes next.
fn keep_private(headers: &mut HeaderMap, is_signed_script: bool) {
    headers.append(VARY, HeaderValue::from_static("Authorization"));
    let lifetime = match headers.get(CACHE_CONTROL) {
        // Files of the page are the same for everybody.
        Some(lifetime) if lifetime != REVALIDATE => return,
        _ if is_signed_script => "private, no-store",
        Some(_) => "private, no-cache",
        None => "private",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(lifetime));
}

/// Names a request in the log and in its answer.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of a request: the one that a trusted proxy gave it, else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let is_plain = |id: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=64).contains(&id.len()) && id.bytes().all(is_plain)
    };
    let given = headers.get(&REQUEST_ID).filter(|_| app.public_url.trust_proxy).and_then(|id| id.to_str().ok());
    let new = || format!("{:016x}", app.requests.fetch_add(1, Ordering::Relaxed));
    given.filter(is_plain).map_or_else(new, str::to_owned)
}

/// Answers for one of several instances that may share a store: not before it has what the client has seen of others.
async fn of_instance(app: &App, router: &mut Router, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    use tower_service::Service;
    let waited = not_before::wait(app, request.uri().path(), request.headers()).await;
    let before = app.commit();
    let writes_at = if is_safe(request.method()) { None } else { app.public_url.of(request.headers()).ok() };
    let mut response = match waited {
        Ok(()) => router.call(request).await?,
        Err(problem) => problem.into_response(),
    };
    if let Some(before) = before {
        not_before::name(app, writes_at.as_deref(), before, &mut response);
    }
    Ok(response)
}

/// Makes a page of a problem where a browser would show a person the document: programs never say that they want one to read.
fn explain_to_person(base: &str, response: &mut Response<Body>) {
    let Some(Told { title, detail }) = response.extensions_mut().remove::<Told>() else { return };
    let page = html::problem(base, &title, &detail).reply();
    *response.body_mut() = Body::from(page.kept.concat());
    let headers = response.headers_mut();
    // The router has told the length of the document.
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.append(VARY, HeaderValue::from_static("Sec-Fetch-Dest"));
    headers.extend(page.headers);
}

async fn answer(
    app: Arc<App>,
    router: Router,
    peer: IpAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    use tower_service::Service;
    let start = Instant::now();
    if let Some(uri) = without_trailing_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    let is_signed = request.headers().contains_key(AUTHORIZATION);
    if is_signed {
        request.extensions_mut().insert(Peer(peer));
    }
    let destination = request.headers().get("sec-fetch-dest").cloned();
    let is_script = destination.as_ref().is_some_and(|told| told == "empty");
    let base = destination.filter(|told| told == "document").and_then(|_| app.public_url.of(request.headers()).ok());
    let mut router = router;
    let mut response = match app.commit() {
        // A store that no other instance shares has no versions, and its statements are asked of no server.
        None => router.call(request.map(Body::new)).await?,
        Some(_) => {
            let id = request_id(&app, request.headers());
            // Whatever the level of the log: what is said under it is said with the request.
            let span = tracing::error_span!("request", id);
            let mut response = of_instance(&app, &mut router, request.map(Body::new)).instrument(span).await?;
            response.headers_mut().insert(&REQUEST_ID, value(&id));
            response
        }
    };
    if let Some(base) = base {
        explain_to_person(&base, &mut response);
    }
    if is_signed || app.restricts() {
        keep_private(response.headers_mut(), is_signed && is_script);
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        let headers = response.headers_mut();
        challenge(is_script).for_each(|offered| {
            headers.append(WWW_AUTHENTICATE, offered);
        });
    }
    response.headers_mut().extend(ALWAYS.iter().cloned());
    app.metrics.answered(response.status().as_u16(), start.elapsed());
    Ok(response)
}

/// The stream, failing once the other side has taken nothing of what waits for it for so long.
fn patient<S: AsyncWrite>(stream: S, stalled: Duration) -> Pin<Box<TimeoutWriter<S>>> {
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(stalled));
    Box::pin(stream)
}

/// Serves until `stop` resolves, then finishes what is under way.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) {
    let router = router(Arc::clone(&app)).layer(CatchPanicLayer::custom(panicked));
    let mut http = http1::Builder::new();
    http.title_case_headers(true).timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEAD);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let (app, router) = (Arc::clone(&app), router.clone());
        let service = service_fn(move |request| answer(Arc::clone(&app), router.clone(), peer, request));
        let stream = TokioIo::new(Explained::new(patient(stream, STALLED)));
        let connection = graceful.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            // A client that leaves in the middle is no event.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(place);
        });
    }
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers were cut off");
    }
}

type Place = tokio::sync::OwnedSemaphorePermit;

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(tokio::net::TcpStream, IpAddr, Place)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "connection without TCP_NODELAY");
            }
            Some((stream, peer.ip(), place))
        }
        Err(error) => {
            // Out of file descriptors, mostly: wait for some to come back.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    /// More than fits between the two ends.
    const BODY: usize = 1 << 20;

    type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

    /// One connection over a pipe of 1 KiB, whose answer is [`BODY`] bytes long, and how it ended.
    fn connection(stalled: Duration) -> (DuplexStream, tokio::task::JoinHandle<Ended>) {
        let (client, server) = tokio::io::duplex(1024);
        let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Body::from(vec![b'a'; BODY]))) });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(patient(server, stalled)), service);
        (client, tokio::spawn(async move { Ok(connection.await?) }))
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_of_its_answer_is_dropped() {
        let (mut client, ended) = connection(Duration::from_millis(50));
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let error = ended.await.unwrap().unwrap_err();
        let kind = error.source().and_then(|e| e.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
        assert_eq!(kind, Some(std::io::ErrorKind::TimedOut), "{error}");
    }

    #[tokio::test]
    async fn a_slow_client_that_takes_its_answer_bit_by_bit_gets_all_of_it() {
        let (mut client, ended) = connection(Duration::from_secs(10));
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
        let (mut received, mut piece) = (0, vec![0; 10_000]);
        loop {
            let length = client.read(&mut piece).await.unwrap();
            if length == 0 {
                break;
            }
            received += length;
            tokio::task::yield_now().await;
        }
        assert!(received > BODY, "{received}");
        ended.await.unwrap().unwrap();
    }

    #[test]
    fn trailing_slashes_go_and_the_root_and_the_query_stay() {
        let trimmed = |uri: &'static str| without_trailing_slash(&Uri::from_static(uri)).map(|uri| uri.to_string());
        assert_eq!(trimmed("/collections/"), Some("/collections".to_owned()));
        assert_eq!(trimmed("/collections/a/items/?limit=1"), Some("/collections/a/items?limit=1".to_owned()));
        assert_eq!(trimmed("/"), None);
        assert_eq!(trimmed("/collections"), None);
    }
}
