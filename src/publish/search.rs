//! Search for names across all collections, best first.

use super::Snapshot;
use super::collection::PublishedCollection;
use crate::text::{collation_key, nfc};

/// A feature whose name has all the words.
pub struct Hit<'a> {
    pub collection: &'a PublishedCollection,
    pub row: u32,
    /// What people call it; its id where it has no name.
    pub name: String,
    /// 0 where the words are the whole name, 1 where they begin it, 2 where they stand in it, 3 where they stand apart.
    pub distance: u8,
    /// Whether the name has the words with the very diacritics that were typed.
    pub is_as_typed: bool,
}

impl Snapshot {
    /// The best `limit` features whose names have all the words, and how many there are in all. `typed` is what the
    /// person wrote, `words` its search keys.
    pub fn search(&self, typed: &str, words: &[String], limit: usize) -> (Vec<Hit<'_>>, usize) {
        let typed = nfc(typed.trim()).to_lowercase();
        let mut hits: Vec<Hit<'_>> = Vec::new();
        for collection in
            self.collections.iter().filter(|collection| collection.has_names() && collection.remote.is_none())
        {
            for (row, distance) in collection.named(words) {
                let name = collection.name(row).unwrap_or_else(|| collection.id(row).to_owned());
                let is_as_typed = nfc(&name).to_lowercase().contains(&typed);
                hits.push(Hit { collection, row, name, distance, is_as_typed });
            }
        }
        let matched = hits.len();
        // Short names first among equals: there the words are most of the name.
        hits.sort_by_cached_key(|hit| {
            (hit.distance, !hit.is_as_typed, hit.name.chars().count(), collation_key(&hit.name))
        });
        hits.truncate(limit);
        (hits, matched)
    }

    /// Collections with names that no search looks into, because they stay in the database.
    pub fn unsearched(&self) -> impl Iterator<Item = &str> {
        let unsearched =
            self.collections.iter().filter(|collection| collection.remote.is_some() && collection.has_names());
        unsearched.map(|collection| collection.declaration.id.as_str())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::compliance::Standards;
    use crate::domain::{FeatureId, Value, catalog};
    use crate::publish::publish;
    use crate::store::memory::MemoryStore;
    use crate::store::{Change, Draft, Mode, Origin, Store};

    fn store(names: &[(&str, &str)]) -> Snapshot {
        let store = MemoryStore::default();
        for (id, name) in names {
            let collection = catalog::collection("craft_villages").unwrap();
            let mut values = vec![Value::Null; collection.stored_fields().count()];
            values[collection.field("name_vi").unwrap().0] = Value::from(*name);
            let draft = Draft { id: Some(FeatureId::parse(id).unwrap()), values, shape: None };
            let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
            let drafts = &mut std::iter::once(Ok(draft));
            store.apply(Change { collection, mode: Mode::Append, drafts, origin }).unwrap();
        }
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        publish(&store, &Arc::new(Standards::bundled().unwrap()), day).unwrap()
    }

    #[test]
    fn the_whole_name_comes_first_and_then_what_was_typed_with_its_marks() {
        let snapshot = store(&[
            ("a", "Làng nghề mộc Dương Liễu"),
            ("b", "Dương Liêu"),
            ("c", "Dương Liễu"),
            ("d", "Dương Liễu 2"),
            ("e", "Liễu Dương"),
            ("f", "Vạn Phúc"),
        ]);
        let found = |typed: &str| {
            let words: Vec<String> = crate::text::fold(typed).split(' ').map(str::to_owned).collect();
            let (hits, matched) = snapshot.search(typed, &words, 10);
            assert_eq!(hits.len(), matched);
            hits.iter().map(|hit| hit.collection.id(hit.row).to_owned()).collect::<Vec<_>>().concat()
        };
        assert_eq!(found("dương liễu"), "cbdae");
        assert_eq!(found("duong lieu"), "bcdae", "typed without marks, letters decide");
        assert_eq!(found("phuc"), "f");
        assert_eq!(found("nothing"), "");
    }
}
