//! `make bench`: Gi* with 999 permutations on 100,000 places, beside esda with numba in the same run, and what a city asks.
//!
//! Both sides get the same places, values and neighbours; z-scores are compared, so that both are known to do the same work.
//! It measures and never judges. Without the Python of `.ci/setup.sh bench` the other side is left out, and said so.

#[path = "../common/median.rs"]
mod median;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use geo::{Coord, MultiPolygon, Rect};
use langxanh::hotspot::density::{Boundary, Density, Kernel};
use langxanh::hotspot::fdr::q_values_of_known;
use langxanh::hotspot::getis::local_g;
use langxanh::hotspot::grid::HexGrid;
use langxanh::hotspot::never;
use langxanh::hotspot::permutation::Permutations;
use langxanh::hotspot::sites::{Sites, key_of};
use langxanh::hotspot::weights::{Own, Scheme, Transform, Weights};
use langxanh::hotspot::zones::{ZoneOptions, zones};
use langxanh::sample::rng::Rng;
use serde::Deserialize;

use median::median;

/// How to measure.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 100_000)]
    places: usize,
    #[arg(long, default_value_t = 999)]
    permutations: u32,
    /// Neighbours of each place.
    #[arg(long, default_value_t = 8)]
    k: usize,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Deserialize)]
struct Esda {
    weights_s: f64,
    gi_s: f64,
    jobs: i32,
}

/// The median time of some rounds in milliseconds, and what the last of them gave.
fn timed<T>(rounds: usize, mut work: impl FnMut() -> Result<T>) -> Result<(T, f64)> {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        last = Some(work()?);
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok((last.context("no round")?, median(times)))
}

fn say(what: &str, milliseconds: f64) {
    eprintln!("{what:<58} {milliseconds:>10.1} ms");
}

fn main() -> Result<()> {
    let options = Options::parse();
    let mut rng = Rng::named("hotspots");
    let places: Vec<_> =
        (0..options.places).map(|_| Coord { x: rng.between(0.0, 1e5), y: rng.between(0.0, 1e5) }).collect();
    // Skewed, as pressures are.
    let values: Vec<f64> = (0..options.places).map(|_| rng.unit().powi(4) * 100.0).collect();
    let keyed: Vec<_> = places.iter().enumerate().map(|(at, place)| (key_of(&at.to_string()), *place)).collect();

    eprintln!(
        "{} places, {} nearest, {} permutations; medians of {} rounds",
        options.places, options.k, options.permutations, options.rounds
    );
    let (weights, ours_weights) = timed(options.rounds, || {
        let sites = Sites::new(&keyed)?;
        Ok(Weights::build(&sites, Scheme::Nearest(options.k), Transform::Binary, Own::With, &never)?)
    })?;
    say("neighbours, langxanh", ours_weights);
    let draws = Some(Permutations { count: options.permutations, seed: 1 });
    let (found, ours) = timed(options.rounds, || Ok(local_g(&weights, &values, draws, &never)?))?;
    say("Gi* with permutations, langxanh", ours);
    let kernel = Scheme::Kernel(
        langxanh::hotspot::weights::Kernel::Quartic,
        langxanh::hotspot::weights::Reach::Nearest(options.k),
    );
    let uneven = Weights::build(weights.sites(), kernel, Transform::AsMade, Own::With, &never)?;
    let (_, time) = timed(options.rounds, || Ok(local_g(&uneven, &values, draws, &never)?))?;
    say("  the same with weights of a kernel", time);

    let z: Vec<f64> = found.iter().map(|g| g.map_or(f64::NAN, |g| g.z)).collect();
    match beside(&options, &places, &values, &z)? {
        Some(esda) => {
            say("neighbours, libpysal", esda.weights_s * 1000.0);
            say(&format!("Gi* with permutations, esda, n_jobs={}", esda.jobs), esda.gi_s * 1000.0);
            eprintln!("esda / langxanh: {:.0} (with neighbours {:.0})", esda.gi_s * 1000.0 / ours, {
                (esda.gi_s + esda.weights_s) * 1000.0 / (ours + ours_weights)
            });
        }
        None => eprintln!("SKIPPED: no Python with esda, nothing to stand beside (.ci/setup.sh bench)"),
    }
    city(options.rounds)
}

/// esda's time for the same, and a check that it found the same; `None` without it.
fn beside(options: &Options, places: &[Coord<f64>], values: &[f64], z: &[f64]) -> Result<Option<Esda>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python =
        std::env::var_os("LANGXANH_PYTHON").map_or_else(|| root.join("target/python/bin/python"), PathBuf::from);
    if !python.exists() {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let write = |name: &str, numbers: &mut dyn Iterator<Item = f64>| {
        let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
        std::fs::write(folder.path().join(name), bytes)
    };
    write("places.f64", &mut places.iter().flat_map(|place| [place.x, place.y]))?;
    write("values.f64", &mut values.iter().copied())?;
    let output = Command::new(python)
        .arg(root.join("benches/hotspots/esda_gi.py"))
        .arg(folder.path())
        .args([options.permutations.to_string(), options.k.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "esda_gi.py failed");
    let theirs = std::fs::read(folder.path().join("z.f64"))?;
    let (theirs, _) = theirs.as_chunks::<8>();
    let same = |(ours, theirs): (&f64, &[u8; 8])| (ours - f64::from_le_bytes(*theirs)).abs() < 1e-9;
    ensure!(theirs.len() == z.len() && z.iter().zip(theirs).all(same), "esda's z-scores are others");
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}

/// A whole run as a city asks for it: some 1,400 sites in 70 by 90 km.
fn city(rounds: usize) -> Result<()> {
    let mut rng = Rng::named("city");
    let (low, high) = (Coord { x: 530_000.0, y: 2_275_000.0 }, Coord { x: 600_000.0, y: 2_365_000.0 });
    let area = MultiPolygon(vec![Rect::new(low, high).to_polygon()]);
    let sites: Vec<(Coord<f64>, f64)> = (0..1_400)
        .map(|_| (Coord { x: rng.between(low.x, high.x), y: rng.between(low.y, high.y) }, rng.unit().powi(4)))
        .collect();
    let grid = HexGrid::new(2_000.0)?;
    eprintln!();
    let (cells, time) = timed(rounds, || {
        let places: Vec<_> = sites.iter().map(|(place, _)| *place).collect();
        Ok(grid.cells(&area, &places, &never)?)
    })?;
    eprintln!("a city: {} sites, {} hexagons of 2 km, 9,999 permutations", sites.len(), cells.len());
    let mut whole = time;
    say("hexagons", time);
    let (_, time) = timed(rounds, || {
        let keyed: Vec<_> =
            cells.iter().map(|cell| (key_of(&grid.id(*cell).to_string()), grid.centre(*cell))).collect();
        let mut values = vec![0.0; cells.len()];
        for (place, weight) in &sites {
            let at = grid.cell_at(*place).and_then(|cell| cells.binary_search(&cell).ok());
            values[at.context("a site outside the grid")?] += weight;
        }
        let cells = Sites::new(&keyed)?;
        let weights = Weights::build(&cells, Scheme::DistanceBand(4_100.0), Transform::Binary, Own::With, &never)?;
        let found = local_g(&weights, &values, Some(Permutations { count: 9_999, seed: 1 }), &never)?;
        let p: Vec<_> = found.iter().map(|g| g.ok().and_then(|g| g.simulated).map(|simulated| simulated.p)).collect();
        Ok(q_values_of_known(&p)?)
    })?;
    whole += time;
    say("neighbours, Gi*, q-values", time);
    let (_, time) = timed(rounds, || {
        let density = Density::new(&sites)?;
        let bandwidth = density.rule_of_thumb(Kernel::Quartic)?;
        let points: Vec<_> = cells.iter().map(|cell| grid.centre(*cell)).collect();
        Ok(density.at(&points, Kernel::Quartic, bandwidth, Some(&Boundary::new(&area)?), &never)?)
    })?;
    whole += time;
    say("density with the edge corrected", time);
    let (_, time) = timed(rounds, || {
        let keyed: Vec<_> = sites.iter().zip(0..).map(|((place, _), key)| (key, *place)).collect();
        let weights: Vec<f64> = sites.iter().map(|(_, weight)| *weight).collect();
        Ok(zones(&Sites::new(&keyed)?, &weights, ZoneOptions { reach: 1_500.0, least_weight: 1.5 }, &never)?)
    })?;
    whole += time;
    say("zones", time);
    say("the whole run", whole);
    Ok(())
}
