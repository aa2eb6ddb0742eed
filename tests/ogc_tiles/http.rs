//! Tiles as HTTP resources.

use crate::common::empty_service;
use crate::common::http::{get, get_with, json};
use crate::tiles::path;

const TILE: &str = "/collections/craft_villages/tiles/WebMercatorQuad/9/225/406";

#[test]
fn what_names_no_tile_is_refused_as_the_standard_says() {
    // /req/core/tc-error: 404 (or 400) beyond the limits, 400 for what is no tile at all.
    let base = "/collections/clusters/tiles/WebMercatorQuad";
    for target in ["21/0/0", "0/0/1", "3/9/0", "3/0/99999999999999999999", "9/0/0"] {
        let answer = get(&format!("{base}/{target}"));
        assert_eq!((answer.status, answer.media_type()), (404, "application/problem+json"), "{target}");
    }
    for target in ["x/0/0", "0/-1/0", "0/0/0.5", "0/0/0.mvt"] {
        assert_eq!(get(&format!("{base}/{target}")).status, 400, "{target}");
    }
    for target in ["/collections/clusters/tiles/WorldCRS84Quad", "/collections/clusters/tiles/WebMercatorQuad/1/2"] {
        assert_eq!(get(target).status, 404, "{target}");
    }
}

#[test]
fn a_table_without_places_has_no_tiles_and_does_not_say_that_it_has() {
    for target in ["", "/WebMercatorQuad", "/WebMercatorQuad/0/0/0"] {
        let answer = get(&format!("/collections/milestones/tiles{target}"));
        assert_eq!((answer.status, answer.media_type()), (404, "application/problem+json"), "{target}");
    }
    let links = json("/collections/milestones")["links"].to_string();
    assert!(!links.contains("tilesets"), "{links}");
    assert_eq!(get("/collections/nowhere/tiles").status, 404);
}

#[test]
fn an_empty_tile_inside_the_limits_has_no_content() {
    // /req/core/tc-success C: 204, or 200 with an empty tile.
    let (_folder, service) = empty_service();
    let empty = service.get("/collections/plan_parcels/tiles/WebMercatorQuad/3/3/6");
    assert_eq!((empty.status, empty.body.len(), empty.header("content-type")), (204, 0, None));
}

#[test]
fn unknown_parameters_and_formats_are_refused() {
    assert_eq!(get(&format!("{TILE}?colour=red")).faults(), ["colour"]);
    assert_eq!(get(&format!("{TILE}?f=png")).faults(), ["f"]);
    assert_eq!(get_with(TILE, &[("Accept", "image/png")]).status, 406);
    assert_eq!(get(&format!("{TILE}?collections=clusters")).faults(), ["collections"]);
}

#[test]
fn whoever_has_a_tile_is_not_sent_it_again() {
    let first = get(TILE);
    assert_eq!(first.status, 200);
    let etag = first.header("etag").unwrap();
    let again = get_with(TILE, &[("If-None-Match", etag)]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(etag)));
    let other = get(&format!("/collections/craft_villages/{}", path(10, (105.7, 20.98))));
    assert_ne!(other.header("etag"), Some(etag));
}

#[test]
fn a_tile_is_compressed_only_for_those_who_ask_and_is_the_same_then() {
    use std::io::Read;
    let plain = get(TILE);
    assert_eq!(plain.header("content-encoding"), None);
    let packed = get_with(TILE, &[("Accept-Encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < plain.body.len());
    let mut unpacked = Vec::new();
    flate2::bufread::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[test]
fn browsers_of_other_origins_may_read_tiles_and_mvt_is_the_answer_to_any_accept() {
    let answer = get_with(TILE, &[("Accept", "*/*"), ("Origin", "http://example.org")]);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.media_type(), "application/vnd.mapbox-vector-tile");
    assert_eq!(get(&format!("{TILE}?f=mvt")).body, answer.body);
}
