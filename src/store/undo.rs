//! A change taken back: every row of it becomes what it was before, in one transaction, or nothing happens.

use std::cell::RefCell;
use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_128;

use super::record::{ChangeRecord, Image};
use super::{Draft, Edit, Edited, Origin, Row, Store, StoreError};
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::Shape;

/// Entries that are read at once.
const PAGE: usize = 1000;

/// Rows that a refusal names.
pub const MAX_NAMED: usize = 100;

/// Why a change is not taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error("không có thay đổi {0} / there is no change {0}")]
    NoChange(i64),
    #[error(
        "thay đổi {0} không ghi dòng nào nên không có gì để hoàn tác / change {0} wrote no row, so there is nothing to take back"
    )]
    Nothing(i64),
    #[error("bảng '{0}' không còn nữa / the table '{0}' is not there any more")]
    NoTable(String),
    /// Rows by collection and id, the first hundred of so many.
    #[error(
        "{count} dòng của thay đổi {change} đã thay đổi sau đó: {0} / {count} rows of change {change} were changed since: {0}",
        named(rows)
    )]
    ChangedSince { change: i64, rows: Vec<(String, FeatureId)>, count: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn named(rows: &[(String, FeatureId)]) -> String {
    rows.iter().map(|(collection, id)| format!("{collection}/{id}")).collect::<Vec<_>>().join(", ")
}

/// What becomes of one row.
struct Back {
    collection: usize,
    id: FeatureId,
    /// What the row must be, or its state after the change was changed since.
    after: Option<u128>,
    before: Option<Image>,
}

/// Refuses rows that may not be changed: it is asked with the collection, the row as it is and as it would be.
pub type Allowed<'a> = &'a dyn Fn(&Collection, Option<&Image>, Option<&Image>) -> Result<(), StoreError>;

fn fingerprint(values: &[Value], shape: Option<&Shape>) -> u128 {
    xxh3_128(format!("{:?}", (values, shape)).as_bytes())
}

/// Takes a change back and gives what was done. Rows that were deleted come back under their id; a kept file stays.
///
/// # Errors
/// [`UndoError`]; nothing is written then.
pub fn undo(
    store: &dyn Store,
    change: i64,
    origin: &Origin,
    allowed: Allowed<'_>,
) -> Result<(ChangeRecord, Vec<Edited>), UndoError> {
    let Some(record) = store.change(change)? else { return Err(UndoError::NoChange(change)) };
    let collections = store.collections()?;
    let rows = read(store, &record, &collections, allowed)?;
    if rows.is_empty() {
        return Err(UndoError::Nothing(record.id));
    }
    let meanwhile = RefCell::new(Vec::new());
    let mut makers: Vec<_> = rows.iter().map(|back| back.maker(&collections[back.collection], &meanwhile)).collect();
    let edits = rows.iter().zip(&mut makers).map(|(back, make)| Edit {
        collection: &collections[back.collection],
        id: Some(back.id.clone()),
        make,
    });
    let edited = store.edit(edits.collect(), origin);
    let rows = meanwhile.take();
    match edited {
        Err(_) if !rows.is_empty() => Err(UndoError::ChangedSince { change: record.id, count: rows.len(), rows }),
        edited => Ok((record, edited?)),
    }
}

impl Back {
    /// What makes the row what it was, where nobody has changed it since.
    fn maker<'a>(
        &'a self,
        collection: &'a Collection,
        meanwhile: &'a RefCell<Vec<(String, FeatureId)>>,
    ) -> impl FnMut(Option<&Row>) -> Result<Option<Draft>, StoreError> + 'a {
        move |row| {
            if row.map(|row| fingerprint(&row.values, row.shape.as_ref())) != self.after {
                meanwhile.borrow_mut().push((collection.id.clone(), self.id.clone()));
                return Err(StoreError::Stopped(format!(
                    "{0}/{1} vừa bị thay đổi / {0}/{1} was changed meanwhile",
                    collection.id, self.id
                )));
            }
            let draft = |image: &Image| {
                let (values, shape) = image.clone();
                Draft { id: Some(self.id.clone()), values, shape }
            };
            Ok(self.before.as_ref().map(draft))
        }
    }
}

/// The rows of a change with their state before its first entry and after its last.
fn read(
    store: &dyn Store,
    record: &ChangeRecord,
    collections: &[Collection],
    allowed: Allowed<'_>,
) -> Result<Vec<Back>, UndoError> {
    let mut rows: Vec<Back> = Vec::new();
    let mut known: HashMap<(usize, FeatureId), usize> = HashMap::new();
    let mut stands: Vec<bool> = Vec::new();
    let mut behind = None;
    loop {
        let page = store.entries(record.id, behind, PAGE)?;
        let Some(last) = page.last() else { break };
        behind = Some(last.number);
        for entry in page {
            let collection = collections.iter().position(|collection| collection.id == entry.collection);
            let collection = collection.ok_or_else(|| UndoError::NoTable(entry.collection.clone()))?;
            allowed(&collections[collection], entry.after.as_ref(), entry.before.as_ref())?;
            let after = entry.after.as_ref().map(|(values, shape)| fingerprint(values, shape.as_ref()));
            match known.get(&(collection, entry.id.clone())) {
                Some(at) => {
                    rows[*at].after = after;
                    stands[*at] = entry.stands;
                }
                None => {
                    known.insert((collection, entry.id.clone()), rows.len());
                    stands.push(entry.stands);
                    rows.push(Back { collection, id: entry.id, after, before: entry.before });
                }
            }
        }
    }
    let changed = rows.iter().zip(&stands).filter(|(_, stands)| !**stands);
    let changed: Vec<_> = changed.map(|(back, _)| (collections[back.collection].id.clone(), back.id.clone())).collect();
    if !changed.is_empty() {
        let count = changed.len();
        let rows = changed.into_iter().take(MAX_NAMED).collect();
        return Err(UndoError::ChangedSince { change: record.id, rows, count });
    }
    // Made and deleted within the change.
    rows.retain(|back| back.after.is_some() || back.before.is_some());
    Ok(rows)
}
