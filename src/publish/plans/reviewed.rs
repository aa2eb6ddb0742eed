//! Plans with their reviews, as requests ask for them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use geo::{BoundingRect, Geometry};

use super::findings::MAX_AT_PUBLISH;
use super::{MAX_ROWS, PlanError, PlanRegisters, REGISTERS};
use crate::compliance::Standards;
use crate::domain::{FeatureId, Value};
use crate::geom::project::Transform;
use crate::geom::{Crs, Shape};
use crate::plan::{Plan, PlanReview, review};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::publish::facts::Reader;

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
    pub(super) fn new(standards: &Standards, plan: Arc<Plan>, day: NaiveDate) -> ReviewedPlan {
        let review = review(standards, &plan, day);
        let placed = |place: &Option<Geometry<f64>>| to_lonlat(place.as_ref()?, &review.crs);
        let places = review.findings.iter().map(|finding| placed(&finding.place)).collect();
        let proposed = review.proposed_violations.iter().map(|proposed| placed(&proposed.place)).collect();
        ReviewedPlan { plan, review: Arc::new(review), places, proposed }
    }
}

/// A place of a plan in longitude and latitude; `None` where it has no image there.
fn to_lonlat(place: &Geometry<f64>, from: &Crs) -> Option<Geometry<f64>> {
    place.bounding_rect()?;
    let mut shape = Shape::flat(place.clone());
    Transform::between(from, &Crs::Crs84).ok()?.shape(&mut shape).ok()?;
    Some(shape.geometry)
}

impl Snapshot {
    /// The register because of which a collection is not known for other days than the snapshot's: itself or one that it is
    /// derived from, where that stays in the database.
    pub fn without_past(&self, id: &str) -> Option<&str> {
        let stays = |id: &str| self.collection(id).filter(|collection| collection.remote.is_some());
        let of: &[&str] = if id == "plan_findings" { &REGISTERS } else { &[id] };
        of.iter().find_map(|id| stays(id)).map(|collection| collection.declaration.id.as_str())
    }

    fn plan_registers(&self, day: NaiveDate) -> Result<Option<PlanRegisters>, PlanError> {
        if day != self.as_of
            && let Some(stays) = self.without_past("plan_findings")
        {
            return Err(PlanError::NoPast(stays.to_owned()));
        }
        Ok(self.with_inputs_on(day, |inputs| PlanRegisters::read(|id| inputs.register(id)))?)
    }

    /// A plan as it stood on a day, with its review; `None` where there was none. One that was reviewed at the publish is not
    /// reviewed again. `known` is an earlier answer, which is given again where the plan is the same. Not for the async runtime.
    ///
    /// # Errors
    /// When coordinates of an earlier state cannot be transformed, or rows that stay in the database cannot be had.
    pub fn reviewed_plan(
        &self,
        id: &FeatureId,
        day: NaiveDate,
        known: Option<&Arc<ReviewedPlan>>,
    ) -> Result<Option<Arc<ReviewedPlan>>, PlanError> {
        let made = self.outcomes.plans.held(id).filter(|made| made.review.as_of == day);
        if let Some(made) = made
            && self.with_inputs_on(day, |inputs| inputs.fingerprint(&REGISTERS))? == self.outcomes.plans.fingerprint
        {
            return Ok(Some(Arc::clone(made)));
        }
        let Some(registers) = self.plan_registers(day)? else { return Ok(None) };
        let review = self.review_on(day);
        let Some(row) = registers.plans.find(id) else { return Ok(None) };
        let Some(plan) = registers.plan(row, &review)? else { return Ok(None) };
        let is_same = |known: &&Arc<ReviewedPlan>| known.review.as_of == day && *known.plan == plan;
        if let Some(known) = known.into_iter().chain(made).find(is_same) {
            return Ok(Some(Arc::clone(known)));
        }
        Ok(Some(Arc::new(ReviewedPlan::new(&self.standards, Arc::new(plan), day))))
    }

    /// The registers of a plan's lots, lines and buildings with those of their rows that were reviewed.
    ///
    /// # Errors
    /// As [`Snapshot::reviewed_plan`].
    pub(in crate::publish) fn plan_rows(
        &self,
        reviewed: &ReviewedPlan,
    ) -> Result<Vec<(PublishedCollection, Vec<u32>)>, PlanError> {
        let Some(registers) = self.plan_registers(reviewed.review.as_of)? else { return Ok(Vec::new()) };
        let plan = &reviewed.plan;
        let own = FeatureId::parse(&plan.row.id).ok().and_then(|id| registers.plans.find(&id));
        let [parcels, lines, buildings] = registers.rows_of(&plan.row.id, &plan.site.id, MAX_ROWS, |_| true)?;
        let parcel_ids = plan.parcels.iter().map(|parcel| parcel.id.as_str()).collect();
        let line_ids = plan.lines.iter().map(|line| line.id.as_str()).collect();
        let building_ids = plan.buildings.iter().map(|building| building.id.as_str()).collect();
        let parts = [(parcels, parcel_ids), (lines, line_ids), (buildings, building_ids)];
        let parts = parts.into_iter().filter_map(|(rows, ids): (_, HashSet<&str>)| {
            let (register, mut rows) = rows?;
            rows.retain(|row| ids.contains(register.id(*row)));
            Some((register.into_owned(), rows))
        });
        let parts: Vec<_> = parts.collect();
        Ok(std::iter::once((registers.plans.clone(), own.into_iter().collect())).chain(parts).collect())
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
    pub fn plan_summaries(&self, day: NaiveDate) -> Result<Vec<PlanSummary>, PlanError> {
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
                let size = registers.size(&id, &record.owned("site_id").unwrap_or_default());
                let (lots, is_reviewed) = match size {
                    Some((lots, all)) => (lots, all <= MAX_AT_PUBLISH),
                    // What the last review saw; nothing is known of one that has not been looked at.
                    None => self.outcomes.plans.size(&id).unwrap_or((0, false)),
                };
                PlanSummary {
                    name: record.owned("name_vi").unwrap_or_else(|| id.clone()),
                    site_id: record.owned("site_id"),
                    status: record.owned("status"),
                    approved_on: record.date("approved_on"),
                    version: record.owned("version"),
                    has_boundary: row.shape.is_some(),
                    lots,
                    found: match found.get(&id).copied().unwrap_or_default() {
                        _ if !is_reviewed => Found::WhenAsked,
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
