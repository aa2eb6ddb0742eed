//! What hyper says by itself about requests that it cannot read, said as all other problems are.
//!
//! It answers them before any service is called, with a status and nothing else, and has no hook for it: a page of another
//! origin could not even read the status. So its answer is known by its bytes on the way out and a whole one sent instead.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::server::ALWAYS;
use crate::ogc::json;
use crate::ogc::media_type::PROBLEM_JSON;
use crate::ogc::problem::Problem;

/// No answer of hyper's own is longer.
const MAX_BARE: usize = 256;

/// Headers of hyper's own answers. Ours have more, and so has every piece of a body that could be mistaken for one.
const BARE: [&str; 3] = ["connection: close", "content-length: 0", "date: "];

/// A stream on which hyper's own answers are replaced.
pub struct Explained<S> {
    stream: S,
    /// What is still to be sent in place of an answer.
    rest: Bytes,
}

impl<S> Explained<S> {
    pub fn new(stream: S) -> Explained<S> {
        Explained { stream, rest: Bytes::new() }
    }
}

/// The answer to send instead, where hyper sends one of its own: in one piece, with nothing before or behind it.
fn explain(sent: &[u8]) -> Option<Bytes> {
    if sent.len() > MAX_BARE || !sent.starts_with(b"HTTP/1.") {
        return None;
    }
    let mut lines = std::str::from_utf8(sent).ok()?.strip_suffix("\r\n\r\n")?.split("\r\n");
    let first = lines.next()?;
    let headers: Vec<&str> = lines.collect();
    let is_bare = |line: &str| {
        let line = line.to_ascii_lowercase();
        BARE.iter().any(|known| line.starts_with(known))
    };
    if !headers.iter().all(|line| is_bare(line)) {
        return None;
    }
    let problem = match first.split(' ').nth(1)? {
        "400" => Problem::BadRequest(
            "đây không phải yêu cầu HTTP/1.1 đọc được / this is not a request in HTTP/1.1 that we can read".to_owned(),
        ),
        "414" => Problem::UriTooLong,
        "431" => Problem::HeadersTooLarge,
        _ => return None,
    };
    let body = json::to_bytes(&problem.document());
    let date = headers.iter().find(|line| line.to_ascii_lowercase().starts_with("date: "));
    let mut answer = format!("{first}\r\n").into_bytes();
    let mut header = |name: &str, value: &[u8]| answer.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    header("Content-Type", PROBLEM_JSON.as_bytes());
    header("Content-Length", body.len().to_string().as_bytes());
    header("Connection", b"close");
    ALWAYS.iter().for_each(|(name, value)| header(name.as_str(), value.as_bytes()));
    answer.extend(date.into_iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()));
    answer.extend(b"\r\n");
    answer.extend(&body[..]);
    Some(answer.into())
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, sent: &[u8]) -> Poll<io::Result<usize>> {
        if self.rest.is_empty() {
            match explain(sent) {
                Some(answer) => self.rest = answer,
                None => return Pin::new(&mut self.stream).poll_write(cx, sent),
            }
        }
        // Whoever has to wait comes back with the same bytes, so they are said to be sent when all of the other answer is.
        let this = &mut *self;
        while !this.rest.is_empty() {
            match ready!(Pin::new(&mut this.stream).poll_write(cx, &this.rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => this.rest.advance(length),
            }
        }
        Poll::Ready(Ok(sent.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut full = pieces.iter().filter(|piece| !piece.is_empty());
        match (full.next(), full.next()) {
            (Some(only), None) => self.poll_write(cx, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(cx, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const BARE_414: &str = "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Length: 0\r\nDate: now\r\n\r\n";

    #[test]
    fn an_answer_of_ours_and_whatever_only_resembles_one_of_hypers_go_out_as_they_are() {
        let typed = BARE_414.replace("Date: now", "Content-Type: a/b");
        let (behind, half) = (format!("{BARE_414}x"), BARE_414.trim_end());
        let (found, long) = (BARE_414.replace("414", "404"), BARE_414.replace("now", &"n".repeat(256)));
        for sent in [typed.as_str(), &behind, half, &found, &long, "", "1a\r\n", "HTTP/1.1 414"] {
            assert_eq!(explain(sent.as_bytes()), None, "{sent}");
        }
    }

    #[tokio::test]
    async fn the_other_answer_arrives_whole_through_a_narrow_pipe_and_counts_as_what_it_replaces() {
        let (mut client, server) = tokio::io::duplex(7);
        let mut stream = Explained::new(server);
        let sending = tokio::spawn(async move { stream.write(BARE_414.as_bytes()).await });
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(sending.await.unwrap().unwrap(), BARE_414.len());
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 414 URI Too Long\r\n") && head.contains("\r\nDate: now"), "{head}");
        assert!(head.contains("access-control-allow-origin: *") && head.contains(PROBLEM_JSON), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["status"], 414);
    }
}
