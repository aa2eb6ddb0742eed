//! Values, cells and places as PostgreSQL sends and takes them.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::errors::Unfit;
use crate::domain::Value;
use crate::geom::curve::read_wkb_with_curves;
use crate::geom::{GeometryKind, Shape, wkb};
use crate::store::sql::session::{Bind, Cell, Cells};
use crate::store::sql::table::Table;

type Failure = Box<dyn Error + Sync + Send>;

/// EWKB says so that the number of a reference system follows.
const HAS_SRID: u32 = 0x2000_0000;

impl ToSql for Bind<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match *self {
            Bind::Null | Bind::Value(Value::Null) => return Ok(IsNull::Yes),
            Bind::Integer(number) => integer(number, ty, out)?,
            Bind::Text(text) => characters(text, ty, out)?,
            Bind::Bytes(bytes) => out.put_slice(bytes),
            Bind::Place(shape, table) => put_place(shape, table, out),
            Bind::Value(value) => match value {
                Value::Null => return Ok(IsNull::Yes),
                Value::Text(text) => characters(text, ty, out)?,
                Value::Integer(number) => integer(*number, ty, out)?,
                Value::Number(number) => match *ty {
                    Type::FLOAT4 => out.put_f32(*number as f32),
                    Type::FLOAT8 => out.put_f64(*number),
                    _ => return Err(other_type("number", ty)),
                },
                Value::Boolean(value) => return value.to_sql(ty, out),
                Value::Date(date) => return date.to_sql(ty, out),
                Value::DateTime(at) if *ty == Type::TIMESTAMP => return at.naive_utc().to_sql(ty, out),
                Value::DateTime(at) => return at.to_sql(ty, out),
            },
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn other_type(what: &str, ty: &Type) -> Failure {
    Unfit(format!("a {what} cannot be written into a column of the type {}", ty.name())).into()
}

fn integer(number: i64, ty: &Type, out: &mut BytesMut) -> Result<(), Failure> {
    let too_large = || Unfit(format!("{number} is too large for a column of the type {}", ty.name()));
    match *ty {
        Type::INT8 => out.put_i64(number),
        Type::INT4 => out.put_i32(number.try_into().map_err(|_| too_large())?),
        Type::INT2 => out.put_i16(number.try_into().map_err(|_| too_large())?),
        _ => return Err(other_type("whole number", ty)),
    }
    Ok(())
}

fn characters(text: &str, ty: &Type, out: &mut BytesMut) -> Result<(), Failure> {
    if text.contains('\0') {
        return Err(Unfit("a text holds the character NUL, which PostgreSQL cannot keep".to_owned()).into());
    }
    match *ty {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => out.put_slice(text.as_bytes()),
        _ if ty.name() == "citext" => out.put_slice(text.as_bytes()),
        _ => return Err(other_type("text", ty)),
    }
    Ok(())
}

/// Writes a place as EWKB, in the kind of its column.
fn put_place(shape: &Shape, table: &Table, out: &mut BytesMut) {
    let kind = table.collection.geometry.as_ref().map(|geometry| geometry.kind);
    let other = kind.filter(|kind| *kind != GeometryKind::of(&shape.geometry));
    let promoted = other.map(|kind| shape.clone().promoted(kind));
    let mut plain = Vec::new();
    wkb::write_wkb(promoted.as_ref().unwrap_or(shape), &mut plain);
    // Byte order and kind come first.
    let (head, rest) = plain.split_at(5.min(plain.len()));
    let mut kind = [0; 4];
    kind.copy_from_slice(&head[1..]);
    out.put_slice(&head[..1]);
    out.put_u32_le(u32::from_le_bytes(kind) | HAS_SRID);
    out.put_i32_le(table.srs_id);
    out.put_slice(rest);
}

/// Reads a place as PostGIS sends it.
pub fn decode_ewkb(bytes: &[u8]) -> Result<Option<Shape>, wkb::WkbError> {
    let shape = match wkb::read_wkb(bytes) {
        // The library that flattens curves does not know the number of the system in front.
        Err(wkb::WkbError::Curve(_)) => read_wkb_with_curves(&without_srid(bytes)),
        other => other,
    };
    Ok(shape?.filter(|shape| !shape.is_empty()))
}

fn without_srid(bytes: &[u8]) -> Vec<u8> {
    let mut plain = bytes.to_vec();
    if let [1, _, _, _, flags, ..] = *bytes
        && flags & 0x20 != 0
        && bytes.len() > 9
    {
        plain[4] &= !0x20;
        plain.drain(5..9);
    }
    plain
}

/// What a column of a row gives.
struct Raw<'a>(Cell<'a>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Raw<'a>, Failure> {
        Ok(Raw(match *ty {
            Type::BOOL => Cell::Integer(i64::from(bool::from_sql(ty, raw)?)),
            Type::INT2 => Cell::Integer(i64::from(i16::from_sql(ty, raw)?)),
            Type::INT4 => Cell::Integer(i64::from(i32::from_sql(ty, raw)?)),
            Type::INT8 => Cell::Integer(i64::from_sql(ty, raw)?),
            Type::FLOAT4 => Cell::Real(f64::from(f32::from_sql(ty, raw)?)),
            Type::FLOAT8 => Cell::Real(f64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => Cell::Text(raw),
            Type::BYTEA => Cell::Bytes(raw),
            Type::DATE => Cell::Date(NaiveDate::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ => Cell::Instant(DateTime::<Utc>::from_sql(ty, raw)?),
            Type::TIMESTAMP => Cell::Instant(NaiveDateTime::from_sql(ty, raw)?.and_utc()),
            _ if ty.name() == "geometry" => Cell::Bytes(raw),
            _ if ty.name() == "citext" => Cell::Text(raw),
            _ => return Err(format!("values of the type {} are not read", ty.name()).into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Raw<'a>, Failure> {
        Ok(Raw(Cell::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Cells for tokio_postgres::Row {
    fn cell(&self, at: usize) -> Result<Cell<'_>, Failure> {
        Ok(self.try_get::<_, Raw<'_>>(at)?.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_system_is_taken_out_of_a_curve() {
        // CIRCULARSTRING with SRID 4326 and no point: order, kind 8 | HAS_SRID, 4326 = 0x10e6, count 0.
        let bytes = [1, 8, 0, 0, 0x20, 0xe6, 0x10, 0, 0, 0, 0, 0, 0];
        assert_eq!(without_srid(&bytes), [1, 8, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(without_srid(&[1, 8, 0, 0, 0, 0, 0, 0, 0]), [1, 8, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(without_srid(&[0, 0]), [0, 0]);
    }
}
