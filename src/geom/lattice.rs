//! Outlines whose corners lie on a lattice of whole numbers: what rounding made needless, and areas made valid again.
//!
//! Where a corner is rounded to depends on its place alone, so a border that two features share stays shared. Vector tiles
//! and coarser items both round so.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

/// A corner of the lattice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub x: i64,
    pub y: i64,
}

/// The rings of an area, open (the last corner is not the first again): the outer one, then its holes.
pub type Area = Vec<Vec<Cell>>;

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

/// One side of a ring: the ring it belongs to, its place in that ring and the ring's length.
#[derive(Clone, Copy)]
struct Side {
    a: Cell,
    b: Cell,
    ring: usize,
    at: usize,
    of: usize,
}

impl Side {
    fn min_x(&self) -> i64 {
        self.a.x.min(self.b.x)
    }

    fn max_x(&self) -> i64 {
        self.a.x.max(self.b.x)
    }

    /// Whether the other one begins where this one ends.
    fn is_followed_by(&self, other: &Side) -> bool {
        self.ring == other.ring && (self.at + 1) % self.of == other.at
    }

    /// Whether they share a point that rings of valid areas do not share.
    fn meets(&self, other: &Side) -> bool {
        let (low, high) = (self.a.y.min(self.b.y), self.a.y.max(self.b.y));
        if other.a.y.max(other.b.y) < low || other.a.y.min(other.b.y) > high {
            return false;
        }
        if self.is_followed_by(other) || other.is_followed_by(self) {
            // They share a corner, and the ring has no spikes.
            return false;
        }
        let sign = |a, b, c| turn(a, b, c).signum();
        let (c, d) = (sign(self.a, self.b, other.a), sign(self.a, self.b, other.b));
        let (a, b) = (sign(other.a, other.b, self.a), sign(other.a, other.b, self.b));
        if (a, b, c, d) == (0, 0, 0, 0) {
            return other.min_x() <= self.max_x() && self.min_x() <= other.max_x();
        }
        a * b <= 0 && c * d <= 0
    }
}

/// Whether no side of some areas meets another one but where it follows it: then they are valid.
fn are_apart(areas: &[Area]) -> bool {
    let mut sides: Vec<Side> = Vec::with_capacity(areas.iter().flatten().map(Vec::len).sum());
    for (ring, corners) in areas.iter().flatten().enumerate() {
        let (of, Some(last)) = (corners.len(), corners.last()) else { continue };
        let mut a = *last;
        for (at, b) in corners.iter().enumerate() {
            // The side that ends in a corner: the first of them comes from the last corner.
            sides.push(Side { a, b: *b, ring, at, of });
            a = *b;
        }
    }
    sides.sort_unstable_by_key(Side::min_x);
    sides.iter().enumerate().all(|(at, side)| {
        let near = sides[at + 1..].iter().take_while(|other| other.min_x() <= side.max_x());
        !near.into_iter().any(|other| side.meets(other))
    })
}

/// What some rings cover by a rule, as valid areas; `None` where they reach farther than can be computed.
fn covered(rings: &[Vec<Cell>], rule: FillRule) -> Option<Vec<Area>> {
    let corners = rings.iter().map(Vec::len).sum();
    let origin = *rings.first()?.first()?;
    let mut overlay = Overlay::new_custom(corners, IntOverlayOptions::ogc(), Default::default());
    for ring in rings {
        // Half of the range is left free: the library takes differences.
        let number = |n: i64, origin: i64| i32::try_from(n - origin).ok().filter(|n| n.unsigned_abs() < 1 << 30);
        let point = |cell: &Cell| Some(IntPoint::new(number(cell.x, origin.x)?, number(cell.y, origin.y)?));
        overlay.add_contour(&ring.iter().map(point).collect::<Option<Vec<_>>>()?, ShapeType::Subject);
    }
    let shapes = overlay.overlay(OverlayRule::Subject, rule);
    let cell = |point: IntPoint| Cell { x: i64::from(point.x) + origin.x, y: i64::from(point.y) + origin.y };
    let ring = |ring: Vec<IntPoint>| ring.into_iter().map(cell).collect();
    Some(shapes.into_iter().map(|shape| shape.into_iter().map(ring).collect()).collect())
}

/// Areas that cover the same ground and are valid as OGC 06-103r4 (6.1.11, 6.1.14) has it: rings that rounding or a border
/// has laid onto themselves are taken apart, parts that lie on each other joined. What is valid stays as it is.
pub fn valid(mut areas: Vec<Area>) -> Vec<Area> {
    if are_apart(&areas) {
        return areas;
    }
    let alone = |area: &Area| {
        if are_apart(std::slice::from_ref(area)) {
            return vec![area.clone()];
        }
        covered(area, FillRule::EvenOdd).unwrap_or_else(|| vec![area.clone()])
    };
    let mut parts: Vec<Area> = areas.iter().flat_map(alone).collect();
    if parts.len() > 1 && !are_apart(&parts) {
        for part in &mut parts {
            wind(part);
        }
        let rings: Vec<Vec<Cell>> = parts.iter().flatten().cloned().collect();
        parts = covered(&rings, FillRule::NonZero).unwrap_or(parts);
    }
    if parts.is_empty() {
        // Nothing is lost to a library that sees no area; but a hole that takes all of its area leaves none.
        areas.retain(has_ground);
        return areas;
    }
    parts
}

/// Whether an area is larger than its holes together.
fn has_ground(area: &Area) -> bool {
    let mut sizes = area.iter().map(|ring| doubled_area(ring).unsigned_abs());
    let outer = sizes.next().unwrap_or(0);
    outer > sizes.fold(0, u128::saturating_add)
}

/// Turns the outer ring of an area clockwise as seen on the map and its holes the other way.
pub fn wind(area: &mut Area) {
    for (at, ring) in area.iter_mut().enumerate() {
        if (doubled_area(ring) > 0) != (at == 0) {
            ring.reverse();
        }
    }
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
    fn a_hole_that_takes_all_of_its_area_leaves_nothing() {
        let square = cells(&[(0, 0), (4, 0), (4, 4), (0, 4)]);
        let hole: Vec<Cell> = square.iter().rev().copied().collect();
        assert_eq!(valid(vec![vec![square.clone(), hole]]), Vec::<Area>::new());
        assert_eq!(valid(vec![vec![square.clone()]]), vec![vec![square]]);
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

    fn areas(rings: &[&[(i64, i64)]]) -> Area {
        rings.iter().map(|ring| cells(ring)).collect()
    }

    /// Corners of each ring in order, from the least one on and clockwise as seen on the map.
    fn told(areas: Vec<Area>) -> Vec<Vec<Vec<(i64, i64)>>> {
        let ring = |mut ring: Vec<Cell>| {
            if doubled_area(&ring) < 0 {
                ring.reverse();
            }
            let least = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap_or(0);
            ring.rotate_left(least);
            ring.into_iter().map(|cell| (cell.x, cell.y)).collect()
        };
        let mut told: Vec<Vec<Vec<_>>> = areas.into_iter().map(|area| area.into_iter().map(ring).collect()).collect();
        told.sort();
        told
    }

    #[test]
    fn a_ring_that_runs_there_and_back_along_one_line_is_taken_apart() {
        // Two fingers of one area that a border has cut, connected along it by a side that is gone twice.
        let fingers = areas(&[&[(0, 0), (4, 0), (4, 2), (0, 2), (0, 5), (4, 5), (4, 7), (0, 7)]]);
        let wanted = [vec![vec![(0, 0), (4, 0), (4, 2), (0, 2)]], vec![vec![(0, 5), (4, 5), (4, 7), (0, 7)]]];
        assert_eq!(told(valid(vec![fingers])), wanted);
    }

    #[test]
    fn a_hole_that_lies_on_the_outer_ring_becomes_a_bay_of_it() {
        let area = areas(&[&[(0, 0), (9, 0), (9, 9), (0, 9)], &[(0, 3), (4, 3), (4, 6), (0, 6)]]);
        let bay = vec![(0, 0), (9, 0), (9, 9), (0, 9), (0, 6), (4, 6), (4, 3), (0, 3)];
        assert_eq!(told(valid(vec![area])), [vec![bay]]);
    }

    #[test]
    fn parts_with_a_common_side_become_one_and_parts_apart_stay_as_they_are() {
        let square = |x: i64| cells(&[(x, 0), (x + 4, 0), (x + 4, 4), (x, 4)]);
        let joined = valid(vec![vec![square(0)], vec![square(4)]]);
        assert_eq!(told(joined), [vec![vec![(0, 0), (8, 0), (8, 4), (0, 4)]]]);
        let apart = vec![vec![square(0)], vec![square(5)]];
        assert_eq!(valid(apart.clone()), apart);
    }

    #[test]
    fn outlines_around_the_world_at_the_deepest_zoom_do_not_overflow() {
        let far = 1i64 << 33;
        assert_eq!(tidied(&[(-far, -far), (far, -far), (far, far), (-far, far), (-far, -far)]).len(), 4);
        assert_eq!(doubled_area(&cells(&[(-far, -far), (far, -far), (far, far), (-far, far)])), 1i128 << 69);
    }
}
