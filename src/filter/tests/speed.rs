//! How fast relations of places are: run by name in a release build (`cargo test --release --lib filter::tests::speed -- --ignored
//! --nocapture`).

use std::io::Write;
use std::time::Instant;

use geo::Rect;

use super::hostile::star;
use super::places;

#[test]
#[ignore = "measures; says nothing about right or wrong"]
fn relations_of_large_geometries() {
    // Squares on the teeth of the star: none of them is settled without a graph.
    let square = |n: u32| {
        let angle = f64::from(n) / 100.0 * std::f64::consts::TAU;
        let (x, y) = (0.75 * angle.cos(), 0.75 * angle.sin());
        Some(Rect::new((x - 0.02, y - 0.02), (x + 0.02, y + 0.02)).to_polygon().into())
    };
    let table = places((0..100).map(square).collect());
    for points in [100, 1000, 3000] {
        for relation in ["S_INTERSECTS", "S_WITHIN", "S_OVERLAPS"] {
            let filter = table.filter(&format!("{relation}(geom, {})", star(points))).unwrap();
            let start = Instant::now();
            let found = table.apply(&filter, u64::MAX).unwrap().len();
            let each = start.elapsed().as_secs_f64() * 1e6 / 100.0;
            writeln!(std::io::stderr(), "{each:>9.1} µs a row, {found:>3} {relation} of {points} points").unwrap();
        }
    }
}
