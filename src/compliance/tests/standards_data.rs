//! The bundled legal data: readable, free of contradiction, and the same as the reference it was taken from.

use super::super::StandardsError;
use super::super::law::Severity;
use super::super::standards::{Allowed, RuleBasis, StandardsTexts};
use super::*;

fn fault_of(texts: StandardsTexts<'_>) -> StandardsError {
    Standards::parse(&texts).unwrap_err()
}

#[test]
fn a_cell_that_cannot_be_read_is_named_by_file_line_and_column() {
    let limits = StandardsTexts::BUNDLED.effluent_limits.replacen(",40,°C,", ",vierzig,°C,", 1);
    let fault = fault_of(StandardsTexts { effluent_limits: &limits, ..StandardsTexts::BUNDLED }).to_string();
    assert_eq!(fault, "effluent_limits.csv line 2: limit 'vierzig' is neither a number nor a range like 5.5-9");
}

#[test]
fn a_missing_column_is_named() {
    let fault =
        fault_of(StandardsTexts { rules: "rule_id,core\nENV-STATION,true\n", ..StandardsTexts::BUNDLED }).to_string();
    assert_eq!(fault, "rules.csv: the column 'title_vi' is missing from the first line");
}

#[test]
fn a_line_with_too_few_cells_is_refused() {
    let fault = fault_of(StandardsTexts {
        rules: "rule_id,core,title_vi,title_en,needs\nENV-STATION,true\n",
        ..StandardsTexts::BUNDLED
    });
    assert!(matches!(fault, StandardsError::Unreadable { file: "rules.csv", .. }));
}

#[test]
fn flow_classes_with_a_gap_are_refused() {
    let coefficients = StandardsTexts::BUNDLED.effluent_coefficients.replacen("m3/s,50,200", "m3/s,60,200", 1);
    let fault = fault_of(StandardsTexts { effluent_coefficients: &coefficients, ..StandardsTexts::BUNDLED });
    assert!(matches!(fault, StandardsError::Contradiction { file: "effluent_coefficients.csv", .. }), "{fault}");
}

#[test]
fn flow_classes_that_end_early_are_refused() {
    let coefficients = StandardsTexts::BUNDLED.effluent_coefficients.replacen("m3/24h,5000,,", "m3/24h,5000,9000,", 1);
    assert!(matches!(
        fault_of(StandardsTexts { effluent_coefficients: &coefficients, ..StandardsTexts::BUNDLED }),
        StandardsError::Contradiction { .. }
    ));
}

#[test]
fn limits_of_an_undeclared_standard_are_refused() {
    let limits = StandardsTexts::BUNDLED.effluent_limits.replacen("QCVN40_2011,A", "QCVN40_1999,A", 1);
    assert!(matches!(
        fault_of(StandardsTexts { effluent_limits: &limits, ..StandardsTexts::BUNDLED }),
        StandardsError::Contradiction { .. }
    ));
}

#[test]
fn the_tables_are_whole() {
    let standards = standards();
    let count = |id: &str, column: &str| {
        standards.limits.iter().filter(|row| row.standard == id && row.column == column).count()
    };
    assert_eq!([count("QCVN40_2011", "A"), count("QCVN40_2011", "B")], [33, 33]);
    assert_eq!([count("QCVN14_2008", "A"), count("QCVN14_2008", "B")], [11, 11]);
    assert_eq!(standards.infrastructure.iter().filter(|item| item.counted).count(), 13);
    let without = standards.limits.iter().filter(|row| row.standard == "QCVN40_2011" && row.column == "A");
    let without: Vec<_> = without.filter(|row| !row.coefficient_applies).map(|row| row.parameter.as_str()).collect();
    assert_eq!(without, ["temperature", "color", "ph", "coliform", "alpha_activity", "beta_activity"]);
}

#[test]
fn a_text_that_ended_is_followed_by_another_the_day_after() {
    for rule in standards().rules {
        for ended in rule.bases.iter().filter(|basis| basis.basis.to.is_some()) {
            let next = ended.basis.to.unwrap().succ_opt();
            let follows = |basis: &&RuleBasis| basis.binds == ended.binds && basis.basis.from == next;
            assert!(rule.bases.iter().any(|basis| follows(&basis)), "{} after {:?}", rule.id, ended.basis.to);
        }
    }
}

#[test]
fn the_numbers_of_a_rule_are_held_for_as_long_as_its_texts() {
    let standards = standards();
    for limit in &standards.rule_limits {
        let bases = &standards.rule(&limit.rule).unwrap().bases;
        // The day by which a report is due came with a circular, nine days after the law that asks for one.
        let days = bases.iter().filter_map(|basis| basis.basis.from).filter(|_| limit.rule != "ENV-REG");
        for on in days.chain([today()]).filter(|on| bases.iter().any(|basis| basis.basis.in_force(*on))) {
            let held = standards.rule_limit(&limit.rule, &limit.name, on);
            assert!(held.is_some(), "{} lacks {} on {on}", limit.rule, limit.name);
        }
    }
}

#[test]
fn a_number_that_holds_twice_on_one_day_is_refused() {
    let line = "ENV-STAFF,minimum,2,1,Luật,Điều,2025-01-01,,verified,made up for a test,\n";
    let rule_limits = StandardsTexts::BUNDLED.rule_limits.to_owned() + line;
    let fault = fault_of(StandardsTexts { rule_limits: &rule_limits, ..StandardsTexts::BUNDLED }).to_string();
    assert_eq!(fault, "rule_limits.csv: ENV-STAFF has minimum twice on the same day");
}

#[test]
fn advice_is_never_enforced() {
    for rule in standards().rules {
        assert!(!(rule.is_enforced && rule.severity == Severity::Advice), "{}", rule.id);
    }
}

#[test]
fn the_bundled_limits_are_those_of_the_shared_reference() {
    for (file, id) in [("effluent-limits.csv", "QCVN40_2011"), ("effluent-limits-qcvn14-2008.csv", "QCVN14_2008")] {
        let Some(text) = shared(&format!("domain/{file}")) else {
            return;
        };
        let standards = standards();
        for record in csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap) {
            for (column, cell) in [("A", &record[4]), ("B", &record[5])] {
                let found = standards
                    .limits
                    .iter()
                    .find(|row| row.standard == id && row.column == column && row.parameter == record[0])
                    .unwrap();
                let expected = match cell.split_once('-') {
                    Some((low, high)) => Allowed::Within { low: dec(low), high: dec(high) },
                    None => Allowed::AtMost(dec(cell)),
                };
                assert_eq!(found.value, expected, "{id} {} column {column}", &record[0]);
                assert_eq!((found.unit.as_str(), found.name.vi.as_str()), (&record[3], &record[1]));
                assert_eq!(found.coefficient_applies.to_string(), &record[6]);
            }
        }
    }
}

#[test]
fn the_bundled_coefficients_and_works_are_those_of_the_shared_reference() {
    let Some(text) = shared("domain/effluent-coefficients.csv") else {
        return;
    };
    let standards = standards();
    let end = |cell: &str| Some(cell).filter(|cell| !cell.is_empty()).map(dec);
    let records: Vec<_> = csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect();
    let ours = standards.coefficients.iter().filter(|row| row.standard == "QCVN40_2011");
    assert_eq!(ours.clone().count(), records.len());
    for (row, record) in ours.zip(&records) {
        assert_eq!((row.name.as_str(), row.class.as_str()), (&record[1], &record[2]));
        assert_eq!((row.interval.above, row.interval.up_to), (end(&record[5]), end(&record[6])));
        assert_eq!(row.value, dec(&record[7]));
    }
    let Some(text) = shared("domain/infrastructure-items.csv") else {
        return;
    };
    let records: Vec<_> = csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect();
    let ours: Vec<_> =
        standards.infrastructure.iter().map(|item| (item.code.as_str(), item.name.vi.as_str())).collect();
    assert_eq!(ours, records.iter().map(|record| (&record[1], &record[2])).collect::<Vec<_>>());
}
