//! Places in metres (EPSG:5897), where the sample is drawn and measured, and their way to longitude and latitude.

use geo::{Contains, Coord, Distance, Euclidean, Geometry, MapCoords, Point, Polygon};

use super::SampleError;
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::geom::{Crs, Shape};

const METRIC: Crs = Crs::Epsg(EPSG_HANOI);

/// The metric coordinates of a longitude and latitude.
pub fn to_metric(lon: f64, lat: f64) -> Result<Coord<f64>, SampleError> {
    let (mut x, mut y) = ([lon], [lat]);
    Transform::between(&Crs::Crs84, &METRIC)?.points(&mut x, &mut y)?;
    Ok(Coord { x: x[0], y: y[0] })
}

/// A metric geometry as longitude and latitude, rounded to 1e-9 degree (0.1 mm) so that it does not hang on PROJ's last bits.
pub fn to_lonlat(geometry: impl Into<Geometry<f64>>) -> Result<Shape, SampleError> {
    let mut shape = Shape::flat(geometry);
    Transform::between(&METRIC, &Crs::Crs84)?.shape(&mut shape)?;
    let round = |n: f64| (n * 1e9).round() / 1e9;
    Ok(Shape::flat(shape.geometry.map_coords(|c| Coord { x: round(c.x), y: round(c.y) })))
}

/// To the millimetre, as surveys are kept.
pub fn to_millimetre(c: Coord<f64>) -> Coord<f64> {
    Coord { x: (c.x * 1000.0).round() / 1000.0, y: (c.y * 1000.0).round() / 1000.0 }
}

/// The distance between two places in metres.
pub fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// The place `metres` away from `from` in the direction `angle` (radians, from east, counter-clockwise).
pub fn polar(from: Coord<f64>, metres: f64, angle: f64) -> Coord<f64> {
    Coord { x: from.x + metres * angle.cos(), y: from.y + metres * angle.sin() }
}

/// Where something is wanted.
pub struct Wish<'a> {
    /// The point that the facts name.
    pub around: Coord<f64>,
    /// How far from it the thing may be shown, in metres.
    pub within: f64,
    /// The circle that the thing needs, in metres.
    pub radius: f64,
    /// The communes of which one must hold it whole; none: anywhere.
    pub cells: Vec<&'a Polygon<f64>>,
}

/// Circles of ground that are taken, so that things that share one stated point stand side by side.
#[derive(Default)]
pub struct Ground {
    taken: Vec<(Coord<f64>, f64)>,
}

/// Divides the plane most evenly around a point (the sunflower's angle), in radians.
const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;

impl Ground {
    /// The free place nearest to the wish on a sunflower spiral, which is taken thereby; `None` when there is no room.
    pub fn take(&mut self, wish: &Wish<'_>, phase: f64) -> Option<Coord<f64>> {
        const SEEDS: u32 = 400;
        let at = (0..SEEDS)
            .map(|k| {
                let share = f64::from(k) / f64::from(SEEDS);
                polar(wish.around, wish.within * share.sqrt(), phase + f64::from(k) * GOLDEN_ANGLE)
            })
            .find(|at| self.is_free(*at, wish))?;
        self.taken.push((at, wish.radius));
        Some(at)
    }

    fn is_free(&self, at: Coord<f64>, wish: &Wish<'_>) -> bool {
        let point = Point(at);
        let holds =
            |cell: &&Polygon<f64>| cell.contains(&point) && Euclidean.distance(&point, cell.exterior()) >= wish.radius;
        (wish.cells.is_empty() || wish.cells.iter().any(holds))
            && self.taken.iter().all(|(other, radius)| distance(*other, at) >= radius + wish.radius)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::Rect;

    const ORIGIN: Coord<f64> = Coord { x: 0.0, y: 0.0 };

    #[test]
    fn without_room_there_is_no_place() {
        let cell = Rect::new(ORIGIN, Coord { x: 100.0, y: 100.0 }).to_polygon();
        let wish = Wish { around: ORIGIN, within: 1000.0, radius: 60.0, cells: vec![&cell] };
        assert_eq!(Ground::default().take(&wish, 0.0), None);
    }

    #[test]
    fn things_at_one_point_stand_apart_and_within_the_limit() {
        let mut ground = Ground::default();
        let wish = Wish { around: ORIGIN, within: 3000.0, radius: 200.0, cells: vec![] };
        let places: Vec<_> = (0..20).map(|_| ground.take(&wish, 0.5).unwrap()).collect();
        for (i, a) in places.iter().enumerate() {
            assert!(distance(*a, ORIGIN) <= 3000.0);
            assert!(places[..i].iter().all(|b| distance(*a, *b) >= 400.0));
        }
    }
}
