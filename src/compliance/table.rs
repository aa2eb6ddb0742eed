//! Reading a CSV text by column name, with errors that name the file, the line and the column.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use thiserror::Error;

use super::law::Confidence;

/// Why the legal data cannot be used.
#[derive(Debug, Error)]
pub enum StandardsError {
    /// Not a CSV text.
    #[error("{file}: not readable as CSV")]
    Unreadable {
        /// The file.
        file: &'static str,
        /// What the reader says, with the line.
        source: csv::Error,
    },
    /// A column is not there.
    #[error("{file}: the column '{column}' is missing from the first line")]
    NoColumn {
        /// The file.
        file: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A cell cannot be read.
    #[error("{file} line {line}: {column} '{cell}' {reason}")]
    Cell {
        /// The file.
        file: &'static str,
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What stands there.
        cell: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Readable, and contradicts itself.
    #[error("{file}: {detail}")]
    Contradiction {
        /// The file.
        file: &'static str,
        /// What contradicts what.
        detail: String,
    },
}

/// A CSV text in memory.
pub(super) struct Table {
    file: &'static str,
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// One line of a [`Table`].
pub(super) struct Row<'a> {
    table: &'a Table,
    record: &'a csv::StringRecord,
}

impl Table {
    /// Reads `text`; `file` names it in errors.
    pub fn parse(file: &'static str, text: &str) -> Result<Self, StandardsError> {
        let unreadable = |source| StandardsError::Unreadable { file, source };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let columns = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
        let rows = reader.records().collect::<Result<_, _>>().map_err(unreadable)?;
        Ok(Self { file, columns, rows })
    }

    /// Its lines in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row { table: self, record })
    }
}

impl<'a> Row<'a> {
    /// The cell of a column, empty if it is.
    pub fn cell(&self, column: &'static str) -> Result<&'a str, StandardsError> {
        let at = self.table.columns.iter().position(|name| name == column);
        let at = at.ok_or(StandardsError::NoColumn { file: self.table.file, column })?;
        Ok(self.record.get(at).unwrap_or_default())
    }

    /// The cell, or `None` if it is empty.
    pub fn optional(&self, column: &'static str) -> Result<Option<String>, StandardsError> {
        Ok(Some(self.cell(column)?).filter(|cell| !cell.is_empty()).map(str::to_owned))
    }

    /// The cell, which must not be empty.
    pub fn required(&self, column: &'static str) -> Result<String, StandardsError> {
        self.optional(column)?.ok_or_else(|| self.fault(column, "", "is empty"))
    }

    /// A day as `2012-02-15`.
    pub fn date(&self, column: &'static str) -> Result<Option<NaiveDate>, StandardsError> {
        self.read(column, "is not a date like 2012-02-15", |cell| cell.parse().ok())
    }

    /// An exact decimal with a dot.
    pub fn decimal(&self, column: &'static str) -> Result<Option<Decimal>, StandardsError> {
        self.read(column, "is not a decimal number like 0.05", |cell| Decimal::from_str_exact(cell).ok())
    }

    /// `true` or `false`.
    pub fn flag(&self, column: &'static str) -> Result<bool, StandardsError> {
        let fault = "is neither true nor false";
        self.read(column, fault, |cell| cell.parse().ok())?.ok_or_else(|| self.fault(column, "", fault))
    }

    /// One of the four words of [`Confidence`].
    pub fn confidence(&self, column: &'static str) -> Result<Option<Confidence>, StandardsError> {
        self.read(column, "is not one of verified, recalled-high, recalled-medium, recalled-low", Confidence::parse)
    }

    /// What `parse` makes of the cell, `None` if it is empty, an error if `parse` refuses it.
    pub fn read<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, StandardsError> {
        match self.cell(column)? {
            "" => Ok(None),
            cell => parse(cell).map(Some).ok_or_else(|| self.fault(column, cell, expected)),
        }
    }

    /// An error about a cell.
    pub fn fault(&self, column: &'static str, cell: &str, reason: &'static str) -> StandardsError {
        StandardsError::Cell {
            file: self.table.file,
            line: self.record.position().map_or(0, csv::Position::line),
            column,
            cell: cell.to_owned(),
            reason,
        }
    }
}
