//! What is for users who have signed in: collections, and drafts with everything of them. Every way to the rows is tried,
//! before and after somebody has asked who may see them, so that no cache gives to one what it made for the other.

use langxanh::domain::Value as Cell;
use serde_json::Value;

use super::fixtures::{Given, add_user, bearer, configured, send, store, text};
use crate::common::http::{Answer, body};
use crate::common::{Server, sample_store};

/// A word that stands in restricted rows alone.
const SECRET: &str = "Bimatquacam";

fn given() -> Vec<Given<'static>> {
    let of = |site: &str| vec![("site_collection", text("clusters")), ("site_id", text(site))];
    let plan = |status: &str, name: &str| {
        [of("site-quoc-oai"), vec![("name_vi", text(name)), ("status", text(status))]].concat()
    };
    let breach = vec![
        ("violation_kind", text("land_use")),
        ("status", text("decided")),
        ("opened_on", date("2026-01-15")),
        ("decision_no", text(&format!("{SECRET}-QD"))),
        ("fine_vnd", Cell::Number(123_456_789.0)),
        ("found_by", text(SECRET)),
    ];
    vec![
        ("violations", "v-secret".to_owned(), [of("site-quoc-oai"), breach].concat()),
        ("plans", "plan-open".to_owned(), plan("approved", "Đồ án công khai")),
        ("plans", "plan-secret".to_owned(), plan("draft", &format!("Đồ án {SECRET}"))),
        ("plan_parcels", "lot-open".to_owned(), vec![("plan_id", text("plan-open")), ("lot_symbol", text("CN1"))]),
        ("plan_parcels", "lot-secret".to_owned(), vec![("plan_id", text("plan-secret")), ("lot_symbol", text(SECRET))]),
        (
            "plan_lines",
            "line-secret".to_owned(),
            vec![("plan_id", text("plan-secret")), ("line_kind", text("red_line")), ("label", text(SECRET))],
        ),
    ]
}

fn date(text: &str) -> Cell {
    langxanh::domain::DataType::Date.parse(text).unwrap()
}

const CONFIGURATION: &str = "restricted = [\"violations\"]\nrestrict_drafts = true\n";

/// Everything that could tell of the rows.
const WAYS: [&str; 68] = [
    "/",
    "/?f=html",
    "/api",
    "/collections",
    "/collections?f=html",
    "/collections/violations",
    "/collections/violations/items",
    "/collections/violations/items?f=html",
    "/collections/violations/items?f=csv",
    "/collections/violations/items?f=jsonfg",
    "/collections/violations/items?limit=1&token=1",
    "/collections/violations/items/v-secret",
    "/collections/violations/items?as-of=2026-06-30",
    "/collections/violations/download?f=gpkg",
    "/collections/violations/download?f=xlsx",
    "/collections/plans/items",
    "/collections/plans/items?f=html",
    "/collections/plans/items?f=csv",
    "/collections/plans/items?q=Bimatquacam",
    "/collections/plans/items?filter=status%3D'draft'",
    "/collections/plans/items?as-of=2026-06-30",
    "/collections/plans/items/plan-secret",
    "/collections/plans/items/plan-secret?as-of=2026-06-30",
    "/collections/plans/download?f=geojson",
    "/collections/plans/download?f=gpkg",
    "/collections/plan_parcels/items",
    "/collections/plan_parcels/items?f=csv",
    "/collections/plan_parcels/items/lot-secret",
    "/collections/plan_lines/items",
    "/collections/plan_findings/items",
    "/collections/plan_findings/items?plan_id=plan-secret",
    "/collections/clusters/items",
    "/collections/clusters/items/site-quoc-oai?f=html",
    "/search?q=Bimatquacam",
    "/plans",
    "/plans?f=html",
    "/plans/plan-secret/review",
    "/plans/plan-secret/review?f=html",
    "/plans/plan-secret/review?f=pdf",
    "/plans/plan-open/compare?with=plan-secret",
    "/compliance/clusters/site-quoc-oai",
    "/compliance/clusters/site-quoc-oai?as-of=2026-06-30",
    "/compliance/clusters/site-quoc-oai/history",
    "/compliance/duties",
    "/compliance/quality",
    "/compliance/outcomes",
    "/compliance/outcomes?f=csv",
    "/collections/violations/items/v-secret/versions",
    "/collections/plans/items/plan-secret/versions",
    "/collections/plan_parcels/items/lot-secret/versions",
    "/collections/violations/items/v-secret/attachments",
    "/collections/plans/items/plan-secret/attachments",
    "/collections/violations/items?as-of=2026-01-01T00:00:00Z",
    "/collections/plans/items?as-of=2026-01-01T00:00:00Z",
    "/changes",
    "/changes/1",
    "/changes?collection=violations",
    "/quarters",
    "/changes.atom",
    "/changes.atom?site=clusters/site-quoc-oai",
    "/changes?f=atom&collection=violations",
    "/sites/clusters/site-quoc-oai",
    "/sites/clusters/site-quoc-oai/neighbours?distance=50000",
    "/compliance/quality?site=clusters/site-quoc-oai",
    "/compliance/summary",
    "/reports/2026-05",
    "/reports/2026-05?f=html&by=district",
    "/reports/2026-05?f=pdf",
];

fn ask(server: &Server, target: &str, token: Option<&str>) -> Answer {
    let authorization = token.map(bearer);
    let headers: Vec<(&str, &str)> = authorization.iter().map(|token| ("Authorization", token.as_str())).collect();
    send(server, "GET", target, &headers, "")
}

/// Whether an answer tells of the rows; an echo of what was asked for does not count.
fn tells(answer: &Answer, target: &str) -> bool {
    let bytes = body(answer);
    let text = String::from_utf8_lossy(&bytes).replace(target, "").replace("q=Bimatquacam", "");
    let text = text.replace(&format!("value=\"{SECRET}\""), "").replace(&format!("“{SECRET}”"), "");
    let is_echo = target.contains("Bimatquacam") && !text.contains("Đồ án");
    let words =
        [SECRET, "v-secret", "plan-secret", "lot-secret", "line-secret", "123456789", "123.456.789", "123,456,789"];
    answer.status < 400 && !is_echo && words.iter().any(|word| text.contains(word))
}

#[test]
fn no_way_leads_a_stranger_to_what_is_restricted_whoever_asked_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), given());
    let token = add_user(&store, "lan", &["--role", "viewer"]);
    let server = configured(&store, CONFIGURATION);
    let mut told = Vec::new();
    let mut shown = 0;
    for target in WAYS {
        let before = ask(&server, target, None);
        let known = ask(&server, target, Some(&token));
        let after = ask(&server, target, None);
        for (when, answer) in [("before", &before), ("after", &after)] {
            if tells(answer, target) {
                told.push(format!("{when} {target}"));
            }
            assert!(answer.status < 500, "{target}: {}", answer.text());
        }
        assert_eq!(before.status, after.status, "{target}");
        assert!(
            known.status < 400
                || target.contains("/compare")
                || target.contains("token=1")
                || target.contains("T00:00"),
            "{target}: {}",
            known.status
        );
        shown += usize::from(tells(&known, target));
        for answer in [&before, &known] {
            let varies = answer
                .headers
                .iter()
                .any(|(name, value)| name.eq_ignore_ascii_case("vary") && value.contains("Authorization"));
            let lifetime = answer.header("cache-control").unwrap_or_default();
            assert!(
                varies && ["private", "no-store"].iter().any(|word| lifetime.contains(word)),
                "{target}: {lifetime}"
            );
        }
        let timeless =
            |answer: &Answer| String::from_utf8_lossy(&body(answer)).split("\"timeStamp\"").next().map(str::to_owned);
        if let (Some(open), Some(full)) = (before.header("etag"), known.header("etag"))
            && timeless(&before) != timeless(&known)
        {
            assert_ne!(open, full, "{target}: one validator for two answers");
        }
    }
    assert!(told.is_empty(), "{told:#?}");
    assert!(shown >= 25, "the ways lead somewhere for who has signed in: {shown}");
}

#[test]
fn what_was_concluded_stays_and_what_it_rests_on_goes() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), given());
    let token = add_user(&store, "lan", &["--role", "viewer"]);
    let server = configured(&store, CONFIGURATION);
    let target = "/compliance/clusters/site-quoc-oai";
    let (open, full) = (ask(&server, target, None).json(), ask(&server, target, Some(&token)).json());
    assert_eq!(open["status"], full["status"]);
    let outcomes = |document: &Value| {
        let rules = document["rules"].as_array().unwrap().iter();
        rules.map(|rule| (rule["rule"].to_string(), rule["outcome"].to_string())).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&open), outcomes(&full));
    let item = |token| ask(&server, "/collections/clusters/items/site-quoc-oai", token).json()["properties"].clone();
    assert_eq!(item(None), item(Some(&token)));
    assert_eq!(item(None)["open_violations"], 1, "how many there are is told, not which");
}

#[test]
fn lists_of_collections_differ_and_a_draft_opens_when_it_is_submitted() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), given());
    let token = add_user(&store, "lan", &["--role", "admin"]);
    let server = configured(&store, CONFIGURATION);
    let ids = |token| {
        let listed = ask(&server, "/collections", token).json();
        let all = listed["collections"].as_array().unwrap().iter();
        all.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(!ids(None).contains(&"violations".to_owned()) && ids(Some(&token)).contains(&"violations".to_owned()));
    // That drafts are kept is told, be there any or not: else no plan would read as none on record.
    let keeps = |collection: &str, token| {
        ask(&server, &format!("/collections/{collection}"), token).json()["langxanh"]["keepsDrafts"] == true
    };
    assert!(keeps("plans", None) && keeps("plan_lines", None) && !keeps("clusters", None));
    assert!(!keeps("plans", Some(&token)));
    let around = |token| ask(&server, "/sites/clusters/site-quoc-oai/neighbours", token).json()["kept"].clone();
    assert_eq!(around(None), serde_json::json!([]));
    assert_eq!(ask(&server, "/collections/plans/items/plan-secret", None).status, 404);
    let (media_type, submitted) =
        (("Content-Type", "application/merge-patch+json"), "{\"properties\": {\"status\": \"submitted\"}}");
    let authorization = bearer(&token);
    let headers = [media_type, ("Authorization", authorization.as_str())];
    assert_eq!(send(&server, "PATCH", "/collections/plans/items/plan-secret", &headers, submitted).status, 204);
    assert_eq!(ask(&server, "/collections/plans/items/plan-secret", None).status, 200);
    assert_eq!(ask(&server, "/collections/plan_parcels/items/lot-secret", None).status, 200);
    // And back: what was open is hidden again at once.
    let withdrawn = "{\"properties\": {\"status\": \"draft\"}}";
    assert_eq!(send(&server, "PATCH", "/collections/plans/items/plan-secret", &headers, withdrawn).status, 204);
    assert_eq!(ask(&server, "/collections/plan_parcels/items/lot-secret", None).status, 404);
}

#[test]
fn without_a_word_in_the_configuration_answers_are_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), given());
    let server = Server::start(&mut crate::common::serve(&store));
    let answer = server.get("/collections/violations/items/v-secret");
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-cache")));
    assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"));
}

#[test]
fn tiles_of_the_sample_show_no_draft_and_no_restricted_layer() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample_store(folder.path());
    {
        // One of the sample's plans becomes a draft.
        let other = rusqlite::Connection::open(&path).unwrap();
        for function in ["ST_IsEmpty", "ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY"] {
            let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
            other.create_scalar_function(function, 1, flags, |_| Ok(0)).unwrap();
        }
        other.execute_batch("UPDATE plans SET status = 'draft'").unwrap();
    }
    let token = add_user(&path, "lan", &["--role", "viewer"]);
    let server = configured(&path, "restricted = [\"violations\", \"buildings\"]\nrestrict_drafts = true\n");
    let layers = |token: Option<&str>| {
        let answer = ask(&server, "/tiles/WebMercatorQuad/9/225/406", token);
        assert_eq!(answer.status, 200);
        String::from_utf8_lossy(&body(&answer)).into_owned()
    };
    for _ in 0..2 {
        let (open, full) = (layers(None), layers(Some(&token)));
        for hidden in ["violations", "buildings", "plan_parcels", "plans"] {
            assert!(full.contains(hidden), "{hidden} is in the full tile");
        }
        for hidden in ["violations", "buildings", "plan_parcels"] {
            assert!(!open.contains(hidden), "{hidden}");
        }
        assert!(open.contains("clusters"));
    }
    for style in ["/styles", "/styles/langxanh"] {
        assert!(!ask(&server, style, None).text().contains("violations"), "{style}");
    }
    let project = |token| body(&ask(&server, "/qgis/langxanh.qgz", token)).len();
    assert!(project(None) < project(Some(&token)));
}
