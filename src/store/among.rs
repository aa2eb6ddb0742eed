//! Some rows of a collection, said so that a store finds them without reading the others.

use crate::domain::{Collection, FeatureId, Value};
use crate::store::Row;

/// Which rows of a collection are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among {
    /// The one of this id.
    Id(FeatureId),
    /// Those whose id begins with this and goes on.
    IdsFrom(String),
    /// Those whose field, the first of these, holds the text behind it. A collection without the field has none.
    Holding(&'static str, String),
}

impl Among {
    /// Whether a row of a collection is one of them.
    pub fn has(&self, collection: &Collection, row: &Row) -> bool {
        match self {
            Among::Id(id) => row.id == *id,
            Among::IdsFrom(beginning) => {
                row.id.as_str().len() > beginning.len() && row.id.as_str().starts_with(beginning)
            }
            Among::Holding(field, text) => {
                let at = collection.stored_fields().position(|known| known.name == *field);
                at.and_then(|at| row.values.get(at)).and_then(Value::as_str) == Some(text)
            }
        }
    }
}

/// Which rows a change that replaces may delete.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Those of a collection that are looked at.
    pub among: &'a dyn Fn(&Collection) -> Among,
    /// Whether one of them may go.
    pub may_go: &'a dyn Fn(&Row) -> bool,
}

impl Scope<'_> {
    pub fn takes(&self, collection: &Collection, row: &Row) -> bool {
        (self.among)(collection).has(collection, row) && (self.may_go)(row)
    }
}
