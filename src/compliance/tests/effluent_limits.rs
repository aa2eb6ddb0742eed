//! Cmax at a discharge point: worked values, and every reason for there being none.

use super::super::Confidence;
use super::super::effluent::{DischargePoint, KqBasis, Limit, NoLimit, Premises, ReceivingKind, limit};
use super::super::standards::{Allowed, StandardsTexts};
use super::*;

fn on(day: &str) -> NaiveDate {
    day.parse().unwrap()
}

fn limit_at(point: &DischargePoint, parameter: &str) -> Result<Limit, NoLimit> {
    limit(&standards(), point, parameter, today())
}

fn at_most(point: &DischargePoint, parameter: &str) -> Decimal {
    match limit_at(point, parameter).unwrap().allowed {
        Allowed::AtMost(cmax) => cmax,
        Allowed::Within { .. } => panic!("{parameter} is a range"),
    }
}

fn point(column: &str, kind: &str, quantity: Option<&str>, discharge: &str) -> DischargePoint {
    let kind = ReceivingKind::parse(kind).unwrap();
    let quantity = quantity.map(dec);
    DischargePoint {
        column: Some(column.to_owned()),
        receiving_kind: Some(kind),
        q_m3s: quantity.filter(|_| kind == ReceivingKind::River),
        v_1e6_m3: quantity.filter(|_| kind == ReceivingKind::Lake),
        f_m3_day_permit: Some(dec(discharge)),
        ..discharge_point()
    }
}

fn without(change: impl FnOnce(&mut DischargePoint)) -> DischargePoint {
    let mut point = discharge_point();
    change(&mut point);
    point
}

#[test]
fn without_a_standard_or_a_column_there_is_no_limit() {
    assert_eq!(limit_at(&without(|p| p.standard = None), "cod"), Err(NoLimit::NoStandard));
    assert_eq!(limit_at(&without(|p| p.column = None), "cod"), Err(NoLimit::NoColumn));
    assert_eq!(
        limit_at(&without(|p| p.column = Some("C".to_owned())), "cod"),
        Err(NoLimit::ColumnNotHeld("C".to_owned()))
    );
}

#[test]
fn a_standard_whose_numbers_are_not_held_never_borrows_anothers() {
    let point = without(|p| p.standard = Some("QCTDHN02_2014".to_owned()));
    assert_eq!(limit_at(&point, "cod"), Err(NoLimit::LimitsNotHeld("QCTĐHN 02:2014/BTNMT".to_owned())));
    let point = without(|p| p.standard = Some("OTHER".to_owned()));
    assert!(matches!(limit_at(&point, "cod"), Err(NoLimit::LimitsNotHeld(_))));
    for (id, title) in [("QCVN40_2025", "QCVN 40:2025/BTNMT"), ("QCVN14_2025", "QCVN 14:2025/BTNMT")] {
        let point = without(|p| p.standard = Some(id.to_owned()));
        let found = limit(&standards(), &point, "cod", on("2026-01-01"));
        assert_eq!(found, Err(NoLimit::LimitsNotHeld(title.to_owned())));
    }
    let point = without(|p| p.standard = Some("QCVN99".to_owned()));
    assert_eq!(limit_at(&point, "cod"), Err(NoLimit::StandardNotListed("QCVN99".to_owned())));
    let point = without(|p| p.standard_version = Some("2025".to_owned()));
    assert_eq!(limit_at(&point, "cod"), Err(NoLimit::VersionNotHeld("2025".to_owned())));
}

#[test]
fn a_standard_holds_from_its_first_day_until_existing_permits_end() {
    let found = |day| limit(&standards(), &discharge_point(), "cod", on(day));
    assert_eq!(found("2012-02-14"), Err(NoLimit::NotYetInForce(on("2012-02-15"))));
    assert!(found("2012-02-15").is_ok());
    assert!(found("2025-09-01").is_ok(), "existing permits keep the old standard");
    assert!(found("2031-12-31").is_ok());
    let lapsed = found("2032-01-01").unwrap_err();
    let (until, successor) = (on("2031-12-31"), Some("QCVN 40:2025/BTNMT".to_owned()));
    assert_eq!(lapsed, NoLimit::NoLongerInForce { until, successor });
    assert_eq!(lapsed.text().vi, "Quy chuẩn chỉ còn áp dụng đến 31/12/2031; sau đó là QCVN 40:2025/BTNMT.");

    let new = without(|p| p.standard = Some("QCVN40_2025".to_owned()));
    assert_eq!(limit(&standards(), &new, "cod", on("2025-08-31")), Err(NoLimit::NotYetInForce(on("2025-09-01"))));
}

#[test]
fn without_a_permitted_discharge_only_parameters_without_coefficients_have_a_limit() {
    let point = without(|p| p.f_m3_day_permit = None);
    assert_eq!(limit_at(&point, "cod"), Err(NoLimit::NoDischarge));
    assert_eq!(at_most(&point, "temperature"), dec("40"));
    assert_eq!(at_most(&point, "coliform"), dec("5000"));
}

#[test]
fn without_a_kind_of_receiving_water_there_is_no_kq() {
    assert_eq!(limit_at(&without(|p| p.receiving_kind = None), "cod"), Err(NoLimit::NoReceivingKind));
    let coast = without(|p| p.receiving_kind = Some(ReceivingKind::Coastal));
    assert_eq!(limit_at(&coast, "cod"), Err(NoLimit::NoReceivingKind));
}

#[test]
fn impossible_quantities_give_no_limit() {
    let zero = without(|p| p.f_m3_day_permit = Some(dec("0")));
    assert_eq!(limit_at(&zero, "cod"), Err(NoLimit::ImpossibleQuantity("f_m3_day_permit")));
    let negative = without(|p| p.q_m3s = Some(dec("-1")));
    assert_eq!(limit_at(&negative, "cod"), Err(NoLimit::ImpossibleQuantity("q_m3s")));
}

#[test]
fn a_parameter_outside_the_table_has_no_limit() {
    assert_eq!(limit_at(&discharge_point(), "nitrate_n"), Err(NoLimit::ParameterNotInStandard));
}

#[test]
fn chloride_is_not_checked_in_saline_water() {
    let saline = without(|p| p.saline = Some(true));
    assert_eq!(limit_at(&saline, "chloride"), Err(NoLimit::NotInSalineWater));
    let coast = without(|p| p.receiving_kind = Some(ReceivingKind::CoastalOther));
    assert_eq!(limit_at(&coast, "chloride"), Err(NoLimit::NotInSalineWater));
    assert_eq!(at_most(&discharge_point(), "chloride"), dec("1000"));
}

// C × Kq × Kf by hand, from Table 1 and the coefficient classes of QCVN 40:2011.
#[test]
fn cmax_is_c_times_kq_times_kf_in_exact_decimals() {
    let cases = [
        ("bod5", "A", "river", Some("30"), "800", "27"),       // 30 × 0.9 × 1.0
        ("bod5", "B", "river", None, "800", "45"),             // 50 × 0.9 × 1.0
        ("cod", "A", "river", Some("50"), "500", "74.25"),     // 75 × 0.9 × 1.1
        ("cod", "A", "river", Some("50.0001"), "500", "82.5"), // 75 × 1.0 × 1.1
        ("cod", "B", "river", Some("200"), "5000", "150"),     // 150 × 1.0 × 1.0
        ("cod", "B", "river", Some("200.01"), "5000.01", "148.5"), // 150 × 1.1 × 0.9
        ("tss", "A", "river", Some("1000"), "50", "72"),       // 50 × 1.2 × 1.2
        ("tss", "B", "lake", Some("10"), "50.5", "66"),        // 100 × 0.6 × 1.1
        ("ammonium_n", "A", "lake", None, "300", "3.3"),       // 5 × 0.6 × 1.1
        ("nitrogen_total", "B", "lake", Some("100"), "12000", "28.8"), // 40 × 0.8 × 0.9
        ("cr6", "A", "lake", Some("100.5"), "400", "0.055"),   // 0.05 × 1.0 × 1.1
        ("pb", "A", "river", Some("600"), "5500", "0.108"),    // 0.1 × 1.2 × 0.9
        ("coliform", "A", "lake", Some("5"), "300", "3000"),   // no coefficient
        ("temperature", "A", "lake", Some("5"), "10", "40"),   // no coefficient
        ("color", "A", "river", Some("30"), "6000", "50"),     // no coefficient
        ("alpha_activity", "B", "river", Some("600"), "40", "0.1"), // no coefficient
    ];
    for (parameter, column, kind, quantity, discharge, cmax) in cases {
        let found = at_most(&point(column, kind, quantity, discharge), parameter);
        assert_eq!(found, dec(cmax), "{parameter} column {column}");
    }
    let ph = limit_at(&point("B", "river", Some("30"), "300"), "ph").unwrap();
    assert_eq!(ph.allowed, Allowed::Within { low: dec("5.5"), high: dec("9") });
}

#[test]
fn the_upper_end_of_a_class_belongs_to_it() {
    let kq = |kind, quantity| limit_at(&point("A", kind, Some(quantity), "1000"), "cod").unwrap().kq.unwrap().0;
    let cases = [
        ("0", "0.9"),
        ("50", "0.9"),
        ("50.0001", "1.0"),
        ("200", "1.0"),
        ("200.1", "1.1"),
        ("500", "1.1"),
        ("500.1", "1.2"),
    ];
    for (quantity, expected) in cases {
        assert_eq!(kq("river", quantity), dec(expected), "Q = {quantity}");
    }
    for (quantity, expected) in [("10", "0.6"), ("10.1", "0.8"), ("100", "0.8"), ("100.1", "1.0")] {
        assert_eq!(kq("lake", quantity), dec(expected), "V = {quantity}");
    }
    let cases =
        [("50", "1.2"), ("50.01", "1.1"), ("500", "1.1"), ("500.01", "1.0"), ("5000", "1.0"), ("5000.01", "0.9")];
    for (discharge, expected) in cases {
        let kf = limit_at(&point("A", "river", None, discharge), "cod").unwrap().kf;
        assert_eq!(kf, Some(dec(expected)), "F = {discharge}");
    }
}

#[test]
fn kq_says_whether_it_is_the_default_for_water_without_data() {
    let kq = |kind, quantity| limit_at(&point("A", kind, quantity, "1000"), "cod").unwrap().kq.unwrap();
    assert_eq!(kq("river", None), (dec("0.9"), KqBasis::DefaultNoData));
    assert_eq!(kq("canal", None), (dec("0.9"), KqBasis::DefaultNoData));
    assert_eq!(kq("lake", None), (dec("0.6"), KqBasis::DefaultNoData));
    assert_eq!(kq("river", Some("30")), (dec("0.9"), KqBasis::Measured));
    assert_eq!(kq("coastal_other", None), (dec("1.3"), KqBasis::ReceivingKind));
}

#[test]
fn an_urban_drain_without_a_plant_takes_column_b_without_coefficients() {
    let mut point = point("A", "urban_drain", None, "40");
    point.column = None;
    point.f_m3_day_permit = None;
    let found = limit_at(&point, "cod").unwrap();
    assert_eq!(found.allowed, Allowed::AtMost(dec("150")));
    assert_eq!((found.kq, found.kf), (None, None));
    assert_eq!(found.confidence, Confidence::RecalledMedium, "the clause is not verified");
}

#[test]
fn a_permit_that_names_another_column_than_the_clause_on_urban_drains_leaves_no_limit() {
    // Clause 2.1.3 of QCVN 40:2011 has column B; a permit with column A is stricter, and which of them binds is not known.
    let drain = |column: &str| limit_at(&point(column, "urban_drain", None, "40"), "cod");
    let contradiction = NoLimit::ColumnContradictsDrain { permit: "A".to_owned(), clause: "B".to_owned() };
    assert_eq!(contradiction.missing_field(), Some("effluent_column"));
    assert_eq!(drain("A"), Err(contradiction));
    assert_eq!(drain("B").unwrap().allowed, Allowed::AtMost(dec("150")));
}

#[test]
fn a_point_permitted_when_the_successor_was_in_force_cannot_use_the_old_standard() {
    // QCVN 40:2025 and QCVN 14:2025 are in force from 2025-09-01; points permitted before keep the old one until 2031.
    let found = |standard: &str, permitted_on: Option<&str>, sampled_on: &str| {
        let point = without(|p| {
            p.standard = Some(standard.to_owned());
            p.premises = Some(Premises::Large);
            p.permitted_on = permitted_on.map(on);
        });
        limit(&standards(), &point, "bod5", on(sampled_on)).map(|limit| limit.allowed)
    };
    let allowed = Ok(Allowed::AtMost(dec("50"))); // bod5, column B of both
    for (standard, successor) in [("QCVN40_2011", "QCVN 40:2025/BTNMT"), ("QCVN14_2008", "QCVN 14:2025/BTNMT")] {
        let day = on("2025-09-01");
        let refused =
            NoLimit::PermittedUnderSuccessor { permitted_on: day, from: day, successor: successor.to_owned() };
        assert_eq!(refused.missing_field(), Some("effluent_standard"));
        assert_eq!(found(standard, Some("2025-09-01"), "2025-10-01"), Err(refused.clone()));
        assert_eq!(found(standard, Some("2025-09-01"), "2025-09-01"), Err(refused));
        assert_eq!(found(standard, Some("2025-09-01"), "2025-08-31"), allowed, "there was no other standard yet");
        assert_eq!(found(standard, Some("2025-08-31"), "2031-12-31"), allowed);
        assert_eq!(found(standard, None, "2025-10-01"), allowed, "nothing says that it is a new one");
    }
}

#[test]
fn domestic_wastewater_takes_k_of_the_premises() {
    let mut point = without(|p| p.standard = Some("QCVN14_2008".to_owned()));
    assert_eq!(limit_at(&point, "bod5"), Err(NoLimit::NoPremises));
    assert_eq!(at_most(&point, "coliform"), dec("5000"), "K does not apply to coliforms");
    point.premises = Some(Premises::Small);
    assert_eq!(at_most(&point, "bod5"), dec("60")); // 50 × 1.2
    point.premises = Some(Premises::Large);
    assert_eq!(at_most(&point, "bod5"), dec("50"));
    let ph = limit_at(&point, "ph").unwrap();
    assert_eq!(ph.allowed, Allowed::Within { low: dec("5"), high: dec("9") });
}

#[test]
fn a_limit_is_as_sure_as_its_weakest_part_and_names_every_text() {
    let found = limit_at(&discharge_point(), "cod").unwrap();
    assert_eq!(found.confidence, Confidence::RecalledHigh, "C is verified, Kq and Kf are recalled");
    assert_eq!(found.legal_basis.len(), 3);
    assert_eq!(limit_at(&discharge_point(), "ph").unwrap().confidence, Confidence::Verified);
}

#[test]
fn limits_by_discharge_class_follow_from_data_alone() {
    let mut standards = standards();
    let template = standards.limits.iter().find(|row| row.parameter == "cod").unwrap().clone();
    let mut class = |above: Option<&str>, up_to: Option<&str>, value: &str| {
        let mut row = template.clone();
        row.standard = "QCVN40_2025".to_owned();
        row.coefficient_applies = false;
        row.discharge.above = above.map(dec);
        row.discharge.up_to = up_to.map(dec);
        row.value = Allowed::AtMost(dec(value));
        row.basis.from = Some(on("2025-09-01"));
        row.basis.to = None;
        standards.limits.push(row);
    };
    // Made-up numbers: the real ones are not on record.
    class(None, Some("2000"), "111");
    class(Some("2000"), None, "99");
    standards.effluent.iter_mut().find(|standard| standard.id == "QCVN40_2025").unwrap().limits_held = true;

    let mut point = without(|p| {
        p.standard = Some("QCVN40_2025".to_owned());
        p.column = Some("A".to_owned());
    });
    let mut cod = |discharge: Option<&str>| {
        point.f_m3_day_permit = discharge.map(dec);
        limit(&standards, &point, "cod", on("2026-01-01")).map(|limit| limit.allowed)
    };
    assert_eq!(cod(None), Err(NoLimit::NoDischarge));
    assert_eq!(cod(Some("2000")), Ok(Allowed::AtMost(dec("111"))));
    assert_eq!(cod(Some("2000.1")), Ok(Allowed::AtMost(dec("99"))));
}

/// The bundled texts with made-up lines for QCVN 40:2025: the real numbers are not on record.
fn with_lines_of_2025(lines: &[&str]) -> Result<Standards, super::super::StandardsError> {
    let bundled = StandardsTexts::BUNDLED;
    let held = bundled.effluent_standards.replacen(",2025-09-01,,,,,false,", ",2025-09-01,,,,,true,", 1);
    assert_ne!(held, bundled.effluent_standards);
    let mut limits = bundled.effluent_limits.to_owned();
    for line in lines {
        limits += &format!("QCVN40_2025,{line},QCVN 40:2025/BTNMT,Bảng,2025-09-01,,verified,made up for a test\n");
    }
    Standards::parse(&StandardsTexts { effluent_standards: &held, effluent_limits: &limits, ..bundled })
}

const COD: &str = "cod,COD,COD";

#[test]
fn lines_of_2025_bring_its_classes_and_its_column_c_without_coefficients() {
    let standards = with_lines_of_2025(&[
        &format!("C,,2000,{COD},130,mg/l,false,false"),
        &format!("C,2000,20000,{COD},110,mg/l,false,false"),
        &format!("C,20000,,{COD},90,mg/l,false,false"),
        "C,,,ph,pH,pH,6-9,-,false,false",
    ])
    .unwrap();
    // Neither the river nor its flow matters: there are no coefficients, so neither needs to be on record.
    let point = without(|p| {
        p.standard = Some("QCVN40_2025".to_owned());
        p.column = Some("C".to_owned());
        p.receiving_kind = None;
    });
    let at = |discharge: &str, parameter: &str| {
        let point = DischargePoint { f_m3_day_permit: Some(dec(discharge)), ..point.clone() };
        limit(&standards, &point, parameter, on("2026-01-01"))
    };
    for (discharge, cmax) in [("2000", "130"), ("2000.01", "110"), ("20000", "110"), ("20000.01", "90"), ("0.5", "130")]
    {
        let found = at(discharge, "cod").unwrap();
        assert_eq!(found.allowed, Allowed::AtMost(dec(cmax)), "{discharge} m³ a day");
        assert_eq!((found.kq, found.kf, found.k), (None, None, None));
    }
    let ph = DischargePoint { f_m3_day_permit: None, ..point.clone() };
    let ph = limit(&standards, &ph, "ph", on("2026-01-01")).unwrap().allowed;
    assert_eq!(ph, Allowed::Within { low: dec("6"), high: dec("9") });
    let unclassed = DischargePoint { f_m3_day_permit: None, ..point.clone() };
    assert_eq!(limit(&standards, &unclassed, "cod", on("2026-01-01")), Err(NoLimit::NoDischarge));
    // What was not entered stays unknown, and the day before the standard it is not in force.
    assert_eq!(at("100", "bod5"), Err(NoLimit::ParameterNotInStandard));
    let other = DischargePoint { column: Some("A".to_owned()), ..point.clone() };
    let found = limit(&standards, &other, "cod", on("2026-01-01"));
    assert_eq!(found, Err(NoLimit::ColumnNotHeld("A".to_owned())));
    let early = limit(&standards, &point, "cod", on("2025-08-31"));
    assert_eq!(early, Err(NoLimit::NotYetInForce(on("2025-09-01"))));
}

#[test]
fn a_permit_that_names_the_old_standard_is_not_moved_to_the_new_one() {
    let standards = with_lines_of_2025(&[&format!("B,,,{COD},120,mg/l,false,false")]).unwrap();
    let found = limit(&standards, &discharge_point(), "cod", on("2031-12-31")).unwrap();
    assert_eq!(found.allowed, Allowed::AtMost(dec("150")));
    assert!(matches!(
        limit(&standards, &discharge_point(), "cod", on("2032-01-01")),
        Err(NoLimit::NoLongerInForce { .. })
    ));
}

#[test]
fn discharge_classes_with_a_gap_an_overlap_or_an_early_end_are_refused() {
    let class = |range: &str| format!("C,{range},{COD},100,mg/l,false,false");
    for ranges in [
        ["2000,", ",1999"].as_slice(),
        &[",2000", "2000,20000"],
        &["2000,20000", "20000,"],
        &[",2000", "2000,", "500,2000"],
        &[",2000", "2000,", ","],
    ] {
        let lines: Vec<String> = ranges.iter().map(|range| class(range)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let fault = with_lines_of_2025(&lines).unwrap_err().to_string();
        assert!(fault.starts_with("effluent_limits.csv: "), "{ranges:?}: {fault}");
    }
}

#[test]
fn the_shared_test_vectors_hold() {
    let Some(text) = shared("domain/effluent-cmax-testvectors.csv") else {
        return;
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut count = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let quantity = Some(&record[3]).filter(|cell| !cell.is_empty());
        let point = point(&record[1], &record[2], quantity, &record[4]);
        let found = limit_at(&point, &record[0]).unwrap().allowed.to_string();
        let expected = match record[9].split_once('-') {
            Some((low, high)) => format!("{low}–{high}"),
            None => format!("≤ {}", &record[9]),
        };
        assert_eq!(found, expected, "{record:?}");
        count += 1;
    }
    assert_eq!(count, 17);
}
