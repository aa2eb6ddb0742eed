//! Which rows a tile may show, and how large and how important each is.

use super::grid::{self, BUFFER, EXTENT, MAX_ZOOM, TileId};
use super::reach;
use crate::domain::portrayal::Portrayal;
use crate::geom::Envelope;
use crate::publish::collection::PublishedCollection;

/// From this zoom on rows are looked up by place; before it a tile may hold so many that all are gone through in order.
const BY_PLACE_FROM_ZOOM: u8 = 12;

/// Whether the tiles of a zoom are made from an [`Overview`].
pub fn wants_overview(zoom: u8) -> bool {
    zoom < BY_PLACE_FROM_ZOOM
}

/// A rectangle on the square of the world in 2⁻³² of its side (9 mm), from the north-west corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Box32 {
    pub min_x: u32,
    pub min_y: u32,
    pub max_x: u32,
    pub max_y: u32,
}

impl Box32 {
    fn of(envelope: &Envelope) -> Box32 {
        // Saturating: what lies beyond the square counts to its border.
        let part = |part: f64| (part * 2f64.powi(32)) as u32;
        let (min_x, min_y) = grid::world(envelope.min_x, envelope.max_y);
        let (max_x, max_y) = grid::world(envelope.max_x, envelope.min_y);
        Box32 { min_x: part(min_x), min_y: part(min_y), max_x: part(max_x), max_y: part(max_y) }
    }

    /// The smallest rectangle around both.
    pub fn union(self, other: Box32) -> Box32 {
        Box32 {
            min_x: self.min_x.min(other.min_x),
            min_y: self.min_y.min(other.min_y),
            max_x: self.max_x.max(other.max_x),
            max_y: self.max_y.max(other.max_y),
        }
    }

    /// The longer side.
    pub fn size(self) -> u32 {
        (self.max_x - self.min_x).max(self.max_y - self.min_y)
    }

    pub fn middle(self) -> (u32, u32) {
        (self.min_x + (self.max_x - self.min_x) / 2, self.min_y + (self.max_y - self.min_y) / 2)
    }
}

/// A row that a tile may show, by its position in a collection or, where that holds no rows, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<R = u32> {
    /// Its middle in an order in which every square of a power of two is one stretch.
    pub key: u64,
    pub place: Box32,
    pub row: R,
    /// Position in the legend's order of importance; smaller is more important.
    pub rank: u8,
}

/// Bits of both numbers in turn (Morton), those of `y` above.
pub fn interleave(x: u32, y: u32) -> u64 {
    let spread = |n: u32| {
        let n = u64::from(n);
        let n = (n | n << 16) & 0x0000_FFFF_0000_FFFF;
        let n = (n | n << 8) & 0x00FF_00FF_00FF_00FF;
        let n = (n | n << 4) & 0x0F0F_0F0F_0F0F_0F0F;
        let n = (n | n << 2) & 0x3333_3333_3333_3333;
        (n | n << 1) & 0x5555_5555_5555_5555
    };
    spread(x) | spread(y) << 1
}

/// Where the legend's field stands and which codes it orders.
pub struct Ranking {
    field: Option<usize>,
    codes: Vec<&'static str>,
}

impl Ranking {
    pub fn of(collection: &PublishedCollection) -> Ranking {
        let legend = Portrayal::of(&collection.declaration).legend;
        let field = legend.as_ref().and_then(|legend| collection.declaration.field(legend.field));
        let codes = legend.map(|legend| legend.colours.iter().map(|(code, _)| *code).collect());
        Ranking { field: field.map(|(at, _)| at), codes: codes.unwrap_or_default() }
    }

    fn rank(&self, collection: &PublishedCollection, row: u32) -> u8 {
        let Some(field) = self.field else { return 0 };
        let value = collection.value(row, field);
        let at = self.codes.iter().position(|code| Some(*code) == value.as_str());
        at.map_or(u8::MAX, |at| at.min(usize::from(u8::MAX)) as u8)
    }
}

/// A row of a collection by its position; `None` where it has no place.
pub fn candidate(collection: &PublishedCollection, ranking: &Ranking, row: u32) -> Option<Candidate> {
    let place = Box32::of(&Envelope::of(collection.geometry(row)?)?);
    let (x, y) = place.middle();
    Some(Candidate { key: interleave(x, y), place, row, rank: ranking.rank(collection, row) })
}

fn by_key(candidate: &Candidate) -> (u64, u32) {
    (candidate.key, candidate.row)
}

/// Whether a box meets a tile and its buffer.
pub fn meets(tile: TileId) -> impl Fn(&Box32) -> bool {
    // A cell at this zoom, in units of the boxes.
    let shift = MAX_ZOOM - tile.zoom();
    let (x, y) = tile.corner();
    let beyond = i64::from(BUFFER + 1);
    let far = |corner: i64| (corner + i64::from(EXTENT) + beyond) << shift;
    let near = |corner: i64| (corner - beyond) << shift;
    let (min_x, min_y, max_x, max_y) = (near(x), near(y), far(x), far(y));
    move |place| {
        i64::from(place.min_x) <= max_x
            && i64::from(place.max_x) >= min_x
            && i64::from(place.min_y) <= max_y
            && i64::from(place.max_y) >= min_y
    }
}

/// The rows that a tile and its buffer meet, in the order of their keys.
pub fn by_place(collection: &PublishedCollection, tile: TileId) -> Vec<Candidate> {
    let ranking = Ranking::of(collection);
    let shown = reach(tile);
    let rows = collection.near(&shown);
    let mut found: Vec<Candidate> = rows.filter_map(|row| candidate(collection, &ranking, row)).collect();
    found.sort_unstable_by_key(by_key);
    found
}

/// As [`by_place`], of a collection of few rows, all of which are looked at.
pub fn of_few(collection: &PublishedCollection, tile: TileId) -> Vec<Candidate> {
    let ranking = Ranking::of(collection);
    // By the same measure as rows of a collection that is held.
    let (shown, meets) = (reach(tile), meets(tile));
    let is_near = |found: &Candidate| match wants_overview(tile.zoom()) {
        true => meets(&found.place),
        false => collection.geometry(found.row).and_then(Envelope::of).is_some_and(|place| place.intersects(&shown)),
    };
    let rows = 0..collection.len() as u32;
    let mut found: Vec<Candidate> =
        rows.filter_map(|row| candidate(collection, &ranking, row)).filter(is_near).collect();
    found.sort_unstable_by_key(by_key);
    found
}

/// Every row with a place of a collection, ready to be gone through: 32 bytes of each.
pub struct Overview(Vec<Candidate>);

impl Overview {
    /// Goes through all rows; a million take some tenths of a second.
    pub fn of(collection: &PublishedCollection) -> Overview {
        let ranking = &Ranking::of(collection);
        let count = collection.len() as u32;
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u32);
        let share = count.div_ceil(threads).max(1);
        // Threads of its own: in a pool, who waits for the parts may be handed a job that waits for this very overview.
        let mut all = std::thread::scope(|scope| {
            let part = |first: u32| {
                scope.spawn(move || {
                    let rows = first..first.saturating_add(share).min(count);
                    let mut part: Vec<Candidate> = rows.filter_map(|row| candidate(collection, ranking, row)).collect();
                    part.sort_unstable_by_key(by_key);
                    part
                })
            };
            let parts: Vec<_> = (0..count).step_by(share as usize).map(part).collect();
            let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
            joined.reduce(|mut all, part| {
                all.extend(part);
                all
            })
        })
        .unwrap_or_default();
        // Stable sorting merges what is in order already.
        all.sort_by_key(by_key);
        all.shrink_to_fit();
        Overview(all)
    }

    /// Bytes that it takes in memory.
    pub fn weight(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// The rows that a tile and its buffer meet, in the order of their keys.
    pub fn meeting(&self, tile: TileId) -> impl Iterator<Item = &Candidate> {
        let meets = meets(tile);
        self.0.iter().filter(move |candidate| meets(&candidate.place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_both_numbers_stand_in_turn() {
        assert_eq!(interleave(0b101, 0b011), 0b01_10_11);
        assert_eq!(interleave(u32::MAX, 0), 0x5555_5555_5555_5555);
        assert_eq!(interleave(0, u32::MAX), 0xAAAA_AAAA_AAAA_AAAA);
    }

    #[test]
    fn a_box_has_its_north_west_corner_first_and_ends_at_the_square_of_the_world() {
        let place = Box32::of(&Envelope { min_x: 0.0, min_y: -90.0, max_x: 180.0, max_y: 0.0 });
        assert_eq!((place.min_x, place.max_x, place.max_y), (1 << 31, u32::MAX, u32::MAX));
        assert!(place.min_y.abs_diff(1 << 31) <= 1);
    }
}
