//! Where rows are found by their id and by their place.

use std::sync::Arc;

use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::PublishedCollection;
use super::change::Moves;
use super::chunk::Chunk;
use crate::geom::Envelope;

/// Position of a row that is not there any more.
pub const GONE: u32 = u32::MAX;

/// Waking other threads for fewer rows takes longer than it saves.
const FEW: u32 = 20_000;

/// So many rows may stand beside the packed tree before it is built anew.
const MAX_BESIDE: usize = 4096;

/// Rows by the hash of their id: the hash's upper half, then the position, in ascending order.
#[derive(Clone)]
pub struct IdIndex(Arc<Vec<u64>>);

fn id_key(id: &str, row: u32) -> u64 {
    (xxh3_64(id.as_bytes()) & !u64::from(u32::MAX)) | u64::from(row)
}

impl IdIndex {
    pub fn build(chunks: &[Arc<Chunk>], starts: &[u32]) -> IdIndex {
        let keys = |(chunk, start): (&Arc<Chunk>, &u32)| -> Vec<u64> {
            (0..chunk.len()).map(|row| id_key(chunk.ids.get(row), start + row as u32)).collect()
        };
        let mut all: Vec<u64>;
        if starts.last().is_none_or(|start| *start < FEW) {
            all = chunks.iter().zip(starts).flat_map(keys).collect();
            all.sort_unstable();
        } else {
            all = chunks.par_iter().zip(starts).flat_map_iter(keys).collect();
            all.par_sort_unstable();
        }
        IdIndex(Arc::new(all))
    }

    /// Rows that may have the id.
    pub fn candidates(&self, id: &str) -> impl Iterator<Item = u32> {
        let first = id_key(id, 0);
        let from = self.0.partition_point(|key| *key < first);
        self.0[from..].iter().take_while(move |key| **key - first <= u64::from(u32::MAX)).map(|key| *key as u32)
    }

    /// The index after a change.
    pub fn changed(&self, old: &PublishedCollection, new: &PublishedCollection, moves: &Moves) -> IdIndex {
        let is_renamed = |old_row: u32, new_row: u32| old.id(old_row) != new.id(new_row);
        let (gone, come) = moves.replaced(is_renamed);
        if gone.is_empty() && come.is_empty() {
            return self.clone();
        }
        let place = moves.map(&gone);
        let moved = |key: &u64| {
            let row = place.of(*key as u32);
            (row != GONE).then_some((key & !u64::from(u32::MAX)) | u64::from(row))
        };
        let mut keys: Vec<u64> = Vec::with_capacity(self.0.len() + come.len());
        keys.extend(self.0.iter().filter_map(moved));
        keys.extend(come.iter().map(|row| id_key(new.id(*row), *row)));
        // Stable sorting merges what is in order already; equal hashes keep theirs because rows never change places.
        keys.sort();
        IdIndex(Arc::new(keys))
    }
}

/// Rows by their place.
#[derive(Clone)]
pub struct PlaceIndex {
    tree: Option<Arc<RTree<f64>>>,
    /// Position of each item of the tree.
    items: Arc<Vec<u32>>,
    /// Rows that have come or moved since the tree was built.
    beside: Arc<Vec<(Envelope, u32)>>,
    /// Rows without a place, ascending.
    placeless: Arc<Vec<u32>>,
}

impl PlaceIndex {
    pub fn build(chunks: &[Arc<Chunk>], starts: &[u32]) -> PlaceIndex {
        let (mut envelopes, mut items, mut placeless) = (Vec::new(), Vec::new(), Vec::new());
        for (chunk, start) in chunks.iter().zip(starts) {
            for row in 0..chunk.len() {
                let position = start + row as u32;
                match chunk.envelope(row) {
                    Some(envelope) => {
                        envelopes.push(envelope);
                        items.push(position);
                    }
                    None => placeless.push(position),
                }
            }
        }
        let tree = (!items.is_empty()).then(|| {
            let mut builder = RTreeBuilder::<f64>::new(items.len() as u32);
            for e in envelopes {
                builder.add(e.min_x, e.min_y, e.max_x, e.max_y);
            }
            Arc::new(builder.finish::<HilbertSort>())
        });
        PlaceIndex { tree, items: Arc::new(items), beside: Arc::default(), placeless: Arc::new(placeless) }
    }

    /// Rows without a place, ascending.
    pub fn placeless(&self) -> &[u32] {
        &self.placeless
    }

    /// Rows whose envelope meets another, in no order.
    pub fn search(&self, wanted: &Envelope) -> impl Iterator<Item = u32> {
        let found =
            self.tree.iter().flat_map(|tree| tree.search(wanted.min_x, wanted.min_y, wanted.max_x, wanted.max_y));
        let in_tree = found.map(|item| self.items[item as usize]).filter(|row| *row != GONE);
        let wanted = *wanted;
        let beside = self.beside.iter().filter(move |(envelope, _)| envelope.intersects(&wanted));
        in_tree.chain(beside.map(|(_, row)| *row))
    }

    /// The index after a change.
    pub fn changed(&self, old: &PublishedCollection, new: &PublishedCollection, moves: &Moves) -> PlaceIndex {
        let is_elsewhere = |old_row: u32, new_row: u32| old.envelope(old_row) != new.envelope(new_row);
        let (gone, come) = moves.replaced(is_elsewhere);
        if gone.is_empty() && come.is_empty() {
            return self.clone();
        }
        let place = moves.map(&gone);
        let stays = |row: &u32| Some(place.of(*row)).filter(|row| *row != GONE);
        let items: Vec<u32> = self.items.iter().map(|row| place.of(*row)).collect();
        let mut beside: Vec<_> = self.beside.iter().filter_map(|(e, row)| Some((*e, stays(row)?))).collect();
        let mut placeless: Vec<u32> = self.placeless.iter().filter_map(stays).collect();
        for row in come {
            match new.envelope(row) {
                Some(envelope) => beside.push((envelope, row)),
                None => placeless.push(row),
            }
        }
        let lost = items.iter().filter(|row| **row == GONE).count();
        if beside.len() > MAX_BESIDE || lost > MAX_BESIDE {
            return PlaceIndex::build(&new.chunks, &new.starts);
        }
        placeless.sort();
        PlaceIndex {
            tree: self.tree.clone(),
            items: Arc::new(items),
            beside: Arc::new(beside),
            placeless: Arc::new(placeless),
        }
    }
}
