//! The scale factor of a VN-2000 grid: what a metre on the projection is to a metre on the ellipsoid.

use geo::Coord;

use crate::geom::Crs;
use crate::geom::crs::VN2000_TM3_ZONES;

/// Semi-major axis of the ellipsoid, metres, and its squared eccentricity (WGS 84, on which VN-2000 computes).
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_317;

/// False easting of all VN-2000 grids, metres.
const FALSE_EASTING_M: f64 = 500_000.0;

/// The scale factor at a place of a VN-2000 grid; `None` in any other system. Within 1e-8 up to 150 km from the central
/// meridian.
pub fn scale_factor(crs: &Crs, place: Coord<f64>) -> Option<f64> {
    let central = match crs {
        Crs::Epsg(3405 | 3406) => 0.9996,
        Crs::Epsg(code) if VN2000_TM3_ZONES.iter().any(|(zone, _)| zone == code) => 0.9999,
        _ => return None,
    };
    // A degree of latitude is 110.7 km here; the radii change by 1e-5 over a whole degree, which the result does not see.
    let latitude = (place.y / central / 110_700.0).to_radians();
    let w2 = 1.0 - ECCENTRICITY_2 * latitude.sin().powi(2);
    // Radius of curvature across the meridian times that along it.
    let radii = SEMI_MAJOR_M / w2.sqrt() * (SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / w2.powf(1.5));
    let offset2 = ((place.x - FALSE_EASTING_M) / central).powi(2) / radii;
    Some(central * (1.0 + offset2 / 2.0 + offset2.powi(2) / 24.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_system_that_is_no_grid_has_no_scale_factor() {
        assert_eq!(scale_factor(&Crs::Crs84, Coord { x: 105.8, y: 21.0 }), None);
        assert_eq!(scale_factor(&Crs::Epsg(3857), Coord { x: 1e7, y: 2e6 }), None);
    }

    #[test]
    fn on_the_central_meridian_it_is_that_of_the_projection_and_grows_away_from_it() {
        let at = |x: f64| scale_factor(&Crs::Epsg(5897), Coord { x, y: 2_326_345.3 }).unwrap();
        assert_eq!(at(500_000.0), 0.9999);
        // 88 591.944 m east, with radii 6 380 888 m and 6 343 640 m:
        // 0.9999 × (1 + (88 591.944 / 0.9999)² / (2 × 6 380 888 × 6 343 640)) = 0.999 996 96. PROJ says 0.999 996 959.
        assert!((at(588_591.944) - 0.999_996_959).abs() < 2e-9, "{}", at(588_591.944));
    }
}
