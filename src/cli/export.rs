//! `langxanh export`: a collection, with its derived attributes, into a file.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::{Workplace, progress};
use crate::compliance::Standards;
use crate::geom::Crs;
use crate::publish::{rows, today};
use crate::query::Bbox;
use crate::store::Store;
use crate::transfer::{ExportOptions, export};

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Collection to export
    collection: String,
    /// File to write: .gpkg .geojson .geojsonl .fgb .shp .csv .xlsx .kml .pmtiles
    out: PathBuf,
    /// Reference system of the file, e.g. EPSG:5897 [default: that of the store]
    #[arg(long)]
    crs: Option<Crs>,
    /// Only features in this box: west,south,east,north in longitude and latitude
    #[arg(long, allow_hyphen_values = true)]
    bbox: Option<Bbox>,
    /// Only features with this value: FIELD=VALUE (may be given several times)
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    equals: Vec<String>,
}

pub fn run(workplace: &Workplace, args: ExportArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    let id = &args.collection;
    let collections = store.collections()?;
    let Some(collection) = collections.iter().find(|collection| collection.id == *id) else {
        let known: Vec<_> = collections.iter().map(|collection| collection.id.as_str()).collect();
        bail!("there is no collection '{id}'; there are {}", known.join(", "));
    };
    let bbox = match args.bbox.as_ref().map(|bbox| bbox.parts.as_slice()) {
        None => None,
        Some([part]) => Some(*part),
        Some(_) => bail!("--bbox across 180° is not supported by exports"),
    };
    let pair = |text: &String| -> anyhow::Result<(String, String)> {
        let (field, value) = text.split_once('=').with_context(|| format!("--where '{text}' is not FIELD=VALUE"))?;
        Ok((field.to_owned(), value.to_owned()))
    };
    let options = ExportOptions {
        out: args.out,
        crs: args.crs,
        bbox,
        where_equals: args.equals.iter().map(pair).collect::<Result<_, _>>()?,
    };
    let rows = rows(&store, &Standards::bundled()?, today(), collection)?;
    let bar = progress("features");
    let outcome = export(collection, &mut rows.into_iter(), &options, &|done, total| bar.set(done, total));
    bar.finish();
    let report = outcome?;
    for notice in &report.notices {
        eprintln!("note: {notice}");
    }
    eprintln!("{}: {} features written to {}", id, report.written, options.out.display());
    Ok(())
}
