//! Tables as CSV for spreadsheets: UTF-8 with a byte order mark, a header row, ISO dates, numbers with a dot. A text that a
//! spreadsheet would take for a formula is kept from it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::text::formula::must_be_guarded;

/// A CSV document under construction.
pub struct Csv(csv::Writer<Vec<u8>>);

/// What can stand in a cell; nothing leaves it empty.
pub trait Cell {
    fn text(&self) -> String;
}

impl Cell for &str {
    fn text(&self) -> String {
        if must_be_guarded(self) { format!("'{self}") } else { (*self).to_owned() }
    }
}

impl Cell for String {
    fn text(&self) -> String {
        self.as_str().text()
    }
}

impl Cell for Decimal {
    fn text(&self) -> String {
        self.normalize().to_string()
    }
}

impl Cell for NaiveDate {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Cell for f64 {
    fn text(&self) -> String {
        crate::domain::Value::Number(*self).to_string()
    }
}

impl Cell for bool {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Cell for usize {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Cell for i64 {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Cell for i32 {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl<T: Cell> Cell for Option<T> {
    fn text(&self) -> String {
        self.as_ref().map(Cell::text).unwrap_or_default()
    }
}

impl Csv {
    /// A document with its header row.
    pub fn new(header: &[&str]) -> Csv {
        let mut csv = Csv(csv::WriterBuilder::new().flexible(true).from_writer(b"\xEF\xBB\xBF".to_vec()));
        let cells: Vec<&dyn Cell> = header.iter().map(|name| name as &dyn Cell).collect();
        csv.row(&cells);
        csv
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&dyn Cell]) {
        // Writing into memory cannot fail.
        drop(self.0.write_record(cells.iter().map(|cell| cell.text())));
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_quotes_commas_and_lines_are_quoted() {
        let mut csv = Csv::new(&["a", "b", "c", "d"]);
        csv.row(&[&"=1+1", &"x,\"y\"\nz", &None::<i64>, &Decimal::from_str_exact("-1.50").unwrap()]);
        csv.row(&[&"+84 912", &"@cmd", &"-5", &true]);
        let text = String::from_utf8(csv.finish()).unwrap();
        assert_eq!(text, "\u{FEFF}a,b,c,d\n'=1+1,\"x,\"\"y\"\"\nz\",,-1.5\n'+84 912,'@cmd,-5,true\n");
    }
}
