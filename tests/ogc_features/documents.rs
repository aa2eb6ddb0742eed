//! Landing page, API definition, conformance, collections, queryables and schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::http::{get, href, json, links};
use crate::common::{READABLE, count};

/// A link with the relation and the media type.
fn link(document: &Value, rel: &str, media_type: &str) -> Value {
    let all = links(document);
    let found = all.iter().find(|link| link["rel"] == rel && link["type"] == media_type);
    found.unwrap_or_else(|| panic!("no {rel} link of type {media_type} among {all:?}")).clone()
}

#[test]
fn the_landing_page_leads_to_definition_conformance_and_data() {
    // /req/core/root-op, /req/core/root-success.
    let landing = json("/");
    let definition = link(&landing, "service-desc", "application/vnd.oai.openapi+json;version=3.0");
    assert_eq!(definition["href"], format!("{}/api", READABLE.server.url));
    link(&landing, "service-doc", "text/html");
    link(&landing, "conformance", "application/json");
    let data = link(&landing, "data", "application/json");
    assert_eq!(data["href"], format!("{}/collections", READABLE.server.url));
    assert!(landing["title"].is_string() && landing["description"].is_string());
}

#[test]
fn every_document_links_to_itself_and_to_its_other_media_types() {
    // /req/core/fc-md-links, fc-links, f-links, fc-rel-type.
    let documents = [
        "/",
        "/conformance",
        "/collections",
        "/collections/clusters",
        "/collections/clusters/items",
        "/collections/awkward/items/r01",
    ];
    for path in documents {
        let answer = get(path);
        let document = answer.json();
        link(&document, "self", answer.media_type());
        link(&document, "alternate", "text/html");
        for link in links(&document) {
            assert!(link["rel"].is_string() && link["type"].is_string(), "{path}: {link}");
        }
    }
}

/// Classes of CQL2, held by the standard's own corpus and the tests of the module.
const CQL2: [&str; 14] = [
    "cql2-text",
    "cql2-json",
    "basic-cql2",
    "advanced-comparison-operators",
    "case-insensitive-comparison",
    "accent-insensitive-comparison",
    "basic-spatial-functions",
    "basic-spatial-functions-plus",
    "spatial-functions",
    "temporal-functions",
    "array-functions",
    "property-property",
    "functions",
    "arithmetic",
];

#[test]
fn the_conformance_declaration_names_what_these_tests_hold_it_to() {
    // /req/core/conformance-op, conformance-success.
    let declared = json("/conformance")["conformsTo"].clone();
    let declared: BTreeSet<_> = declared.as_array().unwrap().iter().map(|class| class.as_str().unwrap()).collect();
    let tested = [
        ("ogcapi-common-1/1.0", &["core", "landing-page", "json", "html", "oas30"][..]),
        ("ogcapi-common-2/1.0", &["collections"]),
        ("ogcapi-features-1/1.0", &["core", "geojson", "html", "oas30"]),
        ("ogcapi-features-2/1.0", &["crs"]),
        ("ogcapi-features-3/1.0", &["queryables", "queryables-query-parameters", "filter", "features-filter"]),
        ("ogcapi-features-5/1.0", &["schemas", "returnables-and-receivables", "sortables"]),
        // Held by `tests/edit`.
        ("ogcapi-features-4/1.0", &["create-replace-delete", "update", "features", "optimistic-locking-etags"]),
        ("cql2/1.0", &CQL2),
        // Held by `tests/ogc_tiles`.
        (
            "ogcapi-tiles-1/1.0",
            &[
                "core",
                "tileset",
                "tilesets-list",
                "geodata-tilesets",
                "dataset-tilesets",
                "collections-selection",
                "mvt",
                "oas30",
            ],
        ),
        // Held by `tests/hotspot_service`.
        ("ogcapi-processes-1/1.0", &["core", "ogc-process-description", "json", "oas30", "dismiss"]),
    ];
    let tested: BTreeSet<String> = tested
        .iter()
        .flat_map(|(part, classes)| {
            classes.iter().map(move |class| format!("http://www.opengis.net/spec/{part}/conf/{class}"))
        })
        .collect();
    assert_eq!(declared, tested.iter().map(String::as_str).collect());
}

/// The parameter that a `$ref` of the definition stands for, or the parameter itself.
fn resolved<'a>(definition: &'a Value, parameter: &'a Value) -> &'a Value {
    let reference = parameter["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(parameter, |pointer| definition.pointer(pointer).unwrap())
}

#[test]
fn every_reference_of_the_definition_leads_somewhere() {
    // /req/oas30/oas-definition-2: a valid OpenAPI 3.0 document.
    fn check(definition: &Value, value: &Value) {
        if let Some(pointer) = value["$ref"].as_str() {
            assert!(definition.pointer(pointer.strip_prefix('#').unwrap()).is_some(), "{pointer}");
        }
        match value {
            Value::Object(members) => members.values().for_each(|member| check(definition, member)),
            Value::Array(members) => members.iter().for_each(|member| check(definition, member)),
            _ => {}
        }
    }
    let definition = json("/api");
    assert!(definition["openapi"].as_str().unwrap().starts_with("3.0."));
    for member in ["title", "version"] {
        assert!(definition["info"][member].is_string());
    }
    check(&definition, &definition);
    let mut operations = BTreeSet::new();
    for (path, item) in definition["paths"].as_object().unwrap() {
        // A search has its parameters in the body.
        let operation = item.get("get").unwrap_or(&item["post"]);
        assert!(operations.insert(operation["operationId"].as_str().unwrap()), "{path}: its operationId is not unique");
        let told = ["200", "201"]
            .iter()
            .any(|status| resolved(&definition, &operation["responses"][status])["content"].is_object());
        assert!(told, "{path}");
        let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters = operation["parameters"].as_array().unwrap().iter();
        let declared: Vec<_> = parameters.map(|parameter| resolved(&definition, parameter)).collect();
        let in_path: BTreeSet<_> =
            declared.iter().filter(|p| p["in"] == "path").map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(named.collect::<BTreeSet<_>>(), in_path, "{path}");
        assert!(declared.iter().all(|p| p["in"] != "path" || p["required"] == true), "{path}");
        let names: Vec<_> = declared.iter().map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{path}: {names:?}");
    }
}

#[test]
fn every_operation_names_the_versions_that_instances_tell_each_other_by_and_when_to_ask_again() {
    let definition = json("/api");
    let mut count = 0;
    for (path, item) in definition["paths"].as_object().unwrap() {
        let parameters = item["parameters"].as_array().unwrap().iter();
        let named: BTreeSet<(&str, &str)> = parameters
            .map(|parameter| resolved(&definition, parameter))
            .map(|parameter| (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap()))
            .collect();
        assert_eq!(named, BTreeSet::from([("header", "Langxanh-Not-Before")]), "{path}");
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            count += 1;
            let busy = resolved(&definition, &operation["responses"]["503"]);
            let header = resolved(&definition, &busy["headers"]["Retry-After"]);
            assert_eq!(header["schema"]["type"], "integer", "{method} {path}");
            let done = operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
            for (status, response) in done {
                let response = resolved(&definition, response);
                let version = resolved(&definition, &response["headers"]["Langxanh-Version"]);
                assert_eq!(version["schema"]["type"], "string", "{method} {path}: {status}");
                let is_kept = resolved(&definition, &response["headers"]["Set-Cookie"]).is_object();
                // A search is posted and writes nothing.
                assert_eq!(is_kept, method != "get" && !path.ends_with("/search"), "{method} {path}: {status}");
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn every_path_of_the_definition_answers_with_a_media_type_that_it_names() {
    // /req/core/api-definition-op, api-definition-success.
    let definition = json("/api");
    let plan = json("/collections/plans/items?limit=1")["features"][0]["id"].clone();
    for (path, item) in definition["paths"].as_object().unwrap() {
        let named = path.strip_prefix("/collections/").and_then(|rest| rest.split('/').next());
        let collection = named.filter(|name| *name != "{collectionId}").unwrap_or("clusters");
        let feature = json(&format!("/collections/{collection}/items?limit=1"))["features"][0]["id"].clone();
        let Some(feature) = feature.as_str().or((!path.contains("{featureId}")).then_some("")) else {
            continue; // An empty collection has no feature to ask for.
        };
        let target = path.replace("{collectionId}", collection).replace("{featureId}", feature);
        let target = if path == "/search" { "/search?q=duong".to_owned() } else { target };
        let target = target.replace("{styleId}", "langxanh").replace("{tileMatrix}/{tileRow}/{tileCol}", "0/0/0");
        // Executions and jobs are held by `tests/hotspot_service`, edits by `tests/edit`, what changes the past and what only
        // admins see by `tests/history`, what only users see by `tests/access`, files and pictures by `tests/uploads`, decisions
        // and original files of plans by `tests/review`.
        let ends = [
            "/execution",
            "/undo",
            "/sign-off",
            "/audit",
            "/accept",
            "/dismiss",
            "/edits",
            "/me",
            "{sha256}",
            "/source",
        ];
        let starts = ["/jobs/", "/imports", "/proposals"];
        if ends.iter().any(|end| target.ends_with(end)) || starts.iter().any(|start| target.starts_with(start)) {
            continue;
        }
        let target = target.replace("/versions/{changeId}", "/versions").replace("{changeId}", "1");
        let target = target.replace("{quarter}", "2026-Q1").replace("{month}", "2025-05");
        let target = target.replace("{processId}", "hotspots");
        let target = target.replace("{planId}", plan.as_str().unwrap());
        let target =
            if path.ends_with("/compare") { format!("{target}?with={}", plan.as_str().unwrap()) } else { target };
        let (method, operation) = item.as_object().unwrap().iter().next().unwrap();
        for media_type in resolved(&definition, &operation["responses"]["200"])["content"].as_object().unwrap().keys() {
            let answer = if method == "post" {
                let accept = format!("application/json\r\nAccept: {media_type}");
                READABLE.server.post(&target, &accept, b"{}")
            } else {
                READABLE.server.ask("GET", &target, &[("Accept", media_type)])
            };
            if answer.status == 204 && target.ends_with("/0/0/0") {
                continue; // An empty collection has empty tiles.
            }
            assert_eq!(answer.status, 200, "{target} as {media_type}");
            assert_eq!(answer.media_type(), media_type.split(';').next().unwrap(), "{target}");
        }
    }
}

#[test]
fn limit_bbox_and_datetime_are_declared_as_the_standard_writes_them() {
    // /req/core/fc-limit-definition, fc-bbox-definition, fc-time-definition.
    let definition = json("/api");
    let items = &definition["paths"]["/collections/clusters/items"]["get"]["parameters"];
    let declared = |name: &str| {
        let mut parameters = items.as_array().unwrap().iter().map(|parameter| resolved(&definition, parameter));
        parameters.find(|parameter| parameter["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    for name in ["limit", "bbox", "datetime", "f", "token"] {
        let parameter = declared(name);
        assert_eq!((&parameter["in"], &parameter["required"]), (&"query".into(), &false.into()), "{name}");
        assert_eq!((&parameter["style"], &parameter["explode"]), (&"form".into(), &false.into()), "{name}");
    }
    let limit = declared("limit")["schema"].clone();
    assert_eq!((&limit["type"], &limit["minimum"]), (&"integer".into(), &1.into()));
    assert!(limit["default"].as_u64().unwrap() <= limit["maximum"].as_u64().unwrap());
    let bbox = declared("bbox")["schema"].clone();
    assert_eq!((&bbox["type"], &bbox["items"]["type"]), (&"array".into(), &"number".into()));
    assert_eq!((&bbox["minItems"], &bbox["maxItems"]), (&4.into(), &6.into()));
    assert_eq!(declared("datetime")["schema"]["type"], "string");
}

#[test]
fn every_table_of_the_store_is_a_collection_and_its_count_is_that_of_the_table() {
    // /req/core/fc-md-op, fc-md-success, fc-md-items, fc-md-items-links; Common 2, /req/collections.
    let collections = json("/collections")["collections"].clone();
    let collections = collections.as_array().unwrap();
    let ids: Vec<_> = collections.iter().map(|collection| collection["id"].as_str().unwrap()).collect();
    for id in ["clusters", "craft_villages", "effluent_samples", "plan_parcels", "plan_findings", "awkward", "numbered"]
    {
        assert!(ids.contains(&id), "{id} is missing");
    }
    let tables = "SELECT count(*) FROM gpkg_contents WHERE data_type IN ('features', 'attributes')";
    let derived = collections.iter().filter(|collection| collection["langxanh"]["kind"] == "derived").count();
    assert_eq!(ids.len() - derived, count(&READABLE.store, tables));
    for collection in collections {
        let id = collection["id"].as_str().unwrap();
        if collection["langxanh"]["kind"] != "derived" {
            let rows = count(&READABLE.store, &format!("SELECT count(*) FROM {id}"));
            assert_eq!(collection["itemCount"], rows, "{id}");
        }
        link(collection, "items", "application/geo+json");
        link(collection, "items", "text/html");
        // /req/core/sfc-md-op, sfc-md-success: the single description says the same.
        let single = json(&format!("/collections/{id}"));
        for member in ["id", "title", "description", "extent", "itemType", "storageCrs"] {
            assert_eq!(single.get(member), collection.get(member), "{id}: {member}");
        }
    }
}

#[test]
fn an_extent_covers_all_features_in_space_and_time() {
    // /req/core/fc-md-extent.
    let awkward = json("/collections/awkward");
    let spatial = &awkward["extent"]["spatial"];
    assert_eq!(spatial["bbox"], serde_json::json!([[-179.5, -17.0, 179.5, 21.0]]));
    assert_eq!(spatial["crs"], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    let interval = &awkward["extent"]["temporal"]["interval"];
    assert_eq!(interval, &serde_json::json!([["2024-01-01T00:00:00Z", "2024-06-03T23:59:59Z"]]));
    assert_eq!(json("/collections/numbered").get("extent"), None, "neither place nor time");
}

#[test]
fn a_collection_surveyed_in_vn2000_has_its_extent_in_hanoi() {
    let parcels = json("/collections/plan_parcels");
    assert_eq!(parcels["langxanh"]["storedIn"], "EPSG:5897");
    let bbox: Vec<f64> = serde_json::from_value(parcels["extent"]["spatial"]["bbox"][0].clone()).unwrap();
    assert!(bbox[0] > 105.2 && bbox[1] > 20.5 && bbox[2] < 106.1 && bbox[3] < 21.5, "{bbox:?}");
}

#[test]
fn queryables_are_a_json_schema_under_their_own_uri() {
    // Features 3 (OGC 19-079r2), /req/queryables/get-queryables-response.
    let answer = get("/collections/awkward/queryables");
    assert_eq!(answer.media_type(), "application/schema+json");
    let schema = answer.json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["$id"], format!("{}/collections/awkward/queryables", READABLE.server.url));
    assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()));
    let found = href(&json("/collections/awkward"), "http://www.opengis.net/def/rel/ogc/1.0/queryables");
    assert_eq!(found.as_ref(), schema["$id"].as_str().map(str::to_owned).as_ref());
}

#[test]
fn each_simple_queryable_is_a_parameter_with_the_same_type() {
    // Features 3, /req/queryables-query-parameters/parameters.
    let definition = json("/api");
    for id in ["clusters", "effluent_samples", "awkward"] {
        let queryables = json(&format!("/collections/{id}/queryables"))["properties"].clone();
        let parameters = &definition["paths"][format!("/collections/{id}/items")]["get"]["parameters"];
        for (name, schema) in queryables.as_object().unwrap() {
            if schema["$ref"].is_string() || name == "limit" {
                continue; // A geometry is asked for by bbox; `limit` is the parameter of that name.
            }
            let parameter = parameters.as_array().unwrap().iter().find(|p| p["name"] == *name);
            let declared = &parameter.unwrap_or_else(|| panic!("{id}: {name}"))["schema"];
            assert_eq!((&declared["type"], &declared["format"]), (&schema["type"], &schema["format"]), "{id}: {name}");
        }
    }
}

#[test]
fn a_schema_describes_every_member_of_a_feature() {
    // OGC 23-058r2: geometry by role and format, the sequence of properties unique.
    let schema = json("/collections/clusters/schema")["properties"].clone();
    let feature = json("/collections/clusters/items?limit=1")["features"][0].clone();
    for name in feature["properties"].as_object().unwrap().keys() {
        assert!(schema[name]["type"].is_string(), "{name}");
    }
    assert_eq!(schema["geom"]["x-ogc-role"], "primary-geometry");
    assert_eq!(schema["geom"]["format"], "geometry-multipolygon");
    assert_eq!(schema["compliance_status"]["readOnly"], true);
    let sequence: BTreeSet<_> =
        schema.as_object().unwrap().values().map(|p| p["x-ogc-propertySeq"].as_u64().unwrap()).collect();
    assert_eq!(sequence.len(), schema.as_object().unwrap().len());
}
