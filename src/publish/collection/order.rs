//! Rows in the order of `sortby`.

use std::cmp::Ordering;
use std::sync::Arc;

use quick_cache::sync::Cache;
use rayon::prelude::*;

use super::PublishedCollection;
use super::page::Page;
use crate::query::{After, Cursor, ItemsQuery, SortBy, SortKey, SortPoint};

/// Orders that are kept of one state of a collection; each takes four bytes per row.
const KEPT: usize = 16;

/// Orders of one state of a collection, made when they are asked for.
#[derive(Clone)]
pub struct Orders(Arc<Cache<Vec<SortBy>, Arc<Vec<u32>>>>);

impl Default for Orders {
    fn default() -> Orders {
        Orders(Arc::new(Cache::new(KEPT)))
    }
}

impl PublishedCollection {
    pub(in crate::publish) fn sort_point(&self, row: u32, sort: &[SortBy]) -> Option<SortPoint> {
        let (chunk, at) = self.locate(row)?;
        let keys = sort.iter().map(|by| chunk.columns.get(by.field).map(|column| column.sort_key(at)));
        Some(SortPoint { keys: keys.collect::<Option<Vec<_>>>()?, fid: *chunk.fids.get(at)? })
    }

    /// The keys of all rows in one field.
    fn sort_keys(&self, field: usize) -> Vec<SortKey> {
        let keys = self.chunks.par_iter().flat_map_iter(|chunk| {
            let column = chunk.columns.get(field);
            (0..chunk.len()).map(move |row| column.map_or(SortKey::Null, |column| column.sort_key(row)))
        });
        keys.collect()
    }

    /// Whether [`PublishedCollection::page`] has the order ready.
    pub fn has_order(&self, sort: &[SortBy]) -> bool {
        self.orders.0.peek(sort).is_some()
    }

    /// All rows in an order.
    fn order(&self, sort: &[SortBy]) -> Arc<Vec<u32>> {
        let made = || {
            let keys: Vec<Vec<SortKey>> = sort.iter().map(|by| self.sort_keys(by.field)).collect();
            let mut order: Vec<u32> = (0..self.len() as u32).collect();
            let compare = |a: &u32, b: &u32| {
                let (a, b) = (*a as usize, *b as usize);
                let by_keys = keys.iter().zip(sort).map(|(keys, by)| keys[a].compare(&keys[b], by.descending));
                // Rows lie in ascending order of their numbers.
                by_keys.fold(Ordering::Equal, Ordering::then).then(a.cmp(&b))
            };
            order.par_sort_unstable_by(compare);
            Ok::<_, std::convert::Infallible>(Arc::new(order))
        };
        match self.orders.0.get_or_insert_with(sort, made) {
            Ok(order) => order,
            Err(never) => match never {},
        }
    }

    /// One page in the order of the query; `matching` are the rows that match, ascending, `None` for all.
    pub(super) fn sorted_page(&self, query: &ItemsQuery, matching: Option<Vec<u32>>) -> Page {
        let order = self.order(&query.sort);
        let matched = Some(matching.as_ref().map_or(self.len(), Vec::len));
        let start = match query.after.as_ref().map(|cursor| &cursor.after) {
            Some(After::Sorted(last)) => order.partition_point(|row| {
                self.sort_point(*row, &query.sort).is_none_or(|point| point.compare(last, &query.sort).is_le())
            }),
            _ => 0,
        };
        let matches = matching.map(|rows| {
            let mut matches = vec![false; self.len()];
            rows.iter().for_each(|row| matches[*row as usize] = true);
            matches
        });
        let rest = order[start..].iter().copied();
        let rest = rest.filter(|row| matches.as_ref().is_none_or(|matches| matches[*row as usize]));
        let mut rows: Vec<u32> = rest.take(query.limit.saturating_add(1)).collect();
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let last = rows.last().filter(|_| more).and_then(|row| self.sort_point(*row, &query.sort));
        let next = last.map(|point| Cursor { leads: Vec::new(), after: After::Sorted(point) });
        Page { rows, matched, next }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Builder;
    use super::*;
    use crate::domain::{Collection, DataType, FeatureId, Field, Kind, Title, Value};
    use crate::store::Row;
    use proptest::prelude::*;

    fn publish(rows: &[(i64, Option<i64>, &str)]) -> PublishedCollection {
        let mut builder = Builder::new(Collection {
            id: "t".to_owned(),
            title: Title::same("t"),
            description: Title::same(""),
            kind: Kind::Table,
            has_ids: true,
            geometry: None,
            fields: vec![Field::plain("n", DataType::Integer), Field::plain("name", DataType::Text)],
            temporal: None,
        });
        for (fid, n, name) in rows {
            let values = vec![(*n).into(), Value::from(*name)];
            builder.push(Row { fid: *fid, id: FeatureId::from_fid(*fid), values, shape: None }).unwrap();
        }
        builder.finish().unwrap()
    }

    fn by(field: usize, descending: bool) -> SortBy {
        SortBy { field, descending }
    }

    /// Numbers of the rows of a walk, page by page.
    fn walk(collection: &PublishedCollection, query: &ItemsQuery) -> Vec<i64> {
        let (mut query, mut seen) = (query.clone(), Vec::new());
        loop {
            let page = collection.page(&query).unwrap();
            seen.extend(page.rows.iter().map(|row| collection.fid(*row).unwrap()));
            let Some(next) = page.next else { return seen };
            query.after = Some(next.to_string().parse().unwrap());
        }
    }

    #[test]
    fn what_is_not_known_comes_last_in_both_directions() {
        let collection = publish(&[(1, None, ""), (2, Some(5), ""), (3, Some(-1), ""), (4, Some(5), "")]);
        let sorted =
            |descending| walk(&collection, &ItemsQuery { sort: vec![by(0, descending)], ..ItemsQuery::first(2) });
        assert_eq!(sorted(false), [3, 2, 4, 1]);
        assert_eq!(sorted(true), [2, 4, 3, 1]);
    }

    #[test]
    fn names_stand_as_in_a_vietnamese_dictionary() {
        let collection =
            publish(&[(1, None, "Đông Anh"), (2, None, "Dương Liễu"), (3, None, "Ế"), (4, None, "An Khánh")]);
        let query = ItemsQuery { sort: vec![by(1, false)], ..ItemsQuery::first(10) };
        assert_eq!(walk(&collection, &query), [4, 2, 1, 3]);
    }

    #[test]
    fn a_walk_goes_on_rightly_when_its_last_row_is_gone_and_others_came() {
        let before = publish(&[(1, Some(10), ""), (2, Some(20), ""), (3, Some(30), ""), (4, Some(40), "")]);
        let query = ItemsQuery { sort: vec![by(0, false)], ..ItemsQuery::first(2) };
        let first = before.page(&query).unwrap();
        let after =
            publish(&[(1, Some(10), ""), (3, Some(30), ""), (4, Some(40), ""), (5, Some(5), ""), (6, Some(25), "")]);
        let rest = walk(&after, &ItemsQuery { after: first.next, ..query });
        assert_eq!(rest, [6, 3, 4], "row 5 lies before the first page's end, and was not there then");
    }

    proptest! {
        #[test]
        fn any_sorted_walk_gives_each_matching_row_once_and_in_order(
            values in proptest::collection::vec((proptest::option::of(0i64..5), 0usize..3), 0..50),
            limit in 1usize..12, descending in any::<bool>(), second in any::<bool>(), filtered in any::<bool>(),
        ) {
            let names = ["ă", "A", "b"];
            let rows: Vec<_> = values.iter().enumerate().map(|(at, (n, name))| (at as i64 + 1, *n, names[*name])).collect();
            let collection = publish(&rows);
            let mut sort = vec![by(0, descending)];
            if second {
                sort.push(by(1, !descending));
            }
            let equals = if filtered { vec![(1, Value::from("b"))] } else { Vec::new() };
            let seen = walk(&collection, &ItemsQuery { sort, equals, ..ItemsQuery::first(limit) });
            // The same order, said in another way: place of the value, place of the name, number.
            let mut wanted: Vec<_> = rows.into_iter().filter(|row| !filtered || row.2 == "b").collect();
            wanted.sort_by_key(|(fid, n, name)| {
                let n = n.map_or(1000, |n| if descending { -n } else { n });
                let name = ["A", "ă", "b"].iter().position(|known| known == name).unwrap() as i64;
                (n, if second { if descending { name } else { -name } } else { 0 }, *fid)
            });
            prop_assert_eq!(seen, wanted.iter().map(|row| row.0).collect::<Vec<_>>());
        }
    }
}
