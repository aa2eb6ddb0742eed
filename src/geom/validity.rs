//! Whether areas and lines are sound: rings that neither cross nor touch themselves, holes inside and apart, parts beside
//! each other (OGC 06-103r4, 6.1.11).

use geo::coordinate_position::CoordPos;
use geo::dimensions::Dimensions;
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::relate::IntersectionMatrix;
use geo::{Area, BoundingRect, Coord, Geometry, Intersects, Line, LineString, Polygon, PreparedGeometry, Relate};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

/// Rings up to this length are checked edge against edge; longer ones through an index.
const SHORT_RING: usize = 64;

/// What is wrong with a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsound {
    NotFinite,
    /// A line without length.
    NoLength,
    CrossesItself,
    /// A hole is not inside its area, or lies on another.
    WrongHole,
    NoArea,
    /// Two parts of one geometry lie on each other.
    PartsOverlap,
}

/// What is wrong with a geometry, and where; `None` for a sound one.
pub fn fault(geometry: &Geometry<f64>) -> Option<(Unsound, Coord<f64>)> {
    match geometry {
        Geometry::Polygon(polygon) => polygon_fault(polygon),
        Geometry::MultiPolygon(parts) => {
            parts.iter().find_map(polygon_fault).or_else(|| overlap(&parts.0).map(|at| (Unsound::PartsOverlap, at)))
        }
        Geometry::LineString(line) => line_fault(line),
        Geometry::MultiLineString(lines) => lines.iter().find_map(line_fault),
        Geometry::Point(point) => not_finite(std::iter::once(&point.0)),
        Geometry::MultiPoint(points) => not_finite(points.iter().map(|point| &point.0)),
        Geometry::GeometryCollection(parts) => parts.iter().find_map(fault),
        Geometry::Line(line) => line_fault(&LineString(vec![line.start, line.end])),
        Geometry::Rect(rect) => polygon_fault(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon_fault(&triangle.to_polygon()),
    }
}

fn not_finite<'a>(mut coords: impl Iterator<Item = &'a Coord<f64>>) -> Option<(Unsound, Coord<f64>)> {
    coords.any(|c| !c.x.is_finite() || !c.y.is_finite()).then_some((Unsound::NotFinite, Coord::zero()))
}

fn line_fault(line: &LineString<f64>) -> Option<(Unsound, Coord<f64>)> {
    let first = line.0.first().copied()?;
    let no_length = || line.0.iter().all(|c| *c == first).then_some((Unsound::NoLength, first));
    not_finite(line.0.iter()).or_else(no_length)
}

/// What is wrong with the rings of an area, and where; `None` for a sound one and for an empty one.
pub fn polygon_fault(polygon: &Polygon<f64>) -> Option<(Unsound, Coord<f64>)> {
    let first = polygon.exterior().0.first().copied()?;
    let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
    if let Some(fault) = not_finite(rings().flat_map(|ring| &ring.0)) {
        return Some(fault);
    }
    if let Some(crossing) = rings().find_map(self_crossing) {
        return Some((Unsound::CrossesItself, crossing));
    }
    // After the crossings: two loops of one size take each other's area away.
    if polygon.unsigned_area() == 0.0 {
        return Some((Unsound::NoArea, first));
    }
    wrong_hole(polygon).map(|at| (Unsound::WrongHole, at))
}

/// Pairs of edges whose rectangles meet, by position, the first before the second.
fn candidates(edges: &[Line<f64>]) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
    let count = edges.len();
    if count <= SHORT_RING {
        return Box::new((0..count).flat_map(move |at| (at + 1..count).map(move |other| (at, other))));
    }
    let mut builder = RTreeBuilder::<f64>::new(count as u32);
    for edge in edges {
        let rect = edge.bounding_rect();
        builder.add(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
    }
    let tree: RTree<f64> = builder.finish::<HilbertSort>();
    Box::new(edges.iter().enumerate().flat_map(move |(at, edge)| {
        let rect = edge.bounding_rect();
        let found = tree.search(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
        found.into_iter().map(|other| other as usize).filter(move |other| *other > at).map(move |other| (at, other))
    }))
}

/// Where a closed ring meets itself other than in the common corner of two edges that follow each other.
fn self_crossing(ring: &LineString<f64>) -> Option<Coord<f64>> {
    let edges: Vec<Line<f64>> = ring.lines().filter(|edge| edge.start != edge.end).collect();
    let count = edges.len();
    candidates(&edges).find_map(|(at, other)| {
        let follows = other == at + 1 || (at == 0 && other == count - 1);
        match line_intersection(edges[at], edges[other]) {
            Some(LineIntersection::SinglePoint { intersection, .. }) if !follows => Some(intersection),
            Some(LineIntersection::Collinear { intersection }) if intersection.start != intersection.end => {
                Some(intersection.start)
            }
            _ => None,
        }
    })
}

/// Whether two areas lie on each other or along each other.
fn overlaps(matrix: &IntersectionMatrix) -> bool {
    matrix.get(CoordPos::Inside, CoordPos::Inside) != Dimensions::Empty
        || matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional
}

/// A corner of the first area that lies on another one, or along it. Their rings are sound.
fn overlap(areas: &[Polygon<f64>]) -> Option<Coord<f64>> {
    let rects: Vec<_> = areas.iter().map(BoundingRect::bounding_rect).collect();
    let meet = |a: usize, b: usize| rects[a].zip(rects[b]).is_some_and(|(a, b)| a.intersects(&b));
    let mut pairs = (0..areas.len()).flat_map(|at| (at + 1..areas.len()).map(move |other| (at, other)));
    let found = pairs.find(|(at, other)| meet(*at, *other) && overlaps(&areas[*at].relate(&areas[*other])));
    found.and_then(|(_, other)| areas[other].exterior().0.first().copied())
}

/// A corner of the first hole that is not inside its area, or that lies on another.
fn wrong_hole(polygon: &Polygon<f64>) -> Option<Coord<f64>> {
    if polygon.interiors().is_empty() {
        return None;
    }
    let outer = Polygon::new(polygon.exterior().clone(), Vec::new());
    let outer = PreparedGeometry::from(&outer);
    let holes: Vec<_> = polygon.interiors().iter().map(|ring| Polygon::new(ring.clone(), Vec::new())).collect();
    let is_wrong = |hole: &&Polygon<f64>| {
        let matrix = outer.relate(*hole);
        let runs_along = matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional;
        hole.unsigned_area() == 0.0 || !matrix.is_contains() || runs_along
    };
    let outside = holes.iter().find(is_wrong).and_then(|hole| hole.exterior().0.first().copied());
    outside.or_else(|| overlap(&holes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::wkt;

    fn found(geometry: impl Into<Geometry<f64>>) -> Option<(Unsound, (f64, f64))> {
        fault(&geometry.into()).map(|(what, at)| (what, at.x_y()))
    }

    #[test]
    fn rings_that_cross_or_touch_themselves_are_found_with_the_place() {
        // The diagonals of a square of side 2 meet in its middle.
        let bow = wkt!(POLYGON((0. 0.,2. 2.,2. 0.,0. 2.,0. 0.)));
        assert_eq!(found(bow), Some((Unsound::CrossesItself, (1.0, 1.0))));
        let eight = wkt!(POLYGON((0. 0.,1. 1.,0. 2.,2. 2.,1. 1.,2. 0.,0. 0.)));
        assert_eq!(found(eight), Some((Unsound::CrossesItself, (1.0, 1.0))), "it touches itself in a corner");
        let spike = wkt!(POLYGON((0. 0.,4. 0.,4. 4.,4. 8.,4. 4.,0. 4.,0. 0.)));
        assert_eq!(found(spike).map(|(what, _)| what), Some(Unsound::CrossesItself));
        let flat = wkt!(POLYGON((0. 0.,2. 0.,1. 0.,0. 0.)));
        assert_eq!(found(flat).map(|(what, _)| what), Some(Unsound::CrossesItself));
    }

    #[test]
    fn a_crossing_of_a_long_ring_is_found_through_the_index() {
        // A comb of 100 teeth, 200 corners above and one long base; then a tooth that reaches into the next.
        let mut corners: Vec<(f64, f64)> = vec![(0.0, -1.0)];
        corners.extend((0..200).map(|n| (f64::from(n), if n % 2 == 0 { 0.0 } else { 5.0 })));
        corners.push((199.0, -1.0));
        let ring = |corners: &[(f64, f64)]| Polygon::new(LineString::from(corners.to_vec()), Vec::new());
        assert_eq!(found(ring(&corners)), None);
        corners[102].0 = 103.5;
        assert_eq!(found(ring(&corners)).map(|(what, _)| what), Some(Unsound::CrossesItself));
    }

    #[test]
    fn holes_outside_or_on_each_other_and_overlapping_parts_are_found() {
        let outside = wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(5. 5.,6. 5.,6. 6.,5. 5.)));
        assert_eq!(found(outside), Some((Unsound::WrongHole, (5.0, 5.0))));
        let along = wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(0. 1.,1. 1.,1. 2.,0. 2.,0. 1.)));
        assert_eq!(found(along).map(|(what, _)| what), Some(Unsound::WrongHole));
        let twice =
            wkt!(POLYGON((0. 0.,9. 0.,9. 9.,0. 9.,0. 0.),(1. 1.,3. 1.,3. 3.,1. 1.),(2. 1.5,4. 1.5,4. 3.,2. 1.5)));
        assert_eq!(found(twice).map(|(what, _)| what), Some(Unsound::WrongHole));
        let touching = wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(0. 1.,1. 1.,1. 2.,0. 1.)));
        assert_eq!(found(touching), None, "a hole may touch its area in a point");
        let parts = wkt!(MULTIPOLYGON(((0. 0.,2. 0.,2. 2.,0. 0.)),((1. 0.5,3. 0.5,3. 2.,1. 0.5))));
        assert_eq!(found(parts).map(|(what, _)| what), Some(Unsound::PartsOverlap));
        let beside = wkt!(MULTIPOLYGON(((0. 0.,2. 0.,2. 2.,0. 0.)),((5. 0.,7. 0.,7. 2.,5. 0.))));
        assert_eq!(found(beside), None);
    }

    #[test]
    fn lines_without_length_and_numbers_that_are_none_are_found() {
        assert_eq!(found(wkt!(LINESTRING(1. 1.,1. 1.))), Some((Unsound::NoLength, (1.0, 1.0))));
        assert_eq!(found(wkt!(LINESTRING(1. 1.,1. 2.,1. 1.))), None, "there and back is a way");
        let nowhere = geo::Point::new(f64::NAN, 0.0);
        assert_eq!(found(nowhere).map(|(what, _)| what), Some(Unsound::NotFinite));
    }
}
