//! Quarters that are signed off: each sign-off and each reopening is a row that is never changed.

use rusqlite::{Connection, Transaction, params};

use super::record::written;
use super::{StoreError, doing};
use crate::domain::schema::parse_instant;
use crate::store::record::{Frozen, QuarterAct, QuarterStep};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_quarters (
    act_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, quarter TEXT NOT NULL, last_day TEXT NOT NULL, step TEXT NOT NULL,
    at TEXT NOT NULL, who TEXT NOT NULL, why TEXT, figures TEXT, sha256 TEXT)";

pub fn ensure(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch(TABLE).map_err(doing("preparing the sign-offs"))
}

/// Every sign-off and reopening, oldest first; `figures` is the SQL of what was signed.
fn read(connection: &Connection, figures: &str) -> Result<Vec<QuarterAct>, StoreError> {
    let fail = || doing("reading the sign-offs");
    let there = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'langxanh_quarters'";
    let there: i64 = connection.query_row(there, [], |row| row.get(0)).map_err(fail())?;
    if there == 0 {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT act_id, quarter, last_day, step, at, who, why, {figures}, sha256 FROM langxanh_quarters ORDER BY act_id"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
    let mut rows = statement.query([]).map_err(fail())?;
    let mut acts = Vec::new();
    while let Some(row) = rows.next().map_err(fail())? {
        let (last_day, step, at): (String, String, String) =
            (row.get(2).map_err(fail())?, row.get(3).map_err(fail())?, row.get(4).map_err(fail())?);
        let fault = |what: &str| StoreError::Schema(format!("langxanh_quarters holds {what}"));
        acts.push(QuarterAct {
            number: row.get(0).map_err(fail())?,
            quarter: row.get(1).map_err(fail())?,
            last_day: last_day.parse().map_err(|_| fault("a quarter without its last day"))?,
            step: if step == QuarterStep::SignedOff.as_str() { QuarterStep::SignedOff } else { QuarterStep::Reopened },
            at: parse_instant(&at).ok_or_else(|| fault("an act without a time"))?,
            who: row.get(5).map_err(fail())?,
            why: row.get(6).map_err(fail())?,
            figures: row.get(7).map_err(fail())?,
            sha256: row.get(8).map_err(fail())?,
        });
    }
    Ok(acts)
}

/// Every sign-off and reopening, oldest first.
pub fn acts(connection: &Connection) -> Result<Vec<QuarterAct>, StoreError> {
    read(connection, "figures")
}

/// What the sign-offs freeze.
pub fn frozen(connection: &Connection) -> Result<Frozen, StoreError> {
    Ok(Frozen::of(&read(connection, "NULL")?))
}

/// Keeps an act and gives its number.
pub fn keep(transaction: &Transaction<'_>, act: &QuarterAct) -> Result<i64, StoreError> {
    let sql = "INSERT INTO langxanh_quarters (quarter, last_day, step, at, who, why, figures, sha256)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let day = act.last_day.to_string();
    let bound =
        params![act.quarter, day, act.step.as_str(), written(act.at), act.who, act.why, act.figures, act.sha256];
    transaction.execute(sql, bound).map_err(doing("writing a sign-off"))?;
    Ok(transaction.last_insert_rowid())
}
