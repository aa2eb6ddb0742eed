//! What SQLite and PostgreSQL are asked with: a session inside one transaction, values bound to a statement, cells of rows.

use std::error::Error;
use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};

use super::table::Table;
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::Shape;
use crate::store::{Row, StoreError, Unserved};
use crate::text::hex;

/// A value that is bound to a statement, never part of its text.
#[derive(Debug, Clone, Copy)]
pub enum Bind<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// The value of a field, in the form of its column.
    Value(&'a Value),
    /// A place, in the form of the table's geometry column.
    Place(&'a Shape, &'a Table),
}

impl From<i64> for Bind<'_> {
    fn from(number: i64) -> Self {
        Bind::Integer(number)
    }
}

impl From<u32> for Bind<'_> {
    fn from(number: u32) -> Self {
        Bind::Integer(i64::from(number))
    }
}

impl<'a> From<&'a str> for Bind<'a> {
    fn from(text: &'a str) -> Self {
        Bind::Text(text)
    }
}

impl<'a> From<&'a String> for Bind<'a> {
    fn from(text: &'a String) -> Self {
        Bind::Text(text)
    }
}

impl<'a> From<&'a FeatureId> for Bind<'a> {
    fn from(id: &'a FeatureId) -> Self {
        Bind::Text(id.as_str())
    }
}

impl<'a> From<&'a [u8]> for Bind<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Bind::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Bind<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Bind::Bytes(bytes)
    }
}

impl<'a> From<Option<&'a str>> for Bind<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Bind::Null, Bind::Text)
    }
}

impl<'a> From<&'a Option<String>> for Bind<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl<'a> From<&'a Option<Vec<u8>>> for Bind<'a> {
    fn from(bytes: &'a Option<Vec<u8>>) -> Self {
        bytes.as_deref().map_or(Bind::Null, Bind::Bytes)
    }
}

/// Values to be bound, in the order of the statement's `?1`, `?2`, ….
macro_rules! bound {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::sql::session::Bind::from($value)),*]
    };
}
pub(in crate::store) use bound;

/// What a cell of a row holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// Of SQLite it may be anything that calls itself text.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// Of a database that has a type for it.
    Date(NaiveDate),
    Instant(DateTime<Utc>),
}

/// A row of an answer.
pub trait Cells {
    /// # Errors
    /// What the library says where it cannot give the cell.
    fn cell(&self, at: usize) -> Result<Cell<'_>, Box<dyn Error + Send + Sync>>;
}

/// A row that a statement has found.
pub struct Found<'a> {
    cells: &'a dyn Cells,
    doing: &'a str,
}

/// What begins the text of a cell that holds none.
const MISWRITTEN: char = char::REPLACEMENT_CHARACTER;

impl<'a> Found<'a> {
    pub fn new(cells: &'a dyn Cells, doing: &'a str) -> Found<'a> {
        Found { cells, doing }
    }

    pub fn cell(&self, at: usize) -> Result<Cell<'_>, StoreError> {
        self.cells.cell(at).map_err(|cause| StoreError::Database { doing: self.doing.to_owned(), cause })
    }

    /// The cell as what it should be.
    pub fn get<T: FromCell>(&self, at: usize) -> Result<T, StoreError> {
        let cell = self.cell(at)?;
        T::from_cell(cell).ok_or_else(|| StoreError::Database {
            doing: self.doing.to_owned(),
            cause: format!("column {at} of the answer holds {cell:?}").into(),
        })
    }

    /// The text of a cell; what is none, because another program wrote it, as a text that no other has.
    pub fn text(&self, at: usize) -> Result<Option<String>, StoreError> {
        Ok(match self.cell(at)? {
            Cell::Null => None,
            Cell::Integer(number) => Some(format!("{MISWRITTEN}{number}")),
            Cell::Real(number) => Some(format!("{MISWRITTEN}{number}")),
            Cell::Text(bytes) | Cell::Bytes(bytes) => Some(match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => format!("{MISWRITTEN}{}", hex(bytes)),
            }),
            other => Some(format!("{MISWRITTEN}{other:?}")),
        })
    }

    /// The text of a cell as well as it can be read.
    pub fn readable(&self, at: usize) -> Result<Option<String>, StoreError> {
        Ok(match self.cell(at)? {
            Cell::Text(bytes) | Cell::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        })
    }
}

/// What can be read from a cell.
pub trait FromCell: Sized {
    /// `None` where the cell holds something else.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: Cell<'_>) -> Option<i64> {
        if let Cell::Integer(number) = cell { Some(number) } else { None }
    }
}

impl FromCell for u32 {
    fn from_cell(cell: Cell<'_>) -> Option<u32> {
        i64::from_cell(cell).and_then(|number| number.try_into().ok())
    }
}

impl FromCell for bool {
    fn from_cell(cell: Cell<'_>) -> Option<bool> {
        i64::from_cell(cell).map(|number| number != 0)
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell<'_>) -> Option<String> {
        let Cell::Text(bytes) = cell else { return None };
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Option<Vec<u8>> {
        if let Cell::Bytes(bytes) = cell { Some(bytes.to_vec()) } else { None }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Option<T>> {
        if cell == Cell::Null { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

/// Whether a visit goes on to the next row.
pub type Step = Result<ControlFlow<()>, StoreError>;

/// Goes on.
pub const NEXT: Step = Ok(ControlFlow::Continue(()));

/// A row that is new, with its number and id.
pub struct NewRow {
    pub fid: i64,
    pub id: FeatureId,
    pub values: Vec<Value>,
    pub shape: Option<Shape>,
}

/// The statement that writes one row with a value for each of some columns, named as SQL names them.
pub fn insertion(table: &str, columns: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = columns.iter().map(AsRef::as_ref).collect();
    let marks: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), marks.join(", "))
}

/// One transaction of a database. Statements are written once for all: bound values as `?1`, and only what SQLite and
/// PostgreSQL both understand. `doing` says in an error what was being done.
pub trait Session {
    /// Runs a statement and gives how many rows it wrote.
    fn run(&self, doing: &str, sql: &str, bound: &[Bind<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement that writes once for each list of values.
    fn run_all(&self, doing: &str, sql: &str, lists: &[Vec<Bind<'_>>]) -> Result<(), StoreError>;

    /// Writes rows into a table of ours, whose name and columns are as SQL names them.
    fn write_all(&self, doing: &str, table: &str, columns: &[&str], rows: &[Vec<Bind<'_>>]) -> Result<(), StoreError> {
        self.run_all(doing, &insertion(table, columns), rows)
    }

    /// Hands over the rows that a statement finds as they come. Other statements may be run meanwhile.
    fn visit(
        &self,
        doing: &str,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(&Found<'_>) -> Step,
    ) -> Result<(), StoreError>;

    /// As [`Session::visit`], where all of the answer is small enough to be held at once.
    fn visit_few(
        &self,
        doing: &str,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(&Found<'_>) -> Step,
    ) -> Result<(), StoreError> {
        self.visit(doing, sql, bound, each)
    }

    /// As [`Session::visit`], of rows of a collection: the statement begins as [`super::table::select`] does.
    fn rows(
        &self,
        doing: &str,
        table: &Table,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(Row) -> Step,
    ) -> Result<(), StoreError>;

    /// Whether there is a table of ours of this name.
    fn has_table(&self, name: &str) -> Result<bool, StoreError>;

    /// Makes tables of ours where they are not there yet, written as SQLite writes them. A store that made all of them at
    /// its beginning does nothing.
    fn make(&self, doing: &str, tables: &str) -> Result<(), StoreError>;

    /// Every table that can be served, and those that cannot.
    fn tables(&self) -> Result<(Vec<Table>, Vec<Unserved>), StoreError>;

    /// Makes the table of a collection.
    fn create_table(&self, collection: &Collection) -> Result<Table, StoreError>;

    /// Makes what is missing for rows of these tables to be written, and for the writing of others to be noticed.
    fn watch(&self, tables: &[Table]) -> Result<(), StoreError>;

    /// Says that the rows which are written from here on are kept by ourselves in the history, or are no more.
    fn set_keeping(&self, keeps: bool) -> Result<(), StoreError>;

    /// Forgets what nobody needs any more of which rows were touched.
    fn trim(&self) -> Result<(), StoreError>;

    /// The next number of a column that counts: it was never given.
    fn next_number(&self, table: &str, column: &str) -> Result<i64, StoreError>;

    /// Says which number is the next.
    fn set_next_number(&self, table: &str, column: &str, next: i64) -> Result<(), StoreError>;

    /// So many drafts are looked at together: each question to a server has its price.
    fn lookahead(&self) -> usize;

    /// The rows that have one of these ids.
    fn look_up(&self, table: &Table, ids: &[&FeatureId]) -> Result<Vec<Row>, StoreError>;

    /// Writes new rows, each with its entry in the history where a change is named; with its hash, where that costs less now
    /// than later ([`Session::keep_hashes`]). Ids that are taken are a conflict.
    fn insert(&self, table: &Table, change: Option<i64>, rows: &[NewRow]) -> Result<(), StoreError>;

    /// Hands over the hashes of the rows of some ids as they lie in the store ([`crate::store::chain::RowHash`]), by the
    /// place of the id in the list. Ids without a row are left out.
    fn hashes(
        &self,
        table: &Table,
        ids: &[&str],
        each: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Keeps hashes of rows with their entries in the history, by the numbers of these.
    fn keep_hashes(&self, doing: &str, of: &[(i64, &[u8])]) -> Result<(), StoreError> {
        let lists: Vec<_> = of.iter().map(|(entry, hash)| bound![*entry, *hash].to_vec()).collect();
        self.run_all(doing, "UPDATE langxanh_history SET after = ?2 WHERE rowid = ?1", &lists)
    }

    /// Told when all of a change is written, and whether places were.
    fn wrote(&self, table: &Table, has_moved: bool) -> Result<(), StoreError>;
}

impl dyn Session + '_ {
    /// What a statement finds first; it finds little.
    pub fn first<T>(
        &self,
        doing: &str,
        sql: &str,
        bound: &[Bind<'_>],
        mut read: impl FnMut(&Found<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut first = None;
        self.visit_few(doing, sql, bound, &mut |found| {
            first = Some(read(found)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(first)
    }

    /// The one number that a statement gives; 0 where it gives none.
    pub fn number(&self, doing: &str, sql: &str, bound: &[Bind<'_>]) -> Result<i64, StoreError> {
        Ok(self.first(doing, sql, bound, |found| found.get::<i64>(0))?.unwrap_or(0))
    }

    /// All that a statement finds.
    pub fn all<T>(
        &self,
        doing: &str,
        sql: &str,
        bound: &[Bind<'_>],
        mut read: impl FnMut(&Found<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.visit(doing, sql, bound, &mut |found| {
            all.push(read(found)?);
            NEXT
        })?;
        Ok(all)
    }
}
