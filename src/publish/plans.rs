//! 1/500 plans put together from registers, reviewed, and their findings as a derived collection.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use geo::{BoundingRect, Geometry, MultiLineString, MultiPolygon, Polygon};
use rust_decimal::prelude::ToPrimitive;

use super::Snapshot;
use super::collection::PublishedCollection;
use super::derived::{Derivation, Derived, Inputs, Memo, Outcomes};
use super::facts::{Reader, Record};
use crate::compliance::site::PlanStatus;
use crate::compliance::{Review, SiteCollection, SiteKey, Standards};
use crate::domain::{FeatureId, Value, catalog};
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::geom::{Crs, Envelope, Shape};
use crate::plan::{
    Building, LineKind, Parcel, Plan, PlanDates, PlanLine, PlanReview, PlanSite, PlanStation, Waterway, review,
};
use crate::store::{Row, StoreError};

/// The registers that a plan is put together from.
const REGISTERS: [&str; 8] = [
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

/// Larger plans, of so many lots and buildings, are reviewed when somebody asks and not at every publish.
const MAX_AT_PUBLISH: usize = 50_000;

/// The registers of one day, indexed by plan.
pub struct PlanRegisters {
    pub(super) plans: PublishedCollection,
    pub(super) parcels: OfPlan,
    pub(super) lines: OfPlan,
    pub(super) buildings: Option<PublishedCollection>,
    buildings_of: HashMap<String, Vec<u32>>,
    clusters: Option<PublishedCollection>,
    waterways: Option<PublishedCollection>,
}

/// The rows of a register by the plan that they name.
pub(super) struct OfPlan {
    pub(super) register: Option<PublishedCollection>,
    rows: HashMap<String, Vec<u32>>,
}

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

impl OfPlan {
    fn new(register: Option<PublishedCollection>) -> OfPlan {
        let rows = by_text(register.as_ref(), "plan_id");
        OfPlan { register, rows }
    }

    /// What `read` makes of each row of a plan, by id.
    fn read<T>(&self, plan: &str, to: &Crs, read: impl Fn(&Record<'_>, Option<Geometry<f64>>) -> T) -> Vec<T> {
        let Some(register) = &self.register else { return Vec::new() };
        read_rows(register, self.rows.get(plan).into_iter().flatten().copied(), to, read)
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
        let buildings = register("buildings")?;
        Ok(Some(PlanRegisters {
            plans,
            parcels: OfPlan::new(register("plan_parcels")?),
            lines: OfPlan::new(register("plan_lines")?),
            buildings_of: by_text(buildings.as_ref(), "site_id"),
            buildings,
            clusters: register("clusters")?,
            waterways: register("waterways")?,
        }))
    }

    /// Positions of the plans.
    fn rows(&self) -> impl Iterator<Item = u32> {
        0..self.plans.len() as u32
    }

    /// A plan with its lots, lines, buildings and site; `None` where there is no such row.
    fn plan(&self, row: u32, review: &Review) -> Option<Plan> {
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
            parcels: self.parcels.read(id, &crs, parcel),
            lines: self.lines.read(id, &crs, line),
            buildings: self.buildings(&site.id, self.plans.geometry(row), &crs),
            site,
            crs,
        })
    }

    /// Buildings of the site, and of anybody on the ground of the plan.
    fn buildings(&self, site: &str, ground: Option<&Geometry<f64>>, crs: &Crs) -> Vec<Building> {
        let Some(register) = &self.buildings else { return Vec::new() };
        let mut rows: Vec<u32> = self.buildings_of.get(site).into_iter().flatten().copied().collect();
        if let Some(around) = ground.and_then(Envelope::of) {
            rows.extend(register.near(&around));
        }
        rows.sort_unstable();
        rows.dedup();
        let building = |record: &Record<'_>, place| Building {
            id: record.reference().id,
            name: record.owned("name_vi"),
            usage: record.owned("use_vi"),
            storeys: record.count("storeys"),
            height_m: record.number("height_m"),
            built_on: record.date("built_on"),
            precision_m: record.number("position_precision_m"),
            footprint: polygon(place),
        };
        read_rows(register, rows.into_iter(), crs, building)
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

/// A plan with its review.
pub struct ReviewedPlan {
    pub plan: Arc<Plan>,
    pub review: Arc<PlanReview>,
    /// Places of the findings in CRS84, in their order.
    pub places: Vec<Option<Geometry<f64>>>,
    /// Places of the proposed violations in CRS84, in their order.
    pub proposed: Vec<Option<Geometry<f64>>>,
}

impl ReviewedPlan {
    fn new(standards: &Standards, plan: Arc<Plan>, day: NaiveDate) -> ReviewedPlan {
        let review = review(standards, &plan, day);
        let placed = |place: &Option<Geometry<f64>>| to_lonlat(place.as_ref()?, &review.crs);
        let places = review.findings.iter().map(|finding| placed(&finding.place)).collect();
        let proposed = review.proposed_violations.iter().map(|proposed| placed(&proposed.place)).collect();
        ReviewedPlan { plan, review: Arc::new(review), places, proposed }
    }
}

/// The plans of one state of the registers with their reviews, made on the way to their findings.
#[derive(Default)]
pub struct ReviewedPlans {
    /// Of the registers and the day.
    fingerprint: u64,
    by_id: HashMap<String, Arc<ReviewedPlan>>,
}

/// A place of a plan in longitude and latitude; `None` where it has no image there.
fn to_lonlat(place: &Geometry<f64>, from: &Crs) -> Option<Geometry<f64>> {
    place.bounding_rect()?;
    let mut shape = Shape::flat(place.clone());
    Transform::between(from, &Crs::Crs84).ok()?.shape(&mut shape).ok()?;
    Some(shape.geometry)
}

impl Snapshot {
    pub(super) fn plan_registers(&self, day: NaiveDate) -> Result<Option<PlanRegisters>, StoreError> {
        PlanRegisters::read(|id| {
            if day == self.as_of {
                return Ok(self.collection(id).cloned());
            }
            Ok(self.collection_on(id, day)?.map(|collection| PublishedCollection::clone(&collection)))
        })
    }

    /// A plan as it stood on a day, with its review; `None` where there was none. One that was reviewed at the publish is not
    /// reviewed again. `known` is an earlier answer, which is given again where the plan is the same. Not for the async runtime.
    ///
    /// # Errors
    /// When coordinates of an earlier state cannot be transformed.
    pub fn reviewed_plan(
        &self,
        id: &FeatureId,
        day: NaiveDate,
        known: Option<&Arc<ReviewedPlan>>,
    ) -> Result<Option<Arc<ReviewedPlan>>, StoreError> {
        let made = self.outcomes.plans.by_id.get(id.as_str()).filter(|made| made.review.as_of == day);
        if let Some(made) = made
            && self.with_inputs_on(day, |inputs| inputs.fingerprint(&REGISTERS))? == self.outcomes.plans.fingerprint
        {
            return Ok(Some(Arc::clone(made)));
        }
        let Some(registers) = self.plan_registers(day)? else { return Ok(None) };
        let review = self.review_on(day);
        let Some(plan) = registers.plans.find(id).and_then(|row| registers.plan(row, &review)) else { return Ok(None) };
        let is_same = |known: &&Arc<ReviewedPlan>| known.review.as_of == day && *known.plan == plan;
        if let Some(known) = known.into_iter().chain(made).find(is_same) {
            return Ok(Some(Arc::clone(known)));
        }
        Ok(Some(Arc::new(ReviewedPlan::new(&self.standards, Arc::new(plan), day))))
    }
}

/// What lists say of a plan's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Errors, warnings and information.
    Counts([usize; 3]),
    /// No lot of it is on record: no fault of its drawing is found, and none is ruled out.
    NothingToReview([usize; 3]),
    /// It is so large that it is reviewed only when asked for.
    WhenAsked,
}

impl Found {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Found::Counts(_) => "reviewed",
            Found::NothingToReview(_) => "unknown",
            Found::WhenAsked => "when_asked",
        }
    }

    /// Errors, warnings and information, where they say something of the plan.
    pub fn counts(self) -> Option<[usize; 3]> {
        match self {
            Found::Counts(counts) => Some(counts),
            // What is known to be wrong stays so.
            Found::NothingToReview(counts) => Some(counts).filter(|counts| counts[0] > 0),
            Found::WhenAsked => None,
        }
    }
}

/// A plan as lists name it.
pub struct PlanSummary {
    pub id: String,
    pub name: String,
    pub site_id: Option<String>,
    /// Word of `plans.status`.
    pub status: Option<String>,
    pub approved_on: Option<NaiveDate>,
    pub version: Option<String>,
    pub has_boundary: bool,
    /// Number of its lots.
    pub lots: usize,
    /// What its review found.
    pub found: Found,
    pub is_demo: bool,
}

impl Snapshot {
    /// Every plan as it stood on a day, by id, with what its review found. Not for the async runtime.
    ///
    /// # Errors
    /// When coordinates of an earlier state cannot be transformed.
    pub fn plan_summaries(&self, day: NaiveDate) -> Result<Vec<PlanSummary>, StoreError> {
        let Some(registers) = self.plan_registers(day)? else { return Ok(Vec::new()) };
        let mut found: HashMap<String, [usize; 3]> = HashMap::new();
        if let Some(findings) = self.collection_on("plan_findings", day)? {
            let at = |name: &str| findings.declaration.field(name).map(|(at, _)| at).unwrap_or_default();
            let (plan, severity) = (at("plan_id"), at("severity"));
            for row in 0..findings.len() as u32 {
                let weight = match findings.value(row, severity).as_str() {
                    Some("error") => 0,
                    Some("warning") => 1,
                    _ => 2,
                };
                if let Value::Text(plan) = findings.value(row, plan) {
                    found.entry(plan).or_default()[weight] += 1;
                }
            }
        }
        let reader = Reader::new(&registers.plans.declaration);
        let rows = registers.rows().filter_map(|row| registers.plans.row(row));
        let mut summaries: Vec<PlanSummary> = rows
            .map(|row| {
                let record = reader.record(&row);
                let id = row.id.to_string();
                let lots = registers.parcels.rows.get(&id).map_or(0, Vec::len);
                PlanSummary {
                    name: record.owned("name_vi").unwrap_or_else(|| id.clone()),
                    site_id: record.owned("site_id"),
                    status: record.owned("status"),
                    approved_on: record.date("approved_on"),
                    version: record.owned("version"),
                    has_boundary: row.shape.is_some(),
                    lots,
                    found: match found.get(&id).copied().unwrap_or_default() {
                        _ if lots > MAX_AT_PUBLISH => Found::WhenAsked,
                        counts if lots == 0 => Found::NothingToReview(counts),
                        counts => Found::Counts(counts),
                    },
                    is_demo: record.flag("is_demo").unwrap_or(false),
                    id,
                }
            })
            .collect();
        summaries.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(summaries)
    }
}

/// The findings of every plan as rows of `plan_findings`.
#[derive(Default)]
pub struct Findings {
    reviews: Memo<String, (NaiveDate, Arc<Plan>), ReviewedPlan>,
    made: Arc<ReviewedPlans>,
}

impl Derivation for Findings {
    fn fills(&self) -> &'static [&'static str] {
        &["plan_findings"]
    }

    fn fingerprint(&mut self, inputs: &Inputs<'_>) -> Result<u64, StoreError> {
        inputs.fingerprint(&REGISTERS)
    }

    fn rows(&mut self, inputs: &Inputs<'_>) -> Result<Vec<Vec<Derived>>, StoreError> {
        let Some(registers) = PlanRegisters::read(|id| inputs.register(id))? else { return Ok(vec![Vec::new()]) };
        let day = inputs.day();
        let plans = registers.rows().filter_map(|row| registers.plan(row, inputs.review));
        let (now, later): (Vec<Plan>, Vec<Plan>) =
            plans.partition(|plan| plan.parcels.len() + plan.buildings.len() <= MAX_AT_PUBLISH);
        for plan in later {
            tracing::warn!(
                plan = plan.row.id,
                lots = plan.parcels.len(),
                "a plan this large is reviewed when asked for"
            );
        }
        let wanted = now.into_iter().map(|plan| (plan.row.id.clone(), (day, Arc::new(plan)))).collect();
        let make = |_: &String, (day, plan): &(NaiveDate, Arc<Plan>)| {
            ReviewedPlan::new(inputs.standards, Arc::clone(plan), *day)
        };
        let reviewed = self.reviews.pieces(wanted, make);
        let by_id = reviewed.iter().cloned().collect();
        self.made = Arc::new(ReviewedPlans { fingerprint: inputs.fingerprint(&REGISTERS)?, by_id });
        Ok(vec![reviewed.iter().flat_map(|(_, reviewed)| rows(reviewed)).collect()])
    }

    fn leave(&self, outcomes: &mut Outcomes) {
        outcomes.plans = Arc::clone(&self.made);
    }
}

/// The rows of one plan's findings, by number.
pub(super) fn rows(reviewed: &ReviewedPlan) -> Vec<Derived> {
    let Some(collection) = catalog::collection("plan_findings") else { return Vec::new() };
    let review = &reviewed.review;
    let found = review.findings.iter().zip(&reviewed.places).zip(review.finding_ids());
    let row = |((finding, place), id): ((&crate::plan::Finding, &Option<Geometry<f64>>), String)| {
        let law: Vec<String> = finding.law.iter().map(|basis| basis.citation()).collect();
        let values: [(&'static str, Value); 16] = [
            ("plan_id", review.plan.id.as_str().into()),
            ("number", (finding.number as i64).into()),
            ("rule_id", finding.rule.into()),
            ("finding_kind", finding.kind.as_str().into()),
            ("severity", finding.severity.as_str().into()),
            ("verdict", finding.verdict.as_str().into()),
            ("message_vi", finding.message.vi.as_str().into()),
            ("message_en", finding.message.en.as_str().into()),
            ("measured", finding.measured.filter(|n| n.is_finite()).into()),
            ("required", finding.required.filter(|n| n.is_finite()).into()),
            ("unit", finding.unit.map_or(Value::Null, Value::from)),
            ("parcel_ids", finding.parcels.join(",").into()),
            ("building_ids", finding.buildings.join(",").into()),
            ("legal_basis", law.join("; ").into()),
            ("computed_for", review.as_of.into()),
            ("demo_data", review.is_demo.into()),
        ];
        let id = FeatureId::parse(&id).ok()?;
        Some(Derived::new(collection, id, values, place.clone().map(Shape::flat)))
    };
    found.filter_map(row).collect()
}
