//! Rows as GeoJSON features: bytes that are made once and sent many times.

use chrono::{Datelike, NaiveDate, SecondsFormat};

use crate::domain::{Collection, Value};
use crate::geom::Crs;
use crate::geom::geojson::{LONLAT_DECIMALS, write_geometry, write_string};
use crate::geom::patches::Patches;
use crate::geom::project::ProjectError;
use crate::store::Row;

/// Names and order of a collection's members, ready to be copied.
pub struct Encoder {
    storage_crs: Option<Crs>,
    /// Digits of coordinates after the point. Places that need no arithmetic are written as they lie in the store.
    decimals: Option<u32>,
    /// `"name":` of each field, after a comma but for the first.
    members: Vec<Vec<u8>>,
    /// Position of the first derived field: derived ones stand behind the stored ones.
    stored: usize,
}

impl Encoder {
    pub fn new(collection: &Collection) -> Encoder {
        let member = |(index, name): (usize, &String)| {
            let mut bytes = if index == 0 { Vec::new() } else { vec![b','] };
            write_string(&mut bytes, name);
            bytes.push(b':');
            bytes
        };
        Encoder {
            storage_crs: collection.geometry.as_ref().map(|geometry| geometry.crs.clone()),
            decimals: (!collection.is_stored_in_wgs84()).then_some(LONLAT_DECIMALS),
            members: collection.fields.iter().map(|field| &field.name).enumerate().map(member).collect(),
            stored: collection.stored_fields().count(),
        }
    }

    /// Appends a row whose values are those of all fields, derived ones included. Its coordinates are transformed to CRS84
    /// here, once, and stay so in the row.
    ///
    /// # Errors
    /// Why its coordinates cannot be transformed; nothing is appended then.
    pub fn encode(&self, out: &mut Vec<u8>, row: &mut Row) -> Result<(), ProjectError> {
        self.place(row)?;
        self.feature(out, row);
        Ok(())
    }

    /// Transforms the place of a row to CRS84.
    ///
    /// # Errors
    /// Why its coordinates cannot be transformed.
    pub fn place(&self, row: &mut Row) -> Result<(), ProjectError> {
        match (&mut row.shape, &self.storage_crs) {
            (Some(shape), Some(crs)) => Patches::from(crs)?.shape(shape),
            _ => Ok(()),
        }
    }

    /// Appends a feature that was encoded here, with other values of its derived fields.
    pub fn with_derived(&self, out: &mut Vec<u8>, feature: &[u8], derived: &[Value]) {
        // A quotation mark inside a text is written as an escape, so these bytes stand where the member begins and nowhere
        // else. From the end: a place may be long.
        let member = self.members.get(self.stored);
        let Some(start) = member.and_then(|name| feature.windows(name.len()).rposition(|bytes| bytes == *name)) else {
            return out.extend_from_slice(feature);
        };
        out.extend_from_slice(&feature[..start]);
        self.properties(out, self.stored, derived);
    }

    fn feature(&self, out: &mut Vec<u8>, row: &Row) {
        out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
        write_string(out, row.id.as_str());
        out.extend_from_slice(b",\"geometry\":");
        match &row.shape {
            Some(shape) => write_geometry(out, shape, self.decimals),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"properties\":{");
        self.properties(out, 0, &row.values);
    }

    /// Appends the properties from a field on and closes the feature.
    fn properties(&self, out: &mut Vec<u8>, from: usize, values: &[Value]) {
        for (member, value) in self.members.iter().skip(from).zip(values) {
            out.extend_from_slice(member);
            write_value(out, value);
        }
        out.extend_from_slice(b"}}");
    }
}

impl Encoder {
    /// Appends `"properties":{…}` with some fields, by their positions.
    pub fn chosen_properties(&self, out: &mut Vec<u8>, values: impl Iterator<Item = (usize, Value)>) {
        out.extend_from_slice(b"\"properties\":{");
        let mut is_first = true;
        for (at, value) in values {
            let Some(member) = self.members.get(at) else { continue };
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            out.extend_from_slice(member.strip_prefix(b",").unwrap_or(member));
            write_value(out, &value);
        }
        out.push(b'}');
    }
}

/// Appends a value as JSON. A number keeps its point (`9.0`): clients guess a field's type from the first values.
pub fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Text(text) => write_string(out, text),
        Value::Integer(n) => out.extend_from_slice(itoa::Buffer::new().format(*n).as_bytes()),
        Value::Number(n) => out.extend_from_slice(ryu::Buffer::new().format(*n).as_bytes()),
        Value::Boolean(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        Value::Date(date) => write_date(out, *date),
        Value::DateTime(at) => write_string(out, &at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
    }
}

/// Appends a day as `"2024-02-29"`; one before the year 0 or after 9999 with its sign, as ISO 8601 has it.
fn write_date(out: &mut Vec<u8>, date: NaiveDate) {
    let two = |n: u32| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
    match u32::try_from(date.year()) {
        Ok(year) if year <= 9999 => {
            out.push(b'"');
            for part in [two(year / 100), two(year % 100)] {
                out.extend_from_slice(&part);
            }
            for part in [date.month(), date.day()] {
                out.push(b'-');
                out.extend_from_slice(&two(part));
            }
            out.push(b'"');
        }
        _ => write_string(out, &date.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{DataType, FeatureId, Field, Kind, Title};

    #[test]
    fn days_are_written_as_chrono_writes_them() {
        for day in ["0000-01-01", "0999-12-31", "1899-12-31", "2024-02-29", "9999-12-31", "+10000-01-01", "-0044-03-15"]
        {
            let day: NaiveDate = day.parse().unwrap();
            let mut out = Vec::new();
            write_value(&mut out, &Value::Date(day));
            assert_eq!(String::from_utf8(out).unwrap(), format!("\"{day}\""));
        }
    }

    #[test]
    fn every_property_is_there_nulls_too_and_numbers_keep_their_point() {
        let collection = Collection {
            id: "t".to_owned(),
            title: Title::same("t"),
            description: Title::same(""),
            kind: Kind::Table,
            has_ids: true,
            geometry: None,
            fields: vec![
                Field::plain("a\"b", DataType::Text),
                Field::plain("n", DataType::Number),
                Field::plain("i", DataType::Integer),
            ],
            temporal: None,
        };
        let mut row = Row {
            fid: 1,
            id: FeatureId::from_fid(1),
            values: vec![Value::Null, Value::Number(9.0), Value::Integer(9)],
            shape: None,
        };
        let mut encoded = Vec::new();
        Encoder::new(&collection).encode(&mut encoded, &mut row).unwrap();
        let text = String::from_utf8(encoded).unwrap();
        let wanted = "{\"type\":\"Feature\",\"id\":\"1\",\"geometry\":null,\
                      \"properties\":{\"a\\u0022b\":null,\"n\":9.0,\"i\":9}}";
        assert_eq!(text, wanted);
    }
}
