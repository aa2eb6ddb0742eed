//! Outlines become areas: closed lines as they are drawn, loose lines through the network, outlines in outlines as holes.

use std::collections::HashMap;

use geo::{Contains, Coord, CoordsIter, InteriorPoint, Intersects, LineString, Point, Polygon, Validation};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use super::network::{self, Entangled, bounds, distance, distance_to_segment, doubled_area};
use super::notes::{NoteKind, Notes};
use super::{Entity, Form};
use crate::plan::ground::breadth;

/// What is left of an outline that others tile is no lot, in m².
const REMNANT_M2: f64 = 1.0;

/// An area of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub polygon: Polygon<f64>,
    pub layer: String,
    /// Attributes that the file gives with it.
    pub columns: Vec<(String, String)>,
    pub is_hatch: bool,
}

impl Area {
    /// Its area in m².
    pub fn measured_m2(&self) -> f64 {
        let ring = |ring: &LineString<f64>| (doubled_area(&ring.0) / 2.0).abs();
        ring(self.polygon.exterior()) - self.polygon.interiors().iter().map(ring).sum::<f64>()
    }

    /// A place inside it.
    pub fn inside(&self) -> Option<Coord<f64>> {
        self.polygon.interior_point().map(Coord::from)
    }
}

/// How outlines of one group are read.
pub struct Way<'a> {
    /// In metres.
    pub tolerance: f64,
    /// Lines of other groups at which loose lines may end.
    pub borders: &'a [LineString<f64>],
    /// Where symbols of lots stand: an outline in another one with a symbol of its own is a lot, not only a hole.
    pub symbols: &'a [Coord<f64>],
    /// The name of the group in notes, where lines of several layers make one area.
    pub group: &'a str,
}

/// An outline that may hold others.
struct Ring {
    area: Area,
    /// A polygon of the file knows its own holes.
    has_holes: bool,
    size: f64,
}

/// The areas that the entities of one group enclose.
///
/// # Errors
/// [`Entangled`] where lines lie too close to each other.
pub fn areas(entities: &[&Entity], way: &Way<'_>, notes: &mut Notes) -> Result<Vec<Area>, Entangled> {
    let mut rings: Vec<Ring> = Vec::new();
    let mut loose: Vec<(&str, LineString<f64>)> = Vec::new();
    for entity in entities {
        match &entity.form {
            Form::Line(line) => match closed(line, way.tolerance) {
                Closing::Open => loose.push((&entity.layer, line.clone())),
                Closing::Degenerate => notes.add(NoteKind::Degenerate, &entity.layer, line.0.first().copied()),
                Closing::Closed(ring, was_open) => {
                    if was_open {
                        notes.add(NoteKind::Closed, &entity.layer, ring.0.first().copied());
                    }
                    push(Polygon::new(ring, Vec::new()), entity, way, &mut rings, notes)?;
                }
            },
            Form::Area(polygon) => push(polygon.clone(), entity, way, &mut rings, notes)?,
            Form::Text { .. } | Form::Point(_) => {}
        }
    }
    let mut rings = once_each(rings, way.tolerance, notes);
    let mut faces = Vec::new();
    if !loose.is_empty() {
        let touched = touched(&rings, &loose, way.tolerance);
        let mut lines: Vec<LineString<f64>> = loose.iter().map(|(_, line)| line.clone()).collect();
        let mut number = 0;
        rings.retain(|ring| {
            let is_touched = touched[number];
            number += 1;
            if is_touched {
                lines.push(ring.area.polygon.exterior().clone());
                lines.extend(ring.area.polygon.interiors().iter().cloned());
            }
            !is_touched
        });
        // Lines that enclose their lots by themselves need no border, with which they would enclose the rest of the plan too.
        let alone = network::faces(&lines, way.tolerance)?;
        let is_whole = alone.open_ends.is_empty() && !alone.polygons.is_empty();
        let borders = if is_whole { &[][..] } else { way.borders };
        let made = if borders.is_empty() {
            alone
        } else {
            lines.extend(borders.iter().cloned());
            network::faces(&lines, way.tolerance)?
        };
        notes.add_many(NoteKind::Joined, way.group, &made.joined);
        notes.add_many(NoteKind::Crossings, way.group, &made.crossings);
        notes.add_many(NoteKind::IdleLines, way.group, &made.idle);
        for end in &made.open_ends {
            let gap = end.gap_m.map(|gap| format!("{gap:.3} m"));
            notes.add_with(NoteKind::OpenEnds, way.group, Some(end.at), gap);
        }
        // Borders alone enclose something too, which is none of these lots: a face needs a loose line on its outline.
        let layer = loose.first().map_or("", |(layer, _)| layer);
        let ends = index(loose.iter().map(|(_, line)| bounds(&line.0)));
        for polygon in made.polygons {
            let is_ours = borders.is_empty() || is_bounded_by(&polygon, &loose, ends.as_ref(), way.tolerance);
            if is_ours {
                notes.add(NoteKind::Polygonised, layer, polygon.exterior().0.first().copied());
                let layer = layer.to_owned();
                faces.push(Area { polygon, layer, columns: Vec::new(), is_hatch: false });
            }
        }
    }
    let mut areas = nested(rings, way, notes);
    areas.extend(faces);
    Ok(areas)
}

/// Takes an outline; one that crosses itself is divided.
fn push(
    polygon: Polygon<f64>,
    entity: &Entity,
    way: &Way<'_>,
    rings: &mut Vec<Ring>,
    notes: &mut Notes,
) -> Result<(), Entangled> {
    let mut take = |polygon: Polygon<f64>| {
        use geo::orient::{Direction, Orient};
        let has_holes = !polygon.interiors().is_empty();
        let polygon = polygon.orient(Direction::Default);
        let size = (doubled_area(&polygon.exterior().0) / 2.0).abs();
        let columns = entity.columns.clone();
        let area = Area { polygon, layer: entity.layer.clone(), columns, is_hatch: entity.is_hatch };
        rings.push(Ring { area, has_holes, size });
    };
    if polygon.is_valid() {
        take(polygon);
        return Ok(());
    }
    let lines: Vec<LineString<f64>> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).cloned().collect();
    let divided = network::faces(&lines, way.tolerance)?.polygons;
    let first = lines.first().and_then(|line| line.0.first()).copied();
    // A place of a hole that the polygon has itself stays a hole.
    let is_hole = |face: &Polygon<f64>| {
        let at = face.interior_point();
        at.is_some_and(|at| polygon.interiors().iter().any(|hole| Polygon::new(hole.clone(), Vec::new()).contains(&at)))
    };
    let divided: Vec<Polygon<f64>> = divided.into_iter().filter(|face| !is_hole(face)).collect();
    notes.add(if divided.is_empty() { NoteKind::Degenerate } else { NoteKind::SelfCrossing }, &entity.layer, first);
    divided.into_iter().for_each(take);
    Ok(())
}

enum Closing {
    Open,
    Degenerate,
    /// The ring, and whether its ends had to be joined.
    Closed(LineString<f64>, bool),
}

/// Closes a line whose ends meet within the tolerance.
fn closed(line: &LineString<f64>, tolerance: f64) -> Closing {
    let mut places = line.0.clone();
    places.dedup();
    let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
        return Closing::Degenerate;
    };
    let was_open = first != last;
    if was_open && distance(first, last) > tolerance {
        return Closing::Open;
    }
    // A short straight line is no outline, however near its ends are.
    if was_open && places.len() < 4 {
        return if places.len() < 2 { Closing::Degenerate } else { Closing::Open };
    }
    if was_open {
        // The last vertex is drawn to the first.
        places.pop();
        places.push(first);
    }
    // By its breadth too: two loops of one size that cross take each other's area away.
    let is_small = doubled_area(&places).abs() / 2.0 <= tolerance * tolerance;
    if places.len() < 4 || (is_small && breadth(&places) <= tolerance) {
        return Closing::Degenerate;
    }
    Closing::Closed(LineString(places), was_open)
}

/// A ring by its places to the tolerance, from the smallest on, counter-clockwise.
fn key(ring: &LineString<f64>, tolerance: f64) -> Vec<(i64, i64)> {
    let square = |place: &Coord<f64>| ((place.x / tolerance).round() as i64, (place.y / tolerance).round() as i64);
    let mut places: Vec<(i64, i64)> = ring.0.iter().skip(1).map(square).collect();
    if doubled_area(&ring.0) < 0.0 {
        places.reverse();
    }
    places.dedup();
    let least = places.iter().enumerate().min_by_key(|(_, place)| **place).map_or(0, |(at, _)| at);
    places.rotate_left(least);
    places
}

/// Areas with the same outline once; an outline is kept rather than a hatch of it.
fn once_each(rings: Vec<Ring>, tolerance: f64, notes: &mut Notes) -> Vec<Ring> {
    let mut kept: Vec<Ring> = Vec::with_capacity(rings.len());
    let mut known: HashMap<Vec<(i64, i64)>, usize> = HashMap::new();
    for ring in rings {
        let key = key(ring.area.polygon.exterior(), tolerance);
        match known.get(&key) {
            Some(at) => {
                notes.add(NoteKind::Duplicate, &ring.area.layer, ring.area.polygon.exterior().0.first().copied());
                let other = &mut kept[*at];
                let (mut better, worse) = if other.area.is_hatch && !ring.area.is_hatch {
                    (ring.area, &other.area)
                } else {
                    (other.area.clone(), &ring.area)
                };
                better.columns.extend(worse.columns.iter().cloned());
                other.has_holes = !better.polygon.interiors().is_empty();
                other.area = better;
            }
            None => {
                known.insert(key, kept.len());
                kept.push(ring);
            }
        }
    }
    kept
}

type Box4 = (f64, f64, f64, f64);

pub(super) fn index(boxes: impl ExactSizeIterator<Item = Box4>) -> Option<RTree<f64>> {
    if boxes.len() == 0 {
        return None;
    }
    let mut tree = RTreeBuilder::<f64>::new(boxes.len() as u32);
    for (min_x, min_y, max_x, max_y) in boxes {
        tree.add(min_x, min_y, max_x, max_y);
    }
    Some(tree.finish::<HilbertSort>())
}

/// What may hold or touch a place.
pub(super) fn around(tree: Option<&RTree<f64>>, at: Coord<f64>, reach: f64) -> Vec<usize> {
    let hits = tree.map(|tree| tree.search(at.x - reach, at.y - reach, at.x + reach, at.y + reach));
    hits.unwrap_or_default().into_iter().map(|hit| hit as usize).collect()
}

fn distance_to_line(at: Coord<f64>, line: &LineString<f64>) -> f64 {
    let far = line.0.windows(2).map(|pair| {
        if pair[0] == pair[1] { distance(at, pair[0]) } else { distance_to_segment(at, pair[0], pair[1]).0 }
    });
    far.fold(f64::INFINITY, f64::min)
}

/// Which outlines loose lines end at: these divide them.
fn touched(rings: &[Ring], loose: &[(&str, LineString<f64>)], tolerance: f64) -> Vec<bool> {
    let tree = index(rings.iter().map(|ring| bounds(&ring.area.polygon.exterior().0)));
    let mut touched = vec![false; rings.len()];
    let ends = loose.iter().flat_map(|(_, line)| line.0.first().into_iter().chain(line.0.last()));
    for end in ends {
        for at in around(tree.as_ref(), *end, tolerance) {
            let polygon = &rings[at].area.polygon;
            let mut lines = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            touched[at] = touched[at] || lines.any(|line| distance_to_line(*end, line) <= tolerance);
        }
    }
    touched
}

/// Whether any piece of a face's outline lies along a loose line.
fn is_bounded_by(
    face: &Polygon<f64>,
    loose: &[(&str, LineString<f64>)],
    tree: Option<&RTree<f64>>,
    tolerance: f64,
) -> bool {
    face.exterior().0.windows(2).any(|pair| {
        let middle = (pair[0] + pair[1]) / 2.0;
        around(tree, middle, tolerance).into_iter().any(|at| distance_to_line(middle, &loose[at].1) <= tolerance)
    })
}

/// Outlines in outlines: the inner one is a hole of the outer one, and what lies in a hole is an area again.
fn nested(mut rings: Vec<Ring>, way: &Way<'_>, notes: &mut Notes) -> Vec<Area> {
    rings.sort_by(|one, other| other.size.total_cmp(&one.size));
    let tree = index(rings.iter().map(|ring| bounds(&ring.area.polygon.exterior().0)));
    let shells: Vec<Polygon<f64>> =
        rings.iter().map(|ring| Polygon::new(ring.area.polygon.exterior().clone(), Vec::new())).collect();
    let mut parents: Vec<Option<usize>> = vec![None; rings.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); rings.len()];
    for at in 0..rings.len() {
        let Some(inside) = shells[at].interior_point() else { continue };
        let holders = around(tree.as_ref(), inside.into(), 0.0).into_iter().filter(|other| *other < at);
        // The last of those in descending size is the smallest that holds it.
        let holder = holders.filter(|other| holds(&shells[*other], &shells[at], inside, way.tolerance)).max();
        if let Some(holder) = holder {
            parents[at] = Some(holder);
            children[holder].push(at);
        }
    }
    let mut has_symbol = vec![false; rings.len()];
    for symbol in way.symbols {
        let holders = around(tree.as_ref(), *symbol, 0.0).into_iter();
        if let Some(at) = holders.filter(|at| shells[*at].intersects(&Point(*symbol))).max() {
            has_symbol[at] = true;
        }
    }
    let mut areas = Vec::new();
    let mut is_filled = vec![false; rings.len()];
    for (at, ring) in rings.into_iter().enumerate() {
        let first = ring.area.polygon.exterior().0.first().copied();
        // What holds it comes before it. Only in an area is it a hole: not in a hole, not in an outline of others.
        if parents[at].is_some_and(|parent| is_filled[parent]) {
            notes.add(NoteKind::Hole, &ring.area.layer, first);
            if !has_symbol[at] {
                continue;
            }
        } else {
            is_filled[at] = true;
        }
        let mut area = ring.area;
        if !ring.has_holes {
            for child in &children[at] {
                let mut hole = shells[*child].exterior().clone();
                hole.0.reverse();
                area.polygon.interiors_push(hole);
            }
        }
        if !children[at].is_empty() && area.measured_m2() < REMNANT_M2 {
            notes.add(NoteKind::OutlineOfOthers, &area.layer, first);
            is_filled[at] = false;
            continue;
        }
        areas.push(area);
    }
    areas
}

/// Whether an outline lies in another one, which it may touch.
fn holds(outer: &Polygon<f64>, inner: &Polygon<f64>, inside: Point<f64>, tolerance: f64) -> bool {
    outer.contains(&inside)
        && inner
            .exterior()
            .coords_iter()
            .all(|at| outer.intersects(&Point(at)) || distance_to_line(at, outer.exterior()) <= tolerance)
}
