//! Role × action × collection × place: every cell is tried. The table is worked out here from what the README promises, and
//! not by the code under test.

use serde_json::{Value, json};

use super::fixtures::{GEO_JSON, Given, MERGE_PATCH, PLACES, add_user, bearer, feature, send, site, store, text};
use crate::common::http::Answer;
use crate::common::{Server, serve};

/// Who acts: name, arguments of `user add`, role, granted collections and places; `None` for all.
struct Who {
    name: &'static str,
    role: &'static str,
    collections: Option<&'static str>,
    places: Option<&'static [&'static str]>,
    proposes: bool,
}

const fn who(
    name: &'static str,
    role: &'static str,
    collections: Option<&'static str>,
    places: Option<&'static [&'static str]>,
    proposes: bool,
) -> Who {
    Who { name, role, collections, places, proposes }
}

const QUOC_OAI: Option<&[&str]> = Some(&["quoc-oai"]);

const EVERYBODY: [Who; 11] = [
    who("", "anonymous", None, None, false),
    who("v", "viewer", None, None, false),
    who("e-all", "editor", None, None, false),
    who("e-district", "editor", None, QUOC_OAI, false),
    who("e-two", "editor", None, Some(&["quoc-oai", "ba-dinh"]), false),
    who("e-violations", "editor", Some("violations"), None, false),
    who("e-both", "editor", Some("violations"), QUOC_OAI, false),
    who("a-all", "approver", None, None, false),
    who("a-district", "approver", None, QUOC_OAI, false),
    who("p-district", "editor", None, QUOC_OAI, true),
    who("admin", "admin", None, None, false),
];

const COLLECTIONS: [&str; 3] = ["clusters", "violations", "treatment_stations"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    Create,
    Replace,
    Patch,
    Delete,
    Batch,
}

const ACTIONS: [Action; 5] = [Action::Create, Action::Replace, Action::Patch, Action::Delete, Action::Batch];

/// One cell: who does what to a row of a collection, which lies at one place and shall lie at another.
struct Cell {
    who: &'static Who,
    action: Action,
    collection: &'static str,
    from: usize,
    to: usize,
    id: String,
}

impl Cell {
    /// What must be answered: 401, 403, 202 for a proposal, 200 for what is done.
    fn expected(&self) -> u16 {
        let who = self.who;
        let has = |place: usize| who.places.is_none_or(|places| places.contains(&PLACES[place].0));
        let ends = match self.action {
            Action::Create => vec![self.to],
            Action::Delete => vec![self.from],
            _ => vec![self.from, self.to],
        };
        match who.role {
            "anonymous" => 401,
            "viewer" => 403,
            "admin" => 200,
            _ if who.collections.is_some_and(|granted| granted != self.collection) => 403,
            _ if !ends.into_iter().all(has) => 403,
            _ if who.proposes => 202,
            _ => 200,
        }
    }

    fn properties(&self, place: usize) -> Value {
        let (name, district, commune) = PLACES[place];
        match self.collection {
            "clusters" => {
                json!({"name_vi": self.id, "district_legacy": null_if_empty(district), "commune_2025_code": null_if_empty(commune)})
            }
            "violations" => {
                json!({"site_collection": "clusters", "site_id": format!("site-{name}"), "violation_kind": "other"})
            }
            _ => json!({"site_collection": "clusters", "site_id": format!("site-{name}"), "name_vi": self.id}),
        }
    }

    /// The row as it is before.
    fn given(&self) -> Option<Given<'static>> {
        if self.action == Action::Create {
            return None;
        }
        let (name, district, commune) = PLACES[self.from];
        let of_site = vec![("site_collection", text("clusters")), ("site_id", text(&format!("site-{name}")))];
        let values = match self.collection {
            "clusters" => site(&self.id, district, commune),
            "violations" => [of_site, vec![("violation_kind", text("other"))]].concat(),
            _ => [of_site, vec![("name_vi", text(&self.id))]].concat(),
        };
        Some((self.collection, self.id.clone(), values))
    }

    fn ask(&self, server: &Server, token: &str) -> Answer {
        let authorization = bearer(token);
        let mut headers = vec![];
        if !token.is_empty() {
            headers.push(("Authorization", authorization.as_str()));
        }
        let items = format!("/collections/{}/items", self.collection);
        let item = format!("{items}/{}", self.id);
        let after = self.properties(self.to);
        let (method, target, media_type, body) = match self.action {
            Action::Create => ("POST", items, GEO_JSON, feature(Some(&self.id), &after)),
            Action::Replace => ("PUT", item, GEO_JSON, feature(Some(&self.id), &after)),
            Action::Patch => ("PATCH", item, MERGE_PATCH, json!({"properties": after}).to_string()),
            Action::Delete => ("DELETE", item, GEO_JSON, String::new()),
            Action::Batch => {
                let feature: Value = serde_json::from_str(&feature(None, &after)).unwrap();
                let edit =
                    json!({"collection": self.collection, "operation": "replace", "id": self.id, "feature": feature});
                (
                    "POST",
                    "/edits".to_owned(),
                    ("Content-Type", "application/json"),
                    json!({"edits": [edit]}).to_string(),
                )
            }
        };
        headers.push(media_type);
        send(server, method, &target, &headers, &body)
    }
}

fn null_if_empty(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for who in &EVERYBODY {
        for action in ACTIONS {
            for collection in COLLECTIONS {
                for (from, to) in [(0, 0), (1, 1), (2, 2), (0, 1), (1, 0), (0, 2), (2, 0)] {
                    // What is made comes from nowhere, and what is deleted goes nowhere.
                    if from != to && [Action::Create, Action::Delete].contains(&action) {
                        continue;
                    }
                    let id = format!("cell-{}", cells.len());
                    cells.push(Cell { who, action, collection, from, to, id });
                }
            }
        }
    }
    cells
}

#[test]
fn every_cell_of_the_matrix_is_as_promised() {
    let folder = tempfile::tempdir().unwrap();
    let cells = cells();
    let store = store(folder.path(), cells.iter().filter_map(Cell::given).collect());
    let token = |who: &Who| {
        if who.name.is_empty() {
            return String::new();
        }
        let mut arguments = vec!["--role", who.role];
        let districts = who.places.map(|places| {
            let named = places.iter().map(|place| PLACES.iter().find(|(name, ..)| name == place).unwrap().1);
            named.collect::<Vec<_>>().join(",")
        });
        who.collections.iter().for_each(|ids| arguments.extend(["--collections", ids]));
        districts.iter().for_each(|names| arguments.extend(["--districts", names]));
        if who.proposes {
            arguments.push("--proposes");
        }
        add_user(&store, who.name, &arguments)
    };
    let tokens: Vec<(&str, String)> = EVERYBODY.iter().map(|who| (who.name, token(who))).collect();
    let server = Server::start(&mut serve(&store));
    let mut wrong = Vec::new();
    for cell in &cells {
        let (_, token) = tokens.iter().find(|(name, _)| *name == cell.who.name).unwrap();
        let answer = cell.ask(&server, token);
        let found = if (200..300).contains(&answer.status) && answer.status != 202 { 200 } else { answer.status };
        if found != cell.expected() {
            let (from, to) = (PLACES[cell.from].0, PLACES[cell.to].0);
            let told = String::from_utf8_lossy(&answer.body).into_owned();
            wrong.push(format!(
                "{} {:?} {} {from} -> {to}: {} and not {}: {told}",
                cell.who.name,
                cell.action,
                cell.collection,
                answer.status,
                cell.expected()
            ));
        }
        if answer.status >= 400 {
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(" / ") || detail.contains("token"), "both languages: {detail}");
        }
    }
    assert!(cells.len() > 800, "{}", cells.len());
    assert!(wrong.is_empty(), "{} of {} cells:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    // What was refused or proposed has changed nothing, and what was done is there.
    for cell in cells.iter().filter(|cell| cell.action != Action::Delete) {
        let there = server.get(&format!("/collections/{}/items/{}", cell.collection, cell.id));
        let is_done = cell.expected() == 200;
        match cell.action {
            Action::Create => assert_eq!(there.status == 200, is_done, "{}", cell.id),
            _ => {
                let place = PLACES[if is_done { cell.to } else { cell.from }];
                let lies = &there.json()["properties"];
                match cell.collection {
                    "clusters" => assert_eq!(lies["district_legacy"], null_if_empty(place.1), "{}", cell.id),
                    _ => assert_eq!(lies["site_id"], format!("site-{}", place.0), "{}", cell.id),
                }
            }
        }
    }
}

#[test]
fn options_offer_what_a_visitor_may_do_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let viewer = add_user(&store, "v", &["--role", "viewer"]);
    let editor = add_user(&store, "e", &["--role", "editor", "--collections", "violations", "--districts", "Quốc Oai"]);
    let server = Server::start(&mut serve(&store));
    let allow = |target: &str, token: &str| {
        let authorization = bearer(token);
        let headers = [("Authorization", authorization.as_str())];
        let answer = send(&server, "OPTIONS", target, if token.is_empty() { &[] } else { &headers }, "");
        assert_eq!(answer.status, 200);
        answer.header("allow").unwrap().to_owned()
    };
    let (items, item) = ("/collections/clusters/items", "/collections/clusters/items/site-quoc-oai");
    for token in ["", viewer.as_str(), editor.as_str()] {
        assert!(!allow(items, token).contains("POST") && !allow(item, token).contains("DELETE"), "{token}");
    }
    assert!(allow("/collections/violations/items", &editor).contains("POST"));
    assert!(!allow("/collections/hotspots/items", &editor).contains("POST"), "what is computed is edited by nobody");
}

#[test]
fn a_batch_is_judged_edit_by_edit_behind_those_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = bearer(&add_user(&store, "e", &["--role", "editor", "--districts", "Quốc Oai"]));
    let server = Server::start(&mut serve(&store));
    let site = |district: &str| json!({"type": "Feature", "geometry": null, "properties": {"name_vi": "CCN", "district_legacy": district}});
    let station = |site: &str| json!({"type": "Feature", "geometry": null, "properties": {"site_collection": "clusters", "site_id": site}});
    let create = |collection: &str, id: &str, feature: Value| json!({"collection": collection, "operation": "create", "id": id, "feature": feature});
    let send = |edits: Value| {
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        send(&server, "POST", "/edits", &headers, &json!({ "edits": edits }).to_string()).status
    };
    assert_eq!(
        send(json!([create("clusters", "new", site("Quốc Oai")), create("treatment_stations", "s", station("new"))])),
        200
    );
    assert_eq!(
        send(json!([
            create("clusters", "other", site("Ba Đình")),
            create("treatment_stations", "t", station("other"))
        ])),
        403
    );
    // The right to the first edit is none to the second; then nothing of it is written.
    assert_eq!(
        send(json!([
            create("clusters", "third", site("Quốc Oai")),
            create("treatment_stations", "t", station("site-ba-dinh"))
        ])),
        403
    );
    assert_eq!(server.get("/collections/clusters/items/third").status, 404);
    let stolen = json!([
        create("clusters", "fourth", site("Quốc Oai")),
        {"collection": "clusters", "operation": "update", "id": "site-ba-dinh", "feature": {"properties": {"district_legacy": "Quốc Oai"}}},
        create("treatment_stations", "t", station("site-ba-dinh")),
    ]);
    assert_eq!(send(stolen), 403);
}
