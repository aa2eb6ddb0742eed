//! What stands for what where features are too small or too many to be drawn one by one.

use std::cmp::Reverse;

use super::grid::{BUFFER, EXTENT, MAX_ZOOM, TileId};
use super::select::{Box32, Candidate};

/// One feature of a tile, in drawing order: the most important last, so that it lies on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub row: u32,
    /// For how many features it stands.
    pub count: u32,
    /// The rectangle around all of them where they are several.
    pub around: Option<Box32>,
}

/// Features under one mark.
struct Group {
    key: u64,
    lead: Candidate,
    around: Box32,
    count: u32,
}

impl Group {
    fn alone(candidate: Candidate, key: u64) -> Group {
        Group { key, lead: candidate, around: candidate.place, count: 1 }
    }

    fn take(&mut self, candidate: Candidate) {
        self.around = self.around.union(candidate.place);
        self.count += 1;
        if importance(&candidate) < importance(&self.lead) {
            self.lead = candidate;
        }
    }

    fn mark(&self) -> Mark {
        Mark { row: self.lead.row, count: self.count, around: (self.count > 1).then_some(self.around) }
    }
}

/// What is more important compares as less: by rank, then the larger, then the earlier row.
fn importance(candidate: &Candidate) -> (u8, Reverse<u32>, u32) {
    (candidate.rank, Reverse(candidate.place.size()), candidate.row)
}

/// Groups the candidates, which stand in the order of their keys. Those that are smaller than `width` cells, a power of two,
/// and whose middles lie in one square of that width become one; with 0, every candidate stands for itself. `None` as
/// soon as there are more than `at_most`.
pub fn grouped<'a>(
    candidates: impl Iterator<Item = &'a Candidate>,
    tile: TileId,
    width: u32,
    at_most: usize,
) -> Option<Vec<Mark>> {
    let shift = MAX_ZOOM - tile.zoom();
    let mut groups: Vec<Group> = Vec::new();
    let mut is_open = false;
    if width == 0 {
        groups.extend(candidates.take(at_most.saturating_add(1)).map(|candidate| Group::alone(*candidate, 0)));
    } else {
        let side = u64::from(width) << shift;
        let square_shift = 2 * side.trailing_zeros();
        // Squares reach into the buffer whole or not at all, so that neighbouring tiles count alike.
        let beyond = if width <= BUFFER { BUFFER } else { 0 };
        let (x, y) = tile.corner();
        let reach = |corner: i64| {
            let from = (corner - i64::from(beyond)) << shift;
            from..from + (i64::from(EXTENT + 2 * beyond) << shift)
        };
        let (columns, rows) = (reach(x), reach(y));
        let mut large = Vec::new();
        for candidate in candidates {
            if groups.len() + large.len() > at_most {
                return None;
            }
            if u64::from(candidate.place.size()) >= side {
                large.push(Group::alone(*candidate, 0));
                continue;
            }
            let (x, y) = candidate.place.middle();
            if !columns.contains(&i64::from(x)) || !rows.contains(&i64::from(y)) {
                continue;
            }
            // A square as wide as the world has no bits left.
            let key = candidate.key.checked_shr(square_shift).unwrap_or(0);
            match groups.last_mut().filter(|group| is_open && group.key == key) {
                Some(group) => group.take(*candidate),
                None => groups.push(Group::alone(*candidate, key)),
            }
            is_open = true;
        }
        groups.extend(large);
    }
    // Within a rank the larger lie below, whatever their importance: they would hide the smaller ones.
    groups
        .sort_unstable_by_key(|Group { lead, .. }| (Reverse(lead.rank), Reverse(lead.place.size()), Reverse(lead.row)));
    (groups.len() <= at_most).then(|| groups.iter().map(Group::mark).collect())
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

    fn all(candidates: &[Candidate], tile: TileId, width: u32) -> Vec<Mark> {
        grouped(candidates.iter(), tile, width, usize::MAX).unwrap()
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
            assert_eq!(grouped(candidates.iter(), world(), width, 2), None);
            assert_eq!(grouped(candidates.iter(), world(), width, 3).map(|marks| marks.len()), Some(3));
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
