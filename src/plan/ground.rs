//! Measuring on the ground of a plan: faults of rings, what lies twice or not at all, widths, distances, frontages.
//!
//! Coordinates stay as they are, up to seven digits before the point. Areas are taken about a corner of each ring (`geo`)
//! and overlays about the middle of their extent on a grid of less than a micrometre (`i_overlay`), so that neither loses
//! the millimetre.

use geo::algorithm::buffer::{BufferStyle, LineJoin};
use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{
    Area, BooleanOps, BoundingRect, Buffer, Coord, Distance, Euclidean, Length, Line, LinesIter, MultiPolygon, Polygon,
    Rect,
};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use crate::compliance::Text;
use crate::geom::validity::{self, Unsound};

/// Things by the rectangles around them.
pub(super) struct Index {
    tree: Option<RTree<f64>>,
    items: Vec<usize>,
}

impl Index {
    /// An index that answers with positions in `rects`.
    pub fn of(rects: impl Iterator<Item = Option<Rect<f64>>>) -> Index {
        let known: Vec<(usize, Rect<f64>)> =
            rects.enumerate().filter_map(|(at, rect)| Some((at, rect?))).filter(|(_, rect)| is_finite(rect)).collect();
        let tree = (!known.is_empty()).then(|| {
            let mut builder = RTreeBuilder::<f64>::new(known.len() as u32);
            for (_, rect) in &known {
                builder.add(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
            }
            builder.finish::<HilbertSort>()
        });
        Index { tree, items: known.into_iter().map(|(at, _)| at).collect() }
    }

    /// Positions whose rectangle comes within a distance of another, ascending.
    pub fn near(&self, rect: Rect<f64>, by: f64) -> Vec<usize> {
        let (min, max) = (rect.min(), rect.max());
        let found = self.tree.iter().flat_map(|tree| tree.search(min.x - by, min.y - by, max.x + by, max.y + by));
        let mut found: Vec<usize> = found.filter_map(|item| self.items.get(item as usize).copied()).collect();
        found.sort_unstable();
        found
    }
}

fn is_finite(rect: &Rect<f64>) -> bool {
    [rect.min().x, rect.min().y, rect.max().x, rect.max().y].iter().all(|n| n.is_finite())
}

/// Whether two rectangles come within a distance of each other.
pub(super) fn come_near(a: Rect<f64>, b: Rect<f64>, by: f64) -> bool {
    a.min().x - by <= b.max().x
        && b.min().x - by <= a.max().x
        && a.min().y - by <= b.max().y
        && b.min().y - by <= a.max().y
}

/// What is wrong with the rings of an area, and where; `None` for a valid one.
pub(super) fn fault(polygon: &Polygon<f64>) -> Option<(Text, Coord<f64>)> {
    let (what, at) = validity::polygon_fault(polygon)?;
    let text = match what {
        Unsound::NotFinite => Text::new("tọa độ không phải là số", "a coordinate is no number"),
        Unsound::CrossesItself => Text::new("vòng tự cắt", "the ring crosses itself"),
        Unsound::NoArea | Unsound::NoLength => {
            Text::new("vòng không bao quanh diện tích nào", "the ring encloses no area")
        }
        Unsound::WrongHole | Unsound::PartsOverlap => Text::new("lỗ nằm sai chỗ", "a hole is wrong"),
    };
    Some((text, at))
}

/// Length of all rings, metres.
pub(super) fn perimeter(polygon: &Polygon<f64>) -> f64 {
    Euclidean.length(polygon.exterior()) + polygon.interiors().iter().map(|hole| Euclidean.length(hole)).sum::<f64>()
}

/// Mean width of a long thin area: twice its area over its perimeter, metres.
pub(super) fn mean_width(polygon: &Polygon<f64>) -> f64 {
    2.0 * polygon.unsigned_area() / perimeter(polygon).max(f64::MIN_POSITIVE)
}

/// How far places reach across the direction in which they are long, metres.
pub(super) fn breadth(corners: &[Coord<f64>]) -> f64 {
    let farthest = |from: Coord<f64>| {
        let off = |c: &Coord<f64>| (c.x - from.x).powi(2) + (c.y - from.y).powi(2);
        corners.iter().copied().max_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(from)
    };
    let Some(first) = corners.first().copied() else { return 0.0 };
    let one = farthest(first);
    let along = farthest(one) - one;
    let length = along.x.hypot(along.y);
    if length == 0.0 {
        return 0.0;
    }
    let across = corners.iter().map(|c| (along.x * (c.y - one.y) - along.y * (c.x - one.x)) / length);
    let (least, most) = across.fold((0.0_f64, 0.0_f64), |(least, most), off| (least.min(off), most.max(off)));
    most - least
}

/// Whether a circle of a diameter, metres, fits into an area.
pub(super) fn is_wider(polygon: &Polygon<f64>, width: f64) -> bool {
    let area = polygon.unsigned_area();
    let Some(rect) = polygon.bounding_rect() else { return false };
    // No point lies further from the rings than the circle's radius, so area ≤ perimeter × radius.
    if mean_width(polygon) > width {
        return true;
    }
    if area < std::f64::consts::FRAC_PI_4 * width * width || rect.width().min(rect.height()) <= width {
        return false;
    }
    // Rounding leaves long thin strips at every angle; the largest circle is no wider than they are across.
    if breadth(&polygon.exterior().0) <= width {
        return false;
    }
    polygon.buffer(-width / 2.0).unsigned_area() > 0.0
}

/// The parts of an area into which circles of a diameter fit: threads that come from rounding fall off.
pub(super) fn without_threads(polygon: &Polygon<f64>, width: f64) -> Vec<Polygon<f64>> {
    if !is_wider(polygon, width) {
        return Vec::new();
    }
    let half = width / 2.0;
    let grown =
        polygon.buffer(-half).buffer_with_style(BufferStyle::new(half * 1.001).line_join(LineJoin::Miter(10.0)));
    grown.intersection(polygon).0.into_iter().filter(|part| is_wider(part, width)).collect()
}

/// The shared ground of two areas, without what comes from rounding.
pub(super) fn shared(a: &Polygon<f64>, b: &Polygon<f64>, rounding: f64) -> Vec<Polygon<f64>> {
    a.intersection(b).iter().flat_map(|part| without_threads(part, rounding)).collect()
}

/// What of an area lies outside others, without what comes from rounding.
pub(super) fn beyond(a: &Polygon<f64>, others: &MultiPolygon<f64>, rounding: f64) -> Vec<Polygon<f64>> {
    MultiPolygon(vec![a.clone()]).difference(others).iter().flat_map(|part| without_threads(part, rounding)).collect()
}

/// Whether an area lies wholly in another; an answer of `false` is not certain, but quick.
pub(super) fn surely_covers(outer: &Polygon<f64>, inner: &Polygon<f64>) -> bool {
    let inside = |c: &Coord<f64>| outer.coordinate_position(c) == CoordPos::Inside;
    if !outer.interiors().is_empty() || !inner.exterior().0.iter().all(inside) {
        return false;
    }
    let Some(rect) = inner.bounding_rect() else { return false };
    let near = |edge: &Line<f64>| {
        let (a, b) = (edge.start, edge.end);
        a.x.min(b.x) <= rect.max().x
            && a.x.max(b.x) >= rect.min().x
            && a.y.min(b.y) <= rect.max().y
            && a.y.max(b.y) >= rect.min().y
    };
    use geo::Intersects;
    outer.exterior().lines().filter(near).all(|edge| inner.exterior().lines().all(|side| !edge.intersects(&side)))
}

/// Longer edges are looked for piece by piece: the rectangle around a long slanting edge holds half the plan.
const PIECE_M: f64 = 50.0;

/// The rectangles around the pieces of an edge, in their order.
pub(super) fn pieces(edge: &Line<f64>) -> impl Iterator<Item = Rect<f64>> + use<> {
    let edge = *edge;
    let count = (Euclidean.length(&edge) / PIECE_M).ceil().clamp(1.0, 10_000.0);
    let stop = move |n: f64| -> Coord<f64> { edge.start + edge.delta() * (n / count) };
    (0..count as usize).map(move |piece| Rect::new(stop(piece as f64), stop(piece as f64 + 1.0)))
}

/// Edges by place: of roads, or of a boundary.
pub(super) struct Edges {
    edges: Vec<Line<f64>>,
    index: Index,
    /// The edge of each piece that is indexed, ascending.
    owners: Vec<usize>,
}

impl Edges {
    pub fn of(edges: impl Iterator<Item = Line<f64>>) -> Edges {
        let edges: Vec<Line<f64>> = edges.filter(|edge| edge.start != edge.end).collect();
        let (mut rects, mut owners): (Vec<Option<Rect<f64>>>, Vec<usize>) = Default::default();
        for (at, edge) in edges.iter().enumerate() {
            rects.extend(pieces(edge).map(Some));
            owners.resize(rects.len(), at);
        }
        Edges { edges, index: Index::of(rects.into_iter()), owners }
    }

    /// Edges that come within a distance of a rectangle, each once.
    fn near(&self, rect: Rect<f64>, by: f64) -> impl Iterator<Item = &Line<f64>> {
        let mut found: Vec<usize> =
            self.index.near(rect, by).into_iter().filter_map(|piece| self.owners.get(piece).copied()).collect();
        found.dedup();
        found.into_iter().filter_map(|at| self.edges.get(at))
    }

    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The distance from an area's rings to the nearest edge, metres; `None` where that is more than `within`.
    pub fn distance(&self, polygon: &Polygon<f64>, within: f64) -> Option<f64> {
        let sides = polygon.lines_iter();
        let near = sides
            .flat_map(|side| self.near(side.bounding_rect(), within).map(move |edge| Euclidean.distance(&side, edge)));
        near.min_by(f64::total_cmp).filter(|distance| *distance <= within)
    }

    /// How much of an area's border runs along the edges, no further from them than `within`, metres.
    pub fn frontage(&self, polygon: &Polygon<f64>, within: f64) -> f64 {
        let along = polygon.exterior().lines().map(|side| {
            let length = Euclidean.length(&side);
            let near = self.near(side.bounding_rect(), within);
            near.map(|edge| run_along(&side, edge, within)).fold(0.0, |sum: f64, run| sum + run).min(length)
        });
        along.fold(0.0, |sum, run| sum + run)
    }
}

/// The length over which a side runs beside an edge.
fn run_along(side: &Line<f64>, edge: &Line<f64>, within: f64) -> f64 {
    let length = Euclidean.length(side);
    if length == 0.0 {
        return 0.0;
    }
    let unit = Coord { x: side.dx() / length, y: side.dy() / length };
    let along = |c: Coord<f64>| (c.x - side.start.x) * unit.x + (c.y - side.start.y) * unit.y;
    let (a, b) = (along(edge.start), along(edge.end));
    let (from, to) = (a.min(b).max(0.0), a.max(b).min(length));
    let at = |t: f64| geo::Point(side.start + unit * t);
    let is_near = |t: f64| Euclidean.distance(&at(t), edge) <= within;
    if to > from && is_near(from) && is_near(to) { to - from } else { 0.0 }
}
