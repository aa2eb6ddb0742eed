//! The public address that links start with.

use axum::http::HeaderMap;
use axum::http::header::HOST;

use crate::ogc::problem::Problem;

/// How links find their base.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl {
    /// Set by the operator; wins over everything.
    pub fixed: Option<String>,
    /// Whether a proxy in front is trusted to tell the public address (`Forwarded`, `X-Forwarded-*`).
    pub trust_proxy: bool,
    /// For requests without a `Host`.
    pub listen: String,
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // The first of a list is what the outermost proxy saw.
    let value = headers.get(name)?.to_str().ok()?;
    value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
}

/// A member of the first element of `Forwarded` (RFC 7239).
fn forwarded<'a>(headers: &'a HeaderMap, member: &str) -> Option<&'a str> {
    let pairs = text(headers, "forwarded")?.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(member))?;
    Some(value.trim_matches('"'))
}

/// Only what a host with port consists of: a header must not smuggle markup or a path into links.
fn is_host(host: &str) -> bool {
    (1..=255).contains(&host.len()) && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c))
}

fn is_prefix(prefix: &str) -> bool {
    prefix.starts_with('/')
        && !prefix.starts_with("//")
        && prefix.chars().all(|c| c.is_ascii_alphanumeric() || "/._~-".contains(c))
}

impl PublicUrl {
    /// The base of all links of an answer, without a trailing slash.
    ///
    /// # Errors
    /// 400 for a `Host` that is none.
    pub fn of(&self, headers: &HeaderMap) -> Result<String, Problem> {
        if let Some(fixed) = &self.fixed {
            return Ok(fixed.trim_end_matches('/').to_owned());
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(&self.listen);
        let (mut scheme, mut host, mut prefix) = ("http", host, "");
        if self.trust_proxy {
            let told = |of: &str, name: &str| forwarded(headers, of).or_else(|| text(headers, name));
            host = told("host", "x-forwarded-host").unwrap_or(host);
            scheme = told("proto", "x-forwarded-proto").filter(|proto| *proto == "https").map_or("http", |_| "https");
            prefix = text(headers, "x-forwarded-prefix").filter(|prefix| is_prefix(prefix)).unwrap_or("");
        }
        if !is_host(host) {
            return Err(Problem::BadRequest("the Host header is no host name".to_owned()));
        }
        Ok(format!("{scheme}://{host}{}", prefix.trim_end_matches('/')))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_host_with_anything_but_a_host_in_it_is_refused() {
        let url = PublicUrl::default();
        for host in ["a b", "evil.example/path", "\"><script>", "a,b"] {
            assert!(url.of(&headers(&[("host", host)])).is_err(), "{host}");
        }
    }

    #[test]
    fn forwarded_headers_count_only_from_a_trusted_proxy() {
        let sent = headers(&[
            ("host", "127.0.0.1:8080"),
            ("x-forwarded-host", "gis.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/langxanh/"),
        ]);
        let mut url = PublicUrl::default();
        assert_eq!(url.of(&sent), Ok("http://127.0.0.1:8080".to_owned()));
        url.trust_proxy = true;
        assert_eq!(url.of(&sent), Ok("https://gis.example/langxanh".to_owned()));
        url.fixed = Some("https://xanh.example/".to_owned());
        assert_eq!(url.of(&sent), Ok("https://xanh.example".to_owned()));
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let url = PublicUrl { trust_proxy: true, ..PublicUrl::default() };
        let sent =
            headers(&[("host", "h"), ("forwarded", "for=1.2.3.4;proto=https;host=\"gis.example\", for=5.6.7.8")]);
        assert_eq!(url.of(&sent), Ok("https://gis.example".to_owned()));
    }
}
