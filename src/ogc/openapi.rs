//! The API definition: OpenAPI 3.0, which QGIS, GDAL and the conformance suites read. Written by hand, small, with
//! references: a long document with everything inline froze QGIS (qgis/QGIS #55740).

use serde_json::{Map, Value, json};

use super::media_type::{CSV, GEO_JSON, HTML, JSON, MAPBOX_STYLE, MVT, OPENAPI, PROBLEM_JSON, SCHEMA_JSON, TILE_JSON};
use super::tiles::{MATRIX_SET, has_tiles};
use super::{AS_OF, BY, DEFAULT_LIMIT, ITEMS_PARAMETERS, MAX_LIMIT, PLAN_YEAR, landing_page, schema};
use crate::domain::{Collection, Field, Kind};

/// With more collections than this their paths are described once, by a template.
const MANY: usize = 60;

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn parameter(name: &str, place: &str, description: &str, schema: Value) -> Value {
    let mut parameter =
        json!({"name": name, "in": place, "description": description, "required": place == "path", "schema": schema});
    if place == "query" {
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
    }
    parameter
}

fn parameters() -> Value {
    let text = || json!({"type": "string"});
    let number = || json!({"type": "integer", "minimum": 0});
    let formats = ["json", "geojson", "html", "csv", "mvt", "tilejson", "mbs"];
    let format = json!({"type": "string", "enum": formats});
    json!({
        "f": parameter("f", "query", "Định dạng; thắng Accept. / Format; beats Accept.", format),
        "limit": parameter(
            "limit",
            "query",
            "Số đối tượng mỗi trang. / Features on a page.",
            json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
        ),
        "bbox": parameter(
            "bbox",
            "query",
            "Khung tây,nam,đông,bắc theo kinh độ, vĩ độ. / Box west,south,east,north in longitude, latitude.",
            json!({"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}),
        ),
        "datetime": parameter(
            "datetime",
            "query",
            "Thời điểm hoặc khoảng (2024-01-01T00:00:00Z/..). / Instant or interval.",
            text(),
        ),
        "token": parameter("token", "query", "Trang kế tiếp, lấy từ liên kết next. / Page, from a next link.", text()),
        "tileMatrix": parameter("tileMatrix", "path", "Mức thu phóng. / Zoom.", text()),
        "tileRow": parameter("tileRow", "path", "Hàng, từ phía bắc. / Row, from the north.", number()),
        "tileCol": parameter("tileCol", "path", "Cột, từ phía tây. / Column, from the west.", number()),
        "collections": parameter(
            "collections",
            "query",
            "Các tập dữ liệu cần có trong ô. / Collections that the tile shows.",
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        "styleId": parameter("styleId", "path", "Mã kiểu bản đồ. / Map style.", text()),
        "as-of": parameter(
            AS_OF,
            "query",
            "Ngày cần xem, ví dụ 2023-06-30; mặc định là hôm nay. / The day that is asked for; today without it.",
            json!({"type": "string", "format": "date"}),
        ),
        "plan-year": parameter(
            PLAN_YEAR,
            "query",
            "Năm của kế hoạch; mặc định là năm của ngày cần xem. / Year of the plan; that of the day without it.",
            json!({"type": "integer"}),
        ),
        "by": parameter(
            BY,
            "query",
            "Nhóm theo huyện (đến 6/2025, sau đó là xã), xã, chủ đầu tư, năm thành lập. / Group by.",
            json!({"type": "string", "enum": ["district", "commune", "investor", "year"]}),
        ),
        "collectionId": parameter("collectionId", "path", "Mã tập dữ liệu. / Collection.", text()),
        "featureId": parameter("featureId", "path", "Mã đối tượng. / Feature.", text()),
    })
}

fn response(description: &str, contents: &[(&str, Option<&str>)]) -> Value {
    let content: Map<String, Value> = contents
        .iter()
        .map(|(media_type, schema)| {
            let schema = schema.map_or(json!({"type": "string"}), |name| reference("schemas", name));
            ((*media_type).to_owned(), json!({"schema": schema}))
        })
        .collect();
    json!({"description": description, "content": content})
}

fn operation(id: &str, summary: &str, tag: &str, parameters: Vec<Value>, ok: Value) -> Value {
    json!({"get": {
        "operationId": id,
        "summary": summary,
        "tags": [tag],
        "parameters": parameters,
        "responses": {
            "200": ok,
            "400": reference("responses", "Problem"),
            "404": reference("responses", "Problem"),
            "406": reference("responses", "Problem"),
            "500": reference("responses", "Problem"),
        },
    }})
}

fn property_parameter(field: &Field) -> Value {
    let mut property = schema::property(field);
    let title = property.remove("title").unwrap_or_default();
    property.remove("x-ogc-unit");
    let mut parameter = parameter(&field.name, "query", "", property.into());
    parameter["description"] = title;
    parameter
}

fn items_parameters(fields: &[Field], has_past: bool) -> Vec<Value> {
    let common = ITEMS_PARAMETERS.iter().chain(has_past.then_some(&AS_OF));
    let common = common.map(|name| reference("parameters", name));
    let clash = |field: &&Field| !ITEMS_PARAMETERS.contains(&field.name.as_str());
    common.chain(fields.iter().filter(clash).map(property_parameter)).collect()
}

fn collection_paths(
    id: &str,
    tag: &str,
    path_parameter: Option<Value>,
    fields: &[Field],
    has_past: bool,
) -> Vec<(String, Value)> {
    let base = format!("/collections/{id}");
    let name = if path_parameter.is_some() { "collection" } else { id };
    let with = |rest: Vec<Value>| path_parameter.iter().cloned().chain(rest).collect::<Vec<_>>();
    let f = || reference("parameters", "f");
    let features: [(&str, Option<&str>); 2] = [(GEO_JSON, Some("FeatureCollection")), (HTML, None)];
    let feature: [(&str, Option<&str>); 2] = [(GEO_JSON, Some("Feature")), (HTML, None)];
    let described: [(&str, Option<&str>); 2] = [(JSON, Some("Object")), (HTML, None)];
    let schemas: [(&str, Option<&str>); 2] = [(SCHEMA_JSON, Some("Object")), (HTML, None)];
    vec![
        (
            base.clone(),
            operation(
                &format!("{name}.describe"),
                "Mô tả / Description",
                tag,
                with(vec![f()]),
                response("Collection", &described),
            ),
        ),
        (
            format!("{base}/items"),
            operation(
                &format!("{name}.getFeatures"),
                "Đối tượng / Features",
                tag,
                with(items_parameters(fields, has_past)),
                response("A page of features", &features),
            ),
        ),
        (
            format!("{base}/items/{{featureId}}"),
            operation(
                &format!("{name}.getFeature"),
                "Một đối tượng / One feature",
                tag,
                with(
                    [reference("parameters", "featureId"), f()]
                        .into_iter()
                        .chain(has_past.then(|| reference("parameters", AS_OF)))
                        .collect(),
                ),
                response("Feature", &feature),
            ),
        ),
        (
            format!("{base}/queryables"),
            operation(
                &format!("{name}.queryables"),
                "Queryables",
                tag,
                with(vec![f()]),
                response("JSON Schema", &schemas),
            ),
        ),
        (
            format!("{base}/schema"),
            operation(
                &format!("{name}.schema"),
                "Lược đồ / Schema",
                tag,
                with(vec![f()]),
                response("JSON Schema", &schemas),
            ),
        ),
    ]
}

/// The tilesets below a path; `id` starts their operation ids, which the standard ends.
fn tile_paths(base: &str, id: &str, tag: &str, first: &[Value], query: &[&str]) -> Vec<(String, Value)> {
    let asked = |path: &[&str]| {
        let more = path.iter().chain(query).chain(&["f"]).map(|name| reference("parameters", name));
        first.iter().cloned().chain(more).collect::<Vec<_>>()
    };
    let list: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
    let tileset: [(&str, Option<&str>); 2] = [(JSON, Some("Object")), (TILE_JSON, Some("Object"))];
    let mut tile = response("Vector tile", &[]);
    tile["content"][MVT] = json!({"schema": {"type": "string", "format": "binary"}});
    let mut get_tile = operation(
        &format!("{id}.getTile"),
        "Ô bản đồ vectơ / Vector tile",
        tag,
        asked(&["tileMatrix", "tileRow", "tileCol"]),
        tile,
    );
    get_tile["get"]["responses"]["204"] = json!({"description": "Ô trống / Nothing lies there"});
    let operation =
        |name: &str, summary: &str, ok: Value| operation(&format!("{id}.{name}"), summary, tag, asked(&[]), ok);
    vec![
        (format!("{base}/tiles"), operation("getTileSetsList", "Các bộ ô / Tilesets", response("Tilesets", &list))),
        (
            format!("{base}/tiles/{MATRIX_SET}"),
            operation("getTileSet", "Bộ ô / Tileset", response("Tileset", &tileset)),
        ),
        (format!("{base}/tiles/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), get_tile),
    ]
}

/// Tile matrix sets and styles.
fn map_paths() -> Vec<(String, Value)> {
    let json_only: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
    let path = |path: &str, id: &str, summary: &str, parameters: &[&str], of: &[(&str, Option<&str>)]| {
        let parameters = parameters.iter().chain(&["f"]).map(|name| reference("parameters", name)).collect();
        (path.to_owned(), operation(id, summary, "Maps", parameters, response(summary, of)))
    };
    let style = [(MAPBOX_STYLE, Some("Object"))];
    vec![
        path("/tileMatrixSets", "getTileMatrixSetsList", "Các lưới ô / Tile matrix sets", &[], &json_only),
        path(
            &format!("/tileMatrixSets/{MATRIX_SET}"),
            &format!("getTileMatrixSet.{MATRIX_SET}"),
            "Lưới ô / Tile matrix set",
            &[],
            &json_only,
        ),
        path("/styles", "getStyles", "Các kiểu bản đồ / Map styles", &[], &json_only),
        path("/styles/{styleId}", "getStyle", "Kiểu bản đồ / Map style", &["styleId"], &style),
        path("/styles/{styleId}/legend", "getLegend", "Chú giải / Legend", &["styleId"], &json_only),
    ]
}

/// The document of a service with these collections.
pub fn document(base: &str, collections: &[&Collection], has_compliance: bool) -> Value {
    let f = || vec![reference("parameters", "f")];
    let object: [(&str, Option<&str>); 2] = [(JSON, Some("Object")), (HTML, None)];
    let definition: [(&str, Option<&str>); 2] = [(OPENAPI, Some("Object")), (HTML, None)];
    let mut paths = Map::new();
    let mut add = |path: &str, operation: Value| paths.insert(path.to_owned(), operation);
    add(
        "/",
        operation("getLandingPage", "Trang đầu / Landing page", "Capabilities", f(), response("Landing page", &object)),
    );
    add(
        "/conformance",
        operation(
            "getConformance",
            "Lớp tuân thủ / Conformance",
            "Capabilities",
            f(),
            response("Conformance", &object),
        ),
    );
    add(
        "/api",
        operation("getApi", "Tài liệu này / This document", "Capabilities", f(), response("OpenAPI", &definition)),
    );
    add(
        "/collections",
        operation(
            "getCollections",
            "Các tập dữ liệu / Collections",
            "Capabilities",
            f(),
            response("Collections", &object),
        ),
    );
    if has_compliance {
        let json_only: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
        add(
            "/compliance/rules",
            operation("getRules", "Quy định / Rules", "Compliance", f(), response("Rules", &json_only)),
        );
        let pages = [(JSON, Some("Object")), (CSV, None), (HTML, None)];
        let over_all: [(&str, &str, &str, &[&str], usize); 4] = [
            (
                "targets",
                "getTargets",
                "Mục tiêu của kế hoạch / Targets of the city's plan",
                &["f", AS_OF, PLAN_YEAR, BY],
                3,
            ),
            ("duties", "getDuties", "Việc cần làm của từng bên / Duties and what they leave undone", &["f", AS_OF], 3),
            ("quality", "getQuality", "Dữ liệu không thể đúng / Data that cannot be right", &["f", AS_OF], 3),
            ("outcomes", "getOutcomes", "Kết quả từng quy định ở mọi cơ sở / Every outcome", &["f", AS_OF], 2),
        ];
        for (path, id, title, known, formats) in over_all {
            let known = known.iter().map(|name| reference("parameters", name)).collect();
            let ok = response(title, &pages[..formats]);
            add(&format!("/compliance/{path}"), operation(id, title, "Compliance", known, ok));
        }
        let site = ["collectionId", "featureId", "f", AS_OF].map(|name| reference("parameters", name));
        let title = "Mẫu nước thải theo thời gian / Effluent over time";
        add(
            "/compliance/{collectionId}/{featureId}/effluent",
            operation("getEffluent", title, "Compliance", site.to_vec(), response(title, &pages[..2])),
        );
        let of_site = [
            ("", "getAssessment", "Đánh giá một cơ sở / Assessment of a site"),
            ("/history", "getHistory", "12 quý và các sự kiện của một cơ sở / Twelve quarters and events of a site"),
        ];
        for (path, id, title) in of_site {
            add(
                &format!("/compliance/{{collectionId}}/{{featureId}}{path}"),
                operation(id, title, "Compliance", site.to_vec(), response(title, &json_only)),
            );
        }
    }
    if collections.len() > MANY {
        let id = Some(reference("parameters", "collectionId"));
        paths.extend(collection_paths("{collectionId}", "Data", id, &[], has_compliance));
        let id = [reference("parameters", "collectionId")];
        paths.extend(tile_paths("/collections/{collectionId}", "collection.vector", "Data", &id, &[]));
    } else {
        for collection in collections {
            let (id, has_past) = (&collection.id, collection.kind == Kind::Register);
            paths.extend(collection_paths(id, id, None, &collection.fields, has_past));
            if has_tiles(collection) {
                let operations = format!("{id}.collection.vector");
                paths.extend(tile_paths(&format!("/collections/{id}"), &operations, id, &[], &[]));
            }
        }
    }
    paths.extend(tile_paths("", "all.dataset.vector", "Maps", &[], &["collections"]));
    paths.extend(map_paths());
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": landing_page::TITLE,
            "description": landing_page::DESCRIPTION,
            "version": env!("CARGO_PKG_VERSION"),
            "contact": {"name": "langxanh", "url": format!("{base}/")},
            "license": {"name": "MIT"},
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "parameters": parameters(),
            "schemas": {
                "Object": {"type": "object"},
                "Feature": {
                    "type": "object",
                    "required": ["type", "geometry", "properties"],
                    "properties": {
                        "type": {"type": "string", "enum": ["Feature"]},
                        "id": {"type": "string"},
                        "geometry": {"type": "object", "nullable": true},
                        "properties": {"type": "object", "nullable": true},
                        "links": {"type": "array", "items": {"type": "object"}},
                    },
                },
                "FeatureCollection": {
                    "type": "object",
                    "required": ["type", "features"],
                    "properties": {
                        "type": {"type": "string", "enum": ["FeatureCollection"]},
                        "features": {"type": "array", "items": reference("schemas", "Feature")},
                        "links": {"type": "array", "items": {"type": "object"}},
                        "timeStamp": {"type": "string", "format": "date-time"},
                        "numberMatched": {"type": "integer", "minimum": 0},
                        "numberReturned": {"type": "integer", "minimum": 0},
                    },
                },
                "Problem": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                    },
                },
            },
            "responses": {"Problem": response("Lỗi / Problem", &[(PROBLEM_JSON, Some("Problem"))])},
        },
    })
}
