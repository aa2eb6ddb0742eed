//! What is PostGIS's own: how a database is refused, what other programs write, and the way there and back.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use langxanh::access::{Grant, Role};
use langxanh::domain::{Collection, DataType, Value, catalog};
use langxanh::geom::{Crs, Shape};
use langxanh::store::chain::Piece;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::place::Place;
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Operation, Row, Store, StoreError};

use super::postgres::{self, Database};
use super::{apply, collection, draft, edit, id, origin, rows, token, user};

/// Everything that a store answers about its collections, history and chain, as text to be compared.
fn everything(store: &dyn Store) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for collection in store.collections().unwrap() {
        let mut told = vec![format!("{:?}", collection.geometry)];
        store
            .scan(&collection, &mut |row| {
                told.push(format!("{row:?}"));
                for version in store.history(&collection, &row.id).unwrap() {
                    told.push(format!("{version:?}"));
                }
                Ok(())
            })
            .unwrap();
        all.insert(collection.id.clone(), told);
    }
    let mut chain = Vec::new();
    store
        .audit(&mut |piece: Piece| {
            chain.push(format!("{piece:?}"));
            Ok(())
        })
        .unwrap();
    all.insert("-chain".to_owned(), chain);
    all.insert("-users".to_owned(), vec![format!("{:?}", store.users().unwrap())]);
    all.insert("-quarters".to_owned(), vec![format!("{:?}", store.quarter_acts().unwrap())]);
    all.insert("-proposals".to_owned(), vec![format!("{:?}", store.proposals(None).unwrap())]);
    all
}

fn verified(store: &dyn Store) {
    let verdict = store.verify(None).unwrap().unwrap();
    assert_eq!(verdict.faults, Vec::<String>::new());
}

fn station(name: &str) -> Draft {
    let stations = catalog::collection("treatment_stations").unwrap();
    let mut values = vec![Value::Null; stations.stored_fields().count()];
    let given = [
        ("site_id", Value::from("s")),
        ("name_vi", name.into()),
        ("q_m3s", Value::Number(0.1 + 0.2)),
        ("is_demo", Value::Boolean(true)),
        ("commissioned_on", DataType::Date.parse("2020-02-29").unwrap()),
    ];
    for (field, value) in given {
        values[stations.field(field).unwrap().0] = value;
    }
    Draft { id: Some(id("t")), values, shape: Some(Shape::flat(geo::Point::new(105.8, 21.0))) }
}

fn write_station(store: &dyn Store, name: &str) {
    let stations = catalog::collection("treatment_stations").unwrap();
    let drafts = &mut std::iter::once(Ok(station(name)));
    store.apply(Change { collection: stations, mode: Mode::Upsert, drafts, origin: origin("test") }).unwrap();
}

/// So many stations, each with its number in its id and name.
fn stations(count: usize, name: &str) -> Vec<Draft> {
    let one = |n: usize| Draft { id: Some(id(&format!("t{n}"))), ..station(&format!("{name} {n}")) };
    (0..count).map(one).collect()
}

#[test]
fn rows_that_are_written_by_the_thousand_are_sealed_as_they_lie_in_the_table() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    let write = |drafts: Vec<Draft>| {
        let collection = catalog::collection("treatment_stations").unwrap();
        let drafts = &mut drafts.into_iter().map(Ok);
        store.apply(Change { collection, mode: Mode::Upsert, drafts, origin: origin("test") }).unwrap()
    };
    // Somebody's trigger makes something else of each row on its way into the table.
    database.query(
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name_vi := upper(NEW.name_vi); RETURN NEW; END';
         CREATE TRIGGER shout BEFORE INSERT ON treatment_stations FOR EACH ROW EXECUTE FUNCTION shout()",
    );
    // Twice the rows that are copied together and some, the last of them a second time.
    let mut drafts = stations(2_300, "Trạm");
    drafts.extend(stations(2_300, "Trạm lại").pop());
    assert_eq!((write(drafts).inserted, rows_of(&store, "treatment_stations")), (2_300, 2_300));
    assert_eq!(database.count("SELECT count(*) FROM treatment_stations WHERE name_vi LIKE 'TRẠM%'"), 2_299);
    verified(&store);
    // The hash is kept with the entry of each row.
    let unsealed = "SELECT count(*) FROM langxanh.langxanh_history WHERE after IS NULL";
    assert_eq!(database.count(unsealed), 0);
    // Rows that are changed by the thousand get theirs together.
    assert_eq!(write(stations(1_200, "Trạm mới")).updated, 1_200);
    assert_eq!(database.count(unsealed), 0);
    verified(&store);
    // What is altered unseen is found out, in either kind.
    database.query(
        "SET session_replication_role = replica; UPDATE treatment_stations SET name_vi = 'x' WHERE id IN ('t7', 't2000')",
    );
    let faults = store.verify(None).unwrap().unwrap().faults;
    assert!(
        faults.len() == 2 && faults.iter().all(|fault| fault.contains("/t7 ") || fault.contains("/t2000 ")),
        "{faults:?}"
    );
}

/// How many rows a collection has.
fn rows_of(store: &dyn Store, collection: &str) -> usize {
    let mut count = 0;
    let mut each = |_| {
        count += 1;
        Ok(())
    };
    store.scan(catalog::collection(collection).unwrap(), &mut each).unwrap();
    count
}

#[test]
fn a_store_that_moves_to_postgis_and_back_loses_nothing() {
    let Some(database) = Database::empty() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (first, last) = (folder.path().join("first.gpkg"), folder.path().join("last.gpkg"));
    let store = GpkgStore::create(&first).unwrap();
    let wanted = vec![draft("a", "Cụm \"A\" \\ Dương Liễu", 0.1 + 0.2), draft("b", "", 1e-300), draft("c", "C", -0.0)];
    apply(&store, Mode::Append, wanted).unwrap();
    apply(&store, Mode::Replace, vec![draft("a", "A2", 1.0), draft("b", "", 1e-300)]).unwrap();
    let custom = Collection { id: "custom".to_owned(), ..collection() };
    let mut custom = custom;
    let wkt = "LOCAL_CS[\"Sân\",UNIT[\"metre\",1],AXIS[\"Easting\",EAST],AXIS[\"Northing\",NORTH]]";
    if let Some(geometry) = &mut custom.geometry {
        (geometry.crs, geometry.has_z) = (Crs::Wkt(wkt.into()), true);
    }
    let mut high = draft("h", "cao", 1.0);
    high.shape = Some(Shape { z: Some(vec![0.1]), ..Shape::flat(geo::Point::new(1.0, 2.0)) });
    let drafts = &mut [Ok(high), Ok(draft("flat", "phẳng", 2.0))].into_iter();
    store.apply(Change { collection: &custom, mode: Mode::Append, drafts, origin: origin("test") }).unwrap();
    write_station(&store, "Trạm \"cũ\"");
    write_station(&store, "Trạm mới");
    store.put_user(&user("lan", Role::Editor, Grant::All), Some(&token("a"))).unwrap();
    store.put_user(&user("lan", Role::Editor, Grant::All), Some(&token("b"))).unwrap();
    store.revoke_token("lan", 2).unwrap();
    let before = everything(&store);
    verified(&store);
    drop(store);

    let silent: &dyn Fn(&str, u64) = &|_, _| {};
    let place = Place::named(&database.url);
    place.restore(&first, false, "lan", silent).unwrap();
    let moved = PostgisStore::open(&database.url).unwrap();
    assert_eq!(everything(&moved), before);
    verified(&moved);
    let again = place.restore(&first, false, "lan", silent).unwrap_err().to_string();
    assert!(again.contains("a store already"), "{again}");
    place.backup(&last, false, "lan", silent).unwrap();
    assert!(place.backup(&last, false, "lan", silent).is_err(), "a file was overwritten");
    let back = GpkgStore::open(&last).unwrap();
    assert_eq!(everything(&back), before);
    verified(&back);
    // Numbers that were given are given to nobody else, on neither side.
    for store in [&moved as &dyn Store, &back] {
        apply(store, Mode::Append, vec![draft("d", "D", 1.0)]).unwrap();
        assert_eq!(rows(store).last().unwrap().fid, 4);
        let token = store.put_user(&user("minh", Role::Viewer, Grant::All), Some(&token("c"))).unwrap();
        assert_eq!(token, Some(3));
        verified(store);
    }
    drop(moved);
    place.restore(&first, true, "lan", silent).unwrap();
    assert_eq!(everything(&PostgisStore::open(&database.url).unwrap()), before, "put in the place of another");
}

#[test]
fn rows_in_a_form_of_another_program_are_told_of_when_a_store_moves() {
    let Some(database) = Database::empty() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&path).unwrap();
    write_station(&store, "Trạm");
    let other = rusqlite::Connection::open(&path).unwrap();
    for function in ["ST_IsEmpty", "ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY"] {
        let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
        other.create_scalar_function(function, 1, flags, |_| Ok(0)).unwrap();
    }
    // POINT (1 2) in EPSG:4326 without a box.
    let point = "X'47500001E61000000101000000000000000000F03F0000000000000040'";
    other.execute_batch(&format!("UPDATE treatment_stations SET geom = {point}")).unwrap();
    assert!(store.seal().unwrap());
    drop((other, store));
    Place::named(&database.url).restore(&path, false, "lan", &|_, _| {}).unwrap();
    let moved = PostgisStore::open(&database.url).unwrap();
    verified(&moved);
    let stations = catalog::collection("treatment_stations").unwrap();
    let history = moved.history(stations, &id("t")).unwrap();
    let last = history.last().unwrap();
    assert_eq!((last.operation, last.origin.who.as_str()), (Operation::Update, "lan"));
    let row = moved.find(stations, &id("t")).unwrap().unwrap();
    assert_eq!(last.before, Some((row.values, row.shape)));
}

#[test]
fn what_another_program_writes_is_kept_told_and_sealed() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    let stations = catalog::collection("treatment_stations").unwrap();
    write_station(&store, "Trạm \"cũ\"");
    let (mark, version) = (store.mark().unwrap().unwrap(), store.version().unwrap());
    let mut seen = 0;
    while store.wait_for_change(&mut seen, Duration::from_millis(300)) == Some(true) {}
    database.query("UPDATE treatment_stations SET name_vi = 'mới' WHERE id = 't'");
    assert_eq!(store.wait_for_change(&mut seen, Duration::from_secs(5)), Some(true), "nothing was told");
    assert_ne!(store.version().unwrap(), version);
    let changes = store.changes_since(&mark).unwrap().unwrap();
    assert_eq!(changes.rows.iter().map(|row| row.fid).collect::<Vec<_>>(), vec![1]);
    let history = store.history(stations, &id("t")).unwrap();
    let wanted = station("Trạm \"cũ\"");
    assert_eq!(history[1].operation, Operation::Update);
    assert_eq!(history[1].before, Some((wanted.values.clone(), wanted.shape)), "to the last bit");
    assert_eq!(history[1].origin.who, "another program (postgres)");
    database.query("INSERT INTO treatment_stations (site_id) VALUES ('x'), ('y')");
    database
        .query("UPDATE treatment_stations SET id = 'u' WHERE id = 't'; DELETE FROM treatment_stations WHERE id = 'u'");
    let operations: Vec<_> = store.history(stations, &id("u")).unwrap().iter().map(|v| v.operation).collect();
    assert_eq!(operations, [Operation::Insert, Operation::Delete]);
    assert_eq!(store.history(stations, &id("t")).unwrap()[2].operation, Operation::Delete);
    let refused = postgres::try_query(&database.url, "TRUNCATE treatment_stations").unwrap_err();
    assert!(refused.contains("DELETE"), "{refused}");
    assert!(store.seal().unwrap());
    verified(&store);
    let mut ids = Vec::new();
    store
        .scan(stations, &mut |row: Row| {
            ids.push(row.id.to_string());
            Ok(())
        })
        .unwrap();
    assert!(ids.len() == 2 && ids.iter().all(|id| id.len() == 16), "{ids:?}");
    // Behind the back of the triggers.
    database.query("ALTER TABLE treatment_stations DISABLE TRIGGER ALL; UPDATE treatment_stations SET site_id = 'z'");
    assert_eq!(store.verify(None).unwrap().unwrap().faults.len(), 2);
}

#[test]
fn two_instances_write_one_history_and_see_each_others_work() {
    let Some(database) = Database::with_store() else { return };
    let stores = [0, 1].map(|_| PostgisStore::open(&database.url).unwrap());
    apply(&stores[0], Mode::Append, vec![draft("a", "A", 0.0)]).unwrap();
    stores[1].collections().unwrap();
    std::thread::scope(|scope| {
        for (instance, store) in stores.iter().enumerate() {
            for writer in 0..4 {
                scope.spawn(move || {
                    for n in 0..5 {
                        let id = format!("i{instance}w{writer}n{n}");
                        edit(store, vec![(None, Ok(Some(draft(&id, "N", 1.0))))]).unwrap();
                    }
                });
            }
        }
    });
    assert_eq!(rows(&stores[0]).len(), 41);
    assert_eq!(rows(&stores[0]), rows(&stores[1]));
    verified(&stores[1]);
    assert_eq!(database.count("SELECT count(*) FROM langxanh.langxanh_chain"), 42);
}

#[test]
fn a_database_that_cannot_be_a_store_is_refused_with_what_to_do() {
    let Some(database) = Database::empty() else { return };
    let refused = |url: &str| PostgisStore::open(url).err().unwrap_or_else(|| panic!("{url}")).to_string();
    let none = refused(&database.url);
    assert!(none.contains("no store") && none.contains("restore"), "{none}");
    let server = database.url.replace(&database.name, "nowhere");
    assert!(refused(&server).contains("CREATE DATABASE nowhere"), "{}", refused(&server));
    let gone = refused("postgres://lan:secret@127.0.0.1:1/db?sslmode=disable");
    assert!(gone.contains("cannot be reached") && !gone.contains("secret"), "{gone}");
    assert!(refused(&database.url_of("nobody")).contains("nobody"));
    database.query("CREATE TABLE mine (n integer)");
    let full = PostgisStore::create(&database.url).err().unwrap().to_string();
    assert!(full.contains("holds 1 tables"), "{full}");
    // Somebody who may not add PostGIS.
    database.query("DROP EXTENSION postgis CASCADE; DROP TABLE mine; CREATE ROLE poor LOGIN");
    let poor = refused(&database.url_of("poor"));
    assert!(poor.contains("CREATE EXTENSION postgis") && poor.contains(&database.name), "{poor}");
    database.query("DROP ROLE poor");
}

#[test]
fn a_newer_store_is_refused() {
    let Some(database) = Database::with_store() else { return };
    database.query("UPDATE langxanh.langxanh_meta SET value = '99' WHERE key = 'schema_version'");
    let newer = PostgisStore::open(&database.url).err().unwrap().to_string();
    assert!(newer.contains("newer langxanh"), "{newer}");
}

/// Waits until it is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(15), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn one_is_on_duty_at_a_time_and_another_takes_over() {
    let Some(database) = Database::with_store() else { return };
    let [first, second] = [(); 2].map(|()| PostgisStore::open(&database.url).unwrap());
    assert!(!first.is_on_duty(), "who does not stand for it is not");
    first.stand_for_duty();
    until("the first is on duty", || first.is_on_duty());
    second.stand_for_duty();
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(first.is_on_duty() && !second.is_on_duty());
    // Its connection breaks: it is not on duty any more, whoever is then.
    database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid > 0
        AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = 'langxanh duty')",
    );
    until("one is on duty again", || first.is_on_duty() != second.is_on_duty());
    let (on, off) = if first.is_on_duty() { (first, second) } else { (second, first) };
    drop(on);
    until("the other takes over", || off.is_on_duty());
    // Whoever cannot note what he did must not do it.
    let name = &database.name;
    database.query(&format!(
        "CREATE ROLE reads_{name} LOGIN; GRANT USAGE ON SCHEMA langxanh TO reads_{name};
         GRANT SELECT ON ALL TABLES IN SCHEMA langxanh, public TO reads_{name}"
    ));
    drop(off);
    let reader = PostgisStore::open(&database.url_of(&format!("reads_{name}"))).unwrap();
    reader.stand_for_duty();
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(!reader.is_on_duty());
    drop(reader);
    database.query(&format!("DROP OWNED BY reads_{name}; DROP ROLE reads_{name}"));
}

#[test]
fn every_change_has_a_number_that_all_instances_know_and_notes_have_none() {
    let Some(database) = Database::with_store() else { return };
    let [one, other] = [(); 2].map(|()| PostgisStore::open(&database.url).unwrap());
    let before = one.commit().unwrap().unwrap();
    assert_eq!(other.commit().unwrap(), Some(before));
    apply(&one, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    let after = other.commit().unwrap().unwrap();
    assert_eq!((after.has_all_of(&before), before.has_all_of(&after)), (Some(true), Some(false)));
    let version = one.version().unwrap();
    one.set_told("a", 1).unwrap();
    assert_eq!((one.commit().unwrap(), one.version().unwrap()), (Some(after), version), "nobody reads anything again");
    // A store in the place of another counts anew, and is known to be another.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.gpkg");
    let place = Place::named(&database.url);
    place.backup(&copy, false, "lan", &|_, _| {}).unwrap();
    place.restore(&copy, true, "lan", &|_, _| {}).unwrap();
    let restored = PostgisStore::open(&database.url).unwrap();
    assert_eq!(restored.commit().unwrap().unwrap().has_all_of(&after), None);
    assert_eq!(restored.told().unwrap()["a"], 1, "receivers are told on where they were");
}

#[test]
fn a_register_altered_behind_our_back_is_named_and_the_rest_is_served_as_plain_tables() {
    let Some(database) = Database::with_store() else { return };
    let before = PostgisStore::open(&database.url).unwrap().collections().unwrap();
    database.query(
        "ALTER TABLE milestones DROP COLUMN planned_on; ALTER TABLE violations ALTER COLUMN opened_on TYPE text;
         ALTER TABLE waterways ALTER COLUMN geom TYPE geometry(MultiLineString, 5897) USING ST_SetSRID(geom, 5897)",
    );
    let store = PostgisStore::open(&database.url).unwrap();
    let served = store.collections().unwrap();
    assert_eq!(served.len(), before.len() - 3);
    assert!(served.iter().all(|collection| collection.kind == langxanh::domain::Kind::Table), "nothing is assessed");
    let told: BTreeMap<String, String> =
        store.unserved().into_iter().map(|unserved| (unserved.table, unserved.reason)).collect();
    assert!(told["milestones"].contains("planned_on"), "{told:?}");
    assert!(told["violations"].contains("opened_on") && told["violations"].contains("should be date"), "{told:?}");
    assert!(told["waterways"].contains("5897"), "{told:?}");
}

#[test]
fn a_text_that_postgresql_cannot_hold_is_refused_with_a_sentence_alone_and_among_many() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    for count in [1, 20] {
        let drafts = (0..count).map(|n| draft(&format!("n{n}"), if n == count - 1 { "a\0b" } else { "a" }, 1.0));
        match apply(&store, Mode::Append, drafts.collect()) {
            Err(StoreError::Unfit { reason, .. }) => assert!(reason.contains("NUL"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.collections().unwrap().iter().filter(|collection| collection.id == "lots").count(), 0);
}

#[test]
fn who_may_only_read_reads_and_who_may_edit_edits() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    write_station(&store, "Trạm");
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    drop(store);
    let roles = concat!(env!("CARGO_MANIFEST_DIR"), "/data/postgis/roles.sql");
    let ran = Command::new("psql").args(["-v", "ON_ERROR_STOP=1", "-q", "-f", roles, &database.url]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let name = &database.name;
    database.query(&format!(
        "CREATE ROLE reads_{name} LOGIN IN ROLE langxanh_reader; CREATE ROLE edits_{name} LOGIN IN ROLE langxanh_editor;
         CREATE ROLE desk_{name} LOGIN IN ROLE langxanh_desk"
    ));
    let reader = PostgisStore::open(&database.url_of(&format!("reads_{name}"))).unwrap();
    assert_eq!(rows(&reader).len(), 1);
    assert!(reader.users().unwrap().is_empty() && reader.mark().unwrap().is_some());
    assert!(matches!(apply(&reader, Mode::Append, vec![draft("b", "B", 1.0)]), Err(StoreError::ReadOnly(_))));
    let editor = PostgisStore::open(&database.url_of(&format!("edits_{name}"))).unwrap();
    edit(&editor, vec![(None, Ok(Some(draft("b", "B", 1.0)))), (Some("a"), Ok(None))]).unwrap();
    let many = (0..50).map(|n| draft(&format!("m{n}"), "M", 1.0)).collect();
    apply(&editor, Mode::Append, many).unwrap();
    write_station(&editor, "Trạm mới");
    editor.put_user(&user("lan", Role::Editor, Grant::All), Some(&token("a"))).unwrap();
    verified(&editor);
    let new = Collection { id: "more".to_owned(), ..collection() };
    let made = Change { collection: &new, mode: Mode::Append, drafts: &mut std::iter::empty(), origin: origin("test") };
    assert!(matches!(editor.apply(made), Err(StoreError::ReadOnly(_))), "tables are made by their owner");
    // Who edits in QGIS edits registers, with their history, and makes nobody a user.
    let desk = database.url_of(&format!("desk_{name}"));
    postgres::query(&desk, "UPDATE treatment_stations SET name_vi = 'Trạm sửa' WHERE site_id = 's'");
    assert!(editor.seal().unwrap());
    verified(&editor);
    for forbidden in [
        "INSERT INTO langxanh.langxanh_users (name, role, proposes, made_at) VALUES ('me', 'admin', 0, '')",
        "UPDATE langxanh.langxanh_users SET role = 'admin'",
        "UPDATE langxanh.langxanh_history SET operation = 'insert'",
        "DELETE FROM langxanh.langxanh_chain",
    ] {
        assert!(postgres::try_query(&desk, forbidden).is_err(), "{forbidden}");
    }
    drop((reader, editor));
    let all = format!("reads_{name}, edits_{name}, desk_{name}");
    database.query(&format!("DROP OWNED BY {all}; DROP ROLE {all}"));
}

#[test]
fn a_row_that_another_program_made_unreadable_keeps_nobody_from_writing() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    write_station(&store, "Trạm");
    // No id of a feature, and no number of ours.
    database.query("UPDATE treatment_stations SET id = 'Trạm 1', q_m3s = 'NaN'");
    assert!(store.seal().unwrap());
    write_station(&store, "Trạm khác");
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    edit(&store, vec![(Some("a"), Ok(Some(draft("a", "B", 1.0))))]).unwrap();
    verified(&store);
}

#[test]
fn a_table_with_columns_fid_and_id_of_its_own_moves_with_the_others() {
    let Some(database) = Database::empty() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.gpkg");
    let store = GpkgStore::create(&file).unwrap();
    apply(&store, Mode::Append, vec![draft("a", "A", 1.0)]).unwrap();
    store.close().unwrap();
    // As QGIS makes it: the number of the row is called otherwise, and `id` is a number.
    let connection = rusqlite::Connection::open(&file).unwrap();
    let made = "CREATE TABLE notes (ogc_fid INTEGER PRIMARY KEY, id INTEGER, source_id TEXT, note TEXT);
        INSERT INTO notes VALUES (7, 42, 'own', 'ghi chú');
        INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('notes', 'attributes', 'notes');";
    connection.execute_batch(made).unwrap();
    drop(connection);
    let place = Place::named(&database.url);
    place.restore(&file, false, "lan", &|_, _| {}).unwrap();
    let row = database.query("SELECT source_id_, source_id, note FROM notes");
    assert_eq!(row, [[Some("42".to_owned()), Some("own".to_owned()), Some("ghi chú".to_owned())]]);
}

#[test]
fn a_connection_that_breaks_is_made_anew_and_everything_is_looked_at() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    let mut seen = 0;
    while store.wait_for_change(&mut seen, Duration::from_millis(300)) == Some(true) {}
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    database.query(kill);
    assert_eq!(store.wait_for_change(&mut seen, Duration::from_secs(10)), Some(true), "it listens again");
    let start = Instant::now();
    // Connections that were killed are noticed, at the latest by who is given one.
    while store.version().is_err() {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    database.query("UPDATE langxanh.langxanh_meta SET value = value WHERE false; SELECT langxanh.tell()");
    assert_eq!(store.wait_for_change(&mut seen, Duration::from_secs(5)), Some(true));
}

#[test]
fn somebody_who_holds_the_right_to_write_makes_sealing_wait_and_not_reading() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    write_station(&store, "Trạm");
    database.query("UPDATE treatment_stations SET site_id = 'z'");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (client, connection) = runtime.block_on(tokio_postgres::connect(&database.url, tokio_postgres::NoTls)).unwrap();
    runtime.spawn(connection);
    runtime.block_on(client.batch_execute("BEGIN; UPDATE treatment_stations SET site_id = 'y'")).unwrap();
    assert!(matches!(store.seal(), Err(StoreError::Busy(_))));
    assert_eq!(store.collections().unwrap().len(), catalog_registers());
    runtime.block_on(client.batch_execute("ROLLBACK")).unwrap();
    assert!(store.seal().unwrap());
}

fn catalog_registers() -> usize {
    catalog::collections().iter().filter(|collection| collection.kind == langxanh::domain::Kind::Register).count()
}
