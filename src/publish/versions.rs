//! Entries of the history as people are shown them: features before and after, and what differs between the two.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::collection::Builder;
use crate::domain::{Collection, FeatureId};
use crate::store::record::{Entry, Image};
use crate::store::{Row, Store, StoreError};

/// An entry with its row as GeoJSON on both sides.
#[derive(Debug, Clone)]
pub struct ToldEntry {
    pub entry: Entry,
    pub before: Option<Json>,
    pub after: Option<Json>,
    /// Names of the properties that differ, and `geometry`. Of a row that was added or deleted, those that it has.
    pub changed: Vec<String>,
}

/// Tells entries. Their rows come in the form of published items, without derived properties: those belong to a day.
///
/// # Errors
/// What the store says; when a place cannot be transformed.
pub fn told(store: &dyn Store, entries: Vec<Entry>) -> Result<Vec<ToldEntry>, StoreError> {
    let declarations = store.collections()?;
    let mut images: BTreeMap<&str, Vec<(&FeatureId, &Image)>> = BTreeMap::new();
    for entry in &entries {
        for image in [&entry.before, &entry.after].into_iter().flatten() {
            images.entry(&entry.collection).or_default().push((&entry.id, image));
        }
    }
    let mut features: BTreeMap<String, std::vec::IntoIter<Json>> = BTreeMap::new();
    for (id, images) in images {
        if let Some(declared) = declarations.iter().find(|declared| declared.id == id) {
            features.insert(id.to_owned(), self::features(declared, images)?.into_iter());
        }
    }
    let tell = |entry: Entry| {
        let mut feature = |image: &Option<Image>| {
            image.as_ref()?;
            features.get_mut(&entry.collection)?.next()
        };
        let (before, after) = (feature(&entry.before), feature(&entry.after));
        let declared = declarations.iter().find(|declared| declared.id == entry.collection);
        let changed = declared.map(|declared| changed(declared, &entry)).unwrap_or_default();
        ToldEntry { before, after, changed, entry }
    };
    Ok(entries.into_iter().map(tell).collect())
}

/// The GeoJSON of rows, which may be one row at several times.
fn features(declared: &Collection, images: Vec<(&FeatureId, &Image)>) -> Result<Vec<Json>, StoreError> {
    let stored = Collection { fields: declared.stored_fields().cloned().collect(), ..declared.clone() };
    let count = images.len() as u32;
    let mut builder = Builder::new(stored);
    for (fid, (id, (values, shape))) in (1..).zip(images) {
        builder.push(Row { fid, id: id.clone(), values: values.clone(), shape: shape.clone() })?;
    }
    let published = builder.finish()?;
    let broken = |e: serde_json::Error| StoreError::Stopped(format!("a feature of '{}' is no JSON: {e}", declared.id));
    (0..count).map(|row| serde_json::from_slice(&published.feature(row)).map_err(broken)).collect()
}

fn changed(declared: &Collection, entry: &Entry) -> Vec<String> {
    let none = (Vec::new(), None);
    let (before, after) = (entry.before.as_ref().unwrap_or(&none), entry.after.as_ref().unwrap_or(&none));
    let value = |image: &Image, at: usize| image.0.get(at).filter(|value| !value.is_null()).cloned();
    let fields = declared.stored_fields().enumerate();
    let differing = fields.filter(|(at, _)| value(before, *at) != value(after, *at));
    let mut changed: Vec<String> = differing.map(|(_, field)| field.name.clone()).collect();
    if before.1 != after.1 {
        changed.push("geometry".to_owned());
    }
    changed
}
