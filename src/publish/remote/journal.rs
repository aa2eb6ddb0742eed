//! Which rows of a collection that stays in the database were touched since it was looked at as a whole, for what follows from
//! single rows.

use std::sync::Arc;

use crate::publish::collection::PublishedCollection;

/// So many changes are remembered: whoever is further behind looks at everything again.
const MAX_CHANGES: usize = 256;

/// And no more than so many rows of them, which stay in memory although the collection does not; the newest change in any case.
const MAX_ROWS: usize = 50_000;

/// What one change touched.
pub struct Touch {
    /// Numbers of the rows, ascending.
    pub fids: Vec<i64>,
    /// Those of them that are there, as they are now.
    pub rows: PublishedCollection,
}

/// The changes since a collection was looked at as a whole, in their order. A clone shares them.
#[derive(Clone, Default)]
pub struct Journal {
    /// The look after which it begins.
    look: Arc<()>,
    /// How many changes came before the oldest that is remembered.
    forgotten: usize,
    touches: Vec<Arc<Touch>>,
}

/// How far a journal was read.
#[derive(Clone)]
pub struct Seen {
    look: Arc<()>,
    changes: usize,
}

impl Journal {
    /// The journal after one more change.
    pub fn with(&self, touch: Touch) -> Journal {
        let mut journal = self.clone();
        journal.touches.push(Arc::new(touch));
        let mut rows: usize = journal.touches.iter().map(|touch| touch.fids.len()).sum();
        while journal.touches.len() > MAX_CHANGES || (rows > MAX_ROWS && journal.touches.len() > 1) {
            rows -= journal.touches.remove(0).fids.len();
            journal.forgotten += 1;
        }
        journal
    }

    /// That all of it was read.
    pub fn seen(&self) -> Seen {
        Seen { look: Arc::clone(&self.look), changes: self.forgotten + self.touches.len() }
    }

    /// The changes behind what was read; `None` where not all of them are known.
    pub fn behind(&self, seen: Option<&Seen>) -> Option<&[Arc<Touch>]> {
        let seen = seen.filter(|seen| Arc::ptr_eq(&seen.look, &self.look))?;
        self.touches.get(seen.changes.checked_sub(self.forgotten)?..)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    fn touch(fid: i64) -> Touch {
        let buildings = catalog::collection("buildings").unwrap().clone();
        Touch { fids: vec![fid], rows: PublishedCollection::empty(buildings) }
    }

    fn told(journal: &Journal, seen: Option<&Seen>) -> Option<Vec<i64>> {
        Some(journal.behind(seen)?.iter().flat_map(|touch| touch.fids.clone()).collect())
    }

    #[test]
    fn what_was_seen_of_another_look_or_too_long_ago_is_not_known_and_the_rest_is_told_once() {
        let empty = Journal::default();
        assert_eq!(told(&empty, None), None, "who has seen nothing looks at everything");
        assert_eq!(told(&empty.with(touch(1)), Some(&Journal::default().seen())), None, "another look");
        let seen = empty.seen();
        let two = empty.with(touch(1)).with(touch(2));
        assert_eq!(told(&two, Some(&seen)), Some(vec![1, 2]));
        assert_eq!(told(&two, Some(&two.seen())), Some(Vec::new()));
        let full = (0..MAX_CHANGES as i64).fold(empty, |journal, fid| journal.with(touch(fid)));
        assert_eq!(told(&full, Some(&seen)).map(|told| told.len()), Some(MAX_CHANGES));
        let more = full.with(touch(-1));
        assert_eq!(told(&more, Some(&seen)), None, "the oldest is forgotten");
        assert_eq!(told(&more, Some(&full.seen())), Some(vec![-1]));
    }

    #[test]
    fn many_rows_are_forgotten_before_many_changes_but_for_those_of_the_newest() {
        let long = |rows: usize| Touch { fids: (0..rows as i64).collect(), ..touch(0) };
        let empty = Journal::default();
        let half = empty.with(long(MAX_ROWS / 2));
        let both = half.with(long(MAX_ROWS / 2));
        assert_eq!(told(&both, Some(&empty.seen())).map(|told| told.len()), Some(MAX_ROWS));
        let more = both.with(touch(-1));
        assert_eq!(told(&more, Some(&empty.seen())), None, "the oldest is forgotten");
        assert_eq!(told(&more, Some(&half.seen())).map(|told| told.len()), Some(MAX_ROWS / 2 + 1));
        let longer = more.with(long(MAX_ROWS + 1));
        assert_eq!(told(&longer, Some(&both.seen())), None);
        assert_eq!(told(&longer, Some(&more.seen())).map(|told| told.len()), Some(MAX_ROWS + 1));
    }
}
