//! False-discovery-rate control after Benjamini and Hochberg (1995), and the classes of confidence that rest on it.
//!
//! Of many sites tested at 5 %, one in twenty comes out without any cause. A q-value answers that: among all sites with
//! a q-value of at most 0.05, one in twenty is expected to be there by chance.

use super::NoStatistic;

/// The q-value of every p-value, in the given order (as `statsmodels.stats.multitest.fdrcorrection`).
///
/// Fails where a p-value is not a number between 0 and 1. No p-values have no q-values.
pub fn q_values(p: &[f64]) -> Result<Vec<f64>, NoStatistic> {
    if let Some(at) = p.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(NoStatistic::NotFinite { at });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, at) in order.iter().enumerate().rev() {
        // The share is made first and divided by, which rounds as statsmodels does.
        least = least.min(p[*at] / ((rank + 1) as f64 / p.len() as f64));
        q[*at] = least;
    }
    Ok(q)
}

/// The q-values of those sites that have a p-value; sites without one are no tests and take no part.
pub fn q_values_of_known(p: &[Option<f64>]) -> Result<Vec<Option<f64>>, NoStatistic> {
    let mut known = q_values(&p.iter().flatten().copied().collect::<Vec<_>>())?.into_iter();
    Ok(p.iter().map(|p| p.and_then(|_| known.next())).collect())
}

/// The greatest p-value that is still a discovery at `alpha`; `None` where there is no discovery.
pub fn threshold(p: &[f64], alpha: f64) -> Result<Option<f64>, NoStatistic> {
    let q = q_values(p)?;
    let found = p.iter().zip(&q).filter(|(_, q)| **q <= alpha).map(|(p, _)| *p);
    Ok(found.reduce(f64::max))
}

/// High values or low ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Hot,
    Cold,
}

/// How sure a hotspot is, as a percentage: 100 × (1 − q) at the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    Ninety,
    NinetyFive,
    NinetyNine,
}

impl Confidence {
    /// 90, 95 or 99.
    pub fn percent(self) -> u8 {
        match self {
            Confidence::Ninety => 90,
            Confidence::NinetyFive => 95,
            Confidence::NinetyNine => 99,
        }
    }
}

/// What is said of a site: hot or cold with a confidence, or `None`: not different from chance.
pub type Class = Option<(Side, Confidence)>;

/// The class of a site by the sign of its z-score and its q-value.
pub fn class(z: f64, q: f64) -> Class {
    let confidence = match q {
        q if q <= 0.01 => Confidence::NinetyNine,
        q if q <= 0.05 => Confidence::NinetyFive,
        q if q <= 0.10 => Confidence::Ninety,
        _ => return None,
    };
    match z {
        z if z > 0.0 => Some((Side::Hot, confidence)),
        z if z < 0.0 => Some((Side::Cold, confidence)),
        _ => None,
    }
}
