//! Nobody's work is lost to somebody else's: validators, conditions, two who write at once.

use std::sync::Barrier;

use serde_json::json;

use crate::service::{PATCH, editing, feature, is, item};

#[test]
fn of_two_who_edit_the_same_version_one_is_told_and_shown_the_newer_one() {
    let service = editing();
    let row = service.first("clusters", "");
    for round in 0..5 {
        let etag = service.etag(&row);
        let start = Barrier::new(2);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let writers: Vec<_> = ["investor", "notes"]
                .map(|name| {
                    let (service, row, etag, start) = (&service, &row, &etag, &start);
                    scope.spawn(move || {
                        start.wait();
                        let patch = json!({"properties": {name: format!("{name} {round}")}});
                        (name, service.patch(row, &[("If-Match", etag)], &patch))
                    })
                })
                .into();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, answer)| answer.status == 204);
        assert_eq!((won.len(), lost.len()), (1, 1), "{answers:?}");
        let (winner, written) = won[0];
        let (loser, refused) = lost[0];
        is(refused, 412);
        let told = refused.json();
        assert_eq!(told["current"]["properties"][*winner], format!("{winner} {round}"));
        assert_eq!(told["etag"].as_str(), written.header("etag"));
        // With the version that it was shown the other one gets through, and nothing is lost.
        let again = json!({"properties": {*loser: format!("{loser} {round}")}});
        is(&service.patch(&row, &[("If-Match", told["etag"].as_str().unwrap())], &again), 204);
        let now = service.feature(&row)["properties"].clone();
        assert_eq!(
            (&now[*winner], &now[*loser]),
            (&json!(format!("{winner} {round}")), &json!(format!("{loser} {round}")))
        );
    }
}

#[test]
fn conditions_hold_for_every_method_and_a_foreign_validator_never_matches() {
    let service = editing();
    let row = service.first("milestones", "");
    let old = service.etag(&row);
    is(&service.patch(&row, &[], &json!({"properties": {"decision": "QĐ 1"}})), 204);
    let (whole, before) = (service.feature(&row), service.history());
    for tag in [old.as_str(), "\"x\"", "\"\"", "W/\"0\"", "nonsense"] {
        let condition = [("If-Match", tag)];
        is(&service.patch(&row, &condition, &json!({"properties": {"decision": "QĐ 2"}})), 412);
        is(&service.put(&row, &condition, &whole), 412);
        is(&service.delete(&row, &condition), 412);
    }
    assert_eq!(service.history(), before);
    let gone = service.delete("milestones/nowhere", &[("If-Match", "*")]);
    assert_eq!((gone.status, gone.json()["current"].is_null()), (412, true));
    let now = service.etag(&row);
    // Proxies that compress mark validators as weak.
    is(&service.patch(&row, &[("If-Match", &format!("W/{now}"))], &json!({"properties": {"decision": "QĐ 3"}})), 204);
    is(&service.patch(&row, &[("If-Match", "*")], &json!({"properties": {"decision": "QĐ 4"}})), 204);
    is(&service.delete(&row, &[("If-Match", &format!("\"x\", {}", service.etag(&row)))]), 204);
}

#[test]
fn a_validator_belongs_to_one_representation_and_any_of_them_names_the_row() {
    let service = editing();
    let row = service.first("clusters", "");
    let get =
        |query: &str, headers: &[(&str, &str)]| service.server.ask("GET", &format!("{}{query}", item(&row)), headers);
    let tag = |query: &str, headers: &[(&str, &str)]| get(query, headers).header("etag").unwrap().to_owned();
    let vn2000 = "?crs=http://www.opengis.net/def/crs/EPSG/0/5897";
    let plain = tag("", &[]);
    let tags = [plain.clone(), tag(vn2000, &[]), tag("?f=jsonfg", &[]), tag("", &[("Accept-Encoding", "gzip")])];
    let distinct: std::collections::BTreeSet<_> = tags.iter().collect();
    assert_eq!(distinct.len(), tags.len(), "{tags:?}");
    assert!(tags.iter().all(|tag| tag.starts_with('"')), "a weak one would never match: {tags:?}");
    assert_eq!(get("", &[("If-None-Match", &plain)]).status, 304);
    assert_eq!(get(vn2000, &[("If-None-Match", &plain)]).status, 200);
    for tag in &tags {
        is(&service.patch(&row, &[("If-Match", tag)], &json!({"properties": {}})), 204);
    }
    let written = service.patch(&row, &[], &json!({"properties": {"notes": "x"}}));
    assert_eq!(written.header("etag"), Some(tag("", &[]).as_str()), "what a writer is given is what a reader gets");
}

#[test]
fn every_row_of_the_sample_has_the_version_that_the_store_gives_it() {
    // What was read is what is compared inside the transaction: else nobody could edit with a lock.
    let service = editing();
    for collection in service.server.json("/collections")["collections"].as_array().unwrap() {
        if collection["langxanh"]["editable"] != true {
            continue;
        }
        let id = collection["id"].as_str().unwrap();
        let page = service.server.json(&format!("/collections/{id}/items?limit=7"));
        for found in page["features"].as_array().unwrap() {
            let row = format!("{id}/{}", found["id"].as_str().unwrap());
            let etag = service.etag(&row);
            let answer = service.server.send("PATCH", &item(&row), &[PATCH, ("If-Match", &etag)], b"{}");
            assert_eq!((answer.status, answer.header("etag")), (204, Some(etag.as_str())), "{row}: {}", answer.text());
        }
    }
    assert_eq!(
        service.history(),
        crate::common::count(&service.store, "SELECT sum(inserted + updated + deleted) FROM langxanh_changes")
    );
    is(&service.create("milestones", &[], &feature(json!({}))), 422);
}
