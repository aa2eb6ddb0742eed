//! Longitude and latitude to cells of a tile.

use geo::Coord;

use super::grid::{self, BUFFER, EXTENT, TileId};
use crate::geom::lattice::Cell;

/// What a tile shows, in cells; borders belong to it.
pub const MIN: i64 = -(BUFFER as i64);
pub const MAX: i64 = (EXTENT + BUFFER) as i64;

/// Where a tile lies, and how finely it is drawn.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Steps along the side of the world.
    steps_of_world: f64,
    corner: (i64, i64),
    /// Corners lie on multiples of it: a power of two.
    pub step: i64,
}

impl Frame {
    pub fn new(tile: TileId, step: u32) -> Frame {
        let steps_of_world = tile.cells_of_world() / f64::from(step);
        Frame { steps_of_world, corner: tile.corner(), step: i64::from(step) }
    }

    /// The nearest corner of the grid. Rounded before the tile's own corner is taken off, so that neighbouring tiles agree.
    pub fn cell(&self, at: Coord<f64>) -> Cell {
        let (x, y) = grid::world(at.x, at.y);
        self.nearest(x, y)
    }

    /// The nearest corner of the grid to a place on the square of the world.
    pub fn nearest(&self, x: f64, y: f64) -> Cell {
        let round = |part: f64| {
            let steps = part * self.steps_of_world;
            // Cut off, what is not negative is rounded down.
            let nearest = if steps >= 0.0 { (steps + 0.5) as i64 } else { steps.round() as i64 };
            nearest.saturating_mul(self.step)
        };
        Cell { x: round(x).saturating_sub(self.corner.0), y: round(y).saturating_sub(self.corner.1) }
    }

    /// Rounded corners of a line; those that fall together with the one before become one.
    pub fn cells(&self, line: &[Coord<f64>], out: &mut Vec<Cell>) {
        out.clear();
        for at in line {
            let cell = self.cell(*at);
            if out.last() != Some(&cell) {
                out.push(cell);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_tiles_round_a_place_to_the_same_corner() {
        let at = Coord { x: 105.857_4, y: 21.024_4 };
        let (west, east) = (TileId::new(14, 7212, 13009).unwrap(), TileId::new(14, 7212, 13010).unwrap());
        let (a, b) = (Frame::new(west, 1).cell(at), Frame::new(east, 1).cell(at));
        assert_eq!((a.x - 4096, a.y), (b.x, b.y));
    }
}
