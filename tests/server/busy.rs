//! Filters that were made to keep the service busy keep neither others nor its end waiting.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{READABLE, Server, serve};

/// Items with a filter that compares 3,000 texts with 3,000 in every row: more than any filter may take.
fn endless() -> String {
    let list: Vec<_> = (0..3_000).map(|n| format!("'{n}'")).collect();
    format!("/collections/clusters/items?filter=A_CONTAINS((name_vi,{0}),(name_vi,{0}))", list.join(","))
}

/// Asks and does not wait for the answer.
fn ask(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(format!("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", endless()).as_bytes()).unwrap();
    stream
}

#[test]
fn a_filter_without_end_is_refused_and_other_days_are_answered_meanwhile() {
    let server = Server::start(&mut serve(&READABLE.store));
    let waiting: Vec<_> = (0..20).map(|_| ask(&server)).collect();
    // Made anew for this request, in a place that filters do not take.
    assert_eq!(server.get("/collections/clusters/items?limit=1&as-of=2023-06-30").status, 200);
    drop(waiting);
    // The twenty are given up, so this one gets its turn.
    let answer = server.get(&endless());
    assert_eq!(answer.faults(), ["filter"]);
    assert!(answer.text().contains("takes too long"), "{}", answer.text());
}

#[test]
fn filters_under_way_do_not_outlive_the_service() {
    let mut server = Server::start(&mut serve(&READABLE.store));
    let start = Instant::now();
    let waiting: Vec<_> = (0..20).map(|_| ask(&server)).collect();
    assert_eq!(server.get("/healthz").status, 200);
    assert!(Command::new("kill").args(["-TERM", &server.process.id().to_string()]).status().unwrap().success());
    assert_eq!(server.process.wait().unwrap().code(), Some(0), "{}", server.messages());
    // Twelve seconds at most; a minute would be the filters' own time.
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
    drop(waiting);
}
