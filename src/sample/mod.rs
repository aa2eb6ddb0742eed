//! The sample: a whole store made from the bundled facts of `data/sample/`, and around them registers that are made up.
//!
//! Names, communes, trades, areas, decisions and dates are facts with their sources; an unknown fact stays empty. Boundaries,
//! places within the stated precision, and registers for which no open source exists are drawn or diced, and every such row
//! says so (`is_demo`). The dice are seeded by names and no clock is read: the same program makes the same rows, byte for byte.
//!
//! Everything is drawn and measured in metres (EPSG:5897) and turned into longitude and latitude once, at the end.

mod cells;
mod clusters;
mod effluent;
mod facts;
mod place;
mod plans;
mod registers;
pub mod rng;
mod rows;
mod sites;
mod stations;
#[cfg(test)]
mod tests;
mod topology;
mod units;
mod villages;
mod waterways;

use crate::domain::Collection;
use crate::geom::project::ProjectError;
use crate::store::{Applied, Change, Draft, Mode, Origin, Store, StoreError};

/// Why the sample cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("data/sample/{file}, line {line}: {reason}")]
    Fact { file: &'static str, line: u64, reason: String },
    #[error("sample row '{id}' of {collection}: {reason}")]
    Row { collection: String, id: String, reason: String },
    #[error("the sample cannot be placed on the map: {0}; check that PROJ's database is installed")]
    Project(#[from] ProjectError),
    #[error("the sample cannot be written: {0}")]
    Store(#[from] StoreError),
}

/// The rows of one collection.
pub struct Table {
    pub collection: &'static Collection,
    pub drafts: Vec<Draft>,
}

/// What was written, collection by collection.
#[derive(Debug, Default)]
pub struct SampleReport {
    pub collections: Vec<(String, Applied)>,
}

impl SampleReport {
    /// Rows that the store now holds from the sample.
    pub fn rows(&self) -> u64 {
        self.collections.iter().map(|(_, applied)| applied.inserted + applied.updated + applied.unchanged).sum()
    }
}

/// Writes the whole sample into a store, each collection in one change; what else these collections held is deleted.
/// `progress` hears of each collection and its number of rows before they are written.
///
/// # Errors
/// [`SampleError`]; collections that were written before the fault stay written.
pub fn build(store: &dyn Store, progress: &dyn Fn(&str, u64)) -> Result<SampleReport, SampleError> {
    write(store, tables()?, progress)
}

fn write(
    store: &dyn Store,
    tables: impl IntoIterator<Item = Table>,
    progress: &dyn Fn(&str, u64),
) -> Result<SampleReport, SampleError> {
    let mut report = SampleReport::default();
    for Table { collection, drafts } in tables {
        progress(&collection.id, drafts.len() as u64);
        let applied = store.apply(Change {
            collection,
            mode: Mode::Replace,
            drafts: &mut drafts.into_iter().map(Ok),
            origin: Origin { who: "langxanh".to_owned(), what: format!("sample {}", collection.id), why: None },
        })?;
        report.collections.push((collection.id.clone(), applied));
    }
    Ok(report)
}

/// Every row of the sample, by collection.
pub fn tables() -> Result<Vec<Table>, SampleError> {
    let communes = units::Communes::draw()?;
    let (waterway_table, waterways) = waterways::draw()?;
    let mut ground = place::Ground::default();
    let (cluster_table, mut sites) = clusters::draw(&communes, &mut ground)?;
    let (village_table, villages) = villages::draw(&communes, &mut ground)?;
    sites.extend(villages);
    let levels = effluent::Levels::read()?;
    let (station_table, stations) = stations::draw(&sites, &waterways, &levels)?;
    let mut tables = vec![cluster_table, village_table, station_table, effluent::draw(&stations, &levels)?];
    tables.push(registers::infrastructure(&sites, &stations)?);
    tables.push(registers::milestones(&sites)?);
    tables.push(registers::violations(&sites)?);
    tables.extend(plans::draw(&sites)?);
    tables.extend([communes.table()?, units::changes()?, waterway_table]);
    for table in &mut tables {
        fullest_first(&mut table.drafts);
    }
    Ok(tables)
}

/// Rows that a client sees first: QGIS before 3.44 guesses the type of each field from the first ten features.
const FIRST_ROWS: usize = 10;

/// Brings the rows forward that together fill the most fields; the others keep their order.
fn fullest_first(drafts: &mut [Draft]) {
    let mut seen = std::collections::HashSet::new();
    for first in 0..FIRST_ROWS.min(drafts.len()) {
        let filled = |draft: &Draft| -> Vec<usize> {
            draft.values.iter().enumerate().filter(|(_, value)| !value.is_null()).map(|(at, _)| at).collect()
        };
        let worth = |draft: &Draft| {
            let filled = filled(draft);
            (filled.iter().filter(|at| !seen.contains(*at)).count(), filled.len())
        };
        let worths: Vec<_> = drafts[first..].iter().map(worth).collect();
        let Some(best) = (0..worths.len()).rev().max_by_key(|at| worths[*at]) else { return };
        seen.extend(filled(&drafts[first + best]));
        drafts[first..=first + best].rotate_right(1);
    }
}
