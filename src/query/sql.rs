//! What is asked of a collection as SQL for PostGIS. As with filters, the database narrows and [`ItemsQuery`] is asked again
//! of the rows that come back.

use super::{Bbox, Interval, ItemsQuery, SortBy, SortKey, SortPoint};
use crate::domain::{DataType, Temporal, Value};
use crate::filter::sql::{Bind, Narrowed, Sql, Table, sql};
use chrono::{DateTime, NaiveDate};

/// Milliseconds of one day.
const DAY_MS: i64 = 86_400_000;

impl ItemsQuery {
    /// What the database can say of the rows that are asked for, wherever a page begins. Words are not said in SQL.
    pub fn narrowed(&self, table: &Table<'_>) -> Narrowed {
        let mut conditions: Vec<Sql> = self.equals.iter().map(|(field, value)| equals(table, *field, value)).collect();
        let mut is_exact = self.words.is_empty();
        if let Some(wanted) = &self.datetime {
            conditions.extend(holds_in(table, wanted));
        }
        let others = self.bbox.iter().map(|bbox| within(table, bbox));
        for other in others.chain(self.filter.iter().map(|filter| filter.narrowed(table))) {
            is_exact &= other.is_exact;
            conditions.extend(other.condition);
        }
        let condition = (!conditions.is_empty()).then(|| Sql::joined(conditions, " AND ", "TRUE"));
        Narrowed { condition, is_exact }
    }
}

fn day(ms: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_millis(ms)?.date_naive())
}

/// Rows that hold a value; what is not of the field's type is in none.
fn equals(table: &Table<'_>, field: usize, value: &Value) -> Sql {
    let column = || table.column(field);
    match (table.collection.fields.get(field).map(|field| field.data_type), value) {
        // No text of the database holds a NUL, nor can one be asked for.
        (Some(DataType::Text), Value::Text(text)) if !text.contains('\0') => {
            sql!("(", column(), " = ", Bind::Text(text.clone()), ")")
        }
        (Some(DataType::Integer), Value::Integer(n)) => sql!("(", column(), " = ", Bind::Integer(*n), ")"),
        (Some(DataType::Number), Value::Number(n)) => sql!("(", column(), " = ", Bind::Number(*n), ")"),
        (Some(DataType::Boolean), Value::Boolean(b)) => sql!("(", column(), " = ", Bind::Boolean(*b), ")"),
        (Some(DataType::Date), Value::Date(date)) => sql!("(", column(), " = ", Bind::Date(*date), ")"),
        (Some(DataType::DateTime), Value::DateTime(at)) => {
            let ms = at.timestamp_millis();
            match (DateTime::from_timestamp_millis(ms), DateTime::from_timestamp_millis(ms.saturating_add(1))) {
                (Some(from), Some(to)) => {
                    let (from, to) = (Bind::DateTime(from), Bind::DateTime(to));
                    sql!("(", column(), " >= ", from, " AND ", column(), " < ", to, ")")
                }
                _ => "FALSE".into(),
            }
        }
        _ => "FALSE".into(),
    }
}

/// Rows that hold at some moment of an interval, and rows of no time; nothing where the collection has none.
fn holds_in(table: &Table<'_>, wanted: &Interval) -> Option<Sql> {
    let at = |name: &str| table.collection.field(name).map(|(at, _)| at);
    let (from, to) = match table.collection.temporal.as_ref()? {
        Temporal::Instant(field) => (at(field)?, at(field)?),
        Temporal::Interval(from, to) => (at(from)?, at(to)?),
    };
    let is_day = |field: usize| table.collection.fields.get(field).is_some_and(|f| f.data_type == DataType::Date);
    // A day ends with its last millisecond, so that it reaches what begins on it.
    let reaches = |field: usize, ms: i64| {
        let bound =
            if is_day(field) { Bind::Date(day(ms)?) } else { Bind::DateTime(DateTime::from_timestamp_millis(ms)?) };
        Some(sql!("(", table.column(field), " IS NULL OR ", table.column(field), " >= ", bound, ")"))
    };
    let begins_by = |field: usize, ms: i64| {
        let (op, bound) = match is_day(field) {
            true => (" <= ", Bind::Date(day(ms)?)),
            false => (" < ", Bind::DateTime(DateTime::from_timestamp_millis(ms.checked_add(1)?)?)),
        };
        Some(sql!("(", table.column(field), " IS NULL OR ", table.column(field), op, bound, ")"))
    };
    let parts = [wanted.start.and_then(|start| reaches(to, start)), wanted.end.and_then(|end| begins_by(from, end))];
    Some(Sql::joined(parts.into_iter().flatten(), " AND ", "TRUE"))
}

/// Rows that may share a point with a box, and rows without a place.
fn within(table: &Table<'_>, bbox: &Bbox) -> Narrowed {
    let points: Option<Vec<Sql>> =
        if bbox.local.is_some() { None } else { bbox.parts.iter().map(|part| table.points_in(part)).collect() };
    let is_exact = points.is_some();
    let near = points.or_else(|| bbox.parts.iter().map(|part| table.near(part)).collect());
    let condition = near.map(|near| Sql::joined(std::iter::once(table.placeless()).chain(near), " OR ", "FALSE"));
    Narrowed { is_exact: is_exact && condition.is_some(), condition }
}

/// How the database orders by a field as [`SortKey`] does; `None` for texts, which stand in the order of a Vietnamese
/// dictionary here.
fn sort_column(table: &Table<'_>, by: &SortBy) -> Option<Sql> {
    let column = table.column(by.field);
    match table.collection.fields.get(by.field)?.data_type {
        DataType::Text => None,
        // What is no number of ours is read as null.
        DataType::Number => {
            let bounds = sql!(&column, " > '-Infinity' AND ", &column, " < 'Infinity'");
            Some(sql!("(CASE WHEN ", bounds, " THEN ", column, " END)"))
        }
        DataType::DateTime => Some(sql!("date_trunc('milliseconds', ", column, ")")),
        _ => Some(column),
    }
}

/// Whether the database can order by these fields.
pub fn is_sortable(table: &Table<'_>, sort: &[SortBy]) -> bool {
    sort.iter().all(|by| sort_column(table, by).is_some())
}

/// What stands behind ORDER BY: null last in either direction, then the row numbers.
pub fn order(table: &Table<'_>, sort: &[SortBy], fid: impl Fn() -> Sql) -> Sql {
    let mut order = Sql::default();
    for by in sort {
        order.push(sort_column(table, by).unwrap_or_else(|| table.column(by.field)));
        order.push(if by.descending { " DESC NULLS LAST, " } else { " ASC NULLS LAST, " });
    }
    order.push(fid());
    order
}

/// The value of a key as the column of its field holds it; `None` for null and for what is none of the field's type.
fn key(table: &Table<'_>, by: &SortBy, key: &SortKey) -> Option<Bind> {
    Some(match (table.collection.fields.get(by.field)?.data_type, key) {
        (DataType::Integer, SortKey::Integer(n)) => Bind::Integer(*n),
        (DataType::Number, SortKey::Number(n)) => Bind::Number(*n),
        (DataType::Boolean, SortKey::Integer(n)) => Bind::Boolean(*n != 0),
        (DataType::Date, SortKey::Integer(days)) => Bind::Date(day(days.checked_mul(DAY_MS)?)?),
        (DataType::DateTime, SortKey::Integer(ms)) => Bind::DateTime(DateTime::from_timestamp_millis(*ms)?),
        _ => return None,
    })
}

/// Rows that stand behind a point of an order.
pub fn behind(table: &Table<'_>, sort: &[SortBy], point: &SortPoint, fid: impl Fn() -> Sql) -> Sql {
    let mut same: Vec<Sql> = Vec::new();
    let mut ways: Vec<Sql> = Vec::new();
    for (by, at) in sort.iter().zip(&point.keys) {
        let Some(column) = sort_column(table, by) else { continue };
        match key(table, by, at) {
            Some(value) => {
                let op = if by.descending { " < " } else { " > " };
                let value = Sql::from(value);
                let further = sql!("(", &column, op, &value, " OR ", &column, " IS NULL)");
                ways.push(Sql::joined(same.iter().cloned().chain([further]), " AND ", "TRUE"));
                same.push(sql!("(", column, " = ", value, ")"));
            }
            // Nothing stands behind null but rows of greater numbers.
            None => same.push(sql!("(", column, " IS NULL)")),
        }
    }
    let later = sql!("(", fid(), " > ", Bind::Integer(point.fid), ")");
    ways.push(Sql::joined(same.into_iter().chain([later]), " AND ", "TRUE"));
    Sql::joined(ways, " OR ", "FALSE")
}
