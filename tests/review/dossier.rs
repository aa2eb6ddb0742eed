//! Dossiers of plans over HTTP, and `langxanh review --pdf`.

use crate::common::http::{get, get_with, href, json};
use crate::common::{run, sample_store, succeed};

const PLAN: &str = "quat-dong-thuong-tin-plan-1";

fn address(parameters: &str) -> String {
    format!("/plans/{PLAN}/review?f=pdf{parameters}")
}

#[test]
fn every_fault_of_what_is_wanted_is_named() {
    assert_eq!(get(&address("&sheet=a4&scale=700&lang=fr")).faults(), ["sheet", "scale", "lang"]);
    assert_eq!(get(&address("&dpi=300")).faults(), ["dpi"]);
    // What is said of paper means nothing to JSON.
    assert_eq!(get(&format!("/plans/{PLAN}/review?f=json&sheet=a3")).faults(), ["sheet"]);
    assert_eq!(get("/plans/nothing/review?f=pdf").status, 404);
}

#[test]
fn a_dossier_is_a_pdf_with_a_name_that_comes_in_ranges_and_stays_the_same() {
    let whole = get(&address(""));
    assert_eq!((whole.status, whole.media_type()), (200, "application/pdf"));
    assert!(whole.body.starts_with(b"%PDF-1.") && whole.body.trim_ascii_end().ends_with(b"%%EOF"));
    let name = whole.header("content-disposition").unwrap();
    assert!(name.contains(PLAN) && name.contains(".pdf"), "{name}");
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let part = get_with(&address(""), &[("Range", "bytes=0-7")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[..8]));
    let etag = whole.header("etag").unwrap();
    assert_eq!(get_with(&address(""), &[("If-None-Match", etag)]).status, 304);
    assert!(get(&address("")).body == whole.body);
    assert_ne!(get(&address("&lang=vi")).body, whole.body);
}

#[test]
fn the_review_links_to_its_dossier_and_the_definition_knows_its_parameters() {
    let review = json(&format!("/plans/{PLAN}/review"));
    let links = review["links"].as_array().unwrap();
    assert!(links.iter().any(|link| link["type"] == "application/pdf"), "{links:?}");
    assert!(href(&review, "alternate").is_some());
    let parameters = json("/api")["paths"]["/plans/{planId}/review"]["get"]["parameters"].to_string();
    for name in ["sheet", "scale", "lang"] {
        assert!(parameters.contains(&format!("\"name\":\"{name}\"")), "{name} in {parameters}");
    }
}

#[test]
fn the_command_prints_a_dossier_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let (store, out) = (store.to_str().unwrap(), folder.path().join("ho_so.pdf"));
    let command = ["review", "--store", store, PLAN, "--pdf", out.to_str().unwrap()];
    succeed(&[&command[..], &["--sheet", "a1", "--scale", "1000", "--lang", "vi"]].concat());
    assert!(std::fs::read(&out).unwrap().starts_with(b"%PDF-1."));
    let refused = run(&[&command[..], &["--scale", "700"]].concat());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("700") && told.contains("2000"), "{told}");
}
