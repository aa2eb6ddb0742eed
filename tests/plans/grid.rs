//! Plans laid out on a grid, as large as wanted: rows of lots along roads within a green belt, a building on each lot, turned
//! by an angle and rounded to the millimetre, so that corners meet edges where no corner is.

use chrono::NaiveDate;
use geo::{Coord, LineString, MultiPolygon, Polygon};
use langxanh::compliance::RowRef;
use langxanh::compliance::site::PlanStatus;
use langxanh::geom::Crs;
use langxanh::plan::{Building, Parcel, Plan, PlanDates, PlanSite};
use langxanh::sample::rng::Rng;
use serde_json::{Value, json};

/// The day of the review.
pub const DAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 11, 23) {
    Some(day) => day,
    None => panic!("no such day"),
};

const CORNER: Coord<f64> = Coord { x: 588_000.0, y: 2_326_000.0 };
const BELT_M: f64 = 12.0;
const ROAD_M: f64 = 14.0;
const LOT_M: [f64; 2] = [25.0, 40.0];

/// How a plan is laid out.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Lots in a row.
    pub columns: usize,
    /// Roads, each with a row of lots on both sides.
    pub roads: usize,
    pub degrees: f64,
    /// With a seed, lots are drawn larger or smaller than their place, so that they overlap and leave gaps.
    pub shaken: Option<u64>,
}

impl Layout {
    pub fn small() -> Layout {
        Layout { columns: 12, roads: 3, degrees: 0.0, shaken: None }
    }

    pub fn plan(&self) -> Plan {
        let mut rng = Rng::named(&format!("grid {:?}", self.shaken));
        let inner = [self.columns as f64 * LOT_M[0], self.roads as f64 * (2.0 * LOT_M[1] + ROAD_M)];
        let outer = [inner[0] + 2.0 * BELT_M, inner[1] + 2.0 * BELT_M];
        let ring = |[x0, y0]: [f64; 2], [x1, y1]: [f64; 2]| self.ring(&[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
        let boundary = ring([0.0, 0.0], outer);
        let hole = ring([BELT_M, BELT_M], [BELT_M + inner[0], BELT_M + inner[1]]);
        let mut parcels = vec![parcel("CX-1", Polygon::new(boundary.clone(), vec![hole]))];
        let mut buildings = Vec::new();
        for road in 0..self.roads {
            let south = BELT_M + road as f64 * (2.0 * LOT_M[1] + ROAD_M);
            let on_road = ring([BELT_M, south + LOT_M[1]], [BELT_M + inner[0], south + LOT_M[1] + ROAD_M]);
            parcels.push(parcel(&format!("GT-{}", road + 1), Polygon::new(on_road, Vec::new())));
            for (side, from) in [south, south + LOT_M[1] + ROAD_M].into_iter().enumerate() {
                for column in 0..self.columns {
                    let west = BELT_M + column as f64 * LOT_M[0];
                    let mut shift = |most: f64| {
                        if self.shaken.is_some() && rng.chance(0.08) {
                            most * (rng.below(2) as f64 * 2.0 - 1.0)
                        } else {
                            0.0
                        }
                    };
                    // By a metre and more, or not at all: what is narrower than the tolerance is told otherwise.
                    let (east, north) = (shift(1.5), shift(2.0));
                    let number = (road * 2 + side) * self.columns + column + 1;
                    let lot = ring([west, from], [west + LOT_M[0] + east, from + LOT_M[1] + north]);
                    parcels.push(parcel(&format!("CN-{number}"), Polygon::new(lot, Vec::new())));
                    let house = ring([west + 5.0, from + 5.0], [west + 20.0, from + 32.0]);
                    buildings.push(building(number, Polygon::new(house, Vec::new())));
                }
            }
        }
        parcels.sort_by(|a, b| a.id.cmp(&b.id));
        let boundary = MultiPolygon(vec![Polygon::new(boundary, Vec::new())]);
        Plan {
            row: RowRef { collection: "plans".to_owned(), id: "grid".to_owned(), ..RowRef::default() },
            name: "Lưới".to_owned(),
            crs: Crs::Epsg(5897),
            status: Some(PlanStatus::Approved),
            decision_no: None,
            authority: None,
            dates: PlanDates { approved_on: NaiveDate::from_ymd_opt(2025, 8, 1), ..PlanDates::default() },
            area_ha: None,
            version: None,
            scale: Some(500),
            adjustment_case: None,
            precision_m: None,
            source_file: None,
            source_sha256: None,
            boundary: Some(boundary),
            parcels,
            lines: Vec::new(),
            buildings,
            site: PlanSite::default(),
        }
    }

    /// A ring through points, turned about the corner and rounded to the millimetre.
    fn ring(&self, points: &[[f64; 2]]) -> LineString<f64> {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let to_millimetre = |v: f64| (v * 1000.0).round() / 1000.0;
        let turned = points.iter().map(|[x, y]| Coord {
            x: to_millimetre(CORNER.x + x * cos - y * sin),
            y: to_millimetre(CORNER.y + x * sin + y * cos),
        });
        let mut ring: LineString<f64> = turned.collect();
        ring.close();
        ring
    }
}

fn parcel(symbol: &str, polygon: Polygon<f64>) -> Parcel {
    let land_use = symbol.split('-').next().map(str::to_owned);
    let is_factory = land_use.as_deref() == Some("CN");
    Parcel {
        id: symbol.to_lowercase(),
        symbol: Some(symbol.to_owned()),
        land_use,
        function: None,
        stated_m2: None,
        density_max_pct: is_factory.then_some(60.0),
        storeys_max: is_factory.then_some(3),
        far_max: is_factory.then_some(1.8),
        height_max_m: is_factory.then_some(15.0),
        setback_m: None,
        item_code: None,
        polygon: Some(polygon),
    }
}

fn building(number: usize, footprint: Polygon<f64>) -> Building {
    Building {
        id: format!("b-{number}"),
        name: None,
        usage: Some("Nhà xưởng".to_owned()),
        storeys: Some(2),
        height_m: Some(9.0),
        built_on: NaiveDate::from_ymd_opt(2026, 1, 1),
        precision_m: None,
        footprint: Some(footprint),
    }
}

/// The plan for the script that asks GEOS.
pub fn as_json(plan: &Plan) -> Value {
    let ring = |ring: &LineString<f64>| ring.0.iter().map(|c| json!([c.x, c.y])).collect::<Vec<_>>();
    let rings = |polygon: &Polygon<f64>| {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect::<Vec<_>>()
    };
    json!({
        "boundary": plan.boundary.iter().flatten().next().map(rings),
        "lots": plan.parcels.iter().filter_map(|parcel| parcel.polygon.as_ref()).map(rings).collect::<Vec<_>>(),
        "roads": plan.parcels.iter().map(|parcel| parcel.is_used_as(&["GT"])).collect::<Vec<_>>(),
        "buildings": plan.buildings.iter().filter_map(|building| building.footprint.as_ref()).map(rings).collect::<Vec<_>>(),
        "least_m2": 0.5,
        "tolerance_m": 0.25,
    })
}
