//! The shape of a collection: the types of the one declaration that store, import, API, map and documentation share.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::Value;
use crate::geom::reproject::{SERVED, is_served};
use crate::geom::{Crs, GeometryKind};

/// A text in Vietnamese and English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    pub vi: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Title {
    pub const fn new(vi: &'static str, en: &'static str) -> Title {
        Title { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) }
    }

    /// The same text in both languages: names that come from a user's own file.
    pub fn same(text: &str) -> Title {
        Title { vi: Cow::Owned(text.to_owned()), en: Cow::Owned(text.to_owned()) }
    }
}

/// "Vietnamese / English", the form of titles where only one string fits.
impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.vi == self.en { f.write_str(&self.vi) } else { write!(f, "{} / {}", self.vi, self.en) }
    }
}

/// Where the features of a collection come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Edited or imported; derived attributes may be attached at publish.
    Register,
    /// Computed at publish, read-only.
    Derived,
    /// A table of the user's own that no declaration knows.
    Table,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Register => "register",
            Kind::Derived => "derived",
            Kind::Table => "table",
        }
    }

    /// Whether there is a state of it for every day: of a user's own table nothing but the present is known.
    pub fn has_past(self) -> bool {
        self != Kind::Table
    }
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    DateTime,
}

impl DataType {
    /// The name that the page and the documentation use.
    pub fn as_str(self) -> &'static str {
        match self {
            DataType::Text => "string",
            DataType::Integer => "integer",
            DataType::Number => "number",
            DataType::Boolean => "boolean",
            DataType::Date => "date",
            DataType::DateTime => "datetime",
        }
    }

    /// Whether a non-null value is of this type.
    pub fn holds(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (_, Value::Null)
                | (DataType::Text, Value::Text(_))
                | (DataType::Integer, Value::Integer(_))
                | (DataType::Number, Value::Number(_))
                | (DataType::Boolean, Value::Boolean(_))
                | (DataType::Date, Value::Date(_))
                | (DataType::DateTime, Value::DateTime(_))
        )
    }

    /// Reads a value of this type from text in ISO form (`2024-01-31`, `true`, `12.5`); `None` when it is none.
    /// Decimal commas and Vietnamese dates are import's concern.
    pub fn parse(self, text: &str) -> Option<Value> {
        Some(match self {
            DataType::Text => Value::Text(text.to_owned()),
            DataType::Integer => Value::Integer(text.parse().ok()?),
            DataType::Number => Value::Number(text.parse().ok().filter(|n: &f64| n.is_finite())?),
            DataType::Boolean => Value::Boolean(match text {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return None,
            }),
            DataType::Date => {
                Value::Date(plain_date(text).or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?)
            }
            DataType::DateTime => Value::DateTime(parse_instant(text)?),
        })
    }
}

/// A day written as `2024-02-29`, as nearly all are: several times faster than reading by a format.
fn plain_date(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0u32, |n, digit| digit.is_ascii_digit().then(|| n * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

/// An RFC 3339 instant; without a zone it is taken as UTC, as GeoPackage stores it.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).map(|naive| naive.and_utc())
}

/// One value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub code: &'static str,
    pub title: Title,
}

/// One attribute of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub title: Title,
    pub data_type: DataType,
    /// UCUM unit, where the attribute is a quantity.
    pub unit: Option<&'static str>,
    /// The closed list of values, where there is one.
    pub codes: &'static [Code],
    /// A row without it is refused.
    pub required: bool,
    /// Computed at publish; never stored and never accepted from outside.
    pub derived: bool,
    /// The collection whose feature id this field holds.
    pub references: Option<&'static str>,
}

impl Field {
    /// The smallest and largest number that the field's unit allows: a quantity of something is never less than nothing.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some(match self.unit? {
            "%" => (0.0, 100.0),
            _ => (0.0, f64::MAX),
        })
    }

    /// A field of a user's own table.
    pub fn plain(name: &str, data_type: DataType) -> Field {
        Field {
            name: name.to_owned(),
            title: Title::same(name),
            data_type,
            unit: None,
            codes: &[],
            required: false,
            derived: false,
            references: None,
        }
    }
}

/// The registers of sites, in the order in which people should meet them.
pub const SITES: [&str; 2] = ["clusters", "craft_villages"];

/// A field that holds the id of a feature of another collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference<'a> {
    /// Position of the field.
    pub at: usize,
    pub field: &'a Field,
    /// The collections whose id it may be.
    pub to: &'a [&'static str],
    /// Position of the field that says which of several it is; left empty, any of them.
    pub chosen_by: Option<usize>,
}

/// The geometry column of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometryField {
    /// Column name in the store.
    pub name: String,
    pub kind: GeometryKind,
    /// Storage CRS: that of the survey.
    pub crs: Crs,
    pub has_z: bool,
}

/// Which fields `datetime` speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Temporal {
    Instant(String),
    /// Start and end; a null end is still open.
    Interval(String, String),
}

/// A collection: one id is the collection, the table in the store, the layer in tiles and exports.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    pub id: String,
    pub title: Title,
    pub description: Title,
    pub kind: Kind,
    /// Whether the store keeps an id for each of its rows: others have row numbers alone and are not edited through us.
    pub has_ids: bool,
    /// `None` for an attribute table.
    pub geometry: Option<GeometryField>,
    /// Stored fields first, derived ones behind them.
    pub fields: Vec<Field>,
    pub temporal: Option<Temporal>,
}

impl Collection {
    /// Position and declaration of a field.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// Whether its rows can be made, changed and deleted through the service.
    pub fn is_editable(&self) -> bool {
        self.kind != Kind::Derived && self.has_ids
    }

    /// The fields that the store keeps.
    pub fn stored_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.derived)
    }

    /// The stored fields that hold ids of other collections: those that are declared so, and the site that a row belongs to.
    pub fn references(&self) -> Vec<Reference<'_>> {
        let kind_of_site = self.field("site_collection").map(|(at, _)| at);
        let all = self.stored_fields().enumerate().filter_map(|(at, field)| match &field.references {
            Some(to) => Some(Reference { at, field, to: std::slice::from_ref(to), chosen_by: None }),
            None if field.name == "site_id" && kind_of_site.is_some() => {
                Some(Reference { at, field, to: &SITES, chosen_by: kind_of_site })
            }
            None => None,
        });
        all.collect()
    }

    /// The reference systems in which its places can be had: CRS84 first, then that of the survey, where the order of its
    /// axes is known. Places without a height have two coordinates in CRS84h too.
    pub fn offered_crs(&self) -> Vec<Crs> {
        let Some(geometry) = &self.geometry else { return vec![Crs::Crs84] };
        let stored = Some(geometry.crs.clone()).filter(|crs| !crs.is_wgs84() && is_served(crs));
        let mut offered: Vec<Crs> = [Crs::Crs84, Crs::Crs84h].into_iter().chain(stored).collect();
        for crs in SERVED.map(Crs::Epsg) {
            if !offered.contains(&crs) {
                offered.push(crs);
            }
        }
        offered
    }

    /// The system of the survey as clients are told of it; longitude first for WGS 84. `None` where it has no name or the
    /// order of its axes is not known.
    pub fn storage_crs(&self) -> Option<Crs> {
        let crs = &self.geometry.as_ref()?.crs;
        if crs.is_wgs84() { Some(self.default_crs()) } else { Some(crs.clone()).filter(is_served) }
    }

    /// The system of places that are asked for without one: with heights where there are any (OGC 18-058r1, clause 6.1).
    pub fn default_crs(&self) -> Crs {
        if self.geometry.as_ref().is_some_and(|geometry| geometry.has_z) { Crs::Crs84h } else { Crs::Crs84 }
    }

    /// Whether its places lie in the store as they are published.
    pub fn is_stored_in_wgs84(&self) -> bool {
        self.geometry.as_ref().is_some_and(|geometry| geometry.crs.is_wgs84())
    }

    /// Every fault of a row's values against the declaration, as (field name, sentence).
    pub fn faults(&self, values: &[Value]) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        for (field, value) in self.stored_fields().zip(values) {
            let mut fault = |what: String| faults.push((field.name.clone(), what));
            if value.is_null() {
                if field.required {
                    fault("bắt buộc nhưng còn trống / is required and empty".to_owned());
                }
            } else if !field.data_type.holds(value) {
                fault(format!("'{value}' không phải kiểu {0} / '{value}' is no {0}", field.data_type.as_str()));
            } else if !field.codes.is_empty() && !field.codes.iter().any(|code| Some(code.code) == value.as_str()) {
                let known = field.codes.iter().map(|code| code.code).collect::<Vec<_>>().join(", ");
                // A person knows what a code means by its title, which files may have in its place.
                let titles = field.codes.iter().map(|code| code.title.vi.as_ref()).collect::<Vec<_>>().join("; ");
                fault(format!("'{value}' không phải một trong: {titles} / '{value}' is not one of {known}"));
            }
        }
        faults
    }
}

/// Column names that every table of ours has for itself; a field of a user's own table is renamed away from them.
pub const RESERVED_FIELDS: [&str; 3] = ["fid", "id", "geom"];

/// The name, with a number behind it where one of the others is the same but for the case of letters, as SQLite and GDAL
/// compare names.
pub fn numbered_name<'a>(name: &str, others: impl Iterator<Item = &'a str> + Clone) -> String {
    let is_free = |name: &String| !others.clone().any(|other| other.eq_ignore_ascii_case(name));
    let numbers = (2..).map(|number: u32| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbers).find(is_free).unwrap_or_else(|| name.to_owned())
}

/// The name of a column that a file has beside the fields of a collection: `id`, or `feature_id` where a field has that name.
pub fn added_name<'a>(name: &str, fields: impl Iterator<Item = &'a str> + Clone) -> String {
    let is_taken = fields.clone().any(|field| field.eq_ignore_ascii_case(name));
    if is_taken { numbered_name(&format!("feature_{name}"), fields) } else { name.to_owned() }
}

/// Whether a text can be a collection id: it stands unescaped in URLs and is a table name.
pub fn is_collection_id(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_row_is_named() {
        let collection = crate::domain::catalog::collection("treatment_stations").unwrap();
        let count = collection.stored_fields().count();
        let mut values = vec![Value::Null; count];
        let at = |name: &str| collection.field(name).unwrap().0;
        values[at("status")] = Value::from("broken");
        values[at("capacity_m3_day")] = Value::from("lots");
        let faults = collection.faults(&values);
        let fields: Vec<_> = faults.iter().map(|(field, _)| field.as_str()).collect();
        assert!(fields.contains(&"site_id"), "{faults:?}");
        assert!(fields.contains(&"status"), "{faults:?}");
        assert!(fields.contains(&"capacity_m3_day"), "{faults:?}");
    }

    #[test]
    fn an_added_column_has_a_name_that_no_field_has_in_any_case_of_letters() {
        let added = |name, fields: &[&str]| added_name(name, fields.iter().copied());
        assert_eq!(added("id", &["ma", "ten"]), "id");
        assert_eq!(added("id", &["ID", "ten"]), "feature_id");
        assert_eq!(added("id", &["Id", "FEATURE_ID", "feature_id_2"]), "feature_id_3");
    }

    #[test]
    fn values_are_read_only_in_iso_form() {
        assert_eq!(DataType::Number.parse("1,5"), None);
        assert_eq!(DataType::Number.parse("inf"), None);
        assert_eq!(DataType::Date.parse("31/12/2024"), None);
        assert_eq!(DataType::Date.parse("2024-02-30"), None);
        assert_eq!(DataType::Boolean.parse("yes"), None);
        assert_eq!(DataType::Integer.parse("12"), Some(Value::Integer(12)));
    }

    #[test]
    fn an_instant_without_a_zone_is_utc() {
        let wanted = parse_instant("2024-01-01T12:00:00Z");
        assert!(wanted.is_some());
        assert_eq!(parse_instant("2024-01-01T12:00:00"), wanted);
        assert_eq!(parse_instant("2024-01-01T19:00:00+07:00"), wanted);
    }

    #[test]
    fn ids_that_are_no_table_names_are_refused() {
        for id in ["", "a b", "a/b", "1abc", "cụm", "a.b"] {
            assert!(!is_collection_id(id), "{id}");
        }
        assert!(is_collection_id("craft_villages"));
    }
}
