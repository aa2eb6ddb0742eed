//! Rows of a GeoPackage table, read and written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use rusqlite::types::{ToSql, ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, Statement};
use serde_json::{Map, Value as Json};

use super::schema::Table;
use super::{StoreError, doing, quoted};
use crate::domain::schema::parse_instant;
use crate::domain::{DataType, FeatureId, Kind, Value};
use crate::geom::curve::read_wkb_with_curves;
use crate::geom::{Shape, wkb};
use crate::store::{Operation, Origin, Row, Version};
use crate::text::hex;

/// Reads the rows of some numbers in their ascending order. A table without numbers is read whole.
pub fn scan(
    connection: &Connection,
    table: &Table,
    fids: RangeInclusive<i64>,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let what = format!("reading '{}'", table.collection.id);
    let (first, last) = fids.into_inner();
    let wanted = match table.fid_column.as_deref().map(quoted) {
        Some(fid) => format!("WHERE {fid} BETWEEN ?1 AND ?2"),
        None => "WHERE ?1 <= ?2".to_owned(),
    };
    let sql = format!("{} {wanted} ORDER BY 1", select(table));
    let mut statement = connection.prepare_cached(&sql).map_err(doing(&what))?;
    let mut rows = statement.query([first, last]).map_err(doing(&what))?;
    let mut misfits = Misfits::default();
    while let Some(row) = rows.next().map_err(doing(&what))? {
        each(decode(table, row, &mut misfits)?)?;
    }
    misfits.tell(table);
    Ok(())
}

/// The numbers between which the rows of a table lie; `None` where it has no numbers or no rows.
pub fn numbers(connection: &Connection, table: &Table) -> Result<Option<RangeInclusive<i64>>, StoreError> {
    let Some(fid) = table.fid_column.as_deref().map(quoted) else { return Ok(None) };
    // Each alone is a look at one end of the table; both together would be a walk through it.
    let name = quoted(&table.name);
    let sql = format!("SELECT (SELECT min({fid}) FROM {name}), (SELECT max({fid}) FROM {name})");
    let (first, last): (Option<i64>, Option<i64>) = connection
        .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(doing(&format!("reading '{}'", table.collection.id)))?;
    Ok(first.zip(last).map(|(first, last)| first..=last))
}

/// The statement that reads a table: fid, id, geometry (if the table has one), fields.
pub fn select(table: &Table) -> String {
    let fid = table.fid_column.as_deref().map_or("row_number() OVER ()".to_owned(), quoted);
    let mut columns = vec![fid];
    columns.push(table.id_column.as_deref().map_or("NULL".to_owned(), quoted));
    columns.extend(table.geometry_column().map(quoted));
    columns.extend(table.columns.iter().map(|column| quoted(column)));
    format!("SELECT {} FROM {}", columns.join(", "), quoted(&table.name))
}

/// Reads single rows by their number; one that is not there is handed over as `None`.
pub fn read(
    connection: &Connection,
    table: &Table,
    fids: impl Iterator<Item = i64>,
    each: &mut dyn FnMut(i64, Option<Row>),
) -> Result<(), StoreError> {
    let Some(fid_column) = table.fid_column.as_deref().map(quoted) else { return Ok(()) };
    let what = format!("reading rows of '{}'", table.collection.id);
    let sql = format!("{} WHERE {fid_column} = ?1", select(table));
    let mut misfits = Misfits::default();
    for fid in fids {
        let mut statement = connection.prepare_cached(&sql).map_err(doing(&what))?;
        let mut rows = statement.query([fid]).map_err(doing(&what))?;
        let row = match rows.next().map_err(doing(&what))? {
            Some(row) => Some(decode(table, row, &mut misfits)?),
            None => None,
        };
        each(fid, row);
    }
    misfits.tell(table);
    Ok(())
}

/// The row of an id. A table that is not ours has none: its ids are row numbers.
pub fn find(connection: &Connection, table: &Table, id: &FeatureId) -> Result<Option<Row>, StoreError> {
    let Some(id_column) = table.id_column.as_deref().map(quoted) else { return Ok(None) };
    let what = format!("reading a row of '{}'", table.collection.id);
    let sql = format!("{} WHERE {id_column} = ?1", select(table));
    let mut statement = connection.prepare_cached(&sql).map_err(doing(&what))?;
    let mut rows = statement.query([id.as_str()]).map_err(doing(&what))?;
    let row = rows.next().map_err(doing(&what))?;
    row.map(|row| decode(table, row, &mut Misfits::default())).transpose()
}

/// The ids of rows whose field holds a text, so many at the most.
pub fn holders(
    connection: &Connection,
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
    let sql = format!(
        "SELECT {id_column} FROM {} WHERE {} = ?1 ORDER BY rowid LIMIT ?2",
        quoted(&table.name),
        quoted(column)
    );
    let mut statement = connection.prepare_cached(&sql).map_err(doing(&what))?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let ids = statement.query_map(rusqlite::params![text, limit], |row| row.get::<_, String>(0));
    let ids: Vec<String> = ids.and_then(Iterator::collect).map_err(doing(&what))?;
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

    fn tell(&self, table: &Table) {
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

/// Reads one row whose columns are fid, id, geometry (if the table has one), fields.
pub fn decode(table: &Table, row: &rusqlite::Row<'_>, misfits: &mut Misfits) -> Result<Row, StoreError> {
    let fid: i64 = row.get(0).map_err(doing("reading a row number"))?;
    let fault = |reason: String| StoreError::Row { collection: table.collection.id.clone(), fid, reason };
    let id = match row.get_ref(1).map_err(doing("reading an id"))? {
        ValueRef::Null => FeatureId::from_fid(fid),
        ValueRef::Text(text) => FeatureId::parse(&String::from_utf8_lossy(text)).map_err(|e| fault(e.to_string()))?,
        _ => return Err(fault("its id is no text".to_owned())),
    };
    let mut at = 2;
    let shape = match &table.collection.geometry {
        None => None,
        Some(geometry) => {
            at = 3;
            match row.get_ref(2).map_err(doing("reading a geometry"))? {
                ValueRef::Blob(blob) => {
                    let shape = decode_shape(blob).map_err(|e| fault(e.to_string()))?;
                    shape.map(|shape| shape.promoted(geometry.kind))
                }
                _ => None,
            }
        }
    };
    let mut values = Vec::with_capacity(table.columns.len());
    for (index, field) in table.collection.stored_fields().enumerate() {
        let raw = row.get_ref(at + index).map_err(doing("reading a value"))?;
        match decode_value(field.data_type, raw) {
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

fn decode_shape(blob: &[u8]) -> Result<Option<Shape>, wkb::WkbError> {
    let parts = wkb::read_gpkg_blob(blob)?;
    if parts.empty {
        return Ok(None);
    }
    Ok(read_wkb_with_curves(parts.wkb)?.filter(|shape| !shape.is_empty()))
}

/// A value of a column; `None` when SQLite, which does not enforce column types, holds something else there.
fn decode_value(data_type: DataType, raw: ValueRef<'_>) -> Option<Value> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    Some(match (data_type, raw) {
        (_, ValueRef::Null) => Value::Null,
        (DataType::Text, ValueRef::Text(bytes)) => Value::Text(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(bytes).into_owned(),
        }),
        (DataType::Text, ValueRef::Integer(n)) => Value::Text(n.to_string()),
        (DataType::Text, ValueRef::Real(n)) => Value::Text(n.to_string()),
        (DataType::Integer, ValueRef::Integer(n)) => Value::Integer(n),
        (DataType::Integer, ValueRef::Real(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Value::Integer(n as i64),
        (DataType::Number, ValueRef::Real(n)) if n.is_finite() => Value::Number(n),
        (DataType::Number, ValueRef::Integer(n)) => Value::Number(n as f64),
        (DataType::Boolean, ValueRef::Integer(n)) => Value::Boolean(n != 0),
        (DataType::Date, ValueRef::Text(bytes)) => DataType::Date.parse(text(bytes)?.get(..10)?)?,
        (DataType::DateTime, ValueRef::Text(bytes)) => Value::DateTime(parse_instant(text(bytes)?)?),
        (_, ValueRef::Text(bytes)) => data_type.parse(text(bytes)?)?,
        _ => return None,
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Owned(SqlValue::Null),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Integer(n) => ToSqlOutput::Owned(SqlValue::Integer(*n)),
            Value::Number(n) => ToSqlOutput::Owned(SqlValue::Real(*n)),
            Value::Boolean(b) => ToSqlOutput::Owned(SqlValue::Integer(i64::from(*b))),
            Value::Date(date) => ToSqlOutput::Owned(SqlValue::Text(date.to_string())),
            Value::DateTime(at) => {
                ToSqlOutput::Owned(SqlValue::Text(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)))
            }
        })
    }
}

/// Executes an insert or update whose parameters are fid, id, geometry (if the table has one), fields.
pub fn bind(
    statement: &mut Statement<'_>,
    table: &Table,
    fid: i64,
    id: &FeatureId,
    values: &[Value],
    shape: Option<&Shape>,
) -> Result<(), StoreError> {
    let what = format!("writing the row '{id}' of '{}'", table.collection.id);
    let geom = shape.map(|shape| wkb::write_gpkg_blob(shape, table.srs_id));
    let mut bound: Vec<&dyn ToSql> = vec![&fid];
    let id = id.as_str();
    bound.push(&id);
    if table.collection.geometry.is_some() {
        bound.push(&geom);
    }
    bound.extend(values.iter().map(|value| value as &dyn ToSql));
    statement.execute(bound.as_slice()).map_err(doing(&what))?;
    Ok(())
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
    let shape = geom.and_then(|blob| decode_shape(blob).ok().flatten());
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

const HISTORY: &str =
    "SELECT h.id, h.change_id, c.at, h.operation, c.who, c.what, h.before_values, h.before_geom, c.why
     FROM langxanh_history h JOIN langxanh_changes c USING (change_id)";

/// The history of one feature, oldest first.
pub fn history(connection: &Connection, table: &Table, id: &FeatureId) -> Result<Vec<Version>, StoreError> {
    let sql = format!("{HISTORY} WHERE h.collection = ?1 AND h.id = ?2 ORDER BY h.rowid");
    let versions = versions(connection, table, &sql, &[&table.collection.id, &id.as_str()])?;
    Ok(versions.into_iter().map(|(_, version)| version).collect())
}

/// The histories of the features, of all or of some, that were changed after they were made, each oldest first.
pub fn histories(
    connection: &Connection,
    table: &Table,
    of: Option<&BTreeSet<FeatureId>>,
) -> Result<Vec<(FeatureId, Version)>, StoreError> {
    let changed = "SELECT id FROM langxanh_history WHERE collection = ?1 AND operation <> 'insert'";
    let Some(of) = of else {
        let sql = format!("{HISTORY} WHERE h.collection = ?1 AND h.id IN ({changed}) ORDER BY h.rowid");
        return versions(connection, table, &sql, &[&table.collection.id]);
    };
    let sql =
        format!("{HISTORY} WHERE h.collection = ?1 AND h.id = ?2 AND EXISTS ({changed} AND id = ?2) ORDER BY h.rowid");
    let mut all = Vec::new();
    for id in of {
        all.extend(versions(connection, table, &sql, &[&table.collection.id, &id.as_str()])?);
    }
    Ok(all)
}

/// The text of a cell; what is none, because another program wrote it, as a text that no other has.
pub fn text(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(format!("{MISWRITTEN}{number}")),
        ValueRef::Real(number) => Some(format!("{MISWRITTEN}{number}")),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => format!("{MISWRITTEN}{}", hex(bytes)),
        }),
    })
}

/// What begins the text of a cell that holds none.
const MISWRITTEN: char = char::REPLACEMENT_CHARACTER;

/// The text of a cell as well as it can be read.
pub fn readable(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    })
}

fn versions(
    connection: &Connection,
    table: &Table,
    sql: &str,
    bound: &[&dyn ToSql],
) -> Result<Vec<(FeatureId, Version)>, StoreError> {
    let fail = || doing("reading the history");
    let mut statement = connection.prepare_cached(sql).map_err(fail())?;
    let mut rows = statement.query(bound).map_err(fail())?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next().map_err(fail())? {
        let fault = |what: &str| StoreError::Schema(format!("the history of '{}' holds {what}", table.collection.id));
        // Another program may have given a row an id that no feature has: such a row was never served, and has no history.
        let Ok(id) = FeatureId::parse(&text(row, 0).map_err(fail())?.unwrap_or_default()) else { continue };
        let at: String = row.get(2).map_err(fail())?;
        let operation: String = row.get(3).map_err(fail())?;
        let values = readable(row, 6).map_err(fail())?;
        let geom: Option<Vec<u8>> = row.get(7).map_err(fail())?;
        let version = Version {
            change_id: row.get(1).map_err(fail())?,
            at: parse_instant(&at).ok_or_else(|| fault("a change without a time"))?,
            operation: self::operation(&operation),
            origin: Origin {
                who: row.get(4).map_err(fail())?,
                what: row.get(5).map_err(fail())?,
                why: row.get(8).map_err(fail())?,
            },
            before: values.map(|text| image(table, &text, geom.as_deref())),
        };
        versions.push((id, version));
    }
    Ok(versions)
}
