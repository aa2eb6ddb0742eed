//! Hexagons of a chosen size.
//!
//! The grid hangs on the origin (0, 0) of the projected system and on nothing else: equal sizes give equal cells with equal
//! ids for ever, whatever the data. Cells are flat-topped and named by axial coordinates: `q` counts columns eastwards,
//! `r` counts cells northwards along a column, and each column stands half a cell higher than the one before.

use std::collections::BTreeSet;
use std::fmt;

use geo::indexed::IntervalTreeMultiPolygon;
use geo::{Area, BoundingRect, Contains, Coord, LineString, MultiPolygon, Polygon};

use super::{NoStatistic, Stop, positive, stopped};

/// A grid with more cells than this over its area is refused.
pub const MAX_CELLS: usize = 200_000;

/// A grid with fewer cells than this over its area is refused: a local statistic needs some thirty to be more than noise.
pub const MIN_CELLS: usize = 30;

/// Sizes beyond this (metres) are refused before any counting.
const MAX_SIZE: f64 = 10_000_000.0;

/// A grid of hexagons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HexGrid {
    size: f64,
}

/// A cell of a grid by its column and its place in the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    pub q: i64,
    pub r: i64,
}

impl HexGrid {
    /// A grid whose cells measure `size` metres from flat side to flat side, which is also the distance of neighbouring
    /// centres. An area of a cell is `size² · √3/2`.
    pub fn new(size: f64) -> Result<HexGrid, NoStatistic> {
        Ok(HexGrid { size: positive("cỡ ô tính bằng mét / the size of a cell in metres", size, MAX_SIZE)? })
    }

    /// From flat side to flat side, metres.
    pub fn size(&self) -> f64 {
        self.size
    }

    /// Square metres of one cell.
    pub fn cell_area(&self) -> f64 {
        self.size * self.size * 3f64.sqrt() / 2.0
    }

    /// The centre of a cell, metres.
    pub fn centre(&self, cell: Cell) -> Coord<f64> {
        let q = cell.q as f64;
        Coord { x: self.size * 3f64.sqrt() / 2.0 * q, y: self.size * (cell.r as f64 + q / 2.0) }
    }

    /// The cell in which a place lies; of cells whose border it touches always the same one. `None` for a place that is
    /// not finite or too far out to be counted.
    pub fn cell_at(&self, place: Coord<f64>) -> Option<Cell> {
        let q = place.x / (self.size * 3f64.sqrt() / 2.0);
        let r = place.y / self.size - q / 2.0;
        // Beyond 2^52 cells a number no longer tells one cell from the next.
        if !(q.abs() < 2f64.powi(52) && r.abs() < 2f64.powi(52)) {
            return None;
        }
        // Rounding in cube coordinates (q + r + s = 0): the one that moved most is made from the other two.
        let s = -q - r;
        let (whole_q, whole_r, whole_s) = (q.round(), r.round(), s.round());
        let (dq, dr, ds) = ((whole_q - q).abs(), (whole_r - r).abs(), (whole_s - s).abs());
        let cell = if dq > dr && dq > ds {
            (-whole_r - whole_s, whole_r)
        } else if dr > ds {
            (whole_q, -whole_q - whole_s)
        } else {
            (whole_q, whole_r)
        };
        Some(Cell { q: cell.0 as i64, r: cell.1 as i64 })
    }

    /// The outline of a cell, counter-clockwise from its eastern corner. Neighbours share corners to the last bit.
    pub fn polygon(&self, cell: Cell) -> Polygon<f64> {
        // Corners lie on a lattice of a third of a column and half a cell, so shared corners are one and the same number.
        let (column, row) = (3 * cell.q, 2 * cell.r + cell.q);
        let corner = |(dx, dy): (i64, i64)| Coord {
            x: self.size * 3f64.sqrt() / 6.0 * (column + dx) as f64,
            y: self.size / 2.0 * (row + dy) as f64,
        };
        let ring = [(2, 0), (1, 1), (-1, 1), (-2, 0), (-1, -1), (1, -1), (2, 0)].map(corner);
        Polygon::new(LineString::new(ring.to_vec()), Vec::new())
    }

    /// The six cells around one.
    pub fn around(cell: Cell) -> [Cell; 6] {
        [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)].map(|(q, r)| Cell { q: cell.q + q, r: cell.r + r })
    }

    /// The stable id of a cell: size, column and row, such as `h1000_679_1985`. Only letters, digits and `._-`.
    pub fn id(&self, cell: Cell) -> CellId {
        CellId { size: self.size, cell }
    }

    /// The cells of an area (metres): those whose centre lies in it and those in which one of `places` lies, in the order
    /// of column and row.
    ///
    /// Fails with [`NoStatistic::CellCount`] where the area would have fewer than [`MIN_CELLS`] or more than [`MAX_CELLS`].
    pub fn cells(&self, area: &MultiPolygon<f64>, places: &[Coord<f64>], stop: Stop) -> Result<Vec<Cell>, NoStatistic> {
        let expected = area.unsigned_area() / self.cell_area();
        let wrong_count = |cells: f64| NoStatistic::CellCount { cells, least: MIN_CELLS, most: MAX_CELLS };
        // The box is walked through, so it is what bounds the work.
        let bounds = area.bounding_rect().ok_or(NoStatistic::TooFew { have: 0, need: MIN_CELLS })?;
        let walked = bounds.width() * bounds.height() / self.cell_area();
        if !(expected >= MIN_CELLS as f64 / 2.0 && walked <= 10.0 * MAX_CELLS as f64 && expected <= MAX_CELLS as f64) {
            return Err(wrong_count(expected));
        }
        let inside = IntervalTreeMultiPolygon::new(area);
        let mut cells = BTreeSet::new();
        let column = self.size * 3f64.sqrt() / 2.0;
        let (first, last) = ((bounds.min().x / column).floor() as i64, (bounds.max().x / column).ceil() as i64);
        for q in first..=last {
            stopped(stop)?;
            let half = q as f64 / 2.0;
            let lowest = (bounds.min().y / self.size - half).floor() as i64;
            let highest = (bounds.max().y / self.size - half).ceil() as i64;
            for r in lowest..=highest {
                let cell = Cell { q, r };
                if inside.contains(&geo::Point(self.centre(cell))) {
                    cells.insert(cell);
                }
            }
        }
        for (at, place) in places.iter().enumerate() {
            cells.insert(self.cell_at(*place).ok_or(NoStatistic::NotFinite { at })?);
        }
        if !(MIN_CELLS..=MAX_CELLS).contains(&cells.len()) {
            return Err(wrong_count(cells.len() as f64));
        }
        Ok(cells.into_iter().collect())
    }
}

/// A cell with the size of its grid, as its id is written and read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellId {
    pub size: f64,
    pub cell: Cell,
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "h{}_{}_{}", self.size, self.cell.q, self.cell.r)
    }
}

impl std::str::FromStr for CellId {
    type Err = NotACell;

    fn from_str(text: &str) -> Result<CellId, NotACell> {
        let parts = || {
            let mut parts = text.strip_prefix('h')?.split('_');
            let size = HexGrid::new(parts.next()?.parse().ok()?).ok()?.size();
            let cell = Cell { q: parts.next()?.parse().ok()?, r: parts.next()?.parse().ok()? };
            parts.next().is_none().then_some(CellId { size, cell })
        };
        // One cell has one id: what would be written otherwise is not one.
        parts().filter(|id| id.to_string() == text).ok_or(NotACell)
    }
}

/// A text that is not the id of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("không phải mã của ô như h1000_679_1985 / not the id of a cell, such as h1000_679_1985")]
pub struct NotACell;
