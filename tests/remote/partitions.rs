//! A large table that its keeper has divided by province (`data/postgis/partition.sql`) is served and edited as any other.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use geo::{LineString, Polygon};
use langxanh::domain::{DataType, FeatureId, Field};
use langxanh::geom::{GeometryKind, Shape};
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store, StoreError};
use serde_json::{Value, json};

use super::common::http::{Answer, body, ids};
use super::common::{Server, langxanh, rows, succeed};
use super::postgres::{Database, try_query};

const PROVINCES: [Option<&str>; 4] = [Some("01"), Some("31"), Some("35"), None];

/// Parcels in turn of three provinces and of none.
fn parcel(n: usize) -> Draft {
    let (x, y) = (105.8 + (n % 20) as f64 * 0.001, 21.0 + (n / 20) as f64 * 0.001);
    let ring = LineString::from(vec![(x, y), (x + 0.0009, y), (x + 0.0009, y + 0.0009), (x, y)]);
    Draft {
        id: Some(FeatureId::parse(&format!("p{n}")).unwrap()),
        values: vec![PROVINCES[n % 4].map(str::to_owned).into(), (n as i64).into()],
        shape: Some(Shape::flat(Polygon::new(ring, vec![]))),
    }
}

fn write(store: &PostgisStore, mode: Mode, drafts: impl Iterator<Item = Draft>) -> Result<(), StoreError> {
    let fields = vec![Field::plain("province", DataType::Text), Field::plain("n", DataType::Integer)];
    let parcels = rows::table("parcels", Some(GeometryKind::Polygon), fields);
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    let drafts = &mut drafts.map(Ok);
    store.apply(Change { collection: &parcels, mode, drafts, origin }).map(|_| ())
}

/// Does what the file tells its keeper to do; `false` where there is no `psql`.
fn divide(database: &Database, table: &str, column: &str) -> bool {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/postgis/partition.sql");
    let mut command = Command::new("psql");
    command.args(["-q", "-X", "-d", &database.url, "-v", &format!("table={table}"), "-v", &format!("column={column}")]);
    let Ok(output) = command.arg("-f").arg(file).output() else {
        super::common::skipped("no psql: tables were not divided");
        return false;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

fn service(database: &Database, snapshot: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "public_url = \"http://langxanh.test\"\nopen_editing = true\n").unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--store", &database.url, "--snapshot", snapshot];
    Server::start(langxanh(&arguments).args(["--config", config.to_str().unwrap()]))
}

fn said(answer: &Answer) -> Vec<u8> {
    let bytes = body(answer);
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut document) => {
            document.as_object_mut().map(|members| members.remove("timeStamp"));
            document.to_string().into_bytes()
        }
        Err(_) => bytes,
    }
}

const REQUESTS: [&str; 11] = [
    "/collections/parcels",
    "/collections/parcels/items?limit=10000",
    "/collections/parcels/items?limit=7",
    "/collections/parcels/items?province=31&limit=5",
    "/collections/parcels/items?filter=n%20BETWEEN%2020%20AND%2090&limit=11",
    "/collections/parcels/items?filter=province%20IS%20NULL&limit=500",
    "/collections/parcels/items?bbox=105.801,21.001,105.8032,21.0043",
    "/collections/parcels/items?sortby=-n&limit=9",
    "/collections/parcels/items/p77",
    "/collections/parcels/download?f=csv",
    "/collections/parcels/tiles/WebMercatorQuad/14/7213/13007",
];

/// Every answer, walks to their end.
fn answers(server: &Server) -> Vec<(String, Vec<u8>)> {
    let mut told = Vec::new();
    for request in REQUESTS {
        let mut next = Some(request.to_owned());
        while let Some(target) = next.take() {
            let answer = server.get(&target);
            assert!(answer.status < 300, "{target}: {}", answer.text());
            let document: Option<Value> = serde_json::from_slice(&body(&answer)).ok();
            let links = document.and_then(|document| document["links"].as_array().cloned()).unwrap_or_default();
            let href = links.iter().find(|link| link["rel"] == "next").and_then(|link| link["href"].as_str());
            next = href.map(|href| href.strip_prefix("http://langxanh.test").unwrap().to_owned());
            told.push((target, said(&answer)));
        }
    }
    told
}

#[test]
fn a_table_divided_by_province_is_served_and_edited_as_it_was_before() {
    let Some(database) = Database::with_store() else { return };
    let store = PostgisStore::open(&database.url).unwrap();
    write(&store, Mode::Append, (1..=200).map(parcel)).unwrap();
    let before = answers(&service(&database, "parcels=never"));
    if !divide(&database, "parcels", "province") {
        return;
    }
    let parts = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'parcels'::regclass";
    assert_eq!(database.count(parts), 4, "a part for each of three provinces and one for what has none");
    assert_eq!(database.count("SELECT count(*) FROM parcels_31"), 50);
    for (snapshot, storage) in [("parcels=never", "database".into()), ("parcels=always", Value::Null)] {
        let server = service(&database, snapshot);
        assert_eq!(server.json("/collections/parcels")["langxanh:storage"], storage);
        if snapshot == "parcels=never" {
            for ((target, before), (_, after)) in before.iter().zip(answers(&server)) {
                assert!(*before == after, "{target}:\n{}", String::from_utf8_lossy(&after));
            }
        }
        let all = ids(&server.json("/collections/parcels/items?limit=10000"));
        assert_eq!(all.len(), 200, "{snapshot}");
        edits(&database, &server, &format!("new-{}", snapshot.len()));
    }
    // Other programs are held to the same.
    let refused = |sql: &str| try_query(&database.url, sql).unwrap_err().to_string();
    let taken = refused("INSERT INTO parcels (id, province) VALUES ('p1', '35')");
    assert!(taken.contains("keys_of_parcels"), "{taken}");
    assert!(refused("UPDATE parcels SET id = 'p2' WHERE id = 'p1'").contains("keys_of_parcels"));
    assert!(refused("DELETE FROM parcels_31").contains("write to the table parcels"));
    assert!(refused("TRUNCATE parcels").contains("TRUNCATE"));
    database
        .query("UPDATE parcels SET id = 'p1-new' WHERE id = 'p1'; UPDATE parcels SET id = 'p1' WHERE id = 'p1-new'");
    far_away(&database);
    // Many rows come by COPY, and one that is taken is named.
    let store = PostgisStore::open(&database.url).unwrap();
    let conflict = write(&store, Mode::Append, (200..=900).map(parcel)).unwrap_err();
    assert!(matches!(&conflict, StoreError::Conflict { id, .. } if id == "p200"), "{conflict}");
    write(&store, Mode::Upsert, (150..=900).map(parcel)).unwrap();
    assert_eq!(database.count("SELECT count(*) FROM parcels"), 900);
    let agree = "SELECT count(*) FROM parcels p JOIN langxanh.keys_of_parcels k USING (id, fid)";
    assert_eq!(database.count(agree), 900);
    assert_eq!(database.count("SELECT count(*) FROM langxanh.keys_of_parcels"), 900);
    // What a copy holds comes back whole, as a table in one piece.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.gpkg");
    succeed(&["backup", copy.to_str().unwrap(), "--store", &database.url]);
    let other = Database::empty().unwrap();
    succeed(&["restore", copy.to_str().unwrap(), "--store", &other.url]);
    let told = |database: &Database| database.query("SELECT p.*, ST_AsBinary(geom) FROM parcels p ORDER BY fid");
    assert!(told(&database) == told(&other));
}

/// A part may stand on another server, here the same one: it is read, and PostgreSQL itself refuses what would be written there.
fn far_away(database: &Database) {
    let (_, socket) = database.url.split_once("host=").unwrap();
    database.query(&format!(
        "CREATE EXTENSION postgres_fdw;
         CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{socket}', dbname '{name}', extensions 'postgis');
         CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'postgres');
         CREATE SCHEMA far;
         CREATE TABLE far.parcels_40 AS SELECT fid, id, geom, province, n FROM parcels WHERE FALSE;
         INSERT INTO far.parcels_40 VALUES (5000, 'far', ST_MakeEnvelope(105.7, 18.6, 105.701, 18.601, 4326), '40', 5000);
         CREATE FOREIGN TABLE parcels_40 PARTITION OF parcels FOR VALUES IN ('40')
             SERVER far OPTIONS (schema_name 'far', table_name 'parcels_40');
         INSERT INTO langxanh.keys_of_parcels VALUES ('far', 5000)",
        name = database.name
    ));
    let server = service(database, "parcels=never");
    assert_eq!(server.json("/collections/parcels/items?limit=10000")["features"].as_array().unwrap().len(), 201);
    assert_eq!(server.json("/collections/parcels/items/far")["properties"]["n"], 5000);
    assert_eq!(ids(&server.json("/collections/parcels/items?bbox=105.6,18.5,105.8,18.7")), ["far"]);
    let change = |id: &str| {
        let headers = [("Content-Type", "application/merge-patch+json")];
        let target = format!("/collections/parcels/items/{id}");
        server.send("PATCH", &target, &headers, br#"{"properties":{"n":1}}"#).status
    };
    assert_eq!(change("p1"), 204);
    assert_eq!(change("far"), 403, "nothing is said to be written that is not");
    assert_eq!(server.json("/collections/parcels/items/far")["properties"]["n"], 5000);
    drop(server);
    database.query("DROP FOREIGN TABLE parcels_40; DELETE FROM langxanh.keys_of_parcels WHERE id = 'far'");
}

/// Edits that end as they began.
fn edits(database: &Database, server: &Server, new: &str) {
    let item = |id: &str| format!("/collections/parcels/items/{id}");
    let post = |id: &str, province: Option<&str>| {
        let feature =
            json!({"type": "Feature", "id": id, "geometry": null, "properties": {"province": province, "n": 7}});
        server.post("/collections/parcels/items", "application/geo+json", feature.to_string().as_bytes())
    };
    assert_eq!(post("p5", Some("35")).status, 409, "an id of another province is taken");
    let made = post(new, Some("99"));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(database.count(&format!("SELECT count(*) FROM parcels_other WHERE id = '{new}'")), 1);
    let patch = |id: &str, properties: Value| {
        let change = json!({ "properties": properties }).to_string();
        server.send("PATCH", &item(id), &[("Content-Type", "application/merge-patch+json")], change.as_bytes())
    };
    // From one province to another, its number and its past with it.
    let number = format!("SELECT fid FROM parcels WHERE id = '{new}'");
    let fid = database.count(&number);
    let moved = patch(new, json!({"province": "01"}));
    assert_eq!(moved.status, 204, "{}", moved.text());
    assert_eq!(database.count(&format!("SELECT count(*) FROM parcels_01 WHERE id = '{new}'")), 1);
    assert_eq!(database.count(&number), fid);
    assert_eq!(server.json(&item(new))["properties"]["province"], "01");
    let versions = server.json(&format!("{}/versions", item(new)));
    assert!(versions["versions"].as_array().unwrap().len() >= 2, "{versions}");
    database.query(&format!("UPDATE parcels SET province = '31', n = 8 WHERE id = '{new}'"));
    let is_told = (0..60).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        server.json(&item(new))["properties"] == json!({"province": "31", "n": 8})
    });
    assert!(is_told, "what another program moves is served within a second or three");
    let gone = server.send("DELETE", &item(new), &[], b"");
    assert_eq!(gone.status, 204, "{}", gone.text());
    assert_eq!(server.get(&item(new)).status, 404);
    assert_eq!(database.count(&format!("SELECT count(*) FROM langxanh.keys_of_parcels WHERE id = '{new}'")), 0);
}

#[test]
fn buildings_divided_by_province_are_a_register_still_and_plans_are_reviewed_the_same() {
    let Some(database) = Database::empty() else { return };
    succeed(&["sample", "--store", &database.url]);
    let plan = "/plans/quat-dong-thuong-tin-plan-1/review";
    let before = said(&service(&database, "buildings=never").get(plan));
    database.query("ALTER TABLE buildings ADD province_code text");
    database.query("UPDATE buildings SET province_code = CASE WHEN fid % 3 > 0 THEN '0' || (fid % 3) END");
    if !divide(&database, "buildings", "province_code") {
        return;
    }
    for snapshot in ["buildings=never", "buildings=always"] {
        let server = service(&database, snapshot);
        let ready = server.get("/readyz");
        assert!(!ready.text().contains("not served"), "{}", ready.text());
        assert!(said(&server.get(plan)) == before, "{snapshot}");
        let first = ids(&server.json("/collections/buildings/items?limit=1")).remove(0);
        let target = format!("/collections/buildings/items/{first}");
        let change = json!({"properties": {"province_code": "02"}}).to_string();
        let headers = [("Content-Type", "application/merge-patch+json")];
        let patched = server.send("PATCH", &target, &headers, change.as_bytes());
        assert_eq!(patched.status, 204, "{}", patched.text());
        let undone = json!({"properties": {"province_code": "01"}}).to_string();
        assert_eq!(server.send("PATCH", &target, &headers, undone.as_bytes()).status, 204);
        assert_eq!(server.json(&target)["properties"]["province_code"], "01");
    }
}
