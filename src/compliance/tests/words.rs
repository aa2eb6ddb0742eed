//! The words of the registers are the words the rules read.

use super::super::effluent::{Premises, ReceivingKind};
use super::super::measurement::Censoring;
use super::super::outcome::Status;
use super::super::site::{
    BudgetLevel, FenceSide, ItemStatus, MilestoneKind, PollutionClass, TreatmentKind, ViolationStatus,
};
use super::*;
use crate::domain::catalog::collection;

fn check(id: &str, field: &str, reads: impl Fn(&str) -> bool) {
    let codes = collection(id).unwrap().field(field).unwrap().1.codes;
    assert!(!codes.is_empty(), "{id}.{field} has no codes");
    for code in codes {
        assert!(reads(code.code), "{id}.{field} has '{}', which no rule reads", code.code);
    }
}

#[test]
fn every_code_of_the_registers_is_read() {
    let stations = "treatment_stations";
    check("clusters", "status", |word| SiteStatus::parse(word).is_some());
    check("clusters", "compliance_status", |word| Status::parse(word).is_some());
    check("clusters", "plan_500_status", |word| PlanStatus::parse(word).is_some());
    check(stations, "site_collection", |word| SiteCollection::parse(word).is_some());
    check(stations, "status", |word| StationStatus::parse(word).is_some());
    check(stations, "effluent_standard", |word| standards().effluent_standard(word).is_some());
    check(stations, "receiving_kind", |word| ReceivingKind::parse(word).is_some());
    check(stations, "premises", |word| Premises::parse(word).is_some());
    check(stations, "env_permit_status", |word| PermitStatus::parse(word).is_some());
    check(stations, "auto_monitoring_status", |word| AutoMonitoringStatus::parse(word).is_some());
    check("effluent_samples", "censored", |word| Censoring::parse(word).is_some());
    check("infrastructure_items", "status", |word| ItemStatus::parse(word).is_some());
    check("milestones", "milestone", |word| MilestoneKind::parse(word).is_some());
    check("violations", "status", |word| ViolationStatus::parse(word).is_some());
    check(stations, "treatment_kind", |word| TreatmentKind::parse(word).is_some());
    check("infrastructure_items", "fence_side", |word| FenceSide::parse(word).is_some());
    check("infrastructure_items", "budget_level", |word| BudgetLevel::parse(word).is_some());
    for field in ["pollution_class_water", "pollution_class_air", "pollution_class_soil"] {
        check("craft_villages", field, |word| PollutionClass::parse(word).is_some());
    }
    check("plans", "status", |word| PlanStatus::parse(word).is_some());
    let items = standards().infrastructure;
    check("infrastructure_items", "item_code", |word| items.iter().any(|item| item.code == word));
}

#[test]
fn every_fact_a_rule_needs_is_a_field_of_a_register() {
    let standards = standards();
    for rule in standards.rules.iter().chain(&standards.plan_rules) {
        for need in &rule.needs {
            let (id, field) = need.split_once('.').unwrap_or_else(|| panic!("{}: {need}", rule.id));
            let declared = collection(id).unwrap();
            let is_geometry = declared.geometry.as_ref().is_some_and(|geometry| geometry.name == field);
            assert!(is_geometry || declared.field(field).is_some(), "{} needs {need}", rule.id);
        }
    }
}
