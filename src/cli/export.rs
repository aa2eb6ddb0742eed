//! `langxanh export`: a collection, with its derived attributes, into a file.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use super::{Workplace, progress};
use crate::compliance::Standards;
use crate::domain::Collection;
use crate::filter::{Filter, Language, Literals};
use crate::geom::Crs;
use crate::publish::collection::Builder;
use crate::publish::{rows, today};
use crate::query::{Bbox, ItemsQuery};
use crate::store::Row;
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
    /// Only features for which this is true: a condition in CQL2, text or JSON, coordinates in longitude and latitude
    #[arg(long, value_name = "CQL2")]
    filter: Option<String>,
    /// Only features with this value: FIELD=VALUE (may be given several times)
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    equals: Vec<String>,
}

/// The filter; no text of CQL2 begins with a brace, and every JSON of it does.
fn filter_of(text: &str, collection: &Collection) -> anyhow::Result<Filter> {
    let language = if text.trim_start().starts_with('{') { Language::Json } else { Language::Text };
    Filter::parse(text, language, &Literals::new(&Crs::Crs84)?, collection).context("--filter")
}

/// The rows for which the filter is true. Filters read published columns, so the rows are published for it.
fn matching(rows: Vec<Row>, filter: Filter, collection: &Collection) -> anyhow::Result<Vec<Row>> {
    let mut published = Builder::new(collection.clone());
    rows.iter().try_for_each(|row| published.push(row.clone()))?;
    let query = ItemsQuery { filter: Some(Arc::new(filter)), ..ItemsQuery::first(rows.len().max(1)) };
    let mut positions = published.finish()?.page(&query).context("--filter")?.rows;
    positions.sort_unstable();
    let mut wanted = positions.into_iter().peekable();
    let numbered = rows.into_iter().zip(0..);
    Ok(numbered.filter_map(|(row, position)| wanted.next_if_eq(&position).map(|_| row)).collect())
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
    let mut options = ExportOptions {
        out: args.out,
        crs: args.crs,
        bbox,
        where_equals: args.equals.iter().map(pair).collect::<Result<_, _>>()?,
        has_spatial_index: false,
    };
    let filter = args.filter.as_deref().map(|text| filter_of(text, collection)).transpose()?;
    let mut rows = rows(&*store, &Standards::bundled()?, today(), collection)?;
    if let Some(filter) = filter {
        rows = matching(rows, filter, collection)?;
    }
    options.has_spatial_index = rows.iter().all(|row| row.shape.as_ref().is_some_and(|shape| !shape.is_empty()));
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
