//! One sheet of the map: what of the plan lies in its extent, at true scale, with grid, frame, labels and numbered findings.

use std::borrow::Cow;

use geo::{
    BooleanOps, Coord, Geometry, InteriorPoint, Intersects, LineString, MapCoords, MultiPolygon, Point, Polygon,
};

use super::canvas::{Canvas, Lettering, Pen, Place, colour, translucent};
use super::sheet::{Layout, Sheet};
use super::{Dossier, Language, label, look};
use crate::geom::Envelope;
use crate::plan::{Finding, LineKind, Parcel, PlanLine};

/// Grid lines on paper are so far apart, in mm.
pub const GRID_MM: f64 = 100.0;

/// Radius of the marks of findings, in mm.
const MARK_MM: f64 = 2.8;

/// Colour of the boundary, as on the map of the page.
pub const BOUNDARY: &str = "#7a2f7c";

/// Colour of frames, outlines and letters.
pub const INK: &str = "#1c1c1c";

/// Colour of buildings as built.
pub const BUILT: &str = "#4a4a4a";

const GRID: &str = "#8fa3ad";

/// How a line of the plan is drawn.
fn pen(line: &PlanLine) -> Pen {
    let ink = colour(look::line(line.kind).0);
    match line.kind {
        Some(LineKind::RedLine | LineKind::BuildingLine) => Pen::new(ink, 0.35),
        Some(LineKind::RoadCentre) => Pen::new(ink, 0.15).dashed(&[4.0, 0.8, 0.8, 0.8]),
        Some(LineKind::Easement) => Pen::new(ink, 0.25).dashed(&[2.0, 1.0]),
        Some(LineKind::Fence) => Pen::new(ink, 0.3),
        Some(LineKind::RoadEdge | LineKind::Utility | LineKind::Other) | None => Pen::new(ink, 0.2),
    }
}

fn boundary_pen() -> Pen {
    Pen::new(colour(BOUNDARY), 0.7).dashed(&[6.0, 1.4, 1.0, 1.4])
}

/// Turns metres of a sheet into millimetres on its page.
struct Projection {
    /// Upper left corner of the field, in mm.
    corner: Place,
    west: f64,
    north: f64,
    mm_per_m: f64,
}

impl Projection {
    fn place(&self, x: f64, y: f64) -> Place {
        (self.corner.0 + (x - self.west) * self.mm_per_m, self.corner.1 + (self.north - y) * self.mm_per_m)
    }

    fn ring(&self, ring: &LineString<f64>) -> Vec<Place> {
        let is_closed = ring.0.len() > 1 && ring.0.first() == ring.0.last();
        let places = if is_closed { &ring.0[..ring.0.len() - 1] } else { &ring.0[..] };
        places.iter().map(|place| self.place(place.x, place.y)).collect()
    }

    fn rings<'a>(&'a self, polygon: &'a Polygon<f64>) -> impl Iterator<Item = Vec<Place>> + 'a {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| self.ring(ring))
    }

    fn polygon(&self, polygon: &Polygon<f64>) -> Polygon<f64> {
        polygon.map_coords(|Coord { x, y }| self.place(x, y).into())
    }
}

/// Draws a geometry of any kind: areas with fill and pen, lines with the pen, points as small crosses.
fn draw(canvas: &mut Canvas, projection: &Projection, geometry: &Geometry<f64>, fill: Option<&str>, pen: &Pen) {
    let area = |polygon: &Polygon<f64>, canvas: &mut Canvas| {
        canvas.area(projection.rings(polygon), fill.map(|fill| translucent(fill, 60)), Some(pen));
    };
    let path = |line: &LineString<f64>, canvas: &mut Canvas| {
        canvas.line(line.0.iter().map(|place| projection.place(place.x, place.y)), pen);
    };
    let cross = |at: &Point<f64>, canvas: &mut Canvas| {
        let (x, y) = projection.place(at.x(), at.y());
        canvas.line([(x - 1.2, y - 1.2), (x + 1.2, y + 1.2)], pen);
        canvas.line([(x - 1.2, y + 1.2), (x + 1.2, y - 1.2)], pen);
    };
    match geometry {
        Geometry::Polygon(polygon) => area(polygon, canvas),
        Geometry::MultiPolygon(polygons) => polygons.iter().for_each(|polygon| area(polygon, canvas)),
        Geometry::Rect(rect) => area(&rect.to_polygon(), canvas),
        Geometry::Triangle(triangle) => area(&triangle.to_polygon(), canvas),
        Geometry::LineString(line) => path(line, canvas),
        Geometry::MultiLineString(lines) => lines.iter().for_each(|line| path(line, canvas)),
        Geometry::Line(line) => path(&LineString::new(vec![line.start, line.end]), canvas),
        Geometry::Point(at) => cross(at, canvas),
        Geometry::MultiPoint(points) => points.iter().for_each(|at| cross(at, canvas)),
        Geometry::GeometryCollection(parts) => {
            parts.iter().for_each(|part| draw(canvas, projection, part, fill, pen));
        }
    }
}

/// The smallest rectangle around an area; `None` for an empty one.
fn around(polygon: &Polygon<f64>) -> Option<Envelope> {
    use geo::BoundingRect;
    let rect = polygon.bounding_rect()?;
    Envelope::new(rect.min().x, rect.min().y, rect.max().x, rect.max().y)
}

/// The largest piece of an area that a sheet shows.
fn visible(polygon: &Polygon<f64>, extent: Envelope) -> Option<Polygon<f64>> {
    use geo::Area;
    if extent.contains(&around(polygon)?) {
        return Some(polygon.clone());
    }
    let pieces = polygon.intersection(&extent.rect().to_polygon());
    pieces.into_iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()))
}

/// Where a finding is: its ground or line, else its point.
pub fn place_of(finding: &Finding) -> Option<Cow<'_, Geometry<f64>>> {
    let place = finding.place.as_ref().map(Cow::Borrowed);
    place.or_else(|| finding.anchor.map(|anchor| Cow::Owned(Geometry::Point(anchor))))
}

/// Where on a sheet a geometry can be marked; `None` where the sheet does not show it.
pub fn mark(geometry: &Geometry<f64>, extent: Envelope) -> Option<Point<f64>> {
    let is_shown = |at: &Point<f64>| extent.rect().intersects(at);
    let of_area = |polygons: &MultiPolygon<f64>| {
        let pieces = polygons.intersection(&MultiPolygon::from(extent.rect().to_polygon()));
        pieces.interior_point()
    };
    if !extent.intersects(&Envelope::of(geometry)?) {
        return None;
    }
    let shown = match geometry {
        Geometry::Polygon(polygon) => of_area(&MultiPolygon::from(polygon.clone())),
        Geometry::MultiPolygon(polygons) => of_area(polygons),
        Geometry::LineString(line) => {
            extent.rect().to_polygon().clip(&geo::MultiLineString::from(line.clone()), false).interior_point()
        }
        Geometry::MultiLineString(lines) => extent.rect().to_polygon().clip(lines, false).interior_point(),
        Geometry::GeometryCollection(parts) => parts.iter().find_map(|part| mark(part, extent)),
        other => other.interior_point(),
    };
    // A sliver narrower than the grid of the intersection leaves nothing of itself.
    shown.or_else(|| geometry.interior_point()).filter(is_shown)
}

/// The lines that are written into a parcel.
fn lettering(parcel: &Parcel, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(parcel.symbol.as_ref().or(parcel.land_use.as_ref()).cloned());
    lines.extend(parcel.stated_m2.map(|area| format!("{} m²", look::number(area, 1, language))));
    let density = parcel.density_max_pct.map(|density| format!("{} %", look::number(density, 0, language)));
    let storeys = parcel.storeys_max.map(|storeys| match language {
        Language::En => format!("{storeys} fl."),
        Language::Vi | Language::Both => format!("{storeys} tầng"),
    });
    let permitted: Vec<_> = density.into_iter().chain(storeys).collect();
    if !permitted.is_empty() {
        lines.push(permitted.join(" · "));
    }
    lines
}

/// A sheet being drawn.
struct Draft<'a> {
    dossier: &'a Dossier<'a>,
    layout: &'a Layout,
    sheet: &'a Sheet,
    language: Language,
    projection: Projection,
    field: (f64, f64),
}

impl Draft<'_> {
    fn shows(&self, geometry: &Geometry<f64>) -> bool {
        Envelope::of(geometry).is_some_and(|envelope| envelope.intersects(&self.sheet.extent))
    }

    fn parcels(&self) -> impl Iterator<Item = (&Parcel, &Polygon<f64>)> {
        let extent = self.sheet.extent;
        let drawn = self.dossier.plan.parcels.iter().filter_map(|parcel| Some((parcel, parcel.polygon.as_ref()?)));
        drawn.filter(move |(_, polygon)| around(polygon).is_some_and(|own| own.intersects(&extent)))
    }

    /// All that is cut off at the frame.
    fn inside(&self, canvas: &mut Canvas) {
        let (plan, projection) = (self.dossier.plan, &self.projection);
        let outline = Pen::new(colour(INK), 0.13);
        for (parcel, polygon) in self.parcels() {
            let (fill, _) = look::land_use(parcel.land_use.as_deref());
            canvas.area(projection.rings(polygon), Some(colour(fill)), Some(&outline));
        }
        for (ends, pen) in self.grid(true).chain(self.grid(false)) {
            canvas.line(ends, &pen);
        }
        let wall = Pen::new(colour(BUILT), 0.18);
        for footprint in plan.buildings.iter().filter_map(|building| building.footprint.as_ref()) {
            if around(footprint).is_some_and(|own| own.intersects(&self.sheet.extent)) {
                canvas.area(projection.rings(footprint), Some(translucent(BUILT, 60)), Some(&wall));
            }
        }
        for line in &plan.lines {
            for part in line.course.iter().flatten() {
                canvas.line(part.0.iter().map(|place| projection.place(place.x, place.y)), &pen(line));
            }
        }
        for polygon in plan.boundary.iter().flatten() {
            canvas.area(projection.rings(polygon), None, Some(&boundary_pen()));
        }
        for finding in &self.dossier.review.findings {
            let Some(place) = place_of(finding).filter(|place| self.shows(place)) else { continue };
            let (ink, _) = look::severity(finding.severity);
            draw(canvas, projection, &place, Some(ink), &Pen::new(colour(ink), 0.45).dashed(&[1.6, 0.8]));
        }
        for (parcel, polygon) in self.parcels() {
            if let Some(shown) = visible(polygon, self.sheet.extent) {
                label::write(canvas, &projection.polygon(&shown), &lettering(parcel, self.language));
            }
        }
        self.crosses(canvas);
        self.marks(canvas);
    }

    /// Coordinates of grid lines, along the east if `is_easting`, else along the north.
    fn stops(&self, is_easting: bool) -> Vec<f64> {
        let step = self.layout.metres(GRID_MM);
        let extent = self.sheet.extent;
        let (from, to) = if is_easting { (extent.min_x, extent.max_x) } else { (extent.min_y, extent.max_y) };
        let mut stops = Vec::new();
        let mut at = (from / step).ceil();
        while at * step <= to {
            stops.push(at * step);
            at += 1.0;
        }
        stops
    }

    fn grid(&self, is_easting: bool) -> impl Iterator<Item = ([Place; 2], Pen)> {
        let extent = self.sheet.extent;
        self.stops(is_easting).into_iter().map(move |stop| {
            let ends = if is_easting {
                [self.projection.place(stop, extent.min_y), self.projection.place(stop, extent.max_y)]
            } else {
                [self.projection.place(extent.min_x, stop), self.projection.place(extent.max_x, stop)]
            };
            (ends, Pen::new(colour(GRID), 0.1))
        })
    }

    /// Crosses where grid lines meet stand out on any colour.
    fn crosses(&self, canvas: &mut Canvas) {
        let pen = Pen::new(colour(INK), 0.15);
        for x in self.stops(true) {
            for y in self.stops(false) {
                let (x, y) = self.projection.place(x, y);
                canvas.line([(x - 3.0, y), (x + 3.0, y)], &pen);
                canvas.line([(x, y - 3.0), (x, y + 3.0)], &pen);
            }
        }
    }

    /// Numbers of findings at their places, or beside them where another number stands already.
    fn marks(&self, canvas: &mut Canvas) {
        let mut taken: Vec<Place> = Vec::new();
        let (left, top) = self.projection.corner;
        for finding in &self.dossier.review.findings {
            let Some(mark) = place_of(finding).and_then(|place| mark(&place, self.sheet.extent)) else { continue };
            let place = self.projection.place(mark.x(), mark.y());
            let is_free = |(x, y): Place| {
                let is_inside = x > left + MARK_MM
                    && x < left + self.field.0 - MARK_MM
                    && y > top + MARK_MM
                    && y < top + self.field.1 - MARK_MM;
                is_inside && taken.iter().all(|other| (x - other.0).hypot(y - other.1) > 2.1 * MARK_MM)
            };
            let around = |ring: i32| {
                let (radius, count) = (f64::from(ring) * 2.4 * MARK_MM, 8 * ring);
                (0..count).map(move |step| {
                    let angle = f64::from(step) / f64::from(count) * std::f64::consts::TAU - 0.8;
                    (place.0 + radius * angle.cos(), place.1 + radius * angle.sin())
                })
            };
            // Beside its place even where that is free, so that the number does not cover what it is about.
            let beside = (1..8).flat_map(around).find(|place| is_free(*place));
            let number = beside.unwrap_or(place);
            taken.push(number);
            let ink = colour(look::severity(finding.severity).0);
            let pen = Pen::new(ink.clone(), 0.4);
            canvas.line([place, number], &Pen::new(ink.clone(), 0.25));
            canvas.circle(place, 0.6, Some(ink.clone()), None);
            canvas.circle(number, MARK_MM, Some(colour("#ffffff")), Some(&pen));
            let text = finding.number.to_string();
            let size = if text.len() > 2 { 2.4 } else { 3.2 };
            if let Some(lettering) = Lettering::new(&text, size, true, ink) {
                canvas.text(number, &lettering, 0);
            }
        }
    }

    /// Frame, coordinates and the numbers of neighbouring sheets, outside of the field.
    fn outside(&self, canvas: &mut Canvas) {
        let ((left, top), (width, height)) = (self.projection.corner, self.field);
        let (right, bottom) = (left + width, top + height);
        let thin = Pen::new(colour(INK), 0.15);
        canvas.rectangle((left, top), width, height, None, Some(&thin));
        canvas.rectangle((left - 6.0, top - 6.0), width + 12.0, height + 12.0, None, Some(&Pen::new(colour(INK), 0.6)));
        let write = |canvas: &mut Canvas, text: &str, place: Place, quarters: i32, size: f64| {
            if let Some(lettering) = Lettering::new(text, size, false, colour(INK)) {
                canvas.text(place, &lettering, quarters);
            }
        };
        let coordinate = |letter: char, metres: f64| format!("{letter} {}", look::number(metres, 0, self.language));
        for stop in self.stops(true) {
            let (x, _) = self.projection.place(stop, self.sheet.extent.min_y);
            for (edge, outer) in [(top, top - 6.0), (bottom, bottom + 6.0)] {
                canvas.line([(x, edge), (x, edge + (outer - edge) * 0.25)], &thin);
                // A text beside the corner would stand on the other axis' texts.
                write(canvas, &coordinate('E', stop), (x, edge + (outer - edge) * 0.6), 0, 2.5);
            }
        }
        for stop in self.stops(false) {
            let (_, y) = self.projection.place(self.sheet.extent.min_x, stop);
            for (edge, outer) in [(left, left - 6.0), (right, right + 6.0)] {
                canvas.line([(edge, y), (edge + (outer - edge) * 0.25, y)], &thin);
                write(canvas, &coordinate('N', stop), (edge + (outer - edge) * 0.6, y), 1, 2.5);
            }
        }
        let beside = |column: i64, row: i64| {
            let wanted = (self.sheet.column as i64 + column, self.sheet.row as i64 + row);
            self.layout.sheets.iter().find(|sheet| (sheet.column as i64, sheet.row as i64) == wanted)
        };
        // A quarter of the way along an edge, moved away from a coordinate that stands there.
        let clear = |from: f64, length: f64, stops: &[f64]| {
            let tries = [0.5, 0.4, 0.6, 0.3, 0.7].map(|share| from + share * length);
            tries.into_iter().find(|at| stops.iter().all(|stop| (stop - at).abs() > 24.0)).unwrap_or(tries[0])
        };
        let columns: Vec<_> = self.stops(true).iter().map(|stop| self.projection.place(*stop, 0.0).0).collect();
        let rows: Vec<_> = self.stops(false).iter().map(|stop| self.projection.place(0.0, *stop).1).collect();
        let (x, y) = (clear(left, width, &columns), clear(top, height, &rows));
        let edges = [
            (0, -1, (x, top - 3.6), 0),
            (0, 1, (x, bottom + 3.6), 0),
            (-1, 0, (left - 3.6, y), 1),
            (1, 0, (right + 3.6, y), 1),
        ];
        for (column, row, place, quarters) in edges {
            let Some(sheet) = beside(column, row) else { continue };
            let text = match self.language {
                Language::Vi => format!("tờ {}", sheet.number),
                Language::En => format!("sheet {}", sheet.number),
                Language::Both => format!("tờ / sheet {}", sheet.number),
            };
            write(canvas, &text, place, quarters, 2.5);
        }
    }
}

/// Draws a sheet, the upper left corner of its field at `corner`, in mm on a page of the canvas' size.
pub fn sheet(
    canvas: &mut Canvas,
    dossier: &Dossier<'_>,
    layout: &Layout,
    sheet: &Sheet,
    corner: Place,
    language: Language,
) {
    let field = layout.paper.field_mm();
    let projection =
        Projection { corner, west: sheet.extent.min_x, north: sheet.extent.max_y, mm_per_m: layout.mm(1.0) };
    let draft = Draft { dossier, layout, sheet, language, projection, field };
    let mut inside = canvas.layer();
    draft.inside(&mut inside);
    canvas.add_clipped(inside, corner, field.0, field.1);
    draft.outside(canvas);
}

/// Draws all sheets small into a box, one of them marked; with the land uses if there is room for them.
pub fn key(
    canvas: &mut Canvas,
    dossier: &Dossier<'_>,
    layout: &Layout,
    current: Option<usize>,
    corner: Place,
    (width, height): (f64, f64),
) {
    let Some(extent) = layout.extent() else { return };
    let (wide, high) = (extent.max_x - extent.min_x, extent.max_y - extent.min_y);
    let mm_per_m = (width / wide).min(height / high);
    let corner = (corner.0 + (width - wide * mm_per_m) / 2.0, corner.1 + (height - high * mm_per_m) / 2.0);
    let projection = Projection { corner, west: extent.min_x, north: extent.max_y, mm_per_m };
    if current.is_none() {
        for parcel in &dossier.plan.parcels {
            let (fill, _) = look::land_use(parcel.land_use.as_deref());
            let rings = parcel.polygon.iter().flat_map(|polygon| projection.rings(polygon));
            canvas.area(rings, Some(colour(fill)), None);
        }
    }
    let thin = Pen::new(colour(BOUNDARY), if current.is_none() { 0.4 } else { 0.25 });
    for polygon in dossier.plan.boundary.iter().flatten() {
        canvas.area(projection.rings(polygon), None, Some(&thin));
    }
    for sheet in &layout.sheets {
        let [west, south, east, north] = sheet.extent.to_array();
        let ((left, top), (right, bottom)) = (projection.place(west, north), projection.place(east, south));
        let is_current = current == Some(sheet.number);
        let fill = is_current.then(|| translucent(INK, 50));
        canvas.rectangle((left, top), right - left, bottom - top, fill, Some(&Pen::new(colour(INK), 0.2)));
        let size = ((bottom - top) * 0.4).clamp(1.6, 7.0);
        if let Some(number) = Lettering::new(&sheet.number.to_string(), size, true, colour(INK)) {
            canvas.text(((left + right) / 2.0, (top + bottom) / 2.0), &number, 0);
        }
    }
}
