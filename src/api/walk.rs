//! Links from one page to the next.

use axum::http::header::LINK;
use axum::http::{HeaderName, HeaderValue};

use super::Ask;
use super::reply::value;
use crate::ogc::link::{Link, NEXT, Posted, link, representations, with_parameter};

/// Longer addresses are not understood: hyper reads 65,534 bytes. A page may be asked for with letters that need no
/// encoding on their way here and get three times as long in a link.
const MAX_ADDRESS: usize = 65_000;

/// What was posted is followed by GET where the address is no longer than any proxy takes.
const MAX_SHARED_ADDRESS: usize = 2_000;

const TITLE: &str = "Trang sau / Next page";

/// Where the parameters of a page can be posted to.
fn search(ask: &Ask, id: &str) -> String {
    format!("{}/collections/{id}/search", ask.base)
}

/// Whether an address with the parameters of a page is one that clients can follow.
fn is_followed(ask: &Ask, url: &str) -> bool {
    url.len() <= if ask.is_posted { MAX_SHARED_ADDRESS } else { MAX_ADDRESS }
}

/// The link to the next page. Clients follow it verbatim, so every parameter of this page must be in it; where an address
/// cannot hold them, they are posted again.
pub fn next(ask: &Ask, id: &str, token: &str, media_type: &'static str) -> Link {
    let url = with_parameter(&ask.url(), "token", token);
    if is_followed(ask, &url) {
        return link(url, NEXT, media_type, TITLE);
    }
    let mut body = serde_json::Map::new();
    if !ask.is_posted {
        body.extend(ask.params().into_pairs().map(|(name, value)| (name, value.into())));
    }
    body.insert("token".to_owned(), token.into());
    let posted = Posted { method: "POST", body: body.into(), merge: ask.is_posted };
    Link { posted: Some(posted), ..link(search(ask, id), NEXT, media_type, TITLE) }
}

/// The same as a header, for formats that have no room for links. What is posted again goes to the address of the link with
/// the body of the request before.
pub fn next_header(ask: &Ask, id: &str, token: &str, media_type: &str) -> (HeaderName, HeaderValue) {
    let url = with_parameter(&ask.url(), "token", token);
    if is_followed(ask, &url) {
        return (LINK, value(&format!("<{url}>; rel=\"next\"; type=\"{media_type}\"")));
    }
    let url = with_parameter(&search(ask, id), "token", token);
    (LINK, value(&format!("<{url}>; rel=\"next\"; type=\"{media_type}\"; method=\"POST\"")))
}

/// `self` and `alternate` links of a page.
pub fn pages(ask: &Ask, id: &str, answered: &'static str, offered: &[(&str, &'static str)]) -> Vec<Link> {
    let url = ask.url();
    // None of them would be followed, and each is as long as the filter.
    let url = if is_followed(ask, &url) { url } else { search(ask, id) };
    representations(&url, answered, offered)
}
