//! Tilesets, TileJSON, tile matrix sets, styles and legends.

use serde_json::Value;

use crate::common::http::{get, href, json, links};

const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
const MVT: &str = "application/vnd.mapbox-vector-tile";

#[test]
fn landing_page_and_collections_lead_to_their_tiles() {
    // /req/dataset-tilesets/landingpage, /req/geodata-tilesets/desc-links.
    for (from, to) in [("/", "/tiles"), ("/collections/clusters", "/collections/clusters/tiles")] {
        let list = href(&json(from), TILESETS).unwrap();
        assert!(list.ends_with(to), "{list}");
        let list = json(&list);
        assert_eq!(list["tilesets"].as_array().unwrap().len(), 1);
        let tileset = &list["tilesets"][0];
        // /req/tilesets-list/tileset-links.
        assert_eq!(tileset["dataType"], "vector");
        assert_eq!(tileset["crs"], "http://www.opengis.net/def/crs/EPSG/0/3857");
        assert!(tileset["tileMatrixSetURI"].as_str().unwrap().ends_with("/tilematrixset/OGC/1.0/WebMercatorQuad"));
        let described = json(&href(tileset, "self").unwrap());
        assert_eq!(described["tileMatrixSetURI"], tileset["tileMatrixSetURI"]);
        assert!(href(tileset, TILING_SCHEME).is_some());
    }
}

#[test]
fn a_tileset_names_its_tiles_by_a_template_that_works_and_its_limits() {
    // /req/tileset/description; /rec/core/tc-limits.
    for of in ["/collections/clusters", ""] {
        let tileset = json(&format!("{of}/tiles/WebMercatorQuad"));
        let item = links(&tileset).into_iter().find(|link| link["rel"] == "item").unwrap();
        assert_eq!((item["type"].as_str(), item["templated"].as_bool()), (Some(MVT), Some(true)));
        let limits = tileset["tileMatrixSetLimits"].as_array().unwrap().clone();
        assert_eq!(limits.len(), 21);
        for limit in &limits[..14] {
            let number = |name: &str| limit[name].as_u64().unwrap().to_string();
            let target = item["href"].as_str().unwrap();
            let target = target.replace("{tileMatrix}", limit["tileMatrix"].as_str().unwrap());
            let target = target.replace("{tileRow}", &number("minTileRow")).replace("{tileCol}", &number("maxTileCol"));
            assert!([200, 204].contains(&get(&target).status), "{target}");
            let beyond = item["href"].as_str().unwrap().replace("{tileMatrix}", limit["tileMatrix"].as_str().unwrap());
            let beyond = beyond.replace("{tileCol}", &number("minTileCol"));
            let row = limit["maxTileRow"].as_u64().unwrap() + 1;
            assert_eq!(get(&beyond.replace("{tileRow}", &row.to_string())).status, 404);
        }
        for layer in tileset["layers"].as_array().unwrap() {
            assert_eq!(layer["propertiesSchema"]["properties"]["id"]["type"], "string", "{layer}");
        }
    }
    let clusters = &json("/collections/clusters/tiles/WebMercatorQuad")["layers"][0];
    assert_eq!(clusters["geometryDimension"], 2);
    let status = &clusters["propertiesSchema"]["properties"]["compliance_status"]["enum"];
    assert_eq!(status.as_array().unwrap().len(), 4);
}

#[test]
fn tilejson_has_what_maplibre_reads() {
    let answer = get("/tiles/WebMercatorQuad?f=tilejson");
    assert_eq!(answer.media_type(), "application/vnd.mapbox.tile+json");
    let document = answer.json();
    assert_eq!(document["tilejson"], "3.0.0");
    assert_eq!((document["minzoom"].as_u64(), document["maxzoom"].as_u64()), (Some(0), Some(20)));
    let template = document["tiles"][0].as_str().unwrap();
    assert!(template.starts_with("http://") && template.ends_with("/{z}/{y}/{x}"), "{template}");
    let target = template.replace("{z}", "0").replace("{y}", "0").replace("{x}", "0");
    let layers = crate::tiles::decoded(&get(&target).body);
    let declared: Vec<&str> =
        document["vector_layers"].as_array().unwrap().iter().map(|layer| layer["id"].as_str().unwrap()).collect();
    assert!(layers.keys().all(|name| declared.contains(&name.as_str())));
    for (name, features) in &layers {
        let layer = document["vector_layers"].as_array().unwrap().iter().find(|layer| layer["id"] == **name).unwrap();
        for feature in features {
            for key in feature.properties.as_ref().unwrap().keys() {
                assert!(layer["fields"].get(key).is_some(), "{name}.{key} is not declared");
            }
        }
    }
    let bounds: Vec<f64> = document["bounds"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    assert!(bounds[0] < 105.85 && bounds[1] < 21.02 && bounds[2] > 105.85 && bounds[3] > 21.02, "{bounds:?}");
}

#[test]
fn a_selection_of_collections_keeps_to_itself_in_every_document() {
    let query = "collections=waterways,clusters";
    let tile_json = json(&format!("/tiles/WebMercatorQuad?{query}&f=tilejson"));
    assert_eq!(tile_json["vector_layers"].as_array().unwrap().len(), 2);
    assert!(tile_json["tiles"][0].as_str().unwrap().ends_with("/{z}/{y}/{x}?collections=clusters,waterways"));
    let tileset = json(&format!("/tiles/WebMercatorQuad?{query}"));
    assert_eq!(tileset["layers"].as_array().unwrap().len(), 2);
}

#[test]
fn web_mercator_quad_is_defined_as_the_standard_does() {
    // OGC 17-083r4, annex D.1.
    let listed = json("/tileMatrixSets");
    let definition = json(&href(&listed["tileMatrixSets"][0], "self").unwrap());
    assert_eq!(definition["id"], "WebMercatorQuad");
    let matrices = definition["tileMatrices"].as_array().unwrap();
    assert_eq!(matrices.len(), 25);
    let near = |value: &Value, wanted: f64| (value.as_f64().unwrap() / wanted - 1.0).abs() < 1e-9;
    assert!(near(&matrices[0]["cellSize"], 156_543.033_928_041));
    assert!(near(&matrices[0]["scaleDenominator"], 559_082_264.028_717));
    assert!(near(&matrices[18]["cellSize"], 0.597_164_283_559_817));
    assert_eq!(matrices[18]["matrixWidth"], 262_144);
}

#[test]
fn every_operation_is_named_as_the_standard_names_it() {
    // /req/oas30/operation-id.
    let definition = json("/api");
    let operations: Vec<String> = definition["paths"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|path| path["get"]["operationId"].as_str().map(str::to_owned))
        .collect();
    for ending in ["getTileSetsList", "getTileSet", "getTile"] {
        for kind in ["clusters.collection.vector", "all.dataset.vector"] {
            assert!(operations.contains(&format!("{kind}.{ending}")), "{kind}.{ending}");
        }
    }
}

#[test]
fn every_style_draws_layers_and_fields_that_the_tiles_have() {
    let styles = json("/styles");
    assert_eq!(styles["default"], "langxanh");
    assert_eq!(get("/styles/nowhere").status, 404);
    for style in styles["styles"].as_array().unwrap() {
        let style = get(&href(style, "stylesheet").unwrap());
        assert_eq!(style.media_type(), "application/vnd.mapbox.style+json");
        let style = style.json();
        assert_eq!(style["version"], 8);
        let tile_json = json(style["sources"]["langxanh"]["url"].as_str().unwrap());
        let declared = tile_json["vector_layers"].as_array().unwrap();
        let mut ids: Vec<&str> = Vec::new();
        for layer in style["layers"].as_array().unwrap() {
            ids.push(layer["id"].as_str().unwrap());
            let Some(source) = layer["source-layer"].as_str() else { continue };
            let fields = &declared.iter().find(|known| known["id"] == source).unwrap()["fields"];
            fn got(value: &Value, into: &mut Vec<String>) {
                if let [Value::String(get), Value::String(name)] = value.as_array().map_or(&[][..], Vec::as_slice)
                    && get == "get"
                {
                    into.push(name.clone());
                }
                match value {
                    Value::Array(members) => members.iter().for_each(|member| got(member, into)),
                    Value::Object(members) => members.values().for_each(|member| got(member, into)),
                    _ => {}
                }
            }
            let mut names = Vec::new();
            got(layer, &mut names);
            assert!(names.iter().all(|name| fields.get(name).is_some()), "{layer}");
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "layer ids are unique");
    }
}

#[test]
fn a_legend_says_in_both_languages_what_the_colours_of_the_style_mean() {
    let legend = json("/styles/clusters/legend");
    let entries = legend["layers"][0]["entries"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 5);
    assert_eq!(entries[0]["code"], "non_compliant");
    let style = json("/styles/clusters")["layers"].to_string();
    for entry in entries {
        assert!(style.contains(entry["colour"].as_str().unwrap()), "{entry}");
        assert!(entry["title"]["vi"].is_string() && entry["title"]["en"].is_string(), "{entry}");
    }
}
