//! Spatial weights: who is whose neighbour, and by how much. Conventions are those of `libpysal.weights`.
//!
//! | scheme | neighbours | weight |
//! |---|---|---|
//! | distance band | all within the distance, the bound included | 1 |
//! | k nearest | the `k` nearest; of equally near ones those with the smaller keys | 1 |
//! | kernel, fixed | all within the bandwidth | K(distance / bandwidth) |
//! | kernel, adaptive | the `k` nearest; the bandwidth is the `k`-th distance × 1.0000001 | K(distance / bandwidth) |
//!
//! Kernels: triangular 1 − z, quartic 15/16 (1 − z²)², Gaussian e^(−z²/2) / √(2π), each on 0 ≤ z ≤ 1. A neighbour whose
//! weight is zero is none.
//!
//! One difference: `libpysal`'s older distance band loses neighbours at distance zero, because it takes a distance of zero for
//! an empty cell of its matrix. Here sites that lie in one place are neighbours, as its documentation says.

use std::sync::atomic::{AtomicUsize, Ordering};

use geo::Coord;
use geo_index::kdtree::{KDTree, KDTreeBuilder, KDTreeIndex};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{NeighborsOptions, RTree, RTreeBuilder, RTreeIndex, SimpleDistanceMetric};
use rayon::prelude::*;

use super::sites::Sites;
use super::{NoStatistic, Stop, positive, stopped};

/// More pairs of neighbours than this are refused before memory is (12 bytes each).
pub const MAX_LINKS: usize = 10_000_000;

/// Distances beyond this (metres) are refused; no two places on Earth are so far apart.
pub const MAX_DISTANCE: f64 = 20_040_000.0;

/// `libpysal` widens adaptive bandwidths by this, so that the k-th neighbour keeps a weight above zero.
const WIDENED: f64 = 1.000_000_1;

/// How a weight falls with distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    Triangular,
    Quartic,
    Gaussian,
}

impl Kernel {
    /// The weight at a distance of `z` bandwidths, for 0 ≤ z ≤ 1.
    fn at(self, z: f64) -> f64 {
        match self {
            Kernel::Triangular => 1.0 - z,
            Kernel::Quartic => 15.0 / 16.0 * (1.0 - z * z).powi(2),
            Kernel::Gaussian => (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt(),
        }
    }
}

/// How far a kernel reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reach {
    /// So many metres around every site.
    Fixed(f64),
    /// To the so-many-th nearest other site.
    Nearest(usize),
}

/// Who is whose neighbour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scheme {
    /// All within so many metres.
    DistanceBand(f64),
    /// So many nearest ones.
    Nearest(usize),
    Kernel(Kernel, Reach),
}

/// What is done with the weights that a scheme gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// Nothing.
    AsMade,
    /// Every weight becomes 1 (`libpysal`'s "B").
    Binary,
    /// Every row sums to 1, islands to 0 (`libpysal`'s "R").
    RowStandardised,
}

/// Whether a site is its own neighbour: the star of Gi*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    Without,
    /// With the kernel's weight at distance zero, otherwise 1.
    With,
}

/// The weights of all sites. Rows stand in the order of the keys.
#[derive(Debug, Clone)]
pub struct Weights {
    sites: Sites,
    starts: Vec<usize>,
    neighbours: Vec<u32>,
    weights: Vec<f64>,
    /// Each site's weight for itself; all zero without the star.
    own: Vec<f64>,
    with_own: bool,
}

/// The neighbours of one site.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Positions in the order of the keys, ascending, without the site itself.
    pub neighbours: &'a [u32],
    pub weights: &'a [f64],
    pub own: f64,
}

impl Row<'_> {
    /// The weighted sum of the values around a site, itself included where it has a weight.
    pub fn lag(&self, at: usize, values: &[f64]) -> f64 {
        let others: f64 =
            self.neighbours.iter().zip(self.weights).map(|(other, weight)| weight * values[*other as usize]).sum();
        others + self.own * values[at]
    }

    /// Sum of the weights and sum of their squares, the site's own included.
    pub fn sums(&self) -> (f64, f64) {
        let sum: f64 = self.weights.iter().sum();
        let squares: f64 = self.weights.iter().map(|weight| weight * weight).sum();
        (sum + self.own, squares + self.own * self.own)
    }

    /// The one weight of all neighbours, where they all have the same.
    pub(super) fn common_weight(&self) -> Option<f64> {
        let first = *self.weights.first()?;
        self.weights.iter().all(|weight| *weight == first).then_some(first)
    }
}

impl Weights {
    /// Weights by distance.
    ///
    /// Fails where the scheme asks for what cannot be: a distance that is not above zero, as many neighbours as there are
    /// sites, more than [`MAX_LINKS`] pairs, no neighbour for anyone, or all sites in one place (nothing is nearer than
    /// anything else then).
    pub fn build(
        sites: &Sites,
        scheme: Scheme,
        transform: Transform,
        own: Own,
        stop: Stop,
    ) -> Result<Weights, NoStatistic> {
        if sites.len() < 2 {
            return Err(NoStatistic::TooFew { have: sites.len(), need: 2 });
        }
        if sites.is_one_place() {
            return Err(NoStatistic::OnePlace);
        }
        let (rows, own_weight) = match scheme {
            Scheme::DistanceBand(metres) => (within(sites, metres, stop, &|_| 1.0)?, 1.0),
            Scheme::Nearest(k) => (nearest(sites, k, stop, &|_, _| 1.0)?, 1.0),
            Scheme::Kernel(kernel, Reach::Fixed(metres)) => {
                (within(sites, metres, stop, &|distance| kernel.at(distance / metres))?, kernel.at(0.0))
            }
            Scheme::Kernel(kernel, Reach::Nearest(k)) => {
                let weight = |distance: f64, last: f64| {
                    // All k neighbours lie in the same place: as near as can be.
                    if last == 0.0 { kernel.at(0.0) } else { kernel.at(distance / (last * WIDENED)) }
                };
                (nearest(sites, k, stop, &weight)?, kernel.at(0.0))
            }
        };
        if rows.iter().all(Vec::is_empty) {
            return Err(NoStatistic::NoNeighbours);
        }
        Ok(Weights::of_rows(sites, rows, own, own_weight).transformed(transform))
    }

    /// Weights from lists of neighbours in the caller's order, such as shared borders. Itself is left out of a site's list;
    /// with [`Own::With`] it counts 1.
    ///
    /// Fails on a position that is not there, a neighbour that stands twice, and a weight that is not above zero.
    pub fn from_lists(
        sites: &Sites,
        lists: &[Vec<(usize, f64)>],
        transform: Transform,
        own: Own,
    ) -> Result<Weights, NoStatistic> {
        if lists.len() != sites.len() {
            return Err(NoStatistic::Mismatch { values: lists.len(), sites: sites.len() });
        }
        let positions = sites.positions();
        let mut rows = vec![Vec::new(); sites.len()];
        for (at, list) in lists.iter().enumerate() {
            let bad = NoStatistic::BadLink { at };
            let row = &mut rows[positions[at] as usize];
            for (other, weight) in list {
                if *other >= sites.len() || *other == at || !(*weight > 0.0 && weight.is_finite()) {
                    return Err(bad);
                }
                row.push((positions[*other], *weight));
            }
            row.sort_unstable_by_key(|(other, _)| *other);
            if row.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err(bad);
            }
        }
        Ok(Weights::of_rows(sites, rows, own, 1.0).transformed(transform))
    }

    fn of_rows(sites: &Sites, rows: Vec<Vec<(u32, f64)>>, own: Own, own_weight: f64) -> Weights {
        let with_own = own == Own::With;
        let mut starts = Vec::with_capacity(rows.len() + 1);
        starts.push(0);
        starts.extend(rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        }));
        let links = rows.iter().map(Vec::len).sum();
        let (mut neighbours, mut weights) = (Vec::with_capacity(links), Vec::with_capacity(links));
        for row in &rows {
            neighbours.extend(row.iter().map(|(other, _)| *other));
            weights.extend(row.iter().map(|(_, weight)| *weight));
        }
        let own = vec![if with_own { own_weight } else { 0.0 }; rows.len()];
        Weights { sites: sites.clone(), starts, neighbours, weights, own, with_own }
    }

    fn transformed(mut self, transform: Transform) -> Weights {
        for at in 0..self.sites.len() {
            let sum = self.row(at).sums().0;
            let new = |weight: f64| match transform {
                Transform::AsMade => weight,
                Transform::Binary => 1.0,
                Transform::RowStandardised => weight / sum,
            };
            self.weights[self.starts[at]..self.starts[at + 1]].iter_mut().for_each(|weight| *weight = new(*weight));
            if self.with_own {
                self.own[at] = new(self.own[at]);
            }
        }
        self
    }

    pub fn sites(&self) -> &Sites {
        &self.sites
    }

    /// The neighbours of the site at a position of the key order.
    pub fn row(&self, at: usize) -> Row<'_> {
        let links = self.starts[at]..self.starts[at + 1];
        Row { neighbours: &self.neighbours[links.clone()], weights: &self.weights[links], own: self.own[at] }
    }

    /// All rows in the order of the keys.
    pub fn rows(&self) -> impl IndexedParallelIterator<Item = Row<'_>> {
        (0..self.sites.len()).into_par_iter().map(|at| self.row(at))
    }

    /// Whether sites are their own neighbours.
    pub fn has_own(&self) -> bool {
        self.with_own
    }

    /// Pairs of neighbours, each direction counted, without the sites themselves.
    pub fn links(&self) -> usize {
        self.neighbours.len()
    }

    /// Sites without any neighbour but themselves, as positions in the caller's order, ascending.
    pub fn islands(&self) -> Vec<usize> {
        let alone = (0..self.sites.len()).filter(|at| self.starts[*at] == self.starts[at + 1]);
        let mut islands: Vec<usize> = alone.map(|at| self.sites.given_at(at)).collect();
        islands.sort_unstable();
        islands
    }
}

/// How many of the nearest sites every site needs around it to have none without a neighbour: the greatest distance from
/// a site to its `k`-th nearest, metres. What a distance band may start from.
pub fn reach_of_nearest(sites: &Sites, k: usize, stop: Stop) -> Result<f64, NoStatistic> {
    let distances = nearest(sites, k, stop, &|_, last| last)?;
    Ok(distances.iter().flatten().map(|(_, distance)| *distance).fold(0.0, f64::max))
}

pub(super) fn kd_tree(places: &[Coord<f64>]) -> KDTree<f64> {
    let mut builder = KDTreeBuilder::new(places.len() as u32);
    for place in places {
        builder.add(place.x, place.y);
    }
    builder.finish()
}

pub(super) fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    ((a.x - b.x).powi(2) + (a.y - b.y).powi(2)).sqrt()
}

type Rows = Vec<Vec<(u32, f64)>>;

/// Sites whose neighbours are counted before those of all are looked for.
const PROBES: usize = 32;

/// Neighbours within a distance, their weights from their distances.
fn within(sites: &Sites, metres: f64, stop: Stop, weight: &(dyn Fn(f64) -> f64 + Sync)) -> Result<Rows, NoStatistic> {
    positive("khoảng cách tính bằng mét / the distance in metres", metres, MAX_DISTANCE)?;
    let places = sites.places();
    let tree = kd_tree(places);
    // A look at a few of them says what would come of all, before any of it is held.
    let step = places.len().div_ceil(PROBES);
    let probes: Vec<usize> = (0..places.len()).step_by(step).collect();
    let found: usize = probes.iter().map(|at| tree.within(places[*at].x, places[*at].y, metres).len()).sum();
    if found as f64 / probes.len() as f64 * places.len() as f64 > 2.0 * MAX_LINKS as f64 {
        return Err(NoStatistic::TooManyLinks { limit: MAX_LINKS });
    }
    let links = AtomicUsize::new(0);
    let row = |at: usize| {
        stopped(stop)?;
        let place = places[at];
        if links.load(Ordering::Relaxed) > MAX_LINKS {
            return Err(NoStatistic::TooManyLinks { limit: MAX_LINKS });
        }
        let mut row: Vec<(u32, f64)> = tree
            .within(place.x, place.y, metres)
            .into_iter()
            .filter(|other| *other as usize != at)
            .map(|other| (other, weight(distance(place, places[other as usize]))))
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        row.sort_unstable_by_key(|(other, _)| *other);
        if links.fetch_add(row.len(), Ordering::Relaxed) + row.len() > MAX_LINKS {
            return Err(NoStatistic::TooManyLinks { limit: MAX_LINKS });
        }
        Ok(row)
    };
    (0..places.len()).into_par_iter().map(row).collect()
}

/// The `k` nearest, their weights from their distances and that of the last of them.
fn nearest(
    sites: &Sites,
    k: usize,
    stop: Stop,
    weight: &(dyn Fn(f64, f64) -> f64 + Sync),
) -> Result<Rows, NoStatistic> {
    let places = sites.places();
    if k == 0 || k >= places.len() {
        return Err(NoStatistic::KTooLarge { k, others: places.len() - 1 });
    }
    if k.saturating_mul(places.len()) > MAX_LINKS {
        return Err(NoStatistic::TooManyLinks { limit: MAX_LINKS });
    }
    let mut builder = RTreeBuilder::new(places.len() as u32);
    for place in places {
        builder.add(place.x, place.y, place.x, place.y);
    }
    let tree: RTree<f64> = builder.finish::<HilbertSort>();
    // Equally far ones come along, so that keys decide among them and not the shape of the tree.
    let options = NeighborsOptions::k(k + 1).include_tie_breakers(true);
    let row = |at: usize| {
        stopped(stop)?;
        let place = places[at];
        let mut found: Vec<(f64, u32)> = tree
            .neighbors_with_simple_distance(place.x, place.y, options, &Euclidean)
            .into_iter()
            .filter(|(other, _)| *other as usize != at)
            .map(|(other, _)| (distance(place, places[other as usize]), other))
            .collect();
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.truncate(k);
        let last = found.last().map_or(0.0, |(distance, _)| *distance);
        let mut row: Vec<(u32, f64)> =
            found.into_iter().map(|(distance, other)| (other, weight(distance, last))).collect();
        row.sort_unstable_by_key(|(other, _)| *other);
        Ok(row)
    };
    (0..places.len()).into_par_iter().map(row).collect()
}

/// Squares of distances: they order as distances do.
struct Euclidean;

impl SimpleDistanceMetric<f64> for Euclidean {
    fn distance(&self, x1: f64, y1: f64, x2: f64, y2: f64) -> f64 {
        (x2 - x1).powi(2) + (y2 - y1).powi(2)
    }

    fn distance_to_bbox(&self, x: f64, y: f64, min_x: f64, min_y: f64, max_x: f64, max_y: f64) -> f64 {
        let dx = (min_x - x).max(0.0).max(x - max_x);
        let dy = (min_y - y).max(0.0).max(y - max_y);
        dx * dx + dy * dy
    }
}
