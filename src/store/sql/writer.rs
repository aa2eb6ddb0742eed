//! Writing rows with their history, inside the transaction of a change.

use std::collections::{HashMap, HashSet};

use super::session::{Bind, NewRow, Session, bound};
use super::table::{self, Table, quoted, values_to_json};
use super::{quarters, record};
use crate::domain::{FeatureId, Value};
use crate::geom::Shape;
use crate::geom::wkb::write_gpkg_blob;
use crate::store::among::Scope;
use crate::store::record::Frozen;
use crate::store::{Applied, Change, Draft, Edit, Edited, Mode, Operation, Origin, Row, StoreError};

/// Writes the drafts of a change and their history inside one transaction.
pub fn apply(
    session: &dyn Session,
    table: &Table,
    change: Change<'_>,
    replaces: Option<Scope<'_>>,
) -> Result<Applied, StoreError> {
    let Change { mode, drafts, origin, .. } = change;
    let mut writer = Writer::prepare(session, table, &origin)?;
    let mut kept = HashSet::new();
    let mut keep = |fids: Vec<i64>| {
        if mode == Mode::Replace {
            kept.extend(fids);
        }
    };
    let mut waiting = Vec::new();
    for draft in drafts {
        match draft {
            Ok(draft) => waiting.push(draft),
            Err(error) => {
                // What is wrong with those before is said first.
                writer.write(waiting, mode)?;
                return Err(error);
            }
        }
        if waiting.len() >= session.lookahead() {
            keep(writer.write(std::mem::take(&mut waiting), mode)?);
        }
    }
    keep(writer.write(waiting, mode)?);
    if mode == Mode::Replace {
        let mut gone = Vec::new();
        let mut see = |row: Row| {
            if !kept.contains(&row.fid) && replaces.is_none_or(|replaces| (replaces.may_go)(&row)) {
                gone.push(row);
            }
            Ok(())
        };
        match replaces {
            None => table::scan(session, table, i64::MIN..=i64::MAX, &mut see)?,
            Some(Scope { among, .. }) => table::scan_among(session, table, &among(&table.collection), &mut see)?,
        }
        for row in gone {
            writer.delete(row)?;
        }
    }
    writer.finish()
}

/// Makes edits in their order; what is edited of a collection is one change.
pub fn edit(
    session: &dyn Session,
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
                writers.push(Writer::prepare(session, table, origin)?);
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

/// Writes one change.
struct Writer<'a> {
    session: &'a dyn Session,
    table: &'a Table,
    change_id: i64,
    next_fid: i64,
    applied: Applied,
    /// Whether a place was written.
    has_moved: bool,
    frozen: Frozen,
    /// Rows that wait to be written together.
    new: Vec<NewRow>,
}

impl<'a> Writer<'a> {
    fn prepare(session: &'a dyn Session, table: &'a Table, origin: &Origin) -> Result<Writer<'a>, StoreError> {
        if table.id_column.is_none() || !table.has_fid() {
            let name = &table.name;
            return Err(StoreError::ReadOnly(format!(
                "table '{name}' has no columns fid and id: it was not made by langxanh"
            )));
        }
        Ok(Writer {
            session,
            table,
            change_id: record::begin(session, &table.collection.id, origin)?,
            next_fid: session.next_number(&table.name, "fid")?,
            applied: Applied::default(),
            has_moved: false,
            frozen: quarters::frozen(session)?,
            new: Vec::new(),
        })
    }

    fn known(&self, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        Ok(self.session.look_up(self.table, &[id])?.pop())
    }

    /// Writes drafts in their order and gives the row numbers that they have now.
    fn write(&mut self, drafts: Vec<Draft>, mode: Mode) -> Result<Vec<i64>, StoreError> {
        let ids: Vec<&FeatureId> = drafts.iter().filter_map(|draft| draft.id.as_ref()).collect();
        let known = self.session.look_up(self.table, &ids)?;
        let mut known: HashMap<FeatureId, Row> = known.into_iter().map(|row| (row.id.clone(), row)).collect();
        // Ids that were met before among these drafts: what was looked up is not their state any more.
        let mut met: HashSet<FeatureId> = HashSet::new();
        let mut fids = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let row = match &draft.id {
                None => None,
                Some(id) if met.insert(id.clone()) => known.remove(id),
                Some(id) => {
                    self.flush()?;
                    self.known(id)?
                }
            };
            fids.push(self.write_one(draft, row, mode)?);
        }
        // The next ones are looked up among them.
        self.flush()?;
        Ok(fids)
    }

    /// Writes one draft and gives the row number it has now.
    fn write_one(&mut self, draft: Draft, known: Option<Row>, mode: Mode) -> Result<i64, StoreError> {
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
                self.insert(id, draft.values, draft.shape)
            }
        }
    }

    /// Makes a row, which is written with the next [`Writer::flush`], and gives its number.
    fn insert(&mut self, id: FeatureId, values: Vec<Value>, shape: Option<Shape>) -> Result<i64, StoreError> {
        let fid = self.next_fid;
        self.next_fid += 1;
        self.frozen.check(&self.table.collection, &id, None, Some(&values))?;
        self.applied.inserted += 1;
        self.has_moved |= shape.is_some();
        self.new.push(NewRow { fid, id, values, shape });
        Ok(fid)
    }

    /// Writes the rows that wait.
    fn flush(&mut self) -> Result<(), StoreError> {
        if !self.new.is_empty() {
            self.session.insert(self.table, Some(self.change_id), &self.new)?;
            self.new.clear();
        }
        Ok(())
    }

    /// The id of the next row that asks for none: its number, unless that is or was the id of another.
    fn free_id(&mut self) -> Result<FeatureId, StoreError> {
        let sql = format!(
            "SELECT 1 FROM {} WHERE {} = ?1 UNION ALL SELECT 1 FROM langxanh_history WHERE collection = ?2 AND id = ?1",
            quoted(&self.table.name),
            quoted(self.table.id_column.as_deref().unwrap_or("id")),
        );
        loop {
            let id = FeatureId::from_fid(self.next_fid);
            let asked = bound![&id, &self.table.collection.id];
            if self.session.first("looking for an id", &sql, asked, |_| Ok(()))?.is_none() {
                return Ok(id);
            }
            self.next_fid += 1;
        }
    }

    /// Writes what differs of a row and nothing else: a column that is not touched keeps what another program put there to
    /// the last byte, a curve among it.
    fn change(&mut self, before: Row, after: &Draft) -> Result<(), StoreError> {
        self.frozen.check(&self.table.collection, &before.id, Some(&before.values), Some(&after.values))?;
        let mut sets: Vec<String> = Vec::new();
        let mut bound = vec![Bind::Integer(before.fid)];
        for (column, (old, new)) in self.table.columns.iter().zip(before.values.iter().zip(&after.values)) {
            if old != new {
                bound.push(Bind::Value(new));
                sets.push(format!("{} = ?{}", quoted(column), bound.len()));
            }
        }
        if let Some(column) = self.table.geometry_column().filter(|_| before.shape != after.shape) {
            bound.push(after.shape.as_ref().map_or(Bind::Null, |shape| Bind::Place(shape, self.table)));
            sets.push(format!("{} = ?{}", quoted(column), bound.len()));
        }
        let sql = format!("UPDATE {} SET {} WHERE fid = ?1", quoted(&self.table.name), sets.join(", "));
        self.session.run("changing a row", &sql, &bound)?;
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
                self.insert(id.clone(), draft.values, draft.shape)?;
                self.flush()?;
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
        self.session.run("deleting a row", &sql, bound![row.fid])?;
        self.applied.deleted += 1;
        self.has_moved |= row.shape.is_some();
        self.log(Operation::Delete, row)
    }

    /// Keeps what a row was before it changed.
    fn log(&mut self, operation: Operation, before: Row) -> Result<(), StoreError> {
        // Its insertion stands in the history before.
        self.flush()?;
        let values = values_to_json(self.table, &before.values);
        let geom = before.shape.as_ref().map(|shape| write_gpkg_blob(shape, self.table.srs_id));
        let operation = if operation == Operation::Delete { "delete" } else { "update" };
        let log = "INSERT INTO langxanh_history (change_id, collection, id, operation, before_values, before_geom) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let bound = bound![self.change_id, &self.table.collection.id, &before.id, operation, &values, &geom];
        self.session.run("writing the history", log, bound).map(|_| ())
    }

    /// Writes what the change did.
    fn finish(mut self) -> Result<Applied, StoreError> {
        self.flush()?;
        let applied = self.applied;
        let counts = "UPDATE langxanh_changes SET inserted = ?2, updated = ?3, deleted = ?4 WHERE change_id = ?1";
        let count = |rows: u64| Bind::Integer(rows as i64);
        let counted =
            [Bind::Integer(self.change_id), count(applied.inserted), count(applied.updated), count(applied.deleted)];
        self.session.run("writing the history", counts, &counted)?;
        self.session.set_next_number(&self.table.name, "fid", self.next_fid)?;
        self.session.wrote(self.table, self.has_moved)?;
        Ok(applied)
    }

    fn has_done_something(&self) -> bool {
        let Applied { inserted, updated, deleted, .. } = self.applied;
        inserted + updated + deleted > 0
    }

    /// Takes a change back that did nothing.
    fn forget(self) -> Result<(), StoreError> {
        let sql = "DELETE FROM langxanh_changes WHERE change_id = ?1";
        self.session.run("writing the history", sql, bound![self.change_id]).map(|_| ())
    }
}
