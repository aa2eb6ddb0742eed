//! Writing rows with their history, inside the transaction of a change.

use std::collections::HashSet;

use rusqlite::types::ToSql;
use rusqlite::{OptionalExtension, Statement, Transaction, params};

use super::schema::{self, Table};
use super::{StoreError, doing, quarters, quoted, rows};
use crate::domain::{FeatureId, Value};
use crate::geom::Shape;
use crate::geom::wkb::write_gpkg_blob;
use crate::store::record::Frozen;
use crate::store::{Applied, Change, Draft, Edit, Edited, Mode, Operation, Origin, Row, Scope};

/// Writes the drafts of a change and their history inside one transaction.
pub fn apply(
    transaction: &Transaction<'_>,
    table: &Table,
    change: Change<'_>,
    replaces: Option<Scope<'_>>,
) -> Result<Applied, StoreError> {
    let Change { mode, drafts, origin, .. } = change;
    let mut writer = Writer::prepare(transaction, table, &origin)?;
    let mut kept = HashSet::new();
    for draft in drafts {
        let fid = writer.write(draft?, mode)?;
        if mode == Mode::Replace {
            kept.insert(fid);
        }
    }
    if mode == Mode::Replace {
        let mut gone = Vec::new();
        rows::scan(transaction, table, i64::MIN..=i64::MAX, &mut |row| {
            if !kept.contains(&row.fid) && replaces.is_none_or(|replaces| replaces(&table.collection, &row)) {
                gone.push(row);
            }
            Ok(())
        })?;
        for row in gone {
            writer.delete(row)?;
        }
    }
    writer.finish()
}

/// Makes edits in their order; what is edited of a collection is one change.
pub fn edit(
    transaction: &Transaction<'_>,
    tables: &[Table],
    edits: Vec<Edit<'_>>,
    origin: &Origin,
) -> Result<Vec<Edited>, StoreError> {
    let mut writers: Vec<Writer<'_>> = Vec::new();
    let mut edited = Vec::with_capacity(edits.len());
    for edit in edits {
        let table = super::find(tables, edit.collection)?;
        // Values go by position.
        if !edit.collection.stored_fields().map(|field| &field.name).eq(&table.columns) {
            return Err(StoreError::Busy(format!("the columns of '{}' are not those that were served", table.name)));
        }
        let known = writers.iter().position(|writer| writer.table.name == table.name);
        let at = match known {
            Some(at) => at,
            None => {
                writers.push(Writer::prepare(transaction, table, origin)?);
                writers.len() - 1
            }
        };
        edited.push(writers[at].edit(edit)?);
    }
    for writer in writers {
        if writer.has_done_something() {
            writer.finish()?;
        } else {
            writer.forget()?;
        }
    }
    Ok(edited)
}

/// The prepared statements of one change.
struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    table: &'a Table,
    change_id: i64,
    next_fid: i64,
    applied: Applied,
    /// Whether a place was written.
    has_moved: bool,
    frozen: Frozen,
    find: Statement<'a>,
    insert: Statement<'a>,
    log: Statement<'a>,
}

impl<'a> Writer<'a> {
    fn prepare(transaction: &'a Transaction<'a>, table: &'a Table, origin: &Origin) -> Result<Writer<'a>, StoreError> {
        let Some(id_column) = table.id_column.as_deref().filter(|_| table.has_fid()) else {
            let name = &table.name;
            return Err(StoreError::ReadOnly(format!(
                "table '{name}' has no columns fid and id: it was not made by langxanh"
            )));
        };
        let fail = || doing("preparing the change");
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let begin = "INSERT INTO langxanh_changes (at, who, what, collection, why) VALUES (?1, ?2, ?3, ?4, ?5)";
        let begun = params![now, origin.who, origin.what, table.collection.id, origin.why];
        transaction.execute(begin, begun).map_err(fail())?;
        let change_id = transaction.last_insert_rowid();
        let last_fid: Option<i64> = transaction
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = ?1", [&table.name], |row| row.get(0))
            .optional()
            .map_err(fail())?;
        let name = quoted(&table.name);
        let mut columns = vec!["fid".to_owned(), quoted(id_column)];
        columns.extend(table.geometry_column().map(quoted));
        columns.extend(table.columns.iter().map(|column| quoted(column)));
        let marks: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
        let find = format!("SELECT {} FROM {name} WHERE {} = ?1", columns.join(", "), quoted(id_column));
        let insert = format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), marks.join(", "));
        let log = "INSERT INTO langxanh_history (change_id, collection, id, operation, before_values, before_geom) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        Ok(Writer {
            transaction,
            table,
            change_id,
            next_fid: last_fid.unwrap_or(0) + 1,
            applied: Applied::default(),
            has_moved: false,
            frozen: quarters::frozen(transaction)?,
            find: transaction.prepare(&find).map_err(fail())?,
            insert: transaction.prepare(&insert).map_err(fail())?,
            log: transaction.prepare(log).map_err(fail())?,
        })
    }

    fn known(&mut self, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let mut found = self.find.query([id.as_str()]).map_err(doing("looking a row up"))?;
        match found.next().map_err(doing("looking a row up"))? {
            Some(row) => rows::decode(self.table, row, &mut rows::Misfits::default()).map(Some),
            None => Ok(None),
        }
    }

    /// Writes one draft and gives the row number it has now.
    fn write(&mut self, draft: Draft, mode: Mode) -> Result<i64, StoreError> {
        let known = match &draft.id {
            Some(id) => self.known(id)?,
            None => None,
        };
        match known {
            Some(row) if mode == Mode::Append => {
                Err(StoreError::Conflict { collection: self.table.collection.id.clone(), id: row.id.to_string() })
            }
            Some(row) if row.values == draft.values && row.shape == draft.shape => {
                self.applied.unchanged += 1;
                Ok(row.fid)
            }
            Some(row) => {
                let fid = row.fid;
                self.change(row, &draft)?;
                Ok(fid)
            }
            None => {
                let id = draft.id.unwrap_or_else(|| FeatureId::from_fid(self.next_fid));
                self.insert(&id, &draft.values, draft.shape.as_ref())
            }
        }
    }

    /// Makes a row and gives its number.
    fn insert(&mut self, id: &FeatureId, values: &[Value], shape: Option<&Shape>) -> Result<i64, StoreError> {
        let fid = self.next_fid;
        self.next_fid += 1;
        self.frozen.check(&self.table.collection, id, None, Some(values))?;
        let collection = &self.table.collection.id;
        rows::bind(&mut self.insert, self.table, fid, id, values, shape).map_err(|error| match error {
            StoreError::Database { cause, .. } if is_unique_violation(&cause) => {
                StoreError::Conflict { collection: collection.clone(), id: id.to_string() }
            }
            other => other,
        })?;
        let made = params![self.change_id, collection, id.as_str(), "insert", None::<String>, None::<Vec<u8>>];
        self.log.execute(made).map_err(doing("writing the history"))?;
        self.applied.inserted += 1;
        self.has_moved |= shape.is_some();
        Ok(fid)
    }

    /// The id of the next row that asks for none: its number, unless that is or was the id of another.
    fn free_id(&mut self) -> Result<FeatureId, StoreError> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1)
                 OR EXISTS (SELECT 1 FROM langxanh_history WHERE collection = ?2 AND id = ?1)",
            quoted(&self.table.name),
            quoted(self.table.id_column.as_deref().unwrap_or("id")),
        );
        let fail = || doing("looking for an id");
        let mut is_taken = self.transaction.prepare_cached(&sql).map_err(fail())?;
        loop {
            let id = FeatureId::from_fid(self.next_fid);
            let asked = params![id.as_str(), self.table.collection.id];
            if !is_taken.query_row(asked, |row| row.get::<_, bool>(0)).map_err(fail())? {
                return Ok(id);
            }
            self.next_fid += 1;
        }
    }

    /// Writes what differs of a row and nothing else: a column that is not touched keeps what another program put there to
    /// the last byte, a curve among it.
    fn change(&mut self, before: Row, after: &Draft) -> Result<(), StoreError> {
        self.frozen.check(&self.table.collection, &before.id, Some(&before.values), Some(&after.values))?;
        let geom = after.shape.as_ref().map(|shape| write_gpkg_blob(shape, self.table.srs_id));
        let mut sets: Vec<(String, &dyn ToSql)> = Vec::new();
        for (column, (old, new)) in self.table.columns.iter().zip(before.values.iter().zip(&after.values)) {
            if old != new {
                sets.push((quoted(column), new));
            }
        }
        if let Some(column) = self.table.geometry_column().filter(|_| before.shape != after.shape) {
            sets.push((quoted(column), &geom));
        }
        let assigned: Vec<_> =
            sets.iter().enumerate().map(|(n, (column, _))| format!("{column} = ?{}", n + 2)).collect();
        let sql = format!("UPDATE {} SET {} WHERE fid = ?1", quoted(&self.table.name), assigned.join(", "));
        let mut bound: Vec<&dyn ToSql> = vec![&before.fid];
        bound.extend(sets.iter().map(|(_, value)| *value));
        let written =
            self.transaction.prepare_cached(&sql).and_then(|mut statement| statement.execute(bound.as_slice()));
        written.map_err(doing("changing a row"))?;
        self.applied.updated += 1;
        self.has_moved |= before.shape != after.shape;
        self.log(Operation::Update, before)
    }

    /// Makes one edit.
    fn edit(&mut self, edit: Edit<'_>) -> Result<Edited, StoreError> {
        let before = match &edit.id {
            Some(id) => self.known(id)?,
            None => None,
        };
        let after = (edit.make)(before.as_ref())?;
        let (id, operation) = match (before, after) {
            (None, None) => {
                let nothing = || StoreError::Stopped("an edit that makes a row made none".to_owned());
                (edit.id.ok_or_else(nothing)?, None)
            }
            (None, Some(draft)) => {
                let id = match edit.id.or(draft.id) {
                    Some(id) => id,
                    None => self.free_id()?,
                };
                self.insert(&id, &draft.values, draft.shape.as_ref())?;
                (id, Some(Operation::Insert))
            }
            (Some(before), Some(draft)) if before.values == draft.values && before.shape == draft.shape => {
                return Ok(Edited { id: before.id.clone(), operation: None, row: Some(before), change_id: None });
            }
            (Some(before), Some(draft)) => {
                let id = before.id.clone();
                self.change(before, &draft)?;
                (id, Some(Operation::Update))
            }
            (Some(before), None) => {
                let id = before.id.clone();
                self.delete(before)?;
                (id, Some(Operation::Delete))
            }
        };
        let row = self.known(&id)?;
        Ok(Edited { id, operation, row, change_id: operation.map(|_| self.change_id) })
    }

    fn delete(&mut self, row: Row) -> Result<(), StoreError> {
        self.frozen.check(&self.table.collection, &row.id, Some(&row.values), None)?;
        let sql = format!("DELETE FROM {} WHERE fid = ?1", quoted(&self.table.name));
        self.transaction
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.execute([row.fid]))
            .map_err(doing("deleting a row"))?;
        self.applied.deleted += 1;
        self.has_moved |= row.shape.is_some();
        self.log(Operation::Delete, row)
    }

    /// Keeps what a row was before it changed.
    fn log(&mut self, operation: Operation, before: Row) -> Result<(), StoreError> {
        let values = rows::values_to_json(self.table, &before.values);
        let geom = before.shape.as_ref().map(|shape| write_gpkg_blob(shape, self.table.srs_id));
        let operation = if operation == Operation::Delete { "delete" } else { "update" };
        self.log
            .execute(params![self.change_id, self.table.collection.id, before.id.as_str(), operation, values, geom])
            .map_err(doing("writing the history"))?;
        Ok(())
    }

    /// Writes what the change did.
    fn finish(self) -> Result<Applied, StoreError> {
        let applied = self.applied;
        let counts = "UPDATE langxanh_changes SET inserted = ?2, updated = ?3, deleted = ?4 WHERE change_id = ?1";
        let counted = params![self.change_id, applied.inserted as i64, applied.updated as i64, applied.deleted as i64];
        self.transaction.execute(counts, counted).map_err(doing("writing the history"))?;
        schema::update_contents(self.transaction, self.table, self.has_moved)?;
        Ok(applied)
    }

    fn has_done_something(&self) -> bool {
        let Applied { inserted, updated, deleted, .. } = self.applied;
        inserted + updated + deleted > 0
    }

    /// Takes a change back that did nothing.
    fn forget(self) -> Result<(), StoreError> {
        let sql = "DELETE FROM langxanh_changes WHERE change_id = ?1";
        self.transaction.execute(sql, [self.change_id]).map_err(doing("writing the history"))?;
        Ok(())
    }
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}
