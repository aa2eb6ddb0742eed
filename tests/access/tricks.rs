//! Ways around the door by spelling a path or a method otherwise. All of them must end at the same door, or nowhere.

use super::fixtures::{GEO_JSON, add_user, bearer, configured, feature, send, store, text};
use crate::common::{Server, serve};

/// What opens nothing: the feature is still there and nothing is new.
fn is_untouched(server: &Server) {
    assert_eq!(server.get("/collections/clusters/items/site-quoc-oai").status, 200);
    assert_eq!(server.json("/collections/clusters/items")["numberMatched"], 3);
}

#[test]
fn no_spelling_of_a_path_gets_around_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    add_user(&store, "lan", &["--role", "admin"]);
    let server = Server::start(&mut serve(&store));
    let item = "/collections/clusters/items/site-quoc-oai";
    let absolute = format!("{}{item}", server.url);
    for target in [
        item,
        "/collections/clusters/items/site-quoc-oai/",
        "/collections/clusters/items/site-quoc-oai//",
        "//collections/clusters/items/site-quoc-oai",
        "/collections//clusters/items/site-quoc-oai",
        "/collections/clusters/items/site%2Dquoc%2Doai",
        "/collections/%63lusters/items/site-quoc-oai",
        "/collections/clusters%2Fitems%2Fsite-quoc-oai",
        "/collections/./clusters/items/site-quoc-oai",
        "/collections/x/../clusters/items/site-quoc-oai",
        "/collections/x/%2e%2e/clusters/items/site-quoc-oai",
        "/%2e/collections/clusters/items/site-quoc-oai",
        "/Collections/Clusters/Items/site-quoc-oai",
        "/collections/clusters/items/site-quoc-oai;a=b",
        "/collections/clusters/items/site-quoc-oai?access_token=x",
        "/collections/clusters/items/site-quoc-oai%00",
        "/me/../collections/clusters/items/site-quoc-oai",
        &absolute,
    ] {
        let answer = send(&server, "DELETE", target, &[], "");
        assert!([400, 401, 404, 405].contains(&answer.status), "{target}: {}", answer.status);
    }
    is_untouched(&server);
}

#[test]
fn no_header_and_no_parameter_changes_method_path_or_visitor() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "admin"]);
    let server = Server::start(&mut serve(&store));
    let item = "/collections/clusters/items/site-quoc-oai";
    for (name, value) in [
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-HTTP-Method", "DELETE"),
        ("X-Method-Override", "DELETE"),
        ("X-Original-URL", "/me"),
        ("X-Rewrite-URL", "/me"),
        ("X-Forwarded-User", "lan"),
        ("X-Remote-User", "lan"),
        ("Remote-User", "lan"),
        ("Cookie", &format!("token={token}; Authorization=Bearer {token}; langxanh={token}")),
        ("Proxy-Authorization", &bearer(&token)),
        ("X-Api-Key", &token),
        ("X-Forwarded-For", "127.0.0.1"),
    ] {
        assert_eq!(send(&server, "GET", item, &[(name, value)], "").status, 200, "{name}");
        assert_eq!(send(&server, "DELETE", item, &[(name, value)], "").status, 401, "{name}");
        assert_eq!(send(&server, "GET", "/me", &[(name, value)], "").status, 401, "{name}");
    }
    for query in
        ["_method=DELETE", &format!("access_token={token}"), &format!("token={token}"), &format!("api_key={token}")]
    {
        let status = send(&server, "GET", &format!("/me?{query}"), &[], "").status;
        assert!([400, 401].contains(&status), "{query}: {status}");
    }
    is_untouched(&server);
}

#[test]
fn other_methods_write_nothing_and_are_no_way_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    add_user(&store, "lan", &["--role", "admin"]);
    let server = Server::start(&mut serve(&store));
    let item = "/collections/clusters/items/site-quoc-oai";
    let body = feature(None, &serde_json::json!({"name_vi": "x"}));
    for method in ["delete", "Delete", "TRACE", "CONNECT", "MOVE", "COPY", "MKCOL", "PROPFIND", "LOCK", "PURGE", "GETX"]
    {
        let answer = send(&server, method, item, &[GEO_JSON], &body);
        assert!([400, 401, 404, 405, 501].contains(&answer.status), "{method}: {}", answer.status);
    }
    assert_eq!(send(&server, "HEAD", item, &[], "").status, 200);
    assert_eq!(send(&server, "HEAD", "/me", &[], "").status, 401, "HEAD is let in as GET is");
    assert_eq!(send(&server, "OPTIONS", item, &[], "").status, 200);
    for method in ["PUT", "PATCH", "DELETE"] {
        assert_eq!(send(&server, method, item, &[GEO_JSON], &body).status, 401, "{method}");
    }
    assert_eq!(send(&server, "POST", "/collections/clusters/items", &[GEO_JSON], &body).status, 401);
    assert_eq!(send(&server, "POST", "/edits", &[("Content-Type", "application/json")], "{\"edits\": []}").status, 401);
    is_untouched(&server);
}

#[test]
fn restricted_collections_have_no_side_door_by_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let kind = vec![
        ("site_collection", text("clusters")),
        ("site_id", text("site-quoc-oai")),
        ("violation_kind", text("other")),
    ];
    let store = store(folder.path(), vec![("violations", "v-1".to_owned(), kind)]);
    let token = bearer(&add_user(&store, "lan", &["--role", "viewer"]));
    let server = configured(&store, "restricted = [\"violations\"]\n");
    for target in [
        "/collections/violations",
        "/collections/violations/",
        "/collections/violations/items",
        "/collections/violations/items/v-1",
        "/collections/%76iolations/items",
        "/collections/violations/items?f=csv",
        "/collections/violations/download?f=gpkg",
        "/collections/violations/schema",
        "/collections/violations/queryables",
        "/collections/violations/tiles",
        "/collections/violations/tiles/WebMercatorQuad/0/0/0",
        "/collections/violations/items?as-of=2026-01-01",
    ] {
        for method in ["GET", "HEAD"] {
            let answer = send(&server, method, target, &[], "");
            assert!([401, 404].contains(&answer.status), "{method} {target}: {}", answer.status);
        }
        let answer = send(&server, "GET", target, &[("Authorization", &token)], "");
        assert!([200, 204].contains(&answer.status), "{target}: {}", answer.status);
    }
    let posted = [("Content-Type", "application/json")];
    assert_eq!(send(&server, "POST", "/collections/violations/search", &posted, "{}").status, 401);
}
