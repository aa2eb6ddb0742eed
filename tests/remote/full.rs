//! A database whose disk is full: the system says so to the server, from between it and the disk.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use langxanh::store::postgis::PostgisStore;
use serde_json::json;

use super::common::{self, Server};
use super::postgres;

/// Refuses whatever makes a file of tables longer while there is a file of some name. The log that is written ahead still
/// grows: a server whose log finds no room stops, and is then lost and not full.
const NO_ROOM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int is_full(int file, off_t end) {
    const char *flag = getenv("NO_ROOM_WHILE");
    char link[64], path[4096];
    struct stat now;
    if (!flag || access(flag, F_OK) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/base/") && fstat(file, &now) == 0 && end > now.st_size;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is_full(file, at + (off_t) count)) { errno = ENOSPC; return -1; }
    return real(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }
"#;

#[test]
fn a_full_disk_under_the_database_is_said_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (source, library, flag) =
        (folder.path().join("full.c"), folder.path().join("full.so"), folder.path().join("is-full"));
    std::fs::write(&source, NO_ROOM).unwrap();
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").output();
    if !made.is_ok_and(|made| made.status.success()) {
        common::skipped("no C compiler: no disk could be made full");
        return;
    }
    let lines = format!("export NO_ROOM_WHILE='{}' LD_PRELOAD='{}'", flag.display(), library.display());
    let Some(cluster) = postgres::Server::prepared(false, &lines) else { return };
    cluster.sql("CREATE EXTENSION postgis");
    let url = cluster.url("postgres", "postgres");
    drop(PostgisStore::create(&url).unwrap());
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "open_editing = true\n[uploads]\nenabled = false\n").unwrap();
    let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &url, "--config", config.to_str().unwrap()];
    let server = Server::start(&mut common::langxanh(&listen));
    // Long texts, so that pages are needed.
    let write = |n: usize| {
        let text: String = (0..900).map(|at| char::from(b'a' + ((at * 7 + n * 13) % 26) as u8)).collect();
        let edits = (0..20).map(|at| {
            json!({"operation": "create", "collection": "milestones", "feature": {"type": "Feature", "geometry": null,
                "properties": {"site_collection": "clusters", "site_id": "c", "milestone": "founded", "decision": format!("{at} {text}")}}})
        });
        let body = json!({"edits": edits.collect::<Vec<_>>()}).to_string();
        server.post("/edits", "application/json", body.as_bytes())
    };
    let place = json!({"type": "MultiPolygon", "coordinates": [[[[105.6, 21.0], [105.61, 21.0], [105.61, 21.01], [105.6, 21.0]]]]});
    let cluster_of_all = json!({"type": "Feature", "id": "c", "geometry": place, "properties": {"name_vi": "Cụm"}});
    let made =
        server.post("/collections/clusters/items", "application/geo+json", cluster_of_all.to_string().as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
    let first = write(0);
    assert_eq!(first.status, 200, "{}", first.text());
    let count =
        |server: &Server| server.json("/collections/milestones/items?limit=1")["numberMatched"].as_u64().unwrap();
    let mut kept = 20;
    assert_eq!(count(&server), kept);
    std::fs::write(&flag, "").unwrap();
    // What still fits into pages that are there is written.
    let refused = (1..200).map(write).find(|answer| {
        kept += if answer.status == 200 { 20 } else { 0 };
        answer.status != 200
    });
    let refused = refused.unwrap();
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert!(refused.text().contains("no room left") && refused.text().contains("nothing of it was written"));
    assert_eq!(count(&server), kept, "all or nothing, and reading goes on");
    assert_eq!(server.get("/readyz").status, 200);
    std::fs::remove_file(&flag).unwrap();
    let again = write(500);
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(count(&server), kept + 20);
}
