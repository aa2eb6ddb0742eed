//! The built program over a store on PostGIS whose keeper leaves tables in the database.

use std::time::Duration;

use geo::{LineString, Polygon};
use langxanh::domain::{DataType, FeatureId, Field, Value};
use langxanh::geom::{GeometryKind, Shape};
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

use super::common::{self, Server, rows};
use super::postgres::Database;

fn lot(n: usize) -> Draft {
    let (x, y) = (105.8 + (n % 20) as f64 * 0.001, 21.0 + (n / 20) as f64 * 0.001);
    let ring = LineString::from(vec![(x, y), (x + 0.0009, y), (x + 0.0009, y + 0.0009), (x, y)]);
    Draft {
        id: Some(FeatureId::parse(&format!("lot-{n}")).unwrap()),
        values: vec![format!("Lô {n}").as_str().into(), Value::Integer(n as i64)],
        shape: Some(Shape::flat(Polygon::new(ring, vec![]))),
    }
}

#[test]
fn tables_in_the_database_are_read_and_edited_through_the_service() {
    let Some(database) = Database::with_store() else { return };
    let fields = vec![Field::plain("name", DataType::Text), Field::plain("n", DataType::Integer)];
    let lots = rows::table("lots", Some(GeometryKind::Polygon), fields);
    let store = PostgisStore::open(&database.url).unwrap();
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    let drafts = &mut (1..=400).map(lot).map(Ok);
    store.apply(Change { collection: &lots, mode: Mode::Append, drafts, origin }).unwrap();
    drop(store);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "open_editing = true\n[snapshot]\nusual = \"always\"\n").unwrap();
    let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &database.url, "--snapshot", "lots=never"];
    let server = Server::start(common::langxanh(&listen).args(["--config", config.to_str().unwrap()]));
    let described = server.json("/collections/lots");
    assert_eq!((&described["langxanh:storage"], &described["itemCount"]), (&"database".into(), &400.into()));
    assert!(server.json("/collections/clusters").get("langxanh:storage").is_none());
    let page = server.json("/collections/lots/items?limit=7&filter=n%20BETWEEN%2011%20AND%2030");
    assert_eq!((&page["numberMatched"], &page["numberReturned"]), (&20.into(), &7.into()));
    let tag = |target: &str| server.get(target).header("etag").unwrap().to_owned();
    let first = tag("/collections/lots/items/lot-5");
    // An edit is seen by whoever reads behind it, with the tag that its writer was told.
    let update = |tag: &str, body: &str| {
        let headers = [("Content-Type", "application/merge-patch+json"), ("If-Match", tag)];
        server.send("PATCH", "/collections/lots/items/lot-5", &headers, body.as_bytes())
    };
    let edited = update(&first, r#"{"properties":{"n":5000}}"#);
    assert_eq!(edited.status, 204, "{}", edited.text());
    let now = server.get("/collections/lots/items/lot-5");
    assert_eq!(now.json()["properties"]["n"], 5000);
    assert_eq!(now.header("etag"), edited.header("etag"));
    // Who was late is shown what is there.
    let late = update(&first, r#"{"properties":{"n":6000}}"#);
    assert_eq!((late.status, &late.json()["current"]["properties"]["n"]), (412, &5000.into()), "{}", late.text());
    // How many there are is not counted again; what is asked for is found.
    assert!(server.json("/collections/lots").get("itemCount").is_none());
    assert_eq!(server.json("/collections/lots/items?n=5000")["numberMatched"], 1);
    let gone = server.send("DELETE", "/collections/lots/items/lot-6", &[], b"");
    assert_eq!(gone.status, 204, "{}", gone.text());
    assert_eq!(server.get("/collections/lots/items/lot-6").status, 404);
    // A row without a place is in every box, also where there was none before.
    let box_of_nothing = || common::http::ids(&server.json("/collections/lots/items?bbox=0,0,1,1"));
    assert!(box_of_nothing().is_empty());
    let new = br#"{"type":"Feature","id":"nowhere","geometry":null,"properties":{"n":1}}"#;
    let made = server.post("/collections/lots/items", "application/geo+json", new);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(box_of_nothing(), ["nowhere"]);
    // What another program writes has another version within a second.
    let page = "/collections/lots/items?limit=3";
    let before = tag(page);
    database.query("UPDATE lots SET name = 'khác' WHERE id = 'lot-1'");
    let is_told = (0..40).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        tag(page) != before
    });
    assert!(is_told);
    assert_eq!(server.json("/collections/lots/items/lot-1")["properties"]["name"], "khác");
    let wrong = common::refusal(&mut common::langxanh(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--store",
        &database.url,
        "--snapshot",
        "sometimes",
    ]));
    assert!(wrong.contains("'sometimes' is not one of auto, always, never"), "{wrong}");
}
