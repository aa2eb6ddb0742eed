//! Imports of files and pictures of features, as the API definition describes them.

use serde_json::{Value, json};

use super::media_type::JSON;
use super::openapi::{reference, response};

const TAG: &str = "Uploads";

fn parameter(name: &str, place: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": place, "required": place == "path", "description": description, "schema": schema})
}

fn text(name: &str, description: &str) -> Value {
    parameter(name, "query", description, json!({"type": "string"}))
}

fn operation(id: &str, title: &str, parameters: &[Value], (status, answer): (&str, Value), refused: &[&str]) -> Value {
    let mut described = json!({
        "operationId": id, "summary": title, "tags": [TAG], "parameters": parameters, "responses": {status: answer},
    });
    for status in refused {
        described["responses"][*status] = reference("responses", "Problem");
    }
    described
}

/// The paths.
pub fn paths() -> Vec<(&'static str, Value)> {
    let object = |title: &str| response(title, &[(JSON, Some("Object"))]);
    let gone = || json!({"description": "Đã xóa / It is gone"});
    let file = json!({"type": "string", "format": "binary"});
    let id = [parameter("importId", "path", "Mã lượt nhập. / Id of an import.", json!({"type": "string"}))];
    let modes = json!({"type": "string", "enum": ["append", "upsert", "replace"], "default": "append"});
    let options = [
        json!({
            "name": "collection", "in": "query", "required": true,
            "description": "Tập dữ liệu nhận các dòng. / The collection that receives the rows.", "schema": {"type": "string"},
        }),
        text("filename", "Tên tệp; phần đuôi cho biết định dạng. / Name of the file; its ending names the format."),
        parameter("mode", "query", "Cách ghi. / How rows meet those that are there.", modes),
        text("crs", "Hệ tọa độ, nếu tệp không ghi. / Reference system of a file that names none."),
        text("encoding", "Bảng mã. / UTF-8, windows-1258, TCVN3, VNI, VISCII or auto."),
        text("layer", "Lớp hoặc trang tính. / Layer or sheet."),
        text("id-field", "Cột chứa mã. / Column of ids."),
        text("plan", "Mã đồ án, khi tệp là bản vẽ. / Id of the plan, where the file is its drawing."),
        text("site", "Cơ sở của đồ án. / The plan's site: clusters/ID or craft_villages/ID."),
        text("name", "Tên đồ án. / Name of the plan."),
        parameter(
            "unit",
            "query",
            "Đơn vị bản vẽ. / Unit of the drawing.",
            json!({"type": "string", "enum": ["m", "mm"]}),
        ),
        parameter(
            "swap-xy",
            "query",
            "Số đầu là hướng bắc. / The first number is the northing.",
            json!({"type": "boolean"}),
        ),
        parameter(
            "move-site",
            "query",
            "Quy hoạch trước thuộc khu khác và nay thuộc khu này. / The plan was for another site and is to be for this one.",
            json!({"type": "boolean"}),
        ),
        parameter(
            "away-from-site",
            "query",
            "Nhận cả khi nằm xa nơi ghi của khu. / Take a plan that lies away from where its site is on record.",
            json!({"type": "boolean"}),
        ),
        parameter(
            "snap",
            "query",
            "Sai số nối, mét. / How far two ends may be apart, in metres.",
            json!({"type": "number"}),
        ),
    ];
    let mut create = operation(
        "createImport",
        "Gửi tệp để nhập; chưa ghi gì / Send a file to be imported; nothing is written yet",
        &options,
        ("201", object("The import, being read")),
        &["400", "401", "403", "408", "409", "413", "415", "503"],
    );
    let form = json!({"type": "object", "required": ["file"], "properties": {"file": file}});
    create["requestBody"] = json!({"required": true, "content": {
        "application/octet-stream": {"schema": file}, "multipart/form-data": {"schema": form},
    }});
    let of_one = &["401", "403", "404"];
    let json_body = || json!({"content": {JSON: {"schema": reference("schemas", "Object")}}});
    let title = "Đã đọc đến đâu, sẽ thay đổi gì, lỗi nào / How far it is read, what it would change, its faults";
    let get = operation("getImport", title, &id, ("200", object("The import")), of_one);
    let title = "Đọc lại với lựa chọn khác / Read it again with other options or another mapping";
    let changes = &["400", "401", "403", "404", "409", "415", "422"];
    let mut patch = operation("changeImport", title, &id, ("200", object("The import, being read")), changes);
    patch["requestBody"] = json_body();
    let title = "Bỏ lượt nhập / Forget an import";
    let delete = operation("deleteImport", title, &id, ("204", gone()), &["401", "403", "404", "409"]);
    let title = "Ghi tất cả, hoặc không ghi gì / Write all of it or nothing";
    let mut commit = operation("commitImport", title, &id, ("200", object("What was written")), changes);
    commit["requestBody"] = json_body();
    let feature = [
        parameter("collectionId", "path", "Tập dữ liệu. / Collection.", json!({"type": "string"})),
        parameter("featureId", "path", "Mã đối tượng. / Id of the feature.", json!({"type": "string"})),
    ];
    let hash = parameter("sha256", "path", "Mã băm của ảnh. / Hash of the picture.", json!({"type": "string"}));
    let picture = [&feature[..], &[hash]].concat();
    let list = operation(
        "getAttachments",
        "Ảnh của đối tượng / Pictures of a feature",
        &feature,
        ("200", object("Pictures")),
        &["404"],
    );
    let named = [&feature[..], &[text("filename", "Tên ảnh. / Name of the picture.")]].concat();
    let refused = &["400", "401", "403", "404", "408", "409", "413", "415", "422", "503"];
    let mut add =
        operation("addAttachment", "Thêm ảnh / Add a picture", &named, ("201", object("The picture")), refused);
    add["requestBody"] = json!({"required": true, "content": {
        "image/jpeg": {"schema": file}, "image/png": {"schema": file}, "image/webp": {"schema": file},
    }});
    let image = response("The picture, drawn anew", &[("image/jpeg", None), ("image/png", None)]);
    let one = operation("getAttachment", "Một ảnh / One picture", &picture, ("200", image), &["404"]);
    let title = "Gỡ ảnh; lịch sử vẫn giữ / Take a picture away; history keeps it";
    let remove = operation("deleteAttachment", title, &picture, ("204", gone()), &["401", "403", "404"]);
    vec![
        ("/imports", json!({"post": create})),
        ("/imports/{importId}", json!({"get": get, "patch": patch, "delete": delete})),
        ("/imports/{importId}/commit", json!({"post": commit})),
        ("/collections/{collectionId}/items/{featureId}/attachments", json!({"get": list, "post": add})),
        ("/collections/{collectionId}/items/{featureId}/attachments/{sha256}", json!({"get": one, "delete": remove})),
    ]
}
