//! Places in a filter, brought to CRS84, and their relations to the places of rows.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{
    BoundingRect, ContainsProperly, Coord, CoordsIter, Geometry, Intersects, Line, LineString, LinesIter, MapCoords,
    Polygon, Rect, Relate,
};

use super::FilterError;
use super::expr::{Position, SpatialRelation};
use crate::geom::envelope::MAX_COORDINATE;
use crate::geom::reproject::{ReprojectError, Reprojection};
use crate::geom::{Crs, Envelope};

/// Pieces of each edge of a box in a metric system: an edge of 100 km, straight there, then strays from the straight line
/// between longitudes and latitudes by 2 cm.
const BOX_PIECES: u32 = 64;

/// How often a literal may cross itself: each crossing costs memory in every relation but the simplest.
const MAX_CROSSINGS: usize = 1000;

/// A geometry of a filter in CRS84.
#[derive(Debug, PartialEq)]
pub struct Place {
    pub geometry: Geometry<f64>,
    pub envelope: Envelope,
    pub vertices: u64,
    /// Whether it fills its envelope.
    pub is_box: bool,
}

impl Place {
    fn new(geometry: Geometry<f64>, is_box: bool) -> Option<Place> {
        let envelope = Envelope::of(&geometry)?;
        let vertices = geometry.coords_count() as u64;
        Some(Place { geometry, envelope, vertices, is_box })
    }
}

/// How coordinates in a filter are read: from one reference system, in its authority's order of axes, to CRS84.
pub struct Literals {
    reprojection: Reprojection,
    /// Whether the first number is the northing or latitude.
    swapped: bool,
    /// Whether its unit is the degree, so that a box may cross 180°.
    geographic: bool,
}

impl Literals {
    /// Coordinates of this system.
    ///
    /// # Errors
    /// When the reference system is not served.
    pub fn new(crs: &Crs) -> Result<Literals, ReprojectError> {
        let reprojection = Reprojection::between(crs, &Crs::Crs84)?;
        let swapped = crs.is_latitude_first();
        let geographic = swapped || crs.is_wgs84();
        Ok(Literals { reprojection, swapped, geographic })
    }

    fn fault(at: &Position, reason: impl ToString) -> FilterError {
        FilterError { position: at.clone(), reason: reason.to_string() }
    }

    fn image(&self, coord: Coord<f64>) -> Result<Coord<f64>, ReprojectError> {
        let (x, y) = self.reprojection.point(coord.x, coord.y)?;
        Ok(Coord { x, y })
    }

    /// A geometry as it was written.
    ///
    /// # Errors
    /// When a coordinate has no image in CRS84.
    pub fn geometry(&self, at: &Position, geometry: &Geometry<f64>) -> Result<Place, FilterError> {
        refuse_far(at, geometry.coords_iter().flat_map(|coord| [coord.x, coord.y]))?;
        let place = geometry.try_map_coords(|Coord { x, y }| {
            self.image(if self.swapped { Coord { x: y, y: x } } else { Coord { x, y } })
        });
        let place = place.map_err(|e| Literals::fault(at, e))?;
        Place::new(place, false).ok_or_else(|| Literals::fault(at, "không có điểm nào / has no point"))
    }

    /// A box as it was written, with four or six numbers.
    ///
    /// # Errors
    /// When it is upside down or a corner has no image in CRS84.
    pub fn bbox(&self, at: &Position, numbers: &[f64]) -> Result<Place, FilterError> {
        refuse_far(at, numbers.iter().copied())?;
        let fault = |reason: String| Literals::fault(at, reason);
        let (a, b) = match *numbers {
            [x0, y0, x1, y1] | [x0, y0, _, x1, y1, _] => ((x0, y0), (x1, y1)),
            _ => {
                return Err(fault(
                    "khung có 4 số, hoặc 6 số nếu có độ cao / a box has 4 numbers, or 6 with heights".to_owned(),
                ));
            }
        };
        let ((west, south), (east, north)) = if self.swapped { ((a.1, a.0), (b.1, b.0)) } else { (a, b) };
        if south > north {
            return Err(fault(format!(
                "cạnh dưới {south} nằm trên cạnh trên {north} / the lower edge {south} lies above the upper edge {north}"
            )));
        }
        if west > east && !self.geographic {
            return Err(fault(format!(
                "cạnh tây {west} nằm bên đông cạnh đông {east} / the western edge {west} lies east of the eastern edge {east}"
            )));
        }
        let part = |west, east| self.rectangle(Rect::new((west, south), (east, north)));
        let geometry = if west <= east {
            part(west, east)
        } else {
            part(west.min(180.0), 180.0).and_then(|left| {
                let right = part(-180.0, east.max(-180.0))?;
                Ok(Geometry::GeometryCollection(geo::GeometryCollection(vec![left, right])))
            })
        };
        let geometry = joined(geometry.map_err(|e| fault(e.to_string()))?);
        let is_box = self.reprojection.is_identity() && west <= east;
        Place::new(geometry, is_box).ok_or_else(|| fault("không có điểm nào / has no point".to_owned()))
    }

    /// A rectangle in CRS84; one without width or height is the line or the point that is left of it.
    fn rectangle(&self, rect: Rect<f64>) -> Result<Geometry<f64>, ReprojectError> {
        let (min, max) = (rect.min(), rect.max());
        let pieces = if self.geographic { 1 } else { BOX_PIECES };
        if min == max {
            return Ok(geo::Point(self.image(min)?).into());
        }
        let flat = min.x == max.x || min.y == max.y;
        let corners = if flat {
            vec![min, max]
        } else {
            let (se, nw) = (Coord { x: max.x, y: min.y }, Coord { x: min.x, y: max.y });
            vec![min, se, max, nw, min]
        };
        let mut line = vec![self.image(min)?];
        for edge in corners.windows(2) {
            for piece in 1..=pieces {
                let share = f64::from(piece) / f64::from(pieces);
                let point = if piece == pieces { edge[1] } else { edge[0] + (edge[1] - edge[0]) * share };
                line.push(self.image(point)?);
            }
        }
        let line = LineString(line);
        Ok(if flat { line.into() } else { Polygon::new(line, vec![]).into() })
    }
}

/// Refuses coordinates with which nothing can be computed.
fn refuse_far(at: &Position, numbers: impl Iterator<Item = f64>) -> Result<(), FilterError> {
    let mut numbers = numbers;
    match numbers.find(|number| number.abs() > MAX_COORDINATE) {
        Some(far) => Err(Literals::fault(
            at,
            format!("{far:e} xa hơn mọi nơi trên Trái Đất / {far:e} lies farther out than any place"),
        )),
        None => Ok(()),
    }
}

/// The two halves of a box across 180° as one geometry of one dimension, where they are of one.
fn joined(geometry: Geometry<f64>) -> Geometry<f64> {
    let Geometry::GeometryCollection(parts) = geometry else { return geometry };
    let polygons: Option<Vec<Polygon<f64>>> = parts
        .0
        .iter()
        .map(|part| match part {
            Geometry::Polygon(polygon) => Some(polygon.clone()),
            _ => None,
        })
        .collect();
    match polygons {
        Some(polygons) => geo::MultiPolygon(polygons).into(),
        None => Geometry::GeometryCollection(parts),
    }
}

/// The edges of a geometry.
fn edges(geometry: &Geometry<f64>, into: &mut Vec<Line<f64>>) {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => {}
        Geometry::Line(line) => into.push(*line),
        Geometry::LineString(line) => into.extend(line.lines()),
        Geometry::MultiLineString(lines) => into.extend(lines.lines_iter()),
        Geometry::Polygon(polygon) => into.extend(polygon.lines_iter()),
        Geometry::MultiPolygon(polygons) => into.extend(polygons.lines_iter()),
        Geometry::Rect(rect) => into.extend(rect.lines_iter()),
        Geometry::Triangle(triangle) => into.extend(triangle.lines_iter()),
        Geometry::GeometryCollection(parts) => parts.0.iter().for_each(|part| edges(part, into)),
    }
}

/// Refuses a geometry that crosses itself very often.
///
/// # Errors
/// With its position.
pub fn refuse_tangles(at: &Position, place: &Place) -> Result<(), FilterError> {
    let mut lines = Vec::new();
    edges(&place.geometry, &mut lines);
    let mut lines: Vec<(Rect<f64>, Line<f64>)> = lines.into_iter().map(|line| (line.bounding_rect(), line)).collect();
    lines.sort_by(|a, b| a.0.min().x.total_cmp(&b.0.min().x));
    // Neighbours share a point each.
    let mut left = MAX_CROSSINGS + 2 * lines.len();
    for (index, (rect, line)) in lines.iter().enumerate() {
        let beside = lines[index + 1..].iter().take_while(|(other, _)| other.min().x <= rect.max().x);
        for (_, other) in beside.filter(|(other, _)| other.min().y <= rect.max().y && other.max().y >= rect.min().y) {
            if line.intersects(other) {
                left = left.checked_sub(1).ok_or_else(|| {
                    let reason = format!("hình tự cắt hơn {MAX_CROSSINGS} lần / the geometry crosses itself more than {MAX_CROSSINGS} times");
                    FilterError { position: at.clone(), reason }
                })?;
            }
        }
    }
    Ok(())
}

impl SpatialRelation {
    /// The relation that holds from the other side.
    pub fn swapped(self) -> SpatialRelation {
        match self {
            SpatialRelation::Within => SpatialRelation::Contains,
            SpatialRelation::Contains => SpatialRelation::Within,
            symmetric => symmetric,
        }
    }

    /// Whether every place has it to itself.
    pub fn is_reflexive(self) -> bool {
        use SpatialRelation as S;
        matches!(self, S::Intersects | S::Equals | S::Within | S::Contains)
    }

    /// Whether it is answered without a graph of all crossings.
    pub fn is_simple(self) -> bool {
        matches!(self, SpatialRelation::Intersects | SpatialRelation::Disjoint)
    }
}

/// Steps that looking whether geometries of so many vertices share a point takes, about.
pub fn cost_of_touch(a: u64, b: u64) -> u64 {
    50 + a * b / 2 + 2 * (a + b)
}

/// Steps that a graph of all crossings of geometries of so many vertices takes, about: it grows faster than they do.
pub fn cost_of_graph(a: u64, b: u64) -> u64 {
    5000 + (a + b) * (500 + (a + b) / 2)
}

/// Whether the relation holds between a row's place and one of the filter; `None` where only a graph of all crossings can
/// say that.
pub fn quickly(relation: SpatialRelation, own: &Geometry<f64>, place: &Place) -> Option<bool> {
    use {Geometry as G, SpatialRelation as S};
    let other = &place.geometry;
    if let (G::Point(point), G::Polygon(_) | G::MultiPolygon(_)) = (own, other) {
        // A point has no boundary and no extent: where it lies says all.
        let position = other.coordinate_position(&point.0);
        return Some(match relation {
            S::Intersects => position != CoordPos::Outside,
            S::Disjoint => position == CoordPos::Outside,
            S::Within => position == CoordPos::Inside,
            S::Touches => position == CoordPos::OnBoundary,
            S::Equals | S::Overlaps | S::Crosses | S::Contains => false,
        });
    }
    let outer = &place.envelope;
    let is_amid = |inner: Envelope| {
        outer.min_x < inner.min_x && outer.min_y < inner.min_y && outer.max_x > inner.max_x && outer.max_y > inner.max_y
    };
    let in_box = place.is_box && Envelope::of(own).is_some_and(is_amid);
    if relation.is_simple() {
        return Some((in_box || own.intersects(other)) == (relation == S::Intersects));
    }
    if !in_box && !own.intersects(other) {
        return Some(false);
    }
    let inside = in_box
        || match (own, other) {
            (G::Polygon(own), G::Polygon(other)) => other.contains_properly(own),
            (G::Polygon(own), G::MultiPolygon(other)) => other.contains_properly(own),
            (G::MultiPolygon(own), G::Polygon(other)) => other.contains_properly(own),
            (G::MultiPolygon(own), G::MultiPolygon(other)) => other.contains_properly(own),
            _ => false,
        };
    // What lies in the interior, away from the boundary, is within and nothing else.
    inside.then_some(relation == S::Within)
}

/// Whether the relation holds between two geometries.
pub fn holds(relation: SpatialRelation, a: &Geometry<f64>, b: &Geometry<f64>) -> bool {
    use SpatialRelation as S;
    let matrix = || a.relate(b);
    match relation {
        S::Intersects => a.intersects(b),
        S::Disjoint => !a.intersects(b),
        S::Equals => matrix().is_equal_topo(),
        S::Touches => matrix().is_touches(),
        S::Within => matrix().is_within(),
        S::Overlaps => matrix().is_overlaps(),
        S::Crosses => matrix().is_crosses(),
        S::Contains => matrix().is_contains(),
    }
}
