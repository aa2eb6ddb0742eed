//! How lots tile a boundary: what lies twice, what beyond it, what not at all.
//!
//! Most of a plan needs no overlay. How often ground is covered follows from the edges around it alone, and an edge along which
//! one lot runs and its neighbour back takes itself away. So does a row of lots along the longer edge of a road, whose corners
//! rounding puts beside that edge and not on it. What is overlaid is what is left.

use std::collections::HashMap;

use geo::{Coord, Line, LineString, MultiPolygon, Polygon, Rect};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::overlay::FloatOverlay;

use super::ground::{Index, pieces};
use super::nodes::Nodes;

/// What takes itself away may lie so far apart, as a part of what comes from rounding: between such edges no circle fits that
/// is as wide as rounding is.
const APART: f64 = 0.1;

/// Where lots lie on each other, beyond the boundary, or not at all. What is narrower than rounding may be left out.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Ground inside the boundary without a lot.
    pub gaps: Vec<Polygon<f64>>,
    /// Ground inside the boundary with more than one lot, and ground beyond it with any.
    pub crowded: Vec<Polygon<f64>>,
}

type Contours = Vec<Vec<[f64; 2]>>;

/// Counts over the whole plan how often ground is covered. The boundary is laid the other way round, so that each point of it
/// counts −1 without a lot, 0 with one, and more with several. What is narrower than `rounding`, metres, is nothing.
pub(super) fn coverage<'a>(
    lots: impl Iterator<Item = &'a Polygon<f64>>,
    boundary: &MultiPolygon<f64>,
    rounding: f64,
) -> Coverage {
    let mut edges = Vec::new();
    lots.for_each(|lot| add_edges(&mut edges, lot, true));
    boundary.iter().for_each(|area| add_edges(&mut edges, area, false));
    let contours = contours(edges, rounding * APART);
    if contours.is_empty() {
        return Coverage::default();
    }
    let of = |fill| {
        let shapes = FloatOverlay::with_subj(&contours).overlay(OverlayRule::Subject, fill);
        shapes.into_iter().filter_map(polygon_of).collect()
    };
    Coverage { gaps: of(FillRule::Negative), crowded: of(FillRule::Positive) }
}

/// The edges of an area with its ground on their left, or on their right.
fn add_edges(edges: &mut Vec<Line<f64>>, polygon: &Polygon<f64>, left: bool) {
    let mut add = |ring: &LineString<f64>, counter_clockwise: bool| {
        let is_turned = (doubled_area(ring) > 0.0) != counter_clockwise;
        let sides = ring.lines().filter(|edge| edge.start != edge.end);
        edges.extend(sides.map(|edge| if is_turned { Line::new(edge.end, edge.start) } else { edge }));
    };
    add(polygon.exterior(), left);
    polygon.interiors().iter().for_each(|hole| add(hole, !left));
}

fn doubled_area(ring: &LineString<f64>) -> f64 {
    let origin = ring.0.first().copied().unwrap_or_default();
    let cross = |a: Coord<f64>, b: Coord<f64>| a.x * b.y - b.x * a.y;
    ring.lines().map(|line| cross(line.start - origin, line.end - origin)).sum()
}

fn polygon_of(shape: Contours) -> Option<Polygon<f64>> {
    let mut rings = shape.into_iter().map(|contour| {
        let mut ring: LineString<f64> = contour.into_iter().map(|[x, y]| Coord { x, y }).collect();
        ring.close();
        ring
    });
    Some(Polygon::new(rings.next()?, rings.collect()))
}

/// Closed walks along the edges that nothing takes away.
fn contours(edges: Vec<Line<f64>>, apart: f64) -> Contours {
    let mut edges = without_pairs(edges);
    let mut nodes = Nodes::new(apart);
    let mut ends: Vec<[u32; 2]> = edges.iter().map(|edge| [nodes.node(edge.start), nodes.node(edge.end)]).collect();
    let is_left = left(&edges, &ends, &nodes, apart);
    let mut keep = is_left.iter();
    edges.retain(|_| keep.next().copied().unwrap_or(true));
    let mut keep = is_left.iter();
    ends.retain(|_| keep.next().copied().unwrap_or(true));
    walks(&edges, &ends)
}

/// The edges along which one ring more runs one way than the other.
fn without_pairs(edges: Vec<Line<f64>>) -> Vec<Line<f64>> {
    /// Both ends, the smaller first, and whether the edge runs so.
    type Run = ([u64; 4], bool);
    let bits = |at: Coord<f64>| [at.x.to_bits(), at.y.to_bits()];
    let run = |edge: &Line<f64>| -> Run {
        let (from, to) = (bits(edge.start), bits(edge.end));
        let is_forward = from <= to;
        let ([a, b], [c, d]) = if is_forward { (from, to) } else { (to, from) };
        ([a, b, c, d], is_forward)
    };
    let mut runs: Vec<Run> = edges.iter().map(run).collect();
    runs.sort_unstable();
    let mut left = Vec::new();
    for same in runs.chunk_by(|one, other| one.0 == other.0) {
        let forward = same.iter().filter(|(_, is_forward)| *is_forward).count();
        let backward = same.len() - forward;
        let [a, b, c, d] = same[0].0.map(f64::from_bits);
        let (from, to) = (Coord { x: a, y: b }, Coord { x: c, y: d });
        let edge = if forward > backward { Line::new(from, to) } else { Line::new(to, from) };
        left.extend(std::iter::repeat_n(edge, forward.abs_diff(backward)));
    }
    left
}

/// Which edges are left when each is led through the corners beside it. Edges that share a piece stay or go together, so that
/// what stays is as it was drawn, and closed.
fn left(edges: &[Line<f64>], ends: &[[u32; 2]], nodes: &Nodes, apart: f64) -> Vec<bool> {
    let corners = Index::of(nodes.places().iter().map(|at| Some(Rect::new(*at, *at))));
    /// Both ends, the smaller first, whether the edge runs so, and which it is.
    type Piece = ([u32; 2], bool, usize);
    let mut along: Vec<Piece> = Vec::new();
    for (number, (edge, [from, to])) in edges.iter().zip(ends).enumerate() {
        let mut stops: Vec<(f64, u32)> = pieces(edge)
            .flat_map(|piece| corners.near(piece, apart))
            .map(|node| node as u32)
            .filter(|node| node != from && node != to)
            .filter_map(|node| Some((beside(nodes.at(node), edge, apart)?, node)))
            .collect();
        stops.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        stops.dedup();
        let mut before = *from;
        for node in stops.into_iter().map(|(_, node)| node).chain([*to]).filter(|node| node != from) {
            if node != before {
                along.push(([before.min(node), before.max(node)], before < node, number));
            }
            before = node;
        }
    }
    along.sort_unstable();
    let mut groups = Groups::of(edges.len());
    let mut open = Vec::new();
    for same in along.chunk_by(|one, other| one.0 == other.0) {
        let first = same[0].2;
        same.iter().for_each(|(_, _, edge)| groups.join(first, *edge));
        if same.iter().filter(|(_, is_forward, _)| *is_forward).count() * 2 != same.len() {
            open.push(first);
        }
    }
    let mut is_open = vec![false; edges.len()];
    for edge in open {
        is_open[groups.of_member(edge)] = true;
    }
    (0..edges.len()).map(|edge| is_open[groups.of_member(edge)]).collect()
}

/// At which part of an edge a place lies beside it, no further than that; `None` where it does not.
fn beside(at: Coord<f64>, edge: &Line<f64>, apart: f64) -> Option<f64> {
    let (dx, dy, length2) = (edge.dx(), edge.dy(), edge.dx().powi(2) + edge.dy().powi(2));
    let (x, y) = (at.x - edge.start.x, at.y - edge.start.y);
    let part = (x * dx + y * dy) / length2;
    let off = (x * dy - y * dx).abs() / length2.sqrt();
    (off <= apart && part > 0.0 && part < 1.0).then_some(part)
}

/// Sets that grow together.
struct Groups(Vec<usize>);

impl Groups {
    fn of(count: usize) -> Groups {
        Groups((0..count).collect())
    }

    /// The member that stands for the set of another.
    fn of_member(&mut self, mut member: usize) -> usize {
        while self.0[member] != member {
            self.0[member] = self.0[self.0[member]];
            member = self.0[member];
        }
        member
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of_member(one), self.of_member(other));
        self.0[other] = one;
    }
}

/// Closed walks along all edges. At each corner as many arrive as leave.
fn walks(edges: &[Line<f64>], ends: &[[u32; 2]]) -> Contours {
    let mut leaving: HashMap<u32, Vec<usize>> = HashMap::new();
    for (edge, [from, _]) in ends.iter().enumerate().rev() {
        leaving.entry(*from).or_default().push(edge);
    }
    let mut contours = Contours::new();
    for [start, _] in ends {
        let mut walk: Vec<[f64; 2]> = Vec::new();
        let mut at = *start;
        while let Some(edge) = leaving.get_mut(&at).and_then(Vec::pop) {
            let Line { start, end } = edges[edge];
            walk.extend([[start.x, start.y], [end.x, end.y]]);
            at = ends[edge][1];
        }
        walk.dedup();
        if walk.len() > 2 {
            contours.push(walk);
        }
    }
    contours
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Area;

    const CORNER: Coord<f64> = Coord { x: 588_000.0, y: 2_326_000.0 };

    /// A rectangle, turned about the corner by an angle and rounded to the millimetre.
    fn rect(degrees: f64, [x0, y0]: [f64; 2], [x1, y1]: [f64; 2]) -> Polygon<f64> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let to_millimetre = |value: f64| (value * 1000.0).round() / 1000.0;
        let turned = |(x, y): (f64, f64)| Coord {
            x: to_millimetre(CORNER.x + x * cos - y * sin),
            y: to_millimetre(CORNER.y + x * sin + y * cos),
        };
        Polygon::new([(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(turned).to_vec().into(), Vec::new())
    }

    /// A road of 100 m × 10 m with four lots of 25 m × 20 m along it; the last may be wider or narrower.
    fn street(degrees: f64, last_m: f64) -> (Vec<Polygon<f64>>, MultiPolygon<f64>) {
        let mut lots = vec![rect(degrees, [0.0, 0.0], [100.0, 10.0])];
        lots.extend((0..3).map(|n| rect(degrees, [25.0 * f64::from(n), 10.0], [25.0 * f64::from(n + 1), 30.0])));
        lots.push(rect(degrees, [100.0 - last_m, 10.0], [100.0, 30.0]));
        (lots, MultiPolygon(vec![rect(degrees, [0.0, 0.0], [100.0, 30.0])]))
    }

    fn left((lots, boundary): &(Vec<Polygon<f64>>, MultiPolygon<f64>)) -> Contours {
        let mut edges = Vec::new();
        lots.iter().for_each(|lot| add_edges(&mut edges, lot, true));
        boundary.iter().for_each(|area| add_edges(&mut edges, area, false));
        contours(edges, 0.001)
    }

    fn areas((lots, boundary): &(Vec<Polygon<f64>>, MultiPolygon<f64>)) -> [f64; 2] {
        let found = coverage(lots.iter(), boundary, 0.01);
        [found.gaps, found.crowded].map(|parts| parts.iter().map(Area::unsigned_area).sum())
    }

    #[test]
    fn lots_that_tile_their_boundary_leave_nothing_to_overlay_at_any_angle() {
        for degrees in [0.0, 7.3, 23.0, 45.0, 131.7] {
            assert_eq!(left(&street(degrees, 25.0)), Contours::new(), "{degrees}°");
        }
    }

    #[test]
    fn ground_without_a_lot_and_with_two_keeps_its_size() {
        for degrees in [0.0, 23.0, 131.7] {
            // A metre less of 20 m leaves 20 m² without a lot, a metre more lies on the neighbour.
            let ([gap, none], [nothing, twice]) = (areas(&street(degrees, 24.0)), areas(&street(degrees, 26.0)));
            assert!((gap - 20.0).abs() < 0.06 && none < 0.06, "{degrees}°: {gap} {none}");
            assert!((twice - 20.0).abs() < 0.06 && nothing < 0.06, "{degrees}°: {twice} {nothing}");
        }
    }

    #[test]
    fn a_lot_drawn_twice_and_one_beyond_the_boundary_are_crowded_whole() {
        let (mut lots, boundary) = street(0.0, 25.0);
        lots.push(rect(0.0, [25.0, 10.0], [50.0, 30.0]));
        lots.push(rect(0.0, [100.0, 10.0], [110.0, 30.0]));
        let [gap, crowded] = areas(&(lots, boundary));
        assert!(gap == 0.0 && (crowded - 700.0).abs() < 1e-3, "{gap} {crowded}");
    }

    #[test]
    fn corners_further_apart_than_rounding_are_overlaid() {
        let (mut lots, boundary) = street(0.0, 25.0);
        lots[0] = rect(0.0, [0.0, 0.0], [100.0, 9.998]);
        assert!(!left(&(lots, boundary)).is_empty());
    }
}
