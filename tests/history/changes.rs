//! Versions of a feature, changes with both sides, changes taken back.

use serde_json::json;

use super::{first_ids, open_service, patch, property, run, send, sql, until};
use crate::common::http::href;

const NAME: &str = "name_vi";

#[test]
fn what_is_no_change_and_what_never_was_is_not_found_and_parameters_are_judged() {
    let (_folder, _, server) = open_service();
    for missing in [
        "/changes/999999",
        "/changes/x",
        "/changes/-1",
        "/collections/clusters/items/never-was/versions",
        "/collections/clusters/items/a b/versions".replace(' ', "%20").as_str(),
        "/collections/nothing/items/a/versions",
    ] {
        assert_eq!(server.get(missing).status, 404, "{missing}");
    }
    assert_eq!(
        server.get("/changes?limit=0&token=x&since=today&nonsense=1").faults(),
        ["nonsense", "limit", "token", "since"]
    );
    assert_eq!(server.ask("DELETE", "/changes/1", &[]).status, 405);
    let undo = |id: &str, body: &str| send(&server, "POST", &format!("/changes/{id}/undo"), "application/json", body);
    assert_eq!(undo("999999", "{}").status, 404);
    assert_eq!(undo("1", "{\"why\": 1}").status, 400);
    assert_eq!(undo("1", "[").status, 400);
}

#[test]
fn nobody_takes_a_change_back_where_editing_is_not_open_to_him() {
    let (_folder, server) = crate::common::empty_service();
    let refused = send(&server, "POST", "/changes/1/undo", "application/json", "");
    assert!([401, 403].contains(&refused.status), "{}", refused.text());
    assert!([401, 403].contains(&server.get("/changes/audit").status));
    let signed = send(&server, "POST", "/quarters/2025-Q1/sign-off", "application/json", "");
    assert!([401, 403].contains(&signed.status), "{}", signed.text());
}

#[test]
fn a_feature_tells_its_versions_newest_first_with_what_changed_and_why() {
    let (_folder, _, server) = open_service();
    let id = &first_ids(&server, "clusters", 1)[0];
    let before = property(&server, "clusters", id, NAME);
    assert_eq!(patch(&server, "clusters", id, NAME, json!("Cụm mới")).status, 204);
    let item = server.json(&format!("/collections/clusters/items/{id}"));
    let history = href(&item, "version-history").unwrap();
    let versions = server.json(&history);
    let newest = &versions["versions"][0];
    assert_eq!((&newest["operation"], &newest["changed"]), (&json!("update"), &json!([NAME])));
    assert_eq!((&newest["why"], &newest["feature"]["properties"][NAME]), (&json!("vì sao"), &json!("Cụm mới")));
    assert_eq!(versions["versions"][1]["feature"]["properties"][NAME], before);
    assert_eq!(versions["versions"][1]["operation"], "insert");
    let page = server.json(&format!("{history}?limit=1"));
    assert_eq!(page["versions"].as_array().unwrap().len(), 1);
    assert_eq!(server.json(&href(&page, "next").unwrap())["versions"][0]["operation"], "insert");
    let one = server.json(newest["href"].as_str().unwrap());
    assert_eq!(one["feature"], newest["feature"]);

    let change = newest["change"].as_i64().unwrap();
    let told = server.json(&format!("/changes/{change}"));
    assert_eq!(told["rows"][0]["before"]["properties"][NAME], before);
    assert_eq!(told["rows"][0]["after"]["properties"][NAME], "Cụm mới");
    let map = server.json(&format!("/changes/{change}?f=geojson"));
    let feature = &map["features"][0];
    assert_eq!(
        (&feature["properties"]["change"], &feature["before"]["properties"][NAME]),
        (&json!("changed"), &before)
    );
    assert_eq!(feature["properties"]["changed_properties"], json!([NAME]));
    for page in ["/changes", &format!("/changes/{change}"), &format!("/collections/clusters/items/{id}/versions")] {
        let html = server.get(&format!("{page}?f=html"));
        assert!(html.status == 200 && html.text().contains("Cụm mới") || page == "/changes", "{page}");
    }
}

#[test]
fn a_change_is_taken_back_once_and_not_where_its_rows_went_on_changing() {
    let (_folder, store, server) = open_service();
    let ids = first_ids(&server, "clusters", 2);
    let before = property(&server, "clusters", &ids[0], NAME);
    assert_eq!(patch(&server, "clusters", &ids[0], NAME, json!("Một")).status, 204);
    let change = server.json("/changes?limit=1")["changes"][0]["id"].as_i64().unwrap();
    assert_eq!(patch(&server, "clusters", &ids[0], NAME, json!("Hai")).status, 204);
    let undo = |change: i64| {
        send(&server, "POST", &format!("/changes/{change}/undo"), "application/json", "{\"message\": \"nhầm\"}")
    };
    let refused = undo(change);
    assert_eq!((refused.status, refused.media_type()), (409, "application/problem+json"));
    assert_eq!(refused.json()["rows"], json!([{"collection": "clusters", "id": ids[0]}]));
    assert_eq!(property(&server, "clusters", &ids[0], NAME), "Hai");
    let second = server.json("/changes?limit=1")["changes"][0]["id"].as_i64().unwrap();
    let undone = undo(second);
    assert_eq!(undone.status, 200, "{}", undone.text());
    assert_eq!(undone.json()["why"], "nhầm");
    assert_eq!(property(&server, "clusters", &ids[0], NAME), "Một", "served at once");
    assert_eq!(undo(change).status, 200);
    assert_eq!(property(&server, "clusters", &ids[0], NAME), before);

    // What another program did is taken back as well, and a deleted row comes back under its id.
    sql(&store, &format!("DELETE FROM clusters WHERE id = '{}'", ids[1]));
    until("the cluster is gone", || server.get(&format!("/collections/clusters/items/{}", ids[1])).status == 404);
    let deleted = server.json("/changes?limit=1&who=another%20program")["changes"][0]["id"].as_i64().unwrap();
    let versions = server.json(&format!("/collections/clusters/items/{}/versions", ids[1]));
    assert_eq!(
        (&versions["versions"][0]["operation"], &versions["versions"][0]["feature"]),
        (&json!("delete"), &json!(null))
    );
    assert_eq!(undo(deleted).status, 200);
    assert_eq!(server.get(&format!("/collections/clusters/items/{}", ids[1])).status, 200);
}

#[test]
fn an_import_is_one_change_and_is_taken_back_whole_on_the_command_line() {
    let (folder, store, server) = open_service();
    let id = first_ids(&server, "milestones", 1).remove(0);
    let item = format!("/collections/milestones/items/{id}");
    let before = server.json(&item)["properties"].clone();
    let file = folder.path().join("edit.csv");
    let site = before["site_id"].as_str().unwrap();
    std::fs::write(
        &file,
        format!("id,site_id,milestone,decision\n{id},{site},founded,QĐ 1\nmoi,{site},founded,QĐ 2\n"),
    )
    .unwrap();
    let import =
        ["import", file.to_str().unwrap(), "--collection", "milestones", "--id-field", "id", "--mode", "upsert"];
    run(&store, &import).unwrap();
    until("the import is served", || server.json(&item)["properties"]["decision"] == "QĐ 1");
    let imported = server.json("/changes?limit=1&collection=milestones")["changes"][0].clone();
    assert_eq!(
        (&imported["collections"][0]["inserted"], &imported["collections"][0]["updated"]),
        (&json!(1), &json!(1))
    );
    let change = imported["id"].to_string();
    let told = run(&store, &["undo", &change, "--message", "nhầm tệp"]).unwrap();
    assert!(told.contains("1 are as before, 1 are gone"), "{told}");
    until("the undo is served", || server.json(&item)["properties"] == before);
    assert_eq!(server.get("/collections/milestones/items/moi").status, 404);
    let refused = run(&store, &["undo", &change]).unwrap_err();
    assert!(refused.contains("changed since"), "{refused}");
    assert!(run(&store, &["undo", "999999"]).unwrap_err().contains("no change"));
}

#[test]
fn what_another_program_wrote_wrong_and_mended_stops_neither_editing_nor_the_next_start() {
    let (_folder, store, server) = open_service();
    let milestones = first_ids(&server, "milestones", 2);
    let cluster = first_ids(&server, "clusters", 1).remove(0);
    // An id that no feature may have, and bytes that are no UTF-8, each there for a moment.
    sql(&store, &format!("UPDATE milestones SET id = 'Mốc 1' WHERE id = '{}'", milestones[0]));
    sql(&store, &format!("UPDATE milestones SET id = '{}' WHERE id = 'Mốc 1'", milestones[0]));
    let of = format!("WHERE id = '{}'", milestones[1]);
    sql(&store, &format!("UPDATE milestones SET source = CAST(x'44EC6E68' AS TEXT) {of}"));
    sql(&store, &format!("UPDATE milestones SET source = 'Quyết định' {of}"));
    until("what was mended is served", || property(&server, "milestones", &milestones[1], "source") == "Quyết định");
    assert_eq!(patch(&server, "clusters", &cluster, "notes", json!("sau đó")).status, 204);
    let versions = server.json(&format!("/collections/milestones/items/{}/versions", milestones[1]));
    assert_eq!(versions["versions"].as_array().unwrap().len(), 3, "made, broken, mended: {versions:#}");
    let changes = server.json("/changes?limit=20");
    for change in changes["changes"].as_array().unwrap() {
        let number = change["change"].as_i64().or(change["id"].as_i64()).unwrap();
        assert_eq!(server.get(&format!("/changes/{number}")).status, 200, "{change:#}");
    }
    drop(server);
    assert!(run(&store, &["audit", "--verify"]).is_ok());
    let again = crate::common::Server::start(&mut crate::common::serve(&store));
    assert_eq!(property(&again, "clusters", &cluster, "notes"), "sau đó");
}
