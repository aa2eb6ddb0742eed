//! `langxanh user`: what it refuses, what it says, and what it leaves in the store.

use super::fixtures::{add_user, store, user};
use crate::common::{count, run};

fn refusal(store: &std::path::Path, arguments: &[&str]) -> String {
    let output = user(store, arguments[0], &arguments[1..]).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "no token for who was refused");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn mistakes_are_refused_with_what_would_be_right_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    add_user(&store, "lan", &["--role", "viewer"]);
    let refused = |arguments: &[&str], told: &str| {
        let message = refusal(&store, arguments);
        assert!(message.contains(told), "{arguments:?}: {message}");
    };
    refused(&["add", "lan", "--role", "editor"], "user token lan");
    refused(&["add", "Lan Anh", "--role", "editor"], "small letters");
    refused(&["add", "x\ny", "--role", "editor"], "small letters");
    refused(&["add", "anonymous", "--role", "editor"], "cannot be the name");
    refused(&["add", "minh"], "--role");
    refused(&["add", "minh", "--role", "owner"], "approver");
    refused(&["add", "minh", "--role", "editor", "--collections", "clusters,violation"], "violation");
    refused(&["add", "minh", "--role", "editor", "--districts", "Quốc Oái Oăm"], "09895");
    refused(&["add", "minh", "--role", "editor", "--districts", ""], "--districts");
    refused(&["add", "minh", "--role", "admin", "--districts", "Quốc Oai"], "admin");
    refused(&["add", "minh", "--role", "viewer", "--proposes"], "viewer");
    refused(&["add", "minh", "--role", "editor", "--expires", "2020-01-01"], "past");
    refused(&["add", "minh", "--role", "editor", "--expires", "soon"], "2027-01-01");
    refused(&["remove", "minh"], "user list");
    refused(&["token", "minh"], "user list");
    refused(&["token", "lan", "--revoke", "9"], "no token 9");
    assert_eq!(count(&store, "SELECT count(*) FROM langxanh_users"), 1);
    let nowhere = folder.path().join("nowhere.gpkg");
    refusal(&nowhere, &["add", "lan", "--role", "admin"]);
    assert!(!nowhere.exists(), "no store is made for the sake of a user");
}

#[test]
fn the_store_keeps_hashes_and_neither_serves_nor_exports_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "editor", "--districts", "Quốc Oai", "--proposes"]);
    // As the coreutils hash it.
    let hash = {
        use std::io::Write;
        let mut process = std::process::Command::new("sha256sum")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        process.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()[..64].to_owned()
    };
    assert_eq!(count(&store, &format!("SELECT count(*) FROM langxanh_tokens WHERE sha256 = '{hash}'")), 1);
    let bytes = std::fs::read(&store).unwrap();
    assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "the token itself is nowhere");
    assert_eq!(count(&store, "SELECT count(*) FROM gpkg_contents WHERE table_name GLOB 'langxanh_*'"), 0);
    for table in ["langxanh_users", "langxanh_tokens", "langxanh_proposals"] {
        let out = folder.path().join("out.csv");
        let output = run(&["export", table, out.to_str().unwrap(), "--store", store.to_str().unwrap()]);
        assert!(!output.status.success() && !out.exists(), "{table}");
    }
    let listed = user(&store, "list", &[]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for word in ["lan", "editor", "Quốc Oai", "proposes", "token 1"] {
        assert!(listed.contains(word), "{word}: {listed}");
    }
    assert!(!listed.contains(&hash[..8]) && !listed.contains(&token), "{listed}");
}
