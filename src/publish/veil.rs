//! What is kept from whoever has not shown who he is: whole collections, and plans that are drafts with everything of them.
//!
//! The open snapshot is the full one without those rows; it shares all other chunks. What was concluded from all rows stays
//! as it is, since a status that leaves facts out would be a false one: an assessment keeps its outcome and loses the rows
//! and the words that tell of what is kept back.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use xxhash_rust::xxh3::xxh3_64;

use super::Snapshot;
use super::collection::{PublishedCollection, RowChange, RowChanges};
use super::past::Past;
use super::remote::Sight;
use crate::compliance::site::PlanStatus;
use crate::compliance::{Assessment, RuleAssessment, Text};
use crate::domain::{Collection, FeatureId, Kind, SITES, Value};
use crate::store::StoreError;

/// What shows what: who keeps the first back keeps the others back too.
const SHOWN_BY: [(&str, &[&str]); 7] = [
    ("plans", &["plan_parcels", "plan_lines", "plan_findings"]),
    ("plan_parcels", &["plan_findings"]),
    ("plan_lines", &["plan_findings"]),
    ("buildings", &["plan_findings"]),
    ("clusters", &["hotspots", "hotspot_zones", "waterway_reaches"]),
    ("craft_villages", &["hotspots", "hotspot_zones", "waterway_reaches"]),
    ("waterways", &["waterway_reaches"]),
];

/// Registers whose rows assessments, duties and histories tell of.
const FACTS: [&str; 6] =
    ["treatment_stations", "effluent_samples", "infrastructure_items", "milestones", "violations", "plans"];

/// What an answer tells besides rows of collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Which sites there are, and what was concluded of them.
    Sites,
    /// Single facts of a site.
    Facts,
    /// How much a site discharges, and what was measured.
    Discharge,
    /// The stations of a plan's site.
    Plans,
}

/// What is for users on record alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restricted {
    collections: BTreeSet<String>,
    drafts: bool,
}

impl Restricted {
    /// These collections with all that shows their rows, and plans that are drafts.
    pub fn new(collections: &[String], drafts: bool) -> Restricted {
        let shown = collections.iter().flat_map(|id| {
            let (_, shown) = SHOWN_BY.iter().find(|(by, _)| by == id).unwrap_or(&("", &[]));
            shown.iter().map(|id| (*id).to_owned())
        });
        Restricted { collections: collections.iter().cloned().chain(shown).collect(), drafts }
    }

    pub fn is_nothing(&self) -> bool {
        self.collections.is_empty() && !self.drafts
    }

    /// Whether a collection is kept back.
    pub fn has(&self, collection: &str) -> bool {
        self.collections.contains(collection)
    }

    /// Whether answers of a kind tell of what is kept back.
    pub fn is_told_by(&self, telling: Telling) -> bool {
        let any = |of: &[&str]| of.iter().any(|id| self.has(id));
        any(&SITES)
            || match telling {
                Telling::Sites => false,
                Telling::Facts => self.drafts || any(&FACTS),
                Telling::Discharge => any(&["treatment_stations", "effluent_samples"]),
                Telling::Plans => any(&["treatment_stations"]),
            }
    }
}

/// What a snapshot keeps back, and the snapshot that has it.
pub(super) struct Veil {
    restricted: Restricted,
    pub(super) full: Arc<Snapshot>,
    /// Ids of the plans that are shown; `None` where all are.
    open: Option<HashSet<String>>,
}

/// The field that names the plan of a row, in collections that have one.
const PLAN: &str = "plan_id";

/// Ids of the plans that are further than drafts; one of which that is not said is not.
fn open_plans(plans: &PublishedCollection) -> HashSet<String> {
    let Some((status, _)) = plans.declaration.field("status") else { return HashSet::new() };
    let is_open = |row: &u32| {
        let status = plans.value(*row, status).as_str().and_then(PlanStatus::parse);
        matches!(status, Some(PlanStatus::Submitted | PlanStatus::Approved | PlanStatus::Rejected))
    };
    (0..plans.len() as u32).filter(is_open).map(|row| plans.id(row).to_owned()).collect()
}

/// Whether rows of a collection belong to plans, or are plans.
fn may_be_of_drafts(collection: &Collection) -> bool {
    collection.id == "plans" || collection.field(PLAN).is_some()
}

/// A collection without the rows of all other plans.
fn of_plans(collection: &PublishedCollection, open: &HashSet<String>) -> Result<PublishedCollection, StoreError> {
    if !may_be_of_drafts(&collection.declaration) {
        return Ok(collection.clone());
    }
    let named = collection.declaration.field(PLAN).map(|(at, _)| at);
    let is_shown = |row: u32| match named {
        Some(at) => matches!(collection.value(row, at), Value::Text(plan) if open.contains(plan.trim())),
        None => open.contains(collection.id(row)),
    };
    let hidden = (0..collection.len() as u32).filter(|row| !is_shown(*row));
    let changes: RowChanges = hidden.filter_map(|row| Some((collection.fid(row)?, RowChange::Gone))).collect();
    if changes.is_empty() { Ok(collection.clone()) } else { collection.with_changes(changes) }
}

impl Veil {
    /// What is seen of the full snapshot's collection of a day.
    pub(super) fn collection_on(
        &self,
        id: &str,
        day: NaiveDate,
    ) -> Result<Option<Arc<PublishedCollection>>, StoreError> {
        let Some(then) = self.full.collection_on(id, day)?.filter(|_| !self.restricted.has(id)) else {
            return Ok(None);
        };
        let Some(open) = &self.open else { return Ok(Some(then)) };
        // What was a draft on that day may differ from what became of it, and what is one now stays hidden for every day.
        let plans = self.full.collection_on("plans", day)?;
        let mut shown = plans.map(|plans| open_plans(&plans)).unwrap_or_default();
        shown.retain(|plan| open.contains(plan) || !self.is_on_record(plan));
        of_plans(&then, &shown).map(|seen| Some(Arc::new(seen)))
    }

    /// Whether there is such a plan now.
    fn is_on_record(&self, plan: &str) -> bool {
        let id = FeatureId::parse(plan).ok();
        id.zip(self.full.collection("plans")).is_some_and(|(id, plans)| plans.find(&id).is_some())
    }

    fn hides(&self, collection: &str, id: &str) -> bool {
        let is_draft = || self.open.as_ref().is_some_and(|open| !open.contains(id));
        self.restricted.has(collection) || collection == "plans" && is_draft()
    }

    /// An assessment without the rows that are kept back.
    pub(super) fn assessment(&self, assessment: &Assessment) -> Assessment {
        let mut seen = assessment.clone();
        for rule in seen.rules.iter_mut().chain(&mut seen.advice) {
            self.veil(rule);
        }
        seen
    }

    fn veil(&self, rule: &mut RuleAssessment) {
        let told = rule.evidence.len();
        rule.evidence.retain(|fact| !self.hides(&fact.row.collection, &fact.row.id));
        rule.missing.retain(|fact| fact.id.as_ref().is_none_or(|id| !self.hides(&fact.collection, id)));
        if rule.evidence.len() < told {
            rule.why = Text::new(
                "Căn cứ chỉ hiển thị cho người dùng đã đăng nhập.",
                "What this rests on is shown to users who have signed in.",
            );
        }
    }
}

impl Snapshot {
    /// What is left of a snapshot for whoever has not shown who he is.
    ///
    /// # Errors
    /// When a collection cannot be made anew; nothing may be shown then.
    pub fn open(full: &Arc<Snapshot>, restricted: &Restricted) -> Result<Snapshot, StoreError> {
        let plans = || full.collection("plans").map(open_plans).unwrap_or_default();
        let open = restricted.drafts.then(plans);
        let of_plan = |collection: &PublishedCollection| collection.declaration.field(PLAN).map(|(at, _)| at);
        let is_seen = |collection: &&PublishedCollection| {
            // How many rows of a user's own table are of drafts is known to nobody.
            let is_table = collection.remote.is_some() && collection.declaration.kind == Kind::Table;
            let of_drafts = open.is_some() && is_table && of_plan(collection).is_some();
            !restricted.has(&collection.declaration.id) && !of_drafts
        };
        let seen = full.collections.iter().filter(is_seen);
        let seen = seen.map(|collection| match (&open, of_plan(collection)) {
            (Some(open), Some(field)) if collection.remote.is_some() => {
                Ok(collection.showing(field, full.sight_of(open)))
            }
            (Some(open), _) => of_plans(collection, open),
            (None, _) => Ok(collection.clone()),
        });
        let collections = seen.collect::<Result<Vec<_>, StoreError>>()?;
        // Never the version of the full one, whatever is kept back: caches must not take one for the other.
        let salt = b"open".iter().copied().chain(full.version.to_le_bytes());
        let hashes = collections.iter().flat_map(|collection| collection.hash.to_le_bytes());
        Ok(Snapshot {
            version: xxh3_64(&salt.chain(hashes).collect::<Vec<u8>>()),
            collections,
            unserved: Arc::clone(&full.unserved),
            review: Arc::clone(&full.review),
            facts: Arc::clone(&full.facts),
            outcomes: full.outcomes.clone(),
            quarters: full.quarters.clone(),
            standards: Arc::clone(&full.standards),
            as_of: full.as_of,
            past: Past::default(),
            published_at: full.published_at,
            made_in: full.made_in,
            store_version: full.store_version,
            commit: full.commit,
            veil: Some(Veil { restricted: restricted.clone(), full: Arc::clone(full), open }),
        })
    }

    /// What is told of lots in the database to whoever sees these plans.
    fn sight_of(&self, open: &HashSet<String>) -> Sight {
        let (rows, extent) = self.outcomes.plans.lots(open.iter());
        Sight { texts: open.clone(), rows: rows as u64, extent }
    }

    /// Whether this is what is left for whoever has not shown who he is.
    pub fn is_open_view(&self) -> bool {
        self.veil.is_some()
    }

    /// Whether a collection is there and kept back.
    pub fn keeps_back(&self, collection: &str) -> bool {
        let is_there = self.veil.as_ref().is_some_and(|veil| veil.full.collection(collection).is_some());
        is_there && self.collection(collection).is_none()
    }

    /// Whether rows of plans that are drafts are kept back from a collection, be there any or not.
    pub fn keeps_drafts_of(&self, collection: &Collection) -> bool {
        self.veil.as_ref().is_some_and(|veil| veil.open.is_some()) && may_be_of_drafts(collection)
    }
}
