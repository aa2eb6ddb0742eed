//! A geometry as a register holds it.

use geo::{CoordsIter, Geometry};

/// A geometry with optional heights. `z` has one number per coordinate in the order in which `geometry` lists them.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub geometry: Geometry<f64>,
    pub z: Option<Vec<f64>>,
}

impl Shape {
    /// A flat geometry.
    pub fn flat(geometry: impl Into<Geometry<f64>>) -> Shape {
        Shape { geometry: geometry.into(), z: None }
    }

    /// Whether it has no coordinate at all.
    pub fn is_empty(&self) -> bool {
        self.geometry.coords_count() == 0
    }

    /// The same shape as a multi-geometry where `kind` asks for one; collections promise one type to their clients.
    pub fn promoted(self, kind: GeometryKind) -> Shape {
        use GeometryKind as K;
        let geometry = match (kind, self.geometry) {
            (K::MultiPolygon, Geometry::Polygon(polygon)) => geo::MultiPolygon(vec![polygon]).into(),
            (K::MultiLineString, Geometry::LineString(line)) => geo::MultiLineString(vec![line]).into(),
            (K::MultiPoint, Geometry::Point(point)) => geo::MultiPoint(vec![point]).into(),
            (_, geometry) => geometry,
        };
        Shape { geometry, z: self.z }
    }

    /// The shape in the kind that a collection promises, as far as that loses nothing: one part as a multi-geometry, and a
    /// multi-geometry of one part as that part.
    pub fn fitted(self, kind: GeometryKind) -> Shape {
        use GeometryKind as K;
        let Shape { geometry, z } = self.promoted(kind);
        let geometry = match (kind, geometry) {
            (K::Polygon, Geometry::MultiPolygon(mut multi)) if multi.0.len() == 1 => multi.0.remove(0).into(),
            (K::LineString, Geometry::MultiLineString(mut multi)) if multi.0.len() == 1 => multi.0.remove(0).into(),
            (K::Point, Geometry::MultiPoint(mut multi)) if multi.0.len() == 1 => multi.0.remove(0).into(),
            (_, geometry) => geometry,
        };
        Shape { geometry, z }
    }
}

/// The geometry type that a collection promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GeometryKind {
    Point,
    MultiPoint,
    LineString,
    MultiLineString,
    Polygon,
    MultiPolygon,
    GeometryCollection,
    /// Any type, mixed.
    Geometry,
}

impl GeometryKind {
    /// All kinds, for lookups by name.
    pub const ALL: [GeometryKind; 8] = [
        GeometryKind::Point,
        GeometryKind::MultiPoint,
        GeometryKind::LineString,
        GeometryKind::MultiLineString,
        GeometryKind::Polygon,
        GeometryKind::MultiPolygon,
        GeometryKind::GeometryCollection,
        GeometryKind::Geometry,
    ];

    /// The name that GeoJSON uses.
    pub fn name(self) -> &'static str {
        match self {
            GeometryKind::Point => "Point",
            GeometryKind::MultiPoint => "MultiPoint",
            GeometryKind::LineString => "LineString",
            GeometryKind::MultiLineString => "MultiLineString",
            GeometryKind::Polygon => "Polygon",
            GeometryKind::MultiPolygon => "MultiPolygon",
            GeometryKind::GeometryCollection => "GeometryCollection",
            GeometryKind::Geometry => "Geometry",
        }
    }

    /// Reads a name in any case, as GeoPackage (`MULTIPOLYGON`) and GeoJSON write them.
    pub fn parse(name: &str) -> Option<GeometryKind> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The kind of one geometry.
    pub fn of(geometry: &Geometry<f64>) -> GeometryKind {
        match geometry {
            Geometry::Point(_) => GeometryKind::Point,
            Geometry::MultiPoint(_) => GeometryKind::MultiPoint,
            Geometry::Line(_) | Geometry::LineString(_) => GeometryKind::LineString,
            Geometry::MultiLineString(_) => GeometryKind::MultiLineString,
            Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => GeometryKind::Polygon,
            Geometry::MultiPolygon(_) => GeometryKind::MultiPolygon,
            Geometry::GeometryCollection(_) => GeometryKind::GeometryCollection,
        }
    }

    /// Whether a geometry of kind `other` may stand in a collection of this kind (after promotion to multi).
    pub fn accepts(self, other: GeometryKind) -> bool {
        use GeometryKind as K;
        self == other
            || self == K::Geometry
            || matches!(
                (self, other),
                (K::MultiPoint, K::Point) | (K::MultiLineString, K::LineString) | (K::MultiPolygon, K::Polygon)
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{LineString, Polygon};

    #[test]
    fn a_polygon_is_promoted_only_where_the_collection_promises_multi() {
        let polygon = Polygon::new(LineString::from(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]), vec![]);
        let shape = Shape::flat(polygon);
        assert_eq!(
            GeometryKind::of(&shape.clone().promoted(GeometryKind::MultiPolygon).geometry),
            GeometryKind::MultiPolygon
        );
        assert_eq!(GeometryKind::of(&shape.promoted(GeometryKind::Polygon).geometry), GeometryKind::Polygon);
    }

    #[test]
    fn a_point_collection_does_not_accept_lines_and_a_multi_collection_accepts_singles() {
        assert!(!GeometryKind::Point.accepts(GeometryKind::LineString));
        assert!(!GeometryKind::Point.accepts(GeometryKind::MultiPoint));
        assert!(GeometryKind::MultiPolygon.accepts(GeometryKind::Polygon));
        assert!(GeometryKind::Geometry.accepts(GeometryKind::Point));
    }
}
