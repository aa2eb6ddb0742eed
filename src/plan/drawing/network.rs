//! Loose lines become areas: ends are drawn together within a tolerance, lines are cut where they meet, faces are traced.
//!
//! A vertex that is drawn to another takes that one's coordinates, so every place in the outcome is one that was surveyed or a
//! crossing of two lines; nothing is averaged. After the cutting no two vertices lie within the tolerance of each other and no
//! vertex within it of a line that does not end there: what follows needs no further care with rounding.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Contains, Coord, Line, LineString, Point, Polygon};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use crate::plan::nodes::Nodes;

/// How far from an open end another line is looked for, in metres.
const GAP_REACH_M: f64 = 5.0;

/// Rounds of cutting; real drawings take two or three.
const MAX_ROUNDS: usize = 24;

/// Cuts of lines in one round, two for each crossing. A plan has some for each lot; so many are hatching or terrain.
const MAX_CUTS: usize = 400_000;

/// Pairs of lines that may be looked at in one round.
const MAX_PAIRS: usize = 20_000_000;

/// Into how many pieces lines are cut for their index, on average: the rectangle around a long slanting line holds half the plan.
const PIECES: f64 = 4.0;

/// The areas that lines enclose, and what had to be done for it.
#[derive(Debug, Default)]
pub struct Faces {
    /// Outer rings run counter-clockwise, inner ones clockwise.
    pub polygons: Vec<Polygon<f64>>,
    /// Vertices that were drawn to another one within the tolerance, as they were.
    pub joined: Vec<Coord<f64>>,
    /// Where lines cross without a vertex in common.
    pub crossings: Vec<Coord<f64>>,
    pub open_ends: Vec<OpenEnd>,
    /// A place on each line that has the same area on both sides and hence bounds none.
    pub idle: Vec<Coord<f64>>,
}

/// Where a line ends and no other begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenEnd {
    pub at: Coord<f64>,
    /// How far the next line is; `None` where there is none within 5 m.
    pub gap_m: Option<f64>,
}

/// Why lines are not cut into areas.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Entangled {
    /// They cross so closely that cutting them at this tolerance comes to no end.
    #[error(
        "các đường quá sát nhau, không tách được với sai số {0} m: hãy giảm sai số nối (--snap) / lines lie too close to each other to be told apart at a tolerance of {0} m: use a smaller --snap"
    )]
    TooClose(f64),
    /// They cross so often.
    #[error(
        "các đường rời cắt hoặc chạm nhau quá nhiều (hơn {MAX_CUTS} lần cắt, hoặc chồng nhau {MAX_PAIRS} lần): hãy khép kín ranh lô, và bỏ các lớp gạch nền hoặc địa hình bằng tệp ghép lớp (is = 'ignored', --map FILE.toml) / its loose lines cross or touch so often that they would be cut more than {MAX_CUTS} times, or lie over each other {MAX_PAIRS} times, which no plan needs: close the outlines of lots, and leave layers of hatching or terrain out with a mapping file (is = 'ignored', --map FILE.toml)"
    )]
    TooMany,
}

/// The areas that the lines enclose. `tolerance` is in the unit of the coordinates, more than zero.
///
/// # Errors
/// [`Entangled`] where cutting comes to no end.
pub fn faces<'a>(lines: impl IntoIterator<Item = &'a LineString<f64>>, tolerance: f64) -> Result<Faces, Entangled> {
    let mut net = Network::new(tolerance);
    let mut found = Faces::default();
    for line in lines {
        net.add(line, &mut found.joined);
    }
    net.cut(&mut found.crossings)?;
    found.open_ends = net.open_ends();
    net.prune();
    let rings = net.rings(&mut found.idle);
    found.polygons = polygons(rings);
    Ok(found)
}

/// Two vertices by their numbers, the smaller first.
type Edge = (u32, u32);

/// The vertices at which edges are to be cut.
#[derive(Default)]
struct Cuts {
    of: BTreeMap<Edge, BTreeSet<u32>>,
    count: usize,
}

impl Cuts {
    fn add(&mut self, along: Edge, node: u32) -> Result<(), Entangled> {
        self.count += usize::from(self.of.entry(along).or_default().insert(node));
        if self.count > MAX_CUTS { Err(Entangled::TooMany) } else { Ok(()) }
    }
}

/// Edges by the rectangles around their pieces.
struct EdgeIndex {
    tree: Option<RTree<f64>>,
    /// The position of the edge of each piece, ascending.
    owners: Vec<u32>,
    /// No piece is longer.
    piece: f64,
}

impl EdgeIndex {
    fn of(lines: &[Line<f64>]) -> EdgeIndex {
        let length: f64 = lines.iter().map(|line| line.dx().hypot(line.dy())).sum();
        let mut index = EdgeIndex { tree: None, owners: Vec::new(), piece: length / (PIECES * lines.len() as f64) };
        let total: f64 = lines.iter().map(|line| index.count(line)).sum();
        if lines.is_empty() {
            return index;
        }
        let mut tree = RTreeBuilder::<f64>::new(total as u32);
        for (at, line) in lines.iter().enumerate() {
            for (a, b) in index.pieces(line) {
                tree.add(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y));
                index.owners.push(at as u32);
            }
        }
        index.tree = Some(tree.finish::<HilbertSort>());
        index
    }

    fn count(&self, line: &Line<f64>) -> f64 {
        (line.dx().hypot(line.dy()) / self.piece).ceil().max(1.0)
    }

    /// The ends of equal pieces of a line.
    fn pieces(&self, line: &Line<f64>) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> + use<> {
        let (line, count) = (*line, self.count(line));
        // The last one is the end itself: what touches it must be found.
        let stop = move |n: f64| if n == count { line.end } else { line.start + line.delta() * (n / count) };
        (0..count as usize).map(move |n| (stop(n as f64), stop(n as f64 + 1.0)))
    }

    /// Positions of edges of which a piece comes within a distance of a rectangle, each once, ascending.
    fn near(&self, (a, b): (Coord<f64>, Coord<f64>), by: f64) -> Vec<usize> {
        let found = self
            .tree
            .iter()
            .flat_map(|tree| tree.search(a.x.min(b.x) - by, a.y.min(b.y) - by, a.x.max(b.x) + by, a.y.max(b.y) + by));
        let mut found: Vec<usize> =
            found.filter_map(|piece| self.owners.get(piece as usize)).map(|at| *at as usize).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Positions of edges of which a piece lies over a piece of this one.
    fn along(&self, line: &Line<f64>) -> Vec<usize> {
        let mut found: Vec<usize> = self.pieces(line).flat_map(|piece| self.near(piece, 0.0)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Vertices further apart than the tolerance, and straight edges between them.
struct Network {
    tolerance: f64,
    nodes: Nodes,
    edges: BTreeSet<Edge>,
}

fn edge(a: u32, b: u32) -> Edge {
    (a.min(b), a.max(b))
}

/// The distance of two places.
pub fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// The distance of a place from a segment, and the share of the segment at which it is nearest.
pub fn distance_to_segment(p: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> (f64, f64) {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let t = (((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (distance(p, Coord { x: a.x + t * dx, y: a.y + t * dy }), t)
}

impl Network {
    fn new(tolerance: f64) -> Network {
        Network { tolerance, nodes: Nodes::new(tolerance), edges: BTreeSet::new() }
    }

    fn at(&self, node: u32) -> Coord<f64> {
        self.nodes.at(node)
    }

    fn add(&mut self, line: &LineString<f64>, joined: &mut Vec<Coord<f64>>) {
        let mut before = None;
        for place in &line.0 {
            let node = self.nodes.node(*place);
            if self.at(node) != *place {
                joined.push(*place);
            }
            if let Some(before) = before.filter(|before| *before != node) {
                self.edges.insert(edge(before, node));
            }
            before = Some(node);
        }
    }

    fn lines(&self, edges: &[Edge]) -> Vec<Line<f64>> {
        edges.iter().map(|(a, b)| Line::new(self.at(*a), self.at(*b))).collect()
    }

    /// Cuts edges at vertices that lie on them and where they cross, until none does.
    fn cut(&mut self, crossings: &mut Vec<Coord<f64>>) -> Result<(), Entangled> {
        for _ in 0..MAX_ROUNDS {
            let edges: Vec<Edge> = self.edges.iter().copied().collect();
            let index = EdgeIndex::of(&self.lines(&edges));
            let mut cuts = Cuts::default();
            self.touched(&edges, &index, &mut cuts)?;
            // Where a vertex cuts an edge, its crossings wait for the next round: one place is not to be found twice, by
            // two roundings.
            let waits: Vec<bool> = edges.iter().map(|edge| cuts.of.contains_key(edge)).collect();
            self.crossed(&edges, &index, &waits, &mut cuts, crossings)?;
            if cuts.of.is_empty() {
                return Ok(());
            }
            for ((a, b), nodes) in cuts.of {
                self.edges.remove(&(a, b));
                let (from, to) = (self.at(a), self.at(b));
                let mut along: Vec<(f64, u32)> =
                    nodes.into_iter().map(|node| (distance_to_segment(self.at(node), from, to).1, node)).collect();
                along.sort_by(|one, other| one.0.total_cmp(&other.0));
                let stops: Vec<u32> =
                    [a].into_iter().chain(along.into_iter().map(|(_, node)| node)).chain([b]).collect();
                self.edges.extend(stops.windows(2).map(|pair| edge(pair[0], pair[1])));
            }
        }
        Err(Entangled::TooClose(self.tolerance))
    }

    /// The vertices that lie on edges between whose ends they are not.
    fn touched(&self, edges: &[Edge], index: &EdgeIndex, cuts: &mut Cuts) -> Result<(), Entangled> {
        for node in 0..self.nodes.len() as u32 {
            let at = self.at(node);
            for hit in index.near((at, at), self.tolerance) {
                let (a, b) = edges[hit];
                if node != a && node != b && distance_to_segment(at, self.at(a), self.at(b)).0 <= self.tolerance {
                    cuts.add((a, b), node)?;
                }
            }
        }
        Ok(())
    }

    /// The places where edges cross that no vertex cuts, as vertices.
    fn crossed(
        &mut self,
        edges: &[Edge],
        index: &EdgeIndex,
        waits: &[bool],
        cuts: &mut Cuts,
        crossings: &mut Vec<Coord<f64>>,
    ) -> Result<(), Entangled> {
        let mut pairs = 0;
        for (number, (a, b)) in edges.iter().enumerate().filter(|(number, _)| !waits[*number]) {
            let line = Line::new(self.at(*a), self.at(*b));
            let hits = index.along(&line);
            pairs += hits.len();
            if pairs > MAX_PAIRS {
                return Err(Entangled::TooMany);
            }
            for hit in hits.into_iter().filter(|hit| *hit > number && !waits[*hit]) {
                let (c, d) = edges[hit];
                if [c, d].contains(a) || [c, d].contains(b) {
                    continue;
                }
                let other = Line::new(self.at(c), self.at(d));
                let Some(LineIntersection::SinglePoint { intersection, is_proper: true }) =
                    line_intersection(line, other)
                else {
                    continue;
                };
                let known = self.nodes.len();
                let node = self.nodes.node(intersection);
                if self.nodes.len() > known {
                    crossings.push(intersection);
                }
                for along in [(*a, *b), (c, d)] {
                    if node != along.0 && node != along.1 {
                        cuts.add(along, node)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn neighbours(&self) -> Vec<Vec<u32>> {
        let mut neighbours = vec![Vec::new(); self.nodes.len()];
        for (a, b) in &self.edges {
            neighbours[*a as usize].push(*b);
            neighbours[*b as usize].push(*a);
        }
        neighbours
    }

    fn open_ends(&self) -> Vec<OpenEnd> {
        let edges: Vec<Edge> = self.edges.iter().copied().collect();
        let index = EdgeIndex::of(&self.lines(&edges));
        let ends = self.neighbours().into_iter().enumerate().filter(|(_, neighbours)| neighbours.len() == 1);
        ends.map(|(node, _)| {
            let at = self.at(node as u32);
            let reach = GAP_REACH_M;
            let others = index.near((at, at), reach).into_iter();
            let others = others.map(|hit| edges[hit]).filter(|(a, b)| ![*a, *b].contains(&(node as u32)));
            let gaps = others.map(|(a, b)| distance_to_segment(at, self.at(a), self.at(b)).0);
            OpenEnd { at, gap_m: gaps.filter(|gap| *gap <= reach).min_by(f64::total_cmp) }
        })
        .collect()
    }

    /// Takes off edges that lead to an open end, until there is none.
    fn prune(&mut self) {
        let mut neighbours = self.neighbours();
        let mut ends: Vec<u32> =
            (0..self.nodes.len() as u32).filter(|node| neighbours[*node as usize].len() == 1).collect();
        while let Some(end) = ends.pop() {
            let Some(next) = neighbours[end as usize].pop() else { continue };
            self.edges.remove(&edge(end, next));
            let of_next = &mut neighbours[next as usize];
            of_next.retain(|node| *node != end);
            if of_next.len() == 1 {
                ends.push(next);
            }
        }
    }

    /// The rings around every face, each with the face on its left. Edges with one face on both sides are taken off first.
    fn rings(&mut self, idle: &mut Vec<Coord<f64>>) -> Vec<Vec<Coord<f64>>> {
        loop {
            let walks = self.walks();
            let mut walked: BTreeMap<Edge, usize> = BTreeMap::new();
            let mut both = BTreeSet::new();
            for (number, walk) in walks.iter().enumerate() {
                for (at, from) in walk.iter().enumerate() {
                    let along = edge(*from, walk[(at + 1) % walk.len()]);
                    if walked.insert(along, number) == Some(number) {
                        both.insert(along);
                    }
                }
            }
            if both.is_empty() {
                return walks.into_iter().flat_map(|walk| self.simple_rings(&walk)).collect();
            }
            for (a, b) in both {
                idle.push((self.at(a) + self.at(b)) / 2.0);
                self.edges.remove(&(a, b));
            }
            self.prune();
        }
    }

    /// Walks along edges with the face on the left, each half of an edge once.
    fn walks(&self) -> Vec<Vec<u32>> {
        let mut around = self.neighbours();
        for (node, neighbours) in around.iter_mut().enumerate() {
            let at = self.at(node as u32);
            let angle = |other: &u32| {
                let to = self.at(*other) - at;
                to.y.atan2(to.x)
            };
            neighbours.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
        }
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut walks = Vec::new();
        let halves = self.edges.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
        for start in halves {
            let mut walk = Vec::new();
            let mut half = start;
            while seen.insert(half) {
                walk.push(half.0);
                let (from, to) = half;
                let neighbours = &around[to as usize];
                let back = neighbours.iter().position(|node| *node == from).unwrap_or_default();
                // The next one clockwise from where the walk came keeps the face on the left.
                half = (to, neighbours[(back + neighbours.len() - 1) % neighbours.len()]);
            }
            if !walk.is_empty() {
                walks.push(walk);
            }
        }
        walks
    }

    /// A walk that passes a vertex twice goes around several rings that touch there.
    fn simple_rings(&self, walk: &[u32]) -> Vec<Vec<Coord<f64>>> {
        let mut rings = Vec::new();
        let mut path: Vec<u32> = Vec::new();
        let mut place: HashMap<u32, usize> = HashMap::new();
        for node in walk {
            if let Some(from) = place.get(node).copied() {
                let ring: Vec<u32> = path.drain(from..).collect();
                ring.iter().for_each(|node| {
                    place.remove(node);
                });
                rings.push(ring);
            }
            place.insert(*node, path.len());
            path.push(*node);
        }
        rings.push(path);
        let closed = |ring: Vec<u32>| {
            let first = ring.first().copied();
            ring.into_iter().chain(first).map(|node| self.at(node)).collect::<Vec<_>>()
        };
        rings.into_iter().filter(|ring| ring.len() > 2).map(closed).collect()
    }
}

/// Twice the area of a closed ring, positive where it runs counter-clockwise. Taken from its first vertex, so that the six
/// digits before the point of a northing take nothing away from those behind it.
pub fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    let Some(origin) = ring.first().copied() else { return 0.0 };
    ring.windows(2).map(|pair| (pair[0] - origin, pair[1] - origin)).map(|(a, b)| a.x * b.y - b.x * a.y).sum()
}

/// Puts rings that run clockwise as holes into the smallest area that holds them.
fn polygons(rings: Vec<Vec<Coord<f64>>>) -> Vec<Polygon<f64>> {
    let (shells, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| doubled_area(ring) > 0.0);
    let mut areas: Vec<(f64, Polygon<f64>)> =
        shells.into_iter().map(|ring| (doubled_area(&ring), Polygon::new(LineString(ring), Vec::new()))).collect();
    if areas.is_empty() {
        return Vec::new();
    }
    let mut tree = RTreeBuilder::<f64>::new(areas.len() as u32);
    for (_, polygon) in &areas {
        let (min_x, min_y, max_x, max_y) = bounds(&polygon.exterior().0);
        tree.add(min_x, min_y, max_x, max_y);
    }
    let tree = tree.finish::<HilbertSort>();
    let mut of_shell: Vec<Vec<LineString<f64>>> = vec![Vec::new(); areas.len()];
    for hole in holes {
        let size = -doubled_area(&hole);
        let holds = |shell: &Polygon<f64>| {
            // Vertices that touch the shell tell nothing.
            let telling = hole.iter().find(|place| !shell.exterior().0.contains(place));
            telling.is_some_and(|place| shell.contains(&Point(*place)))
        };
        let (min_x, min_y, max_x, max_y) = bounds(&hole);
        let around = tree.search(min_x, min_y, max_x, max_y).into_iter().map(|at| at as usize);
        let holder = around
            .filter(|at| areas[*at].0 > size && holds(&areas[*at].1))
            .min_by(|one, other| areas[*one].0.total_cmp(&areas[*other].0));
        if let Some(holder) = holder {
            of_shell[holder].push(LineString(hole));
        }
    }
    for ((_, polygon), holes) in areas.iter_mut().zip(of_shell) {
        holes.into_iter().for_each(|hole| polygon.interiors_push(hole));
    }
    areas.into_iter().map(|(_, polygon)| polygon).collect()
}

/// Smallest x and y, largest x and y.
pub fn bounds(places: &[Coord<f64>]) -> (f64, f64, f64, f64) {
    let start = (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    places.iter().fold(start, |(a, b, c, d), place| (a.min(place.x), b.min(place.y), c.max(place.x), d.max(place.y)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(places: &[(f64, f64)]) -> LineString<f64> {
        LineString::from(places.to_vec())
    }

    fn area(polygon: &Polygon<f64>) -> f64 {
        let ring = |ring: &LineString<f64>| doubled_area(&ring.0) / 2.0;
        ring(polygon.exterior()) + polygon.interiors().iter().map(ring).sum::<f64>()
    }

    #[test]
    fn lines_that_enclose_nothing_give_no_area_and_their_open_ends() {
        // Three sides of a square of 10 m whose fourth is missing, with an end 0.35 m short of a wall.
        let found = faces(&[line(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.35)])], 0.01).unwrap();
        assert!(found.polygons.is_empty());
        let gaps: Vec<f64> = found.open_ends.iter().filter_map(|end| end.gap_m).collect();
        assert_eq!(found.open_ends.len(), 2);
        assert!(gaps.iter().all(|gap| (gap - 0.35).abs() < 1e-9), "{gaps:?}");
        assert!(faces(&[], 0.01).unwrap().polygons.is_empty());
    }

    #[test]
    fn ends_within_the_tolerance_are_one_and_others_are_not() {
        let square = |gap: f64| {
            let sides = [
                line(&[(0.0, 0.0), (10.0, 0.0)]),
                line(&[(10.0, gap), (10.0, 10.0)]),
                line(&[(10.0, 10.0), (0.0, 10.0)]),
                line(&[(0.0, 10.0), (0.0, 0.0)]),
            ];
            faces(&sides, 0.01).unwrap()
        };
        let closed = square(0.009);
        assert_eq!((closed.polygons.len(), closed.joined.len()), (1, 1));
        assert_eq!(area(&closed.polygons[0]), 100.0);
        assert!(square(0.011).polygons.is_empty());
    }

    #[test]
    fn crossing_lines_are_cut_and_what_dangles_bounds_nothing() {
        // # of two and two lines: one square of 10 m in the middle, eight ends that lead nowhere.
        let hash = [
            line(&[(0.0, -5.0), (0.0, 15.0)]),
            line(&[(10.0, -5.0), (10.0, 15.0)]),
            line(&[(-5.0, 0.0), (15.0, 0.0)]),
            line(&[(-5.0, 10.0), (15.0, 10.0)]),
        ];
        let found = faces(&hash, 0.01).unwrap();
        assert_eq!((found.polygons.len(), found.crossings.len(), found.open_ends.len()), (1, 4, 8));
        assert_eq!(area(&found.polygons[0]), 100.0);
    }

    #[test]
    fn an_island_is_a_hole_and_a_bridge_to_it_bounds_nothing() {
        let outer = line(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]);
        let inner = line(&[(4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0), (4.0, 4.0)]);
        let bridge = line(&[(0.0, 0.0), (4.0, 4.0)]);
        for (lines, idle) in [(vec![outer.clone(), inner.clone()], 0), (vec![outer, inner, bridge], 1)] {
            let found = faces(&lines, 0.01).unwrap();
            let mut areas: Vec<f64> = found.polygons.iter().map(area).collect();
            areas.sort_by(f64::total_cmp);
            assert_eq!((areas, found.idle.len()), (vec![4.0, 96.0], idle));
        }
    }

    #[test]
    fn a_hole_that_touches_its_shell_at_one_vertex_stays_a_hole() {
        let outer = line(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]);
        let inner = line(&[(0.0, 0.0), (4.0, 1.0), (1.0, 4.0), (0.0, 0.0)]);
        let found = faces(&[outer, inner], 0.01).unwrap();
        let mut areas: Vec<f64> = found.polygons.iter().map(area).collect();
        areas.sort_by(f64::total_cmp);
        // The triangle has (4·4 − 1·1) / 2.
        assert_eq!(areas, vec![7.5, 92.5]);
        assert!(found.polygons.iter().all(geo::Validation::is_valid));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn lines_drawn_through_a_square_divide_it_without_gap_or_overlap(
            chords in prop::collection::vec((0.0..100.0f64, 0.0..100.0f64, any::<bool>()), 1..25)
        ) {
            let (e, n) = (588_600.0, 2_326_300.0);
            let mut lines = vec![line(&[(e, n), (e + 100.0, n), (e + 100.0, n + 100.0), (e, n + 100.0), (e, n)])];
            for (from, to, is_upright) in chords {
                lines.push(if is_upright {
                    line(&[(e + from, n), (e + to, n + 100.0)])
                } else {
                    line(&[(e, n + from), (e + 100.0, n + to)])
                });
            }
            let found = faces(&lines, 0.01).unwrap();
            let total: f64 = found.polygons.iter().map(area).sum();
            // Borders move by the tolerance at most, and together by nothing: they are shared.
            prop_assert!((total - 10_000.0).abs() < 1e-3, "{total}");
            prop_assert!(found.polygons.iter().all(|polygon| area(polygon) > 0.0));
            prop_assert!(found.polygons.iter().all(geo::Validation::is_valid));
        }
    }
}
