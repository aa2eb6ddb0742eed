//! Rows of a file held against those of the store: ids that are taken, rows that a file completes, rows that it joins.

use std::collections::{HashMap, HashSet};

use super::RowFault;
use super::reading::{Candidate, Heading};
use crate::domain::FeatureId;
use crate::store::{Mode, Row, Store, StoreError};

/// What the rows of the store mean for those of a file.
pub struct Meeting {
    mode: Mode,
    /// Rows that an upsert may complete, by id; empty otherwise.
    base: HashMap<FeatureId, Row>,
    /// Ids that an append must not meet.
    taken: HashSet<FeatureId>,
}

impl Meeting {
    /// Reads what is needed of the store.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(store: &dyn Store, heading: &Heading, mode: Mode) -> Result<Meeting, StoreError> {
        let mut meeting = Meeting { mode, base: HashMap::new(), taken: HashSet::new() };
        if heading.is_stored && heading.has_ids {
            store.scan(&heading.collection, &mut |row| {
                match mode {
                    Mode::Append => {
                        meeting.taken.insert(row.id);
                    }
                    Mode::Upsert if heading.is_partial() => {
                        meeting.base.insert(row.id.clone(), row);
                    }
                    Mode::Upsert | Mode::Replace => {}
                }
                Ok(())
            })?;
        }
        Ok(meeting)
    }

    /// Completes a row with what the store has of it, and adds every fault that comes to light so.
    pub fn complete(&self, heading: &Heading, row: &mut Candidate) {
        let number = row.number;
        let fault = |field: &str, reason| RowFault { row: number, field: Some(field.to_owned()), reason };
        if let Some(id) = row.draft.id.take_if(|id| self.taken.contains(id)) {
            let reason = format!(
                "tập dữ liệu đã có '{id}': muốn sửa, hãy chọn cách ghi bổ sung và cập nhật (--mode upsert) / the collection has a feature '{id}' already: use --mode upsert to change it"
            );
            row.faults.insert(0, fault("id", reason));
        }
        let base = row.draft.id.as_ref().and_then(|id| self.base.get(id));
        for (at, value) in
            row.draft.values.iter_mut().enumerate().filter(|(at, _)| heading.absent.get(*at) == Some(&true))
        {
            *value = base.and_then(|row| row.values.get(at)).cloned().unwrap_or_default();
        }
        let is_absent = |name: &str| {
            let mut fields = heading.collection.stored_fields().zip(&heading.absent);
            fields.any(|(field, absent)| *absent && field.name == name)
        };
        let declared = heading.collection.faults(&row.draft.values);
        let of_absent = declared.into_iter().filter(|(name, _)| is_absent(name));
        row.faults.extend(of_absent.map(|(name, reason)| fault(&name, reason)));
        if heading.has_places {
            return;
        }
        row.draft.shape = base.and_then(|row| row.shape.clone());
        let joins_only = self.mode == Mode::Upsert && heading.collection.geometry.is_some();
        if joins_only && base.is_none() {
            let id = row.draft.id.as_ref().map(ToString::to_string).unwrap_or_default();
            row.faults.push(fault("id", format!("không có đối tượng '{id}' để ghép các thuộc tính này / there is no feature '{id}' to join these attributes to")));
        }
    }
}
