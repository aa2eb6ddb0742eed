//! `make bench`: how long the review of a large plan takes on one core, beside the same checks by GEOS in the same run.
//!
//! 20,000 lots with a building each, turned by 23°. Medians; it measures and never judges. GEOS is asked through shapely,
//! which looks at all lots in one call; reading the plan is counted for neither.

#[path = "../tests/plans/grid.rs"]
mod grid;
#[path = "common/median.rs"]
mod median;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use langxanh::compliance::Standards;
use langxanh::plan::{Plan, review};
use serde_json::Value;

use grid::{DAY, Layout, as_json};
use median::median;

/// How to measure.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let plan = Layout { columns: 200, roads: 50, degrees: 23.0, shaken: None }.plan();
    let standards = Standards::bundled()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let begun = Instant::now();
        let reviewed = review(&standards, &plan, DAY);
        ours.push(begun.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(!reviewed.findings.iter().any(|found| found.kind.is_geometry()), "the plan has no such fault");
        if let Some(laps) = geos(&plan)? {
            theirs.push(laps.iter().filter(|(name, _)| *name != "read").filter_map(|(_, ms)| ms.as_f64()).sum());
        }
    }
    let (lots, buildings) = (plan.parcels.len(), plan.buildings.len());
    let mut out = std::io::stdout();
    writeln!(
        out,
        "review of a plan of {lots} lots and {buildings} buildings, one core: {:.0} ms",
        median(ours.clone())
    )?;
    match theirs.is_empty() {
        true => writeln!(out, "GEOS was not asked: no Python with shapely")?,
        false => writeln!(
            out,
            "the checks of geometry, access, belt and buildings by GEOS: {:.0} ms; ours, with all other rules, takes {:.2} of that",
            median(theirs.clone()),
            median(ours) / median(theirs)
        )?,
    }
    Ok(())
}

/// How long GEOS took for each check, milliseconds; `None` where there is no Python with shapely.
fn geos(plan: &Plan) -> Result<Option<serde_json::Map<String, Value>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python =
        std::env::var_os("LANGXANH_PYTHON").map_or_else(|| root.join("target/python/bin/python"), PathBuf::from);
    let mut asked = Command::new(python);
    asked.arg(root.join("tests/plans/geos.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut asked) = asked.spawn() else { return Ok(None) };
    let mut input = asked.stdin.take().context("a pipe to Python")?;
    input.write_all(as_json(plan).to_string().as_bytes()).ok();
    drop(input);
    let answer = asked.wait_with_output()?;
    if !answer.status.success() {
        return Ok(None);
    }
    let answer: Value = serde_json::from_slice(&answer.stdout)?;
    Ok(answer["laps"].as_object().cloned())
}
