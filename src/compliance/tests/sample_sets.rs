//! Sample sets against their limits: verdicts, ratios, and when a set is met, breached or unknown.

use super::super::Verdict;
use super::super::effluent::{Premises, SampleSetAssessment, assess_sample_set, worst};
use super::*;

fn assess(point: &DischargePoint, rows: &[Sample]) -> SampleSetAssessment {
    assess_sample_set(&standards(), point, day("2025-05-01"), rows)
}

fn assess_rows(rows: &[(&str, &str, &str)]) -> SampleSetAssessment {
    let rows: Vec<_> = rows.iter().map(|(code, value, unit)| sample(code, value, unit, "2025-05-01")).collect();
    assess(&discharge_point(), &rows)
}

fn verdict(code: &str, value: &str, unit: &str) -> Verdict {
    assess_rows(&[(code, value, unit)]).parameters[0].verdict
}

#[test]
fn an_empty_set_is_unknown_and_says_what_was_not_measured() {
    let found = assess_rows(&[]);
    assert_eq!(found.outcome, Outcome::Unknown);
    assert_eq!(found.not_measured, ["ph", "cod"]);
}

#[test]
fn a_clean_set_is_unknown_without_the_permits_list_of_parameters() {
    let rows = [sample("ph", "7", "-", "2025-05-01"), sample("cod", "90", "mg/l", "2025-05-01")];
    for list in [None, Some(Vec::new())] {
        let found = assess(&DischargePoint { permit_parameters: list, ..discharge_point() }, &rows);
        assert_eq!(found.outcome, Outcome::Unknown);
        assert!(!found.permit_parameters_known);
    }
}

#[test]
fn a_failing_parameter_breaches_whatever_else_is_missing() {
    let rows = [sample("cod", "150,01", "mg/l", "2025-05-01")];
    let found = assess(&DischargePoint { permit_parameters: None, ..discharge_point() }, &rows);
    assert_eq!(found.outcome, Outcome::Breached);
}

#[test]
fn a_missing_parameter_keeps_a_set_from_being_met() {
    let found = assess_rows(&[("cod", "90", "mg/l")]);
    assert_eq!((found.outcome, found.not_measured), (Outcome::Unknown, vec!["ph".to_owned()]));
}

#[test]
fn a_set_is_met_when_every_parameter_of_the_permit_passes() {
    assert_eq!(assess_rows(&[("ph", "7,2", "-"), ("cod", "150", "mg/l")]).outcome, Outcome::Met);
    assert_eq!(assess_rows(&[("PH", "7,2", "-"), ("COD", "150", "mg/l")]).outcome, Outcome::Met);
}

#[test]
fn an_unreadable_row_beside_a_passing_one_leaves_its_parameter_open() {
    let found = assess_rows(&[("ph", "7", "-"), ("cod", "90", "mg/l"), ("cod", "đạt", "mg/l")]);
    assert_eq!(found.outcome, Outcome::Unknown);
}

#[test]
fn a_parameter_the_permit_does_not_want_and_the_standard_does_not_limit_changes_nothing() {
    let found = assess_rows(&[("ph", "7", "-"), ("cod", "90", "mg/l"), ("nitrate_n", "3", "mg/l")]);
    assert_eq!(found.outcome, Outcome::Met);
    assert_eq!(found.parameters[2].verdict, Verdict::NotAssessable);
}

#[test]
fn values_are_held_against_cmax_exactly() {
    assert_eq!(verdict("cod", "150", "mg/l"), Verdict::Pass);
    assert_eq!(verdict("cod", "150,000001", "mg/l"), Verdict::Fail);
    assert_eq!(verdict("cod", "120-151", "mg/l"), Verdict::Fail, "the highest reading decides");
    assert_eq!(verdict("chloride", "1.000", "mg/l"), Verdict::Pass, "1.000 is one thousand");
    assert_eq!(verdict("chloride", "1.001", "mg/l"), Verdict::Fail);
}

#[test]
fn censored_values_pass_only_under_a_detection_limit_within_cmax() {
    assert_eq!(verdict("hg", "<0,01", "mg/l"), Verdict::Pass); // Cmax 0.01
    assert_eq!(verdict("hg", "< 0,011", "mg/l"), Verdict::NotAssessable);
    assert_eq!(verdict("hg", "KPH", "mg/l"), Verdict::NotAssessable);
    assert_eq!(verdict("hg", "KPH (<0,0005)", "mg/l"), Verdict::Pass);
    assert_eq!(verdict("ph", "< 6", "-"), Verdict::NotAssessable);
}

#[test]
fn units_are_converted_and_foreign_ones_are_not_assessable() {
    assert_eq!(verdict("hg", "10", "µg/L"), Verdict::Pass);
    assert_eq!(verdict("hg", "10,1", "µg/l"), Verdict::Fail);
    assert_eq!(verdict("coliform", "5.000", "MPN/100ml"), Verdict::Pass);
    assert_eq!(verdict("coliform", "5.000", "mg/l"), Verdict::NotAssessable);
    assert_eq!(verdict("cod", "90", "ppm"), Verdict::NotAssessable);
    assert_eq!(verdict("temperature", "40", "oC"), Verdict::Pass);
    assert_eq!(verdict("cod", "-3", "mg/l"), Verdict::NotAssessable);
}

#[test]
fn ph_lies_inside_a_closed_range_and_says_how_far_off_it_is() {
    for (value, expected) in
        [("5,5", Verdict::Pass), ("9", Verdict::Pass), ("5,49", Verdict::Fail), ("9,01", Verdict::Fail)]
    {
        assert_eq!(verdict("ph", value, "-"), expected, "pH {value}");
    }
    let found = assess_rows(&[("ph", "9,3", "-")]);
    assert_eq!(found.parameters[0].exceed_ratio, None);
    assert_eq!(found.parameters[0].note.as_ref().unwrap().en, "0.3 above the allowed range.");
}

#[test]
fn the_ratio_is_value_over_cmax_also_below_one() {
    let found = assess_rows(&[("cod", "225", "mg/l"), ("bod5", "20", "mg/l")]);
    assert_eq!(found.parameters[0].exceed_ratio, Some(dec("1.5"))); // 225 / 150
    assert_eq!(found.parameters[1].exceed_ratio, Some(dec("0.4"))); // 20 / 50
}

#[test]
fn the_worst_parameter_is_the_largest_ratio_and_a_failing_ph_only_where_nothing_else_fails() {
    let name = |rows: &[(&str, &str, &str)]| {
        worst(assess_rows(rows).parameters.iter()).map(|worst| worst.sample.parameter.clone())
    };
    assert_eq!(name(&[("hg", "KPH", "mg/l")]), None);
    assert_eq!(name(&[("cod", "90", "mg/l"), ("bod5", "40", "mg/l")]).unwrap(), "bod5"); // 0.6, 0.8
    assert_eq!(name(&[("cod", "90", "mg/l"), ("ph", "4", "-")]).unwrap(), "ph");
    assert_eq!(name(&[("cod", "151", "mg/l"), ("ph", "4", "-")]).unwrap(), "cod");
}

#[test]
fn a_missing_discharge_leaves_parameters_without_coefficients_assessed() {
    let point = DischargePoint { f_m3_day_permit: None, ..discharge_point() };
    let rows = [sample("cod", "90", "mg/l", "2025-05-01"), sample("ph", "4", "-", "2025-05-01")];
    let found = assess(&point, &rows);
    let verdicts: Vec<_> = found.parameters.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [Verdict::NotAssessable, Verdict::Fail]);
}

#[test]
fn the_words_of_a_sample_point_say_outlet_or_elsewhere_or_leave_it_open() {
    use SamplePlace::{Elsewhere, Outlet, Unclear};
    let cases = [
        (Outlet, ["", "  ", "outlet 2", "ĐẦU RA trạm", "dau ra", "Cửa xả", "điểm xả số 1", "Nước thải sau xử lý"]),
        (Outlet, ["Đầu ra trạm / station outlet", "Effluent", "SAU XU LY", "Sau  xử lí", "x", "x", "x", "x"]),
        (
            Elsewhere,
            [
                "inlet",
                "Đầu vào bể điều hoà",
                "INFLUENT",
                "trước xử lý",
                "collection_network",
                "dau vao",
                "Hố thu gom",
                "Mạng lưới thu gom",
            ],
        ),
        (
            Unclear,
            [
                "Hố ga số 3",
                "Đầu ra hệ thống thu gom",
                "inlet and outlet",
                "Mương của xã",
                "trạm",
                "?",
                "Điểm xa",
                "NT1",
            ],
        ),
    ];
    for (expected, texts) in cases {
        for text in texts.into_iter().filter(|text| *text != "x") {
            assert_eq!(SamplePlace::of(Some(text)), expected, "{text}");
        }
    }
    assert_eq!(SamplePlace::of(None), Outlet);
}

#[test]
fn a_sample_of_which_the_place_is_not_clear_is_not_judged() {
    for (ph, cod) in [("7", "90"), ("7", "900")] {
        let rows = [sample("ph", ph, "-", "2025-05-01"), sample("cod", cod, "mg/l", "2025-05-01")];
        let found = assess(&discharge_point(), &rows.map(|row| taken_at("Hố ga số 3", row)));
        assert_eq!(found.outcome, Outcome::Unknown);
        assert_eq!((found.parameters[1].verdict, found.parameters[1].exceed_ratio), (Verdict::NotAssessable, None));
        let note = found.parameters[1].note.as_ref().unwrap();
        assert_eq!(note.en, "Where the sample was taken is not clear ('Hố ga số 3').");
        assert!(worst(found.parameters.iter()).is_none());
    }
}

#[test]
fn a_limit_that_is_not_certain_neither_breaches_nor_meets_and_says_so() {
    // Column B of an urban drain: COD at most 150, by a clause that is recalled-medium.
    let drain = DischargePoint { receiving_kind: Some(ReceivingKind::UrbanDrain), ..discharge_point() };
    let judged = |ph: &str, cod: &str| {
        let rows = [sample("ph", ph, "-", "2025-05-01"), sample("cod", cod, "mg/l", "2025-05-01")];
        assess(&drain, &rows)
    };
    assert_eq!(judged("7", "90").outcome, Outcome::Unknown);
    let found = judged("4", "300");
    assert_eq!(found.outcome, Outcome::Unknown);
    let cod = &found.parameters[1];
    assert_eq!((cod.verdict, cod.exceed_ratio), (Verdict::NotAssessable, None));
    let note = cod.note.as_ref().unwrap();
    assert_eq!(note.vi, "Vượt giới hạn (2×), nhưng giới hạn này chưa chắc chắn nên không được tính.");
    assert_eq!(note.en, "Outside a limit (2×) that is not certain, so it counts for nothing.");
    assert!(!cod.limit.as_ref().unwrap().confidence.is_certain(), "the limit is still shown, with its mark");
    assert!(worst(found.parameters.iter()).is_none());
}

#[test]
fn where_only_k_is_not_certain_what_it_does_not_multiply_still_counts() {
    // QCVN 14:2008, column B: BOD5 50 × K, coliforms 5 000 without K. K is recalled-medium, the table is verified.
    let domestic = DischargePoint {
        standard: Some("QCVN14_2008".to_owned()),
        premises: Some(Premises::Large),
        ..discharge_point()
    };
    let judged = |rows: &[(&str, &str, &str)]| {
        let rows: Vec<_> = rows.iter().map(|(code, value, unit)| sample(code, value, unit, "2025-05-01")).collect();
        assess(&domestic, &rows).outcome
    };
    assert_eq!(judged(&[("bod5", "500", "mg/l")]), Outcome::Unknown);
    assert_eq!(judged(&[("bod5", "500", "mg/l"), ("coliform", "5001", "MPN/100ml")]), Outcome::Breached);
}

#[test]
fn chloride_is_not_missed_where_the_water_is_saline() {
    let point = DischargePoint {
        saline: Some(true),
        permit_parameters: Some(vec!["cod".to_owned(), "chloride".to_owned()]),
        ..discharge_point()
    };
    assert_eq!(assess(&point, &[sample("cod", "90", "mg/l", "2025-05-01")]).outcome, Outcome::Met);
}
