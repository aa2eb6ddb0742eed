//! What requests and answers say where several instances share a store, as the API definition describes it: which version an
//! answer shows, which one it has to show, and when to ask again.

use serde_json::{Value, json};

use super::media_type::PROBLEM_JSON;
use super::openapi::{reference, response};

/// The header that names the version which an answer shows at least.
pub const VERSION: &str = "Langxanh-Version";

/// The header that names the version which an answer has to show at least.
pub const NOT_BEFORE: &str = "Langxanh-Not-Before";

/// The cookie that says the same.
pub const KEPT: &str = "langxanh-not-before";

/// The header that says after how many seconds to ask again.
const RETRY_AFTER: &str = "Retry-After";

/// Versions as they are written.
const PATTERN: &str = "^[0-9a-f]{8}-[0-9]+$";

/// Parameters of every operation by their names among the components.
fn parameters() -> [(&'static str, Value); 2] {
    let parameter = |name: &str, place: &str, description: &str| {
        let schema = json!({"type": "string", "pattern": PATTERN});
        json!({"name": name, "in": place, "required": false, "description": description, "schema": schema})
    };
    [
        (
            NOT_BEFORE,
            parameter(
                NOT_BEFORE,
                "header",
                "Chỉ trả lời khi đã thấy phiên bản này, lấy từ Langxanh-Version; chờ ít lâu rồi 503. / Answer once this version \
                 is there, one that Langxanh-Version named; 503 after a while.",
            ),
        ),
        (
            KEPT,
            parameter(
                KEPT,
                "cookie",
                "Như Langxanh-Not-Before; đặt sau mỗi lần ghi. / As Langxanh-Not-Before; set after each write.",
            ),
        ),
    ]
}

fn headers() -> Value {
    json!({
        VERSION: {
            "description": "Phiên bản mới nhất mà câu trả lời chắc chắn có; chỉ khi nhiều tiến trình dùng chung kho. / The version that the \
                            answer shows at least; only where instances share a store.",
            "schema": {"type": "string", "pattern": PATTERN},
        },
        "Set-Cookie": {
            "description": "langxanh-not-before=…; sau khi ghi, để đọc lại ngay điều vừa ghi. / langxanh-not-before=…; after a write, to read \
                            at once what was written.",
            "schema": {"type": "string"},
        },
        RETRY_AFTER: {
            "description": "Số giây rồi hãy thử lại. / Seconds after which to try again.",
            "schema": {"type": "integer", "minimum": 0},
        },
    })
}

/// Adds it to every operation of a definition.
pub(super) fn add(document: &mut Value) {
    let mut busy = response("Đang bận hoặc chưa sẵn sàng / Busy, or not ready yet", &[(PROBLEM_JSON, Some("Problem"))]);
    busy["headers"] = json!({RETRY_AFTER: reference("headers", RETRY_AFTER)});
    let components = &mut document["components"];
    components["responses"]["Busy"] = busy;
    components["headers"] = headers();
    for (name, parameter) in parameters() {
        components["parameters"][name] = parameter;
    }
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (method, operation) in paths.values_mut().filter_map(Value::as_object_mut).flatten() {
        if let Some(own) = operation["parameters"].as_array_mut() {
            own.extend(parameters().map(|(name, _)| reference("parameters", name)));
        }
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        for (_, done) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
            done["headers"][VERSION] = reference("headers", VERSION);
            if method != "get" {
                done["headers"]["Set-Cookie"] = reference("headers", "Set-Cookie");
            }
        }
        responses.insert("503".to_owned(), reference("responses", "Busy"));
    }
}
