//! The report of a month in all its forms, held against the answers whose numbers it repeats.

use serde_json::Value;

use crate::common::http::{get, get_with, json};
use crate::common::{READABLE, run};

/// A month that is over whenever the tests run.
const MONTH: &str = "/reports/2025-05";

fn total(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn months_that_are_none_or_have_not_begun_have_no_report_and_parameters_are_judged() {
    for missing in ["/reports/2025-13", "/reports/2025", "/reports/x", "/reports/9000-01"] {
        assert_eq!(get(missing).status, 404, "{missing}");
    }
    let faults = get(&format!("{MONTH}?district=Nowhere&by=street&lang=fr")).faults();
    assert_eq!(faults, ["district", "by", "lang"]);
    assert_eq!(get(&format!("{MONTH}?as-of=2025-05-01")).faults(), ["as-of"]);
    assert_eq!(get(&format!("{MONTH}?f=csv")).faults(), ["f"]);
    assert_eq!(get("/reports?month=soon").faults(), ["month"]);
}

#[test]
fn the_numbers_are_those_of_targets_duties_and_outcomes_of_the_last_day() {
    let report = json(MONTH);
    assert_eq!((&report["as_of"], &report["is_running"]), (&"2025-05-31".into(), &false.into()));
    assert_eq!(report["targets"], json("/compliance/targets?as-of=2025-05-31"));
    let duties = json("/compliance/duties?as-of=2025-05-31");
    for (counted, duty) in report["duties"].as_array().unwrap().iter().zip(duties.as_array().unwrap()) {
        let items = duty["items"].as_array().unwrap();
        let certain = items.iter().filter(|item| item["certain"] == true).count();
        assert_eq!(counted["code"], duty["code"]);
        assert_eq!((&counted["undone"], &counted["unknown"]), (&certain.into(), &(items.len() - certain).into()));
    }
    for kind in report["statuses"].as_array().unwrap() {
        let collection = kind["collection"].as_str().unwrap();
        for (status, count) in kind["now"].as_object().unwrap() {
            let items =
                json(&format!("/collections/{collection}/items?as-of=2025-05-31&limit=1&compliance_status={status}"));
            assert_eq!(&items["numberMatched"], count, "{collection} {status}");
        }
        let all = json(&format!("/collections/{collection}/items?as-of=2025-05-31&limit=1"));
        assert_eq!(all["numberMatched"], total(&kind["now"]));
    }
    let non_compliant: u64 =
        report["statuses"].as_array().unwrap().iter().map(|kind| kind["now"]["non_compliant"].as_u64().unwrap()).sum();
    assert_eq!(report["breaching"].as_array().unwrap().len() as u64, non_compliant);
    assert!(report["demo_sites"].as_u64().unwrap() > 0, "the sample is marked");
}

#[test]
fn districts_together_are_the_city_and_one_of_them_alone_has_its_own_line() {
    let report = json(&format!("{MONTH}?by=district"));
    let districts = report["districts"].as_array().unwrap();
    let sum: u64 = districts.iter().map(|of| total(&of["clusters"]) + total(&of["craft_villages"])).sum();
    assert_eq!(report["sites"], sum);
    let first = districts.iter().find(|of| of["district"].is_string()).unwrap();
    let name: String = form_urlencoded::byte_serialize(first["district"].as_str().unwrap().as_bytes()).collect();
    let alone = json(&format!("{MONTH}?district={name}"));
    assert_eq!(alone["sites"], total(&first["clusters"]) + total(&first["craft_villages"]));
    assert_eq!(alone["district"], first["district"]);
    let summary = json(&format!("/compliance/summary?as-of=2025-05-31&district={name}"));
    assert_eq!(summary["statuses"], alone["statuses"], "the same numbers of any day");
}

#[test]
fn every_form_is_what_it_says_and_is_known_again() {
    for (form, media_type, begins) in [
        ("pdf", "application/pdf", &b"%PDF"[..]),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ] {
        let answer = get(&format!("{MONTH}?f={form}&lang=vi"));
        assert_eq!((answer.status, answer.media_type()), (200, media_type));
        assert!(answer.body.starts_with(begins));
        assert_eq!(
            answer.header("content-disposition"),
            Some(format!("inline; filename=\"bao-cao-2025-05.{form}\"").as_str())
        );
    }
    let page = get(&format!("{MONTH}?f=html&by=district"));
    let text = page.text();
    assert!(text.contains("Báo cáo tháng 05/2025") && text.contains("Report of 2025-05"));
    assert!(text.contains("Dữ liệu minh họa / demo data") && text.contains("id=\"districts\""));
    let etag = page.header("etag").unwrap();
    let again = get_with(&format!("{MONTH}?f=html&by=district"), &[("If-None-Match", etag)]);
    assert_eq!(again.status, 304);
}

#[test]
fn a_form_is_led_to_the_month_that_it_names_and_a_list_names_them() {
    let led = get("/reports?f=html&month=2025-05&district=&by=district");
    assert_eq!(led.status, 303);
    let there = format!("{}/reports/2025-05?f=html&by=district", READABLE.server.url);
    assert_eq!(led.header("location"), Some(there.as_str()));
    let list = json("/reports");
    let months = list["reports"].as_array().unwrap();
    assert!(months.len() > 12 && months[0]["month"].as_str().unwrap() > months[1]["month"].as_str().unwrap());
    assert_eq!(get("/reports?f=html").status, 200);
}

#[test]
fn the_command_writes_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let store = READABLE.store.to_str().unwrap();
    let printed = run(&["report", "2025-05", "--store", store]);
    assert!(printed.status.success());
    let mut printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut served = json(MONTH);
    printed["links"] = Value::Null;
    served["links"] = Value::Null;
    assert_eq!(printed, served);
    let out = folder.path().join("r.pdf");
    assert!(run(&["report", "2025-05", "--store", store, "--out", out.to_str().unwrap()]).status.success());
    assert!(std::fs::read(&out).unwrap().starts_with(b"%PDF"));
    for wrong in [
        &["report", "2025-13"][..],
        &["report", "2025-05", "--out", "r.docx"],
        &["report", "2025-05", "--district", "Nowhere"],
        &["report", "9000-01"],
    ] {
        assert!(!run(&[wrong, &["--store", store]].concat()).status.success(), "{wrong:?}");
    }
}

#[test]
fn a_summary_tells_which_sites_changed_since_a_day_and_none_since_the_same() {
    assert_eq!(get("/compliance/summary?since=yesterday").faults(), ["since"]);
    let same = json("/compliance/summary?as-of=2025-05-31&since=2025-05-31");
    assert!(same["changes"].as_array().unwrap().is_empty());
    let since = json("/compliance/summary?as-of=2025-05-31&since=2023-06-30");
    assert_eq!(since["compared_with"]["month_before"], "2023-06-30");
    let changes = since["changes"].as_array().unwrap();
    assert!(!changes.is_empty());
    for change in changes.iter().take(5) {
        let (collection, id) = (change["site"]["collection"].as_str().unwrap(), change["site"]["id"].as_str().unwrap());
        let status = |day: &str| json(&format!("/compliance/{collection}/{id}?as-of={day}"))["status"].clone();
        assert_eq!((&change["from"], &change["to"]), (&status("2023-06-30"), &status("2025-05-31")), "{change}");
    }
}
