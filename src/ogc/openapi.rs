//! The API definition: OpenAPI 3.0, which QGIS, GDAL and the conformance suites read. Written by hand, small, with
//! references: a long document with everything inline froze QGIS (qgis/QGIS #55740).

use serde_json::{Map, Value, json};

use super::media_type::{
    CSV, FLATGEOBUF, FORM, GEO_JSON, GEO_JSON_SEQ, GEOPACKAGE, HTML, JSON, JSON_FG, MAPBOX_STYLE, MVT, NDJSON, OPENAPI,
    PROBLEM_JSON, SCHEMA_JSON, TILE_JSON, XLSX,
};
use super::tiles::{MATRIX_SET, has_tiles};
use super::{
    AS_OF, BY, DEFAULT_LIMIT, FEATURE_PARAMETERS, FILTER, FILTER_CRS, FILTER_LANG, FILTER_LANGUAGES, ITEMS_PARAMETERS,
    MAX_LIMIT, PAGE_PARAMETERS, PLAN_YEAR, SITE, access, changes, edits, instances, landing_page, plans, processes,
    report, schema, sites, uploads,
};
use crate::domain::{Collection, Field};

/// With more collections than this their paths are described once, by a template.
const MANY: usize = 60;

pub(super) fn reference(kind: &str, name: &str) -> Value {
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
    let languages = FILTER_LANGUAGES.map(|(name, _)| name);
    let format = |words: &[&str]| {
        let schema = json!({"type": "string", "enum": words});
        parameter("f", "query", "Định dạng; thắng Accept. / Format; beats Accept.", schema)
    };
    let of_features = ["json", "geojson", "html", "jsonfg", "ndjson", "geojsonseq", "csv", "gpkg", "fgb", "xlsx"];
    let mut parameters = json!({
        "f": format(&["json", "geojson", "html", "csv", "mvt", "tilejson", "mbs", "pdf"]),
        // Without `limit`, formats behind the first four hold all features that match.
        "items.f": format(&of_features),
        "item.f": format(&of_features[..4]),
        "download.f": format(&["geojson", "jsonfg", "ndjson", "geojsonseq", "csv", "gpkg", "fgb", "xlsx"]),
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
        FILTER: parameter(
            FILTER,
            "query",
            "Điều kiện lọc viết bằng CQL2, trên các thuộc tính trong queryables. / Condition in CQL2 on queryables.",
            text(),
        ),
        FILTER_LANG: parameter(
            FILTER_LANG,
            "query",
            "Cách viết điều kiện lọc. / How the filter is written.",
            json!({"type": "string", "enum": languages, "default": languages[0]}),
        ),
        FILTER_CRS: parameter(
            FILTER_CRS,
            "query",
            "Hệ tọa độ của điều kiện lọc; mặc định CRS84. / Reference system of coordinates in the filter; CRS84 without it.",
            json!({"type": "string", "format": "uri"}),
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
            "Ngày cần xem, ví dụ 2023-06-30, hoặc thời điểm ghi nhận 2026-11-26T04:00:00Z; mặc định là hôm nay. / The day that is \
             asked for, or the moment whose records are; today without it.",
            json!({"type": "string"}),
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
        "site": parameter(SITE, "query", "Chỉ của một địa điểm, ví dụ clusters/phung. / Of one site alone.", text()),
        "collectionId": parameter("collectionId", "path", "Mã tập dữ liệu. / Collection.", text()),
        "featureId": parameter("featureId", "path", "Mã đối tượng. / Feature.", text()),
    });
    let words = json!({"type": "string", "minLength": 1});
    parameters["search.q"] =
        parameter("q", "query", "Từ cần tìm trong tên, có dấu hoặc không. / Words to find in names.", words);
    parameters["search.q"]["required"] = true.into();
    for (name, header) in edits::parameters() {
        parameters[name] = header;
    }
    for (name, description, schema) in rendering_parameters() {
        parameters[name] = parameter(name, "query", description, schema);
    }
    parameters
}

/// Name, description and schema of the parameters that say how features look, in which order and which words they have.
fn rendering_parameters() -> [(&'static str, &'static str, Value); 8] {
    let uri = || json!({"type": "string", "format": "uri"});
    let names = || json!({"type": "array", "items": {"type": "string"}});
    let whole = |most: u32| json!({"type": "integer", "minimum": 0, "maximum": most});
    [
        ("bbox-crs", "Hệ tọa độ của bbox, mặc định CRS84. / Reference system of bbox, CRS84 without it.", uri()),
        (
            "crs",
            "Hệ tọa độ của kết quả, một trong các hệ mà tập dữ liệu nêu. / Reference system of the answer, one that the collection lists.",
            uri(),
        ),
        (
            "q",
            "Từ cần tìm trong tên, có dấu hoặc không. / Words to find in names, with or without diacritics.",
            json!({"type": "string"}),
        ),
        (
            "sortby",
            "Thuộc tính để sắp xếp, - là giảm dần; trống xếp cuối. / Properties to sort by, - for descending; null comes last.",
            names(),
        ),
        ("properties", "Chỉ các thuộc tính này. / These properties alone.", names()),
        (
            "skipGeometry",
            "true: không kèm hình học. / true: without geometry.",
            json!({"type": "boolean", "default": false}),
        ),
        ("precision", "Số chữ số sau dấu phẩy của tọa độ. / Digits after the point of coordinates.", whole(15)),
        (
            "zoom-level",
            "Đơn giản hóa hình học cho mức thu phóng này. / Outlines made coarser for this zoom level of a web map.",
            whole(24),
        ),
    ]
}

pub(super) fn response(description: &str, contents: &[(&str, Option<&str>)]) -> Value {
    let content: Map<String, Value> = contents
        .iter()
        .map(|(media_type, schema)| {
            let schema = schema.map_or(json!({"type": "string"}), |name| reference("schemas", name));
            ((*media_type).to_owned(), json!({"schema": schema}))
        })
        .collect();
    json!({"description": description, "content": content})
}

pub(super) fn operation(id: &str, summary: &str, tag: &str, parameters: Vec<Value>, ok: Value) -> Value {
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

/// The parameters of `items` in the body of a request.
fn search(id: &str, tag: &str, parameters: Vec<Value>, ok: Value) -> Value {
    let title = "Đối tượng, tham số của items trong thân yêu cầu / Features; the parameters of items in the body";
    let mut get = operation(id, title, tag, parameters, ok);
    let mut post = get["get"].take();
    let body: Map<String, Value> = [JSON, FORM]
        .map(|known| (known.to_owned(), json!({"schema": reference("schemas", "Object")})))
        .into_iter()
        .collect();
    post["requestBody"] = json!({"required": true, "content": body});
    for status in ["413", "415"] {
        post["responses"][status] = reference("responses", "Problem");
    }
    json!({"post": post})
}

fn property_parameter(field: &Field) -> Value {
    let mut property = schema::property(field);
    let title = property.remove("title").unwrap_or_default();
    property.remove("x-ogc-unit");
    let mut parameter = parameter(&field.name, "query", "", property.into());
    parameter["description"] = title;
    parameter
}

/// References to common parameters; formats are those of the resource.
fn common_parameters(resource: &str, names: impl Iterator<Item = &'static str>) -> impl Iterator<Item = Value> {
    names.map(move |name| match name {
        "f" => reference("parameters", &format!("{resource}.f")),
        name => reference("parameters", name),
    })
}

fn items_parameters(fields: &[Field], has_past: bool, resource: &str) -> Vec<Value> {
    let is_page = resource == "items";
    let names = ITEMS_PARAMETERS.into_iter().filter(|name| is_page || !PAGE_PARAMETERS.contains(name));
    let common = common_parameters(resource, names.chain(has_past.then_some(AS_OF)));
    let clash = |field: &&Field| !ITEMS_PARAMETERS.contains(&field.name.as_str());
    common.chain(fields.iter().filter(clash).map(property_parameter)).collect()
}

/// Responses that many operations give.
fn responses() -> Value {
    let list = Some("FeatureCollection");
    let texts = |media_types: &[&'static str]| media_types.iter().map(|one| (*one, None)).collect::<Vec<_>>();
    let rows =
        [&[(GEO_JSON, list), (JSON_FG, list)][..], &texts(&[NDJSON, GEO_JSON_SEQ, CSV, GEOPACKAGE, XLSX])].concat();
    let features = [&rows[..], &texts(&[FLATGEOBUF])].concat();
    let page = |of: &[(&str, Option<&str>)]| response("A page of features", &[of, &[(HTML, None)]].concat());
    let file = |of: &[(&str, Option<&str>)]| response("All features that match", of);
    let feature = [(GEO_JSON, Some("Feature")), (JSON_FG, Some("Feature")), (HTML, None)];
    let mut tile = response("Vector tile", &[]);
    tile["content"][MVT] = json!({"schema": {"type": "string", "format": "binary"}});
    json!({
        "Problem": response("Lỗi / Problem", &[(PROBLEM_JSON, Some("Problem"))]),
        "Collection": response("Collection", &[(JSON, Some("Object")), (HTML, None)]),
        "Feature": response("Feature", &feature),
        "Features": page(&features),
        "FeaturesFile": file(&features),
        "Rows": page(&rows),
        "RowsFile": file(&rows),
        "Schema": response("JSON Schema", &[(SCHEMA_JSON, Some("Object")), (HTML, None)]),
        "Tile": tile,
        "Tileset": response("Tileset", &[(JSON, Some("Object")), (TILE_JSON, Some("Object")), (HTML, None)]),
        "Tilesets": response("Tilesets", &[(JSON, Some("Object")), (HTML, None)]),
    })
}

fn collection_paths(
    id: &str,
    tag: &str,
    path_parameter: Option<Value>,
    fields: &[Field],
    has_past: bool,
    has_places: bool,
) -> Vec<(String, Value)> {
    let base = format!("/collections/{id}");
    let name = if path_parameter.is_some() { "collection" } else { id };
    let with = |rest: Vec<Value>| path_parameter.iter().cloned().chain(rest).collect::<Vec<_>>();
    let f = || reference("parameters", "f");
    let (features, download) = match has_places {
        true => ("Features", "FeaturesFile"),
        false => ("Rows", "RowsFile"),
    };
    vec![
        (
            base.clone(),
            operation(
                &format!("{name}.describe"),
                "Mô tả / Description",
                tag,
                with(vec![f()]),
                reference("responses", "Collection"),
            ),
        ),
        (
            format!("{base}/items"),
            operation(
                &format!("{name}.getFeatures"),
                "Đối tượng / Features",
                tag,
                with(items_parameters(fields, has_past, "items")),
                reference("responses", features),
            ),
        ),
        (
            format!("{base}/search"),
            search(&format!("{name}.search"), tag, with(Vec::new()), reference("responses", features)),
        ),
        (
            format!("{base}/download"),
            operation(
                &format!("{name}.download"),
                "Toàn bộ trong một tệp; lọc như items / All features in one file; filters as those of items",
                tag,
                with(items_parameters(&[], has_past, "download")),
                reference("responses", download),
            ),
        ),
        (
            format!("{base}/items/{{featureId}}"),
            operation(
                &format!("{name}.getFeature"),
                "Một đối tượng / One feature",
                tag,
                with(
                    common_parameters("item", std::iter::once("featureId").chain(FEATURE_PARAMETERS))
                        .chain(has_past.then(|| reference("parameters", AS_OF)))
                        .collect(),
                ),
                reference("responses", "Feature"),
            ),
        ),
        (
            format!("{base}/queryables"),
            operation(
                &format!("{name}.queryables"),
                "Queryables",
                tag,
                with(vec![f()]),
                reference("responses", "Schema"),
            ),
        ),
        (
            format!("{base}/sortables"),
            operation(
                &format!("{name}.sortables"),
                "Sortables",
                tag,
                with(vec![f()]),
                reference("responses", "Schema"),
            ),
        ),
        (
            format!("{base}/schema"),
            operation(
                &format!("{name}.schema"),
                "Lược đồ / Schema",
                tag,
                with(vec![f()]),
                reference("responses", "Schema"),
            ),
        ),
    ]
}

/// What writes, beside what reads.
fn add_edits(paths: &mut [(String, Value)], name: &str, tag: &str, parameters: &[Value]) {
    for (path, operations) in paths {
        if path.ends_with("/items") || path.ends_with("/items/{featureId}") {
            edits::add(operations, name, tag, parameters, path.ends_with('}'));
        }
    }
}

/// The tilesets below a path; `id` starts their operation ids, which the standard ends.
fn tile_paths(base: &str, id: &str, tag: &str, first: &[Value], query: &[&str]) -> Vec<(String, Value)> {
    let asked = |path: &[&str]| {
        let more = path.iter().chain(query).chain(&["f"]).map(|name| reference("parameters", name));
        first.iter().cloned().chain(more).collect::<Vec<_>>()
    };
    let mut get_tile = operation(
        &format!("{id}.getTile"),
        "Ô bản đồ vectơ / Vector tile",
        tag,
        asked(&["tileMatrix", "tileRow", "tileCol"]),
        reference("responses", "Tile"),
    );
    get_tile["get"]["responses"]["204"] = json!({"description": "Ô trống / Nothing lies there"});
    let operation =
        |name: &str, summary: &str, ok: Value| operation(&format!("{id}.{name}"), summary, tag, asked(&[]), ok);
    vec![
        (
            format!("{base}/tiles"),
            operation("getTileSetsList", "Các bộ ô / Tilesets", reference("responses", "Tilesets")),
        ),
        (
            format!("{base}/tiles/{MATRIX_SET}"),
            operation("getTileSet", "Bộ ô / Tileset", reference("responses", "Tileset")),
        ),
        (format!("{base}/tiles/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), get_tile),
    ]
}

/// Hotspots, and the process that finds them.
fn hotspot_paths() -> Vec<(String, Value)> {
    const TAG: &str = "Hotspots";
    let common = |names: &[&str]| names.iter().map(|name| reference("parameters", name)).collect::<Vec<_>>();
    let run = |names: &[&str]| {
        let inputs = processes::inputs(None).into_iter();
        let inputs = inputs.map(|input| parameter(input.name, "query", input.title, input.schema));
        common(names).into_iter().chain(inputs).collect::<Vec<_>>()
    };
    let features = Some("FeatureCollection");
    let result = [(GEO_JSON, features), (CSV, None)];
    let json_only: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
    let job = |title: &str| response(title, &json_only);
    let word = |name: &str, description: &str| parameter(name, "query", description, json!({"type": "string"}));
    let in_path = |name: &str, description: &str| parameter(name, "path", description, json!({"type": "string"}));
    let process = || in_path("processId", "Mã tiến trình, hotspots. / Process, hotspots.");
    let job_id = || in_path("jobId", "Mã lượt chạy. / Job.");

    let get = |id: &str, title: &str, parameters: Vec<Value>, formats: &[(&str, Option<&str>)]| {
        operation(id, title, TAG, parameters, response(title, formats))
    };
    let why = [
        word("cell", "Mã ô lưới. / A cell."),
        word("zone", "Mã khu vực. / A zone."),
        word("reach", "Mã đoạn sông. / A reach."),
        word("site", "Cơ sở, clusters/… hoặc craft_villages/…. / A site, clusters/… or craft_villages/…."),
    ];
    let why = common(&["f", AS_OF]).into_iter().chain(why).collect();
    let pages = [(JSON, Some("Object")), (CSV, None), (HTML, None)];

    let mut execution = operation(
        "execute",
        "Chạy một tiến trình / Execute a process",
        TAG,
        vec![process()],
        response("Kết quả / Result", &[result[0], result[1], json_only[0]]),
    );
    let mut execute = execution["get"].take();
    execute["requestBody"] = json!({"content": {JSON: {"schema": reference("schemas", "Object")}}});
    execute["responses"]["201"] = response("Lượt chạy, khi Prefer: respond-async / A job", &json_only);
    execute["responses"]["503"] = reference("responses", "Problem");
    let mut of_job = get("getStatus", "Tình trạng lượt chạy / Status of a job", vec![job_id()], &json_only);
    let mut dismissal = operation("dismiss", "Dừng lượt chạy / Dismiss a job", TAG, vec![job_id()], job("Dismissed"));
    of_job["delete"] = dismissal["get"].take();

    vec![
        (
            "/hotspots".to_owned(),
            get(
                "getHotspots",
                "Điểm nóng theo tham số của mình / Hotspots by one's own parameters",
                run(&["f", AS_OF]),
                &[result[0], result[1], (HTML, None)],
            ),
        ),
        (
            "/hotspots/pressure".to_owned(),
            get("getPressures", "Áp lực từng cơ sở / Pressure of each site", common(&["f", AS_OF]), &pages),
        ),
        (
            "/hotspots/why".to_owned(),
            get("getWhy", "Vì sao ở đây: cơ sở và đoạn sông / Why here: sites and reaches", why, &result[..1]),
        ),
        ("/processes".to_owned(), get("getProcesses", "Các tiến trình / Processes", common(&["f"]), &json_only)),
        (
            "/processes/{processId}".to_owned(),
            get("getProcessDescription", "Mô tả tiến trình / Description of a process", vec![process()], &json_only),
        ),
        ("/processes/{processId}/execution".to_owned(), json!({"post": execute})),
        ("/jobs/{jobId}".to_owned(), of_job),
        (
            "/jobs/{jobId}/results".to_owned(),
            get(
                "getResult",
                "Kết quả lượt chạy / Results of a job",
                vec![job_id()],
                &[result[0], result[1], json_only[0]],
            ),
        ),
    ]
}

/// Tile matrix sets and styles.
fn map_paths() -> Vec<(String, Value)> {
    let json_only: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
    let path = |path: &str, id: &str, summary: &str, parameters: &[&str], of: &[(&str, Option<&str>)]| {
        let parameters = parameters.iter().chain(&["f"]).map(|name| reference("parameters", name)).collect();
        (path.to_owned(), operation(id, summary, "Maps", parameters, response(summary, of)))
    };
    let list = [json_only[0], (HTML, None)];
    let style = [(MAPBOX_STYLE, Some("Object")), (HTML, None)];
    vec![
        path("/tileMatrixSets", "getTileMatrixSetsList", "Các lưới ô / Tile matrix sets", &[], &json_only),
        path(
            &format!("/tileMatrixSets/{MATRIX_SET}"),
            &format!("getTileMatrixSet.{MATRIX_SET}"),
            "Lưới ô / Tile matrix set",
            &[],
            &json_only,
        ),
        path("/styles", "getStyles", "Các kiểu bản đồ / Map styles", &[], &list),
        path("/styles/{styleId}", "getStyle", "Kiểu bản đồ / Map style", &["styleId"], &style),
        path("/styles/{styleId}/legend", "getLegend", "Chú giải / Legend", &["styleId"], &list),
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
        "/functions",
        operation(
            "getFunctions",
            "Hàm dùng trong điều kiện lọc / Functions for filters",
            "Capabilities",
            f(),
            response("Functions", &[(JSON, Some("Object"))]),
        ),
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
    if collections.iter().any(|collection| collection.is_editable()) {
        add("/edits", edits::batch());
    }
    let search = vec![reference("parameters", "search.q"), reference("parameters", "limit"), f().remove(0)];
    let found = response("Features by name, best first", &[(GEO_JSON, Some("FeatureCollection")), (HTML, None)]);
    add("/search", operation("search", "Tìm theo tên / Search by name", "Capabilities", search, found));
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
            ("quality", "getQuality", "Dữ liệu không thể đúng / Data that cannot be right", &["f", AS_OF, SITE], 3),
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
        let further = access::paths()
            .into_iter()
            .chain(changes::paths())
            .chain(sites::paths())
            .chain(report::paths())
            .chain(uploads::paths());
        for (path, described) in plans::paths().into_iter().chain(further) {
            add(path, described);
        }
    }
    if has_compliance {
        paths.extend(hotspot_paths());
    }
    if collections.len() > MANY {
        let id = Some(reference("parameters", "collectionId"));
        let mut data = collection_paths("{collectionId}", "Data", id.clone(), &[], has_compliance, true);
        if collections.iter().any(|collection| collection.is_editable()) {
            add_edits(&mut data, "collection", "Data", id.as_slice());
        }
        paths.extend(data);
        let id = [reference("parameters", "collectionId")];
        paths.extend(tile_paths("/collections/{collectionId}", "collection.vector", "Data", &id, &[]));
    } else {
        for collection in collections {
            let has_past = collection.kind.has_past();
            let (id, has_places) = (&collection.id, collection.geometry.is_some());
            let mut data = collection_paths(id, id, None, &collection.fields, has_past, has_places);
            if collection.is_editable() {
                add_edits(&mut data, id, id, &[]);
            }
            paths.extend(data);
            if has_tiles(collection) {
                let operations = format!("{id}.collection.vector");
                paths.extend(tile_paths(&format!("/collections/{id}"), &operations, id, &[], &[]));
            }
        }
    }
    paths.extend(tile_paths("", "all.dataset.vector", "Maps", &[], &["collections"]));
    paths.extend(map_paths());
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": landing_page::TITLE,
            "description": landing_page::DESCRIPTION,
            "version": env!("CARGO_PKG_VERSION"),
            "contact": {"name": "langxanh", "url": format!("{base}/")},
            "license": {"name": "MIT"},
        },
        "servers": [{"url": base}],
        "security": access::security(),
        "paths": paths,
        "components": {
            "securitySchemes": access::security_schemes(),
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
            "responses": responses(),
        },
    });
    instances::add(&mut document);
    document
}
