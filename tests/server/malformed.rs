//! Clients that break the rules: refused where an answer is possible, and never the end of the service.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::READABLE;
use crate::common::http::{Answer, get};

fn status(bytes: &[u8]) -> u16 {
    let answer = Answer::parse(&READABLE.server.exchange(bytes));
    if answer.status >= 400 {
        assert_explained(&answer);
    }
    assert_still_serving();
    answer.status
}

/// Also what is refused before it is understood says why, and pages of other origins may read it.
fn assert_explained(answer: &Answer) {
    assert_eq!(answer.media_type(), "application/problem+json", "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:?}");
    assert_eq!(answer.json()["status"], answer.status, "{answer:?}");
}

fn assert_still_serving() {
    assert_eq!(get("/collections/awkward/items/r01").status, 200);
}

#[test]
fn an_address_longer_than_any_we_understand_is_too_long() {
    let named = |length: usize| get(&format!("/collections/clusters/items?name_vi={}", "a".repeat(length)));
    // With path and name, 65,534 bytes in all are understood.
    let around = "/collections/clusters/items?name_vi=".len();
    assert_eq!(named(65_534 - around).status, 200);
    for length in [65_535 - around, 70_000, 200_000] {
        let answer = named(length);
        assert_eq!(answer.status, 414, "{length}");
        assert_explained(&answer);
    }
    assert_eq!(get(&format!("/{}", "a/".repeat(10_000))).media_type(), "application/problem+json");
}

#[test]
fn a_flood_of_headers_is_refused() {
    let many: String = (0..300).map(|n| format!("X-{n}: y\r\n")).collect();
    assert_eq!(status(format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n").as_bytes()), 431);
    // On a connection that was used before, too.
    let both = format!("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n{many}\r\n");
    let answers = READABLE.server.exchange(both.as_bytes());
    let second = answers.windows(12).rposition(|window| window == b"HTTP/1.1 431").unwrap();
    assert_explained(&Answer::parse(&answers[second..]));
}

#[test]
fn a_header_without_end_is_not_read_for_ever() {
    // The server may close before we have sent all of it; what counts is that it does close.
    let endless = format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}", "a".repeat(2_000_000));
    READABLE.server.exchange(endless.as_bytes());
    assert_still_serving();
}

#[test]
fn what_is_no_http_is_a_bad_request() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let garbage: [&[u8]; 7] = [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client\r\n\r\n",
        &every_byte,
        b"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
        b"GET  /  HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost h\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: h\r\n\r\n",
    ];
    for bytes in garbage {
        assert_eq!(status(bytes), 400, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn two_lengths_of_one_body_are_refused() {
    let smuggled = "POST /collections HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello";
    assert_eq!(status(smuggled.as_bytes()), 400);
    let both = "POST /collections HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\nhello";
    assert_eq!(status(both.as_bytes()), 400);
}

#[test]
fn half_a_request_keeps_nobody_else_waiting() {
    let open: Vec<TcpStream> = (0..50)
        .map(|n| {
            let mut stream = TcpStream::connect(READABLE.server.address()).unwrap();
            stream.write_all(&b"GET /collections HTTP/1.1\r\nHost: half"[..n % 38]).unwrap();
            stream
        })
        .collect();
    assert_still_serving();
    drop(open);
    assert_still_serving();
}

#[test]
fn a_client_that_leaves_in_the_middle_of_an_answer_disturbs_nobody() {
    for _ in 0..10 {
        let mut stream = TcpStream::connect(READABLE.server.address()).unwrap();
        stream.write_all(b"GET /collections/effluent_samples/items?limit=10000 HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
    }
    assert_still_serving();
}

#[test]
fn a_body_where_none_is_wanted_is_no_fault() {
    let with_body = "GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    assert_eq!(status(with_body.as_bytes()), 200);
}

#[test]
fn nothing_of_this_made_a_handler_panic() {
    let messages = READABLE.server.messages();
    assert!(!messages.contains("panicked"), "{messages}");
}
