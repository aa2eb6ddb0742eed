//! A store with rows in two districts, users on record, and requests with a body.

use std::path::{Path, PathBuf};
use std::process::Command;

use langxanh::domain::{FeatureId, Value, catalog};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

use crate::common::http::Answer;
use crate::common::{Server, langxanh, serve};

/// Where a row lies: its name in ids, the former district, the commune that took it in. The last is not on record.
pub const PLACES: [(&str, &str, &str); 3] =
    [("quoc-oai", "Quốc Oai", "09895"), ("ba-dinh", "Ba Đình", "00004"), ("nowhere", "", "")];

/// A row to be put into a register.
pub type Given<'a> = (&'a str, String, Vec<(&'a str, Value)>);

pub fn text(value: &str) -> Value {
    if value.is_empty() { Value::Null } else { Value::from(value) }
}

/// A register's row with some values.
pub fn put(store: &GpkgStore, rows: Vec<Given<'_>>) {
    for (collection, id, values) in rows {
        let collection = catalog::collection(collection).unwrap();
        let mut all = vec![Value::Null; collection.stored_fields().count()];
        for (field, value) in values {
            all[collection.field(field).unwrap().0] = value;
        }
        let draft = Draft { id: Some(FeatureId::parse(&id).unwrap()), values: all, shape: None };
        let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
        let drafts = &mut std::iter::once(Ok(draft));
        store.apply(Change { collection, mode: Mode::Append, drafts, origin }).unwrap();
    }
}

/// A store with a cluster `site-PLACE` at each place, the communes that took the districts in, and `more`.
pub fn store(folder: &Path, more: Vec<Given<'_>>) -> PathBuf {
    let path = folder.join("access.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    for (place, district, commune) in PLACES {
        let id = format!("site-{place}");
        put(&store, vec![("clusters", id, site(&format!("CCN {place}"), district, commune))]);
        if !commune.is_empty() {
            let values = vec![
                ("old_code", text("00001")),
                ("old_name_vi", text("Xã cũ")),
                ("district_legacy", text(district)),
                ("new_code", text(commune)),
            ];
            put(&store, vec![("admin_unit_changes", format!("change-{place}"), values)]);
        }
    }
    put(&store, more);
    store.close().unwrap();
    path
}

/// Values of a cluster.
pub fn site(name: &str, district: &str, commune: &str) -> Vec<(&'static str, Value)> {
    vec![("name_vi", text(name)), ("district_legacy", text(district)), ("commune_2025_code", text(commune))]
}

/// Puts a user on record with the command line and gives the token that it prints.
pub fn add_user(store: &Path, name: &str, arguments: &[&str]) -> String {
    let mut command = user(store, "add", &[&[name], arguments].concat());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let token = String::from_utf8(output.stdout).unwrap();
    assert_eq!(token.lines().count(), 1, "{token}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains(token.trim()), "the token is shown once");
    token.trim().to_owned()
}

/// `langxanh user …` on a store.
pub fn user(store: &Path, action: &str, arguments: &[&str]) -> Command {
    let store = ["--store", store.to_str().unwrap()];
    langxanh(&[&["user", action], arguments, &store].concat())
}

/// A service with a configuration file.
pub fn configured(store: &Path, configuration: &str) -> Server {
    let file = store.with_extension("toml");
    std::fs::write(&file, configuration).unwrap();
    Server::start(serve(store).args(["--config", file.to_str().unwrap()]))
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

pub fn basic(name: &str, password: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}")))
}

/// Sends a request with headers and a body. The target is written as it stands.
pub fn send(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let named = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !named("host") {
        head.push_str(&format!("Host: {}\r\n", server.address()));
    }
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    if !named("content-length") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    Answer::parse(&server.exchange(format!("{head}{body}").as_bytes()))
}

pub const GEO_JSON: (&str, &str) = ("Content-Type", "application/geo+json");
pub const MERGE_PATCH: (&str, &str) = ("Content-Type", "application/merge-patch+json");

/// A feature without a place.
pub fn feature(id: Option<&str>, properties: &serde_json::Value) -> String {
    let mut feature = serde_json::json!({"type": "Feature", "geometry": null, "properties": properties});
    if let Some(id) = id {
        feature["id"] = id.into();
    }
    feature.to_string()
}

/// Asks until a condition holds, for so long at the most.
pub fn within(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    while !holds() {
        assert!(std::time::Instant::now() < end, "{what}: not within {seconds} s");
        // Whoever fails ten times in a minute is locked out: a token that is not heard of yet must not be tried so often.
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
}
