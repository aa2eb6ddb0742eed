//! `langxanh plan`: the drawing of a 1/500 plan in, and a plan as a drawing out.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

use super::Workplace;
use super::import::{encoding, who};
use crate::compliance::Standards;
use crate::domain::FeatureId;
use crate::geom::Crs;
use crate::publish::{publish, today};
use crate::store::Row;
use crate::transfer::EncodingChoice;
use crate::transfer::drawing::{PlanExport, PlanMode, PlanOptions, PlanReport, export_plan, import_plan};

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(subcommand)]
    command: PlanCommand,
}

#[derive(Debug, Subcommand)]
enum PlanCommand {
    /// Take a drawing in as one plan: boundary, lots, lines, buildings, labels; all of it or nothing
    Import(PlanImportArgs),
    /// Write a plan with its lots, lines and buildings as a drawing or a GeoPackage
    Export(PlanExportArgs),
}

#[derive(Debug, Args)]
struct PlanExportArgs {
    /// Id of the plan
    #[arg(value_parser = id)]
    plan: FeatureId,
    /// File to write: .dxf or .gpkg
    out: PathBuf,
    /// With the findings of its review on layers of their own
    #[arg(long)]
    findings: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArg {
    /// The plan is new; an id that is taken is an error
    Append,
    /// The drawing takes the place of the plan's earlier one
    Replace,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum UnitArg {
    M,
    Mm,
}

#[derive(Debug, Args)]
struct PlanImportArgs {
    /// DXF (text or binary), MapInfo TAB or MIF, shapefile, GeoPackage, GeoJSON or FlatGeobuf, or a zip of these
    source: PathBuf,
    /// Id of the plan
    #[arg(long, value_name = "ID", value_parser = id)]
    plan: FeatureId,
    /// The site that the plan is for: clusters/ID or craft_villages/ID
    #[arg(long, value_name = "COLLECTION/ID", value_parser = site)]
    site: (String, FeatureId),
    /// Name of the plan [default: made from the name of the site]
    #[arg(long)]
    name: Option<String>,
    /// Reference system of a drawing that names none, e.g. EPSG:5897
    #[arg(long)]
    crs: Option<Crs>,
    /// The first number of each pair is the northing
    #[arg(long)]
    swap_xy: bool,
    /// Unit of the drawing; millimetres are taken only where this says so
    #[arg(long, value_enum)]
    unit: Option<UnitArg>,
    /// TOML file that says what layers, blocks, hatches and colours are; asked before the bundled one
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// How far two ends may be apart and still be one, in metres
    #[arg(long, value_name = "METRES", default_value_t = 0.01)]
    snap: f64,
    /// UTF-8, UTF-16LE, windows-1258, TCVN3, VNI, VISCII or auto; fonts that say it themselves go first
    #[arg(long, default_value = "auto", value_parser = encoding)]
    encoding: EncodingChoice,
    #[arg(long, value_enum, default_value = "append")]
    mode: ModeArg,
    /// With --mode replace: the plan was for another site and is to be for the one of --site
    #[arg(long)]
    move_site: bool,
    /// Take a plan that lies away from where its site is on record
    #[arg(long)]
    away_from_site: bool,
    /// Check and report, write nothing
    #[arg(long)]
    dry_run: bool,
}

fn id(text: &str) -> Result<FeatureId, String> {
    FeatureId::parse(text).map_err(|error| error.to_string())
}

fn site(text: &str) -> Result<(String, FeatureId), String> {
    match text.split_once('/') {
        Some((collection @ ("clusters" | "craft_villages"), site)) => Ok((collection.to_owned(), id(site)?)),
        _ => Err(format!("'{text}' is no site: write clusters/ID or craft_villages/ID")),
    }
}

pub fn run(workplace: &Workplace, args: PlanArgs) -> anyhow::Result<()> {
    match args.command {
        PlanCommand::Import(args) => run_import(workplace, args),
        PlanCommand::Export(args) => run_export(workplace, args),
    }
}

fn run_export(workplace: &Workplace, args: PlanExportArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    let snapshot = match args.findings {
        true => Some(publish(&*store, &Arc::new(Standards::bundled()?), today())?),
        false => None,
    };
    let findings = snapshot.as_ref().and_then(|snapshot| snapshot.collection("plan_findings")).map(|published| {
        let plan_id = published.declaration.field("plan_id").map(|(at, _)| at);
        let is_of_plan = |row: &Row| plan_id.and_then(|at| row.values.get(at)?.as_str()) == Some(args.plan.as_str());
        let rows = (0..published.len() as u32).filter_map(|at| published.row(at)).filter(is_of_plan).collect();
        (&published.declaration, rows)
    });
    let report = export_plan(&*store, PlanExport { plan: &args.plan, out: args.out.clone(), findings })?;
    for notice in &report.notices {
        eprintln!("note: {notice}");
    }
    eprintln!("{}: {} features written to {}", args.plan, report.written, args.out.display());
    Ok(())
}

fn run_import(workplace: &Workplace, args: PlanImportArgs) -> anyhow::Result<()> {
    let options = PlanOptions {
        source: args.source,
        plan: args.plan,
        site: args.site,
        name: args.name,
        crs: args.crs,
        is_swapped: args.swap_xy,
        unit_m: args.unit.map(|unit| match unit {
            UnitArg::M => 1.0,
            UnitArg::Mm => 0.001,
        }),
        map: args.map,
        snap_m: args.snap,
        encoding: args.encoding,
        mode: match args.mode {
            ModeArg::Append => PlanMode::Append,
            ModeArg::Replace => PlanMode::Replace,
        },
        moves_site: args.move_site,
        is_away: args.away_from_site,
        dry_run: args.dry_run,
        who: who(),
    };
    // A plan belongs to a site, so that there is a store before there is a plan.
    let store = workplace.open()?;
    let again = || {
        let (collection, site) = &options.site;
        format!("langxanh plan import {} --plan {} --site {collection}/{site}", options.source.display(), options.plan)
    };
    let report = import_plan(&*store, &options).with_context(|| format!("nothing was written by: {}", again()))?;
    tell(&report, &options);
    Ok(())
}

fn tell(report: &PlanReport, options: &PlanOptions) {
    for notice in &report.notices {
        eprintln!("note: {notice}");
    }
    for note in &report.notes {
        eprintln!("note: {}", note.en());
    }
    for (collection, applied) in &report.applied {
        eprintln!(
            "{collection}: {} inserted, {} updated, {} unchanged, {} deleted",
            applied.inserted, applied.updated, applied.unchanged, applied.deleted
        );
    }
    let what = if report.dry_run { "dry run, nothing was written: " } else { "" };
    eprintln!(
        "{}: {what}{} lots of {:.1} m² in a boundary of {:.1} m², {} lines, {} buildings, in {}; SHA-256 of the file {}",
        options.plan,
        report.lots,
        report.lots_m2,
        report.area_m2,
        report.lines,
        report.buildings,
        report.crs,
        report.sha256
    );
}
