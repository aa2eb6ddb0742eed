//! One feature at a time: POST, PUT, PATCH, DELETE, OPTIONS.

use serde_json::{Value, json};

use crate::common::http::get;
use crate::common::{READABLE, Server, serve, succeed};
use crate::service::{GEO_JSON, PATCH, editing, feature, is, item, open, pointers};

const READING: &str = "GET, HEAD, OPTIONS";

#[test]
fn a_service_that_is_not_open_takes_no_edits_and_offers_none() {
    let row = format!(
        "clusters/{}",
        READABLE.server.json("/collections/clusters/items?limit=1")["features"][0]["id"].as_str().unwrap()
    );
    let server = &READABLE.server;
    let body = feature(json!({"name_vi": "A"})).to_string();
    for (method, target) in
        [("POST", "/collections/clusters/items"), ("PUT", &item(&row)), ("PATCH", &item(&row)), ("DELETE", &item(&row))]
    {
        let answer = server.send(method, target, &[GEO_JSON], body.as_bytes());
        assert!([401, 403].contains(&answer.status), "{method}: {}", answer.status);
        assert_eq!(answer.media_type(), "application/problem+json");
        assert_eq!(server.ask("OPTIONS", target, &[]).header("allow"), Some(READING));
    }
    assert!([401, 403].contains(&server.post("/edits", "application/json", b"{}").status));
}

#[test]
fn options_tells_qgis_what_may_be_edited() {
    let service = editing();
    let allow = |target: &str| {
        let answer = service.server.ask("OPTIONS", target, &[]);
        assert_eq!(answer.status, 200, "{target}");
        answer.header("allow").unwrap().to_owned()
    };
    assert_eq!(allow("/collections/clusters/items"), "GET, HEAD, OPTIONS, POST");
    let row = service.first("clusters", "");
    for target in [item(&row), "/collections/clusters/items/unknown_id".to_owned()] {
        assert_eq!(allow(&target), "GET, HEAD, OPTIONS, PUT, PATCH, DELETE", "{target}");
    }
    // What is computed cannot be written.
    for target in ["/collections/hotspots/items", "/collections/hotspots/items/x"] {
        assert_eq!(allow(target), READING, "{target}");
        for method in ["POST", "PUT", "PATCH", "DELETE", "NONSENSE"] {
            let answer = service.server.send(method, target, &[GEO_JSON], b"{}");
            assert_eq!((answer.status, answer.header("allow")), (405, Some(READING)), "{method} {target}");
        }
    }
    let refused = service.server.ask("PUT", "/collections/clusters/items", &[]);
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD, OPTIONS, POST")));
    let page = [("Origin", "https://map.example"), ("Access-Control-Request-Method", "PATCH")];
    let preflight = service.server.ask("OPTIONS", &item(&row), &page);
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("Langxanh-Message"));
}

#[test]
fn options_tells_a_page_that_features_are_taken_even_where_it_does_not_know_the_visitor() {
    let accepts = |target| READABLE.server.ask("OPTIONS", target, &[]).header("accept-post").map(str::to_owned);
    assert_eq!(accepts("/collections/clusters/items").as_deref(), Some("application/geo+json"));
    assert_eq!(accepts("/collections/hotspots/items"), None, "what is computed cannot be written");
}

#[test]
fn a_new_feature_is_there_for_the_next_request() {
    let service = editing();
    let sent = json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [105.812_345_678_901_2, 21.01]},
        "properties": {"name_vi": "Làng mới \"A\"", "craft_group": "paper_incense", "compliance_status": null},
    });
    let headers = [("Langxanh-Message", "%C4%90o+l%E1%BA%A1i"), ("Prefer", "return=representation")];
    let made = service.create("craft_villages", &headers, &sent);
    is(&made, 201);
    // QGIS looks for exactly this spelling.
    let location = made.headers.iter().find(|(name, _)| name == "Location").unwrap().1.clone();
    let row = format!("craft_villages/{}", location.rsplit('/').next().unwrap());
    assert_eq!(location, format!("{}{}", service.server.url, item(&row)));
    let got = service.server.get(&location);
    assert_eq!((got.status, got.header("etag")), (200, made.header("etag")));
    let (got, made) = (got.json(), made.json());
    assert_eq!(
        (&made["id"], &made["properties"], &made["geometry"]),
        (&got["id"], &got["properties"], &got["geometry"])
    );
    assert_eq!(got["geometry"], sent["geometry"], "stored as it was sent, digit by digit");
    assert_eq!(got["properties"]["name_vi"], "Làng mới \"A\"");
    assert_ne!(got["properties"]["compliance_status"], Value::Null, "it is assessed at once");
    let connection = rusqlite::Connection::open(&service.store).unwrap();
    let said: (String, String) = connection
        .query_row("SELECT what, why FROM langxanh_changes ORDER BY change_id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(said, ("create craft_villages".to_owned(), "Đo+lại".to_owned()), "a plus is a plus");
}

#[test]
fn an_id_that_is_chosen_is_nobody_elses_and_is_never_given_twice() {
    let service = editing();
    let mut sent = feature(json!({"name_vi": "A"}));
    sent["id"] = json!("chosen");
    let create_only = [("If-None-Match", "*")];
    is(&service.create("clusters", &create_only, &sent), 201);
    let taken = service.create("clusters", &create_only, &sent);
    is(&taken, 412);
    assert_eq!(
        (&taken.json()["current"]["id"], &taken.json()["etag"]),
        (&json!("chosen"), &json!(service.etag("clusters/chosen")))
    );
    is(&service.create("clusters", &[], &sent), 409);
    is(&service.put("clusters/chosen", &create_only, &sent), 412);
    is(&service.put("clusters/other", &[], &feature(json!({"name_vi": "B"}))), 404);
    let made = service.put("clusters/other", &create_only, &feature(json!({"name_vi": "B"})));
    is(&made, 201);
    is(&service.delete("clusters/chosen", &[]), 204);
    is(&service.delete("clusters/chosen", &[]), 404);
    is(&service.create("clusters", &create_only, &sent), 409);
    for id in ["a%20b", "..%2f", "x".repeat(200).as_str()] {
        assert!([400, 404].contains(&service.put(&format!("clusters/{id}"), &create_only, &sent).status), "{id}");
    }
}

#[test]
fn every_fault_of_a_body_is_named_at_once_and_nothing_is_written() {
    let service = editing();
    let before = service.history();
    let wrong = json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [21.0, 105.8]},
        "properties": {
            "site_collection": "clusters",
            "site_id": "nowhere",
            "status": "broken",
            "capacity_m3_day": -1,
            "commissioned_on": "1.1.2024",
            "colour": "blue",
        },
    });
    let found = pointers(&service.create("treatment_stations", &[], &wrong));
    for name in [
        "properties/site_id",
        "properties/status",
        "properties/capacity_m3_day",
        "properties/commissioned_on",
        "properties/colour",
        "geometry",
    ] {
        assert!(found.contains(&format!("/{name}")), "{name} is not in {found:?}");
    }
    assert_eq!(found.len(), 6, "{found:?}");
    let row = service.first("clusters", "");
    let refused = [
        (service.server.send("POST", "/collections/clusters/items", &[("Content-Type", "text/plain")], b"{}"), 415),
        (service.server.send("POST", "/collections/clusters/items", &[], b"{}"), 415),
        (service.server.send("POST", "/collections/clusters/items", &[GEO_JSON], b"{"), 400),
        (service.server.send("POST", "/collections/clusters/items", &[GEO_JSON], b""), 400),
        (service.server.send("POST", "/collections/clusters/items", &[GEO_JSON], "[".repeat(5000).as_bytes()), 400),
        (service.server.send("POST", "/collections/clusters/items", &[GEO_JSON], &vec![b' '; (4 << 20) + 1]), 413),
        (service.server.send("POST", "/collections/clusters/items?x=1", &[GEO_JSON], b"{}"), 400),
        (service.server.send("POST", "/collections/nowhere/items", &[GEO_JSON], b"{}"), 404),
        (service.patch(&row, &[("Content-Crs", "<http://www.opengis.net/def/crs/EPSG/0/27700>")], &json!({})), 400),
        (service.patch(&row, &[("Langxanh-Message", &"x".repeat(1001))], &json!({})), 400),
        (service.patch(&row, &[("Langxanh-Message", "%00")], &json!({})), 400),
        (service.patch(&row, &[], &json!({"properties": {"area_ha": "5"}})), 422),
        (service.patch(&row, &[], &json!({"properties": null})), 422),
        (service.patch(&row, &[], &json!({"id": "other"})), 422),
        (service.patch(&row, &[], &json!({"properties": {"open_violations": 99}})), 422),
    ];
    for (at, (answer, status)) in refused.iter().enumerate() {
        assert_eq!(answer.status, *status, "{at}: {}", answer.text());
    }
    assert_eq!(service.history(), before);
}

#[test]
fn what_was_served_can_be_sent_back_whole_and_changes_nothing() {
    // QGIS before 3.44 puts whole features: computed values and nulls, and the id of the address.
    let service = editing();
    for collection in ["clusters", "craft_villages", "buildings", "plans", "effluent_samples", "milestones"] {
        let row = service.first(collection, "");
        let (before, etag) = (service.history(), service.etag(&row));
        let put = service.put(&row, &[], &service.feature(&row));
        is(&put, 204);
        assert_eq!((put.header("etag"), service.history()), (Some(etag.as_str()), before), "{row}");
    }
    let row = service.first("clusters", "");
    let mut changed = service.feature(&row);
    changed["properties"]["notes"] = json!("xem lại");
    is(&service.put(&row, &[], &changed), 204);
    assert_eq!(service.property(&row, "notes"), "xem lại");
    changed["properties"]["open_violations"] = json!(99);
    assert_eq!(pointers(&service.put(&row, &[], &changed)), ["/properties/open_violations"]);
    changed["properties"]["open_violations"] = Value::Null;
    is(&service.put(&row, &[], &changed), 204);
    // What is left out of a whole feature is empty.
    is(&service.put(&row, &[], &feature(json!({"name_vi": "Chỉ tên"}))), 204);
    let now = service.feature(&row);
    assert_eq!((&now["properties"]["notes"], &now["geometry"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_two_patches_of_one_qgis_edit_touch_what_they_say_and_nothing_else() {
    let service = editing();
    let row = service.first("buildings", "");
    let connection = rusqlite::Connection::open(&service.store).unwrap();
    let id = row.split_once('/').unwrap().1;
    let blob = || -> Vec<u8> {
        connection.query_row("SELECT geom FROM buildings WHERE id = ?1", [id], |row| row.get(0)).unwrap()
    };
    let before = (blob(), service.feature(&row));
    is(&service.patch(&row, &[], &json!({"properties": {"storeys": 7, "use_vi": null}})), 204);
    assert_eq!(blob(), before.0, "a place that was not sent was written");
    let after = service.feature(&row);
    assert_eq!((&after["properties"]["storeys"], &after["properties"]["use_vi"]), (&json!(7), &Value::Null));
    assert_eq!(after["properties"]["name_vi"], before.1["properties"]["name_vi"]);
    let crs = ("Content-Crs", "http://www.opengis.net/def/crs/EPSG/0/5897");
    let ring = json!([
        [588_591.944, 2_326_345.311],
        [588_600.5, 2_326_345.3],
        [588_600.5, 2_326_360.125],
        [588_591.944, 2_326_345.311]
    ]);
    is(&service.patch(&row, &[crs], &json!({"geometry": {"type": "Polygon", "coordinates": [ring]}})), 204);
    let moved = service.server.json(&format!("{}?crs={}", item(&row), crs.1));
    assert_eq!((&moved["geometry"]["coordinates"][0], &moved["properties"]["storeys"]), (&ring, &json!(7)));
    let seen = service.server.send(
        "PATCH",
        &item(&row),
        &[PATCH, ("Prefer", "return=representation")],
        b"{\"properties\":{\"storeys\":8}}",
    );
    assert_eq!((seen.status, &seen.json()["properties"]["storeys"]), (200, &json!(8)));
    // A patch that changes nothing is no change.
    let (before, etag) = (service.history(), service.etag(&row));
    let same = service.patch(&row, &[], &json!({"type": "Feature", "id": id, "properties": {"storeys": 8}}));
    assert_eq!((same.status, same.header("etag"), service.history()), (204, Some(etag.as_str()), before));
}

#[test]
fn what_others_name_cannot_be_deleted_and_what_is_not_there_cannot_be_named() {
    let service = editing();
    let sample = service.first("effluent_samples", "");
    let station = service.property(&sample, "station_id");
    let station = format!("treatment_stations/{}", station.as_str().unwrap());
    let refused = service.delete(&station, &[]);
    is(&refused, 409);
    let rows = refused.json()["rows"].clone();
    let named = rows.as_array().unwrap().iter().all(|row| row["collection"] == "effluent_samples");
    assert!(named && !rows.as_array().unwrap().is_empty(), "{rows}");
    let lost = service.patch(&sample, &[], &json!({"properties": {"station_id": "nowhere"}}));
    assert_eq!(pointers(&lost), ["/properties/station_id"]);
    is(&service.delete(&sample, &[]), 204);
    is(&service.server.get(&item(&sample)), 404);
}

#[test]
fn an_edit_is_assessed_before_it_is_answered() {
    let service = editing();
    let cluster = service.first("clusters", "&wastewater_status=compliant");
    let id = cluster.split_once('/').unwrap().1;
    let station = service.first("treatment_stations", &format!("&site_id={id}"));
    let etag = service.etag(&cluster);
    let foul = json!({
        "station_id": station.split_once('/').unwrap().1,
        "sample_date": "2026-11-20",
        "parameter_code": "cod",
        "value": 99_999,
        "censored": "none",
        "unit": "mg/l",
    });
    is(&service.create("effluent_samples", &[], &feature(foul)), 201);
    assert_eq!(service.property(&cluster, "wastewater_status"), "non_compliant");
    // Nobody has touched the cluster itself: whoever edits it loses nothing and is not held up.
    assert_ne!(service.etag(&cluster), etag, "it is another representation");
    is(&service.patch(&cluster, &[("If-Match", &etag)], &json!({"properties": {"notes": "đã lấy mẫu"}})), 204);
    is(&service.patch(&cluster, &[("If-Match", &etag)], &json!({"properties": {"notes": "x"}})), 412);
}

#[test]
fn a_users_own_table_is_edited_as_registers_are_and_one_without_ids_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    let file = folder.path().join("lots.csv");
    std::fs::write(&file, "id,name,area\na,Lô A,12.5\n").unwrap();
    succeed(&[
        "import",
        file.to_str().unwrap(),
        "--collection",
        "lots",
        "--id-field",
        "id",
        "--store",
        store.to_str().unwrap(),
    ]);
    let connection = rusqlite::Connection::open(&store).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE loose (n INTEGER PRIMARY KEY, name TEXT);
             INSERT INTO loose VALUES (1, 'A');
             INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('loose', 'attributes', 'loose')",
        )
        .unwrap();
    let server = open(folder.path(), &store);
    let ask = |method: &str, target: &str, body: &str| server.send(method, target, &[GEO_JSON], body.as_bytes());
    let sent = r#"{"type":"Feature","properties":{"name":"Lô B","area":1}}"#;
    is(&ask("POST", "/collections/lots/items", sent), 201);
    is(&ask("PATCH", "/collections/lots/items/a", r#"{"properties":{"area":13}}"#), 204);
    assert_eq!(server.json("/collections/lots/items/a")["properties"]["area"], 13.0);
    let loose = ask("PATCH", "/collections/loose/items/1", r#"{"properties":{"name":"B"}}"#);
    assert_eq!((loose.status, loose.header("allow")), (405, Some(READING)));
    let api = server.json("/api")["paths"].clone();
    assert!(api["/collections/lots/items"]["post"].is_object() && api["/collections/loose/items"]["post"].is_null());
}

#[test]
fn a_geopackage_of_somebody_else_is_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let (source, file) = (folder.path().join("a.geojson"), folder.path().join("own.gpkg"));
    std::fs::write(
        &source,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"id":"a"}}]}"#,
    )
    .unwrap();
    let made = std::process::Command::new("ogr2ogr").args([&file, &source]).output();
    if made.is_err() {
        return crate::common::skipped("no ogr2ogr");
    }
    let config = folder.path().join("open.toml");
    std::fs::write(&config, "open_editing = true\n").unwrap();
    let server = Server::start(serve(&file).arg("--config").arg(&config));
    let id = server.json("/collections")["collections"][0]["id"].as_str().unwrap().to_owned();
    let target = format!("/collections/{id}/items");
    assert_eq!(server.ask("OPTIONS", &target, &[]).header("allow"), Some(READING));
    assert_eq!(server.send("POST", &target, &[GEO_JSON], b"{}").status, 405);
    assert_eq!(server.post("/edits", "application/json", b"{}").status, 403);
    let classes = server.json("/conformance")["conformsTo"].to_string();
    assert!(!classes.contains("ogcapi-features-4"), "{classes}");
}

#[test]
fn the_definition_and_the_schema_agree_with_what_is_taken() {
    let api = READABLE.server.json("/api");
    let items = &api["paths"]["/collections/clusters/items"];
    assert!(items["post"]["requestBody"]["content"]["application/geo+json"].is_object());
    let item = &api["paths"]["/collections/clusters/items/{featureId}"];
    assert!(["put", "patch", "delete"].iter().all(|verb| item[*verb]["responses"]["412"].is_object()));
    assert!(api["paths"]["/collections/hotspots/items"]["post"].is_null());
    assert!(api["paths"]["/edits"]["post"].is_object());
    let schema = get("/collections/clusters/schema").json();
    let read_only: Vec<&String> = schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, property)| property["readOnly"] == true)
        .map(|(name, _)| name)
        .collect();
    assert!(
        read_only.iter().any(|name| *name == "compliance_status") && read_only.iter().all(|name| *name != "name_vi")
    );
}
