//! One published collection: features in stable order, typed columns, a packed spatial index, GeoJSON bytes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use bytes::Bytes;
use geo::{Geometry, Intersects};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};
use rayon::prelude::*;

use super::columns::{Column, TextArena};
use super::encode::{Encoded, Encoder};
use crate::domain::{Collection, FeatureId, Temporal, Value};
use crate::geom::project::ProjectError;
use crate::geom::{Envelope, Shape};
use crate::query::cursor::MAX_LEADS;
use crate::query::{After, Bbox, Cursor, Interval, ItemsQuery};
use crate::store::{Row, StoreError};

/// Rows that are encoded by one worker at a time.
const STRETCH: usize = 1024;

/// Stretches that are read ahead of the workers.
const MAX_UNDER_WAY: usize = 8;

/// Clients guess field types from so many features.
const FIRST_LOOK: usize = 10;

/// Everything that requests about one collection need, immutable.
pub struct PublishedCollection {
    pub declaration: Collection,
    /// Row numbers, ascending.
    fids: Vec<i64>,
    ids: TextArena,
    /// Row positions in the order of their ids.
    by_id: Vec<u32>,
    /// Features, each followed by a comma.
    json: Bytes,
    ends: Vec<usize>,
    columns: Vec<Column>,
    geometries: Vec<Option<Geometry<f64>>>,
    index: Option<RTree<f64>>,
    /// Position of each item of the index.
    indexed: Vec<u32>,
    placeless: Vec<u32>,
    leads: Vec<u32>,
    pub extent: Option<Envelope>,
    pub time_extent: Option<Interval>,
    /// Hash of all that is served of this collection.
    pub hash: u64,
}

/// One page of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Positions in serving order.
    pub rows: Vec<u32>,
    /// How many features match in all.
    pub matched: usize,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

/// Rows and their encoding on the way back from a worker.
type Stretch = Receiver<Result<(Vec<Row>, Encoded), (i64, ProjectError)>>;

/// Collects rows and makes a [`PublishedCollection`] of them. Rows are encoded by workers while further ones are read.
pub struct Builder {
    encoder: Arc<Encoder>,
    waiting: Vec<Row>,
    under_way: VecDeque<Stretch>,
    out: PublishedCollection,
    json: Vec<u8>,
    envelopes: Vec<Option<Envelope>>,
}

impl Builder {
    pub fn new(declaration: Collection) -> Builder {
        let columns = declaration.fields.iter().map(|field| Column::new(field.data_type)).collect();
        Builder {
            encoder: Arc::new(Encoder::new(&declaration)),
            waiting: Vec::new(),
            under_way: VecDeque::new(),
            json: Vec::new(),
            envelopes: Vec::new(),
            out: PublishedCollection {
                declaration,
                fids: Vec::new(),
                ids: TextArena::default(),
                by_id: Vec::new(),
                json: Bytes::new(),
                ends: Vec::new(),
                columns,
                geometries: Vec::new(),
                index: None,
                indexed: Vec::new(),
                placeless: Vec::new(),
                leads: Vec::new(),
                extent: None,
                time_extent: None,
                hash: 0,
            },
        }
    }

    /// Adds a row; `values` are those of all fields, derived ones included. Rows come in ascending row number.
    ///
    /// # Errors
    /// When coordinates cannot be transformed, with the row.
    pub fn push(&mut self, row: Row) -> Result<(), StoreError> {
        self.waiting.push(row);
        if self.waiting.len() >= STRETCH { self.send() } else { Ok(()) }
    }

    /// Hands the waiting rows to a worker; takes the oldest stretch back when enough are under way.
    fn send(&mut self) -> Result<(), StoreError> {
        let mut rows = std::mem::take(&mut self.waiting);
        let (done, stretch) = sync_channel(1);
        let encoder = Arc::clone(&self.encoder);
        rayon::spawn(move || {
            let encoded = encoder.encode(&mut rows);
            // Nobody waits any more when another row has failed.
            let _ = done.send(encoded.map(|encoded| (rows, encoded)));
        });
        self.under_way.push_back(stretch);
        if self.under_way.len() > MAX_UNDER_WAY { self.receive() } else { Ok(()) }
    }

    /// Takes the oldest stretch back and appends it.
    fn receive(&mut self) -> Result<(), StoreError> {
        let Some(stretch) = self.under_way.pop_front() else { return Ok(()) };
        let collection = || self.out.declaration.id.clone();
        let received =
            stretch.recv().map_err(|_| StoreError::Stopped(format!("encoding '{}' broke off", collection())))?;
        let (rows, encoded) =
            received.map_err(|(fid, e)| StoreError::Row { collection: collection(), fid, reason: e.to_string() })?;
        for row in rows {
            self.out.fids.push(row.fid);
            self.out.ids.push(row.id.as_str());
            for (column, value) in self.out.columns.iter_mut().zip(&row.values) {
                column.push(value);
            }
        }
        let start = self.json.len();
        self.json.extend_from_slice(&encoded.json);
        self.out.ends.extend(encoded.ends.iter().map(|end| start + end));
        self.out.geometries.extend(encoded.geometries);
        self.envelopes.extend(encoded.envelopes);
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
        let Builder { mut out, mut json, envelopes, .. } = self;
        json.shrink_to_fit();
        out.ends.shrink_to_fit();
        out.geometries.shrink_to_fit();
        out.columns.iter_mut().for_each(Column::shrink);
        let count = out.fids.len() as u32;
        out.by_id = (0..count).collect();
        let ids = &out.ids;
        out.by_id.par_sort_unstable_by(|a, b| ids.get(*a as usize).cmp(ids.get(*b as usize)));
        for (row, envelope) in envelopes.iter().enumerate() {
            match envelope {
                Some(envelope) => {
                    out.indexed.push(row as u32);
                    out.extent = Some(out.extent.map_or(*envelope, |extent| extent.union(*envelope)));
                }
                None => out.placeless.push(row as u32),
            }
        }
        if !out.indexed.is_empty() {
            let mut builder = RTreeBuilder::<f64>::new(out.indexed.len() as u32);
            for e in envelopes.iter().flatten() {
                builder.add(e.min_x, e.min_y, e.max_x, e.max_y);
            }
            out.index = Some(builder.finish::<HilbertSort>());
        }
        out.leads = out.choose_leads();
        out.time_extent = (0..out.len()).filter_map(|row| out.span(row)).reduce(|a, b| Interval {
            start: a.start.zip(b.start).map(|(a, b)| a.min(b)),
            end: a.end.zip(b.end).map(|(a, b)| a.max(b)),
        });
        let declared = format!("{:?}", out.declaration);
        out.hash = xxhash_rust::xxh3::xxh3_64_with_seed(&json, xxhash_rust::xxh3::xxh3_64(declared.as_bytes()));
        out.json = Bytes::from(json);
        Ok(out)
    }
}

impl PublishedCollection {
    pub fn len(&self) -> usize {
        self.fids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fids.is_empty()
    }

    /// Bytes that it holds, as far as they differ much between collections.
    pub fn weight(&self) -> usize {
        2 * self.json.len() + 1024
    }

    /// The public id of a row.
    pub fn id(&self, row: u32) -> &str {
        self.ids.get(row as usize)
    }

    /// The value of a row's field.
    pub fn value(&self, row: u32, field: usize) -> Value {
        self.columns.get(field).map_or(Value::Null, |column| column.value(row as usize))
    }

    /// A row as it is served: the values of all its fields, its place in CRS84.
    pub fn row(&self, row: u32) -> Option<Row> {
        Some(Row {
            fid: *self.fids.get(row as usize)?,
            id: FeatureId::parse(self.id(row)).ok()?,
            values: (0..self.columns.len()).map(|field| self.value(row, field)).collect(),
            shape: self.geometry(row).cloned().map(Shape::flat),
        })
    }

    /// The place of a row in CRS84.
    pub fn geometry(&self, row: u32) -> Option<&Geometry<f64>> {
        self.geometries.get(row as usize)?.as_ref()
    }

    /// The position of a feature.
    pub fn find(&self, id: &FeatureId) -> Option<u32> {
        let at = self.by_id.binary_search_by(|row| self.id(*row).cmp(id.as_str())).ok()?;
        self.by_id.get(at).copied()
    }

    /// The GeoJSON of one feature.
    pub fn feature(&self, row: u32) -> Bytes {
        self.run(row, row)
    }

    /// The GeoJSON of consecutive rows, separated by commas: one slice, nothing is copied.
    fn run(&self, first: u32, last: u32) -> Bytes {
        let start = if first == 0 { 0 } else { self.ends[first as usize - 1] + 1 };
        self.json.slice(start..self.ends[last as usize])
    }

    /// The GeoJSON of rows in their order, as few slices as possible, to be joined by commas.
    pub fn runs(&self, rows: &[u32]) -> Vec<Bytes> {
        rows.chunk_by(|a, b| a + 1 == *b).filter_map(|run| Some(self.run(*run.first()?, *run.last()?))).collect()
    }

    fn span(&self, row: usize) -> Option<Interval> {
        let column = |name: &str| self.declaration.field(name).and_then(|(at, _)| self.columns.get(at));
        match self.declaration.temporal.as_ref()? {
            Temporal::Instant(field) => column(field)?.span(row),
            Temporal::Interval(from, to) => {
                let (from, to) = (column(from)?.span(row), column(to)?.span(row));
                if from.is_none() && to.is_none() {
                    return None;
                }
                Some(Interval { start: from.and_then(|s| s.start), end: to.and_then(|s| s.end) })
            }
        }
    }

    /// Rows that together show a value of every field which the first ten rows leave empty.
    fn choose_leads(&self) -> Vec<u32> {
        let first = FIRST_LOOK.min(self.len());
        let hidden = |column: &&Column| column.has_values() && (0..first).all(|row| column.is_null(row));
        let mut open: Vec<&Column> = self.columns.iter().filter(hidden).collect();
        let mut leads: Vec<u32> = Vec::new();
        while let Some(column) = open.first() {
            let Some(row) = (0..self.len()).find(|row| !column.is_null(*row)) else { break };
            leads.push(row as u32);
            open.retain(|column| column.is_null(row));
            if leads.len() == MAX_LEADS {
                break;
            }
        }
        leads
    }

    /// Positions that match, ascending; `None` when all do.
    fn matching(&self, query: &ItemsQuery) -> Option<Vec<u32>> {
        if query.is_unfiltered() {
            return None;
        }
        let mut rows = match &query.bbox {
            Some(bbox) => self.in_bbox(bbox),
            None => (0..self.len() as u32).collect(),
        };
        for (field, wanted) in &query.equals {
            match self.columns.get(*field) {
                Some(column) => column.retain_equal(&mut rows, wanted),
                None => rows.clear(),
            }
        }
        if let Some(wanted) = &query.datetime {
            rows.retain(|row| self.span(*row as usize).is_none_or(|span| span.intersects(wanted)));
        }
        Some(rows)
    }

    /// Rows that share a point with the box, and rows without a place (OGC 17-069r4, requirement 24 C).
    fn in_bbox(&self, bbox: &Bbox) -> Vec<u32> {
        let mut rows = self.placeless.clone();
        for part in &bbox.parts {
            let Some(index) = &self.index else { continue };
            let rect = part.rect();
            for item in index.search(part.min_x, part.min_y, part.max_x, part.max_y) {
                let row = self.indexed[item as usize];
                if self.geometry(row).is_some_and(|geometry| {
                    Envelope::of(geometry).is_some_and(|e| part.contains(&e)) || geometry.intersects(&rect)
                }) {
                    rows.push(row);
                }
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// One page: leads first, then ascending row numbers. Which rows precede a cursor does not depend on the snapshot
    /// that made it.
    pub fn page(&self, query: &ItemsQuery) -> Page {
        let matching = self.matching(query);
        let matched = matching.as_ref().map_or(self.len(), Vec::len);
        let matches = |row: u32| matching.as_ref().is_none_or(|rows| rows.binary_search(&row).is_ok());

        let lead_fids: Vec<i64> = match &query.after {
            Some(cursor) => cursor.leads.clone(),
            None => self.leads.iter().map(|row| self.fids[*row as usize]).collect(),
        };
        let lead_rows: Vec<Option<u32>> =
            lead_fids.iter().map(|fid| self.fids.binary_search(fid).ok().map(|row| row as u32)).collect();
        let (passed, after_fid) = match query.after.as_ref().map(|cursor| cursor.after) {
            None => (0, None),
            Some(After::Leads(count)) => (count, None),
            Some(After::Fid(fid)) => (lead_fids.len(), Some(fid)),
        };

        let mut rows = Vec::with_capacity(query.limit.min(matched) + 1);
        let mut passed_leads = passed;
        for row in lead_rows.iter().skip(passed) {
            if rows.len() > query.limit {
                break;
            }
            rows.extend(row.filter(|row| matches(*row)));
            passed_leads += usize::from(rows.len() <= query.limit);
        }
        let wanted = query.limit + 1;
        let is_lead = |row: &u32| lead_rows.contains(&Some(*row));
        let start = after_fid.map_or(0, |fid| self.fids.partition_point(|known| *known <= fid)) as u32;
        let missing = wanted.saturating_sub(rows.len());
        match &matching {
            None => rows.extend((start..self.len() as u32).filter(|row| !is_lead(row)).take(missing)),
            Some(matching) => {
                let from = matching.partition_point(|row| *row < start);
                rows.extend(matching[from..].iter().copied().filter(|row| !is_lead(row)).take(missing));
            }
        }
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(|last| Cursor {
            after: if is_lead(last) { After::Leads(passed_leads) } else { After::Fid(self.fids[*last as usize]) },
            leads: lead_fids,
        });
        Page { rows, matched, next }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{DataType, Field, GeometryField, Kind, Title};
    use crate::geom::{Crs, GeometryKind, Shape};
    use geo::{LineString, Point};
    use proptest::prelude::*;

    fn declaration() -> Collection {
        Collection {
            id: "t".to_owned(),
            title: Title::same("t"),
            description: Title::same(""),
            kind: Kind::Table,
            geometry: Some(GeometryField {
                name: "geom".to_owned(),
                kind: GeometryKind::Geometry,
                crs: Crs::Epsg(4326),
                has_z: false,
            }),
            fields: vec![Field::plain("name", DataType::Text), Field::plain("rare", DataType::Number)],
            temporal: None,
        }
    }

    fn publish(rows: impl IntoIterator<Item = (i64, Option<f64>)>) -> PublishedCollection {
        let mut builder = Builder::new(declaration());
        for (fid, rare) in rows {
            let values = vec![Value::from(if fid % 2 == 0 { "even" } else { "odd" }), rare.into()];
            let shape = Some(Shape::flat(Point::new(105.0 + fid as f64 * 0.001, 21.0)));
            builder.push(Row { fid, id: FeatureId::from_fid(fid), values, shape }).unwrap();
        }
        builder.finish().unwrap()
    }

    fn fids(collection: &PublishedCollection, page: &Page) -> Vec<i64> {
        page.rows.iter().map(|row| collection.fids[*row as usize]).collect()
    }

    #[test]
    fn an_empty_collection_has_one_empty_page() {
        let page = publish([]).page(&ItemsQuery::first(10));
        assert_eq!(page, Page { rows: vec![], matched: 0, next: None });
    }

    #[test]
    fn a_row_that_shows_a_rare_field_comes_first_and_only_once() {
        let collection = publish((1..=30).map(|fid| (fid, (fid == 25).then_some(1.5))));
        let mut query = ItemsQuery::first(7);
        let mut seen = Vec::new();
        loop {
            let page = collection.page(&query);
            assert_eq!(page.matched, 30);
            seen.extend(fids(&collection, &page));
            let Some(next) = page.next else { break };
            query.after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(seen[0], 25);
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=30).collect::<Vec<_>>());
    }

    #[test]
    fn a_walk_goes_on_rightly_when_other_leads_are_chosen_meanwhile() {
        let before = publish((1..=30).map(|fid| (fid, (fid == 25).then_some(1.5))));
        let first = before.page(&ItemsQuery::first(5));
        let after = publish((1..=31).filter(|fid| *fid != 3).map(|fid| (fid, (fid == 28).then_some(1.5))));
        let mut seen = fids(&before, &first);
        let mut query = ItemsQuery { after: first.next, ..ItemsQuery::first(5) };
        loop {
            let page = after.page(&query);
            seen.extend(fids(&after, &page));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=31).collect::<Vec<_>>());
    }

    #[test]
    fn a_feature_whose_rectangle_touches_the_box_but_whose_shape_does_not_is_left_out() {
        let mut builder = Builder::new(declaration());
        let diagonal = LineString::from(vec![(0.0, 0.0), (10.0, 10.0)]);
        let values = vec![Value::Null, Value::Null];
        let row = |fid, shape| Row { fid, id: FeatureId::from_fid(fid), values: values.clone(), shape };
        builder.push(row(1, Some(Shape::flat(diagonal)))).unwrap();
        builder.push(row(2, None)).unwrap();
        let collection = builder.finish().unwrap();
        let matched = |bbox: &str| {
            let query = ItemsQuery { bbox: Some(bbox.parse().unwrap()), ..ItemsQuery::first(10) };
            fids(&collection, &collection.page(&query))
        };
        assert_eq!(matched("6,1,9,4"), vec![2], "row 2 has no place and always matches");
        assert_eq!(matched("4,4,5,6"), vec![1, 2]);
        assert_eq!(matched("170,-10,5,10"), vec![1, 2], "the box across 180° reaches the line");
    }

    proptest! {
        #[test]
        fn any_walk_gives_each_matching_feature_once(
            count in 0i64..60,
            limit in 1usize..20,
            rare in proptest::collection::vec(0i64..60, 0..4),
            even in any::<bool>(),
        ) {
            let collection = publish((1..=count).map(|fid| (fid, rare.contains(&fid).then_some(0.5))));
            let equals = if even { vec![(0, Value::from("even"))] } else { vec![] };
            let mut query = ItemsQuery { equals, ..ItemsQuery::first(limit) };
            let mut seen = Vec::new();
            loop {
                let page = collection.page(&query);
                prop_assert!(page.rows.len() <= limit);
                seen.extend(fids(&collection, &page));
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
            seen.sort_unstable();
            let wanted: Vec<i64> = (1..=count).filter(|fid| !even || fid % 2 == 0).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}
