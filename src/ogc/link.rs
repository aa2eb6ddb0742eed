//! Links and their relations (RFC 8288; <http://www.opengis.net/def/rel>).

use serde::Serialize;
use serde_json::Value;

pub const SELF: &str = "self";
pub const ALTERNATE: &str = "alternate";
pub const SERVICE_DESC: &str = "service-desc";
pub const SERVICE_DOC: &str = "service-doc";
pub const CONFORMANCE: &str = "conformance";
pub const DATA: &str = "data";
pub const ITEMS: &str = "items";
pub const ENCLOSURE: &str = "enclosure";
pub const NEXT: &str = "next";
pub const COLLECTION: &str = "collection";
pub const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
pub const SORTABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/sortables";
pub const FUNCTIONS: &str = "http://www.opengis.net/def/rel/ogc/1.0/functions";
pub const SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";

pub const ITEM: &str = "item";
/// RFC 5829.
pub const VERSION_HISTORY: &str = "version-history";
pub const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
pub const TILING_SCHEMES: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";
pub const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
pub const GEODATA: &str = "http://www.opengis.net/def/rel/ogc/1.0/geodata";
pub const STYLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/styles";
pub const STYLESHEET: &str = "stylesheet";
pub const LEGEND: &str = "http://www.opengis.net/def/rel/ogc/1.0/legend";

/// A link object; `href` is absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub href: String,
    pub rel: &'static str,
    #[serde(rename = "type")]
    pub media_type: &'static str,
    pub title: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub posted: Option<Posted>,
}

/// What is sent to the `href` of a link that is not followed by GET, as STAC API has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Posted {
    pub method: &'static str,
    pub body: Value,
    /// Whether the body is to be put over that of the request before.
    pub merge: bool,
}

/// A link to `href`, which is absolute.
pub fn link(href: String, rel: &'static str, media_type: &'static str, title: &'static str) -> Link {
    Link { href, rel, media_type, title, posted: None }
}

/// `self` and `alternate` links of a resource: one per media type, the one that is being answered first.
pub fn representations(url: &str, answered: &str, offered: &[(&str, &'static str)]) -> Vec<Link> {
    // Room for the links that follow in most documents.
    let mut links = Vec::with_capacity(offered.len() + 2);
    let open = with_parameter(url, "f", "");
    let with_format = |format: &str| {
        let mut href = String::with_capacity(open.len() + format.len());
        href.push_str(&open);
        href.push_str(format);
        href
    };
    for (format, media_type) in offered.iter().filter(|(_, media_type)| *media_type == answered) {
        links.push(link(with_format(format), SELF, media_type, "Tài liệu này / This document"));
    }
    for (format, media_type) in offered.iter().filter(|(_, media_type)| *media_type != answered) {
        links.push(link(with_format(format), ALTERNATE, media_type, "Định dạng khác / Another format"));
    }
    links
}

/// The URL with a parameter, in place of one of that name that is there already, however it is spelt. All others stay
/// as the client sent them.
pub fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let is_named = |pair: &str| form_urlencoded::parse(pair.as_bytes()).any(|(known, _)| known == name);
    let mut out = String::with_capacity(url.len() + name.len() + value.len() + 2);
    out.push_str(path);
    out.push('?');
    for pair in query.split('&').filter(|pair| !pair.is_empty() && !is_named(pair)) {
        out.push_str(pair);
        out.push('&');
    }
    out.push_str(name);
    out.push('=');
    out.push_str(value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_replaces_the_one_that_was_there() {
        let with_format = |url| with_parameter(url, "f", "json");
        assert_eq!(with_format("http://h/c?f=html&limit=5"), "http://h/c?limit=5&f=json");
        assert_eq!(with_format("http://h/c?%66=html&f"), "http://h/c?f=json");
        assert_eq!(with_format("http://h/c"), "http://h/c?f=json");
        assert_eq!(with_format("http://h/c?filter=a&fx=1"), "http://h/c?filter=a&fx=1&f=json");
    }

    #[test]
    fn every_other_parameter_stays_as_it_was_sent() {
        let url = "http://h/collections/c/items?limit=5&bbox=1,2,3,4&name_vi=D%C6%B0%C6%A1ng&token=a7&f=json";
        let next = "http://h/collections/c/items?limit=5&bbox=1,2,3,4&name_vi=D%C6%B0%C6%A1ng&f=json&token=a12";
        assert_eq!(with_parameter(url, "token", "a12"), next);
        assert_eq!(with_parameter("http://h/i", "token", "a1"), "http://h/i?token=a1");
    }

    #[test]
    fn the_representation_that_is_answered_is_self_and_comes_first() {
        let links = representations("http://h/c", "text/html", &[("json", "application/json"), ("html", "text/html")]);
        let rels: Vec<_> = links.iter().map(|link| (link.rel, link.media_type)).collect();
        assert_eq!(rels, [("self", "text/html"), ("alternate", "application/json")]);
    }
}
