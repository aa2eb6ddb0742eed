//! The city as one small drawing, for the moment before a map is there: its land, its waters and a mark for every site. It
//! lies as the map will with everything in sight, so that the map can take its place. Colours and the shapes of marks are
//! the page's own.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use geo::{Geometry, InteriorPoint, LineString, Polygon};
use serde_json::{Value, json};

use super::grid;
use crate::domain::SITES;
use crate::domain::portrayal::Portrayal;
use crate::geom::Envelope;
use crate::geom::lattice::{Cell, straighten, tidy_ring};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;

/// Units along the longer side: half a pixel on a screen that is twice as large.
const SIDE: f64 = 2000.0;

/// A longer drawing would keep a reader waiting for what it is to spare him.
const MAX_BYTES: usize = 300_000;

/// What the drawing shows of the square of the world, and how it is rounded.
struct Frame {
    west: f64,
    north: f64,
    width: f64,
    height: f64,
    units_of_world: f64,
}

impl Frame {
    fn around(extent: &Envelope) -> Option<Frame> {
        let (west, north) = grid::world(extent.min_x, extent.max_y);
        let (east, south) = grid::world(extent.max_x, extent.min_y);
        let side = (east - west).max(south - north);
        let units_of_world = SIDE / side;
        // A single point has no sides.
        (side > 0.0 && units_of_world.is_finite()).then(|| Frame {
            west,
            north,
            width: ((east - west) * units_of_world).ceil(),
            height: ((south - north) * units_of_world).ceil(),
            units_of_world,
        })
    }

    fn cell(&self, lon: f64, lat: f64) -> Cell {
        let (x, y) = grid::world(lon, lat);
        let round = |part: f64| (part * self.units_of_world).round() as i64;
        Cell { x: round(x - self.west), y: round(y - self.north) }
    }

    fn cells(&self, line: &LineString<f64>) -> Vec<Cell> {
        line.0.iter().map(|at| self.cell(at.x, at.y)).collect()
    }
}

/// Appends a path of at least two corners, each after the first relative to the one before.
fn path(out: &mut String, cells: &[Cell], end: &str) {
    let Some((first, rest)) = cells.split_first() else { return };
    // Writing to a string cannot fail.
    let _ = write!(out, "M{} {}l", first.x, first.y);
    let mut at = *first;
    for (i, cell) in rest.iter().enumerate() {
        let (x, y) = (cell.x - at.x, cell.y - at.y);
        // A minus sets numbers apart as a space does.
        let before = if i == 0 || x < 0 { "" } else { " " };
        let between = if y < 0 { "" } else { " " };
        let _ = write!(out, "{before}{x}{between}{y}");
        at = *cell;
    }
    out.push_str(end);
}

fn area(out: &mut String, frame: &Frame, polygon: &Polygon<f64>) {
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        let mut cells = frame.cells(ring);
        tidy_ring(&mut cells);
        if cells.len() > 2 {
            path(out, &cells, "z");
        }
    }
}

fn outline(out: &mut String, frame: &Frame, geometry: &Geometry<f64>) {
    let mut line = |line: &LineString<f64>| {
        let mut cells = frame.cells(line);
        straighten(&mut cells);
        if cells.len() > 1 {
            path(out, &cells, "");
        }
    };
    match geometry {
        Geometry::LineString(one) => line(one),
        Geometry::MultiLineString(all) => all.iter().for_each(line),
        Geometry::Polygon(polygon) => area(out, frame, polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().for_each(|polygon| area(out, frame, polygon)),
        Geometry::GeometryCollection(all) => all.iter().for_each(|one| outline(out, frame, one)),
        _ => {}
    }
}

/// The rows of a collection with their places.
fn places(of: &PublishedCollection) -> impl Iterator<Item = (u32, &Geometry<f64>)> {
    (0..of.len() as u32).filter_map(|row| Some((row, of.geometry(row)?)))
}

/// The places of all sites, those of one register and one status together: what needs attention comes last, to lie on top. A
/// status that nobody knows is unknown.
fn marks(frame: &Frame, snapshot: &Snapshot) -> Vec<Value> {
    let mut all: BTreeMap<(Reverse<usize>, usize), Vec<i64>> = BTreeMap::new();
    let registers: Vec<_> = SITES.iter().filter_map(|id| snapshot.collection(id)).collect();
    for (at, sites) in registers.iter().enumerate() {
        let Some(legend) = Portrayal::of(&sites.declaration).legend else { continue };
        let status = sites.declaration.field(legend.field).map(|(at, _)| at);
        let rank = |wanted: &str| legend.colours.iter().position(|(code, _)| *code == wanted);
        for (row, place) in places(sites) {
            let Some(point) = place.interior_point() else { continue };
            let stated = status.map(|at| sites.value(row, at));
            let stated = stated.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
            let Some(rank) = rank(stated).or_else(|| rank("unknown")) else { continue };
            let cell = frame.cell(point.x(), point.y());
            all.entry((Reverse(rank), at)).or_default().extend([cell.x, cell.y]);
        }
    }
    let told = all.into_iter().filter_map(|((Reverse(rank), at), places)| {
        let declared = &registers.get(at)?.declaration;
        let (code, _) = Portrayal::of(declared).legend?.colours.get(rank)?;
        Some(json!({"collection": declared.id, "status": code, "at": places}))
    });
    told.collect()
}

/// The drawing as a document; `None` where there is nothing to draw, or so much that it would be long.
///
/// `land` holds a path of SVG for each unit, `water` one for all waterways, and `sites` their marks, each place by two
/// numbers. `size` is its width and height; `corner` says where on the square of the world its north-west corner lies, and
/// `scale` how many of its units that square is wide. `demo` says whether anything of the sites is made up.
pub fn picture(snapshot: &Snapshot) -> Option<String> {
    let register = snapshot.collection("admin_units");
    let units = register.into_iter().flat_map(|units| {
        places(units).filter(|(row, _)| units.holds_on(*row, snapshot.as_of)).map(|(_, place)| place)
    });
    let units: Vec<_> = units.collect();
    let sites = || SITES.iter().filter_map(|id| snapshot.collection(id));
    let extents = units.iter().filter_map(|unit| Envelope::of(unit)).chain(sites().filter_map(|of| of.extent));
    let frame = Frame::around(&extents.reduce(Envelope::union)?)?;
    let land = units.iter().map(|unit| {
        let mut drawn = String::new();
        outline(&mut drawn, &frame, unit);
        drawn
    });
    let land: Vec<String> = land.filter(|drawn| !drawn.is_empty()).collect();
    let mut water = String::new();
    for (_, course) in snapshot.collection("waterways").into_iter().flat_map(places) {
        outline(&mut water, &frame, course);
    }
    let is_made_up = sites().any(|of| (0..of.len() as u32).any(|row| of.is_made_up(row)));
    let document = json!({
        "size": [frame.width, frame.height],
        "corner": [frame.west, frame.north],
        "scale": frame.units_of_world,
        "demo": is_made_up,
        "land": land,
        "water": water,
        "sites": marks(&frame, snapshot),
    });
    Some(document.to_string()).filter(|text| text.len() <= MAX_BYTES)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame::around(&Envelope { min_x: 105.0, min_y: 20.5, max_x: 106.0, max_y: 21.4 }).unwrap()
    }

    #[test]
    fn one_point_alone_makes_no_drawing() {
        assert!(Frame::around(&Envelope { min_x: 105.0, min_y: 21.0, max_x: 105.0, max_y: 21.0 }).is_none());
    }

    #[test]
    fn the_longer_side_has_two_thousand_units_and_north_is_up() {
        let frame = frame();
        // A degree of longitude is 1/360 of the square's width; from 20.5° to 21.4° there are 0.9° · 1.0704 (1 / cos 20.95°)
        // of such degrees, 0.9637: wider than high.
        assert_eq!(
            (frame.width, frame.cell(105.0, 21.4), frame.cell(106.0, 21.4).x),
            (2000.0, Cell { x: 0, y: 0 }, 2000)
        );
        assert!((frame.height - 1928.0).abs() < 2.0, "{}", frame.height);
        assert!((frame.units_of_world - 2000.0 * 360.0).abs() < 1e-3);
    }

    #[test]
    fn corners_are_written_relative_to_the_one_before_and_no_shorter_than_they_can_be_read() {
        let mut out = String::new();
        path(&mut out, &[Cell { x: 5, y: 7 }, Cell { x: 8, y: 7 }, Cell { x: 3, y: 9 }, Cell { x: 4, y: 0 }], "z");
        assert_eq!(out, "M5 7l3 0-5 2 1-9z");
    }

    #[test]
    fn an_area_without_width_and_a_line_without_length_are_not_drawn() {
        let mut out = String::new();
        let line = LineString::from(vec![(105.5, 21.0), (105.500_01, 21.0)]);
        outline(&mut out, &frame(), &Geometry::LineString(line.clone()));
        outline(&mut out, &frame(), &Geometry::Polygon(Polygon::new(line, Vec::new())));
        assert_eq!(out, "");
    }
}
