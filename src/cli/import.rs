//! `langxanh import`: a file of others' making into a collection, all of it or nothing.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::{Workplace, progress};
use crate::geom::Crs;
use crate::store::Mode;
use crate::text::Encoding;
use crate::transfer::{EncodingChoice, ImportOptions, ImportReport, import};

/// Faults that are written to the terminal; `--skip-bad` lists all of them in a file.
const SHOWN_FAULTS: usize = 50;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArg {
    /// Every row is new; an id that is taken is an error
    Append,
    /// Rows with a known id change that feature, others are new
    Upsert,
    /// As upsert, and features that the file does not have are deleted
    Replace,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Shapefile (also zipped), GeoPackage, GeoJSON, TAB, MIF, DXF, KML, GML, GPX, FlatGeobuf, CSV, XLSX or ODS
    source: PathBuf,
    /// Collection that receives the rows; one that is not declared is made from the file
    #[arg(long, value_name = "ID")]
    collection: String,
    /// Layer or sheet, where the file has several
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// Reference system of a file that names none, e.g. EPSG:5897
    #[arg(long)]
    crs: Option<Crs>,
    /// UTF-8, UTF-16LE, windows-1258, TCVN3, VNI, VISCII or auto
    #[arg(long, default_value = "auto", value_parser = encoding)]
    encoding: EncodingChoice,
    #[arg(long, value_enum, default_value = "append")]
    mode: ModeArg,
    /// Column that holds the feature ids
    #[arg(long, value_name = "FIELD")]
    id_field: Option<String>,
    /// TOML file that maps columns and values
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Check and report, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave faulty rows out and list them in this CSV file
    #[arg(long, value_name = "FILE")]
    skip_bad: Option<PathBuf>,
}

pub(super) fn encoding(text: &str) -> Result<EncodingChoice, String> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(EncodingChoice::Auto);
    }
    text.parse::<Encoding>().map(EncodingChoice::Named).map_err(|e| e.to_string())
}

/// Who acts, for the history: the login name, as the system tells it.
pub(super) fn who() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "cli".to_owned())
}

pub fn run(workplace: &Workplace, args: ImportArgs) -> anyhow::Result<()> {
    let options = ImportOptions {
        source: args.source,
        collection: args.collection,
        layer: args.layer,
        crs: args.crs,
        encoding: args.encoding,
        mode: match args.mode {
            ModeArg::Append => Mode::Append,
            ModeArg::Upsert => Mode::Upsert,
            ModeArg::Replace => Mode::Replace,
        },
        id_field: args.id_field,
        map: args.map,
        dry_run: args.dry_run,
        skip_bad: args.skip_bad,
        who: who(),
    };
    // A store is made for the import only when there is something to put into it.
    let is_new = !workplace.store.is_taken()?;
    let store = if is_new { workplace.store.create()? } else { workplace.open()? };
    let bar = progress("rows");
    let outcome = import(&*store, &options, &|done, total| bar.set(done, total));
    bar.finish();
    let nothing_written = options.dry_run || outcome.as_ref().map_or(true, ImportReport::is_refused);
    if is_new && nothing_written {
        drop(store);
        workplace.store.discard()?;
    }
    let report = outcome?;
    tell(&report, &options);
    if report.is_refused() {
        bail!(
            "{} is not imported and nothing was written: mend the rows, or leave them out with --skip-bad FILE",
            options.source.display()
        );
    }
    Ok(())
}

fn tell(report: &ImportReport, options: &ImportOptions) {
    for notice in &report.notices {
        eprintln!("note: {notice}");
    }
    for fault in report.faults.iter().take(SHOWN_FAULTS) {
        let field = fault.field.as_deref().map(|field| format!(", {field}")).unwrap_or_default();
        eprintln!("row {}{field}: {}", fault.row, fault.reason);
    }
    let further = report.faults.len().saturating_sub(SHOWN_FAULTS) as u64 + report.more_faults;
    if further > 0 {
        eprintln!("… and {further} further faults");
    }
    let applied = report.applied;
    let what = if report.dry_run { "dry run: nothing was written;" } else { "" };
    eprintln!(
        "{}: {what} {} rows read, {} inserted, {} updated, {} unchanged, {} deleted, {} skipped",
        options.collection,
        report.read,
        applied.inserted,
        applied.updated,
        applied.unchanged,
        applied.deleted,
        report.skipped
    );
}
