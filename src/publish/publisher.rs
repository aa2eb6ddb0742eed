//! Publishing again and again: what a change does not touch is taken over from the last time, so that the cost of a change
//! is that of what depends on it. The outcome is the same as that of reading the store whole.
//!
//! A change comes in two snapshots: registers with compliance at once, derived collections when they have been made anew
//! ([`Publisher::settle`]). Until then those of the state before are served; each says for which day it was computed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, Utc};
use rayon::prelude::*;

use super::collection::{Chunk, PublishedCollection, RowChange, RowChanges, Stretch};
use super::derived::{self, Derivation, DerivedCollections, Inputs};
use super::past::Past;
use super::quarters::SignedQuarters;
use super::read::read_whole;
use super::remote::Database;
use super::sites::{Edit, Facts, Recorded, Said};
use super::{ATTEMPTS, Snapshot, attach, derived_values, review, review_site};
use crate::compliance::{Review, SiteKey, Standards};
use crate::domain::{Collection, FeatureId, Kind};
use crate::store::commit::Commit;
use crate::store::{Changes, Mark, Row, Store, StoreError, Touched, Unserved};

/// Makes the snapshots of one store, one after the other.
pub struct Publisher {
    standards: Arc<Standards>,
    derivations: Vec<Box<dyn Derivation>>,
    /// Where large collections may stay.
    database: Option<Database>,
    last: Option<Published>,
    /// Whether the last snapshot's derived collections are of an earlier state than its registers.
    is_behind: bool,
}

/// All that follows from one state of the store on one day. A clone shares nearly everything.
#[derive(Clone)]
struct Published {
    /// `None` where the store cannot tell what changes.
    mark: Option<Mark>,
    declarations: Arc<Vec<Collection>>,
    /// What held the rows of each table when all were read.
    files: Arc<BTreeMap<String, i64>>,
    /// Registers and tables.
    collections: Vec<PublishedCollection>,
    /// Tables that could not be read.
    unserved: Arc<Vec<Unserved>>,
    derived: DerivedCollections,
    facts: Arc<Facts>,
    review: Arc<Review>,
    quarters: SignedQuarters,
    /// Version of the store that was read.
    store_version: i64,
    /// What all instances call the state that was read, or one before it.
    commit: Option<Commit>,
}

impl Publisher {
    pub fn new(standards: Arc<Standards>) -> Publisher {
        Publisher::with(standards, derived::all())
    }

    /// One that makes no derived collections.
    pub(super) fn of_registers_alone(standards: Arc<Standards>) -> Publisher {
        Publisher::with(standards, Vec::new())
    }

    fn with(standards: Arc<Standards>, derivations: Vec<Box<dyn Derivation>>) -> Publisher {
        Publisher { standards, derivations, database: None, last: None, is_behind: false }
    }

    /// The same, with a database in which collections may stay. Then it publishes on a thread that may wait for it.
    pub fn with_database(self, database: Database) -> Publisher {
        Publisher { database: Some(database), ..self }
    }

    /// The snapshot of the store as it is, for a day. Blocks: some milliseconds after a small change, a second or two for
    /// several hundred thousand features that have to be read. Its derived collections are those of the last snapshot
    /// until [`Publisher::settle`] makes the next; the first snapshot has its own.
    ///
    /// # Errors
    /// What the store says, with collection and row. The next call goes on from the last snapshot that was made.
    pub fn publish(&mut self, store: &dyn Store, as_of: NaiveDate) -> Result<Snapshot, StoreError> {
        let begun = Instant::now();
        let mut attempt = 1;
        loop {
            // Before anything is read: what is read has all of it.
            let commit = store.commit()?;
            let version = store.version()?;
            let published = match self.after_changes(store, as_of, version) {
                Ok(Some(published)) => published,
                Err(error) if error.passes() => return Err(error),
                // What one table cannot give keeps no other from being read.
                Ok(None) | Err(_) => self.whole(store, as_of, version)?,
            };
            // A change in between would mix two states: read again.
            if attempt == ATTEMPTS || store.version()? == version {
                let quarters = published.quarters.read_after(store)?;
                let mut published = Published { store_version: version, commit, quarters, ..published };
                self.is_behind = self.last.is_some();
                if !self.is_behind {
                    published.derived = self.derived(&published)?;
                }
                self.last = Some(published.clone());
                return Ok(self.snapshot(published, begun.elapsed()));
            }
            attempt += 1;
        }
    }

    /// Whether the last snapshot is of this version of the store and this day.
    pub fn is_of(&self, store_version: i64, as_of: NaiveDate) -> bool {
        self.last.as_ref().is_some_and(|last| last.store_version == store_version && last.review.as_of == as_of)
    }

    /// The last snapshot with its derived collections brought up to its registers; `None` where they are already. Blocks as
    /// long as statistics over the whole city take.
    ///
    /// # Errors
    /// What a derivation says. The collections of the earlier state are then served on, and the next call tries again.
    pub fn settle(&mut self) -> Result<Option<Snapshot>, StoreError> {
        let begun = Instant::now();
        let Some(last) = self.last.clone().filter(|_| self.is_behind) else { return Ok(None) };
        let derived = self.derived(&last)?;
        self.is_behind = false;
        let hashes = |derived: &DerivedCollections| derived.collections.iter().map(|c| c.hash).collect::<Vec<_>>();
        // What was made on the way is served on too, so that nobody makes it a second time.
        let has_made = !Arc::ptr_eq(&derived.outcomes.plans, &last.derived.outcomes.plans);
        let is_changed = has_made || hashes(&derived) != hashes(&last.derived);
        let settled = Published { derived, ..last };
        self.last = Some(settled.clone());
        Ok(is_changed.then(|| self.snapshot(settled, begun.elapsed())))
    }

    /// The derived collections of a state; a store without registers has none.
    fn derived(&mut self, of: &Published) -> Result<DerivedCollections, StoreError> {
        if !of.declarations.iter().any(|collection| collection.kind == Kind::Register) {
            return Ok(DerivedCollections::default());
        }
        let registers = |id: &str| Ok(of.collection(id).cloned());
        let inputs = Inputs::new(&self.standards, &of.review, &of.facts, &registers);
        of.derived.after(&mut self.derivations, &inputs)
    }

    fn snapshot(&self, published: Published, made_in: Duration) -> Snapshot {
        let Published { mut collections, unserved, derived, facts, review, quarters, store_version, commit, .. } =
            published;
        collections.extend(derived.collections);
        let day = review.as_of.to_string().into_bytes();
        let hashes: Vec<u8> = collections.iter().flat_map(|c| c.hash.to_le_bytes()).chain(day).collect();
        Snapshot {
            as_of: review.as_of,
            collections,
            unserved,
            review,
            facts,
            quarters,
            standards: Arc::clone(&self.standards),
            past: Past::default(),
            outcomes: derived.outcomes,
            published_at: Utc::now(),
            made_in,
            store_version,
            commit,
            version: xxhash_rust::xxh3::xxh3_64(&hashes),
            veil: None,
        }
    }

    /// Reads everything but what stays in the database.
    fn whole(&self, store: &dyn Store, as_of: NaiveDate, version: i64) -> Result<Published, StoreError> {
        let declarations = store.collections()?;
        let mark = store.mark()?;
        let mut remote: BTreeMap<&str, Result<PublishedCollection, StoreError>> = BTreeMap::new();
        let mut files = BTreeMap::new();
        if let Some(database) = &self.database {
            files = store.table_files()?;
            let touched = match self.last.as_ref().and_then(|last| last.mark).filter(|_| mark.is_some()) {
                // Behind the mark: what is touched from here on is found by it.
                Some(before) => store.tables_touched_since(&before)?,
                None => None,
            };
            for declared in &declarations {
                // To look at one of them as a whole takes as long as reading it.
                match self.as_before(declared, touched.as_ref(), &files) {
                    Some(known) if known.remote.is_some() => {
                        remote.insert(&declared.id, Ok(known.clone()));
                        continue;
                    }
                    Some(_) => continue,
                    None => {}
                }
                match database.keeps(declared) {
                    Ok(false) => {}
                    Ok(true) => drop(remote.insert(&declared.id, database.published(declared, version))),
                    Err(error) => drop(remote.insert(&declared.id, Err(error))),
                }
            }
        }
        let held: Vec<Collection> =
            declarations.iter().filter(|declared| !remote.contains_key(declared.id.as_str())).cloned().collect();
        let recorded = Recorded::read(store, &held)?;
        let empty: Vec<_> = held.iter().cloned().map(PublishedCollection::empty).collect();
        let read = read_whole(
            store,
            &held,
            |at| Reading::new(&empty[at], &recorded),
            |reading, collection, row| {
                reading.said.add(collection, &row);
                // The review of all that is read is needed first.
                if reading.waits {
                    reading.rows.push(row);
                    Ok(())
                } else {
                    reading.stretch.push(row)
                }
            },
        );
        let (read, broken) = apart(&held, read)?;
        let mut unserved: Vec<Unserved> = store.unserved().into_iter().chain(broken.values().cloned()).collect();
        let mut in_database: BTreeMap<&str, PublishedCollection> = BTreeMap::new();
        let is_register = |id: &str| declarations.iter().any(|of| of.id == id && of.kind == Kind::Register);
        for (id, published) in remote {
            match published {
                Ok(published) => drop(in_database.insert(id, published)),
                // Without a register plans would be reviewed as if there were no such rows.
                Err(error) if error.passes() || is_register(id) => return Err(error),
                Err(error) => unserved.push(Unserved { table: id.to_owned(), reason: error.to_string() }),
            }
        }
        for Unserved { table, reason } in &unserved {
            tracing::error!(table, reason, "a table cannot be read: the others are served");
        }
        let (said, written): (Vec<Vec<Said<'_>>>, Vec<Vec<_>>) =
            read.into_iter().map(|of| of.into_iter().map(Reading::finish).unzip()).unzip();
        let facts = Facts::joined(&held, &recorded, said);
        if !facts.orphans.is_empty() {
            let first = facts.orphans.first().map(|(collection, id)| format!("{collection}/{id}"));
            tracing::warn!(rows = facts.orphans.len(), first, "rows name a site or station that is not on record");
        }
        let review = review(&facts, &self.standards, as_of);
        let built = written.into_par_iter().zip(&empty).map(|(written, empty)| {
            let stretches = written.into_iter().map(|(chunks, rows)| {
                let mut stretch = Stretch::new(empty);
                for mut row in rows {
                    attach(&empty.declaration, &review, &mut row);
                    stretch.push(row)?;
                }
                Ok([chunks, stretch.finish()].concat())
            });
            Ok(empty.of_stretches(stretches.collect::<Result<Vec<_>, StoreError>>()?))
        });
        let built = built.collect::<Result<Vec<PublishedCollection>, StoreError>>()?;
        let is_whole = |(at, _): &(usize, PublishedCollection)| !broken.contains_key(at);
        let mut built = built.into_iter().enumerate().filter(is_whole).map(|(_, collection)| collection).peekable();
        let each = declarations.iter().filter_map(|declared| {
            let held = || built.next_if(|built| built.declaration.id == declared.id);
            in_database.remove(declared.id.as_str()).or_else(held)
        });
        let collections = each.collect();
        let unserved = Arc::new(unserved);
        let derived = self.last.as_ref().map(|last| last.derived.clone()).unwrap_or_default();
        let quarters = self.last.as_ref().map(|last| last.quarters.clone()).unwrap_or_default();
        let (declarations, facts, review) = (Arc::new(declarations), Arc::new(facts), Arc::new(review));
        let (store_version, commit) = (0, None);
        Ok(Published {
            mark,
            declarations,
            files: Arc::new(files),
            collections,
            unserved,
            derived,
            facts,
            review,
            quarters,
            store_version,
            commit,
        })
    }

    /// A collection as it was last published, where its table is the same, with the same file, and none but these were touched
    /// since.
    fn as_before(
        &self,
        declared: &Collection,
        touched: Option<&BTreeSet<String>>,
        files: &BTreeMap<String, i64>,
    ) -> Option<&PublishedCollection> {
        let (last, id) = (self.last.as_ref()?, &declared.id);
        let known = last.collection(id)?;
        let is_same = known.declaration == *declared && last.files.get(id)? == files.get(id)?;
        (is_same && !touched?.contains(id)).then_some(known)
    }

    /// Goes on from the last time; `None` where everything has to be read.
    fn after_changes(
        &self,
        store: &dyn Store,
        as_of: NaiveDate,
        version: i64,
    ) -> Result<Option<Published>, StoreError> {
        let Some(last) = &self.last else { return Ok(None) };
        // What could not be read may be mended by any change.
        let Some(mark) = last.mark.filter(|_| last.unserved.is_empty()) else { return Ok(None) };
        let Some(changes) = store.changes_since(&mark)? else { return Ok(None) };
        // Titles and reference systems can change without any row or table.
        if store.collections()? != *last.declarations {
            return Ok(None);
        }
        let edits = last.edits(&changes);
        let (facts, touched) = if edits.is_empty() {
            (Arc::clone(&last.facts), Some(BTreeSet::new()))
        } else {
            match last.facts.with_edits(store, &edits)? {
                Some((facts, touched)) => (Arc::new(facts), Some(touched)),
                None => (Arc::new(Facts::read(store, &last.held())?), None),
            }
        };
        let touched = touched.filter(|_| as_of == last.review.as_of);
        let review = match &touched {
            Some(touched) if touched.is_empty() => Arc::clone(&last.review),
            Some(touched) => Arc::new(self.reviewed_again(&last.review, &facts, touched)),
            None => Arc::new(review(&facts, &self.standards, as_of)),
        };
        let mut by_collection = last.row_changes(changes.rows, &review, touched.as_ref());
        let mut next = Published { mark: Some(changes.mark), facts, review, ..last.clone() };
        for collection in &mut next.collections {
            let Some(changes) = by_collection.remove(&collection.declaration.id) else { continue };
            *collection = match collection.remote {
                Some(_) => collection.touched(changes, version)?,
                None => collection.with_changes(changes)?,
            };
        }
        Ok(Some(next))
    }

    /// Assesses some sites again, on the day of the last review.
    fn reviewed_again(&self, last: &Review, facts: &Facts, touched: &BTreeSet<SiteKey>) -> Review {
        let mut review = last.clone();
        for key in touched {
            match review_site(facts, &self.standards, key, last.as_of) {
                Some(site) => review.sites.insert(key.clone(), site),
                None => review.sites.remove(key),
            };
        }
        review
    }
}

/// What was read of each collection, and the tables that could not be read by their position.
type Apart<T> = (Vec<Vec<T>>, BTreeMap<usize, Unserved>);

/// What was read of each collection, and by position the tables of which something could not be read: they stand among the
/// others without any stretch.
///
/// # Errors
/// What was said of a register, or of anything by a store that is in use.
fn apart<T>(declarations: &[Collection], read: Vec<Result<Vec<T>, StoreError>>) -> Result<Apart<T>, StoreError> {
    let (mut whole, mut broken) = (Vec::with_capacity(read.len()), BTreeMap::new());
    for (at, (declared, read)) in declarations.iter().zip(read).enumerate() {
        whole.push(match read {
            Ok(read) => read,
            Err(error) if declared.kind != Kind::Table || error.passes() => return Err(error),
            Err(error) => {
                broken.insert(at, Unserved { table: declared.id.clone(), reason: error.to_string() });
                Vec::new()
            }
        });
    }
    Ok((whole, broken))
}

/// A stretch of rows while it is read.
struct Reading<'a> {
    said: Said<'a>,
    stretch: Stretch<'a>,
    /// Whether the rows have derived values, which come later.
    waits: bool,
    rows: Vec<Row>,
}

impl<'a> Reading<'a> {
    fn new(empty: &'a PublishedCollection, recorded: &'a Recorded) -> Reading<'a> {
        let waits = empty.declaration.fields.iter().any(|field| field.derived);
        Reading { said: Said::new(&empty.declaration, recorded), stretch: Stretch::new(empty), waits, rows: Vec::new() }
    }

    fn finish(self) -> (Said<'a>, (Vec<Arc<Chunk>>, Vec<Row>)) {
        (self.said, (self.stretch.finish(), self.rows))
    }
}

impl Published {
    fn collection(&self, id: &str) -> Option<&PublishedCollection> {
        self.collections.iter().find(|collection| collection.declaration.id == id)
    }

    /// The declarations of what does not stay in the database.
    fn held(&self) -> Vec<Collection> {
        let stays = |declared: &Collection| self.collection(&declared.id).is_some_and(|known| known.remote.is_some());
        self.declarations.iter().filter(|declared| !stays(declared)).cloned().collect()
    }

    /// The changed rows of registers that are held, beside what was published of them.
    fn edits<'a>(&'a self, changes: &'a Changes) -> Vec<Edit<'a>> {
        let edits = changes.rows.iter().filter_map(|touched| {
            let published = self.collection(&touched.collection)?;
            let is_read = published.declaration.kind == Kind::Register && published.remote.is_none();
            is_read.then(|| Edit {
                collection: &published.declaration,
                fid: touched.fid,
                before: published.position(touched.fid).and_then(|row| published.row(row)),
                after: touched.row.as_ref(),
            })
        });
        edits.collect()
    }

    /// What becomes of the rows of each collection: those that changed, and those of sites that are assessed otherwise now.
    /// `touched` are the sites that were assessed again; without it all were.
    fn row_changes(
        &self,
        rows: Vec<Touched>,
        review: &Review,
        touched: Option<&BTreeSet<SiteKey>>,
    ) -> BTreeMap<String, RowChanges> {
        let mut changes: BTreeMap<String, RowChanges> = BTreeMap::new();
        let assessed: BTreeSet<&SiteKey> = match touched {
            Some(touched) => touched.iter().collect(),
            None => self.review.sites.keys().chain(review.sites.keys()).collect(),
        };
        let attached = |review: &Review, key: &SiteKey| review.assessment(key).map(|site| site.attached.clone());
        for key in assessed.into_iter().filter(|key| attached(&self.review, key) != attached(review, key)) {
            let Some(published) = self.collection(key.0.as_str()) else { continue };
            let row = FeatureId::parse(&key.1).ok().and_then(|id| published.find(&id));
            let Some(fid) = row.and_then(|row| published.fid(row)) else { continue };
            let values = derived_values(&published.declaration, review, Some(key)).collect();
            changes.entry(published.declaration.id.clone()).or_default().insert(fid, RowChange::Derived(values));
        }
        for touched in rows {
            let Some(published) = self.collection(&touched.collection) else { continue };
            let change = touched.row.map_or(RowChange::Gone, |mut row| {
                attach(&published.declaration, review, &mut row);
                RowChange::Written(row)
            });
            changes.entry(touched.collection).or_default().insert(touched.fid, change);
        }
        changes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
