//! 1/500 plans. Two made-up ones are drawn with lots, lines and buildings as built, in EPSG:5897 to the millimetre; of most
//! other clusters there is a made-up record with the boundary only, and of one the facts without a boundary.
//!
//! A grid is laid between the four corners of the cluster; lots are unions of its fields and share their borders exactly, so
//! that they tile the plan without gap or overlap. The first plan has no fault of its drawing. The second has faults on purpose:
//! too little green, a lot that is built too densely, a stated area that is wrong, works without a place, lots without a road,
//! too much land for the station. So have the buildings on both: five stand on green, on a road, outside or are too high; the
//! first plan is in force, and its review proposes them as violations.

use chrono::{Datelike, Days, Months, NaiveDate};
use geo::{Area, Coord, LineString, MapCoords, MultiLineString, MultiPolygon, Polygon};

use super::facts;
use super::place::{distance, to_millimetre};
use super::rng::Rng;
use super::rows::{Row, day, declared};
use super::sites::Site;
use super::{SampleError, Table, topology};
use crate::domain::Collection;
use crate::geom::Shape;
use crate::store::Draft;

/// A plan and what distinguishes its layout.
struct Plan {
    site: &'static str,
    status: &'static str,
    submitted_on: NaiveDate,
    /// Width of the green strip along the boundary, in metres.
    green_m: f64,
    main_road_m: f64,
    side_road_m: f64,
    is_faulty: bool,
}

const PLANS: [Plan; 2] = [
    Plan {
        site: "thi-tran-phung-dan-phuong",
        status: "approved",
        submitted_on: day(2023, 4, 12),
        green_m: 12.0,
        main_road_m: 24.0,
        side_road_m: 20.0,
        is_faulty: false,
    },
    Plan {
        site: "quat-dong-thuong-tin",
        status: "submitted",
        submitted_on: day(2026, 8, 19),
        green_m: 5.0,
        main_road_m: 17.5,
        side_road_m: 13.0,
        is_faulty: true,
    },
];

/// Whether a cluster gets a plan, for which its boundary needs four corners.
pub fn is_planned(site_id: &str) -> bool {
    PLANS.iter().any(|plan| plan.site == site_id)
}

/// How far a cluster's plan has come, made up.
pub struct PlanState {
    pub status: &'static str,
    pub submitted_on: Option<NaiveDate>,
    pub approved_on: Option<NaiveDate>,
    pub decision: Option<String>,
}

impl PlanState {
    /// The state that milestones and plans agree on; `None` where no plan is on record.
    pub fn of(site: &Site) -> Option<PlanState> {
        let drawn = PLANS.iter().find(|plan| plan.site == site.id);
        let mut rng = site.dice("plan");
        let shares =
            [(Some("approved"), 66), (Some("submitted"), 8), (Some("draft"), 6), (Some("rejected"), 4), (None, 16)];
        let status = match drawn {
            Some(plan) => plan.status,
            None => rng.weighted(&shares).flatten()?,
        };
        let diced = site.founded_on() + Months::new(5) + Days::new(rng.below(120) as u64);
        let submitted_on = drawn.map_or(diced, |plan| plan.submitted_on);
        let approved_on = (status == "approved").then(|| submitted_on + Days::new(90 + rng.below(120) as u64));
        Some(PlanState {
            status,
            submitted_on: (status != "draft").then_some(submitted_on),
            approved_on,
            decision: approved_on
                .map(|date| format!("MH-{:03}/QĐ-UBND-{} (minh họa)", rng.below(900) + 100, date.year())),
        })
    }
}

/// The collections `plans`, `plan_parcels`, `plan_lines` and `buildings`.
pub fn draw(sites: &[Site]) -> Result<[Table; 4], SampleError> {
    let mut tables = [
        Table { collection: declared("plans")?, drafts: Vec::new() },
        Table { collection: declared("plan_parcels")?, drafts: Vec::new() },
        Table { collection: declared("plan_lines")?, drafts: Vec::new() },
        Table { collection: declared("buildings")?, drafts: Vec::new() },
    ];
    for plan in &PLANS {
        let site = sites.iter().find(|site| site.id == plan.site);
        let Some((site, boundary)) = site.and_then(|site| Some((site, site.boundary.as_ref()?))) else { continue };
        let [a, b, c, d, ..] = boundary.exterior().0[..] else { continue };
        let grid = Grid::lay([a, b, c, d], plan);
        let [plans, parcels, lines, buildings] = &mut tables;
        let row = Row::new(plans.collection, plan.id()).at(Some(Shape::flat(grid.outline())));
        plans.drafts.push(record(row, site, PlanState::of(site)).draft()?);
        for lot in grid.lots(plan) {
            let id = format!("{}-{}", plan.id(), lot.symbol.to_lowercase());
            parcels.drafts.push(plan.parcel(Row::new(parcels.collection, id), site, lot).draft()?);
        }
        for (at, line) in plan.lines(&grid).into_iter().enumerate() {
            let id = format!("{}-line-{:02}", plan.id(), at + 1);
            lines.drafts.push(line.row(Row::new(lines.collection, id), plan, site).draft()?);
        }
        for (at, building) in grid.buildings(plan, site).into_iter().enumerate() {
            let number = at + 1;
            let row = site.name_in(Row::new(buildings.collection, format!("{}-building-{number:02}", site.id)));
            buildings.drafts.push(building.row(row, number, site).draft()?);
        }
    }
    let [plans, ..] = &mut tables;
    for site in sites.iter().filter(|site| site.is_under_way() && !is_planned(&site.id)) {
        let Some(state) = PlanState::of(site) else { continue };
        let boundary = site.boundary.as_ref().map(|area| Shape::flat(area.map_coords(to_millimetre)));
        let row = Row::new(plans.collection, format!("{}-plan-1", site.id)).at(boundary);
        plans.drafts.push(record(row, site, Some(state)).draft()?);
    }
    plans.drafts.extend(known(sites, plans.collection)?);
    Ok(tables)
}

/// A made-up record of a plan.
fn record(row: Row, site: &Site, state: Option<PlanState>) -> Row {
    let row = site
        .name_in(row)
        .made_up()
        .with("name_vi", format!("Quy hoạch chi tiết tỷ lệ 1/500 {} (minh họa)", site.name))
        .with("authority", "Cơ quan phê duyệt minh họa")
        .with("area_ha", site.area_ha)
        .with("version", "1")
        .with("position_precision_m", site.precision_m);
    let Some(state) = state else { return row };
    row.with("status", state.status)
        .with("decision_no", state.decision)
        .with("submitted_on", state.submitted_on)
        .with("approved_on", state.approved_on)
        .with("published_on", state.approved_on.map(|date| date + Days::new(12)))
}

/// Plans that the milestones know as facts: no boundary, nothing made up.
fn known(sites: &[Site], plans: &'static Collection) -> Result<Vec<Draft>, SampleError> {
    let mut drafts = Vec::new();
    for fact in facts::read(facts::MILESTONES)?.iter().filter(|fact| fact.text("milestone") == Some("plan_approved")) {
        let Some(site) = sites.iter().find(|site| fact.text("site_id") == Some(&site.id)) else { continue };
        let version = drafts.len() + 1;
        let approved_on = fact.required("actual_on")?.parse::<NaiveDate>();
        let approved_on = approved_on.map_err(|error| fact.fault(format!("actual_on: {error}")))?;
        let row = Row::new(plans, format!("{}-plan-{version}", site.id))
            .with("name_vi", format!("Quy hoạch chi tiết tỷ lệ 1/500 {}", site.name))
            .with("status", "approved")
            .with("decision_no", fact.text("decision"))
            .with("approved_on", approved_on)
            .with("version", version.to_string())
            .with("source", fact.text("source"))
            .with("is_demo", false);
        drafts.push(site.name_in(row).draft()?);
    }
    Ok(drafts)
}

impl Plan {
    fn id(&self) -> String {
        format!("{}-plan-1", self.site)
    }

    fn parcel(&self, row: Row, site: &Site, lot: Lot) -> Row {
        let area = lot.polygon.unsigned_area();
        let (density, storeys): (Option<f64>, Option<i64>) = match lot.land_use {
            "CN" => (Some(60.0), Some(4)),
            "DV" => (Some(40.0), Some(6)),
            "HTKT" if self.is_faulty => (Some(50.0), Some(2)),
            "HTKT" => (Some(40.0), Some(2)),
            "P" => (Some(10.0), Some(1)),
            "CX" => (Some(5.0), Some(1)),
            _ => (None, None),
        };
        let (density, stated) = match lot.symbol.as_str() {
            "CN-03" if self.is_faulty => (Some(82.0), area),
            "CN-05" if self.is_faulty => (density, area * 1.08),
            _ => (density, area),
        };
        let far = density.zip(storeys).map(|(density, storeys)| (density * storeys as f64).round() / 100.0);
        let item = match lot.land_use {
            "GT" => Some("ROAD"),
            "CX" => Some("GREEN"),
            "DV" => Some("ADMIN"),
            // A station takes no more land than the law gives it; what else is technical stands beside it.
            "HTKT" if self.is_faulty || lot.symbol == "HTKT-02" => Some("WWTP"),
            "HTKT" => Some("POWER"),
            _ => None,
        };
        row.made_up()
            .with("plan_id", self.id())
            .with("lot_symbol", lot.symbol)
            .with("land_use_code", lot.land_use)
            .with("item_code", item)
            .with("area_m2", (stated * 10.0).round() / 10.0)
            .with("density_max_pct", density)
            .with("storeys_max", storeys)
            .with("far_max", far)
            .with("height_max_m", storeys.map(|storeys| storeys as f64 * 5.0 + 2.0))
            .with("position_precision_m", site.precision_m)
            .at(Some(Shape::flat(lot.polygon)))
    }
}

/// Distance of the building line from the red line, in metres: no building of the lots reaches over it.
const SETBACK_M: f64 = 3.0;

/// The works whose lines run along the main road; the second plan forgets some of them.
const WORKS: [(&str, bool); 9] = [
    ("PAVE", true),
    ("WATER", true),
    ("DRAIN", true),
    ("POWER", true),
    ("LIGHT", false),
    ("COMMS", false),
    ("SOLID", false),
    ("FIRE", true),
    ("OTHER", true),
];

impl Plan {
    /// Roads with their red and building lines, the works beneath them, and the fence.
    fn lines(&self, grid: &Grid) -> Vec<Line> {
        let roads = |spans: &[(f64, Use)]| -> Vec<usize> {
            spans.iter().enumerate().filter(|(_, (_, of))| *of == Use::Road).map(|(at, _)| at).collect()
        };
        let line = |kind, paths: Vec<LineString<f64>>| Line { kind, item: None, width_m: None, paths };
        let mut lines = Vec::new();
        for i in roads(&grid.columns) {
            let (_, end) = Grid::span(&grid.rows, grid.rows() - 2, 0.0, 1.0);
            let along = |share: f64| Grid::span(&grid.columns, i, share, share).0;
            let path = |s: f64, (from, to): (f64, f64)| LineString(vec![grid.at(s, from), grid.at(s, to)]);
            let blocks = Grid::stretches(&grid.rows, Use::Block);
            let sides = |off_m: f64| {
                let off = off_m / self.main_road_m;
                blocks.iter().flat_map(|t| [path(along(-off), *t), path(along(1.0 + off), *t)]).collect::<Vec<_>>()
            };
            let centre = line("road_centre", vec![path(along(0.5), (0.0, end))]);
            lines.push(Line { item: Some("ROAD"), width_m: Some(self.main_road_m), ..centre });
            lines.push(line("red_line", sides(0.0)));
            lines.push(line("building_line", sides(SETBACK_M)));
            for (at, (item, is_drawn)) in WORKS.iter().enumerate() {
                if *is_drawn || !self.is_faulty {
                    let share = 0.1 + 0.8 * at as f64 / WORKS.len() as f64;
                    let utility = line("utility", vec![path(along(share), (0.0, end))]);
                    lines.push(Line { item: Some(item), ..utility });
                }
            }
        }
        for j in roads(&grid.rows) {
            let along = |share: f64| Grid::span(&grid.rows, j, share, share).0;
            let path = |t: f64, (from, to): (f64, f64)| LineString(vec![grid.at(from, t), grid.at(to, t)]);
            let blocks = Grid::stretches(&grid.columns, Use::Block);
            let whole = blocks.first().zip(blocks.last()).map(|(first, last)| path(along(0.5), (first.0, last.1)));
            let sides = |off_m: f64| {
                let off = off_m / self.side_road_m;
                blocks.iter().flat_map(|s| [path(along(-off), *s), path(along(1.0 + off), *s)]).collect::<Vec<_>>()
            };
            let centre = line("road_centre", whole.into_iter().collect());
            lines.push(Line { item: Some("ROAD"), width_m: Some(self.side_road_m), ..centre });
            lines.push(line("red_line", sides(0.0)));
            lines.push(line("building_line", sides(SETBACK_M)));
        }
        let fence = grid.outline().0.into_iter().map(|polygon| polygon.into_inner().0).collect();
        lines.push(Line { item: Some("FENCE"), ..line("fence", fence) });
        lines
    }
}

/// A line of a plan to be.
struct Line {
    kind: &'static str,
    item: Option<&'static str>,
    width_m: Option<f64>,
    paths: Vec<LineString<f64>>,
}

impl Line {
    fn row(self, row: Row, plan: &Plan, site: &Site) -> Row {
        row.made_up()
            .with("plan_id", plan.id())
            .with("line_kind", self.kind)
            .with("item_code", self.item)
            .with("width_m", self.width_m)
            .with("position_precision_m", site.precision_m)
            .at(Some(Shape::flat(MultiLineString(self.paths))))
    }
}

/// A parcel to be.
struct Lot {
    symbol: String,
    land_use: &'static str,
    polygon: Polygon<f64>,
}

/// The fields of the grid that make up one lot.
struct LotFields {
    key: String,
    land_use: &'static str,
    fields: Vec<Vec<Coord<f64>>>,
}

/// What a field of the grid is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Strip,
    Road,
    Block,
}

/// A grid between four corners. Stops run from 0 to 1 along the sides; each span between two stops has its use.
struct Grid {
    corners: [Coord<f64>; 4],
    columns: Vec<(f64, Use)>,
    rows: Vec<(f64, Use)>,
}

/// Width and depth of the lot of a station that treats 400 m³ a day, in metres: the law allows it 800 m².
const STATION_M: f64 = 27.0;

/// The row of fields behind the second side road, where the station stands.
const STATION_ROW: usize = 7;

/// Wanted width of a lot along the road, in metres.
const LOT_WIDTH_M: f64 = 62.0;

impl Grid {
    fn lay(corners: [Coord<f64>; 4], plan: &Plan) -> Grid {
        let [a, b, c, d] = corners;
        let width = (distance(a, b) + distance(d, c)) / 2.0;
        let height = (distance(a, d) + distance(b, c)) / 2.0;
        let half = (width - 2.0 * plan.green_m - plan.main_road_m) / 2.0;
        let lots = (half / LOT_WIDTH_M).round().max(1.0);
        let half = vec![(half / lots, Use::Block); lots as usize];
        let strip = vec![(plan.green_m, Use::Strip)];
        let columns = [strip.clone(), half.clone(), vec![(plan.main_road_m, Use::Road)], half, strip.clone()].concat();
        // Three blocks between two side roads, each of two rows of lots back to back.
        let depth = (height - 2.0 * plan.green_m - 2.0 * plan.side_road_m) / 6.0;
        let block = vec![(depth, Use::Block); 2];
        let road = vec![(plan.side_road_m, Use::Road)];
        let rows = [strip.clone(), block.clone(), road.clone(), block.clone(), road, block, strip].concat();
        Grid { corners, columns, rows }
    }

    fn columns(&self) -> usize {
        self.columns.len()
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The place at a share of both sides.
    fn at(&self, s: f64, t: f64) -> Coord<f64> {
        let [a, b, c, d] = self.corners;
        to_millimetre((a * (1.0 - s) + b * s) * (1.0 - t) + (d * (1.0 - s) + c * s) * t)
    }

    /// The shares at which a span begins and ends, after `from` and before `to` of its own width.
    fn span(spans: &[(f64, Use)], at: usize, from: f64, to: f64) -> (f64, f64) {
        let total: f64 = spans.iter().map(|(width, _)| width).sum();
        let before: f64 = spans[..at].iter().map(|(width, _)| width).sum();
        let width = spans[at].0;
        ((before + from * width) / total, (before + to * width) / total)
    }

    /// The shares between which spans of one use follow each other.
    fn stretches(spans: &[(f64, Use)], of: Use) -> Vec<(f64, f64)> {
        let mut found: Vec<(f64, f64)> = Vec::new();
        for (at, _) in spans.iter().enumerate().filter(|(_, (_, used))| *used == of) {
            let (from, to) = Grid::span(spans, at, 0.0, 1.0);
            match found.last_mut() {
                Some(last) if at > 0 && spans[at - 1].1 == of => last.1 = to,
                _ => found.push((from, to)),
            }
        }
        found
    }

    fn rectangle(&self, (s0, s1): (f64, f64), (t0, t1): (f64, f64)) -> [Coord<f64>; 4] {
        [self.at(s0, t0), self.at(s1, t0), self.at(s1, t1), self.at(s0, t1)]
    }

    /// The ground of the station, in the middle of the road's side of its field.
    fn station(&self) -> [Coord<f64>; 4] {
        let (i, j) = (self.columns() - 2, STATION_ROW);
        let (width, depth) = (STATION_M / self.columns[i].0, STATION_M / self.rows[j].0);
        let across = Grid::span(&self.columns, i, 0.5 - width / 2.0, 0.5 + width / 2.0);
        self.rectangle(across, (Grid::stop(&self.rows, j), Grid::span(&self.rows, j, 0.0, depth).1))
    }

    /// The outline of a field, with the corners of a station that lies in it or beside it.
    fn outline_of(&self, i: usize, j: usize, plan: &Plan) -> Vec<Coord<f64>> {
        let [a, b, c, d] = self.field(i, j);
        let [e, f, g, h] = self.station();
        match j {
            _ if plan.is_faulty || i != self.columns() - 2 => vec![a, b, c, d],
            STATION_ROW => vec![a, e, h, g, f, b, c, d],
            _ if j + 1 == STATION_ROW => vec![a, b, c, f, e, d],
            _ => vec![a, b, c, d],
        }
    }

    /// Where a span begins, as a share. Both neighbours must compute a shared stop alike: as the begin of a span, never as begin
    /// plus width.
    fn stop(spans: &[(f64, Use)], at: usize) -> f64 {
        let total: f64 = spans.iter().map(|(width, _)| width).sum();
        spans[..at].iter().map(|(width, _)| width).sum::<f64>() / total
    }

    fn field(&self, i: usize, j: usize) -> [Coord<f64>; 4] {
        let (columns, rows) = (&self.columns, &self.rows);
        let of = |spans: &[(f64, Use)], at: usize| (Grid::stop(spans, at), Grid::stop(spans, at + 1));
        self.rectangle(of(columns, i), of(rows, j))
    }

    /// The outline of all fields.
    fn outline(&self) -> MultiPolygon<f64> {
        let fields = (0..self.columns()).flat_map(|i| (0..self.rows()).map(move |j| self.field(i, j)));
        let fields: Vec<_> = fields.collect();
        topology::dissolve(fields.iter().map(|field| field.as_slice()))
    }

    /// The symbol and the use of the lot to which a field belongs.
    fn lot_of(&self, i: usize, j: usize, plan: &Plan) -> (String, &'static str) {
        let (last_i, last_j) = (self.columns() - 1, self.rows() - 1);
        let middle = last_i / 2;
        // The main road leaves the plan through the strip on the south.
        let is_entrance = i == middle && j < last_j;
        match (self.columns[i].1, self.rows[j].1) {
            _ if is_entrance => ("GT-01".to_owned(), "GT"),
            (Use::Strip, _) | (_, Use::Strip) => ("CX-01".to_owned(), "CX"),
            (Use::Road, _) | (_, Use::Road) => ("GT-01".to_owned(), "GT"),
            (Use::Block, Use::Block) => match (i, j) {
                (i, 1 | 2) if i == middle - 1 => ("DV-01".to_owned(), "DV"),
                (i, 1) if i == middle + 1 => ("P-01".to_owned(), "P"),
                (i, 2) if i == middle + 1 => ("CX-02".to_owned(), "CX"),
                (1, 4 | 5) if !plan.is_faulty => ("CX-03".to_owned(), "CX"),
                (i, 7 | 8) if i == last_i - 1 => ("HTKT-01".to_owned(), "HTKT"),
                // Some factories take two fields side by side.
                _ => {
                    // Between the strip and a side road a lot takes the whole block, or it would have no road.
                    let j = match j {
                        2 if !plan.is_faulty => 1,
                        8 if !plan.is_faulty => STATION_ROW,
                        j => j,
                    };
                    let is_second =
                        (i + j).is_multiple_of(3) && i > 1 && i != middle + 1 && self.is_industrial(i - 1, j, plan);
                    (format!("{}.{j}", if is_second { i - 1 } else { i }), "CN")
                }
            },
        }
    }

    fn is_industrial(&self, i: usize, j: usize, plan: &Plan) -> bool {
        !(i + j).is_multiple_of(3) && self.lot_of(i, j, plan).1 == "CN"
    }

    /// Every lot, row by row from the entrance.
    fn lots(&self, plan: &Plan) -> Vec<Lot> {
        let mut found: Vec<LotFields> = Vec::new();
        for j in 0..self.rows() {
            for i in 0..self.columns() {
                let (key, land_use) = self.lot_of(i, j, plan);
                let field = self.outline_of(i, j, plan);
                match found.iter_mut().find(|lot| lot.key == key) {
                    Some(lot) => lot.fields.push(field),
                    None => found.push(LotFields { key, land_use, fields: vec![field] }),
                }
            }
        }
        if !plan.is_faulty {
            let fields = vec![self.station().to_vec()];
            found.push(LotFields { key: "HTKT-02".to_owned(), land_use: "HTKT", fields });
        }
        let mut factories = 0;
        let lot = |LotFields { key, land_use, fields }: LotFields| {
            let union = topology::dissolve(fields.iter().map(|field| field.as_slice()));
            factories += usize::from(land_use == "CN");
            let symbol = if land_use == "CN" { format!("CN-{factories:02}") } else { key };
            union.0.into_iter().next().map(|polygon| Lot { symbol, land_use, polygon })
        };
        found.into_iter().filter_map(lot).collect()
    }

    /// Buildings on most industrial fields, and a few where none may stand.
    fn buildings(&self, plan: &Plan, site: &Site) -> Vec<Building> {
        let mut rng = site.dice("buildings");
        // What follows a plan is built after it was approved.
        let since = PlanState::of(site).and_then(|state| state.approved_on).unwrap_or(day(2012, 1, 1));
        let mut buildings = Vec::new();
        for j in 0..self.rows() {
            for i in 0..self.columns() {
                let purpose = match self.lot_of(i, j, plan).1 {
                    "CN" if rng.chance(0.8) => "Nhà xưởng",
                    "DV" if j == 1 => "Nhà điều hành",
                    "HTKT" if j == 7 => "Trạm xử lý nước thải",
                    _ => continue,
                };
                let inset = |rng: &mut Rng| (rng.between(0.1, 0.2), rng.between(0.8, 0.9));
                let ((s0, s1), (t0, t1)) = (inset(&mut rng), inset(&mut rng));
                let mut rectangle =
                    self.rectangle(Self::span(&self.columns, i, s0, s1), Self::span(&self.rows, j, t0, t1));
                if j == STATION_ROW && purpose == "Trạm xử lý nước thải" && !plan.is_faulty {
                    // Within its own lot, behind the building line along the road.
                    let (width, depth) = (STATION_M / self.columns[i].0, STATION_M / self.rows[j].0);
                    let across = Self::span(&self.columns, i, 0.5 - width * 0.3, 0.5 + width * 0.3);
                    rectangle = self.rectangle(across, Self::span(&self.rows, j, depth * 0.2, depth * 0.8));
                }
                let storeys = if purpose == "Nhà xưởng" { 1 + rng.below(3) as i64 } else { 2 };
                buildings.push(Building::new(purpose, rectangle, storeys, since, &mut rng));
            }
        }
        let last = self.columns() - 1;
        let misplaced = [
            ("Nhà kho trên đất cây xanh", self.rectangle(Self::span(&self.columns, 2, 0.2, 0.7), (0.004, 0.03))),
            (
                "Nhà tạm trên đất giao thông",
                self.rectangle(Self::span(&self.columns, 3, 0.3, 0.6), Self::span(&self.rows, 3, 0.1, 0.6)),
            ),
            ("Nhà xưởng lấn ranh giới", self.rectangle((0.985, 1.02), Self::span(&self.rows, 4, 0.2, 0.8))),
            ("Nhà kho ngoài ranh giới", self.rectangle((1.01, 1.05), Self::span(&self.rows, 7, 0.1, 0.6))),
        ];
        for (purpose, rectangle) in misplaced {
            buildings.push(Building::new(purpose, rectangle, 1, since, &mut rng));
        }
        let tall =
            self.rectangle(Self::span(&self.columns, last / 2 + 1, 0.2, 0.5), Self::span(&self.rows, 1, 0.2, 0.6));
        buildings.push(Building::new("Nhà cao tầng trên bãi đỗ xe", tall, 7, since, &mut rng));
        buildings
    }
}

/// A footprint to be.
struct Building {
    purpose: &'static str,
    footprint: Polygon<f64>,
    storeys: i64,
    height_m: f64,
    built_on: NaiveDate,
}

impl Building {
    fn new(purpose: &'static str, corners: [Coord<f64>; 4], storeys: i64, since: NaiveDate, rng: &mut Rng) -> Building {
        Building {
            purpose,
            footprint: Polygon::new(LineString(corners.to_vec()), Vec::new()),
            storeys,
            height_m: (storeys as f64 * rng.between(4.2, 5.0) * 10.0).round() / 10.0,
            built_on: rng.date_between(since, day(2025, 6, 1)),
        }
    }

    fn row(self, row: Row, number: usize, site: &Site) -> Row {
        row.made_up()
            .with("name_vi", format!("{} {number:02}", self.purpose))
            .with("use_vi", self.purpose)
            .with("storeys", self.storeys)
            .with("height_m", self.height_m)
            .with("built_on", self.built_on)
            .with("position_precision_m", site.precision_m)
            .at(Some(Shape::flat(self.footprint)))
    }
}
