//! Rows as bytes: how checked rows lie on disk between check and write, and come out of a process that nobody trusts.
//!
//! Whoever reads takes nothing for granted: every length is held against what is left, every text must be UTF-8, every id one.

use chrono::{DateTime, NaiveDate};

use crate::domain::{FeatureId, Value};
use crate::geom::wkb;
use crate::store::Draft;

/// Appends a row: id, values and well-known binary, which ends it.
pub fn put_draft(out: &mut Vec<u8>, draft: &Draft) {
    put_text(out, draft.id.as_ref().map_or("", FeatureId::as_str));
    out.extend((draft.values.len() as u32).to_le_bytes());
    draft.values.iter().for_each(|value| put_value(out, value));
    if let Some(shape) = &draft.shape {
        wkb::write_wkb(shape, out);
    }
}

/// Reads a row that takes all of the bytes.
///
/// # Errors
/// Why they are none.
pub fn take_draft(mut bytes: &[u8]) -> Result<Draft, String> {
    let (id, values) = take_attributes(&mut bytes).ok_or("thuộc tính bị hỏng / its attributes are broken")?;
    let shape = match bytes {
        [] => None,
        bytes => wkb::read_wkb(bytes).map_err(|error| error.to_string())?,
    };
    Ok(Draft { id, values, shape })
}

fn take_attributes(bytes: &mut &[u8]) -> Option<(Option<FeatureId>, Vec<Value>)> {
    let id = take_text(bytes)?;
    let id = if id.is_empty() { None } else { Some(FeatureId::parse(&id).ok()?) };
    let count = u32::from_le_bytes(take(bytes)?);
    let values = (0..count).map(|_| take_value(bytes)).collect::<Option<Vec<_>>>()?;
    Some((id, values))
}

/// Appends a text with its length.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// The next bytes, if there are so many.
pub fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

/// The next text.
pub fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = u32::from_le_bytes(take(bytes)?) as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Text(text) => {
            out.push(1);
            put_text(out, text);
        }
        Value::Integer(n) => {
            out.push(2);
            out.extend(n.to_le_bytes());
        }
        Value::Number(n) => {
            out.push(3);
            out.extend(n.to_le_bytes());
        }
        Value::Boolean(b) => out.extend([4, u8::from(*b)]),
        Value::Date(date) => {
            out.push(5);
            out.extend(date.to_epoch_days().to_le_bytes());
        }
        Value::DateTime(instant) => {
            out.push(6);
            out.extend(instant.timestamp_millis().to_le_bytes());
        }
    }
}

fn take_value(bytes: &mut &[u8]) -> Option<Value> {
    Some(match take::<1>(bytes)?[0] {
        0 => Value::Null,
        1 => Value::Text(take_text(bytes)?),
        2 => Value::Integer(i64::from_le_bytes(take(bytes)?)),
        3 => Value::Number(Some(f64::from_le_bytes(take(bytes)?)).filter(|n| n.is_finite())?),
        4 => match take::<1>(bytes)?[0] {
            truth @ (0 | 1) => Value::Boolean(truth == 1),
            _ => return None,
        },
        5 => Value::Date(NaiveDate::from_epoch_days(i32::from_le_bytes(take(bytes)?))?),
        6 => Value::DateTime(DateTime::from_timestamp_millis(i64::from_le_bytes(take(bytes)?))?),
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_row_are_refused_wherever_they_are_cut_or_changed() {
        let values = vec![Value::from("Dương Liễu"), Value::Number(0.5), Value::Boolean(true), Value::Null];
        let point = crate::geom::Shape::flat(geo::Point::new(105.8, 21.0));
        let draft = Draft { id: Some(FeatureId::parse("a-1").unwrap()), values, shape: Some(point) };
        let mut bytes = Vec::new();
        put_draft(&mut bytes, &draft);
        assert_eq!(take_draft(&bytes).unwrap(), draft);
        // Without its geometry it is a row; cut anywhere else it is none.
        let place = bytes.len() - 21;
        for end in (0..bytes.len()).filter(|end| *end != place) {
            assert!(take_draft(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xFF;
            // Whatever comes of it, nothing panics and nothing is allocated for a length that is not there.
            let _ = take_draft(&changed);
        }
        let mut not_a_number = Vec::new();
        put_draft(&mut not_a_number, &Draft { id: None, values: vec![Value::Number(f64::NAN)], shape: None });
        assert!(take_draft(&not_a_number).is_err());
    }
}
