//! The standing run as collections: `hotspots`, `hotspot_zones`, `waterway_reaches`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::common::http::{ids, json, matching};
use crate::common::{READABLE, Server, sample_store, serve};

fn features(path: &str) -> Vec<Value> {
    READABLE.server.pages(path).iter().flat_map(|page| page["features"].as_array().unwrap().clone()).collect()
}

fn number(feature: &Value, name: &str) -> f64 {
    feature["properties"][name].as_f64().unwrap_or_else(|| panic!("{name} of {feature}"))
}

fn listed(feature: &Value, name: &str) -> Vec<String> {
    let text = feature["properties"][name].as_str().unwrap();
    text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_cell_has_its_numbers_and_none_is_nan() {
    let cells = features("/collections/hotspots/items?limit=1000");
    // 3,359 km² in hexagons of 4 km, each 13.86 km²: about 242, and some more at the edge.
    assert!((225..290).contains(&cells.len()), "{}", cells.len());
    let classes = ["hot_99", "hot_95", "hot_90", "none", "cold_90", "cold_95", "cold_99"];
    for cell in &cells {
        let (low, mid, high) = (number(cell, "pressure_low"), number(cell, "pressure"), number(cell, "pressure_high"));
        assert!(0.0 <= low && low <= mid && mid <= high && (mid - (low + high) / 2.0).abs() < 0.002, "{cell}");
        let (p, q) = (number(cell, "p_value"), number(cell, "q_value"));
        assert!((0.0..=1.0).contains(&p) && p <= q + 1e-9 && q <= 1.0, "{cell}");
        for name in ["hotspot_class", "class_low", "class_high"] {
            assert!(classes.contains(&cell["properties"][name].as_str().unwrap()), "{cell}");
        }
        assert_eq!(listed(cell, "site_ids").len() as f64, number(cell, "site_count"));
        assert_eq!(cell["geometry"]["coordinates"][0].as_array().unwrap().len(), 7);
        assert_eq!(cell["properties"]["hotspot_class"] != "none", q <= 0.1, "{cell}");
    }
}

#[test]
fn the_pressure_of_all_cells_is_that_of_all_sites() {
    let cells = features("/collections/hotspots/items?limit=1000");
    let of_cells: f64 = cells.iter().map(|cell| number(cell, "pressure")).sum();
    let sites = json("/hotspots/pressure?f=json");
    let of_sites: f64 = sites["pressures"].as_array().unwrap().iter().map(|s| s["pressure"].as_f64().unwrap()).sum();
    assert!((of_cells - of_sites).abs() < 0.01 * of_sites, "{of_cells} {of_sites}");
}

#[test]
fn zones_are_hot_cells_that_touch_ranked_by_pressure_with_a_reason_in_both_languages() {
    let cells = features("/collections/hotspots/items?limit=1000");
    let hot = cells.iter().filter(|cell| cell["properties"]["hotspot_class"].as_str().unwrap().starts_with("hot"));
    let zones = features("/collections/hotspot_zones/items?sortby=rank");
    assert!(hot.count() > 0 && !zones.is_empty(), "the sample has places where villages gather");
    let pressures: Vec<f64> = zones.iter().map(|zone| number(zone, "pressure")).collect();
    assert!(pressures.is_sorted_by(|a, b| a >= b), "{pressures:?}");
    for (at, zone) in zones.iter().enumerate() {
        assert_eq!(number(zone, "rank"), (at + 1) as f64);
        let word = |name: &str| zone["properties"][name].as_str().unwrap().to_owned();
        assert!(word("hotspot_class").starts_with("hot"), "{zone}");
        assert!(word("why_vi").contains("cơ sở") && word("why_vi").contains("Vị trí cơ sở có thể lệch"), "{zone}");
        assert!(word("why_en").contains("Hardest pressing") && word("why_en").contains("may be off"), "{zone}");
        assert!(!word("name_vi").is_empty() && !word("name_en").is_empty());
        assert_eq!(listed(zone, "site_ids").len() as f64, number(zone, "site_count"));
        let reaches: BTreeSet<String> = matching("waterway_reaches/items?limit=1000").into_iter().collect();
        assert!(listed(zone, "reach_ids").iter().all(|id| reaches.contains(id)), "{zone}");
    }
}

#[test]
fn loads_are_conserved_on_their_way_down() {
    let reaches = features("/collections/waterway_reaches/items?limit=1000");
    let by_id: BTreeMap<&str, &Value> = reaches.iter().map(|reach| (reach["id"].as_str().unwrap(), reach)).collect();
    let mut entering: BTreeMap<&str, f64> = by_id.iter().map(|(id, reach)| (*id, number(reach, "load_own"))).collect();
    for reach in &reaches {
        if let Some(next) = reach["properties"]["downstream_id"].as_str() {
            *entering.get_mut(next).unwrap() += number(reach, "load");
        }
    }
    for (id, sum) in &entering {
        // Each number is rounded to a tenth.
        let load = number(by_id[id], "load");
        assert!((sum - load).abs() < 0.5, "{id}: {sum} enters, {load} comes down");
    }
    let ranks: Vec<f64> = reaches.iter().map(|reach| number(reach, "rank")).collect();
    assert_eq!(ranks, (1..=reaches.len()).map(|rank| rank as f64).collect::<Vec<_>>());
    assert!(reaches.windows(2).all(|pair| number(&pair[0], "load") >= number(&pair[1], "load")));
    for reach in reaches.iter().filter(|reach| number(reach, "load") > 0.0) {
        let shares: f64 = listed(reach, "site_shares").iter().map(|share| share.parse::<f64>().unwrap()).sum();
        assert!((shares - 100.0).abs() < 0.1 * number(reach, "site_count").max(1.0), "{reach}");
    }
}

#[test]
fn another_day_has_cells_of_its_own() {
    let then = json("/collections/hotspots/items?limit=1000&as-of=2024-06-30");
    let now = json("/collections/hotspots/items?limit=1000");
    let day = |page: &Value| page["features"][0]["properties"]["computed_for"].as_str().unwrap().to_owned();
    assert_eq!(day(&then), "2024-06-30");
    assert_ne!(day(&now), "2024-06-30");
    // Before July 2025 the city is that of the districts; the grid is the same.
    let common = ids(&now).into_iter().collect::<BTreeSet<_>>();
    let shared = ids(&then).iter().filter(|id| common.contains(*id)).count();
    assert!(shared * 10 > common.len() * 9, "{shared} of {}", common.len());
    assert_ne!(then["features"], now["features"]);
}

#[test]
fn a_change_of_samples_is_seen_in_the_cells_soon_after() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let server = Server::start(&mut serve(&store));
    let load = |server: &Server| {
        let pressures = server.json("/hotspots/pressure?f=json")["pressures"].as_array().unwrap().clone();
        pressures.iter().map(|site| site["pressure_high"].as_f64().unwrap()).sum::<f64>()
    };
    let cells = |server: &Server| server.json("/collections/hotspots/items?limit=1000")["features"].clone();
    let (before, cells_before) = (load(&server), cells(&server));
    let connection = rusqlite::Connection::open(&store).unwrap();
    // Without samples an effluent can be anything.
    connection.execute_batch("DELETE FROM effluent_samples").unwrap();
    let waited = std::time::Instant::now();
    loop {
        if load(&server) > before + 1.0 && cells(&server) != cells_before {
            break;
        }
        assert!(waited.elapsed().as_secs() < 120, "the change is not published: {}", server.messages());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
