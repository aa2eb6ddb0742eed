//! The chain over all changes: recomputed by another program, and every way of tampering that is found.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{open_service, patch, run, sql};
use crate::common::skipped;

/// A store with a history, at rest, and its exported chain.
fn with_history() -> (tempfile::TempDir, PathBuf) {
    let (folder, store, server) = open_service();
    let ids = super::first_ids(&server, "clusters", 3);
    for (id, name) in ids.iter().zip(["Một \"hai\"", "Hai\nba", "🏭"]) {
        assert_eq!(patch(&server, "clusters", id, "name_vi", json!(name)).status, 204);
    }
    let signed =
        super::send(&server, "POST", "/quarters/2025-Q4/sign-off", "application/json", "{\"message\": \"đủ\"}");
    assert_eq!(signed.status, 200, "{}", signed.text());
    sql(&store, "UPDATE craft_villages SET name_vi = name_vi || ' *' WHERE rowid < 4");
    let head = || {
        let chain = crate::common::http::body(&server.get("/changes/audit"));
        let last = String::from_utf8(chain).unwrap().lines().last().unwrap().to_owned();
        serde_json::from_str::<Value>(&last).unwrap()
    };
    super::until("all is sealed", || head()["pending"] == 0);
    let over_http = crate::common::http::body(&server.get("/changes/audit"));
    drop(server);
    let written = run(&store, &["audit"]).unwrap();
    assert_eq!(String::from_utf8(over_http).unwrap(), written, "the same chain on both ways");
    std::fs::write(folder.path().join("chain.ndjson"), written).unwrap();
    (folder, store)
}

fn head(folder: &Path) -> String {
    let chain = std::fs::read_to_string(folder.join("chain.ndjson")).unwrap();
    let head: Value = serde_json::from_str(chain.lines().last().unwrap()).unwrap();
    format!("{}:{}", head["seq"], head["hash"].as_str().unwrap())
}

/// The standard library of Python recomputes everything.
fn by_python(arguments: &[&Path]) -> Option<Result<String, String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/history/verify_chain.py");
    let Ok(output) = Command::new("python3").arg(script).args(arguments).output() else {
        skipped("no python3");
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

#[test]
fn another_program_recomputes_the_chain_with_sha256_alone_and_finds_the_registers_as_sealed() {
    let (folder, store) = with_history();
    let chain = folder.path().join("chain.ndjson");
    let verified = run(&store, &["audit", "--verify", "--head", &head(folder.path())]).unwrap();
    assert!(verified.starts_with(&head(folder.path())), "{verified}");
    let Some(told) = by_python(&[&chain, &store]) else { return };
    let told: Value = serde_json::from_str(&told.unwrap()).unwrap();
    assert_eq!(format!("{}:{}", told["seq"], told["hash"].as_str().unwrap()), head(folder.path()));
    assert!(told["rows"].as_i64().unwrap() > 1000, "{told}");
    // It sees what is wrong too.
    let text = std::fs::read_to_string(&chain).unwrap();
    std::fs::write(&chain, text.replace("Hai\\\\nba", "Hai\\\\nbốn")).unwrap();
    let altered = by_python(&[&chain]).unwrap();
    assert!(altered.is_err() || !text.contains("Hai\\\\nba"));
    let cut = text.lines().count() - 4;
    std::fs::write(&chain, text.lines().take(cut).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    assert!(by_python(&[&chain]).unwrap().is_err(), "a chain without its end was taken");
}

#[test]
fn whoever_tampers_with_the_past_or_with_a_register_is_found() {
    let (folder, store) = with_history();
    let known = head(folder.path());
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'langxanh_*'";
    let attacks: [(&str, &str, &str); 13] = [
        (
            "a value of before",
            "UPDATE langxanh_history SET before_values = replace(before_values, 'a', 'b') WHERE operation = 'update'",
            "is not as it was sealed",
        ),
        (
            "a place of before",
            "UPDATE langxanh_history SET before_geom = x'00' WHERE operation = 'update'",
            "is not as it was sealed",
        ),
        ("who", "UPDATE langxanh_changes SET who = 'somebody else' WHERE change_id = 3", "is not as it was sealed"),
        (
            "when",
            "UPDATE langxanh_changes SET at = '2020-01-01T00:00:00.000Z' WHERE change_id = 3",
            "is not as it was sealed",
        ),
        ("why", "UPDATE langxanh_changes SET why = 'x' WHERE change_id = 3", "is not as it was sealed"),
        (
            "a state of after",
            "UPDATE langxanh_history SET after = x'00' WHERE change_id = 3",
            "is not as it was sealed",
        ),
        (
            "a hash",
            "UPDATE langxanh_chain SET hash = lower(hex(randomblob(32))) WHERE seq = 4",
            "is not as it was sealed",
        ),
        (
            "a whole change",
            "DELETE FROM langxanh_history WHERE change_id = 3; DELETE FROM langxanh_changes WHERE change_id = 3",
            "is not there any more",
        ),
        ("a change with its link", "DELETE FROM langxanh_chain WHERE seq = 4", "not there any more"),
        (
            "the newest change with its link",
            "DELETE FROM langxanh_history WHERE change_id = (SELECT max(change_id) FROM langxanh_changes);
          DELETE FROM langxanh_changes WHERE change_id = (SELECT max(change_id) FROM langxanh_changes);
          DELETE FROM langxanh_chain WHERE seq = (SELECT max(seq) FROM langxanh_chain)",
            "is not in the chain",
        ),
        ("figures that were signed", "UPDATE langxanh_quarters SET figures = '{}'", "is not as it was sealed"),
        (
            "a row, with triggers off",
            "UPDATE clusters SET status = 'planned' WHERE rowid = 2",
            "is not as the last change left it",
        ),
        (
            "a row slipped in, with triggers off",
            "INSERT INTO violations (id, site_id, violation_kind) VALUES ('slipped', 'x', 'land_use')",
            "no change wrote it",
        ),
    ];
    for (what, attack, told) in attacks {
        let copy = folder.path().join("copy.gpkg");
        std::fs::copy(&store, &copy).unwrap();
        let connection = rusqlite::Connection::open(&copy).unwrap();
        let names: Vec<String> = connection
            .prepare(triggers)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let rtrees = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'rtree_*'";
        let rtrees: Vec<String> =
            connection.prepare(rtrees).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        for name in names.iter().chain(&rtrees) {
            connection.execute_batch(&format!("DROP TRIGGER \"{name}\"")).unwrap();
        }
        connection.execute_batch(attack).unwrap();
        drop(connection);
        let fault = run(&copy, &["audit", "--verify", "--head", &known]).expect_err(what);
        assert!(fault.contains(told), "{what}: {fault}");
    }
    let row_gone = folder.path().join("copy.gpkg");
    std::fs::copy(&store, &row_gone).unwrap();
    let connection = rusqlite::Connection::open(&row_gone).unwrap();
    connection
        .execute_batch("DROP TRIGGER langxanh_history_milestones_delete; DELETE FROM milestones WHERE rowid = 2")
        .unwrap();
    drop(connection);
    assert!(run(&row_gone, &["audit", "--verify"]).unwrap_err().contains("no change deleted it"));
}

#[test]
fn a_store_of_the_third_version_gets_its_chain_and_is_told_what_was_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    let connection = rusqlite::Connection::open(&store).unwrap();
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'langxanh_history_*'";
    let triggers: Vec<String> =
        connection.prepare(triggers).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for name in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection
        .execute_batch(
            "DROP TABLE langxanh_chain; DROP TABLE langxanh_baseline; DROP TABLE langxanh_quarters; DROP TABLE langxanh_replaced;
             DROP INDEX langxanh_changes_batch; DROP INDEX langxanh_history_by_change;
             ALTER TABLE langxanh_changes DROP COLUMN why; ALTER TABLE langxanh_changes DROP COLUMN batch;
             ALTER TABLE langxanh_history DROP COLUMN after;
             DELETE FROM langxanh_history WHERE collection = 'violations';
             UPDATE langxanh_meta SET value = 3 WHERE key = 'schema_version'",
        )
        .unwrap();
    drop(connection);
    run(&store, &["assess"]).unwrap();
    let output = crate::common::run(&["audit", "--verify", "--store", store.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && told.contains("older than the chain"), "{told}");
    // Rows of which the history knew nothing are in the chain from now on.
    let connection = rusqlite::Connection::open(&store).unwrap();
    let baseline: i64 = connection.query_row("SELECT count(*) FROM langxanh_baseline", [], |row| row.get(0)).unwrap();
    let violations: i64 = connection.query_row("SELECT count(*) FROM violations", [], |row| row.get(0)).unwrap();
    assert!(violations > 0 && baseline == violations, "{baseline} of {violations}");
}
