//! Duties: who has them on a day, and what their lists hold.

use super::super::duties::{Duty, DutyItem, duties};
use super::super::site::{
    AdminUnits, BudgetLevel, FenceSide, ItemStatus, LandFacts, MilestoneFacts, MilestoneKind, ViolationFacts,
    ViolationStatus,
};
use super::targets::{cluster, item, review, step};
use super::*;

fn all(as_of: &str, sites: impl IntoIterator<Item = SiteFacts>) -> Vec<Duty> {
    duties(&standards(), &review(as_of, sites))
}

fn list(as_of: &str, code: &str, sites: impl IntoIterator<Item = SiteFacts>) -> Vec<DutyItem> {
    all(as_of, sites).into_iter().find(|duty| duty.code == code).unwrap().items
}

fn in_units(site: SiteFacts) -> SiteFacts {
    let units = AdminUnits {
        district_legacy: Some("Ba Vì".to_owned()),
        commune: Some("Xã Minh Châu".to_owned()),
        ..AdminUnits::default()
    };
    SiteFacts { units, ..site }
}

#[test]
fn without_sites_every_list_is_empty_and_still_says_what_it_would_hold() {
    let duties = all("2025-12-31", []);
    let codes: Vec<_> = duties.iter().map(|duty| duty.code.as_str()).collect();
    assert_eq!(codes, ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14"]);
    for duty in duties {
        assert!(duty.items.is_empty() && duty.actor.is_some(), "{}", duty.code);
        let note = duty.note.unwrap();
        assert!(!note.vi.is_empty() && !note.en.is_empty(), "{}", duty.code);
    }
}

#[test]
fn a_cluster_of_which_nothing_is_on_record_is_on_no_list_of_faults() {
    let bare = SiteFacts::new(SiteCollection::Clusters, row("clusters", "c"));
    for duty in all("2023-12-31", [bare]) {
        // It is in the register of clusters, unknown to the rules, and may lack central treatment.
        let expected = usize::from(["D1", "D13"].contains(&duty.code.as_str()));
        if duty.code != "D12" {
            assert_eq!(duty.items.len(), expected, "{}", duty.code);
        }
        assert!(duty.items.iter().all(|item| item.step.as_deref() != Some("missing")));
    }
}

#[test]
fn the_actor_changes_on_the_first_of_july_2025() {
    let actor = |as_of: &str| {
        let duty = all(as_of, []).into_iter().find(|duty| duty.code == "D4").unwrap();
        duty.actor.unwrap().vi
    };
    assert_eq!(actor("2025-06-30"), "UBND quận, huyện, thị xã");
    assert_eq!(actor("2025-07-01"), "UBND xã, phường");
}

#[test]
fn nobody_has_a_duty_of_a_law_that_is_not_in_force() {
    let site = || [cluster("c", SiteStatus::Operating)];
    let duty = |as_of: &str| all(as_of, site()).into_iter().find(|duty| duty.code == "D13").unwrap();
    let before = duty("2021-12-31");
    assert!(before.actor.is_none() && before.items.is_empty());
    assert_eq!(duty("2022-01-01").items.len(), 1);
}

#[test]
fn an_overdue_step_says_how_late_it_is_and_what_holds_it_up() {
    let planned =
        |id: &str, kind, on: &str| MilestoneFacts { planned_on: Some(day(on)), reached_on: None, ..step(id, kind, on) };
    let reached =
        MilestoneFacts { planned_on: Some(day("2023-01-01")), ..step("f", MilestoneKind::Founded, "2023-02-01") };
    let mut broken = planned("g", MilestoneKind::GroundBroken, "2023-05-31");
    let site = |steps: Vec<MilestoneFacts>| {
        [in_units(SiteFacts { milestones: steps, ..cluster("c", SiteStatus::Established) })]
    };
    let land = planned("l", MilestoneKind::LandHandedOver, "2023-06-30");
    let steps = vec![reached, land, broken.clone()];
    let found = list("2023-06-30", "D6", site(steps));
    // 31 May to 30 June are 30 days; what is due today is not late, and what is done late is done.
    assert_eq!(found.len(), 1);
    let late = &found[0];
    assert_eq!((late.row.id.as_str(), late.days, late.due), ("g", Some(30), Some(day("2023-05-31"))));
    assert_eq!(
        late.what.en,
        "Ground-breaking is 30 days late (planned for 2023-05-31); an earlier step is not done: land hand-over"
    );
    assert_eq!(late.responsible.vi, "UBND quận, huyện, thị xã: Ba Vì");
    broken.blocking_step = Some("thiếu vốn".to_owned());
    let investor = list("2025-07-01", "D11", site(vec![broken.clone()]));
    assert!(investor[0].what.vi.ends_with("vướng: thiếu vốn"), "{}", investor[0].what.vi);
    assert_eq!(investor[0].responsible.en, "Infrastructure investor (not on record)");
    assert_eq!(list("2025-07-01", "D2", site(vec![broken])).len(), 1);
}

#[test]
fn open_violations_are_listed_the_oldest_first_with_their_deadline() {
    let violation = |id: &str, kind: &str, status, opened: &str, closed: Option<&str>| ViolationFacts {
        row: row("violations", id),
        kind: Some(kind.to_owned()),
        status: Some(status),
        opened_on: Some(day(opened)),
        closed_on: closed.map(day),
        deadline_on: Some(day("2023-06-01")),
        ..ViolationFacts::default()
    };
    use ViolationStatus::{Decided, Detected, Remedied};
    let site = || {
        [SiteFacts {
            violations: vec![
                violation("young", "no_permit", Detected, "2023-06-20", None),
                violation("old", "land_use", Decided, "2023-01-01", None),
                violation("closed", "land_use", Remedied, "2023-01-01", Some("2023-02-01")),
                violation("closed-later", "illegal_construction", Remedied, "2023-06-01", Some("2023-07-01")),
                violation("not-found-yet", "land_use", Detected, "2023-07-02", None),
            ],
            ..cluster("c", SiteStatus::Operating)
        }]
    };
    let ids = |code| list("2023-06-30", code, site()).into_iter().map(|item| item.row.id).collect::<Vec<_>>();
    assert_eq!(ids("D5"), ["old", "closed-later", "young"]);
    assert_eq!(ids("D4"), ["old", "closed-later"]);
    let old = &list("2023-06-30", "D4", site())[0];
    // 1 January to 30 June are 180 days, 1 June to 30 June 29.
    assert_eq!((old.days, old.step.as_deref()), (Some(180), Some("decided")));
    assert_eq!(old.what.en, "Land used against its purpose: decided, not put right; 29 days past its deadline");
}

#[test]
fn a_plan_stands_at_its_latest_step_until_it_is_published() {
    let plan = |id: &str, status, change: &dyn Fn(&mut PlanFacts)| {
        let mut plan = PlanFacts { row: row("plans", id), status: Some(status), ..PlanFacts::default() };
        change(&mut plan);
        plan
    };
    use PlanStatus::{Approved, Draft, Submitted};
    let on = |text: &str| Some(day(text));
    let sites = [
        SiteFacts {
            plans: vec![
                plan("drawn", Draft, &|plan| plan.task_approved_on = on("2025-07-01")),
                plan("no-day", Draft, &|_| {}),
                plan("appraised", Submitted, &|plan| {
                    plan.submitted_on = on("2025-07-10");
                    plan.appraised_on = on("2025-07-20");
                }),
                plan("approved", Approved, &|plan| plan.decided_on = on("2025-07-05")),
                plan("published", Approved, &|plan| {
                    plan.decided_on = on("2025-07-05");
                    plan.published_on = on("2025-07-06");
                }),
                plan("replaced", Approved, &|plan| {
                    plan.decided_on = on("2019-07-05");
                    plan.superseded_on = on("2025-07-05");
                }),
            ],
            ..cluster("c", SiteStatus::Established)
        },
        cluster("none", SiteStatus::Established),
        cluster("not-founded", SiteStatus::Planned),
    ];
    let found = list("2025-07-31", "D7", sites);
    let told: Vec<_> = found.iter().map(|item| (item.row.id.as_str(), item.step.as_deref(), item.days)).collect();
    assert_eq!(
        told,
        [
            ("drawn", Some("task"), Some(30)),
            ("approved", Some("approved"), Some(26)),
            ("appraised", Some("appraisal"), Some(11)),
            ("no-day", Some("draft"), None),
            ("none", None, None),
        ]
    );
    // The law of 1 July 2025 gives 15 days to publish.
    assert_eq!(found[1].due, Some(day("2025-07-20")));
}

#[test]
fn site_clearance_is_told_in_hectares_and_percent_or_said_to_be_unknown() {
    let site = |id: &str, required: Option<&str>, cleared: Option<&str>| SiteFacts {
        land: LandFacts { required_ha: required.map(dec), cleared_ha: cleared.map(dec), ..LandFacts::default() },
        ..cluster(id, SiteStatus::Established)
    };
    let found = list(
        "2023-06-30",
        "D8",
        [
            site("all", Some("10"), Some("10")),
            site("half", Some("10"), Some("3.25")),
            site("impossible", Some("10"), Some("11")),
            site("no-figures", None, None),
        ],
    );
    let told: Vec<_> = found.iter().map(|item| (item.row.id.as_str(), item.what.vi.as_str())).collect();
    assert_eq!(
        told,
        [
            ("half", "Đã giải phóng 3,25/10 ha (32,5 %)"),
            ("impossible", "Số liệu giải phóng mặt bằng trái ngược: đã giải phóng nhiều hơn phải giải phóng"),
            ("no-figures", "Chưa có số liệu giải phóng mặt bằng"),
        ]
    );
}

#[test]
fn works_on_a_public_budget_are_listed_by_who_pays() {
    let work = |id: &str, status, level, side| {
        let mut work = item(id, "ROAD", status);
        (work.budget_level, work.fence_side, work.budget_year) = (Some(level), Some(side), Some(2024));
        work.cost_vnd = Some(dec("1500000000"));
        work
    };
    use FenceSide::{Inside, Outside};
    use ItemStatus::{Complete, Partial, Unknown};
    let site = || {
        [SiteFacts {
            infrastructure: vec![
                work("inside", Partial, BudgetLevel::Commune, Inside),
                work("outside", Unknown, BudgetLevel::City, Outside),
            ],
            ..cluster("c", SiteStatus::Operating)
        }]
    };
    let told = |code| list("2023-06-30", code, site()).into_iter().map(|item| item.what.en).collect::<Vec<_>>();
    assert_eq!(
        told("D9"),
        ["internal roads (inside the fence): partial; cost 1,500,000,000 VND, money planned for 2024"]
    );
    assert_eq!(
        told("D10"),
        ["internal roads (outside the fence): state not on record; cost 1,500,000,000 VND, money planned for 2024"]
    );
    let mut newer = work("inside-2", Complete, BudgetLevel::Commune, Inside);
    newer.status_date = Some(day("2023-05-01"));
    let [mut done] = site();
    done.infrastructure.push(newer);
    assert!(list("2023-06-30", "D9", [done]).is_empty(), "the newest row of a work counts");
}

#[test]
fn clusters_without_central_treatment_are_kept_apart_from_those_that_may_be() {
    let with = |id: &str, status| SiteFacts { stations: vec![station(status)], ..cluster(id, SiteStatus::Operating) };
    let invested = SiteFacts { investor: Some("CTCP A".to_owned()), ..with("invested", StationStatus::None) };
    let sites = [
        with("none", StationStatus::None),
        with("unclear", StationStatus::Unknown),
        cluster("no-row", SiteStatus::Operating),
        with("works", StationStatus::Operating),
        cluster("not-operating", SiteStatus::Established),
        invested,
    ];
    let found = list("2023-06-30", "D13", sites);
    let told: Vec<_> = found.iter().map(|item| (item.row.id.as_str(), item.step.as_deref().unwrap())).collect();
    assert_eq!(told, [("none", "missing"), ("no-row", "unknown"), ("unclear", "unknown")]);
}

#[test]
fn environmental_duties_are_the_rules_that_are_breached_or_unknown() {
    let mut site = cluster_in_order();
    site.stations[0].permit = Default::default();
    site.stations[0].auto_monitoring_status = Some(AutoMonitoringStatus::None);
    let found = list("2025-06-30", "D12", [site]);
    let core: Vec<_> = found
        .iter()
        .filter_map(|item| item.step.as_deref())
        .filter(|rule| ["ENV-STATION", "ENV-EFFLUENT", "ENV-PERMIT", "ENV-AUTO"].contains(rule))
        .collect();
    assert_eq!(core, ["ENV-AUTO", "ENV-PERMIT"]);
    assert!(found[0].what.en.contains("(breached)"), "breached ones come first");
}
