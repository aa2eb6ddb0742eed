//! The law is that of the day of the decision, and what is not certain informs.

use super::sketch::{day, lot};
use super::*;

fn plan_of(year: i32) -> Plan {
    let mut plan = clean();
    plan.dates = crate::plan::PlanDates { approved_on: Some(day(year, 8, 1)), ..Default::default() };
    plan
}

#[test]
fn a_plan_decided_before_a_text_came_into_force_is_not_judged_by_it() {
    let mut plan = plan_of(2019);
    lot(&mut plan, "CN-03").density_max_pct = Some(95.0);
    assert_eq!(reviewed(&plan).law_on, day(2019, 8, 1));
    assert_eq!(verdict(&plan, "PLN-DENS"), Verdict::Unknown);
    let mut plan = plan_of(2022);
    lot(&mut plan, "CN-03").density_max_pct = Some(95.0);
    assert_eq!(verdict(&plan, "PLN-DENS"), Verdict::Fail);
}

#[test]
fn a_rule_whose_number_is_from_a_doubtful_memory_weighs_nothing() {
    let review = reviewed(&clean());
    let counts = |rule: &str| review.check(rule).unwrap().counts;
    assert!(!counts("PLN-BUFFER-USE") && !counts("PLN-SETBACK") && !counts("PLN-AUTH") && !counts("PLN-TOXIC"));
    assert!(counts("PLN-GREEN") && counts("PLN-DENS") && counts("PLN-COORD") && counts("PLN-PUBLISH"));
}

#[test]
fn every_rule_of_the_catalogue_is_checked_once() {
    let review = reviewed(&clean());
    let mut checked: Vec<&str> = review.checks.iter().map(|check| check.rule).collect();
    checked.sort_unstable();
    let mut rules: Vec<&str> =
        standards().plan_rules.iter().map(|rule| rule.id.as_str()).chain(["PLN-PUBLISH"]).collect();
    rules.sort_unstable();
    assert_eq!(checked, rules);
}

#[test]
fn every_finding_and_check_speaks_both_languages_and_names_its_text() {
    let mut plan = clean();
    plan.scale = Some(1000);
    lot(&mut plan, "CN-03").density_max_pct = Some(95.0);
    let review = reviewed(&plan);
    assert_eq!(review.findings.iter().map(|found| found.number).collect::<Vec<_>>(), [1, 2]);
    for found in &review.findings {
        assert!(!found.message.vi.is_empty() && !found.message.en.is_empty() && !found.law.is_empty());
    }
    for check in &review.checks {
        assert!(!check.why.vi.is_empty() && !check.why.en.is_empty() && !check.title.vi.is_empty(), "{}", check.rule);
    }
}
