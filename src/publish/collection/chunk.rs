//! A stretch of rows whose contents lie together: what a change makes anew, while every other chunk is shared.

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;
use geo::Geometry;

use super::names::search_keys;
use super::survey::Survey;
use crate::domain::{Collection, Temporal, Value};
use crate::geom::project::ProjectError;
use crate::geom::{Envelope, Shape};
use crate::publish::columns::Column;
use crate::publish::encode::Encoder;
use crate::publish::texts::TextArena;
use crate::query::Interval;
use crate::store::Row;

/// A chunk holds two to the power of so many rows on average.
const ROWS_LOG2: u32 = 11;

/// Whether a chunk ends with this row. That depends on the row's number alone, so that the same rows lie in the same
/// chunks however they came together, and a row that comes or goes moves no border but its own.
pub fn is_last_of_chunk(fid: i64) -> bool {
    // Steps of the golden ratio fall evenly on the circle: rows numbered one by one make chunks of nearly equal length,
    // and so does about every other sequence.
    const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
    fid.cast_unsigned().wrapping_mul(GOLDEN_RATIO) >> (u64::BITS - ROWS_LOG2) == 0
}

/// Positions of the fields that say when a row holds.
#[derive(Debug, Clone, Copy)]
pub enum TimeFields {
    Never,
    Instant(usize),
    Interval(usize, usize),
}

impl TimeFields {
    pub fn of(declaration: &Collection) -> TimeFields {
        let at = |name: &str| declaration.field(name).map(|(at, _)| at);
        match &declaration.temporal {
            None => TimeFields::Never,
            Some(Temporal::Instant(field)) => at(field).map_or(TimeFields::Never, TimeFields::Instant),
            Some(Temporal::Interval(from, to)) => {
                at(from).zip(at(to)).map_or(TimeFields::Never, |(from, to)| TimeFields::Interval(from, to))
            }
        }
    }
}

/// Rows in ascending order of their numbers, immutable.
pub struct Chunk {
    pub fids: Vec<i64>,
    pub ids: TextArena,
    /// By position of the field.
    pub columns: Vec<Column>,
    /// In CRS84.
    pub geometries: Vec<Option<Geometry<f64>>>,
    /// Places as they were surveyed, to the last bit; empty where they are no others than the published ones.
    surveyed: Survey,
    /// Search keys of the names, made when somebody searches.
    names: OnceLock<TextArena>,
    /// Features, each followed by a comma.
    json: Bytes,
    /// Where each feature ends, its comma not counted.
    ends: Vec<usize>,
    pub extent: Option<Envelope>,
    pub time_extent: Option<Interval>,
    /// Hash of the features.
    pub hash: u64,
}

impl Chunk {
    pub fn len(&self) -> usize {
        self.fids.len()
    }

    /// Bytes of its GeoJSON.
    pub fn weight(&self) -> usize {
        self.json.len()
    }

    /// Whether rows that come behind belong to another chunk.
    pub fn is_complete(&self) -> bool {
        self.fids.last().is_some_and(|fid| is_last_of_chunk(*fid))
    }

    /// The GeoJSON of consecutive rows, separated by commas: one slice, nothing is copied.
    pub fn run(&self, first: usize, last: usize) -> Bytes {
        self.json.slice(self.start(first)..self.ends[last])
    }

    /// As [`Chunk::run`], with the comma behind the last.
    pub fn run_and_comma(&self, first: usize, last: usize) -> Bytes {
        self.json.slice(self.start(first)..=self.ends[last])
    }

    fn start(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.ends[row - 1] + 1 }
    }

    pub fn envelope(&self, row: usize) -> Option<Envelope> {
        self.geometries.get(row)?.as_ref().and_then(Envelope::of)
    }

    /// The place of a row as it was surveyed, where that is kept beside the published one.
    pub fn surveyed(&self, row: usize) -> Option<Shape> {
        self.surveyed.get(row, self.geometries.get(row)?.as_ref())
    }

    /// The search keys of the names that stand in some fields: the same ones at every call.
    pub fn names(&self, fields: &[usize]) -> &TextArena {
        self.names.get_or_init(|| search_keys(&self.columns, fields, self.len()))
    }

    /// The GeoJSON of each row.
    pub fn features(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|row| &self.json[self.start(row)..self.ends[row]])
    }

    /// When a row holds.
    pub fn span(&self, row: usize, time: TimeFields) -> Option<Interval> {
        match time {
            TimeFields::Never => None,
            TimeFields::Instant(at) => self.columns.get(at)?.span(row),
            TimeFields::Interval(from, to) => {
                let (from, to) = (self.columns.get(from)?.span(row), self.columns.get(to)?.span(row));
                if from.is_none() && to.is_none() {
                    return None;
                }
                Some(Interval { start: from.and_then(|s| s.start), end: to.and_then(|s| s.end) })
            }
        }
    }
}

/// Whether places as surveyed are kept beside the published ones, which are flat and in WGS 84.
pub fn keeps_survey(declaration: &Collection) -> bool {
    declaration.geometry.as_ref().is_some_and(|geometry| geometry.has_z || !geometry.crs.is_wgs84())
}

/// The smallest interval around both.
pub fn around(a: Interval, b: Interval) -> Interval {
    Interval { start: a.start.zip(b.start).map(|(a, b)| a.min(b)), end: a.end.zip(b.end).map(|(a, b)| a.max(b)) }
}

/// What rows are put together for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Many answers: it is worth the time to make them small.
    Keeping,
    /// The answer that waits for them.
    Passing,
    /// A tile that waits for them: they have no GeoJSON, no places as surveyed, and nothing is known of them together.
    Drawing,
}

/// A chunk that is being put together, from new rows and from those of others.
pub struct Growing<'a> {
    encoder: &'a Encoder,
    purpose: Purpose,
    fids: Vec<i64>,
    ids: TextArena,
    columns: Vec<Column>,
    geometries: Vec<Option<Geometry<f64>>>,
    keeps_survey: bool,
    surveyed: Survey,
    json: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Growing<'a> {
    pub fn new(declaration: &Collection, encoder: &'a Encoder, purpose: Purpose) -> Growing<'a> {
        Growing {
            encoder,
            purpose,
            fids: Vec::new(),
            ids: TextArena::default(),
            columns: declaration.fields.iter().map(|field| Column::new(field.data_type)).collect(),
            geometries: Vec::new(),
            keeps_survey: purpose != Purpose::Drawing && keeps_survey(declaration),
            surveyed: Survey::default(),
            json: Vec::new(),
            ends: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.fids.is_empty()
    }

    /// Appends a row; `values` are those of all fields, derived ones included.
    ///
    /// # Errors
    /// When its coordinates cannot be transformed.
    pub fn push(&mut self, mut row: Row) -> Result<(), ProjectError> {
        let surveyed = if self.keeps_survey { row.shape.clone() } else { None };
        match self.purpose {
            Purpose::Drawing => self.encoder.place(&mut row)?,
            Purpose::Keeping | Purpose::Passing => self.encoder.encode(&mut self.json, &mut row)?,
        }
        if self.keeps_survey {
            if self.purpose == Purpose::Keeping {
                self.surveyed.push(surveyed.as_ref(), row.shape.as_ref().map(|shape| &shape.geometry));
            } else {
                self.surveyed.push_whole(surveyed);
            }
        }
        self.ends.push(self.json.len());
        self.json.push(b',');
        self.fids.push(row.fid);
        self.ids.push(row.id.as_str());
        for (column, value) in self.columns.iter_mut().zip(&row.values) {
            column.push(value);
        }
        self.geometries.push(row.shape.map(|shape| shape.geometry));
        Ok(())
    }

    /// Appends rows of another chunk.
    pub fn copy(&mut self, from: &Chunk, rows: Range<usize>) {
        if rows.is_empty() {
            return;
        }
        let (start, moved) = (from.start(rows.start), self.json.len());
        self.json.extend_from_slice(&from.json[start..from.ends[rows.end - 1]]);
        self.json.push(b',');
        self.ends.extend(from.ends[rows.clone()].iter().map(|end| end - start + moved));
        self.fids.extend_from_slice(&from.fids[rows.clone()]);
        self.geometries.extend_from_slice(&from.geometries[rows.clone()]);
        if self.keeps_survey {
            self.surveyed.append(&from.surveyed, rows.clone());
        }
        for (column, other) in self.columns.iter_mut().zip(&from.columns) {
            column.append(other, rows.clone());
        }
        self.ids.append(&from.ids, rows);
    }

    /// Appends a row of another chunk with other values of its derived fields.
    pub fn revalue(&mut self, from: &Chunk, row: usize, derived: &[Value]) {
        let stored = self.columns.len() - derived.len();
        self.encoder.with_derived(&mut self.json, &from.run(row, row), derived);
        self.ends.push(self.json.len());
        self.json.push(b',');
        self.fids.push(from.fids[row]);
        self.ids.push(from.ids.get(row));
        for (at, (column, other)) in self.columns.iter_mut().zip(&from.columns).enumerate() {
            match at.checked_sub(stored).and_then(|at| derived.get(at)) {
                Some(value) => column.push(value),
                None => column.append(other, row..row + 1),
            }
        }
        self.geometries.push(from.geometries[row].clone());
        if self.keeps_survey {
            self.surveyed.append(&from.surveyed, row..row + 1);
        }
    }

    pub fn seal(self, time: TimeFields) -> Chunk {
        let Growing {
            purpose, mut fids, mut ids, mut columns, mut geometries, mut surveyed, mut json, mut ends, ..
        } = self;
        if purpose == Purpose::Keeping {
            json.shrink_to_fit();
            fids.shrink_to_fit();
            ends.shrink_to_fit();
            geometries.shrink_to_fit();
            ids.shrink();
            surveyed.shrink();
            columns.iter_mut().for_each(Column::shrink);
        }
        let is_drawn = purpose == Purpose::Drawing;
        let mut chunk = Chunk {
            extent: geometries
                .iter()
                .flatten()
                .filter_map(|place| if is_drawn { None } else { Envelope::of(place) })
                .reduce(Envelope::union),
            time_extent: None,
            hash: xxhash_rust::xxh3::xxh3_64(&json),
            fids,
            ids,
            columns,
            geometries,
            surveyed,
            names: OnceLock::new(),
            json: json.into(),
            ends,
        };
        if !is_drawn {
            chunk.time_extent = (0..chunk.len()).filter_map(|row| chunk.span(row, time)).reduce(around);
        }
        chunk
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn rows_numbered_one_by_one_or_in_steps_make_chunks_of_a_like_length() {
        for step in [1, 2, 10, 1024, 4096] {
            let ends: Vec<i64> = (0..1_000_000).filter(|n| is_last_of_chunk(n * step)).collect();
            let longest = ends.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            let shortest = ends.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
            assert!(longest <= 16_384 && shortest >= 256, "step {step}: {shortest} to {longest}");
        }
    }
}
