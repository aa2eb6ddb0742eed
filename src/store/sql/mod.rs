//! A store in an SQL database, whichever it is: changes, history, chain, quarters, users, proposals, pictures and kept
//! files are written once, over a [`session::Session`]. What is left to a database is how it is opened, how it holds rows
//! and places, and how it notices what other programs write.

pub mod attachments;
pub mod chain;
pub mod described;
pub mod history;
pub mod proposals;
pub mod quarters;
pub mod record;
pub mod session;
pub mod sources;
pub mod table;
pub mod told;
pub mod users;
mod writer;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

use super::among::Among;
use super::chain::Piece;
use super::commit::Commit;
use super::health::Health;
use super::record::{ChainHead, ChangeFilter, ChangeRecord, Entry, QuarterAct, Verdict, may_follow};
use super::{
    Applied, Attachment, Batch, Changes, Edit, Edited, KeptFile, Mark, NewAttachment, NewToken, Origin, Row, Store,
    StoreError, Touched, Unserved, Version,
};
use crate::access::{Proposal, ProposalState, Proposed, User, Users};
use crate::domain::{Collection, FeatureId, Kind, catalog};
use session::Session;
use table::Table;

/// The tables as they were last looked at.
#[derive(Default)]
pub struct Known {
    tables: Mutex<Vec<Table>>,
    unserved: Mutex<Vec<Unserved>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held has rolled its transaction back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    pub fn of((tables, unserved): (Vec<Table>, Vec<Unserved>)) -> Known {
        Known { tables: Mutex::new(tables), unserved: Mutex::new(unserved) }
    }
}

/// Rows by table and number.
pub type RowSet = BTreeSet<(String, i64)>;

/// Work inside a transaction; what is written is kept where it says so.
pub type Work<'a> = &'a mut dyn FnMut(&dyn Session) -> Result<bool, StoreError>;

/// What fills the tables of a new store, in the transaction in which they are made.
pub type Fill<'a> = &'a mut dyn FnMut(&dyn Session, &[Table]) -> Result<(), StoreError>;

/// A database that can be a store.
pub trait Database: Send + Sync {
    fn known(&self) -> &Known;

    /// Why nothing is written to it, where that is so from the beginning: it is not ours, and keeps no past.
    fn is_strange(&self) -> Option<String>;

    /// Reads one state of it.
    fn reading(&self, work: Work<'_>) -> Result<(), StoreError>;

    /// Writes to it while nobody else does: durably, all or nothing. Without patience it is refused at once where another
    /// program is writing.
    fn writing(&self, is_patient: bool, work: Work<'_>) -> Result<(), StoreError>;

    /// Writes what nothing that is served depends on: nobody is told of it, and who writes otherwise is not waited for where
    /// that can be.
    fn noting(&self, work: Work<'_>) -> Result<(), StoreError> {
        self.writing(true, work)
    }

    /// See [`Store::version`].
    fn version(&self) -> Result<i64, StoreError>;

    /// See [`Store::commit`].
    fn commit(&self) -> Result<Option<Commit>, StoreError> {
        Ok(None)
    }

    /// The mark of the state that a session sees; `None` when a table can change unseen.
    fn mark(&self, session: &dyn Session, tables: &[Table]) -> Result<Option<Mark>, StoreError>;

    /// The rows that were touched since a mark, and the mark of the state that the session sees.
    fn touched_since(&self, session: &dyn Session, mark: &Mark) -> Result<Option<(Mark, RowSet)>, StoreError>;

    /// See [`Store::tables_touched_since`].
    fn tables_touched_since(&self, _: &dyn Session, _: &Mark) -> Result<Option<BTreeSet<String>>, StoreError> {
        Ok(None)
    }

    /// See [`Store::table_files`].
    fn table_files(&self, _: &dyn Session) -> Result<BTreeMap<String, i64>, StoreError> {
        Ok(BTreeMap::new())
    }

    /// See [`Store::wait_for_change`].
    fn wait_for_change(&self, seen: &mut u64, at_most: Duration) -> Option<bool>;

    /// See [`Store::health`].
    fn health(&self) -> Option<Health> {
        None
    }

    /// See [`Store::stand_for_duty`].
    fn stand_for_duty(&self) {}

    /// See [`Store::is_on_duty`].
    fn is_on_duty(&self) -> bool {
        true
    }
}

/// Hands work that runs once and gives something to a database that knows nothing of that.
fn once<T>(
    run: impl FnOnce(Work<'_>) -> Result<(), StoreError>,
    work: impl FnOnce(&dyn Session) -> Result<(T, bool), StoreError>,
) -> Result<T, StoreError> {
    let (mut work, mut done) = (Some(work), None);
    run(&mut |session| {
        let Some(work) = work.take() else { return Ok(false) };
        let (value, is_kept) = work(session)?;
        done = Some(value);
        Ok(is_kept)
    })?;
    done.ok_or_else(|| StoreError::Stopped("the transaction was not begun".to_owned()))
}

fn read<T>(
    database: &impl Database,
    work: impl FnOnce(&dyn Session) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    once(|work| database.reading(work), |session| Ok((work(session)?, false)))
}

/// Reads the past; `none` says what a database has that is not ours and keeps none.
fn past<T>(
    database: &impl Database,
    none: impl FnOnce() -> T,
    work: impl FnOnce(&dyn Session, &[Table]) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if database.is_strange().is_some() {
        return Ok(none());
    }
    let tables = lock(&database.known().tables).clone();
    read(database, |session| work(session, &tables))
}

fn write<T>(
    database: &impl Database,
    is_patient: bool,
    work: impl FnOnce(&dyn Session) -> Result<(T, bool), StoreError>,
) -> Result<T, StoreError> {
    match database.is_strange() {
        Some(reason) => Err(StoreError::ReadOnly(reason)),
        None => once(|work| database.writing(is_patient, work), work),
    }
}

/// Writes beside the registers.
fn write_aside<T>(
    database: &impl Database,
    work: impl FnOnce(&dyn Session) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    write(database, true, |session| Ok((work(session)?, true)))
}

fn table(database: &impl Database, id: &str) -> Result<Table, StoreError> {
    let tables = lock(&database.known().tables);
    tables.iter().find(|t| t.collection.id == id).cloned().ok_or_else(|| StoreError::NoCollection(id.to_owned()))
}

fn find<'a>(tables: &'a [Table], collection: &Collection) -> Result<&'a Table, StoreError> {
    let found = tables.iter().find(|table| table.collection.id == collection.id);
    found.ok_or_else(|| StoreError::NoCollection(collection.id.clone()))
}

/// The declared registers, in catalogue order.
pub(super) fn registers() -> impl Iterator<Item = &'static Collection> {
    catalog::collections().iter().filter(|collection| collection.kind == Kind::Register)
}

/// Makes a transaction ready to write rows of these tables with their history.
fn prepare(session: &dyn Session, tables: &[Table]) -> Result<(), StoreError> {
    session.watch(tables)?;
    // What other programs wrote comes before what is written now.
    chain::seal(session, tables)?;
    session.set_keeping(true)
}

/// Ends what was written.
fn finish(session: &dyn Session, tables: &[Table]) -> Result<(), StoreError> {
    record::close_batch(session)?;
    chain::seal(session, tables)?;
    session.set_keeping(false)?;
    session.trim()
}

impl<D: Database> Store for D {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        let (tables, unserved) = read(self, |session| session.tables())?;
        let collections = tables.iter().map(|table| table.collection.clone()).collect();
        *lock(&self.known().tables) = tables;
        *lock(&self.known().unserved) = unserved;
        Ok(collections)
    }

    fn unserved(&self) -> Vec<Unserved> {
        lock(&self.known().unserved).clone()
    }

    fn version(&self) -> Result<i64, StoreError> {
        Database::version(self)
    }

    fn commit(&self) -> Result<Option<Commit>, StoreError> {
        Database::commit(self)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        past(self, || None, |session, tables| Database::mark(self, session, tables))
    }

    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError> {
        let tables = lock(&self.known().tables).clone();
        read(self, |session| {
            let Some((mark, touched)) = self.touched_since(session, mark)? else { return Ok(None) };
            let mut fids: HashMap<&str, Vec<i64>> = HashMap::new();
            for (name, fid) in &touched {
                fids.entry(name.as_str()).or_default().push(*fid);
            }
            let mut rows = Vec::with_capacity(touched.len());
            for table in &tables {
                let fids = fids.remove(table.name.as_str()).unwrap_or_default();
                table::read(session, table, &fids, &mut |fid, row| {
                    rows.push(Touched { collection: table.collection.id.clone(), fid, row });
                })?;
            }
            Ok(Some(Changes { mark, rows }))
        })
    }

    fn tables_touched_since(&self, mark: &Mark) -> Result<Option<BTreeSet<String>>, StoreError> {
        read(self, |session| Database::tables_touched_since(self, session, mark))
    }

    fn table_files(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        read(self, |session| Database::table_files(self, session))
    }

    fn wait_for_change(&self, seen: &mut u64, at_most: Duration) -> Option<bool> {
        Database::wait_for_change(self, seen, at_most)
    }

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan_between(collection, i64::MIN..=i64::MAX, each)
    }

    fn row_numbers(&self, collection: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        let table = table(self, &collection.id)?;
        read(self, |session| table::numbers(session, &table))
    }

    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let table = table(self, &collection.id)?;
        read(self, |session| table::scan(session, &table, fids, each))
    }

    fn scan_among(
        &self,
        collection: &Collection,
        among: &Among,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let table = table(self, &collection.id)?;
        read(self, |session| table::scan_among(session, &table, among, each))
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        let applied = write_aside(self, |session| {
            // What another program has made of the tables since they were last looked at.
            let (mut tables, _) = session.tables()?;
            for change in &batch.changes {
                if tables.iter().all(|table| table.collection.id != change.collection.id) {
                    tables.push(session.create_table(change.collection)?);
                }
            }
            prepare(session, &tables)?;
            let mut applied = Vec::with_capacity(batch.changes.len());
            for change in batch.changes {
                let table = find(&tables, change.collection)?;
                applied.push(writer::apply(session, table, change, batch.replaces)?);
            }
            if let Some(source) = batch.source {
                sources::keep(session, source)?;
            }
            finish(session, &tables)?;
            Ok(applied)
        })?;
        self.collections()?;
        Ok(applied)
    }

    fn edit(&self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError> {
        write(self, true, |session| {
            let (tables, _) = session.tables()?;
            prepare(session, &tables)?;
            let edited = writer::edit(session, &tables, edits, origin)?;
            let has_changed = edited.iter().any(|edited| edited.operation.is_some());
            if has_changed {
                finish(session, &tables)?;
            }
            Ok((edited, has_changed))
        })
    }

    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let table = table(self, &collection.id)?;
        read(self, |session| table::find(session, &table, id))
    }

    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError> {
        let table = table(self, &collection.id)?;
        read(self, |session| table::holders(session, &table, field, text, most))
    }

    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        read(self, |session| sources::read(session, sha256, each))
    }

    fn attach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        new: NewAttachment<'_>,
        origin: &Origin,
    ) -> Result<Attachment, StoreError> {
        write_aside(self, |session| attachments::add(session, collection, id, new, origin))
    }

    fn detach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        sha256: &str,
        origin: &Origin,
    ) -> Result<bool, StoreError> {
        write_aside(self, |session| attachments::remove(session, collection, id, sha256, origin))
    }

    fn attachments(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
        read(self, |session| attachments::list(session, collection, id))
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        let table = table(self, &collection.id)?;
        past(self, Vec::new, |session, _| history::history(session, &table, id))
    }

    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        let table = table(self, &collection.id)?;
        past(self, Vec::new, |session, _| history::histories(session, &table, of))
    }

    fn changes(&self, filter: &ChangeFilter) -> Result<Vec<ChangeRecord>, StoreError> {
        past(self, Vec::new, |session, _| record::changes(session, filter))
    }

    fn change(&self, id: i64) -> Result<Option<ChangeRecord>, StoreError> {
        past(self, || None, |session, _| record::change(session, id))
    }

    fn entries(&self, change: i64, behind: Option<i64>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        past(self, Vec::new, |session, tables| record::entries(session, tables, change, behind.unwrap_or(0), limit))
    }

    fn versions(
        &self,
        collection: &Collection,
        id: &FeatureId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let table = table(self, &collection.id)?;
        past(self, Vec::new, |session, _| record::versions(session, &table, id, before.unwrap_or(i64::MAX), limit))
    }

    fn scan_at(
        &self,
        collection: &Collection,
        at: DateTime<Utc>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let table = table(self, &collection.id)?;
        past(self, || (), |session, _| record::scan_at(session, &table, at, each))
    }

    fn quarter_acts(&self) -> Result<Vec<QuarterAct>, StoreError> {
        past(self, Vec::new, |session, _| quarters::acts(session))
    }

    fn record_quarter(&self, act: QuarterAct) -> Result<QuarterAct, StoreError> {
        write_aside(self, |session| {
            let (tables, _) = session.tables()?;
            prepare(session, &tables)?;
            may_follow(&quarters::acts(session)?, &act)?;
            let act = QuarterAct { at: Utc::now().trunc_subsecs(3), ..act };
            let number = quarters::keep(session, &act)?;
            finish(session, &tables)?;
            Ok(QuarterAct { number, ..act })
        })
    }

    fn seal(&self) -> Result<bool, StoreError> {
        if !past(self, || false, |session, _| chain::is_behind(session))? {
            return Ok(false);
        }
        // It can be done at any later time: nobody waits for it behind another program's lock.
        write(self, false, |session| {
            let (tables, _) = session.tables()?;
            prepare(session, &tables)?;
            finish(session, &tables)?;
            Ok((true, true))
        })
    }

    fn audit(&self, each: &mut dyn FnMut(Piece) -> Result<(), StoreError>) -> Result<Option<ChainHead>, StoreError> {
        past(self, || None, |session, _| chain::export(session, each))
    }

    fn verify(&self, known: Option<(i64, &str)>) -> Result<Option<Verdict>, StoreError> {
        past(self, || None, |session, tables| chain::verify(session, tables, known))
    }

    fn users(&self) -> Result<Users, StoreError> {
        // What a stranger's file says of users is nothing to us.
        past(self, Users::default, |session, _| users::read(session))
    }

    fn put_user(&self, user: &User, token: Option<&NewToken>) -> Result<Option<i64>, StoreError> {
        write_aside(self, |session| users::put(session, user, token))
    }

    fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        write_aside(self, |session| users::remove(session, name))
    }

    fn revoke_token(&self, user: &str, id: i64) -> Result<bool, StoreError> {
        write_aside(self, |session| users::revoke(session, user, id))
    }

    fn told(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        past(self, BTreeMap::new, |session, _| told::read(session))
    }

    fn set_told(&self, receiver: &str, change: i64) -> Result<(), StoreError> {
        match self.is_strange() {
            Some(reason) => Err(StoreError::ReadOnly(reason)),
            None => once(
                |work| self.noting(work),
                |session| {
                    told::put(session, receiver, change)?;
                    Ok(((), true))
                },
            ),
        }
    }

    fn health(&self) -> Option<Health> {
        Database::health(self)
    }

    fn stand_for_duty(&self) {
        Database::stand_for_duty(self);
    }

    fn is_on_duty(&self) -> bool {
        Database::is_on_duty(self)
    }

    fn propose(&self, proposed: &Proposed) -> Result<i64, StoreError> {
        write_aside(self, |session| proposals::add(session, proposed))
    }

    fn proposals(&self, state: Option<ProposalState>) -> Result<Vec<Proposal>, StoreError> {
        read(self, |session| proposals::list(session, state))
    }

    fn proposal(&self, id: i64) -> Result<Option<Proposal>, StoreError> {
        read(self, |session| proposals::find(session, id))
    }

    fn decide_proposal(&self, id: i64, state: ProposalState, by: &str, note: Option<&str>) -> Result<bool, StoreError> {
        write_aside(self, |session| proposals::decide(session, id, state, by, note))
    }
}
