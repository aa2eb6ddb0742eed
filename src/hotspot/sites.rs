//! Places with stable keys.

use std::sync::Arc;

use geo::Coord;
use xxhash_rust::xxh3::xxh3_64;

use super::NoStatistic;

/// More sites than this are refused: positions are 32 bits wide, and a run is to end in seconds.
pub const MAX_SITES: usize = 1_000_000;

/// Greater numbers are refused as if they were infinite, so that no power of them becomes so.
pub const MAX_VALUE: f64 = 1e60;

/// Places (metres) in the order of their keys. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sites(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: Vec<u64>,
    places: Vec<Coord<f64>>,
    /// Where the site of each position stood in the caller's list.
    given: Vec<u32>,
}

/// The key of a site with a stable name.
pub fn key_of(name: &str) -> u64 {
    xxh3_64(name.as_bytes())
}

impl Sites {
    /// Takes keys and places in any order. A key identifies a site over runs: it alone decides ties and random draws.
    ///
    /// Fails on no site, more than [`MAX_SITES`], a place that is not finite, and a key that stands twice.
    pub fn new(given: &[(u64, Coord<f64>)]) -> Result<Sites, NoStatistic> {
        match given.len() {
            0 => return Err(NoStatistic::TooFew { have: 0, need: 1 }),
            have if have > MAX_SITES => return Err(NoStatistic::TooMany { have, limit: MAX_SITES }),
            _ => {}
        }
        if let Some(at) = given.iter().position(|(_, place)| !(place.x.is_finite() && place.y.is_finite())) {
            return Err(NoStatistic::NotFinite { at });
        }
        let mut order: Vec<u32> = (0..given.len() as u32).collect();
        order.sort_unstable_by_key(|at| given[*at as usize].0);
        if let Some(pair) = order.windows(2).find(|pair| given[pair[0] as usize].0 == given[pair[1] as usize].0) {
            return Err(NoStatistic::SameKey { key: given[pair[0] as usize].0 });
        }
        let keys = order.iter().map(|at| given[*at as usize].0).collect();
        let places = order.iter().map(|at| given[*at as usize].1).collect();
        Ok(Sites(Arc::new(Inner { keys, places, given: order })))
    }

    /// How many there are, at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.places.len()
    }

    /// Keys in ascending order.
    pub fn keys(&self) -> &[u64] {
        &self.0.keys
    }

    /// Places in the order of the keys.
    pub fn places(&self) -> &[Coord<f64>] {
        &self.0.places
    }

    /// Whether all of them lie in one place.
    pub fn is_one_place(&self) -> bool {
        self.0.places.iter().all(|place| *place == self.0.places[0])
    }

    /// Numbers of the sites from the caller's order into that of the keys.
    ///
    /// Fails where there is not one number within ±[`MAX_VALUE`] for each site.
    pub fn sorted(&self, values: &[f64]) -> Result<Vec<f64>, NoStatistic> {
        if values.len() != self.len() {
            return Err(NoStatistic::Mismatch { values: values.len(), sites: self.len() });
        }
        if let Some(at) = values.iter().position(|value| value.is_nan() || value.abs() > MAX_VALUE) {
            return Err(NoStatistic::NotFinite { at });
        }
        Ok(self.0.given.iter().map(|at| values[*at as usize]).collect())
    }

    /// Answers in the order of the keys back into the caller's order.
    pub fn given_order<T>(&self, sorted: Vec<T>) -> Vec<T> {
        let mut pairs: Vec<(u32, T)> = self.0.given.iter().copied().zip(sorted).collect();
        pairs.sort_unstable_by_key(|(at, _)| *at);
        pairs.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Where the site at a position of the key order stood in the caller's list.
    pub fn given_at(&self, position: usize) -> usize {
        self.0.given[position] as usize
    }

    /// Positions in the order of the keys, for each of the caller's.
    pub(super) fn positions(&self) -> Vec<u32> {
        let mut positions = vec![0; self.len()];
        for (position, given) in self.0.given.iter().enumerate() {
            positions[*given as usize] = position as u32;
        }
        positions
    }
}
