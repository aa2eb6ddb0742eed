//! Rows that name others: what is named must be there, and what is named by others stays. Asked inside the transaction, with
//! what the edits before have made of other rows.

use std::collections::BTreeMap;

use super::Fault;
use crate::domain::{Collection, FeatureId, Value};
use crate::store::{Row, StoreError};

/// So many rows that stand in the way are named.
const MAX_NAMED: usize = 20;

/// The rows of other collections as the store has them.
pub trait Rows {
    /// # Errors
    /// What the store says.
    fn find(&self, collection: &str, id: &FeatureId) -> Result<Option<Row>, StoreError>;

    /// The ids of rows whose field holds a text, so many at the most.
    ///
    /// # Errors
    /// What the store says.
    fn holders(
        &self,
        collection: &Collection,
        field: &str,
        text: &str,
        most: usize,
    ) -> Result<Vec<FeatureId>, StoreError>;
}

/// What the edits of a batch have made of rows so far; `None` where they are gone.
#[derive(Debug, Default)]
pub struct Overlay {
    known: BTreeMap<(String, FeatureId), Option<Row>>,
    /// Rows that have no id yet, with their collection.
    unnamed: Vec<(String, Vec<Value>)>,
}

impl Overlay {
    /// Takes note of what became of a row; without an id it is new and gets one later.
    pub fn note(&mut self, collection: &str, id: Option<&FeatureId>, row: Option<&Row>) {
        match (id, row) {
            (Some(id), row) => {
                self.known.insert((collection.to_owned(), id.clone()), row.cloned());
            }
            (None, Some(row)) => self.unnamed.push((collection.to_owned(), row.values.clone())),
            (None, None) => {}
        }
    }

    /// A row as the edits so far have left it.
    ///
    /// # Errors
    /// What the store says.
    pub fn row(&self, rows: &dyn Rows, collection: &str, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        match self.known.get(&(collection.to_owned(), id.clone())) {
            Some(known) => Ok(known.clone()),
            None => rows.find(collection, id),
        }
    }
}

fn text(values: &[Value], at: usize) -> Option<&str> {
    values.get(at).and_then(Value::as_str)
}

/// A fault for each reference of a row to something that is not there. One that the row had before is let be.
///
/// # Errors
/// What the store says.
pub fn missing(
    collection: &Collection,
    before: Option<&Row>,
    after: &[Value],
    overlay: &Overlay,
    rows: &dyn Rows,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    for reference in collection.references() {
        let of = |values: &[Value]| {
            let chosen = reference.chosen_by.and_then(|by| text(values, by)).map(str::to_owned);
            (text(values, reference.at).map(str::to_owned), chosen)
        };
        let (named, chosen) = of(after);
        let Some(named) = named.filter(|_| before.is_none_or(|row| of(&row.values) != of(after))) else {
            continue;
        };
        let to = reference.to.iter().filter(|to| chosen.as_deref().is_none_or(|chosen| chosen == **to));
        let to: Vec<&str> = to.copied().collect();
        let mut is_there = false;
        if let Ok(id) = FeatureId::parse(&named) {
            for to in &to {
                is_there |= overlay.row(rows, to, &id)?.is_some();
            }
        }
        if !is_there {
            let joined = |or: &str| if to.is_empty() { reference.to.join(or) } else { to.join(or) };
            let (vi, en) = (joined(" hay "), joined(" or "));
            let detail = format!("nêu '{named}', không có trong {vi} / names '{named}', which is not in {en}");
            faults.push(Fault::of_property(&reference.field.name, detail));
        }
    }
    Ok(faults)
}

/// Rows that name a row that is to go, by collection and id, some of them where there are many.
///
/// # Errors
/// What the store says.
pub fn holders(
    collection: &str,
    id: &FeatureId,
    registers: &[&Collection],
    overlay: &Overlay,
    rows: &dyn Rows,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::new();
    for register in registers {
        let references = register.references();
        for reference in references.iter().filter(|reference| reference.to.contains(&collection)) {
            let names_it = |values: &[Value]| {
                let chosen = reference.chosen_by.and_then(|by| text(values, by));
                text(values, reference.at) == Some(id.as_str()) && chosen.is_none_or(|chosen| chosen == collection)
            };
            // A row that names itself goes with itself.
            let is_itself = |other: &FeatureId| register.id == collection && other == id;
            let changed = overlay.known.iter().filter(|((of, other), _)| *of == register.id && !is_itself(other));
            let changed = changed.filter(|(_, row)| row.as_ref().is_some_and(|row| names_it(&row.values)));
            found.extend(changed.map(|((of, other), _)| (of.clone(), other.to_string())));
            let new = overlay.unnamed.iter().filter(|(of, values)| *of == register.id && names_it(values));
            found.extend(new.map(|(of, _)| (of.clone(), String::new())));
            // More than are named, since edits of the same batch may have dealt with some of them.
            let most = MAX_NAMED + overlay.known.len() + 1;
            for other in rows.holders(register, &reference.field.name, id.as_str(), most)? {
                let is_known = overlay.known.contains_key(&(register.id.clone(), other.clone()));
                if is_known || is_itself(&other) || found.len() >= MAX_NAMED {
                    continue;
                }
                if rows.find(&register.id, &other)?.is_some_and(|row| names_it(&row.values)) {
                    found.push((register.id.clone(), other.to_string()));
                }
            }
        }
    }
    found.truncate(MAX_NAMED);
    Ok(found)
}
