//! Excel workbooks of one sheet. GDAL gives a whole column one type and no head to a sheet without rows, so they are written
//! by a library that is told of each cell.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, NaiveDate};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::domain::Value;

/// UTF-16 units that a cell holds.
const CELL_TEXT: usize = 32_767;

/// Letters that the name of a sheet holds.
const SHEET_NAME: usize = 31;

/// The largest integer of fifteen digits: Excel makes zeros of all digits beyond them.
const LARGEST_INTEGER: u64 = 999_999_999_999_999;

/// A workbook that is being written.
pub struct SheetSink {
    workbook: Workbook,
    path: PathBuf,
    date: Format,
    instant: Format,
    /// The row that comes next.
    row: u32,
    /// Texts that a cell could not hold to their end.
    pub cut: u64,
}

/// Whether Excel counts a day as everybody does: before 1900-03-01 it has one day too many, before 1900 none.
fn has_serial(date: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(1900, 3, 1).is_some_and(|first| date >= first) && date.year() <= 9999
}

/// The beginning of a text that a cell holds, where it does not hold the whole.
fn beginning(text: &str) -> Option<&str> {
    let mut units = 0;
    let end = text.char_indices().find(|(_, letter)| {
        units += letter.len_utf16();
        units > CELL_TEXT
    });
    end.map(|(at, _)| &text[..at])
}

impl SheetSink {
    /// Begins a workbook with the head of its sheet.
    pub fn create<'a>(path: &Path, name: &str, header: impl Iterator<Item = &'a str>) -> Result<SheetSink, String> {
        let made = || -> Result<Workbook, XlsxError> {
            let mut workbook = Workbook::new();
            // Rows go to a temporary file and texts into a table that every reader knows.
            let sheet = workbook.add_worksheet_with_low_memory()?;
            sheet.set_name(name.chars().take(SHEET_NAME).collect::<String>())?;
            for (column, name) in (0..).zip(header) {
                sheet.write_string(0, column, name)?;
            }
            Ok(workbook)
        };
        let workbook = made().map_err(|error| error.to_string())?;
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let instant = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        Ok(SheetSink { workbook, path: path.to_owned(), date, instant, row: 1, cut: 0 })
    }

    /// Writes a row. What Excel would show as another value is written as text.
    pub fn write(&mut self, values: &[Value]) -> Result<(), String> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(|error| error.to_string())?;
        for (column, value) in (0..).zip(values) {
            let cell = Cell { row: self.row, column, date: &self.date, instant: &self.instant };
            self.cut += u64::from(cell.write(sheet, value).map_err(|error| error.to_string())?);
        }
        self.row += 1;
        Ok(())
    }

    /// Completes the file.
    pub fn finish(mut self) -> Result<(), String> {
        self.workbook.save(&self.path).map_err(|error| error.to_string())
    }
}

struct Cell<'a> {
    row: u32,
    column: u16,
    date: &'a Format,
    instant: &'a Format,
}

impl Cell<'_> {
    /// Writes a value; whether its text was cut.
    fn write(&self, sheet: &mut Worksheet, value: &Value) -> Result<bool, XlsxError> {
        let (row, column) = (self.row, self.column);
        match value {
            Value::Null => return Ok(false),
            Value::Integer(n) if n.unsigned_abs() <= LARGEST_INTEGER => sheet.write_number(row, column, *n as f64)?,
            Value::Number(n) => sheet.write_number(row, column, *n)?,
            Value::Boolean(b) => sheet.write_boolean(row, column, *b)?,
            Value::Date(date) if has_serial(*date) => sheet.write_datetime_with_format(row, column, date, self.date)?,
            Value::DateTime(at) if has_serial(at.date_naive()) => {
                sheet.write_datetime_with_format(row, column, DateTime::naive_utc(at), self.instant)?
            }
            other => {
                let text = other.to_string();
                let beginning = beginning(&text);
                sheet.write_string(row, column, beginning.unwrap_or(&text))?;
                return Ok(beginning.is_some());
            }
        };
        Ok(false)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters_where_a_cell_ends() {
        assert_eq!(beginning(&"ạ".repeat(CELL_TEXT)), None);
        assert_eq!(beginning(&"ạ".repeat(CELL_TEXT + 1)).unwrap(), "ạ".repeat(CELL_TEXT));
        // Such a letter takes two units, and 32,767 is odd.
        assert_eq!(beginning(&"𠀀".repeat(CELL_TEXT)).unwrap().chars().count(), CELL_TEXT / 2);
    }

    #[test]
    fn days_have_numbers_from_march_1900_on() {
        let is_number = |day: &str| has_serial(day.parse().unwrap());
        assert!(!is_number("1900-02-28") && is_number("1900-03-01"));
        assert!(is_number("9999-12-31") && !is_number("+10000-01-01"));
    }
}
