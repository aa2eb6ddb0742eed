//! HTML pages: readable, in Vietnamese first, and nothing of the data becomes markup.

use std::collections::BTreeSet;

use crate::common::http::{get, json};
use crate::common::rows::TEXTS;

/// Elements and attributes that the template itself writes.
const ELEMENTS: &str = "a body button details div form h1 h2 h3 head html input label li main meta nav ol option p section select \
                        small span strong style summary table tbody td th thead title tr ul";
const ATTRIBUTES: &str = "action aria-label charset class content href id lang method name open rel role scope selected style tabindex \
                          type value";

/// Name and attributes (with their values, unescaped as little as they came) of every tag of a page.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").expect("the document type comes first");
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap();
        let name = rest[..name_end].trim_start_matches('/').to_owned();
        rest = &rest[name_end..];
        let mut attributes = Vec::new();
        while !rest.starts_with('>') {
            rest = rest.trim_start();
            let (attribute, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("in <{name}: {rest:.80}"));
            let (value, after) = value.split_once('"').unwrap();
            attributes.push((attribute.to_owned(), value.to_owned()));
            rest = after;
        }
        tags.push((name, attributes));
    }
    tags
}

/// Fails when a page holds an element or attribute that the template does not write.
fn assert_sound(target: &str) {
    let answer = get(target);
    assert_eq!(answer.status, 200, "{target}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{target}");
    let (elements, names): (BTreeSet<_>, BTreeSet<_>) =
        (ELEMENTS.split(' ').collect(), ATTRIBUTES.split(' ').collect());
    let tags = tags(answer.text());
    for (element, attributes) in &tags {
        assert!(elements.contains(element.as_str()), "{target}: <{element}>");
        for (name, value) in attributes {
            assert!(names.contains(name.as_str()), "{target}: <{element} {name}>");
            assert!(!value.contains(['<', '>', '\'']), "{target}: {name}=\"{value}\"");
            assert!(name != "href" || value.starts_with("http://") || value.starts_with('#'), "{target}: {value}");
        }
    }
    assert_eq!(tags[0], ("html".to_owned(), vec![("lang".to_owned(), "vi".to_owned())]), "{target}");
    let title = answer.text().split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
    assert!(!title.trim().is_empty(), "{target}");
    assert_eq!(answer.text().matches("<h1>").count(), 1, "{target}");
}

#[test]
fn every_page_has_a_language_a_title_and_no_markup_but_its_own() {
    // /req/html/definition, content.
    let mut targets: Vec<String> = ["/conformance", "/collections", "/api"].map(|p| format!("{p}?f=html")).to_vec();
    targets.push("/search?q=%3Cscript%3E+duong&f=html".to_owned());
    targets.push("/api.html".to_owned());
    targets.extend(["/tiles", "/tiles/WebMercatorQuad", "/styles"].map(|path| format!("{path}?f=html")));
    targets.push("/tiles/WebMercatorQuad?collections=clusters,plans&f=html".to_owned());
    targets.extend(["", "/legend"].map(|below| format!("/styles/langxanh{below}?f=html")));
    targets
        .extend(["targets?f=html&by=commune", "duties?f=html", "quality?f=html"].map(|p| format!("/compliance/{p}")));
    for collection in json("/collections")["collections"].as_array().unwrap() {
        let id = collection["id"].as_str().unwrap();
        for below in ["", "/items", "/queryables", "/sortables", "/schema"] {
            targets.push(format!("/collections/{id}{below}?f=html"));
        }
        if collection["langxanh"]["geometry"].is_string() {
            let maps =
                ["collections/{}/tiles", "collections/{}/tiles/WebMercatorQuad", "styles/{}", "styles/{}/legend"];
            targets.extend(maps.map(|path| format!("/{}?f=html", path.replace("{}", id))));
        }
        if let Some(feature) = json(&format!("/collections/{id}/items?limit=1"))["features"][0]["id"].as_str() {
            targets.push(format!("/collections/{id}/items/{feature}?f=html"));
        }
    }
    targets.iter().for_each(|target| assert_sound(target));
}

#[test]
fn a_name_full_of_markup_stays_text() {
    assert_sound("/collections/awkward/items?f=html&limit=100");
    for (at, text) in TEXTS.iter().enumerate() {
        let target = format!("/collections/awkward/items/r{:02}?f=html", at + 1);
        assert_sound(&target);
        if text.contains("<script>") {
            assert!(get(&target).text().contains("&#60;script&#62;alert(1)"), "the name can still be read");
        }
    }
}

#[test]
fn pages_of_maps_say_in_words_and_colours_what_the_documents_say() {
    let legend = get("/styles/clusters?f=html");
    for line in json("/styles/clusters/legend")["layers"][0]["entries"].as_array().unwrap() {
        let (colour, title) = (line["colour"].as_str().unwrap(), line["title"]["vi"].as_str().unwrap());
        assert!(legend.text().contains(&format!("style=\"background:{colour}\"")), "{colour}");
        assert!(legend.text().contains(title), "{title}");
    }
    let tileset = get("/tiles/WebMercatorQuad?f=html&collections=clusters");
    assert!(tileset.text().contains("/tiles/WebMercatorQuad/{z}/{y}/{x}?collections=clusters"), "{}", tileset.text());
    let accept = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/styles", "/styles/clusters", "/styles/clusters/legend", "/tiles", "/collections/clusters/tiles"] {
        assert_eq!(crate::common::http::get_with(path, &accept).media_type(), "text/html", "{path}");
        assert_ne!(get(path).media_type(), "text/html", "{path}");
    }
}

#[test]
fn parameters_full_of_markup_stay_text() {
    assert_sound("/collections/awkward/items?f=html&limit=1&name_vi=Làng+nghề&seen_on=2024-01-20");
    let refused = get("/collections/awkward/items?f=html&%22%3E%3Cscript%3E=1");
    assert_eq!((refused.status, refused.media_type()), (400, "application/problem+json"));
}

#[test]
fn the_map_is_what_a_browser_finds_at_the_root() {
    let page = get("/?f=html");
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
    assert!(page.text().contains("lang=\"vi\"") && page.text().contains("<title>"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("http"), "{policy}");
}

#[test]
fn made_up_data_is_marked_on_its_page() {
    assert!(get("/collections/plan_parcels/items?f=html").text().contains("Dữ liệu minh họa"));
    assert!(!get("/collections/awkward/items?f=html").text().contains("Dữ liệu minh họa"));
}

#[test]
fn pages_of_a_table_lead_on_to_the_next() {
    let page = get("/collections/numbered/items?f=html&limit=5000");
    let next = page.text().split("<a href=\"").find(|piece| piece.contains("rel=\"next\"")).unwrap();
    let next = next.split_once('"').unwrap().0.replace("&#38;", "&");
    assert_eq!(page.text().matches("<tr>").count(), 1001, "a head and as many rows as a page of HTML may have");
    let second = get(&next);
    assert!(second.text().contains(">1001</a>"), "{next}");
}
