//! A grid of cells with what lies in them, and its tests for hot and cold ones.

use std::collections::HashMap;

use geo::{Coord, MultiPolygon};

use super::fdr::{Class, class, q_values};
use super::getis::local_g;
use super::grid::{Cell, HexGrid};
use super::permutation::Permutations;
use super::sites::{Sites, key_of};
use super::weights::Weights;
use super::zones::outline;
use super::{NoStatistic, Stop};

/// The cells of an area with the sites in them.
#[derive(Debug, Clone)]
pub struct Cells {
    pub grid: HexGrid,
    pub cells: Vec<Cell>,
    /// Positions of the sites in each cell, in the caller's order.
    pub members: Vec<Vec<usize>>,
    /// The centres of the cells, in their order.
    pub sites: Sites,
}

/// What a test says of a cell or site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    /// Standard deviations above what chance would give.
    pub z: f64,
    /// Two-sided chance of it.
    pub p: f64,
    /// The same among all that were tested (false-discovery rate).
    pub q: f64,
    pub class: Class,
}

impl Cells {
    /// The cells of an area (metres), and those beyond it in which a place lies. Without an area it is the ground around the
    /// places.
    ///
    /// Fails as [`HexGrid::cells`].
    pub fn new(area: &MultiPolygon<f64>, places: &[Coord<f64>], size: f64, stop: Stop) -> Result<Cells, NoStatistic> {
        let grid = HexGrid::new(size)?;
        let around = if area.0.is_empty() { outline(places, size)? } else { MultiPolygon(Vec::new()) };
        let area = if area.0.is_empty() { &around } else { area };
        let cells = grid.cells(area, places, stop)?;
        let positions: HashMap<Cell, usize> = cells.iter().enumerate().map(|(at, cell)| (*cell, at)).collect();
        let mut members = vec![Vec::new(); cells.len()];
        for (site, place) in places.iter().enumerate() {
            let at = grid.cell_at(*place).and_then(|cell| positions.get(&cell));
            if let Some(members) = at.and_then(|at| members.get_mut(*at)) {
                members.push(site);
            }
        }
        let centres: Vec<_> =
            cells.iter().map(|cell| (key_of(&grid.id(*cell).to_string()), grid.centre(*cell))).collect();
        Ok(Cells { grid, cells, members, sites: Sites::new(&centres)? })
    }

    /// The id of the cell at a position.
    pub fn id(&self, at: usize) -> String {
        self.grid.id(self.cells[at]).to_string()
    }

    /// The cells whose centres are at most so many metres from that of one, itself among them, as positions.
    pub fn within(&self, at: usize, metres: f64) -> Vec<usize> {
        let (cell, centre) = (self.cells[at], self.grid.centre(self.cells[at]));
        // Columns stand closer than cells of one column.
        let rings = (metres / (self.grid.size() * 0.75)).ceil() as i64;
        let steps = (-rings..=rings).flat_map(|q| (-rings..=rings).map(move |r| (q, r)));
        let cells = steps.map(|(q, r)| Cell { q: cell.q + q, r: cell.r + r }).filter(|other| {
            let other = self.grid.centre(*other);
            (other.x - centre.x).hypot(other.y - centre.y) <= metres
        });
        cells.filter_map(|other| self.cells.binary_search(&other).ok()).collect()
    }

    /// What the sites' values come to in each cell; 0 where there is none.
    pub fn sums(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        self.members.iter().map(|members| members.iter().fold(0.0, |sum, site| sum + value(*site))).collect()
    }
}

/// What z-scores with their chances say together; `None` stays where there is none. Without `fdr` each chance stands alone.
pub fn tested(scores: &[Option<(f64, f64)>], fdr: bool) -> Result<Vec<Option<Tested>>, NoStatistic> {
    let chances: Vec<f64> = scores.iter().flatten().map(|(_, p)| *p).collect();
    let mut q = if fdr { q_values(&chances)? } else { chances }.into_iter();
    let test = |score: &Option<(f64, f64)>| {
        let (z, p) = (*score)?;
        let q = q.next()?;
        Some(Tested { z, p, q, class: class(z, q) })
    };
    Ok(scores.iter().map(test).collect())
}

/// Gi* (or Gi, as the weights are) of some values: chances by permutations where there are any, else under normality.
///
/// Fails as [`local_g`].
pub fn hot_and_cold(
    weights: &Weights,
    values: &[f64],
    permutations: Option<Permutations>,
    fdr: bool,
    stop: Stop,
) -> Result<Vec<Option<Tested>>, NoStatistic> {
    let local = local_g(weights, values, permutations, stop)?;
    let score = |local: Result<super::getis::LocalG, super::Gap>| {
        let local = local.ok()?;
        Some((local.z, local.simulated.map_or(local.p, |simulated| simulated.p)))
    };
    tested(&local.into_iter().map(score).collect::<Vec<_>>(), fdr)
}
