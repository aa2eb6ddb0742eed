//! One feature as registers, stores and imports exchange it.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use crate::geom::Shape;

/// One attribute value. Text is NFC Unicode; numbers are finite.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    #[default]
    Null,
    Text(String),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Date(NaiveDate),
    /// An instant in UTC with milliseconds.
    DateTime(DateTime<Utc>),
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The text of a text value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer or a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Integer(n) => Some(*n as f64),
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Integer(n) => Some(*n),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Boolean(b) => Some(*b),
            _ => None,
        }
    }

    pub fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Value::Date(date) => Some(*date),
            Value::DateTime(instant) => Some(instant.date_naive()),
            _ => None,
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Integer(n)
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::Number(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Boolean(b)
    }
}

impl From<NaiveDate> for Value {
    fn from(date: NaiveDate) -> Value {
        Value::Date(date)
    }
}

/// A value as plain text: what a table cell or a CSV column shows; empty for null.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Text(text) => f.write_str(text),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Number(n) => f.write_str(ryu::Buffer::new().format(*n).trim_end_matches(".0")),
            Value::Boolean(b) => write!(f, "{b}"),
            Value::Date(date) => write!(f, "{date}"),
            Value::DateTime(instant) => f.write_str(&instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

/// The public identity of a feature: stable, unique in its collection, never reused, safe in a URL without escaping.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureId(String);

/// The text cannot be a feature id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' không thể là mã: chỉ dùng 1 đến 128 chữ a-z, A-Z, chữ số hoặc . _ ~ - / '{0}' cannot be a feature id: 1 to 128 letters a-z, A-Z, digits or . _ ~ - are allowed"
)]
pub struct FeatureIdError(pub String);

impl FeatureId {
    /// Checks the alphabet that clients put into URLs unescaped (RFC 3986 unreserved characters).
    pub fn parse(text: &str) -> Result<FeatureId, FeatureIdError> {
        let safe = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
        // "." and ".." would be resolved away by every client as path segments.
        if (1..=128).contains(&text.len()) && text.chars().all(safe) && text != "." && text != ".." {
            Ok(FeatureId(text.to_owned()))
        } else {
            Err(FeatureIdError(text.to_owned()))
        }
    }

    /// The id of a row that has no id of its own: its row number.
    pub fn from_fid(fid: i64) -> FeatureId {
        FeatureId(fid.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A row of a collection. `values` stand in the order of the collection's stored fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub id: FeatureId,
    pub values: Vec<Value>,
    /// In the collection's storage CRS; `None` where the place is not known.
    pub shape: Option<Shape>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_need_escaping_in_a_url_are_refused() {
        for text in ["", ".", "..", "a b", "a/b", "cụm-1", "a?b", "a%20", "a#b", &"x".repeat(129)] {
            assert!(FeatureId::parse(text).is_err(), "{text:?} was taken as an id");
        }
        for text in ["1", "duong-lieu", "A.b_c~d-9"] {
            assert_eq!(FeatureId::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn numbers_print_without_a_needless_fraction() {
        assert_eq!(Value::Number(9.0).to_string(), "9");
        assert_eq!(Value::Number(8.522).to_string(), "8.522");
        assert_eq!(Value::Null.to_string(), "");
    }
}
