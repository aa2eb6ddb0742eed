//! Quarters that are signed off: frozen on every way in, served as signed, opened again by who may.

use serde_json::{Value, json};

use super::{open_service, patch, run, send, sql, until};

const SIGN_OFF: &str = "/quarters/2026-Q2/sign-off";

/// A sample that was taken in the second quarter of 2026, put there before it is signed.
fn signed_sample(server: &crate::common::Server) -> String {
    let station = super::first_ids(server, "treatment_stations", 1).remove(0);
    let body = json!({
        "type": "Feature",
        "id": "mau-quy-2",
        "geometry": null,
        "properties": {
            "station_id": station, "sample_date": "2026-05-05", "parameter_code": "cod", "value": 10.0, "unit": "mg/l",
        },
    });
    let made = send(server, "POST", "/collections/effluent_samples/items", "application/geo+json", &body.to_string());
    assert_eq!(made.status, 201, "{}", made.text());
    station
}

#[test]
fn a_quarter_that_is_none_runs_still_or_is_signed_already_is_not_signed_off() {
    let (_folder, _, server) = open_service();
    let sign = |target: &str| send(&server, "POST", target, "application/json", "");
    for missing in ["/quarters/2026-Q5/sign-off", "/quarters/2026-q1/sign-off", "/quarters/26-Q1/sign-off"] {
        assert_eq!(sign(missing).status, 404, "{missing}");
    }
    assert_eq!(sign("/quarters/2099-Q1/sign-off").status, 409);
    let none = send(&server, "DELETE", SIGN_OFF, "application/json", "");
    assert_eq!(none.status, 409, "{}", none.text());
    assert_eq!(sign(SIGN_OFF).status, 200);
    assert_eq!(sign(SIGN_OFF).status, 409);
}

#[test]
fn what_is_signed_is_frozen_on_every_way_in_until_it_is_reopened() {
    let (folder, store, server) = open_service();
    let station = signed_sample(&server);
    let made = server.json("/changes?limit=1")["changes"][0]["id"].as_i64().unwrap();
    let signed = send(&server, "POST", SIGN_OFF, "application/json", "{\"message\": \"đã kiểm tra\"}");
    assert_eq!(signed.status, 200, "{}", signed.text());
    let item = "/collections/effluent_samples/items/mau-quy-2";
    let frozen = |answer: crate::common::http::Answer| {
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(answer.text().contains("2026-Q2"), "{}", answer.text());
    };
    frozen(patch(&server, "effluent_samples", "mau-quy-2", "value", json!(99.0)));
    frozen(send(&server, "DELETE", item, "application/json", ""));
    let feature = json!({"type": "Feature", "geometry": null, "properties":
        {"station_id": station, "sample_date": "2026-06-30", "parameter_code": "cod", "value": 1.0, "unit": "mg/l"}});
    frozen(send(&server, "POST", "/collections/effluent_samples/items", "application/geo+json", &feature.to_string()));
    let batch = json!({"edits": [{"collection": "effluent_samples", "operation": "delete", "id": "mau-quy-2"}]});
    frozen(send(&server, "POST", "/edits", "application/json", &batch.to_string()));
    frozen(send(&server, "POST", &format!("/changes/{made}/undo"), "application/json", ""));
    let file = folder.path().join("mau.csv");
    std::fs::write(&file, format!("id,station_id,sample_date,parameter_code,value\nmoi,{station},2026-04-01,cod,5\n"))
        .unwrap();
    let import = ["import", file.to_str().unwrap(), "--collection", "effluent_samples", "--id-field", "id"];
    assert!(run(&store, &import).unwrap_err().contains("2026-Q2 was signed off"));
    assert!(run(&store, &["undo", &made.to_string()]).unwrap_err().contains("2026-Q2"));
    assert_eq!(server.json(item)["properties"]["value"], 10.0);

    // Another program cannot be refused; it is told.
    sql(&store, "UPDATE effluent_samples SET value = 77 WHERE id = 'mau-quy-2'");
    until("it is told", || {
        let told = server.json("/quarters/2026-Q2")["changed_by_other_programs"].clone();
        told[0]["id"] == "mau-quy-2" && told[0]["field"] == "sample_date"
    });
    // Facts without a day, and facts of open days, go on.
    let village = super::first_ids(&server, "craft_villages", 1).remove(0);
    assert_eq!(patch(&server, "craft_villages", &village, "name_vi", json!("Làng mới")).status, 204);

    assert_eq!(send(&server, "DELETE", SIGN_OFF, "application/json", "{\"message\": \"sai số\"}").status, 200);
    assert_eq!(patch(&server, "effluent_samples", "mau-quy-2", "value", json!(12.0)).status, 204);
    let quarters = server.json("/quarters");
    let acts = &quarters["quarters"][0]["acts"];
    assert_eq!(
        (&acts[0]["step"], &acts[1]["step"], &acts[1]["why"]),
        (&json!("sign-off"), &json!("reopening"), &json!("sai số"))
    );
    assert_eq!(quarters["quarters"][0]["signed_off"], false);
}

#[test]
fn a_signed_quarter_is_served_as_it_was_signed_and_says_where_today_differs() {
    let (_folder, store, server) = open_service();
    let targets = || server.json("/compliance/targets?as-of=2026-06-30");
    let before = targets();
    assert_eq!(send(&server, "POST", SIGN_OFF, "application/json", "").status, 200);
    let plain = |target: &Value| {
        let mut target = target.clone();
        target.as_object_mut().unwrap().remove("signed_off");
        target
    };
    let signed = targets();
    assert_eq!(signed.as_array().unwrap().iter().map(plain).collect::<Value>(), before);
    assert_eq!(signed[0]["signed_off"]["differs"], false);
    let kept = server.json("/quarters/2026-Q2");
    let sha256 = langxanh::store::chain::sha256(kept["figures"].as_str().unwrap());
    assert_eq!(kept["acts"][0]["sha256"], sha256.as_str());

    // Another program says that an operating cluster was only planned then: what was signed stays, the difference is said.
    let operating = server.json("/collections/clusters/items?limit=1&status=operating");
    let site = crate::common::http::ids(&operating).remove(0);
    let history = || {
        let history = server.json(&format!("/compliance/clusters/{site}/history?as-of=2026-11-26"));
        let quarters = history["quarters"].as_array().unwrap().clone();
        quarters.into_iter().find(|quarter| quarter["quarter"] == "2026-Q2").unwrap()
    };
    let told = history();
    assert_eq!(told["signed_off"]["differs"], false);
    sql(&store, &format!("UPDATE clusters SET status = 'planned', source_date = '2026-06-03' WHERE id = '{site}'"));
    until("today's computation differs", || history()["signed_off"]["differs"] == true);
    let after = history();
    for name in ["status", "detail_status", "wastewater_status", "breached", "unknown"] {
        assert_eq!(after[name], told[name], "{name}");
    }
    let computed = &after["signed_off"]["computed"];
    assert!(computed["breached"] != told["breached"] || computed["unknown"] != told["unknown"], "{computed}");
}
