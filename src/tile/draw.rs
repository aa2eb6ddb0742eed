//! Geometries as commands: rounded, cut, wound as the specification wants it, and never without extent.

use geo::{Coord, Geometry, LineString, Polygon};

use super::clip;
use super::encode::{GeometryType, zigzag};

use super::outline::Frame;
use super::select::Box32;
use crate::geom::lattice::{Area, Cell, doubled_area, straighten, tidy_ring, valid, wind};

/// The commands of one feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    pub kind: GeometryType,
    pub commands: Vec<u32>,
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// Writes commands; positions are relative to the one before.
#[derive(Default)]
struct Commands {
    out: Vec<u32>,
    at: (i64, i64),
}

impl Commands {
    fn repeat(&mut self, command: u32, count: usize) {
        self.out.push(command | (count as u32) << 3);
    }

    fn to(&mut self, cell: Cell) {
        self.out.extend([zigzag(cell.x - self.at.0), zigzag(cell.y - self.at.1)]);
        self.at = (cell.x, cell.y);
    }

    /// A path of at least two corners.
    fn path(&mut self, cells: &[Cell]) {
        let Some((first, rest)) = cells.split_first() else { return };
        self.repeat(MOVE_TO, 1);
        self.to(*first);
        self.repeat(LINE_TO, rest.len());
        rest.iter().for_each(|cell| self.to(*cell));
    }

    /// Outer rings clockwise as seen on the map, each followed by its holes the other way (specification 4.3.4.4).
    fn of_areas(areas: Vec<Area>) -> Vec<u32> {
        let room = areas.iter().flatten().map(|ring| 2 * ring.len() + 3).sum();
        let mut commands = Commands { out: Vec::with_capacity(room), at: (0, 0) };
        for mut area in areas {
            wind(&mut area);
            for ring in &area {
                commands.path(ring);
                commands.repeat(CLOSE_PATH, 1);
            }
        }
        commands.out
    }
}

/// Draws the features of one tile.
pub struct Pen {
    frame: Frame,
    ring: Vec<Cell>,
    scratch: Vec<Cell>,
}

/// What became of a ring.
enum Ring {
    /// Nothing of it can be seen.
    Outside,
    /// It has no area on the grid; the ends of what can be seen of it.
    Collapsed(Cell, Cell),
    /// It lies in the pen's buffer.
    Drawn,
}

impl Pen {
    pub fn new(frame: Frame) -> Pen {
        Pen { frame, ring: Vec::new(), scratch: Vec::new() }
    }

    /// The drawings of a geometry: none where the tile shows nothing of it, several for a mixed collection. A group of areas
    /// is drawn as the rectangle `around` it.
    pub fn draw(&mut self, geometry: &Geometry<f64>, around: Option<Box32>) -> Vec<Drawing> {
        let mut parts = Parts::default();
        collect(geometry, &mut parts);
        let areas = match around.filter(|_| !parts.polygons.is_empty()) {
            Some(around) => self.rectangle(around),
            None => self.polygons(&parts.polygons),
        };
        let drawn = [
            (GeometryType::Polygon, areas),
            (GeometryType::Line, self.lines(&parts.lines)),
            (GeometryType::Point, self.points(&parts.points)),
        ];
        let drawn = drawn.into_iter().filter(|(_, commands)| !commands.is_empty());
        drawn.map(|(kind, commands)| Drawing { kind, commands }).collect()
    }

    fn points(&self, points: &[Coord<f64>]) -> Vec<u32> {
        let cells = points.iter().map(|at| self.frame.cell(*at)).filter(|cell| clip::is_inside(*cell));
        let mut cells: Vec<Cell> = cells.collect();
        // Several of one feature in one cell are one.
        cells.sort_unstable();
        cells.dedup();
        let mut commands = Commands::default();
        if !cells.is_empty() {
            commands.repeat(MOVE_TO, cells.len());
            cells.into_iter().for_each(|cell| commands.to(cell));
        }
        commands.out
    }

    fn lines(&mut self, lines: &[&LineString<f64>]) -> Vec<u32> {
        let mut commands = Commands::default();
        let mut short = None;
        for line in lines {
            self.frame.cells(&line.0, &mut self.ring);
            straighten(&mut self.ring);
            match self.ring.as_slice() {
                [cell] if clip::is_inside(*cell) => short = short.or(Some(*cell)),
                cells if clip::is_beyond(cells) => {}
                cells => {
                    for mut piece in clip::line(cells) {
                        straighten(&mut piece);
                        // What only touches the border from outside has no length.
                        if piece.len() > 1 {
                            commands.path(&piece);
                        }
                    }
                }
            }
        }
        if commands.out.is_empty()
            && let Some(cell) = short
        {
            commands.path(&[cell, Cell { x: cell.x + self.frame.step, ..cell }]);
        }
        commands.out
    }

    fn polygons(&mut self, polygons: &[&Polygon<f64>]) -> Vec<u32> {
        let mut areas: Vec<Area> = Vec::new();
        let mut collapsed: Option<(Cell, Cell)> = None;
        for polygon in polygons {
            match self.ring(polygon.exterior()) {
                Ring::Outside => {}
                Ring::Collapsed(a, b) => {
                    let length = |(a, b): (Cell, Cell)| (a.x - b.x).abs().max((a.y - b.y).abs());
                    if collapsed.is_none_or(|known| length(known) < length((a, b))) {
                        collapsed = Some((a, b));
                    }
                }
                Ring::Drawn => {
                    let mut area = vec![self.ring.clone()];
                    for hole in polygon.interiors() {
                        if let Ring::Drawn = self.ring(hole) {
                            area.push(self.ring.clone());
                        }
                    }
                    areas.push(area);
                }
            }
        }
        let mut areas = valid(areas);
        if areas.is_empty()
            && let Some((a, b)) = collapsed
        {
            areas.push(vec![self.strip(a, b)]);
        }
        Commands::of_areas(areas)
    }

    /// Rounds, cuts and tidies a ring into the buffer.
    fn ring(&mut self, ring: &LineString<f64>) -> Ring {
        self.frame.cells(&ring.0, &mut self.ring);
        if clip::is_beyond(&self.ring) {
            return Ring::Outside;
        }
        let has_area = doubled_area(&self.ring) != 0;
        clip::ring(&mut self.ring, &mut self.scratch);
        // The ends must be looked for before tidying, which takes everything from a ring without area.
        let along = |cell: &&Cell| (cell.x, cell.y);
        let across = |cell: &&Cell| (cell.y, cell.x);
        let ends = |by: fn(&&Cell) -> (i64, i64)| self.ring.iter().min_by_key(by).zip(self.ring.iter().max_by_key(by));
        let (Some((west, east)), Some((north, south))) = (ends(along), ends(across)) else { return Ring::Outside };
        let is_flat = east.x - west.x >= south.y - north.y;
        let (a, b) = if is_flat { (*west, *east) } else { (*north, *south) };
        tidy_ring(&mut self.ring);
        match self.ring.len() >= 3 && doubled_area(&self.ring) != 0 {
            true => Ring::Drawn,
            // It only touches the border from outside.
            false if has_area => Ring::Outside,
            false => Ring::Collapsed(a, b),
        }
    }

    /// A strip one cell wide between two corners.
    fn strip(&self, a: Cell, b: Cell) -> Vec<Cell> {
        let step = self.frame.step;
        let is_flat = (b.x - a.x).abs() >= (b.y - a.y).abs();
        let beside = |cell: Cell| {
            if is_flat { Cell { y: cell.y + step, ..cell } } else { Cell { x: cell.x + step, ..cell } }
        };
        let b = if a == b { Cell { x: a.x + step, ..a } } else { b };
        vec![a, b, beside(b), beside(a)]
    }

    /// A rectangle of at least one cell, cut at the border.
    fn rectangle(&mut self, around: Box32) -> Vec<u32> {
        let part = |part: u32| f64::from(part) / 2f64.powi(32);
        let a = self.frame.nearest(part(around.min_x), part(around.min_y));
        let b = self.frame.nearest(part(around.max_x), part(around.max_y));
        let b = Cell { x: b.x.max(a.x + self.frame.step), y: b.y.max(a.y + self.frame.step) };
        self.ring.clear();
        self.ring.extend([a, Cell { x: b.x, y: a.y }, b, Cell { x: a.x, y: b.y }]);
        clip::ring(&mut self.ring, &mut self.scratch);
        tidy_ring(&mut self.ring);
        let areas = if self.ring.len() >= 3 { vec![vec![self.ring.clone()]] } else { Vec::new() };
        Commands::of_areas(areas)
    }
}

/// The parts of a geometry by their dimension.
#[derive(Default)]
struct Parts<'a> {
    points: Vec<Coord<f64>>,
    lines: Vec<&'a LineString<f64>>,
    polygons: Vec<&'a Polygon<f64>>,
}

fn collect<'a>(geometry: &'a Geometry<f64>, parts: &mut Parts<'a>) {
    match geometry {
        Geometry::Point(point) => parts.points.push(point.0),
        Geometry::MultiPoint(points) => parts.points.extend(points.0.iter().map(|point| point.0)),
        Geometry::LineString(line) => parts.lines.push(line),
        Geometry::MultiLineString(lines) => parts.lines.extend(&lines.0),
        Geometry::Polygon(polygon) => parts.polygons.push(polygon),
        Geometry::MultiPolygon(polygons) => parts.polygons.extend(&polygons.0),
        Geometry::GeometryCollection(members) => members.0.iter().for_each(|member| collect(member, parts)),
        // Stores read none of these: they are shapes of the library alone.
        Geometry::Line(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {}
    }
}
