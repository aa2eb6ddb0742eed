//! How far housing keeps from a treatment station, by its kind and capacity: one line of `wwtp_safety_distance.csv`.

use std::ops::{Bound, RangeBounds};

use rust_decimal::Decimal;

use super::law::LegalBasis;
use super::site::TreatmentKind;
use super::standards::{contradiction, legal_basis, required};
use super::table::{Row, StandardsError};

/// The file it is read from.
pub(super) const FILE: &str = "wwtp_safety_distance.csv";

/// The distance for one kind of station in one class of capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetyDistance {
    /// How the station treats.
    pub kind: TreatmentKind,
    /// Capacities it holds for, m³ a day.
    pub capacity: (Bound<Decimal>, Bound<Decimal>),
    /// The distance, metres.
    pub metres: Decimal,
    /// Where it stands.
    pub basis: LegalBasis,
}

impl SafetyDistance {
    /// Whether it holds for a capacity, m³ a day.
    pub fn holds_for(&self, capacity: Decimal) -> bool {
        self.capacity.contains(&capacity)
    }
}

pub(super) fn parse(row: &Row<'_>) -> Result<SafetyDistance, StandardsError> {
    let bound = |included: &'static str, excluded: &'static str| match (row.decimal(included)?, row.decimal(excluded)?)
    {
        (Some(end), None) => Ok(Bound::Included(end)),
        (None, Some(end)) => Ok(Bound::Excluded(end)),
        (None, None) => Ok(Bound::Unbounded),
        (Some(_), Some(_)) => Err(row.fault(excluded, row.cell(excluded)?, "stands beside another end of the class")),
    };
    let kind = row.read("treatment_kind", "is no kind of treatment", TreatmentKind::parse)?;
    let metres = row.decimal("distance_m")?.filter(|metres| *metres > Decimal::ZERO);
    Ok(SafetyDistance {
        kind: required(row, "treatment_kind", kind)?,
        capacity: (bound("at_least_m3_day", "above_m3_day")?, bound("up_to_m3_day", "below_m3_day")?),
        metres: required(row, "distance_m", metres)?,
        basis: legal_basis(row)?,
    })
}

/// Refuses classes of one kind that leave a gap or overlap: each must begin where the one before it ends.
pub(super) fn check(rows: &[SafetyDistance]) -> Result<(), StandardsError> {
    let same = |a: &SafetyDistance, b: &SafetyDistance| a.kind == b.kind && a.basis.from == b.basis.from;
    let follows = |before: &SafetyDistance, next: &SafetyDistance| match (before.capacity.1, next.capacity.0) {
        (Bound::Included(end), Bound::Excluded(start)) | (Bound::Excluded(end), Bound::Included(start)) => end == start,
        _ => false,
    };
    for pair in rows.windows(2) {
        if let [before, next] = pair
            && same(before, next)
            && !follows(before, next)
        {
            let detail = format!("the classes of {} must follow each other without gap or overlap", next.kind.as_str());
            return Err(contradiction(FILE, detail));
        }
    }
    Ok(())
}
