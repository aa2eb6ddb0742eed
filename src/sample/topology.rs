//! Unions of areas that share their borders exactly: common edges cancel, what is left is the outline.
//!
//! Nothing is computed, so an outline keeps every coordinate of the areas to the last digit. Areas that only come near
//! each other are not joined.

use std::collections::BTreeMap;

use geo::{Contains, Coord, LineString, MultiPolygon, Point, Polygon};

type Node = (i64, i64);

fn node(c: Coord<f64>) -> Node {
    ((c.x * 1000.0).round() as i64, (c.y * 1000.0).round() as i64)
}

fn coord((x, y): Node) -> Coord<f64> {
    Coord { x: x as f64 / 1000.0, y: y as f64 / 1000.0 }
}

/// The union of areas given as counter-clockwise rings, not closed, in millimetre coordinates.
pub fn dissolve<'a>(rings: impl IntoIterator<Item = &'a [Coord<f64>]>) -> MultiPolygon<f64> {
    let mut edges: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    for ring in rings {
        for (at, start) in ring.iter().enumerate() {
            let (from, to) = (node(*start), node(ring[(at + 1) % ring.len()]));
            let opposite = edges.get_mut(&to).and_then(|ends| Some((ends.iter().position(|end| *end == from)?, ends)));
            match opposite {
                Some((index, ends)) => drop(ends.swap_remove(index)),
                None => edges.entry(from).or_default().push(to),
            }
        }
    }
    let mut outer = Vec::new();
    let mut holes = Vec::new();
    while let Some(ring) = next_ring(&mut edges) {
        let line = LineString(ring.into_iter().map(coord).collect());
        if doubled_area(&line) > 0.0 { outer.push(Polygon::new(line, Vec::new())) } else { holes.push(line) }
    }
    for hole in holes {
        let within = |area: &&mut Polygon<f64>| hole.0.first().is_some_and(|c| area.contains(&Point(*c)));
        if let Some(area) = outer.iter_mut().find(within) {
            area.interiors_push(hole);
        }
    }
    MultiPolygon(outer)
}

/// Walks one closed ring of edges and takes it out.
fn next_ring(edges: &mut BTreeMap<Node, Vec<Node>>) -> Option<Vec<Node>> {
    edges.retain(|_, ends| !ends.is_empty());
    let start = *edges.keys().next()?;
    let mut ring = vec![start];
    while let Some(next) = edges.get_mut(ring.last()?).and_then(Vec::pop) {
        ring.push(next);
        if next == start {
            break;
        }
    }
    Some(ring)
}

fn doubled_area(ring: &LineString<f64>) -> f64 {
    let origin = ring.0.first().copied().unwrap_or_default();
    ring.lines()
        .map(|line| {
            (line.start.x - origin.x) * (line.end.y - origin.y) - (line.end.x - origin.x) * (line.start.y - origin.y)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Area;

    fn square(x: f64, y: f64) -> Vec<Coord<f64>> {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(u, v)| Coord { x: x + u, y: y + v }).to_vec()
    }

    #[test]
    fn neighbours_become_one_area_and_strangers_stay_two() {
        let squares = [square(0.0, 0.0), square(1.0, 0.0), square(5.0, 0.0)];
        let union = dissolve(squares.iter().map(Vec::as_slice));
        assert_eq!(union.0.len(), 2);
        assert_eq!(union.unsigned_area(), 3.0);
    }

    #[test]
    fn a_ring_of_squares_has_a_hole() {
        let around = [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1), (0, 2), (1, 2), (2, 2)];
        let squares: Vec<_> = around.iter().map(|(x, y)| square(f64::from(*x), f64::from(*y))).collect();
        let union = dissolve(squares.iter().map(Vec::as_slice));
        assert_eq!((union.0.len(), union.0[0].interiors().len()), (1, 1));
        assert_eq!(union.unsigned_area(), 8.0);
    }
}
