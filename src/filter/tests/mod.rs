//! Tests of the module as a whole: over a toy table, and over the standard's own corpus where it is at hand.

mod corpus;
mod folding;
mod hostile;
mod logic;
mod positions;
mod print;
mod reference;
mod roundtrip;
mod speed;
mod sql;

use std::io::Write;
use std::path::PathBuf;

use geo::Geometry;

use super::expr::{Expr, Node};
use super::{
    Cells, Codes, Column, Filter, FilterError, Folded, Language, Literals, MAX_WORK, Rows, Texts, TooMuchWork, Work,
};
use crate::domain::{Collection, DataType, Field, GeometryField, Kind, Title, Value};
use crate::geom::{Crs, Envelope, GeometryKind, Shape};

/// The reference folder that lies beside the project; said aloud where it is missing.
fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LANGXANH_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let file = root.join(path);
    if !file.exists() {
        writeln!(std::io::stderr(), "SKIPPED: no {}; set LANGXANH_SHARED", file.display()).unwrap();
        return None;
    }
    Some(file)
}

/// A table in memory.
struct Table {
    collection: Collection,
    values: Vec<Vec<Value>>,
    present: Vec<Vec<u64>>,
    stores: Vec<Stored>,
    folded: Vec<Folded>,
    geometries: Vec<Option<Geometry<f64>>>,
}

enum Stored {
    Text(String, Vec<usize>),
    /// Each text once, and which of them a row has.
    Shared(String, Vec<usize>, Vec<u8>),
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Boolean(Vec<u64>),
    Date(Vec<i32>),
    DateTime(Vec<i64>),
}

fn bits(bits: impl Iterator<Item = bool>) -> Vec<u64> {
    let mut words = Vec::new();
    for (index, bit) in bits.enumerate() {
        if index % 64 == 0 {
            words.push(0);
        }
        *words.last_mut().unwrap() |= u64::from(bit) << (index % 64);
    }
    words
}

fn collection(fields: &[(&str, DataType)]) -> Collection {
    Collection {
        id: "t".to_owned(),
        title: Title::same("t"),
        description: Title::same(""),
        kind: Kind::Table,
        has_ids: true,
        geometry: Some(GeometryField {
            name: "geom".to_owned(),
            kind: GeometryKind::Geometry,
            crs: Crs::Epsg(4326),
            has_z: false,
        }),
        fields: fields.iter().map(|(name, data_type)| Field::plain(name, *data_type)).collect(),
        temporal: None,
    }
}

impl Table {
    fn new(collection: Collection, rows: &[Vec<Value>], geometries: Vec<Option<Geometry<f64>>>) -> Table {
        let mut stores = Vec::new();
        let mut present = Vec::new();
        for (at, field) in collection.fields.iter().enumerate() {
            let values = || rows.iter().map(|row| &row[at]);
            present.push(bits(values().map(|value| !value.is_null())));
            let day = |value: &Value| {
                value
                    .as_date()
                    .map_or(0, |date| date.signed_duration_since(chrono::NaiveDate::default()).num_days() as i32)
            };
            let moment = |value: &Value| match value {
                Value::DateTime(at) => at.timestamp_millis(),
                _ => 0,
            };
            stores.push(match field.data_type {
                DataType::Text => {
                    let mut text = String::new();
                    let mut ends = Vec::new();
                    for value in values() {
                        text.push_str(value.as_str().unwrap_or_default());
                        ends.push(text.len());
                    }
                    Stored::Text(text, ends)
                }
                DataType::Integer => Stored::Integer(values().map(|v| v.as_i64().unwrap_or_default()).collect()),
                DataType::Number => Stored::Number(values().map(|v| v.as_f64().unwrap_or_default()).collect()),
                DataType::Boolean => Stored::Boolean(bits(values().map(|v| v.as_bool() == Some(true)))),
                DataType::Date => Stored::Date(values().map(day).collect()),
                DataType::DateTime => Stored::DateTime(values().map(moment).collect()),
            });
        }
        let folded = stores.iter().map(|_| Folded::default()).collect();
        Table { collection, values: rows.to_vec(), present, stores, folded, geometries }
    }

    /// The same table, whose equal texts are kept once; it has few enough of them.
    fn shared(mut self) -> Table {
        for store in &mut self.stores {
            let Stored::Text(text, ends) = store else { continue };
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let rows: Vec<&str> = starts.zip(ends.iter()).map(|(start, end)| &text[start..*end]).collect();
            let mut distinct: Vec<&str> = Vec::new();
            let codes = rows.iter().map(|row| {
                let known = distinct.iter().position(|text| text == row);
                known.unwrap_or_else(|| {
                    distinct.push(row);
                    distinct.len() - 1
                })
            });
            let codes = codes.map(|code| u8::try_from(code).unwrap()).collect();
            let mut length = 0;
            let ends = distinct.iter().map(|text| {
                length += text.len();
                length
            });
            *store = Stored::Shared(distinct.concat(), ends.collect(), codes);
        }
        self
    }

    fn filter(&self, text: &str) -> Result<Filter, FilterError> {
        let language = if text.starts_with('{') { Language::Json } else { Language::Text };
        self.filter_in(&Crs::Crs84, language, text)
    }

    fn filter_in(&self, crs: &Crs, language: Language, text: &str) -> Result<Filter, FilterError> {
        Filter::parse(text, language, &Literals::new(crs).unwrap(), &self.collection)
    }

    fn apply(&self, filter: &Filter, work: u64) -> Result<Vec<u32>, TooMuchWork> {
        let mut rows: Vec<u32> = (0..self.len() as u32).collect();
        filter.retain(&mut rows, self, &Work::new(work))?;
        Ok(rows)
    }

    /// The rows that match.
    fn matching(&self, text: &str) -> Vec<u32> {
        let filter = self.filter(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        self.apply(&filter, MAX_WORK).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    /// The message with which a filter is refused.
    fn refusal(&self, text: &str) -> String {
        match self.filter(text) {
            Err(e) => crate::text::en(&e.to_string()).to_owned(),
            Ok(filter) => panic!("{text} was read as {filter:?}"),
        }
    }
}

impl Rows for Table {
    fn len(&self) -> usize {
        self.geometries.len()
    }

    fn column(&self, field: usize) -> Column<'_> {
        let folded = Some(&self.folded[field]);
        let cells = match &self.stores[field] {
            Stored::Text(all, ends) => Cells::Text(Texts { all, ends, codes: Codes::Own, folded }),
            Stored::Shared(all, ends, codes) => Cells::Text(Texts { all, ends, codes: Codes::Narrow(codes), folded }),
            Stored::Integer(values) => Cells::Integer(values),
            Stored::Number(values) => Cells::Number(values),
            Stored::Boolean(words) => Cells::Boolean(words),
            Stored::Date(days) => Cells::Date(days),
            Stored::DateTime(moments) => Cells::DateTime(moments),
        };
        Column { present: &self.present[field], cells }
    }

    fn geometry(&self, row: usize) -> Option<&Geometry<f64>> {
        self.geometries[row].as_ref()
    }

    fn placeless(&self) -> Vec<u32> {
        (0..self.len()).filter(|row| self.geometries[*row].is_none()).map(|row| row as u32).collect()
    }

    fn near(&self, envelope: &Envelope) -> Vec<u32> {
        let meets = |row: &usize| {
            self.geometries[*row].as_ref().and_then(Envelope::of).is_some_and(|e| {
                e.min_x <= envelope.max_x
                    && e.max_x >= envelope.min_x
                    && e.min_y <= envelope.max_y
                    && e.max_y >= envelope.min_y
            })
        };
        (0..self.len()).filter(meets).map(|row| row as u32).collect()
    }
}

/// A table of texts without places.
fn texts(values: &[&str]) -> Table {
    let rows: Vec<Vec<Value>> = values.iter().map(|text| vec![Value::from(*text)]).collect();
    Table::new(collection(&[("name", DataType::Text)]), &rows, vec![None; values.len()])
}

/// A table of places.
fn places(geometries: Vec<Option<Geometry<f64>>>) -> Table {
    Table::new(collection(&[]), &vec![vec![]; geometries.len()], geometries)
}
