//! The past of a store: changes on both sides, moments, changes taken back, signed quarters, the chain.

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use langxanh::domain::{Collection, FeatureId, Value, catalog};
use langxanh::store::chain::Piece;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::memory::MemoryStore;
use langxanh::store::postgis::PostgisStore;
use langxanh::store::record::{ChangeFilter, ChangeRecord, Image, QuarterAct, QuarterStep};
use langxanh::store::undo::{UndoError, undo};
use langxanh::store::{Batch, Change, Draft, Edit, Mode, Operation, Origin, Row, Store, StoreError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::on_every_store;

fn register(id: &str) -> &'static Collection {
    catalog::collection(id).unwrap()
}

fn draft(collection: &str, id: &str, values: &[(&str, Value)]) -> Draft {
    let collection = register(collection);
    let mut row = vec![Value::Null; collection.stored_fields().count()];
    for (name, value) in values {
        row[collection.field(name).unwrap().0] = value.clone();
    }
    Draft { id: Some(FeatureId::parse(id).unwrap()), values: row, shape: None }
}

fn milestone(id: &str, note: &str) -> Draft {
    draft("milestones", id, &[("site_id", note.into()), ("milestone", "founded".into())])
}

fn origin(who: &str) -> Origin {
    Origin { who: who.to_owned(), what: "test".to_owned(), why: Some("vì sao".to_owned()) }
}

fn write(store: &dyn Store, collection: &str, mode: Mode, drafts: Vec<Draft>) -> Result<(), StoreError> {
    let drafts = &mut drafts.into_iter().map(Ok);
    store.apply(Change { collection: register(collection), mode, drafts, origin: origin("an") }).map(|_| ())
}

/// Sets a row to what is said, or deletes it.
fn set(store: &dyn Store, collection: &str, id: &str, to: Option<Draft>) -> Result<Option<i64>, StoreError> {
    let mut make = |_: Option<&Row>| Ok(to.clone());
    let id = Some(FeatureId::parse(id).unwrap());
    let edit = Edit { collection: register(collection), id, make: &mut make };
    Ok(store.edit(vec![edit], &origin("bình"))?.remove(0).change_id)
}

fn rows(store: &dyn Store, collection: &str) -> Vec<(String, Vec<Value>)> {
    let mut rows = Vec::new();
    let each = &mut |row: Row| {
        rows.push((row.id.to_string(), row.values));
        Ok(())
    };
    store.scan(register(collection), each).unwrap();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

fn rows_at(store: &dyn Store, collection: &str, at: DateTime<Utc>) -> Vec<(String, Vec<Value>)> {
    let mut rows = Vec::new();
    let mut last = 0;
    let each = &mut |row: Row| {
        assert!(row.fid > last, "numbers ascend");
        last = row.fid;
        rows.push((row.id.to_string(), row.values));
        Ok(())
    };
    store.scan_at(register(collection), at, each).unwrap();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

fn all(store: &dyn Store) -> Vec<ChangeRecord> {
    store.changes(&ChangeFilter { limit: 1000, ..ChangeFilter::default() }).unwrap()
}

fn take_back(store: &dyn Store, change: i64) -> Result<Option<i64>, UndoError> {
    let (_, edited) = undo(store, change, &origin("chi"), &|_, _, _| Ok(()))?;
    Ok(edited.iter().find_map(|row| row.change_id))
}

/// A moment behind everything that was written: the next write has a later one.
fn moment() -> DateTime<Utc> {
    std::thread::sleep(std::time::Duration::from_millis(3));
    let at = Utc::now();
    std::thread::sleep(std::time::Duration::from_millis(3));
    at
}

/// Runs a case on a fresh store of every kind that has the registers.
fn on_every_register(case: impl Fn(&dyn Store)) {
    on_every_store(|store| {
        for id in ["milestones", "effluent_samples", "violations"] {
            write(store, id, Mode::Append, Vec::new()).unwrap();
        }
        case(store);
    });
}

#[test]
fn what_is_not_there_has_no_past() {
    on_every_register(|store| {
        assert_eq!(store.change(99).unwrap(), None);
        assert!(store.entries(99, None, 10).unwrap().is_empty());
        let nobody = FeatureId::parse("nobody").unwrap();
        assert!(store.versions(register("milestones"), &nobody, None, 10).unwrap().is_empty());
        assert!(matches!(take_back(store, 99), Err(UndoError::NoChange(99))));
        let empty = all(store)[0].id;
        assert!(matches!(take_back(store, empty), Err(UndoError::Nothing(_))), "it wrote no row");
    });
}

#[test]
fn each_change_has_its_rows_on_both_sides_and_a_feature_its_versions() {
    on_every_register(|store| {
        write(store, "milestones", Mode::Append, vec![milestone("a", "1"), milestone("b", "1")]).unwrap();
        let second = set(store, "milestones", "a", Some(milestone("a", "2"))).unwrap().unwrap();
        set(store, "milestones", "a", None).unwrap();
        let values = |note: &str| Some((milestone("x", note).values, None)) as Option<Image>;

        let id = FeatureId::parse("a").unwrap();
        let versions = store.versions(register("milestones"), &id, None, 10).unwrap();
        let sides: Vec<_> =
            versions.iter().map(|v| (v.operation, v.before.clone(), v.after.clone(), v.stands)).collect();
        let expected = vec![
            (Operation::Delete, values("2"), None, true),
            (Operation::Update, values("1"), values("2"), false),
            (Operation::Insert, None, values("1"), false),
        ];
        assert_eq!(sides, expected);
        assert_eq!((versions[1].change, versions[1].origin.clone()), (second, origin("bình")));
        let page = store.versions(register("milestones"), &id, Some(versions[0].number), 1).unwrap();
        assert_eq!(page, versions[1..2]);

        let first = all(store)[2].id;
        let entries = store.entries(first, None, 10).unwrap();
        let told: Vec<_> = entries.iter().map(|e| (e.id.as_str(), e.after.clone(), e.stands)).collect();
        assert_eq!(told, vec![("a", values("1"), false), ("b", values("1"), true)]);
        assert_eq!(store.entries(first, Some(entries[0].number), 10).unwrap(), entries[1..]);
    });
}

#[test]
fn changes_of_one_transaction_are_one_change_and_are_found_by_all_their_collections() {
    on_every_register(|store| {
        let drafts = || [milestone("a", "1"), milestone("b", "1")];
        let [mut one, mut two] = [
            drafts().into_iter().map(Ok).collect::<Vec<_>>().into_iter(),
            vec![Ok(draft("violations", "v", &[("site_id", "s".into()), ("violation_kind", "land".into())]))]
                .into_iter(),
        ];
        let change = |id, drafts| Change { collection: register(id), mode: Mode::Append, drafts, origin: origin("an") };
        let changes = vec![change("milestones", &mut one as _), change("violations", &mut two as _)];
        store.apply_all(Batch { changes, ..Batch::default() }).unwrap();
        let newest = all(store).remove(0);
        let parts: Vec<_> = newest.parts.iter().map(|part| (part.collection.as_str(), part.inserted)).collect();
        assert_eq!(parts, vec![("milestones", 2), ("violations", 1)]);
        assert_eq!(store.entries(newest.id, None, 10).unwrap().len(), 3);
        assert_eq!(store.entries(newest.id, None, 2).unwrap().len(), 2);
        assert_eq!(store.change(newest.id + 1).unwrap().as_ref(), Some(&newest), "a part leads to the whole");
        let by = |filter: ChangeFilter| store.changes(&ChangeFilter { limit: 9, ..filter }).unwrap();
        for collection in ["milestones", "violations"] {
            let found = by(ChangeFilter { collection: Some(collection.to_owned()), ..ChangeFilter::default() });
            assert_eq!(found[0], newest, "{collection}");
        }
        assert!(by(ChangeFilter { who: Some("nobody".to_owned()), ..ChangeFilter::default() }).is_empty());
        assert!(by(ChangeFilter { until: Some(DateTime::UNIX_EPOCH), ..ChangeFilter::default() }).is_empty());
        let since = moment();
        assert!(by(ChangeFilter { since: Some(since), ..ChangeFilter::default() }).is_empty());
        let older = by(ChangeFilter { before: Some(newest.id), ..ChangeFilter::default() });
        assert!(older.iter().all(|change| change.id < newest.id) && older.len() == 3, "{older:?}");
        assert!(take_back(store, newest.id).unwrap().is_some());
        assert!(rows(store, "milestones").is_empty() && rows(store, "violations").is_empty());
    });
}

#[test]
fn a_change_whose_rows_were_changed_since_is_not_taken_back_and_they_are_named() {
    on_every_register(|store| {
        write(store, "milestones", Mode::Append, vec![milestone("a", "1"), milestone("b", "1")]).unwrap();
        let made = all(store)[0].id;
        let changed = set(store, "milestones", "b", Some(milestone("b", "2"))).unwrap().unwrap();
        let before = rows(store, "milestones");
        match take_back(store, made) {
            Err(UndoError::ChangedSince { rows, count: 1, .. }) => {
                assert_eq!(rows, vec![("milestones".to_owned(), FeatureId::parse("b").unwrap())]);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(rows(store, "milestones"), before);
        // What nobody may change is refused as a whole too.
        let refused = RefCell::new(0);
        let nobody = |_: &Collection, _: Option<&Image>, _: Option<&Image>| {
            *refused.borrow_mut() += 1;
            Err(StoreError::Stopped("not yours".to_owned()))
        };
        assert!(undo(store, changed, &origin("chi"), &nobody).is_err());
        assert_eq!((rows(store, "milestones"), refused.take()), (before, 1));
    });
}

#[test]
fn an_undo_can_be_undone_and_a_deleted_row_comes_back_under_its_id() {
    on_every_register(|store| {
        write(store, "milestones", Mode::Append, vec![milestone("a", "1")]).unwrap();
        let there = rows(store, "milestones");
        let deleted = set(store, "milestones", "a", None).unwrap().unwrap();
        let undone = take_back(store, deleted).unwrap().unwrap();
        assert_eq!(rows(store, "milestones"), there);
        take_back(store, undone).unwrap();
        assert!(rows(store, "milestones").is_empty());
    });
}

fn act(quarter: &str, last_day: &str, step: QuarterStep) -> QuarterAct {
    QuarterAct {
        number: 0,
        quarter: quarter.to_owned(),
        last_day: last_day.parse().unwrap(),
        step,
        at: DateTime::UNIX_EPOCH,
        who: "giám đốc".to_owned(),
        why: None,
        figures: Some("{}".to_owned()),
        sha256: None,
    }
}

fn sample(id: &str, day: &str, unit: &str) -> Draft {
    let day = langxanh::domain::DataType::Date.parse(day).unwrap();
    let values =
        [("station_id", "s".into()), ("sample_date", day), ("parameter_code", "cod".into()), ("unit", unit.into())];
    draft("effluent_samples", id, &values)
}

#[test]
fn a_sample_of_a_signed_quarter_is_refused_on_every_way_in_until_the_quarter_is_reopened() {
    on_every_register(|store| {
        let samples = "effluent_samples";
        write(
            store,
            samples,
            Mode::Append,
            vec![sample("old", "2026-06-30", "mg/l"), sample("new", "2026-07-01", "mg/l")],
        )
        .unwrap();
        let made = all(store)[0].id;
        let signed = store.record_quarter(act("2026-Q2", "2026-06-30", QuarterStep::SignedOff)).unwrap();
        let refuse = |outcome: Result<(), StoreError>| match outcome {
            Err(error @ StoreError::Frozen { .. }) => {
                let told = error.to_string();
                assert!(told.contains("2026-Q2 was signed off by giám đốc"), "{told}");
            }
            other => panic!("{other:?}"),
        };
        let before = rows(store, samples);
        refuse(write(store, samples, Mode::Append, vec![sample("more", "2026-04-01", "mg/l")]));
        refuse(write(
            store,
            samples,
            Mode::Upsert,
            vec![sample("new", "2026-07-02", "mg/l"), sample("old", "2026-06-30", "g/l")],
        ));
        refuse(write(store, samples, Mode::Replace, vec![sample("new", "2026-07-02", "mg/l")]));
        refuse(set(store, samples, "old", Some(sample("old", "2026-06-30", "g/l"))).map(|_| ()));
        refuse(set(store, samples, "old", None).map(|_| ()));
        refuse(set(store, samples, "new", Some(sample("new", "2026-06-30", "mg/l"))).map(|_| ()));
        assert!(matches!(take_back(store, made), Err(UndoError::Store(StoreError::Frozen { .. }))));
        assert_eq!(rows(store, samples), before, "nothing of what was refused was written");
        set(store, samples, "new", Some(sample("new", "2026-07-03", "mg/l"))).unwrap();
        write(store, "milestones", Mode::Append, vec![milestone("a", "1")]).unwrap();

        let twice = store.record_quarter(act("2026-Q2", "2026-06-30", QuarterStep::SignedOff));
        assert!(matches!(twice, Err(StoreError::Quarter(_))));
        store.record_quarter(act("2026-Q3", "2026-09-30", QuarterStep::SignedOff)).unwrap();
        let held = store.record_quarter(act("2026-Q2", "2026-06-30", QuarterStep::Reopened)).unwrap_err();
        assert!(held.to_string().contains("2026-Q3"), "{held}");
        store.record_quarter(act("2026-Q3", "2026-09-30", QuarterStep::Reopened)).unwrap();
        store.record_quarter(act("2026-Q2", "2026-06-30", QuarterStep::Reopened)).unwrap();
        set(store, samples, "old", None).unwrap();
        let acts = store.quarter_acts().unwrap();
        assert_eq!((acts.len(), acts[0].number, acts[0].figures.as_deref()), (4, signed.number, Some("{}")));
    });
}

#[test]
fn the_chain_grows_with_every_write_and_knows_its_earlier_heads() {
    on_every_register(|store| {
        let seals = |store: &dyn Store| {
            let mut seals = Vec::new();
            let head = store.audit(&mut |piece| {
                if let Piece::Seal { seq, hash } = piece {
                    seals.push((seq, hash));
                }
                Ok(())
            });
            let head = head.unwrap().unwrap();
            assert_eq!(seals.last(), Some(&(head.seq, head.hash)));
            seals
        };
        let first = seals(store);
        write(store, "milestones", Mode::Append, vec![milestone("a", "1")]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(3));
        store.record_quarter(act("2026-Q2", "2026-06-30", QuarterStep::SignedOff)).unwrap();
        let more = seals(store);
        assert_eq!(more[..first.len()], first, "what was sealed stays");
        assert_eq!(more.len(), first.len() + 2);
        let (seq, hash) = first.last().unwrap();
        let verdict = store.verify(Some((*seq, hash))).unwrap().unwrap();
        assert_eq!(verdict.faults, Vec::<String>::new());
        let other = "0".repeat(64);
        assert_eq!(store.verify(Some((*seq, &other))).unwrap().unwrap().faults.len(), 1);
    });
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Step {
    Set(u8, u8),
    Delete(u8),
    Import(Vec<(u8, u8)>, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let row = || (0u8..6, 0u8..4);
    let step = prop_oneof![
        4 => row().prop_map(|(id, note)| Step::Set(id, note)),
        2 => (0u8..6).prop_map(Step::Delete),
        1 => (prop::collection::vec(row(), 0..5), any::<bool>()).prop_map(|(rows, replace)| Step::Import(rows, replace)),
    ];
    prop::collection::vec(step, 1..12)
}

fn take(store: &dyn Store, step: &Step) {
    let name = |id: u8| format!("r{id}");
    let row = |id: u8, note: u8| {
        let shape = langxanh::geom::Shape::flat(geo::Point::new(105.8 + f64::from(note) / 7.0, 21.0));
        Draft {
            shape: Some(shape),
            ..draft(
                "treatment_stations",
                &name(id),
                &[
                    ("site_id", "s".into()),
                    ("q_m3s", Value::Number(0.1 + f64::from(note) / 3.0)),
                    ("is_demo", Value::Boolean(note.is_multiple_of(2))),
                ],
            )
        }
    };
    match step {
        Step::Set(id, note) => {
            set(store, "treatment_stations", &name(*id), Some(row(*id, *note))).unwrap();
        }
        Step::Delete(id) => {
            set(store, "treatment_stations", &name(*id), None).unwrap();
        }
        Step::Import(rows, replace) => {
            let mode = if *replace { Mode::Replace } else { Mode::Upsert };
            write(store, "treatment_stations", mode, rows.iter().map(|(id, note)| row(*id, *note)).collect()).unwrap();
        }
    }
}

#[test]
fn random_edits_undone_in_reverse_give_the_first_state_back_and_every_moment_is_as_it_was() {
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let case = |steps: Vec<Step>| {
        let folder = tempfile::tempdir().unwrap();
        let gpkg = GpkgStore::create(&folder.path().join("store.gpkg")).unwrap();
        let memory = MemoryStore::default();
        let database = super::postgres::Database::with_store();
        let postgis = database.as_ref().map(|database| PostgisStore::open(&database.url).unwrap());
        let stores =
            [&gpkg as &dyn Store, &memory].into_iter().chain(postgis.as_ref().map(|store| store as &dyn Store));
        for store in stores {
            write(store, "treatment_stations", Mode::Append, Vec::new()).unwrap();
            take(store, &Step::Import(vec![(0, 1), (1, 2), (2, 3)], false));
            let start = all(store)[0].id;
            let mut states = vec![(moment(), rows(store, "treatment_stations"))];
            for step in &steps {
                take(store, step);
                states.push((moment(), rows(store, "treatment_stations")));
            }
            for (at, state) in &states {
                assert_eq!(&rows_at(store, "treatment_stations", *at), state, "as recorded at {at}");
            }
            for change in all(store).iter().filter(|change| change.id > start) {
                match take_back(store, change.id) {
                    Ok(_) | Err(UndoError::Nothing(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(rows(store, "treatment_stations"), states[0].1, "everything was taken back");
            assert_eq!(&rows_at(store, "treatment_stations", states[0].0), &states[0].1);
            let verdict = store.verify(None).unwrap().unwrap();
            assert_eq!(verdict.faults, Vec::<String>::new());
        }
        Ok(())
    };
    runner.run(&steps(), case).unwrap();
}
