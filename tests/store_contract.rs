//! What every store promises, run on each of them from one list of cases.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "store_contract/earlier.rs"]
mod earlier;
#[path = "store_contract/past.rs"]
mod past;
#[path = "store_contract/postgis.rs"]
mod postgis;
#[path = "common/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::path::Path;

use langxanh::access::{Account, Digest, Grant, ProposalState, Proposed, Role, Secret, User};
use langxanh::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::store::among::{Among, Scope};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::memory::MemoryStore;
use langxanh::store::postgis::PostgisStore;
use langxanh::store::record::ChangeFilter;
use langxanh::store::{
    Applied, Batch, Change, Draft, Edit, Edited, MAX_OPEN_PROPOSALS, MAX_TOUCHED, Mark, Mode, NewAttachment, NewToken,
    Operation, Origin, Row, SOURCE_PIECE, SourceFile, Store, StoreError,
};

fn collection() -> Collection {
    Collection {
        id: "lots".to_owned(),
        title: Title::same("Lô đất"),
        description: Title::same("lots of a test"),
        kind: Kind::Table,
        has_ids: true,
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
        origin: origin(&format!("{mode:?}")),
    })
}

fn origin(what: &str) -> Origin {
    Origin { who: "test".to_owned(), what: what.to_owned(), why: None }
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
    if let Some(database) = postgres::Database::with_store() {
        case(&PostgisStore::open(&database.url).unwrap());
    }
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
fn stretches_of_row_numbers_hold_what_a_whole_scan_does() {
    on_every_store(|store| {
        apply(store, Mode::Append, ["a", "b", "c", "d", "e"].map(|id| draft(id, id, 1.0)).into()).unwrap();
        apply(store, Mode::Replace, ["b", "c", "e"].map(|id| draft(id, id, 1.0)).into()).unwrap();
        assert_eq!(store.row_numbers(&collection()).unwrap(), Some(2..=5));
        let between = |fids| {
            let mut rows = Vec::new();
            let mut each = |row| {
                rows.push(row);
                Ok(())
            };
            store.scan_between(&collection(), fids, &mut each).unwrap();
            rows
        };
        assert_eq!([between(i64::MIN..=2), between(3..=4), between(5..=i64::MAX)].concat(), rows(store));
        apply(store, Mode::Replace, Vec::new()).unwrap();
        assert_eq!(store.row_numbers(&collection()).unwrap(), None);
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
fn an_id_that_comes_twice_in_a_long_change_is_one_row_as_it_came_last() {
    on_every_store(|store| {
        let old = |n: usize| draft(&format!("n{n}"), "N", 1.0);
        apply(store, Mode::Append, (0..1080).map(old).collect()).unwrap();
        // Known ones first, so that the new one waits while the next ones are looked up.
        let mut drafts: Vec<_> = (0..1080).map(old).collect();
        drafts.insert(90, draft("x", "first", 1.0));
        drafts.push(draft("x", "last", 1.0));
        apply(store, Mode::Upsert, drafts).unwrap();
        let row = store.find(&collection(), &FeatureId::parse("x").unwrap()).unwrap().unwrap();
        assert_eq!(row.values[0], Value::from("last"));
        assert_eq!(rows(store).len(), 1081);
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

fn points(collection: &Collection, store: &dyn Store) -> Vec<String> {
    let mut ids = Vec::new();
    let mut each = |row: Row| {
        ids.push(row.id.to_string());
        Ok(())
    };
    // A collection that was never made has no rows.
    let _ = store.scan(collection, &mut each);
    ids
}

fn other_collection() -> Collection {
    Collection { id: "roads".to_owned(), ..collection() }
}

/// Writes drafts into both collections of the tests, with a file.
fn apply_both(
    store: &dyn Store,
    mode: Mode,
    drafts: [Vec<Draft>; 2],
    content: &mut dyn std::io::Read,
) -> Result<Vec<Applied>, StoreError> {
    let (lots, roads) = (collection(), other_collection());
    let origin = || Origin { who: "test".to_owned(), what: format!("{mode:?}"), why: None };
    let [of_lots, of_roads] = drafts;
    let (mut of_lots, mut of_roads) = (of_lots.into_iter().map(Ok), of_roads.into_iter().map(Ok));
    store.apply_all(Batch {
        changes: vec![
            Change { collection: &lots, mode, drafts: &mut of_lots, origin: origin() },
            Change { collection: &roads, mode, drafts: &mut of_roads, origin: origin() },
        ],
        replaces: Some(Scope {
            among: &|_| Among::Holding("name_vi", "ours".to_owned()),
            may_go: &|row| row.id.as_str() != "kept",
        }),
        source: Some(SourceFile { sha256: "ab".repeat(32), name: "ban ve.dxf".to_owned(), content }),
    })
}

/// A file that breaks off.
struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_batch_that_fails_in_its_last_change_or_file_writes_nothing_of_any() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "ours", 1.0)]).unwrap();
        let twice = vec![draft("x", "ours", 1.0), draft("x", "ours", 2.0)];
        let (mark, before) = (store.mark().unwrap().unwrap(), rows(store));
        let conflict = apply_both(store, Mode::Append, [vec![draft("b", "ours", 1.0)], twice], &mut std::io::empty());
        assert!(matches!(conflict, Err(StoreError::Conflict { collection, .. }) if collection == "roads"));
        let broken = apply_both(store, Mode::Append, [vec![draft("b", "ours", 1.0)], Vec::new()], &mut Broken);
        assert!(matches!(broken, Err(StoreError::Stopped(reason)) if reason.contains("the disk is gone")));
        assert_eq!(rows(store), before);
        assert_eq!(points(&other_collection(), store), Vec::<String>::new());
        assert_eq!(store.source(&"ab".repeat(32), &mut |_| Ok(())).unwrap(), None);
        assert_eq!(store.history(&collection(), &FeatureId::parse("b").unwrap()).unwrap(), vec![]);
        assert_eq!(store.changes_since(&mark).unwrap().map(|changes| changes.rows), Some(vec![]));
    });
}

#[test]
fn a_batch_writes_all_its_changes_and_deletes_only_what_it_may_replace() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "ours", 1.0), draft("b", "theirs", 1.0)]).unwrap();
        let both = [vec![draft("c", "ours", 1.0)], vec![draft("r", "ours", 1.0)]];
        let applied = apply_both(store, Mode::Replace, both, &mut std::io::empty()).unwrap();
        let counts: Vec<(u64, u64)> = applied.iter().map(|one| (one.inserted, one.deleted)).collect();
        assert_eq!(counts, vec![(1, 1), (1, 0)]);
        assert_eq!(points(&collection(), store), ["b", "c"]);
        assert_eq!(points(&other_collection(), store), ["r"]);
    });
}

#[test]
fn some_rows_are_those_that_a_look_at_every_row_finds_whatever_their_ids_begin_with() {
    // A percent sign and an underscore stand for themselves, capital letters are others, and a beginning alone is no id.
    let ids =
        ["p-building-", "p-building-0001", "p-building-zz", "p-building.1", "p-buildings-1", "p", "P-building-0001"];
    let all = ids.iter().zip(["ours", "theirs", "Ours", "ours", "our%", "", "ours"]);
    let drafts: Vec<Draft> = all.map(|(id, name)| draft(id, name, 1.0)).collect();
    on_every_store(|store| {
        apply(store, Mode::Append, drafts.clone()).unwrap();
        let found = |among: &Among| {
            let mut found = Vec::new();
            let mut each = |row: Row| {
                found.push(row.id.to_string());
                Ok(())
            };
            store.scan_among(&collection(), among, &mut each).unwrap();
            found
        };
        assert_eq!(found(&Among::Id(id("p"))), ["p"]);
        assert_eq!(found(&Among::Id(id("q"))), Vec::<String>::new());
        assert_eq!(found(&Among::IdsFrom("p-building-".to_owned())), ["p-building-0001", "p-building-zz"]);
        assert_eq!(
            found(&Among::Holding("name_vi", "ours".to_owned())),
            ["p-building-", "p-building.1", "P-building-0001"]
        );
        assert_eq!(found(&Among::Holding("name_vi", "our%".to_owned())), ["p-buildings-1"]);
        assert_eq!(found(&Among::Holding("no_such", "ours".to_owned())), Vec::<String>::new());
    });
}

#[test]
fn a_change_that_replaces_some_rows_looks_at_no_others() {
    on_every_store(|store| {
        let drafts = (0..50).map(|n| draft(&format!("r{n}"), ["ours", "theirs"][n % 2], n as f64)).collect();
        apply(store, Mode::Append, drafts).unwrap();
        let seen = std::cell::RefCell::new(Vec::new());
        let collection = collection();
        let applied = store.apply_all(Batch {
            changes: vec![Change {
                collection: &collection,
                mode: Mode::Replace,
                drafts: &mut [Ok(draft("r2", "ours", 2.0))].into_iter(),
                origin: origin("replace"),
            }],
            replaces: Some(Scope {
                among: &|_| Among::Holding("name_vi", "ours".to_owned()),
                may_go: &|row| {
                    seen.borrow_mut().push(row.id.to_string());
                    row.id.as_str() != "r4"
                },
            }),
            source: None,
        });
        // r0, r2, r4 … r48 are ours: r2 stays as it is, r4 may not go.
        assert_eq!(applied.unwrap(), [Applied { unchanged: 1, deleted: 23, ..Applied::default() }]);
        assert_eq!(rows(store).len(), 27);
        assert!(seen.borrow().iter().all(|id| id[1..].parse::<u32>().unwrap() % 2 == 0), "{seen:?}");
    });
}

#[test]
fn a_file_that_is_kept_comes_back_byte_by_byte_and_is_kept_once() {
    on_every_store(|store| {
        // Two whole pieces and a part of a third.
        let file: Vec<u8> = (0..2 * SOURCE_PIECE + 7).map(|n| (n % 251) as u8).collect();
        apply_both(store, Mode::Append, [Vec::new(), Vec::new()], &mut file.as_slice()).unwrap();
        // The same hash again: what comes with it is not even read.
        apply_both(store, Mode::Append, [Vec::new(), Vec::new()], &mut Broken).unwrap();
        let mut found = Vec::new();
        let mut each = |piece: &[u8]| {
            found.extend_from_slice(piece);
            Ok(())
        };
        let kept = store.source(&"ab".repeat(32), &mut each).unwrap().unwrap();
        assert_eq!((kept.name.as_str(), kept.bytes), ("ban ve.dxf", file.len() as u64));
        assert!(found == file);
        let tables: Vec<String> = store.collections().unwrap().into_iter().map(|one| one.id).collect();
        assert!(tables.iter().all(|id| !id.contains("source")), "{tables:?}");
    });
}

#[test]
fn pictures_are_put_to_a_feature_once_and_taken_away_with_who_did_so() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 2.0)]).unwrap();
        let (lots, a, b) = (collection(), FeatureId::parse("a").unwrap(), FeatureId::parse("b").unwrap());
        let by = |who: &str| Origin { who: who.to_owned(), ..origin("ảnh") };
        assert_eq!(store.attachments(&lots, &a).unwrap(), []);
        assert!(!store.detach(&lots, &a, &"cd".repeat(32), &by("lan")).unwrap(), "there is none yet");
        let attach = |id: &FeatureId, who: &str| {
            let mut content = &b"pixels"[..];
            let source = SourceFile { sha256: "cd".repeat(32), name: "ảnh.jpg".to_owned(), content: &mut content };
            let new = NewAttachment { media_type: "image/jpeg", width: 40, height: 20, source };
            store.attach(&lots, id, new, &by(who)).unwrap()
        };
        let first = attach(&a, "lan");
        assert_eq!((first.name.as_str(), first.bytes, first.width, first.height), ("ảnh.jpg", 6, 40, 20));
        assert_eq!((first.who.as_str(), &first.removed), ("lan", &None));
        assert_eq!(attach(&a, "minh"), first, "what is there already stays as it is");
        assert_eq!(attach(&b, "minh").who, "minh", "the same picture may show two features");
        assert!(store.detach(&lots, &a, &first.sha256, &by("hoa")).unwrap());
        assert!(!store.detach(&lots, &a, &first.sha256, &by("hoa")).unwrap(), "it is gone");
        let again = attach(&a, "minh");
        let known = store.attachments(&lots, &a).unwrap();
        assert_eq!(known.len(), 2);
        assert_eq!(known[0].removed.as_ref().map(|(_, who)| who.as_str()), Some("hoa"));
        assert_eq!(known[1], again);
        assert_eq!(store.attachments(&lots, &b).unwrap().len(), 1);
        let mut content = Vec::new();
        let mut each = |piece: &[u8]| {
            content.extend_from_slice(piece);
            Ok(())
        };
        assert_eq!(store.source(&first.sha256, &mut each).unwrap().unwrap().bytes, 6);
        assert_eq!(content, b"pixels");
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
fn a_number_that_was_changed_is_remembered_to_the_last_bit() {
    on_every_store(|store| {
        // A reader of JSON that rounds twice takes the first for …944 and the second for 2.9999999999999997e202.
        for number in [121.487_919_511_619_45, 3e202] {
            apply(store, Mode::Replace, vec![draft("a", "A", number)]).unwrap();
            apply(store, Mode::Replace, vec![draft("a", "A", 1.0)]).unwrap();
            let versions = store.history(&collection(), &FeatureId::parse("a").unwrap()).unwrap();
            assert_eq!(versions.last().unwrap().before.as_ref().unwrap().0[1], Value::Number(number));
        }
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

/// What was touched since a mark: row number and the name in the row, `None` where it is gone.
fn touched(store: &dyn Store, mark: &Mark) -> Option<Vec<(i64, Option<String>)>> {
    let changes = store.changes_since(mark).unwrap()?;
    assert!(changes.rows.iter().all(|touched| touched.collection == "lots"));
    let name = |row: Row| row.values[0].to_string();
    let mut rows: Vec<_> = changes.rows.into_iter().map(|touched| (touched.fid, touched.row.map(name))).collect();
    rows.sort();
    Some(rows)
}

#[test]
fn rows_that_were_touched_since_a_mark_are_handed_over_once_and_as_they_are_now() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 2.0), draft("c", "C", 3.0)]).unwrap();
        let mark = store.mark().unwrap().unwrap();
        assert_eq!(touched(store, &mark), Some(vec![]), "nothing was touched yet");
        apply(store, Mode::Upsert, vec![draft("a", "A2", 1.0), draft("b", "B", 2.0)]).unwrap();
        apply(store, Mode::Upsert, vec![draft("a", "A3", 1.0), draft("d", "D", 2.0)]).unwrap();
        let some = |fid, name: &str| (fid, Some(name.to_owned()));
        assert_eq!(touched(store, &mark), Some(vec![some(1, "A3"), some(4, "D")]));
        let between = store.changes_since(&mark).unwrap().unwrap().mark;
        apply(store, Mode::Replace, vec![draft("b", "B", 2.0)]).unwrap();
        assert_eq!(touched(store, &between), Some(vec![(1, None), (3, None), (4, None)]));
        assert_eq!(touched(store, &mark), Some(vec![(1, None), (3, None), (4, None)]), "an earlier mark still holds");
        assert_eq!(rows(store).len(), 1);
    });
}

#[test]
fn a_change_that_failed_touched_nothing() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        let mark = store.mark().unwrap().unwrap();
        apply(store, Mode::Append, vec![draft("b", "B", 2.0), draft("a", "again", 3.0)]).unwrap_err();
        assert_eq!(touched(store, &mark), Some(vec![]));
    });
}

#[test]
fn who_is_too_far_behind_or_saw_other_tables_reads_everything() {
    on_every_store(|store| {
        let before_the_table = store.mark().unwrap().unwrap();
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        assert_eq!(touched(store, &before_the_table), None, "a table was made");
        let mark = store.mark().unwrap().unwrap();
        let many = |from: usize| (0..MAX_TOUCHED).map(|n| draft(&format!("n{}", from + n), "N", 1.0)).collect();
        apply(store, Mode::Append, many(0)).unwrap();
        assert_eq!(touched(store, &mark).map(|rows| rows.len()), Some(MAX_TOUCHED), "as many as are kept");
        apply(store, Mode::Upsert, vec![draft("a", "A2", 1.0)]).unwrap();
        assert_eq!(touched(store, &mark), None);
    });
}

/// Rows of `milestones` as another program writes them.
fn milestones(store: &GpkgStore, mark: &Mark) -> Option<Vec<(i64, Option<String>)>> {
    let changes = store.changes_since(mark).unwrap()?;
    assert!(changes.rows.iter().all(|touched| touched.collection == "milestones"));
    let mut rows: Vec<_> =
        changes.rows.into_iter().map(|touched| (touched.fid, touched.row.map(|row| row.id.to_string()))).collect();
    rows.sort();
    Some(rows)
}

#[test]
fn what_another_program_writes_is_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    let told = |sql: &str| {
        let mark = store.mark().unwrap().unwrap();
        other.execute_batch(sql).unwrap();
        milestones(&store, &mark).unwrap()
    };
    let some = |fid, id: &str| (fid, Some(id.to_owned()));
    let insert = "INSERT INTO milestones (id, site_id, milestone) VALUES ('a', 's', 'founded'), ('b', 's', 'founded'), ('c', 's', 'founded')";
    assert_eq!(told(insert), vec![some(1, "a"), some(2, "b"), some(3, "c")]);
    assert_eq!(told("UPDATE milestones SET site_id = 't' WHERE id = 'b'"), vec![some(2, "b")]);
    assert_eq!(told("DELETE FROM milestones WHERE id = 'c'"), vec![(3, None)]);
    assert_eq!(told("BEGIN; UPDATE milestones SET site_id = 'u'; ROLLBACK"), vec![]);
    let replace = "INSERT OR REPLACE INTO milestones (id, site_id, milestone) VALUES ('a', 'v', 'founded')";
    assert_eq!(told(replace), vec![(1, None), some(4, "a")], "SQLite tells no trigger of the row that had to go");
    let rename = "UPDATE OR REPLACE milestones SET id = 'a' WHERE id = 'b'";
    assert_eq!(told(rename), vec![some(2, "a"), (4, None)]);
    assert_eq!(told("UPDATE milestones SET fid = 9 WHERE fid = 2"), vec![(2, None), some(9, "a")]);
}

#[test]
fn what_gdal_writes_into_a_table_of_places_is_told_too() {
    use gdal::vector::{Feature, Geometry, LayerAccess};
    use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    let mark = store.mark().unwrap().unwrap();
    let open_flags = GdalOpenFlags::GDAL_OF_UPDATE | GdalOpenFlags::GDAL_OF_VECTOR;
    let dataset = Dataset::open_ex(&path, DatasetOptions { open_flags, ..DatasetOptions::default() }).unwrap();
    let layer = dataset.layer_by_name("lots").unwrap();
    let mut feature = Feature::new(layer.defn()).unwrap();
    feature.set_geometry(Geometry::from_wkt("POINT (588000 2326000)").unwrap()).unwrap();
    feature.set_field_string(feature.field_index("id").unwrap(), "b").unwrap();
    feature.create(&layer).unwrap();
    drop(feature);
    drop(dataset);
    let changes = store.changes_since(&mark).unwrap().unwrap();
    assert_eq!(changes.rows.len(), 1);
    let row = changes.rows[0].row.as_ref().unwrap();
    assert_eq!((row.fid, &row.shape), (2, &Some(Shape::flat(geo::Point::new(588_000.0, 2_326_000.0)))));
}

#[test]
fn a_store_of_the_first_version_gets_its_journal_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    drop(GpkgStore::create(&path).unwrap());
    let other = rusqlite::Connection::open(&path).unwrap();
    let names = "SELECT name FROM sqlite_master WHERE name GLOB 'langxanh_touched_*'";
    let triggers: Vec<String> =
        other.prepare(names).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(triggers.len() > 12 * 3, "{triggers:?}");
    for name in triggers {
        other.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    let first = "DROP TABLE langxanh_touched; DROP TABLE langxanh_told; UPDATE langxanh_meta SET value = 1";
    other.execute_batch(first).unwrap();
    drop(other);
    let store = GpkgStore::open(&path).unwrap();
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    let mark = store.mark().unwrap().unwrap();
    apply(&store, Mode::Upsert, vec![draft("a", "A2", 1.0)]).unwrap();
    assert_eq!(touched(&store, &mark), Some(vec![(1, Some("A2".to_owned()))]));
    let version: String = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT value FROM langxanh_meta WHERE key = 'schema_version'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, "6");
    store.set_told("a", 1).unwrap();
    assert!(store.changes_since(&mark).unwrap().is_some(), "no table was made for it that has everything read again");
}

/// A store as the second version made it, with one plan in it.
fn store_of_the_second_version(path: &Path) {
    drop(GpkgStore::create(path).unwrap());
    let other = rusqlite::Connection::open(path).unwrap();
    let triggers =
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('plans', 'plan_parcels', 'plan_lines')
                    AND name GLOB 'langxanh_*'";
    let triggers: Vec<String> =
        other.prepare(triggers).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for name in triggers {
        other.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    for column in ["scale", "adjustment_case", "source_file", "source_sha256", "intake_notes"] {
        other.execute_batch(&format!("ALTER TABLE plans DROP COLUMN {column}")).unwrap();
    }
    for column in ["setback_m", "use_vi", "item_code", "layer"] {
        other.execute_batch(&format!("ALTER TABLE plan_parcels DROP COLUMN {column}")).unwrap();
    }
    other
        .execute_batch(
            "DROP TABLE rtree_plan_lines_geom; DELETE FROM gpkg_extensions WHERE table_name = 'plan_lines';
             DELETE FROM gpkg_geometry_columns WHERE table_name = 'plan_lines';
             DELETE FROM gpkg_contents WHERE table_name = 'plan_lines'; DROP TABLE plan_lines;
             DROP TRIGGER rtree_plans_geom_insert;
             INSERT INTO plans (id, site_id, name_vi, version) VALUES ('p', 's', 'Đồ án', '1');
             UPDATE langxanh_meta SET value = 2 WHERE key = 'schema_version'",
        )
        .unwrap();
}

#[test]
fn a_store_of_an_earlier_version_gets_the_new_tables_and_columns_and_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    store_of_the_second_version(&path);
    let store = GpkgStore::open(&path).unwrap();
    let collections = store.collections().unwrap();
    assert!(collections.iter().any(|collection| collection.id == "plan_lines"));
    let plans = collections.iter().find(|collection| collection.id == "plans").unwrap();
    let mut rows = Vec::new();
    store
        .scan(plans, &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
    let value = |name: &str| rows[0].values[plans.field(name).unwrap().0].clone();
    assert_eq!((rows.len(), value("name_vi"), value("scale")), (1, "Đồ án".into(), Value::Null));
    assert!(store.mark().unwrap().is_some(), "the new tables are not watched");
    // What the version before already had and is not there was lost, not added.
    drop(store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch(
            "UPDATE langxanh_meta SET value = 2 WHERE key = 'schema_version';
             DELETE FROM gpkg_contents WHERE table_name = 'milestones'",
        )
        .unwrap();
    let refused = GpkgStore::open(&path).err().unwrap().to_string();
    assert!(refused.contains("milestones"), "{refused}");
    let version: i64 = other
        .query_row("SELECT CAST(value AS INTEGER) FROM langxanh_meta WHERE key = 'schema_version'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(version, 2, "a store that is refused was changed");
}

#[test]
fn a_table_that_another_program_made_or_renamed_is_watched_after_the_next_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    let mark = store.mark().unwrap().unwrap();
    other
        .execute_batch(
            "CREATE TABLE notes (n INTEGER PRIMARY KEY, text TEXT);
             INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('notes', 'attributes', 'notes');",
        )
        .unwrap();
    assert_eq!(store.changes_since(&mark).unwrap(), None);
    store.collections().unwrap();
    assert_eq!(store.mark().unwrap(), None, "nothing tells of rows of the new table");
    apply(&store, Mode::Append, vec![draft("b", "B", 1.0)]).unwrap();
    let mark = store.mark().unwrap().unwrap();
    other.execute_batch("INSERT INTO notes VALUES (7, 'seven')").unwrap();
    let changes = store.changes_since(&mark).unwrap().unwrap();
    assert_eq!(changes.rows.len(), 1);
    assert_eq!((changes.rows[0].collection.as_str(), changes.rows[0].fid), ("notes", 7));
    other.execute_batch("ALTER TABLE notes RENAME TO words; UPDATE gpkg_contents SET table_name = 'words' WHERE table_name = 'notes'").unwrap();
    store.collections().unwrap();
    assert_eq!(store.mark().unwrap(), None, "its triggers still name the old table");
    apply(&store, Mode::Append, vec![draft("c", "C", 1.0)]).unwrap();
    let mark = store.mark().unwrap().unwrap();
    other.execute_batch("UPDATE words SET text = 'eight'").unwrap();
    let changes = store.changes_since(&mark).unwrap().unwrap();
    assert_eq!(changes.rows.iter().map(|t| t.collection.as_str()).collect::<Vec<_>>(), vec!["words"]);
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
    let drop_column = "ALTER TABLE milestones DROP COLUMN planned_on";
    assert!(connection.execute_batch(drop_column).is_err(), "the triggers of the history hold the column");
    connection
        .execute_batch(
            "DROP TRIGGER langxanh_history_milestones_update; DROP TRIGGER langxanh_history_milestones_delete;
             DROP TRIGGER langxanh_history_milestones_replace; DROP TRIGGER langxanh_history_milestones_rename",
        )
        .unwrap();
    connection.execute_batch(drop_column).unwrap();
    drop(connection);
    let message = GpkgStore::open(&path).err().unwrap().to_string();
    assert!(message.contains("milestones") && message.contains("planned_on"), "{message}");
}

#[test]
fn what_a_row_was_before_another_program_changed_or_deleted_it_is_kept_to_the_last_bit() {
    use rusqlite::functions::FunctionFlags;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    let stations = langxanh::domain::catalog::collection("treatment_stations").unwrap();
    let mut values = vec![Value::Null; stations.stored_fields().count()];
    // 0.1 + 0.2 has 17 digits.
    for (name, value) in [
        ("site_id", Value::from("s")),
        ("name_vi", Value::from("Trạm \"cũ\"")),
        ("q_m3s", Value::Number(0.1 + 0.2)),
        ("is_demo", Value::Boolean(true)),
        ("commissioned_on", DataType::Date.parse("2020-02-29").unwrap()),
    ] {
        values[stations.field(name).unwrap().0] = value;
    }
    let shape = Some(Shape::flat(geo::Point::new(105.8, 21.0)));
    let write = |mode, id: &str, values: &[Value]| {
        let draft = Draft { id: Some(FeatureId::parse(id).unwrap()), values: values.to_vec(), shape: shape.clone() };
        let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
        let drafts = &mut std::iter::once(Ok(draft));
        store.apply(Change { collection: stations, mode, drafts, origin }).unwrap();
    };
    write(Mode::Append, "a", &values);
    write(Mode::Append, "b", &values);
    let mut changed = values.clone();
    changed[stations.field("name_vi").unwrap().0] = "B2".into();
    write(Mode::Upsert, "b", &changed);
    let kept = |id: &str| store.history(stations, &FeatureId::parse(id).unwrap()).unwrap();
    assert_eq!(kept("b").len(), 2, "our own change is kept once");

    let other = rusqlite::Connection::open(&path).unwrap();
    for name in ["ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"] {
        other.create_scalar_function(name, 1, FunctionFlags::SQLITE_UTF8, |_| Ok(0)).unwrap();
    }
    other.execute_batch("UPDATE treatment_stations SET name_vi = 'mới' WHERE id = 'a'").unwrap();
    let versions = kept("a");
    assert_eq!(versions.len(), 2);
    assert_eq!((versions[1].operation, versions[1].origin.who.as_str()), (Operation::Update, "another program"));
    assert_eq!(versions[1].before, Some((values, shape.clone())));
    let age = chrono::Utc::now() - versions[1].at;
    assert!((0..60).contains(&age.num_seconds()), "{age}");

    other.execute_batch("BEGIN; DELETE FROM treatment_stations WHERE id = 'a'; ROLLBACK").unwrap();
    assert_eq!(kept("a").len(), 2, "what was not done is not kept");
    other.execute_batch("DELETE FROM treatment_stations WHERE id = 'a'").unwrap();
    assert_eq!(kept("a")[2].operation, Operation::Delete);
}

#[test]
fn a_feature_that_gdal_adds_without_an_id_gets_one() {
    use gdal::vector::{Feature, Geometry, LayerAccess};
    use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    let open_flags = GdalOpenFlags::GDAL_OF_UPDATE | GdalOpenFlags::GDAL_OF_VECTOR;
    let dataset = Dataset::open_ex(&path, DatasetOptions { open_flags, ..DatasetOptions::default() }).unwrap();
    let layer = dataset.layer_by_name("waterways").unwrap();
    for name in ["Nhuệ", "Đáy"] {
        let mut feature = Feature::new(layer.defn()).unwrap();
        feature.set_geometry(Geometry::from_wkt("MULTILINESTRING ((105 21, 106 21))").unwrap()).unwrap();
        feature.set_field_string(feature.field_index("name_vi").unwrap(), name).unwrap();
        feature.create(&layer).unwrap();
    }
    drop(dataset);
    let waterways = langxanh::domain::catalog::collection("waterways").unwrap();
    let mut ids = Vec::new();
    store
        .scan(waterways, &mut |row| {
            ids.push(row.id.to_string());
            Ok(())
        })
        .unwrap();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit())), "{ids:?}");
    assert!(store.histories(waterways, None).unwrap().is_empty());
}

fn id(text: &str) -> FeatureId {
    FeatureId::parse(text).unwrap()
}

fn author() -> Origin {
    Origin { who: "lan".to_owned(), what: "edit".to_owned(), why: Some("Đo lại".to_owned()) }
}

/// What an edit shall make of a row: a draft, nothing, or an error.
type Wanted = Result<Option<Draft>, &'static str>;

/// Edits rows of one collection.
fn edit(store: &dyn Store, edits: Vec<(Option<&str>, Wanted)>) -> Result<Vec<Edited>, StoreError> {
    let collection = collection();
    let mut makes: Vec<_> = edits.into_iter().map(|(of, wanted)| (of.map(id), Some(wanted))).collect();
    let mut makes: Vec<_> = makes
        .iter_mut()
        .map(|(of, wanted)| {
            let make =
                move |_: Option<&Row>| wanted.take().unwrap().map_err(|reason| StoreError::Stopped(reason.to_owned()));
            (of.clone(), make)
        })
        .collect();
    let edits = makes.iter_mut().map(|(of, make)| Edit { collection: &collection, id: of.clone(), make }).collect();
    store.edit(edits, &author())
}

fn operations(edited: &[Edited]) -> Vec<(&str, Option<Operation>)> {
    edited.iter().map(|edited| (edited.id.as_str(), edited.operation)).collect()
}

#[test]
fn one_edit_that_cannot_be_made_leaves_everything_as_it_was() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 1.0)]).unwrap();
        let (before, version) = (rows(store), store.version().unwrap());
        let stopped = edit(
            store,
            vec![(Some("a"), Ok(Some(draft("a", "A2", 2.0)))), (Some("b"), Ok(None)), (None, Err("no such station"))],
        );
        assert!(matches!(stopped, Err(StoreError::Stopped(reason)) if reason == "no such station"));
        let taken = edit(store, vec![(Some("b"), Ok(None)), (None, Ok(Some(draft("a", "again", 1.0))))]);
        assert!(matches!(taken, Err(StoreError::Conflict { id, .. }) if id == "a"));
        let none = edit(store, vec![(Some("b"), Ok(None)), (None, Ok(None))]);
        assert!(matches!(none, Err(StoreError::Stopped(_))));
        assert_eq!((rows(store), store.version().unwrap()), (before, version));
        assert_eq!(store.history(&collection(), &id("b")).unwrap().len(), 1);
    });
}

#[test]
fn edits_are_one_change_and_see_what_those_before_them_made() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 1.0)]).unwrap();
        let collection = collection();
        let mut seen = Vec::new();
        let mut change = |row: Option<&Row>| {
            seen.push(row.map(|row| row.values[1].clone()));
            Ok(Some(Draft { id: None, ..draft("a", "A", seen.len() as f64 + 1.0) }))
        };
        let mut remove = |row: Option<&Row>| {
            assert_eq!(row.unwrap().id, id("b"));
            Ok(None)
        };
        let mut leave = |row: Option<&Row>| {
            assert_eq!(row, None);
            Ok(None)
        };
        let of = |text: &str| Some(id(text));
        let first = Edit { collection: &collection, id: of("a"), make: &mut change };
        let first = store.edit(vec![first], &author()).unwrap();
        let edits = vec![
            Edit { collection: &collection, id: of("a"), make: &mut change },
            Edit { collection: &collection, id: of("b"), make: &mut remove },
            Edit { collection: &collection, id: of("c"), make: &mut leave },
        ];
        let edited = store.edit(edits, &author()).unwrap();
        assert_eq!(seen, [Some(Value::Number(1.0)), Some(Value::Number(2.0))]);
        assert_eq!(operations(&edited), [("a", Some(Operation::Update)), ("b", Some(Operation::Delete)), ("c", None)]);
        assert_eq!(edited[0].row, rows(store).into_iter().next());
        assert_eq!((edited[1].row.clone(), edited[2].row.clone()), (None, None));
        assert_eq!((edited[0].change_id, edited[2].change_id), (edited[1].change_id, None));
        assert_ne!(first[0].change_id, edited[0].change_id);
        let last = store.history(&collection, &id("b")).unwrap().pop().unwrap();
        assert_eq!((Some(last.change_id), last.operation), (edited[1].change_id, Operation::Delete));
        assert_eq!(last.origin, author());
        assert_eq!(last.before.unwrap().0, draft("b", "B", 1.0).values);
    });
}

#[test]
fn an_edit_that_changes_nothing_is_no_change() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("b", "B", 1.0)]).unwrap();
        let (version, mark) = (store.version().unwrap(), store.mark().unwrap());
        let same = edit(store, vec![(Some("a"), Ok(Some(draft("a", "A", 1.0)))), (Some("x"), Ok(None))]).unwrap();
        assert_eq!(operations(&same), [("a", None), ("x", None)]);
        assert_eq!(same[0].row.as_ref().map(|row| row.fid), Some(1));
        assert_eq!((store.version().unwrap(), store.mark().unwrap()), (version, mark));
        assert_eq!(store.history(&collection(), &id("a")).unwrap().len(), 1);
        // Among others that do change something it is not in their change.
        let edits = vec![(Some("a"), Ok(Some(draft("a", "A", 1.0)))), (Some("b"), Ok(Some(draft("b", "B2", 1.0))))];
        assert_eq!(operations(&edit(store, edits).unwrap()), [("a", None), ("b", Some(Operation::Update))]);
        assert_eq!(store.history(&collection(), &id("a")).unwrap().len(), 1);
    });
}

#[test]
fn a_new_row_gets_a_number_that_never_was_an_id() {
    on_every_store(|store| {
        let new = || Draft { id: None, ..draft("x", "new", 1.0) };
        apply(store, Mode::Append, vec![draft("a", "A", 1.0), draft("3", "taken", 1.0)]).unwrap();
        let made = edit(store, vec![(None, Ok(Some(new()))), (None, Ok(Some(draft("chosen", "C", 1.0))))]).unwrap();
        // Rows 1 and 2 are there; the number 3 is an id already.
        assert_eq!(operations(&made), [("4", Some(Operation::Insert)), ("chosen", Some(Operation::Insert))]);
        edit(store, vec![(Some("chosen"), Ok(None)), (Some("4"), Ok(None))]).unwrap();
        let made = edit(store, vec![(Some("6"), Ok(Some(new())))]).unwrap();
        assert_eq!(operations(&made), [("6", Some(Operation::Insert))]);
        edit(store, vec![(Some("6"), Ok(None))]).unwrap();
        // The row of the id 6 had the number 6 too; one more, and no number comes back.
        let made = edit(store, vec![(None, Ok(Some(new())))]).unwrap();
        assert_eq!(operations(&made), [("7", Some(Operation::Insert))]);
    });
}

#[test]
fn rows_are_found_by_id_and_by_what_they_refer_to() {
    on_every_store(|store| {
        apply(store, Mode::Append, ["a", "b", "c"].map(|id| draft(id, "same", 1.0)).into()).unwrap();
        assert_eq!(store.find(&collection(), &id("b")).unwrap().as_ref(), rows(store).get(1));
        assert_eq!(store.find(&collection(), &id("x")).unwrap(), None);
        let holders = |field: &str, text: &str| store.holders(&collection(), field, text, 2).unwrap();
        assert_eq!(holders("name_vi", "same"), [id("a"), id("b")]);
        assert!(holders("name_vi", "other").is_empty() && holders("no_such_field", "same").is_empty());
        // An edit asks while it is made, and sees what was there before.
        let collection = collection();
        let mut make = |_: Option<&Row>| {
            assert!(store.find(&collection, &id("c"))?.is_some());
            Ok(None)
        };
        store.edit(vec![Edit { collection: &collection, id: Some(id("c")), make: &mut make }], &author()).unwrap();
        assert_eq!(store.find(&collection, &id("c")).unwrap(), None);
    });
}

#[test]
fn what_an_edit_does_not_touch_stays_as_another_program_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    // A number where there should be a whole one, and a place without the box that we write.
    let point = "X'47500001091700000101000000000000000000F03F0000000000000040'";
    for function in ["ST_IsEmpty", "ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY"] {
        let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
        other.create_scalar_function(function, 1, flags, |_| Ok(0)).unwrap();
    }
    other.execute_batch(&format!("UPDATE lots SET storeys = 'many', geom = {point}")).unwrap();
    let row = store.find(&collection(), &id("a")).unwrap().unwrap();
    assert_eq!((&row.values[2], &row.shape), (&Value::Null, &Some(Shape::flat(geo::Point::new(1.0, 2.0)))));
    let mut values = row.values.clone();
    values[0] = "A2".into();
    let after = Draft { id: None, values, shape: row.shape };
    edit(&store, vec![(Some("a"), Ok(Some(after)))]).unwrap();
    let kept = format!("SELECT storeys || name_vi, geom = {point} FROM lots");
    let kept: (String, bool) = other.query_row(&kept, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept, ("manyA2".to_owned(), true));
}

#[test]
fn a_store_of_the_third_version_keeps_its_history_and_gets_room_for_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    store.close().unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    let third = "ALTER TABLE langxanh_changes DROP COLUMN why;
                 UPDATE langxanh_meta SET value = 3 WHERE key = 'schema_version'";
    other.execute_batch(third).unwrap();
    drop(other);
    let store = GpkgStore::open(&path).unwrap();
    edit(&store, vec![(Some("a"), Ok(None))]).unwrap();
    let history = store.history(&collection(), &id("a")).unwrap();
    let said: Vec<_> = history.iter().map(|version| version.origin.why.as_deref()).collect();
    assert_eq!(said, [None, Some("Đo lại")]);
}

fn user(name: &str, role: Role, districts: Grant) -> User {
    let account = Account { role, collections: Grant::of(Some(["clusters", "plans"])), districts, proposes: true };
    User { name: name.to_owned(), account, made_at: "2026-11-26T04:00:00.123Z".parse().unwrap() }
}

fn token(text: &str) -> NewToken {
    let made_at = "2026-11-26T04:00:00Z".parse().unwrap();
    let expires_at = Some("2027-01-01T00:00:00Z".parse().unwrap());
    NewToken { digest: Digest::of(&Secret::new(text.to_owned())), made_at, expires_at }
}

#[test]
fn users_and_their_tokens_come_back_as_they_were_kept() {
    on_every_store(|store| {
        assert!(store.users().unwrap().is_empty());
        let (lan, minh) =
            (user("lan", Role::Editor, Grant::All), user("minh", Role::Admin, Grant::of(Some(["Ba Đình"]))));
        assert_eq!(store.put_user(&minh, None).unwrap(), None);
        let first = store.put_user(&lan, Some(&token("a"))).unwrap().unwrap();
        let users = store.users().unwrap();
        assert_eq!(users.users, [lan.clone(), minh]);
        let kept = &users.tokens[0];
        assert_eq!((kept.id, kept.user.as_str(), kept.digest), (first, "lan", token("a").digest));
        assert_eq!((kept.made_at, kept.expires_at), (token("a").made_at, token("a").expires_at));

        let promoted = User { account: Account { role: Role::Approver, ..lan.account.clone() }, ..lan };
        let second = store.put_user(&promoted, Some(&token("b"))).unwrap().unwrap();
        assert_eq!(store.users().unwrap().find("lan"), Some(&promoted));
        assert!(!store.revoke_token("minh", first).unwrap(), "it is another's");
        assert!(store.revoke_token("lan", first).unwrap());
        assert!(!store.revoke_token("lan", first).unwrap());
        let third = store.put_user(&promoted, Some(&token("c"))).unwrap().unwrap();
        assert!(third > second && second > first, "numbers of tokens are never used again");
        assert!(store.remove_user("lan").unwrap());
        assert!(!store.remove_user("lan").unwrap());
        let users = store.users().unwrap();
        assert_eq!((users.users.len(), users.tokens.len()), (1, 0));
    });
}

#[test]
fn a_change_of_users_changes_the_version_and_no_collection() {
    on_every_store(|store| {
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        let (version, collections) = (store.version().unwrap(), store.collections().unwrap());
        store.put_user(&user("lan", Role::Viewer, Grant::All), Some(&token("a"))).unwrap();
        let after = store.version().unwrap();
        assert_ne!(after, version);
        store.revoke_token("lan", 1).unwrap();
        assert_ne!(store.version().unwrap(), after);
        store.propose(&Proposed { who: "lan".to_owned(), why: None, edits: "[]".to_owned() }).unwrap();
        assert_eq!(store.collections().unwrap(), collections);
    });
}

#[test]
fn a_proposal_is_decided_once() {
    on_every_store(|store| {
        assert_eq!(store.proposals(None).unwrap(), []);
        assert_eq!(store.proposal(1).unwrap(), None);
        let proposed = Proposed { who: "lan".to_owned(), why: Some("sai tên".to_owned()), edits: "[{}]".to_owned() };
        let first = store.propose(&proposed).unwrap();
        let second = store.propose(&Proposed { why: None, ..proposed.clone() }).unwrap();
        let open = store.proposals(Some(ProposalState::Open)).unwrap();
        assert_eq!(open.iter().map(|one| one.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!(
            open[1].proposed,
            Proposed { edits: String::new(), ..proposed.clone() },
            "lists leave the edits out"
        );
        assert_eq!(store.proposal(first).unwrap().unwrap().proposed, proposed);
        assert!(store.decide_proposal(first, ProposalState::Accepted, "minh", Some("đúng")).unwrap());
        assert!(!store.decide_proposal(first, ProposalState::Rejected, "hoa", None).unwrap());
        assert!(!store.decide_proposal(99, ProposalState::Rejected, "hoa", None).unwrap());
        let decided = store.proposal(first).unwrap().unwrap();
        assert_eq!((decided.state, decided.decided_by.as_deref()), (ProposalState::Accepted, Some("minh")));
        assert_eq!((decided.note.as_deref(), decided.decided_at.is_some()), (Some("đúng"), true));
        assert_eq!(store.proposals(Some(ProposalState::Open)).unwrap().len(), 1);
        assert_eq!(store.proposals(None).unwrap().len(), 2);
        for _ in 1..MAX_OPEN_PROPOSALS {
            store.propose(&proposed).unwrap();
        }
        assert!(matches!(store.propose(&proposed), Err(StoreError::Stopped(_))), "one author fills no disk");
        store.propose(&Proposed { who: "hoa".to_owned(), ..proposed }).unwrap();
    });
}

#[test]
fn what_a_receiver_was_told_is_kept_and_never_taken_back() {
    on_every_store(|store| {
        assert!(store.told().unwrap().is_empty());
        store.set_told("a", 7).unwrap();
        store.set_told("b", -3).unwrap();
        store.set_told("a", 5).unwrap();
        assert_eq!(store.told().unwrap(), BTreeMap::from([("a".to_owned(), 7), ("b".to_owned(), -3)]));
        store.set_told("a", 8).unwrap();
        assert_eq!(store.told().unwrap()["a"], 8);
    });
}

#[test]
fn changes_behind_one_come_oldest_first_and_a_change_of_several_parts_is_one() {
    on_every_store(|store| {
        let (lots, more) = (collection(), Collection { id: "more".to_owned(), ..collection() });
        apply(store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
        let (one, other) =
            (&mut std::iter::once(Ok(draft("b", "B", 1.0))), &mut std::iter::once(Ok(draft("m", "M", 1.0))));
        let changes = vec![
            Change { collection: &lots, mode: Mode::Append, drafts: one, origin: origin("both") },
            Change { collection: &more, mode: Mode::Append, drafts: other, origin: origin("both") },
        ];
        store.apply_all(Batch { changes, ..Batch::default() }).unwrap();
        apply(store, Mode::Append, vec![draft("c", "C", 1.0)]).unwrap();
        let newest = store.changes(&ChangeFilter { limit: 9, ..ChangeFilter::default() }).unwrap();
        let behind = |id: i64, limit: usize| {
            let filter = ChangeFilter { behind: Some(id), limit, ..ChangeFilter::default() };
            store.changes(&filter).unwrap().iter().map(|change| change.id).collect::<Vec<_>>()
        };
        let [last, both, first] = [newest[0].id, newest[1].id, newest[2].id];
        assert_eq!(newest[1].parts.len(), 2);
        assert_eq!(behind(0, 9), [first, both, last]);
        assert_eq!(behind(first, 1), [both]);
        assert_eq!(behind(both, 9), [last], "its second part is no change of its own");
        assert!(behind(last, 9).is_empty());
    });
}
