//! Getis-Ord Gi and Gi*: whether high values, or low ones, gather around a site (Getis and Ord 1992, Ord and Getis 1995).
//!
//! Gi* is what weights with [`super::weights::Own::With`] give, Gi what weights without give. Values must have a natural zero
//! and mean amounts, such as a pressure: what gathers is *much* of it.
//!
//! The z-score is that of Ord and Getis (1995), which holds for any weights:
//!
//! ```text
//! z = (Σ w x − x̄ Σ w) / (s √((n Σ w² − (Σ w)²) / (n − 1)))
//! ```
//!
//! with mean and deviation (divided by n) over all sites for Gi*, over all others for Gi. `esda` writes Σ w for Σ w², which
//! is the same for binary weights alone: with row-standardised ones its z-scores are too small by about the root of the number
//! of neighbours. Row-standardising changes no z-score here, as it should.

use rayon::prelude::*;

use super::permutation::{Permutations, Simulated, conditional};
use super::weights::Weights;
use super::{Gap, NoStatistic, Stop, normal_two_sided, stopped};

/// Gi or Gi* of one site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalG {
    /// Σ w x / Σ x (in Gi without the site's own x): the share of all values that lies around the site. `None` where the
    /// values sum to zero.
    pub g: Option<f64>,
    /// Standard deviations above what strewn values would give; positive is hot.
    pub z: f64,
    /// Two-sided chance of such a z-score under normality (twice `esda`'s `p_norm`).
    pub p: f64,
    /// Among conditional permutations, on the scale of Σ w x; with permutations alone.
    pub simulated: Option<Simulated>,
}

/// Gi or Gi* of every site, in the caller's order; a [`Gap`] where a site has none.
///
/// Fails where there are not three sites with finite values that differ.
pub fn local_g(
    weights: &Weights,
    values: &[f64],
    permutations: Option<Permutations>,
    stop: Stop,
) -> Result<Vec<Result<LocalG, Gap>>, NoStatistic> {
    stopped(stop)?;
    let sites = weights.sites();
    let values = sites.sorted(values)?;
    let Spread { mean, squares, centred } = Spread::of(&values)?;
    let tallies = permutations.map(|permutations| conditional(weights, &centred, permutations, stop)).transpose()?;
    let total: f64 = values.iter().sum();
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let n = values.len() as f64;

    let local = |at: usize| {
        let row = weights.row(at);
        if row.neighbours.is_empty() && !weights.has_own() {
            return Err(Gap::Island);
        }
        let (sum, sum_of_squares) = row.sums();
        // All sums are of values less the mean of all: nothing is lost where values are large and close to each other.
        let (count, mean_here, variance) = if weights.has_own() {
            (n, 0.0, squares / n)
        } else {
            let own = centred[at];
            let mean_here = -own / (n - 1.0);
            (n - 1.0, mean_here, (squares - own * own) / (n - 1.0) - mean_here * mean_here)
        };
        let spread = (count * sum_of_squares - sum * sum) / (count - 1.0);
        if !(variance > NOTHING * squares / n && spread > NOTHING * sum * sum) {
            return Err(Gap::NoVariation);
        }
        let lag = row.lag(at, &centred);
        let z = (lag - mean_here * sum) / (variance * spread).sqrt();
        let whole = if weights.has_own() { total } else { total - values[at] };
        let g = (whole.abs() > NOTHING * n * largest).then(|| row.lag(at, &values) / whole);
        let simulated = match (&tallies, permutations) {
            (Some(tallies), Some(permutations)) => tallies[at].map(|tally| {
                // Back from values less their mean to values: every weight brings one mean.
                let shift = mean * sum + row.own * centred[at];
                tally.of(permutations.count, 1.0, shift, lag + mean * sum)
            }),
            _ => None,
        };
        Ok(LocalG { g, z, p: normal_two_sided(z), simulated })
    };
    let answers: Vec<_> = (0..values.len()).into_par_iter().map(local).collect();
    Ok(sites.given_order(answers))
}

/// A variance below this share of what it is compared with is rounding.
pub(super) const NOTHING: f64 = 1e-13;

/// Values less their mean.
pub(super) struct Spread {
    pub mean: f64,
    /// Σ (x − mean)².
    pub squares: f64,
    pub centred: Vec<f64>,
}

impl Spread {
    /// Fails where fewer than three values are there or all are equal.
    pub fn of(values: &[f64]) -> Result<Spread, NoStatistic> {
        if values.len() < 3 {
            return Err(NoStatistic::TooFew { have: values.len(), need: 3 });
        }
        if values.iter().all(|value| *value == values[0]) {
            return Err(NoStatistic::AllEqual);
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let squares = centred.iter().map(|value| value * value).sum::<f64>();
        if !(squares.is_finite() && squares > 0.0) {
            return Err(NoStatistic::AllEqual);
        }
        Ok(Spread { mean, squares, centred })
    }
}
