//! Reviews of 1/500 plans over HTTP, and `langxanh review`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json as value};

use crate::common::http::{get, get_with, href, json, links};
use crate::common::{Server, run, sample_store, serve, succeed};

/// The sample's plans: one without a fault of drawing, one with faults on purpose.
const CLEAN: &str = "thi-tran-phung-dan-phuong-plan-1";
const FAULTY: &str = "quat-dong-thuong-tin-plan-1";

fn review(plan: &str) -> Value {
    json(&format!("/plans/{plan}/review"))
}

fn findings(review: &Value) -> Vec<Value> {
    review["findings"].as_array().unwrap().clone()
}

/// Rules with the number of their findings that are about the drawing and the lot table, not about what is built.
fn of_the_drawing(review: &Value) -> BTreeMap<String, usize> {
    let mut rules = BTreeMap::new();
    for found in findings(review).iter().filter(|found| found["rule"] != "PLN-BUILT") {
        *rules.entry(found["rule"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    rules
}

#[test]
fn a_plan_that_is_not_there_and_parameters_that_are_none_are_refused() {
    for target in ["/plans/nothing/review", "/plans/%20/review", "/plans/nothing/compare?with=nothing"] {
        assert_eq!(get(target).status, 404, "{target}");
    }
    assert_eq!(get(&format!("/plans/{CLEAN}/review?as-of=2025-02-30&f=json")).faults(), ["as-of"]);
    assert_eq!(get(&format!("/plans/{CLEAN}/review?f=shp")).faults(), ["f"]);
    assert_eq!(get(&format!("/plans/{CLEAN}/review?limit=5")).faults(), ["limit"]);
    assert_eq!(get(&format!("/plans/{CLEAN}/compare")).faults(), ["with"]);
    assert_eq!(get(&format!("/plans/{CLEAN}/compare?with={FAULTY}x")).status, 404);
    assert_eq!(get_with("/plans", &[("Accept", "image/png")]).status, 406);
}

#[test]
fn the_clean_plan_of_the_sample_has_no_finding_about_its_drawing() {
    let review = review(CLEAN);
    let drawing = ["PLN-COORD", "PLN-AREA", "PLN-GREEN", "PLN-ROAD", "PLN-TECH", "PLN-DENS", "PLN-LOTS", "PLN-BUFFER"];
    for rule in drawing {
        let check = review["checks"].as_array().unwrap().iter().find(|check| check["rule"] == rule).unwrap();
        assert_eq!(check["verdict"], "pass", "{rule}: {}", check["reason"]["en"]);
    }
    assert!(findings(&review).iter().all(|found| !drawing.contains(&found["rule"].as_str().unwrap())));
}

#[test]
fn the_faulty_plan_of_the_sample_has_the_faults_it_was_drawn_with() {
    let review = review(FAULTY);
    let found = of_the_drawing(&review);
    // Drawn so: CN-05 states 8 % too much, a strip of 5 m leaves too little green and no belt, the roads are narrow, CN-03
    // permits 82 %, works lack a place.
    for rule in ["PLN-AREA", "PLN-GREEN", "PLN-ROAD", "PLN-DENS", "PLN-BUFFER", "PLN-INFRA"] {
        assert_eq!(found.get(rule), Some(&1), "{rule} in {found:?}");
    }
    assert_eq!(found.get("PLN-COORD"), None, "its lots tile its boundary");
    let area = findings(&review).into_iter().find(|found| found["rule"] == "PLN-AREA").unwrap();
    assert_eq!(area["parcels"], value!([format!("{FAULTY}-cn-05")]));
    let (measured, stated) = (area["measured"].as_f64().unwrap(), area["required"].as_f64().unwrap());
    assert!((stated / measured - 1.08).abs() < 1e-4, "{stated} / {measured}");
    // Against a plan that is only submitted nothing is violated yet.
    assert_eq!(review["proposed_violations"], value!([]));
}

#[test]
fn a_review_tells_law_places_and_areas() {
    let review = review(CLEAN);
    assert_eq!(review["crs"], "http://www.opengis.net/def/crs/EPSG/0/5897");
    assert_eq!((review["plan"]["id"].as_str(), review["demo_data"].as_bool()), (Some(CLEAN), Some(true)));
    assert_eq!(review["law_on"], review["plan"]["approved_on"], "the law of the decision");
    let rows = review["balance"]["rows"].as_array().unwrap();
    let sum: f64 = rows.iter().map(|row| row["measured_m2"].as_f64().unwrap()).sum();
    assert!((sum - review["balance"]["lots_m2"].as_f64().unwrap()).abs() < 0.01);
    let shares: f64 = rows.iter().map(|row| row["share_pct"].as_f64().unwrap()).sum();
    assert!((shares - 100.0).abs() < 0.01, "lots tile the boundary: {shares}");
    for (at, found) in findings(&review).iter().enumerate() {
        assert_eq!(found["number"], at + 1);
        assert!(!found["message"]["vi"].as_str().unwrap().is_empty() && !found["law"].as_array().unwrap().is_empty());
        if let Some(place) = found["geometry"].as_object() {
            let text = place["coordinates"].to_string();
            assert!(text.contains("105.") && text.contains("21."), "in Hanoi: {text}");
            let anchor = found["anchor"].as_array().unwrap();
            assert!((530_000.0..604_000.0).contains(&anchor[0].as_f64().unwrap()));
        }
    }
    let proposed = review["proposed_violations"].as_array().unwrap();
    assert!(!proposed.is_empty());
    assert!(
        proposed
            .iter()
            .all(|one| ["land_use", "illegal_construction"].contains(&one["violation_kind"].as_str().unwrap()))
    );
}

#[test]
fn findings_are_features_with_stable_ids() {
    let features = json(&format!("/collections/plan_findings/items?plan_id={FAULTY}&limit=1000"));
    let features = features["features"].as_array().unwrap();
    let told: BTreeMap<String, Value> =
        findings(&review(FAULTY)).into_iter().map(|found| (found["id"].as_str().unwrap().to_owned(), found)).collect();
    assert_eq!(features.len(), told.len());
    for feature in features {
        let found = &told[feature["id"].as_str().unwrap()];
        let properties = &feature["properties"];
        assert_eq!((&properties["rule_id"], &properties["severity"]), (&found["rule"], &found["severity"]));
        assert_eq!((&properties["number"], &properties["message_en"]), (&found["number"], &found["message"]["en"]));
        assert_eq!(feature["geometry"].is_null(), found["geometry"].is_null());
    }
}

#[test]
fn the_list_counts_what_each_review_found_and_leads_to_it() {
    let list = json("/plans");
    let plans = list["plans"].as_array().unwrap();
    let of = |id: &str| plans.iter().find(|plan| plan["id"] == id).unwrap();
    for id in [CLEAN, FAULTY] {
        assert_eq!(of(id)["counts"], review(id)["counts"], "{id}");
        assert!(of(id)["review"].as_str().unwrap().ends_with(&format!("/plans/{id}/review")));
    }
    let landing = json("/?f=json");
    assert!(links(&landing).iter().any(|link| link["href"].as_str().unwrap().ends_with("/plans")));
    assert!(href(&list, "alternate").unwrap().contains("f=html"));
    let api = json("/api");
    for path in
        ["", "/{planId}/review", "/{planId}/compare", "/{planId}/drawing", "/{planId}/source", "/{planId}/proposed"]
    {
        let path = &format!("/plans{path}");
        assert!(api["paths"][path]["get"].is_object(), "{path}");
    }
}

#[test]
fn a_plan_of_which_no_lot_is_on_record_is_unknown_and_not_clean() {
    let list = json("/plans");
    let empty = list["plans"].as_array().unwrap().iter().find(|plan| plan["lots"] == 0).unwrap();
    assert_eq!((&empty["review_state"], &empty["counts"]), (&value!("unknown"), &Value::Null));
    assert!(get("/plans?f=html").text().contains("chưa rõ"));
    let drawn = list["plans"].as_array().unwrap().iter().find(|plan| plan["id"] == CLEAN).unwrap();
    assert_eq!(drawn["review_state"], "reviewed");
}

#[test]
fn a_plan_comes_as_a_drawing_with_its_findings_and_its_original_file_comes_back() {
    assert_eq!(get(&format!("/plans/{CLEAN}/drawing?f=shp")).faults(), ["f"]);
    assert_eq!(get("/plans/nothing/drawing").status, 404);
    assert_eq!(get(&format!("/plans/{CLEAN}/source")).status, 404, "the sample's plans were taken from no file");
    let drawing = get(&format!("/plans/{CLEAN}/drawing"));
    assert_eq!((drawing.status, drawing.media_type()), (200, "image/vnd.dxf"));
    // Letters of Latin-1 are bytes in it, others are escaped.
    let text = String::from_utf8_lossy(&drawing.body);
    for words in ["FINDINGS error", "LANGXANH", "width_m=24", "item_code=FENCE"] {
        assert!(text.contains(words), "{words}");
    }
    let whole = get(&format!("/plans/{CLEAN}/drawing?f=gpkg"));
    assert_eq!((whole.status, whole.media_type()), (200, "application/geopackage+sqlite3"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.gpkg");
    std::fs::write(&file, &whole.body).unwrap();
    let connection = rusqlite::Connection::open(&file).unwrap();
    let count = |table: &str| {
        let count = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
        count.unwrap() as usize
    };
    assert_eq!(count("plan_findings"), findings(&review(CLEAN)).len());
    assert_eq!((count("plans"), count("plan_parcels")), (1, review(CLEAN)["lots"].as_array().unwrap().len()));

    // Taken in as another plan, the file is given back byte by byte.
    let store = sample_store(folder.path());
    let path = folder.path().join("bản vẽ.dxf");
    std::fs::write(&path, &drawing.body).unwrap();
    let site = format!("clusters/{}", CLEAN.trim_end_matches("-plan-1"));
    let (store_path, path) = (store.to_str().unwrap(), path.to_str().unwrap());
    let command = ["plan", "import", path, "--store", store_path, "--plan", "again", "--site", &site];
    succeed(&[&command[..], &["--crs", "EPSG:5897"]].concat());
    let server = Server::start(&mut serve(&store));
    let source = server.get("/plans/again/source");
    assert_eq!((source.status, source.media_type()), (200, "application/octet-stream"));
    assert!(source.body == drawing.body);
    assert!(source.header("repr-digest").unwrap().starts_with("sha-256=:"));
    assert!(source.header("content-disposition").unwrap().contains(".dxf"));
    let document = server.json("/plans/again/review");
    assert!(links(&document).iter().any(|link| link["rel"] == "via"), "{}", document["links"]);
}

#[test]
fn an_official_accepts_and_dismisses_what_a_review_proposes() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "open_editing = true\n").unwrap();
    let closed = Server::start(&mut serve(&store));
    let list = |server: &Server| server.json(&format!("/plans/{CLEAN}/proposed"));
    let proposals = list(&closed)["proposed"].as_array().unwrap().clone();
    assert!(proposals.len() >= 2 && proposals.iter().all(|one| one["state"] == "open"), "{proposals:?}");
    let ids: Vec<String> = proposals.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let target = |id: &str, verb: &str| format!("/plans/{CLEAN}/proposed/{id}/{verb}");
    let post = |server: &Server, id: &str, verb: &str, body: &str| {
        server.post(&target(id, verb), "application/json", body.as_bytes())
    };
    assert!([401, 403].contains(&post(&closed, &ids[0], "accept", "{}").status), "nobody may decide unasked");
    drop(closed);

    let mut command = serve(&store);
    let server = Server::start(command.arg("--config").arg(&config));
    assert_eq!(post(&server, "nothing", "accept", "{}").status, 404);
    assert_eq!(post(&server, &ids[1], "dismiss", "{}").status, 422, "without a reason");
    assert_eq!(post(&server, &ids[1], "dismiss", r#"{"reason": "x"}"#).status, 400);
    assert_eq!(server.post(&target(&ids[1], "dismiss"), "text/plain", b"x").status, 415);
    let accepted = post(&server, &ids[0], "accept", r#"{"note": "Biên bản 12"}"#);
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    let accepted = accepted.json();
    assert_eq!((&accepted["state"], &accepted["decision"]["note"]), (&value!("accepted"), &value!("Biên bản 12")));
    let violation = server.json(&format!("/collections/violations/items/{}", ids[0]));
    let said = &violation["properties"];
    assert_eq!((&said["plan_id"], &said["status"]), (&value!(CLEAN), &value!("detected")));
    assert_eq!(said["finding_id"], proposals[0]["finding_id"]);
    assert!(said["legal_basis"].as_str().unwrap().starts_with("PLN-BUILT: "), "{said}");
    assert!(!violation["geometry"].is_null());
    assert_eq!(post(&server, &ids[0], "accept", "{}").status, 409, "once is enough");
    assert_eq!(post(&server, &ids[0], "dismiss", r#"{"note": "x"}"#).status, 409);

    let dismissed = post(&server, &ids[1], "dismiss", r#"{"note": "Nhà tạm, đã dỡ"}"#);
    assert_eq!(dismissed.status, 200, "{}", dismissed.text());
    assert_eq!(dismissed.json()["state"], "dismissed");
    let states: Vec<Value> =
        list(&server)["proposed"].as_array().unwrap().iter().take(2).map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["accepted", "dismissed"]);
    let document = server.json(&format!("/plans/{CLEAN}/review"));
    assert_eq!(document["proposed_violations"][1]["state"], "dismissed");
    let number = document["proposed_violations"][1]["finding"].as_u64().unwrap() as usize;
    assert_eq!(document["findings"][number - 1]["decision"], "dismissed");
    assert!(server.get(&format!("/plans/{CLEAN}/review?f=html")).text().contains("Nhà tạm, đã dỡ"));
    drop(server);

    // The command decides on the next, and on one that was dismissed.
    let store_path = store.to_str().unwrap();
    let decide = |arguments: &[&str]| run(&[&["review", CLEAN, "--store", store_path][..], arguments].concat());
    assert!(!decide(&["--dismiss", &ids[2]]).status.success(), "a reason is needed");
    assert!(!decide(&["--accept", "nothing"]).status.success());
    assert!(decide(&["--dismiss", &ids[2], "--note", "Đã xử lý"]).status.success());
    assert!(decide(&["--accept", &ids[1], "--note", "Xem lại"]).status.success());
    let out = decide(&["--format", "json"]).stdout;
    let out: Value = serde_json::from_slice(&out).unwrap();
    let states: Vec<&Value> =
        out["proposed_violations"].as_array().unwrap().iter().take(3).map(|one| &one["state"]).collect();
    assert_eq!(states, ["accepted", "accepted", "dismissed"]);
}

#[test]
fn pages_speak_both_languages_and_load_nothing() {
    let compared = format!("/plans/{FAULTY}/compare?with={CLEAN}&f=html");
    for target in ["/plans?f=html".to_owned(), format!("/plans/{FAULTY}/review?f=html"), compared] {
        let page = get(&target);
        assert_eq!((page.status, page.media_type()), (200, "text/html"), "{target}");
        let text = page.text();
        assert!(text.contains("lang=\"en\"") && !text.contains("<script") && !text.contains("http-equiv"), "{target}");
        assert!(text.contains("minh họa"), "{target} says that it is made up");
    }
    let page = get(&format!("/plans/{FAULTY}/review?f=html"));
    for words in ["Phát hiện", "Cân bằng sử dụng đất", "Bảng thống kê lô đất", "CN-05", "QCVN 01:2021/BXD"]
    {
        assert!(page.text().contains(words), "{words}");
    }
}

#[test]
fn a_plan_compared_with_itself_has_not_changed_and_with_another_has() {
    let same = json(&format!("/plans/{CLEAN}/compare?with={CLEAN}"));
    assert_eq!((&same["added"], &same["removed"], &same["changed"]), (&value!([]), &value!([]), &value!([])));
    assert!(same["unchanged"].as_u64().unwrap() > 10);
    assert_eq!(same["tolerance_m"], 0.1);
    let other = json(&format!("/plans/{CLEAN}/compare?with={FAULTY}"));
    assert_eq!((&other["before"], &other["after"]), (&value!(FAULTY), &value!(CLEAN)));
    assert!(!other["changed"].as_array().unwrap().is_empty());
}

#[test]
fn a_lot_that_changes_is_reviewed_again_and_its_finding_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let server = Server::start(&mut serve(&store));
    let green = |server: &Server| {
        let review = server.json(&format!("/plans/{CLEAN}/review"));
        let check =
            review["checks"].as_array().unwrap().iter().find(|check| check["rule"] == "PLN-GREEN").unwrap().clone();
        check["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(green(&server), "pass");
    let sql = format!(
        "UPDATE plan_parcels SET land_use_code = 'CN' WHERE plan_id = '{CLEAN}' AND lot_symbol <> 'CX-02' AND land_use_code = 'CX'"
    );
    let connection = rusqlite::Connection::open(&store).unwrap();
    // The spatial index's triggers name these; a change of an attribute does not ask them.
    for name in ["ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"] {
        let flags = rusqlite::functions::FunctionFlags::default();
        connection.create_scalar_function(name, 1, flags, |_| Ok(0)).unwrap();
    }
    connection.execute_batch(&sql).unwrap();
    let begun = std::time::Instant::now();
    while green(&server) == "pass" {
        assert!(begun.elapsed().as_secs() < 30, "the change was not published");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(green(&server), "fail");
    let target = format!("/collections/plan_findings/items?plan_id={CLEAN}&rule_id=PLN-GREEN");
    while server.json(&target)["numberMatched"] == 0 {
        assert!(begun.elapsed().as_secs() < 60, "the finding was not published");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn the_command_prints_what_the_service_answers() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let command =
        |arguments: &[&str], store: &Path| run(&[&["review", "--store", store.to_str().unwrap()], arguments].concat());
    let output = command(&[FAULTY, "--format", "json"], &store);
    assert!(output.status.success(), "faults are a result");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let served = review(FAULTY);
    for part in ["findings", "balance", "checks", "lots"] {
        assert_eq!(printed[part], served[part], "{part}");
    }
    let table = String::from_utf8(command(&[FAULTY], &store).stdout).unwrap();
    assert!(table.contains("PLN-GREEN") && table.contains("Đất cây xanh") && table.contains("Green land"));
    let missing = command(&["nothing"], &store);
    assert!(!missing.status.success() && String::from_utf8(missing.stderr).unwrap().contains("nothing"));
}
