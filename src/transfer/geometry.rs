//! Geometries as files have them, made into shapes that a register can hold: flattened, closed, checked, oriented.
//!
//! Validity is asked of GEOS, which names the place of a fault. What cannot be repaired without guessing is a fault.

use std::ffi::CString;

use gdal_sys::{OGRErr, OGRGeometryH, OGRwkbByteOrder, OGRwkbGeometryType as Type};
use geo::{CoordsIter, Geometry, LineString, Polygon};

use super::limits;
use super::messages::Listener;
use crate::geom::wkb::{self, WkbError};
use crate::geom::{GeometryKind, Shape};
use crate::text::both;

/// A geometry of GDAL's, destroyed with this.
pub struct RawGeometry(OGRGeometryH);

impl Drop for RawGeometry {
    fn drop(&mut self) {
        // SAFETY: the handle is ours alone and not null.
        unsafe { gdal_sys::OGR_G_DestroyGeometry(self.0) };
    }
}

impl RawGeometry {
    /// Takes over a geometry; `None` for null.
    ///
    /// # Safety
    /// The handle must be null or a live geometry that nothing else owns.
    pub unsafe fn owned(handle: OGRGeometryH) -> Option<RawGeometry> {
        (!handle.is_null()).then_some(RawGeometry(handle))
    }

    /// Reads well-known text.
    pub fn from_wkt(text: &str) -> Result<RawGeometry, String> {
        let refuse = || {
            format!(
                "'{0}' không phải WKT của một hình / '{0}' is no well-known text of a geometry",
                text.chars().take(40).collect::<String>()
            )
        };
        let text_in_c = CString::new(text).map_err(|_| refuse())?;
        let mut at = text_in_c.as_ptr().cast_mut();
        let mut handle = std::ptr::null_mut();
        let _listener = Listener::start();
        // SAFETY: `at` walks over the live string and is only moved, never written through; a geometry that comes back is ours.
        let (code, geometry, is_all) = unsafe {
            let code = gdal_sys::OGR_G_CreateFromWkt(&mut at, std::ptr::null_mut(), &mut handle);
            let rest = std::ffi::CStr::from_ptr(at).to_bytes();
            (code, RawGeometry::owned(handle), rest.trim_ascii().is_empty())
        };
        geometry.filter(|_| code == OGRErr::OGRERR_NONE && is_all).ok_or_else(refuse)
    }

    fn full_type(&self) -> Type::Type {
        // SAFETY: the handle is live.
        unsafe { gdal_sys::OGR_G_GetGeometryType(self.0) }
    }

    /// The kind without heights and measures; `None` for what registers do not hold (surfaces in space).
    pub fn kind(&self) -> Option<GeometryKind> {
        use GeometryKind as K;
        // SAFETY: a pure function of a number.
        let flat = unsafe { gdal_sys::OGR_GT_Flatten(self.full_type()) };
        if matches!(flat, Type::wkbPolyhedralSurface | Type::wkbTIN) {
            return None;
        }
        // SAFETY: as above.
        Some(match unsafe { gdal_sys::OGR_GT_GetLinear(flat) } {
            Type::wkbPoint => K::Point,
            Type::wkbMultiPoint => K::MultiPoint,
            Type::wkbLineString | Type::wkbLinearRing => K::LineString,
            Type::wkbMultiLineString => K::MultiLineString,
            Type::wkbPolygon => K::Polygon,
            Type::wkbMultiPolygon => K::MultiPolygon,
            Type::wkbGeometryCollection => K::GeometryCollection,
            _ => return None,
        })
    }

    pub fn has_z(&self) -> bool {
        // SAFETY: a pure function of a number.
        unsafe { gdal_sys::OGR_GT_HasZ(self.full_type()) != 0 }
    }

    pub fn is_empty(&self) -> bool {
        // SAFETY: the handle is live.
        unsafe { gdal_sys::OGR_G_IsEmpty(self.0) != 0 }
    }

    /// Smallest and largest x and y: `[min_x, min_y, max_x, max_y]`; meaningless for an empty geometry.
    pub fn bounds(&self) -> [f64; 4] {
        let mut e = gdal_sys::OGREnvelope { MinX: 0.0, MaxX: 0.0, MinY: 0.0, MaxY: 0.0 };
        // SAFETY: the handle is live, the envelope a local.
        unsafe { gdal_sys::OGR_G_GetEnvelope(self.0, &mut e) };
        [e.MinX, e.MinY, e.MaxX, e.MaxY]
    }

    fn wkb_size(&self) -> usize {
        // SAFETY: the handle is live.
        usize::try_from(unsafe { gdal_sys::OGR_G_WkbSize(self.0) }).unwrap_or(usize::MAX)
    }

    fn wkb(&self) -> Result<Vec<u8>, String> {
        let mut out = vec![0u8; self.wkb_size()];
        // SAFETY: the buffer has the size that GDAL asks for.
        let code = unsafe { gdal_sys::OGR_G_ExportToIsoWkb(self.0, OGRwkbByteOrder::wkbNDR, out.as_mut_ptr()) };
        if code == OGRErr::OGRERR_NONE {
            Ok(out)
        } else {
            Err("GDAL không ghi được hình / GDAL cannot write the geometry".to_owned())
        }
    }

    fn has_arcs(&self) -> bool {
        // SAFETY: the handle is live.
        unsafe { gdal_sys::OGR_G_HasCurveGeometry(self.0, 0) != 0 }
    }

    /// Straight lines in place of arcs, a chord at least every so many degrees; 4 where nothing is said (0).
    fn flattened(self, degrees: f64) -> Result<RawGeometry, String> {
        // SAFETY: the handle is live; the call returns a new geometry, which is ours.
        let linear =
            unsafe { RawGeometry::owned(gdal_sys::OGR_G_GetLinearGeometry(self.0, degrees, std::ptr::null_mut())) };
        linear.ok_or_else(|| "GDAL không làm thẳng được các cung / GDAL cannot flatten its arcs".to_owned())
    }

    /// The polygon inside a closed line, as drawings have areas.
    fn into_polygon(self) -> Result<RawGeometry, String> {
        let handle = self.0;
        std::mem::forget(self);
        // SAFETY: the call consumes the geometry that was given up above and returns one that is ours.
        let polygon = unsafe { RawGeometry::owned(gdal_sys::OGR_G_ForceToPolygon(handle)) };
        polygon.ok_or_else(|| "GDAL không tạo được vùng từ hình này / GDAL cannot make a polygon of it".to_owned())
    }

    /// Why GEOS finds it invalid and where.
    fn fault(&self) -> Option<String> {
        let listener = Listener::start();
        // SAFETY: the handle is live.
        let is_valid = unsafe { gdal_sys::OGR_G_IsValid(self.0) != 0 };
        if is_valid {
            return None;
        }
        Some(
            listener
                .last_words()
                .unwrap_or_else(|| "sai quy tắc của kiểu hình / it breaks the rules of its type".to_owned()),
        )
    }
}

/// A shape as ISO well-known text.
pub fn well_known_text(shape: &Shape) -> Result<String, String> {
    let mut bytes = Vec::new();
    wkb::write_wkb(shape, &mut bytes);
    let refuse = |_| "GDAL không ghi được hình thành văn bản / GDAL cannot write its geometry as text".to_owned();
    gdal::vector::Geometry::from_wkb(&bytes).and_then(|geometry| geometry.wkt()).map_err(refuse)
}

/// How often something was done to geometries of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repairs {
    pub flattened: u64,
    pub unmeasured: u64,
    pub closed: u64,
    pub oriented: u64,
    pub areas: u64,
    pub emptied: u64,
    pub promoted: u64,
    pub unwrapped: u64,
}

impl Repairs {
    /// One sentence for each thing that was done.
    pub fn notices(&self) -> Vec<String> {
        let said = [
            (
                self.flattened,
                "hình có cung đã thành đường gấp khúc, mỗi 4 độ một đoạn / geometries with arcs became lines with a chord every 4 degrees",
            ),
            (self.unmeasured, "hình bị bỏ giá trị đo (M) / geometries lost their measures (M)"),
            (
                self.closed,
                "vùng có vòng chưa khép và đã được khép / polygons had rings that did not end where they began, and were closed",
            ),
            (
                self.oriented,
                "vùng có vòng ngược chiều và đã được đảo lại / polygons had outer rings clockwise or inner ones counter-clockwise, and were turned",
            ),
            (
                self.areas,
                "đường khép kín được hiểu là vùng bên trong / closed lines were taken as the polygons that they enclose",
            ),
            (self.emptied, "dòng không có hình hoặc hình rỗng / rows have no geometry or an empty one"),
            (
                self.promoted,
                "hình đơn đã thành đa hình theo tập dữ liệu / single geometries became multi-geometries, as the collection holds them",
            ),
            (
                self.unwrapped,
                "đa hình một phần đã thành hình đơn theo tập dữ liệu / multi-geometries of one part became single, as the collection holds them",
            ),
        ];
        said.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| both!("{count} {what}"; what)).collect()
    }
}

/// What a file's shapes must become.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub kind: GeometryKind,
    /// The format writes outer rings clockwise by its own rule, so turning them is no repair.
    pub clockwise_is_right: bool,
}

/// Makes a shape of what a file has; `None` for an empty geometry.
///
/// # Errors
/// A sentence for the row's fault, with the place where there is one.
pub fn shape(raw: RawGeometry, wanted: Wanted, repairs: &mut Repairs) -> Result<Option<Shape>, String> {
    if raw.is_empty() {
        repairs.emptied += 1;
        return Ok(None);
    }
    let too_many = || format!("có hơn {0} đỉnh / it has more than {0} vertices", limits::VERTICES);
    if raw.wkb_size() / 16 > limits::VERTICES * 2 {
        return Err(too_many());
    }
    let mut raw = raw;
    // SAFETY: a pure function of a number.
    let has_measures = unsafe { gdal_sys::OGR_GT_HasM(raw.full_type()) != 0 };
    if raw.has_arcs() {
        raw = raw.flattened(0.0)?;
        repairs.flattened += 1;
    }
    if raw.kind().is_none() {
        return Err("đây là mặt trong không gian (TIN hoặc multipatch), sổ không chứa loại này / it is a surface in space (TIN or multipatch), which registers do not hold".to_owned());
    }
    repairs.unmeasured += u64::from(has_measures);
    let polygons = matches!(wanted.kind, GeometryKind::Polygon | GeometryKind::MultiPolygon);
    if polygons && raw.kind() == Some(GeometryKind::LineString) && is_closed_line(&raw) {
        raw = raw.into_polygon()?;
        repairs.areas += 1;
    }
    let open_size = raw.wkb_size();
    // SAFETY: the handle is live.
    unsafe { gdal_sys::OGR_G_CloseRings(raw.0) };
    repairs.closed += u64::from(raw.wkb_size() != open_size);
    let read = wkb::read_wkb(&raw.wkb()?);
    // It is not empty, so a point without coordinates is one whose coordinates are NaN.
    let Some(mut shape) = read.map_err(|error| wkb_fault(&error))? else {
        return Err(wkb_fault(&WkbError::NotFinite(1)));
    };
    if shape.geometry.coords_count() > limits::VERTICES {
        return Err(too_many());
    }
    if raw.kind() != Some(GeometryKind::Point)
        && let Some(fault) = raw.fault()
    {
        return Err(both!("hình không hợp lệ: {fault}", "it is not valid: {fault}"; fault));
    }
    let turned = orient(&mut shape);
    repairs.oriented += u64::from(turned && !wanted.clockwise_is_right);
    fit(shape, wanted.kind, repairs).map(Some)
}

/// A shape as it is drawn, neither judged nor turned, with a chord every tenth of a degree in place of arcs, and whether it had
/// arcs. `None` for what is empty or a surface in space.
///
/// # Errors
/// A sentence where its coordinates are no numbers, or too many.
pub fn drawn(mut raw: RawGeometry) -> Result<Option<(Shape, bool)>, String> {
    if raw.is_empty() {
        return Ok(None);
    }
    if raw.wkb_size() / 16 > limits::VERTICES * 2 {
        return Err(format!("một hình có hơn {0} đỉnh / a geometry has more than {0} vertices", limits::VERTICES));
    }
    let has_arcs = raw.has_arcs();
    if has_arcs {
        raw = raw.flattened(0.1)?;
    }
    if raw.kind().is_none() {
        return Ok(None);
    }
    let shape = wkb::read_wkb(&raw.wkb()?).map_err(|error| wkb_fault(&error))?;
    Ok(shape.map(|shape| (shape, has_arcs)))
}

fn wkb_fault(error: &WkbError) -> String {
    match error {
        WkbError::NotFinite(at) => {
            format!("tọa độ thứ {at} không phải số hữu hạn / coordinate {at} is not a finite number")
        }
        other => other.to_string(),
    }
}

fn is_closed_line(raw: &RawGeometry) -> bool {
    // SAFETY: the handle is live and a line string.
    unsafe {
        let last = gdal_sys::OGR_G_GetPointCount(raw.0) - 1;
        let at = |index| (gdal_sys::OGR_G_GetX(raw.0, index), gdal_sys::OGR_G_GetY(raw.0, index));
        last >= 3 && at(0) == at(last)
    }
}

/// Puts a shape into the kind that a collection holds.
fn fit(shape: Shape, kind: GeometryKind, repairs: &mut Repairs) -> Result<Shape, String> {
    let before = GeometryKind::of(&shape.geometry);
    let shape = shape.fitted(kind);
    let after = GeometryKind::of(&shape.geometry);
    if !kind.accepts(after) {
        let parts = match &shape.geometry {
            Geometry::MultiPolygon(multi) => multi.0.len(),
            Geometry::MultiLineString(multi) => multi.0.len(),
            Geometry::MultiPoint(multi) => multi.0.len(),
            _ => 1,
        };
        let (after, kind) = (after.name(), kind.name());
        return Err(if parts > 1 {
            format!(
                "hình là {after} gồm {parts} phần, còn tập dữ liệu chứa {kind} / it is a {after} of {parts} parts, and the collection holds {kind}"
            )
        } else {
            format!("hình là {after}, còn tập dữ liệu chứa {kind} / it is a {after}, and the collection holds {kind}")
        });
    }
    if after != before {
        // A collection of single geometries accepts no multi-geometry, so what changed there was unwrapped.
        let is_single = matches!(kind, GeometryKind::Polygon | GeometryKind::LineString | GeometryKind::Point);
        if is_single { repairs.unwrapped += 1 } else { repairs.promoted += 1 }
    }
    Ok(shape)
}

/// Turns outer rings counter-clockwise and inner ones clockwise, heights with them; whether anything turned.
fn orient(shape: &mut Shape) -> bool {
    let mut heights = shape.z.as_deref_mut();
    let mut at = 0;
    orient_parts(&mut shape.geometry, &mut heights, &mut at)
}

fn orient_parts(geometry: &mut Geometry<f64>, heights: &mut Option<&mut [f64]>, at: &mut usize) -> bool {
    match geometry {
        Geometry::Polygon(polygon) => orient_polygon(polygon, heights, at),
        Geometry::MultiPolygon(multi) => {
            multi.0.iter_mut().fold(false, |turned, polygon| orient_polygon(polygon, heights, at) | turned)
        }
        Geometry::GeometryCollection(parts) => {
            parts.0.iter_mut().fold(false, |turned, part| orient_parts(part, heights, at) | turned)
        }
        other => {
            *at += other.coords_count();
            false
        }
    }
}

fn orient_polygon(polygon: &mut Polygon<f64>, heights: &mut Option<&mut [f64]>, at: &mut usize) -> bool {
    use geo::Winding;
    let mut turned = false;
    let mut turn = |ring: &mut LineString<f64>, is_outer: bool| {
        let end = *at + ring.0.len();
        let is_wrong = if is_outer { ring.is_cw() } else { ring.is_ccw() };
        if is_wrong {
            ring.0.reverse();
            if let Some(heights) = heights {
                heights[*at..end].reverse();
            }
            turned = true;
        }
        *at = end;
    };
    polygon.exterior_mut(|ring| turn(ring, true));
    polygon.interiors_mut(|rings| rings.iter_mut().for_each(|ring| turn(ring, false)));
    turned
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn made(wkt: &str, kind: GeometryKind) -> (Result<Option<Shape>, String>, Repairs) {
        let mut repairs = Repairs::default();
        let wanted = Wanted { kind, clockwise_is_right: false };
        (shape(RawGeometry::from_wkt(wkt).unwrap(), wanted, &mut repairs), repairs)
    }

    #[test]
    fn an_invalid_polygon_is_a_fault_with_its_place() {
        let (bow_tie, _) = made("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", GeometryKind::Polygon);
        assert_eq!(
            bow_tie.unwrap_err(),
            "hình không hợp lệ: Self-intersection at or near point 1 1 / it is not valid: Self-intersection at or near point 1 1"
        );
        let (hole, _) = made("POLYGON ((0 0, 9 0, 9 9, 0 0), (20 20, 21 20, 21 21, 20 20))", GeometryKind::Polygon);
        assert!(hole.unwrap_err().contains("20 20"));
        let (line, _) = made("LINESTRING (1 1, 1 1)", GeometryKind::LineString);
        assert!(line.is_err());
    }

    #[test]
    fn coordinates_that_are_no_numbers_are_faults() {
        for number in [f64::NAN, f64::INFINITY] {
            let line = gdal::vector::Geometry::from_wkt("LINESTRING (0 0, 1 1)").unwrap();
            // SAFETY: the clone of a live geometry, handed over.
            let raw = unsafe { RawGeometry::owned(gdal_sys::OGR_G_Clone(line.c_geometry())) }.unwrap();
            // SAFETY: the handle is live and has a point 1.
            unsafe { gdal_sys::OGR_G_SetPoint_2D(raw.0, 1, number, 1.0) };
            let wanted = Wanted { kind: GeometryKind::LineString, clockwise_is_right: false };
            assert!(shape(raw, wanted, &mut Repairs::default()).unwrap_err().contains("finite"));
        }
    }

    #[test]
    fn a_geometry_of_another_type_is_a_fault_and_a_closed_line_is_an_area() {
        let fault = made("LINESTRING (0 0, 1 1)", GeometryKind::Point).0.unwrap_err();
        assert_eq!(crate::text::en(&fault), "it is a LineString, and the collection holds Point");
        let parts = "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))";
        assert!(made(parts, GeometryKind::Polygon).0.unwrap_err().contains("2 parts"));
        let (area, repairs) = made("LINESTRING (0 0, 1 0, 1 1, 0 0)", GeometryKind::MultiPolygon);
        assert_eq!(GeometryKind::of(&area.unwrap().unwrap().geometry), GeometryKind::MultiPolygon);
        assert_eq!((repairs.areas, repairs.promoted), (1, 1));
        assert!(made("LINESTRING (0 0, 1 0, 1 1)", GeometryKind::Polygon).0.is_err());
    }

    #[test]
    fn text_that_is_no_geometry_is_refused() {
        for wkt in ["", "POINT", "POINT (1)", "POINT (1 2) x", "105.8 21.0"] {
            assert!(RawGeometry::from_wkt(wkt).is_err(), "{wkt}");
        }
    }

    #[test]
    fn empty_geometries_are_counted_and_become_nothing() {
        for wkt in ["POINT EMPTY", "POLYGON EMPTY", "MULTIPOLYGON EMPTY"] {
            let (nothing, repairs) = made(wkt, GeometryKind::Geometry);
            assert_eq!((nothing, repairs.emptied), (Ok(None), 1), "{wkt}");
        }
    }

    #[test]
    fn arcs_open_rings_measures_and_ring_direction_are_repaired_and_counted() {
        let (_, repairs) = made("CIRCULARSTRING (0 0, 1 1, 2 0)", GeometryKind::LineString);
        assert_eq!(repairs.flattened, 1);
        let (closed, repairs) = made("POLYGON ((0 0, 1 0, 1 1, 0 1))", GeometryKind::Polygon);
        assert_eq!((closed.unwrap().unwrap().geometry.coords_count(), repairs.closed), (5, 1));
        assert_eq!(made("POINT M (1 2 3)", GeometryKind::Point).1.unmeasured, 1);
        let (turned, repairs) = made("POLYGON Z ((0 0 1, 0 1 2, 1 1 3, 0 0 1))", GeometryKind::Polygon);
        let turned = turned.unwrap().unwrap();
        assert_eq!((turned.z, repairs.oriented), (Some(vec![1.0, 3.0, 2.0, 1.0]), 1));
        let second = turned.geometry.coords_iter().nth(1).unwrap();
        assert_eq!((second.x, second.y), (1.0, 1.0));
    }
}
