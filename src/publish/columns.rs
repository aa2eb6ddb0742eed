//! Typed columns of a snapshot: what filters read instead of JSON.

use std::ops::Range;

use chrono::{DateTime, NaiveDate};

use crate::domain::{DataType, Value};
use crate::filter::{self, Cells};
use crate::query::{Interval, SortKey};
use crate::text::collation_key;

use super::texts::Texts;

/// One bit per row.
#[derive(Debug, Default, Clone)]
struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u64::from(bit) << (self.len % 64);
        }
        self.len += 1;
    }

    fn append(&mut self, other: &Bits, rows: Range<usize>) {
        rows.for_each(|row| self.push(other.get(row)));
    }

    fn get(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

#[derive(Debug)]
enum Data {
    Text(Texts),
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Boolean(Bits),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime(Vec<i64>),
}

/// All values of one field, by row.
#[derive(Debug)]
pub struct Column {
    present: Bits,
    data: Data,
    nulls: usize,
}

fn days(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::Duration::days(i64::from(days)))
}

impl Column {
    pub fn new(data_type: DataType) -> Column {
        let data = match data_type {
            DataType::Text => Data::Text(Texts::default()),
            DataType::Integer => Data::Integer(Vec::new()),
            DataType::Number => Data::Number(Vec::new()),
            DataType::Boolean => Data::Boolean(Bits::default()),
            DataType::Date => Data::Date(Vec::new()),
            DataType::DateTime => Data::DateTime(Vec::new()),
        };
        Column { present: Bits::default(), data, nulls: 0 }
    }

    /// Appends a row's value; one of another type counts as null.
    pub fn push(&mut self, value: &Value) {
        let present = match (&mut self.data, value) {
            (Data::Text(texts), Value::Text(text)) => {
                texts.push(text);
                true
            }
            (Data::Text(texts), _) => {
                texts.push("");
                false
            }
            (Data::Integer(column), value) => push(column, value.as_i64()),
            (Data::Number(column), value) => push(column, value.as_f64()),
            (Data::Boolean(column), value) => {
                column.push(value.as_bool() == Some(true));
                value.as_bool().is_some()
            }
            (Data::Date(column), value) => push(column, value.as_date().map(days)),
            (Data::DateTime(column), Value::DateTime(at)) => push(column, Some(at.timestamp_millis())),
            (Data::DateTime(column), _) => push(column, None),
        };
        self.present.push(present);
        self.nulls += usize::from(!present);
    }

    /// Appends some rows of a column of the same type.
    pub fn append(&mut self, other: &Column, rows: Range<usize>) {
        self.nulls += rows.clone().filter(|row| other.is_null(*row)).count();
        self.present.append(&other.present, rows.clone());
        match (&mut self.data, &other.data) {
            (Data::Text(column), Data::Text(other)) => column.append(other, rows),
            (Data::Integer(column), Data::Integer(other)) => column.extend_from_slice(&other[rows]),
            (Data::Number(column), Data::Number(other)) => column.extend_from_slice(&other[rows]),
            (Data::Boolean(column), Data::Boolean(other)) => column.append(other, rows),
            (Data::Date(column), Data::Date(other)) => column.extend_from_slice(&other[rows]),
            (Data::DateTime(column), Data::DateTime(other)) => column.extend_from_slice(&other[rows]),
            // Columns of one field have one type.
            _ => {}
        }
    }

    pub fn is_null(&self, row: usize) -> bool {
        !self.present.get(row)
    }

    /// Whether any row has a value.
    pub fn has_values(&self) -> bool {
        self.nulls < self.present.len
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Value {
        if self.is_null(row) {
            return Value::Null;
        }
        match &self.data {
            Data::Text(texts) => Value::from(texts.get(row)),
            Data::Integer(column) => column.get(row).copied().into(),
            Data::Number(column) => column.get(row).copied().into(),
            Data::Boolean(column) => Value::Boolean(column.get(row)),
            Data::Date(column) => column.get(row).copied().and_then(date_of).into(),
            Data::DateTime(column) => {
                column.get(row).copied().and_then(DateTime::from_timestamp_millis).map_or(Value::Null, Value::DateTime)
            }
        }
    }

    /// The text of a row; `None` where there is none.
    pub fn text(&self, row: usize) -> Option<&str> {
        match &self.data {
            Data::Text(texts) if !self.is_null(row) => Some(texts.get(row)),
            _ => None,
        }
    }

    /// What a row is ordered by.
    pub fn sort_key(&self, row: usize) -> SortKey {
        if self.is_null(row) {
            return SortKey::Null;
        }
        match &self.data {
            Data::Text(texts) => SortKey::Text(collation_key(texts.get(row))),
            Data::Integer(column) | Data::DateTime(column) => SortKey::Integer(column[row]),
            // Zero has one place in the order, whatever its sign.
            Data::Number(column) => SortKey::Number(column[row] + 0.0),
            Data::Boolean(bits) => SortKey::Integer(i64::from(bits.get(row))),
            Data::Date(column) => SortKey::Integer(i64::from(column[row])),
        }
    }

    /// Keeps of `rows` those whose value equals `wanted`; null equals nothing.
    pub fn retain_equal(&self, rows: &mut Vec<u32>, wanted: &Value) {
        let there = |row: u32| self.present.get(row as usize);
        match (&self.data, wanted) {
            (Data::Text(texts), Value::Text(text)) => rows.retain(|&row| there(row) && texts.get(row as usize) == text),
            (Data::Integer(column), Value::Integer(n)) => rows.retain(|&row| there(row) && column[row as usize] == *n),
            (Data::Number(column), Value::Number(n)) => rows.retain(|&row| there(row) && column[row as usize] == *n),
            (Data::Boolean(column), Value::Boolean(b)) => {
                rows.retain(|&row| there(row) && column.get(row as usize) == *b)
            }
            (Data::Date(column), Value::Date(date)) => {
                let wanted = days(*date);
                rows.retain(|&row| there(row) && column[row as usize] == wanted);
            }
            (Data::DateTime(column), Value::DateTime(at)) => {
                let wanted = at.timestamp_millis();
                rows.retain(|&row| there(row) && column[row as usize] == wanted);
            }
            _ => rows.clear(),
        }
    }

    /// The column as filters read it.
    pub fn view(&self) -> filter::Column<'_> {
        let cells = match &self.data {
            Data::Text(texts) => Cells::Text(texts.view()),
            Data::Integer(column) => Cells::Integer(column),
            Data::Number(column) => Cells::Number(column),
            Data::Boolean(bits) => Cells::Boolean(&bits.words),
            Data::Date(column) => Cells::Date(column),
            Data::DateTime(column) => Cells::DateTime(column),
        };
        filter::Column { present: &self.present.words, cells }
    }

    /// The span of a row: a date is its whole day, null has none.
    pub fn span(&self, row: usize) -> Option<Interval> {
        match self.value(row) {
            Value::Date(date) => Some(Interval::of_day(date)),
            Value::DateTime(at) => Some(Interval::of_instant(at.timestamp_millis())),
            _ => None,
        }
    }

    /// Takes as little memory as it can. For columns that nothing is added to any more.
    pub fn shrink(&mut self) {
        match &mut self.data {
            Data::Text(texts) => texts.shrink(),
            Data::Integer(column) | Data::DateTime(column) => column.shrink_to_fit(),
            Data::Number(column) => column.shrink_to_fit(),
            Data::Boolean(bits) => bits.words.shrink_to_fit(),
            Data::Date(column) => column.shrink_to_fit(),
        }
        self.present.words.shrink_to_fit();
    }
}

fn push<T: Default>(column: &mut Vec<T>, value: Option<T>) -> bool {
    let present = value.is_some();
    column.push(value.unwrap_or_default());
    present
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn null_is_never_equal_not_even_to_the_zero_that_stands_for_it() {
        let mut column = Column::new(DataType::Integer);
        for value in [Value::Null, Value::Integer(0), Value::Integer(7)] {
            column.push(&value);
        }
        let mut rows = vec![0, 1, 2];
        column.retain_equal(&mut rows, &Value::Integer(0));
        assert_eq!(rows, vec![1]);
    }

    #[test]
    fn values_come_back_as_they_were_pushed() {
        let samples = [
            (DataType::Text, "Dương Liễu"),
            (DataType::Integer, "-7"),
            (DataType::Number, "0.1"),
            (DataType::Boolean, "true"),
            (DataType::Date, "1899-12-31"),
            (DataType::DateTime, "2024-02-29T23:59:59.123Z"),
        ];
        for (data_type, text) in samples {
            let value = data_type.parse(text).unwrap();
            let mut column = Column::new(data_type);
            column.push(&Value::Null);
            column.push(&value);
            assert_eq!((column.value(0), column.value(1)), (Value::Null, value));
        }
    }
}
