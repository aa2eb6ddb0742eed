//! Edits that wait for an approver, in a table that no GIS program shows.

use chrono::Utc;

use super::record::written;
use super::session::{Found, Session, bound};
use crate::access::{Proposal, ProposalState, Proposed};
use crate::domain::schema::parse_instant;
use crate::store::{MAX_OPEN_PROPOSALS, MAX_PROPOSALS, StoreError, too_many_open};

/// Made with the first proposal.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_proposals (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, why TEXT, edits TEXT NOT NULL,
    state TEXT NOT NULL, decided_by TEXT, decided_at TEXT, note TEXT)";

const COLUMNS: &str = "id, at, who, why, edits, state, decided_by, decided_at, note";

const KEEPING: &str = "keeping a proposal";

/// Keeps a proposal, which is open then.
pub fn add(session: &dyn Session, proposed: &Proposed) -> Result<i64, StoreError> {
    session.make(KEEPING, TABLE)?;
    let open = "SELECT count(*) FROM langxanh_proposals WHERE who = ?1 AND state = 'open'";
    if session.number(KEEPING, open, bound![&proposed.who])? >= MAX_OPEN_PROPOSALS as i64 {
        return Err(too_many_open());
    }
    let add =
        "INSERT INTO langxanh_proposals (at, who, why, edits, state) VALUES (?1, ?2, ?3, ?4, 'open') RETURNING id";
    let now = written(Utc::now());
    session.number(KEEPING, add, bound![&now, &proposed.who, &proposed.why, &proposed.edits])
}

/// Decides an open proposal; false where there is none of the number that is still open.
pub fn decide(
    session: &dyn Session,
    id: i64,
    state: ProposalState,
    by: &str,
    note: Option<&str>,
) -> Result<bool, StoreError> {
    session.make(KEEPING, TABLE)?;
    let decide = "UPDATE langxanh_proposals SET state = ?2, decided_by = ?3, decided_at = ?4, note = ?5
        WHERE id = ?1 AND state = 'open'";
    let now = written(Utc::now());
    Ok(session.run(KEEPING, decide, bound![id, state.as_str(), by, &now, note])? > 0)
}

fn proposal(row: &Found<'_>) -> Result<Proposal, StoreError> {
    let at = |text: String| parse_instant(&text).unwrap_or_default();
    Ok(Proposal {
        id: row.get(0)?,
        at: at(row.get(1)?),
        proposed: Proposed { who: row.get(2)?, why: row.get(3)?, edits: row.get(4)? },
        // What no program of ours has written is not open.
        state: ProposalState::parse(&row.get::<String>(5)?).unwrap_or(ProposalState::Rejected),
        decided_by: row.get(6)?,
        decided_at: row.get::<Option<String>>(7)?.map(at),
        note: row.get(8)?,
    })
}

/// The newest proposals, the newest first, in one state or in all.
pub fn list(session: &dyn Session, state: Option<ProposalState>) -> Result<Vec<Proposal>, StoreError> {
    if !session.has_table("langxanh_proposals")? {
        return Ok(Vec::new());
    }
    // A thousand batches would not fit into memory.
    let listed = COLUMNS.replace("edits", "''");
    let sql = format!(
        "SELECT {listed} FROM langxanh_proposals WHERE CAST(?1 AS TEXT) IS NULL OR state = ?1
         ORDER BY id DESC LIMIT {MAX_PROPOSALS}"
    );
    session.all("reading proposals", &sql, bound![state.map(ProposalState::as_str)], proposal)
}

/// The proposal of a number.
pub fn find(session: &dyn Session, id: i64) -> Result<Option<Proposal>, StoreError> {
    if !session.has_table("langxanh_proposals")? {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM langxanh_proposals WHERE id = ?1");
    session.first("reading a proposal", &sql, bound![id], proposal)
}
