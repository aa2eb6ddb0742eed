//! `/search`: names across all collections, best first.

use crate::common::http::{get, json};

#[test]
fn a_search_without_words_is_refused_with_every_fault() {
    assert_eq!(get("/search").faults(), ["q"]);
    let mut faults = get("/search?q=%20-&limit=0&nonsense=1").faults();
    faults.sort();
    assert_eq!(faults, ["limit", "nonsense", "q"]);
}

#[test]
fn a_name_is_found_in_every_collection_with_or_without_diacritics() {
    let found = |q: &str| -> Vec<(String, String)> {
        let page = json(&format!("/search?limit=200&q={q}"));
        let features = page["features"].as_array().unwrap().clone();
        assert_eq!(page["numberReturned"], features.len());
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        features.iter().map(|f| (text(&f["properties"]["collection"]), text(&f["properties"]["name"]))).collect()
    };
    let plain = found("duong+lieu");
    assert!(plain.iter().any(|(collection, _)| collection == "craft_villages"), "{plain:?}");
    assert!(plain.iter().any(|(collection, _)| collection == "clusters"), "{plain:?}");
    let mut typed = found("D%C6%B0%C6%A1ng+Li%E1%BB%85u");
    assert!(typed[0].1.contains("Dương Liễu"), "{typed:?}");
    typed.sort();
    let mut plain = plain;
    plain.sort();
    assert_eq!(plain, typed, "the same features, perhaps in another order");
    assert!(found("khongcogihet").is_empty());
    let facts = ["infrastructure_items", "milestones", "effluent_samples"];
    let phu = found("phu");
    assert!(phu.len() > 10 && !phu.iter().any(|(collection, _)| facts.contains(&collection.as_str())), "{phu:?}");
}

#[test]
fn what_is_found_leads_to_the_feature_and_to_its_place() {
    let page = json("/search?q=duong+lieu&limit=3");
    assert!(page["numberMatched"].as_u64() >= page["numberReturned"].as_u64());
    let mut last = 0;
    for feature in page["features"].as_array().unwrap() {
        let item = json(feature["links"][0]["href"].as_str().unwrap());
        assert_eq!(item["id"], feature["properties"]["id"]);
        assert_eq!(item["geometry"].is_null(), feature["geometry"].is_null());
        if let Some(bbox) = feature["bbox"].as_array() {
            let point = &feature["geometry"]["coordinates"];
            assert!(bbox[0].as_f64() <= point[0].as_f64() && point[1].as_f64() <= bbox[3].as_f64());
        }
        let distance = feature["properties"]["distance"].as_u64().unwrap();
        assert!(distance >= last, "best first");
        last = distance;
    }
}
