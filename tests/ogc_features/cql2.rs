//! Filters (OGC 19-079r2) in CQL2 (OGC 21-065r2): `filter`, `filter-lang`, `filter-crs`, `/functions`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::http::{Answer, get, href, ids, json, links};
use crate::common::rows::AWKWARD;
use crate::common::{READABLE, Server, run, serve, shared};

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Ids of `awkward` that match a filter, sorted.
fn found(filter: &str) -> Vec<String> {
    found_with(&format!("filter={}", encoded(filter)))
}

fn found_with(query: &str) -> Vec<String> {
    let pages = READABLE.server.pages(&format!("/collections/awkward/items?limit=5&{query}"));
    let mut found: Vec<String> = pages.iter().flat_map(ids).collect();
    assert!(pages.iter().all(|page| page["numberMatched"] == found.len()), "{query}");
    found.sort();
    found
}

/// The refusal of a filter.
fn refused(query: &str) -> Answer {
    let answer = get(&format!("/collections/awkward/items?{query}"));
    assert_eq!(answer.status, 400, "{query}");
    answer
}

#[test]
fn every_predicate_of_the_standard_matches_as_many_features_as_it_says() {
    let Some(predicates) = shared("conformance/cql2/test-data-predicates.tsv") else { return };
    let Some(data) = shared("conformance/cql2/data/ne110m4cql2.gpkg") else { return };
    // The standard's counts for these contradict its own data: three names begin with "Ch", one with "Chiș".
    let disputed = [
        ("ACCENTI(name) LIKE accenti('Ch%')", 3),
        ("ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))", 1),
        ("ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))", 1),
    ];
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("foreign.gpkg");
    std::fs::copy(data, &store).unwrap();
    let server = Server::start(&mut serve(&store));
    let mut tried = 0;
    for line in std::fs::read_to_string(predicates).unwrap().lines().skip(1) {
        let [_, _, layer, predicate, count] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line}") };
        let known = disputed.iter().find(|(text, _)| *text == predicate).map(|(_, count)| *count);
        let wanted: u64 = known.unwrap_or_else(|| count.parse().unwrap());
        let page = server.json(&format!("/collections/{layer}/items?limit=1&filter={}", encoded(predicate)));
        assert_eq!(page["numberMatched"], wanted, "{predicate}");
        tried += 1;
    }
    assert_eq!(tried, 351);
}

#[test]
fn every_queryable_can_be_asked_for_in_a_filter() {
    // /req/queryables/expression-construction.
    for collection in ["clusters", "effluent_samples", "awkward", "infrastructure_items"] {
        let queryables = json(&format!("/collections/{collection}/queryables"))["properties"].clone();
        for (name, property) in queryables.as_object().unwrap() {
            let test = match (property["type"].as_str(), property["format"].as_str()) {
                (None, _) => format!("S_INTERSECTS(\"{name}\", BBOX(-180,-90,180,90))"),
                (Some("string"), Some("date")) => format!("\"{name}\" < DATE('2100-01-01')"),
                (Some("string"), Some(_)) => format!("\"{name}\" < TIMESTAMP('2100-01-01T00:00:00Z')"),
                (Some("string"), None) => format!("\"{name}\" LIKE '%'"),
                (Some("boolean"), _) => format!("\"{name}\" IN (TRUE, FALSE)"),
                (Some(_), _) => format!("\"{name}\" > -1e300"),
            };
            let matched = |filter: &str| {
                let page = json(&format!("/collections/{collection}/items?limit=1&filter={}", encoded(filter)));
                page["numberMatched"].as_u64().unwrap()
            };
            let (present, null) = (matched(&test), matched(&format!("\"{name}\" IS NULL")));
            assert_eq!(
                json(&format!("/collections/{collection}"))["itemCount"],
                present + null,
                "{collection}: {test}"
            );
        }
    }
}

#[test]
fn both_languages_find_the_same() {
    let text = "\"name_vi\" LIKE '%Dương%' OR storeys >= 3 AND NOT seen_on IS NULL";
    let tree = json!({"op": "or", "args": [
        {"op": "like", "args": [{"property": "name_vi"}, "%Dương%"]},
        {"op": "and", "args": [
            {"op": ">=", "args": [{"property": "storeys"}, 3]},
            {"op": "not", "args": [{"op": "isNull", "args": [{"property": "seen_on"}]}]},
        ]},
    ]});
    let wanted = found(text);
    assert!(!wanted.is_empty() && wanted.len() < AWKWARD);
    assert_eq!(found_with(&format!("filter-lang=cql2-text&filter={}", encoded(text))), wanted);
    assert_eq!(found_with(&format!("filter-lang=cql2-json&filter={}", encoded(&tree.to_string()))), wanted);
}

#[test]
fn a_filter_and_all_other_conditions_must_hold_together() {
    // /req/filter/mixing-expressions.
    let filter = format!("filter={}", encoded("storeys IS NOT NULL"));
    let all = found_with(&filter);
    for other in ["bbox=105.805,21,105.807,21", "datetime=2024-01-01/..", "storeys=2", "open=true"] {
        let both = found_with(&format!("{filter}&{other}"));
        let alone = found_with(other);
        let wanted: Vec<String> = alone.into_iter().filter(|id| all.contains(id)).collect();
        assert_eq!(both, wanted, "{other}");
    }
}

#[test]
fn next_links_repeat_the_filter_and_its_language_and_system() {
    let filter = encoded("S_INTERSECTS(geom, BBOX(20,105,22,107)) AND NOT (name_vi = 'a%20b&c')");
    let crs = encoded("http://www.opengis.net/def/crs/EPSG/0/4326");
    let first = format!("/collections/awkward/items?limit=3&filter={filter}&filter-lang=cql2-text&filter-crs={crs}");
    let pages = READABLE.server.pages(&first);
    assert!(pages.len() > 3);
    for page in &pages[..pages.len() - 1] {
        let next = href(page, "next").unwrap();
        for part in [format!("filter={filter}"), "filter-lang=cql2-text".to_owned(), format!("filter-crs={crs}")] {
            assert!(next.contains(&part), "{next} has no {part}");
        }
    }
    let mut seen: Vec<String> = pages.iter().flat_map(ids).collect();
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, pages[0]["numberMatched"].as_u64()), (seen.len(), Some(count as u64)));
}

#[test]
fn coordinates_come_in_the_system_that_filter_crs_names() {
    // /req/filter/filter-crs-wgs84, filter-crs-param. r05 lies at 105.805, 21.
    assert_eq!(found("S_INTERSECTS(geom, POINT(105.805 21))"), ["r05"]);
    let in_system =
        |filter: &str, crs: &str| found_with(&format!("filter={}&filter-crs={}", encoded(filter), encoded(crs)));
    let epsg = |code: u32| format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
    assert_eq!(in_system("S_INTERSECTS(geom, POINT(21 105.805))", &epsg(4326)), ["r05"]);
    assert_eq!(in_system("S_INTERSECTS(geom, BBOX(20.9,105.8049,21.1,105.8051))", &epsg(4326)), ["r05"]);
    assert_eq!(
        in_system("S_INTERSECTS(geom, POINT(105.805 21))", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
        ["r05"]
    );
    // gdaltransform of GDAL 3.6.2: 105.805 E 21 N is 583493.6054 2323163.3930 in VN-2000 / TM-3 105°00'.
    let box_of_metres = "S_INTERSECTS(geom, BBOX(583493.6,2323163.3,583493.7,2323163.4))";
    assert_eq!(in_system(box_of_metres, &epsg(5897)), ["r05"]);
    assert_eq!(refused("filter-crs=nonsense&filter=TRUE").faults(), ["filter-crs"]);
    assert_eq!(refused("filter-crs=EPSG:25832&filter=TRUE").faults(), ["filter-crs"]);
}

#[test]
fn a_faulty_filter_is_refused_with_the_place_of_the_fault() {
    for (filter, place) in [
        ("", "at character 1"),
        ("storeys >", "at character 10"),
        ("storeys > 2 AND", "at character 16"),
        ("storeys = 'two'", "at character 11"),
        ("nothing = 1", "at character 1"),
        ("open AND (storeys", "at character 18"),
        ("name_vi LIKE 'a", "at character 14"),
        ("S_INTERSECTS(geom, POLYGON((0 0,1 1,0 0)))", "at character 20"),
        ("seen_on > DATE('2024-13-01')", "at character 16"),
        ("T_DURING(seen_on, INTERVAL('2024-01-01','..'))", "at character 10"),
    ] {
        let answer = refused(&format!("filter={}", encoded(filter)));
        assert_eq!(answer.faults(), ["filter"], "{filter}");
        let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!(" / {place}: ")), "{filter}: {detail}");
    }
    let pointer = json!({"op": ">", "args": [{"property": "storeys"}, {"date": "soon"}]}).to_string();
    let answer = refused(&format!("filter-lang=cql2-json&filter={}", encoded(&pointer)));
    assert!(answer.json()["errors"][0]["detail"].as_str().unwrap().contains(" / at /args/1/date: "));
    assert_eq!(refused("filter-lang=sql&filter=TRUE").faults(), ["filter-lang"]);
    assert_eq!(refused("filter=TRUE&filter=FALSE").faults(), ["filter"]);
    assert_eq!(refused("filter=%FF").faults()[0], "filter");
}

#[test]
fn what_qgis_sends_is_understood() {
    for filter in [
        "((CASEI(name_vi) LIKE CASEI('%DƯƠNG%')) AND \"storeys\" BETWEEN 0 AND 50)",
        "name_vi IN ('a','b''c')",
        "(NOT (((\"storeys\" * 2) > 10)))",
        "(read_at >= TIMESTAMP('2024-01-01T00:00:00.000Z'))",
        "(seen_on = DATE('2024-01-01'))",
        "(name_vi IS NOT NULL)",
        "(( - (storeys)) < 0)",
        "((storeys % 2) = 1) AND ((storeys ^ 2) > 3)",
        "S_INTERSECTS(\"geom\",BBOX(105.79999999999999716,20.9,105.9,21.1))",
        "S_INTERSECTS(geom,POINT(105.805 21))",
        "(name_vi = 'ends in a backslash \\\\') AND (storeys IS NOT NULL)",
    ] {
        found(filter);
    }
    assert_eq!(found("name_vi = 'ends in a backslash \\\\'").len(), 1);
    assert_eq!(found("name_vi LIKE 'ends in a backslash \\\\\\\\'").len(), 1);
}

#[test]
fn filters_hold_for_past_days_and_for_pages_of_html_too() {
    let filter = encoded("compliance_status = 'non_compliant'");
    let now = json(&format!("/collections/clusters/items?limit=1&filter={filter}"))["numberMatched"].clone();
    assert!(now.as_u64().unwrap() > 0);
    let then = json(&format!("/collections/clusters/items?limit=1000&as-of=2023-06-30&filter={filter}"));
    let features = then["features"].as_array().unwrap().iter();
    assert!(features.clone().all(|feature| feature["properties"]["compliance_status"] == "non_compliant"));
    assert!(features.clone().all(|feature| feature["properties"]["compliance_as_of"] == "2023-06-30"));
    let html = get(&format!("/collections/clusters/items?f=html&filter={}", encoded("area_ha > 1e9")));
    assert_eq!(html.status, 200);
    assert!(!html.text().contains("/collections/clusters/items/"), "no feature is that large");
}

#[test]
fn an_export_holds_the_rows_that_a_filter_matches() {
    let folder = tempfile::tempdir().unwrap();
    let store = READABLE.store.to_str().unwrap();
    let export = |name: &str, filter: &str| {
        let out = folder.path().join(name);
        run(&["export", "awkward", out.to_str().unwrap(), "--store", store, "--filter", filter]);
        std::fs::read_to_string(out).unwrap_or_default().lines().count()
    };
    let tree = json!({"op": ">", "args": [{"property": "storeys"}, 20]}).to_string();
    assert_eq!(export("text.csv", "storeys > 20"), 1 + found("storeys > 20").len());
    assert_eq!(export("tree.csv", &tree), 1 + 4);
    let output = run(&["export", "awkward", "never.csv", "--store", store, "--filter", "storeys >"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && message.contains("--filter") && message.contains("at character 10"),
        "{message}"
    );
}

#[test]
fn the_functions_are_listed_and_each_of_them_can_be_called() {
    // /req/filter/get-functions-operation, get-functions-response-json.
    let functions = href(&json("/"), "http://www.opengis.net/def/rel/ogc/1.0/functions").unwrap();
    let document = READABLE.server.json(&functions);
    assert!(links(&document).iter().any(|link| link["rel"] == "self"));
    let all = document["functions"].as_array().unwrap();
    assert!(all.len() > 5);
    for function in all {
        let name = function["name"].as_str().unwrap();
        let types = |value: &Value| {
            value.as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let argument = match types(&function["arguments"][0]["type"])[0].as_str() {
            "string" => "name_vi",
            "number" => "area_ha",
            "datetime" => "seen_on",
            other => panic!("{name} takes {other}"),
        };
        let test = match types(&function["returns"])[0].as_str() {
            "string" => format!("{name}({argument}) <> 'x'"),
            _ => format!("{name}({argument}) > -1"),
        };
        let known = found(&test).len() + found(&format!("NOT ({test})")).len();
        assert_eq!(known, found(&format!("{argument} IS NOT NULL")).len(), "{test}");
    }
    assert_eq!(get("/functions?x=1").status, 400);
}

#[test]
fn the_definition_describes_the_three_parameters() {
    let definition = json("/api");
    let language = &definition["components"]["parameters"]["filter-lang"]["schema"];
    assert_eq!((&language["enum"], &language["default"]), (&json!(["cql2-text", "cql2-json"]), &json!("cql2-text")));
    let items = definition["paths"]["/collections/clusters/items"]["get"]["parameters"].as_array().unwrap();
    for name in ["filter", "filter-lang", "filter-crs"] {
        assert!(items.contains(&json!({"$ref": format!("#/components/parameters/{name}")})), "{name}");
    }
}

#[test]
fn hostile_filters_end_soon_and_leave_the_service_answering() {
    let ring: Vec<_> = (0..3000).map(|n| format!("{} {}", (n * 7919) % 1009, (n * 104_729) % 1013)).collect();
    let tangle = format!("S_OVERLAPS(geom,POLYGON(({0},{1})))", ring.join(","), ring[0]);
    let boxes: Vec<_> = (0..700).map(|n| format!("S_INTERSECTS(geom,BBOX(0,0,179,{n}e-3))")).collect();
    let hostile = [
        "(".repeat(20_000),
        "NOT ".repeat(10_000),
        format!("storeys=1{}", "+1".repeat(10_000)),
        format!("name_vi LIKE '{}b'", "%_a".repeat(6_000)),
        format!("name_vi LIKE '{}'", "%a".repeat(10_000)),
        (0..3_000).map(|n| format!("storeys={n}")).collect::<Vec<_>>().join(" OR "),
        (0..2_500).map(|n| format!("storeys>{n}")).collect::<Vec<_>>().join(" OR "),
        (0..2_500).map(|n| format!("CASEI(name_vi)='{n}'")).collect::<Vec<_>>().join(" AND "),
        tangle,
        boxes.join(" OR "),
    ];
    for filter in hostile {
        let start = Instant::now();
        let answer = get(&format!("/collections/numbered/items?limit=1&filter={}", encoded(&filter)));
        // `numbered` has other fields: what names those of `awkward` is refused there, and answered here.
        let other = get(&format!("/collections/awkward/items?limit=1&filter={}", encoded(&filter)));
        for answer in [answer, other] {
            assert!([200, 400, 414, 431].contains(&answer.status), "{}: {}", &filter[..40], answer.status);
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{} took {:?}", &filter[..40], start.elapsed());
    }
    let nested = format!("filter-lang=cql2-json&filter={}", encoded(&"{\"op\":\"not\",\"args\":[".repeat(500)));
    assert_eq!(refused(&nested).faults(), ["filter"]);
    assert_eq!(get("/healthz").status, 200);
}
