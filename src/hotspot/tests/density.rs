use geo::{LineString, MultiPolygon, Polygon, Rect, Rotate};

use super::super::density::{Boundary, Density, Kernel};
use super::super::{NoStatistic, never};
use super::{at, close, noise};

fn cloud(seed: u64, count: usize) -> Density {
    let numbers = noise(seed, 3 * count);
    let places: Vec<_> = numbers.chunks(3).map(|n| (at(10_000.0 * n[0], 10_000.0 * n[1]), 0.1 + n[2])).collect();
    Density::new(&places).unwrap()
}

fn boundary(low: (f64, f64), high: (f64, f64)) -> Boundary {
    let rectangle = Rect::new(at(low.0, low.1), at(high.0, high.1)).to_polygon();
    Boundary::new(&MultiPolygon(vec![rectangle])).unwrap()
}

#[test]
fn nothing_odd_places_and_odd_weights_are_refused() {
    let of = |given: &[(geo::Coord<f64>, f64)]| Density::new(given).err();
    assert_eq!(of(&[]), Some(NoStatistic::TooFew { have: 0, need: 1 }));
    assert_eq!(of(&[(at(f64::NAN, 0.0), 1.0)]), Some(NoStatistic::NotFinite { at: 0 }));
    assert_eq!(of(&[(at(0.0, 0.0), 1.0), (at(0.0, 0.0), f64::INFINITY)]), Some(NoStatistic::NotFinite { at: 1 }));
    assert_eq!(of(&[(at(0.0, 0.0), -1.0)]), Some(NoStatistic::Negative { at: 0 }));
    assert_eq!(of(&[(at(0.0, 0.0), 0.0)]), Some(NoStatistic::NoWeight));
    assert!(Boundary::new(&MultiPolygon(vec![])).is_err());
    let cloud = cloud(1, 10);
    for bandwidth in [0.0, f64::NAN, -1.0] {
        assert!(cloud.at(&[at(0.0, 0.0)], Kernel::Gaussian, bandwidth, None, &never).is_err());
    }
    assert!(cloud.at(&[at(f64::NAN, 0.0)], Kernel::Gaussian, 1.0, None, &never).is_err());
    assert_eq!(cloud.at(&[at(0.0, 0.0)], Kernel::Gaussian, 1.0, None, &|| true).unwrap_err(), NoStatistic::Stopped);
}

#[test]
fn places_that_are_one_have_no_bandwidth_and_pairs_that_coincide_no_cross_validated_one() {
    let one = Density::new(&[(at(5.0, 5.0), 1.0), (at(5.0, 5.0), 2.0)]).unwrap();
    assert_eq!(one.rule_of_thumb(Kernel::Gaussian).unwrap_err(), NoStatistic::OnePlace);
    assert_eq!(one.by_likelihood(Kernel::Gaussian, &never).unwrap_err(), NoStatistic::OnePlace);
    // Every place stands twice: the narrower the kernel, the better one foretells the other.
    let twice: Vec<_> = noise(3, 40).chunks(2).flat_map(|n| [(at(n[0], n[1]), 1.0); 2]).collect();
    let twice = Density::new(&twice).unwrap();
    assert_eq!(twice.by_least_squares(&never).unwrap_err(), NoStatistic::NoBandwidth);
    assert_eq!(cloud(2, 60).by_likelihood(Kernel::Quartic, &|| true).unwrap_err(), NoStatistic::Stopped);
}

#[test]
fn one_place_is_spread_as_its_kernel_says() {
    let one = Density::new(&[(at(0.0, 0.0), 3.0)]).unwrap();
    let of = |x, kernel| one.at(&[at(x, 0.0)], kernel, 100.0, None, &never).unwrap()[0];
    close(of(0.0, Kernel::Gaussian) * 1e6, 3.0 / (2.0 * std::f64::consts::PI * 1e4) * 1e6);
    close(of(0.0, Kernel::Quartic) * 1e6, 9.0 / (std::f64::consts::PI * 1e4) * 1e6);
    close(of(50.0, Kernel::Quartic) * 1e6, 9.0 * 0.5625 / (std::f64::consts::PI * 1e4) * 1e6);
    assert_eq!(of(100.0, Kernel::Quartic), 0.0);
    assert_eq!(of(5000.0, Kernel::Gaussian), 0.0);
}

#[test]
fn all_weight_lies_under_the_surface() {
    let cloud = cloud(4, 30);
    for kernel in [Kernel::Gaussian, Kernel::Quartic] {
        let (step, from) = (100.0, -5_000.0);
        let points: Vec<_> =
            (0..200 * 200).map(|i| at(from + step * f64::from(i % 200), from + step * f64::from(i / 200))).collect();
        let sum: f64 = cloud.at(&points, kernel, 900.0, None, &never).unwrap().iter().sum();
        assert!((sum * step * step / cloud.total() - 1.0).abs() < 1e-4, "{kernel:?}");
    }
}

#[test]
fn half_a_kernel_lies_inside_an_edge_a_quarter_inside_a_corner_and_all_of_it_far_from_both() {
    let wide = boundary((0.0, 0.0), (1e5, 1e5));
    for kernel in [Kernel::Gaussian, Kernel::Quartic] {
        let share = |x, y| wide.share(at(x, y), kernel, 1000.0);
        close(share(50_000.0, 50_000.0), 1.0);
        close(share(50_000.0, 0.0), 0.5);
        close(share(0.0, 0.0), 0.25);
        close(share(1e-7, 50_000.0), 0.5);
        assert_eq!(share(-1.0, 50_000.0), 0.0);
        assert_eq!(share(-50_000.0, 50_000.0), 0.0);
    }
}

#[test]
fn a_gaussians_share_of_a_rectangle_is_a_product_of_two_normal_chances() {
    let rectangle = boundary((0.0, 0.0), (3_000.0, 1_200.0));
    let within = |from: f64, to: f64| 0.5 * (libm::erf(to / 2f64.sqrt()) - libm::erf(from / 2f64.sqrt()));
    for (x, y) in [(10.0, 10.0), (1_500.0, 600.0), (2_999.999, 1.0), (700.0, 1_190.0)] {
        let h = 800.0;
        let expected = within(-x / h, (3_000.0 - x) / h) * within(-y / h, (1_200.0 - y) / h);
        let share = rectangle.share(at(x, y), Kernel::Gaussian, h);
        assert!((share - expected).abs() < 1e-12, "{share} is not {expected}");
    }
}

#[test]
fn shares_of_a_shape_with_a_hole_are_what_a_fine_raster_finds() {
    let ring = |points: &[(f64, f64)]| LineString::from(points.to_vec());
    let outer = ring(&[(0.0, 0.0), (10.0, 1.0), (7.0, 5.0), (11.0, 9.0), (2.0, 8.0), (0.0, 0.0)]);
    let hole = ring(&[(3.0, 3.0), (3.0, 5.0), (6.0, 4.0), (3.0, 3.0)]);
    let shape =
        MultiPolygon(vec![Polygon::new(outer, vec![hole])]).rotate_around_point(33.0, geo::point!(x: 5.0, y: 5.0));
    let boundary = Boundary::new(&shape).unwrap();
    let point = geo::Centroid::centroid(&geo::MultiPoint::from(vec![(2.0, 2.5), (2.4, 2.8)])).unwrap();
    let point = point.rotate_around_point(33.0, geo::point!(x: 5.0, y: 5.0)).0;
    for kernel in [Kernel::Gaussian, Kernel::Quartic] {
        let h = if kernel == Kernel::Gaussian { 1.0 } else { 3.0 };
        let one = Density::new(&[(point, 1.0)]).unwrap();
        let step = 0.02;
        let raster: Vec<_> =
            (0..700 * 700).map(|i| at(-2.0 + step * f64::from(i % 700), -2.0 + step * f64::from(i / 700))).collect();
        let inside: Vec<_> = raster.into_iter().filter(|point| boundary.contains(*point)).collect();
        let sum: f64 = one.at(&inside, kernel, h, None, &never).unwrap().iter().sum();
        let share = boundary.share(point, kernel, h);
        assert!((share - sum * step * step).abs() < 2e-3, "{kernel:?}: {share} is not {}", sum * step * step);
    }
}

#[test]
fn an_even_spread_stays_even_up_to_the_edge_and_nothing_lies_outside() {
    let even: Vec<_> =
        (0..60 * 60).map(|i| (at(50.0 + 100.0 * f64::from(i % 60), 50.0 + 100.0 * f64::from(i / 60)), 1.0)).collect();
    let (even, edge) = (Density::new(&even).unwrap(), boundary((0.0, 0.0), (6_000.0, 6_000.0)));
    let points = [at(3_000.0, 3_000.0), at(0.0, 3_000.0), at(10.0, 10.0), at(0.0, 0.0), at(-1.0, 3_000.0)];
    for kernel in [Kernel::Gaussian, Kernel::Quartic] {
        let of = |edge| even.at(&points, kernel, 500.0, edge, &never).unwrap();
        let corrected = of(Some(&edge));
        // One place for each hectare.
        assert!(corrected[..4].iter().all(|density| (density * 1e4 - 1.0).abs() < 0.01), "{corrected:?}");
        assert_eq!(corrected[4], 0.0);
        assert!(of(None)[3] * 1e4 < 0.26);
    }
}

#[test]
fn the_order_of_places_changes_nothing() {
    let numbers = noise(9, 300);
    let mut places: Vec<_> = numbers.chunks(3).map(|n| (at(1e4 * n[0], 1e4 * n[1]), n[2])).collect();
    let points: Vec<_> = noise(10, 20).chunks(2).map(|n| at(1e4 * n[0], 1e4 * n[1])).collect();
    let answers = |places: &[(geo::Coord<f64>, f64)]| {
        let density = Density::new(places).unwrap();
        let bandwidth = density.by_likelihood(Kernel::Gaussian, &never).unwrap();
        (bandwidth, density.at(&points, Kernel::Gaussian, bandwidth, None, &never).unwrap())
    };
    let forward = answers(&places);
    places.reverse();
    assert_eq!(answers(&places), forward);
}

#[test]
fn the_quartics_rule_of_thumb_smooths_as_much_as_the_gaussians() {
    let cloud = cloud(6, 50);
    let (gaussian, quartic) =
        (cloud.rule_of_thumb(Kernel::Gaussian).unwrap(), cloud.rule_of_thumb(Kernel::Quartic).unwrap());
    close(quartic / gaussian, 8f64.sqrt());
}
