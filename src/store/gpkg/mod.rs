//! The GeoPackage store: one file that QGIS and GDAL open too.
//!
//! It speaks SQL through the system's SQLite, the same library that GDAL links: two copies in one process would drop each
//! other's locks. One connection writes; every scan reads through its own, so that a reader sees one state of the file.
//! A GeoPackage that is not ours is served read-only from its own schema.

mod foreign;
mod journal;
mod rtree;
mod schema;
mod session;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::sql::session::Session;
use super::sql::table::Table;
use super::sql::{Database, Fill, Known, RowSet, Work, chain, lock, registers};
use super::{Mark, StoreError};
use crate::domain::Collection;
use session::GpkgSession;

/// Version of the tables that this program makes; a file with a newer one is refused. Version 1 had no journal; a store of
/// that version gets it with the next change that is written here.
const SCHEMA_VERSION: i64 = 6;

/// So long is waited for other programs that hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store in one GeoPackage file.
pub struct GpkgStore {
    path: PathBuf,
    known: Known,
    /// Held open because SQLite's data version is relative to a connection.
    monitor: Mutex<Connection>,
    /// Connections that read and are free.
    readers: Mutex<Vec<Connection>>,
    /// `None` for a file that is not ours. Last, so that it is closed last: only a connection that writes puts the log into
    /// the file when it goes, and a store at rest is one file that can be copied.
    writer: Option<Mutex<Connection>>,
}

/// Attaches what was being done to an error of SQLite.
pub(crate) fn doing(what: &str) -> impl FnOnce(rusqlite::Error) -> StoreError + '_ {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(what.to_owned()),
        Some(ErrorCode::DiskFull) => StoreError::Full(what.to_owned()),
        _ => StoreError::Database { doing: what.to_owned(), cause: source.into() },
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let fail = |source: rusqlite::Error| StoreError::Open { path: path.to_owned(), reason: source.to_string() };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fail)?;
    connection.busy_timeout(PATIENCE).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Takes away the logs beside the file of a store, which are there only at times. Beside another file they would spoil it.
pub fn remove_logs(path: &Path) {
    for ending in ["-wal", "-shm"] {
        let mut log = path.as_os_str().to_owned();
        log.push(ending);
        let _ = std::fs::remove_file(log);
    }
}

/// Gives a whole file its name, so that it has it after the death of the machine too. One of that name goes with its logs.
///
/// # Errors
/// What the system says.
pub fn moved(from: &Path, to: &Path) -> std::io::Result<()> {
    remove_logs(to);
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
        let collections: Vec<_> = registers().cloned().collect();
        GpkgStore::create_with(path, &collections, &mut |session, tables| chain::seal(session, tables))
    }

    /// Makes a new store of some collections and fills it.
    ///
    /// # Errors
    /// As [`GpkgStore::create`], and what `fill` says.
    pub(super) fn create_with(
        path: &Path,
        collections: &[Collection],
        fill: Fill<'_>,
    ) -> Result<GpkgStore, StoreError> {
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
        schema::initialise(&mut connection, SCHEMA_VERSION, collections, fill)?;
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
        let known = Known::of(schema::tables(&monitor, ours.is_some())?);
        Ok(GpkgStore { path: path.to_owned(), known, monitor: Mutex::new(monitor), readers: Mutex::default(), writer })
    }

    /// Copies the file of a store as it is at one moment, while others may write to it, under a name that is free.
    ///
    /// # Errors
    /// When there is no store of ours or the copy cannot be written; nothing is left then.
    pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
        let fail = |reason: String| StoreError::Open { path: to.to_owned(), reason };
        if GpkgStore::open(from)?.writer.is_none() {
            let reason = "was not made by langxanh".to_owned();
            return Err(StoreError::Open { path: from.to_owned(), reason });
        }
        let making = to.with_extension("gpkg.making");
        let _ = std::fs::remove_file(&making);
        let source = connect(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut copy = connect(&making, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let all = Backup::new(&source, &mut copy).and_then(|backup| {
            // One step sees one state.
            backup.run_to_completion(i32::MAX, PATIENCE, None)
        });
        all.map_err(doing("copying the store"))?;
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(doing("copying the store"))?;
        drop(copy);
        moved(&making, to).map_err(|error| fail(format!("cannot be made: {error}")))
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
        writer.close().map_err(|(_, cause)| doing("closing the store")(cause))
    }
}

impl Database for GpkgStore {
    fn known(&self) -> &Known {
        &self.known
    }

    fn is_strange(&self) -> Option<String> {
        self.writer.is_none().then(|| format!("{} was not made by langxanh", self.path.display()))
    }

    fn reading(&self, work: Work<'_>) -> Result<(), StoreError> {
        let free = lock(&self.readers).pop();
        let connection = match free {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let outcome = match connection.unchecked_transaction() {
            Ok(state) => work(&GpkgSession::new(&state, self.writer.is_some())).map(|_| ()),
            Err(error) => Err(doing("beginning to read")(error)),
        };
        lock(&self.readers).push(connection);
        outcome
    }

    fn writing(&self, is_patient: bool, work: Work<'_>) -> Result<(), StoreError> {
        let Some(writer) = &self.writer else {
            return Err(StoreError::ReadOnly(self.is_strange().unwrap_or_default()));
        };
        let mut writer = lock(writer);
        let wait = |writer: &Connection, time| writer.busy_timeout(time).map_err(doing("preparing to write"));
        if !is_patient {
            wait(&writer, Duration::ZERO)?;
        }
        let outcome = written(&mut writer, work);
        if !is_patient {
            wait(&writer, PATIENCE)?;
        }
        outcome
    }

    fn version(&self) -> Result<i64, StoreError> {
        let monitor = lock(&self.monitor);
        monitor.query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(doing("asking for the data version"))
    }

    fn mark(&self, session: &dyn Session, tables: &[Table]) -> Result<Option<Mark>, StoreError> {
        journal::mark(session, tables)
    }

    fn touched_since(&self, session: &dyn Session, mark: &Mark) -> Result<Option<(Mark, RowSet)>, StoreError> {
        journal::since(session, mark)
    }

    fn wait_for_change(&self, _: &mut u64, _: Duration) -> Option<bool> {
        // SQLite tells nobody.
        None
    }
}

/// Does work in a transaction that writes, and commits what is to be kept: it is durable from here on.
fn written(writer: &mut Connection, work: Work<'_>) -> Result<(), StoreError> {
    let transaction = begin(writer)?;
    if work(&GpkgSession::new(&transaction, true))? {
        transaction.commit().map_err(doing("committing the change"))
    } else {
        transaction.rollback().map_err(doing("leaving the store as it is"))
    }
}

/// Begins to write. Nobody else does until the transaction ends.
fn begin(writer: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    // Here and not when the store is opened, because it changes the file.
    writer.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(doing("preparing the journal"))?;
    let begun = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    begun.map_err(doing("waiting for the right to write"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_that_writes_syncs_every_commit_to_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = GpkgStore::create(&folder.path().join("store.gpkg")).unwrap();
        let mut writer = lock(store.writer.as_ref().unwrap());
        drop(begin(&mut writer).unwrap());
        let ask = |name: &str| writer.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        // 2 is FULL: the log is synced at the end of every transaction (https://sqlite.org/pragma.html#pragma_synchronous).
        assert_eq!(ask("synchronous").unwrap(), rusqlite::types::Value::Integer(2));
        assert_eq!(ask("journal_mode").unwrap(), rusqlite::types::Value::Text("wal".to_owned()));
    }
}
