use super::super::fdr::{Confidence, Side, class, q_values, q_values_of_known, threshold};
use super::super::getis::local_g;
use super::super::moran::{Quadrant, local_moran, moran};
use super::super::weights::{Own, Scheme, Transform, Weights};
use super::super::{Gap, NoStatistic, never};
use super::{close, sites, square};

/// The six places of `esda`'s own documentation, with neighbours within 15.
const PLACES: [(f64, f64); 6] = [(10.0, 10.0), (20.0, 10.0), (40.0, 10.0), (15.0, 20.0), (30.0, 20.0), (30.0, 30.0)];
const VALUES: [f64; 6] = [2.0, 3.0, 3.2, 5.0, 8.0, 7.0];

fn band(transform: Transform, own: Own) -> Weights {
    Weights::build(&sites(&PLACES), Scheme::DistanceBand(15.0), transform, own, &never).unwrap()
}

fn z(weights: &Weights) -> Vec<f64> {
    local_g(weights, &VALUES, None, &never).unwrap().into_iter().map(|g| g.unwrap().z).collect()
}

#[test]
fn values_without_variation_or_number_have_no_statistic() {
    let weights = band(Transform::Binary, Own::With);
    let refused = |values: &[f64]| {
        let g = local_g(&weights, values, None, &never).unwrap_err();
        assert_eq!(local_moran(&weights, values, None, &never).unwrap_err(), g);
        assert_eq!(moran(&weights, values, None, &never).unwrap_err(), g);
        g
    };
    assert_eq!(refused(&[3.0; 6]), NoStatistic::AllEqual);
    assert_eq!(refused(&[1.0, 2.0]), NoStatistic::Mismatch { values: 2, sites: 6 });
    assert_eq!(refused(&[1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0]), NoStatistic::NotFinite { at: 2 });
    assert_eq!(refused(&[1.0, 2.0, 3.0, 4.0, 5.0, f64::MAX]), NoStatistic::NotFinite { at: 5 });
    assert_eq!(local_g(&weights, &VALUES, None, &|| true).unwrap_err(), NoStatistic::Stopped);
}

#[test]
fn two_sites_are_too_few() {
    let two = Weights::build(&sites(&PLACES[..2]), Scheme::Nearest(1), Transform::Binary, Own::With, &never).unwrap();
    let few = NoStatistic::TooFew { have: 2, need: 3 };
    assert_eq!(local_g(&two, &[1.0, 2.0], None, &never).unwrap_err(), few);
    assert_eq!(local_moran(&two, &[1.0, 2.0], None, &never).unwrap_err(), few);
}

#[test]
fn where_everyone_is_everyones_neighbour_nothing_else_was_possible() {
    let all = |own| Weights::build(&sites(&PLACES), Scheme::Nearest(5), Transform::Binary, own, &never).unwrap();
    for own in [Own::With, Own::Without] {
        let answers = local_g(&all(own), &VALUES, None, &never).unwrap();
        assert!(answers.iter().all(|answer| *answer == Err(Gap::NoVariation)), "{own:?}");
    }
    assert_eq!(moran(&all(Own::Without), &VALUES, None, &never).unwrap_err(), NoStatistic::NoVariation);
    let local = local_moran(&all(Own::Without), &VALUES, None, &never).unwrap();
    assert!(local.iter().all(|answer| answer.is_ok_and(|local| local.z.is_none() && local.variance == 0.0)));
}

#[test]
fn an_island_has_gi_star_alone() {
    let mut places = PLACES.to_vec();
    places[5] = (1e6, 1e6);
    let weights = |own| {
        let scheme = Scheme::DistanceBand(15.0);
        Weights::build(&sites(&places), scheme, Transform::Binary, own, &never).unwrap()
    };
    assert_eq!(local_g(&weights(Own::Without), &VALUES, None, &never).unwrap()[5], Err(Gap::Island));
    assert_eq!(local_moran(&weights(Own::With), &VALUES, None, &never).unwrap()[5], Err(Gap::Island));
    assert!(local_g(&weights(Own::With), &VALUES, None, &never).unwrap()[5].is_ok());
}

#[test]
fn where_all_others_are_equal_gi_has_no_variation_but_gi_star_has() {
    let values = [0.0, 0.0, 0.0, 0.0, 0.0, 9.0];
    let gi = local_g(&band(Transform::Binary, Own::Without), &values, None, &never).unwrap();
    assert_eq!(gi[5], Err(Gap::NoVariation));
    assert!(gi[0].is_ok());
    let star = local_g(&band(Transform::Binary, Own::With), &values, None, &never).unwrap();
    assert!(star.iter().all(Result::is_ok));
}

#[test]
fn values_that_sum_to_nothing_have_a_z_score_but_no_share() {
    let values = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0];
    let star = local_g(&band(Transform::Binary, Own::With), &values, None, &never).unwrap();
    assert!(star.iter().all(|g| g.is_ok_and(|g| g.g.is_none() && g.z.is_finite())));
}

#[test]
fn z_scores_are_those_printed_in_esdas_documentation() {
    let printed = [-1.013_672_9, -0.043_615_89, 1.315_587_03, -0.314_126_76, 1.153_739_86, 1.778_339_41];
    let starred = [-1.397_276_26, -0.289_177_62, 0.650_649_64, -0.289_177_62, 1.234_520_88, 2.024_243_31];
    for (own, expected) in [(Own::Without, printed), (Own::With, starred)] {
        for (z, expected) in z(&band(Transform::Binary, own)).iter().zip(expected) {
            assert!((z - expected).abs() < 1e-8, "{z} is not {expected}");
        }
    }
}

#[test]
fn standardising_rows_changes_no_z_score() {
    for own in [Own::Without, Own::With] {
        for (binary, standardised) in
            z(&band(Transform::Binary, own)).iter().zip(z(&band(Transform::RowStandardised, own)))
        {
            close(*binary, standardised);
        }
    }
}

#[test]
fn a_share_of_all_values_and_a_chance_come_with_the_z_score() {
    // Around the first lie the second and the fourth: (3 + 5) / (28.2 − 2), with itself (2 + 3 + 5) / 28.2.
    let first = |own| local_g(&band(Transform::Binary, own), &VALUES, None, &never).unwrap()[0].unwrap();
    close(first(Own::Without).g.unwrap(), 8.0 / 26.2);
    close(first(Own::With).g.unwrap(), 10.0 / 28.2);
    // 2 (1 − Φ(1.0136729)) = 0.310738
    assert!((first(Own::Without).p - 0.310_738).abs() < 1e-6);
}

#[test]
fn high_among_low_is_an_outlier_and_low_among_high_another() {
    // A field of 1 with a block of 9; one site in the block is 0, and one far from it is 9.
    let mut values = vec![1.0; 100];
    for i in [22, 23, 24, 32, 34, 42, 43, 44, 77] {
        values[i] = 9.0;
    }
    values[33] = 0.0;
    let neighbours = |own| {
        let scheme = Scheme::DistanceBand(1500.0);
        Weights::build(&sites(&square(10)), scheme, Transform::RowStandardised, own, &never).unwrap()
    };
    let local = local_moran(&neighbours(Own::Without), &values, None, &never).unwrap();
    let quadrant = |at: usize| local[at].unwrap().quadrant;
    assert_eq!([quadrant(33), quadrant(77), quadrant(99)], [Quadrant::LowHigh, Quadrant::HighLow, Quadrant::LowLow]);
    assert_eq!(quadrant(22), Quadrant::HighHigh);
    assert!(local[33].unwrap().i < 0.0 && local[33].unwrap().z.unwrap() < -3.0);
}

#[test]
fn morans_i_of_a_chessboard_is_minus_one_and_of_two_halves_is_high() {
    let rook =
        Weights::build(&sites(&square(6)), Scheme::DistanceBand(1000.0), Transform::Binary, Own::Without, &never)
            .unwrap();
    let of = |value: fn(usize) -> f64| {
        let values: Vec<f64> = (0..36).map(value).collect();
        moran(&rook, &values, None, &never).unwrap()
    };
    close(of(|i| ((i % 6 + i / 6) % 2) as f64).i, -1.0);
    // 60 pairs of neighbours, 6 of them across the border of the halves: (54 − 6) / 60.
    let halves = of(|i| f64::from(i % 6 >= 3));
    close(halves.i, 0.8);
    close(halves.expected, -1.0 / 35.0);
    assert!(halves.p_random < 1e-6);
}

#[test]
fn chances_that_are_none_are_refused_and_no_tests_find_nothing() {
    for odd in [f64::NAN, -0.1, 1.1] {
        assert_eq!(q_values(&[0.5, odd]).unwrap_err(), NoStatistic::NotFinite { at: 1 });
    }
    assert_eq!(q_values(&[]).unwrap(), [0.0; 0]);
    assert_eq!(threshold(&[], 0.05).unwrap(), None);
    assert_eq!(threshold(&[0.5, 0.9], 0.05).unwrap(), None);
}

#[test]
fn q_values_are_those_of_benjamini_and_hochberg() {
    // Five tests, sorted: 0.01·5/1 = 0.05, 0.02·5/2 = 0.05, 0.03·5/3 = 0.05, 0.2·5/4 = 0.25, 0.5·5/5 = 0.5.
    let q = q_values(&[0.5, 0.01, 0.03, 0.2, 0.02]).unwrap();
    for (q, expected) in q.iter().zip([0.5, 0.05, 0.05, 0.25, 0.05]) {
        close(*q, expected);
    }
    assert_eq!(threshold(&[0.5, 0.01, 0.03, 0.2, 0.02], 0.0501).unwrap(), Some(0.03));
    // A q-value is never above that of a greater p: 0.04·2/1 = 0.08 falls to 0.045.
    assert_eq!(q_values(&[0.04, 0.045]).unwrap(), [0.045, 0.045]);
}

#[test]
fn sites_without_a_chance_are_no_tests() {
    // Two tests, not three: 0.02·2/1 and 0.5·2/2.
    assert_eq!(q_values_of_known(&[Some(0.02), None, Some(0.5)]).unwrap(), [Some(0.04), None, Some(0.5)]);
}

#[test]
fn classes_end_exactly_at_their_q_values() {
    let of = |z, q| class(z, q).map(|(side, confidence)| (side, confidence.percent()));
    assert_eq!(of(3.0, 0.01), Some((Side::Hot, 99)));
    assert_eq!(of(-3.0, 0.0101), Some((Side::Cold, 95)));
    assert_eq!(of(2.0, 0.05), Some((Side::Hot, 95)));
    assert_eq!(of(2.0, 0.1), Some((Side::Hot, 90)));
    assert_eq!(of(2.0, 0.1001), None);
    assert_eq!(of(0.0, 0.0), None);
    assert!(Confidence::NinetyNine > Confidence::Ninety);
}
