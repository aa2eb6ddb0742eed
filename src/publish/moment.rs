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
use crate::store::record::QuarterAct;
use crate::store::{
    Applied, Attachment, Batch, Changes, Edit, Edited, KeptFile, Mark, NewAttachment, Origin, Row, Store, StoreError,
    Version,
};

/// Reads the registers as they were recorded at a moment and assesses them for its day. Blocks: as long as reading the
/// store whole. Tables of a user's own have no past and are left out, and so are registers that stay in the database, which
/// `stay` names, and what is derived from the registers.
///
/// # Errors
/// What the store says.
pub fn recorded_at(
    store: &dyn Store,
    standards: &Arc<Standards>,
    at: DateTime<Utc>,
    stay: &BTreeSet<String>,
) -> Result<Snapshot, StoreError> {
    Publisher::of_registers_alone(Arc::clone(standards)).publish(&Then { store, at, stay }, hanoi_day(at))
}

/// A store as it was at a moment, to be read alone.
struct Then<'a> {
    store: &'a dyn Store,
    at: DateTime<Utc>,
    stay: &'a BTreeSet<String>,
}

impl Store for Then<'_> {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        let registers =
            |collection: &Collection| collection.kind == Kind::Register && !self.stay.contains(&collection.id);
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
    fn quarter_acts(&self) -> Result<Vec<QuarterAct>, StoreError> {
        Ok(self.store.quarter_acts()?.into_iter().filter(|act| act.at <= self.at).collect())
    }

    fn apply_all(&self, _: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        Err(past())
    }

    fn edit(&self, _: Vec<Edit<'_>>, _: &Origin) -> Result<Vec<Edited>, StoreError> {
        Err(past())
    }

    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        let mut found = None;
        self.scan(collection, &mut |row| {
            if row.id == *id {
                found = Some(row);
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn holders(&self, _: &Collection, _: &str, _: &str, _: usize) -> Result<Vec<FeatureId>, StoreError> {
        Err(past())
    }

    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        Ok(self.store.source(sha256, each)?.filter(|kept| kept.kept_at <= self.at))
    }

    fn attach(
        &self,
        _: &Collection,
        _: &FeatureId,
        _: NewAttachment<'_>,
        _: &Origin,
    ) -> Result<Attachment, StoreError> {
        Err(past())
    }

    fn detach(&self, _: &Collection, _: &FeatureId, _: &str, _: &Origin) -> Result<bool, StoreError> {
        Err(past())
    }

    fn attachments(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
        let mut there = self.store.attachments(collection, id)?;
        there.retain(|one| one.at <= self.at);
        for one in &mut there {
            one.removed.take_if(|(removed, _)| *removed > self.at);
        }
        Ok(there)
    }
}

fn past() -> StoreError {
    StoreError::ReadOnly(
        "dữ liệu đã ghi ở một thời điểm không sửa được / what was recorded at a moment cannot be changed".to_owned(),
    )
}
