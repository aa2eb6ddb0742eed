//! Writing features, as the API definition describes it (OGC API - Features, Part 4).

use serde_json::{Value, json};

use super::media_type::{GEO_JSON, JSON, MERGE_PATCH};
use super::openapi::{reference, response};

/// Adds what writes to the path of the features of a collection, or to that of one feature. `name` starts the operation ids,
/// `parameters` are those of the path.
pub fn add(path: &mut Value, name: &str, tag: &str, parameters: &[Value], is_one: bool) {
    let headers = |names: &[&str]| -> Vec<Value> {
        parameters.iter().cloned().chain(names.iter().map(|name| reference("parameters", name))).collect()
    };
    let edit = |verb: &str, summary: &str, names: &[&str], body: &[&str], ok: &[(&str, &str)]| {
        let mut operation = json!({
            "operationId": format!("{name}.{verb}"),
            "summary": summary,
            "tags": [tag],
            "parameters": headers(names),
            "responses": {},
        });
        let schema = if body == [MERGE_PATCH] { "Object" } else { "Feature" };
        if !body.is_empty() {
            let content =
                body.iter().map(|known| ((*known).to_owned(), json!({"schema": reference("schemas", schema)})));
            operation["requestBody"] = json!({"required": true, "content": content.collect::<serde_json::Map<_, _>>()});
        }
        for (status, what) in ok {
            operation["responses"][*status] = json!({"description": what});
        }
        for status in ["400", "401", "403", "404", "409", "412", "413", "415", "422"] {
            operation["responses"][status] = reference("responses", "Problem");
        }
        operation
    };
    let done = [("204", "Đã ghi / Written"), ("200", "Đã ghi, kèm kết quả / Written, with what it is now")];
    if !is_one {
        path["post"] = edit(
            "create",
            "Thêm một đối tượng / Create a feature",
            &["Content-Crs", "If-None-Match", "Langxanh-Message"],
            &[GEO_JSON],
            &[("201", "Đã thêm / Created")],
        );
        return;
    }
    path["put"] = edit(
        "replace",
        "Thay toàn bộ một đối tượng / Replace a feature",
        &["featureId", "Content-Crs", "If-Match", "If-None-Match", "Langxanh-Message"],
        &[GEO_JSON],
        &[done[0], done[1], ("201", "Đã thêm / Created")],
    );
    path["patch"] = edit(
        "update",
        "Sửa một phần đối tượng / Update a feature",
        &["featureId", "Content-Crs", "If-Match", "Langxanh-Message"],
        &[MERGE_PATCH],
        &done,
    );
    path["delete"] = edit(
        "delete",
        "Xóa một đối tượng / Delete a feature",
        &["featureId", "If-Match", "Langxanh-Message"],
        &[],
        &done[..1],
    );
}

/// Headers of requests that write, as parameters by their names.
pub fn parameters() -> [(&'static str, Value); 4] {
    let header = |name: &str, description: &str| json!({"name": name, "in": "header", "required": false, "description": description, "schema": {"type": "string"}});
    [
        (
            "Content-Crs",
            header(
                "Content-Crs",
                "Hệ tọa độ của nội dung; mặc định CRS84. / Reference system of the body; CRS84 without it.",
            ),
        ),
        (
            "If-Match",
            header(
                "If-Match",
                "Chỉ ghi nếu đối tượng vẫn ở phiên bản này. / Only while the feature is in this version.",
            ),
        ),
        ("If-None-Match", header("If-None-Match", "*: chỉ thêm mới. / *: only where nothing is there.")),
        (
            "Langxanh-Message",
            header("Langxanh-Message", "Lý do thay đổi, mã hóa phần trăm. / Why, percent-encoded in UTF-8."),
        ),
    ]
}

/// Several edits as one.
pub fn batch() -> Value {
    let edit = json!({
        "type": "object",
        "required": ["collection", "operation"],
        "properties": {
            "collection": {"type": "string"},
            "operation": {"type": "string", "enum": ["create", "replace", "update", "delete"]},
            "id": {"type": "string"},
            "if_match": {"type": "string"},
            "feature": {"type": "object"},
        },
    });
    let body = json!({
        "type": "object",
        "required": ["edits"],
        "properties": {
            "message": {"type": "string"},
            "dry_run": {"type": "boolean"},
            "edits": {"type": "array", "minItems": 1, "maxItems": 1000, "items": edit},
        },
    });
    let mut post = json!({
        "operationId": "edit",
        "summary": "Nhiều thay đổi cùng lúc, tất cả hoặc không / Several edits, all of them or none",
        "tags": ["Edits"],
        "parameters": [reference("parameters", "Content-Crs"), reference("parameters", "Langxanh-Message")],
        "requestBody": {"required": true, "content": {JSON: {"schema": body}}},
        "responses": {"200": response("What became of each", &[(JSON, Some("Object"))])},
    });
    for status in ["400", "401", "403", "404", "409", "412", "413", "415", "422"] {
        post["responses"][status] = reference("responses", "Problem");
    }
    json!({"post": post})
}
