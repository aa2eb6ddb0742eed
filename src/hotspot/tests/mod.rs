//! Tests of the statistics by hand-made numbers and by what must hold for any data. `tests/hotspots.rs` holds them against
//! PySAL and others.
#![allow(clippy::unwrap_used, clippy::panic)]

mod density;
mod grid;
mod local;
mod random;
mod trend;
mod weights;
mod zones;

use geo::Coord;

use super::sites::Sites;

fn at(x: f64, y: f64) -> Coord<f64> {
    Coord { x, y }
}

/// Sites with the keys 1, 2, 3 … in the given order.
fn sites(places: &[(f64, f64)]) -> Sites {
    let keyed: Vec<_> = places.iter().zip(1..).map(|((x, y), key)| (key, at(*x, *y))).collect();
    Sites::new(&keyed).unwrap()
}

/// A square of `side × side` places, 1 km apart, row by row.
fn square(side: usize) -> Vec<(f64, f64)> {
    (0..side * side).map(|i| ((i % side) as f64 * 1000.0, (i / side) as f64 * 1000.0)).collect()
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} is not {b}");
}

/// Numbers that look like chance and are the same every time (xorshift).
fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..count).map(|_| next()).collect()
}
