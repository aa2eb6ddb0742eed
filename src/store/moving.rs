//! A whole store copied into a new one of another kind, as it is at one moment: registers and tables, history and chain,
//! sign-offs, users, proposals, pictures and kept files, and which numbers were given.
//!
//! Values and vertices stay what they are to the last bit. A row that another program wrote in a form of its own (a place
//! without a box, a curve, a number as text) is written in ours; the history then says so, as it says of every change of a row.

use std::collections::BTreeMap;

use super::sql::session::{Bind, Cell, NEXT, NewRow, Session, bound};
use super::sql::table::{self, Table, values_to_json};
use super::sql::{attachments, chain, proposals, quarters, record, sources, told, users};
use super::{Origin, Row, StoreError};
use crate::geom::wkb::write_gpkg_blob;

/// So many rows are copied together.
const TOGETHER: usize = 1000;

const MOVING: &str = "copying the store";

/// Tables of ours, their columns, what they are ordered by and the column that counts.
const OURS: [(&str, &[&str], &str, Option<&str>); 12] = [
    (
        "langxanh_changes",
        &["change_id", "at", "who", "what", "collection", "inserted", "updated", "deleted", "why", "batch"],
        "change_id",
        Some("change_id"),
    ),
    (
        "langxanh_history",
        &["rowid", "change_id", "collection", "id", "operation", "before_values", "before_geom", "after"],
        "rowid",
        Some("rowid"),
    ),
    ("langxanh_chain", &["seq", "kind", "subject", "sealed_at", "hash"], "seq", Some("seq")),
    ("langxanh_baseline", &["collection", "id", "after"], "collection, id", None),
    (
        "langxanh_quarters",
        &["act_id", "quarter", "last_day", "step", "at", "who", "why", "figures", "sha256"],
        "act_id",
        Some("act_id"),
    ),
    ("langxanh_sources", &["sha256", "name", "bytes", "kept_at"], "sha256", None),
    ("langxanh_source_pieces", &["sha256", "piece", "content"], "sha256, piece", None),
    (
        "langxanh_attachments",
        &[
            "attachment",
            "collection",
            "id",
            "sha256",
            "name",
            "media_type",
            "bytes",
            "width",
            "height",
            "at",
            "who",
            "removed_at",
            "removed_by",
        ],
        "attachment",
        Some("attachment"),
    ),
    ("langxanh_users", &["name", "role", "collections", "districts", "proposes", "made_at"], "name", None),
    ("langxanh_tokens", &["id", "\"user\"", "sha256", "made_at", "expires_at"], "id", Some("id")),
    (
        "langxanh_proposals",
        &["id", "at", "who", "why", "edits", "state", "decided_by", "decided_at", "note"],
        "id",
        Some("id"),
    ),
    ("langxanh_told", &["receiver", "change_id"], "receiver", None),
];

/// Files are large: their pieces are copied one by one.
fn together(name: &str) -> usize {
    if name == "langxanh_source_pieces" { 1 } else { TOGETHER }
}

/// Copies what a session of one store sees into a session of a new one that holds `tables` and nothing else.
///
/// # Errors
/// What cannot be read of the one or kept by the other.
pub fn copy(
    from: &dyn Session,
    of: &[Table],
    to: &dyn Session,
    tables: &[Table],
    who: &str,
    progress: &dyn Fn(&str, u64),
) -> Result<(), StoreError> {
    let ours = [
        attachments::TABLE,
        sources::TABLES,
        users::TABLES,
        proposals::TABLE,
        quarters::TABLE,
        chain::TABLES,
        told::TABLE,
    ];
    for made in ours {
        to.make(MOVING, made)?;
    }
    for (name, columns, order, counts) in OURS {
        copy_ours(from, to, name, columns, order)?;
        if let Some(column) = counts.filter(|_| from.has_table(name).unwrap_or(false)) {
            to.set_next_number(name, column, from.next_number(name, column)?)?;
        }
    }
    for table in of {
        let Some(into) = tables.iter().find(|made| made.collection.id == table.collection.id) else { continue };
        let rows = copy_rows(from, table, to, into)?;
        progress(&table.collection.id, rows);
    }
    let origin = Origin {
        who: who.to_owned(),
        what: "store moved: the same values in the form of this store".to_owned(),
        why: None,
    };
    let mut has_other_forms = false;
    for table in of {
        let Some(into) = tables.iter().find(|made| made.collection.id == table.collection.id) else { continue };
        has_other_forms |= tell_forms(from, table, to, into, &origin)?;
    }
    if has_other_forms {
        record::close_batch(to)?;
        chain::seal(to, tables)?;
    }
    Ok(())
}

/// A cell that outlives its row.
enum Held {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Held {
    fn of(cell: Cell<'_>) -> Result<Held, StoreError> {
        Ok(match cell {
            Cell::Null => Held::Null,
            Cell::Integer(number) => Held::Integer(number),
            Cell::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Held::Text(text.to_owned()),
                Err(_) => return Err(StoreError::Schema("the history holds a text that is no UTF-8".to_owned())),
            },
            Cell::Bytes(bytes) => Held::Bytes(bytes.to_vec()),
            other => return Err(StoreError::Schema(format!("the history holds {other:?} where no program writes it"))),
        })
    }

    fn bind(&self) -> Bind<'_> {
        match self {
            Held::Null => Bind::Null,
            Held::Integer(number) => Bind::Integer(*number),
            Held::Text(text) => Bind::Text(text),
            Held::Bytes(bytes) => Bind::Bytes(bytes),
        }
    }
}

fn copy_ours(
    from: &dyn Session,
    to: &dyn Session,
    name: &str,
    columns: &[&str],
    order: &str,
) -> Result<(), StoreError> {
    if !from.has_table(name)? {
        return Ok(());
    }
    let list = columns.join(", ");
    let write = |held: &mut Vec<Vec<Held>>| {
        let lists: Vec<Vec<Bind<'_>>> = held.iter().map(|row| row.iter().map(Held::bind).collect()).collect();
        to.write_all(MOVING, name, columns, &lists)?;
        held.clear();
        Ok::<_, StoreError>(())
    };
    let mut held: Vec<Vec<Held>> = Vec::new();
    from.visit(MOVING, &format!("SELECT {list} FROM {name} ORDER BY {order}"), &[], &mut |row| {
        held.push((0..columns.len()).map(|at| Held::of(row.cell(at)?)).collect::<Result<_, _>>()?);
        if held.len() >= together(name) {
            write(&mut held)?;
        }
        NEXT
    })?;
    write(&mut held)
}

fn copy_rows(from: &dyn Session, table: &Table, to: &dyn Session, into: &Table) -> Result<u64, StoreError> {
    let mut held: Vec<NewRow> = Vec::new();
    let mut count = 0;
    table::scan(from, table, i64::MIN..=i64::MAX, &mut |Row { fid, id, values, shape }| {
        count += 1;
        held.push(NewRow { fid, id, values, shape });
        if held.len() >= TOGETHER {
            to.insert(into, None, &held)?;
            held.clear();
        }
        Ok(())
    })?;
    to.insert(into, None, &held)?;
    if let (Some(from_column), Some(column)) = (&table.fid_column, &into.fid_column) {
        to.set_next_number(&into.name, column, from.next_number(&table.name, from_column)?)?;
    }
    to.wrote(into, into.collection.geometry.is_some())?;
    Ok(count)
}

/// The hash that is sealed of a row: that of its newest entry in the history, or of the state before the chain.
fn sealed(session: &dyn Session, collection: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let newest = "SELECT after FROM langxanh_history WHERE collection = ?1 AND id = ?2 ORDER BY rowid DESC LIMIT 1";
    let found = session.first(MOVING, newest, bound![collection, id], |row| row.get::<Option<Vec<u8>>>(0))?;
    match found {
        Some(after) => Ok(after),
        None => {
            let before = "SELECT after FROM langxanh_baseline WHERE collection = ?1 AND id = ?2";
            let found = session.first(MOVING, before, bound![collection, id], |row| row.get::<Option<Vec<u8>>>(0))?;
            Ok(found.flatten())
        }
    }
}

/// Keeps in the history which rows have another form now; rows that were not as sealed stay found out.
fn tell_forms(
    from: &dyn Session,
    table: &Table,
    to: &dyn Session,
    into: &Table,
    origin: &Origin,
) -> Result<bool, StoreError> {
    if table.id_column.is_none() {
        return Ok(false);
    }
    let collection = &table.collection.id;
    let mut change = None;
    let mut told = 0i64;
    let mut waiting: Vec<Row> = Vec::new();
    let mut tell = |waiting: &mut Vec<Row>| -> Result<(), StoreError> {
        let ids: Vec<String> = waiting.iter().map(|row| row.id.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let hashes = |session: &dyn Session, table: &Table| {
            let mut hashes: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
            session.hashes(table, &ids, &mut |at, hash| {
                hashes.insert(at, hash);
                Ok(())
            })?;
            Ok::<_, StoreError>(hashes)
        };
        let (theirs, ours) = (hashes(from, table)?, hashes(to, into)?);
        for (at, row) in waiting.iter().enumerate() {
            let (their, our) = (theirs.get(&at), ours.get(&at));
            if their == our || their != sealed(from, collection, row.id.as_str())?.as_ref() {
                continue;
            }
            let number = match change {
                Some(number) => number,
                None => *change.insert(record::begin(to, collection, origin)?),
            };
            let (values, place) = (
                values_to_json(into, &row.values),
                row.shape.as_ref().map(|shape| write_gpkg_blob(shape, into.srs_id)),
            );
            let log = "INSERT INTO langxanh_history (change_id, collection, id, operation, before_values, before_geom)
                       VALUES (?1, ?2, ?3, 'update', ?4, ?5)";
            to.run(MOVING, log, bound![number, collection, &row.id, &values, &place])?;
            told += 1;
        }
        waiting.clear();
        Ok(())
    };
    table::scan(from, table, i64::MIN..=i64::MAX, &mut |row| {
        waiting.push(row);
        if waiting.len() >= TOGETHER { tell(&mut waiting) } else { Ok(()) }
    })?;
    tell(&mut waiting)?;
    let Some(change) = change else { return Ok(false) };
    let count = "UPDATE langxanh_changes SET inserted = 0, updated = ?2, deleted = 0 WHERE change_id = ?1";
    to.run(MOVING, count, bound![change, told])?;
    Ok(true)
}
