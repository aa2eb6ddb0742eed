//! Places as GeoJSON has them: read in the system and axis order that they were sent in, made fit for the collection,
//! checked, and brought into the system of the survey. What comes in that system is kept to the last bit.

use geo::{Coord, CoordsIter, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon};
use geo::{Point, Polygon};
use serde_json::Value as Json;

use super::Fault;
use crate::domain::{Collection, Kind};
use crate::geom::reproject::Reprojection;
use crate::geom::validity::{self, Unsound};
use crate::geom::{Crs, Envelope, GeometryKind, Shape};

/// Vertices of one geometry.
const MAX_VERTICES: usize = 50_000;

/// A place that differs from the stored one by no more than the digits that it is served with is the stored one: degrees, and
/// metres.
const SERVED_DEGREES: f64 = 2e-9;
const SERVED_METRES: f64 = 2e-4;

/// Where VN-2000 is in use, with a margin: degrees.
const VIETNAM: [f64; 4] = [100.0, 6.0, 119.0, 25.0];

/// What 3857 reaches to, in metres.
const MERCATOR: f64 = 20_037_509.0;

/// A place as it was sent and as it is to be stored.
#[derive(Debug, Clone)]
pub struct Place {
    sent: Shape,
    /// How stored places come into the system that this one was sent in; `None` where it is the same.
    back: Option<(Crs, Crs)>,
    stored: Shape,
}

impl Place {
    /// The shape that is to be stored where there was another one: that one, where the client sends back what it was served.
    /// Through another system a survey would move by a millimetre each time.
    pub fn beside(&self, before: Option<&Shape>) -> Shape {
        let Some(before) = before else { return self.stored.clone() };
        let is_like = |served: &Geometry<f64>, tolerance: f64| is_alike(served, &self.sent.geometry, tolerance);
        let is_like = match &self.back {
            None => is_like(&before.geometry, 0.0),
            Some((storage, sent)) => {
                let served = Reprojection::between(storage, sent).and_then(|back| back.geometry(&before.geometry));
                let tolerance = if sent.is_in_degrees() { SERVED_DEGREES } else { SERVED_METRES };
                served.is_ok_and(|served| is_like(&served, tolerance))
            }
        };
        // A client that asked for places without heights sends them back so.
        let is_same = is_like && (self.sent.z.is_none() || self.sent.z == before.z);
        if is_same { before.clone() } else { self.stored.clone() }
    }
}

/// Whether two geometries have the same corners up to a tolerance. Rings are served counter-clockwise outside, whichever way
/// they are stored.
fn is_alike(a: &Geometry<f64>, b: &Geometry<f64>, tolerance: f64) -> bool {
    let (a, b) = (oriented(a), oriented(b));
    let near = |(a, b): (Coord<f64>, Coord<f64>)| (a.x - b.x).abs() <= tolerance && (a.y - b.y).abs() <= tolerance;
    GeometryKind::of(&a) == GeometryKind::of(&b)
        && parts(&a) == parts(&b)
        && a.coords_count() == b.coords_count()
        && a.coords_iter().zip(b.coords_iter()).all(near)
}

fn oriented(geometry: &Geometry<f64>) -> Geometry<f64> {
    use geo::orient::{Direction, Orient};
    match geometry {
        Geometry::Polygon(polygon) => polygon.orient(Direction::Default).into(),
        Geometry::MultiPolygon(parts) => parts.orient(Direction::Default).into(),
        other => other.clone(),
    }
}

/// How many corners each ring, line or point has.
fn parts(geometry: &Geometry<f64>) -> Vec<usize> {
    fn rings(polygon: &Polygon<f64>) -> Vec<usize> {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| ring.0.len()).collect()
    }
    match geometry {
        Geometry::Polygon(polygon) => rings(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().flat_map(rings).collect(),
        Geometry::MultiLineString(lines) => lines.iter().map(|line| line.0.len()).collect(),
        Geometry::GeometryCollection(all) => all.iter().flat_map(parts).collect(),
        other => vec![other.coords_count()],
    }
}

/// Reads a geometry for a collection; pointers of faults start at the geometry.
///
/// # Errors
/// Its first fault, with the place where it has one.
pub fn read(collection: &Collection, json: &Json, crs: &Crs) -> Result<Place, Fault> {
    let declared = collection.geometry.as_ref();
    let Some(declared) = declared else {
        return Err(Fault::new(
            "",
            "không có chỗ ở đây: tập dữ liệu này không có vị trí / has no room here: the collection has no places",
        ));
    };
    let mut reader = Reader { latitude_first: crs.is_latitude_first(), heights: Vec::new(), count: 0 };
    let geometry = reader.geometry(json, "", true)?;
    let z = reader.z()?;
    if z.is_some() && !declared.has_z {
        return Err(Fault::new(
            "",
            "có độ cao, tập dữ liệu này không lưu / has heights, which this collection does not keep",
        ));
    }
    let shape = Shape { geometry, z }.fitted(declared.kind);
    let kind = GeometryKind::of(&shape.geometry);
    if !declared.kind.accepts(kind) {
        return Err(Fault::new(
            "/type",
            format!(
                "là {0}, mà tập dữ liệu này giữ {1} / is {0}, and the collection holds {1}",
                kind.name(),
                declared.kind.name()
            ),
        ));
    }
    if let Some((what, at)) = validity::fault(&shape.geometry) {
        return Err(Fault::new("", at_a_place(what, &written(at, crs))));
    }
    within_reach(&shape.geometry, crs, collection.kind == Kind::Register)?;
    let is_same = *crs == declared.crs || (crs.is_wgs84() && declared.crs.is_wgs84());
    if is_same {
        return Ok(Place { sent: shape.clone(), back: None, stored: shape });
    }
    let refuse = |error: crate::geom::reproject::ReprojectError| Fault::new("", error.to_string());
    let there = Reprojection::between(crs, &declared.crs).map_err(refuse)?;
    let geometry = there.geometry(&shape.geometry).map_err(refuse)?;
    let stored = Shape { geometry, z: shape.z.clone() };
    Ok(Place { sent: shape, back: Some((declared.crs.clone(), crs.clone())), stored })
}

fn at_a_place(what: Unsound, at: &str) -> String {
    let (vi, en) = match what {
        Unsound::NotFinite => ("có tọa độ không phải số", "has a coordinate that is no number"),
        Unsound::NoLength => ("là đường không có chiều dài", "is a line without length"),
        Unsound::CrossesItself => ("có đường bao tự cắt hoặc tự chạm", "has a ring that crosses or touches itself"),
        Unsound::WrongHole => (
            "có lỗ không nằm trong vùng, hoặc chồng lên lỗ khác",
            "has a hole that is not inside its area, or lies on another",
        ),
        Unsound::NoArea => ("không bao quanh diện tích nào", "encloses no area"),
        Unsound::PartsOverlap => ("có các phần chồng lên nhau", "has parts that lie on each other"),
    };
    format!("{vi}, tại {at} / {en}, at {at}")
}

/// A place as the client wrote it.
fn written(at: Coord<f64>, crs: &Crs) -> String {
    if crs.is_latitude_first() { format!("{} {}", at.y, at.x) } else { format!("{} {}", at.x, at.y) }
}

/// Refuses coordinates that cannot be of the system that they are said to be in, and for a register those that lie nowhere near
/// Vietnam.
fn within_reach(geometry: &Geometry<f64>, crs: &Crs, is_register: bool) -> Result<(), Fault> {
    let Some(extent) = Envelope::of(geometry) else {
        return Err(Fault::new("", "trống: không có vị trí thì ghi null / is empty: write null for no place"));
    };
    let [min_x, min_y, max_x, max_y] = extent.to_array();
    if is_plausible([min_x, min_y, max_x, max_y], crs, is_register) {
        return Ok(());
    }
    let hint = if is_plausible([min_y, min_x, max_y, max_x], crs, is_register) {
        ("; có vẻ bị đảo", "; they look swapped")
    } else {
        ("", "")
    };
    let at = written(Coord { x: min_x, y: min_y }, crs);
    let of = if is_register { (" ở Việt Nam", " in Vietnam") } else { ("", "") };
    let vi = format!("có tọa độ không thuộc {crs}{}: {at}{}", of.0, hint.0);
    Err(Fault::new("", format!("{vi} / has coordinates that are not of {crs}{}: {at}{}", of.1, hint.1)))
}

fn is_plausible([min_x, min_y, max_x, max_y]: [f64; 4], crs: &Crs, is_register: bool) -> bool {
    let holds = |[west, south, east, north]: [f64; 4], x: f64, y: f64| {
        (west..=east).contains(&x) && (south..=north).contains(&y)
    };
    let corners = [(min_x, min_y), (max_x, max_y)];
    if is_register && crs.is_wgs84() {
        return corners.iter().all(|(x, y)| holds(VIETNAM, *x, *y));
    }
    if is_register || crs.is_vn2000_grid() || *crs == Crs::Epsg(4756) {
        let Ok(to_degrees) = Reprojection::between(crs, &Crs::Crs84) else { return true };
        return corners.iter().all(|(x, y)| to_degrees.point(*x, *y).is_ok_and(|(lon, lat)| holds(VIETNAM, lon, lat)));
    }
    let bounds = match crs {
        _ if crs.is_in_degrees() => [-180.0, -90.0, 180.0, 90.0],
        Crs::Epsg(3857) => [-MERCATOR, -MERCATOR, MERCATOR, MERCATOR],
        _ => return true,
    };
    corners.iter().all(|(x, y)| holds(bounds, *x, *y))
}

struct Reader {
    latitude_first: bool,
    /// The height of each coordinate that was read.
    heights: Vec<Option<f64>>,
    count: usize,
}

impl Reader {
    /// The heights of all coordinates; none where no coordinate has any.
    fn z(&self) -> Result<Option<Vec<f64>>, Fault> {
        let known: Vec<f64> = self.heights.iter().copied().flatten().collect();
        match known.len() {
            0 => Ok(None),
            count if count == self.heights.len() => Ok(Some(known)),
            _ => Err(Fault::new(
                "/coordinates",
                "có độ cao ở một số đỉnh, số khác thì không / has heights at some of its corners and at others not",
            )),
        }
    }

    fn geometry(&mut self, json: &Json, at: &str, may_nest: bool) -> Result<Geometry<f64>, Fault> {
        let kind = json.get("type").and_then(Json::as_str).and_then(kind_named);
        let Some(kind) = kind else {
            return Err(Fault::new(
                format!("{at}/type"),
                "không phải loại hình học của GeoJSON / is no type of a GeoJSON geometry",
            ));
        };
        if kind == GeometryKind::GeometryCollection {
            let parts = json.get("geometries").and_then(Json::as_array).filter(|_| may_nest);
            let Some(parts) = parts else {
                let detail = if may_nest {
                    "không phải danh sách / is no list"
                } else {
                    "nằm trong một tập hình học khác / stands in another collection of geometries"
                };
                return Err(Fault::new(format!("{at}/geometries"), detail));
            };
            let parts =
                parts.iter().enumerate().map(|(n, part)| self.geometry(part, &format!("{at}/geometries/{n}"), false));
            return Ok(Geometry::GeometryCollection(GeometryCollection(parts.collect::<Result<_, _>>()?)));
        }
        let at = format!("{at}/coordinates");
        let coordinates = json.get("coordinates").ok_or_else(|| Fault::new(&at, "còn thiếu / is missing"))?;
        Ok(match kind {
            GeometryKind::Point => Point(self.position(coordinates, &at)?).into(),
            GeometryKind::MultiPoint => {
                MultiPoint(self.list(coordinates, &at, |reader, json, at| Ok(Point(reader.position(json, at)?)))?)
                    .into()
            }
            GeometryKind::LineString => self.line(coordinates, &at)?.into(),
            GeometryKind::MultiLineString => MultiLineString(self.list(coordinates, &at, Reader::line)?).into(),
            GeometryKind::Polygon => self.polygon(coordinates, &at)?.into(),
            _ => MultiPolygon(self.list(coordinates, &at, Reader::polygon)?).into(),
        })
    }

    fn list<T>(
        &mut self,
        json: &Json,
        at: &str,
        each: impl Fn(&mut Reader, &Json, &str) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let members = json.as_array().ok_or_else(|| Fault::new(at, "không phải danh sách / is no list"))?;
        if members.is_empty() {
            return Err(Fault::new(at, "trống: không có vị trí thì ghi null / is empty: write null for no place"));
        }
        members.iter().enumerate().map(|(n, member)| each(self, member, &format!("{at}/{n}"))).collect()
    }

    fn position(&mut self, json: &Json, at: &str) -> Result<Coord<f64>, Fault> {
        let numbers: Option<Vec<f64>> = json
            .as_array()
            .map(Vec::as_slice)
            .filter(|of| (2..=3).contains(&of.len()))
            .and_then(|numbers| numbers.iter().map(|number| number.as_f64().filter(|n| n.is_finite())).collect());
        let Some(numbers) = numbers else {
            return Err(Fault::new(
                at,
                "không phải vị trí: cần hai số, hoặc ba số nếu có độ cao / is no position: two numbers, or three with a height",
            ));
        };
        self.count += 1;
        if self.count > MAX_VERTICES {
            return Err(Fault::new(
                at,
                format!(
                    "quá nhiều đỉnh: một hình có nhiều nhất {MAX_VERTICES} / is one corner too many: a geometry has at most {MAX_VERTICES}"
                ),
            ));
        }
        self.heights.push(numbers.get(2).copied());
        let (x, y) = if self.latitude_first { (numbers[1], numbers[0]) } else { (numbers[0], numbers[1]) };
        Ok(Coord { x, y })
    }

    fn line(&mut self, json: &Json, at: &str) -> Result<LineString<f64>, Fault> {
        let corners = self.list(json, at, Reader::position)?;
        if corners.len() < 2 {
            return Err(Fault::new(at, "là đường chỉ có một đỉnh / is a line of one corner"));
        }
        Ok(LineString(corners))
    }

    fn ring(&mut self, json: &Json, at: &str) -> Result<LineString<f64>, Fault> {
        let corners = self.list(json, at, Reader::position)?;
        if corners.first() != corners.last() {
            return Err(Fault::new(
                at,
                "chưa khép kín: đỉnh cuối của đường bao phải là đỉnh đầu / is not closed: the last corner of a ring is its first",
            ));
        }
        if corners.len() < 4 {
            return Err(Fault::new(
                at,
                "là đường bao ít hơn bốn đỉnh, kể cả đỉnh cuối / is a ring of fewer than four corners, the last one counted",
            ));
        }
        Ok(LineString(corners))
    }

    fn polygon(&mut self, json: &Json, at: &str) -> Result<Polygon<f64>, Fault> {
        let mut rings = self.list(json, at, Reader::ring)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }
}

/// A kind by the exact name that GeoJSON has for it.
fn kind_named(name: &str) -> Option<GeometryKind> {
    GeometryKind::parse(name).filter(|kind| kind.name() == name && *kind != GeometryKind::Geometry)
}
