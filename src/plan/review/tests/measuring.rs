//! Tools of measuring.

use super::sketch::{CORNER, ring};
use super::*;
use crate::plan::ground::{Edges, is_wider, shared, without_threads};
use geo::LinesIter;

#[test]
fn a_width_is_that_of_the_largest_circle_inside() {
    let strip = rect(0.0, 0.0, 100.0, 0.3);
    assert!(is_wider(&strip, 0.25) && !is_wider(&strip, 0.31));
    // A wedge from nothing to 1 m over 100 m: mean width 0.5 m, and a circle of 0.9 m fits in.
    let wedge = ring(&[(0.0, 0.0), (100.0, 0.0), (100.0, 1.0)]);
    assert!(is_wider(&wedge, 0.9), "near its end");
    assert!(!is_wider(&wedge, 1.0));
}

#[test]
fn threads_fall_off_and_the_rest_keeps_its_size() {
    let with_thread = ring(&[(0.0, 0.0), (5.0, 0.0), (5.0, 4.999), (500.0, 4.999), (500.0, 5.0), (0.0, 5.0)]);
    let parts = without_threads(&with_thread, 0.01);
    assert_eq!(parts.len(), 1);
    assert!((parts[0].unsigned_area() - 25.0).abs() < 1e-3, "{}", parts[0].unsigned_area());
    assert!(without_threads(&rect(0.0, 0.0, 500.0, 0.005), 0.01).is_empty());
}

#[test]
fn shared_ground_is_exact_at_seven_digits_before_the_point() {
    let parts = shared(&rect(0.0, 0.0, 100.0, 100.0), &rect(99.0, 0.0, 200.0, 100.0), 0.01);
    assert!((parts[0].unsigned_area() - 100.0).abs() < 1e-3);
    assert!(shared(&rect(0.0, 0.0, 100.0, 100.0), &rect(100.0, 0.0, 200.0, 100.0), 0.01).is_empty());
}

#[test]
fn a_frontage_counts_what_runs_along_and_not_a_corner() {
    let road = Edges::of(rect(0.0, 0.0, 10.0, 100.0).lines_iter());
    assert!((road.frontage(&rect(10.0, 20.0, 50.0, 60.0), 0.25) - 40.0).abs() < 1e-9);
    assert_eq!(road.frontage(&rect(10.0, 100.0, 50.0, 140.0), 0.25), 0.0, "a common corner");
    assert_eq!(road.frontage(&rect(11.0, 20.0, 50.0, 60.0), 0.25), 0.0, "a metre apart");
    assert_eq!(road.distance(&rect(13.0, 20.0, 50.0, 60.0), 5.0), Some(3.0));
    assert_eq!(road.distance(&rect(16.0, 20.0, 50.0, 60.0), 5.0), None);
    assert_eq!(CORNER.x, 588_000.0);
}
