//! `make bench`: how long filters take over a million rows in chunks, as they are published, on one core.
//!
//! Means of CPU time: what other programs take from the cores does not show. It measures and never judges.

use std::io::Write;

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use clap::Parser;
use geo::Point;
use langxanh::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
use langxanh::filter::{Filter, Language, Literals};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::publish::collection::{Builder, PublishedCollection};
use langxanh::query::ItemsQuery;
use langxanh::store::Row;

/// How to measure.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 1_000_000)]
    rows: i64,
    /// Milliseconds of CPU time that each filter is measured for.
    #[arg(long, default_value_t = 400.0)]
    each: f64,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// `kind` has 7 values, `name` 7,000, `address` another in each row.
const FILTERS: [&str; 24] = [
    "n > 500000",
    "n > 500000 AND x < 100000",
    "n BETWEEN 1000 AND 2000 OR n = 77",
    "day >= DATE('2000-01-01')",
    "n * 2 + 1 > x",
    "(n - 1) * 0.5 / x BETWEEN 0.2 AND 3",
    "n % 7 = 3",
    "kind = 'Phú Thị'",
    "name = 'Phú Thị 77'",
    "address = 'Thửa 77, tờ bản đồ số 7, thôn Đoài'",
    "address > 'Thửa 5'",
    "name IN ('Phú Thị 77', 'a', 'b', 'c', 'd')",
    "name LIKE 'Phú%'",
    "name LIKE '%Thị 7_'",
    "address LIKE '%số 77,%'",
    "kind LIKE '%Sở%'",
    "CASEI(kind) LIKE CASEI('phú%')",
    "CASEI(name) LIKE CASEI('phú%')",
    "ACCENTI(CASEI(kind)) LIKE ACCENTI(CASEI('%phú%'))",
    "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('phú thị 77%'))",
    "ACCENTI(CASEI(address)) LIKE ACCENTI(CASEI('%Thôn Đoài'))",
    "CASEI(address) = CASEI('thửa 77, TỜ bản đồ số 7, thôn đoài')",
    "ACCENTI(CASEI(name)) IN ('phu thi 77', 'phu thi 78', 'phu thi 79', 'phu thi 80')",
    "S_INTERSECTS(geom, POLYGON((105.8 21,105.9 21,105.9 21.1,105.8 21)))",
];

fn main() -> Result<()> {
    let options = Options::parse();
    let collection = published(options.rows)?;
    let mut out = std::io::stdout();
    writeln!(out, "{} rows, CPU time of one core: the first time, and the mean of later ones", options.rows)?;
    for text in FILTERS {
        let filter = Filter::parse(text, Language::Text, &Literals::new(&Crs::Crs84)?, &collection.declaration)?;
        let query = ItemsQuery { filter: Some(filter.into()), ..ItemsQuery::first(10) };
        let before = cpu_ms()?;
        let matched = collection.page(&query)?.matched.unwrap_or(0);
        let start = cpu_ms()?;
        let (mut rounds, mut spent) = (0, 0.0);
        while spent < options.each {
            collection.page(&query)?;
            rounds += 1;
            spent = cpu_ms()? - start;
        }
        writeln!(out, "{:>8.2} {:>8.2} ms {matched:>8} {text}", start - before, spent / f64::from(rounds))?;
    }
    Ok(())
}

/// CPU time of this thread so far, in milliseconds. Linux adds it up every few of them.
fn cpu_ms() -> Result<f64> {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").context("asking for the CPU time")?;
    let nanoseconds: u64 = spent.split(' ').next().unwrap_or_default().parse().context("reading the CPU time")?;
    Ok(nanoseconds as f64 / 1e6)
}

fn published(rows: i64) -> Result<PublishedCollection> {
    let fields = [
        ("name", DataType::Text),
        ("n", DataType::Integer),
        ("x", DataType::Number),
        ("day", DataType::Date),
        ("kind", DataType::Text),
        ("address", DataType::Text),
    ];
    let mut builder = Builder::new(Collection {
        id: "t".to_owned(),
        title: Title::same("t"),
        description: Title::same(""),
        kind: Kind::Table,
        has_ids: true,
        geometry: Some(GeometryField {
            name: "geom".to_owned(),
            kind: GeometryKind::Point,
            crs: Crs::Epsg(4326),
            has_z: false,
        }),
        fields: fields.map(|(name, data_type)| Field::plain(name, data_type)).to_vec(),
        temporal: None,
    });
    let kinds = ["Dương Liễu", "Phú Thị", "Đắc Sở", "Bát Tràng", "Ninh Hiệp", "La Phù", "Vạn Phúc"];
    let hamlets = ["Đoài", "Thượng", "Hạ"];
    for n in 0..rows {
        // Numbers in no order that anything could profit from.
        let mixed = n.wrapping_mul(2_654_435_761).rem_euclid(1_000_003);
        let day = NaiveDate::default().checked_add_days(Days::new(mixed as u64 % 20_000)).context("a day")?;
        let kind = kinds[mixed as usize % kinds.len()];
        let hamlet = hamlets[mixed as usize % hamlets.len()];
        let values = vec![
            Value::from(format!("{kind} {}", mixed % 1000)),
            if mixed % 17 == 0 { Value::Null } else { Value::Integer(mixed) },
            Value::Number(mixed as f64 / 7.0),
            Value::Date(day),
            Value::from(kind),
            Value::from(format!("Thửa {}, tờ bản đồ số {}, thôn {hamlet}", n % 1000, n / 1000)),
        ];
        let place = Point::new(105.3 + (n % 1000) as f64 * 0.0007, 20.6 + (n / 1000) as f64 * 0.0008);
        let fid = n + 1;
        builder.push(Row { fid, id: FeatureId::from_fid(fid), values, shape: Some(Shape::flat(place)) })?;
    }
    Ok(builder.finish()?)
}
