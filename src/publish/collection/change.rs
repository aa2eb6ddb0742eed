//! A collection after a change: the chunks that it touches are made anew, the others are shared.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::PublishedCollection;
use super::chunk::{Chunk, Growing, Purpose, is_last_of_chunk};
use super::index::GONE;
use crate::domain::Value;
use crate::store::{Row, StoreError};

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowChange {
    Gone,
    /// It is new or has new contents; the values are those of all fields, derived ones included.
    Written(Row),
    /// Its derived fields have these values now, all else is as it was. Nothing happens where there is no such row.
    Derived(Vec<Value>),
}

/// Changes by row number.
pub type RowChanges = BTreeMap<i64, RowChange>;

/// What a new chunk is put together from.
enum Piece {
    /// Rows of a chunk.
    Kept(usize, Range<usize>),
    New(Row),
    /// A row of a chunk with other derived values.
    Revalued(usize, usize, Vec<Value>),
}

enum Part {
    Shared(usize),
    Grown(Vec<Piece>),
}

/// A stretch of rows that moved together.
struct Stretch {
    old: u32,
    new: u32,
    count: u32,
}

/// Where the rows of a collection stand after a change.
#[derive(Default)]
pub struct Moves {
    /// Rows that stay, in their order; rows with new contents are among them.
    stretches: Vec<Stretch>,
    /// Rows with new contents: old and new position.
    updated: Vec<(u32, u32)>,
    inserted: Vec<u32>,
    deleted: Vec<u32>,
    old_count: u32,
}

impl Moves {
    fn stay(&mut self, old: u32, new: u32, count: u32) {
        match self.stretches.last_mut() {
            Some(last) if last.old + last.count == old && last.new + last.count == new => last.count += count,
            _ => self.stretches.push(Stretch { old, new, count }),
        }
    }

    /// Old positions that an index has to forget and new ones that it has to take up: rows that went and came, and updated
    /// ones for which `differs` holds.
    pub fn replaced(&self, differs: impl Fn(u32, u32) -> bool) -> (Vec<u32>, Vec<u32>) {
        let (mut gone, mut come) = (self.deleted.clone(), self.inserted.clone());
        for (old, new) in self.updated.iter().filter(|(old, new)| differs(*old, *new)) {
            gone.push(*old);
            come.push(*new);
        }
        (gone, come)
    }

    /// New positions by old ones; those that are `gone` have none.
    pub fn map(&self, gone: &[u32]) -> Places {
        let rests = self.stretches.iter().all(|stretch| stretch.old == stretch.new);
        if gone.is_empty() && rests {
            return Places(None);
        }
        let mut places = vec![GONE; self.old_count as usize];
        for Stretch { old, new, count } in &self.stretches {
            let stretch = &mut places[*old as usize..(*old + *count) as usize];
            stretch.iter_mut().zip(*new..).for_each(|(place, new)| *place = new);
        }
        for row in gone {
            places[*row as usize] = GONE;
        }
        Places(Some(places))
    }
}

/// New positions by old ones; `None` where all stand where they stood.
pub struct Places(Option<Vec<u32>>);

impl Places {
    /// The new position; [`GONE`] where there is none.
    pub fn of(&self, row: u32) -> u32 {
        match &self.0 {
            Some(places) => places.get(row as usize).copied().unwrap_or(GONE),
            None => row,
        }
    }
}

impl PublishedCollection {
    /// The collection with some rows changed, added or removed: equal to one that is built anew from all rows.
    ///
    /// # Errors
    /// When coordinates cannot be transformed, with the row.
    pub fn with_changes(&self, changes: RowChanges) -> Result<PublishedCollection, StoreError> {
        let mut moves = Moves { old_count: self.len() as u32, ..Moves::default() };
        let parts = self.plan(changes, &mut moves);
        let chunks: Result<Vec<Arc<Chunk>>, StoreError> = parts.into_par_iter().map(|part| self.chunk(part)).collect();
        let mut new = self.with_chunks(chunks?);
        new.by_id = self.by_id.changed(self, &new, &moves);
        new.places = self.places.changed(self, &new, &moves);
        Ok(new)
    }

    /// Which chunks stay and what the others are made from.
    fn plan(&self, changes: RowChanges, moves: &mut Moves) -> Vec<Part> {
        let mut plan = Plan { parts: Vec::new(), open: Vec::new(), moves, rows: 0 };
        let mut changes = changes.into_iter().peekable();
        for (at, (chunk, start)) in self.chunks.iter().zip(&self.starts).enumerate() {
            let last = chunk.fids.last().copied().unwrap_or(i64::MIN);
            let is_complete = chunk.is_complete();
            let is_touched = changes.peek().is_some_and(|(fid, _)| *fid <= last || !is_complete);
            if plan.open.is_empty() && !is_touched {
                plan.share(at, *start, chunk.len());
                continue;
            }
            let mut next = 0;
            while let Some((fid, change)) = changes.next_if(|(fid, _)| *fid <= last) {
                let found = chunk.fids.partition_point(|known| *known < fid);
                plan.keep(at, *start, next..found);
                let is_known = chunk.fids.get(found) == Some(&fid);
                next = found + usize::from(is_known);
                plan.put(fid, change, is_known.then_some((at, found, start + found as u32)));
            }
            let ends_here = is_complete && next < chunk.len();
            plan.keep(at, *start, next..chunk.len());
            if ends_here {
                plan.close();
            }
        }
        for (fid, change) in changes {
            plan.put(fid, change, None);
        }
        plan.close();
        plan.parts
    }

    fn chunk(&self, part: Part) -> Result<Arc<Chunk>, StoreError> {
        let pieces = match part {
            Part::Shared(at) => return Ok(Arc::clone(&self.chunks[at])),
            Part::Grown(pieces) => pieces,
        };
        let mut growing = Growing::new(&self.declaration, &self.encoder, Purpose::Keeping);
        for piece in pieces {
            match piece {
                Piece::Kept(at, rows) => growing.copy(&self.chunks[at], rows),
                Piece::Revalued(at, row, values) => growing.revalue(&self.chunks[at], row, &values),
                Piece::New(row) => {
                    let fid = row.fid;
                    let collection = || self.declaration.id.clone();
                    let fault = |e: crate::geom::project::ProjectError| StoreError::Row {
                        collection: collection(),
                        fid,
                        reason: e.to_string(),
                    };
                    growing.push(row).map_err(fault)?;
                }
            }
        }
        Ok(Arc::new(growing.seal(self.time)))
    }
}

/// The new order of rows as it comes together.
struct Plan<'a> {
    parts: Vec<Part>,
    /// The chunk that is not closed yet.
    open: Vec<Piece>,
    moves: &'a mut Moves,
    /// Rows so far.
    rows: u32,
}

impl Plan<'_> {
    fn share(&mut self, at: usize, start: u32, count: usize) {
        self.moves.stay(start, self.rows, count as u32);
        self.rows += count as u32;
        self.parts.push(Part::Shared(at));
    }

    fn keep(&mut self, at: usize, start: u32, rows: Range<usize>) {
        if !rows.is_empty() {
            self.moves.stay(start + rows.start as u32, self.rows, rows.len() as u32);
            self.rows += rows.len() as u32;
            self.open.push(Piece::Kept(at, rows));
        }
    }

    /// Takes a changed row, which stood before in a chunk, there at a row, and at a position of the collection.
    fn put(&mut self, fid: i64, change: RowChange, stood: Option<(usize, usize, u32)>) {
        let piece = match (change, stood) {
            (RowChange::Gone, stood) => return self.moves.deleted.extend(stood.map(|(.., old)| old)),
            (RowChange::Derived(_), None) => return,
            (RowChange::Derived(values), Some((chunk, row, _))) => Piece::Revalued(chunk, row, values),
            (RowChange::Written(row), _) => Piece::New(row),
        };
        match stood {
            Some((.., old)) => {
                self.moves.stay(old, self.rows, 1);
                self.moves.updated.push((old, self.rows));
            }
            None => self.moves.inserted.push(self.rows),
        }
        self.rows += 1;
        self.open.push(piece);
        if is_last_of_chunk(fid) {
            self.close();
        }
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.parts.push(Part::Grown(std::mem::take(&mut self.open)));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Builder, Stretch};
    use super::*;
    use crate::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Temporal, Title};
    use crate::geom::{Crs, GeometryKind, Shape};
    use crate::query::ItemsQuery;
    use geo::Point;
    use proptest::prelude::*;

    fn declaration() -> Collection {
        Collection {
            id: "t".to_owned(),
            title: Title::same("t"),
            description: Title::same(""),
            kind: Kind::Table,
            has_ids: true,
            geometry: Some(GeometryField {
                name: "geom".to_owned(),
                kind: GeometryKind::Geometry,
                crs: Crs::Epsg(5897),
                has_z: false,
            }),
            fields: vec![
                Field::plain("name", DataType::Text),
                Field::plain("rare", DataType::Number),
                Field::plain("on", DataType::Date),
                Field::plain("open", DataType::Boolean),
                Field { derived: true, ..Field::plain("status", DataType::Text) },
                Field { derived: true, ..Field::plain("share", DataType::Number) },
            ],
            temporal: Some(Temporal::Instant("on".to_owned())),
        }
    }

    fn derived(dice: u8) -> Vec<Value> {
        // A text that looks like the member that it stands behind.
        let status = if dice.is_multiple_of(2) { Value::Null } else { Value::from(",\"status\":") };
        vec![status, Value::Number(f64::from(dice / 4))]
    }

    /// A row whose contents follow from two numbers; `id` is mostly its number, sometimes another.
    fn row(fid: i64, dice: u8) -> Row {
        let day = DataType::Date.parse(&format!("2024-01-{:02}", dice % 28 + 1)).unwrap();
        let values = vec![
            if dice.is_multiple_of(3) { Value::Null } else { Value::from(format!("tên {dice}")) },
            if dice > 240 { Value::Number(f64::from(dice)) } else { Value::Null },
            if dice.is_multiple_of(5) { Value::Null } else { day },
            Value::Boolean(dice.is_multiple_of(2)),
        ];
        let values = values.into_iter().chain(derived(dice)).collect();
        let place = Point::new(588_000.0 + f64::from(dice % 16) * 100.0, 2_326_000.0 + (fid % 100) as f64);
        let shape = (!dice.is_multiple_of(7)).then(|| Shape::flat(place));
        let id = if dice.is_multiple_of(11) { format!("other-{fid}-{dice}") } else { fid.to_string() };
        Row { fid, id: FeatureId::parse(&id).unwrap(), values, shape }
    }

    fn whole(rows: &BTreeMap<i64, Row>) -> PublishedCollection {
        let mut builder = Builder::new(declaration());
        rows.values().for_each(|row| builder.push(row.clone()).unwrap());
        builder.finish().unwrap()
    }

    fn assert_equal(changed: &PublishedCollection, whole: &PublishedCollection, rows: &BTreeMap<i64, Row>) {
        assert_eq!(changed.len(), whole.len());
        assert_eq!(changed.hash, whole.hash);
        assert_eq!((changed.extent, changed.time_extent), (whole.extent, whole.time_extent));
        let all: Vec<u32> = (0..whole.len() as u32).collect();
        assert_eq!(changed.runs(&all), whole.runs(&all));
        for (position, row) in all.iter().zip(rows.values()) {
            assert_eq!((changed.fid(*position), changed.id(*position)), (Some(row.fid), row.id.as_str()));
            assert_eq!(changed.feature(*position), whole.feature(*position));
            assert_eq!(changed.find(&row.id), Some(*position));
            assert_eq!(changed.geometry(*position), whole.geometry(*position));
            row.values.iter().enumerate().for_each(|(at, value)| assert_eq!(&changed.value(*position, at), value));
        }
        assert_eq!(changed.find(&FeatureId::parse("nobody").unwrap()), None);
        let first = ItemsQuery::first(7.max(rows.len() / 10));
        let queries = [
            ItemsQuery { bbox: Some("105.849,21.02,105.853,21.0256".parse().unwrap()), ..first.clone() },
            ItemsQuery { bbox: Some("-180,-90,180,90".parse().unwrap()), ..first.clone() },
            ItemsQuery { datetime: Some("2024-01-05/2024-01-15".parse().unwrap()), ..first.clone() },
            ItemsQuery { equals: vec![(3, Value::Boolean(true))], ..first.clone() },
            first,
        ];
        for mut query in queries {
            loop {
                let page = whole.page(&query).unwrap();
                assert_eq!(changed.page(&query).unwrap(), page);
                let Some(next) = page.next else { break };
                query.after = Some(next);
            }
        }
    }

    /// Row numbers of which every third ends a chunk, so that few rows make many chunks.
    fn numbers() -> Vec<i64> {
        let ends = (1..100_000).filter(|fid| is_last_of_chunk(*fid)).take(20);
        ends.flat_map(|end| [end - 1, end, end + 1]).collect()
    }

    #[test]
    fn one_changed_row_of_many_makes_one_chunk_anew() {
        let rows: BTreeMap<i64, Row> = (1..=20_000).map(|fid| (fid, row(fid, 1))).collect();
        let before = whole(&rows);
        assert!((6..=14).contains(&before.chunks.len()), "{}", before.chunks.len());
        let after = before.with_changes(RowChanges::from([(9_999, RowChange::Written(row(9_999, 2)))])).unwrap();
        let shared = before.chunks.iter().zip(&after.chunks).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(shared, before.chunks.len() - 1);
        assert_ne!(after.hash, before.hash);
    }

    #[test]
    fn a_row_whose_coordinates_have_no_image_is_named_and_changes_nothing() {
        let rows: BTreeMap<i64, Row> = (1..=3).map(|fid| (fid, row(fid, 1))).collect();
        let lost = Row { shape: Some(Shape::flat(Point::new(1e300, 1e300))), ..row(2, 1) };
        let error = whole(&rows).with_changes(RowChanges::from([(2, RowChange::Written(lost))])).err().unwrap();
        assert!(matches!(error, StoreError::Row { fid: 2, .. }), "{error}");
    }

    #[test]
    fn many_moved_rows_do_not_lose_each_other() {
        let mut rows: BTreeMap<i64, Row> = (1..=12_000).map(|fid| (fid, row(fid, 1))).collect();
        let changes: RowChanges = (1..=6_000).map(|fid| (fid * 2, RowChange::Written(row(fid * 2, 2)))).collect();
        let changed = whole(&rows).with_changes(changes).unwrap();
        rows.extend((1..=6_000).map(|fid| (fid * 2, row(fid * 2, 2))));
        assert_equal(&changed, &whole(&rows), &rows);
    }

    #[test]
    fn stretches_that_part_a_chunk_make_the_collection_that_one_reading_makes() {
        let rows: BTreeMap<i64, Row> = numbers().into_iter().map(|fid| (fid, row(fid, 3))).collect();
        let whole = whole(&rows);
        let empty = PublishedCollection::empty(declaration());
        for at in 0..rows.len() {
            let [first, second] = [0..at, at..rows.len()].map(|part| {
                let mut stretch = Stretch::new(&empty);
                let rows = rows.values().skip(part.start).take(part.len());
                rows.for_each(|row| stretch.push(row.clone()).unwrap());
                stretch.finish()
            });
            assert_eq!(empty.of_stretches([first, second]).hash, whole.hash, "parted at {at}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn changes_one_after_the_other_equal_a_collection_built_whole(
            start in proptest::collection::btree_map(proptest::sample::select(numbers()), any::<u8>(), 0..60),
            steps in proptest::collection::vec(
                proptest::collection::btree_map(
                    proptest::sample::select(numbers()), (0..10u8, any::<u8>()), 0..8),
                1..8,
            ),
        ) {
            let mut rows: BTreeMap<i64, Row> = start.into_iter().map(|(fid, dice)| (fid, row(fid, dice))).collect();
            let mut changed = whole(&rows);
            for step in steps {
                let change = |(fid, (kind, dice))| {
                    let change = match kind {
                        0..3 => RowChange::Gone,
                        3..5 => RowChange::Derived(derived(dice)),
                        _ => RowChange::Written(row(fid, dice)),
                    };
                    (fid, change)
                };
                let changes: RowChanges = step.into_iter().map(change).collect();
                changed = changed.with_changes(changes.clone()).unwrap();
                for (fid, change) in changes {
                    match change {
                        RowChange::Written(row) => drop(rows.insert(fid, row)),
                        RowChange::Gone => drop(rows.remove(&fid)),
                        RowChange::Derived(values) => {
                            if let Some(row) = rows.get_mut(&fid) {
                                row.values.splice(4.., values);
                            }
                        }
                    }
                }
                assert_equal(&changed, &whole(&rows), &rows);
            }
        }
    }
}
