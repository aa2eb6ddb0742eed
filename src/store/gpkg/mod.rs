//! The GeoPackage store: one file that QGIS and GDAL open too.
//!
//! It speaks SQL through the system's SQLite, the same library that GDAL links: two copies in one process would drop each
//! other's locks. One connection writes; every scan reads through its own, so that a reader sees one state of the file.
//! A GeoPackage that is not ours is served read-only from its own schema.

mod attachments;
mod foreign;
mod journal;
mod rows;
mod rtree;
mod schema;
mod sources;

use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Statement, Transaction, TransactionBehavior, params,
};

use super::{
    Applied, Attachment, Batch, Change, Changes, Draft, KeptFile, Mark, Mode, NewAttachment, Operation, Origin, Row,
    Scope, Store, StoreError, Touched, Unserved, Version,
};
use crate::domain::{Collection, FeatureId, Kind, catalog};
use schema::Table;

/// Version of the tables that this program makes; a file with a newer one is refused. Version 1 had no journal; a store of
/// that version gets it with the next change that is written here.
const SCHEMA_VERSION: i64 = 3;

/// A store in one GeoPackage file.
pub struct GpkgStore {
    path: PathBuf,
    tables: Mutex<Vec<Table>>,
    unserved: Mutex<Vec<Unserved>>,
    /// Held open because SQLite's data version is relative to a connection.
    monitor: Mutex<Connection>,
    /// Connections that read and are free.
    readers: Mutex<Vec<Connection>>,
    /// `None` for a file that is not ours. Last, so that it is closed last: only a connection that writes puts the log into
    /// the file when it goes, and a store at rest is one file that can be copied.
    writer: Option<Mutex<Connection>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held has rolled its transaction back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Attaches what was being done to an error of SQLite.
pub(crate) fn doing(what: &str) -> impl FnOnce(rusqlite::Error) -> StoreError + '_ {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(what.to_owned()),
        _ => StoreError::Database { doing: what.to_owned(), cause: source },
    }
}

/// An SQL identifier: the only place where a name becomes part of a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let fail = |source: rusqlite::Error| StoreError::Open { path: path.to_owned(), reason: source.to_string() };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fail)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Refuses a file whose size is not what its own header says: half-copied or cut off.
fn check_length(path: &Path) -> Result<(), StoreError> {
    let open = |reason: String| StoreError::Open { path: path.to_owned(), reason };
    let mut header = [0u8; 100];
    let length = {
        use std::io::Read;
        let mut file = std::fs::File::open(path).map_err(|e| open(format!("cannot be opened: {e}")))?;
        file.read_exact(&mut header).map_err(|_| open("is too short to be a GeoPackage".to_owned()))?;
        file.metadata().map_err(|e| open(e.to_string()))?.len()
    };
    if &header[..16] != b"SQLite format 3\0" {
        return Err(open("is not a GeoPackage: it is no SQLite file".to_owned()));
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    // The page count is valid only where the two change counters agree; a log beside the file may hold further pages.
    let counted = header[24..28] == header[92..96];
    if counted && length < page * pages {
        return Err(open(format!("is cut off: {length} bytes of {} are there", page * pages)));
    }
    Ok(())
}

impl GpkgStore {
    /// Makes a new store with an empty table for every declared register.
    ///
    /// # Errors
    /// When something is at the path already or the file cannot be written.
    pub fn create(path: &Path) -> Result<GpkgStore, StoreError> {
        if path.exists() {
            return Err(StoreError::Open { path: path.to_owned(), reason: "exists already".to_owned() });
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
            let reason = format!("cannot be made: there is no folder {}", folder.display());
            return Err(StoreError::Open { path: path.to_owned(), reason });
        }
        // Made under another name and moved when whole: a store that exists is complete.
        let making = path.with_extension("gpkg.making");
        let _ = std::fs::remove_file(&making);
        let mut connection = connect(&making, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        schema::initialise(&mut connection, SCHEMA_VERSION)?;
        drop(connection);
        std::fs::rename(&making, path)
            .map_err(|e| StoreError::Open { path: path.to_owned(), reason: format!("cannot be made: {e}") })?;
        GpkgStore::open(path)
    }

    /// Opens a store and verifies it whole: the header, the schema of every declared table. One of an earlier version gets
    /// the tables and columns that it lacks.
    ///
    /// # Errors
    /// Names the file and what is wrong with it. Nothing is changed then.
    pub fn open(path: &Path) -> Result<GpkgStore, StoreError> {
        check_length(path)?;
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let monitor = connect(path, read_only)?;
        let fail = |reason: String| StoreError::Open { path: path.to_owned(), reason };
        let contents: i64 = monitor
            .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_contents'", [], |row| row.get(0))
            .map_err(|e| fail(format!("cannot be read: {e}")))?;
        if contents == 0 {
            return Err(fail("is not a GeoPackage: the table gpkg_contents is missing".to_owned()));
        }
        let ours = schema::version(&monitor)?;
        if let Some(version) = ours.filter(|version| *version > SCHEMA_VERSION) {
            return Err(fail(format!(
                "was made by a newer langxanh (schema {version}, this one knows {SCHEMA_VERSION})"
            )));
        }
        let writer = match ours {
            Some(version) => {
                let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
                rtree::register_functions(&writer).map_err(doing("preparing the writer"))?;
                let settings = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
                writer.execute_batch(settings).map_err(|e| fail(format!("cannot be written: {e}")))?;
                if version < SCHEMA_VERSION {
                    schema::upgrade(&mut writer, version, SCHEMA_VERSION)?;
                    tracing::info!(store = %path.display(), from = version, to = SCHEMA_VERSION, "the store was upgraded");
                }
                Some(Mutex::new(writer))
            }
            None => None,
        };
        let (tables, unserved) = schema::tables(&monitor, ours.is_some())?;
        Ok(GpkgStore {
            path: path.to_owned(),
            tables: Mutex::new(tables),
            unserved: Mutex::new(unserved),
            monitor: Mutex::new(monitor),
            readers: Mutex::default(),
            writer,
        })
    }

    /// Closes the store so that its one file holds everything and can be moved.
    ///
    /// # Errors
    /// When the log cannot be put back into the file, because another program reads it.
    pub fn close(self) -> Result<(), StoreError> {
        let GpkgStore { path, monitor, readers, writer, .. } = self;
        drop((monitor, readers));
        let Some(writer) = writer else { return Ok(()) };
        let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let busy: i64 = writer
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(doing("putting the log back into the store"))?;
        if busy != 0 {
            return Err(StoreError::Open { path, reason: "is in use by another program".to_owned() });
        }
        writer.close().map_err(|(_, cause)| StoreError::Database { doing: "closing the store".to_owned(), cause })
    }

    /// Reads through a connection that nobody else uses meanwhile.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let free = lock(&self.readers).pop();
        let connection = match free {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let outcome = work(&connection);
        lock(&self.readers).push(connection);
        outcome
    }

    /// Writes beside the registers, all or nothing.
    fn write_aside<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let Some(writer) = &self.writer else {
            return Err(StoreError::ReadOnly(format!("{} was not made by langxanh", self.path.display())));
        };
        let mut writer = lock(writer);
        writer.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(doing("preparing the journal"))?;
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(doing("waiting for the right to write"))?;
        let done = work(&transaction)?;
        transaction.commit().map_err(doing("committing the change"))?;
        Ok(done)
    }

    fn table(&self, id: &str) -> Result<Table, StoreError> {
        let tables = lock(&self.tables);
        tables.iter().find(|t| t.collection.id == id).cloned().ok_or_else(|| StoreError::NoCollection(id.to_owned()))
    }
}

impl Store for GpkgStore {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        let (tables, unserved) = schema::tables(&lock(&self.monitor), self.writer.is_some())?;
        let collections = tables.iter().map(|table| table.collection.clone()).collect();
        *lock(&self.tables) = tables;
        *lock(&self.unserved) = unserved;
        Ok(collections)
    }

    fn unserved(&self) -> Vec<Unserved> {
        lock(&self.unserved).clone()
    }

    fn version(&self) -> Result<i64, StoreError> {
        let monitor = lock(&self.monitor);
        monitor.query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(doing("asking for the data version"))
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        if self.writer.is_none() {
            return Ok(None);
        }
        let monitor = lock(&self.monitor);
        let state = monitor.unchecked_transaction().map_err(doing("reading the journal of the store"))?;
        journal::mark(&state, &lock(&self.tables))
    }

    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError> {
        let monitor = lock(&self.monitor);
        let state = monitor.unchecked_transaction().map_err(doing("reading the journal of the store"))?;
        let Some((mark, touched)) = journal::since(&state, mark)? else { return Ok(None) };
        let tables = lock(&self.tables).clone();
        let mut rows = Vec::with_capacity(touched.len());
        for table in &tables {
            let fids = touched.iter().filter(|(name, _)| *name == table.name).map(|(_, fid)| *fid);
            rows::read(&state, table, fids, &mut |fid, row| {
                rows.push(Touched { collection: table.collection.id.clone(), fid, row });
            })?;
        }
        Ok(Some(Changes { mark, rows }))
    }

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan_between(collection, i64::MIN..=i64::MAX, each)
    }

    fn row_numbers(&self, collection: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        let table = self.table(&collection.id)?;
        self.read(|connection| rows::numbers(connection, &table))
    }

    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let table = self.table(&collection.id)?;
        self.read(|connection| rows::scan(connection, &table, fids, each))
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        let Some(writer) = &self.writer else {
            return Err(StoreError::ReadOnly(format!("{} was not made by langxanh", self.path.display())));
        };
        let mut writer = lock(writer);
        // Here and not when the store is opened, because it changes the file.
        writer.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(doing("preparing the journal"))?;
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(doing("waiting for the right to write"))?;
        // What another program has made of the tables since they were last looked at.
        let (mut tables, _) = schema::tables(&transaction, true)?;
        for change in &batch.changes {
            if tables.iter().all(|table| table.collection.id != change.collection.id) {
                tables.push(schema::create_table(&transaction, change.collection)?);
            }
        }
        journal::ensure(&transaction, &tables)?;
        schema::set_version(&transaction, SCHEMA_VERSION)?;
        foreign::begin(&transaction)?;
        let mut applied = Vec::with_capacity(batch.changes.len());
        for change in batch.changes {
            let table = tables.iter().find(|table| table.collection.id == change.collection.id);
            let table = table.ok_or_else(|| StoreError::NoCollection(change.collection.id.clone()))?;
            applied.push(write(&transaction, table, change, batch.replaces)?);
        }
        if let Some(source) = batch.source {
            sources::keep(&transaction, source)?;
        }
        foreign::end(&transaction)?;
        journal::trim(&transaction)?;
        transaction.commit().map_err(doing("committing the change"))?;
        drop(writer);
        self.collections()?;
        Ok(applied)
    }

    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        self.read(|connection| sources::read(connection, sha256, each))
    }

    fn attach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        new: NewAttachment<'_>,
        origin: &Origin,
    ) -> Result<Attachment, StoreError> {
        self.write_aside(|transaction| attachments::add(transaction, collection, id, new, origin))
    }

    fn detach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        sha256: &str,
        origin: &Origin,
    ) -> Result<bool, StoreError> {
        self.write_aside(|transaction| attachments::remove(transaction, collection, id, sha256, origin))
    }

    fn attachments(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
        self.read(|connection| attachments::list(connection, collection, id))
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        let table = self.table(&collection.id)?;
        self.read(|connection| rows::history(connection, &table, id))
    }

    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        let table = self.table(&collection.id)?;
        if self.writer.is_none() {
            return Ok(Vec::new());
        }
        self.read(|connection| rows::histories(connection, &table, of))
    }
}

/// Writes the drafts and their history inside one transaction.
fn write(
    transaction: &Transaction<'_>,
    table: &Table,
    change: Change<'_>,
    replaces: Option<Scope<'_>>,
) -> Result<Applied, StoreError> {
    let Change { mode, drafts, origin, .. } = change;
    let mut writer = Writer::prepare(transaction, table, &origin)?;
    let mut applied = Applied::default();
    let mut kept = HashSet::new();
    for draft in drafts {
        let fid = writer.write(draft?, mode, &mut applied)?;
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
            applied.deleted += 1;
        }
    }
    writer.finish(&applied)?;
    Ok(applied)
}

/// The prepared statements of one change.
struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    table: &'a Table,
    change_id: i64,
    next_fid: i64,
    find: Statement<'a>,
    insert: Statement<'a>,
    update: Statement<'a>,
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
        let begin = "INSERT INTO langxanh_changes (at, who, what, collection) VALUES (?1, ?2, ?3, ?4)";
        transaction.execute(begin, params![now, origin.who, origin.what, table.collection.id]).map_err(fail())?;
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
        let sets: Vec<_> =
            columns.iter().zip(&marks).skip(2).map(|(column, mark)| format!("{column} = {mark}")).collect();
        let find = format!("SELECT {} FROM {name} WHERE {} = ?1", columns.join(", "), quoted(id_column));
        let insert = format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), marks.join(", "));
        // A table of ids alone has nothing to set but the id itself.
        let sets = if sets.is_empty() { vec![format!("{} = ?2", quoted(id_column))] } else { sets };
        let update = format!("UPDATE {name} SET {} WHERE fid = ?1 AND {} = ?2", sets.join(", "), quoted(id_column));
        let log = "INSERT INTO langxanh_history (change_id, collection, id, operation, before_values, before_geom) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        Ok(Writer {
            transaction,
            table,
            change_id,
            next_fid: last_fid.unwrap_or(0) + 1,
            find: transaction.prepare(&find).map_err(fail())?,
            insert: transaction.prepare(&insert).map_err(fail())?,
            update: transaction.prepare(&update).map_err(fail())?,
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
    fn write(&mut self, draft: Draft, mode: Mode, applied: &mut Applied) -> Result<i64, StoreError> {
        let known = match &draft.id {
            Some(id) => self.known(id)?,
            None => None,
        };
        match known {
            Some(row) if mode == Mode::Append => {
                Err(StoreError::Conflict { collection: self.table.collection.id.clone(), id: row.id.to_string() })
            }
            Some(row) if row.values == draft.values && row.shape == draft.shape => {
                applied.unchanged += 1;
                Ok(row.fid)
            }
            Some(row) => {
                let fid = row.fid;
                rows::bind(&mut self.update, self.table, fid, &row.id, &draft.values, draft.shape.as_ref())?;
                self.log(Operation::Update, row)?;
                applied.updated += 1;
                Ok(fid)
            }
            None => {
                let fid = self.next_fid;
                self.next_fid += 1;
                let id = draft.id.unwrap_or_else(|| FeatureId::from_fid(fid));
                rows::bind(&mut self.insert, self.table, fid, &id, &draft.values, draft.shape.as_ref()).map_err(
                    |e| match e {
                        StoreError::Database { cause, .. } if is_unique_violation(&cause) => {
                            StoreError::Conflict { collection: self.table.collection.id.clone(), id: id.to_string() }
                        }
                        other => other,
                    },
                )?;
                let made = params![
                    self.change_id,
                    self.table.collection.id,
                    id.as_str(),
                    "insert",
                    None::<String>,
                    None::<Vec<u8>>
                ];
                self.log.execute(made).map_err(doing("writing the history"))?;
                applied.inserted += 1;
                Ok(fid)
            }
        }
    }

    fn delete(&mut self, row: Row) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM {} WHERE fid = ?1", quoted(&self.table.name));
        self.transaction
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.execute([row.fid]))
            .map_err(doing("deleting a row"))?;
        self.log(Operation::Delete, row)
    }

    /// Keeps what a row was before it changed.
    fn log(&mut self, operation: Operation, before: Row) -> Result<(), StoreError> {
        let values = rows::values_to_json(self.table, &before.values);
        let geom = before.shape.as_ref().map(|shape| crate::geom::wkb::write_gpkg_blob(shape, self.table.srs_id));
        let operation = if operation == Operation::Delete { "delete" } else { "update" };
        self.log
            .execute(params![self.change_id, self.table.collection.id, before.id.as_str(), operation, values, geom])
            .map_err(doing("writing the history"))?;
        Ok(())
    }

    fn finish(self, applied: &Applied) -> Result<(), StoreError> {
        let counts = "UPDATE langxanh_changes SET inserted = ?2, updated = ?3, deleted = ?4 WHERE change_id = ?1";
        let counted = params![self.change_id, applied.inserted as i64, applied.updated as i64, applied.deleted as i64];
        self.transaction.execute(counts, counted).map_err(doing("writing the history"))?;
        schema::update_extent(self.transaction, self.table)
    }
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// The declared registers, in catalogue order.
fn registers() -> impl Iterator<Item = &'static Collection> {
    catalog::collections().iter().filter(|collection| collection.kind == Kind::Register)
}
