//! Longitude and latitude to cells of a tile, and what rounding made needless.

use geo::Coord;

use super::grid::{self, BUFFER, EXTENT, TileId};

/// A corner of the grid, counted from the tile's north-west corner, y southward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub x: i64,
    pub y: i64,
}

/// What a tile shows, in cells; borders belong to it.
pub const MIN: i64 = -(BUFFER as i64);
pub const MAX: i64 = (EXTENT + BUFFER) as i64;

/// Where a tile lies, and how finely it is drawn.
#[derive(Clone, Copy)]
pub struct Frame {
    cells_of_world: f64,
    corner: (i64, i64),
    /// Corners lie on multiples of it: a power of two.
    pub step: i64,
}

impl Frame {
    pub fn new(tile: TileId, step: u32) -> Frame {
        Frame { cells_of_world: tile.cells_of_world(), corner: tile.corner(), step: i64::from(step) }
    }

    /// The nearest corner of the grid. Rounded before the tile's own corner is taken off, so that neighbouring tiles agree.
    pub fn cell(&self, at: Coord<f64>) -> Cell {
        let (x, y) = grid::world(at.x, at.y);
        self.nearest(x, y)
    }

    /// The nearest corner of the grid to a place on the square of the world.
    pub fn nearest(&self, x: f64, y: f64) -> Cell {
        let step = self.step as f64;
        let round = |part: f64| ((part * self.cells_of_world / step).round() as i64).saturating_mul(self.step);
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

/// Twice the area of the triangle; positive when it turns clockwise as seen on the map (y points south).
fn turn(a: Cell, b: Cell, c: Cell) -> i128 {
    // Outlines may reach around the world at the deepest zoom: products need more than 64 bits.
    let wide = |n: i64| i128::from(n);
    wide(b.x - a.x) * wide(c.y - b.y) - wide(b.y - a.y) * wide(c.x - b.x)
}

/// Whether the way goes on in the same direction at `b`, given that the three lie on one line.
fn goes_on(a: Cell, b: Cell, c: Cell) -> bool {
    let wide = |n: i64| i128::from(n);
    wide(b.x - a.x) * wide(c.x - b.x) + wide(b.y - a.y) * wide(c.y - b.y) > 0
}

/// Drops corners of an open line that lie on the straight way between their neighbours. The line covers the same points.
pub fn straighten(line: &mut Vec<Cell>) {
    let mut kept: usize = 0;
    for at in 0..line.len() {
        let cell = line[at];
        while kept >= 2
            && turn(line[kept - 2], line[kept - 1], cell) == 0
            && goes_on(line[kept - 2], line[kept - 1], cell)
        {
            kept -= 1;
        }
        if kept == 0 || line[kept - 1] != cell {
            line[kept] = cell;
            kept += 1;
        }
    }
    line.truncate(kept);
}

/// Opens a ring (its last corner is not its first again) and drops corners on straight ways and spikes without width.
/// What is left has at least three corners, or fewer where the ring has no area.
pub fn tidy_ring(ring: &mut Vec<Cell>) {
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let mut kept: usize = 0;
    for at in 0..ring.len() {
        let cell = ring[at];
        while kept >= 2 && turn(ring[kept - 2], ring[kept - 1], cell) == 0 {
            kept -= 1;
        }
        if kept == 0 || ring[kept - 1] != cell {
            ring[kept] = cell;
            kept += 1;
        }
    }
    ring.truncate(kept);
    // Where the ring closes the same holds, in both directions.
    let mut first = 0;
    loop {
        let open = &ring[first..];
        let count = open.len();
        if count < 3 {
            break;
        }
        if open[count - 1] == open[0] || turn(open[count - 2], open[count - 1], open[0]) == 0 {
            ring.pop();
        } else if turn(open[count - 1], open[0], open[1]) == 0 {
            first += 1;
        } else {
            break;
        }
    }
    ring.drain(..first);
}

/// Twice the area of an open ring by the surveyor's formula; positive when clockwise as seen on the map.
pub fn doubled_area(ring: &[Cell]) -> i128 {
    let wide = |n: i64| i128::from(n);
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| wide(a.x) * wide(b.y) - wide(b.x) * wide(a.y)).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cells(corners: &[(i64, i64)]) -> Vec<Cell> {
        corners.iter().map(|(x, y)| Cell { x: *x, y: *y }).collect()
    }

    fn tidied(corners: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut ring = cells(corners);
        tidy_ring(&mut ring);
        ring.into_iter().map(|cell| (cell.x, cell.y)).collect()
    }

    #[test]
    fn a_ring_without_area_has_fewer_than_three_corners_left() {
        assert!(tidied(&[]).is_empty());
        assert!(tidied(&[(1, 1), (1, 1), (1, 1)]).len() < 3);
        assert!(tidied(&[(0, 0), (5, 5), (2, 2), (0, 0)]).len() < 3);
    }

    #[test]
    fn corners_on_straight_ways_go_also_where_the_ring_closes() {
        let square = [(2, 0), (4, 0), (4, 2), (4, 4), (0, 4), (0, 0), (2, 0)];
        let mut left = tidied(&square);
        left.sort_unstable();
        assert_eq!(left, [(0, 0), (0, 4), (4, 0), (4, 4)]);
    }

    #[test]
    fn a_spike_without_width_goes_and_the_rest_stays() {
        assert_eq!(tidied(&[(0, 0), (4, 0), (9, 0), (4, 0), (4, 4), (0, 4), (0, 0)]), [(0, 0), (4, 0), (4, 4), (0, 4)]);
    }

    #[test]
    fn a_line_that_turns_back_keeps_its_end() {
        let mut line = cells(&[(0, 0), (2, 0), (5, 0), (3, 0)]);
        straighten(&mut line);
        assert_eq!(line, cells(&[(0, 0), (5, 0), (3, 0)]));
    }

    #[test]
    fn outlines_around_the_world_at_the_deepest_zoom_do_not_overflow() {
        let far = 1i64 << 33;
        assert_eq!(tidied(&[(-far, -far), (far, -far), (far, far), (-far, far), (-far, -far)]).len(), 4);
        assert_eq!(doubled_area(&cells(&[(-far, -far), (far, -far), (far, far), (-far, far)])), 1i128 << 69);
    }

    #[test]
    fn neighbouring_tiles_round_a_place_to_the_same_corner() {
        let at = Coord { x: 105.857_4, y: 21.024_4 };
        let (west, east) = (TileId::new(14, 7212, 13009).unwrap(), TileId::new(14, 7212, 13010).unwrap());
        let (a, b) = (Frame::new(west, 1).cell(at), Frame::new(east, 1).cell(at));
        assert_eq!((a.x - 4096, a.y), (b.x, b.y));
    }
}
