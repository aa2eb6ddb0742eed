//! Rows as the catalog declares them, checked before any store sees them.

use chrono::NaiveDate;

use super::SampleError;
use super::facts::Fact;
use crate::domain::{Collection, FeatureId, Value, catalog};
use crate::geom::{GeometryKind, Shape};
use crate::store::Draft;

/// The source text of every made-up row.
pub const MADE_UP: &str = "Dữ liệu minh họa (tự sinh) / made up for the sample";

/// The day on which the sample was made up, whatever the clock says.
pub const MADE_UP_ON: NaiveDate = day(2026, 11, 1);

/// A date that is written in the source code.
pub const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("dates in the source code exist in the calendar")
}

/// The declaration of a collection.
pub fn declared(id: &str) -> Result<&'static Collection, SampleError> {
    catalog::collection(id).ok_or_else(|| SampleError::Row {
        collection: id.to_owned(),
        id: String::new(),
        reason: "the catalog declares no such collection".to_owned(),
    })
}

/// A row under construction. Faults are kept until [`Row::draft`], which tells them all.
pub struct Row {
    collection: &'static Collection,
    id: String,
    values: Vec<Value>,
    shape: Option<Shape>,
    faults: Vec<String>,
}

impl Row {
    /// An empty row: every value unknown.
    pub fn new(collection: &'static Collection, id: impl Into<String>) -> Row {
        let values = vec![Value::Null; collection.stored_fields().count()];
        Row { collection, id: id.into(), values, shape: None, faults: Vec::new() }
    }

    /// Sets one value.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Row {
        match self.collection.field(field).and_then(|(at, _)| self.values.get_mut(at)) {
            Some(slot) => *slot = value.into(),
            None => self.faults.push(format!("there is no stored field {field}")),
        }
        self
    }

    /// Takes over every known fact whose column is a field of the collection.
    pub fn facts(mut self, fact: &Fact) -> Row {
        for (column, cell) in fact.known() {
            let Some((_, field)) = self.collection.field(column) else { continue };
            match field.data_type.parse(cell) {
                Some(value) => self = self.with(column, value),
                None => self.faults.push(format!("{column} '{cell}' is no {}", field.data_type.as_str())),
            }
        }
        self
    }

    /// Marks the whole row as made up.
    pub fn made_up(self) -> Row {
        self.with("source", MADE_UP).with("source_date", MADE_UP_ON).with("is_demo", true)
    }

    /// Gives the row its place; `None` where that is not known.
    pub fn at(mut self, shape: Option<Shape>) -> Row {
        let kind = self.collection.geometry.as_ref().map(|geometry| geometry.kind);
        self.shape = shape.map(|shape| shape.promoted(kind.unwrap_or(GeometryKind::Geometry)));
        self
    }

    /// The finished row.
    ///
    /// # Errors
    /// [`SampleError::Row`] with every fault against the declaration.
    pub fn draft(mut self) -> Result<Draft, SampleError> {
        let against = self.collection.faults(&self.values);
        self.faults.extend(against.into_iter().map(|(field, what)| format!("{field} {what}")));
        let id = FeatureId::parse(&self.id).map_err(|error| self.faults.push(error.to_string())).ok();
        match id {
            Some(id) if self.faults.is_empty() => Ok(Draft { id: Some(id), values: self.values, shape: self.shape }),
            _ => Err(SampleError::Row {
                collection: self.collection.id.clone(),
                id: self.id,
                reason: self.faults.join("; "),
            }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_row_is_told_at_once() {
        let row = Row::new(declared("plans").unwrap(), "không hợp lệ").with("colour", "red").with("status", "lost");
        let error = row.draft().unwrap_err().to_string();
        for part in ["colour", "status", "site_id", "không hợp lệ"] {
            assert!(error.contains(part), "{part} is missing in: {error}");
        }
    }
}
