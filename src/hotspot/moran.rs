//! Moran's I, global and local (Anselin 1995): whether values resemble those around them, and which ones stand out.
//!
//! Getis-Ord finds what is high together; local Moran also finds what is unlike its surroundings: a dirty site among clean
//! ones. Conventions are those of `esda.Moran` and `esda.Moran_Local`.

use rayon::prelude::*;

use super::getis::{NOTHING, Spread};
use super::permutation::{Permutations, Simulated, compare, conditional, whole};
use super::weights::Weights;
use super::{Gap, NoStatistic, Stop, normal_two_sided, stopped};

/// A site's own value and those around it, each against the mean. The numbers are `esda`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quadrant {
    /// High among high: part of a hotspot.
    HighHigh = 1,
    /// Low among high.
    LowHigh = 2,
    /// Low among low.
    LowLow = 3,
    /// High among low: an outlier.
    HighLow = 4,
}

/// Local Moran of one site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalMoran {
    /// (n − 1) z Σ w z / Σ z², with z the standardised values: positive where alike lies beside alike.
    pub i: f64,
    pub quadrant: Quadrant,
    /// Mean and variance of `i` if the other values were strewn around this one (Sokal et al. 1998, A7 and A8, times
    /// (n − 1)/n and its square: `esda` gives them for z Σ w z, which is not quite its `Is`).
    pub expected: f64,
    pub variance: f64,
    /// Standard deviations of `i` above its expectation; `None` where the variance is zero.
    pub z: Option<f64>,
    /// Two-sided chance of such a z-score under normality.
    pub p: Option<f64>,
    /// Among conditional permutations; with permutations alone.
    pub simulated: Option<Simulated>,
}

/// Moran's I of the whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moran {
    pub i: f64,
    /// −1 / (n − 1).
    pub expected: f64,
    /// Variance if values were drawn from one normal distribution, and the two-sided chance with it.
    pub variance_normal: f64,
    pub p_normal: f64,
    /// Variance if these very values were strewn at random, and the two-sided chance with it.
    pub variance_random: f64,
    pub p_random: f64,
    /// Standard deviations above the expectation, with the latter variance.
    pub z: f64,
    /// Among full permutations; with permutations alone.
    pub simulated: Option<Simulated>,
}

/// Local Moran of every site, in the caller's order; [`Gap::Island`] where a site has no neighbours.
///
/// Fails where there are not three sites with finite values that differ.
pub fn local_moran(
    weights: &Weights,
    values: &[f64],
    permutations: Option<Permutations>,
    stop: Stop,
) -> Result<Vec<Result<LocalMoran, Gap>>, NoStatistic> {
    stopped(stop)?;
    let sites = weights.sites();
    let Spread { squares, centred, .. } = Spread::of(&sites.sorted(values)?)?;
    let tallies = permutations.map(|permutations| conditional(weights, &centred, permutations, stop)).transpose()?;
    let n = centred.len() as f64;
    // z² sums to n, so i is this times the product of two centred values.
    let scale = (n - 1.0) / squares;

    let local = |at: usize| {
        let row = weights.row(at);
        if row.neighbours.is_empty() {
            return Err(Gap::Island);
        }
        let own = centred[at];
        let lag = row.lag(at, &centred);
        let quadrant = match (own > 0.0, lag > 0.0) {
            (true, true) => Quadrant::HighHigh,
            (false, true) => Quadrant::LowHigh,
            (false, false) => Quadrant::LowLow,
            (true, false) => Quadrant::HighLow,
        };
        let factor = scale * own;
        let i = factor * lag;
        let sum: f64 = row.weights.iter().sum();
        let sum_of_squares: f64 = row.weights.iter().map(|weight| weight * weight).sum();
        let own_part = row.own * own;
        let expected = factor * (own_part - sum * own / (n - 1.0));
        let spread = sum_of_squares - sum * sum / (n - 1.0);
        let variance = if spread > NOTHING * sum * sum {
            let others = squares / n - own * own / (n - 1.0);
            factor * factor * n / (n - 2.0) * spread * others.max(0.0)
        } else {
            0.0
        };
        let z = (variance > 0.0).then(|| (i - expected) / variance.sqrt()).filter(|z| z.is_finite());
        let simulated = match (&tallies, permutations) {
            (Some(tallies), Some(permutations)) => {
                tallies[at].map(|tally| tally.of(permutations.count, factor, own_part, i))
            }
            _ => None,
        };
        Ok(LocalMoran { i, quadrant, expected, variance, z, p: z.map(normal_two_sided), simulated })
    };
    let answers: Vec<_> = (0..centred.len()).into_par_iter().map(local).collect();
    Ok(sites.given_order(answers))
}

/// Moran's I of all sites together.
///
/// Fails where there are not four sites with finite values that differ, or no neighbours at all.
pub fn moran(
    weights: &Weights,
    values: &[f64],
    permutations: Option<Permutations>,
    stop: Stop,
) -> Result<Moran, NoStatistic> {
    stopped(stop)?;
    let sites = weights.sites();
    if sites.len() < 4 {
        return Err(NoStatistic::TooFew { have: sites.len(), need: 4 });
    }
    let Spread { squares, centred, .. } = Spread::of(&sites.sorted(values)?)?;
    let Sums { s0, s1, s2 } = sums(weights);
    if s0 <= 0.0 {
        return Err(NoStatistic::NoNeighbours);
    }
    let n = centred.len() as f64;
    // One by one and in one order, so that the sum hangs on nothing.
    let statistic = |z: &[f64]| {
        let products: f64 = (0..z.len()).map(|at| z[at] * weights.row(at).lag(at, z)).sum();
        n / s0 * products / squares
    };
    let i = statistic(&centred);
    let expected = -1.0 / (n - 1.0);
    let square = s0 * s0;
    let variance_normal = (n * n * s1 - n * s2 + 3.0 * square) / ((n - 1.0) * (n + 1.0) * square) - expected * expected;
    let kurtosis = n * centred.iter().map(|z| z.powi(4)).sum::<f64>() / (squares * squares);
    let a = n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * square);
    let b = kurtosis * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * square);
    let variance_random = (a - b) / ((n - 1.0) * (n - 2.0) * (n - 3.0) * square) - expected * expected;
    // Where everyone is everyone's neighbour, nothing but the expectation is possible.
    if !(variance_normal > NOTHING && variance_random > NOTHING) {
        return Err(NoStatistic::NoVariation);
    }
    let z = (i - expected) / variance_random.sqrt();
    let simulated = permutations
        .map(|permutations| whole(sites, &centred, permutations, stop, &statistic))
        .transpose()?
        .map(|simulated| compare(i, &simulated));
    Ok(Moran {
        i,
        expected,
        variance_normal,
        p_normal: normal_two_sided((i - expected) / variance_normal.sqrt()),
        variance_random,
        p_random: normal_two_sided(z),
        z,
        simulated,
    })
}

/// Sums over all weights, as Cliff and Ord name them.
struct Sums {
    /// Σ w.
    s0: f64,
    /// ½ Σ (w from here to there + w from there to here)².
    s1: f64,
    /// Σ (all weights from a site + all weights to it)².
    s2: f64,
}

fn sums(weights: &Weights) -> Sums {
    let n = weights.sites().len();
    let mut both_ways = vec![0.0; n];
    let (mut s0, mut s1) = (0.0, 0.0);
    for at in 0..n {
        let row = weights.row(at);
        let (sum, squares) = row.sums();
        s0 += sum;
        both_ways[at] += sum + row.own;
        s1 += squares + row.own * row.own;
        for (other, weight) in row.neighbours.iter().zip(row.weights) {
            both_ways[*other as usize] += weight;
            let back = weights.row(*other as usize);
            if let Ok(link) = back.neighbours.binary_search(&(at as u32)) {
                s1 += weight * back.weights[link];
            }
        }
    }
    Sums { s0, s1, s2: both_ways.iter().map(|sum| sum * sum).sum() }
}
