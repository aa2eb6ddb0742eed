//! Changes while the service runs: seen without a restart, never half.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::http::ids;
use crate::common::{Server, langxanh, sample_store, serve, succeed};

/// Rows of the table that changes.
const ROWS: usize = 2000;

/// Imports a table whose rows all carry the same `state`; `from..=to` are its ids.
fn import(folder: &Path, store: &Path, mode: &str, state: i64, from: usize, to: usize) -> std::process::Command {
    let file = folder.join(format!("state-{state}.csv"));
    let lines: String = (from..=to).map(|n| format!("row-{n},{state}\n")).collect();
    std::fs::write(&file, format!("id,state\n{lines}")).unwrap();
    let mut command = langxanh(&["import", file.to_str().unwrap(), "--collection", "moving", "--id-field", "id"]);
    command.args(["--mode", mode, "--store", store.to_str().unwrap()]);
    command
}

/// The states on one page, which must be one and the same.
fn state(page: &Value) -> i64 {
    let features = page["features"].as_array().unwrap().iter();
    let states: BTreeSet<i64> = features.map(|feature| feature["properties"]["state"].as_i64().unwrap()).collect();
    assert_eq!(states.len(), 1, "a page mixes two versions: {states:?}");
    *states.first().unwrap()
}

/// Asks until a condition holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not happen");
    }
}

#[test]
fn an_import_is_seen_without_a_restart_and_no_page_mixes_two_versions() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    assert!(import(folder.path(), &store, "append", 1, 1, ROWS).output().unwrap().status.success());
    let server = Server::start(&mut serve(&store));
    let walk = || server.pages("/collections/moving/items?limit=150");
    let before = server.get("/collections/moving/items?limit=150");
    let etag = before.header("etag").unwrap();
    let again = server.ask("GET", "/collections/moving/items?limit=150", &[("If-None-Match", etag)]);
    assert_eq!((state(&before.json()), again.status), (1, 304));

    let mut importing = import(folder.path(), &store, "upsert", 2, 1, ROWS).stderr(Stdio::null()).spawn().unwrap();
    until("the new version", || {
        let pages = walk();
        let states: Vec<i64> = pages.iter().map(state).collect();
        assert!(states.is_sorted(), "a walk went back in time: {states:?}");
        let seen: BTreeMap<String, usize> = pages.iter().flat_map(ids).fold(BTreeMap::new(), |mut seen, id| {
            *seen.entry(id).or_default() += 1;
            seen
        });
        assert!(seen.len() == ROWS && seen.values().all(|times| *times == 1), "{} rows", seen.len());
        assert!(pages.iter().all(|page| page["numberMatched"] == ROWS));
        states.first() == Some(&2)
    });
    assert!(importing.wait().unwrap().success());
    let after = server.ask("GET", "/collections/moving/items?limit=150", &[("If-None-Match", etag)]);
    assert_eq!((after.status, state(&after.json())), (200, 2), "what the client has is old");
}

#[test]
fn a_walk_over_a_deletion_and_an_insertion_misses_no_row_that_was_there_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    assert!(import(folder.path(), &store, "append", 1, 1, 100).output().unwrap().status.success());
    let server = Server::start(&mut serve(&store));
    let first = server.json("/collections/moving/items?limit=40");
    // Rows 1 to 20 go, which were on the first page; rows 101 to 120 come.
    assert!(import(folder.path(), &store, "replace", 2, 21, 120).output().unwrap().status.success());
    until("the replacement", || state(&server.json("/collections/moving/items?limit=1")) == 2);
    let next = crate::common::http::href(&first, "next").unwrap();
    let mut seen = ids(&first);
    seen.extend(server.pages(&next).iter().flat_map(ids));
    let wanted: BTreeSet<String> = (1..=120).map(|n| format!("row-{n}")).collect();
    assert_eq!(seen.len(), 120, "a row came twice or was missed");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn a_new_table_becomes_a_collection_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let server = Server::start(&mut serve(&store));
    assert_eq!(server.get("/collections/moving").status, 404);
    assert!(import(folder.path(), &store, "append", 1, 1, 5).output().unwrap().status.success());
    until("the new collection", || server.get("/collections/moving").status == 200);
    assert!(server.json("/api")["paths"]["/collections/moving/items"].is_object());
}

#[test]
fn a_new_sample_changes_the_compliance_of_its_site() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let server = Server::start(&mut serve(&store));
    let before = server.json("/collections/clusters/items?wastewater_status=compliant&limit=1");
    let site = ids(&before).pop().expect("the sample has a compliant cluster");
    let station = server.json(&format!("/collections/treatment_stations/items?site_id={site}&limit=1"));
    let station = ids(&station).pop().unwrap();
    let file = folder.path().join("sample.csv");
    let header = "id,station_id,sample_date,parameter_code,value,censored,unit,is_demo";
    std::fs::write(&file, format!("{header}\nfoul,{station},2026-11-20,cod,99999,none,mg/l,true\n")).unwrap();
    let file = file.to_str().unwrap();
    succeed(&[
        "import",
        file,
        "--collection",
        "effluent_samples",
        "--id-field",
        "id",
        "--store",
        store.to_str().unwrap(),
    ]);
    let status =
        || server.json(&format!("/collections/clusters/items/{site}"))["properties"]["wastewater_status"].clone();
    until("the breach", || status() == "non_compliant");
    let assessment = server.json(&format!("/compliance/clusters/{site}"));
    assert_eq!((&assessment["site"]["id"], &assessment["status"]), (&site.into(), &"non_compliant".into()));
}
