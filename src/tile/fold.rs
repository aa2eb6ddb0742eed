//! An overview of rows that nobody holds, of bounded size: what lies in one square is one part from the beginning.
//!
//! Groups of a width are made of groups of any narrower width as they are made of the features themselves: the most
//! important of all is the most important of the most important. So tiles show of such an overview what they show of all
//! rows, as long as their groups are as wide as its squares and those no wider than a tile.

use super::PIXEL;
use super::grid::{EXTENT, MAX_ZOOM, TileId};
use super::group::{Part, square};
use super::select::{Candidate, Ranking, candidate, interleave, meets};
use crate::publish::collection::PublishedCollection;

/// An overview on its way: rows come in any order, and each once.
pub struct Folding {
    parts: Vec<Part<i64>>,
    most: usize,
    /// In units of the boxes, a power of two.
    side: u64,
}

impl Folding {
    /// One for the tiles of a zoom and of those above it, of at most so many parts: with squares as narrow as groups are there,
    /// or as narrow as the bound allows.
    pub fn new(zoom: u8, most: usize) -> Folding {
        Folding { parts: Vec::new(), most: most.max(1), side: u64::from(PIXEL) << (MAX_ZOOM - zoom.min(MAX_ZOOM)) }
    }

    /// Takes the rows of a small collection in.
    pub fn push(&mut self, rows: &PublishedCollection) {
        let ranking = Ranking::of(rows);
        for row in 0..rows.len() as u32 {
            let Some((found, fid)) = candidate(rows, &ranking, row).zip(rows.fid(row)) else { continue };
            let Candidate { key, place, rank, .. } = found;
            self.parts.push(Part::alone(Candidate { key, place, row: fid, rank }));
        }
        // Half as much again in memory, so that sorting pays.
        if self.parts.len() > self.most + self.most / 2 {
            self.fold();
        }
    }

    /// Makes one part of what lies in one square, and the squares as wide as the bound asks for.
    fn fold(&mut self) {
        self.parts.sort_unstable_by_key(|part| part.lead.key);
        loop {
            self.merge();
            if self.parts.len() <= self.most {
                return;
            }
            self.side *= 2;
        }
    }

    fn merge(&mut self) {
        let mut kept = 0;
        // The last square with a group, and where that stands.
        let mut open: Option<(u64, usize)> = None;
        for at in 0..self.parts.len() {
            let part = self.parts[at];
            let of = square(part.lead.key, self.side);
            match open.filter(|(last, _)| *last == of && !part.is_large(self.side)) {
                Some((_, group)) => self.parts[group].take(part),
                None => {
                    if !part.is_large(self.side) {
                        open = Some((of, kept));
                    }
                    self.parts[kept] = part;
                    kept += 1;
                }
            }
        }
        self.parts.truncate(kept);
    }

    pub fn finish(mut self) -> Folded {
        self.fold();
        self.parts.shrink_to_fit();
        Folded { parts: self.parts, side: self.side }
    }
}

/// An overview of all rows of a collection, as parts that are no wider than a square. Parts of one square follow each other.
pub struct Folded {
    parts: Vec<Part<i64>>,
    side: u64,
}

impl Folded {
    /// Side of its squares in units of 2⁻³² of the world's.
    pub fn side(&self) -> u64 {
        self.side
    }

    /// Bytes that it takes in memory.
    pub fn weight(&self) -> usize {
        size_of_val(self.parts.as_slice())
    }

    /// How many features have their middles in a tile; 0 where squares are wider than tiles.
    pub fn count(&self, tile: TileId) -> u64 {
        let shift = MAX_ZOOM - tile.zoom();
        let side = u64::from(EXTENT) << shift;
        if side < self.side {
            return 0;
        }
        let (x, y) = tile.corner();
        let wanted = square(interleave((x << shift) as u32, (y << shift) as u32), side);
        let from = self.parts.partition_point(|part| square(part.lead.key, side) < wanted);
        let inside = self.parts[from..].iter().take_while(|part| square(part.lead.key, side) == wanted);
        inside.map(|part| u64::from(part.count)).sum()
    }

    /// The narrowest groups, in cells of a zoom, that can be made of it.
    pub(super) fn width(&self, zoom: u8) -> u32 {
        u32::try_from(self.side >> (MAX_ZOOM - zoom.min(MAX_ZOOM))).unwrap_or(1 << 31).max(PIXEL)
    }

    /// The parts that a tile and its buffer meet.
    pub(super) fn meeting(&self, tile: TileId) -> Vec<Part<i64>> {
        let meets = meets(tile);
        self.parts.iter().filter(|part| meets(&part.around)).copied().collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::group::grouped;
    use super::super::select::Box32;
    use super::*;
    use proptest::prelude::*;

    /// A feature of the world's tile, whose cells are 2²⁰ units wide: middle and size in cells.
    fn at(row: i64, (x, y): (u32, u32), size: u32, rank: u8) -> Part<i64> {
        const CELL: u32 = 1 << 20;
        let (x, y) = (x * CELL + CELL / 2, y * CELL + CELL / 2);
        let half = size * CELL / 2;
        let place = Box32 { min_x: x - half, min_y: y - half, max_x: x + half, max_y: y + half };
        Part::alone(Candidate { key: interleave(x, y), place, row, rank })
    }

    fn folded(parts: &[Part<i64>], most: usize) -> Folded {
        let mut folding = Folding::new(0, most);
        for part in parts {
            folding.parts.push(*part);
            if folding.parts.len() > most {
                folding.fold();
            }
        }
        folding.finish()
    }

    #[test]
    fn squares_are_as_wide_as_the_bound_asks_for_and_large_features_stay_alone() {
        // Squares of 8 cells begin at 80: 81 and 87 share one, 90 lies in the next, and both in one of 16.
        let parts = [at(1, (81, 81), 0, 1), at(2, (87, 87), 0, 0), at(3, (90, 81), 0, 1), at(4, (83, 83), 20, 1)];
        let cells = |most: usize| {
            let folded = folded(&parts, most);
            let mut told: Vec<_> = folded.parts.iter().map(|part| (part.lead.row, part.count)).collect();
            told.sort_unstable();
            (folded.side >> 20, told)
        };
        assert_eq!(cells(3), (8, vec![(2, 2), (3, 1), (4, 1)]));
        assert_eq!(cells(2), (16, vec![(2, 3), (4, 1)]));
        // From squares of 32 cells on the large one is small; all lie in the square from 64 to 96.
        assert_eq!(cells(1), (32, vec![(2, 4)]));
    }

    #[test]
    fn the_narrowest_groups_of_a_zoom_are_no_narrower_than_the_squares() {
        let wide = Folded { parts: Vec::new(), side: 64 << 20 };
        // Cells halve from zoom to zoom: a square of 64 cells of zoom 0 has 128 cells of zoom 1.
        assert_eq!([0, 1, 3].map(|zoom| wide.width(zoom)), [64, 128, 512]);
        assert_eq!(Folding::new(11, 9).finish().width(0), PIXEL);
        assert_eq!(Folding::new(11, 9).finish().width(11), PIXEL);
    }

    proptest! {
        #[test]
        fn groups_of_parts_are_the_groups_of_the_features_themselves_in_whatever_order_they_come(
            features in proptest::collection::vec(((64u32..4000, 64u32..4000), 0u32..64, 0u8..3), 1..200),
            most in 1usize..100, zoom in 0u8..3, wider in 0u32..4,
        ) {
            let mut parts: Vec<_> =
                features.iter().enumerate().map(|(row, (place, size, rank))| at(row as i64, *place, *size, *rank)).collect();
            let folded = folded(&parts, most);
            prop_assert!(folded.parts.len() <= most);
            parts.sort_by_key(|part| part.lead.key);
            for tile in (0..1u32 << zoom).map(|at| TileId::new(zoom, at, at).unwrap()) {
                let side = 4096 >> zoom;
                let inside = features.iter().filter(|((x, y), ..)| [x, y].iter().all(|at| **at / side == tile.col())).count();
                let is_told = u64::from(EXTENT) << (MAX_ZOOM - zoom) >= folded.side;
                prop_assert_eq!(folded.count(tile), if is_told { inside as u64 } else { 0 });
                let width = folded.width(zoom) << wider;
                // A square wider than a tile belongs to that with its most important feature; nobody groups so widely.
                if width > EXTENT {
                    continue;
                }
                let meets = meets(tile);
                let all = parts.iter().filter(|part| meets(&part.around)).copied();
                prop_assert_eq!(
                    grouped(folded.meeting(tile).into_iter(), tile, width, usize::MAX),
                    grouped(all, tile, width, usize::MAX)
                );
            }
        }
    }
}
