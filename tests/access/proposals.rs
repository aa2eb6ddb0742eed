//! Edits that wait for an approver.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::fixtures::{GEO_JSON, Given, MERGE_PATCH, add_user, bearer, feature, send, store};
use crate::common::http::Answer;
use crate::common::{Server, serve};

struct Office {
    _folder: tempfile::TempDir,
    store: PathBuf,
    server: Server,
    /// Proposes in Quốc Oai.
    lan: String,
    /// Approves everywhere.
    minh: String,
    /// Approves in Ba Đình alone.
    hoa: String,
    /// Approves, and proposes herself.
    thu: String,
}

fn office(more: Vec<Given<'_>>) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), more);
    let user = |name: &str, arguments: &[&str]| bearer(&add_user(&store, name, arguments));
    let lan = user("lan", &["--role", "editor", "--districts", "Quốc Oai", "--proposes"]);
    let minh = user("minh", &["--role", "approver"]);
    let hoa = user("hoa", &["--role", "approver", "--districts", "Ba Đình"]);
    let thu = user("thu", &["--role", "approver", "--proposes"]);
    let server = Server::start(&mut serve(&store));
    Office { _folder: folder, store, server, lan, minh, hoa, thu }
}

const ITEM: &str = "/collections/clusters/items/site-quoc-oai";

impl Office {
    fn send(&self, who: &str, method: &str, target: &str, media_type: &str, body: &str) -> Answer {
        send(&self.server, method, target, &[("Authorization", who), ("Content-Type", media_type)], body)
    }

    fn ask(&self, who: &str, target: &str) -> Answer {
        send(&self.server, "GET", target, &[("Authorization", who)], "")
    }

    /// Proposes another name for the cluster in Quốc Oai; gives the path of the proposal.
    fn propose(&self, who: &str, name: &str) -> String {
        let body = json!({"properties": {"name_vi": name}}).to_string();
        let message = ("Langxanh-Message", "%C4%91o%20l%E1%BA%A1i");
        let answer = send(&self.server, "PATCH", ITEM, &[("Authorization", who), MERGE_PATCH, message], &body);
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.header("location").unwrap().strip_prefix(&self.server.url).unwrap().to_owned()
    }

    fn decide(&self, who: &str, proposal: &str, decision: &str, note: Option<&str>) -> Answer {
        let body = note.map(|note| json!({"note": note}).to_string()).unwrap_or_default();
        self.send(who, "POST", &format!("{proposal}/{decision}"), "application/json", &body)
    }

    fn name(&self) -> Value {
        self.server.json(ITEM)["properties"]["name_vi"].clone()
    }

    fn state(&self, proposal: &str) -> Value {
        self.ask(&self.minh, proposal).json()["state"].clone()
    }
}

#[test]
fn what_is_proposed_changes_nothing_until_somebody_else_accepts_it() {
    let office = office(vec![]);
    let proposal = office.propose(&office.lan, "CCN Mới");
    assert_eq!(office.name(), "CCN quoc-oai");
    assert_eq!(office.decide(&office.lan, &proposal, "accept", None).status, 403, "editors decide nothing");
    assert_eq!(office.decide(&office.hoa, &proposal, "accept", None).status, 403, "it is not hers");
    assert_eq!(office.decide("Bearer lx_wrong", &proposal, "accept", None).status, 401);
    assert_eq!((office.name(), office.state(&proposal)), (json!("CCN quoc-oai"), json!("open")));

    let seen = office.ask(&office.minh, &proposal).json();
    assert_eq!((&seen["who"], &seen["why"]), (&json!("lan"), &json!("đo lại")));
    let edit = &seen["edits"][0];
    assert_eq!(edit["before"]["properties"]["name_vi"], "CCN quoc-oai");
    assert_eq!(edit["after"]["properties"]["name_vi"], "CCN Mới");
    assert_eq!(edit["is_current"], true);

    let accepted = office.decide(&office.minh, &proposal, "accept", Some("đúng"));
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!((office.name(), office.state(&proposal)), (json!("CCN Mới"), json!("accepted")));
    let kept = rusqlite::Connection::open(&office.store).unwrap();
    let origin: (String, String, String) = kept
        .query_row("SELECT who, what, why FROM langxanh_changes ORDER BY change_id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert!(origin.0 == "lan" && origin.1.contains("minh") && origin.2 == "đo lại", "{origin:?}");
    for decision in ["accept", "reject"] {
        assert_eq!(office.decide(&office.minh, &proposal, decision, None).status, 409, "it was decided already");
    }
}

#[test]
fn nobody_accepts_his_own() {
    let office = office(vec![]);
    let own = office.propose(&office.thu, "CCN Thu");
    assert_eq!(office.decide(&office.thu, &own, "accept", None).status, 403);
    let others = office.propose(&office.lan, "CCN Lan");
    assert_eq!(office.decide(&office.thu, &others, "accept", None).status, 200, "others' she decides");
    assert_eq!(office.name(), "CCN Lan");
    assert_eq!(office.decide(&office.thu, &own, "reject", Some("nhầm")).status, 200, "her own she may take back");
}

#[test]
fn what_was_changed_meanwhile_is_a_conflict_and_the_proposal_stays_open() {
    let office = office(vec![]);
    let proposal = office.propose(&office.lan, "CCN Lan");
    let body = json!({"properties": {"notes": "khác"}}).to_string();
    assert_eq!(office.send(&office.minh, "PATCH", ITEM, MERGE_PATCH.1, &body).status, 204);
    assert_eq!(office.ask(&office.minh, &proposal).json()["edits"][0]["is_current"], false);
    let conflict = office.decide(&office.minh, &proposal, "accept", None);
    assert_eq!(conflict.status, 409, "{}", conflict.text());
    assert_eq!((office.name(), office.state(&proposal)), (json!("CCN quoc-oai"), json!("open")));
    assert_eq!(office.decide(&office.minh, &proposal, "reject", Some("đã sửa khác")).status, 200);
    let told = office.ask(&office.lan, &proposal).json();
    assert_eq!(
        (&told["state"], &told["note"], &told["decided_by"]),
        (&json!("rejected"), &json!("đã sửa khác"), &json!("minh"))
    );
}

#[test]
fn every_way_to_write_becomes_a_proposal_and_faults_are_told_at_once() {
    let office = office(vec![]);
    let lan = office.lan.as_str();
    let site = json!({"name_vi": "CCN A", "district_legacy": "Quốc Oai"});
    let (created, batch) = (
        feature(Some("made"), &site),
        json!({"message": "cả loạt", "edits": [
            {"collection": "clusters", "operation": "create", "id": "two", "feature": {"type": "Feature", "id": "two", "geometry": null, "properties": site}},
            {"collection": "clusters", "operation": "update", "id": "site-quoc-oai", "feature": {"properties": {"notes": "b"}}},
        ]})
        .to_string(),
    );
    let ways = [
        ("POST", "/collections/clusters/items", GEO_JSON.1, created.as_str()),
        ("PUT", ITEM, GEO_JSON.1, &feature(None, &site)),
        ("DELETE", ITEM, GEO_JSON.1, ""),
        ("POST", "/edits", "application/json", &batch),
    ];
    let mut made = Vec::new();
    for (method, target, media_type, body) in ways {
        let answer = office.send(lan, method, target, media_type, body);
        assert_eq!(answer.status, 202, "{method} {target}: {}", answer.text());
        made.push(answer.header("location").unwrap().strip_prefix(&office.server.url).unwrap().to_owned());
    }
    assert_eq!(office.server.json("/collections/clusters/items")["numberMatched"], 3, "nothing has changed");
    let listed = office.ask(&office.minh, "/proposals?state=open").json();
    assert_eq!(listed["proposals"].as_array().unwrap().len(), 4);
    // In an order in which they do not meet.
    for at in [0, 3] {
        let answer = office.decide(&office.minh, &made[at], "accept", None);
        assert_eq!(answer.status, 200, "{at}: {}", answer.text());
    }
    assert_eq!(office.server.json("/collections/clusters/items")["numberMatched"], 5);
    assert_eq!(office.decide(&office.minh, &made[2], "accept", None).status, 409, "it is not as she saw it");

    let fault = office.send(lan, "PATCH", ITEM, MERGE_PATCH.1, "{\"properties\": {\"area_ha\": \"viel\"}}");
    assert_eq!((fault.status, fault.json()["errors"][0]["pointer"].as_str()), (422, Some("/properties/area_ha")));
    let other = office.send(
        lan,
        "PATCH",
        "/collections/clusters/items/site-ba-dinh",
        MERGE_PATCH.1,
        "{\"properties\": {\"notes\": \"x\"}}",
    );
    assert_eq!(other.status, 403, "what she has no right to she cannot propose");
    let stale = [("Authorization", lan), MERGE_PATCH, ("If-Match", "\"00000000000000000000000000000000-0\"")];
    assert_eq!(send(&office.server, "PATCH", ITEM, &stale, "{\"properties\": {\"notes\": \"x\"}}").status, 412);
    let dry =
        json!({"dry_run": true, "edits": [{"collection": "clusters", "operation": "delete", "id": "site-quoc-oai"}]});
    assert_eq!(office.send(lan, "POST", "/edits", "application/json", &dry.to_string()).status, 200);
}

#[test]
fn proposals_are_seen_by_their_author_and_by_who_decides() {
    let office = office(vec![]);
    let reader = bearer(&add_user(&office.store, "doc", &["--role", "viewer"]));
    let proposal = office.propose(&office.lan, "CCN Lan");
    super::fixtures::within(5, "the new reader", || office.ask(&reader, "/me").status == 200);
    let seen = |who: &str| {
        let listed = office.ask(who, "/proposals").json()["proposals"].as_array().unwrap().len();
        (listed, office.ask(who, &proposal).status)
    };
    assert_eq!((seen(&office.lan), seen(&office.minh), seen(&reader)), ((1, 200), (1, 200), (0, 404)));
    assert_eq!(send(&office.server, "GET", "/proposals", &[], "").status, 401);
    assert_eq!(send(&office.server, "GET", &proposal, &[], "").status, 401);
    for target in ["/proposals/99", "/proposals/x", "/proposals/-1", "/proposals/1%20OR%201=1"] {
        assert_eq!(office.ask(&office.minh, target).status, 404, "{target}");
    }
    assert_eq!(office.ask(&office.minh, "/proposals?state=all").status, 400);
    assert_eq!(office.send(&office.minh, "POST", &format!("{proposal}/reject"), "text/plain", "{}").status, 415);
    assert_eq!(
        office.send(&office.minh, "POST", &format!("{proposal}/reject"), "application/json", "{\"x\": 1}").status,
        400
    );
}

#[test]
fn who_has_no_right_to_the_rows_refuses_nothing_either() {
    let office = office(vec![]);
    let proposal = office.propose(&office.lan, "CCN Lan");
    assert_eq!(office.decide(&office.hoa, &proposal, "reject", None).status, 403);
    assert_eq!(office.state(&proposal), "open");
    assert_eq!(office.decide(&office.thu, &proposal, "reject", Some("không")).status, 200);
    let own = office.propose(&office.lan, "CCN Lan 2");
    assert_eq!(office.decide(&office.lan, &own, "reject", None).status, 200, "its author takes it back");
}

#[test]
fn an_editor_of_a_district_writes_nothing_of_what_defines_districts() {
    let office = office(vec![]);
    let mai = bearer(&add_user(&office.store, "mai", &["--role", "editor", "--districts", "Quốc Oai"]));
    super::fixtures::within(2, "the new editor", || office.ask(&mai, "/me").status == 200);
    let body = json!({"type": "Feature", "geometry": null, "properties": {
        "old_code": "99999", "old_type": "Xã", "old_name_vi": "Z", "district_legacy": "Quốc Oai", "new_code": "09877",
        "new_name_vi": "X", "relation": "part", "effective_on": "2025-07-01", "source": "s",
    }});
    let answer = office.send(&mai, "POST", "/collections/admin_unit_changes/items", GEO_JSON.1, &body.to_string());
    assert_eq!(answer.status, 403, "{}", answer.text());
}
