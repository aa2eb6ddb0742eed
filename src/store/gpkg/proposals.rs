//! Edits that wait for an approver, in a table that no GIS program shows.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::users::{instant, is_there};
use super::{StoreError, doing};
use crate::access::{Proposal, ProposalState, Proposed};
use crate::domain::schema::parse_instant;
use crate::store::{MAX_OPEN_PROPOSALS, MAX_PROPOSALS, too_many_open};

/// Made with the first proposal.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_proposals (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, why TEXT, edits TEXT NOT NULL,
    state TEXT NOT NULL, decided_by TEXT, decided_at TEXT, note TEXT)";

const COLUMNS: &str = "id, at, who, why, edits, state, decided_by, decided_at, note";

fn fail() -> impl FnOnce(rusqlite::Error) -> StoreError {
    doing("keeping a proposal")
}

/// Keeps a proposal, which is open then.
pub fn add(transaction: &Transaction<'_>, proposed: &Proposed) -> Result<i64, StoreError> {
    transaction.execute_batch(TABLE).map_err(fail())?;
    let open = "SELECT count(*) FROM langxanh_proposals WHERE who = ?1 AND state = 'open'";
    let open: i64 = transaction.query_row(open, [&proposed.who], |row| row.get(0)).map_err(fail())?;
    if open >= MAX_OPEN_PROPOSALS as i64 {
        return Err(too_many_open());
    }
    let add = "INSERT INTO langxanh_proposals (at, who, why, edits, state) VALUES (?1, ?2, ?3, ?4, 'open')";
    let values = params![instant(chrono::Utc::now()), proposed.who, proposed.why, proposed.edits];
    transaction.execute(add, values).map_err(fail())?;
    Ok(transaction.last_insert_rowid())
}

/// Decides an open proposal; false where there is none of the number that is still open.
pub fn decide(
    transaction: &Transaction<'_>,
    id: i64,
    state: ProposalState,
    by: &str,
    note: Option<&str>,
) -> Result<bool, StoreError> {
    transaction.execute_batch(TABLE).map_err(fail())?;
    let decide = "UPDATE langxanh_proposals SET state = ?2, decided_by = ?3, decided_at = ?4, note = ?5
        WHERE id = ?1 AND state = 'open'";
    let values = params![id, state.as_str(), by, instant(chrono::Utc::now()), note];
    Ok(transaction.execute(decide, values).map_err(fail())? > 0)
}

fn proposal(row: &Row<'_>) -> rusqlite::Result<Proposal> {
    let at = |text: String| parse_instant(&text).unwrap_or_default();
    Ok(Proposal {
        id: row.get(0)?,
        at: at(row.get(1)?),
        proposed: Proposed { who: row.get(2)?, why: row.get(3)?, edits: row.get(4)? },
        // What no program of ours has written is not open.
        state: ProposalState::parse(&row.get::<_, String>(5)?).unwrap_or(ProposalState::Rejected),
        decided_by: row.get(6)?,
        decided_at: row.get::<_, Option<String>>(7)?.map(at),
        note: row.get(8)?,
    })
}

/// The newest proposals, the newest first, in one state or in all.
pub fn list(connection: &Connection, state: Option<ProposalState>) -> Result<Vec<Proposal>, StoreError> {
    let fail = || doing("reading proposals");
    if !is_there(connection, "langxanh_proposals").map_err(fail())? {
        return Ok(Vec::new());
    }
    // A thousand batches would not fit into memory.
    let listed = COLUMNS.replace("edits", "''");
    let sql = format!(
        "SELECT {listed} FROM langxanh_proposals WHERE ?1 IS NULL OR state = ?1 ORDER BY id DESC LIMIT {MAX_PROPOSALS}"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
    let rows = statement.query_map([state.map(ProposalState::as_str)], proposal);
    rows.and_then(Iterator::collect).map_err(fail())
}

/// The proposal of a number.
pub fn find(connection: &Connection, id: i64) -> Result<Option<Proposal>, StoreError> {
    let fail = || doing("reading a proposal");
    if !is_there(connection, "langxanh_proposals").map_err(fail())? {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM langxanh_proposals WHERE id = ?1");
    connection.query_row(&sql, [id], proposal).optional().map_err(fail())
}
