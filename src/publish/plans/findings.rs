//! The findings of every plan as rows of `plan_findings`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use geo::Geometry;

use super::reviewed::ReviewedPlan;
use super::{Filled, Part, PlanError, PlanRegisters, REGISTERS, by_text};
use crate::domain::{FeatureId, Value, catalog};
use crate::geom::{Envelope, Shape};
use crate::plan::Plan;
use crate::publish::derived::{Derivation, Derived, Inputs, Memo, Outcomes};
use crate::publish::remote::{Seen, Touch};
use crate::store::StoreError;
use crate::store::remote::RemoteError;

/// Larger plans, of so many lots and buildings, are reviewed when somebody asks and not at every publish.
pub(super) const MAX_AT_PUBLISH: usize = 50_000;

/// What is kept of a plan's review.
struct Kept {
    findings: Vec<Derived>,
    /// With its lots and buildings, where these are held anyway.
    whole: Option<Arc<ReviewedPlan>>,
    /// Number of its lots.
    lots: usize,
    /// The lots and buildings that were read from the database.
    read: Filled,
    /// `false` for one that is reviewed only when somebody asks.
    is_reviewed: bool,
    /// Why the database gave no rows.
    failed: Option<String>,
}

impl Kept {
    fn nothing(lots: usize) -> Kept {
        Kept { findings: Vec::new(), whole: None, lots, read: Filled::default(), is_reviewed: false, failed: None }
    }
}

/// The plans of one state of the registers with their reviews, made on the way to their findings.
#[derive(Default)]
pub struct ReviewedPlans {
    /// Of the registers and the day.
    pub(super) fingerprint: u64,
    by_id: HashMap<String, Arc<Kept>>,
}

impl ReviewedPlans {
    /// The review of a plan of which nothing stays in the database.
    pub(super) fn held(&self, id: &FeatureId) -> Option<&Arc<ReviewedPlan>> {
        self.by_id.get(id.as_str())?.whole.as_ref()
    }

    /// How many lots a plan was seen to have, and whether it was reviewed.
    pub(super) fn size(&self, id: &str) -> Option<(usize, bool)> {
        self.by_id.get(id).map(|kept| (kept.lots, kept.is_reviewed))
    }

    /// How many lots some plans have in the database, and what is around them in CRS84.
    pub(in crate::publish) fn lots<'a>(
        &self,
        plans: impl Iterator<Item = &'a String> + Clone,
    ) -> (usize, Option<Envelope>) {
        let kept = || plans.clone().filter_map(|plan| self.by_id.get(plan));
        let extent = kept().filter_map(|kept| kept.read.extent).reduce(Envelope::union);
        (kept().map(|kept| kept.lots).sum(), extent)
    }
}

/// What a review follows from: the day, what is held of the plan, and which state of its rows in the database.
#[derive(PartialEq)]
struct Basis {
    day: NaiveDate,
    plan: Arc<Plan>,
    /// How many lots it has, where they and its buildings are too many to be kept.
    too_many: Option<usize>,
    state: (u64, u64),
}

#[derive(Default)]
pub struct Findings {
    reviews: Memo<String, Basis, Kept>,
    made: Arc<ReviewedPlans>,
    /// How far what was touched of lots and buildings in the database is known.
    seen: [Option<Seen>; 2],
    /// How often all of their rows had to be looked at, and how often those of single plans.
    looks: u64,
    looks_at: HashMap<String, u64>,
}

impl Findings {
    /// Notes which plans have other rows in the database than they had.
    fn note(&mut self, registers: &PlanRegisters) {
        for (at, part) in [&registers.parcels, &registers.buildings].into_iter().enumerate() {
            let journal = part.remote().map(|remote| remote.journal());
            let seen = std::mem::replace(&mut self.seen[at], journal.map(|journal| journal.seen()));
            let Some(touches) = journal.map(|journal| journal.behind(seen.as_ref())) else { continue };
            let Some(touches) = touches else {
                self.looks += 1;
                continue;
            };
            for touch in touches {
                let named = by_text(Some(&touch.rows), part.field);
                for row in registers.rows() {
                    let id = registers.plans.id(row);
                    let key = if at == 0 { Some(id.to_owned()) } else { registers.site_of(row) };
                    let is_named = key.is_some_and(|key| named.contains_key(&key));
                    if is_named || self.had_any(id, at, touch) || (at == 1 && registers.is_on_ground_of(row, touch)) {
                        *self.looks_at.entry(id.to_owned()).or_default() += 1;
                    }
                }
            }
        }
    }

    /// Whether rows that were touched were read for a plan.
    fn had_any(&self, plan: &str, part: usize, touch: &Touch) -> bool {
        let Some(read) = self.made.by_id.get(plan).map(|kept| &kept.read.fids[part]) else { return false };
        let (few, many) = if read.len() < touch.fids.len() { (read, &touch.fids) } else { (&touch.fids, read) };
        few.iter().any(|fid| many.binary_search(fid).is_ok())
    }
}

impl PlanRegisters {
    /// The site that a plan names.
    fn site_of(&self, row: u32) -> Option<String> {
        let (at, _) = self.plans.declaration.field("site_id")?;
        self.plans.value(row, at).as_str().map(|site| site.trim().to_owned())
    }

    /// Whether rows that were touched lie on the ground of a plan now.
    fn is_on_ground_of(&self, row: u32, touch: &Touch) -> bool {
        let ground = self.plans.geometry(row).and_then(Envelope::of);
        ground.is_some_and(|ground| touch.rows.near(&ground).next().is_some())
    }

    fn stay_in_database(&self) -> bool {
        self.parcels.remote().or(self.buildings.remote()).is_some()
    }

    /// How many lots a plan has, and how many lots and buildings; `None` where the database has to be asked.
    pub(super) fn size(&self, plan: &str, site: &str) -> Option<(usize, usize)> {
        let lots = self.parcels.held(plan, None);
        (!self.stay_in_database()).then(|| (lots, lots + self.buildings.held(site, self.ground(plan).as_ref())))
    }

    /// A review of a plan, of which a part may still have to be read.
    fn reviewed(&self, inputs: &Inputs<'_>, basis: &Basis) -> Kept {
        if let Some(lots) = basis.too_many {
            tracing::warn!(plan = basis.plan.row.id, lots, "a plan this large is reviewed when asked for");
            return Kept::nothing(lots);
        }
        let stays = self.stay_in_database();
        let (mut plan, mut read) = (Arc::clone(&basis.plan), Filled::default());
        if stays {
            let mut filled = Plan::clone(&plan);
            let is_remote = |part: &Part| part.remote().is_some();
            match self.fill(&mut filled, MAX_AT_PUBLISH, is_remote) {
                Ok(of) => (plan, read) = (Arc::new(filled), of),
                Err(PlanError::Remote(error @ (RemoteError::Busy | RemoteError::Lost(_)))) => {
                    return Kept { failed: Some(error.to_string()), ..Kept::nothing(0) };
                }
                Err(error) => {
                    tracing::warn!(plan = plan.row.id, %error, "a plan is reviewed when asked for");
                    return Kept::nothing(0);
                }
            }
        }
        let lots = plan.parcels.len();
        if lots + plan.buildings.len() > MAX_AT_PUBLISH {
            tracing::warn!(plan = plan.row.id, lots, "a plan this large is reviewed when asked for");
            return Kept { read, ..Kept::nothing(lots) };
        }
        let whole = Arc::new(ReviewedPlan::new(inputs.standards, plan, basis.day));
        let findings = rows(&whole);
        Kept { findings, whole: Some(whole).filter(|_| !stays), lots, read, is_reviewed: true, failed: None }
    }
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
        self.note(&registers);
        let is_held = |part: &Part| part.remote().is_none();
        let mut wanted = Vec::new();
        for row in registers.rows() {
            let Some(mut plan) = registers.outline(row, inputs.review) else { continue };
            match registers.fill(&mut plan, usize::MAX, is_held) {
                Ok(_) => {}
                Err(PlanError::Store(error)) => return Err(error),
                Err(error) => return Err(StoreError::Stopped(error.to_string())),
            }
            let lots = plan.parcels.len();
            let too_many = (lots + plan.buildings.len() > MAX_AT_PUBLISH).then_some(lots);
            if too_many.is_some() {
                (plan.parcels, plan.buildings) = (Vec::new(), Vec::new());
            }
            let id = plan.row.id.clone();
            let state = (self.looks, self.looks_at.get(&id).copied().unwrap_or_default());
            wanted.push((id, Basis { day: inputs.day(), plan: Arc::new(plan), too_many, state }));
        }
        let reviewed = self.reviews.pieces(wanted, |_, basis| registers.reviewed(inputs, basis));
        let mut failed = None;
        for (id, kept) in &reviewed {
            if let Some(reason) = &kept.failed {
                *self.looks_at.entry(id.clone()).or_default() += 1;
                failed = Some(reason.clone());
            }
        }
        let by_id = reviewed.iter().cloned().collect();
        self.made = Arc::new(ReviewedPlans { fingerprint: inputs.fingerprint(&REGISTERS)?, by_id });
        if let Some(reason) = failed {
            return Err(StoreError::Unreachable { doing: "reading the rows of plans".to_owned(), reason });
        }
        Ok(vec![reviewed.iter().flat_map(|(_, kept)| kept.findings.iter().cloned()).collect()])
    }

    fn leave(&self, outcomes: &mut Outcomes) {
        outcomes.plans = Arc::clone(&self.made);
    }
}

/// The rows of one plan's findings, by number.
pub(in crate::publish) fn rows(reviewed: &ReviewedPlan) -> Vec<Derived> {
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
