//! Webhooks against a receiver of our own.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, Weak};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::*;
use crate::compliance::{SiteCollection, Standards};
use crate::domain::{FeatureId, Value, catalog};
use crate::publish::veil::Restricted;
use crate::publish::{Publisher, publish, today};
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

/// One who tells a hook of the service, and judges by what the store holds at that moment.
fn teller(service: &Service, hook: Hook) -> Teller<impl Fn() -> Option<Arc<Snapshot>> + use<>> {
    teller_of(service, hook, &Restricted::default())
}

fn teller_of(
    service: &Service,
    hook: Hook,
    restricted: &Restricted,
) -> Teller<impl Fn() -> Option<Arc<Snapshot>> + use<>> {
    let (store, restricted) = (Arc::clone(&service.store), restricted.clone());
    // It goes on from what it served before, as the service does.
    let publisher = RefCell::new(Publisher::new(Arc::new(Standards::bundled().unwrap())));
    let served = move || {
        let full = Arc::new(publisher.borrow_mut().publish(&*store, today()).unwrap());
        Some(if restricted.is_nothing() { full } else { Arc::new(Snapshot::open(&full, &restricted).unwrap()) })
    };
    Teller::new(Arc::clone(&service.store), served, "https://gis.example.vn".to_owned(), hook).unwrap()
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
    let mut teller = teller(&service, hook(&address, Vec::new()));
    service.write("clusters", "phung", &[("name_vi", "Phùng")]);
    assert!(teller.look().unwrap());
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
    let named = |name: &str, hook: Hook| Hook { name: name.to_owned(), ..hook };
    let mut tellers = [
        teller(&service, named("site", hook(&of_site, vec![site]))),
        teller(&service, named("district", hook(&of_district, vec![district]))),
    ];
    service.write(
        "violations",
        "v",
        &[("site_id", "phung"), ("site_collection", "clusters"), ("violation_kind", "no_permit")],
    );
    service.write("clusters", "other", &[("name_vi", "Khác"), ("district_legacy", "Huyện Quốc Oai")]);
    for _ in 0..2 {
        tellers.iter_mut().for_each(|teller| assert!(teller.look().unwrap()));
    }
    assert_eq!(next(&site_received).1["rows"][0]["id"], "v", "a violation of the site");
    assert_eq!(next(&district_received).1["rows"][0]["id"], "other");
    let silence = Duration::from_millis(300);
    assert!(site_received.recv_timeout(silence).is_err() && district_received.recv_timeout(silence).is_err());
}

#[test]
fn what_is_kept_from_strangers_is_told_to_nobody() {
    let service = service();
    let (address, received) = receiver(&[200]);
    let restricted = Restricted::new(&["violations".to_owned()], true);
    let mut teller = teller_of(&service, hook(&address, Vec::new()), &restricted);
    service.write("clusters", "c", &[("name_vi", "Cụm")]);
    service.write("violations", "v", &[("site_id", "c"), ("violation_kind", "no_permit")]);
    service.write("plans", "open", &[("site_id", "c"), ("name_vi", "Đồ án"), ("status", "approved")]);
    service.write("plans", "draft", &[("site_id", "c"), ("name_vi", "Đồ án"), ("status", "draft")]);
    teller.look().unwrap();
    assert_eq!(next(&received).1["rows"][0]["id"], "c");
    assert_eq!(next(&received).1["rows"][0]["id"], "open");
    assert!(received.recv_timeout(Duration::from_millis(300)).is_err(), "neither the violation nor the draft");
}

#[test]
fn a_receiver_that_is_busy_is_asked_again() {
    let service = service();
    let (address, received) = receiver(&[503, 200]);
    let mut teller = teller(&service, hook(&address, Vec::new()));
    service.write("clusters", "c", &[("name_vi", "Cụm")]);
    let begun = Instant::now();
    teller.look().unwrap();
    let (first, second) = (next(&received).1, next(&received).1);
    assert_eq!(first, second, "the same message");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_message_that_is_refused_is_given_up_and_said_in_the_next() {
    let service = service();
    let (address, received) = receiver(&[400, 200]);
    let mut teller = teller(&service, hook(&address, Vec::new()));
    for id in ["a", "b", "c"] {
        service.write("clusters", id, &[("name_vi", "Cụm")]);
    }
    teller.look().unwrap();
    let told = [(); 3].map(|()| next(&received).1);
    let told = told.each_ref().map(|event| (event["rows"][0]["id"].as_str(), event["missed_messages"].as_u64()));
    assert_eq!(told, [(Some("a"), Some(0)), (Some("b"), Some(1)), (Some("c"), Some(0))]);
}

#[test]
fn a_restart_forgets_nothing_and_repeats_nothing() {
    let service = service();
    service.write("clusters", "before", &[("name_vi", "Trước")]);
    let (address, received) = receiver(&[200]);
    let mut first = teller(&service, hook(&address, Vec::new()));
    first.look().unwrap();
    service.write("clusters", "told", &[("name_vi", "Cụm")]);
    first.look().unwrap();
    drop(first);
    // While nobody tells.
    service.write("clusters", "later", &[("name_vi", "Cụm")]);
    let mut second = teller(&service, hook(&address, Vec::new()));
    second.look().unwrap();
    let told = [(); 2].map(|()| next(&received).1["rows"][0]["id"].as_str().unwrap().to_owned());
    assert_eq!(told, ["told", "later"]);
    assert!(received.recv_timeout(Duration::from_millis(300)).is_err());
}

#[test]
fn many_changes_are_told_in_their_order_piece_by_piece() {
    let service = service();
    let (address, received) = receiver(&[200]);
    let mut teller = teller(&service, hook(&address, Vec::new()));
    for at in 0..TOGETHER + 3 {
        service.write("clusters", &format!("c{at}"), &[("name_vi", "Cụm")]);
    }
    assert!(!teller.look().unwrap(), "there is more");
    assert!(teller.look().unwrap());
    for at in 0..TOGETHER + 3 {
        let (head, event) = next(&received);
        assert_eq!(event["rows"][0]["id"], format!("c{at}"));
        // By this a receiver knows a message that it has already.
        assert!(head.to_lowercase().contains(&format!("langxanh-delivery: test-{}", event["change"])), "{head}");
    }
}

#[test]
fn who_is_too_far_behind_is_told_how_much_it_missed() {
    let service = service();
    let (address, received) = receiver(&[200]);
    let mut teller = teller(&service, hook(&address, Vec::new()));
    service.write("clusters", "c", &[("name_vi", "Cụm")]);
    // As if it had been told of nothing for 7 changes more than anybody may be behind.
    teller.start = newest(&*service.store).unwrap() - MOST_BEHIND - 7;
    teller.look().unwrap();
    assert_eq!(next(&received).1["missed_messages"], 7);
}

#[test]
fn what_was_served_is_not_kept_while_a_receiver_is_waited_for() {
    let service = service();
    let (address, received) = receiver(&[503, 200]);
    let last: Arc<Mutex<Weak<Snapshot>>> = Arc::default();
    let (store, shown) = (Arc::clone(&service.store), Arc::clone(&last));
    let served = move || {
        let snapshot = Arc::new(publish(&*store, &Arc::new(Standards::bundled().unwrap()), today()).unwrap());
        *shown.lock().unwrap() = Arc::downgrade(&snapshot);
        Some(snapshot)
    };
    let base = "https://gis.example.vn".to_owned();
    let mut teller = Teller::new(Arc::clone(&service.store), served, base, hook(&address, Vec::new())).unwrap();
    service.write("clusters", "c", &[("name_vi", "Cụm")]);
    std::thread::scope(|scope| {
        let telling = scope.spawn(|| teller.look().unwrap());
        next(&received);
        let last = last.lock().unwrap().clone();
        assert!(last.upgrade().is_none(), "it is asked again in a second, and nobody else is served this any more");
        assert!(telling.join().unwrap());
    });
}
