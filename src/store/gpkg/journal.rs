//! The journal of a store: which rows were touched, by whatever program, kept by triggers of its tables.
//!
//! It says nothing of what changed and is no history: only the newest entries stay, for whoever has read the store before.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::schema::Table;
use super::{StoreError, doing, foreign, quoted};
use crate::store::{MAX_TOUCHED, Mark};

/// Makes the table that the triggers write to.
pub const TABLE: &str = "CREATE TABLE langxanh_touched (
    seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, collection TEXT NOT NULL, fid INTEGER NOT NULL)";

/// An SQL string: triggers cannot have bound values.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

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
fn present(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'langxanh_*'";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Makes what is missing of the triggers, those of the history too, or not as it should be, in the transaction of a
/// change: a store of the first version has no journal, and other programs add and rebuild tables.
pub fn ensure(transaction: &Transaction<'_>, tables: &[Table]) -> Result<(), StoreError> {
    let fail = || doing("preparing the journal of the store");
    if newest(transaction)?.is_none() {
        transaction.execute_batch(TABLE).map_err(fail())?;
    }
    let present = present(transaction).map_err(fail())?;
    for (name, text) in tables.iter().flat_map(|table| triggers(table).into_iter().chain(foreign::triggers(table))) {
        if present.get(&name) == Some(&text) {
            continue;
        }
        let remove = format!("DROP TRIGGER IF EXISTS {}", quoted(&name));
        transaction.execute_batch(&format!("{remove}; {text}")).map_err(fail())?;
    }
    Ok(())
}

/// Forgets all but the newest entries.
pub fn trim(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = "DELETE FROM langxanh_touched WHERE seq <= (SELECT max(seq) FROM langxanh_touched) - ?1";
    transaction.execute(sql, [MAX_TOUCHED as i64]).map_err(doing("trimming the journal of the store"))?;
    Ok(())
}

/// Number of the newest entry that there ever was; `None` where there is no journal.
fn newest(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let fail = || doing("reading the journal of the store");
    let there = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'langxanh_touched'";
    let there: i64 = connection.query_row(there, [], |row| row.get(0)).map_err(fail())?;
    if there == 0 {
        return Ok(None);
    }
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'langxanh_touched'";
    let newest: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).optional().map_err(fail())?;
    Ok(Some(newest.unwrap_or(0)))
}

fn schema(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .query_row("PRAGMA schema_version", [], |row| row.get(0))
        .map_err(doing("asking for the version of the schema"))
}

/// The mark of the state that a transaction sees; `None` when a table can change unseen.
pub fn mark(connection: &Connection, tables: &[Table]) -> Result<Option<Mark>, StoreError> {
    let Some(newest) = newest(connection)? else { return Ok(None) };
    let present = present(connection).map_err(doing("reading the journal of the store"))?;
    let is_watched = |table: &Table| {
        let wanted = triggers(table);
        !wanted.is_empty() && wanted.iter().all(|(name, text)| present.get(name) == Some(text))
    };
    let watched = tables.iter().all(is_watched);
    Ok(if watched { Some(Mark { schema: schema(connection)?, newest }) } else { None })
}

/// Rows by table and number.
pub type RowSet = BTreeSet<(String, i64)>;

/// The rows that were touched since a mark, and the mark of the state that the transaction sees.
pub fn since(connection: &Connection, mark: &Mark) -> Result<Option<(Mark, RowSet)>, StoreError> {
    let fail = || doing("reading the journal of the store");
    let Some(newest) = newest(connection)? else { return Ok(None) };
    let now = Mark { schema: schema(connection)?, newest };
    let behind = now.newest - mark.newest;
    if now.schema != mark.schema || !(0..=MAX_TOUCHED as i64).contains(&behind) {
        return Ok(None);
    }
    let sql = "SELECT collection, fid FROM langxanh_touched WHERE seq > ?1";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let entries = statement.query_map([mark.newest], |row| Ok((row.get(0)?, row.get(1)?)));
    let entries: Vec<(String, i64)> = entries.and_then(Iterator::collect).map_err(fail())?;
    // Entries are numbered without a gap, so one that is not there has been forgotten.
    Ok((entries.len() as i64 == behind).then(|| (now, entries.into_iter().collect())))
}
