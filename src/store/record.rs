//! What a store says of its own past: changes with their rows on both sides, quarters that are signed off, and the chain
//! that seals all of it.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Operation, Origin, StoreError};
use crate::domain::frozen::speaks_of;
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::Shape;

/// A row at one moment: its values in the order of the stored fields, its place in the storage CRS.
pub type Image = (Vec<Value>, Option<Shape>);

/// All that one transaction wrote, of whatever collections.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRecord {
    /// Ascending, never reused.
    pub id: i64,
    pub at: DateTime<Utc>,
    pub origin: Origin,
    /// What was done to each collection, in the order in which it was written.
    pub parts: Vec<ChangePart>,
}

/// What a change did to one collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePart {
    pub collection: String,
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
}

/// Which changes are asked for.
#[derive(Debug, Clone, Default)]
pub struct ChangeFilter {
    /// Those that wrote to this collection.
    pub collection: Option<String>,
    pub who: Option<String>,
    /// Not earlier.
    pub since: Option<DateTime<Utc>>,
    /// Earlier.
    pub until: Option<DateTime<Utc>>,
    /// With a smaller id: the last one of the page before.
    pub before: Option<i64>,
    /// With a greater id, and then the oldest first.
    pub behind: Option<i64>,
    pub limit: usize,
}

/// One row on both sides of one change.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in the history of the store, ascending.
    pub number: i64,
    /// The change it belongs to.
    pub change: i64,
    pub at: DateTime<Utc>,
    pub origin: Origin,
    pub collection: String,
    pub id: FeatureId,
    pub operation: Operation,
    /// The row as it was before; `None` for an insert, and where its table is not there any more.
    pub before: Option<Image>,
    /// The row as it was after it; `None` for a deletion, and where its table is not there any more.
    pub after: Option<Image>,
    /// Whether the row is now as it was after it.
    pub stands: bool,
}

/// What happened to a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarterStep {
    SignedOff,
    Reopened,
}

impl QuarterStep {
    pub fn as_str(self) -> &'static str {
        match self {
            QuarterStep::SignedOff => "sign-off",
            QuarterStep::Reopened => "reopening",
        }
    }
}

/// A sign-off or a reopening of a quarter, kept for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarterAct {
    pub number: i64,
    /// As `2026-Q3`.
    pub quarter: String,
    pub last_day: NaiveDate,
    pub step: QuarterStep,
    pub at: DateTime<Utc>,
    pub who: String,
    pub why: Option<String>,
    /// The figures that were signed, as JSON; `None` for a reopening.
    pub figures: Option<String>,
    /// SHA-256 of the figures, 64 hexadecimal digits.
    pub sha256: Option<String>,
}

/// The sign-offs that hold: the newest act of each quarter, where that is one. In ascending order of their days.
pub fn sign_offs(acts: &[QuarterAct]) -> Vec<&QuarterAct> {
    let newest = |act: &QuarterAct| !acts.iter().any(|other| other.quarter == act.quarter && other.number > act.number);
    let mut held: Vec<_> = acts.iter().filter(|act| act.step == QuarterStep::SignedOff && newest(act)).collect();
    held.sort_by_key(|act| act.last_day);
    held
}

/// A sign-off as refusals name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    pub quarter: String,
    pub last_day: NaiveDate,
    pub at: DateTime<Utc>,
    pub who: String,
}

/// What the sign-offs that hold freeze.
#[derive(Debug, Clone, Default)]
pub struct Frozen(Vec<SignOff>);

impl Frozen {
    pub fn of(acts: &[QuarterAct]) -> Frozen {
        let sign_off = |act: &QuarterAct| SignOff {
            quarter: act.quarter.clone(),
            last_day: act.last_day,
            at: act.at,
            who: act.who.clone(),
        };
        Frozen(sign_offs(acts).into_iter().map(sign_off).collect())
    }

    /// Refuses a change of a row that speaks of a signed time.
    ///
    /// # Errors
    /// [`StoreError::Frozen`] with the sign-off and the field at fault.
    pub fn check(
        &self,
        collection: &Collection,
        id: &FeatureId,
        before: Option<&[Value]>,
        after: Option<&[Value]>,
    ) -> Result<(), StoreError> {
        let Some(last) = self.0.last() else { return Ok(()) };
        let Some((field, day)) = speaks_of(collection, before, after, last.last_day) else { return Ok(()) };
        let sign_off = self.0.iter().find(|sign_off| sign_off.last_day >= day).unwrap_or(last);
        Err(StoreError::Frozen {
            collection: collection.id.clone(),
            id: id.to_string(),
            field,
            day,
            sign_off: Box::new(sign_off.clone()),
        })
    }
}

/// Whether an act may follow the acts before it: a quarter is signed off once, and only the newest that is signed is
/// reopened, because a later one holds the earlier ones too.
///
/// # Errors
/// [`StoreError::Quarter`] with a sentence.
pub fn may_follow(acts: &[QuarterAct], act: &QuarterAct) -> Result<(), StoreError> {
    let held = sign_offs(acts);
    let of_quarter = held.iter().find(|held| held.quarter == act.quarter);
    let quarter = &act.quarter;
    match (act.step, of_quarter) {
        (QuarterStep::SignedOff, Some(known)) => {
            let (who, at) = (&known.who, known.at.format("%Y-%m-%d %H:%M UTC"));
            Err(StoreError::Quarter(format!(
                "{quarter} đã được {who} ký ngày {at} / {quarter} was signed off by {who} on {at} already"
            )))
        }
        (QuarterStep::Reopened, None) => {
            Err(StoreError::Quarter(format!("{quarter} chưa được ký / {quarter} is not signed off")))
        }
        (QuarterStep::Reopened, Some(known)) => match held.iter().find(|held| held.last_day > known.last_day) {
            Some(later) => {
                let later = &later.quarter;
                Err(StoreError::Quarter(format!(
                    "{later} cũng đã ký và chứa {quarter}: hãy mở lại {later} trước / {later} is signed off too and holds {quarter}: reopen {later} first"
                )))
            }
            None => Ok(()),
        },
        (QuarterStep::SignedOff, None) => Ok(()),
    }
}

/// How far the chain has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// Links of the chain; 0 where there is none yet.
    pub seq: i64,
    /// Hash of the last link.
    pub hash: String,
    /// Changes that no link seals yet.
    pub pending: u64,
}

/// What a verification of the chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub head: ChainHead,
    /// Rows of registers whose newest sealed state was compared with the row.
    pub rows: u64,
    /// What does not agree, a sentence each; the first hundred of them.
    pub faults: Vec<String>,
    /// Faults beyond those.
    pub more_faults: u64,
    /// What is no fault and worth knowing.
    pub notes: Vec<String>,
}
