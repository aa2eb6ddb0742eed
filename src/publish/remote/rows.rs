//! Rows that the database gave, as a small collection, and what a change makes of one that stays there.

use std::sync::Arc;

use super::journal::Touch;
use super::{Remotely, hash, no_counts};
use crate::filter::{TooMuchWork, Work};
use crate::geom::Envelope;
use crate::publish::collection::{PublishedCollection, Purpose, RowChange, RowChanges, around};
use crate::query::{After, Cursor, ItemsQuery, SortPoint};
use crate::store::{Row, StoreError};

/// Rows that were found, and those among them that match.
pub struct Judged {
    pub collection: PublishedCollection,
    /// Numbers of the rows that match, in the order in which they came.
    pub matching: Vec<i64>,
}

impl PublishedCollection {
    /// A small collection of some rows of this one, without those that are not shown.
    ///
    /// # Errors
    /// When coordinates cannot be transformed, with the row.
    pub fn of_rows(&self, rows: Vec<Row>) -> Result<PublishedCollection, StoreError> {
        self.few(rows, Purpose::Passing)
    }

    /// As [`PublishedCollection::of_rows`], to be drawn and for nothing else.
    ///
    /// # Errors
    /// As [`PublishedCollection::of_rows`].
    pub fn to_draw(&self, rows: Vec<Row>) -> Result<PublishedCollection, StoreError> {
        self.few(rows, Purpose::Drawing)
    }

    fn few(&self, mut rows: Vec<Row>, purpose: Purpose) -> Result<PublishedCollection, StoreError> {
        if let Some(shown) = self.remote.as_ref().and_then(|remote| remote.shown.as_ref()) {
            // The database was asked for these alone; whoever may not see a row is not told of it by a slip.
            rows.retain(|row| shown.has(row));
        }
        rows.sort_unstable_by_key(|row| row.fid);
        rows.dedup_by_key(|row| row.fid);
        PublishedCollection::empty(self.declaration.clone()).of_few(rows, purpose)
    }

    /// Asks rows that the database gave whether they match.
    ///
    /// # Errors
    /// When a row cannot be published; `Ok(Err)` when the filter takes too long.
    pub fn judged(
        &self,
        rows: Vec<Row>,
        query: &ItemsQuery,
        work: &Work,
    ) -> Result<Result<Judged, TooMuchWork>, StoreError> {
        let order: Vec<i64> = rows.iter().map(|row| row.fid).collect();
        let collection = self.of_rows(rows)?;
        let all = ItemsQuery {
            limit: usize::MAX,
            sort: Vec::new(),
            // In the order of their numbers, none in front.
            after: Some(Cursor { leads: Vec::new(), after: After::Fid(i64::MIN) }),
            ..query.clone()
        };
        let page = match collection.page_within(&all, work) {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let matches = |fid: &i64| collection.position(*fid).is_some_and(|row| page.rows.binary_search(&row).is_ok());
        let matching = order.into_iter().filter(matches).collect();
        Ok(Ok(Judged { collection, matching }))
    }

    /// The place of a row of this small collection in an order.
    pub fn point(&self, fid: i64, query: &ItemsQuery) -> Option<SortPoint> {
        self.sort_point(self.position(fid)?, &query.sort)
    }

    /// A collection that stays in the database after some of its rows changed there; `version` is that of the store.
    ///
    /// # Errors
    /// When coordinates cannot be transformed, with the row.
    pub(in crate::publish) fn touched(
        &self,
        changes: RowChanges,
        version: i64,
    ) -> Result<PublishedCollection, StoreError> {
        let fids = changes.keys().copied().collect();
        let rows = changes.into_values().filter_map(|change| match change {
            RowChange::Written(row) => Some(row),
            RowChange::Gone | RowChange::Derived(_) => None,
        });
        let come = self.of_rows(rows.collect())?;
        let both = |a: Option<Envelope>, b: Option<Envelope>| a.into_iter().chain(b).reduce(Envelope::union);
        let mut new = self.clone();
        new.extent = both(self.extent, come.extent);
        let times = self.time_extent.into_iter().chain(come.time_extent);
        new.time_extent = times.reduce(around);
        new.hash = hash(&self.declaration, version);
        new.remote = self.remote.as_deref().map(|remote| {
            remote.reads.not_before(version);
            let has_null_places =
                remote.has_null_places || (0..come.len() as u32).any(|row| come.geometry(row).is_none());
            let journal = remote.journal.with(Touch { fids, rows: come });
            // How many came and went is not told.
            let counts = no_counts();
            Arc::new(Remotely {
                is_counted: false,
                has_null_places,
                extent: new.extent,
                journal,
                counts,
                ..remote.clone()
            })
        });
        Ok(new)
    }
}
