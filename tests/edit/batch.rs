//! Several edits as one: all of them or none.

use serde_json::{Value, json};

use crate::service::{editing, feature, is, pointers};

fn station(id: &str, cluster: &str) -> Value {
    let mut station = feature(
        json!({"site_collection": "clusters", "site_id": cluster, "name_vi": "Trạm mới", "status": "operating"}),
    );
    station["id"] = json!(id);
    station
}

fn sample(station: &str, value: f64) -> Value {
    feature(json!({
        "station_id": station,
        "sample_date": "2026-11-20",
        "parameter_code": "cod",
        "value": value,
        "censored": "none",
        "unit": "mg/l",
    }))
}

#[test]
fn a_batch_is_written_whole_as_one_change_of_each_collection() {
    let service = editing();
    let cluster = service.first("clusters", "");
    let id = cluster.split_once('/').unwrap().1;
    let etag = service.etag(&cluster);
    let body = json!({
        "message": "Trạm mới của cụm",
        "edits": [
            {"collection": "treatment_stations", "operation": "create", "feature": station("new-station", id)},
            {"collection": "effluent_samples", "operation": "create", "feature": sample("new-station", 10.0)},
            {"collection": "effluent_samples", "operation": "create", "feature": sample("new-station", 20.0)},
            {"collection": "clusters", "operation": "update", "id": id, "if_match": etag, "feature": {"properties": {"notes": "có trạm"}}},
            {"collection": "clusters", "operation": "update", "id": id, "feature": {"properties": {"notes": "có trạm"}}},
        ],
    });
    let told = service.batch(&body);
    is(&told, 200);
    let told = told.json();
    let edited = told["edited"].as_array().unwrap();
    let operations: Vec<_> = edited.iter().map(|edit| edit["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["create", "create", "create", "update", "none"]);
    assert_eq!((&edited[0]["id"], &told["change"]), (&json!("new-station"), &told["changes"]["treatment_stations"]));
    let first = format!("effluent_samples/{}", edited[1]["id"].as_str().unwrap());
    assert_eq!(
        (service.property(&first, "value"), edited[1]["etag"].as_str()),
        (json!(10.0), Some(service.etag(&first).as_str()))
    );
    let connection = rusqlite::Connection::open(&service.store).unwrap();
    let why: (String, i64) = connection
        .query_row(
            "SELECT why, inserted FROM langxanh_changes WHERE change_id = ?1",
            [told["changes"]["effluent_samples"].as_i64()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(why, ("Trạm mới của cụm".to_owned(), 2));
    // A station with its samples goes in one batch, whatever was made of them before in it.
    let ids: Vec<_> = edited[1..3].iter().map(|edit| edit["id"].as_str().unwrap()).collect();
    let remove = |collection: &str, id: &str| json!({"collection": collection, "operation": "delete", "id": id});
    let alone = service.batch(&json!({"edits": [remove("treatment_stations", "new-station")]}));
    assert_eq!((alone.status, alone.json()["rows"].as_array().unwrap().len()), (409, 2));
    let one_left = json!({"edits": [remove("effluent_samples", ids[0]), remove("treatment_stations", "new-station")]});
    assert_eq!(service.batch(&one_left).json()["rows"], json!([{"collection": "effluent_samples", "id": ids[1]}]));
    let all = json!({"edits": [remove("effluent_samples", ids[0]), remove("effluent_samples", ids[1]), remove("treatment_stations", "new-station")]});
    is(&service.batch(&all), 200);
    is(&service.server.get("/collections/treatment_stations/items/new-station"), 404);
}

#[test]
fn one_edit_that_cannot_be_leaves_all_of_them_out_and_the_faults_of_all_are_told() {
    let service = editing();
    let (cluster, before) = (service.first("clusters", ""), service.history());
    let id = cluster.split_once('/').unwrap().1;
    let good = json!({"collection": "clusters", "operation": "update", "id": id, "feature": {"properties": {"notes": "không được ghi"}}});
    let faulty = json!({"edits": [
        good,
        {"collection": "clusters", "operation": "update", "id": id, "feature": {"properties": {"status": "closed", "area_ha": -1}}},
        {"collection": "effluent_samples", "operation": "create", "feature": sample("nowhere", 1.0)},
        {"collection": "hotspots", "operation": "delete", "id": "x"},
        {"collection": "clusters", "operation": "burn", "id": id, "colour": 1},
        {"collection": "clusters", "operation": "replace", "feature": {}},
        {"collection": "clusters", "operation": "delete", "id": id, "feature": {}},
        5,
    ], "mesage": "x"});
    let mut found = pointers(&service.batch(&faulty));
    found.sort();
    let wanted = [
        "/edits/1/feature/properties/area_ha",
        "/edits/1/feature/properties/status",
        "/edits/2/feature/properties/station_id",
        "/edits/3/collection",
        "/edits/4/colour",
        "/edits/4/operation",
        "/edits/5/id",
        "/edits/6/feature",
        "/edits/7",
        "/mesage",
    ];
    assert_eq!(found, wanted);
    let edit = |operation: &str, id: &str| json!({"collection": "clusters", "operation": operation, "id": id, "feature": {"properties": {"notes": "x"}}});
    let mut late = edit("update", id);
    late["if_match"] = json!("\"0123456789abcdef0123456789abcdef-0\"");
    let refused = service.batch(&json!({"edits": [good, late]}));
    assert_eq!((refused.status, &refused.json()["current"]["id"]), (412, &json!(id)));
    is(&service.batch(&json!({"edits": [good, edit("update", "nowhere")]})), 404);
    is(
        &service.batch(&json!({"edits": [good, {"collection": "clusters", "operation": "delete", "id": "nowhere"}]})),
        404,
    );
    for body in [json!({}), json!({"edits": []}), json!({"edits": vec![good.clone(); 1001]}), json!({"edits": {}})] {
        assert!(pointers(&service.batch(&body)).contains(&"/edits".to_owned()));
    }
    is(&service.batch(&json!([])), 400);
    assert_eq!(service.history(), before);
    assert_ne!(service.property(&cluster, "notes"), "không được ghi");
}

#[test]
fn a_dry_run_tells_what_would_happen_and_writes_nothing() {
    let service = editing();
    let (cluster, before) = (service.first("clusters", ""), service.history());
    let id = cluster.split_once('/').unwrap().1;
    let mut body = json!({"dry_run": true, "edits": [
        {"collection": "treatment_stations", "operation": "create", "feature": station("new-station", id)},
        {"collection": "effluent_samples", "operation": "create", "feature": sample("new-station", 1.0)},
        {"collection": "clusters", "operation": "update", "id": id, "feature": {"properties": {"notes": "thử"}}},
    ]});
    let told = service.batch(&body);
    is(&told, 200);
    let told = told.json();
    let operations: Vec<_> = told["edited"].as_array().unwrap().iter().map(|edit| edit["operation"].clone()).collect();
    assert_eq!(operations, ["create", "create", "update"]);
    assert_eq!((&told["change"], &told["edited"][1]["id"]), (&Value::Null, &Value::Null));
    assert_eq!(service.history(), before);
    body["edits"][1]["feature"]["properties"]["station_id"] = json!("nowhere");
    assert_eq!(pointers(&service.batch(&body)), ["/edits/1/feature/properties/station_id"]);
}
