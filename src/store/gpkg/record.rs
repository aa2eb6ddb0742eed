//! The past of a store as it is asked for: changes, their rows on both sides, versions of a feature, a register as it was
//! recorded at some moment.
//!
//! The history keeps each row as it was before a change. What it was after one is what it was before the next, or the row
//! as it stands: one look into an index for each entry, however long the history is.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::rows;
use super::schema::Table;
use super::{StoreError, chain, doing, foreign, quarters};
use crate::domain::FeatureId;
use crate::domain::schema::parse_instant;
use crate::store::record::{ChangeFilter, ChangePart, ChangeRecord, Entry, Image};
use crate::store::{Origin, Row};

const INDEXES: &str = "CREATE INDEX IF NOT EXISTS langxanh_history_by_change ON langxanh_history (change_id);
    CREATE INDEX IF NOT EXISTS langxanh_changes_batch ON langxanh_changes (batch) WHERE batch IS NOT NULL;";

/// Makes what keeping and reading the past needs. Stores of before get it with their first change.
pub fn ensure(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    if chain::is_there(transaction)? {
        return Ok(());
    }
    transaction.execute_batch(INDEXES).map_err(doing("preparing the history"))?;
    foreign::ensure(transaction)?;
    quarters::ensure(transaction)?;
    chain::ensure(transaction)
}

/// Says of everything that this transaction wrote that it is one change, made when it is through: whoever asked for an earlier
/// moment has not seen it. What was there before is sealed.
pub fn close_batch(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sealed = chain::last_sealed(transaction, "change")?;
    let sql = "UPDATE langxanh_changes SET at = ?2,
                   batch = (SELECT min(change_id) FROM langxanh_changes WHERE change_id > ?1)
               WHERE change_id > ?1";
    transaction.execute(sql, params![sealed, written(Utc::now())]).map_err(doing("writing the history"))?;
    Ok(())
}

/// An instant as the history writes it: texts that compare as the instants do.
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn fail() -> impl FnOnce(rusqlite::Error) -> StoreError {
    doing("reading the history")
}

/// A row of `langxanh_changes`.
struct Part {
    change: i64,
    at: DateTime<Utc>,
    origin: Origin,
    part: ChangePart,
}

const PART: &str = "SELECT coalesce(batch, change_id), at, who, what, why, collection,
    coalesce(inserted, 0), coalesce(updated, 0), coalesce(deleted, 0) FROM langxanh_changes";

fn part(row: &rusqlite::Row<'_>) -> rusqlite::Result<Part> {
    let count = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
    let at: String = row.get(1)?;
    Ok(Part {
        change: row.get(0)?,
        at: parse_instant(&at).unwrap_or_default(),
        origin: Origin { who: row.get(2)?, what: row.get(3)?, why: row.get(4)? },
        part: ChangePart { collection: row.get(5)?, inserted: count(6)?, updated: count(7)?, deleted: count(8)? },
    })
}

/// The change of an id, or the one that the change of this id is a part of.
pub fn change(connection: &Connection, id: i64) -> Result<Option<ChangeRecord>, StoreError> {
    let first = "SELECT coalesce(batch, change_id) FROM langxanh_changes WHERE change_id = ?1";
    let first: Option<i64> = connection.query_row(first, [id], |row| row.get(0)).optional().map_err(fail())?;
    let Some(first) = first else { return Ok(None) };
    let sql = format!("{PART} WHERE change_id = ?1 OR batch = ?1 ORDER BY change_id");
    let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
    let parts = statement.query_map([first], part).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(fail())?;
    Ok(whole(parts))
}

/// The parts of one change put together.
fn whole(parts: Vec<Part>) -> Option<ChangeRecord> {
    let mut parts = parts.into_iter();
    let Part { change, at, origin, part } = parts.next()?;
    let parts = std::iter::once(part).chain(parts.map(|more| more.part)).collect();
    Some(ChangeRecord { id: change, at, origin, parts })
}

/// Changes that are asked for, newest first.
pub fn changes(connection: &Connection, filter: &ChangeFilter) -> Result<Vec<ChangeRecord>, StoreError> {
    let mut wanted = vec!["change_id < ?1"];
    let before = filter.before.unwrap_or(i64::MAX);
    let (since, until) = (filter.since.map(written), filter.until.map(written));
    let mut bound: Vec<&dyn ToSql> = vec![&before];
    let conditions: [(&'static str, Option<&dyn ToSql>); 4] = [
        ("collection", filter.collection.as_ref().map(|value| value as &dyn ToSql)),
        ("who", filter.who.as_ref().map(|value| value as &dyn ToSql)),
        ("at >=", since.as_ref().map(|value| value as &dyn ToSql)),
        ("at <", until.as_ref().map(|value| value as &dyn ToSql)),
    ];
    let mut texts = Vec::new();
    for (name, value) in conditions {
        if let Some(value) = value {
            bound.push(value);
            let comparison = if name.starts_with("at ") { name.to_owned() } else { format!("{name} =") };
            texts.push(format!("{comparison} ?{}", bound.len()));
        }
    }
    wanted.extend(texts.iter().map(String::as_str));
    let sql = format!(
        "SELECT coalesce(batch, change_id) FROM langxanh_changes WHERE {} ORDER BY change_id DESC",
        wanted.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
    let mut rows = statement.query(bound.as_slice()).map_err(fail())?;
    let mut ids: Vec<i64> = Vec::new();
    while ids.len() < filter.limit {
        let Some(row) = rows.next().map_err(fail())? else { break };
        let id = row.get(0).map_err(fail())?;
        // The parts of a change stand one behind the other.
        if ids.last() != Some(&id) && id < before {
            ids.push(id);
        }
    }
    let found: Vec<_> = ids.into_iter().map(|id| change(connection, id)).collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

const ENTRY: &str = "SELECT h.rowid, h.collection, h.id, h.operation, h.before_values, h.before_geom,
        coalesce(c.batch, c.change_id), c.at, c.who, c.what, c.why
    FROM langxanh_history h JOIN langxanh_changes c USING (change_id)";

/// An entry of the history; what its row was after it is still to be looked up.
fn entry(tables: &[Table], row: &rusqlite::Row<'_>) -> Result<Option<Entry>, StoreError> {
    let collection: String = row.get(1).map_err(fail())?;
    // Another program may have given a row an id that no feature has: such a row was never served.
    let id = rows::text(row, 2).map_err(fail())?.unwrap_or_default();
    let Ok(id) = FeatureId::parse(&id) else { return Ok(None) };
    let operation: String = row.get(3).map_err(fail())?;
    let values = rows::readable(row, 4).map_err(fail())?;
    let geom: Option<Vec<u8>> = row.get(5).map_err(fail())?;
    let at: String = row.get(7).map_err(fail())?;
    let fault = |what: String| StoreError::Schema(format!("the history of '{collection}' holds {what}"));
    let table = tables.iter().find(|table| table.collection.id == collection);
    Ok(Some(Entry {
        number: row.get(0).map_err(fail())?,
        change: row.get(6).map_err(fail())?,
        at: parse_instant(&at).ok_or_else(|| fault("a change without a time".to_owned()))?,
        origin: Origin {
            who: row.get(8).map_err(fail())?,
            what: row.get(9).map_err(fail())?,
            why: row.get(10).map_err(fail())?,
        },
        id,
        operation: rows::operation(&operation),
        before: table.zip(values).map(|(table, text)| rows::image(table, &text, geom.as_deref())),
        after: None,
        stands: false,
        collection,
    }))
}

/// Looks up what the row was after an entry: what it was before the next one, or the row as it stands.
fn complete(connection: &Connection, tables: &[Table], entry: &mut Entry) -> Result<(), StoreError> {
    let Some(table) = tables.iter().find(|table| table.collection.id == entry.collection) else { return Ok(()) };
    let stands = || Ok::<_, StoreError>(rows::find(connection, table, &entry.id)?.map(|row| (row.values, row.shape)));
    let next = "SELECT before_values, before_geom FROM langxanh_history
                WHERE collection = ?1 AND id = ?2 AND rowid > ?3 ORDER BY rowid LIMIT 1";
    let mut next = connection.prepare_cached(next).map_err(fail())?;
    let image = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<Vec<u8>>>(1)?));
    let next = next.query_row(params![entry.collection, entry.id.as_str(), entry.number], image).optional();
    (entry.after, entry.stands) = match next.map_err(fail())? {
        None => (stands()?, true),
        Some((values, geom)) => {
            let after = values.map(|text| rows::image(table, &text, geom.as_deref()));
            let is_so = stands()? == after;
            (after, is_so)
        }
    };
    Ok(())
}

fn read_entries(
    connection: &Connection,
    tables: &[Table],
    sql: &str,
    bound: &[&dyn ToSql],
) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query(bound).map_err(fail())?;
    let mut entries = Vec::new();
    while let Some(row) = found.next().map_err(fail())? {
        let Some(mut entry) = entry(tables, row)? else { continue };
        complete(connection, tables, &mut entry)?;
        entries.push(entry);
    }
    Ok(entries)
}

/// The rows of a change in the order in which they were written, those behind an entry.
pub fn entries(
    connection: &Connection,
    tables: &[Table],
    id: i64,
    behind: i64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let parts = "SELECT min(change_id), max(change_id) FROM langxanh_changes WHERE change_id = ?1 OR batch = ?1";
    let parts = connection.query_row(parts, [id], |row| Ok((row.get(0)?, row.get(1)?))).map_err(fail())?;
    // Nobody else writes while a transaction does: its parts have all the numbers between.
    let (Some(first), Some(last)): (Option<i64>, Option<i64>) = parts else { return Ok(Vec::new()) };
    let of_change = if first == last { "h.change_id = ?1 AND ?2 = ?1" } else { "h.change_id BETWEEN ?1 AND ?2" };
    let sql = format!("{ENTRY} WHERE {of_change} AND h.rowid > ?3 ORDER BY h.rowid LIMIT ?4");
    read_entries(connection, tables, &sql, &[&first, &last, &behind, &(limit as i64)])
}

/// The history of a feature, newest first, the entries before one.
pub fn versions(
    connection: &Connection,
    table: &Table,
    id: &FeatureId,
    before: i64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("{ENTRY} WHERE h.collection = ?1 AND h.id = ?2 AND h.rowid < ?3 ORDER BY h.rowid DESC LIMIT ?4");
    let bound: [&dyn ToSql; 4] = [&table.collection.id, &id.as_str(), &before, &(limit as i64)];
    read_entries(connection, std::slice::from_ref(table), &sql, &bound)
}

/// The rows of a register as they were recorded at a moment, in ascending numbers. The number of a row that is not there
/// any more is not kept: such rows come last, by id.
pub fn scan_at(
    connection: &Connection,
    table: &Table,
    at: DateTime<Utc>,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let at = written(at);
    let first = "SELECT coalesce(min(change_id), 9223372036854775807) FROM langxanh_changes WHERE at > ?1";
    let first: i64 = connection.query_row(first, [&at], |row| row.get(0)).map_err(fail())?;
    // The plus keeps SQLite from walking through all that ever happened to the collection.
    let sql =
        "SELECT h.id, h.before_values, h.before_geom FROM langxanh_history h JOIN langxanh_changes c USING (change_id)
               WHERE h.change_id >= ?1 AND +h.collection = ?2 AND c.at > ?3 ORDER BY h.rowid";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query(params![first, table.collection.id, at]).map_err(fail())?;
    // What a row was before the first change behind the moment.
    let mut then: HashMap<String, Option<Image>> = HashMap::new();
    while let Some(row) = found.next().map_err(fail())? {
        let id = rows::text(row, 0).map_err(fail())?.unwrap_or_default();
        if let std::collections::hash_map::Entry::Vacant(vacant) = then.entry(id) {
            let values = rows::readable(row, 1).map_err(fail())?;
            let geom: Option<Vec<u8>> = row.get(2).map_err(fail())?;
            vacant.insert(values.map(|text| rows::image(table, &text, geom.as_deref())));
        }
    }
    let mut last = 0;
    rows::scan(connection, table, i64::MIN..=i64::MAX, &mut |row| {
        last = row.fid;
        match then.remove(row.id.as_str()) {
            None => each(row),
            Some(None) => Ok(()),
            Some(Some((values, shape))) => each(Row { values, shape, ..row }),
        }
    })?;
    let gone: BTreeMap<String, Option<Image>> = then.into_iter().collect();
    for (id, image) in gone {
        let (Some((values, shape)), Ok(id)) = (image, FeatureId::parse(&id)) else { continue };
        last += 1;
        each(Row { fid: last, id, values, shape })?;
    }
    Ok(())
}
