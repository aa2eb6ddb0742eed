//! A snapshot made from changes is the one that reading everything makes: after every one of many random edits, by this
//! program and by others, in a store in memory and in a file.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};

use geo::{LineString, Point, Polygon};
use proptest::prelude::*;

use super::*;
use crate::domain::{DataType, Value, catalog};
use crate::geom::Shape;
use crate::publish::derived::hotspots::Hotspots;
use crate::publish::derived::{Derived, Memo};
use crate::query::ItemsQuery;
use crate::store::gpkg::GpkgStore;
use crate::store::memory::MemoryStore;
use crate::store::{self, Applied, Attachment, Batch, Change, Draft, KeptFile, Mode, NewAttachment, Origin, Version};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn standards() -> Arc<Standards> {
    Arc::new(Standards::bundled().unwrap())
}

fn draft(collection: &Collection, id: &str, values: &[(&str, Value)], shape: Option<Shape>) -> Draft {
    let mut row = vec![Value::Null; collection.stored_fields().count()];
    for (name, value) in values {
        row[collection.field(name).unwrap().0] = value.clone();
    }
    Draft { id: Some(FeatureId::parse(id).unwrap()), values: row, shape }
}

fn apply(store: &dyn Store, collection: &Collection, mode: Mode, drafts: Vec<Draft>) -> Result<(), StoreError> {
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    store.apply(Change { collection, mode, drafts: &mut drafts.into_iter().map(Ok), origin }).map(|_| ())
}

/// Registers that the edits write to, those that others build on more often.
const REGISTERS: [&str; 9] = [
    "clusters",
    "craft_villages",
    "treatment_stations",
    "effluent_samples",
    "infrastructure_items",
    "milestones",
    "violations",
    "plans",
    "waterways",
];

/// A row whose contents follow from some dice. Names are few, so that rows meet: the site `x` is in both registers, and
/// `nowhere` in none.
fn dice_row(collection: &Collection, dice: [u8; 4]) -> Draft {
    let [which, of, what, when] = dice;
    let pick = |from: &[&str], dice: u8| Value::from(from[usize::from(dice) % from.len()]);
    let date = |dice: u8| match dice % 6 {
        0 => Value::Null,
        n => DataType::Date
            .parse(["2019-05-01", "2023-03-01", "2024-06-01", "2026-11-20", "2031-01-01"][usize::from(n) - 1])
            .unwrap(),
    };
    let site = [
        (
            "site_collection",
            if of.is_multiple_of(3) { Value::Null } else { pick(&["clusters", "craft_villages"], of / 3) },
        ),
        ("site_id", pick(&["c0", "c1", "c1", "c2", "v0", "v1", "x", "nowhere"], of)),
    ];
    let square = |dice: u8| {
        let (x, y) = (588_000.0 + 60.0 * f64::from(dice % 4), 2_326_000.0 + 60.0 * f64::from(dice / 4 % 2));
        let ring = [(x, y), (x + 100.0, y), (x + 100.0, y + 100.0), (x, y + 100.0), (x, y)];
        Polygon::new(LineString::from(ring.to_vec()), Vec::new())
    };
    let point = |dice: u8| {
        (!dice.is_multiple_of(5)).then(|| Shape::flat(Point::new(105.8 + f64::from(dice % 16) / 100.0, 21.0)))
    };
    let common = [("is_demo", Value::Boolean(what.is_multiple_of(2))), ("source_date", date(when / 7))];
    let id = |prefix: &str, count: u8| format!("{prefix}{}", which % count);
    let row = |id: &str, values: &[(&str, Value)], shape| draft(collection, id, &[values, &common].concat(), shape);
    let row_of_site = |id: &str, values: &[(&str, Value)], shape| row(id, &[values, &site].concat(), shape);
    match collection.id.as_str() {
        "clusters" => row(
            ["c0", "c1", "c2", "x"][usize::from(which) % 4],
            &[
                ("name_vi", pick(&["Một", "Hai"], what)),
                ("status", pick(&["operating", "under_construction"], of)),
                ("established_on", date(when)),
                ("area_ha", Value::Number(f64::from(what) / 4.0)),
            ],
            (!what.is_multiple_of(5)).then(|| {
                let ring = [(105.8, 21.0), (105.81, 21.0), (105.81, 21.0 + f64::from(what) / 1e4), (105.8, 21.0)];
                Shape::flat(geo::MultiPolygon(vec![Polygon::new(LineString::from(ring.to_vec()), Vec::new())]))
            }),
        ),
        "craft_villages" => row(
            ["v0", "v1", "x"][usize::from(which) % 3],
            &[
                ("name_vi", pick(&["Làng", "Nghề"], what)),
                ("pollution_class_water", pick(&["serious", "polluted"], of)),
            ],
            point(what),
        ),
        "treatment_stations" => row_of_site(
            &id("s", 4),
            &[
                ("status", pick(&["operating", "none", "planned"], what)),
                ("status_date", date(when)),
                ("effluent_standard", "QCVN40_2011".into()),
                ("effluent_column", pick(&["A", "B"], what)),
                ("receiving_kind", "river".into()),
                ("f_m3_day_permit", Value::Number(500.0)),
                ("permit_parameters", "cod".into()),
            ],
            point(what),
        ),
        "effluent_samples" => row(
            &id("m", 12),
            &[
                ("station_id", pick(&["s0", "s0", "s1", "s2", "s3", "lost"], of)),
                ("sample_date", if when < 6 { day("2026-01-01").into() } else { date(when | 1) }),
                ("parameter_code", pick(&["cod", "bod5"], what)),
                ("value", Value::Number(f64::from(what))),
                ("censored", "none".into()),
                ("unit", "mg/l".into()),
            ],
            point(of),
        ),
        "infrastructure_items" => row_of_site(
            &id("i", 8),
            &[
                ("item_code", pick(&["internal_roads", "wastewater_station"], what)),
                ("status", pick(&["complete", "missing"], when)),
                ("state_date", date(when)),
            ],
            None,
        ),
        "milestones" => row_of_site(
            &id("k", 8),
            &[
                ("milestone", pick(&["founded", "in_operation"], what)),
                ("actual_on", date(when)),
                ("planned_on", date(what)),
            ],
            None,
        ),
        "violations" => row_of_site(
            &id("b", 6),
            &[
                ("violation_kind", "environment".into()),
                ("status", pick(&["open", "closed"], what)),
                ("opened_on", date(when)),
            ],
            point(what),
        ),
        "plans" => row_of_site(
            &id("p", 5),
            &[
                ("name_vi", "Đồ án".into()),
                ("status", pick(&["approved", "approved", "draft"], what)),
                ("approved_on", date(when)),
            ],
            Some(Shape::flat(geo::MultiPolygon(vec![square(what)]))),
        ),
        _ => row(&id("w", 4), &[("name_vi", pick(&["Nhuệ", "Đáy"], what))], None),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write {
        register: &'static str,
        mode: Mode,
        rows: Vec<[u8; 4]>,
    },
    /// A day later.
    Midnight,
    /// What another program writes, of which no history is kept.
    Elsewhere(&'static str),
}

const ELSEWHERE: [&str; 6] = [
    "UPDATE milestones SET site_id = 'c1' WHERE id IN ('k1', 'k2', 'k3')",
    "DELETE FROM infrastructure_items WHERE id IN ('i1', 'i2')",
    "UPDATE infrastructure_items SET status = 'complete', id = 'new-' || id WHERE id IN ('i3', 'i4') AND NOT EXISTS
        (SELECT 1 FROM infrastructure_items WHERE id LIKE 'new-%')",
    "INSERT OR REPLACE INTO milestones (id, site_id, milestone) VALUES ('k1', 'c2', 'founded')",
    "UPDATE milestones SET fid = fid + 100 WHERE id = 'k0'",
    "DELETE FROM milestones",
];

fn step() -> impl Strategy<Value = Step> {
    let write = (
        proptest::sample::select(REGISTERS.as_slice()),
        prop_oneof![6 => Just(Mode::Upsert), 1 => Just(Mode::Append), 1 => Just(Mode::Replace)],
        proptest::collection::vec(any::<[u8; 4]>(), 1..4),
    );
    prop_oneof![
        12 => write.prop_map(|(register, mode, rows)| Step::Write { register, mode, rows }),
        1 => Just(Step::Midnight),
        2 => proptest::sample::select(ELSEWHERE.as_slice()).prop_map(Step::Elsewhere),
    ]
}

/// A store in which every site and station is there, so that most edits concern their own site alone.
fn furnish(store: &dyn Store) {
    for (register, count) in [("clusters", 4), ("craft_villages", 3), ("treatment_stations", 4), ("plans", 5)] {
        let collection = catalog::collection(register).unwrap();
        // The second die names the sites c1, c0, c2 and v0 together with their collection.
        let of = |n: u8| [1, 8, 19, 4][usize::from(n) % 4];
        let rows: Vec<_> = (0..count).map(|n| dice_row(collection, [n, of(n), 1 + 3 * n, 2])).collect();
        apply(store, collection, Mode::Upsert, rows).unwrap();
    }
    for register in REGISTERS.into_iter().skip(3).filter(|register| *register != "plans") {
        let collection = catalog::collection(register).unwrap();
        let rows: Vec<_> = (0..3).map(|n| dice_row(collection, [n, 1, n, 2])).collect();
        apply(store, collection, Mode::Upsert, rows).unwrap();
    }
}

/// One finding for each plan with what the register, the review and the facts say beside it; plans that stay are taken from
/// the last time.
#[derive(Default)]
struct Findings {
    memo: Memo<String, (u64, String), Derived>,
}

/// A plan, and what its finding is made from.
type Wanted = (String, (u64, String));

impl Findings {
    fn wanted(inputs: &Inputs<'_>) -> Result<Vec<Wanted>, StoreError> {
        let Some(plans) = inputs.register("plans")? else { return Ok(Vec::new()) };
        let breaches: Vec<_> =
            inputs.review.sites.values().map(|site| &site.assessment.attached.breached_rules).collect();
        let sites = inputs.facts.keys().count();
        let beside = format!("{breaches:?} {sites} {}", inputs.day());
        let rows = 0..plans.len() as u32;
        Ok(rows
            .map(|row| (plans.id(row).to_owned(), (xxhash_rust::xxh3::xxh3_64(&plans.feature(row)), beside.clone())))
            .collect())
    }
}

impl Derivation for Findings {
    fn fills(&self) -> &'static [&'static str] {
        &["plan_findings"]
    }

    fn fingerprint(&mut self, inputs: &Inputs<'_>) -> Result<u64, StoreError> {
        let wanted = format!("{:?}", Findings::wanted(inputs)?);
        Ok(xxhash_rust::xxh3::xxh3_64_with_seed(wanted.as_bytes(), inputs.fingerprint(&["plans"])?))
    }

    fn rows(&mut self, inputs: &Inputs<'_>) -> Result<Vec<Vec<Derived>>, StoreError> {
        let declared = catalog::collection("plan_findings").unwrap();
        let pieces = self.memo.pieces(Findings::wanted(inputs)?, |plan, (hash, beside)| {
            let values = [("plan_id", plan.as_str().into()), ("message_vi", format!("{hash} {beside}").into())];
            Derived::new(declared, FeatureId::parse(plan).unwrap(), values, Some(Shape::flat(Point::new(105.8, 21.0))))
        });
        Ok(vec![pieces.into_iter().map(|(_, piece)| Derived::clone(&piece)).collect()])
    }
}

fn publisher() -> Publisher {
    Publisher::with(standards(), vec![Box::new(Findings::default()), Box::new(Hotspots::default())])
}

/// The first snapshot of a new publisher, which reads everything.
fn whole(store: &dyn Store, today: NaiveDate) -> Snapshot {
    publisher().publish(store, today).unwrap()
}

/// The snapshot after a change, with what is derived from it.
fn settled(publisher: &mut Publisher, store: &dyn Store, today: NaiveDate) -> Snapshot {
    let changed = publisher.publish(store, today).unwrap();
    publisher.settle().unwrap().unwrap_or(changed)
}

fn pages(collection: &PublishedCollection) -> Vec<crate::publish::collection::Page> {
    let first = ItemsQuery::first(3);
    let mut pages = Vec::new();
    for query in [
        first.clone(),
        ItemsQuery { bbox: Some("105.8,20.9,105.86,21.01".parse().unwrap()), ..first.clone() },
        ItemsQuery { datetime: Some("2023-01-01/2025-01-01".parse().unwrap()), ..first.clone() },
        ItemsQuery { equals: vec![(0, collection.value(0, 0))], ..first },
    ] {
        let mut query = query;
        loop {
            let page = collection.page(&query).unwrap();
            query.after.clone_from(&page.next);
            pages.push(page);
            if query.after.is_none() {
                break;
            }
        }
    }
    pages
}

fn assert_same_collection(changed: &PublishedCollection, whole: &PublishedCollection) {
    let id = &whole.declaration.id;
    assert_eq!(changed.declaration, whole.declaration);
    let rows: Vec<u32> = (0..whole.len() as u32).collect();
    let text = |collection: &PublishedCollection| String::from_utf8(collection.runs(&rows).concat()).unwrap();
    assert_eq!((changed.len(), text(changed)), (whole.len(), text(whole)), "{id}");
    assert_eq!(changed.hash, whole.hash, "{id}");
    assert_eq!((changed.extent, changed.time_extent), (whole.extent, whole.time_extent), "{id}");
    for row in rows {
        assert_eq!(changed.row(row), whole.row(row), "{id}");
        assert_eq!(changed.find(&FeatureId::parse(whole.id(row)).unwrap()), Some(row), "{id}");
    }
    assert_eq!(pages(changed), pages(whole), "{id}");
}

fn assert_same(changed: &Snapshot, whole: &Snapshot) {
    assert_eq!(changed.review.as_of, whole.review.as_of);
    let keys = |snapshot: &Snapshot| snapshot.facts.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(changed), keys(whole));
    assert_eq!(changed.facts.orphans, whole.facts.orphans);
    for key in keys(whole) {
        for day in ["2018-01-01", "2024-01-01", "2026-11-23", "2040-01-01"].map(day) {
            assert_eq!(changed.facts.site_on(&key, day), whole.facts.site_on(&key, day), "{key:?} on {day}");
        }
        let histories = |snapshot: &Snapshot| {
            let of = snapshot.facts.histories_of(&key);
            of.map(|(name, id, history)| (name, id.clone(), history.clone())).collect::<Vec<_>>()
        };
        assert_eq!(histories(changed), histories(whole), "{key:?}");
    }
    let sites = |snapshot: &Snapshot| {
        let sites = snapshot.review.sites.iter();
        sites.map(|(key, site)| (key.clone(), site.facts.clone(), site.assessment.clone())).collect::<Vec<_>>()
    };
    assert_eq!(sites(changed), sites(whole));
    assert_eq!(changed.collections.len(), whole.collections.len());
    for (changed, whole) in changed.collections.iter().zip(&whole.collections) {
        assert_same_collection(changed, whole);
    }
    for id in ["clusters", "milestones"] {
        let then = |snapshot: &Snapshot| snapshot.collection_on(id, day("2024-01-01")).unwrap();
        if let Some((changed, whole)) = then(changed).zip(then(whole)) {
            assert_same_collection(&changed, &whole);
        }
    }
    assert_eq!(changed.version, whole.version);
}

/// Runs the steps; `elsewhere` is the store as another program writes to it.
fn run(store: &dyn Store, steps: &[Step], elsewhere: Option<&rusqlite::Connection>) {
    furnish(store);
    let mut publisher = publisher();
    let mut today = day("2026-11-23");
    assert_same(&publisher.publish(store, today).unwrap(), &whole(store, today));
    for step in steps {
        match step {
            Step::Midnight => today = today.succ_opt().unwrap(),
            Step::Elsewhere(sql) => {
                if let Some(connection) = elsewhere {
                    connection.execute_batch(sql).unwrap();
                }
            }
            Step::Write { register, mode, rows } => {
                let collection = catalog::collection(register).unwrap();
                let rows = rows.iter().map(|dice| dice_row(collection, *dice)).collect();
                // What is refused, such as an id that is taken, has changed nothing.
                let _ = apply(store, collection, *mode, rows);
            }
        }
        assert_same(&settled(&mut publisher, store, today), &whole(store, today));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_snapshot_after_any_edits_is_the_one_that_reading_everything_makes(
        steps in proptest::collection::vec(step(), 1..12)
    ) {
        run(&MemoryStore::default(), &steps, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn so_it_is_for_a_file_to_which_another_program_writes_too(steps in proptest::collection::vec(step(), 1..16)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.gpkg");
        let store = GpkgStore::create(&path).unwrap();
        run(&store, &steps, Some(&rusqlite::Connection::open(&path).unwrap()));
    }
}

/// The sites that one edit of a furnished store made assess again; every other is the very same object as before.
fn assessed_again(register: &str, dice: [u8; 4]) -> Vec<String> {
    let store = MemoryStore::default();
    furnish(&store);
    let mut publisher = publisher();
    let today = day("2026-11-23");
    let before = publisher.publish(&store, today).unwrap();
    assert!(before.facts.orphans.is_empty(), "{:?}", before.facts.orphans);
    let collection = catalog::collection(register).unwrap();
    apply(&store, collection, Mode::Upsert, vec![dice_row(collection, dice)]).unwrap();
    let after = settled(&mut publisher, &store, today);
    assert_same(&after, &whole(&store, today));
    let again =
        after.review.sites.iter().filter(|(key, site)| {
            !before.review.assessment(key).is_some_and(|known| Arc::ptr_eq(known, &site.assessment))
        });
    again.map(|(key, _)| key.1.clone()).collect()
}

#[test]
fn a_change_makes_its_own_sites_be_assessed_again_and_no_other() {
    assert_eq!(assessed_again("effluent_samples", [9, 0, 200, 4]), ["c1"], "a new sample at s0");
    assert_eq!(assessed_again("effluent_samples", [0, 4, 200, 4]), ["c1", "v0"], "a sample moves from s0 to s3");
    assert_eq!(assessed_again("treatment_stations", [0, 1, 2, 4]), ["c1"], "a station stops");
    assert_eq!(assessed_again("violations", [5, 1, 2, 4]), ["c1"]);
    assert_eq!(assessed_again("clusters", [2, 0, 9, 3]), ["c2"], "its own row");
    assert_eq!(assessed_again("plans", [0, 1, 2, 4]), ["c0", "c1", "v0"], "two others had plans on the same ground");
    assert_eq!(assessed_again("waterways", [0, 0, 0, 0]), [""; 0]);
}

/// A store that counts how often rows were read from it otherwise than because they changed.
struct Watched<'a> {
    store: &'a dyn Store,
    scans: AtomicUsize,
}

impl Store for Watched<'_> {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        self.store.collections()
    }

    fn version(&self) -> Result<i64, StoreError> {
        self.store.version()
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.store.mark()
    }

    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError> {
        self.store.changes_since(mark)
    }

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scans.fetch_add(1, Ordering::Relaxed);
        self.store.scan(collection, each)
    }

    fn row_numbers(&self, collection: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        self.store.row_numbers(collection)
    }

    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scans.fetch_add(1, Ordering::Relaxed);
        self.store.scan_between(collection, fids, each)
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        self.store.apply_all(batch)
    }

    fn edit(&self, edits: Vec<store::Edit<'_>>, origin: &Origin) -> Result<Vec<store::Edited>, StoreError> {
        self.store.edit(edits, origin)
    }

    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        self.store.find(collection, id)
    }

    fn holders(&self, of: &Collection, field: &str, text: &str, most: usize) -> Result<Vec<FeatureId>, StoreError> {
        self.store.holders(of, field, text, most)
    }

    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        self.store.source(sha256, each)
    }

    fn attach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        new: NewAttachment<'_>,
        origin: &Origin,
    ) -> Result<Attachment, StoreError> {
        self.store.attach(collection, id, new, origin)
    }

    fn detach(&self, of: &Collection, id: &FeatureId, sha256: &str, origin: &Origin) -> Result<bool, StoreError> {
        self.store.detach(of, id, sha256, origin)
    }

    fn attachments(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
        self.store.attachments(collection, id)
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        self.store.history(collection, id)
    }

    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        self.store.histories(collection, of)
    }
}

/// What writes to a store.
type Write<'a> = &'a dyn Fn(&dyn Store);

/// How often each of some steps read from a store in which nothing waits for anything, after a first publish.
fn scans(steps: &[Write<'_>]) -> Vec<usize> {
    let memory = MemoryStore::default();
    furnish(&memory);
    let store = Watched { store: &memory, scans: AtomicUsize::new(0) };
    let mut publisher = publisher();
    let mut today = day("2026-11-23");
    publisher.publish(&store, today).unwrap();
    let mut scans = Vec::new();
    for step in steps {
        step(&memory);
        store.scans.store(0, Ordering::Relaxed);
        today = today.succ_opt().unwrap();
        let changed = settled(&mut publisher, &store, today);
        scans.push(store.scans.load(Ordering::Relaxed));
        assert_same(&changed, &whole(&memory, today));
    }
    scans
}

fn write(store: &dyn Store, register: &str, id: &str, values: &[(&str, Value)]) {
    let collection = catalog::collection(register).unwrap();
    apply(store, collection, Mode::Upsert, vec![draft(collection, id, values, None)]).unwrap();
}

fn new_station(store: &dyn Store, id: &str, site: &str) {
    let values = [("site_collection", "clusters".into()), ("site_id", site.into()), ("status", "operating".into())];
    write(store, "treatment_stations", id, &values);
}

fn new_sample(store: &dyn Store, id: &str, station: &str) {
    let values = [
        ("station_id", station.into()),
        ("sample_date", day("2026-01-01").into()),
        ("parameter_code", "cod".into()),
        ("value", Value::Number(99.0)),
        ("unit", "mg/l".into()),
    ];
    write(store, "effluent_samples", id, &values);
}

#[test]
fn neither_a_new_day_nor_a_new_site_with_its_station_and_sample_reads_the_store() {
    let read = scans(&[
        &|_| {},
        &|store| write(store, "clusters", "new", &[("name_vi", "Mới".into())]),
        &|store| new_station(store, "new-station", "new"),
        &|store| new_sample(store, "new-sample", "new-station"),
    ]);
    assert_eq!(read, [0, 0, 0, 0]);
}

#[test]
fn rows_that_waited_for_a_site_or_station_are_taken_up_when_it_comes() {
    let read = scans(&[
        &|store| new_sample(store, "early", "late-station"),
        &|store| new_station(store, "late-station", "late"),
        &|store| write(store, "clusters", "late", &[("name_vi", "Muộn".into())]),
        // The row of the site is what both wait for.
        &|store| new_sample(store, "another", "late-station"),
    ]);
    assert!(read[..3].iter().all(|scans| *scans > 0), "{read:?}");
    assert_eq!(read[3], 0, "nothing waits any more");
}

#[test]
fn a_row_that_once_named_a_site_belongs_to_its_past_when_the_site_comes() {
    let step = |site: &'static str| {
        move |store: &dyn Store| {
            let values = [
                ("site_collection", "clusters".into()),
                ("site_id", site.into()),
                ("milestone", "founded".into()),
                ("actual_on", day("2020-01-01").into()),
            ];
            write(store, "milestones", "k7", &values);
        }
    };
    scans(&[
        &step("later"),
        &step("c1"),
        &|store| write(store, "clusters", "later", &[("name_vi", "Sau".into())]),
        &step("c2"),
    ]);
}

#[test]
fn a_failed_publish_leaves_the_publisher_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    furnish(&store);
    let mut publisher = publisher();
    let today = day("2026-11-23");
    publisher.publish(&store, today).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("UPDATE milestones SET planned_on = 'no day' WHERE id = 'k1'").unwrap();
    assert!(publisher.publish(&store, today).is_err());
    other.execute_batch("UPDATE milestones SET planned_on = '2024-01-01' WHERE id = 'k1'").unwrap();
    assert_same(&settled(&mut publisher, &store, today), &whole(&store, today));
}

/// The plans of which a snapshot has findings, and their row numbers.
fn findings(snapshot: &Snapshot) -> Vec<(String, i64)> {
    let findings = snapshot.collection("plan_findings").unwrap();
    (0..findings.len() as u32).map(|row| (findings.id(row).to_owned(), findings.fid(row).unwrap())).collect()
}

#[test]
fn what_is_derived_follows_in_a_snapshot_of_its_own_and_is_not_made_again_for_nothing() {
    let store = MemoryStore::default();
    furnish(&store);
    let mut publisher = publisher();
    let today = day("2026-11-23");
    let first = publisher.publish(&store, today).unwrap();
    assert_eq!(findings(&first).len(), 5, "the first snapshot is complete");
    assert!(publisher.settle().unwrap().is_none(), "and has nothing to catch up with");

    let collection = catalog::collection("plans").unwrap();
    apply(&store, collection, Mode::Upsert, vec![dice_row(collection, [7, 1, 9, 2])]).unwrap();
    write(&store, "plans", "new", &[("site_id", "c0".into()), ("name_vi", "Mới".into())]);
    let changed = publisher.publish(&store, today).unwrap();
    assert_eq!(changed.collection("plans").unwrap().len(), 6);
    assert_eq!(findings(&changed), findings(&first), "the earlier findings stand until the next snapshot");
    let settled = publisher.settle().unwrap().unwrap();
    assert_eq!(findings(&settled).last(), Some(&("new".to_owned(), 6)));
    assert_eq!(settled.store_version, changed.store_version);
    assert_same(&settled, &whole(&store, today));

    write(&store, "waterways", "w9", &[("name_vi", "Tích".into())]);
    publisher.publish(&store, today).unwrap();
    assert!(publisher.settle().unwrap().is_none(), "no finding looks at rivers");
}

#[test]
fn a_plan_that_was_reviewed_for_its_findings_is_not_reviewed_again_until_it_changes() {
    let store = MemoryStore::default();
    furnish(&store);
    write(&store, "plans", "p", &[("site_id", "c0".into()), ("name_vi", "Một".into())]);
    let mut publisher = Publisher::new(standards());
    let today = day("2026-11-23");
    let plan = FeatureId::parse("p").unwrap();
    let asked = |snapshot: &Snapshot| snapshot.reviewed_plan(&plan, today, None).unwrap().unwrap();
    let first = publisher.publish(&store, today).unwrap();
    let made = asked(&first);
    assert!(Arc::ptr_eq(&made, &asked(&first)), "it was made at the publish");

    // What is not of the plan leaves its review as it is.
    write(&store, "plans", "other", &[("site_id", "c1".into()), ("name_vi", "Hai".into())]);
    let changed = publisher.publish(&store, today).unwrap();
    assert!(Arc::ptr_eq(&made, &asked(&changed)), "also before the findings have followed");
    assert!(Arc::ptr_eq(&made, &asked(&publisher.settle().unwrap().unwrap())));

    write(&store, "plans", "p", &[("site_id", "c0".into()), ("name_vi", "Ba".into())]);
    let changed = publisher.publish(&store, today).unwrap();
    assert_eq!(asked(&changed).plan.name, "Ba", "never an earlier state");
    let settled = publisher.settle().unwrap().unwrap();
    assert!(Arc::ptr_eq(&asked(&settled), &asked(&settled)));
    assert_eq!(asked(&settled).plan.name, "Ba");
}

/// How many rows a collection has, and its hash.
fn told(snapshot: &Snapshot, id: &str) -> (usize, u64) {
    let collection = snapshot.collection(id).unwrap();
    (collection.len(), collection.hash)
}

#[test]
fn hotspots_of_the_whole_sample_after_changes_are_those_of_a_full_run() {
    let store = MemoryStore::default();
    crate::sample::build(&store, &|_, _| {}).unwrap();
    let mut publisher = publisher();
    let today = day("2026-11-23");
    let first = publisher.publish(&store, today).unwrap();
    assert!(told(&first, "hotspots").0 > 200 && told(&first, "hotspot_zones").0 > 0);
    let station = first.collection("treatment_stations").unwrap().id(0).to_owned();
    let steps: [Write<'_>; 3] = [
        &|store| new_sample(store, "fresh", &station),
        &|store| write(store, "craft_villages", "new", &[("name_vi", "Làng mới".into())]),
        &|store| {
            let course = LineString::from(vec![(105.70, 21.00), (105.80, 20.95)]);
            let shape = Shape::flat(geo::MultiLineString(vec![course]));
            let waterways = catalog::collection("waterways").unwrap();
            let drafts = vec![draft(waterways, "new", &[("name_vi", "Sông mới".into())], Some(shape))];
            apply(store, waterways, Mode::Upsert, drafts).unwrap();
        },
    ];
    for step in steps {
        step(&store);
        let (changed, whole) = (settled(&mut publisher, &store, today), whole(&store, today));
        for id in ["hotspots", "hotspot_zones", "waterway_reaches"] {
            assert_eq!(told(&changed, id), told(&whole, id), "{id}");
        }
        assert_eq!(changed.version, whole.version);
    }
}
