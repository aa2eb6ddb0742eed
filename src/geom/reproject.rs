//! Transformation between the reference systems that are served, without GDAL: safe on the request path.
//!
//! VN-2000 and WGS 84 differ by the seven parameters of Decision 05/2007/QĐ-BTNMT (EPSG:6960); heights take no part in it.
//! Registers are transformed at publish as PROJ does it ([`super::patches`]); this agrees with it to a tenth of a millimetre in
//! northern Vietnam, and a test holds it there. For the Mekong delta PROJ prefers EPSG:5194, 0.7 m away; this stays with
//! the parameters of the decision. There and back moves a point by 0.8 mm, as PROJ does: nothing is ever transformed
//! back into a register.

use geo::{Coord, Geometry, MapCoords};
use proj4rs::Proj;
use proj4rs::errors::Error;
use proj4rs::transform::{Transform, TransformClosure, transform};

use super::Crs;
use super::crs::VN2000_TM3_ZONES;

/// VN-2000 to WGS 84 (EPSG:6960), rotations in the position-vector sense as `+towgs84` has them.
const VN2000: &str = "+ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278 +no_defs";

/// Codes of the systems that every collection with places can be asked in, besides CRS84 and its own.
pub const SERVED: [u32; 23] = [
    4326, 3857, 4756, 5897, 3405, 3406, 5896, 5898, 5899, 9205, 9206, 9207, 9208, 9209, 9210, 9211, 9212, 9213, 9214,
    9215, 9216, 9217, 9218,
];

/// Whether coordinates of a system can be transformed here, and the order of its axes is known.
pub fn is_served(crs: &Crs) -> bool {
    definition(crs).is_some()
}

/// The text names a system that is served only in the collections that are stored in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReprojectError {
    #[error(
        "không chuyển tọa độ giữa {0} và {1} ngay trong yêu cầu được / coordinates cannot be transformed between {0} and {1} while a request waits"
    )]
    NotServed(String, String),
    #[error("có tọa độ không chuyển sang {0} được / a coordinate has no image in {0}")]
    OutOfDomain(String),
}

/// A transformation between two served systems.
pub struct Reprojection {
    from: Proj,
    to: Proj,
    target: Crs,
    same: bool,
}

/// The definition of a served system and whether its unit is the degree.
fn definition(crs: &Crs) -> Option<String> {
    let grid =
        |zone: f64, scale: f64| format!("+proj=etmerc +lat_0=0 +lon_0={zone} +k={scale} +x_0=500000 +y_0=0 {VN2000}");
    let code = match crs {
        Crs::Crs84 | Crs::Crs84h => return Some("+proj=longlat +datum=WGS84 +no_defs".to_owned()),
        Crs::Wkt(_) => return None,
        Crs::Epsg(code) => *code,
    };
    match code {
        4326 | 4979 => definition(&Crs::Crs84),
        3857 => Some(
            "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +nadgrids=@null +no_defs"
                .to_owned(),
        ),
        4756 => Some(format!("+proj=longlat {VN2000}")),
        // WGS 84 / UTM, in which strangers' tables often are.
        32601..=32660 | 32701..=32760 => {
            let (zone, north) = (f64::from(code % 100), if code < 32700 { 0 } else { 10_000_000 });
            let meridian = 6.0 * zone - 183.0;
            let place = format!("+lat_0=0 +lon_0={meridian} +k=0.9996 +x_0=500000 +y_0={north}");
            Some(format!("+proj=etmerc {place} +datum=WGS84 +no_defs"))
        }
        3405 => Some(grid(105.0, 0.9996)),
        3406 => Some(grid(111.0, 0.9996)),
        _ => VN2000_TM3_ZONES.iter().find(|(zone, _)| *zone == code).map(|(_, meridian)| grid(*meridian, 0.9999)),
    }
}

/// A point on its way through a transformation that asks for heights and whose heights nobody wants.
struct Flat<'a>(&'a mut f64, &'a mut f64);

impl Transform for Flat<'_> {
    fn transform_coordinates<F: TransformClosure>(&mut self, f: &mut F) -> Result<(), Error> {
        let (x, y, _) = f(*self.0, *self.1, 0.0)?;
        (*self.0, *self.1) = (x, y);
        Ok(())
    }
}

impl Reprojection {
    /// # Errors
    /// When one of the systems is not served.
    pub fn between(from: &Crs, to: &Crs) -> Result<Reprojection, ReprojectError> {
        let not_served = || ReprojectError::NotServed(from.to_string(), to.to_string());
        let system =
            |crs: &Crs| definition(crs).and_then(|text| Proj::from_proj_string(&text).ok()).ok_or_else(not_served);
        let same = from == to || (from.is_wgs84() && to.is_wgs84());
        Ok(Reprojection { from: system(from)?, to: system(to)?, target: to.clone(), same })
    }

    /// Whether coordinates stay untouched to the last bit.
    pub fn is_identity(&self) -> bool {
        self.same
    }

    /// The image of a point, both with x as easting or longitude.
    ///
    /// # Errors
    /// When it has none.
    pub fn point(&self, x: f64, y: f64) -> Result<(f64, f64), ReprojectError> {
        if self.same {
            return Ok((x, y));
        }
        let outside = || ReprojectError::OutOfDomain(self.target.to_string());
        let (mut x, mut y) = if self.from.is_latlong() { (x.to_radians(), y.to_radians()) } else { (x, y) };
        transform(&self.from, &self.to, &mut Flat(&mut x, &mut y)).map_err(|_| outside())?;
        if self.to.is_latlong() {
            (x, y) = (x.to_degrees(), y.to_degrees());
        }
        if x.is_finite() && y.is_finite() { Ok((x, y)) } else { Err(outside()) }
    }

    /// The image of a geometry, coordinate by coordinate.
    ///
    /// # Errors
    /// When a coordinate has none.
    pub fn geometry(&self, geometry: &Geometry<f64>) -> Result<Geometry<f64>, ReprojectError> {
        geometry.try_map_coords(|coord| self.point(coord.x, coord.y).map(|(x, y)| Coord { x, y }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::project;
    use super::*;
    use proptest::prelude::*;

    fn image(from: &Crs, to: &Crs, x: f64, y: f64) -> (f64, f64) {
        Reprojection::between(from, to).unwrap().point(x, y).unwrap()
    }

    #[test]
    fn systems_without_a_definition_here_are_refused() {
        assert!(Reprojection::between(&Crs::Crs84, &Crs::Epsg(27700)).is_err());
        assert!(Reprojection::between(&Crs::Wkt("LOCAL_CS[\"x\"]".into()), &Crs::Crs84).is_err());
        for deprecated in super::super::crs::DEPRECATED_TM3 {
            assert!(Reprojection::between(&Crs::Crs84, &Crs::Epsg(deprecated)).is_err());
        }
    }

    #[test]
    fn the_pole_and_numbers_that_are_none_have_no_image() {
        let to_mercator = Reprojection::between(&Crs::Crs84, &Crs::Epsg(3857)).unwrap();
        assert!(to_mercator.point(105.0, 90.0).is_err());
        assert!(to_mercator.point(f64::NAN, 21.0).is_err());
    }

    /// Control pairs computed with PROJ 9.1 `cs2cs` from EPSG:4326: lon, lat, 5897 E, N, 3405 E, N, 4756 lon, lat, 9209 E, N.
    const PAIRS: [[f64; 10]; 3] = [
        [
            105.8542,
            21.0285,
            588591.9440,
            2326345.3117,
            588565.3638,
            2325647.3383,
            105.8523173468,
            21.0294859889,
            536619.8872,
            2326149.2446,
        ],
        [
            105.8700,
            20.8250,
            590356.5408,
            2303823.8664,
            590329.4312,
            2303132.6501,
            105.8681199453,
            20.8259870259,
            538314.1290,
            2303624.2451,
        ],
        [
            105.3000,
            21.0500,
            530981.6892,
            2328517.2872,
            530972.3938,
            2327818.6622,
            105.2981158064,
            21.0509797069,
            479019.2207,
            2328501.6127,
        ],
    ];

    #[test]
    fn control_pairs_hold_to_a_tenth_of_a_millimetre() {
        for [lon, lat, pairs @ ..] in PAIRS {
            for (code, at, tolerance) in [(5897, 0, 1e-4), (3405, 2, 1e-4), (4756, 4, 1e-9), (9209, 6, 1e-4)] {
                let (x, y) = image(&Crs::Crs84, &Crs::Epsg(code), lon, lat);
                let (wanted_x, wanted_y) = (pairs[at], pairs[at + 1]);
                assert!((x - wanted_x).abs() < tolerance, "{code}: {x} {wanted_x}");
                assert!((y - wanted_y).abs() < tolerance, "{code}: {y} {wanted_y}");
            }
        }
    }

    #[test]
    fn utm_agrees_with_proj_on_both_sides_of_the_equator() {
        for (code, lon, lat) in [(32648, 105.85, 21.03), (32748, 106.8, -6.2), (32601, -177.5, 51.9)] {
            let (mut x, mut y) = ([lon], [lat]);
            project::Transform::between(&Crs::Crs84, &Crs::Epsg(code)).unwrap().points(&mut x, &mut y).unwrap();
            let ours = image(&Crs::Crs84, &Crs::Epsg(code), lon, lat);
            assert!((ours.0 - x[0]).abs() < 1e-4 && (ours.1 - y[0]).abs() < 1e-4, "{code}: {ours:?} {x:?} {y:?}");
        }
    }

    proptest! {
        #[test]
        fn every_served_system_agrees_with_proj_in_northern_vietnam(
            lon in 102.2f64..108.0, lat in 17.0f64..23.3, code in proptest::sample::select(SERVED.to_vec()),
        ) {
            let crs = Crs::Epsg(code);
            let (mut x, mut y) = ([lon], [lat]);
            project::Transform::between(&Crs::Crs84, &crs).unwrap().points(&mut x, &mut y).unwrap();
            let ours = image(&Crs::Crs84, &crs, lon, lat);
            let tolerance = if [4326, 4756].contains(&code) { 2e-9 } else { 2e-4 };
            prop_assert!((ours.0 - x[0]).abs() < tolerance, "{code}: {} {}", ours.0, x[0]);
            prop_assert!((ours.1 - y[0]).abs() < tolerance, "{code}: {} {}", ours.1, y[0]);
            // And back, from PROJ's image, as PROJ goes back.
            let back = image(&crs, &Crs::Crs84, x[0], y[0]);
            project::Transform::between(&crs, &Crs::Crs84).unwrap().points(&mut x, &mut y).unwrap();
            prop_assert!((back.0 - x[0]).abs() < 2e-9 && (back.1 - y[0]).abs() < 2e-9, "{code}: {back:?} {x:?} {y:?}");
        }
    }
}
