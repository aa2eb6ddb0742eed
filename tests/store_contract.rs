//! What every store promises, run on each of them from one list of cases.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use langxanh::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::memory::MemoryStore;
use langxanh::store::{Applied, Change, Draft, Mode, Operation, Origin, Row, Store, StoreError};

fn collection() -> Collection {
    Collection {
        id: "lots".to_owned(),
        title: Title::same("Lô đất"),
        description: Title::same("lots of a test"),
        kind: Kind::Table,
        geometry: Some(GeometryField {
            name: "geom".to_owned(),
            kind: GeometryKind::Point,
            crs: Crs::Epsg(5897),
            has_z: false,
        }),
        fields: vec![
            Field::plain("name_vi", DataType::Text),
            Field::plain("area", DataType::Number),
            Field::plain("storeys", DataType::Integer),
            Field::plain("built", DataType::Boolean),
            Field::plain("since", DataType::Date),
            Field::plain("seen", DataType::DateTime),
        ],
        temporal: None,
    }
}

fn draft(id: &str, name: &str, area: f64) -> Draft {
    Draft {
        id: Some(FeatureId::parse(id).unwrap()),
        values: vec![
            Value::from(name),
            Value::Number(area),
            Value::Integer(3),
            Value::Boolean(true),
            DataType::Date.parse("2024-02-29").unwrap(),
            DataType::DateTime.parse("2024-02-29T23:59:59.123Z").unwrap(),
        ],
        shape: Some(Shape::flat(geo::Point::new(588_591.944_012_345_6, 2_326_345.311_7 + area))),
    }
}

fn apply(store: &dyn Store, mode: Mode, drafts: Vec<Draft>) -> Result<Applied, StoreError> {
    let collection = collection();
    store.apply(Change {
        collection: &collection,
        mode,
        drafts: &mut drafts.into_iter().map(Ok),
        origin: Origin { who: "test".to_owned(), what: format!("{mode:?}") },
    })
}

fn rows(store: &dyn Store) -> Vec<Row> {
    let mut rows = Vec::new();
    store
        .scan(&collection(), &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
    rows
}

/// Runs a case on a fresh store of every kind.
fn on_every_store(case: impl Fn(&dyn Store)) {
    case(&MemoryStore::default());
    let folder = tempfile::tempdir().unwrap();
    case(&GpkgStore::create(&folder.path().join("store.gpkg")).unwrap());
}

#[test]
fn an_unknown_collection_is_an_error() {
    on_every_store(|store| {
        assert!(matches!(store.scan(&collection(), &mut |_| Ok(())), Err(StoreError::NoCollection(_))));
    });
}

#[test]
fn an_append_that_meets_a_known_id_writes_nothing_at_all() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        let before = rows(store);
        let outcome = apply(store, Mode::Append, vec![draft("b", "B", 2.0), draft("a", "again", 3.0)]);
        assert!(matches!(outcome, Err(StoreError::Conflict { id, .. }) if id == "a"));
        assert_eq!(rows(store), before);
    });
}

#[test]
fn values_and_vertices_come_back_to_the_last_bit() {
    on_every_store(|store| {
        let wanted = vec![draft("a", "Cụm \"A\" \\ Dương Liễu", 0.1 + 0.2), draft("b", "", 1e-300)];
        apply(store, Mode::Append, wanted.clone()).unwrap();
        let found = rows(store);
        assert_eq!(found.len(), 2);
        for (row, draft) in found.iter().zip(&wanted) {
            assert_eq!((Some(&row.id), &row.values, &row.shape), (draft.id.as_ref(), &draft.values, &draft.shape));
        }
    });
}

#[test]
fn nulls_and_missing_places_stay_missing() {
    on_every_store(|store| {
        let empty = Draft { id: None, values: vec![Value::Null; 6], shape: None };
        apply(store, Mode::Append, vec![empty.clone()]).unwrap();
        assert_eq!(rows(store), vec![Row { fid: 1, id: FeatureId::from_fid(1), values: empty.values, shape: None }]);
    });
}

#[test]
fn upsert_changes_known_rows_in_their_place_and_counts_what_it_did() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 2.0)]).unwrap();
        let applied =
            apply(store, Mode::Upsert, vec![draft("a", "A", 1.0), draft("b", "B2", 2.0), draft("c", "C", 3.0)])
                .unwrap();
        assert_eq!(applied, Applied { inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
        let names: BTreeMap<i64, String> = rows(store).iter().map(|r| (r.fid, r.values[0].to_string())).collect();
        assert_eq!(names, BTreeMap::from([(1, "A".to_owned()), (2, "B2".to_owned()), (3, "C".to_owned())]));
    });
}

#[test]
fn replace_deletes_the_rest_and_a_row_number_is_never_used_again() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 2.0)]).unwrap();
        let applied = apply(store, Mode::Replace, vec![draft("a", "A", 1.0)]).unwrap();
        assert_eq!(applied, Applied { unchanged: 1, deleted: 1, ..Applied::default() });
        apply(store, Mode::Append, vec![draft("c", "C", 3.0)]).unwrap();
        let fids: Vec<_> = rows(store).iter().map(|r| (r.fid, r.id.to_string())).collect();
        assert_eq!(fids, vec![(1, "a".to_owned()), (3, "c".to_owned())]);
    });
}

#[test]
fn every_change_of_a_row_is_kept_with_what_it_was_before() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        apply(store, Mode::Upsert, vec![draft("a", "A2", 1.0)]).unwrap();
        apply(store, Mode::Replace, vec![draft("b", "B", 1.0)]).unwrap();
        let versions = store.history(&collection(), &FeatureId::parse("a").unwrap()).unwrap();
        let operations: Vec<_> = versions.iter().map(|v| v.operation).collect();
        assert_eq!(operations, vec![Operation::Insert, Operation::Update, Operation::Delete]);
        assert_eq!(versions[0].before, None);
        let first = draft("a", "A", 1.0);
        assert_eq!(versions[1].before, Some((first.values, first.shape)));
        assert_eq!(versions[2].before.as_ref().unwrap().0[0], Value::from("A2"));
        assert_eq!(versions[2].origin.what, "Replace");
    });
}

#[test]
fn the_version_moves_when_a_row_changes_and_rests_otherwise() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        let before = store.version().unwrap();
        assert_eq!(store.version().unwrap(), before);
        apply(store, Mode::Upsert, vec![draft("a", "A2", 1.0)]).unwrap();
        assert_ne!(store.version().unwrap(), before);
    });
}

#[test]
fn a_new_geopackage_has_every_register_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    drop(GpkgStore::create(&path).unwrap());
    assert!(GpkgStore::create(&path).is_err(), "an existing store was overwritten");
    let store = GpkgStore::open(&path).unwrap();
    let ids: Vec<_> = store.collections().unwrap().into_iter().map(|c| c.id).collect();
    for id in ["clusters", "craft_villages", "effluent_samples", "plan_parcels", "admin_units"] {
        assert!(ids.iter().any(|known| known == id), "{id} is missing");
    }
}

#[test]
fn broken_files_are_refused_with_their_name_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    drop(GpkgStore::create(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8], why: &str| {
        let broken = folder.path().join("broken.gpkg");
        std::fs::write(&broken, bytes).unwrap();
        let message = GpkgStore::open(&broken).err().unwrap_or_else(|| panic!("{why}: was opened")).to_string();
        assert!(message.contains("broken.gpkg") && message.contains(why), "{message}");
    };
    refused(&whole[..whole.len() - 4096], "cut off");
    refused(b"hello", "too short");
    refused(&[b'x'; 5000], "no SQLite file");
    assert!(GpkgStore::open(&folder.path().join("nowhere.gpkg")).is_err());
}

#[test]
fn a_declared_table_without_a_column_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    drop(GpkgStore::create(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("ALTER TABLE milestones DROP COLUMN planned_on").unwrap();
    drop(connection);
    let message = GpkgStore::open(&path).err().unwrap().to_string();
    assert!(message.contains("milestones") && message.contains("planned_on"), "{message}");
}
