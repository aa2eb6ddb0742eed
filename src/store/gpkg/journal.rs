//! The journal of a store: which rows were touched, by whatever program, kept by triggers of its tables.
//!
//! It says nothing of what changed and is no history: only the newest entries stay, for whoever has read the store before.

use std::collections::BTreeMap;

use super::{StoreError, foreign};
use crate::store::sql::RowSet;
use crate::store::sql::session::{NEXT, Session, bound};
use crate::store::sql::table::{Table, literal, quoted};
use crate::store::{MAX_TOUCHED, Mark};

/// Makes the table that the triggers write to.
pub const TABLE: &str = "CREATE TABLE langxanh_touched (
    seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, collection TEXT NOT NULL, fid INTEGER NOT NULL)";

/// Name and text of the triggers of a table; none for a view, whose rows have no number.
fn triggers(table: &Table) -> Vec<(String, String)> {
    let Some(fid) = table.fid_column.as_deref().map(quoted) else { return Vec::new() };
    let (on, name) = (quoted(&table.name), literal(&table.name));
    let add = "INSERT INTO langxanh_touched (collection, fid)";
    let trigger = |suffix: &str, event: &str, body: String| {
        let called = format!("langxanh_touched_{}_{suffix}", table.name);
        let text = format!("CREATE TRIGGER {} {event} ON {on} BEGIN {body} END", quoted(&called));
        (called, text)
    };
    let moved = format!("{add} SELECT {name}, NEW.{fid} WHERE NEW.{fid} IS NOT OLD.{fid};");
    let mut all = vec![
        trigger("insert", "AFTER INSERT", format!("{add} VALUES ({name}, NEW.{fid});")),
        trigger("update", "AFTER UPDATE", format!("{add} VALUES ({name}, OLD.{fid}); {moved}")),
        trigger("delete", "AFTER DELETE", format!("{add} VALUES ({name}, OLD.{fid});")),
    ];
    if let Some(id) = table.id_column.as_deref().map(quoted) {
        // INSERT OR REPLACE removes the row that holds the id without any trigger of deletion.
        let holder = format!("{add} SELECT {name}, {fid} FROM {on} WHERE {id} = NEW.{id};");
        all.push(trigger("replace", "BEFORE INSERT", holder.clone()));
        all.push(trigger("rename", &format!("BEFORE UPDATE OF {id}"), holder));
    }
    all
}

/// The triggers that are there: name and text.
fn present(session: &dyn Session) -> Result<BTreeMap<String, String>, StoreError> {
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'langxanh_*'";
    let mut present = BTreeMap::new();
    session.visit(READING, sql, &[], &mut |row| {
        present.insert(row.get(0)?, row.get(1)?);
        NEXT
    })?;
    Ok(present)
}

/// Makes what is missing of the triggers, those of the history too, or not as it should be, in the transaction of a
/// change: a store of the first version has no journal, and other programs add and rebuild tables.
pub fn ensure(session: &dyn Session, tables: &[Table]) -> Result<(), StoreError> {
    const PREPARING: &str = "preparing the journal of the store";
    if newest(session)?.is_none() {
        session.make(PREPARING, TABLE)?;
    }
    let present = present(session)?;
    for (name, text) in tables.iter().flat_map(|table| triggers(table).into_iter().chain(foreign::triggers(table))) {
        if present.get(&name) == Some(&text) {
            continue;
        }
        let remove = format!("DROP TRIGGER IF EXISTS {}", quoted(&name));
        session.make(PREPARING, &format!("{remove}; {text}"))?;
    }
    Ok(())
}

/// Forgets all but the newest entries.
pub fn trim(session: &dyn Session) -> Result<(), StoreError> {
    let sql = "DELETE FROM langxanh_touched WHERE seq <= (SELECT max(seq) FROM langxanh_touched) - ?1";
    session.run("trimming the journal of the store", sql, bound![MAX_TOUCHED as i64]).map(|_| ())
}

const READING: &str = "reading the journal of the store";

/// Number of the newest entry that there ever was; `None` where there is no journal.
fn newest(session: &dyn Session) -> Result<Option<i64>, StoreError> {
    if !session.has_table("langxanh_touched")? {
        return Ok(None);
    }
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'langxanh_touched'";
    session.number(READING, sql, &[]).map(Some)
}

fn schema(session: &dyn Session) -> Result<i64, StoreError> {
    session.number("asking for the version of the schema", "PRAGMA schema_version", &[])
}

/// The mark of the state that a transaction sees; `None` when a table can change unseen.
pub fn mark(session: &dyn Session, tables: &[Table]) -> Result<Option<Mark>, StoreError> {
    let Some(newest) = newest(session)? else { return Ok(None) };
    let present = present(session)?;
    let is_watched = |table: &Table| {
        let wanted = triggers(table);
        !wanted.is_empty() && wanted.iter().all(|(name, text)| present.get(name) == Some(text))
    };
    let watched = tables.iter().all(is_watched);
    Ok(if watched { Some(Mark { schema: schema(session)?, newest }) } else { None })
}

/// The rows that were touched since a mark, and the mark of the state that the transaction sees.
pub fn since(session: &dyn Session, mark: &Mark) -> Result<Option<(Mark, RowSet)>, StoreError> {
    let Some(newest) = newest(session)? else { return Ok(None) };
    let now = Mark { schema: schema(session)?, newest };
    let behind = now.newest - mark.newest;
    if now.schema != mark.schema || !(0..=MAX_TOUCHED as i64).contains(&behind) {
        return Ok(None);
    }
    let sql = "SELECT collection, fid FROM langxanh_touched WHERE seq > ?1";
    let entries = session.all(READING, sql, bound![mark.newest], |row| Ok((row.get::<String>(0)?, row.get(1)?)))?;
    // Entries are numbered without a gap, so one that is not there has been forgotten.
    Ok((entries.len() as i64 == behind).then(|| (now, entries.into_iter().collect())))
}
