//! Checked rows on disk between the check and the write, so that memory does not grow with the file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::packed;
use crate::store::{Draft, StoreError};

/// Rows being put aside.
pub struct Spill {
    file: BufWriter<File>,
    rows: u64,
    buffer: Vec<u8>,
}

impl Spill {
    /// In the directory for temporary files.
    pub fn create() -> io::Result<Spill> {
        Ok(Spill::of(tempfile::tempfile()?))
    }

    /// In a directory of the caller's.
    pub fn create_in(folder: &Path) -> io::Result<Spill> {
        Ok(Spill::of(tempfile::tempfile_in(folder)?))
    }

    fn of(file: File) -> Spill {
        Spill { file: BufWriter::with_capacity(1 << 18, file), rows: 0, buffer: Vec::new() }
    }

    /// Appends a row with its number in the file that it comes from.
    pub fn push(&mut self, number: u64, draft: &Draft) -> io::Result<()> {
        let out = &mut self.buffer;
        out.clear();
        packed::put_draft(out, draft);
        self.file.write_all(&(out.len() as u64).to_le_bytes())?;
        self.file.write_all(&number.to_le_bytes())?;
        self.file.write_all(out)?;
        self.rows += 1;
        Ok(())
    }

    /// All rows, to be read as often as wanted.
    pub fn finish(self) -> io::Result<Kept> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Kept { file, rows: self.rows })
    }
}

/// Rows that were put aside.
pub struct Kept {
    file: File,
    rows: u64,
}

impl Kept {
    pub fn count(&self) -> u64 {
        self.rows
    }

    /// The rows in their order, each with its number.
    pub fn rows(&self) -> Rows<'_> {
        let file = BufReader::with_capacity(1 << 18, FromStart { file: &self.file, at: 0 });
        Rows { file, left: self.rows, buffer: Vec::new() }
    }

    /// The rows as a store takes them.
    pub fn drafts(&self) -> impl Iterator<Item = Result<Draft, StoreError>> {
        self.rows().map(|row| {
            row.map(|(_, draft)| draft).map_err(|e| {
                StoreError::Stopped(format!(
                    "tệp tạm bị lỗi ({e}): hãy dọn chỗ trong thư mục TMPDIR / the temporary file failed ({e}): make room in the directory that TMPDIR names"
                ))
            })
        })
    }
}

/// Reads a file from its start, whoever else reads it.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(into, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Rows coming back. After an error there are none.
pub struct Rows<'a> {
    file: BufReader<FromStart<'a>>,
    left: u64,
    buffer: Vec<u8>,
}

impl Iterator for Rows<'_> {
    type Item = io::Result<(u64, Draft)>;

    fn next(&mut self) -> Option<io::Result<(u64, Draft)>> {
        self.left = self.left.checked_sub(1)?;
        let row = self.read();
        if row.is_err() {
            self.left = 0;
        }
        Some(row)
    }
}

impl Rows<'_> {
    fn read(&mut self) -> io::Result<(u64, Draft)> {
        let (mut length, mut number) = ([0u8; 8], [0u8; 8]);
        self.file.read_exact(&mut length)?;
        self.file.read_exact(&mut number)?;
        self.buffer.resize(usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?, 0);
        self.file.read_exact(&mut self.buffer)?;
        let draft = packed::take_draft(&self.buffer).map_err(io::Error::other)?;
        Ok((u64::from_le_bytes(number), draft))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{FeatureId, Value};
    use crate::geom::Shape;
    use chrono::{DateTime, NaiveDate};

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
        drafts.iter().zip(5..).for_each(|(draft, number)| spill.push(number, draft).unwrap());
        let kept = spill.finish().unwrap();
        let [first, second] = drafts;
        let wanted = [(5, first), (6, second)];
        for _ in 0..2 {
            assert_eq!(kept.rows().map(Result::unwrap).collect::<Vec<_>>(), wanted);
        }
    }
}
