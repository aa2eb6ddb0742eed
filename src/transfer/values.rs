//! Attribute values as people write them, read into the type that a field has: leniently, but never by guessing.

use chrono::NaiveDate;

use super::table::Cell;
use crate::domain::schema::parse_instant;
use crate::domain::{DataType, Value};

/// What a comma between digits means in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comma {
    /// No value of the column decides it.
    #[default]
    Unknown,
    /// `12,5`
    Decimal,
    /// `12,500.5`
    Thousands,
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{A0}' && *c != '\u{202F}').collect()
}

/// Whether the one comma or point of a number may be a thousands separator.
fn may_be_a_group(number: &str, separator: char) -> bool {
    let digits = number.trim_start_matches(['+', '-']);
    digits
        .split_once(separator)
        .is_some_and(|(before, after)| after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0'))
}

/// Reads a number with decimal point or comma and separated thousands.
///
/// # Errors
/// Why the text is none, or that it can be read in two ways.
pub fn number(text: &str, comma: Comma) -> Result<f64, String> {
    let plain = compact(text);
    let none = || format!("'{text}' không phải số / '{text}' is no number");
    let (commas, points) = (plain.matches(',').count(), plain.matches('.').count());
    let in_two_ways = || {
        Err(format!(
            "'{text}' đọc được theo hai cách: hãy viết liền, không tách hàng nghìn / '{text}' can be read in two ways: write it without separated thousands"
        ))
    };
    let (decimal, thousands) = match (commas, points) {
        (0, 1) if comma == Comma::Decimal && may_be_a_group(&plain, '.') => return in_two_ways(),
        (0, 0 | 1) => ('.', None),
        (0, _) => (',', Some('.')),
        (1, 0) => match comma {
            Comma::Unknown if may_be_a_group(&plain, ',') => return in_two_ways(),
            Comma::Thousands => ('.', Some(',')),
            Comma::Unknown | Comma::Decimal => (',', None),
        },
        (_, 0) => ('.', Some(',')),
        _ if plain.rfind(',') > plain.rfind('.') => (',', Some('.')),
        _ => ('.', Some(',')),
    };
    let (whole, fraction) = plain.split_once(decimal).map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
    let whole = match thousands {
        Some(separator) => {
            let groups: Vec<&str> = whole.trim_start_matches(['+', '-']).split(separator).collect();
            let is_grouped = (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3);
            if !is_grouped {
                return Err(none());
            }
            whole.replace(separator, "")
        }
        None => whole.to_owned(),
    };
    let ascii = fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}"));
    // `parse` also takes "inf", "nan" and hexadecimal-looking words of the C library's making.
    let is_numeric = ascii.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c))
        && ascii.contains(|c: char| c.is_ascii_digit());
    ascii.parse::<f64>().ok().filter(|n| is_numeric && n.is_finite()).ok_or_else(none)
}

/// Reads a day: `2024-01-31`, `31/1/2024`, `31-01-2024`, `31.1.2024`, `20240131`; day before month, as Vietnam writes.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    let formats: &[&str] = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        &["%Y%m%d"]
    } else {
        &["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
    };
    let read = formats.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok());
    // `%Y` takes a year of any length: "31/1/24" would be of the first century.
    let read = read.filter(|date| (1000..=9999).contains(&chrono::Datelike::year(date)));
    let read = read.or_else(|| Some(parse_instant(text)?.date_naive()));
    read.ok_or_else(|| format!("'{text}' không phải ngày: viết 2024-01-31 hoặc 31/01/2024 / '{text}' is no date: write 2024-01-31 or 31/01/2024"))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "có" | "co" | "đúng" | "dung" => Ok(true),
        "false" | "f" | "no" | "n" | "0" | "không" | "khong" | "sai" => Ok(false),
        _ => Err(format!(
            "'{text}' không phải có hay không (có, không, true, false, 1, 0) / '{text}' is neither true nor false"
        )),
    }
}

/// Reads a cell whose text has been decoded; blank text is null.
///
/// # Errors
/// A sentence on why the cell is no value of this type.
pub fn read(cell: &Cell, text: Option<&str>, data_type: DataType, comma: Comma) -> Result<Value, String> {
    if let Some(text) = text {
        return if text.trim().is_empty() { Ok(Value::Null) } else { from_text(text, data_type, comma) };
    }
    let refuse = |what: &dyn std::fmt::Display| {
        Err(format!("'{what}' không đúng kiểu {0} / '{what}' is no {0}", data_type.as_str()))
    };
    Ok(match (cell, data_type) {
        (Cell::Null | Cell::Text(_), _) => Value::Null,
        // Readers put the largest integer where they meet a larger one.
        (Cell::Integer(i64::MIN | i64::MAX), _) => {
            return Err("số nguyên quá lớn / the integer is too large".to_owned());
        }
        (Cell::Number(n), _) if !n.is_finite() => {
            return Err(format!("{n} không phải số hữu hạn / {n} is not a finite number"));
        }
        (Cell::Integer(n), DataType::Integer) => Value::Integer(*n),
        (Cell::Integer(n), DataType::Number) => Value::Number(*n as f64),
        (Cell::Integer(n @ (0 | 1)), DataType::Boolean) => Value::Boolean(*n == 1),
        (Cell::Integer(n), DataType::Text) => Value::Text(n.to_string()),
        (Cell::Number(n), DataType::Number) => Value::Number(*n),
        // 2^53: beyond it a float no longer tells neighbouring integers apart.
        (Cell::Number(n), DataType::Integer) if n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0 => {
            Value::Integer(*n as i64)
        }
        (Cell::Number(n), DataType::Boolean) if *n == 0.0 || *n == 1.0 => Value::Boolean(*n == 1.0),
        (Cell::Number(n), DataType::Text) => Value::Text(Value::Number(*n).to_string()),
        (Cell::Boolean(b), DataType::Boolean) => Value::Boolean(*b),
        (Cell::Boolean(b), DataType::Integer) => Value::Integer(i64::from(*b)),
        (Cell::Boolean(b), DataType::Text) => Value::Text(b.to_string()),
        (Cell::Date(date), DataType::Date) => Value::Date(*date),
        (Cell::Date(date), DataType::DateTime) => Value::DateTime(date.and_time(chrono::NaiveTime::MIN).and_utc()),
        (Cell::Date(date), DataType::Text) => Value::Text(date.to_string()),
        (Cell::DateTime(instant), DataType::DateTime) => Value::DateTime(*instant),
        (Cell::DateTime(instant), DataType::Date) => Value::Date(instant.date_naive()),
        (Cell::DateTime(instant), DataType::Text) => Value::Text(Value::DateTime(*instant).to_string()),
        (Cell::Integer(n), _) => return refuse(n),
        (Cell::Number(n), _) => return refuse(n),
        (Cell::Boolean(b), _) => return refuse(b),
        (Cell::Date(date), _) => return refuse(date),
        (Cell::DateTime(instant), _) => return refuse(instant),
    })
}

fn from_text(text: &str, data_type: DataType, comma: Comma) -> Result<Value, String> {
    Ok(match data_type {
        DataType::Text => Value::Text(text.to_owned()),
        DataType::Number => Value::Number(number(text, comma)?),
        DataType::Integer => match text.trim().parse() {
            Ok(n) => Value::Integer(n),
            Err(_) => read(&Cell::Number(number(text, comma)?), None, data_type, comma)
                .map_err(|_| format!("'{text}' không phải số nguyên / '{text}' is no integer"))?,
        },
        DataType::Boolean => Value::Boolean(boolean(text)?),
        DataType::Date => Value::Date(date(text)?),
        DataType::DateTime => match parse_instant(text.trim()) {
            Some(instant) => Value::DateTime(instant),
            None => Value::DateTime(date(text)?.and_time(chrono::NaiveTime::MIN).and_utc()),
        },
    })
}

/// What all texts of one column have in common: the narrowest type that holds them, and what a comma in them means.
#[derive(Debug, Clone)]
pub struct Style {
    is_filled: bool,
    is_integer: bool,
    is_number: bool,
    /// As above, where a comma is the decimal sign.
    is_decimal: bool,
    is_date: bool,
    comma: Comma,
}

impl Default for Style {
    fn default() -> Style {
        let comma = Comma::Unknown;
        Style { is_filled: false, is_integer: true, is_number: true, is_decimal: true, is_date: true, comma }
    }
}

impl Style {
    /// Takes note of a text, in whatever encoding: numbers and dates are ASCII in all of them.
    pub fn see(&mut self, bytes: &[u8]) {
        let text = str::from_utf8(bytes).unwrap_or("?").trim();
        if text.is_empty() {
            return;
        }
        self.is_filled = true;
        // Leading zeros make a code, not a number.
        let digits = text.trim_start_matches('-');
        let is_code =
            (digits.len() > 1 && digits.starts_with('0') && !(digits.starts_with("0.") || digits.starts_with("0,")))
                || text.starts_with('+');
        let is_word = is_code || text.contains(|c: char| c.is_alphabetic());
        self.is_integer = self.is_integer && !is_word && text.parse::<i64>().is_ok();
        self.is_number = self.is_number && !is_word && DataType::Number.parse(text).is_some();
        self.is_decimal = self.is_decimal && !is_word && number(text, Comma::Decimal).is_ok();
        self.is_date =
            self.is_date && text.len() <= 10 && !text.bytes().all(|byte| byte.is_ascii_digit()) && date(text).is_ok();
        if text.contains(',') && self.comma != Comma::Decimal {
            self.comma = comma_in(text).unwrap_or(self.comma);
        }
    }

    /// What a comma between digits means in this column.
    pub fn comma(&self) -> Comma {
        self.comma
    }

    /// The narrowest type that holds every text; text where there is none.
    pub fn data_type(&self) -> DataType {
        match self {
            Style { is_filled: false, .. } => DataType::Text,
            Style { is_integer: true, .. } => DataType::Integer,
            Style { is_number: true, .. } => DataType::Number,
            Style { is_decimal: true, comma: Comma::Decimal, .. } => DataType::Number,
            Style { is_date: true, .. } => DataType::Date,
            _ => DataType::Text,
        }
    }
}

/// What the commas of one number show.
fn comma_in(text: &str) -> Option<Comma> {
    let text = compact(text);
    let comma = text.rfind(',').filter(|_| text.chars().all(|c| c.is_ascii_digit() || "+-.,".contains(c)))?;
    match text.rfind('.') {
        Some(point) if point < comma => Some(Comma::Decimal),
        Some(_) => Some(Comma::Thousands),
        None if text.matches(',').count() > 1 => Some(Comma::Thousands),
        // Only one comma with exactly three digits behind it and one to three before it can be either.
        None if may_be_a_group(&text, ',') => None,
        None => Some(Comma::Decimal),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_numbers_are_refused() {
        for text in ["", "-", "abc", "1e", "NaN", "inf", "1.2.3", "1,2,3", "12,34.5", "1.23,4", "0x10", "--1", "1 ha"] {
            assert!(number(text, Comma::Unknown).is_err(), "{text}");
        }
        assert!(number("1e999", Comma::Unknown).is_err());
    }

    #[test]
    fn a_comma_that_can_be_read_in_two_ways_is_refused_unless_the_column_decides() {
        assert!(number("1,234", Comma::Unknown).unwrap_err().contains("two ways"));
        assert_eq!(number("1,234", Comma::Decimal), Ok(1.234));
        assert_eq!(number("1,234", Comma::Thousands), Ok(1234.0));
        assert_eq!(style(&["8,522", "10,5"]).comma(), Comma::Decimal);
        assert_eq!(style(&["8,522", "1,234.5"]).comma(), Comma::Thousands);
        assert_eq!(style(&["8,522", "chữ, số"]).comma(), Comma::Unknown);
        assert!(number("1.234", Comma::Decimal).unwrap_err().contains("two ways"));
        assert_eq!(number("588600.250", Comma::Decimal), Ok(588_600.25));
    }

    fn style(texts: &[&str]) -> Style {
        let mut style = Style::default();
        texts.iter().for_each(|text| style.see(text.as_bytes()));
        style
    }

    #[test]
    fn numbers_are_read_as_vietnam_and_the_world_write_them() {
        for (text, value) in [
            ("12.5", 12.5),
            ("12,5", 12.5),
            ("588591,944", 588_591.944),
            ("0,002", 0.002),
            ("1.234,56", 1234.56),
            ("1,234.56", 1234.56),
            ("1.234.567", 1_234_567.0),
            ("2 326 345,31", 2_326_345.31),
            ("-3", -3.0),
            ("1e-3", 0.001),
        ] {
            assert_eq!(number(text, Comma::Unknown), Ok(value), "{text}");
        }
    }

    #[test]
    fn days_that_do_not_exist_or_put_the_month_first_are_refused() {
        for text in ["30/02/2024", "03/14/2024", "2024", "1/2024", "31/1/24", "45291", ""] {
            assert!(date(text).is_err(), "{text}");
        }
        for text in
            ["2024-01-31", "31/01/2024", "31/1/2024", "31-1-2024", "31.01.2024", "20240131", "2024-01-31T00:00:00"]
        {
            assert_eq!(date(text).unwrap().to_string(), "2024-01-31", "{text}");
        }
    }

    #[test]
    fn a_fraction_is_no_integer_and_a_word_no_boolean() {
        let text = |text: &str, data_type| read(&Cell::Null, Some(text), data_type, Comma::Unknown);
        assert!(text("1.5", DataType::Integer).is_err());
        assert!(read(&Cell::Number(1.5), None, DataType::Integer, Comma::Unknown).is_err());
        assert!(read(&Cell::Number(f64::NAN), None, DataType::Number, Comma::Unknown).is_err());
        assert!(text("maybe", DataType::Boolean).is_err());
        assert_eq!(text("5,0", DataType::Integer), Ok(Value::Integer(5)));
        assert_eq!(text("Có", DataType::Boolean), Ok(Value::Boolean(true)));
        assert_eq!(text("không", DataType::Boolean), Ok(Value::Boolean(false)));
        assert_eq!(text("  ", DataType::Text), Ok(Value::Null));
    }

    #[test]
    fn codes_with_leading_zeros_stay_text() {
        let data_type = |texts: &[&str]| style(texts).data_type();
        assert_eq!(data_type(&["00004", "10"]), DataType::Text);
        assert_eq!(data_type(&["4", "10", ""]), DataType::Integer);
        assert_eq!(data_type(&["0.5", "10"]), DataType::Number);
        assert_eq!(data_type(&["31/12/2024", "2024-01-01"]), DataType::Date);
        assert_eq!(data_type(&["20240131"]), DataType::Integer);
        assert_eq!(data_type(&["nan"]), DataType::Text);
        assert_eq!(data_type(&[""]), DataType::Text);
    }

    #[test]
    fn numbers_with_decimal_commas_are_numbers_and_what_may_be_two_is_text() {
        let data_type = |texts: &[&str]| style(texts).data_type();
        assert_eq!(data_type(&["12,5", "0,75", "1.234,5", "7"]), DataType::Number);
        assert_eq!(data_type(&["12,5", "1.234"]), DataType::Text);
        assert_eq!(data_type(&["1,234", "5,678"]), DataType::Text);
        assert_eq!(data_type(&["1,2", "1,2,3"]), DataType::Text);
    }
}
