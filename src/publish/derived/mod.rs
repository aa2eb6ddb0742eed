//! Derived collections: rows that no register holds and that follow from registers, facts and review.
//!
//! Each [`Derivation`] fills one or more collections of [`Kind::Derived`]. It says by a fingerprint what its rows follow
//! from; while that stays, the rows of the last time are served on. What is dear inside it is kept piece by piece in a
//! [`Memo`]: a site or plan that did not change is not looked at again. To add one: declare its collections in the
//! catalogue, implement the trait, and name it in [`all`].
//!
//! A change is published before what is derived from it ([`super::Publisher::settle`]), so that nobody waits for
//! statistics over the whole city to see one new sample.

pub mod hotspots;
mod memo;

use std::sync::Arc;

use chrono::NaiveDate;
use xxhash_rust::xxh3::xxh3_64;

use super::Snapshot;
use super::collection::{PublishedCollection, Stretch};
use super::plans::ReviewedPlans;
use super::sites::Facts;
use crate::compliance::{Review, Standards};
use crate::domain::{Collection, FeatureId, Kind, Value, catalog};
use crate::geom::Shape;
use crate::store::{Row, StoreError};
pub use memo::Memo;

/// What derived rows are made from: all of one day.
pub struct Inputs<'a> {
    pub standards: &'a Standards,
    /// Every site as it stood on the day.
    pub review: &'a Review,
    /// What the registers say of every site, for earlier days too.
    pub facts: &'a Facts,
    registers: &'a Registers<'a>,
}

/// Gives a register as it stood on the day.
type Registers<'a> = dyn Fn(&str) -> Result<Option<PublishedCollection>, StoreError> + Sync + 'a;

impl<'a> Inputs<'a> {
    pub(super) fn new(
        standards: &'a Standards,
        review: &'a Review,
        facts: &'a Facts,
        registers: &'a Registers<'a>,
    ) -> Inputs<'a> {
        Inputs { standards, review, facts, registers }
    }

    /// The day that the rows hold for.
    pub fn day(&self) -> NaiveDate {
        self.review.as_of
    }

    /// A register as it stood on the day; `None` where the store has no such register.
    ///
    /// # Errors
    /// When coordinates of an earlier state cannot be transformed.
    pub fn register(&self, id: &str) -> Result<Option<PublishedCollection>, StoreError> {
        (self.registers)(id)
    }

    /// A hash of the day and of all rows of some registers.
    ///
    /// # Errors
    /// As [`Inputs::register`].
    pub fn fingerprint(&self, registers: &[&str]) -> Result<u64, StoreError> {
        let mut of = self.day().to_string().into_bytes();
        for id in registers {
            let hash = self.register(id)?.map_or(0, |register| register.hash);
            of.extend_from_slice(&hash.to_le_bytes());
        }
        Ok(xxh3_64(&of))
    }
}

/// A row of a derived collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// Unique in its collection, and the same for the same thing at every publish.
    pub id: FeatureId,
    /// By position of the field.
    pub values: Vec<Value>,
    /// In the declared system.
    pub shape: Option<Shape>,
}

impl Derived {
    /// A row of a collection of which some fields have values; the others are null.
    pub fn new(
        collection: &Collection,
        id: FeatureId,
        values: impl IntoIterator<Item = (&'static str, Value)>,
        shape: Option<Shape>,
    ) -> Derived {
        let mut row = vec![Value::Null; collection.fields.len()];
        for (name, value) in values {
            let at = collection.field(name).map(|(at, _)| at);
            debug_assert!(at.is_some(), "{} has no field {name}", collection.id);
            if let Some(cell) = at.and_then(|at| row.get_mut(at)) {
                *cell = value;
            }
        }
        Derived { id, values: row, shape }
    }
}

/// What makes the rows of one or more derived collections. The same inputs give the same rows whatever it made before.
pub trait Derivation: Send {
    /// The ids of the collections that it fills.
    fn fills(&self) -> &'static [&'static str];

    /// A hash of all that the rows follow from. It is asked before the rows, which are not made again while it stays.
    ///
    /// # Errors
    /// What a register says.
    fn fingerprint(&mut self, inputs: &Inputs<'_>) -> Result<u64, StoreError>;

    /// The rows of each collection in the order of [`Derivation::fills`], in the order in which they are served.
    ///
    /// # Errors
    /// What a register says.
    fn rows(&mut self, inputs: &Inputs<'_>) -> Result<Vec<Vec<Derived>>, StoreError>;

    /// Leaves what it made on the way to its last rows and requests ask for too.
    fn leave(&self, _outcomes: &mut Outcomes) {}
}

/// What derivations made on the way to their rows and requests ask for too: nobody makes it a second time.
#[derive(Clone, Default)]
pub struct Outcomes {
    /// The plans that were reviewed for their findings.
    pub plans: Arc<ReviewedPlans>,
}

/// Every derivation, new and without memory.
pub fn all() -> Vec<Box<dyn Derivation>> {
    vec![Box::new(hotspots::Hotspots::default()), Box::new(super::plans::Findings::default())]
}

/// The derived collections of one state of the registers, in the order of the catalogue.
#[derive(Clone, Default)]
pub struct DerivedCollections {
    pub collections: Vec<PublishedCollection>,
    pub outcomes: Outcomes,
    /// Fingerprints of what fills them, in the order of the derivations.
    fingerprints: Vec<u64>,
}

impl DerivedCollections {
    /// Those that follow from some inputs; what has the fingerprint it had is taken over.
    ///
    /// # Errors
    /// What a derivation says.
    pub fn after(
        &self,
        derivations: &mut [Box<dyn Derivation>],
        inputs: &Inputs<'_>,
    ) -> Result<DerivedCollections, StoreError> {
        let mut new = self.clone();
        if new.collections.is_empty() {
            let declared = catalog::collections().iter().filter(|collection| collection.kind == Kind::Derived);
            new.collections =
                declared.map(|declared| PublishedCollection::empty(declared.clone()).of_stretches([])).collect();
        }
        new.fingerprints.clear();
        for (at, derivation) in derivations.iter_mut().enumerate() {
            let fingerprint = derivation.fingerprint(inputs)?;
            new.fingerprints.push(fingerprint);
            if self.fingerprints.get(at) == Some(&fingerprint) {
                continue;
            }
            let filled = derivation.fills().iter().zip(derivation.rows(inputs)?);
            derivation.leave(&mut new.outcomes);
            for (id, rows) in filled {
                let known = new.collections.iter_mut().find(|collection| collection.declaration.id == *id);
                if let Some(known) = known {
                    *known = collection(&known.declaration, rows)?;
                }
            }
        }
        Ok(new)
    }
}

/// A collection of some rows, numbered in their order.
fn collection(declaration: &Collection, rows: Vec<Derived>) -> Result<PublishedCollection, StoreError> {
    let empty = PublishedCollection::empty(declaration.clone());
    let mut stretch = Stretch::new(&empty);
    for (Derived { id, values, shape }, fid) in rows.into_iter().zip(1..) {
        stretch.push(Row { fid, id, values, shape })?;
    }
    Ok(empty.of_stretches([stretch.finish()]))
}

impl Snapshot {
    /// The derived collections that one derivation fills, as they stood on another day than the snapshot's.
    ///
    /// # Errors
    /// What a register says.
    pub(super) fn derived_on(&self, id: &str, day: NaiveDate) -> Result<Vec<PublishedCollection>, StoreError> {
        let Some(mut derivation) = all().into_iter().find(|derivation| derivation.fills().contains(&id)) else {
            return Ok(Vec::new());
        };
        let rows = self.with_inputs_on(day, |inputs| derivation.rows(inputs))?;
        let declared = derivation.fills().iter().filter_map(|id| catalog::collection(id));
        declared.zip(rows).map(|(declared, rows)| collection(declared, rows)).collect()
    }

    /// What is derived from the inputs of a day.
    pub(super) fn with_inputs_on<T>(
        &self,
        day: NaiveDate,
        make: impl FnOnce(&Inputs<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let review = self.review_on(day);
        let registers = |id: &str| {
            if day == self.as_of {
                return Ok(self.collection(id).cloned());
            }
            Ok(self.collection_on(id, day)?.map(|collection| PublishedCollection::clone(&collection)))
        };
        make(&Inputs::new(&self.standards, &review, &self.facts, &registers))
    }
}
