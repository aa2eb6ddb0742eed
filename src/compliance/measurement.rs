//! Reported values: what a laboratory wrote, as an exact decimal with its censoring, and its unit.
//!
//! Refuses to guess: a negative concentration, a word it does not know or a unit of another dimension is an error that
//! says so, and the value is then not assessable.

use rust_decimal::Decimal;
use thiserror::Error;

use super::words::words;

words! {
    /// How a value is censored by the method's detection limit.
    Censoring {
        /// Not censored.
        None = "none",
        /// Below a stated value: `< 0.002`.
        LessThan = "lt",
        /// Not detected ("KPH", không phát hiện), the detection limit stated elsewhere or nowhere.
        NotDetected = "nd",
    }
}

/// Which sign groups thousands. The two readings of `1.000` differ a thousandfold, so the caller says which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// A Vietnamese document: comma for decimals, dot for thousands, so `1.000` is one thousand. A dot that cannot
    /// group thousands (`7.2`, `0.002`, `12.34`) is read as a decimal point, as laboratories also print it.
    Vietnamese,
    /// A machine's number: dot for decimals only, so `1.000` is one. A comma is refused.
    Machine,
}

/// A measured value, never negative, in the unit it was reported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measurement {
    /// A single value.
    Value(Decimal),
    /// Several readings from `low` to `high`, both reached.
    Range {
        /// Lowest reading.
        low: Decimal,
        /// Highest reading.
        high: Decimal,
    },
    /// Below this value.
    LessThan(Decimal),
    /// Not detected.
    NotDetected {
        /// Detection limit of the method, if the report gives it.
        detection_limit: Option<Decimal>,
    },
}

/// Why a reported value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MeasurementError {
    /// Nothing is written.
    #[error("no value is reported")]
    Empty,
    /// Not a number, a range, or a word for "not detected".
    #[error("'{0}' is not a number, a range, '< number' or KPH/ND")]
    Unreadable(String),
    /// Below zero, which no parameter of an effluent standard can be.
    #[error("'{0}' is negative")]
    Negative(String),
    /// A range from high to low.
    #[error("'{0}' is a range whose lower end is above its upper end")]
    RangeReversed(String),
    /// More digits than can be kept exactly.
    #[error("'{0}' has more digits than can be kept exactly")]
    TooManyDigits(String),
    /// The report and the register's columns say different things; which of them is wrong is not known.
    #[error("the report says '{reported}' and the columns say {columns}")]
    Contradicted {
        /// The value as the report writes it.
        reported: String,
        /// What the columns say.
        columns: String,
    },
}

impl Measurement {
    /// Reads what a report says: `0,9`, `1.000`, `< 0,002`, `KPH`, `ND`, `KPH (<0,01)`, `6,5-7,2`.
    pub fn parse(text: &str, notation: Notation) -> Result<Self, MeasurementError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if compact.is_empty() {
            return Err(MeasurementError::Empty);
        }
        let number = |part: &str| number(part, notation).map_err(|fault| fault.of(text));
        let lower = compact.to_lowercase();
        if let Some(rest) = NOT_DETECTED.iter().find_map(|word| lower.strip_prefix(word)) {
            let limit = rest.trim_matches(['(', ')']);
            let limit = limit.trim_start_matches(LESS_THAN).trim_start_matches('=');
            let detection_limit = if limit.is_empty() { None } else { Some(number(limit)?) };
            return Ok(Self::NotDetected { detection_limit });
        }
        if let Some(rest) = compact.strip_prefix(LESS_THAN) {
            return Ok(Self::LessThan(number(rest.trim_start_matches('='))?));
        }
        // A leading hyphen is a sign, any later one joins two readings.
        let joint = compact.char_indices().skip(1).find(|(_, c)| RANGE_SIGNS.contains(c));
        let Some((at, sign)) = joint else {
            return number(&compact).map(Self::Value);
        };
        let (low, high) = (number(&compact[..at])?, number(&compact[at + sign.len_utf8()..])?);
        if low > high {
            return Err(MeasurementError::RangeReversed(text.to_owned()));
        }
        Ok(Self::Range { low, high })
    }

    /// From a register's columns. With `LessThan` the limit is `detection_limit`, or `value` where a register keeps the
    /// number behind the sign there.
    pub fn from_columns(
        value: Option<Decimal>,
        censoring: Censoring,
        detection_limit: Option<Decimal>,
    ) -> Result<Self, MeasurementError> {
        if let Some(negative) = [value, detection_limit].into_iter().flatten().find(|v| *v < Decimal::ZERO) {
            return Err(MeasurementError::Negative(negative.to_string()));
        }
        match censoring {
            Censoring::None => value.map(Self::Value).ok_or(MeasurementError::Empty),
            Censoring::LessThan => detection_limit.or(value).map(Self::LessThan).ok_or(MeasurementError::Empty),
            Censoring::NotDetected => Ok(Self::NotDetected { detection_limit }),
        }
    }

    /// The same, unless the text of the report reads as another value or censoring.
    ///
    /// Text that is no number says nothing against the columns. A dot that may group thousands is read both ways, and
    /// several readings agree with a value among them.
    pub fn unless_contradicted(self, reported: &str) -> Result<Self, MeasurementError> {
        let readings = [Notation::Vietnamese, Notation::Machine].map(|notation| Self::parse(reported, notation));
        let contradicts = |reading: &Result<Self, MeasurementError>| match reading {
            Ok(reading) => Some(!self.agrees(*reading)),
            Err(MeasurementError::Negative(_)) => Some(true),
            Err(_) => None,
        };
        let mut said = readings.iter().filter_map(contradicts).peekable();
        if said.peek().is_some() && said.all(|contradicts| contradicts) {
            return Err(MeasurementError::Contradicted { reported: reported.to_owned(), columns: self.to_string() });
        }
        Ok(self)
    }

    fn agrees(self, reported: Self) -> bool {
        match (self, reported) {
            (Self::Value(value), Self::Value(reported)) => is_same(value, reported),
            (Self::Value(value), Self::Range { low, high }) => (low..=high).contains(&value),
            (Self::Value(_), _) | (_, Self::Value(_) | Self::Range { .. }) => false,
            // Both are censored; a limit that only one of them names is not at odds with the other.
            (columns, reported) => columns.bound().zip(reported.bound()).is_none_or(|(a, b)| is_same(a, b)),
        }
    }

    /// The number below which a censored value lies, as far as it is on record.
    fn bound(self) -> Option<Decimal> {
        match self {
            Self::LessThan(limit) => Some(limit),
            Self::NotDetected { detection_limit } => detection_limit,
            Self::Value(_) | Self::Range { .. } => None,
        }
    }

    /// How it is censored.
    pub fn censoring(self) -> Censoring {
        match self {
            Self::Value(_) | Self::Range { .. } => Censoring::None,
            Self::LessThan(_) => Censoring::LessThan,
            Self::NotDetected { .. } => Censoring::NotDetected,
        }
    }

    /// The same in another unit, or `None` if the result cannot be kept exactly.
    pub fn scaled(self, factor: Decimal) -> Option<Self> {
        Some(match self {
            Self::Value(value) => Self::Value(value.checked_mul(factor)?),
            Self::Range { low, high } => Self::Range { low: low.checked_mul(factor)?, high: high.checked_mul(factor)? },
            Self::LessThan(limit) => Self::LessThan(limit.checked_mul(factor)?),
            Self::NotDetected { detection_limit: Some(limit) } => {
                Self::NotDetected { detection_limit: Some(limit.checked_mul(factor)?) }
            }
            Self::NotDetected { detection_limit: None } => self,
        })
    }
}

impl std::fmt::Display for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Range { low, high } => write!(f, "{low}–{high}"),
            Self::LessThan(limit) => write!(f, "< {limit}"),
            Self::NotDetected { detection_limit: None } => f.write_str("KPH"),
            Self::NotDetected { detection_limit: Some(limit) } => write!(f, "KPH (< {limit})"),
        }
    }
}

/// Whether two numbers are one: a column of doubles may be off in its last digits.
fn is_same(a: Decimal, b: Decimal) -> bool {
    let off = a.checked_sub(b).map(|off| off.abs());
    let allowed = a.max(b).checked_mul(Decimal::new(1, 12));
    off.zip(allowed).is_some_and(|(off, allowed)| off <= allowed)
}

/// The shortest decimal that reads back as `value`, so that a column of doubles keeps what was typed into it; `None`
/// for NaN, infinity and magnitudes beyond a decimal.
pub fn decimal_of(value: f64) -> Option<Decimal> {
    Decimal::from_str_exact(&format!("{value}")).ok()
}

/// The number that takes a value in `from` to `to`; `None` where either is unknown or their dimensions differ.
pub fn conversion(from: Option<&str>, to: &str) -> Option<Decimal> {
    let (dimension, factor) = unit(from.unwrap_or_default())?;
    let (allowed_dimension, allowed_factor) = unit(to)?;
    // Both factors are powers of ten, so the quotient is exact.
    (dimension == allowed_dimension).then(|| factor.checked_div(allowed_factor))?
}

const NOT_DETECTED: [&str; 4] = ["khôngpháthiện", "kph", "nd", "n.d."];
const LESS_THAN: [char; 3] = ['<', '≤', '＜'];
const RANGE_SIGNS: [char; 5] = ['-', '–', '—', '÷', '~'];

#[derive(PartialEq)]
enum Dimension {
    MassPerVolume,
    CountPer100Ml,
    Colour,
    Temperature,
    ActivityPerVolume,
    None,
}

/// Dimension of a unit and its size in the standards' unit of that dimension.
fn unit(text: &str) -> Option<(Dimension, Decimal)> {
    let folded: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if matches!(c, 'µ' | 'μ') { 'u' } else { c })
        .collect();
    let whole = |dimension| Some((dimension, Decimal::ONE));
    match folded.as_str() {
        "g/l" => Some((Dimension::MassPerVolume, Decimal::ONE_THOUSAND)),
        "mg/l" | "g/m3" | "g/m³" | "mgo2/l" => whole(Dimension::MassPerVolume),
        "ug/l" | "mg/m3" | "mg/m³" => Some((Dimension::MassPerVolume, Decimal::new(1, 3))),
        "ng/l" => Some((Dimension::MassPerVolume, Decimal::new(1, 6))),
        // The most probable number and the colony count both estimate bacteria per 100 ml, and the standard
        // names either method.
        "mpn/100ml" | "cfu/100ml" | "bacteria/100ml" | "vikhuẩn/100ml" => whole(Dimension::CountPer100Ml),
        "pt/co" | "pt-co" => whole(Dimension::Colour),
        "°c" | "ºc" | "oc" | "℃" => whole(Dimension::Temperature),
        "bq/l" => whole(Dimension::ActivityPerVolume),
        "" | "-" | "ph" => whole(Dimension::None),
        _ => None,
    }
}

enum NumberFault {
    Unreadable,
    Negative,
    TooManyDigits,
}

impl NumberFault {
    fn of(self, text: &str) -> MeasurementError {
        let text = text.to_owned();
        match self {
            Self::Unreadable => MeasurementError::Unreadable(text),
            Self::Negative => MeasurementError::Negative(text),
            Self::TooManyDigits => MeasurementError::TooManyDigits(text),
        }
    }
}

/// A number without white space.
fn number(text: &str, notation: Notation) -> Result<Decimal, NumberFault> {
    let digits = text.trim_start_matches('+');
    let (negative, digits) = match digits.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    let plain = plain_digits(digits, notation).ok_or(NumberFault::Unreadable)?;
    let value = Decimal::from_str_exact(&plain).map_err(|_| NumberFault::TooManyDigits)?;
    if negative && !value.is_zero() { Err(NumberFault::Negative) } else { Ok(value) }
}

/// The digits with a dot for decimals and no other sign.
fn plain_digits(text: &str, notation: Notation) -> Option<String> {
    let well_formed = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    if !well_formed {
        return None;
    }
    if notation == Notation::Machine {
        return (!text.contains(',') && text.matches('.').count() <= 1).then(|| text.to_owned());
    }
    // With both signs present the last one is the decimal sign, in Vietnamese (1.234,5) and in English (1,234.5).
    let decimal = match (text.rfind('.'), text.rfind(',')) {
        (Some(dot), Some(comma)) if dot > comma => Some('.'),
        (_, Some(_)) if text.matches(',').count() == 1 => Some(','),
        (None, Some(_)) => None,
        (Some(_), Some(_)) => return None,
        (Some(_), None) if groups_thousands(text, '.') => None,
        (Some(_), None) => Some('.'),
        (None, None) => None,
    };
    let (whole, fraction) = match decimal {
        Some(sign) => text.split_once(sign)?,
        None => (text, ""),
    };
    let group_sign = if decimal == Some(',') || (decimal.is_none() && !text.contains(',')) { '.' } else { ',' };
    let whole_ok = !whole.contains(['.', ',']) || groups_thousands(whole, group_sign);
    if !whole_ok || fraction.contains(['.', ',']) {
        return None;
    }
    let whole = whole.replace(group_sign, "");
    Some(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// `1.000`, `12.345.678`: one to three digits, not starting with zero, then groups of three.
fn groups_thousands(text: &str, sign: char) -> bool {
    let mut groups = text.split(sign);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let is_digits = |group: &str| group.chars().all(|c| c.is_ascii_digit());
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && is_digits(first)
        && !rest.is_empty()
        && rest.iter().all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn vietnamese(text: &str) -> Result<Measurement, MeasurementError> {
        Measurement::parse(text, Notation::Vietnamese)
    }

    fn value(text: &str) -> Measurement {
        Measurement::Value(Decimal::from_str_exact(text).unwrap())
    }

    fn dec(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn columns_hold_unless_the_report_reads_as_another_value_or_censoring() {
        let less = Measurement::LessThan(dec("0.002"));
        let not_detected = |limit: Option<&str>| Measurement::NotDetected { detection_limit: limit.map(dec) };
        let contradicted = [
            (value("90"), "900"),
            (value("90"), "90,1"),
            (value("90"), "< 90"),
            (value("90"), "KPH"),
            (value("90"), "-90"),
            (value("90"), "91-95"),
            (less, "0,002"),
            (less, "< 0,02"),
            (not_detected(None), "5"),
            (not_detected(Some("0.01")), "KPH (<0,1)"),
        ];
        for (columns, reported) in contradicted {
            let fault = columns.unless_contradicted(reported);
            assert!(matches!(fault, Err(MeasurementError::Contradicted { .. })), "{columns} {reported}: {fault:?}");
        }
        let agreeing = [
            (value("90"), "90"),
            (value("90"), "90,0"),
            (value("0.30000000000000004"), "0,3"),
            (value("1000"), "1.000"),
            (value("1"), "1.000"),
            (value("7"), "6,5-7,2"),
            (value("90"), "90 mg/l"),
            (value("90"), "đạt"),
            (value("90"), ""),
            (less, "<0.002"),
            (less, "KPH"),
            (not_detected(Some("0.01")), "< 0,01"),
            (not_detected(None), "KPH (<0,01)"),
        ];
        for (columns, reported) in agreeing {
            assert_eq!(columns.unless_contradicted(reported), Ok(columns), "{columns} {reported}");
        }
    }

    #[test]
    fn nothing_reported_is_not_zero() {
        assert_eq!(vietnamese("  "), Err(MeasurementError::Empty));
    }

    #[test]
    fn words_and_broken_numbers_are_refused() {
        for text in ["đạt", "1..2", "1,2,3", "1.2.3", ".5", "5.", "12.34,56,7", "NaN", "1e3", "> 5", "< ", "<-1x"] {
            assert!(matches!(vietnamese(text), Err(MeasurementError::Unreadable(_))), "{text}: {:?}", vietnamese(text));
        }
    }

    #[test]
    fn negative_values_are_refused() {
        assert_eq!(vietnamese("-0,5"), Err(MeasurementError::Negative("-0,5".to_owned())));
        assert!(matches!(
            Measurement::from_columns(Some(dec("-1")), Censoring::None, None),
            Err(MeasurementError::Negative(_))
        ));
    }

    #[test]
    fn more_digits_than_a_decimal_holds_are_refused_not_rounded() {
        let text = "0,1234567890123456789012345678901234567890";
        assert_eq!(vietnamese(text), Err(MeasurementError::TooManyDigits(text.to_owned())));
    }

    #[test]
    fn a_decimal_comma_and_a_decimal_dot_read_the_same() {
        assert_eq!(vietnamese("0,9").unwrap(), value("0.9"));
        assert_eq!(vietnamese("0.9").unwrap(), value("0.9"));
        assert_eq!(vietnamese("7.25").unwrap(), value("7.25"));
        assert_eq!(vietnamese("0.002").unwrap(), value("0.002"));
    }

    #[test]
    fn a_dot_before_three_digits_is_a_thousand_in_a_vietnamese_document_and_not_in_a_machines_number() {
        assert_eq!(vietnamese("1.000").unwrap(), value("1000"));
        assert_eq!(vietnamese("12.345.678").unwrap(), value("12345678"));
        assert_eq!(Measurement::parse("1.000", Notation::Machine).unwrap(), value("1.000"));
        assert!(Measurement::parse("0,9", Notation::Machine).is_err());
    }

    #[test]
    fn with_both_signs_the_last_one_is_the_decimal_sign() {
        assert_eq!(vietnamese("1.234,5").unwrap(), value("1234.5"));
        assert_eq!(vietnamese("1,234.5").unwrap(), value("1234.5"));
        assert!(vietnamese("12.34,5").is_err());
    }

    #[test]
    fn censored_values_keep_their_limit() {
        assert_eq!(vietnamese("<0.002").unwrap(), Measurement::LessThan(dec("0.002")));
        assert_eq!(vietnamese("< 0,002").unwrap(), Measurement::LessThan(dec("0.002")));
        for text in ["KPH", "kph", "ND", "Không phát hiện"] {
            assert_eq!(vietnamese(text).unwrap(), Measurement::NotDetected { detection_limit: None }, "{text}");
        }
        let stated = Measurement::NotDetected { detection_limit: Some(dec("0.01")) };
        assert_eq!(vietnamese("KPH (<0,01)").unwrap(), stated);
    }

    #[test]
    fn a_range_keeps_both_ends_and_a_reversed_one_is_refused() {
        let range = Measurement::Range { low: dec("6.5"), high: dec("7.2") };
        assert_eq!(vietnamese("6,5 - 7,2").unwrap(), range);
        assert_eq!(vietnamese("6.5–7.2").unwrap(), range);
        assert_eq!(vietnamese("7-6"), Err(MeasurementError::RangeReversed("7-6".to_owned())));
    }

    #[test]
    fn columns_without_a_value_are_empty_unless_censored() {
        assert_eq!(Measurement::from_columns(None, Censoring::None, None), Err(MeasurementError::Empty));
        assert_eq!(
            Measurement::from_columns(None, Censoring::NotDetected, None),
            Ok(Measurement::NotDetected { detection_limit: None })
        );
        assert_eq!(
            Measurement::from_columns(Some(dec("0.002")), Censoring::LessThan, None),
            Ok(Measurement::LessThan(dec("0.002")))
        );
    }

    #[test]
    fn unknown_units_and_other_dimensions_do_not_convert() {
        assert_eq!(conversion(Some("ppm"), "mg/l"), None);
        assert_eq!(conversion(Some("MPN/100ml"), "mg/l"), None);
        assert_eq!(conversion(None, "mg/l"), None);
        assert_eq!(conversion(Some("mg/l"), "-"), None);
    }

    #[test]
    fn units_convert_exactly() {
        assert_eq!(conversion(Some("mg/L"), "mg/l"), Some(dec("1")));
        assert_eq!(conversion(Some("µg/l"), "mg/l"), Some(dec("0.001")));
        assert_eq!(conversion(Some("μg/L"), "mg/l"), Some(dec("0.001")));
        assert_eq!(conversion(Some("CFU/100 ml"), "MPN/100ml"), Some(dec("1")));
        assert_eq!(conversion(None, "-"), Some(dec("1")));
        assert_eq!(value("55").scaled(dec("0.001")), Some(value("0.055")));
    }

    #[test]
    fn a_double_becomes_the_decimal_that_was_typed() {
        assert_eq!(decimal_of(0.055), Some(dec("0.055")));
        assert_eq!(decimal_of(74.25), Some(dec("74.25")));
        assert_eq!(decimal_of(f64::NAN), None);
    }
}
