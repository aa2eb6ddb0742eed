//! Rows of a collection that stays in the database, of which a visitor sees some alone: the database is asked for those, and
//! what comes is looked at again.

use std::collections::HashSet;
use std::sync::Arc;

use super::Remotely;
use crate::domain::{Collection, Value};
use crate::filter::sql::{Bind, Name, Sql, sql};
use crate::geom::Envelope;
use crate::publish::collection::PublishedCollection;
use crate::store::Row;

/// Rows whose text in a field is one of some.
#[derive(Clone)]
pub struct Shown {
    field: String,
    at: usize,
    texts: Arc<HashSet<String>>,
}

impl Shown {
    pub fn field(&self) -> &str {
        &self.field
    }

    pub fn has(&self, row: &Row) -> bool {
        matches!(row.values.get(self.at), Some(Value::Text(text)) if self.texts.contains(text))
    }

    /// The same for the database.
    pub fn condition(&self) -> Sql {
        // No text of the database holds a NUL, nor can one be asked for.
        let mut texts: Vec<String> = self.texts.iter().filter(|text| !text.contains('\0')).cloned().collect();
        texts.sort_unstable();
        sql!("(", Name::new(&self.field), " = ANY (", Bind::Texts(texts), "))")
    }
}

/// What a visitor is told of a collection of which he sees some rows.
pub struct Sight {
    /// The texts of the field that are shown.
    pub texts: HashSet<String>,
    /// About how many rows are seen.
    pub rows: u64,
    /// Around their places, in CRS84.
    pub extent: Option<Envelope>,
}

impl Remotely {
    fn showing(&self, declared: &Collection, field: usize, sight: &Sight) -> Remotely {
        let name = declared.fields.get(field).map(|field| field.name.clone()).unwrap_or_default();
        let shown = Shown { field: name, at: field, texts: Arc::new(sight.texts.clone()) };
        // Rows that come first may be among those that are not seen.
        Remotely { leads: Vec::new(), rows: sight.rows, is_counted: false, shown: Some(shown), ..self.clone() }
    }
}

impl PublishedCollection {
    /// The same collection, of which those rows alone are seen whose text in a field is one of some; itself where it holds its
    /// rows.
    pub(in crate::publish) fn showing(&self, field: usize, sight: &Sight) -> PublishedCollection {
        let Some(remote) = &self.remote else { return self.clone() };
        let mut new = self.clone();
        new.extent = sight.extent;
        new.remote = Some(Arc::new(remote.showing(&self.declaration, field, sight)));
        let mut texts: Vec<&str> = sight.texts.iter().map(String::as_str).collect();
        texts.sort_unstable();
        new.hash = xxhash_rust::xxh3::xxh3_64_with_seed(texts.join("\n").as_bytes(), self.hash);
        new
    }
}
