//! Cutting lines and rings at the border of what a tile shows: after rounding, in whole cells.

use super::outline::{MAX, MIN};
use crate::geom::lattice::Cell;

/// One side of the border.
#[derive(Clone, Copy)]
enum Side {
    West,
    East,
    North,
    South,
}

const SIDES: [Side; 4] = [Side::West, Side::East, Side::North, Side::South];

impl Side {
    fn keeps(self, cell: Cell) -> bool {
        match self {
            Side::West => cell.x >= MIN,
            Side::East => cell.x <= MAX,
            Side::North => cell.y >= MIN,
            Side::South => cell.y <= MAX,
        }
    }

    /// Where the way between two corners on different sides crosses the border.
    fn crossing(self, a: Cell, b: Cell) -> Cell {
        // The same point in whichever direction the way is gone: neighbours are cut alike.
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        let part = |border: i64, a: (i64, i64), b: (i64, i64)| {
            let share = (border - a.0) as f64 / (b.0 - a.0) as f64;
            a.1 + (share * (b.1 - a.1) as f64).round() as i64
        };
        match self {
            Side::West => Cell { x: MIN, y: part(MIN, (a.x, a.y), (b.x, b.y)) },
            Side::East => Cell { x: MAX, y: part(MAX, (a.x, a.y), (b.x, b.y)) },
            Side::North => Cell { x: part(MIN, (a.y, a.x), (b.y, b.x)), y: MIN },
            Side::South => Cell { x: part(MAX, (a.y, a.x), (b.y, b.x)), y: MAX },
        }
    }
}

/// Whether the tile shows a corner.
pub fn is_inside(cell: Cell) -> bool {
    SIDES.iter().all(|side| side.keeps(cell))
}

/// Whether some corners all lie beyond one side: nothing between them can be seen.
pub fn is_beyond(cells: &[Cell]) -> bool {
    SIDES.iter().any(|side| !cells.iter().any(|cell| side.keeps(*cell)))
}

/// The ring inside the border, by Sutherland and Hodgman; empty where there is nothing of it. Pieces are still connected
/// along the border: [`crate::geom::lattice::valid`] takes them apart.
pub fn ring(ring: &mut Vec<Cell>, scratch: &mut Vec<Cell>) {
    for side in SIDES {
        if ring.iter().all(|cell| side.keeps(*cell)) {
            continue;
        }
        scratch.clear();
        let Some(mut before) = ring.last().copied() else { return };
        for cell in ring.iter().copied() {
            if side.keeps(before) != side.keeps(cell) {
                scratch.push(side.crossing(before, cell));
            }
            if side.keeps(cell) {
                scratch.push(cell);
            }
            before = cell;
        }
        std::mem::swap(ring, scratch);
    }
}

/// The pieces of a line inside the border.
pub fn line(line: &[Cell]) -> Vec<Vec<Cell>> {
    if line.iter().all(|cell| is_inside(*cell)) {
        return vec![line.to_vec()];
    }
    let mut pieces: Vec<Vec<Cell>> = Vec::new();
    let mut is_open = false;
    for pair in line.windows(2) {
        let Some((a, b)) = segment(pair[0], pair[1]) else {
            is_open = false;
            continue;
        };
        match pieces.last_mut().filter(|_| is_open) {
            Some(piece) => piece.push(b),
            None => pieces.push(vec![a, b]),
        }
        is_open = b == pair[1];
    }
    pieces
}

/// The part of a segment inside the border.
fn segment(mut a: Cell, mut b: Cell) -> Option<(Cell, Cell)> {
    for side in SIDES {
        match (side.keeps(a), side.keeps(b)) {
            (true, true) => {}
            (false, false) => return None,
            (false, true) => a = side.crossing(a, b),
            (true, false) => b = side.crossing(a, b),
        }
    }
    Some((a, b))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::geom::lattice::{doubled_area, tidy_ring};
    use proptest::prelude::*;

    fn cells(corners: &[(i64, i64)]) -> Vec<Cell> {
        corners.iter().map(|(x, y)| Cell { x: *x, y: *y }).collect()
    }

    fn clipped(corners: &[(i64, i64)]) -> Vec<Cell> {
        let mut cells = cells(corners);
        ring(&mut cells, &mut Vec::new());
        cells
    }

    #[test]
    fn a_ring_beyond_the_border_leaves_nothing() {
        assert!(clipped(&[(5000, 0), (6000, 0), (6000, 100)]).is_empty());
        // Around a corner of the border without touching it: no side alone has it all beyond.
        let around = clipped(&[(4100, 5000), (5000, 4100), (5000, 5000)]);
        assert_eq!(doubled_area(&around), 0);
    }

    #[test]
    fn a_ring_around_everything_becomes_the_border() {
        let mut ring = clipped(&[(-9000, -9000), (9000, -9000), (9000, 9000), (-9000, 9000)]);
        tidy_ring(&mut ring);
        ring.sort_unstable();
        assert_eq!(ring, cells(&[(-64, -64), (-64, 4160), (4160, -64), (4160, 4160)]));
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two_lines() {
        let pieces = line(&cells(&[(4000, 10), (5000, 10), (5000, 20), (4000, 20)]));
        assert_eq!(pieces, [cells(&[(4000, 10), (4160, 10)]), cells(&[(4160, 20), (4000, 20)])]);
        assert!(line(&cells(&[(4100, 5000), (5000, 4100)])).is_empty());
    }

    #[test]
    fn a_crossing_is_the_same_in_both_directions() {
        let (a, b) = (Cell { x: 4001, y: 7 }, Cell { x: 4999, y: 770 });
        assert_eq!(Side::East.crossing(a, b), Side::East.crossing(b, a));
        // 7 + 763 × 159 / 998 = 128.56.
        assert_eq!(Side::East.crossing(a, b), Cell { x: 4160, y: 129 });
    }

    proptest! {
        #[test]
        fn what_is_cut_stays_inside_the_border(corners in proptest::collection::vec((-20_000i64..20_000, -20_000i64..20_000), 0..20)) {
            prop_assert!(clipped(&corners).into_iter().all(is_inside));
            prop_assert!(line(&cells(&corners)).into_iter().flatten().all(is_inside));
        }

        #[test]
        fn nothing_of_a_ring_inside_is_lost(corners in proptest::collection::vec((MIN..=MAX, MIN..=MAX), 3..20)) {
            prop_assert_eq!(clipped(&corners), cells(&corners));
        }
    }
}
