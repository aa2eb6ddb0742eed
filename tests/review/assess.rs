//! `langxanh assess`.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::common::{run, sample_store};

fn assess(store: &Path, arguments: &[&str]) -> Output {
    run(&[&["assess", "--store", store.to_str().unwrap()], arguments].concat())
}

/// The error of a command that must fail, in one sentence and without a result.
fn refusal(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_store_that_cannot_be_read_fails_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refusal(&assess(&folder.path().join("nowhere.gpkg"), &[])).contains("nowhere.gpkg"));
    let broken = folder.path().join("broken.gpkg");
    std::fs::write(&broken, b"no store").unwrap();
    assert!(refusal(&assess(&broken, &[])).contains("broken.gpkg"));
}

#[test]
fn a_row_that_cannot_be_read_fails_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let sql = "UPDATE infrastructure_items SET built_pct = 'a lot' WHERE fid = 7";
    rusqlite::Connection::open(&store).unwrap().execute_batch(sql).unwrap();
    let said = refusal(&assess(&store, &[]));
    assert!(said.contains("infrastructure_items") && said.contains('7') && said.contains("built_pct"), "{said}");
}

#[test]
fn a_day_that_is_none_and_a_format_that_is_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    assert!(refusal(&assess(&store, &["--as-of", "2025-02-30"])).contains("2025-02-30"));
    assert!(refusal(&assess(&store, &["--format", "pdf"])).contains("pdf"));
}

#[test]
fn breaches_are_a_result_and_rows_without_their_site_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let sql = "INSERT INTO milestones (id, site_id, milestone) VALUES ('lost', 'nowhere', 'founded')";
    rusqlite::Connection::open(&store).unwrap().execute_batch(sql).unwrap();
    let output = assess(&store, &["--as-of", "2023-12-31", "--format", "json"]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("milestones/lost"));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["as_of"], "2023-12-31");
    assert!(document["status"]["clusters"]["non_compliant"].as_u64().unwrap() > 0);
    let counts = document["status"]["craft_villages"].as_object().unwrap().values();
    assert_eq!(counts.map(|count| count.as_u64().unwrap()).sum::<u64>(), 182);
    let t2 = &document["targets"][1];
    assert_eq!((&t2["code"], &t2["numerator"], &t2["goal"]["min"].as_f64()), (&"T2".into(), &3.into(), &Some(10.0)));
}

#[test]
fn the_table_and_the_csv_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let text = |format: &str| {
        let output = assess(&store, &["--as-of", "2023-12-31", "--format", format]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let (table, csv) = (text("table"), text("csv"));
    let plain = assess(&store, &["--as-of", "2023-12-31"]);
    assert_eq!(String::from_utf8(plain.stdout).unwrap(), table, "the table is the default");
    for code in ["T1", "T2", "T3", "T4", "T5"] {
        let row = csv.lines().find(|line| line.starts_with(&format!("target,{code},"))).unwrap();
        let row =
            csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes()).records().next().unwrap().unwrap();
        let line = table.lines().find(|line| line.starts_with(code)).unwrap();
        let mut words = line.split_whitespace().skip(1);
        assert_eq!((words.next(), words.next(), words.next()), (row.get(7), row.get(8), row.get(9)), "{line}");
    }
    assert!(table.contains("Không đạt / Non-compliant"));
}
