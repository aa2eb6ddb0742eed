//! The version of a row: what `If-Match` holds a client to.
//!
//! It is made of what the store keeps of the row and of nothing else. What is attached to it at publish, its compliance, may
//! change while somebody edits, by a sample or by a new day, and that takes nothing from anybody. The store's row inside a
//! transaction and the published one give the same version.

use std::fmt;
use std::str::FromStr;

use xxhash_rust::xxh3::Xxh3;

use super::collection::PublishedCollection;
use super::set_worst_class;
use crate::domain::{Collection, Value};
use crate::geom::wkb;
use crate::store::Row;

/// A hash of a row as it is stored, long enough that two states of a row never share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowVersion(u128);

impl RowVersion {
    /// The version of a row of a collection, stored or published.
    pub fn of(declaration: &Collection, row: &Row) -> RowVersion {
        let mut row = row.clone();
        // Published villages have the class of their worst medium.
        if declaration.id == "craft_villages" {
            set_worst_class(declaration, &mut row);
        }
        let mut hash = Xxh3::new();
        let mut add = |kind: u8, bytes: &[u8]| {
            hash.update(&[kind]);
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        add(b'i', row.id.as_str().as_bytes());
        for (field, value) in declaration.stored_fields().zip(&row.values) {
            // By name: a column more without a value is the same row.
            if value.is_null() {
                continue;
            }
            add(b'f', field.name.as_bytes());
            match value {
                Value::Null => {}
                Value::Text(text) => add(b't', text.as_bytes()),
                Value::Integer(n) => add(b'n', &n.to_le_bytes()),
                Value::Number(n) => add(b'd', &n.to_bits().to_le_bytes()),
                Value::Boolean(b) => add(b'b', &[u8::from(*b)]),
                Value::Date(date) => add(b'y', date.to_string().as_bytes()),
                Value::DateTime(at) => add(b's', &at.timestamp_millis().to_le_bytes()),
            }
        }
        if let Some(shape) = &row.shape {
            let mut bytes = Vec::new();
            wkb::write_wkb(shape, &mut bytes);
            add(b'g', &bytes);
        }
        RowVersion(hash.digest128())
    }
}

impl PublishedCollection {
    /// The version of a published row; `None` where there is no such row.
    pub fn version(&self, row: u32) -> Option<RowVersion> {
        Some(RowVersion::of(&self.declaration, &self.row(row)?))
    }
}

impl fmt::Display for RowVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The text is no version of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' không phải phiên bản của một dòng / '{0}' is no version of a row")]
pub struct RowVersionError(String);

impl FromStr for RowVersion {
    type Err = RowVersionError;

    fn from_str(text: &str) -> Result<RowVersion, RowVersionError> {
        let refuse = || RowVersionError(text.to_owned());
        let is_hex = text.len() == 32 && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        if !is_hex {
            return Err(refuse());
        }
        u128::from_str_radix(text, 16).map(RowVersion).map_err(|_| refuse())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{FeatureId, catalog};
    use crate::geom::Shape;

    #[test]
    fn whatever_is_stored_of_a_row_is_in_its_version_and_nothing_else_is() {
        let villages = catalog::collection("craft_villages").unwrap();
        let at = |name: &str| villages.field(name).unwrap().0;
        let stored = villages.stored_fields().count();
        let mut row =
            Row { fid: 1, id: FeatureId::parse("a").unwrap(), values: vec![Value::Null; stored], shape: None };
        row.values[at("name_vi")] = "Làng".into();
        row.values[at("pollution_class_water")] = "serious".into();
        let version = |change: &dyn Fn(&mut Row)| {
            let mut changed = row.clone();
            change(&mut changed);
            RowVersion::of(villages, &changed)
        };
        let first = version(&|_| {});
        let same: [&dyn Fn(&mut Row); 3] = [
            &|row| row.fid = 2,
            // As it is published: with what is attached, and the class of its worst medium.
            &|row| row.values.push("compliant".into()),
            &|row| row.values[at("pollution_class")] = "serious".into(),
        ];
        assert!(same.iter().all(|change| version(*change) == first));
        let others: [&dyn Fn(&mut Row); 6] = [
            &|row| row.id = FeatureId::parse("b").unwrap(),
            &|row| row.values[at("name_vi")] = "Làn".into(),
            &|row| row.values.swap(at("name_vi"), at("trade_vi")),
            &|row| row.values[at("households_total")] = Value::Integer(0),
            &|row| row.values[at("has_self_management")] = Value::Boolean(false),
            &|row| row.shape = Some(Shape::flat(geo::Point::new(105.0, 21.0))),
        ];
        let mut seen = vec![first];
        for change in others {
            let version = version(change);
            assert!(!seen.contains(&version));
            seen.push(version);
        }
        assert_eq!(first.to_string().parse(), Ok(first));
        assert!(
            "0123".parse::<RowVersion>().is_err() && first.to_string().to_uppercase().parse::<RowVersion>().is_err()
        );
    }
}
