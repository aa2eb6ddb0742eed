//! Curved geometries, flattened by GDAL: CAD drawings and GeoPackages with the curve extension hold arcs.

use super::Shape;
use super::wkb::{self, WkbError};

/// Reads WKB that may hold arcs; an arc becomes a line string with a chord every 4 degrees (GDAL's default).
///
/// # Errors
/// What [`wkb::read_wkb`] says, and [`WkbError::Malformed`] where GDAL cannot read the curve.
pub fn read_wkb_with_curves(bytes: &[u8]) -> Result<Option<Shape>, WkbError> {
    match wkb::read_wkb(bytes) {
        Err(WkbError::Curve(_)) => wkb::read_wkb(&flatten(bytes)?),
        other => other,
    }
}

fn flatten(bytes: &[u8]) -> Result<Vec<u8>, WkbError> {
    let curved = gdal::vector::Geometry::from_wkb(bytes)
        .map_err(|_| WkbError::Malformed("GDAL không đọc được đường cong / GDAL cannot read the curve"))?;
    // SAFETY: `curved` is a live geometry of ours; the call returns a new one that we own and hand over to `Geometry`'s
    // WKB export through a second handle which is destroyed below on every path.
    let linear = unsafe { gdal_sys::OGR_G_GetLinearGeometry(curved.c_geometry(), 0.0, std::ptr::null_mut()) };
    if linear.is_null() {
        return Err(WkbError::Malformed("GDAL không làm thẳng được đường cong / GDAL cannot flatten the curve"));
    }
    // SAFETY: `linear` is not null and is destroyed exactly once; the buffer has the size that GDAL asks for.
    let (written, out) = unsafe {
        let size = usize::try_from(gdal_sys::OGR_G_WkbSize(linear)).unwrap_or(0);
        let mut out = vec![0u8; size];
        let code = gdal_sys::OGR_G_ExportToIsoWkb(linear, gdal_sys::OGRwkbByteOrder::wkbNDR, out.as_mut_ptr());
        gdal_sys::OGR_G_DestroyGeometry(linear);
        (code, out)
    };
    if written != gdal_sys::OGRErr::OGRERR_NONE {
        return Err(WkbError::Malformed(
            "GDAL không ghi được đường cong đã làm thẳng / GDAL cannot write the flattened curve",
        ));
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::CoordsIter;

    #[test]
    fn an_arc_becomes_a_line_that_keeps_its_ends() {
        // CIRCULARSTRING (0 0, 1 1, 2 0)
        let mut bytes = vec![1, 8, 0, 0, 0, 3, 0, 0, 0];
        for number in [0.0f64, 0.0, 1.0, 1.0, 2.0, 0.0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let shape = read_wkb_with_curves(&bytes).unwrap().unwrap();
        let coords: Vec<_> = shape.geometry.coords_iter().collect();
        assert!(coords.len() > 10);
        assert_eq!((coords[0].x, coords[0].y), (0.0, 0.0));
        assert!((coords[coords.len() - 1].x - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_broken_curve_is_refused() {
        assert!(read_wkb_with_curves(&[1, 8, 0, 0, 0, 9, 0, 0, 0]).is_err());
    }
}
