//! Areas, overlaps, gaps and buildings of made-up plans against GEOS, which the tests' own Python environment has through
//! shapely. Without it this says SKIPPED.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "plans/grid.rs"]
mod grid;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use langxanh::compliance::Standards;
use langxanh::plan::{FindingKind, Plan, PlanReview, review};
use serde_json::Value;

use grid::{DAY, Layout, as_json};

/// What GEOS says of a plan; `None` where there is no Python with shapely.
fn geos(plan: &Plan) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python =
        std::env::var_os("LANGXANH_PYTHON").map_or_else(|| root.join("target/python/bin/python"), PathBuf::from);
    let has_shapely = Command::new(&python).args(["-c", "import shapely, numpy"]).stderr(Stdio::null()).status();
    if !has_shapely.is_ok_and(|status| status.success()) {
        eprintln!(
            "SKIPPED: no Python with shapely, plans were not compared; run .ci/setup.sh test or set LANGXANH_PYTHON"
        );
        return None;
    }
    let mut asked = Command::new(python);
    asked.arg(root.join("tests/plans/geos.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut asked = asked.spawn().unwrap();
    asked.stdin.take().unwrap().write_all(as_json(plan).to_string().as_bytes()).unwrap();
    let answer = asked.wait_with_output().unwrap();
    assert!(answer.status.success());
    Some(serde_json::from_slice(&answer.stdout).unwrap())
}

fn reviewed(plan: &Plan) -> PlanReview {
    review(&Standards::bundled().unwrap(), plan, DAY)
}

/// Areas by the positions of the two lots.
fn overlaps(plan: &Plan, review: &PlanReview) -> BTreeMap<(usize, usize), f64> {
    let at = |id: &String| plan.parcels.iter().position(|parcel| parcel.id == *id).unwrap();
    let found = review.findings.iter().filter(|found| found.kind == FindingKind::Overlap);
    found.map(|found| ((at(&found.parcels[0]), at(&found.parcels[1])), found.measured.unwrap())).collect()
}

#[test]
fn a_plan_without_a_fault_has_none_at_any_angle_and_its_areas_are_those_of_geos() {
    for degrees in [0.0, 23.0, 45.0, 131.7] {
        let plan = Layout { degrees, ..Layout::small() }.plan();
        let review = reviewed(&plan);
        let geometry: Vec<&str> = review
            .findings
            .iter()
            .filter(|found| found.kind.is_geometry())
            .map(|found| found.message.en.as_str())
            .collect();
        assert_eq!(geometry, Vec::<&str>::new(), "at {degrees}°");
        let Some(told) = geos(&plan) else { return };
        for (lot, area) in review.lots.iter().zip(told["areas"].as_array().unwrap()) {
            let (ours, theirs) = (lot.measured_m2.unwrap(), area.as_f64().unwrap());
            assert!((ours / theirs - 1.0).abs() < 1e-6, "{}: {ours} and {theirs}", lot.id);
        }
    }
}

#[test]
fn overlaps_and_gaps_are_those_of_geos() {
    for seed in 0..8 {
        let plan = Layout { shaken: Some(seed), degrees: 17.0 * seed as f64, ..Layout::small() }.plan();
        let review = reviewed(&plan);
        let Some(told) = geos(&plan) else { return };
        let ours = overlaps(&plan, &review);
        let theirs: BTreeMap<(usize, usize), f64> = told["overlaps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| {
                let at = |n: usize| pair[n].as_u64().unwrap() as usize;
                ((at(0), at(1)), pair[2].as_f64().unwrap())
            })
            .collect();
        assert!(!theirs.is_empty());
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "seed {seed}");
        for (pair, area) in &ours {
            assert!((area - theirs[pair]).abs() < 0.02 + 1e-3 * area, "{pair:?}: {area} and {}", theirs[pair]);
        }
        let gaps = review.findings.iter().filter(|found| found.kind == FindingKind::Gap);
        let ours: f64 = gaps.map(|found| found.measured.unwrap()).sum();
        let theirs: f64 = told["gaps"].as_array().unwrap().iter().map(|area| area.as_f64().unwrap()).sum();
        assert!(theirs > 0.0 && (ours - theirs).abs() < 0.05 + 2e-3 * theirs, "seed {seed}: {ours} and {theirs}");
        for (lot, built) in review.lots.iter().zip(told["on_lots"].as_array().unwrap()) {
            let Some(percent) = lot.density_built_pct else { continue };
            let (ours, theirs) = (percent * lot.measured_m2.unwrap() / 100.0, built.as_f64().unwrap());
            // Threads narrower than a centimetre do not count here and do there.
            assert!((ours - theirs).abs() < 1.0, "{}: {ours} and {theirs}", lot.id);
        }
    }
}
