//! How fast filters are: run by name in a release build (`cargo test --release --lib filter::tests::speed -- --ignored
//! --nocapture`).

use std::io::Write;
use std::time::Instant;

use geo::Point;

use geo::Rect;

use super::super::MAX_WORK;
use super::hostile::star;
use super::{Table, collection, places};
use crate::domain::{DataType, Value};

#[test]
#[ignore = "measures; says nothing about right or wrong"]
fn a_million_rows() {
    let names = ["Dương Liễu", "Phú Thị", "Đắc Sở", "Bát Tràng", "Ninh Hiệp", "La Phù", "Vạn Phúc"];
    let fields = [("name", DataType::Text), ("n", DataType::Integer), ("x", DataType::Number), ("day", DataType::Date)];
    let rows: Vec<Vec<Value>> = (0..1_000_000i64)
        .map(|n| {
            let mixed = n.wrapping_mul(2_654_435_761).rem_euclid(1_000_003);
            let day = chrono::NaiveDate::default() + chrono::Duration::days(mixed % 20_000);
            let null = mixed % 17 == 0;
            vec![
                Value::from(format!("{} {}", names[(mixed % 7) as usize], mixed % 1000)),
                if null { Value::Null } else { Value::Integer(mixed) },
                Value::Number(mixed as f64 / 7.0),
                Value::Date(day),
            ]
        })
        .collect();
    let point = |n: i64| Point::new(105.3 + (n % 1000) as f64 * 0.0007, 20.6 + (n / 1000) as f64 * 0.0008);
    let table = Table::new(collection(&fields), &rows, (0..1_000_000).map(|n| Some(point(n).into())).collect());
    for text in [
        "n > 500000",
        "n > 500000 AND x < 100000",
        "n BETWEEN 1000 AND 2000 OR n = 77",
        "day >= DATE('2000-01-01')",
        "name = 'Phú Thị 77'",
        "name LIKE '%Thị 7_'",
        "name IN ('Phú Thị 77', 'a', 'b', 'c', 'd')",
        "CASEI(name) LIKE CASEI('phú%')",
        "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('phú thị 77%'))",
        "n * 2 + 1 > x",
        "S_INTERSECTS(geom, POLYGON((105.8 21,105.9 21,105.9 21.1,105.8 21)))",
    ] {
        let filter = table.filter(text).unwrap();
        let start = Instant::now();
        let found = table.apply(&filter, MAX_WORK).unwrap().len();
        writeln!(std::io::stderr(), "{:>7.1} ms {found:>8} {text}", start.elapsed().as_secs_f64() * 1000.0).unwrap();
    }
}

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
