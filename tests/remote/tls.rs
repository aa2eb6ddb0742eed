//! TLS between the service and a database that shows a certificate of a test's own authority.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use langxanh::store::postgis::PostgisStore;

use super::common;
use super::postgres::Server;

/// Runs openssl in a folder.
fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";

#[test]
fn a_database_is_believed_that_proves_its_name_and_no_other() {
    if Command::new("openssl").arg("version").output().is_err() {
        common::skipped("no openssl: no certificates could be made");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The user of the server reads it.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    for authority in ["right", "wrong"] {
        openssl(
            folder.path(),
            &format!("req -x509 {KEY} -keyout {authority}.key -out {authority}.pem -subj /CN={authority}"),
        );
    }
    let signed = "-CA right.pem -CAkey right.key -keyout server.key -out server.pem -subj /CN=database";
    let named = "-addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
    openssl(folder.path(), &format!("req -x509 {KEY} {signed} {named}"));
    std::fs::set_permissions(folder.path().join("server.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lines = format!(
        "install -m 600 '{0}/server.key' '{0}/server.pem' data && export PGPORT={port} &&
         printf \"ssl = on\\nssl_key_file = 'server.key'\\nssl_cert_file = 'server.pem'\\n\" >>data/postgresql.conf &&
         listen=127.0.0.1",
        folder.path().display()
    );
    let Some(_server) = Server::prepared(false, &lines) else { return };
    let address = |host: &str, mode: &str, authority: &str| {
        let roots = folder.path().join(format!("{authority}.pem"));
        format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={}", roots.display())
    };
    let refused = |host: &str, mode: &str, authority: &str| {
        let outcome = PostgisStore::is_there(&address(host, mode, authority));
        let reason = outcome.err().unwrap_or_else(|| panic!("{host} {mode} {authority}")).to_string();
        assert!(reason.contains("cannot be reached"), "{reason}");
        reason.to_lowercase()
    };
    // The right authority and the right name.
    assert_eq!(PostgisStore::is_there(&address("localhost", "verify-full", "right")).ok(), Some(false));
    assert!(refused("localhost", "verify-full", "wrong").contains("unknownissuer"));
    let named = refused("127.0.0.1", "verify-full", "right");
    assert!(named.contains("not valid for name") || named.contains("notvalidforname"), "{named}");
    // Who only requires that nobody listens believes whoever answers.
    assert_eq!(PostgisStore::is_there(&address("127.0.0.1", "require", "wrong")).ok(), Some(false));
    let plain = address("127.0.0.1", "disable", "right");
    super::postgres::query(plain.split('?').next().unwrap(), "ALTER SYSTEM SET ssl = off");
    super::postgres::query(plain.split('?').next().unwrap(), "SELECT pg_reload_conf()");
    std::thread::sleep(std::time::Duration::from_millis(500));
    for mode in ["verify-full", "require"] {
        let reason = refused("localhost", mode, "right");
        assert!(reason.contains("tls"), "{reason}");
    }
    assert_eq!(PostgisStore::is_there(&address("localhost", "prefer", "right")).ok(), Some(false));
}
