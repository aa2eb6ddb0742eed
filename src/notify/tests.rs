//! Webhooks against a receiver of our own.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::*;
use crate::compliance::{SiteCollection, Standards};
use crate::domain::{FeatureId, Value, catalog};
use crate::publish::veil::Restricted;
use crate::publish::{publish, today};
use crate::store::gpkg::GpkgStore;
use crate::store::{Change, Draft, Mode, Origin};

/// A receiver that answers with these statuses in turn, the last one for ever, and what it was sent: head and body.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let (head, body) = loop {
                let mut block = [0; 4096];
                let count = stream.read(&mut block).unwrap();
                bytes.extend_from_slice(&block[..count]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some(end) = text.find("\r\n\r\n") else { continue };
                let length =
                    text.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                let length: usize = length.unwrap_or(0);
                if bytes.len() >= end + 4 + length {
                    break (text[..end].to_owned(), bytes[end + 4..].to_vec());
                }
            };
            let status = statuses[at.min(statuses.len() - 1)];
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, received)
}

struct Service {
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

fn service() -> Service {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(GpkgStore::create(&folder.path().join("store.gpkg")).unwrap());
    Service { store, _folder: folder }
}

impl Service {
    fn write(&self, collection: &str, id: &str, given: &[(&str, &str)]) {
        let collection = catalog::collection(collection).unwrap();
        let mut values = vec![Value::Null; collection.stored_fields().count()];
        for (name, value) in given {
            values[collection.field(name).unwrap().0] = (*value).into();
        }
        let draft = Draft { id: Some(FeatureId::parse(id).unwrap()), values, shape: None };
        let origin =
            Origin { who: "Nguyễn Văn A".to_owned(), what: "edit".to_owned(), why: Some("bí mật".to_owned()) };
        let drafts = &mut std::iter::once(Ok(draft));
        self.store.apply(Change { collection, mode: Mode::Append, drafts, origin }).unwrap();
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(publish(&*self.store, &Arc::new(Standards::bundled().unwrap()), today()).unwrap())
    }
}

fn hook(address: &str, interests: Vec<Interest>) -> Hook {
    Hook {
        name: "test".to_owned(),
        address: Address::new(address).unwrap(),
        secret: Secret::new("sixteen bytes ok").unwrap(),
        interests,
        collections: Vec::new(),
    }
}

fn watcher(service: &Service, hooks: Vec<Hook>) -> Watcher<impl Fn() -> Option<Arc<Snapshot>>> {
    Watcher::new(Arc::clone(&service.store), || None, "https://gis.example.vn".to_owned(), hooks).unwrap()
}

fn next(received: &Receiver<(String, Vec<u8>)>) -> (String, Json) {
    let (head, body) = received.recv_timeout(Duration::from_secs(20)).unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

#[test]
fn a_receiver_is_told_which_rows_were_changed_and_not_what_stands_in_them_or_who_wrote_it() {
    let service = service();
    service.write("clusters", "before", &[("name_vi", "Trước")]);
    let (address, received) = receiver(&[200]);
    let mut watcher = watcher(&service, vec![hook(&address, Vec::new())]);
    service.write("clusters", "phung", &[("name_vi", "Phùng")]);
    watcher.look(&service.snapshot()).unwrap();
    let (head, body) = received.recv_timeout(Duration::from_secs(20)).unwrap();
    let text = String::from_utf8(body.clone()).unwrap();
    assert!(!text.contains("Phùng") && !text.contains("Nguyễn") && !text.contains("bí mật"), "{text}");
    let document: Json = serde_json::from_slice(&body).unwrap();
    assert_eq!(document["rows"].as_array().unwrap().len(), 1, "what was there before is no news");
    assert_eq!(document["rows"][0]["operation"], "insert");
    assert_eq!(document["rows"][0]["href"], "https://gis.example.vn/collections/clusters/items/phung");
    // The receiver computes the signature itself.
    let sent =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("langxanh-signature: ").map(str::to_owned));
    let sent = sent.unwrap();
    let (at, signature) = sent.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let expected = Secret::new("sixteen bytes ok").unwrap().signature(at.parse().unwrap(), &body).unwrap();
    assert_eq!(signature, expected);
}

#[test]
fn nothing_is_told_twice_and_each_hears_only_of_what_it_wants() {
    let service = service();
    service.write("clusters", "phung", &[("name_vi", "Phùng"), ("district_legacy", "Đan Phượng")]);
    let (of_site, site_received) = receiver(&[200]);
    let (of_district, district_received) = receiver(&[200]);
    let site = Interest { site: Some((SiteCollection::Clusters, "phung".to_owned())), district: None };
    let district = Interest { site: None, district: Some("Quốc Oai".to_owned()) };
    let mut watcher = watcher(&service, vec![hook(&of_site, vec![site]), hook(&of_district, vec![district])]);
    service.write(
        "violations",
        "v",
        &[("site_id", "phung"), ("site_collection", "clusters"), ("violation_kind", "no_permit")],
    );
    service.write("clusters", "other", &[("name_vi", "Khác"), ("district_legacy", "Huyện Quốc Oai")]);
    let snapshot = service.snapshot();
    watcher.look(&snapshot).unwrap();
    watcher.look(&snapshot).unwrap();
    assert_eq!(next(&site_received).1["rows"][0]["id"], "v", "a violation of the site");
    assert_eq!(next(&district_received).1["rows"][0]["id"], "other");
    let silence = Duration::from_millis(300);
    assert!(site_received.recv_timeout(silence).is_err() && district_received.recv_timeout(silence).is_err());
}

#[test]
fn what_is_kept_from_strangers_is_told_to_nobody() {
    let service = service();
    let (address, received) = receiver(&[200]);
    let mut watcher = watcher(&service, vec![hook(&address, Vec::new())]);
    service.write("clusters", "c", &[("name_vi", "Cụm")]);
    service.write("violations", "v", &[("site_id", "c"), ("violation_kind", "no_permit")]);
    service.write("plans", "open", &[("site_id", "c"), ("name_vi", "Đồ án"), ("status", "approved")]);
    service.write("plans", "draft", &[("site_id", "c"), ("name_vi", "Đồ án"), ("status", "draft")]);
    let full = service.snapshot();
    let open = Snapshot::open(&full, &Restricted::new(&["violations".to_owned()], true)).unwrap();
    watcher.look(&open).unwrap();
    assert_eq!(next(&received).1["rows"][0]["id"], "c");
    assert_eq!(next(&received).1["rows"][0]["id"], "open");
    assert!(received.recv_timeout(Duration::from_millis(300)).is_err(), "neither the violation nor the draft");
}

#[test]
fn a_receiver_that_is_busy_is_asked_again() {
    let service = service();
    let (address, received) = receiver(&[503, 200]);
    let mut watcher = watcher(&service, vec![hook(&address, Vec::new())]);
    service.write("clusters", "c", &[("name_vi", "Cụm")]);
    let begun = Instant::now();
    watcher.look(&service.snapshot()).unwrap();
    let (first, second) = (next(&received).1, next(&received).1);
    assert_eq!(first, second, "the same message");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn more_changes_than_are_looked_at_are_told_as_missed() {
    let service = service();
    let (queue, waiting) = sync_channel(QUEUE);
    let mut watcher = watcher(&service, Vec::new());
    watcher.lines.push(Line { hook: hook("http://127.0.0.1:1/", Vec::new()), queue, missed: 0 });
    for at in 0..MOST_CHANGES + 3 {
        service.write("clusters", &format!("c{at}"), &[("name_vi", "Cụm")]);
    }
    watcher.look(&service.snapshot()).unwrap();
    let event: Json = serde_json::from_slice(&waiting.try_recv().unwrap().body).unwrap();
    assert_eq!((event["rows"][0]["id"].as_str(), event["missed_messages"].as_u64()), (Some("c3"), Some(3)));
    assert_eq!(waiting.try_iter().count(), MOST_CHANGES - 1);
}

#[test]
fn what_does_not_fit_is_counted_and_said_later_and_nobody_waits() {
    let service = service();
    let (queue, waiting) = sync_channel(1);
    let mut watcher = watcher(&service, Vec::new());
    // A line whose sender does nothing: its receiver is stuck.
    watcher.lines.push(Line { hook: hook("http://127.0.0.1:1/", Vec::new()), queue, missed: 0 });
    for id in ["a", "b", "c"] {
        service.write("clusters", id, &[("name_vi", "Cụm")]);
    }
    let snapshot = service.snapshot();
    watcher.look(&snapshot).unwrap();
    let told = |event: Event| serde_json::from_slice::<Json>(&event.body).unwrap();
    assert_eq!(told(waiting.try_recv().unwrap())["missed_messages"], 0);
    service.write("clusters", "d", &[("name_vi", "Cụm")]);
    watcher.look(&service.snapshot()).unwrap();
    let event = told(waiting.try_recv().unwrap());
    assert_eq!((event["rows"][0]["id"].as_str(), event["missed_messages"].as_u64()), (Some("d"), Some(2)));
}
