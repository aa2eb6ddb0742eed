//! What fuzzing has found to reach something new is tried again, without cargo-fuzz. See tests/fuzz/README.md.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

#[path = "fuzz/checks/cql2.rs"]
mod cql2;
#[path = "fuzz/checks/parameters.rs"]
mod parameters;
#[path = "fuzz/checks/tile.rs"]
mod tile;

/// More files than this do not belong into the repository.
const MOST: usize = 100;

/// Runs a check on every file of a corpus, on a stack like that of the service's threads.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!((1..=MOST).contains(&files.len()), "{} files of {target}", files.len());
    let run = move || {
        for file in files {
            let data = std::fs::read(&file).unwrap();
            let tried = std::panic::catch_unwind(|| check(&data));
            assert!(tried.is_ok(), "{}", file.display());
        }
    };
    std::thread::Builder::new().stack_size(langxanh::filter::STACK).spawn(run).unwrap().join().unwrap();
}

#[test]
fn filters_of_the_corpus_are_read_printed_and_evaluated() {
    replay("cql2", cql2::check);
}

#[test]
fn query_strings_of_the_corpus_are_answered_or_refused() {
    replay("parameters", parameters::check);
}

#[test]
fn geometries_of_the_corpus_make_tiles_that_read_back() {
    replay("tile", tile::check);
}
