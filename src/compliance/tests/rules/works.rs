//! INF-INSIDE, INF-FIRE, INF-OUTSIDE, MIL-SCHEDULE, PLN-PUBLISH, and what VIO-OPEN says of each violation.

use super::*;

fn set(site: &mut SiteFacts, code: &str, status: Option<ItemStatus>) {
    site.infrastructure.iter_mut().filter(|item| item.item_code == code).for_each(|item| item.status = status);
}

fn drop_item(site: &mut SiteFacts, code: &str) {
    site.infrastructure.retain(|item| item.item_code != code);
}

#[test]
fn every_item_inside_the_fence_is_complete() {
    check(
        "INF-INSIDE",
        &whole_cluster(),
        &[
            ("all complete", |_| {}, NOW, Met),
            ("one not required", |site| set(site, "LIGHT", Some(ItemStatus::NotRequired)), NOW, Met),
            ("one in part", |site| set(site, "LIGHT", Some(ItemStatus::Partial)), NOW, Breached),
            ("one being built", |site| set(site, "LIGHT", Some(ItemStatus::UnderConstruction)), NOW, Breached),
            ("one planned", |site| set(site, "LIGHT", Some(ItemStatus::Planned)), NOW, Breached),
            ("one missing", |site| set(site, "LIGHT", Some(ItemStatus::Missing)), NOW, Breached),
            ("one not known", |site| set(site, "LIGHT", Some(ItemStatus::Unknown)), NOW, Unknown),
            ("one without a status", |site| set(site, "LIGHT", None), NOW, Unknown),
            ("one not on record", |site| drop_item(site, "LIGHT"), NOW, Unknown),
            ("fire protection is a rule of its own", |site| drop_item(site, "FIRE"), NOW, Met),
            ("before Decree 68", |site| site.founded_on = None, "2017-07-14", Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::UnderConstruction), NOW, NotApplicable),
        ],
    );
    let mut site = whole_cluster();
    drop_item(&mut site, "LIGHT");
    assert_eq!(lacks(&site, "INF-INSIDE", NOW), ["infrastructure_items.LIGHT"]);
}

#[test]
fn operator_house_and_fence_are_asked_for_until_decree_68_ends() {
    for code in ["ADMIN", "FENCE"] {
        let mut site = whole_cluster();
        set(&mut site, code, Some(ItemStatus::Missing));
        assert_eq!(found(&site, "INF-INSIDE", "2024-04-30").outcome, Breached, "{code}");
        assert_eq!(found(&site, "INF-INSIDE", "2024-05-01").outcome, Met, "{code}");
    }
}

#[test]
fn fire_protection_is_asked_for_from_decree_32_on() {
    check(
        "INF-FIRE",
        &whole_cluster(),
        &[
            ("complete", |_| {}, "2024-05-01", Met),
            ("before the decree", |_| {}, "2024-04-30", Unknown),
            ("missing", |site| set(site, "FIRE", Some(ItemStatus::Missing)), "2024-05-01", Breached),
            ("not on record", |site| drop_item(site, "FIRE"), NOW, Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::Established), NOW, NotApplicable),
        ],
    );
}

#[test]
fn the_newest_state_by_the_day_counts() {
    let mut site = whole_cluster();
    site.infrastructure
        .push(InfrastructureFacts { status_date: Some(day("2025-06-01")), ..item("LIGHT", ItemStatus::Missing) });
    assert_eq!(found(&site, "INF-INSIDE", "2025-05-31").outcome, Met);
    assert_eq!(found(&site, "INF-INSIDE", "2025-06-01").outcome, Breached);
}

#[test]
fn works_outside_the_fence_are_judged_as_far_as_they_are_on_record() {
    check(
        "INF-OUTSIDE",
        &whole_cluster(),
        &[
            ("complete", |_| {}, NOW, Met),
            (
                "in part",
                |site| site.infrastructure.last_mut().unwrap().status = Some(ItemStatus::Partial),
                NOW,
                Breached,
            ),
            ("none on record", |site| drop(site.infrastructure.pop()), NOW, Unknown),
            ("planned", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
            ("before the plan", |_| {}, "2022-12-31", Unknown),
            ("its year", |_| {}, "2023-01-01", Met),
        ],
    );
}

#[test]
fn a_step_is_overdue_from_the_day_after_it_was_planned_for() {
    let planned = |reached: Option<&str>| {
        let mut site = whole_cluster();
        site.milestones.push(MilestoneFacts {
            planned_on: Some(day("2025-03-01")),
            reached_on: reached.map(day),
            ..milestone(MilestoneKind::ConstructionCompleted, "2025-03-01")
        });
        site
    };
    let open = planned(None);
    assert_eq!(found(&open, "MIL-SCHEDULE", "2025-03-01").outcome, Met);
    let late = found(&open, "MIL-SCHEDULE", "2025-03-02");
    assert_eq!((late.outcome, late.why.en.as_str()), (Breached, "1 step is overdue by 1 day."));
    // Reached late, it is overdue until then and not any more.
    let late = planned(Some("2025-03-10"));
    assert_eq!(found(&late, "MIL-SCHEDULE", "2025-03-09").outcome, Breached);
    assert_eq!(found(&late, "MIL-SCHEDULE", "2025-03-10").outcome, Met);
    check(
        "MIL-SCHEDULE",
        &whole_cluster(),
        &[
            ("no schedule", |site| site.milestones.iter_mut().for_each(|step| step.planned_on = None), NOW, Unknown),
            ("planned cluster", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
        ],
    );
}

#[test]
fn a_plan_is_published_within_fifteen_days() {
    let plan = |approved: &str, published: Option<&str>| {
        let mut site = whole_cluster();
        site.plans[0].decided_on = Some(day(approved));
        site.plans[0].published_on = published.map(day);
        site
    };
    let judged = |approved, published, as_of| found(&plan(approved, published), "PLN-PUBLISH", as_of).outcome;
    // 1 July + 15 days = 16 July.
    assert_eq!(judged("2025-07-01", Some("2025-07-16"), NOW), Met);
    assert_eq!(judged("2025-07-01", Some("2025-07-17"), NOW), Breached);
    assert_eq!(judged("2025-07-01", None, "2025-07-16"), NotApplicable, "not due yet");
    assert_eq!(judged("2025-07-01", None, "2025-07-17"), Unknown, "an empty cell is not 'never'");
    assert_eq!(judged("2025-07-01", Some("2025-08-01"), "2025-07-17"), Breached, "published later, so not by then");
    assert_eq!(judged("2025-07-01", Some("2025-07-01"), NOW), Met, "published on the day it was approved");
    assert_eq!(judged("2025-07-01", Some("2025-06-30"), NOW), Unknown, "published before it was approved");
    assert_eq!(judged("2025-06-30", None, NOW), NotApplicable, "approved before the law");
    assert_eq!(judged("2025-07-01", None, "2025-06-30"), Unknown, "no text in force");
}

#[test]
fn an_open_violation_says_for_how_long_its_deadline_and_its_fine() {
    let mut site = whole_cluster();
    site.violations = vec![ViolationFacts {
        deadline_on: Some(day("2025-03-01")),
        fine_vnd: Some(dec("50000000.0")),
        decision_no: Some("9/QĐ-XPHC".to_owned()),
        ..violation(ViolationStatus::Decided, Some("2025-01-01"), None)
    }];
    // 1 January to 31 March are 89 days, 1 to 31 March are 30.
    let open = found(&site, "VIO-OPEN", "2025-03-31");
    assert_eq!(open.why.en, "1 violation is open, the oldest for 89 days.");
    assert_eq!(open.why.vi, "Còn 1 vi phạm chưa khắc phục, lâu nhất 89 ngày.");
    let note = open.evidence[0].note.as_ref().unwrap();
    assert_eq!(note.en, "open for 89 days; 30 days past its deadline; fine 50,000,000 VND; decision 9/QĐ-XPHC");
    let note = found(&site, "VIO-OPEN", "2025-03-01").evidence[0].note.clone().unwrap();
    assert!(!note.en.contains("deadline"), "the last day is not over: {}", note.en);
    site.violations[0].opened_on = None;
    assert_eq!(found(&site, "VIO-OPEN", NOW).why.en, "1 violation is open.");
}

#[test]
fn a_violation_closed_before_it_was_found_is_unclear() {
    let mut site = whole_cluster();
    site.violations = vec![violation(ViolationStatus::Decided, Some("2025-01-02"), Some("2025-01-01"))];
    assert_eq!(lacks(&site, "VIO-OPEN", NOW), ["closed_on"]);
    site.violations[0].closed_on = Some(day("2025-01-02"));
    assert_eq!(found(&site, "VIO-OPEN", NOW).outcome, Met, "found and closed on one day");
}
