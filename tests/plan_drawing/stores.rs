//! A drawing that takes the place of an earlier one, in every store: the same rows come and go, and what belongs to other plans
//! is not read.

use std::path::Path;
use std::time::{Duration, Instant};

use langxanh::domain::{Value, catalog};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::memory::MemoryStore;
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Origin, Row, Store};
use langxanh::transfer::drawing::{PlanMode, PlanReport, import_plan};

use super::fixtures::{Dxf, add_cluster, clean, id, options, rows};
use super::postgres::Database;

const REGISTERS: [&str; 4] = ["plans", "plan_parcels", "plan_lines", "buildings"];

/// Rows of other plans and sites.
const OTHERS: usize = 3_000;

fn add(store: &dyn Store, collection: &str, drafts: Vec<Draft>) {
    let collection = catalog::collection(collection).unwrap();
    let origin = Origin { who: "test".to_owned(), what: "others".to_owned(), why: None };
    store.apply(Change { collection, mode: Mode::Append, drafts: &mut drafts.into_iter().map(Ok), origin }).unwrap();
}

/// A row of which only these fields are said, and those that have to be.
fn of(collection: &str, name: &str, said: &[(&str, &str)]) -> Draft {
    let fields = catalog::collection(collection).unwrap().stored_fields();
    let values = fields.map(|field| match said.iter().find(|(name, _)| *name == field.name) {
        Some((_, text)) => Value::from(*text),
        None if field.required => Value::from("x"),
        None => Value::Null,
    });
    Draft { id: Some(id(name)), values: values.collect(), shape: None }
}

/// Lots, lines and buildings of other plans and sites, some with names much like those of the plan that is taken in.
fn add_others(store: &dyn Store) {
    let near = ["plan-1-buildings-1", "plan-10-building-0001", "plan-1", "Plan-1-building-0001"];
    let mut lots: Vec<_> = near.iter().map(|n| of("plan_parcels", n, &[("plan_id", "plan-10")])).collect();
    let mut houses: Vec<_> = near.iter().map(|n| of("buildings", n, &[("site_id", "ccn-10")])).collect();
    for n in 0..OTHERS {
        let plan = format!("other-{}", n / 100);
        lots.push(of("plan_parcels", &format!("lot-{n}"), &[("plan_id", &plan)]));
        houses.push(of("buildings", &format!("house-{n}"), &[("site_id", &plan)]));
    }
    let lines = (0..OTHERS).map(|n| of("plan_lines", &format!("line-{n}"), &[("plan_id", "other-1")])).collect();
    for (collection, drafts) in [("plan_parcels", lots), ("buildings", houses), ("plan_lines", lines)] {
        add(store, collection, drafts);
    }
}

/// The same plan with one of its lots gone, another building and the first one as it was.
fn changed() -> Dxf {
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 80.0), (0.0, 80.0)])
        .polyline("CX", true, &[(0.0, 80.0), (200.0, 80.0), (200.0, 100.0), (0.0, 100.0)])
        .text("KY HIEU", (50.0, 40.0), b"CN-01")
        .text("KY HIEU", (100.0, 90.0), b"CX-01")
        .polyline("NHA", true, &[(110.0, 10.0), (140.0, 10.0), (140.0, 40.0), (110.0, 40.0)])
        .polyline("NHA", true, &[(10.0, 10.0), (40.0, 10.0), (40.0, 40.0), (10.0, 40.0)]);
    dxf
}

/// Takes the plan in beside others; gives what the report says.
fn first(store: &dyn Store, folder: &Path) -> String {
    add_cluster(store, "ccn-1");
    add_others(store);
    told(import_plan(store, &options(&clean().save(folder, "first.dxf"))).unwrap())
}

/// Takes its other drawing in.
fn again(store: &dyn Store, folder: &Path) -> String {
    let mut again = options(&changed().save(folder, "second.dxf"));
    again.mode = PlanMode::Replace;
    told(import_plan(store, &again).unwrap())
}

fn told(report: PlanReport) -> String {
    format!("{:?} {:?}", report.applied, report.notes)
}

fn all_rows(store: &dyn Store) -> Vec<Vec<Row>> {
    REGISTERS.map(|register| rows(store, register)).to_vec()
}

#[test]
fn a_drawing_in_the_place_of_another_leaves_the_same_in_every_store_and_reads_no_other_plans() {
    let folder = tempfile::tempdir().unwrap();
    let both = |store: &dyn Store| [first(store, folder.path()), again(store, folder.path())];
    let store = MemoryStore::default();
    let (reports, wanted) = (both(&store), all_rows(&store));
    // Four of others with names like those of the plan, its two lots (CN-01, CX-01) and two buildings.
    assert_eq!(wanted.iter().map(Vec::len).collect::<Vec<_>>(), [1, OTHERS + 6, OTHERS, OTHERS + 6]);
    assert!(wanted[3].iter().any(|row| row.id.as_str() == "plan-1-building-0002"), "the new building has a new id");

    let store = GpkgStore::create(&folder.path().join("store.gpkg")).unwrap();
    assert_eq!((both(&store), all_rows(&store)), (reports.clone(), wanted.clone()));

    let Some(database) = Database::with_store() else { return };
    let open = || PostgisStore::open(&database.url).unwrap();
    // A connection tells what it has read when it ends, at the latest.
    let ended = || {
        let others =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                      AND backend_type = 'client backend'";
        let begun = Instant::now();
        while database.count(others) > 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "connections of a store that was dropped stay");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    assert_eq!(first(&open(), folder.path()), reports[0]);
    ended();
    database.query("ANALYZE");
    database.query("SELECT pg_stat_reset()");
    assert_eq!(again(&open(), folder.path()), reports[1]);
    ended();
    // Rows of the three large registers, read over an index or not.
    let read = database.count(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
         WHERE relname IN ('plan_parcels', 'plan_lines', 'buildings')",
    );
    assert!((1..200).contains(&read), "{read} rows were read");
    assert_eq!(all_rows(&open()), wanted);
}
