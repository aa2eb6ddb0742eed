//! What records do not show for a day: words of later sources, records that contradict each other, works begun on paper.

use super::*;

/// The row with a source of a day.
fn said(row: RowRef, on: &str) -> RowRef {
    RowRef { source_date: Some(day(on)), ..row }
}

fn on(site: &SiteFacts, rule: &str, as_of: &str) -> Outcome {
    found(site, rule, as_of).outcome
}

#[test]
fn an_undated_word_of_a_later_source_neither_breaches_nor_meets() {
    let mut site = operating_cluster();
    site.row = said(site.row, "2025-03-01");
    for (staff, expected) in [(0, Outcome::Breached), (1, Outcome::Met)] {
        site.environment.staff = Some(staff);
        assert_eq!(on(&site, "ENV-STAFF", "2025-02-28"), Outcome::Unknown);
        assert_eq!(on(&site, "ENV-STAFF", "2025-03-01"), expected);
    }
    assert_eq!(found(&site, "ENV-STAFF", "2025-02-28").missing.last().unwrap().field, "env_staff");
}

#[test]
fn a_plan_approved_on_an_unrecorded_day_is_not_known_before_its_source() {
    let row = said(row("plans", "p1"), "2025-03-01");
    let plan = PlanFacts { row, status: Some(PlanStatus::Approved), ..PlanFacts::default() };
    let site = SiteFacts { plans: vec![plan], ..operating_cluster() };
    assert_eq!(on(&site, "PLN-APPROVED", "2025-02-28"), Outcome::Unknown);
    assert_eq!(on(&site, "PLN-APPROVED", "2025-03-01"), Outcome::Met);
}

#[test]
fn ground_that_is_broken_on_record_keeps_a_cluster_from_passing_as_unbuilt() {
    let draft = PlanFacts { row: row("plans", "p1"), status: Some(PlanStatus::Draft), ..PlanFacts::default() };
    let mut site = SiteFacts { status: Some(SiteStatus::Established), plans: vec![draft], ..operating_cluster() };
    assert_eq!(on(&site, "PLN-APPROVED", NOW), Outcome::NotApplicable);
    // Nothing is built and nothing recorded: there is nothing to be in order.
    assert_eq!(assess_site(&standards(), &site, day(NOW)).status, Status::NotApplicable);
    site.milestones = vec![milestone(MilestoneKind::GroundBroken, "2020-03-15")];
    assert_eq!(on(&site, "PLN-APPROVED", "2020-03-14"), Outcome::NotApplicable);
    assert_eq!(on(&site, "PLN-APPROVED", NOW), Outcome::Unknown);
    assert_eq!(assess_site(&standards(), &site, day(NOW)).status, Status::Unknown);
}

#[test]
fn how_a_violation_was_handled_is_not_told_before_its_source() {
    let violation = ViolationFacts {
        row: said(row("violations", "v"), "2025-03-01"),
        kind: Some("land_use".to_owned()),
        status: Some(ViolationStatus::Decided),
        opened_on: Some(day("2025-01-01")),
        decision_no: Some("9/QĐ".to_owned()),
        fine_vnd: Some(dec("50000000")),
        ..ViolationFacts::default()
    };
    let undated = ViolationFacts { row: said(row("violations", "w"), "2025-03-01"), ..ViolationFacts::default() };
    let site = SiteFacts { violations: vec![violation, undated], ..operating_cluster() };
    let told = |as_of: &str| {
        let facts = found(&site, "VIO-OPEN", as_of).evidence;
        facts.into_iter().map(|fact| (fact.measured, fact.note.map(|note| note.en))).collect::<Vec<_>>()
    };
    assert_eq!(told("2025-01-02"), [(None, Some("open for 1 day".to_owned()))]);
    let later = told("2025-03-01");
    assert_eq!(later.len(), 2, "one without a day is known from its source on");
    assert_eq!(later[0].0.as_deref(), Some("decided"));
    assert!(later[0].1.as_deref().unwrap().ends_with("fine 50,000,000 VND; decision 9/QĐ"), "{later:?}");
}

#[test]
fn two_rows_of_one_day_about_one_work_leave_it_open_whatever_their_order() {
    let item = |id: &str, status, on: &str| InfrastructureFacts {
        row: row("infrastructure_items", id),
        item_code: "FIRE".to_owned(),
        status: Some(status),
        status_date: Some(day(on)),
        ..InfrastructureFacts::default()
    };
    let judged = |rows: Vec<InfrastructureFacts>| {
        on(&SiteFacts { infrastructure: rows, ..operating_cluster() }, "INF-FIRE", NOW)
    };
    let (missing, complete) = (ItemStatus::Missing, ItemStatus::Complete);
    for ids in [["a", "b"], ["b", "a"]] {
        let rows = vec![item(ids[0], missing, "2025-01-02"), item(ids[1], complete, "2025-01-02")];
        assert_eq!(judged(rows), Outcome::Unknown);
    }
    assert_eq!(judged(vec![item("a", missing, "2025-01-01"), item("b", complete, "2025-01-02")]), Outcome::Met);
    assert_eq!(judged(vec![item("a", complete, "2025-01-02"), item("b", complete, "2025-01-02")]), Outcome::Met);
}

#[test]
fn a_step_that_another_register_shows_done_is_not_overdue() {
    let planned = |kind| MilestoneFacts {
        row: row("milestones", "m"),
        kind: Some(kind),
        planned_on: Some(day("2020-01-01")),
        ..MilestoneFacts::default()
    };
    let approved = PlanFacts {
        row: row("plans", "p1"),
        status: Some(PlanStatus::Approved),
        decided_on: Some(day("2017-10-18")),
        ..PlanFacts::default()
    };
    let judged = |kind, plans| {
        on(&SiteFacts { milestones: vec![planned(kind)], plans, ..operating_cluster() }, "MIL-SCHEDULE", NOW)
    };
    assert_eq!(judged(MilestoneKind::PlanApproved, vec![]), Outcome::Breached);
    assert_eq!(judged(MilestoneKind::PlanApproved, vec![approved]), Outcome::Met);
    assert_eq!(judged(MilestoneKind::InOperation, vec![]), Outcome::Met);
    assert_eq!(judged(MilestoneKind::ConstructionCompleted, vec![]), Outcome::Breached);
}

#[test]
fn an_exceedance_of_today_does_not_say_that_the_works_came_late() {
    let mut site = whole_cluster();
    assert_eq!(on(&site, "ENV-24M", NOW), Outcome::Met);
    site.stations[0].samples.push(sample("cod", "151", "mg/l", "2025-05-02"));
    assert_eq!(on(&site, "ENV-INFRA", NOW), Outcome::Breached);
    assert_eq!(on(&site, "ENV-24M", NOW), Outcome::Met);
}

#[test]
fn attributes_are_no_surer_than_the_rules() {
    let plan = PlanFacts {
        row: row("plans", "p1"),
        status: Some(PlanStatus::Approved),
        decided_on: Some(day("2020-01-01")),
        overlaps: vec![("p2".to_owned(), dec("120"))],
        ..PlanFacts::default()
    };
    let step = MilestoneFacts {
        land_handed_over_pct: Some(dec("250")),
        ..milestone(MilestoneKind::LandHandedOver, "2020-01-01")
    };
    let site = SiteFacts { plans: vec![plan], milestones: vec![step], ..operating_cluster() };
    let attached = assess_site(&standards(), &site, day(NOW)).attached;
    assert_eq!((attached.plan_500_status, attached.land_handed_over_pct), (None, None));
}
