//! The public address that links start with.

use std::net::{IpAddr, SocketAddr};

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

/// The client's address as the proxy next to us saw it: the last of a list. What stands before it is what the client says.
pub fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = |name: &str| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next().map(str::trim)
    };
    let told = || {
        let pairs = last("forwarded")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
        Some(value.trim_matches('"'))
    };
    let address = told().or_else(|| last("x-forwarded-for"))?;
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| address.parse::<SocketAddr>().ok().map(|address| address.ip()))
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
            return Err(Problem::BadRequest(
                "phần đầu Host không phải tên máy / the Host header is no host name".to_owned(),
            ));
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

    #[test]
    fn the_address_of_a_client_is_what_the_nearest_proxy_saw() {
        let of = |name: &'static str, value: &str| forwarded_for(&headers(&[(name, value)])).map(|ip| ip.to_string());
        assert_eq!(of("x-forwarded-for", "6.6.6.6, 10.0.0.7"), Some("10.0.0.7".to_owned()), "the first is invented");
        assert_eq!(
            of("forwarded", "for=6.6.6.6, for=\"[2001:db8::1]:443\";proto=https"),
            Some("2001:db8::1".to_owned())
        );
        assert_eq!(of("forwarded", "for=10.0.0.7:1234"), Some("10.0.0.7".to_owned()));
        assert_eq!(of("x-forwarded-for", "[2001:db8::1]"), Some("2001:db8::1".to_owned()));
        assert_eq!(of("x-forwarded-for", "unknown"), None);
    }
}
