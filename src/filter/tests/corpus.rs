//! The standard's own examples and predicates (OGC 21-065r2, annex A).

use std::collections::BTreeMap;

use super::super::{Language, parse};
use super::{Table, print, shared};
use crate::store::Store;
use crate::store::gpkg::GpkgStore;

/// Counts that the standard gives and its own data contradicts, with the counts that its data gives: three names begin
/// with "Ch" (Chengdu, Chicago, Chișinău), one with "Chiș".
const DISPUTED: [(&str, usize); 3] = [
    ("ACCENTI(name) LIKE accenti('Ch%')", 3),
    ("ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))", 1),
    ("ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))", 1),
];

/// Every layer of the standard's dataset.
pub(super) fn tables() -> Option<BTreeMap<String, Table>> {
    let file = shared("conformance/cql2/data/ne110m4cql2.gpkg")?;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ne.gpkg");
    std::fs::copy(file, &copy).unwrap();
    let store = GpkgStore::open(&copy).unwrap();
    let mut tables = BTreeMap::new();
    for collection in store.collections().unwrap() {
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        store
            .scan(&collection, &mut |row| {
                rows.push(row.values);
                places.push(row.shape.map(|shape| shape.geometry));
                Ok(())
            })
            .unwrap();
        tables.insert(collection.id.clone(), Table::new(collection, &rows, places));
    }
    Some(tables)
}

#[test]
fn every_predicate_of_the_standard_matches_as_many_rows_as_it_says() {
    let Some(predicates) = shared("conformance/cql2/test-data-predicates.tsv") else { return };
    let Some(tables) = tables() else { return };
    let mut faults = Vec::new();
    let predicates = std::fs::read_to_string(predicates).unwrap();
    for line in predicates.lines().skip(1) {
        let [_, _, layer, predicate, count] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line}") };
        let disputed = DISPUTED.iter().find(|(known, _)| *known == predicate);
        let wanted = disputed.map_or_else(|| count.parse().unwrap(), |(_, count)| *count);
        let table = &tables[layer];
        match table.filter(predicate) {
            Err(e) => faults.push(format!("{predicate}: {e}")),
            Ok(_) => {
                let found = table.matching(predicate).len();
                if found != wanted {
                    faults.push(format!("{predicate}: {found} instead of {wanted}"));
                }
                // The same filter in the other encoding.
                let json = print::json(&parse(predicate, Language::Text).unwrap()).to_string();
                assert_eq!(table.matching(&json).len(), found, "{json}");
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(predicates.lines().count(), 352);
}

#[test]
fn every_example_of_the_standard_reads_the_same_in_both_encodings() {
    let Some(folder) = shared("conformance/cql2/examples") else { return };
    let mut texts = 0;
    for entry in std::fs::read_dir(folder.join("text")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|ending| ending != "txt") {
            continue;
        }
        texts += 1;
        let stem = name.split("-alt").next().unwrap();
        let source = std::fs::read_to_string(&path).unwrap();
        let tree = parse(&source, Language::Text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let json = std::fs::read_to_string(folder.join("json").join(format!("{stem}.json"))).unwrap();
        assert_eq!(parse(&json, Language::Json).unwrap_or_else(|e| panic!("{stem}.json: {e}")), tree, "{name}");
        assert_eq!(parse(&print::text(&tree), Language::Text).unwrap(), tree, "{name} printed as text");
        assert_eq!(parse(&print::json(&tree).to_string(), Language::Json).unwrap(), tree, "{name} printed as JSON");
    }
    assert!(texts >= 119, "{texts} texts");
    for entry in std::fs::read_dir(folder.join("json")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let source = std::fs::read_to_string(&path).unwrap();
            parse(&source, Language::Json).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}
