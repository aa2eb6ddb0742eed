//! Checked rows on disk between the check and the write, so that memory does not grow with the file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use chrono::{DateTime, NaiveDate};

use crate::domain::{FeatureId, Value};
use crate::geom::wkb;
use crate::store::Draft;

/// Rows being put aside.
pub struct Spill {
    file: BufWriter<File>,
    rows: u64,
    buffer: Vec<u8>,
}

impl Spill {
    pub fn create() -> io::Result<Spill> {
        Ok(Spill { file: BufWriter::with_capacity(1 << 18, tempfile::tempfile()?), rows: 0, buffer: Vec::new() })
    }

    /// Appends a row: its length, then id, values and well-known binary.
    pub fn push(&mut self, draft: &Draft) -> io::Result<()> {
        let out = &mut self.buffer;
        out.clear();
        put_bytes(out, draft.id.as_ref().map_or("", FeatureId::as_str).as_bytes());
        out.extend((draft.values.len() as u32).to_le_bytes());
        draft.values.iter().for_each(|value| put_value(out, value));
        if let Some(shape) = &draft.shape {
            wkb::write_wkb(shape, out);
        }
        self.file.write_all(&(out.len() as u64).to_le_bytes())?;
        self.file.write_all(out)?;
        self.rows += 1;
        Ok(())
    }

    /// Hands the rows back in their order.
    pub fn into_rows(self) -> io::Result<Rows> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Rows { file: BufReader::with_capacity(1 << 18, file), left: self.rows, buffer: Vec::new() })
    }
}

/// Rows coming back. After an error there are none.
pub struct Rows {
    file: BufReader<File>,
    left: u64,
    buffer: Vec<u8>,
}

impl Iterator for Rows {
    type Item = io::Result<Draft>;

    fn next(&mut self) -> Option<io::Result<Draft>> {
        self.left = self.left.checked_sub(1)?;
        let row = self.read();
        if row.is_err() {
            self.left = 0;
        }
        Some(row)
    }
}

impl Rows {
    fn read(&mut self) -> io::Result<Draft> {
        let mut length = [0u8; 8];
        self.file.read_exact(&mut length)?;
        self.buffer.resize(usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?, 0);
        self.file.read_exact(&mut self.buffer)?;
        let mut bytes = self.buffer.as_slice();
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let draft = take_draft(&mut bytes).ok_or_else(broken)?;
        let shape = match bytes {
            [] => None,
            bytes => wkb::read_wkb(bytes).map_err(io::Error::other)?,
        };
        Ok(Draft { shape, ..draft })
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Text(text) => {
            out.push(1);
            put_bytes(out, text.as_bytes());
        }
        Value::Integer(n) => {
            out.push(2);
            out.extend(n.to_le_bytes());
        }
        Value::Number(n) => {
            out.push(3);
            out.extend(n.to_le_bytes());
        }
        Value::Boolean(b) => out.extend([4, u8::from(*b)]),
        Value::Date(date) => {
            out.push(5);
            out.extend(date.to_epoch_days().to_le_bytes());
        }
        Value::DateTime(instant) => {
            out.push(6);
            out.extend(instant.timestamp_millis().to_le_bytes());
        }
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = u32::from_le_bytes(take(bytes)?) as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

fn take_draft(bytes: &mut &[u8]) -> Option<Draft> {
    let id = take_text(bytes)?;
    let id = if id.is_empty() { None } else { Some(FeatureId::parse(&id).ok()?) };
    let count = u32::from_le_bytes(take(bytes)?);
    let values = (0..count).map(|_| take_value(bytes)).collect::<Option<Vec<_>>>()?;
    Some(Draft { id, values, shape: None })
}

fn take_value(bytes: &mut &[u8]) -> Option<Value> {
    Some(match take::<1>(bytes)?[0] {
        0 => Value::Null,
        1 => Value::Text(take_text(bytes)?),
        2 => Value::Integer(i64::from_le_bytes(take(bytes)?)),
        3 => Value::Number(f64::from_le_bytes(take(bytes)?)),
        4 => Value::Boolean(take::<1>(bytes)?[0] == 1),
        5 => Value::Date(NaiveDate::from_epoch_days(i32::from_le_bytes(take(bytes)?))?),
        6 => Value::DateTime(DateTime::from_timestamp_millis(i64::from_le_bytes(take(bytes)?))?),
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::geom::Shape;

    #[test]
    fn rows_come_back_as_they_went() {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        let instant = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        let values = vec![
            Value::Null,
            Value::from("Dương Liễu"),
            Value::Integer(-5),
            Value::Number(0.1),
            Value::Boolean(true),
            Value::Date(day),
            Value::DateTime(instant),
        ];
        let line = geo::LineString::from(vec![(105.5, 21.0), (105.6, 21.1)]);
        let drafts = [
            Draft { id: Some(FeatureId::parse("a-1").unwrap()), values: values.clone(), shape: None },
            Draft { id: None, values, shape: Some(Shape { geometry: line.into(), z: Some(vec![1.5, 2.5]) }) },
        ];
        let mut spill = Spill::create().unwrap();
        drafts.iter().for_each(|draft| spill.push(draft).unwrap());
        assert_eq!(spill.into_rows().unwrap().map(Result::unwrap).collect::<Vec<_>>(), drafts);
    }
}
