//! Past days over HTTP: the same after a restart and after an edit, corrected where the data of that time are.

use std::path::Path;

use serde_json::Value;

use crate::common::http::{get, json};
use crate::common::{Server, langxanh, sample_store, serve};

fn import(store: &Path, folder: &Path, collection: &str, table: &str) {
    let file = folder.join("edit.csv");
    std::fs::write(&file, table).unwrap();
    let mut command = langxanh(&["import", file.to_str().unwrap(), "--collection", collection, "--id-field", "id"]);
    let output = command.args(["--mode", "upsert", "--store", store.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The page without what differs between two answers.
fn features(page: &Value) -> Value {
    page["features"].clone()
}

#[test]
fn a_day_that_is_none_a_table_without_a_past_and_a_parameter_twice_are_refused() {
    assert_eq!(get("/collections/clusters/items?as-of=2025-02-29").faults(), ["as-of"]);
    assert_eq!(get("/collections/clusters/items?as-of=+2025-02-2").faults(), ["as-of"]);
    assert_eq!(get("/collections/clusters/items?as-of=2025-02-28&as-of=2025-02-28").faults(), ["as-of"]);
    assert_eq!(get("/compliance/clusters/la-phu-hoai-duc?as-of=yesterday").faults(), ["as-of"]);
    assert_eq!(get("/collections/awkward/items?as-of=2025-02-28").faults(), ["as-of"]);
}

#[test]
fn the_day_is_kept_in_every_link_and_the_walk_gives_each_feature_once() {
    let mut target = "/collections/effluent_samples/items?as-of=2025-06-30&limit=700".to_owned();
    let (mut seen, mut matched) = (std::collections::BTreeSet::new(), 0);
    loop {
        let page = json(&target);
        matched = page["numberMatched"].as_u64().unwrap().max(matched);
        for feature in page["features"].as_array().unwrap() {
            assert!(feature["properties"]["sample_date"].as_str().unwrap() <= "2025-06-30");
            assert!(seen.insert(feature["id"].as_str().unwrap().to_owned()), "twice");
        }
        let next = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").cloned();
        let Some(next) = next else { break };
        let href = next["href"].as_str().unwrap();
        assert!(href.contains("as-of=2025-06-30"), "{href}");
        target = href.split_once("/collections").map(|(_, rest)| format!("/collections{rest}")).unwrap();
    }
    assert!(!seen.is_empty());
    assert_eq!(seen.len() as u64, matched);
    let now = json("/collections/effluent_samples/items?limit=1")["numberMatched"].as_u64().unwrap();
    assert!(matched < now, "nothing was sampled since");
}

#[test]
fn a_site_s_history_has_twelve_quarters_and_says_what_was_breached_when() {
    let history = json("/compliance/clusters/la-phu-hoai-duc/history?as-of=2026-02-15");
    let quarters = history["quarters"].as_array().unwrap();
    assert_eq!(quarters.len(), 12);
    assert_eq!((&quarters[0]["quarter"], &quarters[11]["quarter"]), (&"2023-Q2".into(), &"2026-Q1".into()));
    assert_eq!(quarters[11]["as_of"], "2026-02-15");
    for (index, quarter) in quarters.iter().enumerate() {
        let assessment =
            json(&format!("/compliance/clusters/la-phu-hoai-duc?as-of={}", quarter["as_of"].as_str().unwrap()));
        assert_eq!(assessment["status"], quarter["status"], "{quarter}");
        for rule in assessment["rules"].as_array().unwrap() {
            assert_eq!(history["grid"][rule["rule"].as_str().unwrap()][index], rule["outcome"], "{rule}");
        }
    }
    let dates: Vec<_> = history["timeline"].as_array().unwrap().iter().map(|e| e["date"].as_str().unwrap()).collect();
    assert!(!dates.is_empty() && dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
    assert_eq!(get("/compliance/clusters/nowhere/history").status, 404);
    assert_eq!(get("/compliance/milestones/x/history").status, 404);
}

#[test]
fn an_edit_leaves_past_days_alone_and_a_correction_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let target = "/collections/treatment_stations/items?limit=1000&as-of=2025-06-30";
    let server = Server::start(&mut serve(&store));
    let before = server.json(target);
    let station =
        before["features"].as_array().unwrap().iter().find(|s| s["properties"]["status"] == "operating").unwrap();
    let id = station["id"].as_str().unwrap();
    let site = format!(
        "{}/{}",
        station["properties"]["site_collection"].as_str().unwrap(),
        station["properties"]["site_id"].as_str().unwrap()
    );
    let assessment = server.json(&format!("/compliance/{site}?as-of=2025-06-30"));
    drop(server);

    // Found broken today: says nothing of last June.
    import(&store, folder.path(), "treatment_stations", &format!("id,status\n{id},built_not_operating\n"));
    let server = Server::start(&mut serve(&store));
    assert_eq!(features(&server.json(target)), features(&before));
    let again = server.json(&format!("/compliance/{site}?as-of=2025-06-30"));
    assert_eq!(again["rules"], assessment["rules"]);
    let now = server.json(&format!("/collections/treatment_stations/items/{id}"));
    assert_eq!(now["properties"]["status"], "built_not_operating");
    assert_eq!(server.json(&format!("/compliance/{site}/history"))["corrections"], Value::Array(Vec::new()));
    drop(server);

    // The files of 2025 say that it stood still from May on.
    import(
        &store,
        folder.path(),
        "treatment_stations",
        &format!("id,status,status_date\n{id},unfinished,2025-05-01\n"),
    );
    let server = Server::start(&mut serve(&store));
    let then = server.json(&format!("/collections/treatment_stations/items/{id}?as-of=2025-06-30"));
    assert_eq!(then["properties"]["status"], "unfinished");
    let corrections = &server.json(&format!("/compliance/{site}/history"))["corrections"];
    assert_eq!((&corrections[0]["id"], &corrections[0]["holds_from"]), (&id.into(), &"2025-05-01".into()));
}
