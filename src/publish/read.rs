//! Collections read whole, several stretches of rows at a time.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::domain::Collection;
use crate::store::{Row, Store, StoreError};

/// Stretches of a long table: more than there are threads, so that none waits long for the last.
const STRETCHES: i128 = 8;

/// A table with fewer row numbers than this is one stretch.
const SHORT: i128 = 20_000;

/// Reads all rows of some collections. Every stretch has its own value, made by `start` for the collection of that position
/// and handed to `each` with every row in ascending row number. Gives the values of each collection in the order of their
/// stretches, or what the store or `each` said of it.
pub fn read_whole<T: Send>(
    store: &dyn Store,
    collections: &[Collection],
    start: impl Fn(usize) -> T + Sync,
    each: impl Fn(&mut T, &Collection, Row) -> Result<(), StoreError> + Sync,
) -> Vec<Result<Vec<T>, StoreError>> {
    let mut stretches: Vec<(usize, RangeInclusive<i64>)> = Vec::new();
    let mut by_collection: Vec<Result<Vec<T>, StoreError>> = Vec::with_capacity(collections.len());
    for (at, collection) in collections.iter().enumerate() {
        let numbers = store.row_numbers(collection).map(split);
        stretches.extend(numbers.iter().flatten().cloned().map(|stretch| (at, stretch)));
        by_collection.push(numbers.map(|_| Vec::new()));
    }
    let read = |(at, stretch): (usize, RangeInclusive<i64>)| {
        let collection = &collections[at];
        let mut value = start(at);
        let scanned = store.scan_between(collection, stretch, &mut |row| each(&mut value, collection, row));
        (at, scanned.map(|()| value))
    };
    // One by one: a thread that is done takes the next.
    let read: Vec<(usize, Result<T, StoreError>)> = stretches.into_par_iter().with_max_len(1).map(read).collect();
    for (at, value) in read {
        match (value, &mut by_collection[at]) {
            (Ok(value), Ok(values)) => values.push(value),
            (Err(error), outcome @ Ok(_)) => *outcome = Err(error),
            (_, Err(_)) => {}
        }
    }
    by_collection
}

fn split(numbers: Option<RangeInclusive<i64>>) -> Vec<RangeInclusive<i64>> {
    let Some((first, last)) = numbers.map(RangeInclusive::into_inner) else { return vec![i64::MIN..=i64::MAX] };
    // Wider than a row number: the numbers of a stranger's table may lie at both ends of what there is.
    let (first, last) = (i128::from(first), i128::from(last));
    let step = (last - first) / STRETCHES + 1;
    let step = if last - first < SHORT { last - first + 1 } else { step };
    let starts = (0..STRETCHES).map(|n| first + step * n).take_while(|start| *start <= last);
    // Both lie between numbers of rows.
    let number = |n: i128| i64::try_from(n).ok();
    starts.filter_map(|start| Some(number(start)?..=number((start + step - 1).min(last))?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_hold_every_number_once() {
        for numbers in [1..=1, 1..=20_000, 5..=500_004, i64::MIN..=i64::MAX, -3..=i64::MAX, 7..=20_014] {
            let stretches = split(Some(numbers.clone()));
            assert_eq!(stretches.first().map(RangeInclusive::start), Some(numbers.start()));
            assert_eq!(stretches.last().map(RangeInclusive::end), Some(numbers.end()));
            let follows = |pair: &[RangeInclusive<i64>]| pair[0].end().checked_add(1) == Some(*pair[1].start());
            assert!(stretches.windows(2).all(follows), "{stretches:?}");
        }
        assert_eq!(split(Some(1..=2_000)).len(), 1, "a short table is read in one go");
        assert_eq!(split(Some(1..=500_000)).len(), 8);
    }
}
