//! What a page of another site can make a browser send: nothing of it may change anything.

use serde_json::json;

use super::fixtures::{GEO_JSON, add_user, basic, bearer, feature, send, store};
use crate::common::{Server, serve};

const BODY_TYPES: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];

#[test]
fn a_form_or_a_script_of_another_site_changes_nothing_with_a_password_that_the_browser_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "admin"]);
    let server = Server::start(&mut serve(&store));
    let kept = basic("lan", &token);
    let created = feature(Some("made"), &json!({"name_vi": "CCN"}));
    let batch =
        json!({"edits": [{"collection": "clusters", "operation": "delete", "id": "site-quoc-oai"}]}).to_string();
    for origin in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for (method, target, media_type, body) in [
            ("POST", "/collections/clusters/items", "application/geo+json", created.as_str()),
            ("POST", "/edits", "application/json", batch.as_str()),
            ("PUT", "/collections/clusters/items/site-quoc-oai", "application/geo+json", created.as_str()),
            ("DELETE", "/collections/clusters/items/site-quoc-oai", "application/geo+json", ""),
        ] {
            let headers = [("Authorization", kept.as_str()), origin, ("Content-Type", media_type)];
            assert_eq!(send(&server, method, target, &headers, body).status, 403, "{origin:?} {method} {target}");
        }
    }
    // What a form can send is no body of ours, from wherever it comes.
    for media_type in BODY_TYPES {
        for (target, body) in [("/collections/clusters/items", created.as_str()), ("/edits", batch.as_str())] {
            let headers = [("Authorization", kept.as_str()), ("Content-Type", media_type)];
            let status = send(&server, "POST", target, &headers, body).status;
            assert!([400, 415].contains(&status), "{media_type} {target}: {status}");
        }
    }
    assert_eq!(server.json("/collections/clusters/items")["numberMatched"], 3);
    // QGIS and curl send no origin, our own page its own.
    let own = [
        ("Authorization", kept.as_str()),
        GEO_JSON,
        ("Origin", server.url.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    assert_eq!(send(&server, "POST", "/collections/clusters/items", &own, &created).status, 201);
    let plain = [("Authorization", kept.as_str()), GEO_JSON];
    assert_eq!(send(&server, "DELETE", "/collections/clusters/items/made", &plain, "").status, 204);
}

#[test]
fn a_token_in_a_script_s_hand_is_taken_from_wherever_the_script_comes() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = bearer(&add_user(&store, "lan", &["--role", "admin"]));
    let server = Server::start(&mut serve(&store));
    let headers = [("Authorization", token.as_str()), ("Origin", "https://dashboard.example"), GEO_JSON];
    let created = feature(Some("made"), &json!({"name_vi": "CCN"}));
    let answer = send(&server, "POST", "/collections/clusters/items", &headers, &created);
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("access-control-allow-credentials"), None, "no site reads with a kept password");
}
