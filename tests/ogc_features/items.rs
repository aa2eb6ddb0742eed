//! Pages of features and single features: `limit`, paging, counts, time stamps.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use crate::common::http::{get, href, ids, json, matching};
use crate::common::rows::{AWKWARD, NUMBERED};
use crate::common::{READABLE, count};

#[test]
fn without_a_limit_a_page_has_the_default_number_of_features() {
    // /req/core/fc-limit-response-1; the default is what the API definition says.
    let declared = json("/api")["components"]["parameters"]["limit"]["schema"]["default"].clone();
    let page = json("/collections/numbered/items");
    assert_eq!(page["numberReturned"], declared);
    assert_eq!(declared.as_u64().unwrap() as usize, ids(&page).len());
}

#[test]
fn a_limit_above_the_maximum_is_clamped_and_no_error() {
    // /req/core/fc-limit-response-1, /per/core/fc-limit-response-2.
    let maximum = json("/api")["components"]["parameters"]["limit"]["schema"]["maximum"].clone();
    for limit in ["10001", "2000000000", "99999999999999999999999999"] {
        let page = json(&format!("/collections/numbered/items?limit={limit}"));
        assert_eq!(page["numberReturned"], maximum, "{limit}");
        assert_eq!(ids(&page).len(), 10_000);
        assert!(href(&page, "next").is_some());
    }
}

#[test]
fn a_limit_of_zero_less_or_no_number_is_refused() {
    // /req/core/query-param-invalid.
    for limit in ["0", "-1", "", "unlimited", "1.5", "1e2", "5,5", "%00"] {
        let answer = get(&format!("/collections/clusters/items?limit={limit}"));
        assert_eq!(answer.faults(), ["limit"], "{limit}");
    }
}

#[test]
fn walks_of_every_page_size_give_each_feature_once_and_count_right() {
    // /req/core/fc-op, fc-response, fc-numberMatched, fc-numberReturned.
    for (collection, limit, rows) in [("awkward", 1, AWKWARD), ("awkward", 9, AWKWARD), ("numbered", 1000, NUMBERED)] {
        let pages = READABLE.server.pages(&format!("/collections/{collection}/items?limit={limit}"));
        let all: Vec<String> = pages.iter().flat_map(ids).collect();
        assert_eq!(all.len(), rows, "{collection} by {limit}");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), rows, "{collection} by {limit}: a feature came twice");
        assert_eq!(pages.len(), rows.div_ceil(limit), "{collection} by {limit}");
        for page in &pages {
            assert_eq!(page["numberMatched"], rows);
            assert_eq!(page["numberReturned"], ids(page).len());
        }
    }
}

#[test]
fn a_walk_through_every_register_finds_every_row_of_its_table() {
    for collection in ["clusters", "craft_villages", "effluent_samples", "infrastructure_items", "plan_parcels"] {
        let found: BTreeSet<String> = matching(&format!("{collection}/items?limit=500")).into_iter().collect();
        assert_eq!(found.len(), count(&READABLE.store, &format!("SELECT count(*) FROM {collection}")), "{collection}");
    }
}

#[test]
fn a_filtered_walk_counts_and_returns_what_matches() {
    let wanted = count(&READABLE.store, "SELECT count(*) FROM effluent_samples WHERE parameter_code = 'cod'");
    assert!(wanted > 100);
    let pages = READABLE.server.pages("/collections/effluent_samples/items?parameter_code=cod&limit=37");
    assert!(pages.iter().all(|page| page["numberMatched"] == wanted));
    assert_eq!(pages.iter().flat_map(ids).collect::<BTreeSet<_>>().len(), wanted);
    let mut features = pages.iter().flat_map(|page| page["features"].as_array().unwrap());
    assert!(features.all(|feature| feature["properties"]["parameter_code"] == "cod"));
}

#[test]
fn the_last_page_and_an_empty_one_have_no_next() {
    // /req/core/fc-links, /rec/core/fc-next-1.
    for query in ["limit=28", "limit=100", "name_vi=nobody", "limit=1&storeys=24"] {
        let page = json(&format!("/collections/awkward/items?{query}"));
        assert_eq!(href(&page, "next"), None, "{query}");
    }
    assert_eq!(json("/collections/awkward/items?name_vi=nobody")["features"], serde_json::json!([]));
    assert!(href(&json("/collections/awkward/items?limit=27"), "next").is_some());
}

#[test]
fn a_token_that_no_next_link_gave_is_refused() {
    for token in ["x", "", "l", "a5.x", "a1.1.1.1.1.1.1.1.1.1.1.1", "%27%20OR%201=1"] {
        assert_eq!(get(&format!("/collections/awkward/items?token={token}")).faults(), ["token"], "{token}");
    }
}

#[test]
fn a_token_beyond_the_end_gives_an_empty_page() {
    let next = href(&json("/collections/awkward/items?limit=5"), "next").unwrap();
    let walk = &next.split_once("token=").unwrap().1[..16];
    for token in ["a999999", "l10.1.2", "l99"].map(|cursor| format!("{walk}{cursor}")) {
        let answer = get(&format!("/collections/awkward/items?token={token}"));
        assert_eq!(answer.status, 200, "{token}");
        assert_eq!(answer.json()["numberMatched"], AWKWARD);
    }
    assert!(ids(&json(&format!("/collections/awkward/items?token={walk}a999999"))).is_empty());
}

#[test]
fn the_time_stamp_lies_between_request_and_answer() {
    // /req/core/fc-timeStamp. The stamp has whole milliseconds.
    for _ in 0..3 {
        let before = Utc::now() - Duration::milliseconds(1);
        let page = json("/collections/clusters/items?limit=1");
        let after = Utc::now();
        let text = page["timeStamp"].as_str().unwrap();
        let stamp = DateTime::parse_from_rfc3339(text).unwrap();
        assert!(before <= stamp && stamp <= after && text.ends_with('Z'), "{before} {text} {after}");
    }
}

#[test]
fn a_page_is_a_geojson_feature_collection() {
    // /req/geojson/definition, content: RFC 7946.
    let answer = get("/collections/clusters/items?limit=3");
    assert_eq!(answer.media_type(), "application/geo+json");
    let page = answer.json();
    assert_eq!(page["type"], "FeatureCollection");
    assert_eq!(page.get("crs"), None, "removed by RFC 7946");
    for feature in page["features"].as_array().unwrap() {
        assert_eq!((&feature["type"], feature["id"].is_string()), (&"Feature".into(), true));
        assert_eq!(feature["geometry"]["type"], "MultiPolygon");
        assert!(feature["properties"].is_object());
        for ring in feature["geometry"]["coordinates"][0].as_array().unwrap() {
            assert_eq!(ring[0], ring[ring.as_array().unwrap().len() - 1], "rings are closed");
        }
    }
    geojson_crate_reads(answer.text());
}

/// A reader of other hands takes the page.
fn geojson_crate_reads(text: &str) {
    let read: geojson::GeoJson = text.parse().unwrap();
    assert!(matches!(read, geojson::GeoJson::FeatureCollection(collection) if collection.features.len() == 3));
}

#[test]
fn coordinates_are_longitude_and_latitude_and_say_so() {
    // /req/core/crs84.
    let answer = get("/collections/plan_parcels/items?limit=5");
    assert_eq!(answer.header("content-crs"), Some("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"));
    for feature in answer.json()["features"].as_array().unwrap() {
        let first = &feature["geometry"]["coordinates"][0][0];
        let (lon, lat) = (first[0].as_f64().unwrap(), first[1].as_f64().unwrap());
        assert!((105.0..107.0).contains(&lon) && (20.0..22.0).contains(&lat), "{first}");
    }
}

#[test]
fn one_feature_is_the_same_as_in_its_page_with_links_of_its_own() {
    // /req/core/f-op, f-success, f-links.
    let page = json("/collections/awkward/items?limit=100");
    for listed in page["features"].as_array().unwrap() {
        let id = listed["id"].as_str().unwrap();
        let url = format!("{}/collections/awkward/items/{id}", READABLE.server.url);
        let mut single = json(&url);
        assert_eq!(href(&single, "self"), Some(format!("{url}?f=json")));
        assert_eq!(href(&single, "alternate"), Some(format!("{url}?f=html")));
        assert_eq!(href(&single, "collection"), Some(format!("{}/collections/awkward", READABLE.server.url)));
        single.as_object_mut().unwrap().remove("links");
        assert_eq!(&single, listed);
    }
}

#[test]
fn what_does_not_exist_is_not_found() {
    let paths = [
        "/nowhere",
        "/collections/nowhere",
        "/collections/nowhere/items",
        "/collections/nowhere/queryables",
        "/collections/clusters/items/nowhere",
        "/collections/clusters/items/%FF",
        "/collections/clusters/items/c%E1%BB%A5m",
        "/collections/clusters%2Fitems",
        "/collections/CLUSTERS",
        "/compliance/clusters/nowhere",
        "/compliance/waterways/1",
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e%2f%2e%2e%2fCargo.toml",
    ];
    for path in paths {
        let answer = get(path);
        assert_eq!((answer.status, answer.media_type()), (404, "application/problem+json"), "{path}");
        let problem = answer.json();
        assert_eq!(problem["status"], 404);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{path}: {member}");
        }
    }
}
