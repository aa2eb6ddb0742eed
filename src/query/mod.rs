//! What a client may ask of the items of a collection, fully typed and independent of any collection's storage.
//!
//! Texts die here: parsing names what is wrong in a sentence and leaves no string behind.

pub mod bbox;
pub mod cursor;
pub mod datetime;
pub mod rendering;
pub mod sort;
pub mod sql;

pub use bbox::Bbox;
pub use cursor::{After, Cursor};
pub use datetime::Interval;
pub use rendering::Rendering;
pub use sort::{SortBy, SortKey, SortPoint};

use std::sync::Arc;

use crate::domain::Value;
use crate::filter::Filter;

/// Items of one collection: which, how many, and from where on.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemsQuery {
    /// At most so many features on the page; at least 1.
    pub limit: usize,
    pub bbox: Option<Bbox>,
    pub datetime: Option<Interval>,
    /// Field position and the value it must equal.
    pub equals: Vec<(usize, Value)>,
    /// Words that the names must have, as search keys.
    pub words: Vec<String>,
    /// Most significant first; empty for the order of the row numbers.
    pub sort: Vec<SortBy>,
    /// What must be true besides.
    pub filter: Option<Arc<Filter>>,
    /// Where the page before this one ended.
    pub after: Option<Cursor>,
}

impl ItemsQuery {
    /// The first `limit` items, unfiltered.
    pub fn first(limit: usize) -> ItemsQuery {
        ItemsQuery {
            limit,
            bbox: None,
            datetime: None,
            equals: Vec::new(),
            words: Vec::new(),
            sort: Vec::new(),
            filter: None,
            after: None,
        }
    }

    /// Whether every feature matches.
    pub fn is_unfiltered(&self) -> bool {
        self.bbox.is_none()
            && self.datetime.is_none()
            && self.equals.is_empty()
            && self.words.is_empty()
            && self.filter.is_none()
    }
}
