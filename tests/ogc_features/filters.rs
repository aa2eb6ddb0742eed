//! `bbox`, `datetime`, equality of properties, and what is refused. The rows are those of `common/rows.rs`; `nowhere-never`
//! has neither place nor time and so matches every bbox and every datetime.

use crate::common::http::{get, json, matching};
use crate::common::rows::AWKWARD;

const PLACELESS: &str = "nowhere-never";

/// Ids of `awkward` that match, sorted.
fn found(query: &str) -> Vec<String> {
    let mut ids = matching(&format!("awkward/items?limit=5&{query}"));
    ids.sort();
    ids
}

/// The ids of some rows and of the one that always matches, sorted.
fn and_placeless(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().copied().chain([PLACELESS]).map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
fn a_bbox_that_is_none_is_refused() {
    // /req/core/query-param-invalid.
    let texts = [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "a,b,c,d",
        "1,2,3,nan",
        "1,2,inf,4",
        "1,2,3,",
        "1;2;3;4",
        "105,21,106,20",
        "1,2,9,3,4,8",
    ];
    for text in texts {
        assert_eq!(get(&format!("/collections/awkward/items?bbox={text}")).faults(), ["bbox"], "{text}");
    }
}

#[test]
fn a_bbox_selects_what_it_touches_its_edges_included() {
    // /req/core/fc-bbox-response A: r05 lies at 105.805, r07 at 105.807.
    assert_eq!(found("bbox=105.805,21,105.807,21"), and_placeless(&["r05", "r06", "r07"]));
    assert_eq!(found("bbox=105.8049,20.9,105.8051,21.1"), and_placeless(&["r05"]));
    assert_eq!(found("bbox=105.8051,20.9,105.8059,21.1"), and_placeless(&[]));
}

#[test]
fn a_bbox_is_compared_with_the_shape_and_not_with_its_rectangle() {
    // The line runs from 106 20 to 107 21: the first box lies in its rectangle's corner, the second on the line.
    assert_eq!(found("bbox=106.6,20.1,106.9,20.4"), and_placeless(&[]));
    assert_eq!(found("bbox=106.4,20.4,106.6,20.6"), and_placeless(&["diagonal"]));
}

#[test]
fn coordinates_with_which_nothing_can_be_computed_are_refused() {
    assert_eq!(get("/collections/awkward/items?bbox=-1e308,-1e308,1e308,1e308").faults(), ["bbox"]);
    let filter = "filter=S_INTERSECTS(geom,POINT(1e308%201e308))";
    assert_eq!(get(&format!("/collections/awkward/items?{filter}")).faults(), ["filter"]);
}

#[test]
fn a_system_of_filters_says_nothing_without_one_and_must_be_known_all_the_same() {
    // OGC 19-079r2, /req/filter/filter-crs-param: B speaks of requests with both parameters, C of every `filter-crs`.
    let grid = "filter-crs=http://www.opengis.net/def/crs/EPSG/0/5897";
    assert_eq!(found(grid), found("f=json"));
    assert_eq!(
        get("/collections/awkward/items?filter-crs=http://www.opengis.net/def/crs/EPSG/0/27700").faults(),
        ["filter-crs"]
    );
    assert_eq!(get("/collections/awkward/items?filter-lang=sql").faults(), ["filter-lang"]);
}

#[test]
fn a_bbox_of_six_numbers_is_read_without_its_heights() {
    // /req/core/fc-bbox-definition, fc-bbox-response B.
    assert_eq!(found("bbox=105.805,21,-10,105.807,21,10"), found("bbox=105.805,21,105.807,21"));
}

#[test]
fn a_bbox_across_the_antimeridian_finds_both_sides_and_nothing_between() {
    // /req/core/fc-bbox-definition D: the west edge has the larger number.
    assert_eq!(found("bbox=177,-20,-178,-16"), and_placeless(&["fiji-east", "fiji-west"]));
    assert_eq!(found("bbox=179.6,-20,-178,-16"), and_placeless(&["fiji-east"]));
    assert_eq!(found("bbox=-178,-20,177,-16"), and_placeless(&[]));
}

#[test]
fn features_without_a_place_match_every_bbox() {
    // /req/core/fc-bbox-response C.
    assert_eq!(found("bbox=0,0,1,1"), [PLACELESS]);
    let items = json("/collections/infrastructure_items");
    let boxed = json("/collections/infrastructure_items/items?limit=1&bbox=0,0,1,1");
    assert_eq!(boxed["numberMatched"], items["itemCount"]);
}

#[test]
fn the_whole_world_is_every_feature() {
    assert_eq!(found("bbox=-180,-90,180,90").len(), AWKWARD);
}

#[test]
fn a_datetime_that_is_none_is_refused() {
    for text in
        ["", "..", "yesterday", "2024-13-01", "2024-02-30", "2024-01-01T00:00:00", "a/b", "2024-02-01/2024-01-01"]
    {
        assert_eq!(get(&format!("/collections/awkward/items?datetime={text}")).faults(), ["datetime"], "{text}");
    }
}

#[test]
fn an_instant_selects_the_days_that_it_lies_in() {
    // /req/core/fc-time-response A.
    assert_eq!(found("datetime=2024-01-05"), and_placeless(&["r05"]));
    assert_eq!(found("datetime=2024-01-05T23:59:59Z"), and_placeless(&["r05"]));
    assert_eq!(found("datetime=2024-01-06T06:59:59%2B07:00"), and_placeless(&["r05"]), "still the 5th in UTC");
    assert_eq!(found("datetime=2024-06-02t12:00:00z"), and_placeless(&["fiji-east"]), "RFC 3339 allows small letters");
    assert_eq!(found("datetime=2023-12-31T23:59:59Z"), and_placeless(&[]));
}

#[test]
fn an_interval_includes_both_its_ends() {
    assert_eq!(found("datetime=2024-01-05/2024-01-07"), and_placeless(&["r05", "r06", "r07"]));
    assert_eq!(found("datetime=2024-01-05T23:00:00Z/2024-01-06T00:00:00Z"), and_placeless(&["r05", "r06"]));
}

#[test]
fn an_open_end_is_written_as_dots_or_left_out() {
    // /req/core/fc-time-definition.
    let june = and_placeless(&["diagonal", "fiji-east", "fiji-west"]);
    assert_eq!(found("datetime=2024-06-01/.."), june);
    assert_eq!(found("datetime=2024-06-01/"), june);
    assert_eq!(found("datetime=../2024-01-02"), and_placeless(&["r01", "r02"]));
    assert_eq!(found("datetime=/2024-01-02"), and_placeless(&["r01", "r02"]));
    assert_eq!(found("datetime=../..").len(), AWKWARD);
}

#[test]
fn the_years_0000_and_9999_stand_for_open_ends() {
    assert_eq!(found("datetime=0000-01-01T00:00:00Z/2024-01-01T23:00:00Z"), and_placeless(&["r01"]));
    assert_eq!(found("datetime=2024-06-03T00:00:00Z/9999-12-31T00:00:00Z"), and_placeless(&["diagonal"]));
}

#[test]
fn features_without_a_time_match_every_datetime() {
    // /req/core/fc-time-response B.
    assert_eq!(found("datetime=1900-01-01"), [PLACELESS]);
    assert_eq!(json("/collections/numbered/items?limit=1&datetime=1900-01-01")["numberMatched"], 10_050);
}

#[test]
fn a_span_of_two_properties_holds_from_its_start_to_its_end() {
    // Districts ended on 2025-06-30; the communes that follow them have no end yet.
    let kinds = |datetime: &str| {
        let page = json(&format!("/collections/admin_units/items?limit=1000&datetime={datetime}"));
        let features = page["features"].as_array().unwrap().clone();
        let of = |kind: &str| features.iter().filter(|f| f["properties"]["level"] == kind).count();
        (of("district"), of("commune"))
    };
    assert_eq!(kinds("2025-06-01").1, 0);
    assert_eq!(kinds("2026-01-01"), (0, 126));
}

#[test]
fn properties_are_compared_by_their_type() {
    // Features 3, /req/queryables-query-parameters/parameters; /rec/core/fc-filters.
    assert_eq!(found("storeys=5"), ["r05"]);
    assert_eq!(found("storeys=5.0"), ["r05"]);
    assert_eq!(found("area_ha=2.50"), ["r05"]);
    assert_eq!(found("seen_on=2024-06-03"), ["diagonal"]);
    assert_eq!(found("read_at=2024-01-05T12:30:00%2B07:00"), ["r05"]);
    assert_eq!(found("open=true").len(), 12);
    assert_eq!(found("rare=7.5"), ["diagonal"]);
}

#[test]
fn texts_are_compared_whole_and_null_equals_nothing() {
    assert_eq!(found("name_vi=%3Cscript%3Ealert%281%29%3C%2Fscript%3E"), ["r05"]);
    assert_eq!(found("name_vi=C%E1%BB%A5m+%22A%22+D%C6%B0%C6%A1ng+Li%E1%BB%85u"), ["r01"]);
    assert_eq!(found("name_vi=ends%20in%20a%20backslash%20%5C"), ["r02"]);
    assert_eq!(found("name_vi=%20blanks%20around%20"), ["r11"]);
    assert_eq!(found("name_vi="), ["r10"], "the empty text, and not what is null");
    assert!(found("name_vi=C%E1%BB%A5m").is_empty());
    assert!(found("storeys=0").is_empty());
}

#[test]
fn a_value_of_another_type_is_refused() {
    for query in
        ["storeys=five", "storeys=5.5", "area_ha=5ha", "area_ha=nan", "open=maybe", "seen_on=2024", "read_at=now"]
    {
        let name = query.split('=').next().unwrap();
        assert_eq!(get(&format!("/collections/awkward/items?{query}")).faults(), [name], "{query}");
    }
}

#[test]
fn all_filters_together_select_what_each_of_them_selects() {
    let query = "bbox=105.80,20.9,105.81,21.1&datetime=2024-01-03/2024-01-20&open=true&limit=2";
    assert_eq!(matching(&format!("awkward/items?{query}")), ["r04", "r06", "r08", "r10"]);
    assert!(found("storeys=5&open=true").is_empty());
}

#[test]
fn a_property_named_like_a_parameter_does_not_stand_in_its_way() {
    assert_eq!(json("/collections/awkward/items?limit=3")["numberReturned"], 3);
}

#[test]
fn unknown_parameters_are_refused_on_every_resource() {
    // /req/core/query-param-unknown.
    let resources = [
        "/",
        "/api",
        "/api.html",
        "/conformance",
        "/collections",
        "/collections/clusters",
        "/collections/clusters/items",
        "/collections/awkward/items/r01",
        "/collections/clusters/queryables",
        "/collections/clusters/schema",
        "/collections/clusters/sortables",
        "/collections/clusters/download",
        "/compliance/rules",
    ];
    for resource in resources {
        assert_eq!(get(&format!("{resource}?nonsense=1")).faults(), ["nonsense"], "{resource}");
        assert_eq!(get(&format!("{resource}?f=pdf")).faults(), ["f"], "{resource}");
    }
}

#[test]
fn every_fault_of_a_request_is_named_at_once() {
    let query = "limit=0&bbox=1,2,3&datetime=now&storeys=x&token=x&first=1&second=2&limit=1";
    let mut faults = get(&format!("/collections/awkward/items?{query}")).faults();
    faults.sort();
    assert_eq!(faults, ["bbox", "datetime", "first", "limit", "limit", "second", "storeys", "token"]);
}
