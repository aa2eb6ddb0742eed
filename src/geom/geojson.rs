//! GeoJSON text written straight into a buffer: the hot path of publishing.
//!
//! Rings are written counter-clockwise outside and clockwise inside (RFC 7946, 3.1.6), whichever way they are stored.
//! Reading GeoJSON is the `geojson` crate's and GDAL's work.

use std::io::Write;

use geo::{Coord, Geometry, LineString, Polygon};

use super::Shape;

/// Decimals of longitude and latitude on the wire: 1e-9 degree is 0.1 mm, ten times finer than a 1/500 survey.
pub const LONLAT_DECIMALS: u32 = 9;

/// Decimals of heights and of metric coordinates: a tenth of a millimetre.
pub const METRE_DECIMALS: u32 = 4;

/// How coordinates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Digits after the point, trailing zeros left out; `None` writes every digit that there is.
    pub decimals: Option<u32>,
    /// Whether y comes first, as some authorities define their systems.
    pub latitude_first: bool,
}

impl Form {
    /// Digits of heights after the point.
    pub fn height_decimals(&self) -> Option<u32> {
        self.decimals.map(|_| METRE_DECIMALS)
    }
}

/// Appends the GeoJSON geometry of `shape` with so many digits after the point, trailing zeros left out; with `None`, with
/// every digit that there is.
pub fn write_geometry(out: &mut Vec<u8>, shape: &Shape, decimals: Option<u32>) {
    let form = Form { decimals, latitude_first: false };
    write_place(out, &shape.geometry, shape.z.as_deref(), form);
}

/// Appends the GeoJSON of a geometry; `z` are heights in metres, one per coordinate.
pub fn write_place(out: &mut Vec<u8>, geometry: &Geometry<f64>, z: Option<&[f64]>, form: Form) {
    let mut writer = Writer { out, z, at: 0, form };
    writer.geometry(geometry);
}

/// The number as a whole count of units of the last of `decimals` digits. Beyond 2^53 that count is no longer exact: such
/// a number has no digits left to cut.
fn counted(value: f64, decimals: u32) -> Option<i64> {
    let scaled = (value * 10f64.powi(decimals as i32)).round();
    (-9.0e15..=9.0e15).contains(&scaled).then_some(scaled as i64)
}

/// The number that [`write_number`] writes; with `None`, the number itself.
pub fn rounded(value: f64, decimals: Option<u32>) -> f64 {
    let count = decimals.and_then(|decimals| Some((counted(value, decimals)?, decimals)));
    count.map_or(value, |(count, decimals)| count as f64 / 10f64.powi(decimals as i32))
}

/// Appends a number with every digit that reading it back needs, and never as `-0`.
fn write_exact(out: &mut Vec<u8>, value: f64) {
    out.extend_from_slice(ryu::Buffer::new().format(value + 0.0).trim_end_matches(".0").as_bytes());
}

/// Appends a number rounded to `decimals` digits, without trailing zeros and never as `-0`.
pub fn write_number(out: &mut Vec<u8>, value: f64, decimals: u32) {
    let Some(mut integer) = counted(value, decimals) else { return write_exact(out, value) };
    if integer < 0 {
        out.push(b'-');
        integer = -integer;
    }
    let unit = 10i64.pow(decimals);
    let mut buffer = itoa::Buffer::new();
    out.extend_from_slice(buffer.format(integer / unit).as_bytes());
    let mut fraction = integer % unit;
    if fraction == 0 {
        return;
    }
    let mut digits = decimals as usize;
    while fraction % 10 == 0 {
        fraction /= 10;
        digits -= 1;
    }
    let start = out.len();
    out.resize(start + 1 + digits, b'0');
    out[start] = b'.';
    let text = buffer.format(fraction).as_bytes();
    let end = out.len();
    out[end - text.len()..].copy_from_slice(text);
}

/// Twice the signed area of a ring; positive when counter-clockwise.
fn doubled_area(ring: &LineString<f64>) -> f64 {
    let Some(origin) = ring.0.first() else { return 0.0 };
    ring.0
        .windows(2)
        .map(|pair| (pair[0].x - origin.x) * (pair[1].y - origin.y) - (pair[1].x - origin.x) * (pair[0].y - origin.y))
        .sum()
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    z: Option<&'a [f64]>,
    at: usize,
    form: Form,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, value: f64, decimals: Option<u32>) {
        match decimals {
            Some(decimals) => write_number(self.out, value, decimals),
            None => write_exact(self.out, value),
        }
    }

    fn coord(&mut self, coord: Coord<f64>, index: usize) {
        let (first, second) = if self.form.latitude_first { (coord.y, coord.x) } else { (coord.x, coord.y) };
        self.out.push(b'[');
        self.number(first, self.form.decimals);
        self.out.push(b',');
        self.number(second, self.form.decimals);
        if let Some(z) = self.z.and_then(|z| z.get(index)) {
            self.out.push(b',');
            self.number(*z, self.form.height_decimals());
        }
        self.out.push(b']');
    }

    fn line(&mut self, line: &LineString<f64>, reversed: bool) {
        let count = line.0.len();
        self.out.push(b'[');
        for step in 0..count {
            let index = if reversed { count - 1 - step } else { step };
            if step > 0 {
                self.out.push(b',');
            }
            self.coord(line.0[index], self.at + index);
        }
        self.out.push(b']');
        self.at += count;
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        self.out.push(b'[');
        if !polygon.exterior().0.is_empty() {
            self.line(polygon.exterior(), doubled_area(polygon.exterior()) < 0.0);
        }
        for ring in polygon.interiors() {
            self.out.push(b',');
            self.line(ring, doubled_area(ring) > 0.0);
        }
        self.out.push(b']');
    }

    fn list<T>(&mut self, parts: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.out.push(b'[');
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            each(self, part);
        }
        self.out.push(b']');
    }

    fn geometry(&mut self, geometry: &Geometry<f64>) {
        let kind = super::GeometryKind::of(geometry).name();
        let member = if matches!(geometry, Geometry::GeometryCollection(_)) { "geometries" } else { "coordinates" };
        self.text("{\"type\":\"");
        self.text(kind);
        self.text("\",\"");
        self.text(member);
        self.text("\":");
        match geometry {
            Geometry::Point(point) => {
                self.coord(point.0, self.at);
                self.at += 1;
            }
            Geometry::Line(line) => self.line(&LineString(vec![line.start, line.end]), false),
            Geometry::LineString(line) => self.line(line, false),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::MultiPoint(points) => self.list(&points.0, |writer, point| {
                writer.coord(point.0, writer.at);
                writer.at += 1;
            }),
            Geometry::MultiLineString(lines) => self.list(&lines.0, |writer, line| writer.line(line, false)),
            Geometry::MultiPolygon(polygons) => self.list(&polygons.0, |writer, polygon| writer.polygon(polygon)),
            Geometry::GeometryCollection(parts) => self.list(&parts.0, |writer, part| writer.geometry(part)),
        }
        self.out.push(b'}');
    }
}

/// Appends a JSON string. `"` and `\` are written `\u0022` and `\u005c`: QGIS up to 3.44 mangles the short escapes and
/// writes the damage back on the next save (qgis/QGIS #66700).
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let escape: Option<&[u8]> = match byte {
            b'"' => Some(b"\\u0022"),
            b'\\' => Some(b"\\u005c"),
            b'\n' => Some(b"\\n"),
            b'\r' => Some(b"\\r"),
            b'\t' => Some(b"\\t"),
            0..=0x1f => None,
            _ => continue,
        };
        out.extend_from_slice(&bytes[start..index]);
        match escape {
            Some(escape) => out.extend_from_slice(escape),
            // Writing into a `Vec` cannot fail.
            None => drop(write!(out, "\\u{:04x}", byte)),
        }
        start = index + 1;
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use geo::{LineString, Point};
    use proptest::prelude::*;

    fn number(value: f64, decimals: u32) -> String {
        let mut out = Vec::new();
        write_number(&mut out, value, decimals);
        String::from_utf8(out).unwrap()
    }

    fn json(shape: &Shape) -> String {
        let mut out = Vec::new();
        write_geometry(&mut out, shape, Some(LONLAT_DECIMALS));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_rounded_and_trimmed() {
        assert_eq!(number(105.8542, 9), "105.8542");
        assert_eq!(number(-0.000_000_000_4, 9), "0");
        assert_eq!(number(0.05, 9), "0.05");
        assert_eq!(number(-12.000_000_1, 4), "-12");
        assert_eq!(number(2_326_345.311_65, 4), "2326345.3117");
        assert_eq!(number(1e300, 9), "1e300");
        // 15 digits of degrees are more than a number has: nothing is cut and nothing moves.
        assert_eq!(number(105.804_123_456_789_01, 15), "105.80412345678901");
    }

    #[test]
    fn a_clockwise_ring_is_turned_and_its_heights_turn_with_it() {
        let ring = LineString::from(vec![(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)]);
        let shape = Shape { geometry: Polygon::new(ring, vec![]).into(), z: Some(vec![1.0, 2.0, 3.0, 1.0]) };
        assert_eq!(json(&shape), r#"{"type":"Polygon","coordinates":[[[0,0,1],[1,1,3],[0,1,2],[0,0,1]]]}"#);
    }

    #[test]
    fn the_axes_can_be_swapped_and_every_digit_kept() {
        let place = Geometry::from(Point::new(588_591.944_012_345_6, 2_326_345.0));
        let mut out = Vec::new();
        write_place(&mut out, &place, Some(&[7.25]), Form { decimals: None, latitude_first: true });
        let wanted = r#"{"type":"Point","coordinates":[2326345,588591.9440123456,7.25]}"#;
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn quotes_and_backslashes_are_written_in_the_form_that_qgis_reads_right() {
        let mut out = Vec::new();
        write_string(&mut out, "Cụm \"A\" \\ \u{1}\n");
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\"Cụm \\u0022A\\u0022 \\u005c \\u0001\\n\"");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), "Cụm \"A\" \\ \u{1}\n");
    }

    #[test]
    fn a_collection_holds_geometries() {
        let shape =
            Shape::flat(Geometry::GeometryCollection(geo::GeometryCollection(vec![Point::new(1.5, 2.0).into()])));
        let wanted = r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1.5,2]}]}"#;
        assert_eq!(json(&shape), wanted);
    }

    proptest! {
        #[test]
        fn any_string_survives_the_way_through_json(text in ".*") {
            let mut out = Vec::new();
            write_string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn any_coordinate_written_with_every_digit_reads_back_to_the_last_bit(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            let mut out = Vec::new();
            write_exact(&mut out, value);
            let read: f64 = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read, value);
            prop_assert_eq!(rounded(value, None), value);
        }

        #[test]
        fn a_rounded_number_is_the_one_that_is_written(value in -1e7f64..1e7, decimals in 0u32..=15) {
            let read: f64 = number(value, decimals).parse().unwrap();
            prop_assert_eq!(read, rounded(value, Some(decimals)));
        }

        #[test]
        fn any_coordinate_is_within_half_a_unit_of_what_was_written(value in -180f64..180.0) {
            let read: f64 = number(value, 9).parse().unwrap();
            prop_assert!((read - value).abs() <= 0.500_001e-9);
        }
    }
}
