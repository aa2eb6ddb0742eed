//! The store without a file behind it: the double that tests use and the oracle of the contract suite.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Utc;

use super::{
    Applied, Batch, Change, Changes, Draft, Edit, Edited, KeptFile, MAX_TOUCHED, Mark, Mode, Operation, Origin, Row,
    SOURCE_PIECE, Scope, Store, StoreError, Touched, Version, piece,
};
use crate::domain::{Collection, FeatureId, Value};

#[derive(Clone)]
struct Table {
    collection: Collection,
    rows: Vec<Row>,
    last_fid: i64,
    history: Vec<(FeatureId, Version)>,
    /// Row numbers that the change under way has touched.
    touched: Vec<i64>,
}

#[derive(Clone, Default)]
struct State {
    tables: Vec<Table>,
    changes: i64,
    /// Number of the newest entry of the journal.
    newest: i64,
    /// Collection and row number of the newest changes, the newest last.
    journal: VecDeque<(String, i64)>,
    sources: Vec<(KeptFile, Vec<u8>)>,
}

impl State {
    fn mark(&self) -> Mark {
        Mark { schema: self.tables.len() as i64, newest: self.newest }
    }

    fn write(&mut self, change: Change<'_>, replaces: Option<Scope<'_>>) -> Result<Applied, StoreError> {
        let change_id = self.changes + 1;
        let known = self.tables.iter().position(|table| table.collection.id == change.collection.id);
        let at = known.unwrap_or_else(|| {
            self.tables.push(Table {
                collection: change.collection.clone(),
                rows: Vec::new(),
                last_fid: 0,
                history: Vec::new(),
                touched: Vec::new(),
            });
            self.tables.len() - 1
        });
        let table = &mut self.tables[at];
        let mut applied = Applied::default();
        let mut kept = HashSet::new();
        for draft in change.drafts {
            kept.insert(table.write(draft?, change.mode, change_id, &change.origin, &mut applied)?);
        }
        if change.mode == Mode::Replace {
            let stays = |row: &Row| {
                kept.contains(&row.id) || replaces.is_some_and(|replaces| !replaces(change.collection, row))
            };
            let (stay, go): (Vec<_>, Vec<_>) = table.rows.drain(..).partition(stays);
            table.rows = stay;
            for row in go {
                let id = row.id.clone();
                table.touched.push(row.fid);
                table.log(change_id, Operation::Delete, &change.origin, &id, Some(row));
                applied.deleted += 1;
            }
        }
        self.note();
        self.changes = change_id;
        Ok(applied)
    }

    /// Takes what was touched into the journal.
    fn note(&mut self) {
        for table in &mut self.tables {
            let touched = std::mem::take(&mut table.touched);
            self.newest += touched.len() as i64;
            self.journal.extend(touched.into_iter().map(|fid| (table.collection.id.clone(), fid)));
        }
        let surplus = self.journal.len().saturating_sub(MAX_TOUCHED);
        self.journal.drain(..surplus);
    }

    /// Makes edits in their order; what is edited of a collection is one change.
    fn edit(&mut self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError> {
        let mut changes: Vec<(String, i64)> = Vec::new();
        let mut edited = Vec::with_capacity(edits.len());
        for edit in edits {
            let id = &edit.collection.id;
            let table = self.tables.iter_mut().find(|table| table.collection.id == *id);
            let table = table.ok_or_else(|| StoreError::NoCollection(id.clone()))?;
            let known = changes.iter().find(|(of, _)| of == id).map(|(_, change_id)| *change_id);
            let change_id = known.unwrap_or(self.changes + 1);
            let done = table.edit(edit, change_id, origin)?;
            if done.operation.is_some() && known.is_none() {
                changes.push((table.collection.id.clone(), change_id));
                self.changes = change_id;
            }
            edited.push(done);
        }
        self.note();
        Ok(edited)
    }
}

/// Registers held in memory only.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    /// Held by whoever writes, so that others can read meanwhile.
    writing: Mutex<()>,
}

impl MemoryStore {
    // A panic in another test thread leaves no half-written table: changes are made on a copy.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a copy of the state, which becomes the state when nothing went wrong.
    fn change<T>(&self, work: impl FnOnce(&mut State) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = self.state().clone();
        let done = work(&mut changed)?;
        *self.state() = changed;
        Ok(done)
    }
}

fn find<'a>(state: &'a State, collection: &Collection) -> Result<&'a Table, StoreError> {
    let found = state.tables.iter().find(|table| table.collection.id == collection.id);
    found.ok_or_else(|| StoreError::NoCollection(collection.id.clone()))
}

impl Table {
    /// The id of the next row that asks for none: its number, unless that is or was the id of another.
    fn free_id(&mut self) -> FeatureId {
        loop {
            let id = FeatureId::from_fid(self.last_fid + 1);
            if !self.rows.iter().any(|row| row.id == id) && !self.history.iter().any(|(known, _)| *known == id) {
                return id;
            }
            self.last_fid += 1;
        }
    }

    fn edit(&mut self, edit: Edit<'_>, change_id: i64, origin: &Origin) -> Result<Edited, StoreError> {
        let at = edit.id.as_ref().and_then(|id| self.rows.iter().position(|row| row.id == *id));
        let before = at.map(|at| self.rows[at].clone());
        let after = (edit.make)(before.as_ref())?;
        let (id, operation) = match (at.zip(before), after) {
            (None, None) => {
                let nothing = || StoreError::Stopped("an edit that makes a row made none".to_owned());
                (edit.id.ok_or_else(nothing)?, None)
            }
            (Some((at, before)), None) => {
                self.rows.remove(at);
                self.touched.push(before.fid);
                let id = before.id.clone();
                self.log(change_id, Operation::Delete, origin, &id, Some(before));
                (id, Some(Operation::Delete))
            }
            (known, Some(draft)) => {
                let id = known.map(|(_, before)| before.id).or(edit.id).or(draft.id.clone());
                let mode = if at.is_some() { Mode::Upsert } else { Mode::Append };
                let id = id.unwrap_or_else(|| self.free_id());
                let mut applied = Applied::default();
                let draft = Draft { id: Some(id), ..draft };
                let id = self.write(draft, mode, change_id, origin, &mut applied)?;
                let operation = match applied {
                    Applied { inserted: 1.., .. } => Some(Operation::Insert),
                    Applied { updated: 1.., .. } => Some(Operation::Update),
                    _ => None,
                };
                (id, operation)
            }
        };
        let row = self.rows.iter().find(|row| row.id == id).cloned();
        Ok(Edited { id, operation, row, change_id: operation.map(|_| change_id) })
    }

    fn log(&mut self, change_id: i64, operation: Operation, origin: &Origin, id: &FeatureId, before: Option<Row>) {
        let before = before.map(|row| (row.values, row.shape));
        self.history
            .push((id.clone(), Version { change_id, at: Utc::now(), operation, origin: origin.clone(), before }));
    }

    fn write(
        &mut self,
        draft: Draft,
        mode: Mode,
        change_id: i64,
        origin: &Origin,
        applied: &mut Applied,
    ) -> Result<FeatureId, StoreError> {
        let fid = self.last_fid + 1;
        let id = draft.id.unwrap_or_else(|| FeatureId::from_fid(fid));
        match self.rows.iter().position(|row| row.id == id) {
            Some(_) if mode == Mode::Append => {
                return Err(StoreError::Conflict { collection: self.collection.id.clone(), id: id.to_string() });
            }
            Some(at) if self.rows[at].values == draft.values && self.rows[at].shape == draft.shape => {
                applied.unchanged += 1;
            }
            Some(at) => {
                let before = self.rows[at].clone();
                self.rows[at] = Row { values: draft.values, shape: draft.shape, ..before.clone() };
                self.touched.push(before.fid);
                self.log(change_id, Operation::Update, origin, &id, Some(before));
                applied.updated += 1;
            }
            None => {
                self.last_fid = fid;
                self.touched.push(fid);
                self.rows.push(Row { fid, id: id.clone(), values: draft.values, shape: draft.shape });
                self.log(change_id, Operation::Insert, origin, &id, None);
                applied.inserted += 1;
            }
        }
        Ok(id)
    }
}

impl Store for MemoryStore {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        Ok(self.state().tables.iter().map(|table| table.collection.clone()).collect())
    }

    fn version(&self) -> Result<i64, StoreError> {
        Ok(self.state().changes)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        Ok(Some(self.state().mark()))
    }

    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError> {
        let state = self.state();
        let now = state.mark();
        let behind = usize::try_from(now.newest - mark.newest).ok().filter(|behind| *behind <= state.journal.len());
        let Some(behind) = behind.filter(|_| now.schema == mark.schema) else { return Ok(None) };
        let touched: BTreeSet<_> = state.journal.range(state.journal.len() - behind..).cloned().collect();
        let row = |collection: &str, fid: i64| {
            let table = state.tables.iter().find(|table| table.collection.id == collection)?;
            table.rows.iter().find(|row| row.fid == fid).cloned()
        };
        let rows = touched.into_iter().map(|(collection, fid)| {
            let row = row(&collection, fid);
            Touched { collection, fid, row }
        });
        Ok(Some(Changes { mark: now, rows: rows.collect() }))
    }

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = find(&self.state(), collection)?.rows.clone();
        rows.into_iter().try_for_each(each)
    }

    fn row_numbers(&self, collection: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        let state = self.state();
        let rows = &find(&state, collection)?.rows;
        Ok(rows.first().zip(rows.last()).map(|(first, last)| first.fid..=last.fid))
    }

    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan(collection, &mut |row| if fids.contains(&row.fid) { each(row) } else { Ok(()) })
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        self.change(|changed| {
            let mut applied = Vec::with_capacity(batch.changes.len());
            for change in batch.changes {
                applied.push(changed.write(change, batch.replaces)?);
            }
            if let Some(source) = batch.source
                && changed.sources.iter().all(|(known, _)| known.sha256 != source.sha256)
            {
                let (mut content, mut more) = (Vec::new(), Vec::new());
                piece(source.content, &mut more)?;
                while !more.is_empty() {
                    content.append(&mut more);
                    piece(source.content, &mut more)?;
                }
                let bytes = content.len() as u64;
                let kept = KeptFile { sha256: source.sha256, name: source.name, bytes, kept_at: Utc::now() };
                changed.sources.push((kept, content));
            }
            Ok(applied)
        })
    }

    fn edit(&self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError> {
        self.change(|changed| changed.edit(edits, origin))
    }

    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let state = self.state();
        Ok(find(&state, collection)?.rows.iter().find(|row| row.id == *id).cloned())
    }

    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        let Some(at) = table.collection.stored_fields().position(|known| known.name == field) else {
            return Ok(Vec::new());
        };
        let holds = |row: &&Row| row.values.get(at).and_then(Value::as_str) == Some(text);
        Ok(table.rows.iter().filter(holds).take(most).map(|row| row.id.clone()).collect())
    }

    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        let known = self.state().sources.iter().find(|(kept, _)| kept.sha256 == sha256).cloned();
        let Some((kept, content)) = known else { return Ok(None) };
        content.chunks(SOURCE_PIECE).try_for_each(each)?;
        Ok(Some(kept))
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        Ok(table.history.iter().filter(|(of, _)| of == id).map(|(_, version)| version.clone()).collect())
    }

    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        let changed = |id: &FeatureId| {
            of.is_none_or(|of| of.contains(id))
                && table.history.iter().any(|(of, version)| of == id && version.operation != Operation::Insert)
        };
        Ok(table.history.iter().filter(|(id, _)| changed(id)).cloned().collect())
    }
}
