//! The feed of changes.

use serde_json::json;

use super::{first_ids, open_service, patch, send};
use crate::common::Server;
use crate::common::http::Answer;

const ATOM: &str = "application/atom+xml";

/// How many entries a feed has.
fn entries(feed: &Answer) -> usize {
    assert_eq!((feed.status, feed.media_type()), (200, ATOM), "{}", feed.text());
    feed.text().matches("<entry>").count()
}

fn property(server: &Server, collection: &str, id: &str, name: &str) -> String {
    super::property(server, collection, id, name).as_str().unwrap().to_owned()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn what_nobody_can_subscribe_to_is_refused_with_every_fault() {
    let (_folder, _, server) = open_service();
    let faults = server.get("/changes.atom?site=clusters/nowhere&district=Nowhere&since=now&token=1").faults();
    assert_eq!(faults, ["token", "since", "site", "district"]);
    assert_eq!(server.get("/changes.atom?f=json").faults(), ["f"]);
    assert_eq!(server.get("/changes?f=json&site=clusters/x").faults(), ["site"], "only a feed is narrowed so");
}

#[test]
fn a_feed_of_a_site_or_a_district_tells_of_its_rows_alone() {
    let (_folder, _, server) = open_service();
    let ids = first_ids(&server, "clusters", 200);
    let district = |id: &String| property(&server, "clusters", id, "district_legacy");
    let here = &ids[0];
    let elsewhere = ids.iter().find(|id| district(id) != district(here)).unwrap();
    let of_site = format!("/changes.atom?site=clusters/{here}");
    let of_district = format!("/changes.atom?district={}", encoded(&district(here)));
    let of_other = format!("/changes.atom?district={}", encoded(&district(elsewhere)));
    let before = [&of_site, &of_district, &of_other].map(|feed| entries(&server.get(feed)));
    assert_eq!(patch(&server, "clusters", here, "investor", json!("Công ty <A> & B")).status, 204);
    // A row of the site counts as the site's.
    let violation = json!({
        "type": "Feature", "geometry": null,
        "properties": {"site_id": here, "site_collection": "clusters", "violation_kind": "no_permit", "status": "detected"},
    });
    let made = send(&server, "POST", "/collections/violations/items", "application/geo+json", &violation.to_string());
    assert_eq!(made.status, 201, "{}", made.text());
    let after = [&of_site, &of_district, &of_other].map(|feed| entries(&server.get(feed)));
    assert_eq!([before[0] + 2, before[1] + 2, before[2]], after);
    // Of a change only the rows of the collection that is asked for count.
    let villages = format!("{of_site}&collection=craft_villages");
    assert_eq!(entries(&server.get(&villages)), 0);
    let newest = server.get(&of_site);
    assert!(newest.text().contains(&format!("clusters/{here}")) && newest.text().contains("“vì sao”"));
}

#[test]
fn a_reader_that_has_the_feed_is_told_so_until_something_changes() {
    let (_folder, _, server) = open_service();
    let ask = |etag: &str| server.ask("GET", "/changes?f=atom", &[("If-None-Match", etag)]);
    let first = server.get("/changes?f=atom");
    assert!(entries(&first) > 0);
    let etag = first.header("etag").unwrap();
    assert_eq!(ask(etag).status, 304);
    let id = &first_ids(&server, "clusters", 1)[0];
    assert_eq!(patch(&server, "clusters", id, "investor", json!("Khác")).status, 204);
    let second = ask(etag);
    assert_eq!(entries(&second), entries(&first) + 1);
    let wanted = server.ask("GET", "/changes", &[("Accept", ATOM)]);
    assert_eq!(entries(&wanted), entries(&second), "by what a reader accepts, too");
    assert_eq!(entries(&server.get("/changes.atom?limit=1")), 1);
}
