//! What the law of 1/500 plans holds besides rules and numbers: set-backs from the red line, and who approves.

use rust_decimal::Decimal;

use super::law::LegalBasis;
use super::standards::{contradiction, legal_basis, required};
use super::table::{Row, StandardsError};
use super::words::words;

/// The files it is read from.
pub(super) const RULES: &str = "plan_rules.csv";
pub(super) const BASES: &str = "plan_rule_bases.csv";
pub(super) const LIMITS: &str = "plan_limits.csv";
pub(super) const SETBACKS: &str = "plan_setbacks.csv";
pub(super) const AUTHORITIES: &str = "plan_authorities.csv";

/// The set-back of buildings of one class of height along roads of one class of width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setback {
    /// Widths of the road, metres: from the first on, below the second; open where `None`.
    pub road_m: [Option<Decimal>; 2],
    /// Heights of the building, in the same way.
    pub height_m: [Option<Decimal>; 2],
    /// The set-back from the red line, metres.
    pub metres: Decimal,
    /// Where it stands.
    pub basis: LegalBasis,
}

impl Setback {
    /// Whether it holds for a road and a building.
    pub fn holds_for(&self, road_m: Decimal, height_m: Decimal) -> bool {
        let within = |[from, below]: [Option<Decimal>; 2], value: Decimal| {
            from.is_none_or(|from| value >= from) && below.is_none_or(|below| value < below)
        };
        within(self.road_m, road_m) && within(self.height_m, height_m)
    }
}

words! {
    /// The level of government that approves a plan.
    AuthorityLevel {
        /// Districts, which ended on 30 June 2025.
        District = "district",
        /// Communes and wards.
        Commune = "commune",
        /// The city and its departments.
        City = "city",
    }
}

/// Who may approve a 1/500 plan of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanAuthority {
    /// The level.
    pub level: AuthorityLevel,
    /// Where that stands and when it held.
    pub basis: LegalBasis,
}

pub(super) fn setback(row: &Row<'_>) -> Result<Setback, StandardsError> {
    let metres = row.decimal("setback_m")?.filter(|metres| *metres >= Decimal::ZERO);
    Ok(Setback {
        road_m: [row.decimal("road_from_m")?, row.decimal("road_below_m")?],
        height_m: [row.decimal("height_from_m")?, row.decimal("height_below_m")?],
        metres: required(row, "setback_m", metres)?,
        basis: legal_basis(row)?,
    })
}

pub(super) fn authority(row: &Row<'_>) -> Result<PlanAuthority, StandardsError> {
    let level = row.read("level", "is no level of government", AuthorityLevel::parse)?;
    Ok(PlanAuthority { level: required(row, "level", level)?, basis: legal_basis(row)? })
}

/// Refuses a table that gives a building on a road two set-backs or none.
pub(super) fn check_setbacks(rows: &[Setback]) -> Result<(), StandardsError> {
    let starts = |of: fn(&Setback) -> [Option<Decimal>; 2]| rows.iter().map(move |row| of(row)[0].unwrap_or_default());
    for road in starts(|row| row.road_m) {
        for height in starts(|row| row.height_m) {
            if rows.iter().filter(|row| row.holds_for(road, height)).count() != 1 {
                let detail = format!("not one set-back holds for a road of {road} m and a height of {height} m");
                return Err(contradiction(SETBACKS, detail));
            }
        }
    }
    Ok(())
}
