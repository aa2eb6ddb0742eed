//! A collection built whole from all its rows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use super::PublishedCollection;
use super::chunk::{Chunk, Growing, Purpose, is_last_of_chunk};
use super::index::{IdIndex, PlaceIndex};
use crate::domain::Collection;
use crate::geom::project::ProjectError;
use crate::store::{Row, StoreError};

/// Chunks that are read ahead of the workers.
const MAX_UNDER_WAY: usize = 8;

/// A chunk on the way back from a worker.
type UnderWay = Receiver<Result<Chunk, (i64, ProjectError)>>;

/// Collects rows and makes a [`PublishedCollection`] of them. Rows are encoded by workers while further ones are read.
pub struct Builder {
    empty: PublishedCollection,
    waiting: Vec<Row>,
    under_way: VecDeque<UnderWay>,
    chunks: Vec<Arc<Chunk>>,
}

impl Builder {
    pub fn new(declaration: Collection) -> Builder {
        Builder {
            empty: PublishedCollection::empty(declaration),
            waiting: Vec::new(),
            under_way: VecDeque::new(),
            chunks: Vec::new(),
        }
    }

    /// Adds a row; `values` are those of all fields, derived ones included. Rows come in ascending row number.
    ///
    /// # Errors
    /// When coordinates cannot be transformed, with the row.
    pub fn push(&mut self, row: Row) -> Result<(), StoreError> {
        let is_last = is_last_of_chunk(row.fid);
        self.waiting.push(row);
        if is_last { self.send() } else { Ok(()) }
    }

    /// Hands the waiting rows to a worker; takes the oldest chunk back when enough are under way.
    fn send(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.waiting);
        let (done, chunk) = sync_channel(1);
        let empty = self.empty.clone();
        rayon::spawn(move || {
            let mut growing = Growing::new(&empty.declaration, &empty.encoder, Purpose::Keeping);
            let pushed = rows.into_iter().try_for_each(|row| {
                let fid = row.fid;
                growing.push(row).map_err(|e| (fid, e))
            });
            // Nobody waits any more when another row has failed.
            let _ = done.send(pushed.map(|()| growing.seal(empty.time)));
        });
        self.under_way.push_back(chunk);
        if self.under_way.len() > MAX_UNDER_WAY { self.receive() } else { Ok(()) }
    }

    /// Takes the oldest chunk back.
    fn receive(&mut self) -> Result<(), StoreError> {
        let Some(chunk) = self.under_way.pop_front() else { return Ok(()) };
        let collection = || self.empty.declaration.id.clone();
        let received =
            chunk.recv().map_err(|_| StoreError::Stopped(format!("encoding '{}' broke off", collection())))?;
        let chunk =
            received.map_err(|(fid, e)| StoreError::Row { collection: collection(), fid, reason: e.to_string() })?;
        self.chunks.push(Arc::new(chunk));
        Ok(())
    }

    /// Builds the indexes and seals the collection.
    ///
    /// # Errors
    /// As [`Builder::push`].
    pub fn finish(mut self) -> Result<PublishedCollection, StoreError> {
        if !self.waiting.is_empty() {
            self.send()?;
        }
        while !self.under_way.is_empty() {
            self.receive()?;
        }
        Ok(self.empty.indexed(self.chunks))
    }
}

/// Some rows of a collection that one thread makes chunks of.
pub struct Stretch<'a> {
    of: &'a PublishedCollection,
    purpose: Purpose,
    growing: Growing<'a>,
    chunks: Vec<Arc<Chunk>>,
}

impl<'a> Stretch<'a> {
    /// A stretch of a collection that is empty still.
    pub fn new(of: &'a PublishedCollection) -> Stretch<'a> {
        Stretch::of_purpose(of, Purpose::Keeping)
    }

    fn of_purpose(of: &'a PublishedCollection, purpose: Purpose) -> Stretch<'a> {
        Stretch { of, purpose, growing: Growing::new(&of.declaration, &of.encoder, purpose), chunks: Vec::new() }
    }

    /// As [`Builder::push`].
    pub fn push(&mut self, row: Row) -> Result<(), StoreError> {
        let fid = row.fid;
        self.growing.push(row).map_err(|e| StoreError::Row {
            collection: self.of.declaration.id.clone(),
            fid,
            reason: e.to_string(),
        })?;
        if is_last_of_chunk(fid) {
            self.close();
        }
        Ok(())
    }

    fn close(&mut self) {
        let next = Growing::new(&self.of.declaration, &self.of.encoder, self.purpose);
        let growing = std::mem::replace(&mut self.growing, next);
        if !growing.is_empty() {
            self.chunks.push(Arc::new(growing.seal(self.of.time)));
        }
    }

    /// The chunks; the last may go on in the next stretch.
    pub fn finish(mut self) -> Vec<Arc<Chunk>> {
        self.close();
        self.chunks
    }
}

impl PublishedCollection {
    /// The collection of some stretches that follow each other.
    pub(in crate::publish) fn of_stretches(
        &self,
        stretches: impl IntoIterator<Item = Vec<Arc<Chunk>>>,
    ) -> PublishedCollection {
        let mut chunks: Vec<Arc<Chunk>> = Vec::new();
        for chunk in stretches.into_iter().flatten() {
            match chunks.pop() {
                Some(last) if !last.is_complete() => {
                    let mut growing = Growing::new(&self.declaration, &self.encoder, Purpose::Keeping);
                    growing.copy(&last, 0..last.len());
                    growing.copy(&chunk, 0..chunk.len());
                    chunks.push(Arc::new(growing.seal(self.time)));
                }
                last => {
                    chunks.extend(last);
                    chunks.push(chunk);
                }
            }
        }
        self.indexed(chunks)
    }

    /// A small collection of some rows in the order of their numbers, for the answer that waits for them.
    ///
    /// # Errors
    /// As [`Builder::push`].
    pub(in crate::publish) fn of_few(
        &self,
        rows: Vec<Row>,
        purpose: Purpose,
    ) -> Result<PublishedCollection, StoreError> {
        let mut stretch = Stretch::of_purpose(self, purpose);
        rows.into_iter().try_for_each(|row| stretch.push(row))?;
        let chunks = stretch.finish();
        if purpose == Purpose::Drawing {
            return Ok(self.bare(chunks));
        }
        let mut new = self.with_chunks(chunks);
        // Other threads would take longer to wake than this takes.
        new.by_id = IdIndex::build(&new.chunks, &new.starts);
        new.places = PlaceIndex::build(&new.chunks, &new.starts);
        Ok(new)
    }

    fn indexed(&self, chunks: Vec<Arc<Chunk>>) -> PublishedCollection {
        let mut new = self.with_chunks(chunks);
        (new.by_id, new.places) =
            rayon::join(|| IdIndex::build(&new.chunks, &new.starts), || PlaceIndex::build(&new.chunks, &new.starts));
        new
    }
}
