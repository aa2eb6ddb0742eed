//! Instants and intervals, and the relations of OWL-Time between them.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::expr::TemporalRelation;

/// Milliseconds of one day.
const DAY_MS: i64 = 86_400_000;

/// A moment, or a day that counts as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instant {
    /// Days since 1970-01-01.
    Day(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Moment(i64),
}

impl Instant {
    pub fn of_date(date: NaiveDate) -> Instant {
        // Chrono's years fit: ±262,000 years are less than 2^31 days.
        Instant::Day(date.signed_duration_since(NaiveDate::default()).num_days() as i32)
    }

    /// The day in UTC, counted from 1970-01-01.
    pub fn day(self) -> i64 {
        match self {
            Instant::Day(day) => i64::from(day),
            Instant::Moment(ms) => ms.div_euclid(DAY_MS),
        }
    }

    fn first_ms(self) -> i64 {
        match self {
            Instant::Day(day) => i64::from(day) * DAY_MS,
            Instant::Moment(ms) => ms,
        }
    }

    fn last_ms(self) -> i64 {
        match self {
            Instant::Day(day) => i64::from(day) * DAY_MS + DAY_MS - 1,
            Instant::Moment(ms) => ms,
        }
    }

    /// The order of two instants; a moment beside a day counts as its day.
    pub fn compare(self, other: Instant) -> Ordering {
        match (self, other) {
            (Instant::Moment(a), Instant::Moment(b)) => a.cmp(&b),
            (a, b) => a.day().cmp(&b.day()),
        }
    }
}

/// A time with its two ends, both included; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    start: Option<Instant>,
    end: Option<Instant>,
    is_instant: bool,
}

impl Span {
    pub fn of_instant(at: Instant) -> Span {
        Span { start: Some(at), end: Some(at), is_instant: true }
    }

    /// `None` when it ends before it starts.
    pub fn between(start: Option<Instant>, end: Option<Instant>) -> Option<Span> {
        let backwards = start.zip(end).is_some_and(|(start, end)| start.compare(end).is_gt());
        (!backwards).then_some(Span { start, end, is_instant: false })
    }

    fn counts_in_days(&self) -> bool {
        [self.start, self.end].iter().flatten().all(|at| matches!(at, Instant::Day(_)))
    }

    /// Both ends as numbers, in days or in milliseconds.
    fn ends(&self, in_days: bool) -> (i64, i64) {
        let start = self.start.map_or(i64::MIN, |at| if in_days { at.day() } else { at.first_ms() });
        let end = self.end.map_or(i64::MAX, |at| if in_days { at.day() } else { at.last_ms() });
        (start, end)
    }
}

/// Whether the relation holds between two times.
pub fn holds(relation: TemporalRelation, a: &Span, b: &Span) -> bool {
    use TemporalRelation as T;
    if let (T::Equals, true, true, Some(a), Some(b)) = (relation, a.is_instant, b.is_instant, a.start, b.start) {
        return a.compare(b).is_eq();
    }
    let in_days = a.counts_in_days() && b.counts_in_days();
    let ((a_start, a_end), (b_start, b_end)) = (a.ends(in_days), b.ends(in_days));
    match relation {
        T::After => a_start > b_end,
        T::Before => a_end < b_start,
        T::Disjoint => a_start > b_end || a_end < b_start,
        T::Intersects => a_start <= b_end && a_end >= b_start,
        T::Equals => a_start == b_start && a_end == b_end,
        T::Contains => a_start < b_start && a_end > b_end,
        T::During => a_start > b_start && a_end < b_end,
        T::Starts => a_start == b_start && a_end < b_end,
        T::StartedBy => a_start == b_start && a_end > b_end,
        T::Finishes => a_end == b_end && a_start > b_start,
        T::FinishedBy => a_end == b_end && a_start < b_start,
        T::Meets => a_end == b_start,
        T::MetBy => a_start == b_end,
        T::Overlaps => a_start < b_start && a_end > b_start && a_end < b_end,
        T::OverlappedBy => a_start > b_start && a_start < b_end && a_end > b_end,
    }
}
