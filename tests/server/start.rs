//! What keeps the program from starting, and what it says then; what it says when it does.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use langxanh::store::gpkg::GpkgStore;

use crate::common::{Server, count, langxanh, refusal, serve};

/// The program must not start and its error must say all of this.
fn assert_refused(command: &mut Command, says: &[&str]) {
    let error = refusal(command);
    for word in says {
        assert!(error.contains(word), "{word:?} is not in {error:?}");
    }
}

fn serve_refused(store: &Path, says: &[&str]) {
    let name = store.file_name().unwrap().to_str().unwrap();
    assert_refused(&mut serve(store), &[&[name], says].concat());
}

/// An empty store of ours.
fn empty_store(folder: &Path) -> std::path::PathBuf {
    let store = folder.join("store.gpkg");
    drop(GpkgStore::create(&store).unwrap());
    store
}

fn sql(store: &Path, statements: &str) {
    rusqlite::Connection::open(store).unwrap().execute_batch(statements).unwrap();
}

#[test]
fn an_occupied_port_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    let store = folder.path().join("store.gpkg");
    let command = &mut langxanh(&["serve", "--listen", &address, "--store", store.to_str().unwrap()]);
    assert_refused(command, &[&address, "--listen"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a sample was made for nothing");
}

#[test]
fn an_address_that_is_none_is_named() {
    assert_refused(&mut langxanh(&["serve", "--listen", "nowhere"]), &["nowhere"]);
}

#[test]
fn a_store_that_was_cut_off_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(folder.path());
    let whole = std::fs::read(&store).unwrap();
    for length in [whole.len() - 1, whole.len() / 2, 4096, 512] {
        let cut = folder.path().join("cut.gpkg");
        std::fs::write(&cut, &whole[..length]).unwrap();
        serve_refused(&cut, &["cut off"]);
        assert_eq!(std::fs::read(&cut).unwrap(), whole[..length], "the file was changed");
    }
}

#[test]
fn a_file_that_is_no_geopackage_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    serve_refused(&file("empty.gpkg", b""), &["too short"]);
    serve_refused(&file("text.gpkg", "Dương Liễu ".repeat(50).as_bytes()), &["no SQLite file"]);
    serve_refused(&file("zip.gpkg", &[b"PK\x03\x04".as_slice(), &[0; 500]].concat()), &["no SQLite file"]);
    let database = folder.path().join("database.gpkg");
    sql(&database, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    serve_refused(&database, &["no", "GeoPackage", "gpkg_contents"]);
    std::fs::create_dir(folder.path().join("folder.gpkg")).unwrap();
    serve_refused(&folder.path().join("folder.gpkg"), &[]);
}

#[test]
fn a_store_with_damaged_pages_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(folder.path());
    let mut bytes = std::fs::read(&store).unwrap();
    bytes[100..4096].fill(0xAA);
    std::fs::write(&store, bytes).unwrap();
    serve_refused(&store, &[]);
}

#[test]
fn a_store_with_a_wrong_schema_is_refused_with_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(folder.path());
    // The triggers of the history hold the columns.
    for table in ["milestones", "effluent_samples"] {
        let triggers = ["update", "delete", "replace", "rename"]
            .map(|event| format!("DROP TRIGGER langxanh_history_{table}_{event};"));
        sql(&store, &triggers.concat());
    }
    sql(&store, "ALTER TABLE milestones DROP COLUMN planned_on; ALTER TABLE effluent_samples DROP COLUMN unit");
    assert_refused(&mut serve(&store), &["milestones", "planned_on", "effluent_samples", "unit"]);
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(folder.path());
    sql(&store, "UPDATE langxanh_meta SET value = 99 WHERE key = 'schema_version'");
    serve_refused(&store, &["newer", "99"]);
}

#[test]
fn a_store_in_a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    serve_refused(&folder.path().join("nowhere/store.gpkg"), &[]);
}

#[test]
fn a_database_server_that_does_not_answer_is_told_with_what_to_look_at() {
    // Nothing listens on port 1.
    let says = ["postgres://localhost:1/gis", "cannot be reached", "check its address and port"];
    assert_refused(&mut langxanh(&["serve", "--store", "postgres://localhost:1/gis"]), &says);
}

#[test]
fn a_configuration_with_an_unknown_key_or_a_bad_address_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(folder.path());
    let config = folder.path().join("langxanh.toml");
    for (content, says) in [("listen_adress = 'x'\n", "listen_adress"), ("public_url = 'gis.example'\n", "gis.example")]
    {
        std::fs::write(&config, content).unwrap();
        assert_refused(serve(&store).arg("--config").arg(&config), &[says]);
    }
    std::fs::remove_file(&config).unwrap();
    assert_refused(serve(&store).arg("--config").arg(&config), &["langxanh.toml"]);
}

/// `serve` on a free port in a folder, with the store that is the default.
fn serve_here(folder: &Path) -> Command {
    let mut command = langxanh(&["serve", "--listen", "127.0.0.1:0"]);
    command.current_dir(folder);
    command
}

#[test]
fn serve_without_a_store_makes_one_from_the_sample_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // What an earlier run that was broken off may have left.
    std::fs::write(folder.path().join("langxanh.gpkg.sample"), b"half").unwrap();
    let server = Server::start(&mut serve_here(folder.path()));
    assert!(server.json("/collections/clusters")["itemCount"].as_u64().unwrap() >= 85);
    assert!(server.json("/collections/craft_villages")["itemCount"].as_u64().unwrap() >= 120);
    let said = server.messages();
    assert!(said.contains("langxanh.gpkg") && said.contains("sample") && said.contains("is_demo"), "{said}");
    assert!(said.contains(&format!("{}/", server.url)), "the address to open: {said}");
    drop(server);
    let store = folder.path().join("langxanh.gpkg");
    assert!(store.exists() && !folder.path().join("langxanh.gpkg.sample").exists());
    let rows = count(&store, "SELECT count(*) FROM clusters");
    let again = Server::start(&mut serve_here(folder.path()));
    assert!(!again.messages().contains("making one"), "{}", again.messages());
    assert_eq!(again.json("/collections/clusters")["itemCount"], rows);
}

#[test]
fn an_empty_store_of_ours_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut serve(&empty_store(folder.path())));
    let page = server.json("/collections/clusters/items");
    assert_eq!((&page["numberMatched"], &page["features"]), (&0.into(), &serde_json::json!([])));
    assert_eq!(server.get("/compliance/rules").status, 200);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(folder.path());
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "public_url = 'http://file.example'\nlisten = '192.0.2.1:1'\n").unwrap();
    let self_of = |command: &mut Command| {
        let page = Server::start(command.arg("--config").arg(&config)).json("/conformance");
        crate::common::http::href(&page, "self").unwrap()
    };
    assert!(self_of(&mut serve(&store)).starts_with("http://file.example/"));
    let variable = ("LANGXANH_PUBLIC_URL", "http://variable.example");
    assert!(self_of(serve(&store).env(variable.0, variable.1)).starts_with("http://variable.example/"));
    let flag = ["--public-url", "http://flag.example"];
    assert!(self_of(serve(&store).env(variable.0, variable.1).args(flag)).starts_with("http://flag.example/"));
}
