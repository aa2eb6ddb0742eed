//! Parameters in the body of a request: what is too long for an address.

use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Body as _;
use serde_json::Value;

use crate::filter::MAX_LENGTH;
use crate::ogc::media_type::{FORM, JSON};
use crate::ogc::problem::Problem;
use crate::text::both;

/// Bytes of a body: the longest filter and all that may stand beside it. A filter in a form may need more.
pub const MAX_BODY: usize = MAX_LENGTH + (64 << 10);

/// Longer bodies than an address can be, or of a length that is not said, are read for so many requests at a time: all of
/// them lie in memory.
pub const MAX_LONG: usize = 32;

/// Bytes of a body that is no longer than an address can be.
const SHORT: usize = 64 << 10;

/// A body comes within this time or not at all.
const PATIENCE: Duration = Duration::from_secs(20);

const TAKEN: [&str; 2] = [JSON, FORM];

/// Reads a body of so many bytes at the most to its end.
async fn whole(mut body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame =
            frame.map_err(|_| Problem::BadRequest("nội dung bị ngắt giữa chừng / the body broke off".to_owned()))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Problem::TooLarge(most));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// A value of a JSON object as a parameter has it; `None` where none can be.
fn text(value: Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(members) => members.into_iter().map(text).collect::<Option<Vec<_>>>()?.join(","),
        Value::Object(_) | Value::Null => return None,
    })
}

/// The parameters of a JSON object. A filter that is an object itself is one in JSON.
fn of_object(bytes: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let bad = |detail: String| Problem::BadRequest(both!("nội dung {detail}", "the body {detail}"; detail));
    let object: serde_json::Map<String, Value> = serde_json::from_slice(bytes)
        .map_err(|error| bad(format!("không phải đối tượng JSON: {error} / is no JSON object: {error}")))?;
    let has_language = object.contains_key(crate::ogc::FILTER_LANG);
    let mut pairs = Vec::with_capacity(object.len() + 1);
    for (name, value) in object {
        if name == crate::ogc::FILTER && value.is_object() {
            if !has_language {
                pairs.push((crate::ogc::FILTER_LANG.to_owned(), "cql2-json".to_owned()));
            }
            pairs.push((name, value.to_string()));
            continue;
        }
        let text = text(value).ok_or_else(|| {
            bad(format!(
                "có giá trị của '{name}' mà không tham số nào nhận / has a value of '{name}' that no parameter has"
            ))
        })?;
        pairs.push((name, text));
    }
    Ok(pairs)
}

/// The media type of a body, without parameters.
pub fn media_type(headers: &HeaderMap) -> String {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a body needs one of the places for long ones.
pub fn is_long(headers: &HeaderMap) -> bool {
    length(headers).is_none_or(|length| length > SHORT)
}

/// The length of a body, where it is said.
fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A body of so many bytes at the most.
///
/// # Errors
/// 400, 408 and 413 for one that breaks off, does not come in time or is longer.
pub async fn bytes(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    if length(headers).is_some_and(|length| length > most) {
        return Err(Problem::TooLarge(most));
    }
    tokio::time::timeout(PATIENCE, whole(body, most)).await.map_err(|_| Problem::TooSlow)?
}

/// The parameters that a body holds.
///
/// # Errors
/// 400, 408, 413 and 415 for what is no such body.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<(String, String)>, Problem> {
    let media_type = media_type(headers);
    if !TAKEN.contains(&media_type.as_str()) {
        return Err(Problem::UnsupportedMediaType(&TAKEN));
    }
    let bytes = bytes(headers, body, MAX_BODY).await?;
    if media_type == FORM {
        return Ok(form_urlencoded::parse(&bytes).into_owned().collect());
    }
    of_object(&bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pairs(json: &str) -> Vec<(String, String)> {
        of_object(json.as_bytes()).unwrap()
    }

    #[test]
    fn what_no_parameter_has_is_refused() {
        for json in ["", "[]", "5", "{\"limit\": null}", "{\"bbox\": {\"a\": 1}}", "{\"bbox\": [1, null]}", "{\"a\": "]
        {
            assert!(of_object(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn numbers_truths_and_lists_become_the_texts_of_parameters() {
        let read = pairs(r#"{"limit": 5, "skipGeometry": true, "bbox": [105, 20.5, 106, 21], "sortby": ["-a", "b"]}"#);
        let read: Vec<(&str, &str)> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(read, [("limit", "5"), ("skipGeometry", "true"), ("bbox", "105,20.5,106,21"), ("sortby", "-a,b")]);
    }

    #[test]
    fn a_filter_that_is_an_object_is_one_in_json() {
        let read = pairs(r#"{"filter": {"op": "=", "args": [1, 1]}}"#);
        assert_eq!(read[0], ("filter-lang".to_owned(), "cql2-json".to_owned()));
        assert_eq!(read[1].1, r#"{"op":"=","args":[1,1]}"#);
        let read = pairs(r#"{"filter-lang": "cql2-text", "filter": {}}"#);
        assert_eq!(read.len(), 2, "what is given stands");
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_or_of_another_kind_is_refused() {
        let headers = |media_type: &'static str| HeaderMap::from_iter([(CONTENT_TYPE, media_type.parse().unwrap())]);
        let status = |problem: Result<_, Problem>| problem.map_or_else(|problem| problem.status(), |_: Vec<_>| 200);
        assert_eq!(status(read(&headers("text/plain"), Body::from("limit=1")).await), 415);
        assert_eq!(status(read(&HeaderMap::new(), Body::from("limit=1")).await), 415);
        assert_eq!(status(read(&headers(FORM), Body::from(vec![b'a'; MAX_BODY + 1])).await), 413);
        assert_eq!(status(read(&headers("application/json; charset=utf-8"), Body::from("{}")).await), 200);
        assert_eq!(status(read(&headers(FORM), Body::from("limit=1")).await), 200);
    }
}
