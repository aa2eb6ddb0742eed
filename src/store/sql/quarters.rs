//! Quarters that are signed off: each sign-off and each reopening is a row that is never changed.

use super::record::written;
use super::session::{Session, bound};
use crate::domain::schema::parse_instant;
use crate::store::StoreError;
use crate::store::record::{Frozen, QuarterAct, QuarterStep};

pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_quarters (
    act_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, quarter TEXT NOT NULL, last_day TEXT NOT NULL, step TEXT NOT NULL,
    at TEXT NOT NULL, who TEXT NOT NULL, why TEXT, figures TEXT, sha256 TEXT)";

/// Every sign-off and reopening, oldest first; `figures` is the SQL of what was signed.
fn read(session: &dyn Session, figures: &str) -> Result<Vec<QuarterAct>, StoreError> {
    if !session.has_table("langxanh_quarters")? {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT act_id, quarter, last_day, step, at, who, why, {figures}, sha256 FROM langxanh_quarters ORDER BY act_id"
    );
    session.all("reading the sign-offs", &sql, &[], |row| {
        let (last_day, step, at): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let fault = |what: &str| StoreError::Schema(format!("langxanh_quarters holds {what}"));
        Ok(QuarterAct {
            number: row.get(0)?,
            quarter: row.get(1)?,
            last_day: last_day.parse().map_err(|_| fault("a quarter without its last day"))?,
            step: if step == QuarterStep::SignedOff.as_str() { QuarterStep::SignedOff } else { QuarterStep::Reopened },
            at: parse_instant(&at).ok_or_else(|| fault("an act without a time"))?,
            who: row.get(5)?,
            why: row.get(6)?,
            figures: row.get(7)?,
            sha256: row.get(8)?,
        })
    })
}

/// Every sign-off and reopening, oldest first.
pub fn acts(session: &dyn Session) -> Result<Vec<QuarterAct>, StoreError> {
    read(session, "figures")
}

/// What the sign-offs freeze.
pub fn frozen(session: &dyn Session) -> Result<Frozen, StoreError> {
    Ok(Frozen::of(&read(session, "CAST(NULL AS TEXT)")?))
}

/// Keeps an act and gives its number.
pub fn keep(session: &dyn Session, act: &QuarterAct) -> Result<i64, StoreError> {
    let sql = "INSERT INTO langxanh_quarters (quarter, last_day, step, at, who, why, figures, sha256)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING act_id";
    let (day, at) = (act.last_day.to_string(), written(act.at));
    let bound = bound![&act.quarter, &day, act.step.as_str(), &at, &act.who, &act.why, &act.figures, &act.sha256];
    session.number("writing a sign-off", sql, bound)
}
