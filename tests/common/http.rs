//! An HTTP client that shows exactly what came over the wire.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::{READABLE, Server};

/// A test that hangs is a test that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer as it came: nothing followed, nothing unpacked.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names as they were written.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Splits the bytes of one answer.
    pub fn parse(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no HTTP answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned()));
        Answer { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() }
    }

    /// The value of a header; its name may be written in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The media type without parameters.
    pub fn media_type(&self) -> &str {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The parameters that a problem document finds fault with.
    pub fn faults(&self) -> Vec<String> {
        assert_eq!((self.status, self.media_type()), (400, "application/problem+json"));
        let errors = self.json()["errors"].as_array().unwrap().clone();
        errors.iter().map(|fault| fault["parameter"].as_str().unwrap().to_owned()).collect()
    }
}

impl Server {
    /// Sends bytes and reads until the server closes.
    pub fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A server that refuses early may close while we still write; what it said can be read all the same.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
        answer
    }

    /// Sends a request; `target` is a path with query or a URL of this server.
    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let target = target.strip_prefix(&self.url).unwrap_or(target);
        assert!(target.starts_with('/'), "{target} is not on this server");
        let has_host = headers.iter().any(|(name, _)| *name == "Host");
        let host = if has_host { String::new() } else { format!("Host: {}\r\n", self.address()) };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("{method} {target} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n");
        Answer::parse(&self.exchange(request.as_bytes()))
    }

    /// Sends a body with some method.
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        Answer::parse(&self.exchange(&self.request(method, target, headers, body)))
    }

    /// The bytes of a request with a body.
    pub fn request(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let target = target.strip_prefix(&self.url).unwrap_or(target);
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.address(),
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// Posts a body.
    pub fn post(&self, target: &str, media_type: &str, body: &[u8]) -> Answer {
        let target = target.strip_prefix(&self.url).unwrap_or(target);
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address(),
            body.len()
        );
        Answer::parse(&self.exchange(&[head.as_bytes(), body].concat()))
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[])
    }

    /// The JSON of an answer that must succeed.
    pub fn json(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Every page of a walk by `next` links, from a first target on.
    pub fn pages(&self, target: &str) -> Vec<Value> {
        let mut pages = vec![self.json(target)];
        while let Some(next) = pages.last().and_then(|page| href(page, "next")) {
            pages.push(self.json(&next));
        }
        pages
    }
}

/// The body of an answer, put together from chunks where it came in them.
pub fn body(answer: &Answer) -> Vec<u8> {
    if answer.header("transfer-encoding") != Some("chunked") {
        return answer.body.clone();
    }
    let (mut whole, mut rest) = (Vec::new(), answer.body.as_slice());
    loop {
        let line = rest.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        rest = &rest[line + 2..];
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[..length]);
        rest = &rest[length + 2..];
    }
}

/// GET from the server that all reading tests share.
pub fn get(target: &str) -> Answer {
    READABLE.server.get(target)
}

/// As [`get`], with request headers.
pub fn get_with(target: &str, headers: &[(&str, &str)]) -> Answer {
    READABLE.server.ask("GET", target, headers)
}

/// The JSON of a GET that must succeed.
pub fn json(target: &str) -> Value {
    READABLE.server.json(target)
}

/// Links of a document, as they stand.
pub fn links(document: &Value) -> Vec<Value> {
    document["links"].as_array().unwrap_or_else(|| panic!("no links in {document}")).clone()
}

/// The first link with a relation.
pub fn href(document: &Value, rel: &str) -> Option<String> {
    links(document).iter().find(|link| link["rel"] == rel).map(|link| link["href"].as_str().unwrap().to_owned())
}

/// Ids of the features of a page, in their order.
pub fn ids(page: &Value) -> Vec<String> {
    page["features"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
}

/// Ids of all features that a query of the items of a collection matches.
pub fn matching(query: &str) -> Vec<String> {
    READABLE.server.pages(&format!("/collections/{query}")).iter().flat_map(ids).collect()
}
