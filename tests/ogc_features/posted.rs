//! Parameters in the body of a request: `/collections/{collectionId}/search`, and links to the next page that no address
//! holds.

use serde_json::{Value, json};

use crate::common::READABLE;
use crate::common::http::{Answer, get, get_with, href, ids, links, matching};
use crate::common::rows::AWKWARD;

const FORM: &str = "application/x-www-form-urlencoded";

fn search(collection: &str, body: &Value) -> Answer {
    let target = format!("/collections/{collection}/search");
    READABLE.server.post(&target, "application/json", body.to_string().as_bytes())
}

/// The page behind a link `next`, followed as it says, and the body that was sent for it.
fn followed(page: &Value, before: &Value) -> Option<(Value, Value)> {
    let next = links(page).into_iter().find(|link| link["rel"] == "next")?;
    let target = next["href"].as_str().unwrap();
    if next.get("method").is_none() {
        return Some((get(target).json(), json!({})));
    }
    assert_eq!(next["method"], "POST");
    let mut body = if next["merge"] == true { before.clone() } else { json!({}) };
    body.as_object_mut().unwrap().extend(next["body"].as_object().unwrap().clone());
    let answer = READABLE.server.post(target, "application/json", body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    Some((answer.json(), body))
}

/// Ids of all pages from a first one on.
fn walked(first: Value, before: &Value) -> Vec<String> {
    let (mut found, mut page, mut before) = (ids(&first), first, before.clone());
    while let Some((next, body)) = followed(&page, &before) {
        found.extend(ids(&next));
        (page, before) = (next, body);
    }
    found
}

#[test]
fn what_is_no_body_with_parameters_is_refused_with_the_reason() {
    let server = &READABLE.server;
    let refused = |media_type: &str, body: &[u8]| {
        let answer = server.post("/collections/awkward/search", media_type, body);
        assert_eq!(answer.media_type(), "application/problem+json", "{}", answer.text());
        answer.status
    };
    assert_eq!(refused("text/plain", b"limit=1"), 415);
    assert_eq!(refused("application/json", b"[1"), 400);
    assert_eq!(refused("application/json", b"{\"limit\": null}"), 400);
    assert_eq!(refused("application/json", &[b'['; 200_000]), 400);
    assert_eq!(refused(FORM, &vec![b'a'; 1 << 20 | 1 << 17]), 413);
    assert_eq!(refused("application/json", b"{\"limit\": 0}"), 400);
    assert_eq!(search("awkward", &json!({"limit": 0, "nothing": 1})).faults(), ["nothing", "limit"]);
    let twice = server.post("/collections/awkward/search?limit=1", FORM, b"limit=2");
    assert_eq!(twice.faults(), ["limit"]);
    assert_eq!(search("nowhere", &json!({})).status, 404);
    let got = get("/collections/awkward/search");
    assert_eq!((got.status, got.header("allow")), (405, Some("POST, OPTIONS")));
    let preflight = [("Origin", "http://elsewhere"), ("Access-Control-Request-Method", "POST")];
    let answer = server.ask("OPTIONS", "/collections/awkward/search", &preflight);
    assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, Some("POST, OPTIONS")));
    assert_eq!(get_with("/collections/awkward/items", &preflight).status, 200);
}

#[test]
fn a_search_gives_what_the_same_parameters_give_in_an_address() {
    let bbox = "bbox=105.8,20.9,105.815,21.1&sortby=-storeys&limit=5";
    let wanted = matching(&format!("awkward/items?{bbox}"));
    assert!(wanted.len() > 10);
    let body = json!({"bbox": [105.8, 20.9, 105.815, 21.1], "sortby": ["-storeys"], "limit": 5});
    assert_eq!(walked(search("awkward", &body).json(), &body), wanted);
    let form = READABLE.server.post("/collections/awkward/search", FORM, bbox.as_bytes());
    assert_eq!(walked(form.json(), &json!({})), wanted);
    let filter = json!({"op": ">", "args": [{"property": "storeys"}, 20]});
    for body in [json!({"filter": filter}), json!({"filter": "storeys > 20"})] {
        assert_eq!(walked(search("awkward", &body).json(), &body), ["r21", "r22", "r23", "r24"]);
    }
    // A short search goes on by GET, which every client can follow.
    let page = search("awkward", &json!({"limit": 5})).json();
    let next = href(&page, "next").unwrap();
    assert!(next.contains("/collections/awkward/items?limit=5&token="), "{next}");
    assert_eq!(page["numberMatched"], AWKWARD);
    let csv = search("awkward", &json!({"f": "csv", "properties": "storeys", "filter": "storeys = 7"}));
    assert_eq!(String::from_utf8(crate::common::http::body(&csv)).unwrap().lines().count(), 2);
}

#[test]
fn ten_thousand_alternatives_are_answered_or_refused_in_a_short_time() {
    let terms: Vec<String> = (0..10_000).map(|n| format!("n = {}", n * 7)).collect();
    let filter = terms.join(" OR ");
    assert!(filter.len() > 65_536);
    let body = json!({"filter": filter, "limit": 1000});
    let start = std::time::Instant::now();
    let answer = search("numbered", &body);
    assert!(start.elapsed() < std::time::Duration::from_secs(40), "{:?}", start.elapsed());
    match answer.status {
        // Of 1 to 10,050 every seventh.
        200 => assert_eq!(walked(answer.json(), &body).len(), 1435),
        _ => assert_eq!(answer.faults(), ["filter"]),
    }
    // The same of few rows is answered in any case, and pages go on although no address holds the filter.
    let terms: Vec<String> = (0..10_000).map(|n| format!("storeys = {}", n + 3)).collect();
    let body = json!({"filter": terms.join(" OR "), "limit": 5});
    let answer = search("awkward", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let next = links(&answer.json()).into_iter().find(|link| link["rel"] == "next").unwrap();
    assert_eq!((&next["method"], &next["merge"]), (&json!("POST"), &json!(true)));
    assert!(next["href"].as_str().unwrap().ends_with("/collections/awkward/search"));
    assert!(answer.body.len() < 20_000, "links do not repeat the filter: {}", answer.body.len());
    assert_eq!(walked(answer.json(), &body).len(), 22, "r03 to r24");
    // In a format without links, a header says where the same body goes next.
    let lines = json!({"filter": terms.join(" OR "), "limit": 5, "f": "ndjson"});
    let link = search("awkward", &lines).header("link").unwrap().to_owned();
    assert!(link.contains("/search?token=") && link.contains("method=\"POST\""), "{link}");
    let target = link.split_once('<').unwrap().1.split_once('>').unwrap().0.to_owned();
    let second = READABLE.server.post(&target, "application/json", lines.to_string().as_bytes());
    assert_eq!(second.header("ogc-numberreturned"), Some("5"));
}

#[test]
fn a_filter_that_encoding_makes_too_long_for_an_address_does_not_end_the_walk() {
    // 15,000 letters of three bytes each are sent as they are, and as nine each in a link.
    let name = "ữ".repeat(15_000);
    let target = format!("/collections/awkward/items?limit=10&filter=name_vi%3C%3E'{name}'");
    let answer = get(&target);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = walked(answer.json(), &json!({}));
    assert_eq!(found.len(), AWKWARD, "every name is another one");
}

#[test]
fn a_token_leads_on_in_the_walk_that_gave_it_and_in_no_other() {
    let token = |target: &str| {
        let next = href(&get(target).json(), "next").unwrap();
        next.split_once("token=").unwrap().1.to_owned()
    };
    let of_numbered = token("/collections/numbered/items?limit=5");
    let of_awkward = token("/collections/awkward/items?limit=5&bbox=105.8,20.9,105.9,21.1");
    for target in [
        format!("/collections/awkward/items?limit=5&token={of_numbered}"),
        format!("/collections/awkward/items?limit=5&token={of_awkward}"),
        format!("/collections/awkward/items?limit=5&bbox=105.8,20.9,105.9,21.2&token={of_awkward}"),
        format!("/collections/awkward/items?bbox=105.8,20.9,105.9,21.1&q=lang&token={of_awkward}"),
        format!("/collections/awkward/items?f=csv&filter=storeys%3E5&token={of_numbered}"),
    ] {
        assert_eq!(get(&target).faults(), ["token"], "{target}");
    }
    let same = format!("/collections/awkward/items?bbox=105.8,20.9,105.9,21.1&f=html&token={of_awkward}");
    assert_eq!(get(&same).status, 200, "how features look may change on the way");
}
