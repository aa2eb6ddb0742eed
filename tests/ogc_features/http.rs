//! Methods, negotiation, caching, compression and CORS: HTTP as RFC 9110 and /req/core/http want it.

use std::io::Read;

use crate::common::READABLE;
use crate::common::http::{Answer, get, get_with, json};

/// One resource of every kind, with the media type that it has by default.
const RESOURCES: [(&str, &str); 15] = [
    ("/", "application/json"),
    ("/api", "application/vnd.oai.openapi+json"),
    ("/conformance", "application/json"),
    ("/collections", "application/json"),
    ("/collections/clusters", "application/json"),
    ("/collections/clusters/items", "application/geo+json"),
    ("/collections/infrastructure_items/items?limit=3", "application/geo+json"),
    ("/collections/awkward/items/r01", "application/geo+json"),
    ("/collections/clusters/queryables", "application/schema+json"),
    ("/collections/clusters/schema", "application/schema+json"),
    ("/collections/clusters/sortables", "application/schema+json"),
    ("/search?q=duong+lieu", "application/geo+json"),
    ("/compliance/rules", "application/json"),
    ("/functions", "application/json"),
    ("/api.html", "text/html"),
];

/// Resources that have no page of their own.
const JSON_ONLY: [&str; 2] = ["/compliance/rules", "/functions"];

fn ask(method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    READABLE.server.ask(method, target, headers)
}

#[test]
fn methods_that_a_resource_does_not_know_are_refused_with_those_it_knows() {
    for (resource, _) in RESOURCES {
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"] {
            let answer = ask(method, resource, &[]);
            assert_eq!(answer.media_type(), "application/problem+json");
            // Features are written so by who may; `tests/edit` asks for that.
            if resource.contains("/items") && [401, 403].contains(&answer.status) {
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {resource}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{method} {resource}");
        }
    }
}

#[test]
fn a_media_type_that_is_not_offered_is_not_acceptable() {
    for (resource, _) in RESOURCES.iter().filter(|(resource, _)| *resource != "/api.html") {
        for accept in ["application/pdf", "text/calendar, image/*", "application/json;q=0, text/html;q=0"] {
            let answer = get_with(resource, &[("Accept", accept)]);
            assert_eq!(answer.status, 406, "{resource} as {accept}");
            assert_eq!(answer.media_type(), "application/problem+json");
        }
    }
}

#[test]
fn json_is_what_a_client_without_wishes_gets() {
    for (resource, media_type) in RESOURCES {
        for headers in [&[][..], &[("Accept", "*/*")], &[("Accept", "")]] {
            assert_eq!(get_with(resource, headers).media_type(), media_type, "{resource} with {headers:?}");
        }
    }
}

#[test]
fn browsers_get_html_and_f_beats_accept() {
    let browser = [("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")];
    for (resource, media_type) in RESOURCES.iter().filter(|(resource, _)| !JSON_ONLY.contains(resource)) {
        assert_eq!(get_with(resource, &browser).media_type(), "text/html", "{resource}");
        let joint = if resource.contains('?') { '&' } else { '?' };
        let with_f = |f: &str, accept: &str| get_with(&format!("{resource}{joint}f={f}"), &[("Accept", accept)]);
        assert_eq!(with_f("html", "application/json").media_type(), "text/html", "{resource}");
        if *resource != "/api.html" {
            assert_eq!(with_f("json", "text/html").media_type(), *media_type, "{resource}");
        }
    }
}

#[test]
fn the_definition_has_the_media_type_that_qgis_and_gdal_look_for() {
    let accept = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json";
    for headers in [&[][..], &[("Accept", accept)], &[("Accept", "application/json")]] {
        let answer = get_with("/api", headers);
        assert_eq!(answer.header("content-type"), Some("application/vnd.oai.openapi+json;version=3.0"));
    }
}

#[test]
fn head_answers_with_the_headers_of_get_and_no_body() {
    let wishes = [&[][..], &[("Accept-Encoding", "gzip")], &[("Accept", "text/html")]];
    for resource in RESOURCES.map(|(resource, _)| resource).into_iter().chain(["/nowhere", "/collections?x=1"]) {
        for headers in wishes {
            let (head, get) = (ask("HEAD", resource, headers), get_with(resource, headers));
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{resource}");
            let kept = |answer: &Answer| {
                let headers = answer.headers.iter().filter(|(name, _)| name != "Date");
                headers.cloned().collect::<Vec<_>>()
            };
            assert_eq!(kept(&head), kept(&get), "{resource}");
            let length = get.header("content-length").unwrap();
            assert_eq!(length.parse(), Ok(get.body.len()), "{resource}");
        }
    }
}

#[test]
fn an_answer_that_the_client_has_already_is_not_sent_again() {
    for (resource, _) in RESOURCES {
        let first = get(resource);
        let etag = first.header("etag").unwrap_or_else(|| panic!("{resource} has no ETag"));
        let opaque = etag.trim_start_matches("W/");
        let known = [etag.to_owned(), opaque.to_owned(), format!("\"other\", {etag}"), "*".to_owned()];
        for tags in known {
            for method in ["GET", "HEAD"] {
                let again = ask(method, resource, &[("If-None-Match", &tags)]);
                assert_eq!((again.status, again.body.len()), (304, 0), "{method} {resource} with {tags}");
                for header in ["etag", "vary", "cache-control"] {
                    assert_eq!(again.header(header), first.header(header), "{resource}: {header}");
                }
            }
        }
        assert_eq!(get_with(resource, &[("If-None-Match", "\"other\", W/\"more\"")]).status, 200, "{resource}");
    }
}

#[test]
fn an_etag_belongs_to_one_representation_of_one_resource() {
    let targets = [
        "/collections/awkward/items?limit=5",
        "/collections/awkward/items?limit=6",
        "/collections/awkward/items?limit=5&f=html",
        "/collections/numbered/items?limit=5",
        "/collections/awkward/items/r01",
        "/collections/awkward/items/r02",
        "/collections/awkward/items/r01?f=html",
    ];
    let etags: Vec<_> = targets.iter().map(|target| get(target).header("etag").unwrap().to_owned()).collect();
    let distinct: std::collections::BTreeSet<_> = etags.iter().collect();
    assert_eq!(distinct.len(), targets.len(), "{etags:?}");
    assert_eq!(get(targets[0]).header("etag"), Some(etags[0].as_str()), "the same answer, the same tag");
}

#[test]
fn what_is_not_there_is_not_found_whatever_the_client_has() {
    assert_eq!(get_with("/collections/nowhere", &[("If-None-Match", "*")]).status, 404);
}

#[test]
fn caches_are_told_to_ask_again_and_what_the_answer_depends_on() {
    for (resource, _) in RESOURCES {
        let answer = get(resource);
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{resource}");
        assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"), "{resource}");
        assert_eq!(answer.header("expires"), None, "{resource}");
    }
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    let packed = answer.body.as_slice();
    match answer.header("content-encoding") {
        // These decoders read one member to its checksum and leave what follows: nothing may follow.
        Some("gzip") => {
            let mut decoder = flate2::bufread::GzDecoder::new(packed);
            decoder.read_to_end(&mut plain).unwrap();
            assert!(decoder.into_inner().is_empty());
        }
        Some("br") => drop(brotli::Decompressor::new(packed, 4096).read_to_end(&mut plain).unwrap()),
        Some("zstd") => drop(zstd::Decoder::new(packed).unwrap().read_to_end(&mut plain).unwrap()),
        other => panic!("{other:?}"),
    }
    plain
}

/// A body without the time at which it was made.
fn timeless(body: &[u8]) -> String {
    let text = std::str::from_utf8(body).unwrap();
    match text.split_once("\"timeStamp\":\"") {
        Some((before, after)) => format!("{before}{}", after.split_once('"').unwrap().1),
        None => text.to_owned(),
    }
}

#[test]
fn compressed_answers_unpack_to_the_plain_bytes() {
    let long = ["/collections/numbered/items?limit=10000", "/collections/clusters/items?limit=100&f=html"];
    let resources = RESOURCES.map(|(resource, _)| resource).into_iter().chain(long);
    for resource in resources {
        let plain = get_with(resource, &[("Accept-Encoding", "identity")]);
        assert_eq!(plain.header("content-encoding"), None);
        for coding in ["gzip", "br", "zstd"] {
            // The second answer comes from the cache of compressed bodies.
            for _ in 0..2 {
                let packed = get_with(resource, &[("Accept-Encoding", coding)]);
                if packed.header("content-encoding").is_none() {
                    assert!(plain.body.len() < 2048, "{resource} was not compressed");
                    continue;
                }
                assert_eq!(packed.header("content-encoding"), Some(coding), "{resource}");
                assert!(packed.body.len() < plain.body.len(), "{resource} as {coding}");
                assert_eq!(timeless(&unpacked(&packed)), timeless(&plain.body), "{resource} as {coding}");
            }
        }
    }
}

#[test]
fn two_pages_that_differ_in_links_alone_are_not_mistaken_for_each_other_when_compressed() {
    let target = "/collections/awkward/items?limit=20";
    for host in ["one.example", "two.example", "one.example"] {
        let answer = get_with(target, &[("Host", host), ("Accept-Encoding", "gzip")]);
        let page: serde_json::Value = serde_json::from_slice(&unpacked(&answer)).unwrap();
        let href = page["links"][0]["href"].as_str().unwrap();
        assert!(href.starts_with(&format!("http://{host}/")), "{href}");
    }
}

#[test]
fn every_answer_may_be_read_by_pages_of_other_origins() {
    let targets = ["/collections", "/nowhere", "/collections?x=1", "/healthz", "/readyz", "/metrics"];
    for target in targets {
        let answer = get_with(target, &[("Origin", "https://map.example")]);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{target}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in ["Content-Crs", "Link", "Location", "ETag", "OGC-NumberMatched", "OGC-NumberReturned"] {
            assert!(exposed.contains(name), "{target}: {name}");
        }
    }
    let refused = [ask("DELETE", "/collections", &[]), get_with("/api", &[("Accept", "image/png")])];
    assert_eq!(refused.map(|answer| answer.header("access-control-allow-origin") == Some("*")), [true, true]);
}

#[test]
fn options_tells_what_is_allowed_and_a_preflight_what_may_be_sent() {
    for target in ["/collections/clusters/items", "/collections/clusters/items/unknown_id", "/collections"] {
        for headers in [&[][..], &[("Origin", "https://map.example")]] {
            let answer = ask("OPTIONS", target, headers);
            assert_eq!((answer.status, answer.header("allow")), (200, Some("GET, HEAD, OPTIONS")), "{target}");
            assert_eq!(answer.header("access-control-allow-methods"), None, "no preflight");
        }
        let headers = [("Origin", "https://map.example"), ("Access-Control-Request-Method", "GET")];
        let preflight = ask("OPTIONS", target, &headers);
        assert!([200, 204].contains(&preflight.status));
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        assert!(preflight.header("access-control-allow-methods").unwrap().contains("GET"));
        for name in ["Content-Crs", "If-Match", "Authorization", "Content-Type", "Prefer"] {
            assert!(preflight.header("access-control-allow-headers").unwrap().contains(name), "{name}");
        }
    }
}

#[test]
fn health_readiness_and_metrics_are_told() {
    assert_eq!(get("/healthz").text(), "ok\n");
    assert!(get("/readyz").text().starts_with("ok "));
    let metrics = get("/metrics");
    assert!(metrics.text().contains("langxanh_http_requests_total{status=\"200\"}"));
    let collections = json("/collections")["collections"].clone();
    let features: u64 = collections.as_array().unwrap().iter().map(|c| c["itemCount"].as_u64().unwrap()).sum();
    assert!(metrics.text().contains(&format!("langxanh_snapshot_features {features}\n")), "{}", metrics.text());
}

#[test]
fn several_requests_share_one_connection() {
    let once = |close: &str| format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{close}\r\n");
    let answers = READABLE.server.exchange([once(""), once(""), once("Connection: close\r\n")].concat().as_bytes());
    assert_eq!(String::from_utf8(answers).unwrap().matches("\r\n\r\nok\n").count(), 3);
}

#[test]
fn a_person_at_a_browser_is_told_a_problem_on_a_page_and_a_program_in_a_document() {
    // Browsers say so of what they show a person, and of nothing that a script or QGIS asks for.
    for path in ["/nothing", "/collections/nothing", "/collections/clusters/items?limit=0"] {
        let document = get(path);
        let page = get_with(path, &[("Sec-Fetch-Dest", "document")]);
        assert_eq!((page.status, page.media_type()), (document.status, "text/html"), "{path}");
        let detail = document.json()["detail"].as_str().unwrap().to_owned();
        let (vi, en) = detail.split_once(" / ").unwrap();
        // A page escapes what a path may hold.
        let plain = page.text().replace("&#39;", "'");
        assert!(plain.contains(vi) && plain.contains(en), "{path}: {detail}");
        assert!(plain.contains("/?f=html\""), "it leads back to the map");
        let script = get_with(path, &[("Sec-Fetch-Dest", "empty"), ("Accept", "text/html")]);
        assert_eq!(script.media_type(), "application/problem+json", "{path}");
    }
}
