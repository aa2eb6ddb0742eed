//! A site's page and what it reads: what would settle its rules, what lies around it, what is wrong in its data.

use serde_json::Value;

use crate::common::http::{get, json};

const SITE: &str = "clusters/phu-thi-gia-lam";

#[test]
fn only_sites_that_are_or_were_there_have_a_page() {
    for missing in ["/sites/clusters/nowhere", "/sites/waterways/song-hong", "/sites/nothing/x", "/sites/clusters"] {
        assert_eq!(get(missing).status, 404, "{missing}");
    }
    assert_eq!(get(&format!("/sites/{SITE}?as-of=yesterday&nonsense=1")).faults(), ["nonsense"]);
    assert_eq!(get(&format!("/sites/{SITE}?as-of=yesterday")).faults(), ["as-of"]);
    let page = get(&format!("/sites/{SITE}?as-of=2025-06-30&lang=en&distance=500"));
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
    assert_eq!(get("/compare?lang=en").media_type(), "text/html");
}

#[test]
fn what_is_unknown_says_what_to_hand_in_and_a_breach_what_to_do_and_nothing_else_says_either() {
    let mut seen = std::collections::BTreeSet::new();
    for site in json("/collections/clusters/items?limit=200")["features"].as_array().unwrap() {
        let assessment = json(&format!("/compliance/clusters/{}", site["id"].as_str().unwrap()));
        for rule in assessment["rules"].as_array().unwrap() {
            let (outcome, settled) = (rule["outcome"].as_str().unwrap(), &rule["settled_by"]);
            let is_text = |text: &Value| text["vi"].is_string() && text["en"].is_string();
            match outcome {
                "unknown" => assert!(settled["action"].is_null() && is_text(&settled["proof"]), "{rule}"),
                "breached" => assert!(is_text(&settled["action"]) && is_text(&settled["proof"]), "{rule}"),
                _ => assert!(settled.is_null(), "{rule}"),
            }
            seen.insert(outcome.to_owned());
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["breached", "met", "not_applicable", "unknown"]);
}

#[test]
fn neighbours_are_told_with_metres_and_with_how_sure_that_is() {
    let around = |query: &str| get(&format!("/sites/{SITE}/neighbours{query}"));
    for wrong in ["?distance=-1", "?distance=60000", "?distance=NaN", "?distance=inf", "?distance=2km", "?distance="] {
        assert_eq!(around(wrong).faults(), ["distance"], "{wrong}");
    }
    assert_eq!(get("/sites/clusters/nowhere/neighbours").status, 404);
    let far = around("?distance=10000").json();
    assert_eq!((&far["distance_m"], &far["has_place"]), (&10_000.0.into(), &true.into()));
    let all = far["neighbours"].as_array().unwrap();
    assert!(!all.is_empty());
    let number = |near: &Value, name: &str| near[name].as_f64().unwrap();
    assert!(all.windows(2).all(|pair| number(&pair[0], "distance_m") <= number(&pair[1], "distance_m")));
    for near in all {
        let (distance, off) = (number(near, "distance_m"), number(near, "uncertainty_m"));
        assert!(distance - off <= 10_000.0, "{near}");
        assert_eq!(near["within"] == "yes", distance + off <= 10_000.0, "{near}");
        assert!(
            near["collection"] != "clusters" || near["id"] != "phu-thi-gia-lam",
            "a site is no neighbour of its own"
        );
    }
    let near = around("?distance=1000").json();
    assert!(near["neighbours"].as_array().unwrap().len() <= all.len());
}

#[test]
fn faults_of_one_site_are_those_of_all_that_name_it() {
    assert_eq!(get("/compliance/quality?site=waterways/x").faults(), ["site"]);
    let all = json("/compliance/quality");
    let findings = all["findings"].as_array().unwrap();
    let named = findings.iter().find(|finding| finding["site"].is_object()).unwrap();
    let (collection, id) = (named["site"]["collection"].as_str().unwrap(), named["site"]["id"].as_str().unwrap());
    let of_site = json(&format!("/compliance/quality?site={collection}/{id}"));
    let expected: Vec<&Value> = findings
        .iter()
        .filter(|finding| {
            finding["site"]["id"] == id && finding["site"]["collection"] == collection
                || finding["collection"] == collection && finding["id"] == id
        })
        .collect();
    assert_eq!(of_site["findings"].as_array().unwrap().iter().collect::<Vec<_>>(), expected);
    assert!(json("/compliance/quality?site=clusters/nowhere")["findings"].as_array().unwrap().is_empty());
}
