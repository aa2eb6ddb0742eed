//! Sorting, searching and choosing: `/sortables`, `sortby`, `q`, `properties`, `skipGeometry`, `precision`, `zoom-level`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::READABLE;
use crate::common::http::{get, href, ids, json, matching};
use crate::common::rows::AWKWARD;

/// Ids of `awkward` in the order that is asked for, by pages of five.
fn walked(query: &str) -> Vec<String> {
    matching(&format!("awkward/items?limit=5&{query}"))
}

#[test]
fn what_cannot_be_sorted_by_is_refused() {
    // OGC 23-058r2, /req/sortables/response E.
    for sort in ["nothing", "", "storeys,", "storeys,-storeys", "geom", "+-storeys"] {
        assert_eq!(get(&format!("/collections/awkward/items?sortby={sort}")).faults(), ["sortby"], "{sort}");
    }
    assert_eq!(get("/collections/awkward/items?sortby=storeys&token=a5").faults(), ["token"]);
    assert_eq!(get("/collections/awkward/items?token=s5.i1").faults(), ["token"]);
}

#[test]
fn sortables_are_the_attributes_and_no_geometry() {
    // OGC 23-058r2, /req/sortables/link, op, response A to D.
    for id in ["clusters", "awkward", "effluent_samples"] {
        let answer = get(&format!("/collections/{id}/sortables"));
        assert_eq!((answer.status, answer.media_type()), (200, "application/schema+json"));
        let sortables = answer.json();
        assert_eq!(sortables["$id"], format!("{}/collections/{id}/sortables", READABLE.server.url));
        assert_eq!(sortables["additionalProperties"], false);
        for (name, property) in sortables["properties"].as_object().unwrap() {
            assert!(!["object", "array"].contains(&property["type"].as_str().unwrap()), "{name}");
            assert_eq!(get(&format!("/collections/{id}/items?limit=1&sortby=-{name}")).status, 200, "{id}: {name}");
        }
        let found = href(&json(&format!("/collections/{id}")), "http://www.opengis.net/def/rel/ogc/1.0/sortables");
        assert_eq!(found.as_deref(), sortables["$id"].as_str());
    }
}

#[test]
fn a_schema_has_one_identifier_and_one_geometry_and_says_when_features_hold() {
    // OGC 23-058r2, /req/schemas/role-id, properties B and C, property-seq; roles of time.
    let roles = |id: &str| -> Vec<(String, String)> {
        let schema = json(&format!("/collections/{id}/schema"));
        let properties = schema["properties"].as_object().unwrap().clone();
        let role = |(name, property): (String, Value)| Some((property["x-ogc-role"].as_str()?.to_owned(), name));
        properties.into_iter().filter_map(role).collect()
    };
    for collection in json("/collections")["collections"].as_array().unwrap() {
        let id = collection["id"].as_str().unwrap();
        let of = |role: &str| roles(id).iter().filter(|(known, _)| known == role).count();
        assert_eq!(of("id"), 1, "{id}");
        assert_eq!(of("primary-geometry"), usize::from(!collection["langxanh"]["geometry"].is_null()), "{id}");
        let schema = json(&format!("/collections/{id}/schema"));
        for (name, property) in schema["properties"].as_object().unwrap() {
            let is_place = property["x-ogc-role"] == "primary-geometry";
            assert_eq!(property.get("type").is_none(), is_place, "{id}: {name}");
            assert_eq!(property.get("$ref"), None, "{id}: {name}");
            assert_eq!(property["format"].as_str().is_some_and(|f| f.starts_with("geometry-")), is_place);
        }
    }
    let units = roles("admin_units");
    assert!(units.contains(&("primary-interval-start".to_owned(), "valid_from".to_owned())), "{units:?}");
    assert!(units.contains(&("primary-interval-end".to_owned(), "valid_to".to_owned())), "{units:?}");
}

#[test]
fn a_sorted_walk_gives_each_feature_once_and_nulls_last() {
    for (sort, first, last) in [
        ("storeys", "r01", "nowhere-never"),
        ("-storeys", "r24", "nowhere-never"),
        ("%2Bseen_on", "r01", "nowhere-never"),
        ("-rare", "diagonal", "nowhere-never"),
    ] {
        let found = walked(&format!("sortby={sort}"));
        assert_eq!(found.len(), AWKWARD, "{sort}");
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), AWKWARD, "{sort}: one came twice");
        assert_eq!((found[0].as_str(), found[AWKWARD - 1].as_str()), (first, last), "{sort}");
    }
    assert_eq!(walked("sortby=open,-storeys&storeys=5"), ["r05"]);
    let evens = walked("open=true&sortby=-area_ha&bbox=105.80,20.9,105.81,21.1");
    assert_eq!(evens, ["r10", "r08", "r06", "r04", "r02"]);
}

#[test]
fn every_page_size_and_order_walks_each_matching_feature_once() {
    let unsorted: BTreeSet<String> =
        matching("effluent_samples/items?limit=10000&parameter_code=cod").into_iter().collect();
    for (limit, sort) in [(37, "-value"), (500, "sample_date,-value"), (91, "station_id,-sample_date,unit")] {
        let found = matching(&format!("effluent_samples/items?limit={limit}&parameter_code=cod&sortby={sort}"));
        assert_eq!(found.len(), unsorted.len(), "{sort}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), unsorted, "{sort}");
    }
}

#[test]
fn names_are_sorted_as_a_vietnamese_reader_expects() {
    let page = json("/collections/craft_villages/items?limit=1000&sortby=name_vi&properties=name_vi&skipGeometry=true");
    let names: Vec<&str> =
        page["features"].as_array().unwrap().iter().filter_map(|f| f["properties"]["name_vi"].as_str()).collect();
    let at = |start: &str| names.iter().position(|name| name.to_lowercase().contains(start));
    // D comes before Đ, and Đ before the letters behind it.
    let first_of = |letter: char| names.iter().position(|name| name.to_lowercase().starts_with(letter));
    assert!(at("a").is_some());
    let letters: Vec<usize> =
        ['b', 'c', 'd', 'đ', 'g', 'h', 'k', 'l', 't', 'v'].into_iter().filter_map(first_of).collect();
    assert!(letters.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
}

#[test]
fn a_search_finds_names_with_or_without_diacritics_and_nothing_else() {
    let with = matching("craft_villages/items?q=D%C6%B0%C6%A1ng+Li%E1%BB%85u");
    assert!(!with.is_empty());
    assert_eq!(matching("craft_villages/items?q=duong+lieu"), with);
    assert_eq!(matching("craft_villages/items?q=LIEU,+DUO"), with, "beginnings of words, in any order");
    assert!(matching("craft_villages/items?q=uong+lieu").is_empty(), "not the inside of a word");
    for text in ["", "%20", "%E2%80%93", "!"] {
        assert_eq!(get(&format!("/collections/craft_villages/items?q={text}")).faults(), ["q"], "{text}");
    }
    let both = matching("craft_villages/items?q=duong&limit=3");
    let sorted = matching("craft_villages/items?q=duong&sortby=name_vi&limit=2");
    assert_eq!(both.into_iter().collect::<BTreeSet<_>>(), sorted.into_iter().collect());
}

#[test]
fn only_the_chosen_properties_come_and_unknown_ones_are_refused() {
    let page = json("/collections/awkward/items?limit=3&properties=storeys,name_vi");
    for feature in page["features"].as_array().unwrap() {
        let names: Vec<_> = feature["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["name_vi", "storeys"], "in the order of the schema");
        assert!(feature["geometry"].is_object() || feature["id"] == "nowhere-never");
    }
    assert_eq!(json("/collections/awkward/items/r05?properties=")["properties"], serde_json::json!({}));
    assert_eq!(get("/collections/awkward/items?properties=storeys,none").faults(), ["properties"]);
    assert_eq!(
        get("/collections/awkward/items/r01?properties=none&skipGeometry=maybe").faults(),
        ["properties", "skipGeometry"]
    );
}

#[test]
fn geometry_is_left_out_cut_or_made_coarser_on_request() {
    let bare = json("/collections/clusters/items?limit=5&skipGeometry=true");
    let full = json("/collections/clusters/items?limit=5");
    for (bare, full) in bare["features"].as_array().unwrap().iter().zip(full["features"].as_array().unwrap()) {
        assert!(bare["geometry"].is_null());
        assert_eq!((&bare["id"], &bare["properties"]), (&full["id"], &full["properties"]));
    }
    let digits = |text: &str| text.split(['[', ',', ']']).filter_map(|n| n.split_once('.')).map(|(_, f)| f.len()).max();
    let cut = get("/collections/waterways/items?limit=5&precision=3&properties=").json();
    let longest = cut["features"].as_array().unwrap().iter().filter_map(|f| digits(&f["geometry"].to_string())).max();
    assert_eq!(longest, Some(3));
    let size = |query: &str| get(&format!("/collections/admin_units/items?limit=200&properties=&{query}")).body.len();
    let (whole, fine, coarse) = (size(""), size("zoom-level=14"), size("zoom-level=8"));
    assert!(whole > fine && fine > 2 * coarse, "{whole} {fine} {coarse}");
    for feature in json("/collections/admin_units/items?limit=1000&zoom-level=2")["features"].as_array().unwrap() {
        assert!(feature["geometry"]["coordinates"][0][0].as_array().unwrap().len() >= 4, "{}", feature["id"]);
    }
    for query in ["precision=-1", "precision=x", "zoom-level=99", "skipGeometry=1"] {
        let name = query.split('=').next().unwrap();
        assert_eq!(get(&format!("/collections/clusters/items?{query}")).faults(), [name], "{query}");
    }
}

#[test]
fn a_next_link_repeats_order_words_and_form() {
    let query = "limit=2&q=lang&sortby=-area_ha,name_vi&properties=name_vi&skipGeometry=true&precision=3&zoom-level=9";
    let page = json(&format!("/collections/awkward/items?{query}"));
    let next = href(&page, "next").unwrap();
    assert!(next.contains(query), "{next}");
    assert_eq!(json(&next)["numberMatched"], page["numberMatched"]);
}

#[test]
fn json_fg_carries_place_time_type_and_system() {
    let answer = get("/collections/awkward/items/r05?f=jsonfg&crs=http://www.opengis.net/def/crs/EPSG/0/4326");
    assert_eq!(answer.media_type(), "application/vnd.ogc.fg+json");
    let feature = answer.json();
    assert_eq!(feature["coordRefSys"], "http://www.opengis.net/def/crs/EPSG/0/4326");
    assert_eq!(feature["place"]["coordinates"], serde_json::json!([21, 105.805]));
    assert!(feature["geometry"].is_null(), "a reader of GeoJSON must not take it for longitude and latitude");
    assert_eq!((&feature["time"]["date"], &feature["featureType"]), (&"2024-01-05".into(), &"awkward".into()));
    assert!(feature["conformsTo"][0].as_str().unwrap().ends_with("/json-fg-1/1.0/conf/core"));
    let page = json("/collections/admin_units/items?f=jsonfg&limit=3");
    for feature in page["features"].as_array().unwrap() {
        assert!(feature["place"].is_null() && feature["geometry"].is_object());
        assert_eq!(feature["time"]["interval"].as_array().unwrap().len(), 2, "{}", feature["time"]);
    }
    assert!(ids(&json(&href(&page, "next").unwrap())).len() == 3);
}
