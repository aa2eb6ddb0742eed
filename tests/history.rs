//! The history of everything over the real program: versions, changes taken back, moments, signed quarters, the chain.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "history/chain.rs"]
mod chain;
#[path = "history/changes.rs"]
mod changes;
mod common;
#[path = "history/feed.rs"]
mod feed;
#[path = "history/hooks.rs"]
mod hooks;
#[path = "history/moments.rs"]
mod moments;
#[path = "history/quarters.rs"]
mod quarters;

use std::path::{Path, PathBuf};

use serde_json::Value;

use common::http::Answer;
use common::{Server, langxanh, sample_store, serve};

/// A service on a store of its own that everybody may edit, and its folder.
fn open_service() -> (tempfile::TempDir, PathBuf, Server) {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "open_editing = true\n").unwrap();
    let mut command = serve(&store);
    command.args(["--config", config.to_str().unwrap()]);
    let server = Server::start(&mut command);
    (folder, store, server)
}

/// Sends a JSON body with any method.
fn send(server: &Server, method: &str, target: &str, media_type: &str, body: &str) -> Answer {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\
         Langxanh-Message: v%C3%AC%20sao\r\nConnection: close\r\n\r\n{body}",
        server.address(),
        body.len()
    );
    Answer::parse(&server.exchange(request.as_bytes()))
}

/// Changes one property of a feature and gives the answer.
fn patch(server: &Server, collection: &str, id: &str, name: &str, value: Value) -> Answer {
    let body = serde_json::json!({"properties": {name: value}}).to_string();
    let target = format!("/collections/{collection}/items/{id}");
    send(server, "PATCH", &target, "application/merge-patch+json", &body)
}

fn property(server: &Server, collection: &str, id: &str, name: &str) -> Value {
    server.json(&format!("/collections/{collection}/items/{id}"))["properties"][name].clone()
}

/// The first ids of a collection.
fn first_ids(server: &Server, collection: &str, count: usize) -> Vec<String> {
    common::http::ids(&server.json(&format!("/collections/{collection}/items?limit={count}")))
}

/// Changes the store as another program does.
fn sql(store: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(store).unwrap();
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    for name in ["ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"] {
        connection.create_scalar_function(name, 1, flags, |_| Ok(0)).unwrap();
    }
    connection.execute_batch(sql).unwrap();
}

/// Waits until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("it never came true that {what}");
}

/// Runs the program on a store; gives standard output, or standard error where it fails.
fn run(store: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = langxanh(&[arguments, &["--store", store.to_str().unwrap()]].concat()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
