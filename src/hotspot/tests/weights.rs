use super::super::sites::Sites;
use super::super::weights::{Kernel, Own, Reach, Scheme, Transform, Weights, reach_of_nearest};
use super::super::{NoStatistic, never};
use super::{at, close, sites, square};

fn build(places: &[(f64, f64)], scheme: Scheme) -> Result<Weights, NoStatistic> {
    Weights::build(&sites(places), scheme, Transform::AsMade, Own::Without, &never)
}

const LINE: [(f64, f64); 4] = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (50.0, 0.0)];

#[test]
fn no_site_a_place_that_is_no_number_and_a_key_that_stands_twice_are_refused() {
    assert_eq!(Sites::new(&[]).unwrap_err(), NoStatistic::TooFew { have: 0, need: 1 });
    for odd in [f64::NAN, f64::INFINITY] {
        assert_eq!(Sites::new(&[(1, at(0.0, 0.0)), (2, at(odd, 0.0))]).unwrap_err(), NoStatistic::NotFinite { at: 1 });
    }
    assert_eq!(Sites::new(&[(7, at(0.0, 0.0)), (7, at(1.0, 0.0))]).unwrap_err(), NoStatistic::SameKey { key: 7 });
}

#[test]
fn what_cannot_be_neighbours_is_refused() {
    let refused = |places: &[(f64, f64)], scheme| build(places, scheme).unwrap_err();
    assert_eq!(refused(&LINE[..1], Scheme::Nearest(1)), NoStatistic::TooFew { have: 1, need: 2 });
    assert_eq!(refused(&[(5.0, 5.0); 3], Scheme::DistanceBand(10.0)), NoStatistic::OnePlace);
    assert_eq!(refused(&LINE, Scheme::Nearest(4)), NoStatistic::KTooLarge { k: 4, others: 3 });
    assert_eq!(refused(&LINE, Scheme::Nearest(0)), NoStatistic::KTooLarge { k: 0, others: 3 });
    assert_eq!(refused(&LINE, Scheme::DistanceBand(9.9)), NoStatistic::NoNeighbours);
    for metres in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(&LINE, Scheme::DistanceBand(metres)), NoStatistic::OutOfRange { .. }), "{metres}");
        let kernel = Scheme::Kernel(Kernel::Quartic, Reach::Fixed(metres));
        assert!(matches!(refused(&LINE, kernel), NoStatistic::OutOfRange { .. }), "{metres}");
    }
    let stopped = Weights::build(&sites(&LINE), Scheme::Nearest(1), Transform::Binary, Own::With, &|| true);
    assert_eq!(stopped.unwrap_err(), NoStatistic::Stopped);
}

#[test]
fn a_band_includes_its_bound_and_places_that_coincide_and_names_its_islands() {
    let weights = build(&[(0.0, 0.0), (10.0, 0.0), (10.0, 0.0), (50.0, 0.0)], Scheme::DistanceBand(10.0)).unwrap();
    assert_eq!(weights.row(0).neighbours, [1, 2]);
    assert_eq!(weights.row(1).neighbours, [0, 2]);
    assert_eq!(weights.islands(), [3]);
    assert_eq!(weights.links(), 6);
}

#[test]
fn of_equally_near_ones_those_with_the_smaller_keys_are_the_nearest() {
    // Around the middle of a cross all four lie equally far; keys 1 and 2 stand in the west and the east.
    let cross = [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (0.0, 0.0)];
    let weights = build(&cross, Scheme::Nearest(2)).unwrap();
    assert_eq!(weights.row(4).neighbours, [0, 1]);
}

#[test]
fn kernels_fall_with_distance_and_stars_carry_the_kernels_height() {
    let kernel = |kernel, reach| {
        Weights::build(&sites(&LINE), Scheme::Kernel(kernel, reach), Transform::AsMade, Own::With, &never)
    };
    // z = 10/20 = ½ to the second, 1 to the third, which the triangle and the quartic leave without weight.
    let triangular = kernel(Kernel::Triangular, Reach::Fixed(20.0)).unwrap();
    assert_eq!(triangular.row(0).neighbours, [1]);
    close(triangular.row(0).weights[0], 0.5);
    close(triangular.row(0).own, 1.0);
    let quartic = kernel(Kernel::Quartic, Reach::Fixed(20.0)).unwrap();
    close(quartic.row(0).weights[0], 15.0 / 16.0 * 0.75 * 0.75);
    // e^(−1/8)/√(2π) = 0.352065, e^(−1/2)/√(2π) = 0.241971
    let gaussian = kernel(Kernel::Gaussian, Reach::Fixed(20.0)).unwrap();
    assert!((gaussian.row(0).weights[0] - 0.352_065).abs() < 1e-6);
    assert!((gaussian.row(0).weights[1] - 0.241_971).abs() < 1e-6);
    // The second nearest of the last is 40 away: 1 − 30/(40 × 1.0000001) = 0.25 and nearly nothing.
    let adaptive = kernel(Kernel::Triangular, Reach::Nearest(2)).unwrap();
    assert_eq!(adaptive.row(3).neighbours, [1, 2]);
    assert!((adaptive.row(3).weights[1] - 0.25).abs() < 1e-6);
    assert!(adaptive.row(3).weights[0] > 0.0 && adaptive.row(3).weights[0] < 1e-6);
}

#[test]
fn an_adaptive_kernel_whose_neighbours_all_coincide_has_full_weights() {
    let places = [(0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (9.0, 0.0)];
    let weights = build(&places, Scheme::Kernel(Kernel::Quartic, Reach::Nearest(2))).unwrap();
    assert_eq!(weights.row(0).weights, [15.0 / 16.0; 2]);
}

#[test]
fn standardised_rows_sum_to_one_with_the_star_and_islands_to_nothing() {
    let weights = |own| {
        let scheme = Scheme::DistanceBand(10.0);
        Weights::build(&sites(&LINE), scheme, Transform::RowStandardised, own, &never).unwrap()
    };
    let (with, without) = (weights(Own::With), weights(Own::Without));
    assert_eq!(with.row(1).weights, [1.0 / 3.0; 2]);
    close(with.row(1).own, 1.0 / 3.0);
    assert_eq!(with.row(3).own, 1.0);
    assert_eq!(without.row(1).weights, [0.5; 2]);
    assert_eq!(without.row(3).sums(), (0.0, 0.0));
}

#[test]
fn lists_that_name_what_is_not_there_or_twice_or_without_weight_are_refused() {
    let three = sites(&LINE[..3]);
    let refused = |first: Vec<(usize, f64)>| {
        let lists = [first, vec![(0, 1.0)], vec![]];
        Weights::from_lists(&three, &lists, Transform::AsMade, Own::Without).err()
    };
    assert_eq!(refused(vec![(2, 1.0), (1, 0.5)]), None);
    for bad in [vec![(3, 1.0)], vec![(0, 1.0)], vec![(1, 1.0), (1, 1.0)], vec![(1, 0.0)], vec![(1, f64::NAN)]] {
        assert_eq!(refused(bad.clone()), Some(NoStatistic::BadLink { at: 0 }), "{bad:?}");
    }
    let short = Weights::from_lists(&three, &[], Transform::AsMade, Own::Without);
    assert_eq!(short.unwrap_err(), NoStatistic::Mismatch { values: 0, sites: 3 });
}

#[test]
fn the_reach_of_the_nearest_leaves_no_island() {
    // Nearest distances are 10, 10, 10 and 30.
    assert_eq!(reach_of_nearest(&sites(&LINE), 1, &never).unwrap(), 30.0);
    assert!(build(&LINE, Scheme::DistanceBand(30.0)).unwrap().islands().is_empty());
}

#[test]
fn every_site_has_as_many_nearest_as_were_asked_for_however_many_are_equally_near() {
    for (side, k) in [(4, 5), (10, 6), (15, 7), (20, 13)] {
        let mut places = square(side);
        places.extend([(500.0, 500.0); 6]);
        let weights = build(&places, Scheme::Nearest(k)).unwrap();
        for at in 0..places.len() {
            let row = weights.row(at);
            let apart = |other: &usize| (places[*other].0 - places[at].0).hypot(places[*other].1 - places[at].1);
            let mut expected: Vec<usize> = (0..places.len()).filter(|other| *other != at).collect();
            expected.sort_by(|a, b| apart(a).total_cmp(&apart(b)));
            expected.truncate(k);
            expected.sort_unstable();
            let found: Vec<usize> = row.neighbours.iter().map(|other| *other as usize).collect();
            assert_eq!(found, expected, "{side} {k} {at}");
        }
    }
}
