//! What is looked at as a whole when the store is read again: no large table that nothing was done to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use langxanh::compliance::Standards;
use langxanh::domain::{Collection, DataType, FeatureId, Field, Value};
use langxanh::filter::sql::Sql;
use langxanh::publish::Publisher;
use langxanh::publish::remote::{Database as Remotes, Holding, Policy};
use langxanh::store::postgis::{self, PostgisStore};
use langxanh::store::remote::postgres::{Bounds, PostgresReads};
use langxanh::store::remote::{Described, Later, Remote, Walk, Wanted};
use langxanh::store::{Change, Draft, Mode, Origin, Row, Store};

use super::common::rows;
use super::postgres::Database;
use super::published;

/// Counts how often a table is looked at as a whole.
struct Counting {
    reads: PostgresReads,
    described: AtomicUsize,
}

impl Remote for Counting {
    fn not_before(&self, version: i64) {
        self.reads.not_before(version);
    }

    fn has_more_than<'a>(&'a self, collection: &'a Collection, rows: u64) -> Later<'a, bool> {
        self.reads.has_more_than(collection, rows)
    }

    fn describe<'a>(&'a self, collection: &'a Collection) -> Later<'a, Described> {
        self.described.fetch_add(1, Ordering::Relaxed);
        self.reads.describe(collection)
    }

    fn rows(&self, wanted: Wanted) -> Later<'_, Vec<Row>> {
        self.reads.rows(wanted)
    }

    fn count<'a>(&'a self, collection: &'a Collection, condition: Option<Sql>, most: u64) -> Later<'a, Option<u64>> {
        self.reads.count(collection, condition, most)
    }

    fn stream(&self, wanted: Wanted) -> Later<'_, Walk> {
        self.reads.stream(wanted)
    }
}

fn table(id: &str) -> Collection {
    rows::table(id, None, vec![Field::plain("n", DataType::Integer)])
}

fn add(store: &dyn Store, collection: &Collection, ids: std::ops::Range<i64>) {
    let draft = |n: i64| {
        let id = Some(FeatureId::parse(&format!("n{n}")).unwrap());
        Ok(Draft { id, values: vec![Value::Integer(n)], shape: None })
    };
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    store.apply(Change { collection, mode: Mode::Append, drafts: &mut ids.map(draft), origin }).unwrap();
}

#[test]
fn a_table_that_was_not_touched_is_not_looked_at_again_when_another_is_made() {
    let Some(database) = Database::with_store() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = PostgisStore::open(&database.url).unwrap();
    add(&store, &table("large"), 0..30);
    add(&store, &table("other"), 0..3);
    let reads = postgis::reads(&database.url, Bounds::default()).unwrap();
    let counting = Arc::new(Counting { reads, described: AtomicUsize::new(0) });
    let looked = || counting.described.swap(0, Ordering::Relaxed);
    let tables = ["large", "other", "third"].map(|id| (id.to_owned(), Holding::Never));
    let policy = Policy { by_collection: tables.into(), ..Policy::default() };
    let remotes = Remotes::new(Arc::clone(&counting) as Arc<dyn Remote>, policy, runtime.handle().clone());
    let mut publisher = Publisher::new(Arc::new(Standards::bundled().unwrap())).with_database(remotes);
    let first = published(&mut publisher, &store);
    let hash = |snapshot: &langxanh::publish::Snapshot, id: &str| snapshot.collection(id).unwrap().hash;
    assert_eq!(looked(), 2);
    // A table is made: everything is read again, and of the large ones the new one alone, and the one that was touched.
    add(&store, &table("third"), 0..3);
    add(&store, &table("other"), 3..6);
    let second = published(&mut publisher, &store);
    assert_eq!(looked(), 2);
    assert_eq!(hash(&second, "large"), hash(&first, "large"));
    assert_ne!(hash(&second, "other"), hash(&first, "other"));
    assert_eq!(second.collection("other").unwrap().remote.as_ref().unwrap().rows(), (6, true));
    // By another program too; and one whose columns are others is looked at.
    database.query("CREATE TABLE fourth (n integer PRIMARY KEY); UPDATE large SET n = -1 WHERE n = 5");
    published(&mut publisher, &store);
    looked();
    // Not all is watched now: nobody knows what was done.
    database.query("DROP TABLE fourth");
    published(&mut publisher, &store);
    assert_eq!(looked(), 3);
    database.query("ALTER TABLE third ADD COLUMN m integer");
    published(&mut publisher, &store);
    assert_eq!(looked(), 1);
    // Its rows are exchanged as a whole: of no row it is told that it was touched.
    database.query("ALTER TABLE large ALTER n TYPE bigint USING n + 100; ALTER TABLE third DROP COLUMN m");
    published(&mut publisher, &store);
    assert_eq!(looked(), 2);
}
