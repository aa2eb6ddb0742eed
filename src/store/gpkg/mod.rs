//! The GeoPackage store: one file that QGIS and GDAL open too.
//!
//! It speaks SQL through the system's SQLite, the same library that GDAL links: two copies in one process would drop each
//! other's locks. One connection writes; every scan reads through its own, so that a reader sees one state of the file.
//! A GeoPackage that is not ours is served read-only from its own schema.

mod attachments;
mod chain;
mod foreign;
mod journal;
mod proposals;
mod quarters;
mod record;
mod rows;
mod rtree;
mod schema;
mod sources;
mod users;
mod writer;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::chain::Piece;
use super::record::{ChainHead, ChangeFilter, ChangeRecord, Entry, QuarterAct, Verdict, may_follow};
use super::{
    Applied, Attachment, Batch, Changes, Edit, Edited, KeptFile, Mark, NewAttachment, NewToken, Origin, Row, Store,
    StoreError, Touched, Unserved, Version,
};
use crate::access::{Proposal, ProposalState, Proposed, User, Users};
use crate::domain::{Collection, FeatureId, Kind, catalog};
use schema::Table;

/// Version of the tables that this program makes; a file with a newer one is refused. Version 1 had no journal; a store of
/// that version gets it with the next change that is written here.
const SCHEMA_VERSION: i64 = 4;

/// So long is waited for other programs that hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

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
        Some(ErrorCode::DiskFull) => StoreError::Full(what.to_owned()),
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
    connection.busy_timeout(PATIENCE).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Gives a whole file its name, so that it has it after the death of the machine too.
///
/// # Errors
/// What the system says.
pub fn moved(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
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
        moved(&making, path)
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
        let mut writer = self.writer()?;
        let transaction = begin(&mut writer)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(doing("committing the change"))?;
        Ok(done)
    }

    /// The connection that writes, held until it is dropped.
    fn writer(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        let read_only = || StoreError::ReadOnly(format!("{} was not made by langxanh", self.path.display()));
        self.writer.as_ref().map(lock).ok_or_else(read_only)
    }

    /// Reads the past of one state of the store; `none` says what a file has that is not ours and keeps none.
    fn past<T>(
        &self,
        none: impl FnOnce() -> T,
        work: impl FnOnce(&Connection, &[Table]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.writer.is_none() {
            return Ok(none());
        }
        let tables = lock(&self.tables).clone();
        self.read(|connection| {
            let state = connection.unchecked_transaction().map_err(doing("reading the history"))?;
            work(&state, &tables)
        })
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
        let mut writer = self.writer()?;
        let transaction = begin(&mut writer)?;
        // What another program has made of the tables since they were last looked at.
        let (mut tables, _) = schema::tables(&transaction, true)?;
        for change in &batch.changes {
            if tables.iter().all(|table| table.collection.id != change.collection.id) {
                tables.push(schema::create_table(&transaction, change.collection)?);
            }
        }
        prepare(&transaction, &tables)?;
        let mut applied = Vec::with_capacity(batch.changes.len());
        for change in batch.changes {
            let table = find(&tables, change.collection)?;
            applied.push(writer::apply(&transaction, table, change, batch.replaces)?);
        }
        if let Some(source) = batch.source {
            sources::keep(&transaction, source)?;
        }
        finish(transaction, &tables)?;
        drop(writer);
        self.collections()?;
        Ok(applied)
    }

    fn edit(&self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError> {
        let mut writer = self.writer()?;
        let transaction = begin(&mut writer)?;
        let (tables, _) = schema::tables(&transaction, true)?;
        prepare(&transaction, &tables)?;
        let edited = writer::edit(&transaction, &tables, edits, origin)?;
        if edited.iter().any(|edited| edited.operation.is_some()) {
            finish(transaction, &tables)?;
        } else {
            transaction.rollback().map_err(doing("leaving the store as it is"))?;
        }
        Ok(edited)
    }

    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let table = self.table(&collection.id)?;
        self.read(|connection| rows::find(connection, &table, id))
    }

    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError> {
        let table = self.table(&collection.id)?;
        self.read(|connection| rows::holders(connection, &table, field, text, most))
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

    fn changes(&self, filter: &ChangeFilter) -> Result<Vec<ChangeRecord>, StoreError> {
        self.past(Vec::new, |state, _| record::changes(state, filter))
    }

    fn change(&self, id: i64) -> Result<Option<ChangeRecord>, StoreError> {
        self.past(|| None, |state, _| record::change(state, id))
    }

    fn entries(&self, change: i64, behind: Option<i64>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.past(Vec::new, |state, tables| record::entries(state, tables, change, behind.unwrap_or(0), limit))
    }

    fn versions(
        &self,
        collection: &Collection,
        id: &FeatureId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let table = self.table(&collection.id)?;
        self.past(Vec::new, |state, _| record::versions(state, &table, id, before.unwrap_or(i64::MAX), limit))
    }

    fn scan_at(
        &self,
        collection: &Collection,
        at: DateTime<Utc>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let table = self.table(&collection.id)?;
        self.past(|| (), |state, _| record::scan_at(state, &table, at, each))
    }

    fn quarter_acts(&self) -> Result<Vec<QuarterAct>, StoreError> {
        self.past(Vec::new, |state, _| quarters::acts(state))
    }

    fn record_quarter(&self, act: QuarterAct) -> Result<QuarterAct, StoreError> {
        let mut writer = self.writer()?;
        let transaction = begin(&mut writer)?;
        let (tables, _) = schema::tables(&transaction, true)?;
        prepare(&transaction, &tables)?;
        may_follow(&quarters::acts(&transaction)?, &act)?;
        let act = QuarterAct { at: Utc::now().trunc_subsecs(3), ..act };
        let number = quarters::keep(&transaction, &act)?;
        finish(transaction, &tables)?;
        Ok(QuarterAct { number, ..act })
    }

    fn seal(&self) -> Result<bool, StoreError> {
        if self.writer.is_none() || !self.read(chain::is_behind)? {
            return Ok(false);
        }
        let mut writer = self.writer()?;
        // It can be done at any later time: nobody waits for it behind another program's lock.
        writer.busy_timeout(Duration::ZERO).map_err(doing("preparing to seal"))?;
        let sealed = seal(&mut writer);
        writer.busy_timeout(PATIENCE).map_err(doing("preparing to write"))?;
        sealed.map(|()| true)
    }

    fn audit(&self, each: &mut dyn FnMut(Piece) -> Result<(), StoreError>) -> Result<Option<ChainHead>, StoreError> {
        self.past(|| None, |state, _| chain::export(state, each))
    }

    fn verify(&self, known: Option<(i64, &str)>) -> Result<Option<Verdict>, StoreError> {
        self.past(|| None, |state, tables| chain::verify(state, tables, known))
    }

    fn users(&self) -> Result<Users, StoreError> {
        // What a stranger's file says of users is nothing to us.
        if self.writer.is_none() { Ok(Users::default()) } else { self.read(users::read) }
    }

    fn put_user(&self, user: &User, token: Option<&NewToken>) -> Result<Option<i64>, StoreError> {
        self.keep(|transaction| users::put(transaction, user, token))
    }

    fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        self.keep(|transaction| users::remove(transaction, name))
    }

    fn revoke_token(&self, user: &str, id: i64) -> Result<bool, StoreError> {
        self.keep(|transaction| users::revoke(transaction, user, id))
    }

    fn propose(&self, proposed: &Proposed) -> Result<i64, StoreError> {
        self.keep(|transaction| proposals::add(transaction, proposed))
    }

    fn proposals(&self, state: Option<ProposalState>) -> Result<Vec<Proposal>, StoreError> {
        self.read(|connection| proposals::list(connection, state))
    }

    fn proposal(&self, id: i64) -> Result<Option<Proposal>, StoreError> {
        self.read(|connection| proposals::find(connection, id))
    }

    fn decide_proposal(&self, id: i64, state: ProposalState, by: &str, note: Option<&str>) -> Result<bool, StoreError> {
        self.keep(|transaction| proposals::decide(transaction, id, state, by, note))
    }
}

/// Begins to write. Nobody else does until the transaction ends.
fn begin(writer: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    // Here and not when the store is opened, because it changes the file.
    writer.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(doing("preparing the journal"))?;
    let begun = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    begun.map_err(doing("waiting for the right to write"))
}

/// Makes a transaction ready to write rows of these tables with their history.
fn prepare(transaction: &Transaction<'_>, tables: &[Table]) -> Result<(), StoreError> {
    record::ensure(transaction)?;
    journal::ensure(transaction, tables)?;
    schema::set_version(transaction, SCHEMA_VERSION)?;
    // What other programs wrote comes before what is written now.
    chain::seal(transaction, tables)?;
    foreign::begin(transaction)
}

/// Seals what other programs have changed.
fn seal(writer: &mut Connection) -> Result<(), StoreError> {
    let transaction = begin(writer)?;
    let (tables, _) = schema::tables(&transaction, true)?;
    prepare(&transaction, &tables)?;
    finish(transaction, &tables)
}

/// Commits what was written: it is durable from here on.
fn finish(transaction: Transaction<'_>, tables: &[Table]) -> Result<(), StoreError> {
    record::close_batch(&transaction)?;
    chain::seal(&transaction, tables)?;
    foreign::end(&transaction)?;
    journal::trim(&transaction)?;
    transaction.commit().map_err(doing("committing the change"))
}

fn find<'a>(tables: &'a [Table], collection: &Collection) -> Result<&'a Table, StoreError> {
    let found = tables.iter().find(|table| table.collection.id == collection.id);
    found.ok_or_else(|| StoreError::NoCollection(collection.id.clone()))
}

/// The declared registers, in catalogue order.
fn registers() -> impl Iterator<Item = &'static Collection> {
    catalog::collections().iter().filter(|collection| collection.kind == Kind::Register)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_that_writes_syncs_every_commit_to_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = GpkgStore::create(&folder.path().join("store.gpkg")).unwrap();
        let mut writer = store.writer().unwrap();
        drop(begin(&mut writer).unwrap());
        let ask = |name: &str| writer.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        // 2 is FULL: the log is synced at the end of every transaction (https://sqlite.org/pragma.html#pragma_synchronous).
        assert_eq!(ask("synchronous").unwrap(), rusqlite::types::Value::Integer(2));
        assert_eq!(ask("journal_mode").unwrap(), rusqlite::types::Value::Text("wal".to_owned()));
    }
}
