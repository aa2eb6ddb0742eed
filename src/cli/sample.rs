//! `langxanh sample`: the bundled sample as a store.

use anyhow::Context;

use super::Workplace;
use crate::store::Store;
use crate::store::gpkg::{GpkgStore, moved};
use crate::store::place::Place;

/// Makes a store of the sample. One that is there already is left alone: the sample would replace its rows.
pub fn run(workplace: &Workplace) -> anyhow::Result<()> {
    if workplace.store.is_taken()? {
        anyhow::bail!("{}: exists already", workplace.store);
    }
    make(&workplace.store)
}

/// Makes a store of the sample under another name and puts it in its place when it is whole: a run that is broken off leaves no
/// half-filled store behind.
pub fn make(place: &Place) -> anyhow::Result<()> {
    match place {
        Place::File(path) => {
            let making = path.with_extension("gpkg.sample");
            if making.exists() {
                std::fs::remove_file(&making)
                    .with_context(|| format!("removing what an earlier run left at {}", making.display()))?;
            }
            let store = GpkgStore::create(&making)?;
            fill(&store)?;
            store.close()?;
            moved(&making, path).with_context(|| format!("moving the sample to {}", path.display()))
        }
        Place::Postgres(_) => {
            let folder = tempfile::tempdir().context("making a folder for the sample")?;
            let file = folder.path().join("sample.gpkg");
            make(&Place::File(file.clone()))?;
            Ok(place.restore(&file, false, &super::import::who(), &|_, _| {})?)
        }
    }
}

/// Writes the sample into a store.
fn fill(store: &dyn Store) -> anyhow::Result<()> {
    let report = crate::sample::build(store, &|collection, rows| tracing::info!("{collection}: {rows} rows"))?;
    tracing::info!("sample of {} rows made; what is made up is marked is_demo", report.rows());
    Ok(())
}
