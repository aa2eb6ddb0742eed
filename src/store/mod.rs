//! Where registers live: one trait, one GeoPackage behind it, one in-memory double for tests.
//!
//! A store keeps rows and the history of their changes; it knows no rules, no requests and no JSON. Calls block and belong
//! on a thread of their own, never on the async runtime. What differs between backends must not show through the trait.

pub mod gpkg;
pub mod memory;

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::domain::{Collection, FeatureId, Value};
use crate::geom::Shape;

/// What goes wrong in a store, told so that its keeper can act on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {reason}")]
    Open { path: PathBuf, reason: String },
    #[error("the store is not as declared: {0}")]
    Schema(String),
    #[error("collection '{collection}', row {fid}: {reason}")]
    Row { collection: String, fid: i64, reason: String },
    #[error("there is no collection '{0}' in the store")]
    NoCollection(String),
    #[error("collection '{collection}' already has a feature with the id '{id}': use --mode upsert to change it")]
    Conflict { collection: String, id: String },
    #[error("this store is read-only: {0}")]
    ReadOnly(String),
    #[error(
        "the store is in use by another program while {0}: end what it writes (in QGIS: save and stop editing) and try again"
    )]
    Busy(String),
    #[error("the store failed while {doing}: {cause}")]
    Database { doing: String, cause: rusqlite::Error },
    /// What the caller's own closure or iterator said while rows were read or written.
    #[error("{0}")]
    Stopped(String),
}

/// A stored row. `fid` is its number in the store: ascending, unique, never reused; `values` stand in the order of
/// [`Collection::stored_fields`]; `shape` is in the storage CRS.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub fid: i64,
    pub id: FeatureId,
    pub values: Vec<Value>,
    pub shape: Option<Shape>,
}

/// A row to be written. Without an id it gets its row number as id.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub id: Option<FeatureId>,
    pub values: Vec<Value>,
    pub shape: Option<Shape>,
}

/// How drafts meet rows that are already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every draft is new; an id that is taken is a conflict.
    Append,
    /// A draft whose id is known changes that row, others are new.
    Upsert,
    /// As upsert, and rows whose id is not among the drafts are deleted.
    Replace,
}

/// Who changed what and why, kept with every change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The user or program that acts.
    pub who: String,
    /// What was done, e.g. `import clusters.shp`.
    pub what: String,
    /// What the user says of it, in the user's own words.
    pub why: Option<String>,
}

/// One change: all of it is written, with its history, or none.
pub struct Change<'a> {
    /// Made in the store if it is not there yet.
    pub collection: &'a Collection,
    pub mode: Mode,
    /// An error ends the change with nothing written.
    pub drafts: &'a mut dyn Iterator<Item = Result<Draft, StoreError>>,
    pub origin: Origin,
}

/// Tells of a row of a collection whether a change may delete it.
pub type Scope<'a> = &'a dyn Fn(&Collection, &Row) -> bool;

/// Several changes: all of them are written, with their history and the file they were made of, or none.
#[derive(Default)]
pub struct Batch<'a> {
    pub changes: Vec<Change<'a>>,
    /// Which rows a change in [`Mode::Replace`] may delete; all of its collection where nothing is said.
    pub replaces: Option<Scope<'a>>,
    pub source: Option<SourceFile<'a>>,
}

/// Gets a row as it is inside the transaction, `None` where there is none, and says what it shall be: `None` deletes it, or
/// leaves nothing where nothing is. An error ends all edits with nothing written.
pub type Make<'a> = &'a mut dyn FnMut(Option<&Row>) -> Result<Option<Draft>, StoreError>;

/// An edit of one row: what is there is shown, what it shall be is said.
pub struct Edit<'a> {
    pub collection: &'a Collection,
    /// Without one a new row is made. It gets the id of its draft; one without gets its row number, or the next that was
    /// never the id of a feature. With one, the id of the draft is ignored: a row keeps its id.
    pub id: Option<FeatureId>,
    pub make: Make<'a>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    pub id: FeatureId,
    /// `None` where nothing changed.
    pub operation: Option<Operation>,
    /// The row as it is now.
    pub row: Option<Row>,
    /// The change that holds it in the history; `None` where nothing changed.
    pub change_id: Option<i64>,
}

/// A file that is kept beside the rows that were made of it. One that is kept already is not written again.
pub struct SourceFile<'a> {
    /// The hash of its content, 64 hexadecimal digits: the name under which it is found.
    pub sha256: String,
    /// As its keeper named it, without folders.
    pub name: String,
    /// An error while reading ends the batch with nothing written.
    pub content: &'a mut dyn Read,
}

/// What is known of a kept file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    pub sha256: String,
    pub name: String,
    pub bytes: u64,
    pub kept_at: DateTime<Utc>,
}

/// So many bytes of a kept file are read and written at once.
pub const SOURCE_PIECE: usize = 1 << 20;

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    pub inserted: u64,
    pub updated: u64,
    /// Drafts that were equal to the row they met.
    pub unchanged: u64,
    pub deleted: u64,
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Insert,
    Update,
    Delete,
}

/// One entry of a row's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub change_id: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    pub operation: Operation,
    pub origin: Origin,
    /// The row as it was before; `None` for an insert.
    pub before: Option<(Vec<Value>, Option<Shape>)>,
}

/// How far the changes of a store are known. Only the store that gave it can go on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Changes whenever a table is made or altered.
    schema: i64,
    /// Number of the newest entry of the journal.
    newest: i64,
}

/// A row that may have changed since a mark, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Touched {
    pub collection: String,
    pub fid: i64,
    /// `None` where there is no such row any more.
    pub row: Option<Row>,
}

/// What may have changed since a mark: all of one state of the store, each row once, in no particular order.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The mark of the state that was read.
    pub mark: Mark,
    pub rows: Vec<Touched>,
}

/// A table that is there and cannot be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unserved {
    pub table: String,
    pub reason: String,
}

/// So many entries of the journal are kept and handed over; whoever is further behind reads everything.
pub const MAX_TOUCHED: usize = 20_000;

/// Reads the next piece of a file to be kept; nothing at its end.
fn piece(content: &mut dyn Read, into: &mut Vec<u8>) -> Result<(), StoreError> {
    into.clear();
    let read = content.take(SOURCE_PIECE as u64).read_to_end(into);
    read.map(|_| ()).map_err(|error| StoreError::Stopped(format!("the file to be kept cannot be read: {error}")))
}

/// Registers and their history. Every backend does all of it.
pub trait Store: Send + Sync {
    /// The collections that are held, each with the fields and the CRS that its table really has.
    fn collections(&self) -> Result<Vec<Collection>, StoreError>;

    /// The tables that the last call of [`Store::collections`] left out, because they cannot even be described.
    fn unserved(&self) -> Vec<Unserved> {
        Vec::new()
    }

    /// A number that differs from an earlier one whenever a row may have changed since, by whoever.
    fn version(&self) -> Result<i64, StoreError>;

    /// The mark of the store as it is; `None` where it cannot tell what changes from here on.
    fn mark(&self) -> Result<Option<Mark>, StoreError>;

    /// The rows that were touched since a mark, by whoever. `None` where that is not known, because a table was made or
    /// altered or because it is too long ago: then everything has to be read.
    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError>;

    /// Hands over every row of a collection in ascending `fid`, all of one state of the store.
    fn scan(
        &self,
        collection: &Collection,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Row numbers between which all rows lie; `None` where the store does not know them or there are none: then one scan
    /// is the way to read them.
    fn row_numbers(&self, collection: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError>;

    /// As [`Store::scan`], of the rows with these numbers alone. Scans of different stretches may see different states of the
    /// store if it is written to meanwhile.
    fn scan_between(
        &self,
        collection: &Collection,
        fids: RangeInclusive<i64>,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Writes a batch durably: when this returns, it survives the death of the process and of the machine. Tells what each
    /// change did, in their order.
    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError>;

    /// Writes one change as [`Store::apply_all`] does.
    fn apply(&self, change: Change<'_>) -> Result<Applied, StoreError> {
        let applied = self.apply_all(Batch { changes: vec![change], ..Batch::default() })?;
        Ok(applied.first().copied().unwrap_or_default())
    }

    /// Edits rows one after the other, all of them or none, as durably as [`Store::apply_all`]. What is edited of a collection
    /// is one change of its history, however many rows it is; nothing is written where nothing changes. Tells what became
    /// of each row, in their order.
    ///
    /// # Errors
    /// What an edit says itself; a conflict where a new row asks for an id that is taken. Nothing is written then.
    fn edit(&self, edits: Vec<Edit<'_>>, origin: &Origin) -> Result<Vec<Edited>, StoreError>;

    /// The row of an id as it was last committed.
    fn find(&self, collection: &Collection, id: &FeatureId) -> Result<Option<Row>, StoreError>;

    /// The ids of rows whose field holds a text, so many at the most, as they were last committed.
    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError>;

    /// Hands over the content of a kept file piece by piece; `None` where no such file is kept.
    fn source(
        &self,
        sha256: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError>;

    /// The history of one feature, oldest first.
    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError>;

    /// The histories of features of a collection, of all or of some, that were changed or deleted after they were made, each
    /// oldest first.
    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError>;
}
