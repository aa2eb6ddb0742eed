//! The command line over large tables of a database: rows are written while they are read.

use std::path::Path;
use std::process::Command;

use langxanh::domain::{DataType, FeatureId, Field, Value};
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

use super::common::{self, rows};
use super::postgres::Database;

/// Adds a table of so many rows of half a kilobyte each.
fn add(store: &dyn Store, name: &str, count: usize) {
    let table =
        rows::table(name, None, vec![Field::plain("owner", DataType::Text), Field::plain("n", DataType::Integer)]);
    let row = |n: usize| {
        let id = Some(FeatureId::parse(&format!("{name}-{n}")).unwrap());
        let values = vec![format!("{n:06} {}", "đất ".repeat(100)).into(), Value::Integer(n as i64)];
        Ok(Draft { id, values, shape: None })
    };
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    store.apply(Change { collection: &table, mode: Mode::Append, drafts: &mut (0..count).map(row), origin }).unwrap();
}

/// Runs a command; gives the lines of its file, what it said, and the most memory that it took, in kilobytes.
fn run(args: &[&str], file: &Path) -> (Option<Vec<String>>, String, u64) {
    let time = "/usr/bin/time";
    let output = Command::new(time).args(["-f", "%M"]).arg(common::langxanh(&[]).get_program()).args(args).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = std::fs::read_to_string(file).ok().map(|text| text.lines().map(str::to_owned).collect());
    let memory = said.lines().last().and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{said}"));
    (lines, said, memory)
}

#[test]
fn what_exporting_and_assessing_hold_does_not_grow_with_a_table() {
    if !Path::new("/usr/bin/time").exists() {
        return common::skipped("no /usr/bin/time: the memory of a command cannot be measured");
    }
    let Some(database) = Database::with_store() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = PostgisStore::open(&database.url).unwrap();
    const MANY: usize = 60_000;
    add(&store, "few", 100);
    let assess = || run(&["assess", "--store", &database.url], folder.path());
    let (_, said, small) = assess();
    add(&store, "many", MANY);
    let (_, said_later, large) = assess();
    // The rows alone are 40 MB, and what is published of them is as much again.
    assert!(large < small + 20_000, "{small} kB, with a large table {large} kB: {said}{said_later}");
    let export = |table: &str, name: &str, more: &[&str]| {
        let file = folder.path().join(name);
        let args = [&["export", table, file.to_str().unwrap(), "--store", &database.url][..], more].concat();
        run(&args, &file)
    };
    let (few, said, small) = export("few", "few.csv", &[]);
    assert_eq!(few.unwrap().len(), 101, "{said}");
    let (many, said, large) = export("many", "many.csv", &[]);
    let many = many.unwrap();
    assert_eq!((many.len(), many[MANY].split(',').next()), (MANY + 1, Some("many-59999")), "{said}");
    assert!(large < small + 20_000, "{small} kB for few, {large} kB for many");
    // A filter is asked for some rows at a time, in their order.
    let (found, said, large) =
        export("many", "found.csv", &["--filter", "n >= 995 AND n < 39000 AND owner LIKE '%9 %'"]);
    let found = found.unwrap();
    // Of 995 to 38,999 those that end in 9: 999, 1009, …, 38999.
    assert_eq!((found.len() - 1, &found[1][..8], &found[3_801][..10]), (3_801, "many-999", "many-38999"), "{said}");
    assert!(large < small + 20_000, "{small} kB for few, {large} kB by a filter");
}

#[test]
fn a_table_that_cannot_be_read_to_its_end_leaves_no_file() {
    let Some(database) = Database::with_store() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = PostgisStore::open(&database.url).unwrap();
    add(&store, "many", 6_000);
    database.query("UPDATE many SET id = 'no id' WHERE n = 5_500".replace('_', "").as_str());
    let file = folder.path().join("many.csv");
    let args = ["export", "many", file.to_str().unwrap(), "--store", &database.url];
    let output = common::langxanh(&args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("no id"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something is left of it");
    // What is wrong with a file is said at once, and the reading of rows ends with it.
    let output = common::langxanh(&["export", "many", "/no/such/folder/many.csv", "--store", &database.url]).output();
    assert!(!output.unwrap().status.success());
}
