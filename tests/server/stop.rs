//! How the program ends: asked politely it finishes, killed it loses nothing that was said to be done.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::http::Answer;
use crate::common::{READABLE, Server, count, langxanh, sample_store, serve, succeed};

fn signal(server: &Server, name: &str) {
    assert!(Command::new("kill").args([name, &server.process.id().to_string()]).status().unwrap().success());
}

#[test]
fn asked_to_end_it_ends_with_success() {
    for name in ["-TERM", "-INT"] {
        // Asked at once, when it has just said where it listens.
        let mut server = Server::start(&mut serve(&READABLE.store));
        signal(&server, name);
        assert_eq!(server.process.wait().unwrap().code(), Some(0), "{name}: {}", server.messages());
        let mut server = Server::start(&mut serve(&READABLE.store));
        // A connection that waits for its next request keeps nobody.
        let mut idle = TcpStream::connect(server.address()).unwrap();
        idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        idle.read_exact(&mut [0; 12]).unwrap();
        signal(&server, name);
        assert_eq!(server.process.wait().unwrap().code(), Some(0), "{name}: {}", server.messages());
        assert!(server.messages().contains("stopping") && !server.messages().contains("cut off"));
    }
}

#[test]
fn an_answer_under_way_is_finished_before_the_end() {
    let mut server = Server::start(&mut serve(&READABLE.store));
    let mut stream = TcpStream::connect(server.address()).unwrap();
    // More than fits between the two sockets, so that part of it is still to be sent when the signal comes.
    let request = "GET /collections/effluent_samples/items?limit=10000 HTTP/1.1\r\nHost: h\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = vec![0; 1000];
    stream.read_exact(&mut bytes).unwrap();
    signal(&server, "-TERM");
    stream.read_to_end(&mut bytes).unwrap();
    let rows = count(&READABLE.store, "SELECT count(*) FROM effluent_samples");
    assert_eq!(Answer::parse(&bytes).json()["features"].as_array().unwrap().len(), rows);
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

/// A CSV file with rows `1..=rows` of `id,n`.
fn numbers(folder: &Path, rows: usize) -> String {
    let path = folder.join("numbers.csv");
    let lines: String = (1..=rows).map(|n| format!("id-{n},{n}\n")).collect();
    std::fs::write(&path, format!("id,n\n{lines}")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn rows_of_an_import_that_has_returned_survive_the_death_of_all_processes() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let mut server = Server::start(&mut serve(&store));
    let file = numbers(folder.path(), 500);
    succeed(&["import", &file, "--collection", "numbers", "--id-field", "id", "--store", store.to_str().unwrap()]);
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    let again = Server::start(&mut serve(&store));
    let page = again.json("/collections/numbers/items?limit=1000");
    assert_eq!((&page["numberMatched"], &page["numberReturned"]), (&500.into(), &500.into()));
}

#[test]
fn a_store_at_rest_is_one_file_that_can_be_copied() {
    let folder = tempfile::tempdir().unwrap();
    let files = || {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names = entries.map(|name| name.into_string().unwrap());
        // Files that are sent wait in a folder of their own.
        names.filter(|name| name.contains("gpkg") && !name.ends_with(".uploads")).collect::<Vec<_>>()
    };
    let store = folder.path().join("langxanh.gpkg");
    succeed(&["sample", "--store", store.to_str().unwrap()]);
    assert_eq!(files(), ["langxanh.gpkg"]);
    let file = numbers(folder.path(), 500);
    succeed(&["import", &file, "--collection", "numbers", "--id-field", "id", "--store", store.to_str().unwrap()]);
    assert_eq!(files(), ["langxanh.gpkg"]);
    let mut server = Server::start(&mut serve(&store));
    signal(&server, "-TERM");
    server.process.wait().unwrap();
    assert_eq!(files(), ["langxanh.gpkg"]);
}

#[test]
fn an_import_that_is_killed_leaves_all_of_its_rows_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let log = folder.path().join("langxanh.gpkg-wal");
    let file = numbers(folder.path(), 20_000);
    let arguments = ["import", &file, "--collection", "numbers", "--id-field", "id", "--mode", "upsert", "--store"];
    let mut import = langxanh(&arguments).arg(&store).stderr(Stdio::null()).spawn().unwrap();
    // Killed as soon as it writes, or when it is through, whichever is first.
    while std::fs::metadata(&log).map_or(0, |log| log.len()) == 0 && import.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ = import.kill();
    import.wait().unwrap();
    let server = Server::start(&mut serve(&store));
    match server.get("/collections/numbers").status {
        404 => {}
        200 => assert_eq!(server.json("/collections/numbers/items?limit=1")["numberMatched"], 20_000),
        other => panic!("{other}"),
    }
    assert_eq!(server.json("/collections/clusters")["itemCount"], count(&store, "SELECT count(*) FROM clusters"));
}
