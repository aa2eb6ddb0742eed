//! Lots of plans and buildings that stay in the database: two services on one database, of which one holds these registers, give
//! the same answers, review plans the same and show the same to strangers.

use std::time::Duration;

use serde_json::{Value, json};

use super::common::http::{Answer, body, ids};
use super::common::{Server, langxanh, succeed};
use super::postgres::Database;

/// A plan of the sample that was drawn with faults on purpose, and one without.
const FAULTY: &str = "quat-dong-thuong-tin-plan-1";
const CLEAN: &str = "thi-tran-phung-dan-phuong-plan-1";

fn sample() -> Option<Database> {
    let database = Database::empty()?;
    succeed(&["sample", "--store", &database.url]);
    Some(database)
}

/// A service whose lots and buildings are held always or never.
fn service(database: &Database, holding: &str, configuration: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, format!("public_url = \"http://langxanh.test\"\n{configuration}")).unwrap();
    let snapshot = format!("buildings={holding},plan_parcels={holding}");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--store", &database.url, "--snapshot", &snapshot];
    Server::start(langxanh(&arguments).args(["--config", config.to_str().unwrap()]))
}

/// What an answer says, without what may differ: the time, and how many match where nobody counts them.
fn said(answer: &Answer) -> Vec<u8> {
    if is_document(answer) {
        let mut document = document(answer);
        if let Some(members) = document.as_object_mut() {
            for name in ["timeStamp", "numberMatched"] {
                members.remove(name);
            }
        }
        return document.to_string().into_bytes();
    }
    body(answer)
}

/// Whether it is one JSON document, and not one for each line.
fn is_document(answer: &Answer) -> bool {
    answer.media_type().ends_with("json") && !answer.media_type().contains("ndjson")
}

fn document(answer: &Answer) -> Value {
    serde_json::from_slice(&body(answer)).unwrap()
}

fn assert_same(held: &Server, stays: &Server, target: &str) {
    let (one, other) = (held.get(target), stays.get(target));
    assert_eq!(one.status, other.status, "{target}: {}", other.text());
    assert!(said(&one) == said(&other), "{target}:\n{}\n{}", one.text(), other.text());
    if let (Some(one), Some(other)) = (matched(&one), matched(&other)) {
        assert_eq!(one, other, "{target}");
    }
}

fn matched(answer: &Answer) -> Option<Value> {
    is_document(answer).then(|| document(answer).get("numberMatched").cloned()).flatten()
}

fn plans(server: &Server) -> Vec<String> {
    let plans = server.json("/plans")["plans"].as_array().unwrap().clone();
    plans.iter().map(|plan| plan["id"].as_str().unwrap().to_owned()).collect()
}

/// Asks again until two services say the same: what is derived follows a change a moment later.
fn come_together(held: &Server, stays: &Server, target: &str) {
    let is_same = (0..100).any(|_| {
        let is_same = said(&held.get(target)) == said(&stays.get(target));
        if !is_same {
            std::thread::sleep(Duration::from_millis(100));
        }
        is_same
    });
    assert!(is_same, "{target}:\n{}\n{}", held.get(target).text(), stays.get(target).text());
}

/// The middle of a feature's rings in longitude and latitude.
fn place(server: &Server, item: &str) -> (f64, f64) {
    let ring = server.json(item)["geometry"]["coordinates"][0].as_array().unwrap().clone();
    let at = |axis: usize| ring.iter().map(|point| point[axis].as_f64().unwrap()).sum::<f64>() / ring.len() as f64;
    (at(0), at(1))
}

fn tile(zoom: u32, (lon, lat): (f64, f64)) -> String {
    let tiles = f64::from(1u32 << zoom);
    let col = ((lon + 180.0) / 360.0 * tiles) as u32;
    let row = ((1.0 - (lat.to_radians().tan().asinh() / std::f64::consts::PI)) / 2.0 * tiles) as u32;
    format!("{zoom}/{row}/{col}")
}

/// Filters over buildings, drawn by a generator of their own.
fn filters(count: usize) -> Vec<String> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut dice = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut filters = Vec::new();
    for _ in 0..count {
        let mut parts = Vec::new();
        for _ in 0..=dice(3) {
            let n = dice(9);
            parts.push(match dice(8) {
                0 => format!("storeys > {n}"),
                1 => format!("height_m BETWEEN {n} AND {}", n + dice(12)),
                2 => format!("built_on < DATE('20{:02}-0{}-11')", dice(27), 1 + dice(9)),
                3 => format!("NOT (storeys = {n} OR storeys IS NULL)"),
                4 => format!("ACCENTI(CASEI(name_vi)) LIKE '%25{}%25'", ["xuong", "nha", "a", "kho"][n as usize % 4]),
                5 => format!("site_id IN ('quat-dong-thuong-tin','thi-tran-phung-dan-phuong','x{n}')"),
                6 => format!("S_INTERSECTS(geom,BBOX(105.{},20.{},105.{},21.2))", 60 + n, 70 + n, 75 + n),
                _ => "name_vi IS NULL".to_owned(),
            });
        }
        filters.push(
            parts
                .join(if dice(2) == 0 { " AND " } else { " OR " })
                .replace(' ', "%20")
                .replace('<', "%3C")
                .replace('>', "%3E"),
        );
    }
    filters
}

#[test]
fn lots_and_buildings_answer_the_same_wherever_they_are() {
    let Some(database) = sample() else { return };
    let (held, stays) = (service(&database, "always", ""), service(&database, "never", ""));
    for id in ["buildings", "plan_parcels"] {
        assert_eq!(stays.json(&format!("/collections/{id}"))["langxanh:storage"], "database");
        assert!(held.json(&format!("/collections/{id}")).get("langxanh:storage").is_none());
    }
    let first = |id: &str| {
        held.json(&format!("/collections/{id}/items?limit=1"))["features"][0]["id"].as_str().unwrap().to_owned()
    };
    let (building, lot) = (first("buildings"), first("plan_parcels"));
    let mut targets: Vec<String> = Vec::new();
    for id in ["buildings", "plan_parcels"] {
        for query in [
            "",
            "?limit=3",
            "?limit=10000",
            "?f=jsonfg&limit=20",
            "?crs=http://www.opengis.net/def/crs/EPSG/0/5897&limit=50",
            "?bbox=105.6,20.8,105.9,21.1&limit=500",
            "?sortby=-position_precision_m&limit=7",
            "?properties=source&limit=9",
            "?f=csv",
            "?f=ndjson",
            "?zoom-level=14&limit=40",
        ] {
            targets.push(format!("/collections/{id}/items{query}"));
        }
        for form in ["csv", "geojson", "jsonfg", "ndjson"] {
            targets.push(format!("/collections/{id}/download?f={form}"));
        }
        targets.push(format!("/collections/{id}/queryables"));
        targets.push(format!("/collections/{id}/schema"));
    }
    targets.extend([
        format!("/collections/buildings/items/{building}"),
        format!("/collections/buildings/items/{building}?f=html"),
        format!("/collections/buildings/items/{building}/versions"),
        format!("/collections/plan_parcels/items/{lot}"),
        format!("/collections/plan_parcels/items/{lot}/versions"),
        "/collections/plan_parcels/items/none-such".to_owned(),
        "/collections/plan_parcels/items/none-such/versions".to_owned(),
        format!("/collections/plan_parcels/items?plan_id={FAULTY}&limit=1000"),
        "/collections/buildings/items?datetime=../2020-06-30&limit=1000".to_owned(),
        "/collections/plan_findings/items?limit=10000".to_owned(),
        "/plans".to_owned(),
        "/plans?f=html".to_owned(),
        format!("/plans/{FAULTY}/compare?with={CLEAN}"),
        format!("/plans/{FAULTY}/drawing?f=dxf"),
        format!("/plans/{FAULTY}/proposed"),
        "/compliance/outcomes".to_owned(),
    ]);
    for plan in plans(&held) {
        targets.push(format!("/plans/{plan}/review"));
        targets.push(format!("/plans/{plan}/review?f=html"));
    }
    let at = place(&held, &format!("/collections/plan_parcels/items/{lot}"));
    for zoom in 12..=19 {
        let tile = tile(zoom, at);
        targets.push(format!("/collections/plan_parcels/tiles/WebMercatorQuad/{tile}"));
        targets.push(format!("/collections/buildings/tiles/WebMercatorQuad/{tile}"));
        targets.push(format!("/tiles/WebMercatorQuad/{tile}"));
    }
    for target in &targets {
        assert_same(&held, &stays, target);
    }
    let mut found = 0;
    for filter in filters(120) {
        let target = format!("/collections/buildings/items?limit=10000&filter={filter}");
        assert_same(&held, &stays, &target);
        found += usize::from(!ids(&held.json(&target)).is_empty());
    }
    assert!(found > 40, "{found}");
}

#[test]
fn reviews_follow_what_is_edited_in_the_database_as_they_follow_what_is_held() {
    let Some(database) = sample() else { return };
    let open = "open_editing = true\n";
    let (held, stays) = (service(&database, "always", open), service(&database, "never", open));
    let review = format!("/plans/{FAULTY}/review");
    let some = plans(&held).into_iter().filter(|plan| plan != FAULTY && plan != CLEAN).take(4);
    let all = [FAULTY.to_owned(), CLEAN.to_owned()].into_iter().chain(some);
    let all: Vec<String> = all.map(|plan| format!("/plans/{plan}/review")).collect();
    let findings = "/collections/plan_findings/items?limit=10000";
    let mut last = said(&stays.get(&review));
    let mut follows = |what: &str, is_other: bool| {
        // The writer has it; the other hears of it.
        let has_changed = || {
            (0..100).any(|_| {
                std::thread::sleep(Duration::from_millis(100));
                said(&stays.get(&review)) != last
            })
        };
        assert!(!is_other || has_changed(), "{what}");
        for target in &all {
            come_together(&held, &stays, target);
        }
        come_together(&held, &stays, findings);
        come_together(&held, &stays, "/plans");
        last = said(&stays.get(&review));
    };
    let lots = stays.json(&format!("/collections/plan_parcels/items?plan_id={FAULTY}&limit=1000"));
    let lots = ids(&lots);
    let gone = stays.send("DELETE", &format!("/collections/plan_parcels/items/{}", lots[0]), &[], b"");
    assert_eq!(gone.status, 204, "{}", gone.text());
    follows("a lot that is gone leaves a gap", true);
    // A building of another site, put onto a lot, and taken away from it by another program.
    let (lon, lat) = place(&stays, &format!("/collections/plan_parcels/items/{}", lots[1]));
    let d = 0.00005;
    let ring = json!([[[lon, lat], [lon + d, lat], [lon + d, lat + d], [lon, lat + d], [lon, lat]]]);
    let new = json!({
        "type": "Feature", "id": "put-there", "geometry": {"type": "Polygon", "coordinates": ring},
        "properties": {"site_id": "thi-tran-phung-dan-phuong", "built_on": "2030-01-01", "storeys": 40, "height_m": 160, "name_vi": "Tháp"},
    });
    let made = stays.post("/collections/buildings/items", "application/geo+json", new.to_string().as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
    follows("a building on the ground of a plan is the plan's", false);
    assert!(
        stays.get(&review).text().contains("put-there")
            || !stays.get(&format!("/plans/{FAULTY}/drawing?f=dxf")).text().is_empty()
    );
    let buildings = || stays.get(&format!("/plans/{FAULTY}/drawing?f=gpkg"));
    assert!(String::from_utf8_lossy(&body(&buildings())).contains("put-there"));
    database.query("UPDATE buildings SET geom = ST_Translate(geom, 20000, 0) WHERE id = 'put-there'");
    follows("it is not when another program has moved it", false);
    let is_gone = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        !String::from_utf8_lossy(&body(&buildings())).contains("put-there")
    });
    assert!(is_gone);
    database.query(&format!("UPDATE plan_parcels SET plan_id = '{CLEAN}' WHERE id = '{}'", lots[2]));
    follows("a lot that goes to another plan is missing in its own", true);
    database.query(&format!("UPDATE plan_parcels SET area_m2 = area_m2 * 2 WHERE id = '{}'", lots[3]));
    follows("a stated area that is another one", true);
    // What came change by change is what a new start reads.
    let anew = service(&database, "never", open);
    for target in all.iter().map(String::as_str).chain([findings, "/plans"]) {
        assert_same(&anew, &stays, target);
    }
    assert!(
        stays.json(&format!("/collections/plan_parcels/items/{}/versions", lots[3]))["versions"]
            .as_array()
            .unwrap()
            .len()
            == 2
    );
}

#[test]
fn other_days_of_what_stays_in_the_database_are_refused_with_the_reason() {
    let Some(database) = sample() else { return };
    let stays = service(&database, "never", "");
    for target in [
        "/collections/buildings/items?as-of=2024-01-01",
        "/collections/buildings/items?as-of=2024-01-01T00:00:00Z",
        "/collections/plan_parcels/download?f=csv&as-of=2024-01-01",
        "/collections/plan_findings/items?as-of=2024-01-01",
        "/plans?as-of=2024-01-01",
        "/plans?as-of=2024-01-01T00:00:00Z",
        &format!("/plans/{FAULTY}/review?as-of=2024-01-01"),
        &format!("/plans/{FAULTY}/review?as-of=2024-01-01T00:00:00Z"),
        &format!("/plans/{FAULTY}/drawing?as-of=2024-01-01"),
    ] {
        let answer = stays.get(target);
        assert_eq!(answer.status, 400, "{target}: {}", answer.text());
        assert_eq!(answer.faults(), ["as-of"], "{target}");
        assert!(answer.text().contains("stays in the database"), "{target}: {}", answer.text());
    }
    for target in [
        "/collections/clusters/items?as-of=2024-01-01",
        "/collections/plans/items?as-of=2024-01-01",
        "/collections/plan_lines/items?as-of=2024-01-01",
    ] {
        assert_eq!(stays.get(target).status, 200, "{target}");
    }
    let quality = stays.json("/compliance/quality");
    assert_eq!(quality["unchecked"], json!(["plan_parcels", "buildings"]));
    assert!(stays.get("/compliance/quality?f=html").text().contains("plan_parcels, buildings"));
}

#[test]
fn what_strangers_may_not_see_of_plans_is_not_had_from_the_database_either() {
    let Some(database) = sample() else { return };
    database.query(&format!("UPDATE plans SET status = 'draft' WHERE id = '{FAULTY}'"));
    database.query("UPDATE plan_parcels SET plan_id = 'of-no-plan' WHERE id = (SELECT max(id) FROM plan_parcels)");
    let output = langxanh(&["user", "add", "lan", "--role", "viewer", "--store", &database.url]).output().unwrap();
    let token = format!("Bearer {}", String::from_utf8(output.stdout).unwrap().trim());
    let drafts = "restrict_drafts = true\n";
    let (held, stays) = (service(&database, "always", drafts), service(&database, "never", drafts));
    let secret = database.query(&format!("SELECT id FROM plan_parcels WHERE plan_id = '{FAULTY}' LIMIT 1"));
    let secret = secret[0][0].clone().unwrap();
    let place = place_of(&stays, &secret, &token);
    let targets = [
        "/collections/plan_parcels/items?limit=10000".to_owned(),
        format!("/collections/plan_parcels/items?plan_id={FAULTY}"),
        format!("/collections/plan_parcels/items?filter=plan_id%20%3D%20'{FAULTY}'&limit=0"),
        "/collections/plan_parcels/items?filter=plan_id%20%3D%20'of-no-plan'".to_owned(),
        format!("/collections/plan_parcels/items/{secret}"),
        format!("/collections/plan_parcels/items/{secret}?f=html"),
        "/collections/plan_parcels/items?f=csv".to_owned(),
        "/collections/plan_parcels/download?f=ndjson".to_owned(),
        "/collections/buildings/items?limit=10000".to_owned(),
        "/collections/plan_findings/items?limit=10000".to_owned(),
        "/plans".to_owned(),
        format!("/plans/{FAULTY}/review"),
        format!("/plans/{FAULTY}/drawing"),
        format!("/plans/{CLEAN}/review"),
        format!("/collections/plan_parcels/tiles/WebMercatorQuad/{}", tile(17, place)),
        format!("/tiles/WebMercatorQuad/{}", tile(17, place)),
    ];
    for target in &targets {
        for token in [None, Some(&token), None] {
            let headers: Vec<(&str, &str)> = token.iter().map(|token| ("Authorization", token.as_str())).collect();
            let (one, other) = (held.ask("GET", target, &headers), stays.ask("GET", target, &headers));
            assert_eq!(one.status, other.status, "{target}: {}", other.text());
            assert_eq!(features(&one), features(&other), "{target}");
            let text = String::from_utf8_lossy(&body(&other)).replace(target.as_str(), "");
            assert!(token.is_some() || other.status == 404 || !text.contains(&secret), "{target}: {text}");
        }
    }
    // Nobody is told how many there are that he does not see.
    let described = stays.json("/collections/plan_parcels");
    assert_eq!(described["langxanh:storage"], "database");
    assert!(described.get("itemCount").is_none());
    let seen = held.json("/collections/plan_parcels")["itemCount"].as_u64().unwrap();
    assert_eq!(stays.json("/collections/plan_parcels/items?limit=1")["numberMatched"], json!(seen));
    assert!(stays.get("/collections/plan_parcels?f=html").text().contains(&format!("≈ {seen}")));
}

fn place_of(server: &Server, lot: &str, token: &str) -> (f64, f64) {
    let item = server.ask("GET", &format!("/collections/plan_parcels/items/{lot}"), &[("Authorization", token)]).json();
    let point = &item["geometry"]["coordinates"][0][0];
    (point[0].as_f64().unwrap(), point[1].as_f64().unwrap())
}

/// What an answer shows, whatever comes first: rows with rare fields are not put in front for who does not see all of them.
fn features(answer: &Answer) -> Vec<String> {
    let bytes = body(answer);
    let mut told: Vec<String> = match (answer.media_type(), answer.status) {
        (_, 400..) => Vec::new(),
        _ if is_document(answer) && document(answer).get("features").is_some() => {
            document(answer)["features"].as_array().unwrap().iter().map(Value::to_string).collect()
        }
        _ if is_document(answer) => vec![String::from_utf8(said(answer)).unwrap()],
        ("text/csv", _) | ("application/x-ndjson", _) => {
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        }
        _ => vec![format!("{bytes:?}")],
    };
    told.sort();
    told
}
