//! One published collection: features in stable order, typed columns, a packed spatial index, GeoJSON bytes.
//!
//! Rows lie in immutable chunks. A change makes the chunks anew that it touches and shares the others, so that publishing
//! one row costs no more in a large collection than in a small one, but for a few passes over lists of positions.

mod build;
mod change;
mod chunk;
mod coarse;
mod filtered;
mod index;
mod names;
mod order;
mod page;
mod render;
mod survey;

use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDate;
use geo::Geometry;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::columns::Column;
use super::encode::Encoder;
use super::remote::Remotely;
use crate::domain::{Collection, FeatureId, Value};
use crate::filter::{MAX_WORK, Work};
use crate::geom::{Crs, Envelope, Shape};
use crate::query::cursor::MAX_LEADS;
use crate::query::{Interval, ItemsQuery};
use crate::store::Row;
pub use build::Builder;
pub(super) use build::Stretch;
pub use change::{RowChange, RowChanges};
pub(super) use chunk::{Chunk, Purpose, around};
use chunk::{TimeFields, keeps_survey};
use index::{IdIndex, PlaceIndex};
use names::{has_names, named_fields};
use order::Orders;
pub use page::Page;
pub use render::{Place, Renderer};

/// Clients guess field types from so many features.
const FIRST_LOOK: usize = 10;

/// Everything that requests about one collection need, immutable. A clone shares all rows.
#[derive(Clone)]
pub struct PublishedCollection {
    pub declaration: Collection,
    encoder: Arc<Encoder>,
    time: TimeFields,
    /// In ascending order of row numbers; none is empty.
    chunks: Vec<Arc<Chunk>>,
    /// Position of the first row of each chunk.
    starts: Vec<u32>,
    len: usize,
    by_id: IdIndex,
    places: PlaceIndex,
    leads: Vec<u32>,
    /// Fields that `q` looks into.
    named: Vec<usize>,
    orders: Orders,
    pub extent: Option<Envelope>,
    pub time_extent: Option<Interval>,
    /// Hash of all that is served of this collection.
    pub hash: u64,
    /// The way to its rows, where they stay in the database and none are held here.
    pub remote: Option<Arc<Remotely>>,
}

impl PublishedCollection {
    /// A collection without rows.
    pub(super) fn empty(declaration: Collection) -> PublishedCollection {
        PublishedCollection {
            encoder: Arc::new(Encoder::new(&declaration)),
            time: TimeFields::of(&declaration),
            chunks: Vec::new(),
            starts: Vec::new(),
            len: 0,
            by_id: IdIndex::build(&[], &[]),
            places: PlaceIndex::build(&[], &[]),
            leads: Vec::new(),
            named: named_fields(&declaration),
            orders: Orders::default(),
            extent: None,
            time_extent: None,
            hash: 0,
            remote: None,
            declaration,
        }
    }

    /// A collection of the same declaration and of these chunks, in which rows are found by position and number alone.
    fn bare(&self, chunks: Vec<Arc<Chunk>>) -> PublishedCollection {
        let mut len = 0;
        let starts = chunks.iter().map(|chunk| {
            let start = len as u32;
            len += chunk.len();
            start
        });
        let starts = starts.collect();
        PublishedCollection { starts, len, chunks, leads: Vec::new(), orders: Orders::default(), ..self.clone() }
    }

    /// A collection of the same declaration and of these chunks, its indexes still to be set.
    fn with_chunks(&self, chunks: Vec<Arc<Chunk>>) -> PublishedCollection {
        let declared = format!("{:?}", self.declaration);
        let hashes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.hash.to_le_bytes()).collect();
        let mut new = PublishedCollection {
            extent: chunks.iter().filter_map(|chunk| chunk.extent).reduce(Envelope::union),
            time_extent: chunks.iter().filter_map(|chunk| chunk.time_extent).reduce(around),
            hash: xxh3_64_with_seed(&hashes, xxh3_64(declared.as_bytes())),
            ..self.bare(chunks)
        };
        new.leads = new.choose_leads();
        new
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many features it has, here or in the database; about so many where they were not counted since they changed.
    pub fn features(&self) -> usize {
        match &self.remote {
            Some(remote) => usize::try_from(remote.rows().0).unwrap_or(usize::MAX),
            None => self.len,
        }
    }

    /// The chunks and the position of the first row of each.
    fn chunks(&self) -> impl Iterator<Item = (u32, &Chunk)> {
        self.starts.iter().copied().zip(self.chunks.iter().map(Arc::as_ref))
    }

    /// The chunk of a row and the row's position in it; `None` beyond the last row.
    fn locate(&self, row: u32) -> Option<(&Chunk, usize)> {
        let at = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let (chunk, row) = (self.chunks.get(at)?, (row - self.starts[at]) as usize);
        (row < chunk.len()).then_some((chunk, row))
    }

    /// Bytes that it holds, as far as they differ much between collections.
    pub fn weight(&self) -> usize {
        2 * self.chunks.iter().map(|chunk| chunk.weight()).sum::<usize>() + 1024
    }

    /// A row as its register holds it, with the values of all its fields and its place as surveyed.
    pub fn row(&self, row: u32) -> Option<Row> {
        let (chunk, at) = self.locate(row)?;
        let shape = match self.survey_crs() {
            Some(_) => chunk.surveyed(at),
            None => chunk.geometries.get(at)?.clone().map(Shape::flat),
        };
        Some(Row {
            fid: *chunk.fids.get(at)?,
            id: FeatureId::parse(chunk.ids.get(at)).ok()?,
            values: chunk.columns.iter().map(|column| column.value(at)).collect(),
            shape,
        })
    }

    /// The system of places as surveyed, where these are kept beside the published ones.
    fn survey_crs(&self) -> Option<&Crs> {
        let geometry = self.declaration.geometry.as_ref().filter(|_| keeps_survey(&self.declaration))?;
        Some(&geometry.crs)
    }

    /// The place of a row as surveyed, where that is kept beside the published one.
    fn surveyed(&self, row: u32) -> Option<Shape> {
        self.locate(row).and_then(|(chunk, row)| chunk.surveyed(row))
    }

    /// The public id of a row.
    pub fn id(&self, row: u32) -> &str {
        self.locate(row).map_or("", |(chunk, row)| chunk.ids.get(row))
    }

    /// The value of a row's field.
    pub fn value(&self, row: u32, field: usize) -> Value {
        let column = self.locate(row).and_then(|(chunk, row)| Some((chunk.columns.get(field)?, row)));
        column.map_or(Value::Null, |(column, row)| column.value(row))
    }

    /// The place of a row in CRS84.
    pub fn geometry(&self, row: u32) -> Option<&Geometry<f64>> {
        self.locate(row).and_then(|(chunk, row)| chunk.geometries.get(row)?.as_ref())
    }

    fn envelope(&self, row: u32) -> Option<Envelope> {
        self.locate(row).and_then(|(chunk, row)| chunk.envelope(row))
    }

    /// Whether a row holds on a day: what it does not say of when it holds is open.
    pub fn holds_on(&self, row: u32, day: NaiveDate) -> bool {
        let span = self.locate(row).and_then(|(chunk, row)| chunk.span(row, self.time));
        span.is_none_or(|span| span.intersects(&Interval::of_day(day)))
    }

    /// Rows whose envelope in CRS84 meets another, in no order.
    pub fn near(&self, wanted: &Envelope) -> impl Iterator<Item = u32> {
        self.places.search(wanted)
    }

    /// The number of a row in the store.
    pub fn fid(&self, row: u32) -> Option<i64> {
        self.locate(row).and_then(|(chunk, row)| chunk.fids.get(row).copied())
    }

    /// Position of the first row whose number is not below `fid`.
    fn first_from(&self, fid: i64) -> u32 {
        let at = self.chunks.partition_point(|chunk| chunk.fids.last().is_some_and(|last| *last < fid));
        let within = |chunk: &Arc<Chunk>| chunk.fids.partition_point(|known| *known < fid) as u32;
        self.chunks.get(at).map_or(self.len as u32, |chunk| self.starts[at] + within(chunk))
    }

    /// The position of the row of a number.
    pub fn position(&self, fid: i64) -> Option<u32> {
        let row = self.first_from(fid);
        (self.fid(row) == Some(fid)).then_some(row)
    }

    /// Rows whose names have all the words, with how far each name is from them ([`names::distance`]).
    pub fn named(&self, words: &[String]) -> Vec<(u32, u8)> {
        let query = ItemsQuery { words: words.to_vec(), ..ItemsQuery::first(1) };
        let rows = self.matching(&query, &Work::new(MAX_WORK)).ok().flatten().unwrap_or_default();
        let distance = |row: u32| {
            let (chunk, at) = self.locate(row)?;
            Some((row, names::distance(chunk.names(&self.named).get(at), words)))
        };
        rows.into_iter().filter_map(distance).collect()
    }

    /// Whether people would look for its features by name.
    pub fn has_names(&self) -> bool {
        has_names(&self.declaration)
    }

    /// What people call a feature; `None` where its register has no name of it.
    pub fn name(&self, row: u32) -> Option<String> {
        let value = self.value(row, *self.named.first()?).to_string();
        Some(value).filter(|name| !name.is_empty())
    }

    /// Whether a row, or anything that its compliance rests on, is made up for the sample.
    pub fn is_made_up(&self, row: u32) -> bool {
        ["is_demo", "demo_data"].iter().any(|field| {
            let field = self.declaration.field(field);
            field.is_some_and(|(at, _)| self.value(row, at).as_bool() == Some(true))
        })
    }

    /// The position of a feature.
    pub fn find(&self, id: &FeatureId) -> Option<u32> {
        self.by_id.candidates(id.as_str()).find(|row| self.id(*row) == id.as_str())
    }

    /// The GeoJSON of one feature.
    pub fn feature(&self, row: u32) -> Bytes {
        self.locate(row).map_or_else(Bytes::new, |(chunk, row)| chunk.run(row, row))
    }

    /// The GeoJSON of all rows in ascending order of their numbers, stretch by stretch, separated by commas within.
    /// Nothing is copied.
    pub fn stretches(&self) -> impl ExactSizeIterator<Item = Bytes> {
        self.chunks.iter().map(|chunk| chunk.run(0, chunk.len() - 1))
    }

    /// The GeoJSON of each row of a stretch of [`PublishedCollection::stretches`].
    pub fn features_of(&self, stretch: usize) -> impl Iterator<Item = &[u8]> {
        self.chunks.get(stretch).into_iter().flat_map(|chunk| chunk.features())
    }

    /// Bytes of the GeoJSON of all rows, one separator behind each.
    pub fn json_length(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.weight() as u64).sum()
    }

    /// The GeoJSON of rows in their order, separated by commas, in as few slices as possible. Nothing is copied.
    pub fn runs(&self, rows: &[u32]) -> Vec<Bytes> {
        let mut runs = Vec::new();
        let mut left = rows.len();
        for run in rows.chunk_by(|a, b| a + 1 == *b) {
            let mut rest = run;
            while let Some((chunk, first)) = rest.first().and_then(|row| self.locate(*row)) {
                let count = rest.len().min(chunk.len() - first);
                left -= count;
                let last = first + count - 1;
                runs.push(if left == 0 { chunk.run(first, last) } else { chunk.run_and_comma(first, last) });
                rest = &rest[count..];
            }
        }
        runs
    }

    /// Rows that together show a value of every field which the first ten rows leave empty.
    fn choose_leads(&self) -> Vec<u32> {
        let is_null = |field: usize, row: u32| {
            self.locate(row)
                .is_none_or(|(chunk, row)| chunk.columns.get(field).is_none_or(|column| column.is_null(row)))
        };
        // The first row with a value, which a chunk without any is passed over for.
        let first = |field: usize| {
            self.chunks().find_map(|(start, chunk)| {
                let column = chunk.columns.get(field).filter(|column: &&Column| column.has_values())?;
                let row = (0..chunk.len()).find(|row| !column.is_null(*row))?;
                Some(start + row as u32)
            })
        };
        let shown = FIRST_LOOK.min(self.len) as u32;
        let firsts = (0..self.declaration.fields.len()).filter_map(|field| Some((field, first(field)?)));
        let mut open: Vec<(usize, u32)> = firsts.filter(|(_, row)| *row >= shown).collect();
        let mut leads: Vec<u32> = Vec::new();
        while let Some((_, row)) = open.first().copied() {
            leads.push(row);
            open.retain(|(field, _)| is_null(*field, row));
            if leads.len() == MAX_LEADS {
                break;
            }
        }
        leads
    }
}
