//! A service that everybody may edit, and short ways to edit it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::http::Answer;
use crate::common::{Server, sample_store, serve};

pub struct Editing {
    pub server: Server,
    pub store: PathBuf,
    _folder: tempfile::TempDir,
}

/// The sample, open for editing.
pub fn editing() -> Editing {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let server = open(folder.path(), &store);
    Editing { server, store, _folder: folder }
}

/// A service that everybody may edit.
pub fn open(folder: &Path, store: &Path) -> Server {
    let config = folder.join("open.toml");
    std::fs::write(&config, "open_editing = true\n").unwrap();
    Server::start(serve(store).arg("--config").arg(&config))
}

pub const GEO_JSON: (&str, &str) = ("Content-Type", "application/geo+json");
pub const PATCH: (&str, &str) = ("Content-Type", "application/merge-patch+json");

impl Editing {
    pub fn create(&self, collection: &str, headers: &[(&str, &str)], feature: &Value) -> Answer {
        let target = format!("/collections/{collection}/items");
        self.server.send("POST", &target, &[&[GEO_JSON], headers].concat(), feature.to_string().as_bytes())
    }

    pub fn put(&self, row: &str, headers: &[(&str, &str)], feature: &Value) -> Answer {
        self.server.send("PUT", &item(row), &[&[GEO_JSON], headers].concat(), feature.to_string().as_bytes())
    }

    pub fn patch(&self, row: &str, headers: &[(&str, &str)], patch: &Value) -> Answer {
        self.server.send("PATCH", &item(row), &[&[PATCH], headers].concat(), patch.to_string().as_bytes())
    }

    pub fn delete(&self, row: &str, headers: &[(&str, &str)]) -> Answer {
        self.server.ask("DELETE", &item(row), headers)
    }

    pub fn batch(&self, body: &Value) -> Answer {
        self.server.post("/edits", "application/json", body.to_string().as_bytes())
    }

    pub fn feature(&self, row: &str) -> Value {
        self.server.json(&item(row))
    }

    /// A property of a feature.
    pub fn property(&self, row: &str, name: &str) -> Value {
        self.feature(row)["properties"][name].clone()
    }

    pub fn etag(&self, row: &str) -> String {
        self.server.get(&item(row)).header("etag").unwrap().to_owned()
    }

    /// The first feature of a query, as `collection/id`.
    pub fn first(&self, collection: &str, query: &str) -> String {
        let page = self.server.json(&format!("/collections/{collection}/items?limit=1{query}"));
        let id = page["features"][0]["id"].as_str().unwrap_or_else(|| panic!("no {collection} with {query}"));
        format!("{collection}/{id}")
    }

    /// How many rows the history holds.
    pub fn history(&self) -> usize {
        crate::common::count(&self.store, "SELECT count(*) FROM langxanh_history")
    }
}

/// The address of `collection/id`.
pub fn item(row: &str) -> String {
    let (collection, id) = row.split_once('/').unwrap();
    format!("/collections/{collection}/items/{id}")
}

/// A feature without a place.
pub fn feature(properties: Value) -> Value {
    json!({"type": "Feature", "geometry": null, "properties": properties})
}

/// The pointers of a refusal of content.
pub fn pointers(answer: &Answer) -> Vec<String> {
    assert_eq!((answer.status, answer.media_type()), (422, "application/problem+json"), "{}", answer.text());
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|fault| fault["pointer"].as_str().unwrap().to_owned()).collect()
}

/// Asserts a status and shows the answer where it is another.
#[track_caller]
pub fn is(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
}
