//! `cargo bench --bench country`: a table larger than one holds in memory, on PostGIS, beside the peers on the same table.
//!
//! Ten million made-up parcels or as many as are asked for, written once and kept. One run, rounds in turn, medians. It
//! measures and never judges, but for the service's own faults. Every request is new to every server where nothing else is
//! said, so that what is compared is the work and not the caches; peers that refuse or give up are said to.

#![allow(clippy::print_stdout, reason = "a benchmark prints each row of its table as soon as it is measured")]

#[path = "../../tests/common/cluster.rs"]
mod cluster;
#[path = "../common/median.rs"]
mod median;
#[path = "../common/nginx.rs"]
mod nginx;
#[path = "../common/parcels.rs"]
mod parcels;
mod peers;
mod postgres;
mod requests;
#[path = "../common/servers.rs"]
mod servers;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;

use median::median;
use peers::Server;
use requests::{CASES, Case, Request};
use servers::{Langxanh, fetch};

/// How to measure.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 10_000_000)]
    parcels: usize,
    /// Seconds of load per case, server and round.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only the rows of the table whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
    /// Serve from memory what a city's table would be served from, instead of from the database.
    #[arg(long)]
    held: bool,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a server did in one round.
#[derive(Clone, Copy)]
struct Load {
    per_second: f64,
    half_ms: f64,
    most_ms: f64,
    mean_bytes: f64,
    /// Of the server and the database, a request.
    cpu_ms: f64,
}

const OURS: &str = "langxanh";

fn main() -> Result<()> {
    let options = Options::parse();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/country");
    std::fs::create_dir_all(&directory)?;
    let Some(programs) = cluster::programs() else {
        bail!("PostgreSQL is missing: sudo apt-get install -y --no-install-recommends postgresql-15-postgis-3");
    };
    let postgres = postgres::Postgres::start(&directory, &programs)?;
    let database = postgres.database(options.parcels)?;
    let (ours, start_up) = Langxanh::start_with(
        OsStr::new(&database.url),
        &["--snapshot", if options.held { "parcels=always" } else { "parcels=never" }],
    )?;
    let idle = ours.process.sum(servers::resident_bytes)?;
    // Low zooms are offered once they have been looked at: beside everything else, which would be measured with it.
    let offered = Instant::now();
    servers::wait_until(600, "the overview", || {
        let tileset = fetch(&ours.origin, "/collections/parcels/tiles/WebMercatorQuad?f=tilejson", false)?;
        anyhow::ensure!(String::from_utf8_lossy(&tileset).contains("\"minzoom\":0"), "low zooms are not offered yet");
        Ok(())
    })?;
    let low_zooms_s = offered.elapsed().as_secs_f64();
    let mut all = vec![Server::new(OURS, ours.origin, vec![ours.process], path)];
    all.extend(peers::start(&directory, &postgres, &database)?);

    let from = if options.held { "memory" } else { "the database" };
    println!(
        "{} parcels on PostGIS, served from {from}, rounds of {} s, medians of {}.",
        options.parcels, options.seconds, options.rounds
    );
    println!("\n| request | server | mean kB | /s | p50 ms | p99 ms | CPU ms | langxanh / this |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    for case in CASES.iter().filter(|case| case.name.contains(&options.only)) {
        let mut loads: Vec<Vec<Load>> = vec![Vec::new(); all.len()];
        let mut failures: Vec<Option<String>> = vec![None; all.len()];
        // The first round warms the database up and is thrown away.
        for round in 0..=options.rounds {
            let requests = case.requests(options.parcels, round);
            for turn in 0..all.len() {
                let at = (turn + round) % all.len();
                let (Some(server), Some(loads), Some(failure)) = (all.get(at), loads.get_mut(at), failures.get_mut(at))
                else {
                    continue;
                };
                let paths: Vec<String> = requests.iter().filter_map(|request| server.path(request)).collect();
                if paths.is_empty() || failure.is_some() {
                    continue;
                }
                match load(server, case, &paths, &postgres, options.seconds) {
                    Ok(load) if round > 0 => loads.push(load),
                    Ok(_) => {}
                    Err(error) if server.name == OURS => return Err(error),
                    Err(error) => *failure = Some(format!("{error:#}")),
                }
            }
        }
        report(case, &all, &loads, &failures);
    }
    let service = all.first().context("the service")?;
    let resident = service.processes.iter().map(|process| process.sum(servers::resident_bytes)).sum::<Result<u64>>()?;
    println!();
    if let Some(seconds) = database.written_s {
        println!("- Writing: {:.0} s, {:.0} parcels/s.", seconds, options.parcels as f64 / seconds);
    }
    println!("- Start until ready: {start_up:.2} s; low zooms are offered {low_zooms_s:.1} s later.");
    println!(
        "- Resident memory of the instance: {:.0} MB when ready, {:.0} MB after the load.",
        idle as f64 / 1e6,
        resident as f64 / 1e6
    );
    if options.only.is_empty() { whole(service) } else { Ok(()) }
}

fn path(request: &Request) -> Option<String> {
    let collection = "/collections/parcels";
    Some(match request {
        Request::First(count) => format!("{collection}/items?limit={count}"),
        Request::One(id) => format!("{collection}/items/{id}"),
        Request::Box(bbox) => format!("{collection}/items?limit=1000&bbox={bbox}"),
        Request::Filter(condition) => format!("{collection}/items?limit=1000&filter={condition}"),
        Request::Tile { zoom, row, col } => format!("{collection}/tiles/WebMercatorQuad/{zoom}/{row}/{col}"),
    })
}

/// Processor time of a server and the database.
fn processor_seconds(server: &Server, postgres: &postgres::Postgres) -> Result<f64> {
    let of = |process: &servers::Process| process.sum(servers::processor_seconds);
    Ok(server.processes.iter().map(of).sum::<Result<f64>>()? + of(&postgres.process)?)
}

/// Several clients, each asking for the next path when it has its answer, until the time or the paths are over.
fn load(server: &Server, case: &Case, paths: &[String], postgres: &postgres::Postgres, seconds: u64) -> Result<Load> {
    let (next, times, failure) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(None));
    let before = processor_seconds(server, postgres)?;
    let start = Instant::now();
    let until = start + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for _ in 0..case.clients {
            scope.spawn(|| {
                while Instant::now() < until && failure.lock().is_ok_and(|failure| failure.is_none()) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(if case.again { at % paths.len() } else { at }) else { break };
                    let asked = Instant::now();
                    match fetch(&server.origin, path, false) {
                        Ok(body) => {
                            if let Ok(mut times) = times.lock() {
                                times.push((asked.elapsed().as_secs_f64() * 1000.0, body.len()));
                            }
                        }
                        Err(error) => {
                            if let Ok(mut failure) = failure.lock() {
                                *failure = Some(error);
                            }
                        }
                    }
                }
            });
        }
    });
    let elapsed = start.elapsed().as_secs_f64();
    if let Ok(Some(error)) = failure.into_inner() {
        return Err(error.context(format!("{} at {}", server.name, case.name)));
    }
    let mut times = times.into_inner().unwrap_or_default();
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    let count = times.len();
    let part = |share: f64| times.get(((count as f64 * share) as usize).min(count.saturating_sub(1)));
    Ok(Load {
        per_second: count as f64 / elapsed,
        half_ms: part(0.5).map_or(f64::NAN, |time| time.0),
        most_ms: part(0.99).map_or(f64::NAN, |time| time.0),
        mean_bytes: times.iter().map(|time| time.1 as f64).sum::<f64>() / count as f64,
        cpu_ms: (processor_seconds(server, postgres)? - before) * 1000.0 / count as f64,
    })
}

fn middle(loads: &[Load], of: fn(&Load) -> f64) -> f64 {
    median(loads.iter().map(of))
}

fn report(case: &Case, servers: &[Server], loads: &[Vec<Load>], failures: &[Option<String>]) {
    let ours = loads.first().map_or(f64::NAN, |loads| middle(loads, |load| load.per_second));
    for ((server, loads), failure) in servers.iter().zip(loads).zip(failures) {
        if let Some(failure) = failure {
            println!(
                "| {} | {} | failed: {} | | | | | |",
                case.name,
                server.name,
                failure.replace(['\n', '\r', '|'], " ")
            );
        } else if !loads.is_empty() {
            let of = |number| middle(loads, number);
            let rate = of(|load: &Load| load.per_second);
            println!(
                "| {} | {} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} | **{:.1}** |",
                case.name,
                server.name,
                of(|load| load.mean_bytes) / 1e3,
                rate,
                of(|load| load.half_ms),
                of(|load| load.most_ms),
                of(|load| load.cpu_ms),
                ours / rate,
            );
        }
    }
}

/// The whole collection in one piece, which the peers do not offer, or hold in memory before they send it.
fn whole(service: &Server) -> Result<()> {
    let start = Instant::now();
    let (mut bytes, mut first_byte) = (0_u64, None);
    let mut most = 0;
    servers::fetch_pieces(&service.origin, "/collections/parcels/download?f=geojson", false, |piece| {
        first_byte.get_or_insert_with(|| start.elapsed().as_secs_f64());
        // Looking costs more than reading.
        if bytes >> 26 != (bytes + piece.len() as u64) >> 26 {
            let of = |process: &servers::Process| process.sum(servers::resident_bytes).unwrap_or(0);
            most = most.max(service.processes.iter().map(of).sum());
        }
        bytes += piece.len() as u64;
    })?;
    println!(
        "- Whole collection in one piece: first byte after {:.3} s, {:.0} MB in {:.1} s, the instance at {:.0} MB at most.",
        first_byte.unwrap_or(f64::NAN),
        bytes as f64 / 1e6,
        start.elapsed().as_secs_f64(),
        most as f64 / 1e6
    );
    Ok(())
}
