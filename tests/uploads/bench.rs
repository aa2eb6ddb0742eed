//! A service that everybody may edit, and short ways to send it files.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Row, Store};
use serde_json::Value;

use crate::common::http::Answer;
use crate::common::{Server, langxanh, serve};

pub struct Bench {
    pub folder: tempfile::TempDir,
    pub store: PathBuf,
    pub server: Server,
}

pub const OCTETS: &str = "application/octet-stream";

/// A service on an empty store, with a configuration.
pub fn bench_with(config: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.gpkg");
    drop(GpkgStore::create(&store).unwrap());
    let server = started(folder.path(), &store, config);
    Bench { folder, store, server }
}

pub fn started(folder: &Path, store: &Path, config: &str) -> Server {
    let file = folder.join("langxanh.toml");
    std::fs::write(&file, config).unwrap();
    Server::start(serve(store).args(["--config", file.to_str().unwrap()]))
}

/// As [`bench_with`], open to everybody.
pub fn bench() -> Bench {
    bench_with("open_editing = true\n")
}

pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl Bench {
    pub fn send(&self, name: &str, query: &str, bytes: &[u8]) -> Answer {
        self.server.post(&format!("/imports?filename={}&{query}", encoded(name)), OCTETS, bytes)
    }

    /// Sends a file and waits until it was read; the document of its import.
    pub fn read(&self, name: &str, query: &str, bytes: &[u8]) -> Value {
        let answer = self.send(name, query, bytes);
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        let location = answer.header("location").unwrap().to_owned();
        assert_eq!(location, format!("{}/imports/{}", self.server.url, answer.json()["id"].as_str().unwrap()));
        self.wait(&location)
    }

    pub fn wait(&self, location: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let document = self.server.json(location);
            if document["state"] != "reading" {
                return document;
            }
            assert!(Instant::now() < deadline, "it is read for ever: {document}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn request(&self, method: &str, target: &str, body: &str) -> Answer {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.server.address(),
            body.len()
        );
        Answer::parse(&self.server.exchange(head.as_bytes()))
    }

    pub fn commit(&self, import: &Value, body: &str) -> Answer {
        self.request("POST", &format!("/imports/{}/commit", import["id"].as_str().unwrap()), body)
    }

    pub fn forget(&self, import: &Value) {
        let gone = self.request("DELETE", &format!("/imports/{}", import["id"].as_str().unwrap()), "");
        assert_eq!(gone.status, 204);
    }

    /// Reads and commits a file; what was done.
    pub fn import(&self, name: &str, query: &str, bytes: &[u8]) -> Value {
        let read = self.read(name, query, bytes);
        assert_eq!(read["state"], "ready", "{name}: {read}");
        let answer = self.commit(&read, "{}");
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(answer.json()["state"], "committed");
        answer.json()["counts"].clone()
    }

    /// What the command line says of the same file, which it finds by the same name; into a store of its own.
    pub fn command_line(&self, name: &str, arguments: &[&str], bytes: &[u8]) -> (bool, String, PathBuf) {
        let folder = self.folder.path().join(format!("cli-{}", rows_seed()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        let store = folder.join("cli.gpkg");
        drop(GpkgStore::create(&store).unwrap());
        let mut command = langxanh(&["import", name]);
        command.args(arguments).args(["--store", store.to_str().unwrap()]).current_dir(&folder);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap(), store)
    }

    pub fn rows(&self, collection: &str) -> Vec<Row> {
        rows(&self.store, collection)
    }

    /// Workers that run, by their process numbers.
    pub fn workers(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.server.process.id())).unwrap();
        let children = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
        children.flat_map(|all| all.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>()).collect()
    }
}

fn rows_seed() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// The rows of a collection of a store, read by ourselves.
pub fn rows(store: &Path, collection: &str) -> Vec<Row> {
    let store = GpkgStore::open(store).unwrap();
    let collection = store.collections().unwrap().into_iter().find(|one| one.id == collection).unwrap();
    let mut rows = Vec::new();
    store
        .scan(&collection, &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
    rows
}
