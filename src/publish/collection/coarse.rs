//! Outlines as coarse as a web map may show them.

use geo::{Coord, Geometry, LineString, Polygon};

use crate::geom::lattice::{Area, Cell, doubled_area, straighten, tidy_ring, valid};

/// Degrees of longitude around the world.
const WORLD: f64 = 360.0;

/// Pixels along an edge of the one tile that shows the world at zoom 0.
const TILE: f64 = 256.0;

/// Metres of a degree of latitude.
const DEGREE: f64 = 111_320.0;

/// How coarse outlines may be at a zoom: vertices lie on a lattice, at most a quarter of a pixel from where they were. Where
/// a vertex goes depends on its place alone, so a border that two features share stays shared.
#[derive(Debug, Clone, Copy)]
pub struct Coarse {
    /// Units of the last digit between two points of the lattice: 1, 2 or 5, or more where there are no digits.
    units: i64,
    /// Digits after the point that its coordinates have.
    pub decimals: u32,
}

impl Coarse {
    /// The widest lattice of round numbers whose points lie at most half a pixel apart.
    pub fn new(zoom: u32, is_in_degrees: bool) -> Coarse {
        let pixel = WORLD / TILE / 2f64.powi(zoom as i32) * if is_in_degrees { 1.0 } else { DEGREE };
        let half = pixel / 2.0;
        let power = half.log10().floor() as i32;
        let first = match half / 10f64.powi(power) {
            first if first >= 5.0 => 5,
            first if first >= 2.0 => 2,
            _ => 1,
        };
        let whole = 10i64.pow(power.max(0).unsigned_abs());
        Coarse { units: first * whole, decimals: power.min(0).unsigned_abs() }
    }

    fn cell(&self, at: Coord<f64>) -> Cell {
        let step = self.units as f64 / 10f64.powi(self.decimals as i32);
        // Saturating: what lies beyond all maps counts to their end.
        let number = |n: f64| ((n / step).round() as i64).clamp(-(1 << 40), 1 << 40);
        Cell { x: number(at.x), y: number(at.y) }
    }

    fn coord(&self, cell: Cell) -> Coord<f64> {
        let number = |n: i64| (n * self.units) as f64 / 10f64.powi(self.decimals as i32);
        Coord { x: number(cell.x), y: number(cell.y) }
    }

    fn line(&self, line: &LineString<f64>) -> LineString<f64> {
        let mut cells: Vec<Cell> = line.0.iter().map(|at| self.cell(*at)).collect();
        straighten(&mut cells);
        if let [only] = *cells.as_slice() {
            cells.push(Cell { x: only.x + 1, ..only });
        }
        cells.into_iter().map(|cell| self.coord(cell)).collect()
    }

    /// Polygons, those without area on the lattice left out; where that leaves none, the rectangle around all of them.
    fn polygons(&self, polygons: &[Polygon<f64>]) -> Vec<Polygon<f64>> {
        let ring = |line: &LineString<f64>| {
            let mut cells: Vec<Cell> = line.0.iter().map(|at| self.cell(*at)).collect();
            tidy_ring(&mut cells);
            (cells.len() >= 3 && doubled_area(&cells) != 0).then_some(cells)
        };
        let areas = polygons.iter().filter_map(|polygon| {
            let outer = ring(polygon.exterior())?;
            Some(std::iter::once(outer).chain(polygon.interiors().iter().filter_map(ring)).collect::<Area>())
        });
        let mut areas = valid(areas.collect());
        if areas.is_empty() {
            areas.extend(self.around(polygons));
        }
        let closed = |cells: Vec<Cell>| {
            let first = cells.first().copied();
            cells.into_iter().chain(first).map(|cell| self.coord(cell)).collect::<LineString<f64>>()
        };
        let polygon = |area: Area| {
            let mut rings = area.into_iter().map(closed);
            Some(Polygon::new(rings.next()?, rings.collect()))
        };
        areas.into_iter().filter_map(polygon).collect()
    }

    /// The rectangle around polygons, at least one step wide and high.
    fn around(&self, polygons: &[Polygon<f64>]) -> Option<Area> {
        let corners = polygons.iter().flat_map(|polygon| &polygon.exterior().0).map(|at| self.cell(*at));
        let (a, b) = corners.map(|cell| (cell, cell)).reduce(|(a, b), (c, d)| {
            (Cell { x: a.x.min(c.x), y: a.y.min(c.y) }, Cell { x: b.x.max(d.x), y: b.y.max(d.y) })
        })?;
        let b = Cell { x: b.x.max(a.x + 1), y: b.y.max(a.y + 1) };
        Some(vec![vec![a, Cell { x: b.x, y: a.y }, b, Cell { x: a.x, y: b.y }]])
    }

    /// The outline of a geometry on the lattice; `None` for points, which have none.
    pub fn outline(&self, geometry: &Geometry<f64>) -> Option<Geometry<f64>> {
        Some(match geometry {
            Geometry::LineString(line) => self.line(line).into(),
            Geometry::MultiLineString(lines) => {
                Geometry::MultiLineString(lines.iter().map(|line| self.line(line)).collect())
            }
            Geometry::Polygon(polygon) => {
                let mut polygons = self.polygons(std::slice::from_ref(polygon));
                match polygons.len() {
                    1 => polygons.swap_remove(0).into(),
                    _ => geo::MultiPolygon(polygons).into(),
                }
            }
            Geometry::MultiPolygon(polygons) => geo::MultiPolygon(self.polygons(&polygons.0)).into(),
            Geometry::GeometryCollection(parts) => Geometry::GeometryCollection(
                parts.iter().map(|part| self.outline(part).unwrap_or_else(|| part.clone())).collect(),
            ),
            _ => return None,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use geo::{Area as _, Validation};
    use proptest::prelude::*;

    #[test]
    fn the_lattice_is_one_of_round_numbers_at_most_half_a_pixel_wide() {
        // Zoom 12: 360 / 256 / 4096 = 0.000343°, half of it 0.000172°. Zoom 0: 156 km, half of it 78 km.
        let of = |zoom, is_in_degrees| {
            let coarse = Coarse::new(zoom, is_in_degrees);
            (coarse.units, coarse.decimals)
        };
        assert_eq!(of(12, true), (1, 4));
        assert_eq!(of(12, false), (10, 0));
        assert_eq!(of(0, true), (5, 1));
        assert_eq!(of(0, false), (50_000, 0));
        assert_eq!(of(20, false), (5, 2));
    }

    #[test]
    fn what_is_smaller_than_a_step_is_one_step_large_and_a_part_of_it_goes() {
        let coarse = Coarse::new(12, true);
        let square = |x: f64, side: f64| {
            Polygon::new(LineString::from(vec![(x, 0.0), (x + side, 0.0), (x + side, side), (x, side)]), vec![])
        };
        let Some(Geometry::Polygon(speck)) = coarse.outline(&square(0.5, 1e-6).into()) else { panic!() };
        assert!((speck.unsigned_area() - 1e-8).abs() < 1e-12, "{speck:?}");
        let two = geo::MultiPolygon(vec![square(0.5, 1e-6), square(0.6, 1e-3)]);
        let Some(Geometry::MultiPolygon(parts)) = coarse.outline(&two.into()) else { panic!() };
        assert_eq!(parts.0.len(), 1);
        let Some(Geometry::LineString(line)) = coarse.outline(&LineString::from(vec![(0.5, 0.0), (0.5, 1e-9)]).into())
        else {
            panic!()
        };
        assert_eq!(line.0.len(), 2);
    }

    proptest! {
        #[test]
        fn neighbours_share_their_border_and_stay_valid(
            bends in proptest::collection::vec((-0.003f64..0.003, 0.0f64..1.0), 1..40), zoom in 8u32..=18,
        ) {
            // Two areas on either side of one bent border, as in the tests of the tiles.
            let mut along: Vec<f64> = bends.iter().map(|bend| bend.1).collect();
            along.sort_by(f64::total_cmp);
            let (south, north, middle) = (21.0, 21.05, 105.85);
            let border: Vec<(f64, f64)> = std::iter::once((middle, south))
                .chain(bends.iter().zip(&along).map(|(bend, at)| (middle + bend.0, south + at * (north - south))))
                .chain([(middle, north)]).collect();
            let ring = |far: f64, border: Vec<(f64, f64)>| {
                let (first, last) = (border[0], border[border.len() - 1]);
                let rest = [(far, last.1), (far, 21.02), (far, first.1), first];
                Polygon::new(LineString::from(border.into_iter().chain(rest).collect::<Vec<_>>()), vec![])
            };
            let coarse = Coarse::new(zoom, true);
            let west = coarse.outline(&ring(105.8, border.clone()).into()).unwrap();
            let east = coarse.outline(&ring(105.9, border.into_iter().rev().collect()).into()).unwrap();
            prop_assert!(west.is_valid() && east.is_valid(), "{west:?} {east:?}");
            // Together they cover the rectangle around both, whose edges are rounded alike.
            let corner = |x: f64, y: f64| coarse.coord(coarse.cell(Coord { x, y }));
            let (low, high) = (corner(105.8, south), corner(105.9, north));
            let whole = (high.x - low.x) * (high.y - low.y);
            prop_assert!((west.unsigned_area() + east.unsigned_area() - whole).abs() < 1e-12);
        }
    }
}
