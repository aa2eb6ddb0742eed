//! A clean plan of 400 m × 300 m, drawn by hand.
//!
//! ```text
//! 300 ┌──────────────── CX-01, 12 m wide ───────────────┐
//! 288 │ ┌ P-01 ──────┬ HTKT-01 ┐ GT ┌ CX-02 ──────────┐ │
//! 242 │ │            └─────────┤    │                 │ │
//! 196 │ ├ CN-02 ───────────────┤    ├ DV-01 ──────────┤ │
//! 104 │ ├ CN-01 ───────────────┤    ├ CN-03 ──────────┤ │
//!  12 │ └──────────────────────┘    └─────────────────┘ │
//!   0 └────────────────────────┘    └───────────────────┘
//!     0 12         119       179    221             388 400
//! ```

use chrono::NaiveDate;
use geo::{Coord, LineString, MapCoords, MultiLineString, MultiPolygon, Polygon};

use crate::compliance::site::{PlanStatus, SiteStatus, TreatmentKind};
use crate::compliance::{RowRef, SiteCollection};
use crate::geom::Crs;
pub use crate::plan::model::*;

/// The day of the reviews.
pub const DAY: NaiveDate = day(2026, 11, 23);

/// The south-western corner: a place in Hanoi, in EPSG:5897.
pub const CORNER: Coord<f64> = Coord { x: 588_000.0, y: 2_326_000.0 };

pub const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => panic!("no such day"),
    }
}

/// A ring through points given from the corner.
pub fn ring(points: &[(f64, f64)]) -> Polygon<f64> {
    let ring = points.iter().map(|(x, y)| Coord { x: CORNER.x + x, y: CORNER.y + y }).collect();
    Polygon::new(ring, Vec::new())
}

pub fn rect(x0: f64, y0: f64, x1: f64, y1: f64) -> Polygon<f64> {
    ring(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
}

pub fn course(points: &[(f64, f64)]) -> MultiLineString<f64> {
    let line: LineString<f64> = points.iter().map(|(x, y)| Coord { x: CORNER.x + x, y: CORNER.y + y }).collect();
    MultiLineString(vec![line])
}

pub fn parcel(symbol: &str, polygon: Polygon<f64>) -> Parcel {
    use geo::Area;
    let land_use = symbol.split('-').next().unwrap();
    let (density, storeys) = match land_use {
        "CN" => (Some(60.0), Some(4)),
        "DV" => (Some(40.0), Some(6)),
        "HTKT" => (Some(40.0), Some(2)),
        "P" => (Some(10.0), Some(1)),
        _ => (None, None),
    };
    Parcel {
        id: format!("plan-{}", symbol.to_lowercase()),
        symbol: Some(symbol.to_owned()),
        land_use: Some(land_use.to_owned()),
        function: None,
        stated_m2: Some((polygon.unsigned_area() * 10.0).round() / 10.0),
        density_max_pct: density,
        storeys_max: storeys,
        far_max: density.zip(storeys).map(|(density, storeys)| density * storeys as f64 / 100.0),
        height_max_m: storeys.map(|storeys| storeys as f64 * 5.0 + 2.0),
        setback_m: Some(6.0),
        item_code: match symbol {
            "HTKT-01" => Some("WWTP".to_owned()),
            "DV-01" => Some("ADMIN".to_owned()),
            _ => None,
        },
        polygon: Some(polygon),
    }
}

pub fn building(id: &str, polygon: Polygon<f64>) -> Building {
    Building {
        id: id.to_owned(),
        name: Some(id.to_owned()),
        usage: Some("Nhà xưởng".to_owned()),
        storeys: Some(1),
        height_m: Some(8.0),
        built_on: Some(day(2026, 1, 15)),
        precision_m: None,
        footprint: Some(polygon),
    }
}

pub fn line(id: &str, kind: LineKind, item: Option<&str>, width_m: Option<f64>, points: &[(f64, f64)]) -> PlanLine {
    PlanLine {
        id: id.to_owned(),
        kind: Some(kind),
        label: Some(id.to_owned()),
        item_code: item.map(str::to_owned),
        width_m,
        course: Some(course(points)),
    }
}

/// The clean plan: every rule that can be decided is fulfilled, and nothing is found.
pub fn clean() -> Plan {
    let belt = [
        (0.0, 0.0),
        (179.0, 0.0),
        (179.0, 12.0),
        (12.0, 12.0),
        (12.0, 288.0),
        (388.0, 288.0),
        (388.0, 12.0),
        (221.0, 12.0),
        (221.0, 0.0),
        (400.0, 0.0),
        (400.0, 300.0),
        (0.0, 300.0),
    ];
    let parking = [(12.0, 196.0), (179.0, 196.0), (179.0, 242.0), (119.0, 242.0), (119.0, 288.0), (12.0, 288.0)];
    let parcels = vec![
        parcel("CN-01", rect(12.0, 12.0, 179.0, 104.0)),
        parcel("CN-02", rect(12.0, 104.0, 179.0, 196.0)),
        parcel("CN-03", rect(221.0, 12.0, 388.0, 104.0)),
        parcel("CX-01", ring(&belt)),
        parcel("CX-02", rect(221.0, 196.0, 388.0, 288.0)),
        parcel("DV-01", rect(221.0, 104.0, 388.0, 196.0)),
        parcel("GT-01", rect(179.0, 0.0, 221.0, 288.0)),
        parcel("HTKT-01", rect(119.0, 242.0, 179.0, 288.0)),
        parcel("P-01", ring(&parking)),
    ];
    let along = [(181.0, 0.0), (181.0, 288.0)];
    let works = ["PAVE", "WATER", "DRAIN", "SOLID", "POWER", "LIGHT", "COMMS"];
    let mut lines: Vec<PlanLine> =
        works.iter().map(|code| line(code, LineKind::Utility, Some(code), None, &along)).collect();
    lines.push(line("fence", LineKind::Fence, None, None, &[(0.0, 0.0), (0.0, 300.0)]));
    lines.push(line("red-west", LineKind::RedLine, None, Some(42.0), &[(179.0, 0.0), (179.0, 288.0)]));
    let station = Building {
        usage: Some("Trạm xử lý nước thải".to_owned()),
        ..building("station", rect(125.0, 250.0, 155.0, 280.0))
    };
    let boundary = MultiPolygon(vec![rect(0.0, 0.0, 400.0, 300.0)]);
    Plan {
        row: RowRef { collection: "plans".to_owned(), id: "plan".to_owned(), ..RowRef::default() },
        name: "Quy hoạch vẽ tay".to_owned(),
        crs: Crs::Epsg(5897),
        status: Some(PlanStatus::Approved),
        decision_no: Some("1/QĐ-UBND".to_owned()),
        authority: Some("UBND thành phố Hà Nội".to_owned()),
        dates: PlanDates {
            task_approved_on: Some(day(2025, 1, 10)),
            consulted_on: Some(day(2025, 3, 10)),
            submitted_on: Some(day(2025, 5, 10)),
            appraised_on: Some(day(2025, 6, 10)),
            approved_on: Some(day(2025, 8, 1)),
            published_on: Some(day(2025, 8, 16)),
            superseded_on: None,
        },
        area_ha: Some(12.0),
        version: Some("1".to_owned()),
        scale: Some(500),
        adjustment_case: None,
        precision_m: None,
        source_file: None,
        source_sha256: None,
        boundary: Some(boundary.clone()),
        parcels,
        lines,
        buildings: vec![building("factory", rect(30.0, 20.0, 130.0, 90.0)), station],
        site: PlanSite {
            collection: Some(SiteCollection::Clusters),
            id: "cluster".to_owned(),
            name: Some("CCN vẽ tay".to_owned()),
            status: Some(SiteStatus::UnderConstruction),
            boundary: Some(boundary),
            precision_m: None,
            area_ha: Some(12.0),
            wastewater_m3_day: Some(1200.0),
            stations: vec![PlanStation {
                id: "s".to_owned(),
                name: None,
                kind: Some(TreatmentKind::EnclosedWithOdourTreatment),
                capacity_m3_day: Some(1500.0),
                is_upwind: Some(false),
            }],
            waterways: vec![Waterway {
                id: "river".to_owned(),
                name: Some("Sông".to_owned()),
                precision_m: None,
                course: course(&[(500.0, 0.0), (500.0, 300.0)]),
            }],
        },
    }
}

/// The whole plan turned about its corner by an angle, every corner rounded to the millimetre as drawings are.
pub fn turned(plan: &Plan, degrees: f64) -> Plan {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let turn = |c: Coord<f64>| {
        let (x, y) = (c.x - CORNER.x, c.y - CORNER.y);
        let to_millimetre = |v: f64| (v * 1000.0).round() / 1000.0;
        Coord { x: to_millimetre(CORNER.x + x * cos - y * sin), y: to_millimetre(CORNER.y + x * sin + y * cos) }
    };
    let mut plan = plan.clone();
    plan.boundary = plan.boundary.map(|area| area.map_coords(turn));
    plan.site.boundary = plan.site.boundary.map(|area| area.map_coords(turn));
    for parcel in &mut plan.parcels {
        parcel.polygon = parcel.polygon.take().map(|area| area.map_coords(turn));
    }
    for line in &mut plan.lines {
        line.course = line.course.take().map(|course| course.map_coords(turn));
    }
    for building in &mut plan.buildings {
        building.footprint = building.footprint.take().map(|area| area.map_coords(turn));
    }
    plan
}

/// The lot of a symbol.
pub fn lot<'a>(plan: &'a mut Plan, symbol: &str) -> &'a mut Parcel {
    plan.parcels.iter_mut().find(|parcel| parcel.symbol.as_deref() == Some(symbol)).unwrap()
}
