//! Values that both encodings write down: geometries from lists of coordinates, dates, timestamps.

use chrono::{DateTime, NaiveDate};
use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use crate::domain::Value;
use crate::geom::{GeometryKind, Shape};

/// The beginning of what a client wrote, for messages.
pub fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A date (`2024-01-31`).
///
/// # Errors
/// The sentence why it is none.
pub fn date(text: &str) -> Result<Value, String> {
    let digits = |part: Option<&str>| part.is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let shaped = text.len() == 10 && digits(text.get(..4)) && digits(text.get(5..7)) && digits(text.get(8..));
    let parsed = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| shaped);
    parsed.map(Value::Date).ok_or_else(|| {
        format!("'{0}' không phải ngày như 2024-01-31 / '{0}' is no date such as 2024-01-31", shortened(text))
    })
}

/// A timestamp with its zone (`2024-01-31T12:00:00Z`).
///
/// # Errors
/// The sentence why it is none.
pub fn timestamp(text: &str) -> Result<Value, String> {
    DateTime::parse_from_rfc3339(text).map(|at| Value::DateTime(at.to_utc())).map_err(|_| {
        format!(
            "'{0}' không phải thời điểm như 2024-01-31T12:00:00Z / '{0}' is no timestamp such as 2024-01-31T12:00:00Z",
            shortened(text)
        )
    })
}

/// A date or a timestamp.
///
/// # Errors
/// The sentence why it is neither.
pub fn instant(text: &str) -> Result<Value, String> {
    date(text).or_else(|_| timestamp(text)).map_err(|_| {
        format!("'{0}' không phải ngày (2024-01-31) hay thời điểm (2024-01-31T12:00:00Z) / '{0}' is neither a date (2024-01-31) nor a timestamp (2024-01-31T12:00:00Z)", shortened(text))
    })
}

/// One coordinate: two numbers, or three with the height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vertex {
    pub x: f64,
    pub y: f64,
    pub z: Option<f64>,
}

/// Coordinates in the nesting that their geometry has.
#[derive(Debug)]
pub enum Coordinates {
    One(Vertex),
    Line(Vec<Vertex>),
    Lines(Vec<Vec<Vertex>>),
    Polygons(Vec<Vec<Vec<Vertex>>>),
}

fn coord(vertex: &Vertex) -> Coord<f64> {
    Coord { x: vertex.x, y: vertex.y }
}

fn line(vertices: &[Vertex]) -> Result<LineString<f64>, String> {
    if vertices.len() < 2 {
        return Err("đường cần ít nhất 2 điểm / a line needs at least 2 points".to_owned());
    }
    Ok(vertices.iter().map(coord).collect())
}

fn polygon(rings: &[Vec<Vertex>]) -> Result<Polygon<f64>, String> {
    let mut closed = Vec::with_capacity(rings.len());
    for ring in rings {
        if ring.len() < 4 {
            return Err("vòng cần ít nhất 4 điểm / a ring needs at least 4 points".to_owned());
        }
        if ring.first().map(coord) != ring.last().map(coord) {
            return Err("có vòng không khép kín / a ring does not end where it starts".to_owned());
        }
        closed.push(ring.iter().map(coord).collect::<LineString<f64>>());
    }
    let mut rings = closed.into_iter();
    let exterior = rings.next().ok_or("vùng cần có một vòng / a polygon needs a ring")?;
    Ok(Polygon::new(exterior, rings.collect()))
}

/// Heights of all vertices, or of none.
fn heights<'a>(vertices: impl Iterator<Item = &'a Vertex>) -> Result<Option<Vec<f64>>, String> {
    let z: Vec<Option<f64>> = vertices.map(|vertex| vertex.z).collect();
    if z.iter().all(Option::is_none) {
        return Ok(None);
    }
    let all: Option<Vec<f64>> = z.into_iter().collect();
    all.map(Some)
        .ok_or_else(|| "có điểm có độ cao, có điểm không / some points have a height and others have none".to_owned())
}

/// The geometry of a kind from its coordinates.
///
/// # Errors
/// The sentence why they make none.
pub fn shape(kind: GeometryKind, coordinates: &Coordinates) -> Result<Shape, String> {
    use {Coordinates as C, GeometryKind as K};
    let some = |count: usize| {
        if count == 0 {
            Err("hình cần ít nhất một điểm / a geometry needs at least one point".to_owned())
        } else {
            Ok(())
        }
    };
    let geometry: Geometry<f64> = match (kind, coordinates) {
        (K::Point, C::One(vertex)) => Point(coord(vertex)).into(),
        (K::MultiPoint, C::Line(points)) => {
            some(points.len())?;
            MultiPoint(points.iter().map(|vertex| Point(coord(vertex))).collect()).into()
        }
        (K::LineString, C::Line(vertices)) => line(vertices)?.into(),
        (K::MultiLineString, C::Lines(lines)) => {
            some(lines.len())?;
            MultiLineString(lines.iter().map(|vertices| line(vertices)).collect::<Result<_, _>>()?).into()
        }
        (K::Polygon, C::Lines(rings)) => polygon(rings)?.into(),
        (K::MultiPolygon, C::Polygons(polygons)) => {
            some(polygons.len())?;
            MultiPolygon(polygons.iter().map(|rings| polygon(rings)).collect::<Result<_, _>>()?).into()
        }
        _ => return Err(format!("đây không phải tọa độ của {0} / these are no coordinates of a {0}", kind.name())),
    };
    let z = match coordinates {
        C::One(vertex) => heights(std::iter::once(vertex))?,
        C::Line(vertices) => heights(vertices.iter())?,
        C::Lines(lines) => heights(lines.iter().flatten())?,
        C::Polygons(polygons) => heights(polygons.iter().flatten().flatten())?,
    };
    Ok(Shape { geometry, z })
}

/// Several geometries as one.
///
/// # Errors
/// The sentence why they make none.
pub fn collection(parts: Vec<Shape>) -> Result<Shape, String> {
    if parts.is_empty() {
        return Err("hình cần ít nhất một điểm / a geometry needs at least one point".to_owned());
    }
    let flat = parts.iter().filter(|part| part.z.is_none()).count();
    if flat != 0 && flat != parts.len() {
        return Err("có điểm có độ cao, có điểm không / some points have a height and others have none".to_owned());
    }
    let z = (flat == 0).then(|| parts.iter().flat_map(|part| part.z.iter().flatten().copied()).collect());
    let geometries = parts.into_iter().map(|part| part.geometry).collect();
    Ok(Shape { geometry: Geometry::GeometryCollection(GeometryCollection(geometries)), z })
}

/// Checks how many numbers a box has, and its heights if there are six. The rest depends on the order of axes.
///
/// # Errors
/// The sentence why they make none.
pub fn check_bbox(numbers: &[f64]) -> Result<(), String> {
    match *numbers {
        [_, _, _, _] => Ok(()),
        [_, _, low, _, _, high] if low <= high => Ok(()),
        [_, _, low, _, _, high] => Err(format!(
            "độ cao dưới {low} lớn hơn độ cao trên {high} / the lower height {low} lies above the upper height {high}"
        )),
        _ => Err(format!(
            "khung có 4 số, hoặc 6 số nếu có độ cao, không phải {0} / a box has 4 numbers, or 6 with heights, not {0}",
            numbers.len()
        )),
    }
}
