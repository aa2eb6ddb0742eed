//! The ground of approved plans, and what two of them share.

use geo::{Area, BooleanOps, BoundingRect, Euclidean, Intersects, Length, MultiPolygon, Rect};
use rust_decimal::Decimal;

use crate::compliance::measurement::decimal_of;
use crate::compliance::site::{PlanFacts, PlanStatus};
use crate::domain::Collection;
use crate::geom::Crs;
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::store::Row;

/// Plans share ground where what they share is wider than this on average, metres: what 1/500 surveying does not see
/// (0.5 mm on the map) is no overlap.
const OVERLAP_WIDTH_M: f64 = 0.25;

/// The ground of an approved plan in the metric CRS of Hanoi.
pub struct Ground {
    pub fid: i64,
    pub id: String,
    polygons: MultiPolygon<f64>,
    bounds: Rect<f64>,
}

impl Ground {
    /// The ground of a row of `plans`; `None` for a plan that is not approved, was superseded or has no area.
    pub fn of(collection: &Collection, row: &Row, plan: &PlanFacts) -> Option<Ground> {
        if plan.status != Some(PlanStatus::Approved) || plan.superseded_on.is_some() {
            return None;
        }
        let mut shape = row.shape.clone()?;
        let crs = &collection.geometry.as_ref()?.crs;
        Transform::between(crs, &Crs::Epsg(EPSG_HANOI)).ok()?.shape(&mut shape).ok()?;
        let polygons = match shape.geometry {
            geo::Geometry::MultiPolygon(polygons) => polygons,
            geo::Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
            _ => return None,
        };
        let bounds = polygons.bounding_rect()?;
        Some(Ground { fid: row.fid, id: row.id.to_string(), polygons, bounds })
    }

    /// The ground that it shares with another, m²; `None` where it shares none, or a sliver along a common border.
    pub fn shared_m2(&self, other: &Ground) -> Option<Decimal> {
        if !self.bounds.intersects(&other.bounds) {
            return None;
        }
        let shared = self.polygons.intersection(&other.polygons);
        let area = shared.unsigned_area();
        let perimeter: f64 = shared.iter().map(|polygon| Euclidean.length(polygon.exterior())).sum();
        (2.0 * area > OVERLAP_WIDTH_M * perimeter).then(|| decimal_of(area.round()))?
    }
}
