//! The chain over everything that happened to a store ([`crate::store::chain`]), in a table beside the history.
//!
//! Our own changes are sealed in their transaction, what other programs wrote by the next one. A row's state after a
//! change is in the chain as a hash, so that a register that was altered behind the back of its triggers is found.

use std::collections::HashMap;

use chrono::Utc;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::record::written;
use super::rows::text;
use super::schema::Table;
use super::{StoreError, doing, quoted};
use crate::domain::Kind;
use crate::store::chain::{BEGINNING, Cell, Field, Line, LinkHash, Piece, RowHash};
use crate::store::record::{ChainHead, Verdict};
use crate::text::hex;

const TABLES: &str = "CREATE TABLE IF NOT EXISTS langxanh_chain (
        seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, kind TEXT NOT NULL, subject INTEGER NOT NULL,
        sealed_at TEXT NOT NULL, hash TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS langxanh_chain_of ON langxanh_chain (kind, subject);
    CREATE TABLE IF NOT EXISTS langxanh_baseline (
        collection TEXT NOT NULL, id TEXT NOT NULL, after BLOB, PRIMARY KEY (collection, id)) WITHOUT ROWID;";

/// Faults of a verification that are told one by one.
const MAX_FAULTS: usize = 100;

pub fn ensure(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch(TABLES).map_err(fail())
}

fn fail() -> impl FnOnce(rusqlite::Error) -> StoreError {
    doing("sealing the history")
}

/// Hashes rows of registers as they lie in the file.
#[derive(Default)]
struct Rows {
    /// By collection: position and name of the columns in the order in which they are hashed.
    columns: HashMap<String, Vec<(usize, String)>>,
}

impl Rows {
    /// The hash of the row of an id; `None` where there is none.
    fn hash(&mut self, connection: &Connection, table: &Table, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(id_column) = table.id_column.as_deref().map(quoted) else { return Ok(None) };
        let sql = format!("SELECT * FROM {} WHERE {id_column} = ?1", quoted(&table.name));
        let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
        let columns = self.columns.entry(table.collection.id.clone()).or_insert_with(|| {
            let names = statement.column_names().into_iter().map(str::to_owned).enumerate();
            let mut names: Vec<_> = names.filter(|(_, name)| Some(name) != table.fid_column.as_ref()).collect();
            names.sort_by(|a, b| a.1.cmp(&b.1));
            names
        });
        let mut found = statement.query([id]).map_err(fail())?;
        let Some(row) = found.next().map_err(fail())? else { return Ok(None) };
        let mut hash = RowHash::default();
        for (at, name) in columns {
            let cell = match row.get_ref(*at).map_err(fail())? {
                ValueRef::Null => continue,
                ValueRef::Integer(number) => Cell::Integer(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => Cell::Text(text),
                ValueRef::Blob(bytes) => Cell::Blob(bytes),
            };
            hash.add(name, cell);
        }
        Ok(Some(hash.finish().to_vec()))
    }
}

/// Whether the store has the tables of the chain.
pub fn is_there(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'langxanh_chain'";
    let tables: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(fail())?;
    Ok(tables > 0)
}

/// Number and hash of the last link.
fn newest(connection: &Connection) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT seq, hash FROM langxanh_chain ORDER BY seq DESC LIMIT 1";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(fail())
}

/// The last subject of a kind that is sealed; 0 for none.
pub fn last_sealed(connection: &Connection, kind: &str) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(subject), 0) FROM langxanh_chain WHERE kind = ?1";
    connection.query_row(sql, [kind], |row| row.get(0)).map_err(fail())
}

/// Changes that no link seals yet.
fn pending(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM langxanh_changes WHERE change_id > ?1";
    let count: i64 =
        connection.query_row(sql, [last_sealed(connection, "change")?], |row| row.get(0)).map_err(fail())?;
    Ok(count.unsigned_abs())
}

/// How far the chain has come; nothing where it has not begun.
pub fn head(connection: &Connection) -> Result<Option<ChainHead>, StoreError> {
    if !is_there(connection)? {
        return Ok(None);
    }
    let Some((seq, hash)) = newest(connection)? else { return Ok(None) };
    Ok(Some(ChainHead { seq, hash, pending: pending(connection)? }))
}

/// Whether something is there that no link seals yet.
pub fn is_behind(connection: &Connection) -> Result<bool, StoreError> {
    Ok(head(connection)?.is_none_or(|head| head.pending > 0))
}

/// Seals all that is not sealed yet: changes in their order, then sign-offs. Begins the chain where there is none.
pub fn seal(transaction: &Transaction<'_>, tables: &[Table]) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    let now = written(Utc::now());
    let (mut seq, mut hash) = newest(transaction)?.unwrap_or((0, BEGINNING.to_owned()));
    let mut close = |kind: &str, subject: i64| -> Result<(), StoreError> {
        seq += 1;
        let mut link = LinkHash::after(&hash);
        lines(transaction, kind, subject, &now, &mut |line| {
            link.add(&line);
            Ok(())
        })?;
        hash = hex(&link.finish());
        let sql = "INSERT INTO langxanh_chain (seq, kind, subject, sealed_at, hash) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut statement = transaction.prepare_cached(sql).map_err(fail())?;
        statement.execute(params![seq, kind, subject, now, hash]).map_err(fail())?;
        Ok(())
    };
    if newest(transaction)?.is_none() {
        baseline(transaction, tables, &mut rows)?;
        let last = "SELECT coalesce(max(change_id), 0) FROM langxanh_changes";
        close("baseline", transaction.query_row(last, [], |row| row.get(0)).map_err(fail())?)?;
    }
    let changes = "SELECT change_id FROM langxanh_changes WHERE change_id > ?1 ORDER BY change_id";
    for change in numbers(transaction, changes, last_sealed(transaction, "change")?)? {
        hash_rows(transaction, tables, change, &mut rows)?;
        close("change", change)?;
    }
    let acts = "SELECT act_id FROM langxanh_quarters WHERE act_id > ?1 ORDER BY act_id";
    for act in numbers(transaction, acts, last_sealed(transaction, "quarter")?)? {
        close("quarter", act)?;
    }
    Ok(())
}

fn numbers(connection: &Connection, sql: &str, behind: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let found = statement.query_map([behind], |row| row.get(0));
    found.and_then(Iterator::collect).map_err(fail())
}

/// Keeps the hash of every register row of which the history knows nothing: it was there before the chain.
fn baseline(transaction: &Transaction<'_>, tables: &[Table], rows: &mut Rows) -> Result<(), StoreError> {
    for table in tables.iter().filter(|table| table.collection.kind == Kind::Register) {
        let Some(id) = table.id_column.as_deref().map(quoted) else { continue };
        let sql = format!(
            "SELECT t.{id} FROM {} t WHERE NOT EXISTS
             (SELECT 1 FROM langxanh_history h WHERE h.collection = ?1 AND h.id = t.{id})",
            quoted(&table.name)
        );
        let mut statement = transaction.prepare_cached(&sql).map_err(fail())?;
        let mut found = statement.query([&table.collection.id]).map_err(fail())?;
        let keep = "INSERT OR REPLACE INTO langxanh_baseline (collection, id, after) VALUES (?1, ?2, ?3)";
        while let Some(row) = found.next().map_err(fail())? {
            let id = text(row, 0).map_err(fail())?.unwrap_or_default();
            let after = rows.hash(transaction, table, &id)?;
            let mut keep = transaction.prepare_cached(keep).map_err(fail())?;
            keep.execute(params![table.collection.id, id, after]).map_err(fail())?;
        }
    }
    Ok(())
}

/// Keeps with each row of a change the hash of the row as it stands, where nothing was written to it since.
fn hash_rows(transaction: &Transaction<'_>, tables: &[Table], change: i64, rows: &mut Rows) -> Result<(), StoreError> {
    let sql = "SELECT rowid, collection, id FROM langxanh_history h WHERE change_id = ?1 AND operation <> 'delete'
        AND NOT EXISTS (SELECT 1 FROM langxanh_history n
                        WHERE n.collection = h.collection AND n.id = h.id AND n.rowid > h.rowid)";
    let mut statement = transaction.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query([change]).map_err(fail())?;
    let mut keep =
        transaction.prepare_cached("UPDATE langxanh_history SET after = ?2 WHERE rowid = ?1").map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        let number: i64 = row.get(0).map_err(fail())?;
        let collection: String = row.get(1).map_err(fail())?;
        let id = text(row, 2).map_err(fail())?.unwrap_or_default();
        let Some(table) = tables.iter().find(|table| table.collection.id == collection) else { continue };
        let after = rows.hash(transaction, table, &id)?;
        keep.execute(params![number, after]).map_err(fail())?;
    }
    Ok(())
}

/// The lines of a link as the tables hold them now. What is not there any more has none.
fn lines(
    connection: &Connection,
    kind: &str,
    subject: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match kind {
        "baseline" => baseline_lines(connection, subject, sealed_at, each),
        "quarter" => quarter_line(connection, subject, sealed_at, each),
        _ => change_lines(connection, subject, sealed_at, each),
    }
}

fn baseline_lines(
    connection: &Connection,
    last_change: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    each(Line {
        kind: "baseline",
        fields: vec![("sealed_at", sealed_at.into()), ("changes_before", last_change.into())],
    })?;
    let sql = "SELECT collection, id, after FROM langxanh_baseline ORDER BY collection, id";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query([]).map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        let collection: String = row.get(0).map_err(fail())?;
        let id = text(row, 1).map_err(fail())?.unwrap_or_default();
        let after: Option<Vec<u8>> = row.get(2).map_err(fail())?;
        let fields =
            vec![("collection", collection.into()), ("id", id.into()), ("after", after.map(|hash| hex(&hash)).into())];
        each(Line { kind: "row", fields })?;
    }
    Ok(())
}

fn quarter_line(
    connection: &Connection,
    act: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT quarter, last_day, step, at, who, why, figures, sha256 FROM langxanh_quarters WHERE act_id = ?1";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    const NAMES: [&str; 8] = ["quarter", "last_day", "step", "at", "who", "why", "figures", "sha256"];
    let found = statement.query_row([act], |row| {
        let texts: Result<Vec<Option<String>>, _> = (0..NAMES.len()).map(|at| row.get(at)).collect();
        texts
    });
    let Some(texts) = found.optional().map_err(fail())? else { return Ok(()) };
    let mut fields: Vec<(&'static str, Field)> = vec![("sealed_at", sealed_at.into()), ("act", act.into())];
    fields.extend(NAMES.into_iter().zip(texts.into_iter().map(Field::from)));
    each(Line { kind: "quarter", fields })
}

fn change_lines(
    connection: &Connection,
    change: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT batch, at, who, what, why, collection, inserted, updated, deleted
               FROM langxanh_changes WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let text = |row: &rusqlite::Row<'_>, at: usize| text(row, at).map(Field::from);
    let count = |row: &rusqlite::Row<'_>, at: usize| row.get::<_, Option<i64>>(at).map(Field::from);
    let fields = statement.query_row([change], |row| {
        Ok(vec![
            ("sealed_at", sealed_at.into()),
            ("change", change.into()),
            ("batch", count(row, 0)?),
            ("at", text(row, 1)?),
            ("who", text(row, 2)?),
            ("what", text(row, 3)?),
            ("why", text(row, 4)?),
            ("collection", text(row, 5)?),
            ("inserted", count(row, 6)?),
            ("updated", count(row, 7)?),
            ("deleted", count(row, 8)?),
        ])
    });
    let Some(fields) = fields.optional().map_err(fail())? else { return Ok(()) };
    each(Line { kind: "change", fields })?;
    let sql = "SELECT collection, id, operation, before_values, before_geom, after
               FROM langxanh_history WHERE change_id = ?1 ORDER BY rowid";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query([change]).map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        let bytes = |at: usize| -> Result<Field, StoreError> {
            let bytes = row.get_ref(at).and_then(|value| Ok(value.as_blob_or_null()?.map(hex)));
            Ok(bytes.map_err(fail())?.into())
        };
        let fields = vec![
            ("collection", text(row, 0).map_err(fail())?),
            ("id", text(row, 1).map_err(fail())?),
            ("operation", text(row, 2).map_err(fail())?),
            ("before_values", text(row, 3).map_err(fail())?),
            ("before_geom", bytes(4)?),
            ("after", bytes(5)?),
        ];
        each(Line { kind: "row", fields })?;
    }
    Ok(())
}

/// A link as it is kept.
struct Link {
    seq: i64,
    kind: String,
    subject: i64,
    sealed_at: String,
    hash: String,
}

/// Hands over the links of the chain in their order.
fn links(connection: &Connection, each: &mut dyn FnMut(Link) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let sql = "SELECT seq, kind, subject, sealed_at, hash FROM langxanh_chain ORDER BY seq";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query([]).map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        each(Link {
            seq: row.get(0).map_err(fail())?,
            kind: row.get(1).map_err(fail())?,
            subject: row.get(2).map_err(fail())?,
            sealed_at: row.get(3).map_err(fail())?,
            hash: row.get(4).map_err(fail())?,
        })?;
    }
    Ok(())
}

/// Hands over the whole chain with what it seals.
pub fn export(
    connection: &Connection,
    each: &mut dyn FnMut(Piece) -> Result<(), StoreError>,
) -> Result<Option<ChainHead>, StoreError> {
    let head = head(connection)?;
    if head.is_some() {
        links(connection, &mut |Link { seq, kind, subject, sealed_at, hash }| {
            lines(connection, &kind, subject, &sealed_at, &mut |line| each(Piece::Line(line)))?;
            each(Piece::Seal { seq, hash })
        })?;
    }
    Ok(head)
}

/// Sentences about what does not agree.
#[derive(Default)]
struct Faults {
    told: Vec<String>,
    more: u64,
}

impl Faults {
    fn add(&mut self, sentence: String) {
        if self.told.len() < MAX_FAULTS {
            self.told.push(sentence);
        } else {
            self.more += 1;
        }
    }
}

/// Recomputes the chain from the tables and holds the registers against it. `known` is a head that was exported before.
pub fn verify(
    connection: &Connection,
    tables: &[Table],
    known: Option<(i64, &str)>,
) -> Result<Option<Verdict>, StoreError> {
    let Some(head) = head(connection)? else { return Ok(None) };
    let mut faults = Faults::default();
    let mut notes = Vec::new();
    let (mut last, mut previous, mut is_known) = (0, BEGINNING.to_owned(), false);
    links(connection, &mut |Link { seq, kind, subject, sealed_at, hash }| {
        if seq != last + 1 {
            faults.add(format!("links {} to {} of the chain are not there any more", last + 1, seq - 1));
        }
        if (seq == 1) != (kind == "baseline") {
            faults.add(format!("link {seq}: a chain begins with its baseline and has one"));
        }
        let mut link = LinkHash::after(&previous);
        let mut count = 0u64;
        lines(connection, &kind, subject, &sealed_at, &mut |line| {
            count += 1;
            link.add(&line);
            Ok(())
        })?;
        if count == 0 {
            faults.add(format!("link {seq}: the {kind} {subject} that it seals is not there any more"));
        } else if hex(&link.finish()) != hash {
            faults.add(format!("link {seq}: the {kind} {subject} is not as it was sealed on {sealed_at}"));
        }
        is_known |= known.is_some_and(|known| known == (seq, hash.as_str()));
        (last, previous) = (seq, hash);
        if kind == "baseline" && subject > 0 {
            notes.push(format!(
                "changes 1 to {subject} are older than the chain: they are sealed as they were on {sealed_at}"
            ));
        }
        Ok(())
    })?;
    if let Some((seq, hash)) = known.filter(|_| !is_known) {
        faults.add(format!("the exported head {seq}:{hash} is not in the chain: it was cut off or made anew"));
    }
    unsealed(connection, &mut faults)?;
    let mut rows = 0;
    for table in tables.iter().filter(|table| table.collection.kind == Kind::Register) {
        rows += registers(connection, table, &mut faults)?;
    }
    if head.pending > 0 {
        notes.push(format!("{} changes wait to be sealed by the next write of ours", head.pending));
    }
    Ok(Some(Verdict { head, rows, faults: faults.told, more_faults: faults.more, notes }))
}

/// What stands in the history and should be sealed or belongs to nothing.
fn unsealed(connection: &Connection, faults: &mut Faults) -> Result<(), StoreError> {
    let slipped = "SELECT change_id FROM langxanh_changes c WHERE change_id <= ?1
        AND NOT EXISTS (SELECT 1 FROM langxanh_chain WHERE kind = 'change' AND subject = c.change_id)";
    for change in numbers(connection, slipped, last_sealed(connection, "change")?)? {
        faults.add(format!("change {change} was slipped in: no link seals it, and later ones are sealed"));
    }
    let acts = "SELECT act_id FROM langxanh_quarters q WHERE act_id > ?1
        AND NOT EXISTS (SELECT 1 FROM langxanh_chain WHERE kind = 'quarter' AND subject = q.act_id)";
    for act in numbers(connection, acts, 0)? {
        faults.add(format!("the sign-off or reopening {act} is sealed by no link"));
    }
    let orphans = "SELECT DISTINCT change_id FROM langxanh_history h WHERE change_id > ?1
        AND NOT EXISTS (SELECT 1 FROM langxanh_changes c WHERE c.change_id = h.change_id)";
    for change in numbers(connection, orphans, i64::MIN)? {
        faults.add(format!("the history has rows of a change {change} that is not there"));
    }
    Ok(())
}

/// Holds the rows of a register against their newest sealed state; gives how many were.
fn registers(connection: &Connection, table: &Table, faults: &mut Faults) -> Result<u64, StoreError> {
    let Some(id) = table.id_column.as_deref().map(quoted) else { return Ok(0) };
    let collection = &table.collection.id;
    let sealed = last_sealed(connection, "change")?;
    let mut rows = Rows::default();
    let mut compared = 0;
    let mut compare = |id: &str, expected: Option<Vec<u8>>, faults: &mut Faults| -> Result<(), StoreError> {
        let stands = rows.hash(connection, table, id)?;
        compared += u64::from(stands.is_some());
        match (expected, stands) {
            (expected, stands) if expected == stands => {}
            (Some(_), None) => faults.add(format!("{collection}/{id} is gone, and no change deleted it")),
            (None, Some(_)) => faults.add(format!("{collection}/{id} is there, and no change wrote it")),
            _ => faults.add(format!("{collection}/{id} is not as the last change left it")),
        }
        Ok(())
    };
    // The newest entry of each row stands first.
    let sql = "SELECT id, change_id, after FROM langxanh_history h WHERE collection = ?1
        AND rowid = (SELECT max(rowid) FROM langxanh_history n WHERE n.collection = ?1 AND n.id = h.id)";
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut found = statement.query([collection]).map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        let id = text(row, 0).map_err(fail())?.unwrap_or_default();
        let change: i64 = row.get(1).map_err(fail())?;
        if change <= sealed {
            compare(&id, row.get(2).map_err(fail())?, faults)?;
        }
    }
    let sql = format!(
        "SELECT id, after FROM langxanh_baseline b WHERE collection = ?1
             AND NOT EXISTS (SELECT 1 FROM langxanh_history h WHERE h.collection = ?1 AND h.id = b.id)
         UNION ALL SELECT t.{id}, NULL FROM {} t
             WHERE NOT EXISTS (SELECT 1 FROM langxanh_history h WHERE h.collection = ?1 AND h.id = t.{id})
             AND NOT EXISTS (SELECT 1 FROM langxanh_baseline b WHERE b.collection = ?1 AND b.id = t.{id})",
        quoted(&table.name)
    );
    let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
    let mut found = statement.query([collection]).map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        let id = text(row, 0).map_err(fail())?.unwrap_or_default();
        compare(&id, row.get(1).map_err(fail())?, faults)?;
    }
    Ok(compared)
}
