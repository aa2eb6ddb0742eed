//! Where registers live: one trait, a GeoPackage or a PostGIS database behind it, one in-memory double for tests.
//!
//! A store keeps rows and the history of their changes; it knows no rules, no requests and no JSON. Calls block and belong
//! on a thread of their own, never on the async runtime. What differs between backends must not show through the trait.

pub mod among;
pub mod chain;
pub mod commit;
pub mod gpkg;
pub mod hashing;
pub mod health;
pub mod memory;
mod moving;
pub mod place;
pub mod postgis;
pub mod record;
pub mod remote;
pub mod slow;
pub mod sql;
pub mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Digest, Proposal, ProposalState, Proposed, User, Users};
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::Shape;
use crate::text::{en, vi};
use among::{Among, Scope};
use chain::Piece;
use commit::Commit;
use health::Health;
use record::{ChainHead, ChangeFilter, ChangeRecord, Entry, QuarterAct, SignOff, Verdict};

/// What goes wrong in a store, told so that its keeper can act on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {} / {path}: {}", vi(reason), en(reason))]
    Open { path: PathBuf, reason: String },
    #[error("kho không đúng như khai báo: {} / the store is not as declared: {}", vi(.0), en(.0))]
    Schema(String),
    #[error(
        "tập dữ liệu '{collection}', dòng {fid}: {} / collection '{collection}', row {fid}: {}",
        vi(reason),
        en(reason)
    )]
    Row { collection: String, fid: i64, reason: String },
    #[error("kho không có tập dữ liệu '{0}' / there is no collection '{0}' in the store")]
    NoCollection(String),
    #[error(
        "tập dữ liệu '{collection}' đã có đối tượng mã '{id}': muốn sửa, hãy chọn cách ghi bổ sung và cập nhật (--mode upsert) / collection '{collection}' already has a feature with the id '{id}': use --mode upsert to change it"
    )]
    Conflict { collection: String, id: String },
    #[error("kho này chỉ đọc: {} / this store is read-only: {}", vi(.0), en(.0))]
    ReadOnly(String),
    #[error(
        "kho đang được chương trình khác dùng: hãy kết thúc chỉnh sửa ở đó (trong QGIS: lưu rồi tắt chỉnh sửa) và thử lại / the store is in use by another program while {0}: end what it writes (in QGIS: save and stop editing) and try again"
    )]
    Busy(String),
    /// A change speaks of a time that was signed off.
    #[error(
        "{collection}/{id}: {field} ghi {day}, mà {quarter} đã được {who} ký ngày {at}; phải mở lại trước / {collection}/{id}: {field} says {day}, and {quarter} was signed off by {who} on {at}; it has to be reopened first",
        quarter = sign_off.quarter, who = sign_off.who, at = sign_off.at.format("%Y-%m-%d %H:%M UTC")
    )]
    Frozen { collection: String, id: String, field: &'static str, day: NaiveDate, sign_off: Box<SignOff> },
    /// A quarter cannot be signed off or reopened as it stands.
    #[error("{0}")]
    Quarter(String),
    #[error(
        "đĩa đã đầy: chưa ghi gì; hãy dọn chỗ rồi thử lại / there is no room left on the disk while {0}: nothing of it was written; make room and try again"
    )]
    Full(String),
    /// The database is not there, or not any more: what was being written may or may not be kept.
    #[error(
        "không kết nối được cơ sở dữ liệu: {}; hãy thử lại / the database cannot be reached while {doing}: {}; try again",
        vi(reason),
        en(reason)
    )]
    Unreachable { doing: String, reason: String },
    #[error("không lưu được: {} / it cannot be kept, while {doing}: {}", vi(reason), en(reason))]
    Unfit { doing: String, reason: String },
    #[error("kho bị lỗi: {cause} / the store failed while {doing}: {cause}")]
    Database { doing: String, cause: Box<dyn Error + Send + Sync> },
    /// What the caller's own closure or iterator said while rows were read or written.
    #[error("{0}")]
    Stopped(String),
}

impl StoreError {
    /// Whether the same may go well in a moment.
    pub fn passes(&self) -> bool {
        matches!(self, StoreError::Busy(_) | StoreError::Unreachable { .. })
    }
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

/// Who stands in the history for a program that did not say its name.
pub const ANOTHER_PROGRAM: &str = "another program";

/// A picture to be put to a feature.
pub struct NewAttachment<'a> {
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
    /// Its content, with the hash and the name that it is shown under.
    pub source: SourceFile<'a>,
}

/// A picture that belongs to a feature, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Under which its content is kept, see [`Store::source`].
    pub sha256: String,
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    pub width: u32,
    pub height: u32,
    /// When and by whom it was put there.
    pub at: DateTime<Utc>,
    pub who: String,
    /// When and by whom it was taken away. Its content stays: history is kept.
    pub removed: Option<(DateTime<Utc>, String)>,
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

/// Proposals that are listed at the most.
pub const MAX_PROPOSALS: usize = 1000;

/// Proposals of one user that may wait at a time.
pub const MAX_OPEN_PROPOSALS: usize = 200;

/// What is said to a user with too many of them.
fn too_many_open() -> StoreError {
    StoreError::Stopped(format!("{MAX_OPEN_PROPOSALS} of your proposals wait already: have some of them decided first"))
}

/// A token to be kept for a user: its hash, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub digest: Digest,
    pub made_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

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

    /// What instances that share the store call its state; `None` where one instance has it for itself.
    fn commit(&self) -> Result<Option<Commit>, StoreError> {
        Ok(None)
    }

    /// The mark of the store as it is; `None` where it cannot tell what changes from here on.
    fn mark(&self) -> Result<Option<Mark>, StoreError>;

    /// The rows that were touched since a mark, by whoever. `None` where that is not known, because a table was made or
    /// altered or because it is too long ago: then everything has to be read.
    fn changes_since(&self, mark: &Mark) -> Result<Option<Changes>, StoreError>;

    /// The tables that rows were touched of since a mark, by whoever, whether or not a table was made or altered since. `None`
    /// where that is not known.
    fn tables_touched_since(&self, _: &Mark) -> Result<Option<BTreeSet<String>>, StoreError> {
        Ok(None)
    }

    /// What holds the rows of each table: another number whenever they may have been exchanged as a whole, which no mark tells of.
    /// Tables of which that is not known are left out.
    fn table_files(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        Ok(BTreeMap::new())
    }

    /// Waits until somebody has changed the store, so long at the most, and tells whether somebody has. `None`, at once,
    /// where the store cannot tell and has to be asked for its version. `seen` is how far the caller has come: 0 at first.
    fn wait_for_change(&self, _seen: &mut u64, _at_most: Duration) -> Option<bool> {
        None
    }

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

    /// As [`Store::scan`], of some rows alone. A store that has them at hand reads no others.
    fn scan_among(
        &self,
        collection: &Collection,
        among: &Among,
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan(collection, &mut |row| if among.has(collection, &row) { each(row) } else { Ok(()) })
    }

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

    /// Puts a picture to a feature, durably. One that it has already stays as it is.
    fn attach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        new: NewAttachment<'_>,
        origin: &Origin,
    ) -> Result<Attachment, StoreError>;

    /// Takes a picture away from a feature, durably; false where it has none such.
    fn detach(
        &self,
        collection: &Collection,
        id: &FeatureId,
        sha256: &str,
        origin: &Origin,
    ) -> Result<bool, StoreError>;

    /// All pictures that a feature has or had, the oldest first.
    fn attachments(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError>;

    /// The history of one feature, oldest first.
    fn history(&self, collection: &Collection, id: &FeatureId) -> Result<Vec<Version>, StoreError>;

    /// The histories of features of a collection, of all or of some, that were changed or deleted after they were made, each
    /// oldest first.
    fn histories(
        &self,
        collection: &Collection,
        of: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError>;

    /// Changes of the store, newest first, or oldest first where those behind one are asked for. Several changes of one transaction are one.
    fn changes(&self, _: &ChangeFilter) -> Result<Vec<ChangeRecord>, StoreError> {
        Ok(Vec::new())
    }

    /// The change of an id, or the one that the change of this id is a part of.
    fn change(&self, _: i64) -> Result<Option<ChangeRecord>, StoreError> {
        Ok(None)
    }

    /// Rows of a change in the order in which they were written, those behind the entry of a number, so many at the most.
    fn entries(&self, _change: i64, _behind: Option<i64>, _limit: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    /// The history of a feature, newest first, what stands before the entry of a number, so many at the most.
    fn versions(
        &self,
        _: &Collection,
        _: &FeatureId,
        _before: Option<i64>,
        _limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    /// Hands over the rows of a collection as they were recorded at a moment, in ascending `fid`. The numbers of rows that are
    /// not there any more are made up.
    fn scan_at(
        &self,
        collection: &Collection,
        _at: DateTime<Utc>,
        _each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        Err(StoreError::NoCollection(collection.id.clone()))
    }

    /// Every sign-off and reopening of a quarter, oldest first.
    fn quarter_acts(&self) -> Result<Vec<QuarterAct>, StoreError> {
        Ok(Vec::new())
    }

    /// Signs a quarter off or reopens it, as durably as [`Store::apply_all`]. The number of the act and its time are set by
    /// the store. From a sign-off on nothing is written any more that speaks of the time up to its last day.
    ///
    /// # Errors
    /// [`StoreError::Quarter`] where the act may not follow those before.
    fn record_quarter(&self, _: QuarterAct) -> Result<QuarterAct, StoreError> {
        Err(StoreError::ReadOnly("it keeps no sign-offs".to_owned()))
    }

    /// Seals what other programs changed since the last change of ours; tells whether there was something.
    fn seal(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Hands over the chain with all it seals, of one state of the store; gives its end, nothing where there is no chain.
    fn audit(&self, _: &mut dyn FnMut(Piece) -> Result<(), StoreError>) -> Result<Option<ChainHead>, StoreError> {
        Ok(None)
    }

    /// Recomputes the chain and holds the registers against it; nothing where there is no chain. `known` is number and hash
    /// of a link that was exported before and has to be in it.
    fn verify(&self, _known: Option<(i64, &str)>) -> Result<Option<Verdict>, StoreError> {
        Ok(None)
    }

    /// Everybody on record, with the hashes of their tokens; nobody in a store that is not ours.
    fn users(&self) -> Result<Users, StoreError> {
        Ok(Users::default())
    }

    /// Puts a user on record, or changes what he was granted, and adds a token, whose number it gives.
    fn put_user(&self, _: &User, _: Option<&NewToken>) -> Result<Option<i64>, StoreError> {
        Err(keeps_nobody())
    }

    /// Takes a user off the record with all his tokens; false where there is none of the name.
    fn remove_user(&self, _name: &str) -> Result<bool, StoreError> {
        Err(keeps_nobody())
    }

    /// Takes one token of a user off the record; false where he has none of the number.
    fn revoke_token(&self, _user: &str, _id: i64) -> Result<bool, StoreError> {
        Err(keeps_nobody())
    }

    /// The newest change that each receiver of messages needs to be told of no more, by the receiver's name.
    fn told(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        Ok(BTreeMap::new())
    }

    /// Notes that a receiver needs to be told of no change up to this one. What was noted is never taken back.
    fn set_told(&self, _receiver: &str, _change: i64) -> Result<(), StoreError> {
        Err(keeps_nobody())
    }

    /// Stands from now on for what one instance does for all that share the store; another takes over when it is gone.
    fn stand_for_duty(&self) {}

    /// Whether this instance does at the moment what one does for all. It is always so where nobody else can.
    fn is_on_duty(&self) -> bool {
        true
    }

    /// How the database is, where the store lies in one. Waits for servers that are slow, some seconds at the most.
    fn health(&self) -> Option<Health> {
        None
    }

    /// Keeps a proposal and gives its number; refuses it where [`MAX_OPEN_PROPOSALS`] of its author wait.
    fn propose(&self, _: &Proposed) -> Result<i64, StoreError> {
        Err(keeps_nobody())
    }

    /// The newest [`MAX_PROPOSALS`] proposals without their edits, the newest first, in one state or in all.
    fn proposals(&self, _: Option<ProposalState>) -> Result<Vec<Proposal>, StoreError> {
        Ok(Vec::new())
    }

    /// The proposal of a number.
    fn proposal(&self, _id: i64) -> Result<Option<Proposal>, StoreError> {
        Ok(None)
    }

    /// Closes an open proposal; false where none of the number is open.
    fn decide_proposal(
        &self,
        _id: i64,
        _state: ProposalState,
        _by: &str,
        _note: Option<&str>,
    ) -> Result<bool, StoreError> {
        Err(keeps_nobody())
    }
}

fn keeps_nobody() -> StoreError {
    StoreError::ReadOnly("it keeps no users".to_owned())
}
