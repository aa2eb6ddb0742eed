//! Who am I and what waits for an approver, as the API definition describes it.

use serde_json::{Value, json};

use super::media_type::{JSON, PROBLEM_JSON};
use super::openapi::{operation, reference, response};
use crate::access::ProposalState;

const TAG: &str = "Access";

/// How a client shows who it is; reading needs none.
pub fn security_schemes() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "Mã truy cập lx_… / A token, lx_…"},
        "basic": {"type": "http", "scheme": "basic", "description": "Mã truy cập làm mật khẩu. / A token as the password."},
    })
}

/// The alternatives: nothing, or one of the schemes.
pub fn security() -> Value {
    json!([{}, {"bearer": []}, {"basic": []}])
}

/// The paths.
pub fn paths() -> Vec<(&'static str, Value)> {
    let formats: [(&str, Option<&str>); 1] = [(JSON, Some("Object"))];
    let ok = |title: &str| response(title, &formats);
    let id = json!({
        "name": "proposalId", "in": "path", "required": true, "description": "Số của đề xuất. / Number of a proposal.",
        "schema": {"type": "integer"},
    });
    let state = json!({
        "name": "state", "in": "query", "required": false, "style": "form", "explode": false,
        "description": "Tình trạng. / State.",
        "schema": {"type": "string", "enum": ProposalState::ALL.map(ProposalState::as_str)},
    });
    let refused = response("Lỗi / Problem", &[(PROBLEM_JSON, Some("Problem"))]);
    let get = |name: &str, title: &str, parameters: Vec<Value>| {
        let mut described = operation(name, title, TAG, parameters, ok(title));
        described["get"]["responses"]["401"] = refused.clone();
        described
    };
    let decide = |name: &str, title: &str| {
        let mut described = get(name, title, vec![id.clone()]);
        let mut post = described["get"].take();
        post["requestBody"] = json!({"content": {JSON: {"schema": reference("schemas", "Object")}}});
        for status in ["403", "409", "415"] {
            post["responses"][status] = refused.clone();
        }
        json!({ "post": post })
    };
    vec![
        (
            "/me",
            get("getMe", "Tôi là ai, được làm gì / Who I am and what I may do", vec![reference("parameters", "f")]),
        ),
        ("/proposals", get("getProposals", "Các đề xuất chờ duyệt / Proposals", vec![state])),
        (
            "/proposals/{proposalId}",
            get("getProposal", "Một đề xuất, trước và sau / A proposal, before and after", vec![id.clone()]),
        ),
        ("/proposals/{proposalId}/accept", decide("acceptProposal", "Duyệt một đề xuất / Accept a proposal")),
        ("/proposals/{proposalId}/reject", decide("rejectProposal", "Trả lại một đề xuất / Reject a proposal")),
    ]
}
