//! Who asks: told by the `Authorization` header and by nothing else, so that no other site can act in somebody's name.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::App;
use super::base_url::forwarded_for;
pub use crate::access::{Action, Permit};
use crate::access::{Secret, Viewer, check_name};
use crate::ogc::problem::Problem;

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who asks.
#[derive(Debug, Clone)]
pub struct Visitor(pub(super) Arc<Viewer>);

impl Deref for Visitor {
    type Target = Viewer;

    fn deref(&self) -> &Viewer {
        &self.0
    }
}

/// What a request shows of who sends it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    /// A token of ours or of the identity provider.
    Bearer(Secret),
    /// A token of ours as the password of a user, who may be left out.
    Basic {
        name: String,
        secret: Secret,
    },
    /// What is no such thing.
    Unreadable,
}

/// The rest behind the name of a scheme, which is written in any case.
fn behind<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, rest) = text.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim_matches(' '))
}

/// Reads the `Authorization` header.
///
/// # Errors
/// 400 where there are several: which of them counts would be a matter of taste, and a proxy's may differ from ours.
pub(super) fn shown(headers: &HeaderMap) -> Result<Shown, Problem> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = sent.next() else { return Ok(Shown::Nothing) };
    if sent.next().is_some() {
        return Err(Problem::BadRequest(
            "có nhiều phần đầu Authorization: chỉ gửi một / there are several Authorization headers: send one"
                .to_owned(),
        ));
    }
    let Ok(text) = first.to_str() else { return Ok(Shown::Unreadable) };
    let is_token = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if let Some(token) = behind(text, "bearer") {
        let token = Some(token).filter(|token| is_token(token));
        return Ok(token.map_or(Shown::Unreadable, |token| Shown::Bearer(Secret::new(token.to_owned()))));
    }
    let basic = behind(text, "basic").and_then(|encoded| {
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (name, password) = text.split_once(':')?;
        is_token(password).then(|| Shown::Basic { name: name.to_owned(), secret: Secret::new(password.to_owned()) })
    });
    Ok(basic.unwrap_or(Shown::Unreadable))
}

/// Whether a request that changes something comes from a page of another site. A browser sends a password that it has kept
/// along with whatever any page makes it send; a token in a script's hand it does not.
fn is_of_another_site(headers: &HeaderMap, base: &str) -> bool {
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if told("sec-fetch-site").is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return true;
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let rest = origin.to_str().ok().and_then(|origin| base.strip_prefix(origin));
    !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a method only asks.
pub(super) fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Where failures of a client are counted: its address, of IPv6 the network that is a customer's own.
fn place(parts: &Parts, app: &App) -> String {
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let told = if app.public_url.trust_proxy { forwarded_for(&parts.headers) } else { None };
    match told.or(peer).map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "?".to_owned(),
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    /// Nobody known where nothing is shown. What is shown and not right is refused, never taken for nothing.
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Visitor, Problem> {
        if let Some(known) = parts.extensions.get::<Visitor>() {
            return Ok(known.clone());
        }
        let shown = shown(&parts.headers)?;
        let (name, found) = match &shown {
            Shown::Nothing => return Ok(app.access.anonymous()),
            Shown::Bearer(secret) => (None, app.access.bearer(secret).await),
            Shown::Basic { name, secret } => (Some(name.as_str()), app.access.basic(name, secret)),
            Shown::Unreadable => (None, None),
        };
        let Some(viewer) = found else {
            let named = name.filter(|name| check_name(name).is_ok());
            return Err(app.access.refuse(&place(parts, app), named));
        };
        if name.is_some()
            && !is_safe(&parts.method)
            && is_of_another_site(&parts.headers, &app.public_url.of(&parts.headers)?)
        {
            let detail = "yêu cầu đến từ trang của nơi khác: không có gì thay đổi / this request comes from a page of another site: nothing was changed";
            return Err(Problem::Forbidden(detail.to_owned()));
        }
        let visitor = Visitor(viewer);
        // Others who ask need not look again, nor find the headers where they were.
        parts.extensions.insert(visitor.clone());
        Ok(visitor)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<Shown, Problem> {
        shown(&values.iter().map(|value| (AUTHORIZATION, value.parse().unwrap())).collect())
    }

    fn bearer(token: &str) -> Shown {
        Shown::Bearer(Secret::new(token.to_owned()))
    }

    #[test]
    fn what_cannot_be_read_is_never_taken_for_nothing() {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer a, Bearer b",
            "lx_abc",
            "Basic",
            "Basic !!!",
            "Basic bGFu",
            "Digest username=\"lan\"",
            "Negotiate abc",
            "Bearer\tabc",
            "Basic bGFuOg==",
            "Basic /w==",
        ] {
            assert_eq!(of(&[value]), Ok(Shown::Unreadable), "{value}");
        }
        assert_eq!(of(&[]), Ok(Shown::Nothing));
        assert!(of(&["Bearer a", "Bearer a"]).is_err());
    }

    #[test]
    fn tokens_are_read_in_both_schemes_written_in_any_case() {
        for value in ["Bearer lx_abc", "bearer lx_abc", "BEARER   lx_abc "] {
            assert_eq!(of(&[value]), Ok(bearer("lx_abc")), "{value}");
        }
        let basic = |text: &str| of(&[&format!("Basic {}", STANDARD.encode(text))]).unwrap();
        let shown = |name: &str, password: &str| Shown::Basic {
            name: name.to_owned(),
            secret: Secret::new(password.to_owned()),
        };
        assert_eq!(basic("lan:lx_abc"), shown("lan", "lx_abc"));
        assert_eq!(basic(":lx_abc"), shown("", "lx_abc"));
        assert_eq!(basic("a:b:c"), shown("a", "b:c"), "a name has no colon");
    }

    #[test]
    fn a_page_of_another_site_is_known_by_its_origin_or_by_what_the_browser_says() {
        let base = "https://gis.example.vn/langxanh";
        let of = |pairs: &[(&str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap()));
            is_of_another_site(&headers.collect(), base)
        };
        for other in [
            "https://evil.example",
            "https://gis.example.v",
            "https://gis.example.vn.evil.example",
            "null",
            "http://gis.example.vn",
            "",
        ] {
            assert!(of(&[("origin", other)]), "{other}");
        }
        for site in ["cross-site", "same-site", "?"] {
            assert!(of(&[("sec-fetch-site", site)]), "{site}");
        }
        assert!(!of(&[("origin", "https://gis.example.vn"), ("sec-fetch-site", "same-origin")]));
        assert!(!of(&[]), "QGIS and curl say nothing");
    }
}
