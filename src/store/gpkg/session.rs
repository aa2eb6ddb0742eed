//! A transaction of a GeoPackage as the store sees it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::ops::ControlFlow;

use rusqlite::types::{ToSql, ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{CachedStatement, OptionalExtension, Transaction, params_from_iter};

use super::{SCHEMA_VERSION, doing, foreign, journal, schema};
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::wkb::write_gpkg_blob;
use crate::store::chain::{self, RowHash};
use crate::store::sql;
use crate::store::sql::session::{Bind, Cell, Cells, Found, NewRow, Session, Step, insertion};
use crate::store::sql::table::{self, Misfits, Table, quoted};
use crate::store::{Row, StoreError, Unserved};

/// The column of a row's hash: its position and name.
type Columns = Vec<(usize, String)>;

pub struct GpkgSession<'a> {
    transaction: &'a Transaction<'a>,
    is_ours: bool,
    /// By collection: the columns in the order in which they are hashed.
    hashed: RefCell<HashMap<String, Columns>>,
}

impl<'a> GpkgSession<'a> {
    pub fn new(transaction: &'a Transaction<'a>, is_ours: bool) -> GpkgSession<'a> {
        GpkgSession { transaction, is_ours, hashed: RefCell::default() }
    }

    fn prepared(&self, what: &str, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        self.transaction.prepare_cached(sql).map_err(doing(what))
    }
}

impl ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match *self {
            Bind::Null => ToSqlOutput::Owned(SqlValue::Null),
            Bind::Integer(number) => ToSqlOutput::Owned(SqlValue::Integer(number)),
            Bind::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Bind::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Bind::Place(shape, table) => ToSqlOutput::Owned(SqlValue::Blob(write_gpkg_blob(shape, table.srs_id))),
            Bind::Value(value) => match value {
                Value::Null => ToSqlOutput::Owned(SqlValue::Null),
                Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
                Value::Integer(n) => ToSqlOutput::Owned(SqlValue::Integer(*n)),
                Value::Number(n) => ToSqlOutput::Owned(SqlValue::Real(*n)),
                Value::Boolean(b) => ToSqlOutput::Owned(SqlValue::Integer(i64::from(*b))),
                Value::Date(date) => ToSqlOutput::Owned(SqlValue::Text(date.to_string())),
                Value::DateTime(at) => ToSqlOutput::Owned(SqlValue::Text(sql::record::written(*at))),
            },
        })
    }
}

impl Cells for rusqlite::Row<'_> {
    fn cell(&self, at: usize) -> Result<Cell<'_>, Box<dyn Error + Send + Sync>> {
        Ok(match self.get_ref(at)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(text) => Cell::Text(text),
            ValueRef::Blob(bytes) => Cell::Bytes(bytes),
        })
    }
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

impl Session for GpkgSession<'_> {
    fn run(&self, what: &str, sql: &str, bound: &[Bind<'_>]) -> Result<u64, StoreError> {
        let written = self.prepared(what, sql)?.execute(params_from_iter(bound)).map_err(doing(what))?;
        Ok(written as u64)
    }

    fn run_all(&self, what: &str, sql: &str, lists: &[Vec<Bind<'_>>]) -> Result<(), StoreError> {
        let mut statement = self.prepared(what, sql)?;
        for bound in lists {
            statement.execute(params_from_iter(bound)).map_err(doing(what))?;
        }
        Ok(())
    }

    fn visit(
        &self,
        what: &str,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(&Found<'_>) -> Step,
    ) -> Result<(), StoreError> {
        let mut statement = self.prepared(what, sql)?;
        let mut rows = statement.query(params_from_iter(bound)).map_err(doing(what))?;
        while let Some(row) = rows.next().map_err(doing(what))? {
            if each(&Found::new(row, what))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rows(
        &self,
        what: &str,
        table: &Table,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(Row) -> Step,
    ) -> Result<(), StoreError> {
        let mut statement = self.prepared(what, sql)?;
        let mut rows = statement.query(params_from_iter(bound)).map_err(doing(what))?;
        let mut misfits = Misfits::default();
        while let Some(row) = rows.next().map_err(doing(what))? {
            if each(table::decode(table, row, &mut misfits, table::decode_blob)?)?.is_break() {
                break;
            }
        }
        misfits.tell(table);
        Ok(())
    }

    fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        let what = "looking for a table";
        let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
        let count: i64 = self.prepared(what, sql)?.query_row([name], |row| row.get(0)).map_err(doing(what))?;
        Ok(count > 0)
    }

    fn make(&self, what: &str, tables: &str) -> Result<(), StoreError> {
        self.transaction.execute_batch(tables).map_err(doing(what))
    }

    fn tables(&self) -> Result<(Vec<Table>, Vec<Unserved>), StoreError> {
        schema::tables(self.transaction, self.is_ours)
    }

    fn create_table(&self, collection: &Collection) -> Result<Table, StoreError> {
        schema::create_table(self.transaction, collection)
    }

    fn watch(&self, tables: &[Table]) -> Result<(), StoreError> {
        schema::ensure_past(self)?;
        journal::ensure(self, tables)?;
        schema::set_version(self.transaction, SCHEMA_VERSION)
    }

    fn set_keeping(&self, keeps: bool) -> Result<(), StoreError> {
        foreign::set_keeping(self.transaction, keeps)
    }

    fn trim(&self) -> Result<(), StoreError> {
        journal::trim(self)
    }

    fn next_number(&self, table: &str, column: &str) -> Result<i64, StoreError> {
        let what = "preparing the change";
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let last = self.prepared(what, sql)?.query_row([table], |row| row.get::<_, i64>(0)).optional();
        if let Some(last) = last.map_err(doing(what))? {
            return Ok(last + 1);
        }
        // A table that counts and has had no row yet, or one whose numbers SQLite counts by the last row.
        let sql = format!("SELECT coalesce(max({}), 0) + 1 FROM {}", quoted(column), quoted(table));
        self.prepared(what, &sql)?.query_row([], |row| row.get(0)).map_err(doing(what))
    }

    fn set_next_number(&self, table: &str, _: &str, next: i64) -> Result<(), StoreError> {
        // SQLite counts what is written by itself: only numbers that were given and are there no more are news to it.
        let what = "numbering rows";
        let update = "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2";
        let last = next - 1;
        self.run(what, update, &[Bind::Text(table), Bind::Integer(last)])?;
        let add = "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 WHERE ?2 > 0
                   AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)
                   AND EXISTS (SELECT 1 FROM sqlite_master WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%')";
        self.run(what, add, &[Bind::Text(table), Bind::Integer(last)]).map(|_| ())
    }

    fn lookahead(&self) -> usize {
        // Enough that preparing for some rows costs each of them nothing.
        100
    }

    fn look_up(&self, table: &Table, ids: &[&FeatureId]) -> Result<Vec<Row>, StoreError> {
        let Some(id_column) = table.id_column.as_deref().map(quoted) else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        let sql = format!("{} WHERE {id_column} = ?1", table::select(table));
        for id in ids {
            self.rows("looking a row up", table, &sql, &[Bind::from(*id)], &mut |row| {
                rows.push(row);
                Ok(ControlFlow::Break(()))
            })?;
        }
        Ok(rows)
    }

    fn insert(&self, table: &Table, change: Option<i64>, rows: &[NewRow]) -> Result<(), StoreError> {
        let collection = &table.collection.id;
        let mut columns = vec!["fid".to_owned(), quoted(table.id_column.as_deref().unwrap_or("id"))];
        columns.extend(table.geometry_column().map(quoted));
        columns.extend(table.columns.iter().map(|column| quoted(column)));
        let insert = insertion(&quoted(&table.name), &columns);
        let log = "INSERT INTO langxanh_history (change_id, collection, id, operation) VALUES (?1, ?2, ?3, 'insert')";
        let mut insert = self.prepared("preparing the change", &insert)?;
        for NewRow { fid, id, values, shape } in rows {
            let mut bound = vec![Bind::Integer(*fid), Bind::from(id)];
            if table.collection.geometry.is_some() {
                bound.push(shape.as_ref().map_or(Bind::Null, |shape| Bind::Place(shape, table)));
            }
            bound.extend(values.iter().map(Bind::Value));
            insert.execute(params_from_iter(&bound)).map_err(|error| match is_unique_violation(&error) {
                true => StoreError::Conflict { collection: collection.clone(), id: id.to_string() },
                false => doing(&format!("writing the row '{id}' of '{collection}'"))(error),
            })?;
            if let Some(change) = change {
                self.run("writing the history", log, &[Bind::Integer(change), Bind::from(collection), Bind::from(id)])?;
            }
        }
        Ok(())
    }

    fn hashes(
        &self,
        table: &Table,
        ids: &[&str],
        each: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let what = "sealing the history";
        let Some(id_column) = table.id_column.as_deref().map(quoted) else { return Ok(()) };
        let sql = format!("SELECT * FROM {} WHERE {id_column} = ?1", quoted(&table.name));
        let mut statement = self.prepared(what, &sql)?;
        let mut hashed = self.hashed.borrow_mut();
        let columns = hashed.entry(table.collection.id.clone()).or_insert_with(|| {
            let names = statement.column_names().into_iter().map(str::to_owned).enumerate();
            let mut names: Vec<_> = names.filter(|(_, name)| Some(name) != table.fid_column.as_ref()).collect();
            names.sort_by(|a, b| a.1.cmp(&b.1));
            names
        });
        for (place, id) in ids.iter().enumerate() {
            let mut found = statement.query([id]).map_err(doing(what))?;
            let Some(row) = found.next().map_err(doing(what))? else { continue };
            let mut hash = RowHash::default();
            for (at, name) in columns.iter() {
                let cell = match row.get_ref(*at).map_err(doing(what))? {
                    ValueRef::Null => continue,
                    ValueRef::Integer(number) => chain::Cell::Integer(number),
                    ValueRef::Real(number) => chain::Cell::Real(number),
                    ValueRef::Text(text) => chain::Cell::Text(text),
                    ValueRef::Blob(bytes) => chain::Cell::Blob(bytes),
                };
                hash.add(name, cell);
            }
            each(place, hash.finish().to_vec())?;
        }
        Ok(())
    }

    fn wrote(&self, table: &Table, has_moved: bool) -> Result<(), StoreError> {
        schema::update_contents(self.transaction, table, has_moved)
    }
}
