//! 1/500 plans put together from registers, reviewed, and their findings as a derived collection.
//!
//! Lots and buildings may stay in a database. Then a plan asks for its own, and what is kept of its review are the findings.

mod findings;
mod reviewed;

use std::borrow::Cow;
use std::collections::HashMap;

use geo::{Geometry, MultiLineString, MultiPolygon, Polygon};
use rust_decimal::prelude::ToPrimitive;

use super::collection::PublishedCollection;
use super::facts::{Reader, Record};
use super::remote::Remotely;
use crate::compliance::site::PlanStatus;
use crate::compliance::{Review, SiteCollection, SiteKey};
use crate::domain::{FeatureId, Value};
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::geom::{Crs, Envelope};
use crate::plan::{Building, LineKind, Parcel, Plan, PlanDates, PlanLine, PlanSite, PlanStation, Waterway};
use crate::store::remote::RemoteError;
use crate::store::{Row, StoreError};
pub(super) use findings::rows;
pub use findings::{Findings, ReviewedPlans};
pub use reviewed::{Found, PlanSummary, ReviewedPlan};

/// The registers that a plan is put together from.
pub(super) const REGISTERS: [&str; 8] = [
    "plans",
    "plan_parcels",
    "plan_lines",
    "buildings",
    "clusters",
    "craft_villages",
    "treatment_stations",
    "waterways",
];

/// Waterways are looked for so far around a plan, degrees: some five kilometres.
const AROUND_DEGREES: f64 = 0.05;

/// A plan of more rows of a register that stays in the database is not put together.
const MAX_ROWS: usize = 200_000;

/// Why a plan cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(
        "đồ án chạm hơn {most} dòng của '{register}', hoặc không tìm kịp / the plan reaches more than {most} rows of '{register}', or they cannot be found in time"
    )]
    TooMuch { register: String, most: usize },
    /// What it needs is known for today alone.
    #[error(
        "'{0}' nằm trong cơ sở dữ liệu, chỉ hỏi được cho hôm nay / '{0}' stays in the database, which is asked for today alone"
    )]
    NoPast(String),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The registers of one day, indexed by plan.
pub struct PlanRegisters {
    plans: PublishedCollection,
    parcels: Part,
    lines: Part,
    buildings: Part,
    clusters: Option<PublishedCollection>,
    waterways: Option<PublishedCollection>,
}

/// A register of which a plan reads some rows.
pub(super) struct Part {
    register: Option<PublishedCollection>,
    /// The field that names what a row is of.
    field: &'static str,
    /// Positions of rows by that; of none where the rows stay in the database.
    rows: HashMap<String, Vec<u32>>,
}

/// What was put into a plan.
#[derive(Default)]
struct Filled {
    /// Numbers of lots and of buildings, ascending.
    fids: [Vec<i64>; 2],
    /// Around the lots, in CRS84.
    extent: Option<Envelope>,
}

/// Some rows of a register, with the register or a small collection of them.
type Rows<'a> = (Cow<'a, PublishedCollection>, Vec<u32>);

/// Positions of rows by the text of a field.
fn by_text(register: Option<&PublishedCollection>, field: &str) -> HashMap<String, Vec<u32>> {
    let mut rows: HashMap<String, Vec<u32>> = HashMap::new();
    let Some((register, at)) = register.and_then(|register| Some((register, register.declaration.field(field)?.0)))
    else {
        return rows;
    };
    for row in 0..register.len() as u32 {
        if let Value::Text(text) = register.value(row, at) {
            rows.entry(text).or_default().push(row);
        }
    }
    rows
}

impl Part {
    fn new(register: Option<PublishedCollection>, field: &'static str) -> Part {
        let rows = by_text(register.as_ref(), field);
        Part { register, field, rows }
    }

    /// The way to its rows, where they stay in the database.
    fn remote(&self) -> Option<&Remotely> {
        self.register.as_ref()?.remote.as_deref()
    }

    /// The rows that name `key`, and those on a ground; `None` where there is no such register. Of the database at most
    /// `most` are asked for.
    fn of(&self, key: &str, ground: Option<&Envelope>, most: usize) -> Result<Option<Rows<'_>>, PlanError> {
        let Some(register) = &self.register else { return Ok(None) };
        let (register, mut rows) = match self.remote() {
            None => (Cow::Borrowed(register), self.rows.get(key).cloned().unwrap_or_default()),
            Some(remote) => {
                let too_much = || PlanError::TooMuch { register: register.declaration.id.clone(), most };
                let found =
                    remote.named(self.field, key, ground, most.saturating_add(1)).map_err(|error| match error {
                        RemoteError::TooLong => too_much(),
                        other => other.into(),
                    })?;
                if found.len() > most {
                    return Err(too_much());
                }
                let found = register.of_rows(found)?;
                let rows = by_text(Some(&found), self.field).remove(key).unwrap_or_default();
                (Cow::Owned(found), rows)
            }
        };
        if let Some(ground) = ground {
            rows.extend(register.near(ground));
            rows.sort_unstable();
            rows.dedup();
        }
        Ok(Some((register, rows)))
    }

    /// How many rows [`Part::of`] gives of those that are held.
    fn held(&self, key: &str, ground: Option<&Envelope>) -> usize {
        let named = self.rows.get(key).map_or(0, Vec::len);
        let Some((register, ground)) = self.register.as_ref().zip(ground) else { return named };
        let is_named = |row: &u32| self.rows.get(key).is_some_and(|rows| rows.binary_search(row).is_ok());
        named + register.near(ground).filter(|row| !is_named(row)).count()
    }
}

/// What `read` makes of some rows and their places in a system, by id.
fn read_rows<T>(
    register: &PublishedCollection,
    rows: impl Iterator<Item = u32>,
    to: &Crs,
    read: impl Fn(&Record<'_>, Option<Geometry<f64>>) -> T,
) -> Vec<T> {
    let reader = Reader::new(&register.declaration);
    let mut rows: Vec<Row> = rows.filter_map(|row| register.row(row)).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows.iter().map(|row| read(&reader.record(row), place(register, row, to))).collect()
}

/// The place of a row in a system; `None` where it has none or that has no image there.
fn place(register: &PublishedCollection, row: &Row, to: &Crs) -> Option<Geometry<f64>> {
    let mut shape = row.shape.clone()?;
    let from = &register.declaration.geometry.as_ref()?.crs;
    Transform::between(from, to).ok()?.shape(&mut shape).ok()?;
    Some(shape.geometry)
}

fn polygon(geometry: Option<Geometry<f64>>) -> Option<Polygon<f64>> {
    match geometry? {
        Geometry::Polygon(polygon) => Some(polygon),
        Geometry::MultiPolygon(MultiPolygon(mut parts)) if parts.len() == 1 => parts.pop(),
        _ => None,
    }
}

fn polygons(geometry: Option<Geometry<f64>>) -> Option<MultiPolygon<f64>> {
    match geometry? {
        Geometry::Polygon(polygon) => Some(MultiPolygon(vec![polygon])),
        Geometry::MultiPolygon(polygons) => Some(polygons).filter(|polygons| !polygons.0.is_empty()),
        _ => None,
    }
}

fn lines(geometry: Option<Geometry<f64>>) -> Option<MultiLineString<f64>> {
    match geometry? {
        Geometry::LineString(line) => Some(MultiLineString(vec![line])),
        Geometry::MultiLineString(lines) => Some(lines).filter(|lines| !lines.0.is_empty()),
        _ => None,
    }
}

impl PlanRegisters {
    /// The registers as `register` gives them; `None` where there are no plans.
    ///
    /// # Errors
    /// What `register` says.
    fn read(
        register: impl Fn(&str) -> Result<Option<PublishedCollection>, StoreError>,
    ) -> Result<Option<PlanRegisters>, StoreError> {
        let Some(plans) = register("plans")? else { return Ok(None) };
        Ok(Some(PlanRegisters {
            plans,
            parcels: Part::new(register("plan_parcels")?, "plan_id"),
            lines: Part::new(register("plan_lines")?, "plan_id"),
            buildings: Part::new(register("buildings")?, "site_id"),
            clusters: register("clusters")?,
            waterways: register("waterways")?,
        }))
    }

    /// Positions of the plans.
    fn rows(&self) -> impl Iterator<Item = u32> {
        0..self.plans.len() as u32
    }

    /// A plan with its lots, lines, buildings and site; `None` where there is no such row. Waits for the database where a
    /// register stays there.
    ///
    /// # Errors
    /// Where rows of the database cannot be had, or are too many.
    fn plan(&self, row: u32, review: &Review) -> Result<Option<Plan>, PlanError> {
        let Some(mut plan) = self.outline(row, review) else { return Ok(None) };
        self.fill(&mut plan, MAX_ROWS, |_| true)?;
        Ok(Some(plan))
    }

    /// A plan with its site, still without lots, lines and buildings.
    fn outline(&self, row: u32, review: &Review) -> Option<Plan> {
        // Tolerances are metres: a register in degrees is reviewed in the grid in which Hanoi surveys.
        let declared = self.plans.declaration.geometry.as_ref()?.crs.clone();
        let crs = if declared.is_in_degrees() { Crs::Epsg(EPSG_HANOI) } else { declared };
        let of_plan = self.plans.row(row)?;
        let reader = Reader::new(&self.plans.declaration);
        let record = reader.record(&of_plan);
        let id = of_plan.id.as_str();
        let kind = record.text("site_collection").and_then(SiteCollection::parse);
        let site = self.site(&record, kind, self.plans.geometry(row), &crs, review);
        Some(Plan {
            row: record.reference(),
            name: record.owned("name_vi").unwrap_or_else(|| id.to_owned()),
            status: record.text("status").and_then(PlanStatus::parse),
            decision_no: record.owned("decision_no"),
            authority: record.owned("authority"),
            dates: PlanDates {
                task_approved_on: record.date("task_approved_on"),
                consulted_on: record.date("consulted_on"),
                submitted_on: record.date("submitted_on"),
                appraised_on: record.date("appraised_on"),
                approved_on: record.date("approved_on"),
                published_on: record.date("published_on"),
                superseded_on: record.date("superseded_on"),
            },
            area_ha: record.number("area_ha"),
            version: record.owned("version"),
            scale: record.count("scale"),
            adjustment_case: record.count("adjustment_case"),
            precision_m: record.number("position_precision_m"),
            source_file: record.owned("source_file"),
            source_sha256: record.owned("source_sha256"),
            boundary: polygons(place(&self.plans, &of_plan, &crs)),
            parcels: Vec::new(),
            lines: Vec::new(),
            buildings: Vec::new(),
            site,
            crs,
        })
    }

    /// The ground of a plan, in CRS84.
    fn ground(&self, plan: &str) -> Option<Envelope> {
        let row = self.plans.find(&FeatureId::parse(plan).ok()?)?;
        Envelope::of(self.plans.geometry(row)?)
    }

    /// The rows of a plan: its lots, its lines, buildings of its site and of anybody on its ground; of the parts that are
    /// wanted. Of the database at most `most` of each are asked for.
    fn rows_of<'a>(
        &'a self,
        plan: &str,
        site: &str,
        most: usize,
        is_wanted: impl Fn(&Part) -> bool,
    ) -> Result<[Option<Rows<'a>>; 3], PlanError> {
        let ground = self.ground(plan);
        let of = |part: &'a Part, key: &str, ground: Option<&Envelope>| {
            if is_wanted(part) { part.of(key, ground, most) } else { Ok(None) }
        };
        Ok([of(&self.parcels, plan, None)?, of(&self.lines, plan, None)?, of(&self.buildings, site, ground.as_ref())?])
    }

    /// Puts lots, lines and buildings into an outline, as far as their registers are wanted, and tells which were put there.
    fn fill(&self, plan: &mut Plan, most: usize, is_wanted: impl Fn(&Part) -> bool) -> Result<Filled, PlanError> {
        let [parcels, lines, buildings] = self.rows_of(&plan.row.id, &plan.site.id, most, is_wanted)?;
        let numbers = |rows: &Option<Rows<'_>>| {
            let rows = rows.iter().flat_map(|(register, rows)| rows.iter().filter_map(|row| register.fid(*row)));
            let mut fids: Vec<i64> = rows.collect();
            fids.sort_unstable();
            fids
        };
        let envelopes = parcels
            .iter()
            .flat_map(|(register, rows)| rows.iter().filter_map(|row| register.geometry(*row).and_then(Envelope::of)));
        let extent = envelopes.reduce(Envelope::union);
        let filled = Filled { fids: [numbers(&parcels), numbers(&buildings)], extent };
        if let Some((register, rows)) = parcels {
            plan.parcels = read_rows(&register, rows.into_iter(), &plan.crs, parcel);
        }
        if let Some((register, rows)) = lines {
            plan.lines = read_rows(&register, rows.into_iter(), &plan.crs, line);
        }
        if let Some((register, rows)) = buildings {
            plan.buildings = read_rows(&register, rows.into_iter(), &plan.crs, building);
        }
        Ok(filled)
    }

    fn site(
        &self,
        plan: &Record<'_>,
        kind: Option<SiteCollection>,
        ground: Option<&Geometry<f64>>,
        crs: &Crs,
        review: &Review,
    ) -> PlanSite {
        let id = plan.owned("site_id").unwrap_or_default();
        let key: SiteKey = (kind.unwrap_or(SiteCollection::Clusters), id.clone());
        let number = |value: Option<rust_decimal::Decimal>| value.and_then(|value| value.to_f64());
        let waterways = self.waterways(ground, crs);
        let Some(reviewed) = review.sites.get(&key) else { return PlanSite { id, waterways, ..PlanSite::default() } };
        let facts = &reviewed.facts;
        let cluster = self.clusters.as_ref().filter(|_| key.0 == SiteCollection::Clusters).and_then(|clusters| {
            let row = clusters.row(clusters.find(&FeatureId::parse(&id).ok()?)?)?;
            let reader = Reader::new(&clusters.declaration);
            let precision = reader.record(&row).number("position_precision_m");
            Some((polygons(place(clusters, &row, crs)), precision))
        });
        let (boundary, precision_m) = cluster.unwrap_or_default();
        let station = |station: &crate::compliance::site::StationFacts| PlanStation {
            id: station.row.id.clone(),
            name: station.name.clone(),
            kind: station.treatment_kind,
            capacity_m3_day: number(station.capacity_m3_day),
            is_upwind: station.is_upwind,
        };
        PlanSite {
            collection: Some(key.0),
            id,
            name: facts.name.clone(),
            status: facts.status,
            boundary,
            precision_m,
            area_ha: number(facts.land.area_ha),
            wastewater_m3_day: number(facts.environment.wastewater_m3_day),
            stations: facts.stations.iter().map(station).collect(),
            waterways,
        }
    }

    fn waterways(&self, ground: Option<&Geometry<f64>>, crs: &Crs) -> Vec<Waterway> {
        let by = AROUND_DEGREES;
        let around = ground
            .and_then(Envelope::of)
            .and_then(|of| Envelope::new(of.min_x - by, of.min_y - by, of.max_x + by, of.max_y + by));
        let (Some(register), Some(around)) = (&self.waterways, around) else { return Vec::new() };
        let waterway = |record: &Record<'_>, place| {
            Some(Waterway {
                id: record.reference().id,
                name: record.owned("name_vi"),
                precision_m: record.number("position_precision_m"),
                course: lines(place)?,
            })
        };
        read_rows(register, register.near(&around), crs, waterway).into_iter().flatten().collect()
    }
}

fn parcel(record: &Record<'_>, place: Option<Geometry<f64>>) -> Parcel {
    Parcel {
        id: record.reference().id,
        symbol: record.owned("lot_symbol"),
        land_use: record.owned("land_use_code"),
        function: record.owned("use_vi"),
        stated_m2: record.number("area_m2"),
        density_max_pct: record.number("density_max_pct"),
        storeys_max: record.count("storeys_max"),
        far_max: record.number("far_max"),
        height_max_m: record.number("height_max_m"),
        setback_m: record.number("setback_m"),
        item_code: record.owned("item_code"),
        polygon: polygon(place),
    }
}

fn building(record: &Record<'_>, place: Option<Geometry<f64>>) -> Building {
    Building {
        id: record.reference().id,
        name: record.owned("name_vi"),
        usage: record.owned("use_vi"),
        storeys: record.count("storeys"),
        height_m: record.number("height_m"),
        built_on: record.date("built_on"),
        precision_m: record.number("position_precision_m"),
        footprint: polygon(place),
    }
}

fn line(record: &Record<'_>, place: Option<Geometry<f64>>) -> PlanLine {
    PlanLine {
        id: record.reference().id,
        kind: record.text("line_kind").and_then(LineKind::parse),
        label: record.owned("label"),
        item_code: record.owned("item_code"),
        width_m: record.number("width_m"),
        course: lines(place),
    }
}
