//! The registers as they were recorded at some moment, published whole: what was known then, and nothing that was written
//! since, also where it speaks of days before. A day asks what held on it; a moment asks what we knew.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::publisher::Publisher;
use super::{Snapshot, hanoi_day};
use crate::compliance::Standards;
use crate::domain::{Collection, FeatureId, Kind};
use crate::store::{Batch, Edit, Edited, Applied, Changes, KeptFile, Mark, Origin, Row, Store, StoreError, Version};

/// Reads the registers as they were recorded at a moment and assesses them for its day. Blocks: as long as reading the
/// store whole. Tables of a user's own have no past and are left out, and so is what is derived from the registers.
///
/// # Errors
/// What the store says.
pub fn recorded_at(
    store: &dyn Store,
    standards: &Arc<Standards>,
    at: DateTime<Utc>,
) -> Result<Snapshot, StoreError> {
    Publisher::of_registers_alone(Arc::clone(standards)).publish(&Then { store, at }, hanoi_day(at))
}

/// A store as it was at a moment, to be read alone.
struct Then<'a> {
    store: &'a dyn Store,
    at: DateTime<Utc>,
}

impl Store for Then<'_> {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        let registers = |collection: &Collection| collection.kind == Kind::Register;
        Ok(self.store.collections()?.into_iter().filter(registers).collect())
    }

    // The past does not change.
    fn version(&self) -> Result<i64, StoreError> {
        Ok(0)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        Ok(None)
    }

    fn changes_since(&self, _: &Mark) -> Result<Option<Changes>, StoreError> {
        Ok(None)
    }

    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.store.scan_at(collection, self.at, each)
    }

    fn row_numbers(&self, _: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        Ok(None)
    }

    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan(collection, &mut |row| if fids.contains(&row.fid) { each(row) } else { Ok(()) })
    }

    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
        let versions = self.store.history(collection, id)?;
        Ok(versions.into_iter().filter(|version| version.at <= self.at).collect())
    }

    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        let histories = self.store.histories(collection, of)?;
        Ok(histories.into_iter().filter(|(_, version)| version.at <= self.at).collect())
    }
}
