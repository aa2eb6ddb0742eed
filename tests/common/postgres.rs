//! PostgreSQL for tests: one server for each test binary, a database for each test.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "cluster.rs"]
pub mod cluster;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use cluster::{Server, query, try_query};
use langxanh::store::postgis::PostgisStore;

/// Started once for all tests of a binary.
static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    let server = Server::start(false)?;
    query(&server.url("postgres", "postgres"), "CREATE DATABASE empty");
    query(&server.url("empty", "postgres"), "CREATE EXTENSION postgis");
    query(&server.url("postgres", "postgres"), "CREATE DATABASE store TEMPLATE empty");
    drop(PostgisStore::create(&server.url("store", "postgres")).unwrap());
    Some(server)
});

/// A database of one test; it goes with the value.
pub struct Database {
    pub url: String,
    pub name: String,
}

impl Database {
    /// One with a new store in it; `None` where there is no PostgreSQL.
    pub fn with_store() -> Option<Database> {
        Database::of_template("store")
    }

    /// One with PostGIS and nothing else.
    pub fn empty() -> Option<Database> {
        Database::of_template("empty")
    }

    fn of_template(template: &str) -> Option<Database> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let server = SERVER.as_ref()?;
        let name = format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed));
        query(&server.url("postgres", "postgres"), &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Some(Database { url: server.url(&name, "postgres"), name })
    }

    /// Its address for another user.
    pub fn url_of(&self, user: &str) -> String {
        SERVER.as_ref().unwrap().url(&self.name, user)
    }

    pub fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        query(&self.url, sql)
    }

    /// The number that a query gives.
    pub fn count(&self, sql: &str) -> i64 {
        self.query(sql)[0][0].as_deref().unwrap().parse().unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = SERVER.as_ref() {
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            let _ = try_query(&server.url("postgres", "postgres"), &sql);
        }
    }
}
