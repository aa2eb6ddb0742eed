//! Who am I: what a signed-in user may do.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::Ask;
use super::access::sign_in;
use super::visitor::Visitor;
use crate::access::{How, Role};
use crate::ogc::json::to_bytes;
use crate::ogc::media_type::JSON;
use crate::ogc::problem::Problem;

/// What is told of a user; grants that reach everything are null.
fn document(visitor: &Visitor) -> Value {
    let account = &visitor.account;
    let is_bound = matches!(account.role, Role::Editor | Role::Approver);
    let names = |grant: &crate::access::Grant| grant.names().filter(|_| is_bound).map(|names| json!(names));
    json!({
        "name": visitor.name,
        "role": account.role.as_str(),
        "collections": names(&account.collections),
        "districts": names(&account.districts),
        "proposes": account.proposes,
        "expires_at": visitor.expires_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        "by": if visitor.how == How::Identity { "identity" } else { "token" },
    })
}

/// The user of the request.
pub async fn me(visitor: Visitor, ask: Ask) -> Result<Response<Body>, Problem> {
    ask.params().only(&["f"])?;
    if visitor.is_anonymous() {
        return Err(sign_in());
    }
    let mut response = Response::new(Body::from(to_bytes(&document(&visitor))));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    // The next user of the same browser is another one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
