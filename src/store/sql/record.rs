//! The past of a store as it is asked for: changes, their rows on both sides, versions of a feature, a register as it was
//! recorded at some moment.
//!
//! The history keeps each row as it was before a change. What it was after one is what it was before the next, or the row
//! as it stands: one look into an index for each entry, however long the history is.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use chrono::{DateTime, SecondsFormat, Utc};

use super::chain;
use super::session::{Bind, Found, NEXT, Session, bound};
use super::table::{self, Table};
use crate::domain::FeatureId;
use crate::domain::schema::parse_instant;
use crate::store::record::{ChangeFilter, ChangePart, ChangeRecord, Entry, Image};
use crate::store::{Origin, Row, StoreError};

/// What happened, and each row as it was before: the first tables of a store of ours.
pub const TABLES: &str = "CREATE TABLE langxanh_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE langxanh_changes (
        change_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
        collection TEXT NOT NULL, inserted INTEGER, updated INTEGER, deleted INTEGER, why TEXT, batch INTEGER);
    CREATE TABLE langxanh_history (
        change_id INTEGER NOT NULL REFERENCES langxanh_changes (change_id), collection TEXT NOT NULL,
        id TEXT NOT NULL, operation TEXT NOT NULL, before_values TEXT, before_geom BLOB, after BLOB);
    CREATE INDEX langxanh_history_of ON langxanh_history (collection, id);";

pub const INDEXES: &str = "CREATE INDEX IF NOT EXISTS langxanh_history_by_change ON langxanh_history (change_id);
    CREATE INDEX IF NOT EXISTS langxanh_changes_batch ON langxanh_changes (batch) WHERE batch IS NOT NULL;";

const READING: &str = "reading the history";

const WRITING: &str = "writing the history";

/// Begins a change of a collection and gives its number.
pub fn begin(session: &dyn Session, collection: &str, origin: &Origin) -> Result<i64, StoreError> {
    let begin = "INSERT INTO langxanh_changes (at, who, what, collection, why) VALUES (?1, ?2, ?3, ?4, ?5) \
                 RETURNING change_id";
    let now = written(Utc::now());
    session.number(WRITING, begin, bound![&now, &origin.who, &origin.what, collection, &origin.why])
}

/// Says of everything that this transaction wrote that it is one change, made when it is through: whoever asked for an earlier
/// moment has not seen it. What was there before is sealed.
pub fn close_batch(session: &dyn Session) -> Result<(), StoreError> {
    let sealed = chain::last_sealed(session, "change")?;
    let sql = "UPDATE langxanh_changes SET at = ?2,
                   batch = (SELECT min(change_id) FROM langxanh_changes WHERE change_id > ?1)
               WHERE change_id > ?1";
    session.run(WRITING, sql, bound![sealed, &written(Utc::now())]).map(|_| ())
}

/// An instant as the history writes it: texts that compare as the instants do.
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
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

fn part(row: &Found<'_>) -> Result<Part, StoreError> {
    let count = |at: usize| row.get::<i64>(at).map(i64::unsigned_abs);
    let at: String = row.get(1)?;
    Ok(Part {
        change: row.get(0)?,
        at: parse_instant(&at).unwrap_or_default(),
        origin: Origin { who: row.get(2)?, what: row.get(3)?, why: row.get(4)? },
        part: ChangePart { collection: row.get(5)?, inserted: count(6)?, updated: count(7)?, deleted: count(8)? },
    })
}

/// The change of an id, or the one that the change of this id is a part of.
pub fn change(session: &dyn Session, id: i64) -> Result<Option<ChangeRecord>, StoreError> {
    let first = "SELECT coalesce(batch, change_id) FROM langxanh_changes WHERE change_id = ?1";
    let Some(first) = session.first(READING, first, bound![id], |row| row.get::<i64>(0))? else { return Ok(None) };
    let sql = format!("{PART} WHERE change_id = ?1 OR batch = ?1 ORDER BY change_id");
    Ok(whole(session.all(READING, &sql, bound![first], part)?))
}

/// The parts of one change put together.
fn whole(parts: Vec<Part>) -> Option<ChangeRecord> {
    let mut parts = parts.into_iter();
    let Part { change, at, origin, part } = parts.next()?;
    let parts = std::iter::once(part).chain(parts.map(|more| more.part)).collect();
    Some(ChangeRecord { id: change, at, origin, parts })
}

/// Changes that are asked for, newest first unless those behind one are.
pub fn changes(session: &dyn Session, filter: &ChangeFilter) -> Result<Vec<ChangeRecord>, StoreError> {
    let before = filter.before.unwrap_or(i64::MAX);
    let (since, until) = (filter.since.map(written), filter.until.map(written));
    let mut wanted = vec!["change_id < ?1".to_owned()];
    let mut bound = vec![Bind::Integer(before)];
    let conditions =
        [("collection =", &filter.collection), ("who =", &filter.who), ("at >=", &since), ("at <", &until)];
    for (comparison, value) in conditions {
        if let Some(value) = value {
            bound.push(value.into());
            wanted.push(format!("{comparison} ?{}", bound.len()));
        }
    }
    if let Some(behind) = filter.behind {
        bound.push(behind.into());
        // Later parts of the change itself are not behind it.
        wanted.push(format!("change_id > ?{0} AND coalesce(batch, change_id) > ?{0}", bound.len()));
    }
    let sql = format!(
        "SELECT coalesce(batch, change_id) FROM langxanh_changes WHERE {} ORDER BY change_id {}",
        wanted.join(" AND "),
        if filter.behind.is_some() { "ASC" } else { "DESC" }
    );
    let mut ids: Vec<i64> = Vec::new();
    session.visit(READING, &sql, &bound, &mut |row| {
        if ids.len() == filter.limit {
            return Ok(ControlFlow::Break(()));
        }
        let id = row.get(0)?;
        // The parts of a change stand one behind the other.
        if ids.last() != Some(&id) && id < before {
            ids.push(id);
        }
        NEXT
    })?;
    let found: Vec<_> = ids.into_iter().map(|id| change(session, id)).collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

const ENTRY: &str = "SELECT h.rowid, h.collection, h.id, h.operation, h.before_values, h.before_geom,
        coalesce(c.batch, c.change_id), c.at, c.who, c.what, c.why
    FROM langxanh_history h JOIN langxanh_changes c USING (change_id)";

/// An entry of the history; what its row was after it is still to be looked up.
fn entry(tables: &[Table], row: &Found<'_>) -> Result<Option<Entry>, StoreError> {
    let collection: String = row.get(1)?;
    // Another program may have given a row an id that no feature has: such a row was never served.
    let Ok(id) = FeatureId::parse(&row.text(2)?.unwrap_or_default()) else { return Ok(None) };
    let geom: Option<Vec<u8>> = row.get(5)?;
    let at: String = row.get(7)?;
    let fault = |what: String| StoreError::Schema(format!("the history of '{collection}' holds {what}"));
    let table = tables.iter().find(|table| table.collection.id == collection);
    Ok(Some(Entry {
        number: row.get(0)?,
        change: row.get(6)?,
        at: parse_instant(&at).ok_or_else(|| fault("a change without a time".to_owned()))?,
        origin: Origin { who: row.get(8)?, what: row.get(9)?, why: row.get(10)? },
        id,
        operation: table::operation(&row.get::<String>(3)?),
        before: table.zip(row.readable(4)?).map(|(table, text)| table::image(table, &text, geom.as_deref())),
        after: None,
        stands: false,
        collection,
    }))
}

/// Looks up what the row was after an entry: what it was before the next one, or the row as it stands.
fn complete(session: &dyn Session, tables: &[Table], entry: &mut Entry) -> Result<(), StoreError> {
    let Some(table) = tables.iter().find(|table| table.collection.id == entry.collection) else { return Ok(()) };
    let stands = || Ok::<_, StoreError>(table::find(session, table, &entry.id)?.map(|row| (row.values, row.shape)));
    let next = "SELECT before_values, before_geom FROM langxanh_history
                WHERE collection = ?1 AND id = ?2 AND rowid > ?3 ORDER BY rowid LIMIT 1";
    let next = session.first(READING, next, bound![&entry.collection, &entry.id, entry.number], |row| {
        Ok((row.readable(0)?, row.get::<Option<Vec<u8>>>(1)?))
    })?;
    (entry.after, entry.stands) = match next {
        None => (stands()?, true),
        Some((values, geom)) => {
            let after = values.map(|text| table::image(table, &text, geom.as_deref()));
            let is_so = stands()? == after;
            (after, is_so)
        }
    };
    Ok(())
}

fn read_entries(
    session: &dyn Session,
    tables: &[Table],
    sql: &str,
    bound: &[Bind<'_>],
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    session.visit(READING, sql, bound, &mut |row| {
        entries.extend(entry(tables, row)?);
        NEXT
    })?;
    for entry in &mut entries {
        complete(session, tables, entry)?;
    }
    Ok(entries)
}

/// The rows of a change in the order in which they were written, those behind an entry.
pub fn entries(
    session: &dyn Session,
    tables: &[Table],
    id: i64,
    behind: i64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let parts = "SELECT min(change_id), max(change_id) FROM langxanh_changes WHERE change_id = ?1 OR batch = ?1";
    let parts = session.first(READING, parts, bound![id], |row| Ok((row.get::<Option<i64>>(0)?, row.get(1)?)))?;
    // Nobody else writes while a transaction does: its parts have all the numbers between.
    let Some((Some(first), Some(last))): Option<(_, Option<i64>)> = parts else { return Ok(Vec::new()) };
    let rest = "h.rowid > ?1 ORDER BY h.rowid LIMIT ?2";
    let limit = limit as i64;
    // Equality lets the index give the order too.
    if first == last {
        let sql = format!("{ENTRY} WHERE h.change_id = ?3 AND {rest}");
        return read_entries(session, tables, &sql, bound![behind, limit, first]);
    }
    let sql = format!("{ENTRY} WHERE h.change_id BETWEEN ?3 AND ?4 AND {rest}");
    read_entries(session, tables, &sql, bound![behind, limit, first, last])
}

/// The history of a feature, newest first, the entries before one.
pub fn versions(
    session: &dyn Session,
    table: &Table,
    id: &FeatureId,
    before: i64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("{ENTRY} WHERE h.collection = ?1 AND h.id = ?2 AND h.rowid < ?3 ORDER BY h.rowid DESC LIMIT ?4");
    read_entries(session, std::slice::from_ref(table), &sql, bound![&table.collection.id, id, before, limit as i64])
}

/// The rows of a register as they were recorded at a moment, in ascending numbers. The number of a row that is not there
/// any more is not kept: such rows come last, by id.
pub fn scan_at(
    session: &dyn Session,
    table: &Table,
    at: DateTime<Utc>,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let at = written(at);
    let first = "SELECT coalesce(min(change_id), 9223372036854775807) FROM langxanh_changes WHERE at > ?1";
    let first = session.number(READING, first, bound![&at])?;
    // What is put together keeps the database from walking through all that ever happened to the collection.
    let sql =
        "SELECT h.id, h.before_values, h.before_geom FROM langxanh_history h JOIN langxanh_changes c USING (change_id)
               WHERE h.change_id >= ?1 AND h.collection || '' = ?2 AND c.at > ?3 ORDER BY h.rowid";
    // What a row was before the first change behind the moment.
    let mut then: HashMap<String, Option<Image>> = HashMap::new();
    session.visit(READING, sql, bound![first, &table.collection.id, &at], &mut |row| {
        let id = row.text(0)?.unwrap_or_default();
        if let std::collections::hash_map::Entry::Vacant(vacant) = then.entry(id) {
            let geom: Option<Vec<u8>> = row.get(2)?;
            vacant.insert(row.readable(1)?.map(|text| table::image(table, &text, geom.as_deref())));
        }
        NEXT
    })?;
    let mut last = 0;
    table::scan(session, table, i64::MIN..=i64::MAX, &mut |row| {
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
