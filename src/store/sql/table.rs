//! Rows of a collection's table: the statements that read them, and what their cells mean.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};

use serde_json::{Map, Value as Json};

use super::session::{Bind, Cell, Cells, NEXT, Session, bound};
use crate::domain::schema::parse_instant;
use crate::domain::{Collection, DataType, FeatureId, Kind, Value};
use crate::geom::curve::read_wkb_with_curves;
use crate::geom::{Shape, wkb};
use crate::store::among::Among;
use crate::store::{Operation, Row, StoreError};

/// A collection and the table behind it.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    pub collection: Collection,
    /// Integer primary key; `None` in views.
    pub fid_column: Option<String>,
    /// The column of public ids; `None` in tables that are not ours.
    pub id_column: Option<String>,
    /// Columns of the stored fields, in their order.
    pub columns: Vec<String>,
    /// Columns that are read as another SQL type than their own.
    pub read_as: BTreeMap<String, &'static str>,
    pub srs_id: i32,
}

impl Table {
    pub fn has_fid(&self) -> bool {
        self.fid_column.as_deref() == Some("fid")
    }

    pub fn geometry_column(&self) -> Option<&str> {
        self.collection.geometry.as_ref().map(|geometry| geometry.name.as_str())
    }
}

pub use crate::filter::sql::quoted;

/// An SQL string, where a statement cannot have bound values.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The statement that reads a table: fid, id, geometry (if the table has one), fields.
pub fn select(table: &Table) -> String {
    let fid = table.fid_column.as_deref().map_or("row_number() OVER ()".to_owned(), quoted);
    let mut columns = vec![fid];
    columns.push(table.id_column.as_deref().map_or("NULL".to_owned(), quoted));
    columns.extend(table.geometry_column().map(quoted));
    columns.extend(table.columns.iter().map(|column| match table.read_as.get(column) {
        Some(other) => format!("CAST({} AS {other})", quoted(column)),
        None => quoted(column),
    }));
    format!("SELECT {} FROM {}", columns.join(", "), quoted(&table.name))
}

/// Reads the rows of some numbers in their ascending order. A table without numbers is read whole.
pub fn scan(
    session: &dyn Session,
    table: &Table,
    fids: RangeInclusive<i64>,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let what = format!("reading '{}'", table.collection.id);
    let (first, last) = fids.into_inner();
    let numbers = [Bind::Integer(first), Bind::Integer(last)];
    let (wanted, bound) = match table.fid_column.as_deref().map(quoted) {
        Some(fid) => (format!("WHERE {fid} BETWEEN ?1 AND ?2"), numbers.as_slice()),
        None => (String::new(), [].as_slice()),
    };
    let sql = format!("{} {wanted} ORDER BY 1", select(table));
    session.rows(&what, table, &sql, bound, &mut |row| {
        each(row)?;
        NEXT
    })
}

/// Reads some rows in ascending numbers.
pub fn scan_among(
    session: &dyn Session,
    table: &Table,
    among: &Among,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let what = format!("reading rows of '{}'", table.collection.id);
    let Some((wanted, texts)) = condition(table, among) else { return Ok(()) };
    let sql = format!("{} WHERE {wanted} ORDER BY 1", select(table));
    let bound: Vec<_> = texts.iter().map(Bind::from).collect();
    session.rows(&what, table, &sql, &bound, &mut |row| {
        each(row)?;
        NEXT
    })
}

/// The condition of some rows, which an index answers, with the texts that are bound to it; `None` where there are none.
fn condition(table: &Table, among: &Among) -> Option<(String, Vec<String>)> {
    let id = quoted(table.id_column.as_deref()?);
    Some(match among {
        Among::Id(of) => (format!("{id} = ?1"), vec![of.to_string()]),
        Among::IdsFrom(beginning) => {
            // No text is further behind what begins so than the last letter that there is.
            (format!("{id} > ?1 AND {id} < ?2"), vec![beginning.clone(), format!("{beginning}{}", char::MAX)])
        }
        Among::Holding(field, text) => {
            let column = table.columns.iter().find(|column| column == field)?;
            (format!("{} = ?1", quoted(column)), vec![text.clone()])
        }
    })
}

/// The numbers between which the rows of a table lie; `None` where it has no numbers or no rows.
pub fn numbers(session: &dyn Session, table: &Table) -> Result<Option<RangeInclusive<i64>>, StoreError> {
    let Some(fid) = table.fid_column.as_deref().map(quoted) else { return Ok(None) };
    // Each alone is a look at one end of the table; both together would be a walk through it.
    let name = quoted(&table.name);
    let sql = format!("SELECT (SELECT min({fid}) FROM {name}), (SELECT max({fid}) FROM {name})");
    let what = format!("reading '{}'", table.collection.id);
    let ends = session.first(&what, &sql, &[], |found| Ok((found.get::<Option<i64>>(0)?, found.get(1)?)))?;
    Ok(ends.and_then(|(first, last): (_, Option<i64>)| Some(first?..=last?)))
}

/// So many rows are read by their numbers with one statement.
const TOGETHER: usize = 64;

/// Reads single rows by their number; one that is not there is handed over as `None`.
pub fn read(
    session: &dyn Session,
    table: &Table,
    fids: &[i64],
    each: &mut dyn FnMut(i64, Option<Row>),
) -> Result<(), StoreError> {
    let Some(fid_column) = table.fid_column.as_deref().map(quoted) else { return Ok(()) };
    let what = format!("reading rows of '{}'", table.collection.id);
    let (many, few) = fids.split_at(fids.len() - fids.len() % TOGETHER);
    // Statements of two lengths only, so that they stay prepared.
    for together in many.chunks(TOGETHER).chain(few.chunks(1)) {
        let marks: Vec<_> = (1..=together.len()).map(|n| format!("?{n}")).collect();
        let sql = format!("{} WHERE {fid_column} IN ({})", select(table), marks.join(", "));
        let numbers: Vec<_> = together.iter().copied().map(Bind::Integer).collect();
        let mut there = BTreeMap::new();
        session.rows(&what, table, &sql, &numbers, &mut |row| {
            there.insert(row.fid, row);
            NEXT
        })?;
        for fid in together {
            each(*fid, there.remove(fid));
        }
    }
    Ok(())
}

/// The row of an id. A table that is not ours has none: its ids are row numbers.
pub fn find(session: &dyn Session, table: &Table, id: &FeatureId) -> Result<Option<Row>, StoreError> {
    let Some(id_column) = table.id_column.as_deref().map(quoted) else { return Ok(None) };
    let what = format!("reading a row of '{}'", table.collection.id);
    let sql = format!("{} WHERE {id_column} = ?1", select(table));
    let mut there = None;
    session.rows(&what, table, &sql, bound![id], &mut |row| {
        there = Some(row);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(there)
}

/// The ids of rows whose field holds a text, so many at the most.
pub fn holders(
    session: &dyn Session,
    table: &Table,
    field: &str,
    text: &str,
    most: usize,
) -> Result<Vec<FeatureId>, StoreError> {
    let known = table.columns.iter().find(|column| *column == field);
    let (Some(id_column), Some(column)) = (table.id_column.as_deref().map(quoted), known) else {
        return Ok(Vec::new());
    };
    let what = format!("looking through '{}'", table.collection.id);
    let sql =
        format!("SELECT {id_column} FROM {} WHERE {} = ?1 ORDER BY fid LIMIT ?2", quoted(&table.name), quoted(column));
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let ids = session.all(&what, &sql, bound![text, limit], |found| found.get::<String>(0))?;
    Ok(ids.iter().filter_map(|id| FeatureId::parse(id).ok()).collect())
}

/// Values of a stranger's table that are not of the type their column declares: SQLite does not enforce it.
#[derive(Default)]
pub struct Misfits {
    /// Count and first row, by position of the field.
    by_field: BTreeMap<usize, (u64, i64)>,
}

impl Misfits {
    fn add(&mut self, field: usize, fid: i64) {
        self.by_field.entry(field).or_insert((0, fid)).0 += 1;
    }

    pub fn tell(&self, table: &Table) {
        for (field, (count, first)) in &self.by_field {
            let column = table.columns.get(*field).map_or("", String::as_str);
            tracing::warn!(
                collection.id = table.collection.id,
                column,
                count,
                first_row = first,
                "values are not of the column's type and are served as null"
            );
        }
    }
}

/// Reads one row whose columns are those of [`select`]; `place` reads what the geometry column holds.
pub fn decode<C: Cells + ?Sized>(
    table: &Table,
    cells: &C,
    misfits: &mut Misfits,
    place: fn(&[u8]) -> Result<Option<Shape>, wkb::WkbError>,
) -> Result<Row, StoreError> {
    let cell = |at: usize, what: &str| {
        cells.cell(at).map_err(|cause| StoreError::Database { doing: format!("reading {what}"), cause })
    };
    let Cell::Integer(fid) = cell(0, "a row number")? else {
        let reason = format!("table '{}' has a row whose number is none", table.name);
        return Err(StoreError::Schema(reason));
    };
    let fault = |reason: String| StoreError::Row { collection: table.collection.id.clone(), fid, reason };
    let id = match cell(1, "an id")? {
        Cell::Null => FeatureId::from_fid(fid),
        Cell::Text(text) => FeatureId::parse(&String::from_utf8_lossy(text)).map_err(|e| fault(e.to_string()))?,
        _ => return Err(fault("its id is no text".to_owned())),
    };
    let mut at = 2;
    let shape = match &table.collection.geometry {
        None => None,
        Some(geometry) => {
            at = 3;
            match cell(2, "a geometry")? {
                Cell::Bytes(blob) => {
                    let shape = place(blob).map_err(|e| fault(e.to_string()))?;
                    shape.map(|shape| shape.promoted(geometry.kind))
                }
                _ => None,
            }
        }
    };
    let mut values = Vec::with_capacity(table.columns.len());
    for (index, field) in table.collection.stored_fields().enumerate() {
        match decode_value(field.data_type, cell(at + index, "a value")?) {
            Some(value) => values.push(value),
            None if table.collection.kind == Kind::Table => {
                misfits.add(index, fid);
                values.push(Value::Null);
            }
            None => {
                return Err(fault(format!("column '{}' holds no {}", field.name, field.data_type.as_str())));
            }
        }
    }
    Ok(Row { fid, id, values, shape })
}

/// A place as a GeoPackage and every history hold it.
pub fn decode_blob(blob: &[u8]) -> Result<Option<Shape>, wkb::WkbError> {
    let parts = wkb::read_gpkg_blob(blob)?;
    if parts.empty {
        return Ok(None);
    }
    Ok(read_wkb_with_curves(parts.wkb)?.filter(|shape| !shape.is_empty()))
}

/// A value of a column; `None` when SQLite, which does not enforce column types, holds something else there.
fn decode_value(data_type: DataType, raw: Cell<'_>) -> Option<Value> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    Some(match (data_type, raw) {
        (_, Cell::Null) => Value::Null,
        (DataType::Text, Cell::Text(bytes)) => Value::Text(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(bytes).into_owned(),
        }),
        (DataType::Text, Cell::Integer(n)) => Value::Text(n.to_string()),
        (DataType::Text, Cell::Real(n)) => Value::Text(n.to_string()),
        (DataType::Integer, Cell::Integer(n)) => Value::Integer(n),
        (DataType::Integer, Cell::Real(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Value::Integer(n as i64),
        (DataType::Number, Cell::Real(n)) if n.is_finite() => Value::Number(n),
        (DataType::Number, Cell::Integer(n)) => Value::Number(n as f64),
        (DataType::Boolean, Cell::Integer(n)) => Value::Boolean(n != 0),
        (DataType::Date, Cell::Text(bytes)) => DataType::Date.parse(text(bytes)?.get(..10)?)?,
        (DataType::DateTime, Cell::Text(bytes)) => Value::DateTime(parse_instant(text(bytes)?)?),
        (DataType::Date, Cell::Date(date)) => Value::Date(date),
        (DataType::DateTime, Cell::Instant(at)) => Value::DateTime(at),
        (_, Cell::Text(bytes)) => data_type.parse(text(bytes)?)?,
        _ => return None,
    })
}

/// A row's values by field name, for the history: readable after the table has got further columns.
pub fn values_to_json(table: &Table, values: &[Value]) -> String {
    let members = table.columns.iter().zip(values).filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let json = match value {
            Value::Integer(n) => Json::from(*n),
            Value::Number(n) => Json::from(*n),
            Value::Boolean(b) => Json::from(*b),
            other => Json::from(other.to_string()),
        };
        (name.clone(), json)
    });
    Json::Object(members.collect::<Map<_, _>>()).to_string()
}

fn values_from_json(table: &Table, text: &str) -> Vec<Value> {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let value = |name: &str, data_type: DataType| match json.get(name) {
        Some(Json::Bool(b)) => Value::Boolean(*b),
        Some(Json::Number(n)) if data_type == DataType::Integer => n.as_i64().into(),
        // SQLite's own booleans, where a trigger wrote the history.
        Some(Json::Number(n)) if data_type == DataType::Boolean => n.as_i64().map(|n| n != 0).into(),
        Some(Json::Number(n)) => n.as_f64().into(),
        Some(Json::String(text)) => data_type.parse(text).unwrap_or_default(),
        _ => Value::Null,
    };
    table.collection.stored_fields().map(|field| value(&field.name, field.data_type)).collect()
}

/// A row as the history keeps it.
pub fn image(table: &Table, values: &str, geom: Option<&[u8]>) -> (Vec<Value>, Option<Shape>) {
    let shape = geom.and_then(|blob| decode_blob(blob).ok().flatten());
    let kind = table.collection.geometry.as_ref().map(|geometry| geometry.kind);
    let shape = shape.zip(kind).map(|(shape, kind)| shape.promoted(kind));
    (values_from_json(table, values), shape)
}

/// What happened to a row, as the history writes it.
pub fn operation(text: &str) -> Operation {
    match text {
        "insert" => Operation::Insert,
        "delete" => Operation::Delete,
        _ => Operation::Update,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::catalog::ASKED_BY;
    use crate::store::gpkg::GpkgStore;
    use crate::store::sql::Database;

    #[test]
    fn a_geopackage_finds_the_rows_of_a_plan_by_an_index_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let store = GpkgStore::create(&folder.path().join("store.gpkg")).unwrap();
        let work = &mut |session: &dyn Session| {
            let (tables, _) = session.tables()?;
            for (name, field) in ASKED_BY {
                let table = tables.iter().find(|table| table.name == name).unwrap();
                let of_id = [Among::Id(FeatureId::from_fid(1)), Among::IdsFrom("p-building-".to_owned())];
                for among in of_id.into_iter().chain([Among::Holding(field, "p".to_owned())]) {
                    let (wanted, texts) = condition(table, &among).unwrap();
                    let sql = format!("EXPLAIN QUERY PLAN {} WHERE {wanted} ORDER BY 1", select(table));
                    let bound: Vec<_> = texts.iter().map(Bind::from).collect();
                    let steps = session.all("asking", &sql, &bound, |row| row.get::<String>(3))?;
                    assert!(steps[0].starts_with("SEARCH") && steps[0].contains("INDEX"), "{among:?}: {steps:?}");
                    // A range of ids is sorted, and that is all.
                    assert!(steps[1..].iter().all(|step| step.contains("ORDER BY")), "{among:?}: {steps:?}");
                }
            }
            Ok(false)
        };
        store.reading(work).unwrap();
    }
}
