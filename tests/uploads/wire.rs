//! Bodies as they come over the wire: slow, too long, broken off, in forms.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::bench::{bench, bench_with};
use crate::common::http::Answer;

const CSV: &str = "id,ten\n1,A\n2,B\n";

fn form(parts: &[(&str, &str, &str)], is_whole: bool) -> Vec<u8> {
    let mut body = String::new();
    for (disposition, media_type, content) in parts {
        body.push_str(&format!(
            "--xyz\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {media_type}\r\n\r\n{content}\r\n"
        ));
    }
    if is_whole {
        body.push_str("--xyz--\r\n");
    }
    body.into_bytes()
}

const MULTIPART: &str = "multipart/form-data; boundary=xyz";

#[test]
fn a_form_that_is_broken_or_holds_something_else_is_refused() {
    let bench = bench();
    let post = |media_type: &str, body: &[u8]| bench.server.post("/imports?collection=t", media_type, body);
    let file = ("name=\"file\"; filename=\"a.csv\"", "text/csv", CSV);
    assert_eq!(post("multipart/form-data", &form(&[file], true)).status, 400, "no boundary");
    assert_eq!(post("multipart/form-data; boundary=abc", &form(&[file], true)).status, 400, "another boundary");
    assert_eq!(post(MULTIPART, &form(&[file], false)).status, 400, "cut off");
    assert_eq!(post(MULTIPART, b"").status, 400);
    assert_eq!(post(MULTIPART, &form(&[("name=\"data\"; filename=\"a.csv\"", "text/csv", CSV)], true)).status, 400);
    assert_eq!(post(MULTIPART, &form(&[file, ("name=\"mode\"", "text/plain", "replace")], true)).status, 400);
    assert_eq!(post(MULTIPART, &form(&[file, file], true)).status, 400);
    let evil = ("name=\"file\"; filename=\"../../a.csv\"", "text/csv", CSV);
    assert_eq!(post(MULTIPART, &form(&[evil], true)).faults(), ["filename"]);
    let taken = post(MULTIPART, &form(&[file], true));
    assert_eq!(taken.status, 201, "{}", taken.text());
    let read = bench.wait(taken.header("location").unwrap());
    assert_eq!((&read["state"], &read["filename"], &read["rows"]), (&"ready".into(), &"a.csv".into(), &2.into()));
    // What was refused has left nothing.
    assert_eq!(bench.folder.path().join("store.gpkg.uploads").read_dir().unwrap().count(), 2);
}

#[test]
fn a_body_that_comes_byte_by_byte_is_taken_and_one_that_breaks_off_is_not() {
    let bench = bench();
    let head = |length: usize| {
        format!(
            "POST /imports?collection=t&filename=a.csv HTTP/1.1\r\nHost: {}\r\nContent-Type: text/csv\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
            bench.server.address()
        )
    };
    let mut stream = TcpStream::connect(bench.server.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(head(CSV.len()).as_bytes()).unwrap();
    for byte in CSV.bytes() {
        stream.write_all(&[byte]).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = Answer::parse(&answer);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(bench.wait(answer.header("location").unwrap())["rows"], 2);
    let mut stream = TcpStream::connect(bench.server.address()).unwrap();
    stream.write_all(head(1000).as_bytes()).unwrap();
    stream.write_all(CSV.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.is_empty() || Answer::parse(&answer).status == 400);
    let spool = bench.folder.path().join("store.gpkg.uploads");
    assert_eq!(spool.read_dir().unwrap().count(), 2, "what broke off has left nothing");
}

#[test]
fn a_body_that_is_too_long_is_refused_whether_it_says_so_or_not() {
    let bench = bench_with("open_editing = true\n[uploads]\nfile_mib = 1\n");
    let long = vec![b'a'; (1 << 20) + 1];
    assert_eq!(bench.send("a.csv", "collection=t", &long).status, 413);
    let mut chunked = format!(
        "POST /imports?collection=t&filename=a.csv HTTP/1.1\r\nHost: {}\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        bench.server.address()
    )
    .into_bytes();
    for piece in long.chunks(64 << 10) {
        chunked.extend(format!("{:x}\r\n", piece.len()).bytes());
        chunked.extend(piece);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert_eq!(Answer::parse(&bench.server.exchange(&chunked)).status, 413);
    assert_eq!(bench.folder.path().join("store.gpkg.uploads").read_dir().unwrap().count(), 1);
}
