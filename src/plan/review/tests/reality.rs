//! Buildings against the plan, one fault at a time.

use super::sketch::{LineKind, building, day, line, lot};
use super::*;
use FindingKind as K;
use Severity::{Error, Warning};
use Verdict::{Fail, Undetermined};

fn with(id: &str, polygon: Polygon<f64>) -> Plan {
    let mut plan = clean();
    plan.buildings.push(building(id, polygon));
    plan
}

#[test]
fn a_building_over_the_border_of_its_lot_is_found_with_what_lies_over() {
    // 30 m × 20 m, 5 m of it in CN-02: 30 × 5 = 150 m².
    let plan = with("b", rect(40.0, 92.0, 70.0, 109.0));
    let found = &reviewed(&plan).findings;
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltOutside, Fail, Error)]);
    assert!((found[0].measured.unwrap() - 150.0).abs() < 1e-3);
    assert_eq!(
        (found[0].parcels.clone(), found[0].buildings.clone()),
        (vec!["plan-cn-02".to_owned()], vec!["b".to_owned()])
    );
}

#[test]
fn a_building_that_only_touches_its_border_is_where_it_belongs() {
    assert_eq!(told(&with("b", rect(140.0, 12.0, 170.0, 40.0))), []);
    assert_eq!(told(&with("b", rect(140.0, 80.0, 170.0, 104.2))), [], "20 cm are within what the drawing is exact to");
}

#[test]
fn a_building_on_green_land_or_on_a_road_is_found() {
    assert_eq!(told(&with("b", rect(230.0, 200.0, 240.0, 210.0))), [("PLN-BUILT", K::BuiltOnGreen, Fail, Error)]);
    assert_eq!(told(&with("b", rect(190.0, 200.0, 200.0, 210.0))), [("PLN-BUILT", K::BuiltOnRoad, Fail, Error)]);
    let mut plan = with("kiosk", rect(230.0, 200.0, 240.0, 210.0));
    let green = lot(&mut plan, "CX-02");
    green.density_max_pct = Some(5.0);
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltOnGreen, Undetermined, Warning)], "5 % may serve the park");
}

#[test]
fn a_building_outside_the_plan_is_found() {
    let plan = with("b", rect(405.0, 100.0, 425.0, 120.0));
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltOutside, Fail, Error)]);
    assert!((reviewed(&plan).findings[0].measured.unwrap() - 400.0).abs() < 1e-3);
}

#[test]
fn a_building_within_a_corridor_is_found_by_its_distance() {
    let corridor = |from: f64| {
        let mut plan = with("b", rect(from, 120.0, from + 20.0, 140.0));
        plan.lines.push(line("hv", LineKind::Easement, None, Some(20.0), &[(100.0, 104.0), (100.0, 196.0)]));
        told(&plan)
    };
    assert_eq!(corridor(110.0), [], "10 m from the line");
    assert_eq!(corridor(107.0), [("PLN-BUILT", K::BuiltOnEasement, Fail, Error)]);
    assert_eq!(corridor(95.0), [("PLN-BUILT", K::BuiltOnEasement, Fail, Error)], "on the line");
}

#[test]
fn a_lot_built_on_more_than_permitted_is_found_and_exactly_as_much_is_not() {
    // 60 % of CN-03 (167 m × 92 m) are 92 × 100.2 m.
    assert_eq!(told(&with("b", rect(221.0, 12.0, 321.2, 104.0))), []);
    let plan = with("b", rect(221.0, 12.0, 322.0, 104.0));
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltTooDensely, Fail, Error)]);
    assert!((reviewed(&plan).findings[0].measured.unwrap() - 100.0 * 101.0 / 167.0).abs() < 1e-6);
}

#[test]
fn one_footprint_drawn_twice_does_not_make_a_lot_dense() {
    let mut plan = with("b", rect(221.0, 12.0, 300.0, 104.0));
    plan.buildings.push(building("again", rect(221.0, 12.0, 300.0, 104.0)));
    assert_eq!(told(&plan), []);
}

#[test]
fn a_building_too_high_is_found_by_storeys_or_by_metres() {
    let mut plan = with("b", rect(230.0, 20.0, 250.0, 40.0));
    plan.buildings.last_mut().unwrap().storeys = Some(5);
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltTooHigh, Fail, Error)]);
    let building = plan.buildings.last_mut().unwrap();
    (building.storeys, building.height_m) = (None, Some(22.5));
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltTooHigh, Fail, Error)], "22 m are permitted");
}

#[test]
fn a_building_older_than_the_plan_is_undetermined() {
    let mut plan = clean();
    plan.buildings[0].built_on = Some(day(2025, 7, 31));
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltBeforeApproval, Undetermined, Warning)]);
    plan.buildings[0].built_on = Some(day(2025, 8, 1));
    assert_eq!(told(&plan), []);
}

#[test]
fn what_the_error_of_a_place_may_explain_is_undetermined() {
    let mut plan = with("b", rect(230.0, 200.0, 240.0, 210.0));
    plan.buildings.last_mut().unwrap().precision_m = Some(20.0);
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltOnGreen, Undetermined, Warning)]);
    plan.precision_m = Some(20.0);
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltOnGreen, Fail, Error)], "drawn in one frame");
}

#[test]
fn faults_become_proposed_violations_only_against_a_plan_in_force() {
    let mut plan = with("b", rect(230.0, 200.0, 240.0, 210.0));
    let proposed = reviewed(&plan).proposed_violations;
    assert_eq!(proposed.len(), 1);
    assert_eq!((proposed[0].id.as_str(), proposed[0].violation_kind), ("plan-b-built_on_green", "land_use"));
    assert_eq!((proposed[0].finding, proposed[0].legal_basis.as_str()), (1, "PLN-BUILT"));
    plan.status = Some(PlanStatus::Submitted);
    let review = reviewed(&plan);
    assert_eq!(review.proposed_violations, []);
    assert!(review.findings.iter().all(|found| found.severity != Error), "nothing is violated yet");
}

#[test]
fn without_buildings_on_record_nothing_is_known_of_what_is_built() {
    let mut plan = clean();
    plan.buildings.clear();
    let review = reviewed(&plan);
    assert_eq!(review.check("PLN-BUILT").unwrap().verdict, Verdict::Unknown);
    assert!(review.lots.iter().all(|lot| lot.density_built_pct.is_none()));
    let table = reviewed(&clean()).lots;
    let first = table.iter().find(|lot| lot.id == "plan-cn-01").unwrap();
    // 100 m × 70 m on 167 m × 92 m, one storey.
    assert!((first.density_built_pct.unwrap() - 100.0 * 7000.0 / 15_364.0).abs() < 1e-9);
    assert!((first.far_built.unwrap() - 7000.0 / 15_364.0).abs() < 1e-9);
}
