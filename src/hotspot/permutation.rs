//! Conditional permutation: a site keeps its value, the values of all others are strewn at random around it, many times.
//!
//! One table of random orders is shared by all sites, as in `esda`: order `r` is the beginning of a random order of *all*
//! sites, and a site with `k` neighbours takes the first `k` of it that are not itself. Taking one site out of a random order
//! leaves a random order of the others, so that is exactly a draw without replacement from the others. What makes it fast:
//!
//! - Where all neighbours weigh the same, the outcome is a sum of the first `k` values. It is made once for each `k`, sorted,
//!   and looked up; only the few orders in which a site itself occurs early are done again for that site.
//! - Where they do not, outcomes of many orders are summed side by side, from values that lie side by side.
//!
//! Every draw is a number in a hash (XXH3) of the seed, the order and the place in it, so nothing hangs on threads; the table
//! speaks of positions in the order of the keys, so nothing hangs on the order of the input.
//!
//! **Ties.** `esda` counts `simulated >= observed` for both tails, so that a lowest possible value that half of all draws
//! also give (a village with zeros around it) comes out as extreme. Here each tail counts its ties, by a tolerance for
//! rounding; [`Simulated::p`] is therefore right where values repeat. [`Simulated::p_directed`] is `esda`'s number.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::sites::Sites;
use super::weights::{Row, Weights};
use super::{NoStatistic, Stop, stopped};

/// Draws (permutations × most neighbours) beyond this are refused; each takes some 20 bytes.
pub const MAX_DRAWS: usize = 12_000_000;

/// Multiplications (permutations × links with unequal weights) beyond this are refused: about a minute of one core.
const MAX_PRODUCTS: usize = 60_000_000_000;

/// So many orders are summed side by side.
const BLOCK: usize = 512;

/// Two sums that differ by less than this share of the largest possible sum are equal but for rounding.
const ROUNDING: f64 = 1e-12;

/// How many random orders, and which: equal seeds give equal orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutations {
    pub count: u32,
    pub seed: u64,
}

/// A statistic among those of the random orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simulated {
    /// Two-sided: twice the smaller of both tails' (as extreme + 1) / (permutations + 1), at most 1.
    pub p: f64,
    /// One-sided towards the observed side, as `esda`'s `p_sim`; not for tests, since the side is chosen by the data.
    pub p_directed: f64,
    /// Mean of the simulated statistics.
    pub mean: f64,
    /// Their standard deviation (divided by their number), as `esda`'s.
    pub sd: f64,
    /// How many standard deviations the observed one lies above the mean; `None` where all simulated ones are equal.
    pub z: Option<f64>,
}

/// Counts and moments of the simulated sums around one site, own weight left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tally {
    at_least: u32,
    at_most: u32,
    mean: f64,
    sd: f64,
}

impl Tally {
    /// What the tally says of the statistic `factor × (sum + shift)` observed at `observed`.
    pub(super) fn of(self, count: u32, factor: f64, shift: f64, observed: f64) -> Simulated {
        let (at_least, at_most) = match factor {
            f if f > 0.0 => (self.at_least, self.at_most),
            f if f < 0.0 => (self.at_most, self.at_least),
            // Nothing but zero was possible.
            _ => (count, count),
        };
        let share = |extreme: u32| (f64::from(extreme) + 1.0) / (f64::from(count) + 1.0);
        let mean = factor * (self.mean + shift);
        let sd = factor.abs() * self.sd;
        Simulated {
            p: (2.0 * share(at_least.min(at_most))).min(1.0),
            p_directed: share(at_least.min(count - at_least)),
            mean,
            sd,
            z: (sd > 0.0).then(|| (observed - mean) / sd).filter(|z| z.is_finite()),
        }
    }
}

/// One draw: a number below `bound`. Its bias is below bound / 2^64.
fn draw(seed: u64, order: u32, place: u32, bound: u32) -> u32 {
    let number = (u64::from(order) << 32) | u64::from(place);
    let hash = xxh3_64_with_seed(&number.to_le_bytes(), seed);
    ((u128::from(hash) * u128::from(bound)) >> 64) as u32
}

/// A shuffler of `0..n` that starts anew at each order.
struct Shuffler {
    all: Vec<u32>,
    swaps: Vec<u32>,
}

impl Shuffler {
    fn new(n: usize) -> Shuffler {
        Shuffler { all: (0..n as u32).collect(), swaps: Vec::new() }
    }

    /// The first `into.len()` of a random order of all.
    fn fill(&mut self, seed: u64, order: u32, into: &mut [u32]) {
        let n = self.all.len() as u32;
        self.swaps.clear();
        for (place, drawn) in into.iter_mut().enumerate() {
            let other = place as u32 + draw(seed, order, place as u32, n - place as u32);
            self.all.swap(place, other as usize);
            self.swaps.push(other);
            *drawn = self.all[place];
        }
        for (place, other) in self.swaps.iter().enumerate().rev() {
            self.all.swap(place, *other as usize);
        }
    }
}

/// The beginnings of random orders of all sites.
struct Table {
    orders: u32,
    /// How many of each order are known.
    long: usize,
    drawn: Vec<u32>,
    /// Where each site stands early: from `starts[site]` on, (order, place).
    starts: Vec<u32>,
    stands: Vec<(u32, u32)>,
}

impl Table {
    fn new(sites: usize, long: usize, permutations: Permutations, stop: Stop) -> Result<Table, NoStatistic> {
        let orders = permutations.count;
        if long.saturating_mul(orders as usize) > MAX_DRAWS {
            return Err(NoStatistic::TooManyDraws { limit: MAX_DRAWS });
        }
        let mut drawn = vec![0u32; long * orders as usize];
        // Blocks bound how often a thread makes a list of all sites.
        drawn.par_chunks_mut(long * BLOCK).enumerate().try_for_each_init(
            || Shuffler::new(sites),
            |shuffler, (block, chunk)| {
                stopped(stop)?;
                for (at, order) in chunk.chunks_mut(long).enumerate() {
                    shuffler.fill(permutations.seed, (block * BLOCK + at) as u32, order);
                }
                Ok(())
            },
        )?;
        let mut starts = vec![0u32; sites + 1];
        for site in &drawn {
            starts[*site as usize + 1] += 1;
        }
        for at in 0..sites {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut stands = vec![(0, 0); drawn.len()];
        for (order, sites) in drawn.chunks(long).enumerate() {
            for (place, site) in sites.iter().enumerate() {
                stands[next[*site as usize] as usize] = (order as u32, place as u32);
                next[*site as usize] += 1;
            }
        }
        Ok(Table { orders, long, drawn, starts, stands })
    }

    fn order(&self, order: u32) -> &[u32] {
        &self.drawn[order as usize * self.long..][..self.long]
    }

    /// The orders in which a site stands among the first `k`, with its place.
    fn early(&self, site: usize, k: usize) -> impl Iterator<Item = (u32, usize)> {
        let stands = &self.stands[self.starts[site] as usize..self.starts[site + 1] as usize];
        stands.iter().map(|(order, place)| (*order, *place as usize)).filter(move |(_, place)| *place < k)
    }
}

/// Sums around every site under conditional permutation, against the observed sum, in the order of the keys. `None` for
/// sites without neighbours.
///
/// `values` are in the order of the keys; means near zero keep moments exact.
pub(super) fn conditional(
    weights: &Weights,
    values: &[f64],
    permutations: Permutations,
    stop: Stop,
) -> Result<Vec<Option<Tally>>, NoStatistic> {
    let n = values.len();
    let most = (0..n).map(|at| weights.row(at).neighbours.len()).max().unwrap_or(0);
    if permutations.count == 0 {
        return Err(NoStatistic::OutOfRange {
            what: "số lần hoán vị / the number of permutations",
            limit: MAX_DRAWS as f64,
        });
    }
    // One more than the most neighbours, in case the site itself is among them.
    let long = (most + 1).min(n);
    let table = Table::new(n, long, permutations, stop)?;

    let (mut even, mut uneven) = (Vec::new(), Vec::new());
    for at in 0..n {
        let row = weights.row(at);
        match row.common_weight() {
            Some(weight) => even.push((row.neighbours.len(), at, weight)),
            None if row.neighbours.is_empty() => {}
            None => uneven.push(at),
        }
    }
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let mut tallies = vec![None; n];
    for (at, tally) in even_rows(&table, weights, values, even, largest, stop)? {
        tallies[at] = Some(tally);
    }
    for (at, tally) in uneven_rows(&table, weights, values, &uneven, largest, stop)? {
        tallies[at] = Some(tally);
    }
    Ok(tallies)
}

/// Counts and sums that can take one simulated sum out and put another in.
struct Count {
    observed: f64,
    rounding: f64,
    at_least: u32,
    at_most: u32,
    sum: f64,
    squares: f64,
}

impl Count {
    fn change(&mut self, from: f64, to: f64) {
        let (low, high) = (self.observed - self.rounding, self.observed + self.rounding);
        self.at_least = self.at_least + u32::from(to >= low) - u32::from(from >= low);
        self.at_most = self.at_most + u32::from(to <= high) - u32::from(from <= high);
        self.sum += to - from;
        self.squares += to * to - from * from;
    }

    fn tally(&self, orders: u32, weight: f64) -> Tally {
        let count = f64::from(orders);
        let mean = self.sum / count;
        let variance = self.squares / count - mean * mean;
        // What is left of equal sums after rounding is no spread.
        let sd = if variance > self.rounding * self.rounding { variance.sqrt() } else { 0.0 };
        Tally { at_least: self.at_least, at_most: self.at_most, mean: weight * mean, sd: weight * sd }
    }
}

/// Sites whose neighbours all weigh the same: (neighbours, position, weight).
fn even_rows(
    table: &Table,
    weights: &Weights,
    values: &[f64],
    mut rows: Vec<(usize, usize, f64)>,
    largest: f64,
    stop: Stop,
) -> Result<Vec<(usize, Tally)>, NoStatistic> {
    rows.sort_unstable_by_key(|(k, at, _)| (*k, *at));
    let mut tallies = Vec::with_capacity(rows.len());
    let mut sums = vec![0.0; table.orders as usize];
    let mut summed = 0;
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        stopped(stop)?;
        let k = group[0].0;
        sums.par_iter_mut().enumerate().for_each(|(order, sum)| {
            let drawn = &table.order(order as u32)[summed..k];
            *sum += drawn.iter().map(|site| values[*site as usize]).sum::<f64>();
        });
        summed = k;
        let mut sorted = sums.clone();
        sorted.par_sort_unstable_by(f64::total_cmp);
        let (sum, squares) = (sorted.iter().sum::<f64>(), sorted.iter().map(|sum| sum * sum).sum::<f64>());
        let rounding = ROUNDING * k as f64 * largest;
        let tally = |&(_, at, weight): &(usize, usize, f64)| {
            let observed: f64 = weights.row(at).neighbours.iter().map(|other| values[*other as usize]).sum();
            let at_least = sorted.len() - sorted.partition_point(|sum| *sum < observed - rounding);
            let at_most = sorted.partition_point(|sum| *sum <= observed + rounding);
            let mut count =
                Count { observed, rounding, at_least: at_least as u32, at_most: at_most as u32, sum, squares };
            for (order, _) in table.early(at, k) {
                let from = sums[order as usize];
                let next = table.order(order)[k] as usize;
                count.change(from, from - values[at] + values[next]);
            }
            (at, count.tally(table.orders, weight))
        };
        tallies.par_extend(group.par_iter().map(tally));
    }
    Ok(tallies)
}

/// Sites whose neighbours weigh differently.
fn uneven_rows(
    table: &Table,
    weights: &Weights,
    values: &[f64],
    rows: &[usize],
    largest: f64,
    stop: Stop,
) -> Result<Vec<(usize, Tally)>, NoStatistic> {
    let links: usize = rows.iter().map(|at| weights.row(*at).neighbours.len()).sum();
    if links.saturating_mul(table.orders as usize) > MAX_PRODUCTS {
        return Err(NoStatistic::TooManyDraws { limit: MAX_PRODUCTS });
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let orders = table.orders as usize;
    // Values by place first and order second: what is summed side by side lies side by side.
    let mut beside = vec![0.0; orders * table.long];
    beside.par_chunks_mut(orders).enumerate().for_each(|(place, values_at)| {
        for (order, value) in values_at.iter_mut().enumerate() {
            *value = values[table.drawn[order * table.long + place] as usize];
        }
    });
    let tally = |&at: &usize| {
        stopped(stop)?;
        let row = weights.row(at);
        let others = Row { own: 0.0, ..row };
        let total: f64 = row.weights.iter().sum();
        let mut count = Count {
            observed: others.lag(at, values),
            rounding: ROUNDING * total * largest,
            at_least: 0,
            at_most: 0,
            sum: 0.0,
            squares: 0.0,
        };
        let (low, high) = (count.observed - count.rounding, count.observed + count.rounding);
        // Sums that are wrong because the site itself is in them are taken out below.
        let mut sums = vec![0.0; orders];
        for from in (0..orders).step_by(BLOCK) {
            let block = from..(from + BLOCK).min(orders);
            let sums = &mut sums[block.clone()];
            for (place, weight) in row.weights.iter().enumerate() {
                let values = &beside[place * orders..][block.clone()];
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
            for sum in sums {
                count.at_least += u32::from(*sum >= low);
                count.at_most += u32::from(*sum <= high);
                count.sum += *sum;
                count.squares += *sum * *sum;
            }
        }
        for (order, own_place) in table.early(at, row.weights.len()) {
            let others = table.order(order).iter().enumerate().filter(|(place, _)| *place != own_place);
            let to = others.zip(row.weights).map(|((_, site), weight)| weight * values[*site as usize]).sum();
            count.change(sums[order as usize], to);
        }
        Ok((at, count.tally(table.orders, 1.0)))
    };
    rows.par_iter().map(tally).collect()
}

/// A statistic of the whole over full permutations of the values, in the order of the permutations.
pub(super) fn whole(
    sites: &Sites,
    values: &[f64],
    permutations: Permutations,
    stop: Stop,
    statistic: &(dyn Fn(&[f64]) -> f64 + Sync),
) -> Result<Vec<f64>, NoStatistic> {
    let n = sites.len();
    if permutations.count == 0 || n.saturating_mul(permutations.count as usize) > MAX_PRODUCTS / 10 {
        return Err(NoStatistic::TooManyDraws { limit: MAX_PRODUCTS / 10 });
    }
    (0..permutations.count)
        .into_par_iter()
        .map_init(
            || (Shuffler::new(n), vec![0u32; n], vec![0.0; n]),
            |(shuffler, order, shuffled), at| {
                stopped(stop)?;
                shuffler.fill(permutations.seed, at, order);
                for (value, site) in shuffled.iter_mut().zip(&*order) {
                    *value = values[*site as usize];
                }
                Ok(statistic(shuffled))
            },
        )
        .collect()
}

/// What simulated statistics of the whole say of the observed one.
pub(super) fn compare(observed: f64, simulated: &[f64]) -> Simulated {
    let rounding = ROUNDING * simulated.iter().fold(observed.abs(), |largest, value| largest.max(value.abs()));
    let count = simulated.len() as u32;
    let mean = simulated.iter().sum::<f64>() / f64::from(count);
    let variance = simulated.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(count);
    let at_least = simulated.iter().filter(|value| **value >= observed - rounding).count() as u32;
    let at_most = simulated.iter().filter(|value| **value <= observed + rounding).count() as u32;
    Tally { at_least, at_most, mean, sd: variance.sqrt() }.of(count, 1.0, 0.0, observed)
}
