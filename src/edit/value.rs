//! Values of attributes as JSON has them, held against the declaration of their field.

use serde_json::Value as Json;

use super::{Fault, Form};
use crate::domain::{DataType, Field, Value};
use crate::text::nfc;

/// Bytes of a text, as imports have it.
const MAX_TEXT: usize = 1 << 20;

/// Beyond 2^53 a number no longer tells neighbouring whole numbers apart.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The value of a field. A text that is what the row has already stays so to the last byte; others are composed (NFC).
///
/// # Errors
/// What is wrong, as a sentence whose subject is the value.
pub fn read(field: &Field, value: &Json, own: Option<&Value>) -> Result<Value, String> {
    let refuse = || Err(format!("không đúng kiểu {0} / is no {0}", field.data_type.as_str()));
    Ok(match (field.data_type, value) {
        (_, Json::Null) => Value::Null,
        (DataType::Text, Json::String(text)) if own.and_then(Value::as_str) == Some(text.as_str()) => {
            Value::Text(text.clone())
        }
        (DataType::Text, Json::String(text)) => Value::Text(nfc(text).into_owned()),
        (DataType::Integer, Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(n), _) => Value::Integer(n),
            (None, Some(n)) if n.fract() == 0.0 && n.abs() <= MAX_WHOLE => Value::Integer(n as i64),
            _ => {
                return Err(format!(
                    "không phải số nguyên lưu được: {number} / is no whole number that can be kept: {number}"
                ));
            }
        },
        (DataType::Number, Json::Number(number)) => match number.as_f64().filter(|n| n.is_finite()) {
            Some(n) => Value::Number(n),
            None => return Err(format!("không phải số lưu được: {number} / is no number that can be kept: {number}")),
        },
        (DataType::Boolean, Json::Bool(b)) => Value::Boolean(*b),
        (DataType::Date, Json::String(text)) => match DataType::Date.parse(text).filter(|_| text.len() == 10) {
            Some(date) => date,
            None => return Err("không phải ngày dạng 2024-02-29 / is no date as 2024-02-29".to_owned()),
        },
        (DataType::DateTime, Json::String(text)) => match DataType::DateTime.parse(text) {
            // The store keeps milliseconds.
            Some(Value::DateTime(at)) => Value::DateTime(whole_milliseconds(at)),
            _ => {
                return Err(
                    "không phải thời điểm dạng 2024-02-29T12:00:00Z / is no instant as 2024-02-29T12:00:00Z".to_owned()
                );
            }
        },
        _ => return refuse(),
    })
}

fn whole_milliseconds(at: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

/// Whether a character makes others stand in another order than they are written in: a name could look like another.
pub fn reorders(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Holds a value of the right type against what its field allows.
///
/// # Errors
/// What is wrong, as a sentence whose subject is the value.
pub fn check(field: &Field, value: &Value) -> Result<(), String> {
    let is_blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if field.required && is_blank {
        return Err("bắt buộc mà đang để trống / is required and empty".to_owned());
    }
    if let Some(text) = value.as_str() {
        if text.len() > MAX_TEXT {
            return Err(format!("dài quá {MAX_TEXT} byte / is longer than {MAX_TEXT} bytes"));
        }
        if let Some(control) = text.chars().find(|c| (c.is_control() && !"\n\r\t".contains(*c)) || reorders(*c)) {
            return Err(format!(
                "có ký tự điều khiển U+{0:04X} / holds the control character U+{0:04X}",
                u32::from(control)
            ));
        }
        if !field.codes.is_empty() && !field.codes.iter().any(|code| code.code == text) {
            let known: Vec<_> = field.codes.iter().map(|code| code.code).collect();
            return Err(format!("không thuộc các mã {0} / is not one of {0}", known.join(", ")));
        }
    }
    if let (Some((least, most)), Some(number)) = (field.range(), value.as_f64())
        && !(least..=most).contains(&number)
    {
        let bounds = if most == f64::MAX {
            format!("nhỏ hơn {least} / is less than {least}")
        } else {
            format!("không nằm từ {least} đến {most} / is not from {least} to {most}")
        };
        return Err(bounds);
    }
    let year = value.as_date().map(|date| chrono::Datelike::year(&date));
    if year.is_some_and(|year| !(1..=9999).contains(&year)) {
        return Err("không phải ngày của các năm 1 đến 9999 / is no day of the years 1 to 9999".to_owned());
    }
    Ok(())
}

/// The fault of a value that was sent for a computed field: only what is served may be sent back, and with a whole feature
/// nothing may be said of it.
pub fn computed(field: &Field, sent: &Json, served: Option<&Value>, form: Form) -> Option<Fault> {
    let is_passed_over = sent.is_null() && form == Form::Whole;
    let is_served = served.is_some_and(|served| read(field, sent, Some(served)).as_ref() == Ok(served));
    let refused =
        || Fault::of_property(&field.name, "là giá trị tính ra, không ghi được / is computed and cannot be written");
    (!is_passed_over && !is_served).then(refused)
}
