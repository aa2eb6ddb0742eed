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

impl Comma {
    /// What the texts of a column show, taken together.
    pub fn shown_by<'a>(texts: impl Iterator<Item = &'a str>) -> Comma {
        let mut shown = Comma::Unknown;
        for text in texts {
            let text = compact(text);
            let is_numeric = text.chars().all(|c| c.is_ascii_digit() || "+-.,".contains(c));
            let (Some(comma), true) = (text.rfind(','), is_numeric) else { continue };
            let is_decimal = match text.rfind('.') {
                Some(point) => Some(point < comma),
                // Only one comma with exactly three digits behind it and one to three before it can be either.
                None if text.matches(',').count() > 1 => Some(false),
                None => (!may_be_a_group(&text)).then_some(true),
            };
            match is_decimal {
                Some(true) => return Comma::Decimal,
                Some(false) => shown = Comma::Thousands,
                None => {}
            }
        }
        shown
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{A0}' && *c != '\u{202F}').collect()
}

/// Whether the one comma of a number may be a thousands separator.
fn may_be_a_group(number: &str) -> bool {
    let digits = number.trim_start_matches(['+', '-']);
    digits
        .split_once(',')
        .is_some_and(|(before, after)| after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0'))
}

/// Reads a number with decimal point or comma and separated thousands.
///
/// # Errors
/// Why the text is none, or that it can be read in two ways.
pub fn number(text: &str, comma: Comma) -> Result<f64, String> {
    let plain = compact(text);
    let none = || format!("'{text}' is no number");
    let (commas, points) = (plain.matches(',').count(), plain.matches('.').count());
    let (decimal, thousands) = match (commas, points) {
        (0, 0 | 1) => ('.', None),
        (0, _) => (',', Some('.')),
        (1, 0) => match comma {
            Comma::Unknown if may_be_a_group(&plain) => {
                return Err(format!("'{text}' can be read in two ways: write the decimals with a point"));
            }
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
    read.ok_or_else(|| format!("'{text}' is no date: write 2024-01-31 or 31/01/2024"))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "có" | "co" | "đúng" | "dung" => Ok(true),
        "false" | "f" | "no" | "n" | "0" | "không" | "khong" | "sai" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false (có, không, true, false, 1, 0)")),
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
    let refuse = |what: &dyn std::fmt::Display| Err(format!("'{what}' is no {}", data_type.as_str()));
    Ok(match (cell, data_type) {
        (Cell::Null | Cell::Text(_), _) => Value::Null,
        (Cell::Number(n), _) if !n.is_finite() => return Err(format!("{n} is not a finite number")),
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
                .map_err(|_| format!("'{text}' is no integer"))?,
        },
        DataType::Boolean => Value::Boolean(boolean(text)?),
        DataType::Date => Value::Date(date(text)?),
        DataType::DateTime => match parse_instant(text.trim()) {
            Some(instant) => Value::DateTime(instant),
            None => Value::DateTime(date(text)?.and_time(chrono::NaiveTime::MIN).and_utc()),
        },
    })
}

/// The narrowest type that holds every text of a column; text where there is none. Leading zeros make a code, not a number.
pub fn narrowest<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> DataType {
    let mut filled = texts.map(str::trim).filter(|text| !text.is_empty()).peekable();
    if filled.peek().is_none() {
        return DataType::Text;
    }
    let is_code = |text: &str| {
        let digits = text.trim_start_matches('-');
        (digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.")) || text.starts_with('+')
    };
    let fits = |data_type: DataType, text: &str| match data_type {
        DataType::Integer => !is_code(text) && text.parse::<i64>().is_ok(),
        DataType::Number => {
            !is_code(text) && DataType::Number.parse(text).is_some() && !text.contains(|c: char| c.is_alphabetic())
        }
        DataType::Date => date(text).is_ok() && !text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 10,
        _ => false,
    };
    let candidates = [DataType::Integer, DataType::Number, DataType::Date];
    candidates.into_iter().find(|candidate| filled.clone().all(|text| fits(*candidate, text))).unwrap_or(DataType::Text)
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
        assert_eq!(Comma::shown_by(["8,522", "10,5"].into_iter()), Comma::Decimal);
        assert_eq!(Comma::shown_by(["8,522", "1,234.5"].into_iter()), Comma::Thousands);
        assert_eq!(Comma::shown_by(["8,522", "chữ, số"].into_iter()), Comma::Unknown);
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
        assert_eq!(narrowest(["00004", "10"].into_iter()), DataType::Text);
        assert_eq!(narrowest(["4", "10", ""].into_iter()), DataType::Integer);
        assert_eq!(narrowest(["0.5", "10"].into_iter()), DataType::Number);
        assert_eq!(narrowest(["31/12/2024", "2024-01-01"].into_iter()), DataType::Date);
        assert_eq!(narrowest(["20240131"].into_iter()), DataType::Integer);
        assert_eq!(narrowest(["nan"].into_iter()), DataType::Text);
        assert_eq!(narrowest([""].into_iter()), DataType::Text);
    }
}
