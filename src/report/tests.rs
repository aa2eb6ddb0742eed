//! Reports of a few sites, each number counted by hand.
#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;

use super::*;
use crate::compliance::site::{AdminUnits, ViolationFacts, ViolationStatus};
use crate::compliance::{RowRef, assess_site};
use crate::dossier::Language;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn row(collection: &str, id: &str) -> RowRef {
    RowRef { collection: collection.to_owned(), id: id.to_owned(), ..RowRef::default() }
}

/// A site of which nothing is on record, so that all of it is unknown.
fn bare(kind: SiteCollection, id: &str, district: Option<&str>) -> SiteFacts {
    SiteFacts {
        name: Some(format!("Địa điểm {id}")),
        units: AdminUnits { district_legacy: district.map(str::to_owned), ..AdminUnits::default() },
        ..SiteFacts::new(kind, row(kind.as_str(), id))
    }
}

/// The same with a violation that was found on a day and is open ever since, which breaches a core rule.
fn violating(site: SiteFacts, since: &str) -> SiteFacts {
    let violation = ViolationFacts {
        row: row("violations", "v"),
        status: Some(ViolationStatus::Detected),
        opened_on: Some(day(since)),
        ..ViolationFacts::default()
    };
    SiteFacts { violations: vec![violation], ..site }
}

fn review(as_of: &str, sites: &[SiteFacts]) -> Review {
    let (standards, as_of) = (Standards::bundled().unwrap(), day(as_of));
    let sites = sites.iter().map(|facts| {
        let assessment = assess_site(&standards, facts, as_of).into();
        ((facts.collection, facts.row.id.clone()), ReviewedSite { facts: facts.clone().into(), assessment })
    });
    Review { as_of, sites: sites.collect() }
}

/// Of October 2026: cluster `a` was found violating on the 10th, `b` in August, village `v` never; `n` is new.
fn october(district: Option<&str>, by_district: bool) -> Report {
    let a = || bare(SiteCollection::Clusters, "a", Some("Quốc Oai"));
    let b = || violating(bare(SiteCollection::Clusters, "b", Some("Thạch Thất")), "2026-08-15");
    let v = || bare(SiteCollection::CraftVillages, "v", None);
    let n = || bare(SiteCollection::Clusters, "n", Some("Huyện Quốc Oai"));
    let now = review("2026-10-31", &[violating(a(), "2026-10-10"), b(), v(), n()]);
    let before = review("2026-09-30", &[a(), b(), v()]);
    let reviews = Reviews { now: &now, month_before: &before, quarter_before: &before };
    let district = district.map(|name| District { name: name.to_owned() });
    let (standards, month) = (Standards::bundled().unwrap(), "2026-10".parse().unwrap());
    report(&standards, month, reviews, district, by_district, day("2026-11-26"))
}

fn told(moves: &[Move]) -> Vec<(String, Option<Status>, Option<Status>)> {
    moves.iter().map(|moved| (moved.site.id.clone(), moved.from, moved.to)).collect()
}

#[test]
fn a_month_that_has_not_begun_has_no_report_and_one_that_runs_is_of_today() {
    let month = |text: &str| text.parse::<Month>().unwrap();
    let today = day("2026-11-26");
    assert_eq!(day_of(month("2026-12"), today), None);
    assert_eq!(day_of(month("2026-11"), today), Some(today));
    assert_eq!(day_of(month("2026-10"), today), Some(day("2026-10-31")));
    assert_eq!(day_of(month("2026-11"), day("2026-11-30")), Some(day("2026-11-30")));
}

#[test]
fn without_sites_every_form_of_a_report_is_still_made() {
    let none = review("2026-10-31", &[]);
    let reviews = Reviews { now: &none, month_before: &none, quarter_before: &none };
    let month = "2026-10".parse().unwrap();
    let empty = report(&Standards::bundled().unwrap(), month, reviews, None, true, day("2026-11-26"));
    assert_eq!((empty.sites, empty.moves.len(), empty.breaching.len()), (0, 0, 0));
    assert!(pdf(&empty, Language::Both, "0").unwrap().starts_with(b"%PDF"));
    assert!(workbook(&empty, Language::Both).unwrap().starts_with(b"PK"));
}

#[test]
fn statuses_are_counted_beside_those_of_the_month_before_and_unknown_is_a_count_of_its_own() {
    let report = october(None, false);
    let clusters = &report.kinds[0];
    // Not compliant, unknown, compliant, not applicable: a and b violate now, n is unknown; before, a was unknown.
    assert_eq!((clusters.now, clusters.before), ([2, 1, 0, 0], [1, 1, 0, 0]));
    assert_eq!((report.kinds[1].now, report.kinds[1].before), ([0, 1, 0, 0], [0, 1, 0, 0]));
    assert_eq!(report.sites, 4);
    let rule = report.rules.iter().find(|rule| rule.rule == "VIO-OPEN").unwrap();
    assert_eq!(rule.breached, 2);
    assert_eq!(rule.breached + rule.unknown + rule.met + rule.not_applicable, 4);
}

#[test]
fn a_site_that_changed_or_came_is_told_with_what_it_was_and_one_that_went_too() {
    let report = october(None, false);
    let (bad, open) = (Some(Status::NonCompliant), Some(Status::Unknown));
    assert_eq!(told(&report.moves), [("a".to_owned(), open, bad), ("n".to_owned(), None, open)]);
    let (now, before) = (review("2026-10-31", &[]), review("2026-09-30", &[bare(SiteCollection::Clusters, "x", None)]));
    assert_eq!(told(&moves(&before, &now)), [("x".to_owned(), open, None)]);
}

#[test]
fn a_district_is_found_however_it_is_written_and_what_lies_nowhere_is_left_out_and_said() {
    let report = october(Some("quoc oai"), false);
    assert_eq!((report.sites, report.unplaced), (2, 1), "a and n; the village names no district");
    assert_eq!(report.kinds[0].now, [1, 1, 0, 0]);
    assert_eq!(report.targets.iter().map(|target| target.tally.denominator()).max(), Some(2));
    let lines: String = sections(&report)[0].lines.iter().map(|line| line.en.clone()).collect();
    assert!(lines.contains("1 sites lie in no district on record"), "{lines}");
    // A commune's code asks for communes, of which none is on record.
    let commune = october(Some("09910"), false);
    assert_eq!((commune.sites, commune.unplaced), (0, 4));
}

#[test]
fn a_table_by_district_has_every_site_once_and_those_without_one_last() {
    let rows = october(None, true).districts.unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.name.as_deref()).collect();
    assert_eq!(names, [Some("Huyện Quốc Oai"), Some("Quốc Oai"), Some("Thạch Thất"), None]);
    let all: usize =
        rows.iter().map(|row| row.clusters.iter().sum::<usize>() + row.villages.iter().sum::<usize>()).sum();
    assert_eq!(all, 4);
}

#[test]
fn districts_stand_in_vietnamese_order() {
    let named = ["Ứng Hòa", "Đan Phượng", "Ba Vì", "Hà Đông", "Ba Đình"];
    let sites: Vec<_> = named.iter().map(|name| bare(SiteCollection::Clusters, name, Some(name))).collect();
    let names = district_names(&review("2026-10-31", &sites));
    assert_eq!(names, ["Ba Đình", "Ba Vì", "Đan Phượng", "Hà Đông", "Ứng Hòa"]);
}

#[test]
fn sites_that_do_not_comply_are_listed_with_the_core_rules_that_they_breach() {
    let report = october(None, false);
    let listed: Vec<_> = report.breaching.iter().map(|of| (of.site.id.as_str(), of.rules[0].0.as_str())).collect();
    assert_eq!(listed, [("a", "VIO-OPEN"), ("b", "VIO-OPEN")]);
}

#[test]
fn made_up_sites_are_said_before_the_first_number_and_real_ones_are_not() {
    let mut site = bare(SiteCollection::Clusters, "a", None);
    site.row.is_demo = true;
    let of = |site: SiteFacts| {
        let now = review("2026-10-31", &[site]);
        let reviews = Reviews { now: &now, month_before: &now, quarter_before: &now };
        report(&Standards::bundled().unwrap(), "2026-10".parse().unwrap(), reviews, None, false, day("2026-11-26"))
    };
    let preface = |report: &Report| sections(report)[0].lines.iter().map(|line| line.vi.clone()).collect::<String>();
    let (demo, real) = (of(site), of(bare(SiteCollection::Clusters, "a", None)));
    assert_eq!((demo.demo_sites, real.demo_sites), (1, 0));
    assert!(preface(&demo).contains("DỮ LIỆU MINH HỌA") && !preface(&real).contains("MINH HỌA"));
}

#[test]
fn the_pdf_can_be_read_back_in_each_language_and_equal_reports_are_equal_files() {
    let report = october(None, true);
    let text = |language| {
        let bytes = pdf(&report, language, "store").unwrap();
        let document = lopdf::Document::load_mem(&bytes).unwrap();
        let pages: Vec<u32> = document.get_pages().keys().copied().collect();
        document.extract_text(&pages).unwrap().replace('\n', " ")
    };
    let (vi, en, both) = (text(Language::Vi), text(Language::En), text(Language::Both));
    assert!(vi.contains("Báo cáo tháng 10/2026") && !vi.contains("Report of 2026-10"), "{vi}");
    assert!(en.contains("Report of 2026-10") && !en.contains("Báo cáo tháng"), "{en}");
    assert!(both.contains("Báo cáo tháng 10/2026") && both.contains("Report of 2026-10"));
    assert_eq!(pdf(&report, Language::Vi, "store").unwrap(), pdf(&report, Language::Vi, "store").unwrap());
}

#[test]
fn a_name_that_looks_like_markup_or_a_formula_is_a_text_in_every_form() {
    let name = "=1+1 #import \"x\" *<b>";
    let site =
        SiteFacts { name: Some(name.to_owned()), ..violating(bare(SiteCollection::Clusters, "a", None), "2026-10-01") };
    let now = review("2026-10-31", &[site]);
    let reviews = Reviews { now: &now, month_before: &now, quarter_before: &now };
    let report =
        report(&Standards::bundled().unwrap(), "2026-10".parse().unwrap(), reviews, None, false, day("2026-11-26"));
    let bytes = pdf(&report, Language::Vi, "store").unwrap();
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    assert!(document.extract_text(&pages).unwrap().replace('\n', "").contains("#import"));
    // Texts of a workbook stand in a table of their own; a formula would stand in an element f of a sheet.
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook(&report, Language::Vi).unwrap())).unwrap();
    let read =
        |archive: &mut zip::ZipArchive<_>, name: &str| std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
    assert!(read(&mut archive, "xl/sharedStrings.xml").contains("=1+1 #import"));
    let sheets: Vec<String> =
        archive.file_names().filter(|name| name.contains("worksheets/sheet")).map(str::to_owned).collect();
    assert_eq!(sheets.len(), sections(&report).len());
    assert!(sheets.iter().all(|name| !read(&mut archive, name).contains("<f>")));
    assert!(read(&mut archive, "xl/workbook.xml").contains("<sheet name=\"Mục tiêu của kế hoạch\""));
}
