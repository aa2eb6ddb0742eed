//! The review of a 1/500 plan, one file per subject. What each rule rests on is data (`data/standards/plan_*.csv`); here is
//! only how it is checked.
//!
//! The law is that of the day on which the plan was decided, not of today. A rule whose text or number is not certain
//! informs: what it finds weighs [`Severity::Info`] and its check does not count.

mod balance;
mod belt;
mod density;
mod dossier;
mod geometry;
mod infrastructure;
mod lines;
mod reality;
mod sheet;
mod station;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use geo::{Area, BoundingRect, Coord, MultiPolygon, Polygon, Rect};
use rust_decimal::prelude::ToPrimitive;

use super::finding::{Finding, PlanReview, Severity};
use super::ground::{self, Index};
use super::model::{Building, Parcel, Plan};
use crate::compliance::site::PlanStatus;
use crate::compliance::standards::RuleLimit;
use crate::compliance::{LegalBasis, Standards, Text};
use sheet::Sheet;

/// A lot whose rings are sound.
struct Lot<'a> {
    parcel: &'a Parcel,
    polygon: &'a Polygon<f64>,
    rect: Rect<f64>,
    /// Area on the projection, m².
    area: f64,
}

/// A building whose ring is sound.
struct Footprint<'a> {
    building: &'a Building,
    polygon: &'a Polygon<f64>,
    rect: Rect<f64>,
    /// Area on the projection, m².
    area: f64,
}

/// A lot or building whose rings are not sound: what is wrong, and where.
struct Unsound<'a, T> {
    of: &'a T,
    polygon: &'a Polygon<f64>,
    what: Text,
    at: Coord<f64>,
}

/// Things with their places, those that are sound apart from the others.
type Sound<'a, T> = (Vec<(&'a T, &'a Polygon<f64>)>, Vec<Unsound<'a, T>>);

/// Things with a place, those that are sound apart from the others.
fn sound<'a, T>(things: &'a [T], place: impl Fn(&'a T) -> Option<&'a Polygon<f64>>) -> Sound<'a, T> {
    let (mut sound, mut unsound) = (Vec::with_capacity(things.len()), Vec::new());
    for of in things {
        let Some(polygon) = place(of) else { continue };
        match ground::fault(polygon) {
            None => sound.push((of, polygon)),
            Some((what, at)) => unsound.push(Unsound { of, polygon, what, at }),
        }
    }
    (sound, unsound)
}

/// What every subject looks at.
struct Case<'a> {
    standards: &'a Standards,
    plan: &'a Plan,
    as_of: NaiveDate,
    /// The day whose law holds.
    law_on: NaiveDate,
    /// The plan's boundary, where its rings are sound.
    boundary: Option<&'a MultiPolygon<f64>>,
    lots: Vec<Lot<'a>>,
    lots_at: Index,
    unsound_lots: Vec<Unsound<'a, Parcel>>,
    buildings: Vec<Footprint<'a>>,
    unsound_buildings: Vec<Unsound<'a, Building>>,
    /// What is as narrow as the drawing is exact, metres.
    tolerance: f64,
    /// What is narrower comes from rounding, metres.
    rounding: f64,
}

/// A rule with its texts in force on the day whose law holds.
struct Law {
    rule: &'static str,
    severity: Severity,
    bases: Vec<LegalBasis>,
    /// Whether it rests on texts and numbers that are certain.
    counts: bool,
}

impl Case<'_> {
    /// A rule as it stood on the day whose law holds; `None` where the data hold no text of that day.
    fn law(&self, rule: &'static str) -> Option<Law> {
        use crate::compliance::Severity as Weight;
        let law = self.standards.plan_rule(rule)?;
        let bases: Vec<LegalBasis> =
            law.bases.iter().map(|of| &of.basis).filter(|basis| basis.in_force(self.law_on)).cloned().collect();
        if bases.is_empty() {
            return None;
        }
        let limits = self.standards.plan_limits.iter().chain(&self.standards.rule_limits);
        let mut limits = limits.filter(|limit| limit.rule == rule && limit.basis.in_force(self.law_on));
        let counts = law.is_enforced
            && bases.iter().any(|basis| basis.confidence.is_certain())
            && limits.all(|limit| limit.basis.confidence.is_certain());
        let severity = match law.severity {
            Weight::Breach => Severity::Error,
            Weight::Warning => Severity::Warning,
            Weight::Advice => Severity::Info,
        };
        Some(Law { rule, severity, bases, counts })
    }

    /// A number of a rule on the day whose law holds.
    fn limit(&self, rule: &str, name: &str) -> Option<f64> {
        limit(self.standards, rule, name, self.law_on)
    }

    /// Sound lots whose rectangle comes within a distance of another, with their positions.
    fn lots_near(&self, rect: Rect<f64>, by: f64) -> impl Iterator<Item = (usize, &Lot<'_>)> {
        self.lots_at.near(rect, by).into_iter().filter_map(|at| Some((at, self.lots.get(at)?)))
    }

    /// Whether the plan is in force: approved, and nothing took its place by the day.
    fn is_in_force(&self) -> bool {
        self.plan.status == Some(PlanStatus::Approved)
            && self.plan.dates.approved_on.is_none_or(|day| day <= self.as_of)
            && self.plan.dates.superseded_on.is_none_or(|day| day > self.as_of)
    }
}

fn limit(standards: &Standards, rule: &str, name: &str, on: NaiveDate) -> Option<f64> {
    standards.plan_limit(rule, name, on).and_then(|limit: &RuleLimit| limit.value.to_f64())
}

/// Reviews a plan as it stands on a day.
pub fn review(standards: &Standards, plan: &Plan, as_of: NaiveDate) -> PlanReview {
    let dates = &plan.dates;
    let law_on = dates.approved_on.or(dates.submitted_on).unwrap_or(as_of);
    let tolerance_of = |name| limit(standards, geometry::TILING, name, law_on).unwrap_or_default();
    let (lots, unsound_lots) = sound(&plan.parcels, |parcel| parcel.polygon.as_ref());
    let lots = lots.into_iter().filter_map(|(parcel, polygon)| {
        Some(Lot { parcel, polygon, rect: polygon.bounding_rect()?, area: polygon.unsigned_area() })
    });
    let lots: Vec<Lot<'_>> = lots.collect();
    let (buildings, unsound_buildings) = sound(&plan.buildings, |building| building.footprint.as_ref());
    let buildings = buildings.into_iter().filter_map(|(building, polygon)| {
        Some(Footprint { building, polygon, rect: polygon.bounding_rect()?, area: polygon.unsigned_area() })
    });
    let case = Case {
        standards,
        plan,
        as_of,
        law_on,
        boundary: plan.boundary.as_ref().filter(|boundary| geometry::boundary_fault(boundary).is_none()),
        lots_at: Index::of(lots.iter().map(|lot| Some(lot.rect))),
        lots,
        unsound_lots,
        buildings: buildings.collect(),
        unsound_buildings,
        tolerance: tolerance_of("tolerance"),
        rounding: tolerance_of("rounding"),
    };
    let mut sheet = Sheet::default();
    geometry::review(&case, &mut sheet);
    let balance = balance::review(&case, &mut sheet);
    density::review(&case, &mut sheet);
    belt::review(&case, &mut sheet);
    lines::review(&case, &mut sheet);
    station::review(&case, &mut sheet);
    dossier::review(&case, &mut sheet);
    let infrastructure = infrastructure::review(&case, &mut sheet);
    let built = reality::review(&case, &mut sheet);
    let findings = sheet.numbered();
    PlanReview {
        plan: plan.row.clone(),
        name: plan.name.clone(),
        crs: plan.crs.clone(),
        as_of,
        law_on,
        is_demo: plan.row.is_demo,
        proposed_violations: proposals(&case, &findings),
        lots: density::lots(&case, &built),
        balance,
        infrastructure,
        checks: sheet.checks,
        findings,
    }
}

/// What an official may accept as violations: what stands against a plan in force.
fn proposals(case: &Case<'_>, findings: &[Finding]) -> Vec<super::ProposedViolation> {
    let found = findings.iter().filter(|_| case.is_in_force());
    found.flat_map(|finding| reality::proposals(case, finding)).collect()
}
