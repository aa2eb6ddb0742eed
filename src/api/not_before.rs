//! Whoever has written through one instance of the service reads what he wrote through any other.
//!
//! Instances that share a store come to know of a change one after the other, within a moment. So each answer names the
//! version that it shows at least ([`VERSION`]), and a request may name one before which it does not want to be answered: in
//! a header ([`NOT_BEFORE`]), or in a cookie that the answer to every write sets, for browsers, QGIS, and whoever else keeps
//! cookies. Then the instance waits until it has come so far, and says after a while that it has not. Who never writes has no
//! such cookie, and answers vary by nothing: a version says when there is an answer and not which.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, Response};

use super::App;
use super::reply::value;
use crate::ogc::instances::KEPT;
use crate::ogc::problem::Problem;
use crate::store::commit::Commit;

/// Names the version that an answer shows at least.
pub static VERSION: HeaderName = HeaderName::from_static("langxanh-version");

/// Names the version that an answer has to show at least.
static NOT_BEFORE: HeaderName = HeaderName::from_static("langxanh-not-before");

/// Seconds for which a browser keeps it. An instance that is further behind says so to its operator.
const KEPT_SECONDS: u32 = 300;

/// So long is waited until this instance has come as far as a client has seen another one.
const PATIENCE: Duration = Duration::from_secs(2);

/// What does not depend on the store.
const OF_THE_SERVICE: [&str; 6] = ["/healthz", "/readyz", "/metrics", "/sw.js", "/favicon.svg", "/basemap.pmtiles"];

/// The versions that a request wants to see at least. A cookie that cannot be read was not set by us.
fn wanted(headers: &HeaderMap) -> Result<Vec<Commit>, Problem> {
    let mut wanted = Vec::new();
    for said in headers.get_all(&NOT_BEFORE) {
        let said = said.to_str().unwrap_or_default().trim();
        wanted.push(said.parse().map_err(|error| Problem::BadRequest(format!("Langxanh-Not-Before: {error}")))?);
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let kept = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    wanted.extend(kept.filter(|(name, _)| *name == KEPT).filter_map(|(_, version)| version.parse::<Commit>().ok()));
    Ok(wanted)
}

/// Waits until this instance shows all that a request wants to see. A store that was put in the place of the one that is meant
/// has no such versions, and a store that no other instance shares has none at all.
///
/// # Errors
/// 503 where it has not come so far in time; 400 for a header that names no version.
pub async fn wait(app: &App, path: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let is_of_service = || OF_THE_SERVICE.contains(&path) || path.starts_with("/assets/");
    if !(headers.contains_key(&NOT_BEFORE) || headers.contains_key(COOKIE)) || is_of_service() {
        return Ok(());
    }
    let wanted = wanted(headers)?;
    let has_all =
        |now: &Option<Commit>| now.is_none_or(|now| wanted.iter().all(|wanted| now.has_all_of(wanted).unwrap_or(true)));
    if has_all(&app.commit()) {
        return Ok(());
    }
    let mut served = app.commits.subscribe();
    if let Ok(registrar) = app.registrar() {
        registrar.look();
    }
    let reached = tokio::time::timeout(PATIENCE, served.wait_for(has_all)).await;
    if matches!(reached, Ok(Ok(_))) {
        return Ok(());
    }
    let now = app.commit().map(|now| now.to_string()).unwrap_or_default();
    let detail = format!(
        "máy này ở phiên bản {now}, chưa tới dữ liệu bạn đã thấy: hãy thử lại sau giây lát / this instance is at version {now} and has not come yet to what you have seen: try again soon"
    );
    Err(Problem::Busy(detail))
}

/// Names the version of an answer: `before` is what was served when it was begun. Whoever has written gets the version that has
/// it, to be shown to other instances; `writes_at` is where the service is, for requests that may write.
pub fn name(app: &App, writes_at: Option<&str>, before: Commit, answer: &mut Response<Body>) {
    let written = writes_at.filter(|_| answer.status().is_success());
    let now = app.commit().filter(|now| *now != before);
    let headers = answer.headers_mut();
    let version = match written.zip(now) {
        Some((base, now)) => {
            headers.append(SET_COOKIE, value(&cookie(base, now)));
            now
        }
        None => before,
    };
    headers.insert(&VERSION, value(&version.to_string()));
}

/// The cookie for a service at an address. It is no secret and lets nobody in: scripts of the page may set it themselves.
fn cookie(base: &str, version: Commit) -> String {
    let place = base.split_once("://").map_or(base, |(_, place)| place);
    let path = place.find('/').map_or("/", |at| &place[at..]);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/-_.~%".contains(letter);
    let path = if path.chars().all(is_plain) { path } else { "/" };
    let secure = if base.starts_with("https://") { "; Secure" } else { "" };
    format!("{KEPT}={version}; Path={path}; Max-Age={KEPT_SECONDS}; SameSite=Lax{secure}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ogc::instances;

    fn of(pairs: &[(&str, &str)]) -> Result<Vec<String>, Problem> {
        let headers = pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        Ok(wanted(&headers.collect())?.iter().map(Commit::to_string).collect())
    }

    #[test]
    fn a_header_that_names_no_version_is_a_fault_and_a_cookie_that_names_none_is_not_ours() {
        assert!(of(&[("langxanh-not-before", "yesterday")]).is_err());
        assert!(of(&[("langxanh-not-before", "")]).is_err());
        for cookie in ["langxanh-not-before=yesterday", "langxanh-not-before", "other=0000000f-1", "", ";;=;"] {
            assert_eq!(of(&[("cookie", cookie)]), Ok(Vec::new()), "{cookie}");
        }
    }

    #[test]
    fn the_headers_are_those_that_the_definition_names() {
        for (own, described) in [(&VERSION, instances::VERSION), (&NOT_BEFORE, instances::NOT_BEFORE)] {
            assert!(own.as_str().eq_ignore_ascii_case(described), "{own} {described}");
        }
    }

    #[test]
    fn versions_are_read_from_headers_and_among_other_cookies() {
        let cookies = ("cookie", "a=b; langxanh-not-before=0000000f-7 ;c=d");
        assert_eq!(of(&[cookies, ("langxanh-not-before", "0000000f-9")]).unwrap(), ["0000000f-9", "0000000f-7"]);
    }

    #[test]
    fn a_cookie_belongs_to_where_the_service_is_and_says_nothing_that_an_address_made_up() {
        let at = |base: &str| cookie(base, Commit { store: 15, number: 7 });
        let rest = "Max-Age=300; SameSite=Lax";
        assert_eq!(at("http://127.0.0.1:8080"), format!("langxanh-not-before=0000000f-7; Path=/; {rest}"));
        let behind = format!("langxanh-not-before=0000000f-7; Path=/langxanh; {rest}; Secure");
        assert_eq!(at("https://gis.example.vn/langxanh"), behind);
        assert!(at("https://gis.example.vn/a; Domain=vn").contains("; Path=/; "));
    }
}
