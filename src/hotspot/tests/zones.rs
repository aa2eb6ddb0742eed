use geo::{Area, Contains, Point};

use super::super::sites::Sites;
use super::super::zones::{Zone, ZoneOptions, outline, zones};
use super::super::{NoStatistic, never};
use super::{at, noise, sites};

fn options(reach: f64, least_weight: f64) -> ZoneOptions {
    ZoneOptions { reach, least_weight }
}

#[test]
fn options_and_weights_that_are_none_are_refused() {
    let two = sites(&[(0.0, 0.0), (1.0, 0.0)]);
    for bad in [options(0.0, 1.0), options(f64::NAN, 1.0), options(1.0, 0.0), options(1.0, f64::INFINITY)] {
        assert!(matches!(zones(&two, &[1.0; 2], bad, &never), Err(NoStatistic::OutOfRange { .. })), "{bad:?}");
    }
    assert_eq!(zones(&two, &[1.0, -1.0], options(1.0, 1.0), &never), Err(NoStatistic::Negative { at: 1 }));
    assert_eq!(zones(&two, &[1.0, f64::NAN], options(1.0, 1.0), &never), Err(NoStatistic::NotFinite { at: 1 }));
    assert_eq!(zones(&two, &[1.0], options(1.0, 1.0), &never), Err(NoStatistic::Mismatch { values: 1, sites: 2 }));
    assert_eq!(zones(&two, &[1.0; 2], options(1.0, 1.0), &|| true), Err(NoStatistic::Stopped));
    assert_eq!(zones(&two, &[1.0; 2], options(1.0, 3.0), &never), Ok(vec![]));
}

#[test]
fn weights_make_cores_and_the_heaviest_zone_comes_first() {
    // A heavy pair in the east, a light triple in the west, one alone.
    let places = sites(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (100.0, 0.0), (101.0, 0.0), (500.0, 0.0)]);
    let found = zones(&places, &[1.0, 1.0, 1.0, 5.0, 0.5, 1.0], options(1.0, 3.0), &never).unwrap();
    let west = Zone { members: vec![0, 1, 2], cores: vec![1], weight: 3.0 };
    let east = Zone { members: vec![3, 4], cores: vec![3, 4], weight: 5.5 };
    assert_eq!(found, [east, west]);
}

#[test]
fn a_place_between_two_zones_belongs_to_the_nearer_core_and_of_equal_ones_to_the_smaller_key() {
    // A heavy place behind −2 and one behind 2 make cores of these; the middle reaches one core on each side and is none.
    let of = |middle: f64, reach: f64| {
        let places = sites(&[(-2.2, 0.0), (-2.0, 0.0), (2.0, 0.0), (2.2, 0.0), (middle, 0.0)]);
        let found = zones(&places, &[9.0, 1.0, 1.0, 9.0, 0.1], options(reach, 2.9), &never).unwrap();
        assert_eq!(found.len(), 2);
        found.iter().find(|zone| zone.members.contains(&4)).map(|zone| zone.members[0])
    };
    assert_eq!(of(0.04, 2.05), Some(2));
    assert_eq!(of(-0.04, 2.05), Some(0));
    assert_eq!(of(0.0, 2.0), Some(0));
}

#[test]
fn the_order_of_places_changes_no_zone() {
    let numbers = noise(8, 600);
    let keyed: Vec<_> = numbers.chunks(2).zip(0u64..).map(|(n, key)| (key, at(1e4 * n[0], 1e4 * n[1]))).collect();
    let of = |keyed: &[(u64, geo::Coord<f64>)]| {
        let found = zones(&Sites::new(keyed).unwrap(), &vec![1.0; keyed.len()], options(600.0, 5.0), &never).unwrap();
        let named = |zone: Zone| {
            let mut keys: Vec<u64> = zone.members.iter().map(|at| keyed[*at].0).collect();
            keys.sort_unstable();
            keys
        };
        found.into_iter().map(named).collect::<Vec<_>>()
    };
    let turned: Vec<_> = keyed.iter().rev().copied().collect();
    assert!(of(&keyed).len() > 3);
    assert_eq!(of(&keyed), of(&turned));
}

#[test]
fn an_outline_has_its_places_inside_whether_they_are_one_two_in_a_row_or_many() {
    assert_eq!(outline(&[], 5.0), Err(NoStatistic::TooFew { have: 0, need: 1 }));
    assert!(outline(&[at(0.0, 0.0)], 0.0).is_err());
    assert!(outline(&[at(f64::NAN, 0.0)], 5.0).is_err());
    let many: Vec<_> = noise(2, 80).chunks(2).map(|n| at(1e3 * n[0], 1e3 * n[1])).collect();
    let cases = [
        vec![at(7.0, 7.0)],
        vec![at(7.0, 7.0); 5],
        vec![at(0.0, 0.0), at(90.0, 0.0)],
        (0..9).map(|i| at(f64::from(i) * 10.0, f64::from(i) * 5.0)).collect(),
        many,
    ];
    for places in cases {
        let outline = outline(&places, 50.0).unwrap();
        assert_eq!(outline.0.len(), 1, "{places:?}");
        assert!(outline.unsigned_area() > 7_000.0);
        assert!(places.iter().all(|place| outline.contains(&Point(*place))), "{places:?}");
    }
}
