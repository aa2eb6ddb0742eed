//! Instances of the built program that share a database.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::common::http::Answer;
use super::common::{self, Server};
use super::postgres::Database;

/// An instance over the store of a database.
fn instance(database: &Database, folder: &Path, config: &str) -> Server {
    let file = folder.join(format!("{}.toml", config.len()));
    std::fs::write(&file, format!("open_editing = true\n[uploads]\nenabled = false\n{config}")).unwrap();
    let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &database.url];
    Server::start(common::langxanh(&listen).args(["--config", file.to_str().unwrap()]))
}

fn milestone(n: usize) -> Vec<u8> {
    let feature = json!({"type": "Feature", "geometry": null,
        "properties": {"site_collection": "clusters", "site_id": "c", "milestone": "founded", "decision": format!("QĐ {n}")}});
    feature.to_string().into_bytes()
}

/// Writes something of no place of its own.
fn write(server: &Server, n: usize, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("Content-Type", "application/geo+json")], headers].concat();
    let answer = server.send("POST", "/collections/milestones/items", &headers, &milestone(n));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// The path of what was made.
fn made(answer: &Answer) -> String {
    let location = answer.header("location").unwrap();
    location[location.find("/collections").unwrap()..].to_owned()
}

fn add_cluster(server: &Server) {
    let place = json!({"type": "MultiPolygon", "coordinates": [[[[105.6, 21.0], [105.61, 21.0], [105.61, 21.01], [105.6, 21.0]]]]});
    let feature =
        json!({"type": "Feature", "id": "c", "geometry": place, "properties": {"name_vi": "Cụm", "is_demo": true}});
    let typed = [("Content-Type", "application/geo+json")];
    let answer = server.send("POST", "/collections/clusters/items", &typed, feature.to_string().as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn who_writes_through_one_instance_reads_it_at_once_from_another() {
    let Some(database) = Database::with_store() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["", "\n"].map(|more| instance(&database, folder.path(), more));
    add_cluster(&one);
    for n in 0..50 {
        // By the header that scripts send, and by the cookie that browsers and QGIS send by themselves.
        let (from, to) = if n % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let answer = write(from, n, &[]);
        let version = answer.header("langxanh-version").unwrap().to_owned();
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(cookie, format!("langxanh-not-before={version}"));
        let shown = if n % 4 < 2 { ("Langxanh-Not-Before", version.as_str()) } else { ("Cookie", cookie.as_str()) };
        let read = to.ask("GET", &made(&answer), &[shown]);
        assert_eq!(read.status, 200, "write {n} is not there: {}", read.text());
        assert_eq!(read.json()["properties"]["decision"], format!("QĐ {n}"));
        // What the answer names is no less than what was asked for.
        let number = |version: &str| version.split_once('-').unwrap().1.parse::<i64>().unwrap();
        assert!(number(read.header("langxanh-version").unwrap()) >= number(&version));
        // An edit of it goes through there too, and is read back here.
        let tag = read.header("etag").unwrap();
        let headers = [("Content-Type", "application/merge-patch+json"), ("If-Match", tag), shown];
        let edited = to.send("PATCH", &made(&answer), &headers, br#"{"properties":{"decision":"khac"}}"#);
        assert_eq!(edited.status, 204, "{}", edited.text());
        let shown = ("Langxanh-Not-Before", edited.header("langxanh-version").unwrap());
        assert_eq!(from.ask("GET", &made(&answer), &[shown]).json()["properties"]["decision"], "khac");
    }
}

#[test]
fn an_instance_that_has_not_come_so_far_says_so_and_shows_nothing_older() {
    let Some(database) = Database::with_store() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = instance(&database, folder.path(), "");
    let target = "/collections/clusters/items";
    let read = server.get(target);
    let version = read.header("langxanh-version").unwrap().to_owned();
    // Who only reads is given nothing to keep, and answers vary by nothing of it.
    assert!(read.header("set-cookie").is_none() && !read.header("vary").unwrap().contains("Cookie"));
    let searched = server.post("/collections/clusters/search", "application/json", b"{}");
    assert_eq!((searched.status, searched.header("set-cookie")), (200, None), "{}", searched.text());
    let (store, number) = version.split_once('-').unwrap();
    let later = format!("{store}-{}", number.parse::<i64>().unwrap() + 1);
    let start = Instant::now();
    let late = server.ask("GET", target, &[("Langxanh-Not-Before", &later)]);
    let waited = start.elapsed();
    assert_eq!((late.status, late.header("retry-after").is_some()), (503, true), "{}", late.text());
    assert_eq!(late.header("langxanh-version"), Some(version.as_str()));
    assert!((Duration::from_millis(1_900)..Duration::from_secs(6)).contains(&waited), "{waited:?}");
    assert_eq!(server.ask("GET", "/readyz", &[("Langxanh-Not-Before", &later)]).status, 200);
    let malformed = server.ask("GET", target, &[("Langxanh-Not-Before", "yesterday")]);
    assert_eq!(malformed.status, 400, "{}", malformed.text());
    // As the definition says of both.
    let definition = server.json("/api");
    let components = &definition["components"];
    let pattern = components["headers"]["Langxanh-Version"]["schema"]["pattern"].as_str().unwrap();
    assert_eq!(pattern, components["parameters"]["Langxanh-Not-Before"]["schema"]["pattern"]);
    assert_eq!(pattern, "^[0-9a-f]{8}-[0-9]+$");
    let is_digit = |digit: char| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase();
    assert!(store.len() == 8 && store.chars().all(is_digit) && number.parse::<u64>().is_ok(), "{version}");
    assert!(components["responses"]["Busy"]["headers"]["Retry-After"].is_object());
    assert!(late.header("retry-after").unwrap().parse::<u32>().is_ok());
    // Versions of a store that is not this one are nothing to wait for.
    let of_another = format!("{:08x}-99999", u32::from_str_radix(store, 16).unwrap() ^ 1);
    assert_eq!(server.ask("GET", target, &[("Langxanh-Not-Before", &of_another)]).status, 200);
    // A version that comes while somebody waits for it.
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.ask("GET", target, &[("Langxanh-Not-Before", &later)]));
        std::thread::sleep(Duration::from_millis(300));
        database.query("SELECT langxanh.tell()");
        waiting.join().unwrap()
    });
    assert_eq!(waiting.status, 200, "{}", waiting.text());
}

/// What a receiver was sent: the name of each message and its body.
type Received = Arc<Mutex<Vec<(String, Json)>>>;

/// A receiver that takes everything.
fn receiver() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let received = Received::default();
    let keep = Arc::clone(&received);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut bytes, mut block) = (Vec::new(), [0; 4096]);
            let request = loop {
                let count = stream.read(&mut block).unwrap_or(0);
                if count == 0 {
                    break None;
                }
                bytes.extend_from_slice(&block[..count]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let of = |name: &str| {
                    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
                    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
                };
                if body.len() >= of("content-length").unwrap().parse::<usize>().unwrap() {
                    break Some((of("langxanh-delivery").unwrap(), serde_json::from_str(body).unwrap()));
                }
            };
            if let Some(message) = request {
                keep.lock().unwrap().push(message);
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            }
        }
    });
    (address, received)
}

#[test]
fn of_two_instances_one_tells_of_a_change_and_when_it_dies_the_other_does() {
    let Some(database) = Database::with_store() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (address, received) = receiver();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "sixteen bytes ok").unwrap();
    let hook = format!("[[webhooks]]\nname = \"desk\"\nurl = \"{address}\"\nsecret_file = \"{}\"\n", secret.display());
    let mut servers =
        [hook.clone(), format!("{hook}\n")].map(|config| Some(instance(&database, folder.path(), &config)));
    let is_on_duty = |server: &Option<Server>| {
        server.as_ref().is_some_and(|server| server.get("/metrics").text().contains("\nlangxanh_on_duty 1"))
    };
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    // Both have tried by then.
    std::thread::sleep(Duration::from_millis(2_500));
    until("one is on duty", &|| servers.iter().filter(|server| is_on_duty(server)).count() == 1);
    let on = servers.iter().position(is_on_duty).unwrap();
    let off = 1 - on;
    // It is told whichever instance took the change.
    add_cluster(servers[off].as_ref().unwrap());
    for n in 0..5 {
        write(servers[n % 2].as_ref().unwrap(), n, &[]);
    }
    until("all is told", &|| received.lock().unwrap().len() >= 6);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(received.lock().unwrap().len(), 6, "while nobody dies each is told once");
    drop(servers[on].take());
    // While nobody tells.
    for n in 5..10 {
        write(servers[off].as_ref().unwrap(), n, &[]);
    }
    until("the other takes over", &|| is_on_duty(&servers[off]));
    until("all is told", &|| received.lock().unwrap().len() >= 11);
    std::thread::sleep(Duration::from_secs(1));
    let told = received.lock().unwrap();
    let mut names: Vec<&String> = told.iter().map(|(name, _)| name).collect();
    names.dedup();
    let mut changes: Vec<i64> = told.iter().map(|(_, event)| event["change"].as_i64().unwrap()).collect();
    changes.dedup();
    assert!(changes.is_sorted() && changes.len() == 11, "{changes:?}");
    assert_eq!(names.len(), 11, "the name of a message tells a second one from a first");
    assert!(told.iter().all(|(_, event)| event["missed_messages"] == 0));
}
