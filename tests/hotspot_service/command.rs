//! `langxanh hotspots`.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::common::{READABLE, run};

fn hotspots(store: &Path, arguments: &[&str]) -> Output {
    run(&[&["hotspots", "--store", store.to_str().unwrap()], arguments].concat())
}

fn told(arguments: &[&str]) -> String {
    let output = hotspots(&READABLE.store, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn words_and_numbers_that_cannot_be_are_refused_without_a_result() {
    for arguments in [["--method", "magic"], ["--as-of", "2025-02-30"], ["--weights", "queen"], ["--method", "gi_star"]]
    {
        let extra: &[&str] = if arguments[1] == "gi_star" { &["--cell", "0.001"] } else { &[] };
        let output = hotspots(&READABLE.store, &[&arguments[..], extra].concat());
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn the_standing_run_is_what_the_service_gives() {
    let day = "2025-12-31";
    let zones: Value = serde_json::from_str(&told(&["--as-of", day, "--format", "json"])).unwrap();
    let served = READABLE.server.json(&format!("/collections/hotspot_zones/items?limit=1000&as-of={day}"));
    assert_eq!(zones["features"], served["features"]);
    let cells: Value = serde_json::from_str(&told(&["--what", "cells", "--format", "geojson"])).unwrap();
    assert!(cells["features"].as_array().unwrap().len() > 200);
    assert!(told(&["--what", "reaches", "--format", "csv"]).lines().count() > 20);
    assert!(told(&["--what", "pressure"]).contains("Chỉ số"));
    assert!(told(&[]).contains("Tính đến"));
}

#[test]
fn a_run_of_ones_own_is_printed_in_every_form() {
    let own = ["--method", "gi_star", "--permutations", "99"];
    let document: Value = serde_json::from_str(&told(&[&own[..], &["--format", "geojson"]].concat())).unwrap();
    assert_eq!(document["parameters"]["permutations"], 99);
    assert!(told(&[&own[..], &["--format", "csv"]].concat()).contains("hotspot_class"));
    assert!(told(&own).contains("h4000_"));
}
