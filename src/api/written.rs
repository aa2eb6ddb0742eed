//! What all that writes has in common: the message of who writes, and how the store's refusals are told.

use axum::body::Body;
use axum::http::HeaderMap;
use serde_json::Value;

use super::posted;
use crate::ogc::problem::Problem;
use crate::store::StoreError;

/// The message of a change has at most so many characters.
const MAX_MESSAGE: usize = 2000;

/// The message in a body `{"message": "…"}`, which may be empty.
///
/// # Errors
/// What is wrong with the body.
pub async fn message_of(headers: &HeaderMap, body: Body) -> Result<Option<String>, Problem> {
    let bytes = posted::json_bytes(headers, body).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let bad = |what: String| Problem::BadRequest(format!("the body {what}"));
    let body: Value = serde_json::from_slice(&bytes).map_err(|error| bad(format!("is no JSON: {error}")))?;
    let Value::Object(members) = body else { return Err(bad("is no JSON object".to_owned())) };
    if let Some(unknown) = members.keys().find(|name| *name != "message") {
        return Err(bad(format!("has a member '{unknown}' that is not known here: 'message' is")));
    }
    match members.get("message") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= MAX_MESSAGE => {
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Some(_) => Err(bad(format!("has a message that is no text of at most {MAX_MESSAGE} characters"))),
    }
}

/// Why the store has not kept what was to be written.
pub fn not_kept(error: StoreError) -> Problem {
    let detail = error.to_string();
    match error {
        StoreError::Frozen { collection, id, .. } => Problem::Conflict { detail, rows: vec![(collection, id)] },
        StoreError::Conflict { collection, id } => Problem::Conflict { detail, rows: vec![(collection, id)] },
        StoreError::Quarter(_) => Problem::Conflict { detail, rows: Vec::new() },
        StoreError::ReadOnly(_) => Problem::Forbidden(detail),
        StoreError::NoCollection(_) => Problem::NotFound(detail),
        StoreError::Busy(_) => Problem::Busy(detail),
        error => {
            tracing::error!(%error, "nothing was written");
            Problem::Internal
        }
    }
}
