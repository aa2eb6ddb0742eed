//! `langxanh sample`: the bundled sample as a store.

use super::Workplace;
use crate::store::gpkg::GpkgStore;

/// Makes a store of the sample. One that is there already is left alone: the sample would replace its rows.
pub fn run(workplace: &Workplace) -> anyhow::Result<()> {
    let store = GpkgStore::create(&workplace.store)?;
    fill(&store)?;
    Ok(store.close()?)
}

/// Writes the sample into a store.
pub fn fill(store: &GpkgStore) -> anyhow::Result<()> {
    let report = crate::sample::build(store, &|collection, rows| tracing::info!("{collection}: {rows} rows"))?;
    tracing::info!("sample of {} rows made; what is made up is marked is_demo", report.rows());
    Ok(())
}
