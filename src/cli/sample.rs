//! `langxanh sample`: the bundled sample as a store.

use super::Workplace;
use crate::store::gpkg::GpkgStore;

/// Makes the store if it is not there, and writes every row of the sample as it first was. Rows of other collections
/// stay as they are.
pub fn run(workplace: &Workplace) -> anyhow::Result<()> {
    let store = if workplace.store.exists() { workplace.open()? } else { GpkgStore::create(&workplace.store)? };
    fill(&store)?;
    Ok(())
}

/// Writes the sample into a store.
pub fn fill(store: &GpkgStore) -> anyhow::Result<()> {
    let report = crate::sample::build(store, &|collection, rows| tracing::info!("{collection}: {rows} rows"))?;
    tracing::info!("sample of {} rows made; what is made up is marked is_demo", report.rows());
    Ok(())
}
