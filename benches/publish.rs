//! `make bench`: how long a publish takes, whole and after one change.
//!
//! 2,000 made-up clusters, a station each, 500,000 samples of 12 parameters, in a GeoPackage. One run, medians; it measures
//! and never judges.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use clap::Parser;
use geo::{LineString, MultiPolygon, Point, Polygon};
use langxanh::compliance::Standards;
use langxanh::domain::{Collection, FeatureId, Value, catalog};
use langxanh::geom::Shape;
use langxanh::publish::collection::{Builder, PublishedCollection};
use langxanh::publish::sites::Facts;
use langxanh::publish::{Publisher, publish};
use langxanh::sample::rng::Rng;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::memory::MemoryStore;
use langxanh::store::{Change, Draft, Mode, Origin, Row, Store};

const SITES: usize = 2_000;
const SAMPLES: usize = 500_000;

/// Parameter, unit and typical value of treated wastewater.
const PARAMETERS: [(&str, &str, f64); 12] = [
    ("ph", "-", 7.2),
    ("color", "Pt/Co", 55.0),
    ("bod5", "mg/l", 20.0),
    ("cod", "mg/l", 62.0),
    ("tss", "mg/l", 40.0),
    ("ammonium_n", "mg/l", 3.9),
    ("nitrogen_total", "mg/l", 16.0),
    ("phosphorus_total", "mg/l", 2.3),
    ("coliform", "bacteria/100ml", 2000.0),
    ("oil_mineral", "mg/l", 2.4),
    ("cr6", "mg/l", 0.03),
    ("zn", "mg/l", 0.9),
];

/// How to measure.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 10, 1).unwrap_or_default()
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default()
}

fn main() -> Result<()> {
    let options = Options::parse();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&directory)?;
    let made = made_store(&directory)?;
    // The changes go to a copy.
    let path = directory.join("publish-run.gpkg");
    std::fs::copy(&made, &path)?;
    let outcome = measure(&path, &options);
    std::fs::remove_file(&path)?;
    outcome
}

fn measure(path: &Path, options: &Options) -> Result<()> {
    let store = GpkgStore::open(path)?;
    // A store that an earlier version made gets with its first change what it lacks, and is then read whole once.
    apply(&store, register("effluent_samples")?, Mode::Upsert, std::iter::once(sample(0, &mut Rng::named("first"))))?;
    let standards = Arc::new(Standards::bundled()?);
    let rounds = options.rounds;
    // Once unmeasured: the file comes into memory.
    let snapshot = publish(&store, &standards, today())?;
    let features: usize = snapshot.collections.iter().map(|collection| collection.len()).sum();
    say(&format!("{features} features, {SITES} sites; medians of {rounds} rounds\n"));

    let whole = median(rounds, || Ok(publish(&store, &standards, today())?))?;
    line("whole publish", whole);
    let collections = store.collections()?;
    line("  reading every row, alone", median(rounds, || read(&store, &collections))?);
    line("  reading registers into facts, alone", median(rounds, || Ok(Facts::read(&store, &collections)?))?);
    let mut day = today();
    let assess = median(rounds, || {
        day = day.succ_opt().context("a day")?;
        Ok(snapshot.review_on(day))
    })?;
    line("  assessing every site, alone", assess);
    let samples = register("effluent_samples")?;
    let mut rows = Vec::new();
    store.scan(samples, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    line("  encoding the samples, alone", median_of(rounds, || rows.clone(), |rows| encode(samples, rows))?);
    drop((rows, snapshot));

    let mut publisher = Publisher::new(Arc::clone(&standards));
    publisher.publish(&store, today())?;
    let mut random = Rng::named("changes");
    let mut next = SAMPLES;
    let mut change = |what: &str, collection: &str, draft: &mut dyn FnMut(usize) -> Draft| -> Result<Time> {
        let collection = register(collection)?;
        let time = median_of(
            10 * rounds,
            || {
                next += 1;
                apply(&store, collection, Mode::Upsert, std::iter::once(draft(next))).map_err(|e| e.to_string())
            },
            |applied| {
                applied.map_err(anyhow::Error::msg)?;
                Ok(publisher.publish(&store, today())?)
            },
        )?;
        line(what, time);
        Ok(time)
    };
    let one = change("one new sample", "effluent_samples", &mut |n| sample(n, &mut random))?;
    let mut other = Rng::named("other changes");
    change("one changed sample", "effluent_samples", &mut |n| sample(n * 7 % SAMPLES, &mut other))?;
    change("one changed station", "treatment_stations", &mut |n| station(n % SITES, &mut other))?;
    change("one changed boundary", "clusters", &mut |n| cluster(n % SITES, &mut other))?;
    let mut day = today();
    let midnight = median(rounds, || {
        day = day.succ_opt().context("a day")?;
        Ok(publisher.publish(&store, day)?)
    })?;
    line("a new day", midnight);
    let mut derived = |what: &str, step: &mut dyn FnMut(&mut Publisher) -> Result<()>| -> Result<()> {
        publisher.settle()?;
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            step(&mut publisher)?;
            times.push(median(1, || Ok(publisher.settle()?))?);
        }
        line(what, middle(times)?);
        Ok(())
    };
    let mut sampled = Rng::named("samples that are derived from");
    let samples = register("effluent_samples")?;
    derived("what is derived, after one new sample", &mut |publisher| {
        next += 1;
        apply(&store, samples, Mode::Upsert, std::iter::once(sample(next, &mut sampled)))?;
        publisher.publish(&store, day)?;
        Ok(())
    })?;
    derived("what is derived, on a new day", &mut |publisher| {
        day = day.succ_opt().context("a day")?;
        publisher.publish(&store, day)?;
        Ok(())
    })?;
    say(&format!("whole / one new sample: {:.0}\n", whole.wall / one.wall));
    hanoi(rounds)
}

/// The median by the clock.
fn middle(mut times: Vec<Time>) -> Result<Time> {
    times.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    times.get(times.len() / 2).copied().context("at least one round")
}

/// A full standing run of hotspots over the bundled sample of Hanoi may take so long, milliseconds.
const STANDING_RUN: f64 = 200.0;

/// The bundled sample: everything that is derived from it made anew, as on every new day.
fn hanoi(rounds: usize) -> Result<()> {
    let store = MemoryStore::default();
    langxanh::sample::build(&store, &|_, _| {})?;
    let mut publisher = Publisher::new(Arc::new(Standards::bundled()?));
    let mut day = today();
    publisher.publish(&store, day)?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        day = day.succ_opt().context("a day")?;
        publisher.publish(&store, day)?;
        times.push(median(1, || Ok(publisher.settle()?))?);
    }
    let full = middle(times)?;
    line("full standing run of hotspots, Hanoi", full);
    say(&format!("{STANDING_RUN} ms / full standing run: {:.1}\n", STANDING_RUN / full.wall));
    Ok(())
}

/// Milliseconds of one round.
#[derive(Clone, Copy)]
struct Time {
    wall: f64,
    /// Of all cores, the mean of the rounds: what other programs take from the cores shows in the wall's time alone.
    cpu: f64,
}

fn line(what: &str, time: Time) {
    say(&format!("{what:<42}{:>10.2} ms {:>10.1} ms CPU\n", time.wall, time.cpu));
}

/// CPU time that this process has used, in milliseconds; Linux counts it in hundredths of a second.
fn cpu_ms() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("asking for the CPU time")?;
    let (_, fields) = stat.rsplit_once(')').context("reading the CPU time")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 * 10.0)
}

fn say(text: &str) {
    use std::io::Write;
    // A closed pipe ends the run with the next line that matters.
    let _ = write!(std::io::stdout(), "{text}");
}

/// The median time of some work; what it makes is dropped after the clock has stopped, as a service drops its last
/// snapshot after the new one is served.
fn median<O>(rounds: usize, mut work: impl FnMut() -> Result<O>) -> Result<Time> {
    median_of(rounds, || (), |()| work())
}

/// As [`median`], each time on something new.
fn median_of<T, O>(rounds: usize, mut make: impl FnMut() -> T, mut work: impl FnMut(T) -> Result<O>) -> Result<Time> {
    let (mut times, mut cpu) = (Vec::with_capacity(rounds), 0.0);
    for _ in 0..rounds {
        let made = make();
        let (cpu_before, start) = (cpu_ms()?, Instant::now());
        let outcome = work(made)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        cpu += cpu_ms()? - cpu_before;
        drop(outcome);
    }
    times.sort_by(f64::total_cmp);
    let wall = times.get(times.len() / 2).copied().context("at least one round")?;
    Ok(Time { wall, cpu: cpu / rounds as f64 })
}

fn read(store: &dyn Store, collections: &[Collection]) -> Result<()> {
    for collection in collections {
        store.scan(collection, &mut |_| Ok(()))?;
    }
    Ok(())
}

fn encode(collection: &Collection, rows: Vec<Row>) -> Result<PublishedCollection> {
    let mut builder = Builder::new(collection.clone());
    for row in rows {
        builder.push(row)?;
    }
    Ok(builder.finish()?)
}

fn register(id: &str) -> Result<&'static Collection> {
    catalog::collection(id).with_context(|| format!("no register '{id}'"))
}

fn apply(store: &dyn Store, collection: &Collection, mode: Mode, drafts: impl Iterator<Item = Draft>) -> Result<()> {
    let origin = Origin { who: "bench".to_owned(), what: "made-up data".to_owned(), why: None };
    store.apply(Change { collection, mode, drafts: &mut drafts.map(Ok), origin })?;
    Ok(())
}

/// The store, made at the first run and kept.
fn made_store(directory: &Path) -> Result<PathBuf> {
    let path = directory.join(format!("publish-{SITES}-{SAMPLES}.gpkg"));
    if path.exists() {
        return Ok(path);
    }
    say(&format!("making {}\n", path.display()));
    let making = path.with_extension("half");
    let _ = std::fs::remove_file(&making);
    let store = GpkgStore::create(&making)?;
    let mut random = Rng::named("publish");
    apply(&store, register("clusters")?, Mode::Append, (0..SITES).map(|n| cluster(n, &mut random)))?;
    apply(&store, register("treatment_stations")?, Mode::Append, (0..SITES).map(|n| station(n, &mut random)))?;
    let start = Instant::now();
    apply(&store, register("effluent_samples")?, Mode::Append, (0..SAMPLES).map(|n| sample(n, &mut random)))?;
    say(&format!("{SAMPLES} samples written in {:.1} s\n", start.elapsed().as_secs_f64()));
    store.close()?;
    std::fs::rename(&making, &path)?;
    Ok(path)
}

fn draft(collection: &str, id: String, values: &[(&str, Value)], shape: Shape) -> Draft {
    let collection = catalog::collection(collection);
    let mut row = vec![Value::Null; collection.map_or(0, |collection| collection.stored_fields().count())];
    for (name, value) in values {
        if let Some((at, _)) = collection.and_then(|collection| collection.field(name)) {
            row[at] = value.clone();
        }
    }
    Draft { id: FeatureId::parse(&id).ok(), values: row, shape: Some(shape) }
}

fn place(n: usize) -> (f64, f64) {
    (105.4 + (n % 50) as f64 * 0.012, 20.7 + (n / 50) as f64 * 0.015)
}

/// A boundary of 40 corners, and about as many columns filled as a city's register has.
fn cluster(n: usize, random: &mut Rng) -> Draft {
    let (x, y) = place(n);
    let corner = |step: usize, random: &mut Rng| {
        let (angle, radius) = (step as f64 / 40.0 * std::f64::consts::TAU, random.between(0.002, 0.004));
        (x + radius * angle.cos(), y + radius * angle.sin())
    };
    let ring: Vec<_> = (0..40).map(|step| corner(step, random)).collect();
    let boundary = MultiPolygon(vec![Polygon::new(LineString::from(ring), Vec::new())]);
    let values = [
        ("name_vi", format!("Cụm công nghiệp số {n}").into()),
        ("status", "operating".into()),
        ("area_ha", Value::Number((random.between(5.0, 75.0) * 10.0).round() / 10.0)),
        ("commune_2025", format!("Xã {}", n % 126).into()),
        ("established_year", Value::Integer(2005 + (n % 18) as i64)),
        ("investor", format!("Công ty {}", n % 200).into()),
        ("decision", format!("{n}/QĐ-UBND").into()),
        ("is_demo", Value::Boolean(true)),
        ("source", "benchmark".into()),
    ];
    draft("clusters", format!("c{n:04}"), &values, Shape::flat(boundary))
}

fn station(n: usize, random: &mut Rng) -> Draft {
    let (x, y) = place(n);
    let values = [
        ("site_collection", "clusters".into()),
        ("site_id", format!("c{n:04}").into()),
        ("name_vi", format!("Trạm xử lý số {n}").into()),
        ("status", "operating".into()),
        ("capacity_m3_day", Value::Number(random.between(100.0, 3000.0).round())),
        ("effluent_standard", "QCVN40_2011".into()),
        ("effluent_column", if random.chance(0.5) { "A" } else { "B" }.into()),
        ("receiving_kind", "river".into()),
        ("q_m3s", Value::Number(random.between(1.0, 600.0).round())),
        ("f_m3_day_permit", Value::Number(random.between(50.0, 3000.0).round())),
        ("permit_parameters", PARAMETERS.map(|(code, ..)| code).join(",").into()),
        ("is_demo", Value::Boolean(true)),
        ("source", "benchmark".into()),
    ];
    draft("treatment_stations", format!("s{n:04}"), &values, Shape::flat(Point::new(x, y)))
}

/// Campaign by campaign, station by station, parameter by parameter, as laboratories deliver them.
fn sample(n: usize, random: &mut Rng) -> Draft {
    let (parameter, unit, level) = PARAMETERS[n % PARAMETERS.len()];
    let station = n / PARAMETERS.len() % SITES;
    let campaign = n / (PARAMETERS.len() * SITES);
    let (x, y) = place(station);
    let day = first_day() + Days::new(88 * campaign as u64 + (station % 60) as u64);
    let values = [
        ("station_id", format!("s{station:04}").into()),
        ("sample_date", day.into()),
        ("sample_point", "đầu ra".into()),
        ("parameter_code", parameter.into()),
        ("value", Value::Number((level * random.between(0.4, 1.3) * 1000.0).round() / 1000.0)),
        ("censored", "none".into()),
        ("unit", unit.into()),
        ("lab", "Phòng thử nghiệm A".into()),
        ("report_no", format!("KQ-{campaign}-{station:04}").into()),
        ("source", "benchmark".into()),
        ("source_date", day.into()),
        ("is_demo", Value::Boolean(true)),
    ];
    draft("effluent_samples", format!("m{n:06}"), &values, Shape::flat(Point::new(x, y)))
}
