//! Months as reports count them.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that a day lies in.
    pub fn of(day: NaiveDate) -> Month {
        Month(day.with_day(1).unwrap_or(day))
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        let next = self.0.checked_add_months(Months::new(1)).and_then(|next| next.checked_sub_days(Days::new(1)));
        next.unwrap_or(self.0)
    }

    /// The last day before it.
    pub fn day_before(self) -> NaiveDate {
        self.0.checked_sub_days(Days::new(1)).unwrap_or(self.0)
    }

    /// The last day before the quarter that it lies in.
    pub fn day_before_quarter(self) -> NaiveDate {
        let into = self.0.month0() % 3;
        let first = self.0.checked_sub_months(Months::new(into)).unwrap_or(self.0);
        Month(first).day_before()
    }

    /// The month before.
    pub fn previous(self) -> Month {
        Month(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    /// The month after.
    pub fn next(self) -> Month {
        Month(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// As Vietnamese write it, `10/2026`.
    pub fn vi(self) -> String {
        self.0.format("%m/%Y").to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Month, String> {
        let is_plain = text.len() == 7
            && text.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() });
        let first = || NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
        let month = Some(text).filter(|_| is_plain).and_then(|_| first());
        month
            .map(Month)
            .ok_or_else(|| format!("'{text}' không phải tháng như 2026-10 / '{text}' is no month such as 2026-10"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", " 2026-1", "2026/10", "+026-10"]
        {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_month_ends_on_its_last_day_and_begins_after_the_one_before() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(month("2024-02").last(), day("2024-02-29"));
        assert_eq!(month("2026-12").last(), day("2026-12-31"));
        assert_eq!(month("2026-01").day_before(), day("2025-12-31"));
        assert_eq!((month("2026-01").previous(), month("2025-12").next()), (month("2025-12"), month("2026-01")));
        assert_eq!(Month::of(day("2026-11-26")), month("2026-11"));
    }

    #[test]
    fn a_quarter_is_compared_with_the_end_of_the_one_before() {
        let before = |text: &str| month(text).day_before_quarter().to_string();
        let told = ["2026-01", "2026-03", "2026-04", "2026-11", "2026-12"].map(before);
        assert_eq!(told, ["2025-12-31", "2025-12-31", "2026-03-31", "2026-09-30", "2026-09-30"]);
    }
}
