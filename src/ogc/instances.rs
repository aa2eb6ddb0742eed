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

/// The parameter of every operation.
fn parameter() -> Value {
    json!({
        "name": NOT_BEFORE,
        "in": "header",
        "required": false,
        "description": "Chỉ trả lời khi đã thấy phiên bản này, lấy từ Langxanh-Version; chờ ít lâu rồi 503. Cookie langxanh-not-before, \
                        đặt sau mỗi lần ghi, nói cùng điều đó. / Answer once this version is there, one that Langxanh-Version \
                        named; 503 after a while. The cookie langxanh-not-before, set after each write, says the same.",
        "schema": {"type": "string", "pattern": PATTERN},
    })
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
    if let Some(responses) = components["responses"].as_object_mut() {
        // All others of them tell that something was done.
        for (_, done) in responses.iter_mut().filter(|(name, _)| *name != "Problem") {
            done["headers"][VERSION] = reference("headers", VERSION);
        }
        responses.insert("Busy".to_owned(), busy);
    }
    components["headers"] = headers();
    components["parameters"][NOT_BEFORE] = parameter();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for path in paths.values_mut().filter_map(Value::as_object_mut) {
        for (method, operation) in path.iter_mut() {
            let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
            let is_own = |(status, done): &(&String, &mut Value)| status.starts_with('2') && done.get("$ref").is_none();
            for (_, done) in responses.iter_mut().filter(is_own) {
                done["headers"][VERSION] = reference("headers", VERSION);
                if method != "get" {
                    done["headers"]["Set-Cookie"] = reference("headers", "Set-Cookie");
                }
            }
            responses.insert("503".to_owned(), reference("responses", "Busy"));
        }
        // Once for all that a path takes: the definition is long enough.
        path.insert("parameters".to_owned(), json!([reference("parameters", NOT_BEFORE)]));
    }
}
