//! Links: absolute, verbatim, right behind a proxy, and all of them answering.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::common::http::{get, get_with, href, ids, json};
use crate::common::{READABLE, Server, rows, serve};

/// Every `href` and `$id` of a document.
fn hrefs(value: &Value, found: &mut Vec<String>) {
    match value {
        // A template is no address; `tests/ogc_tiles` fills it in.
        Value::Object(members) if members.get("templated").is_some_and(|is| is == true) => {}
        Value::Object(members) => {
            found.extend(members.get("href").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| hrefs(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| hrefs(member, found)),
        _ => {}
    }
}

/// The address without what tells one page or one feature of a collection from the next.
fn kind(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments.get(5) == Some(&"items") {
        segments.truncate(6 + usize::from(segments.len() > 6));
        segments.iter_mut().skip(6).for_each(|feature| *feature = "*");
    }
    let names: Vec<_> = query.split('&').map(|pair| if pair.starts_with("token=") { "token" } else { pair }).collect();
    format!("{}?{}", segments.join("/"), names.join("&"))
}

/// Visits what can be reached from a start, at most three addresses of a kind; `links` reads those of a page.
fn crawl(start: &str, links: impl Fn(&str) -> Option<Vec<String>>) -> BTreeSet<String> {
    let mut queue = VecDeque::from([format!("{}{start}", READABLE.server.url)]);
    let (mut visited, mut kinds) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    while let Some(url) = queue.pop_front() {
        let seen = kinds.entry(kind(&url)).or_default();
        if *seen == 3 || !visited.insert(url.clone()) {
            continue;
        }
        *seen += 1;
        queue.extend(links(&url).unwrap_or_default());
    }
    visited
}

#[test]
fn every_link_that_can_be_reached_as_json_is_absolute_and_answers() {
    let server = &READABLE.server;
    let visited = crawl("/", |url| {
        assert!(url.starts_with(&format!("{}/", server.url)), "{url} is not absolute, or on another host");
        let answer = get(url);
        if url.ends_with("/me") {
            // Who he is is told to users alone.
            assert_eq!(answer.status, 401, "{url}");
            return None;
        }
        if url.ends_with("/execution") {
            // What is executed is posted to.
            assert_eq!(answer.status, 405, "{url}");
            return None;
        }
        assert_eq!(answer.status, 200, "{url}");
        let mut found = Vec::new();
        if answer.media_type().ends_with("json") && answer.media_type() != "application/x-ndjson" {
            hrefs(&answer.json(), &mut found);
        }
        Some(found)
    });
    for path in ["/api", "/conformance", "/collections/clusters/items?f=html", "/collections/awkward/queryables"] {
        assert!(visited.contains(&format!("{}{path}", server.url)), "{path} was not reached: {visited:#?}");
    }
    assert!(visited.iter().filter(|url| url.contains("token=")).count() >= 10);
}

#[test]
fn every_link_that_can_be_reached_as_html_answers() {
    let visited = crawl("/collections?f=html", |url| {
        let answer = get(url);
        if url.ends_with("/me") {
            return None;
        }
        assert_eq!(answer.status, 200, "{url}");
        if answer.media_type() != "text/html" {
            return None;
        }
        let pieces = answer.text().split("href=\"").skip(1).filter_map(|piece| piece.split_once('"'));
        let found = pieces.map(|(href, _)| href.replace("&#38;", "&").replace("&amp;", "&")).collect();
        // The map is another program's output; its own files are its own test's concern.
        (!url.contains("/?")).then_some(found)
    });
    assert!(visited.iter().any(|url| url.contains("/items/") && url.ends_with("f=html")), "{visited:#?}");
    assert!(visited.iter().any(|url| url.contains("/compliance/clusters/")), "{visited:#?}");
}

#[test]
fn a_next_link_repeats_every_parameter_percent_encoded() {
    // /rec/core/fc-next-1; clients follow it verbatim.
    let query = "limit=2&open=true&bbox=105.8,20.9,105.9,21.1&datetime=2024-01-01T00%3A00%3A00%2B07%3A00%2F..&f=json";
    let next = href(&json(&format!("/collections/awkward/items?{query}")), "next").unwrap();
    let start = format!("{}/collections/awkward/items?{query}&token=", READABLE.server.url);
    assert!(next.starts_with(&start), "{next}");
    assert_eq!(ids(&json(&next)), ["r06", "r08"]);
}

#[test]
fn what_a_client_sent_unencoded_is_encoded_in_links() {
    let page = json("/collections/awkward/items?limit=2&name_vi=Làng nghề".replace(' ', "+").as_str());
    let next = href(&page, "next").unwrap();
    assert!(next.contains("name_vi=L%C3%A0ng+ngh%E1%BB%81&token="), "{next}");
    assert_eq!(json(&next)["numberMatched"], page["numberMatched"]);
    assert!(page["numberMatched"].as_u64().unwrap() > 4);
}

#[test]
fn a_parameter_spelt_in_percent_signs_is_still_replaced_in_links() {
    let first = href(&json("/collections/awkward/items?limit=2"), "next").unwrap();
    let token = first.split_once("token=").unwrap().1;
    let page = json(&format!("/collections/awkward/items?limit=2&%66=json&%74oken={token}"));
    let next = href(&page, "next").unwrap();
    assert_eq!(next.matches("oken=").count(), 1, "{next}");
    assert_eq!(json(&next)["numberReturned"], 2);
    assert_eq!(get(&href(&page, "alternate").unwrap()).media_type(), "text/html");
}

#[test]
fn addresses_with_and_without_a_trailing_slash_answer_alike_and_nothing_redirects() {
    let paths = [
        "/conformance",
        "/api",
        "/collections",
        "/collections/clusters",
        "/collections/clusters/items",
        "/collections/awkward/items/r01",
        "/collections/clusters/queryables",
        "/collections/clusters/schema",
    ];
    for path in paths {
        for slashed in [format!("{path}/"), format!("{path}/?f=json"), format!("{path}//")] {
            let answer = get_with(&slashed, &[("Accept", "application/json, application/schema+json")]);
            assert_eq!(answer.status, 200, "{slashed}");
            assert_eq!(answer.media_type(), get(path).media_type(), "{slashed}");
        }
    }
    let link = href(&json("/collections/clusters/items/?limit=1"), "next").unwrap();
    assert!(link.contains("/items?limit=1&token="), "{link}");
}

#[test]
fn links_start_with_the_address_that_the_client_used() {
    let page = get_with("/collections", &[("Host", "gis.example:8443")]).json();
    assert_eq!(href(&page, "self").unwrap(), "http://gis.example:8443/collections?f=json");
    let spoofed =
        [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("Forwarded", "host=evil.example")];
    let page = get_with("/collections", &spoofed).json();
    assert!(href(&page, "self").unwrap().starts_with(&READABLE.server.url), "no proxy was declared");
}

#[test]
fn a_host_that_is_none_is_refused() {
    for host in ["a b", "evil.example/path", "\"><script>alert(1)</script>"] {
        let answer = get_with("/collections", &[("Host", host)]);
        assert_eq!((answer.status, answer.media_type()), (400, "application/problem+json"), "{host}");
    }
}

/// Links of the landing page and of a page of items.
fn links_of(server: &Server, headers: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for target in ["/", "/collections", "/collections/awkward/items?limit=1", "/collections/awkward/items/r01"] {
        hrefs(&server.ask("GET", target, headers).json(), &mut found);
    }
    found
}

#[test]
fn a_declared_public_url_starts_every_link_whatever_the_request_says() {
    let mut command = serve(&READABLE.store);
    let server = Server::start(command.env("LANGXANH_PUBLIC_URL", "https://gis.example.vn/langxanh/"));
    for headers in [&[][..], &[("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")]] {
        for link in links_of(&server, headers) {
            assert!(link.starts_with("https://gis.example.vn/langxanh/") && !link.contains("xanh//"), "{link}");
        }
    }
    let definition = server.json("/api");
    assert_eq!(definition["servers"][0]["url"], "https://gis.example.vn/langxanh");
}

#[test]
fn a_trusted_proxy_tells_the_address_that_links_start_with() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "trust_proxy = true\n").unwrap();
    let server = Server::start(serve(&READABLE.store).arg("--config").arg(config));
    let forwarded =
        [("X-Forwarded-Host", "gis.example.vn"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Prefix", "/langxanh")];
    for link in links_of(&server, &forwarded) {
        assert!(link.starts_with("https://gis.example.vn/langxanh/"), "{link}");
    }
    for link in links_of(&server, &[("Forwarded", "for=192.0.2.1;proto=https;host=gis.example.vn")]) {
        assert!(link.starts_with("https://gis.example.vn/"), "{link}");
    }
    for link in links_of(&server, &[]) {
        assert!(link.starts_with(&server.url), "{link}");
    }
    let page = server.json(&format!("/collections/awkward/items?limit={}", rows::AWKWARD));
    assert_eq!(page["numberReturned"], rows::AWKWARD);
}
