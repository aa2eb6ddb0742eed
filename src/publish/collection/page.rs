//! Which rows a request gets.

use geo::Intersects;

use super::PublishedCollection;
use super::chunk::Chunk;
use super::filtered::Searches;
use super::names;
use crate::filter::{MAX_WORK, TooMuchWork, Work};
use crate::geom::reproject::Reprojection;
use crate::geom::{Crs, Envelope};
use crate::query::bbox::LocalBox;
use crate::query::{After, Bbox, Cursor, ItemsQuery};

/// One page of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Positions in serving order.
    pub rows: Vec<u32>,
    /// How many features match in all; `None` where counting them would take too long.
    pub matched: Option<usize>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

impl PublishedCollection {
    /// Positions that match, ascending; `None` when all do.
    pub(super) fn matching(&self, query: &ItemsQuery, work: &Work) -> Result<Option<Vec<u32>>, TooMuchWork> {
        if query.is_unfiltered() {
            return Ok(None);
        }
        let searches = Searches::default();
        let candidates = query.bbox.as_ref().map(|bbox| self.in_bbox(bbox));
        let mut rest = candidates.as_deref();
        let mut matching = Vec::new();
        for (start, chunk) in self.chunks() {
            let mut rows: Vec<u32> = match &mut rest {
                None => (0..chunk.len() as u32).collect(),
                Some(rest) => {
                    let (here, behind) = rest.split_at(rest.partition_point(|row| *row < start + chunk.len() as u32));
                    *rest = behind;
                    here.iter().map(|row| row - start).collect()
                }
            };
            self.retain_matching(chunk, &mut rows, query);
            if let Some(filter) = query.filter.as_ref().filter(|_| !rows.is_empty()) {
                filter.retain(&mut rows, &searches.rows(self, chunk, start), work)?;
            }
            matching.extend(rows.iter().map(|row| start + row));
        }
        Ok(Some(matching))
    }

    /// Keeps of the rows of a chunk those that match by their values.
    fn retain_matching(&self, chunk: &Chunk, rows: &mut Vec<u32>, query: &ItemsQuery) {
        for (field, wanted) in &query.equals {
            match chunk.columns.get(*field) {
                Some(column) => column.retain_equal(rows, wanted),
                None => rows.clear(),
            }
        }
        if !query.words.is_empty() {
            let names = chunk.names(&self.named);
            let wanted = names::Wanted::new(&query.words);
            rows.retain(|row| wanted.are_in(names.get(*row as usize)));
        }
        if let Some(wanted) = &query.datetime {
            rows.retain(|row| chunk.span(*row as usize, self.time).is_none_or(|span| span.intersects(wanted)));
        }
    }

    /// Rows that share a point with the box, and rows without a place (OGC 17-069r4, requirement 24 C).
    fn in_bbox(&self, bbox: &Bbox) -> Vec<u32> {
        let mut rows = self.places.placeless().to_vec();
        let local = bbox.local.as_ref().map(|local| InLocalBox::new(self, local));
        for part in &bbox.parts {
            let rect = part.rect();
            let found = self.places.search(part).filter(|row| match &local {
                Some(local) => local.takes(*row),
                None => self.geometry(*row).is_some_and(|geometry| {
                    Envelope::of(geometry).is_some_and(|e| part.contains(&e)) || geometry.intersects(&rect)
                }),
            });
            rows.extend(found);
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// One page: leads first, then ascending row numbers; with `sort`, in that order. Which rows precede a cursor does not
    /// depend on the snapshot that made it.
    ///
    /// # Errors
    /// When the filter of the query takes too many steps.
    pub fn page(&self, query: &ItemsQuery) -> Result<Page, TooMuchWork> {
        self.page_within(query, &Work::new(MAX_WORK))
    }

    /// As [`PublishedCollection::page`], with what its filter may take.
    ///
    /// # Errors
    /// When the filter of the query takes more.
    pub fn page_within(&self, query: &ItemsQuery, work: &Work) -> Result<Page, TooMuchWork> {
        let matching = self.matching(query, work)?;
        if !query.sort.is_empty() {
            return Ok(self.sorted_page(query, matching));
        }
        let matched = matching.as_ref().map_or(self.len(), Vec::len);
        let matches = |row: u32| matching.as_ref().is_none_or(|rows| rows.binary_search(&row).is_ok());

        let lead_fids: Vec<i64> = match &query.after {
            Some(cursor) => cursor.leads.clone(),
            None => self.leads.iter().filter_map(|row| self.fid(*row)).collect(),
        };
        let lead_rows: Vec<Option<u32>> = lead_fids.iter().map(|fid| self.position(*fid)).collect();
        let (passed, after_fid) = match query.after.as_ref().map(|cursor| &cursor.after) {
            // A point of another order says nothing here; parameters that mix the two are refused before.
            None | Some(After::Sorted(_)) => (0, None),
            Some(After::Leads(count)) => (*count, None),
            Some(After::Fid(fid)) => (lead_fids.len(), Some(*fid)),
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
        let wanted = query.limit.saturating_add(1);
        let is_lead = |row: &u32| lead_rows.contains(&Some(*row));
        let start = after_fid.map_or(0, |fid| fid.checked_add(1).map_or(self.len() as u32, |fid| self.first_from(fid)));
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
        let after = |last: &u32| {
            if is_lead(last) { Some(After::Leads(passed_leads)) } else { self.fid(*last).map(After::Fid) }
        };
        let after = rows.last().filter(|_| more).and_then(after);
        let next = after.map(|after| Cursor { after, leads: lead_fids });
        Ok(Page { rows, matched: Some(matched), next })
    }
}

/// Which rows meet a box of a system other than WGS 84, whose edges are straight in that system alone.
struct InLocalBox<'a> {
    collection: &'a PublishedCollection,
    local: &'a LocalBox,
    /// `None` where the box's system is that of the survey.
    way: Option<Reprojection>,
}

impl<'a> InLocalBox<'a> {
    fn new(collection: &'a PublishedCollection, local: &'a LocalBox) -> InLocalBox<'a> {
        let is_surveyed = collection.survey_crs() == Some(&local.crs);
        // A box is read in a served system only.
        let way = if is_surveyed { None } else { Reprojection::between(&Crs::Crs84, &local.crs).ok() };
        InLocalBox { collection, local, way }
    }

    fn takes(&self, row: u32) -> bool {
        let (Some(geometry), rect) = (self.collection.geometry(row), self.local.rect.rect()) else { return false };
        if self.local.inner.is_some_and(|inner| Envelope::of(geometry).is_some_and(|e| inner.contains(&e))) {
            return true;
        }
        match &self.way {
            // What was surveyed is compared without any arithmetic.
            None => self.collection.surveyed(row).is_some_and(|shape| shape.geometry.intersects(&rect)),
            Some(way) => way.geometry(geometry).is_ok_and(|geometry| geometry.intersects(&rect)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Builder;
    use super::*;
    use crate::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
    use crate::geom::{Crs, GeometryKind, Shape};
    use crate::store::Row;
    use geo::{LineString, Point};
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
        page.rows.iter().map(|row| collection.fid(*row).unwrap()).collect()
    }

    #[test]
    fn an_empty_collection_has_one_empty_page() {
        let page = publish([]).page(&ItemsQuery::first(10)).unwrap();
        assert_eq!(page, Page { rows: vec![], matched: Some(0), next: None });
    }

    #[test]
    fn a_row_that_shows_a_rare_field_comes_first_and_only_once() {
        let collection = publish((1..=30).map(|fid| (fid, (fid == 25).then_some(1.5))));
        let mut query = ItemsQuery::first(7);
        let mut seen = Vec::new();
        loop {
            let page = collection.page(&query).unwrap();
            assert_eq!(page.matched, Some(30));
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
        let first = before.page(&ItemsQuery::first(5)).unwrap();
        let after = publish((1..=31).filter(|fid| *fid != 3).map(|fid| (fid, (fid == 28).then_some(1.5))));
        let mut seen = fids(&before, &first);
        let mut query = ItemsQuery { after: first.next, ..ItemsQuery::first(5) };
        loop {
            let page = after.page(&query).unwrap();
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
            fids(&collection, &collection.page(&query).unwrap())
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
                let page = collection.page(&query).unwrap();
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
