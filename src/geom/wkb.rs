//! Well-known binary and the GeoPackage geometry blob, read and written.
//!
//! Reads ISO WKB and EWKB-style flags, either byte order, with Z kept and M dropped. Every count is checked against the
//! bytes that are left before anything is allocated, so that a lying header costs nothing. Curves are not read here:
//! they come back as [`WkbError::Curve`] for the caller to flatten.

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::{Envelope, Shape};

/// Why a blob is no geometry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WkbError {
    /// The bytes end early or counts promise more than there is.
    #[error("hình bị cắt cụt ở byte {0} / the geometry is cut off at byte {0}")]
    Truncated(usize),
    /// Not a geometry at all.
    #[error("hình không phải WKB: {} / the geometry is not well-known binary: {}", crate::text::vi(.0), crate::text::en(.0))]
    Malformed(&'static str),
    /// A circular or compound curve; valid, but to be flattened first.
    #[error("hình có đường cong (kiểu WKB {0}) / the geometry has curves (WKB type {0})")]
    Curve(u32),
    /// Geometry collections inside each other beyond any use.
    #[error("hình lồng nhau quá {MAX_DEPTH} lớp / the geometry is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// A coordinate is NaN or infinite.
    #[error("tọa độ thứ {0} không phải số hữu hạn / coordinate {0} is not a finite number")]
    NotFinite(usize),
}

const MAX_DEPTH: usize = 16;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Heights of the coordinates that are kept, once one of them has any.
    z: Vec<f64>,
    has_z: bool,
    kept: usize,
    coords: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], WkbError> {
        let end = self.at.checked_add(N).ok_or(WkbError::Truncated(self.at))?;
        let slice = self.bytes.get(self.at..end).ok_or(WkbError::Truncated(self.at))?;
        self.at = end;
        slice.try_into().map_err(|_| WkbError::Truncated(self.at))
    }

    fn u32(&mut self, little: bool) -> Result<u32, WkbError> {
        let bytes = self.take::<4>()?;
        Ok(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn f64(&mut self, little: bool) -> Result<f64, WkbError> {
        let bytes = self.take::<8>()?;
        Ok(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    /// A count of things of at least `size` bytes each, refused when they cannot all be there.
    fn count(&mut self, little: bool, size: usize) -> Result<usize, WkbError> {
        let count = self.u32(little)? as usize;
        let left = self.bytes.len() - self.at;
        if count > left / size {
            return Err(WkbError::Truncated(self.at));
        }
        Ok(count)
    }

    fn coord(&mut self, header: Header) -> Result<Coord<f64>, WkbError> {
        let x = self.f64(header.little)?;
        let y = self.f64(header.little)?;
        if header.z {
            let z = self.f64(header.little)?;
            // Most geometries have no heights and need no room for them.
            if !self.has_z {
                self.z = vec![0.0; self.kept];
                self.has_z = true;
            }
            self.z.push(if z.is_finite() { z } else { 0.0 });
        } else if self.has_z {
            self.z.push(0.0);
        }
        self.kept += 1;
        if header.m {
            self.f64(header.little)?;
        }
        self.coords += 1;
        Ok(Coord { x, y })
    }

    fn finite(&self, coord: Coord<f64>) -> Result<Coord<f64>, WkbError> {
        if coord.x.is_finite() && coord.y.is_finite() { Ok(coord) } else { Err(WkbError::NotFinite(self.coords)) }
    }

    fn line(&mut self, header: Header) -> Result<LineString<f64>, WkbError> {
        let count = self.count(header.little, header.coord_size())?;
        let mut coords = Vec::with_capacity(count);
        // Nearly all lines are flat ones of this order, and worth a way of their own.
        if header.little && header.coord_size() == 16 && !self.has_z {
            let end = self.at + 16 * count;
            let bytes = self.bytes.get(self.at..end).ok_or(WkbError::Truncated(self.at))?;
            for pair in bytes.as_chunks::<8>().0.as_chunks::<2>().0 {
                let [x, y] = pair.map(f64::from_le_bytes);
                self.coords += 1;
                coords.push(self.finite(Coord { x, y })?);
            }
            (self.at, self.kept) = (end, self.kept + count);
            return Ok(LineString(coords));
        }
        for _ in 0..count {
            let coord = self.coord(header)?;
            coords.push(self.finite(coord)?);
        }
        Ok(LineString(coords))
    }

    fn polygon(&mut self, header: Header) -> Result<Polygon<f64>, WkbError> {
        let count = self.count(header.little, 4)?;
        let mut rings = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            rings.push(self.line(header)?);
        }
        // `Polygon::new` would close an open ring and so shift the heights: `exterior`/`interiors` are kept as read,
        // because the blob of a valid store has closed rings and import has checked it.
        let mut rings = rings.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(vec![]));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn header(&mut self) -> Result<Header, WkbError> {
        let little = match self.take::<1>()?[0] {
            0 => false,
            1 => true,
            _ => {
                return Err(WkbError::Malformed(
                    "dấu thứ tự byte không phải 0 hay 1 / byte order mark is neither 0 nor 1",
                ));
            }
        };
        let raw = self.u32(little)?;
        // EWKB puts dimensions in the high bits, ISO adds thousands.
        let (mut z, mut m) = (raw & 0x8000_0000 != 0, raw & 0x4000_0000 != 0);
        if raw & 0x2000_0000 != 0 {
            self.u32(little)?;
        }
        let code = raw & 0x0fff_ffff;
        match code / 1000 {
            0 => {}
            1 => z = true,
            2 => m = true,
            3 => (z, m) = (true, true),
            _ => return Err(WkbError::Malformed("kiểu hình không rõ / unknown geometry type")),
        }
        Ok(Header { little, z, m, kind: code % 1000 })
    }

    fn geometry(&mut self, depth: usize) -> Result<Option<Geometry<f64>>, WkbError> {
        if depth > MAX_DEPTH {
            return Err(WkbError::TooDeep);
        }
        let header = self.header()?;
        Ok(Some(match header.kind {
            1 => {
                let coord = self.coord(header)?;
                if coord.x.is_nan() && coord.y.is_nan() {
                    self.z.pop();
                    self.kept -= 1;
                    return Ok(None);
                }
                Point(self.finite(coord)?).into()
            }
            2 => self.line(header)?.into(),
            3 | 17 => self.polygon(header)?.into(),
            4..=7 | 15 | 16 => {
                let count = self.count(header.little, 5)?;
                let mut parts = Vec::with_capacity(count.min(4096));
                for _ in 0..count {
                    parts.extend(self.geometry(depth + 1)?);
                }
                collect(header.kind, parts)?
            }
            8..=14 => return Err(WkbError::Curve(header.kind)),
            _ => return Err(WkbError::Malformed("kiểu hình không rõ / unknown geometry type")),
        }))
    }
}

#[derive(Clone, Copy)]
struct Header {
    little: bool,
    z: bool,
    m: bool,
    kind: u32,
}

impl Header {
    fn coord_size(self) -> usize {
        8 * (2 + usize::from(self.z) + usize::from(self.m))
    }
}

fn collect(kind: u32, parts: Vec<Geometry<f64>>) -> Result<Geometry<f64>, WkbError> {
    const MIXED: WkbError =
        WkbError::Malformed("đa hình có phần thuộc kiểu khác / a multi-geometry holds a part of another type");
    fn all<T: TryFrom<Geometry<f64>>>(parts: Vec<Geometry<f64>>) -> Result<Vec<T>, WkbError> {
        parts.into_iter().map(|part| T::try_from(part).map_err(|_| MIXED)).collect()
    }
    Ok(match kind {
        4 => MultiPoint(all(parts)?).into(),
        5 => MultiLineString(all(parts)?).into(),
        6 | 15 | 16 => MultiPolygon(all(parts)?).into(),
        _ => Geometry::GeometryCollection(GeometryCollection(parts)),
    })
}

/// Reads a WKB geometry; `None` for an empty point, which WKB writes as NaN.
pub fn read_wkb(bytes: &[u8]) -> Result<Option<Shape>, WkbError> {
    let mut reader = Reader { bytes, at: 0, z: Vec::new(), has_z: false, kept: 0, coords: 0 };
    let geometry = reader.geometry(0)?;
    let z = reader.has_z.then_some(reader.z);
    Ok(geometry.map(|geometry| Shape { geometry, z }))
}

/// The parts of a GeoPackage geometry blob (GeoPackage 1.3, clause 2.1.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpkgBlob<'a> {
    pub srs_id: i32,
    /// The empty flag of the header.
    pub empty: bool,
    /// The envelope of the header, if it carries one.
    pub envelope: Option<[f64; 4]>,
    pub wkb: &'a [u8],
}

/// Splits a GeoPackage blob into header and WKB.
pub fn read_gpkg_blob(blob: &[u8]) -> Result<GpkgBlob<'_>, WkbError> {
    if blob.get(..2) != Some(b"GP") {
        return Err(WkbError::Malformed("thiếu phần đầu 'GP' của GeoPackage / the GeoPackage header 'GP' is missing"));
    }
    let flags = *blob.get(3).ok_or(WkbError::Truncated(3))?;
    if flags & 0b0010_0000 != 0 {
        return Err(WkbError::Malformed(
            "không hỗ trợ kiểu hình mở rộng của GeoPackage / an extended GeoPackage geometry type is not supported",
        ));
    }
    let little = flags & 1 == 1;
    let doubles = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 4,
        2 | 3 => 6,
        4 => 8,
        _ => {
            return Err(WkbError::Malformed(
                "mã khung bao của GeoPackage không hợp lệ / the GeoPackage envelope code is invalid",
            ));
        }
    };
    let mut reader = Reader { bytes: blob, at: 4, z: Vec::new(), has_z: false, kept: 0, coords: 0 };
    let srs_id = reader.u32(little)? as i32;
    let mut numbers = [0.0; 8];
    for number in numbers.iter_mut().take(doubles) {
        *number = reader.f64(little)?;
    }
    // The header orders the envelope minx, maxx, miny, maxy.
    let envelope = (doubles >= 4).then_some([numbers[0], numbers[2], numbers[1], numbers[3]]);
    Ok(GpkgBlob { srs_id, empty: flags & 0b0001_0000 != 0, envelope, wkb: &blob[reader.at..] })
}

/// Writes a shape as a little-endian GeoPackage blob with an XY envelope.
pub fn write_gpkg_blob(shape: &Shape, srs_id: i32) -> Vec<u8> {
    let envelope = Envelope::of(&shape.geometry);
    let mut out = Vec::with_capacity(64 + 24 * shape.z.as_ref().map_or(16, Vec::len));
    out.extend_from_slice(b"GP\0");
    out.push(match envelope {
        Some(_) => 0b0000_0011,
        None => 0b0001_0001,
    });
    out.extend_from_slice(&srs_id.to_le_bytes());
    if let Some(e) = envelope {
        for number in [e.min_x, e.max_x, e.min_y, e.max_y] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
    write_wkb(shape, &mut out);
    out
}

/// Appends a shape as little-endian ISO WKB.
pub fn write_wkb(shape: &Shape, out: &mut Vec<u8>) {
    let mut writer = Writer { out, z: shape.z.as_deref(), at: 0 };
    writer.geometry(&shape.geometry);
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    z: Option<&'a [f64]>,
    at: usize,
}

impl Writer<'_> {
    fn header(&mut self, kind: u32) {
        self.out.push(1);
        let kind = if self.z.is_some() { kind + 1000 } else { kind };
        self.out.extend_from_slice(&kind.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        // A geometry of more than 2^32 parts cannot have been read into memory.
        self.out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn coord(&mut self, coord: Coord<f64>) {
        self.out.extend_from_slice(&coord.x.to_le_bytes());
        self.out.extend_from_slice(&coord.y.to_le_bytes());
        if let Some(z) = self.z {
            self.out.extend_from_slice(&z.get(self.at).copied().unwrap_or(0.0).to_le_bytes());
        }
        self.at += 1;
    }

    fn coords(&mut self, line: &LineString<f64>) {
        self.count(line.0.len());
        for coord in &line.0 {
            self.coord(*coord);
        }
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        self.header(3);
        if polygon.exterior().0.is_empty() {
            self.count(0);
            return;
        }
        self.count(1 + polygon.interiors().len());
        self.coords(polygon.exterior());
        for ring in polygon.interiors() {
            self.coords(ring);
        }
    }

    fn geometry(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => {
                self.header(1);
                self.coord(point.0);
            }
            Geometry::Line(line) => self.geometry(&LineString(vec![line.start, line.end]).into()),
            Geometry::LineString(line) => {
                self.header(2);
                self.coords(line);
            }
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::MultiPoint(points) => {
                self.header(4);
                self.count(points.0.len());
                for point in &points.0 {
                    self.header(1);
                    self.coord(point.0);
                }
            }
            Geometry::MultiLineString(lines) => {
                self.header(5);
                self.count(lines.0.len());
                for line in &lines.0 {
                    self.header(2);
                    self.coords(line);
                }
            }
            Geometry::MultiPolygon(polygons) => {
                self.header(6);
                self.count(polygons.0.len());
                for polygon in &polygons.0 {
                    self.polygon(polygon);
                }
            }
            Geometry::GeometryCollection(parts) => {
                self.header(7);
                self.count(parts.0.len());
                for part in &parts.0 {
                    self.geometry(part);
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// POINT (1 2) little-endian, written by hand after ISO 13249-3.
    const POINT: [u8; 21] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40];

    #[test]
    fn a_blob_cut_at_any_byte_is_an_error_and_not_a_panic() {
        let polygon = Polygon::new(LineString::from(vec![(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 0.0)]), vec![]);
        let blob = write_gpkg_blob(&Shape::flat(polygon), 4326);
        for end in 0..blob.len() {
            let outcome = read_gpkg_blob(&blob[..end]).and_then(|parts| read_wkb(parts.wkb));
            assert!(outcome.is_err(), "{end} bytes were read as a geometry");
        }
    }

    #[test]
    fn a_count_of_a_thousand_million_vertices_is_refused_before_memory_is_taken() {
        let mut bytes = vec![1, 2, 0, 0, 0];
        bytes.extend_from_slice(&1_000_000_000u32.to_le_bytes());
        assert_eq!(read_wkb(&bytes), Err(WkbError::Truncated(9)));
    }

    #[test]
    fn infinite_coordinates_are_refused() {
        let mut bytes = POINT;
        bytes[5..13].copy_from_slice(&f64::INFINITY.to_le_bytes());
        assert_eq!(read_wkb(&bytes), Err(WkbError::NotFinite(1)));
    }

    #[test]
    fn an_empty_point_is_none() {
        let mut bytes = POINT;
        bytes[5..13].copy_from_slice(&f64::NAN.to_le_bytes());
        bytes[13..21].copy_from_slice(&f64::NAN.to_le_bytes());
        assert_eq!(read_wkb(&bytes), Ok(None));
    }

    #[test]
    fn a_hand_written_point_reads_as_written() {
        assert_eq!(read_wkb(&POINT).unwrap().unwrap(), Shape::flat(Point::new(1.0, 2.0)));
    }

    #[test]
    fn parts_without_height_lie_at_zero_beside_one_that_has_one() {
        let mut bytes = vec![1, 7, 0, 0, 0, 4, 0, 0, 0];
        bytes.extend_from_slice(&POINT);
        // An empty point of a collection is none of its coordinates.
        bytes.extend_from_slice(&POINT[..5]);
        bytes.extend_from_slice(&[f64::NAN.to_le_bytes(), f64::NAN.to_le_bytes()].concat());
        // POINT Z: 1001 is 0x3e9.
        bytes.extend_from_slice(&[1, 0xe9, 3, 0, 0]);
        bytes.extend_from_slice(&POINT[5..]);
        bytes.extend_from_slice(&5f64.to_le_bytes());
        bytes.extend_from_slice(&POINT);
        assert_eq!(read_wkb(&bytes).unwrap().unwrap().z, Some(vec![0.0, 5.0, 0.0]));
    }

    #[test]
    fn collections_nested_without_end_are_refused() {
        let mut bytes = Vec::new();
        for _ in 0..1000 {
            bytes.extend_from_slice(&[1, 7, 0, 0, 0, 1, 0, 0, 0]);
        }
        bytes.extend_from_slice(&POINT);
        assert_eq!(read_wkb(&bytes), Err(WkbError::TooDeep));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_wkb(&bytes);
            let _ = read_gpkg_blob(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back_to_the_last_bit(
            rings in proptest::collection::vec(proptest::collection::vec((-1e7f64..1e7, -1e7f64..1e7, -100f64..100.0), 3..9), 1..4)
        ) {
            let mut z = Vec::new();
            let lines: Vec<LineString<f64>> = rings.iter().map(|ring| {
                let mut ring = ring.clone();
                ring.push(ring[0]);
                z.extend(ring.iter().map(|c| c.2));
                LineString::from(ring.iter().map(|c| (c.0, c.1)).collect::<Vec<_>>())
            }).collect();
            let polygon = Polygon::new(lines[0].clone(), lines[1..].to_vec());
            let shape = Shape { geometry: MultiPolygon(vec![polygon]).into(), z: Some(z) };
            let blob = write_gpkg_blob(&shape, 5897);
            let parts = read_gpkg_blob(&blob).unwrap();
            prop_assert_eq!(parts.srs_id, 5897);
            prop_assert_eq!(read_wkb(parts.wkb).unwrap().unwrap(), shape);
        }
    }
}
