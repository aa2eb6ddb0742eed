//! Permutations: their distribution by enumeration, their independence of order and threads, chance and a planted cluster.

use super::super::fdr::{Side, class, q_values_of_known};
use super::super::getis::{LocalG, local_g};
use super::super::moran::{local_moran, moran};
use super::super::permutation::Permutations;
use super::super::sites::Sites;
use super::super::weights::{Kernel, Own, Reach, Scheme, Transform, Weights};
use super::super::{Gap, NoStatistic, never};
use super::{at, close, noise, sites, square};

fn permutations(count: u32, seed: u64) -> Option<Permutations> {
    Some(Permutations { count, seed })
}

fn simulated(local: &Result<LocalG, Gap>) -> super::super::permutation::Simulated {
    local.unwrap().simulated.unwrap()
}

#[test]
fn no_permutations_and_too_many_are_refused() {
    let weights = Weights::build(&sites(&square(5)), Scheme::Nearest(3), Transform::Binary, Own::With, &never).unwrap();
    let values = noise(1, 25);
    assert!(matches!(local_g(&weights, &values, permutations(0, 1), &never), Err(NoStatistic::OutOfRange { .. })));
    assert!(matches!(
        local_g(&weights, &values, permutations(u32::MAX, 1), &never),
        Err(NoStatistic::TooManyDraws { .. })
    ));
    let stop = std::sync::atomic::AtomicUsize::new(0);
    let later = || stop.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0;
    assert_eq!(local_g(&weights, &values, permutations(999, 1), &later).unwrap_err(), NoStatistic::Stopped);
}

/// Every way to choose `k` of the others, with the sum that comes out; each way is as likely as the others.
fn all_sums(others: &[f64], weights: &[f64]) -> Vec<f64> {
    let Some((weight, rest)) = weights.split_first() else { return vec![0.0] };
    (0..others.len())
        .flat_map(|at| {
            let mut left = others.to_vec();
            let taken = left.remove(at);
            all_sums(&left, rest).into_iter().map(move |sum| sum + weight * taken)
        })
        .collect()
}

#[test]
fn simulated_sums_are_distributed_as_enumeration_says() {
    // Seven sites, each with three neighbours; 6·5·4 = 120 ordered draws around each.
    let values = [1.0, 0.0, 0.0, 4.0, 2.0, 2.0, 7.0];
    let places: Vec<_> = (0..7).map(|i| (f64::from(i * i) * 10.0, f64::from(i))).collect();
    let count = 40_000;
    for scheme in [Scheme::Nearest(3), Scheme::Kernel(Kernel::Triangular, Reach::Nearest(3))] {
        for own in [Own::With, Own::Without] {
            let weights = Weights::build(&sites(&places), scheme, Transform::AsMade, own, &never).unwrap();
            let answers = local_g(&weights, &values, permutations(count, 11), &never).unwrap();
            for (i, answer) in answers.iter().enumerate() {
                let row = weights.row(i);
                let others: Vec<f64> = (0..7).filter(|j| *j != i).map(|j| values[j]).collect();
                let sums = all_sums(&others, row.weights);
                let observed = row.lag(i, &values) - row.own * values[i];
                let share = |is: &dyn Fn(f64) -> bool| sums.iter().filter(|sum| is(**sum)).count() as f64 / 120.0;
                let tails = [share(&|sum| sum >= observed - 1e-9), share(&|sum| sum <= observed + 1e-9)];
                let p = (2.0 * tails[0].min(tails[1])).min(1.0);
                let found = simulated(answer);
                // Four standard errors of a share, twice, of so many draws.
                assert!(
                    (found.p - p).abs() < 8.0 * (0.25 / f64::from(count)).sqrt(),
                    "{scheme:?} {i}: {} {p}",
                    found.p
                );
                let mean = sums.iter().sum::<f64>() / 120.0;
                let sd = (sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / 120.0).sqrt();
                assert!((found.mean - mean - row.own * values[i]).abs() < 5.0 * sd / f64::from(count).sqrt());
                assert!((found.sd / sd - 1.0).abs() < 0.02);
            }
        }
    }
}

#[test]
fn a_village_of_zeros_among_zeros_is_not_cold() {
    // 90 of 100 values are zero: no neighbours above zero is what most draws give, too. esda's p_sim says 1/1000.
    let mut values = vec![0.0; 100];
    for i in [5, 17, 23, 31, 48, 52, 66, 74, 81, 99] {
        values[i] = 10.0;
    }
    let weights =
        Weights::build(&sites(&square(10)), Scheme::Nearest(4), Transform::Binary, Own::With, &never).unwrap();
    let answers = local_g(&weights, &values, permutations(999, 3), &never).unwrap();
    let row = weights.row(2);
    assert_eq!(row.lag(2, &values), 0.0);
    let found = simulated(&answers[2]);
    assert_eq!(found.p, 1.0);
    assert_eq!(found.p_directed, 0.001);
}

#[test]
fn order_threads_and_runs_change_nothing_and_the_seed_does() {
    let places: Vec<_> = noise(4, 400).chunks(2).map(|n| (5e4 * n[0], 5e4 * n[1])).collect();
    let values: Vec<f64> = noise(5, 200).iter().map(|n| (n * 12.0).floor()).collect();
    let keyed: Vec<_> = places.iter().zip(0u64..).map(|((x, y), key)| (key * 7919 % 211, at(*x, *y))).collect();
    for scheme in [Scheme::DistanceBand(6e3), Scheme::Kernel(Kernel::Gaussian, Reach::Nearest(9))] {
        let run = |keyed: &[(u64, geo::Coord<f64>)], values: &[f64], threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let sites = Sites::new(keyed).unwrap();
                let weights = Weights::build(&sites, scheme, Transform::RowStandardised, Own::With, &never).unwrap();
                let draws = permutations(499, seed);
                (
                    local_g(&weights, values, draws, &never).unwrap(),
                    local_moran(&weights, values, draws, &never).unwrap(),
                    moran(&weights, values, draws, &never).unwrap(),
                )
            })
        };
        let first = run(&keyed, &values, 1, 42);
        assert_eq!(run(&keyed, &values, 4, 42), first);
        assert_ne!(run(&keyed, &values, 1, 43).0, first.0);
        let turned: Vec<_> = keyed.iter().rev().copied().collect();
        let turned_values: Vec<_> = values.iter().rev().copied().collect();
        let mut turned = run(&turned, &turned_values, 3, 42);
        turned.0.reverse();
        turned.1.reverse();
        assert_eq!(turned, first);
    }
}

#[test]
fn a_simulated_mean_is_the_conditional_expectation() {
    let places: Vec<_> = noise(6, 160).chunks(2).map(|n| (1e4 * n[0], 1e4 * n[1])).collect();
    let weights =
        Weights::build(&sites(&places), Scheme::Nearest(6), Transform::RowStandardised, Own::Without, &never).unwrap();
    let count = 9_999;
    for answer in local_moran(&weights, &noise(7, 80), permutations(count, 1), &never).unwrap() {
        let local = answer.unwrap();
        let found = local.simulated.unwrap();
        let error = local.variance.sqrt() / f64::from(count).sqrt();
        assert!((found.mean - local.expected).abs() < 5.0 * error);
        assert!((found.sd / local.variance.sqrt() - 1.0).abs() < 0.04);
        assert!((found.z.unwrap() - local.z.unwrap()).abs() < 0.05 * local.z.unwrap().abs().max(1.0));
    }
}

#[test]
fn simulations_of_the_whole_have_the_variance_of_randomisation() {
    let weights =
        Weights::build(&sites(&square(8)), Scheme::DistanceBand(1000.0), Transform::Binary, Own::Without, &never)
            .unwrap();
    let whole = moran(&weights, &noise(12, 64), permutations(4_999, 5), &never).unwrap();
    let found = whole.simulated.unwrap();
    assert!((found.mean - whole.expected).abs() < 5.0 * found.sd / 4_999f64.sqrt());
    assert!((found.sd / whole.variance_random.sqrt() - 1.0).abs() < 0.05);
}

/// Two-sided chances of Gi* by permutation and z-scores, over a square of sites.
fn run(side: usize, values: &[f64], count: u32, seed: u64) -> Vec<(f64, f64)> {
    let scheme = Scheme::DistanceBand(1500.0);
    let weights = Weights::build(&sites(&square(side)), scheme, Transform::Binary, Own::With, &never).unwrap();
    let answers = local_g(&weights, values, permutations(count, seed), &never).unwrap();
    answers.iter().map(|answer| (answer.unwrap().z, simulated(answer).p)).collect()
}

fn found(side: usize, values: &[f64], seed: u64) -> Vec<usize> {
    let answers = run(side, values, 9_999, seed);
    let p: Vec<_> = answers.iter().map(|(_, p)| Some(*p)).collect();
    let q = q_values_of_known(&p).unwrap();
    let is_hot = |at: &usize| {
        class(answers[*at].0, q[*at].unwrap())
            .is_some_and(|(side, confidence)| side == Side::Hot && confidence.percent() >= 95)
    };
    (0..values.len()).filter(is_hot).collect()
}

#[test]
fn a_planted_cluster_is_found_and_nothing_far_from_it() {
    let mut values = noise(21, 225);
    let planted: Vec<usize> = (4..8).flat_map(|row| (4..8).map(move |column| row * 15 + column)).collect();
    for at in &planted {
        values[*at] += 2.0;
    }
    let found = found(15, &values, 2);
    // A corner has 3 of its 8 others planted, which 13 in 1,000 draws have as well; every other one has 5 or more.
    let corners = [64, 67, 109, 112];
    assert!(planted.iter().all(|at| found.contains(at) || corners.contains(at)), "{found:?}");
    // What is found besides touches the cluster.
    assert!(found.iter().all(|at| (3..9).contains(&(at / 15)) && (3..9).contains(&(at % 15))), "{found:?}");
}

#[test]
fn chance_alone_is_found_no_oftener_than_the_level_says() {
    let (mut runs_with_a_find, mut below, mut tests) = (0, 0, 0);
    for seed in 0..200 {
        // A third of all values are zero, as where most sites comply.
        let values: Vec<f64> = noise(1000 + seed, 100).iter().map(|n| (3.0 * n - 1.0).max(0.0).powi(2)).collect();
        let answers = run(10, &values, 999, seed);
        let p: Vec<_> = answers.iter().map(|(_, p)| Some(*p)).collect();
        let q = q_values_of_known(&p).unwrap();
        runs_with_a_find += u32::from(q.iter().flatten().any(|q| *q <= 0.05));
        below += answers.iter().filter(|(_, p)| *p <= 0.05).count();
        tests += answers.len();
    }
    // With false-discovery-rate control, at most 5 % of runs over pure chance find anything.
    assert!(runs_with_a_find <= 10, "{runs_with_a_find} of 200");
    // Without it, 5 % of single tests; these are 20,000 in 200 runs that lean on each other, hence the margin.
    let share = below as f64 / tests as f64;
    assert!((0.03..=0.055).contains(&share), "{share}");
}

#[test]
fn the_least_of_all_chances_is_twice_one_in_the_number_of_permutations_and_one() {
    let mut values = vec![1.0; 64];
    values[..8].fill(50.0);
    let scheme = Scheme::DistanceBand(1000.0);
    let weights = Weights::build(&sites(&square(8)), scheme, Transform::Binary, Own::With, &never).unwrap();
    let answers = local_g(&weights, &values, permutations(99, 8), &never).unwrap();
    let least = answers.iter().map(|answer| simulated(answer).p).fold(1.0, f64::min);
    close(least, 0.02);
}
