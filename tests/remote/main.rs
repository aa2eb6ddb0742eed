//! Collections that stay in the database answer as those in the snapshot do.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/postgres.rs"]
mod postgres;

mod again;
mod both;
mod bounds;
mod exports;
mod full;
mod instances;
mod low;
mod operated;
mod partitions;
mod registers;
mod standby;
mod tls;
mod whole;

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use chrono::NaiveDate;
use http_body::Body as _;
use langxanh::api::access::Entry;
use langxanh::api::{App, PublicUrl, router};
use langxanh::compliance::Standards;
use langxanh::domain::{Collection, DataType, Value};
use langxanh::geom::wkb;
use langxanh::publish::files::FileWriter;
use langxanh::publish::remote::{Database, Holding, Policy};
use langxanh::publish::{Publisher, Snapshot};
use langxanh::store::remote::postgres::{Bounds, PostgresReads};
use langxanh::store::{Row, Store};
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};
use tower_service::Service;

/// Writes the ids of a file's rows and nothing else.
struct Ids;

impl FileWriter for Ids {
    fn write(&self, file: &Path, _: &Collection, rows: &mut dyn Iterator<Item = Row>, _: bool) -> Result<(), String> {
        let ids: Vec<String> = rows.map(|row| row.id.to_string()).collect();
        std::fs::write(file, ids.join("\n")).map_err(|error| error.to_string())
    }

    fn write_plan(&self, _: &Path, _: Vec<(Collection, Vec<Row>)>) -> Result<(), String> {
        Err("no plans here".to_owned())
    }
}

/// A database and the runtime that asks it.
pub struct Place {
    pub cluster: postgres::Server,
    pub runtime: Runtime,
}

/// An answer of a router.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

impl Place {
    pub fn start() -> Option<Place> {
        let cluster = postgres::Server::with_postgis()?;
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime =
            runtime.worker_threads(2).enable_all().thread_stack_size(langxanh::filter::STACK).build().unwrap();
        Some(Place { cluster, runtime })
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.cluster.socket).user("postgres").dbname("postgres");
        config
    }

    /// A service in which every table of a user's own stays in the database, under these bounds.
    pub fn remote(&self, store: &dyn Store, bounds: Bounds) -> Router {
        self.served(&mut self.publisher(bounds), store)
    }

    pub fn publisher(&self, bounds: Bounds) -> Publisher {
        self.publisher_of(Policy { usual: Holding::Never, ..Policy::default() }, bounds)
    }

    pub fn publisher_of(&self, policy: Policy, bounds: Bounds) -> Publisher {
        let reads = Arc::new(PostgresReads::new(vec![self.config()], NoTls, "public", String::new(), bounds).unwrap());
        let database = Database::new(reads, policy, self.runtime.handle().clone());
        Publisher::new(Arc::new(Standards::bundled().unwrap())).with_database(database)
    }

    /// A service that holds everything.
    pub fn held(&self, store: &dyn Store) -> Router {
        self.served(&mut Publisher::new(Arc::new(Standards::bundled().unwrap())), store)
    }

    fn served(&self, publisher: &mut Publisher, store: &dyn Store) -> Router {
        let snapshot = published(publisher, store);
        assert!(snapshot.unserved.is_empty(), "{:?}", snapshot.unserved);
        self.router(snapshot)
    }

    pub fn router(&self, snapshot: Snapshot) -> Router {
        self.served_by(snapshot).1
    }

    /// A service, and what publishes further snapshots in it.
    pub fn served_by(&self, snapshot: Snapshot) -> (Arc<App>, Router) {
        let public_url = PublicUrl { fixed: Some("http://localhost".to_owned()), ..PublicUrl::default() };
        let _inside = self.runtime.enter();
        let app = Arc::new(App::new(snapshot, public_url, Arc::new(Ids), Entry::default()).unwrap());
        (Arc::clone(&app), router(app))
    }

    pub fn get(&self, router: &Router, target: &str) -> Answer {
        self.runtime.block_on(async {
            let (head, body) = begin(router, target).await;
            let body =
                tokio::time::timeout(Duration::from_secs(60), to_bytes(body, usize::MAX)).await.unwrap().unwrap();
            Answer { status: head.status, headers: head.headers, body }
        })
    }

    /// Puts the tables of a store into the database, as a PostGIS store lays them out.
    pub fn fill(&self, store: &dyn Store) {
        for collection in store.collections().unwrap() {
            let mut rows = Vec::new();
            store
                .scan(&collection, &mut |row| {
                    rows.push(row);
                    Ok(())
                })
                .unwrap();
            self.create(&collection);
            self.insert(&collection, &rows);
        }
    }

    fn create(&self, collection: &Collection) {
        let columns = collection.fields.iter().map(|field| {
            let kind = match field.data_type {
                DataType::Text => "text",
                DataType::Integer => "bigint",
                DataType::Number => "double precision",
                DataType::Boolean => "boolean",
                DataType::Date => "date",
                DataType::DateTime => "timestamptz(3)",
            };
            format!(", \"{}\" {kind}", field.name)
        });
        let columns: String = columns.collect();
        let id = &collection.id;
        let place = collection.geometry.as_ref().map(|geometry| {
            let langxanh::geom::Crs::Epsg(srid) = geometry.crs else { panic!("{:?}", geometry.crs) };
            format!(", \"{}\" geometry(Geometry, {srid})", geometry.name)
        });
        let place = place.unwrap_or_default();
        self.cluster.sql(&format!("CREATE TABLE \"{id}\" (fid bigint PRIMARY KEY, id text UNIQUE{place}{columns})"));
        if let Some(geometry) = &collection.geometry {
            self.cluster.sql(&format!("CREATE INDEX ON \"{id}\" USING gist (\"{}\")", geometry.name));
        }
    }

    fn insert(&self, collection: &Collection, rows: &[Row]) {
        self.runtime.block_on(async {
            let (mut client, connection) = self.config().connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            let transaction = client.transaction().await.unwrap();
            let mut places = vec!["$1".to_owned(), "$2".to_owned()];
            if let Some(geometry) = &collection.geometry {
                let langxanh::geom::Crs::Epsg(srid) = geometry.crs else { panic!("{:?}", geometry.crs) };
                places.push(format!("ST_GeomFromWKB($3, {srid})"));
            }
            let first = places.len() + 1;
            places.extend((0..collection.fields.len()).map(|at| format!("${}", first + at)));
            let text = format!("INSERT INTO \"{}\" VALUES ({})", collection.id, places.join(", "));
            let statement = transaction.prepare(&text).await.unwrap();
            for row in rows {
                let mut values: Vec<Box<dyn ToSql + Sync + Send>> =
                    vec![Box::new(row.fid), Box::new(row.id.to_string())];
                if collection.geometry.is_some() {
                    values.push(Box::new(row.shape.as_ref().map(|shape| {
                        let mut bytes = Vec::new();
                        wkb::write_wkb(shape, &mut bytes);
                        bytes
                    })));
                }
                for (field, value) in collection.fields.iter().zip(&row.values) {
                    values.push(match field.data_type {
                        DataType::Text => Box::new(value.as_str().map(str::to_owned)),
                        DataType::Integer => Box::new(value.as_i64()),
                        DataType::Number => Box::new(value.as_f64()),
                        DataType::Boolean => Box::new(value.as_bool()),
                        DataType::Date => Box::new(value.as_date()),
                        DataType::DateTime => Box::new(match value {
                            Value::DateTime(at) => Some(*at),
                            _ => None,
                        }),
                    });
                }
                let values: Vec<&(dyn ToSql + Sync)> =
                    values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
                transaction.execute(&statement, &values).await.unwrap();
            }
            transaction.commit().await.unwrap();
        });
    }

    /// Statements of the service that the database works on.
    pub fn under_way(&self) -> usize {
        let statement =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'langxanh reads' AND state <> 'idle'";
        self.cluster.sql(statement).parse().unwrap()
    }

    /// Waits until the database works on nothing for the service.
    pub fn at_rest(&self) -> bool {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(30));
            self.under_way() == 0
        })
    }
}

pub fn published(publisher: &mut Publisher, store: &dyn Store) -> Snapshot {
    publisher.publish(store, NaiveDate::from_ymd_opt(2026, 6, 30).unwrap()).unwrap()
}

/// An answer whose body has not been read.
pub async fn begin(router: &Router, target: &str) -> (axum::http::response::Parts, Body) {
    let encoded =
        [(" ", "%20"), ("<", "%3C"), (">", "%3E")].iter().fold(target.to_owned(), |t, (a, b)| t.replace(a, b));
    let request = Request::get(encoded).body(Body::empty()).unwrap();
    router.clone().call(request).await.unwrap().into_parts()
}

/// The next piece of a body.
pub async fn piece(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
}
