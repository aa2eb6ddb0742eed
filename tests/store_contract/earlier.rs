//! Stores as an earlier version made them, kept as the SQL of that version's own files and databases (`version_4`): what is in
//! them stays, and what has come since is added.

use std::path::Path;

use langxanh::domain::{Value, catalog};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Mode, Operation, Store};

use super::postgres::{self, Database};
use super::{id, origin};

/// The ends of the chains that the fourth version sealed, as its `audit --verify` told them.
const OF_GEOPACKAGE: &str = "40605e7536e57a659f8192fa06a59d546ac275e4678a259a77dd382a41385091";
const OF_POSTGIS: &str = "3bd9be0e3c45fe078f9050c7cca0289cd50032c0afd4ae1ab05aa4734b0dcbc4";

/// A database with a store of the fourth version.
fn fourth_in_a_database() -> Option<Database> {
    let database = Database::empty()?;
    database.query(include_str!("version_4/postgis.sql"));
    Some(database)
}

fn fourth_in_a_file(path: &Path) {
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch(include_str!("version_4/geopackage.sql")).unwrap();
}

/// Holds a store against what was done with the fourth version: a cluster, two milestones of which one was changed and one
/// deleted, two lots of a table of a user's own, a lot of a plan, and an editor with a token.
fn has_what_was_written(store: &dyn Store, sealed: &str) {
    let known = store.collections().unwrap();
    let value = |collection: &str, row: &str, field: &str| -> Option<Value> {
        let collection = known.iter().find(|one| one.id == collection).unwrap();
        let row = store.find(collection, &id(row)).unwrap()?;
        Some(row.values[collection.field(field).unwrap().0].clone())
    };
    assert_eq!(value("clusters", "c", "name_vi"), Some("Cụm \"cũ\"".into()));
    assert_eq!(value("milestones", "m1", "decision"), Some("QĐ 1 (sửa)".into()));
    assert_eq!(value("milestones", "m2", "decision"), None);
    assert_eq!(value("plan_parcels", "p1-01", "lot_symbol"), Some("CN-01".into()));
    assert_eq!(value("lots", "a", "area"), Some(Value::Number(0.1 + 0.2)));
    assert_eq!(value("lots", "b", "name_vi"), Some("Lô 'B'".into()));
    let milestones = catalog::collection("milestones").unwrap();
    let done = |row: &str| -> Vec<(Operation, String)> {
        let history = store.history(milestones, &id(row)).unwrap();
        history.into_iter().map(|version| (version.operation, version.origin.what)).collect()
    };
    let (came, changed) = ("import milestones.geojson".to_owned(), "import milestones2.geojson".to_owned());
    assert_eq!(done("m1"), [(Operation::Insert, came.clone()), (Operation::Update, changed.clone())]);
    assert_eq!(done("m2"), [(Operation::Insert, came), (Operation::Delete, changed)]);
    let users = store.users().unwrap();
    assert!(users.users.iter().any(|user| user.name == "lan"), "{users:?}");
    let verdict = store.verify(Some((6, sealed))).unwrap().unwrap();
    assert_eq!((verdict.faults, verdict.rows), (Vec::new(), 3), "registers as the chain of then has them");
}

/// Writes to a store that was brought on, and holds it against its chain again.
fn can_be_written_to(store: &dyn Store, sealed: &str) {
    let parcels = catalog::collection("plan_parcels").unwrap();
    let row = store.find(parcels, &id("p1-01")).unwrap().unwrap();
    let mut values = row.values;
    values[parcels.field("lot_symbol").unwrap().0] = "CN-02".into();
    let draft = langxanh::store::Draft { id: Some(row.id), values, shape: row.shape };
    let drafts = &mut std::iter::once(Ok(draft));
    let applied =
        store.apply(Change { collection: parcels, mode: Mode::Upsert, drafts, origin: origin("later") }).unwrap();
    assert_eq!(applied.updated, 1);
    let verdict = store.verify(Some((6, sealed))).unwrap().unwrap();
    assert_eq!((verdict.faults, verdict.head.seq), (Vec::new(), 7));
    store.set_told("a", 3).unwrap();
    assert_eq!(store.told().unwrap()["a"], 3);
}

#[test]
fn a_file_of_the_fourth_version_is_brought_on_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    fourth_in_a_file(&path);
    let store = GpkgStore::open(&path).unwrap();
    has_what_was_written(&store, OF_GEOPACKAGE);
    can_be_written_to(&store, OF_GEOPACKAGE);
    assert!(store.mark().unwrap().is_some(), "its tables are watched");
    drop(store);
    let file = rusqlite::Connection::open(&path).unwrap();
    let number = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT CAST(value AS INTEGER) FROM langxanh_meta WHERE key = 'schema_version'"), 6);
    let indexes = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name IN ('langxanh_plans_site_id',
        'langxanh_plan_parcels_plan_id', 'langxanh_plan_lines_plan_id', 'langxanh_buildings_site_id')";
    assert_eq!(number(indexes), 4);
}

#[test]
fn a_database_of_the_fourth_version_is_brought_on_once_by_two_who_open_it_and_keeps_everything() {
    let Some(database) = fourth_in_a_database() else { return };
    let name = &database.name;
    database.query(&format!(
        "CREATE ROLE notes_{name} LOGIN; GRANT USAGE ON SCHEMA langxanh TO notes_{name};
         GRANT SELECT, INSERT, UPDATE, DELETE ON langxanh.langxanh_users TO notes_{name}"
    ));
    let opened = std::thread::scope(|scope| {
        let open = [(); 2].map(|()| scope.spawn(|| PostgisStore::open(&database.url).unwrap()));
        open.map(|one| one.join().unwrap())
    });
    for store in &opened {
        has_what_was_written(store, OF_POSTGIS);
    }
    can_be_written_to(&opened[0], OF_POSTGIS);
    assert_eq!(opened[1].told().unwrap()["a"], 3);
    assert_eq!(opened[0].commit().unwrap().unwrap().store, opened[1].commit().unwrap().unwrap().store);
    assert_eq!(database.count("SELECT value::int FROM langxanh.langxanh_meta WHERE key = 'schema_version'"), 6);
    // One index for each, however many have opened it: over what drawings ask for, and over rows of no place.
    let indexed = |table: &str, what: &str| {
        database.count(&format!(
            "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND tablename = '{table}' AND indexdef LIKE '%({what})%'"
        ))
    };
    for (table, field) in catalog::ASKED_BY {
        assert_eq!(indexed(table, field), 1, "{table} by {field}");
    }
    assert_eq!((indexed("clusters", "fid) WHERE (geom IS NULL"), indexed("lots", "fid) WHERE (geom IS NULL")), (1, 1));
    // Whoever was given the tables of before is given the new one.
    let notes = database.url_of(&format!("notes_{name}"));
    postgres::query(&notes, "UPDATE langxanh.langxanh_told SET change_id = 4");
    assert!(postgres::try_query(&notes, "DELETE FROM langxanh.langxanh_told").is_err());
    database.query(&format!("DROP OWNED BY notes_{name}; DROP ROLE notes_{name}"));
}

#[test]
fn who_may_not_bring_a_store_on_is_told_who_has_to() {
    let Some(database) = fourth_in_a_database() else { return };
    let name = &database.name;
    database.query(&format!(
        "CREATE ROLE reads_{name} LOGIN; GRANT USAGE ON SCHEMA langxanh TO reads_{name};
         GRANT SELECT ON ALL TABLES IN SCHEMA langxanh, public TO reads_{name}"
    ));
    let refused = PostgisStore::open(&database.url_of(&format!("reads_{name}"))).err().unwrap().to_string();
    assert!(refused.contains("schema 4") && refused.contains("user who made the store"), "{refused}");
    assert_eq!(database.count("SELECT value::int FROM langxanh.langxanh_meta WHERE key = 'schema_version'"), 4);
    database.query(&format!("DROP OWNED BY reads_{name}; DROP ROLE reads_{name}"));
}
