//! The city's yearly plans and the duties they hand out, as data: `plan_targets.csv`, `duties.csv`.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::law::{LegalBasis, Text};
use super::standards::{legal_basis, required, text};
use super::table::{Row, StandardsError};
use super::words::words;

words! {
    /// A target of the city's plans.
    TargetCode {
        /// Infrastructure of operating clusters is complete.
        T1 = "T1",
        /// Construction is started.
        T2 = "T2",
        /// Clusters are founded or expanded.
        T3 = "T3",
        /// New clusters have a station that meets its standard.
        T4 = "T4",
        /// Operating clusters have a station that meets its standard.
        T5 = "T5",
    }
}

words! {
    /// What a plan counts.
    Measure {
        /// Operating clusters whose counted items are all complete.
        InfrastructureComplete = "infrastructure_complete",
        /// Clusters whose ground was broken in the year.
        GroundBroken = "ground_broken",
        /// Clusters whose infrastructure was completed in the year.
        ConstructionCompleted = "construction_completed",
        /// Clusters founded or expanded by a decision of the year.
        Decided = "decided",
        /// Clusters begun or completed in the year that have a complying station.
        StationOfNew = "station_of_new",
        /// Operating clusters that have a complying station.
        StationOfOperating = "station_of_operating",
    }
}

/// What one year's plan wants of one measure. What a plan does not state is `None`, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanTarget {
    /// The plan's year.
    pub year: i32,
    /// Its number, where known.
    pub number: Option<String>,
    /// Which target it is.
    pub code: TargetCode,
    /// What is counted.
    pub measure: Measure,
    /// The least that is wanted, in `unit`.
    pub min: Option<Decimal>,
    /// The most that was planned for, in `unit`.
    pub max: Option<Decimal>,
    /// `%` of the clusters concerned, or `count` of clusters.
    pub unit: String,
    /// Years in which the clusters concerned were founded, first and last.
    pub founded: (Option<i32>, Option<i32>),
    /// Years in which the clusters concerned were begun, first and last.
    pub started: (Option<i32>, Option<i32>),
    /// What a reader should know of the wording.
    pub note: Option<Text>,
    /// Where it stands.
    pub basis: LegalBasis,
}

/// Who has a duty during some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyLaw {
    /// `D1` to `D14`.
    pub code: String,
    /// What is to be done.
    pub title: Text,
    /// Who has to do it.
    pub actor: Text,
    /// Where it stands, and from when to when.
    pub basis: LegalBasis,
}

/// First and last day of a calendar year.
pub fn year_span(year: i32) -> Option<(NaiveDate, NaiveDate)> {
    NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31))
}

fn year(row: &Row<'_>, column: &'static str) -> Result<Option<i32>, StandardsError> {
    row.read(column, "is no year", |cell| cell.parse().ok().filter(|year| (1900..=9999).contains(year)))
}

/// A line of `plan_targets.csv`.
pub(super) fn plan_target(row: &Row<'_>) -> Result<PlanTarget, StandardsError> {
    let (min, max) = (row.decimal("min")?, row.decimal("max")?);
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(row.fault("max", row.cell("max")?, "is below min"));
    }
    let unit =
        row.read("unit", "is neither % nor count", |cell| ["%", "count"].contains(&cell).then_some(cell.to_owned()))?;
    let note = row.optional("note_vi")?.map(|_| text(row, "note_vi", "note_en")).transpose()?;
    Ok(PlanTarget {
        year: required(row, "plan_year", year(row, "plan_year")?)?,
        number: row.optional("plan_no")?,
        code: required(row, "target_code", row.read("target_code", "is no target", TargetCode::parse)?)?,
        measure: required(row, "kind", row.read("kind", "is no measure", Measure::parse)?)?,
        min,
        max,
        unit: required(row, "unit", unit)?,
        founded: (year(row, "founded_from")?, year(row, "founded_to")?),
        started: (year(row, "started_from")?, year(row, "started_to")?),
        note,
        basis: legal_basis(row)?,
    })
}

/// A line of `duties.csv`.
pub(super) fn duty(row: &Row<'_>) -> Result<DutyLaw, StandardsError> {
    Ok(DutyLaw {
        code: row.required("code")?,
        title: text(row, "title_vi", "title_en")?,
        actor: text(row, "actor_vi", "actor_en")?,
        basis: legal_basis(row)?,
    })
}
