//! The store without a file behind it: the double that tests use and the oracle of the contract suite.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Utc;

use super::{Applied, Change, Draft, Mode, Operation, Origin, Row, Store, StoreError, Version};
use crate::domain::{Collection, FeatureId};

#[derive(Clone)]
struct Table {
    collection: Collection,
    rows: Vec<Row>,
    last_fid: i64,
    history: Vec<(FeatureId, Version)>,
}

#[derive(Default)]
struct State {
    tables: Vec<Table>,
    changes: i64,
}

/// Registers held in memory only.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    // A panic in another test thread leaves no half-written table: changes are made on a copy.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'a>(state: &'a State, collection: &Collection) -> Result<&'a Table, StoreError> {
    let found = state.tables.iter().find(|table| table.collection.id == collection.id);
    found.ok_or_else(|| StoreError::NoCollection(collection.id.clone()))
}

impl Table {
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
                self.log(change_id, Operation::Update, origin, &id, Some(before));
                applied.updated += 1;
            }
            None => {
                self.last_fid = fid;
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

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = find(&self.state(), collection)?.rows.clone();
        rows.into_iter().try_for_each(each)
    }

    fn apply(&self, change: Change<'_>) -> Result<Applied, StoreError> {
        let mut state = self.state();
        let change_id = state.changes + 1;
        let known = state.tables.iter().position(|table| table.collection.id == change.collection.id);
        let mut table = match known {
            Some(at) => state.tables[at].clone(),
            None => Table { collection: change.collection.clone(), rows: Vec::new(), last_fid: 0, history: Vec::new() },
        };
        let mut applied = Applied::default();
        let mut kept = HashSet::new();
        for draft in change.drafts {
            kept.insert(table.write(draft?, change.mode, change_id, &change.origin, &mut applied)?);
        }
        if change.mode == Mode::Replace {
            let (stay, go): (Vec<_>, Vec<_>) = table.rows.drain(..).partition(|row| kept.contains(&row.id));
            table.rows = stay;
            for row in go {
                let id = row.id.clone();
                table.log(change_id, Operation::Delete, &change.origin, &id, Some(row));
                applied.deleted += 1;
            }
        }
        match known {
            Some(at) => state.tables[at] = table,
            None => state.tables.push(table),
        }
        state.changes = change_id;
        Ok(applied)
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        Ok(table.history.iter().filter(|(of, _)| of == id).map(|(_, version)| version.clone()).collect())
    }

    fn histories(&self, collection: &Collection) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        let state = self.state();
        let table = find(&state, collection)?;
        let changed = |id: &FeatureId| {
            table.history.iter().any(|(of, version)| of == id && version.operation != Operation::Insert)
        };
        Ok(table.history.iter().filter(|(id, _)| changed(id)).cloned().collect())
    }
}
