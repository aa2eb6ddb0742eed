//! The rows of a chunk as filters read them.

use std::cell::RefCell;
use std::rc::Rc;

use geo::Geometry;

use super::PublishedCollection;
use super::chunk::Chunk;
use crate::filter::{Cells, Column, Rows};
use crate::geom::Envelope;

/// Positions that are kept of all searches together; what finds more is looked for chunk by chunk.
const MAX_KEPT: usize = 2 << 20;

/// A place that was looked for, and the rows that lie there, ascending; `None` where they are not kept.
type Search = (Envelope, Option<Rc<[u32]>>);

/// Places that were looked for in one collection: the index spans all chunks, and a filter asks it again and again for the
/// same few.
#[derive(Default)]
pub struct Searches {
    found: RefCell<Vec<Search>>,
}

impl Searches {
    /// A chunk that begins at the position `start`.
    pub fn rows<'a>(&'a self, collection: &'a PublishedCollection, chunk: &'a Chunk, start: u32) -> ChunkRows<'a> {
        ChunkRows { collection, chunk, start, searches: self }
    }

    /// Positions of all rows whose rectangle meets another, ascending, unless there are too many to be kept.
    fn near(&self, collection: &PublishedCollection, envelope: &Envelope) -> Option<Rc<[u32]>> {
        let mut found = self.found.borrow_mut();
        if let Some((_, rows)) = found.iter().find(|(known, _)| known == envelope) {
            return rows.clone();
        }
        let kept: usize = found.iter().filter_map(|(_, rows)| rows.as_ref()).map(|rows| rows.len()).sum();
        let mut rows: Vec<u32> = collection.places.search(envelope).take(MAX_KEPT - kept + 1).collect();
        let rows = (rows.len() + kept <= MAX_KEPT).then(|| {
            rows.sort_unstable();
            Rc::from(rows)
        });
        found.push((*envelope, rows.clone()));
        rows
    }
}

/// The rows of one chunk.
pub struct ChunkRows<'a> {
    collection: &'a PublishedCollection,
    chunk: &'a Chunk,
    /// Position of its first row.
    start: u32,
    searches: &'a Searches,
}

impl ChunkRows<'_> {
    /// Those of ascending positions that lie in the chunk, counted from its first row.
    fn within(&self, rows: &[u32]) -> Vec<u32> {
        let end = self.start + self.chunk.len() as u32;
        let rows = &rows[rows.partition_point(|row| *row < self.start)..rows.partition_point(|row| *row < end)];
        rows.iter().map(|row| row - self.start).collect()
    }
}

impl Rows for ChunkRows<'_> {
    fn len(&self) -> usize {
        self.chunk.len()
    }

    fn column(&self, field: usize) -> Column<'_> {
        let nothing = Column { present: &[], cells: Cells::Integer(&[]) };
        self.chunk.columns.get(field).map_or(nothing, |column| column.view())
    }

    fn geometry(&self, row: usize) -> Option<&Geometry<f64>> {
        self.chunk.geometries.get(row)?.as_ref()
    }

    fn placeless(&self) -> Vec<u32> {
        self.within(self.collection.places.placeless())
    }

    fn near(&self, envelope: &Envelope) -> Vec<u32> {
        if !self.chunk.extent.is_some_and(|extent| extent.intersects(envelope)) {
            return Vec::new();
        }
        match self.searches.near(self.collection, envelope) {
            Some(rows) => self.within(&rows),
            None => {
                let meets = |row: &usize| self.chunk.envelope(*row).is_some_and(|e| e.intersects(envelope));
                (0..self.chunk.len()).filter(meets).map(|row| row as u32).collect()
            }
        }
    }
}
