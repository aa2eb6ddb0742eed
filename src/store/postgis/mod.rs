//! The PostGIS store: a database that QGIS and other programs edit too, and that several instances of the service share.
//!
//! Whoever writes is alone: our own transactions and the triggers of what other programs write hold one advisory lock, so
//! that the numbers of changes, of the journal and of the chain stand in the order in which they are committed, over all
//! instances. Reads see one state each (`REPEATABLE READ`) and hold some rows of it at a time. A committed change is
//! told to everybody who listens.
//!
//! Calls block: they are made on threads of their own, and the store has its own runtime for its connections.

mod connect;
mod errors;
mod probe;
mod schema;
mod session;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::IsolationLevel;

use super::commit::Commit;
use super::health::{Health, PoolHealth};
use super::remote::postgres::{Bounds, PostgresReads, is_as_far};
use super::sql::session::Session;
use super::sql::table::Table;
use super::sql::{Database, Fill, Known, RowSet, Work, chain, registers};
use super::{MAX_TOUCHED, Mark, StoreError};
use crate::domain::Collection;
use connect::{Address, Bell};
use errors::{causes, failed, no_connection};
use probe::Probe;
use schema::{COMMIT, FINGERPRINT, LOCK, SCHEMA_VERSION, commit, state};
use session::{Looked, PgSession};

/// A store in a PostgreSQL database with PostGIS.
pub struct PostgisStore {
    address: Address,
    known: Known,
    pool: Pool,
    /// Connections to any server, for reading while there is no primary.
    replicas: Option<Pool>,
    /// The version of the store that was last seen: no replica that is behind it is read.
    seen: AtomicI64,
    /// The schema of the collections' tables.
    shelf: String,
    looked: Looked,
    bell: Arc<Bell>,
    /// Whether this instance is on duty.
    duty: Arc<AtomicBool>,
    /// Over what servers are asked how they are.
    probes: Vec<Arc<Probe>>,
    /// Last, so that it ends last; `None` only while the store is dropped.
    runtime: Option<Runtime>,
}

/// Whether an address is one of PostgreSQL.
pub fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Connections for reading collections that stay in the database. Blocks: the database is looked at.
///
/// # Errors
/// As opening the store.
pub fn reads(url: &str, bounds: Bounds) -> Result<PostgresReads, StoreError> {
    let found = Found::look(url)?;
    found.address.reads(&found.shelf, &found.postgis, bounds).map_err(|error| found.fail(error.to_string()))
}

/// An address as messages show it, without a password.
pub fn shown(url: &str) -> String {
    Address::parse(url).map_or_else(|_| "postgres://…".to_owned(), |address| address.name)
}

/// What a database is before a store is opened or made in it.
struct Found {
    address: Address,
    runtime: Runtime,
    shelf: String,
    /// The schema of PostGIS.
    postgis: String,
    /// The schema version of the store; `None` where there is none.
    version: Option<i64>,
    /// Tables on the shelf that belong to no extension.
    tables: i64,
}

impl Found {
    fn fail(&self, reason: String) -> StoreError {
        StoreError::Open { path: self.address.name.clone().into(), reason }
    }

    fn pool(&self) -> Result<Pool, StoreError> {
        self.address.pool(&self.shelf, &self.postgis).map_err(|reason| self.fail(reason))
    }

    /// Looks at the database.
    fn look(url: &str) -> Result<Found, StoreError> {
        let unnamed = |reason: String| StoreError::Open { path: "the address of the store".into(), reason };
        let address = Address::parse(url).map_err(unnamed)?;
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build();
        let runtime = runtime.map_err(|error| unnamed(format!("no thread for its connections: {error}")))?;
        let fail = |reason: String| StoreError::Open { path: address.name.clone().into(), reason };
        let client = runtime.block_on(address.connect()).map_err(|error| fail(unreached(&address, &error)))?;
        let said = |error: tokio_postgres::Error| fail(causes(&error));
        let postgis = "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                       WHERE e.extname = 'postgis'";
        let ask = |sql: &str| runtime.block_on(client.query_opt(sql, &[]));
        let schema = match ask(postgis).map_err(said)? {
            Some(row) => row,
            None => {
                if let Err(error) = runtime.block_on(client.batch_execute("CREATE EXTENSION postgis")) {
                    return Err(fail(format!(
                        "the database has no PostGIS, and this user may not add it ({}): let a superuser run, in the \
                         database '{}': CREATE EXTENSION postgis;",
                        error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned()),
                        address.database()
                    )));
                }
                ask(postgis).map_err(said)?.ok_or_else(|| fail("PostGIS was not added".to_owned()))?
            }
        };
        let postgis: String = schema.get(0);
        let shelf = "SELECT coalesce(nullif(current_schema(), 'langxanh')::text, 'public'),
                            to_regclass('langxanh.langxanh_meta') IS NOT NULL,
                            (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE n.nspname = coalesce(nullif(current_schema(), 'langxanh'), 'public')
                               AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d
                                   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))";
        let row =
            ask(shelf).map_err(said)?.ok_or_else(|| fail("the database says nothing of its schemas".to_owned()))?;
        let (shelf, is_store, tables): (String, bool, i64) = (row.get(0), row.get(1), row.get(2));
        let version = if is_store {
            let sql = "SELECT value::bigint FROM langxanh.langxanh_meta WHERE key = 'schema_version'";
            let denied = |error: tokio_postgres::Error| {
                fail(format!(
                    "this user may not read the store ({}): grant it the role langxanh_reader",
                    error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
                ))
            };
            let row = ask(sql).map_err(denied)?;
            Some(row.ok_or_else(|| StoreError::Schema("langxanh_meta has no schema_version".to_owned()))?.get(0))
        } else {
            None
        };
        drop(client);
        Ok(Found { address, runtime, shelf, postgis, version, tables })
    }

    /// Brings a store of an earlier version to the tables of this one, step by step; several instances may try at once.
    fn upgrade(&self, pool: &Pool, from: i64) -> Result<(), StoreError> {
        const DOING: &str = "bringing the store to the tables of this version";
        let runtime = self.runtime.handle();
        let mut client = runtime.block_on(pool.get()).map_err(no_connection)?;
        let looked = Looked::default();
        for (version, script) in schema::steps().iter().filter(|(version, _)| *version > from) {
            let transaction = runtime.block_on(client.transaction()).map_err(failed(DOING))?;
            let session = PgSession { runtime, transaction: &transaction, shelf: &self.shelf, looked: &looked };
            let stepped = schema::step(&session, *version, script)
                .and_then(|()| runtime.block_on(transaction.commit()).map_err(failed(DOING)));
            stepped.map_err(|error| match error {
                StoreError::ReadOnly(reason) => self.fail(format!(
                    "is of schema {from}, this langxanh needs {SCHEMA_VERSION}, and {reason}: let the user who made the \
                     store run, with this langxanh and while there is a primary: langxanh user list --store …"
                )),
                other => other,
            })?;
            tracing::info!(store = self.address.name, version, "the store was brought to a new version");
        }
        Ok(())
    }

    fn store(self, pool: Pool) -> Result<PostgisStore, StoreError> {
        let replicas = self.address.pool_of_any(&self.shelf, &self.postgis).map_err(|reason| self.fail(reason))?;
        let mut store = PostgisStore {
            probes: self.address.probes().into_iter().map(Arc::new).collect(),
            address: self.address.clone(),
            known: Known::default(),
            pool,
            replicas,
            seen: AtomicI64::new(i64::MIN),
            shelf: self.shelf,
            looked: Looked::default(),
            bell: Arc::default(),
            duty: Arc::default(),
            runtime: Some(self.runtime),
        };
        let mut known = None;
        store.reading(&mut |session| {
            known = Some(session.tables()?);
            Ok(false)
        })?;
        store.known = Known::of(known.unwrap_or_default());
        if let Some(runtime) = &store.runtime {
            self.address.listen(runtime.handle(), &store.bell);
        }
        Ok(store)
    }
}

/// Why the database cannot be reached, and what to do.
fn unreached(address: &Address, error: &tokio_postgres::Error) -> String {
    let said = error.as_db_error().map(|said| (said.code().code(), said.message()));
    let (user, database) = (address.user(), address.database());
    match said {
        Some(("28P01" | "28000", message)) => format!(
            "the server does not let '{user}' in ({message}): check the name and the password, in the address or in \
             PGPASSWORD, and the server's pg_hba.conf"
        ),
        Some(("3D000", _)) => {
            format!("there is no database '{database}': let somebody who may run: CREATE DATABASE {database};")
        }
        Some(("53300", message)) => format!(
            "the server takes no further connections ({message}): end some of them, or raise its max_connections"
        ),
        Some(("57P03", message)) => format!("the server is not ready yet ({message}): try again in a moment"),
        Some((_, message)) => format!("the server refuses the connection: {message}"),
        None => format!(
            "the server cannot be reached ({}): check its address and port, and that it runs and lets this machine in",
            causes(error)
        ),
    }
}

impl PostgisStore {
    /// Whether there is a store in the database of an address.
    ///
    /// # Errors
    /// What to do where the database cannot be reached.
    pub fn is_there(url: &str) -> Result<bool, StoreError> {
        Ok(Found::look(url)?.version.is_some())
    }

    /// Makes a new store with an empty table for every declared register, in a database that is empty: all of it or nothing.
    ///
    /// # Errors
    /// When there is a store already, or other tables; and what to do where the database cannot be reached.
    pub fn create(url: &str) -> Result<PostgisStore, StoreError> {
        let collections: Vec<_> = registers().cloned().collect();
        PostgisStore::create_with(url, false, &collections, &mut |session, tables| chain::seal(session, tables))
    }

    /// Makes a new store of some collections and fills it, all in one transaction; `replaces` takes the place of one that
    /// is there.
    ///
    /// # Errors
    /// As [`PostgisStore::create`], and what `fill` says.
    pub(super) fn create_with(
        url: &str,
        replaces: bool,
        collections: &[Collection],
        fill: Fill<'_>,
    ) -> Result<PostgisStore, StoreError> {
        let found = Found::look(url)?;
        let is_replaced = found.version.is_some();
        if is_replaced && !replaces {
            return Err(found.fail("there is a store already".to_owned()));
        }
        if found.tables > 0 && !is_replaced {
            return Err(found.fail(format!(
                "the schema '{}' holds {} tables and no store: a store is made in an empty database",
                found.shelf, found.tables
            )));
        }
        let pool = found.pool()?;
        let runtime = found.runtime.handle().clone();
        let mut client = runtime.block_on(pool.get()).map_err(no_connection)?;
        let making = "making the store";
        let transaction = runtime.block_on(client.transaction()).map_err(failed(making))?;
        let looked = Looked::default();
        let session = PgSession { runtime: &runtime, transaction: &transaction, shelf: &found.shelf, looked: &looked };
        session.few(making, "SELECT pg_advisory_xact_lock(?1)", &[&LOCK])?;
        if is_replaced {
            schema::remove(&session)?;
        }
        let tables = schema::initialise(&session, &found.postgis, collections)?;
        session.set_keeping(true)?;
        fill(&session, &tables)?;
        session.few(making, "SELECT langxanh.tell()", &[])?;
        runtime.block_on(transaction.commit()).map_err(failed(making))?;
        drop(client);
        found.store(pool)
    }

    /// Takes the store of a database away, with its collections.
    ///
    /// # Errors
    /// What the database says; nothing is taken away then.
    pub(super) fn remove(url: &str) -> Result<(), StoreError> {
        let store = PostgisStore::open(url)?;
        let (runtime, mut client) = (store.handle()?, store.client()?);
        let removing = "taking the store away";
        let transaction = runtime.block_on(client.transaction()).map_err(failed(removing))?;
        schema::remove(&PgSession { runtime, transaction: &transaction, shelf: &store.shelf, looked: &store.looked })?;
        runtime.block_on(transaction.commit()).map_err(failed(removing))
    }

    /// Opens the store of a database. One of an earlier version gets the tables that it lacks.
    ///
    /// # Errors
    /// Names the database, and says what is wrong with it and what to do.
    pub fn open(url: &str) -> Result<PostgisStore, StoreError> {
        let found = Found::look(url)?;
        match found.version {
            None => Err(found.fail(
                "there is no store in the database: `langxanh sample`, `import` or `restore` makes one".to_owned(),
            )),
            Some(version) if version > SCHEMA_VERSION => {
                Err(found
                    .fail(format!("was made by a newer langxanh (schema {version}, this one knows {SCHEMA_VERSION})")))
            }
            Some(version) => {
                let pool = found.pool()?;
                if version < SCHEMA_VERSION {
                    found.upgrade(&pool, version)?;
                }
                found.store(pool)
            }
        }
    }

    fn handle(&self) -> Result<&tokio::runtime::Handle, StoreError> {
        self.runtime.as_ref().map(Runtime::handle).ok_or_else(|| StoreError::Stopped("the store is closed".to_owned()))
    }

    fn client(&self) -> Result<Object, StoreError> {
        self.handle()?.block_on(self.pool.get()).map_err(no_connection)
    }

    /// The version of the store at a server.
    fn version_at(&self, client: &Object) -> Result<i64, StoreError> {
        const ASKING: &str = "asking for the data version";
        let asked = async {
            let state = client.prepare_cached(&state(&self.shelf)).await?;
            let state = client.query_one(&state, &[]).await?;
            Ok(state.try_get::<_, i64>(1)?.wrapping_add(state.try_get(2)?))
        };
        self.handle()?.block_on(asked).map_err(failed(ASKING))
    }

    /// A connection to read through: to a replica while there is no primary, if that has come as far as what was read before.
    fn reader(&self) -> Result<Object, StoreError> {
        let (lost, replicas) = match (self.client(), &self.replicas) {
            (Err(lost @ StoreError::Unreachable { .. }), Some(replicas)) => (lost, replicas),
            (client, _) => return client,
        };
        let client = self.handle()?.block_on(replicas.get()).map_err(|_| lost)?;
        let version = self.version_at(&client)?;
        let seen = self.seen.load(Ordering::Relaxed);
        if seen != i64::MIN && !is_as_far(version, seen) {
            let reason = "there is no primary, and the replica that answers is behind what was served already";
            return Err(StoreError::Unreachable { doing: "reading".to_owned(), reason: reason.to_owned() });
        }
        Ok(client)
    }
}

impl Drop for PostgisStore {
    fn drop(&mut self) {
        self.pool.close();
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped where nothing may block.
            runtime.shutdown_background();
        }
    }
}

impl Database for PostgisStore {
    fn known(&self) -> &Known {
        &self.known
    }

    fn is_strange(&self) -> Option<String> {
        None
    }

    fn reading(&self, work: Work<'_>) -> Result<(), StoreError> {
        let runtime = self.handle()?;
        let mut client = self.reader()?;
        let begin = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start();
        let transaction = runtime.block_on(begin).map_err(failed("beginning to read"))?;
        let outcome = work(&PgSession { runtime, transaction: &transaction, shelf: &self.shelf, looked: &self.looked });
        // Nothing was written: how it ends says nothing of what was read.
        let _ = runtime.block_on(transaction.rollback());
        if matches!(outcome, Err(StoreError::Busy(_))) {
            // A statement may have been prepared for a table that was altered since.
            client.statement_cache.clear();
        }
        outcome.map(|_| ())
    }

    fn writing(&self, is_patient: bool, work: Work<'_>) -> Result<(), StoreError> {
        const WAITING: &str = "waiting for the right to write";
        let runtime = self.handle()?;
        let mut client = self.client()?;
        let transaction = runtime.block_on(client.transaction()).map_err(failed("beginning to write"))?;
        let session = PgSession { runtime, transaction: &transaction, shelf: &self.shelf, looked: &self.looked };
        let begun = if is_patient {
            session.few(WAITING, "SELECT langxanh.tell()", &[]).map(|_| ())
        } else {
            let tried = session.few(WAITING, "SELECT pg_try_advisory_xact_lock(?1)", &[&LOCK])?;
            match tried.first().map(|row| row.get(0)) {
                Some(true) => session.few(WAITING, "SELECT langxanh.tell()", &[]).map(|_| ()),
                _ => Err(StoreError::Busy(WAITING.to_owned())),
            }
        };
        let outcome = begun.and_then(|()| work(&session));
        let ended = match outcome {
            Ok(true) => runtime.block_on(transaction.commit()).map_err(failed("committing the change")),
            Ok(false) => runtime.block_on(transaction.rollback()).map_err(failed("leaving the store as it is")),
            Err(error) => {
                let _ = runtime.block_on(transaction.rollback());
                Err(error)
            }
        };
        if matches!(ended, Err(StoreError::Busy(_))) {
            client.statement_cache.clear();
        }
        ended
    }

    fn version(&self) -> Result<i64, StoreError> {
        let version = self.version_at(&self.reader()?)?;
        self.seen.store(version, Ordering::Relaxed);
        Ok(version)
    }

    fn commit(&self) -> Result<Option<Commit>, StoreError> {
        const ASKING: &str = "asking for the number of the last change";
        let client = self.reader()?;
        let asked = async {
            let statement = client.prepare_cached(&format!("SELECT {COMMIT}")).await?;
            commit(&client.query_one(&statement, &[]).await?, 0)
        };
        self.handle()?.block_on(asked).map_err(failed(ASKING))
    }

    fn noting(&self, work: Work<'_>) -> Result<(), StoreError> {
        let runtime = self.handle()?;
        let mut client = self.client()?;
        let transaction = runtime.block_on(client.transaction()).map_err(failed("beginning to note"))?;
        let session = PgSession { runtime, transaction: &transaction, shelf: &self.shelf, looked: &self.looked };
        // What is lost with the server is noted again.
        session.script("beginning to note", "SET LOCAL synchronous_commit = off")?;
        if work(&session)? {
            runtime.block_on(transaction.commit()).map_err(failed("noting"))?;
        }
        Ok(())
    }

    fn mark(&self, session: &dyn Session, tables: &[Table]) -> Result<Option<Mark>, StoreError> {
        if !schema::are_watched(session, &self.shelf, tables)? {
            return Ok(None);
        }
        self.newest(session).map(Some)
    }

    fn touched_since(&self, session: &dyn Session, mark: &Mark) -> Result<Option<(Mark, RowSet)>, StoreError> {
        let now = self.newest(session)?;
        if now.schema != mark.schema || !is_known_since(session, mark, &now)? {
            return Ok(None);
        }
        let sql = "SELECT collection, fid FROM langxanh_touched WHERE seq > ?1 LIMIT ?2";
        let bound = [mark.newest.into(), (MAX_TOUCHED as i64 + 1).into()];
        let entries = session.all(READING, sql, &bound, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
        Ok((entries.len() <= MAX_TOUCHED).then(|| (now, entries.into_iter().collect())))
    }

    fn tables_touched_since(&self, session: &dyn Session, mark: &Mark) -> Result<Option<BTreeSet<String>>, StoreError> {
        if !is_known_since(session, mark, &self.newest(session)?)? {
            return Ok(None);
        }
        let sql = "SELECT DISTINCT collection FROM langxanh_touched WHERE seq > ?1";
        let touched = session.all(READING, sql, &[mark.newest.into()], |row| row.get(0))?;
        Ok(Some(touched.into_iter().collect()))
    }

    fn table_files(&self, session: &dyn Session) -> Result<BTreeMap<String, i64>, StoreError> {
        // A table that is rewritten gets another file, and one that is divided has those of its parts.
        let sql = "SELECT c.relname::text, hashtextextended(concat_ws(' ', c.oid, pg_relation_filenode(c.oid),
                       (SELECT string_agg(concat_ws(':', t.relid::oid, pg_relation_filenode(t.relid)), ',' ORDER BY t.relid)
                        FROM pg_partition_tree(c.oid) t)), 0)
                   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = ?1 AND c.relkind IN ('r', 'p')";
        let files = session.all("reading the list of tables", sql, &[self.shelf.as_str().into()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(files.into_iter().collect())
    }

    fn wait_for_change(&self, seen: &mut u64, at_most: Duration) -> Option<bool> {
        Some(self.bell.wait(seen, at_most))
    }

    fn health(&self) -> Option<Health> {
        let mut health = probe::look(self.handle().ok()?, &self.probes);
        health.pools.push(PoolHealth::of("store", &self.pool.status()));
        health.pools.extend(self.replicas.as_ref().map(|pool| PoolHealth::of("store, any server", &pool.status())));
        Some(health)
    }

    fn stand_for_duty(&self) {
        if let Ok(runtime) = self.handle() {
            self.address.stand(runtime, &self.duty);
        }
    }

    fn is_on_duty(&self) -> bool {
        self.duty.load(Ordering::Relaxed)
    }
}

const READING: &str = "reading the journal of the store";

/// Whether the journal has all that was touched since a mark.
fn is_known_since(session: &dyn Session, mark: &Mark, now: &Mark) -> Result<bool, StoreError> {
    let forgotten = "SELECT value::bigint FROM langxanh_meta WHERE key = 'forgotten'";
    Ok(now.newest >= mark.newest && session.number(READING, forgotten, &[])? <= mark.newest)
}

impl PostgisStore {
    /// The mark of the state that a session sees.
    fn newest(&self, session: &dyn Session) -> Result<Mark, StoreError> {
        let sql = format!("SELECT coalesce((SELECT max(seq) FROM langxanh_touched), 0), {FINGERPRINT}");
        let mark = session.first(READING, &sql, &[self.shelf.as_str().into()], |row| {
            Ok(Mark { newest: row.get(0)?, schema: row.get(1)? })
        })?;
        mark.ok_or_else(|| StoreError::Schema(format!("{}: the journal tells nothing", self.address.name)))
    }
}
