//! What officials made of the violations that reviews of plans propose: accepted, as a row of `violations`, or dismissed. Both
//! stand in the register `plan_decisions`, so that their history is kept like any other.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Snapshot;
use super::derived::Derived;
use super::facts::Reader;
use super::plans::ReviewedPlan;
use crate::compliance::LegalBasis;
use crate::domain::{Collection, FeatureId, Value, catalog};
use crate::geom::Shape;
use crate::plan::{PlanReview, facts_mark};
use crate::store::{Draft, Edit, Edited, Origin, Row, Store, StoreError};

/// A decision on a proposed violation.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub is_accepted: bool,
    pub who: Option<String>,
    pub on: Option<NaiveDate>,
    pub note: Option<String>,
    /// The row of `violations` that it made.
    pub violation: Option<String>,
    /// The mark of the facts on which it rests.
    facts: Option<String>,
}

/// How a proposed violation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Nobody has decided.
    Open,
    Accepted(Decision),
    Dismissed(Decision),
    /// It was dismissed, and its facts have changed since: to be decided anew.
    Changed(Decision),
}

impl Standing {
    /// The word used on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Accepted(_) => "accepted",
            Standing::Dismissed(_) => "dismissed",
            Standing::Changed(_) => "changed",
        }
    }

    /// The last decision on it.
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Standing::Open => None,
            Standing::Accepted(decision) | Standing::Dismissed(decision) | Standing::Changed(decision) => {
                Some(decision)
            }
        }
    }

    /// Whether it waits for a decision.
    pub fn is_open(&self) -> bool {
        matches!(self, Standing::Open | Standing::Changed(_))
    }
}

/// What was decided on findings by their numbers: `accepted` or `dismissed`, where nothing that is proposed of one is open.
pub fn decided(review: &PlanReview, standings: &[Standing]) -> BTreeMap<usize, &'static str> {
    let mut found: BTreeMap<usize, Option<&'static str>> = BTreeMap::new();
    for (proposed, standing) in review.proposed_violations.iter().zip(standings) {
        let word = (!standing.is_open()).then(|| standing.as_str());
        let of_finding = found.entry(proposed.finding).or_insert(word);
        *of_finding = match (*of_finding, word) {
            (Some(one), Some(other)) => Some(if one == other { one } else { "accepted" }),
            _ => None,
        };
    }
    found.into_iter().filter_map(|(number, word)| Some((number, word?))).collect()
}

fn decision(declared: &Collection, row: &Row) -> Decision {
    let reader = Reader::new(declared);
    let record = reader.record(row);
    Decision {
        is_accepted: record.text("decision") == Some("accepted"),
        who: record.owned("decided_by"),
        on: record.date("decided_on"),
        note: record.owned("note"),
        violation: record.owned("violation_id"),
        facts: record.owned("facts_mark"),
    }
}

/// How a proposal with these facts stands after a decision; `has_violation` tells whether the violation is still on record.
fn standing(decision: Option<Decision>, mark: &str, has_violation: impl Fn(&str) -> bool) -> Standing {
    match decision {
        None => Standing::Open,
        Some(decision) if decision.is_accepted => {
            // Whoever deletes the violation opens the proposal again.
            match decision.violation.as_deref().is_some_and(has_violation) {
                true => Standing::Accepted(decision),
                false => Standing::Open,
            }
        }
        Some(decision) if decision.facts.as_deref() == Some(mark) => Standing::Dismissed(decision),
        Some(decision) => Standing::Changed(decision),
    }
}

impl Snapshot {
    /// How each proposed violation of a reviewed plan stands now, in their order.
    pub fn standings(&self, reviewed: &ReviewedPlan) -> Vec<Standing> {
        let decided = self.collection(DECISIONS);
        let violations = self.collection(VIOLATIONS);
        let has_violation = |id: &str| {
            let found = FeatureId::parse(id).ok().and_then(|id| violations?.find(&id));
            found.is_some()
        };
        let proposed = reviewed.review.proposed_violations.iter();
        let of = |proposed: &crate::plan::ProposedViolation| {
            let row = FeatureId::parse(&proposed.id).ok().and_then(|id| {
                let decided = decided?;
                Some((&decided.declaration, decided.row(decided.find(&id)?)?))
            });
            let decision = row.map(|(declared, row)| decision(declared, &row));
            standing(decision, &facts_mark(&reviewed.review, proposed), has_violation)
        };
        proposed.map(of).collect()
    }
}

const DECISIONS: &str = "plan_decisions";
const VIOLATIONS: &str = "violations";

/// A decision to be written.
pub struct Ruling<'a> {
    pub reviewed: &'a ReviewedPlan,
    /// Position of the proposed violation.
    pub at: usize,
    pub is_accepted: bool,
    pub who: &'a str,
    pub note: Option<&'a str>,
    /// The day it is in Hanoi.
    pub on: NaiveDate,
}

/// Why a decision is not written.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    #[error("không có vi phạm đề xuất này / there is no such proposed violation")]
    NoProposal,
    /// It was accepted already.
    #[error("đã được chấp nhận trước đó: vi phạm là '{0}' / it was accepted before: its violation is '{0}'")]
    Accepted(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rows that a decision writes: the decision itself, and the violation of an accepted one.
pub struct Rows {
    pub decision: (&'static Collection, Draft),
    pub violation: Option<(&'static Collection, Draft)>,
}

fn draft(collection: &Collection, id: &FeatureId, values: Vec<(&'static str, Value)>, shape: Option<Shape>) -> Draft {
    let Derived { id, values, shape } = Derived::new(collection, id.clone(), values, shape);
    Draft { id: Some(id), values, shape }
}

impl Ruling<'_> {
    /// The rows that it writes.
    ///
    /// # Errors
    /// Where there is no such proposal.
    pub fn rows(&self) -> Result<Rows, DecisionError> {
        let (plan, review) = (&self.reviewed.plan, &self.reviewed.review);
        let missing = || DecisionError::NoProposal;
        let proposed = review.proposed_violations.get(self.at).ok_or_else(missing)?;
        let finding = proposed.finding.checked_sub(1).and_then(|at| review.findings.get(at)).ok_or_else(missing)?;
        let finding_id = review.finding_ids().into_iter().nth(proposed.finding - 1).ok_or_else(missing)?;
        let id = FeatureId::parse(&proposed.id).map_err(|error| StoreError::Stopped(error.to_string()))?;
        let declared = |id: &str| catalog::collection(id).ok_or_else(|| StoreError::NoCollection(id.to_owned()));
        let (decisions, violations) = (declared(DECISIONS)?, declared(VIOLATIONS)?);
        let building = || proposed.building.clone().map_or(Value::Null, Value::from);
        let source = || Value::from(format!("Thẩm tra đồ án {} ({})", plan.row.id, finding_id));
        let site = plan.site.collection.map_or(Value::Null, |collection| collection.as_str().into());
        let violation = self.is_accepted.then(|| {
            let law: Vec<String> = finding.law.iter().map(LegalBasis::citation).collect();
            let values = vec![
                ("site_collection", site),
                ("site_id", plan.site.id.as_str().into()),
                ("violation_kind", proposed.violation_kind.into()),
                ("status", "detected".into()),
                ("opened_on", self.on.into()),
                ("legal_basis", format!("{}: {}", finding.rule, law.join("; ")).into()),
                ("found_by", self.who.into()),
                ("evidence", finding.message.vi.as_str().into()),
                ("plan_id", plan.row.id.as_str().into()),
                ("finding_id", finding_id.as_str().into()),
                ("building_id", building()),
                ("position_precision_m", plan.precision_m.into()),
                ("source", source()),
                ("source_date", self.on.into()),
                ("is_demo", review.is_demo.into()),
            ];
            let place = self.reviewed.proposed.get(self.at).cloned().flatten();
            (violations, draft(violations, &id, values, place.map(Shape::flat)))
        });
        let values = vec![
            ("plan_id", plan.row.id.as_str().into()),
            ("finding_id", finding_id.as_str().into()),
            ("decision", if self.is_accepted { "accepted" } else { "dismissed" }.into()),
            ("rule_id", finding.rule.into()),
            ("building_id", building()),
            ("violation_id", violation.as_ref().map_or(Value::Null, |_| id.as_str().into())),
            ("note", self.note.map_or(Value::Null, Value::from)),
            ("decided_by", self.who.into()),
            ("decided_on", self.on.into()),
            ("facts_mark", facts_mark(review, proposed).into()),
            ("source", source()),
            ("source_date", self.on.into()),
            ("is_demo", review.is_demo.into()),
        ];
        Ok(Rows { decision: (decisions, draft(decisions, &id, values, None)), violation })
    }

    /// How the proposal stands in the store, whatever a snapshot of before says.
    fn standing(&self, store: &dyn Store, rows: &Rows) -> Result<Standing, DecisionError> {
        let (declared, draft) = &rows.decision;
        let Some(id) = &draft.id else { return Ok(Standing::Open) };
        let row = store.find(declared, id)?;
        let violations = catalog::collection(VIOLATIONS);
        let mark = self.reviewed.review.proposed_violations.get(self.at);
        let mark = mark.map(|proposed| facts_mark(&self.reviewed.review, proposed)).unwrap_or_default();
        let mut failed = None;
        let has_violation = |id: &str| match violations.zip(FeatureId::parse(id).ok()) {
            Some((violations, id)) => store.find(violations, &id).map(|row| row.is_some()),
            None => Ok(false),
        };
        let known = row.map(|row| decision(declared, &row));
        let is_there = known.as_ref().and_then(|known| known.violation.as_deref()).map(has_violation);
        let is_there = is_there.unwrap_or(Ok(false)).unwrap_or_else(|error| {
            failed = Some(error);
            false
        });
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(standing(known, &mark, |_| is_there)),
        }
    }

    /// Writes it: both rows or none, each with its history. A proposal that was accepted stays so until its violation is deleted.
    ///
    /// # Errors
    /// Why nothing was written.
    pub fn write(&self, store: &dyn Store) -> Result<Vec<Edited>, DecisionError> {
        let rows = self.rows()?;
        if let Standing::Accepted(decision) = self.standing(store, &rows)? {
            return Err(DecisionError::Accepted(decision.violation.unwrap_or_default()));
        }
        let plan = &self.reviewed.plan.row.id;
        let what = format!("{} a proposed violation of {plan}", if self.is_accepted { "accept" } else { "dismiss" });
        let origin = Origin { who: self.who.to_owned(), what, why: self.note.map(str::to_owned) };
        let drafts: Vec<(&Collection, Draft)> = rows.violation.into_iter().chain([rows.decision]).collect();
        let mut makes: Vec<_> =
            drafts.iter().map(|(_, draft)| move |_: Option<&Row>| Ok(Some(draft.clone()))).collect();
        let edits = drafts.iter().zip(&mut makes).map(|((collection, draft), make)| Edit {
            collection,
            id: draft.id.clone(),
            make,
        });
        Ok(store.edit(edits.collect(), &origin)?)
    }
}
