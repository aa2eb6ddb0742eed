//! Whether the order of the sites hangs on our opinions: each weight is changed alone, up and down, and the sites are
//! ranked again.

use rayon::prelude::*;

use super::{Formula, Pressure, Span};

/// What one changed weight does to the order of the sites.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Name of the weight.
    pub weight: String,
    /// By how much it was changed: 0.2 is 20 % up.
    pub change: f64,
    /// Kendall's tau-b between both orders: 1 is the same order, 0 one that has nothing to do with it.
    pub tau: f64,
}

/// Between which ranks a site stands whichever weight is changed; 1 is the hardest pressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankRange {
    /// With the weights as they are.
    pub rank: usize,
    /// The highest, which is the smallest number.
    pub best: usize,
    /// The lowest.
    pub worst: usize,
}

/// What changed weights do to the order of the sites.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// Each weight up and down, in their order.
    pub variants: Vec<Variant>,
    /// By site.
    pub ranks: Vec<RankRange>,
}

impl Sensitivity {
    /// The variant that changes the order most.
    pub fn least(&self) -> Option<&Variant> {
        self.variants.iter().min_by(|a, b| a.tau.total_cmp(&b.tau))
    }
}

impl Formula {
    /// Every set of weights with one weight changed: its name, the change and the weights.
    pub fn changed_weights(&self, change: f64) -> Vec<(&str, f64, Vec<f64>)> {
        let one = |at: usize, change: f64| {
            let mut weights = self.weights().to_vec();
            weights[at] *= 1.0 + change;
            (self.names()[at].as_str(), change, weights)
        };
        (0..self.weights().len()).flat_map(|at| [one(at, change), one(at, -change)]).collect()
    }
}

/// What changing each weight by a share does to the order of some sites by the middle of their index. `None` where there
/// is no order to change: less than two sites, or all alike.
pub fn sensitivity(formula: &Formula, pressures: &[&Pressure], change: f64) -> Option<Sensitivity> {
    let index = |weights: &[f64]| -> Vec<f64> {
        pressures.iter().map(|pressure| Formula::index(&pressure.parts, weights)).map(Span::mid).collect()
    };
    let base = index(formula.weights());
    let ranked = ranks(&base);
    let changed = formula.changed_weights(change);
    let again: Vec<_> = changed
        .into_par_iter()
        .map(|(weight, change, weights)| {
            let index = index(&weights);
            let variant = Variant { weight: weight.to_owned(), change, tau: kendall(&base, &index)? };
            Some((variant, ranks(&index)))
        })
        .collect::<Option<_>>()?;
    let range = |(site, rank): (usize, &usize)| {
        let all = || again.iter().filter_map(|(_, ranks)| ranks.get(site)).copied().chain([*rank]);
        RankRange { rank: *rank, best: all().min().unwrap_or(*rank), worst: all().max().unwrap_or(*rank) }
    };
    let ranks = ranked.iter().enumerate().map(range).collect();
    Some(Sensitivity { variants: again.into_iter().map(|(variant, _)| variant).collect(), ranks })
}

/// The rank of each number: one more than there are larger ones.
fn ranks(numbers: &[f64]) -> Vec<usize> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    numbers.iter().map(|number| sorted.partition_point(|other| other > number) + 1).collect()
}

/// Pairs among so many.
fn pairs(count: usize) -> f64 {
    count as f64 * (count as f64 - 1.0) / 2.0
}

/// Kendall's tau-b of two orders of the same things; `None` where one of them knows no order. After Knight (1966): one sort
/// by each, counting what has to be swapped.
fn kendall(a: &[f64], b: &[f64]) -> Option<f64> {
    let mut both: Vec<(f64, f64)> = a.iter().copied().zip(b.iter().copied()).collect();
    both.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)));
    let in_a: f64 = both.chunk_by(|x, y| x.0 == y.0).map(|tied| pairs(tied.len())).sum();
    let in_both: f64 = both.chunk_by(|x, y| x == y).map(|tied| pairs(tied.len())).sum();
    let mut second: Vec<f64> = both.iter().map(|pair| pair.1).collect();
    let swaps = sort_counting(&mut second) as f64;
    let in_b: f64 = second.chunk_by(|x, y| x == y).map(|chunk| pairs(chunk.len())).sum();
    let all = pairs(both.len());
    let scale = ((all - in_a) * (all - in_b)).sqrt();
    (scale > 0.0).then(|| ((all - in_a - in_b + in_both - 2.0 * swaps) / scale).clamp(-1.0, 1.0))
}

/// Sorts by merging; counts the pairs that stood the wrong way round.
fn sort_counting(numbers: &mut [f64]) -> u64 {
    if numbers.len() < 2 {
        return 0;
    }
    let (left, right) = numbers.split_at_mut(numbers.len() / 2);
    let mut swaps = sort_counting(left) + sort_counting(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if left[i] <= right[j] {
            merged.push(left[i]);
            i += 1;
        } else {
            merged.push(right[j]);
            j += 1;
            swaps += (left.len() - i) as u64;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    numbers.copy_from_slice(&merged);
    swaps
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_site_or_sites_all_alike_have_no_order_to_lose() {
        assert_eq!(kendall(&[1.0], &[2.0]), None);
        assert_eq!(kendall(&[], &[]), None);
        assert_eq!(kendall(&[3.0, 3.0, 3.0], &[1.0, 2.0, 3.0]), None);
    }

    #[test]
    fn tau_b_is_that_of_the_definition() {
        // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) = -0.4714045207910316 (from its documentation).
        let tau = kendall(&[12.0, 2.0, 1.0, 12.0, 2.0], &[1.0, 4.0, 7.0, 1.0, 0.0]).unwrap();
        assert!((tau + 0.471_404_520_791_031_6).abs() < 1e-12, "{tau}");
        assert_eq!(kendall(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        assert_eq!(kendall(&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0]), Some(1.0));
    }

    #[test]
    fn equal_numbers_share_the_higher_rank() {
        assert_eq!(ranks(&[5.0, 9.0, 5.0, 1.0]), [2, 1, 2, 4]);
    }
}
