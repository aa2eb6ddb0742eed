//! Runs of one's own, the pressures behind them, and why a place is hot.

use serde_json::Value;

use crate::common::http::{get, get_with, json};
use crate::common::{Server, sample_store, serve};

#[test]
fn numbers_beyond_their_bounds_and_words_that_are_none_are_named_at_once() {
    let faults = get("/hotspots?method=magic&cell=0.001&k=0&seed=x&fdr=yes&as-of=2025-02-30&limit=5&f=pdf").faults();
    assert_eq!(faults, ["limit", "f", "as-of", "method", "cell", "k", "seed", "fdr"]);
    for cell in ["1000000", "-4000", "NaN", "1e400"] {
        let answer = get(&format!("/hotspots?cell={cell}"));
        assert_eq!(answer.faults(), ["cell"], "{cell}");
        assert!(answer.text().contains("from 500 to 20000"), "{}", answer.text());
    }
    assert_eq!(get("/hotspots?weights=knn&k=400").faults(), ["k"], "there are fewer cells");
    assert_eq!(get("/hotspots?weights=band&bandwidth=100").faults(), ["bandwidth"], "no cell has a neighbour");
    assert_eq!(get("/hotspots?cell=20000").faults(), ["cell"], "too few cells for a statistic");
    assert_eq!(get("/hotspots/pressure?method=kde").faults(), ["method"]);
    assert_eq!(get_with("/hotspots", &[("Accept", "image/png")]).status, 406);
}

#[test]
fn every_method_has_an_answer_in_every_form() {
    for method in ["gi_star", "moran", "kde", "dbscan"] {
        let url = format!("/hotspots?method={method}&permutations=199");
        let document = json(&format!("{url}&f=geojson"));
        assert_eq!(document["parameters"]["method"], method);
        assert_eq!(document["reason"], Value::Null, "{method}");
        let features = document["features"].as_array().unwrap();
        assert!(!features.is_empty(), "{method}");
        let name = if method == "kde" { "density" } else { "pressure" };
        assert!(features.iter().all(|feature| feature["properties"][name].is_number()), "{method}");
        let csv = get(&format!("{url}&f=csv"));
        assert_eq!((csv.status, csv.media_type()), (200, "text/csv"));
        assert_eq!(csv.text().lines().count(), features.len() + 1, "{method}");
        let page = get(&format!("{url}&f=html"));
        assert_eq!((page.status, page.media_type()), (200, "text/html"));
        assert!(page.text().contains("Điểm nóng") && page.text().contains("Weights, no law"));
    }
}

#[test]
fn equal_questions_have_equal_answers_and_another_seed_draws_anew() {
    let url = "/hotspots?permutations=199&seed=1&f=geojson";
    let features = |url: &str| json(url)["features"].clone();
    assert_eq!(features(url), features(url));
    assert_ne!(features(url), features("/hotspots?permutations=199&seed=2&f=geojson"));
    // A form leaves empty what nobody filled in.
    assert_eq!(json("/hotspots?cell=&k=&as-of=&f=geojson")["features"], json("/hotspots?f=geojson")["features"]);
}

#[test]
fn the_sites_themselves_can_be_tested_and_what_is_proven_counts_alone_where_that_is_asked_for() {
    let sites = json("/hotspots?on=sites&weights=knn&k=8&permutations=199");
    let place = &sites["features"][0]["geometry"];
    assert_eq!(place["type"], "Point");
    assert!(sites["features"][0]["id"].as_str().unwrap().contains('/'));
    let low = json("/hotspots?value=low&permutations=0");
    let high = json("/hotspots?value=high&permutations=0");
    assert_ne!(low["features"], high["features"]);
}

#[test]
fn a_store_without_sites_has_an_answer_that_says_why_it_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    rusqlite::Connection::open(&store)
        .unwrap()
        .execute_batch("DELETE FROM clusters; DELETE FROM craft_villages")
        .unwrap();
    let server = Server::start(&mut serve(&store));
    for method in ["gi_star", "moran", "kde", "dbscan"] {
        let document = server.json(&format!("/hotspots?method={method}"));
        assert_eq!(document["features"].as_array().unwrap().len(), 0);
        assert!(document["reason"]["vi"].as_str().unwrap().contains("cơ sở"), "{document}");
        assert!(document["reason"]["en"].as_str().unwrap().contains("sites"), "{document}");
    }
    for id in ["hotspots", "hotspot_zones"] {
        assert_eq!(server.json(&format!("/collections/{id}/items"))["numberMatched"], 0, "{id}");
    }
    assert!(server.json("/hotspots/pressure?f=json")["sensitivity"].is_null());
}

#[test]
fn the_pressure_of_each_site_is_told_with_formula_weights_and_what_other_weights_would_do() {
    let document = json("/hotspots/pressure?f=json");
    assert!(document["formula"]["vi"].as_str().unwrap().contains("tỷ số"));
    let weights = document["weights"].as_array().unwrap();
    let groups: f64 =
        weights.iter().filter(|row| row["kind"] == "group").map(|row| row["value"].as_f64().unwrap()).sum();
    assert!((groups - 1.0).abs() < 1e-9);
    assert!(weights.iter().all(|row| !row["reason"]["vi"].as_str().unwrap().is_empty()));
    let sensitivity = &document["sensitivity"];
    assert_eq!(sensitivity["change"], 0.2);
    assert_eq!(sensitivity["variants"].as_array().unwrap().len(), 14);
    let tau = sensitivity["least_tau"].as_f64().unwrap();
    assert!((0.5..=1.0).contains(&tau), "{tau}");
    for site in document["pressures"].as_array().unwrap() {
        let rank = |name: &str| site[name].as_u64().unwrap();
        assert!(rank("rank_best") <= rank("rank") && rank("rank") <= rank("rank_worst"), "{site}");
        let parts = site["parts"].as_object().unwrap().values();
        let high: f64 = parts.map(|part| part["high"].as_f64().unwrap()).sum();
        assert!((high - site["pressure_high"].as_f64().unwrap()).abs() < 0.001, "{site}");
    }
    let csv = get("/hotspots/pressure?f=csv");
    assert_eq!(csv.text().lines().count(), document["pressures"].as_array().unwrap().len() + 1);
    assert_eq!(get("/hotspots/pressure?f=html").media_type(), "text/html");
}

#[test]
fn why_takes_one_subject_that_is_there() {
    assert_eq!(get("/hotspots/why?cell=h4000_0_0&site=clusters/x").status, 400);
    for query in
        ["cell=h4000_0_0", "cell=nonsense", "zone=zone-x", "reach=song-hong.x", "site=clusters/nowhere", "site=x"]
    {
        assert_eq!(get(&format!("/hotspots/why?{query}")).status, 404, "{query}");
    }
    assert_eq!(get("/hotspots/why?cell=h4000_1_1&colour=red").faults(), ["colour"]);
}

#[test]
fn a_cell_a_zone_a_reach_and_a_site_are_explained_by_sites_with_shares_and_by_reaches() {
    let first = |id: &str| json(&format!("/collections/{id}/items?limit=1"))["features"][0].clone();
    let zone = first("hotspot_zones");
    let sites = zone["properties"]["site_ids"].as_str().unwrap();
    let site = sites.split(',').next().unwrap().to_owned();
    let hot = json("/collections/hotspots/items?sortby=-statistic&limit=1")["features"][0].clone();
    let subjects = [
        ("zone", zone["id"].as_str().unwrap().to_owned()),
        ("reach", first("waterway_reaches")["id"].as_str().unwrap().to_owned()),
        ("cell", hot["id"].as_str().unwrap().to_owned()),
        ("site", site),
    ];
    for (kind, id) in subjects {
        let document = json(&format!("/hotspots/why?{kind}={id}"));
        let of_kind = |wanted: &str| -> Vec<Value> {
            let features = document["features"].as_array().unwrap().iter();
            features.filter(|feature| feature["properties"]["kind"] == wanted).cloned().collect()
        };
        let shares: f64 = of_kind("site").iter().map(|site| site["properties"]["share_pct"].as_f64().unwrap()).sum();
        assert!((shares - 100.0).abs() < 1.0, "{kind} {id}: {shares}");
        assert!(!of_kind("reach").is_empty(), "{kind} {id}");
        assert!(of_kind("reach").iter().all(|reach| reach["geometry"]["type"] == "LineString"));
    }
    let of_cell = json(&format!("/hotspots/why?cell={}", hot["id"].as_str().unwrap()));
    let told = of_cell["features"].as_array().unwrap().iter().filter(|f| f["properties"]["kind"] == "site").count();
    assert_eq!(told as u64, hot["properties"]["site_count"].as_u64().unwrap(), "the sites that the cell names");
}
