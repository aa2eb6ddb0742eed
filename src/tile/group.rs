//! What stands for what where features are too small or too many to be drawn one by one.

use std::cmp::Reverse;

use super::grid::{BUFFER, EXTENT, MAX_ZOOM, TileId};
use super::select::{Box32, Candidate};

/// One feature of a tile, in drawing order: the most important last, so that it lies on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark<R = u32> {
    pub row: R,
    /// For how many features it stands.
    pub count: u32,
    /// The rectangle around all of them where they are several.
    pub around: Option<Box32>,
}

/// Features of which the most important one stands for all; a feature alone stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<R = u32> {
    pub lead: Candidate<R>,
    /// The rectangle around all of them.
    pub around: Box32,
    pub count: u32,
}

impl<R: Copy + Ord> Part<R> {
    pub fn alone(lead: Candidate<R>) -> Part<R> {
        Part { lead, around: lead.place, count: 1 }
    }

    /// Whether it is a feature that no square of a width takes in. What is a group already is smaller than every width that it
    /// is asked for.
    pub fn is_large(&self, side: u64) -> bool {
        u64::from(self.lead.place.size()) >= side
    }

    pub fn take(&mut self, other: Part<R>) {
        self.around = self.around.union(other.around);
        self.count = self.count.saturating_add(other.count);
        if importance(&other.lead) < importance(&self.lead) {
            self.lead = other.lead;
        }
    }

    fn mark(&self) -> Mark<R> {
        Mark { row: self.lead.row, count: self.count, around: (self.count > 1).then_some(self.around) }
    }
}

/// What is more important compares as less: by rank, then the larger, then the earlier row.
fn importance<R: Copy>(candidate: &Candidate<R>) -> (u8, Reverse<u32>, R) {
    (candidate.rank, Reverse(candidate.place.size()), candidate.row)
}

/// The name of the square of a side, a power of two in units of the boxes, in which the middle of a key lies.
pub fn square(key: u64, side: u64) -> u64 {
    // A square as wide as the world has no bits left.
    key.checked_shr(2 * side.trailing_zeros()).unwrap_or(0)
}

/// Groups what comes in the order of its keys. What is smaller than `width` cells, a power of two, and has its middle in one
/// square of that width becomes one; with 0, every part stands for itself. `None` as soon as there are more than `at_most`.
pub fn grouped<R: Copy + Ord>(
    parts: impl Iterator<Item = Part<R>>,
    tile: TileId,
    width: u32,
    at_most: usize,
) -> Option<Vec<Mark<R>>> {
    let shift = MAX_ZOOM - tile.zoom();
    let mut groups: Vec<Part<R>> = Vec::new();
    let mut open = None;
    if width == 0 {
        groups.extend(parts.take(at_most.saturating_add(1)));
    } else {
        let side = u64::from(width) << shift;
        // Squares reach into the buffer whole or not at all, so that neighbouring tiles count alike.
        let beyond = if width <= BUFFER { BUFFER } else { 0 };
        let (x, y) = tile.corner();
        let reach = |corner: i64| {
            let from = (corner - i64::from(beyond)) << shift;
            from..from + (i64::from(EXTENT + 2 * beyond) << shift)
        };
        let (columns, rows) = (reach(x), reach(y));
        let mut large = Vec::new();
        for part in parts {
            if groups.len() + large.len() > at_most {
                return None;
            }
            if part.is_large(side) {
                large.push(part);
                continue;
            }
            let (x, y) = part.lead.place.middle();
            if !columns.contains(&i64::from(x)) || !rows.contains(&i64::from(y)) {
                continue;
            }
            let square = square(part.lead.key, side);
            match groups.last_mut().filter(|_| open == Some(square)) {
                Some(group) => group.take(part),
                None => groups.push(part),
            }
            open = Some(square);
        }
        groups.extend(large);
    }
    // Within a rank the larger lie below, whatever their importance: they would hide the smaller ones.
    groups
        .sort_unstable_by_key(|Part { lead, .. }| (Reverse(lead.rank), Reverse(lead.place.size()), Reverse(lead.row)));
    (groups.len() <= at_most).then(|| groups.iter().map(Part::mark).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::select::interleave;
    use super::*;
    use proptest::prelude::*;

    /// A candidate in the tile 0/0/0, whose cells are 2²⁰ units wide: middle and size in cells.
    fn at(row: u32, (x, y): (u32, u32), size: u32, rank: u8) -> Candidate {
        const CELL: u32 = 1 << 20;
        let (x, y) = (x * CELL + CELL / 2, y * CELL + CELL / 2);
        let half = size * CELL / 2;
        let place = Box32 { min_x: x - half, min_y: y - half, max_x: x + half, max_y: y + half };
        Candidate { key: interleave(x, y), place, row, rank }
    }

    fn world() -> TileId {
        TileId::new(0, 0, 0).unwrap()
    }

    fn parts(candidates: &[Candidate]) -> impl Iterator<Item = Part> {
        candidates.iter().copied().map(Part::alone)
    }

    fn all(candidates: &[Candidate], tile: TileId, width: u32) -> Vec<Mark> {
        grouped(parts(candidates), tile, width, usize::MAX).unwrap()
    }

    fn sorted(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        candidates.sort_by_key(|candidate| candidate.key);
        candidates
    }

    #[test]
    fn small_features_of_one_square_become_the_most_important_one_with_their_number() {
        // Squares of 8 cells: (80, 80), (81, 85) and (87, 87) lie in one, (88, 80) in the next.
        let candidates =
            sorted(vec![at(0, (80, 80), 0, 2), at(1, (81, 85), 0, 1), at(2, (87, 87), 0, 1), at(3, (88, 80), 0, 0)]);
        let marks: Vec<_> = all(&candidates, world(), 8).iter().map(|mark| (mark.row, mark.count)).collect();
        assert_eq!(marks, [(1, 3), (3, 1)]);
    }

    #[test]
    fn a_feature_as_large_as_a_square_stands_for_itself() {
        let candidates = sorted(vec![at(0, (80, 80), 8, 0), at(1, (81, 81), 7, 0), at(2, (82, 82), 0, 0)]);
        let marks: Vec<_> = all(&candidates, world(), 8).iter().map(|mark| (mark.row, mark.count)).collect();
        assert_eq!(marks, [(0, 1), (1, 2)]);
    }

    #[test]
    fn without_a_width_every_feature_stands_for_itself_and_the_most_important_lies_on_top() {
        let candidates = vec![at(0, (5, 5), 0, 0), at(1, (5, 5), 0, 3), at(2, (5, 5), 4, 3), at(3, (5, 5), 0, 3)];
        let rows: Vec<_> = all(&candidates, world(), 0).iter().map(|mark| mark.row).collect();
        // Row 0 ranks first and so comes last; of the others the largest comes first, then the later row.
        assert_eq!(rows, [2, 3, 1, 0]);
    }

    #[test]
    fn more_groups_than_wanted_are_none() {
        let candidates = sorted(vec![at(0, (0, 0), 0, 0), at(1, (80, 80), 0, 0), at(2, (160, 100), 90, 0)]);
        for width in [0, 8] {
            assert_eq!(grouped(parts(&candidates), world(), width, 2), None);
            assert_eq!(grouped(parts(&candidates), world(), width, 3).map(|marks| marks.len()), Some(3));
        }
    }

    proptest! {
        #[test]
        fn the_counts_of_all_tiles_add_up_to_all_features(
            places in proptest::collection::vec((0u32..4096, 0u32..4096, 0u8..3), 0..200),
            width in proptest::sample::select(vec![8u32, 64, 128, 4096]),
        ) {
            let candidates = sorted(places.iter().enumerate().map(|(row, (x, y, rank))| at(row as u32, (*x, *y), 0, *rank)).collect());
            // Buffers show features twice: a width beyond it has none.
            let marks = all(&candidates, world(), width);
            prop_assert_eq!(marks.iter().map(|mark| mark.count as usize).sum::<usize>(), places.len());
            if width > BUFFER {
                let quarters = (0..2).flat_map(|row| (0..2).map(move |col| TileId::new(1, row, col).unwrap()));
                let sum: u32 = quarters.flat_map(|tile| all(&candidates, tile, width)).map(|mark| mark.count).sum();
                prop_assert_eq!(sum as usize, places.len());
            }
        }
    }
}
