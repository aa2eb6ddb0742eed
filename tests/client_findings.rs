//! What real clients break on, each kept from coming back: the findings of running QGIS, GDAL and browsers against servers
//! like this one, by their numbers.
//!
//! Not here, because this release only reads: the `Location` of a new feature (1), untouched geometry on PATCH (5), no
//! `If-Match` demanded (16). Not here, because it is no matter of HTTP: GeoPackages refuse plain SQL writes (7:
//! `store_contract.rs` writes through the triggers), one SQLite in the process (8: the build links the system's), the last
//! letter that GDAL loses in TCVN3 (9: the tests of the import).
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use serde_json::Value;

use common::http::{get, get_with, href, ids, json, links};
use common::rows::{AWKWARD, TEXTS};
use common::{READABLE, count, empty_service};
use langxanh::geom::Crs;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Row, Store};

/// Every collection, by id.
fn collections() -> Vec<String> {
    let collections = json("/collections")["collections"].clone();
    collections.as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn finding_1_header_names_begin_their_words_with_capitals() {
    // QGIS up to 3.40.6 looks for exactly `Location`; what is written by one hand is written alike everywhere.
    for target in ["/", "/collections/clusters/items?limit=1", "/nowhere", "/collections?x=1"] {
        let answer = get(target);
        assert!(answer.headers.iter().any(|(name, _)| name == "Content-Type"), "{:?}", answer.headers);
        for (name, _) in &answer.headers {
            assert!(name.split('-').all(|word| word.starts_with(|c: char| c.is_ascii_uppercase())), "{name}");
        }
    }
}

#[test]
fn finding_2_options_is_answered_by_the_resource_and_not_by_a_cors_layer() {
    // QGIS asks without Access-Control-Request-Method and reads `Allow`.
    for target in ["/collections/clusters/items", "/collections/clusters/items/unknown_id"] {
        for headers in [&[][..], &[("Origin", "https://map.example")]] {
            let answer = READABLE.server.ask("OPTIONS", target, headers);
            assert_eq!((answer.status, answer.header("allow")), (200, Some("GET, HEAD, OPTIONS")), "{target}");
        }
    }
}

#[test]
fn finding_3_quotes_and_backslashes_are_written_by_their_code_point() {
    // QGIS mangles the short escapes and loses a page in which a text ends in a backslash.
    let targets = ["/collections/awkward/items", "/collections/awkward/items/r01", "/collections", "/api"];
    for target in targets {
        let answer = get(target);
        assert!(!answer.text().contains("\\\"") && !answer.text().contains("\\\\"), "{target}");
    }
    let page = get("/collections/awkward/items?limit=100");
    assert!(page.text().contains(r"C\u1ee5m \u0022A\u0022") || page.text().contains(r"Cụm \u0022A\u0022"));
    assert!(page.text().contains(r"ends in a backslash \u005c"));
    let names: BTreeSet<String> = page.json()["features"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|feature| feature["properties"]["name_vi"].as_str().map(str::to_owned))
        .collect();
    assert!(TEXTS.iter().all(|text| names.contains(*text)), "{names:?}");
}

#[test]
fn finding_4_a_page_is_the_bytes_of_its_features_and_compressed_once() {
    // That it costs little is the benchmark's to show; here, that ready bytes and ready compression are the same answer.
    let page = get("/collections/clusters/items?limit=2").text().to_owned();
    for feature in json("/collections/clusters/items?limit=2")["features"].as_array().unwrap() {
        let id = feature["id"].as_str().unwrap();
        let single = get(&format!("/collections/clusters/items/{id}")).text().to_owned();
        let bare = single.split_once(",\"links\":").unwrap().0;
        assert!(page.contains(&format!("{bare}}}")), "{id} reads differently in its page");
    }
    let packed = || get_with("/collections/clusters/items", &[("Accept-Encoding", "zstd")]);
    let frames = [packed(), packed()].map(|answer| answer.body);
    let same = frames[0].iter().zip(&frames[1]).take_while(|(a, b)| a == b).count();
    assert!(same + 1000 > frames[0].len(), "only the time stamp at the end differs");
}

#[test]
fn finding_5_what_was_surveyed_is_stored_to_the_last_digit_and_converted_on_the_way_out_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = (folder.path().join("pegs.csv"), folder.path().join("store.gpkg"));
    let surveyed = (588_591.944_012_345_6, 2_326_345.311_765_432);
    std::fs::write(&file, format!("peg,WKT\n1,POINT({} {})\n", surveyed.0, surveyed.1)).unwrap();
    let (file, name) = (file.to_str().unwrap(), store.to_str().unwrap());
    common::succeed(&["import", file, "--collection", "pegs", "--crs", "EPSG:5897", "--store", name]);
    let server = common::Server::start(&mut common::serve(&store));
    let point = server.json("/collections/pegs/items")["features"][0]["geometry"]["coordinates"].clone();
    assert!((point[0].as_f64().unwrap() - 105.85).abs() < 0.01 && (point[1].as_f64().unwrap() - 21.03).abs() < 0.01);
    let opened = GpkgStore::open(&store).unwrap();
    let pegs = opened.collections().unwrap().into_iter().find(|collection| collection.id == "pegs").unwrap();
    assert_eq!(pegs.geometry.as_ref().unwrap().crs, Crs::Epsg(5897));
    let mut stored = Vec::new();
    let mut keep = |row: Row| {
        stored.extend(row.shape.map(|shape| shape.geometry));
        Ok(())
    };
    opened.scan(&pegs, &mut keep).unwrap();
    assert_eq!(stored, [geo::Geometry::from(geo::Point::from(surveyed))]);
}

#[test]
fn finding_6_systems_with_latitude_first_are_offered_and_never_that_of_the_store() {
    // QGIS takes `storageCrs` as the system of the layer, and swaps axes itself where the authority says so.
    for id in collections() {
        let collection = json(&format!("/collections/{id}"));
        assert_eq!(collection["crs"][0], "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "{id}");
        if let Some(storage) = collection["storageCrs"].as_str() {
            assert!(!storage.ends_with("/EPSG/0/4326") && !storage.ends_with("/EPSG/0/4756"), "{id}: {storage}");
            assert!(collection["crs"].as_array().unwrap().iter().any(|crs| crs == storage), "{id}");
        }
    }
    for parameter in ["crs", "bbox-crs"] {
        assert_eq!(get(&format!("/collections/clusters/items?{parameter}=x")).faults(), [parameter]);
    }
    // What QGIS sends for a layer in EPSG:4326: latitude first, seventeen digits, and the answer the same way round.
    let system = "http://www.opengis.net/def/crs/EPSG/0/4326";
    let bbox = "20.899999999999999,105.8049,21.100000000000001,105.8071";
    let page = json(&format!("/collections/awkward/items?limit=1000&bbox={bbox}&bbox-crs={system}&crs={system}"));
    assert_eq!(page["features"][0]["geometry"]["coordinates"], serde_json::json!([21, 105.805]));
    // And in the grid of the survey: easting first.
    let grid = "http://www.opengis.net/def/crs/EPSG/0/5897";
    let page = json(&format!("/collections/plans/items?limit=1&crs={grid}"));
    let first = &page["features"][0]["geometry"]["coordinates"][0][0][0];
    assert!(first[0].as_f64().unwrap() < 700_000.0 && first[1].as_f64().unwrap() > 2_000_000.0, "{first}");
}

#[test]
fn finding_10_the_definition_is_openapi_3_0_of_exactly_that_type_and_small() {
    let accept = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json";
    let answer = get_with("/api", &[("Accept", accept)]);
    assert_eq!(answer.header("content-type"), Some("application/vnd.oai.openapi+json;version=3.0"));
    assert_eq!(answer.json()["openapi"], "3.0.3");
    assert!(answer.json()["info"]["contact"].is_object());
    let link = links(&json("/")).into_iter().find(|link| link["rel"] == "service-desc").unwrap();
    assert_eq!(link["type"], "application/vnd.oai.openapi+json;version=3.0");
    assert!(answer.body.len() < 20_000 * collections().len(), "{} bytes", answer.body.len());
}

#[test]
fn finding_11_the_page_size_stands_where_qgis_and_gdal_look_for_it() {
    let definition = json("/api");
    let schema = &definition["components"]["parameters"]["limit"]["schema"];
    assert!(schema["default"].as_u64().unwrap() >= 1 && schema["maximum"] == 10_000, "{schema}");
    for id in collections() {
        let parameters = &definition["paths"][format!("/collections/{id}/items")]["get"]["parameters"];
        let references = parameters.as_array().unwrap().iter().filter_map(|parameter| parameter["$ref"].as_str());
        assert_eq!(references.filter(|reference| reference.contains("limit")).count(), 1, "{id}");
    }
}

#[test]
fn finding_12_the_first_ten_features_show_the_type_of_every_property() {
    // Clients guess types from them. `rare` has a value in the 27th row alone.
    let first = json("/collections/awkward/items?limit=10");
    let rare: Vec<_> = first["features"].as_array().unwrap().iter().map(|f| f["properties"]["rare"].clone()).collect();
    assert!(rare.iter().any(|value| value == 7.5), "{rare:?}");
    for id in collections() {
        let all = READABLE.server.pages(&format!("/collections/{id}/items?limit=10000"));
        let features: Vec<&Value> = all.iter().flat_map(|page| page["features"].as_array().unwrap()).collect();
        let names: Vec<&String> =
            features.first().map(|f| f["properties"].as_object().unwrap().keys().collect()).unwrap_or_default();
        let has = |feature: &Value, name: &str| !feature["properties"][name].is_null();
        for name in names {
            assert!(features.iter().all(|f| f["properties"].get(name).is_some()), "{id}: {name} is left out");
            let shown = features.iter().take(10).any(|f| has(f, name));
            assert!(shown || !features.iter().any(|f| has(f, name)), "{id}: {name} shows after the tenth feature only");
        }
        let kinds: BTreeSet<&str> = features.iter().filter_map(|f| f["geometry"]["type"].as_str()).collect();
        if id == "clusters" || id == "plans" || id == "admin_units" {
            assert_eq!(kinds, BTreeSet::from(["MultiPolygon"]), "{id}");
        }
    }
}

#[test]
fn finding_12_numbers_keep_their_point_so_that_no_client_takes_them_for_integers() {
    let page = get("/collections/awkward/items?storeys=18");
    assert!(page.text().contains("\"storeys\":18,\"area_ha\":9.0,"), "{}", page.text());
}

#[test]
fn finding_12_an_empty_collection_still_tells_its_geometry() {
    let (_folder, service) = empty_service();
    assert_eq!(service.json("/collections/plan_parcels")["itemCount"], 0);
    let schema = service.json("/collections/plan_parcels/schema");
    let mut properties = schema["properties"].as_object().unwrap().values();
    assert!(properties.any(|p| p["x-ogc-role"] == "primary-geometry" && p["format"].is_string()), "{schema}");
    let queryables = service.json("/collections/plan_parcels/queryables");
    let mut properties = queryables["properties"].as_object().unwrap().values();
    let is_geometry =
        |p: &Value| p.get("type").is_none() && p["$ref"].as_str().is_some_and(|r| r.contains("geojson.org"));
    assert!(properties.any(is_geometry), "QGIS knows a geometry by $ref without type: {queryables}");
}

#[test]
fn finding_13_next_links_are_whole_and_the_last_page_has_none() {
    // All parameters that QGIS and GDAL send, percent-encoded as they send them; the filter matches every row.
    let grid = "http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F3857";
    let filter = "((%22storeys%22%20%3E%200)%20OR%20(storeys%20IS%20NULL))&filter-lang=cql2-text";
    let bbox = "-20037508.3,-3000000,20037508.3,3000000";
    let query = format!(
        "limit=10&datetime=../2024-06-02T00:00:00%2B07:00&f=json&filter={filter}&filter-crs={grid}&crs={grid}&bbox={bbox}&bbox-crs={grid}"
    );
    let pages = READABLE.server.pages(&format!("/collections/awkward/items?{query}"));
    let (last, others) = pages.split_last().unwrap();
    assert!(!others.is_empty() && href(last, "next").is_none());
    for page in others {
        let next = links(page).into_iter().find(|link| link["rel"] == "next").unwrap();
        assert_eq!(next["type"], "application/geo+json");
        let target = next["href"].as_str().unwrap();
        assert!(target.starts_with(&format!("{}/collections/awkward/items?{query}&token=", READABLE.server.url)));
    }
    assert_eq!(pages.iter().flat_map(ids).count(), AWKWARD - 2, "all but the rows of 2 and 3 June");
    assert_eq!(href(&json("/collections/awkward/items?name_vi=nobody&limit=1"), "next"), None);
}

#[test]
fn finding_14_ids_go_into_addresses_as_they_are() {
    let safe = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "._~-".contains(c));
    for id in collections() {
        assert!(safe(&id) && !id.contains('.'), "{id}");
        for page in READABLE.server.pages(&format!("/collections/{id}/items?limit=10000")) {
            assert!(ids(&page).iter().all(|feature| safe(feature)), "{id}");
        }
    }
    // QGIS appends `/<id>` and `/items` to the addresses that links give it.
    let data = href(&json("/"), "data").unwrap();
    assert!(!data.contains('?'), "{data}: QGIS drops what follows");
    let items = href(&json("/collections/awkward"), "items").unwrap();
    assert_eq!(get(&format!("{items}/r01")).status, 200);
    assert_eq!(get(&format!("{data}/awkward/queryables")).status, 200);
}

#[test]
fn finding_15_no_path_redirects_with_or_without_a_trailing_slash() {
    for path in ["/api", "/conformance", "/collections", "/collections/clusters", "/collections/clusters/items"] {
        for target in [path.to_owned(), format!("{path}/"), format!("{path}/?f=json")] {
            let answer = get_with(&target, &[("Accept", "application/geo+json, application/json")]);
            assert_eq!((answer.status, answer.header("location")), (200, None), "{target}");
            assert_ne!(answer.media_type(), "text/html", "{target}");
        }
    }
}

#[test]
fn the_two_requests_that_qgis_counts_and_looks_with_give_what_it_needs() {
    let accept = [("Accept", "application/geo+json, application/json")];
    let looked = get_with("/collections/craft_villages/items?limit=10", &accept);
    assert_eq!(looked.media_type(), "application/geo+json");
    assert_eq!(ids(&looked.json()).len(), 10);
    let counted = get_with("/collections/craft_villages/items?limit=1", &accept).json();
    assert_eq!(counted["numberMatched"], count(&READABLE.store, "SELECT count(*) FROM craft_villages"));
}
