//! Rows that stay in the database: asked for when somebody asks, and never read whole.
//!
//! Beside [`super::Store`], whose calls block and which writes, this is the way to read a collection that is too large for
//! a snapshot. Conditions come as SQL with bound values ([`crate::filter::sql`], [`crate::query::sql`]); what comes back are
//! rows as the store has them. Reads have connections of their own, each statement a time in which it must end, and a
//! caller that is dropped takes its statement with it.

pub mod postgres;

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::Row;
use crate::domain::Collection;
use crate::filter::sql::Sql;
use crate::geom::Envelope;
use crate::text::{en, vi};

/// What is not there yet.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, RemoteError>> + Send + 'a>>;

/// Rows on their way, piece by piece.
pub struct Walk(mpsc::Receiver<Result<Vec<Row>, RemoteError>>);

impl Walk {
    /// One whose last piece is an empty one.
    pub fn new(pieces: mpsc::Receiver<Result<Vec<Row>, RemoteError>>) -> Walk {
        Walk(pieces)
    }

    /// The next piece; `None` behind the last one.
    ///
    /// # Errors
    /// What the database says, and that the reading broke off before its end.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, RemoteError> {
        let broken = || RemoteError::Lost("reading broke off".to_owned());
        let piece = self.0.recv().await.ok_or_else(broken)??;
        Ok(Some(piece).filter(|rows| !rows.is_empty()))
    }
}

/// Why the database gave no rows.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoteError {
    #[error("mọi kết nối tới cơ sở dữ liệu đang bận / all connections to the database are in use")]
    Busy,
    #[error("cơ sở dữ liệu trả lời quá lâu / the database took longer than it may")]
    TooLong,
    #[error("không kết nối được cơ sở dữ liệu: {0} / the database cannot be reached: {0}")]
    Lost(String),
    #[error("tập dữ liệu '{collection}': {} / collection '{collection}': {}", vi(reason), en(reason))]
    Row { collection: String, reason: String },
    #[error("cơ sở dữ liệu từ chối: {} / the database refused {doing}: {}", vi(reason), en(reason))]
    Refused { doing: String, reason: String },
}

/// The column with the number of a row, and the one with its public id.
pub const FID: &str = "fid";
pub const ID: &str = "id";

/// Rows that are asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub collection: Arc<Collection>,
    /// Without one all rows.
    pub condition: Option<Sql>,
    /// What stands behind ORDER BY; without it rows come as the database finds them.
    pub order: Option<Sql>,
    /// At most so many.
    pub limit: Option<usize>,
    /// The fields whose values are wanted, by name; others come as null. Without it all.
    pub fields: Option<Vec<String>>,
    /// Whether the same is asked again and again with other values and any plan of it is as good: it is prepared once on
    /// each connection.
    pub is_usual: bool,
}

/// What a collection is as a whole, found by one walk through its table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Described {
    pub rows: u64,
    /// Around all places, in the system of storage.
    pub extent: Option<Envelope>,
    /// Whether it holds rows without a geometry.
    pub has_null_places: bool,
    /// Whether it holds geometries without any point.
    pub has_empty_places: bool,
    /// The number under which the database knows the system of its places.
    pub srid: i32,
    /// The first row that has a value of each field, in the order of the declaration.
    pub first_with: Vec<Option<i64>>,
    /// When the first of its rows begins to hold and the last ends, in milliseconds; an open end is `None`.
    pub time: Option<(Option<i64>, Option<i64>)>,
}

/// A database that is asked for rows.
pub trait Remote: Send + Sync {
    /// From here on no answer comes from a replica that has not come as far as this version of the store.
    fn not_before(&self, _version: i64) {}

    /// Whether the table of a collection has more rows than this: told without counting all of them.
    fn has_more_than<'a>(&'a self, collection: &'a Collection, rows: u64) -> Later<'a, bool>;

    /// What a collection is as a whole. Takes as long as reading it.
    fn describe<'a>(&'a self, collection: &'a Collection) -> Later<'a, Described>;

    /// Rows in their order, in one piece.
    fn rows(&self, wanted: Wanted) -> Later<'_, Vec<Row>>;

    /// How many rows meet a condition; `None` where they are more than `most`, or are expected to be far more.
    fn count<'a>(&'a self, collection: &'a Collection, condition: Option<Sql>, most: u64) -> Later<'a, Option<u64>>;

    /// Rows in their order, piece by piece out of one state of the database, each read when the one before was taken.
    fn stream(&self, wanted: Wanted) -> Later<'_, Walk>;
}
