//! `langxanh hotspots`: the standing run of a day, or a run of one's own.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::Workplace;
use crate::compliance::Standards;
use crate::domain::Value;
use crate::hotspot::never;
use crate::hotspot::permutation::Permutations;
use crate::hotspot::run::{End, KernelShape, Method, Neighbours, On, RunOptions, RunSite, run as run_over};
use crate::ogc::hotspots as documents;
use crate::ogc::json;
use crate::publish::collection::PublishedCollection;
use crate::publish::derived::hotspots::HotspotGround;
use crate::publish::{Snapshot, publish, today};

#[derive(Debug, Args)]
pub struct HotspotsArgs {
    /// The day, e.g. 2025-06-30 [default: today in Hanoi]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// What of the standing run is printed; of no use with --method
    #[arg(long, value_enum, default_value_t = What::Zones)]
    what: What,
    /// A run of one's own instead: gi_star, moran, kde or dbscan
    #[arg(long, value_name = "METHOD", value_parser = Method::parse_argument)]
    method: Option<Method>,
    /// Size of a cell in metres [default: that of the standing run]
    #[arg(long, value_name = "METRES", requires = "method")]
    cell: Option<f64>,
    /// Reach of the neighbourhood, or smoothness of the density, in metres [default: by rule]
    #[arg(long, value_name = "METRES", requires = "method")]
    bandwidth: Option<f64>,
    /// Neighbours are all within a band, the k nearest, or weighed by a kernel
    #[arg(long, value_name = "band|knn|kernel", value_parser = Neighbours::parse_argument, default_value = "band")]
    weights: Neighbours,
    /// Nearest neighbours, or sites that make a zone
    #[arg(long, default_value_t = documents::DEFAULT_K)]
    k: usize,
    /// Permutations behind each p-value; 0 for normal theory [default: as in the standing run]
    #[arg(long, requires = "method")]
    permutations: Option<u32>,
    /// Seed of the permutations [default: as in the standing run]
    #[arg(long, requires = "method")]
    seed: Option<u64>,
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Zones,
    Cells,
    Reaches,
    Pressure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Geojson,
}

/// Prints the result. No hotspot is a result too.
pub fn run(workplace: &Workplace, args: &HotspotsArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    let standards = Arc::new(Standards::bundled()?);
    let snapshot = publish(&*store, &standards, today())?;
    if !snapshot.has_registers() {
        bail!("{}: it holds no registers, so there are no hotspots to be found", workplace.store);
    }
    let day = args.as_of.unwrap_or(snapshot.as_of);
    let out = match (args.method, args.what) {
        (Some(method), _) => of_ones_own(&snapshot, day, method, args)?,
        (None, What::Pressure) => pressures(&standards, &*snapshot.hotspot_ground(day)?, args.format),
        (None, What::Zones) => standing(&snapshot, day, "hotspot_zones", args.format)?,
        (None, What::Cells) => standing(&snapshot, day, "hotspots", args.format)?,
        (None, What::Reaches) => standing(&snapshot, day, "waterway_reaches", args.format)?,
    };
    std::io::stdout().write_all(&out).context("writing the result")
}

fn of_ones_own(snapshot: &Snapshot, day: NaiveDate, method: Method, args: &HotspotsArgs) -> anyhow::Result<Vec<u8>> {
    let ground = snapshot.hotspot_ground(day)?;
    let standing = &ground.parameters;
    let options = RunOptions {
        method,
        on: On::Cells,
        value: End::Mid,
        cell: args.cell.unwrap_or(standing.cell),
        neighbours: args.weights,
        bandwidth: args.bandwidth,
        k: args.k,
        kernel: KernelShape::Gaussian,
        permutations: Permutations {
            count: args.permutations.unwrap_or(standing.permutations.count),
            seed: args.seed.unwrap_or(standing.permutations.seed),
        },
        fdr: true,
    };
    let sites = ground.sites.iter();
    let sites = sites.map(|site| RunSite { name: site.path(), place: site.place, value: site.pressure.index });
    let outcome = run_over(&sites.collect::<Vec<_>>(), &ground.city, &options, &never);
    if let Err(reason) = &outcome {
        bail!("there is no result: {reason}");
    }
    Ok(match args.format {
        Format::Csv => documents::run_table(&ground, &options, &outcome),
        Format::Json | Format::Geojson => {
            line(json::to_bytes(&documents::run(&ground, &options, &outcome, Vec::new())))
        }
        Format::Table => {
            let mut out = heading(&ground);
            let mut spots: Vec<_> = outcome.iter().flat_map(|run| &run.spots).collect();
            let strength = |spot: &crate::hotspot::run::Spot| {
                spot.tested.map(|tested| tested.z).or(spot.density).unwrap_or_else(|| spot.value.mid())
            };
            spots.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then_with(|| a.id.cmp(&b.id)));
            let class = |spot: &crate::hotspot::run::Spot| {
                crate::publish::derived::hotspots::class_word(spot.tested.and_then(|tested| tested.class))
            };
            // Writing into a `String` cannot fail.
            let _ = writeln!(
                out,
                "{:<24}{:<10}{:>12}{:>10}{:>12}{:>8}",
                "Mã/Id", "Mức/Class", "Chỉ số/Stat", "q", "Áp lực", "Cơ sở"
            );
            for spot in spots.into_iter().take(SHOWN) {
                let q = spot.tested.map_or_else(|| "–".to_owned(), |tested| format!("{:.4}", tested.q));
                let _ = writeln!(
                    out,
                    "{:<24}{:<10}{:>12.3}{q:>10}{:>12.2}{:>8}",
                    spot.id,
                    class(spot),
                    strength(spot),
                    spot.value.mid(),
                    spot.sites.len()
                );
            }
            out.into_bytes()
        }
    })
}

/// Rows of a table on a terminal.
const SHOWN: usize = 50;

fn heading(ground: &HotspotGround) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Tính đến / As of: {}", ground.day);
    let _ = writeln!(
        out,
        "{} cơ sở có vị trí, {} không / {} sites with a place, {} without",
        ground.sites.len(),
        ground.without_place,
        ground.sites.len(),
        ground.without_place
    );
    if let Some(metres) = ground.precision_m() {
        let km = metres / 1000.0;
        let _ = writeln!(out, "Vị trí có thể lệch đến {km:.0} km / places may be off by up to {km:.0} km");
    }
    out.push('\n');
    out
}

fn line(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.push(b'\n');
    bytes
}

fn pressures(standards: &Standards, ground: &HotspotGround, format: Format) -> Vec<u8> {
    match format {
        Format::Csv => documents::pressure_table(ground),
        Format::Json | Format::Geojson => line(json::to_bytes(&documents::pressures(standards, ground, Vec::new()))),
        Format::Table => {
            let mut out = heading(ground);
            let mut sites: Vec<_> = ground.sites.iter().collect();
            let index = |site: &crate::publish::derived::hotspots::GroundSite| site.pressure.index;
            sites.sort_by(|a, b| index(b).mid().total_cmp(&index(a).mid()).then_with(|| a.key.cmp(&b.key)));
            let _ = writeln!(out, "{:>8}  {:<16}  Cơ sở / Site", "Chỉ số", "Khoảng");
            for site in sites.into_iter().take(SHOWN) {
                let of = index(site);
                let between = format!("{:.2}–{:.2}", of.low, of.high);
                let _ = writeln!(out, "{:>8.3}  {between:<16}  {} ({})", of.mid(), site.name, site.path());
            }
            out.into_bytes()
        }
    }
}

/// A collection of the standing run.
fn standing(snapshot: &Snapshot, day: NaiveDate, id: &str, format: Format) -> anyhow::Result<Vec<u8>> {
    let of_day = snapshot.collection_on(id, day)?.with_context(|| format!("there is no collection '{id}'"))?;
    Ok(match format {
        Format::Json | Format::Geojson => {
            let mut out = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
            out.extend(of_day.stretches().collect::<Vec<_>>().join(&b","[..]));
            out.extend(b"]}\n");
            out
        }
        Format::Csv => {
            let mut csv = crate::ogc::csv::Csv::new(
                &std::iter::once("id")
                    .chain(of_day.declaration.fields.iter().map(|f| f.name.as_str()))
                    .collect::<Vec<_>>(),
            );
            for row in 0..of_day.len() as u32 {
                let values = (0..of_day.declaration.fields.len()).map(|at| of_day.value(row, at).to_string());
                let cells: Vec<String> = std::iter::once(of_day.id(row).to_owned()).chain(values).collect();
                csv.row(&cells.iter().map(|cell| cell as &dyn crate::ogc::csv::Cell).collect::<Vec<_>>());
            }
            csv.finish()
        }
        Format::Table => {
            let mut out = heading(&*snapshot.hotspot_ground(day)?);
            for row in 0..(of_day.len().min(SHOWN)) as u32 {
                described(&mut out, &of_day, row);
            }
            if of_day.is_empty() {
                out.push_str("Không có. / There are none.\n");
            }
            out.into_bytes()
        }
    })
}

/// A row of the standing run for people: what has a value, beside what it is called.
fn described(out: &mut String, of_day: &PublishedCollection, row: u32) {
    let _ = writeln!(out, "{}", of_day.id(row));
    for (at, field) in of_day.declaration.fields.iter().enumerate() {
        let value = of_day.value(row, at);
        let is_long = matches!(&value, Value::Text(text) if field.name.ends_with("_ids") && text.len() > 200);
        if !value.is_null() && !is_long {
            let _ = writeln!(out, "  {}: {value}", field.title);
        }
    }
    out.push('\n');
}
