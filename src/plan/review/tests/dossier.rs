//! Dates, authorities and the head of the dossier.

use super::sketch::day;
use super::*;
use FindingKind as K;
use Severity::{Error, Info, Warning};
use Verdict::{Fail, NotApplicable, Unknown};

#[test]
fn fifteen_days_to_publish_are_in_time_and_sixteen_are_late() {
    let published = |on| after(|plan| plan.dates.published_on = Some(on));
    assert_eq!(published(day(2025, 8, 16)), []);
    assert_eq!(published(day(2025, 8, 17)), [("PLN-PUBLISH", K::Date, Fail, Error)]);
}

#[test]
fn a_publication_that_is_not_on_record_is_unknown_and_before_its_time_is_over_not_due() {
    let mut plan = clean();
    plan.dates.published_on = None;
    assert_eq!((told(&plan), verdict(&plan, "PLN-PUBLISH")), (vec![], Unknown));
    let soon = review(standards(), &plan, day(2025, 8, 10));
    assert_eq!(soon.check("PLN-PUBLISH").unwrap().verdict, NotApplicable);
}

#[test]
fn steps_out_of_order_are_a_warning() {
    let found = after(|plan| plan.dates.consulted_on = Some(day(2025, 6, 1)));
    assert_eq!(found, [("PLN-SCHED", K::Date, Fail, Warning)], "consulted after the submission");
}

#[test]
fn another_scale_and_another_reference_system_are_found() {
    assert_eq!(after(|plan| plan.scale = Some(2000)), [("PLN-SCHED", K::Date, Fail, Error)]);
    let world = after(|plan| plan.crs = crate::geom::Crs::Epsg(3857));
    assert_eq!(world, [("PLN-SCHED", K::Date, Fail, Error)]);
}

#[test]
fn a_district_that_approves_after_the_districts_ended_is_told() {
    let by = |name: &str, on| {
        after(|plan| {
            plan.authority = Some(name.to_owned());
            plan.dates.approved_on = Some(on);
            plan.dates.published_on = Some(on);
        })
        .into_iter()
        .filter(|found| found.0 == "PLN-AUTH")
        .collect::<Vec<_>>()
    };
    let told = [("PLN-AUTH", K::Authority, Fail, Info)];
    assert_eq!(by("UBND huyện Thạch Thất", day(2025, 8, 1)), told);
    assert_eq!(by("UBND thị xã Sơn Tây", day(2025, 6, 30)), []);
    assert_eq!(by("UBND xã Thạch Thất", day(2025, 8, 1)), []);
    let mut plan = clean();
    plan.authority = Some("Cơ quan phê duyệt minh họa".to_owned());
    assert_eq!(verdict(&plan, "PLN-AUTH"), Unknown);
}

#[test]
fn an_adjustment_names_one_of_eight_cases() {
    let case = |number| after(|plan| (plan.version, plan.adjustment_case) = (Some("2".to_owned()), number));
    assert_eq!(case(Some(8)), []);
    assert_eq!(case(Some(9)), [("PLN-ADJUST", K::Authority, Fail, Error)]);
    let mut plan = clean();
    plan.version = Some("2".to_owned());
    assert_eq!((told(&plan), verdict(&plan, "PLN-ADJUST")), (vec![], Unknown));
}
