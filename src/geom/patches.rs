//! A transformation in patches: within some kilometres a grid bends so little that a polynomial gives what PROJ gives, thirty
//! times as fast.
//!
//! Each patch is interpolated from PROJ at the nodes of Chebyshev and held against PROJ at other places before it is used;
//! where it is off by more than [`TOLERANCE`], PROJ itself is asked for every point. Which patch a point falls into, and so
//! what becomes of it, depends on the point alone: the same place is the same number wherever and whenever it is published.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::project::{ProjectError, Transform, put};
use super::{Crs, Shape};

/// Length of a patch's side, in units of the system that is transformed from: metres, as grids have them.
const SIDE: f64 = 8192.0;

/// Nodes along each side.
const NODES: usize = 6;

/// Degrees by which a patch may differ from PROJ where it is tried: a ten-thousandth of a millimetre on the ground. What
/// is computed with doubles is uncertain by a hundredth of that.
const TOLERANCE: f64 = 1e-12;

/// So many patches are kept on each thread; with more, all are made anew.
const MAX_PATCHES: usize = 4096;

/// Which patch: how many sides it lies to the right of the origin, and above it.
type Cell = (i32, i32);

/// One number for each pair of powers, or of nodes.
type Factors = [[f64; NODES]; NODES];

/// Longitude and latitude as polynomials of the place within a patch, each coordinate from -1 to 1.
struct Patch {
    lon: Factors,
    lat: Factors,
}

impl Patch {
    fn at(&self, u: f64, v: f64) -> (f64, f64) {
        let value = |of: &Factors| {
            let along = |row: &[f64; NODES]| row.iter().rev().fold(0.0, |sum, factor| sum * u + factor);
            of.iter().rev().fold(0.0, |sum, row| sum * v + along(row))
        };
        (value(&self.lon), value(&self.lat))
    }
}

/// The node of a number, from -1 to 1.
fn node(at: usize) -> f64 {
    (std::f64::consts::PI * (at as f64 + 0.5) / NODES as f64).cos()
}

/// What turns the values at the nodes of a line into the factors of 1, u, u², …
fn factors() -> Factors {
    // The polynomials of Chebyshev by powers: T0 = 1, T1 = u, Tn = 2u·T(n-1) - T(n-2).
    let mut powers = [[0.0; NODES]; NODES];
    powers[0][0] = 1.0;
    powers[1][1] = 1.0;
    for n in 2..NODES {
        for power in 0..NODES {
            let lifted = if power == 0 { 0.0 } else { 2.0 * powers[n - 1][power - 1] };
            powers[n][power] = lifted - powers[n - 2][power];
        }
    }
    let mut factors = [[0.0; NODES]; NODES];
    for (power, row) in factors.iter_mut().enumerate() {
        for (at, factor) in row.iter_mut().enumerate() {
            *factor = (0..NODES)
                .map(|n| {
                    let share = if n == 0 { 1.0 } else { 2.0 } / NODES as f64;
                    let angle = std::f64::consts::PI * (at as f64 + 0.5) / NODES as f64;
                    share * (n as f64 * angle).cos() * powers[n][power]
                })
                .sum();
        }
    }
    factors
}

thread_local! {
    static PATCHES: RefCell<HashMap<Crs, Rc<Patches>>> = RefCell::default();
}

/// The patches of one thread from one system to CRS84.
pub struct Patches {
    transform: Rc<Transform>,
    /// Whether the system has metres: degrees would need other patches, and need no speed.
    is_grid: bool,
    factors: Factors,
    /// `None` where PROJ is to be asked.
    known: RefCell<HashMap<Cell, Option<Rc<Patch>>>>,
}

impl Patches {
    /// Those of this thread, from a system to CRS84.
    ///
    /// # Errors
    /// As [`Transform::between`].
    pub fn from(crs: &Crs) -> Result<Rc<Patches>, ProjectError> {
        if let Some(known) = PATCHES.with_borrow(|all| all.get(crs).cloned()) {
            return Ok(known);
        }
        let made = Rc::new(Patches {
            transform: Transform::between(crs, &Crs::Crs84)?,
            is_grid: super::project::spatial_ref(crs)?.is_projected(),
            factors: factors(),
            known: RefCell::default(),
        });
        PATCHES.with_borrow_mut(|all| all.insert(crs.clone(), Rc::clone(&made)));
        Ok(made)
    }

    /// Transforms a shape in place; heights stay as surveyed.
    ///
    /// # Errors
    /// As [`Transform::points`].
    pub fn shape(&self, shape: &mut Shape) -> Result<(), ProjectError> {
        use geo::CoordsIter;
        if self.transform.is_identity() {
            return Ok(());
        }
        let mut last: Option<(Cell, Rc<Patch>)> = None;
        let mut image = |x: f64, y: f64| {
            let cell = self.cell(x, y)?;
            let patch = match &last {
                Some((at, patch)) if *at == cell => patch,
                _ => &last.insert((cell, self.patch(cell)?)).1,
            };
            let within = |n: f64, cell: i32| (n / SIDE - f64::from(cell)) * 2.0 - 1.0;
            Some(patch.at(within(x, cell.0), within(y, cell.1)))
        };
        let count = shape.geometry.coords_count();
        let (mut lons, mut lats) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let all = shape.geometry.coords_iter().try_for_each(|corner| {
            let (lon, lat) = image(corner.x, corner.y)?;
            lons.push(lon);
            lats.push(lat);
            Some(())
        });
        if all.is_none() {
            return self.transform.shape(shape);
        }
        put(shape, &lons, &lats);
        Ok(())
    }

    /// The patch in which a point lies; `None` where there are none.
    fn cell(&self, x: f64, y: f64) -> Option<Cell> {
        let of = |n: f64| Some((n / SIDE).floor()).filter(|cell| cell.abs() < 1e6).map(|cell| cell as i32);
        if self.is_grid { of(x).zip(of(y)) } else { None }
    }

    fn patch(&self, cell: Cell) -> Option<Rc<Patch>> {
        if let Some(known) = self.known.borrow().get(&cell) {
            return known.clone();
        }
        let made = self.made(cell).map(Rc::new);
        let mut known = self.known.borrow_mut();
        if known.len() >= MAX_PATCHES {
            known.clear();
        }
        known.insert(cell, made.clone());
        made
    }

    /// A patch, if it agrees with PROJ.
    fn made(&self, cell: Cell) -> Option<Patch> {
        let on_ground = |u: f64, cell: i32| ((u + 1.0) / 2.0 + f64::from(cell)) * SIDE;
        let asked = |places: &[(f64, f64)]| {
            let mut x: Vec<f64> = places.iter().map(|(u, _)| on_ground(*u, cell.0)).collect();
            let mut y: Vec<f64> = places.iter().map(|(_, v)| on_ground(*v, cell.1)).collect();
            self.transform.points(&mut x, &mut y).ok().map(|()| (x, y))
        };
        let nodes: Vec<(f64, f64)> = (0..NODES * NODES).map(|at| (node(at % NODES), node(at / NODES))).collect();
        let (lon, lat) = asked(&nodes)?;
        let patch = Patch { lon: self.interpolated(&lon), lat: self.interpolated(&lat) };
        // The corners are farthest from all nodes.
        let tried = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (0.0, 1.0), (0.1, -0.3), (-0.7, 0.6)];
        let (lon, lat) = asked(&tried)?;
        let agrees = tried.iter().zip(lon.iter().zip(&lat)).all(|((u, v), (lon, lat))| {
            let (x, y) = patch.at(*u, *v);
            (x - lon).abs() <= TOLERANCE && (y - lat).abs() <= TOLERANCE
        });
        agrees.then_some(patch)
    }

    /// The factors of a polynomial with these values at the nodes.
    fn interpolated(&self, values: &[f64]) -> Factors {
        // What they have in common would drown in rounding what they differ by.
        let common = values.first().copied().unwrap_or_default();
        let mut result = [[0.0; NODES]; NODES];
        for (power_v, row) in result.iter_mut().enumerate() {
            for (power_u, factor) in row.iter_mut().enumerate() {
                *factor = values
                    .iter()
                    .enumerate()
                    .map(|(at, value)| {
                        (value - common) * self.factors[power_u][at % NODES] * self.factors[power_v][at / NODES]
                    })
                    .sum();
            }
        }
        result[0][0] += common;
        result
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use geo::{Coord, LineString};
    use proptest::prelude::*;

    use super::*;

    /// The greatest difference in degrees to what PROJ makes of points.
    fn off(crs: &Crs, points: &[(f64, f64)]) -> f64 {
        let line = LineString(points.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect());
        let (mut ours, mut theirs) = (Shape::flat(line.clone()), Shape::flat(line));
        Patches::from(crs).unwrap().shape(&mut ours).unwrap();
        Transform::between(crs, &Crs::Crs84).unwrap().shape(&mut theirs).unwrap();
        use geo::CoordsIter;
        let pairs = ours.geometry.coords_iter().zip(theirs.geometry.coords_iter());
        pairs.map(|(a, b)| (a.x - b.x).abs().max((a.y - b.y).abs())).fold(0.0, f64::max)
    }

    #[test]
    fn a_point_without_an_image_is_refused_as_by_proj() {
        let patches = Patches::from(&Crs::Epsg(5897)).unwrap();
        for (x, y) in [(f64::NAN, 2e6), (1e30, 2e6), (5e5, f64::INFINITY)] {
            let mut shape = Shape::flat(geo::Point::new(x, y));
            assert!(patches.shape(&mut shape).is_err(), "{x} {y}");
        }
        assert!(Patches::from(&Crs::Epsg(999_999)).is_err());
    }

    #[test]
    fn degrees_go_to_proj_and_what_is_wgs84_stays_to_the_last_bit() {
        assert_eq!(off(&Crs::Epsg(4756), &[(105.8, 21.0), (108.3, 16.2)]), 0.0);
        let place = (105.854_200_000_000_02, 21.028_499_999_999_996);
        let mut shape = Shape::flat(geo::Point::new(place.0, place.1));
        Patches::from(&Crs::Epsg(4326)).unwrap().shape(&mut shape).unwrap();
        assert_eq!(shape, Shape::flat(geo::Point::new(place.0, place.1)));
    }

    #[test]
    fn the_corners_of_a_patch_and_its_neighbours_meet() {
        // 70 and 71 sides east of the origin, 284 north of it: Hanoi.
        let (x, y) = (71.0 * SIDE, 284.0 * SIDE);
        let around = [(x - 1e-9, y), (x, y), (x + 1e-9, y), (x, y - 1e-9), (x, y + 1e-9)];
        assert!(off(&Crs::Epsg(5897), &around) <= 1e-12);
    }

    #[test]
    fn every_place_of_the_north_lies_in_a_patch() {
        let patches = Patches::from(&Crs::Epsg(5897)).unwrap();
        // From 105.0 to 108.5 degrees east, 20.8 to 23.4 north.
        let cells = (61..105).flat_map(|x| (281..317).map(move |y| (x, y)));
        let asked: Vec<_> = cells.filter(|cell| patches.patch(*cell).is_none()).collect();
        assert_eq!(asked, []);
    }

    proptest! {
        #[test]
        fn patches_agree_with_proj_all_over_the_country(
            code in prop::sample::select(vec![5897u32, 3405, 3406, 5896, 5898, 5899, 9205, 9210, 9218, 3857, 32648]),
            places in proptest::collection::vec((300_000.0f64..800_000.0, 900_000.0f64..2_650_000.0), 1..40),
        ) {
            // A ten-thousandth of a millimetre; beyond that PROJ is asked.
            prop_assert!(off(&Crs::Epsg(code), &places) <= 2e-12);
        }
    }
}
