//! Dates, timestamps and intervals: days in UTC, milliseconds. A column may hold finer times, which count as the millisecond
//! they lie in.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{Bind, Said, Sql, Writer, comparison, sql};
use crate::domain::DataType;
use crate::filter::expr::{Comparison, TemporalRelation};
use crate::filter::program::{InstantExpr, SpanExpr};
use crate::filter::temporal::Instant;

/// Milliseconds of one day.
const DAY_MS: i64 = 86_400_000;

fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(Duration::days(day))
}

/// The first moment of a stretch and the first behind it.
fn stretch(at: Instant) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (first, length) = match at {
        Instant::Day(day) => (i64::from(day) * DAY_MS, DAY_MS),
        Instant::Moment(ms) => (ms, 1),
    };
    Some((DateTime::from_timestamp_millis(first)?, DateTime::from_timestamp_millis(first.checked_add(length)?)?))
}

/// The order of a column of timestamps and a stretch of time, so that an index over the column is of use.
fn beside(op: Comparison, column: &Sql, (first, behind): (DateTime<Utc>, DateTime<Utc>)) -> Sql {
    let (first, behind) = (Bind::DateTime(first), Bind::DateTime(behind));
    match op {
        Comparison::Equal => sql!("(", column, " >= ", first, " AND ", column, " < ", behind, ")"),
        Comparison::NotEqual => sql!("(", column, " < ", first, " OR ", column, " >= ", behind, ")"),
        Comparison::Less => sql!("(", column, " < ", first, ")"),
        Comparison::LessEqual => sql!("(", column, " < ", behind, ")"),
        Comparison::Greater => sql!("(", column, " >= ", behind, ")"),
        Comparison::GreaterEqual => sql!("(", column, " >= ", first, ")"),
    }
}

/// Both ends of a span as whole numbers.
struct Ends {
    start: Sql,
    end: Sql,
}

impl Writer<'_> {
    fn is_day(&self, at: &InstantExpr) -> bool {
        match at {
            InstantExpr::Column(field) => self.table.data_type(*field) == Some(DataType::Date),
            InstantExpr::Literal(at) => matches!(at, Instant::Day(_)),
        }
    }

    pub(super) fn instants(&self, op: Comparison, a: &InstantExpr, b: &InstantExpr) -> Said {
        match (a, b) {
            (InstantExpr::Column(field), InstantExpr::Literal(with)) => {
                let column = self.column(*field);
                let holds = if self.is_day(a) {
                    date_of(with.day()).map(|with| sql!("(", column, comparison(op), Bind::Date(with), ")"))
                } else {
                    stretch(*with).map(|with| beside(op, &column, with))
                };
                holds.map_or(Said::NOTHING, Said::Whole)
            }
            (InstantExpr::Literal(_), InstantExpr::Column(_)) => self.instants(op.swapped(), b, a),
            _ => {
                let in_days = self.is_day(a) || self.is_day(b);
                let number = |at: &InstantExpr| if in_days { self.day(at) } else { self.first_ms(at) };
                Said::Whole(sql!("(", number(a), comparison(op), number(b), ")"))
            }
        }
    }

    /// The day of an instant, counted from 1970-01-01.
    fn day(&self, at: &InstantExpr) -> Sql {
        match at {
            InstantExpr::Literal(at) => Bind::Integer(at.day()).into(),
            InstantExpr::Column(field) => {
                let column = self.column(*field);
                let day =
                    if self.is_day(at) { column.clone() } else { sql!("(", &column, " AT TIME ZONE 'UTC')::date") };
                sql!("(CASE WHEN isfinite(", column, ") THEN (", day, " - DATE '1970-01-01')::bigint END)")
            }
        }
    }

    /// The first millisecond of an instant.
    fn first_ms(&self, at: &InstantExpr) -> Sql {
        match at {
            InstantExpr::Literal(Instant::Moment(ms)) => Bind::Integer(*ms).into(),
            InstantExpr::Column(field) if !self.is_day(at) => {
                let column = self.column(*field);
                let ms = sql!("floor(extract(epoch FROM ", &column, ") * 1000)::bigint");
                sql!("(CASE WHEN isfinite(", column, ") THEN ", ms, " END)")
            }
            day => sql!("(", self.day(day), " * 86400000)"),
        }
    }

    fn last_ms(&self, at: &InstantExpr) -> Sql {
        if self.is_day(at) { sql!("(", self.first_ms(at), " + 86399999)") } else { self.first_ms(at) }
    }

    fn ends(&self, span: &SpanExpr, in_days: bool) -> Ends {
        let (start, end) = match span {
            SpanExpr::Instant(at) => (Some(at), Some(at)),
            SpanExpr::Interval(start, end) => (start.as_ref(), end.as_ref()),
        };
        let start = start.map(|at| if in_days { self.day(at) } else { self.first_ms(at) });
        let end = end.map(|at| if in_days { self.day(at) } else { self.last_ms(at) });
        let open = |ms: i64| Sql::from(Bind::Integer(ms));
        Ends { start: start.unwrap_or_else(|| open(i64::MIN)), end: end.unwrap_or_else(|| open(i64::MAX)) }
    }

    /// True where a span has an end that is not on record, or ends before it starts.
    fn span_is_broken(&self, span: &SpanExpr) -> Sql {
        let null = |at: &InstantExpr| match at {
            InstantExpr::Literal(_) => "FALSE".into(),
            // What is not finite is no time here.
            InstantExpr::Column(field) => {
                let column = self.column(*field);
                sql!("(isfinite(", column, ") IS NOT TRUE)")
            }
        };
        match span {
            SpanExpr::Instant(at) => null(at),
            SpanExpr::Interval(start, end) => {
                let mut broken: Vec<Sql> = start.iter().chain(end).map(null).collect();
                if let (Some(start), Some(end)) = (start, end)
                    && let Said::Whole(backwards) = self.instants(Comparison::Greater, start, end)
                {
                    broken.push(backwards);
                }
                Sql::joined(broken, " OR ", "FALSE")
            }
        }
    }

    pub(super) fn span_is_null(&self, span: &SpanExpr) -> Said {
        Said::Whole(sql!("(", self.span_is_broken(span), " IS TRUE)"))
    }

    pub(super) fn temporal(&self, relation: TemporalRelation, a: &SpanExpr, b: &SpanExpr) -> Said {
        use TemporalRelation as T;
        if let (T::Equals, SpanExpr::Instant(a), SpanExpr::Instant(b)) = (relation, a, b) {
            return self.instants(Comparison::Equal, a, b);
        }
        let counts_in_days = |span: &SpanExpr| match span {
            SpanExpr::Instant(at) => self.is_day(at),
            SpanExpr::Interval(start, end) => start.iter().chain(end).all(|at| self.is_day(at)),
        };
        let in_days = counts_in_days(a) && counts_in_days(b);
        let broken = sql!(self.span_is_broken(a), " OR ", self.span_is_broken(b));
        let (a, b) = (self.ends(a, in_days), self.ends(b, in_days));
        let is = |x: &Sql, op: &'static str, y: &Sql| sql!("(", x, op, y, ")");
        let all = |parts: Vec<Sql>| Sql::joined(parts, " AND ", "TRUE");
        let ((a_start, a_end), (b_start, b_end)) = ((&a.start, &a.end), (&b.start, &b.end));
        let holds = match relation {
            T::After => is(a_start, " > ", b_end),
            T::Before => is(a_end, " < ", b_start),
            T::Disjoint => sql!("(", is(a_start, " > ", b_end), " OR ", is(a_end, " < ", b_start), ")"),
            T::Intersects => all(vec![is(a_start, " <= ", b_end), is(a_end, " >= ", b_start)]),
            T::Equals => all(vec![is(a_start, " = ", b_start), is(a_end, " = ", b_end)]),
            T::Contains => all(vec![is(a_start, " < ", b_start), is(a_end, " > ", b_end)]),
            T::During => all(vec![is(a_start, " > ", b_start), is(a_end, " < ", b_end)]),
            T::Starts => all(vec![is(a_start, " = ", b_start), is(a_end, " < ", b_end)]),
            T::StartedBy => all(vec![is(a_start, " = ", b_start), is(a_end, " > ", b_end)]),
            T::Finishes => all(vec![is(a_end, " = ", b_end), is(a_start, " > ", b_start)]),
            T::FinishedBy => all(vec![is(a_end, " = ", b_end), is(a_start, " < ", b_start)]),
            T::Meets => is(a_end, " = ", b_start),
            T::MetBy => is(a_start, " = ", b_end),
            T::Overlaps => all(vec![is(a_start, " < ", b_start), is(a_end, " > ", b_start), is(a_end, " < ", b_end)]),
            T::OverlappedBy => {
                all(vec![is(a_start, " > ", b_start), is(a_start, " < ", b_end), is(a_end, " > ", b_end)])
            }
        };
        // NULL where it is unknown whatever the rest says.
        Said::Whole(sql!("(CASE WHEN ", broken, " THEN NULL ELSE ", holds, " END)"))
    }
}
