//! Links and their relations (RFC 8288; <http://www.opengis.net/def/rel>).

use serde::Serialize;

pub const SELF: &str = "self";
pub const ALTERNATE: &str = "alternate";
pub const SERVICE_DESC: &str = "service-desc";
pub const SERVICE_DOC: &str = "service-doc";
pub const CONFORMANCE: &str = "conformance";
pub const DATA: &str = "data";
pub const ITEMS: &str = "items";
pub const NEXT: &str = "next";
pub const COLLECTION: &str = "collection";
pub const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
pub const SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";

/// A link object; `href` is absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub href: String,
    pub rel: &'static str,
    #[serde(rename = "type")]
    pub media_type: &'static str,
    pub title: &'static str,
}

/// A link to `href`, which is absolute.
pub fn link(href: String, rel: &'static str, media_type: &'static str, title: &'static str) -> Link {
    Link { href, rel, media_type, title }
}

/// `self` and `alternate` links of a resource: one per media type, the one that is being answered first.
pub fn representations(url: &str, answered: &str, offered: &[(&str, &'static str)]) -> Vec<Link> {
    let each = offered.iter().map(|(format, media_type)| {
        let is_self = *media_type == answered;
        let rel = if is_self { SELF } else { ALTERNATE };
        let title = if is_self { "Tài liệu này / This document" } else { "Định dạng khác / Another format" };
        (!is_self, link(with_format(url, format), rel, media_type, title))
    });
    let mut links: Vec<_> = each.collect();
    links.sort_by_key(|(other, _)| *other);
    links.into_iter().map(|(_, link)| link).collect()
}

/// The URL with `f=format`, in place of an `f` that is there already.
pub fn with_format(url: &str, format: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && *pair != "f" && !pair.starts_with("f="));
    let pairs: Vec<_> = kept.map(str::to_owned).chain([format!("f={format}")]).collect();
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_replaces_the_one_that_was_there() {
        assert_eq!(with_format("http://h/c?f=html&limit=5", "json"), "http://h/c?limit=5&f=json");
        assert_eq!(with_format("http://h/c", "json"), "http://h/c?f=json");
        assert_eq!(with_format("http://h/c?filter=a&fx=1", "json"), "http://h/c?filter=a&fx=1&f=json");
    }

    #[test]
    fn the_representation_that_is_answered_is_self_and_comes_first() {
        let links = representations("http://h/c", "text/html", &[("json", "application/json"), ("html", "text/html")]);
        let rels: Vec<_> = links.iter().map(|link| (link.rel, link.media_type)).collect();
        assert_eq!(rels, [("self", "text/html"), ("alternate", "application/json")]);
    }
}
