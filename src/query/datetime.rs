//! The `datetime` parameter (OGC 17-069r4, requirement 25): an instant or an interval, ends open as `..` or empty.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate};

/// Milliseconds of one day.
const DAY_MS: i64 = 86_400_000;

/// A span of time in milliseconds since 1970-01-01T00:00:00Z, both ends included; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub start: Option<i64>,
    pub end: Option<i64>,
}

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatetimeError {
    #[error(
        "'{0}' không phải ngày (2024-01-31) hay thời điểm có múi giờ (2024-01-31T12:00:00Z) / '{0}' is neither a date (2024-01-31) nor a time with zone (2024-01-31T12:00:00Z)"
    )]
    Instant(String),
    #[error("có hơn một dấu '/' / has more than one '/'")]
    Slashes,
    #[error("khoảng thời gian kết thúc trước khi bắt đầu / the interval ends before it starts")]
    Backwards,
}

impl Interval {
    /// Whether two spans share a moment.
    pub fn intersects(&self, other: &Interval) -> bool {
        let reaches = |end: Option<i64>, start: Option<i64>| match (end, start) {
            (Some(end), Some(start)) => end >= start,
            _ => true,
        };
        reaches(self.end, other.start) && reaches(other.end, self.start)
    }

    /// The whole of a day (UTC).
    pub fn of_day(date: NaiveDate) -> Interval {
        let start = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        Interval { start: Some(start), end: Some(start + DAY_MS - 1) }
    }

    /// One moment.
    pub fn of_instant(ms: i64) -> Interval {
        Interval { start: Some(ms), end: Some(ms) }
    }
}

/// One end: a date is its whole day, so that an interval of dates covers both of them.
fn end(text: &str) -> Result<Interval, DatetimeError> {
    if text.is_empty() || text == ".." {
        return Ok(Interval { start: None, end: None });
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(Interval::of_day(date));
    }
    // RFC 3339 allows small letters; a '+' of the zone arrives as a blank where a client did not encode it.
    let upper = text.to_ascii_uppercase().replace(' ', "+");
    let instant = DateTime::parse_from_rfc3339(&upper).map_err(|_| DatetimeError::Instant(text.to_owned()))?;
    Ok(Interval::of_instant(instant.timestamp_millis()))
}

impl FromStr for Interval {
    type Err = DatetimeError;

    fn from_str(text: &str) -> Result<Interval, DatetimeError> {
        let interval = match text.split('/').collect::<Vec<_>>().as_slice() {
            [instant] if !instant.is_empty() && *instant != ".." => end(instant)?,
            [instant] => return Err(DatetimeError::Instant((*instant).to_owned())),
            [from, to] => Interval { start: end(from)?.start, end: end(to)?.end },
            _ => return Err(DatetimeError::Slashes),
        };
        if interval.start.zip(interval.end).is_some_and(|(start, end)| start > end) {
            return Err(DatetimeError::Backwards);
        }
        Ok(interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "..", "yesterday", "2024", "2024-13-01", "2024-01-01T00:00:00", "2024-01-01/b", "a/b/c", "/x"]
        {
            assert!(text.parse::<Interval>().is_err(), "{text:?} was read as a time");
        }
        assert_eq!("2024-02-01/2024-01-01".parse::<Interval>(), Err(DatetimeError::Backwards));
    }

    #[test]
    fn a_date_is_its_whole_day() {
        let day = "1970-01-02".parse::<Interval>();
        assert_eq!(day, Ok(Interval { start: Some(86_400_000), end: Some(172_799_999) }));
    }

    #[test]
    fn open_ends_are_written_as_dots_or_left_out() {
        let from = Ok(Interval { start: Some(0), end: None });
        assert_eq!("1970-01-01T00:00:00Z/..".parse::<Interval>(), from);
        assert_eq!("1970-01-01T00:00:00Z/".parse::<Interval>(), from);
        assert_eq!("../1970-01-01T00:00:00z".parse::<Interval>(), Ok(Interval { start: None, end: Some(0) }));
    }

    #[test]
    fn the_years_that_qgis_sends_for_open_ends_parse() {
        assert!("0000-01-01T00:00:00Z/9999-12-31T00:00:00Z".parse::<Interval>().is_ok());
    }

    #[test]
    fn spans_that_touch_intersect_and_spans_apart_do_not() {
        let span = |start, end| Interval { start, end };
        assert!(span(Some(1), Some(2)).intersects(&span(Some(2), Some(3))));
        assert!(!span(Some(1), Some(2)).intersects(&span(Some(3), None)));
        assert!(span(None, None).intersects(&span(Some(3), Some(4))));
        assert!(span(Some(5), None).intersects(&span(None, Some(5))));
        assert!(!span(Some(5), None).intersects(&span(None, Some(4))));
    }
}
