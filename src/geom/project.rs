//! Transformation between reference systems through PROJ: the one pure-layer file that names GDAL.
//!
//! A transformation is made once per thread and pair of systems. Both ends work in x, y order (traditional GIS order);
//! what the authority says about axes is the wire's concern.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use geo::MapCoordsInPlace;

use super::{Crs, Shape};

/// Why coordinates cannot be transformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    #[error("PROJ không biết hệ tọa độ {0} / PROJ does not know the reference system {0}")]
    UnknownCrs(String),
    #[error("không có phép chuyển từ {from} sang {to} / there is no transformation from {from} to {to}")]
    NoTransformation { from: String, to: String },
    #[error(
        "có tọa độ ngoài phạm vi chuyển được từ {from} sang {to} / a coordinate lies outside the area where {from} can be transformed to {to}"
    )]
    OutOfDomain { from: String, to: String },
}

/// The GDAL object of a system, in x, y order.
pub fn spatial_ref(crs: &Crs) -> Result<SpatialRef, ProjectError> {
    let made = match crs {
        Crs::Crs84 => SpatialRef::from_epsg(4326),
        Crs::Crs84h => SpatialRef::from_epsg(4979),
        Crs::Epsg(code) => SpatialRef::from_epsg(*code),
        Crs::Wkt(wkt) => SpatialRef::from_wkt(wkt),
    };
    let mut srs = made.map_err(|_| ProjectError::UnknownCrs(crs.to_string()))?;
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(srs)
}

/// Name and WKT definition of a system, as a GeoPackage keeps them.
pub fn definition(crs: &Crs) -> Result<(String, String), ProjectError> {
    let unknown = || ProjectError::UnknownCrs(crs.to_string());
    let srs = spatial_ref(crs)?;
    Ok((srs.name().ok_or_else(unknown)?, srs.to_wkt().map_err(|_| unknown())?))
}

/// A transformation of one thread from one system to another.
pub struct Transform {
    from: Crs,
    to: Crs,
    inner: Option<CoordTransform>,
}

thread_local! {
    static TRANSFORMS: RefCell<HashMap<(Crs, Crs), Rc<Transform>>> = RefCell::new(HashMap::new());
}

impl Transform {
    /// The transformation of this thread; made at the first call (14 µs warm) and kept.
    pub fn between(from: &Crs, to: &Crs) -> Result<Rc<Transform>, ProjectError> {
        let key = (from.clone(), to.clone());
        if let Some(known) = TRANSFORMS.with_borrow(|map| map.get(&key).cloned()) {
            return Ok(known);
        }
        let same = from == to || (from.is_wgs84() && to.is_wgs84());
        let inner = if same {
            None
        } else {
            let made = CoordTransform::new(&spatial_ref(from)?, &spatial_ref(to)?);
            let none = |_| ProjectError::NoTransformation { from: from.to_string(), to: to.to_string() };
            Some(made.map_err(none)?)
        };
        let transform = Rc::new(Transform { from: from.clone(), to: to.clone(), inner });
        TRANSFORMS.with_borrow_mut(|map| map.insert(key, transform.clone()));
        Ok(transform)
    }

    /// Whether coordinates stay untouched to the last bit.
    pub fn is_identity(&self) -> bool {
        self.inner.is_none()
    }

    /// Transforms coordinates in place.
    ///
    /// # Errors
    /// [`ProjectError::OutOfDomain`] when any of them has no image; the slices then hold nothing of use.
    pub fn points(&self, x: &mut [f64], y: &mut [f64]) -> Result<(), ProjectError> {
        let Some(inner) = &self.inner else { return Ok(()) };
        let done = inner.transform_coords(x, y, &mut []);
        let finite = x.iter().chain(y.iter()).all(|n| n.is_finite());
        if done.is_err() || !finite {
            return Err(ProjectError::OutOfDomain { from: self.from.to_string(), to: self.to.to_string() });
        }
        Ok(())
    }

    /// Transforms a shape in place; heights stay as surveyed.
    pub fn shape(&self, shape: &mut Shape) -> Result<(), ProjectError> {
        use geo::CoordsIter;
        if self.inner.is_none() {
            return Ok(());
        }
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = shape.geometry.coords_iter().map(|c| (c.x, c.y)).unzip();
        self.points(&mut x, &mut y)?;
        put(shape, &x, &y);
        Ok(())
    }
}

/// Puts other corners in the place of a shape's own, one after the other.
pub(super) fn put(shape: &mut Shape, x: &[f64], y: &[f64]) {
    let at = Cell::new(0);
    shape.geometry.map_coords_in_place(|corner| {
        let index = at.replace(at.get() + 1);
        x.get(index).zip(y.get(index)).map_or(corner, |(x, y)| geo::Coord { x: *x, y: *y })
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Control pairs computed with PROJ 9.1 `cs2cs` from EPSG:4326: id, lon, lat, 5897 E, N, 3405 E, N, 4756 lon, lat.
    const PAIRS: [(&str, [f64; 8]); 4] = [
        (
            "P01",
            [105.8542, 21.0285, 588591.9440, 2326345.3117, 588565.3638, 2325647.3383, 105.8523173468, 21.0294859889],
        ),
        (
            "P05",
            [105.8700, 20.8250, 590356.5408, 2303823.8664, 590329.4312, 2303132.6501, 105.8681199453, 20.8259870259],
        ),
        (
            "P08",
            [105.8400, 21.2700, 586974.4269, 2353075.4545, 586948.3320, 2352369.4613, 105.8381142344, 21.2709847890],
        ),
        (
            "P10",
            [105.3000, 21.0500, 530981.6892, 2328517.2872, 530972.3938, 2327818.6622, 105.2981158064, 21.0509797069],
        ),
    ];

    fn moved(from: &Crs, to: &Crs, x: f64, y: f64) -> (f64, f64) {
        let (mut x, mut y) = ([x], [y]);
        Transform::between(from, to).unwrap().points(&mut x, &mut y).unwrap();
        (x[0], y[0])
    }

    #[test]
    fn an_unknown_code_and_a_point_without_image_are_errors() {
        assert!(Transform::between(&Crs::Epsg(999_999), &Crs::Crs84).is_err());
        let transform = Transform::between(&Crs::Crs84, &Crs::Epsg(5897)).unwrap();
        assert!(transform.points(&mut [f64::NAN], &mut [21.0]).is_err());
        assert!(transform.points(&mut [105.0], &mut [1e30]).is_err());
    }

    #[test]
    fn control_pairs_of_vn2000_hold_within_a_millimetre() {
        for (id, [lon, lat, e, n, ue, un, glon, glat]) in PAIRS {
            let near = |(x, y): (f64, f64), tx: f64, ty: f64, tolerance: f64, what: &str| {
                assert!(
                    (x - tx).abs() <= tolerance && (y - ty).abs() <= tolerance,
                    "{id} {what}: {x} {y} is not {tx} {ty}"
                );
            };
            near(moved(&Crs::Crs84, &Crs::Epsg(5897), lon, lat), e, n, 0.001, "to 5897");
            near(moved(&Crs::Epsg(4326), &Crs::Epsg(3405), lon, lat), ue, un, 0.001, "to 3405");
            near(moved(&Crs::Crs84, &Crs::Epsg(4756), lon, lat), glon, glat, 1e-8, "to 4756");
            near(moved(&Crs::Epsg(5897), &Crs::Crs84, e, n), lon, lat, 2e-8, "from 5897");
        }
    }

    #[test]
    fn the_same_system_moves_nothing_by_a_single_bit() {
        let (x, y) = (105.854_200_000_000_02, 21.028_499_999_999_996);
        assert_eq!(moved(&Crs::Crs84, &Crs::Epsg(4326), x, y), (x, y));
        assert_eq!(moved(&Crs::Epsg(5897), &Crs::Epsg(5897), x, y), (x, y));
    }

    #[test]
    fn vn2000_taken_for_wgs84_would_be_two_hundred_metres_off() {
        // The mistake that import must refuse: about 224 m in Hanoi.
        let (lon, lat) = moved(&Crs::Epsg(4756), &Crs::Crs84, 105.8542, 21.0285);
        let east = (lon - 105.8542) * 111_320.0 * 21.0285f64.to_radians().cos();
        let north = (lat - 21.0285) * 110_700.0;
        let metres = east.hypot(north);
        assert!((220.0..228.0).contains(&metres), "{metres}");
    }
}
