//! `langxanh export`: a collection, with its derived attributes, into a file.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use anyhow::{Context, bail};
use clap::Args;

use super::{Workplace, progress};
use crate::compliance::Standards;
use crate::domain::Collection;
use crate::filter::{self, Filter, Language, Literals};
use crate::geom::Crs;
use crate::publish::collection::Builder;
use crate::publish::{rows, today};
use crate::query::{Bbox, ItemsQuery};
use crate::store::{Row, Store, StoreError};
use crate::transfer::{ExportOptions, ExportReport, export_as_read, may_be_indexed};

/// So many rows are read in advance.
const AT_A_TIME: usize = 1_000;

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
fn matching(rows: Vec<Row>, filter: &Arc<Filter>, collection: &Collection) -> anyhow::Result<Vec<Row>> {
    let mut published = Builder::new(collection.clone());
    rows.iter().try_for_each(|row| published.push(row.clone()))?;
    let query = ItemsQuery { filter: Some(Arc::clone(filter)), ..ItemsQuery::first(rows.len().max(1)) };
    let mut positions = published.finish()?.page(&query).context("--filter")?.rows;
    positions.sort_unstable();
    let mut wanted = positions.into_iter().peekable();
    let numbered = rows.into_iter().zip(0..);
    Ok(numbered.filter_map(|(row, position)| wanted.next_if_eq(&position).map(|_| row)).collect())
}

/// What is exported: the rows of a collection as they are published, or those for which a filter is true.
struct Wanted<'a> {
    store: &'a dyn Store,
    standards: Standards,
    collection: &'a Collection,
    filter: Option<Arc<Filter>>,
}

impl Wanted<'_> {
    /// Hands the rows over as they are read.
    fn each(&self, each: &mut dyn FnMut(Row) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut waiting = Vec::new();
        let mut tell = |waiting: &mut Vec<Row>| {
            let mut rows = std::mem::take(waiting);
            if let Some(filter) = &self.filter {
                let found = matching(rows, filter, self.collection);
                rows = found.map_err(|error| StoreError::Stopped(format!("{error:#}")))?;
            }
            rows.into_iter().try_for_each(&mut *each)
        };
        rows(self.store, &self.standards, today(), self.collection, &mut |row| {
            waiting.push(row);
            if waiting.len() < AT_A_TIME { Ok(()) } else { tell(&mut waiting) }
        })?;
        tell(&mut waiting)
    }

    /// Whether every row has a place.
    fn all_have_places(&self) -> Result<bool, StoreError> {
        let mut have = true;
        self.each(&mut |row| {
            have &= row.shape.is_some_and(|shape| !shape.is_empty());
            Ok(())
        })?;
        Ok(have)
    }

    /// Writes the rows while they are read, on a thread of its own: as many as fit between are held and no more.
    fn write(&self, options: &ExportOptions) -> anyhow::Result<ExportReport> {
        let (sender, read) = sync_channel(AT_A_TIME);
        let reading = || {
            let gone = || StoreError::Stopped("nobody writes the rows any more".to_owned());
            let read = self.each(&mut |row| sender.send(Ok(row)).map_err(|_| gone()));
            if let Err(error) = read {
                // Whoever writes may have given up before.
                let _ = sender.send(Err(error));
            }
            drop(sender);
        };
        let bar = progress("features");
        let written = thread::scope(|scope| {
            // Filters may be deep.
            thread::Builder::new().stack_size(filter::STACK).spawn_scoped(scope, reading)?;
            let tell = |done, total| bar.set(done, total);
            Ok::<_, std::io::Error>(export_as_read(self.collection, &mut read.into_iter(), options, &tell))
        });
        bar.finish();
        Ok(written.context("no thread to read with")??)
    }
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
    let filter = args.filter.as_deref().map(|text| filter_of(text, collection)).transpose()?.map(Arc::new);
    let wanted = Wanted { store: &*store, standards: Standards::bundled()?, collection, filter };
    options.has_spatial_index = may_be_indexed(&options.out) && wanted.all_have_places()?;
    let report = wanted.write(&options)?;
    for notice in &report.notices {
        eprintln!("note: {notice}");
    }
    eprintln!("{}: {} features written to {}", id, report.written, options.out.display());
    Ok(())
}
